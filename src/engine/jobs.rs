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
    net::{Clock, Network, Timeouts, run_virtual},
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

/// Races strategies over a page.
///
/// # Errors
/// The world could not be opened, or the run stood still. A strategy that fails is in the report.
pub fn page_load(config: &page_load::Config, options: &Options) -> Result<Finished<page_load::Report>, Failure> {
    let recorder = options.recorder(config.setting.world, None);
    let report = page_load_into(config, options, &recorder)?;
    Ok(Finished { report, ledger: recorder.into_ledger() })
}

/// The same, recorded as it goes.
///
/// # Errors
/// As [`page_load()`].
pub fn page_load_into(
    config: &page_load::Config,
    options: &Options,
    recorder: &Recorder,
) -> Result<page_load::Report, Failure> {
    let timeouts = options.timeouts.unwrap_or_else(|| page_load_timeouts(&config.setting));
    let world = World { setting: &config.setting, options, recorder, timeouts, real_time: options.real_time };
    world.run(async |context| page_load::run(config, &context).await)
}

/// The same without a record.
pub(super) fn unrecorded_page_load(
    config: &page_load::Config,
    options: &Options,
) -> Result<page_load::Report, Failure> {
    let options = Options { caps: NOTHING_KEPT, ..options.clone() };
    Ok(page_load(config, &options)?.report)
}

/// Visits a page; the page's own content goes to `on_content` as it comes.
///
/// # Errors
/// The world could not be opened, or the run stood still. Whatever else went wrong is in the report.
pub fn browse(
    config: &browse::Config,
    options: &Options,
    on_content: &mut (dyn FnMut(&[u8]) + Send),
) -> Result<Finished<browse::Report>, Failure> {
    struct ToSink<'a>(&'a mut (dyn FnMut(&[u8]) + Send));
    impl browse::Watch for ToSink<'_> {
        fn content(&mut self, bytes: &[u8]) {
            (self.0)(bytes);
        }
    }
    let recorder = options.recorder(config.setting.world, None);
    let report = browse_into(config, options, &recorder, &mut ToSink(on_content))?;
    Ok(Finished { report, ledger: recorder.into_ledger() })
}

/// The same, recorded and watched as it goes.
///
/// # Errors
/// As [`browse()`].
pub fn browse_into(
    config: &browse::Config,
    options: &Options,
    recorder: &Recorder,
    watch: &mut dyn browse::Watch,
) -> Result<browse::Report, Failure> {
    let timeouts = options.timeouts.unwrap_or_else(|| browse_timeouts(&config.setting));
    let world = World {
        setting: &config.setting,
        options,
        recorder,
        timeouts,
        real_time: config.everyday || options.real_time,
    };
    world.run(async |context| browse::run(config, &context, watch).await)
}

/// Sends one DNS message written by hand.
///
/// # Errors
/// The world could not be opened, or the run stood still. Whatever else went wrong is in the report.
pub fn dns_message(config: &dns_message::Config, options: &Options) -> Result<Finished<dns_message::Report>, Failure> {
    let recorder = options.recorder(config.setting.world, None);
    let report = dns_message_into(config, options, &recorder)?;
    Ok(Finished { report, ledger: recorder.into_ledger() })
}

/// The same, recorded as it goes.
///
/// # Errors
/// As [`dns_message()`].
pub fn dns_message_into(
    config: &dns_message::Config,
    options: &Options,
    recorder: &Recorder,
) -> Result<dns_message::Report, Failure> {
    let timeouts = options.timeouts.unwrap_or_default();
    let world = World { setting: &config.setting, options, recorder, timeouts, real_time: options.real_time };
    world.run(async |context| dns_message::run(config, &context).await)
}

/// Asks the name system.
///
/// # Errors
/// The world could not be opened, or the run stood still. Whatever else went wrong is in the report.
pub fn resolve(config: &resolve::Config, options: &Options) -> Result<Finished<resolve::Report>, Failure> {
    struct Nobody;
    impl resolve::Watch for Nobody {}
    let recorder = options.recorder(config.setting.world, None);
    let report = resolve_into(config, options, &recorder, &mut Nobody)?;
    Ok(Finished { report, ledger: recorder.into_ledger() })
}

/// The same, recorded and watched as it goes.
///
/// # Errors
/// As [`resolve()`].
pub fn resolve_into(
    config: &resolve::Config,
    options: &Options,
    recorder: &Recorder,
    watch: &mut dyn resolve::Watch,
) -> Result<resolve::Report, Failure> {
    let timeouts = options.timeouts.unwrap_or_default();
    let waits = config.before.iter().map(|event| match event {
        resolve::Event::Wait { seconds } => Duration::from_secs(*seconds),
        _ => Duration::ZERO,
    });
    // Time that is skipped is no time spent.
    let timeouts = Timeouts { total: waits.fold(timeouts.total, Duration::saturating_add), ..timeouts };
    let world = World { setting: &config.setting, options, recorder, timeouts, real_time: options.real_time };
    world.run(async |context| resolve::run(config, &context, watch).await)
}

/// Attacks the lab's name system, in virtual time.
///
/// # Errors
/// The lab could not be opened, or the run stood still. Whatever else went wrong is in the report.
pub fn name_attack(config: &name_attack::Config, options: &Options) -> Result<Finished<name_attack::Report>, Failure> {
    let recorder = options.recorder(WorldChoice::Lab, None);
    let report = name_attack_into(config, options, &recorder)?;
    Ok(Finished { report, ledger: recorder.into_ledger() })
}

/// The same, recorded as it goes.
///
/// # Errors
/// As [`name_attack()`].
pub fn name_attack_into(
    config: &name_attack::Config,
    options: &Options,
    recorder: &Recorder,
) -> Result<name_attack::Report, Failure> {
    let setting = config.setting.in_lab();
    let world = World { setting: &setting, options, recorder, timeouts: long(options), real_time: false };
    world.run(async |context| name_attack::run(config, &context).await)
}

/// Lives through a day of lookups in the lab, in virtual time.
///
/// # Errors
/// The lab could not be opened, or the run stood still. Whatever else went wrong is in the report.
pub fn name_day(config: &name_day::Config, options: &Options) -> Result<Finished<name_day::Report>, Failure> {
    let recorder = options.recorder(WorldChoice::Lab, None);
    let report = name_day_into(config, options, &recorder)?;
    Ok(Finished { report, ledger: recorder.into_ledger() })
}

/// The same, recorded as it goes.
///
/// # Errors
/// As [`name_day()`].
pub fn name_day_into(
    config: &name_day::Config,
    options: &Options,
    recorder: &Recorder,
) -> Result<name_day::Report, Failure> {
    let setting = config.setting.in_lab();
    let world = World { setting: &setting, options, recorder, timeouts: long(options), real_time: false };
    world.run(async |context| name_day::run(config, &context).await)
}

/// Days pass in these experiments, and virtual time costs nothing.
fn long(options: &Options) -> Timeouts {
    options.timeouts.unwrap_or(Timeouts { total: Duration::from_hours(10_000), ..Timeouts::default() })
}

/// As in the Internet, so that a stalled server is found out after a browser's patience; on a path so slow that a good server
/// would seem to stall, far more.
fn browse_timeouts(setting: &Setting) -> Timeouts {
    let slow = setting.path.rate.0.is_some_and(|rate| rate < SLOW) || setting.path.rtt > Duration::from_secs(2);
    if setting.world == WorldChoice::Lab && slow { page_load_timeouts(setting) } else { Timeouts::default() }
}

/// Bits per second below which waiting for half a minute is nothing unusual.
const SLOW: u64 = 1_000_000;

/// In the lab a slow path makes everything long and nothing is wrong with that; virtual time costs nothing.
fn page_load_timeouts(setting: &Setting) -> Timeouts {
    let (hour, day) = (Duration::from_hours(1), Duration::from_hours(24));
    match setting.world {
        WorldChoice::Lab => Timeouts { connect: hour, tls: hour, first_octet: hour, idle: hour, total: day },
        WorldChoice::Internet => Timeouts::default(),
    }
}

/// The lab could not be opened: not the student's fault, nor any network's.
fn lab_failure(error: &LabError) -> Failure {
    Failure::from_error(error, Blame::Input, None)
}

/// A world to be opened for one run.
struct World<'a> {
    setting: &'a Setting,
    options: &'a Options,
    recorder: &'a Recorder,
    timeouts: Timeouts,
    /// The lab in real time: something in the run uses real sockets.
    real_time: bool,
}

impl World<'_> {
    fn run<T>(&self, work: impl AsyncFnOnce(Context) -> T) -> Result<T, Failure> {
        let result = match (self.setting.world, self.real_time) {
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
        let run = run_virtual(epoch, |clock| async move {
            let lab = self.open_lab(&clock)?;
            let context = self.context(lab.network(), "virtual time");
            Ok(work(Context { lab: Some(lab), ..context }).await)
        });
        run.map_err(|stalled| JobError::Stalled(stalled).failure())?
    }

    fn in_lab_in_real_time<T>(&self, work: impl AsyncFnOnce(Context) -> T) -> Result<T, Failure> {
        in_real_time(async {
            let lab = self.open_lab(&Clock::real())?;
            let context = self.context(lab.network(), "real time");
            Ok(work(Context { lab: Some(lab), ..context }).await)
        })?
    }

    fn in_internet<T>(&self, work: impl AsyncFnOnce(Context) -> T) -> Result<T, Failure> {
        in_real_time(async { work(self.context(Network::internet(Clock::real()), "real time")).await })
    }

    fn open_lab(&self, clock: &Clock) -> Result<Arc<Lab>, Failure> {
        let lab =
            Lab::open(clock, &self.options.lab_files(), &self.setting.path).map_err(|error| lab_failure(&error))?;
        lab.set_off(&self.setting.off).map_err(|error| lab_failure(&error))?;
        lab.set_zones(&self.setting.zones).map_err(|error| lab_failure(&error))?;
        Ok(Arc::new(lab))
    }

    fn context(&self, network: Network, time: &str) -> Context {
        let provenance = match (self.setting.world, self.setting.path.tcp) {
            (WorldChoice::Lab, tcp) => format!("measured in the lab, {tcp} TCP, {time}"),
            (WorldChoice::Internet, _) => format!("measured in this machine's Internet, its kernel's TCP, {time}"),
        };
        Context {
            network,
            recorder: self.recorder.clone(),
            job: self.options.job.clone(),
            timeouts: self.timeouts,
            provenance,
            lab: None,
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
