//! A server's end of a connection: in the clear, inside TLS, or first the one and then the other.

use std::{
    fmt,
    future::poll_fn,
    io, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::server::TlsStream;

use super::{Carrier, Clock, NetError, TimeSpan, tls};
use crate::proto::session::TlsParameters;

/// A server's end of a connection over `S`, a socket of the lab or of the kernel. TLS begins when it is asked for: before anything
/// else is read ([`Self::start_tls`], as HTTPS has it), or once the conversation has agreed on it (a session's
/// [`StartTls`](crate::proto::session::Step::StartTls)).
pub struct ServerConnection<S> {
    stream: ServerStream<S>,
    clock: Clock,
    start_tls: Option<StartTls>,
    tls: Option<TlsParameters>,
}

enum ServerStream<S> {
    Bare(S),
    /// TLS is being begun.
    Handshake(TlsAccept<S>),
    Sealed(Box<TlsStream<S>>),
    /// TLS could not be begun: there is nothing left to read or write.
    Gone,
}

type TlsAccept<S> = Pin<Box<dyn Future<Output = Result<(TlsStream<S>, TlsParameters), NetError>> + Send>>;

/// How TLS is begun.
struct StartTls {
    config: Arc<ServerConfig>,
    /// How long the handshake may take.
    limit: Duration,
}

impl<S: Carrier + Send + 'static> ServerConnection<S> {
    /// A connection in the clear; `clock` is the one its world waits on.
    pub fn new(socket: S, clock: Clock) -> Self {
        Self { stream: ServerStream::Bare(socket), clock, start_tls: None, tls: None }
    }

    /// TLS will be spoken with this certificate and these protocols above it, its handshake within `limit`.
    #[must_use]
    pub fn with_start_tls(mut self, config: Arc<ServerConfig>, limit: Duration) -> Self {
        self.start_tls = Some(StartTls { config, limit });
        self
    }

    /// Begins TLS. A caller that stops waiting can call again, and the handshake goes on where it was.
    ///
    /// # Errors
    /// The client ended the connection, refused the certificate, speaks something else or took too long; then nothing more can be read
    /// or written. [`NetError::NoStartTls`] where nothing was said about how, or TLS is spoken already, which changes nothing.
    pub async fn start_tls(&mut self) -> Result<TlsParameters, NetError> {
        poll_fn(|cx| self.poll_start_tls(cx)).await
    }

    /// Does it speak TLS?
    pub fn is_sealed(&self) -> bool {
        matches!(self.stream, ServerStream::Sealed(_))
    }

    fn socket(&self) -> Option<&S> {
        match &self.stream {
            ServerStream::Bare(socket) => Some(socket),
            ServerStream::Sealed(stream) => Some(stream.get_ref().0),
            ServerStream::Handshake(_) | ServerStream::Gone => None,
        }
    }
}

impl<S: Carrier + Send + 'static> Carrier for ServerConnection<S> {
    fn arrival(&self) -> Option<TimeSpan> {
        self.socket()?.arrival()
    }

    fn last_write(&self) -> Option<Duration> {
        self.socket()?.last_write()
    }

    fn tls(&self) -> Option<&TlsParameters> {
        self.tls.as_ref()
    }

    fn poll_start_tls(&mut self, cx: &mut Context<'_>) -> Poll<Result<TlsParameters, NetError>> {
        if matches!(self.stream, ServerStream::Bare(_)) {
            let Some(StartTls { config, limit }) = &self.start_tls else {
                return Poll::Ready(Err(NetError::NoStartTls));
            };
            let (config, limit, clock) = (Arc::clone(config), *limit, self.clock.clone());
            if let ServerStream::Bare(socket) = mem::replace(&mut self.stream, ServerStream::Gone) {
                let accepting = async move { tls::accept(socket, config, &clock, limit).await };
                self.stream = ServerStream::Handshake(Box::pin(accepting));
            }
        }
        let ServerStream::Handshake(accepting) = &mut self.stream else {
            return Poll::Ready(Err(NetError::NoStartTls));
        };
        let result = ready!(accepting.as_mut().poll(cx));
        self.stream = ServerStream::Gone;
        Poll::Ready(result.map(|(stream, tls)| {
            self.stream = ServerStream::Sealed(Box::new(stream));
            self.tls = Some(tls.clone());
            tls
        }))
    }

    fn reset(self) {
        match self.stream {
            ServerStream::Bare(socket) => socket.reset(),
            ServerStream::Sealed(stream) => stream.into_inner().0.reset(),
            // It ends with what holds it.
            ServerStream::Handshake(_) | ServerStream::Gone => {}
        }
    }
}

impl<S> fmt::Debug for ServerConnection<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerConnection").field("tls", &self.tls).finish_non_exhaustive()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for ServerConnection<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            ServerStream::Bare(socket) => Pin::new(socket).poll_read(cx, buf),
            ServerStream::Sealed(stream) => Pin::new(stream).poll_read(cx, buf),
            ServerStream::Handshake(_) | ServerStream::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for ServerConnection<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().stream {
            ServerStream::Bare(socket) => Pin::new(socket).poll_write(cx, buf),
            ServerStream::Sealed(stream) => Pin::new(stream).poll_write(cx, buf),
            ServerStream::Handshake(_) | ServerStream::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            ServerStream::Bare(socket) => Pin::new(socket).poll_flush(cx),
            ServerStream::Sealed(stream) => Pin::new(stream).poll_flush(cx),
            ServerStream::Handshake(_) | ServerStream::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            ServerStream::Bare(socket) => Pin::new(socket).poll_shutdown(cx),
            ServerStream::Sealed(stream) => Pin::new(stream).poll_shutdown(cx),
            ServerStream::Handshake(_) | ServerStream::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}
