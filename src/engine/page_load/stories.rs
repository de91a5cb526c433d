//! Page loads in the lab, in virtual time.

use std::{collections::HashSet, time::Duration};

use tokio_util::sync::CancellationToken;
use url::Url;

use super::*;
use crate::{
    engine::{
        control::Control,
        runner::{self, FinishedRun, Options},
        timing::Phases,
    },
    net::{Rate, TcpModel},
    sim::formula::Exactness,
    wire::{Blame, FlowKind, FlowState, Side},
};

fn config(objects: u32, octets: u64) -> Config {
    Config { page: PageChoice::Generated { objects, object_octets: octets }, ..Config::default() }
}

fn race(config: &Config) -> FinishedRun<Report> {
    let finished = runner::run::<PageLoad>(config, &Options::default()).unwrap();
    for run in &finished.report.runs {
        assert_eq!(run.failure, None, "{}", run.strategy.name());
    }
    finished
}

fn nanos(seconds: f64) -> u128 {
    Duration::from_secs_f64(seconds).as_nanos()
}

#[test]
fn take_the_textbooks_times_to_the_microsecond_at_an_unlimited_rate() {
    let mut config = config(10, 12_500);
    config.setting.path.rate = Rate(None);
    for (parallel, expected) in [(5, [2200, 600, 1200, 500, 300, 300]), (10, [2200, 400, 1200, 400, 300, 300])] {
        config.parallel = parallel;
        for (run, millis) in race(&config).report.runs.iter().zip(expected) {
            let what = format!("{} with k = {parallel}", run.strategy.name());
            assert_eq!(nanos(run.seconds), Duration::from_millis(millis).as_nanos(), "{what}");
            assert_eq!(run.theory_seconds, Some(run.seconds), "{what}");
            assert_eq!(run.reason, None, "{what}");
        }
    }
}

#[test]
fn take_the_formulas_time_wherever_it_is_exact() {
    for (discipline, objects, octets) in
        [(Discipline::WorkConserving, 10, 100_000), (Discipline::Waves, 10, 100_000), (Discipline::Waves, 23, 1_000)]
    {
        let config = Config { discipline, ..config(objects, octets) };
        for run in race(&config).report.runs {
            let what = format!("{discipline:?} {}: {} s", run.strategy.name(), run.seconds);
            let theory = run.theory.unwrap();
            let difference = run.difference.unwrap();
            match theory.exactness {
                Exactness::Exact => assert!(difference.abs() < 0.01, "{what}, {difference}"),
                Exactness::UpperBound => assert!(difference < 1e-9, "{what}, {difference}"),
                Exactness::LowerBound | Exactness::Approximate => panic!("{what}: {:?}", theory.exactness),
            }
            let parallel = matches!(run.strategy, Strategy::Parallel | Strategy::PersistentParallel);
            let is_bound = parallel && discipline == Discipline::WorkConserving;
            assert_eq!(theory.exactness == Exactness::UpperBound, is_bound, "{what}");
            assert_eq!(run.reason.is_some(), difference.abs() > WORTH_A_REASON, "{what}");
        }
    }
}

#[test]
fn take_the_formulas_time_in_waves_whose_connections_are_ready_at_the_same_moment() {
    let mut config = Config { discipline: Discipline::Waves, ..config(10, 100_000) };
    config.setting.path.rate = Rate(None);
    for run in race(&config).report.runs {
        let off = run.seconds - run.theory_seconds.unwrap();
        assert!(off.abs() < 1e-6, "{}: {off} s", run.strategy.name());
    }
}

#[test]
fn open_the_connections_their_strategy_needs() {
    let runs = race(&config(10, 1_000)).report.runs;
    let used: Vec<_> = runs.iter().map(|run| (run.connections, run.sockets_at_peak, run.requests)).collect();
    assert_eq!(used, [(11, 1, 11), (11, 5, 11), (1, 1, 11), (5, 5, 11), (1, 1, 11), (1, 1, 11)]);
}

#[test]
fn account_for_every_octet_of_the_record() {
    let FinishedRun { report, ledger } = race(&config(5, 10_000));
    for run in &report.runs {
        let connections: Vec<_> = ledger.children(run.flow).collect();
        assert_eq!(connections.len(), run.connections as usize);
        let octets = |side| connections.iter().map(|flow| flow.octets(side)).sum::<u64>();
        assert_eq!((octets(Side::Client), octets(Side::Server)), (run.octets_sent, run.octets_received));
        let content: u64 = run.objects.iter().map(|object| object.content_octets).sum();
        assert_eq!(content, run.objects[0].content_octets + 50_000);
        if run.strategy != Strategy::Http2 {
            let all: u64 = run.objects.iter().map(|object| object.response_octets).sum();
            assert_eq!(all, run.octets_received, "{}", run.strategy.name());
            let all: u64 = run.objects.iter().map(|object| object.request_octets).sum();
            assert_eq!(all, run.octets_sent, "{}", run.strategy.name());
        }
        for object in &run.objects {
            let flow = ledger.flow(object.connection.unwrap()).unwrap();
            assert_eq!(flow.parent, Some(run.flow));
            assert_eq!(flow.kind, FlowKind::Connection);
            assert!(ordered(&object.phases), "{:?}", object.phases);
        }
    }
    assert!(ledger.flows().iter().all(|flow| flow.state == FlowState::Closed));
}

/// Do the phases follow each other without gaps in the wrong direction?
fn ordered(phases: &Phases) -> bool {
    let Phases { queue, dns, connect, tls, send, wait, receive } = *phases;
    let spans: Vec<_> = [queue, dns, connect, tls, send, wait, receive].into_iter().flatten().collect();
    spans.iter().all(|span| span.from <= span.to) && spans.windows(2).all(|pair| pair[0].to <= pair[1].from)
}

#[test]
fn show_setting_up_only_with_the_first_object_of_a_connection() {
    let runs = race(&config(5, 10_000)).report.runs;
    for run in runs {
        let mut seen = HashSet::new();
        for object in &run.objects {
            let first = seen.insert(object.connection_number);
            assert_eq!(object.phases.connect.is_some(), first, "{}: {}", run.strategy.name(), object.url);
        }
        assert_eq!(seen.len(), run.connections as usize);
    }
}

#[test]
fn take_longer_when_segments_are_lost_and_the_same_time_with_the_same_seed() {
    let smooth = config(10, 100_000);
    let mut lossy = smooth.clone();
    lossy.setting.path.loss = 0.01;
    let (smooth, once, again) = (race(&smooth), race(&lossy), race(&lossy));
    for (smooth, lossy) in smooth.report.runs.iter().zip(&once.report.runs) {
        let what = lossy.strategy.name();
        assert!(lossy.seconds > smooth.seconds, "{what}: {} s with loss, {} s without", lossy.seconds, smooth.seconds);
    }
    assert_eq!(once.report, again.report);
    assert_eq!(once.ledger.flows(), again.ledger.flows(), "the record is the same to the octet");
    // No strategy depends on the luck of those before it.
    let last = race(&Config { strategies: vec![Strategy::Pipelined], ..lossy }).report.runs.remove(0);
    let among_others = once.report.runs.iter().find(|run| run.strategy == Strategy::Pipelined).unwrap();
    assert_eq!(nanos(last.seconds), nanos(among_others.seconds));
}

#[test]
fn are_slower_under_realistic_tcp_and_say_why() {
    let mut config = config(10, 100_000);
    config.setting.path.tcp = TcpModel::Realistic;
    for run in race(&config).report.runs {
        let kind = run.theory.unwrap().exactness;
        match run.strategy {
            Strategy::Parallel | Strategy::PersistentParallel => assert_eq!(kind, Exactness::Approximate),
            Strategy::Serial | Strategy::Persistent | Strategy::Pipelined | Strategy::Http2 => {
                assert_eq!(kind, Exactness::LowerBound);
                assert!(run.difference.unwrap() > 0.0);
                let reason = run.reason.unwrap();
                assert!(reason.contains("Slow start from 10 segments"), "{reason}");
                assert!(!reason.contains("does not show"), "{reason}");
            }
        }
    }
}

#[test]
fn can_be_stopped_in_the_middle() {
    let stop = CancellationToken::new();
    let brake = stop.clone();
    let control = Control::new(stop, move |progress| {
        if progress.doing.starts_with("persistent: 3") {
            brake.cancel();
        }
    });
    let FinishedRun { report, ledger } =
        runner::run::<PageLoad>(&config(10, 1_000), &Options { control, ..Options::default() }).unwrap();
    assert_eq!(report.runs.len(), 3, "serial, parallel, and what there is of persistent");
    let run = report.runs.last().unwrap();
    assert!(run.objects.len() < 11 && run.objects.len() >= 4, "{}", run.objects.len());
    let stopped: Vec<_> = ledger.flows().iter().filter(|flow| flow.state == FlowState::Stopped).collect();
    assert_eq!(stopped.len(), 3, "the run, the page and its connection: {stopped:?}");
    assert!(ledger.flows().iter().all(|flow| flow.state != FlowState::Live));
}

#[test]
fn tell_the_page_that_is_not_there() {
    let page = PageChoice::At(Url::parse("http://nobody.lab/").unwrap());
    let config = Config { page, ..Config::default() };
    let report = runner::run::<PageLoad>(&config, &Options::default()).unwrap().report;
    assert_eq!(report.runs.len(), 6);
    for run in report.runs {
        let failure = run.failure.unwrap();
        assert_eq!(failure.blame, Blame::Network);
        assert!(failure.summary.contains("nobody.lab"), "{failure}");
        assert_eq!(run.theory, None);
    }
}

#[test]
fn take_a_round_trip_more_a_connection_with_tls() {
    let page = PageChoice::At(Url::parse("https://www.someschool.edu/page?objects=10&size=100000").unwrap());
    let runs = race(&Config { page, discipline: Discipline::Waves, ..Config::default() }).report.runs;
    for run in runs {
        let theory = run.theory.unwrap();
        assert!(theory.symbols.starts_with("3·RTT"), "{}", theory.symbols);
        assert!(run.difference.unwrap().abs() < 0.01, "{}: {:?}", run.strategy.name(), run.difference);
        assert!(run.objects[0].phases.tls.is_some());
    }
}

#[test]
fn know_a_server_that_is_further_away_than_the_path() {
    let page = PageChoice::At(Url::parse("http://info.cern.ch/").unwrap());
    let runs = race(&Config { page, ..Config::default() }).report.runs;
    for run in runs {
        let rtt = run.theory.unwrap().inputs.into_iter().find(|input| input.symbol == "RTT").unwrap();
        assert!((rtt.value - 0.18).abs() < 1e-3 && rtt.meaning.ends_with("measured"), "{rtt:?}");
        assert!(run.difference.unwrap().abs() < 0.01);
    }
}

#[test]
fn begin_where_a_redirect_leads() {
    let page = PageChoice::At(Url::parse("http://www.someschool.edu/old").unwrap());
    let FinishedRun { report, ledger } = race(&Config { page, ..Config::default() });
    assert!(report.runs.iter().all(|run| run.objects.len() == 11 && run.difference.unwrap() < 0.01));
    let pages = ledger.flows().iter().filter(|flow| flow.kind == FlowKind::Page).count();
    assert_eq!(pages, 7, "the redirect, then one page for each strategy");
}

#[test]
fn a_name_that_is_looked_up_first_is_a_term_of_the_formula() {
    let config = Config { resolve_names: true, ..config(10, 100_000) };
    for run in race(&config).report.runs {
        let dns: Vec<_> = run.objects.iter().filter_map(|object| object.phases.dns).collect();
        let [lookup] = dns.as_slice() else { panic!("{:?}: one lookup, the rest is remembered", run.strategy) };
        assert!(lookup.duration() > Duration::from_millis(200), "{lookup:?}");
        let difference = run.difference.unwrap();
        let is_bound = matches!(run.strategy, Strategy::Parallel | Strategy::PersistentParallel);
        assert!(difference.abs() < 1e-4 || (is_bound && difference < 0.0), "{:?}: {difference}", run.strategy);
    }
}
