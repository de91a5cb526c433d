//! A message's octets in little room: rows of eight above the fields they form. Point at either, and the other lights up; a field that
//! leads to another octet shows where.

use std::{fmt::Write as _, ops::Range};

use egui::{
    Align2, Color32, CornerRadius, FontId, Rect, Role, Sense, Shape, Stroke, StrokeKind, TextStyle, Ui, WidgetInfo,
    epaint::CubicBezierShape, pos2, vec2,
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
pub(super) struct OctetsPane {
    /// Fields whose parts are shown, by place in the whole tree.
    open: Vec<usize>,
    /// The field pointed at in the frame before, and the one that was clicked.
    pointed: Option<usize>,
    pinned: Option<usize>,
}

/// A field in the order of the tree.
struct Field<'a> {
    node: &'a FieldNode,
    depth: usize,
    /// One past its last part.
    end: usize,
}

impl OctetsPane {
    /// Paints octets and fields.
    pub(super) fn ui(&mut self, ui: &mut Ui, octets: &[u8], tree: &FieldNode) {
        let mut fields = Vec::new();
        tree.parts.iter().for_each(|part| lay_flat(part, 0, &mut fields));
        let lit = self.pointed.or(self.pinned).and_then(|field| fields.get(field)).map(|field| field.node);
        ui.spacing_mut().item_spacing.y = 0.0;
        let under = hex_ui(ui, octets, lit);
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

    fn click(&mut self, at: usize, field: &Field<'_>) {
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
    /// Clicked.
    Pinned,
}

fn lay_flat<'a>(node: &'a FieldNode, depth: usize, fields: &mut Vec<Field<'a>>) {
    let at = fields.len();
    fields.push(Field { node, depth, end: at + 1 });
    for part in &node.parts {
        lay_flat(part, depth + 1, fields);
    }
    let end = fields.len();
    if let Some(field) = fields.get_mut(at) {
        field.end = end;
    }
}

/// The innermost field that stands on an octet, single bits aside.
fn innermost(fields: &[Field<'_>], octet: usize) -> Option<usize> {
    let on = |field: &Field<'_>| field.node.range.contains(&octet) && field.node.bits.is_none();
    fields.iter().enumerate().rev().find(|(_, field)| on(field)).map(|(at, _)| at)
}

/// Rows of eight octets; returns the one under the pointer.
fn hex_ui(ui: &mut Ui, octets: &[u8], lit: Option<&FieldNode>) -> Option<usize> {
    let theme = Theme::of(ui);
    let font = mono_small();
    let glyph = ui.ctx().fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
    let rows = octets.len().div_ceil(ROW).min(MOST_HEX_ROWS);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), rows as f32 * HEIGHT + 12.0), Sense::hover());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Document, true, format!("{} octets in hexadecimal", octets.len())));
    ui.painter().rect_filled(rect, CornerRadius::same(5), theme.code_ground);
    let origin = rect.min + vec2(8.0, 6.0);
    let hex_left = glyph * 5.0;
    let text_left = hex_left + glyph * (3.0 * ROW as f32 + 1.5);
    let digits = |octet: usize| {
        let at = origin + vec2(hex_left + (octet % ROW) as f32 * glyph * 3.0, (octet / ROW) as f32 * HEIGHT);
        Rect::from_min_size(at, vec2(glyph * 2.0, HEIGHT))
    };
    if let Some(node) = lit {
        light(ui, &node.range, &digits, (origin.x + text_left, glyph), theme.selection);
    }
    let shown_text = rect.width() > text_left + glyph * ROW as f32 + 12.0;
    for (row, bytes) in octets.chunks(ROW).take(rows).enumerate() {
        let middle = origin.y + (row as f32 + 0.5) * HEIGHT;
        let say = |left: f32, words: String, colour: Color32| {
            ui.painter().text(pos2(origin.x + left, middle), Align2::LEFT_CENTER, words, font.clone(), colour);
        };
        say(0.0, format!("{:03x}", row * ROW), theme.muted);
        let digits = bytes.iter().fold(String::new(), |mut digits, octet| {
            write!(digits, "{octet:02x} ").ok(); // writing to a string cannot fail
            digits
        });
        say(hex_left, digits, theme.text);
        if shown_text {
            let visible = |octet: &u8| if octet.is_ascii_graphic() { char::from(*octet) } else { '·' };
            say(text_left, bytes.iter().map(visible).collect(), theme.muted);
        }
    }
    if let Some((node, target)) = lit.and_then(|node| Some((node, node.points_to?))) {
        pointer_ui(ui, digits(node.range.start), digits(target), theme);
    }
    let pointer = response.hover_pos()?;
    let row = ((pointer.y - origin.y) / HEIGHT).floor();
    let column = ((pointer.x - origin.x - hex_left + glyph * 0.5) / (glyph * 3.0)).floor();
    let inside = row >= 0.0 && (0.0..ROW as f32).contains(&column);
    inside.then_some(row as usize * ROW + column as usize).filter(|octet| *octet < octets.len())
}

/// The grounds of lit octets.
fn light(ui: &Ui, range: &Range<usize>, digits: &dyn Fn(usize) -> Rect, (text, glyph): (f32, f32), fill: Color32) {
    for octet in range.start..range.end.min(MOST_HEX_ROWS * ROW) {
        let rect = digits(octet).expand2(vec2(glyph * 0.5, -0.5));
        ui.painter().rect_filled(rect, CornerRadius::ZERO, fill);
        let left = text + (octet % ROW) as f32 * glyph;
        ui.painter().rect_filled(Rect::from_x_y_ranges(left..=left + glyph, rect.y_range()), CornerRadius::ZERO, fill);
    }
}

/// From a pointer to the octet where the name goes on.
fn pointer_ui(ui: &Ui, from: Rect, to: Rect, theme: &Theme) {
    let stroke = Stroke::new(1.5, theme.accent);
    ui.painter().rect_stroke(to.expand2(vec2(2.0, -1.0)), CornerRadius::same(3), stroke, StrokeKind::Outside);
    let (begin, end) = (from.center_top(), to.center_bottom());
    let bend = vec2(0.0, ((begin.y - end.y) / 2.0).max(HEIGHT));
    let curve = [begin, begin - bend, end + bend, end];
    ui.painter().add(CubicBezierShape::from_points_stroke(curve, false, Color32::TRANSPARENT, stroke));
    let head = [vec2(0.0, 0.0), vec2(-3.0, 5.0), vec2(3.0, 5.0)].map(|step| end + step).to_vec();
    ui.painter().add(Shape::convex_polygon(head, theme.accent, Stroke::NONE));
}

/// One field. Returns whether it is pointed at and whether it was clicked.
fn field_ui(ui: &mut Ui, field: &Field<'_>, open: bool, mark: Mark) -> (bool, bool) {
    let theme = Theme::of(ui);
    let FieldNode { name, value, meaning, clause, wrong, .. } = field.node;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), FIELD), Sense::click());
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
        let centre = pos2(indent + 3.0, rect.center().y);
        let corners = if open {
            [vec2(-3.5, -2.0), vec2(3.5, -2.0), vec2(0.0, 2.5)]
        } else {
            [vec2(-2.0, -3.5), vec2(2.5, 0.0), vec2(-2.0, 3.5)]
        };
        ui.painter().add(Shape::convex_polygon(corners.map(|step| centre + step).to_vec(), theme.muted, Stroke::NONE));
    }
    let small: FontId = TextStyle::Small.resolve(ui.style());
    let tone = if wrong.is_some() { theme.bad } else { theme.accent };
    let galley = ui.painter().layout_no_wrap(name.clone(), small, tone);
    let named = pos2(indent + 11.0, rect.center().y - galley.size().y / 2.0);
    let right = named.x + galley.size().x;
    ui.painter().galley(named, galley, tone);
    let left = (right + 8.0).max(rect.left() + 84.0);
    let words = wrong.as_ref().map_or_else(|| value.clone(), |wrong| format!("{value} ({wrong})"));
    let cell = Rect::from_x_y_ranges(left..=rect.right().max(left + 1.0), rect.y_range());
    widgets::clipped(ui, cell, Align2::LEFT_CENTER, &words, mono_small(), theme.text);
    let done = (response.hovered(), response.clicked());
    response.on_hover_ui(|ui| {
        ui.label(egui::RichText::new(name).strong());
        ui.label(egui::RichText::new(value).font(mono_small()));
        ui.label(*meaning);
        if let Some(wrong) = wrong {
            ui.colored_label(theme.bad, format!("wrong: {wrong}"));
        }
        ui.label(egui::RichText::new(*clause).text_style(TextStyle::Small).color(theme.muted));
    });
    done
}

/// Octets in a row.
const ROW: usize = 8;
/// Height of a row of octets.
const HEIGHT: f32 = 16.0;
/// Height of a field.
const FIELD: f32 = 18.0;
/// Rows of octets that are shown: what a datagram without EDNS can have.
const MOST_HEX_ROWS: usize = 64;
/// Fields that are shown.
const MOST_ROWS: usize = 400;
