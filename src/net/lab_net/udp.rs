//! Datagrams at work (RFC 768): sockets, the way over the links that TCP's packets take too, and what a host answers where no
//! process listens (RFC 1122 §3.2.2.1). What is lost is gone: nothing here sends anything again.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use rand::RngExt as _;
use rand_pcg::Pcg32;

use super::{
    DATAGRAM_BUFFER, DATAGRAM_HEADER_OCTETS, DATAGRAM_KEEPING_OCTETS, Datagram, DatagramError, DatagramRecord,
    MAX_DATAGRAM, Nanos, PORT_UNREACHABLE_OCTETS, TcpModel,
    fabric::{Event, Fabric},
    interception::Observers,
    link::{Admission, Direction, LinkOutcome},
    outgoing::{OutgoingDatagram, Payload},
    queue_turn::LONG_QUEUE,
    route,
    slots::{SlotKey, Slots},
    stream::TransitNanos,
    tcp::at,
    topology::Hop,
    wait,
};
use crate::wire::{ConnectionStep, NoteKind};

/// All datagram sockets of the network, and the datagrams on their way.
#[derive(Debug)]
pub(super) struct Udp {
    sockets: Slots<UdpSocketState>,
    bound: BTreeMap<SocketAddr, SlotKey>,
    in_transit: Slots<DatagramInTransit>,
    pub(super) observers: Observers,
    draws: Pcg32,
}

#[derive(Debug)]
struct UdpSocketState {
    ip_port: SocketAddr,
    /// Connected to this peer: others' datagrams are not for it.
    peer: Option<SocketAddr>,
    came: VecDeque<Datagram>,
    /// Octets of the receive buffer that are taken.
    held: u64,
    /// The peer's host has said that the port is closed (ICMP port unreachable).
    refused: bool,
    reader: Option<Waker>,
    /// The reader waits, and since the moment given there is something for it.
    called_at: Option<Nanos>,
}

#[derive(Debug)]
struct DatagramInTransit {
    datagram: OutgoingDatagram,
    /// `None`: no host has the address it goes to.
    destination: Option<usize>,
    route: Vec<Hop>,
    /// How many hops of its route it has behind it.
    hop: usize,
    /// On the wire, headers included where the model has them.
    octets: u64,
    first_out: Nanos,
    last_out: Nanos,
    /// From its first octet to its last on the last link with a rate.
    spread: Nanos,
}

/// The dynamic range (RFC 6335 §6).
const EPHEMERAL: std::ops::RangeInclusive<u16> = 49_152..=65_535;
/// The sequence of draws for ports; links have the ones from 0.
const PORT_DRAWS: u64 = u64::MAX;

impl Udp {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            sockets: Slots::default(),
            bound: BTreeMap::new(),
            in_transit: Slots::default(),
            observers: Observers::default(),
            draws: Pcg32::new(seed, PORT_DRAWS),
        }
    }

    pub(super) fn draw_afresh(&mut self, seed: u64) {
        self.draws = Pcg32::new(seed, PORT_DRAWS);
    }

    // ---- what applications ask

    pub(super) fn bind(&mut self, fabric: &Fabric, wish: SocketAddr) -> Result<(SlotKey, SocketAddr), DatagramError> {
        let ip = wish.ip();
        fabric.host_at(ip).ok_or(DatagramError::NoSuchHost { ip })?;
        let ip_port = match wish.port() {
            0 => self.free_port(wish).ok_or(DatagramError::NoPortLeft { ip })?,
            _ if self.bound.contains_key(&wish) => return Err(DatagramError::PortTaken { ip_port: wish }),
            _ => wish,
        };
        let key = self.sockets.insert(UdpSocketState {
            ip_port,
            peer: None,
            came: VecDeque::new(),
            held: 0,
            refused: false,
            reader: None,
            called_at: None,
        });
        self.bound.insert(ip_port, key);
        Ok((key, ip_port))
    }

    /// A free port, chosen at random so that it cannot be guessed (RFC 6056 §3.3.1).
    fn free_port(&mut self, wish: SocketAddr) -> Option<SocketAddr> {
        let drawn = self.draws.random_range(EPHEMERAL);
        let ports = (drawn..=*EPHEMERAL.end()).chain(*EPHEMERAL.start()..drawn);
        ports.map(|port| SocketAddr::new(wish.ip(), port)).find(|ip_port| !self.bound.contains_key(ip_port))
    }

    pub(super) fn connect(&mut self, key: SlotKey, peer: SocketAddr) {
        if let Some(socket) = self.sockets.get_mut(key) {
            socket.peer = Some(peer);
            socket.came.retain(|datagram| datagram.from == peer);
            socket.held = socket.came.iter().map(|datagram| room_of(&datagram.bytes)).sum();
        }
    }

    pub(super) fn close(&mut self, key: SlotKey) {
        if let Some(socket) = self.sockets.remove(key) {
            self.bound.remove(&socket.ip_port);
        }
    }

    /// The next datagram that has come, and since when the task that waited for it could have had it.
    pub(super) fn poll_recv(&mut self, key: SlotKey, cx: &Context<'_>, now: Nanos) -> Poll<ReceiveResult> {
        let Some(socket) = self.sockets.get_mut(key) else { return Poll::Pending };
        let called_at = socket.called_at.take();
        if std::mem::take(&mut socket.refused) {
            let by = socket.peer.unwrap_or(socket.ip_port);
            return Poll::Ready((Err(DatagramError::PortUnreachable { by }), called_at));
        }
        let Some(datagram) = socket.came.pop_front() else {
            wait(&mut socket.reader, cx);
            return Poll::Pending;
        };
        socket.held -= room_of(&datagram.bytes);
        let came_at = super::nanos(datagram.transit.last_in);
        let waited_until = called_at.map(|called_at| called_at.max(came_at));
        Poll::Ready((Ok(datagram), waited_until.or((came_at > now).then_some(came_at))))
    }

    /// Sockets that take datagrams from any peer.
    pub(super) fn listening(&self) -> Vec<SocketAddr> {
        let is_listening = |key: &SlotKey| self.sockets.get(*key).is_some_and(|socket| socket.peer.is_none());
        self.bound.iter().filter(|(_, key)| is_listening(key)).map(|(ip_port, _)| *ip_port).collect()
    }

    /// Sends a datagram. The sender does not learn what becomes of it; the record shows it.
    pub(super) fn send(
        &mut self,
        fabric: &mut Fabric,
        datagram: OutgoingDatagram,
        now: Nanos,
    ) -> Result<(), DatagramError> {
        let headers = if fabric.tcp == TcpModel::Textbook { 0 } else { DATAGRAM_HEADER_OCTETS };
        let octets = match &datagram.load {
            Payload::Octets(bytes) if bytes.len() > MAX_DATAGRAM => {
                return Err(DatagramError::TooLong { octets: bytes.len() });
            }
            Payload::Octets(bytes) => bytes.len() as u64 + headers,
            Payload::PortUnreachable if headers > 0 => PORT_UNREACHABLE_OCTETS,
            Payload::PortUnreachable => 0,
        };
        let at_host = datagram.at_host;
        if !fabric.is_up(Some(at_host)) || self.observers.take(fabric, at_host, &datagram, None, now) {
            return Ok(());
        }
        let destination = fabric.host_at(datagram.to.ip());
        let links =
            |host: Option<usize>| host.and_then(|host| fabric.hosts.get(host)).map(|host| host.links.as_slice());
        let [sender, receiver] = [Some(at_host), destination].map(|host| links(host).unwrap_or_default());
        let route = route(sender, receiver);
        let key = self.in_transit.insert(DatagramInTransit {
            destination,
            route,
            hop: 0,
            octets,
            first_out: datagram.behind.map_or(now, |way| way.first_out),
            last_out: datagram.behind.map_or(now, |way| way.last_out),
            spread: datagram.behind.map_or(0, |way| way.last_in - way.first_in),
            datagram,
        });
        self.travel(fabric, key, now);
        Ok(())
    }

    // ---- on the way

    /// Takes a datagram as far as can be said now: into the queue of the next link that is one, or to its destination.
    fn travel(&mut self, fabric: &mut Fabric, key: SlotKey, now: Nanos) -> Option<()> {
        let mut now = now;
        loop {
            let packet = self.in_transit.get_mut(key)?;
            let Some(hop) = packet.route.get(packet.hop).copied() else { break };
            let link = fabric.links.get_mut(hop.link)?;
            let direction = link.direction_mut(hop.toward_host);
            let (waits, waiting) = (direction.wait(now), direction.waiting_octets(now));
            let has_rate = direction.rate().is_some();
            let fate = direction.carry(now, packet.octets, Admission::ForItsSize);
            if let Some((first_out, last_out)) = fate.sent() {
                packet.left(first_out, last_out, has_rate);
            }
            packet.note_queue(link.name(), waits, waiting, fate, now);
            match fate {
                LinkOutcome::Arrives { at, .. } => now = at,
                LinkOutcome::Lost { last_out, .. } => return self.lost(key, last_out),
                LinkOutcome::Dropped => return self.lost(key, now),
            }
            packet.hop += 1;
            let next = packet.route.get(packet.hop).copied();
            if next.is_none_or(|hop| fabric.direction(hop).is_none_or(Direction::is_queue)) {
                break;
            }
        }
        fabric.schedule(now, Event::DatagramArrives { datagram: key });
        Some(())
    }

    fn lost(&mut self, key: SlotKey, now: Nanos) -> Option<()> {
        if let Some(recorded) = self.in_transit.remove(key)?.datagram.recorded {
            recorded.flow.step(at(now), recorded.from, ConnectionStep::Lost, None);
        }
        Some(())
    }

    /// A datagram has come to the next link of its route, or to its destination.
    pub(super) fn arrives(&mut self, fabric: &mut Fabric, key: SlotKey, now: Nanos) -> Option<()> {
        let packet = self.in_transit.get(key)?;
        if packet.hop < packet.route.len() {
            return self.travel(fabric, key, now);
        }
        let packet = self.in_transit.remove(key)?;
        // To a host that is down, or to an address no host has, it is as if it had never been.
        let host = packet.destination.filter(|host| fabric.is_up(Some(*host)))?;
        let way = packet.way(now);
        if self.observers.take(fabric, host, &packet.datagram, Some(way), now) {
            return Some(());
        }
        let OutgoingDatagram { from, to, load, recorded, .. } = packet.datagram;
        match load {
            Payload::PortUnreachable => self.refused(fabric, from, to, now),
            Payload::Octets(bytes) => {
                let Some(socket) = self.socket(to, from) else {
                    if let Some(DatagramRecord { flow, event: Some(event), .. }) = recorded {
                        flow.carried(event, way.transit());
                    }
                    return self.answer_unreachable(fabric, host, from, to, now);
                };
                let side = recorded.as_ref().map(|recorded| recorded.from);
                if !socket.has_room(&bytes) {
                    socket.overflow(recorded.as_ref(), now);
                    return Some(());
                }
                if let Some(DatagramRecord { flow, event: Some(event), .. }) = &recorded {
                    flow.carried(*event, way.transit());
                }
                socket.held += room_of(&bytes);
                let flow = recorded.map(|recorded| recorded.flow);
                socket.came.push_back(Datagram { bytes, from, transit: way.transit(), flow, side });
                socket.call(fabric, now);
                Some(())
            }
        }
    }

    /// The socket at `to` that takes datagrams from `from`.
    fn socket(&mut self, to: SocketAddr, from: SocketAddr) -> Option<&mut UdpSocketState> {
        let socket = self.sockets.get_mut(*self.bound.get(&to)?)?;
        if socket.peer.is_none_or(|peer| peer == from) { Some(socket) } else { None }
    }

    /// The host answers with ICMP port unreachable; an ICMP error is never answered with another (RFC 1122 §3.2.2).
    fn answer_unreachable(
        &mut self,
        fabric: &mut Fabric,
        host: usize,
        from: SocketAddr,
        to: SocketAddr,
        now: Nanos,
    ) -> Option<()> {
        let answer = OutgoingDatagram {
            at_host: host,
            from: to,
            to: from,
            load: Payload::PortUnreachable,
            recorded: None,
            passes: None,
            behind: None,
        };
        self.send(fabric, answer, now).ok()
    }

    /// The sender learns of it if its socket is connected to that peer. A socket without a peer could not tell which datagram is meant.
    fn refused(&mut self, fabric: &mut Fabric, by: SocketAddr, sender: SocketAddr, now: Nanos) -> Option<()> {
        let socket = self.socket(sender, by)?;
        if socket.peer.is_some() {
            socket.refused = true;
            socket.call(fabric, now);
        }
        Some(())
    }

    #[cfg(test)]
    pub(super) fn sockets_and_datagrams(&self) -> (usize, usize) {
        (self.sockets.len(), self.in_transit.len())
    }
}

/// What came of waiting for a datagram, and since when the task that waited could have known.
pub(super) type ReceiveResult = (Result<Datagram, DatagramError>, Option<Nanos>);

impl UdpSocketState {
    /// There is something for the reader.
    fn call(&mut self, fabric: &mut Fabric, now: Nanos) {
        if self.reader.is_some() {
            self.called_at = Some(now);
        }
        fabric.wake(&mut self.reader);
    }

    fn has_room(&self, bytes: &Bytes) -> bool {
        self.held + room_of(bytes) <= DATAGRAM_BUFFER
    }

    /// The application reads too slowly: its host drops what comes.
    fn overflow(&self, recorded: Option<&DatagramRecord>, now: Nanos) {
        let Some(DatagramRecord { flow, from, .. }) = recorded else { return };
        flow.step(at(now), *from, ConnectionStep::Lost, None);
        let text = format!(
            "a datagram was dropped at its destination: the receive buffer of {} is full, its process reads too slowly",
            self.ip_port
        );
        flow.note(at(now), NoteKind::Queueing, text, None);
    }
}

/// What a datagram takes up of a receive buffer.
fn room_of(bytes: &Bytes) -> u64 {
    bytes.len() as u64 + DATAGRAM_KEEPING_OCTETS
}

impl DatagramInTransit {
    fn left(&mut self, first_out: Nanos, last_out: Nanos, has_rate: bool) {
        if self.hop == 0 {
            (self.first_out, self.last_out) = (first_out, last_out);
        }
        if has_rate {
            self.spread = last_out - first_out;
        }
    }

    fn way(&self, now: Nanos) -> TransitNanos {
        TransitNanos { first_out: self.first_out, last_out: self.last_out, first_in: now - self.spread, last_in: now }
    }

    /// Says that a queue is long, or full.
    fn note_queue(&self, link: &str, waits: Nanos, waiting: u64, fate: LinkOutcome, now: Nanos) {
        let Some(DatagramRecord { flow, from, .. }) = &self.datagram.recorded else { return };
        let sender = match from {
            crate::wire::Side::Client => "client",
            crate::wire::Side::Server => "server",
        };
        let text = if fate == LinkOutcome::Dropped {
            format!("a datagram of the {sender} was dropped: the queue of the link {link} is full ({waiting} octets)")
        } else if waits >= LONG_QUEUE {
            let millis = waits / 1_000_000;
            format!("a datagram of the {sender} waits {millis} ms in the queue of the link {link} ({waiting} octets)")
        } else {
            return;
        };
        flow.note(at(now), NoteKind::Queueing, text, None);
    }
}
