//! Why an attack cannot be tried, and where one stands.

use super::config::MAX_FORGED_IN_ALL;
use crate::{
    engine::{context::Context, control::Progress},
    lab::LabError,
    net::{DatagramError, NetError},
    wire::{Blame, Failure},
};

/// Why an attack cannot be tried.
#[derive(Debug, thiserror::Error)]
pub(super) enum AttackError {
    #[error("attacks are tried in the lab and nowhere else")]
    NoLab,
    #[error("{what} is not between {least} and {most}")]
    OutOfRange { what: &'static str, least: u64, most: u64 },
    #[error("{trials} trials of {forged} forged answers each are more than {MAX_FORGED_IN_ALL} in all")]
    TooManyForged { trials: u32, forged: u32 },
    #[error("this lab has no {host}")]
    NoHost { host: String },
    #[error("{kind} {name} is no question: a type as A, MX or TYPE65400, and a name")]
    NoQuestion { kind: String, name: String },
    #[error("the lab refuses")]
    Lab(#[from] LabError),
    #[error("a datagram cannot be sent")]
    Datagram(#[from] DatagramError),
    #[error("the attacker cannot ask")]
    Network(#[from] NetError),
}

impl AttackError {
    pub(super) fn failure(&self) -> Failure {
        Failure::from_error(self, Blame::Input, None)
    }
}

/// Says where an attack stands.
pub(super) fn tell(context: &Context, done: u32, of: u32, doing: &str) {
    context.control.progress(Progress { done, of, doing: doing.to_owned() });
}
