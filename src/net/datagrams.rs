//! Datagrams with one peer (RFC 768), in either world, with the record of each.

use std::{
    fmt, io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    ops::Range,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use tokio::net::UdpSocket;

use super::{
    Clock, DatagramError, DatagramRecord, LabDatagrams, MAX_DATAGRAM, NetError, Network, World,
    tap::{Arrival, Tap},
};
use crate::wire::{End, Ends, Failure, FlowHandle, FlowKind, Layer, Side, Transit};

/// A datagram socket connected to one peer: it sends to no other peer and receives from no other. Every datagram is recorded
/// ([`Layer::Datagram`]) in a flow of its own, which ends as closed when this is dropped, unless it failed before.
pub struct Datagrams {
    socket: DatagramSocket,
    clock: Clock,
    tap: Tap,
    peer: SocketAddr,
    server: String,
}

enum DatagramSocket {
    Kernel { socket: UdpSocket, space: BytesMut },
    Lab(LabDatagrams),
}

/// A datagram that has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedDatagram {
    /// Its octets; there may be none.
    pub bytes: Bytes,
    /// When it came, since the run began: in the lab its nominal arrival, in the Internet the moment it was read.
    pub at: Duration,
    /// The way it took, where the network knows (the lab).
    pub transit: Option<Transit>,
}

impl Network {
    /// A socket for datagrams to and from `to`, which the record calls `server_name`. Opens a [`FlowKind::Datagrams`] flow under
    /// `parent`, both its ends known. Without a `local_port` it is one that is free, drawn at random (in the lab from the
    /// network's seed).
    ///
    /// # Errors
    /// The local port is taken, there is no way to `to`, or this machine forbids it; the flow tells of it too.
    pub async fn datagrams(
        &self,
        to: SocketAddr,
        server_name: &str,
        title: String,
        parent: &FlowHandle,
        local_port: Option<u16>,
    ) -> Result<Datagrams, NetError> {
        let server = End { name: server_name.to_owned(), ip_port: Some(to) };
        let ends = Ends { client: self.client_end(None), server: server.clone() };
        let flow = parent.child(FlowKind::Datagrams, title, ends, self.now());
        let port = local_port.unwrap_or(0);
        match self.socket_to(to, port).await {
            Ok((socket, local)) => {
                flow.ends(Ends { client: self.client_end(local), server });
                let (clock, tap) = (self.clock.clone(), Tap::new(flow, Layer::Datagram));
                Ok(Datagrams { socket, clock, tap, peer: to, server: server_name.to_owned() })
            }
            Err(error) => {
                let error = match error.kind() {
                    io::ErrorKind::AddrInUse => NetError::LocalPortTaken { port },
                    _ => NetError::from_datagrams(error, server_name, to),
                };
                flow.fail(self.now(), error.failure());
                Err(error)
            }
        }
    }

    /// A socket from `port` to `to`, and its own address.
    async fn socket_to(&self, to: SocketAddr, port: u16) -> io::Result<(DatagramSocket, Option<SocketAddr>)> {
        match &self.world {
            World::Lab(seat) => {
                let mut socket = seat.net.bind_datagrams(SocketAddr::new(seat.ip, port))?;
                socket.connect(to);
                let local = socket.local();
                Ok((DatagramSocket::Lab(socket), Some(local)))
            }
            World::Internet => {
                let any = if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
                let socket = UdpSocket::bind(SocketAddr::new(any, port)).await?;
                socket.connect(to).await?;
                let local = socket.local_addr().ok();
                Ok((DatagramSocket::Kernel { socket, space: BytesMut::new() }, local))
            }
        }
    }
}

impl Datagrams {
    /// Sends one datagram, at once. That it was sent does not mean that it arrives.
    ///
    /// # Errors
    /// More than [`MAX_DATAGRAM`] octets: nothing is sent, and nothing ended. Otherwise the flow has ended by the failure: no way
    /// to the peer, or (in the Internet, where it is told late) its port is unreachable.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<(), NetError> {
        let octets = bytes.len();
        if octets > MAX_DATAGRAM {
            return Err(NetError::DatagramTooLong { octets });
        }
        let at = self.now();
        let sent = match &self.socket {
            DatagramSocket::Kernel { socket, .. } => socket.send(bytes).await.map(drop),
            DatagramSocket::Lab(_) => Ok(()),
        };
        if let Err(error) = sent {
            return Err(self.broke(error));
        }
        let event = self.tap.wrote(at, bytes, octets);
        if let DatagramSocket::Lab(socket) = &self.socket {
            let recorded = DatagramRecord { flow: self.tap.flow().clone(), from: Side::Client, event };
            let sent = socket.send_to(Bytes::copy_from_slice(bytes), self.peer, Some(recorded));
            return sent.map_err(|error| self.broke(error.into()));
        }
        Ok(())
    }

    /// The next datagram from the peer. Nothing is lost when the future is dropped before its end.
    ///
    /// # Errors
    /// [`NetError::PortUnreachable`] when the peer's host says that nobody listens there; the flow has then failed. There is no
    /// limit to the wait: that is the caller's.
    pub async fn recv(&mut self) -> Result<ReceivedDatagram, NetError> {
        let came = match &mut self.socket {
            DatagramSocket::Kernel { socket, space } => {
                space.clear();
                space.reserve(LONGEST);
                let came = socket.recv_buf(space).await;
                // A copy: the record keeps it, and would keep the room for the longest with it.
                let bytes = came.map(|_octets| Bytes::copy_from_slice(space));
                bytes.map(|bytes| ReceivedDatagram { bytes, at: self.clock.now(), transit: None })
            }
            DatagramSocket::Lab(socket) => {
                let came = socket.recv().await.map_err(DatagramError::into);
                came.map(|came| ReceivedDatagram {
                    bytes: came.bytes,
                    at: came.transit.last_in,
                    transit: Some(came.transit),
                })
            }
        };
        let received = came.map_err(|error| self.broke(error))?;
        let ReceivedDatagram { bytes, at, transit } = &received;
        let first = transit.map_or(*at, |transit| transit.first_in);
        self.tap.read(Arrival { first, last: *at, transit: *transit }, bytes);
        Ok(received)
    }

    /// Of the next datagram's octets, those at `secret` are a secret (masked in the record where the world says so).
    pub fn mark_secret(&mut self, secret: Range<usize>) {
        self.tap.mark_secret(secret);
    }

    /// The flow it writes.
    pub fn flow(&self) -> &FlowHandle {
        self.tap.flow()
    }

    /// This end's address.
    pub fn local(&self) -> Option<SocketAddr> {
        match &self.socket {
            DatagramSocket::Kernel { socket, .. } => socket.local_addr().ok(),
            DatagramSocket::Lab(socket) => Some(socket.local()),
        }
    }

    /// The peer's address.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Ends it: all was said.
    pub fn close(self) {
        drop(self);
    }

    /// Ends it by a failure, a limit of the caller's for one.
    pub fn fail(self, failure: Failure) {
        self.flow().fail(self.now(), failure);
    }

    fn broke(&self, error: io::Error) -> NetError {
        let error = NetError::from_datagrams(error, &self.server, self.peer);
        self.flow().fail(self.now(), error.failure());
        error
    }

    fn now(&self) -> Duration {
        match &self.socket {
            DatagramSocket::Kernel { .. } => self.clock.now(),
            DatagramSocket::Lab(_) => self.clock.nominal_now(),
        }
    }
}

impl Drop for Datagrams {
    fn drop(&mut self) {
        self.flow().close(self.now());
    }
}

impl fmt::Debug for Datagrams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Datagrams").field("flow", &self.flow().id()).field("peer", &self.peer).finish_non_exhaustive()
    }
}

/// Octets of the longest datagram that can come (IPv6 leaves 20 more than IPv4).
const LONGEST: usize = 65_535;

#[cfg(test)]
mod stories;
