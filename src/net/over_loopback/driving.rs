//! The driver, over sockets and over memory.

use std::{convert::Infallible, ops::Range};

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use super::*;
use crate::{
    net::{Carrier, DriveError, Driver, NetError, Patience, Stage, TimeSpan, run_virtual},
    proto::session::{self, Outgoing, Session},
    wire::FlowState,
};

impl Carrier for DuplexStream {}

/// Sends its lines, reports what it receives, and ends when the other side ends.
#[derive(Default)]
struct LineSession {
    to_say: std::collections::VecDeque<Outgoing>,
    heard: Vec<u8>,
    over: bool,
    wake: Option<Duration>,
}

impl LineSession {
    fn says(bytes: impl Into<Bytes>) -> Self {
        let mut talker = Self::default();
        talker.say(bytes, None);
        talker
    }

    fn say(&mut self, bytes: impl Into<Bytes>, secret: Option<Range<usize>>) {
        self.to_say.push_back(Outgoing { bytes: bytes.into(), secret });
    }
}

#[derive(Debug, PartialEq)]
enum LineEvent {
    Octets(usize),
    Woken(Duration),
}

impl Session for LineSession {
    type Event = LineEvent;
    type Error = Infallible;

    fn receive(&mut self, bytes: &[u8]) {
        self.heard.extend_from_slice(bytes);
    }

    fn receive_end(&mut self) {
        self.over = true;
    }

    fn step(&mut self, now: Duration) -> Result<session::Step<LineEvent>, Infallible> {
        Ok(if let Some(outgoing) = self.to_say.pop_front() {
            session::Step::Send(outgoing)
        } else if !self.heard.is_empty() {
            session::Step::Event(LineEvent::Octets(std::mem::take(&mut self.heard).len()))
        } else if self.over {
            session::Step::Done
        } else if let Some(at) = self.wake {
            if now < at {
                session::Step::WakeAt(at)
            } else {
                self.wake = None;
                session::Step::Event(LineEvent::Woken(now))
            }
        } else {
            session::Step::NeedInput
        })
    }
}

async fn run_to_end<C: Carrier>(driver: &mut Driver<LineSession, C>) -> usize {
    let mut octets = 0;
    while let Some(event) = driver.next_event().await.unwrap() {
        if let LineEvent::Octets(more) = event {
            octets += more;
        }
    }
    octets
}

#[tokio::test]
async fn a_conversation_is_driven_and_recorded_with_its_secret_masked() {
    let (ip_port, server) = peer(|mut stream| {
        let mut heard = vec![0; 13];
        stream.read_exact(&mut heard).unwrap();
        stream.write_all(b"+OK\r\n").unwrap();
        heard
    });
    let recorder = Recorder::default();
    let run = run(&recorder);
    let network = internet();
    let io = network.connect(&plain(ip_port), &quick(), &run).await.unwrap();
    let mut driver = Driver::new(LineSession::default(), io, network.clock().clone(), Patience::from(&quick()));
    driver.session_mut().say("PASS hungry\r\n", Some(5..11));
    assert_eq!(driver.next_event().await.unwrap(), Some(LineEvent::Octets(5)));
    assert_eq!(driver.next_event().await.unwrap(), None);
    assert_eq!((driver.octets_sent(), driver.octets_received()), (13, 5));
    assert!(driver.sent_at(12).unwrap() <= driver.received_at(0).unwrap().from);
    assert_eq!((driver.sent_at(13), driver.received_at(5)), (None, None));
    driver.finish().await.unwrap();
    drop(driver);
    assert_eq!(server.join().unwrap(), b"PASS hungry\r\n");
    let ledger = recorder.into_ledger();
    assert_eq!(said(connection(&ledger), Side::Client, Layer::Stream), b"PASS ******\r\n");
    assert!(!format!("{ledger:?}").contains("hungry"));
}

#[tokio::test]
async fn a_silent_server_exhausts_the_patience_of_that_stage() {
    let (ip_port, server) = peer(|mut stream| {
        stream.write_all(b"one octet and no more").unwrap();
        stream.read_to_end(&mut Vec::new()).ok();
    });
    let recorder = Recorder::default();
    let run = run(&recorder);
    let network = internet();
    let io = network.connect(&plain(ip_port), &quick(), &run).await.unwrap();
    let mut driver = Driver::new(LineSession::default(), io, network.clock().clone(), Patience::from(&quick()));
    assert_eq!(driver.next_event().await.unwrap(), Some(LineEvent::Octets(21)));
    let error = driver.next_event().await.unwrap_err();
    assert!(matches!(error, DriveError::Net(NetError::TimedOut { stage: Stage::Idle, .. })), "{error:?}");
    drop(driver);
    server.join().unwrap();
    let ledger = recorder.into_ledger();
    assert!(
        matches!(&connection(&ledger).state, FlowState::Failed(failure) if failure.summary.contains("more octets"))
    );
}

#[tokio::test]
async fn an_answer_that_comes_while_the_server_stops_listening_is_still_heard() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let recorder = Recorder::default();
    let run = run(&recorder);
    let network = internet();
    let io = network.connect(&plain(listener.local_addr().unwrap()), &quick(), &run).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    let mut driver =
        Driver::new(LineSession::says(noise(50_000_000, 8)), io, network.clock().clone(), Patience::default());
    let serve = async {
        server.write_all(b"413 Content Too Large\r\n").await.unwrap();
        server.shutdown().await.unwrap();
        // Reads on until the client gives up, as RFC 9112 §9.6 asks of a server.
        let mut sink = vec![0; 100_000];
        while server.read(&mut sink).await.is_ok_and(|octets| octets > 0) {}
    };
    let hear = async {
        let event = driver.next_event().await.unwrap();
        drop(driver);
        event
    };
    let (event, ()) = tokio::join!(hear, serve);
    assert_eq!(event, Some(LineEvent::Octets(23)));
}

#[test]
fn two_ends_with_much_to_say_do_not_wait_for_each_other() {
    let heard = run_virtual(std::time::UNIX_EPOCH, |clock| async move {
        let (left, right) = tokio::io::duplex(1_000);
        let driver =
            |io, seed| Driver::new(LineSession::says(noise(1_000_000, seed)), io, clock.clone(), Patience::default());
        let (mut left, mut right) = (driver(left, 1), driver(right, 2));
        let mut heard = (0, 0);
        while heard != (1_000_000, 1_000_000) {
            tokio::select! {
                event = left.next_event() => if let Some(LineEvent::Octets(more)) = event.unwrap() { heard.0 += more },
                event = right.next_event() => if let Some(LineEvent::Octets(more)) = event.unwrap() { heard.1 += more },
            }
        }
        heard
    });
    assert_eq!(heard.unwrap(), (1_000_000, 1_000_000));
}

#[test]
fn limits_and_wake_ups_are_exact_in_virtual_time() {
    let ms = Duration::from_millis;
    run_virtual(std::time::UNIX_EPOCH, |clock| async move {
        let (io, mut other) = tokio::io::duplex(1_000);
        let patience = Patience { first_octet: Some(ms(3_000)), idle: Some(ms(500)) };
        let talker = LineSession { wake: Some(ms(1_234)), ..LineSession::says("hello") };
        let mut driver = Driver::new(talker, io, clock.clone(), patience);
        assert_eq!(driver.next_event().await.unwrap(), Some(LineEvent::Woken(ms(1_234))));
        clock.sleep(ms(766)).await;
        other.write_all(b"late").await.unwrap();
        assert_eq!(driver.next_event().await.unwrap(), Some(LineEvent::Octets(4)));
        assert_eq!(driver.last_received(), Some(TimeSpan { from: ms(2_000), to: ms(2_000) }));
        assert_eq!(driver.last_sent(), Some(Duration::ZERO));
        let error = driver.next_event().await.unwrap_err();
        assert!(matches!(error, DriveError::Net(NetError::TimedOut { stage: Stage::Idle, .. })), "{error:?}");
        assert_eq!(clock.now(), ms(2_500));
    })
    .unwrap();
}

#[test]
fn the_first_octet_has_a_limit_of_its_own() {
    let ms = Duration::from_millis;
    run_virtual(std::time::UNIX_EPOCH, |clock| async move {
        let (io, _other) = tokio::io::duplex(1_000);
        let patience = Patience { first_octet: Some(ms(3_000)), idle: Some(ms(500)) };
        let mut driver = Driver::new(LineSession::says("hello"), io, clock.clone(), patience);
        let error = driver.next_event().await.unwrap_err();
        assert!(matches!(error, DriveError::Net(NetError::TimedOut { stage: Stage::FirstOctet, .. })), "{error:?}");
        assert_eq!(clock.now(), ms(3_000));
    })
    .unwrap();
}

#[tokio::test]
async fn nothing_is_lost_when_a_caller_stops_waiting() {
    let (io, mut other) = tokio::io::duplex(64);
    let mut driver = Driver::new(LineSession::says(noise(10_000, 9)), io, Clock::real(), Patience::default());
    let mut received = Vec::new();
    let mut part = [0; 50];
    while received.len() < 10_000 {
        tokio::select! {
            biased;
            octets = other.read(&mut part) => received.extend_from_slice(&part[..octets.unwrap()]),
            event = driver.next_event() => panic!("{event:?}"),
        }
    }
    assert!(received == noise(10_000, 9));
    drop(other);
    assert_eq!(run_to_end(&mut driver).await, 0);
}
