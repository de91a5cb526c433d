//! Keys to the pictures: phases, kinds of arrows, and the words shown where there is nothing to show.

use egui::{RichText, Sense, TextStyle, Ui, Vec2};

use crate::app::{
    theme::{FetchPhase, Theme},
    widgets,
};

/// The colours of some phases with their words, in one row.
pub fn phases_ui(ui: &mut Ui, phases: &[FetchPhase]) {
    let theme = Theme::of(ui);
    ui.spacing_mut().item_spacing.x = 4.0;
    for phase in phases {
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(10.0), Sense::hover());
        ui.painter().rect_filled(rect, 2.0, theme.phase(*phase));
        widgets::muted(ui, phase.word()).on_hover_text(phase.meaning());
        ui.add_space(6.0);
    }
}

/// Words in the middle of a part that has nothing to show.
pub fn nothing_ui(ui: &mut Ui, words: &str) {
    let theme = Theme::of(ui);
    ui.centered_and_justified(|ui| ui.label(RichText::new(words).text_style(TextStyle::Small).color(theme.muted)));
}
