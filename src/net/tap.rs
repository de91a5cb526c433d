//! The tap: records every octet read or written, at one layer of one connection.

use std::{
    fmt, io,
    ops::{Range, RangeInclusive},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Clock, NetError, pipe::Pipe};
use crate::wire::{ConnectionStep, EventIndex, FlowHandle, Layer, Side, Sighting, Transit};

/// Finds secrets in the octets of a connection as they cross, in both directions, for a record that hides them.
pub trait SecretScanner: fmt::Debug + Send {
    /// Of these octets, the next that cross from that side: from the first octet of the first secret to the last of the last one.
    fn scan(&mut self, from: Side, octets: &[u8]) -> Option<Range<usize>>;
}

/// Records what crosses one layer of a connection.
#[derive(Debug)]
pub(super) struct Tap {
    flow: FlowHandle,
    layer: Layer,
    content: ContentProgress,
    secret: Option<Range<usize>>,
    scanner: Option<Box<dyn SecretScanner>>,
}

/// When octets arrived.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Arrival {
    /// The first began to.
    pub(super) first: Duration,
    /// The last had.
    pub(super) last: Duration,
    /// The way they took, where it is known.
    pub(super) transit: Option<Transit>,
}

/// What is known of the octets to come.
#[derive(Clone, Copy, Debug, Default)]
struct ContentProgress {
    /// So many are content of one message.
    ahead: u64,
    /// So many of that message's content came before.
    already: u64,
}

impl Tap {
    pub(super) fn new(flow: FlowHandle, layer: Layer) -> Self {
        Self { flow, layer, content: ContentProgress::default(), secret: None, scanner: None }
    }

    pub(super) fn flow(&self) -> &FlowHandle {
        &self.flow
    }

    /// Of the octets written next, those at `secret` are a secret.
    pub(super) fn mark_secret(&mut self, secret: Range<usize>) {
        self.secret = Some(match self.secret.take() {
            Some(other) => other.start.min(secret.start)..other.end.max(secret.end),
            None => secret,
        });
    }

    /// Secrets are looked for in what crosses from here on.
    pub(super) fn scan_secrets(&mut self, scanner: Box<dyn SecretScanner>) {
        self.scanner = Some(scanner);
    }

    /// Where secrets stand in octets that cross now.
    fn scanned(&mut self, from: Side, bytes: &[u8]) -> Option<Range<usize>> {
        self.scanner.as_mut()?.scan(from, bytes)
    }

    pub(super) fn expect_content(&mut self, ahead: u64, already: u64) {
        self.content = ContentProgress { ahead, already };
    }

    /// What crosses from here on is what TLS seals, not what the application says.
    fn turn_to_tls(&mut self) {
        (self.layer, self.content, self.secret, self.scanner) = (Layer::Tls, ContentProgress::default(), None, None);
    }

    /// Does the record keep nothing more of the content being read?
    pub(super) fn is_past_content(&self) -> bool {
        self.content.ahead > 0 && self.content.already >= self.content_cap()
    }

    /// Octets left this end at `at`; at most `keep` of them are kept.
    pub(super) fn wrote(&mut self, at: Duration, bytes: &[u8], keep: usize) -> Option<EventIndex> {
        let secret = self.secret.take();
        if let Some(later) = secret.as_ref().filter(|secret| secret.end > bytes.len()) {
            self.secret = Some(later.start.saturating_sub(bytes.len())..later.end - bytes.len());
        }
        let (from, layer, wire_len) = (Side::Client, self.layer, bytes.len() as u64);
        let secret = match (secret, self.scanned(from, bytes)) {
            (Some(marked), Some(found)) => Some(marked.start.min(found.start)..marked.end.max(found.end)),
            (marked, found) => marked.or(found),
        };
        self.flow.octets(Sighting { at, from, layer, transit: None, wire_len }, bytes, secret, keep)
    }

    /// Octets arrived; of content only the first are kept.
    pub(super) fn read(&mut self, arrival: Arrival, bytes: &[u8]) {
        let content = usize::try_from(self.content.ahead).unwrap_or(usize::MAX).min(bytes.len());
        let (content, rest) = bytes.split_at_checked(content).unwrap_or((bytes, &[]));
        if !content.is_empty() {
            let keep = self.content_cap().saturating_sub(self.content.already);
            self.arrived(arrival, content, usize::try_from(keep).unwrap_or(usize::MAX));
            self.content.ahead = self.content.ahead.saturating_sub(content.len() as u64);
            self.content.already = self.content.already.saturating_add(content.len() as u64);
        }
        if !rest.is_empty() {
            self.arrived(arrival, rest, rest.len());
        }
    }

    /// Octets arrived; at most `keep` of them are kept.
    pub(super) fn arrived(&mut self, arrival: Arrival, bytes: &[u8], keep: usize) {
        let seen = Sighting {
            at: arrival.last,
            from: Side::Server,
            layer: self.layer,
            transit: arrival.transit,
            wire_len: bytes.len() as u64,
        };
        let secret = self.scanned(Side::Server, bytes);
        self.flow.octets(seen, bytes, secret, keep);
    }

    fn content_cap(&self) -> u64 {
        self.flow.recorder().caps().content_per_message
    }
}

/// A pipe with a tap on it. Dropping it closes the connection and, once it is open, its flow.
#[derive(Debug)]
pub(super) struct TappedPipe {
    pipe: Pipe,
    clock: Clock,
    tap: Tap,
    /// Octets of this layer are kept in the record while this is so.
    pub(super) keeps: bool,
    /// The connection is open: from here on this end tells how the flow ends.
    pub(super) open: bool,
    arrival: Arrival,
    written_at: Duration,
    /// The first and the last event written since they were last taken, where the pipe will tell their way.
    on_their_way: Option<(EventIndex, EventIndex)>,
    over: EndedDirections,
}

/// Which directions have ended.
#[derive(Clone, Copy, Debug, Default)]
struct EndedDirections {
    sending: bool,
    receiving: bool,
}

impl TappedPipe {
    pub(super) fn new(pipe: Pipe, clock: Clock, tap: Tap) -> Self {
        let now = pipe.now(&clock);
        let arrival = Arrival { first: now, last: now, transit: None };
        Self {
            pipe,
            clock,
            tap,
            keeps: true,
            open: false,
            arrival,
            written_at: now,
            on_their_way: None,
            over: EndedDirections::default(),
        }
    }

    pub(super) fn pipe(&self) -> &Pipe {
        &self.pipe
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn tap(&self) -> &Tap {
        &self.tap
    }

    pub(super) fn tap_mut(&mut self) -> &mut Tap {
        &mut self.tap
    }

    /// When the octets last read arrived.
    pub(super) fn arrival(&self) -> Arrival {
        self.arrival
    }

    /// When octets were last written.
    pub(super) fn written_at(&self) -> Duration {
        self.written_at
    }

    /// The events written since the last call, first to last, if the pipe will tell which way they took.
    pub(super) fn take_on_their_way(&mut self) -> Option<RangeInclusive<EventIndex>> {
        self.on_their_way.take().map(|(first, last)| first..=last)
    }

    /// The time of what is done now.
    pub(super) fn now(&self) -> Duration {
        self.pipe.now(&self.clock)
    }

    /// TLS is to be spoken over it from here on. Until its handshake is over, the code that runs the handshake says how the flow ends.
    pub(super) fn turn_to_tls(&mut self) {
        self.tap.turn_to_tls();
        self.open = false;
        // What was written in the clear is told of; the sealed octets to come carry other events.
        self.on_their_way = None;
    }

    /// Tears the connection down.
    pub(super) fn reset(&mut self) {
        self.step(Side::Client, ConnectionStep::Rst);
        self.over.sending = true;
        self.pipe.reset();
    }

    /// Notes a step the kernel took; the lab tells its own.
    fn step(&self, from: Side, step: ConnectionStep) {
        if !self.pipe.is_lab() {
            self.tap.flow.step(self.now(), from, step, None);
        }
    }

    /// The connection broke.
    fn broke(&mut self, error: io::Error) -> io::Error {
        if error.kind() == io::ErrorKind::ConnectionReset {
            self.step(Side::Server, ConnectionStep::Rst);
            self.over.sending = true;
        }
        if self.open {
            let same = error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error);
            self.tap.flow.fail(self.now(), NetError::from_open(error).failure());
            return same;
        }
        error
    }

    fn arrived(&mut self, bytes: &[u8]) {
        let transit = self.pipe.arrival();
        let (first, last) = transit.map_or_else(
            || {
                let now = self.now();
                (now, now)
            },
            |transit| (transit.first_in, transit.last_in),
        );
        self.arrival = Arrival { first, last, transit };
        if self.keeps {
            self.tap.read(self.arrival, bytes);
        } else {
            self.tap.arrived(self.arrival, bytes, 0);
        }
    }
}

impl AsyncRead for TappedPipe {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let room = buf.remaining();
        if let Err(error) = ready!(Pin::new(&mut this.pipe).poll_read(cx, buf)) {
            return Poll::Ready(Err(this.broke(error)));
        }
        let new = buf.filled().get(before..).unwrap_or_default();
        if !new.is_empty() {
            this.arrived(new);
        } else if room > 0 && !std::mem::replace(&mut this.over.receiving, true) {
            this.step(Side::Server, ConnectionStep::Fin);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for TappedPipe {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let at = this.now();
        match ready!(Pin::new(&mut this.pipe).poll_write(cx, buf)) {
            Ok(written) => {
                this.written_at = at;
                let bytes = buf.get(..written).unwrap_or(buf);
                if let Some(event) = this.tap.wrote(at, bytes, bytes.len()) {
                    this.pipe.watch(event);
                    if this.pipe.is_lab() {
                        this.on_their_way = Some((this.on_their_way.map_or(event, |(first, _)| first), event));
                    }
                }
                Poll::Ready(Ok(written))
            }
            Err(error) => Poll::Ready(Err(this.broke(error))),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().pipe).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let done = ready!(Pin::new(&mut this.pipe).poll_shutdown(cx));
        if !std::mem::replace(&mut this.over.sending, true) {
            this.step(Side::Client, ConnectionStep::Fin);
        }
        // The other end may have torn the connection down meanwhile: there is nothing left to end.
        Poll::Ready(done.or_else(|error| if error.kind() == io::ErrorKind::NotConnected { Ok(()) } else { Err(error) }))
    }
}

impl Drop for TappedPipe {
    fn drop(&mut self) {
        if !std::mem::replace(&mut self.over.sending, true) {
            self.step(Side::Client, ConnectionStep::Fin);
        }
        if self.open {
            self.tap.flow.close(self.now());
        }
    }
}
