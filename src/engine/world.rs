//! Opening a world for a run: the lab in virtual or in real time, or this machine's Internet.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    context::Context,
    experiment::Place,
    opening::{lab_failure, open_lab, provenance},
    options::Options,
    setting::WorldChoice,
};
use crate::{
    lab::Lab,
    net::{Clock, Network, run_virtual},
    store::LAB_EPOCH_SECS,
    wire::{Blame, Failure, FlowState, Recorder},
};

/// Why a run could not be carried out at all.
#[derive(Debug, thiserror::Error)]
enum WorldError {
    #[error("the run stands still: every conversation waits for another and no time limit is set")]
    Stalled(#[source] crate::net::Stalled),
    #[error("the system gave no runtime")]
    NoRuntime(#[source] std::io::Error),
}

impl WorldError {
    fn failure(&self) -> Failure {
        Failure::from_error(self, Blame::Network, None)
    }
}

/// A world to be opened for one run.
pub(super) struct World<'a> {
    pub(super) place: Place,
    pub(super) options: &'a Options,
    pub(super) recorder: &'a Recorder,
}

impl World<'_> {
    /// Opens it, sees the work to its end, and closes it.
    pub(super) fn run<T>(&self, work: impl AsyncFnOnce(Context) -> T) -> Result<T, Failure> {
        let real_time = self.place.real_time || self.options.real_time;
        let result = match (self.place.world(), real_time) {
            (WorldChoice::Lab, false) => self.in_lab(work),
            (WorldChoice::Lab, true) => self.in_lab_in_real_time(work),
            (WorldChoice::Internet, _) => self.in_internet(work),
        };
        if let Err(failure) = &result {
            self.recorder.end_live(Duration::ZERO, &FlowState::Failed(failure.clone()));
        }
        result
    }

    fn in_lab<T>(&self, work: impl AsyncFnOnce(Context) -> T) -> Result<T, Failure> {
        let epoch = SystemTime::UNIX_EPOCH + Duration::from_secs(LAB_EPOCH_SECS);
        let run = run_virtual(epoch, |clock| async move { Ok(work(self.lab_context(&clock)?).await) });
        run.map_err(|stalled| WorldError::Stalled(stalled).failure())?
    }

    fn in_lab_in_real_time<T>(&self, work: impl AsyncFnOnce(Context) -> T) -> Result<T, Failure> {
        in_real_time(async { Ok(work(self.lab_context(&Clock::real())?).await) })?
    }

    fn in_internet<T>(&self, work: impl AsyncFnOnce(Context) -> T) -> Result<T, Failure> {
        in_real_time(async { work(self.context(Network::internet(Clock::real()), None)).await })
    }

    fn lab_context(&self, clock: &Clock) -> Result<Context, Failure> {
        let files = self.options.lab_files();
        let lab = open_lab(clock, &files, &self.place.setting).map_err(|error| lab_failure(&error))?;
        Ok(self.context(lab.network(), Some(lab)))
    }

    fn context(&self, network: Network, lab: Option<Arc<Lab>>) -> Context {
        Context {
            provenance: provenance(&self.place.setting, network.clock()),
            network,
            recorder: self.recorder.clone(),
            control: self.options.control.clone(),
            timeouts: self.options.timeouts.unwrap_or(self.place.timeouts),
            lab,
        }
    }
}

fn in_real_time<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| WorldError::NoRuntime(error).failure())?;
    let output = runtime.block_on(work);
    // A name lookup that still runs is not waited for.
    runtime.shutdown_background();
    Ok(output)
}
