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

use super::{ActiveRun, RunEnd, RunId, Update, UpdateSender, store};
use crate::{
    engine::{
        control::Control,
        experiment::RunObserver,
        experiments::{AnyConfig, AnyNews},
        runner::Options,
        setting::WorldChoice,
    },
    wire::{Blame, Failure, FlowState, Recorder},
};

/// A fault of this program.
#[derive(Debug, thiserror::Error)]
#[error("the program failed, and the run ended: {words}. Please report it")]
struct RunPanic {
    words: String,
}

/// Starts it. Its end is reported exactly once.
///
/// # Errors
/// The operating system gives no thread.
pub(super) fn begin(job: RunId, config: AnyConfig, options: Options, tell: &UpdateSender) -> io::Result<ActiveRun> {
    let stop = CancellationToken::new();
    let progress = Arc::new(Mutex::new(None));
    let (shown, sender) = (Arc::clone(&progress), tell.clone());
    let control = Control::new(stop.clone(), move |now| {
        *shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        sender.waker.wake_window();
    });
    let options = Options { control, ..options };
    let recorder = options.recorder(config.place().world(), Some(tell.waker()));
    let run = RunTask { job, config, options, recorder: recorder.clone(), tell: tell.clone() };
    // A thread and not a task: virtual time drives the runtime of its own thread, and what a run computes would hold up others.
    std::thread::Builder::new().name(format!("run {}", job.0)).spawn(move || run.carry_out())?;
    Ok(ActiveRun { stop, recorder, progress, entries: VecDeque::new(), updates: VecDeque::new() })
}

struct RunTask {
    job: RunId,
    config: AnyConfig,
    options: Options,
    recorder: Recorder,
    tell: UpdateSender,
}

impl RunTask {
    fn carry_out(self) {
        let end = catch_unwind(AssertUnwindSafe(|| self.end())).unwrap_or_else(|panic| {
            let failure = Failure::from_error(&RunPanic { words: words_of(&*panic) }, Blame::Input, None);
            self.recorder.end_live(Duration::ZERO, &FlowState::Failed(failure.clone()));
            RunEnd::Failed(failure)
        });
        self.tell.tell(self.job, Update::Ended(self.job, end));
        let place = self.config.place();
        if place.live && place.world() == WorldChoice::Lab {
            store::tell_status(&self.options.stores, &self.tell);
        }
    }

    fn end(&self) -> RunEnd {
        let mut watch = NewsSender { job: self.job, tell: &self.tell };
        let report = self.config.run_into(&self.options, &self.recorder, &mut watch);
        match report {
            _ if self.options.control.is_stopped() => RunEnd::Stopped,
            Ok(report) => RunEnd::Done(report),
            Err(failure) => RunEnd::Failed(failure),
        }
    }
}

/// Sends a run's news to the window.
struct NewsSender<'a> {
    job: RunId,
    tell: &'a UpdateSender,
}

impl RunObserver<AnyNews> for NewsSender<'_> {
    fn news(&mut self, news: AnyNews) {
        self.tell.tell(self.job, Update::News(self.job, news));
    }
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
    words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a word".to_owned())
}
