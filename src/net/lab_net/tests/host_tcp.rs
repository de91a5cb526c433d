use super::*;
use crate::wire::{ConnectionStep, EventContent, NoteKind, Side};

const MBIT_10: u64 = 10_000_000;

fn realistic(rate: Option<u64>) -> Path {
    Path { tcp: TcpModel::Realistic, ..path(rate) }
}

fn modern(rate: Option<u64>) -> Path {
    Path { tcp: TcpModel::Modern, ..path(rate) }
}

/// How long a fetch of `octets` takes, and how often each step was recorded.
fn fetch_takes(path: &Path, octets: usize) -> (Duration, usize, usize) {
    let flow = new_flow();
    let took = on_network(path, async |net: LabNet| {
        serve(&net, WEB, octets);
        assert!(fetch(&net, &flow).await == pattern(octets));
        let took = net.clock().now();
        net.clock().sleep(Duration::from_secs(200)).await;
        assert_eq!(net.inner.lock().connections_and_packets(), (0, 0));
        took
    });
    let ledger = flow.recorder().clone().into_ledger();
    let count =
        |step| ledger.flows()[0].events.iter().filter(|event| event.content == EventContent::Step(step)).count();
    (took, count(ConnectionStep::Lost), count(ConnectionStep::Retransmit))
}

#[test]
fn the_handshake_costs_a_round_trip_and_two_headers() {
    let took = on_network(&realistic(Some(MBIT_10)), async |net: LabNet| {
        serve(&net, WEB, 1);
        let _socket = net.connect(WEB, &new_flow()).await.unwrap();
        net.clock().now()
    });
    assert_eq!(took, RTT + transmission(40, MBIT_10) * 2);
}

#[test]
fn timestamps_take_twelve_octets_of_every_packet_and_of_every_full_segment() {
    let took = on_network(&modern(Some(MBIT_10)), async |net: LabNet| {
        serve(&net, WEB, 1);
        let _socket = net.connect(WEB, &new_flow()).await.unwrap();
        net.clock().now()
    });
    assert_eq!(took, RTT + transmission(52, MBIT_10) * 2);
    // Ten full segments and the last one in the first round, and no more.
    assert_eq!(fetch_takes(&modern(None), 11 * 1_448), (RTT * 2, 0, 0));
    assert_eq!(fetch_takes(&modern(None), 11 * 1_448 + 1), (RTT * 3, 0, 0));
}

#[test]
fn slow_start_takes_the_rounds_theory_says() {
    // 100,000 octets are 69 segments: 10 in the first round, 20 in the second, 39 in the third, of 1,500 octets each but for the
    // last, which has 720 + 40. A round begins one round-trip time, one segment and one ACK after the one before.
    let header = transmission(40, MBIT_10);
    let segment = transmission(1_500, MBIT_10);
    let connected = RTT + header * 2;
    // ACK of the handshake, request, and its ACK ahead of the response.
    let response_begins = connected + header + transmission(REQUEST as u64 + 40, MBIT_10) + RTT / 2 + header;
    let round = RTT + segment + header;
    let expected = response_begins + round * 2 + segment * 38 + transmission(760, MBIT_10) + RTT / 2;
    assert_eq!(fetch_takes(&realistic(Some(MBIT_10)), 100_000), (expected, 0, 0));
}

#[test]
fn ten_segments_and_the_last_one_need_no_second_round_and_twelve_do() {
    // The segment that carries the FIN does not wait for room in the congestion window (as on Linux).
    let unlimited = realistic(None);
    assert_eq!(fetch_takes(&unlimited, 14_600), (RTT * 2, 0, 0));
    assert_eq!(fetch_takes(&unlimited, 16_060), (RTT * 2, 0, 0));
    assert_eq!(fetch_takes(&unlimited, 16_061), (RTT * 3, 0, 0));
    assert_eq!(fetch_takes(&unlimited, 45_260), (RTT * 3, 0, 0));
    assert_eq!(fetch_takes(&unlimited, 45_261), (RTT * 4, 0, 0));
}

#[test]
fn a_path_slower_than_the_first_time_out_is_not_sent_everything_twice() {
    // The SYN is sent again at 1 s and 3 s, its answer comes after 4.6 s; the time-out of 3 s (RFC 6298 §5.7) then doubles once,
    // and stays doubled until a round trip has been measured.
    let far = Path { rtt: Duration::from_millis(4_600), ..realistic(None) };
    let (took, lost, again) = fetch_takes(&far, 100_000);
    assert_eq!(lost, 0);
    assert!(again < 10, "{again}");
    assert!(took < far.rtt * 14, "{took:?}");
}

#[test]
fn a_connection_that_was_idle_begins_slowly_again() {
    let rounds = |idle: Duration| {
        on_network(&realistic(None), async |net: LabNet| {
            let mut listener = net.listen(WEB).unwrap();
            tokio::spawn(async move {
                let mut socket = listener.accept().await;
                let mut request = [0; REQUEST];
                while socket.read_exact(&mut request).await.is_ok() {
                    socket.write_all(&pattern(43_800)).await.unwrap();
                }
            });
            let mut socket = net.connect(WEB, &new_flow()).await.unwrap();
            let mut took = Vec::new();
            for _ in 0..2 {
                let from = net.clock().now();
                socket.write_all(&[7; REQUEST]).await.unwrap();
                socket.read_exact(&mut vec![0; 43_800]).await.unwrap();
                took.push(net.clock().now().abs_diff(from));
                net.clock().sleep(idle).await;
            }
            took
        })
    };
    assert_eq!(rounds(RTT), [RTT * 2, RTT]);
    assert_eq!(rounds(Duration::from_secs(5)), [RTT * 2, RTT * 2]);
}

#[test]
fn a_full_queue_drops_and_the_sender_recovers_without_a_time_out() {
    let path = Path { queue_octets: 60_000, ..realistic(Some(MBIT_10)) };
    let (took, lost, again) = fetch_takes(&path, 3_000_000);
    assert!(lost > 5, "{lost}");
    assert_eq!(again, lost, "every drop was repaired, and nothing else was sent twice");
    let ideal = RTT * 2 + transmission(3_000_000 / MSS * 1_500, MBIT_10);
    assert!(took > ideal && took < ideal * 3 / 2, "{took:?}, ideal {ideal:?}");
    let (no_loss, lost, _) = fetch_takes(&Path { queue_octets: 6_000_000, ..path }, 3_000_000);
    assert_eq!(lost, 0);
    assert!(no_loss < took);
}

#[test]
fn hystart_leaves_slow_start_before_the_queue_overflows() {
    // Reno doubles its window until 256 KiB of queue overflow; CUBIC stops before. Neither leaves the link idle.
    let [reno, cubic] = [realistic(Some(MBIT_10)), modern(Some(MBIT_10))].map(|path| fetch_takes(&path, 4_000_000));
    assert!(reno.1 > 50, "{reno:?}");
    assert_eq!((cubic.1, cubic.2), (0, 0));
    let ideal = transmission(4_000_000 * 1_500 / 1_448, MBIT_10);
    assert!(cubic.0 > ideal && cubic.0 < ideal * 115 / 100, "{cubic:?}, {ideal:?}");
}

#[test]
fn a_path_that_becomes_longer_does_not_cost_the_window() {
    // The round-trip time grows from 100 ms to 700 ms in the middle: the timer expires too soon, and acknowledgements of what was
    // not sent again show it (RFC 5682; with timestamps RFC 3522).
    for before in [realistic(None), modern(None)] {
        let flow = new_flow();
        let took = on_network(&before, async |net: LabNet| {
            serve(&net, WEB, 2_000_000);
            let (far, changing) = (Path { rtt: Duration::from_millis(700), ..before.clone() }, net.clone());
            tokio::spawn(async move {
                changing.clock().sleep(Duration::from_millis(450)).await;
                changing.set_path(&far);
            });
            assert_eq!(fetch(&net, &flow).await.len(), 2_000_000);
            net.clock().now()
        });
        let ledger = flow.recorder().clone().into_ledger();
        let again = |event: &&crate::wire::WireEvent| event.content == EventContent::Step(ConnectionStep::Retransmit);
        let again = ledger.flows()[0].events.iter().filter(again).count();
        assert!((1..=3).contains(&again), "{}: {again} sent again, though nothing was lost", before.tcp);
        // To CUBIC a longer delay looks like a queue: it leaves slow start for that.
        let limit = Duration::from_secs(if before.tcp == TcpModel::Modern { 10 } else { 4 });
        assert!(took < limit, "{}: {took:?}", before.tcp);
    }
}

/// When the server's packets were lost and sent again while five segments went to the client.
fn repairs_of_five_segments(path: &Path) -> Vec<(Duration, Side, ConnectionStep)> {
    let flow = new_flow();
    on_network(path, async |net: LabNet| {
        let mut listener = net.listen(WEB).unwrap();
        tokio::spawn(async move {
            let mut socket = listener.accept().await;
            socket.read_exact(&mut [0; REQUEST]).await.unwrap();
            socket.write_all(&pattern(5 * 1_460)).await.unwrap();
            std::future::pending::<()>().await;
        });
        let mut socket = net.connect(WEB, &flow).await.unwrap();
        socket.write_all(&[7; REQUEST]).await.unwrap();
        socket.read_exact(&mut [0; 5 * 1_460]).await.unwrap();
    });
    let ledger = flow.recorder().clone().into_ledger();
    let step = |event: &crate::wire::WireEvent| match event.content {
        EventContent::Step(step @ (ConnectionStep::Lost | ConnectionStep::Retransmit)) => {
            Some((event.at, event.from, step))
        }
        _ => None,
    };
    ledger.flows()[0].events.iter().filter_map(step).collect()
}

#[test]
fn lost_last_segments_are_found_by_a_probe_and_not_by_the_timer() {
    // Five segments leave at 150 ms, and with some seeds exactly the last two are lost. The acknowledgements of the first three
    // come at 250 ms; two round trips and 8 ms later the last one leaves again (RFC 8985 §7.2), and its acknowledgement shows that
    // the other is lost too. The timer would have expired at 550 ms.
    let left_at = RTT + RTT / 2;
    let probed_at = left_at + RTT + RTT * 2 + Duration::from_millis(8);
    let lost = (left_at, Side::Server, ConnectionStep::Lost);
    let expected = [
        lost,
        lost,
        (probed_at, Side::Server, ConnectionStep::Retransmit),
        (probed_at + RTT, Side::Server, ConnectionStep::Retransmit),
    ];
    let path = |seed| Path { loss: 0.2, seed, ..realistic(None) };
    let seen = (0..1_000).filter(|seed| repairs_of_five_segments(&path(*seed)) == expected).count();
    assert!(seen >= 3, "{seen}");
}

#[test]
fn a_burst_of_queueing_and_of_dropping_is_noted_once() {
    let flow = new_flow();
    let path = Path { queue_octets: 100_000, ..realistic(Some(MBIT_10)) };
    on_network(&path, async |net: LabNet| {
        serve(&net, WEB, 1_000_000);
        assert_eq!(fetch(&net, &flow).await.len(), 1_000_000);
    });
    let ledger = flow.recorder().clone().into_ledger();
    let notes: Vec<_> = ledger.flows()[0].notes.iter().map(|note| (note.kind, note.text.as_str())).collect();
    assert!((2..6).contains(&notes.len()), "{notes:?}");
    assert!(notes.iter().all(|(kind, _)| *kind == NoteKind::Queueing));
    assert!(notes[0].1.starts_with("a packet of the server waits 50 ms in the queue of the link access"), "{notes:?}");
    assert!(notes[1].1.starts_with("a packet of the server was dropped"), "{notes:?}");
}

#[test]
fn one_percent_loss_is_repaired_and_repeats_exactly() {
    let path = Path { loss: 0.01, seed: 5, ..realistic(Some(MBIT_10)) };
    let first = fetch_takes(&path, 1_000_000);
    assert!(first.1 > 3 && first.2 >= first.1 - 2, "{first:?}");
    assert_eq!(first, fetch_takes(&path, 1_000_000));
    assert_ne!(first.0, fetch_takes(&Path { seed: 6, ..path }, 1_000_000).0);
}

#[test]
fn throughput_under_random_loss_is_what_the_square_root_law_says() {
    // Mathis et al. 1997: MSS/RTT · √(3/2p), every segment acknowledged. The law leaves time-outs out.
    for loss in [0.01, 0.03] {
        let octets = 8_000_000;
        let took = fetch_takes(&Path { loss, ..realistic(None) }, octets).0;
        let measured = octets as f64 / took.as_secs_f64();
        let law = MSS as f64 / RTT.as_secs_f64() * (1.5 / loss).sqrt();
        assert!(measured > law * 0.6 && measured < law * 1.2, "loss {loss}: {measured:.0} octets/s, law {law:.0}");
    }
}

#[test]
fn whatever_is_lost_everything_arrives() {
    for seed in 0..25 {
        for loss in [0.02, 0.1, 0.25] {
            let path = Path { loss, seed, ..realistic(Some(MBIT_10)) };
            on_network(&path, async |net: LabNet| {
                let mut listener = net.listen(WEB).unwrap();
                tokio::spawn(async move {
                    let mut socket = listener.accept().await;
                    let mut got = Vec::new();
                    if socket.read_to_end(&mut got).await.is_ok() {
                        assert!(got == pattern(got.len()));
                        socket.write_all(&got).await.unwrap();
                    }
                });
                let Ok(mut socket) = net.connect(WEB, &new_flow()).await else { return };
                socket.write_all(&pattern(60_000)).await.unwrap();
                socket.shutdown().await.unwrap();
                let mut got = Vec::new();
                socket.read_to_end(&mut got).await.unwrap();
                assert!(got == pattern(60_000), "seed {seed} loss {loss}: {} octets", got.len());
                drop(socket);
                net.clock().sleep(Duration::from_secs(4_000)).await;
                assert_eq!(net.inner.lock().connections_and_packets(), (0, 0), "seed {seed} loss {loss}");
            });
        }
    }
}

#[test]
fn a_lost_last_segment_is_found_by_the_timer() {
    // One segment each way, and three in ten packets lost: with some seeds exactly the response is.
    let run = |seed| {
        let flow = new_flow();
        let path = Path { loss: 0.3, seed, ..realistic(None) };
        let took = on_network(&path, async |net: LabNet| {
            let mut listener = net.listen(WEB).unwrap();
            tokio::spawn(async move {
                let mut socket = listener.accept().await;
                socket.read_exact(&mut [0; REQUEST]).await.unwrap();
                socket.write_all(&pattern(100)).await.unwrap();
                std::future::pending::<()>().await;
            });
            let mut socket = net.connect(WEB, &flow).await.unwrap();
            socket.write_all(&[7; REQUEST]).await.unwrap();
            socket.read_exact(&mut [0; 100]).await.unwrap();
            net.clock().now()
        });
        (took, flow.recorder().clone().into_ledger())
    };
    let mut seen = 0;
    for seed in 0..200 {
        let (took, ledger) = run(seed);
        let events = ledger.flows()[0].events.iter();
        let repairs = events.filter(|event| {
            matches!(event.content, EventContent::Step(ConnectionStep::Lost | ConnectionStep::Retransmit))
        });
        let repairs: Vec<_> = repairs.map(|event| (event.at, event.from)).collect();
        let [(lost_at, Side::Server), (again_at, Side::Server)] = repairs[..] else { continue };
        if lost_at < RTT {
            continue;
        }
        seen += 1;
        // The server has measured one round trip, that of its SYN-ACK: the time-out is three of them (RFC 6298 §2.2).
        assert_eq!((lost_at, again_at), (RTT + RTT / 2, RTT + RTT / 2 + RTT * 3));
        assert_eq!(took, again_at + RTT / 2);
    }
    assert!(seen >= 3, "{seen}");
}

#[test]
fn flows_share_a_link_and_fill_it() {
    let octets = 1_460_000;
    let path = realistic(Some(MBIT_10));
    let ends = on_network(&path, async |net: LabNet| {
        serve(&net, WEB, octets);
        let transfers: Vec<_> = (0..5)
            .map(|_| {
                let net = net.clone();
                tokio::spawn(async move {
                    assert_eq!(fetch(&net, &new_flow()).await.len(), octets);
                    net.clock().now()
                })
            })
            .collect();
        let mut ends = Vec::new();
        for transfer in transfers {
            ends.push(transfer.await.unwrap());
        }
        ends
    });
    let last = *ends.iter().max().unwrap();
    let all = transmission(5 * 1_000 * 1_500, MBIT_10);
    assert!(last > all && last < all * 5 / 4, "{ends:?}, {all:?}");
}

#[test]
fn a_reader_that_does_not_read_stops_the_sender() {
    on_network(&realistic(None), async |net: LabNet| {
        let mut listener = net.listen(WEB).unwrap();
        let sender = tokio::spawn(async move {
            let mut socket = listener.accept().await;
            socket.write_all(&vec![1; 20_000_000]).await.unwrap();
        });
        let mut socket = net.connect(WEB, &new_flow()).await.unwrap();
        net.clock().sleep(Duration::from_mins(1)).await;
        let [row] = net.sockets()[..] else { panic!("one connection") };
        assert_eq!(row.octets_in, 44 * MSS, "the first window, which grows only with what is read");
        socket.read_exact(&mut vec![0; 20_000_000]).await.unwrap();
        sender.await.unwrap();
    });
}

#[test]
fn a_host_that_is_down_is_tried_after_1_3_and_7_seconds() {
    let flow = new_flow();
    on_network(&realistic(None), async |net: LabNet| {
        net.set_host_up(SERVER, false);
        net.clock().timeout(Duration::from_secs(10), net.connect(WEB, &flow)).await.unwrap_err();
        let from = net.clock().now();
        assert_eq!(net.connect(WEB, &new_flow()).await.unwrap_err(), ConnectError::TimedOut);
        assert_eq!(net.clock().now().abs_diff(from), Duration::from_secs(127));
    });
    let ledger = flow.recorder().clone().into_ledger();
    let times: Vec<_> = ledger.flows()[0].events.iter().map(|event| event.at.as_secs_f64()).collect();
    assert_eq!(times, [0.0, 1.0, 3.0, 7.0]);
}

#[test]
fn a_run_that_waits_for_nothing_but_a_taken_back_timer_is_stalled_at_its_last_moment() {
    let at = Arc::new(Mutex::new(None));
    let told = Arc::clone(&at);
    let outcome = run_virtual(SystemTime::UNIX_EPOCH, async move |clock: Clock| {
        let net = LabNet::new(clock.clone(), &topology(), &realistic(None));
        serve(&net, WEB, 10);
        assert_eq!(fetch(&net, &new_flow()).await.len(), 10);
        *told.lock().unwrap() = Some(clock);
        std::future::pending::<()>().await;
    });
    assert_eq!(outcome, Err(crate::net::Stalled));
    // The FIN's acknowledgement is the last thing that happens; the timer that waited for it is not.
    assert_eq!(at.lock().unwrap().as_ref().map(Clock::now), Some(RTT * 3));
}
