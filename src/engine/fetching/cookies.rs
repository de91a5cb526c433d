//! Cookies of a page load: what each request carries is decided when it is made, what each response sets when its head is there. Every
//! decision is a note of the connection's flow, with its clause.

use bytes::Bytes;

use super::load::{LoadContext, PageJar};
use crate::{
    engine::{
        ask::{Ask, without_userinfo},
        jar::{CookieNote, ExchangeCookies, JarError, JarOccasion},
    },
    proto::http::cookies::{CookieDecision, CookieRequest},
    wire::{FlowHandle, NoteKind},
};

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
        let note = CookieNote::new(decision, shows_secrets);
        if place < MAX_NOTES {
            flow.note(load.now(), NoteKind::Why, format!("Cookie {}", note.words()), Some(&note.clause));
        }
        cookies.add(note);
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
