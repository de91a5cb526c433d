//! The window's end of the engine: requests in, updates out, over bounded channels. Owns the runtime; knows no egui.

use std::task::Waker;

use super::{browse, job::Progress, page_load, setting::Setting};
use crate::wire::{Entry, Failure};

pub use crate::lab::Published;

/// Which run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u32);

/// What the window asks for.
#[derive(Clone, Debug)]
pub enum Request {
    /// Browse.
    Browse(JobId, browse::Config),
    /// Race strategies.
    PageLoad(JobId, page_load::Config),
    /// Sweep one input of a race.
    Sweep(JobId, page_load::Sweep),
    /// Stop a run.
    Stop(JobId),
    /// World and path changed: the interactive lab and its gateway follow.
    Setting(Setting),
    /// Publish the interactive lab on loopback, or withdraw it. Answered by [`Update::Gateway`] (empty when withdrawn).
    Gateway(bool),
}

/// What the engine tells. A run's updates come in order and end with exactly one `Ended`.
#[derive(Debug)]
pub enum Update {
    /// More of a run's record.
    Entries(JobId, Vec<Entry>),
    /// Where a run stands.
    Progress(JobId, Progress),
    /// An exchange of a browse is complete (the page first, then each object as it arrives).
    Exchange(JobId, Box<browse::Exchange>),
    /// One more dot of a sweep.
    SweepPoint(JobId, page_load::SweepPoint),
    /// A run ended.
    Ended(JobId, Box<Outcome>),
    /// What the gateway publishes now.
    Gateway(Vec<Published>),
}

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// A browse.
    Browse(browse::Report),
    /// A race.
    PageLoad(page_load::Report),
    /// A sweep.
    Sweep,
    /// Stopped by the student.
    Stopped,
    /// Could not be done.
    Failed(Failure),
}

/// The engine, as the window holds it. Dropping it never waits.
#[derive(Debug)]
pub struct Bridge {}

/// The engine has too much to do already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the engine is busy: try again in a moment")]
pub struct Busy;

impl Bridge {
    /// Starts the engine; `waker` is woken when there are updates.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(waker: Waker) -> std::io::Result<Self> {
        let _ = waker;
        todo!()
    }

    /// Asks for something; never waits.
    ///
    /// # Errors
    /// [`Busy`] when the queue is full.
    pub fn ask(&mut self, request: Request) -> Result<(), Busy> {
        let _ = request;
        todo!()
    }

    /// Everything new; never waits.
    pub fn drain(&mut self) -> Vec<Update> {
        todo!()
    }
}
