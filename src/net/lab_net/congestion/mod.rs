//! How much a sender may have on its way: pure arithmetic in segments, no packets.
//!
//! Slow start, congestion avoidance and the reductions of Reno (RFC 5681) or CUBIC (RFC 9438), the initial window of RFC 6928, the
//! restart after idle times and the validation of a window that is not used (RFC 7661, as Linux does it).

mod cubic;
mod hystart;

use self::cubic::Cubic;
use super::{Nanos, TcpModel, since};

/// Segments in the first window (RFC 6928 §2).
pub(super) const INITIAL_WINDOW: u32 = 10;
/// RFC 5681 §3.1, equation 4.
const LEAST_THRESHOLD: u32 = 2;
/// No threshold yet: slow start goes on until something is lost.
pub(super) const NO_THRESHOLD: u32 = u32::MAX;

/// The congestion window and the slow start threshold, in segments.
#[derive(Debug)]
pub(super) struct Congestion {
    window: u32,
    threshold: u32,
    /// Segments acknowledged in congestion avoidance that have not yet made the window grow.
    credit: u32,
    algorithm: Algorithm,
    use_of_window: WindowUse,
}

#[derive(Debug)]
enum Algorithm {
    Reno,
    Cubic(Box<Cubic>),
}

/// How much of the window the application and the peer let the sender use.
#[derive(Debug, Default)]
struct WindowUse {
    /// The congestion window is what holds the sender back.
    is_limit: bool,
    /// The most segments that were unacknowledged in this round of the window, and the position at which the round ends.
    most: u32,
    round_ends: u64,
    /// The most since the window was last used up, and when that was.
    used: u32,
    used_up_at: Nanos,
}

/// What is on its way after something was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outstanding {
    /// Segments that are not acknowledged.
    pub(super) segments: u32,
    /// Everything before is acknowledged.
    pub(super) acked: u64,
    /// The next position.
    pub(super) next: u64,
}

impl Congestion {
    pub(super) fn new(tcp: TcpModel) -> Self {
        let algorithm = match tcp {
            TcpModel::Textbook | TcpModel::Realistic => Algorithm::Reno,
            TcpModel::Modern => Algorithm::Cubic(Box::default()),
        };
        Self {
            window: INITIAL_WINDOW,
            threshold: NO_THRESHOLD,
            credit: 0,
            algorithm,
            use_of_window: WindowUse::default(),
        }
    }

    /// Segments that may be on their way.
    pub(super) fn window(&self) -> u32 {
        self.window
    }

    pub(super) fn set_window(&mut self, window: u32) {
        self.window = window.max(1);
    }

    /// Below it the window grows as in slow start.
    pub(super) fn threshold(&self) -> u32 {
        self.threshold
    }

    fn is_slow_start(&self) -> bool {
        self.window < self.threshold
    }

    // ---- growing

    /// `delivered` segments have arrived and the first of them in order: the window grows, if it is what held the sender back.
    pub(super) fn acked(&mut self, delivered: u32, now: Nanos) {
        self.use_of_window.used_up_at = now;
        if !self.is_used() {
            return;
        }
        let rest = self.slow_start(delivered);
        if rest == 0 {
            return;
        }
        let per_segment = match &mut self.algorithm {
            Algorithm::Reno => self.window,
            Algorithm::Cubic(cubic) => cubic.acked_per_segment(self.window, rest, now),
        };
        self.avoid_congestion(per_segment.max(1), rest);
    }

    /// Grows by a segment for each that was acknowledged, up to the threshold. Returns how many are left.
    fn slow_start(&mut self, acked: u32) -> u32 {
        if !self.is_slow_start() {
            return acked;
        }
        let window = self.window.saturating_add(acked).min(self.threshold);
        let rest = acked - (window - self.window);
        self.window = window;
        rest
    }

    /// Grows by a segment for each `per_segment` that were acknowledged.
    fn avoid_congestion(&mut self, per_segment: u32, acked: u32) {
        if self.credit >= per_segment {
            self.credit = 0;
            self.window += 1;
        }
        self.credit += acked;
        if self.credit >= per_segment {
            self.window += self.credit / per_segment;
            self.credit %= per_segment;
        }
    }

    /// An acknowledgement came whose last segment took `rtt` to be answered.
    pub(super) fn measured(&mut self, rtt: Nanos, outstanding: Outstanding, now: Nanos) {
        let (window, is_slow_start) = (self.window, self.is_slow_start());
        if let Algorithm::Cubic(cubic) = &mut self.algorithm
            && cubic.leaves_slow_start(rtt, is_slow_start.then_some(window), outstanding, now)
        {
            self.threshold = window;
        }
    }

    // ---- reducing

    /// Something was lost: the threshold becomes what the window is to be reduced to. The window itself stays.
    pub(super) fn reduce_threshold(&mut self) {
        self.credit = 0;
        let reduced = match &mut self.algorithm {
            Algorithm::Reno => self.window / 2,
            Algorithm::Cubic(cubic) => cubic.reduced(self.window),
        };
        self.threshold = reduced.max(LEAST_THRESHOLD);
    }

    /// The retransmission timer has expired: whatever was known of the path is forgotten.
    pub(super) fn timed_out(&mut self, outstanding: Outstanding, now: Nanos) {
        self.credit = 0;
        if let Algorithm::Cubic(cubic) = &mut self.algorithm {
            cubic.forget(outstanding.next, now);
        }
    }

    /// A reduction was wrong: the window and the threshold are again what they were before it.
    pub(super) fn undo(&mut self, window: u32, threshold: u32) {
        self.window = self.window.max(window);
        self.threshold = self.threshold.max(threshold);
    }

    /// The threshold that is kept when the window is not used: three quarters of it, at least (RFC 2861 §3.2).
    pub(super) fn threshold_to_keep(&self) -> u32 {
        self.threshold.max(self.window / 2 + self.window / 4)
    }

    /// SYN or SYN-ACK had to be sent again more than once: begin with one segment (RFC 5681 §3.1; Linux forgives the first,
    /// since its time-out is a second and not three).
    pub(super) fn begin_small(&mut self) {
        self.window = 1;
    }

    // ---- a window that is not used

    /// Has the window been used? One that is not used does not grow (RFC 7661 §4.3); in slow start half of it is enough.
    fn is_used(&self) -> bool {
        self.use_of_window.is_limit || (self.is_slow_start() && self.window < self.use_of_window.most.saturating_mul(2))
    }

    /// After sending, or after finding that nothing may be sent. `is_limit`: the window is full. `time_out`: that of the
    /// connection if it may be reduced for not being used (RFC 7661 §4.4), which it may not be while losses are repaired.
    pub(super) fn validate(&mut self, is_limit: bool, outstanding: Outstanding, time_out: Option<Nanos>, now: Nanos) {
        let of = &mut self.use_of_window;
        if outstanding.acked >= of.round_ends || is_limit || (!of.is_limit && outstanding.segments > of.most) {
            (of.is_limit, of.most, of.round_ends) = (is_limit, outstanding.segments, outstanding.next);
        }
        if self.is_used() {
            (self.use_of_window.used, self.use_of_window.used_up_at) = (0, now);
            return;
        }
        let of = &mut self.use_of_window;
        of.used = of.used.max(outstanding.segments);
        if time_out.is_some_and(|time_out| since(of.used_up_at, now) >= time_out) {
            let used = of.used.max(INITIAL_WINDOW);
            (of.used, of.used_up_at) = (0, now);
            if used < self.window {
                self.threshold = self.threshold_to_keep();
                self.window = self.window.midpoint(used);
            }
        }
    }

    /// The window has changed for another reason: its use is judged from now on.
    pub(super) fn changed_at(&mut self, now: Nanos) {
        self.use_of_window.used_up_at = now;
    }

    /// Nothing was sent for `idle`, which is longer than `time_out`: the window is halved for each time-out, down to the
    /// initial window (RFC 2861 §3.2; RFC 5681 §4.1 would begin with that at once).
    pub(super) fn restart_after_idle(&mut self, idle: Nanos, time_out: Nanos, now: Nanos) {
        self.threshold = self.threshold_to_keep();
        let least = self.window.min(INITIAL_WINDOW);
        let halvings = (idle.saturating_sub(1) / time_out.max(1)).min(31);
        self.window = (self.window >> halvings).max(least);
        (self.use_of_window.used, self.use_of_window.used_up_at) = (0, now);
    }

    /// Sending begins after `pause` without anything on its way.
    pub(super) fn sending_begins(&mut self, pause: Nanos, now: Nanos) {
        if let Algorithm::Cubic(cubic) = &mut self.algorithm {
            cubic.sending_begins(pause, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLIS: Nanos = 1_000_000;

    fn used(tcp: TcpModel) -> Congestion {
        let mut congestion = Congestion::new(tcp);
        congestion.validate(true, Outstanding { segments: INITIAL_WINDOW, acked: 0, next: 10 }, None, 0);
        congestion
    }

    #[test]
    fn slow_start_doubles_each_round_and_avoidance_adds_one_segment() {
        let mut reno = used(TcpModel::Realistic);
        (0..5).for_each(|_| reno.acked(2, 0));
        assert_eq!(reno.window(), 2 * INITIAL_WINDOW, "however few acknowledgements there are");
        reno.reduce_threshold();
        reno.set_window(reno.threshold());
        assert_eq!(reno.window(), INITIAL_WINDOW);
        (0..10).for_each(|_| reno.acked(1, 0));
        assert_eq!(reno.window(), INITIAL_WINDOW + 1);
    }

    #[test]
    fn a_reduction_keeps_whole_segments() {
        let mut reno = used(TcpModel::Realistic);
        reno.set_window(11);
        reno.reduce_threshold();
        assert_eq!((reno.window(), reno.threshold()), (11, 5));
        reno.undo(11, NO_THRESHOLD);
        assert_eq!((reno.window(), reno.threshold()), (11, NO_THRESHOLD));
        reno.set_window(3);
        reno.reduce_threshold();
        assert_eq!(reno.threshold(), 2);
    }

    #[test]
    fn a_window_that_is_not_used_does_not_grow() {
        let mut reno = Congestion::new(TcpModel::Realistic);
        reno.validate(false, Outstanding { segments: 3, acked: 0, next: 3 }, None, 0);
        (0..100).for_each(|_| reno.acked(1, 0));
        assert_eq!(reno.window(), INITIAL_WINDOW);
        reno.validate(false, Outstanding { segments: 6, acked: 3, next: 9 }, None, 0);
        (0..100).for_each(|_| reno.acked(1, 0));
        assert_eq!(reno.window(), 12, "in slow start it grows to twice what is used");
    }

    #[test]
    fn a_window_that_is_not_used_for_a_time_out_shrinks() {
        let mut reno = used(TcpModel::Realistic);
        reno.set_window(40);
        let a_few = |acked| Outstanding { segments: 4, acked, next: acked + 4 };
        reno.validate(false, a_few(40), Some(300 * MILLIS), 100 * MILLIS);
        assert_eq!(reno.window(), 40);
        reno.validate(false, a_few(80), Some(300 * MILLIS), 301 * MILLIS);
        assert_eq!((reno.window(), reno.threshold()), (25, NO_THRESHOLD));
    }

    #[test]
    fn an_idle_time_halves_the_window_for_each_time_out_down_to_the_initial_one() {
        let after = |idle: Nanos| {
            let mut reno = used(TcpModel::Realistic);
            reno.set_window(100);
            reno.restart_after_idle(idle, 300 * MILLIS, 0);
            reno.window()
        };
        assert_eq!([after(301 * MILLIS), after(601 * MILLIS), after(10_000 * MILLIS)], [50, 25, 10]);
    }
}
