//! The lab's store by the student's hand: looked at, skipped ahead, reset. On a thread of its own, for a file may be slow.

use std::io;

use super::{JobId, StoreOrder, Teller, Update};
use crate::{
    engine::{
        setting::WorldChoice,
        store_status::StoreStatus,
        stores::{SharedStore, Stores},
    },
    store::{OpeningReport, QueryError, WorldStore},
    wire::{Blame, Failure},
};

/// Carries it out and tells how the store is then.
///
/// # Errors
/// The operating system gives no thread.
pub(super) fn carry_out(order: StoreOrder, stores: &Stores, tell: &Teller) -> io::Result<()> {
    let (stores, tell) = (stores.clone(), tell.clone());
    let work = move || match status_after(&order, &stores) {
        Ok(Some((status, shared))) => {
            tell.tell(JobId::GATEWAY, Update::Store(Box::new(status)));
            if let Err(error) = check(&order, &shared) {
                tell_failure(&error.into(), &tell);
            }
        }
        Ok(None) => {}
        Err(error) => tell_failure(&error, &tell),
    };
    std::thread::Builder::new().name("store".to_owned()).spawn(work)?;
    Ok(())
}

/// Tells how the store is now.
pub(super) fn tell_status(stores: &Stores, tell: &Teller) {
    match status_after(&StoreOrder::Look, stores) {
        Ok(Some((status, _))) => {
            tell.tell(JobId::GATEWAY, Update::Store(Box::new(status)));
        }
        Ok(None) => {}
        Err(error) => tell_failure(&error, tell),
    }
}

fn status_after(order: &StoreOrder, stores: &Stores) -> Result<Option<(StoreStatus, SharedStore)>, QueryError> {
    let Some(shared) = stores.of(WorldChoice::Lab)? else { return Ok(None) };
    match order {
        StoreOrder::Look => {}
        StoreOrder::Skip(skip) => shared.skip(*skip)?,
        StoreOrder::Reset(owner) => shared.reset(owner.as_deref())?,
    }
    Ok(Some((StoreStatus::of(&shared)?, shared)))
}

/// A large file that was not closed well is looked through once the window has been told what is in it.
fn check(order: &StoreOrder, shared: &SharedStore) -> Result<(), crate::store::Error> {
    match shared.opened() {
        Some(WorldStore::Lasting { found: OpeningReport { check_due: true, .. }, .. })
            if *order == StoreOrder::Look =>
        {
            shared.store().check()
        }
        _ => Ok(()),
    }
}

fn tell_failure(error: &QueryError, tell: &Teller) {
    let failure = Failure::from_error(error, Blame::Input, None);
    tell.tell(JobId::GATEWAY, Update::StoreFailed(failure));
}
