//! Control of a run: it reports its progress, and can be stopped.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

/// Given to every experiment: it reports progress, and says whether to go on. Cheap to clone.
#[derive(Clone)]
pub struct Control {
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

impl Control {
    /// Control that reports to `progress` and stops the run when `stop` is cancelled.
    pub fn new(stop: CancellationToken, progress: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self { stop, progress: Arc::new(progress) }
    }

    /// Control of a run whose progress is not shown and that is never stopped.
    pub fn none() -> Self {
        Self::new(CancellationToken::new(), |_| {})
    }

    /// The same, whose progress is not shown.
    pub(super) fn quiet(&self) -> Self {
        Self::new(self.stop.clone(), |_| {})
    }

    /// The token that stops it.
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Was the run stopped?
    pub fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Tells how far the run is.
    pub fn progress(&self, progress: Progress) {
        (self.progress)(progress);
    }
}
