//! The emulated network: hosts, links, packets, TCP and UDP. It knows nothing of what its hosts serve (that is `lab`).
//!
//! A path is a list of links, each shared by all connections that cross it: propagation delay, rate and a FIFO queue for each
//! direction, loss, jitter. Octets travel in segments of at most [`MSS`]. The network is worked off event by event; every event
//! has a nominal time from which everything after it is computed, so virtual and real time run the same code, and in real time
//! the lateness of a wake-up never shifts what comes after it.

mod alarm;
mod buffers;
mod congestion;
mod core;
mod datagrams;
mod end;
mod fabric;
mod host_tcp;
mod interception;
mod link;
mod outgoing;
mod queue_turn;
mod receiver;
mod round_trip;
mod sender;
mod slots;
mod socket;
mod stream;
mod table;
mod tcp;
mod textbook;
mod topology;
mod travel;
mod udp;

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use self::{core::Core, stream::TransitNanos, topology::route};
use super::{
    Clock, Path, Rate, TcpModel,
    clock::{Advance, Model},
};
use crate::wire::{FlowHandle, Transit};

pub use datagrams::{Datagram, DatagramError, DatagramRecord, LabDatagrams};
pub use interception::{INTERCEPTED_KEPT, Intercept, InterceptedDatagram, PathObserver};
pub use receiver::RECEIVE_WINDOW;
pub use socket::{ConnectError, LabListener, LabSocket};
pub use table::{SocketRow, TcpState};
pub use topology::{ACCESS_LINK, HostSpec, LinkSpec, STUDENT_HOST, STUDENT_IP, Topology, TopologyError};

/// Greatest number of data octets in a segment: an Ethernet frame's 1,500 less 40 of TCP and IPv4 header (RFC 9293 §3.7.1).
pub const MSS: u64 = 1_460;
/// TCP and IPv4 header of every packet, options left out (not in the textbook's TCP).
pub const HEADER_OCTETS: u64 = 40;
/// The timestamps that every packet of the modern preset carries as an option (RFC 7323 §3.2, padded).
pub const TIMESTAMP_OCTETS: u64 = 12;
/// Octets a socket takes that cannot be sent yet; more must wait.
pub const SEND_BUFFER: u64 = 256 * 1024;
/// Octets a textbook connection may be ahead of the application that reads. It is not to be limited by its window: this is enough
/// for 1 Gb/s at an RTT of 130 ms.
pub const TEXTBOOK_WINDOW: u64 = 16 * 1024 * 1024;
/// Octets that all textbook connections of a network together may be ahead of the applications that read. It is reached only when
/// many do not read what they asked for.
const SEGMENT_BUFFERS: u64 = 128 * 1024 * 1024;
/// Octets a textbook connection may be ahead even then, so that those who read are served still.
const TEXTBOOK_FLOOR: u64 = 64 * 1024;
/// Greatest number of octets in a datagram: 65,535 less 28 of UDP and IPv4 header (RFC 768, RFC 791 §3.1). It travels as one
/// packet, however long it is.
pub const MAX_DATAGRAM: usize = 65_507;
/// UDP and IPv4 header of every datagram (not in the textbook's TCP).
pub const DATAGRAM_HEADER_OCTETS: u64 = 28;
/// An ICMP port unreachable (not in the textbook's TCP): IPv4 and ICMP header, and of the datagram that it is about the IPv4 header and the
/// eight octets after it (RFC 792).
pub const PORT_UNREACHABLE_OCTETS: u64 = 56;
/// Octets a datagram socket keeps for a process that does not take them; what comes beyond is dropped, as kernels do.
pub const DATAGRAM_BUFFER: u64 = 1024 * 1024;
/// What keeping a datagram takes besides its octets, so that empty ones fill a buffer too.
pub const DATAGRAM_KEEPING_OCTETS: u64 = 256;

/// Nanoseconds since the run began.
type Nanos = u64;

/// The emulated network. Cheap to clone; all clones are the same network.
#[derive(Clone)]
pub struct LabNet {
    inner: Arc<LabNetState>,
}

struct LabNetState {
    clock: Clock,
    core: Mutex<Core>,
}

impl LabNet {
    /// A network of these hosts, the student's host [`STUDENT_HOST`] behind a link that makes `path` true.
    pub fn new(clock: Clock, topology: &Topology, path: &Path) -> Self {
        let inner = Arc::new(LabNetState { clock, core: Mutex::new(Core::new(topology, path)) });
        let model: Weak<LabNetState> = Arc::downgrade(&inner);
        inner.clock.drive(model);
        Self { inner }
    }

    /// Its clock.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Addresses of a host name, compared without regard to case.
    pub fn lookup(&self, host: &str) -> Vec<IpAddr> {
        let core = self.inner.lock();
        // The final dot says that the name is whole, as all names of hosts here are (RFC 1034 §3.1).
        let host = host.strip_suffix('.').unwrap_or(host);
        let is_it = |one: &&topology::NetHost| one.names.iter().any(|name| name.eq_ignore_ascii_case(host));
        core.fabric.hosts.iter().filter(is_it).map(|host| host.ip).collect()
    }

    /// Serves a port of a host; dropping the listener closes the port (connections are then refused).
    ///
    /// # Errors
    /// No such host (`AddrNotAvailable`), or the port is taken (`AddrInUse`).
    pub fn listen(&self, ip_port: SocketAddr) -> io::Result<LabListener> {
        self.act(|core, _now| core.listen(ip_port))?;
        Ok(LabListener::new(self.clone(), ip_port))
    }

    /// Connects from the student's host. SYN, SYN-ACK and ACK are recorded in `flow`, and later FIN, RST, losses and
    /// retransmissions. Dropping the future gives the attempt up.
    ///
    /// # Errors
    /// Refused after one round-trip time when nothing listens there; [`ConnectError::TimedOut`] after two minutes without an
    /// answer (a limit of the caller's own comes first).
    pub async fn connect(&self, to: SocketAddr, flow: &FlowHandle) -> Result<LabSocket, ConnectError> {
        self.connect_from(STUDENT_IP, to, Some(flow)).await
    }

    /// Connects from any host of the network; without a flow nothing is recorded.
    ///
    /// # Errors
    /// As [`Self::connect`]; also when there is no host with the address `from`.
    pub async fn connect_from(
        &self,
        from: IpAddr,
        to: SocketAddr,
        flow: Option<&FlowHandle>,
    ) -> Result<LabSocket, ConnectError> {
        LabSocket::connect(self, from, to, flow).await
    }

    /// Takes a host down (packets from and to it vanish: connects time out, connections stall) or up.
    pub fn set_host_up(&self, ip: IpAddr, up: bool) {
        self.act(|core, _now| {
            if let Some(host) = core.fabric.hosts.iter_mut().find(|host| host.ip == ip) {
                host.is_up = up;
            }
        });
    }

    /// Changes the student's path from now on (new segments use it; connections keep the TCP they were opened with).
    pub fn set_path(&self, path: &Path) {
        self.act(|core, _now| core.fabric.change_path(path));
    }

    /// Lets all chance (loss, jitter, ports of datagram sockets) begin anew, as in a fresh network with this seed: what happens from now on does not depend on
    /// what was drawn before.
    pub fn draw_afresh(&self, seed: u64) {
        self.act(|core, _now| {
            core.fabric.draw_afresh(seed);
            core.udp.draw_afresh(seed);
        });
    }

    /// The connections of the student's host that are not closed.
    pub fn sockets(&self) -> Vec<SocketRow> {
        self.sockets_of(STUDENT_IP)
    }

    /// The connections of a host that are not closed.
    pub fn sockets_of(&self, ip: IpAddr) -> Vec<SocketRow> {
        self.act(|core, _now| core.sockets(ip))
    }

    /// All TCP ports that are served.
    pub fn listening(&self) -> Vec<SocketAddr> {
        self.act(|core, _now| core.listening())
    }

    /// Does what an application asks for, at its nominal time and after everything due before it.
    fn act<R>(&self, what: impl FnOnce(&mut Core, Nanos) -> R) -> R {
        let now = nanos(self.inner.clock.nominal_now());
        let mut core = self.inner.lock();
        if !self.inner.clock.is_virtual() {
            core.run(now, false);
        }
        let result = what(&mut core, now);
        let next = core.fabric.next_at();
        let wakes = core.fabric.take_wakes();
        drop(core);
        if let Some(next) = next {
            self.inner.clock.expect_change(Duration::from_nanos(next));
        }
        wakes.into_iter().for_each(std::task::Waker::wake);
        result
    }
}

impl fmt::Debug for LabNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LabNet").field("clock", &self.inner.clock).finish_non_exhaustive()
    }
}

impl LabNetState {
    fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Model for LabNetState {
    fn next_change(&self) -> Option<Duration> {
        self.lock().fabric.next_at().map(Duration::from_nanos)
    }

    fn advance(&self, until: Duration) -> Advance {
        let mut core = self.lock();
        let reached = core.run(nanos(until), self.clock.is_virtual());
        let wakes = core.fabric.take_wakes();
        drop(core);
        let woke = !wakes.is_empty();
        wakes.into_iter().for_each(std::task::Waker::wake);
        Advance { reached: Duration::from_nanos(reached), woke }
    }
}

/// Octets of header on every TCP packet of this preset.
pub fn header_octets(tcp: TcpModel) -> u64 {
    match tcp {
        TcpModel::Textbook => 0,
        TcpModel::Realistic => HEADER_OCTETS,
        TcpModel::Modern => HEADER_OCTETS + TIMESTAMP_OCTETS,
    }
}

/// Data octets of a full TCP segment of this preset: timestamps take the place of data (RFC 6691 §2).
pub fn greatest_segment(tcp: TcpModel) -> u64 {
    match tcp {
        TcpModel::Textbook | TcpModel::Realistic => MSS,
        TcpModel::Modern => MSS - TIMESTAMP_OCTETS,
    }
}

/// How long it is from `then` to `now`. In real time a task acts at the moment at which it should have been woken, which may be a
/// little before what others have done since: then it is no time.
fn since(then: Nanos, now: Nanos) -> Nanos {
    now.saturating_sub(then)
}

fn nanos(span: Duration) -> Nanos {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

fn transit(way: TransitNanos) -> Transit {
    let at = Duration::from_nanos;
    Transit {
        first_out: at(way.first_out),
        last_out: at(way.last_out),
        first_in: at(way.first_in),
        last_in: at(way.last_in),
    }
}

#[cfg(test)]
mod tests;

/// Remembers who waits: the last one that asked.
fn wait(slot: &mut Option<std::task::Waker>, cx: &std::task::Context<'_>) {
    match slot {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *slot = Some(cx.waker().clone()),
    }
}
