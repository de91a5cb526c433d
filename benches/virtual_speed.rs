//! Promise: a page of 100 objects under all six strategies runs at 1,000 virtual seconds a wall second or more.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench speaks and fails plainly"
)]

use std::{process::ExitCode, time::Instant};

use roundtrip::engine::{
    page_load::{Config, PageChoice, PageLoad},
    runner,
};

const PROMISE: f64 = 1_000.0;
const ROUNDS: usize = 7;

fn main() -> ExitCode {
    let config = Config { page: PageChoice::Generated { objects: 100, object_octets: 10_000 }, ..Config::default() };
    let mut ratios: Vec<f64> = (0..ROUNDS).map(|_| ratio(&config)).collect();
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ROUNDS / 2];
    println!("virtual seconds per wall second: median {median:.0} (promise: at least {PROMISE:.0}; all: {ratios:.0?})");
    if median >= PROMISE { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures wall time")]
fn ratio(config: &Config) -> f64 {
    let begun = Instant::now();
    let finished = runner::run::<PageLoad>(config, &runner::Options::default()).expect("the lab runs");
    let wall = begun.elapsed().as_secs_f64();
    assert_eq!(finished.report.runs.len(), 6);
    let simulated: f64 = finished.report.runs.iter().map(|run| run.seconds).sum();
    assert!(finished.report.runs.iter().all(|run| run.failure.is_none()));
    simulated / wall
}
