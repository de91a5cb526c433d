//! Keys to the pictures: phases, kinds of arrows, and the words shown where there is nothing to show.

use egui::{RichText, TextStyle, Ui};

use crate::app::{
    theme::{FetchPhase, Theme},
    widgets,
};

/// The colours of some phases with their words, in one row: as many as fit into it.
pub fn phases_ui(ui: &mut Ui, phases: &[FetchPhase]) {
    ui.spacing_mut().item_spacing.x = 4.0;
    for phase in phases {
        let words = widgets::text_width(ui, phase.word(), &TextStyle::Small);
        if ui.available_width() < widgets::SWATCH + 4.0 + words {
            return;
        }
        widgets::phase_key(ui, *phase);
        ui.add_space(6.0);
    }
}

/// Words in the middle of a part that has nothing to show.
pub fn nothing_ui(ui: &mut Ui, words: &str) {
    let theme = Theme::of(ui);
    ui.centered_and_justified(|ui| ui.label(RichText::new(words).text_style(TextStyle::Small).color(theme.muted)));
}
