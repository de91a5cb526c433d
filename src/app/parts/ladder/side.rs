//! What stands beside the diagram: its buttons, and notes on what it does not show.

use std::ops::Range;

use egui::{Button, Label, Rect, Response, RichText, Role, TextStyle, Ui, WidgetInfo, vec2};

use super::{Ladder, TimeAxis, ground_rect, lanes::Ground};
use crate::{app::theme::Theme, wire::units};

/// What the diagram does not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notes {
    /// Some arrows are known at one end only.
    pub one_sided: bool,
    /// So many arrows stand too close to be told apart.
    pub crowded: u64,
    /// So many arrows have no label, since there is no room for one.
    pub unlabelled: usize,
    /// Which of how many connections are in view, where that is not all.
    pub strips: Option<(Range<usize>, usize)>,
}

impl Notes {
    fn words(&self) -> Vec<(String, &'static str)> {
        let mut words = Vec::new();
        if let Some((Range { start, end }, all)) = &self.strips {
            let which = if end - start > 1 { format!("{}–{end}", start + 1) } else { end.to_string() };
            words.push((
                format!("{which} of {all} connections: drag for more"),
                "Drag the diagram across time, or make it higher",
            ));
        }
        if self.crowded > 0 {
            let crowded = units::grouped(self.crowded);
            words.push((
                format!("{crowded} arrows too close to tell apart: zoom in"),
                "Turn the wheel over the diagram",
            ));
        }
        if self.unlabelled > 0 {
            let arrows = units::count(self.unlabelled, "arrow", "arrows");
            words.push((
                format!("{arrows} without room for a label: zoom in"),
                "Turn the wheel over the diagram, or make it higher. Pointing at an arrow says what it is.",
            ));
        }
        if self.one_sided {
            let meaning =
                "This computer sees when octets leave it or reach it, not when they reached or left the other end";
            words.push(("dashed: the far end is not seen".to_owned(), meaning));
        }
        words
    }

    fn ui(&self, ui: &mut Ui) {
        let theme = Theme::of(ui);
        for (words, meaning) in self.words() {
            ui.add_space(2.0);
            let words = RichText::new(words).text_style(TextStyle::Small).color(theme.muted);
            ui.add(Label::new(words).wrap()).on_hover_text(meaning);
        }
    }
}

impl Ladder {
    /// Buttons and notes; `hand_in` paints the control for handing the diagram in.
    pub(super) fn side_ui(
        &mut self,
        ui: &mut Ui,
        (place, canvas): (Rect, &Response),
        axis: &TimeAxis,
        notes: &Notes,
        hand_in: impl FnOnce(&mut Self, &mut Ui),
    ) {
        let ground = Ground {
            rect: ground_rect(canvas.rect, self.upright),
            upright: self.upright,
            scale: self.scale(canvas.rect, axis),
            offset: self.offset,
        };
        let middle = ground.place(ground.rect.center());
        let apart = self.is_apart();
        let builder = egui::UiBuilder::new()
            .max_rect(place.shrink2(vec2(4.0, 4.0)))
            .layout(egui::Layout::top_down(egui::Align::Min));
        ui.scope_builder(builder, |ui| {
            ui.spacing_mut().item_spacing = vec2(2.0, 2.0);
            ui.spacing_mut().interact_size.y = 18.0;
            ui.horizontal(|ui| {
                if small_button(ui, "−", "Zoom out", false).clicked() {
                    self.zoom_at(middle, 1.0 / BUTTON_ZOOM, &ground, axis);
                }
                if small_button(ui, "+", "Zoom in", false).clicked() {
                    self.zoom_at(middle, BUTTON_ZOOM, &ground, axis);
                }
                if small_button(ui, "fit", "Show the whole time (double click)", false).clicked() {
                    (self.zoom, self.offset) = (None, 0.0);
                }
                hand_in(self, ui);
            });
            ui.horizontal(|ui| {
                let meaning = "A strip for each connection, or all between the same lines";
                if small_button(ui, "per connection", meaning, apart).clicked() {
                    self.apart = Some(!apart);
                    self.scroll = 0.0;
                }
                if small_button(
                    ui,
                    "fold idle",
                    "Long stretches in which nothing is on its way take little room",
                    self.fold,
                )
                .clicked()
                {
                    self.fold = !self.fold;
                    (self.zoom, self.offset) = (None, 0.0);
                }
            });
            if small_button(ui, "time downwards", "Time runs downwards, or to the right", self.upright).clicked() {
                self.stand(!self.upright);
            }
            notes.ui(ui);
        });
    }
}

fn small_button(ui: &mut Ui, words: &str, meaning: &str, on: bool) -> Response {
    let theme = Theme::of(ui);
    let (fill, colour) = if on { (theme.selection, theme.accent) } else { (theme.panel, theme.muted) };
    ui.scope(|ui| {
        ui.spacing_mut().button_padding = vec2(6.0, 1.0);
        ui.spacing_mut().interact_size.y = 18.0;
        let words = RichText::new(words).text_style(TextStyle::Small).color(colour);
        let response = ui.add(Button::new(words).fill(fill).corner_radius(9.0));
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, on, meaning));
        response.on_hover_text(meaning)
    })
    .inner
}

/// How much a click on a button does.
const BUTTON_ZOOM: f64 = 1.6;

#[cfg(test)]
mod notes {
    use super::*;

    #[test]
    fn say_what_is_not_in_view() {
        let nothing = Notes { one_sided: false, crowded: 0, unlabelled: 0, strips: None };
        assert!(nothing.words().is_empty());
        let words = |notes: &Notes| notes.words().into_iter().map(|(words, _)| words).collect::<Vec<_>>();
        let some = Notes { crowded: 12_000, unlabelled: 3, strips: Some((0..2, 5)), ..nothing.clone() };
        assert_eq!(
            words(&some),
            [
                "1–2 of 5 connections: drag for more",
                "12,000 arrows too close to tell apart: zoom in",
                "3 arrows without room for a label: zoom in"
            ]
        );
        let one = Notes { one_sided: true, strips: Some((4..5, 5)), ..nothing };
        assert_eq!(words(&one), ["5 of 5 connections: drag for more", "dashed: the far end is not seen"]);
    }
}
