//! A curved way from one box to another.

use egui::{Pos2, Rect, Vec2, pos2};

/// A cubic Bézier curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::app::tabs::dns::resolve) struct BezierCurve(pub(in crate::app::tabs::dns::resolve) [Pos2; 4]);

impl BezierCurve {
    /// From the middle of one box towards the middle of another, `aside` points to the right of the straight way; only what lies outside
    /// both boxes.
    pub(super) fn between(from: Rect, to: Rect, aside: f32) -> Self {
        let (begin, end) = (from.center(), to.center());
        let across = (end - begin).normalized().rot90();
        // It begins and ends inside the boxes, whatever their shape.
        let reach = |rect: Rect| {
            let (x, y) = (across.x.abs().max(1e-3), across.y.abs().max(1e-3));
            (rect.width() * 0.42 / x).min(rect.height() * 0.42 / y)
        };
        let near = |rect: Rect| across * (aside * 0.5).clamp(-reach(rect), reach(rect));
        let (begin, end) = (begin + near(from), end + near(to));
        let bend = across * aside;
        let curve = Self([begin, begin.lerp(end, 0.32) + bend, begin.lerp(end, 0.68) + bend, end]);
        let leaves = curve.crossing(from, 0.0, 0.5);
        let arrives = curve.crossing(to, 1.0, 0.5);
        curve.part(leaves, arrives)
    }

    /// The point at `share` of the curve.
    pub(in crate::app::tabs::dns::resolve) fn at(&self, share: f32) -> Pos2 {
        let [a, b, c, d] = self.0;
        let (ab, bc, cd) = (a.lerp(b, share), b.lerp(c, share), c.lerp(d, share));
        ab.lerp(bc, share).lerp(bc.lerp(cd, share), share)
    }

    /// Where it is going at its end.
    pub(in crate::app::tabs::dns::resolve) fn heading(&self) -> Vec2 {
        let [a, b, c, d] = self.0;
        [d - c, d - b, d - a].into_iter().map(Vec2::normalized).find(|way| *way != Vec2::ZERO).unwrap_or(Vec2::DOWN)
    }

    /// The part up to `share`.
    pub(in crate::app::tabs::dns::resolve) fn up_to(&self, share: f32) -> Self {
        self.part(0.0, share)
    }

    /// As straight pieces.
    pub(in crate::app::tabs::dns::resolve) fn points(&self) -> Vec<Pos2> {
        (0..=PIECES).map(|piece| self.at(f32::from(piece) / f32::from(PIECES))).collect()
    }

    /// How far `point` is from it.
    pub(in crate::app::tabs::dns::resolve) fn distance(&self, point: Pos2) -> f32 {
        let mut from = self.at(0.0);
        let mut nearest = f32::INFINITY;
        for to in self.points() {
            let (along, own) = (to - from, point - from);
            let share = (own.dot(along) / along.length_sq().max(f32::MIN_POSITIVE)).clamp(0.0, 1.0);
            nearest = nearest.min((own - along * share).length());
            from = to;
        }
        nearest
    }

    pub(in crate::app::tabs::dns::resolve) fn bounds(&self) -> Rect {
        Rect::from_points(&self.0)
    }

    /// Where it leaves `rect`, which it is inside of at `inside`, on the way to `outside`.
    fn crossing(&self, rect: Rect, inside: f32, outside: f32) -> f32 {
        let (mut inside, mut outside) = (inside, outside);
        for _ in 0..12 {
            let middle = f32::midpoint(inside, outside);
            if rect.contains(self.at(middle)) { inside = middle } else { outside = middle }
        }
        outside
    }

    /// The part between two shares (de Casteljau).
    fn part(&self, from: f32, to: f32) -> Self {
        let [a, b, c, d] = self.0;
        let blossom = |u: f32, v: f32, w: f32| {
            let (ab, bc, cd) = (a.lerp(b, u), b.lerp(c, u), c.lerp(d, u));
            ab.lerp(bc, v).lerp(bc.lerp(cd, v), w)
        };
        Self([blossom(from, from, from), blossom(from, from, to), blossom(from, to, to), blossom(to, to, to)])
    }
}

/// A box of `size` around `centre`.
pub(super) fn around(centre: Pos2, size: Vec2) -> Rect {
    Rect::from_center_size(pos2(centre.x.round(), centre.y.round()), size)
}

/// Straight pieces of a curve.
const PIECES: u8 = 24;

#[cfg(test)]
mod a_curve {
    use egui::{Rect, pos2, vec2};

    use super::BezierCurve;

    #[test]
    fn begins_and_ends_at_the_boxes() {
        let rect = |x, y| Rect::from_center_size(pos2(x, y), vec2(190.0, 48.0));
        let (from, to) = (rect(0.0, 0.0), rect(300.0, -200.0));
        for aside in [-60.0, -20.0, 0.0, 35.0] {
            let curve = BezierCurve::between(from, to, aside);
            assert!(from.expand(0.5).contains(curve.at(0.0)) && !from.shrink(1.0).contains(curve.at(0.0)));
            assert!(to.expand(0.5).contains(curve.at(1.0)) && !to.shrink(1.0).contains(curve.at(1.0)));
            assert!(curve.distance(curve.at(0.5)) < 0.5);
            let half = curve.up_to(0.5);
            assert!((half.at(1.0) - curve.at(0.5)).length() < 0.01);
            assert!((half.at(0.5) - curve.at(0.25)).length() < 0.01);
        }
    }
}
