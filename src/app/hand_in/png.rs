//! From SVG to pixels, with the window's own fonts, so that words are there on a machine without any.

use std::sync::Arc;

use anyrender::ImageRenderer as _;
use anyrender_svg::{
    render_svg_tree,
    usvg::{
        Options, Tree,
        fontdb::{Database, Source},
    },
};
use anyrender_vello_cpu::VelloCpuImageRenderer;
use egui::FontDefinitions;

use super::{HandInError, PaintedFigure};

/// The picture, twice as fine as on screen.
///
/// # Errors
/// When it is larger than [`MAX_PIXELS`], or cannot be drawn or encoded.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a picture's sides: whole and positive")]
pub(super) fn png(drawing: &PaintedFigure) -> Result<Vec<u8>, HandInError> {
    let [width, height] = [drawing.size().x, drawing.size().y].map(|side| (side * FINENESS).round().max(1.0) as u32);
    let fits = [width, height].iter().all(|side| u16::try_from(*side).is_ok());
    if !fits || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(HandInError::TooLarge { width, height });
    }
    let tree = Tree::from_str(&drawing.svg(FINENESS), &options()).map_err(HandInError::Draw)?;
    let mut pixels = Vec::new();
    #[expect(
        clippy::default_trait_access,
        reason = "the type of the transform that changes nothing is not ours to name"
    )]
    VelloCpuImageRenderer::new(width, height)
        .render_to_vec(|painter| render_svg_tree(painter, &tree, Default::default()), &mut pixels);
    encoded(&pixels, width, height).map_err(HandInError::Encode)
}

fn encoded(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>, png::EncodingError> {
    let mut octets = Vec::new();
    let mut encoder = png::Encoder::new(&mut octets, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(octets)
}

/// How an SVG of ours is read: with the window's fonts and no others.
pub(super) fn options() -> Options<'static> {
    let mut fonts = Database::new();
    let built_in = FontDefinitions::default();
    for font in built_in.font_data.values() {
        fonts.load_font_source(Source::Binary(Arc::clone(&font.font)));
    }
    fonts.set_sans_serif_family("Ubuntu");
    fonts.set_monospace_family("Hack");
    Options { fontdb: Arc::new(fonts), ..Options::default() }
}

/// Pixels of a point.
const FINENESS: f32 = 2.0;
/// Most pixels of a picture: 256 MB while it is drawn.
pub(super) const MAX_PIXELS: u64 = 64_000_000;
