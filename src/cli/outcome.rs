//! How a command ends: its exit status and what it says on standard error.

use std::{io, process::ExitCode};

use crate::wire::{Blame, Failure};

/// Why a command did not simply succeed.
#[derive(Debug)]
pub(super) enum CommandFailure {
    /// What was asked makes no sense. Exit status 2.
    Usage(String),
    /// The network or the other end failed. Exit status 1.
    Failed(Box<Failure>),
    /// The same, but the output already says so. Exit status 1.
    AlreadyShown(Box<Failure>),
    /// The output could not be written, a file not read. Exit status 2, or 0 when the reader simply went away.
    Io(io::Error),
}

impl CommandFailure {
    /// Says it on standard error and gives the exit status.
    pub(super) fn exit(self) -> ExitCode {
        match self {
            Self::Usage(text) => {
                complain(&text);
                ExitCode::from(USAGE)
            }
            Self::Failed(failure) => {
                complain(&failure.to_string());
                for cause in &failure.causes {
                    complain(&format!("  because: {cause}"));
                }
                ExitCode::from(if failure.blame == Blame::Input { USAGE } else { FAILED })
            }
            Self::AlreadyShown(failure) => ExitCode::from(if failure.blame == Blame::Input { USAGE } else { FAILED }),
            Self::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Self::Io(error) => {
                complain(&error.to_string());
                ExitCode::from(USAGE)
            }
        }
    }
}

impl From<io::Error> for CommandFailure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Failure> for CommandFailure {
    fn from(failure: Failure) -> Self {
        Self::Failed(Box::new(failure))
    }
}

/// Exit status when the network or the other end failed.
const FAILED: u8 = 1;
/// Exit status of bad usage.
const USAGE: u8 = 2;

#[expect(clippy::print_stderr, reason = "the command line speaks to a terminal")]
pub(super) fn complain(text: &str) {
    eprintln!("roundtrip: {text}");
}
