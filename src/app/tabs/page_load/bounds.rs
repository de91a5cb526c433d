//! Why a strategy is not k times faster: what of its page time the link alone costs, what round trips remain, what TCP adds, and which of
//! them holds it. Every number says whether it is measured or computed.

use crate::{
    engine::page_load::{Strategy, StrategyRun},
    net::{Path, TcpModel},
    wire::units,
};

/// Where a page time goes, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TimeShares {
    /// All octets over the rate of the link, computed; 0 where the rate is unlimited, `None` where it is not known.
    link: Option<f64>,
    /// The link's rate, in bits per second.
    rate: Option<f64>,
    /// The round trips that remain: by the formula where there is one, otherwise what is left of the measurement.
    waits: f64,
    /// Of the same, in round-trip times.
    round_trips: Option<f64>,
    /// What the measurement has beyond the formula; `None` where there is no formula.
    beyond: Option<f64>,
}

impl TimeShares {
    /// Of a run over this path.
    pub(super) fn of(run: &StrategyRun, path: &Path) -> Self {
        let input = |symbol: &str| {
            let inputs = run.theory.iter().flat_map(|theory| &theory.inputs);
            inputs.filter(|input| input.symbol == symbol).map(|input| input.value).next()
        };
        let (rtt, rate, unlimited) = match &run.theory {
            Some(_) => (input("RTT").unwrap_or(0.0), input("R"), false),
            None => (path.rtt.as_secs_f64(), path.rate.0.map(|bits| bits as f64), path.rate.0.is_none()),
        };
        let octets = (run.octets_received + run.octets_sent) as f64;
        let link = rate.map(|bits| octets * 8.0 / bits).or((unlimited || path.rate.0.is_none()).then_some(0.0));
        let whole = run.theory_seconds.unwrap_or(run.seconds);
        let waits = (whole - link.unwrap_or(0.0)).max(0.0);
        Self {
            link,
            rate,
            waits,
            round_trips: (rtt > 0.0).then(|| waits / rtt),
            beyond: run.theory_seconds.map(|theory| run.seconds - theory),
        }
    }
}

/// What the section is called.
pub(super) fn question(run: &StrategyRun, k: u32) -> String {
    match run.strategy {
        Strategy::Parallel | Strategy::PersistentParallel => format!("Why is it not {k} times faster?"),
        Strategy::Persistent => "Why is it not twice as fast?".to_owned(),
        Strategy::Serial | Strategy::Pipelined | Strategy::Http2 => "Where does the time go?".to_owned(),
    }
}

/// The answer in sentences: the shares, then what holds it. `serial` is the run all others are held against, where it was raced too.
pub(super) fn answer(run: &StrategyRun, serial: Option<&StrategyRun>, path: &Path, k: u32) -> Vec<String> {
    let shares = TimeShares::of(run, path);
    let mut lines = vec![link_words(&shares, run), waits_words(&shares, run)];
    lines.extend(beyond_words(&shares, path.tcp));
    lines.extend(serial.and_then(|serial| verdict(&shares, run, serial, k)));
    lines
}

fn link_words(shares: &TimeShares, run: &StrategyRun) -> String {
    let octets = units::octets(run.octets_received + run.octets_sent);
    match (shares.link, shares.rate) {
        (Some(link), Some(rate)) => {
            let rate = crate::app::dials::bits_per_sec(rate);
            format!("The link alone, computed: {octets} at {rate} take {}.", units::seconds(link))
        }
        (Some(_), None) => "The link alone, computed: nothing, its rate is unlimited.".to_owned(),
        (None, _) => "The link alone: its rate is not known here.".to_owned(),
    }
}

fn waits_words(shares: &TimeShares, run: &StrategyRun) -> String {
    let how =
        if run.theory_seconds.is_some() { "computed: the formula without the link" } else { "measured less the link" };
    let trips = shares.round_trips.map(|trips| format!(", {} RTT", short(trips))).unwrap_or_default();
    format!("Round trips that remain, {how}: {}{trips}.", units::seconds(shares.waits))
}

fn beyond_words(shares: &TimeShares, tcp: TcpModel) -> Option<String> {
    let beyond = shares.beyond?;
    let amount = units::seconds(beyond.abs());
    Some(match tcp {
        TcpModel::Textbook if beyond.abs() < WORTH_SAYING => {
            "TCP adds nothing: textbook TCP has no slow start and no headers.".to_owned()
        }
        _ if beyond < -WORTH_SAYING => {
            format!(
                "Overlap saves {amount}, measured against the formula: one connection receives while another waits."
            )
        }
        TcpModel::Textbook => {
            format!("Losses, queues and the server's own time add {amount}, measured less the formula.")
        }
        TcpModel::Realistic | TcpModel::Modern => {
            format!("TCP's slow start, its headers and whatever is sent again add {amount}, measured less the formula.")
        }
    })
}

/// What it would have to be, and what stands in its way.
fn verdict(shares: &TimeShares, run: &StrategyRun, serial: &StrategyRun, k: u32) -> Option<String> {
    let times = match run.strategy {
        Strategy::Parallel | Strategy::PersistentParallel => k,
        Strategy::Persistent => 2,
        Strategy::Serial | Strategy::Pipelined | Strategy::Http2 => return None,
    };
    if run.seconds <= 0.0 || serial.failure.is_some() || times < 2 {
        return None;
    }
    let ideal = serial.seconds / f64::from(times);
    let faster = format!("{:.1}", serial.seconds / run.seconds);
    let ideal_words = units::seconds(ideal);
    let begins =
        format!("{times} times faster than serial would be {ideal_words}; measured, it is {faster} times as fast.");
    if run.seconds <= ideal * ALMOST {
        return Some(format!(
            "{times} times faster than serial would be {ideal_words}, and that is what was measured."
        ));
    }
    let (link, beyond) = (shares.link.unwrap_or(0.0), shares.beyond.unwrap_or(0.0).max(0.0));
    let what = if link >= shares.waits && link >= beyond {
        "The link holds it: connections share one link, and more of them do not make it wider."
    } else if shares.waits >= beyond {
        match run.strategy {
            Strategy::Persistent => "The round trips hold it: every object still waits one for its own answer.",
            _ => {
                "The round trips hold it: the base file comes first and alone, and each round of k objects waits for its own."
            }
        }
    } else {
        "TCP holds it: every new connection begins with a small window and finds out anew how much it may send."
    };
    Some(format!("{begins} {what}"))
}

fn short(number: f64) -> String {
    if (number - number.round()).abs() < 0.05 { format!("{number:.0}") } else { format!("{number:.1}") }
}

/// Seconds below which a difference is none.
const WORTH_SAYING: f64 = 0.000_5;
/// As fast as it could be, but for so much.
const ALMOST: f64 = 1.02;

#[cfg(test)]
mod why_not_faster {
    use std::time::Duration;

    use super::*;
    use crate::{
        engine::{
            page_load::{Config, PageChoice, PageLoad, Report},
            runner::{self, Options},
        },
        net::Rate,
    };

    fn race(rate: Option<u64>, tcp: TcpModel) -> Report {
        let mut config =
            Config { page: PageChoice::Generated { objects: 10, object_octets: 50_000 }, ..Config::default() };
        config.setting.path = Path { rtt: Duration::from_millis(100), rate: Rate(rate), tcp, ..Path::default() };
        runner::run::<PageLoad>(&config, &Options::default()).unwrap().report
    }

    fn of(report: &Report, strategy: Strategy) -> (TimeShares, Vec<String>) {
        let run = |strategy| report.runs.iter().find(|run| run.strategy == strategy).unwrap();
        let path = &report.config.setting.path;
        let shares = TimeShares::of(run(strategy), path);
        (shares, answer(run(strategy), Some(run(Strategy::Serial)), path, report.config.parallel))
    }

    #[test]
    fn names_the_bound_that_holds() {
        let (narrow, wide) = (race(Some(1_000_000), TcpModel::Textbook), race(Some(1_000_000_000), TcpModel::Textbook));
        for (report, strategy, holds) in [
            (&narrow, Strategy::Parallel, "The link holds it"),
            (&narrow, Strategy::PersistentParallel, "The link holds it"),
            (&narrow, Strategy::Persistent, "The link holds it"),
            (&wide, Strategy::Parallel, "The round trips hold it"),
            (&wide, Strategy::Persistent, "The round trips hold it"),
        ] {
            let (_, lines) = of(report, strategy);
            assert!(lines.last().unwrap().contains(holds), "{strategy:?}: {lines:?}");
        }
    }

    #[test]
    fn adds_up_to_the_page_time() {
        for tcp in [TcpModel::Textbook, TcpModel::Realistic] {
            let report = race(Some(10_000_000), tcp);
            for run in &report.runs {
                let shares = TimeShares::of(run, &report.config.setting.path);
                let sum = shares.link.unwrap() + shares.waits + shares.beyond.unwrap();
                assert!((sum - run.seconds).abs() < 1e-6, "{:?}: {shares:?}", run.strategy);
            }
        }
    }

    #[test]
    fn tells_what_slow_start_adds_and_that_the_textbook_has_none() {
        let (_, lines) = of(&race(Some(100_000_000), TcpModel::Realistic), Strategy::Persistent);
        assert!(lines.iter().any(|line| line.contains("slow start")), "{lines:?}");
        let (_, lines) = of(&race(None, TcpModel::Textbook), Strategy::Persistent);
        assert!(lines[0].contains("unlimited") && lines[2].contains("TCP adds nothing"), "{lines:?}");
        assert!(lines[1].contains("computed") && lines[1].contains("12 RTT"), "{lines:?}");
    }
}
