//! Text and lines as the pictures need them: clipped to a cell, dashed, exact.

use std::time::Duration;

use egui::{Align2, Color32, FontId, Painter, Rangef, Rect, Shape, Stroke, pos2, text::LayoutJob};

/// Text inside a cell, aligned in it; what does not fit ends in `…`. Returns whether everything was shown.
pub(super) fn clipped(
    painter: &Painter,
    cell: Rect,
    align: Align2,
    words: &str,
    font: FontId,
    colour: Color32,
) -> bool {
    let mut job = LayoutJob::simple_singleline(words.to_owned(), font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(cell.width().max(1.0));
    let galley = painter.layout_job(job);
    let whole = !galley.elided;
    let rect = align.align_size_within_rect(galley.size(), cell);
    painter.galley(rect.min, galley, colour);
    whole
}

/// A dashed vertical line.
pub(super) fn dashed_vline(painter: &Painter, x: f32, y: Rangef, colour: Color32) {
    let points = [pos2(x, y.min), pos2(x, y.max)];
    painter.extend(Shape::dashed_line(&points, Stroke::new(1.0, colour), 4.0, 3.0));
}

/// A time with every digit that is known: `100.003 712 ms`.
pub(super) fn exact(at: Duration) -> String {
    let nanos = at.as_nanos();
    format!("{}.{:03} {:03} ms", nanos / 1_000_000, nanos / 1000 % 1000, nanos % 1000)
}

/// A moment to the microsecond: `210.118 ms`.
pub(super) fn precise(at: Duration) -> String {
    format!("{:.3} ms", at.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod exact_times {
    #[test]
    fn keep_every_nanosecond() {
        let at = std::time::Duration::from_nanos(1_204_003_712);
        assert_eq!(super::exact(at), "1204.003 712 ms");
    }
}
