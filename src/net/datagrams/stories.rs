//! Stories of both worlds: in the lab every number is exact, on 127.0.0.1 the peers are the standard library's sockets.

use std::{net::IpAddr, time::SystemTime};

use super::*;
use crate::{
    net::{
        DATAGRAM_HEADER_OCTETS, HostSpec, LabNet, Path, Rate, STUDENT_IP, TcpModel, Topology, over_loopback::run,
        run_virtual,
    },
    wire::{Caps, ConnectionStep, EventContent, Flow, FlowState, Ledger, Recorder, Secrets},
};

const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 1, 0, 1));
const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9));
const DNS: SocketAddr = SocketAddr::new(SERVER, 53);
const RTT: Duration = Duration::from_millis(100);
const RATE: Rate = Rate(Some(10_000_000));

/// Runs `work` in the lab, where the server answers each datagram with 300 octets; gives what it gave and the record.
fn in_lab<Fut: Future>(path: &Path, work: impl FnOnce(LabNet, FlowHandle) -> Fut) -> (Fut::Output, Ledger) {
    let recorder = Recorder::default();
    let flow = run(&recorder);
    let host = |ip| HostSpec { names: vec![], ip, links: vec![] };
    let topology = Topology { links: vec![], hosts: vec![host(SERVER), host(PROXY)] };
    let outcome = run_virtual(SystemTime::UNIX_EPOCH, |clock| {
        let lab = LabNet::new(clock, &topology, path);
        work(lab, flow)
    });
    (outcome.unwrap(), recorder.into_ledger())
}

fn path() -> Path {
    Path { rtt: RTT, rate: RATE, ..Path::default() }
}

fn serve(lab: &LabNet) {
    let socket = lab.bind_datagrams(DNS).unwrap();
    tokio::spawn(async move {
        while let Ok(asked) = socket.recv().await {
            socket.answer(&asked, vec![b'a'; 300].into()).unwrap();
        }
    });
}

async fn opened(network: &Network, flow: &FlowHandle) -> Datagrams {
    network.datagrams(DNS, "dns.poly.edu", "query to dns.poly.edu".to_owned(), flow, None).await.unwrap()
}

fn only(ledger: &Ledger) -> &Flow {
    let found: Vec<_> = ledger.flows().iter().filter(|flow| flow.kind == FlowKind::Datagrams).collect();
    assert_eq!(found.len(), 1);
    found[0]
}

#[test]
fn both_datagrams_are_recorded_with_their_ways() {
    for (tcp, header) in [(TcpModel::Textbook, 0), (TcpModel::Realistic, DATAGRAM_HEADER_OCTETS)] {
        let (received, ledger) = in_lab(&Path { tcp, ..path() }, async |lab, flow| {
            serve(&lab);
            let mut datagrams = opened(&Network::lab(lab), &flow).await;
            datagrams.send(b"who is?").await.unwrap();
            datagrams.recv().await.unwrap()
        });
        let (out, back) = (RATE.time_for(7 + header), RATE.time_for(300 + header));
        let there = Transit { first_out: Duration::ZERO, last_out: out, first_in: RTT / 2, last_in: RTT / 2 + out };
        let answer = Transit {
            first_out: there.last_in,
            last_out: there.last_in + back,
            first_in: there.last_in + RTT / 2,
            last_in: there.last_in + back + RTT / 2,
        };
        assert_eq!((received.at, received.transit), (answer.last_in, Some(answer)));
        let flow = only(&ledger);
        let events: Vec<_> =
            flow.events.iter().map(|event| (event.at, event.from, event.layer, event.transit)).collect();
        assert_eq!(
            events,
            [
                (Duration::ZERO, Side::Client, Layer::Datagram, Some(there)),
                (answer.last_in, Side::Server, Layer::Datagram, Some(answer)),
            ]
        );
        let EventContent::Octets(said) = &flow.events[0].content else { panic!("{flow:?}") };
        assert_eq!(said.bytes, b"who is?"[..]);
        assert_eq!((flow.state.clone(), flow.ended_at), (FlowState::Closed, Some(answer.last_in)));
        assert_eq!((flow.ends.client.name.as_str(), flow.ends.server.name.as_str()), ("you", "dns.poly.edu"));
        assert_eq!(flow.ends.client.ip_port.map(|ip_port| ip_port.ip()), Some(STUDENT_IP));
        assert_eq!((flow.ends.server.ip_port, flow.title.as_str()), (Some(DNS), "query to dns.poly.edu"));
    }
}

#[test]
fn another_host_of_the_lab_sends_and_connects_in_its_own_name() {
    let ((), ledger) = in_lab(&path(), async |lab, flow| {
        serve(&lab);
        let mut listener = lab.listen(DNS).unwrap();
        let proxy = Network::lab(lab).as_host(PROXY, "dns.poly.edu");
        let mut datagrams = proxy.datagrams(DNS, "a", "query".to_owned(), &flow, Some(5_353)).await.unwrap();
        assert_eq!(datagrams.local(), Some(SocketAddr::new(PROXY, 5_353)));
        datagrams.send(b"?").await.unwrap();
        // Both stand at the core: the student's link is not between them.
        assert_eq!(datagrams.recv().await.unwrap().at, Duration::ZERO);
        let again = proxy.datagrams(DNS, "a", "query".to_owned(), &flow, Some(5_353)).await;
        assert!(matches!(again, Err(NetError::LocalPortTaken { port: 5_353 })), "{again:?}");
        let target = super::super::ConnectTarget { host: SERVER.to_string(), port: 53, tls: None };
        let connection = proxy.connect(&target, &super::super::Timeouts::default(), &flow).await.unwrap();
        assert_eq!(listener.accept().await.peer().ip(), PROXY);
        assert_eq!(connection.local().map(|local| local.ip()), Some(PROXY));
    });
    let clients: Vec<_> = ledger.flows()[1..].iter().map(|flow| flow.ends.client.name.as_str()).collect();
    assert_eq!(clients, ["dns.poly.edu"; 3]);
    assert!(matches!(ledger.flows()[2].state, FlowState::Failed(_)));
}

#[test]
fn a_stopped_server_fails_the_flow_after_a_round_trip() {
    let (error, ledger) = in_lab(&path(), async |lab, flow| {
        let mut datagrams = opened(&Network::lab(lab), &flow).await;
        datagrams.send(b"who is?").await.unwrap();
        datagrams.recv().await.unwrap_err()
    });
    assert!(matches!(&error, NetError::PortUnreachable { host, port: 53 } if host == "dns.poly.edu"), "{error:?}");
    let flow = only(&ledger);
    assert_eq!(flow.ended_at, Some(RTT + RATE.time_for(7)));
    assert_eq!(flow.state, FlowState::Failed(error.failure()));
}

#[test]
fn a_lost_datagram_is_a_step_in_its_senders_flow() {
    let ((), ledger) = in_lab(&Path { loss: 0.5, seed: 3, ..path() }, async |lab, flow| {
        serve(&lab);
        let clock = lab.clock().clone();
        let mut datagrams = opened(&Network::lab(lab), &flow).await;
        for _ in 0..20 {
            datagrams.send(b"who is?").await.unwrap();
            clock.timeout(RTT * 2, datagrams.recv()).await.ok();
        }
        assert!(matches!(datagrams.send(&vec![0; 65_508]).await, Err(NetError::DatagramTooLong { octets: 65_508 })));
        let limit = NetError::TimedOut { stage: super::super::Stage::FirstOctet, limit: RTT };
        datagrams.fail(limit.failure());
    });
    let flow = only(&ledger);
    let lost = |side| {
        flow.events
            .iter()
            .filter(|event| event.from == side && event.content == EventContent::Step(ConnectionStep::Lost))
            .count()
    };
    let sent = flow.events.iter().filter(|event| event.layer == Layer::Datagram && event.from == Side::Client);
    let arrived = sent.clone().filter(|event| event.transit.is_some()).count();
    assert_eq!((sent.count(), arrived + lost(Side::Client)), (20, 20));
    assert!(lost(Side::Client) > 3 && lost(Side::Server) > 1, "{} {}", lost(Side::Client), lost(Side::Server));
    assert!(matches!(flow.state, FlowState::Failed(_)));
}

#[test]
fn secrets_are_masked_and_caps_hold() {
    let caps = Caps { octets_per_flow: 10, ..Caps::default() };
    let recorder = Recorder::new(caps, Secrets::Masked, None);
    let flow = run(&recorder);
    let topology = Topology { links: vec![], hosts: vec![HostSpec { names: vec![], ip: SERVER, links: vec![] }] };
    run_virtual(SystemTime::UNIX_EPOCH, async |clock| {
        let lab = LabNet::new(clock, &topology, &path());
        let mut datagrams = opened(&Network::lab(lab), &flow).await;
        datagrams.mark_secret(2..4);
        datagrams.send(b"my pin").await.unwrap();
        datagrams.send(b"and more").await.unwrap();
    })
    .unwrap();
    let ledger = recorder.into_ledger();
    let kept: Vec<_> = only(&ledger)
        .events
        .iter()
        .map(|event| match &event.content {
            EventContent::Octets(octets) => (octets.bytes.clone(), octets.omitted),
            EventContent::Step(step) => panic!("{step:?}"),
        })
        .collect();
    assert_eq!(kept, [(Bytes::from_static(b"my**in"), 0), (Bytes::from_static(b"and "), 4)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_real_time_datagrams_are_dated_by_their_arrival_not_by_the_wake_up() {
    let recorder = Recorder::default();
    let parent = run(&recorder);
    let topology = Topology { links: vec![], hosts: vec![HostSpec { names: vec![], ip: SERVER, links: vec![] }] };
    let rtt = Duration::from_millis(10);
    let lab = LabNet::new(Clock::real(), &topology, &Path { rtt, ..path() });
    serve(&lab);
    let mut datagrams = opened(&Network::lab(lab), &parent).await;
    for _ in 0..3 {
        datagrams.send(b"who is?").await.unwrap();
        let received = datagrams.recv().await.unwrap();
        let way = received.transit.unwrap();
        assert_eq!(received.at, way.last_in);
        assert_eq!(way.last_in.abs_diff(way.first_out), rtt / 2 + RATE.time_for(300));
    }
    drop(datagrams);
    let ledger = recorder.into_ledger();
    let sent = only(&ledger).events.iter().filter(|event| event.from == Side::Client);
    for event in sent {
        let way = event.transit.unwrap();
        assert!(event.at <= way.first_out, "{event:?}");
        assert_eq!(way.last_in, way.first_out + rtt / 2 + RATE.time_for(7));
    }
}

/// A peer in a thread of its own that answers one datagram with its octets backwards.
fn peer(at: &str) -> Option<(SocketAddr, std::thread::JoinHandle<SocketAddr>)> {
    let socket = std::net::UdpSocket::bind(at).ok()?;
    let ip_port = socket.local_addr().unwrap();
    let serving = std::thread::spawn(move || {
        let mut space = [0; 1_000];
        let (octets, from) = socket.recv_from(&mut space).unwrap();
        space[..octets].reverse();
        socket.send_to(&space[..octets], from).unwrap();
        from
    });
    Some((ip_port, serving))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_machines_own_datagrams_are_recorded_too() {
    for at in ["127.0.0.1:0", "[::1]:0"] {
        let Some((ip_port, serving)) = peer(at) else { continue };
        let recorder = Recorder::default();
        let network = Network::internet(Clock::real());
        let mut datagrams = network.datagrams(ip_port, "peer", "test".to_owned(), &run(&recorder), None).await.unwrap();
        datagrams.send(b"abc").await.unwrap();
        let received = datagrams.recv().await.unwrap();
        assert_eq!((&received.bytes[..], received.transit), (&b"cba"[..], None));
        assert_eq!(datagrams.local().map(|local| local.port()), serving.join().ok().map(|from| from.port()));
        drop(datagrams);
        let ledger = recorder.into_ledger();
        let flow = only(&ledger);
        let sides: Vec<_> = flow.events.iter().map(|event| event.from).collect();
        assert_eq!((sides, flow.state.clone()), (vec![Side::Client, Side::Server], FlowState::Closed));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_port_and_a_taken_one_are_named() {
    let taken = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let network = Network::internet(Clock::real());
    let recorder = Recorder::default();
    let parent = run(&recorder);
    let nobody = {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.local_addr().unwrap()
    };
    let error = network.datagrams(nobody, "peer", "test".to_owned(), &parent, Some(port)).await.unwrap_err();
    assert!(matches!(error, NetError::LocalPortTaken { port: told } if told == port), "{error:?}");
    let mut datagrams = network.datagrams(nobody, "peer", "test".to_owned(), &parent, None).await.unwrap();
    datagrams.send(b"abc").await.unwrap();
    let error = datagrams.recv().await.unwrap_err();
    assert!(matches!(error, NetError::PortUnreachable { port, .. } if port == nobody.port()), "{error:?}");
    assert!(datagrams.flow().is_ended());
}
