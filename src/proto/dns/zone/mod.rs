//! A zone: the part of the name space one administration answers for, as its file describes it. Which client gets which records is decided in
//! [`super::authority`].
//!
//! Reading and writing zone files is in `file`, looking up in `find`, the checks a careful administrator makes in `check`.
//! Source: RFC 1034 §4.2, RFC 1035 §5, RFC 2181 §5 (sets of records).

use std::{collections::BTreeMap, net::IpAddr};

use super::{Name, RData, Record, RecordType};

pub use self::{
    check::{Remark, Severity},
    delegation::check_delegation,
    edit::EditError,
    file::{MAX_OCTETS, MAX_RECORDS, ZoneFault, ZoneFileError},
    find::{ZoneLookup, ZoneView},
    place::{Place, Prefix},
    rewrite::{new_zone, with_line, with_serial},
    serial::{check_serial, next_serial, serial_advances},
};

mod check;
mod delegation;
mod edit;
mod file;
mod find;
mod place;
mod rewrite;
mod serial;
mod write;

/// A zone and all its records.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    origin: Name,
    /// The records for all clients.
    names: NameTree,
    /// The records that replace them for clients in certain places, in the order of the file.
    places: Vec<Place>,
    /// Records of names that are not in the zone: never served, but [`Self::check`] names them.
    outside: Vec<(Name, ZoneRecord)>,
}

/// Sets of records by name, in canonical order (RFC 4034 §6.1): whatever is below a name follows it at once.
type NameTree = BTreeMap<Name, BTreeMap<RecordType, ZoneRrSet>>;

/// All records of one name and type (RFC 2181 §5); at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneRrSet {
    entries: Vec<ZoneRecord>,
}

/// One record of a set.
#[derive(Clone, Debug)]
pub struct ZoneRecord {
    /// As the file has it. What is served is the set's, the least of them.
    pub ttl: u32,
    /// The data.
    pub data: RData,
    /// Where it stands in the zone file, counted from 1; 0 where it did not come from a file.
    pub line: u32,
}

impl PartialEq for ZoneRecord {
    /// The line does not count.
    fn eq(&self, other: &Self) -> bool {
        self.ttl == other.ttl && self.data == other.data
    }
}

impl ZoneRrSet {
    /// How long its records may be kept: the least of their TTLs (RFC 2181 §5.2).
    pub fn ttl(&self) -> u32 {
        self.entries.iter().map(|entry| entry.ttl).min().unwrap_or(0)
    }

    /// The records, in the file's order.
    pub fn entries(&self) -> &[ZoneRecord] {
        &self.entries
    }

    /// Their data.
    pub fn data(&self) -> impl Iterator<Item = &RData> {
        self.entries.iter().map(|entry| &entry.data)
    }

    /// As records of `owner`, all with the set's TTL.
    pub fn records(&self, owner: &Name) -> Vec<Record> {
        let ttl = self.ttl();
        self.data().map(|data| Record::from_rdata(owner.clone(), ttl, data.clone())).collect()
    }
}

impl Zone {
    /// A zone without any record.
    pub fn new(origin: Name) -> Self {
        Self { origin, names: NameTree::new(), places: Vec::new(), outside: Vec::new() }
    }

    /// The zone's own name, its apex.
    pub fn origin(&self) -> &Name {
        &self.origin
    }

    /// Is `name` the zone's own or below it? (It may still be another zone's, below a cut.)
    pub fn contains(&self, name: &Name) -> bool {
        self.origin.zone_of(name)
    }

    /// The records of `name` and `kind` for all clients; occluded ones too.
    pub fn set(&self, name: &Name, kind: RecordType) -> Option<&ZoneRrSet> {
        self.names.get(name)?.get(&kind)
    }

    /// The addresses of `name` for all clients, IPv4 first; occluded ones (glue) too, and no alias followed.
    pub fn addresses(&self, name: &Name) -> impl Iterator<Item = IpAddr> {
        let sets = [RecordType::A, RecordType::AAAA].into_iter().filter_map(|kind| self.set(name, kind));
        sets.flat_map(ZoneRrSet::data).filter_map(RData::ip_addr)
    }

    /// All sets for all clients, in canonical order.
    pub fn sets(&self) -> impl Iterator<Item = (&Name, RecordType, &ZoneRrSet)> {
        self.names.iter().flat_map(|(name, sets)| sets.iter().map(move |(kind, set)| (name, *kind, set)))
    }

    /// What askers in certain places are told instead.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The SOA record's set and data; `None` where there is none.
    pub fn soa(&self) -> Option<(&ZoneRrSet, &hickory_proto::rr::rdata::SOA)> {
        let set = self.set(&self.origin, RecordType::SOA)?;
        set.data().find_map(|data| if let RData::SOA(soa) = data { Some((set, soa)) } else { None })
    }

    /// The zone's serial number; `None` where it has no SOA.
    pub fn serial(&self) -> Option<u32> {
        self.soa().map(|(_, soa)| soa.serial)
    }

    /// Names at which another zone begins: those with NS records, the apex aside.
    pub fn cuts(&self) -> impl Iterator<Item = (&Name, &ZoneRrSet)> {
        let below = self.names.iter().filter(|(name, _)| **name != self.origin);
        below.filter_map(|(name, sets)| Some((name, sets.get(&RecordType::NS)?)))
    }

    /// How many records there are, those for certain places included.
    pub fn len(&self) -> usize {
        let count =
            |names: &NameTree| names.values().flat_map(BTreeMap::values).map(|set| set.entries.len()).sum::<usize>();
        count(&self.names) + self.places.iter().map(|place| count(&place.names)).sum::<usize>() + self.outside.len()
    }

    /// No record at all?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Adds to a set; a record that is there already is not there twice (RFC 2181 §5).
fn put(names: &mut NameTree, name: Name, entry: ZoneRecord) {
    let sets = names.entry(name).or_default();
    let set = sets.entry(entry.data.record_type()).or_insert_with(|| ZoneRrSet { entries: Vec::new() });
    if set.data().all(|data| *data != entry.data) {
        set.entries.push(entry);
    }
}

#[cfg(test)]
mod tests;
