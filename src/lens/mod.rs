//! HOW OCTETS ARE READ. Octets → named fields with octet ranges, meaning and RFC section. One file a protocol, hex last.
//!
//! Three ways in: where messages begin as octets come ([`Messages`]), a tree of [`FieldNode`]s over some octets ([`read`]), and the
//! [`Conversation`] of a whole flow with its [`ExchangeView`]s. None ever fails: what is malformed is flagged where it stands.

pub mod h2;
pub mod hex;
pub mod hpack;
pub mod http;
pub mod tls;

mod conversation;
mod excerpt;
mod exchanges;
mod messages;
mod spoken;
mod stream;
mod text;

use std::ops::Range;

pub use self::{
    conversation::{Conversation, Line, LineEnd, LineKind},
    excerpt::Excerpt,
    exchanges::{ExchangeView, MessageView},
    messages::{Messages, Run},
    stream::{Kept, Stream},
};
use crate::wire::{Flow, Side};

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

impl FieldNode {
    /// The innermost node that stands on the octet at `offset`.
    pub fn at(&self, offset: usize) -> Option<&Self> {
        self.range.contains(&offset).then(|| self.parts.iter().find_map(|part| part.at(offset)).unwrap_or(self))
    }
}

/// A way to read octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lens {
    /// HTTP/1.x.
    Http1,
    /// HTTP/2 frames.
    Http2,
    /// TLS records, sealed.
    Tls,
    /// Nothing that is read: octets as they are.
    Hex,
}

impl Lens {
    /// Its name for a chooser.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http1 => "HTTP/1.x",
            Self::Http2 => "HTTP/2",
            Self::Tls => "TLS",
            Self::Hex => "octets",
        }
    }
}

/// What a side said, and what its flow held, before the octets that are read.
#[derive(Clone, Debug, Default)]
pub struct Before<'a> {
    /// The method of the request that a response answers, if known.
    pub asked: Option<&'a str>,
    /// What the same side said before, which HTTP/2 needs: octets, and how many more the record left out after them.
    pub said: Vec<(&'a [u8], u64)>,
}

/// What `from` said, read through `lens`.
pub fn read(lens: Lens, octets: Excerpt<'_>, from: Side, before: &Before<'_>) -> Vec<FieldNode> {
    match lens {
        Lens::Http1 => http::read(octets, from, before.asked.as_slice()),
        Lens::Http2 => h2::read(octets, from, &before.said),
        Lens::Tls => tls::read(octets.bytes),
        Lens::Hex => Vec::new(),
    }
}

/// The conversation of a flow. To follow a flow that grows, keep the [`Conversation`] and call [`Conversation::follow`].
pub fn conversation(flow: &Flow) -> Conversation {
    Conversation::of(flow)
}
