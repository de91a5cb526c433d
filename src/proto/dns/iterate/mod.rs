//! Iterative resolution as a state machine: from the closest known servers down to those that have the answer, with the reason for every step. No
//! sockets and no clock (`net::resolving` runs it).
//!
//! A [`Resolution`] answers one question. It resolves side questions (the address of a name server) itself, keeps what it learns in a
//! [`Memory`] that many resolutions may share, and writes down each step ([`ResolutionStep`]).
//!
//! Source: RFC 1034 §5.3.3; RFC 2181 §5.4.1 (credibility); RFC 2308 (negative answers); RFC 5452 and draft-vixie-dnsext-dns0x20 (answers
//! that are hard to forge); RFC 6672 (DNAME); RFC 9156 (minimised questions); RFC 9609 (priming); RFC 6761 and RFC 7686 (names that are
//! never asked for).

mod asking;
mod choosing;
mod open;
mod reading;
mod special;
#[cfg(test)]
mod stories;
mod task;
mod words;

use std::{collections::VecDeque, net::IpAddr, net::SocketAddr, sync::Arc, time::Duration};

use rand::{SeedableRng as _, rngs::StdRng};

pub use self::asking::MISFITS_TOLERATED;
use self::{open::OutstandingQuery, task::Task};
use super::{
    Name, Record, RecordType, ResponseCode,
    cache::Cache,
    servers::ServerHistories,
    trace::{QueryTransport, ResolutionStep},
};
use crate::wire::FlowId;

/// Settings of a resolver.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
pub struct Settings {
    /// Who asks, for the steps: `dns.poly.edu`, `you`.
    pub asker: String,
    /// Where to begin when nothing is remembered.
    pub hints: Vec<Hint>,
    /// The hints always count, as in a configured stub zone; else they give way to what was learned since.
    pub hints_stay: bool,
    /// Port of every name server.
    pub port: u16,
    /// The hints are the one recursive name server that this host asks.
    pub is_stub: bool,
    /// Ask each server only for the label it has to know (RFC 9156).
    pub minimise: bool,
    /// Write names in random upper and lower case, and believe only answers that repeat it (0x20).
    pub randomise_case: bool,
    /// Octets of a datagram to offer by EDNS; `None` asks without EDNS.
    pub edns: Option<u16>,
    /// Ask with RD, and take the answers of servers that offer recursion.
    pub recursion_desired: bool,
    /// Reach servers over IPv4.
    pub ipv4: bool,
    /// Reach servers over IPv6.
    pub ipv6: bool,
    /// Ask the root first who its servers are now (RFC 9609).
    pub prime: bool,
    /// How many bits of a query's id are random; the others are 0. 16, but for a lab about forged answers.
    pub id_bits: u32,
    /// How many bits of the port a query leaves from are random: at most [`PORT_BITS`], which are all of 49152 to 65535. Fewer make it
    /// easier to forge an answer.
    pub port_bits: u32,
    /// A query that too many messages came for which were no answer to it ([`MISFITS_TOLERATED`]) is asked again over TCP.
    pub tcp_on_misfits: bool,
    /// Ask over TCP alone.
    pub tcp_only: bool,
    /// Believe name servers that come along with an answer, and not only those of referrals.
    pub take_servers: bool,
    /// How long a server whose distance is not known yet may take before another is tried.
    pub patience: Duration,
    /// Times a server that does not answer is asked about one zone, at least 1.
    pub tries: u32,
    /// Queries one question may cost at most, side questions included.
    pub queries: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            asker: STUDENT.to_owned(),
            hints: Vec::new(),
            hints_stay: false,
            is_stub: false,
            port: 53,
            minimise: false,
            randomise_case: false,
            edns: Some(super::limits::EDNS_OCTETS),
            recursion_desired: false,
            ipv4: true,
            ipv6: false,
            prime: false,
            id_bits: 16,
            port_bits: PORT_BITS,
            tcp_on_misfits: true,
            tcp_only: false,
            take_servers: false,
            patience: super::servers::FIRST_PATIENCE,
            tries: super::limits::TRIES,
            queries: super::limits::QUERIES,
        }
    }
}

impl Settings {
    /// Those of a stub resolver, which asks its local name server for recursion.
    pub fn stub(asker: &str, server: Name, at: SocketAddr) -> Self {
        Self {
            asker: asker.to_owned(),
            hints: vec![Hint { zone: Name::root(), server, ips: vec![at.ip()] }],
            hints_stay: true,
            is_stub: true,
            port: at.port(),
            recursion_desired: true,
            ipv4: at.is_ipv4(),
            ipv6: at.is_ipv6(),
            patience: STUB_PATIENCE,
            tries: STUB_TRIES,
            ..Self::default()
        }
    }
}

/// The student's host, as steps name it.
pub const STUDENT: &str = "you";
/// Bits of the dynamic ports (RFC 6335 §6).
pub const PORT_BITS: u32 = 14;

/// How long a stub waits for its name server, as resolv.conf(5) has it.
const STUB_PATIENCE: Duration = Duration::from_secs(5);
/// Times a stub asks each of its name servers. resolv.conf(5) allows at most 5; one more lets 998 of 1,000 questions through where each way loses a
/// fifth of all datagrams.
const STUB_TRIES: u32 = 6;

/// A name server known beforehand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The zone it serves; the root's for root hints.
    pub zone: Name,
    /// Its name; the root's where it has none and goes by its address.
    pub server: Name,
    /// Its addresses.
    pub ips: Vec<IpAddr>,
}

/// What a resolver remembers between questions.
#[derive(Debug)]
pub struct Memory {
    /// Sets of records.
    pub cache: Cache,
    /// What is known of servers: distance, time-outs, lameness.
    pub servers: ServerHistories,
    draws: StdRng,
}

impl Memory {
    /// Empty; `seed` decides everything random, so that a run can be repeated. Give a random one where that must not be.
    pub fn new(cache: Cache, seed: u64) -> Self {
        Self { cache, servers: ServerHistories::default(), draws: StdRng::seed_from_u64(seed) }
    }

    /// A number of so many random bits, at most 32.
    pub fn random_bits(&mut self, bits: u32) -> u32 {
        use rand::RngExt as _;
        self.draws.random::<u32>().checked_shr(32 - bits.min(32)).unwrap_or(0)
    }

    /// Forgets everything but what chance has drawn.
    pub fn flush(&mut self) {
        self.cache.flush();
        self.servers.forget_all();
    }
}

/// Names an outstanding query between the resolution and the code that carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(pub u64);

/// What a resolution wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum ResolutionAction {
    /// Send this; tell [`Resolution::receive`] what comes back, or [`Resolution::unreachable`].
    Send(Query),
    /// Nothing that still comes for this query matters.
    Forget(Token),
    /// Nothing before then, unless something comes.
    WaitUntil(Duration),
    /// The end: [`Resolution::answer`].
    Done,
}

/// A query to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Names it.
    pub token: Token,
    /// Address and port of the server.
    pub to: SocketAddr,
    /// The server's name.
    pub server: String,
    /// How; over TCP the two octets of length are the carrier's business.
    pub over: QueryTransport,
    /// The message.
    pub octets: Vec<u8>,
    /// Number of the step that tells of it.
    pub step: u32,
}

/// What became of the question.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolutionAnswer {
    /// NOERROR, NXDOMAIN, SERVFAIL, YXDOMAIN.
    pub code: ResponseCode,
    /// Aliases first.
    pub answers: Vec<Record>,
    /// Who serves the zone, or its SOA.
    pub authority: Vec<Record>,
    /// Where those servers are.
    pub additional: Vec<Record>,
    /// Why there is no answer.
    pub failure: Option<Unresolved>,
}

impl ResolutionAnswer {
    /// No answer, for this reason.
    pub fn failed(failure: Unresolved) -> Self {
        Self { failure: Some(failure), ..task::blank(ResponseCode::ServFail) }
    }
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// Every server was tried.
    #[error("no server of {zone} gave a usable answer about {name} ({tried} asked{})", because(last.as_deref()))]
    NoServerLeft {
        /// Which zone.
        zone: String,
        /// About what.
        name: String,
        /// How many servers were asked.
        tried: usize,
        /// What came of the last: `ns1.umass.edu answered REFUSED`.
        last: Option<String>,
    },
    /// Not one server has an address.
    #[error("none of the name servers of {zone} has an address that can be found")]
    NoAddress {
        /// Which zone.
        zone: String,
    },
    /// The servers have addresses, but none of the IP version that is in use here (RFC 3901 §4 is about that).
    #[error("the name servers of {zone} have only {version} addresses, and {} has no {version}", this_machine(asker))]
    OtherVersion {
        /// Which zone.
        zone: String,
        /// `IPv6`: the version of their addresses.
        version: &'static str,
        /// Who asks.
        asker: String,
    },
    /// There is nowhere to begin.
    #[error("no root server is known: there are no hints for {zone}")]
    NoHints {
        /// Which zone.
        zone: String,
    },
    /// An alias leads back to itself, or on for ever.
    #[error("the aliases of {name} lead back to themselves, or further than {most}", most = super::limits::ALIASES)]
    EndlessAlias {
        /// The name.
        name: String,
    },
    /// Referral after referral.
    #[error("more than {most} referrals for {name}", most = super::limits::REFERRALS)]
    TooManyReferrals {
        /// The name.
        name: String,
    },
    /// Too much work.
    #[error("{name} would cost more than {most} queries")]
    TooManyQueries {
        /// The name.
        name: String,
        /// How many are allowed.
        most: u32,
    },
    /// The caller gave it up before its end.
    #[error("the resolution was given up before its end")]
    Abandoned,
    /// It failed a moment ago, and is not tried again at once.
    #[error("{name} could not be resolved a moment ago, which is remembered for {seconds} s (RFC 9520)", seconds = super::limits::FAILURE_TTL.as_secs())]
    FailedBefore {
        /// The name.
        name: String,
    },
}

/// Who asks, in a sentence about its network.
fn this_machine(asker: &str) -> &str {
    if asker == STUDENT { "this machine" } else { asker }
}

fn because(last: Option<&str>) -> String {
    last.map(|last| format!("; {last}")).unwrap_or_default()
}

/// One question on its way to an answer.
#[derive(Debug)]
pub struct Resolution {
    settings: Arc<Settings>,
    tasks: Vec<Task>,
    /// Tasks that have something to do now.
    ready: Vec<usize>,
    open: Vec<OutstandingQuery>,
    out: VecDeque<ResolutionAction>,
    steps: Vec<ResolutionStep>,
    sent: u32,
    tokens: u64,
    primed: bool,
    answer: Option<ResolutionAnswer>,
}

impl Resolution {
    /// Of this question; names are fully qualified.
    pub fn new(settings: Arc<Settings>, name: &Name, kind: RecordType) -> Self {
        let mut name = name.clone();
        name.set_fqdn(true);
        Self {
            settings,
            tasks: vec![Task::main(name, kind)],
            ready: vec![0],
            open: Vec::new(),
            out: VecDeque::new(),
            steps: Vec::new(),
            sent: 0,
            tokens: 0,
            primed: false,
            answer: None,
        }
    }

    /// What to do next. Call again until it says wait or done.
    pub fn next(&mut self, memory: &mut Memory, now: Duration) -> ResolutionAction {
        loop {
            if let Some(wish) = self.out.pop_front() {
                return wish;
            }
            if self.answer.is_some() {
                return ResolutionAction::Done;
            }
            if let Some(task) = self.ready.pop() {
                self.go_on(task, memory, now);
                continue;
            }
            self.give_up_waiting(memory, now);
            if self.ready.is_empty() && self.out.is_empty() && self.answer.is_none() {
                return self
                    .open
                    .iter()
                    .map(OutstandingQuery::deadline)
                    .min()
                    .map_or(ResolutionAction::Done, ResolutionAction::WaitUntil);
            }
        }
    }

    /// The question's own answer; `None` before [`ResolutionAction::Done`].
    pub fn answer(&self) -> Option<&ResolutionAnswer> {
        self.answer.as_ref()
    }

    /// What was done so far.
    pub fn steps(&self) -> &[ResolutionStep] {
        &self.steps
    }

    /// Answer and steps, at the end.
    pub fn into_parts(self) -> (Option<ResolutionAnswer>, Vec<ResolutionStep>) {
        (self.answer, self.steps)
    }

    /// The flow that holds a step's messages.
    pub fn set_flow(&mut self, step: u32, flow: FlowId) {
        if let Some(step) = self.step_mut(step) {
            step.flow = Some(flow);
        }
    }

    fn step_mut(&mut self, number: u32) -> Option<&mut ResolutionStep> {
        self.steps.get_mut(usize::try_from(number).ok()?.checked_sub(1)?)
    }
}
