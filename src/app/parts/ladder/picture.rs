//! A picture made of few kinds of things.

use egui::{Align2, Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2, vec2};

use crate::app::theme::{FetchPhase, Theme, mono_small, size};

/// The picture: what is painted first is below.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Picture {
    pub items: Vec<PictureItem>,
}

/// One thing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PictureItem {
    /// A straight line.
    Line { from: Pos2, to: Pos2, width: f32, ink: PictureInk },
    /// The same, dashed.
    Dashes { from: Pos2, to: Pos2, ink: PictureInk },
    /// A filled shape, convex; `strength` is its opacity.
    Area { corners: Vec<Pos2>, ink: PictureInk, strength: f32 },
    /// A small circle, not filled.
    Ring { centre: Pos2, radius: f32, ink: PictureInk },
    /// Words in the small mono font.
    Words { at: Pos2, anchor: Align2, text: String, ink: PictureInk },
    /// The same on a ground that keeps lines from running through it.
    Label { rect: Rect, text: String, ink: PictureInk },
}

/// What something is painted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PictureInk {
    Phase(FetchPhase),
    Text,
    Muted,
    Bad,
    Accent,
    Ground,
}

impl PictureInk {
    /// For words, which need more contrast than a bar or a line.
    fn of_words(self, theme: &Theme) -> Color32 {
        match self {
            Self::Phase(phase) => theme.phase_words(phase),
            Self::Text | Self::Muted | Self::Bad | Self::Accent | Self::Ground => self.colour(theme),
        }
    }

    pub(super) fn colour(self, theme: &Theme) -> Color32 {
        match self {
            Self::Phase(phase) => theme.phase(phase),
            Self::Text => theme.text,
            Self::Muted => theme.muted,
            Self::Bad => theme.bad,
            Self::Accent => theme.accent,
            Self::Ground => theme.panel,
        }
    }
}

impl Picture {
    pub(super) fn line(&mut self, from: Pos2, to: Pos2, width: f32, ink: PictureInk) {
        self.items.push(PictureItem::Line { from, to, width, ink });
    }

    pub(super) fn words(&mut self, at: Pos2, anchor: Align2, text: impl Into<String>, ink: PictureInk) {
        self.items.push(PictureItem::Words { at, anchor, text: text.into(), ink });
    }

    /// A line with a head at its end.
    pub(super) fn arrow(&mut self, from: Pos2, to: Pos2, width: f32, ink: PictureInk) {
        self.line(from, to, width, ink);
        self.head(from, to, ink);
    }

    /// An arrow's head alone.
    pub(super) fn head(&mut self, from: Pos2, to: Pos2, ink: PictureInk) {
        let along = (to - from).normalized();
        if along == Vec2::ZERO {
            return;
        }
        let (back, aside) = (to - along * HEAD_LENGTH, along.rot90() * HEAD_WIDTH);
        self.items.push(PictureItem::Area { corners: vec![to, back + aside, back - aside], ink, strength: 1.0 });
    }

    /// Paints everything.
    pub(super) fn paint(&self, painter: &Painter, theme: &Theme) {
        for item in &self.items {
            match item {
                PictureItem::Line { from, to, width, ink } => {
                    painter.line_segment([*from, *to], Stroke::new(*width, ink.colour(theme)));
                }
                PictureItem::Dashes { from, to, ink } => {
                    let stroke = Stroke::new(1.0, ink.colour(theme));
                    painter.extend(Shape::dashed_line(&[*from, *to], stroke, 4.0, 3.0));
                }
                PictureItem::Area { corners, ink, strength } => {
                    let fill = ink.colour(theme).gamma_multiply(*strength);
                    painter.add(Shape::convex_polygon(corners.clone(), fill, Stroke::NONE));
                }
                PictureItem::Ring { centre, radius, ink } => {
                    painter.circle_stroke(*centre, *radius, Stroke::new(1.2, ink.colour(theme)));
                }
                PictureItem::Words { at, anchor, text, ink } => {
                    painter.text(*at, *anchor, text, mono_small(), ink.colour(theme));
                }
                PictureItem::Label { rect, text, ink } => {
                    painter.rect_filled(*rect, 2.0, theme.panel.gamma_multiply(LABEL_GROUND));
                    painter.text(rect.center(), Align2::CENTER_CENTER, text, mono_small(), ink.of_words(theme));
                }
            }
        }
    }
}

/// How far `point` is from the stretch between two points.
pub(super) fn distance(point: Pos2, from: Pos2, to: Pos2) -> f32 {
    let (along, own) = (to - from, point - from);
    let share = (own.dot(along) / along.length_sq().max(f32::MIN_POSITIVE)).clamp(0.0, 1.0);
    (own - along * share).length()
}

/// Is `point` inside these corners, which go round?
pub(super) fn inside(point: Pos2, corners: &[Pos2; 4]) -> bool {
    let [a, b, c, d] = *corners;
    let side = |from: Pos2, to: Pos2| {
        let (along, own) = (to - from, point - from);
        along.x * own.y - along.y * own.x
    };
    let sides = [side(a, b), side(b, c), side(c, d), side(d, a)];
    sides.iter().all(|side| *side >= 0.0) || sides.iter().all(|side| *side <= 0.0)
}

/// Where an arrow from `from` that goes on beyond `to` would be, `share` of the way.
pub(super) fn along(from: Pos2, to: Pos2, share: f32) -> Pos2 {
    pos2(egui::lerp(from.x..=to.x, share), egui::lerp(from.y..=to.y, share))
}

/// The ground of words of this many characters, centred.
pub(super) fn label_rect(centre: Pos2, characters: usize, glyph: f32) -> Rect {
    Rect::from_center_size(centre, vec2(characters as f32 * glyph + 4.0, size::MONO_SMALL + 3.0))
}

/// How much of what is behind a label its ground covers.
const LABEL_GROUND: f32 = 0.9;
/// Length of an arrow's head.
const HEAD_LENGTH: f32 = 7.0;
/// Half its width.
const HEAD_WIDTH: f32 = 3.0;

#[cfg(test)]
mod points {
    use super::*;

    #[test]
    fn inside_are_told_from_those_outside() {
        let band = [pos2(0.0, 0.0), pos2(20.0, 0.0), pos2(40.0, 50.0), pos2(20.0, 50.0)];
        assert!(inside(pos2(20.0, 25.0), &band));
        assert!(!inside(pos2(35.0, 5.0), &band));
        assert!((distance(pos2(0.0, 5.0), pos2(0.0, 0.0), pos2(10.0, 0.0)) - 5.0).abs() < 1e-6);
    }
}
