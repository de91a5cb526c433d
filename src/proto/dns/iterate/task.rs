//! One question being worked on: the student's, or a side question about a name server's address.

use std::{collections::HashMap, net::IpAddr, net::SocketAddr, time::Duration};

use super::{Memory, Resolution, ResolutionAnswer, Unresolved, reading::ResponseReading};
use crate::proto::dns::{
    Name, RData, Record, RecordType, ResponseCode,
    cache::{CacheKey, CachedData, CachedSet, Credibility},
    data::{dname_target, redirected},
    limits,
    rrset::{is_below, labels, upwards},
    text::name_text,
    trace::{Purpose, StepOutcome},
};

/// The state of one question.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) asked: Name,
    pub(super) kind: RecordType,
    pub(super) purpose: Purpose,
    /// Who waits for it, and how deep that goes.
    pub(super) parent: Option<usize>,
    pub(super) depth: u32,
    /// The step that led here.
    pub(super) cause: Option<u32>,
    /// The name looked for now, at the end of the aliases.
    pub(super) target: Name,
    pub(super) chain: Vec<Record>,
    pub(super) aliases: u32,
    pub(super) referrals: u32,
    /// Whose servers are asked.
    pub(super) zone: Option<ZoneServers>,
    /// Only zones above this one are looked for: its own servers are of no use.
    pub(super) below: Option<Name>,
    /// Zones that were given up once, and whom of their servers that had shown to be of no use.
    pub(super) climbed: Vec<(Name, HashMap<SocketAddr, u32>)>,
    /// How many labels of the target the servers are asked for (RFC 9156); `None`: all.
    pub(super) exposed: Option<usize>,
    pub(super) exposures: u32,
    /// How often a question about so many labels has met silence.
    pub(super) silences: u32,
    /// Side questions under way.
    pub(super) waits_for: usize,
    /// An answer from a cache, used where nothing better comes.
    pub(super) hearsay: Option<(Box<ResponseReading>, u32)>,
    pub(super) is_done: bool,
    /// What is remembered of it is of no use.
    pub(super) afresh: bool,
}

/// A zone and its name servers.
#[derive(Debug)]
pub(super) struct ZoneServers {
    pub(super) name: Name,
    pub(super) servers: Vec<CandidateServer>,
    /// How these servers are known, in words.
    pub(super) known_by: KnownBy,
    /// Until when the delegation holds.
    pub(super) until: Duration,
    /// Attempts so far, by address.
    pub(super) tried: HashMap<SocketAddr, u32>,
    /// What went wrong with the last server, for the reason of the next step.
    pub(super) last: Option<String>,
    /// Servers without an address that were looked up.
    pub(super) looked_up: usize,
    /// A server was looked for among the addresses of the IP version that is not in use here.
    pub(super) looked_for_reason: bool,
}

/// Where the knowledge of a zone's servers comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum KnownBy {
    Hints,
    Cache { from: String, left: u32 },
    Referral { from: String },
}

#[derive(Clone, Debug)]
pub(super) struct CandidateServer {
    pub(super) name: Name,
    pub(super) ips: Vec<IpAddr>,
    /// Addresses that came with the referral, or were remembered, or had to be looked up.
    pub(super) found: AddressSource,
    /// Its address was looked for.
    pub(super) looked: bool,
    /// It has addresses of the IP version that is not in use here.
    pub(super) is_out_of_reach: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AddressSource {
    Glue,
    Cache,
    LookedUp,
}

impl Task {
    pub(super) fn main(name: Name, kind: RecordType) -> Self {
        Self {
            asked: name.clone(),
            kind,
            purpose: Purpose::Answer,
            parent: None,
            depth: 0,
            cause: None,
            target: name,
            chain: Vec::new(),
            aliases: 0,
            referrals: 0,
            zone: None,
            below: None,
            climbed: Vec::new(),
            exposed: None,
            exposures: 0,
            silences: 0,
            waits_for: 0,
            hearsay: None,
            is_done: false,
            afresh: false,
        }
    }

    pub(super) fn zone_name(&self) -> Name {
        self.zone.as_ref().map_or_else(Name::root, |zone| zone.name.clone())
    }

    /// The zone's servers are asked now.
    pub(super) fn enter(&mut self, zone: ZoneServers, minimise: bool) {
        self.exposed = minimise.then(|| labels(&zone.name) + 1).filter(|exposed| *exposed < labels(&self.target));
        self.exposures = 0;
        self.silences = 0;
        self.zone = Some(zone);
        self.pass_over_tried();
    }

    /// Servers of a zone that was given up before are not asked again.
    fn pass_over_tried(&mut self) {
        let Some(zone) = &mut self.zone else { return };
        if let Some((_, tried)) = self.climbed.iter().find(|(climbed, _)| *climbed == zone.name) {
            zone.tried.clone_from(tried);
        }
    }

    /// The question the servers are asked now.
    pub(super) fn question(&self) -> (Name, RecordType) {
        match self.exposed {
            Some(exposed) if exposed < labels(&self.target) => (self.target.trim_to(exposed), RecordType::A),
            _ => (self.target.clone(), self.kind),
        }
    }

    /// Tells the servers one label more: after [`ONE_LABEL`] times several at once, so that it ends (RFC 9156 §2.3).
    pub(super) fn expose_more(&mut self) {
        let all = labels(&self.target);
        let Some(exposed) = self.exposed else { return };
        self.exposures += 1;
        self.silences = 0;
        let left = all.saturating_sub(exposed);
        let more = match self.exposures {
            ..ONE_LABEL => 1,
            ONE_LABEL..MOST_EXPOSURES => left.div_ceil((MOST_EXPOSURES - self.exposures) as usize).max(1),
            MOST_EXPOSURES.. => left,
        };
        self.exposed = Some(exposed + more).filter(|exposed| *exposed < all);
    }

    /// A minimised question was not answered. One datagram may be lost: the same is asked once more before the whole name is (RFC 9156
    /// §2.3 is about servers that will not answer about a part of it).
    pub(super) fn met_silence(&mut self) {
        if self.exposed.is_some() {
            self.silences += 1;
        }
        if self.silences < SILENCES || self.exposed.take().is_none() {
            return;
        }
        // Whoever did not answer about a part of the name may still be asked about the whole.
        if let Some(zone) = &mut self.zone {
            zone.tried
                .values_mut()
                .filter(|times| **times < u32::MAX / 2)
                .for_each(|times| *times = times.saturating_sub(1));
        }
    }

    /// The aliases lead to another name. False when they have led there before, or too far.
    fn go_to(&mut self, target: Name, by: Vec<Record>) -> bool {
        self.aliases += 1;
        let been = self.asked == target || self.chain.iter().any(|record| record.name == target);
        self.chain.extend(by);
        self.target = target;
        (self.zone, self.below, self.hearsay) = (None, None, None);
        self.climbed.clear();
        !been && self.aliases <= limits::ALIASES
    }
}

impl Resolution {
    /// Goes on with a task, from wherever it stands.
    pub(super) fn go_on(&mut self, task: usize, memory: &mut Memory, now: Duration) {
        let Some(about) = self.tasks.get(task).filter(|about| !about.is_done && about.waits_for == 0) else { return };
        if about.zone.is_none() && self.take_special(task, memory, now) {
            return;
        }
        let Some(about) = self.tasks.get(task) else { return };
        if about.zone.is_none() && !about.afresh && self.take_from_cache(task, memory, now) {
            return;
        }
        if self.tasks.get(task).is_some_and(|about| about.zone.is_none()) && !self.find_servers(task, memory, now) {
            return;
        }
        self.ask_someone(task, memory, now);
    }

    /// Answers about a name that is never asked for. True when it is one.
    fn take_special(&mut self, task: usize, memory: &Memory, now: Duration) -> bool {
        let Some(about) = self.tasks.get(task) else { return true };
        let Some(special) = super::special::answer(&about.target, about.kind) else { return false };
        self.tell_special(task, &special, now);
        self.finish(task, special.answer, memory, now);
        true
    }

    /// Answers from the cache, following aliases it holds. True when that ended the task, or it has to wait.
    fn take_from_cache(&mut self, task: usize, memory: &Memory, now: Duration) -> bool {
        loop {
            let Some(about) = self.tasks.get(task) else { return true };
            let (target, kind) = (about.target.clone(), about.kind);
            let key = CacheKey::new(&target, kind);
            match memory.cache.get(&key, now) {
                Some(entry) if matches!(entry.held, CachedData::Records(_)) && entry.trust >= Credibility::Answer => {
                    let answer = remembered(&key, entry, memory, now);
                    self.cache_step(task, &answer, entry, now);
                    self.finish(task, answer, memory, now);
                    return true;
                }
                Some(entry) if matches!(entry.held, CachedData::Failed) => {
                    let failure = Unresolved::FailedBefore { name: name_text(&target) };
                    self.fail_quietly(task, failure, memory, now);
                    return true;
                }
                Some(entry) if matches!(entry.held, CachedData::Nothing(_)) => {
                    let answer = nothing(ResponseCode::NoError, entry, now);
                    self.cache_step(task, &answer, entry, now);
                    self.finish(task, answer, memory, now);
                    return true;
                }
                _ => {}
            }
            if let Some((_, entry)) = memory.cache.no_name(&target, now) {
                let answer = nothing(ResponseCode::NXDomain, entry, now);
                self.cache_step(task, &answer, entry, now);
                self.finish(task, answer, memory, now);
                return true;
            }
            let Some((records, next, entry)) = alias_in(memory, &target, kind, now) else { return false };
            let answer = ResolutionAnswer { answers: records.clone(), ..blank(ResponseCode::NoError) };
            let step = self.cache_step(task, &answer, entry, now);
            if !self.follow_alias(task, next, records, step) {
                return true;
            }
        }
    }

    /// Goes on at the name an alias leads to; ends the task where aliases never end.
    pub(super) fn follow_alias(&mut self, task: usize, target: Name, by: Vec<Record>, step: u32) -> bool {
        // What still comes for the name before is no answer any more.
        self.forget_queries_of(task);
        let Some(about) = self.tasks.get_mut(task) else { return false };
        about.cause = Some(step);
        if about.go_to(target, by) {
            return true;
        }
        let failure = Unresolved::EndlessAlias { name: name_text(&about.asked) };
        self.end_task(task, Err(failure));
        false
    }

    /// The task has its answer, the aliases on the way to it come first.
    pub(super) fn finish(&mut self, task: usize, mut answer: ResolutionAnswer, memory: &Memory, now: Duration) {
        let _ = (memory, now);
        if let Some(about) = self.tasks.get_mut(task) {
            let mut all = std::mem::take(&mut about.chain);
            all.append(&mut answer.answers);
            answer.answers = all;
        }
        self.end_task(task, Ok(answer));
    }

    /// The task has no answer: remembered for a moment (RFC 9520).
    pub(super) fn fail(&mut self, task: usize, failure: Unresolved, memory: &mut Memory, now: Duration) {
        if let Some(about) = self.tasks.get(task) {
            let from = std::sync::Arc::from(self.settings.asker.as_str());
            let new = crate::proto::dns::cache::NewEntry {
                trust: Credibility::AnswerOfZone,
                from: &from,
                now,
                at_most_until: Duration::MAX,
            };
            if about.parent.is_none() {
                memory.cache.insert_failed(CacheKey::new(&about.target, about.kind), &new);
            }
        }
        self.end_task(task, Err(failure));
    }

    fn fail_quietly(&mut self, task: usize, failure: Unresolved, _memory: &Memory, _now: Duration) {
        self.end_task(task, Err(failure));
    }

    fn end_task(&mut self, task: usize, result: Result<ResolutionAnswer, Unresolved>) {
        self.forget_queries_of(task);
        let Some(about) = self.tasks.get_mut(task) else { return };
        about.is_done = true;
        let Some(parent) = about.parent else {
            let failed = |failure| ResolutionAnswer { failure: Some(failure), ..blank(ResponseCode::ServFail) };
            let chain = std::mem::take(&mut about.chain);
            self.answer = Some(result.unwrap_or_else(|failure| {
                let endless = matches!(failure, Unresolved::EndlessAlias { .. });
                ResolutionAnswer { answers: if endless { chain } else { Vec::new() }, ..failed(failure) }
            }));
            self.abandon_all();
            return;
        };
        if about.purpose == Purpose::Priming
            && let Err(failure) = &result
            && self.steps.iter().all(|step| matches!(step.outcome, StepOutcome::TimedOut | StepOutcome::Unreachable))
        {
            // Nobody is there: the question itself would find out the same, as slowly.
            let failure = failure.clone();
            self.end_task(parent, Err(failure));
            return;
        }
        let server = about.asked.clone();
        let all: Vec<IpAddr> = result.map(|answer| ips(&answer.answers)).unwrap_or_default();
        let mut found = self.usable(&all);
        let is_out_of_reach = found.len() < all.len();
        let Some(about) = self.tasks.get(task) else { return };
        // What the parent's glue said of it may be right where the zone's own word leads nowhere.
        let servers = about.zone.iter().flat_map(|zone| &zone.servers).filter(|known| known.name == server);
        found.extend(servers.flat_map(|known| &known.ips));
        let Some(waiting) = self.tasks.get_mut(parent) else { return };
        waiting.waits_for = waiting.waits_for.saturating_sub(1);
        if let Some(zone) = &mut waiting.zone {
            for known in zone.servers.iter_mut().filter(|known| known.name == server) {
                known.found = AddressSource::LookedUp;
                known.is_out_of_reach |= is_out_of_reach;
                for ip in &found {
                    if !known.ips.contains(ip) {
                        known.ips.push(*ip);
                    }
                }
            }
        }
        self.ready.push(parent);
    }
}

/// An answer with nothing in it.
pub(super) fn blank(code: ResponseCode) -> ResolutionAnswer {
    ResolutionAnswer { code, answers: Vec::new(), authority: Vec::new(), additional: Vec::new(), failure: None }
}

/// The addresses among records.
pub(super) fn ips(records: &[Record]) -> Vec<IpAddr> {
    records.iter().filter_map(|record| record.data.ip_addr()).collect()
}

fn remembered(key: &CacheKey, entry: &CachedSet, memory: &Memory, now: Duration) -> ResolutionAnswer {
    let sets = |keys: &[CacheKey]| {
        let known = keys.iter().filter_map(|key| Some((key, memory.cache.get(key, now)?)));
        known.flat_map(|(key, entry)| entry.records(key, now)).collect::<Vec<_>>()
    };
    let [authority, additional] = entry.with();
    ResolutionAnswer {
        answers: entry.records(key, now),
        authority: sets(authority),
        additional: sets(additional),
        ..blank(ResponseCode::NoError)
    }
}

fn nothing(code: ResponseCode, entry: &CachedSet, now: Duration) -> ResolutionAnswer {
    let soa = match &entry.held {
        CachedData::Nothing(Some(soa)) => vec![Record::from_rdata(soa.name.clone(), entry.left(now), soa.data.clone())],
        _ => Vec::new(),
    };
    ResolutionAnswer { authority: soa, ..blank(code) }
}

/// An alias of a name that the cache holds: its records and where it leads.
fn alias_in<'a>(
    memory: &'a Memory,
    target: &Name,
    kind: RecordType,
    now: Duration,
) -> Option<(Vec<Record>, Name, &'a CachedSet)> {
    if matches!(kind, RecordType::CNAME | RecordType::ANY) {
        return None;
    }
    if let Some((data, entry)) = memory.cache.set(target, RecordType::CNAME, Credibility::Answer, now) {
        let Some(RData::CNAME(next)) = data.first() else { return None };
        return Some((entry.records(&CacheKey::new(target, RecordType::CNAME), now), next.0.clone(), entry));
    }
    let above = upwards(target).skip(1);
    for owner in above {
        let Some((data, entry)) = memory.cache.set(&owner, RecordType::DNAME, Credibility::Answer, now) else {
            continue;
        };
        let to = dname_target(data.first()?)?;
        let next = redirected(target, &owner, &to)?;
        let mut records = entry.records(&CacheKey::new(&owner, RecordType::DNAME), now);
        let made = RData::CNAME(hickory_proto::rr::rdata::CNAME(next.clone()));
        records.push(Record::from_rdata(target.clone(), entry.left(now), made));
        return is_below(target, &owner).then_some((records, next, entry));
    }
    None
}

/// Silences after which a part of the name is not asked about any more: one may be a lost datagram.
const SILENCES: u32 = 2;
/// Times one more label at a time is told (`MINIMISE_ONE_LAB`, RFC 9156 §2.3).
const ONE_LABEL: u32 = 4;
/// Times something more is told at all (`MAX_MINIMISE_COUNT`).
const MOST_EXPOSURES: u32 = 10;
