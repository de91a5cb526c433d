//! What a response means for the question, and what of it is believed.
//!
//! A server is believed about the zone it was asked for and what lies below it, and only in what the question needs: the records on
//! the way from the name asked for, the zone's name servers, and their addresses. Everything else is noted and ignored.
//! Source: RFC 1034 §5.3.3, RFC 2181 §5.4.1, RFC 2308 §2, RFC 6672 §3.2, RFC 5452 §6.

use crate::proto::dns::{
    Message, Name, RData, Record, RecordType, ResponseCode,
    data::{dname_target, points_at, redirected},
    limits,
    rrset::{RrSet, is_below, sets},
    text::{name_text, record_line},
    trace::IgnoredRecord,
};

/// A response, read.
#[derive(Debug)]
pub(super) struct ResponseReading {
    pub(super) verdict: ResponseKind,
    /// It has RA, not AA, and was not asked to recurse: an answer from a cache (a lame server that recurses).
    pub(super) is_hearsay: bool,
    /// NOERROR without any record, not even the SOA a denial comes with (RFC 2308 §2.2, type 3): other servers may know more.
    pub(super) is_bare: bool,
    /// The aliases from the name asked for to [`ResponseReading::end`], those made from a DNAME included.
    pub(super) chain: Vec<Record>,
    /// The name at the end of the chain.
    pub(super) end: Name,
    /// The type asked for.
    pub(super) kind: RecordType,
    /// What is believed of each section.
    pub(super) answers: Vec<RrSet>,
    pub(super) authority: Vec<RrSet>,
    pub(super) additional: Vec<RrSet>,
    pub(super) ignored: Vec<IgnoredRecord>,
}

/// What a response is for the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ResponseKind {
    /// What was asked for, at the end of the chain.
    Answer,
    /// The chain leads to a name this message says nothing about.
    Alias,
    /// Servers of a zone between the one asked for and the name.
    Referral { zone: Name },
    /// There is no such name at the end of the chain.
    NoName,
    /// There is no such type at the end of the chain.
    NoData,
    /// The server does not serve the zone.
    Lame { why: &'static str },
    /// It failed, or will not.
    Refused,
    /// An alias would be too long a name (RFC 6672 §2.2).
    NoSuchAlias,
    /// The chain leads back to itself, or on and on.
    Endless,
}

/// What was asked of whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct QuestionContext<'a> {
    pub(super) name: &'a Name,
    pub(super) kind: RecordType,
    pub(super) zone: &'a Name,
    /// With RD: the server looks everywhere for us.
    pub(super) recursively: bool,
    /// Name servers that come with an answer are believed too.
    pub(super) takes_servers: bool,
}

pub(super) fn read(message: &Message, asked: &QuestionContext<'_>) -> ResponseReading {
    let mut reading = ResponseReading {
        verdict: ResponseKind::Refused,
        is_hearsay: false,
        is_bare: false,
        chain: Vec::new(),
        end: asked.name.clone(),
        kind: asked.kind,
        answers: Vec::new(),
        authority: Vec::new(),
        additional: Vec::new(),
        ignored: Vec::new(),
    };
    let header = &message.metadata;
    let is_hearsay = header.recursion_available && !header.authoritative && !asked.recursively;
    let code = header.response_code;
    if !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain | ResponseCode::YXDomain) {
        return reading;
    }
    let found = reading.follow(sets(&message.answers), asked);
    reading.read_authority(sets(&message.authorities), asked);
    reading.read_additional(sets(&message.additionals), asked);
    let has_dname = reading.chain.iter().any(|record| record.record_type() == RecordType::DNAME);
    if code == ResponseCode::YXDomain && !has_dname {
        return reading;
    }
    let verdict = match (found, code) {
        (ChainEnd::Endless, _) => ResponseKind::Endless,
        (ChainEnd::TooLong, _) | (_, ResponseCode::YXDomain) => ResponseKind::NoSuchAlias,
        (ChainEnd::End, _) => ResponseKind::Answer,
        // Behind an alias code and SOA are those of the zone it leads to (RFC 2308 §2.1, RFC 6604 §3). Where that is not the zone this
        // server was asked for, it is not believed about it: the alias is, and the search goes on there.
        (ChainEnd::Nothing, _) if reading.leads_elsewhere(asked, code) => ResponseKind::Alias,
        (ChainEnd::Nothing, ResponseCode::NXDomain) if reading.is_from_above(asked) => {
            ResponseKind::Lame { why: FROM_ABOVE }
        }
        (ChainEnd::Nothing, ResponseCode::NXDomain) => ResponseKind::NoName,
        (ChainEnd::Nothing, _) => reading.nothing_there(message, asked),
    };
    reading.tidy(&verdict, asked);
    reading.verdict = verdict;
    reading.is_bare = reading.verdict == ResponseKind::NoData
        && !asked.recursively
        && reading.chain.is_empty()
        && reading.authority.is_empty();
    reading.is_hearsay =
        is_hearsay && !matches!(reading.verdict, ResponseKind::Referral { .. } | ResponseKind::Lame { .. });
    reading
}

enum ChainEnd {
    /// Records of the type asked for, at the chain's end.
    End,
    Nothing,
    TooLong,
    Endless,
}

impl ResponseReading {
    /// Follows the answer section from the name asked for, alias by alias.
    fn follow(&mut self, mut sets: Vec<RrSet>, asked: &QuestionContext<'_>) -> ChainEnd {
        let mut seen = vec![self.end.clone()];
        let found = loop {
            if !asked.zone.zone_of(&self.end) {
                break ChainEnd::Nothing;
            }
            let is_it = |set: &RrSet| set.name == self.end && (set.kind == asked.kind || asked.kind == RecordType::ANY);
            if sets.iter().any(is_it) {
                let (end, rest): (Vec<_>, Vec<_>) = sets.into_iter().partition(is_it);
                self.answers.extend(end);
                sets = rest;
                break ChainEnd::End;
            }
            let alias = sets.iter().position(|set| self.is_alias(set) && asked.zone.zone_of(&set.name));
            let Some(alias) = alias.map(|place| sets.remove(place)) else { break ChainEnd::Nothing };
            let Some(target) = self.step_along(&alias) else { break ChainEnd::TooLong };
            self.answers.push(alias);
            let is_endless = seen.contains(&target) || seen.len() > limits::ALIASES as usize;
            seen.push(target.clone());
            // The CNAME a server made from a DNAME was made here again (RFC 6672 §3.1): its own is not needed.
            sets.retain(|set| !(set.kind == RecordType::CNAME && set.name == self.end));
            self.end = target;
            if is_endless {
                break ChainEnd::Endless;
            }
        };
        for set in sets {
            let (rule, clause) = if asked.zone.zone_of(&set.name) {
                ("it does not lie on the way from the name asked for", "RFC 5452 §6")
            } else {
                ("its name is outside the zone this server was asked for", "RFC 2181 §5.4.1")
            };
            self.ignore(&set, rule, clause);
        }
        found
    }

    fn is_alias(&self, set: &RrSet) -> bool {
        match set.kind {
            RecordType::CNAME => set.name == self.end,
            RecordType::DNAME => is_below(&self.end, &set.name),
            _ => false,
        }
    }

    /// Where an alias leads from the end of the chain; lengthens the chain. `None` where the new name would be too long.
    fn step_along(&mut self, alias: &RrSet) -> Option<Name> {
        let data = alias.data.first()?;
        if let RData::CNAME(target) = data {
            self.chain.extend(alias.records(alias.ttl).take(1));
            return Some(target.0.clone());
        }
        self.chain.extend(alias.records(alias.ttl).take(1));
        let target = redirected(&self.end, &alias.name, &dname_target(data)?)?;
        let made = RData::CNAME(hickory_proto::rr::rdata::CNAME(target.clone()));
        self.chain.push(Record::from_rdata(self.end.clone(), alias.ttl, made));
        Some(target)
    }

    /// Who serves the zone, or that something is not there: nothing else belongs in this section.
    fn read_authority(&mut self, sets: Vec<RrSet>, asked: &QuestionContext<'_>) {
        for set in sets {
            let belongs = matches!(set.kind, RecordType::NS | RecordType::SOA);
            let is_security = matches!(u16::from(set.kind), 43 | 46 | 47 | 50);
            let on_the_way = set.name.zone_of(&self.end) || set.name.zone_of(asked.name);
            match (belongs, is_security, on_the_way) {
                // Lame servers refer upwards: who makes up the verdict wants to see that too.
                (true, _, true) => self.authority.push(set),
                (_, true, _) => {}
                (false, ..) => {
                    self.ignore(&set, "only NS and SOA records belong in the authority section", "RFC 1034 §4.3.2");
                }
                (true, _, false) => {
                    self.ignore(&set, "it is about a zone that is not on the way to the name", "RFC 2181 §5.4.1");
                }
            }
        }
    }

    /// The addresses of the servers named in the other sections.
    fn read_additional(&mut self, sets: Vec<RrSet>, asked: &QuestionContext<'_>) {
        for set in sets {
            let is_place = matches!(set.kind, RecordType::A | RecordType::AAAA);
            let is_named = || {
                let named = self.answers.iter().chain(&self.authority).flat_map(|set| &set.data);
                named.filter_map(points_at).any(|name| *name == set.name)
            };
            if !is_place || !is_named() {
                self.ignore(&set, "nothing in the other sections points to it", "RFC 5452 §6");
            } else if asked.zone.zone_of(&set.name) {
                self.additional.push(set);
            } else {
                let rule = "its name is outside the zone this server was asked for (out of bailiwick)";
                self.ignore(&set, rule, "RFC 2181 §5.4.1");
            }
        }
    }

    fn soa(&self) -> Option<&RrSet> {
        self.authority.iter().find(|set| set.kind == RecordType::SOA)
    }

    /// Does an SOA show that the server speaks for a zone above the one it was asked for (RFC 2308 §2.1)?
    fn is_from_above(&self, asked: &QuestionContext<'_>) -> bool {
        self.soa().is_some_and(|soa| !asked.zone.zone_of(&soa.name))
    }

    /// Does the chain end at a name about which this response decides nothing?
    fn leads_elsewhere(&self, asked: &QuestionContext<'_>, code: ResponseCode) -> bool {
        let is_decided = match code {
            ResponseCode::NXDomain => asked.zone.zone_of(&self.end) && !self.is_from_above(asked),
            _ => self.denies(asked),
        };
        !self.chain.is_empty() && !is_decided
    }

    /// Does an SOA say that the chain's end has no such type?
    fn denies(&self, asked: &QuestionContext<'_>) -> bool {
        let denies = |set: &RrSet| set.kind == RecordType::SOA && set.name.zone_of(&self.end);
        asked.zone.zone_of(&self.end) && self.authority.iter().any(denies)
    }

    /// NOERROR and no answer: a referral, no such type, or a server that does not know.
    fn nothing_there(&mut self, message: &Message, asked: &QuestionContext<'_>) -> ResponseKind {
        let is_authoritative = message.metadata.authoritative;
        if self.soa().is_some() {
            return if self.is_from_above(asked) {
                ResponseKind::Lame { why: FROM_ABOVE }
            } else {
                ResponseKind::NoData
            };
        }
        let is_of_servers = |record: &Record| record.record_type() == RecordType::NS;
        let servers = self.authority.iter().find(|set| set.kind == RecordType::NS).map(|set| set.name.clone());
        match servers {
            Some(zone) if zone == *asked.zone && is_authoritative => ResponseKind::NoData,
            Some(zone) if zone == *asked.zone => ResponseKind::Lame { why: "it refers to the zone it was asked for" },
            Some(zone) if is_below(&zone, asked.zone) => ResponseKind::Referral { zone },
            Some(_) => {
                self.authority.clear();
                self.additional.clear();
                ResponseKind::Lame { why: "it refers upwards" }
            }
            // Name servers of a zone that is not on the way: it knows nothing of the name.
            None if !is_authoritative && message.authorities.iter().any(is_of_servers) => {
                ResponseKind::Lame { why: "it refers to a zone that is not above the name" }
            }
            None if message.metadata.recursion_available && !is_authoritative && !asked.recursively => {
                ResponseKind::Lame { why: "it is a resolver, and has nothing about the name in its cache" }
            }
            None => ResponseKind::NoData,
        }
    }

    /// Leaves out what a server added to an answer, and to a denial.
    fn tidy(&mut self, verdict: &ResponseKind, asked: &QuestionContext<'_>) {
        let (inside, outside): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.authority).into_iter().partition(|set| asked.zone.zone_of(&set.name));
        self.authority = inside;
        for set in &outside {
            self.ignore(set, "its name is outside the zone this server was asked for", "RFC 2181 §5.4.1");
        }
        let denies = matches!(verdict, ResponseKind::NoName | ResponseKind::NoData);
        let has_soa = self.soa().is_some();
        let is_answer = matches!(verdict, ResponseKind::Answer | ResponseKind::Alias);
        let unwanted = (denies && has_soa) || (is_answer && !asked.takes_servers && asked.kind != RecordType::NS);
        if unwanted {
            let (servers, rest) =
                std::mem::take(&mut self.authority).into_iter().partition(|set| set.kind == RecordType::NS);
            self.authority = rest;
            let servers: Vec<RrSet> = servers;
            for set in servers.iter().filter(|_| is_answer) {
                self.ignore(set, "name servers nobody asked for are not taken from an answer", "RFC 5452 §6");
            }
        }
        if denies {
            for set in self.authority.iter_mut().filter(|set| set.kind == RecordType::SOA) {
                if let Some(RData::SOA(soa)) = set.data.first() {
                    set.ttl = set.ttl.min(soa.minimum);
                }
            }
        }
        let named: Vec<Name> = {
            let kept = self.answers.iter().chain(&self.authority).flat_map(|set| &set.data);
            kept.filter_map(points_at).cloned().collect()
        };
        self.additional.retain(|set| named.contains(&set.name));
    }

    fn ignore(&mut self, set: &RrSet, rule: &str, clause: &str) {
        let line = set.records(set.ttl).next().map_or_else(|| name_text(&set.name), |record| record_line(&record));
        let more = set.data.len().saturating_sub(1);
        let what = if more > 0 { format!("{line} (and {more} more)") } else { line };
        if self.ignored.len() < IGNORED_TOLD {
            let (rule, clause) = (rule.to_owned(), Some(clause.to_owned()));
            self.ignored.push(IgnoredRecord { what, rule, clause, times: 1 });
        }
    }
}

const FROM_ABOVE: &str = "it answers for a zone above";
/// Ignored sets of one response that are told.
const IGNORED_TOLD: usize = 20;
