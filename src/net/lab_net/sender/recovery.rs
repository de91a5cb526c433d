//! Whether anything is lost, what that does to the window, and whether it was wrong to think so.
//!
//! Four phases, as Linux has them. *Open*: all goes well. *Disorder*: something has arrived out of order, and nothing is known to be lost.
//! *Recovery*: losses that acknowledgements have shown are repaired, while the window goes down in proportion to what arrives
//! (RFC 6675, RFC 6937). *Loss*: the timer has expired, and slow start begins again (RFC 5681 §3.1, RFC 5682).

use super::{
    super::Nanos,
    IncomingAck, Phase, RecoveryAction, Sender, TimerChange,
    timer::{TIMER_SLACK, TimerKind},
};

/// The repair that goes on, or the last one.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    phase: Phase,
    /// It is over when everything before is acknowledged (RFC 6675's `RecoveryPoint`).
    point: u64,
    undo: Option<Undo>,
    /// Retransmissions of which the peer has not said that they were needless; `None` before there was any.
    unproven: Option<u32>,
    /// When the first of these retransmissions was sent.
    first_resent_at: Option<Nanos>,
    reduction: WindowReduction,
    /// The timer has expired, and it is being found out whether it should have (RFC 5682).
    doubts_time_out: bool,
}

/// What a reduction can be taken back to, while it may turn out wrong.
#[derive(Clone, Copy, Debug)]
struct Undo {
    /// Nothing before this position was sent again for this reduction.
    from: u64,
    threshold: u32,
}

/// How far the window is on its way down (RFC 6937 §3).
#[derive(Debug, Default)]
struct WindowReduction {
    /// The window before.
    before: u32,
    /// Segments that have arrived and segments sent, since.
    delivered: u32,
    sent: u32,
}

impl Recovery {
    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    pub(super) fn point(&self) -> u64 {
        self.point
    }

    /// Segments were sent.
    pub(super) fn sent(&mut self, segments: u32) {
        if self.phase == Phase::Recovery {
            self.reduction.sent += segments;
        }
    }

    /// A lost segment was sent again.
    pub(super) fn resent(&mut self, now: Nanos) {
        self.first_resent_at.get_or_insert(now);
        self.unproven = Some(self.unproven.unwrap_or(0) + 1);
    }

    /// So many segments, up to `end`, came twice: their retransmissions were needless.
    pub(super) fn arrived_twice(&mut self, end: u64, times: u32) {
        if self.undo.is_some_and(|undo| end > undo.from) {
            self.unproven = self.unproven.map(|unproven| unproven.saturating_sub(times));
        }
    }

    /// The new segment that was to tell whether the time-out was right cannot be sent.
    pub(super) fn cannot_tell(&mut self) {
        self.doubts_time_out = false;
    }
}

impl Sender {
    /// Decides what an acknowledgement that is more than good news means.
    pub(super) fn judge(&mut self, incoming: &mut IncomingAck) -> RecoveryAction {
        match self.recovery.phase {
            Phase::Open => self.recovery.first_resent_at = None,
            Phase::Recovery if self.acked >= self.recovery.point => {
                self.undo_if_needless(incoming);
                self.recovery.phase = Phase::Open;
                if self.recovery.undo.is_some() {
                    self.congestion.set_window(self.congestion.threshold());
                    self.congestion.changed_at(incoming.now);
                }
            }
            Phase::Recovery | Phase::Disorder | Phase::Loss => {}
        }
        match self.recovery.phase {
            Phase::Recovery => self.judge_in_recovery(incoming),
            Phase::Loss => self.judge_after_time_out(incoming),
            Phase::Open | Phase::Disorder => self.judge_at_first(incoming),
        }
    }

    fn judge_at_first(&mut self, incoming: &mut IncomingAck) -> RecoveryAction {
        if self.recovery.unproven == Some(0) && self.recovery.undo.is_some() {
            self.undo(incoming.now);
        }
        self.look_for_losses(incoming);
        if self.board.lost() == 0 {
            self.stay_open();
            return RecoveryAction::None;
        }
        self.enter_recovery();
        RecoveryAction::ResendLost
    }

    fn judge_in_recovery(&mut self, incoming: &mut IncomingAck) -> RecoveryAction {
        if self.advances(incoming) && self.recovery.undo.is_some() && self.first_was_answered(incoming) {
            if self.board.resent() > 0 {
                return RecoveryAction::None;
            }
            self.board.none_lost();
            self.undo(incoming.now);
            self.stay_open();
        }
        if self.recovery.unproven == Some(0) && self.recovery.undo.is_some() {
            self.undo(incoming.now);
            self.stay_open();
        }
        self.look_for_losses(incoming);
        if self.recovery.phase != Phase::Recovery {
            if self.board.lost() == 0 {
                return RecoveryAction::None;
            }
            self.enter_recovery();
        }
        RecoveryAction::ResendLost
    }

    /// After a time-out: is it over, was it wrong (RFC 5682 §3.1, the version for SACK), or is there more to repair?
    fn judge_after_time_out(&mut self, incoming: &mut IncomingAck) -> RecoveryAction {
        let to_send = self.doubt_time_out(incoming);
        let resent = self.board.resent();
        self.look_for_losses(incoming);
        if self.recovery.phase == Phase::Loss && self.board.resent() >= resent {
            return to_send;
        }
        if self.board.lost() == 0 {
            self.stay_open();
            return to_send;
        }
        self.enter_recovery();
        RecoveryAction::ResendLost
    }

    fn doubt_time_out(&mut self, incoming: &IncomingAck) -> RecoveryAction {
        let is_over = self.acked >= self.recovery.point;
        if self.advances(incoming) && self.was_needless(incoming) {
            self.undo_time_out(incoming.now);
            return RecoveryAction::None;
        }
        if self.recovery.doubts_time_out {
            // Step 3b: something that was not sent again has arrived.
            if incoming.delivery.acked_original {
                self.undo_time_out(incoming.now);
                return RecoveryAction::None;
            }
            if self.next > self.recovery.point {
                // Step 3a: the loss was real.
                if incoming.delivery.sacked > 0 || (incoming.is_duplicate && incoming.came_twice == 0) {
                    self.recovery.doubts_time_out = false;
                }
            } else if self.advances(incoming) && !is_over {
                self.recovery.point = self.next;
                if incoming.has_new {
                    return RecoveryAction::SendNew;
                }
                self.recovery.doubts_time_out = false;
            }
        }
        if is_over {
            self.undo_if_needless(incoming);
            self.recovery.phase = Phase::Open;
            return RecoveryAction::None;
        }
        RecoveryAction::ResendLost
    }

    // ---- what is lost

    fn look_for_losses(&mut self, incoming: &mut IncomingAck) {
        if self.board.is_empty() || !self.rack.take_advanced() {
            return;
        }
        let now = incoming.now;
        if let Some(remaining) = self.find_lost(now) {
            let wait = (remaining + TIMER_SLACK).min(self.trip.time_out());
            self.timer.set(TimerKind::Reordering, now + wait);
            incoming.timer = TimerChange::Keep;
        }
    }

    /// Marks what is lost; returns how long the rest may take to arrive.
    pub(super) fn find_lost(&mut self, now: Nanos) -> Option<Nanos> {
        let is_recovering = matches!(self.recovery.phase, Phase::Recovery | Phase::Loss);
        self.rack.find_lost(&mut self.board, &self.trip, is_recovering, now)
    }

    /// Acknowledgements have shown a loss: repair it, and reduce the window once for everything sent so far.
    pub(super) fn enter_recovery(&mut self) {
        let threshold = self.congestion.threshold_to_keep();
        self.begin_undo(threshold);
        self.begin_reduction();
        self.recovery.phase = Phase::Recovery;
    }

    /// The threshold goes down at once, the window in proportion to what arrives.
    fn begin_reduction(&mut self) {
        self.recovery.point = self.next;
        self.recovery.reduction = WindowReduction { before: self.congestion.window(), delivered: 0, sent: 0 };
        self.congestion.reduce_threshold();
        self.probe.ends();
    }

    /// A probe has repaired a loss that nothing else has shown: the window goes down at once (RFC 8985 §7.4).
    pub(super) fn reduce_for_probe(&mut self, now: Nanos) {
        self.begin_reduction();
        self.congestion.set_window(self.congestion.threshold());
        self.congestion.changed_at(now);
        self.stay_open();
    }

    /// The timer has expired: everything may be lost, and sending begins again with one segment.
    pub(super) fn enter_loss(&mut self, now: Nanos) {
        let is_new = matches!(self.recovery.phase, Phase::Open | Phase::Disorder);
        let expiries = self.trip.expiries();
        self.probe.ends();
        self.board.all_lost(self.rack.recent(now));
        let is_other = self.recovery.phase == Phase::Loss && expiries == 0;
        if is_new || is_other || self.acked >= self.recovery.point {
            let threshold = self.congestion.threshold_to_keep();
            self.recovery.reduction.before = self.congestion.window();
            self.congestion.reduce_threshold();
            self.begin_undo(threshold);
        }
        self.congestion.set_window(self.board.in_flight() + 1);
        self.congestion.timed_out(self.outstanding(), now);
        self.congestion.changed_at(now);
        self.recovery.phase = Phase::Loss;
        self.recovery.point = self.next;
        self.recovery.doubts_time_out = is_new || expiries > 0;
    }

    /// RFC 6937: while more is on its way than the threshold allows, so much is sent that the window is there when a round trip
    /// is over; below it, what arrives is replaced, and one more for each acknowledgement that shows no further loss.
    pub(super) fn reduce_window(&mut self, delivered: u32, shows_no_loss: bool) {
        if delivered == 0 {
            return;
        }
        let (threshold, in_flight) = (self.congestion.threshold(), self.board.in_flight());
        let WindowReduction { before, delivered: so_far, sent } = &mut self.recovery.reduction;
        *so_far += delivered;
        let more = if in_flight > threshold {
            let reduction = (u64::from(threshold) * u64::from(*so_far)).div_ceil(u64::from(*before).max(1));
            u32::try_from(reduction).unwrap_or(u32::MAX).saturating_sub(*sent)
        } else {
            let replaced = so_far.saturating_sub(*sent).max(delivered);
            (replaced + u32::from(shows_no_loss)).min(threshold - in_flight)
        };
        // The first retransmission does not wait for room (RFC 6675 §5, step 4.3).
        let more = more.max(u32::from(*sent == 0));
        self.congestion.set_window(in_flight + more);
    }

    /// Open, or in disorder while something is missing.
    fn stay_open(&mut self) {
        let first_resent = self.board.first().is_some_and(super::Segment::was_resent);
        let any_resent = self.board.resent() > 0 || first_resent;
        if !any_resent {
            self.recovery.first_resent_at = None;
        }
        let is_disorder = self.board.sacked() > 0 || self.board.lost() > 0 || any_resent;
        let phase = if is_disorder { Phase::Disorder } else { Phase::Open };
        if self.recovery.phase != phase {
            self.recovery.phase = phase;
            self.recovery.point = self.next;
        }
    }

    // ---- reductions that were wrong

    fn begin_undo(&mut self, threshold: u32) {
        self.recovery.undo = Some(Undo { from: self.acked, threshold });
        let resent = self.board.resent();
        self.recovery.unproven = (resent > 0).then_some(resent);
    }

    /// The first transmission was answered, before the retransmission was sent (RFC 3522).
    fn first_was_answered(&self, incoming: &IncomingAck) -> bool {
        let resent_at = self.recovery.first_resent_at;
        incoming.echo.zip(resent_at).is_some_and(|(echo, resent_at)| echo < resent_at)
    }

    /// Was everything that was sent again needless? The peer has said so of each (RFC 3708), or a timestamp shows it.
    fn was_needless(&self, incoming: &IncomingAck) -> bool {
        self.recovery.undo.is_some() && (self.recovery.unproven == Some(0) || self.first_was_answered(incoming))
    }

    fn undo_if_needless(&mut self, incoming: &IncomingAck) {
        if self.was_needless(incoming) {
            self.undo(incoming.now);
        }
    }

    fn undo_time_out(&mut self, now: Nanos) {
        self.board.none_lost();
        self.undo(now);
        self.trip.progress();
        self.recovery.phase = Phase::Open;
    }

    fn undo(&mut self, now: Nanos) {
        if let Some(undo) = self.recovery.undo.take() {
            self.congestion.undo(self.recovery.reduction.before, undo.threshold);
        }
        self.congestion.changed_at(now);
        self.rack.look_again();
    }
}
