//! The header: who asked which question with which number, sixteen bits, four counts. RFC 1035 §4.1.1; AD and CD: RFC 4035 §3.

use super::{
    reader::MessageReader,
    words::{self, About, opcode_name, rcode_name},
};
use crate::lens::FieldNode;

/// Octets of a header.
pub const HEADER_OCTETS: usize = 12;

/// A message's first twelve octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The number by which an answer is told to belong to a query.
    pub id: u16,
    /// The sixteen bits after it, QR first.
    pub bits: u16,
    /// How many entries are announced: question, answer, authority, additional.
    pub counts: [u16; 4],
}

impl Header {
    /// Of a message's first octets; `None` when they are too few.
    pub fn read(octets: &[u8]) -> Option<Self> {
        let mut numbers = octets
            .get(..HEADER_OCTETS)?
            .chunks_exact(2)
            .map(|two| two.iter().fold(0_u16, |sum, octet| sum << 8 | u16::from(*octet)));
        let (id, bits) = (numbers.next()?, numbers.next()?);
        let mut counts = [0; 4];
        for (count, number) in counts.iter_mut().zip(numbers) {
            *count = number;
        }
        Some(Self { id, bits, counts })
    }

    /// QR: it answers.
    pub fn is_response(self) -> bool {
        self.bit(0)
    }

    /// OPCODE: what kind of query.
    pub fn opcode(self) -> u8 {
        (self.bits >> 11 & 0xf) as u8
    }

    /// AA: from an authority.
    pub fn aa(self) -> bool {
        self.bit(5)
    }

    /// TC: cut off.
    pub fn tc(self) -> bool {
        self.bit(6)
    }

    /// RD: the asker wants the server to do the walking.
    pub fn rd(self) -> bool {
        self.bit(7)
    }

    /// RA: the server would do the walking.
    pub fn ra(self) -> bool {
        self.bit(8)
    }

    /// Z: has to be 0.
    pub fn z(self) -> bool {
        self.bit(9)
    }

    /// AD: checked by DNSSEC.
    pub fn ad(self) -> bool {
        self.bit(10)
    }

    /// CD: do not check.
    pub fn cd(self) -> bool {
        self.bit(11)
    }

    /// RCODE: how it went; EDNS adds eight bits above these four.
    pub fn rcode(self) -> u8 {
        (self.bits & 0xf) as u8
    }

    /// The one-bit flags by name, in their order.
    pub fn flags(self) -> [(&'static str, bool); 8] {
        [
            ("QR", self.is_response()),
            ("AA", self.aa()),
            ("TC", self.tc()),
            ("RD", self.rd()),
            ("RA", self.ra()),
            ("Z", self.z()),
            ("AD", self.ad()),
            ("CD", self.cd()),
        ]
    }

    /// Bit `number`, counted from the most significant.
    fn bit(self, number: u16) -> bool {
        self.bits >> (15 - number) & 1 == 1
    }
}

/// The header's node; `None` for its values where it is not all there.
pub(super) fn read(reader: &mut MessageReader<'_>) -> (Option<Header>, FieldNode) {
    let Some(header) = Header::read(reader.octets) else {
        let short = reader.short("header").0;
        let octets = reader.rest().len();
        let mut node = reader.node(0, "header", format!("{octets} of {HEADER_OCTETS} octets"), &words::HEADER);
        node.wrong = Some(short);
        return (None, node);
    };
    let mut parts = Vec::new();
    let mut field = |name: &str, value: String, about: &About| {
        let from = reader.at;
        reader.at += 2;
        parts.push(reader.node(from, name, value, about));
    };
    field("ID", format!("{:#06x}", header.id), &words::ID);
    field("flags", format!("{:#06x} {}", header.bits, flags_text(header)), &words::FLAGS);
    for ((name, about), count) in words::COUNTS.iter().zip(header.counts) {
        field(name, count.to_string(), about);
    }
    if let Some(flags) = parts.get_mut(1) {
        flags.parts = bits(flags.range.start, header);
    }
    let mut node = reader.node(0, "header", format!("{HEADER_OCTETS} octets"), &words::HEADER);
    node.parts = parts;
    (Some(header), node)
}

/// The flags that are set: `QR AA RD`.
pub(super) fn flags_text(header: Header) -> String {
    let set: Vec<&str> = header.flags().iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect();
    if set.is_empty() { "none set".to_owned() } else { set.join(" ") }
}

/// A node for each of the sixteen bits, those of a number together.
fn bits(at: usize, header: Header) -> Vec<FieldNode> {
    let mut nodes = Vec::new();
    for bit in &words::BITS {
        let (first, last) = (bit.first, bit.last);
        let value = header.bits >> (15 - last) & ((1 << (last - first + 1)) - 1);
        let word = match bit.name {
            "OPCODE" => opcode_name(header.opcode()),
            "RCODE" => rcode_name(u16::from(header.rcode())),
            _ if value == 1 => bit.set.to_owned(),
            _ => bit.clear.to_owned(),
        };
        let place = if first == last { format!("bit {first}") } else { format!("bits {first}–{last}") };
        let octet = at + usize::from(first / 8);
        let name = format!("{} ({place})", bit.name);
        let mut node = FieldNode::leaf(octet..octet + 1, name, format!("{value}: {word}"), bit.about.0, bit.about.1);
        node.bits = Some((first % 8) as u8..(last % 8) as u8 + 1);
        node.wrong = (bit.name == "Z" && value == 1).then(|| "this bit has to be 0".to_owned());
        nodes.push(node);
    }
    nodes
}
