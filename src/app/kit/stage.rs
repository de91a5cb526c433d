//! A stage for story tests: one tab in a window, a shell that writes down what it is asked, and an engine that runs any experiment
//! for real, in the lab's virtual time, when it is told to.

use std::time::Duration;

use egui::Ui;
use egui_kittest::{Harness, HarnessBuilder};

use crate::app::{
    actions::Action,
    runs::{RunFile, RunRecord, Runs},
    script::{run_here, run_with},
    subject::RecordSelection,
    tab::{CookieContext, Tab, TabContext},
    theme,
};
use crate::engine::{
    bridge::{PublishedService, RunEnd, RunId, StoreRequest, Update, updates_after},
    experiments::{AnyConfig, ListedExperiment},
    jar::{JarSnapshot, PastJar},
    setting::Setting,
    store_status::StoreStatus,
    stores::Stores,
};

use crate::{lab::LabFiles, proto::http::cookies::JarRules};

/// A run with this report as it comes from a file.
pub(crate) fn opened_record<E: ListedExperiment>(report: E::Report) -> RunRecord {
    let file = Some(RunFile { name: "run.roundtrip".to_owned(), config: None });
    RunRecord { end: Some(RunEnd::done::<E>(report)), file, ..RunRecord::new(None) }
}

/// The tab and what is around it.
#[derive(Default)]
pub(crate) struct TabStage<T> {
    pub(crate) tab: T,
    pub(crate) runs: Runs,
    pub(crate) setting: Setting,
    pub(crate) gateway: Vec<PublishedService>,
    /// What lasts in the lab, as the window was told last.
    pub(crate) store: Option<StoreStatus>,
    /// By what the browser decides about cookies, the jar as the window was told last, and as it was.
    pub(crate) by: JarRules,
    pub(crate) jar: Option<JarSnapshot>,
    pub(crate) past: Option<PastJar>,
    /// Where what lasts is kept; nothing lasts where it is not given.
    pub(crate) stores: Stores,
    pub(crate) moment: Option<Duration>,
    pub(crate) pick: Option<RecordSelection>,
    /// How often something was picked.
    pub(crate) picks: usize,
    /// Everything the tab asked for.
    pub(crate) asked: Vec<Action>,
    /// How many of the things asked for have been done by [`TabStage::serve_all`].
    pub(crate) done: usize,
    /// How many of the runs asked for have been run.
    pub(crate) served: usize,
}

/// A window with the tab alone.
pub(crate) type StageWindow<T> = Harness<'static, TabStage<T>>;

impl<T: Tab> TabStage<T> {
    /// The tab at work.
    pub(crate) fn with<R>(&mut self, work: impl FnOnce(&mut T, &mut TabContext<'_>) -> R) -> R {
        let Self { tab, runs, setting, gateway, store, by, jar, past, moment, pick, asked, .. } = self;
        let lab = &LabFiles::embedded();
        let (moment, pick, store) = (*moment, *pick, store.as_ref());
        let cookies = CookieContext { by: *by, jar: jar.as_ref(), past: past.as_ref() };
        work(tab, &mut TabContext { runs, setting, lab, gateway, store, cookies, moment, pick, actions: asked })
    }

    /// The runs asked for, in order.
    pub(crate) fn started(&self) -> impl DoubleEndedIterator<Item = (RunId, &AnyConfig)> {
        self.asked.iter().filter_map(|action| match action {
            Action::Start(job, config) => Some((*job, config)),
            _ => None,
        })
    }

    /// The runs of one experiment asked for, in order.
    pub(crate) fn started_of<E: ListedExperiment>(&self) -> impl DoubleEndedIterator<Item = (RunId, &E::Config)> {
        self.started().filter_map(|(job, config)| Some((job, config.of::<E>()?)))
    }

    /// The last run of an experiment asked for.
    pub(crate) fn last<E: ListedExperiment>(&self) -> Option<(RunId, &E::Config)> {
        self.started_of::<E>().next_back()
    }

    /// The last run asked for ends so.
    pub(crate) fn end(&mut self, end: RunEnd) {
        let (job, _) = self.started().next_back().expect("something was started");
        self.runs.apply(Update::Ended(job, end));
    }

    /// The last run asked for ends with this report.
    pub(crate) fn end_with<E: ListedExperiment>(&mut self, report: E::Report) {
        self.end(RunEnd::done::<E>(report));
    }

    /// The engine does what was asked for since the last time, with what lasts; runs that are live change it.
    pub(crate) fn serve_all(&mut self) {
        let asked: Vec<Action> = self.asked.iter().skip(self.done).cloned().collect();
        self.done = self.asked.len();
        for action in asked {
            let updates = match action {
                Action::Start(job, config) => {
                    let mut updates = run_with(job, &config, &self.stores);
                    updates.extend(updates_after(&StoreRequest::Look, &self.stores));
                    updates
                }
                Action::Store(order) => updates_after(&order, &self.stores),
                _ => Vec::new(),
            };
            for update in updates {
                match self.runs.apply(update) {
                    Some(Update::Store(status)) => self.store = Some(*status),
                    Some(Update::Jar(jar)) => self.jar = Some(*jar),
                    Some(Update::PastJar(past)) => self.past = Some(*past),
                    Some(Update::StoreFailed(failure)) => panic!("{failure:?}"),
                    Some(_) | None => {}
                }
            }
        }
    }

    /// The engine runs what was asked for since the last time.
    pub(crate) fn serve(&mut self) {
        let asked: Vec<(RunId, AnyConfig)> =
            self.started().skip(self.served).map(|(job, config)| (job, config.clone())).collect();
        self.served += asked.len();
        for (job, config) in asked {
            for update in run_here(job, &config) {
                drop(self.runs.apply(update));
            }
        }
    }
}

/// A window built so, a few frames old.
pub(crate) fn window_of<T: Tab + 'static>(builder: HarnessBuilder<TabStage<T>>, stage: TabStage<T>) -> StageWindow<T> {
    let paint = |ui: &mut Ui, stage: &mut TabStage<T>| {
        // The real window is cleared with its ground.
        ui.painter().rect_filled(ui.ctx().content_rect(), 0.0, theme::Theme::of(ui).window);
        let before = stage.asked.len();
        stage.with(|tab, cx| {
            tab.logic(cx);
            tab.ui(ui, cx);
        });
        for action in stage.asked.iter().skip(before) {
            match action {
                Action::Set(setting) => stage.setting = setting.clone(),
                Action::DecideBy(rules) => stage.by = *rules,
                Action::Pick(pick) => {
                    stage.pick = Some(*pick);
                    stage.picks += 1;
                }
                _ => {}
            }
        }
    };
    let mut window = builder.with_step_dt(0.05).with_context_setup(theme::install).build_ui_state(paint, stage);
    window.run_steps(2);
    window
}
