//! What a student hands in: any figure as a picture (SVG or PNG), any table as comma-separated values.
//!
//! A figure is painted once more in a window that is never shown, without pointer and buttons and as large as all of it needs; what was
//! painted is written down as SVG, and PNG is made from that. So a saved picture cannot differ from what is on screen, and nothing that
//! the window can paint has to be drawn twice.
//!
//! [`HandIn`] is the one control for it. What was chosen waits in the window's context, as copied text does, until the shell takes it
//! between two frames.

mod drawing;
mod menu;
mod png;
mod svg;
mod table;

#[cfg(test)]
pub(super) mod stories;

use std::{fs, io, path::Path};

use egui::{Context, Id};

pub(super) use self::{
    drawing::{Figure, PaintedFigure},
    menu::HandIn,
    table::{Table, Value},
};

/// What was asked for by a [`HandIn`].
#[derive(Clone, Debug)]
pub(super) enum HandInRequest {
    /// A file is to be written.
    Save(HandInFile),
    /// A table has been copied: what is said of it.
    Copied(String),
}

/// What goes into a file.
#[derive(Clone, Debug)]
pub(super) enum HandInFile {
    /// A picture, as SVG or PNG.
    Picture(PaintedFigure),
    /// A table, as CSV or TSV.
    Table(Table),
}

impl HandInFile {
    /// What the file might be called, its ending included.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Picture(drawing) => format!("{}.png", file_stem(&drawing.title)),
            Self::Table(table) => format!("{}.csv", file_stem(&table.title)),
        }
    }

    /// Which endings a file may have, in one sentence.
    pub(super) fn formats(&self) -> &'static str {
        match self {
            Self::Picture(_) => {
                "The ending of the name decides the format: .png (pixels, for a document) or .svg (lines and words, for a drawing program)."
            }
            Self::Table(_) => {
                "The ending of the name decides the format: .csv (separated by commas) or .tsv (separated by tabs)."
            }
        }
    }

    /// Writes it to `path`, in the format its ending names. Takes a moment: not for the window's thread.
    ///
    /// # Errors
    /// [`HandInError`]: an unknown ending, a picture too large for PNG, or a file that cannot be written.
    pub(super) fn write(&self, path: &Path) -> Result<(), HandInError> {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let octets = match (self, ending.as_str()) {
            (Self::Picture(drawing), "svg") => drawing.svg(1.0).into_bytes(),
            (Self::Picture(drawing), "png") => png::png(drawing)?,
            (Self::Picture(_), _) => return Err(HandInError::UnknownPicture { ending }),
            (Self::Table(table), "csv") => table.csv().into_bytes(),
            (Self::Table(table), "tsv") => table.tsv().into_bytes(),
            (Self::Table(_), _) => return Err(HandInError::UnknownTable { ending }),
        };
        fs::write(path, octets).map_err(HandInError::Write)
    }
}

/// Why something could not be handed in.
#[derive(Debug, thiserror::Error)]
pub(super) enum HandInError {
    /// The file's name has no ending of a picture.
    #[error("a picture is saved as .svg or as .png; the file's name ends in “.{ending}”")]
    UnknownPicture {
        /// What it has.
        ending: String,
    },
    /// The file's name has no ending of a table.
    #[error("a table is saved as .csv or as .tsv; the file's name ends in “.{ending}”")]
    UnknownTable {
        /// What it has.
        ending: String,
    },
    /// More pixels than an image may have here.
    #[error("the picture would be {width} × {height} pixels, more than {} million; save it as .svg", png::MAX_PIXELS / 1_000_000)]
    TooLarge {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// The picture's own SVG could not be read back.
    #[error("the picture could not be drawn")]
    Draw(#[source] anyrender_svg::usvg::Error),
    /// The pixels could not be written down.
    #[error("the picture could not be written as PNG")]
    Encode(#[source] ::png::EncodingError),
    /// The file could not be written.
    #[error("the file could not be written: {0}")]
    Write(#[source] io::Error),
}

/// Asks the shell for something.
fn ask(ctx: &Context, request: HandInRequest) {
    ctx.data_mut(|data| data.get_temp_mut_or_default::<Vec<HandInRequest>>(requests()).push(request));
    ctx.request_repaint();
}

/// Everything asked for since the last time.
pub(super) fn requested(ctx: &Context) -> Vec<HandInRequest> {
    ctx.data_mut(|data| data.remove_temp(requests())).unwrap_or_default()
}

fn requests() -> Id {
    Id::unique("hand-in requests")
}

/// A title as the name of a file: letters, digits, dots and hyphens.
fn file_stem(title: &str) -> String {
    let mut stem = String::new();
    for sign in title.chars().take(MAX_STEM) {
        if sign.is_alphanumeric() || sign == '.' && !stem.is_empty() {
            stem.extend(sign.to_lowercase());
        } else if !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
    }
    let stem = stem.trim_matches(['-', '.']);
    if stem.is_empty() { "figure".to_owned() } else { stem.to_owned() }
}

/// Signs of a title that become a file's name.
const MAX_STEM: usize = 60;
