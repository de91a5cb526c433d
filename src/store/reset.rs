//! Resets: tables as they were when they were new.

use super::{
    Cause, Error, Store,
    calendar_table::CALENDAR,
    migrate::{self, ResetScope},
};

impl Store {
    /// Makes the tables of `owner` as they were when they were new: its rows are gone, and those its migrations put in have come.
    ///
    /// A reset is a change like any other: the history says of each row that it is gone, with this cause, and states before it can still be seen.
    /// An owner the program does not declare loses its tables.
    ///
    /// # Errors
    /// [`Error::UnknownOwner`] when it has no tables, [`Error::CalendarReset`] for the calendar; otherwise as [`Store::change`].
    pub fn reset_owner(&self, owner: &str, cause: &Cause) -> Result<(), Error> {
        if owner == CALENDAR.name {
            return Err(Error::CalendarReset);
        }
        self.reset(cause, &ResetScope::One(owner))
    }

    /// The same for every owner, in one change. The lab's calendar goes on: it never goes back, so that a date names one state.
    ///
    /// # Errors
    /// As [`Store::change`].
    pub fn reset_all(&self, cause: &Cause) -> Result<(), Error> {
        self.reset(cause, &ResetScope::All)
    }

    /// Makes everything as it was when it was new, the lab's calendar too, and forgets the history: nothing of before can be seen any more, not even
    /// in the file. Revisions go on.
    ///
    /// # Errors
    /// As [`Store::change`].
    pub fn start_over(&self, cause: &Cause) -> Result<(), Error> {
        self.reset(cause, &ResetScope::AllAnew)?;
        let (_inside, writer) = self.inner.write()?;
        // Deleted rows stay in a file until their pages are used again.
        let connection = writer.database.connection();
        let done = connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);").map_err(Error::from);
        self.inner.noted(done)
    }

    fn reset(&self, cause: &Cause, which: &ResetScope<'_>) -> Result<(), Error> {
        let (_inside, mut writer) = self.inner.write()?;
        let done = migrate::reset(&mut writer, &self.inner.owners, self.inner.limits(), cause, which);
        self.inner.noted(done)
    }
}
