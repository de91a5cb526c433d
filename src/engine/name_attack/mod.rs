//! Attacks on the name system, and the defences: poisoning a cache from off the path, interception on it, amplification, floods.
//!
//! All of it happens in the lab's memory, between its own servers: no such datagram can leave this program. There is no world to
//! choose, and without a lab nothing is run.
//!
//! Source: RFC 5452 (forged answers), RFC 5358 (open resolvers as amplifiers), RFC 8482 (ANY).

mod amplification;
mod attacker;
mod config;
mod error;
mod flood;
mod interception;
mod poisoning;
mod report;
mod run;
#[cfg(test)]
mod stories;
mod text;
mod theory;

pub use config::{
    Amplification, AmplifierQuestion, Attack, Config, Flood, InterceptionAttack, MAX_FORGED, MAX_FORGED_IN_ALL,
    MAX_ID_BITS, MAX_PORT_BITS, MAX_TRIALS, Poisoning, ServerLevel,
};
pub use report::{
    AmplificationResult, AmplificationRow, AttackResult, ClientAnswer, FloodPoint, FloodResult, IgnoredMessages,
    InterceptionResult, LevelQueries, PoisonedCache, PoisoningResult, Report, Traffic,
};
pub use theory::{amount, poisoning as chance_of_poisoning};

use std::convert::Infallible;

use super::{
    context::Context,
    experiment::{Experiment, RunObserver, RunPlace, Summary},
};

/// The experiment.
#[derive(Clone, Copy, Debug)]
pub struct NameAttack;

impl Experiment for NameAttack {
    const NAME: &'static str = "name-attack";
    const PURPOSE: &'static str =
        "Attack the lab's name system against the defences you choose, and measure how often it succeeds.";
    type Config = Config;
    type Report = Report;
    type News = Infallible;

    fn place(config: &Config) -> RunPlace {
        RunPlace::in_lab(&config.setting)
    }

    async fn run(config: &Config, context: &Context, _: &mut dyn RunObserver<Infallible>) -> Report {
        run::run(config, context).await
    }

    fn summary(report: &Report) -> Summary<'_> {
        Summary { provenance: &report.provenance, failure: report.failure.as_ref(), exchanges: 0 }
    }

    fn text(report: &Report) -> String {
        text::as_text(report)
    }
}
