//! What came out of an attack, measured, with what theory says beside it.

use serde::{Deserialize, Serialize};

use super::{AmplifierQuestion, Config, ServerLevel};
use crate::{
    sim::{formula::Formula, names::Proportion},
    wire::{Failure, FlowId},
};

/// The result of an attack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// `name-attack`.
    pub experiment: String,
    /// What was asked for.
    pub config: Config,
    /// How the numbers came about: `measured in the lab, textbook TCP, virtual time`.
    pub provenance: String,
    /// The flow of the whole. Of a poisoning and an interception the first trial's messages are in flows below it.
    pub flow: FlowId,
    /// What was found; `None` where it could not be tried at all.
    pub found: Option<AttackResult>,
    /// Why the run failed; `None` where it ended. An attack without success is a result, not a failure.
    pub failure: Option<Failure>,
}

/// What was found, of each attack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttackResult {
    /// Of [`super::Attack::Poisoning`].
    Poisoning(Box<PoisoningResult>),
    /// Of [`super::Attack::Interception`].
    Interception(InterceptionResult),
    /// Of [`super::Attack::Amplification`].
    Amplification(AmplificationResult),
    /// Of [`super::Attack::Flood`].
    Flood(FloodResult),
}

/// What poisoning achieved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoisoningResult {
    /// Trials in which a forged answer was believed, of all, with the 95 % interval of the probability.
    pub measured: Proportion,
    /// The probability that one trial succeeds, from the bits to guess and the forged answers that came in time.
    pub theory: Formula,
    /// Letters of the name whose case has to be guessed; 0 without 0x20.
    pub letters: u32,
    /// Bits to guess: of id and port, and one for each letter.
    pub space_bits: u32,
    /// Possibilities: 2 to the power of that.
    pub space: f64,
    /// A name that was looked up; each trial has its own.
    pub example: String,
    /// Forged answers sent in all.
    pub forged_sent: u64,
    /// Of them, those that came to the resolver's host while it waited for the answer.
    pub forged_in_time: u64,
    /// Octets of the messages the attacker sent in all, those that provoked the lookups included.
    pub attacker_octets: u64,
    /// Mean time the resolver waited for the true answer, in seconds: the attacker's window.
    pub window_seconds: f64,
    /// Seconds all trials took, in the lab's time.
    pub seconds: f64,
    /// What the resolver noted of messages that were no answers, by rule, the most frequent first. Those for a closed port
    /// at it never sees.
    pub ignored: Vec<IgnoredMessages>,
    /// How often it went over to TCP after too many of them.
    pub went_to_tcp: u32,
    /// What a success is worth; `None` where there was none.
    pub worth: Option<PoisonedCache>,
}

/// A rule by which messages were ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IgnoredMessages {
    /// The rule, in words.
    pub rule: String,
    /// How many messages.
    pub messages: u64,
}

/// What a poisoned cache tells its clients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoisonedCache {
    /// What a client looks up: not the name of the forged answer, but the site itself.
    pub name: String,
    /// Where it is sent.
    pub told: String,
    /// Where it ought to be sent.
    pub truth: String,
    /// How long the forged address of the site's name server stays in the cache, in seconds.
    pub for_seconds: u32,
}

/// What interception achieved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InterceptionResult {
    /// Lookups answered with the attacker's address, of all.
    pub measured: Proportion,
    /// Bits that an attacker off the path would have had to guess; an attacker who sees the query need not.
    pub bits_seen: u32,
    /// Queries of the resolver the attacker saw.
    pub queries_seen: u64,
    /// Forged answers it sent.
    pub forged_sent: u64,
    /// Octets of those.
    pub attacker_octets: u64,
    /// Lookups in which the second opinion differed; the answer was not believed then. `None` without a second opinion.
    pub disagreements: Option<u32>,
    /// Mean time of a lookup as the client saw it, in seconds, a second opinion included.
    pub seconds: f64,
    /// Queries sent per lookup, those for a second opinion included: what the defence costs.
    pub queries_per_lookup: f64,
    /// What was looked up.
    pub name: String,
    /// The answers clients got, and how often: an address, or why there is none.
    pub told: Vec<ClientAnswer>,
}

/// An answer clients got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientAnswer {
    /// The address; empty: none.
    pub address: String,
    /// How often it was given to a client.
    pub times: u32,
    /// It is the attacker's.
    pub forged: bool,
}

/// What amplification achieved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AmplificationResult {
    /// The victim: the queries bear its address as their source, so it gets the answers.
    pub victim: String,
    /// A row for each question.
    pub rows: Vec<AmplificationRow>,
}

/// What one question achieved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AmplificationRow {
    /// Asked what, of whom.
    pub question: AmplifierQuestion,
    /// Queries sent, and octets of these messages.
    pub sent: Traffic,
    /// What came to the victim.
    pub at_victim: Traffic,
    /// Octets at the victim per octet sent, of DNS messages.
    pub factor: f64,
    /// The same with the 28 octets of IP and UDP headers each message travels behind (RFC 791, RFC 768).
    pub factor_on_wire: f64,
    /// Size of response by size of query, the sizes computed from the zones.
    pub theory: Formula,
    /// The answers were cut off (TC): a real client asks again over TCP, a victim does not.
    pub truncated: bool,
}

/// Messages and their octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Number of messages.
    pub messages: u64,
    /// Octets, without headers of UDP and IP.
    pub octets: u64,
}

/// What a flood achieved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FloodResult {
    /// Servers of the level, in the order in which they fall.
    pub servers: Vec<String>,
    /// Names looked up.
    pub names: u32,
    /// With empty caches: the resolver has just been started.
    pub cold: Vec<FloodPoint>,
    /// With full ones: everything was looked up [`super::Flood::age_hours`] before.
    pub warm: Vec<FloodPoint>,
}

/// What clients get while so many servers do not answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FloodPoint {
    /// Number of servers that are off.
    pub off: u32,
    /// Lookups that were answered, of all.
    pub answered: Proportion,
    /// Lookups the local name server knew the answer to.
    pub from_cache: u32,
    /// Mean time of a lookup, those without an answer included, in seconds.
    pub mean_seconds: f64,
    /// 95 of 100 took no longer, in seconds.
    pub p95_seconds: f64,
    /// The longest, in seconds.
    pub max_seconds: f64,
    /// Queries that reached each level's servers.
    pub reached: Vec<LevelQueries>,
}

/// Queries that reached a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelQueries {
    /// The level.
    pub level: ServerLevel,
    /// Number of queries.
    pub queries: u64,
}
