//! THE WINDOW. egui lives here and nowhere else.
//!
//! [`run`] opens it. The shell owns all state; tabs paint and push [`actions::Action`]s; the engine's updates are drained between
//! two frames. Nothing here waits, and no socket or task is ever seen here.

pub mod actions;
pub mod notices;
pub mod parts;
pub mod runs;
pub mod shell;
pub mod tabs;
pub mod theme;
pub mod units;
pub mod widgets;
