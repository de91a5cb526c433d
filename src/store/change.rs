//! A change: what alters rows, why, and when it is on the disk.

use std::{borrow::Cow, cell::Cell, ops::Deref, sync::Arc};

use rusqlite::{CachedStatement, Connection, Params, Row, params};

use super::{
    Date, Error, Revision, calendar_table,
    database::{Database, Rights},
    names::Namespace,
    owners::Owners,
};

/// Why rows are changed: when, by which run and flow, in which words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// When, in the world's time; `None` is the date the lab's calendar shows.
    pub date: Option<Date>,
    /// The run it happens in, if any.
    pub run: Option<u64>,
    /// The flow within the run that causes it, if any.
    pub flow: Option<u64>,
    /// Why, as a sentence; kept up to [`MAX_WHY`] octets: `Set by the response to GET /.`
    pub why: Cow<'static, str>,
    /// When it is on the disk.
    pub durability: Durability,
}

/// When a change is on the disk, so that not even a loss of power undoes it. A killed program loses no change in either case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// At the next [`Store::sync`](super::Store::sync) or change with [`Durability::Now`]. For runs in virtual time.
    #[default]
    WhenSynced,
    /// Before the change returns. For what is acknowledged to a program outside.
    Now,
}

/// Longest sentence that says why a row was changed, in octets. What is beyond is left out, since a peer may have had a say in it.
pub const MAX_WHY: usize = 1_000;

impl Cause {
    /// A cause with nothing but its sentence, dated by the lab's calendar.
    pub fn new(why: impl Into<Cow<'static, str>>) -> Self {
        Self { date: None, run: None, flow: None, why: why.into(), durability: Durability::default() }
    }

    /// The same cause on `date`.
    #[must_use]
    pub fn on(self, date: Date) -> Self {
        Self { date: Some(date), ..self }
    }

    /// The same cause in a run.
    #[must_use]
    pub fn in_run(self, run: u64) -> Self {
        Self { run: Some(run), ..self }
    }

    /// The same cause by a flow.
    #[must_use]
    pub fn by_flow(self, flow: u64) -> Self {
        Self { flow: Some(flow), ..self }
    }

    /// The same cause, on the disk before the change returns.
    #[must_use]
    pub fn durable(self) -> Self {
        Self { durability: Durability::Now, ..self }
    }
}

/// A change in progress: a transaction. Owners' tables are read and written through it.
#[derive(Debug)]
pub struct WriteTransaction<'a> {
    database: &'a Database,
    owners: &'a Owners,
    revision: Revision,
    date: Date,
    run: Option<u64>,
    flow: Option<u64>,
    causes: Cell<u32>,
}

impl<'a> WriteTransaction<'a> {
    /// Begins to write down changes with `cause`, dated `date` where it has no date of its own.
    pub(super) fn begin(
        database: &'a Database,
        owners: &'a Owners,
        cause: &Cause,
        revision: Revision,
    ) -> Result<Self, Error> {
        let date = match cause.date {
            Some(date) => date,
            None => calendar_table::date(database.connection())?,
        };
        let change = Self { database, owners, revision, date, run: cause.run, flow: cause.flow, causes: Cell::new(0) };
        change.because(&cause.why)?;
        Ok(change)
    }

    /// What is changed from here on is changed for another reason: `why`, a sentence.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn because(&self, why: &str) -> Result<(), Error> {
        let connection = self.database.connection();
        let why = why.get(..why.floor_char_boundary(MAX_WHY)).unwrap_or_default();
        let mut statement = connection.prepare_cached(
            "INSERT INTO \"store/cause\"(revision, date, run, flow, why) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        let number = |id: Option<u64>| id.map(u64::cast_signed);
        let revision = self.revision.0.cast_signed();
        statement.execute(params![revision, self.date.unix_nanos(), number(self.run), number(self.flow), why])?;
        self.database.set_cause(connection.last_insert_rowid());
        self.causes.set(self.causes.get().saturating_add(1));
        Ok(())
    }

    /// The connection, for the store's own part in a change.
    pub(super) fn database(&self) -> &Database {
        self.database
    }

    /// How many reasons were given.
    pub(super) fn causes(&self) -> u32 {
        self.causes.get()
    }

    /// The date of the change.
    pub fn date(&self) -> Date {
        self.date
    }

    /// The number the store's state has when the change is done.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The tables of an owner.
    ///
    /// # Errors
    /// [`Error::UnknownOwner`]: it was not declared with [`Store::owner`](super::Store::owner).
    pub fn owner(&self, name: &str) -> Result<TablesMut<'_>, Error> {
        // Only its own steps move the calendar, and only forward.
        if name == calendar_table::CALENDAR.name {
            return Err(Error::UnknownOwner { name: name.to_owned() });
        }
        let names = self.owners.names(name)?;
        Ok(TablesMut(Tables { database: self.database, names, rights: Rights::Change }))
    }
}

/// A reading in progress: everything it reads is of one and the same state.
#[derive(Debug)]
pub struct ReadTransaction<'a> {
    pub(super) database: &'a Database,
    pub(super) owners: &'a Owners,
}

impl ReadTransaction<'_> {
    /// The tables of an owner.
    ///
    /// # Errors
    /// [`Error::UnknownOwner`]: it was not declared with [`Store::owner`](super::Store::owner).
    pub fn owner(&self, name: &str) -> Result<Tables<'_>, Error> {
        let names = self.owners.names(name)?;
        Ok(Tables { database: self.database, names, rights: Rights::Read })
    }
}

/// One owner's tables, for reading. Statements name them as the owner's migrations do, and can name no other.
#[derive(Debug)]
pub struct Tables<'a> {
    database: &'a Database,
    names: Arc<Namespace>,
    rights: Rights,
}

impl Tables<'_> {
    /// Every row of the result, as `read` reads it.
    ///
    /// # Errors
    /// When SQLite refuses the statement or `read` fails.
    pub fn query<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Error> {
        self.with(sql, |mut statement| statement.query_map(parameters, read)?.collect())
    }

    /// The first row of the result, as `read` reads it; `None` when there is none.
    ///
    /// # Errors
    /// As [`Tables::query`].
    pub fn query_one<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Error> {
        self.with(sql, |mut statement| statement.query(parameters)?.next()?.map(&mut read).transpose())
    }

    fn with<T>(&self, sql: &str, work: impl FnOnce(CachedStatement<'_>) -> rusqlite::Result<T>) -> Result<T, Error> {
        let sql = self.names.rewrite(sql)?;
        let done = self
            .database
            .with_rights(self.rights, |connection: &Connection| connection.prepare_cached(&sql).and_then(work));
        self.database.noted(done.map_err(Error::from))
    }
}

/// One owner's tables, for reading and changing.
#[derive(Debug)]
pub struct TablesMut<'a>(Tables<'a>);

impl TablesMut<'_> {
    /// Carries out an `INSERT`, `UPDATE` or `DELETE` and says how many rows it changed. Every one of them is in the history.
    ///
    /// # Errors
    /// When SQLite refuses the statement; what it had done by then is undone, the rest of the change is not.
    ///
    /// For the key of a new row write `INSERT … RETURNING id` and read it with [`Tables::query_one`].
    pub fn execute(&self, sql: &str, parameters: impl Params) -> Result<usize, Error> {
        self.0.with(sql, |mut statement| statement.execute(parameters))
    }
}

impl<'a> Deref for TablesMut<'a> {
    type Target = Tables<'a>;

    fn deref(&self) -> &Tables<'a> {
        &self.0
    }
}
