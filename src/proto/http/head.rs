//! Heads: a start line, field lines, an empty line. Read line by line as octets arrive, so that a broken line is refused as soon
//! as it is complete, wherever the octets were cut. Trailer sections are heads without a start line.
//!
//! Source: RFC 9112 §2–§5, §7.1.2; RFC 9110 §5. What each end accepts beyond the grammar stands in [`super`].

use std::ops::Range;

use bytes::Bytes;

use super::{
    limits::{
        MAX_EMPTY_LINES, MAX_FIELDS, MAX_HEAD, MAX_METHOD, MAX_REQUEST_LINE, MAX_RESPONSE_FIELDS, MAX_RESPONSE_HEAD,
        MAX_STATUS_LINE,
    },
    message::{Field, Fields},
};

/// Reads one head out of a buffer that grows at its end.
#[derive(Clone, Debug)]
pub struct HeadReader {
    rules: HeadRules,
    awaits: HeadPhase,
    start: Option<StartLine>,
    fields: Vec<FieldSpan>,
    line_from: usize,
    scanned: usize,
    lines: usize,
    empty_lines: usize,
}

/// A head's first line, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartLine {
    /// `GET /path HTTP/1.1`
    Request {
        /// Method: a token.
        method: String,
        /// Target: visible ASCII.
        target: String,
        /// Version as written; the major one is 1.
        version: (u8, u8),
    },
    /// `HTTP/1.1 200 OK`
    Status {
        /// Version as written; the major one is 1.
        version: (u8, u8),
        /// Status code, 100–999.
        status: u16,
        /// Reason phrase; octets that are not UTF-8 are read as ISO 8859-1.
        reason: String,
    },
}

/// What a reader tolerates beyond the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadRules {
    /// A line may end with LF alone (RFC 9112 §2.2).
    pub bare_lf: bool,
    /// A field line may be continued on the next (RFC 9112 §5.2); each fold becomes one space.
    pub folds: bool,
    /// Octets of the whole head.
    pub max_head: usize,
    /// Field lines.
    pub max_fields: usize,
}

impl HeadRules {
    /// How a client reads responses.
    pub const CLIENT: Self =
        Self { bare_lf: true, folds: true, max_head: MAX_RESPONSE_HEAD, max_fields: MAX_RESPONSE_FIELDS };
    /// How a server reads requests.
    pub const SERVER: Self = Self { bare_lf: false, folds: false, max_head: MAX_HEAD, max_fields: MAX_FIELDS };
    /// How trailer sections and chunk framing are read, by either end.
    pub const CHUNKED: Self = Self { bare_lf: false, folds: false, max_head: MAX_HEAD, max_fields: MAX_FIELDS };
}

/// Why a head is refused. `line` counts from 1, the start line (or the first trailer) being 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// The request line has no end.
    #[error("the request line is longer than {limit} octets")]
    RequestLineTooLong {
        /// [`MAX_REQUEST_LINE`].
        limit: usize,
    },
    /// The method has no end.
    #[error("the method is longer than {limit} octets")]
    MethodTooLong {
        /// [`MAX_METHOD`].
        limit: usize,
    },
    /// The status line has no end.
    #[error("the status line is longer than {limit} octets")]
    StatusLineTooLong {
        /// [`MAX_STATUS_LINE`].
        limit: usize,
    },
    /// The head has no end.
    #[error("the header fields do not end within {limit} octets")]
    HeadTooLarge {
        /// [`MAX_HEAD`] or [`MAX_RESPONSE_HEAD`].
        limit: usize,
    },
    /// Too many field lines.
    #[error("there are more than {limit} header fields")]
    TooManyFields {
        /// [`MAX_FIELDS`] or [`MAX_RESPONSE_FIELDS`].
        limit: usize,
    },
    /// Too many empty lines before a request.
    #[error("there are more than {limit} empty lines where a request line should be")]
    TooManyEmptyLines {
        /// [`MAX_EMPTY_LINES`].
        limit: usize,
    },
    /// A line ends with LF and no CR.
    #[error("line {line} ends with LF alone; a line ends with CR LF")]
    BareLf {
        /// Which line.
        line: usize,
    },
    /// A CR that is not followed by LF.
    #[error("line {line} has a CR that is not followed by LF")]
    BareCr {
        /// Which line.
        line: usize,
    },
    /// An octet NUL in a value.
    #[error("line {line} has a NUL octet")]
    Nul {
        /// Which line.
        line: usize,
    },
    /// Another control octet in a field value or reason phrase.
    #[error("line {line} has the control octet {octet:#04x}")]
    Control {
        /// Which line.
        line: usize,
        /// Which octet.
        octet: u8,
    },
    /// A field line without a colon.
    #[error("line {line} has no colon: {text:?}")]
    NoColon {
        /// Which line.
        line: usize,
        /// How it begins.
        text: String,
    },
    /// A field line that begins with a colon.
    #[error("line {line} has no field name before its colon")]
    EmptyName {
        /// Which line.
        line: usize,
    },
    /// White space between name and colon.
    #[error("line {line} has white space between the field name {name:?} and its colon")]
    SpaceBeforeColon {
        /// Which line.
        line: usize,
        /// The name.
        name: String,
    },
    /// A field name that is not a token.
    #[error("line {line} has the octet {octet:#04x} in its field name")]
    BadName {
        /// Which line.
        line: usize,
        /// The first octet that may not stand there.
        octet: u8,
    },
    /// White space after the start line.
    #[error("white space stands between the start line and the first field")]
    SpaceBeforeFirstField,
    /// A folded field line.
    #[error("line {line} continues the field line above it; this has been obsolete since 2014")]
    Folded {
        /// Which line.
        line: usize,
    },
    /// The request line is empty or has no target.
    #[error("the request line {text:?} is not method, space, target, space, version")]
    NotARequestLine {
        /// How it begins.
        text: String,
    },
    /// A method that is not a token.
    #[error("the octet {octet:#04x} may not stand in a method")]
    BadMethod {
        /// The first octet that may not stand there.
        octet: u8,
    },
    /// A target with an octet no URI has.
    #[error("the octet {octet:#04x} may not stand in a request target; it has to be percent-encoded")]
    BadTarget {
        /// The first octet that may not stand there.
        octet: u8,
    },
    /// `GET /` and nothing more: HTTP/0.9.
    #[error("the request line has no version: this is how HTTP/0.9 asked, in 1991")]
    NoVersion,
    /// Something else where the version should be.
    #[error("{text:?} stands where the version should be, as HTTP/1.1")]
    BadVersion {
        /// What stands there.
        text: String,
    },
    /// A major version this room does not speak.
    #[error("the message is HTTP/{major}.{minor}, not HTTP/1.0 or HTTP/1.1")]
    OtherVersion {
        /// Major version.
        major: u8,
        /// Minor version.
        minor: u8,
    },
    /// The other end does not speak HTTP.
    #[error("the answer begins with {text:?}, which is not HTTP")]
    NotHttp {
        /// How it begins.
        text: String,
    },
    /// A status code that is not three digits from 100 up.
    #[error("{text:?} stands where the three digits of a status code should be")]
    BadStatus {
        /// What stands there.
        text: String,
    },
}

impl HeadError {
    /// Is it a limit of this program that was passed, rather than a rule that was broken?
    pub fn is_limit(&self) -> bool {
        matches!(
            self,
            Self::RequestLineTooLong { .. }
                | Self::MethodTooLong { .. }
                | Self::StatusLineTooLong { .. }
                | Self::HeadTooLarge { .. }
                | Self::TooManyFields { .. }
                | Self::TooManyEmptyLines { .. }
        )
    }

    /// The rule that was broken.
    pub fn clause(&self) -> &'static str {
        match self {
            Self::RequestLineTooLong { .. } | Self::MethodTooLong { .. } | Self::NotARequestLine { .. } => {
                "RFC 9112 §3"
            }
            Self::BadMethod { .. } => "RFC 9112 §3.1",
            Self::BadTarget { .. } => "RFC 9112 §3.2",
            Self::StatusLineTooLong { .. } | Self::NotHttp { .. } | Self::BadStatus { .. } => "RFC 9112 §4",
            Self::HeadTooLarge { .. } | Self::TooManyFields { .. } => "RFC 9110 §5.4",
            Self::TooManyEmptyLines { .. }
            | Self::BareLf { .. }
            | Self::BareCr { .. }
            | Self::SpaceBeforeFirstField => "RFC 9112 §2.2",
            Self::Nul { .. } | Self::Control { .. } => "RFC 9110 §5.5",
            Self::NoColon { .. } | Self::EmptyName { .. } | Self::BadName { .. } => "RFC 9112 §5",
            Self::SpaceBeforeColon { .. } => "RFC 9112 §5.1",
            Self::Folded { .. } => "RFC 9112 §5.2",
            Self::NoVersion | Self::BadVersion { .. } | Self::OtherVersion { .. } => "RFC 9112 §2.3",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HeadPhase {
    RequestLine,
    StatusLine,
    FirstField,
    Field,
}

#[derive(Clone, Debug)]
struct FieldSpan {
    name: Range<usize>,
    value: Range<usize>,
    folded: bool,
}

impl HeadReader {
    /// Awaits a request.
    pub fn request(rules: HeadRules) -> Self {
        Self::new(rules, HeadPhase::RequestLine)
    }

    /// Awaits a response.
    pub fn response(rules: HeadRules) -> Self {
        Self::new(rules, HeadPhase::StatusLine)
    }

    /// Awaits a trailer section.
    pub fn trailers(rules: HeadRules) -> Self {
        Self::new(rules, HeadPhase::FirstField)
    }

    fn new(rules: HeadRules, awaits: HeadPhase) -> Self {
        Self { rules, awaits, start: None, fields: Vec::new(), line_from: 0, scanned: 0, lines: 0, empty_lines: 0 }
    }

    /// Looks at `buffer`, which begins with the head's first octet and may have grown since the last call.
    ///
    /// Returns the head's length once its empty line is there; [`Self::finish`] then reads it.
    ///
    /// # Errors
    /// The first line that breaks a rule, or a limit that was passed: the same whatever the cuts.
    pub fn scan(&mut self, buffer: &[u8]) -> Result<Option<usize>, HeadError> {
        if let Some(noise) = self.noise(buffer).filter(|noise| noise.len() > SHOWN) {
            return Err(HeadError::NotHttp { text: beginning(noise) });
        }
        while let Some(length) = position(buffer.get(self.scanned..).unwrap_or_default(), b'\n') {
            let end = self.scanned + length + 1;
            self.check_length(buffer, end)?;
            let line = self.line_from..end;
            self.line_from = end;
            self.scanned = end;
            self.lines += 1;
            if self.line(buffer, line)? {
                return Ok(Some(end));
            }
        }
        self.scanned = buffer.len();
        // The line's end is still to come, so it will be one octet longer at least.
        self.check_length(buffer, buffer.len() + 1)?;
        Ok(None)
    }

    /// What is wrong with a head that ended here, other than that it ended.
    pub fn wrong_at_end(&self, buffer: &[u8]) -> Option<HeadError> {
        self.noise(buffer).map(|noise| HeadError::NotHttp { text: beginning(noise) })
    }

    /// What has come of a status line that can be none any more, as long as its line has no end: who speaks another protocol may never
    /// end a line.
    fn noise<'a>(&self, buffer: &'a [u8]) -> Option<&'a [u8]> {
        let line = buffer.get(self.line_from..).filter(|_| matches!(self.awaits, HeadPhase::StatusLine))?;
        let shown = line.get(..=SHOWN).unwrap_or(line);
        let could_be = shown.iter().zip(NAME).all(|(octet, expected)| octet == expected);
        (!could_be && !shown.contains(&b'\n')).then_some(line)
    }

    /// Has the head's first octet been seen? Empty lines before a request do not count.
    pub fn begun(&self, buffer: &[u8]) -> bool {
        self.start.is_some()
            || buffer.get(self.line_from..).is_some_and(|rest| rest.iter().any(|octet| !b"\r\n".contains(octet)))
    }

    /// The head, once [`Self::scan`] has given its length; `block` is that many octets. Ready for the next head.
    pub fn finish(&mut self, block: &Bytes) -> (Option<StartLine>, Fields) {
        let fields = self.fields.drain(..).map(|span| span.field(block)).collect();
        (self.start.take(), Fields(fields))
    }

    fn check_length(&self, buffer: &[u8], end: usize) -> Result<(), HeadError> {
        let line = end - self.line_from;
        match self.awaits {
            HeadPhase::RequestLine if line > MAX_REQUEST_LINE => {
                let begins = buffer.get(self.line_from..).unwrap_or_default().get(..=MAX_METHOD).unwrap_or_default();
                return Err(if begins.contains(&b' ') {
                    HeadError::RequestLineTooLong { limit: MAX_REQUEST_LINE }
                } else {
                    HeadError::MethodTooLong { limit: MAX_METHOD }
                });
            }
            HeadPhase::StatusLine if line > MAX_STATUS_LINE => {
                return Err(HeadError::StatusLineTooLong { limit: MAX_STATUS_LINE });
            }
            HeadPhase::RequestLine | HeadPhase::StatusLine | HeadPhase::FirstField | HeadPhase::Field => {}
        }
        let limit = self.rules.max_head;
        if end > limit {
            return Err(HeadError::HeadTooLarge { limit });
        }
        Ok(())
    }

    /// Reads one line; true when it was the empty line that ends the head.
    fn line(&mut self, buffer: &[u8], range: Range<usize>) -> Result<bool, HeadError> {
        let line = buffer.get(range.clone()).unwrap_or_default();
        let text = match line {
            [text @ .., b'\r', b'\n'] => text,
            [text @ .., b'\n'] if self.rules.bare_lf => text,
            _ => return Err(HeadError::BareLf { line: self.lines }),
        };
        match self.awaits {
            HeadPhase::RequestLine if text.is_empty() => {
                self.empty_lines += 1;
                self.lines = 0;
                if self.empty_lines > MAX_EMPTY_LINES {
                    return Err(HeadError::TooManyEmptyLines { limit: MAX_EMPTY_LINES });
                }
            }
            HeadPhase::RequestLine => self.begin(request_line(text)?),
            HeadPhase::StatusLine => self.begin(status_line(text)?),
            HeadPhase::FirstField | HeadPhase::Field if text.is_empty() => return Ok(true),
            HeadPhase::FirstField if is_space(text.first()) => return Err(HeadError::SpaceBeforeFirstField),
            HeadPhase::Field if is_space(text.first()) => self.fold(text, range.start)?,
            HeadPhase::FirstField | HeadPhase::Field => {
                let span = read_field(text, range.start, self.lines)?;
                let limit = self.rules.max_fields;
                if self.fields.len() == limit {
                    return Err(HeadError::TooManyFields { limit });
                }
                self.fields.push(span);
                self.awaits = HeadPhase::Field;
            }
        }
        Ok(false)
    }

    fn begin(&mut self, start: StartLine) {
        self.start = Some(start);
        self.awaits = HeadPhase::FirstField;
    }

    fn fold(&mut self, text: &[u8], at: usize) -> Result<(), HeadError> {
        if !self.rules.folds {
            return Err(HeadError::Folded { line: self.lines });
        }
        check_value(text, self.lines)?;
        if let Some(span) = self.fields.last_mut() {
            span.value.end = at + text.trim_ascii_end().len();
            span.folded = true;
        }
        Ok(())
    }
}

impl FieldSpan {
    fn field(self, block: &Bytes) -> Field {
        let name = text_of(block.get(self.name).unwrap_or_default());
        let value = match block.get(self.value.clone()) {
            None => Bytes::new(),
            Some(raw) if self.folded => unfold(raw),
            Some(_) => block.slice(self.value),
        };
        Field { name, value }
    }
}

/// Reads a request line without its line end.
///
/// # Errors
/// What is wrong with it.
pub fn request_line(text: &[u8]) -> Result<StartLine, HeadError> {
    let (method, rest) = split(text, b' ').ok_or_else(|| HeadError::NotARequestLine { text: beginning(text) })?;
    if method.len() > MAX_METHOD {
        return Err(HeadError::MethodTooLong { limit: MAX_METHOD });
    }
    if let Some(octet) = method.iter().find(|octet| !is_tchar(**octet)) {
        return Err(HeadError::BadMethod { octet: *octet });
    }
    let (target, version) = match split(rest, b' ') {
        Some((target, version)) => (target, Some(version)),
        None => (rest, None),
    };
    if method.is_empty() || target.is_empty() {
        return Err(HeadError::NotARequestLine { text: beginning(text) });
    }
    if let Some(octet) = target.iter().find(|octet| !octet.is_ascii_graphic()) {
        return Err(HeadError::BadTarget { octet: *octet });
    }
    let version = match version {
        Some(written) => version_of(written)?,
        None if method == b"GET" => return Err(HeadError::NoVersion),
        None => return Err(HeadError::NotARequestLine { text: beginning(text) }),
    };
    Ok(StartLine::Request { method: text_of(method), target: text_of(target), version })
}

/// Reads a status line without its line end. The space before an absent reason phrase may be absent too: many servers leave it out.
///
/// # Errors
/// What is wrong with it.
pub fn status_line(text: &[u8]) -> Result<StartLine, HeadError> {
    if !text.starts_with(NAME) {
        return Err(HeadError::NotHttp { text: beginning(text) });
    }
    let (written, rest) = split(text, b' ').unwrap_or((text, b""));
    let version = version_of(written)?;
    let (code, reason) = split(rest, b' ').unwrap_or((rest, b""));
    let status = match code {
        [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9'] => code.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0')),
        _ => return Err(HeadError::BadStatus { text: beginning(code) }),
    };
    check_value(reason, 1)?;
    Ok(StartLine::Status { version, status, reason: text_of(reason) })
}

fn version_of(written: &[u8]) -> Result<(u8, u8), HeadError> {
    let (major, minor) = match written {
        [b'H', b'T', b'T', b'P', b'/', major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9'] => (major - b'0', minor - b'0'),
        _ => return Err(HeadError::BadVersion { text: beginning(written) }),
    };
    match major {
        1 => Ok((major, minor)),
        _ => Err(HeadError::OtherVersion { major, minor }),
    }
}

/// Where name and value of a field line stand in it; `text` is the line without its end, `line` its number for the error.
///
/// # Errors
/// What is wrong with it.
pub fn field_line(text: &[u8], line: usize) -> Result<(Range<usize>, Range<usize>), HeadError> {
    read_field(text, 0, line).map(|span| (span.name, span.value))
}

fn read_field(text: &[u8], at: usize, line: usize) -> Result<FieldSpan, HeadError> {
    let Some(colon) = position(text, b':') else {
        check_value(text, line)?;
        return Err(HeadError::NoColon { line, text: beginning(text) });
    };
    let (name, value) = (text.get(..colon).unwrap_or_default(), text.get(colon + 1..).unwrap_or_default());
    if name.is_empty() {
        return Err(HeadError::EmptyName { line });
    }
    if is_space(name.last()) {
        return Err(HeadError::SpaceBeforeColon { line, name: beginning(name.trim_ascii_end()) });
    }
    match name.iter().find(|octet| !is_tchar(**octet)) {
        Some(0) => return Err(HeadError::Nul { line }),
        Some(octet) => return Err(HeadError::BadName { line, octet: *octet }),
        None => {}
    }
    check_value(value, line)?;
    let from = at + colon + 1 + value.iter().take_while(|octet| is_space(Some(octet))).count();
    let length = trim(value).len();
    Ok(FieldSpan { name: at..at + colon, value: from..from + length, folded: false })
}

fn check_value(value: &[u8], line: usize) -> Result<(), HeadError> {
    match value.iter().find(|octet| octet.is_ascii_control() && **octet != b'\t') {
        None => Ok(()),
        Some(0) => Err(HeadError::Nul { line }),
        Some(b'\r') => Err(HeadError::BareCr { line }),
        Some(octet) => Err(HeadError::Control { line, octet: *octet }),
    }
}

/// Each fold (line end and the white space around it) becomes one space. RFC 9112 §5.2.
fn unfold(raw: &[u8]) -> Bytes {
    let mut value = Vec::with_capacity(raw.len());
    for line in raw.split(|octet| *octet == b'\n') {
        let part = trim(line.strip_suffix(b"\r").unwrap_or(line));
        if !value.is_empty() && !part.is_empty() {
            value.push(b' ');
        }
        value.extend_from_slice(part);
    }
    value.into()
}

/// Without the spaces and tabs around it: RFC 9110 §5.6.3 knows no other white space.
fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// May `octet` stand in a token? RFC 9110 §5.6.2.
pub fn is_tchar(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet)
}

fn is_space(octet: Option<&u8>) -> bool {
    matches!(octet, Some(b' ' | b'\t'))
}

fn position(bytes: &[u8], wanted: u8) -> Option<usize> {
    bytes.iter().position(|octet| *octet == wanted)
}

fn split(bytes: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let index = position(bytes, at)?;
    Some((bytes.get(..index)?, bytes.get(index + 1..)?))
}

/// As text: UTF-8 where it is that, ISO 8859-1 otherwise.
fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

/// What every status line begins with. RFC 9112 §2.3.
const NAME: &[u8] = b"HTTP/";

/// Octets of something unexpected that an error message shows.
const SHOWN: usize = 40;

/// The first octets of something unexpected, for an error message.
pub(super) fn beginning(bytes: &[u8]) -> String {
    let mut text: String = bytes.iter().take(SHOWN).copied().map(char::from).collect();
    if bytes.len() > SHOWN {
        text.push('…');
    }
    text
}
