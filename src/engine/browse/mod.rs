//! Fetch a URL as a browser does: follow redirects visibly, find the page's objects, load them under a strategy.
//!
//! `visit` runs it, `redirect` knows where a redirect leads and what becomes of the request, `library_client` is the client
//! that may be used instead of ours.

mod content;
mod cookies;
mod library_client;
mod redirect;
#[cfg(test)]
mod stories;
mod text;
mod visit;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

pub use super::{
    ask::HttpChoice,
    exchange::{ContentCoding, Exchange, ExchangeEnds, InterimResponse, MAX_CONTENT, MAX_CONTENT_KEPT, MAX_PAGE_KEPT},
};
pub use content::{MAX_IN_CONFIG, RequestContent};
pub use cookies::CookieSettings;
pub use text::as_text;

use super::{
    ask,
    context::Context,
    experiment::{Experiment, RunObserver, RunPlace, Summary},
    fetching::Strategy,
    setting::{Setting, WorldChoice},
};
use crate::wire::{Failure, FlowId};

/// The experiment.
#[derive(Clone, Copy, Debug)]
pub struct Browse;

impl Experiment for Browse {
    const NAME: &'static str = "browse";
    const PURPOSE: &'static str = "Fetch a page as a browser does, every octet of every exchange in view.";
    type Config = Config;
    type Report = Report;
    /// An exchange that is over: redirects first, then the page, then each object as it arrives.
    type News = Exchange;

    fn place(config: &Config) -> RunPlace {
        let Config { setting, everyday, .. } = config;
        let slow = setting.path.rate.0.is_some_and(|rate| rate < SLOW) || setting.path.rtt > LONG;
        let place =
            if setting.world == WorldChoice::Lab && slow { RunPlace::patient(setting) } else { RunPlace::of(setting) };
        // The library's client has real sockets only.
        RunPlace { real_time: *everyday, ..place }.live()
    }

    async fn run(config: &Config, context: &Context, watch: &mut dyn RunObserver<Exchange>) -> Report {
        visit::run(config, context, watch).await
    }

    fn summary(report: &Report) -> Summary<'_> {
        let exchanges = report.hops.len() + report.objects.len();
        Summary { provenance: &report.provenance, failure: report.failure.as_ref(), exchanges }
    }

    fn exchanges_so_far(news: &[Exchange]) -> usize {
        news.len()
    }

    fn text(report: &Report) -> String {
        as_text(report, None)
    }
}

/// Bits per second below which waiting for half a minute is nothing unusual: a stalled server is found out after a browser's patience,
/// but on a path so slow a good one would seem to stall.
const SLOW: u64 = 1_000_000;
/// The same of a round-trip time.
const LONG: Duration = Duration::from_secs(2);

/// What to fetch and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
pub struct Config {
    /// The address: `http` or `https`.
    pub url: Url,
    /// The request's method.
    pub method: String,
    /// Extra field lines, or replacements of the usual ones (an empty value removes one).
    pub fields: Vec<(String, String)>,
    /// Request content.
    pub content: Option<RequestContent>,
    /// HTTP/1.0, 1.1 (ours) or 2.
    pub http: HttpChoice,
    /// Send exactly these octets instead.
    pub raw: Option<Vec<u8>>,
    /// Use the everyday client (reqwest).
    pub everyday: bool,
    /// Fetch the page's objects too, this way.
    pub objects: Option<Strategy>,
    /// k: connections at once of a parallel strategy.
    pub parallel: u32,
    /// Redirects followed at most.
    pub max_redirects: u32,
    /// Names are looked up through the local name server first; else every host knows the addresses of the lab's names.
    pub resolve_names: bool,
    /// Accept any certificate; noted on every connection.
    pub accept_any_certificate: bool,
    /// Whether cookies are kept and sent, and by which rules.
    pub cookies: CookieSettings,
    /// World and path.
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
            cookies: CookieSettings::default(),
            setting: Setting::default(),
        }
    }
}

impl Config {
    /// The same without what nobody else is to read: password, credentials (RFC 9110 §11.6.2).
    fn without_secrets(&self) -> Self {
        Self {
            url: ask::without_password(&self.url),
            fields: ask::fields_without_secrets(self.fields.clone()),
            raw: self.raw.as_deref().map(ask::raw_without_secrets),
            cookies: self.cookies.without_secrets(),
            ..self.clone()
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

/// The result of a visit.
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
