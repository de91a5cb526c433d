//! The world's clock: real, or virtual (our own; it jumps to the next timer whenever every task waits).

use std::{
    future::Future,
    time::{Duration, SystemTime},
};

/// A clock. Cheap to clone; all clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock {}

/// A limit passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time limit passed")]
pub struct Elapsed;

/// Every task of a virtual run waits and no timer is set: nothing can ever happen again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing can happen any more: every task waits and no timer is set")]
pub struct Stalled;

impl Clock {
    /// A clock that shows the machine's time from now on.
    pub fn real() -> Self {
        todo!()
    }

    /// Time since the run began.
    pub fn now(&self) -> Duration {
        todo!()
    }

    /// The date in this world.
    pub fn date(&self) -> SystemTime {
        todo!()
    }

    /// Is time virtual?
    pub fn is_virtual(&self) -> bool {
        todo!()
    }

    /// Waits until `at`.
    pub async fn sleep_until(&self, at: Duration) {
        let _ = at;
        todo!()
    }

    /// Waits for `span`.
    pub async fn sleep(&self, span: Duration) {
        self.sleep_until(self.now() + span).await;
    }

    /// Runs `work` for at most `limit`.
    ///
    /// # Errors
    /// [`Elapsed`] when the limit passed first.
    pub async fn timeout<F: Future>(&self, limit: Duration, work: F) -> Result<F::Output, Elapsed> {
        let _ = (limit, work);
        todo!()
    }
}

/// Runs `work` to its end in virtual time on this thread: exact to the nanosecond, repeatable, as fast as the processor goes.
/// `tokio::spawn` works inside; real sockets and blocking calls must not be used there.
///
/// # Errors
/// [`Stalled`] when nothing can happen any more.
pub fn run_virtual<F, Fut>(epoch: SystemTime, work: F) -> Result<Fut::Output, Stalled>
where
    F: FnOnce(Clock) -> Fut,
    Fut: Future,
{
    let _ = (epoch, work);
    todo!()
}
