//! An authoritative name server without its sockets: octets of a query in, octets of the response out, with the reasons.
//!
//! It serves zones and does no recursion: it asks no other server, caches nothing, and refuses what is not in its zones. What a zone has to say is
//! found in [`super::zone`], put together in `respond`, and truncated for its transport in `fit`.
//!
//! Source: RFC 1034 §4.3.2, RFC 1035 §4; EDNS RFC 6891, ANY RFC 8482, glue RFC 9471, negative answers RFC 2308.

use std::{collections::BTreeMap, net::IpAddr};

use serde::Deserialize;

use self::{
    fit::fitted,
    respond::{ResponseDraft, RotationCounts, ZoneSearch},
};
use super::{
    DNSClass, Message, Name, OpCode, Query, RData, Record, RecordType, ResponseCode,
    answering::{QueryHeader, edns, unaskable},
    limits,
    text::{class_name, name_text, type_name},
    zone::Zone,
};

mod fit;
mod respond;

/// A server, its zones, and how it is set up.
#[derive(Clone, Debug)]
pub struct Authority {
    zones: BTreeMap<Name, Zone>,
    policy: Policy,
    turns: RotationCounts,
}

/// How a server is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What it says to ANY.
    pub any: AnyPolicy,
    /// The addresses of a name are rotated from response to response, for load balancing (RFC 1794).
    pub rotate: bool,
    /// Nothing is added that was not asked for: no name servers of the zone, no addresses of mail servers. Referrals keep their glue.
    pub minimal: bool,
    /// Octets of the largest datagram it sends, whatever a query's EDNS offers: 512 to [`limits::EDNS_OCTETS`].
    pub datagram: u16,
    /// A response that is more than so many times as large as its query is not sent in a datagram: the question alone is, with TC.
    /// That keeps amplification small for the victim of a forged source address. `None`: there is no such limit.
    pub largest_factor: Option<u32>,
    /// The answer to the name `version.bind` in class CH; `None` refuses it.
    pub version: Option<String>,
}

impl Default for Policy {
    /// Like BIND with `minimal-any no; minimal-responses no;`, saying nothing of its version.
    fn default() -> Self {
        Self {
            any: AnyPolicy::Full,
            rotate: true,
            minimal: false,
            datagram: limits::EDNS_OCTETS,
            largest_factor: None,
            version: None,
        }
    }
}

/// What a server says to a question for ANY.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnyPolicy {
    /// All records of the name.
    #[default]
    Full,
    /// One made-up HINFO record that says why not (RFC 8482 §4.2).
    Minimal,
}

/// How a query came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In a datagram: the response has 512 octets at most, or what EDNS allows.
    Udp,
    /// On a connection: 65,535 octets at most.
    Tcp,
}

/// What became of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerResponse {
    /// The response; `None` where there is none to give.
    pub octets: Option<Vec<u8>>,
    /// Why it is as it is, in the order of deciding.
    pub why: Vec<ResponseReason>,
}

/// A reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseReason {
    /// In words.
    pub text: String,
    /// Where the rule stands, as `RFC 1034 §4.3.2`.
    pub clause: Option<&'static str>,
}

impl ResponseReason {
    pub(super) fn new(text: impl Into<String>, clause: &'static str) -> Self {
        Self { text: text.into(), clause: Some(clause) }
    }
}

impl Authority {
    /// A server for these zones; of two with the same name the later counts.
    pub fn new(zones: impl IntoIterator<Item = Zone>, policy: Policy) -> Self {
        let zones = zones.into_iter().map(|zone| (zone.origin().clone(), zone)).collect();
        Self { zones, policy, turns: RotationCounts::default() }
    }

    /// Its zones, in canonical order.
    pub fn zones(&self) -> impl Iterator<Item = &Zone> {
        self.zones.values()
    }

    /// The zone of this name.
    pub fn zone(&self, origin: &Name) -> Option<&Zone> {
        self.zones.get(origin)
    }

    /// The zone of this name, to be changed.
    pub fn zone_mut(&mut self, origin: &Name) -> Option<&mut Zone> {
        self.zones.get_mut(origin)
    }

    /// Serves a zone from now on; returns the one of the same name it served before.
    pub fn insert(&mut self, zone: Zone) -> Option<Zone> {
        self.zones.insert(zone.origin().clone(), zone)
    }

    /// No longer serves a zone, and returns it.
    pub fn remove(&mut self, origin: &Name) -> Option<Zone> {
        self.zones.remove(origin)
    }

    /// How it is set up.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// How it is set up, to be changed.
    pub fn policy_mut(&mut self) -> &mut Policy {
        &mut self.policy
    }

    /// The response to one message from `asker`. Anything may come: what is no message, or itself a response, is answered with
    /// nothing, what cannot be read with FORMERR.
    pub fn answer(&mut self, query: &[u8], asker: IpAddr, over: Transport) -> ServerResponse {
        let header = match QueryHeader::read(query) {
            Ok(header) => header,
            Err(text) => {
                return ServerResponse { octets: None, why: vec![ResponseReason::new(text, "RFC 1035 §4.1.1")] };
            }
        };
        let bare = |code, why| ServerResponse { octets: header.bare(code), why: vec![why] };
        if header.op_code != OpCode::Query {
            let why = ResponseReason::new("this server answers standard queries only (opcode 0)", "RFC 1035 §4.1.1");
            let octets = without_question(header, query).or_else(|| header.bare(ResponseCode::NotImp));
            return ServerResponse { octets, why: vec![why] };
        }
        if header.questions != 1 {
            let why =
                ResponseReason::new(format!("a query has one question, this has {}", header.questions), "RFC 9619 §4");
            return bare(ResponseCode::FormErr, why);
        }
        let asked_octets = query.len();
        let Ok(query) = Message::from_vec(query) else {
            let why = ResponseReason::new("the query cannot be read to its end", "RFC 1035 §4.1.1");
            return bare(ResponseCode::FormErr, why);
        };
        let Some(question) = query.queries.first() else {
            return bare(ResponseCode::FormErr, ResponseReason::new("the query has no question", "RFC 9619 §4"));
        };
        let reply = if query.version() > 0 {
            let text = format!("EDNS version {} is not known here, only version 0", query.version());
            ResponseDraft::of(ResponseCode::BADVERS, ResponseReason::new(text, "RFC 6891 §6.1.3"))
        } else {
            self.reply(question, asker)
        };
        let mut message = header.response();
        message.add_query(question.clone());
        if let Some(asked) = &query.edns {
            message.set_edns(edns(asked));
        }
        let bare_message = message.clone();
        let (octets, mut why) = fitted(message, reply, limit(&query, over, &self.policy));
        let octets = octets.or_else(|| header.bare(ResponseCode::ServFail));
        let most = self.policy.largest_factor.filter(|_| over == Transport::Udp);
        let most = most.map_or(usize::MAX, |factor| asked_octets.saturating_mul(factor as usize));
        if octets.as_ref().is_some_and(|octets| octets.len() > most) {
            let text = "a datagram may not be so much larger than its query: TC is set, ask again over TCP".to_owned();
            why.push(ResponseReason::new(text, "RFC 1035 §4.1.1"));
            return ServerResponse { octets: cut_off(bare_message), why };
        }
        ServerResponse { octets, why }
    }

    fn reply(&mut self, question: &Query, asker: IpAddr) -> ResponseDraft {
        let Query { name, query_type: kind, query_class: class, .. } = question;
        let refused =
            |text: String, clause| ResponseDraft::of(ResponseCode::Refused, ResponseReason::new(text, clause));
        if *class != DNSClass::IN {
            return self.version(question).unwrap_or_else(|| {
                refused(format!("this server has nothing in class {}", class_name(*class)), "RFC 1035 §3.2.4")
            });
        }
        if matches!(kind, RecordType::AXFR | RecordType::IXFR) {
            return refused("this server lets nobody copy a whole zone".to_owned(), "RFC 5936 §5");
        }
        if let Some(code) = unaskable(*kind) {
            let text = match code {
                ResponseCode::FormErr => format!("{} is nothing that can be asked for", type_name(*kind)),
                _ => format!("questions for {} are not answered here", type_name(*kind)),
            };
            return ResponseDraft::of(code, ResponseReason::new(text, "RFC 6895 §3.1"));
        }
        let search = ZoneSearch::new(&self.zones, &self.policy, asker, &mut self.turns);
        search.run(name, *kind)
    }

    /// `version.bind CH TXT`, if the server tells.
    fn version(&self, question: &Query) -> Option<ResponseDraft> {
        let version = self.policy.version.as_ref()?;
        let asked =
            ["version.bind.", "version.server."].contains(&name_text(&question.name).to_ascii_lowercase().as_str());
        let kind = matches!(question.query_type, RecordType::TXT | RecordType::ANY);
        (question.query_class == DNSClass::CH && asked && kind).then(|| {
            let text = RData::TXT(hickory_proto::rr::rdata::TXT::new(vec![version.clone()]));
            let mut record = Record::from_rdata(question.name.clone(), 0, text);
            record.dns_class = DNSClass::CH;
            let why = ResponseReason::new("asked for its own version, the server tells it", "RFC 4892 §2");
            ResponseDraft::with_answer(record, why)
        })
    }
}

/// NOTIMP to what is no standard query, with our OPT record where it had one (RFC 6891 §6.1.1); `None` where it had none.
fn without_question(header: QueryHeader, query: &[u8]) -> Option<Vec<u8>> {
    let query = Message::from_vec(query).ok()?;
    let mut message = header.response();
    message.metadata.response_code = ResponseCode::NotImp;
    message.set_edns(edns(query.edns.as_ref()?));
    message.to_vec().ok()
}

/// Octets the response may have.
fn limit(query: &Message, over: Transport, policy: &Policy) -> usize {
    match (over, &query.edns) {
        (Transport::Tcp, _) => limits::TCP_OCTETS,
        (Transport::Udp, None) => limits::UDP_OCTETS,
        (Transport::Udp, Some(edns)) => {
            let most = limits::EDNS_OCTETS.min(policy.datagram);
            usize::from(edns.max_payload().min(most)).max(limits::UDP_OCTETS)
        }
    }
}

/// A response of the question alone, TC set.
fn cut_off(mut message: Message) -> Option<Vec<u8>> {
    message.metadata.truncation = true;
    message.to_vec().ok()
}

#[cfg(test)]
mod tests;
