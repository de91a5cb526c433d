//! The store as its users hold it: a handle to one database, one writer at a time, readers beside it.

use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    Cause, Date, Error, HistoryLimits, Owner, ReadTransaction, Revision, WriteTransaction,
    calendar_table::{self, CALENDAR},
    database::Database,
    inside::{self, ReentryGuard},
    limits::{self, EmptyChange},
    lock::DatabaseLock,
    migrate,
    owners::Owners,
    schema,
    writer::Writer,
};

/// What lasts: tables of rows, each change of a row with its date and its cause. Cheap to clone; all clones are the same store.
///
/// * A change ([`Store::change`]) is one synchronous closure under one lock. It happens whole or not at all.
/// * A store in a file is read ([`Store::read`] and the queries) without waiting for a change in progress. A store in memory is read under the
///   same lock.
/// * [`Store::trial`] gives a copy in memory that shares nothing with it and leaves nothing.
#[derive(Clone)]
pub struct Store {
    pub(super) inner: Arc<Inner>,
}

/// Where a store's content is, and whether it lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// In a file that this process holds: it lasts.
    Lasting {
        /// The database's file.
        file: PathBuf,
    },
    /// In memory: it ends with the last handle.
    Memory,
    /// In memory, a copy of a file that another process holds: it ends with the last handle.
    Copy,
    /// In memory, a copy of another store: it ends with the last handle.
    Trial {
        /// The revision it began from.
        revision: Revision,
        /// The date the lab's calendar showed.
        date: Date,
    },
}

/// What a store is made of. Connections are closed before the file is let go, in the order of these fields.
pub(super) struct Inner {
    id: u64,
    /// Closed before the writer, which alone can write the log back into the file.
    readers: Option<Readers>,
    writer: Mutex<Writer>,
    pub(super) owners: Owners,
    limits: HistoryLimits,
    kind: StoreKind,
    hold: Option<Arc<DatabaseLock>>,
}

/// Connections that read a file.
struct Readers {
    file: PathBuf,
    idle: Mutex<Vec<Database>>,
}

/// Reading connections that are kept for the next reading.
const IDLE_READERS: usize = 4;

impl Store {
    /// An empty store in memory, for tests and for programs that keep nothing.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn in_memory() -> Result<Self, Error> {
        Self::in_memory_within(HistoryLimits::default())
    }

    /// An empty store in memory whose history has limits of its own.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn in_memory_within(limits: HistoryLimits) -> Result<Self, Error> {
        Self::new(Database::in_memory()?, StoreKind::Memory, limits, None)
    }

    /// A store on a connection to a database that may still be empty.
    pub(super) fn new(
        database: Database,
        kind: StoreKind,
        limits: HistoryLimits,
        hold: Option<Arc<DatabaseLock>>,
    ) -> Result<Self, Error> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut database = database;
        schema::prepare(database.connection())?;
        database.guard()?;
        let readers = match &kind {
            StoreKind::Lasting { file } => Some(Readers { file: file.clone(), idle: Mutex::default() }),
            StoreKind::Memory | StoreKind::Copy | StoreKind::Trial { .. } => None,
        };
        let writer = Writer::new(database)?;
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let inner = Inner { id, writer: Mutex::new(writer), readers, owners: Owners::default(), limits, kind, hold };
        let store = Self { inner: Arc::new(inner) };
        store.owner(&CALENDAR)?;
        Ok(store)
    }

    /// Declares an owner: its tables are there from here on, and those of an older version have become today's.
    ///
    /// Each migration is carried out whole or not at all, with all before it. In the history every row of the owner is then gone from the old tables
    /// and come to the new ones.
    ///
    /// # Errors
    /// [`Error::OwnerNewer`] when a newer version of the program made its tables, [`Error::Migration`] when one failed, or a flaw of its
    /// names or tables. Whatever the error, the tables are as they were.
    pub fn owner(&self, owner: &Owner) -> Result<(), Error> {
        let names = Arc::new(owner.namespace()?);
        let (_inside, mut writer) = self.inner.write()?;
        let done = migrate::to_newest(&mut writer, &self.inner.owners, self.inner.limits, owner, &names);
        self.inner.noted(done)?;
        self.inner.owners.declare(owner.clone(), names);
        Ok(())
    }

    /// Changes rows for a reason. The closure's error, or a panic in it, undoes everything it did.
    ///
    /// A change that leaves every row as it was leaves no trace and has no revision. Statements inside read what the change has done so far;
    /// [`Store::read`] and other threads see it when it is done.
    ///
    /// # Errors
    /// The closure's, or [`Error`] as the closure's error type: [`Error::Nested`] inside another change or reading of this store,
    /// [`Error::Full`] and [`Error::Disk`] when it cannot be written.
    pub fn change<T, E: From<Error>>(
        &self,
        cause: &Cause,
        work: impl FnOnce(&WriteTransaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (_inside, mut writer) = self.inner.write()?;
        writer.prepare_for(cause.durability)?;
        let done = writer.revise(&self.inner.owners, self.inner.limits, cause, EmptyChange::Forget, work);
        self.inner.look_for_damage(&writer.database);
        done
    }

    /// Reads rows. Everything the closure reads is of one state: the one after the newest change that is done.
    ///
    /// # Errors
    /// The closure's, or [`Error`] as the closure's error type: [`Error::Nested`] inside a change or another reading of this store.
    pub fn read<T, E: From<Error>>(&self, work: impl FnOnce(&ReadTransaction<'_>) -> Result<T, E>) -> Result<T, E> {
        self.inner.reading(|database| work(&ReadTransaction { database, owners: &self.inner.owners }))
    }

    /// Waits until every change so far is on the disk, and says which revision that is. A store in memory has nothing to wait for.
    ///
    /// # Errors
    /// [`Error::Full`] and [`Error::Disk`] when it cannot be written.
    pub fn sync(&self) -> Result<Revision, Error> {
        let (_inside, mut writer) = self.inner.write()?;
        if self.inner.readers.is_none() || writer.is_synced() {
            return Ok(writer.revision);
        }
        let done = writer.sync();
        self.inner.noted(done)
    }

    /// A copy in memory with the same content, history and owners, that shares nothing with this store and leaves nothing.
    ///
    /// # Errors
    /// When the store cannot be read, or there is no memory for the copy.
    pub fn trial(&self) -> Result<Self, Error> {
        let copy: Database = self.inner.reading(Database::copy)?;
        let date = calendar_table::date(copy.connection())?;
        let revision = limits::state(copy.connection())?.revision;
        let trial = Self::new(copy, StoreKind::Trial { revision, date }, self.inner.limits, None)?;
        trial.inner.owners.declare_all(&self.inner.owners);
        Ok(trial)
    }

    /// The newest revision.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn revision(&self) -> Result<Revision, Error> {
        Ok(self.inner.reading(|database| limits::state(database.connection()))?.revision)
    }

    /// Where the content is, and whether it lasts.
    pub fn kind(&self) -> &StoreKind {
        &self.inner.kind
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("kind", &self.inner.kind).finish_non_exhaustive()
    }
}

impl Inner {
    /// The connection that writes, once nobody else has it.
    pub(super) fn write(&self) -> Result<(ReentryGuard, MutexGuard<'_, Writer>), Error> {
        let inside = inside::enter(self.id)?;
        Ok((inside, self.writer.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Reads one state of the database, beside the writer where the content is in a file.
    pub(super) fn reading<T, E: From<Error>>(&self, work: impl FnOnce(&Database) -> Result<T, E>) -> Result<T, E> {
        let Some(readers) = &self.readers else {
            let (_inside, writer) = self.write()?;
            return work(&writer.database);
        };
        let _inside = inside::enter(self.id)?;
        let database = readers.take()?;
        let transaction = database.connection().unchecked_transaction().map_err(Error::from)?;
        let done = work(&database);
        drop(transaction);
        self.look_for_damage(&database);
        readers.give_back(database);
        done
    }

    /// The same result; when it is damage, the next start is told to look at the file.
    pub(super) fn noted<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        if let (Err(error), Some(hold)) = (&result, &self.hold)
            && error.is_damage()
        {
            hold.mark_damaged();
        }
        result
    }

    /// Takes down what a look through the whole file has found.
    pub(super) fn checked(&self, result: Result<(), Error>) -> Result<(), Error> {
        if let (Ok(()), Some(hold)) = (&result, &self.hold) {
            hold.mark_whole();
        }
        self.noted(result)
    }

    /// Has the next start look at the file when `database` met damage in it.
    fn look_for_damage(&self, database: &Database) {
        if let Some(hold) = &self.hold
            && database.met_damage()
        {
            hold.mark_damaged();
        }
    }

    /// The limits of the history.
    pub(super) fn limits(&self) -> HistoryLimits {
        self.limits
    }

    /// A new connection to read the file with, `None` for a store in memory.
    pub(super) fn new_reader(&self) -> Result<Option<Database>, Error> {
        self.readers.as_ref().map(|readers| Database::reading(&readers.file)).transpose()
    }
}

impl Readers {
    fn take(&self) -> Result<Database, Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(database) = idle {
            return Ok(database);
        }
        let mut database = Database::reading(&self.file)?;
        database.guard()?;
        Ok(database)
    }

    fn give_back(&self, database: Database) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_READERS {
            idle.push(database);
        }
    }
}
