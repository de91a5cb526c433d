//! Stories of the lab world, in virtual time: every number is exact.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{
    CertificateProblem, Clock, ConnectTarget, HostSpec, LabNet, LabSocket, NetError, Network, Path, Rate, Stage,
    TimeSpan, Timeouts, TlsOptions, Topology,
    over_loopback::{TestAuthority, connection, run, said, steps},
    run_virtual,
};
use crate::wire::{ConnectionStep, EventContent, FlowHandle, FlowState, Layer, Ledger, Recorder, Side, Transit};

const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 1, 0, 1));
const RTT: Duration = Duration::from_millis(100);
/// 2030-01-01.
const NEW_YEAR_2030: Duration = Duration::from_hours(525_960);

/// Runs `work` in the lab with one server, `www.someschool.edu`; gives what it gave and the record.
fn in_lab<Fut: Future>(date: Duration, work: impl FnOnce(LabNet, FlowHandle) -> Fut) -> (Fut::Output, Ledger) {
    let recorder = Recorder::default();
    let flow = run(&recorder);
    let path = Path { rtt: RTT, rate: Rate::UNLIMITED, ..Path::default() };
    let server = HostSpec { names: vec!["www.someschool.edu".to_owned()], ip: SERVER, links: vec![] };
    let topology = Topology { links: vec![], hosts: vec![server] };
    let outcome = run_virtual(SystemTime::UNIX_EPOCH + date, |clock| work(LabNet::new(clock, &topology, &path), flow));
    (outcome.unwrap(), recorder.into_ledger())
}

fn target(port: u16, tls: Option<TlsOptions>) -> ConnectTarget {
    ConnectTarget { host: "www.someschool.edu".to_owned(), port, tls }
}

/// Serves one connection of a port.
fn serve<Fut>(lab: &LabNet, port: u16, work: impl FnOnce(LabSocket) -> Fut + Send + 'static)
where
    Fut: Future<Output = ()> + Send,
{
    let mut listener = lab.listen(SocketAddr::new(SERVER, port)).unwrap();
    tokio::spawn(async move {
        let socket = listener.accept().await;
        work(socket).await;
    });
}

fn rtts(number: f64) -> Duration {
    RTT.mul_f64(number)
}

#[test]
fn an_exchange_takes_two_round_trips_and_the_record_knows_every_way() {
    let ((), ledger) = in_lab(NEW_YEAR_2030, async |lab, flow| {
        serve(&lab, 80, async |mut socket: LabSocket| {
            socket.read_exact(&mut [0; 5]).await.unwrap();
            socket.write_all(b"hello").await.unwrap();
            socket.shutdown().await.unwrap();
            assert_eq!(socket.read(&mut [0; 5]).await.unwrap(), 0);
        });
        let mut io = Network::lab(lab).connect(&target(80, None), &Timeouts::default(), &flow).await.unwrap();
        assert_eq!(io.phases().connect, TimeSpan { from: Duration::ZERO, to: RTT });
        assert_eq!((io.phases().dns, io.phases().tls), (None, None));
        io.write_all(b"GET /").await.unwrap();
        assert_eq!(io.last_write(), RTT);
        let mut answer = String::new();
        io.read_to_string(&mut answer).await.unwrap();
        assert_eq!((answer.as_str(), io.first_arrival(), io.last_arrival()), ("hello", rtts(2.0), rtts(2.0)));
        drop(io);
    });
    let flow = connection(&ledger);
    assert_eq!(flow.ends.client.name, "you");
    assert_eq!(flow.ends.server.ip_port, Some(SocketAddr::new(SERVER, 80)));
    let way = |out: f64| Transit {
        first_out: rtts(out),
        last_out: rtts(out),
        first_in: rtts(out + 0.5),
        last_in: rtts(out + 0.5),
    };
    let ways: Vec<_> =
        flow.events.iter().filter(|e| e.layer == Layer::Stream).map(|e| (e.at, e.from, e.transit)).collect();
    assert_eq!(ways, [(RTT, Side::Client, Some(way(1.0))), (rtts(2.0), Side::Server, Some(way(1.5)))]);
    assert_eq!(flow.state, FlowState::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_real_time_octets_are_dated_by_their_arrival_not_by_the_wake_up() {
    let recorder = Recorder::default();
    let flow = run(&recorder);
    let path = Path { rtt: Duration::from_millis(10), rate: Rate(Some(1_000_000)), ..Path::default() };
    let server = HostSpec { names: vec!["www.someschool.edu".to_owned()], ip: SERVER, links: vec![] };
    let lab = LabNet::new(Clock::real(), &Topology { links: vec![], hosts: vec![server] }, &path);
    serve(&lab, 80, async |mut socket: LabSocket| {
        socket.read_exact(&mut [0; 5]).await.unwrap();
        socket.write_all(&[7; 10_000]).await.unwrap();
    });
    let mut io = Network::lab(lab).connect(&target(80, None), &Timeouts::default(), &flow).await.unwrap();
    io.write_all(b"GET /").await.unwrap();
    let mut octets = 0;
    while octets < 10_000 {
        octets += io.read(&mut [0; 4_000]).await.unwrap();
    }
    drop(io);
    let ledger = recorder.into_ledger();
    let flow = connection(&ledger);
    let mut received = 0;
    for event in flow.events.iter().filter(|event| event.from == Side::Server && event.layer == Layer::Stream) {
        assert_eq!(Some(event.at), event.transit.map(|way| way.last_in));
        received += 1;
    }
    assert!(received >= 3, "{received} reads");
}

/// Speaks TLS as the server `www.someschool.edu`, answers five octets with five.
fn serve_tls(lab: &LabNet, authority: &TestAuthority) {
    let config = Arc::new(authority.server("www.someschool.edu", 2020..2040, &[b"h2"]));
    serve(lab, 443, async move |socket: LabSocket| {
        // The client may refuse the certificate: then there is nobody to serve.
        let Ok(mut tls) = tokio_rustls::TlsAcceptor::from(config).accept(socket).await else { return };
        tls.read_exact(&mut [0; 5]).await.unwrap();
        tls.write_all(b"hello").await.unwrap();
        tls.shutdown().await.unwrap();
        tls.read_to_end(&mut Vec::new()).await.unwrap();
    });
}

#[test]
fn tls_costs_one_round_trip_more_and_what_it_seals_arrives_with_it() {
    let ((), ledger) = in_lab(NEW_YEAR_2030, async |lab, flow| {
        let authority = TestAuthority::new();
        serve_tls(&lab, &authority);
        let network = Network::lab(lab).trusting(authority.certificate());
        let wish = TlsOptions { alpn: vec![b"h2".to_vec()], ..TlsOptions::default() };
        let mut io = network.connect(&target(443, Some(wish)), &Timeouts::default(), &flow).await.unwrap();
        assert_eq!(io.phases().tls, Some(TimeSpan { from: RTT, to: rtts(2.0) }));
        assert_eq!(io.alpn(), Some(&b"h2"[..]));
        io.write_all(b"GET /").await.unwrap();
        let mut answer = String::new();
        io.read_to_string(&mut answer).await.unwrap();
        assert_eq!((answer.as_str(), io.last_arrival()), ("hello", rtts(3.0)));
        io.shutdown().await.unwrap();
    });
    let flow = connection(&ledger);
    assert_eq!(said(flow, Side::Client, Layer::Plain), b"GET /");
    let plain: Vec<_> = flow.events.iter().filter(|event| event.layer == Layer::Plain).collect();
    assert_eq!(plain[0].transit.map(|way| (way.first_out, way.last_in)), Some((rtts(2.0), rtts(2.5))));
    assert_eq!(plain[1].transit.map(|way| (way.first_out, way.last_in)), Some((rtts(2.5), rtts(3.0))));
    let established =
        flow.events.iter().find(|event| event.content == EventContent::Step(ConnectionStep::TlsEstablished));
    assert_eq!(established.map(|event| event.at), Some(rtts(2.0)));
}

#[test]
fn a_certificate_is_judged_at_the_labs_date() {
    let (error, _) = in_lab(Duration::ZERO, async |lab, flow| {
        let authority = TestAuthority::new();
        serve_tls(&lab, &authority);
        let network = Network::lab(lab).trusting(authority.certificate());
        let to = target(443, Some(TlsOptions::default()));
        network.connect(&to, &Timeouts::default(), &flow).await.unwrap_err()
    });
    let NetError::Certificate { problem, .. } = error else { panic!("{error:?}") };
    assert_eq!(problem, CertificateProblem::NotYetValid { from: "2020-01-01".to_owned() });
}

/// Why a connection to a port of the server is not to be had, when it is known, and the record.
fn refusal(to: &ConnectTarget, prepare: impl FnOnce(&LabNet)) -> (NetError, Duration, Ledger) {
    let ((error, at), ledger) = in_lab(NEW_YEAR_2030, async |lab, flow| {
        prepare(&lab);
        let network = Network::lab(lab);
        let error = network.connect(to, &Timeouts::default(), &flow).await.unwrap_err();
        (error, network.clock().now())
    });
    assert!(matches!(connection(&ledger).state, FlowState::Failed(_)));
    (error, at, ledger)
}

#[test]
fn a_silent_port_refuses_after_one_round_trip() {
    let (error, at, ledger) = refusal(&target(81, None), |_| {});
    assert!(matches!(error, NetError::Refused { port: 81, .. }), "{error:?}");
    assert_eq!(at, RTT);
    assert_eq!(
        steps(connection(&ledger))[..2],
        [(Side::Client, ConnectionStep::Syn), (Side::Server, ConnectionStep::Rst)]
    );
}

#[test]
fn a_host_that_is_down_times_out() {
    let (error, at, _) = refusal(&target(80, None), |lab| lab.set_host_up(SERVER, false));
    let limit = Timeouts::default().connect;
    assert!(matches!(error, NetError::TimedOut { stage: Stage::Connect, limit: l } if l == limit), "{error:?}");
    assert_eq!(at, limit);
}

#[test]
fn a_name_nobody_has_is_no_host() {
    let to = ConnectTarget { host: "www.nowhere.example".to_owned(), port: 80, tls: None };
    let (error, at, _) = refusal(&to, |_| {});
    assert!(matches!(error, NetError::NoSuchHost { .. }), "{error:?}");
    assert_eq!(at, Duration::ZERO);
}

#[test]
fn a_server_that_stalls_in_tls_runs_into_that_stages_limit() {
    let wish = TlsOptions { accept_any_certificate: true, ..TlsOptions::default() };
    let (error, at, _) = refusal(&target(443, Some(wish)), |lab| {
        serve(lab, 443, async |mut socket: LabSocket| {
            socket.read_to_end(&mut Vec::new()).await.ok();
        });
    });
    let limit = Timeouts::default().tls;
    assert!(matches!(error, NetError::TimedOut { stage: Stage::Tls, .. }), "{error:?}");
    assert_eq!(at, RTT + limit);
}

#[test]
fn a_torn_down_connection_fails_at_the_other_end() {
    let (heard, ledger) = in_lab(NEW_YEAR_2030, async |lab, flow| {
        let (tell, told) = tokio::sync::oneshot::channel();
        serve(&lab, 80, async move |mut socket: LabSocket| {
            let heard = socket.read(&mut [0; 5]).await.map_err(|error| error.kind());
            tell.send(heard).unwrap();
        });
        let io = Network::lab(lab).connect(&target(80, None), &Timeouts::default(), &flow).await.unwrap();
        io.reset();
        told.await.unwrap()
    });
    assert_eq!(heard, Err(std::io::ErrorKind::ConnectionReset));
    assert!(steps(connection(&ledger)).contains(&(Side::Client, ConnectionStep::Rst)));
}
