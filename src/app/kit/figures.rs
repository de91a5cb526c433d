//! Numbers and small pictures that the views with experiments of their own share: shares, formulas beside measurements, bars.

use egui::{
    Align2, Color32, CornerRadius, Label, Rect, RichText, Role, Sense, Stroke, TextStyle, Ui, WidgetInfo, pos2, vec2,
};
use egui_plot::Plot;

use crate::{
    app::{
        dials,
        hand_in::HandIn,
        theme::{Theme, mono_small},
        widgets,
    },
    engine::{name_attack::amount, setting::LabSetting},
    sim::names::Proportion,
    wire::units,
};

/// A share or probability: `21.5 %`; very small ones as `1 in 65,536`.
pub(crate) fn percent(share: f64) -> String {
    let hundreds = share * 100.0;
    if share < NEGLIGIBLE {
        "0 %".to_owned()
    } else if hundreds < LEAST_TENTHS {
        format!("1 in {}", many(1.0 / share))
    } else if share > 1.0 - NEGLIGIBLE {
        "100 %".to_owned()
    } else {
        format!("{hundreds:.1} %")
    }
}

/// A number that may be very large: `12,345`, `1.163·10^7`.
pub(crate) fn many(number: f64) -> String {
    if number < 1e6 { units::grouped(dials::whole(number)) } else { amount(number) }
}

/// `1 lookup`, `4,000 lookups`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    units::count(usize::try_from(number).unwrap_or(usize::MAX), one, many)
}

/// A time that may be minutes, days or years.
pub(crate) fn long_time(seconds: f64) -> String {
    let years = seconds / YEAR;
    if seconds < MINUTE {
        units::seconds(seconds)
    } else if years < 2.0 {
        units::days(dials::whole(seconds))
    } else {
        format!("{} years", many(years))
    }
}

/// Where the probability behind a measured share lies.
pub(crate) fn interval(measured: &Proportion) -> String {
    format!("{:.1}–{:.1} %", measured.low * 100.0, measured.high * 100.0)
}

/// What a measurement is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// A formula.
    Formula,
    /// What has to come out, without one.
    Expectation,
}

/// A measured share held against what it should be, in a sentence, and whether they agree. `trouble`: why they may not, if that is
/// known.
pub(crate) fn verdict(
    measured: &Proportion,
    theory: f64,
    against: Reference,
    trouble: Option<String>,
) -> (String, bool) {
    let (value, it) = match against {
        Reference::Formula => ("the formula's value", "the formula"),
        Reference::Expectation => ("the expected share", "what is expected"),
    };
    if measured.fits(theory) {
        return (format!("They agree: {value} lies in the measurement's 95 % interval."), true);
    }
    let points = (measured.share - theory) * 100.0;
    let away = format!("{:.1} points {}", points.abs(), if points < 0.0 { "below" } else { "above" });
    let why = trouble.unwrap_or_else(|| "One run in twenty is off by chance: try more.".to_owned());
    (format!("Measured {away} {it}. {why}"), false)
}

/// That what is switched off explains a difference; `None` where nothing is.
pub(crate) fn switched_off(setting: &LabSetting) -> Option<String> {
    (!setting.off.is_empty()).then(|| "Part of the lab is switched off, which this leaves out of account.".to_owned())
}

/// Words on whether theory and measurement agree.
pub(crate) fn verdict_ui(ui: &mut Ui, (words, agrees): &(String, bool)) {
    let theme = Theme::of(ui);
    let colour = if *agrees { theme.good } else { theme.bad };
    ui.add(Label::new(RichText::new(words).color(colour)).wrap());
}

/// What stands above a figure: what it is about, and the control for handing it in.
pub(crate) fn section_ui(ui: &mut Ui, about: &str, hand_in: HandIn<'_>) {
    ui.add_space(8.0);
    words_and_controls_ui(ui, about, about, |ui| hand_in.ui(ui));
}

/// A line of words, and controls at its right end, which come first where there is no room for all; they are painted from the right. The
/// pointer on the words says `meaning`.
pub(crate) fn words_and_controls_ui(ui: &mut Ui, words: &str, meaning: &str, controls: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        widgets::line_ending_in(ui, controls, |ui| {
            let words = RichText::new(words).text_style(TextStyle::Small).color(Theme::of(ui).muted);
            ui.add(Label::new(words).truncate()).on_hover_text(meaning);
        });
    });
}

/// A plot as all of them look. It stands in a page that scrolls, so the wheel is the page's.
pub(crate) fn plot<'a>(ui: &Ui, id: &'static str, height: f32) -> Plot<'a> {
    Plot::new(id)
        .height(height)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .grid_color(Theme::of(ui).line)
        .show_background(false)
        .y_axis_min_width(48.0)
}

/// A bar: its name, how long it is, where the formula's tick stands, and what is written after it.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) theory: Option<f64>,
    pub(crate) words: String,
    pub(crate) colour: Color32,
    /// The same in a sentence, for who cannot see it, and when it is pointed at.
    pub(crate) spoken: String,
}

/// Bars below each other. `widths`: room for the names, and for what is written after the longest bar.
pub(crate) fn bars_ui(ui: &mut Ui, bars: &[Bar], widths: (f32, f32)) {
    bars_on_axis_ui(ui, bars, widths, longest(bars));
}

/// The value of the longest bar, or of the tick beyond it.
pub(crate) fn longest(bars: &[Bar]) -> f64 {
    bars.iter().map(|bar| bar.value.max(bar.theory.unwrap_or_default())).fold(0.0, f64::max)
}

/// The same on an axis that does not depend on them: a bar of the value `longest` fills it.
pub(crate) fn bars_on_axis_ui(ui: &mut Ui, bars: &[Bar], widths: (f32, f32), longest: f64) {
    let theme = Theme::of(ui);
    let (names, numbers) = widths;
    let room = (ui.available_width() - names - numbers).max(LEAST_BARS);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for bar in bars {
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), BAR_ROW), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &bar.spoken));
            let left = rect.left() + names;
            let name = Rect::from_x_y_ranges(rect.left()..=left - 12.0, rect.y_range());
            widgets::clipped(ui, name, Align2::LEFT_CENTER, &bar.name, TextStyle::Body.resolve(ui.style()), theme.text);
            let place = |value: f64| left + room * narrow(if longest > 0.0 { value / longest } else { 0.0 });
            let lane = rect.shrink2(vec2(0.0, 5.0));
            let filled = Rect::from_x_y_ranges(left..=place(bar.value).max(left + 1.0), lane.y_range());
            ui.painter().rect_filled(filled, CornerRadius::same(3), bar.colour);
            let mut end = filled.right();
            if let Some(theory) = bar.theory {
                let tick = place(theory);
                end = end.max(tick);
                ui.painter().vline(tick, lane.expand(2.0).y_range(), Stroke::new(2.0, theme.text));
            }
            let words =
                Rect::from_min_max(pos2(end + 8.0, rect.top()), pos2(rect.right().max(end + 60.0), rect.bottom()));
            widgets::clipped(ui, words, Align2::LEFT_CENTER, &bar.words, mono_small(), theme.text);
            response.on_hover_text(&bar.spoken);
        }
    });
}

#[expect(clippy::cast_possible_truncation, reason = "a share on its way to the screen")]
fn narrow(share: f64) -> f32 {
    share as f32
}

const MINUTE: f64 = 60.0;
const YEAR: f64 = 365.25 * 86_400.0;
/// What rounding leaves of nothing.
const NEGLIGIBLE: f64 = 1e-15;
/// Below this many percent tenths say nothing.
const LEAST_TENTHS: f64 = 0.05;
const BAR_ROW: f32 = 28.0;
const LEAST_BARS: f32 = 60.0;

#[cfg(test)]
mod a_number {
    use super::*;

    #[test]
    fn is_written_as_precisely_as_it_is_known() {
        for (share, text) in [(0.0, "0 %"), (0.2148, "21.5 %"), (1.0, "100 %"), (1.0 / 65_536.0, "1 in 65,536")] {
            assert_eq!(percent(share), text);
        }
    }

    #[test]
    fn may_be_a_very_large_one() {
        assert_eq!([many(12_345.0), many(1.5e12)], ["12,345", "1.500·10^12"]);
        assert_eq!([long_time(3.5), long_time(90_000.0), long_time(3.156e9)], ["3.500 s", "1 d 1 h", "100 years"]);
    }

    #[test]
    fn agrees_with_its_formula_or_says_how_far_it_is_off() {
        let measured = Proportion::new(50, 100);
        assert!(verdict(&measured, 0.5, Reference::Formula, None).1);
        let (words, agrees) = verdict(&measured, 0.7, Reference::Formula, None);
        assert!(!agrees && words.starts_with("Measured 20.0 points below the formula. One run"), "{words}");
        let why = Some("One had no answer.".to_owned());
        let (words, _) = verdict(&measured, 0.7, Reference::Expectation, why);
        assert_eq!(words, "Measured 20.0 points below what is expected. One had no answer.");
    }
}
