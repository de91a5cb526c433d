//! The origin's end of an HTTP/1.x connection. RFC 9112.
//!
//! What the client sends is read by [`ServerSession`], which also minds the time and gathers the answers to be written together; this
//! decides what is answered, how each answer is framed, and when the connection ends.

use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWriteExt as _;

use super::{
    KeepAlive, MAX_REQUEST_CONTENT, OriginAction, OriginServer, SERVER,
    exchange::{Body, OriginRequest, OriginResponse, reason_phrase},
    http2,
    pages::refusal,
    rude::{self, AfterMisbehaviour},
    tell,
};
use crate::{
    lab::{
        conversation::Conversation,
        site_file::Misbehaviour,
        stream::{PrefixedStream, gone_within},
    },
    net::{Carrier, DriveError, Driver, NetError, Patience},
    proto::http::{
        encode,
        framing::{Framing, Persistence, persistence},
        message::{Fields, RequestHead, ResponseHead, Version},
        server::{CONTINUE, Http2PrefaceRule, ServerError, ServerEvent, ServerPatience, ServerRules, ServerSession},
    },
};

/// Serves one connection to its end, in HTTP/1.x, or in HTTP/2 where the client begins with its preface (RFC 9113 §3.3).
pub(crate) async fn serve<C: Carrier + Send + 'static>(carrier: C, origin: &OriginServer, about: &Conversation) {
    let patience = ServerPatience {
        idle: Some(origin.keep_alive.idle_limit()),
        head: Some(HEAD_PATIENCE),
        content: Some(CONTENT_PATIENCE),
    };
    let (max_content, http2) = (MAX_REQUEST_CONTENT, Http2PrefaceRule::Reported);
    let session = ServerSession::new(ServerRules { max_content, http2, patience, ..ServerRules::default() });
    let driver = Driver::new(session, carrier, about.clock.clone(), Patience::default());
    let mut server = Http1Server { origin, about, driver, pending: None, answered: 0 };
    let end = server.converse().await;
    let (_, mut carrier) = server.driver.into_parts();
    match end {
        // The client has gone; nobody is left to tell.
        Err(_) => {}
        Ok(ConnectionEnding::Close) => linger(&mut carrier, about).await,
        Ok(ConnectionEnding::Reset) => carrier.reset(),
        Ok(ConnectionEnding::Misbehave(how)) => {
            if rude::perform(how, &mut carrier, &about.clock).await.is_ok() {
                linger(&mut carrier, about).await;
            }
        }
        Ok(ConnectionEnding::Http2(octets)) => http2::serve(PrefixedStream::new(octets, carrier), origin, about).await,
    }
}

/// Ends our sending, then reads on until the client ends too: closing at once could destroy what is on its way to the client
/// (RFC 9112 §9.6).
async fn linger<C: Carrier>(carrier: &mut C, about: &Conversation) {
    if carrier.shutdown().await.is_ok() {
        gone_within(carrier, &about.clock, LINGER).await;
    }
}

/// How the conversation ends.
enum ConnectionEnding {
    Close,
    Reset,
    /// In a way that takes its time.
    Misbehave(Misbehaviour),
    /// It goes on in HTTP/2, of which these octets have come.
    Http2(Bytes),
}

struct Http1Server<'a, C> {
    origin: &'a OriginServer,
    about: &'a Conversation,
    driver: Driver<ServerSession, C>,
    /// A request whose content is still coming.
    pending: Option<PendingRequest>,
    /// Requests answered on this connection.
    answered: u32,
}

struct PendingRequest {
    head: RequestHead,
    content: BytesMut,
}

impl<C: Carrier> Http1Server<'_, C> {
    async fn converse(&mut self) -> Result<ConnectionEnding, NetError> {
        loop {
            match self.driver.next_event().await {
                Ok(Some(event)) => {
                    if let Some(end) = self.handle(event).await? {
                        return Ok(end);
                    }
                }
                Ok(None) => return Ok(ConnectionEnding::Close),
                Err(DriveError::Protocol(error)) => self.refuse(&error),
                Err(DriveError::Net(error)) => return Err(error),
            }
        }
    }

    async fn handle(&mut self, event: ServerEvent) -> Result<Option<ConnectionEnding>, NetError> {
        match event {
            ServerEvent::Head { head, expects_continue, .. } => {
                if expects_continue {
                    let request = self.request(head.clone(), Bytes::new());
                    if let Some(answer) = self.origin.early_answer(&request) {
                        let text = "no 100: the answer is known before the content has come";
                        let answer = answer.because(text, Some("RFC 9110 §10.1.1"));
                        self.respond(OriginResponse { closes: true, ..answer }, &request, head.version);
                        return Ok(None);
                    }
                    self.about.why("100: the client waits for leave to send its content", Some("RFC 9110 §10.1.1"));
                    self.driver.session_mut().send(Bytes::from_static(CONTINUE));
                }
                self.pending = Some(PendingRequest { head, content: BytesMut::new() });
                Ok(None)
            }
            ServerEvent::Content(bytes) => {
                if let Some(pending) = &mut self.pending {
                    pending.content.extend_from_slice(&bytes);
                }
                Ok(None)
            }
            ServerEvent::Complete { .. } => match self.pending.take() {
                Some(pending) => self.answer(pending).await,
                None => Ok(None),
            },
            ServerEvent::Http2(octets) => Ok(Some(ConnectionEnding::Http2(octets))),
        }
    }

    async fn answer(&mut self, pending: PendingRequest) -> Result<Option<ConnectionEnding>, NetError> {
        let PendingRequest { head, content } = pending;
        let written = head.version;
        let request = self.request(head, content.freeze());
        match self.origin.respond(&request, self.about.clock.date()) {
            OriginAction::Respond(response) => {
                self.respond(response, &request, written);
                Ok(None)
            }
            OriginAction::Later(response) => {
                let response = response.0.await;
                self.respond(response, &request, written);
                Ok(None)
            }
            OriginAction::Misbehave(how) => {
                self.answered += 1;
                self.misbehave(&request.target, how).await
            }
        }
    }

    fn request(&self, head: RequestHead, content: Bytes) -> OriginRequest {
        OriginRequest {
            protocol: format!("HTTP/{}.{}", head.version.0, head.version.1),
            method: head.method,
            target: head.target,
            fields: head.fields,
            content,
            secure: self.origin.secure,
            client: self.about.client,
            flow: self.about.flow.clone(),
        }
    }

    /// Answers a request whose version is `written`.
    fn respond(&mut self, response: OriginResponse, request: &OriginRequest, written: (u8, u8)) {
        self.answered += 1;
        tell(self.about, &response.why);
        let version = Version::of(written).unwrap_or(Version::Http11);
        let wish = Persistence::of(version, &request.fields);
        self.send(response, &FramingContext { method: &request.method, version, wish });
    }

    /// Breaks the rules on purpose, behind all answers that come before.
    async fn misbehave(&mut self, target: &str, how: Misbehaviour) -> Result<Option<ConnectionEnding>, NetError> {
        while let Some(answers) = self.driver.session_mut().take_queued() {
            self.driver.send(answers).await?;
        }
        self.about.why(format!("{target} misbehaves on purpose"), None);
        let Some((octets, next)) = rude::at_once(how, &self.about.clock) else {
            return Ok(Some(ConnectionEnding::Misbehave(how)));
        };
        self.driver.send(octets.into()).await?;
        Ok(match next {
            AfterMisbehaviour::Continue => None,
            AfterMisbehaviour::Close => Some(ConnectionEnding::Close),
            AfterMisbehaviour::Reset => Some(ConnectionEnding::Reset),
        })
    }

    /// Queues a response. Where the connection ends with it, nothing more is read.
    fn send(&mut self, response: OriginResponse, asker: &FramingContext<'_>) {
        let KeepAlive { seconds, requests } = self.origin.keep_alive;
        let limits = ConnectionLimits { seconds, left: requests.saturating_sub(self.answered) };
        let framed = FramedResponse::of(response, asker, &limits, self.about.clock.date());
        if let Some(reason) = framed.closes {
            self.about.why(format!("closing: {reason}"), Some("RFC 9112 §9.6"));
        }
        let session = self.driver.session_mut();
        session.send(framed.head);
        framed.content.into_iter().for_each(|piece| session.send(piece));
        if framed.closes.is_some() {
            session.close();
        }
    }

    /// What cannot be read as a request gets the status it deserves, and the connection ends: where the next request would begin
    /// cannot be known. A client that sends no request gets no reason for the end.
    fn refuse(&mut self, error: &ServerError) {
        let sentence = match error {
            ServerError::Silent { .. } | ServerError::Idle { .. } => {
                self.about.why(format!("closing: {error}"), error.clause());
                return self.driver.session_mut().close();
            }
            ServerError::RequestTimeout => "The request did not come to its end in time.".to_owned(),
            _ => format!("{error}."),
        };
        match error.status() {
            Some(status) => self.last_word(refusal(status, &sentence, error.clause())),
            None => self.driver.session_mut().close(),
        }
    }

    fn last_word(&mut self, mut response: OriginResponse) {
        response.closes = true;
        tell(self.about, &response.why);
        let method = self.pending.as_ref().map_or_else(|| "GET".to_owned(), |pending| pending.head.method.clone());
        self.send(response, &FramingContext { method: &method, version: Version::Http11, wish: no_wish() });
    }
}

/// A response as the only and last one of a connection.
pub(crate) fn whole_response(response: OriginResponse, to_head: bool, date: SystemTime) -> Bytes {
    let method = if to_head { "HEAD" } else { "GET" };
    let asker = FramingContext { method, version: Version::Http11, wish: no_wish() };
    let framed = FramedResponse::of(
        OriginResponse { closes: true, ..response },
        &asker,
        &ConnectionLimits { seconds: 0, left: 0 },
        date,
    );
    let pieces = framed.content.iter().map(Bytes::as_ref);
    let octets: Vec<&[u8]> = [framed.head.as_ref()].into_iter().chain(pieces).collect();
    octets.concat().into()
}

/// What the framing of a response depends on in its request.
struct FramingContext<'a> {
    method: &'a str,
    version: Version,
    wish: Persistence,
}

/// A response ready to be written.
struct FramedResponse {
    head: Bytes,
    content: Vec<Bytes>,
    /// Why the connection ends with it, if it does.
    closes: Option<&'static str>,
}

/// How long the connection may live on.
struct ConnectionLimits {
    seconds: u32,
    /// Requests it may still carry.
    left: u32,
}

impl FramedResponse {
    /// Adds what carries the response to this asker: framing, `Date`, `Http1Server` and the connection's fate. RFC 9112 §6, §9.3.
    fn of(response: OriginResponse, asker: &FramingContext<'_>, limits: &ConnectionLimits, date: SystemTime) -> Self {
        let OriginResponse { status, fields: own, media_type, body, closes, .. } = response;
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

/// What HTTP/1.1 does by default.
fn no_wish() -> Persistence {
    Persistence::of(Version::Http11, &Fields::default())
}

/// How long a head may take from its first octet; then 408.
const HEAD_PATIENCE: Duration = Duration::from_secs(20);

/// How long a client may pause within content; then 408.
const CONTENT_PATIENCE: Duration = Duration::from_secs(20);

/// How long a client may take to end its side after ours has ended.
const LINGER: Duration = Duration::from_secs(2);
