//! Changes to a zone, each refused where it would leave something that cannot be served.

use super::{MAX_RECORDS, Name, NameTree, RData, Record, RecordType, Zone, ZoneRecord, ZoneRrSet, next_serial, put};
use crate::proto::dns::{
    limits,
    text::{name_text, type_name},
};

/// Why a change was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The record's owner belongs to another zone.
    #[error("{name} is not in the zone {zone}")]
    NotInZone {
        /// The owner.
        name: String,
        /// The zone.
        zone: String,
    },
    /// RFC 1034 §3.6.2, RFC 2181 §10.1.
    #[error("{name} would have a CNAME record and others beside it")]
    BesideAlias {
        /// The owner.
        name: String,
    },
    /// RFC 1035 §5.2: one SOA, at the apex.
    #[error("a zone has one SOA record, at its apex")]
    Soa,
    /// The data is of another type than the set.
    #[error("data of type {found} in a set of type {expected}")]
    OtherType {
        /// The set's type.
        expected: String,
        /// The data's.
        found: String,
    },
    /// RFC 2181 §8.
    #[error("a TTL is at most 2147483647 seconds")]
    Ttl,
    /// More records than a zone, or a set, may have.
    #[error("there are at most {limit} records here")]
    TooMany {
        /// The limit.
        limit: usize,
    },
}

impl Zone {
    /// Adds a record. Its TTL becomes that of all records of its name and type (RFC 2181 §5.2).
    ///
    /// # Errors
    /// What the zone would be unfit to be served for. It is not changed then.
    pub fn add(&mut self, record: Record) -> Result<(), EditError> {
        let kind = record.record_type();
        let present = self.set(&record.name, kind);
        let mut data: Vec<RData> = present.map(|set| set.data().cloned().collect()).unwrap_or_default();
        if !data.contains(&record.data) {
            data.push(record.data);
        }
        self.replace(&record.name, kind, record.ttl, data)
    }

    /// Puts these records in the place of all of `name` and `kind`; no data removes them.
    ///
    /// # Errors
    /// What the zone would be unfit to be served for. It is not changed then.
    pub fn replace(&mut self, name: &Name, kind: RecordType, ttl: u32, data: Vec<RData>) -> Result<(), EditError> {
        if data.is_empty() {
            self.remove(name, kind);
            return Ok(());
        }
        self.fits(name, kind, ttl, &data)?;
        self.remove(name, kind);
        for data in data {
            put(&mut self.names, name.clone(), ZoneRecord { ttl, data, line: 0 });
        }
        Ok(())
    }

    /// Removes all records of `name` and `kind`, and returns them.
    pub fn remove(&mut self, name: &Name, kind: RecordType) -> Option<ZoneRrSet> {
        remove(&mut self.names, name, kind)
    }

    /// Removes one record; `false` where it was not there.
    pub fn remove_record(&mut self, name: &Name, data: &RData) -> bool {
        let kind = data.record_type();
        let Some(set) = self.names.get_mut(name).and_then(|sets| sets.get_mut(&kind)) else { return false };
        let before = set.entries.len();
        set.entries.retain(|entry| entry.data != *data);
        let (after, removed) = (set.entries.len(), set.entries.len() < before);
        if after == 0 {
            self.remove(name, kind);
        }
        removed
    }

    /// Moves the serial number on by one, so that secondary servers notice; returns it, or `None` where there is no SOA.
    pub fn advance_serial(&mut self) -> Option<u32> {
        let set = self.names.get_mut(&self.origin)?.get_mut(&RecordType::SOA)?;
        set.entries.iter_mut().find_map(|entry| match &mut entry.data {
            RData::SOA(soa) => {
                soa.serial = next_serial(soa.serial);
                Some(soa.serial)
            }
            _ => None,
        })
    }

    fn fits(&self, name: &Name, kind: RecordType, ttl: u32, data: &[RData]) -> Result<(), EditError> {
        if !self.contains(name) {
            return Err(EditError::NotInZone { name: name_text(name), zone: name_text(&self.origin) });
        }
        if let Some(other) = data.iter().map(RData::record_type).find(|other| *other != kind) {
            return Err(EditError::OtherType { expected: type_name(kind), found: type_name(other) });
        }
        if i32::try_from(ttl).is_err() {
            return Err(EditError::Ttl);
        }
        if kind == RecordType::SOA && (data.len() > 1 || *name != self.origin) {
            return Err(EditError::Soa);
        }
        let mut others = self.names.get(name).into_iter().flat_map(|sets| sets.keys()).filter(|other| **other != kind);
        let beside = if kind == RecordType::CNAME {
            data.len() > 1 || others.next().is_some()
        } else {
            others.any(|other| *other == RecordType::CNAME)
        };
        if beside {
            return Err(EditError::BesideAlias { name: name_text(name) });
        }
        if data.len() > limits::RECORDS {
            return Err(EditError::TooMany { limit: limits::RECORDS });
        }
        if self.len() + data.len() > MAX_RECORDS {
            return Err(EditError::TooMany { limit: MAX_RECORDS });
        }
        Ok(())
    }
}

fn remove(names: &mut NameTree, name: &Name, kind: RecordType) -> Option<ZoneRrSet> {
    let sets = names.get_mut(name)?;
    let removed = sets.remove(&kind);
    if sets.is_empty() {
        names.remove(name);
    }
    removed
}
