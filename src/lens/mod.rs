//! HOW OCTETS ARE READ. Octets → named fields with octet ranges, meaning and RFC section. One folder a protocol, one row in one table.
//!
//! A [`FlowReading`] follows a flow event by event and is what all views take what they show from: where messages begin and end,
//! the lines of the conversation, a tree of [`FieldNode`]s for a message, the words of an arrow, the HTTP exchanges. What it knows
//! of protocols stands in [`protocols::PROTOCOLS`]; each of them is a [`Protocol`] with a
//! [`ProtocolReader`](protocol::ProtocolReader). None ever fails: what is malformed is flagged where it stands.

pub mod dns;
pub mod echo;
pub mod ftp;
pub mod glossary;
pub mod h2;
pub mod hex;
pub mod http;
pub mod imap;
pub mod plain;
pub mod pop3;
pub mod protocol;
pub mod protocols;
pub mod smtp;
pub mod tls;

mod excerpt;
mod exchanges;
mod greetings;
mod lines;
mod mail;
mod passages;
mod reading;
mod streams;
mod text;
#[cfg(test)]
mod transcript;
mod turns;

use std::ops::Range;

pub use self::{
    excerpt::{Excerpt, ExcerptBuf},
    exchanges::{ExchangeView, MessageFlaw, MessageView},
    passages::SectionNumber,
    protocol::{LadderArrow, MessageSource, Protocol, TextTone, UNREAD, Weight, Words},
    reading::{ConversationLine, EventRuns, FlowMessage, FlowReading, MessageRun, NO_EXCHANGE, Revision},
    streams::{OctetStream, Track},
    text::LineEnd,
};

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
    /// Which bits of its octets, where it is not all of them: counted from 0, the most significant bit of the first octet.
    pub bits: Option<Range<u8>>,
    /// Another octet that it refers to, counted as `range` is: where a compressed name goes on.
    pub points_to: Option<usize>,
    /// What is wrong with it, if anything.
    pub wrong: Option<String>,
    /// Its parts.
    pub parts: Vec<FieldNode>,
}

impl FieldNode {
    /// A node without parts.
    pub fn leaf(
        range: Range<usize>,
        name: impl Into<String>,
        value: impl Into<String>,
        meaning: &'static str,
        clause: &'static str,
    ) -> Self {
        let (name, value) = (name.into(), value.into());
        Self { range, name, value, meaning, clause, bits: None, points_to: None, wrong: None, parts: Vec::new() }
    }

    /// The innermost node that stands on the octet at `offset`, all of it: bits are found within the node they are part of.
    pub fn at(&self, offset: usize) -> Option<&Self> {
        let here = self.range.contains(&offset) && self.bits.is_none();
        here.then(|| self.parts.iter().find_map(|part| part.at(offset)).unwrap_or(self))
    }

    /// Is anything wrong with it or a part of it?
    pub fn is_wrong(&self) -> bool {
        self.wrong.is_some() || self.parts.iter().any(Self::is_wrong)
    }
}
