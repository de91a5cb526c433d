//! `HyStart`: slow start ends before anything is lost, when the path shows that it is full (Ha and Rhee 2011, as Linux has it; RFC 9406
//! describes its successor, `HyStart++`, which keeps the second of the two signs).
//!
//! 1. The acknowledgements of a round come in one train that is as long as half the shortest round trip: so much is on its way that
//!    the path forward is full.
//! 2. The shortest round trip of this round's first acknowledgements is longer than the shortest ever by an eighth: a queue grows.

use super::{Nanos, Outstanding, since};

const MILLIS: Nanos = 1_000_000;
/// Below this window slow start goes on anyway.
const LEAST_WINDOW: u32 = 16;
/// Acknowledgements this close to each other are one train.
const TRAIN_GAP: Nanos = 2 * MILLIS;
/// What a train may be longer, for segments and acknowledgements that hosts gather.
const TRAIN_SLACK: Nanos = MILLIS;
/// Round trips of a round that are looked at.
const SAMPLES: u32 = 8;
/// The longer delay that counts, an eighth of the shortest, is within these bounds (RFC 9406 §4.3).
const LEAST_RISE: Nanos = 4 * MILLIS;
const GREATEST_RISE: Nanos = 16 * MILLIS;

#[derive(Debug, Default)]
pub(super) struct HyStart {
    is_done: bool,
    /// The shortest round trip of the connection.
    least_delay: Option<Nanos>,
    round_begun: Nanos,
    /// The round ends when more than this is acknowledged.
    round_ends: u64,
    /// The last acknowledgement of the train.
    train_at: Nanos,
    /// The shortest round trip of this round, and how many have been looked at.
    least_of_round: Option<Nanos>,
    samples: u32,
}

impl HyStart {
    /// Begins again, at the position `next`.
    pub(super) fn from(next: u64, now: Nanos) -> Self {
        Self { round_begun: now, train_at: now, round_ends: next, ..Self::default() }
    }

    pub(super) fn least_delay(&self) -> Option<Nanos> {
        self.least_delay
    }

    /// A round trip took `rtt`. Is slow start to end at the window given?
    pub(super) fn measured(&mut self, rtt: Nanos, window: Option<u32>, outstanding: Outstanding, now: Nanos) -> bool {
        let least_delay = self.least_delay.map_or(rtt, |least| least.min(rtt));
        self.least_delay = Some(least_delay);
        let Some(window) = window.filter(|_| !self.is_done) else { return false };
        if outstanding.acked > self.round_ends {
            (self.round_begun, self.train_at, self.round_ends) = (now, now, outstanding.next);
            (self.least_of_round, self.samples) = (None, 0);
        }
        if window < LEAST_WINDOW {
            return false;
        }
        self.is_done = self.is_train_long(least_delay, now) | self.is_delay_long(rtt, least_delay);
        self.is_done
    }

    fn is_train_long(&mut self, least_delay: Nanos, now: Nanos) -> bool {
        if since(self.train_at, now) > TRAIN_GAP {
            return false;
        }
        self.train_at = now;
        since(self.round_begun, now) > least_delay.midpoint(TRAIN_SLACK)
    }

    fn is_delay_long(&mut self, rtt: Nanos, least_delay: Nanos) -> bool {
        let least = self.least_of_round.map_or(rtt, |least| least.min(rtt));
        self.least_of_round = Some(least);
        if self.samples < SAMPLES {
            self.samples += 1;
            return false;
        }
        least > least_delay + (least_delay / 8).clamp(LEAST_RISE, GREATEST_RISE)
    }
}

#[cfg(test)]
mod slow_start {
    use super::*;

    /// The acknowledgement at which slow start ends, of a round of 40 that come `gap` apart after round trips of `rtt`.
    fn ends_at(gap: Nanos, rtt: impl Fn(u64) -> Nanos) -> Option<u64> {
        let mut hystart = HyStart::default();
        hystart.measured(40 * MILLIS, Some(10), Outstanding { segments: 10, acked: 0, next: 10 }, 0);
        (1..=40).find(|number| {
            let outstanding = Outstanding { segments: 20, acked: 10 + number, next: 100 };
            hystart.measured(rtt(*number), Some(20), outstanding, 40 * MILLIS + number * gap)
        })
    }

    #[test]
    fn ends_when_a_train_of_acknowledgements_is_half_a_round_trip_long() {
        assert_eq!(ends_at(MILLIS, |_| 40 * MILLIS), Some(22), "21 ms after the first, more than (40 + 1)/2");
        assert_eq!(ends_at(3 * MILLIS, |_| 40 * MILLIS), None, "they are no train");
    }

    #[test]
    fn ends_when_every_round_trip_of_a_round_is_an_eighth_longer() {
        assert_eq!(ends_at(3 * MILLIS, |_| 46 * MILLIS), Some(9));
        assert_eq!(ends_at(3 * MILLIS, |_| 44 * MILLIS), None);
        let one_is_short = |number| if number == 3 { 40 * MILLIS } else { 60 * MILLIS };
        assert_eq!(ends_at(3 * MILLIS, one_is_short), None);
    }

    #[test]
    fn goes_on_below_sixteen_segments() {
        let mut hystart = HyStart::default();
        let outstanding = |acked| Outstanding { segments: 10, acked, next: 100 };
        assert!((1..100).all(|acked| !hystart.measured(
            (40 + acked) * MILLIS,
            Some(15),
            outstanding(acked),
            acked * MILLIS
        )));
    }
}
