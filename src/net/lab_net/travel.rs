//! A packet's way: from link to link, into their queues, to its destination or not.

use super::{
    Nanos, TcpModel, TcpState,
    end::SendSide,
    fabric::{Event, Fabric, Packet, PacketKind},
    header_octets,
    link::{Admission, Direction, LinkOutcome},
    queue_turn::QueueCondition,
    slots::SlotKey,
    stream::TransitNanos,
    tcp::{TcpConnection, at},
    textbook,
    topology::Hop,
};
use crate::wire::{ConnectionStep, NoteKind, Side};

impl TcpConnection {
    pub(super) fn packet(&self, from: Side, kind: PacketKind, now: Nanos) -> Packet {
        Packet {
            connection: self.key,
            from,
            kind,
            hop: 0,
            octets: header_octets(self.tcp),
            seq: self.end(from).sending.next,
            len: 0,
            fin: false,
            ack: None,
            stamped: now,
            first_out: now,
            last_out: now,
            spread: 0,
            tries: 0,
            event: None,
        }
    }

    pub(super) fn send(&mut self, fabric: &mut Fabric, packet: Packet, now: Nanos) {
        let sender_is_up = fabric.is_up(self.end(packet.from).host);
        let key = fabric.packets.insert(packet);
        if sender_is_up {
            self.travel(fabric, key, now, true);
        } else {
            self.vanished(fabric, key, now);
        }
    }

    /// Takes a packet as far as can be said now: into the queue of the next link that is one, or to its destination.
    pub(super) fn travel(
        &mut self,
        fabric: &mut Fabric,
        key: SlotKey,
        now: Nanos,
        may_have_to_wait: bool,
    ) -> Option<()> {
        let takes_turns = self.tcp == TcpModel::Textbook;
        let admission = if takes_turns { Admission::Always } else { Admission::ForFullPacket };
        let (mut now, mut may_have_to_wait) = (now, may_have_to_wait && takes_turns);
        loop {
            let packet = fabric.packets.get_mut(key)?;
            let (from, hop_number) = (packet.from, packet.hop);
            let connection = self.key;
            let SendSide { route, lanes, .. } = &mut self.end_mut(from).sending;
            let Some(hop) = route.get(hop_number).copied() else { break };
            let direction = fabric.links.get_mut(hop.link)?.direction_mut(hop.toward_host);
            let lane = lanes.get_mut(hop_number)?;
            let has_rate = direction.rate().is_some();
            if may_have_to_wait && has_rate && lane.must_wait(packet.octets, now) {
                lane.waiting.push_back(key);
                lane.set_release(fabric, connection, from, hop_number, now);
                return Some(());
            }
            let waits = direction.wait(now);
            let fate = direction.carry(now, packet.octets, admission);
            if let Some((first_out, last_out)) = fate.sent() {
                packet.left(first_out, last_out, has_rate);
                lane.free_at = last_out;
            }
            if let Some(condition) = lane.condition_to_note(waits, fate == LinkOutcome::Dropped) {
                self.note_queue(fabric, hop, from, condition, now);
            }
            match fate {
                LinkOutcome::Arrives { at, .. } => now = at,
                LinkOutcome::Lost { last_out, .. } => return self.lost(fabric, key, last_out),
                LinkOutcome::Dropped => return self.lost(fabric, key, now),
            }
            may_have_to_wait = takes_turns;
            fabric.packets.get_mut(key)?.hop += 1;
            let next = self.end(from).sending.route.get(hop_number + 1).copied();
            if next.is_none_or(|hop| fabric.direction(hop).is_none_or(Direction::is_queue)) {
                break;
            }
        }
        fabric.schedule(now, Event::Arrives { packet: key });
        Some(())
    }

    /// Says once a burst that a queue is long, or full.
    fn note_queue(&self, fabric: &Fabric, hop: Hop, from: Side, condition: QueueCondition, now: Nanos) -> Option<()> {
        let flow = self.flow.as_ref()?;
        let link = fabric.links.get(hop.link)?;
        let waiting = link.direction(hop.toward_host).waiting_octets(now);
        let sender = match from {
            Side::Client => "client",
            Side::Server => "server",
        };
        let name = link.name();
        let text = match condition {
            QueueCondition::Full => {
                format!("a packet of the {sender} was dropped: the queue of the link {name} is full ({waiting} octets)")
            }
            QueueCondition::Long { waits } => {
                let millis = waits / 1_000_000;
                format!("a packet of the {sender} waits {millis} ms in the queue of the link {name} ({waiting} octets)")
            }
        };
        flow.note(at(now), NoteKind::Queueing, text, None);
        Some(())
    }

    /// A lane is free again: the next packet enters the link, or the sender makes one.
    pub(super) fn lane_free(&mut self, fabric: &mut Fabric, from: Side, hop: usize, now: Nanos) -> Option<()> {
        self.end_mut(from).sending.lanes.get_mut(hop)?.release_is_set = false;
        loop {
            let connection = self.key;
            let lane = self.end_mut(from).sending.lanes.get_mut(hop)?;
            if lane.free_at > now {
                if !lane.waiting.is_empty() {
                    lane.set_release(fabric, connection, from, hop, now);
                }
                break;
            }
            let Some(packet) = lane.waiting.pop_front() else { break };
            self.travel(fabric, packet, now, false);
        }
        if hop == 0 {
            self.pump(fabric, from, now);
        }
        Some(())
    }

    /// A packet was lost on a link.
    fn lost(&mut self, fabric: &mut Fabric, key: SlotKey, now: Nanos) -> Option<()> {
        let packet = fabric.packets.get(key)?;
        if let Some(flow) = &self.flow
            && !(packet.kind == PacketKind::Ack && self.server.state != TcpState::SynReceived)
        {
            flow.step(at(now), packet.from, ConnectionStep::Lost, None);
        }
        match self.tcp {
            TcpModel::Textbook => self.resend_later(fabric, key),
            TcpModel::Realistic | TcpModel::Modern => {
                fabric.packets.remove(key);
            }
        }
        Some(())
    }

    /// A packet came to a host that is down, or to an address no host has.
    pub(super) fn vanished(&mut self, fabric: &mut Fabric, key: SlotKey, now: Nanos) {
        match self.tcp {
            TcpModel::Textbook => textbook::resend_after_backoff(fabric, key, now),
            TcpModel::Realistic | TcpModel::Modern => {
                fabric.packets.remove(key);
            }
        }
    }
}

impl Packet {
    fn left(&mut self, first_out: Nanos, last_out: Nanos, is_shared: bool) {
        if self.hop == 0 {
            self.first_out = first_out;
            self.last_out = last_out;
        }
        if is_shared {
            self.spread = last_out - first_out;
        }
    }

    pub(super) fn way(&self, now: Nanos) -> TransitNanos {
        TransitNanos { first_out: self.first_out, last_out: self.last_out, first_in: now - self.spread, last_in: now }
    }
}
