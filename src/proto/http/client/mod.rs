//! The client's end of one HTTP/1.x connection, pipelining included. Source: RFC 9112 (all), RFC 9110 §9.2.2, §15.2.
//!
//! It decides nothing about connections: which to open, when to try again and what to do with a redirect is the caller's.

mod error;
mod queue;

use std::{collections::VecDeque, fmt, time::Duration};

use bytes::{Bytes, BytesMut};

pub use self::error::ClientError;
use self::queue::{OutstandingRequest, RequestQueue};
use super::{
    content::{ContentReader, Portion},
    encode::SecretFields,
    framing::{self, Persistence},
    head::{HeadReader, HeadRules, StartLine},
    limits::{DEFAULT_MAX_CONTENT, MAX_INTERIM_RESPONSES},
    message::{Fields, Request, ResponseHead, Version},
};
use crate::proto::session::{Outgoing, Session, Step};

/// A client on one connection. Responses are matched to requests in order (RFC 9112 §9.3.2).
///
/// [`Step::Done`] comes when the connection takes no more requests and nothing more will arrive that belongs to one: after a response
/// that ends the connection ([`ClientEvent::Complete::reusable`]), or when the other end closed an idle connection. Requests that are
/// still [`Self::outstanding`] then were never answered: [`Self::retriable`] says which may go to another connection.
pub struct ClientSession {
    input: BytesMut,
    ended: bool,
    queue: RequestQueue,
    sent: VecDeque<ClientEvent>,
    asked: VecDeque<OutstandingRequest>,
    awaits: ClientPhase,
    closing: Option<&'static str>,
    failed: Option<ClientError>,
    /// Why the response whose head was told of last is refused: said in the next step.
    refused: Option<ClientError>,
    max_content: u64,
}

/// Which request of this connection, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestIndex(pub u32);

/// What a client learns.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientEvent {
    /// A request was handed to the connection: `octets` of it.
    Sent {
        /// The request.
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

enum ClientPhase {
    Head { reader: HeadReader, interim: u32, octets: u64 },
    Content { reader: ContentReader, reusable: Result<(), &'static str>, octets: u64 },
    Nothing,
}

impl ClientPhase {
    fn head() -> Self {
        Self::Head { reader: HeadReader::response(HeadRules::CLIENT), interim: 0, octets: 0 }
    }
}

impl ClientSession {
    /// A fresh connection's session.
    pub fn new() -> Self {
        Self {
            input: BytesMut::new(),
            ended: false,
            queue: RequestQueue::default(),
            sent: VecDeque::new(),
            asked: VecDeque::new(),
            awaits: ClientPhase::head(),
            closing: None,
            failed: None,
            refused: None,
            max_content: DEFAULT_MAX_CONTENT,
        }
    }

    /// Takes at most `octets` of content of each response; more is [`ContentError::TooLarge`](super::content::ContentError::TooLarge), as soon as it is announced.
    #[must_use]
    pub fn with_max_content(mut self, octets: u64) -> Self {
        self.max_content = octets;
        self
    }

    /// Which field values are marked as secret in [`Outgoing`]; credentials always are.
    #[must_use]
    pub fn with_secrets(mut self, secrets: SecretFields) -> Self {
        self.queue.secrets = secrets;
        self
    }

    /// Queues a request; it is sent in the next steps. Queuing several without waiting pipelines them (they leave in one write; a
    /// second one that carries a secret starts a write of its own, since a write has one secret range).
    ///
    /// Content of a request that says `Expect: 100-continue` leaves when 100 comes, or after
    /// [`CONTINUE_PATIENCE`](super::limits::CONTINUE_PATIENCE), and stays here when the final answer comes first (RFC 9110 §10.1.1).
    ///
    /// Raw octets that hold several requests are answered by several responses: these get the numbers that follow the one returned.
    ///
    /// One that cannot be sent as it is makes a later step fail with [`ClientError::Unsendable`], after those queued before it.
    pub fn request(&mut self, request: Request) -> RequestIndex {
        self.queue.push(request)
    }

    /// Requests sent or queued whose response is not complete.
    pub fn outstanding(&self) -> usize {
        self.asked.len() + self.queue.waiting().count()
    }

    /// After a failure or early close: which outstanding requests may be sent again on a new connection (RFC 9110 §9.2.2, RFC 9112
    /// §9.3.1): those that never left, and idempotent methods while no octet of their response has arrived.
    pub fn retriable(&self) -> Vec<RequestIndex> {
        let first_begun = !self.input.is_empty()
            || match &self.awaits {
                ClientPhase::Head { octets, .. } => *octets > 0,
                ClientPhase::Content { .. } => true,
                ClientPhase::Nothing => false,
            };
        let sent = self
            .asked
            .iter()
            .skip(usize::from(first_begun))
            .filter(|asked| asked.idempotent)
            .map(|asked| asked.request);
        sent.chain(self.queue.waiting()).collect()
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

    /// After a failure in the middle of a head: what has come of it, as it came.
    pub fn refused_head(&self) -> Option<&[u8]> {
        let is_head = matches!(self.failed, Some(ClientError::Head(_) | ClientError::ClosedInHead { .. }));
        Some(self.input.as_ref()).filter(|input| is_head && !input.is_empty())
    }

    fn outgoing(&mut self, now: Duration) -> Result<Option<Outgoing>, ClientError> {
        if self.closing.is_some() || self.ended {
            return Ok(None);
        }
        let Some(mut departure) = self.queue.depart(now)? else { return Ok(None) };
        let outgoing = departure.outgoing();
        self.asked.extend(departure.asks);
        self.sent.extend(departure.sent);
        Ok(Some(outgoing))
    }

    fn read(&mut self) -> Result<Step<ClientEvent>, ClientError> {
        if let Some(error) = self.refused.take() {
            return Err(error);
        }
        let Some(asked) = self.asked.front() else { return self.idle() };
        match &mut self.awaits {
            ClientPhase::Head { reader, .. } => match reader.scan(&self.input)? {
                Some(length) => self.head(length),
                None if !self.ended => Ok(Step::NeedInput),
                None if self.input.is_empty() => {
                    Err(ClientError::ClosedBeforeResponse { unanswered: self.outstanding() })
                }
                None => Err(match reader.wrong_at_end(&self.input) {
                    Some(error) => error.into(),
                    None => ClientError::ClosedInHead { received: self.input.len() },
                }),
            },
            ClientPhase::Content { reader, .. } => match reader.step(&mut self.input, self.ended)? {
                Portion::Content(bytes) => Ok(Step::Event(ClientEvent::Content { request: asked.request, bytes })),
                Portion::NeedInput => Ok(Step::NeedInput),
                Portion::End(trailers) => Ok(self.complete(trailers)),
            },
            ClientPhase::Nothing => Ok(Step::Done),
        }
    }

    /// Nothing is outstanding: octets that come now answer nothing, whatever they say (RFC 9112 §9.2).
    fn idle(&mut self) -> Result<Step<ClientEvent>, ClientError> {
        match self.awaits {
            ClientPhase::Nothing => Ok(Step::Done),
            _ if !self.input.is_empty() => Err(ClientError::Unasked),
            _ if self.ended => Ok(Step::Done),
            _ => Ok(Step::NeedInput),
        }
    }

    fn head(&mut self, length: usize) -> Result<Step<ClientEvent>, ClientError> {
        let (Some(asked), ClientPhase::Head { reader, interim, octets }) = (self.asked.front(), &mut self.awaits)
        else {
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
            return Ok(self.refuse(request, head, length, ClientError::UnaskedSwitch));
        }
        if (100..200).contains(&status) && status != 101 {
            *interim += 1;
            if *interim > MAX_INTERIM_RESPONSES {
                return Err(ClientError::TooManyInterim { limit: MAX_INTERIM_RESPONSES });
            }
            *reader = HeadReader::response(HeadRules::CLIENT);
            if status == 100 {
                self.queue.release(request);
            }
            return Ok(Step::Event(ClientEvent::Informational { request, head }));
        }
        let framing = match framing::of_response(&asked.method, status, version, &head.fields) {
            Ok(framing) => framing,
            Err(error) => return Ok(self.refuse(request, head, length, error.into())),
        };
        let withheld = self.queue.withhold(request);
        let reusable = match asked.wish {
            Some(_) if withheld.is_some() => {
                Err("the request's content was withheld, so the connection is out of step")
            }
            Some(wish) => framing::persistence(wish, Persistence::of(version, &head.fields), framing),
            None => Err("the request was sent raw and cannot be read, so what the server will do next is unknown"),
        };
        let reader = match ContentReader::new(framing, self.max_content) {
            Ok(reader) => reader,
            Err(error) => return Ok(self.refuse(request, head, length, error.into())),
        };
        self.awaits = ClientPhase::Content { reader, reusable, octets: *octets };
        let event = ClientEvent::Head { request, head, octets: length as u64 };
        Ok(Step::Event(match withheld {
            None => event,
            Some(octets) => {
                self.sent.push_back(event);
                ClientEvent::Sent { request, octets: octets as u64 }
            }
        }))
    }

    /// The head is told of, and then why nothing more of this response is read.
    fn refuse(
        &mut self,
        request: RequestIndex,
        head: ResponseHead,
        length: usize,
        error: ClientError,
    ) -> Step<ClientEvent> {
        self.refused = Some(error);
        Step::Event(ClientEvent::Head { request, head, octets: length as u64 })
    }

    fn complete(&mut self, trailers: Fields) -> Step<ClientEvent> {
        let ClientPhase::Content { reader, reusable, octets } =
            std::mem::replace(&mut self.awaits, ClientPhase::head())
        else {
            return Step::NeedInput;
        };
        let Some(asked) = self.asked.pop_front() else { return Step::NeedInput };
        if let Err(reason) = reusable {
            self.closing = Some(reason);
            self.awaits = ClientPhase::Nothing;
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

    fn step(&mut self, now: Duration) -> Result<Step<ClientEvent>, ClientError> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        let outgoing = self.outgoing(now);
        if let Ok(Some(outgoing)) = outgoing {
            return Ok(Step::Send(outgoing));
        }
        if let Some(sent) = self.sent.pop_front() {
            return Ok(Step::Event(sent));
        }
        let step = match (outgoing.and_then(|_| self.read()), self.queue.waits_until()) {
            (Ok(Step::NeedInput), Some(until)) => Ok(Step::WakeAt(until)),
            (step, _) => step,
        };
        if let Err(error) = &step {
            self.failed = Some(error.clone());
        }
        step
    }

    fn content_ahead(&self) -> (u64, u64) {
        match &self.awaits {
            ClientPhase::Content { reader, .. } => reader.ahead_beyond(self.input.len() as u64),
            ClientPhase::Head { .. } | ClientPhase::Nothing => (0, 0),
        }
    }
}

#[cfg(test)]
mod tests;
