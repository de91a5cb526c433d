//! The same network on the machine's clock. A busy machine may well spoil some runs; a model whose errors add up spoils all of them.

use super::*;

/// One at a time: they would take the processor from each other.
static TURN: Mutex<()> = Mutex::new(());
const ATTEMPTS: usize = 20;
const RTT: Duration = Duration::from_millis(20);

/// Tries until a run takes `ideal`, give or take `tolerance`. `None`: one did. Otherwise what they all took.
fn spoiled(ideal: Duration, tolerance: Duration, mut run: impl AsyncFnMut(Clock) -> Duration) -> Option<Vec<Duration>> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let clock = Clock::real();
        let mut all = Vec::new();
        while all.len() < ATTEMPTS {
            let took = run(clock.clone()).await;
            if took.abs_diff(ideal) <= tolerance {
                return None;
            }
            all.push(took);
        }
        Some(all)
    })
}

/// A network with a server of `octets`.
fn network(clock: &Clock, rate: Option<u64>, octets: usize) -> LabNet {
    let net = LabNet::new(clock.clone(), &topology(), &Path { rtt: RTT, ..path(rate) });
    serve(&net, WEB, octets);
    net
}

#[test]
fn ten_round_trips_take_ten_round_trip_times() {
    let spoiled = spoiled(RTT * 10, Duration::from_millis(2), async |clock| {
        let net = LabNet::new(clock, &topology(), &Path { rtt: RTT, ..path(None) });
        let mut listener = net.listen(WEB).unwrap();
        tokio::spawn(async move {
            let mut socket = listener.accept().await;
            let mut octet = [0; 1];
            while socket.read_exact(&mut octet).await.is_ok() {
                socket.write_all(&octet).await.unwrap();
            }
        });
        let mut socket = net.connect(WEB, &new_flow()).await.unwrap();
        let from = net.clock().now();
        let mut octet = [0; 1];
        for _ in 0..10 {
            socket.write_all(&octet).await.unwrap();
            socket.read_exact(&mut octet).await.unwrap();
        }
        net.clock().now().abs_diff(from)
    });
    assert_eq!(spoiled, None);
}

#[test]
fn connections_opened_one_after_the_other_take_two_round_trips_each() {
    let ideal = (RTT * 2 + transmission(12_500 + REQUEST as u64, 100_000_000)) * 5;
    let spoiled = spoiled(ideal, Duration::from_millis(2), async |clock| {
        let net = network(&clock, Some(100_000_000), 12_500);
        let from = clock.now();
        for _ in 0..5 {
            assert_eq!(fetch(&net, &new_flow()).await.len(), 12_500);
        }
        clock.now().abs_diff(from)
    });
    assert_eq!(spoiled, None, "ideal {ideal:?}");
}

#[test]
fn five_connections_share_one_links_rate() {
    let octets = 250_000;
    let ideal = RTT * 2 + transmission(5 * octets as u64, 100_000_000);
    let spoiled = spoiled(ideal, ideal * 3 / 100, async |clock| {
        let net = network(&clock, Some(100_000_000), octets);
        let from = clock.now();
        let transfers: Vec<_> = (0..5)
            .map(|_| {
                let net = net.clone();
                tokio::spawn(async move { assert_eq!(fetch(&net, &new_flow()).await.len(), octets) })
            })
            .collect();
        for transfer in transfers {
            transfer.await.unwrap();
        }
        clock.now().abs_diff(from)
    });
    assert_eq!(spoiled, None, "ideal {ideal:?}");
}

#[test]
fn the_record_says_when_octets_arrived_not_when_they_were_noticed() {
    let ideal = transmission(1_000, 10_000_000) + RTT / 2;
    let spoiled = spoiled(ideal, Duration::ZERO, async |clock| {
        let net = network(&clock, Some(10_000_000), 1_000);
        let mut socket = net.connect(WEB, &new_flow()).await.unwrap();
        socket.write_all(&[7; REQUEST]).await.unwrap();
        assert_eq!(socket.read(&mut [0; 2_000]).await.unwrap(), 1_000);
        let way = socket.arrival().unwrap();
        way.last_in.abs_diff(way.first_out)
    });
    assert_eq!(spoiled, None);
}

#[test]
fn ten_datagram_exchanges_take_ten_round_trip_times() {
    let ideal = (RTT + transmission(600, 10_000_000)) * 10;
    let spoiled = spoiled(ideal, Duration::from_millis(2), async |clock| {
        let net = LabNet::new(clock, &topology(), &Path { rtt: RTT, ..path(Some(10_000_000)) });
        let server = net.bind_datagrams(SocketAddr::new(SERVER, 53)).unwrap();
        let serving = tokio::spawn(async move {
            while let Ok(asked) = server.recv().await {
                server.answer(&asked, vec![7; 500].into()).unwrap();
            }
        });
        let mut socket = net.bind_datagrams(SocketAddr::new(STUDENT_IP, 0)).unwrap();
        socket.connect(SocketAddr::new(SERVER, 53));
        let from = net.clock().now();
        for _ in 0..10 {
            socket.send_to(vec![7; 100].into(), SocketAddr::new(SERVER, 53), None).unwrap();
            assert_eq!(socket.recv().await.unwrap().bytes.len(), 500);
        }
        serving.abort();
        net.clock().now().abs_diff(from)
    });
    assert_eq!(spoiled, None, "ideal {ideal:?}");
}

#[test]
fn transfers_at_once_over_a_lossy_path_arrive_whole_though_tasks_act_late() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    for tcp in [TcpModel::Realistic, TcpModel::Modern] {
        let path = Path { rtt: Duration::from_millis(4), loss: 0.01, tcp, ..path(Some(200_000_000)) };
        runtime.block_on(async {
            let clock = Clock::real();
            let net = LabNet::new(clock.clone(), &topology(), &path);
            serve(&net, WEB, 300_000);
            let transfers: Vec<_> = (0..8)
                .map(|_| {
                    let net = net.clone();
                    tokio::spawn(async move { assert!(fetch(&net, &new_flow()).await == pattern(300_000)) })
                })
                .collect();
            for transfer in transfers {
                clock.timeout(Duration::from_mins(1), transfer).await.expect("a transfer stands still").unwrap();
            }
        });
    }
}
