//! What all name servers of the lab did, put together: each resolver numbers its own steps, a reader wants one story.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{proto::dns::trace::ResolutionStep, wire::FlowId};

/// Resolutions remembered; the oldest go first.
const RESOLUTIONS: usize = 10_000;

/// The steps of many resolutions. Cheap to clone; clones are the same journal.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    kept: Arc<Mutex<Resolutions>>,
}

#[derive(Debug, Default)]
struct Resolutions {
    resolutions: VecDeque<ResolutionSteps>,
    begun: u64,
}

/// One resolution.
#[derive(Debug)]
struct ResolutionSteps {
    number: u64,
    /// The flow of the question it answers.
    for_flow: Option<FlowId>,
    steps: Vec<ResolutionStep>,
}

/// One resolution being written down.
#[derive(Clone, Debug)]
pub struct ResolutionPage {
    journal: Journal,
    number: u64,
}

impl Journal {
    /// A resolution begins, which answers the question of that flow.
    pub fn begin(&self, for_flow: Option<FlowId>) -> ResolutionPage {
        let mut kept = self.kept();
        kept.begun += 1;
        let number = kept.begun;
        if kept.resolutions.len() >= RESOLUTIONS {
            kept.resolutions.pop_front();
        }
        kept.resolutions.push_back(ResolutionSteps { number, for_flow, steps: Vec::new() });
        drop(kept);
        ResolutionPage { journal: self.clone(), number }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.kept().resolutions.clear();
    }

    /// Every step in the order of beginning, numbered from 1 through all resolutions; the first step of one follows from the step
    /// that asked its question.
    pub fn steps(&self) -> Vec<ResolutionStep> {
        let kept = self.kept();
        let mut all: Vec<(u64, &ResolutionStep)> = Vec::new();
        for told in &kept.resolutions {
            all.extend(told.steps.iter().map(|step| (told.number, step)));
        }
        all.sort_by_key(|(resolution, step)| (step.sent_at, *resolution, step.number));
        let number = |place: usize| u32::try_from(place + 1).unwrap_or(u32::MAX);
        let numbers: BTreeMap<(u64, u32), u32> =
            all.iter().enumerate().map(|(place, (told, step))| ((*told, step.number), number(place))).collect();
        let by_flow: BTreeMap<FlowId, u32> =
            all.iter().enumerate().filter_map(|(place, (_, step))| Some((step.flow?, number(place)))).collect();
        let for_flow: BTreeMap<u64, FlowId> =
            kept.resolutions.iter().filter_map(|told| Some((told.number, told.for_flow?))).collect();
        let renumbered = |(place, (told, step)): (usize, &(u64, &ResolutionStep))| {
            let own = step.parent.and_then(|parent| numbers.get(&(*told, parent)).copied());
            let asked = || for_flow.get(told).and_then(|flow| by_flow.get(flow)).copied();
            ResolutionStep { number: number(place), parent: own.or_else(asked), ..(*step).clone() }
        };
        all.iter().enumerate().map(renumbered).collect()
    }

    fn kept(&self) -> MutexGuard<'_, Resolutions> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResolutionPage {
    /// A step began, or ended: it replaces what was known of it.
    pub fn write(&self, step: &ResolutionStep) {
        let mut kept = self.journal.kept();
        let Some(told) = kept.resolutions.iter_mut().rev().find(|told| told.number == self.number) else { return };
        match told.steps.iter_mut().find(|known| known.number == step.number) {
            Some(known) => known.clone_from(step),
            None => told.steps.push(step.clone()),
        }
    }
}

#[cfg(test)]
mod a_journal {
    use std::time::Duration;

    use super::*;
    use crate::proto::dns::trace::{DnsQuestion, QueryTransport, StepOutcome};

    fn step(number: u32, parent: Option<u32>, at: u64, flow: u32) -> ResolutionStep {
        let question = DnsQuestion { name: "a.".to_owned(), kind: "A".to_owned() };
        let at = Duration::from_millis(at);
        ResolutionStep {
            number,
            parent,
            flow: Some(FlowId(flow)),
            ..ResolutionStep::begun("you", "dns.poly.edu", question, QueryTransport::Udp, at)
        }
    }

    #[test]
    fn tells_one_story_of_a_question_and_what_it_led_to() {
        let journal = Journal::default();
        let stub = journal.begin(None);
        stub.write(&step(1, None, 0, 5));
        let local = journal.begin(Some(FlowId(5)));
        local.write(&step(1, None, 1, 6));
        local.write(&step(2, Some(1), 101, 7));
        // It ends: the same step again.
        stub.write(&ResolutionStep { outcome: StepOutcome::Answer, ..step(1, None, 0, 5) });
        let story = journal.steps();
        let told: Vec<_> = story.iter().map(|step| (step.number, step.parent, step.outcome)).collect();
        assert_eq!(
            told,
            [(1, None, StepOutcome::Answer), (2, Some(1), StepOutcome::Waiting), (3, Some(2), StepOutcome::Waiting)]
        );
        journal.clear();
        assert_eq!(journal.steps(), []);
    }
}
