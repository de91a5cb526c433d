//! The ways messages take: one a message, beside each other where several join the same two, each with its number and a few words.

use std::collections::HashMap;

use egui::{Pos2, Rect};

use super::{
    super::messages::{TraceMessage, TracePart},
    curve::BezierCurve,
    labels::Labels,
    participants::{Participants, TreeLevel},
};
use crate::proto::dns::trace::{QueryTransport, ResolutionStep, StepOutcome};

/// A message on its way.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::app::tabs::dns::resolve) struct Edge {
    /// Which of what was told, by place; edges stand in this order.
    pub(in crate::app::tabs::dns::resolve) told: usize,
    /// Who sent it and to whom, by place.
    pub(in crate::app::tabs::dns::resolve) from: usize,
    pub(in crate::app::tabs::dns::resolve) to: usize,
    pub(in crate::app::tabs::dns::resolve) kind: EdgeKind,
    /// From the sender's box to the receiver's.
    pub(in crate::app::tabs::dns::resolve) curve: BezierCurve,
    /// Where its number is.
    pub(in crate::app::tabs::dns::resolve) badge: Pos2,
    /// Its words, where there is a place for them.
    pub(in crate::app::tabs::dns::resolve) label: Option<(Rect, String)>,
}

/// What it says, as the picture tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app::tabs::dns::resolve) enum EdgeKind {
    /// A question.
    Query,
    /// A query that was not answered.
    Unanswered,
    /// Somebody else knows more.
    Referral,
    /// What was asked for, or that it is another's alias.
    Answer,
    /// That there is no such thing.
    Negative,
    /// Nothing that helps.
    Trouble,
}

impl EdgeKind {
    fn of(part: TracePart, outcome: StepOutcome) -> Self {
        match (part, outcome) {
            (TracePart::Query, StepOutcome::TimedOut | StepOutcome::Unreachable) => Self::Unanswered,
            (TracePart::Query | TracePart::Silence | TracePart::Known, _) => Self::Query,
            (TracePart::Reply, StepOutcome::Referral) => Self::Referral,
            (TracePart::Reply, StepOutcome::Answer | StepOutcome::Alias) => Self::Answer,
            (TracePart::Reply, StepOutcome::NoName | StepOutcome::NoData) => Self::Negative,
            (TracePart::Reply, _) => Self::Trouble,
        }
    }
}

/// All of them, in the order they were told.
pub(super) fn edges(
    steps: &[ResolutionStep],
    told: &[TraceMessage],
    people: &Participants,
    boxes: &[Rect],
) -> Vec<Edge> {
    let mut many: HashMap<(usize, usize), ParallelEdges> = HashMap::new();
    for ends in &people.ends {
        many.entry(ordered(*ends)).or_default().exchanges += 1;
    }
    let mut nth: HashMap<usize, usize> = HashMap::new();
    let mut edges = Vec::with_capacity(told.len());
    for (place, one) in told.iter().enumerate() {
        let (Some(step), Some(ends)) = (steps.get(one.step), people.ends.get(one.step).copied()) else { continue };
        if !matches!(one.part, TracePart::Query | TracePart::Reply) || ends.0 == ends.1 {
            continue;
        }
        let Some(between) = many.get_mut(&ordered(ends)) else { continue };
        let turn = *nth.entry(one.step).or_insert_with(|| {
            between.begun += 1;
            between.begun - 1
        });
        let (from, to) = if one.part == TracePart::Query { ends } else { (ends.1, ends.0) };
        let (Some(begin), Some(end)) = (boxes.get(from), boxes.get(to)) else { continue };
        // To the left of where it is going, both ways: so a query and its answer part.
        let aside = between.aside(turn, (end.center() - begin.center()).length());
        let curve = BezierCurve::between(*begin, *end, aside);
        let kind = EdgeKind::of(one.part, step.outcome);
        // Nobody can tell how far it came.
        let curve = if kind == EdgeKind::Unanswered { curve.up_to(LOST_AT) } else { curve };
        edges.push(Edge { told: place, from, to, kind, curve, badge: curve.at(0.5), label: None });
    }
    let few = edges.len() <= MOST_WITH_WORDS;
    let mut labels = Labels::new(boxes);
    if few {
        for edge in &edges {
            labels.avoid(&edge.curve);
        }
    }
    for edge in &mut edges {
        let step = told.get(edge.told).and_then(|told| steps.get(told.step));
        let words = step.filter(|_| few).map(|step| words(steps, step, people, edge)).unwrap_or_default();
        (edge.badge, edge.label) = labels.place(&edge.curve, &words);
    }
    edges
}

/// What joins the same two.
#[derive(Default)]
struct ParallelEdges {
    exchanges: usize,
    begun: usize,
}

impl ParallelEdges {
    /// How far from the straight way the `turn`th query goes.
    fn aside(&self, turn: usize, way: f32) -> f32 {
        let step = (MOST_ASIDE / self.exchanges.max(1) as f32).min(BESIDE);
        let outer = self.exchanges.saturating_sub(turn + 1) as f32;
        (way * CURVED).clamp(LEAST_ASIDE, BESIDE * 1.4) + outer * step
    }
}

fn ordered((one, other): (usize, usize)) -> (usize, usize) {
    (one.min(other), one.max(other))
}

/// What is written beside it, the longest first.
fn words(steps: &[ResolutionStep], step: &ResolutionStep, people: &Participants, edge: &Edge) -> Vec<String> {
    let first = steps.first().map(|step| &step.question);
    let bare = |name: &str| if name == "." { "root".to_owned() } else { name.trim_end_matches('.').to_owned() };
    match edge.kind {
        EdgeKind::Query | EdgeKind::Unanswered => {
            let over = if step.over == QueryTransport::Tcp { " TCP" } else { "" };
            let asked = format!("{}?{over}", step.question.kind);
            let same = first.is_some_and(|first| first.name.eq_ignore_ascii_case(&step.question.name));
            match (same, step.recursion_desired) {
                _ if edge.kind == EdgeKind::Unanswered => vec![format!("{asked} no answer"), "no answer".to_owned()],
                (true, true) => vec![format!("{asked} RD=1"), asked],
                (true, false) => vec![asked],
                (false, _) => vec![format!("{asked} {}", bare(&step.question.name)), asked],
            }
        }
        EdgeKind::Referral => {
            let Some(referral) = &step.referral else { return vec!["referral".to_owned()] };
            let zone = bare(&referral.zone);
            let glue = if referral.glue.is_empty() { ", no glue" } else { " + glue" };
            vec![format!("referral: {zone}{glue}"), format!("referral: {zone}"), zone]
        }
        EdgeKind::Answer => answer(step, people, edge),
        EdgeKind::Negative => {
            vec![if step.outcome == StepOutcome::NoName { "no such name" } else { "no such type" }.to_owned()]
        }
        EdgeKind::Trouble => vec![trouble(step)],
    }
}

fn answer(step: &ResolutionStep, people: &Participants, edge: &Edge) -> Vec<String> {
    let to_asker = people.all.get(edge.to).is_some_and(|person| person.level == TreeLevel::You);
    let aa = if step.authoritative { " · AA" } else { "" };
    let value = |line: &String| line.split_whitespace().skip(4).collect::<Vec<_>>().join(" ");
    match (step.outcome, step.answers.as_slice()) {
        (StepOutcome::Alias, [first, ..]) => {
            vec![format!("alias of {}", value(first).trim_end_matches('.')), "alias".to_owned()]
        }
        (_, [one]) if !to_asker => vec![format!("{}{aa}", value(one)), value(one), format!("answer{aa}")],
        (_, [first, .., last]) if first.contains(" CNAME ") && !last.contains(" CNAME ") => {
            vec![format!("alias, {}{aa}", value(last)), format!("alias, {}", value(last)), "answer".to_owned()]
        }
        (_, many) if many.len() > 1 => vec![format!("{} records{aa}", many.len()), "answer".to_owned()],
        (_, _) => vec![format!("answer{aa}"), "answer".to_owned()],
    }
}

fn trouble(step: &ResolutionStep) -> String {
    match step.outcome {
        StepOutcome::Lame => "lame".to_owned(),
        StepOutcome::Truncated => "cut off".to_owned(),
        StepOutcome::Bad => "not believed".to_owned(),
        _ => step.rcode.clone().unwrap_or_else(|| "refused".to_owned()),
    }
}

/// How far towards its server an unanswered query is drawn.
const LOST_AT: f32 = 0.62;
/// With more messages than this none has words beside it; the table has them all.
const MOST_WITH_WORDS: usize = 60;
/// How far a lone query goes from the straight way, as a share of that.
const CURVED: f32 = 0.11;
/// And at least.
const LEAST_ASIDE: f32 = 16.0;
/// Between two queries to the same server.
const BESIDE: f32 = 30.0;
/// How far the outermost query goes from the straight way, at most.
const MOST_ASIDE: f32 = 110.0;
