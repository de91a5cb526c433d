//! The runs on screen and their records. The window thread owns them; updates from the engine are applied here and nowhere else.

use std::collections::BTreeMap;

use crate::{
    engine::{
        bridge::{RunEnd, RunId, Update},
        control::Progress,
        experiments::{AnyConfig, AnyReport, ListedExperiment, NewsLog},
    },
    wire::Ledger,
};

/// All runs the window knows, by number.
#[derive(Debug, Default)]
pub struct Runs {
    records: BTreeMap<RunId, RunRecord>,
    handed_out: u32,
}

/// One run: what was asked, what was recorded, how it ended.
#[derive(Debug)]
pub struct RunRecord {
    /// What was asked. `None` for a record read from a file.
    pub asked: Option<AnyConfig>,
    /// What crossed the wire so far.
    pub ledger: Ledger,
    /// Where it stands.
    pub progress: Option<Progress>,
    /// What it told while it ran; `None` for a record read from a file.
    pub news: Option<NewsLog>,
    /// How it ended; `None` while it runs.
    pub end: Option<RunEnd>,
    /// The file it was read from; `None` for a run of this window.
    pub file: Option<RunFile>,
    /// Grows with every change: what is computed from this record may be kept until it differs.
    pub revision: u64,
}

/// A file that a run was read from.
#[derive(Clone, Debug)]
pub struct RunFile {
    /// Its name, without the folders it is in.
    pub name: String,
    /// What was asked for; `None` for a record that no experiment made.
    pub config: Option<AnyConfig>,
}

impl RunRecord {
    /// A run that was just asked for (`Some`), or an empty record about to be filled from a file.
    pub fn new(asked: Option<AnyConfig>) -> Self {
        Self {
            news: asked.as_ref().map(AnyConfig::news_log),
            asked,
            ledger: Ledger::default(),
            progress: None,
            end: None,
            file: None,
            revision: 0,
        }
    }

    /// Is it still going on?
    pub fn is_running(&self) -> bool {
        self.asked.is_some() && self.end.is_none()
    }

    /// The config it was asked for with, where it is of the experiment `E`.
    pub fn config<E: ListedExperiment>(&self) -> Option<&E::Config> {
        self.asked.as_ref()?.of::<E>()
    }

    /// The report it ended with, where it is of the experiment `E`.
    pub fn report<E: ListedExperiment>(&self) -> Option<&E::Report> {
        self.end.as_ref()?.report::<E>()
    }

    /// What it told so far, where it is of the experiment `E`; nothing otherwise.
    pub fn news<E: ListedExperiment>(&self) -> &[E::News] {
        self.news.as_ref().map_or(&[], NewsLog::of::<E>)
    }

    /// The report it ended with, of whichever experiment.
    pub fn any_report(&self) -> Option<&AnyReport> {
        match self.end.as_ref()? {
            RunEnd::Done(report) => Some(report),
            RunEnd::Stopped | RunEnd::Failed(_) => None,
        }
    }
}

impl Runs {
    /// A number no run has had.
    pub fn next_job(&mut self) -> RunId {
        self.handed_out += 1;
        RunId(self.handed_out)
    }

    /// Takes a run in; `job` comes from [`Runs::next_job`], or is [`RunId::GATEWAY`].
    pub fn insert(&mut self, job: RunId, record: RunRecord) {
        self.records.insert(job, record);
    }

    /// One run.
    pub fn get(&self, job: RunId) -> Option<&RunRecord> {
        self.records.get(&job)
    }

    /// Drops a run's record.
    pub fn forget(&mut self, job: RunId) -> Option<RunRecord> {
        self.records.remove(&job)
    }

    /// All, in the order they were started.
    pub fn iter(&self) -> impl Iterator<Item = (RunId, &RunRecord)> {
        self.records.iter().map(|(job, record)| (*job, record))
    }

    /// Those still going on.
    pub fn running(&self) -> impl Iterator<Item = (RunId, &RunRecord)> {
        self.iter().filter(|(_, record)| record.is_running())
    }

    /// Applies what the engine told; returns what is not about a run. Updates of forgotten runs, and any after a run's end, are
    /// dropped.
    pub fn apply(&mut self, update: Update) -> Option<Update> {
        let job = match &update {
            Update::Entries(job, _) | Update::Progress(job, _) | Update::News(job, _) | Update::Ended(job, _) => *job,
            Update::Gateway(_)
            | Update::GatewayFailed(_)
            | Update::Store(_)
            | Update::StoreFailed(_)
            | Update::Jar(_)
            | Update::PastJar(_) => {
                return Some(update);
            }
        };
        let record = self.records.get_mut(&job).filter(|record| record.end.is_none())?;
        record.revision += 1;
        match update {
            Update::Entries(_, entries) => entries.into_iter().for_each(|entry| record.ledger.apply(entry)),
            Update::Progress(_, progress) => record.progress = Some(progress),
            Update::News(_, news) => {
                if let Some(log) = &mut record.news {
                    log.add(news);
                }
            }
            Update::Ended(_, end) => record.end = Some(end),
            Update::Gateway(_)
            | Update::GatewayFailed(_)
            | Update::Store(_)
            | Update::StoreFailed(_)
            | Update::Jar(_)
            | Update::PastJar(_) => {}
        }
        None
    }
}

#[cfg(test)]
mod a_run {
    use super::{RunRecord, Runs};
    use crate::engine::{
        bridge::{RunEnd, Update},
        control::Progress,
        experiments::AnyConfig,
        page_load::PageLoad,
    };

    fn progress() -> Progress {
        Progress { done: 1, of: 2, doing: "serial".to_owned() }
    }

    #[test]
    fn ends_once_and_changes_no_more() {
        let mut runs = Runs::default();
        let job = runs.next_job();
        let config = crate::engine::page_load::Config::default();
        runs.insert(job, RunRecord::new(Some(AnyConfig::new::<PageLoad>(config))));
        assert_eq!(runs.running().count(), 1);
        runs.apply(Update::Ended(job, RunEnd::Stopped));
        runs.apply(Update::Progress(job, progress()));
        let record = runs.get(job).unwrap();
        assert!(record.progress.is_none());
        assert!(!record.is_running());
        assert_eq!(record.revision, 1);
    }

    #[test]
    fn that_is_forgotten_hears_nothing() {
        let mut runs = Runs::default();
        let job = runs.next_job();
        assert!(runs.apply(Update::Progress(job, progress())).is_none());
        assert!(runs.get(job).is_none());
    }

    #[test]
    fn numbers_are_never_given_twice() {
        let mut runs = Runs::default();
        let one = runs.next_job();
        runs.insert(one, RunRecord::new(None));
        runs.forget(one);
        assert_ne!(runs.next_job(), one);
    }
}
