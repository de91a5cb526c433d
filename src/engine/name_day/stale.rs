//! An address that changes at its authority, and for how long caches still give the old one.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use super::{AddressChange, StaleAnswers, StaleClient, counter::TimedAnswer, error::DayError};
use crate::{
    engine::name_lab::{LabName, address_set},
    lab::Lab,
    proto::dns::{
        Name, RData, RecordType,
        text::{name_from_text, name_text},
        zone::Zone,
    },
};

/// A change that is to come.
#[derive(Clone, Debug)]
pub(super) struct PlannedChange {
    pub(super) name: Name,
    /// Since the day began.
    pub(super) at: Duration,
    zone: Name,
    ttl: u32,
    old: Vec<IpAddr>,
    new: Ipv4Addr,
}

impl PlannedChange {
    /// Of one of the names that are looked up.
    pub(super) fn new(change: &AddressChange, lab: &Lab, names: &[LabName]) -> Result<Self, DayError> {
        let missing = || DayError::NoSuchName { name: change.name.clone().unwrap_or_default() };
        let found = match &change.name {
            None => names.first(),
            Some(text) => {
                let wanted = name_from_text(text.trim(), &Name::root()).map_err(|_no_name| missing())?;
                names.iter().find(|name| name.name == wanted)
            }
        };
        let found = found.ok_or_else(missing)?;
        let zone = zone_of(lab, &found.zone).ok_or_else(missing)?;
        let (_, set) = address_set(&zone, &found.name).ok_or_else(missing)?;
        Ok(Self {
            name: found.name.clone(),
            at: Duration::from_secs_f64(change.at_hour * 3_600.0),
            zone: found.zone.clone(),
            ttl: found.ttl,
            old: set.data().filter_map(RData::ip_addr).collect(),
            new: change.address,
        })
    }

    /// Changes the address at its authority.
    pub(super) fn carry_out(&self, lab: &Lab) -> Result<(), DayError> {
        let Some(mut zone) = zone_of(lab, &self.zone) else { return Ok(()) };
        zone.replace(&self.name, RecordType::A, self.ttl, vec![RData::A(self.new.into())])?;
        zone.advance_serial();
        lab.naming().put_zone(&zone, None);
        Ok(())
    }

    /// The answers clients got since the change, on a day that began at `begun`.
    pub(super) fn found(&self, told: &[TimedAnswer], begun: Duration) -> StaleAnswers {
        let since = |told: &TimedAnswer| told.at.saturating_sub(begun + self.at).as_secs_f64();
        let is_fresh = |told: &&TimedAnswer| told.addresses.contains(&self.new.into());
        let mut clients: BTreeMap<usize, StaleClient> = BTreeMap::new();
        for stale in told.iter().filter(|told| !is_fresh(told)) {
            let number = u32::try_from(stale.client + 1).unwrap_or(u32::MAX);
            let blank = StaleClient { client: number, answers: 0, last_seconds: 0.0 };
            let client = clients.entry(stale.client).or_insert(blank);
            client.answers += 1;
            client.last_seconds = client.last_seconds.max(since(stale));
        }
        let clients: Vec<StaleClient> = clients.into_values().collect();
        StaleAnswers {
            name: name_text(&self.name),
            old: self.old.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", "),
            new: self.new.to_string(),
            changed_seconds: self.at.as_secs_f64(),
            answers: clients.iter().map(|client| client.answers).sum(),
            last_seconds: clients.iter().map(|client| client.last_seconds).max_by(f64::total_cmp),
            first_fresh_seconds: told.iter().filter(is_fresh).map(since).min_by(f64::total_cmp),
            theory_seconds: self.ttl,
            clients,
        }
    }
}

/// A zone as it is served now.
fn zone_of(lab: &Lab, origin: &Name) -> Option<Zone> {
    lab.naming().servers().flat_map(|(_, server)| server.zones()).find(|zone| zone.origin() == origin)
}
