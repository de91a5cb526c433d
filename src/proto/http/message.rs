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

impl Version {
    /// What a peer that wrote `(1, minor)` is to be treated as (RFC 9110 §2.5): any later minor version is read as 1.1. `None` for another major
    /// version.
    pub fn of(written: (u8, u8)) -> Option<Self> {
        match written {
            (1, 0) => Some(Self::Http10),
            (1, _) => Some(Self::Http11),
            _ => None,
        }
    }

    /// As on a start line.
    pub fn text(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        }
    }
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
    /// Is there a line called `name`, case-insensitive?
    pub fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }
    /// The values of every line called `name`, case-insensitive, in order.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &Bytes> {
        self.0.iter().filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|field| &field.value)
    }
    /// The members of a comma-separated list field, all lines of it taken together, white space around them removed and empty
    /// members left out (RFC 9110 §5.6.1). Not for fields whose members may be quoted strings.
    pub fn members(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.values(name)
            .flat_map(|value| value.split(|octet| *octet == b','))
            .map(<[u8]>::trim_ascii)
            .filter(|member| !member.is_empty())
    }
    /// Does the list field `name` have the member `token`, case-insensitive?
    pub fn has_member(&self, name: &str, token: &str) -> bool {
        self.members(name).any(|member| member.eq_ignore_ascii_case(token.as_bytes()))
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
    /// The request method (RFC 9110 §9).
    pub method: String,
    /// The request target as written (RFC 9112 §3.2).
    pub target: String,
    /// `(major, minor)` as written: a server answers 505 to what it does not speak.
    pub version: (u8, u8),
    /// The header fields, in order.
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
    /// The header fields, in order.
    pub fields: Fields,
}
