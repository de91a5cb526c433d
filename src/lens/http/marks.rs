//! Marks on one side of an HTTP/1.x connection: which octets are which part of which message. Unlike [`crate::proto::http`] it refuses
//! nothing: what breaks the rules is marked so, what cannot be read is marked unreadable, and octets the record left out are stepped over.

use std::{collections::VecDeque, ops::Range};

use crate::{
    proto::http::{
        content::chunk_size,
        framing::{self, Framing, FramingError},
        head::{self, StartLine, field_line, is_tchar},
        limits::{MAX_HEAD, MAX_METHOD},
        message::{Fields, Version},
    },
    wire::Side,
};

/// Some octets of one side, and what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpMark {
    /// Which octets, from the beginning of that side's stream.
    pub range: Range<u64>,
    /// What they are.
    pub kind: HttpMarkKind,
    /// What is wrong with them.
    pub wrong: Option<String>,
}

/// What octets are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpMarkKind {
    /// A line end where a start line is awaited.
    EmptyLine,
    /// A request line, as far as it can be read.
    RequestLine {
        /// Method.
        method: String,
        /// Target; empty when it is missing.
        target: String,
    },
    /// A status line, as far as it can be read.
    StatusLine {
        /// Status code; 0 when it cannot be read.
        status: u16,
    },
    /// A field line (a folded one is several).
    Field,
    /// The empty line that ends a head, and what follows it.
    HeadEnd(Framing),
    /// Content that is not chunked; a piece of it.
    Content,
    /// A chunk's size line.
    ChunkSize(u64),
    /// A chunk's content; a piece of it.
    ChunkData,
    /// The line end after a chunk.
    ChunkEnd,
    /// The size line of the last chunk.
    LastChunk,
    /// A trailer field line.
    Trailer,
    /// The empty line that ends a chunked message.
    TrailersEnd,
    /// Octets of another protocol, after CONNECT or 101.
    Tunnel,
    /// Octets no rule fits.
    Unreadable,
    /// Octets the record left out, where they are not content.
    Gap,
    /// The message is complete, or as complete as it will be; no octets.
    End,
}

/// Marks one side's octets as they come.
#[derive(Clone, Debug)]
pub struct HttpMarker {
    from: Side,
    at: u64,
    pending: Vec<u8>,
    awaits: MarkerState,
    asked: VecDeque<String>,
    method: String,
    status: u16,
    version: Version,
    fields: Fields,
    lines: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MarkerState {
    StartLine,
    FirstField,
    Field,
    Octets(u64),
    Close,
    ChunkSize,
    ChunkOctets(u64),
    ChunkEnd,
    Trailer,
    Tunnel,
    /// The place in the message was lost: the next start line is awaited, in the middle of content or not.
    NextMessage,
}

impl HttpMarker {
    /// For the octets `from` sent.
    pub fn new(from: Side) -> Self {
        Self {
            from,
            at: 0,
            pending: Vec::new(),
            awaits: MarkerState::StartLine,
            asked: VecDeque::new(),
            method: String::new(),
            status: 0,
            version: Version::Http11,
            fields: Fields::default(),
            lines: 0,
        }
    }

    /// Tells a marker of responses which method was asked next: how a response is read depends on it.
    pub fn asked(&mut self, method: String) {
        self.asked.push_back(method);
    }

    /// From here on the octets are another protocol's.
    pub fn tunnel(&mut self) {
        self.awaits = MarkerState::Tunnel;
    }

    /// The value of the current message's field `name`.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.text(name)
    }

    /// Where the line begins whose end has not come yet, if one has begun.
    pub fn pending(&self) -> Option<u64> {
        (!self.pending.is_empty()).then_some(self.at)
    }

    /// Whether the place in the message was lost, so that the next start line is looked for.
    pub fn is_lost(&self) -> bool {
        self.awaits == MarkerState::NextMessage
    }

    /// More octets.
    pub fn feed(&mut self, mut bytes: &[u8], marks: &mut Vec<HttpMark>) {
        while !bytes.is_empty() {
            let taken = match self.awaits {
                MarkerState::Octets(left) | MarkerState::ChunkOctets(left) => {
                    let taken = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
                    self.octets(taken as u64, marks);
                    taken
                }
                MarkerState::Close | MarkerState::Tunnel => {
                    self.octets(bytes.len() as u64, marks);
                    bytes.len()
                }
                _ => self.part_of_line(bytes, marks),
            };
            bytes = bytes.get(taken..).unwrap_or_default();
        }
    }

    /// Octets crossed that the record left out.
    pub fn gap(&mut self, mut omitted: u64, marks: &mut Vec<HttpMark>) {
        if omitted == 0 {
            return;
        }
        match self.awaits {
            MarkerState::Octets(left) | MarkerState::ChunkOctets(left) => {
                let taken = left.min(omitted);
                self.octets(taken, marks);
                omitted -= taken;
            }
            MarkerState::Close | MarkerState::Tunnel => {
                self.octets(omitted, marks);
                omitted = 0;
            }
            _ => self.give_up_line(marks),
        }
        if omitted > 0 {
            self.mark(omitted, HttpMarkKind::Gap, None, marks);
            self.awaits = MarkerState::NextMessage;
        }
    }

    /// Nothing more will come from this side.
    pub fn end(&mut self, marks: &mut Vec<HttpMark>) {
        let wrong = match self.awaits {
            MarkerState::Octets(missing) => Some(format!("{missing} octets of the content are missing")),
            MarkerState::ChunkSize | MarkerState::ChunkOctets(_) | MarkerState::ChunkEnd | MarkerState::Trailer => {
                Some("the last chunk is missing".to_owned())
            }
            MarkerState::FirstField | MarkerState::Field => Some("the head does not end".to_owned()),
            MarkerState::StartLine | MarkerState::Close | MarkerState::Tunnel | MarkerState::NextMessage => None,
        };
        let open = !matches!(self.awaits, MarkerState::StartLine | MarkerState::Tunnel);
        self.give_up_line(marks);
        if open {
            self.finish(wrong, marks);
        }
    }

    fn octets(&mut self, taken: u64, marks: &mut Vec<HttpMark>) {
        let kind = match self.awaits {
            MarkerState::ChunkOctets(_) => HttpMarkKind::ChunkData,
            MarkerState::Tunnel => HttpMarkKind::Tunnel,
            _ => HttpMarkKind::Content,
        };
        self.mark(taken, kind, None, marks);
        match &mut self.awaits {
            MarkerState::Octets(left) | MarkerState::ChunkOctets(left) => *left -= taken,
            _ => return,
        }
        match self.awaits {
            MarkerState::Octets(0) => self.finish(None, marks),
            MarkerState::ChunkOctets(0) => self.awaits = MarkerState::ChunkEnd,
            _ => {}
        }
    }

    fn part_of_line(&mut self, bytes: &[u8], marks: &mut Vec<HttpMark>) -> usize {
        let room = MAX_HEAD.saturating_sub(self.pending.len());
        let near = bytes.get(..room).unwrap_or(bytes);
        let Some(end) = near.iter().position(|octet| *octet == b'\n') else {
            self.pending.extend_from_slice(near);
            if bytes.len() > room {
                self.give_up_line(marks);
                self.awaits = MarkerState::NextMessage;
            }
            return near.len();
        };
        let part = bytes.get(..=end).unwrap_or_default();
        if self.pending.is_empty() {
            self.line(part, marks);
        } else {
            let mut line = std::mem::take(&mut self.pending);
            line.extend_from_slice(part);
            self.line(&line, marks);
        }
        part.len()
    }

    /// What came of a line that will not come to its end.
    fn give_up_line(&mut self, marks: &mut Vec<HttpMark>) {
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            let wrong = (self.awaits != MarkerState::NextMessage).then(|| "the line does not end".to_owned());
            self.mark(pending.len() as u64, HttpMarkKind::Unreadable, wrong, marks);
        }
    }

    fn line(&mut self, line: &[u8], marks: &mut Vec<HttpMark>) {
        self.lines += 1;
        let (text, bare) = match line {
            [text @ .., b'\r', b'\n'] => (text, None),
            [text @ .., b'\n'] => (text, Some("the line ends with LF alone; RFC 9112 §2.2 wants CR LF".to_owned())),
            _ => (line, None),
        };
        let length = line.len() as u64;
        match self.awaits {
            MarkerState::StartLine if text.is_empty() => self.mark(length, HttpMarkKind::EmptyLine, bare, marks),
            MarkerState::StartLine => self.start_line(text, length, bare, marks),
            MarkerState::NextMessage if self.is_start_line(text) => {
                self.finish(None, marks);
                self.start_line(text, length, bare, marks);
            }
            MarkerState::NextMessage => self.mark(length, HttpMarkKind::Unreadable, None, marks),
            MarkerState::FirstField | MarkerState::Field if text.is_empty() => self.head_end(length, bare, marks),
            MarkerState::FirstField | MarkerState::Field => {
                let wrong = self.keep_field(text).or(bare);
                self.awaits = MarkerState::Field;
                self.mark(length, HttpMarkKind::Field, wrong, marks);
            }
            MarkerState::ChunkSize => self.chunk_size_line(text, length, bare, marks),
            MarkerState::ChunkEnd if text.is_empty() => {
                self.mark(length, HttpMarkKind::ChunkEnd, bare, marks);
                self.awaits = MarkerState::ChunkSize;
            }
            MarkerState::ChunkEnd => self.lose("the chunk is longer than its size says", length, marks),
            MarkerState::Trailer if text.is_empty() => {
                self.mark(length, HttpMarkKind::TrailersEnd, bare, marks);
                self.finish(None, marks);
            }
            MarkerState::Trailer => {
                let wrong = field_line(text, self.lines).err().map(|error| error.to_string()).or(bare);
                self.mark(length, HttpMarkKind::Trailer, wrong, marks);
            }
            MarkerState::Octets(_) | MarkerState::ChunkOctets(_) | MarkerState::Close | MarkerState::Tunnel => {
                self.mark(length, HttpMarkKind::Unreadable, None, marks);
            }
        }
    }

    fn is_start_line(&self, text: &[u8]) -> bool {
        match self.from {
            Side::Client => head::request_line(text).is_ok(),
            Side::Server => head::status_line(text).is_ok(),
        }
    }

    fn start_line(&mut self, text: &[u8], length: u64, bare: Option<String>, marks: &mut Vec<HttpMark>) {
        self.lines = 1;
        self.fields = Fields::default();
        let read = match self.from {
            Side::Client => head::request_line(text),
            Side::Server => head::status_line(text),
        };
        let (start, wrong) = match read {
            Ok(start) => (Some(start), bare),
            Err(error) => (guessed(self.from, text), Some(error.to_string())),
        };
        match start {
            Some(StartLine::Request { method, target, version }) => {
                self.version = Version::of(version).unwrap_or(Version::Http11);
                self.method.clone_from(&method);
                // A request line without version is all of an HTTP/0.9 request.
                let simple = matches!(version, (0, _));
                self.awaits = MarkerState::FirstField;
                self.mark(length, HttpMarkKind::RequestLine { method, target }, wrong, marks);
                if simple {
                    self.finish(None, marks);
                }
            }
            Some(StartLine::Status { version, status, .. }) => {
                self.version = Version::of(version).unwrap_or(Version::Http11);
                self.status = status;
                self.awaits = MarkerState::FirstField;
                self.mark(length, HttpMarkKind::StatusLine { status }, wrong, marks);
            }
            None => self.mark(length, HttpMarkKind::Unreadable, wrong, marks),
        }
    }

    /// Keeps a field for the framing; says what is wrong with its line.
    fn keep_field(&mut self, text: &[u8]) -> Option<String> {
        if matches!(text.first(), Some(b' ' | b'\t')) {
            return Some("the line continues the one above it, which is obsolete: RFC 9112 §5.2".to_owned());
        }
        let (name, value, wrong) = match field_line(text, self.lines) {
            Ok((name, value)) => (name, value, None),
            Err(error) => {
                let colon = text.iter().position(|octet| *octet == b':').unwrap_or(text.len());
                (0..colon, (colon + 1).min(text.len())..text.len(), Some(error.to_string()))
            }
        };
        let name = String::from_utf8_lossy(text.get(name).unwrap_or_default().trim_ascii()).into_owned();
        if self.lines <= MAX_FIELDS_KEPT {
            self.fields.push(name, text.get(value).unwrap_or_default().trim_ascii().to_vec());
        }
        wrong
    }

    fn head_end(&mut self, length: u64, bare: Option<String>, marks: &mut Vec<HttpMark>) {
        let read = match self.from {
            Side::Client => framing::of_request(self.version, &self.fields),
            Side::Server => {
                let interim = (100..200).contains(&self.status) && self.status != 101;
                let method = if interim { None } else { self.asked.pop_front() };
                framing::of_response(method.as_deref().unwrap_or("GET"), self.status, self.version, &self.fields)
            }
        };
        let (framing, wrong) = match read {
            Ok(framing) => (framing, self.wrong_host().or(bare)),
            Err(error) => (self.framing_despite(&error), Some(error.to_string())),
        };
        self.mark(length, HttpMarkKind::HeadEnd(framing), wrong, marks);
        match framing {
            Framing::None | Framing::Length(0) => self.finish(None, marks),
            Framing::Length(octets) => self.awaits = MarkerState::Octets(octets),
            Framing::Chunked => self.awaits = MarkerState::ChunkSize,
            Framing::UntilClose => self.awaits = MarkerState::Close,
            Framing::Tunnel => {
                self.finish(None, marks);
                self.awaits = MarkerState::Tunnel;
            }
        }
    }

    /// An HTTP/1.1 request has exactly one Host (RFC 9112 §3.2).
    fn wrong_host(&self) -> Option<String> {
        match (self.from, self.version, self.fields.values("Host").count()) {
            (Side::Client, Version::Http11, 0) => Some("an HTTP/1.1 request needs Host: RFC 9112 §3.2".to_owned()),
            (Side::Client, _, count @ 2..) => Some(format!("{count} Host fields, where one may be: RFC 9112 §3.2")),
            (Side::Client | Side::Server, ..) => None,
        }
    }

    /// How a recipient that is not strict would go on.
    fn framing_despite(&self, error: &FramingError) -> Framing {
        let open_end = match self.from {
            Side::Client => Framing::None,
            Side::Server => Framing::UntilClose,
        };
        match error {
            FramingError::DifferentLengths { first, .. } => Framing::Length(*first),
            _ if self.fields.has_member("Transfer-Encoding", "chunked") => Framing::Chunked,
            _ => open_end,
        }
    }

    fn chunk_size_line(&mut self, text: &[u8], length: u64, bare: Option<String>, marks: &mut Vec<HttpMark>) {
        match chunk_size(text) {
            Ok(0) => {
                self.awaits = MarkerState::Trailer;
                self.mark(length, HttpMarkKind::LastChunk, bare, marks);
            }
            Ok(octets) => {
                self.awaits = MarkerState::ChunkOctets(octets);
                self.mark(length, HttpMarkKind::ChunkSize(octets), bare, marks);
            }
            Err(error) => self.lose(&error.to_string(), length, marks),
        }
    }

    fn lose(&mut self, wrong: &str, length: u64, marks: &mut Vec<HttpMark>) {
        self.mark(length, HttpMarkKind::Unreadable, Some(wrong.to_owned()), marks);
        self.awaits = MarkerState::NextMessage;
    }

    fn finish(&mut self, wrong: Option<String>, marks: &mut Vec<HttpMark>) {
        self.awaits = MarkerState::StartLine;
        self.mark(0, HttpMarkKind::End, wrong, marks);
    }

    fn mark(&mut self, length: u64, kind: HttpMarkKind, wrong: Option<String>, marks: &mut Vec<HttpMark>) {
        let range = self.at..self.at.saturating_add(length);
        self.at = range.end;
        marks.push(HttpMark { range, kind, wrong });
    }
}

/// Lines of a head whose fields are kept for what they say of the content; those after them are marked all the same.
const MAX_FIELDS_KEPT: usize = 1000;

/// A start line that breaks the rules, as it was probably meant.
fn guessed(from: Side, text: &[u8]) -> Option<StartLine> {
    if text.iter().any(|octet| octet.is_ascii_control() && !b"\t\r\0".contains(octet)) {
        return None;
    }
    let line = String::from_utf8_lossy(text);
    let mut words = line.split_ascii_whitespace();
    match from {
        Side::Client => {
            let method = words.next().filter(|word| word.len() <= MAX_METHOD && word.bytes().all(is_tchar))?.to_owned();
            let target = words.next().unwrap_or_default().to_owned();
            // (0, 9): no version was written.
            let version = if words.next().is_some() { (1, 1) } else { (0, 9) };
            Some(StartLine::Request { method, target, version })
        }
        Side::Server => {
            let version = words.next().filter(|word| word.starts_with("HTTP"))?;
            let version = if version.ends_with(".0") { (1, 0) } else { (1, 1) };
            let status = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
            Some(StartLine::Status { version, status, reason: String::new() })
        }
    }
}
