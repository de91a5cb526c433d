//! Opening a world for a run: the lab in virtual or in real time, or this machine's Internet.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    context::Context,
    experiment::RunPlace,
    jar::BrowserJar,
    opening::{lab_failure, open_lab, provenance},
    options::Options,
    setting::WorldChoice,
    stores::SharedStore,
};
use crate::{
    lab::{Lab, LabStore},
    net::{Clock, Network, run_virtual},
    store::{Date, Revision, StoreKind},
    wire::{Blame, Failure, FlowState, Recorder},
};

/// Why a run could not be carried out at all.
#[derive(Debug, thiserror::Error)]
enum WorldError {
    #[error("the run cannot go on: every conversation waits for another and no time limit is set")]
    Stalled(#[source] crate::net::Stalled),
    #[error("the system gave no runtime")]
    NoRuntime(#[source] std::io::Error),
    #[error("what lasts from run to run could not be read or written")]
    Store(#[source] crate::store::Error),
}

impl WorldError {
    fn failure(&self) -> Failure {
        let blame = if matches!(self, Self::Store(_)) { Blame::Input } else { Blame::Network };
        Failure::from_error(self, blame, None)
    }
}

/// A world to be opened for one run.
pub(super) struct RunWorld<'a> {
    pub(super) place: RunPlace,
    pub(super) order: RunDescription,
    pub(super) options: &'a Options,
    pub(super) recorder: &'a Recorder,
}

/// What is run, as the store remembers it.
pub(super) struct RunDescription {
    pub(super) experiment: &'static str,
    /// As JSON; `None` where it may hold secrets.
    pub(super) config: Option<String>,
}

/// What a lab keeps, and what there is to do when it closes.
struct RunStore {
    store: LabStore,
    /// The date it begins at.
    date: Date,
    /// Which state of the lasting store it began from.
    revision: Option<Revision>,
    /// The store it shares, where it is live.
    shared: Option<SharedStore>,
}

impl RunWorld<'_> {
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
        let keeping = self.keeping().map_err(|error| WorldError::Store(error).failure())?;
        let epoch = SystemTime::from(keeping.date);
        let run = run_virtual(epoch, |clock| async move {
            let (lab, context) = self.lab_context(&clock, &keeping)?;
            let output = work(context).await;
            if let Some(shared) = &keeping.shared {
                note(shared, lab.write_down());
                note(shared, shared.advance(clock.now()).and_then(|()| shared.end_run()));
            }
            Ok(output)
        });
        run.map_err(|stalled| WorldError::Stalled(stalled).failure())?
    }

    fn in_lab_in_real_time<T>(&self, work: impl AsyncFnOnce(Context) -> T) -> Result<T, Failure> {
        let keeping = self.keeping().map_err(|error| WorldError::Store(error).failure())?;
        let clock = match keeping.revision {
            Some(_) => Clock::real_from(keeping.date.into()),
            None => Clock::real(),
        };
        let running = keeping.shared.as_ref().map(|shared| shared.in_real_time(&clock)).transpose();
        let running = running.map_err(|error| WorldError::Store(error).failure())?;
        in_real_time(async {
            let (lab, context) = self.lab_context(&clock, &keeping)?;
            let output = work(context).await;
            if let Some(shared) = &keeping.shared {
                note(shared, lab.write_down());
                drop(running);
                note(shared, shared.end_run());
            }
            Ok(output)
        })?
    }

    fn in_internet<T>(&self, work: impl AsyncFnOnce(Context) -> T) -> Result<T, Failure> {
        let provenance = provenance(&self.place.setting, false, None);
        let jar = if self.place.live {
            BrowserJar::in_internet(&self.options.stores, self.order.experiment)
        } else {
            BrowserJar::in_memory()
        };
        let place = (Network::internet(Clock::real()), None);
        let done = in_real_time(async { work(self.context(place, jar, provenance)).await });
        if self.place.live
            && let Some(shared) = self.options.stores.opened_of(WorldChoice::Internet)
        {
            note(&shared, shared.end_run());
        }
        done
    }

    /// A live run shares the lasting store; a trial has a copy of it. Where nothing lasts, both have an empty one.
    fn keeping(&self) -> Result<RunStore, crate::store::Error> {
        let Some(shared) = self.options.stores.of(WorldChoice::Lab)? else {
            return Ok(RunStore { store: LabStore::fresh(), date: Date::LAB_EPOCH, revision: None, shared: None });
        };
        if self.place.live {
            let revision = Some(shared.store().revision()?);
            let run = shared.begin_run(self.order.experiment, self.order.config.as_deref())?;
            let store = LabStore::live(shared.store().clone(), Some(run));
            return Ok(RunStore { store, date: shared.date()?, revision, shared: Some(shared) });
        }
        let copy = shared.store().trial()?;
        let (revision, date) = match copy.kind() {
            StoreKind::Trial { revision, date } => (*revision, *date),
            StoreKind::Lasting { .. } | StoreKind::Memory | StoreKind::Copy => (copy.revision()?, shared.date()?),
        };
        Ok(RunStore { store: LabStore::trial(copy), date, revision: Some(revision), shared: None })
    }

    fn lab_context(&self, clock: &Clock, keeping: &RunStore) -> Result<(Arc<Lab>, Context), Failure> {
        let files = self.options.lab_files();
        let lab = open_lab(clock, &files, &self.place.setting, keeping.store.clone());
        let lab = lab.map_err(|error| lab_failure(&error))?;
        let provenance = provenance(&self.place.setting, clock.is_virtual(), keeping.revision);
        let jar = BrowserJar::in_lab(&keeping.store);
        Ok((Arc::clone(&lab), self.context((lab.network(), Some(lab)), jar, provenance)))
    }

    fn context(&self, (network, lab): (Network, Option<Arc<Lab>>), jar: BrowserJar, provenance: String) -> Context {
        Context {
            provenance,
            network,
            recorder: self.recorder.clone(),
            control: self.options.control.clone(),
            timeouts: self.options.timeouts.unwrap_or(self.place.timeouts),
            lab,
            jar: self.options.jar.clone().unwrap_or(jar),
        }
    }
}

/// The run's own result stands even where the store could not be written: that is reported beside it.
fn note<E: std::error::Error + 'static>(shared: &SharedStore, done: Result<(), E>) {
    if let Err(error) = done {
        shared.note_failure(&error);
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
