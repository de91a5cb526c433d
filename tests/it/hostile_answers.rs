//! Answers nobody should believe, or be able to take apart: what a resolver asks because of them is bounded, the failure has a name, and
//! the step shows where it happened.
#![expect(clippy::disallowed_methods, reason = "what an answer costs is time, too")]

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, UdpSocket},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use roundtrip::engine::{
    resolve::{self, ResolutionMode, Resolve},
    runner,
    setting::{Setting, WorldChoice},
};
use roundtrip::proto::dns::{
    DNSClass, Message, MessageType, Name, OpCode, RData, Record, RecordType, ResponseCode,
    cache::Cache,
    iterate::{Hint, Memory, Query, Resolution, ResolutionAction, ResolutionAnswer, Settings, Token, Unresolved},
    limits,
    text::{name_from_text, record_from_line},
    trace::{QueryTransport, ResolutionStep, StepOutcome},
};

const NAME: &str = "www.victim.test.";
/// How long an answer takes, where that is no matter.
const SOON: Duration = Duration::from_millis(1);

/// What came of a question, and what it cost.
struct Ended {
    answer: ResolutionAnswer,
    steps: Vec<ResolutionStep>,
    queries: u32,
    /// Time our side took to think.
    thought: Duration,
}

impl Ended {
    fn failure(&self) -> String {
        self.answer.failure.as_ref().expect("a failure").to_string()
    }
}

/// What comes for a query, and how long after it was sent.
type Answers = Vec<(Duration, Vec<u8>)>;

/// Resolves several types of `name` with one memory, beginning at one server of the root; `server` answers for every server there is.
/// What came of the last.
fn resolve_in_time(
    settings: Settings,
    name: &str,
    kinds: &[RecordType],
    mut server: impl FnMut(&Message, &Query) -> Answers,
) -> Ended {
    let hint = Hint { zone: Name::root(), server: named("a.root."), ips: vec![ip(1)] };
    let settings = Arc::new(Settings { hints: vec![hint], ..settings });
    let mut memory = Memory::new(Cache::default(), 1);
    let mut now = Duration::ZERO;
    let mut last = None;
    for kind in kinds {
        let mut resolution = Resolution::new(Arc::clone(&settings), &named(name), *kind);
        // By when they come, then in the order they were sent.
        let mut on_the_way: BTreeMap<(Duration, usize), (Token, Vec<u8>)> = BTreeMap::new();
        let (mut queries, mut sent, mut thought) = (0, 0, Duration::ZERO);
        loop {
            let begun = Instant::now();
            let wish = resolution.next(&mut memory, now);
            thought += begun.elapsed();
            let until = match wish {
                ResolutionAction::Done => break,
                ResolutionAction::Forget(_) => continue,
                ResolutionAction::Send(query) => {
                    queries += 1;
                    let asked = Message::from_vec(&query.octets).unwrap();
                    for (after, octets) in server(&asked, &query) {
                        sent += 1;
                        on_the_way.insert((now + after, sent), (query.token, octets));
                    }
                    continue;
                }
                ResolutionAction::WaitUntil(until) => until,
            };
            match on_the_way.first_entry().filter(|first| first.key().0 <= until) {
                Some(first) => {
                    now = now.max(first.key().0);
                    let (token, octets) = first.remove();
                    let begun = Instant::now();
                    resolution.receive(&mut memory, token, &octets, now);
                    thought += begun.elapsed();
                }
                None => now = until,
            }
            assert!(now < Duration::from_mins(10), "it does not end");
        }
        let (answer, steps) = resolution.into_parts();
        last = Some(Ended { answer: answer.unwrap(), steps, queries, thought });
    }
    last.unwrap()
}

/// The addresses an answer has for a name.
fn addresses(answer: &ResolutionAnswer) -> Vec<String> {
    answer.answers.iter().filter_map(|record| record.data.ip_addr()).map(|ip| ip.to_string()).collect()
}

/// The same for addresses; every server answers soon, with as many messages as it likes.
fn resolve_with(settings: Settings, name: &str, mut server: impl FnMut(&Message, &Query) -> Vec<Vec<u8>>) -> Ended {
    resolve_in_time(settings, name, &[RecordType::A], |asked, query| {
        server(asked, query).into_iter().map(|octets| (SOON, octets)).collect()
    })
}

fn resolved(name: &str, server: impl FnMut(&Message, &Query) -> Vec<Vec<u8>>) -> Ended {
    resolve_with(Settings::default(), name, server)
}

fn named(text: &str) -> Name {
    name_from_text(text, &Name::root()).unwrap()
}

fn ip(last: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, last).into()
}

/// A response to a query, with these records in its three sections.
fn response(asked: &Message, authoritative: bool, sections: [&[String]; 3]) -> Message {
    let mut message = Message::response(asked.metadata.id, OpCode::Query);
    message.metadata.authoritative = authoritative;
    message.add_queries(asked.queries.iter().cloned());
    let records = |lines: &[String]| lines.iter().map(|line| record_from_line(line).unwrap()).collect::<Vec<Record>>();
    let [answers, authorities, additionals] = sections.map(records);
    (message.answers, message.authorities, message.additionals) = (answers, authorities, additionals);
    message
}

fn good(asked: &Message) -> Message {
    response(asked, true, [&[format!("{} 60 IN A 192.0.2.80", asked.queries[0].name())], &[], &[]])
}

/// The header of a response to a query and its question; then whatever is said of the counts.
fn head(asked: &Message, counts: [u16; 4]) -> Vec<u8> {
    let mut octets = asked.metadata.id.to_be_bytes().to_vec();
    octets.extend([0x84, 0x00]);
    octets.extend(counts.iter().flat_map(|count| count.to_be_bytes()));
    octets.extend(b"\x03www\x06victim\x04test\x00\x00\x01\x00\x01");
    octets
}

fn an_address_record(owner: &[u8]) -> Vec<u8> {
    [owner, b"\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x50"].concat()
}

/// One way to spoil a response.
type Spoil = fn(&Message) -> Vec<u8>;

const UNREADABLE: &[(&str, Spoil)] = &[
    ("a name that points at itself", |asked| {
        let mut octets = head(asked, [1, 1, 0, 0]);
        let here = u16::try_from(octets.len()).unwrap() | 0xc000;
        octets.extend(an_address_record(&here.to_be_bytes()));
        octets
    }),
    ("two names that point at each other", |asked| {
        let mut octets = head(asked, [1, 1, 0, 0]);
        let here = u16::try_from(octets.len()).unwrap();
        octets.extend(((here + 4) | 0xc000).to_be_bytes());
        octets.extend([1, b'a']);
        octets.extend((here | 0xc000).to_be_bytes());
        octets.extend(an_address_record(b""));
        octets
    }),
    ("a name that points forward", |asked| {
        let mut octets = head(asked, [1, 1, 0, 0]);
        let beyond = u16::try_from(octets.len() + 16).unwrap() | 0xc000;
        octets.extend(an_address_record(&beyond.to_be_bytes()));
        octets.extend(b"\x01a\x00");
        octets
    }),
    ("a name that points beyond the message", |asked| {
        let mut octets = head(asked, [1, 1, 0, 0]);
        octets.extend(an_address_record(&[0xff, 0xff]));
        octets
    }),
    ("a name of reserved label type", |asked| {
        let mut octets = head(asked, [1, 1, 0, 0]);
        octets.extend(an_address_record(&[0x80, b'a', 0]));
        octets
    }),
    ("a name of 256 octets", |asked| {
        let mut octets = head(asked, [1, 1, 0, 0]);
        let mut owner = b"\x3f".to_vec();
        owner.extend([b'a'; 63]);
        let mut long = owner.repeat(3);
        long.push(62);
        long.extend([b'a'; 62]);
        long.push(0);
        assert_eq!(long.len(), 256);
        octets.extend(an_address_record(&long));
        octets
    }),
    ("more answers promised than there are", |asked| {
        let mut octets = head(asked, [1, 65_535, 0, 0]);
        octets.extend(an_address_record(&[0xc0, 12]));
        octets
    }),
    ("65,535 questions promised", |asked| head(asked, [65_535, 0, 0, 0])),
    ("everything promised", |asked| head(asked, [65_535; 4])),
    ("data longer than the message", |asked| {
        let mut octets = head(asked, [1, 1, 0, 0]);
        octets.extend(b"\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x3c\xff\xff\xffabc");
        octets
    }),
    ("an address of three octets", |asked| {
        let mut octets = head(asked, [1, 1, 0, 0]);
        octets.extend(b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x03\xc0\x00\x02");
        octets
    }),
    ("a header and nothing else", |asked| head(asked, [1, 0, 0, 0])[..12].to_vec()),
    ("an id and nothing else", |asked| asked.metadata.id.to_be_bytes().to_vec()),
];

#[test]
fn what_cannot_be_taken_apart_is_named_and_another_server_asked() {
    for (what, spoil) in UNREADABLE {
        let ended = resolved(NAME, |asked, _| vec![spoil(asked)]);
        assert!(
            matches!(ended.answer.failure, Some(Unresolved::NoServerLeft { tried: 1, .. })),
            "{what}: {:?}",
            ended.answer
        );
        assert!(ended.queries <= 2, "{what}: {} queries", ended.queries);
        for step in &ended.steps {
            assert_eq!(step.outcome, StepOutcome::Bad, "{what}");
            assert!(step.ignored[0].rule.contains("cannot be taken apart"), "{what}: {:?}", step.ignored);
        }
        // The next server, or the same one the next time, may be better.
        let mut first = true;
        let ended = resolved(NAME, |asked, _| {
            if std::mem::take(&mut first) { vec![spoil(asked)] } else { vec![good(asked).to_vec().unwrap()] }
        });
        assert_eq!(ended.answer.answers.len(), 1, "{what}: {:?}", ended.answer.failure);
    }
}

#[test]
fn odd_but_readable_answers_are_taken() {
    let long = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61)].join(".") + ".";
    assert_eq!(named(&long).iter().map(|label| label.len() + 1).sum::<usize>() + 1, 255);
    let ended = resolved(&long, |asked, _| vec![good(asked).to_vec().unwrap()]);
    assert_eq!(ended.answer.answers.len(), 1, "a name of 255 octets: {:?}", ended.answer.failure);
    let ended = resolved(".", |asked, _| vec![good(asked).to_vec().unwrap()]);
    assert_eq!(ended.answer.answers.len(), 1, "a name without a label: {:?}", ended.answer.failure);
    // Octets behind the message's end, and data of length nothing.
    let ended = resolved(NAME, |asked, _| vec![[good(asked).to_vec().unwrap(), vec![0xff; 40]].concat()]);
    assert_eq!((ended.queries, ended.answer.answers.len()), (1, 1), "{:?}", ended.answer.failure);
}

#[test]
fn texts_as_long_as_a_message_are_answers_like_others() {
    let texts = vec![vec![b'x'; 255]; 254];
    let text: Vec<u8> = texts.iter().flat_map(|text| [&[255], text.as_slice()].concat()).collect();
    assert!(text.len() > 65_000);
    let ended = resolved(NAME, |asked, query| {
        let mut octets = head(asked, [1, 1, 0, 0]);
        if query.over == QueryTransport::Udp {
            octets[2] |= 2;
            octets[7] = 0;
            return vec![octets];
        }
        octets.extend(b"\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x3c");
        octets.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
        octets.extend(&text);
        vec![octets]
    });
    // It was asked for an address: a text is on nobody's way.
    assert!(ended.answer.answers.is_empty() && ended.queries <= 4, "{:?} {}", ended.answer, ended.queries);
    assert!(
        ended.steps.iter().any(|step| step.ignored.iter().any(|ignored| ignored.rule.contains("not lie on the way")))
    );
    assert!(ended.thought < Duration::from_secs(2), "{:?}", ended.thought);
}

#[test]
fn what_is_no_answer_to_the_query_is_ignored_and_the_true_one_awaited() {
    type Forge = fn(&mut Message);
    let forgeries: &[(&str, Forge)] = &[
        ("its id is not this query's", |message| message.metadata.id ^= 1),
        ("it is no response to a query", |message| message.metadata.message_type = MessageType::Query),
        ("it is no response to a query", |message| message.metadata.op_code = OpCode::Notify),
        ("it answers another question", |message| {
            message.queries[0].set_name(named("other.test."));
        }),
        ("it answers another question", |message| {
            message.queries[0].set_query_type(RecordType::MX);
        }),
        ("it repeats no question, or several", |message| message.queries.clear()),
        ("it repeats no question, or several", |message| message.queries.push(message.queries[0].clone())),
        ("it does not repeat the name's upper and lower case", |message| {
            let other = message.queries[0].name().to_ascii();
            let turned = |letter: char| {
                if letter.is_uppercase() { letter.to_ascii_lowercase() } else { letter.to_ascii_uppercase() }
            };
            message.queries[0].set_name(named(&other.chars().map(turned).collect::<String>()));
        }),
    ];
    for (rule, forge) in forgeries {
        let settings = Settings { randomise_case: true, ..Settings::default() };
        let ended = resolve_with(settings, NAME, |asked, _| {
            let mut forged = good(asked);
            forged.answers = vec![record_from_line(&format!("{NAME} 60 IN A 203.0.113.66")).unwrap()];
            forge(&mut forged);
            vec![forged.to_vec().unwrap(), good(asked).to_vec().unwrap()]
        });
        assert_eq!(ended.queries, 1, "{rule}");
        assert_eq!(ended.answer.answers[0].data.to_string(), "192.0.2.80", "{rule}");
        assert!(ended.steps[0].ignored[0].rule.starts_with(rule), "{rule}: {:?}", ended.steps[0].ignored);
        assert_eq!(ended.steps[0].ignored[0].clause.as_deref(), Some("RFC 5452 §9.1"));
    }
}

#[test]
fn a_flood_of_forged_answers_drives_the_query_to_tcp() {
    let ended = resolved(NAME, |asked, query| {
        if query.over == QueryTransport::Tcp {
            return vec![good(asked).to_vec().unwrap()];
        }
        let forged = |id: u16| {
            let mut message = good(asked);
            message.metadata.id = asked.metadata.id.wrapping_add(id);
            message.to_vec().unwrap()
        };
        (1..=1_000).map(forged).collect()
    });
    assert_eq!((ended.queries, ended.answer.answers.len()), (2, 1), "{:?}", ended.answer.failure);
    assert_eq!((ended.steps[0].outcome, ended.steps[1].over), (StepOutcome::Bad, QueryTransport::Tcp));
    assert!(ended.steps[0].ignored.len() <= 10);
}

#[test]
fn referrals_that_lead_nowhere_end() {
    // Ever further down: one label at a time.
    let deep = "a.".repeat(120);
    let ended = resolved(&deep, |asked, query| {
        let asked_of = query.step;
        let zone = named(&deep).trim_to(usize::try_from(asked_of).unwrap());
        vec![referral(asked, &zone.to_ascii(), &["ns.here."], &[("ns.here.", 1)])]
    });
    assert!(matches!(ended.answer.failure, Some(Unresolved::TooManyReferrals { .. })), "{:?}", ended.answer);
    assert!(ended.queries <= limits::REFERRALS + 1, "{}", ended.queries);
    assert!(ended.failure().contains("referrals"));
    // To the zone itself, upwards, and sideways.
    for zone in [".", "other.", "victim.other."] {
        let ended = resolved(NAME, |asked, _| vec![referral(asked, zone, &["ns.here."], &[("ns.here.", 1)])]);
        assert!(matches!(ended.answer.failure, Some(Unresolved::NoServerLeft { .. })), "{zone}: {:?}", ended.answer);
        assert!(ended.queries <= 2, "{zone}: {}", ended.queries);
        assert!(ended.steps.iter().all(|step| step.outcome == StepOutcome::Lame), "{zone}: {:?}", ended.steps);
    }
    // Two zones, each of whose servers is to be found in the other.
    let ended = resolved(NAME, |asked, _| {
        let is_victims = named("victim.test.").zone_of(asked.queries[0].name());
        let (zone, server) =
            if is_victims { ("victim.test.", "ns.other.test.") } else { ("other.test.", "ns.victim.test.") };
        vec![referral(asked, zone, &[server], &[])]
    });
    assert!(matches!(ended.answer.failure, Some(Unresolved::NoAddress { .. })), "{:?}", ended.answer);
    assert!(ended.queries <= 16, "{}", ended.queries);
}

#[test]
fn aliases_without_end_are_followed_no_further_than_the_limit() {
    let alias = |number: usize| format!("c{number}.victim.test. 60 IN CNAME c{}.victim.test.", number + 1);
    let number = |asked: &Message| {
        let name = asked.queries[0].name().to_ascii();
        name.split('.').next().and_then(|label| label.strip_prefix('c')?.parse::<usize>().ok()).unwrap()
    };
    // One message with all of it, and a message for each.
    for at_once in [100, 1] {
        let ended = resolved("c0.victim.test.", |asked, _| {
            let from = number(asked);
            let lines: Vec<String> = (from..from + at_once).map(alias).collect();
            vec![response(asked, true, [&lines, &[], &[]]).to_vec().unwrap()]
        });
        assert!(matches!(ended.answer.failure, Some(Unresolved::EndlessAlias { .. })), "{at_once}: {:?}", ended.answer);
        assert!(ended.queries <= limits::ALIASES + 1, "{at_once}: {}", ended.queries);
        assert_eq!(ended.steps.last().unwrap().outcome, StepOutcome::Alias);
        assert!(ended.answer.answers.len() <= limits::ALIASES as usize + 2, "{}", ended.answer.answers.len());
    }
    // And one that leads back.
    let ended = resolved(NAME, |asked, _| {
        let lines = [format!("{NAME} 60 IN CNAME b.test."), format!("b.test. 60 IN CNAME {NAME}")];
        vec![response(asked, true, [&lines, &[], &[]]).to_vec().unwrap()]
    });
    assert!(matches!(ended.answer.failure, Some(Unresolved::EndlessAlias { .. })), "{:?}", ended.answer);
    assert_eq!(ended.queries, 1);
}

#[test]
fn a_thousand_name_servers_without_glue_cost_little() {
    let servers: Vec<String> = (0..1_000).map(|number| format!("ns{number}.n{number}.test.")).collect();
    let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
    // Each server is looked for, and none is found.
    let ended = resolved(NAME, |asked, _| {
        if named("victim.test.").zone_of(asked.queries[0].name()) {
            return vec![referral(asked, "victim.test.", &servers, &[])];
        }
        let mut nothing = response(asked, true, [&[], &["test. 60 IN SOA a. b. 1 1 1 1 60".to_owned()], &[]]);
        nothing.metadata.response_code = ResponseCode::NXDomain;
        vec![nothing.to_vec().unwrap()]
    });
    assert!(matches!(ended.answer.failure, Some(Unresolved::NoAddress { .. })), "{:?}", ended.answer);
    assert!(ended.queries as usize <= 2 * (1 + limits::GLUELESS), "{}", ended.queries);
    assert!(ended.thought < Duration::from_secs(2), "{:?}", ended.thought);
    // Each search for a server leads to a thousand more.
    let mut made = 0;
    let ended = resolved(NAME, |asked, _| {
        let name = asked.queries[0].name().clone();
        made += 1;
        let more: Vec<String> = (0..1_000).map(|number| format!("ns{number}.m{made}.more.")).collect();
        let more: Vec<&str> = more.iter().map(String::as_str).collect();
        vec![referral(asked, &name.trim_to(2).to_ascii(), &more, &[])]
    });
    assert!(ended.answer.failure.is_some() && ended.queries <= limits::QUERIES, "{:?} {}", ended.answer, ended.queries);
    assert!(ended.thought < Duration::from_secs(30), "{:?}", ended.thought);
}

#[test]
fn as_many_records_as_fit_a_message_are_read_in_a_moment() {
    let servers: Vec<String> = (0..700).map(|number| format!("victim.test. 60 IN NS n{number}.victim.test.")).collect();
    let glue: Vec<String> = (0..700).map(|number| format!("n{number}.victim.test. 60 IN A 192.0.2.9")).collect();
    let ended = resolved(NAME, |asked, query| {
        if query.to.ip() == ip(9) {
            return vec![good(asked).to_vec().unwrap()];
        }
        let octets = response(asked, false, [&[], &servers, &glue]).to_vec().unwrap();
        assert!(octets.len() > 25_000, "{}", octets.len());
        vec![octets]
    });
    assert_eq!(ended.answer.answers.len(), 1, "{:?} {:?}", ended.answer.failure, ended.steps);
    assert!(ended.thought < Duration::from_secs(2), "{:?}", ended.thought);
}

fn referral(asked: &Message, zone: &str, servers: &[&str], glue: &[(&str, u8)]) -> Vec<u8> {
    let servers: Vec<String> = servers.iter().map(|server| format!("{zone} 60 IN NS {server}")).collect();
    let glue: Vec<String> = glue.iter().map(|(server, last)| format!("{server} 60 IN A {}", ip(*last))).collect();
    response(asked, false, [&[], &servers, &glue]).to_vec().unwrap()
}

/// No such name, says a server of `zone`.
fn denial(asked: &Message, zone: &str) -> Message {
    let soa = format!("{zone} 300 IN SOA ns.nic.test. x. 1 1 1 1 300");
    let mut denial = response(asked, true, [&[], &[soa], &[]]);
    denial.metadata.response_code = ResponseCode::NXDomain;
    denial
}

/// After a while one message comes.
fn after(span: Duration, message: &Message) -> Answers {
    vec![(span, message.to_vec().unwrap())]
}

/// The root of a small world: `evil.test` and `victim.test` at servers of their own, by the last number of their addresses.
fn of_the_root(asked: &Message) -> Message {
    let name = asked.queries[0].name();
    let zones = [("evil.test.", &[12, 13][..]), ("victim.test.", &[14]), ("deep.test.", &[15])];
    let zone = zones.into_iter().find(|(zone, _)| named(zone).zone_of(name));
    let Some((zone, ips)) = zone else {
        return denial(asked, ".");
    };
    let servers: Vec<String> = ips.iter().map(|last| format!("{zone} 86400 IN NS ns{last}.{zone}")).collect();
    let glue: Vec<String> = ips.iter().map(|last| format!("ns{last}.{zone} 86400 IN A {}", ip(*last))).collect();
    response(asked, false, [&[], &servers, &glue])
}

#[test]
fn an_alias_of_a_zone_above_is_not_a_childs_to_tell() {
    for owner in ["test.", "."] {
        let ended = resolve_in_time(Settings::default(), "x.evil.test.", &[RecordType::A], |asked, query| {
            let answer = if query.to.ip() == ip(1) {
                of_the_root(asked)
            } else {
                response(asked, true, [&[format!("{owner} 86400 IN DNAME bad.lab.")], &[], &[]])
            };
            after(SOON, &answer)
        });
        let ignored: Vec<_> = ended.steps.iter().flat_map(|step| &step.ignored).collect();
        assert!(ignored.iter().any(|ignored| ignored.what.contains("DNAME")), "{owner}: {ignored:?}");
        assert!(ended.answer.answers.is_empty(), "{:?}", ended.answer);
    }
}

/// The server asked first answers late, when the search has gone on to the victim's zone: as a server of its own zone it is believed.
#[test]
fn a_late_answer_is_believed_no_further_than_its_zone() {
    let mut first = true;
    let ended = resolve_in_time(Settings::default(), "x.evil.test.", &[RecordType::A], |asked, query| {
        let alias = format!("{} 300 IN CNAME www.victim.test.", asked.queries[0].name());
        let forged = "www.victim.test. 86400 IN A 192.0.2.66".to_owned();
        let slow = Duration::from_millis(1_300);
        match query.to.ip() {
            root if root == ip(1) && asked.queries[0].name() == &named("www.victim.test.") => {
                after(Duration::from_millis(1_500), &of_the_root(asked))
            }
            root if root == ip(1) => after(SOON, &of_the_root(asked)),
            victim if victim == ip(14) => {
                after(SOON, &response(asked, true, [&["www.victim.test. 60 IN A 192.0.2.80".to_owned()], &[], &[]]))
            }
            _ if std::mem::take(&mut first) => after(slow, &response(asked, true, [&[alias, forged], &[], &[]])),
            _ => after(SOON, &response(asked, true, [&[alias], &[], &[]])),
        }
    });
    assert_eq!(addresses(&ended.answer), ["192.0.2.80"], "{:#?}", ended.steps);
    assert_eq!(ended.answer.answers.len(), 2, "{:?}", ended.answer.answers);
}

/// A server that takes longer than it is waited for: about a part of the name first, then about the whole.
#[test]
fn what_was_said_about_a_part_of_the_name_never_becomes_the_answer() {
    for kind in [RecordType::A, RecordType::MX] {
        let settings = Settings { minimise: true, ..Settings::default() };
        let ended = resolve_in_time(settings, "a.b.deep.test.", &[kind], |asked, query| {
            if query.to.ip() == ip(1) {
                return after(SOON, &of_the_root(asked));
            }
            let name = asked.queries[0].name();
            let whole = *name == named("a.b.deep.test.");
            let line = match (whole, kind) {
                (true, RecordType::MX) => format!("{name} 300 IN MX 10 mail.deep.test."),
                (true, _) => format!("{name} 300 IN A 192.0.2.1"),
                (false, _) => format!("{name} 300 IN A 192.0.2.66"),
            };
            after(Duration::from_secs(1), &response(asked, true, [&[line], &[], &[]]))
        });
        let [answer] = ended.answer.answers.as_slice() else { panic!("{kind}: {:?}", ended.answer) };
        assert_eq!((&answer.name, answer.record_type()), (&named("a.b.deep.test."), kind));
    }
}

/// One datagram that is lost says nothing of what a server will answer: it is asked about the same part of the name once more.
#[test]
fn one_lost_datagram_does_not_end_minimisation() {
    let told_the_root = |lost: usize| {
        let settings = Settings { minimise: true, ..Settings::default() };
        let mut told = Vec::new();
        let ended = resolve_in_time(settings, "a.b.deep.test.", &[RecordType::A], |asked, query| {
            if query.to.ip() != ip(1) {
                return after(SOON, &good(asked));
            }
            told.push(asked.queries[0].name().clone());
            if told.len() > lost { after(SOON, &of_the_root(asked)) } else { Vec::new() }
        });
        assert_eq!(ended.answer.code, ResponseCode::NoError, "{:?}", ended.answer);
        told
    };
    let (whole, partial) = (named("a.b.deep.test."), named("test."));
    let told = told_the_root(0);
    assert_eq!(told[0], partial);
    assert_eq!(told_the_root(1), [vec![partial.clone()], told].concat(), "what was lost is repeated, and nothing else");
    assert_eq!(
        told_the_root(2),
        [partial.clone(), partial, whole],
        "a server that keeps silent is asked about the whole"
    );
}

/// Of a name that has others below it some servers say that it is not there: that is passed over, and forgotten.
#[test]
fn a_part_of_the_name_that_is_denied_says_nothing_of_the_next_question() {
    let settings = Settings { minimise: true, ..Settings::default() };
    let ended = resolve_in_time(settings, "a.b.deep.test.", &[RecordType::A, RecordType::TXT], |asked, query| {
        if query.to.ip() == ip(1) {
            return after(SOON, &of_the_root(asked));
        }
        let question = &asked.queries[0];
        let answer = match (question.name() == &named("a.b.deep.test."), question.query_type()) {
            (true, RecordType::TXT) => {
                response(asked, true, [&[format!("{} 60 IN TXT hello", question.name())], &[], &[]])
            }
            (true, _) => good(asked),
            _ => denial(asked, "deep.test."),
        };
        after(SOON, &answer)
    });
    assert_eq!((ended.answer.code, ended.answer.answers.len()), (ResponseCode::NoError, 1), "{:?}", ended.answer);
}

#[test]
fn a_server_that_denies_a_name_for_the_zone_above_is_passed_over() {
    let mut first = true;
    let ended = resolve_in_time(Settings::default(), "www.evil.test.", &[RecordType::A], |asked, query| {
        let answer = match query.to.ip() {
            root if root == ip(1) => of_the_root(asked),
            _ if std::mem::take(&mut first) => denial(asked, "."),
            _ => good(asked),
        };
        after(SOON, &answer)
    });
    let outcomes: Vec<_> = ended.steps.iter().map(|step| step.outcome).collect();
    assert_eq!(outcomes, [StepOutcome::Referral, StepOutcome::Lame, StepOutcome::Answer]);
}

#[test]
fn an_answer_of_another_class_is_none() {
    let ended = resolve_in_time(Settings::default(), "www.evil.test.", &[RecordType::A], |asked, query| {
        if query.to.ip() == ip(1) {
            return after(SOON, &of_the_root(asked));
        }
        let mut other = good(asked);
        other.queries[0].set_query_class(DNSClass::CH);
        [after(SOON, &other), after(SOON * 2, &good(asked))].concat()
    });
    assert_eq!(addresses(&ended.answer), ["192.0.2.80"]);
    assert_eq!(ended.steps.last().unwrap().ignored.len(), 1, "{:?}", ended.steps);
}

/// A referral repeats the question's letters: what was drawn by lot stays in the message.
#[test]
fn random_letters_stay_in_the_message() {
    let settings = Settings { randomise_case: true, ..Settings::default() };
    let ended = resolve_in_time(settings, "www.evil.test.", &[RecordType::A], |asked, query| {
        let name = asked.queries[0].name();
        if query.to.ip() != ip(1) {
            return after(SOON, &good(asked));
        }
        let zone = name.base_name();
        let (servers, glue) = (format!("{zone} 60 IN NS ns.{zone}"), format!("ns.{zone} 60 IN A {}", ip(12)));
        after(SOON, &response(asked, false, [&[], &[servers], &[glue]]))
    });
    let referral = ended.steps[0].referral.as_ref().unwrap();
    assert_eq!((referral.zone.as_str(), referral.servers[0].as_str()), ("evil.test.", "ns.evil.test."));
    assert_eq!(ended.steps[1].zone, "evil.test.");
    assert_eq!(ended.answer.answers[0].name.to_string(), "www.evil.test.");
    assert_ne!(ended.steps[0].question.name, "www.evil.test.", "the message itself is as it was sent");
}

/// It writes every name in small letters: over a connection, where nobody else can answer, that is no matter.
#[test]
fn a_server_that_loses_the_letters_case_is_asked_over_tcp() {
    let settings = Settings { randomise_case: true, ..Settings::default() };
    let ended = resolve_in_time(settings, "www.evil.test.", &[RecordType::A], |asked, query| {
        if query.to.ip() == ip(1) {
            return after(SOON, &of_the_root(asked));
        }
        let mut small = asked.clone();
        let name = small.queries[0].name().to_lowercase();
        small.queries[0].set_name(name);
        after(SOON, &good(&small))
    });
    assert_eq!(addresses(&ended.answer), ["192.0.2.80"], "{:?}", ended.answer.failure);
    let [.., badly, well] = ended.steps.as_slice() else { panic!("{:?}", ended.steps) };
    assert_eq!((badly.outcome, badly.over), (StepOutcome::Bad, QueryTransport::Udp));
    assert_eq!((well.outcome, well.over), (StepOutcome::Answer, QueryTransport::Tcp));
}

/// A name server on a socket of this machine, that answers one query with what `answer` makes of it and is gone; and a question for
/// which the search begins there.
fn asked_of_one(answer: impl Fn(&Message) -> Vec<u8> + Send + 'static, is_root: bool) -> resolve::Report {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = server.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let mut space = [0; 1_500];
        let (octets, from) = server.recv_from(&mut space).unwrap();
        server.send_to(&answer(&Message::from_vec(&space[..octets]).unwrap()), from).unwrap();
    });
    let config = resolve::Config {
        name: NAME.to_owned(),
        hints: if is_root { vec![("a.root.".to_owned(), at.ip())] } else { Vec::new() },
        server: (!is_root).then(|| at.to_string()),
        port: at.port(),
        prime: false,
        setting: Setting { world: WorldChoice::Internet, ..Setting::default() },
        ..resolve::Config::default()
    };
    let report = runner::run::<Resolve>(&config, &runner::Options::default()).unwrap().report;
    thread.join().unwrap();
    report
}

#[test]
fn where_only_unbelievable_messages_come_the_network_is_not_blamed() {
    let another = |asked: &Message| {
        let mut message = good(asked);
        message.metadata.id = asked.metadata.id.wrapping_add(1);
        message.to_vec().unwrap()
    };
    for is_root in [true, false] {
        let report = asked_of_one(another, is_root);
        let failure = report.failure.expect("a failure").to_string();
        assert!(failure.contains("no server of the root gave a usable answer"), "{failure}");
        let [ignored] = report.steps[0].ignored.as_slice() else { panic!("{:?}", report.steps) };
        assert!(ignored.rule.contains("id"), "{ignored:?}");
    }
}

#[test]
fn a_server_that_was_named_goes_by_its_address() {
    let report = asked_of_one(|asked| good(asked).to_vec().unwrap(), false);
    assert_eq!(report.answers, [format!("{NAME} 60 IN A 192.0.2.80")], "{:?}", report.failure);
    let [step] = report.steps.as_slice() else { panic!("{:?}", report.steps) };
    assert_eq!(step.server, "127.0.0.1");
    assert_eq!(step.reason, "nothing closer is known: the search was told to begin at 127.0.0.1");
    assert_eq!(report.warnings, [""; 0]);
}

#[test]
fn a_server_that_is_not_there_is_named_whoever_was_to_walk() {
    let free = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for mode in ResolutionMode::ALL {
        let config = resolve::Config {
            name: NAME.to_owned(),
            mode,
            server: Some(free.to_string()),
            setting: Setting { world: WorldChoice::Internet, ..Setting::default() },
            ..resolve::Config::default()
        };
        let report = runner::run::<Resolve>(&config, &runner::Options::default()).unwrap().report;
        let failure = report.failure.expect("a failure").to_string();
        let [.., last] = report.steps.as_slice() else { panic!("{mode:?}: no step") };
        let outcome = StepOutcome::Unreachable;
        assert_eq!((last.server.as_str(), last.outcome), ("127.0.0.1", outcome), "{mode:?}: {failure}");
        assert!(failure.contains(&free.to_string()), "{mode:?}: {failure}");
    }
}

/// Asked without RD it tells what it has: nothing. That is no denial, and nobody is between.
#[test]
fn a_resolver_that_was_named_is_said_to_be_one() {
    let empty = |asked: &Message| {
        let mut message = response(asked, false, [&[], &[], &[]]);
        message.metadata.recursion_available = true;
        message.to_vec().unwrap()
    };
    let report = asked_of_one(empty, false);
    assert_eq!(report.steps[0].outcome, StepOutcome::Lame, "{:?}", report.steps);
    let failure = report.failure.expect("a failure").to_string();
    assert!(failure.contains("gave a usable answer"), "{failure}");
    let [warning] = report.warnings.as_slice() else { panic!("{:?}", report.warnings) };
    assert!(warning.starts_with("127.0.0.1 is a resolver") && warning.contains("recursive mode"), "{warning}");
}

/// Over real sockets: an answer from another port is not even seen.
#[test]
fn an_answer_from_another_port_is_never_seen() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let other = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let mut space = [0; 1_500];
        let (octets, from) = server.recv_from(&mut space).unwrap();
        let asked = Message::from_vec(&space[..octets]).unwrap();
        let mut forged = good(&asked);
        forged.answers = vec![Record::from_rdata(named(NAME), 60, RData::A(Ipv4Addr::new(203, 0, 113, 66).into()))];
        other.send_to(&forged.to_vec().unwrap(), from).unwrap();
        thread::park_timeout(Duration::from_millis(20));
        server.send_to(&good(&asked).to_vec().unwrap(), from).unwrap();
    });
    let config = resolve::Config {
        name: NAME.to_owned(),
        hints: vec![("a.root.".to_owned(), Ipv4Addr::LOCALHOST.into())],
        port,
        prime: false,
        setting: Setting { world: WorldChoice::Internet, ..Setting::default() },
        ..resolve::Config::default()
    };
    let report = runner::run::<Resolve>(&config, &runner::Options::default()).unwrap().report;
    thread.join().unwrap();
    assert_eq!(report.answers, [format!("{NAME} 60 IN A 192.0.2.80")], "{:?}", report.failure);
    assert_eq!((report.steps.len(), report.steps[0].ignored.len()), (1, 0));
}
