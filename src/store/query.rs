//! Questions in SQL that can do nothing but read one owner's tables, for a student's own hand.
//!
//! They run on a connection of their own that cannot write, may read nothing but the owner's tables, and stop at limits: of work, of rows, of
//! octets, and when they are told to.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use rusqlite::{
    Connection, ErrorCode,
    hooks::{AuthAction, AuthContext, Authorization},
    limits::Limit,
};
use serde::{Deserialize, Serialize};

use super::{
    Error, Store, Value,
    capture::owners_tables,
    database::{Database, JSON_TABLES, may_be_subquery},
    names::quoted,
};

/// The most rows an answer has.
pub const MAX_ROWS: usize = 10_000;
/// The most octets an answer has, in texts and blobs.
pub const MAX_ANSWER: usize = 4 * 1024 * 1024;
/// The most octets of one value in an answer. Of a longer one the beginning is there.
pub const MAX_VALUE: usize = 4 * 1024;
/// The most steps of SQLite's virtual machine an answer may take, less than a second's work where steps are small.
pub const MAX_STEPS: u64 = 20_000_000;
/// The longest an answer may take, whatever its steps.
pub const MAX_TIME: Duration = Duration::from_secs(2);
/// The longest question, in octets.
pub const MAX_SQL: usize = 16 * 1024;
/// The longest value a question may compute with, in octets.
pub const MAX_COMPUTED: usize = 16 * 1024 * 1024;
/// The longest pattern of `LIKE` and `GLOB`, in octets: their time can grow with its power.
pub const MAX_PATTERN: usize = 100;

/// A question.
#[derive(Clone, Debug)]
pub struct SqlQuery<'a> {
    /// One statement that reads: `SELECT`, `VALUES`, `WITH … SELECT`, `EXPLAIN QUERY PLAN SELECT`. Tables have the names their owner gave them.
    pub sql: &'a str,
    /// Stops the work, from any thread.
    pub stop: StopSignal,
}

impl<'a> SqlQuery<'a> {
    /// A question that stops at its limits only.
    pub fn new(sql: &'a str) -> Self {
        Self { sql, stop: StopSignal::default() }
    }
}

/// Stops a question that is being answered. Clones stop the same one.
#[derive(Clone, Debug, Default)]
pub struct StopSignal(Arc<AtomicBool>);

impl StopSignal {
    /// The answer ends with [`QueryError::Stopped`] soon.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// An answer: a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ResultTable {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows, each with a value for each column.
    pub rows: Vec<Vec<Value>>,
    /// Why rows are missing at the end; `None` when all are there.
    pub cut: Option<ResultLimit>,
}

/// At which limit the rows of an answer end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResultLimit {
    /// There are more than [`MAX_ROWS`].
    Rows,
    /// They have more than [`MAX_ANSWER`] octets.
    Octets,
}

/// Why a question has no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum QueryError {
    /// SQLite does not understand it.
    #[error("{message}")]
    Sql {
        /// SQLite's words: `no such table: custmers`.
        message: String,
        /// Where in the question, in octets from its beginning, if that is known.
        offset: Option<usize>,
    },
    /// It is no question: nothing, or more than one statement.
    #[error("write one statement that begins with SELECT")]
    NotOneStatement,
    /// It would do something other than reading the owner's tables.
    #[error("only this owner's tables can be read here, and nothing can be changed: {denied} is not allowed")]
    Denied {
        /// What it would have done.
        denied: DeniedAction,
    },
    /// It takes more than [`MAX_STEPS`] steps or [`MAX_TIME`].
    #[error("the answer takes too much work; ask for less, for instance with WHERE or LIMIT")]
    TooMuchWork,
    /// It computes with a value longer than [`MAX_COMPUTED`], or is longer than [`MAX_SQL`] itself.
    #[error("a text or a blob in it is too long")]
    TooLong,
    /// It was stopped.
    #[error("it was stopped")]
    Stopped,
    /// The store cannot be read.
    #[error("the store cannot be read")]
    Store(#[from] Error),
}

/// Something a question may not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeniedAction {
    /// Read a table that is not the owner's.
    Table(String),
    /// Use a function.
    Function(String),
    /// Use a `PRAGMA`.
    Pragma(String),
    /// Change rows or tables.
    Change,
    /// Open another file.
    Attach,
    /// An action that is not listed here.
    Other,
}

impl fmt::Display for DeniedAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(name) => write!(f, "reading {name}"),
            Self::Function(name) => write!(f, "the function {name}"),
            Self::Pragma(name) => write!(f, "PRAGMA {name}"),
            Self::Change => f.write_str("changing rows or tables"),
            Self::Attach => f.write_str("opening another file"),
            Self::Other => f.write_str("this statement"),
        }
    }
}

impl Store {
    /// Answers a question about the tables of `owner`, as they are after the newest change that is done.
    ///
    /// A question can take a second: ask on a thread that may wait. A store in memory is copied for it first.
    ///
    /// # Errors
    /// [`QueryError`]: what is wrong with the question, or at which limit it ended.
    pub fn query(&self, owner: &str, query: &SqlQuery<'_>) -> Result<ResultTable, QueryError> {
        let database = match self.inner.new_reader()? {
            Some(database) => database,
            None => self.inner.reading(Database::copy)?,
        };
        run(database, owner, query)
    }
}

/// Answers on a connection of its own.
pub(super) fn run(mut database: Database, owner: &str, query: &SqlQuery<'_>) -> Result<ResultTable, QueryError> {
    let tables: Vec<String> =
        owners_tables(database.connection(), owner)?.into_iter().map(|(physical, _)| physical).collect();
    name_tables(database.connection(), &tables)?;
    restrict(database.connection())?;
    let watch = QueryWatch { stop: query.stop.clone(), ..QueryWatch::default() };
    watch.guard(database.connection_mut(), tables)?;
    watch.in_time(|| answer(database.connection(), query.sql)).map_err(|error| watch.explain(error))
}

/// Views that give the tables the names their owner gave them.
fn name_tables(connection: &Connection, tables: &[String]) -> Result<(), Error> {
    connection.pragma_update(None, "query_only", false)?;
    // What a question sorts and gathers goes to the disk when it is much.
    connection.pragma_update(None, "temp_store", "FILE")?;
    for physical in tables {
        let name = physical.split_once('/').map_or(&**physical, |(_, name)| name);
        connection.execute_batch(&format!(
            "CREATE TEMP VIEW {} AS SELECT * FROM main.{}",
            quoted(name),
            quoted(physical)
        ))?;
    }
    connection.pragma_update(None, "query_only", true)?;
    Ok(())
}

fn restrict(connection: &Connection) -> Result<(), Error> {
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, MAX_COMPUTED),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, MAX_SQL),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, MAX_PATTERN),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 50),
        (Limit::SQLITE_LIMIT_COLUMN, 500),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, i32::try_from(value).unwrap_or(i32::MAX))?;
    }
    Ok(())
}

fn answer(connection: &Connection, sql: &str) -> rusqlite::Result<ResultTable> {
    let mut statement = connection.prepare(sql)?;
    let columns: Vec<String> = statement.column_names().map(ToOwned::to_owned).collect();
    let mut rows = statement.query([])?;
    let mut answer = ResultTable { columns, ..ResultTable::default() };
    let mut octets = 0_usize;
    while let Some(row) = rows.next()? {
        if answer.rows.len() >= MAX_ROWS {
            answer.cut = Some(ResultLimit::Rows);
            break;
        }
        let values = (0..answer.columns.len()).map(|at| Ok(Value::shown(row.get_ref(at)?, MAX_VALUE)));
        let values = values.collect::<rusqlite::Result<Vec<_>>>()?;
        octets = octets.saturating_add(values.iter().map(Value::octets).sum());
        if octets > MAX_ANSWER {
            answer.cut = Some(ResultLimit::Octets);
            break;
        }
        answer.rows.push(values);
    }
    Ok(answer)
}

/// What stops a question, and what it was denied.
#[derive(Clone, Debug, Default)]
struct QueryWatch {
    stop: StopSignal,
    steps: Arc<AtomicU64>,
    late: Arc<AtomicBool>,
    denied: Arc<Mutex<Option<DeniedAction>>>,
}

/// Steps between two looks at whether to go on. A step can handle a long value, so they are few.
const STEPS_BETWEEN: i32 = 100;

impl QueryWatch {
    fn guard(&self, connection: &mut Connection, tables: Vec<String>) -> Result<(), Error> {
        let Self { stop, steps, late, denied } = self.clone();
        connection.progress_handler(
            STEPS_BETWEEN,
            Some(move || {
                let steps = steps.fetch_add(STEPS_BETWEEN.unsigned_abs().into(), Ordering::Relaxed);
                steps > MAX_STEPS || stop.0.load(Ordering::Relaxed) || late.load(Ordering::Relaxed)
            }),
        )?;
        connection.authorizer(Some(move |asked: AuthContext<'_>| match judge(&asked, &tables) {
            None => Authorization::Allow,
            Some(no) => {
                denied.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(no);
                Authorization::Deny
            }
        }))?;
        Ok(())
    }

    /// Does `work`, and has it stopped when it takes longer than [`MAX_TIME`].
    fn in_time<T>(&self, work: impl FnOnce() -> T) -> T {
        let (done, waits) = mpsc::sync_channel::<()>(0);
        thread::scope(|scope| {
            let watch = move || {
                if waits.recv_timeout(MAX_TIME) == Err(RecvTimeoutError::Timeout) {
                    self.late.store(true, Ordering::Relaxed);
                }
            };
            // Where there is no thread to be had, the number of steps is the only limit.
            thread::Builder::new().name("store-query".to_owned()).spawn_scoped(scope, watch).ok();
            let value = work();
            drop(done);
            value
        })
    }

    fn explain(&self, error: rusqlite::Error) -> QueryError {
        if let Some(denied) = self.denied.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return QueryError::Denied { denied };
        }
        match (error.sqlite_error_code(), error) {
            (Some(ErrorCode::OperationInterrupted), _) => {
                if self.stop.0.load(Ordering::Relaxed) {
                    QueryError::Stopped
                } else {
                    QueryError::TooMuchWork
                }
            }
            (Some(ErrorCode::TooBig), _) => QueryError::TooLong,
            // The tables' names are views', which SQLite refuses to change before it asks whether that is allowed.
            (_, rusqlite::Error::SqliteFailure(_, Some(message))) if message.starts_with("cannot modify ") => {
                QueryError::Denied { denied: DeniedAction::Change }
            }
            (_, rusqlite::Error::Empty | rusqlite::Error::MultipleStatement | rusqlite::Error::NulError(_)) => {
                QueryError::NotOneStatement
            }
            (_, rusqlite::Error::SqlInputError { msg, offset, .. }) => {
                QueryError::Sql { message: msg, offset: usize::try_from(offset).ok() }
            }
            (Some(ErrorCode::Unknown), rusqlite::Error::SqliteFailure(_, Some(message))) => {
                QueryError::Sql { message, offset: None }
            }
            (_, error) => QueryError::Store(error.into()),
        }
    }
}

/// What a question would do that it may not; `None` when it may.
fn judge(asked: &AuthContext<'_>, tables: &[String]) -> Option<DeniedAction> {
    let own = |name: &str| tables.iter().any(|table| table == name || table.ends_with(&format!("/{name}")));
    Some(match asked.action {
        AuthAction::Select | AuthAction::Recursive => return None,
        AuthAction::Read { table_name, .. } if own(table_name) || JSON_TABLES.contains(&table_name) => return None,
        AuthAction::Read { table_name, column_name: "" } if may_be_subquery(table_name) => return None,
        AuthAction::Read { table_name, .. } => DeniedAction::Table(table_name.to_owned()),
        AuthAction::Function { function_name } => {
            let known = !function_name.starts_with("store_") && function_name != "load_extension";
            return (!known).then(|| DeniedAction::Function(function_name.to_owned()));
        }
        AuthAction::Pragma { pragma_name, .. } => DeniedAction::Pragma(pragma_name.to_owned()),
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => DeniedAction::Attach,
        AuthAction::Insert { .. }
        | AuthAction::Update { .. }
        | AuthAction::Delete { .. }
        | AuthAction::CreateTable { .. }
        | AuthAction::CreateIndex { .. }
        | AuthAction::DropTable { .. }
        | AuthAction::DropIndex { .. }
        | AuthAction::AlterTable { .. } => DeniedAction::Change,
        _ => DeniedAction::Other,
    })
}
