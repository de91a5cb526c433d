//! How much history is kept: the newest, within limits. What is over them goes, oldest revision first, and the store says from where on it
//! is complete.

use std::collections::BTreeMap;

use rusqlite::{Connection, params, types::FromSqlError};

use super::{
    Error, Revision,
    value::{Digest, ExactValue, LARGE_MARK},
};

/// How much history a store keeps. Past a limit, a tenth of it is cut at once, whole revisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryLimits {
    /// Entries: changes of one row each.
    pub changes: u64,
    /// Octets: of the entries and of the large values they name, each value counted once.
    pub octets: u64,
}

impl HistoryLimits {
    /// What a store keeps unless it is told otherwise.
    pub const DEFAULT: Self = Self { changes: 200_000, octets: 64 * 1024 * 1024 };
}

impl Default for HistoryLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// SQL: octets of an entry of `store/change`.
const ENTRY_OCTETS: &str =
    "octet_length(key) + coalesce(octet_length(before), 0) + coalesce(octet_length(after), 0) + 64";

/// The store's account of its own history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HistoryState {
    pub(super) revision: Revision,
    pub(super) synced: Revision,
    pub(super) complete_from: Revision,
    pub(super) changes: u64,
    /// Of entries and of large values.
    pub(super) octets: u64,
}

/// Reads the account.
pub(super) fn state(connection: &Connection) -> Result<HistoryState, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT revision, synced, complete_from, changes, octets + value_octets FROM \"store/history\"",
    )?;
    let number = |row: &rusqlite::Row<'_>, at| row.get::<_, i64>(at).map(i64::cast_unsigned);
    Ok(statement.query_row([], |row| {
        Ok(HistoryState {
            revision: Revision(number(row, 0)?),
            synced: Revision(number(row, 1)?),
            complete_from: Revision(number(row, 2)?),
            changes: number(row, 3)?,
            octets: number(row, 4)?,
        })
    })?)
}

/// The id of the newest entry.
pub(super) fn last_change(connection: &Connection) -> Result<i64, Error> {
    let mut statement = connection.prepare_cached("SELECT coalesce(max(id), 0) FROM \"store/change\"")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// What becomes of a change that altered no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EmptyChange {
    /// It has not been.
    Forget,
    /// It has a revision and its causes are kept.
    Keep,
}

/// A change whose rows are altered and whose history is to be put in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settlement {
    pub(super) revision: Revision,
    /// The newest entry before it.
    pub(super) last: i64,
    /// How many causes it has.
    pub(super) causes: u32,
    pub(super) empty: EmptyChange,
}

/// Counts what a change has written down and cuts what is over the limits. `false` when nothing was altered and the change is to be forgotten.
pub(super) fn settle(connection: &Connection, settled: Settlement, limits: HistoryLimits) -> Result<bool, Error> {
    let Settlement { revision, last, causes, empty } = settled;
    let revision = revision.0.cast_signed();
    let mut statement = connection.prepare_cached(&format!(
        "SELECT count(*), coalesce(sum({ENTRY_OCTETS}), 0) FROM \"store/change\" WHERE id > ?1"
    ))?;
    let (changes, octets): (i64, i64) = statement.query_row(params![last], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if changes == 0 && empty == EmptyChange::Forget {
        return Ok(false);
    }
    if causes > 1 {
        // A change that is to be kept whatever it altered has at least its first cause.
        connection.execute(
            "DELETE FROM \"store/cause\" AS cause WHERE revision = ?1 \
             AND NOT EXISTS (SELECT 1 FROM \"store/change\" AS change WHERE change.cause = cause.id) \
             AND (NOT ?2 OR id > (SELECT min(id) FROM \"store/cause\" WHERE revision = ?1))",
            params![revision, empty == EmptyChange::Keep],
        )?;
    }
    let mut statement = connection
        .prepare_cached("UPDATE \"store/history\" SET revision = ?1, changes = changes + ?2, octets = octets + ?3")?;
    statement.execute(params![revision, changes, octets])?;
    loop {
        let state = state(connection)?;
        let within = state.changes <= limits.changes && state.octets <= limits.octets;
        if within || !cut_some(connection, &state, limits)? {
            return Ok(true);
        }
    }
}

/// Cuts the oldest revisions, about a tenth of what the limits allow. `false` when there is nothing left to cut.
fn cut_some(connection: &Connection, state: &HistoryState, limits: HistoryLimits) -> Result<bool, Error> {
    // A limit that holds asks for nothing.
    let tenth = |is: u64, limit: u64| if is > limit { limit / 10 + 1 } else { 0 };
    let changes = tenth(state.changes, limits.changes);
    let octets = tenth(state.octets, limits.octets);
    let Some(up_to) = oldest_revisions(connection, changes, octets)? else { return Ok(false) };
    cut(connection, up_to)?;
    Ok(true)
}

/// The revision up to which there are at least so many entries and octets, large values counted wherever they are named; the newest one when
/// there are not so many. `None` when there are no entries.
fn oldest_revisions(connection: &Connection, changes: u64, octets: u64) -> Result<Option<Revision>, Error> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT (SELECT revision FROM \"store/cause\" WHERE id = cause), {ENTRY_OCTETS}, before, after FROM \"store/change\" ORDER BY id"
    ))?;
    let mut rows = statement.query([])?;
    let (mut seen_changes, mut seen_octets, mut revision) = (0_u64, 0_u64, None);
    while let Some(row) = rows.next()? {
        let of_row = Revision(row.get::<_, i64>(0)?.cast_unsigned());
        let enough = seen_changes >= changes && seen_octets >= octets;
        if enough && revision.is_some_and(|revision| revision != of_row) {
            break;
        }
        revision = Some(of_row);
        seen_changes += 1;
        seen_octets = seen_octets.saturating_add(row.get::<_, i64>(1)?.cast_unsigned());
        for at in [2, 3] {
            for (_, octets) in large_values(row, at)? {
                seen_octets = seen_octets.saturating_add(octets);
            }
        }
    }
    Ok(revision)
}

/// Cuts every entry up to and including `up_to`. States before it are not known any more, that of `up_to` itself is.
pub(super) fn cut(connection: &Connection, up_to: Revision) -> Result<(), Error> {
    let revision = up_to.0.cast_signed();
    let last: Option<i64> =
        connection.query_row("SELECT max(id) FROM \"store/cause\" WHERE revision <= ?1", params![revision], |row| {
            row.get(0)
        })?;
    let last = last.unwrap_or_default();
    free_values(connection, last)?;
    connection.execute(
        &format!(
            "UPDATE \"store/history\" SET complete_from = max(complete_from, ?2), changes = changes - gone, octets = octets - gone_octets \
             FROM (SELECT count(*) AS gone, coalesce(sum({ENTRY_OCTETS}), 0) AS gone_octets FROM \"store/change\" WHERE cause <= ?1)"
        ),
        params![last, revision],
    )?;
    connection.execute("DELETE FROM \"store/change\" WHERE cause <= ?1", params![last])?;
    connection.execute("DELETE FROM \"store/cause\" WHERE revision <= ?1", params![revision])?;
    connection.execute("DELETE FROM \"store/shape\" WHERE until <= ?1", params![revision])?;
    Ok(())
}

/// Lets go of the large values that entries up to the cause `last` name and no other entry does.
fn free_values(connection: &Connection, last: i64) -> Result<(), Error> {
    let mut uses: BTreeMap<Digest, i64> = BTreeMap::new();
    let mut statement = connection.prepare_cached(
        "SELECT before, after FROM \"store/change\" WHERE cause <= ?1 AND (instr(before, ?2) OR instr(after, ?2))",
    )?;
    let mut rows = statement.query(params![last, LARGE_MARK])?;
    while let Some(row) = rows.next()? {
        for at in [0, 1] {
            for (digest, _) in large_values(row, at)? {
                *uses.entry(digest).or_default() += 1;
            }
        }
    }
    for (digest, uses) in uses {
        connection.execute("UPDATE \"store/value\" SET uses = uses - ?2 WHERE digest = ?1", params![digest.0, uses])?;
        connection.execute("DELETE FROM \"store/value\" WHERE digest = ?1 AND uses <= 0", params![digest.0])?;
    }
    Ok(())
}

/// The large values that a row of the history names, with their octets.
fn large_values(row: &rusqlite::Row<'_>, at: usize) -> Result<Vec<(Digest, u64)>, Error> {
    let text =
        row.get_ref(at)?.as_str_or_null().map_err(|_not_text: FromSqlError| Error::HistoryEntry)?.unwrap_or_default();
    if !text.contains(LARGE_MARK) {
        return Ok(Vec::new());
    }
    let values = ExactValue::row(text)?.into_iter();
    Ok(values
        .filter_map(
            |value| if let ExactValue::Large(long, digest) = value { Some((digest, long.octets)) } else { None },
        )
        .collect())
}

/// Cuts every entry of a change in progress and of all before it. Only its causes are kept.
pub(super) fn cut_before(connection: &Connection, revision: Revision) -> Result<(), Error> {
    connection.execute("DELETE FROM \"store/change\"", [])?;
    connection.execute("DELETE FROM \"store/value\"", [])?;
    connection.execute("DELETE FROM \"store/cause\" WHERE revision < ?1", params![revision.0.cast_signed()])?;
    connection.execute("DELETE FROM \"store/shape\" WHERE until IS NOT NULL", [])?;
    connection.execute(
        "UPDATE \"store/history\" SET complete_from = ?1, changes = 0, octets = 0",
        params![revision.0.cast_signed()],
    )?;
    Ok(())
}
