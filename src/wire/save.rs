//! A run as a file: saved, and loaded again through [`Ledger::apply`], the same way a live run takes.
//!
//! # The format, version 1
//! UTF-8 text, one JSON object a line, lines ended by LF. By convention the file's name ends in `.roundtrip`.
//!
//! 1. The first line says what the file is:
//!    `{"format":"roundtrip-run","version":1,"made_by":"Roundtrip 0.1.0","experiment":"page-load","config":{…},"report":{…}}`.
//!    `config` and `report` are the experiment's own documented JSON, `null` where there is none.
//! 2. Each further line is one entry of the record, an object with a single member that names its kind:
//!
//! | member | its members |
//! | --- | --- |
//! | `opened` | `flow`, `parent` (a flow opened before, or absent), `kind`, `title`, `ends`, `at_ns` |
//! | `ends` | `flow`, `ends`: the ends became known |
//! | `step` | `flow`, `at_ns`, `from`, `layer`, `step`, `transit_ns`: something seen that has no octets |
//! | `octets` | `flow`, `at_ns`, `from`, `layer`, `text` or `base64`, `masked`, `omitted`, `transit_ns` |
//! | `carried` | `flow`, `index` (of a `step` or `octets` line of the flow, from 0), `transit_ns` |
//! | `unseen` | `flow`, `from`, `layer`, `octets`: so many crossed that the full record has no line for |
//! | `note` | `flow`, `at_ns`, `about`, `text`, `clause` |
//! | `ended` | `flow`, `at_ns`, `state`: `"closed"`, `"stopped"` or `{"failed":{…}}`. A flow without it was still live |
//!
//! 3. The last line is `{"end":{"lines":N}}`, N counting the lines before it, so that a file that was cut off is told from one
//!    that is whole.
//!
//! `flow` is a number, larger than that of every flow opened before. Times are whole nanoseconds since the run began;
//! `transit_ns` is `[first out, last out, first in, last in]`. Octets that are readable UTF-8 stand as `text`, others as
//! `base64` (RFC 4648 §4); both absent means none were kept. `masked` is `[begin, end]`: these of the kept octets were secret
//! and are `*`. `omitted` octets followed the kept ones on the wire. Members that would be `null`, 0 or empty may be absent.
//!
//! What a reader does not know it refuses, with the line and the reason: another version, another kind of line, another member.
//! Nothing is skipped.

mod lines;
mod read;
#[cfg(test)]
mod tests;

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Write},
    path::Path,
};

use serde_json::Value;

use super::Ledger;
use lines::{FileHeader, FileLine};
pub use read::{LoadError, LoadFlaw, MAX_EVENTS, MAX_FILE, MAX_FLOWS, MAX_LINE, MAX_NOTES};

/// How the first line names the format.
pub const FORMAT: &str = "roundtrip-run";
/// The version this program writes, and the only one it reads.
pub const VERSION: u32 = 1;
/// What file names end in, without the dot.
pub const EXTENSION: &str = "roundtrip";

/// A run: what was asked, what came out, and the whole record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SavedRun {
    /// The experiment's name, `page-load`.
    pub experiment: String,
    /// Its config as JSON.
    pub config: Value,
    /// Its report as JSON.
    pub report: Value,
    /// Its record.
    pub ledger: Ledger,
}

impl SavedRun {
    /// Writes the run. Times beyond 584 years, the longest a file holds, are cut to that.
    ///
    /// # Errors
    /// When `to` cannot be written.
    pub fn write(&self, to: impl Write) -> io::Result<()> {
        let mut to = BufWriter::new(to);
        let mut lines = 1_u64;
        write_line(&mut to, &FileHeader::of(self))?;
        for entry in self.ledger.entries() {
            write_line(&mut to, &FileLine::from(entry))?;
            lines += 1;
        }
        write_line(&mut to, &FileLine::End { lines })?;
        to.flush()
    }

    /// Reads a run.
    ///
    /// # Errors
    /// When `from` cannot be read, is no saved run, is of another version, breaks the format anywhere, was cut off, or is
    /// larger than the limits.
    pub fn read(from: impl io::Read) -> Result<Self, LoadError> {
        read::read(BufReader::new(from))
    }

    /// Saves the run as `file`. Either the whole new file is there in the end or the old one still is.
    ///
    /// # Errors
    /// When a file beside it cannot be written or put in its place.
    pub fn save(&self, file: &Path) -> io::Result<()> {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let partial = file.with_file_name(name);
        let written = File::create(&partial).and_then(|to| {
            self.write(&to)?;
            to.sync_all()
        });
        let saved = written.and_then(|()| std::fs::rename(&partial, file));
        if saved.is_err() {
            // What is half written is of no use; that it could not be written is what is told.
            std::fs::remove_file(&partial).ok();
        }
        saved
    }

    /// Loads a run from `file`.
    ///
    /// # Errors
    /// As [`SavedRun::read`].
    pub fn load(file: &Path) -> Result<Self, LoadError> {
        let from = File::open(file).map_err(|error| LoadError::at(0, LoadFlaw::Io(error)))?;
        Self::read(from)
    }
}

fn write_line(to: &mut impl Write, line: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *to, line)?;
    to.write_all(b"\n")
}
