//! What an arrow says of HTTP/2 frames: their names.

use super::{
    frame::FrameHeader,
    words::{HEADER_LEN, kind_of},
};
use crate::{
    lens::protocol::{LadderArrow, Weight, Words},
    proto::http::server::HTTP2_PREFACE,
    wire::units::measured_octets,
};

/// Frames by name; how much they carry is said of content.
pub(super) fn words(arrow: &LadderArrow<'_>) -> Option<Words> {
    let (names, size) = (frame_names(&arrow.pieces)?, measured_octets(arrow.octets));
    let variants =
        if names.contains("DATA") { vec![format!("{names} · {size}"), names, size] } else { vec![names, size] };
    Some(Words { variants, weight: Weight::Framing })
}

/// Names of the HTTP/2 frames that octets begin with, each once and how often it came: `SETTINGS, HEADERS ×10`; where those are
/// many, the ones that carry messages and how many others there are: `HEADERS, DATA +2`. `None` where no frame begins. RFC 9113
/// §4.1, §6.
fn frame_names(pieces: &[(&[u8], u64)]) -> Option<String> {
    let mut names: Vec<(&'static str, usize)> = Vec::new();
    let mut skip: u64 = 0;
    for (bytes, omitted) in pieces {
        let crossed = (bytes.len() as u64).saturating_add(*omitted);
        if names.is_empty() && bytes.starts_with(HTTP2_PREFACE) {
            names.push(("preface", 1));
            skip = HTTP2_PREFACE.len() as u64;
        }
        while skip < crossed {
            let Some((name, length)) = usize::try_from(skip).ok().and_then(|at| frame(bytes.get(at..)?)) else {
                return joined(&names);
            };
            match names.iter_mut().find(|(known, _)| *known == name) {
                Some((_, count)) => *count += 1,
                None => names.push((name, 1)),
            }
            skip = skip.saturating_add(length);
        }
        skip -= crossed;
    }
    joined(&names)
}

fn joined(names: &[(&'static str, usize)]) -> Option<String> {
    let word = |(name, count): &(&str, usize)| match count {
        1 => (*name).to_owned(),
        count => format!("{name} ×{count}"),
    };
    let carries = |(name, _): &&(&str, usize)| matches!(*name, "HEADERS" | "DATA");
    let main = names.iter().filter(carries).count();
    if main == 0 || names.len() <= MANY_NAMES {
        return (!names.is_empty()).then(|| names.iter().map(word).collect::<Vec<_>>().join(", "));
    }
    let words: Vec<String> = names.iter().filter(carries).map(word).collect();
    Some(format!("{} +{}", words.join(", "), names.len() - main))
}

/// A frame's name and its length with its header, if these octets can begin one.
fn frame(bytes: &[u8]) -> Option<(&'static str, u64)> {
    let header = FrameHeader::begin(bytes)?;
    let name = match (kind_of(header.kind)?.name, header.has(ACK)) {
        ("SETTINGS", true) => "SETTINGS ack",
        ("PING", true) => "PING ack",
        (name, _) => name,
    };
    (header.length <= MOST_IN_FRAME).then_some((name, HEADER_LEN as u64 + u64::from(header.length)))
}

/// The flag that acknowledges.
const ACK: u8 = 0x1;
/// Longest frame believed to be one; RFC 9113 §4.2 lets peers agree on more.
const MOST_IN_FRAME: u32 = 1 << 20;
/// More kinds of frames than this are not all named.
const MANY_NAMES: usize = 2;

#[cfg(test)]
mod words_for_frames {
    use super::*;

    fn head(length: u8, kind: u8, flags: u8) -> Vec<u8> {
        let mut bytes = vec![0, 0, length, kind, flags, 0, 0, 0, 1];
        bytes.extend(std::iter::repeat_n(7, usize::from(length)));
        bytes
    }

    #[test]
    fn name_frames_across_events() {
        let mut first = HTTP2_PREFACE.to_vec();
        first.extend(head(24, 4, 0));
        let octets = [(first.as_slice(), 0), (&head(20, 1, 5), 0), (&head(9, 1, 5), 0)];
        assert_eq!(frame_names(&octets).as_deref(), Some("HEADERS ×2 +2"));
        let (begin, rest) = (head(200, 0, 0), head(4, 4, 1));
        let split = [(&begin[..100], 0), (&begin[100..], 0), (&rest[..], 0)];
        assert_eq!(frame_names(&split).as_deref(), Some("DATA, SETTINGS ack"));
        let omitted = [(&head(200, 0, 0)[..9], 200), (&head(0, 4, 0), 0)];
        assert_eq!(frame_names(&omitted).as_deref(), Some("DATA, SETTINGS"));
    }

    #[test]
    fn call_nothing_a_frame_that_is_none() {
        assert_eq!(frame_names(&[(b"GET / HTTP/1.1\r\n\r\n", 0)]), None);
        assert_eq!(frame_names(&[(&[0, 0, 1], 0)]), None);
    }
}
