//! DNS messages of other people's captures, broken ones among them, read to their end. The captures are not part of the project: see
//! [`super::corpus`].

use std::{collections::BTreeMap, path::Path};

use roundtrip::lens::{FieldNode, dns::Reading};

use crate::{
    corpus::corpus,
    pcap::{Packet, captures, packets},
};

#[test]
fn every_dns_message_is_read_and_only_broken_ones_are_called_so() {
    let folders = ["tcpdump-pcap", "zeek-pcap"].into_iter().filter_map(corpus);
    let mut files: Vec<_> = folders.flat_map(|folder| captures(&folder)).collect();
    files.sort();
    let (mut messages, mut wrong) = (0, BTreeMap::new());
    for file in &files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for message in dns_messages(file) {
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

fn first_wrong(node: &FieldNode) -> Option<String> {
    node.parts.iter().find_map(first_wrong).or_else(|| node.wrong.clone())
}

fn check(node: &FieldNode, length: usize) {
    assert!(node.range.start <= node.range.end && node.range.end <= length);
    node.parts.iter().for_each(|part| check(part, length));
}

/// What crossed ports 53 and 5353: datagrams, and segments that hold one whole message.
fn dns_messages(file: &Path) -> Vec<Vec<u8>> {
    let is_dns = |packet: &Packet| [packet.from, packet.to].iter().any(|end| [53, 5353].contains(&end.port()));
    packets(file).iter().filter(|packet| is_dns(packet)).filter_map(dns_message).collect()
}

fn dns_message(packet: &Packet) -> Option<Vec<u8>> {
    let octets = &packet.octets;
    match packet.protocol {
        17 => {
            let length = u16::from_be_bytes([*octets.get(4)?, *octets.get(5)?]);
            octets.get(8..usize::from(length).clamp(8, octets.len())).map(<[u8]>::to_vec)
        }
        6 => {
            let data = octets.get(usize::from(octets.get(12)? >> 4) * 4..)?;
            let (length, message) = data.split_first_chunk()?;
            (usize::from(u16::from_be_bytes(*length)) == message.len()).then(|| message.to_vec())
        }
        _ => None,
    }
}
