//! What the caches hold: each record with the time it has left, who said so, and buttons that make it forget or let time pass.

use egui::{Align2, CornerRadius, Rect, Role, ScrollArea, Sense, TextStyle, Ui, WidgetInfo, pos2, vec2};

use crate::{
    app::{
        hand_in::{Table, Value},
        theme::{Theme, mono_small, size},
        widgets,
    },
    engine::resolve::{CacheEntry, CacheTable, Event, Report},
    wire::units,
};

/// Which cache is shown.
#[derive(Debug, Default)]
pub(super) struct CachesView {
    owner: Option<String>,
}

impl CachesView {
    /// Paints it; returns what is to happen before the question is put again.
    pub(super) fn ui(&mut self, ui: &mut Ui, report: Option<&Report>, change: Option<&Event>, lab: bool) -> Vec<Event> {
        let Some(report) = report else {
            widgets::muted(ui, "The caches are looked into when the answer is there.");
            return Vec::new();
        };
        let Some(first) = report.caches.first() else {
            widgets::muted(ui, "Nobody here keeps a cache that could be looked into.");
            return Vec::new();
        };
        let known = |owner: &String| report.caches.iter().any(|table| table.owner == *owner);
        let owner = self.owner.get_or_insert_with(|| fullest(&report.caches).unwrap_or(first).owner.clone());
        if !known(owner) {
            owner.clone_from(&first.owner);
        }
        let mut events = Vec::new();
        let mut buttons_shown = false;
        ui.horizontal(|ui| {
            let choices: Vec<(String, &str)> =
                report.caches.iter().map(|table| (table.owner.clone(), table.owner.as_str())).collect();
            if choices.len() <= MOST_SEGMENTS {
                widgets::segmented(ui, "Whose cache", owner, &choices);
            } else {
                egui::ComboBox::from_label("Whose cache").selected_text(owner.as_str()).show_ui(ui, |ui| {
                    for (one, word) in &choices {
                        ui.selectable_value(owner, one.clone(), *word);
                    }
                });
            }
            if lab && ui.available_size_before_wrap().x > BUTTONS {
                ui.add_space(size::GAP);
                buttons_ui(ui, owner, change, &mut events);
                buttons_shown = true;
            }
        });
        if lab && !buttons_shown {
            ui.horizontal(|ui| buttons_ui(ui, owner, change, &mut events));
        }
        ui.add_space(4.0);
        let Some(table) = report.caches.iter().find(|table| table.owner == *owner) else { return events };
        if table.entries.is_empty() {
            widgets::muted(ui, "It is empty.");
            return events;
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        let columns = CacheColumns::of(ui.available_width() - SCROLLBAR, lab);
        columns.head_ui(ui);
        ScrollArea::vertical().id_salt("cache").auto_shrink(false).show_rows(
            ui,
            ROW,
            table.entries.len(),
            |ui, shown| {
                for entry in table.entries.get(shown).unwrap_or_default() {
                    if columns.row_ui(ui, entry) {
                        events.push(Event::Flush { owner: table.owner.clone(), name: Some(entry.name.clone()) });
                    }
                }
            },
        );
        events
    }
}

/// What all caches hold, to hand in.
pub(super) fn table(caches: &[CacheTable]) -> Table {
    let heads =
        ["cache", "name", "type", "value", "TTL as received (s)", "TTL left (s)", "credibility", "learned from"];
    let mut table = Table::new("Caches", heads);
    for CacheTable { owner, entries } in caches {
        table.rows.extend(entries.iter().map(|entry| {
            let words = |text: &str| Value::words(text);
            vec![
                words(owner),
                words(&entry.name),
                words(&entry.kind),
                words(&entry.value),
                Value::Count(entry.ttl_seconds),
                Value::Number(entry.left_seconds),
                words(&entry.credibility),
                words(&entry.learned_from),
            ]
        }));
    }
    table
}

/// Time that is skipped, everything forgotten, an address changed.
fn buttons_ui(ui: &mut Ui, owner: &str, change: Option<&Event>, events: &mut Vec<Event>) {
    for (words, seconds, says) in [
        ("+1 min", 60, "A minute passes, then it is asked again."),
        ("+1 h", 3_600, "An hour passes, then it is asked again."),
        ("+1 d", 86_400, "A day passes, then it is asked again."),
    ] {
        if widgets::quiet_button(ui, words).on_hover_text(says).clicked() {
            events.push(Event::Wait { seconds });
        }
    }
    let response = widgets::quiet_button(ui, "forget all");
    if response.on_hover_text(format!("{owner} forgets everything, then it is asked again.")).clicked() {
        events.push(Event::Flush { owner: owner.to_owned(), name: None });
    }
    if let Some(change) = change {
        let response = widgets::quiet_button(ui, "its address changes");
        let says = "The address the answer ends with gets another value at its authority, then it is asked again: who is stale, and how long?";
        if response.on_hover_text(says).clicked() {
            events.push(change.clone());
        }
    }
}

fn fullest(caches: &[CacheTable]) -> Option<&CacheTable> {
    caches.iter().max_by_key(|table| table.entries.len())
}

/// Where a row's parts are.
struct CacheColumns {
    /// Name, type, value, TTL left, bar, learned from: left and right ends; the last only where there is room.
    ends: Vec<(f32, f32)>,
    width: f32,
    forgets: bool,
}

impl CacheColumns {
    fn of(width: f32, forgets: bool) -> Self {
        let spare = width - if forgets { FORGET } else { 0.0 };
        let (bar, from) = match spare {
            spare if spare > 620.0 => (72.0, (spare * 0.28).min(260.0)),
            spare if spare > 480.0 => (72.0, 0.0),
            _ => (0.0, 0.0),
        };
        let fixed = KIND + LEFT + bar + from + BETWEEN * 5.0;
        let free = (spare - fixed).max(120.0);
        let widths = [free * 0.5, KIND, free * 0.5, LEFT, bar, from];
        let mut left = 0.0;
        let mut ends = Vec::new();
        for wide in widths.into_iter().filter(|wide| *wide > 0.0) {
            ends.push((left, left + wide));
            left += wide + BETWEEN;
        }
        Self { ends, width, forgets }
    }

    fn cell(&self, rect: Rect, nth: usize) -> Option<Rect> {
        let (left, right) = self.ends.get(nth)?;
        Some(Rect::from_x_y_ranges(rect.left() + left..=rect.left() + right, rect.y_range()))
    }

    fn head_ui(&self, ui: &mut Ui) {
        let theme = Theme::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(self.width, size::ROW), Sense::hover());
        for (nth, word) in ["name", "type", "value", "TTL left", "", "learned from"].into_iter().enumerate() {
            let align = if nth == 3 { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
            if let Some(cell) = self.cell(rect, nth) {
                widgets::clipped(ui, cell, align, word, TextStyle::Small.resolve(ui.style()), theme.muted);
            }
        }
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.border());
    }

    /// One record. `true` when it is to be forgotten.
    fn row_ui(&self, ui: &mut Ui, entry: &CacheEntry) -> bool {
        let theme = Theme::of(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(self.width, ROW), Sense::hover());
        let left = units::days(entry.left_seconds.max(0.0) as u64);
        let kind = if entry.kind.is_empty() { "—" } else { &entry.kind };
        let words = format!(
            "{} {kind} {}, {left} of {} left, {}, {}",
            entry.name,
            entry.value,
            units::days(entry.ttl_seconds),
            entry.credibility,
            entry.learned_from
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Row, true, &words));
        if response.hovered() {
            ui.painter().rect_filled(rect, CornerRadius::same(3), theme.control_hovered);
        }
        let small = TextStyle::Small.resolve(ui.style());
        let tone = if entry.negative { theme.bad } else { theme.text };
        let learned = format!("{} · {}", entry.credibility, entry.learned_from);
        let cells = [
            (entry.name.as_str(), Align2::LEFT_CENTER, mono_small(), theme.text),
            (kind, Align2::LEFT_CENTER, mono_small(), theme.muted),
            (entry.value.as_str(), Align2::LEFT_CENTER, mono_small(), tone),
            (left.as_str(), Align2::RIGHT_CENTER, mono_small(), theme.text),
            ("", Align2::LEFT_CENTER, small.clone(), theme.muted),
            (learned.as_str(), Align2::LEFT_CENTER, small, theme.muted),
        ];
        for (nth, (text, align, font, colour)) in cells.into_iter().enumerate() {
            if let Some(cell) = self.cell(rect, nth) {
                widgets::clipped(ui, cell, align, text, font, colour);
            }
        }
        // In a column of its own; where there is no room for one, under the time that is left.
        let rail = match (self.cell(rect, 4), self.cell(rect, 3)) {
            (Some(cell), _) => Some(Rect::from_center_size(cell.center(), vec2(cell.width(), 4.0))),
            (None, Some(cell)) => {
                Some(Rect::from_x_y_ranges(cell.x_range(), rect.bottom() - 4.0..=rect.bottom() - 1.5))
            }
            (None, None) => None,
        };
        if let Some(rail) = rail {
            let share = (entry.left_seconds / entry.ttl_seconds.max(1) as f64).clamp(0.0, 1.0) as f32;
            ui.painter().rect_filled(rail, CornerRadius::same(2), theme.line);
            let full = Rect::from_min_size(rail.min, vec2(rail.width() * share, rail.height()));
            ui.painter().rect_filled(
                full,
                CornerRadius::same(2),
                if entry.negative { theme.bad } else { theme.accent },
            );
        }
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.border());
        let forget = self.forgets && {
            let place = Rect::from_center_size(pos2(rect.right() - FORGET / 2.0, rect.center().y), vec2(20.0, 20.0));
            let response = ui.interact(place, response.id.with("forget"), Sense::click());
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Forget {} {kind}", entry.name)));
            let tone = if response.hovered() || response.has_focus() { theme.accent } else { theme.muted };
            ui.painter().text(place.center(), Align2::CENTER_CENTER, "×", mono_small(), tone);
            response.on_hover_text(format!("Forget everything of {}, then ask again", entry.name)).clicked()
        };
        response.on_hover_text(words);
        forget
    }
}

/// Height of a row.
const ROW: f32 = 26.0;
/// Room for the button at a row's end.
const FORGET: f32 = 28.0;
/// Width of a type.
const KIND: f32 = 42.0;
/// Width of the time that is left.
const LEFT: f32 = 84.0;
/// Between two columns.
const BETWEEN: f32 = 10.0;
/// Room for the buttons beside the owners.
const BUTTONS: f32 = 370.0;
/// Room for the scroll bar.
const SCROLLBAR: f32 = 6.0;
/// More owners than this are chosen from a list.
const MOST_SEGMENTS: usize = 4;
