//! How fast a realistic sender may go and how long it waits for an acknowledgement: pure arithmetic, no packets.
//!
//! Slow start and congestion avoidance as RFC 5681 (Reno; today's default on Linux, CUBIC, differs on long fat paths), initial window
//! RFC 6928, idle restart RFC 5681 §4.1, retransmission timer RFC 6298.

use super::{MSS, Nanos};

/// RFC 6928 §2.
pub(super) const INITIAL_WINDOW: u64 = 10 * MSS;
const LEAST_THRESHOLD: u64 = 2 * MSS;

/// The congestion window, in octets.
#[derive(Debug)]
pub(super) struct Congestion {
    window: u64,
    threshold: u64,
    /// Octets acknowledged in congestion avoidance that have not yet made the window grow.
    credit: u64,
    /// The most that was on its way in this round of the window, and the position at which the round ends.
    peak: u64,
    round_ends: u64,
}

impl Default for Congestion {
    fn default() -> Self {
        Self { window: INITIAL_WINDOW, threshold: u64::MAX, credit: 0, peak: 0, round_ends: 0 }
    }
}

impl Congestion {
    pub(super) fn window(&self) -> u64 {
        self.window
    }

    fn is_slow_start(&self) -> bool {
        self.window < self.threshold
    }

    /// After sending: `in_flight` octets are on their way, `acked` is acknowledged, `next` is the next position.
    pub(super) fn sent(&mut self, in_flight: u64, acked: u64, next: u64) {
        if in_flight > self.peak || acked >= self.round_ends {
            self.peak = in_flight;
            self.round_ends = next;
        }
    }

    /// New octets were acknowledged. A window that is not used does not grow (RFC 7661 §4.3; as Linux does it: in slow start
    /// half of it must have been used).
    pub(super) fn acked(&mut self, octets: u64) {
        if self.is_slow_start() {
            if self.window < 2 * self.peak {
                self.window = (self.window + octets).min(self.threshold);
            }
        } else if self.window < self.peak + MSS {
            self.credit += octets;
            if self.credit >= self.window {
                self.credit -= self.window;
                self.window += MSS;
            }
        }
    }

    /// Loss was seen by duplicate acknowledgements while `in_flight` octets were unacknowledged.
    pub(super) fn halve(&mut self, in_flight: u64) {
        self.threshold = (in_flight / 2).max(LEAST_THRESHOLD);
        self.window = self.threshold;
        self.credit = 0;
    }

    /// The retransmission timer expired; `first`: for the first time for this segment.
    pub(super) fn collapse(&mut self, in_flight: u64, first: bool) {
        if first {
            self.threshold = (in_flight / 2).max(LEAST_THRESHOLD);
        }
        self.window = MSS;
        self.credit = 0;
    }

    /// Nothing was sent for longer than the retransmission time-out.
    pub(super) fn restart_after_idle(&mut self) {
        self.window = self.window.min(INITIAL_WINDOW);
    }

    /// The SYN or the SYN-ACK had to be sent again: begin with one segment (RFC 5681 §3.1).
    pub(super) fn begin_small(&mut self) {
        self.window = MSS;
    }
}

const MILLIS: Nanos = 1_000_000;
const INITIAL_RTO: Nanos = 1_000 * MILLIS;
/// The time-out is at least this much above the smoothed round-trip time, as on Linux: RFC 6298 asks for a second in all.
const LEAST_VARIATION: Nanos = 200 * MILLIS;
/// RFC 6298 §2.5 allows any from 60 seconds on; Linux has this.
const GREATEST_RTO: Nanos = 120_000 * MILLIS;
/// After a lost SYN, RFC 6298 §5.7.
const RTO_AFTER_LOST_SYN: Nanos = 3_000 * MILLIS;

/// The retransmission time-out, in nanoseconds.
#[derive(Debug)]
pub(super) struct Timeout {
    /// Smoothed round-trip time and its variation.
    estimate: Option<(Nanos, Nanos)>,
    rto: Nanos,
    /// How often it has been doubled since a round trip was measured (RFC 6298 §5.5): new data being acknowledged does not undo
    /// this, only a measurement does (Karn's algorithm), or a path slower than the time-out would be sent everything twice.
    doublings: u32,
    /// How often it has expired since anything was acknowledged.
    expiries: u32,
}

impl Default for Timeout {
    fn default() -> Self {
        Self { estimate: None, rto: INITIAL_RTO, doublings: 0, expiries: 0 }
    }
}

impl Timeout {
    pub(super) fn rto(&self) -> Nanos {
        self.rto.saturating_mul(1 << self.doublings.min(16)).min(GREATEST_RTO.max(self.rto))
    }

    /// A round trip took `rtt`; never of a segment sent twice (Karn, RFC 6298 §3).
    pub(super) fn measured(&mut self, rtt: Nanos) {
        let (smoothed, variation) = match self.estimate {
            None => (rtt, rtt / 2),
            Some((smoothed, variation)) => ((smoothed * 7 + rtt) / 8, (variation * 3 + smoothed.abs_diff(rtt)) / 4),
        };
        self.estimate = Some((smoothed, variation));
        self.rto = smoothed + (variation * 4).max(LEAST_VARIATION);
        self.doublings = 0;
    }

    pub(super) fn syn_was_lost(&mut self) {
        self.rto = RTO_AFTER_LOST_SYN;
        (self.doublings, self.expiries) = (0, 0);
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_start_doubles_each_round_and_avoidance_adds_one_segment() {
        let mut congestion = Congestion::default();
        congestion.sent(INITIAL_WINDOW, 0, INITIAL_WINDOW);
        (0..10).for_each(|_| congestion.acked(MSS));
        assert_eq!(congestion.window(), 2 * INITIAL_WINDOW);
        congestion.halve(2 * INITIAL_WINDOW);
        assert_eq!(congestion.window(), INITIAL_WINDOW);
        congestion.sent(INITIAL_WINDOW, INITIAL_WINDOW, 2 * INITIAL_WINDOW);
        (0..10).for_each(|_| congestion.acked(MSS));
        assert_eq!(congestion.window(), INITIAL_WINDOW + MSS);
    }

    #[test]
    fn a_window_that_is_not_used_does_not_grow() {
        let mut congestion = Congestion::default();
        congestion.sent(3 * MSS, 0, 3 * MSS);
        (0..100).for_each(|_| congestion.acked(MSS));
        assert_eq!(congestion.window(), INITIAL_WINDOW);
    }

    #[test]
    fn a_timer_that_expired_leaves_one_segment_and_half_the_flight_as_threshold() {
        let mut congestion = Congestion::default();
        congestion.collapse(20 * MSS, true);
        assert_eq!((congestion.window(), congestion.threshold), (MSS, 10 * MSS));
        congestion.collapse(MSS, false);
        assert_eq!(congestion.threshold, 10 * MSS);
    }

    #[test]
    fn the_time_out_follows_the_round_trip_time() {
        let mut timeout = Timeout::default();
        assert_eq!(timeout.rto(), INITIAL_RTO);
        timeout.measured(100 * MILLIS);
        // RFC 6298 §2.2: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4·RTTVAR.
        assert_eq!(timeout.rto(), 300 * MILLIS);
        // §2.3: RTTVAR = 3/4·50 + 1/4·100, SRTT = 7/8·100 + 1/8·200.
        timeout.measured(200 * MILLIS);
        assert_eq!(timeout.rto(), 112_500_000 + 4 * 62_500_000);
        (0..100).for_each(|_| timeout.measured(100 * MILLIS));
        assert!(timeout.rto() >= 299 * MILLIS && timeout.rto() <= 301 * MILLIS, "{}", timeout.rto());
        timeout.back_off();
        timeout.back_off();
        assert!(timeout.rto() > 1_190 * MILLIS);
        timeout.progress();
        assert!(timeout.rto() > 1_190 * MILLIS, "only a measurement undoes the doubling");
        timeout.measured(100 * MILLIS);
        assert!(timeout.rto() <= 301 * MILLIS);
    }
}
