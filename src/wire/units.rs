//! Numbers as people read and write them: `1.204 s`, `82.1 ms`, `1.54 Mb/s`, `12.5 kB`. Every face uses these.
//!
//! k, M and G are powers of 1,000; Ki, Mi and Gi of 1,024. `b` is a bit, `B` an octet.

use std::time::Duration;

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

/// The same from seconds, negative ones included; `—` for what is no number.
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

/// A share: `1 %`, `0.5 %`, `12.5 %`. Three significant digits, no trailing zeros.
pub fn share(share: f64) -> String {
    format!("{} %", without_zeros(digits(share * 100.0)))
}

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
    let (scale, prefix) = match value {
        0..1_000 => return format!("{value} {unit}"),
        1_000..999_500 => (1e3, "k"),
        999_500..999_500_000 => (1e6, "M"),
        999_500_000..999_500_000_000 => (1e9, "G"),
        _ => (1e12, "T"),
    };
    format!("{} {prefix}{unit}", without_zeros(digits(value as f64 / scale)))
}

fn without_zeros(digits: String) -> String {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.').to_owned() } else { digits }
}
