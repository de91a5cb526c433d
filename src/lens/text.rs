//! Octets as a person reads them.

use std::fmt::Write as _;

/// How a line ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LineEnd {
    /// CR LF.
    CrLf,
    /// LF alone.
    Lf,
    /// Not at all: it is not a line of text, or is cut.
    #[default]
    None,
}

/// The first words of text, nothing of anything else.
pub(super) fn preview(bytes: &[u8]) -> String {
    let start = bytes.get(..bytes.len().min(PREVIEW)).unwrap_or_default();
    // A character may have been cut at the end.
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(start.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
        Err(_) => return String::new(),
    };
    if text.chars().any(|char| char.is_control() && !char.is_whitespace()) {
        return String::new();
    }
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if start.len() < bytes.len() {
        words.push('…');
    }
    words
}

/// Text with every octet shown: control octets and what is not UTF-8 as `\x..`.
pub(super) fn visible(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '\t' => text.push('\t'),
                char if char.is_control() => write!(text, "\\x{:02x}", u32::from(char)).unwrap_or_default(),
                char => text.push(char),
            }
        }
        for octet in chunk.invalid() {
            write!(text, "\\x{octet:02x}").unwrap_or_default();
        }
    }
    text
}

/// Octets of content that are shown in its line.
const PREVIEW: usize = 160;

/// The beginning of a name for an arrow of the ladder.
pub(super) fn shortened(name: &str) -> String {
    match name.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

/// Octets as the text of one line, with how it ended; `whole` when all of the line is there.
pub(super) fn line_text(bytes: &[u8], whole: bool) -> (String, LineEnd) {
    match bytes {
        [text @ .., b'\r', b'\n'] if whole => (visible(text), LineEnd::CrLf),
        [text @ .., b'\n'] if whole => (visible(text), LineEnd::Lf),
        text if whole => (visible(text), LineEnd::None),
        text => (visible(text) + "…", LineEnd::None),
    }
}

/// Characters of a name in an arrow's words.
const MAX_NAME: usize = 18;
