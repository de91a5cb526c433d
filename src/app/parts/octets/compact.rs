//! A message's octets in little room: rows above the fields they form. Point at either, and the other lights up; a field that
//! leads to another octet shows where.
#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places of a picture: small numbers")]

use std::{fmt::Write as _, ops::Range};

use egui::{
    Align2, Color32, CornerRadius, FontId, Pos2, Rect, Role, Sense, Stroke, TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use super::{
    hex::{paint_pointer_arrow, printable},
    tree::{details_ui, paint_arrow},
};
use crate::{
    app::{
        theme::{Theme, mono_small},
        widgets,
    },
    lens::FieldNode,
};

/// What the pane remembers between frames.
#[derive(Debug, Default)]
pub(crate) struct CompactOctets {
    /// Fields whose parts are shown, by place in the whole tree.
    open: Vec<usize>,
    /// The tree they are places in: depth and name of each field.
    shape: Vec<(usize, String)>,
    /// The field pointed at in the frame before, and the one that was clicked.
    pointed: Option<usize>,
    pinned: Option<usize>,
    /// Octets that are pointed at elsewhere.
    elsewhere: Option<Range<usize>>,
}

/// A field in the order of the tree.
struct PaneField<'a> {
    node: &'a FieldNode,
    depth: usize,
    /// One past its last part.
    end: usize,
}

impl CompactOctets {
    /// Has these octets lit while nothing is pointed at here.
    pub(crate) fn light(&mut self, octets: Option<Range<usize>>) {
        self.elsewhere = octets;
    }

    /// Opens every field that has something wrong in it. What was open stays so as far as the tree is the one it was.
    pub(crate) fn open_what_is_wrong(&mut self, tree: &FieldNode) {
        let mut fields = Vec::new();
        tree.parts.iter().for_each(|part| lay_flat(part, 0, &mut fields));
        let shape: Vec<_> = fields.iter().map(|field| (field.depth, field.node.name.clone())).collect();
        if shape != self.shape {
            let same = shape.iter().zip(&self.shape).take_while(|(new, old)| new == old).count();
            self.open.retain(|at| *at < same);
            self.pinned = self.pinned.filter(|at| *at < same);
            self.pointed = None;
            self.shape = shape;
        }
        let wrong = fields.iter().enumerate().filter(|(_, field)| field.node.parts.iter().any(FieldNode::is_wrong));
        for (at, _) in wrong {
            if !self.open.contains(&at) {
                self.open.push(at);
            }
        }
    }

    /// Paints octets and fields.
    pub(crate) fn ui(&mut self, ui: &mut Ui, octets: &[u8], tree: &FieldNode) {
        let mut fields = Vec::new();
        tree.parts.iter().for_each(|part| lay_flat(part, 0, &mut fields));
        let lit = self.pointed.or(self.pinned).and_then(|field| fields.get(field)).map(|field| field.node);
        ui.spacing_mut().item_spacing.y = 0.0;
        let wrong: Vec<Range<usize>> =
            fields.iter().filter(|field| is_wrong_itself(field.node)).map(|field| field.node.range.clone()).collect();
        let marks = OctetMarks { lit, elsewhere: self.elsewhere.as_ref(), wrong: &wrong };
        let under = hex_ui(ui, octets, &marks);
        let mut pointed = under.and_then(|octet| innermost(&fields, octet));
        ui.add_space(6.0);
        let mut at = 0;
        let mut rows = 0;
        while let Some(field) = fields.get(at) {
            let open = self.open.contains(&at);
            rows += 1;
            if rows > MOST_ROWS {
                ui.label("…");
                break;
            }
            let mark = match at {
                at if self.pinned == Some(at) => Mark::Pinned,
                at if self.pointed == Some(at) => Mark::Lit,
                _ => Mark::None,
            };
            let (hovered, clicked) = field_ui(ui, field, open, mark);
            pointed = if hovered { Some(at) } else { pointed };
            if clicked {
                self.click(at, field);
            }
            at = if open { at + 1 } else { field.end };
        }
        if pointed != self.pointed {
            self.pointed = pointed;
            ui.ctx().request_repaint();
        }
    }

    fn click(&mut self, at: usize, field: &PaneField<'_>) {
        let has_parts = !field.node.parts.is_empty();
        match self.open.iter().position(|open| *open == at) {
            Some(place) => drop(self.open.remove(place)),
            None if has_parts => self.open.push(at),
            None => {}
        }
        self.pinned = if self.pinned == Some(at) && !has_parts { None } else { Some(at) };
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    /// Pointed at, here or among the octets.
    Lit,
    /// The field was clicked.
    Pinned,
}

fn lay_flat<'a>(node: &'a FieldNode, depth: usize, fields: &mut Vec<PaneField<'a>>) {
    let at = fields.len();
    fields.push(PaneField { node, depth, end: at + 1 });
    for part in &node.parts {
        lay_flat(part, depth + 1, fields);
    }
    let end = fields.len();
    if let Some(field) = fields.get_mut(at) {
        field.end = end;
    }
}

/// The innermost field that stands on an octet, single bits aside.
fn innermost(fields: &[PaneField<'_>], octet: usize) -> Option<usize> {
    let on = |field: &PaneField<'_>| field.node.range.contains(&octet) && field.node.bits.is_none();
    fields.iter().enumerate().rev().find(|(_, field)| on(field)).map(|(at, _)| at)
}

/// Is it wrong by itself, and not only because it ends before it should?
fn is_wrong_itself(node: &FieldNode) -> bool {
    node.wrong.is_some() && !node.parts.iter().any(FieldNode::is_wrong)
}

/// What is marked among the octets.
struct OctetMarks<'a> {
    lit: Option<&'a FieldNode>,
    elsewhere: Option<&'a Range<usize>>,
    wrong: &'a [Range<usize>],
}

/// Rows of eight octets, of sixteen where there is room; returns the one under the pointer.
fn hex_ui(ui: &mut Ui, octets: &[u8], marks: &OctetMarks<'_>) -> Option<usize> {
    let theme = Theme::of(ui);
    let font = mono_small();
    let glyph = ui.ctx().fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
    let row_octets = if ui.available_width() > glyph * GLYPHS_OF_A_LONG_ROW { 2 * ROW } else { ROW };
    let rows = octets.len().div_ceil(row_octets).min(MOST_HEX_ROWS);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), rows as f32 * HEIGHT + 12.0), Sense::hover());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Document, true, format!("{} octets in hexadecimal", octets.len())));
    ui.painter().rect_filled(rect, CornerRadius::same(5), theme.code_ground);
    let grid = Grid { origin: rect.min + vec2(8.0, 6.0), glyph, octets: row_octets };
    let lit = marks.lit.map(|node| &node.range).or(marks.elsewhere);
    if let Some(range) = lit {
        grid.light(ui, range, theme.selection);
    }
    marks.wrong.iter().for_each(|range| grid.underline(ui, range, theme.bad));
    let shown_text = rect.width() > grid.text_left() + glyph * row_octets as f32 + 12.0;
    for (row, bytes) in octets.chunks(row_octets).take(rows).enumerate() {
        let middle = grid.origin.y + (row as f32 + 0.5) * HEIGHT;
        let say = |left: f32, words: String, colour: Color32| {
            ui.painter().text(pos2(grid.origin.x + left, middle), Align2::LEFT_CENTER, words, font.clone(), colour);
        };
        say(0.0, format!("{:03x}", row * row_octets), theme.muted);
        let digits = bytes.iter().fold(String::new(), |mut digits, octet| {
            write!(digits, "{octet:02x} ").ok(); // writing to a string cannot fail
            digits
        });
        say(grid.hex_left(), digits, theme.text);
        if shown_text {
            say(grid.text_left(), bytes.iter().map(|octet| printable(*octet)).collect(), theme.muted);
        }
    }
    if let Some((node, target)) = marks.lit.and_then(|node| Some((node, node.points_to?))) {
        let to = grid.digits(target).expand2(vec2(2.0, -1.0));
        paint_pointer_arrow(ui, grid.digits(node.range.start), to);
    }
    grid.octet_at(response.hover_pos()?).filter(|octet| *octet < octets.len())
}

/// Where octets stand on screen.
struct Grid {
    origin: Pos2,
    /// Width of a sign.
    glyph: f32,
    /// Octets in a row.
    octets: usize,
}

impl Grid {
    fn hex_left(&self) -> f32 {
        self.glyph * 5.0
    }

    fn text_left(&self) -> f32 {
        self.hex_left() + self.glyph * (3.0 * self.octets as f32 + 1.5)
    }

    /// An octet's two digits.
    fn digits(&self, octet: usize) -> Rect {
        let (row, column) = ((octet / self.octets) as f32, (octet % self.octets) as f32);
        let at = self.origin + vec2(self.hex_left() + column * self.glyph * 3.0, row * HEIGHT);
        Rect::from_min_size(at, vec2(self.glyph * 2.0, HEIGHT))
    }

    fn octet_at(&self, pointer: Pos2) -> Option<usize> {
        let row = ((pointer.y - self.origin.y) / HEIGHT).floor();
        let column = ((pointer.x - self.origin.x - self.hex_left() + self.glyph * 0.5) / (self.glyph * 3.0)).floor();
        let inside = row >= 0.0 && (0.0..self.octets as f32).contains(&column);
        inside.then_some(row as usize * self.octets + column as usize)
    }

    /// The octets of a range that are shown.
    fn shown(&self, range: &Range<usize>) -> Range<usize> {
        range.start..range.end.min(MOST_HEX_ROWS * self.octets)
    }

    /// The grounds of lit octets.
    fn light(&self, ui: &Ui, range: &Range<usize>, fill: Color32) {
        for octet in self.shown(range) {
            let rect = self.digits(octet).expand2(vec2(self.glyph * 0.5, -0.5));
            ui.painter().rect_filled(rect, CornerRadius::ZERO, fill);
            let left = self.origin.x + self.text_left() + (octet % self.octets) as f32 * self.glyph;
            let letter = Rect::from_x_y_ranges(left..=left + self.glyph, rect.y_range());
            ui.painter().rect_filled(letter, CornerRadius::ZERO, fill);
        }
    }

    /// A line below octets that are wrong.
    fn underline(&self, ui: &Ui, range: &Range<usize>, colour: Color32) {
        for octet in self.shown(range) {
            let rect = self.digits(octet);
            ui.painter().hline(rect.x_range(), rect.bottom() - 1.0, Stroke::new(1.5, colour));
        }
    }
}

/// One field. Returns whether it is pointed at and whether it was clicked.
fn field_ui(ui: &mut Ui, field: &PaneField<'_>, open: bool, mark: Mark) -> (bool, bool) {
    let theme = Theme::of(ui);
    let FieldNode { name, value, meaning, clause, wrong, .. } = field.node;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), FIELD), Sense::click());
    crate::app::focus::into_view(&response);
    let said = wrong.as_ref().map(|wrong| format!("wrong: {wrong}. ")).unwrap_or_default();
    response.widget_info(|| {
        WidgetInfo::selected(
            Role::TreeItem,
            true,
            mark == Mark::Pinned,
            format!("{name}: {value}. {said}{meaning} {clause}"),
        )
    });
    if mark != Mark::None || response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(3), theme.selection);
    }
    let indent = rect.left() + 4.0 + field.depth as f32 * 11.0;
    if !field.node.parts.is_empty() {
        paint_arrow(ui, pos2(indent + 3.0, rect.center().y), !open, theme.muted);
    }
    let small: FontId = TextStyle::Small.resolve(ui.style());
    let tone = if field.node.is_wrong() { theme.bad } else { theme.accent };
    let galley = ui.painter().layout_no_wrap(name.clone(), small, tone);
    let named = pos2(indent + 11.0, rect.center().y - galley.size().y / 2.0);
    let right = named.x + galley.size().x;
    ui.painter().galley(named, galley, tone);
    let left = (right + 8.0).max(rect.left() + 84.0);
    let words = wrong.as_ref().map_or_else(|| value.clone(), |wrong| format!("{value} ({wrong})"));
    let cell = Rect::from_x_y_ranges(left..=rect.right().max(left + 1.0), rect.y_range());
    widgets::clipped(ui, cell, Align2::LEFT_CENTER, &words, mono_small(), theme.text);
    let done = (response.hovered(), response.clicked());
    response.on_hover_ui(|ui| details_ui(ui, field.node));
    done
}

/// Octets in a row; twice as many in a long one.
const ROW: usize = 8;
/// A long row: place, sixteen octets, their letters, and space around them.
const GLYPHS_OF_A_LONG_ROW: f32 = 5.0 + 3.0 * 16.0 + 1.5 + 16.0 + 5.0;
/// Height of a row of octets.
const HEIGHT: f32 = 16.0;
/// Height of a field.
const FIELD: f32 = 18.0;
/// Rows of octets that are shown: what a datagram without EDNS can have.
const MOST_HEX_ROWS: usize = 64;
/// Fields that are shown.
const MOST_ROWS: usize = 400;

#[cfg(test)]
mod open_fields {
    use super::CompactOctets;
    use crate::{lens::dns::Reading, proto::dns::draft::read_hex};

    #[test]
    fn stay_open_as_far_as_the_tree_is_the_same() {
        let tree = |hex: &str| Reading::of(&read_hex(hex).unwrap()).tree;
        let whole = tree("beef 0100 0001 0000 0000 0000 04 67616961 00 0001 0001");
        let broken = tree("beef 0100 0001 0000 0000 0000 3f 67616961");
        let mut pane = CompactOctets::default();
        pane.open_what_is_wrong(&whole);
        assert!(pane.open.is_empty());
        // The header, and the last field of all.
        pane.open = vec![0, pane.shape.len() - 1];
        pane.pinned = Some(pane.shape.len() - 1);
        pane.open_what_is_wrong(&tree("dead 0100 0001 0000 0000 0000 04 67616962 00 0001 0001"));
        assert_eq!((pane.open.len(), pane.pinned.is_some()), (2, true), "the same fields with other values");
        pane.open_what_is_wrong(&broken);
        assert!(pane.open.contains(&0) && pane.pinned.is_none(), "{:?}", pane.open);
        let opened = pane.open.clone();
        pane.open_what_is_wrong(&whole);
        assert!(pane.open.iter().all(|at| opened.contains(at)), "nothing else is opened: {:?}", pane.open);
    }
}
