//! The lines of an HTTP/1.x conversation: heads line by line, contents and chunks summed up.

use super::{
    glossary,
    marks::{HttpMark, HttpMarkKind},
};
use crate::{
    lens::{
        glossary::GlossaryEntry,
        passages::MAX_LINE_SHOWN,
        plain::{octets_line, summary},
        protocol::{LineSource, LineText, ReaderFindings, TextTone},
        text::{line_text, visible},
    },
    proto::http::{content::chunk_size, head::field_line},
    wire::{Side, units::count_octets},
};

/// A start line, and the field lines and the empty line after it.
pub(super) const HEAD: u8 = 1;
/// Field lines and the empty line after them, elsewhere.
pub(super) const FIELDS: u8 = 2;
/// An empty line before a message.
pub(super) const EMPTY: u8 = 3;
/// Content.
pub(super) const CONTENT: u8 = 4;
/// A chunk: its size line and content.
pub(super) const CHUNK: u8 = 5;
/// The last chunk's size line.
pub(super) const LAST_CHUNK: u8 = 6;
/// Octets that are not read any further.
pub(super) const OTHER: u8 = 7;
/// Octets the record left out.
pub(super) const GAP: u8 = 8;

/// Adds the line that a mark is part of.
pub(super) fn found(mark: &HttpMark, found: &mut ReaderFindings) {
    let (range, wrong) = (mark.range.clone(), mark.wrong.clone());
    match mark.kind {
        HttpMarkKind::End => wrong.into_iter().for_each(|wrong| found.wrong(wrong)),
        HttpMarkKind::RequestLine { .. } | HttpMarkKind::StatusLine { .. } => found.line(range, HEAD, &[], wrong),
        HttpMarkKind::Field | HttpMarkKind::Trailer | HttpMarkKind::HeadEnd(_) | HttpMarkKind::TrailersEnd => {
            found.line(range, FIELDS, &[HEAD, FIELDS], wrong);
        }
        HttpMarkKind::EmptyLine => found.line(range, EMPTY, &[EMPTY], wrong),
        HttpMarkKind::Content => found.more(range, CONTENT, wrong),
        HttpMarkKind::ChunkSize(_) => found.block(range, CHUNK, wrong),
        HttpMarkKind::ChunkData | HttpMarkKind::ChunkEnd => found.more(range, CHUNK, wrong),
        HttpMarkKind::LastChunk => found.line(range, LAST_CHUNK, &[], wrong),
        HttpMarkKind::Tunnel | HttpMarkKind::Unreadable => found.more(range, OTHER, wrong),
        HttpMarkKind::Gap => found.more(range, GAP, wrong),
    }
}

/// What a line says.
pub(super) fn text(line: &LineSource<'_>) -> LineText {
    let range = line.range();
    match line.kind() {
        CONTENT => {
            let begins = line.octets(MAX_LINE_SHOWN);
            let what = format!("content, {}", count_octets(range.end - range.start));
            let text = summary(&what, &begins.bytes, line.omitted());
            let media = media_type(line).map_or_else(String::new, |media| format!(" of {media}"));
            LineText { aside: media, ..LineText::plain(text, TextTone::Muted) }
        }
        CHUNK => LineText::plain(chunk(line), TextTone::Muted),
        OTHER => octets_line(line),
        GAP => LineText::plain(format!("{} not kept", count_octets(range.end - range.start)), TextTone::Bad),
        kind => of_text(line, kind),
    }
}

/// A line of text.
fn of_text(line: &LineSource<'_>, kind: u8) -> LineText {
    let (octets, range) = line.text();
    let whole = octets.bytes.len() as u64 == range.end - range.start;
    let (text, end) = line_text(&octets.bytes, whole);
    let shown = match kind {
        HEAD if line.number() == 0 => start_line(line.side(), &text),
        LAST_CHUNK => LineText::plain(text, TextTone::Muted),
        _ if text.is_empty() => LineText { meaning: Some(BLANK_LINE.to_owned()), ..LineText::default() },
        _ => field(&text),
    };
    LineText { end, range: Some(range), ..shown }
}

fn start_line(side: Side, text: &str) -> LineText {
    let after = text.find(' ').map_or(text.len(), |space| space + 1);
    let (first, rest) = text.split_at_checked(after).unwrap_or((text, ""));
    let status: Option<u16> = text.split_ascii_whitespace().nth(1).and_then(|code| code.parse().ok());
    match (side, status) {
        (Side::Server, Some(status)) => {
            let tone = match status {
                400.. => TextTone::Bad,
                300.. => TextTone::Further,
                _ => TextTone::Good,
            };
            let word = glossary::status(status);
            let meaning = word.map(|word| format!("{status}: {} {}", word.meaning, word.clause));
            LineText { meaning, ..LineText::of_parts(&[(first, TextTone::Muted), (rest, tone)]) }
        }
        (Side::Server, None) => LineText::plain(text.to_owned(), TextTone::Text),
        (Side::Client, _) if rest.is_empty() => LineText::plain(text.to_owned(), TextTone::Text),
        (Side::Client, _) => {
            let (target, version) = rest.split_at_checked(rest.rfind(' ').unwrap_or(rest.len())).unwrap_or((rest, ""));
            let word = glossary::method(first.trim_end());
            let meaning = word.map(GlossaryEntry::sentence);
            let parts = [(first, TextTone::Good), (target, TextTone::Text), (version, TextTone::Muted)];
            LineText { meaning, ..LineText::of_parts(&parts) }
        }
    }
}

fn field(text: &str) -> LineText {
    let Some((name, value)) = text.split_once(':') else { return LineText::plain(text.to_owned(), TextTone::Text) };
    let word = glossary::field(name);
    let meaning = word.map(GlossaryEntry::sentence);
    LineText {
        meaning,
        ..LineText::of_parts(&[(name, TextTone::Name), (":", TextTone::Muted), (value, TextTone::Text)])
    }
}

fn chunk(line: &LineSource<'_>) -> String {
    let begins = line.octets(MAX_LINE_SHOWN).bytes;
    let end = begins.iter().position(|octet| *octet == b'\n').map_or(begins.len(), |end| end + 1);
    let (size, rest) = begins.split_at_checked(end).unwrap_or((&begins, b""));
    let size = size.trim_ascii();
    let octets = chunk_size(size).unwrap_or(0);
    let rest = rest.get(..usize::try_from(octets).unwrap_or(usize::MAX).min(rest.len())).unwrap_or_default();
    summary(&format!("chunk {} = {}", visible(size), count_octets(octets)), rest, line.omitted())
}

/// What kind of content a response carries, as its Content-Type says without parameters.
fn media_type(line: &LineSource<'_>) -> Option<String> {
    let head = line.before(HEAD).filter(|_| line.side() == Side::Server)?;
    let later = line.before(FIELDS).filter(|fields| fields.range().start > head.range().start);
    [Some(head), later].into_iter().flatten().find_map(|fields| {
        let octets = fields.octets(MAX_FIELDS_READ).bytes;
        let mut lines = octets.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii_end);
        lines.find_map(|line| {
            let (name, value) = field_line(line, 0).ok()?;
            let is_type = line.get(name)?.eq_ignore_ascii_case(b"Content-Type");
            let value = String::from_utf8_lossy(line.get(value).filter(|_| is_type)?).into_owned();
            Some(value.split(';').next().unwrap_or(&value).trim().to_owned())
        })
    })
}

const BLANK_LINE: &str = "The empty line that ends the head. RFC 9112 §2.1";
/// Octets of field lines that are looked through for Content-Type.
const MAX_FIELDS_READ: usize = 16 * 1024;
