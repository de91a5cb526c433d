//! Other people's captures: packets, and TCP connections put together again. Only what the tests need of the format that libpcap writes.

use std::{
    collections::BTreeMap,
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use roundtrip::wire::{
    End, Ends, Entry, EventContent, Flow, FlowId, FlowKind, FlowState, Layer, Ledger, Octets, Side, WireEvent,
};

/// What an IP packet carries.
pub(crate) struct Packet {
    /// Since the capture's first packet.
    pub(crate) at: Duration,
    /// 6 is TCP, 17 is UDP.
    pub(crate) protocol: u8,
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    /// The segment or datagram, its header included.
    pub(crate) octets: Vec<u8>,
}

/// The captures in a folder and those below it, by name.
pub(crate) fn captures(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.append(&mut captures(&path));
        } else if path.extension().is_some_and(|ending| ending == "pcap") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The IP packets in a capture.
pub(crate) fn packets(file: &Path) -> Vec<Packet> {
    let file = fs::read(file).unwrap();
    let number = |octets: &[u8], little: bool| {
        octets.iter().enumerate().fold(0_usize, |sum, (at, octet)| {
            sum | usize::from(*octet) << (8 * if little { at } else { octets.len() - 1 - at })
        })
    };
    let (little, nanos) = match file.get(..4) {
        Some([0xd4, 0xc3, 0xb2, 0xa1]) => (true, 1000),
        Some([0x4d, 0x3c, 0xb2, 0xa1]) => (true, 1),
        Some([0xa1, 0xb2, 0xc3, 0xd4]) => (false, 1000),
        Some([0xa1, 0xb2, 0x3c, 0x4d]) => (false, 1),
        _ => return Vec::new(),
    };
    let link = number(&file[20..24], little);
    let (mut packets, mut begin) = (Vec::new(), None);
    let mut rest = &file[24..];
    while rest.len() >= 16 {
        let field = |at: usize| number(&rest[at..at + 4], little);
        let time = Duration::new(field(0) as u64, u32::try_from(field(4) * nanos).unwrap());
        let length = field(8);
        let Some(packet) = rest.get(16..16 + length) else { break };
        let at = time.saturating_sub(*begin.get_or_insert(time));
        packets.extend(ip_packet(link, packet, at));
        rest = &rest[16 + length..];
    }
    packets
}

fn ip_packet(link: usize, frame: &[u8], at: Duration) -> Option<Packet> {
    let ip = match link {
        0 => frame.get(4..)?,
        1 if frame.get(12..14)? == [0x81, 0] => frame.get(18..)?,
        1 => frame.get(14..)?,
        12 | 101 => frame,
        113 => frame.get(16..)?,
        _ => return None,
    };
    let address = |range: std::ops::Range<usize>| -> Option<IpAddr> {
        let octets = ip.get(range)?;
        let four = <[u8; 4]>::try_from(octets).map(IpAddr::from);
        four.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
    };
    let (protocol, ends, above) = match ip.first()? >> 4 {
        4 if ip.get(6)?.trailing_zeros() >= 6 && ip[7] == 0 => {
            let total = usize::from(u16::from_be_bytes([ip[2], ip[3]])).min(ip.len());
            (*ip.get(9)?, (address(12..16)?, address(16..20)?), ip.get(usize::from(ip[0] & 0xf) * 4..total)?)
        }
        6 => {
            let length = usize::from(u16::from_be_bytes([*ip.get(4)?, *ip.get(5)?]));
            (*ip.get(6)?, (address(8..24)?, address(24..40)?), ip.get(40..ip.len().min(40 + length))?)
        }
        _ => return None,
    };
    let port = |at: usize| Some(u16::from_be_bytes([*above.get(at)?, *above.get(at + 1)?]));
    let from = SocketAddr::new(ends.0, port(0)?);
    let to = SocketAddr::new(ends.1, port(2)?);
    Some(Packet { at, protocol, from, to, octets: above.to_vec() })
}

/// The TCP connections of a capture that say anything, each as a flow: octets in order, each once. The end with the lower port is the server.
pub(crate) fn connections(file: &Path) -> Vec<Flow> {
    let mut talks: BTreeMap<(SocketAddr, SocketAddr), Vec<Packet>> = BTreeMap::new();
    for packet in packets(file).into_iter().filter(|packet| packet.protocol == 6) {
        let (client, server) =
            if packet.from.port() < packet.to.port() { (packet.to, packet.from) } else { (packet.from, packet.to) };
        talks.entry((client, server)).or_default().push(packet);
    }
    talks.into_iter().filter_map(|((client, server), packets)| connection(client, server, packets)).collect()
}

fn connection(client: SocketAddr, server: SocketAddr, packets: Vec<Packet>) -> Option<Flow> {
    let (id, at) = (FlowId(0), Duration::ZERO);
    let end = |ip_port: SocketAddr| End { name: ip_port.to_string(), ip_port: Some(ip_port) };
    let ends = Ends { client: end(client), server: end(server) };
    let mut ledger = Ledger::default();
    ledger.apply(Entry::Opened { id, parent: None, kind: FlowKind::Connection, title: String::new(), ends, at });
    let (mut next, mut ended) = (BTreeMap::<SocketAddr, u32>::new(), at);
    // Segments that came before others that belong before them.
    let mut early: Vec<Packet> = Vec::new();
    let mut waiting: Vec<Packet> = packets;
    loop {
        let before = waiting.len();
        for packet in waiting {
            match segment(&packet, &mut next) {
                Some(data) => {
                    ended = ended.max(packet.at);
                    if !data.is_empty() {
                        let from = if packet.from == client { Side::Client } else { Side::Server };
                        let octets = Octets { bytes: Bytes::from(data), masked: None, omitted: 0 };
                        let (at, content) = (ended, EventContent::Octets(octets));
                        let event = WireEvent { at, from, layer: Layer::Stream, content, transit: None };
                        ledger.apply(Entry::Event { id, event });
                    }
                }
                None => early.push(packet),
            }
        }
        waiting = std::mem::take(&mut early);
        if waiting.is_empty() || waiting.len() == before {
            break;
        }
    }
    ledger.apply(Entry::Ended { id, at: ended, state: FlowState::Closed });
    ledger.flow(id).filter(|flow| !flow.events.is_empty()).cloned()
}

/// What is new in a segment; `None` where octets before it are still to come.
fn segment(packet: &Packet, next: &mut BTreeMap<SocketAddr, u32>) -> Option<Vec<u8>> {
    let octets = &packet.octets;
    let Some(header) = octets.get(12).map(|octet| usize::from(octet >> 4) * 4) else { return Some(Vec::new()) };
    let sequence = u32::from_be_bytes([octets[4], octets[5], octets[6], octets[7]]);
    let data = octets.get(header..).unwrap_or_default();
    if octets[13] & SYN != 0 {
        next.insert(packet.from, sequence.wrapping_add(1));
        return Some(Vec::new());
    }
    let expected = *next.entry(packet.from).or_insert(sequence);
    let known = expected.wrapping_sub(sequence);
    match usize::try_from(known).unwrap() {
        known if known <= data.len() => {
            next.insert(packet.from, sequence.wrapping_add(u32::try_from(data.len()).unwrap()));
            Some(data[known..].to_vec())
        }
        // Seen already, or too early.
        _ if known < 1 << 31 => Some(Vec::new()),
        _ => None,
    }
}

/// The flag of a segment that opens a connection.
const SYN: u8 = 0x2;
