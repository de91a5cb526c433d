//! Cookies of a page load: what each request carries is decided when it is made, what each response sets when its head is there. Every
//! decision is a note of the connection's flow, with its clause.

use std::ops::Range;

use bytes::Bytes;

use super::load::LoadContext;
use crate::{
    engine::{
        ask::{Ask, without_userinfo},
        jar::{BrowserJar, CookieNote, ExchangeCookies, JarError, JarOccasion},
    },
    lens::h2::SecretBlocks,
    net::SecretScanner,
    proto::http::cookies::{CookieDecision, CookieRequest, JarRules, masking::SetCookieScanner},
    wire::{FlowHandle, NoteKind, Side},
};

/// The jar as a page load uses it.
#[derive(Clone, Debug)]
pub(in crate::engine) struct PageJar {
    pub(in crate::engine) jar: BrowserJar,
    pub(in crate::engine) by: JarRules,
}

/// Decisions of one request or response that are noted one by one; of the others their number is told.
const MAX_NOTES: usize = 100;

/// Gives a request the cookies it carries, if it carries any, and says why or why not.
pub(in crate::engine) fn send_cookies(ask: &mut Ask, load: &LoadContext, flow: &FlowHandle) -> ExchangeCookies {
    ask.cookie_line = None;
    let Some((page, request)) = concerned(ask, load).filter(|_| ask.raw.is_none()) else {
        return ExchangeCookies::default();
    };
    if ask.has_own_cookie_line() {
        let text = "The Cookie line was written by hand: the jar adds nothing to it.";
        flow.note(load.now(), NoteKind::Why, text, None);
        return ExchangeCookies::default();
    }
    match page.jar.retrieve(&request, page.by, &occasion(ask, load, flow)) {
        Ok(retrieval) => {
            ask.cookie_line = retrieval.header.map(Bytes::from);
            told(&retrieval.decisions, load, flow)
        }
        Err(error) => unusable(&error, load, flow),
    }
}

/// A response came with these `Set-Cookie` lines.
pub(in crate::engine) fn receive_cookies(
    ask: &Ask,
    lines: &[Bytes],
    load: &LoadContext,
    flow: &FlowHandle,
) -> ExchangeCookies {
    let Some((page, request)) = concerned(ask, load).filter(|_| !lines.is_empty()) else {
        return ExchangeCookies::default();
    };
    match page.jar.receive(lines, &request, page.by, &occasion(ask, load, flow)) {
        Ok(decisions) => told(&decisions, load, flow),
        Err(error) => unusable(&error, load, flow),
    }
}

/// The jar and the request as it sees it, where the request has to do with cookies.
fn concerned<'a>(ask: &Ask, load: &'a LoadContext) -> Option<(&'a PageJar, CookieRequest)> {
    let request = CookieRequest::new(&ask.method, &ask.url, ask.cookies.clone()?)?;
    Some((load.jar()?, request))
}

fn occasion(ask: &Ask, load: &LoadContext, flow: &FlowHandle) -> JarOccasion {
    let url = without_userinfo(&ask.url);
    let address = url.as_str().get(..url.as_str().floor_char_boundary(SHOWN_OF_URL)).unwrap_or_default();
    let request = format!("{} {address}", ask.method);
    JarOccasion { date: load.context.clock().date(), flow: Some(flow.id()), request }
}

/// Octets of a URL that stand in the reason of a change.
const SHOWN_OF_URL: usize = 300;

fn told(decisions: &[CookieDecision], load: &LoadContext, flow: &FlowHandle) -> ExchangeCookies {
    let shows_secrets = load.context.recorder.shows_secrets();
    let mut cookies = ExchangeCookies::default();
    for (place, decision) in decisions.iter().enumerate() {
        cookies.add(decision, shows_secrets);
        if place < MAX_NOTES {
            let text = format!("Cookie {}", CookieNote::new(decision, shows_secrets).words());
            flow.note(load.now(), NoteKind::Why, text, Some(decision.clause()));
        }
    }
    if decisions.len() > MAX_NOTES {
        let text = format!(
            "Another {} cookies were decided on; the report of the exchange lists them.",
            decisions.len() - MAX_NOTES
        );
        flow.note(load.now(), NoteKind::Omitted, text, None);
    }
    cookies
}

fn unusable(error: &JarError, load: &LoadContext, flow: &FlowHandle) -> ExchangeCookies {
    let cause = std::error::Error::source(error).map_or_else(String::new, |cause| format!(": {cause}"));
    flow.note(load.now(), NoteKind::Why, format!("No cookies: {error}{cause}."), None);
    ExchangeCookies::default()
}

/// What finds secrets on a connection that speaks what `alpn` names, for a record that hides them.
pub(super) fn secret_scanner(alpn: &[u8]) -> Box<dyn SecretScanner> {
    if alpn == b"h2" { Box::<SecretBlocks>::default() } else { Box::<SetCookieScanner>::default() }
}

impl SecretScanner for SetCookieScanner {
    /// What a client sends over HTTP/1 is marked where it is written.
    fn scan(&mut self, from: Side, octets: &[u8]) -> Option<Range<usize>> {
        (from == Side::Server).then(|| Self::scan(self, octets)).flatten()
    }
}

impl SecretScanner for SecretBlocks {
    fn scan(&mut self, from: Side, octets: &[u8]) -> Option<Range<usize>> {
        Self::scan(self, from, octets)
    }
}
