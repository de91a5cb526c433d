//! One outside connection and one lab connection, octets both ways, each end's end passed on.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional_with_sizes},
    net::TcpStream,
};

use super::LabAccess;
use crate::{
    net::{Clock, ConnectTarget, Connection, NetError, Timeouts},
    wire::{NoteKind, units},
};

/// Relays between `outside` and a port of a lab host until both have ended.
pub(super) async fn serve(mut outside: TcpStream, access: LabAccess, host: Arc<str>, port: u16) {
    match dial(&outside, &access, &host, port).await {
        Ok(inside) => pass(&mut outside, inside, access.network.clock()).await,
        // The outside program believes itself connected: what a refusal or a time-out in the lab is to it, is a reset.
        Err(_) => reset(&outside),
    }
}

/// A lab connection for `outside`, recorded as such.
pub(super) async fn dial(
    outside: &TcpStream,
    access: &LabAccess,
    host: &str,
    port: u16,
) -> Result<Connection, NetError> {
    // Without it small writes would wait for acknowledgements; the worst that can be is that they do.
    outside.set_nodelay(true).ok();
    let who = outside.peer_addr().map_or_else(|_| "an outside program".to_owned(), |peer| peer.to_string());
    let title = format!("{who} through the gateway to {host}:{port}");
    let to = ConnectTarget { host: host.to_owned(), port, tls: None };
    let inside = access.network.connect_titled(&to, &Timeouts::default(), &access.parent, title).await?;
    if let Ok(peer) = outside.peer_addr() {
        access.flows.add(peer, inside.flow().id());
    }
    let note = format!(
        "{who} is a program outside the lab. The kernel connected it to the gateway at once; the lab's handshake, which took \
         {}, is part of what it waits for before its first octet",
        units::time(inside.phases().connect.duration()),
    );
    inside.flow().note(access.network.clock().now(), NoteKind::Why, note, None);
    Ok(inside)
}

/// Octets both ways until both ends have ended; a connection that breaks on one side is torn down on the other.
pub(super) async fn pass(outside: &mut TcpStream, mut inside: Connection, clock: &Clock) {
    let mut from_outside = OutsideStream { stream: &mut *outside, clock };
    let passed = copy_bidirectional_with_sizes(&mut from_outside, &mut inside, AT_ONCE, AT_ONCE).await;
    if passed.is_err() {
        reset(outside);
        inside.reset();
    }
}

/// An outside program's stream. What comes from it goes on when it came, and no sooner: the relay's last wake-up, however late, did
/// not cause it.
pub(super) struct OutsideStream<'a, S> {
    pub(super) stream: S,
    pub(super) clock: &'a Clock,
}

impl<S: AsyncRead + Unpin> AsyncRead for OutsideStream<'_, S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, into));
        self.clock.woken_for(self.clock.now());
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for OutsideStream<'_, S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Lets the kernel answer with RST instead of FIN once the stream is dropped.
pub(super) fn reset(outside: &TcpStream) {
    outside.set_zero_linger().ok();
}

/// Octets passed on at once.
pub(super) const AT_ONCE: usize = 64 * 1024;
