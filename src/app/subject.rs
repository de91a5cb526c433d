//! Which tab, which part of which record, and what of it is picked.

use crate::{
    engine::bridge::RunId,
    wire::{EventIndex, FlowId},
};

/// Which tab, by the name the window's state gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TabId(pub &'static str);

/// Part of a record: what the drawer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Which run.
    pub job: RunId,
    /// This flow and what serves it (one strategy of a race); `None` is the whole record.
    pub root: Option<FlowId>,
}

/// What of a record is picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordSelection {
    /// In which run.
    pub job: RunId,
    /// Which flow.
    pub flow: FlowId,
    /// Which of its events, if one.
    pub event: Option<EventIndex>,
}
