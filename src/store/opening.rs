//! Opening a world's database, and what is done when that cannot be: a damaged file is set aside, a held one is copied, and without a disk the store
//! is in memory.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::{Connection, params};

use super::{
    DatabasePlace, Date, Error, HistoryLimits, LockHolder, OpenError, Store,
    database::{Database, MAX_DATABASE},
    handle::StoreKind,
    lock::{DatabaseLock, PreviousEnd},
};

/// A world's store, opened as well as it could be.
#[derive(Debug)]
pub enum WorldStore {
    /// It lasts.
    Lasting {
        /// The store.
        store: Store,
        /// What was met on opening it.
        found: OpeningReport,
    },
    /// Another process holds the database: this is a copy of it as it is now, which keeps nothing.
    Copy {
        /// The copy.
        store: Store,
        /// Who holds the database, if that could be read.
        holder: Option<LockHolder>,
    },
    /// There is no database to be had: this store is empty, in memory, and keeps nothing.
    Memory {
        /// The store.
        store: Store,
        /// Why it could not be opened.
        why: OpenError,
    },
}

/// What was met on opening a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpeningReport {
    /// A damaged file that was set aside for a new one.
    pub set_aside: Option<DamagedFile>,
    /// The program was killed the last time, and the file is too large to be checked while a person waits: [`Store::check`] is to be called from a
    /// thread that may wait.
    pub check_due: bool,
}

/// A damaged file that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedFile {
    /// Where it is now.
    pub file: PathBuf,
    /// What was wrong with it, from the first reason to the last.
    pub why: Vec<String>,
}

/// The largest file that is looked at as a whole while somebody waits for it, in octets: some tenths of a second.
pub const MAX_CHECKED_AT_ONCE: u64 = 32 * 1024 * 1024;

impl WorldStore {
    /// Opens the database at `place`; copies it when another process holds it; goes on in memory when there is none to be had. `now` dates what
    /// has to be set aside.
    ///
    /// # Errors
    /// When there is not even memory for a store.
    pub fn open(place: &DatabasePlace, now: Date) -> Result<Self, Error> {
        let why = match Store::open(place, now) {
            Ok((store, found)) => return Ok(Self::Lasting { store, found }),
            Err(OpenError::Held { holder }) => match Store::copy_of(place) {
                Ok(store) => return Ok(Self::Copy { store, holder }),
                Err(error) => error.into(),
            },
            Err(why) => why,
        };
        Ok(Self::Memory { store: Store::in_memory()?, why })
    }

    /// The store, whichever it is.
    pub fn store(&self) -> &Store {
        match self {
            Self::Lasting { store, .. } | Self::Copy { store, .. } | Self::Memory { store, .. } => store,
        }
    }
}

impl Store {
    /// Opens the database at `place` and holds it until the last handle is gone. A damaged file, or one of another program, is set aside and a new
    /// one begun.
    ///
    /// # Errors
    /// [`OpenError`]: who else holds it, or why it cannot be used. One that a newer version of the program made is left as it is.
    pub fn open(place: &DatabasePlace, now: Date) -> Result<(Self, OpeningReport), OpenError> {
        Self::open_within(place, now, HistoryLimits::default(), MAX_DATABASE)
    }

    /// The same with a history of other limits and another largest size of the database, in octets.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_within(
        place: &DatabasePlace,
        now: Date,
        limits: HistoryLimits,
        max: u64,
    ) -> Result<(Self, OpeningReport), OpenError> {
        let (hold, last_end) = DatabaseLock::take(place, now)?;
        let hold = Arc::new(hold);
        let size = fs::metadata(place.database()).map_or(0, |file| file.len());
        let check = match last_end {
            PreviousEnd::Good => false,
            PreviousEnd::Sudden => size <= MAX_CHECKED_AT_ONCE,
            PreviousEnd::Damaged => true,
        };
        let open = |check| open_file(&place.database(), &hold, check, limits, max);
        match open(check) {
            Ok(store) => {
                let check_due = hold.check_due();
                Ok((store, OpeningReport { set_aside: None, check_due }))
            }
            Err(error) if error.is_damage() || matches!(error, Error::ForeignDatabase) => {
                let set_aside = set_aside(place, now, &error)?;
                hold.mark_whole();
                Ok((open(false)?, OpeningReport { set_aside: Some(set_aside), check_due: false }))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A copy in memory of the database at `place` as it is now, which keeps nothing. The process that holds it may be writing.
    ///
    /// # Errors
    /// When it cannot be read, or there is no memory for the copy.
    pub fn copy_of(place: &DatabasePlace) -> Result<Self, Error> {
        let file = place.database();
        let copy = if file.exists() { Database::reading(&file)?.copy()? } else { Database::in_memory()? };
        Self::new(copy, StoreKind::Copy, HistoryLimits::default(), None)
    }

    /// Looks at the whole file for damage, which takes some tenths of a second for every hundred megabytes. Changes do not wait for it.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] or [`Error::Damaged`] when there is some: the next start will then set the file aside.
    pub fn check(&self) -> Result<(), Error> {
        let done = self.inner.reading(|database| look_through(database.connection()));
        self.inner.checked(done)
    }
}

fn open_file(
    file: &Path,
    hold: &Arc<DatabaseLock>,
    check: bool,
    limits: HistoryLimits,
    max: u64,
) -> Result<Store, Error> {
    let database = Database::in_file(file, max)?;
    if check {
        look_through(database.connection())?;
        hold.mark_whole();
    }
    let kind = StoreKind::Lasting { file: file.to_owned() };
    Store::new(database, kind, limits, Some(Arc::clone(hold)))
}

fn look_through(connection: &Connection) -> Result<(), Error> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(Error::Inconsistent { found }) }
}

/// Renames the database's files, so that they still belong together.
fn set_aside(place: &DatabasePlace, now: Date, why: &Error) -> Result<DamagedFile, OpenError> {
    let from = place.database();
    let date = file_date(now)?;
    let free = |number: &u32| {
        let more = if *number == 1 { String::new() } else { format!("-{number}") };
        let file = place.file(&format!("damaged-{date}{more}.sqlite"));
        (!file.exists()).then_some(file)
    };
    let to = (1..=MAX_SET_ASIDE).find_map(|number| free(&number)).unwrap_or_else(|| place.file("damaged.sqlite"));
    for end in ["", "-wal", "-shm"] {
        match fs::rename(with_end(&from, end), with_end(&to, end)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(OpenError::SetAside { file: with_end(&from, end), source }),
        }
    }
    let mut reasons = Vec::new();
    let mut reason: Option<&dyn std::error::Error> = Some(why);
    while let Some(error) = reason {
        reasons.push(error.to_string());
        reason = error.source();
    }
    Ok(DamagedFile { file: to, why: reasons })
}

/// Files set aside in one second.
const MAX_SET_ASIDE: u32 = 100;

fn with_end(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// A date as a part of a file's name: `2026-09-07-090000`.
fn file_date(date: Date) -> Result<String, Error> {
    let seconds = date.since(Date::EARLIEST).as_secs().cast_signed();
    let connection = Connection::open_in_memory()?;
    Ok(connection
        .query_row("SELECT strftime('%Y-%m-%d-%H%M%S', ?1, 'unixepoch')", params![seconds], |row| row.get(0))?)
}
