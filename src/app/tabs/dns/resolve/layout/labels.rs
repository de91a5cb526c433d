//! Finds places for numbers and words where they cover nothing.

use std::collections::HashMap;

use egui::{Pos2, Rect, pos2, vec2};

use super::curve::BezierCurve;

/// What is taken, in squares of a grid so that few have to be looked at.
pub(super) struct Labels {
    taken: HashMap<(i32, i32), Vec<Rect>>,
    /// Points of ways: words had better not cover them.
    ways: HashMap<(i32, i32), Vec<Pos2>>,
}

impl Labels {
    pub(super) fn new(boxes: &[Rect]) -> Self {
        let mut labels = Self { taken: HashMap::new(), ways: HashMap::new() };
        for rect in boxes {
            labels.take(*rect);
        }
        labels
    }

    /// Words keep off this way where they can.
    pub(super) fn avoid(&mut self, curve: &BezierCurve) {
        for piece in 0..=WAY_POINTS {
            let point = curve.at(f32::from(piece) / f32::from(WAY_POINTS));
            for square in squares(Rect::from_min_max(point, point)) {
                self.ways.entry(square).or_default().push(point);
            }
        }
    }

    /// A place for a number on `curve` and for the longest of `words` that fits beside it.
    pub(super) fn place(&mut self, curve: &BezierCurve, words: &[String]) -> (Pos2, Option<(Rect, String)>) {
        for covers_ways in [false, true] {
            for text in words {
                if let Some((badge, rect)) = self.find(curve, text, covers_ways) {
                    self.take(number(badge));
                    self.take(rect);
                    return (badge, Some((rect, text.clone())));
                }
            }
        }
        let share = SHARES.into_iter().find(|share| self.is_free(number(curve.at(*share)))).unwrap_or(0.5);
        self.take(number(curve.at(share)));
        (curve.at(share), None)
    }

    /// Where along `curve` a number can stand with `text` beside it.
    fn find(&self, curve: &BezierCurve, text: &str, covers_ways: bool) -> Option<(Pos2, Rect)> {
        let wide = vec2(text.chars().count() as f32 * GLYPH + 8.0, HEIGHT);
        SHARES.into_iter().find_map(|share| {
            let badge = pos2(curve.at(share).x.round(), curve.at(share).y.round());
            let right = Rect::from_min_size(badge + vec2(BADGE + 2.0, -wide.y / 2.0), wide);
            let left = Rect::from_min_size(badge - vec2(BADGE + 2.0 + wide.x, wide.y / 2.0), wide);
            let fits = |rect: &Rect| self.is_free(*rect) && (covers_ways || !self.covers_way(*rect));
            let rect = [right, left].into_iter().find(fits).filter(|_| self.is_free(number(badge)))?;
            Some((badge, rect))
        })
    }

    fn covers_way(&self, rect: Rect) -> bool {
        squares(rect)
            .any(|square| self.ways.get(&square).is_some_and(|points| points.iter().any(|point| rect.contains(*point))))
    }

    fn is_free(&self, rect: Rect) -> bool {
        squares(rect)
            .all(|square| self.taken.get(&square).is_none_or(|taken| taken.iter().all(|other| !other.intersects(rect))))
    }

    fn take(&mut self, rect: Rect) {
        for square in squares(rect) {
            self.taken.entry(square).or_default().push(rect);
        }
    }
}

/// The ground of a number.
fn number(at: Pos2) -> Rect {
    Rect::from_center_size(at, vec2(BADGE * 2.0, BADGE * 2.0))
}

fn squares(rect: Rect) -> impl Iterator<Item = (i32, i32)> {
    let square = |at: f32| (at / SQUARE).floor() as i32;
    let (across, down) = (square(rect.left())..=square(rect.right()), square(rect.top())..=square(rect.bottom()));
    across.flat_map(move |x| down.clone().map(move |y| (x, y)))
}

/// Where along a curve a number may stand, best first.
const SHARES: [f32; 9] = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82];
/// Radius of a number's ground.
pub(in crate::app::tabs::dns::resolve) const BADGE: f32 = 9.0;
/// Points of a way that are looked at.
const WAY_POINTS: u8 = 64;
/// Width of a character of the small mono font.
const GLYPH: f32 = 6.65;
/// Height of a line of words.
const HEIGHT: f32 = 15.0;
/// Side of a square of the grid.
const SQUARE: f32 = 96.0;
