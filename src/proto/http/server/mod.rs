//! The server's end of one HTTP/1.x connection: requests in, each refusal with the status it deserves.
//! Source: RFC 9112 (all), RFC 9110 §10.1.1 (Expect), §15.5 (4xx). What is answered, and whether a method or a resource exists, is the
//! caller's to decide.

mod error;
mod target;

use std::{collections::VecDeque, time::Duration};

use bytes::{Bytes, BytesMut};

use self::target::{check_host, target_fits};
use super::{
    content::{ContentReader, Portion},
    framing::{self, Framing, Wish},
    head::{HeadReader, Rules, StartLine},
    limits::DEFAULT_MAX_CONTENT,
    message::{Fields, RequestHead, Version},
};
use crate::proto::session::{Outgoing, Session, Step};

pub use error::ServerError;

/// A server on one connection. Requests are read one after the other, also when they were pipelined: the next one's head comes out
/// only in a step after the last one's [`ServerEvent::Complete`], so a caller that answers between steps answers in order (RFC 9112 §9.3.2).
/// After a request that ends the connection the session is done: nothing more is read (RFC 9112 §9.6).
#[derive(Debug)]
pub struct ServerSession {
    input: BytesMut,
    ended: bool,
    rules: ServerRules,
    awaits: Awaits,
    out: VecDeque<Bytes>,
    closing: bool,
    failed: Option<ServerError>,
}

/// What a server puts up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerRules {
    /// Whether a line may end with LF alone. RFC 9112 §2.2 lets a server choose.
    pub bare_lf: BareLf,
    /// Whether an HTTP/1.1 request needs exactly one Host (RFC 9112 §3.2).
    pub host: HostRule,
    /// Octets of content taken of one request; a request that announces more gets 413.
    pub max_content: u64,
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
    /// Nothing.
    Ignored,
}

impl Default for ServerRules {
    fn default() -> Self {
        Self { bare_lf: BareLf::default(), host: HostRule::default(), max_content: DEFAULT_MAX_CONTENT }
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
}

/// The interim response that lets a client send its content. RFC 9110 §15.2.1.
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// What an HTTP/2 client says first on a connection whose server it knows to speak HTTP/2. RFC 9113 §3.4.
pub const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[derive(Debug)]
enum Awaits {
    Head(HeadReader),
    Content { reader: ContentReader, octets: u64, is_last: bool },
    Nothing,
}

impl ServerSession {
    /// A fresh connection's session.
    pub fn new(rules: ServerRules) -> Self {
        Self {
            input: BytesMut::new(),
            ended: false,
            awaits: Awaits::Head(HeadReader::request(rules.head())),
            rules,
            out: VecDeque::new(),
            closing: false,
            failed: None,
        }
    }

    /// Queues octets to be sent: a response's head, content, chunks.
    pub fn send(&mut self, bytes: Bytes) {
        self.out.push_back(bytes);
    }

    /// Nothing more is read; once all queued octets are sent the session is done.
    pub fn close(&mut self) {
        self.closing = true;
    }

    /// Between two requests, with nothing of the next one here yet? An idle connection may be closed without harm (RFC 9112 §9.5).
    pub fn is_idle(&self) -> bool {
        matches!(&self.awaits, Awaits::Head(reader) if !reader.begun(&self.input)) && self.out.is_empty()
    }

    fn read(&mut self) -> Result<Step<ServerEvent>, ServerError> {
        match &mut self.awaits {
            Awaits::Head(reader) => match reader.scan(&self.input)? {
                Some(length) => self.head(length),
                None if !self.ended => Ok(Step::NeedInput),
                None if reader.begun(&self.input) => Err(ServerError::ClosedInHead { received: self.input.len() }),
                None => Ok(Step::Done),
            },
            Awaits::Nothing => Ok(Step::Done),
            Awaits::Content { reader, octets, is_last } => match reader.step(&mut self.input, self.ended)? {
                Portion::Content(bytes) => Ok(Step::Event(ServerEvent::Content(bytes))),
                Portion::NeedInput => Ok(Step::NeedInput),
                Portion::End(trailers) => {
                    let octets = *octets + reader.wire();
                    self.awaits =
                        if *is_last { Awaits::Nothing } else { Awaits::Head(HeadReader::request(self.rules.head())) };
                    Ok(Step::Event(ServerEvent::Complete { octets, trailers }))
                }
            },
        }
    }

    fn head(&mut self, length: usize) -> Result<Step<ServerEvent>, ServerError> {
        let Awaits::Head(reader) = &mut self.awaits else { return Ok(Step::NeedInput) };
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
        let reader = ContentReader::new(framing, self.rules.max_content, false)?;
        let octets = length as u64;
        self.awaits = Awaits::Content { reader, octets, is_last: Wish::of(spoken, &head.fields).is_last() };
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
    }

    fn receive_end(&mut self) {
        self.ended = true;
    }

    fn step(&mut self, _now: Duration) -> Result<Step<ServerEvent>, ServerError> {
        if let Some(bytes) = self.out.pop_front() {
            return Ok(Step::Send(Outgoing { bytes, secret: None }));
        }
        if self.closing {
            return Ok(Step::Done);
        }
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        let step = self.read();
        if let Err(error) = &step {
            self.failed = Some(error.clone());
        }
        step
    }

    fn content_ahead(&self) -> (u64, u64) {
        match &self.awaits {
            Awaits::Content { reader, .. } => reader.ahead_beyond(self.input.len() as u64),
            Awaits::Head(_) | Awaits::Nothing => (0, 0),
        }
    }
}

impl ServerRules {
    fn head(self) -> Rules {
        Rules { bare_lf: self.bare_lf == BareLf::Accepted, ..Rules::SERVER }
    }
}

/// The heads of all requests in `octets`, as far as they can be read by a tolerant server.
pub(super) fn requests_in(octets: &[u8]) -> Vec<RequestHead> {
    let rules = ServerRules { bare_lf: BareLf::Accepted, host: HostRule::Ignored, max_content: u64::MAX };
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
            });
        }
        assert_eq!(seen, ["/a", "hi", ".", "/b", "."]);
        assert!(session.is_idle());
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
