//! A table of results: the twin of a picture, and what a spreadsheet gets.

use std::cmp::Ordering;

use egui::{Align2, Rect, Role, Sense, TextStyle, Ui, WidgetInfo, vec2};
use serde::{Deserialize, Serialize};

use crate::app::{
    hand_in::{Table, Value},
    theme::{Theme, mono_small, size},
    widgets,
};

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sheet {
    /// What it is about.
    pub(crate) title: String,
    pub(crate) columns: Vec<SheetColumn>,
    /// A cell for each column.
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SheetColumn {
    head: &'static str,
    /// What it means, in one sentence.
    meaning: &'static str,
    width: f32,
    align: Align2,
    /// What its numbers count, where a table is handed in; empty where the head says it.
    unit: &'static str,
}

impl SheetColumn {
    /// Words. The first such column of a sheet has what room is left.
    pub(crate) const fn words(head: &'static str, width: f32, meaning: &'static str) -> Self {
        Self { head, meaning, width, align: Align2::LEFT_CENTER, unit: "" }
    }

    /// Numbers, right-aligned.
    pub(crate) const fn number(head: &'static str, width: f32, meaning: &'static str) -> Self {
        Self { head, meaning, width, align: Align2::RIGHT_CENTER, unit: "" }
    }

    /// Numbers in a unit that is handed in with them: `s`, `octets`, `fraction`.
    #[must_use]
    pub(crate) const fn in_unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }
}

/// By which column a table is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SortOrder {
    column: usize,
    /// The greatest first.
    falling: bool,
}

/// What stands in a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Text.
    Words(String),
    /// A number: as it is shown, and as a spreadsheet reads it.
    Number(String, f64),
}

impl Cell {
    /// A cell with text.
    pub(crate) fn words(text: impl Into<String>) -> Self {
        Self::Words(text.into())
    }

    /// A whole number.
    pub(crate) fn count(number: u64) -> Self {
        Self::Number(crate::wire::units::grouped(number), number as f64)
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(_, one), Self::Number(_, other)) => one.total_cmp(other),
            _ => self.shown().cmp(other.shown()),
        }
    }

    fn shown(&self) -> &str {
        match self {
            Self::Words(text) | Self::Number(text, _) => text,
        }
    }

    fn value(&self) -> Value {
        match self {
            Self::Number(_, number) => Value::Number(*number),
            Self::Words(text) => Value::words(text),
        }
    }
}

impl Sheet {
    /// Paints it.
    pub(crate) fn ui(&self, ui: &mut Ui) {
        self.rows_ui(ui, &self.rows.iter().collect::<Vec<_>>(), None);
    }

    /// Paints it in an order that a click on a column's head changes.
    pub(crate) fn ordered_ui(&self, ui: &mut Ui, order: &mut SortOrder) {
        let mut rows: Vec<&Vec<Cell>> = self.rows.iter().collect();
        rows.sort_by(|one, other| {
            let both = one.get(order.column).zip(other.get(order.column));
            let rising = both.map_or(Ordering::Equal, |(one, other)| one.compare(other));
            if order.falling { rising.reverse() } else { rising }
        });
        if let Some(column) = self.rows_ui(ui, &rows, Some(*order)) {
            // Numbers are looked at from the greatest down.
            let numbers = self.columns.get(column).is_some_and(|column| column.align == Align2::RIGHT_CENTER);
            let falling = if order.column == column { !order.falling } else { numbers && column > 0 };
            *order = SortOrder { column, falling };
        }
    }

    /// Returns the column whose head was clicked.
    fn rows_ui(&self, ui: &mut Ui, rows: &[&Vec<Cell>], order: Option<SortOrder>) -> Option<usize> {
        let theme = Theme::of(ui);
        widgets::section(ui, &self.title);
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let ends = self.ends(ui.available_width());
            let wide = ends.last().map_or(0.0, |(_, right)| *right);
            let clicked = self.head_ui(ui, &ends, order);
            for row in rows {
                let (rect, response) = ui.allocate_exact_size(vec2(wide, size::ROW), Sense::hover());
                response.widget_info(|| WidgetInfo::labeled(Role::Row, true, self.spoken(row)));
                if !ui.is_rect_visible(rect) {
                    continue;
                }
                let mut whole = true;
                for ((column, cell), (left, right)) in self.columns.iter().zip(*row).zip(&ends) {
                    let place = Rect::from_x_y_ranges(rect.left() + left..=rect.left() + right, rect.y_range());
                    let font = match cell {
                        Cell::Words(_) => TextStyle::Body.resolve(ui.style()),
                        Cell::Number(..) => mono_small(),
                    };
                    whole &= widgets::clipped(ui, place, column.align, cell.shown(), font, theme.text);
                }
                if !whole {
                    response.on_hover_text(self.spoken(row));
                }
                ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.border());
            }
            clicked
        })
        .inner
    }

    fn head_ui(&self, ui: &mut Ui, ends: &[(f32, f32)], order: Option<SortOrder>) -> Option<usize> {
        let theme = Theme::of(ui);
        let wide = ends.last().map_or(0.0, |(_, right)| *right);
        let (rect, response) = ui.allocate_exact_size(vec2(wide, size::ROW), Sense::hover());
        let mut clicked = None;
        for (number, (column, (left, right))) in self.columns.iter().zip(ends).enumerate() {
            let place = Rect::from_x_y_ranges(rect.left() + left..=rect.left() + right, rect.y_range());
            let by_this = order.filter(|order| order.column == number);
            let arrow = by_this.map_or("", |order| if order.falling { " ↓" } else { " ↑" });
            let (words, font) = (format!("{}{arrow}", column.head), TextStyle::Small.resolve(ui.style()));
            let sense = if order.is_some() { Sense::click() } else { Sense::hover() };
            let head = ui.interact(place, response.id.with(number), sense);
            let colour = if order.is_some() && head.hovered() { theme.accent } else { theme.muted };
            widgets::clipped(ui, place, column.align, &words, font, colour);
            if order.is_some() {
                let chosen = by_this.is_some();
                let name = format!("Order by {}", column.head);
                head.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
            }
            clicked = clicked.or(head.clicked().then_some(number));
            if !column.meaning.is_empty() {
                head.on_hover_text(column.meaning);
            }
        }
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.border());
        clicked
    }

    /// Left and right ends of the columns.
    fn ends(&self, width: f32) -> Vec<(f32, f32)> {
        let wanted: f32 = self.columns.iter().map(|column| column.width + GAP).sum();
        let spare = (width - wanted + GAP).max(0.0);
        let stretched = self.columns.iter().position(|column| column.align == Align2::LEFT_CENTER);
        let mut left = 0.0;
        let mut ends = Vec::new();
        for (number, column) in self.columns.iter().enumerate() {
            let wide = column.width + if stretched == Some(number) { spare.min(MOST_SPARE) } else { 0.0 };
            ends.push((left, left + wide));
            left += wide + GAP;
        }
        ends
    }

    fn spoken(&self, row: &[Cell]) -> String {
        let said = self.columns.iter().zip(row).filter(|(_, cell)| !cell.shown().is_empty());
        said.map(|(column, cell)| format!("{} {}", column.head, cell.shown()).trim_start().to_owned())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// All of it to hand in.
    pub(crate) fn table(&self) -> Table {
        let head = |column: &SheetColumn| match column.unit {
            "" => column.head.to_owned(),
            unit => format!("{} ({unit})", column.head),
        };
        Table {
            title: self.title.clone(),
            heads: self.columns.iter().map(head).collect(),
            rows: self.rows.iter().map(|row| row.iter().map(Cell::value).collect()).collect(),
        }
    }
}

/// Between two columns.
const GAP: f32 = 12.0;
/// What the first column of words gets at most besides its width.
const MOST_SPARE: f32 = 120.0;

#[cfg(test)]
mod a_sheet {
    use super::*;

    #[test]
    fn is_handed_in_as_numbers_with_their_units() {
        let sheet = Sheet {
            title: "Told".to_owned(),
            columns: vec![
                SheetColumn::words("address", 80.0, ""),
                SheetColumn::number("share", 60.0, "").in_unit("fraction"),
            ],
            rows: vec![
                vec![Cell::words("none, or \"none\""), Cell::Number("21.5 %".to_owned(), 0.215)],
                vec![Cell::words("192.0.2.99"), Cell::words("–")],
            ],
        };
        let table = sheet.table();
        assert_eq!(
            (table.title.as_str(), table.heads),
            ("Told", vec!["address".to_owned(), "share (fraction)".to_owned()])
        );
        assert_eq!(table.rows[0], [Value::words("none, or \"none\""), Value::Number(0.215)]);
        assert_eq!(table.rows[1], [Value::words("192.0.2.99"), Value::words("–")]);
        assert_eq!(sheet.spoken(&sheet.rows[1]), "address 192.0.2.99, share –");
        let ends = sheet.ends(400.0);
        assert!(ends[0].1 < ends[1].0 && ends[1].1 <= 400.0, "{ends:?}");
    }
}
