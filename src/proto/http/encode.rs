//! Messages → octets, exactly as given: nothing is added, reordered or re-cased. Source: RFC 9112 §2–§7.

use std::{ops::Range, time::SystemTime};

use bytes::{BufMut as _, Bytes, BytesMut};

use super::{
    head::is_tchar,
    message::{Fields, Request, ResponseHead},
};

/// Why a request cannot be sent as a message. Raw mode sends anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// The method is empty or not a token.
    #[error("{method:?} is not a method: a method is letters, digits and !#$%&'*+-.^_`|~")]
    Method {
        /// As given.
        method: String,
    },
    /// The target is empty or has white space, a control octet or a non-ASCII character.
    #[error(
        "{target:?} is not a request target: white space, control and non-ASCII characters have to be percent-encoded"
    )]
    Target {
        /// As given.
        target: String,
    },
    /// The field name is empty or not a token.
    #[error("{name:?} is not a field name: a name is letters, digits and !#$%&'*+-.^_`|~")]
    Name {
        /// As given.
        name: String,
    },
    /// The field value has CR, LF or NUL.
    #[error("the value of {name} has the octet {octet:#04x}, which may not stand in a field value")]
    Value {
        /// Which field.
        name: String,
        /// The octet.
        octet: u8,
    },
}

impl InvalidRequest {
    /// The rule it would break.
    pub fn clause(&self) -> &'static str {
        match self {
            Self::Method { .. } => "RFC 9112 §3.1",
            Self::Target { .. } => "RFC 9112 §3.2",
            Self::Name { .. } => "RFC 9110 §5.1",
            Self::Value { .. } => "RFC 9110 §5.5",
        }
    }
}

/// A request's head as octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedHead {
    /// The octets.
    pub bytes: Bytes,
    /// From the first octet of the first secret to the last octet of the last one.
    pub secret: Option<Range<usize>>,
}

/// Which field values are secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecretFields {
    /// Authorization and Proxy-Authorization (RFC 9110 §11.6.2, §11.7.2).
    #[default]
    Credentials,
    /// Those and Cookie (RFC 6265 §4.2).
    CredentialsAndCookies,
}

impl SecretFields {
    /// Is the value of the field `name` a secret?
    pub fn hides(self, name: &[u8]) -> bool {
        name.eq_ignore_ascii_case(b"Authorization")
            || name.eq_ignore_ascii_case(b"Proxy-Authorization")
            || self == Self::CredentialsAndCookies && name.eq_ignore_ascii_case(b"Cookie")
    }
}

/// A request's head: request line, fields, empty line.
///
/// # Errors
/// When the request would not be one message, or not the one that was meant.
pub fn request_head(request: &Request, secrets: SecretFields) -> Result<EncodedHead, InvalidRequest> {
    let Request { method, target, version, fields, .. } = request;
    if method.is_empty() || !method.bytes().all(is_tchar) {
        return Err(InvalidRequest::Method { method: method.clone() });
    }
    if target.is_empty() || !target.bytes().all(|octet| octet.is_ascii_graphic()) {
        return Err(InvalidRequest::Target { target: target.clone() });
    }
    let mut bytes = BytesMut::with_capacity(method.len() + target.len() + 16 + fields_len(fields));
    bytes.put_slice(method.as_bytes());
    bytes.put_u8(b' ');
    bytes.put_slice(target.as_bytes());
    bytes.put_u8(b' ');
    bytes.put_slice(version.text().as_bytes());
    bytes.put_slice(b"\r\n");
    let mut secret: Option<Range<usize>> = None;
    for field in &fields.0 {
        check_field(&field.name, &field.value)?;
        bytes.put_slice(field.name.as_bytes());
        bytes.put_slice(b": ");
        let from = bytes.len();
        bytes.put_slice(&field.value);
        if secrets.hides(field.name.as_bytes()) {
            secret = Some(cover(secret, from..bytes.len()));
        }
        bytes.put_slice(b"\r\n");
    }
    bytes.put_slice(b"\r\n");
    Ok(EncodedHead { bytes: bytes.freeze(), secret })
}

/// Where the secrets stand in octets that were given raw: as in [`EncodedHead::secret`], in every line that looks like such a field.
pub fn secrets_in(raw: &[u8], secrets: SecretFields) -> Option<Range<usize>> {
    let mut secret = None;
    let mut from = 0;
    for line in raw.split_inclusive(|octet| *octet == b'\n') {
        if let Some(colon) = line.iter().position(|octet| *octet == b':')
            && secrets.hides(line.get(..colon).unwrap_or_default().trim_ascii())
        {
            let value = from + colon + 1..from + line.trim_ascii_end().len();
            secret = Some(cover(secret, value));
        }
        from += line.len();
    }
    secret
}

/// A response's head: status line, fields, empty line. The space before an absent reason phrase stays (RFC 9112 §4).
///
/// The caller answers for what it puts in: a server writes its own fields.
pub fn response_head(head: &ResponseHead) -> Bytes {
    let mut bytes = BytesMut::with_capacity(32 + head.reason.len() + fields_len(&head.fields));
    bytes.put_slice(head.version.text().as_bytes());
    bytes.put_slice(format!(" {:03} ", head.status).as_bytes());
    bytes.put_slice(head.reason.as_bytes());
    bytes.put_slice(b"\r\n");
    put_fields(&mut bytes, &head.fields);
    bytes.put_slice(b"\r\n");
    bytes.freeze()
}

/// One chunk (RFC 9112 §7.1). Nothing for no octets: a chunk of size 0 would be the last.
pub fn chunk(octets: &[u8]) -> Bytes {
    if octets.is_empty() {
        return Bytes::new();
    }
    let mut bytes = BytesMut::with_capacity(octets.len() + 20);
    bytes.put_slice(format!("{:x}\r\n", octets.len()).as_bytes());
    bytes.put_slice(octets);
    bytes.put_slice(b"\r\n");
    bytes.freeze()
}

/// The last chunk, the trailer fields, and the empty line that ends the message (RFC 9112 §7.1).
pub fn last_chunk(trailers: &Fields) -> Bytes {
    let mut bytes = BytesMut::with_capacity(8 + fields_len(trailers));
    bytes.put_slice(b"0\r\n");
    put_fields(&mut bytes, trailers);
    bytes.put_slice(b"\r\n");
    bytes.freeze()
}

/// A date as `Date`, `Last-Modified` and `Expires` write it: `Sun, 06 Nov 1994 08:49:37 GMT` (IMF-fixdate, RFC 9110 §5.6.7).
pub fn date(at: SystemTime) -> String {
    httpdate::fmt_http_date(at)
}

/// Reads a date in any of the three forms of RFC 9110 §5.6.7.
pub fn parse_date(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text).ok()
}

fn check_field(name: &str, value: &[u8]) -> Result<(), InvalidRequest> {
    if name.is_empty() || !name.bytes().all(is_tchar) {
        return Err(InvalidRequest::Name { name: name.to_owned() });
    }
    match value.iter().find(|octet| b"\r\n\0".contains(octet)) {
        Some(octet) => Err(InvalidRequest::Value { name: name.to_owned(), octet: *octet }),
        None => Ok(()),
    }
}

fn put_fields(bytes: &mut BytesMut, fields: &Fields) {
    for field in &fields.0 {
        bytes.put_slice(field.name.as_bytes());
        bytes.put_slice(b": ");
        bytes.put_slice(&field.value);
        bytes.put_slice(b"\r\n");
    }
}

fn fields_len(fields: &Fields) -> usize {
    fields.0.iter().map(|field| field.name.len() + field.value.len() + 4).sum::<usize>() + 2
}

fn cover(range: Option<Range<usize>>, more: Range<usize>) -> Range<usize> {
    range.map_or(more.clone(), |range| range.start..more.end)
}
