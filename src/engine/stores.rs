//! What lasts from run to run: the store of each world, shared by everything live in it, and the lab's calendar as all of it sees it.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use tokio::sync::watch;

use super::setting::WorldChoice;
use crate::{
    net::Clock,
    store::{Cause, DatabasePlace, Date, Error, Migration, Owner, Revision, Skip, Store, WorldStore, sql::params},
    wire::{Blame, Failure},
};

/// The stores of both worlds, each opened when it is first needed. Cheap to clone; clones share them.
///
/// The default is none: then each run begins with an empty one in memory, and nothing lasts.
#[derive(Clone, Debug, Default)]
pub struct Stores(Option<Arc<WorldStores>>);

#[derive(Debug)]
struct WorldStores {
    /// Where the databases are; `None`: in memory.
    folder: Option<PathBuf>,
    lab: Mutex<Option<SharedStore>>,
    internet: Mutex<Option<SharedStore>>,
}

/// A world's store, as everything live shares it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SharedStore(Arc<SharedParts>);

#[derive(Debug)]
struct SharedParts {
    opened: Option<WorldStore>,
    store: Store,
    real_time: Mutex<RealTime>,
    /// Measures how long labs run in real time.
    stopwatch: Clock,
    revision: watch::Sender<Revision>,
    failure: Mutex<Option<Failure>>,
}

/// Labs that run in real time: the calendar goes on with them, however many there are.
#[derive(Debug, Default)]
struct RealTime {
    clocks: Vec<(u64, Clock)>,
    opened: u64,
    /// Until when the calendar has counted their time, on the stopwatch.
    counted_until: Duration,
}

/// A lab runs in real time: while this lives, the lab's calendar goes on.
#[derive(Debug)]
pub struct RealTimeUse {
    store: SharedStore,
    number: u64,
}

/// The runs that changed rows, by number: what [`crate::store::RowChange::run`] names.
const RUNS: Owner = Owner::new(
    "runs",
    "Runs",
    &[Migration {
        why: "The runs' table begins.",
        sql: "CREATE TABLE runs (number INTEGER PRIMARY KEY, experiment TEXT NOT NULL, config TEXT) STRICT;",
    }],
);

/// Runs whose experiment and config are remembered; the oldest go first.
pub const MAX_RUNS: u32 = 10_000;

impl Stores {
    /// Databases in this folder, made when they are first needed.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self::new(Some(folder.into()))
    }

    /// Stores in memory, which end with the last clone.
    pub fn in_memory() -> Self {
        Self::new(None)
    }

    fn new(folder: Option<PathBuf>) -> Self {
        Self(Some(Arc::new(WorldStores { folder, lab: Mutex::default(), internet: Mutex::default() })))
    }

    /// Does anything last?
    pub fn last(&self) -> bool {
        self.0.is_some()
    }

    /// Those that have been opened.
    pub fn opened(&self) -> Vec<SharedStore> {
        let places = self.0.iter().flat_map(|worlds| [&worlds.lab, &worlds.internet]);
        places.filter_map(|place| place.lock().unwrap_or_else(PoisonError::into_inner).clone()).collect()
    }

    /// The store of a world, where it has been opened.
    pub fn opened_of(&self, world: WorldChoice) -> Option<SharedStore> {
        let worlds = self.0.as_ref()?;
        let place = match world {
            WorldChoice::Lab => &worlds.lab,
            WorldChoice::Internet => &worlds.internet,
        };
        place.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The store of a world, opened now if it was not before; `None` where nothing lasts. A database that cannot be used is no error:
    /// [`SharedStore::opened`] says so.
    ///
    /// # Errors
    /// There is no memory for a store.
    pub fn of(&self, world: WorldChoice) -> Result<Option<SharedStore>, Error> {
        let Some(worlds) = &self.0 else { return Ok(None) };
        let (place, name) = match world {
            WorldChoice::Lab => (&worlds.lab, "lab"),
            WorldChoice::Internet => (&worlds.internet, "internet"),
        };
        let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = &*place {
            return Ok(Some(store.clone()));
        }
        let store = SharedStore::open(worlds.folder.as_ref().map(|folder| DatabasePlace::new(folder, name)))?;
        *place = Some(store.clone());
        Ok(Some(store))
    }
}

impl SharedStore {
    fn open(place: Option<DatabasePlace>) -> Result<Self, Error> {
        let stopwatch = Clock::real();
        let opened = match place {
            Some(place) => Some(WorldStore::open(&place, Date::try_from(stopwatch.date())?)?),
            None => None,
        };
        let store = match &opened {
            Some(opened) => opened.store().clone(),
            None => Store::in_memory()?,
        };
        store.owner(&RUNS)?;
        // A process that was killed had dates the calendar had not come to.
        let behind = store
            .extent()?
            .latest
            .map_or(Ok(Duration::ZERO), |latest| store.calendar().date().map(|date| latest.since(date)))?;
        if !behind.is_zero() {
            store.calendar().advance(behind, &Cause::new("The calendar comes to the date of the latest change."))?;
        }
        let (revision, _) = watch::channel(store.revision()?);
        let (real_time, failure) = (Mutex::default(), Mutex::default());
        Ok(Self(Arc::new(SharedParts { opened, store, real_time, stopwatch, revision, failure })))
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// What was met on opening the database; `None` for a store in memory that was meant to be one.
    pub fn opened(&self) -> Option<&WorldStore> {
        self.0.opened.as_ref()
    }

    /// Which date the lab's calendar shows.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn date(&self) -> Result<Date, Error> {
        self.count_real_time(&mut self.real_time())?;
        self.store().calendar().date()
    }

    /// The calendar goes on by the virtual time that a live run took.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn advance(&self, by: Duration) -> Result<(), Error> {
        self.move_on(|store| {
            store.calendar().advance(by, &Cause::new("A run took its time."))?;
            Ok(by)
        })
    }

    /// Skips ahead: the dates move, no timer does.
    ///
    /// # Errors
    /// The store cannot be written, or the calendar would come to the year 2200.
    pub fn skip(&self, skip: Skip) -> Result<(), Error> {
        self.move_on(|store| {
            store.calendar().skip(skip, &Cause::new("The student skipped ahead.").durable())?;
            Ok(skip.duration())
        })
    }

    fn move_on(&self, work: impl FnOnce(&Store) -> Result<Duration, Error>) -> Result<(), Error> {
        let mut real_time = self.real_time();
        self.count_real_time(&mut real_time)?;
        let by = work(self.store())?;
        real_time.clocks.iter().for_each(|(_, clock)| clock.move_date(by));
        drop(real_time);
        self.tell_revision();
        Ok(())
    }

    /// Takes back what one owner keeps, or all of them, to what it was in the beginning. The calendar stays, and so does the history.
    ///
    /// # Errors
    /// No such owner, or the store cannot be written.
    pub fn reset(&self, owner: Option<&str>) -> Result<(), Error> {
        let cause = Cause::new("The student reset it.").durable();
        match owner {
            Some(owner) => self.store().reset_owner(owner, &cause)?,
            None => self.store().reset_all(&cause)?,
        }
        self.tell_revision();
        Ok(())
    }

    /// A live run begins; its number. `config` is JSON; `None` where it may hold secrets.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn begin_run(&self, experiment: &str, config: Option<&str>) -> Result<u64, Error> {
        let cause = Cause { date: Some(self.date()?), ..Cause::new("A run began.") };
        self.store().change(&cause, |change| {
            let number = change.revision().0;
            let runs = change.owner(&RUNS.name)?;
            runs.execute("INSERT INTO runs VALUES (?1, ?2, ?3)", params![number.cast_signed(), experiment, config])?;
            let kept =
                "DELETE FROM runs WHERE number <= (SELECT number FROM runs ORDER BY number DESC LIMIT 1 OFFSET ?1)";
            runs.execute(kept, params![MAX_RUNS])?;
            Ok(number)
        })
    }

    /// A live run is over: all it changed is on the disk when this returns.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn end_run(&self) -> Result<(), Error> {
        self.store().sync()?;
        self.tell_revision();
        Ok(())
    }

    /// A lab runs in real time by this clock: its date becomes the calendar's, and the calendar goes on with it for as long as what is
    /// returned lives.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn in_real_time(&self, clock: &Clock) -> Result<RealTimeUse, Error> {
        let mut real_time = self.real_time();
        self.count_real_time(&mut real_time)?;
        let date = SystemTime::from(self.store().calendar().date()?);
        // The stopwatch has gone on since the calendar was brought up to it: the clock must not be behind the calendar.
        clock.set_date(date + self.0.stopwatch.now().saturating_sub(real_time.counted_until));
        real_time.opened += 1;
        let number = real_time.opened;
        real_time.clocks.push((number, clock.clone()));
        Ok(RealTimeUse { store: self.clone(), number })
    }

    /// Tells whenever rows were changed by a run that ended, by a reset, or the date by a skip.
    pub fn revisions(&self) -> watch::Receiver<Revision> {
        self.0.revision.subscribe()
    }

    /// Why a change in the background could not be written; taken once.
    pub fn take_failure(&self) -> Option<Failure> {
        self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// A change in the background that could not be written is reported when it is asked for.
    pub(super) fn note_failure(&self, error: &(dyn std::error::Error + 'static)) {
        let failure = Failure::from_error(error, Blame::Input, None);
        *self.0.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
    }

    /// Tells the newest revision to who waits for it.
    pub(super) fn tell_revision(&self) {
        match self.store().revision() {
            Ok(revision) => {
                self.0.revision.send_replace(revision);
            }
            Err(error) => self.note_failure(&error),
        }
    }

    fn real_time(&self) -> MutexGuard<'_, RealTime> {
        self.0.real_time.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down the time that labs have run in real time since this was last done.
    fn count_real_time(&self, real_time: &mut RealTime) -> Result<(), Error> {
        let now = self.0.stopwatch.now();
        let elapsed = now.saturating_sub(real_time.counted_until);
        real_time.counted_until = now;
        if !real_time.clocks.is_empty() && !elapsed.is_zero() {
            self.store().calendar().advance(elapsed, &Cause::new("The lab ran in real time."))?;
        }
        Ok(())
    }
}

impl Drop for RealTimeUse {
    fn drop(&mut self) {
        let mut real_time = self.store.real_time();
        let counted = self.store.count_real_time(&mut real_time);
        real_time.clocks.retain(|(number, _)| *number != self.number);
        drop(real_time);
        if let Err(error) = counted.and_then(|()| self.store.store().sync().map(drop)) {
            self.store.note_failure(&error);
        }
    }
}
