//! Which messages an event's octets belong to.

use std::ops::Range;

use crate::{
    lens::{
        SectionNumber, Track,
        protocol::{Finding, ReaderFindings, UNREAD},
    },
    wire::{EventIndex, Side},
};

/// Octets of an event that belong to one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageRun {
    /// How many, left out ones included; at least one.
    pub octets: u64,
    /// Whether the message begins with them.
    pub begins: bool,
    /// Which of the flow's sections the message is in.
    pub section: SectionNumber,
    /// The reader's own number for what the message is, as far as can be told; [`UNREAD`] where it has no fields.
    pub kind: u8,
    /// Messages of a section that answer each other have the same number, counted from 0; [`NO_EXCHANGE`] where none is known.
    pub exchange: u32,
}

/// The exchange of a message that neither answers nor is answered.
pub const NO_EXCHANGE: u32 = u32::MAX;

/// What an event's octets consist of, and room to find it out.
#[derive(Debug, Default)]
pub struct EventRuns {
    pub(super) list: Vec<MessageRun>,
    pub(super) revised: Vec<Revision>,
    pub(super) findings: ReaderFindings,
}

/// What the message in an earlier event is, now that it has been told which protocol is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The event.
    pub event: EventIndex,
    /// As [`MessageRun::section`]: an event may carry the end of one section and the beginning of the next.
    pub section: SectionNumber,
    /// As [`MessageRun::kind`].
    pub kind: u8,
    /// As [`MessageRun::exchange`].
    pub exchange: u32,
}

impl EventRuns {
    /// The event's octets by the messages they belong to, in order; nothing left out.
    pub fn list(&self) -> &[MessageRun] {
        &self.list
    }

    /// What is known better by now of earlier events of the same flow; to be taken in before [`Self::list`].
    pub fn revised(&self) -> &[Revision] {
        &self.revised
    }

    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.revised.clear();
    }

    /// Cuts a piece's octets into runs, by the messages that its reader found in it; `open` is the one that its side is in.
    pub(super) fn cut(&mut self, origin: &PieceOrigin, open: &mut Option<OpenMessage>) {
        let &PieceOrigin { section, ref range, .. } = origin;
        let mut cut = RunBuilder { at: range.start, section, open: *open, runs: &mut self.list };
        for finding in &self.findings.list {
            match *finding {
                Finding::Begin { at, kind, exchange } => {
                    cut.reach(at.min(range.end));
                    cut.open = Some(OpenMessage { kind, exchange: exchange.unwrap_or(NO_EXCHANGE), is_new: true });
                }
                Finding::End { at } => {
                    cut.reach(at.min(range.end));
                    cut.open = None;
                }
                Finding::Kind(kind) => cut.open.iter_mut().for_each(|open| open.kind = kind),
                Finding::Exchange(exchange) => cut.open.iter_mut().for_each(|open| open.exchange = exchange),
                Finding::Line { .. } | Finding::Block { .. } | Finding::Wrong(_) => {}
            }
        }
        cut.reach(range.end);
        *open = cut.open;
    }
}

/// A message that may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OpenMessage {
    kind: u8,
    exchange: u32,
    /// No octet of it has been counted yet.
    is_new: bool,
}

/// Where a reader's findings come from.
#[derive(Clone, Debug)]
pub(super) struct PieceOrigin {
    pub(super) section: SectionNumber,
    pub(super) side: Side,
    pub(super) track: Track,
    /// Where the section begins in the side's stream.
    pub(super) base: u64,
    /// What of the piece is this section's own.
    pub(super) range: Range<u64>,
}

/// An event's octets, being cut.
struct RunBuilder<'a> {
    at: u64,
    section: SectionNumber,
    open: Option<OpenMessage>,
    runs: &'a mut Vec<MessageRun>,
}

impl RunBuilder<'_> {
    /// Everything up to `offset` belongs to the open message; to one of its own where none is open.
    fn reach(&mut self, offset: u64) {
        let octets = offset.saturating_sub(self.at);
        if octets == 0 {
            return;
        }
        self.at = offset;
        let open = self.open.get_or_insert(OpenMessage { kind: UNREAD, exchange: NO_EXCHANGE, is_new: true });
        let begins = std::mem::take(&mut open.is_new);
        let OpenMessage { kind, exchange, .. } = *open;
        match self.runs.last_mut().filter(|_| !begins) {
            Some(last) if last.section == self.section => {
                last.octets += octets;
                (last.kind, last.exchange) = (kind, exchange);
            }
            Some(_) | None => self.runs.push(MessageRun { octets, begins, section: self.section, kind, exchange }),
        }
    }
}
