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
    let options = app::WindowOptions { lab, stores, notice, first_frame_only, forgetful };
    match app::run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_before_the_window() => cli::instead_of_the_window(&error.to_string(), error.advice()),
        Err(error) => cli::window_failed(&error.to_string(), error.advice()),
    }
}

#[cfg(not(feature = "window"))]
fn window(_: &cli::Arguments) -> ExitCode {
    cli::instead_of_the_window("this build has no window", "Build it with the default feature `window`.")
}
