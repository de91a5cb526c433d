//! The owners that the running program has declared, for one store.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Error, Owner, names::Namespace};

/// The owners the program has declared.
#[derive(Debug, Default)]
pub(super) struct Owners(Mutex<BTreeMap<String, OwnerDeclaration>>);

/// An owner as the program has declared it.
#[derive(Clone, Debug)]
pub(super) struct OwnerDeclaration {
    pub(super) owner: Owner,
    pub(super) names: Arc<Namespace>,
}

impl Owners {
    /// The names of an owner's tables.
    pub(super) fn names(&self, owner: &str) -> Result<Arc<Namespace>, Error> {
        Ok(self.declared(owner)?.names)
    }

    /// What the program declared about an owner.
    pub(super) fn declared(&self, owner: &str) -> Result<OwnerDeclaration, Error> {
        self.lock().get(owner).cloned().ok_or_else(|| Error::UnknownOwner { name: owner.to_owned() })
    }

    /// The program has declared an owner.
    pub(super) fn declare(&self, owner: Owner, names: Arc<Namespace>) {
        self.lock().insert(owner.name.clone().into_owned(), OwnerDeclaration { owner, names });
    }

    /// The program has declared the owners of another store too.
    pub(super) fn declare_all(&self, others: &Self) {
        let others = others.lock().clone();
        self.lock().extend(others);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, OwnerDeclaration>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
