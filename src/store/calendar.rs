//! The lab's calendar: which date it is. It goes on with what is done and can be skipped ahead; it never goes back.

use std::time::Duration;

use rusqlite::params;

use super::{Cause, Date, Error, Store, calendar_table};

/// The lab's calendar of one store.
#[derive(Debug)]
pub struct Calendar<'a> {
    store: &'a Store,
}

/// How far the calendar can be skipped ahead at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 365 days.
    Year,
}

impl Skip {
    /// All of them, the shortest first.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Year];

    /// The time that is skipped.
    pub fn duration(self) -> Duration {
        let days = match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Year => 365,
        };
        Duration::from_secs(days * 24 * 60 * 60)
    }
}

impl Store {
    /// The lab's calendar.
    pub fn calendar(&self) -> Calendar<'_> {
        Calendar { store: self }
    }
}

impl Calendar<'_> {
    /// The date the calendar shows.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn date(&self) -> Result<Date, Error> {
        self.store.inner.reading(|database| calendar_table::date(database.connection()))
    }

    /// Moves the calendar on by the time something took, and says which date it is then. The history has the step under the new date; a date in `cause`
    /// is not used.
    ///
    /// # Errors
    /// [`Error::Date`] when the date would be after [`Date::LATEST`]; otherwise as [`Store::change`].
    pub fn advance(&self, by: Duration, cause: &Cause) -> Result<Date, Error> {
        let cause = Cause { date: None, ..cause.clone() };
        self.store.change(&cause, |change| {
            let connection = change.database().connection();
            let to = change.date().after(by)?;
            let mut statement =
                connection.prepare_cached("UPDATE \"store/cause\" SET date = ?2 WHERE revision = ?1")?;
            statement.execute(params![change.revision().0.cast_signed(), to.unix_nanos()])?;
            let mut statement = connection.prepare_cached("UPDATE \"calendar/calendar\" SET date = ?1")?;
            statement.execute(params![to.unix_nanos()])?;
            Ok(to)
        })
    }

    /// Skips ahead, and says which date it is then.
    ///
    /// # Errors
    /// As [`Calendar::advance`].
    pub fn skip(&self, skip: Skip, cause: &Cause) -> Result<Date, Error> {
        self.advance(skip.duration(), cause)
    }
}
