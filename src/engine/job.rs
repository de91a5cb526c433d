//! A run's reins: where it stands, and a way to stop it.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

/// Given to every experiment. Cheap to clone.
#[derive(Clone)]
pub struct Job {
    stop: CancellationToken,
    progress: Arc<dyn Fn(Progress) + Send + Sync>,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Steps done.
    pub done: u32,
    /// Steps in all.
    pub of: u32,
    /// What is being done: `persistent: object 4 of 10`.
    pub doing: String,
}

impl Job {
    /// A job that tells `progress` and stops when `stop` says so.
    pub fn new(stop: CancellationToken, progress: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self { stop, progress: Arc::new(progress) }
    }

    /// A job nobody watches or stops.
    pub fn unwatched() -> Self {
        Self::new(CancellationToken::new(), |_| {})
    }

    /// The same reins, telling nobody.
    pub(super) fn quiet(&self) -> Self {
        Self::new(self.stop.clone(), |_| {})
    }

    /// The token that stops it.
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Has the student said stop?
    pub fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Says where it stands.
    pub fn tell(&self, progress: Progress) {
        (self.progress)(progress);
    }
}
