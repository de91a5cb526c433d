//! How long a message's content is, and whether its connection lives on. RFC 9112 §6.3 and §9.3: one place for both ends.

use super::message::{Fields, Version};

/// How a message's content is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is none: the message ends with its head.
    None,
    /// So many octets.
    Length(u64),
    /// Chunks (RFC 9112 §7.1).
    Chunked,
    /// Until the connection closes: responses only.
    UntilClose,
    /// From here on the connection is a tunnel, or speaks another protocol: a 2xx to CONNECT, or 101.
    Tunnel,
}

/// Why a message's length cannot be told for certain. Guessing is how requests are smuggled (RFC 9112 §11.2).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FramingError {
    /// Both ways of telling the length at once.
    #[error("the message has both Transfer-Encoding and Content-Length: its length is ambiguous")]
    CodingAndLength,
    /// Several lengths.
    #[error("the message has several Content-Length values, {first} and {other}: its length is ambiguous")]
    DifferentLengths {
        /// The first.
        first: u64,
        /// One that differs.
        other: u64,
    },
    /// Not a number.
    #[error("the Content-Length {got:?} is not a number of octets")]
    BadLength {
        /// What stands there.
        got: String,
    },
    /// A number beyond 2⁶⁴ − 1.
    #[error("the Content-Length {got} is beyond every limit")]
    LengthOverflow {
        /// What stands there.
        got: String,
    },
    /// A coding that is not chunked.
    #[error("the transfer coding {coding:?} is not known here, and was not asked for")]
    UnknownCoding {
        /// Its name.
        coding: String,
    },
    /// Chunked, but not last in a request, which has no other end.
    #[error("chunked is not the last transfer coding: where the request ends cannot be told")]
    ChunkedNotLast,
    /// Chunked twice.
    #[error("the transfer coding chunked is applied twice, which nobody may do: where the content ends cannot be told")]
    ChunkedTwice,
    /// `Transfer-Encoding:` and nothing.
    #[error("Transfer-Encoding is there, but names no coding")]
    NoCoding,
    /// HTTP/1.0 has no transfer codings.
    #[error("an HTTP/1.0 message has Transfer-Encoding: its framing is faulty")]
    CodingInHttp10,
}

impl FramingError {
    /// The rule that was broken.
    pub fn clause(&self) -> &'static str {
        match self {
            Self::CodingAndLength | Self::DifferentLengths { .. } | Self::ChunkedNotLast => "RFC 9112 §6.3",
            Self::ChunkedTwice => "RFC 9112 §7.1",
            Self::BadLength { .. } | Self::LengthOverflow { .. } => "RFC 9110 §8.6",
            Self::UnknownCoding { .. } | Self::NoCoding | Self::CodingInHttp10 => "RFC 9112 §6.1",
        }
    }
}

/// The framing of a request's content (RFC 9112 §6.3, rules 3–7).
///
/// # Errors
/// When it is ambiguous or not understood.
pub fn of_request(version: Version, fields: &Fields) -> Result<Framing, FramingError> {
    let Some(stated) = stated(version, fields)? else { return Ok(Framing::None) };
    if stated == Framing::UntilClose {
        let is_chunked = |coding: &[u8]| name(coding).eq_ignore_ascii_case(b"chunked");
        let mut codings = fields.members("Transfer-Encoding");
        return Err(match codings.next() {
            Some(first) if !is_chunked(first) => unknown(first),
            _ => FramingError::ChunkedNotLast,
        });
    }
    // Content in another coding below the chunks could not be read here (RFC 9112 §6.1: 501).
    match fields.members("Transfer-Encoding").find(|coding| !name(coding).eq_ignore_ascii_case(b"chunked")) {
        Some(other) => Err(unknown(other)),
        None => Ok(stated),
    }
}

/// The framing of a response's content to a request with `method` (RFC 9112 §6.3, all rules).
///
/// # Errors
/// When it is ambiguous or not understood.
pub fn of_response(method: &str, status: u16, version: Version, fields: &Fields) -> Result<Framing, FramingError> {
    match status {
        101 => Ok(Framing::Tunnel),
        100..=199 | 204 | 304 => Ok(Framing::None),
        _ if method == "HEAD" => Ok(Framing::None),
        200..=299 if method == "CONNECT" => Ok(Framing::Tunnel),
        _ => Ok(stated(version, fields)?.unwrap_or(Framing::UntilClose)),
    }
}

/// What the fields say. Where chunked is not the last transfer coding, only the connection's end ends the content (§6.3 rule 4); what other
/// codings there are is for [`super::coding`] to undo.
fn stated(version: Version, fields: &Fields) -> Result<Option<Framing>, FramingError> {
    let has_length = fields.has("Content-Length");
    if !fields.has("Transfer-Encoding") {
        return if has_length { content_length(fields).map(|length| Some(Framing::Length(length))) } else { Ok(None) };
    }
    if has_length {
        return Err(FramingError::CodingAndLength);
    }
    if version == Version::Http10 {
        return Err(FramingError::CodingInHttp10);
    }
    let codings: Vec<&[u8]> = fields.members("Transfer-Encoding").collect();
    let is_chunked = |coding: &&&[u8]| name(coding).eq_ignore_ascii_case(b"chunked");
    match codings.last() {
        None => Err(FramingError::NoCoding),
        Some(_) if codings.iter().filter(is_chunked).count() > 1 => Err(FramingError::ChunkedTwice),
        Some(last) if is_chunked(&last) => Ok(Some(Framing::Chunked)),
        Some(_) => Ok(Some(Framing::UntilClose)),
    }
}

/// A transfer coding without its parameters (RFC 9112 §7).
fn name(coding: &[u8]) -> &[u8] {
    coding.split(|octet| *octet == b';').next().unwrap_or_default().trim_ascii()
}

fn unknown(coding: &[u8]) -> FramingError {
    FramingError::UnknownCoding { coding: String::from_utf8_lossy(coding).into_owned() }
}

/// Equal values, in one line or several, count once (RFC 9112 §6.3 rule 5).
fn content_length(fields: &Fields) -> Result<u64, FramingError> {
    let mut length = None;
    for value in fields.values("Content-Length").flat_map(|value| value.split(|octet| *octet == b',')) {
        let value = value.trim_ascii();
        let got = || String::from_utf8_lossy(value).into_owned();
        if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
            return Err(FramingError::BadLength { got: got() });
        }
        let octets = value
            .iter()
            .try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
            .ok_or_else(|| FramingError::LengthOverflow { got: got() })?;
        match length {
            Some(first) if first != octets => return Err(FramingError::DifferentLengths { first, other: octets }),
            _ => length = Some(octets),
        }
    }
    length.ok_or_else(|| FramingError::BadLength { got: String::new() })
}

/// What one message says about its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Persistence {
    version: Version,
    close: bool,
    keep_alive: bool,
}

impl Persistence {
    /// Read from a head.
    pub fn of(version: Version, fields: &Fields) -> Self {
        Self {
            version,
            close: fields.has_member("Connection", "close"),
            keep_alive: fields.has_member("Connection", "keep-alive"),
        }
    }

    /// Does the connection end with this exchange, whatever the other end says?
    pub fn is_last(self) -> bool {
        self.close || self.version == Version::Http10 && !self.keep_alive
    }
}

/// May the connection take another request after this exchange (RFC 9112 §9.3)? Used by both ends; when not, the reason as a
/// student reads it.
///
/// # Errors
/// The reason it may not.
pub fn persistence(request: Persistence, response: Persistence, framing: Framing) -> Result<(), &'static str> {
    match framing {
        Framing::Tunnel => Err("the connection now carries another protocol"),
        Framing::UntilClose => Err("the end of the connection is the end of the content"),
        _ if request.close => Err("the request said Connection: close"),
        _ if response.close => Err("the response said Connection: close"),
        _ if request.is_last() => Err("an HTTP/1.0 request without Connection: keep-alive asks for one response only"),
        _ if response.is_last() => Err("an HTTP/1.0 response without Connection: keep-alive ends the connection"),
        _ => Ok(()),
    }
}
