//! The browser's jar in a world: a table of the world's store where there is one, else in memory for as long as the run.
//!
//! The rules are [`crate::proto::http::cookies`]'; here is what is read and written for each of their decisions, with its cause: run, flow and
//! why. Live runs share the table, a trial has a copy.

mod decision_log;
mod exchange_cookies;
mod file;
mod snapshot;
#[cfg(test)]
mod stories;
mod table;

use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::SystemTime,
};

use bytes::Bytes;

pub use decision_log::{CookieKey, LoggedDecision, MAX_DECISIONS, MAX_LINE_KEPT};
pub use exchange_cookies::{CookieNote, ExchangeCookies, MAX_COOKIES_LISTED};
pub use file::{JarFileError, read_jar_file};
pub use snapshot::{JarAnswer, JarOrder, JarRequest, JarSnapshot, PastJar, ServerRow, carry_out};
pub use table::{COOKIES_TABLE, JAR};

use super::{setting::WorldChoice, stores::Stores};
use crate::{
    lab::LabStore,
    proto::http::cookies::{Cookie, CookieDecision, CookieRequest, CookieRules, Jar, JarRules, Retrieval, UnixMicros},
    store::{Cause, Date, Error as StoreError, Store},
    wire::FlowId,
};

/// The jar. Cheap to clone; clones share it.
#[derive(Clone, Debug)]
pub struct BrowserJar(JarPlace);

#[derive(Clone, Debug)]
enum JarPlace {
    Memory(Arc<Mutex<Jar>>),
    Store(Arc<StoredJar>),
}

/// A jar that is a table of a store.
#[derive(Debug)]
struct StoredJar {
    source: JarSource,
    /// The store and the run's number, once the jar was needed.
    opened: OnceLock<(Store, Option<u64>)>,
    declared: OnceLock<()>,
}

/// Where the store comes from.
#[derive(Debug)]
enum JarSource {
    Given,
    /// That of this machine's Internet, opened when a cookie is there to be kept.
    Internet {
        stores: Stores,
        experiment: &'static str,
    },
}

/// The exchange a jar is asked for, as the history names it.
#[derive(Clone, Debug)]
pub struct JarOccasion {
    /// When.
    pub date: SystemTime,
    /// Over which connection.
    pub flow: Option<FlowId>,
    /// `GET http://www.amazon.com/`.
    pub request: String,
}

/// Why the jar cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JarError {
    /// The store.
    #[error("the jar cannot be read or written")]
    Store(#[from] StoreError),
}

impl BrowserJar {
    /// An empty jar in memory.
    pub fn in_memory() -> Self {
        Self::holding(Jar::default())
    }

    /// This jar, in memory.
    pub fn holding(jar: Jar) -> Self {
        Self(JarPlace::Memory(Arc::new(Mutex::new(jar))))
    }

    /// The jar of a store; its changes are of the run of this number, where there is one.
    pub fn in_store(store: Store, run: Option<u64>) -> Self {
        let opened = OnceLock::from((store, run));
        Self(JarPlace::Store(Arc::new(StoredJar { source: JarSource::Given, opened, declared: OnceLock::new() })))
    }

    /// The jar of a lab: that of the store it was opened with, else one in memory.
    pub(super) fn in_lab(store: &LabStore) -> Self {
        store.given().map_or_else(Self::in_memory, |(store, run)| Self::in_store(store, run))
    }

    /// The jar of this machine's Internet; the store is opened when it is first needed.
    pub(super) fn in_internet(stores: &Stores, experiment: &'static str) -> Self {
        if !stores.last() {
            return Self::in_memory();
        }
        let source = JarSource::Internet { stores: stores.clone(), experiment };
        Self(JarPlace::Store(Arc::new(StoredJar { source, opened: OnceLock::new(), declared: OnceLock::new() })))
    }

    /// A response came with these `Set-Cookie` lines.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn receive(
        &self,
        lines: &[Bytes],
        request: &CookieRequest,
        by: JarRules,
        on: &JarOccasion,
    ) -> Result<Vec<CookieDecision>, JarError> {
        let now = UnixMicros::from(on.date);
        let octets = || lines.iter().map(|line| &line[..]);
        match &self.0 {
            JarPlace::Memory(jar) => Ok(lock(jar).receive(octets(), request, by, now)),
            JarPlace::Store(stored) => stored.change(&on.because("sets cookies"), |change| {
                let mut jar = change.jar_for(request, now, lines.len())?;
                let decisions = jar.receive(octets(), request, by, now);
                change.write(&decisions, &on.request, lines)?;
                Ok(decisions)
            }),
        }
    }

    /// What goes along with a request.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn retrieve(&self, request: &CookieRequest, by: JarRules, on: &JarOccasion) -> Result<Retrieval, JarError> {
        let now = UnixMicros::from(on.date);
        match &self.0 {
            JarPlace::Memory(jar) => Ok(lock(jar).retrieve(request, by, now)),
            JarPlace::Store(stored) => {
                if !stored.is_concerned(request, now)? {
                    return Ok(Retrieval::default());
                }
                stored.change(&on.because("carries cookies"), |change| {
                    let mut jar = change.jar_for(request, now, 0)?;
                    let retrieval = jar.retrieve(request, by, now);
                    change.write(&retrieval.decisions, &on.request, &[])?;
                    Ok(retrieval)
                })
            }
        }
    }

    /// Every cookie in the order they were set; what has expired and was not yet taken out is among them.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn cookies(&self) -> Result<Vec<Cookie>, JarError> {
        match &self.0 {
            JarPlace::Memory(jar) => {
                let mut cookies: Vec<Cookie> = lock(jar).cookies().map(|cookie| (**cookie).clone()).collect();
                cookies.sort_by_key(|cookie| (cookie.created, cookie.number));
                Ok(cookies)
            }
            JarPlace::Store(stored) => stored.all(),
        }
    }

    /// What would go along with a request at `date`, and why or why not; the jar stays as it is.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn explain(&self, request: &CookieRequest, by: JarRules, date: SystemTime) -> Result<Retrieval, JarError> {
        Ok(Jar::with(self.cookies()?).explain(request, by, date.into()))
    }

    /// Puts cookies in that were read from a file or written by hand, for a reason: a sentence.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn put(
        &self,
        cookies: Vec<Cookie>,
        rules: CookieRules,
        date: SystemTime,
        why: &str,
    ) -> Result<Vec<CookieDecision>, JarError> {
        let now = UnixMicros::from(date);
        let put_all = |jar: &mut Jar| -> Vec<CookieDecision> {
            cookies.into_iter().flat_map(|cookie| jar.put(cookie, rules, now)).collect()
        };
        match &self.0 {
            JarPlace::Memory(jar) => Ok(put_all(&mut lock(jar))),
            JarPlace::Store(stored) => stored.change(&by_hand(date, why), |change| {
                let mut jar = change.whole_jar()?;
                let decisions = put_all(&mut jar);
                change.write(&decisions, "", &[])?;
                Ok(decisions)
            }),
        }
    }

    /// The session is over: takes out the cookies that were to last no longer, for a reason: a sentence.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub fn end_session(
        &self,
        rules: CookieRules,
        date: SystemTime,
        why: &str,
    ) -> Result<Vec<CookieDecision>, JarError> {
        match &self.0 {
            JarPlace::Memory(jar) => Ok(lock(jar).end_session(rules)),
            JarPlace::Store(stored) => stored.change(&by_hand(date, why), |change| {
                let decisions = change.whole_jar()?.end_session(rules);
                change.write(&decisions, "", &[])?;
                Ok(decisions)
            }),
        }
    }

    /// Takes a cookie out by hand. Was it there?
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn delete(&self, cookie: &Cookie, date: SystemTime, why: &str) -> Result<bool, JarError> {
        match &self.0 {
            JarPlace::Memory(jar) => Ok(lock(jar).remove(cookie, true).is_some()),
            JarPlace::Store(stored) => {
                let reason = decision_log::HandReason { why, clause: "" };
                let gone = stored.change(&by_hand(date, why), |change| {
                    change.take_out(std::slice::from_ref(cookie), true, reason)
                })?;
                Ok(gone > 0)
            }
        }
    }
}

impl JarOccasion {
    fn because(&self, does: &str) -> Cause {
        let cause = Cause::new(format!("{} {does}.", self.request)).on(date_of(self.date));
        Cause { flow: self.flow.map(|flow| flow.0.into()), ..cause }
    }
}

fn by_hand(date: SystemTime, why: &str) -> Cause {
    Cause::new(why.to_owned()).on(date_of(date)).durable()
}

fn date_of(date: SystemTime) -> Date {
    Date::try_from(date).unwrap_or(Date::LATEST)
}

fn lock(jar: &Mutex<Jar>) -> MutexGuard<'_, Jar> {
    jar.lock().unwrap_or_else(PoisonError::into_inner)
}

impl StoredJar {
    fn store(&self) -> Result<(Store, Option<u64>), JarError> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened.clone());
        }
        let made = match &self.source {
            JarSource::Given => (Store::in_memory()?, None),
            JarSource::Internet { stores, experiment } => match stores.of(WorldChoice::Internet)? {
                // The Internet's runs may hold secrets: their configs are not kept.
                Some(shared) => (shared.store().clone(), Some(shared.begin_run(experiment, None)?)),
                None => (Store::in_memory()?, None),
            },
        };
        Ok(self.opened.get_or_init(|| made).clone())
    }

    /// The store with the jar's table in it.
    fn with_table(&self) -> Result<(Store, Option<u64>), JarError> {
        let (store, run) = self.store()?;
        if self.declared.get().is_none() {
            store.owner(&JAR)?;
            self.declared.get_or_init(|| ());
        }
        Ok((store, run))
    }

    /// Has anything ever been put into the table? Until then the store is left as it is.
    fn has_table(&self) -> Result<bool, JarError> {
        if self.declared.get().is_some() {
            return Ok(true);
        }
        let (store, _) = self.store()?;
        let there = store.owners()?.iter().any(|owner| owner.name == JAR.name);
        if there {
            self.with_table()?;
        }
        Ok(there)
    }

    fn change<T>(
        &self,
        cause: &Cause,
        work: impl FnOnce(&table::JarChange<'_, '_>) -> Result<T, StoreError>,
    ) -> Result<T, JarError> {
        let (store, run) = self.with_table()?;
        let cause = Cause { run, ..cause.clone() };
        Ok(store.change(&cause, |change| {
            work(&table::JarChange { change, tables: change.owner(&JAR.name)?, cause: &cause })
        })?)
    }

    fn is_concerned(&self, request: &CookieRequest, now: UnixMicros) -> Result<bool, JarError> {
        if !self.has_table()? {
            return Ok(false);
        }
        let (store, _) = self.with_table()?;
        Ok(store.read(|reading| table::is_concerned(&reading.owner(&JAR.name)?, request, now))?)
    }

    fn all(&self) -> Result<Vec<Cookie>, JarError> {
        if !self.has_table()? {
            return Ok(Vec::new());
        }
        let (store, _) = self.with_table()?;
        Ok(store.read(|reading| table::all(&reading.owner(&JAR.name)?))?)
    }
}
