//! CUBIC (RFC 9438): after a reduction the window follows `C·(t − K)³ + W_max`, a cubic function of time that is flat around the
//! window at which the last loss was, and does not depend on the round-trip time.
//!
//! Times are whole milliseconds inside the function and windows whole segments, so that every machine computes the same. Where the
//! RFC leaves a choice, or Linux differs, it is as in Linux: those places say so.

use super::{Nanos, Outstanding, hystart::HyStart, since};

/// A reduction leaves 717/1024, 0.7 of the window (RFC 9438 §4.6).
const BETA: u32 = 717;
const BETA_SCALE: u32 = 1_024;
/// C = 0.4 segments a cubic second (RFC 9438 §5.1): cubic milliseconds for a segment.
const CUBIC_MILLIS_A_SEGMENT: u64 = 2_500_000_000;
/// Eighths of the window that must be acknowledged for the window Reno would have to grow by one: 1/α of RFC 9438 §4.3 with
/// α = 3·(1 − β)/(1 + β), in whole eighths.
const RENO_EIGHTHS: u32 = 15;
/// The function is computed again when the window has changed, or after this long (Linux; the RFC computes it at every
/// acknowledgement).
const SAME_FOR: Nanos = 31_250_000;
/// At least so many acknowledged segments make the window grow by one: it grows at most by half in a round trip (RFC 9438 §4.4).
const LEAST_PER_SEGMENT: u32 = 2;
/// Before any loss: by a twentieth in a round trip, at least (Linux).
const PER_SEGMENT_BEFORE_LOSS: u32 = 20;
/// Round trips this soon after a reduction say nothing of the path (Linux).
const NOT_MEASURED_FOR: Nanos = 1_000_000_000;
const NANOS_A_MILLI: Nanos = 1_000_000;

#[derive(Debug, Default)]
pub(super) struct Cubic {
    hystart: HyStart,
    /// `W_max`: the window at the last reduction; zero before any.
    greatest: u32,
    epoch: Option<Epoch>,
    /// For which window and when the function was last computed, and what came of it.
    computed: LastComputation,
}

/// Congestion avoidance since a reduction, or since the end of slow start.
#[derive(Clone, Copy, Debug)]
struct Epoch {
    begun: Nanos,
    /// K: from the beginning until the function is at its origin.
    origin_millis: u64,
    /// The window there.
    origin: u32,
    /// `W_est`: the window Reno would have by now, and the acknowledged segments it has not yet grown by.
    reno: u32,
    reno_credit: u32,
}

#[derive(Debug, Default)]
struct LastComputation {
    window: u32,
    at: Nanos,
    per_segment: u32,
}

impl Cubic {
    /// How many acknowledged segments make the window grow by one now. `acked` have just been.
    pub(super) fn acked_per_segment(&mut self, window: u32, acked: u32, now: Nanos) -> u32 {
        if let Some(epoch) = &mut self.epoch {
            epoch.reno_credit += acked;
            if self.computed.window == window && since(self.computed.at, now) <= SAME_FOR {
                return self.computed.per_segment;
            }
        }
        let mut epoch = self.epoch.unwrap_or_else(|| Epoch::new(window, self.greatest, acked, now));
        let millis = (since(epoch.begun, now) + self.hystart.least_delay().unwrap_or(0)) / NANOS_A_MILLI;
        let target = epoch.target(millis);
        let mut per_segment = match target.checked_sub(window) {
            Some(above) if above > 0 => window / above,
            _ => window.saturating_mul(100),
        };
        if self.greatest == 0 {
            per_segment = per_segment.min(PER_SEGMENT_BEFORE_LOSS);
        }
        epoch.grow_as_reno(window);
        if let Some(above) = epoch.reno.checked_sub(window).filter(|above| *above > 0) {
            per_segment = per_segment.min(window / above);
        }
        let per_segment = per_segment.max(LEAST_PER_SEGMENT);
        self.epoch = Some(epoch);
        self.computed = LastComputation { window, at: now, per_segment };
        per_segment
    }

    /// What a window is reduced to; the next function has its origin where this one was (RFC 9438 §4.6, §4.7: a window that did
    /// not reach the last origin again lets others have some of it).
    pub(super) fn reduced(&mut self, window: u32) -> u32 {
        self.epoch = None;
        self.greatest =
            if window < self.greatest { window.saturating_mul(BETA_SCALE + BETA) / (2 * BETA_SCALE) } else { window };
        window.saturating_mul(BETA) / BETA_SCALE
    }

    /// The retransmission timer has expired: the path may be another one (Linux; RFC 9438 §4.8 keeps `W_max`).
    pub(super) fn forget(&mut self, next: u64, now: Nanos) {
        *self = Self { hystart: HyStart::from(next, now), ..Self::default() };
    }

    /// The time in which nothing was on its way is not the function's (RFC 9438 §5.8).
    pub(super) fn sending_begins(&mut self, pause: Nanos, now: Nanos) {
        if let Some(epoch) = &mut self.epoch {
            epoch.begun = (epoch.begun + pause).min(now);
        }
    }

    /// A round trip took `rtt`. Is slow start, at the window given, to end? `None`: it is over already.
    pub(super) fn leaves_slow_start(
        &mut self,
        rtt: Nanos,
        window: Option<u32>,
        outstanding: Outstanding,
        now: Nanos,
    ) -> bool {
        let is_too_soon = self.epoch.is_some_and(|epoch| since(epoch.begun, now) < NOT_MEASURED_FOR);
        !is_too_soon && self.hystart.measured(rtt, window, outstanding, now)
    }
}

impl Epoch {
    fn new(window: u32, greatest: u32, acked: u32, now: Nanos) -> Self {
        let below = u64::from(greatest.saturating_sub(window));
        Self {
            begun: now,
            origin_millis: cube_root(below * CUBIC_MILLIS_A_SEGMENT),
            origin: greatest.max(window),
            reno: window,
            reno_credit: acked,
        }
    }

    /// The function's value `millis` after the beginning.
    fn target(&self, millis: u64) -> u32 {
        let distance = u128::from(millis.abs_diff(self.origin_millis));
        let segments = distance * distance * distance / u128::from(CUBIC_MILLIS_A_SEGMENT);
        let segments = u32::try_from(segments).unwrap_or(u32::MAX);
        if millis < self.origin_millis {
            self.origin.saturating_sub(segments)
        } else {
            self.origin.saturating_add(segments)
        }
    }

    fn grow_as_reno(&mut self, window: u32) {
        let per_segment = (window.saturating_mul(RENO_EIGHTHS) / 8).max(1);
        // Strictly more than that many, as in Linux.
        let grown = self.reno_credit.saturating_sub(1) / per_segment;
        self.reno = self.reno.saturating_add(grown);
        self.reno_credit -= grown * per_segment;
    }
}

/// The greatest whole number whose cube is not above `of`.
fn cube_root(of: u64) -> u64 {
    let (mut low, mut high) = (0_u64, 2_642_246_u64);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if u128::from(middle).pow(3) <= u128::from(of) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Nanos = 1_000_000_000;

    #[test]
    fn a_reduction_leaves_seven_tenths_and_a_second_one_gives_way() {
        let mut cubic = Cubic::default();
        assert_eq!((cubic.reduced(100), cubic.greatest), (70, 100));
        assert_eq!((cubic.reduced(80), cubic.greatest), (56, 68));
        assert_eq!((cubic.reduced(90), cubic.greatest), (63, 90));
    }

    #[test]
    fn the_window_is_where_it_was_after_k_seconds_and_flat_there() {
        // RFC 9438 §4.2: K = ∛((W_max − cwnd)/C) = ∛(30/0.4) = 4.217 s.
        let epoch = Epoch::new(70, 100, 1, 0);
        assert_eq!(epoch.origin_millis, 4_217);
        assert_eq!([epoch.target(0), epoch.target(4_217), epoch.target(2 * 4_217)], [71, 100, 129]);
        assert_eq!([epoch.target(3_217), epoch.target(5_217)], [100, 100]);
    }

    /// The window `secs` after a reduction from 100, with an acknowledgement each `rtt / window`.
    fn after(secs: u64, rtt: Nanos) -> u32 {
        let mut cubic = Cubic::default();
        let (mut window, mut credit, mut now) = (cubic.reduced(100), 0, 0);
        while now < secs * SECOND {
            let per_segment = cubic.acked_per_segment(window, 1, now);
            credit += 1;
            if credit >= per_segment {
                (window, credit) = (window + 1, 0);
            }
            now += rtt / Nanos::from(window);
        }
        window
    }

    #[test]
    fn growth_is_a_matter_of_time_on_long_paths_and_as_fast_as_reno_on_short_ones() {
        assert!((98..=101).contains(&after(4, SECOND / 10)), "{}", after(4, SECOND / 10));
        // 100 round trips in a second: Reno would have grown by α = 0.53 in each of them.
        let near = after(1, SECOND / 100);
        assert!((118..=126).contains(&near), "{near}");
    }

    proptest! {
        #[test]
        fn a_cube_root_is_the_greatest_that_is_not_too_great(of in any::<u64>()) {
            let root = cube_root(of);
            prop_assert!(u128::from(root).pow(3) <= u128::from(of));
            prop_assert!(u128::from(root + 1).pow(3) > u128::from(of));
        }
    }
}
