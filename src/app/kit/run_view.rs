//! The run of an experiment on screen and the one under way: one result is shown, the last one, until the next is there. What is cheap
//! is run again by itself a moment after the settings came to rest.

use std::{fmt, time::Duration};

use egui::{ProgressBar, Ui};

use crate::{
    app::{
        actions::Action,
        runs::{RunRecord, Runs},
        tab::TabContext,
        theme::Theme,
        widgets,
    },
    engine::{
        bridge::{RunEnd, RunId},
        experiments::ListedExperiment,
    },
    wire::Failure,
};

/// Which runs of an experiment a view looks at.
pub(crate) struct RunView<E: ListedExperiment> {
    /// Whose result is shown.
    shown: Option<RunId>,
    /// What runs.
    coming: Option<RunId>,
    /// Why the last one gave no result.
    trouble: Option<RunProblem>,
    /// Runs that are not shown any more.
    replaced: Vec<RunId>,
    /// What was asked for last; `None` where nothing was, or what is shown is from a file.
    asked: Option<E::Config>,
    /// What is shown is from a file, and nothing was asked for since.
    adopted: bool,
    /// What the settings asked for when that was opened: a run by itself waits until they ask for something else.
    adopted_with: Option<E::Config>,
    /// Settings that are not asked for yet, and since when they have stood.
    settling: Option<(E::Config, f64)>,
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RunProblem {
    /// The student stopped it.
    Stopped,
    /// It could not be done.
    Failed(Failure),
}

/// A report of which run: what is computed from it holds as long as this does.
pub(crate) type ReportVersion = (RunId, u64);

impl<E: ListedExperiment> Default for RunView<E> {
    fn default() -> Self {
        Self {
            shown: None,
            coming: None,
            trouble: None,
            replaced: Vec::new(),
            asked: None,
            adopted: false,
            adopted_with: None,
            settling: None,
        }
    }
}

impl<E: ListedExperiment> fmt::Debug for RunView<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shown, coming, trouble, asked, .. } = self;
        let mut debug = f.debug_struct("RunView");
        debug.field("shown", shown).field("coming", coming).field("trouble", trouble).field("asked", asked);
        debug.finish_non_exhaustive()
    }
}

impl<E: ListedExperiment> RunView<E> {
    /// The run that is shown; while there is none, the one under way.
    pub(crate) fn job(&self) -> Option<RunId> {
        self.shown.or(self.coming)
    }

    /// The run whose result is shown.
    pub(crate) fn shown(&self) -> Option<RunId> {
        self.shown
    }

    /// The record of the one under way.
    pub(crate) fn coming<'a>(&self, runs: &'a Runs) -> Option<&'a RunRecord> {
        runs.get(self.coming?)
    }

    /// The report of the run that is shown.
    pub(crate) fn report<'a>(&self, runs: &'a Runs) -> Option<&'a E::Report> {
        self.versioned(runs).map(|(_, report)| report)
    }

    /// The same, and which version of it.
    pub(crate) fn versioned<'a>(&self, runs: &'a Runs) -> Option<(ReportVersion, &'a E::Report)> {
        let job = self.shown?;
        let record = runs.get(job)?;
        Some(((job, record.revision), record.report::<E>()?))
    }

    /// Is a result shown?
    pub(crate) fn is_shown(&self) -> bool {
        self.shown.is_some()
    }

    /// Is one under way?
    pub(crate) fn is_running(&self) -> bool {
        self.coming.is_some()
    }

    /// The name of the file that what is shown was read from, if it was.
    pub(crate) fn file<'a>(&self, runs: &'a Runs) -> Option<&'a str> {
        Some(runs.get(self.shown?)?.file.as_ref()?.name.as_str())
    }

    /// Is what is shown from a file, and was nothing asked for since?
    pub(crate) fn is_adopted(&self) -> bool {
        self.adopted
    }

    /// What was asked for last, since the window opened or a file was read.
    pub(crate) fn asked(&self) -> Option<&E::Config> {
        self.asked.as_ref()
    }

    /// Why the last one gave no result, where it gave none.
    pub(crate) fn trouble(&self) -> Option<&RunProblem> {
        self.trouble.as_ref()
    }

    /// Starts one, in the place of another that is under way; the same goes on.
    pub(crate) fn start(&mut self, config: E::Config, cx: &mut TabContext<'_>) {
        if self.is_running() && self.asked.as_ref() == Some(&config) {
            return;
        }
        if let Some(job) = self.coming.take() {
            cx.ask(Action::Forget(job));
        }
        self.trouble = None;
        self.coming = Some(cx.start::<E>(config.clone()));
        (self.asked, self.settling) = (Some(config), None);
        (self.adopted, self.adopted_with) = (false, None);
    }

    /// Starts one whose news are shown at once: what was shown before makes room for it.
    pub(crate) fn start_afresh(&mut self, config: E::Config, cx: &mut TabContext<'_>) {
        self.replaced.extend(self.shown.take());
        self.start(config, cx);
    }

    /// Asks for the one under way to be stopped.
    pub(crate) fn stop(&self, cx: &mut TabContext<'_>) {
        if let Some(job) = self.coming {
            cx.ask(Action::Stop(job));
        }
    }

    /// Shows a record read from a file.
    pub(crate) fn adopt(&mut self, job: RunId) {
        let replaced = [self.shown, self.coming].into_iter().flatten().collect();
        *self = Self { shown: Some(job), replaced, adopted: true, ..Self::default() };
    }

    /// Takes in what ended. `true` when another result is shown from now on.
    pub(crate) fn take_in(&mut self, cx: &mut TabContext<'_>) -> bool {
        for job in self.replaced.drain(..) {
            cx.ask(Action::Forget(job));
        }
        // The window has gone back to what was there before a file was opened.
        if self.adopted && self.shown.is_some_and(|job| cx.runs.get(job).is_none()) {
            *self = Self::default();
        }
        let Some(job) = self.coming else { return false };
        let Some(record) = cx.runs.get(job) else {
            self.coming = None;
            return false;
        };
        let Some(end) = &record.end else { return false };
        self.coming = None;
        self.trouble = match end {
            RunEnd::Done(_) => None,
            RunEnd::Failed(failure) => Some(RunProblem::Failed(failure.clone())),
            RunEnd::Stopped => Some(RunProblem::Stopped),
        };
        let has_report = record.report::<E>().is_some();
        // What was found out until then is worth more than nothing.
        if has_report || self.shown.is_none() && !record.news::<E>().is_empty() {
            if let Some(old) = self.shown.replace(job) {
                cx.ask(Action::Forget(old));
            }
        } else {
            cx.ask(Action::Forget(job));
        }
        has_report
    }

    /// Runs `config` by itself where it is given, is not what was asked for last, and has stood for a while. What was read from a file
    /// stays until the settings ask for something else than they did when it was opened. Called once a frame.
    pub(crate) fn follow(&mut self, ui: &Ui, config: Option<E::Config>, cx: &mut TabContext<'_>) {
        let Some(config) = config.filter(|config| !self.is_as_adopted(config)) else {
            self.settling = None;
            return;
        };
        if self.is_due(ui, &config) {
            self.start(config, cx);
        }
    }

    /// Is what is shown from a file, and do the settings ask for the same as when it was opened?
    fn is_as_adopted(&mut self, config: &E::Config) -> bool {
        self.adopted && self.adopted_with.get_or_insert_with(|| config.clone()) == config
    }

    /// At once where nothing was asked for yet, otherwise when the settings have stood for a while and no button of the pointer is
    /// down.
    fn is_due(&mut self, ui: &Ui, config: &E::Config) -> bool {
        if self.asked.as_ref() == Some(config) {
            self.settling = None;
            return false;
        }
        let now = ui.input(|input| input.time);
        let held = ui.input(|input| input.pointer.any_down());
        match &self.settling {
            Some((settling, since)) if settling == config => {
                let rested = now - since >= PAUSE.as_secs_f64();
                if !rested && !held {
                    ui.ctx().request_repaint_after(PAUSE);
                }
                rested && !held
            }
            Some(_) | None if self.asked.is_none() && !self.adopted => true,
            Some(_) | None => {
                self.settling = Some((config.clone(), now));
                ui.ctx().request_repaint_after(PAUSE);
                false
            }
        }
    }

    /// The one button: starts, or stops what runs.
    pub(crate) fn button_ui(&mut self, ui: &mut Ui, verb: &str, config: Option<E::Config>, cx: &mut TabContext<'_>) {
        if self.is_running() {
            if widgets::primary_button(ui, "■ Stop", None).on_hover_text("Esc").clicked() {
                self.stop(cx);
            }
            return;
        }
        let ready = config.is_some();
        let response = ui.add_enabled_ui(ready, |ui| widgets::primary_button(ui, &format!("▶ {verb}"), None)).inner;
        if let Some(config) = config.filter(|_| response.on_hover_text("Enter").clicked()) {
            self.start(config, cx);
        }
    }

    /// Where it stands, if there is anything to say: under way, read from a file, or of settings that have changed. `is_current` tells
    /// whether what is shown is of the settings as they are; `press` is what to press to have it so.
    pub(crate) fn state_ui(&self, ui: &mut Ui, is_current: bool, press: &str, cx: &TabContext<'_>) {
        let theme = Theme::of(ui);
        if let Some(record) = self.coming(cx.runs) {
            progress_ui(ui, record);
        } else if let Some(name) = self.file(cx.runs) {
            widgets::pill(ui, &format!("From a file: {name}"), theme.muted);
        } else if self.is_shown() && !is_current {
            widgets::pill(ui, &format!("settings changed since: press {press}"), theme.bad);
        }
    }

    /// Says why the last one gave no result; nothing where it did.
    pub(crate) fn trouble_ui(&self, ui: &mut Ui, stopped: &str) {
        match &self.trouble {
            Some(RunProblem::Failed(failure)) => failure_ui(ui, failure),
            Some(RunProblem::Stopped) => drop(widgets::muted(ui, stopped)),
            None => {}
        }
    }
}

/// A failure where it happened: whose fault it is, what went wrong, what led to it, and which rule says so.
pub(crate) fn failure_ui(ui: &mut Ui, failure: &Failure) {
    let colour = Theme::of(ui).bad;
    widgets::card(ui, &format!("Failed: {}", failure.blame), |ui| {
        ui.label(egui::RichText::new(&failure.summary).color(colour));
        for cause in &failure.causes {
            widgets::muted(ui, format!("because: {cause}"));
        }
        if let Some(clause) = &failure.clause {
            widgets::muted(ui, clause);
        }
    });
}

/// Where a run stands. Nothing here moves by itself: a still window needs no repaint.
fn progress_ui(ui: &mut Ui, record: &RunRecord) {
    let Some(progress) = &record.progress else {
        widgets::muted(ui, "starting");
        return;
    };
    let share = progress.done as f32 / progress.of.max(1) as f32;
    ui.add(ProgressBar::new(share).desired_width(120.0).desired_height(6.0));
    widgets::muted(ui, &progress.doing);
}

/// How long settings must rest.
const PAUSE: Duration = Duration::from_millis(250);
