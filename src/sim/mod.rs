//! QUEUES AND CACHES, and the closed forms to hold them against. Pure and seeded.

pub mod names;
pub mod slow_start;
pub mod theory;
