//! The realistic and the modern TCP against a kernel's: page loads and lossy transfers that were measured over Linux 6.1 and netem.
//!
//! The measurements are not part of the project: `ROUNDTRIP_CORPUS` names the folder that holds `kernel-tcp`. Without it the tests
//! that need it say that they were skipped, and the times the project itself expects are tested alone.

use std::{
    path::Path,
    str::FromStr,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use roundtrip::{
    engine::{
        page_load::{Config, PageChoice, PageLoad, Strategy, StrategyRun},
        runner::{self, Options},
    },
    net::{Rate, TcpModel},
};

use crate::corpus::corpus;

/// A page load without loss may take so much longer or shorter than the kernel's, in percent.
const TOLERANCE_PERCENT: f64 = 3.0;
/// Several connections with a burst each that overflow the queue together: which of them loses its last segments is a matter of
/// microseconds, and each that does waits for seconds. Such a load is only within this factor of the kernel's.
const CHAOTIC_FACTOR: f64 = 2.0;
/// Runs a lossy path is tried with, each with a seed of its own.
const SEEDS: u64 = 200;
/// The mean may be so many standard errors away from the kernel's, those of both being taken together.
const STANDARD_ERRORS: f64 = 2.0;

/// What is loaded, over which path.
#[derive(Clone, Copy, Debug)]
struct Load {
    rtt: Duration,
    rate: u64,
    loss: f64,
    objects: u32,
    octets: u64,
    strategy: Strategy,
}

impl Load {
    fn run(&self, tcp: TcpModel, seed: u64) -> StrategyRun {
        let mut config = Config {
            page: PageChoice::Generated { objects: self.objects, object_octets: self.octets },
            strategies: vec![self.strategy],
            ..Config::default()
        };
        let path = &mut config.setting.path;
        (path.rtt, path.rate, path.loss, path.tcp, path.seed) = (self.rtt, Rate(Some(self.rate)), self.loss, tcp, seed);
        let run = runner::run::<PageLoad>(&config, &Options::default()).unwrap().report.runs.remove(0);
        assert_eq!(run.failure, None, "{self:?}");
        run
    }

    fn is_chaotic(&self, tcp: TcpModel) -> bool {
        let fills_the_queue = self.strategy == Strategy::PersistentParallel && self.octets >= 100_000;
        tcp == TcpModel::Realistic && fills_the_queue
    }

    fn title(&self, tcp: TcpModel) -> String {
        format!(
            "{:<9} {:>4} ms {:>3} Mb/s {:>3} % loss {:>3} x {:>7} B {:<19}",
            tcp.to_string(),
            self.rtt.as_millis(),
            self.rate / 1_000_000,
            self.loss * 100.0,
            self.objects,
            self.octets,
            self.strategy.name(),
        )
    }
}

/// Does the work of all on as many threads as there are processors; answers come in the order of the questions.
fn on_threads<Q: Sync, A: Send>(questions: &[Q], work: impl Fn(&Q) -> A + Sync) -> Vec<A> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(question) = questions.get(place) else { return done };
            done.push((place, work(question)));
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let mut all: Vec<(usize, A)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(take)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, answer)| answer).collect()
}

fn rows(file: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn number<T: FromStr>(field: &str) -> T {
    field.parse().ok().unwrap_or_else(|| panic!("{field} is no number"))
}

fn octets(field: &str) -> u64 {
    match field.strip_suffix("kB") {
        Some(thousands) => number::<u64>(thousands) * 1_000,
        None => field.strip_suffix("MB").map(number::<u64>).unwrap() * 1_000_000,
    }
}

#[test]
fn page_loads_without_loss_take_the_kernels_time() {
    let Some(folder) = corpus("kernel-tcp") else { return };
    let mut cases = Vec::new();
    for row in rows(&folder.join("page-load.csv")) {
        let load = Load {
            rtt: Duration::from_millis(number(&row[0])),
            rate: number::<u64>(&row[1]) * 1_000_000,
            loss: 0.0,
            objects: number(&row[2]),
            octets: octets(&row[3]),
            strategy: Strategy::ALL.into_iter().find(|strategy| strategy.name() == row[4]).unwrap(),
        };
        cases.push((load, TcpModel::Realistic, number::<f64>(&row[5])));
        cases.push((load, TcpModel::Modern, number::<f64>(&row[6])));
    }
    let times = on_threads(&cases, |(load, tcp, _)| load.run(*tcp, 1).seconds);
    let mut off = Vec::new();
    for ((load, tcp, kernel), ours) in cases.iter().zip(times) {
        let percent = (ours / kernel - 1.0) * 100.0;
        let line = format!("{} kernel {kernel:>7.3} s, ours {ours:>7.3} s, {percent:>+6.1} %", load.title(*tcp));
        println!("{line}");
        let is_near = if load.is_chaotic(*tcp) {
            (1.0 / CHAOTIC_FACTOR..CHAOTIC_FACTOR).contains(&(ours / kernel))
        } else {
            percent.abs() <= TOLERANCE_PERCENT
        };
        if !is_near {
            off.push(line);
        }
    }
    assert!(off.is_empty(), "{} of {} loads take another time:\n{}", off.len(), cases.len(), off.join("\n"));
}

/// How long the object of a page of one takes over a connection that is open.
fn object_seconds(load: &Load, tcp: TcpModel, seed: u64) -> f64 {
    let phases = load.run(tcp, seed).objects[1].phases;
    phases.receive.unwrap().to.abs_diff(phases.send.unwrap().from).as_secs_f64()
}

/// Mean and standard error.
fn mean(of: &[f64]) -> (f64, f64) {
    let n = of.len() as f64;
    let mean = of.iter().sum::<f64>() / n;
    let variance = of.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

#[test]
fn transfers_over_lossy_paths_take_the_kernels_time() {
    let Some(folder) = corpus("kernel-tcp") else { return };
    let seeds: Vec<u64> = (1..=SEEDS).collect();
    let mut off = Vec::new();
    for row in rows(&folder.join("loss.csv")) {
        let load = Load {
            rtt: Duration::from_millis(number(&row[0])),
            rate: number::<u64>(&row[1]) * 1_000_000,
            loss: number::<f64>(&row[2]) / 100.0,
            objects: 1,
            octets: number(&row[3]),
            strategy: Strategy::Persistent,
        };
        for (tcp, kernel, error) in [(TcpModel::Realistic, &row[4], &row[5]), (TcpModel::Modern, &row[7], &row[8])] {
            let (kernel, error) = (number::<f64>(kernel), number::<f64>(error));
            let (ours, our_error) = mean(&on_threads(&seeds, |seed| object_seconds(&load, tcp, *seed)));
            let errors = (ours - kernel) / error.hypot(our_error);
            let line = format!(
                "{} kernel {kernel:.2} ± {error:.2} s, ours {ours:.2} ± {our_error:.2} s, {errors:+.1} standard errors",
                load.title(tcp)
            );
            println!("{line}");
            if errors.abs() > STANDARD_ERRORS {
                off.push(line);
            }
        }
    }
    assert!(off.is_empty(), "{}", off.join("\n"));
}

#[test]
fn page_loads_take_the_time_they_took() {
    use Strategy::{Parallel, Persistent, PersistentParallel, Pipelined, Serial};
    // Milliseconds, rate in Mb/s, objects, octets of each; the times in seconds.
    let loads = [
        ((40, 1, 10, 10_000, Parallel), [1.1145, 1.0847]),
        ((40, 1, 10, 100_000, Parallel), [8.4755, 8.5876]),
        ((40, 2, 10, 100_000, Pipelined), [4.2544, 4.2890]),
        ((40, 10, 10, 100_000, PersistentParallel), [2.0629, 0.9837]),
        ((100, 1, 10, 10_000, PersistentParallel), [1.2763, 1.2780]),
        ((100, 2, 10, 100_000, Parallel), [4.7799, 4.6687]),
        ((100, 10, 10, 100_000, Persistent), [2.1967, 2.2043]),
        ((100, 10, 1, 1_000_000, Serial), [1.4500, 1.4570]),
    ];
    for ((rtt, rate, objects, octets, strategy), expected) in loads {
        let rtt = Duration::from_millis(rtt);
        let load = Load { rtt, rate: rate * 1_000_000, loss: 0.0, objects, octets, strategy };
        let took = [TcpModel::Realistic, TcpModel::Modern].map(|tcp| load.run(tcp, 1).seconds);
        let is_same = took.iter().zip(expected).all(|(took, expected)| (took - expected).abs() < 5e-4);
        assert!(is_same, "{load:?}: {took:.4?}, expected {expected:?}");
    }
}

#[test]
fn a_lossy_transfer_repeats_and_each_seed_has_luck_of_its_own() {
    let rtt = Duration::from_millis(100);
    let (objects, octets, strategy) = (1, 300_000, Strategy::Persistent);
    let load = Load { rtt, rate: 10_000_000, loss: 0.02, objects, octets, strategy };
    for tcp in [TcpModel::Realistic, TcpModel::Modern] {
        let times = [1, 2, 3, 4, 5].map(|seed| object_seconds(&load, tcp, seed).to_bits());
        assert_eq!(times, [1, 2, 3, 4, 5].map(|seed| object_seconds(&load, tcp, seed).to_bits()));
        assert!(times.iter().enumerate().all(|(place, time)| !times[..place].contains(time)), "{times:?}");
    }
}
