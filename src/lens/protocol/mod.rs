//! What a protocol brings along to be read: its name, how it claims a flow, and a reader of what both sides say. The table of all of them is
//! [`super::protocols`]; what keeps a reader busy and asks it for lines, fields and words is [`super::FlowReading`].
//!
//! `findings` is what a reader is given and what it finds, `presentation` what it is asked and what it answers.

mod findings;
mod presentation;

use std::fmt::Debug;

pub(super) use self::findings::Finding;
pub use self::{
    findings::{FlowPiece, ReaderFindings, SectionEvent, Switch, UNREAD},
    presentation::{LadderArrow, LineSource, LineText, MessageSource, TextTone, Weight, Words},
};
use super::{ExchangeView, FieldNode};
use crate::wire::Side;

/// A way to read what a flow says.
pub trait Protocol: Debug + Sync {
    /// Its name for a chooser: `HTTP/1.x`.
    fn name(&self) -> &'static str;

    /// Is a flow that begins like this one of its own? As more octets come, the claim may turn from [`ProtocolClaim::Undecided`] to yes or no, and
    /// may not turn any more after that. No message may end inside the octets that leave it undecided, unless the other side speaks next.
    fn claims(&self, opening: &FlowOpening<'_>) -> ProtocolClaim;

    /// A reader for such a flow, before its first octet.
    fn reader(&self, opening: &FlowOpening<'_>) -> Box<dyn ProtocolReader>;
}

/// Whether a protocol is what a flow speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolClaim {
    /// It is, whatever else comes.
    Yes,
    /// It is not.
    No,
    /// More octets have to come before that can be told.
    Undecided,
}

/// How a flow begins, or the part of a flow in which another protocol begins.
#[derive(Clone, Copy, Debug, Default)]
pub struct FlowOpening<'a> {
    /// What carries it.
    pub transport: FlowTransport,
    /// The port of the end that opened the flow.
    pub client_port: Option<u16>,
    /// The port of the end that was asked; behind a tunnel, the port that the tunnel was asked for.
    pub server_port: Option<u16>,
    /// Who spoke first, once anybody has.
    pub first: Option<Side>,
    /// The client's first octets, at most [`MAX_OPENING`]; of datagrams the first one.
    pub client: &'a [u8],
    /// The server's.
    pub server: &'a [u8],
    /// What both sides agreed to go on with, as the field Upgrade names it (RFC 9110 §7.8).
    pub agreed: Option<&'a str>,
    /// The same protocol was spoken before TLS began: it goes on, and nobody is greeted again.
    pub resumes: bool,
    /// Nothing more will come that could tell: [`ProtocolClaim::Undecided`] counts as no.
    pub is_final: bool,
}

/// What carries what a flow says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FlowTransport {
    /// A stream of octets.
    #[default]
    Stream,
    /// Datagrams, each a message.
    Datagrams,
}

impl FlowOpening<'_> {
    /// Did `side` speak first?
    pub fn began(&self, side: Side) -> bool {
        self.first == Some(side)
    }

    /// Does the server listen at one of `ports`?
    pub fn serves(&self, ports: &[u16]) -> bool {
        self.server_port.is_some_and(|port| ports.contains(&port))
    }
}

/// Do `octets` begin with `whole`? Undecided while they are fewer and may still come to.
pub fn begins_with(octets: &[u8], whole: &[u8]) -> ProtocolClaim {
    let common = octets.len().min(whole.len());
    match octets.get(..common) == whole.get(..common) {
        true if common == whole.len() => ProtocolClaim::Yes,
        true => ProtocolClaim::Undecided,
        false => ProtocolClaim::No,
    }
}

/// Reads what both sides of a flow say, as it comes, and later says what it was. It keeps what it needs to read on, and what it takes to
/// look back at any message; octets it gets again when it is asked.
pub trait ProtocolReader: Debug {
    /// The next octets of one side.
    fn read(&mut self, piece: FlowPiece<'_>, found: &mut ReaderFindings);

    /// `side` has ended its sending, or was cut off.
    fn end(&mut self, side: Side, found: &mut ReaderFindings);

    /// A line of the conversation.
    fn line(&self, line: &LineSource<'_>) -> LineText;

    /// What a message of this kind is called: `Request`.
    fn noun(&self, side: Side, kind: u8) -> &'static str;

    /// A message as a tree. Never fails: what is malformed is flagged where it stands.
    fn fields(&self, message: &MessageSource<'_>) -> Vec<FieldNode>;

    /// What an arrow of the ladder says; `None` where only the number of its octets can be told.
    fn words(&self, arrow: &LadderArrow<'_>) -> Option<Words>;

    /// The HTTP exchanges in `events`, which are all of what this reader has read.
    fn exchanges(&self, _events: &mut dyn Iterator<Item = SectionEvent<'_>>) -> Vec<ExchangeView> {
        Vec::new()
    }
}

/// Octets of each side that a protocol is claimed by.
pub const MAX_OPENING: usize = 1024;
