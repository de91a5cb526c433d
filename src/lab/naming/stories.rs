//! The local name server and several clients at once, in virtual time.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    time::{Duration, SystemTime},
};

use tokio::{io::AsyncWriteExt as _, task::JoinSet};

use crate::{
    lab::{Lab, LabFiles, LabStore, plan::Plan},
    net::{Clock, ConnectTarget, Datagrams, Network, Path, Rate, Timeouts, run_virtual},
    proto::dns::{
        Message, MessageType, Name, OpCode, Query, Record, RecordType, ResponseCode,
        framing::framed,
        iterate::Settings,
        text::{name_from_text, name_text, rdata_text},
        trace::{QueryTransport, ResolutionStep, StepOutcome},
    },
    wire::{Caps, End, Ends, FlowHandle, FlowKind, Ledger, Recorder, Secrets},
};

const LOCAL: &str = "dns.poly.edu";
const GAIA: &str = "gaia.cs.umass.edu.";
const PAUSE: Duration = Duration::from_millis(20);
/// Answers sent at the same moment leave over one link, one after the other.
const ONE_LINK: Duration = Duration::from_micros(10);

struct DnsClients {
    lab: Lab,
    network: Network,
    run: FlowHandle,
    clock: Clock,
    local: SocketAddr,
}

/// What a client was told, and when.
struct ReceivedReply {
    message: Message,
    at: Duration,
    port: u16,
}

impl DnsClients {
    async fn datagrams(&self) -> Datagrams {
        self.network.datagrams(self.local, LOCAL, "a client".to_owned(), &self.run, None).await.unwrap()
    }

    /// Asks from a port of its own after so many pauses; the answer comes in a task of its own.
    async fn ask(&self, into: &mut JoinSet<ReceivedReply>, pauses: u32, id: u16, name: &str, kind: RecordType) {
        let (mut datagrams, clock, query) = (self.datagrams().await, self.clock.clone(), query(id, name, kind));
        into.spawn(async move {
            clock.sleep(PAUSE * pauses).await;
            datagrams.send(&query).await.unwrap();
            let received = datagrams.recv().await.unwrap();
            let message = Message::from_vec(&received.bytes).unwrap();
            ReceivedReply { message, at: received.at, port: datagrams.local().unwrap().port() }
        });
    }

    /// What the local name server did.
    fn steps(&self) -> Vec<ResolutionStep> {
        self.lab.naming().journal().steps().into_iter().filter(|step| step.asker == LOCAL).collect()
    }
}

fn query(id: u16, name: &str, kind: RecordType) -> Vec<u8> {
    let mut query = Message::new(id, MessageType::Query, OpCode::Query);
    query.metadata.recursion_desired = true;
    query.add_query(Query::query(name_from_text(name, &Name::root()).unwrap(), kind));
    query.to_vec().unwrap()
}

fn story<T>(story: impl AsyncFnOnce(&DnsClients) -> T) -> (T, Ledger) {
    story_in(&LabFiles::embedded(), 1, story)
}

fn story_in<T>(files: &LabFiles, seed: u64, story: impl AsyncFnOnce(&DnsClients) -> T) -> (T, Ledger) {
    let recorder = Recorder::new(Caps::default(), Secrets::Shown, None);
    let end = |name: &str| End { name: name.into(), ip_port: None };
    let ends = Ends { client: end("you"), server: end("lab") };
    let run = recorder.open(None, FlowKind::Run, "story".into(), ends, Duration::ZERO);
    let told = run_virtual(SystemTime::UNIX_EPOCH, async |clock: Clock| {
        let path = Path { rate: Rate(None), seed, ..Path::default() };
        let lab = Lab::open(&clock, files, &path, LabStore::fresh()).unwrap();
        let (local, _) = lab.naming().local().unwrap();
        let students = DnsClients { network: lab.network(), lab, run, clock, local };
        story(&students).await
    });
    (told.unwrap(), recorder.into_ledger())
}

/// Questions the local name server sent.
fn sent(ledger: &Ledger) -> usize {
    let flows = ledger.flows().iter().filter(|flow| flow.kind == FlowKind::Datagrams);
    flows.filter(|flow| flow.ends.client.name == LOCAL).count()
}

/// Answers by the id they were asked with.
async fn all(mut clients: JoinSet<ReceivedReply>) -> Vec<ReceivedReply> {
    let mut told = Vec::new();
    while let Some(one) = clients.join_next().await {
        told.push(one.unwrap());
    }
    told.sort_by_key(|told| told.message.metadata.id);
    told
}

#[test]
fn who_asks_what_is_under_way_waits_for_the_one_answer() {
    let alone = story(async |students| {
        let mut clients = JoinSet::new();
        students.ask(&mut clients, 0, 1, GAIA, RecordType::A).await;
        all(clients).await.remove(0).at
    });
    let ((told, steps), ledger) = story(async |students| {
        let mut clients = JoinSet::new();
        students.ask(&mut clients, 0, 1, GAIA, RecordType::A).await;
        students.ask(&mut clients, 1, 2, "GAIA.cs.UMass.edu.", RecordType::A).await;
        students.ask(&mut clients, 1, 3, GAIA, RecordType::A).await;
        (all(clients).await, students.steps())
    });
    assert_eq!((sent(&alone.1), sent(&ledger)), (3, 3), "root, edu, umass.edu: each asked once");
    let names: Vec<String> = told.iter().map(|told| told.message.queries[0].name().to_ascii()).collect();
    assert_eq!(names, [GAIA, "GAIA.cs.UMass.edu.", GAIA], "each its own letters");
    for (told, id) in told.iter().zip(1..) {
        assert_eq!(told.message.metadata.id, id, "its own id");
        assert!(told.at.abs_diff(alone.0) < ONE_LINK, "{:?} and {:?}", told.at, alone.0);
        let [answer] = told.message.answers.as_slice() else { panic!("{:?}", told.message) };
        assert_eq!(answer.name.to_ascii(), told.message.queries[0].name().to_ascii());
        assert_eq!(answer.data.ip_addr(), Some("128.119.245.12".parse().unwrap()));
    }
    assert!(told[0].port != told[1].port && told[1].port != told[2].port);

    let joined: Vec<&ResolutionStep> = steps.iter().filter(|step| step.over == QueryTransport::Cache).collect();
    assert_eq!(joined.len(), 2);
    for step in joined {
        assert!(step.reason.contains("is under way already"), "{}", step.reason);
        assert_eq!((step.outcome, step.clause.as_deref()), (StepOutcome::Answer, Some("RFC 5452 §5")));
        assert!(step.ended_at > Some(step.sent_at) && step.answers.len() == 1, "{step:?}");
    }
    let noted = |text: &str| {
        let notes = ledger.flows().iter().flat_map(|flow| &flow.notes);
        notes.filter(|note| note.text.contains(text)).count()
    };
    assert_eq!(noted("gaia.cs.umass.edu. A is under way already"), 1);
    assert_eq!(noted("GAIA.cs.UMass.edu. A is under way already"), 1);
}

#[test]
fn who_asks_something_else_or_later_is_looked_for() {
    let (told, ledger) = story(async |students| {
        let mut clients = JoinSet::new();
        students.ask(&mut clients, 0, 1, GAIA, RecordType::A).await;
        students.ask(&mut clients, 1, 2, GAIA, RecordType::MX).await;
        students.ask(&mut clients, 1, 3, "www.ibm.com.", RecordType::A).await;
        let mut told = all(clients).await;
        // Nobody looks for it any more, and the cache knows it.
        let mut clients = JoinSet::new();
        students.ask(&mut clients, 0, 4, GAIA, RecordType::A).await;
        told.extend(all(clients).await);
        told
    });
    assert_eq!(told.iter().map(|told| told.message.answers.len()).collect::<Vec<_>>(), [1, 0, 2, 1]);
    assert!(sent(&ledger) >= 6, "{}", sent(&ledger));
    let under_way = |note: &crate::wire::Note| note.text.contains("under way");
    assert!(!ledger.flows().iter().flat_map(|flow| &flow.notes).any(under_way));
}

/// Asks the local name server, again and again, and takes each answer before the next question.
async fn one_by_one<const N: usize>(students: &DnsClients, questions: [(&str, RecordType, bool); N]) -> [Message; N] {
    let mut datagrams = students.datagrams().await;
    let mut answers = Vec::new();
    for (number, (name, kind, recursion)) in questions.into_iter().enumerate() {
        let mut asked = Message::from_vec(&query(u16::try_from(number).unwrap(), name, kind)).unwrap();
        asked.metadata.recursion_desired = recursion;
        datagrams.send(&asked.to_vec().unwrap()).await.unwrap();
        answers.push(Message::from_vec(&datagrams.recv().await.unwrap().bytes).unwrap());
    }
    answers.try_into().unwrap()
}

#[test]
fn a_type_no_record_can_have_is_refused_and_leaves_nothing_behind() {
    let questions = [
        ("edu.", RecordType::ZERO, true),
        (".", RecordType::OPT, true),
        (".", RecordType::Unknown(254), true),
        (GAIA, RecordType::A, true),
    ];
    let ([reserved, opt, meta, gaia], _) = story(async |students| one_by_one(students, questions).await);
    let codes = [&reserved, &opt, &meta, &gaia].map(|message| message.metadata.response_code);
    assert_eq!(codes, [ResponseCode::FormErr, ResponseCode::FormErr, ResponseCode::NotImp, ResponseCode::NoError]);
    assert_eq!(gaia.answers.len(), 1);
}

#[test]
fn without_recursion_a_client_is_told_the_closest_zone_whatever_is_known_not_to_be_there() {
    let questions = [(GAIA, RecordType::A, true), (GAIA, RecordType::NS, true), (GAIA, RecordType::TXT, false)];
    let ([_, none, referral], _) = story(async |students| one_by_one(students, questions).await);
    assert_eq!((none.metadata.response_code, none.answers.len()), (ResponseCode::NoError, 0));
    let zones: BTreeSet<String> = referral.authorities.iter().map(|record| record.name.to_string()).collect();
    assert!(zones.iter().all(|zone| GAIA.ends_with(zone)) && zones.len() == 1, "{referral:?}");
}

#[test]
fn when_the_first_is_gone_the_next_goes_on() {
    let (told, ledger) = story(async |students| {
        let to = ConnectTarget { host: LOCAL.to_owned(), port: 53, tls: None };
        let mut first = students.network.connect(&to, &Timeouts::default(), &students.run).await.unwrap();
        first.write_all(&framed(&query(1, GAIA, RecordType::A)).unwrap()).await.unwrap();
        let mut clients = JoinSet::new();
        students.ask(&mut clients, 2, 2, GAIA, RecordType::A).await;
        students.ask(&mut clients, 2, 3, GAIA, RecordType::A).await;
        students.clock.sleep(PAUSE * 5).await;
        first.reset();
        all(clients).await
    });
    assert_eq!(told.iter().map(|told| told.message.answers.len()).collect::<Vec<_>>(), [1, 1]);
    assert!(told[0].at.abs_diff(told[1].at) < ONE_LINK, "one of the two went on, the other waited for it");
    assert!(sent(&ledger) <= 6, "{}", sent(&ledger));
}

#[test]
fn a_host_more_in_the_lab_changes_nobodys_draws() {
    let walk = async |students: &DnsClients| {
        let mut clients = JoinSet::new();
        for (id, name) in [(1, GAIA), (2, "www.ibm.com."), (3, "uvic.ca."), (4, "crepes.fr."), (5, "cern.ch.")] {
            students.ask(&mut clients, 0, id, name, RecordType::A).await;
        }
        all(clients).await;
        let asked = students.steps().into_iter().map(|step| (step.server, step.question, step.sent_at));
        asked.collect::<Vec<_>>()
    };
    let mut plan = Plan::clone(&LabFiles::embedded().plan);
    let mut host = plan.hosts.iter().find(|host| host.is_named(LOCAL)).unwrap().clone();
    (host.names, host.ip) = (vec!["dns.first.lab".to_owned()], "192.0.2.250".parse().unwrap());
    let other =
        "format = 1\n[[host]]\nnames = [\"x\"]\nip = \"192.0.2.250\"\n[[host.service]]\nport = 53\nspeaks = \"dns\"\n";
    host.services = Plan::read(std::path::Path::new("hosts.toml"), other).unwrap().hosts.remove(0).services;
    plan.hosts.insert(0, host);
    let mut more = LabFiles::embedded();
    more.plan = plan.into();
    let mut roots = BTreeSet::new();
    for seed in 1..=4 {
        let (before, _) = story_in(&LabFiles::embedded(), seed, walk);
        let (after, _) = story_in(&more, seed, walk);
        assert_eq!(before, after, "seed {seed}");
        roots.extend(before.into_iter().map(|(server, ..)| server).filter(|server| server.contains(".root-servers.")));
    }
    assert!(roots.len() > 1, "something is drawn: {roots:?}");
}

/// RFC 1034 §5.3.3 and §4.3.1: whoever does the walking, the answer is the same. Every set of every zone is asked for, a name that is not there
/// in each, and a reverse name.
#[test]
fn every_name_of_the_lab_is_found_alike_iterated_and_recursively() {
    let ask_all = |recursively: bool| {
        let (answers, _) = story(async |students| {
            let naming = students.lab.naming();
            let (_, local) = naming.local().unwrap();
            let mut questions: BTreeSet<(Name, u16)> = BTreeSet::new();
            for (_, server) in naming.servers() {
                server.set_recursion(recursively && !server.is_local());
                for zone in server.zones() {
                    // What is told by where the asker is depends on who that is: the local name server, or the zone above.
                    let is_same_everywhere =
                        |name: &Name| !zone.places().iter().any(|place| place.has(name, RecordType::A));
                    for (name, kind, _) in zone.sets().filter(|(name, ..)| is_same_everywhere(name)) {
                        let kinds = [kind, RecordType::A, RecordType::MX];
                        questions.extend(kinds.map(|kind| (name.clone(), u16::from(kind))));
                    }
                    let nobody = name_from_text("nobody-is-called-so", zone.origin());
                    questions.extend(nobody.ok().map(|name| (name, u16::from(RecordType::A))));
                }
            }
            let settings = Settings { recursion_desired: recursively, ..(*local.settings()).clone() };
            local.set_settings(settings);
            let mut answers: BTreeMap<(Name, u16), (ResponseCode, BTreeSet<String>)> = BTreeMap::new();
            for (name, kind) in questions {
                for (_, server) in naming.servers() {
                    server.resolver().memory().flush();
                }
                let mut clients = JoinSet::new();
                students.ask(&mut clients, 0, 1, &name_text(&name), kind.into()).await;
                let message = all(clients).await.remove(0).message;
                let data = |record: &Record| format!("{} {}", name_text(&record.name), rdata_text(&record.data));
                let told = (message.metadata.response_code, message.answers.iter().map(data).collect());
                answers.insert((name, kind), told);
            }
            answers
        });
        answers
    };
    let (iterated, recursive) = (ask_all(false), ask_all(true));
    println!("{} questions", iterated.len());
    assert!(iterated.len() > 500, "{} questions", iterated.len());
    let differ: Vec<String> = iterated
        .iter()
        .filter(|(question, told)| recursive[*question] != **told)
        .map(|(question, told)| format!("{question:?}: {told:?}, recursively {:?}", recursive[question]))
        .collect();
    assert!(differ.is_empty(), "{} of {}:\n{}", differ.len(), iterated.len(), differ.join("\n"));
    let failed: Vec<_> = iterated.iter().filter(|(_, (code, _))| *code == ResponseCode::ServFail).collect();
    assert!(failed.is_empty(), "{failed:?}");
}
