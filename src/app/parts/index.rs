//! What the parts know about a record beforehand, so that no frame walks over all its events: moments in order, messages
//! and bursts, sums along each flow, stretches of idle time.
//!
//! [`Index::sync`] reads at most a given number of new events a call, in order of time across flows, so a record of a million
//! events is taken in over many frames while the window stays alive, and a live run is followed the same way. What is not
//! here is read from the ledger when it is drawn.

use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

use super::{
    Scene,
    extents::{Extent, Extents, Found, Sight},
    framing::{Asked, Framing, Part},
    idle::Idle,
};
use crate::app::tabs::Subject;
use crate::wire::{Content, EventIndex, Flow, FlowId, FlowKind, Layer, Ledger, Octets, Side, Step, WireEvent};

/// The index of one subject: a record, or one flow of it and what serves that flow.
#[derive(Debug, Default)]
pub struct Index {
    of: Option<Subject>,
    revision: u64,
    flows_seen: usize,
    member: Vec<bool>,
    slots: Vec<Slot>,
    connections: Vec<u32>,
    unfinished: Vec<u32>,
    ahead: BinaryHeap<Reverse<(u64, u32)>>,
    moments: Vec<u64>,
    messages: Vec<Message>,
    bursts: Vec<Burst>,
    extents: Extents,
    idle: Idle,
    taken: usize,
    generation: u64,
    epoch: u64,
}

/// One flow of the subject.
#[derive(Debug)]
pub(super) struct Slot {
    /// Its place in [`Ledger::flows`].
    pub position: usize,
    /// Its number among the subject's connections, from 1; 0 when it is none.
    pub number: u32,
    /// Its bursts, in order.
    pub bursts: Vec<u32>,
    /// Steps of the connection that say how it stands, in order.
    pub steps: Vec<Milestone>,
    extents: Extents,
    sums: Vec<Sums>,
    running: Sums,
    taken: u32,
    noted: u32,
    last_event: Option<Duration>,
    last_note: Option<Duration>,
    ended: bool,
    queued: bool,
    sealed: bool,
    voices: [Voice; 2],
    asked: Asked,
}

/// A step that says how a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Milestone {
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
pub(super) struct Sums {
    /// By the client.
    pub sent: u64,
    /// By the server.
    pub received: u64,
    /// Below TLS, both ways.
    pub sealed: u64,
}

/// One layer of a flow: who said what last.
#[derive(Debug)]
struct Voice {
    client: Speaker,
    server: Speaker,
}

#[derive(Debug)]
struct Speaker {
    framing: Framing,
    open: Option<u32>,
}

/// A message of one side: an HTTP message, a turn of another protocol, a datagram, a step of the connection, a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// Which of the subject's flows.
    pub slot: u32,
    /// What it is.
    pub what: What,
    /// Who sent it.
    pub from: Side,
    /// Where it was seen.
    pub layer: Layer,
    /// Its first event, or its place among the notes.
    pub first: u32,
    /// Its last event.
    pub last: u32,
    /// Octets of the first event that belong to the message before.
    pub skip: u32,
    /// When it began, in nanoseconds since the run began.
    pub at: u64,
    /// Octets of it that crossed.
    pub octets: u64,
    /// Of which start line and fields, when it has them.
    pub head: u32,
    /// Lines of its head.
    pub lines: u16,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// An HTTP/1.x message.
    Http,
    /// Octets of something else.
    Octets,
    /// A step of TCP or TLS.
    Step(Step),
    /// A note.
    Note,
    /// The flow's end.
    End,
}

/// Events of one message that follow each other without a pause on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Burst {
    /// Which message.
    pub message: u32,
    /// First event.
    pub first: u32,
    /// Last event.
    pub last: u32,
    /// Octets.
    pub octets: u64,
}

impl Index {
    /// Takes in at most `budget` new events. Returns whether everything has been taken in; when not, another frame is wanted.
    pub fn sync(&mut self, scene: &Scene<'_>, budget: usize) -> bool {
        let Scene { subject, ledger } = *scene;
        if self.of != Some(subject) || (self.revision != ledger.revision() && self.is_behind(ledger)) {
            *self =
                Self { of: Some(subject), generation: self.generation + 1, epoch: self.epoch + 1, ..Self::default() };
        }
        if self.revision != ledger.revision() {
            self.revision = ledger.revision();
            self.generation += 1;
            self.find_flows(ledger);
            self.find_news(ledger);
            self.look_again(ledger);
        }
        self.merge(ledger, budget);
        self.ahead.is_empty()
    }

    /// Changes whenever anything here may have changed.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Changes when everything is taken in anew: numbers of flows, messages and bursts then mean others.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Has everything been taken in?
    pub fn is_complete(&self) -> bool {
        self.ahead.is_empty()
    }

    /// How many events have been taken in.
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// The first moment of the subject after `at` at which something was seen.
    pub fn moment_after(&self, at: Duration) -> Option<Duration> {
        let next = self.moments.partition_point(|&moment| moment <= nanos(at));
        self.moments.get(next).map(|&moment| Duration::from_nanos(moment))
    }

    /// The last moment before `at`.
    pub fn moment_before(&self, at: Duration) -> Option<Duration> {
        let next = self.moments.partition_point(|&moment| moment < nanos(at));
        next.checked_sub(1).and_then(|last| self.moments.get(last)).map(|&moment| Duration::from_nanos(moment))
    }

    /// When the subject's first flow opened and its last arrival was.
    pub(super) fn span(&self) -> Option<(u64, u64)> {
        self.extents.whole().filter(|whole| whole.from <= whole.to).map(|whole| (whole.from, whole.to))
    }

    pub(super) fn idle(&self) -> &Idle {
        &self.idle
    }

    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    pub(super) fn slot(&self, slot: u32) -> Option<&Slot> {
        self.slots.get(slot as usize)
    }

    /// The subject's connections and datagram flows, in the order they opened.
    pub(super) fn connections(&self) -> &[u32] {
        &self.connections
    }

    pub(super) fn slot_of(&self, ledger: &Ledger, flow: FlowId) -> Option<u32> {
        let found = self.slots.binary_search_by_key(&Some(flow), |slot| slot.flow(ledger).map(|flow| flow.id));
        found.ok().map(small)
    }

    pub(super) fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub(super) fn message(&self, message: u32) -> Option<&Message> {
        self.messages.get(message as usize)
    }

    pub(super) fn burst(&self, burst: u32) -> Option<&Burst> {
        self.bursts.get(burst as usize)
    }

    /// The message an event belongs to (the last one, when it holds the end of one and the beginning of the next).
    pub(super) fn message_at(&self, slot: u32, event: EventIndex) -> Option<u32> {
        let slot = self.slot(slot)?;
        let after = slot.bursts.partition_point(|&burst| self.burst(burst).is_some_and(|burst| burst.first <= event.0));
        let bursts = slot.bursts.get(..after)?.iter().rev().take(NEAR);
        let mut found = bursts.filter_map(|&burst| self.burst(burst).filter(|burst| event.0 <= burst.last));
        found.next().map(|burst| burst.message)
    }

    /// Walks over what there is to draw, in order of connections.
    pub(super) fn visit(&self, sight: &dyn Fn(Extent) -> Sight, found: &mut dyn FnMut(Found)) {
        self.extents.visit(sight, &mut |some| match some {
            Found::Many(extent) => found(Found::Many(extent)),
            Found::One(slot) => self.visit_slot(slot, sight, found),
        });
    }

    /// The same, for one flow.
    pub(super) fn visit_slot(&self, slot: u32, sight: &dyn Fn(Extent) -> Sight, found: &mut dyn FnMut(Found)) {
        let Some(slot) = self.slot(slot) else { return };
        slot.extents.visit(sight, &mut |some| match some {
            Found::Many(extent) => found(Found::Many(extent)),
            Found::One(index) => {
                slot.bursts.get(index as usize).into_iter().for_each(|&burst| found(Found::One(burst)));
            }
        });
    }

    /// Has something been written among what was taken in already, or is this another record altogether? A late event stands among
    /// earlier ones; then everything is taken in anew.
    fn is_behind(&self, ledger: &Ledger) -> bool {
        let shifted = |slot: &Slot| {
            let flow = slot.flow(ledger)?;
            let event = (slot.taken as usize).checked_sub(1).map(|last| flow.events.get(last).map(|event| event.at));
            let note = (slot.noted as usize).checked_sub(1).map(|last| flow.notes.get(last).map(|note| note.at));
            Some(event.is_some_and(|at| at != slot.last_event) || note.is_some_and(|at| at != slot.last_note))
        };
        ledger.flows().len() < self.flows_seen
            || self.unfinished.iter().filter_map(|&at| self.slot(at)).any(|slot| shifted(slot).unwrap_or(true))
    }

    fn find_flows(&mut self, ledger: &Ledger) {
        let root = self.of.and_then(|of| of.root);
        let flows = ledger.flows();
        for (position, flow) in flows.iter().enumerate().skip(self.flows_seen) {
            let served = || flow.parent.and_then(|parent| flows.binary_search_by_key(&parent, |flow| flow.id).ok());
            let member = root.is_none_or(|root| {
                flow.id == root || served().is_some_and(|parent| self.member.get(parent).copied().unwrap_or(false))
            });
            self.member.push(member);
            if member {
                self.add_slot(position, flow);
            }
        }
        self.flows_seen = flows.len();
    }

    fn add_slot(&mut self, position: usize, flow: &Flow) {
        let slot = small(self.slots.len());
        let carries = matches!(flow.kind, FlowKind::Connection | FlowKind::Datagrams);
        if carries {
            self.connections.push(slot);
        }
        let number = if carries { small(self.connections.len()) } else { 0 };
        self.slots.push(Slot::new(position, number));
        self.unfinished.push(slot);
        let opened = nanos(flow.opened_at);
        self.extents.push(Extent { from: opened, to: opened, weight: 0 });
    }

    /// Queues every flow that has something new.
    fn find_news(&mut self, ledger: &Ledger) {
        let Self { slots, unfinished, ahead, .. } = self;
        unfinished.retain(|&at| {
            let Some(slot) = slots.get_mut(at as usize) else { return false };
            let Some(flow) = ledger.flows().get(slot.position) else { return false };
            if !slot.queued
                && let Some((next, _)) = slot.next(flow)
            {
                slot.queued = true;
                ahead.push(Reverse((next, at)));
            }
            !slot.ended || flow.ended_at.is_none_or(|at| at + GRACE > ledger.ends_at())
        });
    }

    /// Reads events in order of time.
    fn merge(&mut self, ledger: &Ledger, budget: usize) {
        let mut left = budget;
        while left > 0
            && let Some(Reverse((_, at))) = self.ahead.pop()
        {
            self.generation += 1;
            let limit = self.ahead.peek().map_or(u64::MAX, |Reverse((next, _))| *next);
            let Some(flow) = self.slot(at).and_then(|slot| slot.flow(ledger)) else { continue };
            let next = loop {
                let Some((when, next)) = self.slot(at).and_then(|slot| slot.next(flow)) else { break None };
                if when > limit || left == 0 {
                    break Some(when);
                }
                left -= 1;
                self.take(at, flow, next);
            };
            if let Some(slot) = self.slots.get_mut(at as usize) {
                slot.queued = next.is_some();
            }
            self.ahead.extend(next.map(|next| Reverse((next, at))));
        }
    }

    fn take(&mut self, at: u32, flow: &Flow, next: Next<'_>) {
        match next {
            Next::Event(index, event) => self.take_event(at, index, event),
            Next::Note(index, when) => {
                self.moment(when);
                self.say(Message::bare(at, What::Note, index, when));
                self.slots.get_mut(at as usize).into_iter().for_each(|slot| {
                    slot.noted += 1;
                    slot.last_note = Some(Duration::from_nanos(when));
                });
            }
            Next::End(when) => {
                self.moment(when);
                let slot = self.slots.get_mut(at as usize).map(|slot| {
                    slot.ended = true;
                    slot.number
                });
                if slot.is_some_and(|number| number > 0) || matches!(flow.state, crate::wire::FlowState::Failed(_)) {
                    self.say(Message::bare(at, What::End, 0, when));
                }
                self.extents.widen(at, Extent { from: when, to: when, weight: 0 });
            }
        }
    }

    fn take_event(&mut self, at: u32, index: u32, event: &WireEvent) {
        self.taken += 1;
        self.moment(nanos(event.at));
        let Some(slot) = self.slots.get_mut(at as usize) else { return };
        if event.transit.is_none() && event.from == Side::Server {
            // Nobody tells when it left: it has been waited for since whatever came before.
            self.idle.busy(slot.last_event.map_or(nanos(event.at), nanos), nanos(event.at));
        }
        slot.taken += 1;
        slot.last_event = Some(event.at);
        slot.sealed |= event.layer == Layer::Tls;
        slot.sum(event);
        match &event.content {
            Content::Step(step) => {
                slot.step(index, event, *step);
                let message = Message::of(at, What::Step(*step), index, event);
                let message = self.say(message);
                self.begin_burst(message, index, event, 0);
            }
            Content::Octets(octets) => self.take_octets(at, index, event, octets),
        }
    }

    fn take_octets(&mut self, at: u32, index: u32, event: &WireEvent, octets: &Octets) {
        if event.layer == Layer::Datagram {
            let message =
                self.say(Message { octets: octets.wire_len(), ..Message::of(at, What::Octets, index, event) });
            return self.begin_burst(message, index, event, octets.wire_len());
        }
        let mut rest: &[u8] = &octets.bytes;
        while let Some(run) = self.next_run(at, event, rest, octets) {
            let skip = octets.bytes.len() - rest.len();
            let last = run.octets == rest.len();
            let crossed = run.octets as u64 + if last { octets.omitted } else { 0 };
            let open = self.speaker(at, event).and_then(|speaker| speaker.open).filter(|_| !run.begins);
            let what = if run.part == Part::Foreign { What::Octets } else { What::Http };
            let fresh = Message { skip: small(skip), ..Message::of(at, what, index, event) };
            let message = open.unwrap_or_else(|| self.say(fresh));
            self.speaker(at, event).into_iter().for_each(|speaker| speaker.open = Some(message));
            self.grow(message, index, run, crossed);
            match open {
                Some(_) => self.extend_burst(message, index, event, crossed),
                None => self.begin_burst(message, index, event, crossed),
            }
            if last {
                return;
            }
            rest = rest.get(run.octets..).unwrap_or_default();
        }
    }

    /// The next octets that belong together; a new turn closes what the other side was saying.
    fn next_run(&mut self, at: u32, event: &WireEvent, rest: &[u8], octets: &Octets) -> Option<super::framing::Run> {
        let slot = self.slots.get_mut(at as usize)?;
        let (voices, asked) = (&mut slot.voices, &mut slot.asked);
        let [said, sealed] = voices;
        let voice = if event.layer == Layer::Tls { sealed } else { said };
        let (speaker, other) = match event.from {
            Side::Client => (&mut voice.client, &mut voice.server),
            Side::Server => (&mut voice.server, &mut voice.client),
        };
        if event.layer == Layer::Tls || other.framing.is_foreign() {
            other.open = None;
        }
        let whole = rest.len() == octets.bytes.len();
        let foreign = |octets| super::framing::Run { octets, begins: false, part: Part::Foreign };
        let run = if event.layer == Layer::Tls {
            foreign(rest.len())
        } else if rest.is_empty() {
            let part = if speaker.framing.is_foreign() { Part::Foreign } else { Part::Content };
            super::framing::Run { octets: 0, begins: false, part }
        } else {
            speaker.framing.run(rest, whole, asked)
        };
        if run.octets == rest.len() && octets.omitted > 0 && event.layer != Layer::Tls {
            speaker.framing.omitted(octets.omitted);
        }
        Some(run)
    }

    fn speaker(&mut self, at: u32, event: &WireEvent) -> Option<&mut Speaker> {
        let [said, sealed] = &mut self.slots.get_mut(at as usize)?.voices;
        let voice = if event.layer == Layer::Tls { sealed } else { said };
        Some(match event.from {
            Side::Client => &mut voice.client,
            Side::Server => &mut voice.server,
        })
    }

    fn grow(&mut self, message: u32, index: u32, run: super::framing::Run, crossed: u64) {
        let Some(message) = self.messages.get_mut(message as usize) else { return };
        message.last = index;
        message.octets += crossed;
        if let Part::Head { lines } = run.part {
            message.lines = message.lines.saturating_add(lines);
            message.head = message.head.saturating_add(small(run.octets));
        } else if run.part == Part::Foreign {
            message.what = What::Octets;
        }
    }

    fn say(&mut self, message: Message) -> u32 {
        self.messages.push(message);
        small(self.messages.len() - 1)
    }

    fn begin_burst(&mut self, message: u32, index: u32, event: &WireEvent, octets: u64) {
        let burst = small(self.bursts.len());
        self.bursts.push(Burst { message, first: index, last: index, octets });
        let Some(at) = self.message(message).map(|message| message.slot) else { return };
        let extent = extent_of(event);
        if let Some(slot) = self.slots.get_mut(at as usize) {
            slot.bursts.push(burst);
            slot.extents.push(extent);
        }
        self.extents.widen(at, extent);
        self.idle.busy(extent.from, extent.to);
    }

    fn extend_burst(&mut self, message: u32, index: u32, event: &WireEvent, octets: u64) {
        let Some(at) = self.message(message).map(|message| message.slot) else { return };
        let recent = self.slot(at).into_iter().flat_map(|slot| slot.bursts.iter().enumerate().rev().take(NEAR));
        let mut own = recent.filter(|(_, burst)| self.burst(**burst).is_some_and(|burst| burst.message == message));
        let Some((place, burst)) = own.next().map(|(place, &burst)| (small(place), burst)) else {
            return self.begin_burst(message, index, event, octets);
        };
        let extent = Extent { weight: 0, ..extent_of(event) };
        let reached = self.slot(at).and_then(|slot| slot.extents.extent(place)).map_or(0, |extent| extent.to);
        if extent.to > reached.saturating_add(pause(event)) {
            return self.begin_burst(message, index, event, octets);
        }
        if let Some(burst) = self.bursts.get_mut(burst as usize) {
            burst.last = index;
            burst.octets += octets;
        }
        self.slots.get_mut(at as usize).into_iter().for_each(|slot| slot.extents.widen(place, extent));
        self.extents.widen(at, extent);
        self.idle.busy(reached.min(extent.to), extent.to);
    }

    /// The network tells later than the event when octets arrived at the other end: recent bursts are looked at again.
    fn look_again(&mut self, ledger: &Ledger) {
        let from = self.bursts.len().saturating_sub(RECENT);
        let again: Vec<(u32, Burst)> =
            (from..).zip(self.bursts.get(from..).unwrap_or_default()).map(|(at, &burst)| (small(at), burst)).collect();
        for (number, burst) in again {
            let Some(at) = self.message(burst.message).map(|message| message.slot) else { continue };
            let Some(slot) = self.slots.get_mut(at as usize) else { continue };
            let Some(flow) = slot.flow(ledger) else { continue };
            let Some(event) = flow.events.get(burst.last as usize) else { continue };
            let extent = Extent { weight: 0, ..extent_of(event) };
            if let Ok(place) = slot.bursts.binary_search(&number)
                && slot.extents.extent(small(place)).is_some_and(|known| known.with(extent) != known)
            {
                slot.extents.widen(small(place), extent);
                self.extents.widen(at, extent);
                self.idle.busy(extent.from, extent.to);
            }
        }
    }

    fn moment(&mut self, at: u64) {
        let place = match self.moments.last() {
            Some(&last) if last > at => self.moments.partition_point(|&moment| moment < at),
            Some(_) | None => self.moments.len(),
        };
        if self.moments.get(place).or(self.moments.last()) != Some(&at) {
            self.moments.insert(place, at);
        }
    }
}

enum Next<'a> {
    Event(u32, &'a WireEvent),
    Note(u32, u64),
    End(u64),
}

impl Slot {
    fn new(position: usize, number: u32) -> Self {
        let speaker = |side| Speaker { framing: Framing::new(side), open: None };
        let voice = || Voice { client: speaker(Side::Client), server: speaker(Side::Server) };
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
            sealed: false,
            voices: [voice(), voice()],
            asked: Asked::new(),
        }
    }

    /// The flow itself.
    pub(super) fn flow<'a>(&self, ledger: &'a Ledger) -> Option<&'a Flow> {
        ledger.flows().get(self.position)
    }

    /// Has TLS sealed anything in it?
    pub(super) fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// Octets up to `at`, both ways.
    pub(super) fn sums_at(&self, flow: &Flow, at: Duration) -> Sums {
        let events = flow.events.get(..self.taken as usize).unwrap_or_default();
        let seen = events.partition_point(|event| event.at <= at);
        let known = seen / STRIDE;
        let mut sums = known.checked_sub(1).and_then(|last| self.sums.get(last)).copied().unwrap_or_default();
        events.get(known * STRIDE..seen).unwrap_or_default().iter().for_each(|event| sums.add(event));
        sums
    }

    /// What comes next in this flow and when.
    fn next<'a>(&self, flow: &'a Flow) -> Option<(u64, Next<'a>)> {
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

    fn sum(&mut self, event: &WireEvent) {
        self.running.add(event);
        if (self.taken as usize).is_multiple_of(STRIDE) {
            self.sums.push(self.running);
        }
    }

    fn step(&mut self, index: u32, event: &WireEvent, step: Step) {
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

impl Message {
    fn of(slot: u32, what: What, index: u32, event: &WireEvent) -> Self {
        let (from, layer) = (event.from, event.layer);
        Self { from, layer, last: index, ..Self::bare(slot, what, index, nanos(event.at)) }
    }

    fn bare(slot: u32, what: What, index: u32, at: u64) -> Self {
        Self {
            slot,
            what,
            from: Side::Client,
            layer: Layer::Transport,
            first: index,
            last: index,
            skip: 0,
            at,
            octets: 0,
            head: 0,
            lines: 0,
        }
    }

    /// Its events that carry octets, with the part of each that is its own: the octets and how many were omitted.
    pub(super) fn pieces<'a>(&self, flow: &'a Flow) -> impl Iterator<Item = (EventIndex, &'a WireEvent, &'a Octets)> {
        let Self { from, layer, first, last, .. } = *self;
        let events = flow.events.get(first as usize..=last as usize).unwrap_or_default();
        (first..).zip(events).filter_map(move |(index, event)| match &event.content {
            Content::Octets(octets) if event.from == from && event.layer == layer => {
                Some((EventIndex(index), event, octets))
            }
            Content::Octets(_) | Content::Step(_) => None,
        })
    }
}

/// From when an event's first octet leaves until its last one arrives, as far as is known.
pub(super) fn extent_of(event: &WireEvent) -> Extent {
    let at = nanos(event.at);
    let (from, to) = event.transit.map_or((at, at), |way| (nanos(way.first_out), nanos(way.last_in)));
    Extent { from: from.min(at), to: to.max(at), weight: 1 }
}

/// A gap on the line longer than this, in nanoseconds, ends a burst: an eighth of the way to the other end.
fn pause(event: &WireEvent) -> u64 {
    let sending = event.transit.map_or(0, |way| nanos(way.last_out.saturating_sub(way.first_out)));
    let way = event.transit.map_or(0, |way| nanos(way.first_in.saturating_sub(way.first_out)));
    sending + (way / 8).max(LEAST_PAUSE)
}

/// Nanoseconds since the run began; a record ends after 584 years.
pub(super) fn nanos(at: Duration) -> u64 {
    u64::try_from(at.as_nanos()).unwrap_or(u64::MAX)
}

/// Positions are kept in 32 bits: records are capped far below.
pub(super) fn small(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// So long after its end a flow is looked at for stragglers.
const GRACE: Duration = Duration::from_secs(5);
/// Sums are kept at every so many events of a flow.
const STRIDE: usize = 64;
/// Steps kept of one connection; it needs six.
const MAX_STEPS: usize = 16;
/// How many bursts back the one a message belongs to is looked for.
const NEAR: usize = 64;
/// How many bursts are looked at again when the record has grown.
const RECENT: usize = 1024;
/// The shortest pause, in nanoseconds, that ends a burst.
const LEAST_PAUSE: u64 = 1_000_000;
