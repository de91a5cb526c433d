//! A frame's header, and a frame in one line. RFC 9113 §4.1.

use std::{borrow::Cow, fmt::Write as _};

use super::words::{HEADER_LEN, RESERVED, error_name, kind_of, setting};
use crate::wire::units::count_octets;

/// A frame's first nine octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) length: u32,
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) reserved: bool,
    pub(crate) stream: u32,
}

impl FrameHeader {
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, kind, flags, s0, s1, s2, s3, ..] = *bytes else { return None };
        let stream = u32::from_be_bytes([s0, s1, s2, s3]);
        Some(Self {
            length: u32::from_be_bytes([0, a, b, c]),
            kind,
            flags,
            reserved: stream & RESERVED != 0,
            stream: stream & !RESERVED,
        })
    }

    /// As far as its first five octets tell: without its stream.
    pub(super) fn begin(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, kind, flags, ..] = *bytes else { return None };
        Self::read(&[a, b, c, kind, flags, 0, 0, 0, 0])
    }

    pub(super) fn kind_name(self) -> Cow<'static, str> {
        match kind_of(self.kind) {
            Some(kind) => Cow::Borrowed(kind.name),
            None => format!("unknown type {:#04x}", self.kind).into(),
        }
    }

    /// Names of the flags that are set, and whether there are some this frame type does not have.
    pub(super) fn flags_text(self) -> (String, bool) {
        let known = kind_of(self.kind).map_or(&[][..], |kind| kind.flags);
        let names: Vec<&str> = known.iter().filter(|(bit, _)| self.flags & bit != 0).map(|(_, name)| *name).collect();
        let mask = known.iter().fold(0, |mask, (bit, _)| mask | bit);
        (names.join(" "), self.flags & !mask != 0)
    }

    /// Does its payload hold a piece of a header block?
    pub(super) fn has_block(self) -> bool {
        matches!(self.kind, 0x1 | 0x5 | 0x9)
    }

    /// Octets of its payload.
    pub(crate) fn payload_len(self) -> usize {
        usize::try_from(self.length).unwrap_or(usize::MAX)
    }

    pub(crate) fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// A frame in one line: `HEADERS stream 1, 45 octets, END_HEADERS`.
pub(super) fn frame_text(begins: &[u8]) -> String {
    if begins.starts_with(b"PRI ") {
        return "connection preface: PRI * HTTP/2.0".to_owned();
    }
    let Some(frame) = FrameHeader::read(begins) else { return "a frame whose header is not kept".to_owned() };
    let mut text = frame.kind_name().into_owned();
    if frame.stream > 0 {
        write!(text, " stream {}", frame.stream).ok(); // A string takes everything.
    }
    write!(text, ", {}", count_octets(u64::from(frame.length))).ok();
    let (flags, _) = frame.flags_text();
    if !flags.is_empty() {
        write!(text, ", {flags}").ok();
    }
    payload_text(frame.kind, begins.get(HEADER_LEN..).unwrap_or_default(), &mut text);
    text
}

fn payload_text(kind: u8, payload: &[u8], text: &mut String) {
    let number = |at: usize| {
        payload.get(at..at + 4).map(|octets| octets.iter().fold(0, |sum, octet| sum << 8 | u32::from(*octet)))
    };
    match (kind, number(0), number(4)) {
        (3, Some(code), _) | (7, Some(_), Some(code)) => write!(text, ", {}", error_name(code)).ok(),
        (8, Some(more), _) => write!(text, ", may send {} more", count_octets(u64::from(more & !RESERVED))).ok(),
        (4, ..) => {
            for pair in payload.chunks_exact(6) {
                let (name, value) = setting_pair(pair);
                write!(text, ", {} = {value}", setting(name).0).ok();
            }
            None
        }
        _ => None,
    };
}

/// Identifier and value of a SETTINGS parameter's six octets.
pub(super) fn setting_pair(pair: &[u8]) -> (u16, u32) {
    let number = |octets: &[u8]| octets.iter().fold(0, |sum, octet| sum << 8 | u32::from(*octet));
    let (name, value) = pair.split_at_checked(2).unwrap_or_default();
    (u16::try_from(number(name)).unwrap_or(u16::MAX), number(value))
}

/// Octets of a frame that [`frame_text`] needs.
pub(super) const SHOWN_OF_FRAME: usize = HEADER_LEN + 96;
