//! What the controls of the views with experiments of their own have in common.

use egui::{Align, Layout, ScrollArea, Ui};

use super::report_page::SCROLL_BAR;
use crate::{
    app::{
        dials,
        widgets::{self, Quantity},
    },
    wire::units,
};

/// Is there room for explanations? In a low window the settings get what room there is.
pub(crate) fn is_roomy(ui: &Ui) -> bool {
    ui.available_height() > ROOMY
}

/// Settings that scroll where there is too little room for them and the button below.
pub(crate) fn settings_ui(ui: &mut Ui, id: &str, roomy: bool, add: impl FnOnce(&mut Ui)) {
    let inner = ui.available_width() - SCROLL_BAR;
    let room = (ui.available_height() - if roomy { BUTTON } else { BUTTON_ALONE }).max(LEAST_SETTINGS);
    ScrollArea::vertical().id_salt(id).max_height(room).auto_shrink([false, true]).show(ui, |ui| {
        ui.set_max_width(inner);
        add(ui);
    });
}

/// The button, and below it, where there is room, that nothing leaves this program.
pub(crate) fn foot_ui(ui: &mut Ui, roomy: bool, button: impl FnOnce(&mut Ui)) {
    ui.scope(|ui| {
        ui.set_max_width(ui.available_width() - SCROLL_BAR);
        ui.add_space(4.0);
        button(ui);
        if roomy {
            widgets::muted(ui, "In the lab's memory only: no such datagram can leave this program.");
        }
    });
}

/// A whole number; `true` when it was changed.
pub(crate) fn whole_ui(ui: &mut Ui, label: &str, number: &mut u32, quantity: &Quantity<'_>) -> bool {
    let mut value = f64::from(*number);
    let changed = widgets::slider_row(ui, label, &mut value, quantity).changed();
    if changed {
        *number = u32::try_from(dials::whole(value)).unwrap_or(u32::MAX);
    }
    changed
}

/// A number of many things, from 1.
pub(crate) fn many(meaning: &str, most: u32) -> Quantity<'_> {
    Quantity {
        logarithmic: true,
        write: &|count| units::grouped(dials::whole(count)),
        read: &|text| text.replace(',', "").trim().parse().ok(),
        ..Quantity::count(meaning, 1.0..=f64::from(most))
    }
}

/// A control for a number of hours, from 0 to `most`.
pub(crate) fn hours(meaning: &str, most: f64) -> Quantity<'_> {
    Quantity {
        whole: false,
        write: &|hours| format!("{} h", (hours * 100.0).round() / 100.0),
        read: &|text| text.trim().trim_end_matches('h').trim().parse().ok(),
        ..Quantity::count(meaning, 0.0..=most)
    }
}

/// How unequally names are asked for.
pub(crate) fn alpha() -> Quantity<'static> {
    Quantity { whole: false, write: &|alpha| format!("{alpha:.2}"), ..Quantity::count(ALPHA, 0.0..=3.0) }
}

/// A word on the left, a choice on the right.
pub(crate) fn choice_ui<T: PartialEq + Clone>(
    ui: &mut Ui,
    word: &str,
    meaning: &str,
    chosen: &mut T,
    choices: &[(T, &str)],
) {
    ui.horizontal(|ui| {
        ui.label(word).on_hover_text(meaning);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            widgets::segmented(ui, word, chosen, choices);
        });
    });
}

const ALPHA: &str =
    "How unequally names are asked for: the i-th in proportion to 1/i^α. 0: all alike; the Web's is near 0.9 (Zipf).";
/// Above this height there is room for explanations.
const ROOMY: f32 = 420.0;
/// The button and the lines below it.
const BUTTON: f32 = 84.0;
const BUTTON_ALONE: f32 = 46.0;
const LEAST_SETTINGS: f32 = 80.0;
