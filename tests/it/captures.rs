//! DNS messages of other people's captures, broken ones among them, read to their end. The captures are not part of the project: see
//! [`super::corpus`].

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use roundtrip::lens::{FieldNode, dns::Reading};

use crate::corpus::corpus;

#[test]
fn every_dns_message_is_read_and_only_broken_ones_are_called_so() {
    let mut files = Vec::new();
    for folder in ["tcpdump-pcap", "zeek-pcap"].into_iter().filter_map(corpus) {
        find(&folder, &mut files);
    }
    files.sort();
    let (mut messages, mut wrong) = (0, BTreeMap::new());
    for file in &files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for message in dns_messages(&std::fs::read(file).unwrap()) {
            messages += 1;
            let reading = Reading::of(&message);
            check(&reading.tree, message.len());
            if let Some(said) = first_wrong(&reading.tree) {
                wrong.entry(name.clone()).or_insert_with(Vec::new).push(said);
            }
        }
    }
    println!("{messages} DNS messages in {} captures", files.len());
    for (name, said) in &wrong {
        println!("- {name}: {} wrong, first: {}", said.len(), said[0]);
    }
    let unlisted: Vec<_> = wrong.iter().filter(|(name, _)| !BROKEN.contains(&name.as_str())).collect();
    assert!(unlisted.is_empty(), "{unlisted:?}");
    for name in BROKEN.iter().filter(|name| files.iter().any(|file| file.ends_with(name))) {
        assert!(wrong.contains_key(*name), "{name} is not seen to be broken");
    }
}

/// Captures with messages that break a rule.
const BROKEN: &[&str] = &[
    "dns-badlabel.pcap",
    "dns-edns-bad-length.pcap",
    "dns-edns-ecs-bad.pcap",
    "dns-edns-ecs-weirds.pcap",
    "dns-huge-ttl.pcap",
    "dns-invalid-names.pcap",
    "dns-svcb-rdlength-mismatch.pcap",
    "dns-zlip-1.pcap",
    "dns-zlip-2.pcap",
    "dns-zlip-3.pcap",
    "dns_fwdptr.pcap",
    "loc-invalid-length.pcap",
];

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "pcap") {
            files.push(path);
        }
    }
}

fn first_wrong(node: &FieldNode) -> Option<String> {
    node.parts.iter().find_map(first_wrong).or_else(|| node.wrong.clone())
}

fn check(node: &FieldNode, length: usize) {
    assert!(node.range.start <= node.range.end && node.range.end <= length);
    node.parts.iter().for_each(|part| check(part, length));
}

/// What crossed ports 53 and 5353: datagrams, and segments that hold one whole message.
fn dns_messages(file: &[u8]) -> Vec<Vec<u8>> {
    let number = |octets: &[u8], little: bool| {
        octets.iter().enumerate().fold(0_usize, |sum, (at, octet)| {
            sum | usize::from(*octet) << (8 * if little { at } else { octets.len() - 1 - at })
        })
    };
    let little = match file.get(..4) {
        Some([0xd4, 0xc3, 0xb2, 0xa1] | [0x4d, 0x3c, 0xb2, 0xa1]) => true,
        Some([0xa1, 0xb2, 0xc3, 0xd4] | [0xa1, 0xb2, 0x3c, 0x4d]) => false,
        _ => return Vec::new(),
    };
    let link = number(&file[20..24], little);
    let mut messages = Vec::new();
    let mut rest = &file[24..];
    while rest.len() >= 16 {
        let length = number(&rest[8..12], little);
        let Some(packet) = rest.get(16..16 + length) else { break };
        messages.extend(packet_message(link, packet));
        rest = &rest[16 + length..];
    }
    messages
}

fn packet_message(link: usize, packet: &[u8]) -> Option<Vec<u8>> {
    let ip = match link {
        0 => packet.get(4..)?,
        1 if packet.get(12..14)? == [0x81, 0] => packet.get(18..)?,
        1 => packet.get(14..)?,
        12 | 101 => packet,
        113 => packet.get(16..)?,
        _ => return None,
    };
    let (protocol, above) = match ip.first()? >> 4 {
        4 if ip.get(6)?.trailing_zeros() >= 6 && ip[7] == 0 => {
            let total = usize::from(u16::from_be_bytes([ip[2], ip[3]])).min(ip.len());
            (*ip.get(9)?, ip.get(usize::from(ip[0] & 0xf) * 4..total)?)
        }
        6 => (*ip.get(6)?, ip.get(40..)?),
        _ => return None,
    };
    let port = |at: usize| Some(u16::from_be_bytes([*above.get(at)?, *above.get(at + 1)?]));
    if ![port(0)?, port(2)?].iter().any(|port| [53, 5353].contains(port)) {
        return None;
    }
    match protocol {
        17 => above.get(8..usize::from(port(4)?).clamp(8, above.len())).map(<[u8]>::to_vec),
        6 => {
            let data = above.get(usize::from(above.get(12)? >> 4) * 4..)?;
            let (length, message) = data.split_first_chunk()?;
            (usize::from(u16::from_be_bytes(*length)) == message.len()).then(|| message.to_vec())
        }
        _ => None,
    }
}
