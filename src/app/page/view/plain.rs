//! What is shown without the renderer: text in lines, or a sentence.

use egui::{FontId, RichText, ScrollArea, TextStyle, Ui};

use crate::app::{theme::Theme, widgets};

pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.get(..line.floor_char_boundary(MAX_LINE)).unwrap_or(line).replace('\t', "    "))
        .collect()
}

pub(super) fn lines_ui(ui: &mut Ui, lines: &[String], why: Option<&str>) {
    let theme = Theme::of(ui);
    ui.painter().rect_filled(ui.max_rect(), 0.0, theme.code_ground);
    if let Some(why) = why {
        ui.horizontal(|ui| {
            ui.add_space(12.0);
            ui.label(RichText::new(why).color(theme.bad));
        });
        ui.add_space(4.0);
    }
    let font: FontId = TextStyle::Monospace.resolve(ui.style());
    let height = ui.fonts_mut(|fonts| fonts.row_height(&font));
    ui.spacing_mut().item_spacing.y = 2.0;
    ScrollArea::both().id_salt("lines").auto_shrink(false).show_rows(ui, height, lines.len(), |ui, rows| {
        ui.spacing_mut().interact_size.y = height;
        for line in lines.get(rows).unwrap_or_default() {
            ui.horizontal(|ui| {
                ui.add_space(12.0);
                ui.add(egui::Label::new(RichText::new(line).font(font.clone())).extend());
            });
        }
    });
}

pub(super) fn note_ui(ui: &mut Ui, text: &str, savable: bool) -> bool {
    let theme = Theme::of(ui);
    let mut save = false;
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.35);
        ui.label(RichText::new(text).color(theme.muted));
        if savable {
            ui.add_space(8.0);
            save = widgets::quiet_button(ui, "save to a file").clicked();
        }
    });
    save
}

/// Octets of one of its lines that are shown.
const MAX_LINE: usize = 4096;
