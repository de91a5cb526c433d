//! EXPERIMENTS. An experiment is a value: a config, run against a world with a recorder, gives a report. The window, the
//! command line and the tests run the same ones.

pub mod ask;
pub mod bridge;
pub mod browse;
pub mod context;
pub mod control;
pub mod copy_as;
pub mod dns_message;
pub mod echo;
pub mod exchange;
pub mod experiment;
pub mod experiments;
mod fetching;
pub mod jar;
pub mod live_lab;
#[cfg(test)]
mod live_stories;
pub mod name_attack;
pub mod name_day;
mod name_lab;
pub mod objects;
pub mod opening;
pub mod options;
pub mod page_load;
pub mod resolve;
pub mod runner;
pub mod setting;
pub mod store_status;
pub mod stores;
pub(crate) mod text;
pub mod timing;
mod world;
