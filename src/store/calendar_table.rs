//! The table that has the lab's date: an owner's like any other, so that each step of the calendar is in the history.

use rusqlite::{Connection, OptionalExtension as _};

use super::{Date, DateOutOfRange, Error, Migration, Owner};

/// The owner of the date.
pub(super) const CALENDAR: Owner = Owner::new(
    "calendar",
    "The lab's calendar",
    &[Migration {
        why: "The lab's calendar begins on Monday, 7 September 2026, at 9:00 UTC.",
        // The date is `Date::LAB_EPOCH`, in nanoseconds since 1970; a test compares them.
        sql: "CREATE TABLE calendar(one INTEGER PRIMARY KEY CHECK (one = 1), date INTEGER NOT NULL) STRICT; \
              INSERT INTO calendar VALUES (1, 1788771600000000000);",
    }],
);

/// The date in a database.
pub(super) fn date(connection: &Connection) -> Result<Date, Error> {
    let mut statement = connection.prepare_cached("SELECT date FROM \"calendar/calendar\"")?;
    let nanos: Option<i64> = statement.query_row([], |row| row.get(0)).optional()?;
    nanos.ok_or(DateOutOfRange).and_then(Date::from_unix_nanos).map_err(Error::from)
}

/// The date in a database, which may not have a calendar yet.
pub(super) fn date_or_epoch(connection: &Connection) -> Result<Date, Error> {
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'calendar/calendar'";
    let has: i64 = connection.query_row(tables, [], |row| row.get(0))?;
    if has == 0 { Ok(Date::LAB_EPOCH) } else { date(connection) }
}
