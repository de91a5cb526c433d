//! WHAT LASTS. Tables of rows with every change of a row, its date and its cause; live and trial; the lab's calendar.
//!
//! The browser's jar and cache, the servers' tables, mailboxes, the local name server's memory: each is an [`Owner`] that declares its tables with
//! plain SQL and keeps them in a [`Store`], one a world. This room knows rows, not protocols, and reads no clock: dates come in as values.
//!
//! * **Change.** [`Store::change`] is one closure, one transaction, one [`Revision`], under one short lock. Whatever SQL an owner executes in it, each
//!   row it touches is in the history with its [`Cause`]: triggers see to it, not the owner.
//! * **History.** [`Store::changes`] tells a row's story or a run's doings, [`Store::writer_of`] who made a row what it is, [`Store::past`] gives an
//!   owner's tables as they were. It is bounded ([`HistoryLimits`]); [`Store::extent`] says from where on it is complete.
//! * **Live and trial.** Live runs share a store; a trial run gets [`Store::trial`], a copy in memory that leaves nothing.
//! * **On the disk.** [`WorldStore::open`] finds the world's database, and goes on without it when it must. A killed program loses no change that was done;
//!   [`Durability`] says which changes survive a loss of power as well.
//! * **By hand.** [`Store::query`] answers a student's own SQL about one owner's tables and can do nothing but read.
//!
//! The file is SQLite's. An owner's table `customers` has the name `"www.amazon.com/customers"` in it, the store's own begin with `store/`.

mod calendar;
mod calendar_table;
mod capture;
mod change;
mod database;
mod date;
mod error;
mod handle;
mod history;
mod inside;
mod limits;
mod lock;
mod migrate;
mod names;
mod opening;
mod owner;
mod owners;
mod past;
mod place;
mod query;
mod reset;
mod schema;
pub mod sql;
#[cfg(test)]
mod tests;
mod value;
mod writer;

pub use calendar::{Calendar, Skip};
pub use capture::MAX_COLUMNS;
pub use change::{Cause, Durability, MAX_WHY, ReadTransaction, Tables, TablesMut, WriteTransaction};
pub use database::MAX_DATABASE;
pub use date::{Date, DateOutOfRange, LAB_EPOCH_SECS, Revision};
pub use error::{Error, TableFlaw};
pub use handle::{Store, StoreKind};
pub use history::{ChangeId, ChangesOf, HistoryExtent, HistoryPage, MAX_CHANGES_AT_ONCE, RowChange};
pub use limits::HistoryLimits;
pub use opening::{DamagedFile, MAX_CHECKED_AT_ONCE, OpeningReport, WorldStore};
pub use owner::{MAX_NAME, Migration, Owner, OwnerInfo, TableInfo};
pub use past::{PastState, PointInTime};
pub use place::{DatabasePlace, LockHolder, OpenError};
pub use query::{
    DeniedAction, MAX_ANSWER, MAX_COMPUTED, MAX_PATTERN, MAX_ROWS, MAX_SQL, MAX_STEPS, MAX_TIME, MAX_VALUE, QueryError,
    ResultLimit, ResultTable, SqlQuery, StopSignal,
};
pub use value::{Digest, LARGE_VALUE, LongValue, Value};
