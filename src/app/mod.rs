//! THE WINDOW. egui lives here and nowhere else.
//!
//! [`run`] opens it. The shell owns all state; tabs paint and push [`actions::Action`]s; the engine's updates are drained between
//! two frames. Nothing here waits, and no socket or task is ever seen here.

mod drawers;
mod files;
mod focus;
mod gateway_sheet;
mod hand_in;
mod help;
mod hosts_popup;
mod keeper;
mod kit;
mod letters;
mod memo;
mod opened_run;
mod path_popup;
mod status_bar;
mod store_popup;
mod top_bar;
mod window;

pub mod actions;
mod cookie_import;
pub mod dials;
pub mod keys;
pub mod notices;
pub mod page;
pub mod parts;
pub mod runs;
pub mod shell;
pub mod state;
pub mod subject;
pub mod tab;
pub mod tabs;
pub mod theme;
pub mod widgets;

#[cfg(all(test, feature = "pictures"))]
mod pictures;
#[cfg(test)]
pub(crate) mod script;

pub use window::{WindowError, WindowOptions, run};
