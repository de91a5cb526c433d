//! What the student does with the lab's store: look at it, skip the calendar ahead, reset it. It runs on a thread of its own, because a file may be slow.

use std::io;

use super::{RunId, StoreRequest, Update, UpdateSender};
use crate::{
    engine::{
        setting::WorldChoice,
        store_status::StoreStatus,
        stores::{SharedStore, Stores},
    },
    store::{OpeningReport, QueryError, WorldStore},
    wire::{Blame, Failure},
};

/// Carries it out and reports the state of the store after it.
///
/// # Errors
/// The operating system gives no thread.
pub(super) fn carry_out(order: StoreRequest, stores: &Stores, tell: &UpdateSender) -> io::Result<()> {
    let (stores, tell) = (stores.clone(), tell.clone());
    let work = move || match status_after(&order, &stores) {
        Ok(Some((status, shared))) => {
            tell.tell(RunId::GATEWAY, Update::Store(Box::new(status)));
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
pub(super) fn tell_status(stores: &Stores, tell: &UpdateSender) {
    match status_after(&StoreRequest::Look, stores) {
        Ok(Some((status, _))) => {
            tell.tell(RunId::GATEWAY, Update::Store(Box::new(status)));
        }
        Ok(None) => {}
        Err(error) => tell_failure(&error, tell),
    }
}

fn status_after(order: &StoreRequest, stores: &Stores) -> Result<Option<(StoreStatus, SharedStore)>, QueryError> {
    let Some(shared) = stores.of(WorldChoice::Lab)? else { return Ok(None) };
    match order {
        StoreRequest::Look => {}
        StoreRequest::Skip(skip) => shared.skip(*skip)?,
        StoreRequest::Reset(owner) => shared.reset(owner.as_deref())?,
    }
    Ok(Some((StoreStatus::of(&shared)?, shared)))
}

/// A large file that was not closed well is checked once the window has been told what is in it.
fn check(order: &StoreRequest, shared: &SharedStore) -> Result<(), crate::store::Error> {
    match shared.opened() {
        Some(WorldStore::Lasting { found: OpeningReport { check_due: true, .. }, .. })
            if *order == StoreRequest::Look =>
        {
            shared.store().check()
        }
        _ => Ok(()),
    }
}

fn tell_failure(error: &QueryError, tell: &UpdateSender) {
    let failure = Failure::from_error(error, Blame::Input, None);
    tell.tell(RunId::GATEWAY, Update::StoreFailed(failure));
}
