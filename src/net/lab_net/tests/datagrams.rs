//! Datagrams: exact times, losses, unreachable ports, and forged source addresses.

use bytes::Bytes;

use super::*;
use crate::wire::{ConnectionStep, EventContent, EventIndex, Layer, Side, Sighting};

const DNS: SocketAddr = SocketAddr::new(SERVER, 53);
const MBIT_10: u64 = 10_000_000;

fn octets(count: usize) -> Bytes {
    pattern(count).into()
}

/// A socket of the student's host that speaks with [`DNS`] alone.
fn client(net: &LabNet) -> LabDatagrams {
    let mut socket = net.bind_datagrams(SocketAddr::new(STUDENT_IP, 0)).unwrap();
    socket.connect(DNS);
    socket
}

/// Answers each datagram that comes to [`DNS`] with `answer` octets.
fn answering(net: &LabNet, answer: usize) {
    let socket = net.bind_datagrams(DNS).unwrap();
    tokio::spawn(async move {
        while let Ok(asked) = socket.recv().await {
            socket.answer(&asked, octets(answer)).unwrap();
        }
    });
}

/// Writes a datagram of so many octets into `flow` as the client does.
fn recorded(flow: &FlowHandle, at: Duration, count: usize) -> DatagramRecord {
    let seen = Sighting {
        at,
        from: Side::Client,
        layer: Layer::Datagram,
        transit: None,
        wire_len: u64::try_from(count).unwrap(),
    };
    let event = flow.octets(seen, &octets(count), None, count);
    DatagramRecord { flow: flow.clone(), from: Side::Client, event }
}

fn steps(flow: &FlowHandle) -> Vec<(Duration, Side, ConnectionStep)> {
    let ledger = flow.recorder().clone().into_ledger();
    let step = |event: &crate::wire::WireEvent| match event.content {
        EventContent::Step(step) => Some((event.at, event.from, step)),
        EventContent::Octets(_) => None,
    };
    ledger.flows()[0].events.iter().filter_map(step).collect()
}

#[test]
fn an_exchange_takes_a_round_trip_and_both_transmissions_to_the_nanosecond() {
    for (tcp, header) in [(TcpModel::Textbook, 0), (TcpModel::Realistic, DATAGRAM_HEADER_OCTETS)] {
        let path = Path { tcp, ..path(Some(MBIT_10)) };
        on_network(&path, async |net: LabNet| {
            answering(&net, 500);
            let socket = client(&net);
            socket.send_to(octets(50), DNS, None).unwrap();
            let came = socket.recv().await.unwrap();
            let (out, back) = (transmission(50 + header, MBIT_10), transmission(500 + header, MBIT_10));
            assert_eq!(net.clock().now(), RTT + out + back, "{tcp}");
            assert_eq!((came.from, came.bytes), (DNS, octets(500)));
            let asked_at = out + RTT / 2;
            let way = Transit {
                first_out: asked_at,
                last_out: asked_at + back,
                first_in: asked_at + RTT / 2,
                last_in: asked_at + back + RTT / 2,
            };
            assert_eq!(came.transit, way, "{tcp}");
        });
    }
}

#[test]
fn the_record_learns_how_a_datagram_travelled_and_the_server_whose_it_was() {
    on_network(&path(Some(MBIT_10)), async |net: LabNet| {
        let server = net.bind_datagrams(DNS).unwrap();
        let (socket, flow) = (client(&net), new_flow());
        socket.send_to(octets(50), DNS, Some(recorded(&flow, Duration::ZERO, 50))).unwrap();
        let asked = server.recv().await.unwrap();
        assert_eq!((asked.from, asked.flow.as_ref().map(FlowHandle::id)), (socket.local(), Some(flow.id())));
        let answer = asked.answer_recorded().unwrap();
        assert_eq!((answer.from, answer.event, answer.flow.id()), (Side::Server, None::<EventIndex>, flow.id()));
        let ledger = flow.recorder().clone().into_ledger();
        assert_eq!(ledger.flows()[0].events[0].transit, Some(asked.transit));
    });
}

#[test]
fn what_is_lost_is_gone_and_the_same_with_the_same_seed() {
    let run = |seed| {
        let lossy = Path { loss: 0.3, seed, ..path(Some(MBIT_10)) };
        on_network(&lossy, async |net: LabNet| {
            answering(&net, 100);
            let (socket, flow) = (client(&net), new_flow());
            let mut answered = Vec::new();
            for turn in 0..100 {
                socket.send_to(octets(50), DNS, Some(recorded(&flow, net.clock().now(), 50))).unwrap();
                if net.clock().timeout(Duration::from_secs(1), socket.recv()).await.is_ok() {
                    answered.push(turn);
                }
            }
            let lost = steps(&flow);
            assert_eq!(lost.len() + answered.len(), 100);
            assert!(lost.iter().all(|(_, _, step)| *step == ConnectionStep::Lost));
            assert!([Side::Client, Side::Server].iter().all(|side| lost.iter().any(|(_, from, _)| from == side)));
            answered
        })
    };
    let answered = run(7);
    assert!((35..65).contains(&answered.len()), "{}", answered.len());
    assert_eq!(answered, run(7));
    assert_ne!(answered, run(8));
}

#[test]
fn a_port_nobody_listens_on_is_unreachable_after_a_round_trip() {
    for (tcp, asked, told) in [(TcpModel::Textbook, 50, 0), (TcpModel::Realistic, 78, PORT_UNREACHABLE_OCTETS)] {
        on_network(&Path { tcp, ..path(Some(MBIT_10)) }, async |net: LabNet| {
            let socket = client(&net);
            socket.send_to(octets(50), DNS, None).unwrap();
            assert_eq!(socket.recv().await.unwrap_err(), DatagramError::PortUnreachable { by: DNS });
            let took = RTT + transmission(asked, MBIT_10) + transmission(told, MBIT_10);
            assert_eq!(net.clock().now(), took, "{tcp}");
            // The same socket gets an answer once somebody is there.
            answering(&net, 10);
            socket.send_to(octets(50), DNS, None).unwrap();
            assert_eq!(socket.recv().await.unwrap().bytes, octets(10));
        });
    }
}

#[test]
fn nothing_comes_back_from_a_host_that_is_off_from_nowhere_or_to_a_socket_that_is_not_connected() {
    on_network(&path(None), async |net: LabNet| {
        let patience = Duration::from_mins(1);
        let waited = async |socket: &LabDatagrams| net.clock().timeout(patience, socket.recv()).await.is_err();
        let open = net.bind_datagrams(SocketAddr::new(STUDENT_IP, 0)).unwrap();
        open.send_to(octets(50), DNS, None).unwrap();
        assert!(waited(&open).await);

        let socket = client(&net);
        net.set_host_up(SERVER, false);
        socket.send_to(octets(50), DNS, None).unwrap();
        assert!(waited(&socket).await);

        let nowhere = SocketAddr::from(([10, 9, 9, 9], 53));
        let mut lost = net.bind_datagrams(SocketAddr::new(STUDENT_IP, 0)).unwrap();
        lost.connect(nowhere);
        lost.send_to(octets(50), nowhere, None).unwrap();
        assert!(waited(&lost).await);
        assert_eq!(net.act(|core, _| core.udp.sockets_and_datagrams()), (3, 0));
    });
}

#[test]
fn ports_are_drawn_from_the_seed_taken_once_and_not_tcps() {
    let ports = |seed| {
        on_network(&Path { seed, ..path(None) }, async |net: LabNet| {
            let sockets: Vec<_> =
                (0..100).map(|_| net.bind_datagrams(SocketAddr::new(STUDENT_IP, 0)).unwrap()).collect();
            sockets.iter().map(|socket| socket.local().port()).collect::<Vec<_>>()
        })
    };
    let drawn = ports(1);
    assert!(drawn.iter().all(|port| (49_152..=65_535).contains(port)));
    assert_eq!(drawn.iter().collect::<std::collections::BTreeSet<_>>().len(), 100);
    assert!(drawn.windows(2).any(|two| two[1] < two[0]), "{drawn:?}");
    assert_eq!(drawn, ports(1));
    assert_ne!(drawn, ports(2));

    on_network(&Path { seed: 2, ..path(None) }, async |net: LabNet| {
        net.draw_afresh(1);
        assert_eq!(client(&net).local().port(), drawn[0]);

        let _tcp = net.listen(DNS).unwrap();
        let socket = net.bind_datagrams(DNS).unwrap();
        assert_eq!(net.bind_datagrams(DNS).unwrap_err(), DatagramError::PortTaken { ip_port: DNS });
        let nowhere = IpAddr::from([10, 9, 9, 9]);
        let error = net.bind_datagrams(SocketAddr::new(nowhere, 0)).unwrap_err();
        assert_eq!(error, DatagramError::NoSuchHost { ip: nowhere });
        let _connected = client(&net);
        assert_eq!((net.listening(), net.listening_datagrams()), (vec![DNS], vec![DNS]));
        drop(socket);
        assert_eq!(net.listening_datagrams(), []);
        net.bind_datagrams(DNS).unwrap();
    });
}

#[test]
fn the_longest_datagram_travels_and_one_octet_more_is_refused() {
    on_network(&path(Some(MBIT_10)), async |net: LabNet| {
        answering(&net, 0);
        let socket = client(&net);
        let error = socket.send_to(octets(MAX_DATAGRAM + 1), DNS, None).unwrap_err();
        assert_eq!(error, DatagramError::TooLong { octets: 65_508 });
        socket.send_to(octets(MAX_DATAGRAM), DNS, None).unwrap();
        assert_eq!(socket.recv().await.unwrap().bytes, Bytes::new());
        assert_eq!(net.clock().now(), RTT + transmission(65_507, MBIT_10));
    });
}

#[test]
fn datagrams_wait_behind_tcps_segments_and_tcp_behind_them() {
    let rate = 1_000_000;
    on_network(&path(Some(rate)), async |net: LabNet| {
        let mut listener = net.listen(WEB).unwrap();
        let upload = tokio::spawn(async move {
            let mut socket = listener.accept().await;
            let mut got = Vec::new();
            socket.read_to_end(&mut got).await.unwrap();
            assert_eq!(got.len(), 14_600);
            socket.arrival()
        });
        let server = net.bind_datagrams(DNS).unwrap();
        let datagrams = client(&net);
        let mut socket = net.connect(WEB, &new_flow()).await.unwrap();
        socket.write_all(&pattern(14_600)).await.unwrap();
        socket.shutdown().await.unwrap();
        for _ in 0..2 {
            datagrams.send_to(octets(125), DNS, None).unwrap();
        }
        // The first segment is leaving: both datagrams leave after it, the other nine segments after them.
        let (segment, datagram) = (transmission(MSS, rate), Duration::from_millis(1));
        for turn in 1..=2 {
            let way = server.recv().await.unwrap().transit;
            assert_eq!(way.first_out, RTT + segment + datagram * (turn - 1));
            assert_eq!(way.last_in, RTT + segment + datagram * turn + RTT / 2);
        }
        upload.await.unwrap();
        assert_eq!(net.clock().now(), RTT + segment * 10 + datagram * 2 + RTT / 2);
    });
}

#[test]
fn a_full_queue_drops_datagrams_and_says_so() {
    let narrow = Path { queue_octets: 3_000, ..path(Some(64_000)) };
    on_network(&narrow, async |net: LabNet| {
        let server = net.bind_datagrams(DNS).unwrap();
        let (socket, flow) = (client(&net), new_flow());
        for _ in 0..4 {
            socket.send_to(octets(1_000), DNS, Some(recorded(&flow, Duration::ZERO, 1_000))).unwrap();
        }
        for turn in 1..=3u32 {
            let came = server.recv().await.unwrap().transit.last_in;
            assert_eq!(came, Duration::from_millis(125) * turn + RTT / 2);
        }
        let limit = Duration::from_secs(10);
        assert!(net.clock().timeout(limit, server.recv()).await.is_err());
        let ledger = flow.recorder().clone().into_ledger();
        let notes: Vec<_> = ledger.flows()[0].notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!(
            notes,
            [
                "a datagram of the client waits 125 ms in the queue of the link access (1000 octets)",
                "a datagram of the client waits 250 ms in the queue of the link access (2000 octets)",
                "a datagram of the client was dropped: the queue of the link access is full (3000 octets)",
            ]
        );
    });
}

#[test]
fn a_process_that_does_not_read_loses_what_its_buffer_cannot_hold() {
    on_network(&path(None), async |net: LabNet| {
        let server = net.bind_datagrams(DNS).unwrap();
        let (socket, flow) = (client(&net), new_flow());
        let fits = usize::try_from(DATAGRAM_BUFFER / (10_000 + DATAGRAM_KEEPING_OCTETS)).unwrap();
        for _ in 0..fits + 2 {
            socket.send_to(octets(10_000), DNS, Some(recorded(&flow, Duration::ZERO, 10_000))).unwrap();
        }
        net.clock().sleep(RTT).await;
        assert_eq!(steps(&flow), [(RTT / 2, Side::Client, ConnectionStep::Lost); 2]);
        for _ in 0..fits {
            server.recv().await.unwrap();
        }
        socket.send_to(octets(1), DNS, None).unwrap();
        assert_eq!(server.recv().await.unwrap().bytes.len(), 1);
    });
}

const MALLORY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 66, 0, 1));
const VICTIM: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 77, 0, 1));

/// The server, and two more hosts at the core.
fn three_hosts() -> Topology {
    let host = |ip| HostSpec { names: vec![], ip, links: vec![] };
    Topology { links: vec![], hosts: vec![host(SERVER), host(MALLORY), host(VICTIM)] }
}

#[test]
fn a_forged_source_is_believed_and_its_answer_goes_to_whom_it_belongs() {
    on(&three_hosts(), &path(None), async |net: LabNet| {
        // An answer that says it is the server's, sent by somebody who is nearer.
        let socket = client(&net);
        net.send_forged(DNS, socket.local(), MALLORY, octets(33), None).unwrap();
        let came = socket.recv().await.unwrap();
        assert_eq!((came.from, came.bytes, net.clock().now()), (DNS, octets(33), RTT / 2));

        // From another address than the peer's it is not for this socket.
        net.send_forged(WEB, socket.local(), MALLORY, octets(34), None).unwrap();
        assert!(net.clock().timeout(RTT, socket.recv()).await.is_err());

        // A question in the name of somebody who never asked it: the answer floods him.
        answering(&net, 4_000);
        let victim = net.bind_datagrams(SocketAddr::new(VICTIM, 7)).unwrap();
        net.send_forged(victim.local(), DNS, MALLORY, octets(40), None).unwrap();
        assert_eq!(victim.recv().await.unwrap().bytes.len(), 4_000);
        let nowhere = IpAddr::from([10, 9, 9, 9]);
        let error = net.send_forged(DNS, DNS, nowhere, octets(1), None).unwrap_err();
        assert_eq!(error, DatagramError::NoSuchHost { ip: nowhere });
    });
}

#[test]
fn who_sits_on_the_path_sees_every_datagram_and_answers_first() {
    on(&three_hosts(), &path(None), async |net: LabNet| {
        answering(&net, 500);
        let mut mallory = net.intercept(STUDENT_IP, Intercept::Copy).unwrap();
        let spy = net.clone();
        let watching = tokio::spawn(async move {
            let asked = mallory.recv().await;
            assert_eq!((asked.to, asked.leaves, asked.at, asked.bytes.len()), (DNS, true, Duration::ZERO, 50));
            spy.send_forged(asked.to, asked.from, STUDENT_IP, octets(66), None).unwrap();
            let answer = mallory.recv().await;
            assert_eq!((answer.from, answer.leaves, answer.at, answer.bytes.len()), (DNS, false, RTT, 500));
        });
        let socket = client(&net);
        socket.send_to(octets(50), DNS, None).unwrap();
        assert_eq!(socket.recv().await.unwrap().bytes, octets(66));
        assert_eq!(socket.recv().await.unwrap().bytes, octets(500));
        watching.await.unwrap();
    });
}

#[test]
fn what_is_swallowed_arrives_only_if_it_is_passed_on() {
    on(&three_hosts(), &path(Some(MBIT_10)), async |net: LabNet| {
        let server = net.bind_datagrams(DNS).unwrap();
        let mut mallory = net.intercept(SERVER, Intercept::Swallow).unwrap();
        let (socket, flow) = (client(&net), new_flow());
        socket.send_to(octets(50), DNS, Some(recorded(&flow, Duration::ZERO, 50))).unwrap();
        let mut seen = mallory.recv().await;
        assert!(net.clock().timeout(RTT, server.recv()).await.is_err());
        seen.bytes = octets(60);
        mallory.pass_on(seen).unwrap();
        let came = server.recv().await.unwrap();
        assert_eq!((came.bytes, came.from, came.transit.first_out), (octets(60), socket.local(), Duration::ZERO));
        assert_eq!(came.transit.last_in, RTT * 3 / 2 + transmission(50, MBIT_10));
        drop(mallory);
        socket.send_to(octets(50), DNS, None).unwrap();
        assert_eq!(server.recv().await.unwrap().bytes, octets(50));
    });
}
