//! The tallies of a recorder's flows: of those that live, and for a while of those that have ended. A gateway that is open for days opens
//! millions of flows, and is to need no more memory for it.

use std::collections::{BTreeMap, VecDeque};

use super::{FlowId, FlowTally};

/// Tallies by flow.
#[derive(Default)]
pub(super) struct FlowTallies {
    begun: u32,
    known: BTreeMap<FlowId, FlowTally>,
    /// Those that have ended and are still known, in the order they ended.
    ended: VecDeque<FlowId>,
}

/// Flows that have ended of which is still known what crossed; the one that ended first is forgotten first. What still comes for one that is
/// forgotten is not taken down.
pub(super) const ENDED_KNOWN: usize = 16_384;

impl FlowTallies {
    /// A flow begins: ids are given in order, from 0.
    pub(super) fn begin(&mut self) -> FlowId {
        let id = FlowId(self.begun);
        self.begun = self.begun.saturating_add(1);
        self.known.insert(id, FlowTally::default());
        id
    }

    pub(super) fn get(&self, id: FlowId) -> Option<&FlowTally> {
        self.known.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: FlowId) -> Option<&mut FlowTally> {
        self.known.get_mut(&id)
    }

    /// It has ended, which is said once.
    pub(super) fn ended(&mut self, id: FlowId) {
        self.ended.push_back(id);
        if self.ended.len() > ENDED_KNOWN
            && let Some(first) = self.ended.pop_front()
        {
            self.known.remove(&first);
        }
    }

    /// The flows that have not ended, in the order they began.
    pub(super) fn live(&self) -> Vec<FlowId> {
        self.known.iter().filter(|(_, tally)| !tally.ended).map(|(id, _)| *id).collect()
    }

    /// How many are known.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }
}
