//! Promise: in the lab a name is resolved cold, from the root down, recorded, at 500 virtual seconds a wall second or more.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench speaks and fails plainly"
)]

use std::{process::ExitCode, time::Instant};

use roundtrip::{
    engine::{
        resolve::{Config, Event, Resolve},
        runner,
    },
    proto::dns::trace::QueryTransport,
};

const PROMISE: f64 = 500.0;
const QUESTIONS: usize = 500;
const ROUNDS: usize = 7;

fn main() -> ExitCode {
    let usual = Config::default();
    let flush = |owner: &str| Event::Flush { owner: owner.to_owned(), name: None };
    let ask = Event::Ask { name: usual.name.clone(), kind: "A".to_owned() };
    let once = [ask, flush("you"), flush("dns.poly.edu")];
    let before = std::iter::repeat_n(once, QUESTIONS - 1).flatten().collect();
    let config = Config { before, ..usual };
    let mut rounds: Vec<(f64, f64)> = (0..ROUNDS).map(|_| round(&config)).collect();
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, rate) = rounds[ROUNDS / 2];
    println!(
        "cold names in the lab: {rate:.0} a second of wall time, {ratio:.0} virtual seconds a wall second (promise: at least {PROMISE:.0})"
    );
    if ratio >= PROMISE { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Virtual seconds and names a wall second.
#[expect(clippy::disallowed_methods, reason = "a bench measures wall time")]
fn round(config: &Config) -> (f64, f64) {
    let begun = Instant::now();
    let report = runner::run::<Resolve>(config, &runner::Options::default()).expect("the lab runs").report;
    let wall = begun.elapsed().as_secs_f64();
    assert!(report.failure.is_none(), "{:?}", report.failure);
    // The last was as cold as the first: nothing came out of a cache, and the root was asked.
    assert!(report.steps.iter().all(|step| step.over != QueryTransport::Cache), "{:?}", report.steps);
    assert!(report.steps.iter().any(|step| step.zone == "."), "{:?}", report.steps);
    (QUESTIONS as f64 * report.seconds / wall, QUESTIONS as f64 / wall)
}
