//! Days as a student lives through them, in virtual time, and the numbers theory has for them.

use super::*;
use crate::{
    engine::runner::{self, Options},
    sim::formula::Formula,
};

fn day(config: &Config) -> Report {
    let done = runner::run::<NameDay>(config, &Options::default()).unwrap();
    assert_eq!(done.report.failure, None);
    assert_eq!(done.ledger.flows().len(), 1, "lookups are counted, not recorded");
    let whole = done.report.whole;
    assert_eq!((whole.lookups, whole.failed), (u64::from(config.lookups), 0));
    assert_eq!(
        whole.host_hits + whole.local_hits + whole.misses,
        whole.lookups,
        "each is answered somewhere: {whole:?}"
    );
    done.report
}

#[track_caller]
fn agrees(measured: f64, theory: &Formula, within: f64) {
    assert!((measured - theory.value()).abs() < within, "{measured}, and in theory {theory:?}");
}

#[test]
fn caches_spare_the_root_nearly_everything() {
    let report = day(&Config::default());
    let Counts { root, tld, authoritative, misses, .. } = report.whole;
    assert!((7..=12).contains(&root), "one question for each top-level domain that is visited: {root}");
    assert_eq!(report.one_in, Some(20_000.0 / root as f64));
    assert!(root < tld && tld < authoritative && misses <= tld + authoritative);
    let theory = report.theory.unwrap();
    agrees(report.whole.ratio(), &theory.both, 0.005);
    agrees(report.whole.host_ratio(), &theory.host, 0.01);
    agrees(report.whole.local_ratio(), &theory.local, 0.01);
    assert_eq!((report.hours.len(), report.hours.iter().map(|hour| hour.lookups).sum::<u64>()), (24, 20_000));
    // What is asked of the root is asked at the beginning, when nothing is known.
    assert_eq!(report.hours[0].root, root);
    let popular = &report.names[0];
    assert!((popular.lookups as f64 / 20_000.0 - popular.share).abs() < 0.01);
    let hits = (popular.host_hits + popular.local_hits) as f64 / popular.lookups as f64;
    assert!((hits - popular.theory).abs() < 0.01, "{popular:?}");
}

#[test]
fn names_that_live_for_a_minute_are_hardly_worth_remembering() {
    let generated = Config { names: NameSelection::Generated(400), lookups: 6_000, clients: 4, ..Config::default() };
    let report = day(&generated);
    let theory = report.theory.as_ref().unwrap();
    agrees(report.whole.ratio(), &theory.both, 0.015);
    agrees(report.whole.host_ratio(), &theory.host, 0.015);
    let of_class = |ttl| {
        let of = report.names.iter().filter(|name| name.ttl_seconds == ttl);
        of.map(|name| (name.host_hits + name.local_hits) as f64 / name.lookups.max(1) as f64).fold(0.0, f64::max)
    };
    let classes: Vec<f64> = [60, 300, 3_600, 86_400].map(of_class).into();
    assert!(classes.windows(2).all(|two| two[0] < two[1]), "{classes:?}");
    // All of them are in one zone: the root is asked once, for lab.
    assert_eq!((report.whole.root, report.one_in), (1, Some(6_000.0)));
}

#[test]
fn with_a_ttl_of_nothing_every_lookup_goes_to_the_authority() {
    let report = day(&Config { ttl: Some(0), lookups: 500, hours: 2, ..Config::default() });
    assert_eq!((report.whole.ratio(), report.whole.misses), (0.0, 500));
    agrees(0.0, &report.theory.unwrap().both, 1e-12);
    // Who serves which zone is remembered all the same.
    assert!(report.whole.root < 20, "{:?}", report.whole);
}

#[test]
fn one_client_alone_gains_nothing_from_the_common_cache() {
    let alone = Config { ttl: Some(600), clients: 1, lookups: 6_000, ..Config::default() };
    let report = day(&alone);
    let theory = report.theory.as_ref().unwrap();
    agrees(report.whole.host_ratio(), &theory.both, 0.015);
    assert!(report.whole.local_ratio() < 0.01);
}

#[test]
fn one_central_server_has_everything_to_answer_and_is_far_away_and_alone() {
    let spread = day(&Config::default());
    let central = day(&Config { central: true, ..Config::default() });
    let (of_spread, of_central) = (spread.busiest.unwrap(), central.busiest.unwrap());
    assert_eq!(of_central.queries, of_central.of, "nobody else is asked: {of_central:?}");
    assert_eq!((of_central.queries, central.whole.root), (central.whole.misses, central.whole.misses));
    assert!(of_central.queries > 5 * of_spread.queries, "{of_central:?}, {of_spread:?}");
    agrees(central.whole.ratio(), &central.theory.unwrap().both, 0.01);
    assert!(central.mean_seconds > 2.0 * spread.mean_seconds, "{} {}", central.mean_seconds, spread.mean_seconds);
    // One server fails: of the many nobody notices, of the one everybody does.
    let off = vec![crate::lab::Outage { host: of_central.server, port: None }];
    let mut config = Config { lookups: 200, hours: 1, ..Config::default() };
    config.setting.off = off;
    let failed = |config: &Config| runner::run::<NameDay>(config, &Options::default()).unwrap().report.whole.failed;
    assert_eq!(failed(&config), 0);
    assert_eq!(failed(&Config { central: true, ..config }), 200);
}

#[test]
fn an_address_that_changes_is_told_no_longer_than_its_ttl() {
    let change = AddressChange { at_hour: 6.0, ..AddressChange::default() };
    let config =
        Config { ttl: Some(1_800), clients: 5, lookups: 8_000, hours: 12, change: Some(change), ..Config::default() };
    let stale = day(&config).stale.unwrap();
    assert_eq!((stale.theory_seconds, stale.changed_seconds, stale.new.as_str()), (1_800, 21_600.0, "203.0.113.77"));
    let last = stale.last_seconds.unwrap();
    // Caches count down in whole seconds, and an answer takes its time to come.
    assert!(last <= 1_801.0 && last > 60.0, "{stale:?}");
    assert!(stale.first_fresh_seconds.unwrap() > last, "one cache for all: it is fresh for all at once");
    assert_eq!(stale.answers, stale.clients.iter().map(|client| client.answers).sum::<u64>());
    assert!(stale.clients.iter().all(|client| client.last_seconds <= last && (1..=5).contains(&client.client)));
    // Nothing is remembered, nothing is stale.
    let config = Config { ttl: Some(0), lookups: 1_000, ..config };
    let stale = day(&config).stale.unwrap();
    assert_eq!((stale.answers, stale.last_seconds), (0, None));
}

#[test]
fn an_address_that_changes_at_the_very_end_changes() {
    let change = AddressChange { at_hour: 2.0, ..AddressChange::default() };
    let config = Config { lookups: 3, hours: 2, change: Some(change), ..Config::default() };
    let done = runner::run::<NameDay>(&config, &Options::default()).unwrap();
    let stale = done.report.stale.unwrap();
    assert_eq!((stale.answers, stale.last_seconds, stale.first_fresh_seconds), (0, None, None));
    let flow = &done.ledger.flows()[0];
    assert!(flow.ended_at.unwrap() >= flow.opened_at + std::time::Duration::from_hours(2), "{flow:?}");
}

#[test]
fn a_wildcards_name_can_change_too() {
    let change = AddressChange { name: Some("n3.hour.names.lab".to_owned()), at_hour: 1.0, ..AddressChange::default() };
    let names = NameSelection::Generated(8);
    let config = Config { names, change: Some(change), lookups: 2_000, hours: 4, ..Config::default() };
    let stale = day(&config).stale.unwrap();
    assert_eq!((stale.name.as_str(), stale.old.as_str()), ("n3.hour.names.lab.", "192.0.2.203"));
    assert!(stale.last_seconds.is_some_and(|last| last <= 3_601.0) && stale.first_fresh_seconds.is_some());
}

#[test]
fn a_day_that_is_repeated_repeats() {
    let once = || day(&Config { lookups: 500, hours: 3, ..Config::default() });
    assert_eq!(once(), once());
    let mut other = Config { lookups: 500, hours: 3, ..Config::default() };
    other.setting.path.seed = 2;
    assert_ne!(day(&other).names, once().names);
}

#[test]
fn what_is_no_day_is_a_failure() {
    let refused = |config: &Config| {
        let report = runner::run::<NameDay>(config, &Options::default()).unwrap().report;
        report.failure.unwrap().summary
    };
    let too_many = Config { lookups: 1_000_001, ..Config::default() };
    assert_eq!(refused(&too_many), "the number of lookups is not between 1 and 1000000");
    let late =
        Config { change: Some(AddressChange { at_hour: 25.0, ..AddressChange::default() }), ..Config::default() };
    assert_eq!(refused(&late), "the hour of the change is not between 0 and 24");
    let nobody = AddressChange { name: Some("www.nowhere.lab".to_owned()), ..AddressChange::default() };
    let missing = Config { change: Some(nobody), ..Config::default() };
    assert_eq!(refused(&missing), "www.nowhere.lab is not among the names that are looked up");
}
