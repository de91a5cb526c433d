//! Runs of experiments that take place in the lab's memory, whatever the world is: the one on screen, the one under way, and whether
//! what is shown is of these settings.

use std::fmt;

use egui::{Align, Layout, ScrollArea, Ui};
use serde::{Deserialize, Serialize};

use super::sheet::Sheet;
use crate::{
    app::{
        runs::Runs,
        tabs::{
            TabContext,
            one_run::{OneRun, failure_ui, progress_ui},
            rest::Rest,
        },
        theme::{Theme, size},
        widgets,
    },
    engine::{bridge::JobId, experiments::Listed, setting::WorldChoice},
    wire::Failure,
};

/// An experiment that takes place in the lab's memory.
pub(super) trait InLab: Listed {
    /// Is it cheap enough to be run unasked?
    fn is_light(config: &Self::Config) -> bool;
}

/// The run on screen and the one under way.
pub(super) struct LabRun<E: InLab> {
    run: OneRun<E>,
    rest: Rest<E::Config>,
}

impl<E: InLab> fmt::Debug for LabRun<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LabRun").field("job", &self.run.job()).finish_non_exhaustive()
    }
}

impl<E: InLab> Default for LabRun<E> {
    fn default() -> Self {
        Self { run: OneRun::default(), rest: Rest::default() }
    }
}

/// Picture or table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum View {
    #[default]
    Picture,
    Table,
}

impl<E: InLab> LabRun<E> {
    /// The run that is shown; while there is none, the one under way.
    pub(super) fn job(&self) -> Option<JobId> {
        self.run.job()
    }

    /// The report of the run that is shown.
    pub(super) fn report<'a>(&self, runs: &'a Runs) -> Option<(Version, &'a E::Report)> {
        let job = self.run.shown()?;
        let record = runs.get(job)?;
        Some(((job, record.revision), record.report::<E>()?))
    }

    /// Takes in what ended.
    pub(super) fn take_in(&mut self, cx: &mut TabContext<'_>) {
        self.run.take_in(cx);
    }

    /// Shows a record read from a file.
    pub(super) fn adopt(&mut self, job: JobId) {
        self.rest = Rest::default();
        self.run.adopt(job);
    }

    /// Starts one, in the place of another that is under way; the same goes on.
    pub(super) fn start(&mut self, config: E::Config, cx: &mut TabContext<'_>) {
        if self.run.is_running() && self.rest.asked() == Some(&config) {
            return;
        }
        self.run.start(config.clone(), cx);
        self.rest.ask(config);
    }

    /// Runs by itself what is cheap, a moment after the settings came to rest. What was read from a file stays until another is asked for.
    pub(super) fn follow(&mut self, ui: &Ui, config: Option<E::Config>, cx: &mut TabContext<'_>) {
        match config.filter(|config| E::is_light(config) && !self.is_adopted() && !ui.ctx().text_edit_focused()) {
            Some(config) if self.rest.is_due(ui, &config) => self.start(config, cx),
            Some(_) => {}
            None => self.rest.hold(),
        }
    }

    fn is_adopted(&self) -> bool {
        self.rest.asked().is_none() && self.run.is_shown()
    }

    /// The one button: starts, or stops what runs.
    pub(super) fn button_ui(&mut self, ui: &mut Ui, verb: &str, config: Option<E::Config>, cx: &mut TabContext<'_>) {
        if self.run.is_running() {
            if widgets::primary_button(ui, "■ Stop", None).on_hover_text("Esc").clicked() {
                self.run.stop(cx);
            }
            return;
        }
        let ready = config.is_some();
        let response = ui.add_enabled_ui(ready, |ui| widgets::primary_button(ui, &format!("▶ {verb}"), None)).inner;
        if let Some(config) = config.filter(|_| response.on_hover_text("Enter").clicked()) {
            self.start(config, cx);
        }
    }

    /// Where it stands: under way, read from a file, or of settings that have changed; otherwise `about`. `is_of` tells whether what is
    /// shown is of these settings.
    fn state_ui(&self, ui: &mut Ui, about: &str, is_of: Option<bool>, cx: &TabContext<'_>) {
        let theme = Theme::of(ui);
        ui.horizontal(|ui| {
            ui.set_height(STATE);
            if let Some(record) = self.run.coming().and_then(|job| cx.runs.get(job)) {
                progress_ui(ui, record);
            } else if self.is_adopted() {
                widgets::pill(ui, "opened from a file", theme.muted);
            } else if is_of == Some(false) {
                widgets::pill(ui, "settings changed since: press the button", theme.bad);
            }
            if cx.setting.world == WorldChoice::Internet {
                widgets::pill(ui, LAB_ONLY, theme.accent);
            }
            let words = egui::RichText::new(about).small().color(theme.muted);
            ui.add(egui::Label::new(words).truncate()).on_hover_text(about);
        });
        self.run.trouble_ui(ui, "The last run was stopped.");
    }

    /// What is there while there is no report: `verb` is on the button.
    pub(super) fn empty_ui(&self, ui: &mut Ui, name: &str, verb: &str, cx: &TabContext<'_>) {
        widgets::heading(ui, name);
        self.state_ui(ui, "", None, cx);
        if !self.run.is_running() && !self.run.is_in_trouble() && !self.run.is_shown() {
            widgets::muted(ui, format!("Press {verb}."));
        }
    }

    /// A report: its head, where it stands, why it is not whole, and its picture or its tables.
    pub(super) fn report_ui(
        &self,
        ui: &mut Ui,
        page: &Page<'_>,
        view: &mut View,
        cx: &TabContext<'_>,
        picture: impl FnOnce(&mut Ui),
    ) {
        ui.scope(|ui| {
            ui.set_max_width(ui.available_width() - SCROLL_BAR);
            if head_ui(ui, &page.title, view, !page.sheets.is_empty()) {
                let sheets = page.sheets.iter().map(Sheet::csv).collect::<Vec<_>>();
                ui.ctx().copy_text(sheets.join("\n"));
            }
            self.state_ui(ui, &page.about, Some(page.is_of), cx);
        });
        if let Some(failure) = page.failure {
            failure_ui(ui, failure);
        }
        if page.sheets.is_empty() {
            return;
        }
        page_ui(ui, page.id, |ui| match view {
            View::Picture => picture(ui),
            View::Table => page.sheets.iter().for_each(|sheet| sheet.ui(ui)),
        });
    }
}

/// Which outcome of which run: what is made of one holds as long as this does.
pub(super) type Version = (JobId, u64);

/// A report on its page.
pub(super) struct Page<'a> {
    /// Of the page; where it was scrolled to goes with it.
    pub(super) id: &'static str,
    /// What came out, in a line.
    pub(super) title: String,
    /// How, in a smaller one.
    pub(super) about: String,
    /// Is it of the settings as they are?
    pub(super) is_of: bool,
    pub(super) failure: Option<&'a Failure>,
    /// Everything as tables; none where nothing came out.
    pub(super) sheets: &'a [Sheet],
}

/// A line on what came out, and on its right how it is shown and what can be copied. `true` when the tables are to be copied.
fn head_ui(ui: &mut Ui, title: &str, view: &mut View, shown: bool) -> bool {
    ui.horizontal(|ui| {
        ui.set_height(size::CONTROL);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let copied = shown && widgets::quiet_button(ui, "copy as CSV").clicked();
            widgets::segmented(ui, "View", view, &[(View::Picture, "Picture"), (View::Table, "Table")]);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_width(ui.available_width());
                widgets::heading(ui, title).on_hover_text(title);
            });
            copied
        })
        .inner
    })
    .inner
}

/// Two parts side by side; the right one is as wide as said.
pub(super) fn beside(ui: &mut Ui, width: f32, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui)) {
    let rest = (ui.available_width() - width - BETWEEN).max(0.0);
    let part = |ui: &mut Ui, wide: f32, add: &mut dyn FnMut(&mut Ui)| {
        ui.allocate_ui_with_layout(egui::vec2(wide, 0.0), Layout::top_down(Align::Min), |ui| {
            ui.set_width(wide);
            ui.spacing_mut().item_spacing.x = size::GAP;
            add(ui);
        });
    };
    let (mut left, mut right) = (Some(left), Some(right));
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        part(ui, rest, &mut |ui| left.take().into_iter().for_each(|left| left(ui)));
        ui.add_space(BETWEEN);
        part(ui, width, &mut |ui| right.take().into_iter().for_each(|right| right(ui)));
    });
}

/// What is below the head: it scrolls where there is too little room, and is as wide either way.
fn page_ui(ui: &mut Ui, id: impl egui::AsIdSalt, add: impl FnOnce(&mut Ui)) {
    let width = ui.available_width() - SCROLL_BAR;
    ScrollArea::vertical().id_salt(id).auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(width);
        add(ui);
        ui.add_space(4.0);
    });
}

/// What is said where the world is the Internet.
pub(super) const LAB_ONLY: &str = "takes place in the lab's memory only: nothing leaves this program";
/// Height of the line that says where a run stands.
const STATE: f32 = 20.0;
/// What a scroll bar needs, whether there is one or not.
pub(super) const SCROLL_BAR: f32 = 10.0;
/// Between two parts side by side.
const BETWEEN: f32 = 20.0;
