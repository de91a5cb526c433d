//! The window's end of the engine: requests in, updates out, and no call ever waits. It does not depend on egui.
//!
//! Each experiment runs on a thread of its own, as the command line runs it ([`super::runner`]): virtual time needs a thread to itself,
//! and a panic there becomes a failure of that run alone. Its record needs no channel: the recorder is the buffer, drained with
//! everything else. The interactive lab and its gateway live on a runtime of two threads that starts when they are first asked for.

mod gateway;
mod run;
mod store;
#[cfg(test)]
mod stories;

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    task::{Wake, Waker},
};

use tokio_util::sync::CancellationToken;

use super::{
    control::Progress,
    experiments::{AnyConfig, AnyNews, AnyReport, ListedExperiment},
    jar::{JarRequest, JarSnapshot, PastJar},
    runner::Options,
    setting::Setting,
    store_status::StoreStatus,
    stores::Stores,
};
use crate::lab::LabFiles;
use crate::store::Skip;
use crate::wire::{Entry, Failure, Recorder};

pub use crate::lab::{PortChoice, PublishedService};
#[cfg(all(test, feature = "window"))]
pub(crate) use store::updates_after;

/// Which run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub u32);

impl RunId {
    /// The record of what outside programs do through the gateway: not a run, it has no end.
    pub const GATEWAY: Self = Self(u32::MAX);
}

/// What the window asks for.
#[derive(Clone, Debug)]
pub enum EngineRequest {
    /// Run an experiment.
    Run(RunId, AnyConfig),
    /// Stop a run.
    Stop(RunId),
    /// World and path changed: the interactive lab and its gateway follow.
    Setting(Setting),
    /// Publish the interactive lab on loopback, or withdraw it. Answered by [`Update::Gateway`] (empty when withdrawn).
    Gateway(bool),
    /// Give a service of the lab a certain port of 127.0.0.1, now or when the lab is next published. Answered, where it is published,
    /// as [`EngineRequest::Gateway`] is; a port that cannot be given changes nothing.
    PublishAt(PortChoice),
    /// Look at what the lab's store holds, or change it as the student says. Answered by [`Update::Store`] or
    /// [`Update::StoreFailed`]; the first opens the store.
    Store(StoreRequest),
}

/// What the student has done to the lab's store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreRequest {
    /// Nothing; it is looked at.
    Look,
    /// The calendar is skipped ahead.
    Skip(Skip),
    /// The tables of one owner, or of all of them, are as they were in the beginning.
    Reset(Option<String>),
    /// The browser's cookies are looked at or changed. Answered by [`Update::Jar`] or [`Update::PastJar`] too.
    Jar(JarRequest),
}

/// What the engine reports. A run's updates come in order and end with exactly one `Ended`.
#[derive(Debug)]
pub enum Update {
    /// More of a run's record.
    Entries(RunId, Vec<Entry>),
    /// Where a run stands.
    Progress(RunId, Progress),
    /// A run has found something out.
    News(RunId, AnyNews),
    /// A run ended.
    Ended(RunId, RunEnd),
    /// What the gateway publishes now.
    Gateway(Vec<PublishedService>),
    /// The lab could not be published.
    GatewayFailed(Failure),
    /// What lasts in the lab, as it is now: asked for, or changed by a run that ended.
    Store(Box<StoreStatus>),
    /// It could not be read or changed.
    StoreFailed(Failure),
    /// The browser's cookies, as they are now.
    Jar(Box<JarSnapshot>),
    /// The browser's cookies, as they were.
    PastJar(Box<PastJar>),
}

/// How a run ended.
#[derive(Clone, Debug)]
pub enum RunEnd {
    /// With a report.
    Done(AnyReport),
    /// Stopped by the student.
    Stopped,
    /// Could not be done.
    Failed(Failure),
}

/// The engine, as the window holds it. Dropping it never waits: runs are told to stop and left alone.
pub struct Bridge {
    lab: LabFiles,
    stores: Stores,
    running: BTreeMap<RunId, ActiveRun>,
    told: Receiver<(RunId, Update)>,
    tell: UpdateSender,
    gateway: gateway::GatewayControl,
    setting: Setting,
}

/// A run whose end the window has not been told yet.
struct ActiveRun {
    stop: CancellationToken,
    recorder: Recorder,
    progress: Arc<Mutex<Option<Progress>>>,
    /// Drained from the record and not yet handed out.
    entries: VecDeque<Entry>,
    /// Told by the run; handed out after the entries that came before.
    updates: VecDeque<Update>,
}

impl EngineRequest {
    /// Runs an experiment.
    pub fn run<E: ListedExperiment>(job: RunId, config: E::Config) -> Self {
        Self::Run(job, E::any_config(config))
    }
}

impl RunEnd {
    /// An end with this report.
    pub fn done<E: ListedExperiment>(report: E::Report) -> Self {
        Self::Done(E::any_report(report))
    }

    /// The report, where there is one of the experiment `E`.
    pub fn report<E: ListedExperiment>(&self) -> Option<&E::Report> {
        match self {
            Self::Done(report) => report.of::<E>(),
            Self::Stopped | Self::Failed(_) => None,
        }
    }
}

/// The engine has too much to do already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the engine is busy: try again in a moment")]
pub struct Busy;

/// Runs at once.
pub const MAX_RUNNING: usize = 16;
/// Updates on their way to the window; past it, runs wait.
const UPDATES_WAITING: usize = 1024;
/// Entries handed out at once, so that one frame never has to take in a whole record.
const ENTRIES_AT_ONCE: usize = 20_000;

impl Bridge {
    /// Gets ready to run experiments in `lab`, where what is live keeps its tables in `stores`; `waker` is woken once for each batch of updates. Nothing runs before something is asked for.
    ///
    /// # Errors
    /// Never yet: threads start when they are needed.
    pub fn start(waker: Waker, lab: LabFiles, stores: Stores) -> std::io::Result<Self> {
        let (tell, told) = sync_channel(UPDATES_WAITING);
        let waker = Arc::new(WindowWaker { waker, is_woken: AtomicBool::new(false) });
        let tell = UpdateSender { channel: tell, waker };
        let gateway = gateway::GatewayControl::new(tell.clone(), lab.clone(), stores.clone());
        Ok(Self { lab, stores, running: BTreeMap::new(), told, tell, gateway, setting: Setting::default() })
    }

    /// Asks for something; never waits.
    ///
    /// # Errors
    /// [`Busy`] when [`MAX_RUNNING`] runs are under way, or the gateway has not caught up yet.
    pub fn ask(&mut self, request: EngineRequest) -> Result<(), Busy> {
        match request {
            EngineRequest::Run(job, config) => self.begin(job, config),
            EngineRequest::Stop(job) => {
                if let Some(running) = self.running.get(&job) {
                    running.stop.cancel();
                }
                Ok(())
            }
            EngineRequest::Setting(setting) => {
                self.setting = setting;
                self.gateway.set(&self.setting)
            }
            EngineRequest::Gateway(on) => self.gateway.switch(on, &self.setting),
            EngineRequest::PublishAt(choice) => self.gateway.publish_at(choice),
            EngineRequest::Store(order) => store::carry_out(order, &self.stores, &self.tell).map_err(|_no_thread| Busy),
        }
    }

    /// Everything new; never waits. A run's entries come before the updates that it sent after writing them.
    pub fn drain(&mut self) -> Vec<Update> {
        self.tell.waker.is_woken.store(false, Ordering::SeqCst);
        let mut news = Vec::new();
        for (job, update) in self.told.try_iter().take(UPDATES_WAITING) {
            match self.running.get_mut(&job) {
                Some(running) => running.updates.push_back(update),
                None => news.push(update),
            }
        }
        let gateway = self.gateway.recorder.drain();
        if !gateway.is_empty() {
            news.push(Update::Entries(RunId::GATEWAY, gateway));
        }
        let mut more = false;
        for (job, running) in &mut self.running {
            more |= running.hand_out(*job, &mut news);
        }
        for update in &news {
            if let Update::Ended(job, _) = update {
                self.running.remove(job);
            }
        }
        if more {
            self.tell.waker.wake_window();
        }
        news
    }

    fn begin(&mut self, job: RunId, config: AnyConfig) -> Result<(), Busy> {
        if self.running.len() >= MAX_RUNNING || self.running.contains_key(&job) {
            return Err(Busy);
        }
        let lab_files = Some(Arc::new(self.lab.clone()));
        let options = Options { lab_files, stores: self.stores.clone(), ..Options::default() };
        let running = run::begin(job, config, options, &self.tell).map_err(|_no_thread| Busy)?;
        self.running.insert(job, running);
        Ok(())
    }
}

impl ActiveRun {
    /// Hands out what is new, entries first. True when there is more for the next time.
    fn hand_out(&mut self, job: RunId, news: &mut Vec<Update>) -> bool {
        self.entries.extend(self.recorder.drain());
        if !self.entries.is_empty() {
            let now = self.entries.len().min(ENTRIES_AT_ONCE);
            news.push(Update::Entries(job, self.entries.drain(..now).collect()));
        }
        if let Some(progress) = self.progress.lock().unwrap_or_else(PoisonError::into_inner).take() {
            news.push(Update::Progress(job, progress));
        }
        if self.entries.is_empty() {
            news.extend(self.updates.drain(..));
        }
        !self.entries.is_empty()
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.running.values().for_each(|running| running.stop.cancel());
    }
}

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bridge").field("running", &self.running.keys()).finish_non_exhaustive()
    }
}

/// Sends updates to the window, from any thread.
#[derive(Clone)]
struct UpdateSender {
    channel: SyncSender<(RunId, Update)>,
    waker: Arc<WindowWaker>,
}

impl UpdateSender {
    /// Waits while the window has too much to take in already; false when there is no window any more.
    fn tell(&self, job: RunId, update: Update) -> bool {
        let taken = self.channel.send((job, update)).is_ok();
        self.waker.wake_window();
        taken
    }

    /// Wakes the window.
    fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.waker))
    }
}

/// Wakes the window once for each time it looks.
struct WindowWaker {
    waker: Waker,
    is_woken: AtomicBool,
}

impl WindowWaker {
    fn wake_window(&self) {
        if !self.is_woken.swap(true, Ordering::SeqCst) {
            self.waker.wake_by_ref();
        }
    }
}

impl Wake for WindowWaker {
    fn wake(self: Arc<Self>) {
        self.wake_window();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_window();
    }
}
