//! The exchanges of a visit: the redirects that led to the page, the page, its objects, in an order that does not jump while they come.

use std::time::Duration;

use url::Url;

use crate::{
    app::runs::RunRecord,
    engine::{
        bridge::{RunEnd, RunId},
        browse::{Browse, Exchange, Report},
        timing::{ObjectTiming, Phases},
    },
    wire::{Failure, FlowId},
};

/// Which exchange of which visit. The lab's clock begins anew with every run, and so do the numbers of its connections: only the run
/// tells two visits to the same page apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExchangeKey {
    job: RunId,
    url: Url,
    connection: Option<FlowId>,
    sent: Option<Duration>,
}

/// The exchanges of a visit so far.
#[derive(Debug)]
pub(super) struct Exchanges<'a> {
    /// All, redirects first, the page next.
    pub(super) all: Vec<&'a Exchange>,
    /// How many of them led to the page, the page included.
    pub(super) hops: usize,
    /// Has the run ended?
    pub(super) over: bool,
    /// Why it did not bring everything.
    pub(super) failure: Option<&'a Failure>,
}

impl<'a> Exchanges<'a> {
    /// Those of a run.
    pub(super) fn of(record: &'a RunRecord) -> Self {
        if let Some(report) = record.report::<Browse>() {
            return Self::of_report(report);
        }
        let failure = match &record.end {
            Some(RunEnd::Failed(failure)) => Some(failure),
            Some(RunEnd::Stopped | RunEnd::Done(_)) | None => None,
        };
        Self { failure, over: record.end.is_some(), ..Self::so_far(record) }
    }

    fn of_report(report: &'a Report) -> Self {
        Self {
            all: report.hops.iter().chain(&report.objects).collect(),
            hops: report.hops.len(),
            over: true,
            failure: report.failure.as_ref(),
        }
    }

    fn so_far(record: &'a RunRecord) -> Self {
        let mut all: Vec<&Exchange> = record.news::<Browse>().iter().collect();
        let redirects = all
            .windows(2)
            .take_while(|pair| matches!(pair, [one, next] if one.redirect_to.as_ref() == Some(&next.timing.url)))
            .count();
        let hops = (redirects + 1).min(all.len());
        if let Some(objects) = all.get_mut(hops..) {
            objects.sort_by_key(|exchange| began(&exchange.timing.phases));
        }
        Self { all, hops, over: false, failure: None }
    }

    /// The answer that is shown as the page, once there is one: not a redirect that is still being followed.
    pub(super) fn page(&self) -> Option<&'a Exchange> {
        let last = self.hops.checked_sub(1).and_then(|last| self.all.get(last)).copied()?;
        let on_its_way = last.redirect_to.is_some() && !self.over;
        (!on_its_way && last.timing.status.is_some()).then_some(last)
    }

    /// The exchange that is looked at first.
    pub(super) fn first_choice(&self) -> Option<usize> {
        self.hops.checked_sub(1)
    }

    /// Where an exchange of this run stands.
    pub(super) fn position(&self, key: &ExchangeKey) -> Option<usize> {
        self.all.iter().position(|exchange| ExchangeKey::of(key.job, exchange) == *key)
    }

    /// When and how each was fetched.
    pub(super) fn timings(&self) -> Vec<&'a ObjectTiming> {
        self.all.iter().map(|exchange| &exchange.timing).collect()
    }

    /// What the page refers to and brought something, with when it had arrived.
    pub(super) fn objects(&self) -> impl Iterator<Item = (Duration, &'a Exchange)> {
        let objects = self.all.get(self.hops..).unwrap_or_default().iter().copied();
        objects.map(|exchange| (ended(&exchange.timing.phases), exchange))
    }
}

impl ExchangeKey {
    /// Of this one, of the run `job`.
    pub(super) fn of(job: RunId, exchange: &Exchange) -> Self {
        let timing = &exchange.timing;
        let sent = timing.phases.send.map(|send| send.from);
        Self { job, url: timing.url.clone(), connection: timing.connection, sent }
    }

    /// The run.
    pub(super) fn job(&self) -> RunId {
        self.job
    }
}

/// When fetching began.
pub(super) fn began(phases: &Phases) -> Duration {
    phases.span().map(|span| span.from).unwrap_or_default()
}

/// When it ended.
pub(super) fn ended(phases: &Phases) -> Duration {
    phases.span().map(|span| span.to).unwrap_or_default()
}
