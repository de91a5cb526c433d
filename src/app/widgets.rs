//! Small widgets every tab uses, so that a thing looks and reads the same everywhere. Each has an accessible name.

use std::{cell::Cell, ops::RangeInclusive, time::Duration};

use egui::{
    Align, Align2, Button, Color32, CornerRadius, DragValue, Frame, Galley, Id, Label, Layout, Margin, Rect, Response,
    RichText, Role, Sense, Slider, Stroke, StrokeKind, TextStyle, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::{
    dials,
    theme::{FetchPhase, Theme, mono, size},
};

/// A frame with a border on the panel's ground.
pub fn card_frame(theme: &Theme) -> Frame {
    Frame::new()
        .fill(theme.panel)
        .stroke(theme.border())
        .corner_radius(CornerRadius::same(size::CARD_ROUNDING))
        .inner_margin(Margin::symmetric(12, 8))
}

/// A card: a small muted title and what belongs to it, as wide as there is room.
pub fn card<R>(ui: &mut Ui, title: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    card_frame(Theme::of(ui))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            muted(ui, title);
            add(ui)
        })
        .inner
}

/// What a tab or pane is about.
pub fn heading(ui: &mut Ui, text: &str) -> Response {
    ui.add(Label::new(RichText::new(text).text_style(TextStyle::Heading)).truncate())
}

/// Head of a group of controls.
pub fn section(ui: &mut Ui, text: &str) -> Response {
    ui.add_space(8.0);
    muted(ui, text)
}

/// Small words that may be overlooked.
pub fn muted(ui: &mut Ui, text: impl Into<String>) -> Response {
    let colour = Theme::of(ui).muted;
    ui.label(RichText::new(text).text_style(TextStyle::Small).color(colour))
}

/// A number or something as written, in the mono font.
pub fn mono_label(ui: &mut Ui, text: impl Into<String>) -> Response {
    ui.label(RichText::new(text).font(mono()))
}

/// The one button of a tab that does its main job; `None` as width fills what there is.
pub fn primary_button(ui: &mut Ui, text: &str, width: Option<f32>) -> Response {
    let theme = Theme::of(ui);
    let words = RichText::new(text).color(if ui.is_enabled() { theme.on_accent } else { theme.muted });
    let fill = if ui.is_enabled() { theme.accent } else { theme.line };
    let wide = vec2(width.unwrap_or_else(|| ui.available_width()), size::PRIMARY);
    ui.add_sized(wide, Button::new(words).fill(fill).stroke(Stroke::NONE))
}

/// A button beside the main one, of the same width.
pub fn secondary_button(ui: &mut Ui, text: &str, width: Option<f32>) -> Response {
    let wide = vec2(width.unwrap_or_else(|| ui.available_width()), size::PRIMARY);
    let fill = Theme::of(ui).panel;
    ui.add_sized(wide, Button::new(text).fill(fill))
}

/// A small button for what is done now and then: `copy as curl`, `export`.
pub fn quiet_button(ui: &mut Ui, text: &str) -> Response {
    let theme = Theme::of(ui);
    let words = RichText::new(text).text_style(TextStyle::Small).color(theme.muted);
    // No scope: where rows are wrapped, the button has to be seen to reach beyond the row.
    let usual = (ui.spacing().button_padding, ui.spacing().interact_size.y);
    (ui.spacing_mut().button_padding, ui.spacing_mut().interact_size.y) = (vec2(8.0, 1.0), 18.0);
    let response = ui.add(Button::new(words).fill(theme.panel).corner_radius(9.0));
    (ui.spacing_mut().button_padding, ui.spacing_mut().interact_size.y) = usual;
    response
}

/// A small button that can be the chosen one of many: presets.
pub fn chip(ui: &mut Ui, text: &str, chosen: bool) -> Response {
    let theme = Theme::of(ui);
    let font = TextStyle::Small.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(18.0, 8.0), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, chosen, text));
    let ground = match (chosen, response.hovered() || response.has_focus()) {
        (true, _) => theme.selection,
        (false, true) => theme.control_hovered,
        (false, false) => theme.panel,
    };
    let edge = if chosen { theme.accent } else { theme.line };
    ui.painter().rect(rect, CornerRadius::same(11), ground, Stroke::new(1.0, edge), StrokeKind::Inside);
    let colour = if chosen { theme.accent } else { theme.text };
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, colour);
    response
}

/// A small rounded mark with a word.
pub fn pill(ui: &mut Ui, text: &str, colour: Color32) -> Response {
    let theme = Theme::of(ui);
    Frame::new()
        .stroke(theme.border())
        .corner_radius(CornerRadius::same(9))
        .inner_margin(Margin::symmetric(8, 1))
        .show(ui, |ui| ui.add(Label::new(RichText::new(text).text_style(TextStyle::Small).color(colour)).extend()))
        .response
}

/// One of a few, side by side in one frame. `name` is what the choice is about, for who cannot see it. The response is marked
/// changed when another one was chosen.
pub fn segmented<T: PartialEq + Clone>(ui: &mut Ui, name: &str, chosen: &mut T, choices: &[(T, &str)]) -> Response {
    let theme = Theme::of(ui);
    let font = TextStyle::Body.resolve(ui.style());
    let words =
        |(_, word): &(T, &str)| ui.painter().layout_no_wrap((*word).to_owned(), font.clone(), Color32::PLACEHOLDER);
    let galleys: Vec<_> = choices.iter().map(words).collect();
    let room: f32 = galleys.iter().map(|galley| galley.size().x).sum();
    // Where there is too little room, the space around the words shrinks before they are cut.
    let spare = (ui.available_size_before_wrap().x - room - 2.0) / (2.0 * galleys.len().max(1) as f32);
    let padding = if ui.layout().main_wrap() { SEGMENT_PADDING } else { spare.clamp(4.0, SEGMENT_PADDING) };
    let width = room + 2.0 * padding * galleys.len() as f32;
    let (rect, mut response) = ui.allocate_exact_size(vec2(width, size::CONTROL), Sense::hover());
    let rounding = CornerRadius::same(size::ROUNDING);
    ui.painter().rect(rect, rounding, theme.panel, theme.border(), StrokeKind::Inside);
    let mut left = rect.left();
    for (galley, (value, word)) in galleys.into_iter().zip(choices) {
        let segment = Rect::from_min_size(pos2(left, rect.top()), vec2(galley.size().x + 2.0 * padding, rect.height()));
        left = segment.right();
        let id = response.id.with(word);
        let part = ui.interact(segment, id, Sense::click());
        let (enabled, selected) = (ui.is_enabled(), value == chosen);
        part.widget_info(|| WidgetInfo::selected(Role::RadioButton, enabled, selected, format!("{name}: {word}")));
        segment_ui(ui, segment.shrink(1.0), &part, galley, selected);
        if part.clicked() && !selected {
            *chosen = value.clone();
            response.mark_changed();
        }
    }
    response
}

fn segment_ui(ui: &Ui, rect: Rect, part: &Response, galley: std::sync::Arc<Galley>, selected: bool) {
    let theme = Theme::of(ui);
    let rounding = CornerRadius::same(size::ROUNDING - 1);
    if selected {
        ui.painter().rect_filled(rect, rounding, theme.selection);
    } else if part.hovered() && ui.is_enabled() {
        ui.painter().rect_filled(rect, rounding, theme.control_hovered);
    }
    if part.has_focus() {
        ui.painter().rect_stroke(rect, rounding, Stroke::new(1.0, theme.accent), StrokeKind::Inside);
    }
    let colour = match (ui.is_enabled(), selected) {
        (false, _) => theme.muted.gamma_multiply(0.6),
        (true, true) => theme.accent,
        (true, false) => theme.muted,
    };
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, colour);
}

/// A box to tick with its words.
pub fn check(ui: &mut Ui, ticked: &mut bool, words: &str) -> Response {
    let theme = Theme::of(ui);
    let font = ui.style().override_text_style.clone().unwrap_or(TextStyle::Body).resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(words.to_owned(), font, theme.text);
    let width = CHECK + size::GAP + galley.size().x;
    let (rect, mut response) = ui.allocate_exact_size(vec2(width, 22.0), Sense::click());
    if response.clicked() {
        *ticked = !*ticked;
        response.mark_changed();
    }
    let (enabled, on) = (ui.is_enabled(), *ticked);
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, enabled, on, words));
    let square = Rect::from_min_size(pos2(rect.left(), rect.center().y - CHECK / 2.0), Vec2::splat(CHECK));
    let rounding = CornerRadius::same(3);
    let strength = if enabled { 1.0 } else { 0.4 };
    let edge = if response.hovered() || response.has_focus() { theme.accent } else { theme.muted };
    if on {
        ui.painter().rect_filled(square, rounding, theme.accent.gamma_multiply(strength));
        let tick = [vec2(3.5, 7.5), vec2(6.2, 10.2), vec2(11.0, 4.4)].map(|step| square.min + step);
        ui.painter().line(tick.to_vec(), Stroke::new(1.6, theme.on_accent));
    } else {
        ui.painter().rect(
            square,
            rounding,
            theme.control,
            Stroke::new(1.0, edge.gamma_multiply(strength)),
            StrokeKind::Inside,
        );
    }
    let place = pos2(square.right() + size::GAP, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(place, galley, theme.text.gamma_multiply(strength));
    response
}

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

    /// What is wrong with a value that was typed.
    fn refusal(&self, typed: Option<f64>) -> Option<String> {
        match typed {
            None => Some("not understood".to_owned()),
            Some(value) if value < *self.range.start() => {
                Some(format!("at least {}", (self.write)(*self.range.start())))
            }
            Some(value) if value > *self.range.end() => Some(format!("at most {}", (self.write)(*self.range.end()))),
            Some(_) => None,
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

const SEGMENT_PADDING: f32 = 10.0;
const CHECK: f32 = 15.0;
const SLIDER_LABEL: f32 = 20.0;
/// How long a row says what was wrong with what was typed.
const REFUSAL_SHOWN: Duration = Duration::from_secs(6);

/// Share of the slider's way that stands for exactly 0, or for unlimited.
const ZERO_NOTCH: f64 = 0.04;

/// Round numbers are what people mean: 1.0, 1.1 … 9.9 times a power of ten.
fn two_digits(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10_f64.powf(value.abs().log10().floor() - 1.0);
    (value / scale).round() * scale
}

/// A row with a label on the left, the value right-aligned in the mono font (click to edit it), and a slider below. The response is
/// marked changed when the value did.
pub fn slider_row(ui: &mut Ui, label: &str, value: &mut f64, quantity: &Quantity<'_>) -> Response {
    ui.scope(|ui| slider_row_ui(ui, label, value, quantity)).inner
}

fn slider_row_ui(ui: &mut Ui, label: &str, value: &mut f64, quantity: &Quantity<'_>) -> Response {
    let before = *value;
    let mut label_id = Id::NULL;
    ui.spacing_mut().item_spacing.y = 1.0;
    let row = ui.horizontal(|ui| {
        ui.set_height(SLIDER_LABEL);
        let words = refused(ui, label).unwrap_or_else(|| RichText::new(label));
        label_id = ui.label(words).on_hover_text(quantity.meaning).id;
        let (response, refusal) =
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| value_ui(ui, value, quantity)).inner;
        if let Some(refusal) = refusal {
            refuse(ui, label, refusal);
        }
        response.labelled_by(label_id)
    });
    let slider = rail_ui(ui, value, quantity).labelled_by(label_id);
    let mut response = row.inner | slider;
    if (*value - before).abs() > 0.0 || value.is_infinite() != before.is_infinite() {
        response.mark_changed();
    }
    response
}

/// Says in the place of a row's label, for a while, why what was typed there is not what stands there now.
fn refuse(ui: &Ui, label: &str, refusal: String) {
    let until = ui.input(|input| input.time) + REFUSAL_SHOWN.as_secs_f64();
    ui.data_mut(|data| data.insert_temp(Id::unique(("refused", label)), (refusal, until)));
    ui.ctx().request_repaint();
}

fn refused(ui: &Ui, label: &str) -> Option<RichText> {
    let (refusal, until): (String, f64) = ui.data(|data| data.get_temp(Id::unique(("refused", label))))?;
    let left = until - ui.input(|input| input.time);
    if left <= 0.0 {
        return None;
    }
    ui.ctx().request_repaint_after(Duration::from_secs_f64(left));
    Some(RichText::new(refusal).color(Theme::of(ui).bad))
}

/// The number, and what was wrong with what was typed.
fn value_ui(ui: &mut Ui, value: &mut f64, quantity: &Quantity<'_>) -> (Response, Option<String>) {
    let theme = Theme::of(ui);
    let refusal = Cell::new(None);
    let response = ui.scope(|ui| {
        ui.spacing_mut().button_padding = vec2(2.0, 1.0);
        ui.spacing_mut().interact_size = vec2(24.0, SLIDER_LABEL - 2.0);
        let inactive = &mut ui.visuals_mut().widgets.inactive;
        inactive.weak_bg_fill = Color32::TRANSPARENT;
        inactive.bg_stroke = Stroke::NONE;
        ui.visuals_mut().widgets.hovered.bg_stroke = Stroke::new(1.0, theme.line);
        let speed = if quantity.whole { 0.1 } else { value.abs().max(quantity.smallest) * 0.005 };
        ui.add(
            DragValue::new(value)
                .range(quantity.range.clone())
                .speed(speed)
                .update_while_editing(false)
                .custom_formatter(|value, _| (quantity.write)(value))
                .custom_parser(|text| {
                    let value = (quantity.read)(text);
                    refusal.set(quantity.refusal(value));
                    value.map(|value| if quantity.whole { value.round() } else { value })
                }),
        )
    });
    (response.inner, refusal.into_inner())
}

/// egui's slider for the hand, the keyboard and the screen reader; its look is ours: a thin rail, filled up to a round handle.
fn rail_ui(ui: &mut Ui, value: &mut f64, quantity: &Quantity<'_>) -> Response {
    let theme = Theme::of(ui);
    let mut position = quantity.position(*value);
    let before = position;
    let response = ui
        .scope(|ui| {
            ui.spacing_mut().slider_width = ui.available_width();
            ui.spacing_mut().interact_size.y = 16.0;
            let widgets = &mut ui.visuals_mut().widgets;
            for look in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active, &mut widgets.noninteractive]
            {
                look.bg_fill = Color32::TRANSPARENT;
                look.bg_stroke = Stroke::NONE;
                look.fg_stroke = Stroke::NONE;
            }
            ui.add(Slider::new(&mut position, 0.0..=1.0).show_value(false).trailing_fill(false))
        })
        .inner;
    if (position - before).abs() > 1e-9 {
        *value = quantity.value(position);
    }
    let radius = response.rect.height() / 2.5;
    let (from, to) = (response.rect.left() + radius, response.rect.right() - radius);
    let middle = response.rect.center().y;
    #[expect(clippy::cast_possible_truncation, reason = "a position on screen")]
    let share = quantity.position(*value) as f32;
    let handle = pos2(egui::lerp(from..=to, share), middle);
    let painter = ui.painter();
    let strength = if ui.is_enabled() { 1.0 } else { 0.4 };
    let accent = theme.accent.gamma_multiply(strength);
    let rail = |to: f32| Rect::from_x_y_ranges(response.rect.left()..=to, middle - 2.0..=middle + 2.0);
    painter.rect_filled(rail(response.rect.right()), CornerRadius::same(2), theme.handle.gamma_multiply(strength));
    painter.rect_filled(rail(handle.x), CornerRadius::same(2), accent);
    let size = if response.hovered() || response.dragged() { radius + 1.0 } else { radius };
    painter.circle_filled(handle, size, accent);
    if response.has_focus() {
        painter.circle_stroke(handle, size + 2.0, Stroke::new(1.0, theme.accent));
    }
    response
}

/// The phases' colours with their words; hovering one explains it.
pub fn phase_legend(ui: &mut Ui) {
    let theme = Theme::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for phase in FetchPhase::ALL {
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(10.0), Sense::hover());
            ui.painter().rect_filled(rect, CornerRadius::same(2), theme.phase(phase));
            muted(ui, phase.word()).on_hover_text(phase.meaning());
            ui.add_space(8.0);
        }
    });
}

/// Gives a widget that shows no label of its own a name, for who cannot see where it stands.
pub fn named(ui: &Ui, response: Response, name: &str) -> Response {
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
    response
}

/// A name on the left and a right-aligned number, as rows of a report have them.
pub fn number_row(ui: &mut Ui, name: &str, number: &str) {
    ui.horizontal(|ui| {
        ui.label(name);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| mono_label(ui, number));
    });
}

/// A thin line across what there is, without egui's space around it.
pub fn rule(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::BORDER), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Theme::of(ui).border());
}

/// Text painted at a place, for pictures: `anchor` says which corner `at` is.
pub fn paint_text(ui: &Ui, at: egui::Pos2, anchor: Align2, text: &str, font: egui::FontId, colour: Color32) -> Rect {
    ui.painter().text(at, anchor, text, font, colour)
}

/// Text inside a cell; what does not fit ends in `…`.
pub fn clipped(ui: &Ui, cell: Rect, align: Align2, words: &str, font: egui::FontId, colour: Color32) {
    let mut job = egui::text::LayoutJob::simple_singleline(words.to_owned(), font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(cell.width().max(1.0));
    let galley = ui.painter().layout_job(job);
    let place = align.align_size_within_rect(galley.size(), cell);
    ui.painter().galley(place.min, galley, colour);
}

#[cfg(test)]
mod a_slider_row {
    use std::time::Duration;

    use egui_kittest::{Harness, kittest::Queryable as _};

    use super::{Quantity, segmented, slider_row};
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
    fn says_what_was_wrong_with_what_was_typed() {
        let mut harness = Harness::new_ui_state(
            |ui, value| {
                slider_row(ui, "RTT", value, &rtt());
            },
            0.1,
        );
        for (typed, said, left) in [("abc", "not understood", 0.1), ("5 s", "at most 2 s", 2.0)] {
            harness.get_by_role(egui::accesskit::Role::SpinButton).click();
            harness.run_steps(2);
            harness.event(egui::Event::Text(typed.to_owned()));
            harness.run_steps(2);
            harness.key_press(egui::Key::Enter);
            harness.run_steps(3);
            assert!(harness.query_all_by_label(said).count() >= 1, "{typed}");
            assert!((harness.state() - left).abs() < 1e-9, "{typed}: {}", harness.state());
        }
    }

    #[test]
    fn beside_it_a_segmented_choice_changes_by_click() {
        let mut harness = Harness::new_ui_state(
            |ui, chosen| {
                segmented(ui, "TCP model", chosen, &[(0, "textbook"), (1, "realistic")]);
            },
            0,
        );
        harness.get_by_label("TCP model: realistic").click();
        harness.run();
        assert_eq!(*harness.state(), 1);
    }
}
