//! The one connection of a store that changes rows, and how a change is carried out on it.

use rusqlite::{Transaction, TransactionBehavior};

use super::{
    Cause, Durability, Error, HistoryLimits, Revision, WriteTransaction,
    database::Database,
    limits::{self, EmptyChange},
    owners::Owners,
};

/// The connection that changes rows.
pub(super) struct Writer {
    pub(super) database: Database,
    pub(super) revision: Revision,
    synced: Revision,
    durability: Durability,
}

impl Writer {
    /// The writer of a database that has the store's own tables.
    pub(super) fn new(database: Database) -> Result<Self, Error> {
        let limits::HistoryState { revision, synced, .. } = limits::state(database.connection())?;
        Ok(Self { database, revision, synced, durability: Durability::WhenSynced })
    }

    /// Whether every change so far is on the disk.
    pub(super) fn is_synced(&self) -> bool {
        self.synced == self.revision
    }

    /// Does `work` as one change with a revision of its own.
    pub(super) fn revise<T, E: From<Error>>(
        &mut self,
        owners: &Owners,
        limits: HistoryLimits,
        cause: &Cause,
        empty: EmptyChange,
        work: impl FnOnce(&WriteTransaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let database = &self.database;
        let connection = database.connection();
        let revision = Revision(self.revision.0.saturating_add(1));
        let transaction =
            Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(Error::from)?;
        let _cause_ends = CauseGuard(database);
        let last = limits::last_change(connection)?;
        let change = WriteTransaction::begin(database, owners, cause, revision)?;
        let value = work(&change)?;
        let causes = change.causes();
        if limits::settle(connection, limits::Settlement { revision, last, causes, empty }, limits)? {
            transaction.commit().map_err(Error::from)?;
            self.revision = revision;
            if self.durability == Durability::Now {
                self.synced = revision;
            }
        }
        Ok(value)
    }

    /// Commits wait for the disk from here on, or do not.
    pub(super) fn prepare_for(&mut self, durability: Durability) -> Result<(), Error> {
        if durability != self.durability {
            let level = match durability {
                Durability::WhenSynced => "NORMAL",
                Durability::Now => "FULL",
            };
            self.database.connection().pragma_update(None, "synchronous", level)?;
            self.durability = durability;
        }
        Ok(())
    }

    /// Brings every change so far to the disk: a commit that waits for the disk takes all before it along. Then the log is written back into
    /// the file as far as readers allow.
    pub(super) fn sync(&mut self) -> Result<Revision, Error> {
        self.prepare_for(Durability::Now)?;
        let connection = self.database.connection();
        connection.execute("UPDATE \"store/history\" SET synced = revision", [])?;
        self.synced = self.revision;
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        Ok(self.synced)
    }
}

/// When the change is over, however it ends, nothing can be changed without another cause.
struct CauseGuard<'a>(&'a Database);

impl Drop for CauseGuard<'_> {
    fn drop(&mut self) {
        self.0.set_cause(0);
    }
}
