//! Why a day of lookups cannot be simulated.

use crate::{
    lab::LabError,
    proto::dns::zone::EditError,
    wire::{Blame, Failure},
};

/// Why a day cannot be lived through.
#[derive(Debug, thiserror::Error)]
pub(super) enum DayError {
    #[error("a day of lookups takes place in the lab and nowhere else")]
    NoLab,
    #[error("this lab has no local name server")]
    NoLocalServer,
    #[error("{what} is not between {least} and {most}")]
    OutOfRange { what: &'static str, least: u32, most: u32 },
    #[error("this lab has no names to look up")]
    NoNames,
    #[error("{name} is not among the names that are looked up")]
    NoSuchName { name: String },
    #[error("the zone cannot be changed so")]
    Zone(#[from] EditError),
    #[error("the lab refuses")]
    Lab(#[from] LabError),
}

impl DayError {
    pub(super) fn failure(&self) -> Failure {
        Failure::from_error(self, Blame::Input, None)
    }
}
