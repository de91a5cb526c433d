//! What a server says to a question, section by section. RFC 1034 §4.3.2.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use super::{AnyPolicy, Name, Policy, RData, Record, RecordType, ResponseCode, ResponseReason, Zone};
use crate::proto::dns::{
    data, limits,
    text::{name_text, type_name},
    zone::{ZoneLookup, ZoneRrSet, ZoneView},
};

/// A response before it is fitted into octets.
#[derive(Debug)]
pub(super) struct ResponseDraft {
    pub(super) code: ResponseCode,
    pub(super) authoritative: bool,
    pub(super) answers: Vec<RecordGroup>,
    pub(super) authorities: Vec<RecordGroup>,
    pub(super) additionals: Vec<RecordGroup>,
    pub(super) why: Vec<ResponseReason>,
    /// The sets that are somewhere in it already.
    told: BTreeSet<(Name, RecordType)>,
}

/// Records that go or stay together.
#[derive(Debug)]
pub(super) struct RecordGroup {
    pub(super) records: Vec<Record>,
    pub(super) need: Need,
}

/// What it means to leave a set out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// The response is cut short: TC.
    Required,
    /// The asker may have to ask once more.
    Wanted,
}

/// How often each set of addresses was given, which decides its rotation. Names come from the zones, so there are no more of them than sets.
pub(super) type RotationCounts = BTreeMap<(Name, RecordType), usize>;

impl ResponseDraft {
    /// A response without records.
    pub(super) fn of(code: ResponseCode, why: ResponseReason) -> Self {
        let mut reply = Self::empty();
        reply.code = code;
        reply.why.push(why);
        reply
    }

    /// A response of one record, with authority.
    pub(super) fn with_answer(record: Record, why: ResponseReason) -> Self {
        let mut reply = Self::of(ResponseCode::NoError, why);
        reply.authoritative = true;
        reply.answer(vec![record]);
        reply
    }

    fn empty() -> Self {
        Self {
            code: ResponseCode::NoError,
            authoritative: false,
            answers: Vec::new(),
            authorities: Vec::new(),
            additionals: Vec::new(),
            why: Vec::new(),
            told: BTreeSet::new(),
        }
    }

    /// Adds a set that was asked for.
    fn answer(&mut self, records: Vec<Record>) {
        let group = self.group(records, Need::Required);
        self.answers.push(group);
    }

    fn authority(&mut self, records: Vec<Record>, need: Need) {
        let group = self.group(records, need);
        self.authorities.push(group);
    }

    fn additional(&mut self, records: Vec<Record>, need: Need) {
        let group = self.group(records, need);
        self.additionals.push(group);
    }

    fn group(&mut self, records: Vec<Record>, need: Need) -> RecordGroup {
        self.told.extend(records.first().map(|record| (record.name.clone(), record.record_type())));
        RecordGroup { records, need }
    }

    /// Is the set somewhere in it already?
    fn has(&self, name: &Name, kind: RecordType) -> bool {
        self.told.contains(&(name.clone(), kind))
    }
}

/// One question on its way through the zones.
pub(super) struct ZoneSearch<'a> {
    zones: &'a BTreeMap<Name, Zone>,
    policy: &'a Policy,
    asker: IpAddr,
    turns: &'a mut RotationCounts,
    reply: ResponseDraft,
}

impl<'a> ZoneSearch<'a> {
    pub(super) fn new(
        zones: &'a BTreeMap<Name, Zone>,
        policy: &'a Policy,
        asker: IpAddr,
        turns: &'a mut RotationCounts,
    ) -> Self {
        Self { zones, policy, asker, turns, reply: ResponseDraft::empty() }
    }

    /// Follows aliases through the server's zones, as far as they go.
    pub(super) fn run(mut self, name: &Name, kind: RecordType) -> ResponseDraft {
        let mut names = vec![name.clone()];
        while let Some(name) = names.last().cloned() {
            let Some(zone) = zone_for(self.zones, &name, kind) else {
                self.outside(&name, names.len() == 1);
                break;
            };
            if names.len() == 1 {
                self.reply.authoritative = true;
            }
            let Some(next) = self.within(zone, &name, kind) else { break };
            if names.contains(&next) {
                let text = format!("{} is an alias that leads back to itself", name_text(&next));
                self.why(text, "RFC 1034 §3.6.2");
                break;
            }
            if names.len() > usize::try_from(limits::ALIASES).unwrap_or(usize::MAX) {
                self.why(format!("more than {} aliases are not followed", limits::ALIASES), "RFC 1034 §3.6.2");
                break;
            }
            names.push(next);
        }
        self.reply
    }

    fn why(&mut self, text: String, clause: &'static str) {
        self.reply.why.push(ResponseReason::new(text, clause));
    }

    fn outside(&mut self, name: &Name, first: bool) {
        let named = name_text(name);
        if first {
            self.reply.code = ResponseCode::Refused;
            self.why(format!("{named} is in none of this server's zones, and it asks nobody else"), "RFC 1035 §4.1.1");
        } else {
            self.why(
                format!("{named} is in none of this server's zones: the asker goes on from there"),
                "RFC 1034 §4.3.2",
            );
        }
    }

    /// What one zone adds; the name to go on with, where that was an alias.
    fn within(&mut self, zone: &'a Zone, name: &Name, kind: RecordType) -> Option<Name> {
        let view = zone.seen_from(Some(self.asker));
        match view.find(name, kind) {
            ZoneLookup::Sets { wildcard, sets } => self.sets(zone, &view, (name, kind), wildcard.as_ref(), &sets),
            ZoneLookup::Alias { wildcard, set } => return self.alias(name, wildcard, set),
            ZoneLookup::Dname { owner, set } => return self.dname((name, kind), &owner, set),
            ZoneLookup::Referral { cut, set } => self.referral(zone, name, &cut, set),
            ZoneLookup::NoData { wildcard, empty } => {
                let (named, kind) = (name_text(name), type_name(kind));
                let text = match wildcard {
                    Some(wildcard) => format!("{} stands for {named}, and has no {kind} record", name_text(&wildcard)),
                    None if empty => format!("{named} has no records, but names below it have: it exists"),
                    None => format!("{named} exists and has no {kind} record"),
                };
                self.why(text, if empty { "RFC 4592 §2.2.2" } else { "RFC 2308 §2.2" });
                self.negative(zone);
            }
            ZoneLookup::NoName { closest } => {
                self.reply.code = ResponseCode::NXDomain;
                let (named, closest) = (name_text(name), name_text(&closest));
                self.why(
                    format!("{named} does not exist: {closest} is the last name on the way that does"),
                    "RFC 2308 §2.1",
                );
                self.negative(zone);
            }
        }
        None
    }

    fn sets(
        &mut self,
        zone: &'a Zone,
        view: &ZoneView<'a>,
        (name, kind): (&Name, RecordType),
        wildcard: Option<&Name>,
        sets: &[(RecordType, &'a ZoneRrSet)],
    ) {
        let apex = name_text(zone.origin());
        self.why(
            format!("{} is in the zone {apex}, which this server serves: it answers with authority", name_text(name)),
            "RFC 1034 §4.3.2",
        );
        if let Some(wildcard) = wildcard {
            self.why(format!("no such name, but {} stands for it", name_text(wildcard)), "RFC 4592 §3.3.1");
        }
        let sets = self.of_any(name, kind, sets);
        let owner = wildcard.unwrap_or(name);
        for (kind, set) in &sets {
            if let (_, Some(prefix)) = view.set(owner, *kind).unwrap_or((set, None)) {
                let text = format!("asked from {}, inside {prefix}: the records for that place", self.asker);
                self.reply.why.push(ResponseReason { text, clause: None });
            }
            let records = self.turned(owner, *kind, set.records(name));
            self.reply.answer(records);
        }
        if self.policy.minimal {
            return;
        }
        if let Some((servers, _)) = view.set(zone.origin(), RecordType::NS)
            && !self.reply.has(zone.origin(), RecordType::NS)
        {
            let records = servers.records(zone.origin());
            self.reply.authority(records, Need::Wanted);
            self.addresses_of(servers, |_| Need::Wanted);
        }
        for (_, set) in sets {
            self.addresses_of(set, |_| Need::Wanted);
        }
    }

    /// The sets to be told; where ANY is answered minimally, one at most, and a made-up record instead of several.
    fn of_any(
        &mut self,
        name: &Name,
        kind: RecordType,
        sets: &[(RecordType, &'a ZoneRrSet)],
    ) -> Vec<(RecordType, &'a ZoneRrSet)> {
        if kind != RecordType::ANY || self.policy.any == AnyPolicy::Full {
            return sets.to_vec();
        }
        let alias: Vec<_> = sets.iter().filter(|(kind, _)| *kind == RecordType::CNAME).copied().collect();
        if alias.is_empty() {
            let data = hickory_proto::rr::rdata::HINFO::new("RFC8482".to_owned(), String::new());
            let record = Record::from_rdata(name.clone(), ANY_TTL, RData::HINFO(data));
            self.reply.answer(vec![record]);
            self.why(
                "this server does not list all it has: large answers to small questions are a weapon".to_owned(),
                "RFC 8482 §4.2",
            );
        }
        alias
    }

    /// Addresses in another order each time.
    fn turned(&mut self, owner: &Name, kind: RecordType, mut records: Vec<Record>) -> Vec<Record> {
        if self.policy.rotate && records.len() > 1 && matches!(kind, RecordType::A | RecordType::AAAA) {
            let turn = self.turns.entry((owner.clone(), kind)).or_default();
            let by = *turn % records.len();
            *turn = turn.wrapping_add(1);
            records.rotate_left(by);
            self.why(
                format!("{} addresses, told in another order each time to share the load", records.len()),
                "RFC 1794 §2",
            );
        }
        records
    }

    fn alias(&mut self, name: &Name, wildcard: Option<Name>, set: &ZoneRrSet) -> Option<Name> {
        let target = set.data().find_map(data::target)?;
        let text = match wildcard {
            None => format!("{} is an alias of {}", name_text(name), name_text(&target)),
            Some(star) => {
                format!("{} stands for {}: an alias of {}", name_text(&star), name_text(name), name_text(&target))
            }
        };
        self.why(text, "RFC 1034 §3.6.2");
        // One of several is enough: more than one there may not be.
        let records = set.records(name).into_iter().take(1).collect();
        self.reply.answer(records);
        Some(target)
    }

    fn dname(&mut self, (name, kind): (&Name, RecordType), owner: &Name, set: &ZoneRrSet) -> Option<Name> {
        let target = set.data().find_map(data::target)?;
        let records: Vec<Record> = set.records(owner).into_iter().take(1).collect();
        self.reply.answer(records);
        let kept = name.iter().len().saturating_sub(owner.iter().len());
        let Ok(replaced) = Name::from_labels(name.iter().take(kept).chain(target.iter())) else {
            self.reply.code = ResponseCode::YXDomain;
            let text = format!("with {} in the place of {} the name is too long", name_text(&target), name_text(owner));
            self.why(text, "RFC 6672 §2.2");
            return None;
        };
        let text = format!("all below {} is found below {}", name_text(owner), name_text(&target));
        self.why(text, "RFC 6672 §3.2");
        let alias = RData::CNAME(hickory_proto::rr::rdata::CNAME(replaced.clone()));
        let records = vec![Record::from_rdata(name.clone(), set.ttl(), alias)];
        self.reply.answer(records);
        if matches!(kind, RecordType::CNAME | RecordType::ANY) {
            self.why("the alias itself is what was asked for: it is not followed".to_owned(), "RFC 1034 §3.6.2");
            return None;
        }
        Some(replaced)
    }

    fn referral(&mut self, zone: &Zone, name: &Name, cut: &Name, set: &ZoneRrSet) {
        // Behind an alias the response still has what the alias said, with authority.
        self.reply.authoritative = !self.reply.answers.is_empty();
        let (apex, cut_text) = (name_text(zone.origin()), name_text(cut));
        let text = format!(
            "{} is in the zone {cut_text}, which {apex} has handed to others: it names them and asks nobody itself",
            name_text(name)
        );
        self.why(text, "RFC 1034 §4.3.2");
        self.reply.authority(set.records(cut), Need::Required);
        // Without the addresses of servers below the cut they cannot be found; those of others can be asked for.
        self.addresses_of(set, |server| if cut.zone_of(server) { Need::Required } else { Need::Wanted });
    }

    /// Adds the addresses, as far as this server has them, of what the records lead to.
    fn addresses_of(&mut self, set: &ZoneRrSet, need: impl Fn(&Name) -> Need) {
        let leading = set.data().filter(|data| matches!(data, RData::NS(_) | RData::MX(_) | RData::SRV(_)));
        for target in leading.filter_map(data::target) {
            for kind in [RecordType::A, RecordType::AAAA] {
                let Some(zone) = zone_for(self.zones, &target, kind) else { continue };
                let Some((found, _)) = zone.seen_from(Some(self.asker)).set(&target, kind) else { continue };
                if !self.reply.has(&target, kind) {
                    self.reply.additional(found.records(&target), need(&target));
                }
            }
        }
    }

    /// The SOA record, which says how long it may be remembered that there is nothing (RFC 2308 §3).
    fn negative(&mut self, zone: &Zone) {
        if let Some((set, soa)) = zone.soa() {
            let mut records = set.records(zone.origin());
            records.truncate(1);
            for record in &mut records {
                record.ttl = record.ttl.min(soa.minimum);
            }
            self.reply.authority(records, Need::Required);
        }
    }
}

/// The deepest zone that `name` is in. A zone's DS records stand in the zone above it (RFC 4035 §3.1.4.1).
fn zone_for<'a>(zones: &'a BTreeMap<Name, Zone>, name: &Name, kind: RecordType) -> Option<&'a Zone> {
    let mut above = (0..=name.iter().len()).rev().filter_map(|labels| zones.get(&name.trim_to(labels)));
    let deepest = above.next()?;
    if kind == RecordType::DS && deepest.origin() == name {
        Some(above.next().unwrap_or(deepest))
    } else {
        Some(deepest)
    }
}

/// How long the record made up for ANY may be kept.
const ANY_TTL: u32 = 3_600;
