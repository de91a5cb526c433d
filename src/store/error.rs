//! What can go wrong between a program and its store.

use std::sync::Arc;

use rusqlite::ErrorCode;

use super::{DateOutOfRange, Revision};

/// Why the store could not do what it was asked. What was begun is undone.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// SQLite refused a statement, or a value could not be read as the type that was asked for.
    #[error("the database refused a statement")]
    Sql(#[source] Arc<rusqlite::Error>),
    /// The database's file contradicts itself.
    #[error(
        "the database file is damaged; start the program again: the file will then be set aside and a new one begun"
    )]
    Damaged(#[source] Arc<rusqlite::Error>),
    /// A look through the whole file found that it contradicts itself.
    #[error("the database file contradicts itself: {found}")]
    Inconsistent {
        /// What SQLite found first.
        found: String,
    },
    /// There is no room left: on the disk, or below the largest size a database may have.
    #[error("there is no room left on the disk or in the database; the change was undone")]
    Full(#[source] Arc<rusqlite::Error>),
    /// The operating system could not read or write the database's file.
    #[error("the database file cannot be read or written")]
    Disk(#[source] Arc<rusqlite::Error>),
    /// Another program held the database's file for too long.
    #[error("another program is using the database file")]
    Busy(#[source] Arc<rusqlite::Error>),
    /// A change or a reading was begun inside another one of the same store: it would wait for itself.
    #[error("a change or a reading of the store was begun inside another one")]
    Nested,
    /// No owner of this name was declared.
    #[error("“{name}” is no owner of tables")]
    UnknownOwner {
        /// The name.
        name: String,
    },
    /// The owner has no such table.
    #[error("{owner} has no table “{table}”")]
    UnknownTable {
        /// The owner.
        owner: String,
        /// The name of no table.
        table: String,
    },
    /// An owner's name is none: see [`Owner::name`](super::Owner::name).
    #[error("“{name}” cannot be an owner's name")]
    OwnerName {
        /// The name.
        name: String,
    },
    /// A table or an index has a name that cannot be.
    #[error("{owner}: a table or an index cannot be called “{name}”")]
    Name {
        /// The owner.
        owner: String,
        /// The name.
        name: String,
    },
    /// An owner's statement names what cannot be its own.
    #[error("{owner}: “{name}” cannot be one of its tables")]
    ForeignName {
        /// The owner.
        owner: String,
        /// The name.
        name: String,
    },
    /// The tables of an owner were made by a newer version of the program.
    #[error(
        "the tables of {owner} are of version {found}, made by a newer version of the program; this one knows {known}"
    )]
    OwnerNewer {
        /// The owner.
        owner: String,
        /// The version in the database.
        found: u64,
        /// The newest version this program knows.
        known: u64,
    },
    /// A migration failed. The owner's tables are as they were before.
    #[error("{owner}: the step to version {version} of its tables failed")]
    Migration {
        /// The owner.
        owner: String,
        /// The version the migration leads to.
        version: u64,
        /// Why it failed.
        #[source]
        source: Box<Error>,
    },
    /// A table cannot be kept.
    #[error("{owner}: the table {table} cannot be kept: {flaw}")]
    Table {
        /// The owner.
        owner: String,
        /// The table.
        table: String,
        /// Why not.
        flaw: TableFlaw,
    },
    /// A revision from before the beginning of what the history keeps.
    #[error("the state at revision {asked} is not known any more: the history before revision {complete_from} was cut")]
    Cut {
        /// The revision that was asked for.
        asked: Revision,
        /// The first one whose state is known.
        complete_from: Revision,
    },
    /// A revision that has not been yet.
    #[error("there is no revision {asked} yet: the newest one is {newest}")]
    NotYet {
        /// The revision that was asked for.
        asked: Revision,
        /// The newest one.
        newest: Revision,
    },
    /// The lab's calendar cannot be reset by itself, since it never goes back.
    #[error("the lab's calendar never goes back; start over to begin it anew")]
    CalendarReset,
    /// A date the calendar does not have.
    #[error(transparent)]
    Date(#[from] DateOutOfRange),
    /// An entry of the history is not written as this program writes it.
    #[error("an entry of the history cannot be read")]
    HistoryEntry,
    /// The store's own tables were made by a newer version of the program.
    #[error(
        "the database was made by a newer version of the program: its format is {found}, this program knows {known}"
    )]
    Newer {
        /// The format's number in the file.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// The file is a database of another program.
    #[error("the file is a database of another program")]
    ForeignDatabase,
}

/// Why a table cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableFlaw {
    /// Columns would take values of any type.
    #[error("it is not STRICT")]
    NotStrict,
    /// A row could not be told from another.
    #[error("it has no primary key")]
    NoKey,
    /// More columns than [`MAX_COLUMNS`](super::MAX_COLUMNS).
    #[error("it has too many columns")]
    TooManyColumns,
    /// A column has the name of one of the owner's tables or indexes, which could then not be told apart in a statement.
    #[error("a column has the name of a table or an index")]
    ColumnNamedAsTable,
    /// A row names one in another table that is not there.
    #[error("a row refers to one that does not exist")]
    ForeignKey,
}

impl Error {
    /// Whether a constraint of a table (`UNIQUE`, `CHECK`, `NOT NULL`, a foreign key) refused the statement.
    pub fn is_constraint(&self) -> bool {
        matches!(self, Self::Sql(source) if source.sqlite_error_code() == Some(ErrorCode::ConstraintViolation))
    }

    /// Whether the file was found damaged.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged(_) | Self::Inconsistent { .. } | Self::HistoryEntry => true,
            Self::Migration { source, .. } => source.is_damage(),
            _ => false,
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(source: rusqlite::Error) -> Self {
        let code = source.sqlite_error_code();
        let source = Arc::new(source);
        match code {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(source),
            Some(ErrorCode::DiskFull) => Self::Full(source),
            Some(
                ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::NoLargeFileSupport,
            ) => Self::Disk(source),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
                Self::Busy(source)
            }
            _ => Self::Sql(source),
        }
    }
}
