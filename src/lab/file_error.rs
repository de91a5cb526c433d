//! What can be wrong with a lab's files: which file, which line, what is expected.

use std::{
    fmt, io,
    ops::Range,
    path::{Path, PathBuf},
};

/// Why a lab's files could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabFileError {
    /// A file or folder is not there or may not be read.
    #[error("{} cannot be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// Not TOML, or not the keys that belong there.
    #[error("{}, {place}: {message}", file.display())]
    Unfit {
        /// Which file.
        file: PathBuf,
        /// Where in it.
        place: FilePlace,
        /// What the TOML reader says is expected.
        message: String,
    },
    /// A value is not what belongs there.
    #[error("{}, {place}: {found} stands where {expected} belongs", file.display())]
    Value {
        /// Which file.
        file: PathBuf,
        /// Where in it.
        place: FilePlace,
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
        /// The file.
        file: PathBuf,
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
}

/// Where something stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilePlace {
    /// The line, from 1.
    pub line: usize,
    /// The character within it, from 1, where that is known.
    pub column: Option<usize>,
}

impl FilePlace {
    /// A line as a whole.
    pub(super) fn line(line: usize) -> Self {
        Self { line, column: None }
    }

    /// Where the octet at `at` of `text` stands.
    fn of(text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let in_line = before.rsplit('\n').next().unwrap_or_default();
        Self { line: before.matches('\n').count() + 1, column: Some(in_line.chars().count() + 1) }
    }
}

impl fmt::Display for FilePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        self.column.map_or(Ok(()), |column| write!(f, ", column {column}"))
    }
}

impl LabFileError {
    pub(super) fn toml(file: &Path, text: &str, error: &toml::de::Error) -> Self {
        let span = error.span().unwrap_or_default();
        Self::unfit(file, text, span, error.message().to_owned())
    }

    pub(super) fn unfit(file: &Path, text: &str, span: Range<usize>, message: String) -> Self {
        Self::Unfit { file: file.to_owned(), place: FilePlace::of(text, span.start), message }
    }

    pub(super) fn value(file: &Path, text: &str, span: Range<usize>, expected: &'static str) -> Self {
        let place = FilePlace::of(text, span.start);
        let found = text.get(span).unwrap_or_default().lines().next().unwrap_or_default().to_owned();
        Self::Value { file: file.to_owned(), place, found, expected }
    }
}
