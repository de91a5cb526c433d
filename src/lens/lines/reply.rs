//! Replies that begin with three digits: SMTP (RFC 5321 §4.2) and FTP (RFC 959 §4.2). A hyphen behind the code says that more lines follow.

use std::ops::Range;

use super::{
    CompletedLine,
    nodes::{NodeBuilder, TextLine},
};
use crate::lens::{
    FieldNode,
    protocol::{LineText, TextTone},
    text::shortened,
};

/// A reply's code, as its line has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lens) struct ReplyCode {
    /// The three digits.
    pub(in crate::lens) number: u16,
    /// More lines follow.
    pub(in crate::lens) goes_on: bool,
}

impl ReplyCode {
    /// The code that a line begins with. RFC 5321 §4.2: three digits, then a space, a hyphen, or the line's end.
    pub(in crate::lens) fn of(line: &[u8]) -> Option<Self> {
        let (digits, rest) = line.split_first_chunk::<DIGITS>()?;
        let [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9'] = digits else { return None };
        let number = digits.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
        let goes_on = match rest.first() {
            None | Some(b' ') => false,
            Some(b'-') => true,
            Some(_) => return None,
        };
        Some(Self { number, goes_on })
    }

    /// The first digit.
    pub(in crate::lens) fn class(self) -> ReplyClass {
        match self.number / 100 {
            1 => ReplyClass::Begun,
            2 => ReplyClass::Done,
            3 => ReplyClass::GoOn,
            4 => ReplyClass::NotNow,
            _ => ReplyClass::No,
        }
    }
}

/// What the first digit of a code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lens) enum ReplyClass {
    /// 1: it is being done, another reply follows.
    Begun,
    /// 2.
    Done,
    /// 3: the server waits for more.
    GoOn,
    /// 4: it failed this time.
    NotNow,
    /// 5.
    No,
}

impl ReplyClass {
    /// In a word, and in a sentence.
    pub(in crate::lens) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Begun => ("begun", "The server has begun to do it; another reply tells how it went."),
            Self::Done => ("done", "It has been done."),
            Self::GoOn => ("go on", "The command was accepted and waits for what the client sends next."),
            Self::NotNow => ("not now", "It could not be done this time; the same may be tried again later."),
            Self::No => ("no", "It was not done, and the same command will not be done later either."),
        }
    }

    pub(in crate::lens) fn tone(self) -> TextTone {
        match self {
            Self::Begun | Self::GoOn => TextTone::Further,
            Self::Done => TextTone::Good,
            Self::NotNow | Self::No => TextTone::Bad,
        }
    }
}

/// What a protocol knows of reply codes.
#[derive(Clone, Copy, Debug)]
pub(in crate::lens) struct ReplyWords {
    /// Codes explained, by number.
    pub(in crate::lens) codes: &'static [(u16, &'static str, &'static str)],
    /// What the second digit says, from 0, in a word and in a sentence.
    pub(in crate::lens) categories: [(&'static str, &'static str); 10],
    /// Where replies are defined.
    pub(in crate::lens) clause: &'static str,
}

impl ReplyWords {
    /// What a code means, and where that is said.
    pub(in crate::lens) fn meaning(&self, number: u16) -> Option<(&'static str, &'static str)> {
        self.codes.iter().find(|(code, ..)| *code == number).map(|(_, meaning, clause)| (*meaning, *clause))
    }

    /// A line of a reply for the conversation: its code in the colour of its class.
    pub(in crate::lens) fn show(&self, text: &str) -> Option<LineText> {
        let code = ReplyCode::of(text.as_bytes())?;
        let (digits, rest) = text.split_at_checked(DIGITS)?;
        let (word, class) = code.class().words();
        let (meaning, clause) = self.meaning(code.number).unwrap_or((class, self.clause));
        let meaning = Some(format!("{} ({word}): {meaning} {clause}", code.number));
        let rest_tone = if rest.starts_with('-') { TextTone::Muted } else { TextTone::Text };
        Some(LineText { meaning, ..LineText::of_parts(&[(digits, code.class().tone()), (rest, rest_tone)]) })
    }

    /// The nodes of a code at the beginning of a line: its digits, and whether more lines follow.
    pub(in crate::lens) fn nodes(&self, nodes: &NodeBuilder<'_>, line: &TextLine) -> Vec<FieldNode> {
        let Some(code) = ReplyCode::of(nodes.bytes(&line.text)) else { return Vec::new() };
        let at = line.text.start;
        let (word, class) = code.class().words();
        let (meaning, clause) = self.meaning(code.number).unwrap_or((class, self.clause));
        let mut found =
            FieldNode::leaf(at..at + DIGITS, "reply code", format!("{} {word}", code.number), meaning, clause);
        let digit = |place: usize| nodes.text(&(at + place..at + place + 1));
        let (category, about) = self.categories.get(usize::from(code.number / 10 % 10)).copied().unwrap_or_default();
        found.parts = vec![
            FieldNode::leaf(at..at + 1, "first digit", format!("{}: {word}", digit(0)), class, self.clause),
            FieldNode::leaf(at + 1..at + 2, "second digit", format!("{}: {category}", digit(1)), about, self.clause),
            FieldNode::leaf(
                at + 2..at + 3,
                "third digit",
                digit(2),
                "It tells apart what the first two have in common.",
                self.clause,
            ),
        ];
        let mut parts = vec![found];
        if at + DIGITS < line.text.end {
            let (value, meaning) = if code.goes_on {
                ("hyphen", "More lines of the same reply follow.")
            } else {
                ("space", "This is the last line of the reply.")
            };
            parts.push(FieldNode::leaf(at + DIGITS..at + DIGITS + 1, "separator", value, meaning, self.clause));
        }
        parts
    }
}

/// Where the text of a reply's line begins, behind code and separator.
pub(in crate::lens) fn text_of(line: &TextLine) -> Range<usize> {
    (line.text.start + DIGITS + 1).min(line.text.end)..line.text.end
}

/// `250 OK`, and the code alone: an arrow's words for a reply.
pub(in crate::lens) fn reply_words(octets: &[u8]) -> Option<Vec<String>> {
    let mut lines = octets.split(|octet| *octet == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = lines.next()?;
    let code = ReplyCode::of(first)?;
    let (word, _) = code.class().words();
    let text = String::from_utf8_lossy(first.get(DIGITS + 1..).unwrap_or_default()).into_owned();
    let short = shortened(text.trim());
    let number = code.number;
    let long = if short.is_empty() { format!("{number} {word}") } else { format!("{number} {short}") };
    Some(vec![long, format!("{number} {word}"), number.to_string()])
}

/// Is anything wrong with a line that should begin with a code?
pub(in crate::lens) fn code_fault(line: &CompletedLine<'_>, clause: &str) -> Option<String> {
    let has_none = !line.is_cut && ReplyCode::of(line.text).is_none();
    has_none.then(|| format!("a reply begins with three digits and a space or a hyphen: {clause}"))
}

/// Digits of a code.
pub(in crate::lens) const DIGITS: usize = 3;

#[cfg(test)]
mod codes {
    use super::*;

    #[test]
    fn stand_before_a_space_a_hyphen_or_the_end() {
        let code = |line: &[u8]| ReplyCode::of(line).map(|code| (code.number, code.goes_on));
        assert_eq!(code(b"250 OK"), Some((250, false)));
        assert_eq!(code(b"250-mail.lab"), Some((250, true)));
        assert_eq!(code(b"354"), Some((354, false)));
        for none in [&b"25"[..], b"2500", b"abc", b"950 x", b"25a x", b"250x", b""] {
            assert_eq!(code(none), None, "{none:?}");
        }
    }

    #[test]
    fn say_in_a_word_how_it_went() {
        let word = |number| ReplyCode { number, goes_on: false }.class().words().0;
        assert_eq!([150, 220, 354, 451, 550].map(word), ["begun", "done", "go on", "not now", "no"]);
    }
}
