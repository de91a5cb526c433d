//! What the student does with the lab's store: look at it, skip the calendar ahead, reset it. It runs on a thread of its own, because a file may be slow.

use std::io;

use super::{RunId, StoreRequest, Update, UpdateSender};
use crate::{
    engine::{
        jar::{self, JarAnswer, JarOrder},
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
    let work = move || {
        for update in updates_after(&order, &stores) {
            tell.tell(RunId::GATEWAY, update);
        }
    };
    std::thread::Builder::new().name("store".to_owned()).spawn(work)?;
    Ok(())
}

/// Carries it out, here and now; returns what is to be told of it.
pub(crate) fn updates_after(order: &StoreRequest, stores: &Stores) -> Vec<Update> {
    let failed = |error: &QueryError| Update::StoreFailed(Failure::from_error(error, Blame::Input, None));
    let mut updates = Vec::new();
    if let StoreRequest::Jar(request) = order {
        match jar::carry_out(request, stores) {
            Ok(Some(JarAnswer::Now(snapshot))) => updates.push(Update::Jar(snapshot)),
            Ok(Some(JarAnswer::Past(past))) => updates.push(Update::PastJar(past)),
            Ok(None) => {}
            Err(error) => updates.push(failed(&error)),
        }
        if request.world == WorldChoice::Internet || matches!(request.order, JarOrder::Look | JarOrder::AsOf(_)) {
            return updates;
        }
    }
    match status_after(order, stores) {
        Ok(Some((status, shared))) => {
            updates.push(Update::Store(Box::new(status)));
            updates.extend(check(order, &shared).err().map(|error| failed(&error.into())));
        }
        Ok(None) => {}
        Err(error) => updates.push(failed(&error)),
    }
    updates
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
        StoreRequest::Look | StoreRequest::Jar(_) => {}
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
