//! What all connections share: hosts, links, the packets on their way and the agenda of what happens next.

use std::{cmp::Reverse, collections::BinaryHeap, net::IpAddr, task::Waker};

use super::{
    Nanos, Path, TEXTBOOK_FLOOR, TcpModel, Topology,
    buffers::SharedBuffers,
    link::{Direction, Link},
    slots::{SlotKey, Slots},
    topology::{Hop, NetHost},
};
use crate::wire::{EventIndex, Side};

#[derive(Debug)]
pub(super) struct Fabric {
    pub(super) hosts: Vec<NetHost>,
    pub(super) links: Vec<Link>,
    pub(super) packets: Slots<Packet>,
    /// The TCP of connections opened from now on.
    pub(super) tcp: TcpModel,
    /// Grows whenever the path changes.
    pub(super) path_version: u64,
    buffers: SharedBuffers,
    agenda: BinaryHeap<Reverse<AgendaEntry>>,
    scheduled: u64,
    /// Tasks to wake when the network's lock has been given back.
    wakes: Vec<Waker>,
}

/// A packet on its way.
#[derive(Clone, Debug)]
pub(super) struct Packet {
    pub(super) connection: SlotKey,
    pub(super) from: Side,
    pub(super) kind: PacketKind,
    /// How many hops of its route it has behind it.
    pub(super) hop: usize,
    /// Octets on the wire, headers included where the model has them.
    pub(super) octets: u64,
    /// Position of its data in the stream, and how much there is.
    pub(super) seq: u64,
    pub(super) len: u64,
    pub(super) fin: bool,
    /// What it says of the opposite direction (not in the textbook's TCP).
    pub(super) ack: Option<Ack>,
    /// When its host sent it.
    pub(super) stamped: Nanos,
    pub(super) first_out: Nanos,
    pub(super) last_out: Nanos,
    /// From its first octet to its last on the last link.
    pub(super) spread: Nanos,
    /// How often it has been sent before.
    pub(super) tries: u32,
    /// The event in the record that it is.
    pub(super) event: Option<EventIndex>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PacketKind {
    Syn,
    SynAck,
    /// An acknowledgement alone.
    Ack,
    /// Data, FIN, or both.
    Data,
    Rst,
}

/// An acknowledgement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ack {
    /// Everything before has arrived,
    pub(super) next: u64,
    /// and so have these ranges, the latest first (RFC 2018);
    pub(super) early: [(u64, u64); 3],
    /// this one has arrived twice (RFC 2883).
    pub(super) duplicate: Option<(u64, u64)>,
    /// Octets that may be sent beyond `next`.
    pub(super) window: u64,
    /// When the segment was sent that this answers (RFC 7323 §3.2; modern only).
    pub(super) echo: Option<Nanos>,
}

/// Something that is going to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A packet reaches the next hop of its route, or its destination.
    Arrives { packet: SlotKey },
    /// The same of a datagram.
    DatagramArrives { datagram: SlotKey },
    /// A connection's last segment has left a link; the next may enter (textbook).
    LaneFree { connection: SlotKey, from: Side, hop: u8 },
    /// A lost packet is sent again (textbook).
    Resend { packet: SlotKey },
    /// A sender's timer (not in the textbook's TCP).
    Timer { connection: SlotKey, end: Side },
    /// A receiver's timer for delayed acknowledgements (likewise).
    AckTimer { connection: SlotKey, end: Side },
    /// A sender learns how far its peer has read, or that the network's buffers have room again (textbook).
    WindowOpens { connection: SlotKey, sender: Side },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct AgendaEntry {
    at: Nanos,
    number: u64,
    event: UnorderedEvent,
}

/// Events of one moment happen in the order in which they were scheduled, whatever they are.
#[derive(Clone, Copy, Debug)]
struct UnorderedEvent(Event);

impl PartialEq for UnorderedEvent {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}
impl Eq for UnorderedEvent {}
impl PartialOrd for UnorderedEvent {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for UnorderedEvent {
    fn cmp(&self, _other: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

impl Fabric {
    pub(super) fn new(topology: &Topology, path: &Path) -> Self {
        Self {
            hosts: topology.build_hosts(),
            links: topology.build_links(path),
            packets: Slots::default(),
            tcp: path.tcp,
            path_version: 0,
            buffers: SharedBuffers::default(),
            agenda: BinaryHeap::new(),
            scheduled: 0,
            wakes: Vec::new(),
        }
    }

    pub(super) fn change_path(&mut self, path: &Path) {
        self.tcp = path.tcp;
        self.path_version += 1;
        if let Some(access) = self.links.first_mut() {
            access.change_access(path);
        }
    }

    /// All chance begins anew.
    pub(super) fn draw_afresh(&mut self, seed: u64) {
        for (link, number) in self.links.iter_mut().zip(0..) {
            link.draw_afresh(seed, number);
        }
    }

    pub(super) fn host_at(&self, ip: IpAddr) -> Option<usize> {
        self.hosts.iter().position(|host| host.ip == ip)
    }

    pub(super) fn is_up(&self, host: Option<usize>) -> bool {
        host.and_then(|host| self.hosts.get(host)).is_some_and(|host| host.is_up)
    }

    pub(super) fn schedule(&mut self, at: Nanos, event: Event) {
        self.scheduled += 1;
        self.agenda.push(Reverse(AgendaEntry { at, number: self.scheduled, event: UnorderedEvent(event) }));
    }

    pub(super) fn next_at(&self) -> Option<Nanos> {
        self.agenda.peek().map(|Reverse(next)| next.at)
    }

    /// The next thing to happen, if it happens at `until` or before.
    pub(super) fn take_next(&mut self, until: Nanos) -> Option<(Nanos, Event)> {
        if self.next_at()? > until {
            return None;
        }
        self.agenda.pop().map(|Reverse(next)| (next.at, next.event.0))
    }

    /// A textbook sender wants to send `len` octets, and has `ahead` sent and not read. When there is no room it is called later.
    pub(super) fn takes(&mut self, sender: (SlotKey, Side), ahead: u64, len: u64) -> bool {
        let has_room = self.buffers.has_room(ahead, len);
        if has_room {
            self.buffers.sent(len);
        } else {
            self.buffers.wait(sender);
        }
        has_room
    }

    /// So many octets that textbook senders sent were read, or went with their connection.
    pub(super) fn freed(&mut self, len: u64, now: Nanos) {
        for (connection, sender) in self.buffers.freed(len) {
            self.schedule(now, Event::WindowOpens { connection, sender });
        }
    }

    /// Does any textbook sender wait for room in the buffers?
    pub(super) fn has_waiting_senders(&self) -> bool {
        !self.buffers.is_idle()
    }

    /// What `sender` sent has been read but for `ahead` octets: it may send up to its floor, if it waits.
    pub(super) fn has_been_read(&mut self, sender: (SlotKey, Side), ahead: u64, at: Nanos) {
        if ahead <= TEXTBOOK_FLOOR / 2 && self.buffers.calls(sender) {
            let (connection, sender) = sender;
            self.schedule(at, Event::WindowOpens { connection, sender });
        }
    }

    pub(super) fn wake(&mut self, waker: &mut Option<Waker>) {
        self.wakes.extend(waker.take());
    }

    pub(super) fn has_woken(&self) -> bool {
        !self.wakes.is_empty()
    }

    pub(super) fn take_wakes(&mut self) -> Vec<Waker> {
        std::mem::take(&mut self.wakes)
    }

    /// Propagation delay of a route, jitter and transmission left out.
    pub(super) fn delay(&self, route: &[Hop]) -> Nanos {
        self.directions(route).map(Direction::delay).sum()
    }

    /// The lowest rate on a route; `None`: unlimited all the way.
    pub(super) fn lowest_rate(&self, route: &[Hop]) -> Option<u64> {
        self.directions(route).filter_map(Direction::rate).min()
    }

    /// Propagation delay of a route with the greatest jitter.
    pub(super) fn greatest_delay(&self, route: &[Hop]) -> Nanos {
        self.directions(route).map(Direction::greatest_delay).sum()
    }

    fn directions(&self, route: &[Hop]) -> impl Iterator<Item = &Direction> {
        route.iter().filter_map(|hop| self.direction(*hop))
    }

    pub(super) fn direction(&self, hop: Hop) -> Option<&Direction> {
        Some(self.links.get(hop.link)?.direction(hop.toward_host))
    }
}
