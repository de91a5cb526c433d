//! What a sender knows of the round-trip time, and how long it waits for an acknowledgement (RFC 6298).
//!
//! One difference from the RFC's formulas, as Linux has it: the variation follows the greatest deviation of a whole round trip,
//! not that of every acknowledgement. A flight of many segments is measured many times in one round trip, and gains of 1/8 and 1/4
//! at each of them would let the variation collapse within the flight (RFC 7323 §4.2 and appendix G say why).

use super::Nanos;

pub(super) const MILLIS: Nanos = 1_000_000;
/// Before anything has been measured (RFC 6298 §2.1).
const INITIAL_TIME_OUT: Nanos = 1_000 * MILLIS;
/// The time-out is at least this much above the smoothed round-trip time, as on Linux: RFC 6298 asks for a second in all.
pub(super) const LEAST_VARIATION: Nanos = 200 * MILLIS;
/// RFC 6298 §2.5 allows any from 60 seconds on; Linux has this.
const GREATEST_TIME_OUT: Nanos = 120_000 * MILLIS;
/// After a lost SYN, where its answer could not be measured (RFC 6298 §5.7).
const TIME_OUT_AFTER_LOST_SYN: Nanos = 3_000 * MILLIS;
/// More doublings than any connection lives through; a bound for the shift.
const MOST_DOUBLINGS: u32 = 16;

/// Estimates in nanoseconds.
#[derive(Debug)]
pub(super) struct RoundTrip {
    estimate: Option<Estimate>,
    time_out: Nanos,
    /// How often the time-out has been doubled since a round trip was measured (RFC 6298 §5.5): new data being acknowledged
    /// does not undo this, only a measurement does (Karn's algorithm), or a path slower than the time-out would be sent
    /// everything twice.
    doublings: u32,
    /// How often it has expired since anything was acknowledged.
    expiries: u32,
    minimum: Option<Nanos>,
}

#[derive(Clone, Copy, Debug)]
struct Estimate {
    smoothed: Nanos,
    /// Four times the mean deviation: what RFC 6298 calls 4·RTTVAR, before the greatest of a round is taken.
    deviation: Nanos,
    /// The greatest of this round.
    greatest: Nanos,
    /// What the time-out adds to the smoothed round-trip time.
    variation: Nanos,
    /// The round ends when more than this is acknowledged.
    round_ends: u64,
}

impl Default for RoundTrip {
    fn default() -> Self {
        Self { estimate: None, time_out: INITIAL_TIME_OUT, doublings: 0, expiries: 0, minimum: None }
    }
}

impl RoundTrip {
    /// How long to wait for an acknowledgement.
    pub(super) fn time_out(&self) -> Nanos {
        self.time_out.saturating_mul(1 << self.doublings.min(MOST_DOUBLINGS)).min(GREATEST_TIME_OUT.max(self.time_out))
    }

    /// SRTT; `None` before the first measurement.
    pub(super) fn smoothed(&self) -> Option<Nanos> {
        self.estimate.map(|estimate| estimate.smoothed)
    }

    /// The shortest round trip of the connection.
    pub(super) fn minimum(&self) -> Option<Nanos> {
        self.minimum
    }

    /// A round trip took `rtt`; never of a segment sent twice, unless a timestamp says which of the two was answered (Karn,
    /// RFC 6298 §3). Everything before `acked` is acknowledged, the next octet to be sent is `next`.
    pub(super) fn measured(&mut self, rtt: Nanos, acked: u64, next: u64) {
        let estimate = match self.estimate {
            None => {
                let variation = (rtt * 2).max(LEAST_VARIATION);
                Estimate { smoothed: rtt, deviation: rtt * 2, greatest: variation, variation, round_ends: next }
            }
            Some(estimate) => estimate.with(rtt, acked, next),
        };
        self.time_out = estimate.smoothed + estimate.variation;
        self.estimate = Some(estimate);
        self.doublings = 0;
    }

    /// The latest round trip, of the segment acknowledged last, took `rtt`.
    pub(super) fn observed(&mut self, rtt: Nanos) {
        self.minimum = Some(self.minimum.map_or(rtt, |minimum| minimum.min(rtt)));
    }

    /// The SYN or its answer was sent again, and nothing says which of them was answered.
    pub(super) fn syn_was_lost(&mut self) {
        self.time_out = TIME_OUT_AFTER_LOST_SYN;
        self.doublings = 0;
    }

    /// The time-out has expired (RFC 6298 §5.5).
    pub(super) fn back_off(&mut self) {
        self.doublings += 1;
        self.expiries += 1;
    }

    /// How often in a row it has expired.
    pub(super) fn expiries(&self) -> u32 {
        self.expiries
    }

    /// Something new was acknowledged.
    pub(super) fn progress(&mut self) {
        self.expiries = 0;
    }
}

impl Estimate {
    fn with(self, rtt: Nanos, acked: u64, next: u64) -> Self {
        let Self { smoothed, mut deviation, mut greatest, mut variation, mut round_ends } = self;
        let error = rtt.abs_diff(smoothed);
        let is_shorter = rtt < smoothed;
        let part = deviation / 4;
        deviation = if error >= part {
            // A round trip that is shorter than expected must not make the time-out much longer (Eifel, RFC 3522's authors).
            let more = error - part;
            deviation + if is_shorter { more / 8 } else { more }
        } else {
            deviation - (part - error)
        };
        if deviation > greatest {
            greatest = deviation;
            variation = variation.max(greatest);
        }
        if acked > round_ends {
            variation -= variation.saturating_sub(greatest) / 4;
            greatest = LEAST_VARIATION;
            round_ends = next;
        }
        let smoothed = if is_shorter { smoothed - error / 8 } else { smoothed + error / 8 };
        Self { smoothed, deviation, greatest, variation, round_ends }
    }
}

#[cfg(test)]
mod the_time_out {
    use super::*;

    #[test]
    fn is_a_second_before_anything_is_measured_and_three_after_a_lost_syn() {
        let mut trip = RoundTrip::default();
        assert_eq!(trip.time_out(), 1_000 * MILLIS);
        trip.back_off();
        assert_eq!(trip.time_out(), 2_000 * MILLIS);
        trip.syn_was_lost();
        assert_eq!(trip.time_out(), 3_000 * MILLIS);
    }

    #[test]
    fn is_three_times_the_first_round_trip_but_at_least_200_ms_above_it() {
        let mut trip = RoundTrip::default();
        // RFC 6298 §2.2: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4·RTTVAR.
        trip.measured(150 * MILLIS, 0, 1_000);
        assert_eq!(trip.time_out(), 450 * MILLIS);
        let mut near = RoundTrip::default();
        near.measured(20 * MILLIS, 0, 1_000);
        assert_eq!(near.time_out(), 220 * MILLIS);
    }

    #[test]
    fn does_not_collapse_within_a_flight() {
        // A queue grows: 100 segments of one flight are measured, each a little later than the one before.
        let mut trip = RoundTrip::default();
        trip.measured(100 * MILLIS, 0, 1_000);
        for number in 1..=100 {
            trip.measured((100 + 5 * number) * MILLIS, 0, 1_000);
        }
        // The formulas of RFC 6298 §2.3 at each of them would end at about 560 + 4·40 ms.
        let smoothed = trip.smoothed().unwrap();
        assert!((540 * MILLIS..570 * MILLIS).contains(&smoothed), "{smoothed}");
        assert!(trip.time_out() - smoothed >= 200 * MILLIS);
        // Nor do many equal ones take away what the round has shown: a quarter of the excess goes with each round.
        let before = trip.time_out() - trip.smoothed().unwrap();
        (0..100).for_each(|_| trip.measured(600 * MILLIS, 500, 1_000));
        assert!(trip.time_out() - trip.smoothed().unwrap() >= before);
        for round in 0..20 {
            trip.measured(600 * MILLIS, 2_000 + 2_000 * round, 3_000 + 2_000 * round);
        }
        let calm = trip.time_out() - trip.smoothed().unwrap();
        assert!((200 * MILLIS..202 * MILLIS).contains(&calm), "{calm}");
    }

    #[test]
    fn grows_little_when_round_trips_become_shorter() {
        let mut trip = RoundTrip::default();
        trip.measured(1_000 * MILLIS, 0, 1_000);
        (0..50).for_each(|_| trip.measured(1_000 * MILLIS, 0, 1_000));
        let before = trip.time_out();
        trip.measured(100 * MILLIS, 0, 1_000);
        assert!(trip.time_out() <= before, "{} after {before}", trip.time_out());
    }

    #[test]
    fn is_doubled_until_a_round_trip_is_measured() {
        let mut trip = RoundTrip::default();
        trip.measured(100 * MILLIS, 0, 1_000);
        trip.back_off();
        trip.back_off();
        assert_eq!((trip.time_out(), trip.expiries()), (1_200 * MILLIS, 2));
        trip.progress();
        assert_eq!((trip.time_out(), trip.expiries()), (1_200 * MILLIS, 0), "only a measurement undoes the doubling");
        trip.measured(100 * MILLIS, 500, 1_000);
        assert_eq!(trip.time_out(), 300 * MILLIS);
        (0..40).for_each(|_| trip.back_off());
        assert_eq!(trip.time_out(), 120_000 * MILLIS);
    }
}
