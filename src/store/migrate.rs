//! Migrations and resets: an owner's tables end, are altered or made anew, and begin again, as one change.
//!
//! Every row is written down as gone from the old tables and as come to the new ones. So the history of a row and the states before need to know
//! nothing of migrations.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    Cause, Error, HistoryLimits, Migration, Owner, TableFlaw, WriteTransaction, calendar_table,
    capture::{begin_shapes, end_shapes, owners_tables},
    database::Rights,
    limits::{self, EmptyChange},
    names::{Namespace, quoted},
    owners::{OwnerDeclaration, Owners},
    writer::Writer,
};

/// Carries out the migrations of `owner` that were not carried out yet.
pub(super) fn to_newest(
    writer: &mut Writer,
    owners: &Owners,
    limits: HistoryLimits,
    owner: &Owner,
    names: &Arc<Namespace>,
) -> Result<(), Error> {
    let connection = writer.database.connection();
    let known = owner.migrations.len() as u64;
    let found = version(connection, &owner.name)?;
    match found {
        Some(found) if found == known => {
            let title = params![&*owner.name, &*owner.title];
            connection.execute("UPDATE \"store/owner\" SET title = ?2 WHERE name = ?1 AND title <> ?2", title)?;
            return Ok(());
        }
        Some(found) if found > known => {
            return Err(Error::OwnerNewer { owner: owner.name.clone().into_owned(), found, known });
        }
        _ => {}
    }
    let cause = Cause::new(format!("The tables of {} become those of version {known}.", owner.name));
    let cause = cause.on(calendar_table::date_or_epoch(connection)?);
    reshape(writer, owners, limits, &cause, |change| migrate(change, owner, names, found.unwrap_or_default()))
}

/// Makes the tables of one owner, or of every owner but the calendar, as they were when they were new.
pub(super) fn reset(
    writer: &mut Writer,
    owners: &Owners,
    limits: HistoryLimits,
    cause: &Cause,
    which: &ResetScope<'_>,
) -> Result<(), Error> {
    let names = match which {
        ResetScope::One(name) => vec![(*name).to_owned()],
        ResetScope::All | ResetScope::AllAnew => owners_of(writer.database.connection())?,
    };
    let kept = |name: &str| matches!(which, ResetScope::All) && name == calendar_table::CALENDAR.name;
    reshape(writer, owners, limits, cause, |change| {
        for name in names.iter().filter(|name| !kept(name)) {
            begin_anew(change, owners, name, cause)?;
        }
        if matches!(which, ResetScope::AllAnew) {
            limits::cut_before(change.database().connection(), change.revision())?;
        }
        Ok(())
    })
}

/// Whose tables are reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResetScope<'a> {
    /// One owner's.
    One(&'a str),
    /// Everybody's; the calendar goes on.
    All,
    /// Everybody's and the calendar's, and the history is cut.
    AllAnew,
}

fn begin_anew(change: &WriteTransaction<'_>, owners: &Owners, name: &str, cause: &Cause) -> Result<(), Error> {
    let connection = change.database().connection();
    if version(connection, name)?.is_none() {
        return Err(Error::UnknownOwner { name: name.to_owned() });
    }
    change.because(&cause.why)?;
    end_shapes(connection, name, change.revision())?;
    for (table, _) in owners_tables(connection, name)? {
        connection.execute_batch(&format!("DROP TABLE {}", quoted(&table)))?;
    }
    connection.execute("DELETE FROM \"store/owner\" WHERE name = ?1", params![name])?;
    match owners.declared(name) {
        Ok(OwnerDeclaration { owner, names }) => migrate(change, &owner, &names, 0),
        // Nobody uses them in this run of the program; who declares them again begins anew.
        Err(_) => Ok(()),
    }
}

/// Carries out the migrations after the first `done` of them.
fn migrate(change: &WriteTransaction<'_>, owner: &Owner, names: &Namespace, done: u64) -> Result<(), Error> {
    let connection = change.database().connection();
    end_shapes(connection, &owner.name, change.revision())?;
    let mut version = done;
    for migration in owner.migrations.iter().skip(usize::try_from(done).unwrap_or(usize::MAX)) {
        version += 1;
        step(change, migration, names).map_err(|source| Error::Migration {
            owner: owner.name.clone().into_owned(),
            version,
            source: Box::new(source),
        })?;
    }
    begin_shapes(connection, names, change.revision())?;
    check_references(connection, names)?;
    connection.execute(
        "INSERT INTO \"store/owner\"(name, title, version) VALUES (?1, ?2, ?3) \
         ON CONFLICT(name) DO UPDATE SET title = excluded.title, version = excluded.version",
        params![&*owner.name, &*owner.title, version.cast_signed()],
    )?;
    Ok(())
}

fn step(change: &WriteTransaction<'_>, migration: &Migration, names: &Namespace) -> Result<(), Error> {
    change.because(migration.why)?;
    let sql = names.rewrite(migration.sql)?;
    Ok(change.database().with_rights(Rights::Migrate, |connection| connection.execute_batch(&sql))?)
}

/// Foreign keys are not looked at while tables are altered, so they are when it is done.
fn check_references(connection: &Connection, names: &Namespace) -> Result<(), Error> {
    for (table, _) in owners_tables(connection, names.owner())? {
        let broken: Option<i64> = connection
            .query_row("SELECT 1 FROM pragma_foreign_key_check(?1) LIMIT 1", params![table], |row| row.get(0))
            .optional()?;
        if broken.is_some() {
            let table = table.split_once('/').map_or(&*table, |(_, name)| name).to_owned();
            return Err(Error::Table { owner: names.owner().to_owned(), table, flaw: TableFlaw::ForeignKey });
        }
    }
    Ok(())
}

/// One change without regard to foreign keys, which SQLite can only leave alone from before a transaction begins.
fn reshape(
    writer: &mut Writer,
    owners: &Owners,
    limits: HistoryLimits,
    cause: &Cause,
    work: impl FnOnce(&WriteTransaction<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    writer.prepare_for(cause.durability)?;
    writer.database.connection().pragma_update(None, "foreign_keys", false)?;
    let done = writer.revise(owners, limits, cause, EmptyChange::Keep, work);
    writer.database.connection().pragma_update(None, "foreign_keys", true)?;
    done
}

/// How many migrations of an owner were carried out; `None` when it has no tables yet.
fn version(connection: &Connection, owner: &str) -> Result<Option<u64>, Error> {
    let mut statement = connection.prepare_cached("SELECT version FROM \"store/owner\" WHERE name = ?1")?;
    let version = statement.query_row(params![owner], |row| row.get::<_, i64>(0)).optional()?;
    Ok(version.map(i64::cast_unsigned))
}

fn owners_of(connection: &Connection) -> Result<Vec<String>, Error> {
    let mut statement = connection.prepare("SELECT name FROM \"store/owner\" ORDER BY name")?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}
