//! The pen: hands out flows and takes down what happens in them, within caps.
//!
//! A recorder is shared by every task of a run. Its reader drains it in batches; nothing here waits.

use std::{
    fmt,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
    time::Duration,
};

use bytes::Bytes;

use super::{
    Content, Ends, Entry, EventIndex, Failure, FlowId, FlowKind, FlowState, Layer, Ledger, Note, NoteKind, Octets,
    Side, Step, Transit, WireEvent,
};

/// Takes down what happens. Cheap to clone; all clones write the same record.
#[derive(Clone)]
pub struct Recorder {
    shared: Arc<Shared>,
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
        Self { shared: Arc::new(Shared { state: Mutex::default(), caps, secrets, waker }) }
    }

    /// Opens a flow.
    pub fn open(&self, parent: Option<FlowId>, kind: FlowKind, title: String, ends: Ends, at: Duration) -> FlowHandle {
        let mut state = self.lock();
        let id = FlowId(u32::try_from(state.flows.len()).unwrap_or(u32::MAX));
        state.flows.push(Tally::default());
        self.push(state, Entry::Opened { id, parent, kind, title, ends, at });
        FlowHandle { recorder: self.clone(), id }
    }

    /// Takes everything written since the last drain, in order.
    pub fn drain(&self) -> Vec<Entry> {
        std::mem::take(&mut self.lock().entries)
    }

    /// Drains into a fresh ledger: for runs whose record nobody watches live.
    pub fn into_ledger(self) -> Ledger {
        let mut ledger = Ledger::default();
        self.drain().into_iter().for_each(|entry| ledger.apply(entry));
        ledger
    }

    /// The caps in force.
    pub fn caps(&self) -> Caps {
        self.shared.caps
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, mut state: MutexGuard<'_, State>, entry: Entry) {
        let was_empty = state.entries.is_empty();
        state.entries.push(entry);
        drop(state);
        if was_empty && let Some(waker) = &self.shared.waker {
            waker.wake_by_ref();
        }
    }
}

impl Default for Recorder {
    /// Default caps, secrets masked, nobody woken.
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
    pub fn child(&self, kind: FlowKind, title: String, ends: Ends, at: Duration) -> Self {
        self.recorder.open(Some(self.id), kind, title, ends, at)
    }

    /// The ends became known.
    pub fn ends(&self, ends: Ends) {
        self.recorder.push(self.recorder.lock(), Entry::EndsKnown { id: self.id, ends });
    }

    /// A step of the transport.
    pub fn step(&self, at: Duration, from: Side, step: Step, transit: Option<Transit>) {
        self.event(WireEvent { at, from, layer: Layer::Transport, content: Content::Step(step), transit });
    }

    /// Octets crossed. At most `keep` of them are kept (and no more than the caps allow); `secret` says which of `bytes`
    /// are a secret. Returns the event's index, `None` when the record is full and only the count was kept.
    pub fn octets(&self, seen: Seen, bytes: &[u8], secret: Option<Range<usize>>, keep: usize) -> Option<EventIndex> {
        let caps = self.recorder.shared.caps;
        let mut state = self.recorder.lock();
        let in_all = caps.octets_in_all.saturating_sub(state.octets);
        let tally = state.flows.get_mut(self.id.0 as usize)?;
        let room = caps.octets_per_flow.saturating_sub(tally.octets).min(in_all).min(keep as u64);
        let kept = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        tally.octets += kept as u64;
        state.octets += kept as u64;
        let (bytes, masked) = self.masked(bytes.get(..kept).unwrap_or_default(), secret);
        let omitted = seen.wire_len - bytes.len() as u64;
        let content = Content::Octets(Octets { bytes, masked, omitted });
        let event = WireEvent { at: seen.at, from: seen.from, layer: seen.layer, content, transit: seen.transit };
        self.push_event(state, event)
    }

    /// The network has carried an earlier event to the other end.
    pub fn carried(&self, index: EventIndex, transit: Transit) {
        self.recorder.push(self.recorder.lock(), Entry::Carried { id: self.id, index, transit });
    }

    /// Notes what octets do not show; `clause` as `RFC 9112 §6.3`.
    pub fn note(&self, at: Duration, kind: NoteKind, text: impl Into<String>, clause: Option<&str>) {
        let note = Note { at, kind, text: text.into(), clause: clause.map(str::to_owned) };
        self.recorder.push(self.recorder.lock(), Entry::Noted { id: self.id, note });
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

    fn end(&self, at: Duration, end: FlowState) {
        let mut state = self.recorder.lock();
        let Some(tally) = state.flows.get_mut(self.id.0 as usize).filter(|tally| !tally.ended) else { return };
        tally.ended = true;
        self.recorder.push(state, Entry::Ended { id: self.id, at, state: end });
    }

    fn event(&self, event: WireEvent) {
        self.push_event(self.recorder.lock(), event);
    }

    fn push_event(&self, mut state: MutexGuard<'_, State>, event: WireEvent) -> Option<EventIndex> {
        if state.events >= self.recorder.shared.caps.events_in_all {
            return None;
        }
        state.events += 1;
        let tally = state.flows.get_mut(self.id.0 as usize)?;
        let index = EventIndex(tally.events);
        tally.events += 1;
        self.recorder.push(state, Entry::Event { id: self.id, event });
        Some(index)
    }

    fn masked(&self, bytes: &[u8], secret: Option<Range<usize>>) -> (Bytes, Option<Range<u32>>) {
        let secret = secret
            .filter(|_| self.recorder.shared.secrets == Secrets::Masked)
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

/// Where and when octets were seen, and how many crossed.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
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

struct Shared {
    state: Mutex<State>,
    caps: Caps,
    secrets: Secrets,
    waker: Option<Waker>,
}

#[derive(Default)]
struct State {
    entries: Vec<Entry>,
    flows: Vec<Tally>,
    octets: u64,
    events: u64,
}

#[derive(Default)]
struct Tally {
    octets: u64,
    events: u32,
    ended: bool,
}
