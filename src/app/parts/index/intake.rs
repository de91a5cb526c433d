//! Takes a record in, event by event in order of time across its flows.

use std::{cmp::Reverse, time::Duration};

use super::{Burst, FlowSlot, Message, MessageContent, NEAR, RecordIndex, extent_of, nanos, slot::NextItem, small};
use crate::{
    app::parts::extents::Extent,
    lens::{EventRuns, MessageRun, Revision, UNREAD},
    wire::{EventContent, Flow, FlowKind, FlowState, Layer, Ledger, NoteKind, Side, WireEvent},
};

impl RecordIndex {
    /// Has something been written among what was taken in already, or is this another record altogether? A late event stands among
    /// earlier ones; then everything is taken in anew.
    pub(super) fn is_behind(&self, ledger: &Ledger) -> bool {
        let shifted = |slot: &FlowSlot| {
            let flow = slot.flow(ledger)?;
            let note = slot.noted().checked_sub(1).map(|last| flow.notes.get(last).map(|note| note.at));
            Some(slot.reading.is_behind(flow) || note.is_some_and(|at| at != slot.last_note))
        };
        ledger.flows().len() < self.flows_seen
            || self.unfinished.iter().filter_map(|&at| self.slot(at)).any(|slot| shifted(slot).unwrap_or(true))
    }

    pub(super) fn find_flows(&mut self, ledger: &Ledger) {
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
            self.rows.push();
        }
        let number = if carries { small(self.connections.len()) } else { 0 };
        self.slots.push(FlowSlot::new(position, number));
        self.unfinished.push(slot);
        let opened = nanos(flow.opened_at);
        self.extents.push(Extent { from: opened, to: opened, weight: 0 });
        self.count_rows(slot, flow);
    }

    /// Queues every flow that has something new.
    pub(super) fn find_news(&mut self, ledger: &Ledger) {
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
    pub(super) fn merge(&mut self, ledger: &Ledger, budget: usize) {
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

    fn take(&mut self, at: u32, flow: &Flow, next: NextItem<'_>) {
        match next {
            NextItem::Event(index, event) => self.take_event(at, flow, index, event),
            NextItem::Note(index, when) => {
                self.moment(when);
                if let Some(note) = flow.notes.get(index as usize).filter(|note| note.kind == NoteKind::Unrecorded) {
                    self.unrecorded.push((when, note.text.clone()));
                }
                self.say(Message::bare(at, MessageContent::Note, index, when));
                self.slots.get_mut(at as usize).into_iter().for_each(|slot| slot.note(Duration::from_nanos(when)));
            }
            NextItem::End(when) => self.take_end(at, flow, when),
        }
        self.count_rows(at, flow);
    }

    fn take_end(&mut self, at: u32, flow: &Flow, when: u64) {
        self.moment(when);
        let mut runs = std::mem::take(&mut self.runs);
        let number = self.slots.get_mut(at as usize).map_or(0, |slot| {
            slot.ended = true;
            slot.reading.finish(flow, &mut runs);
            slot.number
        });
        self.revise(at, runs.revised());
        self.runs = runs;
        if number > 0 || matches!(flow.state, FlowState::Failed(_)) {
            self.say(Message::bare(at, MessageContent::End, 0, when));
        }
        self.extents.widen(at, Extent { from: when, to: when, weight: 0 });
    }

    fn take_event(&mut self, at: u32, flow: &Flow, index: u32, event: &WireEvent) {
        self.taken += 1;
        self.moment(nanos(event.at));
        let mut runs = std::mem::take(&mut self.runs);
        let Some(slot) = self.slots.get_mut(at as usize) else { return };
        if event.transit.is_none() && event.from == Side::Server {
            // Nobody tells when it left: it has been waited for since whatever came before.
            self.idle.busy(slot.last_event.map_or(nanos(event.at), nanos), nanos(event.at));
        }
        slot.last_event = Some(event.at);
        slot.reading.take(flow, &mut runs);
        if let EventContent::Step(step) = event.content {
            slot.step(index, event, step);
        }
        self.revise(at, runs.revised());
        match &event.content {
            EventContent::Step(step) => {
                let message = Message::of(at, MessageContent::Step(*step), index, event);
                let message = self.say(message);
                self.begin_burst(message, index, event, 0);
            }
            EventContent::Octets(_) => self.take_octets(at, index, event, &runs),
        }
        self.runs = runs;
    }

    fn take_octets(&mut self, at: u32, index: u32, event: &WireEvent, runs: &EventRuns) {
        if event.layer == Layer::Datagram && runs.list().is_empty() {
            // A datagram without octets crosses all the same.
            let message = self.say(Message::of(at, MessageContent::Octets(0, UNREAD), index, event));
            self.begin_burst(message, index, event, 0);
        }
        let mut skip = 0;
        for run in runs.list() {
            let content = MessageContent::Octets(run.section, run.kind);
            let fresh = Message { skip, exchange: run.exchange, ..Message::of(at, content, index, event) };
            self.take_run(fresh, *run, event);
            skip = skip.saturating_add(u32::try_from(run.octets).unwrap_or(u32::MAX));
        }
    }

    /// Adds octets to the message they belong to: `fresh`, when they begin it.
    fn take_run(&mut self, fresh: Message, run: MessageRun, event: &WireEvent) {
        let (at, index) = (fresh.slot, fresh.first);
        let open = self.slots.get_mut(at as usize).and_then(|slot| *slot.open(event.layer, event.from)?);
        let open = open.filter(|_| !run.begins);
        let message = open.unwrap_or_else(|| self.say(fresh));
        if let Some(own) = self.slots.get_mut(at as usize).and_then(|slot| slot.open(event.layer, event.from)) {
            *own = Some(message);
        }
        if let Some(message) = self.messages.get_mut(message as usize) {
            message.last = index;
            message.octets += run.octets;
            message.exchange = run.exchange;
            message.content = MessageContent::Octets(run.section, run.kind);
        }
        match open {
            Some(_) => self.extend_burst(message, index, event, run.octets),
            None => self.begin_burst(message, index, event, run.octets),
        }
    }

    /// What earlier events of a flow say is known better by now.
    fn revise(&mut self, at: u32, revised: &[Revision]) {
        for revision in revised {
            let message = self.message_at(at, revision.event);
            let message = message.and_then(|message| self.messages.get_mut(message as usize));
            if let Some(message) = message.filter(|message| message.section().0 == revision.section) {
                message.content = MessageContent::Octets(revision.section, revision.kind);
                message.exchange = revision.exchange;
            }
        }
        self.slots.get_mut(at as usize).into_iter().for_each(|slot| slot.revise(revised));
    }

    /// A flow's rows in the conversation may have become more.
    fn count_rows(&mut self, at: u32, flow: &Flow) {
        let Some(slot) = self.slots.get_mut(at as usize) else { return };
        if let Some(connection) = (slot.number as usize).checked_sub(1) {
            let rows = slot.row_count(flow);
            self.rows.change(connection, std::mem::replace(&mut slot.rows, rows), rows);
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
    pub(super) fn look_again(&mut self, ledger: &Ledger) {
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

/// A gap on the line longer than this, in nanoseconds, ends a burst: an eighth of the way to the other end.
fn pause(event: &WireEvent) -> u64 {
    let sending = event.transit.map_or(0, |way| nanos(way.last_out.saturating_sub(way.first_out)));
    let way = event.transit.map_or(0, |way| nanos(way.first_in.saturating_sub(way.first_out)));
    sending + (way / 8).max(LEAST_PAUSE)
}

/// So long after its end a flow is looked at for stragglers.
const GRACE: Duration = Duration::from_secs(5);
/// How many bursts are looked at again when the record has grown.
const RECENT: usize = 1024;
/// The shortest pause, in nanoseconds, that ends a burst.
const LEAST_PAUSE: u64 = 1_000_000;
