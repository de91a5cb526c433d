//! One page, many strategies, each beside its formula.
//!
//! `race` runs it, `prediction` puts what was measured into the formulas of [`crate::sim::response_time`], `reason` says why the two
//! differ, [`sweep`] varies one input.

mod prediction;
mod race;
mod reason;
#[cfg(test)]
mod stories;
pub mod sweep;
mod text;

use std::convert::Infallible;

use serde::{Deserialize, Serialize};
use url::Url;

pub use super::fetching::{Discipline, Strategy};
pub use reason::WORTH_A_REASON;
pub use sweep::Sweep;
pub use text::as_text;

use super::{
    context::Context,
    experiment::{Experiment, RunObserver, RunPlace, Summary},
    setting::Setting,
    timing::ObjectTiming,
};
use crate::{
    sim::formula::Formula,
    wire::{Failure, FlowId},
};

/// The experiment.
#[derive(Clone, Copy, Debug)]
pub struct PageLoad;

impl Experiment for PageLoad {
    const NAME: &'static str = "page-load";
    const PURPOSE: &'static str = "Race the strategies of loading one page, each measured beside its formula.";
    type Config = Config;
    type Report = Report;
    type News = Infallible;

    fn place(config: &Config) -> RunPlace {
        RunPlace::patient(&config.setting)
    }

    async fn run(config: &Config, context: &Context, _: &mut dyn RunObserver<Infallible>) -> Report {
        race::run(config, context).await
    }

    fn summary(report: &Report) -> Summary<'_> {
        let exchanges = report.runs.iter().map(|run| run.requests as usize).sum();
        let failures = report.runs.iter().map(|run| run.failure.as_ref());
        // A strategy that a server does not speak is no failure of the race as long as another one finished.
        let all_failed = report.runs.iter().all(|run| run.failure.is_some());
        let failure = if all_failed { failures.flatten().next() } else { None };
        Summary { provenance: &report.provenance, failure, exchanges }
    }

    fn text(report: &Report) -> String {
        as_text(report)
    }
}

/// What to race.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// The page.
    pub page: PageChoice,
    /// Which strategies, in this order.
    pub strategies: Vec<Strategy>,
    /// k: connections at once of the parallel strategies.
    pub parallel: u32,
    /// When a parallel strategy opens its next connection.
    pub discipline: Discipline,
    /// Names are looked up through the local name server first, each strategy with cold caches; the formulas then have a
    /// term for it.
    #[serde(default)]
    pub resolve_names: bool,
    /// World and path.
    pub setting: Setting,
}

/// Which page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageChoice {
    /// A page at a URL, with the objects it refers to.
    At(Url),
    /// A page the lab makes: a base file and `objects` objects of `object_octets` octets each.
    Generated {
        /// n: the number of objects.
        objects: u32,
        /// Size of each.
        object_octets: u64,
    },
}

/// The result of a race.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// `page-load`.
    pub experiment: String,
    /// What was asked.
    pub config: Config,
    /// How the numbers came about: `measured in the lab, textbook TCP, virtual time`.
    pub provenance: String,
    /// The redirects that led to the page, in order. They come before it and are in no strategy's numbers: every strategy is measured
    /// from the page they led to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<ObjectTiming>,
    /// One a strategy.
    pub runs: Vec<StrategyRun>,
}

/// One strategy's run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrategyRun {
    /// The strategy.
    pub strategy: Strategy,
    /// Its flow: connections are its children.
    pub flow: FlowId,
    /// Page time in seconds: from the start to the last octet of the last object.
    pub seconds: f64,
    /// The formula's, in seconds.
    pub theory_seconds: Option<f64>,
    /// The formula and what was put in.
    pub theory: Option<Formula>,
    /// (measured − formula) / formula.
    pub difference: Option<f64>,
    /// Why they differ, when by more than 5 %.
    pub reason: Option<String>,
    /// Connections opened.
    pub connections: u32,
    /// Most sockets open at once.
    pub sockets_at_peak: u32,
    /// Requests sent.
    pub requests: u32,
    /// Octets sent on all connections, as the application wrote them (above TLS).
    pub octets_sent: u64,
    /// Octets received, likewise.
    pub octets_received: u64,
    /// Every object, the base file first.
    pub objects: Vec<ObjectTiming>,
    /// Why the run did not finish.
    pub failure: Option<Failure>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            page: PageChoice::Generated { objects: 10, object_octets: 100_000 },
            strategies: Strategy::ALL.to_vec(),
            parallel: 5,
            discipline: Discipline::default(),
            resolve_names: false,
            setting: Setting::default(),
        }
    }
}
