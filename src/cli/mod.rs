//! THE COMMAND LINE. The same experiments, as text or JSON.
//!
//! Lab experiments run in virtual time; `roundtrip lab` serves the lab in real time. Exit status: 0 done (whatever the HTTP
//! status), 1 the network or the other end failed, 2 bad usage.
//!
//! # JSON
//! `--json` prints the experiment's report, one object: [`crate::engine::page_load::Report`], [`crate::engine::browse::Report`]
//! (with the content of each exchange as `content_text` or `content_base64` beside it), and for `roundtrip lab` one
//! [`crate::lab::Published`] a line. Fields are only ever added.

mod args;
mod fetch;
mod outcome;
mod page_load;
mod save;
mod text;

pub use args::{Arguments, Command};

use std::{io, process::ExitCode};

use clap::Parser as _;

use crate::engine::jobs;
use outcome::{Trouble, complain};

/// Reads the command line; bad usage ends the program here with status 2.
pub fn parse() -> Arguments {
    Arguments::parse()
}

/// Carries out the command given, if any.
pub fn run(arguments: Arguments) -> ExitCode {
    let mut out = io::stdout().lock();
    let options = jobs::Options::default();
    let done = match &arguments.command {
        Some(Command::PageLoad(args)) => page_load::run(args, &options, &mut out),
        Some(Command::Fetch(args)) => fetch::run(args, &options, &mut out),
        Some(Command::Lab(_)) | None => Ok(()),
    };
    finish(done)
}

/// Says why there is no window and what to install, and runs the first experiment in the terminal.
pub fn instead_of_the_window(why: &str, advice: &str) -> ExitCode {
    complain(&format!("no window: {why}"));
    advice.lines().for_each(complain);
    complain("here is the first experiment in the terminal instead (more: roundtrip --help)\n");
    finish(page_load::first_experiment(&jobs::Options::default(), &mut io::stdout().lock()))
}

/// Says that the window failed after it was open.
pub fn window_failed(why: &str, advice: &str) -> ExitCode {
    complain(why);
    advice.lines().for_each(complain);
    ExitCode::FAILURE
}

fn finish(done: Result<(), Trouble>) -> ExitCode {
    done.map_or_else(Trouble::exit, |()| ExitCode::SUCCESS)
}
