//! `--save FILE`: the run with its record.

use std::path::Path;

use serde::Serialize;

use super::outcome::CommandFailure;
use crate::{
    engine::runner::FinishedRun,
    wire::{Ledger, save::SavedRun},
};

/// Saves a finished run where that is asked for, and gives its report.
pub(super) fn run<R: Serialize>(file: Option<&Path>, finished: FinishedRun<R>) -> Result<R, CommandFailure> {
    if let Some(file) = file {
        write(file, &finished.saved().map_err(std::io::Error::from)?)?;
    }
    Ok(finished.report)
}

/// Saves a record that belongs to no single experiment.
pub(super) fn record(file: &Path, experiment: &str, ledger: Ledger) -> Result<(), CommandFailure> {
    write(file, &SavedRun { experiment: experiment.to_owned(), ledger, ..SavedRun::default() })
}

/// Writes a run to its file.
pub(super) fn write(file: &Path, run: &SavedRun) -> Result<(), CommandFailure> {
    run.save(file).map_err(|error| CommandFailure::Usage(format!("{} cannot be written: {error}", file.display())))
}
