//! What became of cookies in one exchange, as a report has it.

use serde::{Deserialize, Serialize};

use crate::{
    engine::ask::HIDDEN,
    proto::http::cookies::{Cookie, CookieDecision, CookieText, Outcome, Verdict},
};

/// What became of cookies in one exchange. Of a request and of a response at most [`MAX_COOKIES_LISTED`] stand in each list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExchangeCookies {
    /// Cookies the request carried, in their order.
    #[serde(rename = "cookies_sent")]
    pub sent: Vec<CookieNote>,
    /// Cookies of its site that it did not carry.
    #[serde(rename = "cookies_kept_back")]
    pub kept_back: Vec<CookieNote>,
    /// Cookies the response set, set again or deleted.
    #[serde(rename = "cookies_set")]
    pub set: Vec<CookieNote>,
    /// Cookies the response could not set.
    #[serde(rename = "cookies_refused")]
    pub refused: Vec<CookieNote>,
    /// Cookies that went meanwhile: expired, or evicted to make room.
    #[serde(rename = "cookies_gone")]
    pub gone: Vec<CookieNote>,
    /// How many more there are than are listed.
    #[serde(rename = "cookies_not_listed")]
    pub not_listed: u64,
}

/// What became of one cookie, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CookieNote {
    /// What became of it.
    pub verdict: Verdict,
    /// Its name, as far as there is one.
    pub name: CookieText,
    /// Its value; of a refused one the beginning; stars where secrets are hidden.
    pub value: CookieText,
    /// The cookie with all its attributes; `None` where it was refused. Its value is the one above.
    pub cookie: Option<Cookie>,
    /// Where the rule stands: `RFC 6265bis §5.7 step 9`.
    pub clause: String,
    /// Why, as a plain sentence.
    pub why: String,
    /// What would change it.
    pub remedy: Option<String>,
}

/// Cookies in each list of an exchange: ten times what a site's cookies are.
pub const MAX_COOKIES_LISTED: usize = 500;

impl ExchangeCookies {
    /// Takes in what became of a cookie.
    pub(in crate::engine) fn add(&mut self, note: CookieNote) {
        let list = match note.verdict {
            Verdict::Accepted | Verdict::Replaced | Verdict::Deleted => &mut self.set,
            Verdict::Refused => &mut self.refused,
            Verdict::Sent => &mut self.sent,
            Verdict::KeptBack => &mut self.kept_back,
            Verdict::Evicted | Verdict::Expired => &mut self.gone,
        };
        if list.len() < MAX_COOKIES_LISTED {
            list.push(note);
        } else {
            self.not_listed += 1;
        }
    }

    /// Takes in what became of cookies later in the exchange.
    pub(in crate::engine) fn append(&mut self, later: Self) {
        for (list, more) in [
            (&mut self.sent, later.sent),
            (&mut self.kept_back, later.kept_back),
            (&mut self.set, later.set),
            (&mut self.refused, later.refused),
            (&mut self.gone, later.gone),
        ] {
            list.extend(more);
        }
        self.not_listed += later.not_listed;
    }

    /// All that are listed: what went first, then what the request carried, then what the response set.
    pub fn all(&self) -> impl Iterator<Item = &CookieNote> {
        let Self { sent, kept_back, set, refused, gone, .. } = self;
        gone.iter().chain(sent).chain(kept_back).chain(set).chain(refused)
    }
}

impl CookieNote {
    /// What was decided, in words; the value is hidden where secrets are.
    pub fn new(decision: &CookieDecision, shows_secrets: bool) -> Self {
        let hide = |value: &CookieText| if shows_secrets { value.clone() } else { HIDDEN.into() };
        let (value, cookie) = match (&decision.outcome, decision.cookie()) {
            (Outcome::Refused { value, .. }, _) => (hide(value), None),
            (_, Some(cookie)) => {
                (hide(&cookie.value), Some(Cookie { value: hide(&cookie.value), ..(**cookie).clone() }))
            }
            (_, None) => (CookieText::default(), None),
        };
        Self {
            verdict: decision.verdict(),
            name: decision.name().clone(),
            value,
            cookie,
            clause: decision.clause().to_owned(),
            why: decision.sentence(),
            remedy: decision.remedy(),
        }
    }

    /// `accepted: sid. It is new: …`, as a note of the record and a line of a report's text have it. It names no value.
    pub fn words(&self) -> String {
        let name = if self.name.is_empty() { "a cookie without a name".to_owned() } else { self.name.to_string() };
        format!("{}: {name}. {}", self.verdict.name(), self.why)
    }
}
