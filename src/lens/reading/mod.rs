//! One reading of a flow, from which every view takes what it shows: messages, the lines of the conversation, exchanges, the words of arrows
//! and the fields of a message. Events are taken one at a time, as they come, and each octet is read once.
//!
//! A flow is read in *sections*, one for each protocol that is spoken in it: a tunnel, an upgrade or the beginning of TLS begins another one.
//! A section's first octets are held against the claims of the protocols in [`super::protocols`]. Until one of them is told, they are read as
//! nothing but octets, and after that once more.

mod line;
mod messages;
mod runs;
mod section;
#[cfg(test)]
mod tests;

use std::{ops::Range, time::Duration};

pub use self::{
    line::ConversationLine,
    messages::FlowMessage,
    runs::{EventRuns, MessageRun, NO_EXCHANGE, Revision},
};
use self::{
    runs::{OpenMessage, PieceOrigin},
    section::{FlowSection, events_of},
};
use super::{
    ExchangeView, FieldNode, OctetStream, Track,
    passages::{PassageOrigin, Passages, SectionNumber},
    plain::PLAIN,
    protocol::{Finding, FlowPiece, LadderArrow, MessageSource, Protocol, ReaderFindings, SectionEvent, UNREAD, Words},
    streams::{StreamIndex, octets_of},
    tls,
};
use crate::wire::{ConnectionStep, EventContent, EventIndex, Flow, FlowState, Layer, Side, WireEvent};

/// A flow, as far as it has been read. Holds no octets: what it is asked for it gets from the flow, which is always the same one.
#[derive(Debug, Default)]
pub struct FlowReading {
    streams: StreamIndex,
    sections: Vec<FlowSection>,
    /// Which section what the application says belongs to.
    current: Option<SectionNumber>,
    sealed: Option<SectionNumber>,
    /// The messages that the four streams are in.
    open: [Option<OpenMessage>; 4],
    passages: Passages,
    last: Option<Fingerprint>,
    is_finished: bool,
}

/// Tells one event of a flow from another: late events take their place in time among those that were read already.
type Fingerprint = (Duration, Side, Layer, u64, usize);

impl FlowReading {
    /// The whole of a flow.
    pub fn of(flow: &Flow) -> Self {
        let mut reading = Self::default();
        reading.follow(flow);
        reading
    }

    /// Reads what `flow` has got since the last call, and everything once more where late events stand among those that were read.
    pub fn follow(&mut self, flow: &Flow) {
        if self.is_behind(flow) {
            *self = Self::default();
        }
        let mut runs = EventRuns::default();
        while self.take(flow, &mut runs) {}
        if flow.state != FlowState::Live {
            self.finish(flow, &mut runs);
        }
    }

    /// Does something stand among the events that were read that was not there when they were?
    pub fn is_behind(&self, flow: &Flow) -> bool {
        let last = self.taken().checked_sub(1).and_then(|last| flow.events.get(last));
        last.map(fingerprint) != self.last
    }

    /// Of a flow that speaks `protocol` from its first octet, whatever others claim.
    #[cfg(test)]
    fn speaking(protocol: &'static dyn Protocol) -> Self {
        let section = FlowSection::undecided([0; 2], 0, 0).after_turn(Some(protocol), false);
        let mut reading = Self::default();
        reading.current = Some(reading.add(section));
        reading
    }

    /// How many events have been read.
    pub fn taken(&self) -> usize {
        self.streams.taken()
    }

    /// Reads the flow's next event, and says in `runs` which messages its octets belong to. Returns false where there is none.
    pub fn take(&mut self, flow: &Flow, runs: &mut EventRuns) -> bool {
        runs.clear();
        let number = self.taken();
        let Some(event) = flow.events.get(number) else { return false };
        self.last = Some(fingerprint(event));
        self.streams.take(event);
        match octets_of(event).map(|(track, _)| track) {
            Some(Track::Sealed) => self.sealed(flow, number, runs),
            Some(Track::Application) | None => self.application(flow, number, runs),
        }
        true
    }

    /// The flow has ended: nothing more will come, or hardly anything. What this tells of earlier events stands in `runs`.
    pub fn finish(&mut self, flow: &Flow, runs: &mut EventRuns) {
        runs.clear();
        if !std::mem::replace(&mut self.is_finished, true) {
            self.decide(flow, self.taken(), true, runs);
            self.end_both(flow, self.taken().saturating_sub(1), runs);
        }
    }

    /// What is spoken in a section, as far as has been told.
    pub fn protocol(&self, section: SectionNumber) -> &'static dyn Protocol {
        self.section(section).map_or(PLAIN, |section| section.protocol)
    }

    /// What is spoken in the flow, one protocol after the other; not what sealed octets are read as.
    pub fn protocols(&self) -> impl Iterator<Item = &'static dyn Protocol> {
        let own = self.sections.iter().filter(|section| section.track == Track::Application && !section.is_empty());
        own.map(|section| section.protocol)
    }

    /// One side's octets of a track, in the flow that was read.
    pub fn stream<'a>(&'a self, flow: &'a Flow, track: Track, side: Side) -> OctetStream<'a> {
        self.streams.stream(flow, track, side)
    }

    /// How many octets of a stream the flow's first `events` events carried, left out ones included.
    pub fn length_until(&self, flow: &Flow, events: usize, track: Track, side: Side) -> u64 {
        self.streams.length_until(flow, events, track, side)
    }

    /// How many octets of a stream have been read.
    pub fn length(&self, track: Track, side: Side) -> u64 {
        self.streams.length(track, side)
    }

    /// What a message is called: `Request`.
    pub fn noun(&self, section: SectionNumber, side: Side, kind: u8) -> &'static str {
        self.section(section).map_or("Octets", |section| section.reader.noun(side, kind))
    }

    /// A message as a tree. Where it begins, [`MessageSource::at`], counts from the beginning of its stream.
    pub fn fields(&self, section: SectionNumber, message: &MessageSource<'_>) -> Vec<FieldNode> {
        let Some(section) = self.section(section).filter(|_| message.kind != UNREAD) else { return Vec::new() };
        let at = message.at.saturating_sub(section.begins(message.side));
        section.reader.fields(&MessageSource { at, ..*message })
    }

    /// What an arrow of the ladder says.
    pub fn words(&self, section: SectionNumber, arrow: &LadderArrow<'_>) -> Option<Words> {
        self.section(section)?.reader.words(arrow)
    }

    /// The HTTP exchanges of the flow, in the order in which they were asked for, found in its octets.
    pub fn exchanges(&self, flow: &Flow) -> Vec<ExchangeView> {
        let mut found = Vec::new();
        let own = |(_, section): &(usize, &FlowSection)| section.track == Track::Application;
        let mut sections = self.sections.iter().enumerate().filter(own).peekable();
        while let Some((_, section)) = sections.next() {
            let next = sections.peek().map(|(_, next)| *next);
            let ends = next.map_or([u64::MAX; 2], |next| next.begins);
            let last = next.map_or(self.taken(), |next| next.event + 1);
            let events =
                (section.event..last).flat_map(|event| events_of(flow, &self.streams, event, (section.begins, ends)));
            let over = next.is_some() || self.is_finished;
            let ends = [Side::Client, Side::Server].into_iter().filter(|_| over).map(SectionEvent::End);
            let mut exchanges = section.reader.exchanges(&mut events.chain(ends));
            let streams = [Side::Client, Side::Server].map(|side| self.stream(flow, Track::Application, side));
            for exchange in &mut exchanges {
                exchange.locate(section.begins, streams);
            }
            found.append(&mut exchanges);
        }
        found
    }

    fn section(&self, number: SectionNumber) -> Option<&FlowSection> {
        self.sections.get(usize::from(number))
    }

    /// Reads octets as TLS sealed them.
    fn sealed(&mut self, flow: &Flow, number: usize, runs: &mut EventRuns) {
        let section = self.sealed.unwrap_or_else(|| self.add(FlowSection::sealed(tls::TLS, number)));
        self.sealed = Some(section);
        let Some(event) = flow.events.get(number) else { return };
        let Some((_, octets)) = octets_of(event) else { return };
        let at = self.streams.length(Track::Sealed, event.from) - octets.wire_len();
        let piece = FlowPiece { side: event.from, at, bytes: &octets.bytes, omitted: octets.omitted };
        let Some(own) = self.sections.get_mut(usize::from(section)) else { return };
        own.speaks(event.from);
        runs.findings.clear();
        own.reader.read(piece, &mut runs.findings);
        let origin = PieceOrigin { section, side: event.from, track: Track::Sealed, base: 0, range: piece.range() };
        self.cut(&origin, runs);
    }

    /// Reads what the application said, or a step.
    fn application(&mut self, flow: &Flow, number: usize, runs: &mut EventRuns) {
        let Some(event) = flow.events.get(number) else { return };
        match (event.layer, &event.content) {
            (Layer::Plain, _) | (_, EventContent::Step(ConnectionStep::TlsEstablished)) => {
                self.go_on(flow, number, true, runs);
            }
            (Layer::Stream, EventContent::Octets(_)) => self.go_on(flow, number, false, runs),
            _ => {}
        }
        self.read(flow, number, runs);
        self.step(flow, number, runs);
    }

    /// Reads an event's octets, as far as they belong to the current section, and what comes after them anew.
    fn read(&mut self, flow: &Flow, number: usize, runs: &mut EventRuns) {
        let Some(event) = flow.events.get(number) else { return };
        let side = event.from;
        loop {
            if octets_of(event).is_none_or(|(track, octets)| track == Track::Sealed || octets.wire_len() == 0) {
                return;
            }
            let current = self.current(number);
            let Some(section) = self.sections.get_mut(usize::from(current)) else { return };
            section.speaks(side);
            self.decide(flow, number, false, runs);
            // Deciding may have read the beginning of the section once more, and another section may have begun in it.
            let current = self.current(number);
            let Some(section) = self.sections.get_mut(usize::from(current)) else { return };
            let own = (section.begins, [u64::MAX; 2]);
            let piece = events_of(flow, &self.streams, number, own).find_map(|event| match event {
                SectionEvent::Octets(piece) => Some(piece),
                SectionEvent::End(_) => None,
            });
            let Some(piece) = piece else { return };
            runs.findings.clear();
            section.reader.read(piece, &mut runs.findings);
            let (begins, at_most) = (section.begins, piece.range().end);
            let switch = runs.findings.switch.take().filter(|_| self.sections.len() < MAX_SECTIONS);
            let end = switch.as_ref().map_or(at_most, |switch| switch.at.clamp(piece.at, at_most));
            let base = begins.get(side as usize).copied().unwrap_or_default();
            let origin = PieceOrigin { section: current, side, track: Track::Application, base, range: piece.at..end };
            self.take_lines(&origin, flow, number, &runs.findings);
            self.cut(&origin, runs);
            let Some(switch) = switch else { return };
            let mut ends = self.lengths_until(flow, number);
            if let Some(own) = ends.get_mut(side as usize) {
                *own = base + end;
            }
            self.end_both(flow, number, runs);
            let mut next = FlowSection::undecided(ends, number, self.passages.len());
            if let Some(before) = self.section(current) {
                next = next.after_switch(before, switch);
            }
            self.current = Some(self.add(next));
            self.forget_open();
            if end >= at_most {
                return;
            }
        }
    }

    fn cut(&mut self, origin: &PieceOrigin, runs: &mut EventRuns) {
        if let Some(open) = self.open.get_mut(2 * origin.track as usize + origin.side as usize) {
            runs.cut(origin, open);
        }
    }

    /// How much each side's application had said before event `number`.
    fn lengths_until(&self, flow: &Flow, number: usize) -> [u64; 2] {
        [Side::Client, Side::Server].map(|side| self.streams.length_until(flow, number, Track::Application, side))
    }

    /// The section that is being read; a first one where there is none.
    fn current(&mut self, number: usize) -> SectionNumber {
        let passages = self.passages.len();
        let current = self.current.unwrap_or_else(|| self.add(FlowSection::undecided([0; 2], number, passages)));
        self.current = Some(current);
        current
    }

    fn add(&mut self, section: FlowSection) -> SectionNumber {
        self.sections.push(section);
        SectionNumber::try_from(self.sections.len() - 1).unwrap_or(SectionNumber::MAX)
    }

    /// Tells what is spoken in the current section, if it can be told now that the flow has come as far as event `number`, and reads once
    /// more what came before that event.
    fn decide(&mut self, flow: &Flow, number: usize, is_final: bool, runs: &mut EventRuns) {
        let Some(current) = self.current else { return };
        let Self { streams, sections, .. } = self;
        let Some(section) = sections.get_mut(usize::from(current)).filter(|section| !section.is_decided) else {
            return;
        };
        if !section.decide(flow, streams, is_final) {
            return;
        }
        let (first, passages) = (section.event, section.passages);
        section.ended = [false; 2];
        self.passages.truncate(passages);
        self.forget_open();
        let list = std::mem::take(&mut runs.list);
        for earlier in first..number {
            self.read(flow, earlier, runs);
            self.step(flow, earlier, runs);
            let event = EventIndex(small(earlier));
            let own = runs.list.iter().find(|run| run.section == current);
            let revision =
                |run: &MessageRun| Revision { event, section: current, kind: run.kind, exchange: run.exchange };
            runs.revised.extend(own.map(revision));
            runs.list.clear();
        }
        runs.list = list;
    }

    /// From here on what is said is above TLS, or in the clear: where that is another state than before, what was spoken goes on in a section
    /// of its own.
    fn go_on(&mut self, flow: &Flow, number: usize, above_tls: bool, runs: &mut EventRuns) {
        let current = self.current(number);
        let Some(section) = self.sections.get(usize::from(current)) else { return };
        if section.is_above_tls() == above_tls {
            return;
        }
        if !section.is_empty() {
            self.decide(flow, number, true, runs);
        }
        let (current, passages) = (self.current(number), self.passages.len());
        let Some(section) = self.sections.get_mut(usize::from(current)) else { return };
        if section.is_empty() {
            section.begin_anew(number, passages, above_tls);
            return;
        }
        let before = Some(section.protocol).filter(|protocol| protocol.name() != PLAIN.name());
        self.end_both(flow, number, runs);
        if self.sections.len() < MAX_SECTIONS {
            let begins = self.lengths_until(flow, number);
            let next = FlowSection::undecided(begins, number, self.passages.len()).after_turn(before, above_tls);
            self.current = Some(self.add(next));
        }
        self.forget_open();
    }

    /// A step of the connection is a line, and may end what a side says.
    fn step(&mut self, flow: &Flow, number: usize, runs: &mut EventRuns) {
        let Some(event) = flow.events.get(number) else { return };
        let EventContent::Step(step) = event.content else { return };
        match step {
            ConnectionStep::Fin => self.end(flow, event.from, number, runs),
            ConnectionStep::Rst => self.end_both(flow, number, runs),
            ConnectionStep::TlsEstablished => {}
            ConnectionStep::Syn
            | ConnectionStep::SynAck
            | ConnectionStep::Ack
            | ConnectionStep::Lost
            | ConnectionStep::Retransmit => return,
        }
        let section = self.current(number);
        self.passages.step(PassageOrigin { side: event.from, section, kind: UNREAD, event: small(number) });
    }

    fn end_both(&mut self, flow: &Flow, number: usize, runs: &mut EventRuns) {
        for side in [Side::Client, Side::Server] {
            self.end(flow, side, number, runs);
        }
    }

    /// `side` says nothing more in the current section.
    fn end(&mut self, flow: &Flow, side: Side, number: usize, runs: &mut EventRuns) {
        let Some(current) = self.current else { return };
        let Some(section) = self.sections.get_mut(usize::from(current)) else { return };
        let ended = section.ended.get_mut(side as usize).is_none_or(|ended| std::mem::replace(ended, true));
        if ended {
            return;
        }
        runs.findings.clear();
        section.reader.end(side, &mut runs.findings);
        let base = section.begins(side);
        let source = PieceOrigin { section: current, side, track: Track::Application, base, range: u64::MAX..u64::MAX };
        self.take_lines(&source, flow, number, &runs.findings);
    }

    /// Adds the lines that a reader found in event `number` to the conversation.
    fn take_lines(&mut self, source: &PieceOrigin, flow: &Flow, number: usize, findings: &ReaderFindings) {
        let &PieceOrigin { section, side, base, ref range, .. } = source;
        for finding in &findings.list {
            let from = match finding {
                Finding::Line { range, .. } | Finding::Block { range, .. } => range.start,
                Finding::Wrong(_) => range.start,
                Finding::Begin { .. } => {
                    self.passages.begin(side);
                    continue;
                }
                Finding::Kind(_) | Finding::Exchange(_) | Finding::End { .. } => continue,
            };
            let event = if from >= range.start {
                number
            } else {
                self.stream(flow, Track::Application, side).event_at(base.saturating_add(from)).unwrap_or(number)
            };
            // What stands behind a switch is the next section's.
            if from < range.end || range.is_empty() {
                self.take_line(
                    PassageOrigin { side, section, kind: UNREAD, event: small(event) },
                    base,
                    finding.clone(),
                );
            }
        }
    }

    fn take_line(&mut self, place: PassageOrigin, base: u64, finding: Finding) {
        let moved = |range: Range<u64>| range.start.saturating_add(base)..range.end.saturating_add(base);
        match finding {
            Finding::Line { range, kind, joins, wrong } => {
                self.passages.text(PassageOrigin { kind, ..place }, &moved(range), joins, wrong);
            }
            Finding::Block { range, kind, joins, wrong } => {
                self.passages.block(PassageOrigin { kind, ..place }, &moved(range), joins, wrong);
            }
            Finding::Wrong(wrong) => self.passages.wrong(place.side, wrong),
            Finding::Begin { .. } | Finding::Kind(_) | Finding::Exchange(_) | Finding::End { .. } => {}
        }
    }

    /// The messages of the section before do not go on.
    fn forget_open(&mut self) {
        let [client, server, ..] = &mut self.open;
        (*client, *server) = (None, None);
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn fingerprint(event: &WireEvent) -> Fingerprint {
    let (length, place) = match &event.content {
        EventContent::Octets(octets) => (octets.wire_len(), octets.bytes.as_ptr().addr()),
        EventContent::Step(_) => (0, 0),
    };
    (event.at, event.from, event.layer, length, place)
}

/// Protocols spoken in one flow that are told apart; what comes after the last one is read as the last one's.
const MAX_SECTIONS: usize = 64;
