//! What amplification achieved: how many times as large as the question what came to the victim was.

use egui::Ui;

use crate::{
    app::{
        hand_in::{Figure, HandIn},
        kit::{
            figures::{Bar, bars_on_axis_ui, longest, section_ui, verdict_ui},
            sheet::{Cell, Sheet, SheetColumn},
        },
        parts::report_card,
        theme::Theme,
        widgets,
    },
    engine::name_attack::{AmplificationResult, AmplificationRow},
    wire::units,
};

pub(super) fn title(found: &AmplificationResult) -> String {
    let largest = largest(found);
    largest.map_or_else(
        || "No question was sent".to_owned(),
        |row| format!("Up to {:.1} octets at the victim for each octet sent", row.factor),
    )
}

pub(super) fn about(found: &AmplificationResult) -> String {
    let sent: u64 = found.rows.iter().map(|row| row.sent.octets).sum();
    let came: u64 = found.rows.iter().map(|row| row.at_victim.octets).sum();
    let (sent, came) = (units::measured_octets(sent), units::measured_octets(came));
    format!("{sent} sent in the name of {}, {came} came there", found.victim)
}

fn largest(found: &AmplificationResult) -> Option<&AmplificationRow> {
    found.rows.iter().max_by(|one, other| one.factor.total_cmp(&other.factor))
}

fn question(row: &AmplificationRow) -> String {
    format!("{} {}", row.question.kind, row.question.name)
}

/// Octets of one query and of what came for it.
fn each(row: &AmplificationRow) -> (u64, u64) {
    let of = |octets: u64, messages: u64| octets / messages.max(1);
    (of(row.sent.octets, row.sent.messages), of(row.at_victim.octets, row.at_victim.messages))
}

fn agrees(row: &AmplificationRow) -> bool {
    (row.factor - row.theory.value()).abs() < ROUNDING
}

pub(super) fn amplification_ui(ui: &mut Ui, found: &AmplificationResult) {
    let theme = Theme::of(ui);
    let bar = |row: &AmplificationRow| {
        let (query, response) = each(row);
        let cut = if row.truncated { ", cut off (TC)" } else { "" };
        let name = format!("{} of {}", question(row), row.question.server);
        Bar {
            value: row.factor,
            theory: Some(row.theory.value()),
            words: format!("{:.1}×  {query} → {response} octets{cut}", row.factor),
            colour: if row.truncated { theme.bar } else { theme.bar_selected },
            spoken: format!("{name}: {:.2} times, by the formula {:.2}{cut}", row.factor, row.theory.value()),
            name,
        }
    };
    let bars = found.rows.iter().map(bar).collect::<Vec<_>>();
    let whole = axis(longest(&bars));
    let about = format!(
        "Octets at the victim for each octet sent   (bar: measured  |  tick: by the zones' sizes  |  whole width: {whole:.0}×)"
    );
    let figure = Figure::in_ui(ui, about.clone(), Figure::BARS).on(theme.window);
    let hand_in =
        HandIn::of("amplification").picture(|| figure.draw(|ui| bars_on_axis_ui(ui, &bars, (NAMES, NUMBERS), whole)));
    let hand_in = sheets(found).into_iter().fold(hand_in, |hand_in, sheet| hand_in.table(move || sheet.table()));
    section_ui(ui, &about, hand_in);
    bars_on_axis_ui(ui, &bars, (NAMES, NUMBERS), whole);
    ui.add_space(8.0);
    if let Some(largest) = largest(found) {
        report_card::formula_ui(ui, &format!("Formula, for {}", question(largest)), &largest.theory);
        ui.add_space(4.0);
        let all = found.rows.iter().all(agrees);
        let words = if all {
            "Measured and computed agree for every question: what a server answers is in its zones."
        } else {
            "Measured and computed differ: not every answer came to the victim."
        };
        verdict_ui(ui, &(words.to_owned(), all));
        let words = "With the 28 octets of IP and UDP headers each message has, the factor is smaller: see the table.";
        widgets::muted(ui, words);
    }
}

/// Where the axis ends: the same for every run, so that bars of two runs can be compared; ten times as far where one does not fit.
fn axis(longest: f64) -> f64 {
    std::iter::successors(Some(AXIS), |end| Some(end * 10.0))
        .take(FARTHEST)
        .find(|end| longest <= *end)
        .unwrap_or(longest)
}

pub(super) fn sheets(found: &AmplificationResult) -> Vec<Sheet> {
    let columns = vec![
        SheetColumn::words("question", 112.0, "Type and name asked for in the victim's name."),
        SheetColumn::words("asked of", 126.0, "Which name server."),
        SheetColumn::number("query", 44.0, "Octets of one query.").in_unit("octets"),
        SheetColumn::number("answer", 50.0, "Octets of what came to the victim for it.").in_unit("octets"),
        SheetColumn::number("factor", 52.0, "Octets at the victim by octets sent, measured."),
        SheetColumn::number("formula", 58.0, "The same from the sizes the server's zones give."),
        SheetColumn::number("on the wire", 72.0, "With the 28 octets of IP and UDP headers of each message."),
        SheetColumn::words("", 60.0, ""),
    ];
    let row = |row: &AmplificationRow| {
        let (query, answer) = each(row);
        let factor = |value: f64| Cell::Number(format!("{value:.2}"), value);
        vec![
            Cell::words(question(row)),
            Cell::words(&row.question.server),
            Cell::count(query),
            Cell::count(answer),
            factor(row.factor),
            factor(row.theory.value()),
            factor(row.factor_on_wire),
            Cell::words(if row.truncated { "cut off" } else { "" }),
        ]
    };
    vec![Sheet { title: "Question by question".to_owned(), columns, rows: found.rows.iter().map(row).collect() }]
}

/// Octets at the victim for each octet sent, at the end of the axis.
const AXIS: f64 = 100.0;
/// How often the axis may be made longer.
const FARTHEST: usize = 8;
/// Factors nearer than this are the same.
const ROUNDING: f64 = 1e-6;
const NAMES: f32 = 250.0;
const NUMBERS: f32 = 220.0;
