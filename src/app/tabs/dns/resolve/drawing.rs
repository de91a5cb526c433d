//! A drawing made of few kinds of things, so that it can be scaled and moved.

use egui::{
    Align2, Color32, CornerRadius, FontId, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, emath::TSTransform,
    epaint::CubicBezierShape, pos2, vec2,
};

use super::layout::{BezierCurve, EdgeKind};
use crate::app::theme::{FetchPhase, Theme, size};

/// The drawing: what comes first is below.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Drawing {
    pub(super) items: Vec<DrawingItem>,
}

/// One thing, in the layout's points.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum DrawingItem {
    /// The ground of a group.
    Ground(Rect),
    /// Somebody's box, with the colour and width of its border.
    Frame { rect: Rect, ink: DrawingInk, width: f32 },
    /// A soft ring around a box.
    Glow(Rect),
    /// A way, dashed or not.
    Way { curve: BezierCurve, ink: DrawingInk, width: f32, dashed: bool },
    /// The head of an arrow.
    Head { tip: Pos2, way: Vec2, ink: DrawingInk },
    /// Where something got lost.
    Cross { at: Pos2, ink: DrawingInk },
    /// A number on a ground of its colour.
    Number { at: Pos2, number: u32, ink: DrawingInk, chosen: bool },
    /// Words; `ground` keeps ways from running through them.
    Words { at: Pos2, anchor: Align2, text: String, font: Font, ink: DrawingInk, ground: bool },
    /// A few words on a small rounded ground.
    Pill { rect: Rect, text: String, ink: DrawingInk },
}

/// What words are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Font {
    Words,
    Small,
    Mono,
}

/// What something is painted with, and whether it stands back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DrawingInk {
    pub(super) tone: DrawingColour,
    pub(super) strength: f32,
}

/// A colour of the theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DrawingColour {
    Text,
    Muted,
    Accent,
    Good,
    Bad,
    Query,
    Referral,
    Dns,
}

impl DrawingColour {
    pub(super) fn of(kind: EdgeKind) -> Self {
        match kind {
            EdgeKind::Query => Self::Query,
            EdgeKind::Referral => Self::Referral,
            EdgeKind::Answer => Self::Good,
            EdgeKind::Negative => Self::Dns,
            EdgeKind::Unanswered | EdgeKind::Trouble => Self::Bad,
        }
    }

    pub(super) fn ink(self) -> DrawingInk {
        DrawingInk { tone: self, strength: 1.0 }
    }

    fn colour(self, theme: &Theme) -> Color32 {
        match self {
            Self::Text => theme.text,
            Self::Muted => theme.muted,
            Self::Accent => theme.accent,
            Self::Good => theme.good,
            Self::Bad => theme.bad,
            Self::Query => theme.phase_words(FetchPhase::Wait),
            Self::Referral => theme.phase_words(FetchPhase::Receive),
            Self::Dns => theme.phase_words(FetchPhase::Dns),
        }
    }
}

impl DrawingInk {
    fn colour(self, theme: &Theme) -> Color32 {
        self.tone.colour(theme).gamma_multiply(self.strength)
    }
}

impl Font {
    fn points(self) -> f32 {
        let [small, body, _] = size::TEXT;
        match self {
            Self::Words => body,
            Self::Small => small,
            Self::Mono => size::MONO_SMALL,
        }
    }

    fn at_scale(self, scale: f32) -> FontId {
        // Few sizes, so that few glyphs have to be drawn.
        let points = ((self.points() * scale) * 2.0).round() / 2.0;
        match self {
            Self::Words | Self::Small => FontId::proportional(points),
            Self::Mono => FontId::monospace(points),
        }
    }
}

impl Drawing {
    /// Paints it, moved and scaled.
    pub(super) fn paint(&self, painter: &Painter, theme: &Theme, to_screen: TSTransform) {
        let pen = DrawingPen { painter, theme, to: to_screen };
        for item in &self.items {
            pen.item(item);
        }
    }
}

struct DrawingPen<'a> {
    painter: &'a Painter,
    theme: &'a Theme,
    to: TSTransform,
}

impl DrawingPen<'_> {
    fn item(&self, item: &DrawingItem) {
        let Self { painter, theme, to } = self;
        match item {
            DrawingItem::Ground(rect) => {
                painter.rect(
                    *to * *rect,
                    self.rounding(12.0),
                    theme.panel.gamma_multiply(0.5),
                    theme.border(),
                    StrokeKind::Inside,
                );
            }
            DrawingItem::Frame { rect, ink, width } => {
                let stroke = Stroke::new(self.width(*width), ink.colour(theme));
                painter.rect(*to * *rect, self.rounding(7.0), theme.panel, stroke, StrokeKind::Inside);
            }
            DrawingItem::Glow(rect) => {
                for ring in 1..=4_u8 {
                    let grown = to.scaling * f32::from(ring) * 1.6;
                    let colour = theme.accent.gamma_multiply(0.34 / f32::from(ring));
                    let stroke = Stroke::new(to.scaling * 1.8, colour);
                    painter.rect_stroke(
                        (*to * *rect).expand(grown),
                        self.rounding(7.0 + f32::from(ring)),
                        stroke,
                        StrokeKind::Middle,
                    );
                }
            }
            DrawingItem::Way { curve, ink, width, dashed } => {
                self.way(curve, Stroke::new(self.width(*width), ink.colour(theme)), *dashed);
            }
            DrawingItem::Head { tip, way, ink } => {
                let corners = head(*tip, *way).map(|corner| *to * corner).to_vec();
                painter.add(Shape::convex_polygon(corners, ink.colour(theme), Stroke::NONE));
            }
            DrawingItem::Cross { at, ink } => {
                let stroke = Stroke::new(self.width(2.2), ink.colour(theme));
                for [from, till] in cross(*at) {
                    painter.line_segment([*to * from, *to * till], stroke);
                }
            }
            DrawingItem::Number { at, number, ink, chosen } => self.number(*at, *number, *ink, *chosen),
            DrawingItem::Words { at, anchor, text, font, ink, ground } => {
                let ground = ground.then(|| theme.window.gamma_multiply(0.8));
                self.words(text, (*to * *at, *anchor), *font, ink.colour(theme), ground);
            }
            DrawingItem::Pill { rect, text, ink } => {
                let place = *to * *rect;
                painter.rect_filled(place, self.rounding(rect.height() / 2.0), ink.colour(theme));
                self.words(text, (place.center(), Align2::CENTER_CENTER), Font::Small, theme.on_accent, None);
            }
        }
    }

    fn words(&self, text: &str, (at, anchor): (Pos2, Align2), font: Font, colour: Color32, ground: Option<Color32>) {
        let font = font.at_scale(self.to.scaling);
        if font.size < LEAST_TEXT {
            return;
        }
        let galley = self.painter.layout_no_wrap(text.to_owned(), font, colour);
        let rect = anchor.anchor_size(at, galley.size());
        if let Some(ground) = ground {
            self.painter.rect_filled(rect.expand2(vec2(2.0, 0.0)), CornerRadius::same(2), ground);
        }
        self.painter.galley(rect.min, galley, colour);
    }

    fn way(&self, curve: &BezierCurve, stroke: Stroke, dashed: bool) {
        if dashed {
            let points: Vec<Pos2> = curve.points().into_iter().map(|point| self.to * point).collect();
            // Far away dashes would run together, and there are very many of them.
            let dash = if self.to.scaling < FAR { FAR_DASH } else { 5.0 * self.to.scaling };
            self.painter.extend(Shape::dashed_line(&points, stroke, dash, dash * 0.7));
        } else {
            let points = curve.0.map(|point| self.to * point);
            self.painter.add(CubicBezierShape::from_points_stroke(points, false, Color32::TRANSPARENT, stroke));
        }
    }

    fn number(&self, at: Pos2, number: u32, ink: DrawingInk, chosen: bool) {
        let Self { painter, theme, to } = self;
        let (centre, radius) = (*to * at, RADIUS * to.scaling);
        if chosen {
            painter.circle_filled(centre, radius + 3.5 * to.scaling.max(0.6), theme.selection);
            painter.circle_stroke(centre, radius + 3.5 * to.scaling.max(0.6), Stroke::new(1.5, theme.accent));
        }
        painter.circle_filled(centre, radius, ink.colour(theme));
        let digits = if number > 99 { 0.78 } else { 1.0 };
        let font = FontId::monospace((size::MONO_SMALL * digits * to.scaling * 2.0).round() / 2.0);
        if font.size >= LEAST_TEXT {
            let on = theme.panel.gamma_multiply(ink.strength.max(0.6));
            painter.text(centre, Align2::CENTER_CENTER, number.to_string(), font, on);
        }
    }

    fn width(&self, points: f32) -> f32 {
        (points * self.to.scaling).clamp(0.6, points * 1.6)
    }

    fn rounding(&self, points: f32) -> CornerRadius {
        CornerRadius::same((points * self.to.scaling).clamp(1.0, 60.0) as u8)
    }
}

/// The three corners of an arrow's head.
fn head(tip: Pos2, way: Vec2) -> [Pos2; 3] {
    let way = way.normalized();
    let (back, aside) = (tip - way * 10.0, way.rot90() * 4.6);
    [tip, back + aside, back - aside]
}

fn cross(at: Pos2) -> [[Pos2; 2]; 2] {
    let reach = 5.5;
    [
        [at - vec2(reach, reach), at + vec2(reach, reach)],
        [pos2(at.x - reach, at.y + reach), pos2(at.x + reach, at.y - reach)],
    ]
}

/// Radius of a number's ground.
const RADIUS: f32 = 9.0;
/// Below this scale dashes are no longer scaled down.
const FAR: f32 = 0.5;
/// Length of theirs then, in points of the screen.
const FAR_DASH: f32 = 9.0;
/// Smaller text is not painted.
const LEAST_TEXT: f32 = 4.5;
