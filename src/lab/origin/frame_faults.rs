//! Which error code the first fault in a client's frames is due: RFC 9113 §7. The library that carries the connection ends it at each of
//! these faults, but calls most of them `PROTOCOL_ERROR`; what it writes leaves here with the code that the rule names.

use std::collections::VecDeque;

use h2::Reason;

use crate::{
    lens::h2::{
        END_HEADERS, END_STREAM, FrameHeader, HEADER_LEN, fragment_of,
        hpack::{Decoder, HeaderField},
    },
    proto::http::server::HTTP2_PREFACE,
};

/// A fault in what a client sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameFault {
    /// The code it is due.
    pub(super) code: Reason,
    /// What is wrong.
    pub(super) why: &'static str,
    /// The rule.
    pub(super) clause: &'static str,
    /// The library lets it pass.
    pub(super) passes: bool,
}

/// Reads a client's half of a connection as it comes, up to its first fault.
#[derive(Debug)]
pub(super) struct ClientFrames {
    /// Octets of the preface still to come.
    preface: usize,
    /// What is there of a frame's header, and then of its payload where that matters.
    gathered: Vec<u8>,
    /// Octets of the present frame's payload still to come, once its header is complete.
    payload: Option<usize>,
    /// No frame has come yet.
    is_first: bool,
    fields: Decoder,
    /// The pieces of a header block that is not complete, and its stream.
    block: Option<(FrameHeader, Vec<u8>)>,
    /// The highest stream a client has opened.
    highest: u32,
    /// Streams on which the client has said that no more comes, the last ones.
    closed: VecDeque<u32>,
}

impl ClientFrames {
    pub(super) fn new() -> Self {
        Self {
            preface: HTTP2_PREFACE.len(),
            gathered: Vec::new(),
            payload: None,
            is_first: true,
            fields: Decoder::new(),
            block: None,
            highest: 0,
            closed: VecDeque::new(),
        }
    }

    /// Reads what comes next: the first fault, and how many of `octets` there are up to the end of its frame.
    pub(super) fn read(&mut self, octets: &[u8]) -> Option<(FrameFault, usize)> {
        let mut rest = octets;
        loop {
            rest = rest.get(self.pass(rest.len())..).unwrap_or_default();
            let frame = FrameHeader::read(&self.gathered);
            match (frame, self.payload) {
                (Some(frame), None) => {
                    self.payload = Some(frame.payload_len());
                    let fault = self.of_header(frame);
                    if let Some(fault) = fault {
                        return Some((fault, octets.len() - rest.len()));
                    }
                }
                (Some(frame), Some(0)) => {
                    let gathered = std::mem::take(&mut self.gathered);
                    self.payload = None;
                    let fault = self.of_payload(frame, gathered.get(HEADER_LEN..).unwrap_or_default());
                    if let Some(fault) = fault {
                        return Some((fault, octets.len() - rest.len()));
                    }
                }
                _ if rest.is_empty() => return None,
                _ => self.take(&mut rest),
            }
        }
    }

    /// How many of the next octets belong to the preface.
    fn pass(&mut self, there: usize) -> usize {
        let passed = self.preface.min(there);
        self.preface -= passed;
        passed
    }

    /// Takes octets of the present frame.
    fn take(&mut self, rest: &mut &[u8]) {
        let (wanted, kept) = match self.payload {
            None => (HEADER_LEN - self.gathered.len(), true),
            Some(payload) => (payload, FrameHeader::read(&self.gathered).is_some_and(is_read)),
        };
        let (taken, left) = rest.split_at(wanted.min(rest.len()));
        if kept {
            self.gathered.extend_from_slice(taken);
        }
        if let Some(payload) = &mut self.payload {
            *payload -= taken.len();
        }
        *rest = left;
    }

    /// What a frame's first nine octets tell.
    fn of_header(&self, frame: FrameHeader) -> Option<FrameFault> {
        let length = frame.length;
        let size = |why, clause, fits: bool| (!fits).then(|| fault(Reason::FRAME_SIZE_ERROR, why, clause));
        match frame.kind {
            DATA | HEADERS if self.closed.contains(&frame.stream) => {
                let why = "a stream on which the client had sent its last frame goes on";
                Some(fault(Reason::STREAM_CLOSED, why, "RFC 9113 §5.1"))
            }
            PRIORITY => size("PRIORITY has five octets", "RFC 9113 §6.3", length == 5),
            RST_STREAM => size("RST_STREAM has four octets", "RFC 9113 §6.4", length == 4),
            SETTINGS if frame.has(ACK) => {
                size("SETTINGS that acknowledges has no octets", "RFC 9113 §6.5", length == 0)
            }
            SETTINGS => size("a setting has six octets", "RFC 9113 §6.5", frame.payload_len().is_multiple_of(SETTING)),
            PING => size("PING has eight octets", "RFC 9113 §6.7", length == 8),
            GOAWAY => size("GOAWAY has eight octets or more", "RFC 9113 §6.8", length >= 8),
            WINDOW_UPDATE => size("WINDOW_UPDATE has four octets", "RFC 9113 §6.9", length == 4),
            _ => None,
        }
    }

    /// What a whole frame tells.
    fn of_payload(&mut self, frame: FrameHeader, payload: &[u8]) -> Option<FrameFault> {
        if std::mem::take(&mut self.is_first) && frame.kind != SETTINGS {
            return Some(passing("the first frame is not SETTINGS", "RFC 9113 §3.4"));
        }
        match frame.kind {
            SETTINGS => too_large_window(payload),
            HEADERS => self.add_to_block(frame, fragment_of(frame, payload)),
            CONTINUATION => {
                let (first, _) = self.block.as_ref().filter(|(first, _)| first.stream == frame.stream)?;
                let flags = first.flags | frame.flags & END_HEADERS;
                self.add_to_block(FrameHeader { flags, ..*first }, payload)
            }
            DATA if frame.has(END_STREAM) => {
                self.close(frame.stream);
                None
            }
            RST_STREAM => {
                self.close(frame.stream);
                None
            }
            _ => None,
        }
    }

    fn close(&mut self, stream: u32) {
        if stream > self.highest {
            return;
        }
        self.closed.push_back(stream);
        while self.closed.len() > MAX_CLOSED {
            self.closed.pop_front();
        }
    }

    fn add_to_block(&mut self, frame: FrameHeader, piece: &[u8]) -> Option<FrameFault> {
        let mut block = self.block.take().map(|(_, block)| block).unwrap_or_default();
        if block.len() + piece.len() > MAX_BLOCK {
            self.fields.lose();
        } else {
            block.extend_from_slice(piece);
        }
        if !frame.has(END_HEADERS) {
            self.block = Some((frame, block));
            return None;
        }
        let is_trailers = frame.stream <= self.highest;
        self.highest = self.highest.max(frame.stream);
        if frame.has(END_STREAM) {
            self.close(frame.stream);
        }
        self.of_block(&block, is_trailers)
    }

    fn of_block(&mut self, block: &[u8], is_trailers: bool) -> Option<FrameFault> {
        use crate::lens::h2::hpack::HpackError::{Forgotten, Lost, TooLarge};

        let compression = |why, clause| Some(fault(Reason::COMPRESSION_ERROR, why, clause));
        let fields = match self.fields.decode(block) {
            Ok(fields) => fields,
            // These are limits of the reader here.
            Err(Lost | Forgotten | TooLarge { .. }) => return None,
            Err(_) => return compression("the header block cannot be decompressed", "RFC 9113 §4.3"),
        };
        if has_late_update(&fields, block.len()) {
            return compression("the table's size changes after the first field of a block", "RFC 7541 §4.2");
        }
        if first_updates(block).any(|size| size > TABLE) {
            return compression("the table is made larger than the server allows", "RFC 7541 §6.3");
        }
        if is_trailers && fields.iter().any(|field| field.name.first() == Some(&b':')) {
            return Some(passing("trailers have a pseudo-header field", "RFC 9113 §8.1"));
        }
        None
    }
}

/// Is a frame's payload looked into? Not what frames of other kinds carry, nor more than one may carry.
fn is_read(frame: FrameHeader) -> bool {
    matches!(frame.kind, HEADERS | SETTINGS | CONTINUATION) && frame.length <= MAX_FRAME
}

fn fault(code: Reason, why: &'static str, clause: &'static str) -> FrameFault {
    FrameFault { code, why, clause, passes: false }
}

/// A fault that the library lets pass.
fn passing(why: &'static str, clause: &'static str) -> FrameFault {
    FrameFault { code: Reason::PROTOCOL_ERROR, why, clause, passes: true }
}

/// `SETTINGS_INITIAL_WINDOW_SIZE` has a limit of its own code.
fn too_large_window(payload: &[u8]) -> Option<FrameFault> {
    let (settings, _) = payload.as_chunks::<SETTING>();
    let too_large = |setting: &[u8; SETTING]| {
        let [name @ .., a, b, c, d] = *setting;
        u16::from_be_bytes(name) == INITIAL_WINDOW && u32::from_be_bytes([a, b, c, d]) > MAX_WINDOW
    };
    let found = settings.iter().any(too_large);
    found.then(|| {
        let why = "SETTINGS_INITIAL_WINDOW_SIZE is more than 2^31 - 1";
        fault(Reason::FLOW_CONTROL_ERROR, why, "RFC 9113 §6.5.2")
    })
}

/// Does something that is no field stand after the first field of a block?
fn has_late_update(fields: &[HeaderField], length: usize) -> bool {
    let ends = fields.iter().map(|field| field.range.end);
    let begins = fields.iter().map(|field| field.range.start).skip(1).chain([length]);
    ends.zip(begins).any(|(end, begin)| end != begin)
}

/// The sizes of the table that stand at the beginning of a block (RFC 7541 §6.3).
fn first_updates(block: &[u8]) -> impl Iterator<Item = u64> {
    let mut rest = block;
    std::iter::from_fn(move || {
        let (first, more) = rest.split_first().filter(|(first, _)| **first & 0xe0 == 0x20)?;
        rest = more;
        let mut size = u64::from(first & 0x1f);
        if size < 0x1f {
            return Some(size);
        }
        let mut shift = 0;
        while let Some((octet, more)) = rest.split_first() {
            rest = more;
            size = size.saturating_add(u64::from(octet & 0x7f).checked_shl(shift).unwrap_or(u64::MAX));
            shift += 7;
            if octet & 0x80 == 0 || shift > 56 {
                break;
            }
        }
        Some(size)
    })
}

/// Octets of one setting.
const SETTING: usize = 6;
/// The largest payload a client may send, as long as the server does not allow more (RFC 9113 §6.5.2).
const MAX_FRAME: u32 = 16_384;
/// A longer header block is not looked into.
const MAX_BLOCK: usize = 256 * 1024;
/// So many streams are known to be closed.
const MAX_CLOSED: usize = 256;
/// Octets of a client's dynamic table: the server never allows more (RFC 9113 §6.5.2).
const TABLE: u64 = 4096;
const INITIAL_WINDOW: u16 = 4;
const MAX_WINDOW: u32 = (1 << 31) - 1;

const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const PRIORITY: u8 = 0x2;
const RST_STREAM: u8 = 0x3;
pub(super) const SETTINGS: u8 = 0x4;
const PING: u8 = 0x6;
pub(super) const GOAWAY: u8 = 0x7;
const WINDOW_UPDATE: u8 = 0x8;
const CONTINUATION: u8 = 0x9;

const ACK: u8 = 0x1;
