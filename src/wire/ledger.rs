//! The sum of all entries: what views and exports read.

use std::time::Duration;

use super::{Entry, Flow, FlowId, FlowState};

/// All flows of a record. Applying the entries of a run, live or loaded, in order gives the same ledger.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    flows: Vec<Flow>,
    ends_at: Duration,
    events: usize,
}

impl Ledger {
    /// Applies one entry. Entries about unknown flows and a second end of a flow are ignored: the first word stands.
    pub fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Opened { id, parent, kind, title, ends, at } => {
                self.reached(at);
                if self.flows.last().is_some_and(|last| last.id >= id) {
                    return;
                }
                self.flows.push(Flow {
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
                });
            }
            Entry::EndsKnown { id, ends } => {
                if let Some(flow) = self.flow_mut(id) {
                    flow.ends = ends;
                }
            }
            Entry::Event { id, event } => {
                self.reached(event.transit.map_or(event.at, |transit| transit.last_in.max(event.at)));
                if let Some(flow) = self.flow_mut(id) {
                    flow.events.push(event);
                    self.events += 1;
                }
            }
            Entry::Carried { id, index, transit } => {
                self.reached(transit.last_in);
                if let Some(event) = self.flow_mut(id).and_then(|flow| flow.events.get_mut(index.0 as usize)) {
                    event.transit = Some(transit);
                }
            }
            Entry::Noted { id, note } => {
                self.reached(note.at);
                if let Some(flow) = self.flow_mut(id) {
                    flow.notes.push(note);
                }
            }
            Entry::Ended { id, at, state } => {
                self.reached(at);
                if let Some(flow) = self.flow_mut(id).filter(|flow| flow.state == FlowState::Live) {
                    flow.state = state;
                    flow.ended_at = Some(at);
                }
            }
        }
    }

    /// All flows, in the order they opened.
    pub fn flows(&self) -> &[Flow] {
        &self.flows
    }

    /// One flow.
    pub fn flow(&self, id: FlowId) -> Option<&Flow> {
        self.position(id).and_then(|at| self.flows.get(at))
    }

    /// The flows whose parent is `id`, in the order they opened.
    pub fn children(&self, id: FlowId) -> impl Iterator<Item = &Flow> {
        self.flows.iter().filter(move |flow| flow.parent == Some(id))
    }

    /// The latest moment anything happened.
    pub fn ends_at(&self) -> Duration {
        self.ends_at
    }

    /// How many events all flows hold.
    pub fn event_count(&self) -> usize {
        self.events
    }

    fn reached(&mut self, at: Duration) {
        self.ends_at = self.ends_at.max(at);
    }

    fn position(&self, id: FlowId) -> Option<usize> {
        self.flows.binary_search_by_key(&id, |flow| flow.id).ok()
    }

    fn flow_mut(&mut self, id: FlowId) -> Option<&mut Flow> {
        self.position(id).and_then(|at| self.flows.get_mut(at))
    }
}
