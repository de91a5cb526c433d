//! A flow: one conversation (or one group of them), its ends, its events and how it ended.

use std::{fmt, net::SocketAddr, ops::Range, time::Duration};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::Failure;

/// One conversation, or a group of conversations (a run, a page load) whose members name it as their parent.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Unique within one record; parents have smaller numbers than their children.
    pub id: FlowId,
    /// The flow this one serves, if any.
    pub parent: Option<FlowId>,
    /// What kind of thing this is.
    pub kind: FlowKind,
    /// A short human title: `GET /someDepartment/home.index`, `connection 3 to www.someschool.edu:80`.
    pub title: String,
    /// The two ends.
    pub ends: Ends,
    /// When it began, since the run began, on the world's clock.
    pub opened_at: Duration,
    /// When it left [`FlowState::Live`].
    pub ended_at: Option<Duration>,
    /// What crossed the wire, in order of `at`.
    pub events: Vec<WireEvent>,
    /// What the octets do not show.
    pub notes: Vec<Note>,
    /// How it stands.
    pub state: FlowState,
}

/// Identity of a [`Flow`] within one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FlowId(pub u32);

impl fmt::Display for FlowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Position of an event within its flow, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventIndex(pub u32);

/// What a flow stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlowKind {
    /// A whole experiment; has no octets of its own.
    Run,
    /// One load of a page under one strategy; groups its connections.
    Page,
    /// A name being resolved.
    Lookup,
    /// A TCP connection, with TLS above it or not.
    Connection,
    /// Datagrams between two ends.
    Datagrams,
}

/// The two ends of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ends {
    /// Who opened it.
    pub client: End,
    /// Who was asked.
    pub server: End,
}

/// One end: a name for people, an address where one is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Host name as the student knows it (`you`, `www.someschool.edu`).
    pub name: String,
    /// IP address and port.
    pub ip_port: Option<SocketAddr>,
}

/// Which end an event came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The end that opened the flow.
    Client,
    /// The other one.
    Server,
}

impl Side {
    /// The opposite end.
    pub fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// The layer at which an event was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// TCP's own doings: handshake, FIN, RST, retransmission. Carries [`Content::Step`].
    Transport,
    /// One UDP datagram.
    Datagram,
    /// Octets of a TCP stream that carries no TLS: what the application said and what an eavesdropper reads.
    Stream,
    /// Sealed octets: what an eavesdropper reads of a TLS connection.
    Tls,
    /// What the application said above TLS.
    Plain,
}

/// One thing seen on the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct WireEvent {
    /// When the client's side saw it: the write for octets it sent, the arrival for octets it received. Since the run
    /// began, on the world's clock (virtual or real).
    pub at: Duration,
    /// Who sent it.
    pub from: Side,
    /// Where it was seen.
    pub layer: Layer,
    /// What it was.
    pub content: Content,
    /// The way it took, where the network knows (the lab always does; the Internet never).
    pub transit: Option<Transit>,
}

/// Octets or a step of the transport.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A step of TCP or TLS that has no octets in the record.
    Step(Step),
    /// Octets as sent.
    Octets(Octets),
}

/// Octets of one write or one read, as sent, but for masked and omitted ones.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Octets {
    /// What is kept. Masked octets are overwritten with `*` before they get here.
    pub bytes: Bytes,
    /// Which of `bytes` are masked.
    pub masked: Option<Range<u32>>,
    /// How many octets followed `bytes` on the wire but were not kept (the record is capped).
    pub omitted: u64,
}

impl Octets {
    /// How many octets crossed the wire: kept and omitted.
    pub fn wire_len(&self) -> u64 {
        self.bytes.len() as u64 + self.omitted
    }
}

/// Steps of a connection. RFC 9293 §3.5 (SYN, FIN, RST), RFC 8446 §2 (TLS flights are [`Layer::Tls`] octets).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The client asks to connect.
    Syn,
    /// The server agrees.
    SynAck,
    /// The handshake is complete (client's ACK).
    Ack,
    /// This end has nothing more to send.
    Fin,
    /// This end tore the connection down.
    Rst,
    /// A segment was lost on a link of the path.
    Lost,
    /// A lost segment was sent again.
    Retransmit,
    /// The TLS handshake is complete at the client.
    TlsEstablished,
}

/// When an event's octets left one end and reached the other, in the lab. Both ends of the parallelogram a ladder draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transit {
    /// The first octet begins to leave the sender.
    pub first_out: Duration,
    /// The last octet has left the sender (transmission time later).
    pub last_out: Duration,
    /// The first octet begins to arrive (propagation and queueing later).
    pub first_in: Duration,
    /// The last octet has arrived.
    pub last_in: Duration,
}

/// What octets do not show, at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When, since the run began.
    pub at: Duration,
    /// What it is about.
    pub kind: NoteKind,
    /// The sentence shown to the student.
    pub text: String,
    /// Where the rule stands, as `RFC 9112 §6.3`.
    pub clause: Option<String>,
}

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// An automatic decision and the rule behind it.
    Why,
    /// Time spent waiting in a link's queue.
    Queueing,
    /// Name resolution.
    Dns,
    /// TLS: version, cipher, certificate, ALPN.
    Tls,
    /// The record left something out.
    Omitted,
}

/// How a flow stands. It leaves `Live` exactly once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlowState {
    /// Still going on.
    #[default]
    Live,
    /// Ended as its protocol says. A 404 is a closed flow.
    Closed,
    /// Ended because the student said stop.
    Stopped,
    /// Ended by a failure.
    Failed(Failure),
}
