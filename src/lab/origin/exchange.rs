//! A request as the origin understands it and the response it gives, whichever version of HTTP carried them.

use std::net::SocketAddr;

use bytes::Bytes;

use crate::{proto::http::message::Fields, wire::FlowHandle};

/// What a client asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct OriginRequest {
    pub(crate) method: String,
    /// As written on the request line; for HTTP/2 the `:path`.
    pub(crate) target: String,
    /// `HTTP/1.1` as on the request line, `HTTP/2`.
    pub(crate) protocol: String,
    /// Field lines; for HTTP/2 with a `Host` made of `:authority`.
    pub(crate) fields: Fields,
    pub(crate) content: Bytes,
    /// Did it come through TLS?
    pub(crate) secure: bool,
    pub(crate) client: Option<SocketAddr>,
    /// The client's flow, where it has one.
    pub(crate) flow: Option<FlowHandle>,
}

/// What the origin answers. The version's own code adds the framing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct OriginResponse {
    pub(crate) status: u16,
    /// Field lines but for `Date`, `Server`, `Content-Type` and framing.
    pub(crate) fields: Fields,
    pub(crate) media_type: Option<String>,
    pub(crate) body: Body,
    /// Why it is what it is.
    pub(crate) why: Vec<Decision>,
    /// The connection ends with this response.
    pub(crate) closes: bool,
}

/// A decision and its rule, for the student to read on the flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) text: String,
    pub(crate) clause: Option<&'static str>,
}

/// Content and how long it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    /// Its length is known.
    Whole(Rope),
    /// It is sent in these pieces as they come about; in HTTP/1.1 each is a chunk.
    Pieces { pieces: Vec<Bytes>, trailers: Fields },
    /// It ends where the connection ends (HTTP/2: where the stream does).
    UntilClose(Rope),
}

impl Default for Body {
    fn default() -> Self {
        Self::Whole(Rope::default())
    }
}

impl OriginResponse {
    /// A response without content.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// A page made for this request; it must not be cached.
    pub(crate) fn page(status: u16, html: String) -> Self {
        Self::made(status, "text/html; charset=utf-8", html)
    }

    /// Text made for this request; it must not be cached.
    pub(crate) fn made(status: u16, media_type: &str, text: impl Into<Bytes>) -> Self {
        let mut response = Self { status, media_type: Some(media_type.to_owned()), ..Self::default() };
        response.body = Body::Whole(Rope::from(text.into()));
        response.fields.push("Cache-Control", "no-store");
        response
    }

    /// With one more field line.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Bytes>) -> Self {
        self.fields.push(name, value);
        self
    }

    /// With a reason noted.
    pub(crate) fn because(mut self, text: impl Into<String>, clause: Option<&'static str>) -> Self {
        self.why.push(Decision { text: text.into(), clause });
        self
    }
}

/// Octets in pieces that may be shared, so that a gigabyte of padding takes a few kilobytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rope {
    pieces: Vec<Bytes>,
    len: u64,
}

impl Rope {
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.len += piece.len() as u64;
            self.pieces.push(piece);
        }
    }

    pub(crate) fn append(&mut self, other: Self) {
        self.len += other.len;
        self.pieces.extend(other.pieces);
    }

    #[cfg(test)]
    pub(crate) fn pieces(&self) -> &[Bytes] {
        &self.pieces
    }

    pub(crate) fn into_pieces(self) -> Vec<Bytes> {
        self.pieces
    }

    /// The octets from `first` to `last`, both included, as far as there are any.
    pub(crate) fn slice(&self, first: u64, last: u64) -> Self {
        let mut cut = Self::default();
        let mut at = 0;
        for piece in &self.pieces {
            let (from, to) = (at, at + piece.len() as u64);
            at = to;
            let (begin, end) = (first.max(from) - from, (last + 1).min(to).saturating_sub(from));
            if begin < end
                && let (Ok(begin), Ok(end)) = (usize::try_from(begin), usize::try_from(end))
            {
                cut.push(piece.slice(begin..end));
            }
        }
        cut
    }

    /// `octets` octets from `first` on, as far as there are any.
    pub(crate) fn slice_from(&self, first: u64, octets: u64) -> Self {
        octets.checked_sub(1).map_or_else(Self::default, |more| self.slice(first, first + more))
    }

    #[cfg(test)]
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        self.pieces.concat()
    }
}

impl From<Bytes> for Rope {
    fn from(bytes: Bytes) -> Self {
        let mut rope = Self::default();
        rope.push(bytes);
        rope
    }
}

/// The phrase usual for a status. RFC 9110 §15.
pub(crate) fn reason_phrase(status: u16) -> &'static str {
    match status {
        // As RFC 9110 calls them; what is below has the names of RFC 7231 and RFC 4918.
        413 => return "Content Too Large",
        422 => return "Unprocessable Content",
        _ => {}
    }
    http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Unknown")
}
