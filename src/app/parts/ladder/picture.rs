//! A picture made of few kinds of things, so that the same drawing goes to the screen and into an SVG file.

use std::fmt::Write as _;

use egui::{Align2, Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2, vec2};

use crate::app::{
    svg::{escaped, hex},
    theme::{FetchPhase, Theme, mono_small, size},
};

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

    /// The picture as an SVG document of `size` points. `playhead` is the part of it that is in the past.
    pub(super) fn svg(&self, whole: Rect, past: Rect, theme: &Theme) -> String {
        let mut svg = SvgPicture { text: String::new(), theme, origin: whole.min.to_vec2() };
        svg.begin(whole.size(), past);
        self.items.iter().for_each(|item| svg.item(item));
        svg.text.push_str("</g>\n</svg>\n");
        svg.text
    }
}

struct SvgPicture<'a> {
    text: String,
    theme: &'a Theme,
    origin: Vec2,
}

impl SvgPicture<'_> {
    fn begin(&mut self, size: Vec2, past: Rect) {
        let past = past.translate(-self.origin);
        let Vec2 { x, y } = size;
        self.write(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{x:.0}\" height=\"{y:.0}\" viewBox=\"0 0 {x:.0} {y:.0}\" \
             font-family=\"Hack, DejaVu Sans Mono, monospace\" font-size=\"{}\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n\
             <clipPath id=\"past\"><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/></clipPath>\n\
             <g clip-path=\"url(#past)\">\n",
            size::MONO_SMALL,
            hex(self.theme.panel),
            past.left(),
            past.top(),
            past.width().max(0.0),
            past.height().max(0.0),
        ));
    }

    fn item(&mut self, item: &PictureItem) {
        match item {
            PictureItem::Line { from, to, width, ink } => self.line(*from, *to, *width, *ink, ""),
            PictureItem::Dashes { from, to, ink } => self.line(*from, *to, 1.0, *ink, " stroke-dasharray=\"4 3\""),
            PictureItem::Area { corners, ink, strength } => {
                let points = corners.iter().fold(String::new(), |mut points, corner| {
                    let corner = *corner - self.origin;
                    write!(points, "{:.2},{:.2} ", corner.x, corner.y).ok(); // writing to a string cannot fail
                    points
                });
                let fill = hex(ink.colour(self.theme));
                self.write(format_args!(
                    "<polygon points=\"{}\" fill=\"{fill}\" fill-opacity=\"{strength:.2}\"/>\n",
                    points.trim_end()
                ));
            }
            PictureItem::Ring { centre, radius, ink } => {
                let centre = *centre - self.origin;
                let stroke = hex(ink.colour(self.theme));
                self.write(format_args!(
                    "<circle cx=\"{:.2}\" cy=\"{:.2}\" r=\"{radius:.1}\" fill=\"none\" stroke=\"{stroke}\"/>\n",
                    centre.x, centre.y
                ));
            }
            PictureItem::Words { at, anchor, text, ink } => self.words(*at, *anchor, text, *ink),
            PictureItem::Label { rect, text, ink } => {
                let ground = rect.translate(-self.origin);
                self.write(format_args!(
                    "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{}\" fill-opacity=\"{LABEL_GROUND}\"/>\n",
                    ground.left(),
                    ground.top(),
                    ground.width(),
                    ground.height(),
                    hex(self.theme.panel)
                ));
                self.words(rect.center(), Align2::CENTER_CENTER, text, *ink);
            }
        }
    }

    fn line(&mut self, from: Pos2, to: Pos2, width: f32, ink: PictureInk, extra: &str) {
        let (from, to) = (from - self.origin, to - self.origin);
        let stroke = hex(ink.colour(self.theme));
        self.write(format_args!(
            "<line x1=\"{:.2}\" y1=\"{:.2}\" x2=\"{:.2}\" y2=\"{:.2}\" stroke=\"{stroke}\" stroke-width=\"{width}\"{extra}/>\n",
            from.x, from.y, to.x, to.y
        ));
    }

    fn words(&mut self, at: Pos2, anchor: Align2, text: &str, ink: PictureInk) {
        let at = at - self.origin;
        let across = match anchor.x() {
            egui::Align::Min => "start",
            egui::Align::Center => "middle",
            egui::Align::Max => "end",
        };
        let down = match anchor.y() {
            egui::Align::Min => "hanging",
            egui::Align::Center => "central",
            egui::Align::Max => "auto",
        };
        let text = escaped(text);
        let fill = hex(ink.colour(self.theme));
        self.write(format_args!(
            "<text x=\"{:.2}\" y=\"{:.2}\" text-anchor=\"{across}\" dominant-baseline=\"{down}\" fill=\"{fill}\">{text}</text>\n",
            at.x, at.y
        ));
    }

    fn write(&mut self, words: std::fmt::Arguments<'_>) {
        self.text.write_fmt(words).ok(); // writing to a string cannot fail
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
const LABEL_GROUND: f32 = 0.72;
/// Length of an arrow's head.
const HEAD_LENGTH: f32 = 7.0;
/// Half its width.
const HEAD_WIDTH: f32 = 3.0;

#[cfg(test)]
mod an_svg {
    use super::*;

    #[test]
    fn is_well_formed_and_keeps_words_as_words() {
        let mut picture = Picture::default();
        picture.arrow(pos2(10.0, 10.0), pos2(60.0, 90.0), 1.5, PictureInk::Phase(FetchPhase::Wait));
        picture.words(pos2(30.0, 30.0), Align2::LEFT_TOP, "<GET & \u{7}POST>", PictureInk::Text);
        let whole = Rect::from_min_size(pos2(10.0, 10.0), vec2(100.0, 80.0));
        let svg = picture.svg(whole, whole, Theme::by_darkness(false));
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        assert!(svg.contains("&lt;GET &amp; ·POST&gt;"));
        assert!(svg.contains("x1=\"0.00\" y1=\"0.00\" x2=\"50.00\" y2=\"80.00\""));
        assert_eq!(svg.matches("<g ").count(), svg.matches("</g>").count());
    }

    #[test]
    fn points_are_told_inside_from_outside() {
        let band = [pos2(0.0, 0.0), pos2(20.0, 0.0), pos2(40.0, 50.0), pos2(20.0, 50.0)];
        assert!(inside(pos2(20.0, 25.0), &band));
        assert!(!inside(pos2(35.0, 5.0), &band));
        assert!((distance(pos2(0.0, 5.0), pos2(0.0, 0.0), pos2(10.0, 0.0)) - 5.0).abs() < 1e-6);
    }
}
