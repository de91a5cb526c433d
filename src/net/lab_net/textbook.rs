//! The lecture's TCP: no header octets, no slow start, no ACK traffic. A sender keeps just enough on its way to keep the slowest
//! link busy; a lost packet is sent again one round-trip time after it was sent, and once only for each loss.
//!
//! Of each connection at most one segment is in the queue of a link. The next enters when that one has left, so that connections
//! which share a link take turns, segment by segment, and no queue overflows however long they send.

use super::{
    MSS, Nanos, TEXTBOOK_WINDOW, TcpState,
    fabric::{Event, Fabric, PacketKind},
    slots::SlotKey,
    tcp::TcpConnection,
};
use crate::wire::{ConnectionStep, Side};

/// Beyond what fills the path: some for each turn a connection waits for.
const MARGIN_SEGMENTS: u64 = 64;
/// How often a packet to a host that does not answer is sent again: after 1, 3, 7, … 63 seconds (RFC 6298 §5.5). After 127 the
/// connection is given up.
const MOST_TRIES: u32 = 6;
const NANOS_PER_SEC: u64 = 1_000_000_000;

impl TcpConnection {
    pub(super) fn pump_textbook(&mut self, fabric: &mut Fabric, from: Side, now: Nanos) -> Option<()> {
        let limit = self.flight_limit(fabric, from);
        let connection = self.key;
        loop {
            let end = self.end_mut(from);
            if matches!(end.state, TcpState::SynSent | TcpState::SynReceived | TcpState::Closed) {
                return None;
            }
            let sending = &mut end.sending;
            let len = sending.unsent().min(MSS);
            let is_allowed = sending.textbook.octets + len <= limit && sending.next + len <= sending.window_ends;
            if len > 0 && !is_allowed {
                return None;
            }
            let first_is_shared = sending.route.first().and_then(|hop| fabric.direction(*hop)?.rate()).is_some();
            if let Some(lane) = sending.lanes.first_mut()
                && first_is_shared
                && len > 0
                && (lane.free_at > now || !lane.waiting.is_empty())
            {
                lane.set_release(fabric, connection, from, 0, now);
                return None;
            }
            let ahead = sending.next - sending.octets.read();
            if len > 0 && !fabric.takes((connection, from), ahead, len) {
                return None;
            }
            sending.textbook.octets += len;
            let packet = self.next_segment(from, MSS, now)?;
            self.send(fabric, packet, now);
        }
    }

    /// A segment has arrived: there is room for another on the way.
    pub(super) fn landed(&mut self, fabric: &mut Fabric, sender: Side, len: u64, now: Nanos) {
        let sending = &mut self.end_mut(sender).sending;
        sending.textbook.octets = sending.textbook.octets.saturating_sub(len);
        if sending.has_something_to_send() {
            self.pump(fabric, sender, now);
        }
    }

    /// What fills the path at the rate of its slowest link, and some more; where no link has a rate, the whole window.
    fn flight_limit(&mut self, fabric: &Fabric, from: Side) -> u64 {
        let version = fabric.path_version;
        let sending = &mut self.end_mut(from).sending;
        if let Some((limit, _)) = sending.textbook.limit.filter(|(_, known)| *known == version) {
            return limit;
        }
        let limit = fabric.lowest_rate(&sending.route).map_or(TEXTBOOK_WINDOW, |rate| {
            let delay = fabric.greatest_delay(&sending.route);
            let fills = u128::from(rate) * u128::from(delay) / u128::from(8 * NANOS_PER_SEC);
            u64::try_from(fills).unwrap_or(u64::MAX).saturating_add(MARGIN_SEGMENTS * MSS).min(TEXTBOOK_WINDOW)
        });
        sending.textbook.limit = Some((limit, version));
        limit
    }

    /// Ideal recovery: the sender notices when the acknowledgement fails to come.
    pub(super) fn resend_later(&mut self, fabric: &mut Fabric, key: SlotKey) {
        let rtt = self.rtt(fabric);
        if let Some(packet) = fabric.packets.get(key) {
            fabric.schedule(packet.last_out + rtt, Event::Resend { packet: key });
        }
    }

    pub(super) fn resend(&mut self, fabric: &mut Fabric, key: SlotKey, now: Nanos) -> Option<()> {
        let mut packet = fabric.packets.remove(key)?;
        let from = packet.from;
        if self.end(from).state == TcpState::Closed && packet.kind != PacketKind::Rst {
            return None;
        }
        if packet.tries > MOST_TRIES {
            self.end_mut(from).fail(fabric, std::io::ErrorKind::TimedOut);
            return Some(());
        }
        if let Some(flow) = &self.flow {
            packet.event = flow.step(std::time::Duration::from_nanos(now), from, ConnectionStep::Retransmit, None);
        }
        packet.hop = 0;
        packet.first_out = now;
        packet.last_out = now;
        self.send(fabric, packet, now);
        Some(())
    }
}

/// No host answers: the sender tries again, each time after twice the time.
pub(super) fn resend_after_backoff(fabric: &mut Fabric, key: SlotKey, now: Nanos) {
    let Some(packet) = fabric.packets.get_mut(key) else { return };
    if matches!(packet.kind, PacketKind::Ack | PacketKind::Rst) {
        fabric.packets.remove(key);
        return;
    }
    let again_at = packet.last_out + (NANOS_PER_SEC << packet.tries);
    packet.tries += 1;
    fabric.schedule(again_at.max(now), Event::Resend { packet: key });
}
