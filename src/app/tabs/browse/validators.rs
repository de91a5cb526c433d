//! What a response said its version of the object can be known by, and the request lines that ask whether it is still the same.
//! RFC 9110 §8.8, §13.1.

use url::Url;

use super::exchanges::Exchanges;
use crate::engine::browse::{Config, Exchange};

/// The validators of an object that is on screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Validators {
    /// `ETag`, as written.
    pub(super) etag: Option<String>,
    /// Last-Modified, as written.
    pub(super) last_modified: Option<String>,
}

impl Validators {
    /// Those of what was got from `url`, the last one of several.
    pub(super) fn of(exchanges: &Exchanges<'_>, url: &Url) -> Self {
        let same = |exchange: &&&Exchange| exchange.method == "GET" && exchange.timing.url == *url;
        let has_some = |exchange: &&&Exchange| matches!(exchange.timing.status, Some(200 | 304));
        let found = exchanges.all.iter().rev().filter(has_some).find(same);
        found.map(|exchange| Self::told_by(exchange)).unwrap_or_default()
    }

    fn told_by(exchange: &Exchange) -> Self {
        let field = |wanted: &str| {
            exchange.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.clone())
        };
        Self { etag: field("ETag"), last_modified: field("Last-Modified") }
    }

    /// What a line of this name should say, where it asks whether the object is still the same.
    pub(super) fn value_for(&self, name: &str) -> Option<&str> {
        match name {
            IF_NONE_MATCH => self.etag.as_deref(),
            IF_MODIFIED_SINCE => self.last_modified.as_deref(),
            _ => None,
        }
    }

    /// The line that asks so: by the tag where there is one, by the date otherwise.
    fn line(&self) -> Option<(String, String)> {
        let names = [IF_NONE_MATCH, IF_MODIFIED_SINCE];
        names.into_iter().find_map(|name| Some((name.to_owned(), self.value_for(name)?.to_owned())))
    }

    /// Makes `config` ask only whether what is shown is still the same. Whether it does: not where the student wrote a condition, other
    /// octets or another method.
    pub(super) fn ask_in(&self, config: &mut Config) -> bool {
        let has_condition = config.fields.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with("if-"));
        if has_condition || config.raw.is_some() || config.method != "GET" {
            return false;
        }
        let line = self.line();
        config.fields.extend(line.clone());
        line.is_some()
    }
}

/// Makes `config` ask for the object as its origin has it now, whatever a cache on the way has. RFC 9111 §5.2.1.4.
pub(super) fn ask_past_caches(config: &mut Config) {
    if !config.fields.iter().any(|(name, _)| name.eq_ignore_ascii_case(CACHE_CONTROL)) {
        config.fields.push((CACHE_CONTROL.to_owned(), "no-cache".to_owned()));
    }
}

/// RFC 9110 §13.1.2.
pub(super) const IF_NONE_MATCH: &str = "If-None-Match";
/// RFC 9110 §13.1.3.
pub(super) const IF_MODIFIED_SINCE: &str = "If-Modified-Since";
const CACHE_CONTROL: &str = "Cache-Control";
