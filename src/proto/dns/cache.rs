//! What a resolver remembers: sets of records and negative answers, each until its TTL runs out, the more credible over the less.
//!
//! Source: RFC 1034 §5.3.3, RFC 2181 §5.4.1 (credibility), RFC 2308 §5 (negative answers), RFC 8020 (nothing below a name that is
//! not there), RFC 9520 (failures).

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{
    Name, RData, Record, RecordType, limits,
    rrset::{RrSet, upwards},
};

/// How much a set is believed, least first (RFC 2181 §5.4.1). A set gives way to one that is believed as much, or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Credibility {
    /// Built in: the root's servers as they once were.
    Hint,
    /// From the additional section: good for reaching a server, never an answer.
    Additional,
    /// From a referral: the parent zone's NS records of the child.
    Referral,
    /// From the answer section of a server that does not serve the zone.
    Answer,
    /// From the authority section of a server that does.
    AuthorityOfZone,
    /// From the answer section of a server that does.
    AnswerOfZone,
}

/// A name and a type; of a name that is not there the type is [`CacheKey::NO_NAME`], which no question and no record can have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CacheKey {
    /// Compared without regard to case.
    pub name: Name,
    /// The type.
    pub kind: RecordType,
}

impl CacheKey {
    /// Stands for all types of a name that is not there. Type 0 is reserved (RFC 6895 §3.1): nothing else is kept under it.
    pub const NO_NAME: RecordType = RecordType::ZERO;

    /// Of this name and type.
    pub fn new(name: &Name, kind: RecordType) -> Self {
        Self { name: name.clone(), kind }
    }
}

/// What is remembered of a [`CacheKey`].
#[derive(Clone, Debug, PartialEq)]
pub enum CachedData {
    /// Its records.
    Records(Vec<RData>),
    /// There is no such type, or (under [`CacheKey::NO_NAME`]) no such name; the zone's SOA said so.
    Nothing(Option<Box<Record>>),
    /// It could not be found out.
    Failed,
}

/// One thing remembered.
#[derive(Clone, Debug, PartialEq)]
pub struct CachedSet {
    /// The records, or what is known instead.
    pub held: CachedData,
    /// Seconds it was to be kept when it came.
    pub ttl: u32,
    /// Until when it is kept, on the world's clock.
    pub until: Duration,
    /// How much it is believed.
    pub trust: Credibility,
    /// Who told it, by name.
    pub from: Arc<str>,
    /// Which sets came in the same message's authority and additional sections.
    with: Option<Box<[Vec<CacheKey>; 2]>>,
    serial: u64,
}

impl CachedSet {
    /// Another for each entry that is remembered: one that replaces another has a greater one.
    pub fn serial(&self) -> u64 {
        self.serial
    }

    /// Seconds left, a begun one counted.
    pub fn left(&self, now: Duration) -> u32 {
        let left = self.until.saturating_sub(now);
        let begun = u64::from(left.subsec_nanos() > 0);
        u32::try_from(left.as_secs().saturating_add(begun)).unwrap_or(u32::MAX)
    }

    /// The records, TTLs counted down.
    pub fn records(&self, key: &CacheKey, now: Duration) -> Vec<Record> {
        let CachedData::Records(data) = &self.held else { return Vec::new() };
        let left = self.left(now);
        data.iter().map(|data| Record::from_rdata(key.name.clone(), left, data.clone())).collect()
    }

    /// Keys of the sets that came in the same message's authority and additional sections.
    pub fn with(&self) -> [&[CacheKey]; 2] {
        self.with.as_deref().map_or([&[], &[]], |[authority, additional]| [authority, additional])
    }
}

/// Entries a cache holds unless told otherwise.
pub const CAPACITY: usize = 100_000;

/// A cache of bounded size: when it is full, what would be forgotten soonest goes first.
#[derive(Clone, Debug)]
pub struct Cache {
    /// Both behind pointers: a table that grows takes its slots twice over.
    entries: HashMap<Arc<CacheKey>, Box<CachedSet>>,
    /// What is forgotten when.
    ends: BTreeMap<(Duration, u64), Arc<CacheKey>>,
    capacity: usize,
    serial: u64,
}

impl Default for Cache {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

/// What is to be remembered.
#[derive(Clone, Debug)]
pub struct NewEntry<'a> {
    /// How much it is believed.
    pub trust: Credibility,
    /// Who told it.
    pub from: &'a Arc<str>,
    /// When it came, on the world's clock.
    pub now: Duration,
    /// Not longer than this.
    pub at_most_until: Duration,
}

/// An entry as it was remembered elsewhere.
#[derive(Clone, Debug)]
pub struct RestoredEntry {
    /// The records, or what is known instead.
    pub held: CachedData,
    /// Seconds it was to be kept when it came.
    pub ttl: u32,
    /// Until when it is kept, on the world's clock.
    pub until: Duration,
    /// How much it is believed.
    pub trust: Credibility,
    /// Who told it, by name.
    pub from: Arc<str>,
    /// Which sets came in the same message's authority and additional sections.
    pub with: [Vec<CacheKey>; 2],
}

impl Cache {
    /// An empty cache of at most so many entries.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { entries: HashMap::new(), ends: BTreeMap::new(), capacity: capacity.max(1), serial: 0 }
    }

    /// How many entries there are, those that have run out and not been met since included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Is there nothing?
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Everything that has not run out, in no particular order.
    pub fn iter(&self, now: Duration) -> impl Iterator<Item = (&CacheKey, &CachedSet)> {
        let entries = self.entries.iter().map(|(key, entry)| (key.as_ref(), entry.as_ref()));
        entries.filter(move |(_, entry)| entry.until > now)
    }

    /// What is known of a name and type.
    pub fn get(&self, key: &CacheKey, now: Duration) -> Option<&CachedSet> {
        self.entries.get(key).map(Box::as_ref).filter(|entry| entry.until > now)
    }

    /// The records of a name and type, believed at least so much.
    pub fn set(
        &self,
        name: &Name,
        kind: RecordType,
        least: Credibility,
        now: Duration,
    ) -> Option<(&[RData], &CachedSet)> {
        let entry = self.get(&CacheKey::new(name, kind), now).filter(|entry| entry.trust >= least)?;
        match &entry.held {
            CachedData::Records(data) => Some((data, entry)),
            CachedData::Nothing(_) | CachedData::Failed => None,
        }
    }

    /// What says that there is no such name: of itself, or of a name above it (RFC 8020).
    pub fn no_name(&self, name: &Name, now: Duration) -> Option<(Name, &CachedSet)> {
        upwards(name).find_map(|name| {
            let key = CacheKey { name, kind: CacheKey::NO_NAME };
            let entry = self.get(&key, now)?;
            matches!(entry.held, CachedData::Nothing(_)).then_some((key.name, entry))
        })
    }

    /// Remembers a set; false when what is known is more credible and stays.
    pub fn insert(&mut self, set: &RrSet, new: &NewEntry<'_>) -> bool {
        let ttl = set.ttl.min(seconds(limits::TTL));
        set.kind != CacheKey::NO_NAME
            && self.put(CacheKey::new(&set.name, set.kind), CachedData::Records(set.data.clone()), ttl, new)
    }

    /// Remembers that there is no such name. Without an SOA it is not kept (RFC 2308 §5).
    pub fn insert_no_name(&mut self, name: &Name, soa: Option<&Record>, new: &NewEntry<'_>) -> bool {
        self.deny(CacheKey::new(name, CacheKey::NO_NAME), soa, new)
    }

    /// Remembers that there is no such type. Without an SOA it is not kept (RFC 2308 §5).
    pub fn insert_nothing(&mut self, key: CacheKey, soa: Option<&Record>, new: &NewEntry<'_>) -> bool {
        key.kind != CacheKey::NO_NAME && self.deny(key, soa, new)
    }

    fn deny(&mut self, key: CacheKey, soa: Option<&Record>, new: &NewEntry<'_>) -> bool {
        let Some((record, RData::SOA(data))) = soa.map(|record| (record, &record.data)) else { return false };
        let ttl = record.ttl.min(data.minimum).min(seconds(limits::NEGATIVE_TTL));
        let soa = Record::from_rdata(record.name.clone(), ttl, record.data.clone());
        self.put(key, CachedData::Nothing(Some(Box::new(soa))), ttl, new)
    }

    /// Remembers for a moment that something could not be found out (RFC 9520).
    pub fn insert_failed(&mut self, key: CacheKey, new: &NewEntry<'_>) {
        if key.kind != CacheKey::NO_NAME && self.get(&key, new.now).is_none() {
            self.put(key, CachedData::Failed, seconds(limits::FAILURE_TTL), new);
        }
    }

    /// Takes an entry back that was remembered elsewhere, in the place of any other; false where it has run out.
    pub fn restore(&mut self, key: &CacheKey, remembered: RestoredEntry, now: Duration) -> bool {
        let RestoredEntry { held, ttl, until, trust, from, with } = remembered;
        self.forget(key);
        if until <= now {
            return false;
        }
        let new = NewEntry { trust, from: &from, now, at_most_until: until };
        self.keep(key.clone(), held, ttl, until, &new);
        self.came_with(key, with);
        true
    }

    /// Tells which sets came with the one of `key`.
    pub fn came_with(&mut self, key: &CacheKey, with: [Vec<CacheKey>; 2]) {
        if let Some(entry) = self.entries.get_mut(key)
            && with.iter().any(|keys| !keys.is_empty())
        {
            entry.with = Some(Box::new(with));
        }
    }

    /// Forgets one entry.
    pub fn forget(&mut self, key: &CacheKey) -> bool {
        let gone = self.entries.remove(key);
        gone.is_some_and(|entry| self.ends.remove(&(entry.until, entry.serial)).is_some())
    }

    /// Forgets everything.
    pub fn flush(&mut self) {
        self.entries.clear();
        self.ends.clear();
    }

    fn put(&mut self, key: CacheKey, held: CachedData, ttl: u32, new: &NewEntry<'_>) -> bool {
        let known = self.get(&key, new.now);
        if known.is_some_and(|known| known.trust > new.trust && !matches!(known.held, CachedData::Failed)) {
            return false;
        }
        let mut until = new.now.saturating_add(Duration::from_secs(u64::from(ttl))).min(new.at_most_until);
        // A zone cannot lengthen its own delegation: else a name that was taken away lives on (“ghost domain names”).
        if let Some(known) = known
            && key.kind == RecordType::NS
            && new.trust > Credibility::Referral
        {
            until = until.min(known.until);
        }
        self.forget(&key);
        if until > new.now {
            self.keep(key, held, ttl, until, new);
        }
        true
    }

    fn keep(&mut self, key: CacheKey, held: CachedData, ttl: u32, until: Duration, new: &NewEntry<'_>) {
        self.make_room(new.now);
        self.serial += 1;
        let serial = self.serial;
        let key = Arc::new(key);
        self.ends.insert((until, serial), Arc::clone(&key));
        let entry = CachedSet { held, ttl, until, trust: new.trust, from: Arc::clone(new.from), with: None, serial };
        self.entries.insert(key, Box::new(entry));
    }

    fn make_room(&mut self, now: Duration) {
        while let Some(first) = self.ends.first_entry() {
            let has_run_out = first.key().0 <= now;
            if !has_run_out && self.entries.len() < self.capacity {
                break;
            }
            let key = first.remove();
            self.entries.remove(&key);
        }
    }
}

fn seconds(span: Duration) -> u32 {
    u32::try_from(span.as_secs()).unwrap_or(u32::MAX)
}
