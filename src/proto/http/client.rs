//! The client's end of one HTTP/1.x connection, pipelining included. Source: RFC 9112 (all), RFC 9110 §9.2.2, §15.2.
//!
//! It decides nothing about connections: which to open, when to try again and what to do with a redirect is the caller's.

use std::{collections::VecDeque, fmt, time::Duration};

use bytes::{Bytes, BytesMut};

use super::{
    content::{ContentError, ContentReader, Portion},
    encode::{self, EncodedHead, InvalidRequest, SecretFields},
    framing::{self, FramingError, Wish},
    head::{HeadError, HeadReader, Rules, StartLine},
    limits::{DEFAULT_MAX_CONTENT, MAX_INTERIM_RESPONSES},
    message::{Fields, Request, RequestHead, ResponseHead, Version},
};
use crate::{
    proto::session::{Outgoing, Session, Step},
    wire::{Blame, Failure},
};

/// A client on one connection. Responses are matched to requests in order (RFC 9112 §9.3.2).
///
/// [`Step::Done`] comes when the connection takes no more requests and nothing more will arrive that belongs to one: after a response
/// that ends the connection ([`ClientEvent::Complete::reusable`]), or when the other end closed an idle connection. Requests that are
/// still [`Self::outstanding`] then were never answered: [`Self::retriable`] says which may go to another connection.
pub struct ClientSession {
    input: BytesMut,
    ended: bool,
    next: u32,
    unsent: VecDeque<Unsent>,
    tail: Option<Bytes>,
    sent: VecDeque<ClientEvent>,
    asked: VecDeque<Asked>,
    awaits: Awaits,
    closing: Option<&'static str>,
    failed: Option<ClientError>,
    max_content: u64,
    secrets: SecretFields,
}

/// Which request of this connection, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestIndex(pub u32);

/// What a client learns.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientEvent {
    /// A request was handed to the connection: `octets` of it.
    Sent {
        /// Which.
        request: RequestIndex,
        /// Head and content.
        octets: u64,
    },
    /// A 1xx response head (RFC 9110 §15.2); the final one follows.
    Informational {
        /// To which request.
        request: RequestIndex,
        /// The head.
        head: ResponseHead,
    },
    /// The final response's head.
    Head {
        /// To which request.
        request: RequestIndex,
        /// The head.
        head: ResponseHead,
        /// Octets of the head on the wire.
        octets: u64,
    },
    /// Some of its content, transfer coding removed.
    Content {
        /// To which request.
        request: RequestIndex,
        /// The octets.
        bytes: Bytes,
    },
    /// The response is complete.
    Complete {
        /// To which request.
        request: RequestIndex,
        /// Octets of the whole response on the wire: interim heads, head, content, chunk framing, trailers.
        octets: u64,
        /// Trailer fields (RFC 9112 §7.1.2).
        trailers: Fields,
        /// May the connection take another request (RFC 9112 §9.3)? With the reason for a student when not.
        reusable: Result<(), &'static str>,
    },
}

/// How an exchange failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The connection closed while requests waited for an answer, and nothing of the next answer had come.
    #[error("the server closed the connection before answering {}", requests(*unanswered))]
    ClosedBeforeResponse {
        /// Requests without an answer.
        unanswered: usize,
    },
    /// The connection closed in the middle of a head.
    #[error("the server closed the connection after {received} octets of a response head")]
    ClosedInHead {
        /// Octets of the head that came.
        received: usize,
    },
    /// The head is malformed.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The length of the content cannot be told.
    #[error(transparent)]
    Framing(#[from] FramingError),
    /// The content is malformed, too long, or did not come to its end.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// Octets came that answer no request.
    #[error("the server sent octets that answer no request")]
    Unasked,
    /// 101 to a request without Upgrade.
    #[error("the server switched to another protocol (101) although the request had no Upgrade field")]
    UnaskedSwitch,
    /// Interim responses without end.
    #[error("more than {limit} interim (1xx) responses came and no final one")]
    TooManyInterim {
        /// [`MAX_INTERIM_RESPONSES`].
        limit: u32,
    },
    /// The request cannot be sent.
    #[error(transparent)]
    Unsendable(#[from] InvalidRequest),
}

impl ClientError {
    /// As a person reads it.
    pub fn failure(&self) -> Failure {
        Failure::from_error(self, self.blame(), self.clause())
    }

    /// Whose fault it is: the network's when the connection closed early, the student's when the request could not be sent.
    pub fn blame(&self) -> Blame {
        match self {
            Self::ClosedBeforeResponse { .. } | Self::ClosedInHead { .. } => Blame::Network,
            Self::Content(error) if error.is_early_close() => Blame::Network,
            Self::Unsendable(_) => Blame::Input,
            Self::Head(_)
            | Self::Framing(_)
            | Self::Content(_)
            | Self::Unasked
            | Self::UnaskedSwitch
            | Self::TooManyInterim { .. } => Blame::Peer,
        }
    }

    /// The rule that was broken; `None` for a limit of our own.
    pub fn clause(&self) -> Option<&'static str> {
        match self {
            Self::ClosedBeforeResponse { .. } | Self::ClosedInHead { .. } => Some("RFC 9112 §8"),
            Self::Head(error) => Some(error.clause()),
            Self::Framing(error) => Some(error.clause()),
            Self::Content(error) => error.clause(),
            Self::Unasked => Some("RFC 9112 §9.2"),
            Self::UnaskedSwitch => Some("RFC 9110 §15.2.2"),
            Self::TooManyInterim { .. } => Some("RFC 9110 §15.2"),
            Self::Unsendable(error) => Some(error.clause()),
        }
    }
}

struct Asked {
    request: RequestIndex,
    method: String,
    idempotent: bool,
    wish: Option<Wish>,
    upgrades: bool,
}

enum Awaits {
    Head { reader: HeadReader, interim: u32, octets: u64 },
    Content { reader: ContentReader, reusable: Result<(), &'static str>, octets: u64 },
    Nothing,
}

impl Awaits {
    fn head() -> Self {
        Self::Head { reader: HeadReader::response(Rules::CLIENT), interim: 0, octets: 0 }
    }
}

impl ClientSession {
    /// A fresh connection's session.
    pub fn new() -> Self {
        Self {
            input: BytesMut::new(),
            ended: false,
            next: 0,
            unsent: VecDeque::new(),
            tail: None,
            sent: VecDeque::new(),
            asked: VecDeque::new(),
            awaits: Awaits::head(),
            closing: None,
            failed: None,
            max_content: DEFAULT_MAX_CONTENT,
            secrets: SecretFields::default(),
        }
    }

    /// Takes at most `octets` of content of each response; more is [`ContentError::TooLarge`], as soon as it is announced.
    #[must_use]
    pub fn with_max_content(mut self, octets: u64) -> Self {
        self.max_content = octets;
        self
    }

    /// Which field values are marked as secret in [`Outgoing`]; credentials always are.
    #[must_use]
    pub fn with_secrets(mut self, secrets: SecretFields) -> Self {
        self.secrets = secrets;
        self
    }

    /// Queues a request; it is sent in the next steps. Queuing several without waiting pipelines them (they leave in one write; a
    /// second one that carries a secret starts a write of its own, since a write has one secret range).
    ///
    /// Raw octets that hold several requests are answered by several responses: these get the numbers that follow the one returned.
    ///
    /// One that cannot be sent as it is makes a later step fail with [`ClientError::Unsendable`], after those queued before it.
    pub fn request(&mut self, request: Request) -> RequestIndex {
        let first = RequestIndex(self.next);
        let asks: Vec<Asked> = match &request.raw {
            None => vec![Asked::of(first, &request.method, Some((request.version, &request.fields)))],
            Some(raw) => raw_asks(self.next, &request.method, raw),
        };
        self.next = asks.last().map_or(self.next, |last| last.request.0) + 1;
        self.unsent.push_back(Unsent { request, asks });
        first
    }

    /// Requests sent or queued whose response is not complete.
    pub fn outstanding(&self) -> usize {
        self.asked.len() + self.unsent.iter().map(|unsent| unsent.asks.len()).sum::<usize>()
    }

    /// After a failure or early close: which outstanding requests may be sent again on a new connection (RFC 9110 §9.2.2, RFC 9112
    /// §9.3.1): those that never left, and idempotent methods while no octet of their response has arrived.
    pub fn retriable(&self) -> Vec<RequestIndex> {
        let first_begun = !self.input.is_empty()
            || match &self.awaits {
                Awaits::Head { octets, .. } => *octets > 0,
                Awaits::Content { .. } => true,
                Awaits::Nothing => false,
            };
        let sent = self
            .asked
            .iter()
            .skip(usize::from(first_begun))
            .filter(|asked| asked.idempotent)
            .map(|asked| asked.request);
        sent.chain(self.unsent.iter().flat_map(|unsent| &unsent.asks).map(|asked| asked.request)).collect()
    }

    /// May the connection take another request, as far as is known now? The reason for a student when not.
    ///
    /// # Errors
    /// The reason.
    pub fn reusable(&self) -> Result<(), &'static str> {
        match (self.closing, self.failed.is_some(), self.ended) {
            (Some(reason), _, _) => Err(reason),
            (None, true, _) => Err("the exchange on it failed"),
            (None, false, true) => Err("the other end has closed it"),
            (None, false, false) => Ok(()),
        }
    }

    /// After a response that made the connection a tunnel (CONNECT, 101): octets that arrived already and belong to what comes next.
    pub fn take_rest(&mut self) -> Bytes {
        self.input.split().freeze()
    }

    fn next_outgoing(&mut self) -> Result<Option<Outgoing>, ClientError> {
        if let Some(bytes) = self.tail.take() {
            return Ok(Some(Outgoing { bytes, secret: None }));
        }
        if self.closing.is_some() || self.ended {
            return Ok(None);
        }
        let (mut parts, mut length, mut secret) = (Vec::new(), 0, None);
        while let Some(Unsent { request, .. }) = self.unsent.front() {
            let encoded = match encoded(request, self.secrets) {
                Ok(encoded) => encoded,
                // What was queued before it leaves first.
                Err(_) if length > 0 => break,
                Err(invalid) => return Err(invalid.into()),
            };
            if secret.is_some() && encoded.secret.is_some() {
                break;
            }
            let Some(Unsent { request, asks }) = self.unsent.pop_front() else { break };
            let content = if request.raw.is_some() { Bytes::new() } else { request.content };
            self.note_sent(asks, encoded.bytes.len() + content.len());
            secret = secret.or(encoded.secret.map(|range| range.start + length..range.end + length));
            length += encoded.bytes.len();
            parts.push(encoded.bytes);
            if content.len() > MAX_JOINED_CONTENT {
                self.tail = Some(content);
                break;
            }
            length += content.len();
            parts.push(content);
        }
        Ok((length > 0).then(|| Outgoing { bytes: joined(parts, length), secret }))
    }

    fn note_sent(&mut self, asks: Vec<Asked>, octets: usize) {
        if let Some(first) = asks.first() {
            self.sent.push_back(ClientEvent::Sent { request: first.request, octets: octets as u64 });
        }
        self.asked.extend(asks);
    }

    fn read(&mut self) -> Result<Step<ClientEvent>, ClientError> {
        let Some(asked) = self.asked.front() else { return self.idle() };
        match &mut self.awaits {
            Awaits::Head { reader, .. } => match reader.scan(&self.input)? {
                Some(length) => self.head(length),
                None if !self.ended => Ok(Step::NeedInput),
                None if self.input.is_empty() => {
                    Err(ClientError::ClosedBeforeResponse { unanswered: self.outstanding() })
                }
                None => Err(ClientError::ClosedInHead { received: self.input.len() }),
            },
            Awaits::Content { reader, .. } => match reader.step(&mut self.input, self.ended)? {
                Portion::Content(bytes) => Ok(Step::Event(ClientEvent::Content { request: asked.request, bytes })),
                Portion::NeedInput => Ok(Step::NeedInput),
                Portion::End(trailers) => Ok(self.complete(trailers)),
            },
            Awaits::Nothing => Ok(Step::Done),
        }
    }

    /// Nothing is outstanding: octets that come now answer nothing, whatever they say (RFC 9112 §9.2).
    fn idle(&mut self) -> Result<Step<ClientEvent>, ClientError> {
        match self.awaits {
            Awaits::Nothing => Ok(Step::Done),
            _ if !self.input.is_empty() => Err(ClientError::Unasked),
            _ if self.ended => Ok(Step::Done),
            _ => Ok(Step::NeedInput),
        }
    }

    fn head(&mut self, length: usize) -> Result<Step<ClientEvent>, ClientError> {
        let (Some(asked), Awaits::Head { reader, interim, octets }) = (self.asked.front(), &mut self.awaits) else {
            return Ok(Step::NeedInput);
        };
        let block = self.input.split_to(length).freeze();
        *octets += length as u64;
        let (Some(StartLine::Status { version, status, reason }), fields) = reader.finish(&block) else {
            return Ok(Step::NeedInput);
        };
        let version = Version::of(version).unwrap_or(Version::Http11);
        let head = ResponseHead { version, status, reason, fields };
        let request = asked.request;
        if status == 101 && !asked.upgrades {
            return Err(ClientError::UnaskedSwitch);
        }
        if (100..200).contains(&status) && status != 101 {
            *interim += 1;
            if *interim > MAX_INTERIM_RESPONSES {
                return Err(ClientError::TooManyInterim { limit: MAX_INTERIM_RESPONSES });
            }
            *reader = HeadReader::response(Rules::CLIENT);
            return Ok(Step::Event(ClientEvent::Informational { request, head }));
        }
        let framing = framing::of_response(&asked.method, status, version, &head.fields)?;
        let reusable = match asked.wish {
            Some(wish) => framing::persistence(wish, Wish::of(version, &head.fields), framing),
            None => Err("the request was sent raw and cannot be read, so what the server will do next is unknown"),
        };
        let reader = ContentReader::new(framing, self.max_content, true)?;
        self.awaits = Awaits::Content { reader, reusable, octets: *octets };
        Ok(Step::Event(ClientEvent::Head { request, head, octets: length as u64 }))
    }

    fn complete(&mut self, trailers: Fields) -> Step<ClientEvent> {
        let Awaits::Content { reader, reusable, octets } = std::mem::replace(&mut self.awaits, Awaits::head()) else {
            return Step::NeedInput;
        };
        let Some(asked) = self.asked.pop_front() else { return Step::NeedInput };
        if let Err(reason) = reusable {
            self.closing = Some(reason);
            self.awaits = Awaits::Nothing;
        }
        let octets = octets + reader.wire();
        Step::Event(ClientEvent::Complete { request: asked.request, octets, trailers, reusable })
    }
}

/// Without the requests: they may hold secrets.
impl fmt::Debug for ClientSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSession")
            .field("outstanding", &self.outstanding())
            .field("reusable", &self.reusable())
            .finish_non_exhaustive()
    }
}

impl Default for ClientSession {
    fn default() -> Self {
        Self::new()
    }
}

impl Session for ClientSession {
    type Event = ClientEvent;
    type Error = ClientError;

    fn receive(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    fn receive_end(&mut self) {
        self.ended = true;
    }

    fn step(&mut self, _now: Duration) -> Result<Step<ClientEvent>, ClientError> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        let step = match self.next_outgoing() {
            Ok(Some(outgoing)) => return Ok(Step::Send(outgoing)),
            Ok(None) => match self.sent.pop_front() {
                Some(sent) => return Ok(Step::Event(sent)),
                None => self.read(),
            },
            Err(error) => match self.sent.pop_front() {
                Some(sent) => return Ok(Step::Event(sent)),
                None => Err(error),
            },
        };
        if let Err(error) = &step {
            self.failed = Some(error.clone());
        }
        step
    }

    fn content_ahead(&self) -> (u64, u64) {
        match &self.awaits {
            Awaits::Content { reader, .. } => {
                let buffered = self.input.len() as u64;
                (reader.ahead().saturating_sub(buffered), reader.content() + buffered)
            }
            Awaits::Head { .. } | Awaits::Nothing => (0, 0),
        }
    }
}

struct Unsent {
    request: Request,
    asks: Vec<Asked>,
}

impl Asked {
    fn of(request: RequestIndex, method: &str, told: Option<(Version, &Fields)>) -> Self {
        Self {
            request,
            method: method.to_owned(),
            idempotent: IDEMPOTENT.contains(&method),
            wish: told.map(|(version, fields)| Wish::of(version, fields)),
            upgrades: told.is_none_or(|(_, fields)| fields.has("Upgrade")),
        }
    }
}

/// What raw octets ask: the first as the caller says, whatever can be read after it as it says itself.
fn raw_asks(first: u32, method: &str, raw: &Bytes) -> Vec<Asked> {
    let heads = super::server::requests_in(raw);
    let told = |head: &RequestHead| Version::of(head.version).map(|version| (version, head.fields.clone()));
    let mut asks = Vec::new();
    for (index, head) in (first..).zip(&heads) {
        let method = if asks.is_empty() { method } else { &head.method };
        let told = told(head);
        let told = told.as_ref().map(|(version, fields)| (*version, fields));
        asks.push(Asked::of(RequestIndex(index), method, told));
    }
    if asks.is_empty() {
        asks.push(Asked::of(RequestIndex(first), method, None));
    }
    asks
}

fn encoded(request: &Request, secrets: SecretFields) -> Result<EncodedHead, InvalidRequest> {
    match &request.raw {
        Some(raw) => Ok(EncodedHead { bytes: raw.clone(), secret: encode::secrets_in(raw, secrets) }),
        None => encode::request_head(request, secrets),
    }
}

fn joined(mut parts: Vec<Bytes>, length: usize) -> Bytes {
    parts.retain(|part| !part.is_empty());
    if let [one] = parts.as_slice() {
        return one.clone();
    }
    let mut all = BytesMut::with_capacity(length);
    for part in &parts {
        all.extend_from_slice(part);
    }
    all.freeze()
}

fn requests(count: usize) -> String {
    match count {
        1 => "the request".to_owned(),
        _ => format!("{count} requests"),
    }
}

/// Methods that may be sent again without harm: RFC 9110 §9.2.2.
const IDEMPOTENT: [&str; 6] = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"];

/// Octets of request content that still go into one write with the head; larger content is a write of its own, uncopied.
const MAX_JOINED_CONTENT: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn get(target: &str) -> Request {
        let mut fields = Fields::default();
        fields.push("Host", "gaia.cs.umass.edu");
        Request {
            method: "GET".to_owned(),
            target: target.to_owned(),
            version: Version::Http11,
            fields,
            content: Bytes::new(),
            raw: None,
        }
    }

    /// Everything a session does until it needs input or ends, contents of one response joined.
    fn run(session: &mut ClientSession) -> (Vec<Step<ClientEvent>>, Option<ClientError>) {
        let mut steps: Vec<Step<ClientEvent>> = Vec::new();
        loop {
            match session.step(Duration::ZERO) {
                Ok(Step::NeedInput) => return (steps, None),
                Ok(Step::Done) => {
                    steps.push(Step::Done);
                    return (steps, None);
                }
                Ok(step) => steps.push(step),
                Err(error) => return (steps, Some(error)),
            }
        }
    }

    fn answered(method: &str, response: &[u8]) -> (Vec<Step<ClientEvent>>, Option<ClientError>) {
        let mut session = ClientSession::new();
        session.request(Request { method: method.to_owned(), ..get("/") });
        run(&mut session);
        session.receive(response);
        session.receive_end();
        run(&mut session)
    }

    fn content(steps: &[Step<ClientEvent>]) -> Vec<u8> {
        let pieces = steps.iter().filter_map(|step| match step {
            Step::Event(ClientEvent::Content { bytes, .. }) => Some(bytes.to_vec()),
            _ => None,
        });
        pieces.flatten().collect()
    }

    #[test]
    fn a_request_leaves_exactly_as_written() {
        let mut session = ClientSession::new();
        let index = session.request(get("/kurose_ross/interactive/index.php"));
        let expected: &[u8] = b"GET /kurose_ross/interactive/index.php HTTP/1.1\r\nHost: gaia.cs.umass.edu\r\n\r\n";
        let (steps, _) = run(&mut session);
        let sent = Outgoing { bytes: Bytes::from_static(expected), secret: None };
        let octets = expected.len() as u64;
        assert_eq!(steps, [Step::Send(sent), Step::Event(ClientEvent::Sent { request: index, octets })]);
    }

    #[test]
    fn pipelined_requests_leave_in_one_write_and_are_answered_in_order() {
        let mut session = ClientSession::new();
        let (first, second) = (session.request(get("/1")), session.request(get("/2")));
        let (steps, _) = run(&mut session);
        assert!(matches!(&steps[..], [Step::Send(_), Step::Event(_), Step::Event(_)]), "{steps:?}");
        session.receive(
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        );
        let (steps, failed) = run(&mut session);
        assert_eq!(failed, None);
        let heads: Vec<_> = steps
            .iter()
            .filter_map(|step| match step {
                Step::Event(ClientEvent::Head { request, head, .. }) => Some((*request, head.status)),
                _ => None,
            })
            .collect();
        assert_eq!(heads, [(first, 200), (second, 404)]);
        assert_eq!(session.outstanding(), 0);
    }

    #[test]
    fn chunks_are_joined_and_trailers_kept() {
        let response = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nDigest: x\r\n\r\n";
        let (steps, failed) = answered("GET", response);
        assert_eq!((failed, content(&steps)), (None, b"hello world".to_vec()));
        let Some(Step::Event(ClientEvent::Complete { octets, trailers, reusable, .. })) = steps.iter().nth_back(1)
        else {
            panic!("{steps:?}")
        };
        assert_eq!((*octets, trailers.text("digest"), *reusable), (response.len() as u64, Some("x"), Ok(())));
    }

    #[test]
    fn a_head_response_has_no_content_whatever_it_announces() {
        let (steps, failed) = answered("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
        assert!(failed.is_none() && content(&steps).is_empty());
    }

    #[test]
    fn an_early_close_names_the_missing_octets_and_blames_the_network() {
        let (_, failed) = answered("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nonly");
        let failure = failed.unwrap().failure();
        assert_eq!(failure.summary, "the connection closed 6 octets before the end of the content, after 4 of 10");
        assert_eq!(failure.blame, Blame::Network);
    }

    #[test]
    fn only_what_is_safe_may_be_tried_again() {
        let mut session = ClientSession::new();
        session.request(get("/1"));
        session.request(Request { method: "POST".to_owned(), ..get("/2") });
        session.request(get("/3"));
        run(&mut session);
        let never_left = session.request(Request { method: "POST".to_owned(), ..get("/4") });
        session.receive(b"HTTP/1.1 200");
        session.receive_end();
        assert_eq!(session.retriable(), [RequestIndex(2), never_left]);
    }

    #[test]
    fn credentials_are_marked_secret() {
        let mut session = ClientSession::new();
        let mut request = get("/");
        request.fields.push("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        session.request(request);
        let Ok(Step::Send(Outgoing { bytes, secret: Some(secret) })) = session.step(Duration::ZERO) else { panic!() };
        assert_eq!(&bytes[secret], b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }

    #[test]
    fn a_field_that_would_split_the_request_is_refused() {
        let mut session = ClientSession::new();
        let mut request = get("/");
        request.fields.push("X", "a\r\nHost: evil");
        session.request(request);
        let failed = session.step(Duration::ZERO).unwrap_err();
        assert_eq!(failed.blame(), Blame::Input);
    }

    #[test]
    fn raw_requests_are_counted_so_that_all_their_responses_are_read() {
        let mut session = ClientSession::new();
        let raw = Bytes::from_static(b"GET /a HTTP/1.1\nHost: x\n\nGET /b HTTP/1.1\nHost: x\n\n");
        session.request(Request { raw: Some(raw.clone()), ..get("/a") });
        assert_eq!(session.outstanding(), 2);
        assert_eq!(session.step(Duration::ZERO), Ok(Step::Send(Outgoing { bytes: raw, secret: None })));
    }
}
