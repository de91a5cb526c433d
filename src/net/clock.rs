//! The world's clock: real, or virtual (our own; it jumps to the next timer whenever every task waits).
//!
//! Everything in the lab and the engine waits here and never on `tokio::time`: its timers are whole milliseconds, these are
//! nanoseconds. A real clock has a thread of its own that sleeps to just before the next timer and waits out the rest; a virtual
//! clock moves when the runtime of [`run_virtual`] has nothing left to do. A timer whose future is dropped is gone at once: it
//! neither wakes anybody nor moves a virtual clock.

mod lateness;
mod real_time;
mod virtual_time;

use std::{
    collections::BTreeMap,
    fmt,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::{Duration, Instant, SystemTime},
};

pub use virtual_time::{Stalled, run_virtual};

/// A clock. Cheap to clone; all clones show the same time.
#[derive(Clone)]
pub struct Clock {
    life: Arc<ClockThread>,
}

/// A limit passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time limit passed")]
pub struct Elapsed;

impl Clock {
    /// A clock that shows the machine's time from now on. Its timers overshoot by at most about 0.1 ms on an idle machine; it
    /// costs nothing while none is set.
    pub fn real() -> Self {
        Self::real_from(SystemTime::now())
    }

    /// The same in a world where it is `date` now.
    pub fn real_from(date: SystemTime) -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the clock everybody else takes the time from")]
        Self::over(TimeSource::Real { start: Instant::now() }, date)
    }

    fn of_virtual_time(epoch: SystemTime) -> Self {
        Self::over(TimeSource::Virtual { now: AtomicU64::new(0) }, epoch)
    }

    fn over(source: TimeSource, epoch: SystemTime) -> Self {
        let since_unix_epoch = epoch.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let shared = ClockState {
            source,
            epoch: AtomicU64::new(nanos(since_unix_epoch)),
            agenda: Mutex::default(),
            changed: Condvar::new(),
            sleeping_until: AtomicU64::new(u64::MAX),
        };
        Self { life: Arc::new(ClockThread { shared: Arc::new(shared) }) }
    }

    /// Time since the run began.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.shared().now())
    }

    /// The date in this world: the one it began with, the time since, and what it was moved ahead by.
    pub fn date(&self) -> SystemTime {
        let epoch = Duration::from_nanos(self.shared().epoch.load(Ordering::Relaxed));
        SystemTime::UNIX_EPOCH + epoch + self.now()
    }

    /// From now on it is `date`; no timer moves.
    pub fn set_date(&self, date: SystemTime) {
        let since = date.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.shared().epoch.store(nanos(since.saturating_sub(self.now())), Ordering::Relaxed);
    }

    /// Moves the date ahead, and no timer with it. At most to the year 2554.
    pub fn move_date(&self, by: Duration) {
        let moved = |epoch: u64| Some(epoch.saturating_add(nanos(by)));
        // The closure always gives a value.
        self.shared().epoch.fetch_update(Ordering::Relaxed, Ordering::Relaxed, moved).ok();
    }

    /// Is time virtual?
    pub fn is_virtual(&self) -> bool {
        matches!(self.shared().source, TimeSource::Virtual { .. })
    }

    /// Waits until `at`; does not wait when that is past. Futures that wait for the same moment are woken in the order in which
    /// they began to wait.
    pub async fn sleep_until(&self, at: Duration) {
        Sleep { clock: self, at: nanos(at), key: None }.await;
    }

    /// Waits for `span`.
    pub async fn sleep(&self, span: Duration) {
        self.sleep_until(self.now().saturating_add(span)).await;
    }

    /// Runs `work` for at most `limit`. Work that is ready at the very moment the limit passes has made it.
    ///
    /// # Errors
    /// [`Elapsed`] when the limit passed first.
    pub async fn timeout<F: Future>(&self, limit: Duration, work: F) -> Result<F::Output, Elapsed> {
        let mut work = pin!(work);
        let mut limit = pin!(Sleep { clock: self, at: nanos(self.now().saturating_add(limit)), key: None });
        poll_fn(|cx| {
            if let Poll::Ready(output) = work.as_mut().poll(cx) {
                return Poll::Ready(Ok(output));
            }
            limit.as_mut().poll(cx).map(|()| Err(Elapsed))
        })
        .await
    }

    /// The time an action of this task counts from: now, less what the wake-up that led to it was late. In real time this keeps
    /// the lateness of wake-ups from adding up over many round trips; in virtual time it is [`Clock::now`].
    pub(super) fn nominal_now(&self) -> Duration {
        let now = self.shared().now();
        Duration::from_nanos(if self.is_virtual() { now } else { now.saturating_sub(lateness::of_this_task(now)) })
    }

    /// This task waited for `at` and has only now been woken: what it does next counts from `at`.
    pub(crate) fn woken_for(&self, at: Duration) {
        if !self.is_virtual() {
            lateness::note(self.shared().now(), nanos(at));
        }
    }

    /// Lets `model` run on this clock for as long as it lives.
    pub(super) fn drive(&self, model: Weak<dyn Model>) {
        let mut agenda = self.shared().lock();
        agenda.models.retain(|model| model.strong_count() > 0);
        agenda.models.push(model);
        self.attend(agenda);
    }

    /// A model's next change has moved to `at`.
    pub(super) fn expect_change(&self, at: Duration) {
        if !self.is_virtual() && nanos(at) < self.shared().sleeping_until.load(Ordering::SeqCst) {
            self.attend(self.shared().lock());
        }
    }

    /// Makes the thread of a real clock look at its agenda again.
    fn attend(&self, mut agenda: MutexGuard<'_, Agenda>) {
        if self.is_virtual() {
            return;
        }
        agenda.summons = ThreadRequest::LookAgain;
        if agenda.has_thread {
            drop(agenda);
            self.shared().changed.notify_one();
        } else {
            agenda.has_thread = true;
            drop(agenda);
            real_time::start(self.shared());
        }
    }

    fn shared(&self) -> &Arc<ClockState> {
        &self.life.shared
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("virtual", &self.is_virtual()).field("now", &self.now()).finish()
    }
}

/// Something that changes by itself as time passes: a network with packets on its links. Its changes have nominal times of
/// their own, so that it does not matter to the result when it is told to advance.
pub(super) trait Model: Send + Sync {
    /// When it changes next, if it does by itself.
    fn next_change(&self) -> Option<Duration>;

    /// Lets it change up to and including `until`. In virtual time it stops as soon as it has woken a task, after all changes of
    /// that same moment.
    fn advance(&self, until: Duration) -> Advance;
}

/// How far a model got.
#[derive(Clone, Copy, Debug)]
pub(super) struct Advance {
    /// The time of the last change.
    pub(super) reached: Duration,
    /// Was a task woken?
    pub(super) woke: bool,
}

/// Ends a real clock's thread when the last clone is dropped.
struct ClockThread {
    shared: Arc<ClockState>,
}

impl Drop for ClockThread {
    fn drop(&mut self) {
        self.shared.lock().summons = ThreadRequest::End;
        self.shared.changed.notify_one();
    }
}

struct ClockState {
    source: TimeSource,
    /// The date when the clock began, in nanoseconds since 1970, moved ahead by what the date was moved.
    epoch: AtomicU64,
    agenda: Mutex<Agenda>,
    changed: Condvar,
    /// Until when a real clock's thread sleeps; the greatest number while it is at work.
    sleeping_until: AtomicU64,
}

enum TimeSource {
    Real { start: Instant },
    Virtual { now: AtomicU64 },
}

#[derive(Default)]
struct Agenda {
    /// By time, then by the order in which they were set.
    timers: BTreeMap<TimerKey, Waker>,
    timers_set: u64,
    models: Vec<Weak<dyn Model>>,
    has_thread: bool,
    summons: ThreadRequest,
}

/// What the thread of a real clock is asked to do before its next deadline.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum ThreadRequest {
    #[default]
    Nothing,
    LookAgain,
    End,
}

type TimerKey = (u64, u64);

impl ClockState {
    fn now(&self) -> u64 {
        match &self.source {
            TimeSource::Real { start } => nanos(start.elapsed()),
            TimeSource::Virtual { now, .. } => now.load(Ordering::Relaxed),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Agenda> {
        self.agenda.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Agenda {
    /// Takes the wakers of all timers due at `now`, earliest first.
    fn due(&mut self, now: u64) -> Vec<Waker> {
        let mut due = Vec::new();
        while let Some(first) = self.timers.first_entry().filter(|first| first.key().0 <= now) {
            due.push(first.remove());
        }
        due
    }

    fn next_timer(&self) -> Option<u64> {
        self.timers.first_key_value().map(|((at, _), _)| *at)
    }

    /// The models that still live. They must be let go of without the agenda's lock: one may be the clock's last user.
    fn living_models(&self) -> Models {
        let mut living = self.models.iter().filter_map(Weak::upgrade);
        Models { first: living.next(), rest: living.collect::<Vec<_>>().into_iter() }
    }
}

/// Models of a clock. There is nearly always just one: that costs no allocation.
struct Models {
    first: Option<Arc<dyn Model>>,
    rest: std::vec::IntoIter<Arc<dyn Model>>,
}

impl Iterator for Models {
    type Item = Arc<dyn Model>;

    fn next(&mut self) -> Option<Self::Item> {
        self.first.take().or_else(|| self.rest.next())
    }
}

/// Waits for a moment. Dropping it takes its timer out.
struct Sleep<'a> {
    clock: &'a Clock,
    at: u64,
    key: Option<TimerKey>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let shared = self.clock.shared();
        if shared.now() >= self.at {
            if self.key.is_some() {
                self.clock.woken_for(Duration::from_nanos(self.at));
            }
            return Poll::Ready(());
        }
        let mut agenda = shared.lock();
        if let Some(waker) = self.key.and_then(|key| agenda.timers.get_mut(&key)) {
            waker.clone_from(cx.waker());
            return Poll::Pending;
        }
        agenda.timers_set += 1;
        let key = (self.at, agenda.timers_set);
        agenda.timers.insert(key, cx.waker().clone());
        if self.at < shared.sleeping_until.load(Ordering::SeqCst) {
            self.clock.attend(agenda);
        }
        self.key = Some(key);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        let removed = self.key.and_then(|key| self.clock.shared().lock().timers.remove(&key));
        drop(removed);
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
