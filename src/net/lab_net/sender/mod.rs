//! A sender as hosts have it: what it makes of each acknowledgement, which segments it thinks lost, and when it sends them again.
//!
//! One acknowledgement is worked off in the order in which Linux does it: what has arrived (RFC 2018, RFC 2883), how long that took
//! (RFC 6298), what is lost (RFC 8985), whether a reduction was wrong (RFC 5682, RFC 3522), how much may be sent (RFC 6937, RFC 5681,
//! RFC 9438), what is to be sent again. It knows no packets: [`super::host_tcp`] sends them.

mod rack;
mod recovery;
mod scoreboard;
#[cfg(test)]
mod tests;
mod timer;

use self::{
    rack::Rack,
    recovery::Recovery,
    scoreboard::{Delivery, Scoreboard},
    timer::{LossProbe, SenderTimer},
};
use super::{
    MSS, Nanos, TcpModel,
    congestion::{Congestion, Outstanding},
    fabric::Ack,
    round_trip::RoundTrip,
    since,
};

pub(super) use self::{
    scoreboard::Segment,
    timer::{ProbeContent, TimerKind},
};

/// How a sender stands to loss (Linux's congestion states).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Open,
    Disorder,
    Recovery,
    Loss,
}

/// What a sender knows of what it has sent.
#[derive(Debug)]
pub(super) struct Sender {
    board: Scoreboard,
    /// Everything before is acknowledged; the FIN counts one.
    acked: u64,
    /// The next position; a FIN that was sent counts one.
    next: u64,
    /// The peer takes octets before this position.
    window_ends: u64,
    congestion: Congestion,
    trip: RoundTrip,
    rack: Rack,
    recovery: Recovery,
    probe: LossProbe,
    pub(super) timer: SenderTimer,
    /// When SYN, SYN-ACK or the last segment was sent.
    sent_at: Nanos,
    /// Segments sent again, and segments of which the peer has said that they came twice.
    resent: u64,
    came_twice: u64,
}

/// What is to be sent after an acknowledgement, before anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecoveryAction {
    /// Nothing out of turn.
    None,
    /// What is lost.
    ResendLost,
    /// Something new, to find out whether anything is lost at all (RFC 5682 §3.1, step 2b); if that cannot be, what is lost.
    SendNew,
}

/// What an acknowledgement meets.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AckContext {
    /// The segment it came with brings octets or a FIN.
    pub(super) carries_data: bool,
    /// There is something to send here that has not been sent.
    pub(super) has_new: bool,
}

/// An acknowledgement while it is worked off.
#[derive(Debug)]
struct IncomingAck {
    now: Nanos,
    /// Everything before was acknowledged before it came.
    was_acked: u64,
    /// It brings nothing new: no data, no acknowledgement in order, no larger window.
    is_duplicate: bool,
    /// When the segment was sent that it answers (RFC 7323 §3.2).
    echo: Option<Nanos>,
    delivery: Delivery,
    /// Segments that it says came twice, of those sent twice, and where the last of them ends.
    came_twice: u32,
    came_twice_to: Option<u64>,
    /// There is something to send that has not been sent, and the peer takes it.
    has_new: bool,
    timer: TimerChange,
}

/// What becomes of the timer after an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TimerChange {
    Keep,
    Restart,
}

impl Sender {
    pub(super) fn new(tcp: TcpModel, window: u64) -> Self {
        Self {
            board: Scoreboard::default(),
            acked: 0,
            next: 0,
            window_ends: window,
            congestion: Congestion::new(tcp),
            trip: RoundTrip::default(),
            rack: Rack::default(),
            recovery: Recovery::default(),
            probe: LossProbe::default(),
            timer: SenderTimer::default(),
            sent_at: 0,
            resent: 0,
            came_twice: 0,
        }
    }

    /// SRTT; `None` before the first measurement.
    pub(super) fn smoothed_rtt(&self) -> Option<Nanos> {
        self.trip.smoothed()
    }

    /// How long this sender waits for an acknowledgement.
    pub(super) fn time_out(&self) -> Nanos {
        self.trip.time_out()
    }

    /// The position before which everything is acknowledged.
    pub(super) fn acked(&self) -> u64 {
        self.acked
    }

    fn outstanding(&self) -> Outstanding {
        Outstanding { segments: self.board.len(), acked: self.acked, next: self.next }
    }

    // ---- opening

    /// SYN or SYN-ACK has been sent for the first time.
    pub(super) fn opening_sent(&mut self, now: Nanos) {
        self.sent_at = now;
        self.timer.set(TimerKind::Retransmission, now + self.trip.time_out());
    }

    /// SYN or SYN-ACK has been answered; `echo`: when the one was sent that was answered, where timestamps say so.
    pub(super) fn opened(&mut self, echo: Option<Nanos>, now: Nanos) {
        self.timer.clear();
        let attempts = self.trip.expiries();
        if attempts == 0 || echo.is_some() {
            let rtt = since(echo.unwrap_or(self.sent_at), now);
            self.trip.observed(rtt);
            self.trip.measured(rtt, 0, 0);
        } else {
            self.trip.syn_was_lost();
        }
        if attempts > 1 {
            self.congestion.begin_small();
        }
        self.trip.progress();
        self.congestion.changed_at(now);
        self.sent_at = now;
    }

    // ---- sending

    /// How many octets the peer still takes from `position` on.
    pub(super) fn peer_takes(&self, position: u64) -> u64 {
        self.window_ends.saturating_sub(position)
    }

    /// The peer takes octets before `position`: a window once offered is not taken back (RFC 9293 §3.8.6).
    pub(super) fn window_ends_at(&mut self, position: u64) {
        self.window_ends = self.window_ends.max(position);
    }

    /// Is there room for another segment?
    pub(super) fn has_room(&self) -> bool {
        self.board.in_flight() < self.congestion.window()
    }

    /// The application has something to send. After an idle time the window is smaller.
    pub(super) fn begins_to_send(&mut self, now: Nanos) {
        let (idle, time_out) = (since(self.sent_at, now), self.trip.time_out());
        if self.board.is_empty() && idle > time_out {
            self.congestion.restart_after_idle(idle, time_out, now);
        }
    }

    /// A new segment leaves: its position, length and FIN.
    pub(super) fn leaves(&mut self, segment: (u64, u64, bool), now: Nanos) {
        if self.board.in_flight() == 0 {
            self.congestion.sending_begins(since(self.sent_at, now), now);
        }
        let was_empty = self.board.is_empty();
        self.board.sent(segment, now);
        let (seq, len, fin) = segment;
        self.next = seq + len + u64::from(fin);
        self.sent_at = now;
        self.recovery.sent(1);
        if was_empty || self.timer.kind() == Some(TimerKind::LossProbe) {
            self.rearm(now);
        }
    }

    /// Nothing more is sent now; `sent`: something was.
    pub(super) fn pauses(&mut self, sent: bool, now: Nanos) {
        self.validate_window(sent, now);
        if sent {
            self.arrange_probe(false, now);
        }
    }

    fn validate_window(&mut self, sent: bool, now: Nanos) {
        let is_full = self.board.in_flight() >= self.congestion.window();
        if sent || is_full {
            let is_open = self.recovery.phase() == Phase::Open;
            let time_out = is_open.then(|| self.trip.time_out());
            self.congestion.validate(is_full, self.outstanding(), time_out, now);
        }
    }

    /// The next lost segment leaves again, if there is room for it.
    pub(super) fn resend_lost(&mut self, now: Nanos) -> Option<Segment> {
        if !self.has_room() {
            return None;
        }
        let segment = self.board.resend_lost(now)?;
        self.recovery.sent(1);
        self.leaves_again(now);
        self.recovery.resent(now);
        let is_first = self.board.first().is_some_and(|first| first.seq == segment.seq);
        if is_first && self.timer.kind() != Some(TimerKind::Reordering) {
            self.timer.set(TimerKind::Retransmission, now + self.trip.time_out());
        }
        Some(segment)
    }

    /// A segment leaves again.
    fn leaves_again(&mut self, now: Nanos) {
        self.resent += 1;
        self.sent_at = now;
    }

    // ---- an acknowledgement

    /// Takes in an acknowledgement.
    pub(super) fn take(&mut self, ack: &Ack, context: AckContext, now: Nanos) -> RecoveryAction {
        if ack.next < self.acked || ack.next > self.next {
            return RecoveryAction::None;
        }
        let mut incoming = self.begin(ack, context, now);
        let (was_empty, losses) = (self.board.is_empty(), self.board.losses());
        self.read_sack(ack, &mut incoming);
        if was_empty {
            if incoming.came_twice > 0 {
                self.judge(&mut incoming);
            }
            self.judge_probe(&incoming);
            return RecoveryAction::None;
        }
        self.read_acknowledgement(&mut incoming);
        self.measure(&mut incoming);
        self.judge_probe(&incoming);
        let to_send = if self.is_dubious(&incoming) { self.judge(&mut incoming) } else { RecoveryAction::None };
        if incoming.timer == TimerChange::Restart && !self.arrange_probe(true, now) {
            self.rearm(now);
        }
        let delivered = incoming.delivery.segments + incoming.came_twice;
        if self.recovery.phase() == Phase::Recovery {
            let shows_no_loss = self.advances(&incoming) && self.board.losses() == losses;
            self.reduce_window(delivered, shows_no_loss);
        } else if incoming.delivery.in_order > 0 {
            self.congestion.acked(delivered, now);
        }
        to_send
    }

    fn begin(&mut self, ack: &Ack, context: AckContext, now: Nanos) -> IncomingAck {
        let window_ends = ack.next + ack.window;
        let (was_acked, widens) = (self.acked, window_ends > self.window_ends);
        let advances = ack.next > was_acked;
        self.window_ends = self.window_ends.max(window_ends);
        self.acked = ack.next;
        if advances {
            self.trip.progress();
        }
        IncomingAck {
            now,
            was_acked,
            is_duplicate: !context.carries_data && !widens && !advances,
            echo: ack.echo,
            delivery: Delivery::default(),
            came_twice: 0,
            came_twice_to: None,
            has_new: context.has_new && self.window_ends > self.next,
            timer: TimerChange::Keep,
        }
    }

    /// Does it acknowledge something new in order?
    fn advances(&self, incoming: &IncomingAck) -> bool {
        self.acked > incoming.was_acked
    }

    /// What has arrived out of order (RFC 2018), and what twice (RFC 2883).
    fn read_sack(&mut self, ack: &Ack, incoming: &mut IncomingAck) {
        let now = incoming.now;
        if let Some((start, end)) = ack.duplicate.filter(|(start, end)| start < end) {
            let times = u32::try_from((end - start).div_ceil(MSS)).unwrap_or(u32::MAX);
            self.came_twice += u64::from(times);
            // More than was ever sent twice: the network has done it, not the sender.
            if self.came_twice <= self.resent {
                (incoming.came_twice, incoming.came_twice_to) = (times, Some(end));
                self.recovery.arrived_twice(end, times);
                self.board.arrived_twice((start, end));
            }
        }
        let Self { board, rack, trip, recovery, .. } = self;
        for range in ack.early.into_iter().filter(|(start, end)| start < end) {
            board.sacked_range(range, recovery.point(), &mut incoming.delivery, |segment| {
                rack.arrived(segment, trip.minimum(), now);
            });
        }
    }

    /// What has arrived in order.
    fn read_acknowledgement(&mut self, incoming: &mut IncomingAck) {
        let (now, echo) = (incoming.now, incoming.echo);
        let Self { board, rack, trip, recovery, acked, .. } = self;
        board.acknowledged(*acked, recovery.point(), &mut incoming.delivery, |segment| {
            let is_first_answered = segment.was_resent() && echo.is_some_and(|echo| echo < segment.sent_at);
            if !is_first_answered {
                rack.arrived(segment, trip.minimum(), now);
            }
        });
    }

    /// Measures the round trip, if this acknowledgement tells of one (RFC 6298 §3, RFC 7323 §4.1).
    fn measure(&mut self, incoming: &mut IncomingAck) {
        let IncomingAck { now, echo, ref delivery, .. } = *incoming;
        let in_order = delivery.in_order_sent.filter(|_| !delivery.acked_resent);
        let sacked_rtt = delivery.sacked_sent.map(|(first, _)| since(first, now));
        let mut rtt = in_order.map(|(first, _)| since(first, now)).or(sacked_rtt);
        let mut latest = delivery.sacked_sent.or(in_order).map(|(_, last)| since(last, now));
        if rtt.is_none() && delivery.in_order > 0 {
            rtt = echo.map(|echo| since(echo, now));
            latest = rtt;
        }
        if let Some(rtt) = rtt {
            self.trip.observed(latest.unwrap_or(rtt));
            self.trip.measured(rtt, self.acked, self.next);
        }
        // A timer that is set anew whenever something arrives out of order would never expire: only by what was sent after
        // the first missing segment was (Linux).
        let first_waits = self.board.first().map(|first| since(first.sent_at, now));
        if delivery.in_order > 0 || (sacked_rtt.is_some() && first_waits.is_some() && sacked_rtt > first_waits) {
            incoming.timer = TimerChange::Restart;
        }
        if let Some(latest) = latest {
            self.congestion.measured(latest, self.outstanding(), now);
        }
    }

    /// Is there more to say of an acknowledgement than that everything goes well?
    fn is_dubious(&self, incoming: &IncomingAck) -> bool {
        incoming.is_duplicate || incoming.delivery.sacked > 0 || self.recovery.phase() != Phase::Open
    }
}
