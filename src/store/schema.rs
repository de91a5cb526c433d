//! The store's own tables: who owns what, what was changed and why, and the large values the history needs.

use rusqlite::Connection;

use super::Error;

/// What makes the file one of ours: "Rtst" (SQLite's `application_id`).
const APPLICATION: i64 = 0x5274_7374;
/// The format of the store's own tables (SQLite's `user_version`).
const FORMAT: i64 = 1;

/// Makes the store's own tables where there are none yet.
///
/// # Errors
/// [`Error::ForeignDatabase`] for another program's database, [`Error::Newer`] for one of a newer version of this program; both are left
/// as they are.
pub(super) fn prepare(connection: &Connection) -> Result<(), Error> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let found = number("user_version")?;
    match number("application_id")? {
        APPLICATION if found == FORMAT => return Ok(()),
        APPLICATION => return Err(Error::Newer { found, known: FORMAT }),
        _ => {}
    }
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if objects > 0 || found > 0 {
        return Err(Error::ForeignDatabase);
    }
    connection.execute_batch(&format!(
        "BEGIN IMMEDIATE; {TABLES} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT}; COMMIT;"
    ))?;
    Ok(())
}

/// A change's entries have increasing ids, and so have causes: what is older has the smaller one.
const TABLES: &str = r#"
CREATE TABLE "store/owner"(
  name TEXT PRIMARY KEY, title TEXT NOT NULL, version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- A table over a stretch of revisions; until is NULL for the table as it is now.
CREATE TABLE "store/shape"(
  id INTEGER PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, sql TEXT NOT NULL, columns TEXT NOT NULL, key TEXT NOT NULL,
  since INTEGER NOT NULL, until INTEGER
) STRICT;
-- Why rows were changed. A revision has one cause or several.
CREATE TABLE "store/cause"(
  id INTEGER PRIMARY KEY, revision INTEGER NOT NULL, date INTEGER NOT NULL, run INTEGER, flow INTEGER, why TEXT NOT NULL
) STRICT;
CREATE INDEX "store/cause of revision" ON "store/cause"(revision);
CREATE INDEX "store/cause on date" ON "store/cause"(date, revision);
CREATE INDEX "store/cause by run" ON "store/cause"(run, flow);
CREATE INDEX "store/cause by flow" ON "store/cause"(flow);
-- A row before and after a change; NULL where there was none.
CREATE TABLE "store/change"(
  id INTEGER PRIMARY KEY, cause INTEGER NOT NULL, shape INTEGER NOT NULL, key TEXT NOT NULL, before TEXT, after TEXT
) STRICT;
CREATE INDEX "store/change of row" ON "store/change"(shape, key);
CREATE INDEX "store/change of cause" ON "store/change"(cause);
-- Large values, once each; uses counts the places in store/change that name the digest.
CREATE TABLE "store/value"(
  digest BLOB PRIMARY KEY, uses INTEGER NOT NULL, octets INTEGER NOT NULL, content BLOB NOT NULL
) STRICT;
CREATE TABLE "store/history"(
  one INTEGER PRIMARY KEY CHECK (one = 1),
  -- The newest revision, and the newest known to be on the disk.
  revision INTEGER NOT NULL, synced INTEGER NOT NULL,
  -- States before this revision are not known any more.
  complete_from INTEGER NOT NULL,
  -- Entries of store/change and their octets, and octets of store/value.
  changes INTEGER NOT NULL, octets INTEGER NOT NULL, value_octets INTEGER NOT NULL
) STRICT;
INSERT INTO "store/history" VALUES (1, 0, 0, 0, 0, 0, 0);
CREATE TRIGGER "store/value comes" AFTER INSERT ON "store/value"
  BEGIN UPDATE "store/history" SET value_octets = value_octets + NEW.octets; END;
CREATE TRIGGER "store/value goes" AFTER DELETE ON "store/value"
  BEGIN UPDATE "store/history" SET value_octets = value_octets - OLD.octets; END;
"#;
