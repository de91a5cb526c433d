use std::io::ErrorKind;

use super::*;
use crate::{
    net::Elapsed,
    wire::{ConnectionStep, EventContent, EventIndex, Flow, Layer, Side, Sighting},
};

fn steps(flow: &Flow) -> Vec<(Duration, Side, ConnectionStep)> {
    let step = |event: &crate::wire::WireEvent| match event.content {
        EventContent::Step(step) => Some((event.at, event.from, step)),
        EventContent::Octets(_) => None,
    };
    flow.events.iter().filter_map(step).collect()
}

fn steps_of(flow: &FlowHandle) -> Vec<(Duration, Side, ConnectionStep)> {
    steps(&flow.recorder().clone().into_ledger().flows()[0])
}

#[test]
fn a_port_nobody_serves_refuses_after_one_round_trip() {
    let flow = new_flow();
    let (error, took) = on_network(&path(Some(1_000_000)), async |net: LabNet| {
        let error = net.connect(WEB, &flow).await.unwrap_err();
        (error, net.clock().now())
    });
    assert_eq!((error, took), (ConnectError::Refused, RTT));
    assert_eq!(
        steps_of(&flow),
        [(Duration::ZERO, Side::Client, ConnectionStep::Syn), (RTT, Side::Server, ConnectionStep::Rst)]
    );
}

#[test]
fn a_closed_listener_refuses_and_an_open_one_is_listed() {
    on_network(&path(None), async |net: LabNet| {
        let listener = net.listen(WEB).unwrap();
        assert_eq!(net.listening(), [WEB]);
        assert_eq!(net.listen(WEB).unwrap_err().kind(), ErrorKind::AddrInUse);
        let nowhere = SocketAddr::from(([10, 9, 9, 9], 80));
        assert_eq!(net.listen(nowhere).unwrap_err().kind(), ErrorKind::AddrNotAvailable);
        drop(listener);
        assert_eq!(net.listening(), []);
        assert_eq!(net.connect(WEB, &new_flow()).await.unwrap_err(), ConnectError::Refused);
    });
}

#[test]
fn a_host_that_is_down_answers_nothing_until_the_callers_limit() {
    let flow = new_flow();
    on_network(&path(None), async |net: LabNet| {
        let _listener = net.listen(WEB).unwrap();
        net.set_host_up(SERVER, false);
        let limit = Duration::from_secs(10);
        let outcome = net.clock().timeout(limit, net.connect(WEB, &flow)).await;
        assert_eq!(outcome.unwrap_err(), Elapsed);
        assert_eq!(net.clock().now(), limit);
        assert_eq!(net.sockets(), []);
    });
    let secs = Duration::from_secs;
    let syns = [
        (secs(0), ConnectionStep::Syn),
        (secs(1), ConnectionStep::Retransmit),
        (secs(3), ConnectionStep::Retransmit),
        (secs(7), ConnectionStep::Retransmit),
    ];
    assert_eq!(steps_of(&flow), syns.map(|(at, step)| (at, Side::Client, step)));
}

#[test]
fn a_host_that_comes_up_is_reached_by_the_next_syn() {
    on_network(&path(None), async |net: LabNet| {
        serve(&net, WEB, 10);
        net.set_host_up(SERVER, false);
        let waiting = net.clone();
        tokio::spawn(async move {
            waiting.clock().sleep(Duration::from_secs(2)).await;
            waiting.set_host_up(SERVER, true);
        });
        let _socket = net.connect(WEB, &new_flow()).await.unwrap();
        assert_eq!(net.clock().now(), Duration::from_secs(3) + RTT);
    });
}

#[test]
fn nobody_answering_for_two_minutes_is_a_time_out_even_without_a_limit() {
    on_network(&path(None), async |net: LabNet| {
        let nowhere = SocketAddr::from(([10, 9, 9, 9], 80));
        assert_eq!(net.connect(nowhere, &new_flow()).await.unwrap_err(), ConnectError::TimedOut);
        assert_eq!(net.clock().now(), Duration::from_secs(127));
    });
}

#[test]
fn a_connection_to_a_host_that_goes_down_stalls() {
    on_network(&path(None), async |net: LabNet| {
        serve(&net, WEB, 10);
        let mut socket = net.connect(WEB, &new_flow()).await.unwrap();
        net.set_host_up(SERVER, false);
        socket.write_all(&[7; REQUEST]).await.unwrap();
        let mut buffer = [0; 10];
        let limit = Duration::from_secs(30);
        assert_eq!(net.clock().timeout(limit, socket.read(&mut buffer)).await.unwrap_err(), Elapsed);
    });
}

#[test]
fn the_handshake_is_recorded_with_the_way_of_each_packet() {
    let rtt = Duration::from_nanos(100_000_001);
    let (up, down) = (Duration::from_millis(50), Duration::from_nanos(50_000_001));
    let flow = new_flow();
    let accepted = on_network(&Path { rtt, ..path(None) }, async |net: LabNet| {
        let mut listener = net.listen(WEB).unwrap();
        let accepting = tokio::spawn(async move { (listener.accept().await, listener) });
        let socket = net.connect(WEB, &flow).await.unwrap();
        assert_eq!(net.clock().now(), rtt);
        assert_eq!((socket.local(), socket.peer()), (SocketAddr::new(STUDENT_IP, 49_152), WEB));
        let (server, _listener) = accepting.await.unwrap();
        assert_eq!((server.local(), server.peer()), (WEB, socket.local()));
        assert_eq!(server.flow().map(FlowHandle::id), Some(flow.id()));
        net.clock().now()
    });
    assert_eq!(accepted, rtt + up);
    let ledger = flow.recorder().clone().into_ledger();
    let events = &ledger.flows()[0].events;
    let ways: Vec<_> =
        events.iter().take(3).map(|event| event.transit.map(|way| (event.at, way.first_out, way.last_in))).collect();
    let zero = Duration::ZERO;
    assert_eq!(ways, [Some((zero, zero, up)), Some((rtt, up, up + down)), Some((rtt, rtt, rtt + up))]);
    let names: Vec<_> = steps(&ledger.flows()[0]).iter().map(|(_, from, step)| (*from, *step)).take(3).collect();
    assert_eq!(
        names,
        [
            (Side::Client, ConnectionStep::Syn),
            (Side::Server, ConnectionStep::SynAck),
            (Side::Client, ConnectionStep::Ack)
        ]
    );
}

#[test]
fn each_way_is_closed_on_its_own_and_the_last_fin_ends_the_connection() {
    let flow = new_flow();
    on_network(&path(None), async |net: LabNet| {
        let mut listener = net.listen(WEB).unwrap();
        tokio::spawn(async move {
            let mut socket = listener.accept().await;
            let mut got = Vec::new();
            socket.read_to_end(&mut got).await.unwrap();
            socket.write_all(&got).await.unwrap();
        });
        let mut socket = net.connect(WEB, &flow).await.unwrap();
        let state = |net: &LabNet| net.sockets().iter().map(|row| row.state.to_string()).collect::<Vec<_>>();
        assert_eq!(state(&net), ["ESTABLISHED"]);
        socket.write_all(b"echo").await.unwrap();
        socket.shutdown().await.unwrap();
        assert_eq!(socket.write(b"more").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert_eq!(state(&net), ["FIN-WAIT-1"]);
        let mut got = Vec::new();
        socket.read_to_end(&mut got).await.unwrap();
        assert_eq!(got, b"echo");
        assert_eq!(net.clock().now(), RTT * 2);
        let rows = net.sockets_of(SERVER);
        assert_eq!((rows.len(), net.sockets().len()), (0, 0), "{rows:?}");
        drop(socket);
        assert_eq!(net.inner.lock().connections_and_packets(), (0, 0));
    });
    let steps = steps_of(&flow);
    assert_eq!(steps[3..], [(RTT, Side::Client, ConnectionStep::Fin), (RTT * 2, Side::Server, ConnectionStep::Fin)]);
}

#[test]
fn a_client_that_closes_second_frees_its_port_when_its_fin_has_arrived() {
    on_network(&path(None), async |net: LabNet| {
        serve(&net, WEB, 10);
        let got = fetch(&net, &new_flow()).await;
        assert_eq!((got.len(), net.clock().now()), (10, RTT * 2));
        assert_eq!(net.sockets().iter().map(|row| row.state).collect::<Vec<_>>(), [TcpState::LastAck]);
        assert_eq!(net.sockets_of(SERVER).iter().map(|row| row.state).collect::<Vec<_>>(), [TcpState::FinWait2]);
        net.clock().sleep(RTT).await;
        assert_eq!(net.sockets(), []);
        assert_eq!(net.inner.lock().connections_and_packets(), (0, 0));
    });
}

#[test]
fn a_reset_is_an_error_at_the_other_end() {
    let flow = new_flow();
    on_network(&path(None), async |net: LabNet| {
        let mut listener = net.listen(WEB).unwrap();
        tokio::spawn(async move {
            let mut socket = listener.accept().await;
            socket.write_all(b"half of").await.unwrap();
            socket.reset();
        });
        let mut socket = net.connect(WEB, &flow).await.unwrap();
        let mut got = Vec::new();
        let error = socket.read_to_end(&mut got).await.unwrap_err();
        assert_eq!((got.as_slice(), error.kind()), (&b"half of"[..], ErrorKind::ConnectionReset));
        assert_eq!(socket.write(b"x").await.unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert_eq!(net.clock().now(), RTT * 2);
        drop(socket);
        assert_eq!(net.inner.lock().connections_and_packets(), (0, 0));
    });
    assert_eq!(steps_of(&flow)[3..], [(RTT * 2, Side::Server, ConnectionStep::Rst)]);
}

#[test]
fn letting_go_with_octets_unread_resets() {
    on_network(&path(None), async |net: LabNet| {
        let mut listener = net.listen(WEB).unwrap();
        let server = tokio::spawn(async move {
            let mut socket = listener.accept().await;
            socket.write_all(b"never read").await.unwrap();
            let mut got = Vec::new();
            socket.read_to_end(&mut got).await.map_err(|error| error.kind())
        });
        let socket = net.connect(WEB, &new_flow()).await.unwrap();
        net.clock().sleep(RTT * 3).await;
        drop(socket);
        assert_eq!(server.await.unwrap(), Err(ErrorKind::ConnectionReset));
        assert_eq!(net.inner.lock().connections_and_packets(), (0, 0));
    });
}

#[test]
fn what_was_written_before_letting_go_still_arrives() {
    on_network(&path(Some(1_000_000)), async |net: LabNet| {
        let mut listener = net.listen(WEB).unwrap();
        let server = tokio::spawn(async move {
            let mut socket = listener.accept().await;
            let mut got = Vec::new();
            socket.read_to_end(&mut got).await.unwrap();
            got.len()
        });
        let mut socket = net.connect(WEB, &new_flow()).await.unwrap();
        socket.write_all(&pattern(100_000)).await.unwrap();
        drop(socket);
        assert_eq!(server.await.unwrap(), 100_000);
    });
}

#[test]
fn an_attempt_given_up_leaves_nothing_behind() {
    on_network(&path(None), async |net: LabNet| {
        let _listener = net.listen(WEB).unwrap();
        for wait in [RTT / 4, RTT * 3 / 4] {
            let outcome = net.clock().timeout(wait, net.connect(WEB, &new_flow())).await;
            assert_eq!(outcome.unwrap_err(), Elapsed);
            assert_eq!(net.sockets(), []);
            net.clock().sleep(RTT * 2).await;
            assert_eq!(net.inner.lock().connections_and_packets(), (0, 0));
        }
    });
}

#[test]
fn a_listener_dropped_with_connections_waiting_resets_them() {
    on_network(&path(None), async |net: LabNet| {
        let listener = net.listen(WEB).unwrap();
        let mut socket = net.connect(WEB, &new_flow()).await.unwrap();
        net.clock().sleep(RTT).await;
        drop(listener);
        let mut buffer = [0; 1];
        assert_eq!(socket.read(&mut buffer).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn reads_and_writes_tell_the_way_their_octets_took() {
    let rate = 1_000_000;
    let flow = new_flow();
    on_network(&path(Some(rate)), async |net: LabNet| {
        serve(&net, WEB, 3_000);
        let mut socket = net.connect(WEB, &flow).await.unwrap();
        assert_eq!(socket.arrival(), None);
        socket.write_all(&[7; REQUEST]).await.unwrap();
        let seen =
            Sighting { at: RTT, from: Side::Client, layer: Layer::Stream, transit: None, wire_len: REQUEST as u64 };
        let index: EventIndex = flow.octets(seen, &[7; REQUEST], None, REQUEST).unwrap();
        socket.watch(index);
        let mut buffer = [0; 4_096];
        assert_eq!(socket.read(&mut buffer).await.unwrap(), 1_460);
        let first = socket.arrival().unwrap();
        let sent = RTT + RTT / 2 + transmission(REQUEST as u64, rate);
        let segment = transmission(MSS, rate);
        assert_eq!((first.first_out, first.last_out), (sent, sent + segment));
        assert_eq!((first.first_in, first.last_in), (sent + RTT / 2, sent + segment + RTT / 2));
        assert_eq!(net.clock().now(), first.last_in);
        // A slow reader gets several segments at once: from the first of the first to the last of the last.
        net.clock().sleep(RTT).await;
        assert_eq!(socket.read(&mut buffer).await.unwrap(), 1_540);
        let rest = socket.arrival().unwrap();
        assert_eq!(rest.first_out, first.last_out);
        assert_eq!(rest.last_in.abs_diff(rest.first_in), transmission(1_540, rate));
        assert_eq!(socket.read(&mut buffer).await.unwrap(), 0);
    });
    let ledger = flow.recorder().clone().into_ledger();
    let request = ledger.flows()[0].events.iter().find(|event| event.layer == Layer::Stream).unwrap().transit.unwrap();
    let out = RTT + transmission(REQUEST as u64, rate);
    assert_eq!((request.first_out, request.last_out), (RTT, out));
    assert_eq!((request.first_in, request.last_in), (RTT + RTT / 2, out + RTT / 2));
}

#[test]
fn the_table_counts_octets() {
    on_network(&path(None), async |net: LabNet| {
        let mut listener = net.listen(WEB).unwrap();
        let mut socket = net.connect(WEB, &new_flow()).await.unwrap();
        let mut server = listener.accept().await;
        socket.write_all(&[1; 300]).await.unwrap();
        server.write_all(&[1; 5_000]).await.unwrap();
        net.clock().sleep(RTT).await;
        let [row] = net.sockets()[..] else { panic!("one connection") };
        assert_eq!((row.octets_in, row.octets_out, row.state), (5_000, 300, TcpState::Established));
        assert_eq!((row.local, row.remote), (socket.local(), WEB));
        let [row] = net.sockets_of(SERVER)[..] else { panic!("one connection") };
        assert_eq!((row.octets_in, row.octets_out), (300, 5_000));
    });
}

#[test]
fn a_run_whose_peers_wait_for_each_other_is_found_to_be_stalled() {
    let outcome = run_virtual(SystemTime::UNIX_EPOCH, async |clock: Clock| {
        let net = LabNet::new(clock, &topology(), &path(Some(1_000_000)));
        let mut listener = net.listen(WEB).unwrap();
        let mut socket = net.connect(WEB, &new_flow()).await.unwrap();
        let mut server = listener.accept().await;
        let (mut one, mut other) = ([0; 1], [0; 1]);
        let (one, other) = tokio::join!(socket.read(&mut one), server.read(&mut other));
        (one.is_ok(), other.is_ok())
    });
    assert_eq!(outcome, Err(crate::net::Stalled));
}

#[test]
fn names_are_found_without_regard_to_case() {
    on_network(&path(None), async |net: LabNet| {
        assert_eq!(net.lookup("WWW.SomeSchool.edu"), [SERVER]);
        assert_eq!(net.lookup("you"), [STUDENT_IP]);
        assert!(net.lookup("nowhere.example").is_empty());
    });
}
