//! A run opened from a file brings its world, its path and its tab's controls. What the student had before is kept aside, and one click
//! brings it back.

use std::collections::BTreeMap;

use egui::{Frame, Label, Margin, Panel, RichText, TextStyle, Ui};
use serde_json::Value;

use super::{
    subject::TabId,
    theme::{Theme, size},
    widgets,
};
use crate::engine::{bridge::RunId, setting::Setting};

/// What stands in the window because a file was opened, and what stood there before.
pub(super) struct OpenedRun {
    /// The file's name.
    name: String,
    /// The tab that shows it, if one does.
    tab: Option<TabId>,
    /// World and path of its run; `None` for a record that no experiment made.
    setting: Option<Setting>,
    before: OwnState,
}

/// What the student had before any file was opened.
pub(super) struct OwnState {
    /// World and path.
    pub(super) setting: Setting,
    /// What tabs kept whose controls a file has changed.
    pub(super) tabs: BTreeMap<TabId, Value>,
    /// The runs that came from files.
    pub(super) jobs: Vec<RunId>,
}

/// What the student asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OpenedAction {
    /// Have everything as it was before.
    Back,
    /// Go on with world, path and controls as they are.
    Keep,
}

impl OpenedRun {
    /// The run `job` of the file `name`, whose world and path are `setting`. `before` is what stood there; where another file was opened
    /// already, what stood before that one is kept.
    pub(super) fn new(
        name: String,
        setting: Option<Setting>,
        job: RunId,
        earlier: Option<Self>,
        now: impl FnOnce() -> Setting,
    ) -> Self {
        let own = || OwnState { setting: now(), tabs: BTreeMap::new(), jobs: Vec::new() };
        let mut before = earlier.map_or_else(own, |earlier| earlier.before);
        before.jobs.push(job);
        Self { name, tab: None, setting, before }
    }

    /// A tab's controls are the file's now; `kept` is what it kept before.
    pub(super) fn of_tab(&mut self, tab: TabId, kept: Value) {
        self.tab = Some(tab);
        self.before.tabs.entry(tab).or_insert(kept);
    }

    /// What stood there before.
    pub(super) fn own(&self) -> &OwnState {
        &self.before
    }

    /// The same, to have it again.
    pub(super) fn into_own(self) -> OwnState {
        self.before
    }

    /// Says whose settings these are, and offers the student's own. `tab` shows `shown`, which may be a run without a record of its own;
    /// `setting` is world and path as they are.
    pub(super) fn ui(
        &self,
        ui: &mut Ui,
        (tab, shown): (TabId, Option<RunId>),
        setting: &Setting,
    ) -> Option<OpenedAction> {
        let theme = Theme::of(ui);
        let frame = Frame::new().fill(theme.code_ground).inner_margin(Margin::symmetric(12, 0));
        let panel = Panel::top("opened-run").exact_size(size::CONTROL + 4.0).resizable(false).frame(frame);
        let is_shown = shown.map_or(self.tab == Some(tab), |job| self.before.jobs.contains(&job));
        let words = self.words(is_shown, setting);
        panel
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.x = size::GAP;
                let choices = |ui: &mut Ui| {
                    let keep = widgets::quiet_button(ui, "Keep these").on_hover_text(KEEP).clicked();
                    let back = widgets::quiet_button(ui, "Back to my own settings").on_hover_text(BACK).clicked();
                    match (back, keep) {
                        (true, _) => Some(OpenedAction::Back),
                        (false, true) => Some(OpenedAction::Keep),
                        (false, false) => None,
                    }
                };
                let text = RichText::new(&words).text_style(TextStyle::Body);
                widgets::line_ending_in(ui, choices, |ui| ui.add(Label::new(text).truncate()).on_hover_text(&words)).0
            })
            .inner
    }

    fn words(&self, is_shown: bool, setting: &Setting) -> String {
        let name = &self.name;
        match (is_shown, self.setting.as_ref().map(|own| own == setting)) {
            (true, None) => {
                format!("From a file: {name}. It is a record alone: no world, path or controls are kept in it.")
            }
            (true, Some(true)) => format!("From a file: {name}. World, path and controls are the file's."),
            (true, Some(false)) => format!("From a file: {name}. World or path have been changed since it was opened."),
            (false, Some(true)) => format!("World and path are those of the file {name}."),
            (false, _) => format!("The file {name} was opened. World or path have been changed since."),
        }
    }
}

const BACK: &str = "World, path and controls are again as they were before the file was opened.";
const KEEP: &str = "World, path and controls stay as they are now and become your own.";
