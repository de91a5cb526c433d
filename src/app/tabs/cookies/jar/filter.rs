//! The filter over cookies: words, and `domain:`, `path:`, `samesite:`, `expires<1d`, `session`, `secure`, `httponly`, `host-only`,
//! `third-party`.

use crate::{
    engine::jar::LoggedDecision,
    proto::http::cookies::{Cookie, SameSite, UnixMicros},
};

/// What a cookie must have to be listed: all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct JarFilter(Vec<FilterTerm>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum FilterTerm {
    /// Its name, value or domain contains this.
    Word(String),
    Domain(String),
    Path(String),
    SameSite(String),
    /// It expires within so many seconds, or after them.
    Expires {
        within: bool,
        seconds: i64,
    },
    Session,
    Secure,
    HttpOnly,
    HostOnly,
    /// It may go along in pages of other sites.
    ThirdParty,
}

impl JarFilter {
    /// Reads what was typed. What is no term is a word.
    pub(super) fn read(typed: &str) -> Self {
        Self(typed.split_whitespace().map(|word| term(&word.to_lowercase())).collect())
    }

    /// Is this cookie listed?
    pub(super) fn takes(&self, cookie: &Cookie, now: UnixMicros) -> bool {
        self.0.iter().all(|term| term.takes(cookie, now))
    }

    /// Is what was decided listed? Of a cookie that is not in the jar only words, domain and path are known.
    pub(super) fn takes_decision(&self, decision: &LoggedDecision) -> bool {
        self.0.iter().all(|term| match term {
            FilterTerm::Word(word) => {
                contains(&decision.cookie.name.to_string(), word)
                    || contains(&decision.value.to_string(), word)
                    || contains(&decision.cookie.domain, word)
                    || contains(&decision.why, word)
                    || contains(&decision.request, word)
            }
            FilterTerm::Domain(domain) => contains(&decision.cookie.domain, domain),
            FilterTerm::Path(path) => contains(&decision.cookie.path.to_string(), path),
            FilterTerm::HostOnly => decision.cookie.host_only,
            FilterTerm::SameSite(_)
            | FilterTerm::Expires { .. }
            | FilterTerm::Session
            | FilterTerm::Secure
            | FilterTerm::HttpOnly
            | FilterTerm::ThirdParty => false,
        })
    }
}

impl FilterTerm {
    fn takes(&self, cookie: &Cookie, now: UnixMicros) -> bool {
        match self {
            Self::Word(word) => {
                contains(&cookie.name.to_string(), word)
                    || contains(&cookie.value.to_string(), word)
                    || contains(&cookie.domain, word)
            }
            Self::Domain(domain) => contains(&cookie.domain, domain),
            Self::Path(path) => contains(&cookie.path.to_string(), path),
            Self::SameSite(word) => cookie.same_site.name().to_lowercase().starts_with(word.as_str()),
            Self::Expires { within, seconds } => {
                cookie.expires.is_some_and(|expires| (expires < now.plus_secs(*seconds)) == *within)
            }
            Self::Session => cookie.expires.is_none(),
            Self::Secure => cookie.secure,
            Self::HttpOnly => cookie.http_only,
            Self::HostOnly => cookie.host_only,
            Self::ThirdParty => cookie.same_site == SameSite::None || cookie.partition.is_some(),
        }
    }
}

fn contains(text: &str, word: &str) -> bool {
    text.to_lowercase().contains(word)
}

/// `word` is in lower case.
fn term(word: &str) -> FilterTerm {
    match word {
        "secure" => return FilterTerm::Secure,
        "httponly" => return FilterTerm::HttpOnly,
        "host-only" => return FilterTerm::HostOnly,
        "third-party" => return FilterTerm::ThirdParty,
        "session" => return FilterTerm::Session,
        _ => {}
    }
    if let Some((name, value)) = word.split_once(':') {
        let value = value.to_owned();
        match name {
            "domain" => return FilterTerm::Domain(value),
            "path" => return FilterTerm::Path(value),
            "samesite" => return FilterTerm::SameSite(value),
            _ => {}
        }
    }
    for (sign, within) in [("expires<", true), ("expires>", false)] {
        if let Some(seconds) = word.strip_prefix(sign).and_then(seconds) {
            return FilterTerm::Expires { within, seconds };
        }
    }
    FilterTerm::Word(word.to_owned())
}

/// `90s`, `5m`, `2h`, `1d`, `3w`, `1y`.
fn seconds(text: &str) -> Option<i64> {
    let unit = text.chars().next_back()?;
    let number: i64 = text.strip_suffix(unit)?.parse().ok()?;
    let each = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        'y' => 365 * 86_400,
        _ => return None,
    };
    number.checked_mul(each)
}

#[cfg(test)]
mod a_filter {
    use proptest::prelude::*;

    use super::*;

    pub(super) fn cookie() -> Cookie {
        Cookie {
            name: "id".into(),
            value: "1678".into(),
            domain: "www.amazon.com".to_owned(),
            host_only: true,
            path: "/".into(),
            expires: Some(UnixMicros::from_secs(1_000)),
            created: UnixMicros::default(),
            accessed: UnixMicros::default(),
            number: 0,
            secure: true,
            http_only: false,
            same_site: SameSite::Default,
            partition: None,
        }
    }

    #[test]
    fn takes_what_has_all_that_it_names() {
        let takes = |typed: &str| JarFilter::read(typed).takes(&cookie(), UnixMicros::default());
        for typed in [
            "",
            "ID",
            "167",
            "amazon",
            "domain:amazon",
            "secure",
            "host-only expires<1h",
            "expires>10m",
            "samesite:lax",
        ] {
            assert!(takes(typed), "{typed}");
        }
        for typed in
            ["ebay", "domain:1678", "httponly", "secure session", "expires<10m", "third-party", "samesite:none"]
        {
            assert!(!takes(typed), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn is_read_from_anything(typed in ".*") {
            JarFilter::read(&typed).takes(&cookie(), UnixMicros::default());
        }
    }
}
