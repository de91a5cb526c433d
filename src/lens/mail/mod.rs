//! A mail message as SMTP, POP3 and IMAP carry it: header fields and body. RFC 5322; MIME: RFC 2045.

mod glossary;

use std::ops::Range;

use super::{
    FieldNode, LineEnd,
    glossary::{GlossaryEntry, word},
    lines::{NodeBuilder, TextLine, lines_of},
    protocol::{LineText, TextTone},
};
use crate::wire::units::{count, count_octets};

/// The nodes of the message that stands at `range`: its header fields, the empty line after them, its body. With `is_stuffed` a dot was put
/// before every line that begins with one.
pub(super) fn message_nodes(nodes: &NodeBuilder<'_>, range: &Range<usize>, is_stuffed: bool) -> Vec<FieldNode> {
    let lines: Vec<TextLine> = lines_of(nodes.bytes(&(0..range.end)), range.start).collect();
    let header = lines.iter().position(|line| line.text.is_empty()).unwrap_or(lines.len());
    let (fields, rest) = lines.split_at_checked(header).unwrap_or((&lines, &[]));
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(first) = fields.get(at) {
        // A line that begins with a space goes on with the field before: RFC 5322 §2.2.3.
        let folded = |line: &&TextLine| matches!(nodes.bytes(&line.text).first(), Some(b' ' | b'\t'));
        let more = fields.get(at + 1..).unwrap_or_default().iter().take_while(folded).count();
        let last = fields.get(at + more).unwrap_or(first);
        if parts.len() == MAX_FIELDS {
            let left = first.range.start..fields.last().map_or(first.range.end, |line| line.range.end);
            let value = count(fields.len() - at, "more line", "more lines");
            parts.push(MORE_FIELDS.node(left, value));
            break;
        }
        parts.push(field(nodes, first, first.text.start..last.text.end, last.range.end));
        at += more + 1;
    }
    if let Some((empty, body)) = rest.split_first() {
        parts.push(HEADER_END.node(empty.range.clone(), ""));
        parts.extend(body_node(nodes, body, is_stuffed));
    }
    parts
}

/// A header field, folded or not.
fn field(nodes: &NodeBuilder<'_>, first: &TextLine, text: Range<usize>, end: usize) -> FieldNode {
    let octets = nodes.bytes(&text);
    let Some(colon) = octets.iter().position(|octet| *octet == b':') else {
        let mut node = FIELD.node(first.range.clone(), nodes.text(&first.text));
        node.wrong = Some("a header field has a name, a colon and a body: RFC 5322 §2.2".to_owned());
        return node;
    };
    let name_range = text.start..text.start + colon;
    let name = nodes.text(&name_range);
    let value_range = (text.start + colon + 1).min(text.end)..text.end;
    let value = nodes.text(&value_range).replace("\\x0d\\x0a", "").replace("\\x0a", "").trim().to_owned();
    let word = glossary::field(&name);
    let (meaning, clause) = word.map_or((UNKNOWN_FIELD, "RFC 5322 §3.6.8"), |word| (word.meaning, word.clause));
    let mut node = FieldNode::leaf(first.range.start..end, name.clone(), value.clone(), meaning, clause);
    node.parts = vec![
        FieldNode::leaf(name_range, "name", name, "Names of header fields are not case-sensitive.", "RFC 5322 §1.2.2"),
        FieldNode::leaf(value_range, "body", value, meaning, clause),
    ];
    node
}

fn body_node(nodes: &NodeBuilder<'_>, lines: &[TextLine], is_stuffed: bool) -> Option<FieldNode> {
    let (first, last) = (lines.first()?, lines.last()?);
    let range = first.range.start..last.range.end;
    let value = format!("{}, {}", count(lines.len(), "line", "lines"), count_octets(range.len() as u64));
    let mut body = BODY.node(range, value);
    let stuffed = lines.iter().filter(|line| is_stuffed && nodes.bytes(&line.text).starts_with(b"."));
    body.parts =
        stuffed.take(MAX_STUFFED).map(|line| nodes.leaf(line.text.start..line.text.start + 1, &STUFFING)).collect();
    let bare = lines.iter().filter(|line| line.end == LineEnd::Lf).count();
    if bare > 0 {
        body.wrong = Some(format!("{} with LF alone: RFC 5322 §2.3", count(bare, "line ends", "lines end")));
    }
    Some(body)
}

/// Which part of a message a line is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MessagePart {
    /// Its header.
    Header,
    /// Its body.
    Body,
    /// Its body, where dots were put before lines that begin with one.
    StuffedBody,
}

/// A line of a message for the conversation: in the header a name in its colour.
pub(super) fn show(text: &str, part: MessagePart) -> LineText {
    let in_header = part == MessagePart::Header;
    let name = text.find(':').filter(|colon| in_header && *colon > 0 && !text.starts_with([' ', '\t']));
    if let Some((name, rest)) = name.and_then(|colon| text.split_at_checked(colon)) {
        let meaning = glossary::field(name).map(GlossaryEntry::sentence);
        let value = rest.get(1..).unwrap_or_default();
        return LineText {
            meaning,
            ..LineText::of_parts(&[(name, TextTone::Name), (":", TextTone::Muted), (value, TextTone::Text)])
        };
    }
    let mut line = LineText::plain(text.to_owned(), if in_header { TextTone::Text } else { TextTone::Muted });
    if part == MessagePart::StuffedBody && text.starts_with('.') {
        line.meaning = Some(format!("{} {}", STUFFING.meaning, STUFFING.clause));
    }
    line
}

const UNKNOWN_FIELD: &str = "A header field this program does not know; programs pass on those they do not know.";
const FIELD: GlossaryEntry = word("header field", "What the letter says of itself.", "RFC 5322 §2.2");
const MORE_FIELDS: GlossaryEntry = word("more header fields", "Fields beyond those shown.", "RFC 5322 §2.2");
const HEADER_END: GlossaryEntry = word("end of the header", "The empty line that ends the header.", "RFC 5322 §2.1");
const BODY: GlossaryEntry =
    word("body", "The letter's text, in MIME with attachments and other parts.", "RFC 5322 §2.3");
const STUFFING: GlossaryEntry = word(
    "added dot",
    "The sender put a dot before a line that begins with one, so that it does not look like the end; the receiver takes it away.",
    "RFC 5321 §4.5.2",
);
/// Header fields that have nodes of their own.
const MAX_FIELDS: usize = 400;
/// Added dots that have nodes of their own.
const MAX_STUFFED: usize = 200;
