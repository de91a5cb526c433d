//! The datagram sockets applications hold (RFC 768), and datagrams that lie about where they come from.

use std::{
    fmt,
    future::poll_fn,
    io,
    net::{IpAddr, SocketAddr},
};

use bytes::Bytes;

use super::{
    LabNet, MAX_DATAGRAM,
    outgoing::{OutgoingDatagram, Payload},
    slots::SlotKey,
};
use crate::wire::{EventIndex, FlowHandle, Side, Transit};

/// Why a datagram could not be sent or received, or a socket not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatagramError {
    /// It is longer than any datagram may be.
    #[error("a datagram of {octets} octets is too long: UDP over IPv4 carries at most {MAX_DATAGRAM}")]
    TooLong {
        /// Its octets.
        octets: usize,
    },
    /// The peer's host is up, and no process receives datagrams there.
    #[error("{by} answered that its port is unreachable")]
    PortUnreachable {
        /// Where nobody is.
        by: SocketAddr,
    },
    /// Another socket has that port.
    #[error("{ip_port} is taken by another socket")]
    PortTaken {
        /// The address wished for.
        ip_port: SocketAddr,
    },
    /// The host is not part of the network.
    #[error("there is no host with the address {ip}")]
    NoSuchHost {
        /// Its address.
        ip: IpAddr,
    },
    /// All ephemeral ports of the host are in use.
    #[error("all ephemeral ports of {ip} are in use")]
    NoPortLeft {
        /// Its address.
        ip: IpAddr,
    },
}

impl From<DatagramError> for io::Error {
    fn from(error: DatagramError) -> Self {
        let kind = match error {
            DatagramError::TooLong { .. } => io::ErrorKind::InvalidInput,
            DatagramError::PortUnreachable { .. } => io::ErrorKind::ConnectionRefused,
            DatagramError::PortTaken { .. } => io::ErrorKind::AddrInUse,
            DatagramError::NoSuchHost { .. } | DatagramError::NoPortLeft { .. } => io::ErrorKind::AddrNotAvailable,
        };
        Self::new(kind, error)
    }
}

/// Where the record tells of a datagram: its losses, and when it has arrived.
#[derive(Clone, Debug)]
pub struct DatagramRecord {
    /// The flow. It goes along with the datagram, so that its receiver can note there the reasons for what it does.
    pub flow: FlowHandle,
    /// Which end of that flow sends it.
    pub from: Side,
    /// The event that it is, if it has been recorded as sent: [`FlowHandle::carried`] will tell how it travelled.
    pub event: Option<EventIndex>,
}

/// A datagram that has come.
#[derive(Clone, Debug)]
pub struct Datagram {
    /// Its octets, up to [`MAX_DATAGRAM`]; there may be none.
    pub bytes: Bytes,
    /// Whom it says it is from.
    pub from: SocketAddr,
    /// The way it took.
    pub transit: Transit,
    /// Its sender's flow.
    pub flow: Option<FlowHandle>,
    /// Which end of that flow sent it.
    pub(super) side: Option<Side>,
}

impl Datagram {
    /// Where the record tells of an answer to this one: in the same flow, from its other end.
    pub fn answer_recorded(&self) -> Option<DatagramRecord> {
        let (flow, side) = self.flow.clone().zip(self.side)?;
        Some(DatagramRecord { flow, from: side.other(), event: None })
    }
}

/// A datagram socket of a lab host, untapped: what a client's socket carries is recorded by its owner. Dropping it closes it.
pub struct LabDatagrams {
    net: LabNet,
    key: SlotKey,
    local: SocketAddr,
    peer: Option<SocketAddr>,
    /// The host's number.
    host: usize,
}

impl LabDatagrams {
    /// This end's address.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// The peer it is connected to.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// From now on it takes datagrams from `peer` alone, and learns when that port is unreachable. Datagrams of others that have
    /// come are thrown away.
    pub fn connect(&mut self, peer: SocketAddr) {
        self.peer = Some(peer);
        self.net.act(|core, _now| core.udp.connect(self.key, peer));
    }

    /// Sends a datagram from this socket. What becomes of it the sender is not told; the record is, where `recorded` says.
    ///
    /// # Errors
    /// [`DatagramError::TooLong`].
    pub fn send_to(&self, bytes: Bytes, to: SocketAddr, recorded: Option<DatagramRecord>) -> Result<(), DatagramError> {
        let load = Payload::Octets(bytes);
        let datagram =
            OutgoingDatagram { at_host: self.host, from: self.local, to, load, recorded, passes: None, behind: None };
        self.net.act(|core, now| core.send_datagram(datagram, now))
    }

    /// Sends an answer to where `asked` says it is from, told of in the same flow.
    ///
    /// # Errors
    /// [`DatagramError::TooLong`].
    pub fn answer(&self, asked: &Datagram, bytes: Bytes) -> Result<(), DatagramError> {
        self.send_to(bytes, asked.from, asked.answer_recorded())
    }

    /// The next datagram. One task waits at a time: of several only the latest is woken. Nothing is lost when the future is
    /// dropped before its end.
    ///
    /// # Errors
    /// [`DatagramError::PortUnreachable`], of a connected socket, once for each such answer that came since the last call; the
    /// socket can be used on.
    pub async fn recv(&self) -> Result<Datagram, DatagramError> {
        let (came, called_at) = poll_fn(|cx| self.net.act(|core, now| core.udp.poll_recv(self.key, cx, now))).await;
        self.net.woken_for(called_at);
        came
    }
}

impl fmt::Debug for LabDatagrams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LabDatagrams").field("local", &self.local).field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl Drop for LabDatagrams {
    fn drop(&mut self) {
        self.net.act(|core, _now| core.udp.close(self.key));
    }
}

impl LabNet {
    /// A datagram socket at an address of a lab host. Port 0: one of 49152 to 65535 that is free, drawn from the network's seed,
    /// so that repeated runs repeat. UDP's ports are not TCP's: both may have the same.
    ///
    /// # Errors
    /// No such host; the port is taken; none is left.
    pub fn bind_datagrams(&self, ip_port: SocketAddr) -> Result<LabDatagrams, DatagramError> {
        let (key, local, host) = self.act(|core, _now| {
            let (key, local) = core.udp.bind(&core.fabric, ip_port)?;
            let host = core.fabric.host_at(local.ip()).ok_or(DatagramError::NoSuchHost { ip: local.ip() })?;
            Ok::<_, DatagramError>((key, local, host))
        })?;
        Ok(LabDatagrams { net: self.clone(), key, local, peer: None, host })
    }

    /// Sends a datagram that leaves the host `at_host` and says that it is from `from`: no network checks that unless its operator
    /// makes it (RFC 2827). It exists only in the lab's memory. Answers go to the host that really has the address.
    ///
    /// # Errors
    /// There is no host `at_host`; [`DatagramError::TooLong`].
    pub fn send_forged(
        &self,
        from: SocketAddr,
        to: SocketAddr,
        at_host: IpAddr,
        bytes: Bytes,
        recorded: Option<DatagramRecord>,
    ) -> Result<(), DatagramError> {
        self.act(|core, now| {
            let at_host = core.fabric.host_at(at_host).ok_or(DatagramError::NoSuchHost { ip: at_host })?;
            let load = Payload::Octets(bytes);
            let forged = OutgoingDatagram { at_host, from, to, load, recorded, passes: Some(at_host), behind: None };
            core.send_datagram(forged, now)
        })
    }

    /// All datagram sockets that take datagrams from any peer.
    pub fn listening_datagrams(&self) -> Vec<SocketAddr> {
        self.act(|core, _now| core.udp.listening())
    }
}
