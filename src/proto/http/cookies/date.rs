//! Dates as cookies have them: any mixture of a day, a month, a year and a time is read. RFC 6265bis §5.1.1, the same as RFC 6265 §5.1.1.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// A moment: whole microseconds since 1970-01-01 00:00 UTC, before it negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMicros(pub i64);

const MICROS_PER_SEC: i64 = 1_000_000;

impl UnixMicros {
    /// The earliest moment there is.
    pub const EARLIEST: Self = Self(i64::MIN);

    /// So many whole seconds since 1970.
    pub fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(MICROS_PER_SEC))
    }

    /// Whole seconds since 1970, rounded down.
    pub fn secs(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SEC)
    }

    /// So many seconds later; the last moment there is where that would be after it.
    #[must_use]
    pub fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(MICROS_PER_SEC)))
    }
}

impl From<UnixMicros> for SystemTime {
    /// What is before 1970 becomes the beginning of 1970, what no system can tell the end of 9999.
    fn from(UnixMicros(micros): UnixMicros) -> Self {
        let since = u64::try_from(micros).unwrap_or_default().min(END_OF_9999);
        Self::UNIX_EPOCH + Duration::from_micros(since)
    }
}

/// 9999-12-31 23:59:59 UTC in microseconds since 1970.
const END_OF_9999: u64 = 253_402_300_799_000_000;

impl From<SystemTime> for UnixMicros {
    fn from(time: SystemTime) -> Self {
        let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => Self(micros(since)),
            Err(before) => Self(-micros(before.duration())),
        }
    }
}

/// Why a date cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum DateFlaw {
    /// No token reads as hours, minutes and seconds.
    #[error("no time of day stands in it")]
    NoTime,
    /// No token reads as a day of the month.
    #[error("no day of the month stands in it")]
    NoDay,
    /// No token begins with a month's name.
    #[error("no month stands in it")]
    NoMonth,
    /// No token reads as a year.
    #[error("no year stands in it")]
    NoYear,
    /// A part is out of its range, or the day is none of that month.
    #[error("there is no such date")]
    NoSuchDate,
}

/// Reads a date.
///
/// # Errors
/// Which part is missing, or that there is no such date.
pub fn parse_cookie_date(text: &[u8]) -> Result<UnixMicros, DateFlaw> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(|octet| is_delimiter(*octet)).filter(|token| !token.is_empty()) {
        if time.is_none()
            && let Some(found) = time_of_day(token)
        {
            time = Some(found);
        } else if day.is_none()
            && let Some(found) = number(token, 1, 2)
        {
            day = Some(found);
        } else if month.is_none()
            && let Some(found) = month_of(token)
        {
            month = Some(found);
        } else if year.is_none()
            && let Some(found) = number(token, 2, 4)
        {
            year = Some(found);
        }
    }
    let time = time.ok_or(DateFlaw::NoTime)?;
    let day = day.ok_or(DateFlaw::NoDay)?;
    let month = month.ok_or(DateFlaw::NoMonth)?;
    let year = match year.ok_or(DateFlaw::NoYear)? {
        year @ 70..=99 => year + 1900,
        year @ 0..=69 => year + 2000,
        year => year,
    };
    seconds(year, month, day, time).map(UnixMicros::from_secs).ok_or(DateFlaw::NoSuchDate)
}

/// `delimiter` of §5.1.1.
fn is_delimiter(octet: u8) -> bool {
    matches!(octet, 0x09 | 0x20..=0x2f | 0x3b..=0x40 | 0x5b..=0x60 | 0x7b..=0x7e)
}

/// `1*2DIGIT` and the like, followed by nothing or by something that is no digit.
fn number(token: &[u8], fewest: usize, most: usize) -> Option<i64> {
    let digits = token.iter().take_while(|octet| octet.is_ascii_digit()).count();
    if digits < fewest || digits > most {
        return None;
    }
    std::str::from_utf8(token.get(..digits)?).ok()?.parse().ok()
}

/// `hms-time`, with anything behind it that does not begin with a digit.
fn time_of_day(token: &[u8]) -> Option<[i64; 3]> {
    let mut fields = token.splitn(3, |octet| *octet == b':');
    let mut exact = || {
        let field = fields.next()?;
        (field.len() <= 2 && field.iter().all(u8::is_ascii_digit)).then(|| number(field, 1, 2)).flatten()
    };
    let (hours, minutes) = (exact()?, exact()?);
    Some([hours, minutes, number(fields.next()?, 1, 2)?])
}

fn month_of(token: &[u8]) -> Option<i64> {
    const MONTHS: [&[u8]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let begin = token.get(..3)?;
    (1..).zip(MONTHS).find(|(_, month)| begin.eq_ignore_ascii_case(month)).map(|(number, _)| number)
}

/// Seconds since 1970; `None` where there is no such date.
fn seconds(year: i64, month: i64, day: i64, [hours, minutes, secs]: [i64; 3]) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_of_month = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if year < 1601 || !(1..=days_of_month).contains(&day) || hours > 23 || minutes > 59 || secs > 59 {
        return None;
    }
    // Years that begin in March have their leap day at their end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - DAYS_TO_1970;
    Some(((days * 24 + hours) * 60 + minutes) * 60 + secs)
}

/// Days from 1 March of the year 0 to 1 January 1970.
const DAYS_TO_1970: i64 = 719_468;

#[cfg(test)]
mod a_date {
    use std::time::SystemTime;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn is_read_in_any_order() {
        // RFC 6265bis §5.1.1 names no examples; these are the forms of RFC 9110 §5.6.7 and what servers make of them.
        for (text, expected) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Ok(784_111_777)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Ok(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Ok(784_111_777)),
            ("1994 6 nov 8:49:37zz", Ok(784_111_777)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Ok(0)),
            ("Sat, 29 Feb 2020 23:59:59", Ok(1_583_020_799)),
            ("29 Feb 2019 00:00:00", Err(DateFlaw::NoSuchDate)),
            ("31 Jan 1600 00:00:00", Err(DateFlaw::NoSuchDate)),
            ("1 Jan 1601 00:00:00", Ok(-11_644_473_600)),
            ("1 Jan 2020 24:00:00", Err(DateFlaw::NoSuchDate)),
            ("1 Jan 2020", Err(DateFlaw::NoTime)),
            ("1 2020 00:00:00", Err(DateFlaw::NoMonth)),
            ("Jan 2020 00:00:00", Err(DateFlaw::NoDay)),
            ("Jan 1 00:00:00", Err(DateFlaw::NoYear)),
            ("1 Jan 69 00:00:00", Ok(3_124_224_000)),
            ("1 Jan 70 00:00:00", Ok(0)),
            ("", Err(DateFlaw::NoTime)),
        ] {
            assert_eq!(parse_cookie_date(text.as_bytes()).map(UnixMicros::secs), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn of_any_octets_is_read_or_not(octets in prop::collection::vec(any::<u8>(), 0..60)) {
            parse_cookie_date(&octets).ok();
        }

        #[test]
        fn as_http_writes_it_is_what_it_was(secs in 0_u64..250_000_000_000) {
            let text = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(secs));
            prop_assert_eq!(parse_cookie_date(text.as_bytes()), Ok(UnixMicros::from_secs(secs.cast_signed())));
        }
    }
}
