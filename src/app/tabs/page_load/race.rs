//! The bars: one strategy a row, its measured time as a bar, the formula's as a tick. Click to select.

use egui::{
    Align2, CornerRadius, Rect, Response, Role, Sense, Stroke, StrokeKind, TextStyle, Ui, WidgetInfo, pos2,
    text::{LayoutJob, TextWrapping},
    vec2,
};

use super::words::{capitalised, meaning, short_name, strategy_name};
use crate::{
    app::{
        dials,
        hand_in::{Figure, HandIn, Table, Value},
        theme::{Theme, mono, mono_small},
    },
    engine::page_load::{Report, Strategy, StrategyRun},
    wire::units,
};

/// What the bars show.
pub(super) struct Bars<'a> {
    /// The finished race.
    pub report: &'a Report,
    /// The selected strategy.
    pub selected: Strategy,
    /// Seconds since the start up to which bars are drawn full; `None` is all of them.
    pub until: Option<f64>,
    /// The settings have changed since: draw it as what it is, an old result.
    pub stale: bool,
    /// Height of a row.
    pub row: f32,
}

/// Paints the bars; returns the strategy that was clicked.
pub(super) fn bars_ui(ui: &mut Ui, bars: &Bars<'_>) -> Option<Strategy> {
    let longest =
        bars.report.runs.iter().map(|run| run.seconds.max(run.theory_seconds.unwrap_or(0.0))).fold(0.0, f64::max);
    let scale = RaceScale::new(ui, longest);
    let mut clicked = None;
    let top = ui.cursor().top();
    let left = ui.cursor().left();
    grid_ui(ui, &scale, left, top, bars.row * bars.report.runs.len() as f32);
    ui.spacing_mut().item_spacing.y = 0.0;
    for run in &bars.report.runs {
        if bar_ui(ui, bars, run, &scale).clicked() {
            clicked = Some(run.strategy);
        }
    }
    axis_ui(ui, &scale, left);
    clicked
}

/// The bars to hand in, of the whole race.
pub(super) fn hand_in_ui(ui: &mut Ui, title: &str, report: &Report, selected: Strategy) {
    let figure = Figure::in_ui(ui, title, Figure::BARS).on(Theme::of(ui).window);
    HandIn::of("race")
        .picture(|| {
            figure.draw(|ui| {
                bars_ui(ui, &Bars { report, selected, until: None, stale: false, row: 30.0 });
                let words = "bar: measured  |  tick: the formula";
                ui.add(egui::Label::new(egui::RichText::new(words).small().color(Theme::of(ui).muted)));
            })
        })
        .table(|| table(title, report))
        .ui(ui);
}

/// A row a strategy.
fn table(title: &str, report: &Report) -> Table {
    let mut table = Table::new(title, ["strategy", "measured (s)", "formula (s)", "connections", "failure"]);
    table.rows.extend(report.runs.iter().map(|run| {
        let failure = run.failure.as_ref();
        vec![
            Value::Words(strategy_name(run.strategy, report.config.parallel)),
            if failure.is_some() { Value::Nothing } else { Value::Number(run.seconds) },
            run.theory_seconds.map_or(Value::Nothing, Value::Number),
            Value::Count(run.connections.into()),
            failure.map_or(Value::Nothing, |failure| Value::words(failure.to_string())),
        ]
    }));
    table
}

struct RaceScale {
    /// From a row's left to where bars begin.
    names: f32,
    /// Is there room for short names only?
    short: bool,
    /// Points a second.
    per_sec: f32,
    /// Seconds between two grid lines.
    step: f64,
    longest: f64,
}

impl RaceScale {
    fn new(ui: &Ui, longest: f64) -> Self {
        let width = ui.available_width();
        let short = width < NARROW;
        let names = if short { SHORT_NAMES } else { NAMES };
        let room = (width - names - NUMBERS).max(40.0);
        let longest = if longest > 0.0 { longest } else { 1.0 };
        let steps = (room / TICK_ROOM).clamp(2.0, 6.0);
        Self {
            names,
            short,
            per_sec: room / narrow(longest),
            step: dials::round_step(longest / f64::from(steps)),
            longest,
        }
    }

    fn x(&self, left: f32, secs: f64) -> f32 {
        left + self.names + self.per_sec * narrow(secs)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let (step, longest) = (self.step, self.longest);
        (0..=MAX_TICKS).map(move |n| f64::from(n) * step).take_while(move |at| *at <= longest * 1.02)
    }
}

fn grid_ui(ui: &Ui, scale: &RaceScale, left: f32, top: f32, height: f32) {
    let stroke = Theme::of(ui).border();
    for at in scale.ticks() {
        ui.painter().vline(scale.x(left, at), top..=top + height, stroke);
    }
}

fn axis_ui(ui: &mut Ui, scale: &RaceScale, left: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), AXIS), Sense::hover());
    let colour = Theme::of(ui).muted;
    for at in scale.ticks() {
        let place = pos2(scale.x(left, at), rect.top() + 4.0);
        ui.painter().text(place, Align2::CENTER_TOP, dials::brief_seconds(at), mono_small(), colour);
    }
}

fn bar_ui(ui: &mut Ui, bars: &Bars<'_>, run: &StrategyRun, scale: &RaceScale) -> Response {
    let theme = Theme::of(ui);
    let selected = run.strategy == bars.selected;
    let k = bars.report.config.parallel;
    let name = strategy_name(run.strategy, k);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), bars.row), Sense::click());
    crate::app::focus::into_view(&response);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, selected, spoken(&name, run)));
    if selected || response.hovered() || response.has_focus() {
        let ground = if selected { theme.selection } else { theme.control_hovered };
        ui.painter().rect_filled(rect.expand2(vec2(8.0, 0.0)), CornerRadius::same(4), ground);
    }
    let faded = if bars.stale { 0.45 } else { 1.0 };
    let font = TextStyle::Body.resolve(ui.style());
    let words = if selected { theme.text } else { theme.text.gamma_multiply(0.92) };
    let written = if scale.short { capitalised(short_name(run.strategy, k)) } else { name };
    ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, written, font, words);
    let lane =
        Rect::from_min_max(pos2(scale.x(rect.left(), 0.0), rect.top() + 5.0), rect.right_bottom() - vec2(0.0, 5.0));
    if let Some(failure) = &run.failure {
        let font = TextStyle::Small.resolve(ui.style());
        let place = lane.left_center() + vec2(6.0, 0.0);
        let mut words = LayoutJob::simple_singleline(format!("failed: {}", failure.summary), font, theme.bad);
        words.wrap = TextWrapping::truncate_at_width(lane.right() - place.x);
        let words = ui.painter().layout_job(words);
        let place = place - vec2(0.0, words.size().y / 2.0);
        // On ground of its own: the axis' lines do not cross it.
        let ground = if selected { theme.selection } else { theme.window };
        ui.painter().rect_filled(words.rect.translate(place.to_vec2()).expand2(vec2(4.0, 1.0)), 0.0, ground);
        ui.painter().galley(place, words, theme.bad);
        return response.on_hover_text(failure.to_string());
    }
    let colour = if selected { theme.bar_selected } else { theme.bar }.gamma_multiply(faded);
    let done = bars.until.map_or(run.seconds, |until| until.min(run.seconds));
    let whole = Rect::from_x_y_ranges(lane.left()..=scale.x(rect.left(), run.seconds), lane.y_range());
    let shown = Rect::from_x_y_ranges(lane.left()..=scale.x(rect.left(), done), lane.y_range());
    if done < run.seconds {
        ui.painter().rect_stroke(
            whole,
            CornerRadius::same(3),
            Stroke::new(1.0, colour.gamma_multiply(0.6)),
            StrokeKind::Inside,
        );
    }
    ui.painter().rect_filled(shown, CornerRadius::same(3), colour);
    let mut right = whole.right();
    if let Some(secs) = run.theory_seconds {
        let tick = scale.x(rect.left(), secs);
        right = right.max(tick);
        let stroke = Stroke::new(2.0, theme.text.gamma_multiply(faded));
        ui.painter().vline(tick, lane.top() - 2.0..=lane.bottom() + 2.0, stroke);
    }
    let number = if done < run.seconds { format!("{} …", units::seconds(done)) } else { units::seconds(run.seconds) };
    let place = pos2(right + 8.0, rect.center().y);
    ui.painter().text(place, Align2::LEFT_CENTER, number, mono(), theme.text.gamma_multiply(faded));
    response.on_hover_text(meaning(run.strategy))
}

fn spoken(name: &str, run: &StrategyRun) -> String {
    match (&run.failure, run.theory_seconds) {
        (Some(failure), _) => format!("{name}: failed, {}", failure.summary),
        (None, Some(theory)) => {
            format!("{name}: {} measured, {} by the formula", units::seconds(run.seconds), units::seconds(theory))
        }
        (None, None) => format!("{name}: {} measured", units::seconds(run.seconds)),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "seconds on their way to the screen")]
fn narrow(secs: f64) -> f32 {
    secs as f32
}

/// Below this width names are short.
const NARROW: f32 = 560.0;
const NAMES: f32 = 204.0;
const SHORT_NAMES: f32 = 108.0;
/// Between two marks of the axis, at least.
const TICK_ROOM: f32 = 64.0;
const NUMBERS: f32 = 92.0;
const AXIS: f32 = 24.0;
const MAX_TICKS: u32 = 20;

#[cfg(test)]
mod the_bars {
    use egui_kittest::{Harness, kittest::Queryable as _};

    use super::{Bars, Strategy, bars_ui};
    use crate::app::{dials, tabs::page_load::fixtures, theme};

    fn harness(chosen: Strategy) -> Harness<'static, Strategy> {
        let report = fixtures::report();
        let paint = move |ui: &mut egui::Ui, chosen: &mut Strategy| {
            let bars = Bars { report: &report, selected: *chosen, until: None, stale: false, row: 30.0 };
            if let Some(strategy) = bars_ui(ui, &bars) {
                *chosen = strategy;
            }
        };
        Harness::builder().with_size([728.0, 300.0]).with_context_setup(theme::install).build_ui_state(paint, chosen)
    }

    #[test]
    fn say_their_numbers_and_are_selected_by_click() {
        let mut harness = harness(Strategy::Serial);
        harness.get_by_label("Non-persistent, serial: 2.200 s measured, 2.200 s by the formula");
        harness.get_by_label_contains("Persistent, pipelined: 300 ms measured").click();
        harness.run();
        assert_eq!(*harness.state(), Strategy::Pipelined);
    }

    #[test]
    fn say_which_strategy_failed_and_why() {
        let harness = harness(Strategy::Serial);
        harness.get_by_label("HTTP/2: failed, the server does not speak HTTP/2");
    }

    #[test]
    fn have_a_handful_of_grid_lines() {
        for (longest, wanted) in [(2.2, 0.5), (3.08, 1.0), (0.03, 0.01), (20.0, 5.0), (5.0, 1.0)] {
            let step = dials::round_step(longest / 5.0);
            assert!((step - wanted).abs() < 1e-9, "{longest}: {step}");
        }
    }
}
