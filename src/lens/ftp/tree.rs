//! FTP's commands and replies as trees, with the hosts and ports that they tell.

use std::{net::IpAddr, ops::Range};

use super::glossary::{
    self, ARGUMENT, COMMAND_WORD, FEATURE, HOST, PASSWORD, PATH, PORT, REPLIES, REPLY, SIZE, TEXT, TIME, UNKNOWN, USER,
};
use crate::{
    lens::{
        Excerpt, FieldNode,
        lines::{NodeBuilder, ReplyCode, TextLine, lines_of, rest_of, text_of, words_of},
    },
    wire::units::grouped,
};

/// A command.
pub(super) fn command(octets: Excerpt<'_>) -> Vec<FieldNode> {
    let nodes = NodeBuilder::new(octets, LINE_END);
    let Some(line) = lines_of(octets.bytes, 0).next() else { return Vec::new() };
    let words = words_of(octets.bytes, &line.text);
    let mut parts = Vec::new();
    if let Some(verb) = words.first() {
        let name = nodes.text(verb);
        parts.push(nodes.explained(verb.clone(), glossary::command(&name), &UNKNOWN));
        let rest = rest_of(octets.bytes, &line.text, verb.end);
        if !rest.is_empty() {
            parts.push(argument(&nodes, &name.to_ascii_uppercase(), rest));
        }
    }
    vec![nodes.line(&line, &COMMAND_WORD, parts)]
}

fn argument(nodes: &NodeBuilder<'_>, verb: &str, range: Range<usize>) -> FieldNode {
    let text = nodes.text(&range);
    let word = match verb {
        "USER" => &USER,
        "PASS" => &PASSWORD,
        "PORT" | "EPRT" => return address(nodes, verb, range),
        "REST" | "ALLO" => return sized(nodes, range),
        "CWD" | "RETR" | "STOR" | "STOU" | "APPE" | "DELE" | "RMD" | "XRMD" | "MKD" | "XMKD" | "LIST" | "NLST"
        | "MLSD" | "MLST" | "SIZE" | "MDTM" | "RNFR" | "RNTO" | "SMNT" => &PATH,
        _ => &ARGUMENT,
    };
    let mut node = nodes.leaf(range, word);
    let first = text.split(' ').next().unwrap_or_default();
    if let Some(known) = glossary::code(verb, first) {
        node.value = format!("{text}: {}", known.name);
        (node.meaning, node.clause) = (known.meaning, known.clause);
    }
    node
}

fn sized(nodes: &NodeBuilder<'_>, range: Range<usize>) -> FieldNode {
    let octets = std::str::from_utf8(nodes.bytes(&range)).ok().and_then(|text| text.trim().parse().ok());
    let mut node = nodes.leaf(range, &SIZE);
    if let Some(octets) = octets {
        node.value = format!("{} octets", grouped(octets));
    }
    node
}

/// A reply, of one line or several.
pub(super) fn reply(octets: Excerpt<'_>, request: Option<&[u8]>) -> Vec<FieldNode> {
    let nodes = NodeBuilder::new(octets, LINE_END);
    let lines: Vec<TextLine> = lines_of(octets.bytes, 0).collect();
    let first = lines.first().and_then(|line| ReplyCode::of(nodes.bytes(&line.text)));
    let asked = request.unwrap_or_default().trim_ascii().to_ascii_uppercase();
    let verb = asked.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let line = |(number, line): (usize, &TextLine)| {
        let code = ReplyCode::of(nodes.bytes(&line.text));
        // Lines within a reply may begin with anything: RFC 959 §4.2.
        let own = code.filter(|code| Some(code.number) == first.map(|first| first.number));
        let parts = match own {
            Some(code) => {
                let mut parts = REPLIES.nodes(&nodes, line);
                parts.extend(reply_text(&nodes, text_of(line), code.number, verb));
                parts
            }
            None if verb == b"FEAT" && !line.text.is_empty() => vec![feature(&nodes, line.text.clone())],
            None if line.text.is_empty() => Vec::new(),
            None => vec![nodes.leaf(line.text.clone(), &TEXT)],
        };
        let mut node = nodes.line(line, &REPLY, parts);
        if number == 0 && code.is_none() {
            node.wrong = node.wrong.or_else(|| Some(format!("a reply begins with three digits: {}", REPLIES.clause)));
        }
        node
    };
    lines.iter().enumerate().map(line).collect()
}

fn reply_text(nodes: &NodeBuilder<'_>, text: Range<usize>, code: u16, verb: &[u8]) -> Vec<FieldNode> {
    if text.is_empty() {
        return Vec::new();
    }
    let octets = nodes.bytes(&text);
    let mut node = nodes.leaf(text.clone(), &TEXT);
    let between = |open: u8, close: u8| {
        let from = octets.iter().position(|octet| *octet == open)? + 1;
        let to = octets.iter().rposition(|octet| *octet == close).filter(|to| *to >= from)?;
        Some(text.start + from..text.start + to)
    };
    match code {
        227 => {
            // Some servers leave the brackets out: RFC 1123 §4.1.2.6.
            let digits = |octet: &u8| octet.is_ascii_digit() || *octet == b',';
            let bare = || {
                let from = octets.iter().position(u8::is_ascii_digit)?;
                let length = octets.get(from..)?.iter().take_while(|octet| digits(octet)).count();
                Some(text.start + from..text.start + from + length)
            };
            node.parts.extend(between(b'(', b')').or_else(bare).map(|range| address(nodes, "PORT", range)));
        }
        229 => node.parts.extend(between(b'(', b')').map(|range| address(nodes, "EPSV", range))),
        257 => node.parts.extend(between(b'"', b'"').map(|range| nodes.leaf(range, &PATH))),
        213 if verb == b"SIZE" => node = sized(nodes, text),
        213 if verb == b"MDTM" => node.parts.extend(time(nodes, text)),
        _ => {}
    }
    vec![node]
}

/// A feature that a server has, in its answer to FEAT: RFC 2389 §3.2.
fn feature(nodes: &NodeBuilder<'_>, text: Range<usize>) -> FieldNode {
    let shown = nodes.text(&text);
    let name = shown.trim().split(' ').next().unwrap_or_default();
    let value = shown.trim().to_owned();
    FieldNode { value, ..nodes.explained(text, glossary::feature(name), &FEATURE) }
}

/// `20261121205500`: RFC 3659 §2.3.
fn time(nodes: &NodeBuilder<'_>, range: Range<usize>) -> Option<FieldNode> {
    let text = nodes.text(&range);
    let digits = text.get(..14).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))?;
    let part = |range: Range<usize>| digits.get(range).unwrap_or_default();
    let value =
        format!("{}-{}-{} {}:{}:{} UTC", part(0..4), part(4..6), part(6..8), part(8..10), part(10..12), part(12..14));
    Some(TIME.node(range, value))
}

/// Host and port as PORT, EPRT, and the replies to PASV and EPSV tell them.
fn address(nodes: &NodeBuilder<'_>, verb: &str, range: Range<usize>) -> FieldNode {
    let text = nodes.text(&range);
    let mut node = nodes.leaf(range.clone(), &ARGUMENT);
    (node.name, node.meaning) = ("host and port".to_owned(), "Where the data connection is to go to.");
    let address = if verb == "PORT" { six_numbers(&text) } else { extended(&text) };
    let Some(address) = address else {
        node.wrong = Some(match verb {
            "PORT" => "six numbers from 0 to 255 are wanted: RFC 959 §4.1.2".to_owned(),
            _ => "|protocol|address|port| is wanted: RFC 2428 §2".to_owned(),
        });
        return node;
    };
    node.clause = if verb == "PORT" { "RFC 959 §4.1.2" } else { "RFC 2428 §2" };
    node.value = address.words();
    let place = |part: &Range<usize>| range.start + part.start..range.start + part.end;
    if let (Some(ip), Some(range)) = (address.ip, &address.ip_range) {
        node.parts.push(HOST.node(place(range), ip.to_string()));
    }
    let arithmetic = if verb == "PORT" {
        format!("{} × 256 + {} = {}", address.port / 256, address.port % 256, address.port)
    } else {
        address.port.to_string()
    };
    node.parts.push(PORT.node(place(&address.port_range), arithmetic));
    node
}

/// Host and port that a command or a reply tells.
struct ToldAddress {
    ip: Option<IpAddr>,
    ip_range: Option<Range<usize>>,
    port: u16,
    port_range: Range<usize>,
}

impl ToldAddress {
    fn words(&self) -> String {
        match self.ip {
            Some(ip) => format!("{ip}, port {}", self.port),
            None => format!("the same host, port {}", self.port),
        }
    }
}

/// What a command tells of host and port, in words.
pub(super) fn told_address(verb: &str, argument: &str) -> Option<String> {
    let address = match verb.to_ascii_uppercase().as_str() {
        "PORT" => six_numbers(argument)?,
        "EPRT" => extended(argument)?,
        _ => return None,
    };
    Some(address.words())
}

/// `h1,h2,h3,h4,p1,p2`: RFC 959 §4.1.2.
fn six_numbers(text: &str) -> Option<ToldAddress> {
    let mut numbers = [0_u8; 6];
    let mut given = text.split(',');
    for number in &mut numbers {
        *number = given.next()?.trim().parse().ok()?;
    }
    let port_at = text.match_indices(',').nth(3)?.0;
    let [h1, h2, h3, h4, p1, p2] = numbers;
    given.next().is_none().then(|| ToldAddress {
        ip: Some(IpAddr::from([h1, h2, h3, h4])),
        ip_range: Some(0..port_at),
        port: u16::from_be_bytes([p1, p2]),
        port_range: port_at + 1..text.len(),
    })
}

/// `|2|1080::8:800:200C:417A|5282|`, or `|||6446|`: RFC 2428 §2, §3.
fn extended(text: &str) -> Option<ToldAddress> {
    let delimiter = text.chars().next().filter(char::is_ascii_graphic)?;
    let parts: Vec<&str> = text.split(delimiter).collect();
    let ["", protocol, address, port, ""] = *parts else { return None };
    let ip = if address.is_empty() { None } else { Some(address.parse().ok()?) };
    let ip_at = protocol.len() + 2;
    let port_at = ip_at + address.len() + 1;
    Some(ToldAddress {
        ip,
        ip_range: ip.map(|_| ip_at..ip_at + address.len()),
        port: port.parse().ok()?,
        port_range: port_at..port_at + port.len(),
    })
}

const LINE_END: &str = "RFC 959 §5.3";

#[cfg(test)]
mod addresses {
    use super::*;

    #[test]
    fn are_six_numbers_or_stand_between_bars() {
        assert_eq!(told_address("PORT", "10,0,0,2,192,5").as_deref(), Some("10.0.0.2, port 49157"));
        assert_eq!(
            told_address("eprt", "|2|1080::8:800:200C:417A|5282|").as_deref(),
            Some("1080::8:800:200c:417a, port 5282")
        );
        assert_eq!(extended("|||6446|").map(|address| address.words()).as_deref(), Some("the same host, port 6446"));
        for none in ["10,0,0,2,192", "10,0,0,2,192,5,1", "10,0,0,256,1,1", "a,b,c,d,e,f", ""] {
            assert_eq!(told_address("PORT", none), None, "{none}");
        }
        for none in ["", "|1|10.0.0.1|", "|1|nowhere|80|", "|||x|", "||||"] {
            assert!(extended(none).is_none(), "{none}");
        }
    }

    #[test]
    fn in_a_reply_stand_on_their_octets() {
        let octets = b"227 Entering Passive Mode (10,0,0,9,195,80).\r\n";
        let nodes = reply(Excerpt::whole(octets), Some(b"PASV\r\n"));
        let address = &nodes[0].parts[2].parts[0];
        assert_eq!(
            (address.value.as_str(), &octets[address.range.clone()]),
            ("10.0.0.9, port 50000", &b"10,0,0,9,195,80"[..])
        );
        assert_eq!(&octets[address.parts[0].range.clone()], b"10,0,0,9");
        assert_eq!(
            (address.parts[1].value.as_str(), &octets[address.parts[1].range.clone()]),
            ("195 × 256 + 80 = 50000", &b"195,80"[..])
        );
        let octets = b"229 Entering Extended Passive Mode (|||40005|)\r\n";
        let nodes = reply(Excerpt::whole(octets), Some(b"EPSV\r\n"));
        let address = &nodes[0].parts[2].parts[0];
        assert_eq!(address.value, "the same host, port 40005");
        assert_eq!(&octets[address.parts[0].range.clone()], b"40005");
    }
}
