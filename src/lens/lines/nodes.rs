//! Lines as trees: their words, what those are for, how each line ends.

use std::ops::Range;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use crate::lens::{Excerpt, FieldNode, LineEnd, glossary::GlossaryEntry, text::visible};

/// Where a line stands among the octets that are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lens) struct TextLine {
    /// All of it.
    pub(in crate::lens) range: Range<usize>,
    /// Without its line end.
    pub(in crate::lens) text: Range<usize>,
    /// How it ended.
    pub(in crate::lens) end: LineEnd,
}

/// The lines of some octets, which begin at `from` of `bytes`.
pub(in crate::lens) fn lines_of(bytes: &[u8], from: usize) -> impl Iterator<Item = TextLine> {
    let mut at = from;
    bytes.get(from..).unwrap_or_default().split_inclusive(|octet| *octet == b'\n').map(move |line| {
        let (text, end) = match line {
            [text @ .., b'\r', b'\n'] => (text, LineEnd::CrLf),
            [text @ .., b'\n'] => (text, LineEnd::Lf),
            text => (text, LineEnd::None),
        };
        let begin = at;
        at += line.len();
        TextLine { range: begin..at, text: begin..begin + text.len(), end }
    })
}

/// Makes nodes of the octets of a message.
#[derive(Clone, Copy, Debug)]
pub(in crate::lens) struct NodeBuilder<'a> {
    octets: Excerpt<'a>,
    /// The rule for how lines end.
    line_end: &'static str,
}

impl<'a> NodeBuilder<'a> {
    /// For octets whose lines end as `line_end` says.
    pub(in crate::lens) fn new(octets: Excerpt<'a>, line_end: &'static str) -> Self {
        Self { octets, line_end }
    }

    pub(in crate::lens) fn bytes(&self, range: &Range<usize>) -> &'a [u8] {
        self.octets.bytes.get(range.clone()).unwrap_or_default()
    }

    /// Octets as a person reads them; a word instead of what the record hides.
    pub(in crate::lens) fn text(&self, range: &Range<usize>) -> String {
        if self.octets.is_masked(range) { HIDDEN.to_owned() } else { visible(self.bytes(range)) }
    }

    /// A node whose value is what is written there.
    pub(in crate::lens) fn leaf(&self, range: Range<usize>, word: &GlossaryEntry) -> FieldNode {
        FieldNode::leaf(range.clone(), word.name, self.text(&range), word.meaning, word.clause)
    }

    /// A node of a word that a glossary may know; `unknown` is what is said of one that it does not.
    pub(in crate::lens) fn explained(
        &self,
        range: Range<usize>,
        known: Option<&GlossaryEntry>,
        unknown: &GlossaryEntry,
    ) -> FieldNode {
        let GlossaryEntry { meaning, clause, .. } = *known.unwrap_or(unknown);
        FieldNode { meaning, clause, ..self.leaf(range, unknown) }
    }

    /// How a line ended, if it did.
    pub(in crate::lens) fn line_end(&self, line: &TextLine) -> Option<FieldNode> {
        let (value, wrong) = match line.end {
            LineEnd::CrLf => ("CR LF", None),
            LineEnd::Lf => ("LF", Some(format!("LF alone; {} wants CR LF", self.line_end))),
            LineEnd::None => return None,
        };
        let range = line.text.end..line.range.end;
        let node = FieldNode::leaf(range, "line end", value, "Every line ends with CR LF.", self.line_end);
        Some(FieldNode { wrong, ..node })
    }

    /// A line with its parts, its line end the last of them. A line that has not ended says so.
    pub(in crate::lens) fn line(&self, line: &TextLine, word: &GlossaryEntry, mut parts: Vec<FieldNode>) -> FieldNode {
        parts.extend(self.line_end(line));
        let mut node = self.leaf(line.range.clone(), word);
        node.value = self.text(&line.text);
        node.parts = parts;
        if line.end == LineEnd::None {
            node.wrong = Some("the line does not end, or its end is not here yet".to_owned());
        }
        node
    }

    /// A node for octets in base64, with what they stand for; `name` says what that is.
    pub(in crate::lens) fn base64(&self, range: Range<usize>, word: &GlossaryEntry) -> (FieldNode, Option<Vec<u8>>) {
        let mut node = self.leaf(range.clone(), word);
        if self.octets.is_masked(&range) {
            return (node, None);
        }
        let decoded = decoded(self.bytes(&range));
        match &decoded {
            Some(octets) => node.value = format!("{} = {}", node.value, separated(octets)),
            None => node.wrong = Some("this is not base64 (RFC 4648 §4)".to_owned()),
        }
        (node, decoded)
    }
}

/// What octets in base64 stand for.
pub(in crate::lens) fn decoded(octets: &[u8]) -> Option<Vec<u8>> {
    BASE64.decode(octets).ok()
}

/// Octets as text; NULs, which separate, as `\0`.
pub(in crate::lens) fn separated(octets: &[u8]) -> String {
    octets.split(|octet| *octet == 0).map(visible).collect::<Vec<_>>().join("\\0")
}

/// Where the words of a stretch of octets stand: what spaces separate.
pub(in crate::lens) fn words_of(bytes: &[u8], range: &Range<usize>) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut from = None;
    for at in range.clone() {
        match (bytes.get(at), from) {
            (Some(b' ' | b'\t') | None, Some(begin)) => {
                words.push(begin..at);
                from = None;
            }
            (Some(b' ' | b'\t') | None, None) | (Some(_), Some(_)) => {}
            (Some(_), None) => from = Some(at),
        }
    }
    words.extend(from.map(|begin| begin..range.end));
    words
}

/// The part of a range behind `at`, without spaces before it.
pub(in crate::lens) fn rest_of(bytes: &[u8], range: &Range<usize>, at: usize) -> Range<usize> {
    let rest = bytes.get(at..range.end).unwrap_or_default();
    let spaces = rest.iter().take_while(|octet| matches!(octet, b' ' | b'\t')).count();
    (at + spaces).min(range.end)..range.end
}

/// Instead of octets that the record hides.
pub(in crate::lens) const HIDDEN: &str = "(kept out of the record)";

/// As RFC 4648 §4 has it; padding may be missing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod lines {
    use super::*;

    #[test]
    fn are_cut_with_how_they_end() {
        let lines: Vec<_> = lines_of(b"..a\r\nb\n\r\nc", 2).collect();
        let actual: Vec<_> = lines.iter().map(|line| (line.range.clone(), line.text.clone(), line.end)).collect();
        let expected = [
            (2..5, 2..3, LineEnd::CrLf),
            (5..7, 5..6, LineEnd::Lf),
            (7..9, 7..7, LineEnd::CrLf),
            (9..10, 9..10, LineEnd::None),
        ];
        assert_eq!(actual, expected);
    }

    #[test]
    fn have_words() {
        assert_eq!(words_of(b"MAIL  FROM:<a> ", &(0..15)), [0..4, 6..14]);
        assert_eq!(words_of(b"a b c", &(2..5)), [2..3, 4..5]);
        assert_eq!(rest_of(b"NOOP   x y", &(0..10), 4), 7..10);
    }
}
