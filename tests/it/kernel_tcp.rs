//! The realistic and the modern TCP against a kernel's: page loads and lossy transfers measured over Linux 6.1 and netem.
//!
//! The measurements are not part of the project: `ROUNDTRIP_CORPUS` names the folder that holds `kernel-tcp`. Without it the
//! tests that need it say that they were skipped, and the project's own expectations are tested alone.

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use roundtrip::{
    engine::{
        jobs::{self, Options},
        page_load::{Config, PageChoice, Strategy},
    },
    net::{Rate, TcpModel},
};

use crate::corpus::corpus;

/// A page load as the kernel did it.
struct PageLoad {
    rtt: Duration,
    rate: u64,
    objects: u32,
    octets: u64,
    strategy: Strategy,
    kernel: Vec<(TcpModel, f64)>,
}

fn page_loads(folder: &Path) -> Vec<PageLoad> {
    let text = std::fs::read_to_string(folder.join("page-load.csv")).unwrap();
    let mut rows = Vec::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let octets = match fields[3].strip_suffix("kB") {
            Some(thousands) => thousands.parse::<u64>().unwrap() * 1_000,
            None => fields[3].strip_suffix("MB").unwrap().parse::<u64>().unwrap() * 1_000_000,
        };
        rows.push(PageLoad {
            rtt: Duration::from_millis(fields[0].parse().unwrap()),
            rate: fields[1].parse::<u64>().unwrap() * 1_000_000,
            objects: fields[2].parse().unwrap(),
            octets,
            strategy: Strategy::ALL.into_iter().find(|strategy| strategy.name() == fields[4]).unwrap(),
            kernel: vec![
                (TcpModel::Realistic, fields[5].parse().unwrap()),
                (TcpModel::Modern, fields[6].parse().unwrap()),
            ],
        });
    }
    rows
}

/// Does the work of all on as many threads as there are processors; answers come in the order of the questions.
fn on_threads<Q: Sync, A: Send>(questions: &[Q], work: impl Fn(&Q) -> A + Sync) -> Vec<A> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        while let Some(question) = questions.get(next.load(Ordering::Relaxed)) {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if let Some(question) = questions.get(place) {
                done.push((place, work(question)));
            } else {
                let _: &Q = question;
            }
        }
        done
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let mut all: Vec<(usize, A)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(take)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, answer)| answer).collect()
}

fn page_time(row: &PageLoad, tcp: TcpModel) -> f64 {
    let mut config = Config {
        page: PageChoice::Generated { objects: row.objects, object_octets: row.octets },
        strategies: vec![row.strategy],
        ..Config::default()
    };
    let path = &mut config.setting.path;
    (path.rtt, path.rate, path.tcp) = (row.rtt, Rate(Some(row.rate)), tcp);
    let finished = jobs::page_load(&config, &Options::default()).unwrap();
    let run = &finished.report.runs[0];
    assert_eq!(run.failure, None);
    run.seconds
}

#[test]
fn page_loads_without_loss_take_the_kernels_time() {
    let Some(folder) = corpus("kernel-tcp") else { return };
    let rows = page_loads(&folder);
    let cases: Vec<(&PageLoad, TcpModel, f64)> =
        rows.iter().flat_map(|row| row.kernel.iter().map(move |(tcp, time)| (row, *tcp, *time))).collect();
    let times = on_threads(&cases, |(row, tcp, _)| page_time(row, *tcp));
    for ((row, tcp, kernel), ours) in cases.iter().zip(&times) {
        let off = (ours / kernel - 1.0) * 100.0;
        println!(
            "{tcp:<10} {:>4} ms {:>3} Mb/s {:>3} x {:>7} {:<20} kernel {kernel:>7.3} s, ours {ours:>7.3} s, {off:>+6.1} %",
            row.rtt.as_millis(),
            row.rate / 1_000_000,
            row.objects,
            row.octets,
            row.strategy.name(),
        );
    }
}

/// The time of one object over a connection that is open, where packets are lost.
struct Lossy {
    rtt: Duration,
    rate: u64,
    loss: f64,
    octets: u64,
    /// Mean and standard error, in seconds.
    kernel: Vec<(TcpModel, f64, f64)>,
}

fn lossy(folder: &Path) -> Vec<Lossy> {
    let text = std::fs::read_to_string(folder.join("loss.csv")).unwrap();
    let read = |line: &str| {
        let fields: Vec<f64> = line.split(',').map(|field| field.parse().unwrap()).collect();
        Lossy {
            rtt: Duration::from_secs_f64(fields[0] / 1e3),
            rate: (fields[1] * 1e6) as u64,
            loss: fields[2] / 100.0,
            octets: fields[3] as u64,
            kernel: vec![(TcpModel::Realistic, fields[4], fields[5]), (TcpModel::Modern, fields[7], fields[8])],
        }
    };
    text.lines().skip(1).map(read).collect()
}

fn object_time(row: &Lossy, tcp: TcpModel, seed: u64) -> f64 {
    let mut config = Config {
        page: PageChoice::Generated { objects: 1, object_octets: row.octets },
        strategies: vec![Strategy::Persistent],
        ..Config::default()
    };
    let path = &mut config.setting.path;
    (path.rtt, path.rate, path.tcp, path.loss, path.seed) = (row.rtt, Rate(Some(row.rate)), tcp, row.loss, seed);
    let finished = jobs::page_load(&config, &Options::default()).unwrap();
    let run = &finished.report.runs[0];
    assert_eq!(run.failure, None);
    let phases = &run.objects[1].phases;
    let (send, receive) = (phases.send.unwrap(), phases.receive.unwrap());
    (receive.to - send.from).as_secs_f64()
}

#[test]
fn transfers_over_lossy_paths_take_the_kernels_time() {
    let Some(folder) = corpus("kernel-tcp") else { return };
    let seeds: u64 = std::env::var("SEEDS").map_or(100, |seeds| seeds.parse().unwrap());
    for row in lossy(&folder) {
        for (tcp, mean, error) in &row.kernel {
            let seeds: Vec<u64> = (1..=seeds).collect();
            let times = on_threads(&seeds, |seed| object_time(&row, *tcp, *seed));
            let n = times.len() as f64;
            let ours = times.iter().sum::<f64>() / n;
            let variance = times.iter().map(|time| (time - ours).powi(2)).sum::<f64>() / (n - 1.0);
            let both = (variance / n + error * error).sqrt();
            println!(
                "{tcp:<10} {:>4} ms {:>3} Mb/s {:>4} % loss: kernel {mean:.2} +- {error:.2} s, ours {ours:.2} +- {:.2} s, {:+.1} %, {:+.1} standard errors",
                row.rtt.as_millis(),
                row.rate / 1_000_000,
                row.loss * 100.0,
                (variance / n).sqrt(),
                (ours / mean - 1.0) * 100.0,
                (ours - mean) / both
            );
        }
    }
}

#[test]
fn ranges() {
    let Some(folder) = corpus("kernel-tcp") else { return };
    let rows = page_loads(&folder);
    for row in rows.iter().filter(|row| row.octets == 100_000 && row.strategy == Strategy::PersistentParallel) {
        for (tcp, kernel) in &row.kernel {
            let seeds: Vec<u64> = (1..=24).collect();
            let mut times = on_threads(&seeds, |seed| {
                let mut config = Config {
                    page: PageChoice::Generated { objects: row.objects, object_octets: row.octets },
                    strategies: vec![row.strategy],
                    ..Config::default()
                };
                let path = &mut config.setting.path;
                (path.rtt, path.rate, path.tcp) = (row.rtt, Rate(Some(row.rate)), *tcp);
                path.jitter = Duration::from_micros(20);
                path.seed = *seed;
                jobs::page_load(&config, &Options::default()).unwrap().report.runs[0].seconds
            });
            times.sort_by(f64::total_cmp);
            let times: Vec<String> = times.iter().map(|time| format!("{time:.2}")).collect();
            println!("{tcp} {:?} {} kernel {kernel}: {}", row.rtt, row.rate, times.join(" "));
        }
    }
}
