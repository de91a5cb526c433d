//! Where HTTP/1.x messages begin in one direction of a stream, octet event by octet event, so that a picture can tell one
//! response of a pipelined burst from the next. It judges nothing: reading and naming fields is [`crate::lens`]'s work.
//! Source: RFC 9112 §2.1, §6.3, §7.1. What does not look like HTTP/1.x is [`Part::Foreign`]: there, turns make messages.

use std::collections::VecDeque;

use crate::wire::Side;

/// One direction's framing.
#[derive(Clone, Debug)]
pub(super) struct Framing {
    side: Side,
    expects: Expects,
}

/// Which requests still wait for their response; `true` for HEAD, whose response has no content.
pub(super) type Asked = VecDeque<bool>;

#[derive(Clone, Debug)]
enum Expects {
    /// The rest of a head, of which this much has come.
    Head(Vec<u8>),
    /// This many octets of content.
    Content(u64),
    /// The rest of a chunk's size line.
    ChunkSize(Vec<u8>),
    /// This many octets of a chunk, its CRLF included.
    Chunk(u64),
    /// The rest of a trailer line.
    Trailer(Vec<u8>),
    /// Content until the connection closes, or until it can be told where the next message begins.
    Rest,
    /// Not HTTP/1.x.
    Foreign,
}

/// A run of octets that belong to one part of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// How many octets.
    pub octets: usize,
    /// A message begins with them.
    pub begins: bool,
    /// What they are.
    pub part: Part,
}

/// Part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Start line and fields; so many line ends among these octets.
    Head { lines: u16 },
    /// Content and its framing.
    Content,
    /// Not HTTP/1.x.
    Foreign,
}

impl Framing {
    /// A direction of which nothing has been seen.
    pub(super) fn new(side: Side) -> Self {
        Self { side, expects: Expects::Head(Vec::new()) }
    }

    /// The first run of `bytes` (not empty), which follow what was given before. `event_begins` says that they are the
    /// first of their event.
    pub(super) fn run(&mut self, bytes: &[u8], event_begins: bool, asked: &mut Asked) -> Run {
        if matches!(self.expects, Expects::Rest)
            && event_begins
            && self.side == Side::Server
            && starts(bytes, self.side)
        {
            self.expects = Expects::Head(Vec::new());
        }
        let (octets, part) = match &mut self.expects {
            Expects::Head(_) => return self.head(bytes, asked),
            Expects::Content(left) | Expects::Chunk(left) => {
                let octets = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= octets as u64;
                (octets, Part::Content)
            }
            Expects::ChunkSize(line) | Expects::Trailer(line) => (fill_line(line, bytes), Part::Content),
            Expects::Rest => (bytes.len(), Part::Content),
            Expects::Foreign => (bytes.len(), Part::Foreign),
        };
        self.go_on();
        Run { octets, begins: false, part }
    }

    /// So many octets crossed that were not kept.
    pub(super) fn omitted(&mut self, octets: u64) {
        self.expects = match &self.expects {
            Expects::Content(left) if *left > octets => Expects::Content(left - octets),
            Expects::Content(_) => Expects::Head(Vec::new()),
            Expects::Foreign => Expects::Foreign,
            Expects::Head(_) | Expects::ChunkSize(_) | Expects::Chunk(_) | Expects::Trailer(_) | Expects::Rest => {
                Expects::Rest
            }
        };
    }

    /// Not HTTP/1.x, or no longer.
    pub(super) fn is_foreign(&self) -> bool {
        matches!(self.expects, Expects::Foreign)
    }

    fn head(&mut self, bytes: &[u8], asked: &mut Asked) -> Run {
        let Expects::Head(head) = &mut self.expects else {
            return Run { octets: bytes.len(), begins: false, part: Part::Foreign };
        };
        let begins = head.is_empty();
        let known = head.len();
        head.extend_from_slice(bytes);
        if !starts(head, self.side) || known > MAX_HEAD {
            self.expects = Expects::Foreign;
            return Run { octets: bytes.len(), begins, part: Part::Foreign };
        }
        let Some(end) = bytes.contains(&b'\n').then(|| end_of_head(head)).flatten() else {
            return Run { octets: bytes.len(), begins, part: Part::Head { lines: line_ends(bytes) } };
        };
        head.truncate(end);
        let head = std::mem::take(head);
        self.expects = after_head(&head, self.side, asked);
        if self.is_foreign() {
            return Run { octets: bytes.len(), begins, part: Part::Foreign };
        }
        let octets = end.saturating_sub(known).min(bytes.len());
        Run { octets, begins, part: Part::Head { lines: line_ends(bytes.get(..octets).unwrap_or_default()) } }
    }

    fn go_on(&mut self) {
        let next = match &self.expects {
            Expects::Content(0) => Expects::Head(Vec::new()),
            Expects::Chunk(0) => Expects::ChunkSize(Vec::new()),
            Expects::ChunkSize(line) if line.ends_with(b"\n") => match chunk_size(line) {
                Some(0) => Expects::Trailer(Vec::new()),
                Some(size) => Expects::Chunk(size.saturating_add(2)),
                None => Expects::Rest,
            },
            Expects::Trailer(line) if line.ends_with(b"\n") => match line.as_slice() {
                b"\r\n" | b"\n" => Expects::Head(Vec::new()),
                _ => Expects::Trailer(Vec::new()),
            },
            Expects::ChunkSize(line) | Expects::Trailer(line) if line.len() > MAX_LINE => Expects::Rest,
            Expects::Head(_)
            | Expects::Content(_)
            | Expects::ChunkSize(_)
            | Expects::Chunk(_)
            | Expects::Trailer(_)
            | Expects::Rest
            | Expects::Foreign => return,
        };
        self.expects = next;
    }
}

/// Could these be the first octets of a message?
fn starts(bytes: &[u8], side: Side) -> bool {
    match side {
        Side::Server => bytes.iter().zip(b"HTTP/").all(|(got, want)| got == want),
        Side::Client => {
            let bytes = bytes.trim_ascii_start();
            let method = bytes.split(|&byte| byte == b' ').next().unwrap_or_default();
            method.len() <= MAX_METHOD && method.iter().all(u8::is_ascii_graphic)
        }
    }
}

fn end_of_head(head: &[u8]) -> Option<usize> {
    let blank = head.len() - head.trim_ascii_start().len();
    let mut at = blank;
    for line in head.get(blank..)?.split_inclusive(|&byte| byte == b'\n') {
        at += line.len();
        if at > blank + line.len() && matches!(line, b"\r\n" | b"\n") {
            return Some(at);
        }
    }
    None
}

fn line_ends(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.split(|&byte| byte == b'\n').count() - 1).unwrap_or(u16::MAX)
}

fn fill_line(line: &mut Vec<u8>, bytes: &[u8]) -> usize {
    let octets = bytes.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |at| at + 1);
    line.extend_from_slice(bytes.get(..octets).unwrap_or_default());
    octets
}

/// What follows a head. RFC 9112 §6.3.
fn after_head(head: &[u8], side: Side, asked: &mut Asked) -> Expects {
    let start = head.trim_ascii_start().split(|&byte| byte == b'\n').next().unwrap_or_default();
    let mut words = start.trim_ascii_end().split(|&byte| byte == b' ');
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if side == Side::Client && words.next_back().is_some_and(|version| version == b"HTTP/2.0") {
        return Expects::Foreign;
    }
    let without_content = match side {
        Side::Client => {
            asked.push_back(first == b"HEAD");
            false
        }
        Side::Server if second.first() == Some(&b'1') => true,
        Side::Server => asked.pop_front().unwrap_or(false) || matches!(second, b"204" | b"304"),
    };
    if without_content {
        return Expects::Head(Vec::new());
    }
    if field(head, b"transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().ends_with(b"chunked")) {
        return Expects::ChunkSize(Vec::new());
    }
    let length = field(head, b"content-length").and_then(|value| std::str::from_utf8(value).ok()?.parse::<u64>().ok());
    match (length, side) {
        (Some(0), _) | (None, Side::Client) => Expects::Head(Vec::new()),
        (Some(length), _) => Expects::Content(length),
        (None, Side::Server) => Expects::Rest,
    }
}

fn field<'a>(head: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    head.split(|&byte| byte == b'\n').find_map(|line| {
        let colon = line.iter().position(|&byte| byte == b':')?;
        let (own, value) = (line.get(..colon)?, line.get(colon + 1..)?);
        own.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
    })
}

fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|&byte| byte == b';').next()?.trim_ascii();
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Octets of a head after which it is no longer taken for one.
const MAX_HEAD: usize = 64 * 1024;
/// Octets of a chunk's size line or a trailer line, likewise.
const MAX_LINE: usize = 16 * 1024;
/// Octets of a method, likewise.
const MAX_METHOD: usize = 32;

#[cfg(test)]
mod messages {
    use proptest::prelude::*;

    use super::*;

    /// Lengths of the messages found in `stream`, given in pieces of `piece` octets.
    fn cut(side: Side, stream: &[u8], piece: usize, asked: &mut Asked) -> Vec<usize> {
        let mut framing = Framing::new(side);
        let mut lengths = Vec::new();
        for event in stream.chunks(piece) {
            let mut rest = event;
            while !rest.is_empty() {
                let run = framing.run(rest, rest.len() == event.len(), asked);
                assert!(run.octets > 0, "a run takes something");
                if run.begins {
                    lengths.push(0);
                }
                *lengths.last_mut().unwrap() += run.octets;
                rest = &rest[run.octets..];
            }
        }
        lengths
    }

    const PIPELINED: [&str; 4] = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 900\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nuntil the end",
    ];

    #[test]
    fn of_a_pipelined_burst_are_told_apart_however_they_arrive() {
        let stream = PIPELINED.concat();
        for piece in 1..=stream.len() {
            let lengths = cut(Side::Server, stream.as_bytes(), piece, &mut Asked::new());
            assert_eq!(lengths, PIPELINED.map(str::len), "in pieces of {piece}");
        }
    }

    #[test]
    fn answering_head_have_no_content() {
        let requests = ["HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"];
        let mut asked = Asked::new();
        let lengths = cut(Side::Client, requests.concat().as_bytes(), 7, &mut asked);
        assert_eq!(lengths, requests.map(str::len));
        let replies =
            ["HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"];
        assert_eq!(cut(Side::Server, replies.concat().as_bytes(), 9, &mut asked), replies.map(str::len));
    }

    #[test]
    fn of_other_protocols_are_left_alone() {
        let mut framing = Framing::new(Side::Client);
        let run = framing.run(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", true, &mut Asked::new());
        assert_eq!((run.octets, run.part), (24, Part::Foreign));
        let mut greeting = Framing::new(Side::Server);
        assert_eq!(greeting.run(b"220 mail ready\r\n", true, &mut Asked::new()).part, Part::Foreign);
    }

    #[test]
    fn are_found_again_after_omitted_octets() {
        let mut framing = Framing::new(Side::Server);
        framing.run(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", true, &mut Asked::new());
        framing.omitted(1000);
        assert!(framing.run(b"HTTP/1.1 200 OK\r\n", true, &mut Asked::new()).begins);
    }

    proptest! {
        #[test]
        fn of_any_octets_never_panic_nor_stall(stream in proptest::collection::vec(any::<u8>(), 0..300), piece in 1_usize..40) {
            cut(Side::Server, &stream, piece, &mut Asked::new());
            cut(Side::Client, &stream, piece, &mut Asked::new());
        }
    }
}
