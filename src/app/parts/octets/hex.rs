//! The left half: offset, sixteen octets in hex, the same as text.

use std::{fmt::Write as _, ops::Range};

use egui::{
    Align2, Color32, CornerRadius, FontId, Painter, Pos2, Rect, Role, ScrollArea, Sense, Shape, Stroke, StrokeKind, Ui,
    WidgetInfo, epaint::CubicBezierShape, pos2, vec2,
};

use super::{Highlight, ScrollTarget, message::MessageOctets, tree::FieldTree};
use crate::{
    app::theme::{Theme, mono, size},
    wire::units,
};

/// How wide the half is.
pub(super) fn width(ui: &Ui) -> f32 {
    HexGrid::of(ui).width()
}

/// Where characters stand.
struct HexGrid {
    glyph: f32,
    font: FontId,
}

impl HexGrid {
    fn of(ui: &Ui) -> Self {
        let font = mono();
        Self { glyph: ui.ctx().fonts_mut(|fonts| fonts.glyph_width(&font, '0')), font }
    }

    fn hex_left(&self) -> f32 {
        size::GAP + self.glyph * (OFFSET_DIGITS + 2.0)
    }

    fn text_left(&self) -> f32 {
        self.hex_column(ROW_OCTETS) + self.glyph * 2.0
    }

    fn width(&self) -> f32 {
        self.text_left() + self.glyph * (ROW_OCTETS as f32 + 2.0)
    }

    /// Left end of a column's two digits; a little apart in the middle.
    fn hex_column(&self, column: usize) -> f32 {
        let middle = if column >= ROW_OCTETS / 2 { 1.0 } else { 0.0 };
        self.hex_left() + self.glyph * (column as f32 * 3.0 + middle)
    }

    /// The grounds of some columns of a row: in hex and in text.
    fn grounds(&self, row: Rect, columns: &Range<usize>) -> [Rect; 2] {
        let last = columns.end.saturating_sub(1);
        let spans = [
            (self.hex_column(columns.start), self.hex_column(last) + self.glyph * 2.0),
            (self.text_left() + self.glyph * columns.start as f32, self.text_left() + self.glyph * columns.end as f32),
        ];
        spans.map(|(left, right)| Rect::from_x_y_ranges(row.left() + left..=row.left() + right, row.y_range()))
    }

    fn column_at(&self, x: f32) -> Option<usize> {
        let columns = 0..ROW_OCTETS;
        let in_hex = |column: &usize| {
            let left = self.hex_column(*column) - self.glyph * 0.5;
            (left..left + self.glyph * 3.0).contains(&x)
        };
        let text = ((x - self.text_left()) / self.glyph).floor();
        columns.clone().find(in_hex).or_else(|| columns.clone().find(|column| (*column as f32 - text).abs() < 0.5))
    }
}

/// What the rows show.
#[derive(Clone, Copy)]
pub(super) struct HexPane<'a> {
    pub message: &'a MessageOctets,
    /// How many of its octets have crossed.
    pub arrived: usize,
    pub tree: &'a FieldTree,
    /// What was lit up in the frame before.
    pub past: &'a Highlight,
}

/// Paints the rows in view.
pub(super) fn ui(ui: &mut Ui, shown: HexPane<'_>, highlight: &mut Highlight, scroll: &mut ScrollTarget) {
    let HexPane { message, arrived, tree, .. } = shown;
    let grid = HexGrid::of(ui);
    let whole = arrived == message.bytes().len();
    let rows = arrived.div_ceil(ROW_OCTETS) + usize::from(whole && message.omitted() > 0);
    let mut area = ScrollArea::vertical().id_salt("hex").auto_shrink(false);
    if let Some(octet) = scroll.octet.take() {
        let row = (octet / ROW_OCTETS) as f32 * ROW;
        area = area.vertical_scroll_offset((row - ui.available_height() / 3.0).max(0.0));
    }
    area.show_rows(ui, ROW, rows, |ui, in_view| {
        let wide = vec2(ui.available_width(), ROW * in_view.len() as f32);
        let (rect, response) = ui.allocate_exact_size(wide, Sense::click());
        let words = format!("{} octets in hexadecimal and as text", units::grouped(arrived as u64));
        response.widget_info(|| WidgetInfo::labeled(Role::Document, true, &words));
        let under = response.hover_pos().and_then(|pointer| octet_at(&grid, rect, in_view.start, pointer));
        if let Some(octet) = under.filter(|octet| *octet < arrived) {
            let field = tree.field_at(octet);
            highlight.field = field;
            highlight.hovered = Some(field.and_then(|field| tree.range(field)).unwrap_or(octet..octet + 1));
            if response.clicked() {
                highlight.pinned = if highlight.pinned == field { None } else { field };
                scroll.field = field;
            }
        }
        let in_view_from = in_view.start;
        for (place, row) in in_view.enumerate() {
            let top = rect.top() + place as f32 * ROW;
            let place = Rect::from_x_y_ranges(rect.x_range(), top..=top + ROW);
            row_ui(ui, &grid, place, row, shown);
        }
        paint_pointer(ui, &grid, rect, in_view_from, shown);
        if let Some(field) = highlight.field {
            response.on_hover_ui_at_pointer(|ui| tree.details_ui(ui, field));
        }
    });
}

/// From a field that leads to another octet, an arrow to that one; `first` is the row at the top of `rect`.
fn paint_pointer(ui: &Ui, grid: &HexGrid, rect: Rect, first: usize, shown: HexPane<'_>) {
    let HexPane { tree, past, .. } = shown;
    let field = past.field.filter(|field| tree.points_to(*field).is_some()).or(past.pinned);
    let Some((from, to)) = field.and_then(|field| Some((tree.range(field)?.start, tree.points_to(field)?))) else {
        return;
    };
    let digits = |octet: usize| {
        let left = rect.left() + grid.hex_column(octet % ROW_OCTETS);
        let top = rect.top() + ((octet / ROW_OCTETS) as f32 - first as f32) * ROW;
        Rect::from_min_size(pos2(left, top), vec2(grid.glyph * 2.0, ROW)).expand2(vec2(2.0, -1.0))
    };
    let (from, to) = (digits(from), digits(to));
    paint_pointer_arrow(ui, from, to);
}

/// An arrow from a field's octets to the octet where it goes on.
pub(super) fn paint_pointer_arrow(ui: &Ui, from: Rect, to: Rect) {
    let stroke = Stroke::new(1.5, Theme::of(ui).accent);
    ui.painter().rect_stroke(to, CornerRadius::same(3), stroke, StrokeKind::Outside);
    let (begin, end) = (from.center_top(), to.center_bottom());
    let bend = vec2(0.0, ((begin.y - end.y) / 2.0).max(ROW));
    let curve = [begin, begin - bend, end + bend, end];
    ui.painter().add(CubicBezierShape::from_points_stroke(curve, false, Color32::TRANSPARENT, stroke));
    let head = [vec2(0.0, 0.0), vec2(-3.5, 6.0), vec2(3.5, 6.0)].map(|step| end + step).to_vec();
    ui.painter().add(Shape::convex_polygon(head, stroke.color, Stroke::NONE));
}

fn octet_at(grid: &HexGrid, rect: Rect, first: usize, pointer: Pos2) -> Option<usize> {
    let row = ((pointer.y - rect.top()) / ROW).max(0.0) as usize;
    Some((first + row) * ROW_OCTETS + grid.column_at(pointer.x - rect.left())?)
}

fn row_ui(ui: &Ui, grid: &HexGrid, place: Rect, row: usize, shown: HexPane<'_>) {
    let HexPane { message, arrived, .. } = shown;
    let theme = Theme::of(ui);
    let painter = ui.painter();
    let own = row * ROW_OCTETS..((row + 1) * ROW_OCTETS).min(arrived);
    if own.is_empty() {
        let words = format!("and {} octets that the record did not keep", units::grouped(message.omitted()));
        painter.text(
            pos2(place.left() + grid.hex_left(), place.center().y),
            Align2::LEFT_CENTER,
            words,
            egui::TextStyle::Small.resolve(ui.style()),
            theme.muted,
        );
        return;
    }
    paint_grounds(painter, theme, grid, place, &own, shown);
    paint_octets(painter, theme, grid, place, &own, message);
}

/// What is lit up, below the octets of a row.
fn paint_grounds(
    painter: &Painter,
    theme: &Theme,
    grid: &HexGrid,
    place: Rect,
    own: &Range<usize>,
    shown: HexPane<'_>,
) {
    let HexPane { message, tree, past, .. } = shown;
    let ground = |range: &Range<usize>, fill: Color32| {
        let columns = range.start.max(own.start)..range.end.min(own.end);
        if columns.start < columns.end {
            let columns = columns.start - own.start..columns.end - own.start;
            for rect in grid.grounds(place, &columns) {
                painter.rect_filled(rect.expand2(vec2(1.0, 0.0)), CornerRadius::ZERO, fill);
            }
        }
    };
    if let Some(event) = message.looked_at() {
        ground(event, theme.code_ground);
        if event.start < own.end && own.start < event.end {
            let bar = Rect::from_min_size(place.min, vec2(3.0, ROW));
            painter.rect_filled(bar, CornerRadius::ZERO, theme.accent);
        }
    }
    if let Some(pinned) = past.pinned.and_then(|field| tree.range(field)) {
        ground(&pinned, theme.selection);
    }
    if let Some(hovered) = &past.hovered {
        ground(hovered, theme.selection);
    }
}

/// Offset, digits and text of a row.
fn paint_octets(
    painter: &Painter,
    theme: &Theme,
    grid: &HexGrid,
    place: Rect,
    own: &Range<usize>,
    message: &MessageOctets,
) {
    let bytes = message.bytes().get(own.clone()).unwrap_or_default();
    let masked = |column: usize| message.is_masked(own.start + column);
    let text = |left: f32, words: String, colour: Color32| {
        let at = pos2(place.left() + left, place.center().y);
        painter.text(at, Align2::LEFT_CENTER, words, grid.font.clone(), colour);
    };
    text(size::GAP, format!("{:06x}", own.start), theme.muted);
    let any_masked = (0..bytes.len()).any(masked);
    let (first, second) = bytes.split_at(bytes.len().min(ROW_OCTETS / 2));
    for (at, half) in [(0, first), (ROW_OCTETS / 2, second)] {
        let digits = half.iter().enumerate().fold(String::new(), |mut digits, (column, byte)| {
            if any_masked && masked(at + column) {
                digits.push_str("** ");
            } else {
                write!(digits, "{byte:02x} ").ok(); // writing to a string cannot fail
            }
            digits
        });
        text(grid.hex_column(at), digits, theme.text);
    }
    let shown: String = bytes.iter().map(|byte| printable(*byte)).collect();
    text(grid.text_left(), shown, if any_masked { theme.muted } else { theme.text });
}

pub(super) fn printable(byte: u8) -> char {
    if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '·' }
}

/// All octets as a hex dump, a row a line.
pub(super) fn dump(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 5);
    for (row, octets) in bytes.chunks(ROW_OCTETS).enumerate() {
        write!(text, "{:06x}  ", row * ROW_OCTETS).ok(); // writing to a string cannot fail
        for column in 0..ROW_OCTETS {
            let gap = if column == ROW_OCTETS / 2 { " " } else { "" };
            match octets.get(column) {
                Some(byte) => write!(text, "{gap}{byte:02x} ").ok(),
                None => write!(text, "{gap}   ").ok(),
            };
        }
        text.extend(std::iter::once(' ').chain(octets.iter().map(|byte| printable(*byte))));
        text.push('\n');
    }
    text
}

/// Octets in a row.
const ROW_OCTETS: usize = 16;
/// Digits of the offset.
const OFFSET_DIGITS: f32 = 6.0;
/// Height of a row.
const ROW: f32 = 17.0;

#[cfg(test)]
mod a_dump {
    #[test]
    fn keeps_columns_in_line() {
        let text = super::dump(b"GET / HTTP/1.1\r\n\r\n");
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1··");
        assert_eq!(lines[1].find("··"), lines[0].find("GET"));
    }
}
