//! The history: which rows were changed, when, by what and why, and what they were before and after.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    ops::RangeInclusive,
    sync::Arc,
};

use rusqlite::{Connection, OptionalExtension as _, Params, params};
use serde::{Deserialize, Serialize};

use super::{
    Date, Digest, Error, OwnerInfo, Revision, Store, TableInfo, Value,
    capture::{self, TableShape, select_shapes},
    limits,
    value::{ExactValue, key_text},
};

/// One row that was changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowChange {
    /// Grows from entry to entry, within a revision too.
    pub id: ChangeId,
    /// The state of the store it belongs to: all changes made together have one.
    pub revision: Revision,
    /// When, in the world's time.
    pub date: Date,
    /// The run it happened in, if any.
    pub run: Option<u64>,
    /// The flow within the run that caused it, if any.
    pub flow: Option<u64>,
    /// Why, a sentence.
    pub why: String,
    /// Whose table.
    pub owner: String,
    /// Which table, as its owner names it.
    pub table: String,
    /// The row's key: one value for each of the primary key's columns.
    pub key: Vec<Value>,
    /// The table's columns, as they were then.
    pub columns: Arc<[String]>,
    /// The row before, a value for each column; `None` when it was inserted.
    pub before: Option<Vec<Value>>,
    /// The row after; `None` when it was deleted.
    pub after: Option<Vec<Value>>,
}

/// Place of an entry in the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeId(pub u64);

/// Which entries of the history are asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum ChangesOf<'a> {
    /// Those of one row, by its owner, its table and its key.
    Row(&'a str, &'a str, &'a [Value]),
    /// Those of one table, by its owner and its name.
    Table(&'a str, &'a str),
    /// Those of all of an owner's tables.
    Owner(&'a str),
    /// Those of some revisions, both ends included.
    Revisions(RangeInclusive<Revision>),
    /// Those of a run.
    Run(u64),
    /// Those of a flow: its run, `None` where it belongs to none, and its number.
    Flow(Option<u64>, u64),
}

/// Which part of the entries that are asked for, in the order in which they came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// Only those after this one; the beginning is `ChangeId(0)`.
    pub after: ChangeId,
    /// At most so many, and never more than [`MAX_CHANGES_AT_ONCE`].
    pub at_most: usize,
}

/// The most entries one question gives.
pub const MAX_CHANGES_AT_ONCE: usize = 10_000;

impl Default for HistoryPage {
    /// From the beginning, as many as one question gives.
    fn default() -> Self {
        Self { after: ChangeId(0), at_most: MAX_CHANGES_AT_ONCE }
    }
}

/// How far the history reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryExtent {
    /// The newest revision.
    pub newest: Revision,
    /// States before this revision are not known any more; 0 when nothing was cut yet.
    pub complete_from: Revision,
    /// The date of the oldest entry; `None` when there is none.
    pub oldest: Option<Date>,
    /// The latest date of any entry; `None` when there is none.
    pub latest: Option<Date>,
    /// How many entries there are.
    pub changes: u64,
    /// Their octets, large values included.
    pub octets: u64,
}

impl Store {
    /// Entries of the history, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn changes(&self, which: &ChangesOf<'_>, page: HistoryPage) -> Result<Vec<RowChange>, Error> {
        self.inner.reading(|database| {
            let connection = database.connection();
            database.noted(entries(connection, which, page))
        })
    }

    /// The change that made a row what it is now. `None` when there is no such row now, or when the change was cut from the history.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn writer_of(&self, owner: &str, table: &str, key: &[Value]) -> Result<Option<RowChange>, Error> {
        let newest = format!(
            "{ENTRY} WHERE change.id = (SELECT max(id) FROM \"store/change\" WHERE key = ?3 AND shape IN \
             (SELECT id FROM \"store/shape\" WHERE owner = ?1 AND name = ?2)) AND change.after IS NOT NULL"
        );
        let table = table.to_ascii_lowercase();
        self.inner.reading(|database| {
            let found = read(database.connection(), &newest, params![owner, table, key_text(key)]);
            Ok(database.noted(found)?.pop())
        })
    }

    /// How far the history reaches.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn extent(&self) -> Result<HistoryExtent, Error> {
        self.inner.reading(|database| {
            let connection = database.connection();
            let limits::HistoryState { revision, complete_from, changes, octets, .. } = limits::state(connection)?;
            let mut statement = connection.prepare_cached("SELECT date FROM \"store/cause\" ORDER BY id LIMIT 1")?;
            let oldest = statement.query_row([], |row| row.get(0)).optional()?;
            let oldest = oldest.map(Date::from_unix_nanos).transpose()?;
            let mut statement = connection.prepare_cached("SELECT max(date) FROM \"store/cause\"")?;
            let latest: Option<i64> = statement.query_row([], |row| row.get(0))?;
            let latest = latest.map(Date::from_unix_nanos).transpose()?;
            Ok(HistoryExtent { newest: revision, complete_from, oldest, latest, changes, octets })
        })
    }

    /// The revision with the latest date at or before `date`, the newest one where several have it; revision 0 when there is none in the history.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn revision_on(&self, date: Date) -> Result<Revision, Error> {
        let sql = "SELECT revision FROM \"store/cause\" WHERE date <= ?1 ORDER BY date DESC, revision DESC LIMIT 1";
        self.inner.reading(|database| {
            let mut statement = database.connection().prepare_cached(sql)?;
            let revision: Option<i64> = statement.query_row(params![date.unix_nanos()], |row| row.get(0)).optional()?;
            Ok(Revision(revision.unwrap_or_default().cast_unsigned()))
        })
    }

    /// The whole of a large value that stands in the history by its digest; `None` when no entry names it any more.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn large_value(&self, digest: &Digest) -> Result<Option<Vec<u8>>, Error> {
        self.inner.reading(|database| large_value(database.connection(), digest))
    }

    /// Everybody who has tables in the store, by name, whether this program declares them or not.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn owners(&self) -> Result<Vec<OwnerInfo>, Error> {
        self.inner.reading(|database| {
            let connection = database.connection();
            let mut statement =
                connection.prepare_cached("SELECT name, title, version FROM \"store/owner\" ORDER BY name")?;
            let owners = statement.query_and_then([], |row| {
                let name: String = row.get(0)?;
                let shapes = capture::current_shapes(connection, &name)?.into_iter();
                let tables =
                    shapes.map(|TableShape { name, columns, key, .. }| TableInfo { name, columns, key }).collect();
                Ok(OwnerInfo { name, title: row.get(1)?, version: row.get::<_, i64>(2)?.cast_unsigned(), tables })
            })?;
            owners.collect()
        })
    }
}

/// The octets of a large value.
pub(super) fn large_value(connection: &Connection, digest: &Digest) -> Result<Option<Vec<u8>>, Error> {
    let mut statement = connection.prepare_cached("SELECT content FROM \"store/value\" WHERE digest = ?1")?;
    Ok(statement.query_row(params![digest.0], |row| row.get(0)).optional()?)
}

/// SQL: the members of an entry.
const ENTRY: &str = "SELECT change.id, cause.revision, cause.date, cause.run, cause.flow, cause.why, change.shape, change.key, \
                     change.before, change.after \
                     FROM \"store/change\" AS change JOIN \"store/cause\" AS cause ON cause.id = change.cause";

fn entries(connection: &Connection, which: &ChangesOf<'_>, page: HistoryPage) -> Result<Vec<RowChange>, Error> {
    let after = page.after.0.cast_signed();
    let at_most = page.at_most.min(MAX_CHANGES_AT_ONCE);
    let ask = |condition: &str, parameters: &[&dyn rusqlite::ToSql]| {
        let sql = format!("{ENTRY} WHERE change.id > ?1 AND {condition} ORDER BY change.id LIMIT {at_most}");
        let mut all: Vec<&dyn rusqlite::ToSql> = vec![&after];
        all.extend(parameters);
        read(connection, &sql, &*all)
    };
    let shapes = "change.shape IN (SELECT id FROM \"store/shape\" WHERE owner = ?2";
    let causes = "change.cause IN (SELECT id FROM \"store/cause\" WHERE";
    match which {
        ChangesOf::Row(owner, table, key) => {
            let table = table.to_ascii_lowercase();
            ask(&format!("{shapes} AND name = ?3) AND change.key = ?4"), &[owner, &table, &key_text(key)])
        }
        ChangesOf::Table(owner, table) => {
            ask(&format!("{shapes} AND name = ?3)"), &[owner, &table.to_ascii_lowercase()])
        }
        ChangesOf::Owner(owner) => ask(&format!("{shapes})"), &[owner]),
        ChangesOf::Revisions(range) => {
            let ends = [range.start(), range.end()].map(|revision| revision.0.min(MAX_NUMBER).cast_signed());
            ask(&format!("{causes} revision BETWEEN ?2 AND ?3)"), &[&ends.first(), &ends.last()])
        }
        ChangesOf::Run(run) => ask(&format!("{causes} run = ?2)"), &[&run.cast_signed()]),
        ChangesOf::Flow(run, flow) => {
            ask(&format!("{causes} run IS ?2 AND flow = ?3)"), &[&run.map(u64::cast_signed), &flow.cast_signed()])
        }
    }
}

/// The greatest number SQLite's integers hold.
const MAX_NUMBER: u64 = i64::MAX.cast_unsigned();

fn read(connection: &Connection, sql: &str, parameters: impl Params) -> Result<Vec<RowChange>, Error> {
    let mut shapes: BTreeMap<i64, (TableShape, Arc<[String]>)> = BTreeMap::new();
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut changes = Vec::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(6)?;
        let (shape, columns) = match shapes.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let shape = select_shapes(connection, "id = ?1", params![id])?.pop().ok_or(Error::HistoryEntry)?;
                let columns = shape.columns.clone().into();
                new.insert((shape, columns))
            }
        };
        let values = |at| -> Result<Option<Vec<Value>>, Error> {
            let text: Option<String> = row.get(at)?;
            text.map(|text| Ok(ExactValue::row(&text)?.into_iter().map(Value::from).collect())).transpose()
        };
        changes.push(RowChange {
            id: ChangeId(row.get::<_, i64>(0)?.cast_unsigned()),
            revision: Revision(row.get::<_, i64>(1)?.cast_unsigned()),
            date: Date::from_unix_nanos(row.get(2)?)?,
            run: row.get::<_, Option<i64>>(3)?.map(i64::cast_unsigned),
            flow: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
            why: row.get(5)?,
            owner: shape.owner.clone(),
            table: shape.name.clone(),
            key: values(7)?.unwrap_or_default(),
            columns: Arc::clone(columns),
            before: values(8)?,
            after: values(9)?,
        });
    }
    Ok(changes)
}
