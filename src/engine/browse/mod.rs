//! Fetch a URL as a browser does: follow redirects visibly, find the page's objects, load them under a strategy.
//!
//! `visit` runs it, `redirect` knows where a redirect leads and what becomes of the request, `everyday` is the library client
//! that may be used instead of ours.

mod everyday;
mod redirect;
#[cfg(test)]
mod stories;
mod text;
mod visit;

use serde::{Deserialize, Serialize};
use url::Url;

pub use super::{
    ask::HttpChoice,
    exchange::{Exchange, MAX_CONTENT, MAX_CONTENT_KEPT, MAX_PAGE_KEPT},
};
pub use text::as_text;
pub use visit::{Watch, run};

use super::{fetching::Strategy, setting::Setting};
use crate::wire::{Failure, FlowId};

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
