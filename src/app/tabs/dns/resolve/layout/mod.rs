//! Where each participant stands and which way messages take: a pure function, the same for the same steps and room, however far they have been played.
//!
//! Few servers stand on an arc around the resolver, in the order they were asked, so that no way crosses a box. Many stand in blocks, a
//! block a search. Boxes never overlap; words stand where they cover nothing, or not at all.

mod arc;
mod blocks;
pub(super) mod curve;
mod edges;
pub(super) mod labels;
pub(super) mod participants;
#[cfg(test)]
mod tests;

use egui::{Rect, Vec2, vec2};

use self::participants::{Participants, TreeLevel};
use super::messages::TraceMessage;
use crate::proto::dns::trace::ResolutionStep;

pub(super) use self::{
    curve::BezierCurve,
    edges::{Edge, EdgeKind},
};

/// The picture's geometry, in points.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    /// Who takes part, and where each one's box is (the same places).
    pub(super) people: Participants,
    pub(super) boxes: Vec<Rect>,
    /// Grounds of searches, with their words.
    pub(super) grounds: Vec<(Rect, String)>,
    /// The messages that crossed, in order.
    pub(super) edges: Vec<Edge>,
    /// Everything that was told, in order; edges refer to it.
    pub(super) told: Vec<TraceMessage>,
    /// What all of it takes.
    pub(super) bounds: Rect,
    /// How big a box is.
    pub(super) size: BoxSize,
}

/// How big a box is, and how much it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BoxSize {
    /// Zone, name, address.
    Roomy,
    /// Zone and name.
    Small,
}

impl BoxSize {
    pub(super) fn points(self) -> Vec2 {
        match self {
            Self::Roomy => vec2(190.0, 60.0),
            Self::Small => vec2(138.0, 42.0),
        }
    }
}

impl Layout {
    /// Of `steps`, to be shown in `room`.
    pub(super) fn of(steps: &[ResolutionStep], room: Vec2) -> Self {
        let people = Participants::of(steps);
        let told = TraceMessage::of(steps);
        let size = if room.x < ROOMY.x || room.y < ROOMY.y { BoxSize::Small } else { BoxSize::Roomy };
        let (boxes, grounds) = match arc::boxes(&people, size.points(), room) {
            Some(boxes) => (boxes, Vec::new()),
            None => blocks::boxes(&people, size.points(), room),
        };
        let edges = edges::edges(steps, &told, &people, &boxes);
        let mut bounds = Rect::NOTHING;
        boxes.iter().chain(grounds.iter().map(|(ground, _)| ground)).for_each(|rect| bounds |= *rect);
        for edge in &edges {
            bounds |= Rect::from_points(&edge.curve.points());
            bounds |= edge.label.as_ref().map_or(Rect::NOTHING, |(rect, _)| *rect);
        }
        if !bounds.is_positive() {
            bounds = Rect::from_min_size(egui::Pos2::ZERO, size.points());
        }
        Self { people, boxes, grounds, edges, told, bounds: bounds.expand(6.0), size }
    }
}

/// The name servers of zones, and the name servers that the resolver asks: everybody but the resolver and those who only ask.
fn servers(people: &Participants, hub: usize) -> Vec<usize> {
    let mut servers: Vec<usize> = (0..people.all.len())
        .filter(|place| *place != hub && people.all.get(*place).is_some_and(|person| person.level != TreeLevel::You))
        .collect();
    servers.sort_by_key(|place| {
        let person = people.all.get(*place);
        (person.map(|person| person.search), person.map(|person| person.level), *place)
    });
    servers
}

/// Less room than this gets small boxes.
const ROOMY: Vec2 = vec2(600.0, 400.0);
