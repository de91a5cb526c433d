//! One flow of the subject: how far it has been taken in, and what it came to by then.

use std::time::Duration;

use super::{super::extents::Extents, nanos};
use crate::{
    lens::Messages,
    wire::{Content, Flow, Layer, Ledger, Side, Step, WireEvent},
};

/// One flow of the subject.
#[derive(Debug)]
pub(in crate::app::parts) struct Slot {
    /// Its place in [`Ledger::flows`].
    pub position: usize,
    /// Its number among the subject's connections, from 1; 0 when it is none.
    pub number: u32,
    /// Its bursts, in order.
    pub bursts: Vec<u32>,
    /// Steps of the connection that say how it stands, in order.
    pub steps: Vec<Milestone>,
    pub(super) extents: Extents,
    sums: Vec<Sums>,
    running: Sums,
    pub(super) taken: u32,
    pub(super) noted: u32,
    pub(super) last_event: Option<Duration>,
    pub(super) last_note: Option<Duration>,
    pub(super) ended: bool,
    pub(super) queued: bool,
    said: Voice,
    /// Below TLS.
    crossed: Voice,
}

/// A step that says how a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app::parts) struct Milestone {
    /// When the client's side saw it.
    pub at: u64,
    /// Which event.
    pub event: u32,
    /// Who took it.
    pub from: Side,
    /// The step.
    pub step: Step,
}

/// Octets of one flow up to one of its events, as the application said them, and sealed by TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::app::parts) struct Sums {
    /// By the client.
    pub sent: u64,
    /// By the server.
    pub received: u64,
    /// Below TLS, both ways.
    pub sealed: u64,
}

/// One layer of a flow: its messages, and which one each side is saying.
#[derive(Debug)]
pub(super) struct Voice {
    pub(super) messages: Messages,
    client: Option<u32>,
    server: Option<u32>,
}

impl Voice {
    fn new(messages: Messages) -> Self {
        Self { messages, client: None, server: None }
    }

    /// The message that `from` is saying.
    pub(super) fn open(&mut self, from: Side) -> &mut Option<u32> {
        match from {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

/// What comes next in a flow.
#[derive(Clone, Copy)]
pub(super) enum Next<'a> {
    Event(u32, &'a WireEvent),
    Note(u32, u64),
    End(u64),
}

impl Slot {
    pub(super) fn new(position: usize, number: u32, flow: &Flow) -> Self {
        Self {
            position,
            number,
            bursts: Vec::new(),
            steps: Vec::new(),
            extents: Extents::default(),
            sums: Vec::new(),
            running: Sums::default(),
            taken: 0,
            noted: 0,
            last_event: None,
            last_note: None,
            ended: false,
            queued: false,
            said: Voice::new(Messages::of(flow)),
            crossed: Voice::new(Messages::sealed()),
        }
    }

    /// What was said in `layer`.
    pub(super) fn voice(&mut self, layer: Layer) -> &mut Voice {
        if layer == Layer::Tls { &mut self.crossed } else { &mut self.said }
    }

    /// The flow itself.
    pub(in crate::app::parts) fn flow<'a>(&self, ledger: &'a Ledger) -> Option<&'a Flow> {
        ledger.flows().get(self.position)
    }

    /// Has TLS sealed anything in it?
    pub(in crate::app::parts) fn is_sealed(&self) -> bool {
        self.running.sealed > 0
    }

    /// Octets up to `at`, both ways.
    pub(in crate::app::parts) fn sums_at(&self, flow: &Flow, at: Duration) -> Sums {
        let events = flow.events.get(..self.taken as usize).unwrap_or_default();
        let seen = events.partition_point(|event| event.at <= at);
        let known = seen / STRIDE;
        let mut sums = known.checked_sub(1).and_then(|last| self.sums.get(last)).copied().unwrap_or_default();
        events.get(known * STRIDE..seen).unwrap_or_default().iter().for_each(|event| sums.add(event));
        sums
    }

    /// What comes next in this flow and when.
    pub(super) fn next<'a>(&self, flow: &'a Flow) -> Option<(u64, Next<'a>)> {
        let event = flow.events.get(self.taken as usize).map(|event| (nanos(event.at), Next::Event(self.taken, event)));
        let note = flow.notes.get(self.noted as usize).map(|note| nanos(note.at));
        match (event, note) {
            (Some((at, _)), Some(noted)) if noted < at => Some((noted, Next::Note(self.noted, noted))),
            (Some(event), _) => Some(event),
            (None, Some(noted)) => Some((noted, Next::Note(self.noted, noted))),
            (None, None) if self.ended => None,
            (None, None) => flow.ended_at.map(nanos).map(|at| (at, Next::End(at))),
        }
    }

    pub(super) fn sum(&mut self, event: &WireEvent) {
        self.running.add(event);
        if (self.taken as usize).is_multiple_of(STRIDE) {
            self.sums.push(self.running);
        }
    }

    pub(super) fn step(&mut self, index: u32, event: &WireEvent, step: Step) {
        let says_how_it_stands = match step {
            Step::Syn | Step::SynAck | Step::Ack | Step::Fin | Step::Rst | Step::TlsEstablished => true,
            Step::Lost | Step::Retransmit => false,
        };
        if says_how_it_stands && self.steps.len() < MAX_STEPS {
            self.steps.push(Milestone { at: nanos(event.at), event: index, from: event.from, step });
        }
    }
}

impl Sums {
    fn add(&mut self, event: &WireEvent) {
        let Content::Octets(octets) = &event.content else { return };
        let crossed = octets.wire_len();
        match (event.layer, event.from) {
            (Layer::Tls, _) => self.sealed += crossed,
            (_, Side::Client) => self.sent += crossed,
            (_, Side::Server) => self.received += crossed,
        }
    }
}

/// Sums are kept at every so many events of a flow.
const STRIDE: usize = 64;
/// Steps kept of one connection; it needs six.
const MAX_STEPS: usize = 16;
