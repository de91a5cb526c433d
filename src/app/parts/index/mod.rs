//! What the parts know about a record beforehand, so that no frame goes over all its events: moments in order, messages
//! and bursts, sums along each flow, stretches of idle time.
//!
//! [`RecordIndex::sync`] reads at most a given number of new events a call, in order of time across flows, so a record of a million
//! events is taken in over many frames while the window stays alive, and a live run is followed the same way. What is not
//! here is read from the ledger when it is drawn.

mod intake;
mod message;
mod rows;
mod slot;

use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

use self::rows::RowSums;
pub(super) use self::{
    message::{Burst, Message, MessageContent},
    slot::{FlowSlot, Milestone, OctetSums, RowItem},
};
use super::{
    Scene,
    extents::{Extent, Extents, VisitChoice, VisitItem},
    idle::Idle,
};
use crate::{
    app::subject::Subject,
    lens::{EventRuns, NO_EXCHANGE},
    wire::{EventIndex, FlowId, Ledger, Side, WireEvent},
};

/// The index of one subject: a record, or one flow of it and what serves that flow.
#[derive(Debug, Default)]
pub struct RecordIndex {
    of: Option<Subject>,
    revision: u64,
    flows_seen: usize,
    member: Vec<bool>,
    slots: Vec<FlowSlot>,
    connections: Vec<u32>,
    unfinished: Vec<u32>,
    ahead: BinaryHeap<Reverse<(u64, u32)>>,
    moments: Vec<u64>,
    messages: Vec<Message>,
    bursts: Vec<Burst>,
    /// Room for the runs of one event.
    runs: EventRuns,
    /// The conversation's rows, by connection.
    rows: RowSums,
    extents: Extents,
    idle: Idle,
    /// When what begins of which nothing is recorded, and the words for it.
    unrecorded: Vec<(u64, String)>,
    taken: usize,
    generation: u64,
    epoch: u64,
}

impl RecordIndex {
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

    /// What happened from `from` on and before `to` of which nothing is recorded, in words.
    pub(super) fn unrecorded(&self, (from, to): (u64, u64)) -> Option<String> {
        let within = self.unrecorded.iter().filter(|(at, _)| (from..to).contains(at));
        let words: Vec<&str> = within.map(|(_, words)| words.as_str()).collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    pub(super) fn slots(&self) -> &[FlowSlot] {
        &self.slots
    }

    pub(super) fn slot(&self, slot: u32) -> Option<&FlowSlot> {
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

    /// The request that a response answers.
    pub(super) fn request_of(&self, response: u32) -> Option<&Message> {
        let answer = self.message(response).filter(|message| message.from == Side::Server)?;
        let (section, _) = answer.section();
        let before = self.messages.get(..response as usize).filter(|_| answer.exchange != NO_EXCHANGE)?.iter().rev();
        before.take(FAR).find(|message| {
            (message.slot, message.from, message.exchange) == (answer.slot, Side::Client, answer.exchange)
                && matches!(message.content, MessageContent::Octets(own, _) if own == section)
        })
    }

    /// How many rows the conversations of all connections have, one after the other.
    pub(super) fn rows(&self) -> usize {
        usize::try_from(self.rows.total()).unwrap_or(usize::MAX)
    }

    /// Which connection's row a row of all is, by its slot, and which of its own.
    pub(super) fn row(&self, row: usize) -> Option<(u32, usize)> {
        let (connection, own) = self.rows.find(row as u64)?;
        Some((*self.connections.get(connection)?, usize::try_from(own).ok()?))
    }

    /// The first row of a connection.
    pub(super) fn first_row(&self, slot: u32) -> Option<usize> {
        let connection = (self.slot(slot)?.number as usize).checked_sub(1)?;
        usize::try_from(self.rows.before(connection)).ok()
    }

    /// Walks over what there is to draw, in order of connections.
    pub(super) fn visit(&self, sight: &dyn Fn(Extent) -> VisitChoice, found: &mut dyn FnMut(VisitItem)) {
        self.extents.visit(sight, &mut |some| match some {
            VisitItem::Many(extent) => found(VisitItem::Many(extent)),
            VisitItem::One(slot) => self.visit_slot(slot, sight, found),
        });
    }

    /// The same, for one flow.
    pub(super) fn visit_slot(
        &self,
        slot: u32,
        sight: &dyn Fn(Extent) -> VisitChoice,
        found: &mut dyn FnMut(VisitItem),
    ) {
        let Some(slot) = self.slot(slot) else { return };
        slot.extents.visit(sight, &mut |some| match some {
            VisitItem::Many(extent) => found(VisitItem::Many(extent)),
            VisitItem::One(index) => {
                slot.bursts.get(index as usize).into_iter().for_each(|&burst| found(VisitItem::One(burst)));
            }
        });
    }
}

/// From when an event's first octet leaves until its last one arrives, as far as is known.
pub(super) fn extent_of(event: &WireEvent) -> Extent {
    let at = nanos(event.at);
    let (from, to) = event.transit.map_or((at, at), |way| (nanos(way.first_out), nanos(way.last_in)));
    Extent { from: from.min(at), to: to.max(at), weight: 1 }
}

/// Nanoseconds since the run began; a record ends after 584 years.
pub(super) fn nanos(at: Duration) -> u64 {
    u64::try_from(at.as_nanos()).unwrap_or(u64::MAX)
}

/// Positions are kept in 32 bits: records are capped far below.
pub(super) fn small(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// How many bursts back the one a message belongs to is looked for.
const NEAR: usize = 64;
/// How many messages back a response's request is looked for.
const FAR: usize = 65_536;
