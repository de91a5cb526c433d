//! A student asks for a name; the steps show which server was asked, when and why. In virtual time.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, UdpSocket},
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{Config, Event, Report, ResolutionMode, Resolve};
use crate::{
    engine::{
        browse::{self, Browse},
        runner::{self, Options},
        setting::{Outage, Setting, WorldChoice},
    },
    lab::LabFiles,
    net::Path,
    proto::dns::{
        Message, OpCode, ResponseCode,
        text::record_from_line,
        trace::{QueryTransport, ResolutionStep, StepOutcome},
    },
    wire::{FlowKind, FlowState, Ledger},
};

fn resolve(config: &Config) -> (Report, Ledger) {
    let finished = runner::run::<Resolve>(config, &Options::default()).unwrap();
    (finished.report, finished.ledger)
}

fn ask(name: &str) -> Config {
    Config { name: name.to_owned(), ..Config::default() }
}

/// Client, server and zone of each query, cache looks left out.
fn told(report: &Report) -> Vec<(&str, &str, &str)> {
    let crossed = report.steps.iter().filter(|step| step.over != QueryTransport::Cache);
    crossed.map(|step| (step.asker.as_str(), step.server.as_str(), step.zone.as_str())).collect()
}

fn at(step: &ResolutionStep) -> Duration {
    step.sent_at
}

#[test]
fn iterated_the_notes_eight_messages_go_through_the_local_server() {
    let (report, ledger) = resolve(&Config::default());
    assert_eq!((report.rcode.as_str(), report.messages, &report.failure), ("NOERROR", 8, &None));
    assert_eq!(report.answers, ["gaia.cs.umass.edu. 3600 IN A 128.119.245.12"]);
    let [stub, root, tld, zone] = report.steps.as_slice() else { panic!("{:#?}", report.steps) };
    assert_eq!((stub.asker.as_str(), stub.server.as_str(), stub.recursion_desired), ("you", "dns.poly.edu", true));
    assert!(root.server.ends_with(".root-servers.net") && root.zone == "." && !root.recursion_desired);
    assert_eq!((tld.server.as_str(), tld.zone.as_str()), ("b.edu-servers.net", "edu."));
    assert_eq!((zone.server.as_str(), zone.zone.as_str(), zone.authoritative), ("dns.umass.edu", "umass.edu.", true));
    assert_eq!([stub.parent, root.parent, tld.parent, zone.parent], [None, Some(1), Some(2), Some(3)]);
    let referrals: Vec<_> = report.steps.iter().filter_map(|step| step.referral.as_ref()).collect();
    assert_eq!(referrals.iter().map(|referral| referral.zone.as_str()).collect::<Vec<_>>(), ["edu.", "umass.edu."]);
    assert!(referrals.iter().all(|referral| !referral.glue.is_empty()));
    // Each begins when the one before has ended; the stub's lasts for all of them.
    assert!(at(stub) < at(root) && root.ended_at == Some(at(tld)) && tld.ended_at == Some(at(zone)));
    assert!(stub.ended_at > zone.ended_at);
    assert_eq!(
        report.load.iter().map(|load| (load.level.as_str(), load.queries)).collect::<Vec<_>>(),
        [("local", 1), ("root", 1), ("TLD", 1), ("authoritative", 1)]
    );
    // The record holds every message: the local server's queries serve the student's.
    for step in &report.steps {
        let flow = ledger.flow(step.flow.unwrap()).unwrap();
        assert_eq!((flow.kind, flow.events.len()), (FlowKind::Datagrams, 2), "{}", flow.title);
    }
    let parent = |step: &ResolutionStep| ledger.flow(step.flow.unwrap()).unwrap().parent;
    let lookup = ledger.flow(parent(root).unwrap()).unwrap();
    assert_eq!((lookup.kind, lookup.parent), (FlowKind::Lookup, stub.flow));
}

#[test]
fn recursively_it_is_eight_messages_too_and_each_server_asks_the_next() {
    let (report, _) = resolve(&Config { mode: ResolutionMode::Recursive, ..Config::default() });
    assert_eq!((report.messages, report.rcode.as_str()), (8, "NOERROR"));
    let told = told(&report);
    let root = told[1].1;
    assert_eq!(
        told,
        [
            ("you", "dns.poly.edu", ""),
            ("dns.poly.edu", root, "."),
            (root, "b.edu-servers.net", "edu."),
            ("b.edu-servers.net", "dns.umass.edu", "umass.edu."),
        ]
    );
    assert!(report.steps.iter().all(|step| step.recursion_desired));
}

#[test]
fn where_the_root_only_refers_the_local_server_goes_on_itself() {
    let (first, _) = resolve(&Config { mode: ResolutionMode::Recursive, ..Config::default() });
    let referring = vec![first.steps[1].server.clone()];
    let (report, _) = resolve(&Config { mode: ResolutionMode::Recursive, referring, ..Config::default() });
    assert_eq!((report.messages, report.rcode.as_str()), (8, "NOERROR"));
    let told = told(&report);
    assert_eq!(told[1].0, "dns.poly.edu");
    assert_eq!(
        told[2..],
        [("dns.poly.edu", "b.edu-servers.net", "edu."), ("b.edu-servers.net", "dns.umass.edu", "umass.edu.")]
    );
}

#[test]
fn one_server_alone_may_be_told_to_recurse() {
    let recursion = vec!["dns.poly.edu".to_owned()];
    let (report, _) = resolve(&Config { recursion, ..Config::default() });
    assert_eq!(report.messages, 8);
    let (report, _) = resolve(&Config { mode: ResolutionMode::Stub, ..Config::default() });
    assert_eq!(told(&report), [("you", "dns.poly.edu", "")], "a stub sees two messages");
}

#[test]
fn asked_again_nobody_is_asked_and_later_only_who_knows_what_ran_out() {
    let asked = Event::Ask { name: "gaia.cs.umass.edu".to_owned(), kind: "A".to_owned() };
    let (report, _) = resolve(&Config { before: vec![asked], ..Config::default() });
    let [step] = report.steps.as_slice() else { panic!("{:#?}", report.steps) };
    assert_eq!((step.over, step.outcome, report.messages), (QueryTransport::Cache, StepOutcome::Answer, 0));
    assert!(step.reason.contains("from dns.poly.edu, for another 1 h"), "{}", step.reason);

    let before = |seconds: u64| {
        let first = Event::Ask { name: "gaia.cs.umass.edu".to_owned(), kind: "A".to_owned() };
        vec![first, Event::Wait { seconds }]
    };
    // The address has run out after an hour, who serves umass.edu has not.
    let (report, _) = resolve(&Config { before: before(3_601), ..Config::default() });
    assert_eq!((told(&report).len(), told(&report)[1].2), (2, "cs.umass.edu."));
    // After a day only edu's servers are remembered, after two days nobody.
    let (report, _) = resolve(&Config { before: before(86_500), ..Config::default() });
    assert_eq!(told(&report)[1].2, "edu.");
    let (report, _) = resolve(&Config { before: before(172_900), ..Config::default() });
    assert_eq!(told(&report)[1].2, ".");
}

#[test]
fn a_cache_can_be_emptied_of_one_name_or_all() {
    let first = Event::Ask { name: "gaia.cs.umass.edu".to_owned(), kind: "A".to_owned() };
    let flush =
        |owner: &str, name: Option<&str>| Event::Flush { owner: owner.to_owned(), name: name.map(str::to_owned) };
    let asked = |before: Vec<Event>| {
        let (report, _) = resolve(&Config { before, ..Config::default() });
        told(&report).len()
    };
    assert_eq!(asked(vec![first.clone()]), 0);
    assert_eq!(asked(vec![first.clone(), flush("you", None)]), 1, "the local server still knows");
    let gaia = Some("gaia.cs.umass.edu");
    assert_eq!(asked(vec![first.clone(), flush("you", gaia), flush("dns.poly.edu", gaia)]), 2);
    assert_eq!(asked(vec![first, flush("you", None), flush("dns.poly.edu", None)]), 4);
}

#[test]
fn what_is_not_there_is_an_answer_and_remembered_too() {
    let (report, _) = resolve(&ask("nope.umass.edu"));
    assert_eq!((report.rcode.as_str(), report.answers.len(), &report.failure), ("NXDOMAIN", 0, &None));
    assert!(report.authority.iter().any(|line| line.contains(" SOA ")));
    let negative = report.caches.iter().flat_map(|cache| &cache.entries).filter(|entry| entry.negative);
    assert_eq!(negative.clone().count(), 2, "the student's cache and the local server's");
    assert!(negative.clone().all(|entry| entry.ttl_seconds == 300 && entry.value.contains("no such name")));
    let (report, _) = resolve(&Config { kinds: vec!["MX".to_owned()], ..ask("gaia.cs.umass.edu") });
    assert_eq!((report.rcode.as_str(), report.steps.last().unwrap().outcome), ("NOERROR", StepOutcome::NoData));
}

#[test]
fn aliases_addresses_and_several_types_are_followed() {
    let (report, _) = resolve(&ask("www.ibm.com"));
    assert_eq!(
        report.answers,
        ["www.ibm.com. 3600 IN CNAME servereast.backup2.ibm.com.", "servereast.backup2.ibm.com. 3600 IN A 192.0.2.131"]
    );
    let (report, _) = resolve(&ask("128.119.245.12"));
    assert_eq!(report.question.kind, "PTR");
    assert!(report.answers[0].ends_with("PTR gaia.cs.umass.edu."), "{:?}", report.answers);
    let kinds = ["A", "MX"].map(str::to_owned).to_vec();
    let (report, _) = resolve(&Config { kinds, ..ask("crepes.fr") });
    assert!(report.answers.iter().any(|line| line.contains(" MX ")), "{:?}", report.answers);
}

#[test]
fn a_dead_root_server_costs_time_and_not_the_answer() {
    let roots = LabFiles::embedded().hosts().into_iter().filter(|host| host.names[0].ends_with("root-servers.net"));
    let names: Vec<String> = roots.map(|host| host.names[0].clone()).collect();
    let alive = "m.root-servers.net";
    let off =
        names.iter().filter(|name| *name != alive).map(|name| Outage { host: name.clone(), port: None }).collect();
    let setting = Setting { off, ..Setting::default() };
    let (report, _) = resolve(&Config { setting, ..Config::default() });
    assert_eq!(report.rcode, "NOERROR", "{:#?}", report.failure);
    let silent =
        report.steps.iter().filter(|step| step.outcome == StepOutcome::TimedOut && step.asker == "dns.poly.edu");
    assert!(silent.clone().count() > 0 && silent.clone().all(|step| step.zone == "."));
    let last = report.steps.iter().find(|step| step.server == alive).unwrap();
    assert!(last.reason.contains("did not answer within"), "{}", last.reason);
}

#[test]
fn a_path_that_loses_packets_is_asked_over_again() {
    let path = Path { loss: 0.3, seed: 5, ..Path::default() };
    let (report, _) = resolve(&Config { setting: Setting { path, ..Setting::default() }, ..Config::default() });
    assert_eq!(report.rcode, "NOERROR", "{:#?}", report.steps);
    assert!(report.steps.iter().any(|step| step.outcome == StepOutcome::TimedOut));
}

#[test]
fn a_name_is_found_once_it_is_registered_and_served() {
    let (report, _) = resolve(&ask("www.networkutopia.com"));
    assert_eq!(report.rcode, "NXDOMAIN");
    let files = LabFiles::embedded();
    let com = files.zone("com").unwrap().to_text();
    let registered = format!(
        "{com}\nnetworkutopia.com. 172800 IN NS dns1.networkutopia.com.\ndns1.networkutopia.com. 172800 IN A 212.212.212.1\n"
    );
    let registers = Event::Zone { origin: "com".to_owned(), text: registered, server: None };
    // The server is there and knows nothing of the zone: lame.
    let (report, _) = resolve(&Config { before: vec![registers.clone()], ..ask("www.networkutopia.com") });
    assert_eq!(report.rcode, "SERVFAIL");
    let refused = report.steps.iter().find(|step| step.server == "dns1.networkutopia.com").unwrap();
    assert_eq!((refused.outcome, refused.rcode.as_deref()), (StepOutcome::Refused, Some("REFUSED")));
    let zone =
        "$TTL 300\n@ SOA dns1 admin 1 3600 900 604800 300\n@ NS dns1\ndns1 A 212.212.212.1\nwww A 212.212.71.4\n";
    let serves = Event::Zone {
        origin: "networkutopia.com".to_owned(),
        text: zone.to_owned(),
        server: Some("dns1.networkutopia.com".to_owned()),
    };
    let (report, _) = resolve(&Config { before: vec![registers, serves], ..ask("www.networkutopia.com") });
    assert_eq!(report.answers, ["www.networkutopia.com. 300 IN A 212.212.71.4"]);
}

#[test]
fn after_an_address_changed_clients_are_stale_until_its_ttl_runs_out() {
    let files = LabFiles::embedded();
    let changed = files.zone("somesite.com").unwrap().to_text().replace("198.51.100.80", "198.51.100.99");
    let first = Event::Ask { name: "www.somesite.com".to_owned(), kind: "A".to_owned() };
    let change = Event::Zone { origin: "somesite.com".to_owned(), text: changed, server: None };
    let asked = |wait: u64| {
        let before = vec![first.clone(), change.clone(), Event::Wait { seconds: wait }];
        resolve(&Config { before, ..ask("www.somesite.com") }).0.answers.join(" ")
    };
    assert!(asked(60).ends_with("198.51.100.80"), "stale");
    assert!(asked(90_000).ends_with("198.51.100.99"), "fresh");
}

#[test]
fn what_cannot_be_asked_is_named() {
    let failed = |config: &Config| resolve(config).0.failure.unwrap().summary;
    assert!(failed(&ask("a..b")).starts_with("a..b is not a valid name"));
    let kinds = vec!["FOO".to_owned()];
    assert!(failed(&Config { kinds, ..ask("a.b") }).starts_with("there is no record type FOO"));
    let server = Some("nobody".to_owned());
    assert_eq!(failed(&Config { server, ..ask("a.b") }), "the lab has no name server nobody");
    let long = format!("{}.example.com", "x".repeat(64));
    assert!(failed(&ask(&long)).contains("is not a valid name"));
}

#[test]
fn a_page_begins_with_its_name() {
    let config = browse::Config { resolve_names: true, ..browse::Config::default() };
    let finished = runner::run::<Browse>(&config, &Options::default()).unwrap();
    let timing = |place: usize| &finished.report.objects[place].timing.phases;
    let page = &finished.report.hops[0].timing.phases;
    let (dns, connect) = (page.dns.unwrap(), page.connect.unwrap());
    assert!(dns.duration() > Duration::from_millis(200) && dns.to == connect.from, "{page:?}");
    // The other connections find the name remembered.
    assert!((0..finished.report.objects.len()).all(|place| timing(place).dns.is_none()));
    let lookups = finished.ledger.flows().iter().filter(|flow| flow.kind == FlowKind::Lookup);
    assert_eq!(lookups.count(), 2, "the student's, and the local server's for it");
    let without = runner::run::<Browse>(&browse::Config::default(), &Options::default()).unwrap();
    assert_eq!(without.report.hops[0].timing.phases.dns, None);
}

#[test]
fn the_same_question_gives_the_same_octets() {
    let octets = || {
        let (report, ledger) = resolve(&Config { randomise_case: true, minimise: true, ..Config::default() });
        (report.steps, ledger.flows().iter().map(|flow| flow.events.clone()).collect::<Vec<_>>())
    };
    assert_eq!(octets(), octets());
}

/// RFC 1034 §5.3.3: servers below another cut come without glue, and are looked up first.
#[test]
fn a_delegation_without_glue_is_followed_by_who_recurses_too() {
    for (name, kind) in [("www.example.org", "A"), ("12.245.119.128.in-addr.arpa", "PTR")] {
        let both = [ResolutionMode::Iterated, ResolutionMode::Recursive].map(|mode| {
            let (report, _) = resolve(&Config { mode, kinds: vec![kind.to_owned()], ..ask(name) });
            assert_eq!((&report.failure, report.rcode.as_str()), (&None, "NOERROR"), "{name} {mode:?}");
            assert!(report.messages < 40, "{name} {mode:?}: {}", report.messages);
            report.answers
        });
        assert_eq!(both[0], both[1], "{name}");
        assert!(!both[0].is_empty(), "{name}");
    }
}

/// What a lossy path costs: 200 names, a fifth of all datagrams lost each way, 300 ms there and back.
#[test]
fn on_a_lossy_path_at_least_198_of_200_names_are_found() {
    let mut seconds = Vec::new();
    for seed in 1..=200 {
        let path = Path { loss: 0.2, rtt: Duration::from_millis(300), seed, ..Path::default() };
        let setting = Setting { path, ..Setting::default() };
        let (report, _) = resolve(&Config { setting, ..Config::default() });
        if report.failure.is_none() && report.answers.len() == 1 {
            seconds.push(report.seconds);
        } else {
            println!("{seed}: {:?} {:?} {}", report.failure, report.answers, report.seconds);
        }
    }
    let mean = seconds.iter().sum::<f64>() / 200.0;
    println!(
        "{} found, {mean} s on average, {:?} s at most",
        seconds.len(),
        seconds.iter().copied().fold(0.0, f64::max)
    );
    assert!(seconds.len() >= 198, "{} of 200", seconds.len());
}

/// A name server of this machine: `answer` says what comes back for a query over UDP, and over TCP.
struct OwnServer {
    at: SocketAddr,
    udp: UdpSocket,
    thread: JoinHandle<()>,
}

impl OwnServer {
    fn open(
        answer: impl Fn(&Message) -> Vec<u8> + Send + 'static,
        over_tcp: impl Fn(&Message) -> Vec<Vec<u8>> + Send + 'static,
    ) -> Self {
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
                break (udp, tcp);
            }
        };
        Self::serve(udp, tcp, answer, over_tcp)
    }

    fn serve(
        udp: UdpSocket,
        tcp: TcpListener,
        answer: impl Fn(&Message) -> Vec<u8> + Send + 'static,
        over_tcp: impl Fn(&Message) -> Vec<Vec<u8>> + Send + 'static,
    ) -> Self {
        let (at, socket) = (udp.local_addr().unwrap(), udp.try_clone().unwrap());
        let thread = thread::spawn(move || {
            let mut space = [0; 1_500];
            loop {
                let (octets, from) = socket.recv_from(&mut space).unwrap();
                // Its own end has nothing to ask: it is over.
                let Ok(asked) = Message::from_vec(&space[..octets]) else { return };
                let answer = answer(&asked);
                let truncated = answer.get(2).is_some_and(|flags| flags & 2 != 0);
                socket.send_to(&answer, from).unwrap();
                if truncated {
                    let (mut stream, _) = tcp.accept().unwrap();
                    let mut length = [0; 2];
                    stream.read_exact(&mut length).unwrap();
                    let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
                    stream.read_exact(&mut query).unwrap();
                    for message in over_tcp(&Message::from_vec(&query).unwrap()) {
                        let length = u16::try_from(message.len()).unwrap().to_be_bytes();
                        stream.write_all(&[&length[..], &message].concat()).unwrap();
                    }
                }
            }
        });
        Self { at, udp, thread }
    }

    fn ask(&self, mode: ResolutionMode) -> Report {
        let setting = Setting { world: WorldChoice::Internet, ..Setting::default() };
        let server = Some(self.at.to_string());
        resolve(&Config { mode, server, setting, ..ask("www.example.org") }).0
    }

    fn close(self) {
        self.udp.send_to(b"", self.at).unwrap();
        self.thread.join().unwrap();
    }
}

fn response(asked: &Message, code: ResponseCode, answers: &[&str]) -> Message {
    let mut message = Message::response(asked.metadata.id, OpCode::Query);
    (message.metadata.authoritative, message.metadata.response_code) = (true, code);
    message.add_queries(asked.queries.iter().cloned());
    message.answers = answers.iter().map(|line| record_from_line(line).unwrap()).collect();
    message
}

const ANSWER: &str = "www.example.org. 60 IN A 192.0.2.80";

#[test]
fn what_a_server_says_instead_of_an_answer_is_told_in_the_same_words_in_every_mode() {
    for (code, told) in [
        (ResponseCode::ServFail, "127.0.0.1 answered SERVFAIL: it could not find out"),
        (ResponseCode::FormErr, "127.0.0.1 answered FORMERR: it could not read the query"),
        (ResponseCode::NotImp, "127.0.0.1 answered NOTIMP: it does not know this kind of query"),
        (ResponseCode::Refused, "127.0.0.1 answered REFUSED: it does not answer this question, or not to this host"),
    ] {
        let server = OwnServer::open(move |asked| response(asked, code, &[]).to_vec().unwrap(), |_| Vec::new());
        for mode in ResolutionMode::ALL {
            let report = server.ask(mode);
            let failure = report.failure.expect("a failure");
            assert_eq!(
                (failure.summary.as_str(), failure.clause.as_deref()),
                (told, Some("RFC 1035 §4.1.1")),
                "{mode:?}"
            );
            let messages = if matches!(code, ResponseCode::FormErr | ResponseCode::NotImp) { 4 } else { 2 };
            assert_eq!(report.messages, messages, "{mode:?} {code}: as many as were sent");
        }
        server.close();
    }
}

/// In the lab, too: a server is asked for what it does not serve.
#[test]
fn a_server_of_the_lab_that_refuses_is_named() {
    for mode in [ResolutionMode::Stub, ResolutionMode::Recursive] {
        let server = Some("dns.umass.edu".to_owned());
        let (report, _) = resolve(&Config { mode, server, ..ask("www.example.org") });
        let failure = report.failure.expect("a failure").summary;
        assert!(failure.starts_with("dns.umass.edu answered REFUSED"), "{mode:?}: {failure}");
    }
    let off = vec![Outage { host: "dns.poly.edu".to_owned(), port: None }];
    let (report, _) = resolve(&Config { setting: Setting { off, ..Setting::default() }, ..Config::default() });
    assert_eq!(report.failure.expect("a failure").summary, "nothing came back from dns.poly.edu");
}

/// RFC 5452 §9.1: over TCP as well, a message with another id is no answer, and the right one still comes.
#[test]
fn over_tcp_a_message_with_another_id_does_not_end_the_wait() {
    let cut_off = |asked: &Message| {
        let mut message = response(asked, ResponseCode::NoError, &[]);
        message.metadata.truncation = true;
        message.to_vec().unwrap()
    };
    let two = |asked: &Message| {
        let good = response(asked, ResponseCode::NoError, &[ANSWER]);
        let mut foreign = response(asked, ResponseCode::NoError, &["www.example.org. 60 IN A 203.0.113.66"]);
        foreign.metadata.id ^= 1;
        vec![foreign.to_vec().unwrap(), good.to_vec().unwrap()]
    };
    let server = OwnServer::open(cut_off, two);
    for mode in ResolutionMode::ALL {
        let report = server.ask(mode);
        assert_eq!((report.answers.as_slice(), &report.failure), (&[ANSWER.to_owned()][..], &None), "{mode:?}");
        let [_, over_tcp] = report.steps.as_slice() else { panic!("{mode:?}: {:#?}", report.steps) };
        assert_eq!(over_tcp.over, QueryTransport::Tcp);
        let [ignored] = over_tcp.ignored.as_slice() else { panic!("{over_tcp:#?}") };
        assert_eq!(ignored.rule, "its id is not this query's");
    }
    server.close();
}

/// RFC 6761 §6.3, RFC 7686 §2: nothing leaves the machine, whoever is to walk.
#[test]
fn localhost_and_onion_never_leave() {
    for mode in ResolutionMode::ALL {
        let (report, _) = resolve(&Config { mode, ..ask("localhost") });
        assert_eq!((report.messages, report.answers.as_slice()), (0, &["localhost. 0 IN A 127.0.0.1".to_owned()][..]));
        let (report, _) = resolve(&Config { mode, ..ask("abcdefghijklmnop.onion") });
        assert_eq!((report.messages, report.rcode.as_str(), &report.failure), (0, "NXDOMAIN", &None));
    }
}

#[test]
fn servers_that_never_answer_are_told_within_seconds() {
    // The system takes the datagrams, and nobody reads them.
    let silent = UdpSocket::bind("0.0.0.0:0").unwrap();
    let hints = (2..=14).map(|last| (format!("{last}.root."), std::net::IpAddr::from([127, 0, 0, last]))).collect();
    let setting = Setting { world: WorldChoice::Internet, ..Setting::default() };
    let port = silent.local_addr().unwrap().port();
    let (report, ledger) = resolve(&Config { hints, port, setting, ..Config::default() });
    let failure = report.failure.unwrap();
    assert!(failure.summary.contains("none of the root's servers could be reached"), "{failure}");
    assert!(report.steps.len() > 3, "several were asked: {:?}", report.steps);
    assert!(ledger.ends_at() < Duration::from_secs(10), "{:?}", ledger.ends_at());
    assert!(ledger.flows().iter().all(|flow| flow.state != FlowState::Live));
}

/// A zone whose name server has an IPv6 address alone; its parent's servers have both. RFC 3596 §2.1.
#[test]
fn a_name_server_at_an_ipv6_address_is_asked_there() {
    let Ok(probe) = UdpSocket::bind("[::1]:0") else {
        println!("passed over: this machine has no IPv6");
        return;
    };
    drop(probe);
    let on_both = || {
        let six = UdpSocket::bind("[::1]:0").ok()?;
        let port = six.local_addr().ok()?.port();
        let four = UdpSocket::bind(("127.0.0.1", port)).ok()?;
        Some((six, TcpListener::bind(("::1", port)).ok()?, four, TcpListener::bind(("127.0.0.1", port)).ok()?))
    };
    let (six, tcp_six, four, tcp_four) = (0..100).find_map(|_| on_both()).expect("a port free on both");
    // Questions are minimised: only who serves `org.` is asked for more than that.
    let answer = |asked: &Message| {
        let question = &asked.queries[0];
        let (name, is_top) = (question.name().to_string(), question.name().num_labels() == 1);
        let mut message =
            response(asked, ResponseCode::NoError, if name == "www.example.org." { &[ANSWER] } else { &[] });
        if is_top {
            message.metadata.authoritative = false;
            message.authorities = vec![record_from_line("org. 60 IN NS ns.org.").unwrap()];
            message.additionals = vec![record_from_line("ns.org. 60 IN AAAA ::1").unwrap()];
        } else if name != "www.example.org." {
            message.authorities = vec![record_from_line("org. 60 IN SOA ns.org. x. 1 1 1 1 60").unwrap()];
        }
        message.to_vec().unwrap()
    };
    let port = six.local_addr().unwrap().port();
    let servers = [
        OwnServer::serve(six, tcp_six, answer, |_| Vec::new()),
        OwnServer::serve(four, tcp_four, answer, |_| Vec::new()),
    ];
    let hints = ["127.0.0.1", "::1"].map(|ip| ("a.root.".to_owned(), ip.parse().unwrap())).to_vec();
    let setting = Setting { world: WorldChoice::Internet, ..Setting::default() };
    let (report, _) = resolve(&Config { hints, port, minimise: true, prime: false, setting, ..ask("www.example.org") });
    servers.into_iter().for_each(OwnServer::close);
    assert_eq!((report.answers.as_slice(), &report.failure), (&[ANSWER.to_owned()][..], &None), "{:#?}", report.steps);
    let of_org = report.steps.iter().filter(|step| step.zone == "org.");
    assert!(of_org.clone().count() >= 2 && of_org.clone().all(|step| step.server == "ns.org"), "{:#?}", report.steps);
    assert!(of_org.clone().all(|step| step.ip_port.is_some_and(|to| to.ip() == std::net::Ipv6Addr::LOCALHOST)));
}
