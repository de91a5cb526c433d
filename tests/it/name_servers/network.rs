//! The Internet as a resolver meets it: the true root's addresses and port 53, no network at all, somebody between who answers, and
//! the resolver a system is configured with.

use std::net::IpAddr;

use roundtrip::{
    engine::resolve::{Report, ResolutionMode, read_hints},
    proto::dns::trace::{Purpose, StepOutcome},
};

use super::{
    DIG, NAMED, QUESTIONS, UNBOUND_PROGRAM, answers, dig,
    hierarchy::{self, ONE_ROOT, ROOT, SCHOOL, TLD, UNBOUND},
    resolve, resolve_as_it_is,
};
use crate::support::world::{PORT, World};

pub(super) const NFT: (&str, &str) = ("nft", "nftables");
const QUESTION: &str = "www.school.lab";
const ANSWER: &str = "www.school.lab. 300 IN A 127.0.20.1";

/// The root's servers as they are built in, those that IPv4 reaches.
fn true_root() -> Vec<(String, String)> {
    let hints = read_hints(include_str!("../../../assets/root.hints")).unwrap();
    let ipv4 = hints.into_iter().filter(|(_, ip)| matches!(ip, IpAddr::V4(_)));
    ipv4.map(|(name, ip)| (name, ip.to_string())).collect()
}

/// A world whose root is at its true addresses.
fn internet(programs: &[(&str, &str)]) -> Option<World> {
    let mut world = World::open(programs)?;
    let root = true_root();
    let root: Vec<(&str, &str)> = root.iter().map(|(name, ip)| (name.as_str(), ip.as_str())).collect();
    hierarchy::start(&mut world, &root);
    Some(world)
}

#[test]
fn the_built_in_hints_lead_from_the_true_root_to_an_answer() {
    let Some(world) = internet(&[NAMED]) else { return };
    let root = true_root();
    let is_of_root = |ip: IpAddr| root.iter().any(|(_, known)| *known == ip.to_string());
    let bare = resolve_as_it_is(&world, &[QUESTION, "--no-cache"]);
    assert_eq!(bare.answers, [ANSWER], "{:?}", bare.failure);
    let ips: Vec<IpAddr> = bare.steps.iter().map(|step| step.ip_port.unwrap().ip()).collect();
    let [first, second, third] = ips.as_slice() else { panic!("{:?}", bare.steps) };
    assert!(is_of_root(*first) && bare.steps.iter().all(|step| step.ip_port.unwrap().port() == 53));
    assert_eq!((second.to_string(), third.to_string()), (TLD.to_owned(), SCHOOL.to_owned()));
    assert!(bare.steps[0].server.ends_with(".root-servers.net"), "{}", bare.steps[0].server);
    assert_eq!(bare.warnings, [""; 0]);
    let primed = resolve_as_it_is(&world, &[QUESTION]);
    assert_eq!(primed.answers, [ANSWER], "{:?}", primed.failure);
    let told: Vec<_> = primed.steps.iter().map(|step| (step.question.name.as_str(), step.outcome)).collect();
    let referral = (concat!("www.school.lab", "."), StepOutcome::Referral);
    assert_eq!(told, [(".", StepOutcome::Answer), referral, referral, (referral.0, StepOutcome::Answer)]);
    assert_eq!(primed.steps[0].purpose, Purpose::Priming);
    assert_eq!(primed.warnings, [""; 0], "a root that answers about itself is no sign of anything");
}

#[test]
fn without_a_network_the_failure_says_so_and_offers_the_lab() {
    let Some(world) = World::open(&[]) else { return };
    for args in [&[QUESTION][..], &[QUESTION, "--no-cache"], &[QUESTION, "--minimise"]] {
        let report = resolve_as_it_is(&world, args);
        says_no_network(&report);
        assert!(report.steps.iter().all(|step| step.outcome == StepOutcome::Unreachable), "{:?}", report.steps);
        assert!(report.steps.len() <= 2 * true_root().len(), "{} queries", report.steps.len());
    }
}

#[test]
fn where_nothing_ever_comes_back_it_says_the_same() {
    let Some(world) = internet(&[NAMED, NFT]) else { return };
    world.shell("nft add table ip f; nft 'add chain ip f in { type filter hook input priority 0; policy drop; }'");
    let report = resolve_as_it_is(&world, &[QUESTION]);
    says_no_network(&report);
    assert!(report.seconds < 30.0, "it took {} s", report.seconds);
}

fn says_no_network(report: &Report) {
    let failure = report.failure.as_ref().expect("a failure").to_string();
    assert!(failure.contains("none of the root's servers could be reached"), "{failure}");
    assert!(failure.contains("Lab Internet"), "{failure}");
}

/// Datagrams to port 53 reach an unbound instead, whoever they are for; what it makes of queries without RD is for `access` to say.
fn intercepted(access: &str) -> Option<World> {
    let mut world = internet(&[NAMED, NFT, DIG, UNBOUND_PROGRAM])?;
    // It asks where nobody is between: on the other port.
    let stub = |zone: &str, ip: &str| format!("stub-zone:\n name: \"{zone}\"\n stub-addr: {ip}@{PORT}\n");
    let zones = [(".", ROOT), ("lab.", TLD), ("school.lab.", SCHOOL)].map(|(zone, ip)| stub(zone, ip)).concat();
    let access = ["0.0.0.0/1", "128.0.0.0/1"].map(|ips| format!(" access-control: {ips} {access}\n")).concat();
    world.unbound("between", &format!(" interface: {UNBOUND}@{PORT}\n{access}{zones}"));
    let lines = format!(
        "nft add table ip n\nnft 'add chain ip n out {{ type nat hook output priority -100; }}'\n\
         nft add rule ip n out udp dport 53 dnat to {UNBOUND}:{PORT}"
    );
    world.shell(&lines);
    Some(world)
}

#[test]
fn who_answers_in_the_roots_place_is_named() {
    let Some(world) = intercepted("allow_snoop") else { return };
    // Its cache has the answer: that is what it gives to a query without RD.
    let port = PORT.to_string();
    world.output("dig", &[&format!("@{UNBOUND}"), "-p", &port, QUESTION]);
    for args in [&[QUESTION][..], &[QUESTION, "--no-cache"], &[QUESTION, "--minimise"]] {
        let report = resolve_as_it_is(&world, args);
        let [warning] = report.warnings.as_slice() else { panic!("{args:?}: {:#?}", report.steps) };
        assert!(warning.contains("port 53 seems to be intercepted"), "{warning}");
        assert!(report.answers.iter().all(|answer| answer.ends_with("127.0.20.1")), "{:?}", report.answers);
        assert!(!report.answers.is_empty(), "{args:?}: {:?} {:#?}", report.failure, report.steps);
        assert!(report.steps.len() <= 40, "{args:?}: {} queries", report.steps.len());
    }
}

#[test]
fn who_refuses_in_the_roots_place_is_named() {
    let Some(world) = intercepted("allow") else { return };
    for args in [&[QUESTION][..], &[QUESTION, "--no-cache"], &[QUESTION, "--minimise"]] {
        let report = resolve_as_it_is(&world, args);
        let [warning] = report.warnings.as_slice() else { panic!("{args:?}: {:#?}", report.steps) };
        assert!(warning.contains("port 53 seems to be intercepted") && warning.contains("refused"), "{warning}");
        let failure = report.failure.as_ref().expect("a failure").to_string();
        assert!(failure.contains("no server of the root"), "{failure}");
        assert!(report.steps.len() <= 40, "{args:?}: {} queries", report.steps.len());
    }
}

#[test]
fn a_stub_leaves_it_to_a_server_and_hears_the_same() {
    let Some(mut world) = World::open(&[NAMED, DIG, UNBOUND_PROGRAM]) else { return };
    hierarchy::start(&mut world, ONE_ROOT);
    hierarchy::unbound(&mut world);
    let server = format!("{UNBOUND}:{PORT}");
    for (name, kind) in QUESTIONS {
        let theirs = dig(&world, UNBOUND, name, kind);
        for mode in ["stub", "recursive"] {
            let report = resolve(&world, &[name, kind, "--mode", mode, "--server", &server]);
            assert!(report.failure.is_none(), "{mode} {name} {kind}: {:?}", report.failure);
            assert_eq!(
                (&report.rcode, answers(&report.answers)),
                (&theirs.0, theirs.1.clone()),
                "{mode} {name} {kind}"
            );
        }
    }
    let both = resolve(&world, &["school.lab", "MX", "NS", "--mode", "stub", "--server", &server]);
    let each = ["MX", "NS"].map(|kind| answers(&resolve(&world, &["school.lab", kind]).answers));
    assert_eq!(answers(&both.answers), each.into_iter().flatten().collect());
    let asked: Vec<_> = both.steps.iter().map(|step| (step.number, step.question.kind.as_str())).collect();
    assert_eq!(asked, [(1, "MX"), (2, "NS")]);
}

#[test]
fn the_systems_resolver_is_the_one_its_configuration_names() {
    let Some(mut world) = World::open(&[NAMED, UNBOUND_PROGRAM, ("mount", "mount")]) else { return };
    hierarchy::start(&mut world, ONE_ROOT);
    hierarchy::unbound(&mut world);
    let configuration = world.file("resolv.conf", &format!("nameserver {UNBOUND}\n"));
    let script = r#"mount --bind "$1" /etc/resolv.conf && shift && exec "$@""#;
    let ask = |world: &World, name: &str| {
        let mut command = world.command("unshare");
        command.args(["--mount", "sh", "-c", script, "sh"]).arg(&configuration).arg(env!("CARGO_BIN_EXE_roundtrip"));
        let output =
            command.args(["resolve", name, "--mode", "stub", "--world", "internet", "--json"]).output().unwrap();
        serde_json::from_slice::<Report>(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
    };
    let report = ask(&world, QUESTION);
    assert_eq!(report.answers, [ANSWER], "{:?}", report.failure);
    assert_eq!((report.mode, report.steps.len(), report.steps[0].server.as_str()), (ResolutionMode::Stub, 1, UNBOUND));
    let missing = ask(&world, "missing.school.lab");
    assert!(missing.failure.is_none(), "{:?}", missing.failure);
    assert_eq!((missing.rcode.as_str(), missing.steps[0].outcome), ("NXDOMAIN", StepOutcome::NoName));
    let no_data = ask(&world, "alias.lab");
    assert_eq!(no_data.rcode, "NXDOMAIN", "{:?}", no_data.failure);
    world.stop("unbound");
    let failure = ask(&world, QUESTION).failure.expect("a failure").to_string();
    assert!(failure.contains(UNBOUND) || failure.contains("resolver"), "{failure}");
}
