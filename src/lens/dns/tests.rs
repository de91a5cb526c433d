//! Messages by hand, broken ones, any octets, and other people's captures.

use proptest::prelude::*;

use super::{
    marks::{DnsMark, DnsMarker},
    name, *,
};
use crate::lens::{EventRuns, FlowReading, TextTone, Track};
use crate::wire::{
    End, Ends, Entry, EventContent, Flow, FlowId, FlowKind, FlowState, Layer, Ledger, Octets, Side, WireEvent,
};

/// A header with this id, these sixteen bits and counts.
fn header(id: u16, bits: u16, counts: [u16; 4]) -> Vec<u8> {
    [id, bits].iter().chain(&counts).flat_map(|number| number.to_be_bytes()).collect()
}

fn labels(name: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        octets.push(u8::try_from(label.len()).unwrap());
        octets.extend(label.bytes());
    }
    octets.push(0);
    octets
}

/// A name, type, class IN, and for a record TTL and data.
fn entry(name: &[u8], kind: u16, data: Option<(u32, &[u8])>) -> Vec<u8> {
    let mut octets = [name, &kind.to_be_bytes(), &[0, 1]].concat();
    if let Some((ttl, data)) = data {
        octets.extend(ttl.to_be_bytes());
        octets.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        octets.extend(data);
    }
    octets
}

fn query() -> Vec<u8> {
    [header(0x7c1e, 0x0100, [1, 0, 0, 0]), entry(&labels("gaia.cs.umass.edu"), 1, None)].concat()
}

/// The root's referral: `edu.` stands at octet 26.
fn referral() -> Vec<u8> {
    let mut octets = header(0x7c1e, 0x8000, [1, 0, 2, 2]);
    octets.extend(entry(&labels("gaia.cs.umass.edu"), 1, None));
    for server in ["a", "b"] {
        let name = [&[1], server.as_bytes(), &[0x0b], b"edu-servers", &[3], b"net", &[0]].concat();
        octets.extend(entry(&[0xc0, 26], 2, Some((172_799, &name))));
    }
    for (pointer, last) in [(47_u8, 30), (78, 31)] {
        octets.extend(entry(&[0xc0, pointer], 1, Some((172_800, &[192, 5, 6, last]))));
    }
    octets
}

/// All nodes of a tree, outer ones first.
fn all(tree: &FieldNode) -> Vec<&FieldNode> {
    std::iter::once(tree).chain(tree.parts.iter().flat_map(all)).collect()
}

fn find<'a>(tree: &'a FieldNode, name: &str) -> &'a FieldNode {
    all(tree).into_iter().find(|node| node.name == name).unwrap_or_else(|| panic!("no {name}"))
}

fn texts(lines: &[RecordLine]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}

#[test]
fn a_query_is_read_bit_by_bit() {
    let octets = query();
    let reading = Reading::of(&octets);
    assert_eq!(reading.summary(), "query 0x7c1e A? gaia.cs.umass.edu. RD");
    assert_eq!((reading.tree.range.clone(), reading.tree.is_wrong()), (0..35, false));
    let node = |name| {
        let node = find(&reading.tree, name);
        (node.range.clone(), node.bits.clone(), node.value.as_str())
    };
    assert_eq!(node("ID"), (0..2, None, "0x7c1e"));
    assert_eq!(node("flags"), (2..4, None, "0x0100 RD"));
    assert_eq!(node("QR (bit 0)"), (2..3, Some(0..1), "0: this is a query"));
    assert_eq!(node("OPCODE (bits 1–4)"), (2..3, Some(1..5), "0: QUERY"));
    assert_eq!(node("RD (bit 7)"), (2..3, Some(7..8), "1: the asker wants the server to find the answer"));
    assert_eq!(node("RA (bit 8)"), (3..4, Some(0..1), "0: the server says only what it knows"));
    assert_eq!(node("RCODE (bits 12–15)"), (3..4, Some(4..8), "0: NOERROR"));
    assert_eq!(node("QDCOUNT"), (4..6, None, "1"));
    assert_eq!(node("QNAME"), (12..31, None, "gaia.cs.umass.edu."));
    assert_eq!(node("QTYPE"), (31..33, None, "1: A"));
    assert_eq!(node("QCLASS"), (33..35, None, "1: IN"));
    let flags = find(&reading.tree, "flags");
    assert_eq!(reading.tree.at(2).map(|node| &node.name), Some(&flags.name), "single bits are not found by octet");
    assert!(all(&reading.tree).iter().all(|node| !node.meaning.is_empty() && node.clause.starts_with("RFC ")));
}

#[test]
fn a_referral_shows_where_its_pointers_lead() {
    let octets = referral();
    let reading = Reading::of(&octets);
    assert_eq!(reading.tree.wrong, None);
    assert!(!reading.tree.is_wrong());
    assert_eq!(reading.summary(), "reply 0x7c1e NOERROR · referral to edu. (2 NS, 2 glue)");
    assert_eq!(
        texts(&reading.authority),
        ["edu. 172799 IN NS a.edu-servers.net.", "edu. 172799 IN NS b.edu-servers.net."]
    );
    assert_eq!(
        texts(&reading.additional),
        ["a.edu-servers.net. 172800 IN A 192.5.6.30", "b.edu-servers.net. 172800 IN A 192.5.6.31"]
    );
    let pointers: Vec<_> = all(&reading.tree).into_iter().filter(|node| node.name == "pointer").collect();
    let led: Vec<_> = pointers.iter().map(|node| (node.points_to.unwrap(), node.value.as_str())).collect();
    assert_eq!(
        led,
        [
            (26, "→ octet 26: edu."),
            (26, "→ octet 26: edu."),
            (47, "→ octet 47: a.edu-servers.net."),
            (78, "→ octet 78: b.edu-servers.net.")
        ]
    );
    assert_eq!(find(&reading.tree, "TTL").value, "172799 s (1 d 23 h)");
}

#[test]
fn names_are_compressed_as_in_the_rfc() {
    // RFC 1035 §4.1.4: F.ISI.ARPA at 20, FOO.F.ISI.ARPA at 40, ARPA at 64, the root at 92.
    let mut octets = vec![0; 93];
    octets[20..32].copy_from_slice(b"\x01F\x03ISI\x04ARPA\0");
    octets[40..46].copy_from_slice(b"\x03FOO\xc0\x14");
    octets[64..66].copy_from_slice(b"\xc0\x1a");
    for (at, text, end) in [(20, "F.ISI.ARPA.", 32), (40, "FOO.F.ISI.ARPA.", 46), (64, "ARPA.", 66), (92, ".", 93)] {
        let mut reader = MessageReader::new(&octets, 0, 0);
        reader.at = at;
        let read = name::read(&mut reader, "name", &words::OWNER).unwrap();
        assert_eq!((read.text.as_str(), read.node.wrong, reader.at), (text, None, end));
    }
}

#[test]
fn what_is_no_letter_is_escaped_in_names() {
    let octets = [header(1, 0, [1, 0, 0, 0]), entry(b"\x03a.b\x02\xff \0", 1, None)].concat();
    assert_eq!(Reading::of(&octets).questions[0].owner, "a\\.b.\\255\\032.");
}

#[test]
fn records_are_written_as_zone_files_write_them() {
    let soa = [labels("ns.umass.edu"), labels("root.umass.edu")].concat();
    let numbers: Vec<u8> = [2_026_090_700_u32, 7_200, 900, 604_800, 300].iter().flat_map(|n| n.to_be_bytes()).collect();
    let soa = [soa, numbers].concat();
    let mx = [&[0, 10][..], &labels("mail.umass.edu")].concat();
    let srv = [&[0, 1, 0, 2, 0x13, 0xc4][..], &labels("sip.umass.edu")].concat();
    // 42° 23′ 36″ N, 72° 31′ 44″ W, 72 m: RFC 1876's encoding.
    let loc = [&[0, 0x12, 0x16, 0x13][..], &(0x8000_0000_u32 + 152_616_000).to_be_bytes()].concat();
    let loc = [loc, (0x8000_0000_u32 - 261_104_000).to_be_bytes().to_vec(), 10_007_200_u32.to_be_bytes().to_vec()];
    let loc = loc.concat();
    let six = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    let nsec = [&labels("b.edu")[..], &[0, 6, 0x62, 0, 0, 0, 0, 3]].concat();
    let rrsig = [
        &[0, 1, 8, 2, 0, 0, 14, 16][..],
        &[0x6a, 0x9d, 0x61, 0x80, 0x6a, 0x76, 0xd4, 0x80, 0x10, 0],
        &labels("edu"),
        &[1],
    ]
    .concat();
    let https = [&[0, 1, 0, 0, 1, 0, 3, 2, b'h', b'2', 0, 3, 0, 2, 1, 187, 0, 4, 0, 4, 10, 0, 0, 1][..]].concat();
    let cases: &[(u16, &[u8], &str)] = &[
        (1, &[128, 119, 245, 12], "A 128.119.245.12"),
        (28, &six, "AAAA 2001:db8::1"),
        (2, &labels("ns.umass.edu"), "NS ns.umass.edu."),
        (5, &labels("gaia.umass.edu"), "CNAME gaia.umass.edu."),
        (39, &labels("umass.edu"), "DNAME umass.edu."),
        (12, &labels("gaia.umass.edu"), "PTR gaia.umass.edu."),
        (15, &mx, "MX 10 mail.umass.edu."),
        (6, &soa, "SOA ns.umass.edu. root.umass.edu. 2026090700 7200 900 604800 300"),
        (16, b"\x05hello\x06\"wo\\ld", "TXT \"hello\" \"\\\"wo\\\\ld\""),
        (29, &loc, "LOC 42 23 36.000 N 72 31 44.000 W 72.00m 1.00m 10000.00m 10.00m"),
        (33, &srv, "SRV 1 2 5060 sip.umass.edu."),
        (257, b"\x00\x05issueca.example", "CAA 0 issue \"ca.example\""),
        (13, b"\x03VAX\x04UNIX", "HINFO \"VAX\" \"UNIX\""),
        (43, &[0x30, 0x39, 8, 2, 0xab, 0xcd], "DS 12345 8 2 abcd"),
        (47, &nsec, "NSEC b.edu. A NS SOA RRSIG NSEC"),
        (46, &rrsig, "RRSIG A 8 2 3600 20260906125008 20260808070224 4096 edu. 01"),
        (65, &https, "HTTPS 1 . alpn=h2 port=443 ipv4hint=10.0.0.1"),
        (65_400, &[1, 2, 3], "TYPE65400 \\# 3 010203"),
        (108, &[0, 0, 0x5e, 0, 0x53, 0x2a], "EUI48 00-00-5e-00-53-2a"),
        (42, &[0, 1, 24, 0x83, 192, 0, 2], "APL !1:192.0.2.0/24"),
        (42, &[0, 1], "APL \\# 2 0001"),
    ];
    for (kind, data, text) in cases {
        let octets = [header(1, 0x8400, [0, 1, 0, 0]), entry(&[0], *kind, Some((3_600, data)))].concat();
        let reading = Reading::of(&octets);
        assert_eq!(texts(&reading.answers), [format!(". 3600 IN {text}")]);
        assert!(!reading.tree.is_wrong(), "{text}: {:?}", reading.answers[0].wrong);
        let data_node = find(&reading.tree, "RDATA");
        let end = data_node.parts.last().unwrap().range.end;
        assert_eq!((data_node.parts[0].range.start, end), (23, octets.len()), "{text}");
    }
    let octets = [header(1, 0x8400, [0, 1, 0, 0]), entry(&[0], 6, Some((3_600, &soa)))].concat();
    assert_eq!(find(&Reading::of(&octets).tree, "RDATA").parts.len(), 7);
}

#[test]
fn edns_is_read_with_its_options() {
    let options = b"\0\x03\0\x04ns-1\0\x0a\0\x08abcdefgh\0\x0f\0\x06\0\x12nope\0\x08\0\x07\0\x01\x18\0\x0a\0\0";
    let opt = [&[0, 0, 41, 4, 208, 1, 0, 0x80, 0][..], &[0, u8::try_from(options.len()).unwrap()], options].concat();
    let reading = Reading::of(&[header(1, 0x8000, [0, 0, 0, 1]), opt].concat());
    assert!(!reading.tree.is_wrong(), "{:?}", reading.additional[0].wrong);
    assert_eq!(
        reading.additional[0].text,
        "OPT: payload 1232, version 0, DO, extended RCODE 1, NSID: ns-1, cookie: client's 6162636465666768, \
         extended error: 18 prohibited nope, client subnet: 10.0.0.0/24, answer for /0"
    );
    assert_eq!(reading.edns, Some(Edns { payload: 1_232, extended_rcode: 1, version: 0, dnssec: true }));
    assert_eq!(find(&reading.tree, "DO (bit 0)").bits, Some(0..1));
    assert_eq!(reading.gist(), "BADVERS");
}

#[test]
fn replies_are_summed_up() {
    let question = entry(&labels("a.edu"), 1, None);
    let answer = |kind, data: &[u8]| entry(&[0xc0, 12], kind, Some((60, data)));
    let reply = |bits, counts, records: &[Vec<u8>]| {
        Reading::of(&[header(1, bits, counts), question.clone(), records.concat()].concat()).gist()
    };
    let soa = [labels("ns.edu"), labels("root.edu"), vec![0; 20]].concat();
    assert_eq!(reply(0x8400, [1, 1, 0, 0], &[answer(1, &[1, 2, 3, 4])]), "1.2.3.4");
    assert_eq!(reply(0x8400, [1, 2, 0, 0], &[answer(1, &[1, 2, 3, 4]), answer(1, &[1, 2, 3, 5])]), "2 answers");
    assert_eq!(reply(0x8400, [1, 1, 0, 0], &[answer(5, &labels("b.edu"))]), "alias of b.edu.");
    let chain = [answer(5, &labels("b.edu")), entry(&labels("b.edu"), 1, Some((60, &[1, 2, 3, 4])))];
    assert_eq!(reply(0x8400, [1, 2, 0, 0], &chain), "alias of b.edu.: 1.2.3.4");
    assert_eq!(reply(0x8403, [1, 0, 1, 0], &[answer(6, &soa)]), "NXDOMAIN");
    assert_eq!(reply(0x8400, [1, 0, 1, 0], &[answer(6, &soa)]), "no A there");
    assert_eq!(reply(0x8200, [1, 0, 0, 0], &[]), "cut off: ask again over TCP");
    assert_eq!(reply(0x8005, [1, 0, 0, 0], &[]), "REFUSED");
}

#[test]
fn what_is_broken_is_said_where_it_stands() {
    let ask = |name: &[u8]| [header(1, 0, [1, 0, 0, 0]), entry(name, 1, None)].concat();
    let record = |kind, data: &[u8]| [header(1, 0x8000, [0, 1, 0, 0]), entry(&[0], kind, Some((60, data)))].concat();
    let long = [b"\x3f".as_slice(), &[b'a'; 63]].concat().repeat(5);
    let longer = [long.as_slice(), &[0]].concat();
    // Four labels of 63 letters, then a fifth that leads back to them.
    let doubled = [header(1, 0, [2, 0, 0, 0]), entry(&[&long[..192], &[0]].concat(), 1, None)].concat();
    let doubled = [doubled, entry(&[&long[..64], &[0xc0, 12]].concat(), 1, None)].concat();
    let pointers: Vec<u8> =
        (0..200_u16).flat_map(|n| (0xc000 | (12 + 2 * n.saturating_sub(1))).to_be_bytes()).collect();
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("empty header", vec![1, 2, 3], "header: the octets end before it does"),
        ("a pointer to itself", ask(&[0xc0, 12]), "this one leads to itself"),
        ("a pointer forward", ask(&[0xc0, 40]), "this one leads forward"),
        ("a loop over a label", ask(&[1, b'a', 0xc0, 12]), "this one leads to itself"),
        ("two pointers to each other", ask(&[0xc0, 14, 0xc0, 12]), "this one leads forward"),
        ("a pointer beyond the end", ask(&[0xff, 0xff]), "this one leads forward"),
        ("half a pointer", [header(1, 0, [1, 0, 0, 0]), vec![0xc0]].concat(), "QNAME: the octets end before it does"),
        ("bits 01", ask(&[0x41, b'a', 0]), "a label that begins with the bits 01 is of no known kind"),
        ("bits 10", ask(&[0x80, 0]), "a label that begins with the bits 10 is of no known kind"),
        ("a label cut off", [header(1, 0, [1, 0, 0, 0]), vec![5, b'a']].concat(), "QNAME: the octets end"),
        ("a name too long", ask(&longer), "a name has at most 255 octets"),
        ("a name too long by a pointer", doubled, "a name has at most 255 octets"),
        ("a count that lies", [header(1, 0, [9, 0, 0, 0]), entry(&[0], 1, None)].concat(), "announces 9, 1 is here"),
        ("no records at all", header(1, 0x8000, [0, 65_535, 65_535, 65_535]), "announces 65535, 0 are here"),
        ("octets after the end", [ask(&[0]), vec![0, 0]].concat(), "the message has ended; 2 octets follow it"),
        ("an address too short", record(1, &[1, 2, 3]), "address: the octets end before it does"),
        ("an address too long", record(1, &[1, 2, 3, 4, 5]), "1 octet are left over"),
        ("a text past its record", record(16, &[9, b'a']), "text: the octets end before it does"),
        ("a name that runs out of its record", record(2, &[3, b'a']), "name server: the octets end before it does"),
        ("a reserved bit", header(1, 0x0040, [0; 4]), "this bit has to be 0"),
        ("a chain of pointers", [header(1, 0, [1; 4]), pointers].concat(), ""),
    ];
    for (case, octets, wrong) in cases {
        let reading = Reading::of(octets);
        let errors: Vec<_> = all(&reading.tree).into_iter().filter_map(|node| node.wrong.clone()).collect();
        assert!(errors.iter().any(|error| error.contains(wrong)), "{case}: {errors:?}");
        assert!(!is_likely(octets), "{case}");
    }
    let mut cut = record(1, &[1, 2, 3, 4]);
    cut.truncate(cut.len() - 2);
    let reading = Reading::of(&cut);
    assert_eq!(reading.answers[0].wrong.as_deref(), Some("RDATA: the octets end before it does"));
    let reading = cut_off(&cut, 2);
    assert_eq!(
        reading.answers[0].wrong.as_deref(),
        Some("RDATA: the record did not keep the rest, 2 octets"),
        "what was not recorded is not the sender's fault"
    );
}

#[test]
fn over_tcp_each_message_stands_behind_its_length() {
    let mut octets = Vec::new();
    for message in [query(), referral()] {
        octets.extend(u16::try_from(message.len()).unwrap().to_be_bytes());
        octets.extend(message);
    }
    let nodes = read_stream(Excerpt::whole(&octets));
    let names: Vec<_> = nodes.iter().map(|node| (node.name.as_str(), node.range.clone())).collect();
    assert_eq!(names[..3], [("length", 0..2), ("query", 2..37), ("length", 37..39)]);
    assert!(nodes.iter().all(|node| !node.is_wrong()));
    let pointer = find(&nodes[3], "pointer");
    assert_eq!(
        (pointer.points_to, pointer.value.as_str()),
        (Some(39 + 26), "→ octet 26: edu."),
        "the message counts from its own beginning, the view from the first octet shown"
    );
    for piece in 1..octets.len() {
        let (mut marker, mut marks) = (DnsMarker::default(), Vec::new());
        octets.chunks(piece).for_each(|octets| marker.feed(octets, 0, &mut marks));
        let length = octets.len() as u64;
        let expected = [
            DnsMark::Begin(0),
            DnsMark::Message(0..37, Some(query())),
            DnsMark::Begin(37),
            DnsMark::Message(37..length, Some(referral())),
        ];
        assert_eq!(marks, expected, "in pieces of {piece}");
        assert_eq!(marker.open(), None);
    }
}

fn flow(kind: FlowKind, port: u16, events: &[(Side, Vec<u8>, u64)]) -> Flow {
    let (id, at) = (FlowId(0), std::time::Duration::ZERO);
    let end = |name: &str, port| End { name: name.to_owned(), ip_port: Some(([10, 0, 0, 1], port).into()) };
    let ends = Ends { client: end("you", 40_000), server: end("a.root-servers.net", port) };
    let mut ledger = Ledger::default();
    ledger.apply(Entry::Opened { id, parent: None, kind, title: String::new(), ends, at });
    let layer = if kind == FlowKind::Datagrams { Layer::Datagram } else { Layer::Stream };
    for (from, bytes, omitted) in events {
        let octets = Octets { bytes: bytes.clone().into(), masked: None, omitted: *omitted };
        let event = WireEvent { at, from: *from, layer, content: EventContent::Octets(octets), transit: None };
        ledger.apply(Entry::Event { id, event });
    }
    ledger.apply(Entry::Ended { id, at, state: FlowState::Closed });
    ledger.flow(id).unwrap().clone()
}

fn lines(flow: &Flow) -> Vec<String> {
    let reading = FlowReading::of(flow);
    let line = |index| {
        let line = reading.line(flow, index).unwrap();
        let side = if line.side == Side::Client { 'C' } else { 'S' };
        let wrong = line.wrong.map(|wrong| format!(" ! {wrong}")).unwrap_or_default();
        format!("{side}: {}{wrong}", line.text)
    };
    (0..reading.line_count()).map(line).collect()
}

const LINES: [&str; 6] = [
    "C: query 0x7c1e A? gaia.cs.umass.edu. RD",
    "S: reply 0x7c1e NOERROR · referral to edu. (2 NS, 2 glue)",
    "S: edu. 172799 IN NS a.edu-servers.net.",
    "S: edu. 172799 IN NS b.edu-servers.net.",
    "S: a.edu-servers.net. 172800 IN A 192.5.6.30",
    "S: b.edu-servers.net. 172800 IN A 192.5.6.31",
];

#[test]
fn a_conversation_tells_queries_and_replies_with_their_records() {
    let events = [(Side::Client, query(), 0), (Side::Server, referral(), 0)];
    assert_eq!(lines(&flow(FlowKind::Datagrams, 53, &events)), LINES);
    assert_eq!(lines(&flow(FlowKind::Datagrams, 5_353, &events)), LINES, "told by the octets");
    let long = |message: Vec<u8>| [u16::try_from(message.len()).unwrap().to_be_bytes().to_vec(), message].concat();
    let (asked, answered) = (long(query()), long(referral()));
    let events = [
        (Side::Client, asked[..1].to_vec(), 0),
        (Side::Client, asked[1..].to_vec(), 0),
        (Side::Server, answered[..40].to_vec(), 0),
        (Side::Server, answered[40..].to_vec(), 0),
    ];
    let over_tcp = flow(FlowKind::Connection, 53, &events);
    assert_eq!(lines(&over_tcp), LINES);
    let mut reading = FlowReading::of(&over_tcp);
    let first = reading.line(&over_tcp, 0).unwrap();
    assert_eq!(first.tones, [(0, TextTone::Muted), (13, TextTone::Side), (15, TextTone::Text)]);
    assert_eq!(reading.protocols().map(Protocol::name).collect::<Vec<_>>(), ["DNS over TCP"]);
    reading = FlowReading::default();
    let (mut runs, mut all) = (EventRuns::default(), Vec::new());
    while reading.take(&over_tcp, &mut runs) {
        all.extend(runs.list().iter().map(|run| (run.octets, run.begins)));
    }
    assert_eq!(all, [(1, true), (36, false), (40, true), (91, false)]);
    let whole = flow(FlowKind::Connection, 5_353, &[(Side::Client, asked, 0)]);
    assert_eq!(lines(&whole), LINES[..1], "told by the octets");
}

#[test]
fn a_message_cut_short_is_octets_with_a_reason() {
    let events = [(Side::Client, vec![0, 35, 0x7c], 0), (Side::Server, b"\0\x09abc".to_vec(), 6)];
    let texts = lines(&flow(FlowKind::Connection, 53, &events));
    assert_eq!(texts[0], "S: 11 octets, 6 octets of them not kept");
    assert_eq!(texts[1], "C: 3 octets ! the message is not all here");
    let texts = lines(&flow(FlowKind::Datagrams, 53, &[(Side::Client, b"hello".to_vec(), 0)]));
    assert_eq!(texts, ["C: the beginning of a message ! header: the octets end before it does"]);
}

fn check(tree: &FieldNode, length: usize) {
    let nodes = all(tree);
    assert!(nodes.len() <= 64 + length * 4, "{} nodes of {length} octets", nodes.len());
    for node in nodes {
        assert!(node.range.start <= node.range.end && node.range.end <= length, "{node:?}");
        assert!(node.points_to.is_none_or(|target| target < length));
        assert!(node.value.len() < 8 * length + 2_000);
        for part in &node.parts {
            assert!(node.range.start <= part.range.start && part.range.end <= node.range.end, "{node:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_octets_are_read(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        check(&Reading::of(&octets).tree, octets.len());
        for node in &read_stream(Excerpt::whole(&octets)) {
            check(node, octets.len());
        }
    }

    #[test]
    fn messages_with_faults_are_read(
        counts in proptest::array::uniform4(0_u16..6),
        entries in proptest::collection::vec((
            prop_oneof![Just(labels("a.edu")), Just(vec![0xc0, 12]), (0_u8..64).prop_map(|at| vec![0xc0, at]), Just(vec![0])],
            prop_oneof![(0_u16..70), Just(41), Just(257)],
            any::<u32>(),
            proptest::collection::vec(prop_oneof![any::<u8>(), 0_u8..20, Just(0xc0)], 0..40),
        ), 0..12),
        flip in any::<proptest::sample::Index>(),
        end in any::<proptest::sample::Index>(),
    ) {
        let mut octets = header(1, 0x8000, counts);
        for (name, kind, ttl, data) in &entries {
            octets.extend(entry(name, *kind, Some((*ttl, data))));
        }
        check(&Reading::of(&octets).tree, octets.len());
        let place = flip.index(octets.len());
        octets[place] ^= 0x55;
        octets.truncate(end.index(octets.len()) + 1);
        let reading = Reading::of(&octets);
        check(&reading.tree, octets.len());
        for (_, lines) in reading.sections() {
            for line in lines {
                prop_assert_eq!(Some(line.clone()), line_at(&octets, line.range.start));
            }
        }
    }

    #[test]
    fn conversations_of_any_datagrams_cover_them(
        events in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..60), 0_u64..3), 0..8),
        datagrams in any::<bool>(),
    ) {
        let events: Vec<_> = events
            .into_iter()
            .map(|(client, bytes, omitted)| (if client { Side::Client } else { Side::Server }, bytes, omitted))
            .collect();
        let kind = if datagrams { FlowKind::Datagrams } else { FlowKind::Connection };
        let flow = flow(kind, 53, &events);
        let reading = FlowReading::of(&flow);
        for side in [Side::Client, Side::Server] {
            let rows = (0..reading.line_count()).map(|index| reading.line(&flow, index).unwrap());
            let mut at = 0;
            for line in rows.filter(|line| line.side == side) {
                prop_assert_eq!(line.range.start, at);
                at = line.range.end;
            }
            prop_assert_eq!(at, reading.length(Track::Application, side));
        }
    }
}
