//! Visits as they really went, for tests of the window: run by the engine in the lab, in virtual time.

use crate::engine::{
    bridge::{JobId, Outcome, Update},
    browse::Config,
    jobs::{self, Options},
};

/// Everything the engine tells of a visit, in order.
pub(crate) fn told(job: JobId, config: &Config) -> Vec<Update> {
    match jobs::browse(config, &Options::default(), &mut |_| {}) {
        Ok(finished) => {
            let exchanges = finished.report.hops.iter().chain(&finished.report.objects).cloned();
            let exchanges: Vec<Update> = exchanges.map(|exchange| Update::Exchange(job, Box::new(exchange))).collect();
            std::iter::once(Update::Entries(job, finished.ledger.entries().collect()))
                .chain(exchanges)
                .chain([Update::Ended(job, Box::new(Outcome::Browse(finished.report)))])
                .collect()
        }
        Err(failure) => vec![Update::Ended(job, Box::new(Outcome::Failed(failure)))],
    }
}
