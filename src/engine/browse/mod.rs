//! Fetch a URL as a browser does: follow redirects visibly, find the page's objects, load them under a strategy.
//!
//! `visit` runs it, `redirect` knows where a redirect leads and what becomes of the request, `everyday` is the library client
//! that may be used instead of ours.

mod everyday;
mod redirect;
#[cfg(test)]
mod stories;
mod visit;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use url::Url;

pub use visit::{Watch, run};

use super::{page_load::Strategy, setting::Setting, timing::ObjectTiming};
use crate::{
    proto::http::message::Version,
    wire::{Failure, FlowId},
};

/// What to fetch and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
pub struct Config {
    /// The address: `http` or `https`.
    pub url: Url,
    /// Method.
    pub method: String,
    /// Extra field lines, or replacements of the usual ones (an empty value removes one).
    pub fields: Vec<(String, String)>,
    /// Request content.
    pub content: Option<String>,
    /// HTTP/1.0, 1.1 (ours) or 2.
    pub http: HttpChoice,
    /// Send exactly these octets instead.
    pub raw: Option<Vec<u8>>,
    /// Use the everyday client (reqwest).
    pub everyday: bool,
    /// Fetch the page's objects too, this way.
    pub objects: Option<Strategy>,
    /// k.
    pub parallel: u32,
    /// Redirects followed at most.
    pub max_redirects: u32,
    /// Names are looked up through the local name server first; else the lab's names are known to everybody.
    pub resolve_names: bool,
    /// Accept any certificate; noted on every connection.
    pub accept_any_certificate: bool,
    /// Where.
    pub setting: Setting,
}

impl Config {
    /// A plain visit to `url`, its objects fetched as browsers do: over six kept connections.
    pub fn at(url: Url) -> Self {
        Self {
            url,
            method: "GET".to_owned(),
            fields: Vec::new(),
            content: None,
            http: HttpChoice::default(),
            raw: None,
            everyday: false,
            objects: Some(Strategy::PersistentParallel),
            parallel: 6,
            max_redirects: 10,
            resolve_names: false,
            accept_any_certificate: false,
            setting: Setting::default(),
        }
    }
}

/// The first address of the window and the command line: the notes' page with its ten pictures.
pub const FIRST_URL: &str = "http://www.someschool.edu/someDepartment/home.index";

impl Default for Config {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "the constant is a URL; a test reads it")]
        Self::at(Url::parse(FIRST_URL).expect("a URL"))
    }
}

/// Which HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum HttpChoice {
    /// HTTP/1.0.
    #[serde(rename = "1.0")]
    Http10,
    /// HTTP/1.1.
    #[default]
    #[serde(rename = "1.1")]
    Http11,
    /// HTTP/2.
    #[serde(rename = "2")]
    Http2,
}

impl HttpChoice {
    /// The HTTP/1.x version, if it is one.
    pub fn version(self) -> Option<Version> {
        match self {
            Self::Http10 => Some(Version::Http10),
            Self::Http11 => Some(Version::Http11),
            Self::Http2 => None,
        }
    }
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// `browse`.
    pub experiment: String,
    /// What was asked.
    pub config: Config,
    /// How the numbers came about.
    pub provenance: String,
    /// The flow of the whole; connections are its children.
    pub flow: FlowId,
    /// Every exchange that led to the page: redirects first, the answer last.
    pub hops: Vec<Exchange>,
    /// The page's objects in the order they were asked for (the page itself is the last hop).
    pub objects: Vec<Exchange>,
    /// Seconds from the start to the last octet.
    pub seconds: f64,
    /// Why it did not finish.
    pub failure: Option<Failure>,
}

/// One request and its response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// URL, status, phases, connection.
    pub timing: ObjectTiming,
    /// Method.
    pub method: String,
    /// The request as sent, line by line without line ends: request line and field lines (HTTP/2: the same in words).
    pub request_lines: Vec<String>,
    /// Protocol of the response: `HTTP/1.1`, `HTTP/2`.
    pub protocol: String,
    /// Reason phrase.
    pub reason: String,
    /// Response field lines as written.
    pub fields: Vec<(String, String)>,
    /// Where a redirect points.
    pub redirect_to: Option<Url>,
    /// Why this exchange was made or not: redirect rule, retry, reuse.
    pub why: Vec<String>,
    /// Content as received (content coding removed only by the everyday client), up to [`MAX_CONTENT_KEPT`], and for all objects
    /// of a page together up to [`MAX_PAGE_KEPT`].
    #[serde(skip)]
    pub content: Bytes,
    /// Octets of content beyond what is kept.
    pub content_omitted: u64,
}

/// Octets of one response's content that are kept for showing.
pub const MAX_CONTENT_KEPT: usize = 8 * 1024 * 1024;

/// Octets of content one response may have: a server that announces more is refused at once, and nobody decides how much we take
/// but us.
pub const MAX_CONTENT: u64 = 512 * 1024 * 1024;

/// Octets of content that are kept for showing of a whole page.
pub const MAX_PAGE_KEPT: usize = 64 * 1024 * 1024;
