//! `--save FILE`: the run with its record.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::outcome::Trouble;
use crate::{
    engine::jobs::Finished,
    wire::{Ledger, save::SavedRun},
};

/// Saves a finished run, whose report names its experiment and its config.
pub(super) fn run<R: Serialize>(file: &Path, finished: Finished<R>) -> Result<R, Trouble> {
    let Finished { report, ledger } = finished;
    let json = serde_json::to_value(&report).map_err(std::io::Error::from)?;
    let part = |name: &str| json.get(name).cloned().unwrap_or(Value::Null);
    let experiment = part("experiment").as_str().unwrap_or_default().to_owned();
    write(file, &SavedRun { experiment, config: part("config"), report: json, ledger })?;
    Ok(report)
}

/// Saves a record that belongs to no single experiment.
pub(super) fn record(file: &Path, experiment: &str, ledger: Ledger) -> Result<(), Trouble> {
    write(file, &SavedRun { experiment: experiment.to_owned(), ledger, ..SavedRun::default() })
}

fn write(file: &Path, run: &SavedRun) -> Result<(), Trouble> {
    run.save(file).map_err(|error| Trouble::Usage(format!("{} cannot be written: {error}", file.display())))
}
