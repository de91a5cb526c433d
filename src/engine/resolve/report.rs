//! What is asked for in a resolution, and what came out: the window, the command line and the tests read the same.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{
    engine::setting::Setting,
    proto::dns::trace::{DnsQuestion, ResolutionStep},
    wire::{Failure, FlowId},
};

/// What to resolve and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
pub struct Config {
    /// The name, with or without its final dot; an IP address is turned into its name under `in-addr.arpa` or `ip6.arpa`.
    pub name: String,
    /// The types, as `A`, `MX`, `TYPE65400`: one question each.
    pub kinds: Vec<String>,
    /// Who resolves iteratively.
    pub mode: ResolutionMode,
    /// The server to ask, by name or IP address; `None` for the world's own local name server (or the root, where our own host resolves iteratively).
    pub server: Option<String>,
    /// Servers above the answer are asked for one label more than they are known to hold, and no more (RFC 9156).
    pub minimise: bool,
    /// The case of every letter of a query's name is chosen at random, and an answer must repeat it (draft-vixie-dnsext-dns0x20).
    pub randomise_case: bool,
    /// Every cache is empty at the start. Otherwise the local name server of the lab remembers what earlier lookups of this kind taught it, and
    /// this one teaches it more; in the Internet, whose caches are not ours, the question is put twice and the second time is reported.
    pub cold: bool,
    /// What happens before the question is put, in order: other questions, time that passes, caches emptied, zones changed.
    pub before: Vec<Event>,
    /// Servers of the lab that offer recursion, by name; in recursive mode all that may do so.
    pub recursion: Vec<String>,
    /// Servers of the lab that answer with referrals even in recursive mode, by name.
    pub referring: Vec<String>,
    /// Where our own iterative resolution begins in the Internet: names and addresses of root servers; empty: the built-in ones.
    pub hints: Vec<(String, IpAddr)>,
    /// The port of every name server.
    pub port: u16,
    /// Ask the root first who its servers are now (RFC 9609; the Internet only).
    pub prime: bool,
    /// World and path.
    pub setting: Setting,
}

/// Something that happens before the question is put.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The same host asks something else.
    Ask {
        /// The name.
        name: String,
        /// The type.
        kind: String,
    },
    /// Time passes.
    Wait {
        /// So long, in seconds.
        seconds: u64,
    },
    /// A cache is emptied, or one name of it.
    Flush {
        /// Whose, as [`CacheTable::owner`].
        owner: String,
        /// Which name; `None`: everything.
        name: Option<String>,
    },
    /// A zone is served as this zone file has it from now on (the lab only).
    Zone {
        /// The zone's name.
        origin: String,
        /// The zone file.
        text: String,
        /// By which server; `None`: by all that serve the zone already.
        server: Option<String>,
    },
}

/// The first name the window and the command line ask for: the notes' own.
pub const FIRST_NAME: &str = "gaia.cs.umass.edu";

impl Default for Config {
    fn default() -> Self {
        Self {
            name: FIRST_NAME.to_owned(),
            kinds: vec!["A".to_owned()],
            mode: ResolutionMode::default(),
            server: None,
            minimise: false,
            randomise_case: false,
            cold: true,
            before: Vec::new(),
            recursion: Vec::new(),
            referring: Vec::new(),
            hints: Vec::new(),
            port: 53,
            prime: true,
            setting: Setting::default(),
        }
    }
}

/// Who resolves iteratively, from the root down to the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResolutionMode {
    /// Iteration: the local name server asks each server in turn, referral by referral.
    #[default]
    Iterated,
    /// Recursion: each server asks the next one on the client's behalf and hands the answer back.
    Recursive,
    /// A stub: one query with RD set, to a server that does the recursion unseen.
    Stub,
}

impl ResolutionMode {
    /// All, in the order of a chooser.
    pub const ALL: [Self; 3] = [Self::Iterated, Self::Recursive, Self::Stub];

    /// As a chooser, a report and the command line write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Iterated => "iterated",
            Self::Recursive => "recursive",
            Self::Stub => "stub",
        }
    }
}

/// The result of a resolution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// `resolve`.
    pub experiment: String,
    /// What was asked for.
    pub config: Config,
    /// The question as it was put (the first, where there are several types).
    pub question: DnsQuestion,
    /// Who resolved iteratively.
    pub mode: ResolutionMode,
    /// How the numbers came about: `measured in the lab, textbook TCP, virtual time`.
    pub provenance: String,
    /// The flow of the whole; the conversations with the servers are flows below it.
    pub flow: FlowId,
    /// The final response code, `NOERROR`; empty where no answer came.
    pub rcode: String,
    /// The final answer section, a record a line as zone files have it; aliases first.
    pub answers: Vec<String>,
    /// The final authority section, a record a line.
    pub authority: Vec<String>,
    /// Seconds from the first query to the final answer.
    pub seconds: f64,
    /// Everything that was done, in order of beginning.
    pub steps: Vec<ResolutionStep>,
    /// Messages that crossed, queries and responses.
    pub messages: u32,
    /// How many queries each level of servers had to answer, the local one first.
    pub load: Vec<LevelLoad>,
    /// What each cache held at the end.
    pub caches: Vec<CacheTable>,
    /// What is not as it should be in the network between: port 53 intercepted, no way out.
    pub warnings: Vec<String>,
    /// Why it did not finish. A name that does not exist is an answer, no failure.
    pub failure: Option<Failure>,
}

/// What one level of servers had to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelLoad {
    /// `local`, `root`, `TLD`, `authoritative`.
    pub level: String,
    /// Queries that reached it.
    pub queries: u32,
}

/// One cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CacheTable {
    /// Whose: `browser`, `you`, `dns.poly.edu`.
    pub owner: String,
    /// What it holds.
    pub entries: Vec<CacheEntry>,
}

/// One record of a cache, or the knowledge that there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CacheEntry {
    /// The name, with its final dot.
    pub name: String,
    /// The type: `A`; empty where the whole name is known not to exist.
    #[serde(rename = "type")]
    pub kind: String,
    /// The value as zone files have it; of a negative entry, what is known: `no such name`, `no such type`.
    pub value: String,
    /// Its TTL as it was received, in seconds.
    pub ttl_seconds: u64,
    /// What was left of it when the report was made, in seconds.
    pub left_seconds: f64,
    /// How credible it is (RFC 2181 §5.4.1): `answer, authoritative`, `glue`.
    pub credibility: String,
    /// Where it came from: `referral from a.root-servers.net`.
    pub learned_from: String,
    /// It says that there is no such thing (RFC 2308).
    pub negative: bool,
}

#[cfg(test)]
mod a_config {
    use super::*;

    #[test]
    fn left_out_is_the_notes_question() {
        let config: Config = serde_json::from_str("{}").unwrap();
        assert_eq!(config, Config::default());
        assert_eq!((config.name.as_str(), config.cold), (FIRST_NAME, true));
        let recursive: Config = serde_json::from_str(r#"{"mode":"recursive","kinds":["MX"]}"#).unwrap();
        assert_eq!((recursive.mode, recursive.kinds), (ResolutionMode::Recursive, vec!["MX".to_owned()]));
    }
}
