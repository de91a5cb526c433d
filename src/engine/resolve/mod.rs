//! Ask the name system a question: by oneself from the root down, through a local name server, or as a stub; and every message of it.

mod report;

pub use report::{CacheEntry, CacheTable, Config, FIRST_NAME, LevelLoad, Mode, Report};
