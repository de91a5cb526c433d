//! How late the wake-up was that led to what a task does now.
//!
//! A thread remembers the last wake-up it served and for which task. An action that the same task takes right after it is
//! counted from the moment the task waited for, plus the time the task itself took.

use std::cell::Cell;

use tokio::task;

/// A wake-up later than this says more about an overloaded machine than about a timer; what is beyond is not made up for.
const GREATEST: u64 = 20_000_000;
/// An action this long after its wake-up is no longer seen as a consequence of it.
const FORGOTTEN_AFTER: u64 = 5_000_000;

#[derive(Clone, Copy)]
struct WakeUp {
    task: Option<task::Id>,
    at: u64,
    late_by: u64,
}

thread_local! {
    static LAST: Cell<Option<WakeUp>> = const { Cell::new(None) };
}

/// The current task waited for the moment `for_moment` and was woken at `now`, both in nanoseconds on its clock.
pub(super) fn note(now: u64, for_moment: u64) {
    let late_by = now.saturating_sub(for_moment).min(GREATEST);
    LAST.set(Some(WakeUp { task: task::try_id(), at: now, late_by }));
}

/// By how many nanoseconds the current task's last wake-up was late.
pub(super) fn of_this_task(now: u64) -> u64 {
    let fresh = |wake_up: &WakeUp| wake_up.task == task::try_id() && now.saturating_sub(wake_up.at) < FORGOTTEN_AFTER;
    LAST.get().filter(fresh).map_or(0, |wake_up| wake_up.late_by)
}
