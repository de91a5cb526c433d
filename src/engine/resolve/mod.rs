//! Ask the name system a question: by oneself from the root down, through a local name server, or as a stub; and every message of it.

mod caches;
mod hints;
mod report;
mod run;
#[cfg(test)]
mod stories;
mod system;
mod text;

pub use hints::{BadHints, HINTS_DATE, built_in_hints, read_hints};
pub use report::{CacheEntry, CacheTable, Config, Event, FIRST_NAME, LevelLoad, Mode, Report};
pub use run::{Watch, run};
pub use text::as_text;
pub(crate) use text::outcome_text;
