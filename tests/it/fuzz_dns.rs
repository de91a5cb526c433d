//! DNS messages grown from valid ones by mutation, through everything that takes messages from strangers: the decoder, the local name
//! server's ear, the authority, the lens, and the resolver.
//!
//! The short run is a test like others. `cargo test --test it -- --ignored fuzz_dns_messages` goes on for as many seconds as
//! `FUZZ_SECONDS` says (60), from the seed `FUZZ_SEED`; what fails is printed as octets.
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "it runs for a time, and says how far it came")]

use std::{
    collections::HashSet,
    env,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::{Duration, Instant},
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use roundtrip::{
    lens::{FieldNode, dns::Reading},
    proto::dns::{
        DNSClass, Edns, Message, MessageType, Name, OpCode, Query, RecordType, ResponseCode,
        authority::{Authority, Policy, Transport},
        cache::Cache,
        iterate::{Hint, Memory, Resolution, ResolutionAction, ResolutionAnswer, Settings},
        limits,
        service::{self, ClientMessage},
        text::{name_from_text, record_from_line, type_from_text},
        zone::Zone,
    },
};

const ZONE: &str = "$TTL 300
@ IN SOA ns1 admin 1 1800 900 604800 300
@ IN NS ns1
@ IN MX 10 www
ns1 IN A 192.0.2.1
www IN A 192.0.2.2
www IN AAAA 2001:db8::2
alias IN CNAME www
*.wild IN TXT \"a\" \"b\"
old IN DNAME new
below IN NS ns.below
ns.below IN A 192.0.2.3
";
/// What may be asked, and answered.
const NAMES: &[&str] = &[
    "www.school.lab.",
    "school.lab.",
    "alias.school.lab.",
    "a.wild.school.lab.",
    "x.old.school.lab.",
    "x.below.school.lab.",
    "missing.lab.",
    ".",
    "version.bind.",
];
const KINDS: &[&str] =
    &["A", "AAAA", "NS", "CNAME", "SOA", "MX", "TXT", "PTR", "SRV", "ANY", "DS", "AXFR", "OPT", "TYPE65400", "DNAME"];
const RECORDS: &[&str] = &[
    "www.school.lab. 60 IN A 192.0.2.80",
    "www.school.lab. 60 IN AAAA 2001:db8::80",
    "school.lab. 60 IN NS ns1.school.lab.",
    "lab. 60 IN NS ns.lab.",
    "ns.lab. 60 IN A 192.0.2.9",
    "ns1.school.lab. 60 IN A 192.0.2.1",
    "alias.school.lab. 60 IN CNAME www.school.lab.",
    "old.school.lab. 60 IN DNAME new.school.lab.",
    "school.lab. 60 IN SOA ns1.school.lab. admin.school.lab. 1 2 3 4 5",
    "school.lab. 60 IN MX 10 www.school.lab.",
    "a.wild.school.lab. 60 IN TXT \"a\" \"b\"",
    "_x._tcp.school.lab. 60 IN SRV 1 2 3 www.school.lab.",
    "2.2.0.192.in-addr.arpa. 60 IN PTR www.school.lab.",
    "www.school.lab. 60 IN TYPE65400 \\# 3 616263",
];

/// Inputs kept because they led somewhere new.
const KEPT: usize = 20_000;

#[test]
fn for_a_moment() {
    fuzz(1, |rounds| rounds < 3_000);
}

#[test]
#[ignore = "goes on for a minute, or as long as FUZZ_SECONDS says"]
fn fuzz_dns_messages() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let limit = Duration::from_secs(number("FUZZ_SECONDS").unwrap_or(60));
    let begun = Instant::now();
    fuzz(number("FUZZ_SEED").unwrap_or_else(rand::random), |_| begun.elapsed() < limit);
}

fn fuzz(seed: u64, goes_on: impl Fn(usize) -> bool) {
    let mut draws = StdRng::seed_from_u64(seed);
    let zone = Zone::read(ZONE, &named("school.lab.")).unwrap();
    let mut authority = Authority::new([zone], Policy::default());
    let mut corpus = seeds();
    let (mut ways, mut rounds) = (HashSet::new(), 0);
    while goes_on(rounds) {
        rounds += 1;
        let octets = mutated(&corpus, &mut draws);
        let shown = Shown { octets: &octets, seed };
        let way = (read(&octets), served(&octets, &mut authority), resolved(&octets, &mut draws));
        drop(shown);
        let mut hasher = DefaultHasher::new();
        way.hash(&mut hasher);
        if corpus.len() < KEPT && ways.insert(hasher.finish()) {
            corpus.push(octets);
        }
    }
    println!("seed {seed}: {rounds} rounds, {} inputs that led somewhere of their own", corpus.len());
    assert!(ways.len() > 50, "{}", ways.len());
}

/// Prints the input when a check fails.
struct Shown<'a> {
    octets: &'a [u8],
    seed: u64,
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("seed {}, input {:02x?}", self.seed, self.octets);
        }
    }
}

/// Through decoder and lens; what they made of it.
fn read(octets: &[u8]) -> (bool, Vec<String>) {
    let message = Message::from_vec(octets);
    let reading = Reading::of(octets);
    check(&reading.tree, octets.len());
    reading.summary();
    if let Ok(message) = &message {
        // What was read can be written, and read again.
        if let Ok(again) = message.to_vec() {
            Message::from_vec(&again).expect("what we wrote");
        }
    }
    let wrongs = wrongs(&reading.tree);
    (message.is_ok(), wrongs)
}

fn check(node: &FieldNode, length: usize) {
    assert!(node.range.start <= node.range.end && node.range.end <= length, "{node:?}");
    for part in &node.parts {
        assert!(node.range.start <= part.range.start && part.range.end <= node.range.end, "{node:?}");
        check(part, length);
    }
}

/// The kinds of faults the lens names, without their numbers.
fn wrongs(node: &FieldNode) -> Vec<String> {
    let own = node.wrong.iter().map(|wrong| wrong.chars().filter(|letter| !letter.is_ascii_digit()).take(30).collect());
    own.chain(node.parts.iter().flat_map(wrongs)).take(4).collect()
}

/// Through a local name server's ear and an authority's; how they answered.
fn served(octets: &[u8], authority: &mut Authority) -> (u8, Vec<Option<u16>>) {
    let asker = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let heard = match service::read_message(octets) {
        ClientMessage::Nothing => 0,
        ClientMessage::Refused(refusal) => {
            assert!(refusal.len() >= 12 && refusal.len() <= 12 + octets.len() + 11, "{}", refusal.len());
            1
        }
        ClientMessage::Query(wanted) => {
            let answers = RECORDS.iter().map(|line| record_from_line(line).unwrap()).collect();
            let answer = ResolutionAnswer {
                code: ResponseCode::NoError,
                answers,
                authority: Vec::new(),
                additional: Vec::new(),
                failure: None,
            };
            for over_tcp in [false, true] {
                let response = wanted.response(&answer, over_tcp);
                assert!(over_tcp || response.len() <= usize::from(limits::EDNS_OCTETS), "{}", response.len());
                Message::from_vec(&response).expect("a response");
            }
            2
        }
    };
    let answered = |over| {
        let octets = authority.answer(octets, asker, over).octets?;
        assert!(over == Transport::Tcp || octets.len() <= 4_096, "{}", octets.len());
        let message = Message::from_vec(&octets).expect("a response");
        assert_eq!(message.metadata.message_type, MessageType::Response);
        Some(u16::from(message.metadata.response_code))
    };
    (heard, [Transport::Udp, Transport::Tcp].map(answered).to_vec())
}

/// Through a resolver: every query of a resolution is answered with this, its id put right (mostly).
fn resolved(octets: &[u8], draws: &mut StdRng) -> (String, Vec<String>) {
    let hint = Hint { zone: Name::root(), server: named("a.root."), ips: vec![Ipv4Addr::new(192, 0, 2, 1).into()] };
    let settings = Settings {
        hints: vec![hint],
        minimise: draws.random_bool(0.3),
        randomise_case: draws.random_bool(0.1),
        recursion_desired: draws.random_bool(0.2),
        take_servers: draws.random_bool(0.2),
        ..Settings::default()
    };
    let kind = Message::from_vec(octets).ok().and_then(|message| message.queries.first().map(Query::query_type));
    let name =
        Message::from_vec(octets).ok().and_then(|message| message.queries.first().map(|query| query.name().clone()));
    let name = name.filter(|_| draws.random_bool(0.9)).unwrap_or_else(|| named("www.school.lab."));
    let mut memory = Memory::new(Cache::default(), 1);
    let mut resolution = Resolution::new(Arc::new(settings), &name, kind.unwrap_or(RecordType::A));
    let (mut now, mut queries) = (Duration::ZERO, 0);
    loop {
        match resolution.next(&mut memory, now) {
            ResolutionAction::Done => break,
            ResolutionAction::Forget(_) => {}
            ResolutionAction::WaitUntil(until) => now = until,
            ResolutionAction::Send(query) => {
                queries += 1;
                assert!(queries <= limits::QUERIES, "{queries} queries");
                now += Duration::from_millis(1);
                let mut response = octets.to_vec();
                if let (Some(id), Some(asked)) = (response.get_mut(..2), query.octets.get(..2)) {
                    id.copy_from_slice(asked);
                }
                if draws.random_bool(0.9)
                    && let Some(flags) = response.get_mut(2)
                {
                    *flags |= 0x80;
                }
                resolution.receive(&mut memory, query.token, &response, now);
            }
        }
        assert!(now < Duration::from_mins(15), "it does not end");
    }
    let (answer, steps) = resolution.into_parts();
    let answer = answer.expect("an answer or a failure");
    service_can_tell(&answer);
    let failure = answer.failure.map(|failure| format!("{failure:?}").chars().take(12).collect::<String>());
    let mut outcomes: Vec<String> =
        steps.iter().map(|step| format!("{:?}{}", step.outcome, step.ignored.len())).collect();
    outcomes.dedup();
    outcomes.truncate(4);
    (format!("{:?}{failure:?}", answer.code), outcomes)
}

/// Whatever was found out can be told to a client.
fn service_can_tell(answer: &ResolutionAnswer) {
    let mut query = Message::new(1, MessageType::Query, OpCode::Query);
    query.add_query(Query::query(named("www.school.lab."), RecordType::A));
    let ClientMessage::Query(wanted) = service::read_message(&query.to_vec().unwrap()) else { panic!("our own query") };
    Message::from_vec(&wanted.response(answer, true)).expect("a response");
}

fn named(text: &str) -> Name {
    name_from_text(text, &Name::root()).unwrap()
}

/// Valid queries and responses of all kinds.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for name in NAMES {
        for kind in KINDS {
            let mut query = Message::new(7, MessageType::Query, OpCode::Query);
            let mut question = Query::query(named(name), type_from_text(kind).unwrap());
            if *name == "version.bind." {
                question.set_query_class(DNSClass::CH);
            }
            query.add_query(question);
            seeds.push(query.to_vec().unwrap());
            let mut edns = Edns::new();
            edns.set_max_payload(4_096).set_dnssec_ok(true);
            query.set_edns(edns);
            seeds.push(query.to_vec().unwrap());
            let mut response = query.clone();
            response.metadata.message_type = MessageType::Response;
            response.metadata.authoritative = true;
            seeds.push(response.to_vec().unwrap());
        }
    }
    for (place, _) in RECORDS.iter().enumerate() {
        for section in 0..3 {
            let mut message = Message::new(7, MessageType::Response, OpCode::Query);
            message.add_query(Query::query(named(NAMES[place % NAMES.len()]), RecordType::A));
            let records = RECORDS[place..].iter().take(6).map(|line| record_from_line(line).unwrap()).collect();
            match section {
                0 => message.answers = records,
                1 => message.authorities = records,
                _ => message.additionals = records,
            }
            seeds.push(message.to_vec().unwrap());
        }
    }
    seeds
}

fn mutated(corpus: &[Vec<u8>], draws: &mut StdRng) -> Vec<u8> {
    let mut octets = corpus.choose(draws).unwrap().clone();
    for _ in 0..draws.random_range(0..6) {
        let length = octets.len();
        let place = draws.random_range(0..=length);
        match draws.random_range(0..9) {
            0 if place < length => octets[place] ^= 1 << draws.random_range(0..8),
            1 if place < length => octets[place] = *[0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff].choose(draws).unwrap(),
            2 => octets.insert(place, draws.random()),
            3 if place < length => drop(octets.remove(place)),
            4 => octets.truncate(place),
            // A pointer to somewhere in it.
            5 if place + 2 <= length => {
                let to = u16::try_from(draws.random_range(0..length)).unwrap_or(0) | 0xc000;
                octets[place..place + 2].copy_from_slice(&to.to_be_bytes());
            }
            // A piece twice; a piece of another.
            6 => {
                let end = draws.random_range(place..=length);
                octets.extend_from_within(place..end);
            }
            7 => {
                let other = corpus.choose(draws).unwrap();
                let from = draws.random_range(0..=other.len());
                octets.truncate(place);
                octets.extend_from_slice(&other[from..]);
            }
            // One count of the header more or less.
            8 if length >= 12 => {
                let count = 4 + 2 * draws.random_range(0..4);
                octets[count + 1] = octets[count + 1].wrapping_add(*[1, 255, 16].choose(draws).unwrap());
            }
            _ => {}
        }
    }
    octets.truncate(LONGEST);
    octets
}

/// Octets of the longest input: longer ones only take longer.
const LONGEST: usize = 4_000;
