//! What a session can be driven over.

use std::{
    ops::Range,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use super::{Connection, LabSocket, NetError, TimeSpan};
use crate::{proto::session::TlsParameters, wire::FlowHandle};

/// What a [`super::Driver`] runs a session over: a client's [`Connection`], a [`super::ServerConnection`], or a bare socket.
pub trait Carrier: AsyncRead + AsyncWrite + Unpin {
    /// See [`Connection::mark_secret`]. A stream without a tap has nothing to mask.
    fn mark_secret(&mut self, _secret: Range<usize>) {}

    /// See [`Connection::expect_content`].
    fn expect_content(&mut self, _ahead: u64, _already: u64) {}

    /// When the octets last read arrived, where that is known better than by the clock.
    fn arrival(&self) -> Option<TimeSpan> {
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

    /// What TLS agreed on, where it is spoken.
    fn tls(&self) -> Option<&TlsParameters> {
        None
    }

    /// Begins TLS; to be asked until it is ready, and nothing is to be read or written before. By default it cannot.
    ///
    /// # Errors
    /// TLS could not be established, or nothing was said about how it is to be begun ([`NetError::NoStartTls`]).
    fn poll_start_tls(&mut self, _cx: &mut Context<'_>) -> Poll<Result<TlsParameters, NetError>> {
        Poll::Ready(Err(NetError::NoStartTls))
    }

    /// Tears the connection down (RST), where its socket can.
    fn reset(self)
    where
        Self: Sized,
    {
    }
}

impl Carrier for Connection {
    fn mark_secret(&mut self, secret: Range<usize>) {
        Self::mark_secret(self, secret);
    }

    fn expect_content(&mut self, ahead: u64, already: u64) {
        Self::expect_content(self, ahead, already);
    }

    fn arrival(&self) -> Option<TimeSpan> {
        Some(TimeSpan { from: self.first_arrival(), to: self.last_arrival() })
    }

    fn last_write(&self) -> Option<Duration> {
        Some(Self::last_write(self))
    }

    fn flow(&self) -> Option<&FlowHandle> {
        Some(Self::flow(self))
    }

    fn tls(&self) -> Option<&TlsParameters> {
        Self::tls(self)
    }

    fn poll_start_tls(&mut self, cx: &mut Context<'_>) -> Poll<Result<TlsParameters, NetError>> {
        Self::poll_start_tls(self, cx)
    }

    fn reset(self) {
        Self::reset(self);
    }
}

impl Carrier for LabSocket {
    fn arrival(&self) -> Option<TimeSpan> {
        Self::arrival(self).map(|transit| TimeSpan { from: transit.first_in, to: transit.last_in })
    }

    fn reset(self) {
        Self::reset(self);
    }
}

impl Carrier for TcpStream {
    fn reset(self) {
        // Without the option the kernel sends FIN instead: the connection ends all the same.
        self.set_zero_linger().ok();
    }
}
