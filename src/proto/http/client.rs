//! The client's end of one HTTP/1.x connection, pipelining included.

use std::time::Duration;

use bytes::Bytes;

use super::message::{Fields, Request, ResponseHead};
use crate::{
    proto::session::{Session, Step},
    wire::Failure,
};

/// A client on one connection. Responses are matched to requests in order (RFC 9112 §9.3.2).
#[derive(Debug)]
pub struct ClientSession {}

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
        /// Octets of the whole response on the wire: head, content, chunk framing, trailers.
        octets: u64,
        /// Trailer fields (RFC 9112 §7.1.2).
        trailers: Fields,
        /// May the connection take another request (RFC 9112 §9.3)? With the reason for a student when not.
        reusable: Result<(), &'static str>,
    },
}

/// How the other end broke the protocol. (Variants to come: each a fact with fields.)
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// Placeholder.
    #[error("the server closed the connection before answering")]
    ClosedBeforeResponse,
}

impl ClientError {
    /// As a person reads it.
    pub fn failure(&self) -> Failure {
        todo!()
    }
}

impl ClientSession {
    /// A fresh connection's session.
    pub fn new() -> Self {
        Self {}
    }
    /// Queues a request; it is sent in the next steps. Queuing several without waiting pipelines them (they leave in one write).
    pub fn request(&mut self, request: Request) -> RequestIndex {
        let _ = request;
        todo!()
    }
    /// Requests sent or queued whose response is not complete.
    pub fn outstanding(&self) -> usize {
        todo!()
    }
    /// After a failure or early close: which outstanding requests may be sent again on a new connection (RFC 9110 §9.2.2, RFC 9112
    /// §9.3.1): idempotent methods, and only while no octet of their response has arrived.
    pub fn retriable(&self) -> Vec<RequestIndex> {
        todo!()
    }
}

impl Session for ClientSession {
    type Event = ClientEvent;
    type Error = ClientError;
    fn receive(&mut self, _bytes: &[u8]) {
        todo!()
    }
    fn receive_end(&mut self) {
        todo!()
    }
    fn step(&mut self, _now: Duration) -> Result<Step<ClientEvent>, ClientError> {
        todo!()
    }
}
