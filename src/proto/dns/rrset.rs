//! Sets of records: all records of one name and type are one set, with one TTL, believed or not as a whole (RFC 2181 §5).

use std::collections::{HashMap, HashSet};

use hickory_proto::serialize::binary::BinEncodable as _;

use super::{DNSClass, Name, RData, Record, RecordType, data::points_at, limits};

/// All records of one name and one type, class IN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RrSet {
    /// The owner of the records.
    pub name: Name,
    /// Which type.
    pub kind: RecordType,
    /// In seconds: the least of its records' (RFC 2181 §5.2), 0 where its sign bit was set (RFC 2181 §8).
    pub ttl: u32,
    /// Values, each once, in the order they came.
    pub data: Vec<RData>,
}

impl RrSet {
    /// Its records, with another TTL.
    pub fn records(&self, ttl: u32) -> impl Iterator<Item = Record> {
        self.data.iter().map(move |data| Record::from_rdata(self.name.clone(), ttl, data.clone()))
    }
}

/// The sets in a section of a message, in the order of their first records. Other classes than IN are left out, and more than
/// [`limits::RECORDS`] records of one set.
pub fn sets<'a>(section: impl IntoIterator<Item = &'a Record>) -> Vec<RrSet> {
    let mut sets: Vec<RrSet> = Vec::new();
    let mut known: HashSet<(usize, Vec<u8>)> = HashSet::new();
    let mut places: HashMap<(&Name, RecordType), usize> = HashMap::new();
    for record in section {
        if record.dns_class != DNSClass::IN {
            continue;
        }
        let kind = record.record_type();
        let place = *places.entry((&record.name, kind)).or_insert(sets.len());
        let ttl = if record.ttl > i32::MAX.cast_unsigned() { 0 } else { record.ttl };
        match sets.get_mut(place) {
            None => sets.push(RrSet { name: record.name.clone(), kind, ttl, data: vec![record.data.clone()] }),
            Some(set) => {
                set.ttl = set.ttl.min(ttl);
                // A long set is not gone through for each of its records: its octets say which are new.
                let mut is_new = |data: &RData| match set.data.len() {
                    ..FEW => !set.data.contains(data),
                    FEW.. => {
                        known.insert((place, octets(data))) && !set.data.iter().take(FEW).any(|known| known == data)
                    }
                };
                if set.data.len() < limits::RECORDS && is_new(&record.data) {
                    set.data.push(record.data.clone());
                }
            }
        }
    }
    sets
}

/// Values of a set that are compared one by one.
const FEW: usize = 16;

/// Data as it would be sent, where it is a name in lower case.
fn octets(data: &RData) -> Vec<u8> {
    match points_at(data) {
        Some(name) if !matches!(data, RData::MX(_) | RData::SRV(_)) => {
            name.to_lowercase().to_bytes().unwrap_or_default()
        }
        _ => data.to_bytes().unwrap_or_default(),
    }
}

/// How many labels a name has, the root none.
pub fn labels(name: &Name) -> usize {
    name.iter().count()
}

/// Is `name` below `zone`, and not the same?
pub fn is_below(name: &Name, zone: &Name) -> bool {
    zone.zone_of(name) && labels(name) > labels(zone)
}

/// The name and every name above it, the root last.
pub fn upwards(name: &Name) -> impl Iterator<Item = Name> {
    let own = labels(name);
    (0..=own).rev().map(move |kept| name.trim_to(kept))
}
