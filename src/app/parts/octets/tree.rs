//! The right half: the message's fields as a tree, each with its value, its meaning and where it is defined.

use std::ops::Range;

use egui::{
    Align2, Color32, CornerRadius, FontId, Pos2, Rect, Role, ScrollArea, Sense, Shape, Stroke, TextStyle, Ui,
    WidgetInfo, pos2, vec2,
};

use super::{Highlight, ScrollTarget};
use crate::{
    app::{
        parts::legend,
        theme::{Theme, mono, size},
        widgets,
    },
    lens::FieldNode,
};

/// The fields in the order of the tree.
#[derive(Debug, Default)]
pub(super) struct FieldTree {
    fields: Vec<TreeField>,
    /// Which of them are not inside a closed one.
    open: Vec<usize>,
}

#[derive(Debug)]
struct TreeField {
    depth: u8,
    /// The field without its parts: they follow it.
    node: FieldNode,
    /// One past its last part.
    end: usize,
    has_parts: bool,
    closed: bool,
}

impl FieldTree {
    /// Of what a lens found in a message.
    pub(super) fn of(nodes: Vec<FieldNode>) -> Self {
        let mut fields = Vec::new();
        for node in nodes {
            lay_flat(&mut fields, node, 0);
        }
        let mut tree = Self { fields, open: Vec::new() };
        tree.find_open();
        tree
    }

    /// Every field's name, with its value.
    #[cfg(test)]
    pub(super) fn words(&self) -> Vec<(&str, &str)> {
        self.fields.iter().map(|field| (field.node.name.as_str(), field.node.value.as_str())).collect()
    }

    /// The octets of a field.
    pub(super) fn range(&self, field: usize) -> Option<Range<usize>> {
        self.fields.get(field).map(|field| field.node.range.clone())
    }

    /// The octet that a field leads to.
    pub(super) fn points_to(&self, field: usize) -> Option<usize> {
        self.fields.get(field)?.node.points_to
    }

    /// The innermost field an octet belongs to.
    pub(super) fn field_at(&self, octet: usize) -> Option<usize> {
        let mut found = None;
        let mut at = 0;
        while let Some(field) = self.fields.get(at) {
            if field.node.range.contains(&octet) && field.node.bits.is_none() {
                found = Some(at);
                at += 1;
            } else {
                at = field.end;
            }
        }
        found
    }

    /// A field in words.
    pub(super) fn details_ui(&self, ui: &mut Ui, field: usize) {
        if let Some(field) = self.fields.get(field) {
            details_ui(ui, &field.node);
        }
    }

    fn find_open(&mut self) {
        self.open.clear();
        let mut at = 0;
        while let Some(field) = self.fields.get(at) {
            self.open.push(at);
            at = if field.closed { field.end } else { at + 1 };
        }
    }

    /// Opens whatever `field` is inside of, and says which row it is in.
    fn reveal(&mut self, field: usize) -> Option<usize> {
        for (at, outer) in self.fields.iter_mut().enumerate().take(field) {
            outer.closed &= !(at + 1..outer.end).contains(&field);
        }
        self.find_open();
        self.open.binary_search(&field).ok()
    }
}

fn lay_flat(fields: &mut Vec<TreeField>, mut node: FieldNode, depth: u8) {
    let parts = std::mem::take(&mut node.parts);
    let at = fields.len();
    let has_parts = !parts.is_empty() && depth < DEEPEST;
    // Name and value of a field say no more than the field itself, until someone asks.
    let whole = node.name.ends_with("line") || node.name == "chunk";
    let plain = depth == 1 && !whole && parts.iter().all(|part| part.parts.is_empty());
    // Of what is nested deeper only single bits are shown at once.
    let deep = depth > 1 && parts.iter().all(|part| part.bits.is_none());
    let closed = depth > 0 && (parts.len() > MANY_PARTS || plain || deep);
    fields.push(TreeField { depth, node, end: at + 1, has_parts, closed });
    if depth < DEEPEST {
        for part in parts {
            lay_flat(fields, part, depth + 1);
        }
    }
    let end = fields.len();
    if let Some(field) = fields.get_mut(at) {
        field.end = end;
    }
}

/// Paints the rows in view.
pub(super) fn ui(
    ui: &mut Ui,
    tree: &mut FieldTree,
    arrived: usize,
    past: &Highlight,
    highlight: &mut Highlight,
    scroll: &mut ScrollTarget,
) {
    if tree.fields.is_empty() {
        return legend::nothing_ui(ui, "These octets are not read any further: no lens fits them.");
    }
    let mut area = ScrollArea::vertical().id_salt("fields").auto_shrink(false);
    if let Some(row) = scroll.field.take().and_then(|field| tree.reveal(field)) {
        area = area.vertical_scroll_offset((row as f32 * ROW - ui.available_height() / 3.0).max(0.0));
    }
    let rows =
        tree.open.partition_point(|at| tree.fields.get(*at).is_some_and(|field| field.node.range.start < arrived));
    let mut toggled = None;
    area.show_rows(ui, ROW, rows, |ui, shown| {
        for row in shown {
            let Some((at, field)) = tree.open.get(row).and_then(|at| tree.fields.get(*at).map(|field| (*at, field)))
            else {
                continue;
            };
            let state = (past.field == Some(at), past.pinned == Some(at));
            let (response, arrow) = field_ui(ui, field, state);
            if response.hovered() {
                highlight.hovered = Some(field.node.range.clone());
                highlight.field = Some(at);
            }
            if response.clicked() {
                let on_arrow = response.interact_pointer_pos().is_some_and(|pointer| arrow.contains(pointer));
                if on_arrow && field.has_parts {
                    toggled = Some(at);
                } else {
                    highlight.pinned = if highlight.pinned == Some(at) { None } else { Some(at) };
                    scroll.octet = Some(field.node.range.start);
                }
            }
            response.on_hover_ui(|ui| tree.details_ui(ui, at));
        }
    });
    if let Some(field) = toggled.and_then(|at| tree.fields.get_mut(at)) {
        field.closed = !field.closed;
        tree.find_open();
    }
}

/// One row. Returns also where its little triangle is.
fn field_ui(ui: &mut Ui, field: &TreeField, (hovered, pinned): (bool, bool)) -> (egui::Response, Rect) {
    let theme = Theme::of(ui);
    let FieldNode { name, value, meaning, clause, wrong, .. } = &field.node;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    crate::app::focus::into_view(&response);
    response.widget_info(|| {
        let wrong = wrong.as_ref().map(|wrong| format!("wrong: {wrong}. ")).unwrap_or_default();
        let words = format!("{name}: {}. {wrong}{meaning} {clause}", clip(value));
        WidgetInfo::selected(Role::TreeItem, true, pinned, words)
    });
    if hovered || pinned || response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.selection);
    }
    let indent = size::GAP + 14.0 * f32::from(field.depth);
    let arrow = Rect::from_x_y_ranges(rect.left() + indent..=rect.left() + indent + 14.0, rect.y_range());
    if field.has_parts {
        paint_arrow(ui, pos2(arrow.left() + 6.0, arrow.center().y), field.closed, theme.muted);
    }
    paint_cells(ui, rect, arrow.right(), &field.node);
    (response, arrow)
}

/// The words of a row: the name from `left` on, the value, and as much of meaning and clause as there is room for.
fn paint_cells(ui: &Ui, rect: Rect, left: f32, node: &FieldNode) {
    let theme = Theme::of(ui);
    let name = (rect.width() * 0.27).clamp(110.0, 220.0);
    let clause = if rect.width() > 420.0 { 116.0 } else { 0.0 };
    let value = if rect.width() > 720.0 { (rect.width() - name - clause) * 0.4 } else { rect.width() - name - clause };
    let meaning = rect.width() - name - value - clause;
    let cell = |from: f32, wide: f32| {
        Rect::from_x_y_ranges(rect.left() + from..=rect.left() + from + wide - size::GAP, rect.y_range())
    };
    let paint = |place: Rect, align: Align2, words: &str, font: FontId, colour: Color32| {
        widgets::clipped_by(ui.painter(), place, align, words, font, colour);
    };
    let tone = if node.wrong.is_some() { theme.bad } else { theme.accent };
    let body = TextStyle::Body.resolve(ui.style());
    paint(cell(0.0, name).with_min_x(left), Align2::LEFT_CENTER, &node.name, body, tone);
    let shown = clip(&node.value);
    let words = node.wrong.as_ref().map_or_else(|| shown.clone(), |wrong| format!("{shown}  ({wrong})"));
    paint(cell(name, value), Align2::LEFT_CENTER, &words, mono(), theme.text);
    let small = TextStyle::Small.resolve(ui.style());
    if meaning > 120.0 {
        paint(cell(name + value, meaning), Align2::LEFT_CENTER, node.meaning, small.clone(), theme.muted);
    }
    if clause > 0.0 {
        paint(cell(name + value + meaning, clause), Align2::RIGHT_CENTER, node.clause, small, theme.muted);
    }
}

/// A field in words, where it stands, and which clause defines it.
pub(super) fn details_ui(ui: &mut Ui, field: &FieldNode) {
    let FieldNode { range, name, value, meaning, clause, bits, wrong, .. } = field;
    let theme = Theme::of(ui);
    ui.label(egui::RichText::new(name).strong());
    ui.label(egui::RichText::new(clip(value)).font(mono()));
    ui.label(*meaning);
    if let Some(wrong) = wrong {
        ui.colored_label(theme.bad, format!("wrong: {wrong}"));
    }
    let place = match bits {
        Some(bits) if bits.len() == 1 => format!("octet {}, bit {} of 0 to 7", range.start, bits.start),
        Some(bits) => format!("octet {}, bits {} to {}", range.start, bits.start, bits.end.saturating_sub(1)),
        None => format!("octets {} to {} ({})", range.start, range.end.saturating_sub(1), range.len()),
    };
    let words = if clause.is_empty() { place } else { format!("{clause} · {place}") };
    ui.label(egui::RichText::new(words).text_style(TextStyle::Small).color(theme.muted));
}

/// The triangle before a field that has parts: it points down where they are shown.
pub(super) fn paint_arrow(ui: &Ui, centre: Pos2, closed: bool, colour: Color32) {
    let points = if closed {
        [vec2(-2.0, -4.0), vec2(3.0, 0.0), vec2(-2.0, 4.0)]
    } else {
        [vec2(-4.0, -2.0), vec2(4.0, -2.0), vec2(0.0, 3.0)]
    };
    let points = points.map(|offset| centre + offset).to_vec();
    ui.painter().add(Shape::convex_polygon(points, colour, Stroke::NONE));
}

/// Values are shown up to a length.
fn clip(value: &str) -> String {
    match value.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}

/// Characters of a value that are shown.
const MAX_VALUE: usize = 200;
/// A field with more parts than this starts closed.
const MANY_PARTS: usize = 64;
/// Fields deeper than this are not shown.
const DEEPEST: u8 = 12;
/// Height of a row.
const ROW: f32 = 20.0;
