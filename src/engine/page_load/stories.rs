//! Page loads in the lab, in virtual time.

use std::time::Duration;

use super::*;
use crate::{
    engine::jobs::{self, Finished, Options},
    net::Rate,
};

fn config(objects: u32, octets: u64) -> Config {
    Config { page: PageChoice::Generated { objects, object_octets: octets }, ..Config::default() }
}

fn race(config: &Config) -> Finished<Report> {
    let finished = jobs::page_load(config, &Options::default()).unwrap();
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
