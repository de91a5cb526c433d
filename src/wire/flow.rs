//! A flow: one conversation (or one group of them), its ends, its events and how it ended.

use std::{fmt, net::SocketAddr, ops::Range, time::Duration};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Entry, Failure};

/// One conversation, or a group of conversations (a run, a page load) whose members name it as their parent.
#[derive(Clone, Debug, PartialEq)]
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
    /// What crossed the wire, in order of `at` (in order of recording where `at` is the same).
    pub events: Vec<WireEvent>,
    /// What the octets do not show, in order of `at`.
    pub notes: Vec<Note>,
    /// How it stands.
    pub state: FlowState,
    totals: [OctetTotal; 2],
}

/// Octets one end sent, whether the record kept them or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct OctetTotal {
    /// As the application wrote them, without TLS below.
    clear: u64,
    /// As the application wrote them, above TLS.
    plain: u64,
    /// As TLS sealed them.
    sealed: u64,
    /// Of all these, those that no event tells of.
    unseen: [u64; Layer::ALL.len()],
}

impl Flow {
    /// Octets `from` sent, as its application wrote them (above TLS where there is TLS), kept or not.
    pub fn octets(&self, from: Side) -> u64 {
        let total = self.total(from);
        total.clear.saturating_add(total.plain)
    }

    /// Octets `from` sent as an eavesdropper counts them: those in the clear, and the sealed ones once the flow speaks TLS. Without
    /// TCP and IP headers.
    pub fn octets_on_wire(&self, from: Side) -> u64 {
        let total = self.total(from);
        total.clear.saturating_add(total.sealed)
    }

    /// What an eavesdropper on the link can read of this flow, in order of time: the connection's own steps, octets in the
    /// clear, and sealed octets; never what the application said above TLS. [`ConnectionStep::TlsEstablished`] is among the steps and marks
    /// the turn from clear to sealed. A secret that the record masks is masked here too, though the link carried it as it is.
    pub fn as_eavesdropper(&self) -> impl DoubleEndedIterator<Item = &WireEvent> {
        self.events.iter().filter(|event| event.layer.is_on_link())
    }

    /// Octets `from` sent at `layer` that no event tells of, because the record was full.
    pub fn octets_unseen(&self, from: Side, layer: Layer) -> u64 {
        self.total(from).unseen.get(layer as usize).copied().unwrap_or_default()
    }

    /// The events up to and including `at`. Takes time logarithmic in their number.
    pub fn events_until(&self, at: Duration) -> &[WireEvent] {
        let end = self.events.partition_point(|event| event.at <= at);
        self.events.get(..end).unwrap_or_default()
    }

    /// The events after `from`, up to and including `to`. Takes time logarithmic in their number.
    pub fn events_between(&self, from: Duration, to: Duration) -> &[WireEvent] {
        let begin = self.events.partition_point(|event| event.at <= from);
        self.events_until(to).get(begin..).unwrap_or_default()
    }

    /// The notes up to and including `at`.
    pub fn notes_until(&self, at: Duration) -> &[Note] {
        let end = self.notes.partition_point(|note| note.at <= at);
        self.notes.get(..end).unwrap_or_default()
    }

    pub(super) fn opened(
        id: FlowId,
        parent: Option<FlowId>,
        kind: FlowKind,
        title: String,
        ends: Ends,
        at: Duration,
    ) -> Self {
        Self {
            id,
            parent,
            kind,
            title,
            ends,
            opened_at: at,
            ended_at: None,
            events: Vec::new(),
            notes: Vec::new(),
            state: FlowState::Live,
            totals: [OctetTotal::default(); 2],
        }
    }

    /// Entries that add up to this flow.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        let &Self { id, parent, kind, opened_at: at, .. } = self;
        let opened = Entry::Opened { id, parent, kind, title: self.title.clone(), ends: self.ends.clone(), at };
        let events = self.events.iter().map(move |event| Entry::Event { id, event: event.clone() });
        let unseen = [Side::Client, Side::Server].into_iter().flat_map(move |from| {
            Layer::ALL.into_iter().map(move |layer| (from, layer, self.octets_unseen(from, layer)))
        });
        let unseen = unseen.filter(|(.., octets)| *octets > 0);
        let unseen = unseen.map(move |(from, layer, octets)| Entry::Unseen { id, from, layer, octets });
        let notes = self.notes.iter().map(move |note| Entry::Noted { id, note: note.clone() });
        let ended = self.ended_at.map(|at| Entry::Ended { id, at, state: self.state.clone() });
        std::iter::once(opened).chain(events).chain(unseen).chain(notes).chain(ended)
    }

    /// Takes an event to its place in time and says which that is.
    pub(super) fn take(&mut self, event: WireEvent) -> usize {
        if let EventContent::Octets(octets) = &event.content {
            self.add(event.from, event.layer, octets.wire_len());
        }
        let len = self.events.len();
        if self.events.last().is_none_or(|last| last.at <= event.at) {
            self.events.push(event);
            return len;
        }
        let place = self.events.partition_point(|earlier| earlier.at <= event.at);
        self.events.insert(place, event);
        place
    }

    /// Counts octets that have no event.
    pub(super) fn count(&mut self, from: Side, layer: Layer, octets: u64) {
        self.add(from, layer, octets);
        let unseen = self.totals.get_mut(from as usize).and_then(|total| total.unseen.get_mut(layer as usize));
        if let Some(unseen) = unseen {
            *unseen = unseen.saturating_add(octets);
        }
    }

    fn add(&mut self, from: Side, layer: Layer, octets: u64) {
        let Some(total) = self.totals.get_mut(from as usize) else { return };
        match layer {
            Layer::Datagram | Layer::Stream => total.clear = total.clear.saturating_add(octets),
            Layer::Plain => total.plain = total.plain.saturating_add(octets),
            Layer::Tls => total.sealed = total.sealed.saturating_add(octets),
            Layer::Transport => {}
        }
    }

    fn total(&self, from: Side) -> OctetTotal {
        self.totals.get(from as usize).copied().unwrap_or_default()
    }
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
#[serde(deny_unknown_fields)]
pub struct Ends {
    /// Who opened it.
    pub client: End,
    /// Who was asked.
    pub server: End,
}

/// One end: a name for people, an address where one is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    #[must_use]
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
    /// TCP's own doings: handshake, FIN, RST, retransmission. Carries [`EventContent::Step`].
    Transport,
    /// One UDP datagram.
    Datagram,
    /// Octets of a TCP stream in the clear, without TLS or before it began (STARTTLS): what the application said and what an
    /// eavesdropper reads.
    Stream,
    /// Sealed octets, handshake included: what an eavesdropper reads of TLS.
    Tls,
    /// What the application said above TLS.
    Plain,
}

impl Layer {
    /// All layers.
    pub const ALL: [Self; 5] = [Self::Transport, Self::Datagram, Self::Stream, Self::Tls, Self::Plain];

    /// Does the link carry it as it was seen here? What is said above TLS crosses the link sealed.
    pub fn is_on_link(self) -> bool {
        match self {
            Self::Transport | Self::Datagram | Self::Stream | Self::Tls => true,
            Self::Plain => false,
        }
    }
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
    pub content: EventContent,
    /// The way it took, where the network knows (the lab always does; the Internet never).
    pub transit: Option<Transit>,
}

/// Octets or a step of the transport.
#[derive(Clone, Debug, PartialEq)]
pub enum EventContent {
    /// A step of TCP or TLS that has no octets in the record.
    Step(ConnectionStep),
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
        (self.bytes.len() as u64).saturating_add(self.omitted)
    }
}

/// Steps of a connection. RFC 9293 §3.5 (SYN, FIN, RST), RFC 8446 §2 (TLS flights are [`Layer::Tls`] octets).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionStep {
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

impl Transit {
    /// The way of two stretches of octets together: from the earlier beginning to the later end.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            first_out: self.first_out.min(other.first_out),
            last_out: self.last_out.max(other.last_out),
            first_in: self.first_in.min(other.first_in),
            last_in: self.last_in.max(other.last_in),
        }
    }
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
    /// From here to what is recorded next, things happened of which nothing is recorded; the text says what and how many:
    /// `198 lookups not recorded`. That stretch is not idle.
    Unrecorded,
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

#[cfg(test)]
mod a_flow_that_turns_to_tls {
    use super::*;
    use crate::wire::Ledger;

    /// Two octets in the clear and three above TLS, sealed in thirty, from the client; one octet of each from the server.
    fn flow() -> Ledger {
        let id = FlowId(0);
        let end = || End { name: String::new(), ip_port: None };
        let ends = Ends { client: end(), server: end() };
        let kind = FlowKind::Connection;
        let mut ledger = Ledger::default();
        ledger.apply(Entry::Opened { id, parent: None, kind, title: String::new(), ends, at: Duration::ZERO });
        let said = |octets: &'static [u8]| {
            EventContent::Octets(Octets { bytes: Bytes::from_static(octets), ..Octets::default() })
        };
        for (at, from, layer, content) in [
            (0, Side::Client, Layer::Transport, EventContent::Step(ConnectionStep::Syn)),
            (1, Side::Client, Layer::Stream, said(b"hi")),
            (2, Side::Server, Layer::Stream, said(b"!")),
            (3, Side::Client, Layer::Tls, said(&[22; 20])),
            (4, Side::Server, Layer::Tls, said(&[22; 1])),
            (4, Side::Client, Layer::Transport, EventContent::Step(ConnectionStep::TlsEstablished)),
            (5, Side::Client, Layer::Tls, said(&[23; 10])),
            (5, Side::Client, Layer::Plain, said(b"now")),
            (6, Side::Server, Layer::Plain, said(b"?")),
        ] {
            let at = Duration::from_millis(at);
            ledger.apply(Entry::Event { id, event: WireEvent { at, from, layer, content, transit: None } });
        }
        ledger.apply(Entry::Unseen { id, from: Side::Server, layer: Layer::Stream, octets: 5 });
        ledger
    }

    #[test]
    fn has_both_its_clear_and_its_sealed_octets_on_the_wire() {
        let ledger = flow();
        let flow = &ledger.flows()[0];
        assert_eq!((flow.octets(Side::Client), flow.octets_on_wire(Side::Client)), (5, 32));
        assert_eq!((flow.octets(Side::Server), flow.octets_on_wire(Side::Server)), (7, 7));
    }

    #[test]
    fn shows_an_eavesdropper_all_but_what_was_said_above_tls() {
        let ledger = flow();
        let seen: Vec<_> = ledger.flows()[0].as_eavesdropper().map(|event| event.layer).collect();
        let (step, clear, sealed) = (Layer::Transport, Layer::Stream, Layer::Tls);
        assert_eq!(seen, [step, clear, clear, sealed, sealed, step, sealed]);
    }
}
