//! One page, many strategies, each beside its formula.
//!
//! `race` runs it, `prediction` puts what was measured into the formulas of [`crate::sim::theory`], `reason` says why the two
//! differ, [`sweep`] varies one input.

mod prediction;
mod race;
mod reason;
#[cfg(test)]
mod stories;
pub mod sweep;
mod text;

use serde::{Deserialize, Serialize};
use url::Url;

pub use super::fetching::{Discipline, Strategy};
pub use race::run;
pub use reason::WORTH_A_REASON;
pub use text::as_text;

use super::{setting::Setting, timing::ObjectTiming};
use crate::{
    sim::theory::Theory,
    wire::{Failure, FlowId},
};

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
    /// Where.
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
        /// n.
        objects: u32,
        /// Size of each.
        object_octets: u64,
    },
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// `page-load`.
    pub experiment: String,
    /// What was asked.
    pub config: Config,
    /// How the numbers came about: `measured in the lab, textbook TCP, virtual time`.
    pub provenance: String,
    /// One a strategy.
    pub runs: Vec<Run>,
}

/// One strategy's run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Which.
    pub strategy: Strategy,
    /// Its flow: connections are its children.
    pub flow: FlowId,
    /// Page time in seconds: from the start to the last octet of the last object.
    pub seconds: f64,
    /// The formula's, in seconds.
    pub theory_seconds: Option<f64>,
    /// The formula and what was put in.
    pub theory: Option<Theory>,
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

/// One input of a race varied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// The rest of the race.
    pub base: Config,
    /// Which input.
    pub axis: Axis,
    /// Its values, in the axis' unit.
    pub values: Vec<f64>,
}

/// What a sweep varies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// RTT in milliseconds.
    RttMillis,
    /// Rate in Mb/s.
    RateMbps,
    /// Number of objects.
    Objects,
    /// Object size in kB (1000 octets).
    ObjectKilobytes,
    /// k.
    Parallel,
}

/// One dot: a value and every strategy's measurement and prediction there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// Value on the axis.
    pub value: f64,
    /// `(strategy, measured seconds, formula's seconds)`.
    pub times: Vec<(Strategy, f64, Option<f64>)>,
}
