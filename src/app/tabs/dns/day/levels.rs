//! The hit ratio of each level of caches beside its formula.

use egui::{RichText, TextStyle, Ui};

use crate::{
    app::{
        kit::{
            figures::{counted, percent, verdict_ui},
            sheet::{Cell, Sheet, SheetColumn},
        },
        parts::report_card::{self, CardLine},
        widgets,
    },
    engine::name_day::Report,
    sim::formula::Formula,
    wire::units,
};

/// A level: its name, what the ratio is of, the measurement, the formula.
struct CacheLevel<'a> {
    name: &'static str,
    meaning: &'static str,
    measured: f64,
    theory: &'a Formula,
}

fn levels(report: &Report) -> Vec<CacheLevel<'_>> {
    let Some(theory) = &report.theory else { return Vec::new() };
    let whole = &report.whole;
    let level = |name, meaning, measured, theory| CacheLevel { name, meaning, measured, theory };
    let mut levels = vec![
        level(
            "hosts' caches",
            "Lookups the asking host's own cache answered, of all.",
            whole.host_ratio(),
            &theory.host,
        ),
        level(
            "local server's",
            "Questions the local name server answered from its cache, of those that reached it.",
            whole.local_ratio(),
            &theory.local,
        ),
        level("both together", "Lookups nobody outside was asked for, of all.", whole.ratio(), &theory.both),
    ];
    if report.config.central {
        // Nobody but the hosts remembers anything.
        levels.truncate(1);
    }
    levels
}

/// What else the day cost.
fn costs(report: &Report) -> Vec<CardLine> {
    let line = |name, meaning, measured| CardLine { name, meaning, measured, formula: None };
    let mut lines = vec![line(
        "time a lookup",
        "Mean; what a host's own cache answers takes none.",
        units::seconds(report.mean_seconds),
    )];
    if let Some(busiest) = &report.busiest {
        let share = busiest.queries as f64 / busiest.of.max(1) as f64;
        let meaning = "The server of a zone with most to answer: its share of all queries that reached one.";
        lines.push(line("busiest server", meaning, percent(share)));
    }
    lines
}

pub(super) fn levels_ui(ui: &mut Ui, report: &Report) {
    let levels = levels(report);
    let line = |level: &CacheLevel<'_>| CardLine {
        name: level.name,
        meaning: level.meaning,
        measured: percent(level.measured),
        formula: Some(percent(level.theory.value())),
    };
    report_card::lines_ui(ui, &levels.iter().map(line).chain(costs(report)).collect::<Vec<_>>());
    if let Some(busiest) = &report.busiest {
        let queries = units::grouped(busiest.queries);
        widgets::muted(ui, format!("Busiest: {}, {queries} queries", busiest.server.trim_end_matches('.')));
    }
    ui.add_space(4.0);
    verdict_ui(ui, &verdict(&levels, report));
    ui.add_space(4.0);
    if let Some((last, others)) = levels.split_last() {
        report_card::formula_ui(ui, &format!("Formula: {}", last.name), last.theory);
        widgets::muted(ui, "p: a name's share of the lookups, λ: all lookups a second, C: clients, Σ: over all names.");
        if !others.is_empty() {
            ui.collapsing(RichText::new("The formulas of each level").text_style(TextStyle::Small), |ui| {
                for level in others {
                    report_card::formula_ui(ui, level.name, level.theory);
                }
            });
        }
    }
}

/// Whether they agree, and if not, why.
fn verdict(levels: &[CacheLevel<'_>], report: &Report) -> (String, bool) {
    let apart = levels.iter().map(|level| (level.measured - level.theory.value()).abs()).fold(0.0, f64::max) * 100.0;
    let agree = apart < AGREES;
    let words = if agree {
        format!("They agree: at most {apart:.1} points apart.")
    } else {
        format!("Up to {apart:.1} points apart: {}", reason(report))
    };
    (words, agree)
}

/// Why a day is not as the formula has it.
fn reason(report: &Report) -> String {
    let failed = report.whole.failed;
    if failed > 0 {
        let had = counted(failed, "lookup", "lookups");
        return format!(
            "{had} had no answer, and no cache keeps what did not come. In the formula every lookup has one."
        );
    }
    if !report.config.setting.off.is_empty() {
        return "part of the lab is switched off, and answers come late. In the formula they come at once.".to_owned();
    }
    format!(
        "the formula is of a day without a beginning, here caches begin empty, and {} h with these lookups are few. Try more.",
        report.config.hours
    )
}

pub(super) fn sheet(report: &Report) -> Sheet {
    let columns = vec![
        SheetColumn::words("answered from", 130.0, "Which caches."),
        SheetColumn::number("measured", 80.0, "Hit ratio of this day.").in_unit("fraction"),
        SheetColumn::number("formula", 80.0, "Hit ratio by theory.").in_unit("fraction"),
        SheetColumn::number("difference", 110.0, "Measured less formula, in points of percent.")
            .in_unit("percentage points"),
    ];
    let row = |level: &CacheLevel<'_>| {
        let points = (level.measured - level.theory.value()) * 100.0;
        vec![
            Cell::words(level.name),
            Cell::Number(percent(level.measured), level.measured),
            Cell::Number(percent(level.theory.value()), level.theory.value()),
            Cell::Number(format!("{points:+.2} points").replace('-', "−"), points),
        ]
    };
    let mut rows: Vec<Vec<Cell>> = levels(report).iter().map(row).collect();
    let cost = |line: CardLine| vec![Cell::words(line.name), Cell::words(line.measured)];
    rows.extend(costs(report).into_iter().map(cost));
    Sheet { title: "Hit ratios and costs".to_owned(), columns, rows }
}

/// Points of percent.
const AGREES: f64 = 1.5;
