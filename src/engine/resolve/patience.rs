//! The lab's resolver on a path that loses datagrams, beside a model of unbound's time-outs on the same path.
//!
//! The model is unbound's policy as its makers document it ("Unbound Timeout Information", and `unknown-server-time-limit` and
//! `outbound-msg-retry` in unbound.conf(5), version 1.17):
//! - Of a server of which nothing is known, an answer is waited for 376 ms. On a longer path that is to be set higher; the model has 400 ms,
//!   the least that fits this one. Each answer moves an estimate that begins at a round-trip time of 0 and a deviation of a fourth of that,
//!   by an eighth and a fourth of the difference; the time-out is the time and four deviations, 50 ms at least.
//! - Each time-out doubles the server's own, up to 120 s.
//! - The next server is drawn at random of those whose time-outs are within 400 ms of the shortest, each at most five times.
//! - An answer that comes after its time-out is not taken.
//!
//! The model is given the same losses: in each zone it has to ask once more than as many queries as the lab's resolver lost there.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{Config, Report, Resolve};
use crate::{
    engine::{
        runner::{self, Options},
        setting::Setting,
    },
    net::Path,
    proto::dns::trace::ResolutionStep,
};

/// Of all datagrams each way.
const LOSS: f64 = 0.2;
const RTT: Duration = Duration::from_millis(300);
/// Who resolves in the lab.
const RESOLVER: &str = "dns.poly.edu";
/// Names that are looked up.
const LOOKUPS: u64 = 200;
/// Of them, those that have to be found.
const FOUND: usize = 198;

fn lookup(seed: u64) -> Report {
    let path = Path { loss: LOSS, rtt: RTT, seed, ..Path::default() };
    let config = Config { setting: Setting { path, ..Setting::default() }, ..Config::default() };
    runner::run::<Resolve>(&config, &Options::default()).unwrap().report
}

fn steps(report: &Report) -> impl Iterator<Item = &ResolutionStep> {
    report.steps.iter().filter(|step| step.asker == RESOLVER)
}

/// From the resolver's first query to its answer; `None` where it has none.
fn time_of(report: &Report) -> Option<f64> {
    let first = steps(report).map(|step| step.sent_at).min()?;
    let answer = steps(report).find(|step| step.answers.iter().any(|line| line.contains(" A ")))?;
    Some(answer.ended_at?.saturating_sub(first).as_secs_f64())
}

/// A zone on the way: how many servers it has, how many queries to them are lost, and how long the answer to the next one takes, in
/// milliseconds.
#[derive(Clone, Copy, Debug)]
struct ModelZone {
    servers: usize,
    losses: u32,
    rtt: i64,
}

/// The zones on the way of a lookup.
fn zones(report: &Report) -> Vec<ModelZone> {
    let answered = steps(report).filter(|step| step.rcode.is_some());
    let zone = |answer: &ResolutionStep| {
        let before = steps(report).filter(|step| step.zone == answer.zone && step.sent_at < answer.sent_at);
        let referral = steps(report).filter_map(|step| step.referral.as_ref()).find(|to| to.zone == answer.zone);
        let rtt = answer.ended_at.unwrap().saturating_sub(answer.sent_at).as_millis();
        ModelZone {
            servers: referral.map_or(ROOT_SERVERS, |referral| referral.servers.len()),
            losses: u32::try_from(before.filter(|step| step.rcode.is_none()).count()).unwrap(),
            // What is farther than the model waits for a server that it does not know would cost it another time-out.
            rtt: i64::try_from(rtt).unwrap().min(UNKNOWN_MS),
        }
    };
    answered.map(zone).collect()
}

/// What unbound knows of a server, in milliseconds.
#[derive(Clone, Copy, Debug)]
struct ModelServer {
    srtt: i64,
    rttvar: i64,
    timeout: i64,
    tries: u32,
}

impl ModelServer {
    /// Not asked before; an answer is waited for so long.
    fn unknown(timeout: i64) -> Self {
        Self { srtt: 0, rttvar: timeout / 4, timeout, tries: 0 }
    }

    fn answered(&mut self, rtt: i64) {
        let difference = rtt - self.srtt;
        self.srtt += difference / 8;
        self.rttvar += (difference.abs() - self.rttvar) / 4;
        self.timeout = (self.srtt + 4 * self.rttvar).clamp(50, LONGEST_MS);
    }

    fn was_silent(&mut self) {
        self.timeout = (2 * self.timeout).min(LONGEST_MS);
    }
}

const ROOT_SERVERS: usize = 13;
const UNKNOWN_MS: i64 = 400;
const LONGEST_MS: i64 = 120_000;
const BAND_MS: i64 = 400;
const TRIES: u32 = 5;

/// How long unbound's policy takes on this way, in seconds; `None` where it gives up.
fn model_time(zones: &[ModelZone], draws: &mut StdRng) -> Option<f64> {
    let mut time = 0;
    for zone in zones {
        let mut servers = vec![ModelServer::unknown(UNKNOWN_MS); zone.servers];
        for attempt in 0..=zone.losses {
            let usable = || servers.iter().enumerate().filter(|(_, server)| server.tries < TRIES);
            let shortest = usable().map(|(_, server)| server.timeout).min()?;
            let near: Vec<usize> =
                usable().filter(|(_, server)| server.timeout <= shortest + BAND_MS).map(|(place, _)| place).collect();
            let server = &mut servers[near[draws.random_range(0..near.len())]];
            server.tries += 1;
            if attempt == zone.losses {
                server.answered(zone.rtt);
                time += zone.rtt;
            } else {
                time += server.timeout;
                server.was_silent();
            }
        }
    }
    Some(time as f64 / 1_000.0)
}

/// Of so many in the middle and below nineteen of twenty; those without an answer count as the longest.
fn median_and_p95(mut times: Vec<Option<f64>>) -> [f64; 2] {
    times.sort_by(|one, other| one.unwrap_or(f64::INFINITY).total_cmp(&other.unwrap_or(f64::INFINITY)));
    [50, 95].map(|percent| times[(times.len() * percent).div_ceil(100) - 1].unwrap_or(f64::INFINITY))
}

#[test]
fn the_model_has_unbounds_time_outs() {
    let mut server = ModelServer::unknown(376);
    assert_eq!((server.srtt + 4 * server.rttvar, server.timeout), (376, 376));
    server.was_silent();
    server.was_silent();
    assert_eq!(server.timeout, 1_504);
    // An answer after 300 ms: 300/8, and 94 + (300 − 94)/4.
    server.answered(300);
    assert_eq!((server.srtt, server.rttvar, server.timeout), (37, 145, 617));
}

#[test]
fn on_a_lossy_path_names_are_found_as_soon_as_unbound_would_find_them() {
    let reports: Vec<Report> = (1..=LOOKUPS).map(lookup).collect();
    let found: Vec<(&Report, f64)> = reports.iter().filter_map(|report| Some((report, time_of(report)?))).collect();
    assert!(found.len() >= FOUND, "{} of {LOOKUPS}", found.len());
    let losses: u32 = found.iter().flat_map(|(report, _)| zones(report)).map(|zone| zone.losses).sum();
    assert!(losses > 200, "{losses} queries or answers were lost");
    let mut draws = StdRng::seed_from_u64(1);
    let model = found.iter().map(|(report, _)| model_time(&zones(report), &mut draws)).collect();
    let [model_median, model_p95] = median_and_p95(model);
    let [median, p95] = median_and_p95(found.iter().map(|(_, time)| Some(*time)).collect());
    println!(
        "{} of {LOOKUPS} names, {losses} losses: median {median:.3} s (unbound's policy {model_median:.3} s), \
         95 % {p95:.3} s (unbound's policy {model_p95:.3} s)",
        found.len()
    );
    assert!(median <= 1.1 * model_median, "{median} s against {model_median} s");
    assert!(p95 <= 1.1 * model_p95, "{p95} s against {model_p95} s");
}
