//! Reading a saved run: line by line, within limits, refusing whatever is not as the format says.

use std::{
    error::Error,
    fmt,
    io::{self, BufRead, Read as _},
};

use super::{
    FORMAT, SavedRun, VERSION,
    lines::{FileHeader, FileLine, FormatMark},
};
use crate::wire::{Entry, FlowId, FlowState, Ledger};

/// Octets a file may have.
pub const MAX_FILE: u64 = 2 * 1024 * 1024 * 1024;
/// Octets a line may have.
pub const MAX_LINE: u64 = 64 * 1024 * 1024;
/// Flows a file may hold.
pub const MAX_FLOWS: usize = 1_000_000;
/// Events a file may hold.
pub const MAX_EVENTS: usize = 5_000_000;
/// Notes a file may hold.
pub const MAX_NOTES: usize = 5_000_000;

/// Why a file could not be loaded, and where.
#[derive(Debug)]
pub struct LoadError {
    /// The line, counted from 1; 0 when there is none.
    pub line: u64,
    /// What is wrong with it.
    pub flaw: LoadFlaw,
    readable: Option<Box<SavedRun>>,
}

impl LoadError {
    pub(super) fn at(line: u64, flaw: LoadFlaw) -> Self {
        Self { line, flaw, readable: None }
    }

    /// What stands before the flaw, where the first line could be read: for who wants to look at a damaged file all the same,
    /// knowing that it is not whole.
    pub fn into_readable(self) -> Option<SavedRun> {
        self.readable.map(|run| *run)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => self.flaw.fmt(f),
            line => write!(f, "line {line}: {}", self.flaw),
        }
    }
}

impl Error for LoadError {
    /// What is below the flaw, which is already told.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.flaw.source()
    }
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum LoadFlaw {
    /// It could not be read.
    #[error("the file cannot be read")]
    Io(#[source] io::Error),
    /// It is something else.
    #[error("this is no saved run of Roundtrip: its first line does not say so")]
    NotARun,
    /// It is of another version.
    #[error(
        "the file has version {found} of the format, this program reads version {VERSION}: a newer Roundtrip may read it"
    )]
    Version {
        /// The version it says it has.
        found: u64,
    },
    /// The file is too long.
    #[error("the file has more than {MAX_FILE} octets")]
    FileTooLong,
    /// A line is too long.
    #[error("the line has more than {MAX_LINE} octets")]
    LineTooLong,
    /// A line is not what the format knows.
    #[error("not a line of this format: {what} (column {column})")]
    Line {
        /// What is wrong.
        what: String,
        /// Where, counted in octets from 1; 0 when there is no one place.
        column: usize,
    },
    /// Octets stand there twice.
    #[error("the octets stand there both as text and as base64")]
    TextAndBase64,
    /// The octets are not base64.
    #[error("the octets are not base64")]
    Base64(#[source] base64::DecodeError),
    /// Masked octets that are not there.
    #[error("octets {start} to {end} are said to be masked, of {kept} kept")]
    Masked {
        /// First.
        start: u32,
        /// After the last.
        end: u32,
        /// How many were kept.
        kept: usize,
    },
    /// A flow that was not opened.
    #[error("flow {0} was not opened before")]
    UnknownFlow(FlowId),
    /// A flow number out of order.
    #[error("flow {0} is opened after one with this number or a larger one")]
    FlowOrder(FlowId),
    /// An event that is not there.
    #[error("flow {flow} has no event {index} yet")]
    UnknownEvent {
        /// Which flow.
        flow: FlowId,
        /// Which event, counted from 0.
        index: u32,
    },
    /// A flow that ended before.
    #[error("flow {0} ended before")]
    EndedTwice(FlowId),
    /// Too many of something.
    #[error("the file holds more than {limit} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        limit: usize,
    },
    /// The end is missing.
    #[error("the file was cut off: its last line is missing")]
    CutOff,
    /// Lines are missing or were added.
    #[error("the last line says that {said} lines stand before it, there are {found}")]
    LineCount {
        /// As the last line says.
        said: u64,
        /// As there are.
        found: u64,
    },
    /// Something stands behind the end.
    #[error("something stands behind the last line")]
    AfterEnd,
}

pub(super) fn read(from: impl BufRead) -> Result<SavedRun, LoadError> {
    let mut lines = FileLines { from: from.take(MAX_FILE + 1), line: Vec::new(), number: 0 };
    let header = lines.header().map_err(|flaw| LoadError::at(lines.number.max(1), flaw))?;
    let mut reading = RunLoader { run: header, notes: 0 };
    match reading.entries(&mut lines) {
        Ok(()) => Ok(reading.run),
        Err(flaw) => Err(LoadError { line: lines.number, flaw, readable: Some(Box::new(reading.run)) }),
    }
}

struct FileLines<R> {
    from: io::Take<R>,
    line: Vec<u8>,
    number: u64,
}

impl<R: BufRead> FileLines<R> {
    /// The next line, without its end; `None` after the last.
    fn next(&mut self) -> Result<Option<&[u8]>, LoadFlaw> {
        self.line.clear();
        let read = (&mut self.from).take(MAX_LINE + 1).read_until(b'\n', &mut self.line).map_err(LoadFlaw::Io)?;
        if read == 0 {
            return if self.from.limit() == 0 { Err(LoadFlaw::FileTooLong) } else { Ok(None) };
        }
        self.number += 1;
        match self.line.strip_suffix(b"\n") {
            Some(line) => Ok(Some(line)),
            None if self.from.limit() == 0 => Err(LoadFlaw::FileTooLong),
            None if read as u64 > MAX_LINE => Err(LoadFlaw::LineTooLong),
            None => Err(LoadFlaw::CutOff),
        }
    }

    fn header(&mut self) -> Result<SavedRun, LoadFlaw> {
        let line = match self.next() {
            Ok(Some(line)) => line,
            Ok(None) | Err(LoadFlaw::CutOff) => return Err(LoadFlaw::NotARun),
            Err(flaw) => return Err(flaw),
        };
        let claim = serde_json::from_slice::<FormatMark>(line).ok().filter(|claim| claim.format == FORMAT);
        let FormatMark { version, .. } = claim.ok_or(LoadFlaw::NotARun)?;
        if version != u64::from(VERSION) {
            return Err(LoadFlaw::Version { found: version });
        }
        let header: FileHeader<'_> = serde_json::from_slice(line).map_err(|error| bad_line(&error))?;
        Ok(SavedRun {
            experiment: header.experiment.into_owned(),
            config: header.config.into_owned(),
            report: header.report.into_owned(),
            ledger: Ledger::default(),
        })
    }
}

struct RunLoader {
    run: SavedRun,
    notes: usize,
}

impl RunLoader {
    fn entries<R: BufRead>(&mut self, lines: &mut FileLines<R>) -> Result<(), LoadFlaw> {
        loop {
            let before = lines.number;
            let line = lines.next()?.ok_or(LoadFlaw::CutOff)?;
            let line: FileLine = serde_json::from_slice(line).map_err(|error| bad_line(&error))?;
            if let FileLine::End { lines: said } = line {
                if said != before {
                    return Err(LoadFlaw::LineCount { said, found: before });
                }
                return match lines.next() {
                    Ok(None) => Ok(()),
                    Ok(Some(_)) | Err(LoadFlaw::CutOff) => Err(LoadFlaw::AfterEnd),
                    Err(flaw) => Err(flaw),
                };
            }
            if let Some(entry) = line.entry()? {
                self.check(&entry)?;
                self.run.ledger.apply(entry);
            }
        }
    }

    /// Would the ledger, which ignores what makes no sense, take this entry?
    fn check(&mut self, entry: &Entry) -> Result<(), LoadFlaw> {
        let ledger = &self.run.ledger;
        let opened = |id: FlowId| ledger.flow(id).ok_or(LoadFlaw::UnknownFlow(id));
        match entry {
            Entry::Opened { id, parent, .. } => {
                parent.map_or(Ok(()), |parent| opened(parent).map(drop))?;
                if ledger.flows().last().is_some_and(|last| last.id >= *id) {
                    return Err(LoadFlaw::FlowOrder(*id));
                }
                within("flows", ledger.flows().len(), MAX_FLOWS)
            }
            Entry::EndsKnown { id, .. } | Entry::Unseen { id, .. } => opened(*id).map(drop),
            Entry::Event { id, .. } => {
                opened(*id)?;
                within("events", ledger.event_count(), MAX_EVENTS)
            }
            Entry::Carried { id, index, .. } => {
                let known = opened(*id)?.events.len() > index.0 as usize;
                known.then_some(()).ok_or(LoadFlaw::UnknownEvent { flow: *id, index: index.0 })
            }
            Entry::Noted { id, .. } => {
                opened(*id)?;
                self.notes += 1;
                within("notes", self.notes - 1, MAX_NOTES)
            }
            Entry::Ended { id, .. } => {
                let live = opened(*id)?.state == FlowState::Live;
                live.then_some(()).ok_or(LoadFlaw::EndedTwice(*id))
            }
        }
    }
}

fn within(what: &'static str, there: usize, limit: usize) -> Result<(), LoadFlaw> {
    if there < limit { Ok(()) } else { Err(LoadFlaw::TooMany { what, limit }) }
}

fn bad_line(error: &serde_json::Error) -> LoadFlaw {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    LoadFlaw::Line { what: text.strip_suffix(&place).unwrap_or(&text).to_owned(), column: error.column() }
}
