//! What was painted, as an SVG document (SVG 1.1): shapes as shapes, words as words.

use std::fmt::{Arguments, Write as _};

use egui::{
    Color32, CornerRadius, FontFamily, FontId, Pos2, Rect, Stroke, StrokeKind,
    epaint::{
        ClippedShape, ColorMode, Mesh, PathShape, PathStroke, RectShape, Shape, TextShape,
        text::{LayoutJob, PlacedRow},
    },
    pos2,
};

/// The document: `whole` of what was painted on `ground`, `scale` points a point.
pub(super) fn document(title: &str, whole: Rect, ground: Color32, scale: f32, shapes: &[ClippedShape]) -> String {
    let mut svg = SvgWriter { text: String::new(), clips: Vec::new() };
    let (x, y) = (whole.width(), whole.height());
    svg.write(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"{} {} {x} {y}\" xml:space=\"preserve\">\n\
         <title>{}</title>\n<rect{}{}/>\n",
        x * scale,
        y * scale,
        whole.min.x,
        whole.min.y,
        escaped(title),
        place(whole),
        painted("fill", ground),
    ));
    for same in shapes.chunk_by(|one, other| one.clip_rect == other.clip_rect) {
        let Some(clip) = same.first().map(|shape| shape.clip_rect) else { continue };
        let clipped = !clip.contains_rect(whole);
        if clipped {
            svg.begin_clip(clip.intersect(whole));
        }
        for shape in same {
            svg.shape(&shape.shape);
        }
        if clipped {
            svg.text.push_str("</g>\n");
        }
    }
    svg.text.push_str("</svg>\n");
    svg.text
}

struct SvgWriter {
    text: String,
    /// The rectangles things are clipped to, in the order of their numbers.
    clips: Vec<Rect>,
}

impl SvgWriter {
    fn begin_clip(&mut self, clip: Rect) {
        let known = self.clips.iter().position(|known| *known == clip);
        let number = known.unwrap_or(self.clips.len());
        if known.is_none() {
            self.clips.push(clip);
            self.write(format_args!("<clipPath id=\"c{number}\"><rect{}/></clipPath>\n", place(clip)));
        }
        self.write(format_args!("<g clip-path=\"url(#c{number})\">\n"));
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Noop | Shape::Callback(_) => {}
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| self.shape(shape)),
            Shape::Circle(circle) => {
                let look = look(circle.fill, circle.stroke);
                let Pos2 { x, y } = circle.center;
                self.write(format_args!("<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"{:.2}\"{look}/>\n", circle.radius));
            }
            Shape::Ellipse(ellipse) => {
                let (look, Pos2 { x, y }) = (look(ellipse.fill, ellipse.stroke), ellipse.center);
                let turn = ellipse.angle.to_degrees();
                self.write(format_args!(
                    "<ellipse cx=\"{x:.2}\" cy=\"{y:.2}\" rx=\"{:.2}\" ry=\"{:.2}\" transform=\"rotate({turn:.2} {x:.2} {y:.2})\"{look}/>\n",
                    ellipse.radius.x, ellipse.radius.y
                ));
            }
            Shape::LineSegment { points, stroke } => {
                let ([from, to], look) = (points, look(Color32::TRANSPARENT, *stroke));
                self.write(format_args!(
                    "<line x1=\"{:.2}\" y1=\"{:.2}\" x2=\"{:.2}\" y2=\"{:.2}\"{look}/>\n",
                    from.x, from.y, to.x, to.y
                ));
            }
            Shape::Path(path) => self.path(path),
            Shape::Band(band) => {
                let upper = band.points.iter().map(|point| pos2(point.x, point.y.min));
                let lower = band.points.iter().rev().map(|point| pos2(point.x, point.y.max));
                self.polygon(&upper.chain(lower).collect::<Vec<_>>(), &look(band.fill, band.stroke));
            }
            Shape::Rect(rect) => self.rect(rect),
            Shape::Text(text) => self.words(text),
            Shape::Mesh(mesh) => self.mesh(mesh),
            Shape::QuadraticBezier(curve) => {
                let (look, [a, b, c]) = (path_look(curve.fill, &curve.stroke), curve.points);
                let d = format!("M{:.2} {:.2}Q{:.2} {:.2} {:.2} {:.2}", a.x, a.y, b.x, b.y, c.x, c.y);
                self.write(format_args!("<path d=\"{d}\"{look}/>\n"));
            }
            Shape::CubicBezier(curve) => {
                let (look, [a, b, c, d]) = (path_look(curve.fill, &curve.stroke), curve.points);
                let path =
                    format!("M{:.2} {:.2}C{:.2} {:.2} {:.2} {:.2} {:.2} {:.2}", a.x, a.y, b.x, b.y, c.x, c.y, d.x, d.y);
                self.write(format_args!("<path d=\"{path}\"{look}/>\n"));
            }
        }
    }

    fn path(&mut self, path: &PathShape) {
        let look = path_look(path.fill, &path.stroke);
        if path.closed {
            self.polygon(&path.points, &look);
        } else {
            let points = listed(&path.points);
            self.write(format_args!("<polyline points=\"{points}\"{look}/>\n"));
        }
    }

    fn polygon(&mut self, corners: &[Pos2], look: &str) {
        let points = listed(corners);
        self.write(format_args!("<polygon points=\"{points}\"{look}/>\n"));
    }

    fn rect(&mut self, shape: &RectShape) {
        // A shadow is no part of a figure.
        if shape.blur_width > 0.0 {
            return;
        }
        let half = shape.stroke.width / 2.0;
        let rect = match shape.stroke_kind {
            _ if shape.stroke.is_empty() => shape.rect,
            StrokeKind::Inside => shape.rect.shrink(half),
            StrokeKind::Middle => shape.rect,
            StrokeKind::Outside => shape.rect.expand(half),
        };
        let CornerRadius { nw, ne, sw, se } = shape.corner_radius;
        let round = nw.max(ne).max(sw).max(se);
        let look = look(shape.fill, shape.stroke);
        self.write(format_args!("<rect{} rx=\"{round}\"{look}/>\n", place(rect)));
    }

    /// Triangles in the colour of their first corner.
    fn mesh(&mut self, mesh: &Mesh) {
        for triangle in mesh.indices.chunks_exact(3) {
            let corners: Vec<_> = triangle.iter().filter_map(|index| mesh.vertices.get(*index as usize)).collect();
            if let [first, _, _] = corners.as_slice() {
                let look = look(first.color, Stroke::NONE);
                self.polygon(&corners.iter().map(|corner| corner.pos).collect::<Vec<_>>(), &look);
            }
        }
    }

    fn words(&mut self, shape: &TextShape) {
        let job = &shape.galley.job;
        let mut at = 0_usize;
        for row in &shape.galley.rows {
            for run in runs(row, job, &mut at) {
                self.run(shape, row, &run);
            }
        }
    }

    fn run(&mut self, shape: &TextShape, row: &PlacedRow, run: &TextRun) {
        let words = run.text.trim_end();
        if words.is_empty() {
            return;
        }
        let own = if run.colour == Color32::PLACEHOLDER { shape.fallback_color } else { run.colour };
        let colour = shape.override_text_color.unwrap_or(own).gamma_multiply(shape.opacity_factor);
        let at = shape.pos + row.pos.to_vec2() + run.at.to_vec2();
        let Pos2 { x, y } = shape.pos;
        let turn = shape.angle.to_degrees();
        let turn = if turn == 0.0 { String::new() } else { format!(" transform=\"rotate({turn:.2} {x:.2} {y:.2})\"") };
        let family = match &run.font.family {
            FontFamily::Monospace => "Hack, 'DejaVu Sans Mono', monospace\"",
            FontFamily::Proportional | FontFamily::Name(_) => "Ubuntu, Hack, sans-serif\" font-weight=\"300\"",
        };
        // With another font than the window's, words keep the room they have.
        let wide = if words.chars().nth(1).is_some() && run.text == words {
            format!(" textLength=\"{:.2}\" lengthAdjust=\"spacingAndGlyphs\"", run.wide)
        } else {
            String::new()
        };
        let (fill, size) = (painted("fill", colour), run.font.size);
        let words = escaped(words);
        self.write(format_args!(
            "<text x=\"{:.2}\" y=\"{:.2}\" font-size=\"{size}\" font-family=\"{family}{fill}{wide}{turn}>{words}</text>\n",
            at.x, at.y
        ));
    }

    fn write(&mut self, words: Arguments<'_>) {
        self.text.write_fmt(words).ok(); // writing to a string cannot fail
    }
}

/// Letters of one row in one font and colour.
struct TextRun {
    text: String,
    /// Where their base line begins, from the row's corner.
    at: Pos2,
    wide: f32,
    font: FontId,
    colour: Color32,
}

/// The runs of a row. `at`: which octet of the whole text the row begins with, and after it the next one.
fn runs(row: &PlacedRow, job: &LayoutJob, at: &mut usize) -> Vec<TextRun> {
    let mut runs: Vec<(usize, TextRun)> = Vec::new();
    for glyph in &row.row.glyphs {
        let section = job.sections.iter().position(|section| *at < section.byte_range.end.0);
        let number = section.unwrap_or(job.sections.len().saturating_sub(1));
        *at += glyph.chr.len_utf8();
        let Some(format) = job.sections.get(number).map(|section| &section.format) else { continue };
        if let Some((_, run)) = runs.last_mut().filter(|(of, _)| *of == number) {
            run.text.push(glyph.chr);
            run.wide = glyph.max_x() - run.at.x;
        } else {
            let (font, colour) = (format.font_id.clone(), format.color);
            let run = TextRun { text: glyph.chr.into(), at: glyph.pos, wide: glyph.advance_width, font, colour };
            runs.push((number, run));
        }
    }
    *at += usize::from(row.ends_with_newline);
    runs.into_iter().map(|(_, run)| run).collect()
}

/// A rectangle's corner and sides as attributes.
fn place(rect: Rect) -> String {
    let (width, height) = (rect.width().max(0.0), rect.height().max(0.0));
    format!(" x=\"{:.2}\" y=\"{:.2}\" width=\"{width:.2}\" height=\"{height:.2}\"", rect.min.x, rect.min.y)
}

fn listed(points: &[Pos2]) -> String {
    points.iter().map(|point| format!("{:.2},{:.2}", point.x, point.y)).collect::<Vec<_>>().join(" ")
}

fn path_look(fill: Color32, stroke: &PathStroke) -> String {
    let colour = match &stroke.color {
        ColorMode::Solid(colour) => *colour,
        ColorMode::UV(_) => Color32::TRANSPARENT,
    };
    look(fill, Stroke::new(stroke.width, colour))
}

/// Attributes of what is filled and outlined so.
fn look(fill: Color32, stroke: Stroke) -> String {
    let fill = painted("fill", fill);
    if stroke.is_empty() {
        return fill;
    }
    format!("{fill}{} stroke-width=\"{:.2}\"", painted("stroke", stroke.color), stroke.width)
}

/// A colour as an attribute, and its opacity as another one where it is see-through.
fn painted(attribute: &str, colour: Color32) -> String {
    let [red, green, blue, alpha] = colour.to_srgba_unmultiplied();
    match alpha {
        0 => format!(" {attribute}=\"none\""),
        u8::MAX => format!(" {attribute}=\"#{red:02x}{green:02x}{blue:02x}\""),
        alpha => {
            let opacity = f32::from(alpha) / 255.0;
            format!(" {attribute}=\"#{red:02x}{green:02x}{blue:02x}\" {attribute}-opacity=\"{opacity:.3}\"")
        }
    }
}

/// Words, with what means something in XML written otherwise, and signs XML 1.0 does not allow as dots.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            sign if sign.is_control() || matches!(sign, '\u{FFFE}' | '\u{FFFF}') => safe.push('·'),
            sign => safe.push(sign),
        }
    }
    safe
}
