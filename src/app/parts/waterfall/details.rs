//! What a row says when it is pointed at: its phases in numbers, with times counted from the run's beginning.

use std::time::Duration;

use egui::{Align, Layout, RichText, Sense, TextStyle, Ui, vec2};

use super::{super::text, scale::parts};
use crate::{
    app::theme::{FetchPhase, Theme, mono_small},
    engine::timing::ObjectTiming,
    wire::units,
};

/// Paints it.
pub(super) fn details_ui(ui: &mut Ui, object: &ObjectTiming, origin: Duration) {
    let theme = Theme::of(ui);
    ui.label(RichText::new(object.url.as_str()).font(mono_small()));
    if let Some(failure) = &object.failure {
        ui.colored_label(theme.bad, failure.to_string());
    }
    ui.add_space(4.0);
    ui.spacing_mut().interact_size.y = 0.0;
    egui::Grid::new("phases").num_columns(4).min_col_width(0.0).spacing(vec2(12.0, 2.0)).show(ui, |ui| {
        let head = |words: &str| RichText::new(words).text_style(TextStyle::Small).color(theme.muted);
        let number = |ui: &mut Ui, words: RichText| {
            ui.allocate_ui_with_layout(NUMBER, Layout::right_to_left(Align::Center), |ui| {
                ui.set_min_size(NUMBER);
                ui.label(words);
            });
        };
        ui.label("");
        ui.label(head("phase"));
        number(ui, head("took"));
        number(ui, head("began at"));
        ui.end_row();
        let mut came = false;
        for (phase, span) in parts(&object.phases) {
            let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
            ui.painter().rect_filled(rect, 2.0, theme.phase(phase));
            // Once there is a connection, waiting is for its turn on it.
            ui.label(if phase == FetchPhase::Queue && came { "ready, unused" } else { phase.word() });
            came |= phase != FetchPhase::Queue;
            let exact = |at: Duration| RichText::new(text::moment(at)).font(mono_small());
            number(ui, exact(span.to.saturating_sub(span.from)));
            number(ui, exact(span.from.saturating_sub(origin)).color(theme.muted));
            ui.end_row();
        }
    });
    ui.add_space(4.0);
    let sizes = format!(
        "{} octets sent, {} received, of which {} content",
        units::grouped(object.request_octets),
        units::grouped(object.response_octets),
        units::grouped(object.content_octets)
    );
    ui.label(RichText::new(sizes).text_style(TextStyle::Small).color(theme.muted));
}

/// Room of a number.
const NUMBER: egui::Vec2 = vec2(64.0, 14.0);
