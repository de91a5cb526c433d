//! Promise: in real time, page times of our own client and curl's times through the gateway are those of the formula, within
//! 2 ms or 1 % up to 10 Mb/s and 3 % at 100 Mb/s (medians), at RTT 20 to 200 ms.
//!
//! Three of the nine pairs of round-trip time and rate are measured (about a minute); `-- --all` measures all nine (a quarter of an
//! hour, since at 1 Mb/s each page takes seconds, and real time cannot be hurried).
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    reason = "a bench speaks and fails plainly"
)]

use std::{
    env,
    io::{BufRead as _, BufReader, Lines},
    net::SocketAddr,
    process::{Child, ChildStdout, Command, ExitCode, Stdio},
    time::Duration,
};

use roundtrip::{
    engine::{
        page_load::{Config, Discipline, PageChoice, PageLoad, Strategy},
        runner,
        setting::{Setting, WorldChoice},
    },
    net::{Path, Rate},
};

const RTTS_MILLIS: [u64; 3] = [20, 100, 200];
const RATES: [(u64, f64); 3] = [(1_000_000, 0.01), (10_000_000, 0.01), (100_000_000, 0.03)];
/// Of the nine pairs, the ones that are measured unless all are asked for: each round-trip time and each rate once.
const DEFAULT: [(u64, u64); 3] = [(100, 1_000_000), (200, 10_000_000), (20, 100_000_000)];
const ROUNDS: usize = 5;
const OBJECT: u64 = 50_000;
/// Objects of our pages, and connections that share the link.
const FEW: u32 = 5;

fn main() -> ExitCode {
    let all = env::args().any(|argument| argument == "--all");
    let mut kept = true;
    println!("{:<28}{:>8}{:>12}{:>12}{:>12}{:>10}", "", "RTT", "rate", "formula", "median", "over");
    for (rate, share) in RATES {
        for rtt in RTTS_MILLIS.into_iter().filter(|&rtt| all || DEFAULT.contains(&(rtt, rate))) {
            println!("measuring at {rtt} ms and {} Mb/s, {ROUNDS} rounds", rate / 1_000_000);
            for (what, theory, median) in
                ours(rtt, rate).into_iter().chain(curl(rtt, rate, 1)).chain(curl(rtt, rate, FEW))
            {
                let over = median - theory;
                let within = over.abs() <= (theory * share).max(0.002);
                kept &= within;
                let verdict = if within { "" } else { "  BROKEN" };
                println!(
                    "{what:<28}{rtt:>5} ms{:>7} Mb/s{:>10.1} ms{:>10.1} ms{:>7.2} ms{verdict}",
                    rate / 1_000_000,
                    theory * 1e3,
                    median * 1e3,
                    over * 1e3
                );
            }
        }
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn ours(rtt: u64, rate: u64) -> Vec<(String, f64, f64)> {
    let config = Config {
        page: PageChoice::Generated { objects: FEW, object_octets: OBJECT },
        strategies: vec![Strategy::Serial, Strategy::Parallel, Strategy::Persistent, Strategy::Pipelined],
        parallel: FEW,
        discipline: Discipline::Waves,
        resolve_names: false,
        setting: Setting {
            world: WorldChoice::Lab,
            path: Path { rtt: Duration::from_millis(rtt), rate: Rate(Some(rate)), ..Path::default() },
            ..Setting::default()
        },
    };
    let options = runner::Options { real_time: true, ..runner::Options::default() };
    let reports: Vec<_> =
        (0..ROUNDS).map(|_| runner::run::<PageLoad>(&config, &options).expect("the lab runs").report).collect();
    let runs = reports[0].runs.iter().enumerate();
    runs.map(|(number, run)| {
        let times = reports.iter().map(|report| report.runs[number].seconds).collect();
        (format!("ours, {}", run.strategy.name()), run.theory_seconds.expect("a formula"), median(times))
    })
    .collect()
}

/// So many objects by curl, each over a connection of its own, all at once: 2·RTT + k·L/R, L with both heads.
fn curl(rtt: u64, rate: u64, at_once: u32) -> Option<(String, f64, f64)> {
    let lab = Lab::start(rtt, rate);
    let url = |n: u32| format!("http://127.0.0.1:{}/object?i={n}&size={OBJECT}", lab.port);
    let mut times = Vec::new();
    let mut octets = 0.0;
    for _ in 0..ROUNDS {
        let mut command = Command::new("curl");
        command.args(["-s", "--parallel", "--parallel-immediate"]);
        command.args(["-w", "%{time_total} %{size_header} %{size_download} %{size_request}\\n"]);
        (1..=at_once).for_each(|n| {
            command.args(["-o", "/dev/null", &url(n)]);
        });
        let output = command.output().ok()?;
        assert!(output.status.success(), "curl: {}", output.status);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut last = 0.0_f64;
        octets = 0.0;
        for line in text.lines() {
            let numbers: Vec<f64> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
            let [time, head, content, request] = numbers[..] else { panic!("curl said {text:?}") };
            last = last.max(time);
            octets += head + content + if octets == 0.0 { request } else { 0.0 };
        }
        times.push(last);
    }
    let theory = 2.0 * rtt as f64 / 1e3 + octets * 8.0 / rate as f64;
    let what = if at_once == 1 { "curl through the gateway".to_owned() } else { format!("{at_once} curls at once") };
    Some((what, theory, median(times)))
}

struct Lab {
    child: Child,
    /// Kept open: the lab goes on writing what it publishes.
    _said: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl Lab {
    fn start(rtt: u64, rate: u64) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_roundtrip"))
            .args(["lab", "--json", "--rtt", &format!("{rtt}ms"), "--rate", &format!("{rate}bps")])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the lab starts");
        let mut said = BufReader::new(child.stdout.take().expect("its output")).lines();
        let port = said
            .by_ref()
            .map(|line| line.expect("a line"))
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(&line).ok())
            .find(|service| service["host"] == "www.someschool.edu" && service["service"] == "http")
            .and_then(|service| service["ip_port"].as_str()?.parse::<SocketAddr>().ok())
            .map(|ip_port| ip_port.port());
        Self { child, port: port.expect("where the site is published"), _said: said }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
