//! What came out of an attack, measured, with what theory says beside it.

use serde::{Deserialize, Serialize};

use super::{Config, Level, Question};
use crate::{
    sim::{formula::Formula, names::Proportion},
    wire::{Failure, FlowId},
};

/// What came out.
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
    pub found: Option<Found>,
    /// Why it did not come to its end. An attack that fails is a result, no failure.
    pub failure: Option<Failure>,
}

/// What was found, of each attack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// Of [`super::Attack::Poisoning`].
    Poisoning(Poisoned),
    /// Of [`super::Attack::Interception`].
    Interception(Intercepted),
    /// Of [`super::Attack::Amplification`].
    Amplification(Amplified),
    /// Of [`super::Attack::Flood`].
    Flood(Flooded),
}

/// What poisoning achieved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Poisoned {
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
    /// What the resolver noted of messages that were no answers, by rule, the most frequent first. Those for a port nobody listens
    /// at it never sees.
    pub ignored: Vec<Ignored>,
    /// How often it went over to TCP after too many of them.
    pub went_to_tcp: u32,
    /// What a success is worth; `None` where there was none.
    pub worth: Option<Worth>,
}

/// A rule by which messages were ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignored {
    /// The rule, in words.
    pub rule: String,
    /// How many messages.
    pub messages: u64,
}

/// What a poisoned cache tells its clients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Worth {
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
pub struct Intercepted {
    /// Lookups in which the client was told the attacker's address, of all.
    pub measured: Proportion,
    /// Bits somebody off the path would have had to guess, and who sees the query need not.
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
    /// What clients were told, and how often: address, or why none.
    pub told: Vec<Told>,
}

/// An answer clients got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The address; empty: none.
    pub address: String,
    /// How often.
    pub times: u32,
    /// It is the attacker's.
    pub forged: bool,
}

/// What amplification achieved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Amplified {
    /// Whose address the queries bear, and who gets the answers.
    pub victim: String,
    /// A row for each question.
    pub rows: Vec<AmplifiedRow>,
}

/// What one question achieved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AmplifiedRow {
    /// Asked what, of whom.
    pub question: Question,
    /// Queries sent, and octets of these messages.
    pub sent: Traffic,
    /// What came to the victim.
    pub at_victim: Traffic,
    /// Octets at the victim per octet sent, of DNS messages.
    pub factor: f64,
    /// The same with the 28 octets of IP and UDP headers each message travels behind (RFC 791, RFC 768).
    pub factor_on_wire: f64,
    /// Size of response by size of query, the sizes told from the zones.
    pub theory: Formula,
    /// The answers were cut off (TC): who means it asks again over TCP, a victim does not.
    pub truncated: bool,
}

/// Messages and their octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// How many.
    pub messages: u64,
    /// Octets, without headers of UDP and IP.
    pub octets: u64,
}

/// What a flood achieved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flooded {
    /// Servers of the level, in the order in which they fall.
    pub servers: Vec<String>,
    /// Names looked up.
    pub names: u32,
    /// With empty caches: the resolver has just been started.
    pub cold: Vec<FloodPoint>,
    /// With full ones: everything was looked up [`super::Flood::age_hours`] before.
    pub warm: Vec<FloodPoint>,
}

/// What clients get while so many servers answer nobody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FloodPoint {
    /// How many.
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
    pub reached: Vec<Reached>,
}

/// Queries that reached a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Which.
    pub level: Level,
    /// How many.
    pub queries: u64,
}
