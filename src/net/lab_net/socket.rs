//! The sockets applications hold.

use std::{
    fmt,
    future::poll_fn,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{LabNet, slots::SlotKey, stream::TransitNanos};
use crate::wire::{EventIndex, FlowHandle, Side, Transit};

/// Why a connection was not established.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The host is up and no process listens on that port: it answered with RST.
    #[error("the host refused the connection")]
    Refused,
    /// No answer to any SYN for two minutes.
    #[error("the host did not answer")]
    TimedOut,
    /// The host to connect from is not part of the network.
    #[error("there is no host with the address {from} to connect from")]
    NoSuchSource {
        /// Its address.
        from: IpAddr,
    },
    /// All ephemeral ports of the host are in use.
    #[error("all ephemeral ports of this host are in use")]
    NoPortLeft,
}

impl From<ConnectError> for io::Error {
    fn from(error: ConnectError) -> Self {
        let kind = match error {
            ConnectError::Refused => io::ErrorKind::ConnectionRefused,
            ConnectError::TimedOut => io::ErrorKind::TimedOut,
            ConnectError::NoSuchSource { .. } | ConnectError::NoPortLeft => io::ErrorKind::AddrNotAvailable,
        };
        Self::new(kind, error)
    }
}

/// A welcoming socket in the lab. Dropping it closes the port: connections not yet accepted are reset, new ones refused.
#[derive(Debug)]
pub struct LabListener {
    net: LabNet,
    ip_port: SocketAddr,
}

impl LabListener {
    pub(super) fn new(net: LabNet, ip_port: SocketAddr) -> Self {
        Self { net, ip_port }
    }

    /// Where it listens.
    pub fn ip_port(&self) -> SocketAddr {
        self.ip_port
    }

    /// The next connection, once its handshake is complete.
    pub async fn accept(&mut self) -> LabSocket {
        let accepted = poll_fn(|cx| self.net.act(|core, _now| core.poll_accept(self.ip_port, cx))).await;
        self.net.woken_for(accepted.called_at);
        LabSocket {
            net: self.net.clone(),
            key: accepted.key,
            side: Side::Server,
            local: self.ip_port,
            peer: accepted.peer,
            flow: accepted.flow,
            last: None,
        }
    }
}

impl Drop for LabListener {
    fn drop(&mut self) {
        self.net.act(|core, now| core.stop_listening(self.ip_port, now));
    }
}

/// One end of a lab connection, untapped: what the client's end carries is recorded by its owner.
///
/// Dropping it closes the connection in an orderly way (FIN after everything written), or with RST when octets that have come
/// were not read.
pub struct LabSocket {
    net: LabNet,
    key: SlotKey,
    side: Side,
    local: SocketAddr,
    peer: SocketAddr,
    flow: Option<FlowHandle>,
    last: Option<TransitNanos>,
}

impl LabSocket {
    pub(super) async fn connect(
        net: &LabNet,
        from: IpAddr,
        to: SocketAddr,
        flow: Option<&FlowHandle>,
    ) -> Result<Self, ConnectError> {
        let (key, local) = net.act(|core, now| core.connect(from, to, flow.cloned(), now))?;
        // From here on, whoever stops waiting drops the socket, and with it the attempt.
        let socket =
            Self { net: net.clone(), key, side: Side::Client, local, peer: to, flow: flow.cloned(), last: None };
        let called_at = poll_fn(|cx| socket.net.act(|core, _now| core.poll_established(key, cx))).await?;
        net.woken_for(called_at);
        Ok(socket)
    }

    /// This end's address.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// The other end's address.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The client's flow, so that a server can note why it did what it did.
    pub fn flow(&self) -> Option<&FlowHandle> {
        self.flow.as_ref()
    }

    /// The way of the octets last read: of the first and the last of them, where a read returns those of several segments.
    /// Octets that had to wait for a lost segment before them count as arrived when they could be read. `None` before the first
    /// octet and when the last read reached the end.
    pub fn arrival(&self) -> Option<Transit> {
        self.last.map(TransitNanos::transit)
    }

    /// The octets written since the last call are event `index` of this connection's flow: when the last of them has arrived at
    /// the other end, [`FlowHandle::carried`] will tell the record.
    pub fn watch(&mut self, index: EventIndex) {
        self.net.act(|core, _now| core.watch(self.key, self.side, index));
    }

    /// Tears the connection down (RST). What is written and not yet sent is discarded.
    pub fn reset(self) {
        self.net.act(|core, now| {
            core.on(self.key, |connection, fabric| connection.abort(fabric, self.side, now));
        });
    }
}

impl fmt::Debug for LabSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LabSocket").field("local", &self.local).field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl Drop for LabSocket {
    fn drop(&mut self) {
        self.net.act(|core, now| {
            core.on(self.key, |connection, fabric| connection.let_go(fabric, self.side, now));
        });
    }
}

impl AsyncRead for LabSocket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let (key, side) = (self.key, self.side);
        let read = self.net.act(|core, now| core.read(key, side, buf, cx, now));
        self.net.woken_for(read.called_at);
        if read.result.is_ready() {
            self.last = read.way;
        }
        read.result
    }
}

impl AsyncWrite for LabSocket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.net.act(|core, now| core.write(self.key, self.side, buf, cx, now))
    }

    /// Nothing is held back: there is nothing to flush.
    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.net.act(|core, now| {
            core.on(self.key, |connection, fabric| connection.shut_down(fabric, self.side, now));
        });
        Poll::Ready(Ok(()))
    }
}

impl LabNet {
    /// This task waited for something that happened at `called_at`, and goes on only now.
    pub(super) fn woken_for(&self, called_at: Option<u64>) {
        if let Some(at) = called_at {
            self.clock().woken_for(Duration::from_nanos(at));
        }
    }
}
