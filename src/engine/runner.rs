//! Experiments run to their end on this thread, in the world they ask for: the lab in virtual time, or this machine's Internet in
//! real time. The command line calls this, the window's bridge gives each run a thread.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::{
    control::Control,
    experiment::{Experiment, Watch},
    setting::WorldChoice,
    world::World,
};
use crate::{
    lab::LabFiles,
    net::Timeouts,
    wire::{Caps, Failure, Ledger, Recorder, Secrets, save::SavedRun},
};

/// How a run is watched and limited.
#[derive(Clone)]
pub struct Options {
    /// Progress and stop.
    pub control: Control,
    /// How long each stage may take; `None`: what suits the world and the experiment.
    pub timeouts: Option<Timeouts>,
    /// How much is recorded.
    pub caps: Caps,
    /// Secrets are shown in the record of an Internet run too: the student asked. The lab always shows them.
    pub reveal_secrets: bool,
    /// The lab runs in real time, as an outside program sees it through the gateway. The everyday client always does.
    pub real_time: bool,
    /// What the lab consists of; `None`: what is built in.
    pub lab_files: Option<Arc<LabFiles>>,
}

/// A run that came to its end, with its record.
#[derive(Debug)]
pub struct Finished<R> {
    /// What came out.
    pub report: R,
    /// What crossed the wire.
    pub ledger: Ledger,
}

impl<R: Serialize> Finished<R> {
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

impl Default for Options {
    fn default() -> Self {
        Self {
            control: Control::none(),
            timeouts: None,
            caps: Caps::default(),
            reveal_secrets: false,
            real_time: false,
            lab_files: None,
        }
    }
}

impl Options {
    /// The lab's files; the built-in ones are read when they are first asked for.
    pub fn lab_files(&self) -> LabFiles {
        self.lab_files.as_deref().map_or_else(LabFiles::embedded, LabFiles::clone)
    }

    /// The recorder of a run in this world.
    pub fn recorder(&self, world: WorldChoice, waker: Option<std::task::Waker>) -> Recorder {
        let shown = world == WorldChoice::Lab || self.reveal_secrets;
        Recorder::new(self.caps, if shown { Secrets::Shown } else { Secrets::Masked }, waker)
    }
}

/// Runs an experiment to its end.
///
/// # Errors
/// The world could not be opened, or the run stood still. Whatever else went wrong is in the report.
pub fn run<E: Experiment>(config: &E::Config, options: &Options) -> Result<Finished<E::Report>, Failure> {
    run_watched::<E>(config, options, &mut ())
}

/// The same, watched as it goes.
///
/// # Errors
/// As [`run()`].
pub fn run_watched<E: Experiment>(
    config: &E::Config,
    options: &Options,
    watch: &mut dyn Watch<E::News>,
) -> Result<Finished<E::Report>, Failure> {
    let recorder = options.recorder(E::place(config).world(), None);
    let report = run_into::<E>(config, options, &recorder, watch)?;
    Ok(Finished { report, ledger: recorder.into_ledger() })
}

/// The same, recorded into `recorder`.
///
/// # Errors
/// As [`run()`].
pub fn run_into<E: Experiment>(
    config: &E::Config,
    options: &Options,
    recorder: &Recorder,
    watch: &mut dyn Watch<E::News>,
) -> Result<E::Report, Failure> {
    let world = World { place: E::place(config), options, recorder };
    world.run(async |context| E::run(config, &context, watch).await)
}
