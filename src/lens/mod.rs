//! HOW OCTETS ARE READ. Octets → named fields with octet ranges, meaning and RFC section. One file a protocol, hex last.
//!
//! Three ways in: where messages begin as octets come ([`Messages`]), a tree of [`FieldNode`]s over some octets ([`read`]), and the
//! [`Conversation`] of a whole flow with its [`ExchangeView`]s. None ever fails: what is malformed is flagged where it stands.

pub mod dns;
pub mod h2;
pub mod hex;
pub mod http;
pub mod tls;

mod conversation;
mod excerpt;
mod exchanges;
mod messages;
mod spoken;
mod streams;
mod text;

use std::ops::Range;

pub use self::{
    conversation::{Conversation, Line, LineEnd, LineKind},
    excerpt::Excerpt,
    exchanges::{ExchangeView, MessageView},
    messages::{Messages, Run},
    streams::{Kept, Stream},
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

/// A way to read octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lens {
    /// HTTP/1.x.
    Http1,
    /// HTTP/2 frames.
    Http2,
    /// TLS records, sealed.
    Tls,
    /// One DNS message: a datagram.
    Dns,
    /// DNS messages in a TCP stream, each behind two octets that say how long it is.
    DnsOverTcp,
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
            Self::Dns => "DNS",
            Self::DnsOverTcp => "DNS over TCP",
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
        Lens::Dns => dns::read(octets),
        Lens::DnsOverTcp => dns::read_stream(octets),
        Lens::Hex => Vec::new(),
    }
}

/// How a datagram of `flow` is read: by the flow's ports, or because its octets read as nothing else would.
pub fn of_datagram(flow: &Flow, octets: &[u8]) -> Lens {
    let by_ports = spoken::has_dns_port(flow);
    if by_ports || dns::is_likely(octets) { Lens::Dns } else { Lens::Hex }
}

/// The conversation of a flow. To follow a flow that grows, keep the [`Conversation`] and call [`Conversation::follow`].
pub fn conversation(flow: &Flow) -> Conversation {
    Conversation::of(flow)
}
