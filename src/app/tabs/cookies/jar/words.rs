//! Dates, times and cookies in few words.

use std::time::SystemTime;

use crate::{
    engine::jar::LoggedDecision,
    proto::http::cookies::{Cookie, CookieText, UnixMicros, Verdict},
    wire::units,
};

/// `7 Sep 09:01`.
pub(super) fn brief_date(at: UnixMicros) -> String {
    let exact = exact_date(at);
    exact.rsplit_once(':').map_or_else(String::new, |(minutes, _)| minutes.to_owned())
}

/// `7 Sep 09:01:30`.
pub(super) fn exact_date(at: UnixMicros) -> String {
    units::brief_date_and_time(SystemTime::from(at))
}

/// `7 September 2026, 09:01:30 UTC`.
pub(super) fn long_date(at: UnixMicros) -> String {
    units::date_and_time(SystemTime::from(at))
}

/// Until then: `23 d 00:00:58`, `00:01:28`, `session`.
pub(super) fn countdown(expires: Option<UnixMicros>, now: UnixMicros) -> String {
    let Some(expires) = expires else { return "session".to_owned() };
    let left = expires.0.saturating_sub(now.0).max(0) / 1_000_000;
    let (days, hours, minutes, seconds) = (left / DAY, left / 3_600 % 24, left / 60 % 60, left % 60);
    let clock = format!("{hours:02}:{minutes:02}:{seconds:02}");
    if days > 0 { format!("{days} d {clock}") } else { clock }
}

/// How long after another moment: `next visit`, `one week later`, `3 days later`.
pub(super) fn later(before: UnixMicros, after: UnixMicros) -> String {
    let days = after.0.saturating_sub(before.0) / 1_000_000 / DAY;
    match days {
        ..=0 => "next visit".to_owned(),
        1 => "one day later".to_owned(),
        7 => "one week later".to_owned(),
        365 | 366 => "one year later".to_owned(),
        days => format!("{days} days later"),
    }
}

/// A cookie's name as it is called on screen.
pub(super) fn name_of(name: &CookieText) -> String {
    if name.is_empty() { "(no name)".to_owned() } else { name.to_string() }
}

/// `id = 1678`.
pub(super) fn pair(cookie: &Cookie) -> String {
    format!("{} = {}", name_of(&cookie.name), cookie.value)
}

/// What stands in a story: `set`, `sent`, `kept back`.
pub(super) fn verdict(decision: &LoggedDecision) -> &'static str {
    match decision.verdict {
        Verdict::Accepted => "set",
        Verdict::Replaced if decision.before.as_ref() == Some(&decision.value) => "set again",
        Verdict::Replaced => "changed",
        other => other.name(),
    }
}

/// The request in few words: `GET /books/42`, or who did it.
pub(super) fn request(decision: &LoggedDecision) -> String {
    if decision.request.is_empty() {
        return if decision.clause.is_empty() { "by hand".to_owned() } else { "no request".to_owned() };
    }
    let (method, address) = decision.request.split_once(' ').unwrap_or(("", &decision.request));
    let Ok(url) = url::Url::parse(address) else { return decision.request.clone() };
    let same_host = url.host_str() == Some(decision.cookie.domain.as_str());
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let host = if same_host { "" } else { url.host_str().unwrap_or_default() };
    format!("{method} {host}{path}")
}

const DAY: i64 = 86_400;

#[cfg(test)]
mod a_moment {
    use super::*;

    #[test]
    fn count_down_to_the_second() {
        let now = UnixMicros::from_secs(1_000_000);
        for (left, text) in [(88, "00:01:28"), (23 * DAY + 58, "23 d 00:00:58"), (-5, "00:00:00")] {
            assert_eq!(countdown(Some(now.plus_secs(left)), now), text);
        }
        assert_eq!(countdown(None, now), "session");
    }

    #[test]
    fn say_how_much_later_a_visit_is() {
        let first = UnixMicros::from_secs(1_000_000);
        let words = [60, DAY, 7 * DAY + 3, 365 * DAY, 30 * DAY].map(|secs| later(first, first.plus_secs(secs)));
        assert_eq!(words, ["next visit", "one day later", "one week later", "one year later", "30 days later"]);
    }
}
