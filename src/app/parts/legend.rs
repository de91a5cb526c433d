//! Keys to the pictures: phases, kinds of arrows, and the words shown where there is nothing to show.

use egui::{RichText, Sense, TextStyle, Ui, Vec2};

use crate::app::{
    theme::{FetchPhase, Theme},
    widgets,
};

/// The colours of some phases with their words, in one row: as many as fit into it.
pub fn phases_ui(ui: &mut Ui, phases: &[FetchPhase]) {
    let theme = Theme::of(ui);
    ui.spacing_mut().item_spacing.x = 4.0;
    let font = TextStyle::Small.resolve(ui.style());
    for phase in phases {
        let words = ui.painter().layout_no_wrap(phase.word().to_owned(), font.clone(), theme.muted).size().x;
        if ui.available_width() < SWATCH + 4.0 + words {
            return;
        }
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(SWATCH), Sense::hover());
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

/// Side of a square of colour.
const SWATCH: f32 = 10.0;
