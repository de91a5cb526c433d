//! OPT: not a record but what EDNS has room for in one. RFC 6891 §6.1.

use super::{
    super::{
        reader::{Edns, Malformed, MessageReader},
        words::{self, OPT, option, rcode_name},
    },
    RecordLine, first_wrong, rdata, small,
};
use crate::{
    lens::{FieldNode, text::visible},
    wire::units::count_octets,
};

/// The rest of an OPT record after its type; `parts` are what stands before.
pub(super) fn record(
    reader: &mut MessageReader<'_>,
    from: usize,
    owner: String,
    mut parts: Vec<FieldNode>,
) -> Result<(FieldNode, RecordLine), Malformed> {
    if let (Some(name), true) = (parts.first_mut(), owner != ".") {
        name.wrong = Some("the name of OPT has to be the root".to_owned());
    }
    let (payload, node) = reader.number_node(2, "payload size", &words::PAYLOAD, count_octets)?;
    parts.push(node);
    let rcode =
        |high: u64| format!("{high}: the four bits of the header become {} and more", rcode_name(small(high << 4)));
    let rcode = |high: u64| if high == 0 { "0: nothing above the header's four bits".to_owned() } else { rcode(high) };
    let (extended, node) = reader.number_node(1, "extended RCODE", &words::EXTENDED_RCODE, rcode)?;
    parts.push(node);
    let (version, node) = reader.number_node(1, "version", &words::EDNS_VERSION, |version| version.to_string())?;
    parts.push(node);
    let at = reader.at;
    let (flags, mut node) = reader.number_node(2, "EDNS flags", &words::EDNS_FLAGS, |flags| format!("{flags:#06x}"))?;
    let dnssec = flags >> 15 == 1;
    let word = if dnssec { "1: send signatures too" } else { "0: no signatures wanted" };
    let mut bit = FieldNode::leaf(reader.place(at..at + 1), "DO (bit 0)", word, words::DO.0, words::DO.1);
    bit.bits = Some(0..1);
    node.parts.push(bit);
    if flags & 0x7fff != 0 {
        node.wrong = Some("bits that have no meaning yet are set; they are ignored".to_owned());
    }
    parts.push(node);
    let (length, mut part, cut) = rdata(reader)?;
    parts.push(length);
    reader.edns = Some(Edns {
        payload: small(payload),
        extended_rcode: u8::try_from(extended).unwrap_or(u8::MAX),
        version: u8::try_from(version).unwrap_or(u8::MAX),
        dnssec,
    });
    let mut text = format!("OPT: payload {payload}, version {version}");
    text.push_str(if dnssec { ", DO" } else { "" });
    if extended > 0 {
        text.push_str(&format!(", extended RCODE {extended}"));
    }
    while part.left() > 0 {
        let node = option_node(&mut part);
        text.push_str(&format!(", {}: {}", node.name, node.value));
        parts.push(node);
    }
    let mut node = reader.node(from, "OPT", text.clone(), words::about_type(OPT));
    node.parts = parts;
    node.wrong = cut;
    let (range, wrong) = (node.range.clone(), first_wrong(&node));
    Ok((node, RecordLine { range, owner, kind: OPT, data: text.clone(), text, wrong }))
}

fn option_node(part: &mut MessageReader<'_>) -> FieldNode {
    let from = part.at;
    let read = || -> Result<(u16, Vec<FieldNode>, usize), Malformed> {
        let mut part = *part;
        let (code, code_node) = part.number_node(2, "option code", &words::OPTION_CODE, |code| code.to_string())?;
        let (length, length_node) = part.number_node(2, "option length", &words::OPTION_LENGTH, count_octets)?;
        Ok((small(code), vec![code_node, length_node], usize::from(small(length))))
    };
    let (code, mut parts, length) = match read() {
        Ok(read) => read,
        Err(Malformed(why)) => {
            let octets = count_octets(part.rest().len() as u64);
            let mut node = part.node(from, "option", octets, &words::OPTION);
            node.wrong = Some(why);
            return node;
        }
    };
    part.at = from + 4;
    let begin = part.at;
    let cut = (length > part.left()).then(|| part.short("option").0);
    let data = part.take(length.min(part.left())).unwrap_or_default();
    let (name, about) = option(code);
    let value = option_text(code, data);
    if !data.is_empty() {
        parts.push(part.node(begin, "option data", value.clone(), about));
    }
    let mut node = part.node(from, name, value, about);
    node.parts = parts;
    node.wrong = cut;
    node
}

/// What an option holds, in words.
fn option_text(code: u16, data: &[u8]) -> String {
    let number = |octets: &[u8]| octets.iter().fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet));
    match (code, data) {
        (3, data) if !data.is_empty() && data.iter().all(u8::is_ascii_graphic) => visible(data),
        (8, [0, 1, bits, scope, address @ ..]) if address.len() <= 4 => {
            let mut four = [0; 4];
            four.iter_mut().zip(address).for_each(|(place, octet)| *place = *octet);
            format!("{}/{bits}, answer for /{scope}", std::net::Ipv4Addr::from(four))
        }
        (8, [0, 2, bits, scope, address @ ..]) if address.len() <= 16 => {
            let mut sixteen = [0; 16];
            sixteen.iter_mut().zip(address).for_each(|(place, octet)| *place = *octet);
            format!("{}/{bits}, answer for /{scope}", std::net::Ipv6Addr::from(sixteen))
        }
        (10, data) if (8..=40).contains(&data.len()) => {
            let (client, server) = data.split_at_checked(8).unwrap_or((data, &[]));
            let server = if server.is_empty() { String::new() } else { format!(", server's {}", hex(server)) };
            format!("client's {}{server}", hex(client))
        }
        (11, data @ [_, _]) => format!("{} ms", number(data) * 100),
        (15, [high, low, words @ ..]) => {
            let code = u16::from_be_bytes([*high, *low]);
            format!("{code} {} {}", words::extended_error(code), visible(words)).trim_end().to_owned()
        }
        (_, []) => "nothing".to_owned(),
        (_, data) => hex(data),
    }
}

/// Octets in hexadecimal, without spaces.
pub(super) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |shown, octet| shown + &format!("{octet:02x}"))
}
