//! Rows that scroll, and words on those that are out of sight.

use std::ops::Range;

use egui::{Align2, ScrollArea, Sense, TextStyle, Ui, vec2};

use crate::{app::theme::Theme, wire::units};

/// Rows of one height in so much room; where they do not fit, they scroll, and a line below says how many are out of sight.
pub(super) fn rows_ui(ui: &mut Ui, height: f32, count: usize, room: f32, mut add: impl FnMut(&mut Ui, Range<usize>)) {
    let fits = count as f32 * height <= room + 0.5;
    let room = if fits { room } else { (room - WORDS).max(height) };
    let area = ScrollArea::vertical().max_height(room).min_scrolled_height(0.0).auto_shrink([false, fits]);
    let shown = area.show_rows(ui, height, count, &mut add);
    if fits {
        return;
    }
    let above = shown.state.clamped_offset().y / height;
    let below = (shown.content_size.y - shown.state.clamped_offset().y - shown.inner_rect.height()) / height;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), WORDS), Sense::hover());
    let theme = Theme::of(ui);
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, theme.border());
    // A row that is seen in part is not out of sight.
    let words = words(above.floor() as usize, below.floor() as usize);
    let font = TextStyle::Small.resolve(ui.style());
    let label = ui.painter().text(rect.left_center() + vec2(4.0, 0.0), Align2::LEFT_CENTER, &words, font, theme.muted);
    let response = ui.interact(label, ui.next_auto_id(), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
}

fn words(above: usize, below: usize) -> String {
    let rows = |count: usize| units::count(count, "more row", "more rows");
    match (above, below) {
        (0, 0) => "All rows are in sight.".to_owned(),
        (0, below) => format!("{} below", rows(below)),
        (above, 0) => format!("{} above", rows(above)),
        (above, below) => format!("{} above, {} below", rows(above), units::grouped(below as u64)),
    }
}

/// Height of the line of words.
const WORDS: f32 = 16.0;

#[cfg(test)]
mod rows {
    use std::{cell::Cell, rc::Rc};

    use egui_kittest::{Harness, kittest::Queryable as _};

    use super::*;

    #[test]
    fn out_of_sight_are_counted_wherever_the_list_stands() {
        let last = Rc::new(Cell::new(0));
        let seen = Rc::clone(&last);
        let mut window = Harness::builder().with_size([300.0, 116.0]).build_ui(move |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            rows_ui(ui, 20.0, 30, 100.0, |ui, rows| {
                seen.set(rows.end);
                rows.for_each(|_| drop(ui.allocate_exact_size(vec2(50.0, 20.0), Sense::hover())));
            });
        });
        window.run();
        assert!(last.get() <= 6);
        window.get_by_label("25 more rows below");
        window.event(egui::Event::PointerMoved(egui::pos2(40.0, 40.0)));
        window.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: vec2(0.0, -10_000.0),
            source: egui::MouseWheelSource::Wheel,
            phase: egui::TouchPhase::Move,
            modifiers: egui::Modifiers::NONE,
        });
        window.run_steps(20);
        window.get_by_label("25 more rows above");
        assert_eq!(last.get(), 30);
    }

    #[test]
    fn that_fit_have_no_words() {
        let mut window = Harness::builder().with_size([300.0, 116.0]).build_ui(|ui| {
            rows_ui(ui, 20.0, 5, 100.0, |ui, rows| {
                rows.for_each(|_| drop(ui.allocate_exact_size(vec2(50.0, 20.0), Sense::hover())));
            });
        });
        window.run();
        assert!(window.query_by_label_contains("row").is_none());
    }
}
