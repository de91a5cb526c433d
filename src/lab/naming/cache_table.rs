//! What a local name server remembers from one run of the lab to the next: its cache, as rows of its own table in the store.
//!
//! The clock of a run begins at zero, a TTL ends at a date: each entry stands in the table with the date it is forgotten at.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::NameServer;
use crate::{
    lab::tables::{LabStore, ServerTables},
    net::Clock,
    proto::dns::{
        Name, Record, RecordType,
        cache::{CacheKey, CachedData, CachedSet, Credibility, RestoredEntry},
        text::{name_from_text, name_text, record_from_line, record_line, type_from_text, type_name},
    },
    store::{Date, Error, Migration, Owner, Revision, TablesMut, sql::params},
};

/// The table's name.
pub const CACHE_TABLE: &str = "cache";

/// How the table came to be.
const MIGRATIONS: &[Migration] = &[Migration {
    why: "The cache's table begins.",
    sql: "CREATE TABLE cache (
        name TEXT NOT NULL,
        type TEXT NOT NULL,
        records TEXT NOT NULL,
        ttl_seconds INTEGER NOT NULL,
        forgotten_at INTEGER NOT NULL,
        credibility TEXT NOT NULL,
        learned_from TEXT NOT NULL,
        came_with TEXT NOT NULL,
        PRIMARY KEY (name, type)
    ) STRICT;",
}];

/// The type under which the table has that there is no such name.
const NO_NAME: &str = "(no such name)";

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct CacheRow {
    /// In zone files' notation, a record a line; of a negative answer the zone's SOA record.
    records: String,
    ttl: u32,
    /// In nanoseconds since 1970.
    forgotten_at: i64,
    credibility: String,
    learned_from: String,
    /// The keys of the sets that came with it, `name type` each: those of the authority section, `|`, those of the additional one.
    came_with: String,
}

/// Name and type.
type RowKey = (String, String);
type CacheRows = BTreeMap<RowKey, CacheRow>;

/// An entry of the cache that may be new, and its row.
#[derive(Debug)]
struct ChangedRow {
    at: RowKey,
    row: CacheRow,
    key: CacheKey,
    serial: u64,
}

/// The memory of one local name server in the store.
#[derive(Debug)]
pub(in crate::lab) struct RememberedCache {
    tables: ServerTables,
    clock: Clock,
    known: Mutex<KnownRows>,
}

/// What the table holds as far as this lab knows.
#[derive(Debug, Default)]
struct KnownRows {
    /// As of which revision.
    revision: Revision,
    /// The date at which the lab's clock stood at zero then, in nanoseconds since 1970.
    epoch: i64,
    rows: CacheRows,
    /// Which entry of the cache each row was written from, by the entry's serial number.
    written: HashMap<CacheKey, u64>,
    /// Rows that were read since: what stands in them may be gone from the cache already.
    unwritten: BTreeSet<RowKey>,
}

impl RememberedCache {
    /// The memory of `server`, where the lab's store is a live one: else nothing outlasts the lab.
    pub(in crate::lab) fn of(server: &NameServer, store: &LabStore, clock: &Clock) -> Option<Self> {
        if !store.is_live() {
            return None;
        }
        let (name, title) = (server.name().to_ascii_lowercase(), "The local name server's cache".to_owned());
        let tables = store.tables(Owner::named(name, title, MIGRATIONS), clock);
        Some(Self { tables, clock: clock.clone(), known: Mutex::default() })
    }

    /// Takes over into the server's cache what the table holds and the cache does not, if the store has changed since the last time. Where
    /// the date has been moved, what is forgotten by the new date goes from the cache.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(in crate::lab) fn recall(&self, server: &NameServer) -> Result<(), Error> {
        let epoch = self.epoch();
        let mut known = self.known();
        if known.epoch != epoch && known.epoch != 0 {
            self.write(server, &mut known)?;
            server.resolver().memory().cache.flush();
            *known = KnownRows::default();
        }
        let revision = self.tables.revision()?;
        if known.epoch == epoch && known.revision == revision {
            return Ok(());
        }
        let rows = self.rows()?;
        if rows != known.rows {
            let now = self.clock.now();
            let mut memory = server.resolver().memory();
            for (key, row) in rows.iter().filter(|(key, row)| known.rows.get(*key) != Some(row)) {
                if let Some((key, remembered)) = row.remembered(key, epoch) {
                    memory.cache.restore(&key, remembered, now);
                }
            }
            let gone = known.rows.keys().filter(|key| !rows.contains_key(*key));
            for key in gone.filter_map(key_of) {
                memory.cache.forget(&key);
            }
        }
        let unwritten = rows.keys().cloned().collect();
        *known = KnownRows { revision, epoch, rows, written: HashMap::new(), unwritten };
        Ok(())
    }

    /// Writes down what the server's cache holds now, where it differs from what the table holds.
    ///
    /// # Errors
    /// The store cannot be written.
    pub(in crate::lab) fn write_down(&self, server: &NameServer) -> Result<(), Error> {
        self.write(server, &mut self.known())
    }

    /// Dates are given as if the date had not been moved since rows were last read.
    fn write(&self, server: &NameServer, known: &mut KnownRows) -> Result<(), Error> {
        let (changed, gone) = self.differences(server, known);
        let new: Vec<&ChangedRow> = changed.iter().filter(|one| known.rows.get(&one.at) != Some(&one.row)).collect();
        if !new.is_empty() || !gone.is_empty() {
            let ((), revision) = self.tables.revise(None, "The local name server has looked names up.", |tables| {
                new.iter().try_for_each(|one| put(tables, one))?;
                gone.iter().try_for_each(|(name, kind)| {
                    tables.execute("DELETE FROM cache WHERE name = ?1 AND type = ?2", params![name, kind]).map(drop)
                })
            })?;
            // Nobody else has changed anything in between: what is known is what the table holds.
            if known.revision.0.checked_add(1) == Some(revision.0) {
                known.revision = revision;
            }
        }
        for at in gone {
            if let Some(key) = key_of(&at) {
                known.written.remove(&key);
            }
            known.rows.remove(&at);
        }
        for ChangedRow { at, row, key, serial } in changed {
            known.rows.insert(at, row);
            known.written.insert(key, serial);
        }
        known.unwritten.clear();
        Ok(())
    }

    /// What the cache holds that may be new since it was last written down, and the rows of what it holds no longer. What has not changed is
    /// only counted: a cache may hold a hundred thousand entries, and nobody is answered meanwhile.
    fn differences(&self, server: &NameServer, known: &KnownRows) -> (Vec<ChangedRow>, Vec<RowKey>) {
        let (now, epoch) = (self.clock.now(), known.epoch);
        let memory = server.resolver().memory();
        let entries = memory.cache.iter(now).filter(|(_, entry)| !matches!(entry.held, CachedData::Failed));
        let new = entries.filter(|(key, entry)| known.written.get(*key) != Some(&entry.serial()));
        let changed = new.map(|(key, entry)| ChangedRow {
            at: row_key(key),
            row: CacheRow::of(key, entry, epoch),
            key: key.clone(),
            serial: entry.serial(),
        });
        let is_held =
            |key: &CacheKey| memory.cache.get(key, now).is_some_and(|entry| !matches!(entry.held, CachedData::Failed));
        let forgotten = known.written.keys().filter(|key| !is_held(key)).map(row_key);
        let strange = known.unwritten.iter().filter(|at| key_of(at).is_none_or(|key| !is_held(&key))).cloned();
        let gone: BTreeSet<RowKey> = forgotten.chain(strange).collect();
        (changed.collect(), gone.into_iter().collect())
    }

    fn known(&self) -> MutexGuard<'_, KnownRows> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rows(&self) -> Result<CacheRows, Error> {
        let columns = "name, type, records, ttl_seconds, forgotten_at, credibility, learned_from, came_with";
        let rows = self.tables.read(|tables| {
            tables.query(&format!("SELECT {columns} FROM cache"), [], |row| {
                let key = (row.get(0)?, row.get(1)?);
                let (records, ttl, forgotten_at) = (row.get(2)?, row.get(3)?, row.get(4)?);
                let (credibility, learned_from, came_with) = (row.get(5)?, row.get(6)?, row.get(7)?);
                Ok((key, CacheRow { records, ttl, forgotten_at, credibility, learned_from, came_with }))
            })
        })?;
        Ok(rows.into_iter().collect())
    }

    /// The date at which the run's clock stood at zero, in nanoseconds since 1970.
    fn epoch(&self) -> i64 {
        let date = Date::try_from(self.clock.date()).unwrap_or(Date::LATEST);
        date.unix_nanos().saturating_sub(nanos(self.clock.now()))
    }
}

impl CacheRow {
    fn of(key: &CacheKey, entry: &CachedSet, epoch: i64) -> Self {
        let record = |data| record_line(&Record::from_rdata(key.name.clone(), entry.ttl, data));
        let records: Vec<String> = match &entry.held {
            CachedData::Records(data) => data.iter().cloned().map(record).collect(),
            CachedData::Nothing(soa) => soa.iter().map(|soa| record_line(soa)).collect(),
            CachedData::Failed => Vec::new(),
        };
        let keys = |keys: &[CacheKey]| {
            let keys = keys.iter().map(|key| format!("{} {}", name_text(&key.name), type_name(key.kind)));
            keys.collect::<Vec<_>>().join(", ")
        };
        let [authority, additional] = entry.with();
        Self {
            records: records.join("\n"),
            ttl: entry.ttl,
            forgotten_at: epoch.saturating_add(nanos(entry.until)),
            credibility: format!("{}{}", credibility(entry.trust), if is_negative(entry) { NEGATIVE } else { "" }),
            learned_from: entry.from.to_string(),
            came_with: if authority.is_empty() && additional.is_empty() {
                String::new()
            } else {
                format!("{}|{}", keys(authority), keys(additional))
            },
        }
    }

    /// The row as the cache holds it; `None` where it cannot be read, or was forgotten before the clock began.
    fn remembered(&self, key: &(String, String), epoch: i64) -> Option<(CacheKey, RestoredEntry)> {
        let key = key_of(key)?;
        let until = u64::try_from(self.forgotten_at.checked_sub(epoch)?).ok()?;
        let records = self.records.lines().map(|line| record_from_line(line).ok()).collect::<Option<Vec<Record>>>()?;
        let (trust, negative) = match self.credibility.strip_suffix(NEGATIVE) {
            Some(trust) => (trust, true),
            None => (self.credibility.as_str(), false),
        };
        let held = if negative {
            CachedData::Nothing(records.into_iter().next().map(Box::new))
        } else {
            CachedData::Records(records.into_iter().map(|record| record.data).collect())
        };
        let (authority, additional) = self.came_with.split_once('|').unwrap_or_default();
        Some((
            key,
            RestoredEntry {
                held,
                ttl: self.ttl,
                until: Duration::from_nanos(until),
                trust: trust_of(trust)?,
                from: Arc::from(self.learned_from.as_str()),
                with: [keys_of(authority), keys_of(additional)],
            },
        ))
    }
}

/// Marks a negative entry.
const NEGATIVE: &str = ", negative";

fn is_negative(entry: &CachedSet) -> bool {
    matches!(entry.held, CachedData::Nothing(_))
}

fn row_key(key: &CacheKey) -> (String, String) {
    let kind = if key.kind == CacheKey::NO_NAME { NO_NAME.to_owned() } else { type_name(key.kind) };
    (name_text(&key.name.to_lowercase()), kind)
}

fn put(tables: &TablesMut<'_>, ChangedRow { at: (name, kind), row, .. }: &ChangedRow) -> Result<(), Error> {
    let done = tables.execute(
        "INSERT INTO cache (name, type, records, ttl_seconds, forgotten_at, credibility, learned_from, came_with)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (name, type) DO UPDATE SET records = excluded.records, ttl_seconds = excluded.ttl_seconds,
             forgotten_at = excluded.forgotten_at, credibility = excluded.credibility,
             learned_from = excluded.learned_from, came_with = excluded.came_with",
        params![name, kind, row.records, row.ttl, row.forgotten_at, row.credibility, row.learned_from, row.came_with],
    );
    done.map(drop)
}

fn key_of((name, kind): &(String, String)) -> Option<CacheKey> {
    let kind = if kind == NO_NAME { CacheKey::NO_NAME } else { type_from_text(kind)? };
    Some(CacheKey { name: name_from_text(name, &Name::root()).ok()?, kind })
}

fn keys_of(text: &str) -> Vec<CacheKey> {
    let key = |text: &str| {
        let (name, kind): (&str, &str) = text.rsplit_once(' ')?;
        let kind: RecordType = type_from_text(kind)?;
        Some(CacheKey { name: name_from_text(name, &Name::root()).ok()?, kind })
    };
    text.split(", ").filter_map(key).collect()
}

/// Credibility in the words of RFC 2181 §5.4.1.
const CREDIBILITY: [(Credibility, &str); 6] = [
    (Credibility::Hint, "hint"),
    (Credibility::Additional, "additional"),
    (Credibility::Referral, "referral"),
    (Credibility::Answer, "answer"),
    (Credibility::AuthorityOfZone, "authority, authoritative"),
    (Credibility::AnswerOfZone, "answer, authoritative"),
];

fn credibility(trust: Credibility) -> &'static str {
    CREDIBILITY.iter().find(|(known, _)| *known == trust).map_or("", |(_, words)| words)
}

fn trust_of(words: &str) -> Option<Credibility> {
    CREDIBILITY.iter().find(|(_, known)| *known == words).map(|(trust, _)| *trust)
}

fn nanos(span: Duration) -> i64 {
    i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)
}
