//! Experiments run to their end on this thread, in the world they ask for: the lab in virtual time, or this machine's Internet in
//! real time. The command line calls this, the window's bridge gives each run a thread.

use serde::Serialize;
use serde_json::Value;

pub use super::options::Options;
use super::{
    experiment::{Experiment, RunObserver},
    setting::WorldChoice,
    world::{RunDescription, RunWorld},
};
use crate::wire::{Failure, Ledger, Recorder, save::SavedRun};

/// A run that came to its end, with its record.
#[derive(Debug)]
pub struct FinishedRun<R> {
    /// The experiment's report.
    pub report: R,
    /// What crossed the wire.
    pub ledger: Ledger,
}

impl<R: Serialize> FinishedRun<R> {
    /// The run as it is saved: its report names its experiment and its config.
    ///
    /// # Errors
    /// Never, for the reports there are.
    pub fn saved(&self) -> Result<SavedRun, serde_json::Error> {
        Ok(saved_run(serde_json::to_value(&self.report)?, self.ledger.clone()))
    }
}

/// A report as JSON and its record, as they are saved.
pub(super) fn saved_run(report: Value, ledger: Ledger) -> SavedRun {
    let member = |name: &str| report.get(name).cloned().unwrap_or_default();
    let experiment = member("experiment").as_str().unwrap_or_default().to_owned();
    SavedRun { experiment, config: member("config"), report, ledger }
}

/// Runs an experiment to its end.
///
/// # Errors
/// The world could not be opened, or the run stood still. Whatever else went wrong is in the report.
pub fn run<E: Experiment>(config: &E::Config, options: &Options) -> Result<FinishedRun<E::Report>, Failure> {
    run_watched::<E>(config, options, &mut ())
}

/// The same, watched as it goes.
///
/// # Errors
/// As [`run()`].
pub fn run_watched<E: Experiment>(
    config: &E::Config,
    options: &Options,
    watch: &mut dyn RunObserver<E::News>,
) -> Result<FinishedRun<E::Report>, Failure> {
    let recorder = options.recorder(E::place(config).world(), None);
    let report = run_into::<E>(config, options, &recorder, watch)?;
    Ok(FinishedRun { report, ledger: recorder.into_ledger() })
}

/// The same, recorded into `recorder`.
///
/// # Errors
/// As [`run()`].
pub fn run_into<E: Experiment>(
    config: &E::Config,
    options: &Options,
    recorder: &Recorder,
    watch: &mut dyn RunObserver<E::News>,
) -> Result<E::Report, Failure> {
    let place = E::place(config);
    // In the lab there are no secrets; a config for the Internet may hold some.
    let shown = (place.live && place.world() == WorldChoice::Lab).then(|| serde_json::to_string(config));
    let order = RunDescription { experiment: E::NAME, config: shown.and_then(Result::ok) };
    let world = RunWorld { place, order, options, recorder };
    world.run(async |context| E::run(config, &context, watch).await)
}
