//! What a reader is given, and what it finds in it.

use std::ops::Range;

use crate::wire::Side;

/// Octets one side sent in one event, or the rest of them. Offsets count from the first octet of that side that the reader is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowPiece<'a> {
    /// Who sent them.
    pub side: Side,
    /// The offset of the first one.
    pub at: u64,
    /// Those the record kept.
    pub bytes: &'a [u8],
    /// How many crossed after them that the record left out.
    pub omitted: u64,
}

impl FlowPiece<'_> {
    /// Where it stands, left out octets included.
    pub fn range(&self) -> Range<u64> {
        self.at..self.at.saturating_add(self.bytes.len() as u64).saturating_add(self.omitted)
    }
}

/// What happens to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionEvent<'a> {
    /// Octets come.
    Octets(FlowPiece<'a>),
    /// A side has ended its sending.
    End(Side),
}

/// What a reader finds in a piece, in the order of its octets.
#[derive(Clone, Debug, Default)]
pub struct ReaderFindings {
    pub(in crate::lens) list: Vec<Finding>,
    pub(in crate::lens) switch: Option<Switch>,
}

/// One of them. Offsets are a [`FlowPiece`]'s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lens) enum Finding {
    Begin { at: u64, kind: u8, exchange: Option<u32> },
    Kind(u8),
    Exchange(u32),
    End { at: u64 },
    Line { range: Range<u64>, kind: u8, joins: &'static [u8], wrong: Option<String> },
    Block { range: Range<u64>, kind: u8, joins: bool, wrong: Option<String> },
    Wrong(String),
}

/// From an octet on, another protocol is spoken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switch {
    /// The first octet, of the side whose piece is being read, that is not this protocol's any more.
    pub at: u64,
    /// What both sides agreed on, where they named it.
    pub agreed: Option<String>,
    /// The port that a tunnel was asked for.
    pub port: Option<u16>,
    /// TLS is to begin; above it the same protocol goes on.
    pub begins_tls: bool,
}

impl ReaderFindings {
    /// A message of the piece's side begins. `kind` is the reader's own number for what it is, [`UNREAD`] for what has no fields; messages
    /// that answer each other have the same `exchange`.
    pub fn begin(&mut self, at: u64, kind: u8, exchange: Option<u32>) {
        self.list.push(Finding::Begin { at, kind, exchange });
    }

    /// The message turns out to be of another kind.
    pub fn kind(&mut self, kind: u8) {
        self.list.push(Finding::Kind(kind));
    }

    /// The message turns out to belong to this exchange.
    pub fn exchange(&mut self, exchange: u32) {
        self.list.push(Finding::Exchange(exchange));
    }

    /// The message has ended.
    pub fn end(&mut self, at: u64) {
        self.list.push(Finding::End { at });
    }

    /// A line of text, its line end included. `kind` is the reader's own number for what it is. It is kept together with lines before it
    /// that are of one of the kinds `joins`.
    pub fn line(&mut self, range: Range<u64>, kind: u8, joins: &'static [u8], wrong: Option<String>) {
        self.list.push(Finding::Line { range, kind, joins, wrong });
    }

    /// Octets that make one line of the conversation, whatever is in them.
    pub fn block(&mut self, range: Range<u64>, kind: u8, wrong: Option<String>) {
        self.list.push(Finding::Block { range, kind, joins: false, wrong });
    }

    /// The same; where the side's last line is of the same message and kind and ends where these begin, they lengthen it.
    pub fn more(&mut self, range: Range<u64>, kind: u8, wrong: Option<String>) {
        self.list.push(Finding::Block { range, kind, joins: true, wrong });
    }

    /// Something is wrong with the side's last line.
    pub fn wrong(&mut self, wrong: String) {
        self.list.push(Finding::Wrong(wrong));
    }

    /// From here on another protocol is spoken, whichever claims it. What the reader finds in this piece after that is its successor's.
    pub fn switch(&mut self, switch: Switch) {
        self.switch = Some(switch);
    }

    pub(in crate::lens) fn clear(&mut self) {
        self.list.clear();
        self.switch = None;
    }
}

/// The kind of a message that is not read any further.
pub const UNREAD: u8 = 0;
