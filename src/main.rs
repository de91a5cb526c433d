//! Roundtrip: picks the face, the window or the command line.

use std::process::ExitCode;

use roundtrip::cli;

fn main() -> ExitCode {
    let arguments = cli::parse();
    if arguments.command.is_some() { cli::carry_out(&arguments) } else { window(&arguments) }
}

#[cfg(feature = "window")]
fn window(arguments: &cli::Arguments) -> ExitCode {
    use roundtrip::app;

    let (lab, notice) = cli::lab_for_window(arguments);
    let (first_frame_only, forgetful) = (arguments.first_frame_only, arguments.first_frame_only);
    let stores = cli::stores_for_window(arguments, forgetful);
    let saved_run = arguments.file.clone();
    let options = app::WindowOptions { lab, stores, notice, saved_run, first_frame_only, forgetful };
    match app::run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_before_the_window() => instead(arguments, &error.to_string(), error.advice()),
        Err(error) => cli::window_failed(&error.to_string(), error.advice()),
    }
}

#[cfg(not(feature = "window"))]
fn window(arguments: &cli::Arguments) -> ExitCode {
    instead(arguments, "this build has no window", "Build it with the default feature `window`.")
}

/// There is no window: a saved run cannot be shown, the first experiment can.
fn instead(arguments: &cli::Arguments, why: &str, advice: &str) -> ExitCode {
    match &arguments.file {
        Some(file) => cli::no_window_for(file, why, advice),
        None => cli::instead_of_the_window(why, advice),
    }
}
