//! Small widgets every tab uses, so that a thing looks and reads the same everywhere. Each has an accessible name.

use egui::{
    Align, Align2, Button, Color32, CornerRadius, Frame, Label, Layout, Margin, Rect, Response, RichText, Role, Sense,
    Stroke, StrokeKind, TextStyle, Ui, Vec2, WidgetInfo, vec2,
};

use super::focus;
use super::theme::{FetchPhase, Theme, mono, size};

mod choice;
mod elided;
mod quantity;

pub use self::{
    choice::{FocusGroup, check, segmented},
    elided::{clipped as clipped_by, elided_label, middle_elided, shortened},
    quantity::{Quantity, number_field, slider_row, typed_row, whole_field},
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

/// What stands at the right end of a line, and first of it, painted from the right; then what is before it, which has the room that is
/// left. Returns what both came to.
pub fn line_ending_in<E, R>(ui: &mut Ui, end: impl FnOnce(&mut Ui) -> E, begin: impl FnOnce(&mut Ui) -> R) -> (E, R) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let end = end(ui);
        let begin = ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(ui.available_width());
            begin(ui)
        });
        (end, begin.inner)
    })
    .inner
}

/// The head of a sheet above the window: its title, and a button that closes it. Whether that was clicked.
pub fn sheet_head(ui: &mut Ui, title: &str) -> bool {
    ui.horizontal(|ui| line_ending_in(ui, |ui| quiet_button(ui, "close").clicked(), |ui| heading(ui, title)).0).inner
}

/// How wide words are in a line of their own.
pub fn text_width(ui: &Ui, words: &str, style: &TextStyle) -> f32 {
    ui.painter().layout_no_wrap(words.to_owned(), style.resolve(ui.style()), Color32::PLACEHOLDER).size().x
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
    let response = ui.add_sized(wide, Button::new(words).fill(fill).stroke(Stroke::NONE));
    focus::into_view(&response);
    response
}

/// A button beside the main one, of the same width.
pub fn secondary_button(ui: &mut Ui, text: &str, width: Option<f32>) -> Response {
    let wide = vec2(width.unwrap_or_else(|| ui.available_width()), size::PRIMARY);
    let fill = Theme::of(ui).panel;
    let response = ui.add_sized(wide, Button::new(text).fill(fill));
    focus::into_view(&response);
    response
}

/// A small button for what is done now and then: `copy as curl`, `export`.
pub fn quiet_button(ui: &mut Ui, text: &str) -> Response {
    let theme = Theme::of(ui);
    let words = RichText::new(text).text_style(TextStyle::Small).color(theme.muted);
    // No scope: where rows are wrapped, the button has to be seen to reach beyond the row.
    let usual = (ui.spacing().button_padding, ui.spacing().interact_size.y);
    (ui.spacing_mut().button_padding, ui.spacing_mut().interact_size.y) = (vec2(8.0, 1.0), 18.0);
    let response = ui.add(Button::new(words).fill(theme.panel).corner_radius(9.0));
    focus::into_view(&response);
    (ui.spacing_mut().button_padding, ui.spacing_mut().interact_size.y) = usual;
    response
}

/// A small button that can be the chosen one of many: presets.
pub fn chip(ui: &mut Ui, text: &str, chosen: bool) -> Response {
    chip_ui(ui, text, chosen, Sense::click())
}

fn chip_ui(ui: &mut Ui, text: &str, chosen: bool, sense: Sense) -> Response {
    let theme = Theme::of(ui);
    let font = TextStyle::Small.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(18.0, 8.0), sense);
    let enabled = ui.is_enabled();
    focus::into_view(&response);
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

/// The phases' colours with their words; hovering one explains it.
pub fn phase_legend(ui: &mut Ui) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for phase in FetchPhase::ALL {
            phase_key(ui, phase);
            ui.add_space(8.0);
        }
    });
}

/// A phase's colour with its word; hovering explains it.
pub fn phase_key(ui: &mut Ui, phase: FetchPhase) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(SWATCH), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(2), Theme::of(ui).phase(phase));
    muted(ui, phase.word()).on_hover_text(phase.meaning());
}

/// Side of a square of colour.
pub const SWATCH: f32 = 10.0;

/// What a popup contains: it scrolls where the window is too low for all of it.
pub fn scrolling_popup<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let room = (ui.ctx().content_rect().height() - POPUP_SURROUNDINGS).max(LEAST_POPUP);
    egui::ScrollArea::vertical().max_height(room).min_scrolled_height(room).show(ui, add).inner
}

/// The bars of the window and the frame of a popup.
const POPUP_SURROUNDINGS: f32 = size::TOP_BAR + size::STATUS_BAR + 48.0;
const LEAST_POPUP: f32 = 120.0;

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

/// Text inside a cell; what does not fit is left out in the middle. Returns whether all of it is shown.
pub fn clipped(ui: &Ui, cell: Rect, align: Align2, words: &str, font: egui::FontId, colour: Color32) -> bool {
    elided::clipped(ui.painter(), cell, align, words, font, colour)
}
