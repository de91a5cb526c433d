//! A race as the engine reports it, for tests of the pictures only: RTT 100 ms, unlimited rate, ten objects.

use std::time::Duration;

use url::Url;

use crate::{
    engine::{
        page_load::{Config, Report, Strategy, StrategyRun},
        timing::{ObjectTiming, Phases},
    },
    net::TimeSpan,
    sim::formula::{Exactness, Formula, FormulaResult},
    wire::{Blame, Failure, FlowId},
};

const OBJECTS: u32 = 10;
const RTT: f64 = 0.1;

/// All six, the last one failed.
pub(crate) fn report() -> Report {
    let runs = Strategy::ALL.into_iter().map(run_of).collect();
    Report {
        experiment: "page-load".to_owned(),
        config: Config::default(),
        provenance: "measured in the lab, textbook TCP, virtual time".to_owned(),
        redirects: Vec::new(),
        runs,
    }
}

/// The run of one strategy.
pub(crate) fn run(report: &Report, strategy: Strategy) -> &StrategyRun {
    report.runs.iter().find(|run| run.strategy == strategy).unwrap()
}

fn run_of(strategy: Strategy) -> StrategyRun {
    let (trips, connections) = match strategy {
        Strategy::Serial => (22, 11),
        Strategy::Parallel => (6, 11),
        Strategy::Persistent => (12, 1),
        Strategy::PersistentParallel => (5, 5),
        Strategy::Pipelined | Strategy::Http2 => (3, 1),
    };
    let seconds = f64::from(trips) * RTT;
    let failed = strategy == Strategy::Http2;
    let failure = failed.then(|| Failure {
        summary: "the server does not speak HTTP/2".to_owned(),
        causes: Vec::new(),
        blame: Blame::Peer,
        clause: Some("RFC 9113 §3.4".to_owned()),
    });
    StrategyRun {
        strategy,
        flow: FlowId(strategy as u32 * 20),
        seconds,
        theory_seconds: (!failed).then_some(seconds),
        theory: Some(theory(seconds)),
        difference: Some(0.0),
        reason: None,
        connections,
        sockets_at_peak: connections.min(5),
        requests: OBJECTS + 1,
        octets_sent: 1_200,
        octets_received: 1_015_000,
        objects: (0..=OBJECTS).map(|n| object(n, connections)).collect(),
        failure,
    }
}

fn theory(seconds: f64) -> Formula {
    Formula {
        symbols: "2·RTT + L₀/R + n·(RTT + L/R)".to_owned(),
        numbers: "2·100 ms + 0 s + 10·(100 ms + 0 s)".to_owned(),
        inputs: Vec::new(),
        result: FormulaResult::Time(Duration::from_secs_f64(seconds)),
        exactness: Exactness::Exact,
        source: "Kurose–Ross §2.2.2".to_owned(),
    }
}

fn object(n: u32, connections: u32) -> ObjectTiming {
    let millis = |at: u32| Duration::from_millis(u64::from(at));
    let span = |from: u32, to: u32| Some(TimeSpan { from: millis(from), to: millis(to) });
    let begin = n * 100;
    let path = if n == 0 { "home.index".to_owned() } else { format!("img{n:02}.jpg") };
    ObjectTiming {
        url: Url::parse(&format!("http://www.someschool.edu/someDepartment/{path}")).unwrap(),
        status: Some(200),
        media_type: Some("image/jpeg".to_owned()),
        connection: Some(FlowId(1 + n % connections)),
        connection_number: 1 + n % connections,
        request_octets: 110,
        response_octets: 100_200,
        content_octets: 100_000,
        phases: Phases {
            queue: None,
            dns: None,
            connect: if n < connections { span(begin, begin + 100) } else { None },
            tls: None,
            send: None,
            wait: span(begin + 100, begin + 200),
            receive: span(begin + 200, begin + 200),
        },
        failure: None,
    }
}
