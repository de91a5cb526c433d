//! What came out of a day of lookups, measured, with what theory says beside it.

use serde::{Deserialize, Serialize};

use super::Config;
use crate::{
    sim::formula::Formula,
    wire::{Failure, FlowId},
};

/// The result of a day.
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
    /// What theory says of the hit ratios; `None` where the day did not come to its end.
    pub theory: Option<Theory>,
    /// A lookup of how many led to a question to the root; `None` where none did.
    pub one_in: Option<f64>,
    /// Mean time of a lookup, in seconds; one a host's own cache answers takes none.
    pub mean_seconds: f64,
    /// Which server of a zone had most to answer; `None` where none had anything.
    pub busiest: Option<BusiestServer>,
    /// Stale answers after an address had changed; `None` where none changed.
    pub stale: Option<StaleAnswers>,
    /// Why the day did not come to its end.
    pub failure: Option<Failure>,
}

/// Names a report tells of.
pub const NAMES_TOLD: usize = 200;

/// What happened in a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Number of lookups.
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

    /// Share of the lookups for which no server of a zone was asked, 0 to 1; 0 where there are no lookups.
    pub fn ratio(&self) -> f64 {
        share(self.host_hits + self.local_hits, self.lookups)
    }
}

fn share(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

/// What theory says: names are asked for at random moments, each at its rate λ, and dropped from the cache TTL seconds after they were fetched.
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
    /// λ·TTL/(1 + λ·TTL), with one central server λ·TTL/(C + λ·TTL) with C clients: the share of its lookups for which no server of a zone is asked.
    pub theory: f64,
}

/// The server with most to answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusiestServer {
    /// Its name.
    pub server: String,
    /// Queries that reached it.
    pub queries: u64,
    /// Queries that reached any server of a zone.
    pub of: u64,
}

/// Stale answers: an address that was no longer right, and the clients that got it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StaleAnswers {
    /// Whose address changed.
    pub name: String,
    /// The address before the change.
    pub old: String,
    /// The address after it.
    pub new: String,
    /// When, in seconds since the beginning.
    pub changed_seconds: f64,
    /// Clients that got the old address afterwards, by number.
    pub clients: Vec<StaleClient>,
    /// How often that happened.
    pub answers: u64,
    /// How long after the change it happened last, in seconds; `None` where it never did.
    pub last_seconds: Option<f64>,
    /// How long after the change the new address was given first, in seconds; `None` where no client asked any more.
    pub first_fresh_seconds: Option<f64>,
    /// Longest it can happen, in seconds: the TTL (caches count it down in whole seconds, and an answer takes its time to come).
    pub theory_seconds: u32,
}

/// A client that got the old address.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StaleClient {
    /// Its number, from 1.
    pub client: u32,
    /// How many answers had the old address.
    pub answers: u64,
    /// How long after the change the last time was, in seconds.
    pub last_seconds: f64,
}
