//! The server's end of one HTTP/1.x connection: requests in, each refusal with the status it deserves.
//! Source: RFC 9112 (all), RFC 9110 §10.1.1 (Expect), §15.5 (4xx). What is answered, and whether a method or a resource exists, is the
//! caller's to decide.

mod error;
mod output;
mod target;

use std::{mem, time::Duration};

use bytes::{Bytes, BytesMut};

use self::{
    output::OutputQueue,
    target::{check_host, target_fits},
};
use super::{
    content::{ContentReader, Portion},
    framing::{self, Framing, Persistence},
    head::{HeadReader, HeadRules, StartLine},
    limits::DEFAULT_MAX_CONTENT,
    message::{Fields, RequestHead, Version},
};
use crate::proto::session::{Outgoing, Session, Step};

pub use error::ServerError;

/// A server on one connection. Requests are read one after the other, also when they were pipelined: the next one's head comes out
/// only in a step after the last one's [`ServerEvent::Complete`], so a caller that answers between steps answers in order (RFC 9112 §9.3.2).
/// After a request that ends the connection the session is done: nothing more is read (RFC 9112 §9.6).
///
/// Answers to requests that are here already are gathered and sent together. While they are on their way nothing more is read or
/// answered, so that a client that does not read its answers cannot make the server hold ever more of them.
#[derive(Debug)]
pub struct ServerSession {
    input: BytesMut,
    ended: bool,
    rules: ServerRules,
    awaits: ServerPhase,
    out: OutputQueue,
    closing: bool,
    failed: Option<ServerError>,
    quiet: IdleTime,
}

/// How long nothing has happened.
#[derive(Debug, Default)]
struct IdleTime {
    /// When the idle time began.
    since: Duration,
    /// Something has happened since then, at a time that is not known yet.
    ended: bool,
    /// What was last to be sent is not written yet: it is the network that takes its time.
    unsent: bool,
    /// When the first octet of a request that has not come whole was seen.
    request_began: Option<Duration>,
}

/// What a server tolerates and how much it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerRules {
    /// Whether a line may end with LF alone. RFC 9112 §2.2 lets a server choose.
    pub bare_lf: BareLf,
    /// Whether an HTTP/1.1 request needs exactly one Host (RFC 9112 §3.2).
    pub host: HostRule,
    /// Octets of content taken of one request; a request that announces more gets 413.
    pub max_content: u64,
    /// Whether a client may begin with [`HTTP2_PREFACE`] instead of a request.
    pub http2: Http2PrefaceRule,
    /// How long the client may take.
    pub patience: ServerPatience,
}

/// A client that speaks HTTP/2 from the beginning, because it knows that the server does (RFC 9113 §3.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Http2PrefaceRule {
    /// Its preface is a request of a version that is not spoken here: 505.
    #[default]
    Refused,
    /// [`ServerEvent::Http2`].
    Reported,
}

/// How long a server waits for its client; `None` is for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerPatience {
    /// For the next request, while nothing of it is here. Then the connection closes without a response (RFC 9112 §9.5).
    pub idle: Option<Duration>,
    /// From a request's first octet to the end of its head; then 408.
    pub head: Option<Duration>,
    /// For more of a request's content; then 408.
    pub content: Option<Duration>,
}

/// A line that ends with LF alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BareLf {
    /// 400, with an explanation.
    #[default]
    Refused,
    /// Read as if it were CR LF, in heads; chunk framing stays strict.
    Accepted,
}

/// What is asked of Host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostRule {
    /// As RFC 9112 §3.2 says.
    #[default]
    Required,
    /// Host is not checked: it may be missing or repeated.
    Ignored,
}

impl Default for ServerRules {
    fn default() -> Self {
        Self {
            bare_lf: BareLf::default(),
            host: HostRule::default(),
            max_content: DEFAULT_MAX_CONTENT,
            http2: Http2PrefaceRule::default(),
            patience: ServerPatience::default(),
        }
    }
}

/// What a server learns.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerEvent {
    /// A request's head.
    Head {
        /// The head.
        head: RequestHead,
        /// How its content is delimited.
        framing: Framing,
        /// Whether the client waits for [`CONTINUE`] before it sends its content (RFC 9110 §10.1.1).
        expects_continue: bool,
        /// Octets of the head on the wire.
        octets: u64,
    },
    /// Some of its content, transfer coding removed.
    Content(Bytes),
    /// The request is complete.
    Complete {
        /// Octets of the whole request on the wire.
        octets: u64,
        /// Trailer fields.
        trailers: Fields,
    },
    /// The client speaks HTTP/2: these are all octets that have come, its preface first. The session is done.
    Http2(Bytes),
}

/// The interim response that lets a client send its content. RFC 9110 §15.2.1.
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// What an HTTP/2 client says first on a connection whose server it knows to speak HTTP/2. RFC 9113 §3.4.
pub const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[derive(Debug)]
enum ServerPhase {
    /// The first octets: they tell HTTP/2 from HTTP/1.x.
    Preface,
    Head(HeadReader),
    Content {
        reader: ContentReader,
        octets: u64,
        is_last: bool,
    },
    Nothing,
}

impl ServerSession {
    /// A fresh connection's session.
    pub fn new(rules: ServerRules) -> Self {
        let head = || ServerPhase::Head(HeadReader::request(rules.head()));
        Self {
            input: BytesMut::new(),
            ended: false,
            awaits: if rules.http2 == Http2PrefaceRule::Reported { ServerPhase::Preface } else { head() },
            rules,
            out: OutputQueue::default(),
            closing: false,
            failed: None,
            quiet: IdleTime { ended: true, ..IdleTime::default() },
        }
    }

    /// Queues octets to be sent: a response's head, content, chunks.
    pub fn send(&mut self, bytes: Bytes) {
        self.out.push(bytes);
    }

    /// Takes what is queued, as much as one write takes, for a server that has to write it itself. `None`: all was taken.
    pub fn take_queued(&mut self) -> Option<Bytes> {
        self.out.take()
    }

    /// Nothing more is read; once all queued octets are sent the session is done.
    pub fn close(&mut self) {
        self.closing = true;
    }

    fn read(&mut self) -> Result<Step<ServerEvent>, ServerError> {
        if matches!(self.awaits, ServerPhase::Preface) {
            if self.input.starts_with(HTTP2_PREFACE) {
                self.awaits = ServerPhase::Nothing;
                return Ok(Step::Event(ServerEvent::Http2(self.input.split().freeze())));
            }
            if HTTP2_PREFACE.starts_with(&self.input) && !self.ended {
                return Ok(Step::NeedInput);
            }
            self.awaits = ServerPhase::Head(HeadReader::request(self.rules.head()));
        }
        match &mut self.awaits {
            ServerPhase::Head(reader) => match reader.scan(&self.input)? {
                Some(length) => self.head(length),
                None if !self.ended => Ok(Step::NeedInput),
                None if reader.begun(&self.input) => Err(ServerError::ClosedInHead { received: self.input.len() }),
                None => Ok(Step::Done),
            },
            ServerPhase::Nothing | ServerPhase::Preface => Ok(Step::Done),
            ServerPhase::Content { reader, octets, is_last } => match reader.step(&mut self.input, self.ended)? {
                Portion::Content(bytes) => Ok(Step::Event(ServerEvent::Content(bytes))),
                Portion::NeedInput => Ok(Step::NeedInput),
                Portion::End(trailers) => {
                    let octets = *octets + reader.wire();
                    self.quiet.request_began = None;
                    self.awaits = if *is_last {
                        ServerPhase::Nothing
                    } else {
                        ServerPhase::Head(HeadReader::request(self.rules.head()))
                    };
                    Ok(Step::Event(ServerEvent::Complete { octets, trailers }))
                }
            },
        }
    }

    /// The next step but for what is to be sent, and but for the time.
    fn next(&mut self) -> Result<Step<ServerEvent>, ServerError> {
        if self.closing {
            return Ok(Step::Done);
        }
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        let step = self.read();
        self.failed = step.as_ref().err().cloned();
        step
    }

    /// There is nothing to do until more octets come, and the client has so much time for that.
    fn wait(&mut self, now: Duration) -> Result<Step<ServerEvent>, ServerError> {
        let ServerPatience { idle, head, content } = self.rules.patience;
        let has_begun = match &self.awaits {
            ServerPhase::Preface => !self.input.is_empty(),
            ServerPhase::Head(reader) => reader.begun(&self.input),
            ServerPhase::Content { .. } | ServerPhase::Nothing => true,
        };
        let (since, limit) = match &self.awaits {
            _ if !has_begun => (self.quiet.since, idle),
            ServerPhase::Content { .. } | ServerPhase::Nothing => (self.quiet.since, content),
            ServerPhase::Preface | ServerPhase::Head(_) => (*self.quiet.request_began.get_or_insert(now), head),
        };
        let Some(limit) = limit else { return Ok(Step::NeedInput) };
        let deadline = since.saturating_add(limit);
        if now < deadline {
            return Ok(Step::WakeAt(deadline));
        }
        let error = match &self.awaits {
            _ if has_begun => ServerError::RequestTimeout,
            ServerPhase::Preface => ServerError::Silent { limit },
            _ => ServerError::Idle { limit },
        };
        self.failed = Some(error.clone());
        Err(error)
    }

    fn head(&mut self, length: usize) -> Result<Step<ServerEvent>, ServerError> {
        let ServerPhase::Head(reader) = &mut self.awaits else { return Ok(Step::NeedInput) };
        let block = self.input.split_to(length).freeze();
        let (Some(StartLine::Request { method, target, version }), fields) = reader.finish(&block) else {
            return Ok(Step::NeedInput);
        };
        let head = RequestHead { method, target, version, fields };
        if !target_fits(&head.method, &head.target) {
            return Err(ServerError::BadTargetForm { method: head.method, target: head.target });
        }
        let spoken = Version::of(version).unwrap_or(Version::Http11);
        if self.rules.host == HostRule::Required {
            check_host(spoken, &head.fields)?;
        }
        let framing = framing::of_request(spoken, &head.fields)?;
        let reader = ContentReader::new(framing, self.rules.max_content)?;
        let octets = length as u64;
        self.awaits = ServerPhase::Content { reader, octets, is_last: Persistence::of(spoken, &head.fields).is_last() };
        // An HTTP/1.0 client cannot read an interim response (RFC 9110 §10.1.1).
        let expects_continue = spoken == Version::Http11
            && framing != Framing::None
            && framing != Framing::Length(0)
            && head.fields.has_member("Expect", "100-continue");
        Ok(Step::Event(ServerEvent::Head { head, framing, expects_continue, octets }))
    }
}

impl Default for ServerSession {
    fn default() -> Self {
        Self::new(ServerRules::default())
    }
}

impl Session for ServerSession {
    type Event = ServerEvent;
    type Error = ServerError;

    fn receive(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
        self.quiet.ended = true;
    }

    fn receive_end(&mut self) {
        self.ended = true;
    }

    fn step(&mut self, now: Duration) -> Result<Step<ServerEvent>, ServerError> {
        if mem::take(&mut self.quiet.ended) {
            self.quiet.since = now;
        }
        if self.quiet.unsent {
            return Ok(Step::NeedInput);
        }
        let next = if self.out.is_full() { Ok(Step::NeedInput) } else { self.next() };
        if matches!(next, Ok(Step::Event(_))) {
            return next;
        }
        if let Some(bytes) = self.out.take() {
            self.quiet.unsent = true;
            return Ok(Step::Send(Outgoing { bytes, secret: None }));
        }
        if matches!(next, Ok(Step::NeedInput)) { self.wait(now) } else { next }
    }

    fn wants_input(&self) -> bool {
        !self.quiet.unsent
    }

    fn sent(&mut self, now: Duration) {
        self.quiet.unsent = false;
        self.quiet.since = now;
    }

    fn content_ahead(&self) -> (u64, u64) {
        match &self.awaits {
            ServerPhase::Content { reader, .. } => reader.ahead_beyond(self.input.len() as u64),
            ServerPhase::Preface | ServerPhase::Head(_) | ServerPhase::Nothing => (0, 0),
        }
    }
}

impl ServerRules {
    fn head(self) -> HeadRules {
        HeadRules { bare_lf: self.bare_lf == BareLf::Accepted, ..HeadRules::SERVER }
    }
}

/// The heads of all requests in `octets`, as far as they can be read by a tolerant server.
pub(super) fn requests_in(octets: &[u8]) -> Vec<RequestHead> {
    let (bare_lf, host, max_content) = (BareLf::Accepted, HostRule::Ignored, u64::MAX);
    let rules = ServerRules { bare_lf, host, max_content, ..ServerRules::default() };
    let mut session = ServerSession::new(rules);
    session.receive(octets);
    session.receive_end();
    let mut heads = Vec::new();
    while let Ok(Step::Event(event)) = session.step(Duration::ZERO) {
        if let ServerEvent::Head { head, .. } = event {
            heads.push(head);
        }
    }
    heads
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_error(request: &[u8]) -> ServerError {
        let mut session = ServerSession::default();
        session.receive(request);
        loop {
            match session.step(Duration::ZERO) {
                Ok(Step::Event(_)) => {}
                Ok(step) => panic!("{step:?}"),
                Err(error) => return error,
            }
        }
    }

    #[test]
    fn pipelined_requests_come_out_one_after_the_other() {
        let mut session = ServerSession::default();
        session.receive(
            b"\r\nPOST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\nHost: x\r\n\r\n",
        );
        let mut seen = Vec::new();
        while let Ok(Step::Event(event)) = session.step(Duration::ZERO) {
            seen.push(match event {
                ServerEvent::Head { head, .. } => head.target,
                ServerEvent::Content(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                ServerEvent::Complete { .. } => ".".to_owned(),
                ServerEvent::Http2(octets) => panic!("{octets:?}"),
            });
        }
        assert_eq!(seen, ["/a", "hi", ".", "/b", "."]);
    }

    #[test]
    fn answers_to_requests_that_are_here_leave_together() {
        let mut session = ServerSession::default();
        session.receive(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\nGET /c");
        let mut sent = Vec::new();
        loop {
            match session.step(Duration::ZERO) {
                Ok(Step::Event(ServerEvent::Complete { .. })) => session.send(Bytes::from_static(b"answer ")),
                Ok(Step::Event(_)) => {}
                Ok(Step::Send(outgoing)) => {
                    assert!(!session.wants_input(), "an answer is on its way");
                    sent.push(outgoing.bytes);
                    session.sent(Duration::ZERO);
                }
                step => {
                    assert_eq!(step, Ok(Step::NeedInput));
                    break;
                }
            }
        }
        assert_eq!(sent, [b"answer answer ".as_slice()]);
        session.send(Bytes::from_static(b"bye"));
        session.close();
        assert!(matches!(session.step(Duration::ZERO), Ok(Step::Send(_))));
        assert_eq!(session.step(Duration::ZERO), Ok(Step::NeedInput), "it is on its way");
        session.sent(Duration::ZERO);
        assert_eq!(session.step(Duration::ZERO), Ok(Step::Done), "half a request is not waited for");
    }

    fn patient() -> ServerSession {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let patience = ServerPatience { idle: seconds(10), head: seconds(20), content: seconds(30) };
        ServerSession::new(ServerRules { http2: Http2PrefaceRule::Reported, patience, ..ServerRules::default() })
    }

    #[test]
    fn a_client_has_so_much_time_and_no_more() {
        let at = Duration::from_secs;
        let mut session = patient();
        assert_eq!(session.step(at(1)), Ok(Step::WakeAt(at(11))));
        assert_eq!(session.step(at(11)), Err(ServerError::Silent { limit: at(10) }));

        let mut session = patient();
        session.receive(b"P");
        assert_eq!(session.step(at(1)), Ok(Step::WakeAt(at(21))), "it may be HTTP/2");
        session.receive(b"OST / HTTP/1.1\r\n");
        assert_eq!(session.step(at(15)), Ok(Step::WakeAt(at(21))), "a head has its time from its first octet on");
        session.receive(b"Host: x\r\nContent-Length: 2\r\n\r\n");
        assert!(matches!(session.step(at(20)), Ok(Step::Event(ServerEvent::Head { .. }))));
        assert_eq!(session.step(at(20)), Ok(Step::WakeAt(at(50))));
        session.receive(b"x");
        assert!(matches!(session.step(at(49)), Ok(Step::Event(ServerEvent::Content(_)))));
        assert_eq!(session.step(at(49)), Ok(Step::WakeAt(at(79))), "content has it anew for each piece");
        assert_eq!(session.step(at(79)), Err(ServerError::RequestTimeout));
        assert_eq!(ServerError::RequestTimeout.status(), Some(408));

        let mut session = patient();
        session.receive(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        while let Ok(Step::Event(_)) = session.step(at(1)) {}
        session.send(Bytes::from_static(b"a long answer"));
        assert!(matches!(session.step(at(2)), Ok(Step::Send(_))));
        assert_eq!(session.step(at(100)), Ok(Step::NeedInput), "it is the network that takes its time");
        session.sent(at(200));
        assert_eq!(session.step(at(200)), Ok(Step::WakeAt(at(210))));
        assert_eq!(session.step(at(210)), Err(ServerError::Idle { limit: at(10) }));
        assert_eq!(ServerError::Idle { limit: at(10) }.status(), None);
    }

    #[test]
    fn a_client_that_speaks_http_2_is_told_of_with_all_it_said() {
        let said = [HTTP2_PREFACE, b"frames"].concat();
        for cut in 1..said.len() {
            let (first, rest) = said.split_at(cut);
            let mut session = patient();
            session.receive(first);
            let mut steps = vec![session.step(Duration::ZERO).unwrap()];
            session.receive(rest);
            steps.push(session.step(Duration::ZERO).unwrap());
            let told = steps.iter().find_map(|step| match step {
                Step::Event(ServerEvent::Http2(octets)) => Some(octets.clone()),
                _ => None,
            });
            assert!(told.is_some_and(|told| said.starts_with(&told) && told.len() >= HTTP2_PREFACE.len()), "{steps:?}");
            assert_eq!(session.step(Duration::ZERO), Ok(Step::Done));
        }
        let mut session = patient();
        session.receive(b"PRI * HTTP/2.0\r\n\r\nXX");
        assert_eq!(session.step(Duration::ZERO).unwrap_err().status(), Some(505));
    }

    #[test]
    fn every_refusal_has_the_status_it_deserves() {
        let long_target = format!("GET /{} HTTP/1.1\r\n", "a".repeat(9000));
        let long_method = "A".repeat(9000);
        let many_fields = format!("GET / HTTP/1.1\r\nHost: x\r\n{}", "A: b\r\n".repeat(300));
        let large_field = format!("GET / HTTP/1.1\r\nHost: x\r\nCookie: {}", "a".repeat(70_000));
        let cases: [(&[u8], u16); 17] = [
            (b"GET / HTTP/1.1\n", 400),
            (b"GET /\r\n", 505),
            (b"GET / HTTP/2.0\r\n", 505),
            (b"GET / HTTP/1.1\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost : a\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
            (b"GET home.index HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a\0\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
            (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413),
            (long_target.as_bytes(), 414),
            (long_method.as_bytes(), 501),
            (many_fields.as_bytes(), 431),
            (large_field.as_bytes(), 431),
        ];
        for (request, status) in cases {
            let error = first_error(request);
            assert_eq!(error.status(), Some(status), "{error}");
        }
    }
}
