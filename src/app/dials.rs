//! Numbers as sliders have them (`f64`, infinite for unlimited), shown and read back with a unit for who typed none. How quantities
//! are written is [`units`]'s matter.

use std::time::Duration;

use crate::{net::Rate, wire::units};

/// A time in seconds as a control shows it: `30 ms`, `2 s`.
pub fn brief_seconds(secs: f64) -> String {
    Duration::try_from_secs_f64(secs).map_or_else(|_| units::seconds(secs), units::brief_time)
}

/// A rate in bits per second; infinite is `unlimited`.
pub fn bits_per_sec(bits: f64) -> String {
    Rate(bits.is_finite().then(|| whole(bits))).to_string()
}

/// A size in octets that a slider gives.
pub fn octets_of(count: f64) -> String {
    units::octets(whole(count))
}

/// The nearest whole number; 0 for what is negative or no number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, which is what is said")]
pub fn whole(value: f64) -> u64 {
    value.round() as u64
}

/// 1, 2 or 5 times a power of ten, and no less than `least`: the step between an axis' marks.
pub fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= least).unwrap_or(power)
}

/// Reads a time in seconds: `100 ms`, `0.1s`; a bare number is milliseconds.
pub fn read_seconds(text: &str) -> Option<f64> {
    units::read_time(&with_unit(text, "ms")).ok().map(|span| span.as_secs_f64())
}

/// Reads a rate in bits per second: `10 Mb/s`, `56k`, `unlimited` (infinite); a bare number is Mb/s.
pub fn read_bits_per_sec(text: &str) -> Option<f64> {
    let bits = units::read_rate(&with_unit(text, "Mb/s")).ok()?;
    Some(bits.map_or(f64::INFINITY, |bits| bits as f64))
}

/// Reads a size in octets: `100 kB`, `512`.
pub fn read_octets(text: &str) -> Option<f64> {
    units::read_octets(text).ok().map(|octets| octets as f64)
}

/// Reads a share: `1 %`; a bare number is percent.
pub fn read_share(text: &str) -> Option<f64> {
    units::read_share(&with_unit(text, "%")).ok()
}

fn with_unit(text: &str, unit: &str) -> String {
    let text = text.trim();
    if text.parse::<f64>().is_ok_and(f64::is_finite) { format!("{text} {unit}") } else { text.to_owned() }
}

#[cfg(test)]
mod numbers_in_controls {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn have_no_trailing_zeros() {
        for (secs, text) in [(0.03, "30 ms"), (2.0, "2 s"), (0.0821, "82.1 ms"), (0.0, "0 s"), (1.25, "1.25 s")] {
            assert_eq!(brief_seconds(secs), text);
        }
        assert_eq!(bits_per_sec(1_540_000.0), "1.54 Mb/s");
        assert_eq!(bits_per_sec(f64::INFINITY), "unlimited");
        assert_eq!(octets_of(12_500.0), "12.5 kB");
        assert_eq!(whole(f64::NAN), 0);
    }

    #[test]
    fn are_read_with_the_unit_the_control_has() {
        assert_eq!(read_seconds("100"), Some(0.1));
        assert_eq!(read_seconds("0.1s"), Some(0.1));
        assert_eq!(read_seconds("soon"), None);
        assert_eq!(read_bits_per_sec("10"), Some(10e6));
        assert_eq!(read_bits_per_sec("56k"), Some(56e3));
        assert_eq!(read_bits_per_sec("unlimited"), Some(f64::INFINITY));
        assert_eq!(read_octets("100 kB"), Some(100e3));
        assert_eq!(read_share("1"), Some(0.01));
    }

    proptest! {
        #[test]
        fn of_any_text_are_read_without_panic(text in ".*") {
            let read = [read_seconds(&text), read_bits_per_sec(&text), read_octets(&text), read_share(&text)];
            prop_assert!(read.into_iter().flatten().all(|number| number >= 0.0));
        }

        #[test]
        fn as_written_read_back_to_three_digits(millis in 1_u32..1_000_000) {
            let secs = f64::from(millis) / 1e3;
            let read = read_seconds(&brief_seconds(secs)).unwrap();
            prop_assert!((read - secs).abs() <= secs * 0.01);
        }
    }
}
