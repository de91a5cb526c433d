//! The thread of a real clock: sleeps to just before the next deadline, waits out the rest by yielding, wakes the tasks that are due.
//!
//! Deadlines are absolute, so that one late wake-up does not make the next one late.

use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    thread,
    time::Duration,
};

use super::{ClockState, ThreadRequest, nanos};

/// How long before a deadline the thread stops sleeping. It follows what the operating system's wake-ups are late by.
const LEAST_MARGIN: u64 = 20_000;
const GREATEST_MARGIN: u64 = 200_000;
/// A model that changes more often than this is served in batches: its changes have nominal times, so none is lost or late on
/// the model's own time line, and a fast link does not keep a processor busy.
const MODEL_PACE: u64 = 200_000;

pub(super) fn start(shared: &Arc<ClockState>) {
    let thread = thread::Builder::new().name("clock".to_owned());
    let pacemaker = Pacemaker { shared: Arc::clone(shared), margin: GREATEST_MARGIN, model_served_at: 0 };
    if thread.spawn(move || pacemaker.run()).is_err() {
        // Without a thread nothing is ever woken: the next timer tries again.
        shared.lock().has_thread = false;
    }
}

struct Pacemaker {
    shared: Arc<ClockState>,
    margin: u64,
    model_served_at: u64,
}

impl Pacemaker {
    fn run(mut self) {
        while let Some(next) = self.serve() {
            self.wait(next);
        }
    }

    /// Wakes the tasks that are due; returns when to look again. `None`: the clock is gone.
    fn serve(&mut self) -> Option<u64> {
        self.shared.sleeping_until.store(u64::MAX, Ordering::SeqCst);
        let now = self.shared.now();
        let (due, models) = {
            let mut agenda = self.shared.lock();
            if agenda.summons == ThreadRequest::End {
                return None;
            }
            agenda.summons = ThreadRequest::Nothing;
            (agenda.due(now), agenda.living_models())
        };
        due.into_iter().for_each(std::task::Waker::wake);
        let mut next = u64::MAX;
        for model in models {
            if model.next_change().is_some_and(|at| nanos(at) <= now) {
                model.advance(Duration::from_nanos(now));
                self.model_served_at = now;
            }
            next = next.min(model.next_change().map_or(u64::MAX, nanos));
        }
        Some(next.max(self.model_served_at + MODEL_PACE))
    }

    /// Waits until `model_due` or the next timer, whichever is first, unless the agenda changes before.
    fn wait(&mut self, model_due: u64) {
        let mut agenda = self.shared.lock();
        if agenda.summons != ThreadRequest::Nothing {
            return;
        }
        let deadline = agenda.next_timer().unwrap_or(u64::MAX).min(model_due);
        self.shared.sleeping_until.store(deadline, Ordering::SeqCst);
        while agenda.summons == ThreadRequest::Nothing {
            let now = self.shared.now();
            let rest = deadline.saturating_sub(now).saturating_sub(self.margin);
            if rest == 0 {
                break;
            }
            if deadline == u64::MAX {
                agenda = self.shared.changed.wait(agenda).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let (back, timed) = self
                .shared
                .changed
                .wait_timeout(agenda, Duration::from_nanos(rest))
                .unwrap_or_else(PoisonError::into_inner);
            agenda = back;
            if timed.timed_out() {
                let late_by = self.shared.now().saturating_sub(now + rest);
                self.margin = (late_by + late_by / 4).max(self.margin - self.margin / 8);
                self.margin = self.margin.clamp(LEAST_MARGIN, GREATEST_MARGIN);
                break;
            }
        }
        let undisturbed = agenda.summons == ThreadRequest::Nothing;
        drop(agenda);
        while undisturbed && self.shared.now() < deadline {
            thread::yield_now();
        }
    }
}
