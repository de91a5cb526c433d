//! TCP as hosts speak it: headers, acknowledgements on the way back, a congestion window, recovery from loss.
//!
//! Every segment is acknowledged at once (as Linux does at the beginning of a connection), with SACK (RFC 2018). A segment counts
//! as lost when three sent after it have arrived (RFC 6675's `DupThresh`, counted in order of sending so that a lost
//! retransmission is seen too: on links that do not reorder this is what RFC 8985 comes to); the last ones of a flight are found
//! by the retransmission timer.

use std::{collections::VecDeque, time::Duration};

use super::{
    MSS, Nanos, TcpState,
    congestion::{Congestion, Timeout},
    fabric::{Ack, Event, Fabric, Kind, Packet},
    tcp::Connection,
    window,
};
use crate::wire::{Side, Step};

/// What a realistic sender knows of what it has sent.
#[derive(Debug, Default)]
pub(super) struct Sender {
    sent: VecDeque<Sent>,
    /// Everything before is acknowledged; the FIN counts one.
    acked: u64,
    /// Octets that are thought to be on their way.
    in_flight: u64,
    /// How many of `sent` are thought to be lost.
    lost: usize,
    sacked: usize,
    transmissions: u64,
    /// The latest transmission known to have arrived.
    arrived: u64,
    congestion: Congestion,
    timeout: Timeout,
    /// Losses before this position belong to a loss the window has been reduced for already.
    recovers_at: u64,
    is_recovering: bool,
    sent_at: Nanos,
    timer: Timer,
}

/// A segment that is not acknowledged.
#[derive(Debug)]
struct Sent {
    seq: u64,
    len: u64,
    fin: bool,
    at: Nanos,
    transmission: u64,
    is_again: bool,
    whereabouts: Whereabouts,
}

/// What is thought to have become of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whereabouts {
    OnItsWay,
    Lost,
    /// It has arrived before one that is missing.
    Early,
}

impl Sent {
    fn end(&self) -> u64 {
        self.seq + self.len + u64::from(self.fin)
    }
}

/// One timer for SYN, SYN-ACK and data.
#[derive(Debug, Default)]
struct Timer {
    expires_at: Option<Nanos>,
    /// When the agenda will look at it: never after `expires_at`.
    looked_at: Option<Nanos>,
}

/// A segment is lost when this many sent after it have arrived.
const DUP_THRESHOLD: u64 = 3;
/// How often SYN and SYN-ACK are sent again (Linux: `tcp_syn_retries`, `tcp_synack_retries`).
const SYN_RETRIES: u32 = 6;
const SYN_ACK_RETRIES: u32 = 5;
/// How often a segment is sent again before the connection is given up (Linux: `tcp_retries2`).
const DATA_RETRIES: u32 = 15;

impl Sender {
    /// Takes in an acknowledgement. Returns how many octets are newly acknowledged by position.
    fn take(&mut self, ack: Ack, now: Nanos) -> u64 {
        let newly = ack.next.saturating_sub(self.acked);
        let mut measured = None;
        while let Some(first) = self.sent.front().filter(|first| first.end() <= ack.next) {
            self.arrived = self.arrived.max(first.transmission);
            if !first.is_again && first.whereabouts != Whereabouts::Early {
                measured = Some(now - first.at);
            }
            match first.whereabouts {
                Whereabouts::OnItsWay => self.in_flight -= first.len,
                Whereabouts::Lost => self.lost -= 1,
                Whereabouts::Early => self.sacked -= 1,
            }
            self.sent.pop_front();
        }
        self.acked = self.acked.max(ack.next);
        for (start, end) in ack.early.into_iter().filter(|(start, end)| start < end) {
            let from = self.sent.partition_point(|sent| sent.seq < start);
            for sent in self.sent.range_mut(from..).take_while(|sent| sent.end() <= end) {
                match sent.whereabouts {
                    Whereabouts::OnItsWay => self.in_flight -= sent.len,
                    Whereabouts::Lost => self.lost -= 1,
                    Whereabouts::Early => continue,
                }
                sent.whereabouts = Whereabouts::Early;
                self.sacked += 1;
                self.arrived = self.arrived.max(sent.transmission);
            }
        }
        if let Some(rtt) = measured {
            self.timeout.measured(rtt);
        }
        newly
    }

    /// Marks what must be lost by now. Says whether anything new is.
    fn find_lost(&mut self) -> bool {
        let before = self.lost;
        for sent in &mut self.sent {
            let is_overdue = sent.transmission + DUP_THRESHOLD <= self.arrived;
            if sent.whereabouts == Whereabouts::OnItsWay && is_overdue {
                sent.whereabouts = Whereabouts::Lost;
                self.lost += 1;
                self.in_flight -= sent.len;
            }
        }
        self.lost > before
    }

    fn unacknowledged(&self) -> u64 {
        self.sent.iter().filter(|sent| sent.whereabouts != Whereabouts::Early).map(|sent| sent.len).sum()
    }

    /// Adjusts the window to an acknowledgement that brought `newly` octets.
    fn react(&mut self, newly: u64, next: u64) {
        let must_look = self.sacked > 0 || self.is_recovering;
        let before = self.in_flight;
        if must_look && self.find_lost() && !self.is_recovering && self.acked >= self.recovers_at {
            self.congestion.halve(self.unacknowledged().max(before));
            self.is_recovering = true;
            self.recovers_at = next;
        }
        if self.is_recovering && self.acked >= self.recovers_at {
            self.is_recovering = false;
        } else if newly > 0 && !self.is_recovering {
            self.congestion.acked(newly);
        }
        if newly > 0 {
            self.timeout.progress();
        }
    }

    /// Notes that a segment leaves.
    fn leaves(&mut self, packet: &Packet, now: Nanos) {
        self.transmissions += 1;
        self.in_flight += packet.len;
        self.sent_at = now;
        let sent = Sent {
            seq: packet.seq,
            len: packet.len,
            fin: packet.fin,
            at: now,
            transmission: self.transmissions,
            is_again: false,
            whereabouts: Whereabouts::OnItsWay,
        };
        self.congestion.sent(self.in_flight, self.acked, sent.end());
        self.sent.push_back(sent);
    }

    /// The first lost segment leaves again: its position, length and FIN.
    fn leaves_again(&mut self, now: Nanos) -> Option<(u64, u64, bool)> {
        let sent = self.sent.iter_mut().find(|sent| sent.whereabouts == Whereabouts::Lost)?;
        self.transmissions += 1;
        sent.transmission = self.transmissions;
        (sent.whereabouts, sent.is_again, sent.at) = (Whereabouts::OnItsWay, true, now);
        self.lost -= 1;
        self.in_flight += sent.len;
        self.sent_at = now;
        Some((sent.seq, sent.len, sent.fin))
    }

    /// Is there room for `len` octets more? One segment may always be on its way.
    fn has_room(&self, len: u64) -> bool {
        self.in_flight == 0 || self.in_flight + len <= self.congestion.window()
    }
}

impl Connection {
    pub(super) fn pump_realistic(&mut self, fabric: &mut Fabric, from: Side, now: Nanos) -> Option<()> {
        if matches!(self.end(from).state, TcpState::SynSent | TcpState::SynReceived | TcpState::Closed) {
            return None;
        }
        let sender = self.end_mut(from).sending.realistic.as_mut()?;
        if sender.sent.is_empty() && now > sender.sent_at + sender.timeout.rto() {
            sender.congestion.restart_after_idle();
        }
        while self.send_again_one(fabric, from, now).is_some() {}
        while self.send_one(fabric, from, now).is_some() {}
        let sender = self.end_mut(from).sending.realistic.as_mut()?;
        if !sender.sent.is_empty() && sender.timer.expires_at.is_none() {
            let expires_at = now + sender.timeout.rto();
            self.set_timer(fabric, from, expires_at);
        }
        Some(())
    }

    fn send_one(&mut self, fabric: &mut Fabric, from: Side, now: Nanos) -> Option<()> {
        let window = window(self.tcp);
        let sending = &self.end(from).sending;
        let sender = sending.realistic.as_ref()?;
        let len = sending.unsent().min(MSS);
        if len > 0 && (!sender.has_room(len) || sending.next + len > sending.peer_has_read + window || sender.lost > 0)
        {
            return None;
        }
        let mut packet = self.next_segment(from, now)?;
        packet.ack = Some(self.ack_of(from));
        self.end_mut(from).sending.realistic.as_mut()?.leaves(&packet, now);
        self.send(fabric, packet, now);
        Some(())
    }

    fn send_again_one(&mut self, fabric: &mut Fabric, from: Side, now: Nanos) -> Option<()> {
        let sender = self.end_mut(from).sending.realistic.as_mut()?;
        if sender.lost == 0 || !sender.has_room(MSS) {
            return None;
        }
        let (seq, len, fin) = sender.leaves_again(now)?;
        let mut packet = self.packet(from, Kind::Data, now);
        (packet.seq, packet.len, packet.fin) = (seq, len, fin);
        packet.octets += len;
        packet.ack = Some(self.ack_of(from));
        self.send_recorded(fabric, packet, now);
        Some(())
    }

    /// Sends a packet that has been sent before.
    fn send_recorded(&mut self, fabric: &mut Fabric, mut packet: Packet, now: Nanos) {
        if let Some(flow) = &self.flow {
            packet.event = flow.step(Duration::from_nanos(now), packet.from, Step::Retransmit, None);
        }
        self.send(fabric, packet, now);
    }

    /// What `side` has received.
    fn ack_of(&self, side: Side) -> Ack {
        let receiving = &self.end(side).receiving;
        let mut early = [(0, 0); 3];
        early.iter_mut().zip(&receiving.early_ranges).for_each(|(block, range)| *block = *range);
        Ack { next: receiving.expected + u64::from(receiving.fin), early }
    }

    /// Answers a segment that has come with an acknowledgement.
    pub(super) fn acknowledge(&mut self, fabric: &mut Fabric, to: Side, now: Nanos) {
        let mut packet = self.packet(to, Kind::Ack, now);
        packet.ack = Some(self.ack_of(to));
        self.send(fabric, packet, now);
    }

    /// An acknowledgement has come to `to`.
    pub(super) fn ack_came(&mut self, fabric: &mut Fabric, to: Side, ack: Ack, now: Nanos) -> Option<()> {
        let sending = &mut self.end_mut(to).sending;
        let (next, fin_sent) = (sending.next + u64::from(sending.fin_sent), sending.fin_sent);
        let sender = sending.realistic.as_mut()?;
        let was_acked = sender.acked;
        let newly = sender.take(ack, now);
        sender.react(newly, next);
        if newly > 0 {
            sender.timer.expires_at = None;
        }
        let acked = sender.acked;
        if fin_sent && was_acked < next && acked == next {
            let end = self.end_mut(to);
            end.state = end.state.after_ack_of_fin();
        }
        self.pump(fabric, to, now);
        Some(())
    }

    // ---- the timer

    /// SYN or SYN-ACK has been sent for the first time.
    pub(super) fn start_timer(&mut self, fabric: &mut Fabric, end: Side, now: Nanos) {
        if let Some(sender) = &mut self.end_mut(end).sending.realistic {
            sender.sent_at = now;
            let expires_at = now + sender.timeout.rto();
            self.set_timer(fabric, end, expires_at);
        }
    }

    /// SYN or SYN-ACK has been answered.
    pub(super) fn handshake_done(&mut self, end: Side, now: Nanos) {
        let Some(sender) = &mut self.end_mut(end).sending.realistic else { return };
        sender.timer.expires_at = None;
        if sender.timeout.expiries() == 0 {
            sender.timeout.measured(now - sender.sent_at);
        } else {
            sender.timeout.syn_was_lost();
            sender.congestion.begin_small();
        }
    }

    fn set_timer(&mut self, fabric: &mut Fabric, end: Side, expires_at: Nanos) {
        let connection = self.key;
        let Some(sender) = &mut self.end_mut(end).sending.realistic else { return };
        sender.timer.expires_at = Some(expires_at);
        if sender.timer.looked_at.is_none_or(|looked_at| looked_at > expires_at) {
            sender.timer.looked_at = Some(expires_at);
            fabric.schedule(expires_at, Event::Timer { connection, end });
        }
    }

    /// The agenda looks at a timer. `None`: it has been put off or taken back.
    pub(super) fn timer_looked_at(&mut self, fabric: &mut Fabric, end: Side, now: Nanos) -> Option<()> {
        let timer = &mut self.end_mut(end).sending.realistic.as_mut()?.timer;
        if timer.looked_at != Some(now) {
            return None;
        }
        timer.looked_at = None;
        let expires_at = timer.expires_at?;
        if expires_at > now {
            self.set_timer(fabric, end, expires_at);
            return None;
        }
        timer.expires_at = None;
        self.timer_expired(fabric, end, now)
    }

    fn timer_expired(&mut self, fabric: &mut Fabric, end: Side, now: Nanos) -> Option<()> {
        let state = self.end(end).state;
        let (kind, retries) = match state {
            TcpState::Closed => return None,
            TcpState::SynSent => (Some(Kind::Syn), SYN_RETRIES),
            TcpState::SynReceived => (Some(Kind::SynAck), SYN_ACK_RETRIES),
            _ => (None, DATA_RETRIES),
        };
        let sender = self.end_mut(end).sending.realistic.as_mut()?;
        if sender.timeout.expiries() >= retries {
            self.end_mut(end).fail(fabric, std::io::ErrorKind::TimedOut);
            return Some(());
        }
        let is_first = sender.timeout.expiries() == 0;
        sender.timeout.back_off();
        if let Some(kind) = kind {
            let expires_at = now + sender.timeout.rto();
            let packet = self.packet(end, kind, now);
            self.send_recorded(fabric, packet, now);
            self.set_timer(fabric, end, expires_at);
        } else {
            let unacknowledged = sender.unacknowledged();
            sender.congestion.collapse(unacknowledged, is_first);
            sender.is_recovering = false;
            sender.recovers_at = sender.sent.back().map_or(sender.acked, Sent::end);
            for sent in sender.sent.iter_mut().filter(|sent| sent.whereabouts == Whereabouts::OnItsWay) {
                sent.whereabouts = Whereabouts::Lost;
                sender.lost += 1;
                sender.in_flight -= sent.len;
            }
            self.pump(fabric, end, now);
        }
        Some(())
    }
}
