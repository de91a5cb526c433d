//! Dates as the programs' tables have them: texts in UTC that SQLite's date functions read, and that sort as the dates do.

use std::time::{Duration, SystemTime};

use crate::wire::units;

/// `2026-09-07 09:01:00`.
pub(super) fn stamp(at: SystemTime) -> String {
    units::sortable_date_and_time(at)
}

/// Seconds since 1970, as SQLite's `unixepoch` counts them.
pub(super) fn seconds(at: SystemTime) -> i64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// A date as a page has it: `7 September 2026`.
pub(super) fn day_of(seconds: i64) -> String {
    units::date(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
}

/// How long ago, in words: `one week`, `3 days`.
pub(super) fn span(seconds: i64) -> String {
    let count = |number: i64, one: &str, more: &str| {
        if number == 1 { format!("one {one}") } else { format!("{number} {more}") }
    };
    match seconds {
        ..3_600 => count(seconds / 60, "minute", "minutes"),
        3_600..86_400 => count(seconds / 3_600, "hour", "hours"),
        _ => match seconds / 86_400 {
            days if days % 7 == 0 && days < 365 => count(days / 7, "week", "weeks"),
            days if days >= 365 => count(days / 365, "year", "years"),
            days => count(days, "day", "days"),
        },
    }
}

#[cfg(test)]
mod a_date {
    use super::*;

    #[test]
    fn is_written_so_that_it_sorts() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(crate::store::LAB_EPOCH_SECS);
        assert_eq!(stamp(at), "2026-09-07 09:00:00");
        assert_eq!(day_of(seconds(at)), "7 September 2026");
    }

    #[test]
    fn is_so_long_ago() {
        let told = [60, 7_199, 7_200, 86_400, 3 * 86_400, 7 * 86_400, 14 * 86_400, 365 * 86_400, 800 * 86_400];
        let words =
            ["one minute", "one hour", "2 hours", "one day", "3 days", "one week", "2 weeks", "one year", "2 years"];
        assert_eq!(told.map(span), words);
    }
}
