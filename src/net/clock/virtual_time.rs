//! Virtual time: a current-thread runtime that, whenever it would go to sleep, moves the clock to the next moment at which
//! something happens.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::{Duration, SystemTime},
};

use super::{Clock, ClockState, Model, Models, TimeSource, nanos};

/// Every task of a virtual run waits and no timer is set: nothing can ever happen again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing can happen any more: every task waits and no timer is set")]
pub struct Stalled;

/// Runs `work` to its end in virtual time on this thread: exact to the nanosecond, repeatable, as fast as the processor goes.
/// `tokio::spawn` works inside; what is spawned and not finished when `work` ends is dropped. Real sockets, blocking calls and
/// waiting for other threads must not be used there: time would run away meanwhile.
///
/// The thread must not be inside a tokio runtime already.
///
/// # Errors
/// [`Stalled`] when nothing can happen any more (or the operating system denies a runtime, which it never does in practice).
pub fn run_virtual<F, Fut>(epoch: SystemTime, work: F) -> Result<Fut::Output, Stalled>
where
    F: FnOnce(Clock) -> Fut,
    Fut: Future,
{
    let clock = Clock::of_virtual_time(epoch);
    let root = Arc::new(Root::default());
    let hook = {
        let (shared, root) = (Arc::clone(clock.shared()), Arc::clone(&root));
        move || root.before_sleep(&shared)
    };
    let runtime =
        tokio::runtime::Builder::new_current_thread().on_thread_park(hook).build().map_err(|_no_runtime| Stalled)?;
    let work = work(clock);
    runtime.block_on(async move {
        let mut work = pin!(work);
        let waker = Waker::from(Arc::clone(&root));
        poll_fn(|cx| root.poll(cx, || work.as_mut().poll(&mut Context::from_waker(&waker)))).await
    })
}

/// The future the runtime was started for. The runtime asks its hook even when that future could go on, so it is watched here.
struct Root {
    can_go_on: AtomicBool,
    stalled: AtomicBool,
    runtime: OnceLock<Waker>,
}

impl Default for Root {
    fn default() -> Self {
        Self { can_go_on: AtomicBool::new(true), stalled: AtomicBool::new(false), runtime: OnceLock::new() }
    }
}

impl Root {
    fn poll<T>(&self, cx: &Context<'_>, work: impl FnOnce() -> Poll<T>) -> Poll<Result<T, Stalled>> {
        self.runtime.get_or_init(|| cx.waker().clone());
        if self.can_go_on.swap(false, Ordering::AcqRel) {
            return work().map(Ok);
        }
        if self.stalled.load(Ordering::Acquire) { Poll::Ready(Err(Stalled)) } else { Poll::Pending }
    }

    /// No spawned task can go on. Unless the root can, time moves. The runtime is kept from sleeping in any case: a waker that
    /// no longer matters must not make it sleep for ever.
    fn before_sleep(&self, shared: &ClockState) {
        if !self.can_go_on.load(Ordering::Acquire) && !shared.move_on() {
            self.stalled.store(true, Ordering::Release);
        }
        if let Some(runtime) = self.runtime.get() {
            runtime.wake_by_ref();
        }
    }
}

impl Wake for Root {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.can_go_on.store(true, Ordering::Release);
        if let Some(runtime) = self.runtime.get() {
            runtime.wake_by_ref();
        }
    }
}

impl ClockState {
    /// Moves a virtual clock to the next moment at which a task is woken. `false`: there is none.
    fn move_on(&self) -> bool {
        let TimeSource::Virtual { now, .. } = &self.source else { return false };
        loop {
            let (timer, models) = {
                let agenda = self.lock();
                (agenda.next_timer(), agenda.living_models())
            };
            let (first, other) = first_of(models);
            match (first, timer) {
                (Some((at, model)), timer) if timer.is_none_or(|timer| at <= timer) => {
                    let until = timer.into_iter().chain(other).min().unwrap_or(u64::MAX);
                    let advance = model.advance(Duration::from_nanos(until));
                    now.fetch_max(nanos(advance.reached), Ordering::Relaxed);
                    if advance.woke {
                        return true;
                    }
                }
                (_, Some(timer)) => {
                    now.fetch_max(timer, Ordering::Relaxed);
                    let due = self.lock().due(timer);
                    due.into_iter().for_each(Waker::wake);
                    return true;
                }
                (_, None) => return false,
            }
        }
    }
}

type ModelChange = (u64, Arc<dyn Model>);

/// The model that changes first and when, and when the next other one changes.
fn first_of(models: Models) -> (Option<ModelChange>, Option<u64>) {
    let mut first: Option<ModelChange> = None;
    let mut other: Option<u64> = None;
    for model in models {
        let Some(at) = model.next_change().map(nanos) else { continue };
        let later = match &first {
            Some((earliest, _)) if *earliest <= at => Some(at),
            _ => first.replace((at, model)).map(|(at, _)| at),
        };
        other = later.into_iter().chain(other).min();
    }
    (first, other)
}
