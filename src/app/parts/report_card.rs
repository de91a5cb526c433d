//! The report card: theory beside measurement, the formula with the numbers put in, the difference, and why when it is large.

use egui::{Align, Grid, Layout, RichText, TextStyle, Ui};

use crate::{
    app::{
        dials,
        theme::{Theme, mono},
        widgets,
    },
    sim::formula::{Formula, FormulaInput},
    wire::units,
};

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardLine {
    /// What was measured.
    pub name: &'static str,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// The measurement.
    pub measured: String,
    /// The formula's, where there is one.
    pub formula: Option<String>,
}

/// A measurement held against a formula.
#[derive(Clone, Copy, Debug)]
pub struct FormulaComparison<'a> {
    /// The formula.
    pub theory: &'a Formula,
    /// (measured − formula) / formula, where both are known.
    pub difference: Option<f64>,
    /// Why, as the experiment knows it.
    pub reason: Option<&'a str>,
}

/// The table: measured beside formula.
pub fn lines_ui(ui: &mut Ui, lines: &[CardLine]) {
    lines_beside_ui(ui, lines, "formula");
}

/// The table, where what stands beside the measured has another name.
pub fn lines_beside_ui(ui: &mut Ui, lines: &[CardLine], beside: &str) {
    let theme = Theme::of(ui);
    let width = ui.available_width();
    let numbers = lines.iter().flat_map(|line| [Some(&line.measured), line.formula.as_ref()]).flatten();
    let longest = numbers.map(|number| number.chars().count()).max().unwrap_or_default();
    let needed = longest as f32 * ui.fonts_mut(|fonts| fonts.glyph_width(&mono(), '0')) + GAP;
    let names = (width - 2.0 * needed.max(NUMBER)).clamp(LEAST_NAMES, NAMES);
    let number = ((width - names) / 2.0).max(0.0);
    let cell = |ui: &mut Ui, words: RichText| {
        ui.allocate_ui_with_layout(egui::vec2(number, 20.0), Layout::right_to_left(Align::Center), |ui| {
            ui.set_width(number);
            ui.add(egui::Label::new(words).truncate());
        });
    };
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = egui::Vec2::ZERO;
        ui.horizontal(|ui| {
            ui.add_space(names);
            for head in ["measured", beside] {
                cell(ui, RichText::new(head).text_style(TextStyle::Small).color(theme.muted));
            }
        });
        for line in lines {
            widgets::rule(ui);
            ui.horizontal(|ui| {
                ui.allocate_ui_with_layout(egui::vec2(names, 24.0), Layout::left_to_right(Align::Center), |ui| {
                    ui.set_width(names);
                    ui.add(egui::Label::new(line.name).truncate()).on_hover_text(line.meaning);
                });
                cell(ui, RichText::new(&line.measured).font(mono()));
                cell(ui, RichText::new(line.formula.as_deref().unwrap_or("–")).font(mono()));
            });
        }
        widgets::rule(ui);
    });
}

/// The formula in symbols and numbers, where it stands, and what was put in.
pub fn formula_ui(ui: &mut Ui, title: &str, theory: &Formula) {
    widgets::card(ui, title, |ui| {
        wrapped_mono(ui, &theory.symbols);
        match theory.time() {
            Some(time) => {
                wrapped_mono(ui, &format!("= {}", theory.numbers));
                wrapped_mono(ui, &format!("= {}", units::time(time)));
            }
            // The line with the numbers ends in the value: it is rounded as suits the quantity.
            None => wrapped_mono(ui, &theory.numbers),
        }
        if !theory.inputs.is_empty() {
            ui.collapsing(RichText::new("Inputs").text_style(TextStyle::Small), |ui| {
                inputs_ui(ui, &theory.inputs);
            });
        }
    });
}

/// How far apart they are and why.
pub fn difference_ui(ui: &mut Ui, comparison: &FormulaComparison<'_>) {
    let theme = Theme::of(ui);
    let title = comparison.difference.map_or_else(
        || "Difference unknown".to_owned(),
        |share| format!("Difference {}", units::signed_percent(share)),
    );
    widgets::card(ui, &title, |ui| {
        let close = comparison.difference.is_some_and(|share| share.abs() < AGREES);
        match (comparison.reason, close) {
            (Some(reason), _) => {
                ui.label(reason);
            }
            (None, true) => {
                ui.label(RichText::new("Measured and predicted agree.").color(theme.good));
            }
            (None, false) => {}
        }
        widgets::muted(ui, format!("The formula is {} here.", comparison.theory.exactness.meaning()));
    });
}

fn inputs_ui(ui: &mut Ui, inputs: &[FormulaInput]) {
    Grid::new("inputs").num_columns(3).spacing([8.0, 2.0]).show(ui, |ui| {
        for input in inputs {
            widgets::mono_label(ui, &input.symbol);
            widgets::mono_label(ui, value_of(input));
            let colour = Theme::of(ui).muted;
            ui.add(egui::Label::new(RichText::new(&input.meaning).text_style(TextStyle::Small).color(colour)).wrap());
            ui.end_row();
        }
    });
}

fn value_of(input: &FormulaInput) -> String {
    match input.unit.as_str() {
        "s" => units::seconds(input.value),
        "bit/s" => dials::bits_per_sec(input.value),
        "octets" => dials::octets_of(input.value),
        "" => format!("{}", input.value),
        unit => format!("{} {unit}", input.value),
    }
}

fn wrapped_mono(ui: &mut Ui, text: &str) {
    ui.add(egui::Label::new(RichText::new(text).font(mono())).wrap());
}

/// Width of the names where there is room.
const NAMES: f32 = 128.0;
/// Width of the names where there is little.
const LEAST_NAMES: f32 = 88.0;
/// Width a number needs as a rule: `1604.148 s`.
const NUMBER: f32 = 80.0;
/// Between numbers that fill their columns.
const GAP: f32 = 8.0;
/// Differences below this are what rounding and request octets make.
const AGREES: f64 = 0.01;

#[cfg(test)]
mod the_card {
    use std::time::Duration;

    use egui_kittest::{Harness, kittest::Queryable as _};

    use super::{CardLine, FormulaComparison, difference_ui, formula_ui, lines_ui};
    use crate::{
        app::theme,
        sim::formula::{Exactness, Formula, FormulaInput, FormulaResult},
    };

    fn theory() -> Formula {
        Formula {
            symbols: "2·RTT + L₀/R".to_owned(),
            numbers: "2·100 ms + 10 ms".to_owned(),
            inputs: vec![FormulaInput {
                symbol: "R".to_owned(),
                value: 10e6,
                unit: "bit/s".to_owned(),
                meaning: "rate of the link, set".to_owned(),
            }],
            result: FormulaResult::Time(Duration::from_millis(210)),
            exactness: Exactness::UpperBound,
            source: "Kurose–Ross §2.2.2".to_owned(),
        }
    }

    fn harness(difference: f64, reason: Option<&'static str>) -> Harness<'static, ()> {
        let theory = theory();
        let paint = move |ui: &mut egui::Ui, (): &mut ()| {
            let line = CardLine {
                name: "page time",
                meaning: "",
                measured: "205 ms".to_owned(),
                formula: Some("210 ms".to_owned()),
            };
            lines_ui(ui, &[line]);
            formula_ui(ui, "Formula (Kurose–Ross §2.2.2)", &theory);
            difference_ui(ui, &FormulaComparison { theory: &theory, difference: Some(difference), reason });
        };
        Harness::builder().with_size([372.0, 500.0]).with_context_setup(theme::install).build_ui_state(paint, ())
    }

    #[test]
    fn puts_theory_beside_measurement() {
        let mut harness = harness(-0.024, Some("Set-up overlaps transmission."));
        for label in
            ["page time", "205 ms", "210 ms", "2·RTT + L₀/R", "= 2·100 ms + 10 ms", "= 210 ms", "Difference −2.4 %"]
        {
            harness.get_by_label(label);
        }
        harness.get_by_label("Set-up overlaps transmission.");
        harness.get_by_label("The formula is an upper bound: the measurement can only be faster here.");
        harness.get_by_label("Inputs").click();
        harness.run();
        harness.get_by_label("10 Mb/s");
    }

    #[test]
    fn fits_in_a_narrow_panel() {
        for width in [240.0, 268.0, 340.0] {
            let paint = move |ui: &mut egui::Ui| {
                ui.set_width(width);
                let (measured, formula) = ("1604.148 s".to_owned(), Some("14.607 s".to_owned()));
                lines_ui(ui, &[CardLine { name: "octets received", meaning: "", measured, formula }]);
            };
            let mut harness =
                Harness::builder().with_size([600.0, 100.0]).with_context_setup(theme::install).build_ui(paint);
            harness.run();
            let left = harness.get_by_label("octets received").rect().left();
            let edges =
                ["measured", "formula", "1604.148 s", "14.607 s"].map(|label| harness.get_by_label(label).rect());
            assert!(edges.iter().all(|cell| cell.right() <= left + width + 0.5), "{width}: {edges:?} from {left}");
            let number = edges[2].width();
            assert!(number > 70.0, "{width}: the number is cut to {number}");
        }
    }

    #[test]
    fn says_so_when_they_agree() {
        harness(0.0, None).get_by_label("Measured and predicted agree.");
    }
}
