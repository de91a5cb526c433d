//! The rows of all connections, one connection after the other: which is which, and what each says as text. What is in them has been read
//! by the [`RecordIndex`].

use std::time::Duration;

use super::super::{
    RecordIndex, Scene,
    index::{RowItem, nanos},
};
use crate::{
    app::subject::RecordSelection,
    lens::{ConversationLine, LineEnd},
    wire::{EventIndex, Flow, FlowState, Note, Side, units},
};

/// A row: which flow, what.
#[derive(Clone, Copy)]
pub(super) struct RowPlace<'a> {
    pub slot: u32,
    pub flow: &'a Flow,
    pub item: RowItem,
}

impl<'a> RowPlace<'a> {
    /// What stands in a row.
    pub(super) fn of(scene: &Scene<'a>, index: &RecordIndex, row: usize) -> Option<Self> {
        let (slot, own) = index.row(row)?;
        let known = index.slot(slot)?;
        let flow = known.flow(scene.ledger)?;
        Some(Self { slot, flow, item: known.row_item(flow, own)? })
    }

    /// The line that stands in it, if one does.
    pub(super) fn line(&self, index: &RecordIndex) -> Option<ConversationLine> {
        match self.item {
            RowItem::Line(line) => index.slot(self.slot)?.reading.line(self.flow, line),
            RowItem::Head | RowItem::Note(_) | RowItem::End => None,
        }
    }

    /// The last event that carried octets of its line.
    pub(super) fn last_event(&self, index: &RecordIndex, line: &ConversationLine) -> EventIndex {
        index.slot(self.slot).map_or(line.event, |slot| slot.reading.last_event(self.flow, line))
    }

    /// When its matter happened.
    pub(super) fn moment(&self, line: Option<&ConversationLine>) -> Duration {
        match self.item {
            RowItem::Head => self.flow.opened_at,
            RowItem::Line(_) => line.map_or(self.flow.opened_at, |line| line.at),
            RowItem::Note(note) => self.flow.notes.get(note).map_or(self.flow.opened_at, |note| note.at),
            RowItem::End => self.flow.ended_at.unwrap_or(self.flow.opened_at),
        }
    }

    fn text(&self, index: &RecordIndex) -> String {
        match self.item {
            RowItem::Head => head_text(self.flow),
            RowItem::Note(note) => self.flow.notes.get(note).map(note_text).unwrap_or_default(),
            RowItem::End => end_text(self.flow),
            RowItem::Line(_) => self.line(index).map(|line| line_text(&line)).unwrap_or_default(),
        }
    }
}

/// The row that shows a picked event, or a picked connection's first.
pub(super) fn row_of(scene: &Scene<'_>, index: &RecordIndex, pick: RecordSelection) -> Option<usize> {
    let slot = index.slot_of(scene.ledger, pick.flow)?;
    let first = index.first_row(slot)?;
    let (slot, flow) = (index.slot(slot)?, scene.ledger.flow(pick.flow)?);
    let Some(event) = pick.event else { return Some(first) };
    let lines = slot.reading.line_count();
    let line = slot.reading.line_of_event(flow, event);
    // What has no line of its own, as what TLS sealed, is found beside what stands before it.
    let line = line.unwrap_or_else(|| slot.reading.lines_before(event).saturating_sub(1).min(lines.saturating_sub(1)));
    Some(first + slot.row_of_line(line))
}

/// Rows as text; from a connection's head alone, all of that connection.
pub(super) fn text(scene: &Scene<'_>, index: &RecordIndex, from: usize, to: Option<usize>) -> String {
    let mut text = String::new();
    let first = RowPlace::of(scene, index, from).map(|place| place.slot);
    let last = to.unwrap_or(usize::MAX);
    for row in from..=last.min(index.rows().saturating_sub(1)) {
        let Some(place) = RowPlace::of(scene, index, row) else { break };
        if to.is_none() && first != Some(place.slot) {
            break;
        }
        text.push_str(&place.text(index));
        text.push('\n');
    }
    text
}

/// The connection in words.
pub(super) fn head_text(flow: &Flow) -> String {
    let server = &flow.ends.server;
    match server.ip_port {
        Some(ip_port) => format!("{} ({ip_port})", server.name),
        None => server.name.clone(),
    }
}

pub(super) fn note_text(note: &Note) -> String {
    match &note.clause {
        Some(clause) => format!("{} ({clause})", note.text),
        None => note.text.clone(),
    }
}

pub(super) fn end_text(flow: &Flow) -> String {
    match &flow.state {
        FlowState::Failed(failure) => failure.to_string(),
        FlowState::Stopped => "stopped".to_owned(),
        FlowState::Closed | FlowState::Live => String::new(),
    }
}

/// `C: GET / HTTP/1.1`, with a word where the line does not end in CRLF.
pub(super) fn line_text(line: &ConversationLine) -> String {
    let end = match line.end {
        LineEnd::Lf => "  (LF)",
        LineEnd::CrLf | LineEnd::None => "",
    };
    let wrong = line.wrong.as_ref().map(|wrong| format!("  (wrong: {wrong})")).unwrap_or_default();
    format!("{} {}{end}{wrong}", side_word(line.side), line.text)
}

/// `C:` or `S:`.
pub(super) fn side_word(side: Side) -> &'static str {
    match side {
        Side::Client => "C:",
        Side::Server => "S:",
    }
}

/// How long after the origin, as a row shows it.
pub(super) fn time_word(at: Duration, origin: Duration) -> String {
    let at = at.saturating_sub(origin);
    if nanos(at) >= 1_000_000_000 { units::clock(at) } else { format!("{:.1} ms", at.as_secs_f64() * 1e3) }
}
