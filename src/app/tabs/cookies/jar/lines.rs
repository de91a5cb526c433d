//! What the table lists, in which order: the cookies that are kept, grouped by site where there are many; lines that were refused; cookies
//! that are gone.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use serde::{Deserialize, Serialize};

use super::filter::JarFilter;
use crate::{
    engine::jar::{CookieKey, LoggedDecision},
    proto::http::cookies::{Cookie, UnixMicros, Verdict, jar::site_of},
};

/// Which list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ListKind {
    /// Cookies in the jar.
    #[default]
    Kept,
    /// Lines that set nothing.
    Refused,
    /// Cookies that expired, were deleted or evicted.
    Gone,
}

/// What a column shows of a cookie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CookieColumn {
    Name,
    Value,
    Domain,
    HostOnly,
    Path,
    Expires,
    Secure,
    HttpOnly,
    SameSite,
    Partition,
    /// The order in which they were set: no column of its own.
    #[default]
    AsSet,
}

/// By what cookies are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct CookieOrder {
    pub(super) by: CookieColumn,
    pub(super) falling: bool,
}

/// One line of the table; numbers are places in the list it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TableLine {
    /// The head of a site's cookies.
    Site { name: String, count: usize, open: bool },
    /// A cookie.
    Cookie(usize),
}

/// Above so many, cookies are grouped by site.
pub(super) const MANY: usize = 50;

/// The lines of the cookies in the jar.
pub(super) fn kept(
    cookies: &[Cookie],
    filter: &JarFilter,
    order: CookieOrder,
    open: &BTreeSet<String>,
    now: UnixMicros,
) -> Vec<TableLine> {
    let mut places: Vec<usize> =
        cookies.iter().enumerate().filter(|(_, cookie)| filter.takes(cookie, now)).map(|(place, _)| place).collect();
    places.sort_by(|one, other| {
        let both = cookies.get(*one).zip(cookies.get(*other));
        let rising = both.map_or(Ordering::Equal, |(one, other)| compare(one, other, order.by));
        if order.falling { rising.reverse() } else { rising }
    });
    if places.len() <= MANY {
        return places.into_iter().map(TableLine::Cookie).collect();
    }
    let mut sites: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for place in places {
        let site = cookies.get(place).map(site_of).unwrap_or_default();
        sites.entry(site).or_default().push(place);
    }
    let mut lines = Vec::new();
    for (name, places) in sites {
        let is_open = open.contains(&name);
        lines.push(TableLine::Site { name, count: places.len(), open: is_open });
        if is_open {
            lines.extend(places.into_iter().map(TableLine::Cookie));
        }
    }
    lines
}

fn compare(one: &Cookie, other: &Cookie, by: CookieColumn) -> Ordering {
    match by {
        CookieColumn::Name => one.name.cmp(&other.name),
        CookieColumn::Value => one.value.cmp(&other.value),
        CookieColumn::Domain => one.domain.cmp(&other.domain),
        CookieColumn::HostOnly => other.host_only.cmp(&one.host_only),
        CookieColumn::Path => one.path.cmp(&other.path),
        CookieColumn::Expires => {
            let end = |cookie: &Cookie| cookie.expires.map_or(i64::MAX, |expires| expires.0);
            end(one).cmp(&end(other))
        }
        CookieColumn::Secure => other.secure.cmp(&one.secure),
        CookieColumn::HttpOnly => other.http_only.cmp(&one.http_only),
        CookieColumn::SameSite => one.same_site.name().cmp(other.same_site.name()),
        CookieColumn::Partition => other.partition.cmp(&one.partition),
        CookieColumn::AsSet => Ordering::Equal,
    }
}

/// The refused lines, the latest first.
pub(super) fn refused(decisions: &[LoggedDecision]) -> Vec<usize> {
    let of_refused = decisions.iter().enumerate().filter(|(_, decision)| decision.verdict == Verdict::Refused);
    of_refused.map(|(place, _)| place).rev().collect()
}

/// How each cookie that is not in the jar any more went, the latest first.
pub(super) fn gone(decisions: &[LoggedDecision], cookies: &[Cookie]) -> Vec<usize> {
    let there: BTreeSet<CookieKey> = cookies.iter().map(CookieKey::of).collect();
    let mut told: BTreeSet<&CookieKey> = BTreeSet::new();
    let mut gone = Vec::new();
    for (place, decision) in decisions.iter().enumerate().rev() {
        let went = match decision.verdict {
            Verdict::Expired | Verdict::Evicted => true,
            Verdict::Deleted => decision.before.is_some(),
            Verdict::Accepted | Verdict::Replaced | Verdict::Refused | Verdict::Sent | Verdict::KeptBack => false,
        };
        if went && !there.contains(&decision.cookie) && told.insert(&decision.cookie) {
            gone.push(place);
        }
    }
    gone
}
