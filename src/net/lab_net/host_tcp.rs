//! TCP as hosts speak it, in the realistic and the modern preset: which packets leave, when, and what those that come do to the
//! connection. What a sender concludes from acknowledgements is [`super::sender`]'s, when a receiver acknowledges
//! [`super::receiver`]'s.

use std::{io, time::Duration};

use super::{
    Nanos, TcpModel, TcpState,
    alarm::Look,
    fabric::{Ack, Event, Fabric, Packet, PacketKind},
    greatest_segment,
    receiver::{AckTiming, ArrivalOrder, Receiver, SenderTiming},
    sender::{AckContext, ProbeContent, RecoveryAction, Segment, Sender, TimerKind},
    tcp::TcpConnection,
};
use crate::wire::{ConnectionStep, Side};

/// How often SYN and SYN-ACK are sent again (Linux: `tcp_syn_retries`, `tcp_synack_retries`).
const SYN_RETRIES: u32 = 6;
const SYN_ACK_RETRIES: u32 = 5;
/// How often a segment is sent again before the connection is given up (Linux: `tcp_retries2`).
const DATA_RETRIES: u32 = 15;

impl TcpConnection {
    fn sender(&mut self, end: Side) -> Option<&mut Sender> {
        self.end_mut(end).sending.sender.as_deref_mut()
    }

    fn receiver(&mut self, end: Side) -> Option<&mut Receiver> {
        self.end_mut(end).receiving.receiver.as_deref_mut()
    }

    // ---- opening

    /// SYN or SYN-ACK has been sent for the first time.
    pub(super) fn start_timer(&mut self, fabric: &mut Fabric, end: Side, now: Nanos) {
        if let Some(sender) = self.sender(end) {
            sender.opening_sent(now);
            self.arrange_look(fabric, end);
        }
    }

    /// SYN or SYN-ACK has been answered.
    pub(super) fn handshake_done(&mut self, end: Side, answer: &Packet, now: Nanos) {
        if let Some(sender) = self.sender(end) {
            sender.opened(answer.ack.and_then(|ack| ack.echo), now);
        }
        if let Some(receiver) = self.receiver(end) {
            receiver.acks.opened(now);
            receiver.window.opened(now);
        }
    }

    // ---- sending

    /// Sends what may be sent now.
    pub(super) fn pump_host(&mut self, fabric: &mut Fabric, from: Side, now: Nanos) -> Option<()> {
        if matches!(self.end(from).state, TcpState::SynSent | TcpState::SynReceived | TcpState::Closed) {
            return None;
        }
        if self.end(from).sending.unsent() > 0 {
            self.sender(from)?.begins_to_send(now);
        }
        let mut any = false;
        while self.send_new(fabric, from, WindowCheck::Required, now).is_some() {
            any = true;
        }
        self.sender(from)?.pauses(any, now);
        self.arrange_look(fabric, from);
        Some(())
    }

    /// Sends a new segment, if there is one and room for it.
    fn send_new(&mut self, fabric: &mut Fabric, from: Side, check: WindowCheck, now: Nanos) -> Option<()> {
        let greatest = greatest_segment(self.tcp);
        let sending = &self.end(from).sending;
        let (next, len) = (sending.next, sending.unsent().min(greatest));
        // The last segment of all does not wait for the congestion window.
        let is_last = sending.fin_wanted && len == sending.unsent();
        let sender = sending.sender.as_deref()?;
        let has_room = check == WindowCheck::Waived || is_last || sender.has_room();
        if len > 0 && (!has_room || len > sender.peer_takes(next)) {
            return None;
        }
        let packet = self.next_segment(from, greatest, now)?;
        self.sender(from)?.leaves((packet.seq, packet.len, packet.fin), now);
        self.send_segment(fabric, packet, now);
        Some(())
    }

    /// Sends again what is lost, as far as there is room.
    fn resend_lost(&mut self, fabric: &mut Fabric, from: Side, now: Nanos) {
        while let Some(segment) = self.sender(from).and_then(|sender| sender.resend_lost(now)) {
            self.send_again(fabric, from, segment, now);
        }
    }

    fn send_again(&mut self, fabric: &mut Fabric, from: Side, segment: Segment, now: Nanos) {
        let mut packet = self.packet(from, PacketKind::Data, now);
        (packet.seq, packet.len, packet.fin) = (segment.seq, segment.len, segment.fin);
        packet.octets += segment.len;
        self.record_again(&mut packet, now);
        self.send_segment(fabric, packet, now);
    }

    fn record_again(&self, packet: &mut Packet, now: Nanos) {
        if let Some(flow) = &self.flow {
            packet.event = flow.step(Duration::from_nanos(now), packet.from, ConnectionStep::Retransmit, None);
        }
    }

    /// Sends a segment; it carries an acknowledgement.
    fn send_segment(&mut self, fabric: &mut Fabric, mut packet: Packet, now: Nanos) {
        let from = packet.from;
        if let Some(receiver) = self.receiver(from).filter(|_| packet.len > 0) {
            receiver.acks.data_sent(now);
        }
        packet.ack = Some(self.ack_of(from));
        self.send(fabric, packet, now);
    }

    // ---- acknowledgements that leave

    /// What `side` has received, which is acknowledged by that.
    pub(super) fn ack_of(&mut self, side: Side) -> Ack {
        let has_timestamps = self.tcp == TcpModel::Modern;
        let read = self.end(side.other()).sending.octets.read();
        let receiving = &mut self.end_mut(side).receiving;
        let next = receiving.expected + u64::from(receiving.fin);
        let mut ack = Ack { next, ..Ack::default() };
        ack.early.iter_mut().zip(&receiving.early_ranges).for_each(|(block, range)| *block = *range);
        let (expected, unread) = (receiving.expected, receiving.expected - read);
        if let Some(receiver) = &mut receiving.receiver {
            ack.window = receiver.window.offer(expected, unread);
            ack.duplicate = receiver.came_twice.take();
            ack.echo = receiver.echo.filter(|_| has_timestamps);
            receiver.acks.acknowledged(next);
        }
        ack
    }

    fn acknowledge(&mut self, fabric: &mut Fabric, to: Side, now: Nanos) {
        let mut packet = self.packet(to, PacketKind::Ack, now);
        packet.ack = Some(self.ack_of(to));
        self.send(fabric, packet, now);
    }

    /// What this end's sender knows of times.
    fn sender_timing(&self, side: Side) -> Option<SenderTiming> {
        let sender = self.end(side).sending.sender.as_deref()?;
        Some(SenderTiming { smoothed_rtt: sender.smoothed_rtt(), time_out: sender.time_out() })
    }

    /// A segment has come to `to`, and has been put where it belongs: it is acknowledged now or later.
    pub(super) fn host_received(
        &mut self,
        fabric: &mut Fabric,
        packet: &Packet,
        came: ArrivalOrder,
        now: Nanos,
    ) -> Option<()> {
        let to = packet.from.other();
        let times = self.sender_timing(to)?;
        let read = self.end(packet.from).sending.octets.read();
        let end = self.end_mut(to);
        let (state, receiving) = (end.state, &mut end.receiving);
        let (expected, next) = (receiving.expected, receiving.expected + u64::from(receiving.fin));
        let receiver = receiving.receiver.as_deref_mut()?;
        let is_in_order = matches!(came, ArrivalOrder::InOrder | ArrivalOrder::FillingGap);
        if came == ArrivalOrder::Duplicate {
            receiver.came_twice = Some((packet.seq, packet.seq + packet.len + u64::from(packet.fin)));
        }
        if is_in_order && packet.len > 0 {
            receiver.window.filled(expected, now);
        }
        let grew = came != ArrivalOrder::Duplicate && receiver.window.grow(packet.len, expected - read);
        receiver.acks.received(packet.len, came, grew, times, now);
        if packet.fin && is_in_order {
            receiver.acks.received_fin();
        }
        // A FIN that ends the connection is answered at once.
        let is_end = packet.fin && state != TcpState::CloseWait;
        if is_end || receiver.acks.when(came, next, times, now) == AckTiming::Now {
            self.acknowledge(fabric, to, now);
        } else {
            self.arrange_look(fabric, to);
        }
        Some(())
    }

    /// The application at `side` has read.
    pub(super) fn host_has_read(&mut self, fabric: &mut Fabric, side: Side, now: Nanos) -> Option<()> {
        let read = self.end(side.other()).sending.octets.read();
        let receiving = &mut self.end_mut(side).receiving;
        let (expected, next) = (receiving.expected, receiving.expected + u64::from(receiving.fin));
        let unread = expected - read;
        let receiver = receiving.receiver.as_deref_mut()?;
        receiver.window.read_to(read, now);
        let update = receiver.window.update(expected, unread);
        if receiver.acks.is_due_after_reading(next, unread == 0) {
            self.acknowledge(fabric, side, now);
        }
        if let Some(window_ends) = update {
            self.tell_window(fabric, side, window_ends, now);
        }
        Some(())
    }

    // ---- acknowledgements that come

    /// When the segment was sent that the next acknowledgement answers: the first that is not acknowledged (RFC 7323 §4.3). What this
    /// packet answers itself says how long a round trip is.
    pub(super) fn read_timestamps(&mut self, packet: &Packet, now: Nanos) {
        let to = packet.from.other();
        let Some(receiver) = self.receiver(to) else { return };
        if packet.seq <= receiver.acks.acked() {
            receiver.echo = Some(packet.stamped);
        }
        if let Some(echo) = packet.ack.and_then(|ack| ack.echo) {
            receiver.window.answered(echo, packet.len >= receiver.acks.full_segment(), now);
        }
    }

    /// An acknowledgement has come to `to`.
    pub(super) fn ack_came(&mut self, fabric: &mut Fabric, packet: &Packet, now: Nanos) -> Option<()> {
        let (to, ack) = (packet.from.other(), packet.ack.as_ref()?);
        let end = self.end_mut(to);
        let (sending, state) = (&mut end.sending, end.state);
        let fin_ends = sending.next + 1;
        let carries_data = packet.len > 0 || packet.fin;
        let context = AckContext { carries_data, has_new: sending.has_something_to_send() };
        let sender = sending.sender.as_deref_mut()?;
        let was_acked = sender.acked();
        let to_send = sender.take(ack, context, now);
        if sending.fin_sent && was_acked < fin_ends && sender.acked() == fin_ends {
            end.state = state.after_ack_of_fin();
        }
        match to_send {
            RecoveryAction::None => {}
            RecoveryAction::ResendLost => self.resend_lost(fabric, to, now),
            RecoveryAction::SendNew => {
                self.pump(fabric, to, now);
                if !self.sender(to)?.can_tell() {
                    self.resend_lost(fabric, to, now);
                }
            }
        }
        self.pump(fabric, to, now);
        self.arrange_look(fabric, to);
        Some(())
    }

    // ---- timers

    /// Arranges for the agenda to look at the timers of an end when they may expire.
    fn arrange_look(&mut self, fabric: &mut Fabric, end: Side) {
        let connection = self.key;
        if let Some(at) = self.sender(end).and_then(|sender| sender.timer.alarm.next_look()) {
            fabric.schedule(at, Event::Timer { connection, end });
        }
        if let Some(at) = self.receiver(end).and_then(|receiver| receiver.acks.alarm.next_look()) {
            fabric.schedule(at, Event::AckTimer { connection, end });
        }
    }

    /// The agenda looks at the timer of delayed acknowledgements. `None`: it has been put off or taken back.
    pub(super) fn ack_timer_looked_at(&mut self, fabric: &mut Fabric, end: Side, now: Nanos) -> Option<()> {
        if self.end(end).state == TcpState::Closed {
            return None;
        }
        let times = self.sender_timing(end)?;
        let acks = &mut self.receiver(end)?.acks;
        if acks.alarm.look(now) == Look::NotYet || !acks.is_due_after_waiting(times) {
            self.arrange_look(fabric, end);
            return None;
        }
        self.acknowledge(fabric, end, now);
        Some(())
    }

    /// The agenda looks at a sender's timer. `None`: it has been put off or taken back.
    pub(super) fn timer_looked_at(&mut self, fabric: &mut Fabric, end: Side, now: Nanos) -> Option<()> {
        let timer = &mut self.sender(end)?.timer;
        if timer.alarm.look(now) == Look::NotYet {
            self.arrange_look(fabric, end);
            return None;
        }
        let kind = timer.kind()?;
        match self.end(end).state {
            TcpState::Closed => return None,
            TcpState::SynSent => self.opening_timed_out(fabric, end, PacketKind::Syn, now),
            TcpState::SynReceived => self.opening_timed_out(fabric, end, PacketKind::SynAck, now),
            _ => self.sender_timer_expired(fabric, end, kind, now),
        };
        self.arrange_look(fabric, end);
        Some(())
    }

    fn opening_timed_out(&mut self, fabric: &mut Fabric, end: Side, kind: PacketKind, now: Nanos) -> Option<()> {
        let retries = if kind == PacketKind::Syn { SYN_RETRIES } else { SYN_ACK_RETRIES };
        let sender = self.sender(end)?;
        if sender.expiries() >= retries {
            self.end_mut(end).fail(fabric, io::ErrorKind::TimedOut);
            return None;
        }
        sender.opening_timed_out(now);
        let mut packet = self.packet(end, kind, now);
        if kind == PacketKind::SynAck {
            packet.ack = Some(self.ack_of(end));
        }
        self.record_again(&mut packet, now);
        self.send(fabric, packet, now);
        Some(())
    }

    fn sender_timer_expired(&mut self, fabric: &mut Fabric, end: Side, kind: TimerKind, now: Nanos) -> Option<()> {
        match kind {
            TimerKind::LossProbe => {
                let sending = &self.end(end).sending;
                let len = sending.unsent().min(greatest_segment(self.tcp));
                let takes = sending.sender.as_deref()?.peer_takes(sending.next);
                let has_new = sending.has_something_to_send() && len <= takes;
                match self.sender(end)?.probe_with(has_new, now) {
                    ProbeContent::Nothing => return Some(()),
                    ProbeContent::New => {
                        self.send_new(fabric, end, WindowCheck::Waived, now);
                    }
                    ProbeContent::Last(segment) => self.send_again(fabric, end, segment, now),
                }
                self.sender(end)?.probe_sent(now);
            }
            TimerKind::Reordering => {
                if self.sender(end)?.reordering_is_over(now) {
                    self.resend_lost(fabric, end, now);
                }
                self.sender(end)?.reordering_is_handled(now);
            }
            TimerKind::Retransmission => {
                let sender = self.sender(end)?;
                if sender.expiries() >= DATA_RETRIES {
                    self.end_mut(end).fail(fabric, io::ErrorKind::TimedOut);
                    return None;
                }
                let segment = sender.timed_out(now)?;
                self.send_again(fabric, end, segment, now);
            }
        }
        Some(())
    }
}

/// Whether a new segment waits for room in the congestion window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WindowCheck {
    Required,
    /// It is to find out whether the segments before it are lost.
    Waived,
}
