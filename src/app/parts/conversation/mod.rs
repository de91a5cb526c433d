//! The conversation view: what client and server said, line by line, a connection after the other, with what the octets do not show
//! between the lines.

mod row;
mod rows;

use std::time::Duration;

use egui::{Event, RichText, ScrollArea, TextStyle, Ui};

use self::row::Row;
use super::{RecordIndex, Scene, legend};
use crate::{
    app::{subject::RecordSelection, theme::size, widgets::quiet_button},
    wire::units,
};

/// What the conversation view remembers between frames.
#[derive(Debug, Default)]
pub struct ConversationView {
    /// Rows chosen for copying: where the choice began and where it ends.
    chosen: Option<(usize, usize)>,
    followed: Option<RecordSelection>,
}

impl ConversationView {
    /// All lines; those after `until` are not written yet. Returns the event whose line was clicked.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        index: &RecordIndex,
        until: Duration,
        pick: Option<RecordSelection>,
    ) -> Option<RecordSelection> {
        if index.rows() == 0 {
            legend::nothing_ui(ui, "Nobody has said anything yet.");
            return None;
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        let whole = ui.available_rect_before_wrap();
        let mut area = ScrollArea::vertical().auto_shrink(false);
        if let Some(row) = self.row_to_show(scene, index, pick) {
            area = area.vertical_scroll_offset((row as f32 * ROW - whole.height() / 3.0).max(0.0));
        }
        let mut picked = None;
        area.show_rows(ui, ROW, index.rows(), |ui, shown| {
            for at in shown {
                let Some(row) = Row::of(scene, index, at, until) else { continue };
                let chosen = self.chosen.is_some_and(|(from, to)| (from.min(to)..=from.max(to)).contains(&at));
                let response = row.ui(ui, pick, chosen);
                if response.copied {
                    let text = rows::text(scene, index, at, None);
                    ui.ctx().copy_text(text);
                } else if response.clicked {
                    let extends = ui.input(|input| input.modifiers.shift);
                    let from = self.chosen.filter(|_| extends).map_or(at, |(from, _)| from);
                    self.chosen = Some((from, at));
                    picked = row.pick(scene).or(picked);
                }
            }
        });
        self.copy(ui, scene, index, whole);
        // What was picked here is in view already.
        self.followed = picked.or(pick);
        picked
    }

    /// The row of a pick made elsewhere.
    fn row_to_show(&self, scene: &Scene<'_>, index: &RecordIndex, pick: Option<RecordSelection>) -> Option<usize> {
        if self.followed == pick {
            return None;
        }
        let pick = pick.filter(|pick| pick.job == scene.subject.job)?;
        rows::row_of(scene, index, pick)
    }

    /// Copies the chosen rows, or everything.
    fn copy(&self, ui: &mut Ui, scene: &Scene<'_>, index: &RecordIndex, whole: egui::Rect) {
        let wanted = ui.input(|input| input.events.contains(&Event::Copy));
        if let Some((from, to)) = self.chosen.filter(|_| wanted) {
            let text = rows::text(scene, index, from.min(to), Some(from.max(to)));
            ui.ctx().copy_text(text);
        }
        let corner =
            egui::Rect::from_min_max(egui::pos2(whole.right() - COPY_WIDTH, whole.top()), whole.right_bottom());
        let mut corner =
            ui.new_child(egui::UiBuilder::new().max_rect(corner).layout(egui::Layout::right_to_left(egui::Align::Min)));
        corner.add_space(size::GAP + 4.0);
        let count = index.rows();
        let response = quiet_button(&mut corner, "copy all");
        if response.on_hover_text("Shift and a click choose lines, Ctrl+C copies those").clicked() {
            let text = rows::text(scene, index, 0, Some(count.min(MOST_COPIED)));
            ui.ctx().copy_text(text);
        }
        if !index.is_complete() {
            let words = format!("{} so far", units::count(count, "line", "lines"));
            corner.label(RichText::new(words).text_style(TextStyle::Small));
        }
    }
}

/// Height of a row.
const ROW: f32 = 20.0;
/// Width of the corner with the button that copies.
const COPY_WIDTH: f32 = 200.0;
/// Lines copied at most at once.
const MOST_COPIED: usize = 200_000;
