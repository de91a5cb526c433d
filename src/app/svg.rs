//! Colours and words as an SVG document has them.

use egui::Color32;

/// A colour that hides what is below it.
pub(super) fn hex(colour: Color32) -> String {
    let [red, green, blue, _] = colour.to_array();
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// A colour that may be see-through.
pub(super) fn paint(colour: Color32) -> String {
    let [red, green, blue, alpha] = colour.to_srgba_unmultiplied();
    if alpha == u8::MAX {
        return hex(colour);
    }
    format!("rgba({red},{green},{blue},{:.2})", f32::from(alpha) / 255.0)
}

/// Words, with what means something there written otherwise, and control signs as dots.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            sign if sign.is_control() => safe.push('·'),
            sign => safe.push(sign),
        }
    }
    safe
}
