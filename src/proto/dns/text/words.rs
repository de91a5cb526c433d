//! Zone file text cut into entries and words: parentheses, comments, quotation marks, backslashes. RFC 1035 §5.1.

use std::{iter::Peekable, str::Chars};

use super::TextError;

/// One word. Its backslashes are still in it, because they mean different things in a name and in a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::proto::dns) struct Word {
    pub(in crate::proto::dns) text: String,
    /// It stood in quotation marks.
    pub(in crate::proto::dns) quoted: bool,
}

impl Word {
    /// The octets it stands for: `\DDD` and `\X` undone.
    pub(super) fn octets(&self) -> Result<Vec<u8>, TextError> {
        let mut octets = Vec::with_capacity(self.text.len());
        let mut chars = self.text.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => unescape(&mut chars)?.push_onto(&mut octets),
                c => EscapedText::Char(c).push_onto(&mut octets),
            }
        }
        Ok(octets)
    }
}

/// What a backslash and what follows it stand for.
pub(super) enum EscapedText {
    Octet(u8),
    Char(char),
}

impl EscapedText {
    pub(super) fn push_onto(self, octets: &mut Vec<u8>) {
        match self {
            Self::Octet(octet) => octets.push(octet),
            Self::Char(c) => octets.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
}

/// Reads what follows a backslash.
pub(super) fn unescape(chars: &mut Chars<'_>) -> Result<EscapedText, TextError> {
    let first = chars.next().ok_or_else(|| TextError::Escape { found: String::new() })?;
    if !first.is_ascii_digit() {
        return Ok(EscapedText::Char(first));
    }
    let digits: String = std::iter::once(first).chain(chars.by_ref().take(2)).collect();
    let all_digits = digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit());
    match digits.parse() {
        Ok(octet) if all_digits => Ok(EscapedText::Octet(octet)),
        _ => Err(TextError::Escape { found: digits }),
    }
}

/// One logical line: what parentheses hold together counts as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::proto::dns) struct FileEntry {
    /// Where it begins, counted from 1.
    pub(in crate::proto::dns) line: u32,
    /// It begins with a space: its owner is the entry's before.
    pub(in crate::proto::dns) indented: bool,
    /// At least one.
    pub(in crate::proto::dns) words: Vec<Word>,
}

/// The entries of a text, or the line and what is wrong there. Empty ones are left out.
pub(in crate::proto::dns) struct FileEntries<'a> {
    chars: Peekable<Chars<'a>>,
    line: u32,
    failed: bool,
}

impl<'a> FileEntries<'a> {
    pub(in crate::proto::dns) fn new(text: &'a str) -> Self {
        Self { chars: text.chars().peekable(), line: 1, failed: false }
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        if c == '\n' {
            self.line = self.line.saturating_add(1);
        }
        Some(c)
    }

    /// Reads up to the end of an entry; `None` at the end of the text.
    fn entry(&mut self) -> Result<Option<FileEntry>, TextError> {
        let Some(first) = self.chars.peek() else { return Ok(None) };
        let indented = matches!(first, ' ' | '\t');
        let mut entry = FileEntry { line: self.line, indented, words: Vec::new() };
        let mut depth = 0_u32;
        while let Some(c) = self.chars.peek().copied() {
            match c {
                '\n' => {
                    self.bump();
                    if depth == 0 {
                        return Ok(Some(entry));
                    }
                }
                '(' => {
                    self.bump();
                    depth = depth.saturating_add(1);
                }
                ')' => {
                    self.bump();
                    depth = depth.checked_sub(1).ok_or(TextError::StrayParenthesis)?;
                }
                ';' => while self.chars.next_if(|c| *c != '\n').is_some() {},
                '"' => {
                    self.bump();
                    let text = self.quoted()?;
                    entry.words.push(Word { text, quoted: true });
                }
                c if c.is_whitespace() => {
                    self.bump();
                }
                _ => {
                    let text = self.bare();
                    entry.words.push(Word { text, quoted: false });
                }
            }
        }
        if depth > 0 { Err(TextError::Unclosed { what: "a parenthesis" }) } else { Ok(Some(entry)) }
    }

    fn quoted(&mut self) -> Result<String, TextError> {
        let mut text = String::new();
        loop {
            match self.chars.next_if(|c| *c != '\n') {
                None => return Err(TextError::Unclosed { what: "a quotation mark" }),
                Some('"') => return Ok(text),
                Some(c) => {
                    text.push(c);
                    if c == '\\' {
                        text.extend(self.chars.next_if(|c| *c != '\n'));
                    }
                }
            }
        }
    }

    fn bare(&mut self) -> String {
        let mut text = String::new();
        while let Some(c) = self.chars.next_if(|c| !(c.is_whitespace() || matches!(c, '(' | ')' | ';' | '"'))) {
            text.push(c);
            if c == '\\' {
                text.extend(self.chars.next_if(|c| *c != '\n'));
            }
        }
        text
    }
}

impl Iterator for FileEntries<'_> {
    type Item = Result<FileEntry, (u32, TextError)>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.failed {
            match self.entry() {
                Ok(None) => return None,
                Ok(Some(entry)) if entry.words.is_empty() => {}
                Ok(Some(entry)) => return Some(Ok(entry)),
                Err(error) => {
                    self.failed = true;
                    return Some(Err((self.line, error)));
                }
            }
        }
        None
    }
}
