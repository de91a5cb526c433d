//! An open connection with its taps inside.

use std::{
    fmt,
    future::poll_fn,
    io, mem,
    net::SocketAddr,
    ops::Range,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;

use super::{
    Clock, NetError, TlsOptions,
    tap::{Arrival, SecretScanner, Tap, TappedPipe},
    tls::TlsClient,
};
use crate::{
    proto::session::TlsParameters,
    wire::{FlowHandle, Layer, NoteKind},
};

/// An open stream to a server. Every octet read or written crosses its tap; under TLS there are two
/// ([`Layer::Plain`] above, [`Layer::Tls`] below). Dropping it closes it.
///
/// TLS is spoken from the beginning ([`super::ConnectTarget::tls`]), or begun in the middle of the conversation (STARTTLS): what crossed
/// before is in the clear then ([`Layer::Stream`]), in the same flow.
///
/// Events carry these times. Octets sent: when they were handed to the network. Octets received: in the lab the nominal
/// arrival of the last of them, to the nanosecond and whatever the wake-up cost; in the Internet the moment they were read.
/// What TLS sealed has the times of the sealed octets it came in.
///
/// The flow ends when the connection is dropped (closed, unless its owner said otherwise before) or breaks (failed).
pub struct Connection {
    stream: ClientStream,
    flow: FlowHandle,
    clock: Clock,
    local: Option<SocketAddr>,
    peer: Option<SocketAddr>,
    phases: ConnectPhases,
    tls: Option<TlsParameters>,
    client: TlsClient,
    /// How TLS is spoken once the conversation asks for it.
    start_tls: Option<TlsOptions>,
}

enum ClientStream {
    Bare(Box<TappedPipe>),
    /// TLS is being begun.
    Handshake(Box<Handshake>),
    Sealed(Box<SealedStream>),
    /// TLS could not be begun: there is nothing left to read or write.
    Gone,
}

struct SealedStream {
    stream: TlsStream<TappedPipe>,
    plain: Tap,
}

/// A TLS handshake in the middle of a conversation. Dropping it before its end stops its flow.
struct Handshake {
    establishing: Establishing,
    flow: FlowHandle,
    clock: Clock,
    begun: Duration,
    /// Of the last octets read in the clear.
    arrival: Arrival,
    /// When the last octets were written in the clear.
    written_at: Duration,
    done: bool,
}

type Establishing = Pin<Box<dyn Future<Output = Result<(TlsStream<TappedPipe>, TlsParameters), NetError>> + Send>>;

impl Handshake {
    fn begin(mut stream: TappedPipe, client: TlsClient, wish: TlsOptions) -> Self {
        let (flow, clock) = (stream.tap().flow().clone(), stream.clock().clone());
        let (begun, arrival, written_at) = (stream.now(), stream.arrival(), stream.written_at());
        stream.turn_to_tls();
        let establishing = Box::pin(async move { client.establish(stream, &wish).await });
        Self { establishing, flow, clock, begun, arrival, written_at, done: false }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(TlsStream<TappedPipe>, TlsParameters), NetError>> {
        let result = ready!(self.establishing.as_mut().poll(cx));
        self.done = true;
        if let Err(error) = &result {
            self.flow.fail(self.clock.now(), error.failure());
        }
        Poll::Ready(result)
    }
}

impl Drop for Handshake {
    fn drop(&mut self) {
        if !self.done {
            self.flow.stop(self.clock.now());
        }
    }
}

/// A stretch of time on the world's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TimeSpan {
    /// The beginning.
    pub from: Duration,
    /// End, not before the beginning.
    pub to: Duration,
}

impl TimeSpan {
    /// From beginning to end.
    pub fn duration(self) -> Duration {
        self.to.saturating_sub(self.from)
    }
}

/// When each step of connecting took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectPhases {
    /// Name lookup, where one was made (the lab's names need none, nor do literal addresses).
    pub dns: Option<TimeSpan>,
    /// TCP handshake, over all addresses that were tried.
    pub connect: TimeSpan,
    /// TLS handshake.
    pub tls: Option<TimeSpan>,
}

impl Connection {
    pub(super) fn bare(mut stream: TappedPipe, phases: ConnectPhases, client: TlsClient) -> Self {
        stream.open = true;
        let (flow, clock) = (stream.tap().flow().clone(), stream.clock().clone());
        let (local, peer) = (stream.pipe().local(), stream.pipe().peer());
        let stream = ClientStream::Bare(Box::new(stream));
        Self { stream, flow, clock, local, peer, phases, tls: None, client, start_tls: None }
    }

    /// Speaks TLS over a connection that has carried nothing yet.
    pub(super) async fn sealed(
        stream: TappedPipe,
        phases: ConnectPhases,
        client: TlsClient,
        wish: &TlsOptions,
    ) -> Result<Self, NetError> {
        let (flow, clock) = (stream.tap().flow().clone(), stream.clock().clone());
        let (local, peer) = (stream.pipe().local(), stream.pipe().peer());
        let (stream, tls) = client.establish(stream, wish).await?;
        let took = TimeSpan { from: phases.connect.to, to: stream.get_ref().0.now() };
        let phases = ConnectPhases { tls: Some(took), ..phases };
        let stream = ClientStream::Sealed(Box::new(SealedStream::new(stream)));
        Ok(Self { stream, flow, clock, local, peer, phases, tls: Some(tls), client, start_tls: None })
    }

    /// TLS will be spoken like this once the conversation has agreed on it (STARTTLS). The server's name is the one connected to.
    #[must_use]
    pub fn with_start_tls(mut self, wish: TlsOptions) -> Self {
        self.start_tls = Some(wish);
        self
    }

    /// Begins TLS, as [`Self::with_start_tls`] said: for whoever holds the conversation without a [`super::Driver`], which does this by
    /// itself. A caller that stops waiting can call again, and the handshake goes on where it was.
    ///
    /// # Errors
    /// As of [`super::Network::connect`] about TLS, told on the flow too, which it ends; [`NetError::NoStartTls`] where nothing was said
    /// about how, which changes nothing.
    pub async fn start_tls(&mut self) -> Result<TlsParameters, NetError> {
        poll_fn(|cx| self.poll_start_tls(cx)).await
    }

    pub(super) fn poll_start_tls(&mut self, cx: &mut Context<'_>) -> Poll<Result<TlsParameters, NetError>> {
        if matches!(self.stream, ClientStream::Bare(_)) {
            let Some(wish) = self.start_tls.clone() else { return Poll::Ready(Err(NetError::NoStartTls)) };
            if let ClientStream::Bare(stream) = mem::replace(&mut self.stream, ClientStream::Gone) {
                self.stream = ClientStream::Handshake(Box::new(Handshake::begin(*stream, self.client.clone(), wish)));
            }
        }
        let ClientStream::Handshake(handshake) = &mut self.stream else {
            return Poll::Ready(Err(NetError::NoStartTls));
        };
        let result = ready!(handshake.poll(cx));
        let begun = handshake.begun;
        self.stream = ClientStream::Gone;
        Poll::Ready(result.map(|(stream, tls)| {
            self.phases.tls = Some(TimeSpan { from: begun, to: stream.get_ref().0.now() });
            self.tls = Some(tls.clone());
            self.stream = ClientStream::Sealed(Box::new(SealedStream::new(stream)));
            tls
        }))
    }

    /// The flow it writes.
    pub fn flow(&self) -> &FlowHandle {
        &self.flow
    }

    /// The clock of its world.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// When it was looked up, connected, secured.
    pub fn phases(&self) -> ConnectPhases {
        self.phases
    }

    /// What TLS agreed on, once it is spoken.
    pub fn tls(&self) -> Option<&TlsParameters> {
        self.tls.as_ref()
    }

    /// The ALPN name agreed on.
    pub fn alpn(&self) -> Option<&[u8]> {
        self.tls.as_ref()?.alpn.as_deref()
    }

    /// Does it speak TLS?
    pub fn is_sealed(&self) -> bool {
        matches!(self.stream, ClientStream::Sealed(_))
    }

    /// Our end's address.
    pub fn local(&self) -> Option<SocketAddr> {
        self.local
    }

    /// The other end's address.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Of the octets written next, those at `secret` are a secret (masked in the record where the world says so), however
    /// many writes they take. Marked before the octets are written; each mark counts from the next octet.
    pub fn mark_secret(&mut self, secret: Range<usize>) {
        if let Some(tap) = self.upper_mut() {
            tap.mark_secret(secret);
        }
    }

    /// Secrets are looked for in what crosses from here on, at the layer of the application, and masked in the record.
    pub fn scan_secrets(&mut self, scanner: Box<dyn SecretScanner>) {
        if let Some(tap) = self.upper_mut() {
            tap.scan_secrets(scanner);
        }
    }

    /// The next `octets` to be read are content of a message of which `already` have been read: the record keeps only the
    /// first [`crate::wire::Caps::content_per_message`] of them. Octets after them are kept whole. Each call replaces the one
    /// before.
    pub fn expect_content(&mut self, octets: u64, already: u64) {
        if let Some(tap) = self.upper_mut() {
            tap.expect_content(octets, already);
        }
    }

    /// When the octets last read arrived (in the lab to the nanosecond: the arrival, not the wake-up).
    pub fn last_arrival(&self) -> Duration {
        self.arrival().last
    }

    /// When the first octets of the last read began to arrive.
    pub fn first_arrival(&self) -> Duration {
        self.arrival().first
    }

    /// When octets were last written.
    pub fn last_write(&self) -> Duration {
        match &self.stream {
            ClientStream::Bare(stream) => stream.written_at(),
            ClientStream::Handshake(handshake) => handshake.written_at,
            ClientStream::Sealed(sealed) => sealed.stream.get_ref().0.written_at(),
            ClientStream::Gone => Duration::ZERO,
        }
    }

    /// Tears the connection down (RST).
    pub fn reset(mut self) {
        match &mut self.stream {
            ClientStream::Bare(stream) => stream.reset(),
            ClientStream::Sealed(sealed) => sealed.stream.get_mut().0.reset(),
            // It ends with what holds it.
            ClientStream::Handshake(_) | ClientStream::Gone => {}
        }
    }

    fn arrival(&self) -> Arrival {
        match &self.stream {
            ClientStream::Bare(stream) => stream.arrival(),
            ClientStream::Handshake(handshake) => handshake.arrival,
            ClientStream::Sealed(sealed) => sealed.stream.get_ref().0.arrival(),
            ClientStream::Gone => Arrival::default(),
        }
    }

    /// The tap that sees the application's octets, without TLS.
    fn upper_mut(&mut self) -> Option<&mut Tap> {
        match &mut self.stream {
            ClientStream::Bare(stream) => Some(stream.tap_mut()),
            ClientStream::Sealed(sealed) => Some(&mut sealed.plain),
            ClientStream::Handshake(_) | ClientStream::Gone => None,
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
            ClientStream::Bare(stream) => Pin::new(stream).poll_read(cx, buf),
            ClientStream::Sealed(sealed) => sealed.poll_read(cx, buf),
            ClientStream::Handshake(_) | ClientStream::Gone => Poll::Ready(Err(not_now())),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().stream {
            ClientStream::Bare(stream) => Pin::new(stream).poll_write(cx, buf),
            ClientStream::Sealed(sealed) => sealed.poll_write(cx, buf),
            ClientStream::Handshake(_) | ClientStream::Gone => Poll::Ready(Err(not_now())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            ClientStream::Bare(stream) => Pin::new(stream).poll_flush(cx),
            ClientStream::Sealed(sealed) => Pin::new(&mut sealed.stream).poll_flush(cx),
            ClientStream::Handshake(_) | ClientStream::Gone => Poll::Ready(Err(not_now())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            ClientStream::Bare(stream) => Pin::new(stream).poll_shutdown(cx),
            ClientStream::Sealed(sealed) => Pin::new(&mut sealed.stream).poll_shutdown(cx),
            ClientStream::Handshake(_) | ClientStream::Gone => Poll::Ready(Err(not_now())),
        }
    }
}

/// Nothing can be read or written while TLS is being begun, nor after that failed.
fn not_now() -> io::Error {
    io::ErrorKind::NotConnected.into()
}

impl SealedStream {
    /// Above TLS that has just been established: from here on its own end tells how the flow ends.
    fn new(mut stream: TlsStream<TappedPipe>) -> Self {
        let lower = stream.get_mut().0;
        lower.open = true;
        let plain = Tap::new(lower.tap().flow().clone(), Layer::Plain);
        Self { stream, plain }
    }

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
