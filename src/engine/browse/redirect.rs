//! Where a redirect leads, and what becomes of the request. RFC 9110 §15.4.

use url::Url;

use super::Exchange;
use crate::{
    engine::ask::{AS_BASIC, Ask, Origin, without_userinfo},
    wire::{Blame, Failure},
};

/// The chain of redirects so far.
#[derive(Debug)]
pub(super) struct RedirectChain {
    visited: Vec<(String, Url)>,
    limit: u32,
}

/// Why a redirect is not followed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RedirectError {
    #[error("redirects go round in a circle: {}", loop_of(.round))]
    Loop {
        /// From the first visit to where it is asked for again.
        round: Vec<Url>,
    },
    #[error("more than {limit} redirects: --max-redirects N on the command line follows more")]
    TooMany { limit: u32 },
    #[error("the server redirects to {}, and only http and https are spoken here", without_userinfo(.url))]
    NotHttp { url: Url },
}

impl RedirectError {
    pub(super) fn failure(&self) -> Failure {
        let blame = match self {
            Self::Loop { .. } => Blame::Peer,
            Self::TooMany { .. } | Self::NotHttp { .. } => Blame::Limit,
        };
        Failure::from_error(self, blame, Some("RFC 9110 §15.4"))
    }
}

impl RedirectChain {
    /// Begins where the student asked for.
    pub(super) fn new(first: &Ask, limit: u32) -> Self {
        Self { visited: vec![(first.method.clone(), first.url.clone())], limit }
    }

    /// The next request and the reason for it; `None` when `answer` is no redirect.
    pub(super) fn follow(&mut self, ask: &Ask, answer: &Exchange) -> Result<Option<(Ask, Vec<String>)>, RedirectError> {
        let (Some(status), Some(to)) = (answer.timing.status, &answer.redirect_to) else { return Ok(None) };
        let mut to = to.clone();
        if to.fragment().is_none() {
            // RFC 9110 §10.2.2: the fragment goes along.
            to.set_fragment(ask.url.fragment());
        }
        if Origin::of(&to).is_none() {
            return Err(RedirectError::NotHttp { url: to });
        }
        let mut next = Ask { url: to, referer: ask.referer.clone(), ..ask.clone() };
        let mut why = vec![format!("{status} {}: {}", answer.reason, meaning(status))];
        why.extend(change_method(&mut next, status));
        why.extend(guard_secrets(&mut next, &ask.url));
        if next.take_userinfo() {
            why.push(AS_BASIC.to_owned());
        }
        if ask.url.scheme() == "https" && next.url.scheme() == "http" {
            why.push("from https to http: from here on anybody on the way can read along".to_owned());
        }
        let step = (next.method.clone(), next.url.clone());
        if let Some(begin) = self.visited.iter().position(|known| *known == step) {
            let round = self.visited.iter().skip(begin).map(|(_, url)| url.clone()).chain([step.1]).collect();
            return Err(RedirectError::Loop { round });
        }
        if self.visited.len() > self.limit as usize {
            return Err(RedirectError::TooMany { limit: self.limit });
        }
        self.visited.push(step);
        Ok(Some((next, why)))
    }
}

fn meaning(status: u16) -> &'static str {
    match status {
        301 => "moved for good, links should be changed (RFC 9110 §15.4.2)",
        302 => "for now it is elsewhere (RFC 9110 §15.4.3)",
        303 => "the answer is to be fetched from elsewhere (RFC 9110 §15.4.4)",
        307 => "for now it is elsewhere, and the method stays (RFC 9110 §15.4.8)",
        308 => "moved for good, and the method stays (RFC 9110 §15.4.9)",
        _ => "elsewhere",
    }
}

/// 303 turns everything but HEAD into GET; 301 and 302 turn POST into GET, as browsers have always done.
fn change_method(ask: &mut Ask, status: u16) -> Option<String> {
    let becomes_get = match status {
        303 => !matches!(ask.method.as_str(), "GET" | "HEAD"),
        301 | 302 => ask.method == "POST",
        _ => false,
    };
    if !becomes_get {
        return (!matches!(ask.method.as_str(), "GET" | "HEAD"))
            .then(|| format!("{} is sent again with its content: {status} does not change the method", ask.method));
    }
    let was = std::mem::replace(&mut ask.method, "GET".to_owned());
    ask.content = None;
    ask.fields.retain(|(name, _)| !CONTENT_FIELDS.iter().any(|field| name.eq_ignore_ascii_case(field)));
    Some(match status {
        303 => format!("{was} becomes GET without content, as 303 says"),
        _ => format!("{was} becomes GET without content: RFC 9110 lets a client do that for {status}, and browsers do"),
    })
}

/// Field lines that the student wrote for one server are not sent to another.
fn guard_secrets(ask: &mut Ask, from: &Url) -> Option<String> {
    if Origin::of(&ask.url) == Origin::of(from) {
        return None;
    }
    let before = ask.fields.len();
    ask.fields.retain(|(name, value)| {
        value.is_empty() || !SECRET_FIELDS.iter().any(|field| name.eq_ignore_ascii_case(field))
    });
    (ask.fields.len() < before).then(|| {
        "another server: Authorization, Cookie and Host of the first one are not sent to it (RFC 9110 §15.4)".to_owned()
    })
}

/// The student's fields as they suit an object of the page: nothing that was meant for the page's own content or that of another
/// server.
pub(super) fn fields_for_object(ask: &Ask, object: &Url) -> Vec<(String, String)> {
    let mut as_object = Ask { url: object.clone(), fields: ask.fields.clone(), ..Ask::get(object.clone()) };
    as_object.fields.retain(|(name, _)| {
        let of_page = CONTENT_FIELDS.iter().chain(&CONDITIONS).any(|field| name.eq_ignore_ascii_case(field));
        !of_page
    });
    guard_secrets(&mut as_object, &ask.url);
    as_object.fields
}

/// RFC 9110 §13.1 and §14.2: about one representation only.
const CONDITIONS: [&str; 6] =
    ["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range"];
const CONTENT_FIELDS: [&str; 5] =
    ["Content-Type", "Content-Length", "Content-Encoding", "Content-Language", "Transfer-Encoding"];
const SECRET_FIELDS: [&str; 4] = ["Authorization", "Proxy-Authorization", "Cookie", "Host"];

fn loop_of(round: &[Url]) -> String {
    round.iter().map(Url::as_str).collect::<Vec<_>>().join(" → ")
}

#[cfg(test)]
mod a_redirect {
    use bytes::Bytes;

    use super::*;
    use crate::engine::{
        jar::ExchangeCookies,
        timing::{ObjectTiming, Phases},
    };

    fn ask(method: &str, url: &str) -> Ask {
        Ask { method: method.to_owned(), ..Ask::get(Url::parse(url).unwrap()) }
    }

    fn answer(status: u16, to: &str) -> Exchange {
        let url = Url::parse("http://a/").unwrap();
        let none = Phases { queue: None, dns: None, connect: None, tls: None, send: None, wait: None, receive: None };
        Exchange {
            timing: ObjectTiming {
                url,
                status: Some(status),
                media_type: None,
                connection: None,
                connection_number: 1,
                request_octets: 0,
                response_octets: 0,
                content_octets: 0,
                phases: none,
                failure: None,
            },
            method: "GET".to_owned(),
            ends: None,
            request_lines: Vec::new(),
            interim: Vec::new(),
            protocol: "HTTP/1.1".to_owned(),
            reason: "Elsewhere".to_owned(),
            fields: Vec::new(),
            trailers: Vec::new(),
            refused_head: Vec::new(),
            coding: None,
            redirect_to: Some(Url::parse(to).unwrap()),
            why: Vec::new(),
            cookies: ExchangeCookies::default(),
            content: Bytes::new(),
            content_omitted: 0,
        }
    }

    fn follow(ask: &Ask, answer: &Exchange) -> Ask {
        RedirectChain::new(ask, 10).follow(ask, answer).unwrap().unwrap().0
    }

    #[test]
    fn changes_the_method_as_its_status_says() {
        for (method, status, expected) in [
            ("GET", 301, "GET"),
            ("POST", 301, "GET"),
            ("POST", 302, "GET"),
            ("PUT", 302, "PUT"),
            ("PUT", 303, "GET"),
            ("HEAD", 303, "HEAD"),
            ("POST", 307, "POST"),
            ("POST", 308, "POST"),
            ("DELETE", 308, "DELETE"),
        ] {
            let mut ask = ask(method, "http://a/");
            ask.content = Some(Bytes::from_static(b"x"));
            ask.fields.push(("content-type".to_owned(), "text/plain".to_owned()));
            let next = follow(&ask, &answer(status, "http://a/b"));
            assert_eq!(next.method, expected, "{method} {status}");
            let keeps = next.method == method;
            assert_eq!(next.content.is_some() && !next.fields.is_empty(), keeps, "{method} {status}");
        }
    }

    #[test]
    fn takes_the_fragment_along() {
        let begun = ask("GET", "http://a/#part");
        assert_eq!(follow(&begun, &answer(302, "http://a/b")).url.fragment(), Some("part"));
        assert_eq!(follow(&begun, &answer(302, "http://a/b#own")).url.fragment(), Some("own"));
    }

    #[test]
    fn tells_no_secret_to_another_server() {
        let mut begun = ask("GET", "http://a/");
        begun.fields = vec![("authorization".to_owned(), "Basic x".to_owned()), ("X-Mine".to_owned(), "1".to_owned())];
        assert_eq!(follow(&begun, &answer(302, "http://a/b")).fields.len(), 2);
        assert_eq!(follow(&begun, &answer(302, "http://b/")).fields.len(), 1);
    }

    #[test]
    fn in_a_circle_is_named() {
        let first = ask("GET", "http://a/1");
        let mut trail = RedirectChain::new(&first, 10);
        let (second, _) = trail.follow(&first, &answer(302, "http://a/2")).unwrap().unwrap();
        let error = trail.follow(&second, &answer(302, "http://a/1")).unwrap_err();
        assert_eq!(error.to_string(), "redirects go round in a circle: http://a/1 → http://a/2 → http://a/1");
    }

    #[test]
    fn too_many_is_told() {
        let mut here = ask("GET", "http://a/0");
        let mut trail = RedirectChain::new(&here, 3);
        for i in 1..=3 {
            here = trail.follow(&here, &answer(302, &format!("http://a/{i}"))).unwrap().unwrap().0;
        }
        assert_eq!(trail.follow(&here, &answer(302, "http://a/4")), Err(RedirectError::TooMany { limit: 3 }));
    }

    #[test]
    fn to_something_else_than_http_is_refused() {
        let begun = ask("GET", "http://a/");
        let error = RedirectChain::new(&begun, 3).follow(&begun, &answer(302, "ftp://a/")).unwrap_err();
        assert!(matches!(error, RedirectError::NotHttp { .. }), "{error}");
    }
}
