//! Pages from servers that do as they like, in virtual time.

use std::{
    net::{IpAddr, SocketAddr},
    time::SystemTime,
};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use url::Url;

use crate::{
    engine::{
        browse::{self, Browse},
        context::Context,
        control::Control,
        experiment::Experiment as _,
        jar::BrowserJar,
        page_load::{Config, PageChoice, PageLoad, Report, Strategy, StrategyRun},
    },
    net::{HostSpec, LabNet, LabSocket, Network, Path, Timeouts, Topology, run_virtual},
    wire::{Blame, Caps, FlowKind, Ledger, NoteKind, Recorder, Secrets},
};

pub(super) const SERVER: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 9)), 80);

/// How a server behaves: connection after connection, counted from 0.
#[derive(Clone, Copy)]
pub(super) struct ServerBehaviour {
    /// Requests answered on a connection before it is closed without a response, by the connection's number.
    pub(super) answers: fn(u32) -> usize,
    /// It is closed only when yet another request comes.
    pub(super) closes_late: bool,
    /// What it says to a request's first line.
    pub(super) says: fn(&str) -> Vec<u8>,
}

pub(super) const POLITE: ServerBehaviour =
    ServerBehaviour { answers: |_| usize::MAX, closes_late: false, says: page_of_four };

fn page_of_four(line: &str) -> Vec<u8> {
    let (kind, content) = match line.split(' ').nth(1) {
        Some("/") => ("text/html", "<img src=1><img src=2><img src=3><img src=4>"),
        _ => ("image/x-dot", "a dot"),
    };
    answer(kind, content)
}

fn answer(kind: &str, content: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{content}", content.len())
        .into_bytes()
}

async fn serve(mut socket: LabSocket, number: u32, manners: ServerBehaviour) {
    let mut heard = Vec::new();
    for _ in 0..(manners.answers)(number) {
        let end = loop {
            if let Some(end) = heard.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            let mut octets = [0; 4096];
            match socket.read(&mut octets).await {
                Ok(0) | Err(_) => return,
                Ok(n) => heard.extend_from_slice(&octets[..n]),
            }
        };
        let request = String::from_utf8_lossy(&heard[..end]).into_owned();
        heard.drain(..end);
        if request.starts_with("POST") {
            heard.clear();
        }
        let says = (manners.says)(request.lines().next().unwrap_or_default());
        if socket.write_all(&says).await.is_err() {
            return;
        }
    }
    let mut rest = [0; 4096];
    if manners.closes_late && heard.is_empty() {
        // Whatever comes, and however much of it.
        let _some = socket.read(&mut rest).await;
    }
    socket.shutdown().await.ok();
    // What else is said is heard and not answered.
    while socket.read(&mut rest).await.is_ok_and(|n| n > 0) {}
}

pub(super) fn with_server<T>(manners: ServerBehaviour, work: impl AsyncFnOnce(Context) -> T) -> (T, Ledger) {
    with_sockets(move |socket, number| serve(socket, number, manners), work)
}

/// The same with a server that does as `serve` has it, with each of its connections, counted from 0.
pub(super) fn with_sockets<T, S: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(LabSocket, u32) -> S + Send + 'static,
    work: impl AsyncFnOnce(Context) -> T,
) -> (T, Ledger) {
    let recorder = Recorder::new(Caps::default(), Secrets::Shown, None);
    let record = recorder.clone();
    let output = run_virtual(SystemTime::UNIX_EPOCH, |clock| async move {
        let host = HostSpec { names: vec!["server.lab".to_owned()], ip: SERVER.ip(), links: Vec::new() };
        let topology = Topology { links: Vec::new(), hosts: vec![host] };
        let net = LabNet::new(clock, &topology, &Path::default());
        let mut listener = net.listen(SERVER).unwrap();
        tokio::spawn(async move {
            for number in 0.. {
                let socket = listener.accept().await;
                tokio::spawn(serve(socket, number));
            }
        });
        let context = Context {
            network: Network::lab(net),
            recorder,
            control: Control::none(),
            timeouts: Timeouts::default(),
            provenance: String::new(),
            lab: None,
            jar: BrowserJar::in_memory(),
        };
        work(context).await
    });
    (output.unwrap(), record.into_ledger())
}

fn race(manners: ServerBehaviour, strategies: &[Strategy]) -> (Report, Ledger) {
    let page = PageChoice::At(Url::parse("http://server.lab/").unwrap());
    let config = Config { page, strategies: strategies.to_vec(), ..Config::default() };
    with_server(manners, async |context| PageLoad::run(&config, &context, &mut ()).await)
}

fn only(report: Report) -> StrategyRun {
    let [run] = <[StrategyRun; 1]>::try_from(report.runs).unwrap();
    run
}

#[test]
fn polite_servers_give_whole_pages() {
    let (report, _) = race(POLITE, &[Strategy::Persistent, Strategy::Pipelined]);
    for run in report.runs {
        assert_eq!((run.failure, run.connections, run.requests), (None, 1, 5));
    }
}

#[test]
fn a_kept_connection_that_dies_is_replaced_and_the_request_repeated() {
    let manners = ServerBehaviour { answers: |_| 2, closes_late: true, ..POLITE };
    for strategy in [Strategy::Persistent, Strategy::PersistentParallel, Strategy::Pipelined] {
        let (report, ledger) = race(manners, &[strategy]);
        let run = only(report);
        let what = strategy.name();
        assert_eq!(run.failure, None, "{what}");
        assert!(run.objects.iter().all(|object| object.status == Some(200)), "{what}");
        if strategy != Strategy::PersistentParallel {
            assert_eq!(run.connections, 3, "{what}: five answers, two from each connection");
            assert!(run.requests > 5, "{what}: what was asked again is counted again");
            let notes = ledger.flows().iter().flat_map(|flow| &flow.notes);
            let told =
                notes.filter(|note| note.kind == NoteKind::Why && note.clause.as_deref() == Some("RFC 9112 §9.3.1"));
            assert_eq!(told.count(), 2, "{what}: each time it is said why");
        }
    }
}

#[test]
fn a_kept_connection_that_is_seen_to_close_is_not_asked_again() {
    let manners = ServerBehaviour { answers: |_| 2, ..POLITE };
    let (report, _) = race(manners, &[Strategy::Persistent]);
    let run = only(report);
    assert_eq!((run.failure, run.connections, run.requests), (None, 3, 5));
}

#[test]
fn a_repeated_request_that_fails_again_is_not_repeated_for_ever() {
    let manners = ServerBehaviour { answers: |number| if number == 0 { 2 } else { 0 }, closes_late: true, ..POLITE };
    for strategy in [Strategy::Persistent, Strategy::Pipelined] {
        let (report, _) = race(manners, &[strategy]);
        let run = only(report);
        let failure = run.failure.unwrap();
        assert_eq!(failure.blame, Blame::Network, "{failure}");
        assert!(failure.summary.contains("closed the connection before answering"), "{failure}");
        assert_eq!(run.objects.len(), 5, "what came is there, what did not come says why");
        assert!(run.connections <= 5, "{}", run.connections);
    }
}

#[test]
fn what_must_not_be_repeated_is_not() {
    let manners = ServerBehaviour {
        answers: |_| 1,
        closes_late: true,
        says: |line| match line.split(' ').nth(1) {
            Some("/") => b"HTTP/1.1 307 Go on\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n".to_vec(),
            _ => answer("text/plain", "done"),
        },
    };
    for (method, repeated) in [("POST", false), ("PUT", true)] {
        let config = browse::Config {
            method: method.to_owned(),
            ..browse::Config::at(Url::parse("http://server.lab/").unwrap())
        };
        let (report, _) = with_server(manners, async |context| Browse::run(&config, &context, &mut ()).await);
        assert_eq!(report.hops.len(), 2, "{method}");
        assert_eq!(report.failure.is_none(), repeated, "{method}: {:?}", report.failure);
        if repeated {
            assert!(report.hops[1].why.iter().any(|why| why.contains("does no harm")), "{:?}", report.hops[1].why);
        }
    }
}

#[test]
fn a_server_without_http2_is_named_and_the_others_go_on() {
    let (report, ledger) = race(POLITE, &[Strategy::Http2, Strategy::Persistent]);
    let [http2, persistent] = <[StrategyRun; 2]>::try_from(report.runs).unwrap();
    assert_eq!(persistent.failure, None);
    let failure = http2.failure.unwrap();
    assert!(failure.summary.contains("does not speak HTTP/2 without TLS"), "{failure}");
    assert_eq!((failure.blame, failure.clause.as_deref()), (Blame::NotOffered, Some("RFC 9113 §3.3")));
    assert!(ledger.flows().iter().any(|flow| flow.kind == FlowKind::Connection));
}

#[test]
fn a_server_that_answers_only_the_first_of_a_pipeline_is_asked_again() {
    // Many servers close after an answer with Connection: close and never look at what else was sent.
    let manners = ServerBehaviour { answers: |_| 1, ..POLITE };
    let (report, _) = race(manners, &[Strategy::Pipelined]);
    let run = only(report);
    assert_eq!((run.failure, run.connections), (None, 5));
}

#[test]
fn a_host_that_is_not_there_fails_every_strategy() {
    let page = PageChoice::At(Url::parse("http://server.lab:81/").unwrap());
    let config = Config { page, ..Config::default() };
    let (report, _) = with_server(POLITE, async |context| PageLoad::run(&config, &context, &mut ()).await);
    for run in report.runs {
        let failure = run.failure.unwrap();
        assert!(failure.summary.contains("refused"), "{failure}");
    }
}
