//! A number with its unit: a slider under a row with its name and its value, which can be typed. What is typed and cannot be taken
//! stays away from the value and is marked with a sentence below it.

use std::{cell::RefCell, ops::RangeInclusive, time::Duration};

use egui::{
    Align, Color32, CornerRadius, DragValue, Id, Layout, Popup, PopupCloseBehavior, Rect, Response, RichText, Sense,
    Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::app::{dials, focus, theme::Theme};

/// A quantity that a slider row sets.
pub struct Quantity<'a> {
    /// What it is, in one sentence: shown when its label is pointed at.
    pub meaning: &'a str,
    /// From least to greatest. An infinite greatest means unlimited: the slider's last notch.
    pub range: RangeInclusive<f64>,
    /// Greatest finite value the slider reaches, where the range is infinite.
    pub largest_finite: f64,
    /// Equal steps of the slider multiply instead of adding. A range from 0 then begins at `smallest`.
    pub logarithmic: bool,
    /// Smallest value above 0 the slider reaches, where the range starts at 0 and is logarithmic.
    pub smallest: f64,
    /// Only whole numbers.
    pub whole: bool,
    /// How a value is written.
    pub write: &'a dyn Fn(f64) -> String,
    /// How it is read back.
    pub read: &'a dyn Fn(&str) -> Option<f64>,
}

impl<'a> Quantity<'a> {
    /// A whole number.
    pub fn count(meaning: &'a str, range: RangeInclusive<f64>) -> Self {
        Self {
            meaning,
            largest_finite: *range.end(),
            range,
            logarithmic: false,
            smallest: 1.0,
            whole: true,
            write: &|count| format!("{count:.0}"),
            read: &|text| text.trim().parse().ok(),
        }
    }

    /// A time in seconds, from none at all.
    pub fn seconds(meaning: &'a str, greatest: Duration) -> Self {
        Self {
            meaning,
            range: 0.0..=greatest.as_secs_f64(),
            largest_finite: greatest.as_secs_f64(),
            logarithmic: true,
            smallest: 100e-6,
            whole: false,
            write: &dials::brief_seconds,
            read: &dials::read_seconds,
        }
    }

    fn position(&self, value: f64) -> f64 {
        let (least, greatest) = self.finite_range();
        if value.is_infinite() || value > greatest {
            return 1.0;
        }
        let top = self.last_notch();
        if !self.logarithmic {
            return ((value - least) / (greatest - least) * top).clamp(0.0, top);
        }
        let first = if *self.range.start() <= 0.0 { ZERO_NOTCH } else { 0.0 };
        if value < least {
            return 0.0;
        }
        let share = (value.max(least) / least).ln() / (greatest / least).ln();
        (first + share * (top - first)).clamp(0.0, top)
    }

    fn value(&self, position: f64) -> f64 {
        let (least, greatest) = self.finite_range();
        let top = self.last_notch();
        if position > f64::midpoint(top, 1.0) && top < 1.0 {
            return f64::INFINITY;
        }
        let value = if self.logarithmic {
            let first = if *self.range.start() <= 0.0 { ZERO_NOTCH } else { 0.0 };
            if position < first / 2.0 {
                return *self.range.start();
            }
            let share = ((position - first) / (top - first)).clamp(0.0, 1.0);
            two_digits(least * (greatest / least).powf(share))
        } else {
            let share = (position / top).clamp(0.0, 1.0);
            let value = least + share * (greatest - least);
            if self.whole { value } else { two_digits(value) }
        };
        let value = if self.whole { value.round() } else { value };
        value.clamp(*self.range.start(), *self.range.end())
    }

    /// What is wrong with what was typed, as a sentence.
    fn refusal(&self, text: &str, typed: Option<f64>) -> Option<String> {
        let text = super::shortened(text.trim(), REFUSED_CHARS);
        match typed {
            Some(value) if value < *self.range.start() => {
                Some(format!("{text} is too little: at least {}.", (self.write)(*self.range.start())))
            }
            Some(value) if value > *self.range.end() => {
                Some(format!("{text} is too much: at most {}.", (self.write)(*self.range.end())))
            }
            Some(value) if !value.is_nan() => None,
            Some(_) | None => Some(format!("“{text}” is not a value that is understood here.")),
        }
    }

    fn finite_range(&self) -> (f64, f64) {
        let least = if self.logarithmic && *self.range.start() <= 0.0 { self.smallest } else { *self.range.start() };
        let greatest = if self.range.end().is_infinite() { self.largest_finite } else { *self.range.end() };
        (least, greatest)
    }

    fn last_notch(&self) -> f64 {
        if self.range.end().is_infinite() { 1.0 - ZERO_NOTCH } else { 1.0 }
    }
}

/// Share of the slider's way that stands for exactly 0, or for unlimited.
const ZERO_NOTCH: f64 = 0.04;
/// How much of what was refused is repeated.
const REFUSED_CHARS: usize = 24;

/// Round numbers are what people mean: 1.0, 1.1 … 9.9 times a power of ten.
fn two_digits(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10_f64.powf(value.abs().log10().floor() - 1.0);
    (value / scale).round() * scale
}

/// A row with a label on the left, the value right-aligned in the mono font (click to edit it), and a slider below. The response is
/// marked changed when the value did. The Tab key stops at the value: the arrows change it as the slider would.
pub fn slider_row(ui: &mut Ui, label: &str, value: &mut f64, quantity: &Quantity<'_>) -> Response {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        number_ui(ui, label, value, quantity, true)
    })
    .inner
}

/// The same without a slider: for a number that is typed.
pub fn typed_row(ui: &mut Ui, label: &str, value: &mut f64, quantity: &Quantity<'_>) -> Response {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        number_ui(ui, label, value, quantity, false)
    })
    .inner
}

fn number_ui(ui: &mut Ui, label: &str, value: &mut f64, quantity: &Quantity<'_>, slides: bool) -> Response {
    let before = *value;
    let mut label_id = Id::NULL;
    let refusal_id = ui.scope_id().with(("refused", label));
    let refused: Option<RefusedInput> = ui.data(|data| data.get_temp(refusal_id));
    let refused = refused.filter(|refused| refused.beside.to_bits() == before.to_bits());
    let row = ui.horizontal(|ui| {
        ui.set_height(SLIDER_LABEL);
        label_id = ui.label(label).on_hover_text(quantity.meaning).id;
        let shown = ui.with_layout(Layout::right_to_left(Align::Center), |ui| value_ui(ui, value, quantity)).inner;
        if refused.is_some() {
            let rect = shown.0.rect.expand2(vec2(2.0, 0.0));
            ui.painter().rect_stroke(rect, 3.0, Stroke::new(1.5, Theme::of(ui).bad), StrokeKind::Inside);
        }
        (shown.0.labelled_by(label_id), shown.1)
    });
    let (mut response, typed) = row.inner;
    if slides {
        response |= rail_ui(ui, label, value, quantity);
    }
    if (*value - before).abs() > 0.0 || value.is_infinite() != before.is_infinite() {
        response.mark_changed();
    }
    refusal_ui(ui, refusal_id, typed, refused, *value);
    response
}

/// What was typed and could not be taken, and the value that stays instead.
#[derive(Clone, Debug, PartialEq)]
struct RefusedInput {
    sentence: String,
    beside: f64,
}

/// The sentence below a row, until the value is another one or something that can be taken has been typed.
fn refusal_ui(ui: &mut Ui, id: Id, typed: Option<Result<(), String>>, before: Option<RefusedInput>, value: f64) {
    let now = refusal(typed, before, value);
    if let Some(refused) = &now {
        ui.label(RichText::new(&refused.sentence).small().color(Theme::of(ui).bad));
    }
    keep(ui, id, now);
}

/// What is refused now, beside this value.
fn refusal(typed: Option<Result<(), String>>, before: Option<RefusedInput>, value: f64) -> Option<RefusedInput> {
    match typed {
        None => before.filter(|refused| refused.beside.to_bits() == value.to_bits()),
        Some(Ok(())) => None,
        Some(Err(sentence)) => Some(RefusedInput { sentence, beside: value }),
    }
}

fn keep(ui: &Ui, id: Id, refused: Option<RefusedInput>) {
    ui.data_mut(|data| match refused {
        None => data.remove::<RefusedInput>(id),
        Some(refused) => {
            data.insert_temp(id, refused);
        }
    });
}

/// A number alone, for a row or a form that has its own words. What is typed and cannot be taken is told below it.
pub fn number_field(ui: &mut Ui, name: &str, value: &mut f64, quantity: &Quantity<'_>) -> Response {
    let id = ui.scope_id().with(("refused", name));
    let refused: Option<RefusedInput> = ui.data(|data| data.get_temp(id));
    let refused = refused.filter(|refused| refused.beside.to_bits() == value.to_bits());
    let (response, typed) = drag_ui(ui, value, quantity);
    focus::into_view(&response);
    let response = super::named(ui, response, name);
    let now = refusal(typed, refused, *value);
    if let Some(refused) = &now {
        let bad = Theme::of(ui).bad;
        ui.painter().rect_stroke(response.rect, 3.0, Stroke::new(1.5, bad), StrokeKind::Inside);
        let told = Popup::from_response(&response).id(id).open(true);
        told.close_behavior(PopupCloseBehavior::IgnoreClicks).show(|ui| {
            ui.set_max_width(REFUSAL_WIDTH);
            ui.label(RichText::new(&refused.sentence).small().color(bad));
        });
    }
    keep(ui, id, now);
    response
}

/// The same for a whole number; the range says what its type can hold.
pub fn whole_field<T>(ui: &mut Ui, name: &str, number: &mut T, quantity: &Quantity<'_>) -> Response
where
    T: Copy + Into<f64> + TryFrom<u64>,
{
    let mut value: f64 = (*number).into();
    let response = number_field(ui, name, &mut value, quantity);
    if response.changed()
        && let Ok(taken) = T::try_from(dials::whole(value))
    {
        *number = taken;
    }
    response
}

/// The number with its value as plain words, and whether what was typed could be taken, where something was.
fn value_ui(ui: &mut Ui, value: &mut f64, quantity: &Quantity<'_>) -> (Response, Option<Result<(), String>>) {
    let theme = Theme::of(ui);
    let shown = ui.scope(|ui| {
        ui.spacing_mut().button_padding = vec2(2.0, 1.0);
        ui.spacing_mut().interact_size = vec2(24.0, SLIDER_LABEL - 2.0);
        let inactive = &mut ui.visuals_mut().widgets.inactive;
        inactive.weak_bg_fill = Color32::TRANSPARENT;
        inactive.bg_stroke = Stroke::NONE;
        ui.visuals_mut().widgets.hovered.bg_stroke = Stroke::new(1.0, theme.line);
        drag_ui(ui, value, quantity)
    });
    focus::into_view(&shown.inner.0);
    shown.inner
}

fn drag_ui(ui: &mut Ui, value: &mut f64, quantity: &Quantity<'_>) -> (Response, Option<Result<(), String>>) {
    let outcome = RefCell::new(None);
    let shown = (quantity.write)(*value);
    // An arrow key is a whole step; a point of the hand's way is less.
    let by_key = ui.memory(|memory| memory.has_focus(ui.next_auto_id()));
    let speed = match (quantity.whole, by_key) {
        (true, true) => 1.0,
        (true, false) => 0.1,
        (false, true) => value.abs().max(quantity.smallest) * 0.1,
        (false, false) => value.abs().max(quantity.smallest) * 0.005,
    };
    let field = DragValue::new(value).range(quantity.range.clone()).speed(speed).update_while_editing(false);
    let field = field.custom_formatter(|value, _| (quantity.write)(value)).custom_parser(|text| {
        // The field was looked at and left: a shortened number must not become the number.
        if text == shown {
            return None;
        }
        let read = (quantity.read)(text).map(|value| if quantity.whole { value.round() } else { value });
        let refusal = quantity.refusal(text, read);
        let taken = read.filter(|_| refusal.is_none());
        *outcome.borrow_mut() = Some(refusal.map_or(Ok(()), Err));
        taken
    });
    let response = ui.add(field);
    (response, outcome.into_inner())
}

/// A thin rail, filled up to a round handle: for the hand. The value above it is for the keyboard.
fn rail_ui(ui: &mut Ui, label: &str, value: &mut f64, quantity: &Quantity<'_>) -> Response {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), RAIL), Sense::CLICK | Sense::DRAG);
    let radius = rect.height() / 2.5;
    let (from, to) = (rect.left() + radius, rect.right() - radius);
    if let Some(pointer) = response.interact_pointer_pos() {
        let position = f64::from((pointer.x - from) / (to - from).max(1.0)).clamp(0.0, 1.0);
        if (position - quantity.position(*value)).abs() > 1e-9 {
            *value = quantity.value(position);
        }
    }
    let (enabled, shown) = (ui.is_enabled(), *value);
    response.widget_info(|| WidgetInfo::slider(enabled, shown, label));
    let middle = rect.center().y;
    #[expect(clippy::cast_possible_truncation, reason = "a position on screen")]
    let share = quantity.position(*value) as f32;
    let handle = pos2(egui::lerp(from..=to, share), middle);
    let painter = ui.painter();
    let strength = if enabled { 1.0 } else { 0.4 };
    let accent = theme.accent.gamma_multiply(strength);
    let rail = |to: f32| Rect::from_x_y_ranges(rect.left()..=to, middle - 2.0..=middle + 2.0);
    painter.rect_filled(rail(rect.right()), CornerRadius::same(2), theme.handle.gamma_multiply(strength));
    painter.rect_filled(rail(handle.x), CornerRadius::same(2), accent);
    let size = if response.hovered() || response.dragged() { radius + 1.0 } else { radius };
    painter.circle_filled(handle, size, accent);
    response
}

const SLIDER_LABEL: f32 = 20.0;
const RAIL: f32 = 16.0;
/// How wide a sentence below a field may be.
const REFUSAL_WIDTH: f32 = 240.0;

#[cfg(test)]
mod a_slider_row {
    use std::time::Duration;

    use egui_kittest::{Harness, kittest::Queryable as _};

    use super::{Quantity, slider_row};
    use crate::app::dials;

    fn rtt() -> Quantity<'static> {
        Quantity::seconds("There and back.", Duration::from_secs(2))
    }

    fn rate() -> Quantity<'static> {
        Quantity {
            range: 1e3..=f64::INFINITY,
            largest_finite: 10e9,
            smallest: 1e3,
            write: &dials::bits_per_sec,
            read: &dials::read_bits_per_sec,
            ..rtt()
        }
    }

    #[test]
    fn reaches_both_ends_exactly() {
        assert_eq!(rtt().value(0.0).to_bits(), 0.0_f64.to_bits());
        assert!((rtt().value(1.0) - 2.0).abs() < 1e-12);
        assert!(rate().value(1.0).is_infinite());
        assert!((rate().value(0.0) - 1e3).abs() < 1e-9);
    }

    #[test]
    fn keeps_round_numbers_where_they_were_put() {
        for value in [0.001, 0.02, 0.1, 0.25, 1.5] {
            let back = rtt().value(rtt().position(value));
            assert!((back - value).abs() < value * 1e-9, "{value} came back as {back}");
        }
        for value in [56e3, 1.5e6, 10e6, 100e6] {
            let back = rate().value(rate().position(value));
            assert!((back - value).abs() < value * 1e-9, "{value} came back as {back}");
        }
    }

    #[test]
    fn shows_its_value_with_its_unit_under_its_label() {
        let harness = Harness::new_ui_state(
            |ui, value| {
                slider_row(ui, "RTT", value, &rtt());
            },
            0.1,
        );
        assert!(harness.query_all_by_label("RTT").count() >= 2);
        harness.get_by_value("100 ms");
    }

    #[test]
    fn follows_the_hand() {
        let mut harness = Harness::new_ui_state(
            |ui, value| {
                slider_row(ui, "RTT", value, &rtt());
            },
            0.1,
        );
        harness.get_by_role(egui::accesskit::Role::Slider).click();
        harness.run();
        assert!((harness.state() - 0.1).abs() > 1e-9, "the middle of the rail is another value");
    }

    #[test]
    fn says_what_was_wrong_with_what_was_typed() {
        let mut harness = Harness::new_ui_state(
            |ui, value| {
                slider_row(ui, "RTT", value, &rtt());
            },
            0.1,
        );
        for (typed, said) in [
            ("abc", "“abc” is not a value that is understood here."),
            ("5 s", "5 s is too much: at most 2 s."),
            ("-1 s", "“-1 s” is not a value that is understood here."),
        ] {
            harness.get_by_role(egui::accesskit::Role::SpinButton).click();
            harness.run_steps(2);
            harness.event(egui::Event::Text(typed.to_owned()));
            harness.run_steps(2);
            harness.key_press(egui::Key::Enter);
            harness.run_steps(3);
            assert!(harness.query_all_by_label(said).count() >= 1, "{typed}");
            assert!((harness.state() - 0.1).abs() < 1e-9, "nothing is taken that was not meant: {}", harness.state());
        }
        harness.get_by_role(egui::accesskit::Role::SpinButton).click();
        harness.run_steps(2);
        harness.event(egui::Event::Text("200 ms".to_owned()));
        harness.run_steps(2);
        harness.key_press(egui::Key::Enter);
        harness.run_steps(3);
        assert!((harness.state() - 0.2).abs() < 1e-9);
        assert!(harness.query_by_label_contains("is not a value").is_none(), "what can be taken ends the complaint");
    }
}
