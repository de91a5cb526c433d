//! Resolutions as the engine reports them, made up for tests and pictures, with the octets that crossed.

use std::{net::SocketAddr, str::FromStr as _, time::Duration};

use crate::{
    engine::resolve::{CacheEntry, CacheTable, Config, LevelLoad, Report, ResolutionMode},
    proto::dns::{
        DNSClass, Message, Name, OpCode, Query, RecordType, ResponseCode,
        text::record_from_line,
        trace::{DnsQuestion, IgnoredRecord, Purpose, QueryTransport, Referral, ResolutionStep, StepOutcome},
    },
    wire::{End, Ends, Entry, EventContent, FlowId, FlowKind, FlowState, Layer, Ledger, Octets, Side, WireEvent},
};

/// `cis.poly.edu` asks its local name server for `gaia.cs.umass.edu`: the notes' eight messages.
pub(in crate::app::tabs::dns) fn gaia() -> Vec<ResolutionStep> {
    let mut steps = vec![
        step("cis.poly.edu", "dns.poly.edu", "10.0.0.53", "", (0, 78)).desired().answered(GAIA),
        step("dns.poly.edu", "a.root-servers.net", "198.41.0.4", ".", (2, 15))
            .refers("edu.", &[("a.edu-servers.net.", "192.5.6.30"), ("b.edu-servers.net.", "192.33.14.30")]),
        step("dns.poly.edu", "a.edu-servers.net", "192.5.6.30", "edu.", (15, 41))
            .refers("umass.edu.", &[("dns1.umass.edu.", "128.119.240.1"), ("dns2.umass.edu.", "128.119.240.2")]),
        step("dns.poly.edu", "dns1.umass.edu", "128.119.240.1", "umass.edu.", (41, 76)).answered(GAIA).by_authority(),
    ];
    steps[1].reason = "nothing is known about edu. or any name below: the search begins at the root".to_owned();
    steps[2].reason = "the root's referral named it for edu. and gave its address (glue)".to_owned();
    steps[3].reason = "edu.'s referral named it for umass.edu. and gave its address (glue)".to_owned();
    numbered(steps)
}

/// The same, every server asking the next.
pub(super) fn recursive() -> Vec<ResolutionStep> {
    let ends = [(0, 78), (2, 76), (8, 70), (20, 58)];
    let mut steps = gaia();
    let askers = ["cis.poly.edu", "dns.poly.edu", "a.root-servers.net", "a.edu-servers.net"];
    for ((step, (sent, ended)), asker) in steps.iter_mut().zip(ends).zip(askers) {
        asker.clone_into(&mut step.asker);
        step.sent_at = millis(sent);
        step.ended_at = Some(millis(ended));
        step.recursion_desired = true;
        (step.outcome, step.referral, step.answers) = (StepOutcome::Answer, None, vec![GAIA.to_owned()]);
    }
    steps
}

/// An alias, a name server without glue, two servers that say nothing, something that was not believed.
pub(super) fn troubled() -> Vec<ResolutionStep> {
    let ask = |server: &str, ip: &str, zone: &str, times| step("dns.poly.edu", server, ip, zone, times);
    let mut steps = vec![
        step("cis.poly.edu", "dns.poly.edu", "10.0.0.53", "", (0, 2_460)).desired(),
        ask("dns.poly.edu", "10.0.0.53", ".", (2, 2)).known(),
        ask("a.edu-servers.net", "192.5.6.30", "edu.", (2, 30))
            .refers("uni.edu.", &[("ns1.uni.edu.", "203.0.113.1"), ("ns2.uni.edu.", "203.0.113.2")]),
        ask("ns1.uni.edu", "203.0.113.1", "uni.edu.", (30, 830)).silent(),
        ask("ns2.uni.edu", "203.0.113.2", "uni.edu.", (830, 860))
            .answered("www.uni.edu. 300 IN CNAME web.hosting.example."),
        ask("a.root-servers.net", "198.41.0.4", ".", (860, 875))
            .refers("example.", &[("a.example-servers.net.", "192.0.2.30")]),
        ask("a.example-servers.net", "192.0.2.30", "example.", (875, 900))
            .refers("hosting.example.", &[("ns1.hosting.net.", "")]),
        ask("a.gtld-servers.net", "192.5.6.31", "net.", (900, 925))
            .refers("hosting.net.", &[("ns9.hosting.net.", "198.51.100.9")]),
        ask("ns9.hosting.net", "198.51.100.9", "hosting.net.", (925, 960))
            .answered("ns1.hosting.net. 60 IN A 198.51.100.1"),
        ask("ns1.hosting.net", "198.51.100.1", "hosting.example.", (960, 1_760)).silent(),
        ask("ns1.hosting.net", "198.51.100.1", "hosting.example.", (1_760, 1_800))
            .answered("web.hosting.example. 20 IN A 198.51.100.80"),
    ];
    for step in &mut steps {
        step.question.name = "www.uni.edu.".to_owned();
    }
    for place in [5, 6, 9, 10] {
        steps[place].question.name = "web.hosting.example.".to_owned();
    }
    for place in [7, 8] {
        steps[place].question.name = "ns1.hosting.net.".to_owned();
        steps[place].purpose = Purpose::ServerAddress { server: "ns1.hosting.net.".to_owned() };
    }
    steps[4].outcome = StepOutcome::Alias;
    steps[4].authoritative = true;
    steps[10].authoritative = true;
    steps[10].ignored.push(IgnoredRecord {
        what: "www.bank.example. 86400 IN A 198.51.100.66".to_owned(),
        rule: "the server speaks for hosting.example. only, and this name lies outside".to_owned(),
        clause: Some("RFC 2181 §5.4.1".to_owned()),
        times: 1,
    });
    let mut steps = numbered(steps);
    steps[0].outcome = StepOutcome::Answer;
    steps[0].rcode = Some("NOERROR".to_owned());
    steps[0].answers = [&steps[4].answers[..], &steps[10].answers[..]].concat();
    for (place, parent) in [(5, 5), (6, 6), (7, 7), (8, 8), (9, 7), (10, 10)] {
        steps[place].parent = Some(parent);
    }
    steps
}

/// An iterative resolution over `count` servers of as many zones.
pub(super) fn many(count: u32) -> Vec<ResolutionStep> {
    let seeds: Vec<_> = (0..count).map(|at| (0, at, 0, u8::try_from(at % 5).unwrap(), false)).collect();
    random(&seeds)
}

/// Whatever steps `seeds` make: asker, server, what came of it, how deep, whether for a server's address.
pub(super) fn random(seeds: &[(u32, u32, u8, u8, bool)]) -> Vec<ResolutionStep> {
    let mut steps = Vec::new();
    for (at, (asker, server, outcome, deep, side)) in (0_u32..).zip(seeds) {
        let zone = if *deep == 0 { ".".to_owned() } else { "a.".repeat(usize::from(*deep)) };
        let zone = if *deep == 11 { String::new() } else { zone };
        let times = (u64::from(at) * 3, u64::from(at) * 3 + 40);
        let mut one = step(&format!("asker{asker}"), &format!("server{server}.net"), "10.1.1.1", &zone, times);
        one = match outcome {
            0 | 1 => one.refers("edu.", &[("a.edu.", "10.0.0.1")]),
            2 => one.answered("a.edu. 60 IN CNAME b.edu."),
            3 => one.silent(),
            4 => one.known(),
            _ => one.answered(GAIA),
        };
        if *outcome == 2 {
            one.outcome = StepOutcome::Alias;
        }
        one.question.name = format!("name{}.edu.", server % 7);
        if *side {
            one.purpose = Purpose::ServerAddress { server: format!("ns{}.net.", server % 9) };
        }
        steps.push(one);
    }
    numbered(steps)
}

/// The report of some steps, and the record that goes with it; the steps are told in which flow each is.
pub(super) fn report(mut steps: Vec<ResolutionStep>) -> (Report, Ledger) {
    let ledger = record(&mut steps);
    let question = steps.first().map_or_else(|| asked("gaia.cs.umass.edu."), |step| step.question.clone());
    let answers = steps.first().map(|step| step.answers.clone()).unwrap_or_default();
    let ends = steps.iter().filter_map(|step| step.ended_at).max().unwrap_or_default();
    let answered = steps.iter().filter(|step| step.over != QueryTransport::Cache && step.rtt_seconds.is_some()).count();
    let sent = steps.iter().filter(|step| step.over != QueryTransport::Cache).count();
    let load = |level: &str, queries| LevelLoad { level: level.to_owned(), queries };
    let config = Config { name: question.name.trim_end_matches('.').to_owned(), ..Config::default() };
    let report = Report {
        experiment: "resolve".to_owned(),
        config,
        question,
        mode: ResolutionMode::Iterated,
        provenance: "measured in the lab, textbook TCP, virtual time".to_owned(),
        flow: FlowId(0),
        rcode: "NOERROR".to_owned(),
        answers,
        authority: Vec::new(),
        seconds: ends.as_secs_f64(),
        messages: u32::try_from(sent + answered).unwrap(),
        load: vec![load("local", 1), load("root", 1), load("TLD", 1), load("authoritative", 1)],
        caches: caches(),
        warnings: Vec::new(),
        failure: None,
        steps,
    };
    (report, ledger)
}

/// What the notes' local name server has learned.
fn caches() -> Vec<CacheTable> {
    let entry = |name: &str, kind: &str, value: &str, (ttl, left), credibility: &str, from: &str| CacheEntry {
        name: name.to_owned(),
        kind: kind.to_owned(),
        value: value.to_owned(),
        ttl_seconds: ttl,
        left_seconds: left,
        credibility: credibility.to_owned(),
        learned_from: from.to_owned(),
        negative: value.starts_with("no such"),
    };
    let root = "referral from a.root-servers.net";
    let edu = "referral from a.edu-servers.net";
    let local = vec![
        entry("edu.", "NS", "a.edu-servers.net.", (172_800, 172_799.9), "referral", root),
        entry("edu.", "NS", "b.edu-servers.net.", (172_800, 172_799.9), "referral", root),
        entry("a.edu-servers.net.", "A", "192.5.6.30", (172_800, 172_799.9), "glue", root),
        entry("umass.edu.", "NS", "dns1.umass.edu.", (172_800, 172_799.9), "referral", edu),
        entry("dns1.umass.edu.", "A", "128.119.240.1", (172_800, 172_799.9), "glue", edu),
        entry("gaia.cs.umass.edu.", "A", "128.119.245.12", (3_600, 3_598.0), "answer, authoritative", "dns1.umass.edu"),
        entry("nope.umass.edu.", "", "no such name", (300, 252.0), "answer, authoritative", "dns1.umass.edu"),
    ];
    let you = vec![entry("gaia.cs.umass.edu.", "A", "128.119.245.12", (3_600, 3_598.0), "answer", "dns.poly.edu")];
    let table = |owner: &str, entries| CacheTable { owner: owner.to_owned(), entries };
    vec![table("dns.poly.edu", local), table("cis.poly.edu", you)]
}

const GAIA: &str = "gaia.cs.umass.edu. 3600 IN A 128.119.245.12";

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn asked(name: &str) -> DnsQuestion {
    DnsQuestion { name: name.to_owned(), kind: "A".to_owned() }
}

fn step(asker: &str, server: &str, ip: &str, zone: &str, (sent, ended): (u64, u64)) -> ResolutionStep {
    ResolutionStep {
        ip_port: Some(SocketAddr::new(ip.parse().unwrap(), 53)),
        zone: zone.to_owned(),
        ended_at: Some(millis(ended)),
        rtt_seconds: Some(millis(ended - sent).as_secs_f64()),
        outcome: StepOutcome::Answer,
        rcode: Some("NOERROR".to_owned()),
        reason: format!("{server} is the closest known name server"),
        clause: Some("RFC 1034 §5.3.3".to_owned()),
        ..ResolutionStep::begun(asker, server, asked("gaia.cs.umass.edu."), QueryTransport::Udp, millis(sent))
    }
}

/// Steps in their order, each led to by the one before.
fn numbered(mut steps: Vec<ResolutionStep>) -> Vec<ResolutionStep> {
    for (number, step) in (1..).zip(&mut steps) {
        step.number = number;
        step.parent = (number > 2).then_some(number - 1);
    }
    steps
}

impl ResolutionStep {
    fn answered(mut self, line: &str) -> Self {
        self.answers = vec![line.to_owned()];
        self
    }

    fn by_authority(mut self) -> Self {
        self.authoritative = true;
        self
    }

    fn desired(mut self) -> Self {
        (self.recursion_desired, self.recursion_available) = (true, true);
        self
    }

    fn refers(mut self, zone: &str, servers: &[(&str, &str)]) -> Self {
        self.outcome = StepOutcome::Referral;
        self.referral = Some(Referral {
            zone: zone.to_owned(),
            servers: servers.iter().map(|(name, _)| (*name).to_owned()).collect(),
            glue: servers.iter().filter(|(_, ip)| !ip.is_empty()).map(|(name, ip)| format!("{name} {ip}")).collect(),
        });
        self
    }

    fn silent(mut self) -> Self {
        (self.outcome, self.rcode, self.rtt_seconds) = (StepOutcome::TimedOut, None, None);
        self
    }

    fn known(mut self) -> Self {
        (self.over, self.ip_port, self.rtt_seconds) = (QueryTransport::Cache, None, None);
        self.outcome = StepOutcome::Referral;
        self
    }
}

/// The octets of all steps: a flow each.
fn record(steps: &mut [ResolutionStep]) -> Ledger {
    let mut ledger = Ledger::default();
    let end = |name: &str, ip_port| End { name: name.to_owned(), ip_port };
    let ends = Ends { client: end("you", None), server: end("", None) };
    let (kind, at) = (FlowKind::Lookup, Duration::ZERO);
    ledger.apply(Entry::Opened { id: FlowId(0), parent: None, kind, title: "gaia".to_owned(), ends, at });
    for (id, step) in (1..).map(FlowId).zip(steps.iter_mut()) {
        if step.over == QueryTransport::Cache {
            continue;
        }
        step.flow = Some(id);
        let ends = Ends { client: end(&step.asker, None), server: end(&step.server, step.ip_port) };
        let (parent, kind, at) = (Some(FlowId(0)), FlowKind::Datagrams, step.sent_at);
        ledger.apply(Entry::Opened { id, parent, kind, title: step.question.name.clone(), ends, at });
        let mut say = |from, at, message: &Message| {
            let bytes = message.to_vec().unwrap();
            let octets = Octets { bytes: bytes.clone().into(), masked: None, omitted: 0 };
            let event =
                WireEvent { at, from, layer: Layer::Datagram, content: EventContent::Octets(octets), transit: None };
            ledger.apply(Entry::Event { id, event });
            bytes.len() as u64
        };
        step.octets[0] = say(Side::Client, step.sent_at, &query(step));
        if let Some(ended) = step.ended_at.filter(|_| step.rtt_seconds.is_some()) {
            step.octets[1] = say(Side::Server, ended, &reply(step));
        }
        ledger.apply(Entry::Ended { id, at: step.ended_at.unwrap_or_default(), state: FlowState::Closed });
    }
    let at = steps.iter().filter_map(|step| step.ended_at).max().unwrap_or_default();
    ledger.apply(Entry::Ended { id: FlowId(0), at, state: FlowState::Closed });
    ledger
}

fn query(step: &ResolutionStep) -> Message {
    let id = u16::try_from(0x7c1e + step.number * 257 % 4_096).unwrap();
    let mut message = Message::query();
    message.metadata.id = id;
    message.metadata.op_code = OpCode::Query;
    message.metadata.recursion_desired = step.recursion_desired;
    let mut question = Query::query(Name::from_str(&step.question.name).unwrap(), RecordType::A);
    question.set_query_class(DNSClass::IN);
    message.add_query(question);
    message
}

fn reply(step: &ResolutionStep) -> Message {
    let mut message = query(step);
    message.metadata.message_type = crate::proto::dns::MessageType::Response;
    message.metadata.authoritative = step.authoritative;
    message.metadata.recursion_available = step.recursion_available;
    message.metadata.response_code = ResponseCode::NoError;
    for line in &step.answers {
        message.add_answer(record_from_line(line).unwrap());
    }
    if let Some(referral) = &step.referral {
        for server in &referral.servers {
            let line = format!("{} 172800 IN NS {server}", referral.zone);
            message.add_authority(record_from_line(&line).unwrap());
        }
        for glue in &referral.glue {
            let line = glue.replacen(' ', " 172800 IN A ", 1);
            message.add_additional(record_from_line(&line).unwrap());
        }
    }
    message
}
