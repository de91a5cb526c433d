//! The past: an owner's tables as they were at an earlier revision, found by taking back what was changed since.
//!
//! A row that was changed since was before what its first change since then says; every other row was what it is now.

use std::collections::{BTreeMap, btree_map::Entry};

use rusqlite::{Connection, params, params_from_iter};

use super::{
    Date, Error, Revision, Store,
    capture::{TableShape, select_shapes},
    database::Database,
    history::large_value,
    limits,
    names::quoted,
    query::{QueryError, ResultTable, SqlQuery, run},
    value::{ExactValue, LongValue, row_text},
};

/// An owner's tables as they were, in memory and only to be read.
#[derive(Debug)]
pub struct PastState {
    database: Database,
    owner: String,
    revision: Revision,
}

/// Which state of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointInTime {
    /// The one of a revision.
    Revision(Revision),
    /// The one with the latest date at or before this one; see [`Store::revision_on`].
    Date(Date),
}

impl Store {
    /// The tables of `owner` as they were, with every row exactly as it was; its indexes are left out. Takes time and memory in proportion to
    /// its rows now and to the changes since.
    ///
    /// Tables that a migration or a reset has ended since are there as they were then. Before the owner was first declared it had none.
    ///
    /// # Errors
    /// [`Error::Cut`] when the state is not known any more, [`Error::NotYet`] when it has not been yet.
    pub fn past(&self, owner: &str, at: PointInTime) -> Result<PastState, Error> {
        let asked = match at {
            PointInTime::Revision(revision) => revision,
            PointInTime::Date(date) => self.revision_on(date)?,
        };
        let past = Database::in_memory()?;
        past.connection().pragma_update(None, "foreign_keys", false)?;
        self.inner.reading(|database| {
            let done = rebuild(database.connection(), past.connection(), owner, asked);
            database.noted(done)
        })?;
        Ok(PastState { database: past, owner: owner.to_owned(), revision: asked })
    }
}

impl PastState {
    /// The revision whose state this is.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The names of the tables, in order.
    ///
    /// # Errors
    /// When there is no memory.
    pub fn tables(&self) -> Result<Vec<String>, Error> {
        let tables = super::capture::owners_tables(self.database.connection(), &self.owner)?.into_iter();
        Ok(tables.filter_map(|(name, _)| Some(name.split_once('/')?.1.to_owned())).collect())
    }

    /// Answers a question in SQL, as [`Store::query`] does, about the state that was.
    ///
    /// # Errors
    /// As [`Store::query`].
    pub fn query(&self, query: &SqlQuery<'_>) -> Result<ResultTable, QueryError> {
        run(self.database.copy()?, &self.owner, query)
    }
}

fn rebuild(now: &Connection, past: &Connection, owner: &str, asked: Revision) -> Result<(), Error> {
    let state = limits::state(now)?;
    if asked < state.complete_from {
        return Err(Error::Cut { asked, complete_from: state.complete_from });
    }
    if asked > state.revision {
        return Err(Error::NotYet { asked, newest: state.revision });
    }
    // Every entry since then belongs to a later cause than this one.
    let mut statement = now.prepare_cached("SELECT coalesce(max(id), 0) FROM \"store/cause\" WHERE revision <= ?1")?;
    let cause: i64 = statement.query_row(params![asked.0.cast_signed()], |row| row.get(0))?;
    let was = "owner = ?1 AND since <= ?2 AND (until IS NULL OR until > ?2)";
    for shape in select_shapes(now, was, params![owner, asked.0.cast_signed()])? {
        past.execute_batch(&shape.sql)?;
        let before = rows_before(now, &shape, cause)?;
        let mut insert = RowInserter::new(past, &shape)?;
        if shape.until.is_none() {
            rows_not_changed(now, &shape, &before, &mut insert)?;
        }
        for row in before.into_values().flatten() {
            insert.row(&whole(now, &row)?)?;
        }
    }
    Ok(())
}

/// What each row that was changed after `cause` was before, by its key; `None` where there was no row.
fn rows_before(now: &Connection, shape: &TableShape, cause: i64) -> Result<BTreeMap<String, Option<String>>, Error> {
    // The plus sign has SQLite go through the newest entries instead of all those of the table.
    let mut statement =
        now.prepare_cached("SELECT key, before FROM \"store/change\" WHERE cause > ?1 AND +shape = ?2 ORDER BY id")?;
    let mut rows = statement.query(params![cause, shape.id])?;
    let mut before = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        if let Entry::Vacant(first) = before.entry(key) {
            first.insert(row.get(1)?);
        }
    }
    Ok(before)
}

fn rows_not_changed(
    now: &Connection,
    shape: &TableShape,
    changed: &BTreeMap<String, Option<String>>,
    insert: &mut RowInserter<'_>,
) -> Result<(), Error> {
    let columns: Vec<String> = shape.columns.iter().map(|column| quoted(column)).collect();
    let table = quoted(&format!("{}/{}", shape.owner, shape.name));
    let keys: Vec<usize> =
        shape.key.iter().filter_map(|key| shape.columns.iter().position(|column| column == key)).collect();
    let mut statement = now.prepare(&format!("SELECT {} FROM {table}", columns.join(",")))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let values = (0..columns.len()).map(|at| row.get_ref(at)).collect::<Result<Vec<_>, _>>()?;
        let key = row_text(keys.iter().filter_map(|at| values.get(*at).copied()));
        if !changed.contains_key(&key) {
            insert
                .statement
                .execute(params_from_iter(values.iter().map(|value| rusqlite::types::ToSqlOutput::Borrowed(*value))))?;
        }
    }
    Ok(())
}

/// A row of the history with its large values fetched.
fn whole(now: &Connection, row: &str) -> Result<Vec<ExactValue>, Error> {
    let mut values = ExactValue::row(row)?;
    for value in &mut values {
        if let ExactValue::Large(LongValue { is_text, .. }, digest) = value {
            let octets = large_value(now, digest)?.ok_or(Error::HistoryEntry)?;
            *value = if *is_text { ExactValue::Text(octets) } else { ExactValue::Blob(octets) };
        }
    }
    Ok(values)
}

/// Puts rows into a table of the past.
struct RowInserter<'a> {
    statement: rusqlite::Statement<'a>,
}

impl<'a> RowInserter<'a> {
    fn new(past: &'a Connection, shape: &TableShape) -> Result<Self, Error> {
        let columns: Vec<String> = shape.columns.iter().map(|column| quoted(column)).collect();
        let places = vec!["?"; columns.len()];
        let table = quoted(&format!("{}/{}", shape.owner, shape.name));
        let sql = format!("INSERT INTO {table}({}) VALUES ({})", columns.join(","), places.join(","));
        Ok(Self { statement: past.prepare(&sql)? })
    }

    fn row(&mut self, values: &[ExactValue]) -> Result<(), Error> {
        self.statement.execute(params_from_iter(values.iter().map(ExactValue::parameter)))?;
        Ok(())
    }
}
