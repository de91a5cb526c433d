//! Roundtrip: a network lab. A student does something, real protocol code does it, and the program shows exactly what crossed
//! the wire, when, and why.
//!
//! # The map
//! A room imports only rooms above it (`tests/it/architecture.rs` enforces it).
//!
//! | room | what it is |
//! | --- | --- |
//! | [`wire`] | what happened: flows, octets, failures, the record |
//! | [`store`] | what lasts: tables, every change of a row and its cause, the lab's calendar |
//! | [`proto`] | how each protocol speaks: state machines without sockets or clocks |
//! | [`sim`] | closed forms, queues, statistics |
//! | [`lens`] | how octets are read: named fields with ranges, meanings and RFC sections |
//! | [`net`] | where octets go: the two worlds, links, clocks, taps |
//! | [`lab`] | the Lab Internet: hosts, real servers, the gateway |
//! | [`engine`] | experiments: config in, report and record out |
//! | `app` | the window (feature `window`) |
//! | [`cli`] | the command line |

pub mod cli;
pub mod engine;
pub mod lab;
pub mod lens;
pub mod net;
pub mod proto;
pub mod sim;
pub mod store;
pub mod wire;

#[cfg(feature = "window")]
pub mod app;
