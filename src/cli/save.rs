//! `--save FILE`: the run with its record.

use std::path::Path;

use serde::Serialize;

use super::outcome::Trouble;
use crate::{
    engine::runner::Finished,
    wire::{Ledger, save::SavedRun},
};

/// Saves a finished run where that is asked for, and gives its report.
pub(super) fn run<R: Serialize>(file: Option<&Path>, finished: Finished<R>) -> Result<R, Trouble> {
    if let Some(file) = file {
        write(file, &finished.saved().map_err(std::io::Error::from)?)?;
    }
    Ok(finished.report)
}

/// Saves a record that belongs to no single experiment.
pub(super) fn record(file: &Path, experiment: &str, ledger: Ledger) -> Result<(), Trouble> {
    write(file, &SavedRun { experiment: experiment.to_owned(), ledger, ..SavedRun::default() })
}

/// Writes a run to its file.
pub(super) fn write(file: &Path, run: &SavedRun) -> Result<(), Trouble> {
    run.save(file).map_err(|error| Trouble::Usage(format!("{} cannot be written: {error}", file.display())))
}
