//! Which lines a conversation has: an index that grows with the flow and costs 24 octets for lines that came together, so that a line is
//! found by its number without reading what stands before it.

use std::{collections::BTreeMap, ops::Range};

use super::{ExcerptBuf, streams::OctetStream};
use crate::wire::Side;

/// Which section of its flow something is in.
pub type SectionNumber = u8;

/// The lines of a flow, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Passages {
    list: Vec<Passage>,
    lines: u32,
    /// Each side's last passage.
    last: [Option<u32>; 2],
    /// Of which side a message has begun since its last passage: nothing of that message is in it.
    begun: [bool; 2],
    wrong: BTreeMap<u32, String>,
}

/// Lines of one side that began in one event, or one line.
#[derive(Clone, Copy, Debug)]
struct Passage {
    /// Where it begins in its side's stream.
    from: u64,
    length: u32,
    /// How many lines stand before it.
    first_line: u32,
    /// The event that carried its first octet; of a step the step itself.
    event: u32,
    section: SectionNumber,
    kind: u8,
    shape: PassageShape,
    side: Side,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PassageShape {
    /// Lines of text.
    Text,
    /// One line, whatever octets it has.
    Block,
    /// A step of the connection.
    Step,
}

/// Lines about to be added.
#[derive(Clone, Copy, Debug)]
pub(super) struct PassageOrigin {
    pub(super) side: Side,
    pub(super) section: SectionNumber,
    pub(super) kind: u8,
    /// The event that carried the first octet.
    pub(super) event: u32,
}

/// A line, found in its flow.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineLocation<'a> {
    passages: &'a Passages,
    at: usize,
    passage: &'a Passage,
    /// Which of the passage's lines.
    pub(super) number: usize,
    stream: OctetStream<'a>,
    /// Where the section begins in the side's stream.
    base: u64,
}

impl Passages {
    /// How many lines there are.
    pub(super) fn lines(&self) -> usize {
        self.lines as usize
    }

    /// Adds a line of text that stands at `range` of its side's stream; `joins` are the kinds of lines that it may be kept together with.
    pub(super) fn text(&mut self, place: PassageOrigin, range: &Range<u64>, joins: &[u8], wrong: Option<String>) {
        let length = range.end.saturating_sub(range.start);
        if length > u64::from(u32::MAX) {
            return self.block(place, range, false, wrong);
        }
        let lines = self.lines;
        let last = self.list.last_mut().filter(|last| {
            let same = (last.side, last.section, last.event, last.shape)
                == (place.side, place.section, place.event, PassageShape::Text);
            let grown = u64::from(last.length).saturating_add(length);
            let few = (lines - last.first_line) < MAX_LINES && grown <= MAX_TEXT;
            same && few && joins.contains(&last.kind) && last.end() == range.start
        });
        match last {
            Some(last) => last.length = last.length.saturating_add(small(length)),
            None => self.push(place, PassageShape::Text, range.start, length),
        }
        self.add_line(wrong);
    }

    /// A message of `side` begins: its octets do not lengthen a line of the message before.
    pub(super) fn begin(&mut self, side: Side) {
        if let Some(begun) = self.begun.get_mut(side as usize) {
            *begun = true;
        }
    }

    /// Adds octets that make one line, or lengthens the side's last line by them where that is of the same message.
    pub(super) fn block(&mut self, place: PassageOrigin, range: &Range<u64>, joins: bool, wrong: Option<String>) {
        let length = range.end.saturating_sub(range.start);
        let joins = joins && self.begun.get(place.side as usize) != Some(&true);
        let last = self.last(place.side).filter(|_| joins);
        let last = last.and_then(|at| self.list.get_mut(at)).filter(|last| {
            let same = (last.section, last.kind, last.shape) == (place.section, place.kind, PassageShape::Block);
            let fits = u32::try_from(u64::from(last.length).saturating_add(length)).is_ok();
            same && fits && last.end() == range.start
        });
        if let Some(last) = last {
            last.length = last.length.saturating_add(small(length));
            if let Some(wrong) = wrong {
                self.wrong(place.side, wrong);
            }
            return;
        }
        // More than fits into one passage is several.
        let mut from = range.start;
        for _ in 0..length / u64::from(u32::MAX) {
            self.push(place, PassageShape::Block, from, u64::from(u32::MAX));
            self.add_line(None);
            from = from.saturating_add(u64::from(u32::MAX));
        }
        self.push(place, PassageShape::Block, from, range.end.saturating_sub(from));
        self.add_line(wrong);
    }

    /// Adds a step of the connection.
    pub(super) fn step(&mut self, place: PassageOrigin) {
        let before = (self.last, self.begun);
        self.push(place, PassageShape::Step, 0, 0);
        (self.last, self.begun) = before;
        self.add_line(None);
    }

    /// Something is wrong with a side's last line; what was found first stays.
    pub(super) fn wrong(&mut self, side: Side, wrong: String) {
        let Some(at) = self.last(side) else { return };
        let after = self.list.get(at + 1).map_or(self.lines, |next| next.first_line);
        if let Some(line) = after.checked_sub(1) {
            self.wrong.entry(line).or_insert(wrong);
        }
    }

    /// What is wrong with a line, if anything was found when it came.
    pub(super) fn wrong_of(&self, line: usize) -> Option<&String> {
        self.wrong.get(&u32::try_from(line).ok()?)
    }

    /// How many passages there are, to come back to by [`Self::truncate`].
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Forgets what was added since there were so many passages.
    pub(super) fn truncate(&mut self, passages: usize) {
        let Some(first) = self.list.get(passages).map(|passage| passage.first_line) else { return };
        self.list.truncate(passages);
        self.lines = first;
        self.begun = [false; 2];
        drop(self.wrong.split_off(&first));
        for (last, side) in self.last.iter_mut().zip([Side::Client, Side::Server]) {
            let own = |passage: &Passage| passage.side == side && passage.shape != PassageShape::Step;
            *last = self.list.iter().rposition(own).map(|at| small(at as u64));
        }
    }

    /// The passage that a line is in, and which of its lines it is.
    pub(super) fn find(&self, line: usize) -> Option<(usize, usize)> {
        let line = u32::try_from(line).ok().filter(|line| *line < self.lines)?;
        let at = self.list.partition_point(|passage| passage.first_line <= line).checked_sub(1)?;
        Some((at, (line - self.list.get(at)?.first_line) as usize))
    }

    /// Who a passage's lines are of, its section and its event; whether it is a step.
    pub(super) fn place(&self, at: usize) -> Option<(PassageOrigin, bool)> {
        let Passage { side, section, kind, event, shape, .. } = *self.list.get(at)?;
        Some((PassageOrigin { side, section, kind, event }, shape == PassageShape::Step))
    }

    /// Where a line stands, for the reader that found it.
    pub(super) fn line<'a>(
        &'a self,
        at: usize,
        number: usize,
        stream: OctetStream<'a>,
        base: u64,
    ) -> Option<LineLocation<'a>> {
        Some(LineLocation { passages: self, at, passage: self.list.get(at)?, number, stream, base })
    }

    /// How many lines stand before what came with `event` and later.
    pub(super) fn before_event(&self, event: u32) -> usize {
        let at = self.list.partition_point(|passage| passage.event < event);
        self.list.get(at).map_or(self.lines, |passage| passage.first_line) as usize
    }

    /// The first of the lines that are kept together with what `side` said at `offset` of its stream, which `event` carried.
    pub(super) fn covering(&self, side: Side, offset: u64, event: u32) -> Option<usize> {
        let after = self.list.partition_point(|passage| passage.event <= event);
        let mut before = self.list.get(..after)?.iter().rev().take(NEAR);
        let own =
            |passage: &&Passage| passage.side == side && passage.shape != PassageShape::Step && passage.from <= offset;
        before.find(own).map(|passage| passage.first_line as usize)
    }

    /// The line of a step.
    pub(super) fn of_step(&self, event: u32) -> Option<usize> {
        let at = self.list.partition_point(|passage| passage.event < event);
        let mut same = self.list.get(at..)?.iter().take_while(|passage| passage.event == event);
        same.find(|passage| passage.shape == PassageShape::Step).map(|passage| passage.first_line as usize)
    }

    fn push(&mut self, place: PassageOrigin, shape: PassageShape, from: u64, length: u64) {
        let PassageOrigin { side, section, kind, event } = place;
        if let Some(last) = self.last.get_mut(side as usize) {
            *last = Some(small(self.list.len() as u64));
        }
        if let Some(begun) = self.begun.get_mut(side as usize) {
            *begun = false;
        }
        let first_line = self.lines;
        self.list.push(Passage { from, length: small(length), first_line, event, section, kind, shape, side });
    }

    fn add_line(&mut self, wrong: Option<String>) {
        if let Some(wrong) = wrong {
            self.wrong.entry(self.lines).or_insert(wrong);
        }
        self.lines = self.lines.saturating_add(1);
    }

    fn last(&self, side: Side) -> Option<usize> {
        self.last.get(side as usize).copied().flatten().map(|at| at as usize)
    }
}

impl Passage {
    fn end(&self) -> u64 {
        self.from.saturating_add(u64::from(self.length))
    }
}

impl<'a> LineLocation<'a> {
    pub(super) fn side(&self) -> Side {
        self.passage.side
    }

    pub(super) fn kind(&self) -> u8 {
        self.passage.kind
    }

    /// Where the whole passage stands in its section.
    pub(super) fn range(&self) -> Range<u64> {
        self.passage.from.saturating_sub(self.base)..self.passage.end().saturating_sub(self.base)
    }

    pub(super) fn octets(&self, most: usize) -> ExcerptBuf {
        self.stream.beginning(self.passage.from..self.passage.end(), most)
    }

    pub(super) fn elsewhere(&self, range: Range<u64>, most: usize) -> ExcerptBuf {
        let moved = range.start.saturating_add(self.base)..range.end.saturating_add(self.base);
        self.stream.octets(moved, most)
    }

    pub(super) fn omitted(&self) -> u64 {
        self.stream.omitted(&(self.passage.from..self.passage.end()))
    }

    /// The octets of this line of a passage of text.
    pub(super) fn text(&self) -> (ExcerptBuf, Range<u64>) {
        let Passage { from, first_line, .. } = *self.passage;
        let next = self.passages.list.get(self.at + 1).map_or(self.passages.lines, |next| next.first_line);
        let own = if next.saturating_sub(first_line) > 1 {
            let whole =
                self.stream.beginning(from..self.passage.end(), usize::try_from(MAX_TEXT).unwrap_or(usize::MAX));
            let mut ends =
                whole.bytes.iter().enumerate().filter(|(_, octet)| **octet == b'\n').map(|(at, _)| at as u64 + 1);
            let begin = self.number.checked_sub(1).map_or(Some(0), |before| ends.nth(before));
            let end = ends.next().unwrap_or(u64::from(self.passage.length));
            begin.map_or(self.passage.end()..self.passage.end(), |begin| from + begin..from + end)
        } else {
            from..self.passage.end()
        };
        let octets = self.stream.beginning(own.clone(), MAX_LINE_SHOWN);
        (octets, own.start.saturating_sub(self.base)..own.end.saturating_sub(self.base))
    }

    pub(super) fn before(&self, kind: u8) -> Option<LineLocation<'a>> {
        let Passage { side, section, .. } = *self.passage;
        let own =
            |(_, passage): &(usize, &Passage)| (passage.side, passage.section, passage.kind) == (side, section, kind);
        let earlier = self.passages.list.get(..self.at)?.iter().enumerate().rev().take(FAR);
        let (at, passage) = earlier.filter(|(_, passage)| passage.shape != PassageShape::Step).find(own)?;
        Some(LineLocation { at, passage, number: 0, ..*self })
    }
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Octets of a line that are shown.
pub(super) const MAX_LINE_SHOWN: usize = 4096;
/// Lines of text that are kept together.
const MAX_LINES: u32 = 64;
/// Octets of text that are kept together.
const MAX_TEXT: u64 = 16 * 1024;
/// Passages of one moment that are looked through.
const NEAR: usize = 4096;
/// How many passages back something is looked for.
const FAR: usize = 65_536;
