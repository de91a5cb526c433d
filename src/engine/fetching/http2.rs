//! One HTTP/2 connection in use. The protocol is hyper's; times and counts come from the frames on the wire.
//!
//! Without TLS by prior knowledge (RFC 9113 §3.3), with TLS by ALPN. Requests leave with the preface, without waiting for the
//! server's SETTINGS, and the windows are so large that flow control never makes a server wait.

use std::{
    error::Error as _,
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context as TaskContext, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    body::Incoming,
    client::conn::http2::{Builder, SendRequest},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    task::JoinHandle,
};

use super::{
    FetchRequest, FetchResult, HeadFields, PartialExchange, field_lines,
    frames::{FrameCounter, StreamUsage},
    load::{ConnectFailure, ConnectionTicket, LoadContext},
    send_cookies, set_cookie_lines,
};
use crate::{
    engine::ask::{Ask, Origin},
    net::{Clock, Connection, Elapsed, Stage, TimeSpan},
    proto::http::{coding, message::Fields},
    wire::{Blame, Failure, FlowHandle, units},
};

/// An open HTTP/2 connection.
pub(super) struct Http2 {
    sender: SendRequest<Full<Bytes>>,
    link: ConnectionTicket,
    frames: Arc<Mutex<FrameCounter>>,
    carrier: JoinHandle<()>,
}

/// Octets a server may send ahead on a stream, and on the connection (RFC 9113 §6.9): more than anything that is loaded here.
const WINDOW: u32 = 1 << 30;
/// Requests that may be sent before the server has said how many it takes at once (RFC 9113 §6.5.2 sets no limit before that).
const FIRST_STREAMS: usize = 1024;
/// Octets of a response's field section (RFC 9113 §10.5.1).
const MAX_FIELD_SECTION: u32 = 384 * 1024;

/// Why HTTP/2 did not work out.
#[derive(Debug, thiserror::Error)]
enum Http2Error {
    /// Prior knowledge was wrong.
    #[error("the server does not speak HTTP/2 without TLS: its answer does not begin with a SETTINGS frame")]
    NotWithoutTls,
    /// ALPN came out otherwise.
    #[error("the server does not speak HTTP/2: asked for h2 by ALPN, it chose {chosen}")]
    NotChosen {
        /// Protocol name, or `nothing`.
        chosen: String,
    },
    /// The request cannot be written as HTTP/2.
    #[error("the request cannot be sent over HTTP/2")]
    Unsendable(#[source] http::Error),
    /// Raw octets.
    #[error("raw octets are an HTTP/1 message; over HTTP/2 a request is binary frames")]
    Raw,
    /// A stage took too long.
    #[error("{stage} did not finish within {}", units::time(*.limit))]
    TimedOut {
        /// The stage whose limit passed.
        stage: Stage,
        /// The limit that was passed.
        limit: Duration,
    },
    /// More content than is taken.
    #[error("the content has more than {limit} octets: -o FILE on the command line takes all of it")]
    TooMuchContent {
        /// The limit.
        limit: u64,
    },
    /// The conversation failed.
    #[error("the HTTP/2 exchange failed")]
    Failed(#[source] hyper::Error),
}

impl Http2Error {
    fn failure(&self) -> Failure {
        let (blame, clause) = match self {
            Self::NotWithoutTls => (Blame::NotOffered, Some("RFC 9113 §3.3")),
            Self::NotChosen { .. } => (Blame::NotOffered, Some("RFC 9113 §3.2")),
            Self::Unsendable(_) | Self::Raw => (Blame::Input, Some("RFC 9113 §8.3")),
            Self::TimedOut { .. } => (Blame::TimeOut, None),
            Self::TooMuchContent { .. } => (Blame::Limit, None),
            Self::Failed(error) if is_network(error) => (Blame::Network, None),
            Self::Failed(_) => (Blame::Peer, Some("RFC 9113 §5.4")),
        };
        Failure::from_error(self, blame, clause)
    }
}

/// Did the stream below break, rather than the protocol?
fn is_network(error: &hyper::Error) -> bool {
    let mut below = error.source();
    while let Some(cause) = below {
        if cause.downcast_ref::<io::Error>().is_some() {
            return true;
        }
        below = cause.source();
    }
    error.is_closed() || error.is_canceled()
}

impl Http2 {
    /// Opens a connection and sends the preface.
    pub(super) async fn open(load: &Arc<LoadContext>, origin: &Origin) -> Result<Self, ConnectFailure> {
        let begun = load.now();
        let unopened =
            |failure| ConnectFailure { failure, spent: TimeSpan { from: begun, to: load.now() }, looking_up: false };
        let (link, connection) = ConnectionTicket::open(load, origin, b"h2").await?;
        if origin.secure && connection.alpn() != Some(b"h2") {
            let chosen = connection.alpn().map_or_else(|| "nothing".into(), String::from_utf8_lossy).into_owned();
            let failure = Http2Error::NotChosen { chosen }.failure();
            link.flow.fail(load.now(), failure.clone());
            return Err(unopened(failure));
        }
        let frames = Arc::new(Mutex::new(FrameCounter::new()));
        let watched =
            CountedConnection { connection, frames: Arc::clone(&frames), clock: load.context.clock().clone() };
        let (sender, conversation) = Builder::new(TokioExecutor::new())
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .initial_max_send_streams(FIRST_STREAMS)
            .max_header_list_size(MAX_FIELD_SECTION)
            .handshake(TokioIo::new(watched))
            .await
            .map_err(|error| unopened(Http2Error::Failed(error).failure()))?;
        let flow = link.flow.clone();
        let clock = load.context.clock().clone();
        let seen = Arc::clone(&frames);
        let carrier = tokio::spawn(async move {
            if let Err(error) = conversation.await {
                flow.fail(clock.now(), explained(error, &lock(&seen)).failure());
            }
        });
        Ok(Self { sender, link, frames, carrier })
    }

    /// Where it leads.
    pub(super) fn origin(&self) -> &Origin {
        &self.link.origin
    }

    /// Can it take another request, as far as is known?
    pub(super) fn is_reusable(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Asks; the exchange is over when the future is. Requests leave in the order of the calls.
    pub(super) fn ask(&mut self, wanted: FetchRequest) -> Http2Exchange {
        let load = &self.link.load;
        let mut pending = PartialExchange::new(wanted, load.now());
        pending.over((self.link.flow.id(), self.link.number), self.link.opened.take());
        pending.ends = self.link.ends();
        pending.cookies = send_cookies(&mut pending.wanted.ask, load, &self.link.flow);
        let mut exchanging = Http2Exchange {
            pending,
            stream: 0,
            frames: Arc::clone(&self.frames),
            load: Arc::clone(load),
            flow: self.link.flow.clone(),
            answer: Box::pin(std::future::ready(Err(Http2Error::Raw))),
        };
        match message(&exchanging.pending.wanted.ask) {
            Ok(message) => {
                self.link.load.count_request();
                exchanging.stream = lock(&self.frames).expect();
                let answer = self.sender.send_request(message);
                exchanging.answer = Box::pin(async move { answer.await.map_err(Http2Error::Failed) });
            }
            Err(error) => exchanging.answer = Box::pin(std::future::ready(Err(error))),
        }
        exchanging
    }

    /// Says goodbye (RFC 9113 §6.8) and closes.
    pub(super) async fn close(self) {
        let Self { sender, link, frames: _, mut carrier } = self;
        drop(sender);
        let clock = link.load.context.clock().clone();
        if clock.timeout(GOODBYE, &mut carrier).await.is_err() {
            carrier.abort();
        }
    }
}

/// How long a connection may take to send GOAWAY and close.
const GOODBYE: Duration = Duration::from_millis(10);

/// An exchange that is going on.
pub(super) struct Http2Exchange {
    pending: PartialExchange,
    stream: u32,
    frames: Arc<Mutex<FrameCounter>>,
    load: Arc<LoadContext>,
    flow: FlowHandle,
    answer: Pin<Box<dyn Future<Output = Result<http::Response<Incoming>, Http2Error>> + Send>>,
}

impl Http2Exchange {
    /// Runs it to its end. Content goes to `sink` as it comes, with the response's status.
    pub(super) async fn finish(mut self, mut sink: impl FnMut(u16, &[u8])) -> FetchResult {
        let result = self.receive(&mut sink).await;
        let Self { mut pending, stream, frames, load, .. } = self;
        let StreamUsage { request_octets, response_octets, sent, received } = lock(&frames).stream(stream);
        if let Some(sent) = sent {
            // Later frames of the stream (window updates) are no part of the request.
            pending.sent(
                TimeSpan { from: sent.from, to: pending.phases.wait.map_or(sent.to, |_| sent.from) },
                request_octets,
            );
        }
        if let Some(received) = received {
            pending.answered(received.from);
        }
        pending.interim = lock(&frames).interim(stream);
        match result {
            Ok(()) => pending.complete(received.map_or_else(|| load.now(), |span| span.to), response_octets),
            Err(error) => {
                pending.response_octets = response_octets;
                let failure = explained_again(error, &lock(&frames)).failure();
                pending.failed(failure)
            }
        }
    }

    async fn receive(&mut self, sink: &mut impl FnMut(u16, &[u8])) -> Result<(), Http2Error> {
        let Self { pending, load, flow, answer, .. } = self;
        let (clock, timeouts) = (load.context.clock(), load.context.timeouts);
        let limit = timeouts.first_octet;
        let response = clock.timeout(limit, answer).await;
        let response = response.map_err(|Elapsed| Http2Error::TimedOut { stage: Stage::FirstOctet, limit })??;
        let (parts, mut body) = response.into_parts();
        let status = parts.status.as_u16();
        pending.receive_cookies(&set_cookie_lines(&parts.headers), load, flow);
        pending.head = Some(head(&parts));
        let limit = timeouts.idle;
        loop {
            let frame = clock.timeout(limit, body.frame()).await;
            let frame = frame.map_err(|Elapsed| Http2Error::TimedOut { stage: Stage::Idle, limit })?;
            let Some(frame) = frame.transpose().map_err(Http2Error::Failed)? else { return Ok(()) };
            if let Some(bytes) = frame.data_ref() {
                pending.content(bytes, load);
                sink(status, bytes);
                let limit = load.max_content();
                if pending.content_octets > limit {
                    return Err(Http2Error::TooMuchContent { limit });
                }
            }
            if let Some(trailers) = frame.trailers_ref() {
                pending.trailers = field_lines(&fields(trailers));
            }
        }
    }
}

/// The cause of an error on a connection, given what was seen on it.
fn explained(error: hyper::Error, frames: &FrameCounter) -> Http2Error {
    if frames.speaks_http2() == Some(false) { Http2Error::NotWithoutTls } else { Http2Error::Failed(error) }
}

fn explained_again(error: Http2Error, frames: &FrameCounter) -> Http2Error {
    match error {
        Http2Error::Failed(error) => explained(error, frames),
        other => other,
    }
}

fn message(ask: &Ask) -> Result<http::Request<Full<Bytes>>, Http2Error> {
    if ask.raw.is_some() {
        return Err(Http2Error::Raw);
    }
    let mut message = http::Request::builder().method(ask.method.as_str()).version(http::Version::HTTP_2);
    let mut url = ask.url.clone();
    url.set_fragment(None);
    url.set_username("").ok();
    url.set_password(None).ok();
    message = message.uri(url.as_str());
    for (name, value) in ask.field_octets() {
        // RFC 9113 §8.2.2: the connection's own fields have no place; §8.3.1: Host is :authority.
        if !matches!(name.to_ascii_lowercase().as_str(), "host" | "connection" | "keep-alive" | "transfer-encoding") {
            message = message.header(name, &*value);
        }
    }
    message.body(Full::new(ask.content.clone().unwrap_or_default())).map_err(Http2Error::Unsendable)
}

fn head(parts: &http::response::Parts) -> HeadFields {
    let fields = fields(&parts.headers);
    HeadFields {
        protocol: "HTTP/2",
        status: parts.status.as_u16(),
        reason: String::new(),
        codings: coding::applied(&fields),
        fields: field_lines(&fields),
    }
}

fn fields(headers: &http::HeaderMap) -> Fields {
    let mut fields = Fields::default();
    for (name, value) in headers {
        fields.push(name.as_str(), Bytes::copy_from_slice(value.as_bytes()));
    }
    fields
}

fn lock(frames: &Mutex<FrameCounter>) -> MutexGuard<'_, FrameCounter> {
    frames.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection whose frames are counted.
struct CountedConnection {
    connection: Connection,
    frames: Arc<Mutex<FrameCounter>>,
    clock: Clock,
}

impl AsyncRead for CountedConnection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.connection).poll_read(cx, buf))?;
        let at = TimeSpan { from: self.connection.first_arrival(), to: self.connection.last_arrival() };
        lock(&self.frames).received(buf.filled().get(before..).unwrap_or_default(), at);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for CountedConnection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.connection).poll_write(cx, bytes))?;
        let now = self.clock.now();
        lock(&self.frames).sent(bytes.get(..written).unwrap_or_default(), now);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(cx)
    }
}
