//! The recorder: hands out flows and records what happens in them, within caps.
//!
//! A recorder is shared by every task of a run. Its reader drains it in batches; nothing here waits.

use std::{
    fmt,
    net::SocketAddr,
    ops::{Range, RangeInclusive},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
    time::Duration,
};

use bytes::Bytes;

use self::tallies::FlowTallies;
use super::{
    ConnectionStep, Ends, Entry, EventContent, EventIndex, Failure, FlowId, FlowKind, FlowState, Layer, Ledger, Note,
    NoteKind, Octets, Side, Transit, WireEvent, units,
};

/// Takes down what happens. Cheap to clone; all clones write the same record.
#[derive(Clone)]
pub struct Recorder {
    shared: Arc<RecorderShared>,
}

/// How much a record keeps. What is beyond is counted in [`Octets::omitted`], never silently lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Octets kept of one message's content; heads are kept whole.
    pub content_per_message: u64,
    /// Octets kept of one flow.
    pub octets_per_flow: u64,
    /// Octets kept of the whole record.
    pub octets_in_all: u64,
    /// Events kept of the whole record; past it, octets are still counted.
    pub events_in_all: u64,
}

impl Caps {
    /// Nothing is kept, only counted.
    pub const NOTHING: Self = Self { content_per_message: 0, octets_per_flow: 0, octets_in_all: 0, events_in_all: 0 };
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            content_per_message: 256 * 1024,
            octets_per_flow: 8 * 1024 * 1024,
            octets_in_all: 32 * 1024 * 1024,
            events_in_all: 2_000_000,
        }
    }
}

/// Whether secrets may be read in the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Secrets {
    /// Overwritten with `*` before anything is stored (the Internet).
    #[default]
    Masked,
    /// Kept as sent: cleartext on the wire is the lesson (the lab), or the student asked.
    Shown,
}

/// One flow being written. Clones write the same flow; the first end given is the one that counts.
#[derive(Clone, Debug)]
pub struct FlowHandle {
    recorder: Recorder,
    id: FlowId,
}

impl Recorder {
    /// A recorder that keeps at most what `caps` allow. `waker` is woken when a drained record has something new.
    pub fn new(caps: Caps, secrets: Secrets, waker: Option<Waker>) -> Self {
        Self { shared: Arc::new(RecorderShared { state: Mutex::default(), caps, secrets, waker }) }
    }

    /// Opens a flow.
    pub fn open(&self, parent: Option<FlowId>, kind: FlowKind, title: String, ends: Ends, at: Duration) -> FlowHandle {
        let id = self.write(|state, _| {
            let id = state.flows.begin();
            state.entries.push(Entry::Opened { id, parent, kind, title, ends, at });
            id
        });
        FlowHandle { recorder: self.clone(), id }
    }

    /// Takes everything written since the last drain, in order.
    pub fn drain(&self) -> Vec<Entry> {
        std::mem::take(&mut self.lock().entries)
    }

    /// Drains into a fresh ledger: for runs whose record is not watched live.
    pub fn into_ledger(self) -> Ledger {
        let mut ledger = Ledger::default();
        self.drain().into_iter().for_each(|entry| ledger.apply(entry));
        ledger
    }

    /// Ends every flow that still lives, the innermost first.
    pub fn end_live(&self, at: Duration, end: &FlowState) {
        let live = self.lock().flows.live();
        for id in live.into_iter().rev() {
            FlowHandle { recorder: self.clone(), id }.end(at, end.clone());
        }
    }

    /// May secrets be read in it?
    pub fn shows_secrets(&self) -> bool {
        self.shared.secrets == Secrets::Shown
    }

    /// The caps in force.
    pub fn caps(&self) -> Caps {
        self.shared.caps
    }

    fn lock(&self) -> MutexGuard<'_, RecorderState> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes under the lock, then wakes the reader if the page was blank before.
    fn write<R>(&self, work: impl FnOnce(&mut RecorderState, &RecorderShared) -> R) -> R {
        let mut state = self.lock();
        let was_empty = state.entries.is_empty();
        let result = work(&mut state, &self.shared);
        let news = was_empty && !state.entries.is_empty();
        drop(state);
        if news && let Some(waker) = &self.shared.waker {
            waker.wake_by_ref();
        }
        result
    }
}

impl Default for Recorder {
    /// Default caps, secrets masked, no waker.
    fn default() -> Self {
        Self::new(Caps::default(), Secrets::default(), None)
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("caps", &self.shared.caps).finish_non_exhaustive()
    }
}

impl FlowHandle {
    /// The flow's identity.
    pub fn id(&self) -> FlowId {
        self.id
    }

    /// The recorder that holds it.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Opens a flow that serves this one.
    #[must_use]
    pub fn child(&self, kind: FlowKind, title: String, ends: Ends, at: Duration) -> Self {
        self.recorder.open(Some(self.id), kind, title, ends, at)
    }

    /// The ends became known.
    pub fn ends(&self, ends: Ends) {
        if let Some(tally) = self.recorder.lock().flows.get_mut(self.id) {
            tally.addresses = ends.client.ip_port.zip(ends.server.ip_port);
        }
        self.entry(Entry::EndsKnown { id: self.id, ends });
    }

    /// Address and port of the client's end and of the server's, once both are known.
    pub fn addresses(&self) -> Option<(SocketAddr, SocketAddr)> {
        self.recorder.lock().flows.get(self.id)?.addresses
    }

    /// A step of the transport. Returns the event's index, `None` when the record is full.
    pub fn step(&self, at: Duration, from: Side, step: ConnectionStep, transit: Option<Transit>) -> Option<EventIndex> {
        let event = WireEvent { at, from, layer: Layer::Transport, content: EventContent::Step(step), transit };
        self.recorder.write(|state, shared| {
            if let Some(tally) = state.flows.get_mut(self.id) {
                match step {
                    ConnectionStep::Lost => tally.lost += 1,
                    ConnectionStep::Retransmit => tally.retransmitted += 1,
                    ConnectionStep::Syn
                    | ConnectionStep::SynAck
                    | ConnectionStep::Ack
                    | ConnectionStep::Fin
                    | ConnectionStep::Rst
                    | ConnectionStep::TlsEstablished => {}
                }
            }
            self.flush(state, shared);
            self.event(state, shared, event)
        })
    }

    /// Octets crossed. At most `keep` of them are kept (and no more than the caps allow); `secret` says which of `bytes`
    /// are a secret. Returns the event's index.
    ///
    /// Octets of which none is kept get no event of their own but share one: `None` then. It is written when the direction
    /// changes, when something is kept again, when the flow ends, and at the latest every [`OMITTED_PER_EVENT`] octets.
    pub fn octets(
        &self,
        seen: Sighting,
        bytes: &[u8],
        secret: Option<Range<usize>>,
        keep: usize,
    ) -> Option<EventIndex> {
        if seen.wire_len == 0 {
            return None;
        }
        self.recorder.write(|state, shared| {
            let in_all = shared.caps.octets_in_all.saturating_sub(state.octets);
            let full = state.events >= shared.caps.events_in_all;
            let tally = state.flows.get_mut(self.id)?;
            tally.count(seen);
            let room = if full { 0 } else { shared.caps.octets_per_flow.saturating_sub(tally.octets).min(in_all) };
            let keep = keep.min(bytes.len());
            let kept = usize::try_from(room).unwrap_or(usize::MAX).min(keep);
            tally.octets += kept as u64;
            state.octets += kept as u64;
            if kept as u64 != seen.wire_len && !full {
                self.say_omitted(
                    state,
                    shared,
                    seen.at,
                    if kept < keep { OmissionReason::Flow } else { OmissionReason::Content },
                );
            }
            if full || (kept == 0 && seen.layer != Layer::Datagram) {
                self.omit(state, shared, seen);
                return None;
            }
            self.flush(state, shared);
            let (bytes, masked) = shared.masked(bytes.get(..kept).unwrap_or_default(), secret);
            let omitted = seen.wire_len.saturating_sub(bytes.len() as u64);
            let content = EventContent::Octets(Octets { bytes, masked, omitted });
            let event = WireEvent { at: seen.at, from: seen.from, layer: seen.layer, content, transit: seen.transit };
            self.event(state, shared, event)
        })
    }

    /// The network has carried an earlier event to the other end, and with it those that ride in it.
    pub fn carried(&self, index: EventIndex, transit: Transit) {
        let id = self.id;
        self.recorder.write(|state, _| {
            state.entries.push(Entry::Carried { id, index, transit });
            let Some(tally) = state.flows.get_mut(id).filter(|tally| !tally.riders.is_empty()) else {
                return;
            };
            let entries = &mut state.entries;
            tally.riders.retain_mut(|rider| {
                if !rider.within.contains(&index) {
                    return true;
                }
                let whole = rider.transit.map_or(transit, |before| before.with(transit));
                rider.transit = Some(whole);
                if index != *rider.within.end() {
                    return true;
                }
                entries.push(Entry::Carried { id, index: rider.index, transit: whole });
                false
            });
        });
    }

    /// The octets of event `index` (said above TLS) are sealed in the events `within`: they arrive together.
    pub fn rides(&self, index: EventIndex, within: RangeInclusive<EventIndex>) {
        self.recorder.write(|state, _| {
            if let Some(tally) = state.flows.get_mut(self.id) {
                tally.riders.push(SealedEvent { index, within, transit: None });
            }
        });
    }

    /// Notes what octets do not show; `clause` as `RFC 9112 §6.3`.
    pub fn note(&self, at: Duration, kind: NoteKind, text: impl Into<String>, clause: Option<&str>) {
        let note = Note { at, kind, text: text.into(), clause: clause.map(str::to_owned) };
        self.entry(Entry::Noted { id: self.id, note });
    }

    /// Ended as its protocol says.
    pub fn close(&self, at: Duration) {
        self.end(at, FlowState::Closed);
    }

    /// Ended because the student said stop.
    pub fn stop(&self, at: Duration) {
        self.end(at, FlowState::Stopped);
    }

    /// Ended by a failure.
    pub fn fail(&self, at: Duration, failure: Failure) {
        self.end(at, FlowState::Failed(failure));
    }

    /// Octets `from` has sent so far at `layer`, kept or not.
    pub fn crossed(&self, from: Side, layer: Layer) -> u64 {
        let state = self.recorder.lock();
        let tally = state.flows.get(self.id);
        tally.and_then(|tally| tally.crossed.get(from as usize)?.get(layer as usize)).copied().unwrap_or_default()
    }

    /// Segments lost so far, and segments sent again, in both directions.
    pub fn losses(&self) -> (u32, u32) {
        let state = self.recorder.lock();
        state.flows.get(self.id).map_or((0, 0), |tally| (tally.lost, tally.retransmitted))
    }

    /// Has it left [`FlowState::Live`]?
    pub fn is_ended(&self) -> bool {
        self.recorder.lock().flows.get(self.id).is_none_or(|tally| tally.ended)
    }

    fn end(&self, at: Duration, end: FlowState) {
        self.recorder.write(|state, shared| {
            self.flush(state, shared);
            let Some(tally) = state.flows.get_mut(self.id).filter(|tally| !tally.ended) else { return };
            tally.ended = true;
            state.flows.ended(self.id);
            state.entries.push(Entry::Ended { id: self.id, at, state: end });
        });
    }

    fn entry(&self, entry: Entry) {
        self.recorder.write(|state, _| state.entries.push(entry));
    }

    fn event(&self, state: &mut RecorderState, shared: &RecorderShared, event: WireEvent) -> Option<EventIndex> {
        if state.events >= shared.caps.events_in_all {
            self.say_omitted(state, shared, event.at, OmissionReason::Events);
            return None;
        }
        let tally = state.flows.get_mut(self.id)?;
        let index = EventIndex(tally.events);
        tally.events += 1;
        state.events += 1;
        state.entries.push(Entry::Event { id: self.id, event });
        Some(index)
    }

    /// Counts octets that are not kept, together with their like before them.
    fn omit(&self, state: &mut RecorderState, shared: &RecorderShared, seen: Sighting) {
        let Some(tally) = state.flows.get_mut(self.id) else { return };
        if tally.omitted.iter().any(|other| other.from != seen.from) {
            self.flush(state, shared);
        }
        let Some(tally) = state.flows.get_mut(self.id) else { return };
        let same = tally.omitted.iter_mut().find(|other| other.layer == seen.layer && other.from == seen.from);
        let count = if let Some(before) = same {
            before.at = before.at.max(seen.at);
            before.wire_len = before.wire_len.saturating_add(seen.wire_len);
            before.transit = before.transit.zip(seen.transit).map(|(before, new)| before.with(new));
            before.wire_len
        } else {
            tally.omitted.push(seen);
            seen.wire_len
        };
        if count >= OMITTED_PER_EVENT || tally.ended {
            self.flush(state, shared);
        }
    }

    /// Writes what was omitted since the last event.
    fn flush(&self, state: &mut RecorderState, shared: &RecorderShared) {
        let Some(tally) = state.flows.get_mut(self.id).filter(|tally| !tally.omitted.is_empty()) else {
            return;
        };
        let mut omitted = std::mem::take(&mut tally.omitted);
        omitted.sort_by_key(|seen| seen.at);
        for seen in omitted {
            let Sighting { at, from, layer, transit, wire_len } = seen;
            let content = EventContent::Octets(Octets { omitted: wire_len, ..Octets::default() });
            if self.event(state, shared, WireEvent { at, from, layer, content, transit }).is_none() {
                state.entries.push(Entry::Unseen { id: self.id, from, layer, octets: wire_len });
            }
        }
    }

    /// Says once for each flow and reason that the record left something out.
    fn say_omitted(&self, state: &mut RecorderState, shared: &RecorderShared, at: Duration, reason: OmissionReason) {
        let Some(tally) = state.flows.get_mut(self.id) else { return };
        let said = tally.said.get_mut(reason as usize);
        if said.is_none_or(|said| std::mem::replace(said, true)) {
            return;
        }
        let caps = &shared.caps;
        let text = match reason {
            OmissionReason::Content => format!(
                "The record keeps the first {} of each message's content; the octets after them are counted, not kept.",
                units::octets(caps.content_per_message)
            ),
            OmissionReason::Flow => format!(
                "The record keeps {} of one conversation and {} in all; the octets beyond are counted, not kept.",
                units::octets(caps.octets_per_flow),
                units::octets(caps.octets_in_all)
            ),
            OmissionReason::Events => format!(
                "The record is full: it holds {} events. From here on octets are only counted, and steps are left out.",
                caps.events_in_all
            ),
        };
        let note = Note { at, kind: NoteKind::Omitted, text, clause: None };
        state.entries.push(Entry::Noted { id: self.id, note });
    }
}

/// Octets left out of the record are told of at the latest when there are this many.
pub const OMITTED_PER_EVENT: u64 = 1024 * 1024;

/// Where and when octets were seen, and how many crossed.
#[derive(Clone, Copy, Debug)]
pub struct Sighting {
    /// As [`WireEvent::at`].
    pub at: Duration,
    /// Who sent them.
    pub from: Side,
    /// At which layer.
    pub layer: Layer,
    /// The way they took, where it is known already.
    pub transit: Option<Transit>,
    /// How many octets crossed, at least as many as are handed over.
    pub wire_len: u64,
}

struct RecorderShared {
    state: Mutex<RecorderState>,
    caps: Caps,
    secrets: Secrets,
    waker: Option<Waker>,
}

impl RecorderShared {
    fn masked(&self, bytes: &[u8], secret: Option<Range<usize>>) -> (Bytes, Option<Range<u32>>) {
        let secret = secret
            .filter(|_| self.secrets == Secrets::Masked)
            .map(|range| range.start.min(bytes.len())..range.end.min(bytes.len()))
            .filter(|range| !range.is_empty());
        let Some(range) = secret else { return (Bytes::copy_from_slice(bytes), None) };
        let mut copy = bytes.to_vec();
        if let Some(hidden) = copy.get_mut(range.clone()) {
            hidden.fill(b'*');
        }
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (copy.into(), Some(small(range.start)..small(range.end)))
    }
}

#[derive(Default)]
struct RecorderState {
    entries: Vec<Entry>,
    flows: FlowTallies,
    octets: u64,
    events: u64,
}

/// What is known of a flow while it is written.
#[derive(Default)]
struct FlowTally {
    octets: u64,
    events: u32,
    ended: bool,
    /// Octets that crossed, by side and layer.
    crossed: [[u64; Layer::ALL.len()]; 2],
    lost: u32,
    retransmitted: u32,
    addresses: Option<(SocketAddr, SocketAddr)>,
    /// Octets seen since the last event and not kept: at most one for each layer, all from one side.
    omitted: Vec<Sighting>,
    /// Events that are on their way in others.
    riders: Vec<SealedEvent>,
    /// Which [`OmissionReason`]s have been told.
    said: [bool; 3],
}

impl FlowTally {
    fn count(&mut self, seen: Sighting) {
        let crossed = self.crossed.get_mut(seen.from as usize).and_then(|side| side.get_mut(seen.layer as usize));
        if let Some(crossed) = crossed {
            *crossed = crossed.saturating_add(seen.wire_len);
        }
    }
}

/// An event whose octets are sealed in others.
struct SealedEvent {
    index: EventIndex,
    within: RangeInclusive<EventIndex>,
    /// The way of those that have arrived.
    transit: Option<Transit>,
}

/// Why the record left something out.
#[derive(Clone, Copy)]
enum OmissionReason {
    Content,
    Flow,
    Events,
}

mod tallies;
#[cfg(test)]
mod tests;
