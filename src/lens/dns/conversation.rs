//! Reads what both sides say, in datagrams or over TCP: a message is its header and question in one line, then a line a record.

use std::ops::Range;

use super::{
    About, LENGTH_OCTETS, Reading, about_rcode, about_type, cut_off, line_at,
    marks::{DnsMark, DnsMarker},
    read, read_stream, type_code,
};
use crate::{
    lens::{
        FieldNode,
        plain::{octets_line, octets_words},
        protocol::{
            FlowPiece, LadderArrow, LineSource, LineText, MessageSource, ProtocolReader, ReaderFindings, TextTone,
            UNREAD, Words,
        },
    },
    wire::Side,
};

/// Both sides.
#[derive(Debug)]
pub(super) struct DnsReader {
    is_over_tcp: bool,
    client: DnsSide,
    server: DnsSide,
}

/// One side.
#[derive(Debug, Default)]
struct DnsSide {
    marker: DnsMarker,
    marks: Vec<DnsMark>,
    /// Where its messages stand, their length over TCP included, in order.
    messages: Vec<Range<u64>>,
    /// What is coming cannot be told any more to belong to a message.
    is_lost: bool,
    exchange: u32,
}

impl DnsReader {
    pub(super) fn datagrams() -> Self {
        Self { is_over_tcp: false, client: DnsSide::default(), server: DnsSide::default() }
    }

    pub(super) fn over_tcp() -> Self {
        Self { is_over_tcp: true, ..Self::datagrams() }
    }

    /// Octets of length before a message.
    fn before(&self) -> u64 {
        if self.is_over_tcp { LENGTH_OCTETS as u64 } else { 0 }
    }

    /// The octets of the message that a line is of, and where they begin.
    fn message_of(&self, line: &LineSource<'_>) -> Option<(Vec<u8>, u64)> {
        let messages = match line.side() {
            Side::Client => &self.client.messages,
            Side::Server => &self.server.messages,
        };
        let at = line.range().start;
        let whole = messages.get(messages.partition_point(|message| message.start <= at).checked_sub(1)?)?;
        let begin = whole.start + self.before();
        Some((line.elsewhere(begin..whole.end, MAX_MESSAGE).bytes, begin))
    }
}

impl ProtocolReader for DnsReader {
    fn read(&mut self, piece: FlowPiece<'_>, found: &mut ReaderFindings) {
        let (before, is_over_tcp) = (self.before(), self.is_over_tcp);
        let own = if piece.side == Side::Client { &mut self.client } else { &mut self.server };
        if !is_over_tcp {
            found.begin(piece.at, MESSAGE, None);
            found.end(piece.range().end);
            return own.message(piece.range(), 0, &cut_off(piece.bytes, piece.omitted), found);
        }
        own.marker.feed(piece.bytes, piece.omitted, &mut own.marks);
        for mark in std::mem::take(&mut own.marks) {
            own.mark(mark, before, found);
        }
    }

    fn end(&mut self, side: Side, found: &mut ReaderFindings) {
        let own = if side == Side::Client { &mut self.client } else { &mut self.server };
        if let Some(range) = own.marker.open() {
            found.block(range, OCTETS, Some("the message is not all here".to_owned()));
        }
    }

    fn line(&self, line: &LineSource<'_>) -> LineText {
        let message = self.message_of(line);
        match (line.kind(), message) {
            (HEADER, Some((octets, _))) => header_line(line.side(), &Reading::of(&octets).summary()),
            (RECORD, Some((octets, begin))) => {
                let offset = usize::try_from(line.range().start.saturating_sub(begin)).unwrap_or(usize::MAX);
                let text = line_at(&octets, offset).map(|record| record.text).unwrap_or_default();
                let meaning = text.split(' ').nth(3).and_then(|word| {
                    let About(meaning, clause) = about_type(type_code(word)?);
                    Some(format!("{word}: {meaning} {clause}"))
                });
                LineText { meaning, ..LineText::plain(text, TextTone::Text) }
            }
            _ => octets_line(line),
        }
    }

    fn noun(&self, _side: Side, kind: u8) -> &'static str {
        if kind == UNREAD { "Octets" } else { "DNS message" }
    }

    fn fields(&self, message: &MessageSource<'_>) -> Vec<FieldNode> {
        if self.is_over_tcp { read_stream(message.octets) } else { read(message.octets) }
    }

    /// `A? gaia.cs.umass.edu.`, `referral to edu. (2 NS, 2 glue)`; with fewer words where there is less room.
    fn words(&self, arrow: &LadderArrow<'_>) -> Option<Words> {
        if arrow.kind == UNREAD {
            return octets_words(arrow);
        }
        if !arrow.begins {
            return None;
        }
        let message = arrow.beginning().get(if self.is_over_tcp { LENGTH_OCTETS } else { 0 }..).unwrap_or_default();
        let gist = Reading::of(message).gist();
        let short = gist.split(" (").next().unwrap_or(&gist).to_owned();
        let word = gist.split([' ', '?']).next().unwrap_or(&gist).to_owned();
        Some(Words::message(vec![gist, short, word]))
    }
}

impl DnsSide {
    fn mark(&mut self, mark: DnsMark, before: u64, found: &mut ReaderFindings) {
        match mark {
            DnsMark::Begin(at) => found.begin(at, MESSAGE, Some(self.exchange)),
            DnsMark::Message(range, message) => {
                found.end(range.end);
                self.exchange += 1;
                match message.filter(|message| !message.is_empty()) {
                    Some(message) => self.message(range, before, &Reading::of(&message), found),
                    None => found.block(range, OCTETS, None),
                }
            }
            DnsMark::Lost(range) => {
                if !std::mem::replace(&mut self.is_lost, true) {
                    found.begin(range.start, UNREAD, None);
                }
                found.more(range, OCTETS, None);
            }
        }
    }

    /// The lines of a message that stands at `range`, behind `before` octets of length.
    fn message(&mut self, range: Range<u64>, before: u64, reading: &Reading, found: &mut ReaderFindings) {
        let place = |offset: usize| (range.start + before + offset as u64).min(range.end);
        let records = reading.sections().into_iter().flat_map(|(_, lines)| lines);
        let rest = if reading.rest.is_empty() { range.end } else { place(reading.rest.start) };
        let first = records.clone().next().map_or(rest, |line| place(line.range.start));
        found.block(range.start..first, HEADER, reading.wrong());
        let mut at = first;
        for line in records {
            at = place(line.range.end);
            found.block(place(line.range.start)..at, RECORD, line.wrong.clone());
        }
        if at < range.end {
            found.block(at..range.end, OCTETS, None);
        }
        self.messages.push(range);
    }
}

/// `reply 0x7c1e NOERROR AA · 128.119.245.12`: the code is coloured, what stands before it is not.
fn header_line(side: Side, text: &str) -> LineText {
    let after = text.match_indices(' ').nth(1).map_or(0, |(at, _)| at + 1);
    let (before, rest) = text.split_at_checked(after).unwrap_or(("", text));
    let (code, rest) = rest.split_at_checked(rest.find(' ').unwrap_or(rest.len())).unwrap_or((rest, ""));
    let tone = match (before.starts_with("reply"), code, side) {
        (true, "NOERROR", _) => TextTone::Good,
        (true, ..) => TextTone::Bad,
        (false, ..) => TextTone::Side,
    };
    let meaning = about_rcode(code).map(|About(meaning, clause)| format!("{code}: {meaning} {clause}"));
    LineText { meaning, ..LineText::of_parts(&[(before, TextTone::Muted), (code, tone), (rest, TextTone::Text)]) }
}

/// The kind of every message that can be read.
const MESSAGE: u8 = 1;
/// A message's header and question.
const HEADER: u8 = 1;
/// A record.
const RECORD: u8 = 2;
/// Octets that cannot be read.
const OCTETS: u8 = 3;
/// Octets of the longest DNS message (RFC 1035 §4.2.2).
const MAX_MESSAGE: usize = 65_535;
