//! What carries octets beneath the taps: a socket of the kernel or one of the lab.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::{Clock, LabSocket};
use crate::wire::{EventIndex, Transit};

/// A stream without a tap.
#[derive(Debug)]
pub(super) enum Pipe {
    /// The kernel's TCP.
    Kernel(TcpStream),
    /// The lab's.
    Lab(LabSocket),
    /// Torn down.
    Gone,
}

impl Pipe {
    /// The way the octets last read took, where it is known.
    pub(super) fn arrival(&self) -> Option<Transit> {
        match self {
            Self::Lab(socket) => socket.arrival(),
            Self::Kernel(_) | Self::Gone => None,
        }
    }

    /// The octets last written are told of by `event`: the network says later how.
    pub(super) fn watch(&mut self, event: EventIndex) {
        if let Self::Lab(socket) = self {
            socket.watch(event);
        }
    }

    /// The lab writes its own steps (SYN, FIN, RST) to the flow and tells which way octets took.
    pub(super) fn is_lab(&self) -> bool {
        matches!(self, Self::Lab(_))
    }

    /// What time it is for what this task does now: in the lab, which counts time without a task's lateness, nor does this.
    pub(super) fn now(&self, clock: &Clock) -> Duration {
        if self.is_lab() { clock.nominal_now() } else { clock.now() }
    }

    pub(super) fn local(&self) -> Option<SocketAddr> {
        match self {
            Self::Kernel(stream) => stream.local_addr().ok(),
            Self::Lab(socket) => Some(socket.local()),
            Self::Gone => None,
        }
    }

    pub(super) fn peer(&self) -> Option<SocketAddr> {
        match self {
            Self::Kernel(stream) => stream.peer_addr().ok(),
            Self::Lab(socket) => Some(socket.peer()),
            Self::Gone => None,
        }
    }

    /// Tears the connection down: RST instead of FIN (RFC 9293 §3.5.2).
    pub(super) fn reset(&mut self) {
        match std::mem::replace(self, Self::Gone) {
            // Without the option the kernel sends FIN instead: the connection ends all the same.
            Self::Kernel(stream) => stream.set_zero_linger().unwrap_or_default(),
            Self::Lab(socket) => socket.reset(),
            Self::Gone => {}
        }
    }
}

impl AsyncRead for Pipe {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Kernel(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Lab(socket) => Pin::new(socket).poll_read(cx, buf),
            Self::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Kernel(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Lab(socket) => Pin::new(socket).poll_write(cx, buf),
            Self::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Kernel(stream) => Pin::new(stream).poll_flush(cx),
            Self::Lab(socket) => Pin::new(socket).poll_flush(cx),
            Self::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Kernel(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Lab(socket) => Pin::new(socket).poll_shutdown(cx),
            Self::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}
