//! What outlasts a lab: the store it was opened with, and each server's own tables in it.

use std::sync::{Arc, OnceLock};

use crate::{
    net::Clock,
    store::{Cause, Date, Error, Owner, Revision, Store, Tables, TablesMut},
    wire::FlowId,
};

/// The store a lab's servers keep their tables in, and what the lab is opened for. Cheap to clone; clones share the store.
#[derive(Clone, Debug)]
pub struct LabStore(StoreUse);

#[derive(Clone, Debug)]
enum StoreUse {
    /// An empty store in memory, which begins when it is first needed: most labs never need one.
    Fresh(Arc<OnceLock<Store>>),
    Trial(Store),
    Live {
        store: Store,
        run: Option<u64>,
    },
}

impl LabStore {
    /// An empty store in memory, which ends with the lab.
    pub fn fresh() -> Self {
        Self(StoreUse::Fresh(Arc::default()))
    }

    /// A copy that the lab has for itself ([`Store::trial`]). What its servers keep is there; the local name servers' caches are empty, so that
    /// a trial takes the same time whatever was looked up before.
    pub fn trial(copy: Store) -> Self {
        Self(StoreUse::Trial(copy))
    }

    /// A store that other labs share now and later. The local name servers remember their caches in it; each change is one of the run
    /// of this number, where there is one.
    pub fn live(store: Store, run: Option<u64>) -> Self {
        Self(StoreUse::Live { store, run })
    }

    /// The store.
    ///
    /// # Errors
    /// There is no memory for one.
    pub fn store(&self) -> Result<Store, Error> {
        match &self.0 {
            StoreUse::Trial(store) | StoreUse::Live { store, .. } => Ok(store.clone()),
            StoreUse::Fresh(store) => {
                if let Some(store) = store.get() {
                    return Ok(store.clone());
                }
                let made = Store::in_memory()?;
                // Where two make one at once, one of them counts.
                Ok(store.get_or_init(|| made).clone())
            }
        }
    }

    /// The store the lab was opened with, and the number of its run; `None` where it is an empty one of its own.
    pub fn given(&self) -> Option<(Store, Option<u64>)> {
        match &self.0 {
            StoreUse::Fresh(_) => None,
            StoreUse::Trial(store) => Some((store.clone(), None)),
            StoreUse::Live { store, run } => Some((store.clone(), *run)),
        }
    }

    /// Is it shared with other labs?
    pub fn is_live(&self) -> bool {
        matches!(self.0, StoreUse::Live { .. })
    }

    fn run(&self) -> Option<u64> {
        match self.0 {
            StoreUse::Live { run, .. } => run,
            StoreUse::Fresh(_) | StoreUse::Trial(_) => None,
        }
    }

    /// The tables of `owner`, whose changes are dated by `clock`.
    pub(super) fn tables(&self, owner: Owner, clock: &Clock) -> ServerTables {
        ServerTables { store: self.clone(), owner: Arc::new(owner), declared: Arc::default(), clock: clock.clone() }
    }
}

/// One server's own tables. They are there from the first time they are read or changed. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct ServerTables {
    store: LabStore,
    owner: Arc<Owner>,
    declared: Arc<OnceLock<()>>,
    clock: Clock,
}

impl ServerTables {
    /// Changes rows because of what came in `flow`; `why` is a sentence. In real time the change is on the disk before this returns, for
    /// what follows from it is acknowledged to a program outside; in virtual time the run's end sees to that.
    ///
    /// # Errors
    /// As [`Store::change`].
    pub(super) fn change<T>(
        &self,
        flow: Option<FlowId>,
        why: impl Into<String>,
        work: impl FnOnce(&TablesMut<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        Ok(self.revise(flow, why, work)?.0)
    }

    /// The same; says also the number the store's state has now.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub(super) fn revise<T>(
        &self,
        flow: Option<FlowId>,
        why: impl Into<String>,
        work: impl FnOnce(&TablesMut<'_>) -> Result<T, Error>,
    ) -> Result<(T, Revision), Error> {
        let store = self.declared()?;
        let cause = Cause::new(why.into()).on(Date::try_from(self.clock.date()).unwrap_or(Date::LATEST));
        let cause = Cause { run: self.store.run(), flow: flow.map(|flow| flow.0.into()), ..cause };
        let cause = if self.clock.is_virtual() { cause } else { cause.durable() };
        store.change(&cause, |change| Ok((work(&change.owner(&self.owner.name)?)?, change.revision())))
    }

    /// Reads rows.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub(super) fn read<T>(&self, work: impl FnOnce(&Tables<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.declared()?.read(|reading| work(&reading.owner(&self.owner.name)?))
    }

    /// The newest revision of the store.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) fn revision(&self) -> Result<Revision, Error> {
        self.store.store()?.revision()
    }

    fn declared(&self) -> Result<Store, Error> {
        let store = self.store.store()?;
        if self.declared.get().is_none() {
            store.owner(&self.owner)?;
            self.declared.get_or_init(|| ());
        }
        Ok(store)
    }
}
