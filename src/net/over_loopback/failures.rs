//! Every failure has a name, an owner and an end in the record.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::{
    net::{NetError, Stage},
    wire::{Blame, FlowState},
};

fn failure(flow: &Flow) -> &crate::wire::Failure {
    match &flow.state {
        FlowState::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

/// A port on which no program listens.
fn silent_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn a_port_nobody_listens_on_refuses() {
    let ip_port = silent_port();
    let recorder = Recorder::default();
    let run = run(&recorder);
    let error = internet().connect(&plain(ip_port), &quick(), &run).await.unwrap_err();
    assert!(matches!(error, NetError::Refused { ip_port: Some(tried), .. } if tried == ip_port), "{error:?}");
    let ledger = recorder.into_ledger();
    let flow = connection(&ledger);
    assert_eq!(steps(flow), [(Side::Client, ConnectionStep::Syn), (Side::Server, ConnectionStep::Rst)]);
    assert!(failure(flow).summary.contains("the host is up, no process listens"));
    assert_eq!(failure(flow).blame, Blame::Network);
}

#[tokio::test]
async fn the_next_address_is_tried_and_the_change_of_mind_told() {
    let (open, server) = peer(|mut stream| stream.write_all(b"here").unwrap());
    let recorder = Recorder::default();
    let flow = run(&recorder);
    let addresses = [silent_port(), open];
    let mut stream = internet().dial(&plain(open), &addresses, quick().connect, &flow).await.unwrap();
    let mut received = String::new();
    stream.read_to_string(&mut received).await.unwrap();
    assert_eq!(received, "here");
    server.join().unwrap();
    let ledger = recorder.into_ledger();
    let text = &ledger.flows()[0].notes[0].text;
    assert!(text.contains("refused the connection") && text.contains(&format!("{open} is tried next")), "{text}");
}

#[tokio::test]
async fn a_server_that_stalls_in_tls_runs_into_that_stages_limit() {
    let (ip_port, server) = peer(|mut stream| {
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).unwrap();
        heard
    });
    let recorder = Recorder::default();
    let run = run(&recorder);
    let wish = TlsOptions { accept_any_certificate: true, ..TlsOptions::default() };
    let error = internet().connect(&sealed("localhost", ip_port, wish), &quick(), &run).await.unwrap_err();
    assert!(matches!(error, NetError::TimedOut { stage: Stage::Tls, limit } if limit == quick().tls), "{error:?}");
    let heard = server.join().unwrap();
    let ledger = recorder.into_ledger();
    let flow = connection(&ledger);
    assert_eq!(failure(flow).summary, "the TLS handshake did not finish within 200 ms");
    assert!(said(flow, Side::Client, Layer::Tls) == heard, "the hello it ignored is in the record");
}

#[tokio::test]
async fn a_server_that_speaks_something_else_is_told_from_one_that_speaks_tls() {
    let (ip_port, server) = peer(|mut stream| {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        stream.read_to_end(&mut Vec::new()).ok();
    });
    let recorder = Recorder::default();
    let run = run(&recorder);
    let wish = TlsOptions { accept_any_certificate: true, ..TlsOptions::default() };
    let error = internet().connect(&sealed("localhost", ip_port, wish), &quick(), &run).await.unwrap_err();
    assert!(matches!(error, NetError::NotTls { .. }), "{error:?}");
    assert_eq!(error.blame(), Blame::Peer);
    server.join().unwrap();
    let ledger = recorder.into_ledger();
    assert_eq!(said(connection(&ledger), Side::Server, Layer::Tls), b"HTTP/1.1 400 Bad Request\r\n\r\n");
}

#[tokio::test]
async fn a_server_that_speaks_nothing_we_offer_above_tls_is_named() {
    let config = TestAuthority::new().server("localhost", 2020..2999, &[b"imap"]);
    let (ip_port, server) = peer(move |stream| {
        let mut tls = tls_over(stream, config);
        tls.conn.complete_io(&mut tls.sock).unwrap_err();
        // The alert that says why.
        while tls.conn.wants_write() {
            tls.conn.write_tls(&mut tls.sock).unwrap();
        }
        // Hears the client out, so that the alert is not lost in a reset.
        tls.sock.read_to_end(&mut Vec::new()).unwrap();
    });
    let recorder = Recorder::default();
    let run = run(&recorder);
    let wish = TlsOptions { accept_any_certificate: true, alpn: vec![b"h2".to_vec()] };
    let error = internet().connect(&sealed("localhost", ip_port, wish), &quick(), &run).await.unwrap_err();
    assert!(matches!(error, NetError::NoCommonProtocol { .. }), "{error:?}");
    assert_eq!(error.clause(), Some("RFC 7301 §3.2"));
    server.join().unwrap();
}

#[tokio::test]
async fn a_server_that_leaves_during_tls_is_named() {
    let (ip_port, server) = peer(|mut stream| stream.read(&mut [0; 10_000]).unwrap());
    let recorder = Recorder::default();
    let run = run(&recorder);
    let wish = TlsOptions { accept_any_certificate: true, ..TlsOptions::default() };
    let error = internet().connect(&sealed("localhost", ip_port, wish), &quick(), &run).await.unwrap_err();
    assert!(matches!(error, NetError::ClosedInTls { by: Side::Server }), "{error:?}");
    assert!(server.join().unwrap() > 0);
}

#[tokio::test]
async fn a_reset_in_the_middle_is_a_failure_with_what_came_before_kept() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ip_port = listener.local_addr().unwrap();
    let recorder = Recorder::default();
    let run = run(&recorder);
    let mut io = internet().connect(&plain(ip_port), &quick(), &run).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    server.write_all(b"Content-Length: 1000\r\n\r\nonly this").await.unwrap();
    let mut part = [0; 1_000];
    let octets = io.read(&mut part).await.unwrap();
    server.set_zero_linger().unwrap();
    drop(server);
    assert_eq!(io.read(&mut part).await.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    drop(io);
    let ledger = recorder.into_ledger();
    let flow = connection(&ledger);
    assert_eq!(said(flow, Side::Server, Layer::Stream), &part[..octets]);
    assert_eq!(steps(flow).last(), Some(&(Side::Server, ConnectionStep::Rst)));
    assert_eq!(failure(flow).summary, "the connection was reset by the other end");
}

#[tokio::test]
async fn tearing_down_resets_at_the_other_end() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let recorder = Recorder::default();
    let run = run(&recorder);
    let io = internet().connect(&plain(listener.local_addr().unwrap()), &quick(), &run).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    io.reset();
    assert_eq!(server.read(&mut [0; 10]).await.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    let ledger = recorder.into_ledger();
    assert_eq!(steps(connection(&ledger)).last(), Some(&(Side::Client, ConnectionStep::Rst)));
}

#[tokio::test]
async fn a_connection_nobody_waits_for_any_more_is_stopped() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let recorder = Recorder::default();
    let run = run(&recorder);
    let wish = TlsOptions { accept_any_certificate: true, ..TlsOptions::default() };
    let to = sealed("localhost", listener.local_addr().unwrap(), wish);
    let (network, limits) = (internet(), Timeouts::default());
    tokio::select! {
        result = network.connect(&to, &limits, &run) => panic!("{result:?}"),
        accepted = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read(&mut [0; 10]).await.unwrap()
        } => assert_eq!(accepted, 10),
    }
    let ledger = recorder.into_ledger();
    assert_eq!(connection(&ledger).state, FlowState::Stopped);
}

#[tokio::test]
async fn a_name_that_cannot_be_is_no_host() {
    let recorder = Recorder::default();
    let run = run(&recorder);
    let to = ConnectTarget { host: "not a name".to_owned(), port: 80, tls: None };
    let error = internet().connect(&to, &quick(), &run).await.unwrap_err();
    assert!(matches!(error, NetError::NoSuchHost { .. }), "{error:?}");
    let ledger = recorder.into_ledger();
    assert_eq!(failure(connection(&ledger)).summary, "there is no host named not a name: check the spelling");
}
