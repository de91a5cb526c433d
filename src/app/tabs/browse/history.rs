//! Where the student has been: back and forward, with each page as it was left.

use std::collections::BTreeSet;

use super::draft::RequestDraft;
use crate::engine::bridge::RunId;

/// A page visited.
#[derive(Clone, Debug)]
pub(super) struct VisitedPage {
    /// Its run.
    pub(super) job: RunId,
    /// The run whose page it asks about: that page is shown where the answer is that nothing changed (304).
    pub(super) base: Option<RunId>,
    /// The request as it was written.
    pub(super) draft: RequestDraft,
    /// How far it was scrolled when it was left, in points.
    pub(super) scroll: (f32, f32),
}

impl VisitedPage {
    /// A visit just begun.
    pub(super) fn new(job: RunId, draft: RequestDraft) -> Self {
        Self { job, base: None, draft, scroll: (0.0, 0.0) }
    }
}

/// The visits, and which one is shown.
#[derive(Debug, Default)]
pub(super) struct History {
    visits: Vec<VisitedPage>,
    at: usize,
}

impl History {
    /// The visit shown.
    pub(super) fn now(&self) -> Option<&VisitedPage> {
        self.visits.get(self.at)
    }

    /// The same, to be changed.
    pub(super) fn now_mut(&mut self) -> Option<&mut VisitedPage> {
        self.visits.get_mut(self.at)
    }

    /// Goes on to a new visit; those ahead are gone, and the oldest when there are too many. Returns the runs nobody needs any more.
    pub(super) fn go(&mut self, visit: VisitedPage) -> Vec<RunId> {
        let before = self.needed();
        self.visits.truncate(self.at + 1);
        self.visits.push(visit);
        if self.visits.len() > MOST {
            self.visits.remove(0);
        }
        self.at = self.visits.len() - 1;
        self.gone(before)
    }

    /// Shows another run in place of the one shown: the page was asked for again, or whether the page of `base` is still the same. Returns
    /// the runs nobody needs any more.
    pub(super) fn replace(&mut self, job: RunId, base: Option<RunId>) -> Vec<RunId> {
        let before = self.needed();
        if let Some(visit) = self.now_mut() {
            (visit.job, visit.base) = (job, base);
        }
        self.gone(before)
    }

    /// The visit shown has no record any more: the one before it is shown again.
    pub(super) fn drop_now(&mut self) {
        if self.at < self.visits.len() {
            self.visits.remove(self.at);
            self.at = self.at.saturating_sub(1);
        }
    }

    /// Runs that visits show.
    fn needed(&self) -> BTreeSet<RunId> {
        self.visits.iter().flat_map(|visit| std::iter::once(visit.job).chain(visit.base)).collect()
    }

    /// Those of `before` that none shows any more.
    fn gone(&self, before: BTreeSet<RunId>) -> Vec<RunId> {
        let needed = self.needed();
        before.into_iter().filter(|job| !needed.contains(job)).collect()
    }

    /// Is there a page to go back to?
    pub(super) fn has_back(&self) -> bool {
        self.at > 0
    }

    /// Is there one to go forward to?
    pub(super) fn has_forward(&self) -> bool {
        self.at + 1 < self.visits.len()
    }

    /// Goes back, or forward; says whether there was somewhere to go.
    pub(super) fn step(&mut self, forward: bool) -> bool {
        let possible = if forward { self.has_forward() } else { self.has_back() };
        if possible {
            self.at = if forward { self.at + 1 } else { self.at - 1 };
        }
        possible
    }
}

/// Visits kept at most: each holds what its pages brought.
const MOST: usize = 20;

#[cfg(test)]
mod back_and_forward {
    use super::*;

    fn visit(job: u32) -> VisitedPage {
        VisitedPage::new(RunId(job), RequestDraft::default())
    }

    fn shown(history: &History) -> u32 {
        history.now().unwrap().job.0
    }

    #[test]
    fn lead_along_the_visits() {
        let mut history = History::default();
        assert!(!history.step(false) && !history.step(true));
        for job in 1..=3 {
            assert!(history.go(visit(job)).is_empty());
        }
        assert!(history.step(false) && history.step(false) && !history.step(false));
        assert_eq!(shown(&history), 1);
        assert!(history.step(true));
        assert_eq!(shown(&history), 2);
    }

    #[test]
    fn a_new_visit_forgets_those_ahead() {
        let mut history = History::default();
        (1..=3).for_each(|job| drop(history.go(visit(job))));
        history.step(false);
        assert_eq!(history.go(visit(4)), [RunId(3)]);
        assert!(!history.has_forward());
    }

    #[test]
    fn the_oldest_are_forgotten_and_a_reload_takes_the_place_of_its_visit() {
        let mut history = History::default();
        let most = u32::try_from(MOST).unwrap();
        (1..=most).for_each(|job| drop(history.go(visit(job))));
        assert_eq!(history.go(visit(100)), [RunId(1)]);
        assert_eq!(history.replace(RunId(102), None), [RunId(100)]);
        assert_eq!(history.replace(RunId(103), Some(RunId(102))), [], "its page may still be right");
        assert_eq!(history.replace(RunId(104), Some(RunId(102))), [RunId(103)]);
        assert_eq!(history.replace(RunId(105), None), [RunId(102), RunId(104)]);
        assert_eq!(shown(&history), 105);
    }
}
