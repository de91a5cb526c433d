//! What a zone has to say of a name and a type: the part of a server's algorithm that happens within one zone.
//! Source: RFC 1034 §4.3.2 step 3, wildcards RFC 4592 §3.3, DNAME RFC 6672 §3.2.

use std::{net::IpAddr, ops::Bound};

use super::{Name, NameTree, Place, Prefix, RecordType, Zone, ZoneRrSet};

/// A zone as an asker at one place is told it.
#[derive(Clone, Debug)]
pub struct ZoneView<'a> {
    zone: &'a Zone,
    /// The places the asker is in, the narrowest first.
    places: Vec<(Prefix, &'a Place)>,
}

/// What a zone has for a name and a type.
#[derive(Clone, Debug, PartialEq)]
pub enum ZoneLookup<'a> {
    /// The records asked for: one set, or for ANY all there are.
    Sets {
        /// The wildcard they were made from, where the name itself is not there.
        wildcard: Option<Name>,
        /// By type.
        sets: Vec<(RecordType, &'a ZoneRrSet)>,
    },
    /// The name is an alias.
    Alias {
        /// The wildcard it was made from.
        wildcard: Option<Name>,
        /// One CNAME record.
        set: &'a ZoneRrSet,
    },
    /// A name above is an alias with all that is below it.
    Dname {
        /// That name.
        owner: Name,
        /// One DNAME record.
        set: &'a ZoneRrSet,
    },
    /// The name is below a zone cut.
    Referral {
        /// The zone that begins there.
        cut: Name,
        /// Its name servers, as this zone has them.
        set: &'a ZoneRrSet,
    },
    /// The name is there, the type is not.
    NoData {
        /// The wildcard that stands for the name.
        wildcard: Option<Name>,
        /// The name has no records at all, only names below it (RFC 8499 §7, empty non-terminal).
        empty: bool,
    },
    /// The name is not there.
    NoName {
        /// The deepest name above it that is.
        closest: Name,
    },
}

impl Zone {
    /// The zone as a client at `asker` sees it; without the records for certain places where that is `None`.
    pub fn seen_from(&self, asker: Option<IpAddr>) -> ZoneView<'_> {
        let matching = |place| asker.and_then(|ip| Place::matching(place, ip)).map(|prefix| (prefix, place));
        let mut places: Vec<_> = self.places.iter().filter_map(matching).collect();
        places.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.bits()));
        ZoneView { zone: self, places }
    }
}

impl<'a> ZoneView<'a> {
    /// The records of `name` and `kind`, and the place they are for; occluded ones too.
    pub fn set(&self, name: &Name, kind: RecordType) -> Option<(&'a ZoneRrSet, Option<Prefix>)> {
        let here =
            self.places.iter().find_map(|(prefix, place)| Some((place.names.get(name)?.get(&kind)?, Some(*prefix))));
        here.or_else(|| self.zone.set(name, kind).map(|set| (set, None)))
    }

    /// All sets of `name`, by type.
    pub fn sets(&self, name: &Name) -> Vec<(RecordType, &'a ZoneRrSet)> {
        let mut kinds: Vec<RecordType> =
            self.layers().filter_map(|names| names.get(name)).flat_map(|sets| sets.keys().copied()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds.into_iter().filter_map(|kind| Some((kind, self.set(name, kind)?.0))).collect()
    }

    /// Does `name`, or a name below it, have records?
    pub fn exists(&self, name: &Name) -> bool {
        self.layers().any(|names| {
            let next = names.range((Bound::Included(name), Bound::Unbounded)).next();
            next.is_some_and(|(next, _)| name.zone_of(next))
        })
    }

    /// What there is for `name` and `kind`. `name` has to be in the zone; of one that is not, nothing is found.
    pub fn find(&self, name: &Name, kind: RecordType) -> ZoneLookup<'a> {
        let apex = self.zone.origin.iter().len();
        let whole = name.iter().len();
        let mut closest = self.zone.origin.clone();
        for labels in apex..=whole {
            let node = name.trim_to(labels);
            // The apex is there even where it has no records.
            if labels > apex && !self.exists(&node) {
                return self.wildcard(kind, closest);
            }
            if labels > apex
                && !(labels == whole && kind == RecordType::DS)
                && let Some((set, _)) = self.set(&node, RecordType::NS)
            {
                return ZoneLookup::Referral { cut: node, set };
            }
            if labels < whole
                && let Some((set, _)) = self.set(&node, RecordType::DNAME)
            {
                return ZoneLookup::Dname { owner: node, set };
            }
            closest = node;
        }
        self.at(name, kind, None)
    }

    /// The name is not there: perhaps a wildcard stands for it (RFC 4592 §3.3.1).
    fn wildcard(&self, kind: RecordType, closest: Name) -> ZoneLookup<'a> {
        match closest.prepend_label("*") {
            Ok(wildcard) if self.exists(&wildcard) => self.at(&wildcard, kind, Some(&wildcard)),
            // A name too long for a star in front has none below it.
            _ => ZoneLookup::NoName { closest },
        }
    }

    /// What the node `name` has.
    fn at(&self, name: &Name, kind: RecordType, wildcard: Option<&Name>) -> ZoneLookup<'a> {
        let wildcard = wildcard.cloned();
        if kind == RecordType::ANY {
            let sets = self.sets(name);
            if sets.is_empty() {
                ZoneLookup::NoData { wildcard, empty: true }
            } else {
                ZoneLookup::Sets { wildcard, sets }
            }
        } else if let Some((set, _)) = self.set(name, kind) {
            ZoneLookup::Sets { wildcard, sets: vec![(kind, set)] }
        } else if let Some((set, _)) = self.set(name, RecordType::CNAME) {
            ZoneLookup::Alias { wildcard, set }
        } else {
            ZoneLookup::NoData { wildcard, empty: self.sets(name).is_empty() }
        }
    }

    fn layers(&self) -> impl Iterator<Item = &'a NameTree> {
        let places = self.places.iter().map(|(_, place)| &place.names);
        places.chain(std::iter::once(&self.zone.names))
    }
}
