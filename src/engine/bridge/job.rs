//! One run on a thread of its own.

use std::{
    any::Any,
    collections::VecDeque,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use super::{JobId, Outcome, Running, Teller, Update};
use crate::{
    engine::{
        browse, dns_message,
        job::Job,
        jobs::{self, Options},
        name_attack, name_day,
        page_load::{self, sweep},
        resolve,
        setting::WorldChoice,
    },
    proto::dns::trace::Step,
    wire::{Blame, Failure, FlowState, Recorder},
};

/// What is to be run.
pub(super) enum Work {
    Browse(browse::Config),
    PageLoad(page_load::Config),
    Sweep(page_load::Sweep),
    Resolve(resolve::Config),
    NameAttack(name_attack::Config),
    DnsMessage(dns_message::Config),
    NameDay(name_day::Config),
}

/// A fault of this program.
#[derive(Debug, thiserror::Error)]
#[error("this program made a mistake, and the run ended: {words}. Please report it")]
struct Panicked {
    words: String,
}

/// Starts it. Its end will be told exactly once.
///
/// # Errors
/// The operating system gives no thread.
pub(super) fn begin(job: JobId, work: Work, tell: &Teller) -> io::Result<Running> {
    let stop = CancellationToken::new();
    let progress = Arc::new(Mutex::new(None));
    let (shown, bell) = (Arc::clone(&progress), tell.clone());
    let reins = Job::new(stop.clone(), move |now| {
        *shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        bell.bell.ring();
    });
    let options = Options { job: reins, ..Options::default() };
    let recorder = options.recorder(work.world(), Some(tell.waker()));
    let run = Run { job, work, options, recorder: recorder.clone(), tell: tell.clone() };
    // A thread and not a task: virtual time drives the runtime of its own thread, and what a run computes would hold up others.
    std::thread::Builder::new().name(format!("run {}", job.0)).spawn(move || run.carry_out())?;
    Ok(Running { stop, recorder, progress, entries: VecDeque::new(), updates: VecDeque::new() })
}

impl Work {
    fn world(&self) -> WorldChoice {
        match self {
            Self::Browse(config) => config.setting.world,
            Self::PageLoad(config) => config.setting.world,
            Self::Sweep(sweep) => sweep.base.setting.world,
            Self::Resolve(config) => config.setting.world,
            Self::DnsMessage(config) => config.setting.world,
            Self::NameAttack(_) | Self::NameDay(_) => WorldChoice::Lab,
        }
    }
}

struct Run {
    job: JobId,
    work: Work,
    options: Options,
    recorder: Recorder,
    tell: Teller,
}

impl Run {
    fn carry_out(self) {
        let outcome = catch_unwind(AssertUnwindSafe(|| self.outcome())).unwrap_or_else(|panic| {
            let failure = Failure::from_error(&Panicked { words: words_of(&*panic) }, Blame::Input, None);
            self.recorder.end_live(Duration::ZERO, &FlowState::Failed(failure.clone()));
            Outcome::Failed(failure)
        });
        self.tell.tell(self.job, Update::Ended(self.job, Box::new(outcome)));
    }

    fn outcome(&self) -> Outcome {
        let Self { job, work, options, recorder, tell } = self;
        let outcome = match work {
            Work::Browse(config) => {
                let mut watch = ToWindow { job: *job, tell, live: work.world() == WorldChoice::Internet };
                jobs::browse_into(config, options, recorder, &mut watch).map(Outcome::Browse)
            }
            Work::PageLoad(config) => jobs::page_load_into(config, options, recorder).map(Outcome::PageLoad),
            Work::Sweep(sweep) => {
                let mut on_point = |point| {
                    tell.tell(*job, Update::SweepPoint(*job, point));
                };
                sweep::run(sweep, options, &mut on_point).map(|()| Outcome::Sweep)
            }
            Work::Resolve(config) => {
                let mut watch = ToWindow { job: *job, tell, live: work.world() == WorldChoice::Internet };
                let report = jobs::resolve_into(config, options, recorder, &mut watch);
                report.map(|report| Outcome::Resolve(Box::new(report)))
            }
            Work::NameAttack(config) => {
                let report = jobs::name_attack_into(config, options, recorder);
                report.map(|report| Outcome::NameAttack(Box::new(report)))
            }
            Work::DnsMessage(config) => {
                let report = jobs::dns_message_into(config, options, recorder);
                report.map(|report| Outcome::DnsMessage(Box::new(report)))
            }
            Work::NameDay(config) => {
                let report = jobs::name_day_into(config, options, recorder);
                report.map(|report| Outcome::NameDay(Box::new(report)))
            }
        };
        if options.job.is_stopped() { Outcome::Stopped } else { outcome.unwrap_or_else(Outcome::Failed) }
    }
}

struct ToWindow<'a> {
    job: JobId,
    tell: &'a Teller,
    /// It takes real time.
    live: bool,
}

impl browse::Watch for ToWindow<'_> {
    fn exchange(&mut self, exchange: &browse::Exchange) {
        self.tell.tell(self.job, Update::Exchange(self.job, Box::new(exchange.clone())));
    }
}

impl resolve::Watch for ToWindow<'_> {
    /// In the lab a resolution takes no time that could be watched: its report tells everything.
    fn steps(&mut self, steps: &[Step]) {
        if self.live {
            self.tell.tell(self.job, Update::Steps(self.job, steps.to_vec()));
        }
    }
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
    words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a word".to_owned())
}
