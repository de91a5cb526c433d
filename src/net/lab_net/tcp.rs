//! One TCP connection: both its ends, opening, delivery in order, closing (RFC 9293). How much is sent and when, and what happens
//! when a packet is lost, is the preset's: `textbook`, or `host_tcp` for the others.

use std::{io, net::SocketAddr};

use super::{
    Nanos, TEXTBOOK_WINDOW, TcpModel, TcpState,
    end::{OutOfOrderSegment, ReceiveSide, TcpEnd},
    fabric::{Event, Fabric, Packet, PacketKind},
    receiver::{ArrivalOrder, INITIAL_RECEIVE_WINDOW},
    route,
    sender::Sender,
    slots::SlotKey,
    stream::TransitNanos,
};
use crate::wire::{ConnectionStep, FlowHandle, Side};

/// A connection, from the first SYN until both ends are closed and let go of.
#[derive(Debug)]
pub(super) struct TcpConnection {
    pub(super) key: SlotKey,
    pub(super) tcp: TcpModel,
    /// The client's flow.
    pub(super) flow: Option<FlowHandle>,
    pub(super) client: TcpEnd,
    pub(super) server: TcpEnd,
}

/// What the arrival of a packet means beyond its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArrivalEffect {
    Nothing,
    /// The server's end is established: it can be accepted.
    Established,
}

impl TcpConnection {
    /// A connection about to be opened; its key is set when it has one.
    pub(super) fn new(
        fabric: &Fabric,
        key: SlotKey,
        ends: [(SocketAddr, Option<usize>); 2],
        flow: Option<FlowHandle>,
    ) -> Self {
        let links =
            |host: Option<usize>| host.and_then(|host| fabric.hosts.get(host)).map(|host| host.links.as_slice());
        let [client, server] = ends.map(|(_, host)| links(host).unwrap_or_default());
        let (there, back) = (route(client, server), route(server, client));
        let [(client, client_host), (server, server_host)] = ends;
        let mut connection = Self {
            key,
            tcp: fabric.tcp,
            flow,
            client: TcpEnd::new(client, client_host, there),
            server: TcpEnd::new(server, server_host, back),
        };
        if connection.tcp != TcpModel::Textbook {
            for end in [&mut connection.client, &mut connection.server] {
                end.sending.sender = Some(Box::new(Sender::new(connection.tcp, INITIAL_RECEIVE_WINDOW)));
                end.receiving.receiver = Some(Box::default());
            }
        }
        connection
    }

    pub(super) fn end(&self, side: Side) -> &TcpEnd {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    pub(super) fn end_mut(&mut self, side: Side) -> &mut TcpEnd {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// Closed at both ends, and without a socket at either.
    pub(super) fn is_over(&self) -> bool {
        [&self.client, &self.server].iter().all(|end| end.state == TcpState::Closed && !end.is_held)
    }

    /// Round-trip time of an empty packet on empty links.
    pub(super) fn rtt(&self, fabric: &Fabric) -> Nanos {
        fabric.delay(&self.client.sending.route) + fabric.delay(&self.server.sending.route)
    }

    // ---- opening

    pub(super) fn open(&mut self, fabric: &mut Fabric, now: Nanos) {
        self.client.state = TcpState::SynSent;
        self.client.is_held = true;
        self.send_control(fabric, Side::Client, PacketKind::Syn, now);
        self.start_timer(fabric, Side::Client, now);
    }

    /// A SYN for a port that is served has come.
    pub(super) fn answer_syn(&mut self, fabric: &mut Fabric, now: Nanos) {
        if self.server.state == TcpState::Closed && self.server.failure.is_none() {
            self.server.state = TcpState::SynReceived;
            self.server.is_held = true;
            self.start_timer(fabric, Side::Server, now);
        }
        if self.server.state == TcpState::SynReceived {
            self.send_control(fabric, Side::Server, PacketKind::SynAck, now);
        }
    }

    fn syn_ack_came(&mut self, fabric: &mut Fabric, packet: &Packet, now: Nanos) {
        let way = packet.way(now);
        match self.client.state {
            TcpState::SynSent => {
                self.client.state = TcpState::Established;
                self.record(now, Side::Server, ConnectionStep::SynAck, way);
                self.handshake_done(Side::Client, packet, now);
                self.send_control(fabric, Side::Client, PacketKind::Ack, now);
                self.client.receiving.reader_called_at = Some(now);
                self.client.wake_all(fabric);
            }
            TcpState::Closed => self.send_control(fabric, Side::Client, PacketKind::Rst, now),
            // It has been sent twice: the ACK may have been lost.
            _ => self.send_control(fabric, Side::Client, PacketKind::Ack, now),
        }
    }

    // ---- packets

    /// Sends a packet without data. What the client sends is recorded now, what the server sends when it arrives.
    pub(super) fn send_control(&mut self, fabric: &mut Fabric, from: Side, kind: PacketKind, now: Nanos) {
        let step = match kind {
            PacketKind::Syn => Some(ConnectionStep::Syn),
            PacketKind::Ack if self.server.state == TcpState::SynReceived => Some(ConnectionStep::Ack),
            PacketKind::Rst => Some(ConnectionStep::Rst),
            PacketKind::SynAck | PacketKind::Ack | PacketKind::Data => None,
        };
        let mut packet = self.packet(from, kind, now);
        if self.tcp != TcpModel::Textbook && matches!(kind, PacketKind::SynAck | PacketKind::Ack) {
            packet.ack = Some(self.ack_of(from));
        }
        if from == Side::Client
            && let (Some(step), Some(flow)) = (step, &self.flow)
        {
            packet.event = flow.step(at(now), from, step, None);
        }
        self.send(fabric, packet, now);
    }

    /// A packet has come to its destination.
    pub(super) fn arrived(&mut self, fabric: &mut Fabric, packet: &Packet, now: Nanos) -> ArrivalEffect {
        let to = packet.from.other();
        let way = packet.way(now);
        if let (Some(flow), Some(event)) = (&self.flow, packet.event) {
            flow.carried(event, way.transit());
        }
        self.read_timestamps(packet, now);
        match packet.kind {
            // Answered by whoever knows the ports.
            PacketKind::Syn => {}
            PacketKind::SynAck => self.syn_ack_came(fabric, packet, now),
            PacketKind::Rst => self.rst_came(fabric, to, way, now),
            PacketKind::Ack | PacketKind::Data => {
                let outcome = if self.end(to).state == TcpState::SynReceived {
                    self.end_mut(to).state = TcpState::Established;
                    self.handshake_done(to, packet, now);
                    ArrivalEffect::Established
                } else {
                    ArrivalEffect::Nothing
                };
                self.ack_came(fabric, packet, now);
                if packet.kind == PacketKind::Data {
                    self.data_came(fabric, to, packet, way, now);
                }
                return outcome;
            }
        }
        ArrivalEffect::Nothing
    }

    fn data_came(&mut self, fabric: &mut Fabric, to: Side, packet: &Packet, way: TransitNanos, now: Nanos) {
        let receiver = self.end_mut(to);
        let ReceiveSide { expected, fin, .. } = receiver.receiving;
        let end = packet.seq + packet.len;
        let is_new = end + u64::from(packet.fin) > expected + u64::from(fin);
        let is_closed = receiver.state == TcpState::Closed && (is_new || receiver.failure.is_some());
        if is_closed || (is_new && packet.len > 0 && !receiver.is_held) {
            // Nobody is there to read it.
            self.abort(fabric, to, now);
            return;
        }
        let came = if is_new && packet.seq > expected {
            receiver.receiving.keep(packet.seq, OutOfOrderSegment { end, fin: packet.fin, way })
        } else if is_new {
            let fills_gap = !receiver.receiving.early.is_empty();
            self.deliver_in_order(fabric, to, packet, way, now);
            if fills_gap { ArrivalOrder::FillingGap } else { ArrivalOrder::InOrder }
        } else {
            ArrivalOrder::Duplicate
        };
        match self.tcp {
            TcpModel::Textbook => self.landed(fabric, to.other(), packet.len, now),
            TcpModel::Realistic | TcpModel::Modern => {
                self.host_received(fabric, packet, came, now);
            }
        }
    }

    /// A segment is the next one: it and those that waited for it can be read.
    fn deliver_in_order(&mut self, fabric: &mut Fabric, to: Side, packet: &Packet, way: TransitNanos, now: Nanos) {
        self.deliver(fabric, to, packet.seq + packet.len, packet.fin, way);
        while let Some(first) = self.end_mut(to).receiving.first_in_order() {
            // Its octets were here before, but nobody could read them before now.
            self.deliver(fabric, to, first.end, first.fin, TransitNanos { last_in: now, ..first.way });
        }
        let receiver = self.end_mut(to);
        if receiver.reader.is_some() {
            receiver.receiving.reader_called_at = Some(now);
        }
        fabric.wake(&mut receiver.reader);
    }

    /// The octets before `end` can be read.
    fn deliver(&mut self, fabric: &mut Fabric, to: Side, end: u64, fin: bool, way: TransitNanos) {
        let receiver = self.end_mut(to);
        if end > receiver.receiving.expected {
            receiver.receiving.expected = end;
            receiver.receiving.delivered.push(end, way);
            while let Some((index, transit)) = self.end_mut(to.other()).sending.watches.delivered(end, way) {
                if let Some(flow) = &self.flow {
                    flow.carried(index, transit);
                }
            }
        }
        if fin && !self.end(to).receiving.fin {
            self.fin_came(fabric, to, way);
        }
    }

    // ---- closing

    fn fin_came(&mut self, fabric: &mut Fabric, to: Side, way: TransitNanos) {
        let receiver = self.end_mut(to);
        receiver.receiving.fin = true;
        receiver.state = receiver.state.after_receiving_fin();
        if to == Side::Client {
            self.record_ending(way.last_in, ConnectionStep::Fin, way);
        }
        if self.tcp == TcpModel::Textbook {
            let sender = self.end_mut(to.other());
            sender.state = sender.state.after_ack_of_fin();
        }
        fabric.wake(&mut self.end_mut(to).reader);
    }

    fn rst_came(&mut self, fabric: &mut Fabric, to: Side, way: TransitNanos, now: Nanos) {
        if to == Side::Client && self.client.state != TcpState::Closed {
            self.record_ending(now, ConnectionStep::Rst, way);
        }
        let end = self.end_mut(to);
        let refused = end.state == TcpState::SynSent;
        end.fail(fabric, if refused { io::ErrorKind::ConnectionRefused } else { io::ErrorKind::ConnectionReset });
        end.receiving.reader_called_at = Some(now);
    }

    /// This end sends nothing more: its FIN goes with the last octet, or at once.
    pub(super) fn shut_down(&mut self, fabric: &mut Fabric, side: Side, now: Nanos) {
        let end = self.end_mut(side);
        if end.state != TcpState::Closed && !end.sending.fin_wanted {
            end.sending.fin_wanted = true;
            self.pump(fabric, side, now);
        }
    }

    /// This end sends RST and is closed.
    pub(super) fn abort(&mut self, fabric: &mut Fabric, side: Side, now: Nanos) {
        self.record_what_is_held_back();
        let before = self.end(side).state;
        self.end_mut(side).fail(fabric, io::ErrorKind::ConnectionAborted);
        if before != TcpState::SynSent {
            self.send_control(fabric, side, PacketKind::Rst, now);
        }
    }

    /// The application lets go of its socket: RST when octets are unread (RFC 9293 §3.6.1, RFC 2525 §2.17), FIN otherwise.
    pub(super) fn let_go(&mut self, fabric: &mut Fabric, side: Side, now: Nanos) {
        self.record_what_is_held_back();
        let read = self.end(side.other()).sending.octets.read();
        let end = self.end_mut(side);
        end.is_held = false;
        end.reader = None;
        end.writer = None;
        match end.state {
            TcpState::Closed => {}
            TcpState::SynSent => end.state = TcpState::Closed,
            _ if end.receiving.expected > read => self.abort(fabric, side, now),
            _ => self.shut_down(fabric, side, now),
        }
    }

    /// Sends what may be sent now.
    pub(super) fn pump(&mut self, fabric: &mut Fabric, from: Side, now: Nanos) {
        match self.tcp {
            TcpModel::Textbook => self.pump_textbook(fabric, from, now),
            TcpModel::Realistic | TcpModel::Modern => self.pump_host(fabric, from, now),
        };
        let sender = self.end_mut(from);
        if sender.writer.is_some() && sender.sending.unsent() <= super::SEND_BUFFER / 2 {
            fabric.wake(&mut sender.writer);
        }
    }

    /// The next segment, ready to be sent: at most `greatest` octets, with the FIN if it is the last. `None`: there is nothing to
    /// send.
    pub(super) fn next_segment(&mut self, from: Side, greatest: u64, now: Nanos) -> Option<Packet> {
        let mut packet = self.packet(from, PacketKind::Data, now);
        let end = self.end_mut(from);
        if !end.sending.has_something_to_send() {
            return None;
        }
        packet.len = end.sending.unsent().min(greatest);
        packet.octets += packet.len;
        end.sending.next += packet.len;
        packet.fin = end.sending.fin_wanted && end.sending.unsent() == 0;
        if packet.fin {
            end.sending.fin_sent = true;
            end.state = end.state.after_sending_fin();
            if from == Side::Client
                && let Some(flow) = &self.flow
            {
                packet.event = flow.step(at(now), from, ConnectionStep::Fin, None);
            }
        }
        Some(packet)
    }

    // ---- reading

    /// Octets that count in the network's buffers: sent and not read.
    pub(super) fn held_in_buffers(&self) -> u64 {
        if self.tcp != TcpModel::Textbook {
            return 0;
        }
        let ends = [&self.client, &self.server];
        ends.iter().map(|end| end.sending.next.saturating_sub(end.sending.octets.read())).sum()
    }

    /// The application at `side` has read `len` octets: its peer will learn of it when that makes a difference.
    pub(super) fn has_read(&mut self, fabric: &mut Fabric, side: Side, len: u64, now: Nanos) {
        if self.tcp != TcpModel::Textbook {
            self.host_has_read(fabric, side, now);
            return;
        }
        fabric.freed(len, now);
        if fabric.has_waiting_senders() {
            let sending = &self.end(side.other()).sending;
            let ahead = sending.next - sending.octets.read();
            let delay = fabric.delay(&self.end(side).sending.route);
            fabric.has_been_read((self.key, side.other()), ahead, now + delay);
        }
        let read = self.end(side.other()).sending.octets.read();
        let receiving = &mut self.end_mut(side).receiving;
        if read - receiving.advertised_read >= TEXTBOOK_WINDOW / 4 {
            receiving.advertised_read = read;
            self.tell_window(fabric, side, read + TEXTBOOK_WINDOW, now);
        }
    }

    /// The peer learns that it may send octets before `window_ends`. Such a message does not get lost.
    pub(super) fn tell_window(&mut self, fabric: &mut Fabric, from: Side, window_ends: u64, now: Nanos) {
        let delay = fabric.delay(&self.end(from).sending.route);
        let sender = from.other();
        self.end_mut(sender).sending.openings.push_back(window_ends);
        fabric.schedule(now + delay, Event::WindowOpens { connection: self.key, sender });
    }

    pub(super) fn window_opens(&mut self, fabric: &mut Fabric, sender: Side, now: Nanos) {
        let sending = &mut self.end_mut(sender).sending;
        match (sending.openings.pop_front(), &mut sending.sender) {
            (Some(window_ends), Some(sender)) => sender.window_ends_at(window_ends),
            (Some(window_ends), None) => sending.window_ends = sending.window_ends.max(window_ends),
            (None, _) => {}
        }
        self.pump(fabric, sender, now);
    }

    // ---- the record

    fn record(&self, now: Nanos, from: Side, step: ConnectionStep, way: TransitNanos) {
        if let Some(flow) = &self.flow {
            flow.step(at(now), from, step, Some(way.transit()));
        }
    }

    /// Records the server's FIN or RST, once the client has read everything before it.
    fn record_ending(&mut self, now: Nanos, step: ConnectionStep, way: TransitNanos) {
        if self.client.receiving.expected > self.server.sending.octets.read() {
            self.client.unrecorded = Some((now, step, way));
        } else {
            self.record(now, Side::Server, step, way);
        }
    }

    pub(super) fn record_what_is_held_back(&mut self) {
        if let Some((now, step, way)) = self.client.unrecorded.take() {
            self.record(now, Side::Server, step, way);
        }
    }
}

pub(super) fn at(now: Nanos) -> std::time::Duration {
    std::time::Duration::from_nanos(now)
}
