//! What is asked for: which attack, against which defences, how often.

use serde::{Deserialize, Serialize};

use crate::engine::setting::LabSetting;

/// An attack on the lab's name system. There is no world to choose: it takes place in the lab's memory and nowhere else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// The attack, and the defences against it.
    pub attack: Attack,
    /// How often it is tried, 1 to [`MAX_TRIALS`]: lookups the attacker provokes (poisoning), lookups of the victim (interception),
    /// queries sent for each question (amplification), lookups for each number of servers (flood).
    pub trials: u32,
    /// The lab and the student's path.
    pub setting: LabSetting,
}

/// Most trials of one run.
pub const MAX_TRIALS: u32 = 100_000;
/// Most forged answers for one trial.
pub const MAX_FORGED: u32 = 65_536;
/// Most forged answers of one run: trials times forged answers.
pub const MAX_FORGED_IN_ALL: u64 = 4_000_000;
/// Bits of a query's id (RFC 1035 §4.1.1).
pub const MAX_ID_BITS: u32 = 16;
/// Bits of the dynamic ports, 49152 to 65535 (RFC 6335 §6).
pub const MAX_PORT_BITS: u32 = 14;

/// Which attack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attack {
    /// Forged answers from an attacker who does not see the queries (RFC 5452 §4).
    Poisoning(Poisoning),
    /// Forged answers from an attacker on the path, who sees them.
    Interception(InterceptionAttack),
    /// Questions with a victim's address as their source, whose answers are larger (RFC 5358).
    Amplification(Amplification),
    /// So many queries to some servers that they do not answer any more.
    Flood(Flood),
}

/// Poisoning: what has to be guessed, and how often it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Poisoning {
    /// Random bits of a query's id, 0 to 16; 0: it is always 0, the defence is off.
    pub id_bits: u32,
    /// Random bits of the port a query leaves from, 0 to 14; 0: it is always 49152, the defence is off.
    pub port_bits: u32,
    /// Each letter of the name is written in upper or lower case at random, and the answer has to repeat it (0x20).
    pub randomise_case: bool,
    /// After ten answers that do not fit, the question is put again over TCP (RFC 5452 §9).
    pub tcp_on_misfits: bool,
    /// Forged answers the attacker sends in each trial, 1 to [`MAX_FORGED`].
    pub forged: u32,
}

/// Interception: what the victim does against an attacker who sees its queries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
pub struct InterceptionAttack {
    /// Random bits of a query's id, 0 to 16.
    pub id_bits: u32,
    /// Random bits of the port a query leaves from, 0 to 14.
    pub port_bits: u32,
    /// 0x20.
    pub randomise_case: bool,
    /// The resolver asks over TCP alone: no datagram answers that.
    pub over_tcp: bool,
    /// The same is asked over a path the attacker does not sit on, and an answer is believed only if both agree.
    pub second_opinion: bool,
}

/// Amplification: which questions, and what the servers do against it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
pub struct Amplification {
    /// The questions that are sent with the victim's address as their source, and the servers they go to.
    pub questions: Vec<AmplifierQuestion>,
    /// Servers answer ANY with one record made up for it (RFC 8482 §4.2).
    pub minimal_any: bool,
    /// Servers send datagrams of 512 octets at most, whatever a query's EDNS offers.
    pub no_edns: bool,
    /// What is more than three times the query is answered over UDP with the question and TC alone: a real client asks again over TCP.
    pub truncate: bool,
}

/// A question to one server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmplifierQuestion {
    /// The name.
    pub name: String,
    /// The type: `ANY`.
    pub kind: String,
    /// Which name server of the lab, by name.
    pub server: String,
}

/// Flood: which zone's servers do not answer any more, and how many of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Flood {
    /// The root's servers, or those of the top-level domains.
    pub level: ServerLevel,
    /// How many of them do not answer, each a point of the result; more than there are count as all. Empty: every number there is.
    pub off: Vec<u32>,
    /// Exponent of the names' popularity: the i-th is asked for in proportion to 1/i^α. 0 to 3.
    pub alpha: f64,
    /// Hours between filling the warm cache and the flood: records with a shorter TTL have expired by then. 0 to 168.
    pub age_hours: f64,
}

/// A level of servers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServerLevel {
    /// Those of the root zone.
    #[default]
    Root,
    /// Those of the zones right below it.
    Tld,
    /// All others.
    Authoritative,
}

impl ServerLevel {
    /// All, from the top down.
    pub const ALL: [Self; 3] = [Self::Root, Self::Tld, Self::Authoritative];

    /// As a chooser and a report write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Tld => "TLD",
            Self::Authoritative => "authoritative",
        }
    }
}

impl Attack {
    /// As a chooser and a report write it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Poisoning(_) => "poisoning",
            Self::Interception(_) => "interception",
            Self::Amplification(_) => "amplification",
            Self::Flood(_) => "flood",
        }
    }
}

impl Default for Attack {
    fn default() -> Self {
        Self::Poisoning(Poisoning::default())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self { attack: Attack::default(), trials: 200, setting: LabSetting::default() }
    }
}

impl Default for Poisoning {
    /// Few enough bits that it succeeds now and then.
    fn default() -> Self {
        Self { id_bits: 8, port_bits: 0, randomise_case: false, tcp_on_misfits: false, forged: 64 }
    }
}

impl Default for InterceptionAttack {
    /// Everything an attacker off the path would have to guess.
    fn default() -> Self {
        Self {
            id_bits: MAX_ID_BITS,
            port_bits: MAX_PORT_BITS,
            randomise_case: true,
            over_tcp: false,
            second_opinion: false,
        }
    }
}

impl Default for Amplification {
    fn default() -> Self {
        let question = |kind: &str, name: &str, server: &str| AmplifierQuestion {
            name: name.to_owned(),
            kind: kind.to_owned(),
            server: server.to_owned(),
        };
        let questions = vec![
            question("ANY", "uvic.ca", "dns1.uvic.ca"),
            question("MX", "uvic.ca", "dns1.uvic.ca"),
            question("TXT", "uvic.ca", "dns1.uvic.ca"),
            question("A", "www.uvic.ca", "dns1.uvic.ca"),
            question("NS", ".", "a.root-servers.net"),
            question("A", "www.uvic.ca", "a.root-servers.net"),
        ];
        Self { questions, minimal_any: false, no_edns: false, truncate: false }
    }
}

impl Default for Flood {
    fn default() -> Self {
        Self { level: ServerLevel::Root, off: Vec::new(), alpha: 0.9, age_hours: 1.0 }
    }
}

#[cfg(test)]
mod a_config {
    use super::*;

    #[test]
    fn left_out_is_a_poisoning_that_now_and_then_succeeds() {
        let config: Config = serde_json::from_str("{}").unwrap();
        assert_eq!((config.attack.name(), config.trials), ("poisoning", 200));
        let flood: Config = serde_json::from_str(r#"{"attack":{"flood":{"level":"tld"}},"trials":7}"#).unwrap();
        assert_eq!(flood.attack, Attack::Flood(Flood { level: ServerLevel::Tld, ..Flood::default() }));
        let again: Config = serde_json::from_str(&serde_json::to_string(&flood).unwrap()).unwrap();
        assert_eq!(again, flood);
    }
}
