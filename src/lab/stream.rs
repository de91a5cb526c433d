//! What a lab server speaks over, and what it knows about the conversation.

use std::{
    error::Error as _,
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

use super::{origin::Why, plan::KeepAlive};
use crate::{
    net::{Clock, NetError},
    wire::{FlowHandle, NoteKind},
};

/// A stream of which some octets were read already.
pub(super) struct Prefixed<S> {
    first: Bytes,
    stream: S,
}

impl<S> Prefixed<S> {
    pub(super) fn new(first: Bytes, stream: S) -> Self {
        Self { first, stream }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Prefixed<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.first.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let ready = self.first.len().min(buf.remaining());
        buf.put_slice(self.first.get(..ready).unwrap_or_default());
        self.first.advance(ready);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Prefixed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// What a server knows of one conversation besides its octets.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    pub(super) clock: Clock,
    /// The client's flow, where it has one: decisions are noted there.
    pub(super) flow: Option<FlowHandle>,
    pub(super) client: Option<SocketAddr>,
    pub(super) secure: bool,
    pub(super) keep_alive: KeepAlive,
}

impl Conversation {
    /// Tells the student why.
    pub(super) fn why(&self, text: impl Into<String>, clause: Option<&str>) {
        if let Some(flow) = &self.flow {
            flow.note(self.clock.now(), NoteKind::Why, text, clause);
        }
    }

    pub(super) fn whys(&self, whys: &[Why]) {
        for why in whys {
            self.why(why.text.as_str(), why.clause);
        }
    }

    /// Tells why no TLS was established.
    pub(super) fn gave_up_tls(&self, error: &NetError) {
        match error {
            NetError::TimedOut { .. } => self.why("the server gave up the TLS handshake: it took too long", None),
            _ => {
                // What the TLS library has to say, where it says more.
                let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
                self.why(format!("the server gave up the TLS handshake: {cause}"), Some("RFC 8446 §6.2"));
            }
        }
    }

    /// How long a connection may be idle.
    pub(super) fn idle_limit(&self) -> Duration {
        Duration::from_secs(self.keep_alive.seconds.into())
    }
}

/// Lets `span` pass; sooner `true` when the client has ended its sending or is gone. What it sends meanwhile is thrown away.
pub(super) async fn gone_within<S: AsyncRead + Unpin>(stream: &mut S, clock: &Clock, span: Duration) -> bool {
    let mut thrown = [0; 1024];
    let until_end = async { while let Ok(1..) = stream.read(&mut thrown).await {} };
    clock.timeout(span, until_end).await.is_ok()
}
