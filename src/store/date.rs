//! Moments of the calendar, to the nanosecond. How a date is written on screen is no matter of the store.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

/// The lab's calendar begins here, in seconds since 1970: Monday, 7 September 2026, 09:00 UTC.
pub const LAB_EPOCH_SECS: u64 = 1_788_771_600;

/// A moment, in whole nanoseconds since 1970-01-01 00:00 UTC (Unix time, which counts no leap seconds).
///
/// At least [`Date::EARLIEST`] and at most [`Date::LATEST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Date(i64);

impl Date {
    /// The earliest date the store accepts: 1970-01-01 00:00 UTC.
    pub const EARLIEST: Self = Self(0);
    /// The latest date the store accepts: 2199-12-31 24:00 UTC. 64 bits of nanoseconds would end in 2262.
    pub const LATEST: Self = Self(7_258_118_400 * NANOS_PER_SEC);
    /// Where the lab's calendar begins.
    pub const LAB_EPOCH: Self = Self(LAB_EPOCH_SECS.cast_signed() * NANOS_PER_SEC);

    /// The date `nanos` nanoseconds after 1970-01-01 00:00 UTC.
    ///
    /// # Errors
    /// [`DateOutOfRange`]: before [`Date::EARLIEST`] or after [`Date::LATEST`].
    pub fn from_unix_nanos(nanos: i64) -> Result<Self, DateOutOfRange> {
        let date = Self(nanos);
        if (Self::EARLIEST..=Self::LATEST).contains(&date) { Ok(date) } else { Err(DateOutOfRange) }
    }

    /// Nanoseconds since 1970-01-01 00:00 UTC.
    pub fn unix_nanos(self) -> i64 {
        self.0
    }

    /// The date `by` later.
    ///
    /// # Errors
    /// [`DateOutOfRange`]: after [`Date::LATEST`].
    pub fn after(self, by: Duration) -> Result<Self, DateOutOfRange> {
        let by = i64::try_from(by.as_nanos()).map_err(|_beyond: std::num::TryFromIntError| DateOutOfRange)?;
        self.0.checked_add(by).ok_or(DateOutOfRange).and_then(Self::from_unix_nanos)
    }

    /// The time from `earlier` to this date, zero when `earlier` is the later one.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(u64::try_from(self.0 - earlier.0).unwrap_or_default())
    }
}

const NANOS_PER_SEC: i64 = 1_000_000_000;

impl TryFrom<i64> for Date {
    type Error = DateOutOfRange;

    fn try_from(nanos: i64) -> Result<Self, DateOutOfRange> {
        Self::from_unix_nanos(nanos)
    }
}

impl From<Date> for i64 {
    fn from(date: Date) -> Self {
        date.0
    }
}

impl TryFrom<SystemTime> for Date {
    type Error = DateOutOfRange;

    fn try_from(time: SystemTime) -> Result<Self, DateOutOfRange> {
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        let since = since.map_err(|_before: std::time::SystemTimeError| DateOutOfRange)?;
        Self::EARLIEST.after(since)
    }
}

impl From<Date> for SystemTime {
    fn from(date: Date) -> Self {
        Self::UNIX_EPOCH + date.since(Date::EARLIEST)
    }
}

/// A date before 1970 or after the year 2199.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the date is not between the beginning of 1970 and the end of 2199")]
pub struct DateOutOfRange;

/// Number of a state of the store: each change that altered anything has a number of its own, greater than every one before it.
/// 0 is the empty store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod a_date {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lies_between_1970_and_2199() {
        assert_eq!(Date::from_unix_nanos(-1), Err(DateOutOfRange));
        assert_eq!(Date::from_unix_nanos(0), Ok(Date::EARLIEST));
        assert_eq!(Date::from_unix_nanos(i64::MAX), Err(DateOutOfRange));
        assert_eq!(Date::LATEST.after(Duration::from_nanos(1)), Err(DateOutOfRange));
        assert_eq!(Date::LATEST.after(Duration::MAX), Err(DateOutOfRange));
        assert_eq!(Date::LATEST.after(Duration::ZERO), Ok(Date::LATEST));
        assert_eq!(Date::try_from(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), Err(DateOutOfRange));
        assert_eq!(serde_json::from_str::<Date>("-1").ok(), None);
    }

    #[test]
    fn of_the_labs_beginning_is_monday_7_september_2026_at_9() {
        assert_eq!(httpdate::fmt_http_date(Date::LAB_EPOCH.into()), "Mon, 07 Sep 2026 09:00:00 GMT");
        assert_eq!(httpdate::fmt_http_date(Date::LATEST.into()), "Wed, 01 Jan 2200 00:00:00 GMT");
    }

    proptest! {
        #[test]
        fn counts_time_there_and_back(begin in 0_i64..4_000_000_000_000_000_000, by in 0_u64..3_000_000_000_000_000_000) {
            let begin = Date::from_unix_nanos(begin).unwrap();
            let by = Duration::from_nanos(by);
            if let Ok(end) = begin.after(by) {
                prop_assert_eq!(end.since(begin), by);
                prop_assert_eq!(begin.since(end), Duration::ZERO);
                prop_assert_eq!(Date::try_from(SystemTime::from(end)), Ok(end));
            }
        }
    }
}
