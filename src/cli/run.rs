//! `roundtrip run`: any experiment as a value, from its config to its report.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use serde_json::{Value, json};

use super::{args::RunArgs, outcome::CommandFailure, save};
use crate::{
    engine::{
        experiments::{AnyConfig, TableError},
        runner::Options,
        text,
    },
    wire::units,
};

/// Lists the experiments, or runs one.
pub(super) fn run(args: &RunArgs, options: &Options, out: &mut dyn io::Write) -> Result<(), CommandFailure> {
    let Some(name) = &args.experiment else { return list(args.json, out) };
    let json = args.config.as_deref().map_or_else(|| Ok(json!({})), read)?;
    let config = AnyConfig::read(name, &json).map_err(|error| usage(&error))?;
    let options = &Options { real_time: args.real_time, ..options.clone() };
    let recorder = options.recorder(config.place().world(), None);
    let report = config.run_into(options, &recorder, &mut ())?;
    if let Some(file) = &args.save {
        save::write(file, &report.saved(recorder.into_ledger()).map_err(io::Error::from)?)?;
    }
    if args.json {
        write_json(&report.json().map_err(io::Error::from)?, out)?;
    } else {
        out.write_all(report.text().as_bytes())?;
    }
    match report.summary().failure.cloned() {
        None => Ok(()),
        Some(failure) if args.json => Err(CommandFailure::Failed(Box::new(failure))),
        Some(failure) => Err(CommandFailure::AlreadyShown(Box::new(failure))),
    }
}

fn list(as_json: bool, out: &mut dyn io::Write) -> Result<(), CommandFailure> {
    let experiments = AnyConfig::all();
    if as_json {
        let row = |config: &AnyConfig| {
            let (name, purpose) = (config.name(), config.purpose());
            json!({ "name": name, "purpose": purpose, "config": config.json() })
        };
        return Ok(write_json(&experiments.iter().map(row).collect(), out)?);
    }
    for config in experiments {
        out.write_all(text::hanging(config.name(), config.purpose()).as_bytes())?;
    }
    let more = "\nEach takes --config FILE with JSON; what is left out has its default. The defaults: roundtrip run --list --json\n";
    Ok(out.write_all(more.as_bytes())?)
}

fn write_json(value: &Value, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

fn read(file: &Path) -> Result<Value, CommandFailure> {
    let is_standard_input = file.as_os_str() == "-";
    let shown = if is_standard_input { Path::new("standard input") } else { file }.display();
    let unreadable = |error: &dyn std::fmt::Display| CommandFailure::Usage(format!("{shown} cannot be read: {error}"));
    let mut text = String::new();
    let length = if is_standard_input {
        io::stdin().lock().take(MAX_CONFIG).read_to_string(&mut text)
    } else {
        File::open(file).and_then(|file| file.take(MAX_CONFIG).read_to_string(&mut text))
    };
    if length.map_err(|error| unreadable(&error))? as u64 == MAX_CONFIG {
        return Err(CommandFailure::Usage(format!("{shown} is larger than {}", units::octets(MAX_CONFIG))));
    }
    serde_json::from_str(&text).map_err(|error| CommandFailure::Usage(format!("{shown} is not JSON: {error}")))
}

fn usage(error: &TableError) -> CommandFailure {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    CommandFailure::Usage(causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}")))
}

/// Octets a config may have.
const MAX_CONFIG: u64 = 16 * 1024 * 1024;
