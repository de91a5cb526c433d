//! A report on its page: a line on what came out, where the run stands, and the report as a picture or as tables.

use egui::{Align, Layout, ScrollArea, Ui};
use serde::{Deserialize, Serialize};

use super::{
    run_view::{RunView, failure_ui},
    sheet::Sheet,
};
use crate::{
    app::{
        hand_in::HandIn,
        tab::TabContext,
        theme::{Theme, size},
        widgets,
    },
    engine::{experiments::ListedExperiment, setting::WorldChoice},
    wire::Failure,
};

/// Picture or table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ReportForm {
    #[default]
    Picture,
    Table,
}

/// What is there while there is no report: `verb` is on the button.
pub(crate) fn empty_ui<E: ListedExperiment>(
    ui: &mut Ui,
    run: &RunView<E>,
    name: &str,
    verb: &str,
    cx: &TabContext<'_>,
) {
    widgets::heading(ui, name);
    state_ui(ui, run, "", true, cx);
    if !run.is_running() && run.trouble().is_none() && !run.is_shown() {
        widgets::muted(ui, format!("Press {verb}."));
    }
}

/// A report: its head, where it stands, why it is not whole, and its picture or its tables.
pub(crate) fn report_ui<E: ListedExperiment>(
    ui: &mut Ui,
    run: &RunView<E>,
    page: &ReportPage<'_>,
    view: &mut ReportForm,
    cx: &TabContext<'_>,
    picture: impl FnOnce(&mut Ui),
) {
    ui.scope(|ui| {
        ui.set_max_width(ui.available_width() - SCROLL_BAR);
        head_ui(ui, page, view);
        state_ui(ui, run, &page.about, page.is_of, cx);
    });
    if let Some(failure) = page.failure {
        failure_ui(ui, failure);
    }
    if page.sheets.is_empty() {
        return;
    }
    page_ui(ui, page.id, |ui| match view {
        ReportForm::Picture => picture(ui),
        ReportForm::Table => page.sheets.iter().for_each(|sheet| sheet.ui(ui)),
    });
}

/// Where the run stands, otherwise `about`.
fn state_ui<E: ListedExperiment>(ui: &mut Ui, run: &RunView<E>, about: &str, is_of: bool, cx: &TabContext<'_>) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(STATE);
        run.state_ui(ui, is_of, "the button", cx);
        if cx.setting.world == WorldChoice::Internet {
            widgets::pill(ui, LAB_ONLY, theme.accent);
        }
        let words = egui::RichText::new(about).small().color(theme.muted);
        ui.add(egui::Label::new(words).truncate()).on_hover_text(about);
    });
    run.trouble_ui(ui, "The last run was stopped.");
}

/// A report on its page.
pub(crate) struct ReportPage<'a> {
    /// Of the page; where it was scrolled to goes with it.
    pub(crate) id: &'static str,
    /// What came out, in a line.
    pub(crate) title: String,
    /// How, in a smaller one.
    pub(crate) about: String,
    /// Is it of the settings as they are?
    pub(crate) is_of: bool,
    pub(crate) failure: Option<&'a Failure>,
    /// Everything as tables; none where nothing came out.
    pub(crate) sheets: &'a [Sheet],
}

/// A line on what came out, and on its right how it is shown and which tables can be handed in.
fn head_ui(ui: &mut Ui, page: &ReportPage<'_>, view: &mut ReportForm) {
    let title = page.title.as_str();
    ui.horizontal(|ui| {
        ui.set_height(size::CONTROL);
        let controls = |ui: &mut Ui| {
            if !page.sheets.is_empty() {
                let tables = HandIn::of("tables of this report");
                page.sheets.iter().fold(tables, |all, sheet| all.named_table(&sheet.title, || sheet.table())).ui(ui);
            }
            widgets::segmented(ui, "View", view, &[(ReportForm::Picture, "Picture"), (ReportForm::Table, "Table")]);
        };
        widgets::line_ending_in(ui, controls, |ui| widgets::heading(ui, title).on_hover_text(title));
    });
}

/// Two parts side by side, the right one as wide as said; one below the other where too little is left for the left one.
pub(crate) fn beside(ui: &mut Ui, width: f32, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui)) {
    let rest = (ui.available_width() - width - BETWEEN).max(0.0);
    if rest < LEAST_BESIDE {
        left(ui);
        ui.add_space(BETWEEN);
        right(ui);
        return;
    }
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
pub(crate) const LAB_ONLY: &str = "takes place in the lab's memory only: nothing leaves this program";
/// Height of the line that says where a run stands.
const STATE: f32 = 20.0;
/// What a scroll bar needs, whether there is one or not.
pub(crate) const SCROLL_BAR: f32 = 10.0;
/// A figure beside something else has at least this width.
const LEAST_BESIDE: f32 = 260.0;
/// Between two parts side by side.
const BETWEEN: f32 = 20.0;
