//! Connections put to use: a page's requests go out under a strategy, every phase of every object is timed from what crossed
//! the wire.
//!
//! `fetcher` knows the strategies, `workers` and `at_once` carry them out, `http1` and `http2` are one connection each, `frames`
//! says which stream HTTP/2's octets belong to, `load` counts what a page load uses, `cookies` asks the jar, `secrecy` finds what a
//! record may have to hide. Which requests to make, redirects and reports are for the experiments.

#[cfg(test)]
mod answer_stories;
mod at_once;
#[cfg(test)]
mod cookie_stories;
mod cookies;
mod fetcher;
mod frames;
mod http1;
mod http2;
mod load;
mod secrecy;
#[cfg(test)]
mod stories;
mod strategy;
mod workers;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use url::Url;

pub(super) use cookies::{receive_cookies, send_cookies};
pub(super) use fetcher::{FetchMethod, Fetcher};
pub(super) use load::{LoadContext, PageJar, Usage};
pub use strategy::{Discipline, Strategy};

use self::load::ConnectFailure;
use super::{
    ask::{self, Ask, HIDDEN},
    exchange::{ContentCoding, Exchange, ExchangeEnds, InterimResponse, MAX_CONTENT_KEPT},
    jar::ExchangeCookies,
    timing::{ObjectTiming, Phases},
};
use crate::{
    net::{ConnectPhases, TimeSpan},
    proto::http::{
        charset::latin1,
        coding,
        message::{Fields, ResponseHead, Version},
        sniffing::{self, Sniffed},
    },
    wire::{Blame, Failure, FlowHandle, FlowId},
};

/// A request to be made for a page.
#[derive(Clone, Debug)]
pub(super) struct FetchRequest {
    /// Its place in the page's list; 0 is the base file.
    pub(super) place: usize,
    /// What to ask.
    pub(super) ask: Ask,
    /// Since when it could have been asked, had a connection been free.
    pub(super) known_at: Duration,
    /// Why it is made, and made the way it is.
    pub(super) why: Vec<String>,
    /// Octets of its content to keep.
    pub(super) keep: usize,
    /// Credentials may be told of in a report.
    pub(super) shows_secrets: bool,
}

/// What a finished request came to.
#[derive(Debug)]
pub(super) struct FetchResult {
    /// Its place in the page's list.
    pub(super) place: usize,
    /// The exchange.
    pub(super) exchange: Exchange,
}

/// Why no request can be made for this URL.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    /// Not ours to speak.
    #[error("{} names no HTTP server: its scheme is neither http nor https, or it has no host", ask::without_userinfo(.url))]
    NoServer {
        /// As given.
        url: Url,
    },
    /// Should the driver ever fall silent.
    #[error("the connection ended without a response")]
    NoAnswer,
    /// More content than is taken.
    #[error(
        "the content has {announced} octets or more, and this program takes {limit}: -o FILE on the command line takes all of it"
    )]
    TooMuchContent {
        /// Octets that came or were announced.
        announced: u64,
        /// The limit.
        limit: u64,
    },
}

fn no_server(url: &Url) -> Failure {
    Failure::from_error(&FetchError::NoServer { url: url.clone() }, Blame::Input, Some("RFC 9110 §4.2"))
}

fn too_much_content(announced: u64, limit: u64) -> Failure {
    Failure::from_error(&FetchError::TooMuchContent { announced, limit }, Blame::Limit, None)
}

fn no_answer() -> Failure {
    Failure::from_error(&FetchError::NoAnswer, Blame::Network, None)
}

/// Takes content as it comes: status code, octets.
pub(super) type ContentSink<'a> = &'a mut (dyn FnMut(u16, &[u8]) + Send);

impl FetchRequest {
    /// It could not be had.
    pub(super) fn failed(self, failure: Failure) -> FetchResult {
        PartialExchange::new(self, Duration::ZERO).failed(failure)
    }

    /// The connection could not be opened; the time that the attempt took counts.
    fn unopened(self, ConnectFailure { failure, spent, looking_up }: ConnectFailure) -> FetchResult {
        let mut pending = PartialExchange::new(self, spent.from);
        let tried = (spent.to > spent.from).then_some(spent);
        (pending.phases.dns, pending.phases.connect) = if looking_up { (tried, None) } else { (None, tried) };
        pending.failed(failure)
    }
}

/// An exchange being put together from what is seen of it.
#[derive(Debug)]
pub(super) struct PartialExchange {
    pub(super) wanted: FetchRequest,
    connection: Option<(FlowId, u32)>,
    pub(super) ends: Option<ExchangeEnds>,
    /// What became of cookies.
    pub(super) cookies: ExchangeCookies,
    phases: Phases,
    request_octets: u64,
    pub(super) head: Option<HeadFields>,
    pub(super) interim: Vec<InterimResponse>,
    pub(super) trailers: Vec<(String, String)>,
    pub(super) refused_head: Vec<String>,
    content: BytesMut,
    pub(super) content_octets: u64,
    /// Octets of the response seen so far, as far as they are known one by one.
    response_octets: u64,
}

/// What a response's head says, whatever the version.
#[derive(Debug, Default)]
pub(super) struct HeadFields {
    pub(super) protocol: &'static str,
    pub(super) status: u16,
    pub(super) reason: String,
    pub(super) fields: Vec<(String, String)>,
    /// What was done to the content and has to be undone to read it.
    pub(super) codings: Vec<String>,
}

impl PartialExchange {
    /// Asked for at `now`.
    pub(super) fn new(wanted: FetchRequest, now: Duration) -> Self {
        let queue = (now > wanted.known_at).then_some(TimeSpan { from: wanted.known_at, to: now });
        let phases = Phases { queue, dns: None, connect: None, tls: None, send: None, wait: None, receive: None };
        Self {
            wanted,
            connection: None,
            ends: None,
            cookies: ExchangeCookies::default(),
            phases,
            request_octets: 0,
            head: None,
            interim: Vec::new(),
            trailers: Vec::new(),
            refused_head: Vec::new(),
            content: BytesMut::new(),
            content_octets: 0,
            response_octets: 0,
        }
    }

    /// It goes over this connection; `opened` are the phases of a connection that was opened and are not yet counted for an exchange.
    pub(super) fn over(&mut self, connection: (FlowId, u32), opened: Option<ConnectPhases>) {
        self.connection = Some(connection);
        let Some(ConnectPhases { dns, connect, tls }) = opened else { return };
        // The time the connection took to open is not spent in the queue.
        let begun = dns.unwrap_or(connect).from;
        self.phases.queue = self.phases.queue.map(|queue| TimeSpan { from: queue.from, to: begun.max(queue.from) });
        self.phases.queue = self.phases.queue.filter(|queue| queue.to > queue.from);
        (self.phases.dns, self.phases.connect, self.phases.tls) = (dns, Some(connect), tls);
    }

    /// An interim response came.
    pub(super) fn informed(&mut self, head: &ResponseHead) {
        self.interim.push(InterimResponse {
            protocol: head.version.text().to_owned(),
            status: head.status,
            reason: head.reason.clone(),
            fields: field_lines(&head.fields),
        });
    }

    pub(super) fn sent(&mut self, span: TimeSpan, octets: u64) {
        self.phases.send = Some(span);
        self.request_octets = octets;
    }

    /// The response's first octet arrived.
    pub(super) fn answered(&mut self, first: Duration) {
        let from = self.phases.send.map_or(first, |send| send.to);
        self.phases.wait = Some(TimeSpan { from, to: first.max(from) });
    }

    pub(super) fn content(&mut self, bytes: &[u8], load: &LoadContext) {
        let room = self.wanted.keep.saturating_sub(self.content.len()).min(bytes.len());
        let kept = if room > 0 { load.keep(room) } else { 0 };
        self.content.extend_from_slice(bytes.get(..kept).unwrap_or_default());
        self.content_octets += bytes.len() as u64;
        self.response_octets += bytes.len() as u64;
    }

    /// The response's last octet arrived.
    pub(super) fn complete(mut self, last: Duration, response_octets: u64) -> FetchResult {
        let from = self.phases.wait.map_or(last, |wait| wait.to);
        self.phases.receive = Some(TimeSpan { from, to: last.max(from) });
        self.response_octets = response_octets;
        self.fetched(None)
    }

    pub(super) fn failed(self, failure: Failure) -> FetchResult {
        self.fetched(Some(failure))
    }

    fn fetched(mut self, failure: Option<Failure>) -> FetchResult {
        self.hide_secrets();
        let Self { mut wanted, connection, ends, phases, request_octets, head, content, response_octets, .. } = self;
        let HeadFields { protocol, status, reason, fields, codings } = head.unwrap_or_default();
        let field =
            |name: &str| fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        let media_type =
            field("Content-Type").and_then(|value| value.split(';').next()).map(|kind| kind.trim().to_owned());
        let redirects = matches!(status, 301 | 302 | 303 | 307 | 308);
        let redirect_to = field("Location")
            .filter(|_| redirects)
            .and_then(|location| wanted.ask.url.join(&percent_encoded(location)).ok());
        let content: Bytes = content.freeze();
        let content_omitted = self.content_octets - content.len() as u64;
        let coding = (!codings.is_empty() && !content.is_empty()).then(|| undone(codings, &content, content_omitted));
        let all_fields = self.interim.iter().flat_map(|interim| &interim.fields).chain(&fields).chain(&self.trailers);
        wanted.why.extend(all_fields.filter_map(|(name, value)| read_as(name, value)));
        let read = coding.as_ref().map_or(&content, |coding| &coding.decoded);
        wanted.why.extend(looked_at(field("Content-Type"), read).filter(|_| !redirects && !read.is_empty()));
        let timing = ObjectTiming {
            url: ask::without_userinfo(&wanted.ask.url),
            status: (status > 0).then_some(status),
            media_type,
            connection: connection.map(|(flow, _)| flow),
            connection_number: connection.map_or(0, |(_, number)| number),
            request_octets,
            response_octets,
            content_octets: self.content_octets,
            phases,
            failure,
        };
        let exchange = Exchange {
            timing,
            ends,
            request_lines: request_lines(&wanted.ask, wanted.shows_secrets),
            method: wanted.ask.method,
            interim: self.interim,
            protocol: protocol.to_owned(),
            reason,
            fields,
            trailers: self.trailers,
            refused_head: self.refused_head,
            redirect_to,
            cookies: self.cookies,
            why: wanted.why,
            coding,
            content,
            content_omitted,
        };
        FetchResult { place: wanted.place, exchange }
    }
}

impl PartialExchange {
    /// The response's head came with these `Set-Cookie` lines.
    pub(super) fn receive_cookies(&mut self, lines: &[Bytes], load: &LoadContext, flow: &FlowHandle) {
        self.cookies.append(receive_cookies(&self.wanted.ask, lines, load, flow));
    }

    /// Values of cookies stand in no report that is to hide them.
    fn hide_secrets(&mut self) {
        if self.wanted.shows_secrets {
            return;
        }
        let interim = self.interim.iter_mut().map(|interim| &mut interim.fields);
        let head = self.head.iter_mut().map(|head| &mut head.fields);
        for (name, value) in interim.chain(head).chain([&mut self.trailers]).flatten() {
            if name.eq_ignore_ascii_case(SET_COOKIE) {
                *value = without_cookie_value(value);
            }
        }
        for line in &mut self.refused_head {
            if let Some((name, value)) =
                line.split_once(':').filter(|(name, _)| name.trim().eq_ignore_ascii_case(SET_COOKIE))
            {
                *line = format!("{name}: {}", without_cookie_value(value.trim()));
            }
        }
    }
}

/// A `Set-Cookie` line with stars in the place of its value.
fn without_cookie_value(line: &str) -> String {
    let (pair, attributes) = line.find(';').map_or((line, ""), |place| line.split_at(place));
    let name = pair.split_once('=').map_or_else(String::new, |(name, _)| format!("{name}="));
    format!("{name}{HIDDEN}{attributes}")
}

/// The `Set-Cookie` lines of a head that a library has read, octet by octet.
pub(super) fn set_cookie_lines(headers: &http::HeaderMap) -> Vec<Bytes> {
    headers.get_all(SET_COOKIE).iter().map(|line| Bytes::copy_from_slice(line.as_bytes())).collect()
}

/// The field by which a response sets a cookie (RFC 6265bis §4.1).
pub(super) const SET_COOKIE: &str = "Set-Cookie";

/// Field lines as text: octets outside ASCII as ISO 8859-1, so that none is lost and none guessed (RFC 9110 §5.5).
fn field_lines(fields: &Fields) -> Vec<(String, String)> {
    fields.0.iter().map(|field| (field.name.clone(), latin1(&field.value))).collect()
}

/// How a value with octets outside ASCII is shown, and what it would be in UTF-8.
fn read_as(name: &str, value: &str) -> Option<String> {
    if value.is_ascii() {
        return None;
    }
    let shown = format!("{name} has octets outside ASCII; they are shown as ISO 8859-1, a character an octet");
    let octets: Vec<u8> = value.chars().filter_map(|letter| u8::try_from(u32::from(letter)).ok()).collect();
    Some(match String::from_utf8(octets) {
        Ok(text) => format!("{shown}. Read as UTF-8 it says: {text} (RFC 9110 §5.5)"),
        Err(_) => format!("{shown} (RFC 9110 §5.5)"),
    })
}

/// What content that says nothing of itself is taken for.
fn looked_at(content_type: Option<&String>, content: &Bytes) -> Option<String> {
    if !sniffing::is_unknown(content_type.map(String::as_str)) {
        return None;
    }
    let kind = match sniffing::sniff(content) {
        Sniffed::Html => "it begins as a page does and is taken for one",
        Sniffed::Text => "it has no octets that text has not, and is taken for text",
        Sniffed::Binary => "it has octets that no text has",
    };
    Some(format!("no Content-Type says what the content is: {kind}, as browsers do (MIME Sniffing Standard §7.1)"))
}

/// A reference from a field value: octets that no URL may have are percent-encoded as they came, whatever they were meant to be.
fn percent_encoded(latin1: &str) -> String {
    latin1.chars().fold(String::with_capacity(latin1.len()), |mut text, letter| {
        if letter.is_ascii() {
            text.push(letter);
        } else {
            text.push_str(&format!("%{:02X}", u32::from(letter)));
        }
        text
    })
}

fn undone(codings: Vec<String>, content: &Bytes, omitted: u64) -> ContentCoding {
    let coding::Decoded { bytes, problem } = coding::undo(&codings, content, MAX_CONTENT_KEPT);
    let problem = match problem {
        Some(_) if omitted > 0 => Some(format!("only its first {} octets were kept to be decoded", content.len())),
        other => other.map(|problem| problem.to_string()),
    };
    ContentCoding { codings, decoded_octets: bytes.len() as u64, problem, decoded: bytes.into() }
}

/// The request as a student reads it.
fn request_lines(ask: &Ask, shows_secrets: bool) -> Vec<String> {
    if let Some(raw) = &ask.raw {
        let raw = if shows_secrets { raw.to_vec() } else { ask::raw_without_secrets(raw) };
        return latin1(&raw).lines().map(str::to_owned).collect();
    }
    let version = ask.http.version().map(Version::text);
    let first = format!("{} {} {}", ask.method, ask.target(), version.unwrap_or("HTTP/2"));
    let lines = ask.field_lines();
    let lines = if shows_secrets { lines } else { ask::fields_without_secrets(lines) };
    let fields = lines.into_iter().map(|(name, value)| match version {
        Some(_) => format!("{name}: {value}"),
        // HTTP/2 has small names only, and the host among its control data (RFC 9113 §8.2.1, §8.3.1).
        None if name.eq_ignore_ascii_case("host") => format!(":authority: {value}"),
        None => format!("{}: {value}", name.to_ascii_lowercase()),
    });
    [first].into_iter().chain(fields).collect()
}
