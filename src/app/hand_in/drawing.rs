//! A figure painted in a window that is never shown: all of it, without pointer, buttons and scroll bars.

use egui::{
    Color32, Context, Id, LayerId, Order, Pos2, RawInput, Rect, RichText, TextStyle, Theme as Darkness, Ui, UiBuilder,
    Vec2,
    epaint::{ClippedShape, Shape},
    pos2, vec2,
};

use super::svg;
use crate::app::theme::{self, Theme};

/// A figure that can be handed in: what it is called, and how much room it takes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figure {
    /// Stands above it in the picture, and names the file.
    pub(crate) title: String,
    /// Room it is given, in points. What paints beyond it makes the picture larger.
    pub(crate) room: Vec2,
    /// In the dark palette.
    pub(crate) dark: bool,
    /// What it stands on.
    pub(crate) ground: Color32,
}

/// What a figure painted.
#[derive(Clone, Debug)]
pub(crate) struct PaintedFigure {
    pub(super) title: String,
    /// What is in the picture, in points.
    pub(super) whole: Rect,
    pub(super) ground: Color32,
    pub(super) shapes: Vec<ClippedShape>,
}

impl Figure {
    /// Room of a chart.
    pub(crate) const CHART: Vec2 = vec2(760.0, 320.0);
    /// Room of bars below each other; they take what height they need.
    pub(crate) const BARS: Vec2 = vec2(860.0, 40.0);

    /// A figure as it would stand in `ui` on a panel, `room` large.
    pub(crate) fn in_ui(ui: &Ui, title: impl Into<String>, room: Vec2) -> Self {
        Self { title: title.into(), room, dark: ui.visuals().dark_mode, ground: Theme::of(ui).panel }
    }

    /// On another ground.
    #[must_use]
    pub(crate) fn on(self, ground: Color32) -> Self {
        Self { ground, ..self }
    }

    /// Paints it with `add`, as often as it takes until everything stands where it stays.
    pub(crate) fn draw(self, mut add: impl FnMut(&mut Ui)) -> PaintedFigure {
        let ctx = Context::default();
        theme::install(&ctx);
        ctx.set_theme(if self.dark { Darkness::Dark } else { Darkness::Light });
        ctx.all_styles_mut(|style| style.animation_time = 0.0);
        let room = self.room.clamp(Vec2::splat(LEAST_ROOM), Vec2::splat(MOST_ROOM));
        let mut used = Rect::from_min_size(Pos2::ZERO, room);
        let mut shapes = Vec::new();
        for pass in 0..PASSES {
            let input = RawInput {
                screen_rect: Some(Rect::from_min_size(Pos2::ZERO, Vec2::splat(MOST_ROOM + HEAD + MARGIN * 2.0))),
                max_texture_side: Some(MAX_TEXTURE),
                time: Some(f64::from(pass)),
                ..RawInput::default()
            };
            let mut output = ctx.run_ui(input, |ui| used = self.paint(ui, room, &mut add));
            // Letters are written as letters: the pixels of them are for nobody.
            output.textures_delta.clear();
            shapes = output.shapes;
        }
        shapes.retain(|shape| !matches!(shape.shape, Shape::Noop) && is_seen(shape));
        let whole = shapes.iter().filter(|shape| is_bounded(shape)).map(seen).fold(used, Rect::union);
        let whole = Rect::from_min_max(Pos2::ZERO, (whole.max + Vec2::splat(MARGIN)).ceil());
        PaintedFigure { title: self.title, whole, ground: self.ground, shapes }
    }

    /// One pass; returns what is used.
    fn paint(&self, ui: &mut Ui, room: Vec2, add: &mut dyn FnMut(&mut Ui)) -> Rect {
        let place = Rect::from_min_size(pos2(MARGIN, MARGIN), vec2(room.x, HEAD));
        let layer = LayerId::new(Order::Background, Id::unique("figure"));
        let mut head = ui.new_child(UiBuilder::new().layer_id(layer).max_rect(place));
        head.label(RichText::new(&self.title).text_style(TextStyle::Heading));
        let below = Rect::from_min_size(place.left_bottom(), room);
        let mut figure = ui.new_child(UiBuilder::new().layer_id(layer).max_rect(below).id_salt("figure"));
        add(&mut figure);
        head.min_rect().union(figure.min_rect())
    }
}

impl PaintedFigure {
    /// As an SVG document, `scale` times as large as on screen.
    pub(super) fn svg(&self, scale: f32) -> String {
        svg::document(&self.title, self.whole, self.ground, scale, &self.shapes)
    }

    /// Width and height in points.
    pub(super) fn size(&self) -> Vec2 {
        self.whole.size()
    }
}

/// What of a shape its clipping leaves.
fn seen(shape: &ClippedShape) -> Rect {
    shape.shape.visual_bounding_rect().intersect(shape.clip_rect)
}

fn is_seen(shape: &ClippedShape) -> bool {
    seen(shape).is_positive() || matches!(shape.shape, Shape::LineSegment { .. } | Shape::Vec(_) | Shape::Path(_))
}

/// A shape that ends somewhere inside of the room there is.
fn is_bounded(shape: &ClippedShape) -> bool {
    let seen = seen(shape);
    seen.is_positive() && seen.max.x < MOST_ROOM && seen.max.y < MOST_ROOM
}

/// Around the figure.
const MARGIN: f32 = 16.0;
/// Height of the title.
const HEAD: f32 = 30.0;
/// Passes until columns, axes and scroll areas know their sizes.
const PASSES: u8 = 4;
const LEAST_ROOM: f32 = 40.0;
/// Most points a picture measures on one side.
const MOST_ROOM: f32 = 30_000.0;
/// Side of the texture letters are put into: nothing is read from it.
const MAX_TEXTURE: usize = 4_096;
