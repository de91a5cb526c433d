//! Names that clients look up, and how popular each is.

use std::collections::{BTreeMap, BTreeSet};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use crate::{
    lab::Lab,
    proto::dns::{
        Name, RData, RecordType,
        text::{name_from_text, name_text},
        zone::{Zone, ZoneLookup, ZoneRrSet},
    },
    sim::names::zipf,
};

/// A name with an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct LabName {
    pub(in crate::engine) name: Name,
    /// How long its address may be kept, in seconds.
    pub(in crate::engine) ttl: u32,
    /// The zone that has it.
    pub(in crate::engine) zone: Name,
}

/// All names of the lab's zones that have an address, the same for all, and are no name server's, in an order drawn by `seed`.
pub(in crate::engine) fn names_of_lab(lab: &Lab, seed: u64) -> Vec<LabName> {
    let zones: BTreeMap<Name, Zone> = lab
        .naming()
        .servers()
        .flat_map(|(_, server)| server.zones())
        .map(|zone| (zone.origin().clone(), zone))
        .collect();
    let servers: BTreeSet<Name> =
        zones.values().flat_map(Zone::sets).flat_map(|(_, _, set)| set.data()).filter_map(server).collect();
    let mut names: BTreeMap<String, LabName> = BTreeMap::new();
    for zone in zones.values() {
        for (name, kind, set) in zone.sets() {
            let text = name_text(name);
            let is_server = servers.contains(name) || lab.naming().server(&text).is_some();
            let differs_by_place = zone.places().iter().any(|place| place.has(name, RecordType::A));
            let is_below_cut = zone.cuts().any(|(cut, _)| cut.zone_of(name));
            if kind == RecordType::A && !name.is_wildcard() && !is_server && !is_below_cut && !differs_by_place {
                names.insert(text, LabName { name: name.clone(), ttl: set.ttl(), zone: zone.origin().clone() });
            }
        }
    }
    let mut names: Vec<LabName> = names.into_values().collect();
    let mut draws = StdRng::seed_from_u64(seed);
    for place in (1..names.len()).rev() {
        names.swap(place, draws.random_range(0..=place));
    }
    names
}

/// So many names below the wildcards of `names.lab`, a class of TTL after the other.
pub(in crate::engine) fn names_below(lab: &Lab, count: u32) -> Vec<LabName> {
    let zone = lab
        .naming()
        .servers()
        .flat_map(|(_, server)| server.zones())
        .find(|zone| name_text(zone.origin()) == ANY_NAMES);
    let Some(zone) = zone else { return Vec::new() };
    let mut classes: Vec<(Name, u32)> = zone
        .sets()
        .filter(|(name, kind, _)| *kind == RecordType::A && name.is_wildcard())
        .map(|(name, _, set)| (name.base_name(), set.ttl()))
        .collect();
    classes.sort_by_key(|(_, ttl)| *ttl);
    let name = |(number, (class, ttl)): (u32, &(Name, u32))| {
        let name = name_from_text(&format!("n{number}"), class).ok()?;
        Some(LabName { name, ttl: *ttl, zone: zone.origin().clone() })
    };
    (1..=count).zip(classes.iter().cycle()).filter_map(name).collect()
}

/// The owner of the records that a zone has for the address of a name: the name itself or a wildcard; and these records.
pub(in crate::engine) fn address_set<'a>(zone: &'a Zone, name: &Name) -> Option<(Name, &'a ZoneRrSet)> {
    let ZoneLookup::Sets { wildcard, sets } = zone.seen_from(None).find(name, RecordType::A) else { return None };
    let (_, set) = sets.into_iter().next()?;
    Some((wildcard.unwrap_or_else(|| name.clone()), set))
}

/// The zone that has any number of names.
const ANY_NAMES: &str = "names.lab.";

fn server(data: &RData) -> Option<Name> {
    match data {
        RData::NS(name) => Some(name.0.clone()),
        _ => None,
    }
}

/// Which of so many names a client looks up: a random choice, the first name the likeliest.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Popularity {
    shares: Vec<f64>,
    up_to: Vec<f64>,
}

impl Popularity {
    /// Of `names` things, the i-th in proportion to 1/i^α.
    pub(in crate::engine) fn new(names: usize, alpha: f64) -> Self {
        let shares = zipf(names, alpha);
        let mut sum = 0.0;
        let mut add = |share: &f64| {
            sum += share;
            sum
        };
        let up_to = shares.iter().map(&mut add).collect();
        Self { shares, up_to }
    }

    /// How likely each is.
    pub(in crate::engine) fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// One of them, by its place.
    pub(in crate::engine) fn draw(&self, draws: &mut StdRng) -> usize {
        let at: f64 = draws.random();
        self.up_to.partition_point(|up_to| *up_to <= at).min(self.up_to.len().saturating_sub(1))
    }
}
