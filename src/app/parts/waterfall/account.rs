//! What is known of all objects together: reckoned when they change, not in every frame.

use std::{borrow::Borrow, time::Duration};

use crate::{app::theme::FetchPhase, engine::timing::ObjectTiming};

/// When the objects of a run were fetched and what that took, all in all.
#[derive(Clone, Debug, Default)]
pub struct Account {
    of: Option<(u64, usize, Option<Duration>)>,
    span: Option<(Duration, Duration)>,
    occurring: Vec<FetchPhase>,
}

impl Account {
    /// That of `objects`.
    pub fn of<T: Borrow<ObjectTiming>>(objects: &[T]) -> Self {
        let mut account = Self::default();
        account.follow(objects, 0);
        account
    }

    /// Reckons again where anything is new: the record is at another `revision`, or the objects are others.
    pub fn follow<T: Borrow<ObjectTiming>>(&mut self, objects: &[T], revision: u64) {
        let last = objects.last().and_then(|object| object.borrow().phases.receive);
        let of = Some((revision, objects.len(), last.map(|receive| receive.to)));
        if self.of == of {
            return;
        }
        let mut seen = FetchPhase::ALL.map(|phase| (phase, false));
        let mut span: Option<(Duration, Duration)> = None;
        for object in objects {
            let phases = &object.borrow().phases;
            for (phase, occurs) in &mut seen {
                *occurs |= phase.span(phases).is_some();
            }
            if let Some(own) = phases.span() {
                span = span.map_or(Some((own.from, own.to)), |(from, to)| Some((from.min(own.from), to.max(own.to))));
            }
        }
        // Waiting for a turn may happen to any of them.
        let occurring = seen.into_iter().filter(|(phase, occurs)| *occurs || *phase == FetchPhase::Queue);
        *self = Self { of, span, occurring: occurring.map(|(phase, _)| phase).collect() };
    }

    /// When the first object was known and the last one was there; `None` without objects.
    pub fn span(&self) -> Option<(Duration, Duration)> {
        self.span
    }

    /// The phases that took place at all: only those need a key.
    pub(super) fn occurring(&self) -> &[FetchPhase] {
        &self.occurring
    }
}

#[cfg(test)]
mod an_account {
    use super::*;
    use crate::app::parts::samples::Sample;

    #[test]
    fn spans_all_objects_and_is_reckoned_again_when_there_are_more() {
        let sample = Sample::over(3, 10, 100_000, true);
        let mut account = Account::default();
        account.follow(&sample.objects[..2], 1);
        let (from, to) = account.span().unwrap();
        account.follow(&sample.objects, 1);
        let (begin, end) = account.span().unwrap();
        let latest = sample.objects.iter().filter_map(|object| object.phases.receive).map(|receive| receive.to).max();
        assert_eq!((begin, Some(end)), (from, latest));
        assert!(end > to);
        assert!(account.occurring().contains(&FetchPhase::Queue) && !account.occurring().contains(&FetchPhase::Tls));
        account.follow::<ObjectTiming>(&[], 1);
        assert_eq!(account.span(), None);
    }
}
