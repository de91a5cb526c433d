//! Experiments run to their end on this thread, in the world they ask for: the lab in virtual time, or this machine's Internet in
//! real time. The command line calls these, the window's bridge gives each a thread.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    browse,
    context::Context,
    dns_message,
    job::Job,
    name_attack, name_day,
    page_load::{self, sweep::NOTHING_KEPT},
    resolve,
    setting::{Setting, WorldChoice},
};
use crate::{
    lab::{Lab, LabError, LabFiles},
    net::{Clock, Network, TcpModel, Timeouts, run_virtual},
    wire::{Blame, Caps, Failure, FlowState, Ledger, Recorder, Secrets},
};

/// How a run is watched and limited.
#[derive(Clone)]
pub struct Options {
    /// Progress and stop.
    pub job: Job,
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

/// The lab's calendar begins here in every virtual run, in seconds since 1970, so that the same experiment sends the same octets: Monday, 7 September
/// 2026, 09:00 UTC.
pub const LAB_EPOCH_SECS: u64 = 1_788_771_600;

/// Why a run could not be carried out at all.
#[derive(Debug, thiserror::Error)]
enum JobError {
    #[error("the run stands still: every conversation waits for another and no time limit is set")]
    Stalled(#[source] crate::net::Stalled),
    #[error("the system gave no runtime")]
    NoRuntime(#[source] std::io::Error),
}

impl JobError {
    fn failure(&self) -> Failure {
        Failure::from_error(self, Blame::Network, None)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            job: Job::unwatched(),
            timeouts: None,
            caps: Caps::default(),
            reveal_secrets: false,
            real_time: false,
            lab_files: None,
        }
    }
}

impl Options {
    /// The same run, watched by nobody.
    pub(super) fn quiet(&self) -> Self {
        Self { job: self.job.quiet(), ..self.clone() }
    }

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

/// The lab could not be opened: not the student's fault, nor any network's.
fn lab_failure(error: &LabError) -> Failure {
    Failure::from_error(error, Blame::Input, None)
}

/// A world to be opened for one run.
struct World<'a> {
    place: Place,
    options: &'a Options,
    recorder: &'a Recorder,
}

impl World<'_> {
    fn run<T>(&self, work: impl AsyncFnOnce(Context) -> T) -> Result<T, Failure> {
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
        run.map_err(|stalled| JobError::Stalled(stalled).failure())?
    }

    fn in_lab_in_real_time<T>(&self, work: impl AsyncFnOnce(Context) -> T) -> Result<T, Failure> {
        in_real_time(async { Ok(work(self.lab_context(&Clock::real())?).await) })?
    }

    fn in_internet<T>(&self, work: impl AsyncFnOnce(Context) -> T) -> Result<T, Failure> {
        in_real_time(async { work(self.context(Network::internet(Clock::real()), None)).await })
    }

    fn lab_context(&self, clock: &Clock) -> Result<Context, Failure> {
        let files = self.options.lab_files();
        let lab = open_lab(clock, &files, &self.place.setting)?;
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
    let runtime = runtime.map_err(|error| JobError::NoRuntime(error).failure())?;
    let output = runtime.block_on(work);
    // A name lookup that still runs is not waited for.
    runtime.shutdown_background();
    Ok(output)
}
