//! The picture's twin: the same messages as rows, for who would rather read.

use std::time::Duration;

use egui::{Align2, CornerRadius, Rect, Role, ScrollArea, Sense, TextStyle, Ui, WidgetInfo, vec2};

use super::{
    layout::participants::Participants,
    messages::{TraceMessage, TracePart},
    runs::ResolutionTrace,
    words,
};
use crate::{
    app::{
        hand_in::{Table, Value},
        theme::{Theme, mono_small, size},
        widgets,
    },
    proto::dns::trace::{QueryTransport, ResolutionStep},
    wire::units,
};

/// Paints it; returns the place of what was clicked.
pub(super) fn table_ui(
    ui: &mut Ui,
    resolved: &ResolutionTrace<'_>,
    (told, people): (&[TraceMessage], &Participants),
    moment: Option<Duration>,
    chosen: Option<usize>,
) -> Option<usize> {
    ui.spacing_mut().item_spacing.y = 0.0;
    let columns = columns(ui.available_width());
    head_ui(ui, &columns);
    let past = told.partition_point(|one| one.is_past(moment));
    let mut clicked = None;
    ScrollArea::vertical().id_salt("steps").auto_shrink(false).show_rows(ui, size::ROW, past, |ui, shown| {
        for place in shown {
            let Some((one, step)) = told.get(place).and_then(|one| Some((one, resolved.steps.get(one.step)?))) else {
                continue;
            };
            let cells = cells(resolved, people, step, one);
            let bad = one.part == TracePart::Silence;
            if row_ui(ui, &columns, &Row { cells, bad }, chosen == Some(place)) {
                clicked = Some(place);
            }
        }
    });
    clicked
}

/// All of it to hand in.
pub(super) fn table(resolved: &ResolutionTrace<'_>, told: &[TraceMessage], people: &Participants) -> Table {
    const HEADS: [&str; 8] =
        ["number", "time (s)", "message", "question", "over", "size (octets)", "outcome", "reason"];
    let mut table = Table::new(format!("Messages of {}", words::title(resolved)), HEADS);
    for one in told {
        let Some(step) = resolved.steps.get(one.step) else { continue };
        let [_, _, message, question, over, _, outcome, why] = cells(resolved, people, step, one).map(Value::Words);
        let [asked, answered] = step.octets.map(Value::Count);
        let octets = match one.part {
            TracePart::Query => asked,
            TracePart::Reply => answered,
            TracePart::Silence | TracePart::Known => Value::Nothing,
        };
        let number = one.number.map_or(Value::Nothing, |number| Value::Count(number.into()));
        let time = Value::time(one.at.saturating_sub(resolved.origin()));
        table.rows.push(vec![number, time, message, question, over, octets, outcome, why]);
    }
    table
}

const HEADS: [&str; 8] = ["", "at", "message", "question", "over", "octets", "outcome", "why"];

fn cells(
    resolved: &ResolutionTrace<'_>,
    people: &Participants,
    step: &ResolutionStep,
    one: &TraceMessage,
) -> [String; 8] {
    let [asked, answered] = step.octets;
    let octets = match one.part {
        TracePart::Query => units::grouped(asked),
        TracePart::Reply => units::grouped(answered),
        TracePart::Silence | TracePart::Known => String::new(),
    };
    let over = match step.over {
        QueryTransport::Udp => "UDP",
        QueryTransport::Tcp => "TCP",
        QueryTransport::Cache => "cache",
    };
    let outcome = match one.part {
        TracePart::Query => String::new(),
        TracePart::Silence => "no answer".to_owned(),
        TracePart::Known => "known".to_owned(),
        TracePart::Reply => {
            let aa = if step.authoritative { " AA" } else { "" };
            let first = step.answers.first().map(|line| format!(" {}", words::value(line))).unwrap_or_default();
            format!("{}{aa}{first}", step.rcode.as_deref().unwrap_or_default())
        }
    };
    let why = match one.part {
        TracePart::Query | TracePart::Known => {
            let clause = step.clause.as_ref().map(|clause| format!(" ({clause})")).unwrap_or_default();
            let purpose = words::purpose(step).map(|purpose| format!("{purpose}; ")).unwrap_or_default();
            format!("{purpose}{}{clause}", step.reason)
        }
        TracePart::Reply | TracePart::Silence => words::sentence(step, one),
    };
    [
        one.number.map(|number| number.to_string()).unwrap_or_default(),
        super::since(resolved, one.at),
        words::brief(people, step, one),
        format!("{} {}", words::bare(&step.question.name), step.question.kind),
        over.to_owned(),
        octets,
        outcome,
        why,
    ]
}

/// Left and right ends of the columns, and how each is aligned. What there is no room for is left out.
fn columns(width: f32) -> Vec<(usize, f32, f32, Align2)> {
    // What matters most comes first; the last column has what is left.
    let wanted = [
        (0, 26.0, Align2::RIGHT_CENTER),
        (1, 64.0, Align2::RIGHT_CENTER),
        (2, 190.0, Align2::LEFT_CENTER),
        (6, 196.0, Align2::LEFT_CENTER),
        (3, 170.0, Align2::LEFT_CENTER),
        (4, 40.0, Align2::LEFT_CENTER),
        (5, 48.0, Align2::RIGHT_CENTER),
        (7, 200.0, Align2::LEFT_CENTER),
    ];
    let mut left = 0.0;
    let mut columns = Vec::new();
    for (cell, wide, align) in wanted {
        let right = left + wide;
        if right > width && columns.len() > 2 {
            break;
        }
        columns.push((cell, left, right.min(width), align));
        left = right + 12.0;
    }
    if let Some(last) = columns.last_mut().filter(|last| last.3 == Align2::LEFT_CENTER) {
        last.2 = width;
    }
    columns
}

fn head_ui(ui: &mut Ui, columns: &[(usize, f32, f32, Align2)]) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::hover());
    for (cell, left, right, align) in columns {
        let word = HEADS.get(*cell).copied().unwrap_or_default();
        let place = Rect::from_x_y_ranges(rect.left() + left..=rect.left() + right, rect.y_range());
        widgets::clipped(ui, place, *align, word, TextStyle::Small.resolve(ui.style()), theme.muted);
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.border());
}

/// What a row says.
struct Row {
    cells: [String; 8],
    bad: bool,
}

fn row_ui(ui: &mut Ui, columns: &[(usize, f32, f32, Align2)], row: &Row, chosen: bool) -> bool {
    let Row { cells, bad } = row;
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::click());
    crate::app::focus::into_view(&response);
    let spoken = || {
        let said = HEADS.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
        said.map(|(head, cell)| format!("{head} {cell}").trim_start().to_owned()).collect::<Vec<_>>().join(", ")
    };
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, chosen, spoken()));
    if chosen {
        ui.painter().rect_filled(rect, CornerRadius::same(3), theme.selection);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(3), theme.control_hovered);
    }
    for (cell, left, right, align) in columns {
        let words = cells.get(*cell).map_or("", String::as_str);
        let place = Rect::from_x_y_ranges(rect.left() + left..=rect.left() + right, rect.y_range());
        let font = if matches!(cell, 2 | 7) { TextStyle::Body.resolve(ui.style()) } else { mono_small() };
        let colour = match cell {
            _ if *bad => theme.bad,
            0 | 7 => theme.muted,
            _ => theme.text,
        };
        widgets::clipped(ui, place, *align, words, font, colour);
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.border());
    let clicked = response.clicked();
    if let Some(why) = cells.last() {
        response.on_hover_text(why);
    }
    clicked
}
