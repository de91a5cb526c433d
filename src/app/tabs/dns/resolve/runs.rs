//! The resolution on screen and the one under way.

use std::{rc::Rc, time::Duration};

use egui::Ui;

use super::{layout::participants::Participants, messages::TraceMessage};
use crate::{
    app::{kit::run_view::RunView, memo::Memo, runs::Runs, tab::TabContext},
    engine::{
        bridge::RunId,
        resolve::{Config, Report, Resolve},
        setting::WorldChoice,
    },
    proto::dns::trace::ResolutionStep,
    wire::Ledger,
};

/// Which runs the view shows.
#[derive(Debug, Default)]
pub(super) struct ResolveRuns {
    run: RunView<Resolve>,
}

/// A resolution, ended or as far as it has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct ResolutionTrace<'a> {
    /// Which run, and how often it has changed: what is computed from it holds until this does not.
    pub(super) key: (RunId, u64),
    pub(super) steps: &'a [ResolutionStep],
    pub(super) ledger: &'a Ledger,
    /// Once it has ended.
    pub(super) report: Option<&'a Report>,
}

impl ResolutionTrace<'_> {
    /// When it began.
    pub(super) fn origin(&self) -> Duration {
        self.steps.first().map_or(Duration::ZERO, |step| step.sent_at)
    }
}

impl ResolveRuns {
    /// The run that is shown.
    pub(super) fn job(&self) -> Option<RunId> {
        self.run.job()
    }

    /// Is one under way?
    pub(super) fn is_running(&self) -> bool {
        self.run.is_running()
    }

    /// Did the last one give no result?
    pub(super) fn is_in_trouble(&self) -> bool {
        self.run.trouble().is_some()
    }

    /// Says why.
    pub(super) fn trouble_ui(&self, ui: &mut Ui) {
        self.run.trouble_ui(ui, "The last question was stopped.");
    }

    /// Stops the one under way.
    pub(super) fn stop(&self, cx: &mut TabContext<'_>) {
        self.run.stop(cx);
    }

    /// What is known of the run that is shown.
    pub(super) fn resolved<'a>(&self, runs: &'a Runs) -> Option<ResolutionTrace<'a>> {
        let job = self.job()?;
        let record = runs.get(job)?;
        let key = (job, record.revision);
        if let Some(report) = record.report::<Resolve>() {
            return Some(ResolutionTrace { key, steps: &report.steps, ledger: &record.ledger, report: Some(report) });
        }
        let steps = record.news::<Resolve>().last().filter(|steps| !steps.is_empty())?;
        Some(ResolutionTrace { key, steps, ledger: &record.ledger, report: None })
    }

    /// Shows a record read from a file.
    pub(super) fn adopt(&mut self, job: RunId) {
        self.run.adopt(job);
    }

    pub(super) fn start(&mut self, config: Config, cx: &mut TabContext<'_>) {
        self.run.start(config, cx);
    }

    /// Takes in what ended. `true` when another result is shown from now on.
    pub(super) fn take_in(&mut self, cx: &mut TabContext<'_>) -> bool {
        self.run.take_in(cx)
    }

    /// In the lab, asks by itself a moment after the choices came to rest; what is being typed waits for Enter.
    pub(super) fn follow(&mut self, ui: &Ui, config: Option<Config>, cx: &mut TabContext<'_>) {
        let Some(config) = config.filter(|config| config.setting.world == WorldChoice::Lab) else { return };
        let unasked = !ui.ctx().text_edit_focused() && !self.only_typed(&config);
        self.run.follow(ui, unasked.then_some(config), cx);
    }

    /// Does it differ from what was asked last in what is typed alone?
    fn only_typed(&self, config: &Config) -> bool {
        let Some(asked) = self.run.asked() else { return false };
        let typed = (&config.name, &config.server) != (&asked.name, &asked.server);
        let rest = Config { name: asked.name.clone(), server: asked.server.clone(), ..config.clone() };
        typed && rest == *asked
    }
}

/// What is computed from a resolution's steps once and used by every part of the tab.
#[derive(Debug, Default)]
pub(super) struct ResolutionFacts(Memo<(RunId, u64), AnswerSources>);

/// What was told, and by whom.
type AnswerSources = (Rc<[TraceMessage]>, Rc<Participants>);

impl ResolutionFacts {
    /// What was told, and by whom.
    pub(super) fn of(&mut self, resolved: &ResolutionTrace<'_>) -> AnswerSources {
        let found = || (TraceMessage::of(resolved.steps).into(), Rc::new(Participants::of(resolved.steps)));
        let (told, people) = self.0.of(resolved.key, found);
        (Rc::clone(told), Rc::clone(people))
    }
}
