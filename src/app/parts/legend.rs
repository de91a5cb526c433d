//! Keys to the pictures: phases, kinds of arrows, and the words shown where there is nothing to show.

use egui::{RichText, TextStyle, Ui};

use crate::app::theme::Theme;

/// The phases' colours with their words, in one row.
pub fn phases_ui(ui: &mut Ui) {
    crate::app::widgets::phase_legend(ui);
}

/// Words in the middle of a part that has nothing to show.
pub fn nothing_ui(ui: &mut Ui, words: &str) {
    let theme = Theme::of(ui);
    ui.centered_and_justified(|ui| ui.label(RichText::new(words).text_style(TextStyle::Small).color(theme.muted)));
}
