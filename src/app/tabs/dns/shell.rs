//! The tab with a shell that only writes down what it is asked.

use std::time::Duration;

use egui_kittest::{Harness, HarnessBuilder};

use super::DnsTab;
use crate::{
    app::{
        actions::{Action, Experiment, Pick},
        runs::Runs,
        tabs::{Tab as _, TabContext},
        theme,
    },
    engine::{
        bridge::{JobId, Outcome, Update},
        setting::Setting,
    },
};

/// The shell.
#[derive(Default)]
pub(super) struct Shell {
    pub(super) tab: DnsTab,
    pub(super) runs: Runs,
    pub(super) setting: Setting,
    pub(super) moment: Option<Duration>,
    pub(super) pick: Option<Pick>,
    pub(super) asked: Vec<Action>,
}

pub(super) type Window = Harness<'static, Shell>;

impl Shell {
    /// The tab at work.
    pub(super) fn with(&mut self, work: impl FnOnce(&mut DnsTab, &mut TabContext<'_>)) {
        let Self { tab, runs, setting, moment, pick, asked } = self;
        work(tab, &mut TabContext { runs, setting, gateway: &[], moment: *moment, pick: *pick, actions: asked });
    }

    /// What was started, in order.
    pub(super) fn started(&self) -> impl DoubleEndedIterator<Item = (JobId, &Experiment)> {
        self.asked.iter().filter_map(|action| match action {
            Action::Start(job, experiment) => Some((*job, experiment.as_ref())),
            _ => None,
        })
    }

    /// The engine says how what was started last ended.
    pub(super) fn end(&mut self, outcome: Outcome) {
        let (job, _) = self.started().next_back().expect("something was started");
        self.runs.apply(Update::Ended(job, Box::new(outcome)));
    }
}

/// A window with the tab alone.
pub(super) fn built(builder: HarnessBuilder<Shell>, shell: Shell) -> Window {
    let paint = |ui: &mut egui::Ui, shell: &mut Shell| {
        // The real window is cleared with its ground.
        ui.painter().rect_filled(ui.ctx().content_rect(), 0.0, theme::Theme::of(ui).window);
        shell.with(|tab, cx| {
            tab.logic(cx);
            tab.ui(ui, cx);
        });
        for action in &shell.asked {
            match action {
                Action::Set(setting) => shell.setting = setting.clone(),
                Action::Pick(pick) => shell.pick = Some(*pick),
                _ => {}
            }
        }
    };
    let mut harness = builder.with_step_dt(0.05).with_context_setup(theme::install).build_ui_state(paint, shell);
    harness.run_steps(2);
    harness
}
