//! Reads a message from front to end and makes nodes of what it reads.

use std::ops::Range;

use super::words::About;
use crate::{lens::FieldNode, wire::units::count_octets};

/// Where reading stands. Positions count from the message's first octet; ranges of nodes from the first of what is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct MessageReader<'a> {
    /// The whole message: names point back into it.
    pub(super) octets: &'a [u8],
    /// What is read next.
    pub(super) at: usize,
    /// Where the part that is being read ends.
    pub(super) end: usize,
    /// Where the message begins in what is read.
    base: usize,
    /// Octets after these that the record left out.
    pub(super) omitted: u64,
    /// What OPT said, once it has been read.
    pub(super) edns: Option<Edns>,
}

/// What an OPT record says beside its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edns {
    /// Octets of the longest datagram its sender takes.
    pub payload: u16,
    /// Bits of the response code above the header's four.
    pub extended_rcode: u8,
    /// The version of EDNS.
    pub version: u8,
    /// DO: the asker wants signatures.
    pub dnssec: bool,
}

/// Nothing more can be read: why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) String);

impl<'a> MessageReader<'a> {
    pub(super) fn new(octets: &'a [u8], base: usize, omitted: u64) -> Self {
        Self { octets, at: 0, end: octets.len(), base, omitted, edns: None }
    }

    /// The next `count` octets, if there are so many.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.end)?;
        let taken = self.octets.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// A number of `count` octets, the most significant first.
    pub(super) fn number(&mut self, count: usize) -> Option<u64> {
        self.take(count).map(|octets| octets.iter().fold(0, |sum, octet| sum << 8 | u64::from(*octet)))
    }

    /// What is left of the part.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        let rest = self.octets.get(self.at..self.end).unwrap_or_default();
        self.at = self.end;
        rest
    }

    pub(super) fn left(&self) -> usize {
        self.end.saturating_sub(self.at)
    }

    /// The next `length` octets as a part of their own; the reader goes on after them.
    pub(super) fn part(&mut self, length: usize) -> Option<Self> {
        let part = Self { end: self.at.checked_add(length).filter(|end| *end <= self.end)?, ..*self };
        self.at = part.end;
        Some(part)
    }

    /// A range of the message as nodes have it.
    pub(super) fn place(&self, range: Range<usize>) -> Range<usize> {
        range.start + self.base..range.end + self.base
    }

    /// A node over what was read since `from`.
    pub(super) fn node(
        &self,
        from: usize,
        name: impl Into<String>,
        value: impl Into<String>,
        about: &About,
    ) -> FieldNode {
        FieldNode::leaf(self.place(from..self.at), name, value, about.0, about.1)
    }

    /// A number with its node.
    pub(super) fn number_node(
        &mut self,
        count: usize,
        name: &str,
        about: &About,
        value: impl FnOnce(u64) -> String,
    ) -> Result<(u64, FieldNode), Malformed> {
        let from = self.at;
        let number = self.number(count).ok_or_else(|| self.short(name))?;
        Ok((number, self.node(from, name, value(number), about)))
    }

    /// The octets end before `what` does.
    pub(super) fn short(&self, what: &str) -> Malformed {
        let missing = self.end == self.octets.len() && self.omitted > 0;
        Malformed(if missing {
            format!("{what}: the record did not keep the rest, {}", count_octets(self.omitted))
        } else {
            format!("{what}: the octets end before it does")
        })
    }
}
