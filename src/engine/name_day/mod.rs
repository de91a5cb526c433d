//! A day of lookups through the local name server: what each level of caches spares the one above it, why the root is hardly ever
//! asked, and how long caches still give an address that has changed.

mod config;
mod counter;
mod day;
mod error;
mod report;
mod run;
mod stale;
#[cfg(test)]
mod stories;
mod text;
mod theory;

pub use config::{AddressChange, Config, MAX_CLIENTS, MAX_HOURS, MAX_LOOKUPS, MAX_NAMES, MAX_TTL, NameSelection};
pub use report::{BusiestServer, Counts, NAMES_TOLD, NameLoad, Report, StaleAnswers, StaleClient, Theory};

use std::convert::Infallible;

use super::{
    context::Context,
    experiment::{Experiment, RunObserver, RunPlace, Summary},
};

/// The experiment.
#[derive(Clone, Copy, Debug)]
pub struct NameDay;

impl Experiment for NameDay {
    const NAME: &'static str = "name-day";
    const PURPOSE: &'static str = "Simulate a day of lookups and measure what caches save the servers above them.";
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
        let exchanges = usize::try_from(report.whole.lookups).unwrap_or(usize::MAX);
        Summary { provenance: &report.provenance, failure: report.failure.as_ref(), exchanges }
    }

    fn text(report: &Report) -> String {
        text::as_text(report)
    }
}
