//! One flow of the subject: how far it has been taken in, its reading, and what it came to by then.

use std::time::Duration;

use super::{super::extents::Extents, nanos};
use crate::{
    lens::{FlowReading, Revision, Track},
    wire::{ConnectionStep, EventIndex, Flow, FlowState, Layer, Ledger, Side, WireEvent},
};

/// One flow of the subject.
#[derive(Debug)]
pub(in crate::app::parts) struct FlowSlot {
    /// Its place in [`Ledger::flows`].
    pub position: usize,
    /// Its number among the subject's connections, from 1; 0 when it is none.
    pub number: u32,
    /// Its bursts, in order.
    pub bursts: Vec<u32>,
    /// Steps of the connection that say how it stands, in order.
    pub steps: Vec<Milestone>,
    /// What the flow's octets say.
    pub reading: FlowReading,
    pub(super) extents: Extents,
    pub(super) last_event: Option<Duration>,
    pub(super) last_note: Option<Duration>,
    pub(super) ended: bool,
    pub(super) queued: bool,
    /// Its rows in the conversation, as they were counted last.
    pub(super) rows: u64,
    /// Where its notes stand in the conversation, in order.
    notes: Vec<NotePlace>,
    /// The messages that its four streams are in.
    open: [Option<u32>; 4],
}

/// Where a note stands among what a flow says.
#[derive(Clone, Copy, Debug)]
struct NotePlace {
    /// Behind so many events.
    events: u32,
    /// Behind so many lines.
    lines: u32,
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
    pub step: ConnectionStep,
}

/// A row of a connection in the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app::parts) enum RowItem {
    /// The connection itself.
    Head,
    /// A line, by its number.
    Line(usize),
    /// A note, by its number.
    Note(usize),
    /// How it ended.
    End,
}

/// Octets of one flow up to one of its events, as the application said them, and sealed by TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::app::parts) struct OctetSums {
    /// By the client.
    pub sent: u64,
    /// By the server.
    pub received: u64,
    /// Below TLS, both ways.
    pub sealed: u64,
}

/// What comes next in a flow.
#[derive(Clone, Copy)]
pub(super) enum NextItem<'a> {
    Event(u32, &'a WireEvent),
    Note(u32, u64),
    End(u64),
}

impl FlowSlot {
    pub(super) fn new(position: usize, number: u32) -> Self {
        Self {
            position,
            number,
            bursts: Vec::new(),
            steps: Vec::new(),
            reading: FlowReading::default(),
            extents: Extents::default(),
            last_event: None,
            last_note: None,
            ended: false,
            queued: false,
            rows: 0,
            notes: Vec::new(),
            open: [None; 4],
        }
    }

    /// The message that `from` is saying in `layer`.
    pub(super) fn open(&mut self, layer: Layer, from: Side) -> Option<&mut Option<u32>> {
        let track = if layer == Layer::Tls { Track::Sealed } else { Track::Application };
        self.open.get_mut(2 * track as usize + from as usize)
    }

    /// The flow itself.
    pub(in crate::app::parts) fn flow<'a>(&self, ledger: &'a Ledger) -> Option<&'a Flow> {
        ledger.flows().get(self.position)
    }

    /// Has TLS sealed anything in it?
    pub(in crate::app::parts) fn is_sealed(&self) -> bool {
        [Side::Client, Side::Server].into_iter().any(|side| self.reading.length(Track::Sealed, side) > 0)
    }

    /// How many of its events have been taken in.
    pub(in crate::app::parts) fn taken(&self) -> usize {
        self.reading.taken()
    }

    /// How many of its notes have been taken in.
    pub(super) fn noted(&self) -> usize {
        self.notes.len()
    }

    /// Octets up to `at`, both ways.
    pub(in crate::app::parts) fn sums_at(&self, flow: &Flow, at: Duration) -> OctetSums {
        let events = flow.events.get(..self.taken()).unwrap_or_default();
        let seen = events.partition_point(|event| event.at <= at);
        let octets = |track, side| self.reading.length_until(flow, seen, track, side);
        OctetSums {
            sent: octets(Track::Application, Side::Client),
            received: octets(Track::Application, Side::Server),
            sealed: octets(Track::Sealed, Side::Client) + octets(Track::Sealed, Side::Server),
        }
    }

    /// What comes next in this flow and when.
    pub(super) fn next<'a>(&self, flow: &'a Flow) -> Option<(u64, NextItem<'a>)> {
        let (taken, noted) = (super::small(self.taken()), super::small(self.noted()));
        let event = flow.events.get(self.taken()).map(|event| (nanos(event.at), NextItem::Event(taken, event)));
        let note = flow.notes.get(self.noted()).map(|note| nanos(note.at));
        match (event, note) {
            (Some((at, _)), Some(when)) if when < at => Some((when, NextItem::Note(noted, when))),
            (Some(event), _) => Some(event),
            (None, Some(when)) => Some((when, NextItem::Note(noted, when))),
            (None, None) if self.ended => None,
            (None, None) => flow.ended_at.map(nanos).map(|at| (at, NextItem::End(at))),
        }
    }

    pub(super) fn step(&mut self, index: u32, event: &WireEvent, step: ConnectionStep) {
        let says_how_it_stands = match step {
            ConnectionStep::Syn
            | ConnectionStep::SynAck
            | ConnectionStep::Ack
            | ConnectionStep::Fin
            | ConnectionStep::Rst
            | ConnectionStep::TlsEstablished => true,
            ConnectionStep::Lost | ConnectionStep::Retransmit => false,
        };
        if says_how_it_stands && self.steps.len() < MAX_STEPS {
            self.steps.push(Milestone { at: nanos(event.at), event: index, from: event.from, step });
        }
    }

    /// A note is made: it stands behind all lines so far.
    pub(super) fn note(&mut self, at: Duration) {
        self.last_note = Some(at);
        let place =
            NotePlace { events: super::small(self.reading.taken()), lines: super::small(self.reading.line_count()) };
        self.notes.push(place);
    }

    /// Earlier lines have become others: notes stand among them by what was said before.
    pub(super) fn revise(&mut self, revised: &[Revision]) {
        let Some(first) = revised.first() else { return };
        let mut least = 0;
        for note in &mut self.notes {
            if note.events > first.event.0 {
                note.lines = super::small(self.reading.lines_before(EventIndex(note.events)));
            }
            note.lines = note.lines.max(least);
            least = note.lines;
        }
    }

    /// How many rows it has in the conversation: itself, lines, notes, and how it ended where that is to be told.
    pub(super) fn row_count(&self, flow: &Flow) -> u64 {
        (1 + self.reading.line_count() + self.notes.len()) as u64 + u64::from(self.tells_its_end(flow))
    }

    /// What stands in one of its rows.
    pub(in crate::app::parts) fn row_item(&self, flow: &Flow, row: usize) -> Option<RowItem> {
        let Some(row) = row.checked_sub(1) else { return Some(RowItem::Head) };
        // Note n stands at row `lines + n`, so notes stand at growing rows.
        let earlier = self.notes_before(row);
        if self.notes.get(earlier).is_some_and(|note| note.lines as usize + earlier == row) {
            return Some(RowItem::Note(earlier));
        }
        let (line, lines) = (row - earlier, self.reading.line_count());
        if line < lines {
            return Some(RowItem::Line(line));
        }
        (self.tells_its_end(flow) && row == lines + self.notes.len()).then_some(RowItem::End)
    }

    /// In which of its rows a line stands.
    pub(in crate::app::parts) fn row_of_line(&self, line: usize) -> usize {
        1 + line + self.notes.partition_point(|note| note.lines as usize <= line)
    }

    /// How many notes stand in rows before `row`, its own row not counted.
    fn notes_before(&self, row: usize) -> usize {
        let (mut low, mut high) = (0, self.notes.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let stands_before = self.notes.get(middle).is_some_and(|note| (note.lines as usize + middle) < row);
            if stands_before { low = middle + 1 } else { high = middle }
        }
        low
    }

    fn tells_its_end(&self, flow: &Flow) -> bool {
        self.ended && matches!(flow.state, FlowState::Failed(_) | FlowState::Stopped)
    }
}

/// Steps kept of one connection; it needs six.
const MAX_STEPS: usize = 16;
