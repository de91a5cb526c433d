//! One request and its response, as a report has them.

use std::net::SocketAddr;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{jar::ExchangeCookies, timing::ObjectTiming};
use crate::proto::http::{
    charset::{Text, essence},
    sniffing::{self, Sniffed},
};

/// One request and its response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// URL, status, phases, connection.
    pub timing: ObjectTiming,
    /// The request's method.
    pub method: String,
    /// Both ends of the connection, where they are known.
    #[serde(default)]
    pub ends: Option<ExchangeEnds>,
    /// The request as sent, line by line without line ends: request line and field lines (HTTP/2: the same in words).
    pub request_lines: Vec<String>,
    /// Interim (1xx) responses, in the order they came (RFC 9110 §15.2).
    #[serde(default)]
    pub interim: Vec<InterimResponse>,
    /// Protocol of the response: `HTTP/1.1`, `HTTP/2`.
    pub protocol: String,
    /// Reason phrase.
    pub reason: String,
    /// Response field lines as written; octets outside ASCII are ISO 8859-1, a character an octet (RFC 9110 §5.5).
    pub fields: Vec<(String, String)>,
    /// Trailer fields (RFC 9110 §6.5), likewise.
    #[serde(default)]
    pub trailers: Vec<(String, String)>,
    /// Of a response head that could not be read: its lines as they came, likewise.
    #[serde(default)]
    pub refused_head: Vec<String>,
    /// Where a redirect points.
    pub redirect_to: Option<Url>,
    /// Why this exchange was made or not: redirect rule, retry, reuse.
    pub why: Vec<String>,
    /// What became of cookies: `cookies_sent`, `cookies_kept_back`, `cookies_set`, `cookies_refused`, `cookies_gone`.
    #[serde(flatten)]
    pub cookies: ExchangeCookies,
    /// What became of content that came coded; `None` where it did not.
    #[serde(default)]
    pub coding: Option<ContentCoding>,
    /// Content as transferred (content coding removed only by the everyday client), up to [`MAX_CONTENT_KEPT`], and for all objects
    /// of a page together up to [`MAX_PAGE_KEPT`].
    #[serde(skip)]
    pub content: Bytes,
    /// Octets of content beyond what is kept.
    pub content_omitted: u64,
}

/// Address and port of both ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeEnds {
    /// This end.
    pub client: SocketAddr,
    /// The other.
    pub server: SocketAddr,
}

/// The head of an interim response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterimResponse {
    /// `HTTP/1.1`.
    pub protocol: String,
    /// Status code, 100–199.
    pub status: u16,
    /// Reason phrase.
    pub reason: String,
    /// Field lines, as in [`Exchange::fields`].
    pub fields: Vec<(String, String)>,
}

/// Content that came coded, decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentCoding {
    /// The codings in the order they were applied: `gzip`, `br`, `deflate`, `zstd`, or one that is not known here.
    pub codings: Vec<String>,
    /// Octets of the content as decoded.
    pub decoded_octets: u64,
    /// Why there are no more of them.
    pub problem: Option<String>,
    /// The octets, up to [`MAX_CONTENT_KEPT`].
    #[serde(skip)]
    pub decoded: Bytes,
}

impl Exchange {
    /// The content as a person reads it: decoded where it came coded and could be decoded.
    pub fn readable(&self) -> &Bytes {
        match &self.coding {
            Some(coding) if !coding.decoded.is_empty() || coding.problem.is_none() => &coding.decoded,
            _ => &self.content,
        }
    }

    /// What `Content-Type` says, parameters included.
    pub fn content_type(&self) -> Option<&str> {
        self.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("Content-Type")).map(|(_, value)| value.as_str())
    }

    /// The content as text, in the character encoding that browsers would read it in.
    pub fn text(&self) -> Text {
        Text::read(self.content_type(), self.readable())
    }

    /// The same where it is text: by its type, or, where that says nothing or something else, by its octets.
    pub fn text_if_any(&self) -> Option<Text> {
        if self.coding.as_ref().is_some_and(|coding| coding.problem.is_some() && coding.decoded.is_empty()) {
            return None;
        }
        let octets = self.readable();
        match self.content_type().filter(|kind| !sniffing::is_unknown(Some(kind))) {
            Some(kind) if is_text(&essence(kind)) => Some(self.text()),
            None if sniffing::sniff(octets) != Sniffed::Binary => Some(self.text()),
            Some(_) if sniffing::sniff(octets) != Sniffed::Binary && std::str::from_utf8(octets).is_ok() => {
                Some(Text::read(Some("application/json"), octets))
            }
            _ => None,
        }
    }
}

/// Is content of this media type text?
fn is_text(essence: &str) -> bool {
    let formats = ["json", "xml", "javascript", "x-www-form-urlencoded", "message/http"];
    essence.starts_with("text/") || formats.iter().any(|format| essence.ends_with(format))
}

/// Octets of one response's content that are kept for showing.
pub const MAX_CONTENT_KEPT: usize = 8 * 1024 * 1024;

/// Octets of content one response may have: a server that announces more is refused at once, since a server does not decide how much we
/// take. Content that is handed on as it comes to one who takes all of it has no limit.
pub const MAX_CONTENT: u64 = 512 * 1024 * 1024;

/// Octets of content that are kept for showing of a whole page.
pub const MAX_PAGE_KEPT: usize = 64 * 1024 * 1024;
