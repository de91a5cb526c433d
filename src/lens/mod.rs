//! HOW OCTETS ARE READ. Octets → named fields with octet ranges, meaning and RFC section. One file a protocol, hex last.
//!
//! Two ways in: a tree of [`FieldNode`]s over some octets ([`choose`], [`read`]), and the [`Conversation`] of a whole flow with its
//! [`ExchangeView`]s. Neither ever fails: what is malformed is flagged where it stands.

pub mod h2;
pub mod hex;
pub mod hpack;
pub mod http;

mod conversation;
mod exchanges;

mod stream;
mod text;

use std::ops::Range;

pub use self::{
    conversation::{Conversation, Line, LineEnd, LineKind},
    exchanges::{ExchangeView, MessageView},
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
    /// Rows of sixteen octets.
    Hex,
}

impl Lens {
    /// Its name for a chooser.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http1 => "HTTP/1.x",
            Self::Http2 => "HTTP/2",
            Self::Hex => "octets",
        }
    }
}

/// The lens that fits the beginning of what `from` said best; `port` (the server's) decides where octets leave a doubt.
pub fn choose(bytes: &[u8], from: Side, port: Option<u16>) -> Lens {
    let web = matches!(port, Some(80 | 443 | 8000 | 8080 | 8443));
    match (h2::fit(bytes, from), http::fit(bytes, from)) {
        (frames, text) if frames > text && (frames > 50 || web) => Lens::Http2,
        (_, text) if text > 50 || text > 0 && web => Lens::Http1,
        _ => Lens::Hex,
    }
}

/// What `from` said, read through `lens`. `asked` are the methods that responses answer, in order, as far as known.
pub fn read(lens: Lens, bytes: &[u8], from: Side, asked: &[&str]) -> Vec<FieldNode> {
    match lens {
        Lens::Http1 => http::read(bytes, from, asked),
        Lens::Http2 => h2::read(bytes, from),
        Lens::Hex => hex::read(bytes),
    }
}

/// The conversation of a flow. To follow a flow that grows, keep the [`Conversation`] and call [`Conversation::follow`].
pub fn conversation(flow: &Flow) -> Conversation {
    Conversation::of(flow)
}
