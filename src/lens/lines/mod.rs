//! One reader for protocols that speak in lines: SMTP, POP3, IMAP, FTP. It cuts what both sides say into lines, and into octets that a line
//! has announced; what a line is, and where a message ends, a [`Dialect`] says. Lines may be of any length: only their first octets are kept
//! to be read. CR LF and LF alone are told apart.

mod exchanges;
mod nodes;
mod reply;
pub(super) mod sasl;

use std::fmt::Debug;

pub(super) use self::{
    exchanges::PendingCommands,
    nodes::{NodeBuilder, TextLine, lines_of, rest_of, words_of},
    reply::{DIGITS, ReplyClass, ReplyCode, ReplyWords, code_fault, reply_words, text_of},
};
use super::{
    FieldNode, LineEnd,
    glossary::GlossaryEntry,
    plain::octets_line,
    protocol::{
        FlowPiece, LadderArrow, LineSource, LineText, MessageSource, ProtocolReader, ReaderFindings, Switch, TextTone,
        Words,
    },
    text::line_text,
};
use crate::wire::{Side, units::count_octets};

/// A protocol that speaks in lines: what each line is, given those before it.
pub(super) trait Dialect: Debug {
    /// Which kind of message begins with what `side` says next, and which exchange it belongs to.
    fn begins(&self, side: Side) -> (u8, Option<u32>);

    /// What a line is that `side` has said. It may change how the lines after it are taken, the other side's too.
    fn line(&mut self, side: Side, line: &CompletedLine<'_>) -> LineRole;

    /// Octets crossed that the record left out; with `ends_literal` the last of those that a line has announced were among them. Returns
    /// whether the message has ended with them.
    fn gap(&mut self, side: Side, ends_literal: bool) -> bool;

    /// A line as the conversation shows it.
    fn show(&self, side: Side, kind: u8, text: &str) -> LineText;

    /// Which rule a line breaks that ends with LF alone: `RFC 5321 §2.3.8`.
    fn line_end_clause(&self) -> &'static str;

    /// What a message of this kind is called.
    fn noun(&self, side: Side, kind: u8) -> &'static str;

    /// A message as a tree.
    fn fields(&self, message: &MessageSource<'_>) -> Vec<FieldNode>;

    /// What an arrow says.
    fn words(&self, arrow: &LadderArrow<'_>) -> Option<Words>;
}

/// A line that has come to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct CompletedLine<'a> {
    /// Without its line end, and not more than [`MAX_LINE_READ`] octets of it.
    pub(super) text: &'a [u8],
    /// How many octets it has, its line end included.
    pub(super) length: usize,
    /// How it ended; with [`LineEnd::None`] it did not.
    pub(super) end: LineEnd,
    /// Whether it is part of octets that a line before it has announced.
    pub(super) literal: LiteralPart,
    /// Octets before it were left out: it may be the end of a longer line.
    pub(super) is_cut: bool,
}

/// Whether a line is part of octets that a line before it has announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LiteralPart {
    /// It is a line of its own.
    None,
    /// It is, and more of them follow.
    Some,
    /// It is, and they end with it.
    Last,
}

/// What a line is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LineRole {
    /// The dialect's own number for what it is, for [`Dialect::show`]. Less than [`KINDS`].
    pub(super) kind: u8,
    /// How it goes on after it.
    pub(super) after: MessageEnd,
    /// So many octets follow that are not lines.
    pub(super) octets: u64,
    /// The message is of this kind, now that its line is known.
    pub(super) message: Option<u8>,
    /// The exchange that the message belongs to, now that its line is known.
    pub(super) exchange: Option<u32>,
    /// What is wrong with it.
    pub(super) wrong: Option<String>,
}

/// How it goes on after a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum MessageEnd {
    /// The message goes on.
    #[default]
    More,
    /// The message has ended.
    End,
    /// The message has ended, and that of the other side too: it has been answered.
    EndOfBoth,
    /// The message has ended, and TLS begins.
    Tls,
}

impl LineRole {
    /// A line of `kind`, after which the message goes on.
    pub(super) fn of(kind: u8) -> Self {
        Self { kind, ..Self::default() }
    }

    /// A line of `kind` with which the message ends.
    pub(super) fn last(kind: u8) -> Self {
        Self { kind, after: MessageEnd::End, ..Self::default() }
    }
}

/// Reads both sides of a connection.
#[derive(Debug)]
pub(super) struct LineReader<D> {
    dialect: D,
    client: LineSide,
    server: LineSide,
}

/// One side, as far as it has come.
#[derive(Debug, Default)]
struct LineSide {
    at: u64,
    /// Where the line begins that is coming.
    line_from: u64,
    /// Its first octets.
    pending: Vec<u8>,
    /// Its last octet so far.
    last: u8,
    /// Octets still to come that are not lines.
    literal: u64,
    in_message: bool,
    is_cut: bool,
}

impl<D: Dialect> LineReader<D> {
    pub(super) fn new(dialect: D) -> Self {
        Self { dialect, client: LineSide::default(), server: LineSide::default() }
    }

    fn speaker(&mut self, side: Side) -> &mut LineSide {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// Takes some octets of a line, or of what a line has announced; says how many.
    fn take(&mut self, side: Side, bytes: &[u8], found: &mut ReaderFindings) -> usize {
        let own = self.speaker(side);
        let most = if own.literal > 0 { usize::try_from(own.literal).unwrap_or(usize::MAX) } else { bytes.len() };
        let near = bytes.get(..most).unwrap_or(bytes);
        let line = near.iter().position(|octet| *octet == b'\n').map_or(near.len(), |end| end + 1);
        let part = near.get(..line).unwrap_or_default();
        self.begin(side, found);
        let own = self.speaker(side);
        let was_literal = own.literal > 0;
        own.literal = own.literal.saturating_sub(line as u64);
        own.at += line as u64;
        let ends_line = part.ends_with(b"\n");
        let room = MAX_LINE_READ.saturating_sub(own.pending.len());
        own.pending.extend_from_slice(part.get(..room.min(part.len())).unwrap_or_default());
        if ends_line && room < part.len() {
            // How a line ends is told however long it is.
            let before = part.len().checked_sub(2).and_then(|at| part.get(at)).copied().unwrap_or(own.last);
            own.pending.truncate(MAX_LINE_READ.saturating_sub(2));
            own.pending.extend([before].iter().filter(|octet| **octet == b'\r'));
            own.pending.push(b'\n');
        }
        own.last = part.last().copied().unwrap_or(own.last);
        if ends_line || was_literal && own.literal == 0 {
            self.finish(side, was_literal, found);
        }
        line
    }

    /// A message begins with what comes now, unless it goes on.
    fn begin(&mut self, side: Side, found: &mut ReaderFindings) {
        let (kind, exchange) = self.dialect.begins(side);
        let own = self.speaker(side);
        if !std::mem::replace(&mut own.in_message, true) {
            found.begin(own.at, kind, exchange);
        }
    }

    /// A line has come to its end.
    fn finish(&mut self, side: Side, is_literal: bool, found: &mut ReaderFindings) {
        let own = self.speaker(side);
        let line = std::mem::take(&mut own.pending);
        let (text, end) = match line.as_slice() {
            [text @ .., b'\r', b'\n'] => (text, LineEnd::CrLf),
            [text @ .., b'\n'] => (text, LineEnd::Lf),
            text => (text, LineEnd::None),
        };
        let range = std::mem::replace(&mut own.line_from, own.at)..own.at;
        let is_cut = std::mem::take(&mut own.is_cut);
        let literal = match (is_literal, own.literal) {
            (false, _) => LiteralPart::None,
            (true, 0) => LiteralPart::Last,
            (true, _) => LiteralPart::Some,
        };
        let length = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let completed = CompletedLine { text, length, end, literal, is_cut };
        let role = self.dialect.line(side, &completed);
        if let Some(kind) = role.message {
            found.kind(kind);
        }
        if let Some(exchange) = role.exchange {
            found.exchange(exchange);
        }
        let joins = if end == LineEnd::None { &[] } else { alone(role.kind) };
        found.line(range.clone(), role.kind, joins, role.wrong);
        if role.after != MessageEnd::More {
            found.end(range.end);
        }
        if role.after == MessageEnd::Tls {
            found.switch(Switch { at: range.end, begins_tls: true, ..Switch::default() });
        }
        let own = self.speaker(side);
        own.in_message = role.after == MessageEnd::More;
        own.literal = own.literal.max(role.octets);
        let mut line = line;
        line.clear();
        own.pending = line;
        if role.after == MessageEnd::EndOfBoth {
            let other = self.speaker(side.other());
            (other.in_message, other.literal) = (false, 0);
        }
    }

    /// Octets crossed that the record left out.
    fn gap(&mut self, side: Side, omitted: u64, found: &mut ReaderFindings) {
        if omitted == 0 {
            return;
        }
        self.begin(side, found);
        self.give_up_line(side, None, found);
        let own = self.speaker(side);
        let range = own.at..own.at.saturating_add(omitted);
        own.at = range.end;
        own.line_from = range.end;
        own.is_cut = own.literal < omitted;
        let ends_literal = own.literal > 0 && own.literal <= omitted;
        own.literal = own.literal.saturating_sub(omitted);
        found.more(range.clone(), GAP, None);
        if self.dialect.gap(side, ends_literal) {
            self.speaker(side).in_message = false;
            found.end(range.end);
        }
    }

    /// What came of a line that will not come to its end.
    fn give_up_line(&mut self, side: Side, wrong: Option<&str>, found: &mut ReaderFindings) {
        let own = self.speaker(side);
        if own.line_from < own.at {
            let range = std::mem::replace(&mut own.line_from, own.at)..own.at;
            own.pending.clear();
            found.block(range, PART, wrong.map(str::to_owned));
        }
    }
}

impl<D: Dialect> ProtocolReader for LineReader<D> {
    fn read(&mut self, piece: FlowPiece<'_>, found: &mut ReaderFindings) {
        let mut bytes = piece.bytes;
        while !bytes.is_empty() {
            let taken = self.take(piece.side, bytes, found);
            bytes = bytes.get(taken..).unwrap_or_default();
        }
        self.gap(piece.side, piece.omitted, found);
    }

    fn end(&mut self, side: Side, found: &mut ReaderFindings) {
        self.give_up_line(side, Some("the line does not end"), found);
    }

    fn line(&self, line: &LineSource<'_>) -> LineText {
        let range = line.range();
        match line.kind() {
            GAP => {
                return LineText::plain(format!("{} not kept", count_octets(range.end - range.start)), TextTone::Bad);
            }
            PART if line.omitted() > 0 => return octets_line(line),
            _ => {}
        }
        let (octets, range) = line.text();
        let (text, end) = line_text(&octets.bytes, octets.bytes.len() as u64 == range.end - range.start);
        let mut shown = if line.kind() == PART {
            LineText::plain(text, TextTone::Text)
        } else {
            self.dialect.show(line.side(), line.kind(), &text)
        };
        shown.wrong = shown.wrong.or_else(|| line_end_fault(&octets.bytes, end, self.dialect.line_end_clause()));
        LineText { end, range: Some(range), ..shown }
    }

    fn noun(&self, side: Side, kind: u8) -> &'static str {
        self.dialect.noun(side, kind)
    }

    fn fields(&self, message: &MessageSource<'_>) -> Vec<FieldNode> {
        self.dialect.fields(message)
    }

    fn words(&self, arrow: &LadderArrow<'_>) -> Option<Words> {
        if arrow.begins { self.dialect.words(arrow) } else { None }
    }
}

/// A command for the conversation: up to `end` its verb, in the client's colour, which `word` explains.
pub(super) fn shown_command(text: &str, end: usize, word: Option<&GlossaryEntry>) -> LineText {
    let (verb, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let meaning = word.map(GlossaryEntry::sentence);
    LineText { meaning, ..LineText::of_parts(&[(verb, TextTone::Good), (rest, TextTone::Text)]) }
}

/// What is wrong with how a line ends, or with a CR within it.
fn line_end_fault(line: &[u8], end: LineEnd, clause: &str) -> Option<String> {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let text = if end == LineEnd::CrLf { text.strip_suffix(b"\r").unwrap_or(text) } else { text };
    match end {
        LineEnd::Lf => Some(format!("the line ends with LF alone; {clause} wants CR LF")),
        LineEnd::CrLf if text.contains(&b'\r') => Some(format!("a CR stands without LF; {clause} allows none")),
        LineEnd::CrLf | LineEnd::None => None,
    }
}

/// The kind itself, to be kept together with lines of the same kind.
fn alone(kind: u8) -> &'static [u8] {
    ALONE.get(usize::from(kind)).map_or(&[], |kind| kind.as_slice())
}

/// Kinds of lines a dialect may have, from 0.
pub(super) const KINDS: u8 = 14;
/// Part of a line.
const PART: u8 = 14;
/// Octets the record left out.
const GAP: u8 = 15;
static ALONE: [[u8; 1]; KINDS as usize] = [[0], [1], [2], [3], [4], [5], [6], [7], [8], [9], [10], [11], [12], [13]];

/// Octets of a line that are read; the rest of it is only shown.
pub(super) const MAX_LINE_READ: usize = 16 * 1024;
