//! What octets that are not text say in a word or two: frames of HTTP/2 and flights of a TLS handshake. Reading every field of them
//! is [`crate::lens`]'s work.

use super::words::octets_of;
use crate::{
    proto::http::server::HTTP2_PREFACE,
    wire::{Layer, Octets, Side, WireEvent},
};

/// Names of the HTTP/2 frames that octets begin with, each once and how often it came: `SETTINGS, HEADERS ×10`; where those are
/// many, the ones that carry messages and how many others there are: `HEADERS, DATA +2`. `None` where no frame begins. RFC 9113
/// §4.1, §6.
pub(super) fn frame_names<'a>(said: impl Iterator<Item = &'a Octets>) -> Option<String> {
    let mut names: Vec<(&'static str, usize)> = Vec::new();
    let mut skip: u64 = 0;
    for octets in said.take(MANY_EVENTS) {
        let (bytes, crossed) = (octets.bytes.as_ref(), octets.wire_len());
        if names.is_empty() && bytes.starts_with(HTTP2_PREFACE) {
            names.push(("preface", 1));
            skip = HTTP2_PREFACE.len() as u64;
        }
        while skip < crossed {
            let Some((name, length)) = usize::try_from(skip).ok().and_then(|at| frame(bytes.get(at..)?)) else {
                return told(&names);
            };
            match names.iter_mut().find(|(known, _)| *known == name) {
                Some((_, count)) => *count += 1,
                None => names.push((name, 1)),
            }
            skip += length;
        }
        skip -= crossed;
    }
    told(&names)
}

fn told(names: &[(&'static str, usize)]) -> Option<String> {
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
    let [a, b, c, kind, flags, ..] = *bytes else { return None };
    let acknowledges = flags & 1 != 0;
    let name = match kind {
        0 => "DATA",
        1 => "HEADERS",
        2 => "PRIORITY",
        3 => "RST_STREAM",
        4 if acknowledges => "SETTINGS ack",
        4 => "SETTINGS",
        5 => "PUSH_PROMISE",
        6 if acknowledges => "PING ack",
        6 => "PING",
        7 => "GOAWAY",
        8 => "WINDOW_UPDATE",
        9 => "CONTINUATION",
        _ => return None,
    };
    let length = u64::from(u32::from_be_bytes([0, a, b, c]));
    (length <= MOST_IN_FRAME).then_some((name, FRAME_HEADER + length))
}

/// Which part of a TLS handshake a flight is, told by its first records: their types are in the clear, and in TLS 1.3 what is in
/// them is not, so the order the protocol asks for says the rest. RFC 8446 §2, §5; RFC 5246 §7.3.
pub(super) fn flight_word(mut sealed: impl Iterator<Item = WireBytes>) -> &'static str {
    let Some(first) = sealed.next() else { return "TLS" };
    let alone = first.is_change_alone();
    let Some(flight) = (if alone { sealed.next() } else { Some(first) }) else { return "ChangeCipherSpec" };
    match (flight.from, flight.record, flight.message) {
        (_, 22, 1) => "ClientHello",
        (_, 22, 2) => "ServerHello…",
        (_, 22, 4) => "NewSessionTicket",
        (_, 22, 11) => "Certificate…",
        (_, 22, 16) => "ClientKeyExchange…",
        (Side::Server, 23, _) => "Certificate…Finished",
        (_, 20 | 22 | 23, _) => "Finished",
        (_, 21, _) => "TLS alert",
        _ => "TLS",
    }
}

/// The first octets of a sealed event, as far as a flight is told by them.
#[derive(Clone, Copy, Debug)]
pub(super) struct WireBytes {
    from: Side,
    /// Content type of the record that counts: what follows a `ChangeCipherSpec`, where something does.
    record: u8,
    /// The first octet in it: the handshake message's type, where it is in the clear.
    message: u8,
    change: bool,
    len: usize,
}

impl WireBytes {
    /// Of an event, if it is sealed.
    pub(super) fn of(event: &WireEvent) -> Option<Self> {
        let bytes = octets_of(event).filter(|_| event.layer == Layer::Tls)?.bytes.as_ref();
        let at = |place: usize| bytes.get(place).copied().unwrap_or_default();
        let change = at(0) == 20;
        let begin = if change && bytes.len() > CHANGE_CIPHER_SPEC { CHANGE_CIPHER_SPEC } else { 0 };
        let (record, message) = (at(begin), at(begin + RECORD_HEADER));
        Some(Self { from: event.from, record, message, change, len: bytes.len() })
    }

    fn is_change_alone(self) -> bool {
        self.change && self.len <= CHANGE_CIPHER_SPEC
    }
}

/// Length of a frame's header.
const FRAME_HEADER: u64 = 9;
/// Longest frame believed to be one; RFC 9113 §4.2 lets peers agree on more.
const MOST_IN_FRAME: u64 = 1 << 20;
/// More kinds of frames than this are not all named.
const MANY_NAMES: usize = 2;
/// Events looked through for frames.
const MANY_EVENTS: usize = 48;
/// Length of a TLS record's header.
const RECORD_HEADER: usize = 5;
/// Length of a whole `ChangeCipherSpec` record.
const CHANGE_CIPHER_SPEC: usize = 6;

#[cfg(test)]
mod words_for_octets {
    use std::time::Duration;

    use bytes::Bytes;

    use super::*;
    use crate::wire::Content;

    fn octets(bytes: &[u8], omitted: u64) -> Octets {
        Octets { bytes: Bytes::copy_from_slice(bytes), masked: None, omitted }
    }

    fn head(length: u8, kind: u8, flags: u8) -> Vec<u8> {
        let mut bytes = vec![0, 0, length, kind, flags, 0, 0, 0, 1];
        bytes.extend(std::iter::repeat_n(7, usize::from(length)));
        bytes
    }

    #[test]
    fn name_frames_across_events() {
        let mut first = HTTP2_PREFACE.to_vec();
        first.extend(head(24, 4, 0));
        let said = [octets(&first, 0), octets(&head(20, 1, 5), 0), octets(&head(9, 1, 5), 0)];
        assert_eq!(frame_names(said.iter()).as_deref(), Some("HEADERS ×2 +2"));
        let (begin, rest) = (head(200, 0, 0), head(4, 4, 1));
        let split = [octets(&begin[..100], 0), octets(&begin[100..], 0), octets(&rest, 0)];
        assert_eq!(frame_names(split.iter()).as_deref(), Some("DATA, SETTINGS ack"));
        let omitted = [octets(&head(200, 0, 0)[..9], 200), octets(&head(0, 4, 0), 0)];
        assert_eq!(frame_names(omitted.iter()).as_deref(), Some("DATA, SETTINGS"));
    }

    #[test]
    fn call_nothing_a_frame_that_is_none() {
        assert_eq!(frame_names([octets(b"GET / HTTP/1.1\r\n\r\n", 0)].iter()), None);
        assert_eq!(frame_names([octets(&[0, 0, 1], 0)].iter()), None);
    }

    #[test]
    fn tell_the_flights_of_a_handshake_apart() {
        let event = |from, bytes: &[u8]| WireEvent {
            at: Duration::ZERO,
            from,
            layer: Layer::Tls,
            content: Content::Octets(octets(bytes, 0)),
            transit: None,
        };
        let word = |events: &[WireEvent]| flight_word(events.iter().filter_map(WireBytes::of));
        let change: &[u8] = &[20, 3, 3, 0, 1, 1];
        let sealed: &[u8] = &[23, 3, 3, 0, 40, 99, 1, 2];
        let both = [change, sealed].concat();
        assert_eq!(word(&[event(Side::Client, &[22, 3, 1, 0, 250, 1])]), "ClientHello");
        assert_eq!(word(&[event(Side::Server, &[22, 3, 3, 0, 122, 2])]), "ServerHello…");
        assert_eq!(word(&[event(Side::Server, &both)]), "Certificate…Finished");
        assert_eq!(word(&[event(Side::Client, change)]), "ChangeCipherSpec");
        assert_eq!(word(&[event(Side::Client, change), event(Side::Client, sealed)]), "Finished");
        assert_eq!(word(&[event(Side::Client, &both)]), "Finished");
        assert_eq!(word(&[event(Side::Client, &[22, 3, 3, 0, 70, 16])]), "ClientKeyExchange…");
    }
}
