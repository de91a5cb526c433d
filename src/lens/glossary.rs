//! Words of protocols explained, in one sentence each: the entries of the glossaries of [`super::http`], [`super::smtp`] and the others.

use std::ops::Range;

use super::FieldNode;

/// A word of a protocol explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlossaryEntry {
    /// As written in its RFC.
    pub name: &'static str,
    /// What it is for, in one sentence.
    pub meaning: &'static str,
    /// Where it is defined.
    pub clause: &'static str,
}

/// An entry of a glossary.
pub(super) const fn word(name: &'static str, meaning: &'static str, clause: &'static str) -> GlossaryEntry {
    GlossaryEntry { name, meaning, clause }
}

/// The entry for `name`, whatever the case of its letters.
pub(super) fn find(words: &'static [GlossaryEntry], name: &str) -> Option<&'static GlossaryEntry> {
    words.iter().find(|word| word.name.eq_ignore_ascii_case(name))
}

impl GlossaryEntry {
    /// A node of what it explains.
    pub(super) fn node(&self, range: Range<usize>, value: impl Into<String>) -> FieldNode {
        FieldNode::leaf(range, self.name, value, self.meaning, self.clause)
    }

    /// `ETag: A tag for this version of the object. RFC 9110 §8.8.3`.
    pub fn sentence(&self) -> String {
        format!("{}: {} {}", self.name, self.meaning, self.clause)
    }
}
