//! The key to a plot: each series with its colour and the very line, mark or bar it has in the plot.

use egui::{Align2, Color32, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, TextStyle, Ui, WidgetInfo, pos2, vec2};
use egui_plot::{Corner, MarkerShape};

use crate::app::theme::Theme;

/// A line of the key.
pub(crate) struct LegendEntry {
    /// The series' name.
    pub(crate) name: String,
    /// As in the plot.
    pub(crate) colour: Color32,
    /// As in the plot.
    pub(crate) sample: LegendSample,
}

/// How a plot shows a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LegendSample {
    /// A line with marks of this shape.
    Marks(MarkerShape),
    /// A line without marks.
    Line,
    /// Bars.
    Bars,
}

/// Paints the key into a corner of `frame`.
pub(crate) fn legend_ui(ui: &mut Ui, frame: Rect, corner: Corner, entries: &[LegendEntry]) {
    let theme = Theme::of(ui);
    let font = TextStyle::Small.resolve(ui.style());
    let galleys: Vec<_> =
        entries.iter().map(|entry| ui.painter().layout_no_wrap(entry.name.clone(), font.clone(), theme.text)).collect();
    let widest = galleys.iter().map(|galley| galley.size().x).fold(0.0, f32::max);
    let rows = f32::from(u16::try_from(entries.len()).unwrap_or(u16::MAX));
    let size = vec2(widest + SAMPLE + 3.0 * MARGIN, rows * ROW + 2.0 * MARGIN);
    let inner = frame.shrink(MARGIN);
    let align = match corner {
        Corner::LeftTop => Align2::LEFT_TOP,
        Corner::RightTop => Align2::RIGHT_TOP,
        Corner::LeftBottom => Align2::LEFT_BOTTOM,
        Corner::RightBottom => Align2::RIGHT_BOTTOM,
    };
    let whole = align.align_size_within_rect(size, inner);
    let painter = ui.painter_at(frame);
    painter.rect_filled(whole, 4.0, theme.panel.gamma_multiply(0.9));
    for ((place, entry), galley) in entries.iter().enumerate().zip(galleys) {
        let above = f32::from(u16::try_from(place).unwrap_or(u16::MAX)) * ROW;
        let left = whole.left() + MARGIN;
        let row =
            Rect::from_min_size(pos2(left, whole.top() + MARGIN + above), vec2(whole.width() - 2.0 * MARGIN, ROW));
        let sample = Rect::from_min_size(row.min, vec2(SAMPLE, ROW));
        entry.sample.paint(&painter, sample, entry.colour);
        let text = pos2(sample.right() + MARGIN, row.center().y - galley.size().y / 2.0);
        painter.galley(text, galley, theme.text);
        let response = ui.interact(row, ui.scope_id().with(("plot-legend", place)), Sense::hover());
        let words = format!("{}, {}", entry.name, entry.sample.words());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    }
}

impl LegendSample {
    fn paint(self, painter: &Painter, room: Rect, colour: Color32) {
        let line = |width| painter.hline(room.x_range(), room.center().y, Stroke::new(width, colour));
        match self {
            Self::Marks(shape) => {
                line(1.5);
                painter.add(mark(room.center(), RADIUS, shape, colour));
            }
            Self::Line => {
                line(2.0);
            }
            Self::Bars => {
                painter.rect_filled(Rect::from_center_size(room.center(), vec2(BAR, BAR)), 1.0, colour);
            }
        }
    }

    fn words(self) -> String {
        match self {
            Self::Marks(shape) => format!("marked by a {}", shape_name(shape)),
            Self::Line => "a line".to_owned(),
            Self::Bars => "bars".to_owned(),
        }
    }
}

/// A mark as the plot draws it.
fn mark(centre: Pos2, radius: f32, shape: MarkerShape, colour: Color32) -> Shape {
    let polygon = |points: &[(f32, f32)]| {
        let points = points.iter().map(|(x, y)| centre + radius * vec2(*x, *y)).collect();
        Shape::convex_polygon(points, colour, Stroke::NONE)
    };
    let half = std::f32::consts::FRAC_1_SQRT_2;
    match shape {
        MarkerShape::Square => polygon(&[(-half, half), (-half, -half), (half, -half), (half, half)]),
        MarkerShape::Diamond => polygon(&[(0.0, 1.0), (-1.0, 0.0), (0.0, -1.0), (1.0, 0.0)]),
        MarkerShape::Up => polygon(&[(0.0, -1.0), (0.866, 0.5), (-0.866, 0.5)]),
        MarkerShape::Down => polygon(&[(0.0, 1.0), (-0.866, -0.5), (0.866, -0.5)]),
        MarkerShape::Cross => {
            let line = |x: f32| {
                let ends = [centre + radius * half * vec2(-x, -1.0), centre + radius * half * vec2(x, 1.0)];
                Shape::line_segment(ends, Stroke::new(1.5, colour))
            };
            Shape::Vec(vec![line(1.0), line(-1.0)])
        }
        _ => Shape::circle_filled(centre, radius, colour),
    }
}

fn shape_name(shape: MarkerShape) -> &'static str {
    match shape {
        MarkerShape::Square => "square",
        MarkerShape::Diamond => "diamond",
        MarkerShape::Up => "triangle pointing up",
        MarkerShape::Down => "triangle pointing down",
        MarkerShape::Cross => "cross",
        _ => "circle",
    }
}

const ROW: f32 = 16.0;
const MARGIN: f32 = 6.0;
/// Width of the piece of line with the mark on it.
const SAMPLE: f32 = 24.0;
/// Width and height of the piece of a bar.
const BAR: f32 = 10.0;
/// As large as in the plot.
const RADIUS: f32 = 4.0;
