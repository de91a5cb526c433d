//! Runs a scenario: its ranges are the servers, the clock is ours.

use std::{collections::BTreeSet, net::IpAddr, sync::Arc, time::Duration};

use roundtrip::proto::dns::{
    DNSClass, Edns, Message, MessageType, Name, OpCode, Record, ResponseCode,
    cache::Cache,
    iterate::{Hint, Memory, Resolution, ResolutionAction, Settings, Token},
    limits::QUERIES,
    service::{self, ClientMessage},
    text,
    trace::QueryTransport,
};

use super::reader::{Entry, Scenario, Step, What};

/// A way there and back: these servers are next door, as their authors' clocks count seconds.
const RTT: Duration = Duration::ZERO;

pub(super) fn run(scenario: &Scenario) -> Result<(), String> {
    let settings = Arc::new(settings(scenario)?);
    let mut memory = Memory::new(Cache::default(), 1);
    let mut now = Duration::from_secs(1);
    let mut last: Option<Message> = None;
    for (place, Step { number, what }) in scenario.steps.iter().enumerate() {
        // A query is worked on until the next step.
        let next = scenario.steps.get(place + 1).map_or(*number, |next| next.number);
        match what {
            What::Nothing => {}
            What::TimePasses(seconds) => now += *seconds,
            What::Query(entry) => {
                let query = message(entry, 4711);
                let ClientMessage::Query(wanted) = service::read_message(&query.to_vec().expect("octets")) else {
                    return Err(format!("step {number}: our own query is no query"));
                };
                let mut resolution = Resolution::new(Arc::clone(&settings), &wanted.name, wanted.kind);
                now = resolve(&mut resolution, &mut memory, scenario, next, now);
                let answer = resolution.answer().ok_or_else(|| format!("step {number}: no end"))?;
                last = Some(wanted.message(answer));
            }
            What::CheckAnswer(entry) => {
                let got = last.as_ref().ok_or_else(|| format!("step {number}: nothing was asked"))?;
                check(entry, got).map_err(|wrong| format!("step {number}: {wrong}"))?;
            }
        }
    }
    Ok(())
}

fn settings(scenario: &Scenario) -> Result<Settings, String> {
    let mut hints = Vec::new();
    let mut zone = Name::root();
    for (key, value) in &scenario.config {
        let value = value.trim();
        match key.as_str() {
            "name" => zone = text::name_from_text(value, &Name::root()).map_err(|error| format!("{value}: {error}"))?,
            "stub-addr" => {
                let ip: IpAddr = value.parse().map_err(|_wrong| format!("no address: {value}"))?;
                hints.push(Hint { zone: zone.clone(), server: text::reverse_name(ip), ips: vec![ip] });
            }
            _ => {}
        }
    }
    let is = |key: &str, usual: bool| scenario.set(key).map_or(usual, |value| matches!(value, "yes" | "on"));
    Ok(Settings {
        asker: "resolver".to_owned(),
        hints,
        hints_stay: true,
        take_servers: scenario.set("iter-scrub-promiscuous") == Some("no"),
        queries: scenario.set("max-global-quota").and_then(|most| most.parse().ok()).unwrap_or(QUERIES),
        minimise: is("qname-minimisation", true) && is("query-minimization", true),
        ipv4: is("do-ip4", true),
        ipv6: is("do-ip6", true),
        ..Settings::default()
    })
}

fn resolve(
    resolution: &mut Resolution,
    memory: &mut Memory,
    scenario: &Scenario,
    step: u32,
    begun: Duration,
) -> Duration {
    let mut now = begun;
    let mut coming: Vec<(Duration, Token, Vec<u8>)> = Vec::new();
    loop {
        match resolution.next(memory, now) {
            ResolutionAction::Done => return now,
            ResolutionAction::Forget(token) => coming.retain(|(_, other, _)| *other != token),
            ResolutionAction::Send(query) => {
                let asked = Message::from_vec(&query.octets).expect("our own query");
                if let Some(reply) = reply_of(scenario, step, query.to.ip(), &asked, query.over) {
                    coming.push((now + RTT, query.token, reply.to_vec().expect("octets")));
                }
            }
            ResolutionAction::WaitUntil(until) => {
                coming.sort_by_key(|(at, token, _)| (*at, *token));
                match coming.first().filter(|(at, ..)| *at <= until).cloned() {
                    Some((at, token, octets)) => {
                        coming.remove(0);
                        now = now.max(at);
                        resolution.receive(memory, token, &octets, now);
                    }
                    None => now = until,
                }
            }
        }
        assert!(now < begun + Duration::from_mins(10), "the resolution does not end");
    }
}

fn reply_of(scenario: &Scenario, step: u32, to: IpAddr, asked: &Message, over: QueryTransport) -> Option<Message> {
    let active = |from: u32, until: u32| (from..=until).contains(&step);
    let ranges = scenario.ranges.iter().filter(|range| active(range.from, range.to) && range.ips.contains(&to));
    let entry = ranges.flat_map(|range| &range.entries).find(|entry| fits(entry, asked, over))?;
    let mut reply = message(entry, asked.metadata.id);
    if entry.adjusts.contains("copy_query") {
        reply.queries.clone_from(&asked.queries);
    }
    // Servers repeat the question as it was asked.
    if reply.queries.first().is_some_and(|question| asked.queries.first() == Some(question)) {
        reply.queries.clone_from(&asked.queries);
    }
    Some(reply)
}

fn fits(entry: &Entry, asked: &Message, over: QueryTransport) -> bool {
    let Some(wanted) = &entry.question else { return true };
    let Some(question) = asked.queries.first() else { return false };
    entry.matches.iter().all(|what| match what.as_str() {
        "qname" => question.name() == wanted.name(),
        "qtype" => question.query_type() == wanted.query_type(),
        "question" => question == wanted,
        "subdomain" => wanted.name().zone_of(question.name()),
        "TCP" => over == QueryTransport::Tcp,
        "UDP" => over == QueryTransport::Udp,
        _ => true,
    })
}

fn message(entry: &Entry, id: u16) -> Message {
    let has = |flag: &str| entry.reply.contains(flag);
    let kind = if has("QR") { MessageType::Response } else { MessageType::Query };
    let mut message = Message::new(id, kind, OpCode::Query);
    message.metadata.authoritative = has("AA");
    message.metadata.truncation = has("TC");
    message.metadata.recursion_desired = has("RD");
    message.metadata.recursion_available = has("RA");
    message.metadata.authentic_data = has("AD");
    message.metadata.checking_disabled = has("CD");
    let codes = [
        ("FORMERR", ResponseCode::FormErr),
        ("SERVFAIL", ResponseCode::ServFail),
        ("NXDOMAIN", ResponseCode::NXDomain),
        ("NOTIMP", ResponseCode::NotImp),
        ("REFUSED", ResponseCode::Refused),
        ("YXDOMAIN", ResponseCode::YXDomain),
    ];
    let code = codes.iter().find(|(name, _)| has(name)).map_or(ResponseCode::NoError, |(_, code)| *code);
    message.metadata.response_code = code;
    if has("DO") {
        let mut edns = Edns::new();
        edns.set_dnssec_ok(true).set_max_payload(4096);
        message.set_edns(edns);
    }
    message.add_queries(entry.question.clone());
    message.answers.clone_from(&entry.answer);
    message.authorities.clone_from(&entry.authority);
    message.additionals.clone_from(&entry.additional);
    message
}

fn check(entry: &Entry, got: &Message) -> Result<(), String> {
    let wanted = message(entry, got.metadata.id);
    let all = entry.matches.contains("all");
    let minds = |what: &str| all || entry.matches.contains(what);
    let ttl = entry.matches.contains("ttl");
    if (minds("rcode")) && wanted.metadata.response_code != got.metadata.response_code {
        let (wanted, got) = (wanted.metadata.response_code, got.metadata.response_code);
        return Err(format!("{got:?} where {wanted:?} belongs"));
    }
    if minds("flags") {
        let flags = |message: &Message| {
            let header = &message.metadata;
            (header.authoritative, header.truncation, header.recursion_desired, header.recursion_available)
        };
        if flags(&wanted) != flags(got) {
            return Err(format!("flags (AA, TC, RD, RA) {:?} where {:?} belong", flags(got), flags(&wanted)));
        }
    }
    if minds("question") && wanted.queries != got.queries {
        return Err("another question".to_owned());
    }
    let sections = [
        ("answer", &wanted.answers, &got.answers),
        ("authority", &wanted.authorities, &got.authorities),
        ("additional", &wanted.additionals, &got.additionals),
    ];
    for (name, wanted, got) in sections {
        let (wanted, got) = (lines(wanted, ttl), lines(got, ttl));
        if minds(name) && wanted != got {
            return Err(format!("{name} is {got:#?} where {wanted:#?} belongs"));
        }
    }
    Ok(())
}

fn lines(records: &[Record], with_ttl: bool) -> BTreeSet<String> {
    let line = |record: &Record| {
        let ttl = if with_ttl { record.ttl } else { 0 };
        let mut record = Record::from_rdata(record.name.clone(), ttl, record.data.clone());
        record.dns_class = DNSClass::IN;
        text::record_line(&record).to_lowercase()
    };
    records.iter().map(line).collect()
}
