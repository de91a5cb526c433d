//! What a resolver makes of responses that real servers give, in a small world without sockets: every server is one function.

use std::{collections::BTreeMap, net::Ipv4Addr};

use super::*;
use crate::proto::dns::{
    Message, OpCode,
    readable::ReadableMessage,
    text::{name_from_text, record_from_line, record_line},
    trace::StepOutcome,
};

/// What came of a question, and which queries it took.
struct Outcome {
    answer: ResolutionAnswer,
    steps: Vec<ResolutionStep>,
    queries: Vec<(IpAddr, QueryTransport, Message)>,
}

impl Outcome {
    fn answers(&self) -> Vec<String> {
        self.answer.answers.iter().map(record_line).collect()
    }

    fn outcomes(&self) -> Vec<StepOutcome> {
        self.steps.iter().map(|step| step.outcome).collect()
    }
}

/// Puts the question; `server` answers whatever is sent, at once, or never where it says nothing.
fn resolve(
    settings: Settings,
    memory: &mut Memory,
    (name, kind): (&str, RecordType),
    mut server: impl FnMut(IpAddr, QueryTransport, &Message) -> Option<Vec<u8>>,
) -> Outcome {
    let mut resolution = Resolution::new(Arc::new(settings), &named(name), kind);
    let (mut now, mut queries) = (Duration::ZERO, Vec::new());
    let mut on_the_way: BTreeMap<(Duration, u64), (Token, Vec<u8>)> = BTreeMap::new();
    loop {
        match resolution.next(memory, now) {
            ResolutionAction::Done => break,
            ResolutionAction::Forget(_) => {}
            ResolutionAction::Send(query) => {
                let asked = Message::from_vec(&query.octets).unwrap();
                if let Some(octets) = server(query.to.ip(), query.over, &asked) {
                    on_the_way.insert((now + RTT, query.token.0), (query.token, octets));
                }
                queries.push((query.to.ip(), query.over, asked));
            }
            ResolutionAction::WaitUntil(until) => match on_the_way.first_entry().filter(|next| next.key().0 <= until) {
                None => now = until,
                Some(next) => {
                    now = now.max(next.key().0);
                    let (token, octets) = next.remove();
                    resolution.receive(memory, token, &octets, now);
                }
            },
        }
        assert!(now < Duration::from_mins(10), "it does not end");
    }
    let (answer, steps) = resolution.into_parts();
    Outcome { answer: answer.unwrap(), steps, queries }
}

const RTT: Duration = Duration::from_millis(10);

fn memory() -> Memory {
    Memory::new(Cache::default(), 1)
}

fn named(text: &str) -> Name {
    name_from_text(text, &Name::root()).unwrap()
}

fn ip(last: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, last).into()
}

/// Servers of the zone `lab.` at these addresses, known beforehand.
fn at(servers: &[u8]) -> Settings {
    let hint = |last: &u8| Hint { zone: named("lab."), server: named(&format!("ns{last}.lab.")), ips: vec![ip(*last)] };
    Settings { hints: servers.iter().map(hint).collect(), hints_stay: true, ..Settings::default() }
}

/// A stub's name servers.
fn stub_of(servers: &[u8]) -> Settings {
    let mut settings = Settings::stub("you", Name::root(), (ip(servers[0]), 53).into());
    settings.hints[0].ips = servers.iter().map(|last| ip(*last)).collect();
    settings
}

/// A response with authority: code, answers, authority section.
fn response(asked: &Message, code: ResponseCode, [answers, authority]: [&[&str]; 2]) -> Message {
    let mut message = Message::response(asked.metadata.id, OpCode::Query);
    (message.metadata.authoritative, message.metadata.response_code) = (true, code);
    message.add_queries(asked.queries.iter().cloned());
    message.answers = answers.iter().map(|line| record_from_line(line).unwrap()).collect();
    message.authorities = authority.iter().map(|line| record_from_line(line).unwrap()).collect();
    message
}

#[expect(clippy::unnecessary_wraps, reason = "a server may say nothing, and most of these say something")]
fn octets(message: &Message) -> Option<Vec<u8>> {
    Some(message.to_vec().unwrap())
}

const SOA_OF_LAB: &str = "lab. 300 IN SOA ns1.lab. x.lab. 1 1 1 1 300";
const SOA_OF_OTHER: &str = "other.lab. 300 IN SOA ns1.lab. x.lab. 1 1 1 1 300";

/// One server for `lab.`, `school.lab.` and `other.lab.`; a name of the school is an alias into another of its zones. Code and SOA of
/// its response are those of the zone the alias leads to (RFC 2308 §2.1, RFC 6604 §3).
#[test]
fn a_denial_behind_an_alias_into_another_zone_is_the_answer() {
    let cases: &[(&str, &[&str], &str, &str)] = &[
        ("by CNAME", &["www.school.lab. 300 IN CNAME www.other.lab."], "www.other.lab.", SOA_OF_OTHER),
        ("to the zone above", &["www.school.lab. 300 IN CNAME www.lab."], "www.lab.", SOA_OF_LAB),
        (
            "by DNAME",
            &["school.lab. 300 IN DNAME other.lab.", "www.school.lab. 300 IN CNAME www.other.lab."],
            "www.other.lab.",
            SOA_OF_OTHER,
        ),
    ];
    for (what, aliases, target, soa) in cases {
        for code in [ResponseCode::NXDomain, ResponseCode::NoError] {
            let hint = |zone: &str| Hint { zone: named(zone), server: named("ns1.lab."), ips: vec![ip(1)] };
            let hints = vec![hint("lab."), hint("school.lab."), hint("other.lab.")];
            let settings = || Settings { hints: hints.clone(), hints_stay: true, ..Settings::default() };
            let mut memory = memory();
            let server = |_, _, asked: &Message| {
                let is_alias = *asked.queries[0].name() == named("www.school.lab.");
                let answers = if is_alias { *aliases } else { &[] };
                octets(&response(asked, code, [answers, &[*soa]]))
            };
            let outcome = resolve(settings(), &mut memory, ("www.school.lab.", RecordType::A), server);
            let last = if code == ResponseCode::NXDomain { StepOutcome::NoName } else { StepOutcome::NoData };
            assert_eq!(outcome.outcomes(), [StepOutcome::Alias, last], "{what}: {:#?}", outcome.steps);
            assert_eq!(
                (outcome.answer.code, outcome.answers()),
                (code, aliases.iter().map(ToString::to_string).collect())
            );
            assert_eq!(outcome.answer.authority.iter().map(record_line).collect::<Vec<_>>(), [*soa], "{what}");
            // And what the alias leads to is remembered.
            let again = resolve(settings(), &mut memory, (target, RecordType::A), |_, _, _| None);
            assert_eq!((again.queries.len(), again.answer.code), (0, code), "{what}");
            if *what == "by DNAME" {
                continue;
            }
            // Nobody is remembered not to serve its zone: another name of it is asked for at once.
            let next = resolve(settings(), &mut memory, ("mail.school.lab.", RecordType::A), |_, _, asked| {
                octets(&response(asked, ResponseCode::NoError, [&["mail.school.lab. 60 IN A 192.0.2.80"], &[]]))
            });
            assert_eq!((next.queries.len(), next.answer.answers.len()), (1, 1), "{what}");
        }
    }
}

/// RFC 2181 §9: what was cut off is ignored, wherever the cut is, and asked for over TCP.
#[test]
fn a_datagram_cut_in_the_middle_of_a_record_leads_to_tcp() {
    let records: Vec<String> = (1..=3).map(|last| format!("www.lab. 60 IN A 192.0.2.{last}")).collect();
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    for settings in [at(&[1]), stub_of(&[1])] {
        for cut in [1, 5, 15, 16, 20, 47, 50, 60] {
            let server = |_, over, asked: &Message| {
                let mut message = response(asked, ResponseCode::NoError, [&records, &[]]);
                if over == QueryTransport::Tcp {
                    return octets(&message);
                }
                message.metadata.truncation = true;
                let mut whole = message.to_vec().unwrap();
                whole.truncate(whole.len() - cut);
                Some(whole)
            };
            let outcome = resolve(settings.clone(), &mut memory(), ("www.lab.", RecordType::A), server);
            let over: Vec<_> = outcome.queries.iter().map(|(_, over, _)| *over).collect();
            assert_eq!(over, [QueryTransport::Udp, QueryTransport::Tcp], "{cut}: {:#?}", outcome.steps);
            assert_eq!(outcome.outcomes(), [StepOutcome::Truncated, StepOutcome::Answer], "{cut}");
            assert_eq!(outcome.answer.answers.len(), 3, "{cut}");
        }
    }
}

/// An address, and one of three octets beside it.
fn with_a_bad_record(asked: &Message, good: bool) -> Vec<u8> {
    let good: &[&str] = if good { &["www.lab. 60 IN A 192.0.2.80"] } else { &[] };
    let mut octets = response(asked, ResponseCode::NoError, [good, &[]]).to_vec().unwrap();
    octets[7] += 1;
    octets.extend(b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x03\xc0\x00\x02");
    assert!(Message::from_vec(&octets).is_err() && ReadableMessage::read(&octets).is_ok());
    octets
}

#[test]
fn a_record_that_cannot_be_read_costs_that_record_and_is_named() {
    for settings in [at(&[1]), stub_of(&[1])] {
        let settings = Settings { edns: None, ..settings };
        let server = |_, _, asked: &Message| Some(with_a_bad_record(asked, true));
        let outcome = resolve(settings, &mut memory(), ("www.lab.", RecordType::A), server);
        assert_eq!(outcome.answers(), ["www.lab. 60 IN A 192.0.2.80"]);
        let [step] = outcome.steps.as_slice() else { panic!("{:#?}", outcome.steps) };
        let [ignored] = step.ignored.as_slice() else { panic!("{step:#?}") };
        assert_eq!(ignored.what, "www.lab. A, 3 octets of data in the answer section");
        assert_eq!(ignored.clause.as_deref(), Some("RFC 1035 §3.2.1"));
    }
    // Where nothing else is there, it is no denial: another server is asked.
    for settings in [at(&[1, 2]), stub_of(&[1, 2])] {
        let settings = Settings { edns: None, ..settings };
        let mut first = true;
        let server = |_, _, asked: &Message| Some(with_a_bad_record(asked, !std::mem::take(&mut first)));
        let outcome = resolve(settings, &mut memory(), ("www.lab.", RecordType::A), server);
        assert_eq!(outcome.outcomes(), [StepOutcome::Bad, StepOutcome::Answer], "{:#?}", outcome.steps);
        assert_eq!(outcome.answer.answers.len(), 1);
    }
}

/// RFC 2308 §2.2: a response without SOA (type 3) may come from a server that knows nothing. Where all say so, it is believed.
#[test]
fn a_response_with_nothing_in_it_is_no_denial_while_others_may_know() {
    for authoritative in [true, false] {
        let bare = |asked: &Message| {
            let mut message = response(asked, ResponseCode::NoError, [&[], &[]]);
            message.metadata.authoritative = authoritative;
            message
        };
        let mut first = true;
        let outcome = resolve(at(&[1, 2]), &mut memory(), ("www.lab.", RecordType::A), |_, _, asked| {
            let good = response(asked, ResponseCode::NoError, [&["www.lab. 60 IN A 192.0.2.80"], &[]]);
            octets(&if std::mem::take(&mut first) { bare(asked) } else { good })
        });
        assert_eq!(outcome.answers(), ["www.lab. 60 IN A 192.0.2.80"]);
        let asked: Vec<_> = outcome.queries.iter().map(|(ip, ..)| *ip).collect();
        assert!(asked.len() == 2 && asked[0] != asked[1], "{asked:?}");
        let outcome =
            resolve(at(&[1, 2]), &mut memory(), ("www.lab.", RecordType::A), |_, _, asked| octets(&bare(asked)));
        assert_eq!(
            (outcome.queries.len(), outcome.answer.code, &outcome.answer.failure),
            (2, ResponseCode::NoError, &None)
        );
        assert_eq!(outcome.answer.answers, []);
    }
}

/// RFC 6761 §6.3 and RFC 7686 §2.
#[test]
fn names_that_are_no_affair_of_the_name_system_are_never_asked_for() {
    let cases: &[(&str, RecordType, ResponseCode, &[&str])] = &[
        ("localhost.", RecordType::A, ResponseCode::NoError, &["localhost. 0 IN A 127.0.0.1"]),
        ("LocalHost.", RecordType::AAAA, ResponseCode::NoError, &["LocalHost. 0 IN AAAA ::1"]),
        ("www.localhost.", RecordType::A, ResponseCode::NoError, &["www.localhost. 0 IN A 127.0.0.1"]),
        ("localhost.", RecordType::MX, ResponseCode::NoError, &[]),
        ("abcdefghijklmnop.onion.", RecordType::A, ResponseCode::NXDomain, &[]),
        ("onion.", RecordType::NS, ResponseCode::NXDomain, &[]),
    ];
    for settings in [at(&[1]), stub_of(&[1])] {
        for (name, kind, code, answers) in cases {
            let outcome = resolve(settings.clone(), &mut memory(), (name, *kind), |_, _, _| None);
            assert_eq!((outcome.queries.len(), outcome.answer.code), (0, *code), "{name} {kind}");
            assert_eq!(
                (outcome.answers(), &outcome.answer.failure),
                (answers.iter().map(ToString::to_string).collect(), &None)
            );
            let [step] = outcome.steps.as_slice() else { panic!("{:#?}", outcome.steps) };
            assert_eq!(step.over, QueryTransport::Cache);
            assert!(matches!(step.clause.as_deref(), Some("RFC 6761 §6.3" | "RFC 7686 §2")), "{step:?}");
        }
    }
    // An alias does not lead there either.
    let outcome = resolve(at(&[1]), &mut memory(), ("www.lab.", RecordType::A), |_, _, asked| {
        octets(&response(asked, ResponseCode::NoError, [&["www.lab. 60 IN CNAME x.onion."], &[]]))
    });
    assert_eq!((outcome.queries.len(), outcome.answer.code), (1, ResponseCode::NXDomain));
}

/// RFC 6891 §7: who does not know EDNS says FORMERR, and is asked without.
#[test]
fn who_does_not_know_edns_is_asked_without() {
    for settings in [at(&[1]), stub_of(&[1])] {
        for code in [ResponseCode::FormErr, ResponseCode::NotImp] {
            let outcome = resolve(settings.clone(), &mut memory(), ("www.lab.", RecordType::A), |_, _, asked| {
                let good = response(asked, ResponseCode::NoError, [&["www.lab. 60 IN A 192.0.2.80"], &[]]);
                octets(&if asked.edns.is_some() { response(asked, code, [&[], &[]]) } else { good })
            });
            let edns: Vec<bool> = outcome.queries.iter().map(|(.., asked)| asked.edns.is_some()).collect();
            assert_eq!((edns, outcome.answer.answers.len()), (vec![true, false], 1), "{code}");
        }
    }
}

/// RFC 1034 §3.6.2: an alias that leads back to itself is an error.
#[test]
fn a_stub_that_is_told_a_circle_of_aliases_has_no_answer() {
    let outcome = resolve(stub_of(&[1]), &mut memory(), ("a.lab.", RecordType::A), |_, _, asked| {
        let circle = ["a.lab. 60 IN CNAME b.lab.", "b.lab. 60 IN CNAME a.lab."];
        octets(&response(asked, ResponseCode::NoError, [&circle, &[]]))
    });
    assert_eq!(outcome.answer.failure, Some(Unresolved::EndlessAlias { name: "a.lab.".to_owned() }));
    assert_eq!(outcome.queries.len(), 1);
}

#[test]
fn a_stub_asks_its_next_server_where_one_fails_and_tells_what_the_last_said() {
    for code in [ResponseCode::ServFail, ResponseCode::Refused, ResponseCode::NotImp, ResponseCode::FormErr] {
        let settings = || Settings { edns: None, ..stub_of(&[1, 2]) };
        let mut first = true;
        let outcome = resolve(settings(), &mut memory(), ("www.lab.", RecordType::A), |_, _, asked| {
            let good = response(asked, ResponseCode::NoError, [&["www.lab. 60 IN A 192.0.2.80"], &[]]);
            octets(&if std::mem::take(&mut first) { response(asked, code, [&[], &[]]) } else { good })
        });
        assert_eq!((outcome.queries.len(), outcome.answer.answers.len()), (2, 1), "{code}");
        let outcome = resolve(settings(), &mut memory(), ("www.lab.", RecordType::A), |_, _, asked| {
            octets(&response(asked, code, [&[], &[]]))
        });
        assert_eq!((outcome.queries.len(), outcome.answer.code), (2, code));
    }
}

#[test]
fn the_failure_tells_what_came_of_the_last_server() {
    let outcome = resolve(at(&[1]), &mut memory(), ("www.lab.", RecordType::A), |_, _, asked| {
        octets(&response(asked, ResponseCode::Refused, [&[], &[]]))
    });
    let failure = outcome.answer.failure.expect("a failure").to_string();
    assert_eq!(failure, "no server of lab. gave a usable answer about www.lab. (1 asked; ns1.lab answered REFUSED)");
}

/// The zone `six.lab.`, whose only name server has nothing but an IPv6 address: in the glue, or as a name of `other.lab.` that is looked up.
fn ipv6_only(to: IpAddr, asked: &Message, with_glue: bool) -> Option<Vec<u8>> {
    let (name, kind) = (asked.queries[0].name().clone(), asked.queries[0].query_type());
    let code = ResponseCode::NoError;
    if to == ipv6_server() {
        return octets(&response(asked, code, [&["www.six.lab. 60 IN A 192.0.2.80"], &[]]));
    }
    if name == named("ns.other.lab.") {
        let [answers, authority]: [&[&str]; 2] = if kind == RecordType::AAAA {
            [&["ns.other.lab. 60 IN AAAA 2001:db8::53"], &[]]
        } else {
            [&[], &[SOA_OF_LAB]]
        };
        return octets(&response(asked, code, [answers, authority]));
    }
    let server = if with_glue { "six.lab. 60 IN NS ns.six.lab." } else { "six.lab. 60 IN NS ns.other.lab." };
    let mut message = response(asked, code, [&[], &[server]]);
    message.metadata.authoritative = false;
    message.additionals =
        with_glue.then(|| record_from_line("ns.six.lab. 60 IN AAAA 2001:db8::53").unwrap()).into_iter().collect();
    octets(&message)
}

fn ipv6_server() -> IpAddr {
    "2001:db8::53".parse().unwrap()
}

#[test]
fn servers_with_ipv6_addresses_alone_are_asked_over_ipv6() {
    for with_glue in [true, false] {
        let settings = Settings { ipv6: true, ..at(&[1]) };
        let outcome = resolve(settings, &mut memory(), ("www.six.lab.", RecordType::A), |to, _, asked| {
            ipv6_only(to, asked, with_glue)
        });
        assert_eq!(outcome.answers(), ["www.six.lab. 60 IN A 192.0.2.80"], "{with_glue}: {:#?}", outcome.steps);
        assert_eq!(outcome.queries.last().unwrap().0, ipv6_server());
    }
}

#[test]
fn without_ipv6_the_failure_says_that_the_servers_have_nothing_else() {
    for (with_glue, asker, queries, told) in [
        (true, "you", 1, "the name servers of six.lab. have only IPv6 addresses, and this machine has no IPv6"),
        // Who serves it, its IPv4 address, and the reason why there is none.
        (false, "dns.lab", 3, "the name servers of six.lab. have only IPv6 addresses, and dns.lab has no IPv6"),
    ] {
        let settings = Settings { asker: asker.to_owned(), ..at(&[1]) };
        let outcome = resolve(settings, &mut memory(), ("www.six.lab.", RecordType::A), |to, _, asked| {
            ipv6_only(to, asked, with_glue)
        });
        let failure = outcome.answer.failure.as_ref().unwrap().to_string();
        assert_eq!((failure.as_str(), outcome.queries.len()), (told, queries), "{:#?}", outcome.steps);
        assert!(outcome.queries.iter().all(|(to, ..)| to.is_ipv4()));
    }
}
