//! What poisoning achieved: the chance by the formula as a curve, the measurement on it, and what an even chance would take.

use egui::Ui;
use egui_plot::{Corner, Line, MarkerShape, PlotPoints, Points};

use crate::{
    app::{
        dials,
        hand_in::{Figure, HandIn},
        kit::{
            figures::{
                Reference, interval, long_time, many, percent, plot, section_ui, switched_off, verdict, verdict_ui,
            },
            plot_legend::{LegendEntry, LegendSample, legend_ui},
            report_page::beside,
            sheet::{Cell, Sheet, SheetColumn},
        },
        parts::{
            marks::{decades, rounds},
            report_card::{self, CardLine as Row},
        },
        theme::Theme,
        widgets,
    },
    engine::name_attack::{
        Attack, Config, MAX_FORGED, MAX_ID_BITS, MAX_PORT_BITS, Poisoning, PoisoningResult, amount, chance_of_poisoning,
    },
    sim::names::Proportion,
    wire::units,
};

/// Forged answers in time, as a power of ten, and the chance in percent.
pub(super) type ChanceCurve = Vec<[f64; 2]>;

/// What an even chance takes.
#[derive(Debug, PartialEq)]
struct AttackEffort {
    against: &'static str,
    bits: u32,
    chance: f64,
    lookups: f64,
    seconds: f64,
    octets: f64,
}

/// The formula's.
pub(super) fn curve(found: &PoisoningResult, config: &Config) -> ChanceCurve {
    let Attack::Poisoning(poisoning) = &config.attack else { return ChanceCurve::new() };
    let most = if poisoning.tcp_on_misfits {
        f64::from(MAX_FORGED)
    } else {
        (found.space * 6.0).max(found.forged_each() * 4.0).max(100.0)
    };
    let point = |step| {
        let power = most.log10() * f64::from(step) / f64::from(STEPS);
        [power, 100.0 * chance_of_poisoning(poisoning, found.letters, 10_f64.powf(power)).value()]
    };
    (0..=STEPS).map(point).collect()
}

impl PoisoningResult {
    /// Forged answers that came in time, of a lookup.
    fn forged_each(&self) -> f64 {
        self.forged_in_time as f64 / self.measured.of.max(1) as f64
    }
}

fn efforts(found: &PoisoningResult, config: &Config) -> Vec<AttackEffort> {
    let Attack::Poisoning(poisoning) = &config.attack else { return Vec::new() };
    let letters = u32::try_from(found.example.chars().filter(char::is_ascii_alphabetic).count()).unwrap_or_default();
    let against = |id_bits, port_bits| Poisoning { id_bits, port_bits, ..poisoning.clone() };
    let cases = [
        ("as set here", poisoning.clone(), found.letters),
        ("16 bits of id alone", against(MAX_ID_BITS, 0), 0),
        ("id and port: 16 + 14", against(MAX_ID_BITS, MAX_PORT_BITS), 0),
        ("and the letters' case", against(MAX_ID_BITS, MAX_PORT_BITS), letters),
    ];
    let tried = found.measured.of.max(1) as f64;
    let effort = |(against, poisoning, letters): (&'static str, Poisoning, u32)| {
        let chance = chance_of_poisoning(&poisoning, letters, found.forged_each()).value();
        let lookups = if chance >= 0.5 { 1.0 } else { (0.5_f64.ln() / (-chance).ln_1p()).ceil() };
        AttackEffort {
            against,
            bits: poisoning.id_bits + poisoning.port_bits + letters,
            chance,
            lookups,
            seconds: lookups * found.seconds / tried,
            octets: lookups * found.attacker_octets as f64 / tried,
        }
    };
    cases.into_iter().map(effort).collect()
}

pub(super) fn title(found: &PoisoningResult) -> String {
    let measured = &found.measured;
    format!("{} of {} lookups poisoned", units::grouped(measured.hits), units::grouped(measured.of))
}

pub(super) fn about(found: &PoisoningResult) -> String {
    let bits = if found.space_bits == 1 { "1 bit" } else { &format!("{} bits", found.space_bits) };
    format!("{bits} to guess, {} forged answers a lookup in time", amount(found.forged_each()))
}

pub(super) fn poisoning_ui(
    ui: &mut Ui,
    found: &PoisoningResult,
    config: &Config,
    curve: &ChanceCurve,
    sheets: &[Sheet],
) {
    let [.., effort, ignored] = sheets else { return };
    beside(
        ui,
        CARD,
        |ui| {
            let figure = Figure::in_ui(ui, "Chance of a lookup being poisoned", Figure::CHART).on(Theme::of(ui).window);
            let hand_in = HandIn::of("chance")
                .picture(|| figure.draw(|ui| curve_ui(ui, found, curve)))
                .table(|| curve_sheet(found, curve).table());
            section_ui(ui, "Chance over forged answers", hand_in);
            curve_ui(ui, found, curve);
        },
        |ui| {
            report_card::lines_ui(ui, &lines(found));
            ui.add_space(6.0);
            report_card::formula_ui(ui, "Formula (RFC 5452 §7)", &found.theory);
            ui.add_space(4.0);
            let trouble = switched_off(&config.setting);
            verdict_ui(ui, &verdict(&found.measured, found.theory.value(), Reference::Formula, trouble));
        },
    );
    let wide = ui.available_width() >= WIDE;
    let effort = |ui: &mut Ui| {
        effort.ui(ui);
        widgets::muted(ui, COMPUTED);
    };
    let worth = |ui: &mut Ui| {
        ui.add_space(8.0);
        worth_ui(ui, found);
    };
    if wide {
        beside(ui, CARD, effort, worth);
        ignored_ui(ui, ignored);
    } else {
        effort(ui);
        beside(ui, CARD, |ui| ignored_ui(ui, ignored), worth);
    }
}

fn ignored_ui(ui: &mut Ui, ignored: &Sheet) {
    if ignored.rows.is_empty() {
        widgets::section(ui, "What the resolver ignored");
        widgets::muted(ui, "Nothing: no forged answer came to a port it listened at.");
    } else {
        ignored.ui(ui);
    }
}

fn lines(found: &PoisoningResult) -> Vec<Row> {
    let line = |name, meaning, measured, formula| Row { name, meaning, measured, formula };
    let each = amount(found.forged_each());
    let mut lines = vec![
        line(
            "success",
            "Share of the lookups in which a forged answer was believed.",
            percent(found.measured.share),
            Some(percent(found.theory.value())),
        ),
        line("95 % interval", "Where the probability behind it lies (Wilson).", whole_interval(&found.measured), None),
        line("answers in time", "Forged answers of a lookup that came before the true one.", each, None),
        line(
            "window",
            "How long the resolver waits for the true answer: the attacker's time.",
            units::seconds(found.window_seconds),
            None,
        ),
    ];
    if found.went_to_tcp > 0 {
        let times = units::grouped(found.went_to_tcp.into());
        lines.push(line("went to TCP", "Lookups in which ten misfits sent it to TCP.", times, None));
    }
    lines
}

fn curve_ui(ui: &mut Ui, found: &PoisoningResult, curve: &ChanceCurve) {
    let theme = Theme::of(ui);
    let plot = plot(ui, "poisoning", PLOT)
        .x_axis_label("forged answers in time, a lookup")
        .y_axis_label("chance")
        .include_y(0.0)
        .include_y(100.0)
        .x_grid_spacer(decades)
        .y_grid_spacer(rounds)
        .x_axis_formatter(|mark, _| power_words(mark.value))
        .y_axis_formatter(|mark, _| format!("{:.0} %", mark.value));
    let at = found.forged_each().max(1.0).log10();
    let measured = &found.measured;
    let shown = plot.show(ui, |plot| {
        let colour = theme.series(2);
        plot.line(Line::new("by the formula", PlotPoints::new(curve.clone())).color(colour).width(2.0));
        let ends = vec![[at, measured.low * 100.0], [at, measured.high * 100.0]];
        let name = "measured (95 % interval)";
        let colour = theme.series(0);
        plot.line(Line::new(name, PlotPoints::new(ends)).color(colour).width(3.0));
        let point = PlotPoints::new(vec![[at, measured.share * 100.0]]);
        plot.points(Points::new(name, point).shape(MarkerShape::Diamond).radius(6.0).color(colour).filled(true));
    });
    let entry =
        |name: &str, series, sample| LegendEntry { name: name.to_owned(), colour: theme.series(series), sample };
    let entries = [
        entry("by the formula", 2, LegendSample::Line),
        entry("measured (95 % interval)", 0, LegendSample::Marks(MarkerShape::Diamond)),
    ];
    legend_ui(ui, *shown.transform.frame(), Corner::LeftTop, &entries);
}

/// A number on an axis that counts in powers of ten.
fn power_words(power: f64) -> String {
    let number = 10_f64.powf(power);
    if number < 1e6 {
        return units::grouped(dials::whole(number));
    }
    let text = format!("{number:.0e}");
    match text.split_once('e') {
        Some(("1", power)) => format!("10^{power}"),
        Some((digit, power)) => format!("{digit}·10^{power}"),
        None => text,
    }
}

fn effort_sheet(efforts: &[AttackEffort]) -> Sheet {
    let columns = vec![
        SheetColumn::words("against", 150.0, "What a forged answer has to guess."),
        SheetColumn::number("bits", 36.0, "Bits to guess."),
        SheetColumn::number("chance a lookup", 124.0, "By the formula, with as many forged answers as here.")
            .in_unit("probability"),
        SheetColumn::number("lookups", 92.0, "Lookups to provoke until success is as likely as not."),
        SheetColumn::number("time", 100.0, "At the pace of this run.").in_unit("s"),
        SheetColumn::number("attacker sends", 100.0, "Octets of the messages the attacker sends in that time.")
            .in_unit("octets"),
    ];
    let row = |effort: &AttackEffort| {
        let AttackEffort { against, bits, chance, lookups, seconds, octets } = effort;
        vec![
            Cell::words(*against),
            Cell::count(u64::from(*bits)),
            Cell::Number(percent(*chance), *chance),
            effort_cell(*lookups, many),
            effort_cell(*seconds, long_time),
            effort_cell(*octets, sent),
        ]
    };
    Sheet { title: "What an even chance would take".to_owned(), columns, rows: efforts.iter().map(row).collect() }
}

/// Without a chance it takes for ever.
fn effort_cell(value: f64, write: impl Fn(f64) -> String) -> Cell {
    if value.is_finite() { Cell::Number(write(value), value) } else { Cell::words("never") }
}

/// Octets that may be very many.
fn sent(octets: f64) -> String {
    if octets < 1e18 { dials::octets_of(octets) } else { format!("{} B", amount(octets)) }
}

/// Where the probability lies, in whole percents.
fn whole_interval(measured: &Proportion) -> String {
    format!("{:.0}–{:.0} %", (measured.low * 100.0).floor(), (measured.high * 100.0).ceil())
}

fn ignored_sheet(found: &PoisoningResult) -> Sheet {
    let columns = vec![
        SheetColumn::words("why", 200.0, "The rule by which they were no answers (RFC 5452 §9.1)."),
        SheetColumn::number("messages", 80.0, "How many messages."),
    ];
    let rows = found.ignored.iter().map(|ignored| vec![Cell::words(&ignored.rule), Cell::count(ignored.messages)]);
    Sheet { title: "What the resolver ignored".to_owned(), columns, rows: rows.collect() }
}

fn worth_ui(ui: &mut Ui, found: &PoisoningResult) {
    widgets::card(ui, "What a success is worth", |ui| {
        let Some(worth) = &found.worth else {
            ui.label("There was none.");
            return;
        };
        let kept = units::days(worth.for_seconds.into());
        let (name, told, truth) = (worth.name.trim_end_matches('.'), &worth.told, &worth.truth);
        ui.label(format!(
            "Everybody who asks this resolver for {name} is sent to {told} instead of {truth}. It keeps the forged address of the \
             zone's name server for {kept}."
        ));
    });
}

/// What an even chance takes and what was ignored last.
pub(super) fn sheets(found: &PoisoningResult, config: &Config, curve: &ChanceCurve) -> Vec<Sheet> {
    let columns = vec![
        SheetColumn::words("success", 150.0, ""),
        SheetColumn::number("share", 100.0, "Of the lookups.").in_unit("fraction"),
        SheetColumn::words("95 % interval", 150.0, "Where the probability behind it lies (Wilson)."),
    ];
    let measured = &found.measured;
    let rows = vec![
        vec![
            Cell::words("measured"),
            Cell::Number(percent(measured.share), measured.share),
            Cell::words(interval(measured)),
        ],
        vec![
            Cell::words("by the formula"),
            Cell::Number(percent(found.theory.value()), found.theory.value()),
            Cell::words(""),
        ],
    ];
    let success = Sheet { title: "Success".to_owned(), columns, rows };
    vec![success, curve_sheet(found, curve), effort_sheet(&efforts(found, config)), ignored_sheet(found)]
}

/// The curve as numbers, every few of its points.
fn curve_sheet(found: &PoisoningResult, curve: &ChanceCurve) -> Sheet {
    let columns = vec![
        SheetColumn::number("forged answers in time", 150.0, "Of a lookup."),
        SheetColumn::number("chance by the formula", 150.0, "That one of them is believed.").in_unit("probability"),
        SheetColumn::number("measured", 100.0, "In this run.").in_unit("fraction"),
    ];
    let here = (found.forged_each(), found.theory.value(), Some(found.measured.share));
    let points = curve.iter().step_by(EVERY);
    let points = points.map(|[power, chance]| (10_f64.powf(*power), chance / 100.0, None));
    let mut points: Vec<(f64, f64, Option<f64>)> = points.chain([here]).collect();
    points.sort_by(|(one, ..), (other, ..)| one.total_cmp(other));
    let row = |(number, chance, measured): (f64, f64, Option<f64>)| {
        let measured = measured.map_or(Cell::words(""), |share| Cell::Number(percent(share), share));
        vec![Cell::Number(many(number), number), Cell::Number(percent(chance), chance), measured]
    };
    Sheet { title: "The curve".to_owned(), columns, rows: points.into_iter().map(row).collect() }
}

const COMPUTED: &str = "Computed, not measured: the formula with this run's forged answers, octets and time a lookup.";
/// From this width on what an even chance takes and what it is worth stand side by side.
const WIDE: f32 = 1_060.0;
/// Straight pieces of the curve.
const STEPS: u32 = 96;
/// Points of the curve between two rows of its table.
const EVERY: usize = 12;
const PLOT: f32 = 264.0;
const CARD: f32 = 290.0;

#[cfg(test)]
mod numbers {
    use super::power_words;

    #[test]
    fn are_written_so_that_they_can_be_read() {
        assert_eq!([power_words(3.0), power_words(6.0), power_words(7.301)], ["1,000", "10^6", "2·10^7"]);
    }
}
