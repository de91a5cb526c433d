//! Waterfalls side by side on one time scale: where the bars' time went.

use std::time::Duration;

use egui::{Layout, Ui, vec2};

use super::{
    ComparedWaterfalls,
    words::{capitalised, short_name, strategy_name},
};
use crate::{
    app::{
        hand_in::{Figure, HandIn, Table, Value},
        parts::waterfall::{self, ObjectsTable},
        theme::Theme,
        widgets,
    },
    engine::page_load::{Report, Strategy, StrategyRun},
    wire::{FlowId, units},
};

/// What the comparison shows.
pub(super) struct StrategyComparison<'a> {
    /// The finished race.
    pub report: &'a Report,
    /// The selected strategy.
    pub selected: Strategy,
    /// Which others.
    pub beside: ComparedWaterfalls,
    /// Time since the start up to which pictures are drawn; `None` is all.
    pub until: Option<Duration>,
    /// The picked connection.
    pub picked: Option<FlowId>,
}

/// What was clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ComparisonClick {
    /// An object of a strategy: its place in the run's list.
    Object(Strategy, usize),
    /// Another choice of what is beside the selected one.
    Beside(ComparedWaterfalls),
}

/// Paints the panels: `room` high in all, but no panel less than `least`.
pub(super) fn compare_ui(
    ui: &mut Ui,
    comparison: &StrategyComparison<'_>,
    room: f32,
    least: f32,
) -> Option<ComparisonClick> {
    let runs = runs_beside(comparison);
    let mut clicked = head_ui(ui, comparison, &runs);
    let rows = runs.len().div_ceil(runs.len().clamp(1, MOST_COLUMNS)).max(1);
    let height = ((room - HEAD - LEGEND) / rows as f32 - TITLE - 8.0).max(least).min(needed(&runs));
    clicked = panels_ui(ui, comparison, &runs, height).or(clicked);
    clicked
}

/// Height of a panel that shows every object.
fn needed(runs: &[&StrategyRun]) -> f32 {
    let most = runs.iter().map(|run| run.objects.len()).max().unwrap_or(0);
    most as f32 * waterfall::COMPACT_ROW + waterfall::COMPACT_AXIS
}

/// The panels, each so high, on one time scale that has room for the slowest of them.
fn panels_ui(
    ui: &mut Ui,
    comparison: &StrategyComparison<'_>,
    runs: &[&StrategyRun],
    height: f32,
) -> Option<ComparisonClick> {
    let mut clicked = None;
    let longest = runs.iter().filter_map(|run| whole(run)).max().unwrap_or_default();
    let columns = runs.len().clamp(1, MOST_COLUMNS);
    let width = (ui.available_width() - GAP * (columns as f32 - 1.0)) / columns as f32;
    for some in runs.chunks(columns) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            for run in some {
                ui.push_id(run.strategy, |ui| {
                    ui.allocate_ui_with_layout(vec2(width, height + TITLE), Layout::top_down(egui::Align::Min), |ui| {
                        ui.set_width(width);
                        ui.set_height(height + TITLE);
                        clicked = panel_ui(ui, comparison, run, longest).or(clicked);
                    });
                });
            }
        });
        ui.add_space(8.0);
    }
    widgets::phase_legend(ui);
    clicked
}

/// The objects of all strategies in one table.
fn table(report: &Report) -> Table {
    let mut table = ObjectsTable::new("Objects of each strategy", &["strategy"]);
    for run in &report.runs {
        let name = strategy_name(run.strategy, report.config.parallel);
        table.add(&run.objects, begun(run).unwrap_or_default(), &[Value::Words(name)]);
    }
    table.done()
}

fn head_ui(ui: &mut Ui, comparison: &StrategyComparison<'_>, runs: &[&StrategyRun]) -> Option<ComparisonClick> {
    let mut chosen = comparison.beside;
    ui.horizontal(|ui| {
        widgets::heading(ui, "Where the time went");
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            let figure = Figure::in_ui(ui, "Where the time went", vec2(FIGURE, 0.0)).on(Theme::of(ui).window);
            HandIn::of("waterfalls side by side")
                .picture(|| {
                    figure.draw(|ui| {
                        panels_ui(ui, comparison, runs, needed(runs));
                    })
                })
                .table(|| table(comparison.report))
                .ui(ui);
            let choices = [
                (ComparedWaterfalls::Serial, "serial"),
                (ComparedWaterfalls::Persistent, "persistent"),
                (ComparedWaterfalls::All, "all"),
            ];
            widgets::segmented(ui, "Compare with", &mut chosen, &choices);
            if ui.available_width() > 60.0 {
                widgets::muted(ui, "compare with");
            }
        });
    });
    (chosen != comparison.beside).then_some(ComparisonClick::Beside(chosen))
}

fn panel_ui(
    ui: &mut Ui,
    comparison: &StrategyComparison<'_>,
    run: &StrategyRun,
    longest: Duration,
) -> Option<ComparisonClick> {
    let theme = Theme::of(ui);
    let name = capitalised(short_name(run.strategy, comparison.report.config.parallel));
    let connections = units::count(run.connections as usize, "connection", "connections");
    let colour = if run.strategy == comparison.selected { theme.accent } else { theme.muted };
    let title = egui::RichText::new(format!("{name} — {connections}")).small().color(colour);
    ui.add(egui::Label::new(title).truncate());
    let from = begun(run)?;
    let until = from + comparison.until.or_else(|| whole(run))?;
    let picked = comparison
        .picked
        .filter(|_| run.strategy == comparison.selected)
        .and_then(|flow| run.objects.iter().position(|object| object.connection == Some(flow)));
    waterfall::compact_ui(ui, &run.objects, (from, until), longest, picked)
        .map(|place| ComparisonClick::Object(run.strategy, place))
}

/// The runs that are shown, in the order of the race; the selected one is always among them.
fn runs_beside<'a>(comparison: &StrategyComparison<'a>) -> Vec<&'a StrategyRun> {
    let other = match comparison.beside {
        ComparedWaterfalls::All => {
            return comparison.report.runs.iter().filter(|run| !run.objects.is_empty()).collect();
        }
        ComparedWaterfalls::Serial => Strategy::Serial,
        ComparedWaterfalls::Persistent => Strategy::Persistent,
    };
    // Beside itself there would be nothing to see: the next best takes its place.
    let other = match (other, comparison.selected) {
        (Strategy::Serial, Strategy::Serial) => Strategy::Persistent,
        (Strategy::Persistent, Strategy::Persistent) => Strategy::Serial,
        (other, _) => other,
    };
    let shown = |run: &&StrategyRun| run.strategy == comparison.selected || run.strategy == other;
    comparison.report.runs.iter().filter(shown).filter(|run| !run.objects.is_empty()).collect()
}

/// When the base file was asked for: nothing comes before.
fn begun(run: &StrategyRun) -> Option<Duration> {
    run.objects.iter().find_map(|object| object.phases.span()).map(|span| span.from)
}

/// From then to the last octet of the last object: the page time. A run that failed has none, so its objects are asked.
fn whole(run: &StrategyRun) -> Option<Duration> {
    if run.failure.is_some() {
        return waterfall::Account::of(&run.objects).span().map(|(from, to)| to.saturating_sub(from));
    }
    Duration::try_from_secs_f64(run.seconds).ok()
}

/// Width of the panels that are handed in.
const FIGURE: f32 = 1_100.0;
const GAP: f32 = 24.0;
const TITLE: f32 = 20.0;
const LEGEND: f32 = 24.0;
const HEAD: f32 = 30.0;
const MOST_COLUMNS: usize = 3;
