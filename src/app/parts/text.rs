//! Lines and steps of time as the pictures need them: dashed, exact.

use std::time::Duration;

use egui::{Color32, Painter, Rangef, Shape, Stroke, pos2};

use crate::wire::units;

/// A dashed vertical line.
pub(super) fn dashed_vline(painter: &Painter, x: f32, y: Rangef, colour: Color32) {
    let points = [pos2(x, y.min), pos2(x, y.max)];
    painter.extend(Shape::dashed_line(&points, Stroke::new(1.0, colour), 4.0, 3.0));
}

/// A time as it is compared with others: `1.043 s`, `721.4 ms`, `59.2 µs`.
pub(super) fn moment(at: Duration) -> String {
    if (TENTHS..Duration::from_secs(1)).contains(&at) {
        format!("{:.1} ms", at.as_secs_f64() * 1e3)
    } else {
        units::time(at)
    }
}

/// What stands at a tick of a time axis with so much time between two ticks: `0 s`, `50 ms`, `1 s`, `1.5 s`; digits as the step
/// needs them.
pub(super) fn tick(at: Duration, step: Duration) -> String {
    let nanos = at.as_nanos();
    let (unit, word) = match nanos {
        0 => return "0 s".to_owned(),
        1_000_000_000.. => (1_000_000_000, "s"),
        1_000_000.. => (1_000_000, "ms"),
        1_000.. => (1_000, "µs"),
        _ => (1, "ns"),
    };
    let fits = |decimals: &u32| (step.as_nanos() * 10_u128.pow(*decimals)).is_multiple_of(unit);
    let decimals = (0..=9).find(fits).unwrap_or(9) as usize;
    let words = format!("{:.decimals$}", nanos as f64 / unit as f64);
    let words = if decimals > 0 { words.trim_end_matches('0').trim_end_matches('.') } else { &words };
    format!("{words} {word}")
}

/// 1, 2 or 5 times a power of ten nanoseconds, and no less than `least`.
pub(super) fn nice_step(least: Duration) -> Duration {
    let least = least.as_nanos().max(1);
    let power = 10_u128.pow(least.ilog10());
    let step = [1, 2, 5].into_iter().map(|digit| digit * power).find(|step| *step >= least).unwrap_or(power * 10);
    Duration::from_nanos(u64::try_from(step).unwrap_or(u64::MAX))
}

/// A moment to the microsecond: `210.118 ms`.
pub(super) fn precise(at: Duration) -> String {
    format!("{:.3} ms", at.as_secs_f64() * 1e3)
}

/// From here on a tenth of a millisecond is less than a hundredth of the time.
const TENTHS: Duration = Duration::from_millis(10);

#[cfg(test)]
mod times_in_pictures {
    use super::*;

    #[test]
    fn are_as_exact_as_can_be_read() {
        let text = |nanos| moment(Duration::from_nanos(nanos));
        assert_eq!(text(721_420_800), "721.4 ms");
        assert_eq!(text(1_042_636_000), "1.043 s");
        assert_eq!(text(5_256_000), "5.26 ms");
        assert_eq!(text(59_200), "59.2 µs");
        assert_eq!(text(0), "0 s");
    }

    #[test]
    fn have_no_more_digits_on_an_axis_than_its_step() {
        let text = |at, step| tick(Duration::from_micros(at), Duration::from_micros(step));
        assert_eq!(text(0, 500_000), "0 s");
        assert_eq!(text(1_000_000, 1_000_000), "1 s");
        assert_eq!(text(200_000_000, 50_000_000), "200 s");
        assert_eq!(text(1_500_000, 500_000), "1.5 s");
        assert_eq!(text(1_200_050, 50), "1.20005 s");
        assert_eq!(text(50_000, 50_000), "50 ms");
        assert_eq!(text(100, 20), "100 µs");
    }

    #[test]
    fn have_ticks_at_round_numbers() {
        let step = |nanos| nice_step(Duration::from_nanos(nanos)).as_nanos();
        assert_eq!([step(34), step(1), step(0), step(60_000_000), step(500)], [50, 1, 1, 100_000_000, 500]);
    }
}
