//! The sweep: one input of the race varied, every strategy's measured dots on its theory curve, and the same as a table.

use egui::{Layout, ProgressBar, ScrollArea, Ui};
use serde::{Deserialize, Serialize};

use super::{
    axes::{
        AXES, axis_name, is_logarithmic, is_whole, label, limits, strategies, two_decimals, unit, usual_range,
        value_words,
    },
    sweep_plot::plot_ui,
};
use crate::{
    app::{
        hand_in::{Figure, HandIn, Table, Value},
        kit::run_view::{RunView, failure_ui},
        runs::RunRecord,
        tab::TabContext,
        theme::{Theme, mono},
        widgets::{self, Quantity},
    },
    engine::{
        bridge::{RunEnd, RunId},
        page_load::{
            Config, PageChoice, Strategy, Sweep,
            sweep::{self, Axis, SweepPoint},
        },
        setting::WorldChoice,
    },
    wire::{Failure, units},
};

/// The sweep on screen.
#[derive(Debug, Default)]
pub(super) struct SweepView {
    run: RunView<Sweep>,
    /// What a sweep would be run over now.
    base: Option<Config>,
}

/// What is kept of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SavedSweep {
    axis: Axis,
    /// From and to, for each axis in the order of [`AXES`].
    ranges: [(f64, f64); AXES.len()],
    points: u32,
    shows: SweepForm,
    /// Values read from a file, and the range they were said to be in: they are swept as long as that stays.
    #[serde(skip)]
    given: Option<(SweepRange, Vec<f64>)>,
}

/// Which input, from, to, and how many values.
type SweepRange = (Axis, (f64, f64), u32);

/// Picture or table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SweepForm {
    #[default]
    Plot,
    Table,
}

impl Default for SavedSweep {
    fn default() -> Self {
        let ranges = AXES.map(|axis| usual_range(axis.0));
        Self { axis: Axis::RttMillis, ranges, points: 16, shows: SweepForm::default(), given: None }
    }
}

impl SavedSweep {
    fn range(&self) -> (f64, f64) {
        let place = AXES.iter().position(|(axis, _)| *axis == self.axis).unwrap_or(0);
        self.ranges.get(place).copied().unwrap_or_else(|| usual_range(self.axis))
    }

    fn range_mut(&mut self) -> Option<&mut (f64, f64)> {
        let place = AXES.iter().position(|(axis, _)| *axis == self.axis)?;
        self.ranges.get_mut(place)
    }

    fn sweep(&self, base: Config) -> sweep::Config {
        let (from, to) = self.range();
        let range = (self.axis, (from, to), self.points);
        let given = self.given.as_ref().filter(|(of, _)| *of == range).map(|(_, values)| values.clone());
        let values = given.unwrap_or_else(|| values(self.axis, from, to, self.points));
        sweep::Config { base, axis: self.axis, values }
    }

    /// The settings of a record read from a file.
    fn take(&mut self, config: &sweep::Config) {
        let fold = |pick: fn(f64, f64) -> f64| config.values.iter().copied().reduce(pick);
        let (Some(from), Some(to)) = (fold(f64::min), fold(f64::max)) else { return };
        self.axis = config.axis;
        self.points = u32::try_from(config.values.len()).unwrap_or(MAX_POINTS).clamp(2, MAX_POINTS);
        if let Some(range) = self.range_mut() {
            *range = (from, to);
        }
        self.given = Some(((self.axis, (from, to), self.points), config.values.clone()));
    }
}

impl SweepView {
    /// Starts a sweep over `base`.
    pub(super) fn start(&mut self, kept: &SavedSweep, base: Config, cx: &mut TabContext<'_>) {
        self.run.start_afresh(kept.sweep(base), cx);
    }

    /// Shows a record read from a file, made so.
    pub(super) fn adopt(&mut self, job: RunId, kept: &mut SavedSweep, config: &sweep::Config) {
        kept.take(config);
        self.run.adopt(job);
    }

    /// Asks for the one that runs to be stopped.
    pub(super) fn stop(&self, cx: &mut TabContext<'_>) {
        self.run.stop(cx);
    }

    /// Follows what the engine did.
    pub(super) fn take_in(&mut self, cx: &mut TabContext<'_>) {
        self.run.take_in(cx);
    }

    /// Does one run?
    pub(super) fn is_running(&self) -> bool {
        self.run.is_running()
    }

    /// What a sweep would be run over now: told by the tab each frame.
    pub(super) fn over(&mut self, base: Option<Config>) {
        self.base = base;
    }

    /// Paints it.
    pub(super) fn ui(&mut self, ui: &mut Ui, kept: &mut SavedSweep, cx: &mut TabContext<'_>) {
        self.head_ui(ui, kept, cx);
        if cx.setting.world == WorldChoice::Internet {
            widgets::muted(
                ui,
                "A sweep varies the lab's path and page. The Internet's are what they are: choose the Lab Internet.",
            );
            return;
        }
        let axis_before = kept.axis;
        let to_size = self.base.as_ref().is_none_or(|base| matches!(base.page, PageChoice::Generated { .. }));
        range_ui(ui, kept, to_size);
        let wanted = self.base.clone().map(|base| kept.sweep(base));
        let unasked = self.run.asked().is_none() && !self.run.is_adopted() || axis_before != kept.axis;
        if let Some(sweep) = wanted.as_ref().filter(|sweep| unasked && is_light(sweep)) {
            self.start(kept, sweep.base.clone(), cx);
        }
        ui.add_space(8.0);
        let Some(record) = self.run.job().and_then(|job| cx.runs.get(job)) else {
            widgets::muted(ui, "Press Sweep: the race is run once for every value, and every dot is one measurement.");
            return;
        };
        progress_ui(ui, record, kept.shows, wanted.as_ref() != config_of(record));
        if let Some(failure) = failure(record) {
            failure_ui(ui, failure);
        }
        let (axis, k) = self.shown(kept, cx);
        match kept.shows {
            SweepForm::Plot => plot_ui(ui, axis, k, points_of(record)),
            SweepForm::Table => table_ui(ui, axis, k, points_of(record)),
        }
    }

    /// Axis and k of what is on screen.
    fn shown(&self, kept: &SavedSweep, cx: &TabContext<'_>) -> (Axis, u32) {
        let config = self.run.job().and_then(|job| config_of(cx.runs.get(job)?));
        config.map_or((kept.axis, 0), |sweep| (sweep.axis, sweep.base.parallel))
    }

    fn head_ui(&self, ui: &mut Ui, kept: &mut SavedSweep, cx: &TabContext<'_>) {
        ui.horizontal(|ui| {
            widgets::heading(ui, "Vary one input");
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                let points = self.run.job().and_then(|job| cx.runs.get(job)).map(points_of);
                let (axis, k) = self.shown(kept, cx);
                let points = points.unwrap_or_default();
                let title = format!("Page time over {} (lines: the formulas, marks: measured)", axis_name(axis));
                let figure = Figure::in_ui(ui, title, CHART).on(Theme::of(ui).window);
                HandIn::of("sweep")
                    .picture(|| figure.draw(|ui| plot_ui(ui, axis, k, points)))
                    .table(|| table(axis, k, points))
                    .ui(ui);
                let choices = [(SweepForm::Plot, "plot"), (SweepForm::Table, "table")];
                widgets::segmented(ui, "Show the sweep as", &mut kept.shows, &choices);
            });
        });
        ui.add_space(4.0);
    }
}

/// What a sweep was asked for with, by this window or by whoever made the file.
fn config_of(record: &RunRecord) -> Option<&sweep::Config> {
    record.config::<Sweep>().or_else(|| record.report::<Sweep>().map(|report| &report.config))
}

/// What was measured so far.
fn points_of(record: &RunRecord) -> &[SweepPoint] {
    record.report::<Sweep>().map_or_else(|| record.news::<Sweep>(), |report| &report.points)
}

/// Why it did not finish.
fn failure(record: &RunRecord) -> Option<&Failure> {
    match record.end.as_ref()? {
        RunEnd::Failed(failure) => Some(failure),
        RunEnd::Done(report) => report.summary().failure,
        RunEnd::Stopped => None,
    }
}

/// `to_size`: the page is one the lab makes to size, so its objects can be varied too.
fn range_ui(ui: &mut Ui, kept: &mut SavedSweep, to_size: bool) {
    let choices: Vec<(Axis, &str)> = AXES.into_iter().filter(|(axis, _)| to_size || !is_of_the_page(*axis)).collect();
    if !choices.iter().any(|(axis, _)| *axis == kept.axis) {
        kept.axis = Axis::RttMillis;
    }
    ui.horizontal(|ui| {
        widgets::segmented(ui, "Vary", &mut kept.axis, &choices);
        let axis = kept.axis;
        let (least, most) = limits(axis);
        if let Some((from, to)) = kept.range_mut() {
            for (name, value) in [("from", from), ("to", to)] {
                widgets::muted(ui, name);
                let quantity = Quantity {
                    whole: is_whole(axis),
                    smallest: 0.01,
                    write: &|value| format!("{}{}", two_decimals(value), unit(axis)),
                    read: &|text| text.trim().trim_end_matches(unit(axis).trim()).trim().parse().ok(),
                    ..Quantity::count("", least..=most)
                };
                widgets::number_field(ui, name, value, &quantity);
            }
        }
        widgets::muted(ui, "values");
        let quantity = Quantity::count("", 2.0..=f64::from(MAX_POINTS));
        widgets::whole_field(ui, "values", &mut kept.points, &quantity);
    });
}

fn progress_ui(ui: &mut Ui, record: &RunRecord, shows: SweepForm, stale: bool) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        if record.is_running() {
            let (done, of) = record.progress.as_ref().map_or((0, 1), |progress| (progress.done, progress.of.max(1)));
            let doing = record.progress.as_ref().map_or("starting", |progress| progress.doing.as_str());
            ui.add(ProgressBar::new(done as f32 / of as f32).desired_width(160.0).desired_height(6.0));
            widgets::muted(ui, format!("{done} of {of} · {doing}"));
        } else if matches!(record.end, Some(RunEnd::Stopped)) {
            widgets::muted(ui, "Stopped: these are the values measured until then.");
        } else if let Some(file) = &record.file {
            widgets::pill(ui, &format!("From a file: {}", file.name), theme.muted);
        } else if stale {
            widgets::pill(ui, "settings changed since: press Sweep", theme.bad);
        } else {
            widgets::muted(
                ui,
                match shows {
                    SweepForm::Plot => "lines: the formulas  |  marks: measured",
                    SweepForm::Table => "upper line: measured  |  lower line: the formula",
                },
            );
        }
    });
}

fn table_ui(ui: &mut Ui, axis: Axis, k: u32, points: &[SweepPoint]) {
    let strategies = strategies(points);
    ScrollArea::both().id_salt("sweep-table").auto_shrink(false).show_rows(
        ui,
        TABLE_ROW,
        points.len() + 1,
        |ui, rows| {
            for row in rows {
                ui.horizontal(|ui| {
                    let Some(point) = row.checked_sub(1) else {
                        head_row_ui(ui, axis, k, &strategies);
                        return;
                    };
                    let Some(point) = points.get(point) else { return };
                    cell_ui(ui, VALUE_CELL, &value_words(axis, point.value), "");
                    for strategy in &strategies {
                        let times = point.times.iter().find(|(other, ..)| other == strategy);
                        let words = |secs: Option<f64>| secs.map_or_else(|| "–".to_owned(), units::seconds);
                        let theory = times.and_then(|(.., theory)| *theory);
                        cell_ui(ui, CELL, &words(times.map(|(_, measured, _)| *measured)), &words(theory));
                    }
                });
            }
        },
    );
}

fn head_row_ui(ui: &mut Ui, axis: Axis, k: u32, strategies: &[Strategy]) {
    cell_ui(ui, VALUE_CELL, "", axis_name(axis));
    for strategy in strategies {
        cell_ui(ui, CELL, "", &label(axis, *strategy, k));
    }
}

/// Two lines, the lower one muted.
fn cell_ui(ui: &mut Ui, width: f32, upper: &str, lower: &str) {
    let theme = Theme::of(ui);
    ui.allocate_ui_with_layout(egui::vec2(width, TABLE_ROW), Layout::top_down(egui::Align::Max), |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = 0.0;
        for (words, colour) in [(upper, theme.text), (lower, theme.muted)] {
            ui.add(egui::Label::new(egui::RichText::new(words).font(mono()).color(colour)).truncate());
        }
    });
}

/// The sweep to hand in: a row a value, and of every strategy what was measured and what its formula says.
fn table(axis: Axis, k: u32, points: &[SweepPoint]) -> Table {
    let strategies = strategies(points);
    let heads = strategies.iter().flat_map(|strategy| {
        let name = label(axis, *strategy, k);
        [format!("{name} measured (s)"), format!("{name} formula (s)")]
    });
    let first = match unit(axis).trim() {
        "" => axis_name(axis).to_owned(),
        unit => format!("{} ({unit})", axis_name(axis)),
    };
    let number = |value: Option<f64>| value.map_or(Value::Nothing, Value::Number);
    let row = |point: &SweepPoint| {
        let times = strategies.iter().flat_map(|strategy| {
            let times = point.times.iter().find(|(other, ..)| other == strategy);
            [number(times.map(|(_, measured, _)| *measured)), number(times.and_then(|(.., theory)| *theory))]
        });
        std::iter::once(Value::Number(point.value)).chain(times).collect()
    };
    Table {
        title: format!("Page time over {}", axis_name(axis)),
        heads: std::iter::once(first).chain(heads).collect(),
        rows: points.iter().map(row).collect(),
    }
}

/// Values of a sweep: evenly spread, on a logarithmic scale where the axis is one.
fn values(axis: Axis, from: f64, to: f64, points: u32) -> Vec<f64> {
    let points = points.clamp(2, MAX_POINTS);
    let (least, most) = limits(axis);
    let (from, to) = (from.clamp(least, most), to.clamp(least, most));
    let mut values: Vec<f64> = (0..points)
        .map(|n| {
            let share = f64::from(n) / f64::from(points - 1);
            let value = if is_logarithmic(axis) { from * (to / from).powf(share) } else { from + (to - from) * share };
            if is_whole(axis) { value.round() } else { (value * 1000.0).round() / 1000.0 }
        })
        .collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

/// A sweep that may be run unasked.
fn is_light(sweep: &sweep::Config) -> bool {
    let octets = match sweep.base.page {
        PageChoice::Generated { objects, object_octets } => {
            let (n, size) = (f64::from(objects), object_octets as f64);
            sweep.values.iter().fold(0.0, |sum, value| {
                sum + match sweep.axis {
                    Axis::Objects => value * size,
                    Axis::ObjectKilobytes => n * value * 1e3,
                    Axis::RttMillis | Axis::RateMbps | Axis::Parallel => n * size,
                }
            })
        }
        PageChoice::At(_) => 0.0,
    };
    sweep.base.setting.world == WorldChoice::Lab && octets <= MAX_LIGHT_OCTETS
}

fn is_of_the_page(axis: Axis) -> bool {
    matches!(axis, Axis::Objects | Axis::ObjectKilobytes)
}

const MAX_POINTS: u32 = 100;
/// Octets each strategy may fetch in a sweep that starts by itself.
const MAX_LIGHT_OCTETS: f64 = 50e6;
/// Room of the chart that is handed in.
const CHART: egui::Vec2 = egui::vec2(900.0, 480.0);
const VALUE_CELL: f32 = 72.0;
const CELL: f32 = 94.0;
const TABLE_ROW: f32 = 40.0;

#[cfg(test)]
mod a_sweep {
    use super::{AXES, Axis, Strategy, SweepPoint, Value, limits, table, values};

    #[test]
    fn spreads_its_values_over_the_whole_range() {
        for (axis, _) in AXES {
            let (least, most) = limits(axis);
            let values = values(axis, least, most, 12);
            assert!(values.len() >= 2 && values.is_sorted(), "{values:?}");
            assert!((values[0] - least).abs() < 1e-6 && (values[values.len() - 1] - most).abs() < 1e-6);
        }
    }

    #[test]
    fn has_whole_numbers_of_objects_and_no_value_twice() {
        let values = values(Axis::Parallel, 1.0, 3.0, 12);
        assert_eq!(values, [1.0, 2.0, 3.0]);
    }

    #[test]
    fn is_handed_in_as_numbers_with_their_units() {
        let points = [SweepPoint {
            value: 100.0,
            times: vec![(Strategy::Serial, 2.2, Some(2.2)), (Strategy::Http2, 0.31, None)],
        }];
        let table = table(Axis::RttMillis, 5, &points);
        let heads =
            ["RTT (ms)", "serial measured (s)", "serial formula (s)", "HTTP/2 measured (s)", "HTTP/2 formula (s)"];
        assert_eq!(table.heads, heads);
        let numbers = [100.0, 2.2, 2.2, 0.31].map(Value::Number);
        assert_eq!(table.rows, [numbers.into_iter().chain([Value::Nothing]).collect::<Vec<_>>()]);
    }
}
