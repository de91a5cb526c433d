//! Our resolver over name servers we did not write (BIND), beside a resolver we did not write (unbound), each story in a network of
//! its own.

mod by_dig;
mod hierarchy;
mod network;
mod published;

use std::collections::BTreeSet;

use roundtrip::{
    engine::resolve::Report,
    proto::dns::trace::{Purpose, QueryTransport, ResolutionStep, StepOutcome},
};

use self::hierarchy::{DEAD, HINTS, ONE_ROOT, ROOT, SCHOOL, TLD, UNBOUND};
use crate::support::world::{Logged, PORT, World};

const NAMED: (&str, &str) = ("named", "bind9");
const DIG: (&str, &str) = ("dig", "bind9-dnsutils");
const UNBOUND_PROGRAM: (&str, &str) = ("unbound", "unbound");

/// What is asked in both ways: names and types, and what is special about them.
const QUESTIONS: &[(&str, &str)] = &[
    ("www.school.lab", "A"),
    ("alias.school.lab", "A"),
    ("alias.school.lab", "CNAME"),
    ("mail.school.lab", "A"),
    ("txt.school.lab", "TXT"),
    ("school.lab", "MX"),
    ("school.lab", "NS"),
    ("school.lab", "SOA"),
    ("srv.school.lab", "SRV"),
    ("any.thing.wild.school.lab", "A"),
    ("host.old.school.lab", "A"),
    // An alias into another zone, and one that leads to nothing.
    ("away.school.lab", "A"),
    ("nowhere.school.lab", "A"),
    // Names that are not there, and types.
    ("missing.school.lab", "A"),
    ("deep.missing.school.lab", "MX"),
    ("www.school.lab", "AAAA"),
    ("www.school.lab", "MX"),
    ("missing.lab", "A"),
    ("missing", "A"),
    ("lab", "NS"),
    // A name server without glue, and one of no use.
    ("www.other", "A"),
    ("www.lame.lab", "A"),
    // More than a datagram holds.
    ("big.school.lab", "TXT"),
];

#[test]
fn over_binds_servers_we_answer_as_unbound_does() {
    let Some(mut world) = World::open(&[NAMED, DIG, UNBOUND_PROGRAM]) else { return };
    hierarchy::start(&mut world, ONE_ROOT);
    hierarchy::unbound(&mut world);
    for (name, kind) in QUESTIONS {
        let ours = resolve(&world, &[name, kind]);
        let theirs = dig(&world, UNBOUND, name, kind);
        assert!(ours.failure.is_none(), "{name} {kind}: {:?}", ours.failure);
        assert_eq!((&ours.rcode, answers(&ours.answers)), (&theirs.0, theirs.1), "{name} {kind}");
    }
    let same = resolve(&world, &["www.school.lab", "A", "--minimise", "--randomise-case"]);
    assert_eq!(same.answers, ["www.school.lab. 300 IN A 127.0.20.1"]);
}

#[test]
fn we_ask_the_same_servers_as_unbound_and_bind_saw_every_query() {
    let Some(mut world) = World::open(&[NAMED, DIG, UNBOUND_PROGRAM]) else { return };
    hierarchy::start(&mut world, ONE_ROOT);
    for (name, kind) in
        [("www.school.lab", "A"), ("txt.school.lab", "TXT"), ("missing.school.lab", "A"), ("school.lab", "MX")]
    {
        let before = logged(&world);
        let report = resolve(&world, &[name, kind]);
        let seen_of_us = since(&before, &logged(&world));
        let way: Vec<_> =
            report.steps.iter().map(|step| (step.ip_port.unwrap().ip().to_string(), step.outcome)).collect();
        let last = way.last().unwrap().1;
        let expected = [(ROOT, StepOutcome::Referral), (TLD, StepOutcome::Referral), (SCHOOL, last)];
        assert_eq!(way, expected.map(|(ip, outcome)| (ip.to_owned(), outcome)), "{name} {kind}");
        let chain: Vec<_> = report.steps.iter().map(|step| step.parent).collect();
        assert_eq!(chain, [None, Some(1), Some(2)], "{name} {kind}");
        let query = Logged { name: name.to_owned(), kind: kind.to_owned(), over_tcp: false };
        assert_eq!(seen_of_us, vec![vec![query]; 3], "BIND saw each of our queries for {name} {kind}, and no other");
        // unbound begins anew each time, with nothing in its cache.
        hierarchy::unbound(&mut world);
        let before = logged(&world);
        dig(&world, UNBOUND, name, kind);
        let seen_of_unbound = since(&before, &logged(&world));
        world.stop("unbound");
        for (ours, theirs) in seen_of_us.iter().zip(&seen_of_unbound) {
            let theirs: Vec<_> = theirs.iter().filter(|query| query.name.eq_ignore_ascii_case(name)).cloned().collect();
            assert_eq!(*ours, theirs, "unbound asked another way: {seen_of_unbound:?}");
        }
    }
}

#[test]
fn what_fits_no_datagram_comes_over_tcp() {
    let Some(mut world) = World::open(&[NAMED]) else { return };
    hierarchy::start(&mut world, ONE_ROOT);
    let report = resolve(&world, &["big.school.lab", "TXT"]);
    assert_eq!(report.answers.len(), 20, "{:?}", report.failure);
    let [.., cut, whole] = report.steps.as_slice() else { panic!("{:?}", report.steps) };
    assert_eq!((cut.over, cut.outcome), (QueryTransport::Udp, StepOutcome::Truncated));
    assert_eq!((whole.over, whole.outcome, whole.parent), (QueryTransport::Tcp, StepOutcome::Answer, Some(cut.number)));
    assert_eq!(cut.ip_port, whole.ip_port);
    assert!(whole.octets[1] > 4_000 && cut.octets[1] <= 1_232, "{:?} {:?}", cut.octets, whole.octets);
    let transports: Vec<_> = world.queries("school").iter().map(|query| query.over_tcp).collect();
    assert_eq!(transports, [false, true]);
}

#[test]
fn of_two_servers_the_useless_one_is_passed_over() {
    let Some(mut world) = World::open(&[NAMED]) else { return };
    hierarchy::start(&mut world, ONE_ROOT);
    for (name, useless, outcome) in
        [("www.lame.lab", ROOT, StepOutcome::Lame), ("www.dead.lab", DEAD, StepOutcome::Unreachable)]
    {
        // Which of the two is asked first is drawn by lot.
        let came_up = (0..30).any(|_| {
            let report = resolve(&world, &[name]);
            assert_eq!(report.answers, [format!("{name}. 300 IN A 127.0.21.1")], "{:?}", report.failure);
            let zone = name.strip_prefix("www.").map(|zone| format!("{zone}."));
            let asked: Vec<&ResolutionStep> =
                report.steps.iter().filter(|step| Some(&step.zone) == zone.as_ref()).collect();
            let of = |step: &ResolutionStep| (step.ip_port.unwrap().ip().to_string(), step.outcome);
            match asked.as_slice() {
                [only] => assert_eq!(of(only), (SCHOOL.to_owned(), StepOutcome::Answer)),
                [first, second] => {
                    assert_eq!(of(first), (useless.to_owned(), outcome));
                    assert_eq!(of(second), (SCHOOL.to_owned(), StepOutcome::Answer));
                    assert!(second.reason.starts_with(&format!("{} ", first.server)), "{}", second.reason);
                }
                other => panic!("{name}: {other:?}"),
            }
            asked.len() == 2
        });
        assert!(came_up, "{name}: in thirty walks the useless server was never asked first");
    }
}

#[test]
fn a_name_server_without_glue_is_looked_for_first() {
    let Some(mut world) = World::open(&[NAMED]) else { return };
    hierarchy::start(&mut world, ONE_ROOT);
    let report = resolve(&world, &["www.other"]);
    assert_eq!(report.answers, ["www.other. 300 IN A 127.0.21.1"], "{:?}", report.failure);
    let aside = Purpose::ServerAddress { server: "ns1.school.lab.".to_owned() };
    assert!(report.steps.iter().any(|step| step.purpose == aside), "{:?}", report.steps);
}

/// `roundtrip resolve`, from the hierarchy's root on its own port.
fn resolve(world: &World, args: &[&str]) -> Report {
    let hints = world.file("our.hints", HINTS);
    let (hints, port) = (hints.to_string_lossy().into_owned(), PORT.to_string());
    let all: Vec<&str> = args.iter().copied().chain(["--hints", &hints, "--port", &port]).collect();
    resolve_as_it_is(world, &all)
}

/// The same, with nothing told.
fn resolve_as_it_is(world: &World, args: &[&str]) -> Report {
    let output = world
        .command(env!("CARGO_BIN_EXE_roundtrip"))
        .arg("resolve")
        .args(args)
        .args(["--world", "internet", "--json"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&said).unwrap_or_else(|error| {
        panic!("{args:?}: {error}: {said} {}", String::from_utf8_lossy(&output.stderr));
    })
}

/// Response code and answer section, as dig has them from a server on [`PORT`].
fn dig(world: &World, server: &str, name: &str, kind: &str) -> (String, BTreeSet<String>) {
    let port = PORT.to_string();
    let args =
        [&format!("@{server}"), "-p", &port, name, kind, "+noall", "+answer", "+comments", "+time=10", "+tries=1"];
    let said = String::from_utf8(world.output("dig", &args).stdout).unwrap();
    let code = said.split_once("status: ").and_then(|(_, rest)| rest.split_once(',')).map(|(code, _)| code.to_owned());
    let lines: Vec<String> = said.lines().filter(|line| !line.starts_with(';')).map(str::to_owned).collect();
    (code.unwrap_or_else(|| panic!("no response to {name} {kind}: {said}")), answers(&lines))
}

/// Records without their TTLs: a cache counts them down.
fn answers(lines: &[String]) -> BTreeSet<String> {
    let record = |line: &String| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, _, rest @ ..] = words.as_slice() else { return None };
        Some(format!("{name} {}", rest.join(" ")))
    };
    lines.iter().filter_map(record).collect()
}

fn logged(world: &World) -> [Vec<Logged>; 3] {
    ["root", "tld", "school"].map(|name| world.queries(name))
}

/// What each server got between the two.
fn since(before: &[Vec<Logged>; 3], after: &[Vec<Logged>; 3]) -> Vec<Vec<Logged>> {
    before.iter().zip(after).map(|(before, after)| after[before.len()..].to_vec()).collect()
}
