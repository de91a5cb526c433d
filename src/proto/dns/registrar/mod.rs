//! A registrar: it writes the name servers of a bought name into the zone above. The owner has to set up the rest; what is still missing is
//! found in `diagnose`.
//!
//! Source: RFC 1034 §4.2.1 and §4.2.2 (delegation, glue), RFC 9471 §3.1; letters of a name RFC 1123 §2.1.

use std::net::IpAddr;

use super::{
    Name, Record, RecordType,
    text::{address_record, name_text},
    zone::{EditError, Zone},
};

pub use self::diagnose::{RegistrationGap, ServerStatus, Surroundings, diagnose};

mod diagnose;

/// What is told to a registrar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The name to be had: `networkutopia.com.`
    pub domain: Name,
    /// Its name servers; addresses only of those below the name itself: only the parent zone can give them (glue).
    pub servers: Vec<(Name, Vec<IpAddr>)>,
}

/// What a registration changed in the zone above.
#[derive(Clone, Debug, PartialEq)]
pub struct RegistrationResult {
    /// The records that are in the zone above now.
    pub added: Vec<Record>,
    /// Those that were there before and are no longer.
    pub removed: Vec<Record>,
    /// The serial number of the zone above, moved on; `None` where it has no SOA record.
    pub serial: Option<u32>,
}

/// Why a registrar refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The name is not one label below the registry's zone.
    #[error("{domain} is not a name directly below {zone}")]
    NotBelow {
        /// The name.
        domain: String,
        /// The registry's zone.
        zone: String,
    },
    /// Something else than letters, digits and hyphens.
    #[error("{domain} has other characters than letters, digits and hyphens, or begins or ends with a hyphen")]
    Letters {
        /// The name.
        domain: String,
    },
    /// Somebody has it.
    #[error("{domain} is taken")]
    Taken {
        /// The name.
        domain: String,
    },
    /// Nobody has it.
    #[error("{domain} is not registered")]
    Free {
        /// The name.
        domain: String,
    },
    /// A name without servers leads nowhere.
    #[error("at least one name server has to be named")]
    NoServer,
    /// More servers than a registry takes.
    #[error("at most {limit} name servers are taken, and as many addresses of each")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// RFC 9471: without glue the servers cannot be found.
    #[error("{server} is below the name itself: without its address it cannot be found")]
    NoGlue {
        /// The server.
        server: String,
    },
    /// The registry's zone does not take the records.
    #[error(transparent)]
    Zone(#[from] EditError),
}

impl Registration {
    /// The records the zone above needs: an NS record for each server, and A or AAAA records for those below the name itself.
    pub fn records(&self) -> Vec<Record> {
        let server = |name: &Name| {
            let data = super::RData::NS(hickory_proto::rr::rdata::NS(name.clone()));
            Record::from_rdata(self.domain.clone(), TTL, data)
        };
        let glue = self.servers.iter().filter(|(name, _)| self.domain.zone_of(name));
        let glue = glue.flat_map(|(name, ips)| ips.iter().map(|ip| address_record(name, TTL, *ip)));
        self.servers.iter().map(|(name, _)| server(name)).chain(glue).collect()
    }

    /// Registers a name that is free: puts its records into the registry's zone and moves that zone's serial number on.
    ///
    /// # Errors
    /// The name is taken, is none the registry gives away, or its servers cannot be found. The zone is not changed then.
    pub fn register(&self, registry: &mut Zone) -> Result<RegistrationResult, RegistrationError> {
        self.check(registry)?;
        match registry.set(&self.domain, RecordType::NS) {
            Some(_) => Err(RegistrationError::Taken { domain: name_text(&self.domain) }),
            None => self.put(registry),
        }
    }

    /// Gives a registered name other servers, in the place of all it had.
    ///
    /// # Errors
    /// The name is not registered, or its servers cannot be found. The zone is not changed then.
    pub fn change(&self, registry: &mut Zone) -> Result<RegistrationResult, RegistrationError> {
        self.check(registry)?;
        match registry.set(&self.domain, RecordType::NS) {
            Some(_) => self.put(registry),
            None => Err(RegistrationError::Free { domain: name_text(&self.domain) }),
        }
    }

    fn put(&self, registry: &mut Zone) -> Result<RegistrationResult, RegistrationError> {
        let mut changed = registry.clone();
        let removed = clear(&mut changed, &self.domain);
        let added = self.records();
        for record in &added {
            changed.add(record.clone())?;
        }
        let serial = changed.advance_serial();
        *registry = changed;
        Ok(RegistrationResult { added, removed, serial })
    }

    fn check(&self, registry: &Zone) -> Result<(), RegistrationError> {
        let domain = || name_text(&self.domain);
        let labels = self.domain.iter().len();
        if !registry.contains(&self.domain) || labels != registry.origin().iter().len() + 1 {
            return Err(RegistrationError::NotBelow { domain: domain(), zone: name_text(registry.origin()) });
        }
        let label = self.domain.iter().next().unwrap_or_default();
        let plain = label.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
        if !plain || label.starts_with(b"-") || label.ends_with(b"-") {
            return Err(RegistrationError::Letters { domain: domain() });
        }
        if self.servers.is_empty() {
            return Err(RegistrationError::NoServer);
        }
        if self.servers.len() > MAX_SERVERS || self.servers.iter().any(|(_, ips)| ips.len() > MAX_SERVERS) {
            return Err(RegistrationError::TooMany { limit: MAX_SERVERS });
        }
        let lost = self.servers.iter().find(|(name, ips)| self.domain.zone_of(name) && ips.is_empty());
        lost.map_or(Ok(()), |(name, _)| Err(RegistrationError::NoGlue { server: name_text(name) }))
    }
}

/// Gives a name back: its records leave the registry's zone, whose serial number moves on.
///
/// # Errors
/// Nobody has it.
pub fn release(domain: &Name, registry: &mut Zone) -> Result<RegistrationResult, RegistrationError> {
    if registry.origin() == domain || registry.set(domain, RecordType::NS).is_none() {
        return Err(RegistrationError::Free { domain: name_text(domain) });
    }
    let removed = clear(registry, domain);
    Ok(RegistrationResult { added: Vec::new(), removed, serial: registry.advance_serial() })
}

/// Removes all of a name and below it.
fn clear(registry: &mut Zone, domain: &Name) -> Vec<Record> {
    let sets: Vec<(Name, RecordType)> = registry
        .sets()
        .filter(|(owner, ..)| domain.zone_of(owner))
        .map(|(owner, kind, _)| (owner.clone(), kind))
        .collect();
    sets.into_iter()
        .filter_map(|(owner, kind)| registry.remove(&owner, kind).map(|set| set.records(&owner)))
        .flatten()
        .collect()
}

/// Servers of a name, as most registries have it.
pub const MAX_SERVERS: usize = 13;

/// The TTL of a delegation from a top-level domain: two days.
const TTL: u32 = 172_800;

#[cfg(test)]
mod tests;
