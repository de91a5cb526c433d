//! Attacks as a student tries them, in virtual time, and the numbers theory has for them.

use super::*;
use crate::{
    engine::runner::{self, FinishedRun, Options},
    wire::{FlowKind, FlowState, NoteKind},
};

fn tried(attack: Attack, trials: u32) -> FinishedRun<Report> {
    let config = Config { attack, trials, ..Config::default() };
    runner::run::<NameAttack>(&config, &Options::default()).unwrap()
}

fn found(attack: Attack, trials: u32) -> AttackResult {
    let report = tried(attack, trials).report;
    assert_eq!(report.failure, None);
    report.found.unwrap()
}

fn poisoned(poisoning: Poisoning, trials: u32) -> PoisoningResult {
    let AttackResult::Poisoning(poisoned) = found(Attack::Poisoning(poisoning), trials) else { panic!("a poisoning") };
    *poisoned
}

fn intercepted(interception: InterceptionAttack) -> InterceptionResult {
    let AttackResult::Interception(found) = found(Attack::Interception(interception), 5) else {
        panic!("an interception")
    };
    found
}

fn amplified(amplification: Amplification) -> Vec<AmplificationRow> {
    let attack = Attack::Amplification(amplification);
    let AttackResult::Amplification(found) = found(attack, 10) else { panic!("an amplification") };
    found.rows
}

fn flooded(flood: Flood, trials: u32) -> FloodResult {
    let AttackResult::Flood(flooded) = found(Attack::Flood(flood), trials) else { panic!("a flood") };
    flooded
}

fn about(measured: f64, expected: f64) -> bool {
    (measured - expected).abs() < 1e-9
}

#[test]
fn few_bits_are_guessed_as_often_as_theory_says() {
    for (poisoning, numbers) in [
        (Poisoning { id_bits: 4, forged: 8, ..Poisoning::default() }, "1 − (1 − 1/2^(4+0))^8 = 0.4033"),
        (Poisoning { id_bits: 3, port_bits: 3, forged: 48, ..Poisoning::default() }, "1 − (1 − 1/2^(3+3))^48 = 0.5304"),
        (
            Poisoning { id_bits: 0, randomise_case: true, forged: 512, ..Poisoning::default() },
            "1 − (1 − 1/2^(0+0+11))^512 = 0.2212",
        ),
    ] {
        let found = poisoned(poisoning.clone(), 150);
        assert_eq!(found.theory.numbers, numbers);
        assert!(found.measured.fits(found.theory.value()), "{poisoning:?}: {found:#?}");
        assert_eq!((found.forged_sent, found.forged_in_time), (150 * u64::from(poisoning.forged), found.forged_sent));
    }
}

#[test]
fn all_defences_together_leave_nothing_to_guess() {
    let all = Poisoning { id_bits: 16, port_bits: 14, randomise_case: true, forged: 200, ..Poisoning::default() };
    let found = poisoned(all, 50);
    assert_eq!((found.measured.hits, found.space_bits, found.letters, found.worth), (0, 41, 11, None));
    assert!(found.theory.value() < 1e-9 && found.measured.fits(found.theory.value()));
    assert!((found.space.log2() - 41.0).abs() < 1e-9);
}

#[test]
fn a_resolver_that_goes_over_to_tcp_hears_ten_guesses() {
    let found = poisoned(Poisoning { id_bits: 4, forged: 64, tcp_on_misfits: true, ..Poisoning::default() }, 150);
    assert_eq!(found.theory.numbers, "1 − (1 − 1/2^(4+0))^min(64, 10) = 0.4755");
    assert!(found.measured.fits(found.theory.value()), "{found:#?}");
    assert_eq!(u64::from(found.went_to_tcp), 150 - found.measured.hits);
    let [ignored] = found.ignored.as_slice() else { panic!("one rule: {:?}", found.ignored) };
    assert_eq!(ignored.rule, "its id is not this query's");
    assert!(ignored.messages >= 10 * u64::from(found.went_to_tcp));
    // Behind ports, only guesses at the right one count.
    let behind_ports =
        Poisoning { id_bits: 4, port_bits: 3, forged: 256, tcp_on_misfits: true, ..Poisoning::default() };
    let found = poisoned(behind_ports, 100);
    assert!((found.theory.value() - 0.4755).abs() < 1e-3 && found.measured.fits(found.theory.value()), "{found:#?}");
}

#[test]
fn a_poisoned_cache_sends_its_clients_to_the_attacker() {
    let done = tried(Attack::Poisoning(Poisoning { id_bits: 1, forged: 8, ..Poisoning::default() }), 3);
    let Some(AttackResult::Poisoning(found)) = &done.report.found else { panic!("{:?}", done.report) };
    let worth = found.worth.as_ref().unwrap();
    assert_eq!((worth.name.as_str(), worth.told.as_str()), ("www.somesite.com.", "192.0.2.99"));
    assert_eq!((worth.truth.as_str(), worth.for_seconds), ("198.51.100.80", 86_400));
    // The true answer takes as long as the way to the server and back: access link, campus, village line.
    assert!((found.window_seconds - 0.110_4).abs() < 1e-3, "{}", found.window_seconds);
    // The first trial can be read in the record, the forged answers too.
    let flows = done.ledger.flows();
    let forged = flows.iter().find(|flow| flow.title == "8 forged answers").unwrap();
    assert_eq!((forged.kind, forged.events.len()), (FlowKind::Datagrams, 8));
    assert_eq!(forged.ends.client.name, "attacker.lab in the name of dns.somesite.com.");
    assert!(forged.events.iter().all(|event| event.transit.is_some()), "they have arrived");
    assert!(flows.iter().any(|flow| flow.title.contains("A asked of dns.somesite.com")));
    assert!(flows.iter().all(|flow| flow.state == FlowState::Closed), "{flows:#?}");
    assert_eq!(flows.iter().filter(|flow| flow.kind == FlowKind::Run).count(), 3);
    // The record says how many lookups it leaves out: two trials, and after each success the cache is filled anew; one shows what it is worth.
    let run = flows.iter().find(|flow| flow.id == done.report.flow).unwrap();
    let [note] = run.notes.as_slice() else { panic!("{:?}", run.notes) };
    let left_out = 2 + found.measured.hits + 1;
    assert_eq!((note.kind, note.text.as_str()), (NoteKind::Unrecorded, &*format!("{left_out} lookups not recorded")));
    let last_recorded = flows.iter().filter(|flow| flow.id != run.id).filter_map(|flow| flow.ended_at).max();
    assert!(last_recorded.is_some_and(|at| at <= note.at) && run.ended_at.is_some_and(|at| at > note.at));
    // Nothing that was on its way is left out: what came before the attack can be read too.
    let before = flows.iter().find(|flow| flow.title.starts_with("before the attack")).unwrap();
    assert!(done.ledger.children(before.id).next().is_some());
}

#[test]
fn a_run_that_is_repeated_repeats() {
    let once = || poisoned(Poisoning::default(), 20);
    assert_eq!(once(), once());
}

#[test]
fn the_first_forged_answer_of_an_interception_can_be_read() {
    let done = tried(Attack::Interception(InterceptionAttack::default()), 2);
    let flows = done.ledger.flows();
    let forged: Vec<_> = flows.iter().filter(|flow| flow.title == "forged answers").collect();
    assert_eq!((forged.len(), forged[0].events.len()), (1, 1), "the first lookup's alone");
    assert!(forged[0].ends.client.name.starts_with("attacker.lab"), "a lane of its own");
    assert!(forged[0].events[0].transit.is_some(), "it has arrived");
    assert!(flows.iter().all(|flow| flow.state == FlowState::Closed), "{flows:#?}");
}

#[test]
fn who_sees_the_query_needs_no_luck() {
    let found = intercepted(InterceptionAttack::default());
    assert_eq!((found.measured.hits, found.bits_seen, found.forged_sent), (5, 16 + 14 + 14, 5));
    assert_eq!(found.told, [ClientAnswer { address: "192.0.2.99".to_owned(), times: 5, forged: true }]);
    // Before any true answer has crossed the access link.
    assert!(found.seconds < 0.001, "{}", found.seconds);
}

#[test]
fn a_datagram_answers_no_question_put_over_tcp() {
    let found = intercepted(InterceptionAttack { over_tcp: true, ..InterceptionAttack::default() });
    assert_eq!((found.measured.hits, found.queries_seen, found.forged_sent), (0, 0, 0));
    assert_eq!(found.told, [ClientAnswer { address: "198.51.100.80".to_owned(), times: 5, forged: false }]);
    assert!(about(found.queries_per_lookup, 3.0));
    // Two round trips to each of three servers.
    assert!((0.6..0.8).contains(&found.seconds), "{}", found.seconds);
}

#[test]
fn a_second_opinion_shows_the_lie_and_costs_a_walk() {
    let found = intercepted(InterceptionAttack { second_opinion: true, ..InterceptionAttack::default() });
    assert_eq!((found.measured.hits, found.disagreements), (0, Some(5)));
    assert_eq!(found.told, [ClientAnswer { address: String::new(), times: 5, forged: false }]);
    assert!(about(found.queries_per_lookup, 1.0 + 3.0));
}

#[test]
fn small_questions_bring_a_victim_large_answers() {
    let rows = amplified(Amplification::default());
    for row in &rows {
        assert_eq!((row.sent.messages, row.at_victim.messages), (10, 10), "{row:?}");
        assert!(about(row.factor, row.theory.value()), "{row:?}");
        assert!(row.factor > row.factor_on_wire && row.factor_on_wire > 1.0 && !row.truncated, "{row:?}");
    }
    let [any, .., root, referral] = rows.as_slice() else { panic!("{rows:?}") };
    // Header, question (9 + 4), OPT (11): every octet of the query is in its answer too.
    assert_eq!(any.sent.octets, 10 * (12 + 13 + 11));
    assert_eq!(any.theory.numbers, "633 / 36 = 17.58");
    // Thirteen servers and their addresses: header, question, OPT; 13 names, the first whole; 13 × 16 and 13 × 28 octets of addresses.
    let [servers, addresses] = [31 + 12 * 15, 13 * (16 + 28)];
    assert_eq!(root.at_victim.octets, 10 * (12 + 5 + 11 + servers + addresses));
    assert!(referral.factor > 7.0);
}

#[test]
fn servers_can_refuse_to_be_weapons() {
    let factor = |rows: &[AmplificationRow]| rows.iter().map(|row| row.factor).fold(0.0, f64::max);
    let minimal = amplified(Amplification { minimal_any: true, ..Amplification::default() });
    assert!(minimal[0].factor < 5.0, "{:?}", minimal[0]);
    let small = amplified(Amplification { no_edns: true, ..Amplification::default() });
    assert!(small.iter().all(|row| row.at_victim.octets <= 10 * 512), "{small:?}");
    assert!(factor(&small) < 18.5, "{small:?}");
    let cut = amplified(Amplification { truncate: true, ..Amplification::default() });
    assert!(cut.iter().all(|row| row.truncated && row.factor <= 1.0), "{cut:?}");
    for rows in [minimal, small, cut] {
        assert!(rows.iter().all(|row| about(row.factor, row.theory.value())));
    }
}

#[test]
fn without_the_root_warm_caches_carry_on_and_cold_ones_stand_still() {
    let flooded = flooded(Flood { off: vec![0, 12, 13], ..Flood::default() }, 60);
    assert_eq!(flooded.servers.len(), 13);
    let shares = |points: &[FloodPoint]| points.iter().map(|point| point.answered.share).collect::<Vec<_>>();
    let (cold, warm) = (shares(&flooded.cold), shares(&flooded.warm));
    assert_eq!((cold[0], cold[2]), (1.0, 0.0));
    assert_eq!(warm, [1.0, 1.0, 1.0]);
    let root = |point: &FloodPoint| point.reached[0];
    assert_eq!(flooded.warm.iter().map(|point| root(point).queries).sum::<u64>(), 0, "roots are bypassed");
    assert!(root(&flooded.cold[0]).queries > 3 && root(&flooded.cold[2]).queries == 0);
    // One of thirteen is enough, if it takes a while to find it.
    assert!(cold[1] > 0.95, "{cold:?}");
    assert!(flooded.cold[1].max_seconds > 1.0 && flooded.cold[0].max_seconds < 1.0);
}

#[test]
fn without_top_level_domains_only_what_is_known_is_found() {
    let flooded = flooded(Flood { level: ServerLevel::Tld, off: vec![0, 99], ..Flood::default() }, 60);
    assert_eq!(flooded.servers.len(), 10);
    let [cold, warm] = [&flooded.cold, &flooded.warm].map(|points| points.last().unwrap());
    assert_eq!((cold.off, cold.answered.hits), (10, 0));
    assert!(warm.answered.share > 0.2 && warm.answered.share < 1.0, "{warm:?}");
    assert!(warm.mean_seconds > flooded.warm[0].mean_seconds);
}

#[test]
fn what_cannot_be_tried_is_a_failure() {
    let refused = |attack, trials| tried(attack, trials).report.failure.unwrap().summary;
    let too_many = Poisoning { forged: 65_536, ..Poisoning::default() };
    assert_eq!(
        refused(Attack::Poisoning(too_many), 1_000),
        "1000 trials of 65536 forged answers each are more than 4000000 in all"
    );
    assert_eq!(refused(Attack::default(), 0), "the number of trials is not between 1 and 100000");
    let seventeen = Poisoning { id_bits: 17, ..Poisoning::default() };
    assert_eq!(refused(Attack::Poisoning(seventeen), 1), "the number of an id's random bits is not between 0 and 16");
    let nobody = AmplifierQuestion { name: "a.".to_owned(), kind: "A".to_owned(), server: "dns.nowhere.".to_owned() };
    let attack = Attack::Amplification(Amplification { questions: vec![nobody], ..Amplification::default() });
    assert_eq!(refused(attack, 1), "this lab has no dns.nowhere.");
}
