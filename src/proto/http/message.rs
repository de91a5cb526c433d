//! Messages as written: names in their own case, fields in their own order. RFC 9112 §2–§7.

use bytes::Bytes;

/// HTTP versions this room speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Version {
    /// HTTP/1.0, RFC 1945.
    #[serde(rename = "1.0")]
    Http10,
    /// HTTP/1.1, RFC 9112.
    #[serde(rename = "1.1")]
    Http11,
}

/// A field line, name as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name in its own case.
    pub name: String,
    /// Value without surrounding white space; any octets but CR, LF and NUL.
    pub value: Bytes,
}

/// Field lines in their own order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(pub Vec<Field>);

impl Fields {
    /// The first value of `name`, case-insensitive, where it is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
            .and_then(|field| std::str::from_utf8(&field.value).ok())
    }
    /// Adds a line.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<Bytes>) {
        self.0.push(Field { name: name.into(), value: value.into() });
    }
}

/// A request to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Method, as written.
    pub method: String,
    /// Request target, as written (origin-form, absolute-form, `*`).
    pub target: String,
    /// Version on the request line.
    pub version: Version,
    /// Field lines; nothing is added to them.
    pub fields: Fields,
    /// Content; the caller states its framing in `fields`.
    pub content: Bytes,
    /// Send exactly these octets instead of everything above (raw mode). `method` still says how to read the response.
    pub raw: Option<Bytes>,
}

/// A request head as a server received it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// Method.
    pub method: String,
    /// Target.
    pub target: String,
    /// `(major, minor)` as written: a server answers 505 to what it does not speak.
    pub version: (u8, u8),
    /// Fields.
    pub fields: Fields,
}

/// A response head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    /// Version on the status line.
    pub version: Version,
    /// Status code.
    pub status: u16,
    /// Reason phrase as written.
    pub reason: String,
    /// Fields.
    pub fields: Fields,
}
