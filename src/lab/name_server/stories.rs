//! Name servers as their clients meet them, in virtual time: datagrams and streams, many questions at once, and those that are off.

use std::time::SystemTime;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::{
    lab::{Lab, LabFiles, LabStore, Outage, plan::Plan},
    net::{Clock, ConnectTarget, Connection, Datagrams, NetError, Network, Path, Rate, Timeouts, run_virtual},
    proto::dns::{
        Name, Query, RecordType,
        framing::{Unframer, framed},
    },
    wire::{Caps, End, Ends, FlowKind, FlowState, Ledger, NoteKind, Recorder, Secrets},
};

const HOSTS: &str = r#"
format = 1

[[host]]
names = ["dns.poly.edu"]
ip = "203.0.113.53"

    [[host.service]]
    port = 53
    speaks = "dns"

[[host]]
names = ["a.root-servers.lab"]
ip = "198.51.100.4"

    [[host.service]]
    port = 53
    speaks = "dns"
"#;
const LOCAL: &str = "dns.poly.edu";
const ROOT: &str = "a.root-servers.lab";
const RTT: Duration = Duration::from_millis(100);
const SECOND: Duration = Duration::from_secs(1);

struct DnsStudent {
    lab: Lab,
    network: Network,
    run: FlowHandle,
    clock: Clock,
}

impl DnsStudent {
    async fn datagrams(&self, host: &str) -> Datagrams {
        let to = SocketAddr::new(self.network.lookup(host).await.unwrap()[0], 53);
        self.network.datagrams(to, host, format!("query to {host}"), &self.run, None).await.unwrap()
    }

    async fn connect(&self) -> Result<Connection, NetError> {
        let to = ConnectTarget { host: LOCAL.to_owned(), port: 53, tls: None };
        self.network.connect(&to, &Timeouts::default(), &self.run).await
    }
}

/// Runs `story` with `responder` at [`LOCAL`]; returns what it returns and the record.
fn story<T>(
    responder: impl FnOnce(&DnsStudent) -> Arc<dyn Responder>,
    story: impl AsyncFnOnce(&DnsStudent) -> T,
) -> (T, Ledger) {
    let recorder = Recorder::new(Caps::default(), Secrets::Shown, None);
    let end = |name: &str| End { name: name.into(), ip_port: None };
    let ends = Ends { client: end("you"), server: end("lab") };
    let run = recorder.open(None, FlowKind::Run, "story".into(), ends, Duration::ZERO);
    let told = run_virtual(SystemTime::UNIX_EPOCH, async |clock: Clock| {
        let mut files = LabFiles::embedded();
        let hosts = Plan::read(std::path::Path::new("hosts.toml"), HOSTS).unwrap();
        files.plan = Plan::clone(&files.plan).overlaid(hosts).into();
        let lab = Lab::open(&clock, &files, &Path { rate: Rate(None), ..Path::default() }, LabStore::fresh()).unwrap();
        let student = DnsStudent { network: lab.network(), lab, run, clock };
        student.lab.answer_with(LOCAL, 53, responder(&student)).unwrap();
        story(&student).await
    });
    (told.unwrap(), recorder.into_ledger())
}

/// Answers with the question backwards, after as many seconds as its first octet says. Is silent about what begins with 255.
#[derive(Debug)]
struct DelayedResponder(Clock);

impl Responder for DelayedResponder {
    fn respond(&self, asked: DnsRequest) -> ReplyFuture<'_> {
        Box::pin(async move {
            let seconds = asked.message.first().copied().filter(|seconds| *seconds < 255)?;
            if seconds > 0 {
                self.0.sleep(SECOND * u32::from(seconds)).await;
            }
            if let Some(flow) = &asked.flow {
                flow.note(asked.at, NoteKind::Why, format!("{:?} from {}", asked.transport, asked.client), None);
            }
            Some(asked.message.iter().rev().copied().collect())
        })
    }
}

fn echo(student: &DnsStudent) -> Arc<dyn Responder> {
    Arc::new(DelayedResponder(student.clock.clone()))
}

/// A question that takes so many seconds to answer, and its answer.
fn question(seconds: u8, number: u8) -> [Vec<u8>; 2] {
    let asked: Vec<u8> = [seconds, number].into_iter().chain(2..12).collect();
    let answer = asked.iter().rev().copied().collect();
    [asked, answer]
}

/// Reads frames until so many are there: what they hold, and when each came.
async fn frames(connection: &mut Connection, count: usize) -> Vec<(Vec<u8>, Duration)> {
    let (mut unframer, mut taken, mut space) = (Unframer::default(), Vec::new(), [0; 64]);
    while taken.len() < count {
        let octets = connection.read(&mut space).await.unwrap();
        assert!(octets > 0, "{taken:?}");
        unframer.receive(&space[..octets]);
        while let Some(message) = unframer.next_message().unwrap() {
            taken.push((message.to_vec(), connection.last_arrival()));
        }
    }
    taken
}

#[test]
fn a_datagram_is_answered_after_a_round_trip_and_the_server_says_why_in_its_flow() {
    let (local, ledger) = story(echo, async |student| {
        let mut datagrams = student.datagrams(LOCAL).await;
        let [asked, answer] = question(0, 1);
        datagrams.send(&asked).await.unwrap();
        let received = datagrams.recv().await.unwrap();
        assert_eq!((received.bytes.as_ref(), received.at), (answer.as_slice(), RTT));
        datagrams.local().unwrap()
    });
    let flow = &ledger.flows()[1];
    assert_eq!((flow.notes[0].text.clone(), flow.notes[0].at), (format!("Udp from {local}"), RTT / 2));
    assert_eq!(flow.state, FlowState::Closed);
}

#[test]
fn many_datagrams_are_worked_on_at_once() {
    story(echo, async |student| {
        let mut waiting = JoinSet::new();
        for number in 0..100 {
            let mut datagrams = student.datagrams(LOCAL).await;
            waiting.spawn(async move {
                let [asked, answer] = question(1, number);
                datagrams.send(&asked).await.unwrap();
                assert_eq!(datagrams.recv().await.unwrap().bytes, answer);
            });
        }
        while let Some(done) = waiting.join_next().await {
            done.unwrap();
        }
        assert_eq!(student.clock.now(), RTT + SECOND);
        let mut datagrams = student.datagrams(LOCAL).await;
        datagrams.send(&[255; 12]).await.unwrap();
        assert!(student.clock.timeout(SECOND * 60, datagrams.recv()).await.is_err());
    });
}

#[test]
fn a_stream_carries_many_questions_and_answers_in_the_order_in_which_they_are_known() {
    let ((), ledger) = story(echo, async |student| {
        let mut connection = student.connect().await.unwrap();
        let mut stream = Vec::new();
        for (number, seconds) in (0u8..).zip([30, 2, 0, 1]) {
            stream.extend_from_slice(&framed(&question(seconds, number)[0]).unwrap());
        }
        connection.write_all(&stream).await.unwrap();
        // It sends no more, and has every answer all the same, however long that takes.
        connection.shutdown().await.unwrap();
        let answers = frames(&mut connection, 4).await;
        let expected = [(0, 2), (1, 3), (2, 1), (30, 0)]
            .map(|(seconds, number)| (question(seconds, number)[1].clone(), RTT * 2 + SECOND * u32::from(seconds)));
        assert_eq!(answers, expected);
        assert_eq!(connection.read(&mut [0; 1]).await.unwrap(), 0);
    });
    assert!(ledger.flows()[1].notes[0].text.starts_with("Tcp from 10.0.0.2:"));
}

#[test]
fn more_questions_than_are_worked_on_at_once_wait_their_turn() {
    story(echo, async |student| {
        let mut connection = student.connect().await.unwrap();
        let count = MAX_PIPELINED * 2 + 10;
        let stream: Vec<u8> = (0..count).flat_map(|_| framed(&question(1, 0)[0]).unwrap()).collect();
        connection.write_all(&stream).await.unwrap();
        let answers = frames(&mut connection, count).await;
        let turn = |seconds: u32| answers.iter().filter(|(_, at)| *at == RTT * 2 + SECOND * seconds).count();
        assert_eq!([turn(1), turn(2), turn(3)], [MAX_PIPELINED, MAX_PIPELINED, 10]);
    });
}

/// What the server says of a client that does this on a stream, and when the client sees its end.
fn ended(client: impl AsyncFnOnce(&mut Connection)) -> (String, Duration) {
    let (at, ledger) = story(echo, async |student| {
        let mut connection = student.connect().await.unwrap();
        client(&mut connection).await;
        let mut rest = Vec::new();
        connection.read_to_end(&mut rest).await.ok();
        student.clock.now()
    });
    let notes = ledger.flows()[1].notes.iter().filter(|note| !note.text.starts_with("Tcp from"));
    let said: Vec<_> =
        notes.map(|note| format!("{} ({})", note.text, note.clause.as_deref().unwrap_or_default())).collect();
    (said.join("; "), at)
}

#[test]
fn a_stream_that_is_silent_or_breaks_the_framing_is_closed() {
    let silent = ended(async |_| {});
    let text = "closing: nothing was asked for 10 s (RFC 7766 §6.2.3)";
    assert_eq!(silent, (text.to_owned(), RTT * 2 + IDLE));

    let once = ended(async |connection: &mut Connection| {
        connection.write_all(&framed(&question(0, 0)[0]).unwrap()).await.unwrap();
        frames(connection, 1).await;
    });
    assert_eq!(once, (text.to_owned(), RTT * 2 + IDLE));

    let broken = ended(async |connection: &mut Connection| connection.write_all(&[0, 3, 1, 2, 3]).await.unwrap());
    let text = "closing: a message of 3 octets was announced, and its header alone has 12 (RFC 1035 §4.1.1)";
    assert_eq!(broken, (text.to_owned(), RTT * 2));

    let cut = ended(async |connection: &mut Connection| {
        connection.write_all(&[0, 12, 1]).await.unwrap();
        connection.shutdown().await.unwrap();
    });
    let text = "closing: the stream ended 11 octets before the end of a message (RFC 1035 §4.2.2)";
    assert_eq!(cut, (text.to_owned(), RTT * 2));
}

#[test]
fn a_stopped_server_is_told_from_a_host_that_is_off() {
    story(echo, async |student| {
        let [asked, answer] = question(0, 1);
        let ask = async || {
            let mut datagrams = student.datagrams(LOCAL).await;
            datagrams.send(&asked).await.unwrap();
            student.clock.timeout(SECOND, datagrams.recv()).await
        };
        let off = |port| [Outage { host: LOCAL.to_owned(), port }];
        let listening = student.lab.net().listening_datagrams().len();
        student.lab.set_off(&off(Some(53))).unwrap();
        assert!(matches!(ask().await, Ok(Err(NetError::PortUnreachable { port: 53, .. }))));
        assert!(matches!(student.connect().await, Err(NetError::Refused { port: 53, .. })));
        student.lab.set_off(&off(None)).unwrap();
        assert!(ask().await.is_err());
        assert!(matches!(student.connect().await, Err(NetError::TimedOut { .. })));
        student.lab.set_off(&[]).unwrap();
        assert_eq!(ask().await.unwrap().unwrap().bytes, answer);
        student.connect().await.unwrap();
        assert_eq!(student.lab.net().listening_datagrams().len(), listening);
    });
}

#[test]
fn a_server_that_nobody_gave_a_zone_refuses() {
    story(echo, async |student| {
        let mut datagrams = student.datagrams(ROOT).await;
        let mut query = Message::query();
        query.add_query(Query::query(Name::from_ascii("www.poly.edu.").unwrap(), RecordType::A));
        datagrams.send(&query.to_vec().unwrap()).await.unwrap();
        let answer = Message::from_vec(&datagrams.recv().await.unwrap().bytes).unwrap();
        assert_eq!(answer.metadata.response_code, ResponseCode::Refused);
        assert_eq!((answer.metadata.id, answer.queries), (query.metadata.id, query.queries));
        // Of octets that are no query, what has a header gets an answer, and what is an answer or less than a header none.
        assert_eq!(refusal(&[0; 11]), None);
        assert_eq!(refusal(&[0, 7, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0]), None);
        let broken = Message::from_vec(&refusal(&[0, 7, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0]).unwrap()).unwrap();
        assert_eq!((broken.metadata.id, broken.metadata.response_code), (7, ResponseCode::FormErr));
        let nowhere = student.lab.answer_with("www.someschool.edu", 80, Arc::new(RefusingResponder));
        assert!(nowhere.is_err());
    });
}

/// Answers what the root answers.
#[derive(Debug)]
struct Forwards(Network);

impl Responder for Forwards {
    fn respond(&self, asked: DnsRequest) -> ReplyFuture<'_> {
        Box::pin(async move {
            let to = SocketAddr::new(self.0.lookup(ROOT).await.ok()?[0], 53);
            let local = self.0.as_host(asked.server.ip(), LOCAL);
            let title = format!("{LOCAL} asks {ROOT}");
            let mut datagrams = local.datagrams(to, ROOT, title, &asked.flow?, Some(60_053)).await.ok()?;
            datagrams.send(&asked.message).await.ok()?;
            Some(datagrams.recv().await.ok()?.bytes.to_vec())
        })
    }
}

#[test]
fn a_local_server_asks_others_in_the_same_record() {
    let forwards = |student: &DnsStudent| Arc::new(Forwards(student.network.clone())) as Arc<dyn Responder>;
    let ((), ledger) = story(forwards, async |student| {
        student.lab.answer_with(ROOT, 53, echo(student)).unwrap();
        let mut datagrams = student.datagrams(LOCAL).await;
        let [asked, answer] = question(0, 1);
        datagrams.send(&asked).await.unwrap();
        assert_eq!(datagrams.recv().await.unwrap().bytes, answer);
        // Between the two servers there is no link.
        assert_eq!(student.clock.now(), RTT);
    });
    let (asked, forwarded) = (&ledger.flows()[1], &ledger.flows()[2]);
    assert_eq!((forwarded.parent, forwarded.ends.client.name.as_str()), (Some(asked.id), LOCAL));
    assert_eq!(forwarded.ends.client.ip_port, Some("203.0.113.53:60053".parse().unwrap()));
    assert_eq!((forwarded.opened_at, forwarded.ended_at), (RTT / 2, Some(RTT / 2)));
}
