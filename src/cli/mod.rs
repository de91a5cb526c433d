//! THE COMMAND LINE. The same experiments, as text or JSON.
//!
//! Lab experiments run in virtual time; `roundtrip lab` serves the lab in real time. Exit status: 0 done (whatever the HTTP
//! status), 1 the network or the other end failed, 2 bad usage.
//!
//! # JSON
//! `--json` prints the experiment's report, one object: [`crate::engine::page_load::Report`], [`crate::engine::browse::Report`]
//! (with the content of each exchange as `content_text` or `content_base64` beside it), and for `roundtrip lab` one
//! [`crate::lab::PublishedService`] a line. Fields are only ever added.

mod args;
mod cookie_file;
mod cookies;
mod fetch;
mod lab;
mod outcome;
mod page_load;
mod resolve;
mod run;
mod save;
mod store;
mod text;

pub use args::{Arguments, Command};

use std::{
    env, io,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::Parser as _;

use crate::{
    engine::{runner::Options, store_status, stores::Stores},
    lab::LabFiles,
    wire::{Blame, Failure},
};
use outcome::{CommandFailure, complain};

/// Reads the command line; bad usage ends the program here with status 2.
pub fn parse() -> Arguments {
    Arguments::parse().checked().unwrap_or_else(|error| error.exit())
}

/// Carries out the command given, if any.
pub fn carry_out(arguments: &Arguments) -> ExitCode {
    let mut out = stdout();
    let stores = data_folder(arguments).map_or_else(Stores::default, Stores::in_folder);
    let options = match lab_files(arguments) {
        Ok(files) => Options { lab_files: Some(Arc::new(files)), stores, ..Options::default() },
        Err(failure) => return CommandFailure::from(failure).exit(),
    };
    let done = match &arguments.command {
        Some(Command::PageLoad(args)) => page_load::run(args, &options, &mut out),
        Some(Command::Fetch(args)) => fetch::run(args, &options, &mut out),
        Some(Command::Resolve(args)) => resolve::run(args, &options, &mut out),
        Some(Command::Run(args)) => run::run(args, &options, &mut out),
        Some(Command::Lab(args)) => lab::run(args, &options, &mut out),
        Some(Command::Cookies(args)) => cookies::run(args, data_folder(arguments).or_else(usual_data_folder), &mut out),
        Some(Command::Store(args)) => store::run(args, data_folder(arguments).or_else(usual_data_folder), &mut out),
        None => Ok(()),
    };
    say_store_failures(&options.stores);
    finish(done, &mut out)
}

/// Says why there is no window and what to install, and runs the first experiment in the terminal.
pub fn instead_of_the_window(why: &str, advice: &str) -> ExitCode {
    complain(&format!("no window: {why}"));
    advice.lines().for_each(complain);
    complain("here is the first experiment in the terminal instead (more: roundtrip --help)\n");
    let mut out = stdout();
    let done = page_load::first_experiment(&Options::default(), &mut out);
    finish(done, &mut out)
}

/// Says why there is no window to show a saved run in.
pub fn no_window_for(file: &Path, why: &str, advice: &str) -> ExitCode {
    complain(&format!("{} cannot be shown: {why}", file.display()));
    advice.lines().for_each(complain);
    ExitCode::FAILURE
}

/// Says that the window failed after it was open.
pub fn window_failed(why: &str, advice: &str) -> ExitCode {
    complain(why);
    advice.lines().for_each(complain);
    ExitCode::FAILURE
}

/// What the lab of the window consists of; where a teacher's files cannot be used it is the built-in one, and why is said.
pub fn lab_for_window(arguments: &Arguments) -> (LabFiles, Option<(String, String)>) {
    lab_files(arguments).map_or_else(
        |failure| {
            let what = format!("The lab's files cannot be used: {}", failure.summary);
            (LabFiles::embedded(), Some((what, format!("{}. The built-in lab is open.", failure.causes.join(": ")))))
        },
        |files| (files, None),
    )
}

/// What lasts from run to run in the window: in its folder, or in memory where it is to leave no traces or has no folder.
pub fn stores_for_window(arguments: &Arguments, forgetful: bool) -> Stores {
    let folder = if forgetful { None } else { data_folder(arguments).or_else(usual_data_folder) };
    folder.map_or_else(Stores::in_memory, Stores::in_folder)
}

/// The environment's name of the folder of what lasts.
const DATA_VARIABLE: &str = "ROUNDTRIP_DATA";

fn data_folder(arguments: &Arguments) -> Option<PathBuf> {
    let named = || env::var_os(DATA_VARIABLE).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    arguments.data_folder.clone().or_else(named)
}

fn usual_data_folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "roundtrip").map(|folders| folders.data_dir().to_owned())
}

/// What was to last and could not be written, and what was met on opening it.
fn say_store_failures(stores: &Stores) {
    for store in stores.opened() {
        if let Some(words) = store_status::opening_words(&store) {
            complain(&words);
        }
        if let Some(failure) = store.take_failure() {
            complain(&failure.to_string());
            failure.causes.iter().for_each(|cause| complain(&format!("  because: {cause}")));
        }
    }
}

/// The lab's files: the built-in ones, those of `--lab-files`, or those the environment names.
fn lab_files(arguments: &Arguments) -> Result<LabFiles, Failure> {
    let files = arguments.lab_files.as_deref().map_or_else(LabFiles::from_environment, LabFiles::from_folder);
    files.map_err(|error| Failure::from_error(&error, Blame::Input, None))
}

/// A report has tens of thousands of lines: they are not handed over one by one.
fn stdout() -> impl io::Write {
    io::BufWriter::new(io::stdout().lock())
}

/// What was said goes out before what went wrong is told.
fn finish(done: Result<(), CommandFailure>, out: &mut dyn io::Write) -> ExitCode {
    let said = out.flush().map_err(CommandFailure::from);
    done.and(said).map_or_else(CommandFailure::exit, |()| ExitCode::SUCCESS)
}
