//! Streams as servers need them here and there: with octets put back, and waited out.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

use crate::net::Clock;

/// A stream of which some octets were read already.
pub(super) struct PrefixedStream<S> {
    first: Bytes,
    stream: S,
}

impl<S> PrefixedStream<S> {
    pub(super) fn new(first: Bytes, stream: S) -> Self {
        Self { first, stream }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PrefixedStream<S> {
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

impl<S: AsyncWrite + Unpin> AsyncWrite for PrefixedStream<S> {
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

/// Lets `span` pass; sooner `true` when the client has ended its sending or is gone. What it sends meanwhile is thrown away.
pub(super) async fn gone_within<S: AsyncRead + Unpin>(stream: &mut S, clock: &Clock, span: Duration) -> bool {
    let mut thrown = [0; 1024];
    let until_end = async { while let Ok(1..) = stream.read(&mut thrown).await {} };
    clock.timeout(span, until_end).await.is_ok()
}
