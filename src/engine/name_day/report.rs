//! What came out of a day of lookups, measured, with what theory says beside it.

use serde::{Deserialize, Serialize};

use super::Config;
use crate::{
    sim::formula::Formula,
    wire::{Failure, FlowId},
};

/// What came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// `name-day`.
    pub experiment: String,
    /// What was asked for.
    pub config: Config,
    /// How the numbers came about: `measured in the lab, textbook TCP, virtual time`.
    pub provenance: String,
    /// The flow of the whole. The lookups themselves are counted and not recorded.
    pub flow: FlowId,
    /// Hour by hour, in order.
    pub hours: Vec<Counts>,
    /// In all.
    pub whole: Counts,
    /// The names, the most popular first; at most [`NAMES_TOLD`].
    pub names: Vec<NameLoad>,
    /// What theory says of the hit ratios; `None` where the day was not lived through.
    pub theory: Option<Theory>,
    /// A lookup of how many led to a question to the root; `None` where none did.
    pub one_in: Option<f64>,
    /// Mean time of a lookup, in seconds; one a host's own cache answers takes none.
    pub mean_seconds: f64,
    /// Which server of a zone had most to answer; `None` where none had anything.
    pub busiest: Option<Busiest>,
    /// Who was told the old address after it had changed; `None` where none changed.
    pub stale: Option<Stale>,
    /// Why the day did not come to its end.
    pub failure: Option<Failure>,
}

/// Names a report tells of.
pub const NAMES_TOLD: usize = 200;

/// What happened in a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Lookups.
    pub lookups: u64,
    /// Answered from the asking host's own cache.
    pub host_hits: u64,
    /// Questions that reached the local name server and were answered from its cache.
    pub local_hits: u64,
    /// Questions for which it had to ask others, those that joined one under way included; with one central server, those put to it.
    pub misses: u64,
    /// Lookups without an answer.
    pub failed: u64,
    /// Queries that reached the root's servers; with one central server, that one.
    pub root: u64,
    /// Queries that reached those of top-level domains.
    pub tld: u64,
    /// Queries that reached all others.
    pub authoritative: u64,
}

impl Counts {
    /// Hits in the hosts' caches by lookups, 0 to 1; 0 of nothing.
    pub fn host_ratio(&self) -> f64 {
        share(self.host_hits, self.lookups)
    }

    /// Hits in the local name server's cache by questions that reached it, 0 to 1; 0 of nothing.
    pub fn local_ratio(&self) -> f64 {
        share(self.local_hits, self.local_hits + self.misses)
    }

    /// Lookups nobody outside was asked for, by all, 0 to 1; 0 of nothing.
    pub fn ratio(&self) -> f64 {
        share(self.host_hits + self.local_hits, self.lookups)
    }
}

fn share(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

/// What theory says: names are asked for at random moments, each at its rate λ, and forgotten TTL seconds after they were fetched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Theory {
    /// Lookups nobody outside is asked for, by all.
    pub both: Formula,
    /// Hits in the hosts' caches, by lookups.
    pub host: Formula,
    /// Hits in the local name server's cache, by questions that reach it.
    pub local: Formula,
}

/// What one name was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NameLoad {
    /// The name.
    pub name: String,
    /// Its address' TTL, in seconds.
    pub ttl_seconds: u32,
    /// Its expected share of the lookups, 0 to 1.
    pub share: f64,
    /// Lookups of it.
    pub lookups: u64,
    /// Those the asking host's cache answered.
    pub host_hits: u64,
    /// Those the local name server's cache answered.
    pub local_hits: u64,
    /// λ·TTL/(1 + λ·TTL), with one central server λ·TTL/(C + λ·TTL) with C clients: the share of its lookups nobody outside is asked for.
    pub theory: f64,
}

/// The server with most to answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Busiest {
    /// Its name.
    pub server: String,
    /// Queries that reached it.
    pub queries: u64,
    /// Queries that reached any server of a zone.
    pub of: u64,
}

/// Who was told an address that was no longer right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stale {
    /// Whose address changed.
    pub name: String,
    /// From.
    pub old: String,
    /// To.
    pub new: String,
    /// When, in seconds since the beginning.
    pub changed_seconds: f64,
    /// Clients that were told the old one afterwards, by number.
    pub clients: Vec<StaleClient>,
    /// How often that happened.
    pub answers: u64,
    /// How long after the change it happened last, in seconds; `None` where it never did.
    pub last_seconds: Option<f64>,
    /// How long after the change the new one was told first, in seconds; `None` where nobody asked any more.
    pub first_fresh_seconds: Option<f64>,
    /// Longest it can happen, in seconds: the TTL (caches count it down in whole seconds, and an answer takes its time to come).
    pub theory_seconds: u32,
}

/// A client that was told the old address.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StaleClient {
    /// Its number, from 1.
    pub client: u32,
    /// How often.
    pub answers: u64,
    /// How long after the change the last time was, in seconds.
    pub last_seconds: f64,
}
