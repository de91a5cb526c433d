//! Ask the name system a question: by oneself from the root down, through a local name server, or as a stub; and every message of it.

mod caches;
mod failure;
mod hints;
#[cfg(test)]
mod patience;
mod report;
mod run;
#[cfg(test)]
mod stories;
mod system;
mod text;

pub use hints::{BadHints, HINTS_DATE, built_in_hints, read_hints};
pub use report::{CacheEntry, CacheTable, Config, Event, FIRST_NAME, LevelLoad, Report, ResolutionMode};
pub use text::as_text;
pub(crate) use text::outcome_text;

use std::time::Duration;

use super::{
    context::Context,
    experiment::{Experiment, RunObserver, RunPlace, Summary},
};
use crate::proto::dns::trace::ResolutionStep;

/// The experiment.
#[derive(Clone, Copy, Debug)]
pub struct Resolve;

impl Experiment for Resolve {
    const NAME: &'static str = "resolve";
    const PURPOSE: &'static str = "Look a name up, from the root down or through other servers, every message in view.";
    type Config = Config;
    type Report = Report;
    /// All steps so far; the steps of a search that is over replace those before.
    type News = Vec<ResolutionStep>;

    fn place(config: &Config) -> RunPlace {
        let waits = config.before.iter().map(|event| match event {
            Event::Wait { seconds } => Duration::from_secs(*seconds),
            _ => Duration::ZERO,
        });
        let mut place = RunPlace { live: !config.cold, ..RunPlace::of(&config.setting) };
        // Time that is skipped is no time spent.
        place.timeouts.total = waits.fold(place.timeouts.total, Duration::saturating_add);
        place
    }

    async fn run(config: &Config, context: &Context, watch: &mut dyn RunObserver<Vec<ResolutionStep>>) -> Report {
        run::run(config, context, watch).await
    }

    fn add_news(news: &mut Vec<Vec<ResolutionStep>>, next: Vec<ResolutionStep>) {
        *news = vec![next];
    }

    fn summary(report: &Report) -> Summary<'_> {
        let exchanges = report.steps.iter().filter(|step| step.rcode.is_some()).count();
        Summary { provenance: &report.provenance, failure: report.failure.as_ref(), exchanges }
    }

    fn text(report: &Report) -> String {
        as_text(report)
    }
}
