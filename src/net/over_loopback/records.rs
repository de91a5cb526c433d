//! The record is what crossed the wire.

use std::{
    io::{Read as _, Write as _},
    net::Shutdown,
};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::wire::{Caps, FlowState, Secrets};

#[tokio::test]
async fn what_the_peer_received_and_sent_is_what_the_record_says() {
    let (upwards, downwards) = (noise(300_000, 1), noise(500_000, 2));
    let to_send = downwards.clone();
    let (ip_port, server) = peer(move |mut stream| {
        let mut received = Vec::new();
        stream.read_to_end(&mut received).unwrap();
        for part in to_send.chunks(7_777) {
            stream.write_all(part).unwrap();
        }
        received
    });
    let recorder = Recorder::default();
    let run = run(&recorder);
    let mut connection_io = internet().connect(&plain(ip_port), &Timeouts::default(), &run).await.unwrap();
    let (local, peer_of) = (connection_io.local(), connection_io.peer());
    connection_io.write_all(&upwards).await.unwrap();
    connection_io.shutdown().await.unwrap();
    let mut received = Vec::new();
    connection_io.read_to_end(&mut received).await.unwrap();
    drop(connection_io);

    let ledger = recorder.into_ledger();
    let flow = connection(&ledger);
    assert!(received == downwards, "the client received what was sent");
    assert!(said(flow, Side::Client, Layer::Stream) == server.join().unwrap(), "record against the peer's ears");
    assert!(said(flow, Side::Server, Layer::Stream) == downwards, "record against the peer's mouth");
    assert_eq!((flow.octets(Side::Client), flow.octets(Side::Server)), (300_000, 500_000));
    assert_eq!(flow.state, FlowState::Closed);
    assert_eq!((flow.ends.client.ip_port, flow.ends.server.ip_port), (local, peer_of));
    assert_eq!(peer_of, Some(ip_port));
    assert_eq!(
        steps(flow),
        [
            (Side::Client, ConnectionStep::Syn),
            (Side::Server, ConnectionStep::SynAck),
            (Side::Client, ConnectionStep::Ack),
            (Side::Client, ConnectionStep::Fin),
            (Side::Server, ConnectionStep::Fin)
        ]
    );
    assert!(flow.events.is_sorted_by_key(|event| event.at));
}

#[tokio::test]
async fn under_tls_both_taps_agree_with_the_peer() {
    let authority = TestAuthority::new();
    let root = authority.certificate();
    let (upwards, downwards) = (noise(100_000, 3), noise(200_000, 4));
    let (expected, to_send) = (upwards.clone(), downwards.clone());
    let (ip_port, server) = peer(move |stream| {
        let mut tls = tls_over(stream, authority.server("localhost", 2020..2999, &[b"http/1.1"]));
        let mut received = vec![0; expected.len()];
        tls.read_exact(&mut received).unwrap();
        tls.write_all(&to_send).unwrap();
        tls.conn.send_close_notify();
        tls.flush().unwrap();
        // Hears the client out, so that nothing it sends after this is lost in a reset.
        assert_eq!(tls.read_to_end(&mut Vec::new()).unwrap(), 0);
        (received, tls.sock)
    });
    let recorder = Recorder::default();
    let run = run(&recorder);
    let wish = TlsOptions { alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()], ..TlsOptions::default() };
    let to = sealed("localhost", ip_port, wish);
    let mut connection_io = internet().trusting(root).connect(&to, &Timeouts::default(), &run).await.unwrap();
    assert_eq!(connection_io.alpn(), Some(&b"http/1.1"[..]));
    let phases = connection_io.phases();
    assert!(phases.dns.is_some_and(|dns| dns.to <= phases.connect.from));
    assert!(phases.tls.is_some_and(|tls| phases.connect.to <= tls.from && tls.from < tls.to));
    connection_io.write_all(&upwards).await.unwrap();
    connection_io.flush().await.unwrap();
    let mut received = Vec::new();
    connection_io.read_to_end(&mut received).await.unwrap();
    connection_io.shutdown().await.unwrap();
    drop(connection_io);

    let (peer_read, peer_socket) = server.join().unwrap();
    let ledger = recorder.into_ledger();
    let flow = connection(&ledger);
    assert!(received == downwards);
    assert!(said(flow, Side::Client, Layer::Plain) == peer_read);
    assert!(said(flow, Side::Server, Layer::Plain) == downwards);
    assert!(said(flow, Side::Client, Layer::Tls) == peer_socket.read, "sealed octets out");
    assert!(said(flow, Side::Server, Layer::Tls) == peer_socket.written, "sealed octets in");
    assert_eq!(flow.octets(Side::Client), 100_000);
    assert_eq!(flow.octets_on_wire(Side::Client), peer_socket.read.len() as u64);
    assert!(steps(flow).contains(&(Side::Client, ConnectionStep::TlsEstablished)));
    let notes = notes(flow);
    assert!(notes.contains("TLS 1.3 with TLS13_AES_256_GCM_SHA384; above it http/1.1 (ALPN)."), "{notes}");
    assert!(
        notes
            .contains("certificate is for localhost, issued by Test Authority, valid from 2020-01-01 until 2999-01-01"),
        "{notes}"
    );
    assert_eq!(flow.state, FlowState::Closed);
}

#[tokio::test]
async fn content_beyond_the_cap_is_counted_in_few_events_and_heads_are_kept() {
    let (head, content, next) = (noise(300, 5), noise(3_000_000, 6), noise(200, 7));
    let all = [head.clone(), content.clone(), next.clone()].concat();
    let (ip_port, server) = peer(move |mut stream| stream.write_all(&all).unwrap());
    let recorder = Recorder::new(Caps { content_per_message: 1_000, ..Caps::default() }, Secrets::Masked, None);
    let run = run(&recorder);
    let mut connection_io = internet().connect(&plain(ip_port), &Timeouts::default(), &run).await.unwrap();
    let mut received = vec![0; head.len()];
    connection_io.read_exact(&mut received).await.unwrap();
    let mut already = 0;
    let mut part = vec![0; 50_000];
    loop {
        connection_io.expect_content(3_000_000 - already, already);
        match connection_io.read(&mut part).await.unwrap() {
            0 => break,
            octets => already = (already + octets as u64).min(3_000_000),
        }
    }
    drop(connection_io);
    server.join().unwrap();

    let ledger = recorder.into_ledger();
    let flow = connection(&ledger);
    let mut kept = Vec::new();
    let mut omitted = 0;
    let mut events = 0;
    for event in &flow.events {
        if let EventContent::Octets(octets) = &event.content {
            kept.extend_from_slice(&octets.bytes);
            omitted += octets.omitted;
            events += 1;
        }
    }
    assert_eq!(kept, [head, content[..1_000].to_vec(), next].concat());
    assert_eq!(omitted, 3_000_000 - 1_000);
    assert!(events <= 8, "{events} events");
    assert_eq!(flow.octets(Side::Server), 3_000_500);
    assert!(notes(flow).contains("keeps the first 1 kB of each message's content"), "{}", notes(flow));
}

#[tokio::test]
async fn a_secret_is_masked_whatever_writes_it_takes() {
    let (ip_port, server) = peer(|mut stream| {
        let mut received = Vec::new();
        stream.read_to_end(&mut received).unwrap();
        received
    });
    let recorder = Recorder::default();
    let run = run(&recorder);
    let mut connection_io = internet().connect(&plain(ip_port), &Timeouts::default(), &run).await.unwrap();
    connection_io.mark_secret(5..11);
    for part in [&b"PA"[..], b"SS hun", b"g", b"ry\r\nSTAT\r\n"] {
        connection_io.write_all(part).await.unwrap();
    }
    drop(connection_io);
    assert_eq!(server.join().unwrap(), b"PASS hungry\r\nSTAT\r\n");
    let ledger = recorder.into_ledger();
    let flow = connection(&ledger);
    assert_eq!(said(flow, Side::Client, Layer::Stream), b"PASS ******\r\nSTAT\r\n");
    assert!(
        flow.events.iter().any(|event| matches!(&event.content, EventContent::Octets(o) if o.masked == Some(3..6)))
    );
}

#[tokio::test]
async fn a_half_closed_connection_still_hears() {
    let (ip_port, server) = peer(|mut stream| {
        stream.shutdown(Shutdown::Write).unwrap();
        let mut received = Vec::new();
        stream.read_to_end(&mut received).unwrap();
        received
    });
    let recorder = Recorder::default();
    let run = run(&recorder);
    let mut connection_io = internet().connect(&plain(ip_port), &Timeouts::default(), &run).await.unwrap();
    assert_eq!(connection_io.read(&mut [0; 10]).await.unwrap(), 0);
    connection_io.write_all(b"after the end").await.unwrap();
    drop(connection_io);
    assert_eq!(server.join().unwrap(), b"after the end");
    let ledger = recorder.into_ledger();
    assert_eq!(
        steps(connection(&ledger))[3..],
        [(Side::Server, ConnectionStep::Fin), (Side::Client, ConnectionStep::Fin)]
    );
}
