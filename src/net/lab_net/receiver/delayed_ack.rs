//! When a receiver acknowledges (RFC 1122 §4.2.3.2, RFC 5681 §4.2, and what Linux makes of them).
//!
//! Two full segments are acknowledged at once, one alone after a while, unless a segment of the receiver's own carries the
//! acknowledgement. What is out of order, or fills a gap, is acknowledged at once. A connection begins with quick acknowledgements,
//! one for each segment, since a sender in slow start waits for them; they go on as long as the receive window grows. An end that
//! answers what has just come is *interactive*, and its answers are the acknowledgements, until one fails to come in time.

use super::super::{Nanos, alarm::Alarm, round_trip::MILLIS, since};

/// The shortest wait, and the longest.
const LEAST_WAIT: Nanos = 40 * MILLIS;
const GREATEST_WAIT: Nanos = 200 * MILLIS;
/// The longest wait for a full segment more.
const GREATEST_WAIT_FOR_FULL: Nanos = 500 * MILLIS;
/// Quick acknowledgements at the beginning, at most.
const MOST_QUICK: u32 = 16;
/// Before a larger segment has come, this counts as a full one (RFC 9293 §3.7.1).
const DEFAULT_FULL: u64 = 536;

/// What a receiver knows of its acknowledgements.
#[derive(Debug)]
pub(in super::super) struct DelayedAck {
    pub(in super::super) alarm: Alarm,
    /// Something has come that is not acknowledged.
    is_owed: bool,
    /// How many quick acknowledgements are left.
    quick: u32,
    /// This end has answered what had just come.
    is_interactive: bool,
    /// How long to wait; follows the times between segments. `None` before the first.
    wait: Option<Nanos>,
    came_at: Nanos,
    /// Octets of a full segment of this peer's.
    full: u64,
    last_small: u64,
    /// Segments that were not full, since the last acknowledgement.
    small: u32,
    /// Everything before is acknowledged.
    acked: u64,
}

/// When an acknowledgement is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum AckTiming {
    Now,
    /// When the alarm expires.
    Delayed,
}

/// How a segment came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum ArrivalOrder {
    /// As the next one.
    InOrder,
    /// As the next one, and everything that was missing is here now.
    FillingGap,
    /// One before it is missing.
    OutOfOrder,
    /// It has come before.
    Duplicate,
}

/// What the receiver's own sender knows, where there is anything it knows.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct SenderTiming {
    pub(in super::super) smoothed_rtt: Option<Nanos>,
    pub(in super::super) time_out: Nanos,
}

impl Default for DelayedAck {
    fn default() -> Self {
        Self {
            alarm: Alarm::default(),
            is_owed: false,
            quick: 0,
            is_interactive: false,
            wait: None,
            came_at: 0,
            full: DEFAULT_FULL,
            last_small: 0,
            small: 0,
            acked: 0,
        }
    }
}

impl DelayedAck {
    /// The connection is open.
    pub(in super::super) fn opened(&mut self, now: Nanos) {
        self.came_at = now;
    }

    /// Everything before is acknowledged.
    pub(in super::super) fn acked(&self) -> u64 {
        self.acked
    }

    /// Octets of a full segment of the peer's, as far as is known.
    pub(in super::super) fn full_segment(&self) -> u64 {
        self.full
    }

    /// A segment of `len` octets has come. `window_grew`: the receive window is larger for it, so that the sender may go faster.
    pub(in super::super) fn received(
        &mut self,
        len: u64,
        came: ArrivalOrder,
        window_grew: bool,
        times: SenderTiming,
        now: Nanos,
    ) {
        self.is_owed = true;
        match came {
            ArrivalOrder::InOrder | ArrivalOrder::FillingGap if len > 0 => self.keep_time(len, times, now),
            ArrivalOrder::Duplicate => {
                self.be_quick();
                (self.is_interactive, self.wait) = (false, Some(LEAST_WAIT));
            }
            ArrivalOrder::InOrder | ArrivalOrder::FillingGap | ArrivalOrder::OutOfOrder => {}
        }
        if window_grew {
            self.quick |= 1;
        }
    }

    /// The peer has closed: nothing more will come, and an answer may.
    pub(in super::super) fn received_fin(&mut self) {
        self.is_owed = true;
        self.is_interactive = true;
    }

    fn keep_time(&mut self, len: u64, times: SenderTiming, now: Nanos) {
        let last_small = std::mem::take(&mut self.last_small);
        if len >= self.full {
            self.full = len;
        } else if len >= DEFAULT_FULL && len == last_small {
            // The peer's segments are smaller than was thought.
            (self.full, self.last_small) = (len, len);
        } else {
            self.last_small = if len >= DEFAULT_FULL { len } else { 0 };
            self.small += 1;
        }
        let gap = since(std::mem::replace(&mut self.came_at, now), now);
        self.wait = Some(match self.wait {
            None => {
                self.be_quick();
                LEAST_WAIT
            }
            Some(wait) if gap <= LEAST_WAIT / 2 => wait / 2 + LEAST_WAIT / 2,
            Some(wait) if gap < wait => (wait / 2 + gap).min(times.time_out),
            Some(wait) => {
                if gap > times.time_out {
                    // The sender may have begun again with a small window.
                    self.be_quick();
                }
                wait
            }
        });
    }

    fn be_quick(&mut self) {
        self.quick = self.quick.max(MOST_QUICK);
    }

    /// When to acknowledge what has come. The next octet expected is at `expected`.
    pub(in super::super) fn when(
        &mut self,
        came: ArrivalOrder,
        expected: u64,
        times: SenderTiming,
        now: Nanos,
    ) -> AckTiming {
        let is_quick = self.quick > 0 && !self.is_interactive;
        if came != ArrivalOrder::InOrder || is_quick || expected - self.acked > self.full {
            return AckTiming::Now;
        }
        let wait = self.wait_for(times);
        if let Some(already) = self.alarm.expires_at() {
            if already <= now + wait / 4 {
                return AckTiming::Now;
            }
            self.alarm.set(already.min(now + wait));
        } else {
            self.alarm.set(now + wait);
        }
        AckTiming::Delayed
    }

    fn wait_for(&self, times: SenderTiming) -> Nanos {
        let wait = self.wait.unwrap_or(LEAST_WAIT);
        if wait <= LEAST_WAIT {
            return wait;
        }
        let is_last = self.is_interactive || self.small > 0;
        let greatest = if is_last { GREATEST_WAIT } else { GREATEST_WAIT_FOR_FULL };
        let greatest = times.smoothed_rtt.map_or(greatest, |rtt| greatest.min(rtt.max(LEAST_WAIT)));
        wait.min(greatest).min(GREATEST_WAIT)
    }

    /// The application has read. Is an acknowledgement due now? `is_drained`: it has read everything.
    pub(in super::super) fn is_due_after_reading(&self, expected: u64, is_drained: bool) -> bool {
        let ends_small = self.small > 1 || (self.small == 1 && !self.is_interactive);
        self.is_owed && (expected - self.acked > self.full || (ends_small && is_drained))
    }

    /// The alarm has expired. Is an acknowledgement due?
    pub(in super::super) fn is_due_after_waiting(&mut self, times: SenderTiming) -> bool {
        if !self.is_owed {
            return false;
        }
        if self.is_interactive {
            // No answer came in time.
            (self.is_interactive, self.wait) = (false, Some(LEAST_WAIT));
        } else {
            self.wait = self.wait.map(|wait| (wait * 2).min(times.time_out));
        }
        true
    }

    /// A segment with octets of this end's leaves.
    pub(in super::super) fn data_sent(&mut self, now: Nanos) {
        self.is_interactive |= self.wait.is_some_and(|wait| since(self.came_at, now) < wait);
    }

    /// An acknowledgement leaves, alone or with octets: everything before `expected` is acknowledged.
    pub(in super::super) fn acknowledged(&mut self, expected: u64) {
        self.acked = expected;
        if self.is_owed && self.quick > 0 {
            self.quick -= 1;
            if self.quick == 0 {
                self.wait = Some(LEAST_WAIT);
            }
        }
        (self.is_owed, self.small) = (false, 0);
        self.alarm.clear();
    }
}

#[cfg(test)]
mod an_acknowledgement {
    use super::*;

    const TIMES: SenderTiming = SenderTiming { smoothed_rtt: Some(100 * MILLIS), time_out: 300 * MILLIS };

    /// A receiver whose quick acknowledgements are used up, everything before the position returned being acknowledged.
    fn after_the_quick_ones() -> (DelayedAck, u64, Nanos) {
        let (mut ack, mut expected, mut now) = (DelayedAck::default(), 0, 0);
        for _ in 0..MOST_QUICK {
            (expected, now) = (expected + 1_460, now + MILLIS);
            ack.received(1_460, ArrivalOrder::InOrder, false, TIMES, now);
            assert_eq!(ack.when(ArrivalOrder::InOrder, expected, TIMES, now), AckTiming::Now);
            ack.acknowledged(expected);
        }
        (ack, expected, now)
    }

    #[test]
    fn comes_at_once_for_each_of_the_first_sixteen_and_then_for_every_second() {
        let (mut ack, mut expected, mut now) = after_the_quick_ones();
        for when in [AckTiming::Delayed, AckTiming::Now, AckTiming::Delayed, AckTiming::Now] {
            (expected, now) = (expected + 1_460, now + MILLIS);
            ack.received(1_460, ArrivalOrder::InOrder, false, TIMES, now);
            assert_eq!(ack.when(ArrivalOrder::InOrder, expected, TIMES, now), when);
            if when == AckTiming::Now {
                ack.acknowledged(expected);
            }
        }
    }

    #[test]
    fn for_one_segment_alone_waits_40_ms() {
        let (mut ack, expected, now) = after_the_quick_ones();
        ack.received(1_460, ArrivalOrder::InOrder, false, TIMES, now);
        assert_eq!(ack.when(ArrivalOrder::InOrder, expected + 1_460, TIMES, now), AckTiming::Delayed);
        assert_eq!(ack.alarm.expires_at(), Some(now + 40 * MILLIS));
        assert!(ack.is_due_after_waiting(TIMES));
        ack.acknowledged(expected + 1_460);
        assert!(!ack.is_due_after_waiting(TIMES), "nothing is owed any more");
    }

    #[test]
    fn of_a_small_last_segment_comes_when_it_has_been_read() {
        let (mut ack, expected, now) = after_the_quick_ones();
        ack.received(100, ArrivalOrder::InOrder, false, TIMES, now);
        assert_eq!(ack.when(ArrivalOrder::InOrder, expected + 100, TIMES, now), AckTiming::Delayed);
        assert!(!ack.is_due_after_reading(expected + 100, false));
        assert!(ack.is_due_after_reading(expected + 100, true));
    }

    #[test]
    fn of_what_is_early_twice_or_fills_a_gap_comes_at_once() {
        for came in [ArrivalOrder::OutOfOrder, ArrivalOrder::Duplicate, ArrivalOrder::FillingGap] {
            let (mut ack, expected, now) = after_the_quick_ones();
            ack.received(1_460, came, false, TIMES, now);
            assert_eq!(ack.when(came, expected, TIMES, now), AckTiming::Now, "{came:?}");
        }
    }

    #[test]
    fn goes_with_the_answer_where_one_came_in_time_before() {
        let (mut ack, mut expected, mut now) = (DelayedAck::default(), 0, 0);
        ack.opened(0);
        ack.data_sent(0);
        for (turn, when) in [AckTiming::Now, AckTiming::Delayed, AckTiming::Delayed].into_iter().enumerate() {
            (expected, now) = (expected + 300, now + 100 * MILLIS);
            ack.received(300, ArrivalOrder::InOrder, false, TIMES, now);
            assert_eq!(ack.when(ArrivalOrder::InOrder, expected, TIMES, now), when, "turn {turn}");
            ack.data_sent(now + MILLIS);
            ack.acknowledged(expected);
        }
        ack.received(300, ArrivalOrder::InOrder, false, TIMES, now);
        assert!(ack.is_due_after_waiting(TIMES), "this time no answer came");
        ack.acknowledged(expected + 300);
        ack.received(300, ArrivalOrder::InOrder, false, TIMES, now);
        assert_eq!(ack.when(ArrivalOrder::InOrder, expected + 600, TIMES, now), AckTiming::Now);
    }

    #[test]
    fn stays_quick_while_the_window_grows() {
        let (mut ack, mut expected, mut now) = after_the_quick_ones();
        for _ in 0..20 {
            (expected, now) = (expected + 1_460, now + MILLIS);
            ack.received(1_460, ArrivalOrder::InOrder, true, TIMES, now);
            assert_eq!(ack.when(ArrivalOrder::InOrder, expected, TIMES, now), AckTiming::Now);
            ack.acknowledged(expected);
        }
    }
}
