//! The network at work: takes what happens next off the agenda, and does what applications ask of their sockets.
//!
//! Every event has a nominal time and computes from that alone, so that it makes no difference when it is worked off.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    task::{Context, Poll},
};

use tokio::io::ReadBuf;

use super::{
    ConnectError, DatagramError, Nanos, Path, SEND_BUFFER, SocketRow, TcpState, Topology,
    fabric::{Event, Fabric, Packet, PacketKind},
    outgoing::OutgoingDatagram,
    slots::{SlotKey, Slots},
    stream::TransitNanos,
    tcp::{ArrivalEffect, TcpConnection},
    topology::ServedPort,
    udp::Udp,
    wait,
};
use crate::wire::{EventIndex, FlowHandle, Side};

#[derive(Debug)]
pub(super) struct Core {
    pub(super) fabric: Fabric,
    connections: Slots<TcpConnection>,
    pub(super) udp: Udp,
    /// The time of the last happening.
    reached: Nanos,
}

/// Established connections a served port holds until they are accepted; further SYNs are not answered (as with Linux's somaxconn).
const BACKLOG: usize = 4_096;

/// What came of a read.
pub(super) struct ReadResult {
    pub(super) result: Poll<io::Result<()>>,
    /// The way of the octets read.
    pub(super) way: Option<TransitNanos>,
    /// Since when there was something for the reader that waited.
    pub(super) called_at: Option<Nanos>,
}

impl Core {
    pub(super) fn new(topology: &Topology, path: &Path) -> Self {
        Self {
            fabric: Fabric::new(topology, path),
            connections: Slots::default(),
            udp: Udp::new(path.seed),
            reached: 0,
        }
    }

    /// Lets everything up to `until` happen. With `pause_on_wake` it stops after the first moment in which a task was woken.
    pub(super) fn run(&mut self, until: Nanos, pause_on_wake: bool) -> Nanos {
        let mut until = until;
        while let Some((now, event)) = self.fabric.take_next(until) {
            // Timers that were taken back do not count as happening.
            if self.happens(event, now).is_some() || self.fabric.has_woken() {
                self.reached = self.reached.max(now);
            }
            if pause_on_wake && self.fabric.has_woken() {
                until = now;
            }
        }
        self.reached
    }

    fn happens(&mut self, event: Event, now: Nanos) -> Option<()> {
        match event {
            Event::Arrives { packet } => self.arrives(packet, now),
            Event::DatagramArrives { datagram } => self.udp.arrives(&mut self.fabric, datagram, now),
            Event::LaneFree { connection, from, hop } => {
                self.connections.get_mut(connection)?.lane_free(&mut self.fabric, from, usize::from(hop), now)
            }
            Event::Resend { packet } => {
                let key = self.fabric.packets.get(packet)?.connection;
                let Some(connection) = self.connections.get_mut(key) else {
                    self.fabric.packets.remove(packet);
                    return None;
                };
                connection.resend(&mut self.fabric, packet, now);
                self.forget_if_over(key);
                Some(())
            }
            Event::Timer { connection: key, end } => {
                self.connections.get_mut(key)?.timer_looked_at(&mut self.fabric, end, now)?;
                self.forget_if_over(key);
                Some(())
            }
            Event::AckTimer { connection, end } => {
                self.connections.get_mut(connection)?.ack_timer_looked_at(&mut self.fabric, end, now)
            }
            Event::WindowOpens { connection, sender } => {
                self.connections.get_mut(connection)?.window_opens(&mut self.fabric, sender, now);
                Some(())
            }
        }
    }

    fn arrives(&mut self, key: SlotKey, now: Nanos) -> Option<()> {
        let Self { fabric, connections, .. } = self;
        let packet = fabric.packets.get(key)?;
        let connection_key = packet.connection;
        let Some(connection) = connections.get_mut(connection_key) else {
            fabric.packets.remove(key);
            return None;
        };
        if packet.hop < connection.end(packet.from).sending.route.len() {
            return connection.travel(fabric, key, now, true);
        }
        let (host, kind) = (connection.end(packet.from.other()).host, packet.kind);
        if !fabric.is_up(host) {
            connection.vanished(fabric, key, now);
        } else if kind == PacketKind::Syn {
            self.syn_comes(key, now);
        } else {
            let packet = fabric.packets.remove(key)?;
            if connection.arrived(fabric, &packet, now) == ArrivalEffect::Established {
                self.offer(connection_key, now);
            }
        }
        self.forget_if_over(connection_key);
        Some(())
    }

    fn syn_comes(&mut self, key: SlotKey, now: Nanos) -> Option<()> {
        let Self { fabric, connections, .. } = self;
        let connection = connections.get_mut(fabric.packets.get(key)?.connection)?;
        let server = connection.end(Side::Server);
        let listening = fabric.hosts.get(server.host?)?.ports.get(&server.ip_port.port());
        let is_crowded = listening.is_some_and(|listening| listening.established.len() >= BACKLOG);
        let is_served = listening.is_some();
        if is_crowded {
            connection.vanished(fabric, key, now);
            return Some(());
        }
        let packet: Packet = fabric.packets.remove(key)?;
        connection.arrived(fabric, &packet, now);
        if is_served {
            connection.answer_syn(fabric, now);
        } else {
            connection.send_control(fabric, Side::Server, PacketKind::Rst, now);
        }
        Some(())
    }

    /// Puts an established connection where the server can accept it.
    fn offer(&mut self, key: SlotKey, now: Nanos) -> Option<()> {
        let Self { fabric, connections, .. } = self;
        let connection = connections.get_mut(key)?;
        let server = connection.end_mut(Side::Server);
        let port = server.ip_port.port();
        let Some(listening) = fabric.hosts.get_mut(server.host?)?.ports.get_mut(&port) else {
            connection.end_mut(Side::Server).is_held = false;
            connection.abort(fabric, Side::Server, now);
            return None;
        };
        listening.established.push_back(key);
        if let Some(waker) = listening.waker.take() {
            server.receiving.reader_called_at = Some(now);
            fabric.wake(&mut Some(waker));
        }
        Some(())
    }

    /// Frees what a connection held once both its ends are closed and let go of.
    fn forget_if_over(&mut self, key: SlotKey) -> Option<()> {
        if !self.connections.get(key)?.is_over() {
            return None;
        }
        let connection = self.connections.remove(key)?;
        self.fabric.freed(connection.held_in_buffers(), self.reached);
        let client = connection.end(Side::Client);
        if let Some(host) = client.host.and_then(|host| self.fabric.hosts.get_mut(host)) {
            host.free_ephemeral(client.ip_port.port());
        }
        for side in [Side::Client, Side::Server] {
            let lanes = &connection.end(side).sending.lanes;
            lanes.iter().flat_map(|lane| &lane.waiting).for_each(|packet| {
                self.fabric.packets.remove(*packet);
            });
        }
        Some(())
    }

    // ---- what applications ask

    pub(super) fn connect(
        &mut self,
        from: IpAddr,
        to: SocketAddr,
        flow: Option<FlowHandle>,
        now: Nanos,
    ) -> Result<(SlotKey, SocketAddr), ConnectError> {
        let client_host = self.fabric.host_at(from).ok_or(ConnectError::NoSuchSource { from })?;
        let host = self.fabric.hosts.get_mut(client_host).ok_or(ConnectError::NoSuchSource { from })?;
        let port = host.take_ephemeral().ok_or(ConnectError::NoPortLeft)?;
        let local = SocketAddr::new(from, port);
        let ends = [(local, Some(client_host)), (to, self.fabric.host_at(to.ip()))];
        let fabric = &self.fabric;
        let key = self.connections.insert_with(|key| TcpConnection::new(fabric, key, ends, flow));
        if let Some(connection) = self.connections.get_mut(key) {
            connection.open(&mut self.fabric, now);
        }
        Ok((key, local))
    }

    /// Has the connection been established, or refused?
    pub(super) fn poll_established(
        &mut self,
        key: SlotKey,
        cx: &Context<'_>,
    ) -> Poll<Result<Option<Nanos>, ConnectError>> {
        let Some(connection) = self.connections.get_mut(key) else { return Poll::Ready(Err(ConnectError::TimedOut)) };
        let client = connection.end_mut(Side::Client);
        match (client.state, client.failure) {
            (TcpState::SynSent, _) => {
                wait(&mut client.reader, cx);
                Poll::Pending
            }
            (_, Some(io::ErrorKind::ConnectionRefused)) => Poll::Ready(Err(ConnectError::Refused)),
            (_, Some(io::ErrorKind::TimedOut)) => Poll::Ready(Err(ConnectError::TimedOut)),
            _ => Poll::Ready(Ok(client.receiving.reader_called_at.take())),
        }
    }

    pub(super) fn listen(&mut self, ip_port: SocketAddr) -> io::Result<()> {
        let host = self.fabric.host_at(ip_port.ip()).and_then(|host| self.fabric.hosts.get_mut(host));
        let host = host.ok_or(io::ErrorKind::AddrNotAvailable)?;
        if host.ports.contains_key(&ip_port.port()) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        host.ports.insert(ip_port.port(), ServedPort::default());
        Ok(())
    }

    pub(super) fn stop_listening(&mut self, ip_port: SocketAddr, now: Nanos) {
        let host = self.fabric.host_at(ip_port.ip()).and_then(|host| self.fabric.hosts.get_mut(host));
        let Some(listening) = host.and_then(|host| host.ports.remove(&ip_port.port())) else { return };
        for key in listening.established {
            self.on(key, |connection, fabric| {
                connection.end_mut(Side::Server).is_held = false;
                connection.abort(fabric, Side::Server, now);
            });
        }
    }

    /// The next established connection of a served port: its key, the client's address, its flow.
    pub(super) fn poll_accept(&mut self, ip_port: SocketAddr, cx: &Context<'_>) -> Poll<AcceptedConnection> {
        let host = self.fabric.host_at(ip_port.ip()).and_then(|host| self.fabric.hosts.get_mut(host));
        let Some(listening) = host.and_then(|host| host.ports.get_mut(&ip_port.port())) else { return Poll::Pending };
        while let Some(key) = listening.established.pop_front() {
            if let Some(connection) = self.connections.get_mut(key) {
                // Kept for the first read too, which may be another task's.
                let called_at = connection.end(Side::Server).receiving.reader_called_at;
                let peer = connection.end(Side::Client).ip_port;
                return Poll::Ready(AcceptedConnection { key, peer, flow: connection.flow.clone(), called_at });
            }
        }
        wait(&mut listening.waker, cx);
        Poll::Pending
    }

    pub(super) fn read(
        &mut self,
        key: SlotKey,
        side: Side,
        into: &mut ReadBuf<'_>,
        cx: &Context<'_>,
        now: Nanos,
    ) -> ReadResult {
        let mut read = ReadResult { result: Poll::Ready(Ok(())), way: None, called_at: None };
        let Some(connection) = self.connections.get_mut(key) else { return read };
        if into.remaining() == 0 {
            return read;
        }
        let end = connection.end_mut(side);
        read.called_at = end.receiving.reader_called_at.take();
        let available = end.receiving.expected;
        let (is_at_end, failure) = (end.receiving.fin, end.failure);
        let octets = &mut connection.end_mut(side.other()).sending.octets;
        if octets.read() < available {
            let before = octets.read();
            octets.read_into(into, available);
            let position = octets.read();
            read.way = connection.end_mut(side).receiving.delivered.read_to(position);
            read.called_at =
                read.called_at.map(|called_at| read.way.map_or(called_at, |way| way.last_in.max(called_at)));
            connection.has_read(&mut self.fabric, side, position - before, now);
        } else if octets.read() == available && !is_at_end {
            if let Some(failure) = failure {
                read.result = Poll::Ready(Err(failure.into()));
            } else {
                wait(&mut connection.end_mut(side).reader, cx);
                read.result = Poll::Pending;
            }
        }
        if side == Side::Client && read.way.is_none() {
            connection.record_what_is_held_back();
        }
        read
    }

    pub(super) fn write(
        &mut self,
        key: SlotKey,
        side: Side,
        octets: &[u8],
        cx: &Context<'_>,
        now: Nanos,
    ) -> Poll<io::Result<usize>> {
        let Some(connection) = self.connections.get_mut(key) else {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        };
        let end = connection.end_mut(side);
        if let Some(failure) = end.failure {
            return Poll::Ready(Err(failure.into()));
        }
        if end.sending.fin_wanted {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let room = usize::try_from(SEND_BUFFER.saturating_sub(end.sending.unsent())).unwrap_or(usize::MAX);
        let accepted = octets.get(..room).unwrap_or(octets);
        if accepted.is_empty() && !octets.is_empty() {
            wait(&mut end.writer, cx);
            return Poll::Pending;
        }
        end.sending.octets.write(accepted);
        connection.pump(&mut self.fabric, side, now);
        Poll::Ready(Ok(accepted.len()))
    }

    pub(super) fn watch(&mut self, key: SlotKey, side: Side, index: EventIndex) -> Option<()> {
        let connection = self.connections.get_mut(key)?;
        let sending = &mut connection.end_mut(side).sending;
        let written = sending.octets.written();
        sending.watches.add(index, written);
        let receiving = &connection.end(side.other()).receiving;
        let (expected, last) = (receiving.expected, receiving.delivered.last);
        if expected >= written {
            // It has arrived already.
            let (index, transit) = connection.end_mut(side).sending.watches.delivered(expected, last?)?;
            connection.flow.as_ref()?.carried(index, transit);
        }
        Some(())
    }

    /// Does something to a connection, if it still is, and frees it if that ended it.
    pub(super) fn on(&mut self, key: SlotKey, what: impl FnOnce(&mut TcpConnection, &mut Fabric)) {
        if let Some(connection) = self.connections.get_mut(key) {
            what(connection, &mut self.fabric);
            self.forget_if_over(key);
        }
    }

    pub(super) fn send_datagram(&mut self, datagram: OutgoingDatagram, now: Nanos) -> Result<(), DatagramError> {
        self.udp.send(&mut self.fabric, datagram, now)
    }

    pub(super) fn sockets(&self, ip: IpAddr) -> Vec<SocketRow> {
        let Some(host) = self.fabric.host_at(ip) else { return Vec::new() };
        let row = |connection: &TcpConnection, side: Side| {
            let (end, peer) = (connection.end(side), connection.end(side.other()));
            let is_here = end.host == Some(host) && end.state != TcpState::Closed;
            is_here.then_some(SocketRow {
                local: end.ip_port,
                remote: peer.ip_port,
                state: end.state,
                octets_in: end.receiving.expected,
                octets_out: end.sending.next,
            })
        };
        self.connections.iter().flat_map(|one| [row(one, Side::Client), row(one, Side::Server)]).flatten().collect()
    }

    pub(super) fn listening(&self) -> Vec<SocketAddr> {
        let ports = |host: &super::topology::NetHost| {
            let ip = host.ip;
            host.ports.keys().map(move |port| SocketAddr::new(ip, *port)).collect::<Vec<_>>()
        };
        self.fabric.hosts.iter().flat_map(ports).collect()
    }

    #[cfg(test)]
    pub(super) fn connections_and_packets(&self) -> (usize, usize) {
        (self.connections.len(), self.fabric.packets.len())
    }
}

/// An accepted connection.
pub(super) struct AcceptedConnection {
    pub(super) key: SlotKey,
    pub(super) peer: SocketAddr,
    pub(super) flow: Option<FlowHandle>,
    pub(super) called_at: Option<Nanos>,
}
