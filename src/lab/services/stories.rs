//! The lab's services as a student's program meets them, in virtual time.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    time::{Duration, SystemTime},
};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::{
    lab::{Lab, LabFiles, LabStore, Outage},
    net::{Clock, ConnectTarget, NetError, Network, Path, Rate, Timeouts, run_virtual},
    wire::{End, Ends, EventContent, Flow, FlowHandle, FlowKind, FlowState, Ledger, Recorder, Side},
};

const ECHO: &str = "echo.lab";
const RTT: Duration = Duration::from_millis(100);

struct ServiceStudent {
    lab: Lab,
    network: Network,
    run: FlowHandle,
    clock: Clock,
}

fn story<T>(story: impl AsyncFnOnce(&ServiceStudent) -> T) -> (T, Ledger) {
    let recorder = Recorder::default();
    let end = |name: &str| End { name: name.into(), ip_port: None };
    let ends = Ends { client: end("you"), server: end("lab") };
    let run = recorder.open(None, FlowKind::Run, "story".into(), ends, Duration::ZERO);
    let told = run_virtual(SystemTime::UNIX_EPOCH, async |clock: Clock| {
        let path = Path { rtt: RTT, rate: Rate::UNLIMITED, ..Path::default() };
        let lab = Lab::open(&clock, &LabFiles::embedded(), &path, LabStore::fresh()).unwrap();
        let network = lab.network();
        story(&ServiceStudent { lab, network, run, clock }).await
    });
    (told.unwrap(), recorder.into_ledger())
}

/// What one side says in a flow, and when, in milliseconds.
fn said(flow: &Flow, side: Side) -> Vec<(u128, Vec<u8>)> {
    let octets = flow.events.iter().filter(|event| event.from == side).filter_map(|event| match &event.content {
        EventContent::Octets(octets) => Some((event.at.as_millis(), octets.bytes.to_vec())),
        EventContent::Step(_) => None,
    });
    octets.collect()
}

#[test]
fn a_datagram_comes_back_in_upper_case_after_one_round_trip() {
    let ((), ledger) = story(async |student| {
        let to = SocketAddr::new(student.network.lookup(ECHO).await.unwrap()[0], 12_000);
        let mut datagrams = student.network.datagrams(to, ECHO, "ping".into(), &student.run, None).await.unwrap();
        for text in [b"ping 1 at 0.0".as_slice(), b"", "\u{e4}\0z".as_bytes()] {
            datagrams.send(text).await.unwrap();
            assert_eq!(datagrams.recv().await.unwrap().bytes, text.to_ascii_uppercase());
        }
        assert_eq!(student.clock.now(), RTT * 3);
    });
    let flow = &ledger.flows()[1];
    assert_eq!(said(flow, Side::Client)[0], (0, b"ping 1 at 0.0".to_vec()));
    assert_eq!(said(flow, Side::Server)[0], (100, b"PING 1 AT 0.0".to_vec()));
    assert_eq!(flow.state, FlowState::Closed);
}

#[test]
fn each_connection_is_served_until_its_client_ends_it() {
    let ((), ledger) = story(async |student| {
        let to = ConnectTarget { host: ECHO.to_owned(), port: 12_000, tls: None };
        let connect = async || student.network.connect(&to, &Timeouts::default(), &student.run).await.unwrap();
        let (mut first, mut second) = (connect().await, connect().await);
        first.write_all(b"first").await.unwrap();
        second.write_all(b"second").await.unwrap();
        let mut space = [0; 16];
        let octets = second.read(&mut space).await.unwrap();
        assert_eq!(&space[..octets], b"SECOND");
        let octets = first.read(&mut space).await.unwrap();
        assert_eq!(&space[..octets], b"FIRST");
        assert_eq!(student.clock.now(), RTT * 3, "two handshakes one after the other, then one round trip for both");
        first.write_all(b"and the end").await.unwrap();
        first.shutdown().await.unwrap();
        let mut rest = Vec::new();
        first.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"AND THE END");
    });
    assert_eq!(ledger.flows()[1].state, FlowState::Closed);
}

#[test]
fn a_client_that_does_not_read_makes_the_echo_wait() {
    story(async |student| {
        let to = ConnectTarget { host: ECHO.to_owned(), port: 12_000, tls: None };
        let io = student.network.connect(&to, &Timeouts::default(), &student.run).await.unwrap();
        let (mut reader, mut writer) = tokio::io::split(io);
        let octets = vec![b'x'; 40 << 20];
        let written = student.clock.timeout(Duration::from_mins(1), writer.write_all(&octets)).await;
        assert!(written.is_err(), "nobody reads the answers: there is an end to what the network holds");
        let mut heard = 0;
        let mut space = vec![0; 65_536];
        while let Ok(Ok(octets @ 1..)) = student.clock.timeout(RTT * 2, reader.read(&mut space)).await {
            heard += octets;
        }
        assert!(heard > 0 && heard < octets.len(), "{heard}");
    });
}

#[test]
fn it_can_be_switched_off_like_any_other() {
    story(async |student| {
        let to = SocketAddr::new(student.network.lookup(ECHO).await.unwrap()[0], 12_000);
        let ask = async || {
            let mut datagrams = student.network.datagrams(to, ECHO, "ping".into(), &student.run, None).await.unwrap();
            datagrams.send(b"x").await.unwrap();
            student.clock.timeout(Duration::from_secs(1), datagrams.recv()).await
        };
        student.lab.set_off(&[Outage { host: ECHO.to_owned(), port: Some(12_000) }]).unwrap();
        assert!(matches!(ask().await, Ok(Err(NetError::PortUnreachable { .. }))));
        student.lab.set_off(&[]).unwrap();
        assert_eq!(ask().await.unwrap().unwrap().bytes, b"X".as_slice());
    });
}

#[test]
fn every_kind_has_a_name_of_its_own_and_says_what_is_to_be_had() {
    let names: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
    assert_eq!(names.len(), KINDS.len());
    let common = ["port", "speaks", "gateway_port"];
    assert!(KINDS.iter().all(|kind| (kind.keys)().iter().all(|key| !common.contains(key))));
    let hosts = LabFiles::embedded().hosts();
    let status = |host: &str, port: u16| {
        let host = hosts.iter().find(|known| known.names.iter().any(|name| name == host)).unwrap();
        host.services.iter().find(|service| service.port == port).unwrap().status.clone()
    };
    assert_eq!(status("www.someschool.edu", 80), "web sites: www.someschool.edu, staff.someschool.edu");
    assert_eq!(status("rude.lab", 8445), "web sites: rude.lab; its certificate has expired");
    assert_eq!(status("rude.lab", 8443), "accepts connections and never says a word");
    assert_eq!(status("dns.poly.edu", 53), "looks names up for its clients");
    assert_eq!(status("dns1.networkutopia.com", 53), "no zones: it refuses every question");
    assert_eq!(status("dns.ibm.com", 53), "zones: ibm.com");
    assert_eq!(status(ECHO, 12_000), "sends back in upper case what it is sent");
}
