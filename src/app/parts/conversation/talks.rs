//! The lines of all connections, one connection after the other, found without reading them all again: each connection's lines are
//! counted once, and read again when they come into view.

use std::{collections::BTreeMap, time::Duration};

use super::super::{Index, Scene, index::nanos};
use crate::{
    app::subject::Pick,
    lens::{Conversation, ExchangeView, Line, LineEnd, LineKind},
    wire::{Content, Flow, FlowState, Ledger, Note, Side, units},
};

/// All connections' conversations.
#[derive(Debug, Default)]
pub(super) struct Talks {
    epoch: Option<u64>,
    each: Vec<Talk>,
    /// Rows before each talk, and in all.
    before: Vec<usize>,
    /// Which talk is to be looked at next, and the record's revision when the round began.
    next: usize,
    round: Option<u64>,
    complete: bool,
    /// Finished conversations that have been read again to be shown.
    again: BTreeMap<usize, Conversation>,
}

/// One connection's.
#[derive(Debug)]
struct Talk {
    slot: u32,
    /// How many of the flow's events have been read.
    read: usize,
    /// Dropped once it is finished and cheap to read again.
    conversation: Option<Conversation>,
    lines: usize,
    /// How many lines stand before each note.
    notes: Vec<usize>,
    finished: bool,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// The connection itself.
    Head,
    /// A line, by its number.
    Line(usize),
    /// A note, by its number.
    Note(usize),
    /// How it ended.
    End,
}

/// A row: which talk, which flow, what.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub talk: usize,
    pub slot: u32,
    pub flow: &'a Flow,
    pub item: Item,
}

impl Talks {
    /// Reads what is new, at most so much at once. Returns whether everything has been read.
    pub(super) fn follow(&mut self, scene: &Scene<'_>, index: &Index, work: usize) -> bool {
        if self.epoch != Some(index.epoch()) {
            *self = Self { epoch: Some(index.epoch()), ..Self::default() };
        }
        let revision = scene.ledger.revision();
        if self.complete && self.round == Some(revision) && self.each.len() == index.connections().len() {
            return true;
        }
        if self.next == 0 {
            self.round = Some(revision);
        }
        let mut left = work;
        while left > 0 && self.next < index.connections().len() {
            let number = self.next;
            if number == self.each.len()
                && let Some(slot) = index.connections().get(number)
            {
                self.each.push(Talk::new(*slot));
            }
            let flow = index.connections().get(number).and_then(|slot| index.slot(*slot)?.flow(scene.ledger));
            let Some((talk, flow)) = self.each.get_mut(number).zip(flow) else { break };
            let before = talk.rows(flow);
            let (spent, done) = talk.follow(flow, left);
            left = left.saturating_sub(spent.max(1));
            let after = talk.rows(flow);
            self.count(number, before, after);
            if done {
                self.next += 1;
            }
        }
        self.complete = self.next >= index.connections().len();
        if self.complete {
            self.next = 0;
        }
        self.complete && self.round == Some(revision)
    }

    /// Has everything been read?
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.before.last().copied().unwrap_or_default()
    }

    /// What stands in a row.
    pub(super) fn place<'a>(&self, ledger: &'a Ledger, index: &Index, row: usize) -> Option<Place<'a>> {
        let talk = self.before.partition_point(|before| *before <= row);
        let begin = talk.checked_sub(1).and_then(|last| self.before.get(last)).copied().unwrap_or_default();
        let own = self.each.get(talk)?;
        let flow = index.slot(own.slot)?.flow(ledger)?;
        Some(Place { talk, slot: own.slot, flow, item: own.item(flow, row - begin)? })
    }

    /// A line of a talk, read again if need be.
    pub(super) fn line(&mut self, place: &Place<'_>, line: usize) -> Option<Line> {
        self.conversation(place.talk, place.flow)?.line(place.flow, line)
    }

    /// Which event carried the beginning of a line.
    pub(super) fn event_of(&mut self, place: &Place<'_>, line: &Line) -> Option<usize> {
        if line.kind == LineKind::Step {
            let from = place.flow.events.partition_point(|event| event.at < line.at);
            let mut same = place.flow.events.iter().enumerate().skip(from).take_while(|(_, event)| event.at == line.at);
            let step = same.find(|(_, event)| event.from == line.side && matches!(event.content, Content::Step(_)));
            return step.map(|(at, _)| at);
        }
        self.conversation(place.talk, place.flow)?.stream(line.side).event_at(line.range.start)
    }

    /// What kind of content a line sums up, as its Content-Type says without parameters.
    pub(super) fn media_of(&mut self, place: &Place<'_>, line: &Line) -> Option<String> {
        if line.kind != LineKind::Content || line.side != Side::Server {
            return None;
        }
        let exchanges = self.conversation(place.talk, place.flow)?.exchanges();
        let begins =
            |exchange: &ExchangeView| exchange.response.as_ref().map_or(u64::MAX, |response| response.head.start);
        let after = exchanges.partition_point(|exchange| begins(exchange) <= line.range.start);
        let own = exchanges.get(after.checked_sub(1)?)?.media_type.as_deref()?;
        Some(own.split(';').next().unwrap_or(own).trim().to_owned())
    }

    /// The row that shows a picked event, or a picked connection's first.
    pub(super) fn row_of(&mut self, scene: &Scene<'_>, index: &Index, pick: Pick) -> Option<usize> {
        let slot = index.slot_of(scene.ledger, pick.flow)?;
        let talk = self.each.binary_search_by_key(&slot, |talk| talk.slot).ok()?;
        let begin = talk.checked_sub(1).and_then(|last| self.before.get(last)).copied().unwrap_or_default();
        let flow = scene.ledger.flow(pick.flow)?;
        let Some(event) = pick.event.and_then(|event| flow.events.get(event.0 as usize)) else { return Some(begin) };
        let lines = self.each.get(talk)?.lines;
        let conversation = self.conversation(talk, flow)?;
        let at = |line: usize| conversation.line(flow, line).map(|line| (line.at, line.side));
        // Lines stand in order of time: the first one of this moment and side.
        let (mut low, mut high) = (0, lines);
        while low < high {
            let middle = usize::midpoint(low, high);
            if at(middle).is_some_and(|(at, _)| at < event.at) { low = middle + 1 } else { high = middle }
        }
        let same = (low..lines).take(NEAR).find(|line| at(*line) == Some((event.at, event.from)));
        // An event that begins inside a line belongs to the line before.
        let line = same.unwrap_or_else(|| low.saturating_sub(1).min(lines.saturating_sub(1)));
        let notes = self.each.get(talk)?.notes.partition_point(|before| *before <= line);
        Some(begin + 1 + line + notes)
    }

    /// Rows as text; from a connection's head alone, all of that connection.
    pub(super) fn text(&mut self, scene: &Scene<'_>, index: &Index, from: usize, to: Option<usize>) -> String {
        let mut text = String::new();
        let first = self.place(scene.ledger, index, from).map(|place| place.talk);
        let last = to.unwrap_or(usize::MAX);
        for row in from..=last.min(self.rows().saturating_sub(1)) {
            let Some(place) = self.place(scene.ledger, index, row) else { break };
            if to.is_none() && first != Some(place.talk) {
                break;
            }
            text.push_str(&self.row_text(&place));
            text.push('\n');
        }
        text
    }

    fn row_text(&mut self, place: &Place<'_>) -> String {
        match place.item {
            Item::Head => head_text(place.flow),
            Item::Note(note) => place.flow.notes.get(note).map(note_text).unwrap_or_default(),
            Item::End => end_text(place.flow),
            Item::Line(line) => self.line(place, line).map(|line| line_text(&line)).unwrap_or_default(),
        }
    }

    fn conversation(&mut self, talk: usize, flow: &Flow) -> Option<&Conversation> {
        if self.each.get(talk)?.conversation.is_some() {
            return self.each.get(talk)?.conversation.as_ref();
        }
        if self.again.len() > MOST_AGAIN && !self.again.contains_key(&talk) {
            self.again.clear();
        }
        Some(self.again.entry(talk).or_insert_with(|| Conversation::of(flow)))
    }

    /// A talk's rows have become more.
    fn count(&mut self, talk: usize, before: usize, after: usize) {
        if talk == self.before.len() {
            self.before.push(self.rows() + after);
        } else if after != before {
            let more = after - before.min(after);
            self.before.iter_mut().skip(talk).for_each(|sum| *sum += more);
        }
    }
}

impl Talk {
    fn new(slot: u32) -> Self {
        Self { slot, read: 0, conversation: None, lines: 0, notes: Vec::new(), finished: false }
    }

    /// Reads at most `most` events. Returns how many, and whether nothing is left for now.
    fn follow(&mut self, flow: &Flow, most: usize) -> (usize, bool) {
        if self.finished {
            return (0, true);
        }
        let conversation = self.conversation.get_or_insert_with(Conversation::new);
        let read = flow.events.len().saturating_sub(self.read).min(most);
        let done = conversation.follow_part(flow, most);
        self.read += read;
        self.lines = conversation.len();
        let notes = if done { flow.notes.get(self.notes.len()..).unwrap_or_default() } else { &[] };
        for note in notes {
            let stands = |line: usize| conversation.line(flow, line).is_some_and(|line| line.at <= note.at);
            let before = (0..self.lines).rev().find(|line| stands(*line)).map_or(0, |line| line + 1);
            let least = self.notes.last().copied().unwrap_or_default();
            self.notes.push(before.max(least));
        }
        if done && flow.state != FlowState::Live {
            self.finished = true;
            if flow.events.len() <= CHEAP_AGAIN {
                self.conversation = None;
            }
        }
        (read, done)
    }

    fn rows(&self, flow: &Flow) -> usize {
        1 + self.lines + self.notes.len() + usize::from(self.ends(flow))
    }

    /// Has it an end that is to be told? It is told once everything before it is.
    fn ends(&self, flow: &Flow) -> bool {
        self.finished && matches!(flow.state, FlowState::Failed(_) | FlowState::Stopped)
    }

    fn item(&self, flow: &Flow, row: usize) -> Option<Item> {
        let Some(row) = row.checked_sub(1) else { return Some(Item::Head) };
        // Notes stand at growing rows: note n at row `notes[n] + n`.
        let notes = self.notes.iter().enumerate().map(|(note, before)| before + note);
        let earlier = self.notes.partition_point_by_row(row);
        if notes.clone().nth(earlier) == Some(row) {
            return Some(Item::Note(earlier));
        }
        let line = row - earlier;
        if line < self.lines {
            return Some(Item::Line(line));
        }
        (self.ends(flow) && row == self.lines + self.notes.len()).then_some(Item::End)
    }
}

/// Notes by the rows they stand in.
trait ByRow {
    /// How many notes stand in rows before `row`.
    fn partition_point_by_row(&self, row: usize) -> usize;
}

impl ByRow for Vec<usize> {
    fn partition_point_by_row(&self, row: usize) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.get(middle).is_some_and(|before| before + middle < row) { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// When a row's matter happened.
pub(super) fn moment(place: &Place<'_>, line: Option<&Line>) -> Duration {
    match place.item {
        Item::Head => place.flow.opened_at,
        Item::Line(_) => line.map_or(place.flow.opened_at, |line| line.at),
        Item::Note(note) => place.flow.notes.get(note).map_or(place.flow.opened_at, |note| note.at),
        Item::End => place.flow.ended_at.unwrap_or(place.flow.opened_at),
    }
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
pub(super) fn line_text(line: &Line) -> String {
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

/// Conversations kept that were read again.
const MOST_AGAIN: usize = 64;
/// A finished conversation of so few events is read again when it is shown.
const CHEAP_AGAIN: usize = 512;
/// Lines of one moment that are looked through.
const NEAR: usize = 256;
