//! An open connection with its taps inside.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::wire::FlowHandle;

/// An open stream to a server. Every octet read or written crosses its tap; under TLS there are two
/// ([`crate::wire::Layer::Plain`] above, [`crate::wire::Layer::Tls`] below). Dropping it closes it.
pub struct Connection {
    flow: FlowHandle,
    phases: ConnectPhases,
}

/// A stretch of time on the world's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Span {
    /// Beginning.
    pub from: Duration,
    /// End, not before the beginning.
    pub to: Duration,
}

/// When each step of connecting took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectPhases {
    /// Name lookup, where one was made.
    pub dns: Option<Span>,
    /// TCP handshake.
    pub connect: Span,
    /// TLS handshake.
    pub tls: Option<Span>,
}

impl Connection {
    /// The flow it writes.
    pub fn flow(&self) -> &FlowHandle {
        &self.flow
    }

    /// When it was looked up, connected, secured.
    pub fn phases(&self) -> ConnectPhases {
        self.phases
    }

    /// The ALPN name agreed on.
    pub fn alpn(&self) -> Option<&[u8]> {
        todo!()
    }

    /// Our end's address.
    pub fn local(&self) -> Option<SocketAddr> {
        todo!()
    }

    /// The other end's address.
    pub fn peer(&self) -> Option<SocketAddr> {
        todo!()
    }

    /// Of the octets written next, those at `secret` are a secret (masked in the record where the world says so).
    pub fn mark_secret(&mut self, secret: std::ops::Range<usize>) {
        let _ = secret;
    }

    /// The next `octets` to be read are content of a message of which `already` have been read: the record keeps only the
    /// first [`crate::wire::Caps::content_per_message`] of them.
    pub fn expect_content(&mut self, octets: u64, already: u64) {
        let _ = (octets, already);
    }

    /// When the octets last read arrived (in the lab to the nanosecond: the arrival, not the wake-up).
    pub fn last_arrival(&self) -> Duration {
        todo!()
    }

    /// When the first octets of the last read began to arrive.
    pub fn first_arrival(&self) -> Duration {
        todo!()
    }

    /// Tears the connection down (RST).
    pub fn reset(self) {}
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, _cx: &mut Context<'_>, _buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        todo!()
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, _cx: &mut Context<'_>, _buf: &[u8]) -> Poll<io::Result<usize>> {
        todo!()
    }
    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        todo!()
    }
    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        todo!()
    }
}
