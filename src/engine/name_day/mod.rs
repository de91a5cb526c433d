//! A day of lookups through the local name server: what each level of caches spares the one above it, why the root is hardly ever
//! asked, and how long an address that has changed is still told.

mod config;
mod day;
mod report;
mod run;
mod stale;
#[cfg(test)]
mod stories;
mod sums;
mod theory;

pub use config::{Change, Config, MAX_CLIENTS, MAX_HOURS, MAX_LOOKUPS, MAX_NAMES, MAX_TTL, Names};
pub use report::{Busiest, Counts, NAMES_TOLD, NameLoad, Report, Stale, StaleClient, Theory};
pub use run::run;
