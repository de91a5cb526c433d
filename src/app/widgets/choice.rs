//! Choices and boxes to tick. Several that belong together are one stop of the Tab key, within which the arrows move, as in every
//! group of radio buttons.

use egui::{
    Color32, CornerRadius, EventFilter, Galley, Id, Key, Modifiers, Rect, Response, Role, Sense, Stroke, StrokeKind,
    TextStyle, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::app::{
    focus,
    theme::{Theme, size},
};

/// One of a few, side by side in one frame. `name` is what the choice is about, for who cannot see it. The response is marked
/// changed when another one was chosen. The Tab key goes to the chosen one, and the arrows choose another.
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
    let mut parts = Vec::with_capacity(choices.len());
    let stop = choices.iter().position(|(value, _)| value == chosen).unwrap_or(0);
    for (at, (galley, (value, word))) in galleys.into_iter().zip(choices).enumerate() {
        let segment = Rect::from_min_size(pos2(left, rect.top()), vec2(galley.size().x + 2.0 * padding, rect.height()));
        left = segment.right();
        let part = ui.interact(segment, response.id.with(word), sense(at == stop));
        let (enabled, selected) = (ui.is_enabled(), value == chosen);
        part.widget_info(|| WidgetInfo::selected(Role::RadioButton, enabled, selected, format!("{name}: {word}")));
        focus::into_view(&part);
        segment_ui(ui, segment.shrink(1.0), &part, galley, selected);
        if part.clicked() && !selected {
            *chosen = value.clone();
            response.mark_changed();
        }
        parts.push(part.id);
    }
    if let Some((value, _)) = move_focus(ui, &parts).and_then(|to| choices.get(to)) {
        *chosen = value.clone();
        response.mark_changed();
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
    let colour = match (ui.is_enabled(), selected) {
        (false, _) => theme.muted.gamma_multiply(0.6),
        (true, true) => theme.accent,
        (true, false) => theme.muted,
    };
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, colour);
}

/// A box to tick with its words.
pub fn check(ui: &mut Ui, ticked: &mut bool, words: &str) -> Response {
    check_ui(ui, ticked, words, Sense::click())
}

/// Boxes to tick, or chips, that are one stop of the Tab key: the arrows go from one to the next.
pub struct FocusGroup {
    id: Id,
    /// Which one the Tab key stops at.
    stop: usize,
    members: Vec<Id>,
}

impl FocusGroup {
    /// Begins a group; `name` tells it from others in the same `ui`.
    pub fn begin(ui: &Ui, name: &str) -> Self {
        let id = ui.scope_id().with(("focus group", name));
        let stop = ui.data(|data| data.get_temp(id)).unwrap_or(0);
        Self { id, stop, members: Vec::new() }
    }

    /// The next box of the group.
    pub fn check(&mut self, ui: &mut Ui, ticked: &mut bool, words: &str) -> Response {
        let at = self.members.len();
        let response = check_ui(ui, ticked, words, sense(at == self.stop));
        if response.clicked() {
            self.stop = at;
        }
        self.members.push(response.id);
        response
    }

    /// The next chip of the group.
    pub fn chip(&mut self, ui: &mut Ui, text: &str, chosen: bool) -> Response {
        let at = self.members.len();
        let response = super::chip_ui(ui, text, chosen, sense(at == self.stop));
        if response.clicked() {
            self.stop = at;
        }
        self.members.push(response.id);
        response
    }

    /// After the last member: moves the focus where an arrow was pressed.
    pub fn end(self, ui: &Ui) {
        let stop = move_focus(ui, &self.members).unwrap_or(self.stop).min(self.members.len().saturating_sub(1));
        ui.data_mut(|data| data.insert_temp(self.id, stop));
    }
}

/// Only where the Tab key stops is the focus taken; a click does its work everywhere.
fn sense(stop: bool) -> Sense {
    if stop { Sense::click() } else { Sense::CLICK }
}

/// Moves the focus from one part to another as the arrows say; returns to which.
fn move_focus(ui: &Ui, parts: &[Id]) -> Option<usize> {
    let focused = ui.memory(egui::Memory::focused)?;
    let at = parts.iter().position(|part| *part == focused)?;
    let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(focused, arrows));
    let steps = ui.input_mut(|input| {
        let mut pressed = |key| input.count_and_consume_key(Modifiers::NONE, key);
        let forward = pressed(Key::ArrowRight) + pressed(Key::ArrowDown);
        (forward, pressed(Key::ArrowLeft) + pressed(Key::ArrowUp))
    });
    let to = (at + steps.0).min(parts.len().saturating_sub(1)).saturating_sub(steps.1);
    let part = parts.get(to).filter(|_| to != at)?;
    ui.memory_mut(|memory| memory.request_focus(*part));
    ui.ctx().request_repaint();
    Some(to)
}

fn check_ui(ui: &mut Ui, ticked: &mut bool, words: &str, sense: Sense) -> Response {
    let theme = Theme::of(ui);
    let font = ui.style().override_text_style.clone().unwrap_or(TextStyle::Body).resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(words.to_owned(), font, theme.text);
    let width = CHECK + size::GAP + galley.size().x;
    let (rect, mut response) = ui.allocate_exact_size(vec2(width, 22.0), sense);
    focus::into_view(&response);
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

const SEGMENT_PADDING: f32 = 10.0;
const CHECK: f32 = 15.0;

#[cfg(test)]
mod a_choice {
    use egui::Key;
    use egui_kittest::{Harness, kittest::Queryable as _};

    use super::*;

    #[test]
    fn changes_by_click() {
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

    #[test]
    fn is_one_stop_of_the_tab_key_and_changes_by_arrow() {
        let mut harness = Harness::new_ui_state(
            |ui, (chosen, pressed): &mut (u8, bool)| {
                segmented(ui, "TCP model", chosen, &[(0, "textbook"), (1, "realistic"), (2, "modern")]);
                *pressed |= ui.button("after").clicked();
            },
            (0, false),
        );
        harness.key_press(Key::Tab);
        harness.run();
        for _ in 0..2 {
            harness.key_press(Key::ArrowRight);
            harness.run();
        }
        assert_eq!(harness.state().0, 2);
        harness.key_press(Key::ArrowLeft);
        harness.run();
        assert_eq!(harness.state().0, 1);
        harness.key_press(Key::Tab);
        harness.run();
        harness.key_press(Key::Enter);
        harness.run();
        assert_eq!(*harness.state(), (1, true));
    }

    #[test]
    fn of_boxes_to_tick_is_one_stop_too() {
        let mut harness = Harness::new_ui_state(
            |ui, ticked: &mut [bool; 3]| {
                let mut group = FocusGroup::begin(ui, "strategies");
                for (ticked, words) in ticked.iter_mut().zip(["serial", "parallel", "persistent"]) {
                    group.check(ui, ticked, words);
                }
                group.end(ui);
            },
            [false; 3],
        );
        harness.key_press(Key::Tab);
        harness.run();
        harness.key_press(Key::ArrowDown);
        harness.run();
        harness.key_press(Key::Space);
        harness.run();
        assert_eq!(*harness.state(), [false, true, false]);
        harness.get_by_label("persistent").click();
        harness.run();
        assert_eq!(*harness.state(), [false, true, true]);
    }
}
