//! Few servers: on an arc around the resolver, the root first, clockwise.

use std::f32::consts::PI;

use egui::{Pos2, Rect, Vec2, pos2, vec2};

use super::{
    curve::around,
    participants::{Participants, TreeLevel},
    servers,
};

/// Everybody's box, where there are few enough.
pub(super) fn boxes(people: &Participants, size: Vec2, room: Vec2) -> Option<Vec<Rect>> {
    let hub = people.hub()?;
    let servers = servers(people, hub);
    let askers: Vec<usize> = (0..people.all.len())
        .filter(|place| *place != hub && people.all.get(*place).is_some_and(|person| person.level == TreeLevel::You))
        .collect();
    if servers.len() > MOST_SERVERS || askers.len() > MOST_ASKERS {
        return None;
    }
    // Many ways to the same box need some room between the boxes.
    let many = 1.0 + servers.len().saturating_sub(4) as f32 * 0.06;
    let least = room.max(vec2(size.x * 2.6, size.y * 5.0)) * many;
    for more in 0..TRIES {
        let room = least * (Vec2::splat(1.0) + GROWTH * more as f32);
        let boxes = place(people.all.len(), hub, &servers, &askers, size, room);
        if are_apart(&boxes) {
            return Some(boxes);
        }
    }
    None
}

fn place(count: usize, hub: usize, servers: &[usize], askers: &[usize], size: Vec2, room: Vec2) -> Vec<Rect> {
    let (from, to) = angles(servers.len());
    // What the arc needs to the left of the hub, as a share of its radius.
    let left = (-from.cos()).max(0.0);
    let low = room.y < size.y * 8.0;
    let aside = if askers.is_empty() { 0.0 } else { size.x * if low { 0.9 } else { 0.66 } };
    let below = if askers.is_empty() { 0.0 } else { (room.y * 0.25).clamp(size.y * 1.7, size.y * 2.6) };
    let wide = room.x - size.x;
    let radius_x = ((wide - aside) / (1.0 + left)).min(wide * 0.68).max(size.x);
    let radius_y = (room.y - size.y - below).max(size.y * 1.6);
    let hub_at = pos2((left * radius_x).max(aside), radius_y);
    let mut boxes = vec![Rect::NOTHING; count];
    let mut put = |place: usize, centre: Pos2| {
        if let Some(rect) = boxes.get_mut(place) {
            *rect = around(centre, size);
        }
    };
    put(hub, hub_at);
    let arc = Arc { hub: hub_at, radius: vec2(radius_x, radius_y), cell: size + GAP };
    for (server, at) in servers.iter().zip(arc.places(servers.len(), from, to)) {
        put(*server, at);
    }
    for (nth, asker) in askers.iter().enumerate() {
        let step = (size.x + GAP.x) * nth as f32;
        put(*asker, hub_at + vec2(-aside + step, below));
    }
    boxes
}

/// A part of an ellipse.
struct Arc {
    hub: Pos2,
    radius: Vec2,
    /// What a box needs, space around it included.
    cell: Vec2,
}

impl Arc {
    fn at(&self, angle: f32) -> Pos2 {
        self.hub + vec2(angle.cos() * self.radius.x, -angle.sin() * self.radius.y)
    }

    /// So many places from one angle to another, as far apart from each other as boxes see it: wide ones need more room beside each
    /// other than above each other.
    fn places(&self, count: usize, from: f32, to: f32) -> Vec<Pos2> {
        if count < 2 {
            return vec![self.at(f32::midpoint(from, to)); count];
        }
        let (mut near, mut far) = (0.0, 12.0);
        for _ in 0..24 {
            let apart = f32::midpoint(near, far);
            if self.spaced_places(count, from, to, apart).is_some() { near = apart } else { far = apart }
        }
        self.spaced_places(count, from, to, near).unwrap_or_default()
    }

    /// Places that far apart; `None` when the last would come to stand past the end.
    fn spaced_places(&self, count: usize, from: f32, to: f32, apart: f32) -> Option<Vec<Pos2>> {
        let mut places = vec![self.at(from)];
        let mut step = 0_u16;
        while places.len() < count {
            let last = *places.last()?;
            let next = loop {
                step += 1;
                if step > STEPS {
                    return None;
                }
                let at = self.at(from + (to - from) * f32::from(step) / f32::from(STEPS));
                let way = (at - last) / self.cell;
                if way.x.abs().max(way.y.abs()) >= apart {
                    break at;
                }
            };
            places.push(next);
        }
        Some(places)
    }
}

/// From which angle to which the servers stand, counted from the right against the clock.
fn angles(servers: usize) -> (f32, f32) {
    let degrees = |degrees: f32| degrees / 180.0 * PI;
    match servers {
        0 | 1 => (degrees(40.0), degrees(40.0)),
        2 => (degrees(76.0), degrees(14.0)),
        3 | 4 => (degrees(79.0), degrees(6.0)),
        more => (degrees((79.0 + (more - 4) as f32 * 26.0).min(183.0)), degrees(-3.0)),
    }
}

fn are_apart(boxes: &[Rect]) -> bool {
    let grown: Vec<Rect> = boxes.iter().map(|rect| rect.expand2(GAP / 2.0)).collect();
    grown.iter().enumerate().all(|(at, one)| grown.iter().skip(at + 1).all(|other| !one.intersects(*other)))
}

const MOST_SERVERS: usize = 12;
const MOST_ASKERS: usize = 2;
/// Between two boxes, at least.
const GAP: Vec2 = vec2(18.0, 22.0);
/// How much more room is tried each time.
const GROWTH: Vec2 = vec2(0.05, 0.07);
const TRIES: usize = 40;
/// Number of steps in which places along an arc are tried.
const STEPS: u16 = 720;
