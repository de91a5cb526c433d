//! Which service is at which port of 127.0.0.1, and that it is reached there: through real sockets in real time.

use std::{
    net::{TcpListener as StdListener, UdpSocket as StdSocket},
    time::SystemTime,
};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::{
    lab::{LabFiles, LabStore},
    net::{Clock, Path, Rate},
    wire::{End, Ends, FlowKind, Recorder},
};

const RTT: Duration = Duration::from_millis(20);

fn world() -> (Lab, FlowHandle, Recorder) {
    let recorder = Recorder::default();
    let end = |name: &str| End { name: name.into(), ip_port: None };
    let ends = Ends { client: end("outside"), server: end("lab") };
    let parent = recorder.open(None, FlowKind::Run, "gateway".into(), ends, Duration::ZERO);
    let path = Path { rtt: RTT, rate: Rate::UNLIMITED, ..Path::default() };
    (Lab::open(&Clock::real(), &LabFiles::embedded(), &path, LabStore::fresh()).unwrap(), parent, recorder)
}

fn choice(host: &str, port: u16, local: u16) -> PortChoice {
    PortChoice { host: host.to_owned(), port, local }
}

/// A port that is free for connections and datagrams.
fn free_port() -> u16 {
    loop {
        let listener = StdListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        if StdSocket::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn echo(gateway: &Gateway) -> PublishedService {
    gateway.published().iter().find(|published| published.host == "echo.lab").unwrap().clone()
}

/// Says `text` by datagram and by connection; checks the answers, and that they took their time.
async fn ask(at: SocketAddr, text: &'static str) {
    let upper = text.to_uppercase();
    let expected = upper.clone();
    let by_datagram = tokio::task::spawn_blocking(move || {
        let program = StdSocket::bind("127.0.0.1:0").unwrap();
        program.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let began = SystemTime::now();
        program.send_to(text.as_bytes(), at).unwrap();
        let mut space = [0; 100];
        let octets = program.recv(&mut space).unwrap();
        assert_eq!(&space[..octets], expected.as_bytes());
        assert!(began.elapsed().unwrap() >= RTT, "over the lab's links");
    });
    by_datagram.await.unwrap();
    let mut connection = TcpStream::connect(at).await.unwrap();
    connection.write_all(text.as_bytes()).await.unwrap();
    let mut heard = vec![0; upper.len()];
    connection.read_exact(&mut heard).await.unwrap();
    assert_eq!(heard, upper.as_bytes());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_service_can_have_a_certain_port_and_another_later() {
    let (lab, parent, recorder) = world();
    let (first, second) = (free_port(), free_port());
    // The last choice for a service counts.
    let choices = [choice("echo.lab", 12_000, 1), choice("ECHO.lab", 12_000, first)];
    let mut gateway = Gateway::open_with(&lab, Ports::Free, &choices, &parent).await.unwrap();
    let published = echo(&gateway);
    assert_eq!(
        (published.ip_port.port(), published.transports(), published.service.as_str()),
        (first, "udp+tcp", "echo")
    );
    assert_eq!(published.to_string(), format!("echo 127.0.0.1:{first} udp+tcp → echo.lab:12000"));
    ask(published.ip_port, "ping at the first port").await;

    let others = gateway.published().len();
    gateway.publish_at(&lab, &choice("echo.lab", 12_000, second)).await.unwrap();
    gateway.publish_at(&lab, &choice("echo.lab", 12_000, second)).await.unwrap();
    assert_eq!((echo(&gateway).ip_port.port(), gateway.published().len()), (second, others));
    ask(echo(&gateway).ip_port, "ping at the second").await;
    while StdListener::bind(("127.0.0.1", first)).is_err() {
        lab.net().clock().sleep(Duration::from_millis(10)).await;
    }
    let mut index = TcpStream::connect(gateway.published()[0].ip_port).await.unwrap();
    index.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut page = String::new();
    index.read_to_string(&mut page).await.unwrap();
    assert!(page.contains(&format!("<td>127.0.0.1:{second}, udp+tcp</td>")), "{page}");

    drop((gateway, lab));
    let ledger = recorder.into_ledger();
    let kinds: Vec<FlowKind> = ledger.flows()[1..].iter().map(|flow| flow.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == FlowKind::Datagrams).count(), 2, "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_cannot_be_given_is_told_of() {
    let (lab, parent, _recorder) = world();
    let open = async |choices: &[PortChoice]| Gateway::open_with(&lab, Ports::Free, choices, &parent).await;
    let nobody = open(&[choice("echo.lab", 7, 5_000)]).await.unwrap_err();
    assert_eq!(nobody.to_string(), "a port was asked for echo.lab:7, and the lab has no server there");
    let port = free_port();
    let twice = open(&[choice("echo.lab", 12_000, port), choice("info.cern.ch", 80, port)]).await.unwrap_err();
    let told = twice.to_string();
    let both = ["info.cern.ch http", "echo.lab echo"];
    assert!(matches!(twice, GatewayError::PortTwice { .. }) && both.iter().all(|what| told.contains(what)), "{told}");
    let taken = StdSocket::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let told = open(&[choice("echo.lab", 12_000, port)]).await.unwrap_err().to_string();
    assert!(told.contains(&format!("port {port} on 127.0.0.1, where echo.lab echo belongs, is taken")), "{told}");

    let mut gateway = open(&[]).await.unwrap();
    let (before, other) = (echo(&gateway), gateway.published()[1].ip_port.port());
    let refused = gateway.publish_at(&lab, &choice("echo.lab", 12_000, port)).await.unwrap_err();
    assert!(matches!(refused, GatewayError::PortTaken { .. }), "{refused}");
    let refused = gateway.publish_at(&lab, &choice("echo.lab", 12_000, other)).await.unwrap_err();
    assert!(
        matches!(&refused, GatewayError::PortTwice { other, .. } if other == "www.someschool.edu http"),
        "{refused}"
    );
    assert_eq!(echo(&gateway), before);
    ask(before.ip_port, "still there").await;
}

#[test]
fn the_echo_has_a_fixed_port_and_no_two_fixed_ports_are_the_same() {
    let files = LabFiles::embedded();
    let ports =
        files.plan.hosts.iter().flat_map(|host| host.services.iter().map(|plan| (host.name(), plan.gateway_port)));
    let mut ports: Vec<(&str, Option<u16>)> = ports.collect();
    assert!(ports.contains(&("echo.lab", Some(12_000))));
    assert!(ports.iter().all(|(_, port)| port.is_some_and(|port| port != SHARED_PORT)));
    let all = ports.len();
    ports.sort_by_key(|(_, port)| *port);
    ports.dedup_by_key(|(_, port)| *port);
    assert_eq!(ports.len(), all);
}
