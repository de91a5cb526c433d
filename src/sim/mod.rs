//! QUEUES AND CACHES, and the closed forms to hold them against. Pure and seeded.

pub mod formula;
pub mod names;
pub mod response_time;
pub mod slow_start;
