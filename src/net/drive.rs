//! The one loop that runs a session over a stream, for clients and lab servers alike, in the clear and inside TLS.

mod sending;
mod times;

use std::{
    fmt,
    future::poll_fn,
    io, mem,
    ops::Range,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use tokio::io::{AsyncWriteExt as _, ReadBuf};

use self::{sending::SendBuffer, times::Times};
use super::{Carrier, Clock, NetError, TimeSpan, Timeouts, error::Stage};
use crate::proto::session::{Outgoing, Session, Step};

/// Why a driven conversation ended early.
#[derive(Debug, thiserror::Error)]
pub enum DriveError<E: std::error::Error + 'static> {
    /// The network did not carry it.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The other end broke the protocol, or a limit.
    #[error(transparent)]
    Protocol(E),
}

/// How long a [`Driver`] waits for the other end; `None` is for ever (a server whose session minds the time itself).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Patience {
    /// From the last octet sent to the first received after it.
    pub first_octet: Option<Duration>,
    /// Between two reads.
    pub idle: Option<Duration>,
}

impl From<&Timeouts> for Patience {
    fn from(timeouts: &Timeouts) -> Self {
        Self { first_octet: Some(timeouts.first_octet), idle: Some(timeouts.idle) }
    }
}

/// Octets read at once: at first, and at most when reads come back full.
const READ_AT_ONCE: Range<usize> = 8 * 1024..64 * 1024;
/// Octets a driver holds to be written before it asks the session for no more of them, unless something new has come.
const SEND_AHEAD: usize = 256 * 1024;
/// Reads and writes whose times a driver remembers.
pub const TIMES_REMEMBERED: usize = times::REMEMBERED;

/// Runs a session over a stream: writes what it sends, reads what it needs, wakes it when it asks. Because only the driver
/// reads and writes, nothing can be sent that is not recorded. While something is being sent it reads too (if the session
/// [wants input](Session::wants_input)), so that two ends that both have much to say cannot wait for each other for ever.
///
/// When the session asks for TLS, what it said before is written, the handshake is done, and the conversation goes on above it. How
/// TLS is begun was said to the stream beforehand ([`super::Connection::with_start_tls`],
/// [`super::ServerConnection::with_start_tls`]).
pub struct Driver<S, C> {
    session: S,
    carrier: C,
    clock: Clock,
    patience: Patience,
    sending: SendBuffer,
    input: Vec<u8>,
    /// When the session is asked for its next step.
    asks: AskWhen,
    /// The session said it is over.
    done: bool,
    /// The other end has ended its sending.
    ended: bool,
    /// Writing failed: nothing more can be sent, but an answer may still come.
    mute: Option<io::Error>,
    wake: Option<StepTimer>,
    limit: Option<StepTimer>,
    quiet_since: Duration,
    stage: Stage,
    sent: Times,
    received: Times,
}

impl<S: Session, C: Carrier> Driver<S, C> {
    /// Runs `session` over `carrier`, waiting on `clock`.
    pub fn new(mut session: S, carrier: C, clock: Clock, patience: Patience) -> Self {
        let quiet_since = clock.now();
        if let Some(tls) = carrier.tls() {
            session.tls_established(tls);
        }
        Self {
            session,
            carrier,
            clock,
            patience,
            sending: SendBuffer::default(),
            input: vec![0; READ_AT_ONCE.start],
            asks: AskWhen::WhenSent,
            done: false,
            ended: false,
            mute: None,
            wake: None,
            limit: None,
            quiet_since,
            stage: Stage::FirstOctet,
            sent: Times::default(),
            received: Times::default(),
        }
    }

    /// The session, to look at.
    pub fn session(&self) -> &S {
        &self.session
    }

    /// The session, to tell it something; the driver then asks it for its next step.
    pub fn session_mut(&mut self) -> &mut S {
        if self.asks == AskWhen::Nothing {
            self.asks = AskWhen::WhenSent;
        }
        self.done = false;
        &mut self.session
    }

    /// The stream.
    pub fn carrier(&self) -> &C {
        &self.carrier
    }

    /// The stream, to write its flow's end or to tear it down.
    pub fn carrier_mut(&mut self) -> &mut C {
        &mut self.carrier
    }

    /// Session and stream, apart again. What the session wanted to send and is not yet written is lost.
    pub fn into_parts(self) -> (S, C) {
        (self.session, self.carrier)
    }

    /// Octets written so far.
    pub fn octets_sent(&self) -> u64 {
        self.sent.total
    }

    /// Octets read so far.
    pub fn octets_received(&self) -> u64 {
        self.received.total
    }

    /// When the octet at `offset`, counted from 0 over everything written, was handed to the network. The last
    /// [`TIMES_REMEMBERED`] writes are known.
    pub fn sent_at(&self, offset: u64) -> Option<Duration> {
        self.sent.of(offset).map(|span| span.to)
    }

    /// When the octets that were read together with the one at `offset`, counted from 0 over everything read, began to arrive
    /// and had arrived; nominal times in the lab. The last [`TIMES_REMEMBERED`] reads are known.
    pub fn received_at(&self, offset: u64) -> Option<TimeSpan> {
        self.received.of(offset)
    }

    /// When the last octets were written.
    pub fn last_sent(&self) -> Option<Duration> {
        self.sent.spans.back().map(|(_, span)| span.to)
    }

    /// When the last octets arrived.
    pub fn last_received(&self) -> Option<TimeSpan> {
        self.received.spans.back().map(|(_, span)| *span)
    }

    /// The next event of the session; `None` when the conversation is over, by its own word or because the other end
    /// ended it and the session has nothing to say to that. Nothing is lost when the future is dropped before its end.
    ///
    /// # Errors
    /// The stream broke, a wait took longer than the driver's [`Patience`], TLS could not be begun, or the other end broke the
    /// protocol. What the network did is also told on the carrier's flow, which it ends.
    pub async fn next_event(&mut self) -> NextEvent<S> {
        let result = poll_fn(|cx| self.poll_event(cx)).await;
        if let (Err(DriveError::Net(error)), Some(flow)) = (&result, self.carrier.flow()) {
            flow.fail(self.clock.now(), error.failure());
        }
        result
    }

    /// Writes `bytes` behind everything the session has said, without asking the session: for an end that breaks its protocol on
    /// purpose.
    ///
    /// # Errors
    /// The stream broke, now or before.
    pub async fn send(&mut self, bytes: Bytes) -> Result<(), NetError> {
        self.sending.push(Outgoing { bytes, secret: None });
        poll_fn(|cx| self.poll_sent(cx)).await;
        self.mute.take().map_or(Ok(()), |error| Err(NetError::from_open(error)))
    }

    /// Writes what is still to be written and ends this side's sending (FIN).
    ///
    /// # Errors
    /// The stream broke.
    pub async fn finish(&mut self) -> Result<(), NetError> {
        poll_fn(|cx| self.poll_send(cx)).await.map_err(NetError::from_open)?;
        self.carrier.shutdown().await.map_err(NetError::from_open)
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<NextEvent<S>> {
        loop {
            let sent_all = self.poll_sent(cx).is_ready();
            if self.asks == AskWhen::WhenSealed {
                ready!(self.poll_start_tls(cx))?;
                continue;
            }
            if self.asks == AskWhen::AtOnce || (self.asks == AskWhen::WhenSent && sent_all) {
                match self.session.step(self.clock.now()).map_err(DriveError::Protocol)? {
                    Step::Send(outgoing) => {
                        self.sending.push(outgoing);
                        if self.sending.octets >= SEND_AHEAD {
                            self.asks = AskWhen::WhenSent;
                        }
                    }
                    Step::Event(event) => return Poll::Ready(Ok(Some(event))),
                    Step::NeedInput => self.rest(None),
                    Step::WakeAt(at) => self.rest(Some(at)),
                    Step::StartTls { unread: 0 } => {
                        self.rest(None);
                        self.asks = AskWhen::WhenSealed;
                    }
                    Step::StartTls { unread } => {
                        return Poll::Ready(Err(NetError::OctetsBeforeTls { octets: unread }.into()));
                    }
                    Step::Done => {
                        self.rest(None);
                        self.done = true;
                    }
                }
                continue;
            }
            if sent_all && (self.done || (self.ended && self.wake.is_none())) {
                let unsaid = self.mute.take().filter(|_| !self.done);
                return Poll::Ready(unsaid.map_or(Ok(None), |error| Err(NetError::from_open(error).into())));
            }
            let reads = !self.done && !self.ended && self.session.wants_input();
            if reads && self.poll_receive(cx)?.is_ready() {
                continue;
            }
            if self.wake.as_mut().is_some_and(|alarm| alarm.poll(cx).is_ready()) {
                self.wake = None;
                self.asks = AskWhen::AtOnce;
                continue;
            }
            return self.poll_limit(cx).map(|error| Err(error.into()));
        }
    }

    /// The session waits for octets, or until `wake`.
    fn rest(&mut self, wake: Option<Duration>) {
        self.asks = AskWhen::Nothing;
        match wake {
            None => self.wake = None,
            Some(at) if self.wake.as_ref().is_some_and(|alarm| alarm.at == at) => {}
            Some(at) => self.wake = Some(StepTimer::new(at, &self.clock)),
        }
    }

    /// Ready when TLS is there: everything said in the clear is written, and the handshake is over.
    fn poll_start_tls(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), NetError>> {
        ready!(self.poll_sent(cx));
        if let Some(error) = self.mute.take() {
            return Poll::Ready(Err(NetError::from_open(error)));
        }
        let tls = ready!(self.carrier.poll_start_tls(cx))?;
        self.session.tls_established(&tls);
        self.asks = AskWhen::AtOnce;
        self.quiet_since = self.clock.now();
        self.stage = Stage::FirstOctet;
        Poll::Ready(Ok(()))
    }

    /// Ready when everything the session said is written, or nothing more can be; the session is told.
    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Err(error) = ready!(self.poll_send(cx)) {
            self.mute = Some(error);
        }
        if mem::take(&mut self.sending.untold) {
            self.session.sent(self.clock.now());
            if self.asks == AskWhen::Nothing {
                self.asks = AskWhen::WhenSent;
            }
        }
        Poll::Ready(())
    }

    /// Ready when everything the session said is written.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.mute.is_some() {
            self.sending.clear();
            return Poll::Ready(Ok(()));
        }
        while let Some(outgoing) = self.sending.queue.front_mut() {
            if let Some(secret) = outgoing.secret.take() {
                self.carrier.mark_secret(secret);
            }
            let rest = outgoing.bytes.get(self.sending.written..).unwrap_or_default();
            if !rest.is_empty() {
                let (len, written) = (rest.len(), ready!(Pin::new(&mut self.carrier).poll_write(cx, rest))?);
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.wrote(written);
                if written < len {
                    continue;
                }
            }
            self.sending.next();
        }
        if self.sending.unflushed {
            ready!(Pin::new(&mut self.carrier).poll_flush(cx))?;
            self.sending.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    fn wrote(&mut self, octets: usize) {
        let now = self.clock.now();
        self.sending.written += octets;
        self.sending.unflushed = true;
        let at = self.carrier.last_write().unwrap_or(now);
        self.sent.push(octets, TimeSpan { from: at, to: at });
        self.quiet_since = now;
        self.stage = Stage::FirstOctet;
    }

    /// Ready when something was read, or the end.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), NetError>> {
        let (ahead, already) = self.session.content_ahead();
        self.carrier.expect_content(ahead, already);
        let mut input = ReadBuf::new(&mut self.input);
        ready!(Pin::new(&mut self.carrier).poll_read(cx, &mut input)).map_err(NetError::from_open)?;
        self.asks = AskWhen::AtOnce;
        let octets = input.filled().len();
        if octets == 0 {
            self.ended = true;
            self.session.receive_end();
            return Poll::Ready(Ok(()));
        }
        self.session.receive(input.filled());
        let now = self.clock.now();
        self.received.push(octets, self.carrier.arrival().unwrap_or(TimeSpan { from: now, to: now }));
        self.quiet_since = now;
        self.stage = Stage::Idle;
        if octets == self.input.len() && octets < READ_AT_ONCE.end {
            self.input.resize(octets * 2, 0);
        }
        Poll::Ready(Ok(()))
    }

    /// Ready when the other end has kept this one waiting for too long. One alarm serves many waits: it is set anew only when
    /// it goes off too early, not for every read.
    fn poll_limit(&mut self, cx: &mut Context<'_>) -> Poll<NetError> {
        let patience = if self.stage == Stage::Idle { self.patience.idle } else { self.patience.first_octet };
        let Some(limit) = patience else { return Poll::Pending };
        let deadline = self.quiet_since.saturating_add(limit);
        loop {
            let alarm = match &mut self.limit {
                Some(alarm) if alarm.at <= deadline => alarm,
                none_or_late => none_or_late.insert(StepTimer::new(deadline, &self.clock)),
            };
            ready!(alarm.poll(cx));
            let on_time = alarm.at == deadline;
            self.limit = None;
            if on_time {
                return Poll::Ready(NetError::TimedOut { stage: self.stage, limit });
            }
        }
    }
}

impl<S, C: Carrier> fmt::Debug for Driver<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("sent", &self.sent.total)
            .field("received", &self.received.total)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// What comes next of a conversation: an event, the end (`None`), or a failure.
type NextEvent<S> = Result<Option<<S as Session>::Event>, DriveError<<S as Session>::Error>>;

/// When the session is to be asked for its next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AskWhen {
    /// Not before something happens.
    Nothing,
    /// Once what it said before is written.
    WhenSent,
    /// At once: it has received something new.
    AtOnce,
    /// Once TLS is there, as it asked.
    WhenSealed,
}

/// A moment to wait for.
struct StepTimer {
    at: Duration,
    sleep: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl StepTimer {
    fn new(at: Duration, clock: &Clock) -> Self {
        let clock = clock.clone();
        Self { at, sleep: Box::pin(async move { clock.sleep_until(at).await }) }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.sleep.as_mut().poll(cx)
    }
}
