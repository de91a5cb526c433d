//! Conversations that begin in the clear and turn to TLS: over the lab's network in virtual time, and over the kernel's sockets.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Duration, SystemTime},
};

use roundtrip::{
    net::{
        CertificateProblem, Clock, ConnectTarget, Connection, DriveError, Driver, HostSpec, LabNet, LabSocket,
        NetError, Network, Path, Patience, Rate, ServerConnection, Stage, Timeouts, TlsOptions, Topology, run_virtual,
    },
    proto::session::{TlsParameters, TlsVersion},
    wire::{
        Blame, ConnectionStep, End, Ends, EventContent, Flow, FlowHandle, FlowKind, FlowState, Layer, Ledger, Recorder,
        Side, WireEvent,
    },
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    task::JoinHandle,
};

use crate::support::{
    certificates::Authority,
    line_protocol::{LineClient, LineError, LineEvent, LineServer, Reply},
};

const HOST: &str = "mail.lab";
const SERVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 25)), 25);
const RTT: Duration = Duration::from_millis(100);
const HANDSHAKE: Duration = Duration::from_secs(30);

type Client = Driver<LineClient, Connection>;
type Served = Result<Vec<LineEvent>, DriveError<LineError>>;

/// A student who speaks with [`HOST`] in the lab.
struct Student {
    net: LabNet,
    network: Network,
    authority: Authority,
    run: FlowHandle,
    clock: Clock,
}

impl Student {
    /// A connection whose greeting was heard.
    async fn greeted(&self) -> Client {
        let to = ConnectTarget { host: HOST.to_owned(), port: SERVER.port(), tls: None };
        let connection = self.network.connect(&to, &Timeouts::default(), &self.run).await.unwrap();
        let connection = connection.with_start_tls(TlsOptions::default());
        let patience = Patience::from(&Timeouts::default());
        let mut client = Driver::new(LineClient::default(), connection, self.clock.clone(), patience);
        assert_eq!(client.next_event().await.unwrap(), Some(reply(220, "mail.lab is ready")));
        client
    }

    /// Serves one client as `name`.
    fn serve(&self, name: &str) -> JoinHandle<Served> {
        let (config, clock) = (self.authority.server(name), self.clock.clone());
        let mut listener = self.net.listen(SERVER).unwrap();
        tokio::spawn(async move {
            let socket = listener.accept().await;
            let connection = ServerConnection::new(socket, clock.clone()).with_start_tls(config, HANDSHAKE);
            serve(connection, clock).await
        })
    }

    /// One who is no server of ours.
    fn serve_by_hand<Fut: Future<Output = ()> + Send>(&self, work: impl FnOnce(LabSocket) -> Fut + Send + 'static) {
        let mut listener = self.net.listen(SERVER).unwrap();
        tokio::spawn(async move {
            let socket = listener.accept().await;
            work(socket).await;
        });
    }
}

/// Serves a client to its end.
async fn serve<S>(connection: ServerConnection<S>, clock: Clock) -> Served
where
    S: roundtrip::net::Carrier + Send + 'static,
{
    let mut driver = Driver::new(LineServer::default(), connection, clock, Patience::default());
    let mut events = Vec::new();
    while let Some(event) = driver.next_event().await? {
        events.push(event);
    }
    driver.finish().await?;
    Ok(events)
}

fn story<T>(story: impl AsyncFnOnce(&Student) -> T) -> (T, Ledger) {
    let recorder = Recorder::default();
    let run = run(&recorder);
    let host = HostSpec { names: vec![HOST.to_owned()], ip: SERVER.ip(), links: Vec::new() };
    let topology = Topology { links: Vec::new(), hosts: vec![host] };
    let path = Path { rtt: RTT, rate: Rate::UNLIMITED, ..Path::default() };
    let told = run_virtual(SystemTime::UNIX_EPOCH, async |clock: Clock| {
        let net = LabNet::new(clock.clone(), &topology, &path);
        let authority = Authority::new();
        let network = Network::lab(net.clone()).trusting(authority.certificate());
        story(&Student { net, network, authority, run, clock }).await
    });
    (told.unwrap(), recorder.into_ledger())
}

fn run(recorder: &Recorder) -> FlowHandle {
    let end = |name: &str| End { name: name.to_owned(), ip_port: None };
    let ends = Ends { client: end("you"), server: end("all") };
    recorder.open(None, FlowKind::Run, "run".to_owned(), ends, Duration::ZERO)
}

fn reply(code: u16, text: &str) -> Reply {
    Reply { code, lines: text.split(", ").map(str::to_owned).collect() }
}

/// Says these one after the other; the replies.
async fn say(client: &mut Client, commands: &[&str]) -> Result<Vec<Reply>, DriveError<LineError>> {
    for command in commands {
        client.session_mut().command(command);
    }
    let mut replies = Vec::new();
    while replies.len() < commands.len()
        && let Some(reply) = client.next_event().await?
    {
        replies.push(reply);
    }
    Ok(replies)
}

/// The only connection of a record.
fn connection(ledger: &Ledger) -> &Flow {
    let mut connections = ledger.flows().iter().filter(|flow| flow.kind == FlowKind::Connection);
    let flow = connections.next().expect("a connection");
    assert!(connections.next().is_none(), "one connection");
    flow
}

/// What `from` is seen to send among `events` at `layer`.
fn sent<'a>(events: impl IntoIterator<Item = &'a WireEvent>, from: Side, layer: Layer) -> Vec<u8> {
    let octets = events.into_iter().filter(|event| event.from == from && event.layer == layer);
    let octets = octets.filter_map(|event| match &event.content {
        EventContent::Octets(octets) => Some(octets.bytes.to_vec()),
        EventContent::Step(_) => None,
    });
    octets.flatten().collect()
}

const CLEAR: &[&str] = &["EHLO alice", "STARTTLS"];
const SEALED: &[&str] = &["EHLO alice", "NOOP hungry", "QUIT"];

/// Goes through a whole conversation; what both ends make of it.
async fn whole(mut client: Client, server: JoinHandle<Served>) -> (TlsParameters, Vec<Reply>) {
    let clear = say(&mut client, CLEAR).await.unwrap();
    assert_eq!(clear, [reply(250, "mail.lab, STARTTLS"), reply(220, "go ahead")]);
    assert_eq!(client.session().extensions(), ["STARTTLS"]);
    assert!(!client.carrier().is_sealed());
    let sealed = say(&mut client, SEALED).await.unwrap();
    assert!(client.carrier().is_sealed());
    assert_eq!(client.session().extensions(), [""; 0], "what was said in the clear is forgotten");
    assert_eq!(client.next_event().await.unwrap(), None);
    client.finish().await.unwrap();
    let tls = client.carrier().tls().unwrap().clone();
    drop(client);
    let events = server.await.unwrap().unwrap();
    assert_eq!(events, [LineEvent::Noop { client: Some("alice".to_owned()) }]);
    (tls, sealed)
}

/// What the record has of it.
fn assert_recorded(flow: &Flow) {
    let lines = |commands: &[&str]| format!("{}\r\n", commands.join("\r\n")).into_bytes();
    assert_eq!(sent(&flow.events, Side::Client, Layer::Stream), lines(CLEAR));
    let masked = ["EHLO alice", "NOOP ******", "QUIT"];
    assert_eq!(sent(&flow.events, Side::Client, Layer::Plain), lines(&masked));
    let greeting = b"220 mail.lab is ready\r\n250-mail.lab\r\n250 STARTTLS\r\n220 go ahead\r\n";
    assert_eq!(sent(&flow.events, Side::Server, Layer::Stream), greeting);
    assert_eq!(sent(&flow.events, Side::Server, Layer::Plain), b"250 mail.lab\r\n250 OK\r\n221 goodbye\r\n");
    assert_eq!(flow.state, FlowState::Closed);

    let is_step = |event: &WireEvent| event.content == EventContent::Step(ConnectionStep::TlsEstablished);
    let turn = flow.events.iter().position(is_step).expect("the turn to TLS");
    let (before, after) = flow.events.split_at(turn);
    assert!(before.iter().all(|event| event.layer != Layer::Plain), "{before:#?}");
    assert!(after.iter().all(|event| event.layer != Layer::Stream), "{after:#?}");
    let first_sealed = flow.events.iter().position(|event| event.layer == Layer::Tls).unwrap();
    let last_clear = flow.events.iter().rposition(|event| event.layer == Layer::Stream).unwrap();
    assert!(last_clear < first_sealed && first_sealed < turn, "{last_clear} {first_sealed} {turn}");

    // Who listens on the link reads the clear part, then TLS records, and nothing that was said above them.
    for from in [Side::Client, Side::Server] {
        assert_eq!(
            sent(flow.as_eavesdropper(), from, Layer::Stream),
            sent(&flow.events, from, Layer::Stream),
            "{from:?}"
        );
        let sealed = sent(flow.as_eavesdropper(), from, Layer::Tls);
        assert_eq!(sealed.first(), Some(&HANDSHAKE_RECORD), "{from:?}");
        assert_eq!(sent(flow.as_eavesdropper(), from, Layer::Plain), b"");
        let readable = |octets: &[u8]| {
            octets.windows(4).any(|four| [b"NOOP", b"250 ", b"QUIT"].contains(&four.try_into().unwrap()))
        };
        assert!(!readable(&sealed), "{from:?}");
        let clear = sent(&flow.events, from, Layer::Stream).len() + sealed.len();
        assert_eq!(flow.octets_on_wire(from), clear as u64);
    }
}

/// The type of a TLS record that carries the handshake (RFC 8446 §5.1).
const HANDSHAKE_RECORD: u8 = 22;

#[test]
fn a_conversation_in_the_lab_begins_in_the_clear_and_goes_on_sealed() {
    let ((tls, at), ledger) = story(async |student| {
        let server = student.serve(HOST);
        let client = student.greeted().await;
        // The server speaks first, as soon as the handshake is complete at its end.
        assert_eq!(client.last_received().unwrap().to, RTT * 2);
        let (tls, replies) = whole(client, server).await;
        assert_eq!(replies, [reply(250, "mail.lab"), reply(250, "OK"), reply(221, "goodbye")]);
        (tls, student.clock.now())
    });
    assert_eq!((tls.version, tls.alpn), (TlsVersion::Tls13, None));
    // TCP, the greeting, two commands, TLS, three commands.
    assert_eq!(at, RTT * 8);
    let flow = connection(&ledger);
    assert_recorded(flow);
    let established =
        flow.events.iter().find(|event| event.content == EventContent::Step(ConnectionStep::TlsEstablished)).unwrap();
    assert_eq!(established.at, RTT * 5);
    let ways = flow.events.iter().filter(|event| event.layer == Layer::Plain).all(|event| event.transit.is_some());
    assert!(ways, "what is sealed arrives with what seals it: {flow:#?}");
    assert!(flow.notes.iter().any(|note| note.text.contains("TLS 1.3 with")), "{:?}", flow.notes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_over_the_kernels_sockets_does_the_same() {
    let authority = Authority::new();
    let clock = Clock::real();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (config, servers_clock) = (authority.server("localhost"), clock.clone());
    let server = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let connection = ServerConnection::new(socket, servers_clock.clone()).with_start_tls(config, HANDSHAKE);
        serve(connection, servers_clock).await
    });
    let recorder = Recorder::default();
    let run = run(&recorder);
    let network = Network::internet(clock.clone()).trusting(authority.certificate());
    let to = ConnectTarget { host: "localhost".to_owned(), port, tls: None };
    let io = network.connect(&to, &Timeouts::default(), &run).await.unwrap().with_start_tls(TlsOptions::default());
    let mut client = Driver::new(LineClient::default(), io, clock, Patience::from(&Timeouts::default()));
    assert_eq!(client.next_event().await.unwrap(), Some(reply(220, "mail.lab is ready")));
    whole(client, server).await;
    assert_recorded(connection(&recorder.into_ledger()));
}

#[test]
fn a_conversation_inside_tls_from_the_beginning_knows_that_it_is() {
    let ((), ledger) = story(async |student| {
        let (config, clock) = (student.authority.server(HOST), student.clock.clone());
        let mut listener = student.net.listen(SERVER).unwrap();
        let server = tokio::spawn(async move {
            let connection = ServerConnection::new(listener.accept().await, clock.clone());
            let mut connection = connection.with_start_tls(config, HANDSHAKE);
            connection.start_tls().await.unwrap();
            assert!(connection.is_sealed());
            serve(connection, clock).await
        });
        let to = ConnectTarget { host: HOST.to_owned(), port: SERVER.port(), tls: Some(TlsOptions::default()) };
        let io = student.network.connect(&to, &Timeouts::default(), &student.run).await.unwrap();
        let mut client = Driver::new(LineClient::default(), io, student.clock.clone(), Patience::default());
        assert_eq!(client.next_event().await.unwrap(), Some(reply(220, "mail.lab is ready")));
        let replies = say(&mut client, &["EHLO alice", "STARTTLS", "QUIT"]).await.unwrap();
        assert_eq!(replies, [reply(250, "mail.lab"), reply(503, "TLS is spoken already"), reply(221, "goodbye")]);
        drop(client);
        assert!(server.await.unwrap().is_ok());
    });
    let flow = connection(&ledger);
    assert_eq!(sent(flow.as_eavesdropper(), Side::Client, Layer::Stream), b"");
    assert!(sent(&flow.events, Side::Server, Layer::Plain).starts_with(b"220 mail.lab is ready\r\n"));
}

#[test]
fn nothing_is_lost_when_a_caller_stops_waiting_again_and_again() {
    let ((), ledger) = story(async |student| {
        let server = student.serve(HOST);
        let mut client = student.greeted().await;
        for command in CLEAR.iter().chain(SEALED) {
            client.session_mut().command(command);
        }
        let (mut replies, mut waits) = (0, 0);
        while replies < CLEAR.len() + SEALED.len() {
            // Shorter than anything takes, the handshake too.
            match student.clock.timeout(RTT / 7, client.next_event()).await {
                Ok(event) => replies += usize::from(event.unwrap().is_some()),
                Err(_) => waits += 1,
            }
        }
        assert!(waits > 20, "{waits}");
        assert_eq!(client.next_event().await.unwrap(), None);
        client.finish().await.unwrap();
        drop(client);
        assert_eq!(server.await.unwrap().unwrap().len(), 1);
    });
    assert_recorded(connection(&ledger));
}

/// How a conversation with a server by hand ends for the client that asks for TLS, and its flow.
fn ends<Fut>(work: impl FnOnce(LabSocket) -> Fut + Send + 'static) -> (NetError, FlowState, Vec<u8>)
where
    Fut: Future<Output = ()> + Send,
{
    let (error, ledger) = story(async |student| {
        student.serve_by_hand(work);
        let mut client = student.greeted().await;
        say(&mut client, &["STARTTLS", "NOOP"]).await.unwrap_err()
    });
    let DriveError::Net(error) = error else { panic!("{error:?}") };
    let flow = connection(&ledger);
    assert_eq!(sent(&flow.events, Side::Client, Layer::Plain), b"", "nothing is said above TLS that is not there");
    assert_eq!(sent(&flow.events, Side::Client, Layer::Stream), b"STARTTLS\r\n");
    (error, flow.state.clone(), sent(&flow.events, Side::Server, Layer::Stream))
}

/// Greets, waits for STARTTLS, and says `answer`.
async fn answer_start_tls(socket: &mut LabSocket, answer: &[u8]) {
    socket.write_all(b"220 mail.lab is ready\r\n").await.unwrap();
    socket.read_exact(&mut [0; 10]).await.unwrap();
    socket.write_all(answer).await.unwrap();
}

#[test]
fn a_reply_put_behind_the_agreement_is_an_attack_and_not_a_reply() {
    let (error, state, clear) = ends(async |mut socket: LabSocket| {
        answer_start_tls(&mut socket, b"220 go ahead\r\n250 OK\r\n").await;
        socket.read_to_end(&mut Vec::new()).await.ok();
    });
    assert!(matches!(error, NetError::OctetsBeforeTls { octets: 8 }), "{error:?}");
    let FlowState::Failed(failure) = state else { panic!("{state:?}") };
    assert_eq!((failure.blame, failure.clause.as_deref()), (Blame::Peer, Some("RFC 9051 §6.2.1")));
    assert!(failure.summary.starts_with("8 octets came in the clear"), "{failure}");
    assert!(clear.ends_with(b"250 OK\r\n"), "the evidence is kept");
}

#[test]
fn a_command_put_behind_starttls_is_not_obeyed_under_tls() {
    let ((served, heard), ledger) = story(async |student| {
        let server = student.serve(HOST);
        let to = ConnectTarget { host: HOST.to_owned(), port: SERVER.port(), tls: None };
        let mut io = student.network.connect(&to, &Timeouts::default(), &student.run).await.unwrap();
        io.write_all(b"STARTTLS\r\nEHLO mallory\r\n").await.unwrap();
        let mut heard = Vec::new();
        io.read_to_end(&mut heard).await.unwrap();
        (server.await.unwrap(), heard)
    });
    let error = served.unwrap_err();
    assert!(matches!(error, DriveError::Net(NetError::OctetsBeforeTls { octets: 14 })), "{error:?}");
    assert_eq!(heard, b"220 mail.lab is ready\r\n220 go ahead\r\n");
    assert_eq!(connection(&ledger).state, FlowState::Closed, "how its flow ends is for the client to say");
}

#[test]
fn a_handshake_that_fails_ends_the_flow_as_one_at_the_beginning_does() {
    let (error, state, _) = ends(async |mut socket: LabSocket| {
        answer_start_tls(&mut socket, b"220 go ahead\r\n").await;
        socket.read_exact(&mut [0; 100]).await.unwrap();
        socket.write_all(b"500 what is this\r\n").await.unwrap();
        socket.read_to_end(&mut Vec::new()).await.ok();
    });
    assert!(matches!(error, NetError::NotTls { .. }), "{error:?}");
    assert!(matches!(state, FlowState::Failed(failure) if failure.summary.contains("does not speak TLS")));

    let (error, state, _) = ends(async |mut socket: LabSocket| {
        answer_start_tls(&mut socket, b"220 go ahead\r\n").await;
        socket.read_exact(&mut [0; 100]).await.unwrap();
    });
    assert!(matches!(error, NetError::ClosedInTls { by: Side::Server } | NetError::Reset), "{error:?}");
    assert!(matches!(state, FlowState::Failed(_)), "{state:?}");

    let (error, state, _) = ends(async |mut socket: LabSocket| {
        answer_start_tls(&mut socket, b"220 go ahead\r\n").await;
        socket.read_to_end(&mut Vec::new()).await.ok();
    });
    assert!(matches!(error, NetError::TimedOut { stage: Stage::Tls, .. }), "{error:?}");
    assert!(matches!(state, FlowState::Failed(failure) if failure.summary.contains("the TLS handshake")));
}

#[test]
fn a_certificate_for_somebody_else_is_refused_in_the_middle_too() {
    let ((error, served), ledger) = story(async |student| {
        let server = student.serve("other.lab");
        let mut client = student.greeted().await;
        let error = say(&mut client, &["STARTTLS", "NOOP"]).await.unwrap_err();
        // Nothing more can be said, in the clear least of all.
        assert!(say(&mut client, &["NOOP"]).await.is_err());
        drop(client);
        (error, server.await.unwrap())
    });
    let DriveError::Net(NetError::Certificate { problem, .. }) = error else { panic!("{error:?}") };
    assert!(matches!(problem, CertificateProblem::WrongName { .. }), "{problem:?}");
    let refused = |error: &NetError| matches!(error, NetError::Tls(_) | NetError::ClosedInTls { by: Side::Client });
    assert!(matches!(&served, Err(DriveError::Net(error)) if refused(error)), "{served:?}");
    let flow = connection(&ledger);
    let FlowState::Failed(failure) = &flow.state else { panic!("{:?}", flow.state) };
    assert_eq!(failure.blame, Blame::Peer);
    assert_eq!(sent(&flow.events, Side::Client, Layer::Stream), b"STARTTLS\r\n");
}

#[test]
fn a_conversation_given_up_during_the_handshake_is_stopped() {
    let ((), ledger) = story(async |student| {
        student.serve_by_hand(async |mut socket: LabSocket| {
            answer_start_tls(&mut socket, b"220 go ahead\r\n").await;
            socket.read_to_end(&mut Vec::new()).await.ok();
        });
        let mut client = student.greeted().await;
        say(&mut client, &["STARTTLS"]).await.unwrap();
        assert!(student.clock.timeout(RTT, client.next_event()).await.is_err());
        drop(client);
    });
    assert_eq!(connection(&ledger).state, FlowState::Stopped);
}

#[test]
fn who_was_told_nothing_of_tls_cannot_begin_it() {
    let (error, ledger) = story(async |student| {
        let server = student.serve(HOST);
        let to = ConnectTarget { host: HOST.to_owned(), port: SERVER.port(), tls: None };
        let io = student.network.connect(&to, &Timeouts::default(), &student.run).await.unwrap();
        let mut client = Driver::new(LineClient::default(), io, student.clock.clone(), Patience::default());
        client.next_event().await.unwrap();
        let error = say(&mut client, &["STARTTLS", "NOOP"]).await.unwrap_err();
        drop(client);
        assert!(server.await.unwrap().is_err());
        error
    });
    assert!(matches!(error, DriveError::Net(NetError::NoStartTls)), "{error:?}");
    assert!(matches!(&connection(&ledger).state, FlowState::Failed(failure) if failure.blame == Blame::Input));
}
