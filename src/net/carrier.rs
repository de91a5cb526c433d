//! What a session can be driven over.

use std::{ops::Range, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use super::{Connection, LabSocket, Span};
use crate::wire::FlowHandle;

/// What a [`super::Driver`] runs a session over: a [`Connection`], or a server's bare socket.
pub trait Carrier: AsyncRead + AsyncWrite + Unpin {
    /// See [`Connection::mark_secret`]. A stream without a tap has nothing to mask.
    fn mark_secret(&mut self, _secret: Range<usize>) {}

    /// See [`Connection::expect_content`].
    fn expect_content(&mut self, _ahead: u64, _already: u64) {}

    /// When the octets last read arrived, where that is known better than by the clock.
    fn arrival(&self) -> Option<Span> {
        None
    }

    /// When octets were last written, where that is known better than by the clock.
    fn last_write(&self) -> Option<Duration> {
        None
    }

    /// The flow that tells of it, where it has one to end.
    fn flow(&self) -> Option<&FlowHandle> {
        None
    }
}

impl Carrier for Connection {
    fn mark_secret(&mut self, secret: Range<usize>) {
        Self::mark_secret(self, secret);
    }

    fn expect_content(&mut self, ahead: u64, already: u64) {
        Self::expect_content(self, ahead, already);
    }

    fn arrival(&self) -> Option<Span> {
        Some(Span { from: self.first_arrival(), to: self.last_arrival() })
    }

    fn last_write(&self) -> Option<Duration> {
        Some(Self::last_write(self))
    }

    fn flow(&self) -> Option<&FlowHandle> {
        Some(Self::flow(self))
    }
}

impl Carrier for LabSocket {
    fn arrival(&self) -> Option<Span> {
        Self::arrival(self).map(|transit| Span { from: transit.first_in, to: transit.last_in })
    }
}

impl Carrier for TcpStream {}
