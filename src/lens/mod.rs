//! HOW OCTETS ARE READ. Octets → named fields with octet ranges, meaning and RFC section. One file a protocol, hex last.

use std::ops::Range;

/// One field of a message, with the octets it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldNode {
    /// Which octets, from the beginning of what was read.
    pub range: Range<usize>,
    /// Its name in the field's own words: `status code`, `Content-Length`, `chunk size`.
    pub name: String,
    /// Its value as a person reads it.
    pub value: String,
    /// What it is for, in one sentence.
    pub meaning: &'static str,
    /// Where it is defined: `RFC 9112 §4`.
    pub clause: &'static str,
    /// What is wrong with it, if anything.
    pub wrong: Option<String>,
    /// Its parts.
    pub parts: Vec<FieldNode>,
}
