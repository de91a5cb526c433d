//! One connection to SQLite, set up as the store needs it: its pragmas, the functions its triggers call, and what a statement may do.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU8, Ordering},
    },
    time::Duration,
};

use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
    functions::FunctionFlags,
    hooks::{AuthAction, AuthContext, Authorization},
    types::ValueRef,
};

use super::{
    Error,
    value::{Digest, row_text},
};

/// A connection, what its statements may do, and the cause that changes are written down with.
#[derive(Debug)]
pub(super) struct Database {
    connection: Connection,
    rights: Arc<AtomicU8>,
    cause: Arc<AtomicI64>,
    damage: AtomicBool,
}

/// What the statements of a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Rights {
    /// Everything: the store's own statements.
    Store = 0,
    /// Read owners' tables.
    Read = 1,
    /// Read and change rows of owners' tables.
    Change = 2,
    /// Also create, alter and drop owners' tables and indexes.
    Migrate = 3,
}

/// The largest size of a database, in octets. What is beyond is [`Error::Full`].
pub const MAX_DATABASE: u64 = 2 << 30;
/// How long a connection waits for another program that holds the file.
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// Prepared statements a connection remembers.
const STATEMENTS: usize = 128;
const PAGE: u64 = 4_096;

impl Database {
    /// An empty database in memory.
    pub(super) fn in_memory() -> Result<Self, Error> {
        let database = Self::new(Connection::open_in_memory()?)?;
        database.connection.pragma_update(None, "synchronous", "OFF")?;
        database.set_up_for_writing(MAX_DATABASE)?;
        Ok(database)
    }

    /// The database in `file`, which is created when it is not there, for the one program that holds it.
    pub(super) fn in_file(file: &Path, max_octets: u64) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Self::new(Connection::open_with_flags(file, flags)?)?;
        database.connection.pragma_update(None, "page_size", PAGE.cast_signed())?;
        database.connection.pragma_update(None, "journal_mode", "WAL")?;
        database.connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        database.connection.pragma_update(None, "journal_size_limit", CHECKPOINT_PAGES * PAGE.cast_signed())?;
        // On macOS an ordinary fsync does not reach the disk; elsewhere these two do nothing.
        database.connection.pragma_update(None, "fullfsync", true)?;
        database.connection.pragma_update(None, "checkpoint_fullfsync", true)?;
        database.connection.pragma_update(None, "synchronous", "NORMAL")?;
        database.set_up_for_writing(max_octets)?;
        Ok(database)
    }

    /// The database in `file`, for reading beside the connection that writes.
    pub(super) fn reading(file: &Path) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Self::new(Connection::open_with_flags(file, flags)?)?;
        database.connection.pragma_update(None, "query_only", true)?;
        Ok(database)
    }

    /// A copy in memory, of the last state that was committed.
    pub(super) fn copy(&self) -> Result<Self, Error> {
        let mut copy = Connection::open_in_memory()?;
        let backup = Backup::new(&self.connection, &mut copy)?;
        let done = backup.step(-1)?;
        drop(backup);
        if done != StepResult::Done {
            let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
            return Err(rusqlite::Error::SqliteFailure(busy, None).into());
        }
        let copy = Self::new(copy)?;
        copy.connection.pragma_update(None, "synchronous", "OFF")?;
        copy.set_up_for_writing(MAX_DATABASE)?;
        Ok(copy)
    }

    fn new(connection: Connection) -> Result<Self, Error> {
        let database =
            Self { connection, rights: Arc::default(), cause: Arc::default(), damage: AtomicBool::new(false) };
        let Self { connection, .. } = &database;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.busy_timeout(BUSY_WAIT)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        database.functions()?;
        Ok(database)
    }

    fn set_up_for_writing(&self, max_octets: u64) -> Result<(), Error> {
        // Without it, rows that INSERT OR REPLACE pushes out would leave no trace.
        self.connection.pragma_update(None, "recursive_triggers", true)?;
        self.connection.pragma_update(None, "foreign_keys", true)?;
        self.connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        self.connection.pragma_update(None, "max_page_count", (max_octets / PAGE).cast_signed())?;
        Ok(())
    }

    /// Functions the triggers call; see `capture`.
    fn functions(&self) -> Result<(), Error> {
        let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
        self.connection.create_scalar_function("store_row", -1, pure, |arguments| {
            Ok(row_text((0..arguments.len()).map(|at| arguments.get_raw(at))))
        })?;
        self.connection.create_scalar_function("store_digest", 1, pure, |arguments| {
            Ok(match arguments.get_raw(0) {
                ValueRef::Text(octets) | ValueRef::Blob(octets) => Some(Digest::of(octets).0),
                ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => None,
            })
        })?;
        let cause = Arc::clone(&self.cause);
        let current = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
        self.connection.create_scalar_function("store_cause", 0, current, move |_| {
            let cause = cause.load(Ordering::Relaxed);
            if cause == 0 { Err(rusqlite::Error::UserFunctionError(Box::new(NoCause))) } else { Ok(cause) }
        })?;
        Ok(())
    }

    /// Has every statement checked against the rights that are given with [`Database::with_rights`].
    pub(super) fn guard(&mut self) -> Result<(), Error> {
        let rights = Arc::clone(&self.rights);
        self.connection.authorizer(Some(move |asked: AuthContext<'_>| {
            if allowed(rights.load(Ordering::Relaxed), &asked) { Authorization::Allow } else { Authorization::Deny }
        }))?;
        Ok(())
    }

    /// The connection itself, for the store's own statements.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The connection itself, for what no other statement may run beside.
    pub(super) fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Does `work` with `rights`, then gives back those that were there before.
    pub(super) fn with_rights<T>(&self, rights: Rights, work: impl FnOnce(&Connection) -> T) -> T {
        let _before = RightsRestorer { cell: &self.rights, value: self.rights.swap(rights as u8, Ordering::Relaxed) };
        work(&self.connection)
    }

    /// The same result; remembers when it is damage of the file.
    pub(super) fn noted<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        if result.as_ref().is_err_and(Error::is_damage) {
            self.damage.store(true, Ordering::Relaxed);
        }
        result
    }

    /// Whether a statement has found the file damaged.
    pub(super) fn met_damage(&self) -> bool {
        self.damage.load(Ordering::Relaxed)
    }

    /// The cause that changes are written down with from now on; 0 is none, and then nothing can be changed.
    pub(super) fn set_cause(&self, cause: i64) {
        self.cause.store(cause, Ordering::Relaxed);
    }
}

/// Pages in the write-ahead log at which a commit writes them back into the file itself, 32 MiB. Below, only
/// [`Store::sync`](super::Store::sync) does, so that a change does not wait for the disk.
const CHECKPOINT_PAGES: i64 = 8_192;
const CACHE_KIB: i64 = 16_384;

struct RightsRestorer<'a> {
    cell: &'a AtomicU8,
    value: u8,
}

impl Drop for RightsRestorer<'_> {
    fn drop(&mut self) {
        self.cell.store(self.value, Ordering::Relaxed);
    }
}

/// A row was changed while no change was in progress.
#[derive(Debug, thiserror::Error)]
#[error("rows are changed only inside Store::change")]
struct NoCause;

fn allowed(rights: u8, asked: &AuthContext<'_>) -> bool {
    // What the store's triggers do is the store's doing.
    if rights == Rights::Store as u8 || asked.accessor.is_some_and(is_stores) {
        return true;
    }
    let change = rights >= Rights::Change as u8;
    let migrate = rights >= Rights::Migrate as u8;
    match asked.action {
        AuthAction::Select | AuthAction::Recursive => true,
        AuthAction::Function { function_name } => {
            !function_name.starts_with("store_") && function_name != "load_extension"
        }
        AuthAction::Read { table_name, column_name: "" } if may_be_subquery(table_name) => true,
        AuthAction::Read { table_name, .. } => {
            is_owners(table_name) || JSON_TABLES.contains(&table_name) || (migrate && is_schema(table_name))
        }
        AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name } => change && (is_owners(table_name) || (migrate && is_schema(table_name))),
        AuthAction::CreateTable { table_name }
        | AuthAction::DropTable { table_name }
        | AuthAction::AlterTable { table_name, .. } => migrate && (is_owners(table_name) || is_schema(table_name)),
        AuthAction::CreateIndex { table_name, .. } | AuthAction::DropIndex { table_name, .. } => {
            migrate && is_owners(table_name)
        }
        // Both belong to how SQLite carries out ALTER TABLE and CREATE INDEX.
        AuthAction::Reindex { .. } => migrate,
        AuthAction::Pragma { pragma_name, .. } => migrate && pragma_name == "quick_check",
        _ => false,
    }
}

/// Tables that are functions: they read nothing but their arguments.
pub(super) const JSON_TABLES: [&str; 2] = ["json_each", "json_tree"];

/// Whether a table that is named without reading a column of it, as in `SELECT count(*) FROM n`, may be one the statement itself defines (`WITH n AS …`).
/// SQLite does not say. Every table with rows of anybody has a slash in its name.
pub(super) fn may_be_subquery(name: &str) -> bool {
    !name.contains('/') && !["sqlite_", "pragma_", "dbstat"].iter().any(|own| name.starts_with(own))
}

fn is_stores(name: &str) -> bool {
    name.starts_with("store/")
}

fn is_owners(name: &str) -> bool {
    name.contains('/') && !is_stores(name)
}

fn is_schema(name: &str) -> bool {
    name.starts_with("sqlite_") || name == "pragma_quick_check"
}
