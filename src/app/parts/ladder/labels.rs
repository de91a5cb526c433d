//! Where the arrows' labels stand: on their own arrow, or beside it with a line that leads there. None lies on another label, and no
//! other arrow runs through one. What finds no room is folded into one label for several arrows, or counted.

use std::cell::Cell;

use egui::{Pos2, Rangef, Rect, Vec2, vec2};

use super::{
    picture::{PictureInk, along, inside, label_rect},
    words::Label,
};
use crate::wire::units;

/// A burst and where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub burst: u32,
    pub corners: [Pos2; 4],
}

/// A label that wants a place.
#[derive(Clone, Debug)]
pub(super) struct WantedLabel {
    pub label: Label,
    pub ink: PictureInk,
    /// Its arrow.
    pub hit: Hit,
    /// Octets its arrow carries.
    pub octets: u64,
    /// Where on its arrow it may stand, best first.
    pub spots: Vec<Pos2>,
    /// How far it may stand from the diagram's edge across time: its strip.
    pub across: Rangef,
    /// The hosts' lines of that strip, across time.
    pub lanes: Vec<f32>,
}

/// A label that has one.
#[derive(Clone, Debug)]
pub(super) struct PlacedLabel {
    pub rect: Rect,
    pub text: String,
    pub ink: PictureInk,
    /// From its arrow to it, where it stands beside.
    pub leader: Option<[Pos2; 2]>,
    /// What it is the label of: one burst, or the bursts it was folded for.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests see by it that no arrow is left out"))]
    pub bursts: Vec<u32>,
}

/// What is in the way of labels.
pub(super) struct LabelRoom<'a> {
    ground: Rect,
    upright: bool,
    glyph: f32,
    hits: &'a [Hit],
    /// Of each of them, what it covers.
    bounds: Vec<Rect>,
    /// Places beside an arrow that may still be looked at in this frame.
    tries: Cell<usize>,
    /// Places in `hits`, by where they stand along time.
    cells: Vec<Vec<usize>>,
    taken: Vec<Rect>,
    leaders: Vec<[Pos2; 2]>,
}

impl<'a> LabelRoom<'a> {
    /// `taken`: where words stand already.
    pub(super) fn new(ground: Rect, upright: bool, glyph: f32, hits: &'a [Hit], taken: Vec<Rect>) -> Self {
        let bounds: Vec<Rect> = hits.iter().map(|hit| Rect::from_points(&hit.corners)).collect();
        let (cells, leaders, tries) = (Vec::new(), Vec::new(), Cell::new(MAX_TRIES));
        let mut room = Self { ground, upright, glyph, hits, bounds, tries, cells, taken, leaders };
        let last = room.cell(ground.max);
        room.cells.resize(last + 1, Vec::new());
        for number in 0..hits.len() {
            let Some(bounds) = room.bounds.get(number).copied() else { continue };
            for cell in room.cell(bounds.min)..=room.cell(bounds.max).min(last) {
                room.cells.get_mut(cell).into_iter().for_each(|cell| cell.push(number));
            }
        }
        room
    }

    /// Places them all, the ones that matter most first; returns how many arrows have none in the end.
    pub(super) fn place(&mut self, mut wanted: Vec<WantedLabel>) -> (Vec<PlacedLabel>, usize) {
        wanted.sort_by_key(|wanted| wanted.label.rank);
        let (mut placed, mut left) = (Vec::new(), Vec::new());
        for wanted in wanted {
            match self.place_one(&wanted, &wanted.label.variants, &[wanted.hit]) {
                Some((rect, text, leader)) => {
                    let bursts = vec![wanted.hit.burst];
                    placed.push(PlacedLabel { rect, text, ink: wanted.ink, leader, bursts });
                }
                None => left.push(wanted),
            }
        }
        let without = self.fold(left, &mut placed);
        (placed, without)
    }

    /// One label for arrows that are near each other; returns how many arrows even that leaves out.
    fn fold(&mut self, mut left: Vec<WantedLabel>, placed: &mut Vec<PlacedLabel>) -> usize {
        let begin = |wanted: &WantedLabel| self.time_of(middle(&wanted.hit));
        left.sort_by(|one, other| {
            (one.across.min, begin(one))
                .partial_cmp(&(other.across.min, begin(other)))
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        let near = |one: &WantedLabel, other: &WantedLabel| {
            one.across == other.across && (begin(other) - begin(one)).abs() < NEIGHBOURS
        };
        let groups: Vec<Vec<WantedLabel>> = left.chunk_by(near).map(<[WantedLabel]>::to_vec).collect();
        let mut without = 0;
        for group in groups {
            let own: Vec<Hit> = group.iter().map(|wanted| wanted.hit).collect();
            let octets = group.iter().map(|wanted| wanted.octets).sum();
            let count = units::count(own.len(), "arrow", "arrows");
            let size = if octets > 0 { format!(", {}", units::measured_octets(octets)) } else { String::new() };
            let variants = [format!("{count}{size}"), count];
            let found = group.iter().find_map(|wanted| self.place_one(wanted, &variants, &own));
            match found {
                Some((rect, text, leader)) => {
                    let bursts = own.iter().map(|hit| hit.burst).collect();
                    placed.push(PlacedLabel { rect, text, ink: PictureInk::Muted, leader, bursts });
                }
                None => without += own.len(),
            }
        }
        without
    }

    /// Takes the first place that is free; on the arrow first, whatever variant, then beside it.
    fn place_one(
        &mut self,
        wanted: &WantedLabel,
        variants: &[String],
        own: &[Hit],
    ) -> Option<(Rect, String, Option<[Pos2; 2]>)> {
        let rect = |at: Pos2, words: &String| label_rect(at, words.chars().count(), self.glyph);
        let on = variants.iter().flat_map(|words| wanted.spots.iter().map(move |at| (*at, words)));
        let mut on = on.map(|(at, words)| (rect(at, words), words, None));
        let mut beside = variants.iter().flat_map(|words| {
            let size = rect(Pos2::ZERO, words).size();
            ANCHORS.iter().flat_map(move |share| {
                let anchor = point_on(&wanted.hit, *share);
                OFFSETS.iter().map(move |offset| {
                    // To the side: so far from the arrow's point to the label's edge.
                    let far = *offset + vec2(offset.x.signum() * size.x / 2.0, 0.0) * f32::from(offset.x != 0.0);
                    let rect = Rect::from_center_size(anchor + far, size);
                    (rect, words, Some([anchor, rect.clamp(anchor)]))
                })
            })
        });
        let free = |(rect, _, leader): &(Rect, &String, Option<[Pos2; 2]>)| {
            self.is_free(*rect, wanted, own) && leader.is_none_or(|leader| self.is_way_free(leader, own))
        };
        let mut within_budget = |_: &(Rect, &String, Option<[Pos2; 2]>)| {
            let left = self.tries.get();
            self.tries.set(left.saturating_sub(1));
            left > 0
        };
        let beside = || beside.by_ref().take_while(&mut within_budget).find(free);
        let (rect, words, leader) = on.find(free).or_else(beside)?;
        let leader = leader.filter(|[from, to]| (*to - *from).length() > SHORTEST_LEADER);
        self.taken.push(rect);
        self.leaders.extend(leader);
        Some((rect, words.clone(), leader))
    }

    fn is_free(&self, rect: Rect, wanted: &WantedLabel, own: &[Hit]) -> bool {
        let across = if self.upright { rect.x_range() } else { rect.y_range() };
        let in_strip = across.min >= wanted.across.min && across.max <= wanted.across.max;
        let on_line = wanted.lanes.iter().any(|lane| across.contains(*lane));
        in_strip
            && !on_line
            && self.ground.contains_rect(rect)
            && !self.taken.iter().any(|other| other.intersects(rect))
            && !self.leaders.iter().any(|leader| crosses(*leader, rect))
            && !self.near(rect).any(|hit| !is_own(hit, own) && covers(hit, rect))
    }

    /// Does nothing stand in the way from the arrow to its label?
    fn is_way_free(&self, leader: [Pos2; 2], own: &[Hit]) -> bool {
        let bounds = Rect::from_two_pos(leader[0], leader[1]);
        let meets = |hit: &Hit| {
            let [a, b, c, d] = hit.corners;
            meet(leader, [a, d]) || meet(leader, [b, c])
        };
        !self.taken.iter().any(|other| crosses(leader, *other))
            && !self.near(bounds).any(|hit| !is_own(hit, own) && meets(hit))
    }

    /// What may be in a rectangle.
    fn near(&self, rect: Rect) -> impl Iterator<Item = &Hit> {
        let cells = self.cells.get(self.cell(rect.min)..=self.cell(rect.max).min(self.cells.len().saturating_sub(1)));
        let numbers = cells.unwrap_or_default().iter().flatten();
        // A level line has no height, and is met all the same.
        let meets =
            move |number: &&usize| self.bounds.get(**number).is_some_and(|bounds| bounds.expand(0.5).intersects(rect));
        numbers.filter(meets).filter_map(|number| self.hits.get(*number))
    }

    fn cell(&self, at: Pos2) -> usize {
        let begin = self.time_of(self.ground.min);
        ((self.time_of(at) - begin).max(0.0) / CELL) as usize
    }

    fn time_of(&self, at: Pos2) -> f32 {
        if self.upright { at.y } else { at.x }
    }
}

/// A point of an arrow: in the middle of its band.
pub(super) fn point_on(hit: &Hit, share: f32) -> Pos2 {
    let [a, b, c, d] = hit.corners;
    along(along(a, d, share), along(b, c, share), 0.5)
}

fn middle(hit: &Hit) -> Pos2 {
    point_on(hit, 0.5)
}

/// One of the label's own arrows, or one that lies on it from end to end.
pub(super) fn is_own(hit: &Hit, own: &[Hit]) -> bool {
    let same = |one: Pos2, other: Pos2| (one - other).length() < 1.0;
    own.iter().any(|own| {
        let ([a, _, _, d], [from, _, _, to]) = (hit.corners, own.corners);
        own.burst == hit.burst || same(a, from) && same(d, to)
    })
}

/// Does an arrow run through a rectangle, or its band lie over it?
pub(super) fn covers(hit: &Hit, rect: Rect) -> bool {
    let [a, b, c, d] = hit.corners;
    crosses([a, d], rect) || crosses([b, c], rect) || inside(rect.center(), &hit.corners)
}

/// Does a line run through a rectangle?
fn crosses([from, to]: [Pos2; 2], rect: Rect) -> bool {
    let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom()];
    let [a, b, c, d] = corners;
    rect.contains(from)
        || rect.contains(to)
        || [[a, b], [b, c], [c, d], [d, a]].into_iter().any(|side| meet([from, to], side))
}

/// Do two stretches have a point in common? Parallel ones have none.
fn meet([a, b]: [Pos2; 2], [c, d]: [Pos2; 2]) -> bool {
    let side = |from: Pos2, to: Pos2, point: Pos2| {
        let (way, own): (Vec2, Vec2) = (to - from, point - from);
        way.x * own.y - way.y * own.x
    };
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

/// Where on an arrow a label beside it may be tied.
const ANCHORS: [f32; 3] = [0.5, 0.3, 0.7];
/// How far beside it may stand: to the sides from the label's edge, up and down from its middle.
const OFFSETS: [Vec2; 16] = [
    vec2(6.0, 0.0),
    vec2(-6.0, 0.0),
    vec2(20.0, 0.0),
    vec2(-20.0, 0.0),
    vec2(0.0, 14.0),
    vec2(0.0, -14.0),
    vec2(12.0, 12.0),
    vec2(-12.0, -12.0),
    vec2(12.0, -12.0),
    vec2(-12.0, 12.0),
    vec2(44.0, 0.0),
    vec2(-44.0, 0.0),
    vec2(0.0, 28.0),
    vec2(0.0, -28.0),
    vec2(80.0, 0.0),
    vec2(-80.0, 0.0),
];
/// Shorter leaders are not drawn.
const SHORTEST_LEADER: f32 = 5.0;
/// Arrows so near each other along time share a label when they have none of their own.
const NEIGHBOURS: f32 = 90.0;
/// Places beside arrows that are looked at in one frame.
const MAX_TRIES: usize = 1_500;
/// Width of a cell along time.
const CELL: f32 = 64.0;

#[cfg(test)]
mod lines {
    use egui::pos2;

    use super::*;

    #[test]
    fn are_told_to_meet_or_to_cross_a_rectangle() {
        let cross = [pos2(0.0, 0.0), pos2(10.0, 10.0)];
        assert!(meet(cross, [pos2(0.0, 10.0), pos2(10.0, 0.0)]));
        assert!(!meet(cross, [pos2(0.0, 1.0), pos2(10.0, 11.0)]));
        let rect = Rect::from_min_max(pos2(4.0, 0.0), pos2(8.0, 20.0));
        assert!(crosses(cross, rect) && !crosses([pos2(0.0, 0.0), pos2(3.0, 9.0)], rect));
        assert!(crosses([pos2(5.0, 5.0), pos2(6.0, 6.0)], rect), "inside counts");
    }
}
