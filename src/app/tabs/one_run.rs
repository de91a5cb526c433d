//! The run on screen and the one under way: one result is shown, the last one, until the next is there.

use std::{fmt, marker::PhantomData};

use egui::{ProgressBar, Ui};

use crate::{
    app::{
        actions::Action,
        runs::{RunRecord, Runs},
        tabs::TabContext,
        theme::Theme,
        widgets,
    },
    engine::{
        bridge::{JobId, RunEnd},
        experiments::Listed,
    },
    wire::Failure,
};

/// Which runs a view looks at.
pub(super) struct OneRun<E> {
    /// Whose result is shown.
    shown: Option<JobId>,
    /// What runs.
    coming: Option<JobId>,
    /// Why the last one gave no result.
    trouble: Option<Trouble>,
    /// Runs that nobody looks at any more.
    replaced: Vec<JobId>,
    of: PhantomData<fn() -> E>,
}

impl<E> fmt::Debug for OneRun<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shown, coming, trouble, .. } = self;
        let mut debug = f.debug_struct("OneRun");
        debug.field("shown", shown).field("coming", coming).field("trouble", trouble).finish_non_exhaustive()
    }
}

impl<E> Default for OneRun<E> {
    fn default() -> Self {
        Self { shown: None, coming: None, trouble: None, replaced: Vec::new(), of: PhantomData }
    }
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Stopped,
    Failed(Failure),
}

impl<E: Listed> OneRun<E> {
    /// The run that is shown; while there is none, the one under way.
    pub(super) fn job(&self) -> Option<JobId> {
        self.shown.or(self.coming)
    }

    /// The run whose result is shown.
    pub(super) fn shown(&self) -> Option<JobId> {
        self.shown
    }

    /// The one under way.
    pub(super) fn coming(&self) -> Option<JobId> {
        self.coming
    }

    /// Is a result shown?
    pub(super) fn is_shown(&self) -> bool {
        self.shown.is_some()
    }

    /// Is one under way?
    pub(super) fn is_running(&self) -> bool {
        self.coming.is_some()
    }

    /// Did the last one give no result?
    pub(super) fn is_in_trouble(&self) -> bool {
        self.trouble.is_some()
    }

    /// Why the last one gave no result, where it gave none.
    pub(super) fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// Starts one, in the place of any under way.
    pub(super) fn start(&mut self, config: E::Config, cx: &mut TabContext<'_>) {
        if let Some(job) = self.coming.take() {
            cx.ask(Action::Forget(job));
        }
        self.trouble = None;
        self.coming = Some(cx.start::<E>(config));
    }

    /// Asks for the one under way to be stopped.
    pub(super) fn stop(&self, cx: &mut TabContext<'_>) {
        if let Some(job) = self.coming {
            cx.ask(Action::Stop(job));
        }
    }

    /// Shows a record read from a file.
    pub(super) fn adopt(&mut self, job: JobId) {
        let replaced = [self.shown, self.coming].into_iter().flatten().collect();
        *self = Self { shown: Some(job), replaced, ..Self::default() };
    }

    /// The report of the run that is shown.
    pub(super) fn report<'a>(&self, runs: &'a Runs) -> Option<&'a E::Report> {
        runs.get(self.shown?)?.report::<E>()
    }

    /// Takes in what ended. `true` when another result is shown from now on.
    pub(super) fn take_in(&mut self, cx: &mut TabContext<'_>) -> bool {
        for job in self.replaced.drain(..) {
            cx.ask(Action::Forget(job));
        }
        let Some(job) = self.coming else { return false };
        let Some(record) = cx.runs.get(job) else {
            self.coming = None;
            return false;
        };
        let Some(end) = &record.end else { return false };
        self.coming = None;
        if end.report::<E>().is_some() {
            if let Some(old) = self.shown.replace(job) {
                cx.ask(Action::Forget(old));
            }
            return true;
        }
        self.trouble = Some(match end {
            RunEnd::Failed(failure) => Trouble::Failed(failure.clone()),
            RunEnd::Stopped | RunEnd::Done(_) => Trouble::Stopped,
        });
        cx.ask(Action::Forget(job));
        false
    }

    /// Says why the last one gave no result; nothing where it did.
    pub(super) fn trouble_ui(&self, ui: &mut Ui, stopped: &str) {
        match &self.trouble {
            Some(Trouble::Failed(failure)) => failure_ui(ui, failure),
            Some(Trouble::Stopped) => drop(widgets::muted(ui, stopped)),
            None => {}
        }
    }
}

/// What went wrong, and what led to it.
pub(super) fn failure_ui(ui: &mut Ui, failure: &Failure) {
    ui.colored_label(Theme::of(ui).bad, failure.to_string());
    failure.causes.iter().for_each(|cause| drop(widgets::muted(ui, cause)));
}

/// Where a run stands. Nothing here moves by itself: a still window needs no repaint.
pub(super) fn progress_ui(ui: &mut Ui, record: &RunRecord) {
    let Some(progress) = &record.progress else {
        widgets::muted(ui, "starting");
        return;
    };
    let share = progress.done as f32 / progress.of.max(1) as f32;
    ui.add(ProgressBar::new(share).desired_width(120.0).desired_height(6.0));
    widgets::muted(ui, &progress.doing);
}
