//! The controls: what is done with drafts, and all zones as the tree they are.

use egui::{Align2, CornerRadius, Role, ScrollArea, Sense, TextStyle, Ui, WidgetInfo, pos2, vec2};

use super::{
    SavedZones,
    book::{Row, ZoneBook},
};
use crate::app::{
    hand_in::{HandIn, Table, Value},
    kit::figures::section_ui,
    theme::{Theme, mono_small},
    widgets,
};

/// What the student asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ZoneListAction {
    /// Show this zone.
    Show(String),
    /// Serve what was written.
    Serve,
    /// Drop the draft of the zone that is shown.
    Undo,
    /// Serve it as the lab's file says.
    AsLab,
}

/// Paints what can be done: serving, `new`, and ways back of the zone that is shown.
pub(super) fn actions_ui(
    ui: &mut Ui,
    book: &ZoneBook,
    kept: &SavedZones,
    new: impl FnOnce(&mut Ui),
) -> Option<ZoneListAction> {
    let mut wish = None;
    let drafts = kept.drafts.len();
    let words = match drafts {
        0 => "▶ Serve".to_owned(),
        1 => "▶ Serve the changed zone".to_owned(),
        many => format!("▶ Serve {many} changed zones"),
    };
    let shown = &kept.shown;
    let changed = book.row(shown).is_some_and(|row| row.changed);
    ui.scope(|ui| {
        ui.set_max_width(ui.available_width() - 10.0);
        let response = ui.add_enabled_ui(drafts > 0, |ui| widgets::primary_button(ui, &words, None)).inner;
        if response.on_hover_text(SERVE).on_disabled_hover_text("Edit a zone first.").clicked() {
            wish = Some(ZoneListAction::Serve);
        }
        ui.add_space(2.0);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            new(ui);
            if kept.drafts.contains_key(shown) {
                let response = widgets::quiet_button(ui, "drop the draft");
                if response.on_hover_text(format!("{shown} as it is served now")).clicked() {
                    wish = Some(ZoneListAction::Undo);
                }
            } else if changed {
                let (words, says) = if book.of_lab(shown).is_some() {
                    ("restore original", "Serve it as the lab came with it.")
                } else {
                    ("stop serving", "The lab did not come with this zone.")
                };
                if widgets::quiet_button(ui, words).on_hover_text(says).clicked() {
                    wish = Some(ZoneListAction::AsLab);
                }
            }
        });
    });
    wish
}

/// Paints all zones; returns what was clicked.
pub(super) fn list_ui(ui: &mut Ui, rows: &[Row], kept: &SavedZones) -> Option<ZoneListAction> {
    let mut wish = None;
    section_ui(ui, "Zones", HandIn::of("zones").table(|| table(rows, kept)));
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().id_salt("zones").auto_shrink(false).show_rows(ui, ROW, rows.len(), |ui, shown| {
        for row in rows.get(shown).unwrap_or_default() {
            if row_ui(ui, row, kept) {
                wish = Some(ZoneListAction::Show(row.origin.clone()));
            }
        }
    });
    wish
}

/// All zones to hand in.
fn table(rows: &[Row], kept: &SavedZones) -> Table {
    let mut table = Table::new("Zones of the lab", ["zone", "depth below the root", "name servers", "state"]);
    table.rows.extend(rows.iter().map(|row| {
        let depth = row.origin.split_terminator('.').filter(|label| !label.is_empty()).count();
        vec![
            Value::words(&row.origin),
            Value::Count(depth as u64),
            Value::Words(row.servers.join(" ")),
            Value::words(mark(row, kept)),
        ]
    }));
    table
}

fn mark(row: &Row, kept: &SavedZones) -> &'static str {
    match (kept.drafts.contains_key(&row.origin), row.changed) {
        (true, _) => "draft",
        (false, true) => "changed",
        (false, false) => "",
    }
}

fn row_ui(ui: &mut Ui, row: &Row, kept: &SavedZones) -> bool {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width() - 4.0, ROW), Sense::click());
    crate::app::focus::into_view(&response);
    let shown = row.origin == kept.shown;
    let mark = mark(row, kept);
    let words = format!("Zone {} {mark}", row.origin);
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, shown, words.trim_end()));
    if shown {
        ui.painter().rect_filled(rect, CornerRadius::same(4), theme.selection);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(4), theme.control_hovered);
    }
    let small = TextStyle::Small.resolve(ui.style());
    let colour = if mark == "draft" { theme.accent } else { theme.muted };
    let marked = ui.painter().text(rect.right_center() - vec2(6.0, 0.0), Align2::RIGHT_CENTER, mark, small, colour);
    let indent = 8.0 + row.depth as f32 * INDENT;
    let name = if row.origin == "." { "root (.)" } else { row.origin.trim_end_matches('.') };
    let cell = egui::Rect::from_min_max(rect.min + vec2(indent, 0.0), pos2(marked.left() - 4.0, rect.bottom()));
    for depth in 0..row.depth {
        let x = rect.left() + 11.0 + depth as f32 * INDENT;
        ui.painter().vline(x, rect.y_range(), theme.border());
    }
    let tone = if shown { theme.accent } else { theme.text };
    widgets::clipped(ui, cell, Align2::LEFT_CENTER, name, mono_small(), tone);
    let servers = if row.servers.is_empty() { "nobody yet".to_owned() } else { row.servers.join(", ") };
    let clicked = response.clicked() || response.has_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    response.on_hover_text(format!("{}, served by {servers}", row.origin));
    clicked
}

/// Height of a row.
const ROW: f32 = 22.0;
/// How far a zone stands to the right of the one above it.
const INDENT: f32 = 12.0;

const SERVE: &str =
    "The name servers of the lab answer from these files from now on. Caches keep what they have until it expires.";
