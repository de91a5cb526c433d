//! The HTTP origin: requests in, responses out, by the same rules for every version of HTTP. What carries them is in
//! [`http1`] and [`http2`]; what breaks the rules on purpose is in [`rude`]. RFC 9110.

pub(crate) mod application;
mod coded_stream;
mod conditional;
mod exchange;
mod frame_faults;
mod generated;
pub(crate) mod http1;
pub(crate) mod http2;
#[cfg(test)]
mod http2_stories;
mod pages;
mod password;
mod range;
mod request_cookies;
pub(crate) mod rude;
mod site;
#[cfg(test)]
mod stories;
mod target;

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde::Deserialize;

pub(crate) use exchange::{Decision, OriginRequest, OriginResponse};
pub(crate) use pages::{document, escaped, refusal};
pub(crate) use password::refusal_of as credentials_refusal;
pub(crate) use request_cookies::RequestCookies;
pub(crate) use site::{Site, redirected};

use site::not_allowed;
use target::{RequestTarget, Resource};

use super::{conversation::Conversation, site_file::Misbehaviour};

/// What an origin does about a request.
#[derive(Debug)]
pub(crate) enum OriginAction {
    Respond(OriginResponse),
    Misbehave(Misbehaviour),
    /// Respond when something else has been done: the server is a client of another one meanwhile.
    Later(PendingResponse),
}

/// A response that is still being made.
pub(crate) struct PendingResponse(Pin<Box<dyn Future<Output = OriginResponse> + Send>>);

impl PendingResponse {
    pub(crate) fn new(response: impl Future<Output = OriginResponse> + Send + 'static) -> Self {
        Self(Box::pin(response))
    }
}

impl fmt::Debug for PendingResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PendingResponse")
    }
}

impl From<OriginResponse> for OriginAction {
    fn from(response: OriginResponse) -> Self {
        Self::Respond(response)
    }
}

/// The sites of one server process, told apart by the request's host, and how it serves them.
#[derive(Clone, Debug)]
pub(crate) struct OriginServer {
    sites: Arc<[(String, Arc<Site>)]>,
    keep_alive: KeepAlive,
    /// Its connections are inside TLS.
    secure: bool,
}

/// How long a connection may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeepAlive {
    /// Seconds a connection may be idle between requests.
    pub(crate) seconds: u32,
    /// Requests one connection may carry.
    pub(crate) requests: u32,
}

impl Default for KeepAlive {
    /// The values an everyday server announces: `timeout=10, max=100`.
    fn default() -> Self {
        Self { seconds: 10, requests: 100 }
    }
}

impl KeepAlive {
    /// How long a connection may be idle.
    fn idle_limit(self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }
}

impl OriginServer {
    /// Sites by name; the first also answers to every other name.
    pub(crate) fn new(sites: Vec<(String, Arc<Site>)>, keep_alive: KeepAlive) -> Self {
        Self { sites: sites.into(), keep_alive, secure: false }
    }

    /// The same for connections inside TLS.
    pub(crate) fn inside_tls(self) -> Self {
        Self { secure: true, ..self }
    }

    /// The answer to `request`; `now` is the world's date.
    pub(crate) fn respond(&self, request: &OriginRequest, now: SystemTime) -> OriginAction {
        match self.find(request) {
            Ok((site, resource)) => site.respond(request, &resource, now),
            Err(answer) => (*answer).into(),
        }
    }

    /// The answer to `request` where its head alone decides it, whatever content may follow.
    pub(crate) fn early_answer(&self, request: &OriginRequest) -> Option<OriginResponse> {
        match self.find(request) {
            Ok((site, resource)) => site.early_answer(request, &resource),
            Err(answer) => Some(*answer),
        }
    }

    /// The resource a request is for and the site it is on, or the answer where it is for none.
    fn find(&self, request: &OriginRequest) -> Result<(&Site, Resource), Box<OriginResponse>> {
        let method = request.method.as_str();
        if let Some(refused) = unknown_method(method) {
            return Err(refused.into());
        }
        if let Some(expected) = request.fields.text("Expect").filter(|text| !text.eq_ignore_ascii_case("100-continue"))
        {
            let sentence = format!("This server cannot meet the expectation {expected:?}.");
            return Err(refusal(417, &sentence, Some("RFC 9110 §10.1.1")).into());
        }
        let resource = match RequestTarget::read(&request.target) {
            Ok(RequestTarget::Resource(resource)) => resource,
            Ok(RequestTarget::Server) if method == "OPTIONS" => {
                let methods = "GET, HEAD, POST, PUT, DELETE, OPTIONS";
                return Err(OriginResponse::empty(204).with("Allow", methods).into());
            }
            Ok(RequestTarget::Server) => {
                let sentence = "The target * is for OPTIONS: it names the server, not a resource.";
                return Err(refusal(400, sentence, Some("RFC 9112 §3.2.4")).into());
            }
            Err(bad) => return Err(refusal(400, &format!("{}: {bad}.", request.target), Some(bad.clause())).into()),
        };
        if method == "TRACE" {
            let sentence = "This server does not send requests back as they came.";
            return Err(not_allowed(sentence, "GET, HEAD, OPTIONS").into());
        }
        if let Some(refused) = self.other_scheme(request, &resource) {
            return Err(refused.into());
        }
        // An absolute-form target stands above the Host line (RFC 9112 §3.2.2).
        let host = resource.authority.as_deref().or_else(|| request.fields.text("Host"));
        match self.site(host) {
            Some(site) => Ok((site, resource)),
            None => Err(refusal(404, "There is no site on this server.", None).into()),
        }
    }

    /// A refusal where the target's scheme is one this connection cannot answer for.
    fn other_scheme(&self, request: &OriginRequest, resource: &Resource) -> Option<OriginResponse> {
        let sentence = match resource.scheme.as_deref()? {
            "http" => return None,
            "https" if self.secure => return None,
            "https" => format!("{} is to be asked for through TLS, and this connection has none.", request.target),
            other => format!("This is an origin server for http and https, not for {other}."),
        };
        Some(refusal(421, &sentence, Some("RFC 9110 §7.4")))
    }

    fn site(&self, host: Option<&str>) -> Option<&Site> {
        let name = host.map(|host| host.split(':').next().unwrap_or_default());
        // With its final dot a name is the same name (RFC 1034 §3.1).
        let name = name.map(|name| name.strip_suffix('.').unwrap_or(name));
        let named = name.and_then(|name| self.sites.iter().find(|(site, _)| site.eq_ignore_ascii_case(name)));
        named.or_else(|| self.sites.first()).map(|(_, site)| site.as_ref())
    }
}

/// Tells the student why an answer is what it is.
fn tell(about: &Conversation, whys: &[Decision]) {
    for why in whys {
        about.why(why.text.as_str(), why.clause);
    }
}

/// Methods are case-sensitive (RFC 9110 §9.1); those this origin does not know get 501.
fn unknown_method(method: &str) -> Option<OriginResponse> {
    match method {
        "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS" | "TRACE" => None,
        "CONNECT" => {
            let sentence = "CONNECT asks a proxy for a tunnel; this is an origin server.";
            Some(refusal(501, sentence, Some("RFC 9110 §9.3.6")))
        }
        other => {
            let sentence = format!("This server has never heard of the method {other}.");
            Some(refusal(501, &sentence, Some("RFC 9110 §15.6.2")))
        }
    }
}

/// How this server calls itself.
pub(crate) const SERVER: &str = "lab/0.1";
/// Octets of content a request may have; more is 413.
pub(crate) const MAX_REQUEST_CONTENT: u64 = 4 * 1024 * 1024;
