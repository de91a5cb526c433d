//! WHAT HAPPENED. The record: flows, timestamped octets, notes, failures.
//!
//! Engines write [`Entry`]s through a [`Recorder`]; every view and export reads the [`Ledger`] they add up to. A saved run
//! is the same entries in the same order, so a replay takes the same path as a live run. This room imports nothing of ours.

mod entry;
mod failure;
mod flow;
mod ledger;
mod recorder;
pub mod save;
pub mod units;

pub use entry::Entry;
pub use failure::{Blame, Failure};
pub use flow::{
    ConnectionStep, End, Ends, EventContent, EventIndex, Flow, FlowId, FlowKind, FlowState, Layer, Note, NoteKind,
    Octets, Side, Transit, WireEvent,
};
pub use ledger::Ledger;
pub use recorder::{Caps, FlowHandle, OMITTED_PER_EVENT, Recorder, Secrets, Sighting};
