//! Which stores this thread is inside of. A change waits for the one before it, so a change inside a change would wait for itself.

use std::cell::RefCell;

use super::Error;

thread_local! {
    static INSIDE: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// This thread is inside a store until it is dropped.
#[derive(Debug)]
pub(super) struct ReentryGuard {
    store: u64,
}

/// Enters a store, by the number that tells it from other stores of the process.
///
/// # Errors
/// [`Error::Nested`]: this thread is inside it already.
pub(super) fn enter(store: u64) -> Result<ReentryGuard, Error> {
    INSIDE.with_borrow_mut(|inside| {
        if inside.contains(&store) {
            return Err(Error::Nested);
        }
        inside.push(store);
        Ok(ReentryGuard { store })
    })
}

impl Drop for ReentryGuard {
    fn drop(&mut self) {
        INSIDE.with_borrow_mut(|inside| inside.retain(|store| *store != self.store));
    }
}
