//! What experiments with the lab's name system share: names and how popular they are, and a count of the queries that reach each level.

mod client;
mod names;
mod observed;

pub(super) use client::{LabClient, UnrecordedLookups, addresses, unrecorded};
pub(super) use names::{LabName, Popularity, address_set, names_below, names_of_lab};
pub(super) use observed::{level_of, watch_levels, watch_local};
