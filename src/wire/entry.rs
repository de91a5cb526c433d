//! One line of the record. Live runs send entries, saved runs store them, the ledger adds them up.

use std::time::Duration;

use super::{Ends, EventIndex, FlowId, FlowKind, FlowState, Layer, Note, Side, Transit, WireEvent};

/// One change to the record.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A flow began.
    Opened {
        /// Its identity.
        id: FlowId,
        /// The flow it serves.
        parent: Option<FlowId>,
        /// What kind of flow it is.
        kind: FlowKind,
        /// Human title.
        title: String,
        /// Its ends.
        ends: Ends,
        /// When it was opened, since the run began.
        at: Duration,
    },
    /// The ends became known (an address after a lookup, a local port after connecting).
    EndsKnown {
        /// Which flow.
        id: FlowId,
        /// The ends.
        ends: Ends,
    },
    /// Something was seen.
    Event {
        /// In which flow.
        id: FlowId,
        /// The event.
        event: WireEvent,
    },
    /// The network has carried an earlier event to the other end.
    Carried {
        /// In which flow.
        id: FlowId,
        /// Which event.
        index: EventIndex,
        /// The way it took.
        transit: Transit,
    },
    /// Octets crossed for which the record, full already, holds no event.
    Unseen {
        /// In which flow.
        id: FlowId,
        /// Who sent them.
        from: Side,
        /// At which layer.
        layer: Layer,
        /// The number of octets.
        octets: u64,
    },
    /// A note was made.
    Noted {
        /// On which flow.
        id: FlowId,
        /// The note.
        note: Note,
    },
    /// A flow ended.
    Ended {
        /// The flow.
        id: FlowId,
        /// When it ended, since the run began.
        at: Duration,
        /// How: never `Live`.
        state: FlowState,
    },
}
