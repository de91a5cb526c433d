//! Numbers as people read and write them: `1.204 s`, `82.1 ms`, `1.54 Mb/s`, `12.5 kB`. Every face uses these.
//!
//! k, M and G are powers of 1,000; Ki, Mi and Gi of 1,024. `b` is a bit, `B` an octet (but `bps`, `kbps` … count bits).

use std::time::{Duration, SystemTime};

/// A stretch of time: `1.204 s`, `82.1 ms`, `310 µs`, `12 ns`, `0 s`. Three significant digits below a second,
/// milliseconds above it; trailing zeros of the fraction are kept, so that columns line up.
pub fn time(span: Duration) -> String {
    let nanos = span.as_nanos();
    match nanos {
        0 => "0 s".to_owned(),
        1..1_000 => format!("{nanos} ns"),
        1_000..999_500 => three_digits(nanos as f64 / 1e3, "µs"),
        999_500..999_500_000 => three_digits(nanos as f64 / 1e6, "ms"),
        _ => format!("{:.3} s", span.as_secs_f64()),
    }
}

/// Whole seconds as a calendar counts them, its two largest units: `2 d`, `1 d 23 h`, `59 min 58 s`, `0 s`.
pub fn days(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let Some(first) = units.iter().position(|(size, _)| seconds >= *size) else { return "0 s".to_owned() };
    let mut left = seconds;
    let mut words = Vec::new();
    for (size, unit) in units.iter().skip(first).take(2) {
        if left / size > 0 {
            words.push(format!("{} {unit}", left / size));
        }
        left %= size;
    }
    words.join(" ")
}

/// A date in UTC, without the time of day: `7 September 2026`.
pub fn date(at: SystemTime) -> String {
    let DateWords { day, month, year, .. } = DateWords::of(at);
    format!("{} {month} {year}", day.trim_start_matches('0'))
}

/// A date and the time of day in UTC: `7 September 2026, 09:00:00 UTC`.
pub fn date_and_time(at: SystemTime) -> String {
    format!("{}, {} UTC", date(at), DateWords::of(at).time)
}

/// A date and the time of day in UTC, without the year: `7 Sep 09:00:00`.
pub fn brief_date_and_time(at: SystemTime) -> String {
    let DateWords { day, month, time, .. } = DateWords::of(at);
    format!("{} {} {time}", day.trim_start_matches('0'), month.get(..3).unwrap_or(month))
}

/// A date and the time of day in UTC as databases write them, so that texts sort as dates do: `2026-09-07 09:00:00`.
pub fn sortable_date_and_time(at: SystemTime) -> String {
    let DateWords { day, month, year, time } = DateWords::of(at);
    let month = MONTHS.iter().position(|name| *name == month).map_or(0, |at| at + 1);
    format!("{year}-{month:02}-{day} {time}")
}

/// The parts of a date in UTC: two digits, the month's name, four digits, `09:00:00`.
struct DateWords {
    day: String,
    month: &'static str,
    year: String,
    time: String,
}

impl DateWords {
    fn of(at: SystemTime) -> Self {
        // `Mon, 07 Sep 2026 09:00:00 GMT`, whose months are the first three letters of those here.
        let text = httpdate::fmt_http_date(at);
        let mut words = text.split(' ').skip(1);
        let mut word = || words.next().unwrap_or_default();
        let (day, month, year, time) = (word(), word(), word(), word());
        let month = MONTHS.iter().find(|name| name.starts_with(month)).copied().unwrap_or_default();
        Self { day: day.to_owned(), month, year: year.to_owned(), time: time.to_owned() }
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A stretch of time without trailing zeros: `30 ms`, `2 s`, `82.1 ms`. For what was set rather than measured.
pub fn brief_time(span: Duration) -> String {
    let text = time(span);
    match text.split_once(' ') {
        Some((number, unit)) => format!("{} {unit}", without_zeros(number.to_owned())),
        None => text,
    }
}

/// The same as [`time`] from seconds, negative ones included; `—` for what is no number.
pub fn seconds(seconds: f64) -> String {
    match Duration::try_from_secs_f64(seconds.abs()) {
        Ok(span) if seconds < 0.0 => format!("−{}", time(span)),
        Ok(span) => time(span),
        Err(_) => "—".to_owned(),
    }
}

/// A rate in bits per second: `1.54 Mb/s`, `100 kb/s`, `1 Gb/s`. Three significant digits, no trailing zeros.
pub fn rate(bits_per_sec: u64) -> String {
    scaled(bits_per_sec, "b/s")
}

/// An amount of octets: `12.5 kB`, `1 MB`, `734 B`. Three significant digits, no trailing zeros.
pub fn octets(octets: u64) -> String {
    scaled(octets, "B")
}

/// An amount of octets that was measured: `12.5 kB`, `1.00 MB`, `734 B`. Three significant digits, zeros kept, so that columns line
/// up; what was set is written by [`octets`].
pub fn measured_octets(octets: u64) -> String {
    match scale(octets) {
        (_, "") => format!("{octets} B"),
        (scale, prefix) => three_digits(octets as f64 / scale, &format!("{prefix}B")),
    }
}

/// A share: `1 %`, `0.5 %`, `12.5 %`. Three significant digits, no trailing zeros.
pub fn share(share: f64) -> String {
    format!("{} %", without_zeros(digits(share * 100.0)))
}

/// A time on a clock that runs, always in seconds: `0.957 s`. Digits do not jump while it runs.
pub fn clock(span: Duration) -> String {
    format!("{:.3} s", span.as_secs_f64())
}

/// A signed share in percent: `+0.5 %`, `−3.1 %`, `0.0 %`.
pub fn signed_percent(share: f64) -> String {
    let tenths = (share * 1000.0).round();
    if tenths == 0.0 {
        return "0.0 %".to_owned();
    }
    let sign = if tenths < 0.0 { '−' } else { '+' };
    format!("{sign}{:.1} %", tenths.abs() / 10.0)
}

/// `1 connection`, `11 connections`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number as u64), if number == 1 { one } else { many })
}

/// A host and a port as a URL has them: an IPv6 address stands in brackets (RFC 3986 §3.2.2).
pub fn host_port(host: &str, port: u16) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// `1 octet`, `12,310 octets`: every one counted.
pub fn count_octets(octets: u64) -> String {
    format!("{} {}", grouped(octets), if octets == 1 { "octet" } else { "octets" })
}

/// A whole number with thousands apart: `1,000,000`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Reads a stretch of time: `100ms`, `1.5 s`, `310us`, `12 µs`, `40ns`, `2 min`. A unit must be given, but for 0.
///
/// # Errors
/// [`NoQuantity`]: no number, no unit, an unknown unit, or too long.
pub fn read_time(text: &str) -> Result<Duration, NoQuantity> {
    let (number, unit) = number_and_unit(text, TIME)?;
    let scale = match unit {
        "" if number == 0.0 => 1.0,
        "" => return Err(NoQuantity::new(text, TIME, QuantityFlaw::NoUnit)),
        "s" | "sec" => 1.0,
        "ms" => 1e-3,
        // The micro sign and the Greek letter look alike.
        "us" | "µs" | "μs" => 1e-6,
        "ns" => 1e-9,
        "min" => 60.0,
        other => return Err(NoQuantity::new(text, TIME, QuantityFlaw::Unit(other.to_owned()))),
    };
    // To the nanosecond: 0.1 ms is not exactly a binary fraction of a second.
    let nanos = whole(number * scale * 1e9).ok_or_else(|| NoQuantity::new(text, TIME, QuantityFlaw::TooLarge))?;
    Ok(Duration::from_nanos(nanos))
}

/// Reads a rate in bits per second: `10Mbps`, `1.54 Mb/s`, `100kbit/s`, `1G`, `56000`; `None` for `unlimited`.
///
/// # Errors
/// [`NoQuantity`]: no number, an unknown unit, or too large.
pub fn read_rate(text: &str) -> Result<Option<u64>, NoQuantity> {
    if ["unlimited", "infinite", "∞"].contains(&text.trim().to_lowercase().as_str()) {
        return Ok(None);
    }
    let (number, unit) = number_and_unit(text, RATE)?;
    let prefix = ["bit/s", "bps", "b/s"].iter().find_map(|suffix| unit.strip_suffix(suffix)).unwrap_or(unit);
    let scale = match prefix {
        "" => 1.0,
        "k" | "K" => 1e3,
        "M" | "m" => 1e6,
        "G" | "g" => 1e9,
        "T" => 1e12,
        _ => return Err(NoQuantity::new(text, RATE, QuantityFlaw::Unit(unit.to_owned()))),
    };
    whole(number * scale).map(Some).ok_or_else(|| NoQuantity::new(text, RATE, QuantityFlaw::TooLarge))
}

/// Reads an amount of octets: `100kB`, `1.5 MB`, `1MiB`, `1500`, `734 B`.
///
/// # Errors
/// [`NoQuantity`]: no number, an unknown unit, or too large.
pub fn read_octets(text: &str) -> Result<u64, NoQuantity> {
    let (number, unit) = number_and_unit(text, OCTETS)?;
    let scale = match unit {
        "" | "B" | "octets" => 1.0,
        "k" | "kB" | "KB" => 1e3,
        "M" | "MB" => 1e6,
        "G" | "GB" => 1e9,
        "T" | "TB" => 1e12,
        "Ki" | "KiB" | "kiB" => 1024.0,
        "Mi" | "MiB" => 1024.0 * 1024.0,
        "Gi" | "GiB" => 1024.0 * 1024.0 * 1024.0,
        other => return Err(NoQuantity::new(text, OCTETS, QuantityFlaw::Unit(other.to_owned()))),
    };
    whole(number * scale).ok_or_else(|| NoQuantity::new(text, OCTETS, QuantityFlaw::TooLarge))
}

/// Reads a share of 1: `1%`, `0.5 %`, `0.01`.
///
/// # Errors
/// [`NoQuantity`]: no number, an unknown unit, or more than the whole.
pub fn read_share(text: &str) -> Result<f64, NoQuantity> {
    let (number, unit) = number_and_unit(text, SHARE)?;
    let share = match unit {
        "" => number,
        "%" => number / 100.0,
        other => return Err(NoQuantity::new(text, SHARE, QuantityFlaw::Unit(other.to_owned()))),
    };
    if share > 1.0 { Err(NoQuantity::new(text, SHARE, QuantityFlaw::TooLarge)) } else { Ok(share) }
}

/// Why a text is no quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{text}” is no {}: {flaw}; write it like {}", .wanted.what, .wanted.like)]
pub struct NoQuantity {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub flaw: QuantityFlaw,
    wanted: QuantityKind,
}

/// What is wrong with a text that should be a quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityFlaw {
    /// It does not begin with a number.
    #[error("it does not begin with a number such as 10 or 1.5")]
    NoNumber,
    /// The unit is missing.
    #[error("its unit is missing")]
    NoUnit,
    /// The unit is none.
    #[error("the unit “{0}” is not known")]
    Unit(String),
    /// More than can be.
    #[error("that is too much")]
    TooLarge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct QuantityKind {
    what: &'static str,
    like: &'static str,
}

const TIME: QuantityKind = QuantityKind { what: "time", like: "100ms, 1.5s or 310us" };
const RATE: QuantityKind = QuantityKind { what: "rate", like: "10Mbps, 1.54Mb/s, 100kbps or unlimited" };
const OCTETS: QuantityKind = QuantityKind { what: "size", like: "100kB, 1MiB or 1500" };
const SHARE: QuantityKind = QuantityKind { what: "share", like: "1% or 0.01" };

impl NoQuantity {
    fn new(text: &str, wanted: QuantityKind, flaw: QuantityFlaw) -> Self {
        Self { text: text.to_owned(), flaw, wanted }
    }
}

fn number_and_unit(text: &str, wanted: QuantityKind) -> Result<(f64, &str), NoQuantity> {
    let trimmed = text.trim();
    let end = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at_checked(end).unwrap_or((trimmed, ""));
    let number = number
        .parse()
        .map_err(|_bad: std::num::ParseFloatError| NoQuantity::new(text, wanted, QuantityFlaw::NoNumber))?;
    Ok((number, unit.trim_start()))
}

/// The nearest whole number, if it is one of 64 bits.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
fn whole(value: f64) -> Option<u64> {
    (0.0..=MAX_WHOLE).contains(&value).then(|| value.round() as u64)
}

/// 2⁶³: half of what 64 bits hold, beyond any use.
const MAX_WHOLE: f64 = 9_223_372_036_854_775_808.0;

fn three_digits(value: f64, unit: &str) -> String {
    format!("{} {unit}", digits(value))
}

/// Three significant digits of a value below 1,000.
fn digits(value: f64) -> String {
    match value.abs() {
        size if size < 9.995 => format!("{value:.2}"),
        size if size < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

fn scaled(value: u64, unit: &str) -> String {
    match scale(value) {
        (_, "") => format!("{value} {unit}"),
        (scale, prefix) => format!("{} {prefix}{unit}", without_zeros(digits(value as f64 / scale))),
    }
}

fn scale(value: u64) -> (f64, &'static str) {
    match value {
        0..1_000 => (1.0, ""),
        1_000..999_500 => (1e3, "k"),
        999_500..999_500_000 => (1e6, "M"),
        999_500_000..999_500_000_000 => (1e9, "G"),
        _ => (1e12, "T"),
    }
}

fn without_zeros(digits: String) -> String {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.').to_owned() } else { digits }
}

#[cfg(test)]
mod numbers_in_the_house_style {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times() {
        let cases = [
            (0, "0 s"),
            (12, "12 ns"),
            (1_000, "1.00 µs"),
            (310_000, "310 µs"),
            (999_499, "999 µs"),
            (999_500, "1.00 ms"),
            (9_994_000, "9.99 ms"),
            (9_996_000, "10.0 ms"),
            (82_100_000, "82.1 ms"),
            (100_000_000, "100 ms"),
            (999_600_000, "1.000 s"),
            (1_204_000_000, "1.204 s"),
            (132_400_000_000, "132.400 s"),
        ];
        for (nanos, text) in cases {
            assert_eq!(time(Duration::from_nanos(nanos)), text);
        }
        assert_eq!(seconds(-0.0821), "−82.1 ms");
        assert_eq!(seconds(f64::NAN), "—");
        assert_eq!(seconds(f64::INFINITY), "—");
    }

    #[test]
    fn rates_sizes_and_shares() {
        for (bits, text) in
            [(1_540_000, "1.54 Mb/s"), (100_000, "100 kb/s"), (1_000_000_000, "1 Gb/s"), (999, "999 b/s")]
        {
            assert_eq!(rate(bits), text);
        }
        for (count, text) in [(734, "734 B"), (12_500, "12.5 kB"), (999_999, "1 MB"), (u64::MAX, "18446744 TB")] {
            assert_eq!(octets(count), text);
        }
        for (count, text) in [(734, "734 B"), (2_400, "2.40 kB"), (100_221, "100 kB"), (999_999, "1.00 MB")] {
            assert_eq!(measured_octets(count), text);
        }
        for (part, text) in [(0.01, "1 %"), (0.005, "0.5 %"), (0.125, "12.5 %"), (1.0, "100 %"), (0.0, "0 %")] {
            assert_eq!(share(part), text);
        }
    }

    #[test]
    fn days_and_hours() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_598, "59 min 58 s"),
            (3_605, "1 h"),
            (172_800, "2 d"),
            (172_799, "1 d 23 h"),
            (86_461, "1 d"),
        ] {
            assert_eq!(days(seconds), text);
        }
    }

    #[test]
    fn carry_signs_and_groups() {
        assert_eq!(clock(Duration::from_micros(957_400)), "0.957 s");
        assert_eq!(signed_percent(0.000_1), "0.0 %");
        assert_eq!(signed_percent(-0.031), "−3.1 %");
        assert_eq!(signed_percent(0.5), "+50.0 %");
        assert_eq!(grouped(1_000_000), "1,000,000");
        assert_eq!(grouped(999), "999");
        assert_eq!(count(1, "connection", "connections"), "1 connection");
        assert_eq!(count_octets(1), "1 octet");
        assert_eq!(count_octets(12_310), "12,310 octets");
    }

    #[test]
    fn are_read_back() {
        let nanos = |text| read_time(text).map(|span| span.as_nanos());
        for (text, expected) in [
            ("100ms", 100_000_000),
            ("1.5s", 1_500_000_000),
            (" 310 us ", 310_000),
            ("310µs", 310_000),
            ("310μs", 310_000),
            ("0.1ms", 100_000),
            ("7ns", 7),
            ("2 min", 120_000_000_000),
            ("0", 0),
        ] {
            assert_eq!(nanos(text), Ok(expected), "{text}");
        }
        for (text, expected) in [
            ("10Mbps", Some(10_000_000)),
            ("1.54Mb/s", Some(1_540_000)),
            ("1.54 Mbit/s", Some(1_540_000)),
            ("100kbps", Some(100_000)),
            ("1Gbps", Some(1_000_000_000)),
            ("28.8k", Some(28_800)),
            ("56000", Some(56_000)),
            ("Unlimited", None),
        ] {
            assert_eq!(read_rate(text), Ok(expected), "{text}");
        }
        for (text, expected) in [("100kB", 100_000), ("1MiB", 1_048_576), ("1500", 1_500), ("12.5 kB", 12_500)] {
            assert_eq!(read_octets(text), Ok(expected), "{text}");
        }
        for (text, expected) in [("1%", 0.01), ("0.01", 0.01), ("0.5 %", 0.005), ("100%", 1.0)] {
            assert_eq!(read_share(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn are_refused_in_words_that_help() {
        let said = |error: Result<_, NoQuantity>| error.map(|_: Duration| ()).unwrap_err().to_string();
        assert_eq!(said(read_time("100")), "“100” is no time: its unit is missing; write it like 100ms, 1.5s or 310us");
        assert_eq!(
            said(read_time("ten ms")),
            "“ten ms” is no time: it does not begin with a number such as 10 or 1.5; write it like 100ms, 1.5s or 310us"
        );
        assert_eq!(read_time("1,5s").unwrap_err().flaw, QuantityFlaw::Unit(",5s".to_owned()));
        assert_eq!(read_time("-1s").unwrap_err().flaw, QuantityFlaw::NoNumber);
        assert_eq!(read_rate("10 parsec").unwrap_err().flaw, QuantityFlaw::Unit("parsec".to_owned()));
        assert_eq!(read_rate("10MB/s").unwrap_err().flaw, QuantityFlaw::Unit("MB/s".to_owned()));
        assert_eq!(read_octets("99999999999999999999").unwrap_err().flaw, QuantityFlaw::TooLarge);
        assert_eq!(read_share("101%").unwrap_err().flaw, QuantityFlaw::TooLarge);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            drop((read_time(&text), read_rate(&text), read_octets(&text), read_share(&text)));
        }

        #[test]
        fn what_is_written_is_read_back_to_three_digits(value in 1_u64..1_000_000_000_000_000) {
            let near = |read: u64| (read as f64 - value as f64).abs() <= value as f64 * 0.005_001;
            prop_assert!(read_octets(&octets(value)).is_ok_and(near));
            prop_assert!(read_rate(&rate(value)).is_ok_and(|rate| rate.is_some_and(near)));
            let span = read_time(&time(Duration::from_nanos(value))).unwrap();
            prop_assert!(near(u64::try_from(span.as_nanos()).unwrap()));
        }
    }
}
