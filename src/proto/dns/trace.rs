//! What a resolution did, step by step, and why: the resolver writes it, the tree, the table and the command line show it.

use std::{net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    Name, RecordType,
    text::{name_text, type_name},
};
use crate::wire::FlowId;

/// One step of a resolver (or a stub) for a question: a query to a server with its outcome, or a look into a cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "three bits of a header")]
pub struct ResolutionStep {
    /// Its number, counted from 1 in the order of beginning.
    pub number: u32,
    /// The step whose answer led to this one: a referral, an alias, or the step that needed this name server's address. `None` for
    /// the first of a resolution.
    pub parent: Option<u32>,
    /// Who asks: `you`, `dns.poly.edu`.
    pub asker: String,
    /// The server, by name: `a.root-servers.net`, `dns.poly.edu`; an asker's own cache has the asker's name.
    pub server: String,
    /// Where it was asked; `None` for a cache.
    pub ip_port: Option<SocketAddr>,
    /// The zone the server was asked for, `.` for the root; empty where it is asked as a local name server or a cache.
    pub zone: String,
    /// Asked for in order to.
    pub purpose: Purpose,
    /// What was asked.
    pub question: DnsQuestion,
    /// The query's RD bit.
    pub recursion_desired: bool,
    /// The transport of the query.
    pub over: QueryTransport,
    /// When the query was sent, or the cache looked into, since the run began.
    pub sent_at: Duration,
    /// When the answer came, or was no longer waited for.
    pub ended_at: Option<Duration>,
    /// Between the two, in seconds, where an answer came over the network.
    pub rtt_seconds: Option<f64>,
    /// The outcome of the step.
    pub outcome: StepOutcome,
    /// The response code, as `NOERROR`, `NXDOMAIN`; `None` where no message came.
    pub rcode: Option<String>,
    /// The response's AA bit.
    pub authoritative: bool,
    /// The response's RA bit.
    pub recursion_available: bool,
    /// The answer section, a record a line as zone files have it: `gaia.cs.umass.edu. 3600 IN A 128.119.245.12`.
    pub answers: Vec<String>,
    /// Where the response refers to.
    pub referral: Option<Referral>,
    /// Why this server, and why this question: `the root's referral named it for edu. and gave its address`.
    pub reason: String,
    /// Where the rule stands, as `RFC 1034 §5.3.3`.
    pub clause: Option<String>,
    /// What was not believed in the response, and by which rule.
    pub ignored: Vec<IgnoredRecord>,
    /// Octets of query and response.
    pub octets: [u64; 2],
    /// The flow that holds query and response.
    pub flow: Option<FlowId>,
}

impl ResolutionStep {
    /// A step that has just begun, with its server and transport: its outcome is not known yet, and its purpose is the answer itself.
    pub fn begun(asker: &str, server: &str, question: DnsQuestion, over: QueryTransport, sent_at: Duration) -> Self {
        Self {
            number: 1,
            parent: None,
            asker: asker.to_owned(),
            server: server.to_owned(),
            ip_port: None,
            zone: String::new(),
            purpose: Purpose::Answer,
            question,
            recursion_desired: false,
            over,
            sent_at,
            ended_at: None,
            rtt_seconds: None,
            outcome: StepOutcome::Waiting,
            rcode: None,
            authoritative: false,
            recursion_available: false,
            answers: Vec::new(),
            referral: None,
            reason: String::new(),
            clause: None,
            ignored: Vec::new(),
            octets: [0, 0],
            flow: None,
        }
    }
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DnsQuestion {
    /// The name, with its final dot.
    pub name: String,
    /// The type: `A`, `MX`, `TYPE65400`.
    #[serde(rename = "type")]
    pub kind: String,
}

impl DnsQuestion {
    /// As it is told.
    pub fn of(name: &Name, kind: RecordType) -> Self {
        Self { name: name_text(name), kind: type_name(kind) }
    }
}

/// What a step is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// The question itself, or what it became by aliases.
    Answer,
    /// The address of a name server that came without one.
    ServerAddress {
        /// The name server.
        server: String,
    },
    /// The root's current servers (RFC 9609).
    Priming,
}

/// How a query travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueryTransport {
    /// One datagram each way.
    Udp,
    /// A TCP connection, the message behind two octets of length.
    Tcp,
    /// Nothing: the answer was in the cache, or the same question was under way already.
    Cache,
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepOutcome {
    /// Not yet known.
    Waiting,
    /// What was asked for.
    Answer,
    /// The name is another's alias: the search goes on there.
    Alias,
    /// Servers of a zone closer to the name.
    Referral,
    /// The name is not there.
    NoName,
    /// The name is there, the type is not (RFC 2308 §2.2).
    NoData,
    /// The server does not serve the zone it was asked for (RFC 8499 §7).
    Lame,
    /// The server says it failed or refuses: SERVFAIL, REFUSED, NOTIMP, FORMERR.
    Refused,
    /// The answer did not fit a datagram: it is asked again over TCP.
    Truncated,
    /// No answer came in time.
    TimedOut,
    /// The network said it cannot get there.
    Unreachable,
    /// What came is no answer to this query, or no DNS message.
    Bad,
}

/// A referral.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// The zone referred to.
    pub zone: String,
    /// Its name servers.
    pub servers: Vec<String>,
    /// Their addresses that came along (glue), as `ns1.umass.edu. 128.119.10.27`.
    pub glue: Vec<String>,
}

/// Something in a response that was not believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IgnoredRecord {
    /// What: a record as a line, or the message as a whole.
    pub what: String,
    /// Why it was not believed: the rule in words.
    pub rule: String,
    /// Where the rule stands.
    pub clause: Option<String>,
    /// How often such a thing came.
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}
