//! The messages of a resolution in the order they crossed, numbered as the picture and the list number them.

use std::{cmp::Reverse, time::Duration};

use crate::proto::dns::trace::{QueryTransport, ResolutionStep, StepOutcome};

/// A message, or what came instead of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TraceMessage {
    /// Its number, from 1; what is no message has none.
    pub(super) number: Option<u32>,
    /// Which of the steps it belongs to, by place.
    pub(super) step: usize,
    /// Which part of the step it is.
    pub(super) part: TracePart,
    /// When the asker saw it: the sending of a query, the arrival of a response, the end of waiting.
    pub(super) at: Duration,
}

/// Which part of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TracePart {
    /// A query leaves.
    Query,
    /// Its response arrives.
    Reply,
    /// No response came.
    Silence,
    /// The answer was in the client's own cache.
    Known,
}

impl TraceMessage {
    /// All messages of `steps`.
    pub(super) fn of(steps: &[ResolutionStep]) -> Vec<Self> {
        let mut told = Vec::with_capacity(steps.len() * 2);
        for (place, step) in steps.iter().enumerate() {
            let mut tell = |part, at, order| {
                told.push(((at, order, Reverse(step.number)), Self { number: None, step: place, part, at }));
            };
            let order = step.number.saturating_mul(2);
            if step.over == QueryTransport::Cache {
                tell(TracePart::Known, step.sent_at, order);
                continue;
            }
            tell(TracePart::Query, step.sent_at, order);
            if let Some(at) = step.ended_at {
                let part = if is_answered(step.outcome) { TracePart::Reply } else { TracePart::Silence };
                tell(part, at, last_within(steps, step).saturating_mul(2).saturating_add(1));
            }
        }
        told.sort_by_key(|(key, _)| *key);
        let mut number = 0;
        let count = |mut told: Self| {
            if matches!(told.part, TracePart::Query | TracePart::Reply) {
                number += 1;
                told.number = Some(number);
            }
            told
        };
        told.into_iter().map(|(_, told)| told).map(count).collect()
    }

    /// Was it told before `moment`, or then?
    pub(super) fn is_past(&self, moment: Option<Duration>) -> bool {
        moment.is_none_or(|moment| self.at <= moment)
    }
}

/// Did a message come back?
pub(super) fn is_answered(outcome: StepOutcome) -> bool {
    !matches!(outcome, StepOutcome::Waiting | StepOutcome::TimedOut | StepOutcome::Unreachable)
}

/// Of what the asked server itself did to answer `step`, the last step: the answer comes after it, even where both took no time.
fn last_within(steps: &[ResolutionStep], step: &ResolutionStep) -> u32 {
    if !step.recursion_desired {
        return step.number;
    }
    let during = step.sent_at..=step.ended_at.unwrap_or(step.sent_at);
    let own = steps.iter().filter(|other| {
        other.number > step.number && other.asker.eq_ignore_ascii_case(&step.server) && during.contains(&other.sent_at)
    });
    own.map(|other| other.number).max().unwrap_or(step.number)
}

#[cfg(test)]
mod what_was_told {
    use super::{TraceMessage, TracePart};
    use crate::app::tabs::dns::resolve::fixtures;

    #[test]
    fn is_numbered_in_the_order_it_crossed() {
        let steps = fixtures::gaia();
        let told = TraceMessage::of(&steps);
        let numbers: Vec<_> = told.iter().map(|told| (told.number, steps[told.step].number, told.part)).collect();
        let expected = [
            (Some(1), 1, TracePart::Query),
            (Some(2), 2, TracePart::Query),
            (Some(3), 2, TracePart::Reply),
            (Some(4), 3, TracePart::Query),
            (Some(5), 3, TracePart::Reply),
            (Some(6), 4, TracePart::Query),
            (Some(7), 4, TracePart::Reply),
            (Some(8), 1, TracePart::Reply),
        ];
        assert_eq!(numbers, expected);
    }

    #[test]
    fn keeps_that_order_where_nothing_takes_any_time() {
        let mut steps = fixtures::gaia();
        for step in &mut steps {
            (step.sent_at, step.ended_at) = (std::time::Duration::ZERO, Some(std::time::Duration::ZERO));
        }
        let steps_told: Vec<_> = TraceMessage::of(&steps).iter().map(|told| steps[told.step].number).collect();
        assert_eq!(steps_told, [1, 2, 2, 3, 3, 4, 4, 1]);
    }

    #[test]
    fn silence_and_the_cache_are_no_messages() {
        let steps = fixtures::troubled();
        let told = TraceMessage::of(&steps);
        let numbered = told.iter().filter(|told| told.number.is_some()).count();
        let parts = |part| told.iter().filter(|told| told.part == part).count();
        assert_eq!(parts(TracePart::Query) + parts(TracePart::Reply), numbered);
        assert_eq!((parts(TracePart::Silence), parts(TracePart::Known)), (2, 1));
    }
}
