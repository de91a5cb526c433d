//! The origin's end of an HTTP/1.x connection. RFC 9112.
//!
//! All answers to requests that are here already leave in one write, heads and contents together. What the client sends is read by
//! [`ServerSession`]; this decides when to answer, how each answer is framed, and when the connection ends.

use std::{
    io,
    time::{Duration, SystemTime},
};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::{
    Answer, Origin,
    exchange::{Body, Request, Response, reason_phrase},
    pages::refusal,
    rude::{self, Next},
};
use crate::{
    lab::{
        plan::KeepAlive,
        stream::{Conversation, ServerStream, gone_within},
    },
    net::Elapsed,
    proto::{
        http::{
            encode,
            framing::{Framing, Wish, persistence},
            message::{Fields, RequestHead, ResponseHead, Version},
            server::{CONTINUE, ServerError, ServerEvent, ServerRules, ServerSession},
        },
        session::{Session as _, Step},
    },
};

/// Serves one connection to its end. `first` was read from it already.
pub(crate) async fn serve<S: ServerStream>(mut stream: S, first: Bytes, origin: &Origin, about: &Conversation) {
    let mut server = Server {
        origin,
        about,
        session: ServerSession::new(ServerRules { max_content: MAX_REQUEST_CONTENT, ..ServerRules::default() }),
        out: BytesMut::new(),
        pending: None,
        answered: 0,
        request_began: None,
        room: vec![0; READ_AT_ONCE].into(),
    };
    server.session.receive(&first);
    // An error here is the client's having gone; nobody is left to tell.
    match server.converse(&mut stream).await {
        Ok(End::Reset) => stream.reset(),
        Ok(End::Close) => linger(&mut stream, about).await,
        Err(_) => {}
    }
}

/// Ends our sending, then reads on until the client ends too: closing at once could destroy what is on its way to the client
/// (RFC 9112 §9.6).
async fn linger<S: ServerStream>(stream: &mut S, about: &Conversation) {
    if stream.shutdown().await.is_ok() {
        gone_within(stream, &about.clock, LINGER).await;
    }
}

/// How the conversation ends.
enum End {
    Close,
    Reset,
}

struct Server<'a> {
    origin: &'a Origin,
    about: &'a Conversation,
    session: ServerSession,
    /// Answers not written yet.
    out: BytesMut,
    /// A request whose content is still coming.
    pending: Option<Pending>,
    /// Requests answered on this connection.
    answered: u32,
    /// When the first octets of a request that is not complete were seen.
    request_began: Option<Duration>,
    /// What is read is read into this.
    room: Box<[u8]>,
}

struct Pending {
    head: RequestHead,
    content: BytesMut,
}

impl Server<'_> {
    async fn converse<S: ServerStream>(&mut self, stream: &mut S) -> io::Result<End> {
        loop {
            match self.session.step(self.about.clock.now()) {
                Ok(Step::Event(event)) => {
                    if let Some(end) = self.hear(event, stream).await? {
                        return Ok(end);
                    }
                }
                Ok(Step::Done) => {
                    self.flush(stream).await?;
                    return Ok(End::Close);
                }
                Ok(_) => {
                    self.flush(stream).await?;
                    if let Some(end) = self.read(stream).await? {
                        return Ok(end);
                    }
                }
                Err(error) => return self.refuse(&error, stream).await,
            }
        }
    }

    async fn hear<S: ServerStream>(&mut self, event: ServerEvent, stream: &mut S) -> io::Result<Option<End>> {
        match event {
            ServerEvent::Head { head, expects_continue, .. } => {
                if expects_continue {
                    self.about.why("100: the client waits for leave to send its content", Some("RFC 9110 §10.1.1"));
                    self.out.extend_from_slice(CONTINUE);
                }
                self.pending = Some(Pending { head, content: BytesMut::new() });
                Ok(None)
            }
            ServerEvent::Content(bytes) => {
                if let Some(pending) = &mut self.pending {
                    pending.content.extend_from_slice(&bytes);
                }
                Ok(None)
            }
            ServerEvent::Complete { .. } => {
                self.request_began = None;
                let Some(pending) = self.pending.take() else { return Ok(None) };
                self.answer(pending, stream).await
            }
        }
    }

    async fn answer<S: ServerStream>(&mut self, pending: Pending, stream: &mut S) -> io::Result<Option<End>> {
        let Pending { head, content } = pending;
        let version = Version::of(head.version).unwrap_or(Version::Http11);
        let request = Request {
            protocol: format!("HTTP/{}.{}", head.version.0, head.version.1),
            method: head.method,
            target: head.target,
            fields: head.fields,
            content: content.freeze(),
            secure: self.about.secure,
            client: self.about.client,
        };
        self.answered += 1;
        let response = match self.origin.respond(&request, self.about.clock.date()) {
            Answer::Respond(response) => response,
            Answer::Misbehave(how) => {
                self.flush(stream).await?;
                self.about.why(format!("this path misbehaves on purpose: {how:?}"), None);
                return Ok(match rude::perform(how, stream, &self.about.clock).await? {
                    Next::Continue => None,
                    Next::Close => Some(End::Close),
                    Next::Reset => Some(End::Reset),
                });
            }
        };
        self.about.whys(&response.why);
        let asker = Asker { method: &request.method, version, wish: Wish::of(version, &request.fields) };
        let closes = self.write(response, &asker, stream).await?;
        if closes {
            self.flush(stream).await?;
        }
        Ok(closes.then_some(End::Close))
    }

    /// Queues a response; `true` when the connection ends with it.
    async fn write<S: ServerStream>(
        &mut self,
        response: Response,
        asker: &Asker<'_>,
        stream: &mut S,
    ) -> io::Result<bool> {
        let KeepAlive { seconds, requests } = self.about.keep_alive;
        let limits = Limits { seconds, left: requests.saturating_sub(self.answered) };
        let framed = Framed::of(response, asker, &limits, self.about.clock.date());
        if let Some(reason) = framed.closes {
            self.about.why(format!("closing: {reason}"), Some("RFC 9112 §9.6"));
        }
        self.out.extend_from_slice(&framed.head);
        for piece in framed.content {
            if self.out.len() + piece.len() > WRITE_AT_ONCE {
                self.flush(stream).await?;
                stream.write_all(&piece).await?;
            } else {
                self.out.extend_from_slice(&piece);
            }
        }
        Ok(framed.closes.is_some())
    }

    /// Everything queued, in one write.
    async fn flush<S: AsyncWrite + Unpin>(&mut self, stream: &mut S) -> io::Result<()> {
        if !self.out.is_empty() {
            stream.write_all(&self.out).await?;
            self.out.clear();
        }
        stream.flush().await
    }

    /// Waits for the client's next octets, but not for ever.
    async fn read<S: ServerStream>(&mut self, stream: &mut S) -> io::Result<Option<End>> {
        let idle = self.session.is_idle() && self.pending.is_none();
        let now = self.about.clock.now();
        let limit = match (idle, self.pending.is_some()) {
            (true, _) => self.about.idle_limit(),
            (false, true) => CONTENT_PATIENCE,
            (false, false) => (*self.request_began.get_or_insert(now) + HEAD_PATIENCE).saturating_sub(now),
        };
        match self.about.clock.timeout(limit, stream.read(&mut self.room)).await {
            Ok(read) => match self.room.get(..read?) {
                None | Some([]) => self.session.receive_end(),
                Some(octets) => self.session.receive(octets),
            },
            Err(Elapsed) if idle => {
                let text = format!("closing: the connection was idle for {} s", limit.as_secs());
                self.about.why(text, Some("RFC 9112 §9.5"));
                return Ok(Some(End::Close));
            }
            Err(Elapsed) => {
                let sentence = "The request did not come to its end in time.";
                self.last_word(refusal(408, sentence, Some("RFC 9110 §15.5.9")), stream).await?;
                return Ok(Some(End::Close));
            }
        }
        Ok(None)
    }

    /// What cannot be read as a request gets the status it deserves, and the connection ends: where the next request would begin
    /// cannot be known.
    async fn refuse<S: ServerStream>(&mut self, error: &ServerError, stream: &mut S) -> io::Result<End> {
        match error.status() {
            Some(status) => self.last_word(refusal(status, &format!("{error}."), error.clause()), stream).await?,
            None => self.flush(stream).await?,
        }
        Ok(End::Close)
    }

    async fn last_word<S: ServerStream>(&mut self, mut response: Response, stream: &mut S) -> io::Result<()> {
        response.closes = true;
        self.about.whys(&response.why);
        let method = self.pending.as_ref().map_or_else(|| "GET".to_owned(), |pending| pending.head.method.clone());
        let asker = Asker { method: &method, version: Version::Http11, wish: no_wish() };
        self.write(response, &asker, stream).await?;
        self.flush(stream).await
    }
}

/// A response as the only and last one of a connection.
pub(crate) fn whole_response(response: Response, to_head: bool, date: SystemTime) -> Bytes {
    let method = if to_head { "HEAD" } else { "GET" };
    let asker = Asker { method, version: Version::Http11, wish: no_wish() };
    let framed = Framed::of(Response { closes: true, ..response }, &asker, &Limits { seconds: 0, left: 0 }, date);
    let pieces = framed.content.iter().map(Bytes::as_ref);
    let octets: Vec<&[u8]> = [framed.head.as_ref()].into_iter().chain(pieces).collect();
    octets.concat().into()
}

/// Who is answered, as far as framing asks.
struct Asker<'a> {
    method: &'a str,
    version: Version,
    wish: Wish,
}

/// A response ready to be written.
struct Framed {
    head: Bytes,
    content: Vec<Bytes>,
    /// Why the connection ends with it, if it does.
    closes: Option<&'static str>,
}

/// How long the connection may live on.
struct Limits {
    seconds: u32,
    /// Requests it may still carry.
    left: u32,
}

impl Framed {
    /// Adds what carries the response to this asker: framing, `Date`, `Server` and the connection's fate. RFC 9112 §6, §9.3.
    fn of(response: Response, asker: &Asker<'_>, limits: &Limits, date: SystemTime) -> Self {
        let Response { status, fields: own, media_type, body, closes, .. } = response;
        let mut fields = Fields::default();
        fields.push("Date", encode::date(date));
        fields.push("Server", SERVER);
        fields.0.extend(own.0);
        let no_content = matches!(status, 204 | 304);
        let (framing, content) = match body {
            _ if no_content => (Framing::None, Vec::new()),
            Body::Whole(rope) => (Framing::Length(rope.len()), rope.into_pieces()),
            Body::Pieces { pieces, trailers } if asker.version == Version::Http11 => {
                let chunks = pieces.iter().map(|piece| encode::chunk(piece));
                (Framing::Chunked, chunks.chain([encode::last_chunk(&trailers)]).collect())
            }
            Body::Pieces { pieces, .. } => {
                fields.0.retain(|field| field.name != "Trailer");
                (Framing::UntilClose, pieces)
            }
            Body::UntilClose(rope) => (Framing::UntilClose, rope.into_pieces()),
        };
        match framing {
            Framing::Length(length) => fields.push("Content-Length", length.to_string()),
            Framing::Chunked => fields.push("Transfer-Encoding", "chunked"),
            Framing::None | Framing::UntilClose | Framing::Tunnel => {}
        }
        let persists = persistence(asker.wish, no_wish(), framing);
        let reason = match persists {
            _ if closes => Some("the server ends the connection with this answer"),
            Err(reason) => Some(reason),
            Ok(()) if limits.left == 0 => Some("the connection has carried as many requests as this server allows"),
            Ok(()) => None,
        };
        if reason.is_some() {
            fields.push("Connection", "close");
        } else {
            fields.push("Keep-Alive", format!("timeout={}, max={}", limits.seconds, limits.left));
            fields.push("Connection", "Keep-Alive");
        }
        if let Some(media_type) = media_type.filter(|_| !no_content) {
            fields.push("Content-Type", media_type);
        }
        let reason_text = reason_phrase(status).to_owned();
        // The version is the highest this server speaks, whatever the request's was (RFC 9110 §6.2).
        let head = ResponseHead { version: Version::Http11, status, reason: reason_text, fields };
        let content = if asker.method == "HEAD" { Vec::new() } else { content };
        Self { head: encode::response_head(&head), content, closes: reason }
    }
}

/// What HTTP/1.1 does when nobody says otherwise.
fn no_wish() -> Wish {
    Wish::of(Version::Http11, &Fields::default())
}

/// How this server calls itself.
pub(crate) const SERVER: &str = "lab/0.1";

/// Octets of content a request may have; more is 413.
pub(crate) const MAX_REQUEST_CONTENT: u64 = 4 * 1024 * 1024;

/// How long a head may take from its first octet; then 408.
const HEAD_PATIENCE: Duration = Duration::from_secs(20);

/// How long a client may pause within content; then 408.
const CONTENT_PATIENCE: Duration = Duration::from_secs(20);

/// How long a client may take to end its side after ours has ended.
const LINGER: Duration = Duration::from_secs(2);

/// Octets gathered before they are written.
const WRITE_AT_ONCE: usize = 256 * 1024;

const READ_AT_ONCE: usize = 16 * 1024;
