//! Numbers as controls show them and read them back. How they are written is [`crate::wire::units`]'s matter; this file adds what
//! only a window needs.

use std::time::Duration;

use crate::net::Rate;
pub use crate::wire::units::{octets, seconds, share, time};

/// A time as a control shows it, without trailing zeros: `30 ms`, `2 s`, `82.1 ms`.
pub fn brief_time(span: Duration) -> String {
    let text = time(span);
    match text.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            format!("{} {unit}", number.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text,
    }
}

/// The same from seconds.
pub fn brief_seconds(secs: f64) -> String {
    Duration::try_from_secs_f64(secs).map_or_else(|_| seconds(secs), brief_time)
}

/// A time on a clock that runs, always in seconds: `0.957 s`. Digits do not jump while it runs.
pub fn clock(span: Duration) -> String {
    format!("{:.3} s", span.as_secs_f64())
}

/// A rate: `1.54 Mb/s`, `unlimited`.
pub fn rate(rate: Rate) -> String {
    rate.0.map_or_else(|| "unlimited".to_owned(), crate::wire::units::rate)
}

/// A rate in bits per second; infinite is `unlimited`.
pub fn bits_per_sec(bits: f64) -> String {
    rate(Rate((bits.is_finite()).then(|| whole(bits))))
}

/// A size in octets that a slider gives.
pub fn octets_of(count: f64) -> String {
    octets(whole(count))
}

/// The nearest whole number; 0 for what is negative or no number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, which is what is said")]
pub fn whole(value: f64) -> u64 {
    value.round() as u64
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

/// Reads a time: `100 ms`, `0.1s`, `310us`; a bare number counts in `bare` seconds. `None` when it is no time.
pub fn read_seconds(text: &str, bare: f64) -> Option<f64> {
    let (number, unit) = split(text)?;
    let scale = match unit.to_lowercase().as_str() {
        "" => bare,
        "s" | "sec" => 1.0,
        "ms" => 1e-3,
        "us" | "µs" | "μs" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    };
    Some(number * scale)
}

/// Reads a rate in bits per second: `10 Mb/s`, `1.54Mbps`, `56k`, `unlimited`; a bare number counts in `bare` bits per second.
pub fn read_bits_per_sec(text: &str, bare: f64) -> Option<f64> {
    let trimmed = text.trim().to_lowercase();
    if matches!(trimmed.as_str(), "unlimited" | "infinite" | "inf" | "∞") {
        return Some(f64::INFINITY);
    }
    let (number, unit) = split(&trimmed)?;
    let unit = unit.strip_suffix("b/s").or_else(|| unit.strip_suffix("bit/s")).or_else(|| unit.strip_suffix("bps"));
    let scale = match unit.unwrap_or_else(|| split(&trimmed).map_or("", |(_, unit)| unit)) {
        "" => {
            if unit.is_some() {
                1.0
            } else {
                bare
            }
        }
        "k" => 1e3,
        "m" => 1e6,
        "g" => 1e9,
        _ => return None,
    };
    Some(number * scale)
}

/// Reads a size in octets: `100 kB`, `1.5MB`, `512`; a bare number counts octets.
pub fn read_octets(text: &str) -> Option<f64> {
    let (number, unit) = split(text)?;
    let scale = match unit.to_lowercase().as_str() {
        "" | "b" | "octets" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        _ => return None,
    };
    Some(number * scale)
}

/// Reads a share: `1 %` or `1` is 0.01.
pub fn read_percent(text: &str) -> Option<f64> {
    match split(text)? {
        (number, "" | "%") => Some(number / 100.0),
        _ => None,
    }
}

fn split(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    Some((number.parse().ok()?, unit.trim()))
}

#[cfg(test)]
mod numbers_are_written_with_units {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn in_controls_without_trailing_zeros() {
        for (secs, text) in [(0.03, "30 ms"), (2.0, "2 s"), (0.0821, "82.1 ms"), (0.0, "0 s"), (1.25, "1.25 s")] {
            assert_eq!(brief_seconds(secs), text);
        }
        assert_eq!(clock(Duration::from_micros(957_400)), "0.957 s");
        assert_eq!(bits_per_sec(1_540_000.0), "1.54 Mb/s");
        assert_eq!(rate(Rate(None)), "unlimited");
        assert_eq!(octets_of(12_500.0), "12.5 kB");
        assert_eq!(whole(f64::NAN), 0);
    }

    #[test]
    fn shares_and_counts() {
        assert_eq!(signed_percent(0.000_1), "0.0 %");
        assert_eq!(signed_percent(-0.031), "−3.1 %");
        assert_eq!(signed_percent(0.5), "+50.0 %");
        assert_eq!(grouped(1_000_000), "1,000,000");
        assert_eq!(grouped(999), "999");
        assert_eq!(count(1, "connection", "connections"), "1 connection");
    }

    #[test]
    fn reading_them_back() {
        let close =
            |found: Option<f64>, wanted: f64| found.is_some_and(|found| (found - wanted).abs() <= wanted * 1e-9);
        assert!(close(read_seconds("100 ms", 1e-3), 0.1));
        assert!(close(read_seconds("0.1s", 1e-3), 0.1));
        assert!(close(read_seconds("100", 1e-3), 0.1));
        assert!(close(read_seconds("310 µs", 1e-3), 310e-6));
        assert_eq!(read_seconds("soon", 1e-3), None);
        assert!(close(read_bits_per_sec("10 Mb/s", 1e6), 10e6));
        assert!(close(read_bits_per_sec("1.54Mbps", 1e6), 1.54e6));
        assert!(close(read_bits_per_sec("56k", 1e6), 56e3));
        assert!(close(read_bits_per_sec("10", 1e6), 10e6));
        assert!(close(read_bits_per_sec("800 b/s", 1e6), 800.0));
        assert_eq!(read_bits_per_sec("unlimited", 1e6), Some(f64::INFINITY));
        assert_eq!(read_bits_per_sec("10 parsec", 1e6), None);
        assert!(close(read_octets("100 kB"), 100e3));
        assert!(close(read_octets("512"), 512.0));
        assert!(close(read_percent("1 %"), 0.01));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".*") {
            let _ = (read_seconds(&text, 1.0), read_bits_per_sec(&text, 1.0), read_octets(&text), read_percent(&text));
        }

        #[test]
        fn what_is_written_reads_back_to_three_digits(millis in 1_u32..1_000_000) {
            let secs = f64::from(millis) / 1e3;
            let read = read_seconds(&brief_seconds(secs), 1.0).unwrap();
            prop_assert!((read - secs).abs() <= secs * 0.01);
        }
    }
}
