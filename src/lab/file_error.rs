//! What can be wrong with a lab's files: which file, which line, what is expected.

use std::{io, ops::Range, path::Path, path::PathBuf};

/// Why a lab's files could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabFileError {
    /// A file or folder is not there or may not be read.
    #[error("{} cannot be read", file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// Not TOML, or not the keys that belong there.
    #[error("{}, line {line}: {message}", file.display())]
    Unfit {
        /// Which file.
        file: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What the TOML reader says is expected.
        message: String,
    },
    /// A value is not what belongs there.
    #[error("{}, line {line}: {found} stands where {expected} belongs", file.display())]
    Value {
        /// Which file.
        file: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What stands there.
        found: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// Two parts of the files do not go together.
    #[error("{}: {what}; expected {expected}", file.display())]
    Contradiction {
        /// Which file.
        file: PathBuf,
        /// What the file says.
        what: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// More than a lab may hold.
    #[error("{}: {what} is more than a lab may hold: at most {limit}", file.display())]
    TooMuch {
        /// Where.
        file: PathBuf,
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
}

impl LabFileError {
    pub(super) fn toml(file: &Path, text: &str, error: &toml::de::Error) -> Self {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        Self::Unfit { file: file.to_owned(), line, message: error.message().to_owned() }
    }

    pub(super) fn value(file: &Path, text: &str, span: Range<usize>, expected: &'static str) -> Self {
        let line = line_of(text, span.start);
        let found = text.get(span).unwrap_or_default().lines().next().unwrap_or_default().to_owned();
        Self::Value { file: file.to_owned(), line, found, expected }
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}
