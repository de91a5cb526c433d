//! A sender's one timer, and the three things it waits for: an acknowledgement at all (RFC 6298 §5), one that shows whether the last
//! segments have arrived (the tail loss probe, RFC 8985 §7), and segments that may only be late (RFC 8985 §6.3).

use super::{
    super::{Nanos, alarm::Alarm, round_trip::LEAST_VARIATION},
    IncomingAck, Phase, Segment, Sender,
};

/// Two ticks of 4 ms: what Linux adds to short waits.
pub(super) const TIMER_SLACK: Nanos = 8_000_000;
/// Before a round trip has been measured, a probe waits for this long.
const FIRST_PROBE: Nanos = 1_000_000_000;

/// What the timer waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum TimerKind {
    /// Nothing was acknowledged for so long that everything may be lost.
    Retransmission,
    /// The last segments may be lost.
    LossProbe,
    /// What is missing is late enough to be lost.
    Reordering,
}

#[derive(Debug, Default)]
pub(in super::super) struct SenderTimer {
    pub(in super::super) alarm: Alarm,
    kind: Option<TimerKind>,
}

impl SenderTimer {
    pub(in super::super) fn set(&mut self, kind: TimerKind, at: Nanos) {
        self.kind = Some(kind);
        self.alarm.set(at);
    }

    pub(in super::super) fn clear(&mut self) {
        self.kind = None;
        self.alarm.clear();
    }

    /// What it waits for, or waited for when it expired.
    pub(in super::super) fn kind(&self) -> Option<TimerKind> {
        self.kind
    }
}

/// A probe for lost last segments, until it is answered.
#[derive(Debug, Default)]
pub(super) struct LossProbe {
    /// What had been sent when it was; `None`: there is none.
    sent_before: Option<u64>,
    /// It was a segment sent again, not a new one.
    was_resent: bool,
}

impl LossProbe {
    pub(super) fn ends(&mut self) {
        self.sent_before = None;
    }
}

/// How to probe.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum ProbeContent {
    /// The last probe has not been answered.
    Nothing,
    /// A new segment, whatever the window says.
    New,
    /// The last segment again.
    Last(Segment),
}

impl Sender {
    /// Sets the timer for a probe two round trips from now (RFC 8985 §7.2); `false`: there is nothing to probe.
    /// `is_acknowledged`: something has just been, so that the retransmission timer would begin now.
    pub(super) fn arrange_probe(&mut self, is_acknowledged: bool, now: Nanos) -> bool {
        let Some(first_sent_at) = self.board.first().map(|first| first.sent_at) else { return false };
        if self.recovery.phase() != Phase::Open {
            return false;
        }
        let wait = match self.trip.smoothed() {
            // The only segment's acknowledgement may be delayed.
            Some(smoothed) if self.board.len() == 1 => 2 * smoothed + LEAST_VARIATION,
            Some(smoothed) => 2 * smoothed + TIMER_SLACK,
            None => FIRST_PROBE,
        };
        let begun = if is_acknowledged { now } else { first_sent_at };
        let until_time_out = (begun + self.trip.time_out()).saturating_sub(now);
        let wait = if until_time_out > 0 { wait.min(until_time_out) } else { wait };
        self.timer.set(TimerKind::LossProbe, now + wait);
        true
    }

    /// Sets the retransmission timer (RFC 6298 §5.1, §5.3). Where another wait went before, it counts from when the first
    /// segment was sent.
    pub(super) fn rearm(&mut self, now: Nanos) {
        let Some(first_sent_at) = self.board.first().map(|first| first.sent_at) else { return self.timer.clear() };
        let begun = match self.timer.kind() {
            Some(TimerKind::LossProbe | TimerKind::Reordering) => first_sent_at,
            Some(TimerKind::Retransmission) | None => now,
        };
        self.timer.set(TimerKind::Retransmission, (begun + self.trip.time_out()).max(now + 1));
    }

    /// The timer for a probe has expired: how to probe. `has_new`: there is something to send that has not been sent, and the
    /// peer takes it.
    pub(in super::super) fn probe_with(&mut self, has_new: bool, now: Nanos) -> ProbeContent {
        if self.probe.sent_before.is_some() {
            self.rearm(now);
            return ProbeContent::Nothing;
        }
        self.probe.was_resent = false;
        if has_new {
            return ProbeContent::New;
        }
        let Some(segment) = self.board.probe_last(now) else {
            self.timer.clear();
            return ProbeContent::Nothing;
        };
        self.leaves_again(now);
        self.probe.was_resent = true;
        ProbeContent::Last(segment)
    }

    /// The probe was sent.
    pub(in super::super) fn probe_sent(&mut self, now: Nanos) {
        if !self.probe.was_resent {
            self.validate_window(true, now);
        }
        self.probe.sent_before = Some(self.next);
        self.timer.clear();
        self.rearm(now);
    }

    /// Has the probe been answered, and did it repair a loss (RFC 8985 §7.4.2)?
    pub(super) fn judge_probe(&mut self, incoming: &IncomingAck) {
        let Some(sent_before) = self.probe.sent_before.filter(|sent_before| self.acked >= *sent_before) else { return };
        let both_arrived = incoming.is_duplicate && incoming.delivery.sacked == 0;
        if !self.probe.was_resent || incoming.came_twice_to == Some(sent_before) {
            self.probe.ends();
        } else if self.acked > sent_before {
            self.probe.ends();
            self.reduce_for_probe(incoming.now);
        } else if both_arrived {
            self.probe.ends();
        }
    }

    /// What may only have been late is lost now. Says whether anything is to be sent again.
    pub(in super::super) fn reordering_is_over(&mut self, now: Nanos) -> bool {
        let in_flight = self.board.in_flight();
        self.find_lost(now);
        let is_lost = self.board.in_flight() != in_flight;
        if is_lost && self.recovery.phase() != Phase::Recovery {
            self.enter_recovery();
            self.reduce_window(1, false);
        }
        is_lost
    }

    /// After what was lost has been sent again.
    pub(in super::super) fn reordering_is_handled(&mut self, now: Nanos) {
        if self.timer.kind() != Some(TimerKind::Retransmission) {
            self.rearm(now);
        }
    }

    /// No acknowledgement has come for as long as the time-out: the first segment leaves again, at once (RFC 6298 §5.4).
    pub(in super::super) fn timed_out(&mut self, now: Nanos) -> Option<Segment> {
        self.enter_loss(now);
        self.trip.back_off();
        let segment = self.board.resend_first(now)?;
        self.leaves_again(now);
        self.recovery.resent(now);
        self.timer.set(TimerKind::Retransmission, now + self.trip.time_out());
        Some(segment)
    }

    /// How often in a row the retransmission timer has expired.
    pub(in super::super) fn expiries(&self) -> u32 {
        self.trip.expiries()
    }

    /// SYN or SYN-ACK is sent again.
    pub(in super::super) fn opening_timed_out(&mut self, now: Nanos) {
        self.trip.back_off();
        self.timer.set(TimerKind::Retransmission, now + self.trip.time_out());
    }

    /// The new segment that was to tell whether the time-out was right: `false`, nothing new could be sent, and what is lost is to
    /// be sent again.
    pub(in super::super) fn can_tell(&mut self) -> bool {
        let can = self.next > self.recovery.point();
        if !can {
            self.recovery.cannot_tell();
        }
        can
    }
}
