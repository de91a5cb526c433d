use super::*;

const MBIT_10: u64 = 10_000_000;
/// Rounding of two transmissions to nanoseconds.
const ROUNDING: Duration = Duration::from_nanos(2);

#[test]
fn at_unlimited_rate_an_object_takes_two_round_trips_whatever_its_size() {
    for octets in [1, 1_460, 100_000, 3_000_000] {
        for rtt in [Duration::from_nanos(100_000_001), Duration::ZERO, Duration::from_secs(3)] {
            let path = Path { rtt, ..path(None) };
            let (got, took) = on_network(&path, async |net: LabNet| {
                serve(&net, WEB, octets);
                let got = fetch(&net, &new_flow()).await;
                (got, net.clock().now())
            });
            assert_eq!(took, rtt * 2, "{octets} octets, {rtt:?}");
            assert!(got == pattern(octets));
        }
    }
}

#[test]
fn at_a_rate_transmission_is_added() {
    for rate in [28_000, 1_540_000, MBIT_10, 100_000_000, 1_000_000_000] {
        for octets in [1, 1_459, 1_460, 1_461, 12_500, 100_000] {
            let took = on_network(&path(Some(rate)), async |net: LabNet| {
                serve(&net, WEB, octets);
                assert!(fetch(&net, &new_flow()).await == pattern(octets));
                net.clock().now()
            });
            let expected = RTT * 2 + transmission(REQUEST as u64, rate) + transmission(octets as u64, rate);
            assert!(close_to(took, expected, ROUNDING), "{octets} octets at {rate}: {took:?}, not {expected:?}");
        }
    }
}

#[test]
fn a_long_transfer_keeps_the_link_busy_all_the_time() {
    let octets = 5_000_000;
    for rtt in [RTT, Duration::from_secs(2)] {
        let took = on_network(&Path { rtt, ..path(Some(MBIT_10)) }, async |net: LabNet| {
            serve(&net, WEB, octets);
            assert!(fetch(&net, &new_flow()).await == pattern(octets));
            net.clock().now()
        });
        let expected = rtt * 2 + transmission(REQUEST as u64, MBIT_10) + transmission(octets as u64, MBIT_10);
        assert!(close_to(took, expected, ROUNDING), "{took:?}, not {expected:?}");
    }
}

/// When each of `flows` transfers of `octets` that begin together ends.
fn parallel(topology: &Topology, path: &Path, flows: usize, octets: usize) -> Vec<Duration> {
    on(topology, path, async |net: LabNet| {
        serve(&net, WEB, octets);
        let transfers: Vec<_> = (0..flows)
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
    })
}

fn check_fair(ends: &[Duration], expected: Duration, rate: u64) {
    let segment = transmission(MSS, rate);
    let (first, last) = (*ends.iter().min().unwrap(), *ends.iter().max().unwrap());
    assert!(last.abs_diff(first) <= segment * (u32::try_from(ends.len()).unwrap() - 1), "{ends:?}");
    assert!(close_to(last, expected, ROUNDING), "{ends:?}, not {expected:?}");
}

#[test]
fn flows_that_begin_together_share_the_rate_and_end_within_a_segment_each() {
    for flows in [2u32, 5] {
        let octets = 146_000;
        let ends = parallel(&topology(), &path(Some(MBIT_10)), flows as usize, octets);
        let requests = transmission(REQUEST as u64, MBIT_10);
        // The last response cannot begin before the last request is there; the link is busy from the first on.
        let expected = RTT * 2 + requests + transmission(u64::from(flows) * octets as u64, MBIT_10);
        check_fair(&ends, expected, MBIT_10);
    }
}

#[test]
fn flows_share_a_slow_link_in_the_middle_of_the_way_as_well() {
    let link = |name: &str, rate| LinkSpec {
        name: name.into(),
        delay: Duration::from_millis(20),
        rate: Rate(rate),
        queue_octets: 64 * 1024,
        loss: 0.0,
        jitter: Duration::ZERO,
    };
    let server = HostSpec { names: vec![], ip: SERVER, links: vec!["lan".into(), "uplink".into()] };
    let links = vec![link("lan", Some(100_000_000)), link("uplink", Some(1_000_000))];
    let topology = Topology { links, hosts: vec![server] };
    assert_eq!(topology.check(), Ok(()));
    let octets = 146_000;
    let ends = parallel(&topology, &path(None), 2, octets);
    let (fast, slow) = (100_000_000, 1_000_000);
    let requests = transmission(REQUEST as u64, fast) + transmission(REQUEST as u64, slow);
    let first_segment = transmission(MSS, fast);
    let rtt = RTT + Duration::from_millis(80);
    check_fair(&ends, rtt * 2 + requests + first_segment + transmission(2 * octets as u64, slow), slow);
}

#[test]
fn both_directions_have_a_link_of_their_own() {
    let octets = 100_000;
    let took = on_network(&path(Some(MBIT_10)), async |net: LabNet| {
        let mut listener = net.listen(WEB).unwrap();
        tokio::spawn(async move {
            let mut socket = listener.accept().await;
            socket.write_all(&pattern(octets)).await.unwrap();
            let mut got = Vec::new();
            socket.read_to_end(&mut got).await.unwrap();
            assert!(got == pattern(octets));
            socket.write_all(b"!").await.unwrap();
        });
        let mut socket = net.connect(WEB, &new_flow()).await.unwrap();
        socket.write_all(&pattern(octets)).await.unwrap();
        socket.shutdown().await.unwrap();
        let mut got = Vec::new();
        socket.read_to_end(&mut got).await.unwrap();
        assert_eq!(got.len(), octets + 1);
        net.clock().now()
    });
    // The upload ends half a round trip before the answer does, which comes at once: the download is long done by then.
    let expected = RTT * 2 + transmission(octets as u64, MBIT_10) + transmission(1, MBIT_10);
    assert!(close_to(took, expected, ROUNDING), "{took:?}, not {expected:?}");
}

#[test]
fn a_lost_segment_comes_one_round_trip_later_and_holds_up_what_follows() {
    // Ten segments at 10 Mb/s and 2 % loss: with some seed exactly one of them is lost.
    let octets = 14_600usize;
    let run = |seed| {
        on_network(&Path { loss: 0.02, seed, ..path(Some(MBIT_10)) }, async |net: LabNet| {
            serve(&net, WEB, octets);
            let flow = new_flow();
            let mut socket = net.connect(WEB, &flow).await.unwrap();
            let connected = net.clock().now();
            socket.write_all(&[7; REQUEST]).await.unwrap();
            let (mut got, mut buffer, mut reads) = (0, vec![0; 65_536], Vec::new());
            loop {
                let n = socket.read(&mut buffer).await.unwrap();
                if n == 0 {
                    break;
                }
                got += n;
                reads.push((net.clock().now(), n, socket.arrival().unwrap()));
            }
            assert_eq!(got, octets);
            (connected, reads, flow.recorder().clone().into_ledger())
        })
    };
    let ideal = RTT * 2 + transmission(REQUEST as u64, MBIT_10);
    let mut seen = 0;
    for seed in 0..200 {
        let (connected, reads, ledger) = run(seed);
        let steps: Vec<_> = ledger.flows()[0]
            .events
            .iter()
            .filter_map(|event| match event.content {
                crate::wire::EventContent::Step(step) => Some((event.at, event.from, step)),
                crate::wire::EventContent::Octets(_) => None,
            })
            .collect();
        let lost: Vec<_> = steps.iter().filter(|(_, _, step)| *step == ConnectionStep::Lost).collect();
        let [(lost_at, Side::Server, _)] = lost[..] else { continue };
        if connected != RTT || reads.len() >= 10 {
            continue;
        }
        seen += 1;
        let again = steps.iter().find(|(_, _, step)| *step == ConnectionStep::Retransmit).unwrap();
        assert_eq!(again.0, *lost_at + RTT);
        // The read that had to wait returns everything from the lost segment on, when that has come the second time.
        let held = reads.iter().find(|(_, n, _)| *n > 1_460).unwrap_or_else(|| reads.last().unwrap());
        assert_eq!(held.0, again.0 + transmission(MSS, MBIT_10) + RTT / 2, "{reads:?}");
        assert_eq!(held.2.last_in, held.0);
        assert!(held.0 > ideal);
        let repeated = run(seed);
        assert_eq!((repeated.0, repeated.1), (connected, reads));
    }
    assert!(seen >= 5, "{seen}");
}

#[test]
fn one_percent_loss_delays_and_repeats_exactly() {
    let path = Path { loss: 0.01, seed: 42, ..path(Some(MBIT_10)) };
    let run = || parallel(&topology(), &path, 3, 500_000);
    let ends = run();
    assert_eq!(ends, run());
    assert!(*ends.iter().max().unwrap() > RTT * 2 + transmission(1_500_000, MBIT_10));
    assert_ne!(ends, parallel(&topology(), &Path { seed: 43, ..path }, 3, 500_000));
}

#[test]
fn jitter_delays_and_keeps_order() {
    let path = Path { jitter: Duration::from_millis(10), ..path(Some(MBIT_10)) };
    let took = on_network(&path, async |net: LabNet| {
        serve(&net, WEB, 100_000);
        assert!(fetch(&net, &new_flow()).await == pattern(100_000));
        net.clock().now()
    });
    let ideal = RTT * 2 + transmission(REQUEST as u64 + 100_000, MBIT_10);
    assert!(took > ideal && took <= ideal + Duration::from_millis(40), "{took:?}");
}

#[test]
fn a_reader_that_does_not_read_stops_the_sender() {
    on_network(&path(None), async |net: LabNet| {
        let mut listener = net.listen(WEB).unwrap();
        let written = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let told = Arc::clone(&written);
        tokio::spawn(async move {
            let mut socket = listener.accept().await;
            let block = vec![1; 64 * 1024];
            while socket.write_all(&block).await.is_ok() {
                told.fetch_add(block.len(), std::sync::atomic::Ordering::Relaxed);
            }
        });
        let mut socket = net.connect(WEB, &new_flow()).await.unwrap();
        net.clock().sleep(Duration::from_mins(1)).await;
        let most = usize::try_from(TEXTBOOK_WINDOW + SEND_BUFFER).unwrap();
        let stopped_at = written.load(std::sync::atomic::Ordering::Relaxed);
        assert!(stopped_at <= most && stopped_at + 64 * 1024 >= most, "{stopped_at}");
        // Reading lets it go on.
        let mut sink = vec![0; most * 2];
        socket.read_exact(&mut sink).await.unwrap();
        assert!(written.load(std::sync::atomic::Ordering::Relaxed) >= most * 2);
    });
}

#[test]
fn many_who_never_read_hold_a_bounded_number_of_octets_together_and_others_are_served() {
    const CLIENTS: u64 = 40;
    const LARGE: usize = 20_000_000;
    on_network(&path(None), async |net: LabNet| {
        let mut listener = net.listen(WEB).unwrap();
        let written = Arc::new(std::sync::atomic::AtomicU64::new(0));
        let sum = Arc::clone(&written);
        tokio::spawn(async move {
            loop {
                let mut socket = listener.accept().await;
                let sum = Arc::clone(&sum);
                tokio::spawn(async move {
                    let block = vec![1; 50_000];
                    for _ in 0..LARGE / block.len() {
                        socket.write_all(&block).await.unwrap();
                        sum.fetch_add(block.len() as u64, std::sync::atomic::Ordering::Relaxed);
                    }
                    socket.shutdown().await.unwrap();
                });
            }
        });
        let mut silent = Vec::new();
        for _ in 0..CLIENTS {
            silent.push(net.connect(WEB, &new_flow()).await.unwrap());
        }
        net.clock().sleep(Duration::from_mins(1)).await;
        let most = SEGMENT_BUFFERS + CLIENTS * (TEXTBOOK_FLOOR + SEND_BUFFER);
        let stopped_at = written.load(std::sync::atomic::Ordering::Relaxed);
        assert!((SEGMENT_BUFFERS..=most).contains(&stopped_at), "{stopped_at} of at most {most}");

        // One who reads gets all of it, though slowly: a floor's octets at a time.
        let mut reader = net.connect(WEB, &new_flow()).await.unwrap();
        let mut sink = vec![0; LARGE];
        reader.read_exact(&mut sink).await.unwrap();
        // When the others let go, and when they read, their octets make room.
        silent.truncate(30);
        for mut socket in silent {
            socket.read_exact(&mut sink).await.unwrap();
        }
    });
}

#[test]
fn a_changed_path_holds_for_what_is_sent_from_then_on() {
    let took = on_network(&path(None), async |net: LabNet| {
        serve(&net, WEB, 1_000);
        let mut socket = net.connect(WEB, &new_flow()).await.unwrap();
        net.set_path(&Path { rtt: Duration::from_millis(40), ..path(None) });
        socket.write_all(&[7; REQUEST]).await.unwrap();
        let mut got = Vec::new();
        socket.read_to_end(&mut got).await.unwrap();
        net.clock().now()
    });
    assert_eq!(took, RTT + Duration::from_millis(40));
}

use crate::wire::{ConnectionStep, Side};
