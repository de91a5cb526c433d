//! The checks a careful administrator makes before a zone is served: what is wrong, where, and which rule says so.

use super::{Name, RData, RecordType, Zone, ZoneLookup, ZoneRecord, ZoneRrSet, ZoneView};
use crate::proto::dns::{
    Record, data, limits,
    text::{name_text, record_line, type_name},
};

/// Something to be said of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Does it break something?
    pub severity: Severity,
    /// Where it stands in the zone file, counted from 1; `None` where it is about no record, or the record came from no file.
    pub line: Option<u32>,
    /// The record it is about, as a line; empty where it is about none.
    pub record: String,
    /// What is the matter.
    pub text: String,
    /// Where the rule stands.
    pub clause: &'static str,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It works, and not as it should.
    Warning,
    /// Something will not be found.
    Error,
}

impl Remark {
    pub(super) fn new(severity: Severity, text: String, clause: &'static str) -> Self {
        Self { severity, line: None, record: String::new(), text, clause }
    }

    pub(super) fn of(mut self, owner: &Name, entry: &ZoneRecord) -> Self {
        self.line = Some(entry.line).filter(|line| *line > 0);
        self.record = record_line(&Record::from_rdata(owner.clone(), entry.ttl, entry.data.clone()));
        self
    }
}

impl Zone {
    /// Everything that is to be said of the zone; nothing where it is as it should be.
    pub fn check(&self) -> Vec<Remark> {
        let mut check = Check { zone: self, view: self.seen_from(None), remarks: Vec::new() };
        check.apex();
        for (name, _, set) in self.sets() {
            check.ttls(name, set);
        }
        for name in self.names.keys() {
            check.aliases(name, &check.view.sets(name));
            check.circle(name);
            check.hidden(name);
        }
        for (name, kind, set) in self.sets() {
            check.targets(name, kind, set);
        }
        check.places();
        for (owner, entry) in &self.outside {
            let text = format!("{} is not in the zone {}", name_text(owner), name_text(&self.origin));
            check.say(Severity::Error, text, "RFC 1035 §5.2", owner, entry);
        }
        check.remarks
    }
}

struct Check<'a> {
    zone: &'a Zone,
    view: ZoneView<'a>,
    remarks: Vec<Remark>,
}

impl<'a> Check<'a> {
    fn say(&mut self, severity: Severity, text: String, clause: &'static str, owner: &Name, entry: &ZoneRecord) {
        self.remarks.push(Remark::new(severity, text, clause).of(owner, entry));
    }

    /// One SOA, at the apex, and name servers.
    fn apex(&mut self) {
        let zone = self.zone;
        let origin = name_text(&zone.origin);
        if zone.soa().is_none() {
            let text = format!("the zone {origin} has no SOA record");
            self.remarks.push(Remark::new(Severity::Error, text, "RFC 1035 §5.2"));
        }
        for (owner, _, set) in zone.sets().filter(|(_, kind, _)| *kind == RecordType::SOA) {
            let allowed = usize::from(*owner == zone.origin);
            for entry in set.entries().iter().skip(allowed) {
                let text = "a zone has one SOA record, at its apex".to_owned();
                self.say(Severity::Error, text, "RFC 1035 §5.2", owner, entry);
            }
        }
        if zone.set(&zone.origin, RecordType::NS).is_none() {
            let text = format!("the zone {origin} names no name server of its own: its apex has no NS record");
            self.remarks.push(Remark::new(Severity::Error, text, "RFC 1034 §4.2.1"));
        }
    }

    fn ttls(&mut self, owner: &Name, set: &ZoneRrSet) {
        let least = set.ttl();
        if let Some(entry) = set.entries().iter().find(|entry| entry.ttl != least) {
            let text = format!("records of one name and type have different TTLs; all are served with {least}");
            self.say(Severity::Warning, text, "RFC 2181 §5.2", owner, entry);
        }
    }

    fn aliases(&mut self, owner: &Name, sets: &[(RecordType, &'a ZoneRrSet)]) {
        for (kind, clause) in [(RecordType::CNAME, "RFC 2181 §10.1"), (RecordType::DNAME, "RFC 6672 §2.4")] {
            let Some((_, set)) = sets.iter().find(|(found, _)| *found == kind) else { continue };
            if let Some(second) = set.entries().get(1) {
                let text = format!("{} has more than one {} record", name_text(owner), type_name(kind));
                self.say(Severity::Error, text, clause, owner, second);
            }
        }
        let Some((_, alias)) = sets.iter().find(|(kind, _)| *kind == RecordType::CNAME) else { return };
        // What signs the name may stand beside the alias (RFC 4034 §3, §4).
        let others = sets.iter().filter(|(kind, _)| {
            !matches!(*kind, RecordType::CNAME | RecordType::RRSIG | RecordType::NSEC | RecordType::KEY)
        });
        let others: Vec<String> = others.map(|(kind, _)| type_name(*kind)).collect();
        if let (false, Some(entry)) = (others.is_empty(), alias.entries().first()) {
            let text =
                format!("{} is an alias and has other records beside it: {}", name_text(owner), others.join(", "));
            self.say(Severity::Error, text, "RFC 1034 §3.6.2", owner, entry);
        }
    }

    /// An alias that leads back to itself.
    fn circle(&mut self, owner: &Name) {
        let Some(alias) = self.view.set(owner, RecordType::CNAME).and_then(|(set, _)| set.entries().first()) else {
            return;
        };
        let mut passed = vec![owner.clone()];
        while let Some(next) = passed.last().and_then(|name| self.alias_target(name)) {
            // A wildcard's alias may lead to a name that the wildcard stands for.
            if next == *owner || (owner.is_wildcard() && passed.contains(&next)) {
                let way: Vec<String> = passed.iter().skip(1).chain([&next]).map(name_text).collect();
                let text = format!("{} is an alias that leads back to itself: {}", name_text(owner), way.join(", "));
                self.say(Severity::Error, text, "RFC 1034 §3.6.2", owner, alias);
                return;
            }
            // A circle further on is its own names' affair.
            if passed.contains(&next) || passed.len() > usize::try_from(limits::ALIASES).unwrap_or(usize::MAX) {
                return;
            }
            passed.push(next);
        }
    }

    /// Where a name leads that is an alias in this zone, by its own record, a wildcard's or a DNAME.
    fn alias_target(&self, name: &Name) -> Option<Name> {
        if !self.zone.contains(name) {
            return None;
        }
        match self.view.find(name, RecordType::A) {
            ZoneLookup::Alias { set, .. } => set.data().next().and_then(data::target),
            ZoneLookup::Dname { owner, set } => {
                let to = set.data().next().and_then(data::target)?;
                data::redirected(name, &owner, &to)
            }
            _ => None,
        }
    }

    /// Records that are never served, because a zone cut or a DNAME is above them.
    fn hidden(&mut self, owner: &Name) {
        let zone = self.zone;
        let above = match self.view.find(owner, RecordType::ANY) {
            ZoneLookup::Referral { cut, .. } => cut,
            ZoneLookup::Dname { owner: dname, set } => {
                let text = format!("{} is below {}, whose DNAME record hides it", name_text(owner), name_text(&dname));
                let entry = self.view.sets(owner).first().and_then(|(_, set)| set.entries().first());
                if let Some(entry) = entry.or(set.entries().first()) {
                    self.say(Severity::Error, text, "RFC 6672 §2.4", owner, entry);
                }
                return;
            }
            _ => return,
        };
        for (kind, set) in self.view.sets(owner) {
            let address = matches!(kind, RecordType::A | RecordType::AAAA);
            let at_cut = *owner == above;
            // The zone's own servers may stand below a cut too, as the root's do.
            let own = zone.set(&zone.origin, RecordType::NS);
            let mut servers = zone.cuts().map(|(_, servers)| servers).chain(own);
            let glue = address && servers.any(|servers| leads_to(servers, owner));
            if glue || (at_cut && matches!(kind, RecordType::NS | RecordType::DS)) {
                continue;
            }
            if let Some(entry) = set.entries().first() {
                let cut = name_text(&above);
                let text = format!("{} is {cut}'s own affair: another zone begins there", name_text(owner));
                self.say(Severity::Warning, text, "RFC 1034 §4.2.1", owner, entry);
            }
        }
    }

    /// What NS, MX and SRV records lead to.
    fn targets(&mut self, owner: &Name, kind: RecordType, set: &ZoneRrSet) {
        let (what, clause) = match kind {
            RecordType::NS => ("a name server", "RFC 2181 §10.3"),
            RecordType::MX => ("a mail server", "RFC 2181 §10.3"),
            RecordType::SRV => ("a service's host", "RFC 2782"),
            _ => return,
        };
        for entry in set.entries() {
            let Some(target) = data::target(&entry.data).filter(|target| self.zone.contains(target)) else { continue };
            // `MX 0 .` and `SRV … .` say that there is none (RFC 7505 §3, RFC 2782).
            if target.is_root() {
                continue;
            }
            let found = self.view.find(&target, RecordType::A);
            let named = name_text(&target);
            if matches!(found, ZoneLookup::Alias { .. } | ZoneLookup::Dname { .. }) {
                let text = format!("{what} must have addresses of its own, and {named} is an alias");
                self.say(Severity::Error, text, clause, owner, entry);
                continue;
            }
            let known = [RecordType::A, RecordType::AAAA].iter().any(|kind| {
                self.view.set(&target, *kind).is_some()
                    || matches!(self.view.find(&target, *kind), ZoneLookup::Sets { .. })
            });
            if known {
                continue;
            }
            let at_cut = *owner != self.zone.origin;
            let below_another = matches!(&found, ZoneLookup::Referral { cut, .. } if cut != owner);
            let (severity, text, clause) = if kind != RecordType::NS {
                if below_another {
                    continue;
                }
                let clause = if kind == RecordType::MX { "RFC 5321 §5.1" } else { "RFC 2782" };
                (Severity::Warning, format!("{named} has no address"), clause)
            } else if at_cut && owner.zone_of(&target) {
                let text = format!(
                    "{named} is below the cut {} itself: without its address beside it (glue) it cannot be found",
                    name_text(owner)
                );
                (Severity::Error, text, "RFC 9471 §3.1")
            } else if below_another {
                let text = format!("{named} is in a zone below this one, and its address is not beside it");
                (Severity::Warning, text, "RFC 9471 §3.2")
            } else {
                (
                    Severity::Error,
                    format!("the name server {named} is in this zone and has no address"),
                    "RFC 1035 §5.2",
                )
            };
            self.say(severity, text, clause, owner, entry);
        }
    }

    /// Records for certain places must fit among the others.
    fn places(&mut self) {
        for place in &self.zone.places {
            let ip = place.prefixes.first().map(|prefix| prefix.first());
            let view = self.zone.seen_from(ip);
            for (name, sets) in &place.names {
                self.aliases(name, &view.sets(name));
                for (kind, set) in sets {
                    self.ttls(name, set);
                    if let (RecordType::SOA | RecordType::NS, Some(entry)) = (*kind, set.entries().first()) {
                        let text = "where a zone begins and who serves it is the same for all askers".to_owned();
                        self.say(Severity::Error, text, "RFC 1034 §4.2", name, entry);
                    }
                }
            }
        }
    }
}

/// Does one of these records lead to `name`?
fn leads_to(set: &ZoneRrSet, name: &Name) -> bool {
    set.data().any(|data: &RData| data::target(data).is_some_and(|target| target == *name))
}
