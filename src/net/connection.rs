//! An open connection with its taps inside.

use std::{
    fmt, io,
    net::SocketAddr,
    ops::Range,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;

use super::{
    Clock, NetError,
    tap::{Tap, Tapped},
};
use crate::wire::{FlowHandle, NoteKind};

/// An open stream to a server. Every octet read or written crosses its tap; under TLS there are two
/// ([`crate::wire::Layer::Plain`] above, [`crate::wire::Layer::Tls`] below). Dropping it closes it.
///
/// Events carry these times. Octets sent: when they were handed to the network. Octets received: in the lab the nominal
/// arrival of the last of them, to the nanosecond and whatever the wake-up cost; in the Internet the moment they were read.
/// What TLS sealed has the times of the sealed octets it came in.
///
/// The flow ends when the connection is dropped (closed, unless its owner said otherwise before) or breaks (failed).
pub struct Connection {
    stream: Stream,
    phases: ConnectPhases,
    alpn: Option<Vec<u8>>,
}

enum Stream {
    Bare(Box<Tapped>),
    Sealed(Box<Sealed>),
}

struct Sealed {
    stream: TlsStream<Tapped>,
    plain: Tap,
}

/// A stretch of time on the world's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Span {
    /// Beginning.
    pub from: Duration,
    /// End, not before the beginning.
    pub to: Duration,
}

impl Span {
    /// From beginning to end.
    pub fn duration(self) -> Duration {
        self.to.saturating_sub(self.from)
    }
}

/// When each step of connecting took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectPhases {
    /// Name lookup, where one was made (the lab's names need none, nor do literal addresses).
    pub dns: Option<Span>,
    /// TCP handshake, over all addresses that were tried.
    pub connect: Span,
    /// TLS handshake.
    pub tls: Option<Span>,
}

impl Connection {
    pub(super) fn bare(mut stream: Tapped, phases: ConnectPhases) -> Self {
        stream.open = true;
        Self { stream: Stream::Bare(Box::new(stream)), phases, alpn: None }
    }

    pub(super) fn sealed(mut stream: TlsStream<Tapped>, plain: Tap, phases: ConnectPhases) -> Self {
        let (lower, session) = stream.get_mut();
        lower.open = true;
        let alpn = session.alpn_protocol().map(<[u8]>::to_vec);
        Self { stream: Stream::Sealed(Box::new(Sealed { stream, plain })), phases, alpn }
    }

    /// The flow it writes.
    pub fn flow(&self) -> &FlowHandle {
        self.upper().flow()
    }

    /// The clock of its world.
    pub fn clock(&self) -> &Clock {
        self.lower().clock()
    }

    /// When it was looked up, connected, secured.
    pub fn phases(&self) -> ConnectPhases {
        self.phases
    }

    /// The ALPN name agreed on.
    pub fn alpn(&self) -> Option<&[u8]> {
        self.alpn.as_deref()
    }

    /// Does it speak TLS?
    pub fn is_sealed(&self) -> bool {
        matches!(self.stream, Stream::Sealed(_))
    }

    /// Our end's address.
    pub fn local(&self) -> Option<SocketAddr> {
        self.lower().pipe().local()
    }

    /// The other end's address.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.lower().pipe().peer()
    }

    /// Of the octets written next, those at `secret` are a secret (masked in the record where the world says so), however
    /// many writes they take. Marked before the octets are written; each mark counts from the next octet.
    pub fn mark_secret(&mut self, secret: Range<usize>) {
        self.upper_mut().mark_secret(secret);
    }

    /// The next `octets` to be read are content of a message of which `already` have been read: the record keeps only the
    /// first [`crate::wire::Caps::content_per_message`] of them. Octets after them are kept whole. Each call replaces the one
    /// before.
    pub fn expect_content(&mut self, octets: u64, already: u64) {
        self.upper_mut().expect_content(octets, already);
    }

    /// When the octets last read arrived (in the lab to the nanosecond: the arrival, not the wake-up).
    pub fn last_arrival(&self) -> Duration {
        self.lower().arrival().last
    }

    /// When the first octets of the last read began to arrive.
    pub fn first_arrival(&self) -> Duration {
        self.lower().arrival().first
    }

    /// When octets were last written.
    pub fn last_write(&self) -> Duration {
        self.lower().written_at()
    }

    /// Tears the connection down (RST).
    pub fn reset(mut self) {
        self.lower_mut().reset();
    }

    fn lower(&self) -> &Tapped {
        match &self.stream {
            Stream::Bare(stream) => stream,
            Stream::Sealed(sealed) => sealed.stream.get_ref().0,
        }
    }

    fn lower_mut(&mut self) -> &mut Tapped {
        match &mut self.stream {
            Stream::Bare(stream) => stream,
            Stream::Sealed(sealed) => sealed.stream.get_mut().0,
        }
    }

    fn upper(&self) -> &Tap {
        match &self.stream {
            Stream::Bare(stream) => stream.tap(),
            Stream::Sealed(sealed) => &sealed.plain,
        }
    }

    fn upper_mut(&mut self) -> &mut Tap {
        match &mut self.stream {
            Stream::Bare(stream) => stream.tap_mut(),
            Stream::Sealed(sealed) => &mut sealed.plain,
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("flow", &self.flow().id())
            .field("peer", &self.peer())
            .field("sealed", &self.is_sealed())
            .finish_non_exhaustive()
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Bare(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Sealed(sealed) => sealed.poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().stream {
            Stream::Bare(stream) => Pin::new(stream).poll_write(cx, buf),
            Stream::Sealed(sealed) => sealed.poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Bare(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Sealed(sealed) => Pin::new(&mut sealed.stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Bare(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Sealed(sealed) => Pin::new(&mut sealed.stream).poll_shutdown(cx),
        }
    }
}

impl Sealed {
    fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream.get_mut().0.keeps = !self.plain.is_past_content();
        let before = buf.filled().len();
        if let Err(error) = ready!(Pin::new(&mut self.stream).poll_read(cx, buf)) {
            return Poll::Ready(self.broke(error));
        }
        let new = buf.filled().get(before..).unwrap_or_default();
        self.plain.read(self.stream.get_ref().0.arrival(), new);
        Poll::Ready(Ok(()))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let at = self.stream.get_ref().0.now();
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, buf))?;
        let bytes = buf.get(..written).unwrap_or(buf);
        let said = self.plain.wrote(at, bytes, bytes.len());
        if let Some((said, sealed)) = said.zip(self.stream.get_mut().0.take_on_their_way()) {
            self.plain.flow().rides(said, sealed);
        }
        Poll::Ready(Ok(written))
    }

    /// Reading failed. An end without `close_notify` is common and taken as an end, but told of.
    fn broke(&mut self, error: io::Error) -> io::Result<()> {
        let now = self.stream.get_ref().0.now();
        if error.kind() == io::ErrorKind::UnexpectedEof {
            let text = "The server ended the connection without TLS's close_notify: whether something was cut off cannot be \
                        told from the TLS layer.";
            self.plain.flow().note(now, NoteKind::Tls, text, Some("RFC 8446 §6.1"));
            return Ok(());
        }
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            self.plain.flow().fail(now, NetError::Tls(tls.clone()).failure());
        }
        Err(error)
    }
}
