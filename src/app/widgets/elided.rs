//! Text that is too long for its place: what is left out is in the middle, since names and URLs begin and end with what tells them
//! apart. All of it is shown when the place is pointed at.

use egui::{Align2, Color32, FontId, Label, Painter, Rect, Response, RichText, TextStyle, Ui, text::LayoutJob};

/// One line as wide as there is room for at most, with all of it on hover where something is left out.
pub fn elided_label(ui: &mut Ui, text: &str, style: &TextStyle, colour: Color32) -> Response {
    let font = style.resolve(ui.style());
    let shown = middle_elided(ui.painter(), text, &font, ui.available_width());
    let whole = shown == text;
    let response = ui.add(Label::new(RichText::new(shown).font(font).color(colour)).extend());
    if whole { response } else { response.on_hover_text(text) }
}

/// Text inside a cell, aligned in it. Returns whether all of it is shown.
pub fn clipped(painter: &Painter, cell: Rect, align: Align2, words: &str, font: FontId, colour: Color32) -> bool {
    let shown = middle_elided(painter, words, &font, cell.width());
    let whole = shown == words;
    let galley = painter.layout_job(LayoutJob::simple_singleline(shown, font, colour));
    let place = align.align_size_within_rect(galley.size(), cell);
    painter.with_clip_rect(painter.clip_rect().intersect(cell.expand(1.0))).galley(place.min, galley, colour);
    whole
}

/// The text itself where it fits into `width`, otherwise its beginning and its end with `…` between them.
pub fn middle_elided(painter: &Painter, text: &str, font: &FontId, width: f32) -> String {
    let wide = |text: &str| {
        painter.layout_job(LayoutJob::simple_singleline(text.to_owned(), font.clone(), Color32::PLACEHOLDER)).size().x
    };
    // Fractions of a point are lost when widths are summed.
    let width = width.max(1.0) + 0.5;
    // What is much longer than any place is shortened before it is measured: a peer may send a line of any length.
    let bounded = shortened(text, MEASURED);
    if wide(&bounded) <= width {
        return bounded;
    }
    let (mut fits, mut too_many) = (0, bounded.chars().count());
    while fits + 1 < too_many {
        let middle = usize::midpoint(fits, too_many);
        if wide(&shortened(&bounded, middle)) <= width {
            fits = middle;
        } else {
            too_many = middle;
        }
    }
    shortened(&bounded, fits)
}

/// At most so many characters: the text itself, or its beginning and its end with `…` between them.
pub fn shortened(text: &str, chars: usize) -> String {
    let count = text.chars().count();
    if count <= chars {
        return text.to_owned();
    }
    let kept = chars.saturating_sub(1);
    let begin = kept.div_ceil(2);
    let end = kept - begin;
    text.chars().take(begin).chain(['…']).chain(text.chars().skip(count - end)).collect()
}

/// No place on screen has room for more characters.
const MEASURED: usize = 600;

#[cfg(test)]
mod text_that_is_too_long {
    use egui_kittest::{Harness, kittest::Queryable as _};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keeps_its_beginning_and_its_end() {
        assert_eq!(shortened("www.someschool.edu", 9), "www.….edu");
        assert_eq!(shortened("short", 9), "short");
        assert_eq!(shortened("漢字漢字漢字", 3), "漢…字");
        assert_eq!(shortened("anything", 1), "…");
        assert_eq!(shortened("", 0), "");
    }

    #[test]
    fn stays_inside_its_place_and_is_told_in_full_on_hover() {
        let name = format!("{}.example", "very-long-label-of-a-host".repeat(40));
        let label = name.clone();
        let mut harness = Harness::builder().with_size([300.0, 60.0]).build_ui(move |ui| {
            let colour = ui.visuals().text_color();
            elided_label(ui, &label, &TextStyle::Body, colour);
        });
        let shown = harness.get_by_label_contains("…");
        assert!(shown.rect().width() <= 300.0);
        shown.hover();
        harness.run_steps(40);
        harness.get_by_label(&name);
    }

    proptest! {
        #[test]
        fn is_never_cut_inside_a_character(text in ".*", chars in 0_usize..40) {
            prop_assert!(shortened(&text, chars).chars().count() <= chars.max(text.chars().count().min(1)));
        }
    }
}
