//! Values as IMAP writes them: atoms, quoted strings, literals, lists. RFC 9051 §4.

use std::ops::Range;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// A value, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ImapValue {
    /// All of it, marks included.
    pub(super) range: Range<usize>,
    /// What it says: without quotation marks, brackets, or the announcement of a literal.
    pub(super) inner: Range<usize>,
    pub(super) kind: ImapValueKind,
}

/// How a value is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ImapValueKind {
    /// A word or a number.
    Atom,
    /// In quotation marks.
    Quoted,
    /// Behind its length.
    Literal,
    /// In parentheses.
    List(Vec<ImapValue>),
}

/// How many octets a line announces at its end: `{n}`, `{n+}`, `~{n}`. RFC 9051 §4.3, RFC 7888, RFC 3516.
pub(super) fn literal_of(line: &[u8]) -> Option<u64> {
    let inside = line.strip_suffix(b"}")?;
    let from = inside.iter().rposition(|octet| *octet == b'{')? + 1;
    let digits = inside.get(from..)?;
    let digits = digits.strip_suffix(b"+").or_else(|| digits.strip_suffix(b"-")).unwrap_or(digits);
    let is_number = (1..=MAX_DIGITS).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| is_number)?.parse().ok()
}

/// The values that stand in `range` of `bytes`, as far as they can be told apart.
pub(super) fn values_of(bytes: &[u8], range: Range<usize>) -> Vec<ImapValue> {
    let mut parser = Parser { bytes, at: range.start, end: range.end.min(bytes.len()), left: MAX_VALUES };
    parser.list(0)
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    /// Values that may still be told apart.
    left: usize,
}

impl Parser<'_> {
    /// Values up to the parenthesis that closes the list, or to the end.
    fn list(&mut self, depth: usize) -> Vec<ImapValue> {
        let mut values = Vec::new();
        while let Some(octet) = self.octet() {
            match octet {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                b')' if depth > 0 => break,
                _ if self.left == 0 => break,
                _ => {
                    self.left -= 1;
                    values.push(self.value(octet, depth));
                }
            }
        }
        values
    }

    fn value(&mut self, first: u8, depth: usize) -> ImapValue {
        let from = self.at;
        match first {
            b'"' => self.quoted(from),
            b'(' if depth < MAX_DEPTH => {
                self.at += 1;
                let values = self.list(depth + 1);
                let inner = from + 1..self.at;
                // The parenthesis that closes it, if it is there.
                self.at = (self.at + 1).min(self.end);
                ImapValue { range: from..self.at, inner, kind: ImapValueKind::List(values) }
            }
            b'{' | b'~' => self.literal(from).unwrap_or_else(|| self.atom(from)),
            _ => self.atom(from),
        }
    }

    fn quoted(&mut self, from: usize) -> ImapValue {
        self.at += 1;
        let begin = self.at;
        while let Some(octet) = self.octet().filter(|octet| *octet != b'"') {
            self.at += if octet == b'\\' { 2 } else { 1 };
        }
        self.at = self.at.min(self.end);
        let inner = begin..self.at;
        self.at = (self.at + 1).min(self.end);
        ImapValue { range: from..self.at, inner, kind: ImapValueKind::Quoted }
    }

    fn literal(&mut self, from: usize) -> Option<ImapValue> {
        let rest = self.bytes.get(from..self.end)?;
        let line = rest.iter().position(|octet| *octet == b'\n')?;
        let announcement = rest.get(..line)?;
        let octets = literal_of(announcement.strip_suffix(b"\r").unwrap_or(announcement))?;
        // What begins here has to be the announcement, all of it.
        let marks = announcement.iter().filter(|octet| b"{ (".contains(octet)).count();
        if marks > 1 {
            return None;
        }
        let begin = from + line + 1;
        let end = begin.saturating_add(usize::try_from(octets).unwrap_or(usize::MAX)).min(self.end);
        self.at = end;
        Some(ImapValue { range: from..end, inner: begin..end, kind: ImapValueKind::Literal })
    }

    /// A word; brackets hold it together: `BODY[HEADER.FIELDS (Date From)]<0.100>`.
    fn atom(&mut self, from: usize) -> ImapValue {
        let mut brackets = 0_usize;
        while let Some(octet) = self.octet() {
            match octet {
                b'\r' | b'\n' => break,
                b' ' | b'(' | b')' | b'"' if brackets == 0 && self.at > from => break,
                b'[' => brackets += 1,
                b']' => brackets = brackets.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
        }
        ImapValue { range: from..self.at, inner: from..self.at, kind: ImapValueKind::Atom }
    }

    fn octet(&self) -> Option<u8> {
        self.bytes.get(self.at).copied().filter(|_| self.at < self.end)
    }
}

/// A mailbox's name as people write it, where it is in modified UTF-7: `&` and base64 of UTF-16, up to a hyphen. RFC 3501 §5.1.3.
pub(super) fn mailbox_name(name: &str) -> Option<String> {
    let mut shown = String::new();
    let mut rest = name;
    while let Some((before, coded)) = rest.split_once('&') {
        shown.push_str(before);
        let (coded, after) = coded.split_once('-')?;
        if coded.is_empty() {
            shown.push('&');
        } else {
            let octets = BASE64.decode(coded.replace(',', "/")).ok()?;
            let units =
                octets.chunks_exact(2).filter_map(|pair| Some(u16::from_be_bytes([*pair.first()?, *pair.get(1)?])));
            shown.push_str(&String::from_utf16(&units.collect::<Vec<_>>()).ok()?);
        }
        rest = after;
    }
    shown.push_str(rest);
    (shown != name).then_some(shown)
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Digits of a literal's length.
const MAX_DIGITS: usize = 18;
/// Lists within lists.
const MAX_DEPTH: usize = 24;
/// Values told apart in one response.
const MAX_VALUES: usize = 5000;

#[cfg(test)]
mod written_values {
    use proptest::prelude::*;

    use super::*;

    fn texts(bytes: &[u8]) -> Vec<String> {
        fn word(bytes: &[u8], value: &ImapValue) -> String {
            let text = String::from_utf8_lossy(&bytes[value.inner.clone()]).into_owned();
            match &value.kind {
                ImapValueKind::Atom => text,
                ImapValueKind::Quoted => format!("'{text}'"),
                ImapValueKind::Literal => format!("{{{text}}}"),
                ImapValueKind::List(values) => {
                    format!("({})", values.iter().map(|value| word(bytes, value)).collect::<Vec<_>>().join(" "))
                }
            }
        }
        values_of(bytes, 0..bytes.len()).iter().map(|value| word(bytes, value)).collect()
    }

    #[test]
    fn are_told_apart() {
        assert_eq!(
            texts(b"FETCH (FLAGS (\\Seen) BODY[HEADER.FIELDS (DATE)]<0> {5}\r\na b\r\n UID 7 \"a \\\"b\\\"\" NIL)"),
            ["FETCH", "(FLAGS (\\Seen) BODY[HEADER.FIELDS (DATE)]<0> {a b\r\n} UID 7 'a \\\"b\\\"' NIL)"]
        );
        assert_eq!(texts(b"~{3}\r\na\0b rest"), ["{a\0b}", "rest"]);
        assert_eq!(texts(b"((a) b"), ["((a) b)"]);
        assert_eq!(texts(b"{99}\r\nshort"), ["{short}"]);
    }

    #[test]
    fn announced_at_the_end_of_a_line_have_a_length() {
        assert_eq!(literal_of(b"a1 LOGIN {5}"), Some(5));
        assert_eq!(literal_of(b"a1 LOGIN {5+}"), Some(5));
        assert_eq!(literal_of(b"x ~{12}"), Some(12));
        for none in [&b"a {}"[..], b"a {x}", b"a {5} ", b"5}", b"{9999999999999999999}", b""] {
            assert_eq!(literal_of(none), None, "{none:?}");
        }
    }

    #[test]
    fn of_mailboxes_may_have_letters_beyond_ascii() {
        assert_eq!(mailbox_name("~peter/mail/&U,BTFw-/&ZeVnLIqe-").as_deref(), Some("~peter/mail/台北/日本語"));
        assert_eq!(mailbox_name("a &- b").as_deref(), Some("a & b"));
        assert_eq!(mailbox_name("INBOX"), None);
        assert_eq!(mailbox_name("&broken"), None);
    }

    proptest! {
        #[test]
        fn of_any_octets_stand_within_them(bytes in proptest::collection::vec(
            prop_oneof![any::<u8>(), Just(b'('), Just(b')'), Just(b'"'), Just(b'{'), Just(b'}'), Just(b'1'), Just(b'\n'), Just(b'\\'), Just(b'[')], 0..120)
        ) {
            fn check(values: &[ImapValue], within: &Range<usize>) {
                let mut at = within.start;
                for value in values {
                    assert!(at <= value.range.start && value.range.end <= within.end, "{value:?} in {within:?}");
                    assert!(value.range.start <= value.inner.start && value.inner.end <= value.range.end);
                    at = value.range.end;
                    if let ImapValueKind::List(values) = &value.kind {
                        check(values, &value.inner);
                    }
                }
            }
            check(&values_of(&bytes, 0..bytes.len()), &(0..bytes.len()));
            mailbox_name(&String::from_utf8_lossy(&bytes));
        }
    }
}
