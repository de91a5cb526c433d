//! DNS messages (RFC 1035 §4, EDNS: RFC 6891) read as a tree, and as lines: header bit by bit, names with their compression undone,
//! records by type. Whatever arrives is read as far as it makes sense; what does not is flagged where it stands.
//!
//! `name` reads names, `data` what records hold, `words` says what everything is for, `summary` says a message in one line, `marks` cuts
//! a TCP stream into messages, `conversation` reads what both sides say.

mod conversation;
mod header;
mod loc;
mod marks;
mod name;
mod reader;
mod record;
mod summary;
#[cfg(test)]
mod tests;
mod words;

use std::ops::Range;

use self::{conversation::DnsReader, reader::MessageReader};
pub use self::{
    header::{HEADER_OCTETS, Header},
    reader::Edns,
    record::RecordLine,
    words::{About, about_rcode, about_type, class_name, opcode_name, rcode_name, type_code, type_name},
};
use super::{
    Excerpt, FieldNode,
    protocol::{FlowOpening, FlowTransport, Protocol, ProtocolClaim, ProtocolReader},
};
use crate::wire::{Side, units::count_octets};

/// DNS, a message a datagram.
#[derive(Debug)]
pub struct DnsDatagrams;

/// DNS over TCP, each message behind two octets that say how long it is. RFC 1035 §4.2.2.
#[derive(Debug)]
pub struct DnsOverTcp;

/// The row of DNS in datagrams in the table.
pub const DATAGRAMS: &dyn Protocol = &DnsDatagrams;

/// The row of DNS over TCP.
pub const OVER_TCP: &dyn Protocol = &DnsOverTcp;

impl Protocol for DnsDatagrams {
    fn name(&self) -> &'static str {
        "DNS"
    }

    /// By the port where name servers listen, or because the first datagram reads as nothing else would.
    fn claims(&self, opening: &FlowOpening<'_>) -> ProtocolClaim {
        let first = match opening.first {
            Some(Side::Server) => opening.server,
            Some(Side::Client) | None => opening.client,
        };
        match opening.transport {
            FlowTransport::Datagrams if opening.client_port == Some(PORT) || opening.serves(&[PORT]) => {
                ProtocolClaim::Yes
            }
            FlowTransport::Datagrams if opening.first.is_none() => ProtocolClaim::Undecided,
            FlowTransport::Datagrams if is_likely(first) => ProtocolClaim::Yes,
            FlowTransport::Datagrams | FlowTransport::Stream => ProtocolClaim::No,
        }
    }

    fn reader(&self, _opening: &FlowOpening<'_>) -> Box<dyn ProtocolReader> {
        Box::new(DnsReader::datagrams())
    }
}

impl Protocol for DnsOverTcp {
    fn name(&self) -> &'static str {
        "DNS over TCP"
    }

    /// By the port where name servers listen, or because the client's first octets are a whole message behind its length.
    fn claims(&self, opening: &FlowOpening<'_>) -> ProtocolClaim {
        match opening.first {
            _ if opening.transport == FlowTransport::Datagrams => ProtocolClaim::No,
            None => ProtocolClaim::Undecided,
            Some(_) if opening.serves(&[PORT]) => ProtocolClaim::Yes,
            Some(Side::Server) => ProtocolClaim::No,
            Some(Side::Client) => told_by(opening.client),
        }
    }

    fn reader(&self, _opening: &FlowOpening<'_>) -> Box<dyn ProtocolReader> {
        Box::new(DnsReader::over_tcp())
    }
}

/// Do a stream's first octets tell that it is one of DNS messages?
fn told_by(octets: &[u8]) -> ProtocolClaim {
    match octets {
        [] | [0..=MAX_LENGTH_TOLD] => ProtocolClaim::Undecided,
        [high @ 0..=MAX_LENGTH_TOLD, low, rest @ ..] => {
            match rest.get(..usize::from(u16::from_be_bytes([*high, *low]))) {
                Some(message) if is_likely(message) => ProtocolClaim::Yes,
                None if could_be(rest) => ProtocolClaim::Undecided,
                Some(_) | None => ProtocolClaim::No,
            }
        }
        _ => ProtocolClaim::No,
    }
}

/// May these be the first octets of a query with one question?
fn could_be(octets: &[u8]) -> bool {
    Header::read(octets).is_none_or(|header| header.counts.first() == Some(&1) && !header.is_response())
}

/// Where name servers listen (RFC 1035 §4.2).
const PORT: u16 = 53;
/// The first octet of the length of the longest message that is told by its octets alone.
const MAX_LENGTH_TOLD: u8 = 3;

/// A message, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Its first twelve octets, if they are there.
    pub header: Option<Header>,
    /// What EDNS adds to it, if OPT is there.
    pub edns: Option<Edns>,
    /// The questions: `gaia.cs.umass.edu. IN A`.
    pub questions: Vec<RecordLine>,
    /// The answer section, a record a line as zone files have it.
    pub answers: Vec<RecordLine>,
    /// The authority section.
    pub authority: Vec<RecordLine>,
    /// The additional section, OPT included.
    pub additional: Vec<RecordLine>,
    /// Octets after the message's end, or that cannot be read because of what stands before them.
    pub rest: Range<usize>,
    /// Everything, with the octets it stands on.
    pub tree: FieldNode,
}

impl Reading {
    /// The message in `octets`.
    pub fn of(octets: &[u8]) -> Self {
        Self::at(octets, 0, 0)
    }

    /// The message in `octets`, which stand at `base` of what is read; `omitted` of them the record left out after these.
    fn at(octets: &[u8], base: usize, omitted: u64) -> Self {
        record::message(MessageReader::new(octets, base, omitted))
    }

    /// What is wrong beside what is wrong with single records: header, counts, question.
    pub fn wrong(&self) -> Option<String> {
        let own = |node: &FieldNode| match node.name.as_str() {
            "header" | "question" => record::first_wrong(node),
            _ => node.wrong.clone(),
        };
        self.tree.parts.iter().find_map(own)
    }

    /// Its records by section: answer, authority, additional.
    pub fn sections(&self) -> [(&'static str, &[RecordLine]); 3] {
        [("answer", &self.answers), ("authority", &self.authority), ("additional", &self.additional)]
    }

    /// The message in one line: `query 0x7c1e A? gaia.cs.umass.edu. RD`, `reply 0x7c1e NOERROR · referral to edu. (2 NS, 2 glue)`.
    pub fn summary(&self) -> String {
        summary::line(self)
    }

    /// What it says, in as few words as there are: `A? gaia.cs.umass.edu.`, `referral to edu.`, `128.119.245.12`.
    pub fn gist(&self) -> String {
        summary::gist(self)
    }
}

/// What `octets` say, taken as one message.
pub fn read(octets: Excerpt<'_>) -> Vec<FieldNode> {
    let omitted = octets.gaps.iter().map(|(_, missing)| missing).sum();
    let whole = octets.gaps.first().map_or(octets.bytes.len(), |(before, _)| *before);
    if octets.bytes.is_empty() {
        return Vec::new();
    }
    vec![Reading::at(octets.bytes.get(..whole).unwrap_or_default(), 0, omitted).tree]
}

/// What `octets` say, taken as messages behind two octets of length each (RFC 1035 §4.2.2).
pub fn read_stream(octets: Excerpt<'_>) -> Vec<FieldNode> {
    let mut nodes = Vec::new();
    let mut at = 0;
    while at < octets.bytes.len() {
        let Some(announced) = octets.bytes.get(at..at + LENGTH_OCTETS).and_then(|two| two.first_chunk()) else {
            let value = count_octets(1);
            let mut node = FieldNode::leaf(at..octets.bytes.len(), "length", value, words::LENGTH.0, words::LENGTH.1);
            node.wrong = Some("the second octet of the length is not here".to_owned());
            nodes.push(node);
            break;
        };
        let length = u16::from_be_bytes(*announced);
        let value = count_octets(u64::from(length));
        nodes.push(FieldNode::leaf(at..at + LENGTH_OCTETS, "length", value, words::LENGTH.0, words::LENGTH.1));
        let begin = at + LENGTH_OCTETS;
        let end = octets.kept(octets.crossed(begin).saturating_add(u64::from(length))).max(begin);
        let omitted = u64::from(length).saturating_sub((end - begin) as u64);
        if length > 0 {
            nodes.push(Reading::at(octets.bytes.get(begin..end).unwrap_or_default(), begin, omitted).tree);
        }
        at = end;
    }
    nodes
}

/// Do `octets` read as one DNS message without a fault: a question, and nothing left over? Other protocols' datagrams hardly ever do.
pub fn is_likely(octets: &[u8]) -> bool {
    let Some(header) = Header::read(octets) else { return false };
    let [questions, records @ ..] = header.counts;
    let plausible = questions == 1 && matches!(header.opcode(), 0 | 4 | 5) && !header.z() && header.rcode() < 12;
    let few = records.iter().map(|count| u64::from(*count) * record::LEAST_OCTETS as u64).sum::<u64>();
    plausible && few <= octets.len() as u64 && !Reading::of(octets).tree.is_wrong()
}

/// The record that begins at `offset` of a message, as a line.
pub(super) fn line_at(octets: &[u8], offset: usize) -> Option<RecordLine> {
    record::at(MessageReader::new(octets, 0, 0), offset)
}

/// The message of a datagram of which the record left out `omitted` octets after these.
pub(super) fn cut_off(octets: &[u8], omitted: u64) -> Reading {
    Reading::at(octets, 0, omitted)
}

/// Octets of the length before a message in a TCP stream.
pub(super) const LENGTH_OCTETS: usize = 2;
