//! Hands the page what has been fetched, up to where the playhead stands: move it back and the pictures are gone again.

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use url::Url;

use super::{
    exchanges::{ExchangeKey, Exchanges, ended},
    history::VisitedPage,
    message::content_of,
};
use crate::{
    app::{
        page::{PageContent, PageView},
        runs::{RunRecord, Runs},
    },
    engine::{
        bridge::RunId,
        browse::{Exchange, MAX_CONTENT_KEPT},
    },
    proto::http::coding,
    wire::Ledger,
};

/// What the page has been given.
#[derive(Debug, Default)]
pub(super) struct Feed {
    given: Option<FeedState>,
    /// What was looked at last: nothing changes while this does not.
    seen: Option<FeedVersion>,
}

#[derive(Debug)]
struct FeedState {
    page: ExchangeKey,
    objects: BTreeSet<Url>,
    settled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FeedVersion {
    job: RunId,
    revision: u64,
    moment: Option<Duration>,
}

impl Feed {
    /// Brings `view` up to date with `visit` as of `moment`.
    pub(super) fn follow(&mut self, view: &mut PageView, visit: &VisitedPage, runs: &Runs, moment: Option<Duration>) {
        let Some(record) = runs.get(visit.job) else { return };
        // What is shown follows from the visit's own run, also where an earlier one brought it.
        let seen = FeedVersion { job: visit.job, revision: record.revision, moment };
        if self.seen.replace(seen) == Some(seen) {
            return;
        }
        let Some((job, record, moment)) = source(visit, runs, moment) else { return };
        let exchanges = Exchanges::of(record);
        let there = |at: Duration| moment.is_none_or(|moment| at <= moment);
        let Some(page) = exchanges.page().filter(|page| there(ended(&page.timing.phases))) else {
            // While another page is on its way the one before stays.
            let same_job = self.given.as_ref().is_some_and(|given| given.page.job() == job);
            if same_job || exchanges.over || moment.is_some() {
                self.given = None;
                view.clear();
            }
            return;
        };
        let arrived: Vec<(Url, &Exchange)> = exchanges
            .objects()
            .filter(|(at, _)| there(*at))
            .map(|(_, exchange)| (exchange.timing.url.clone(), exchange))
            .collect();
        let settled = exchanges.over && exchanges.objects().all(|(at, _)| there(at));
        let key = ExchangeKey::of(job, page);
        let shown = self.given.as_mut().filter(|given| {
            let arrived_since = |url: &Url| arrived.iter().any(|(arrived, _)| arrived == url);
            given.page == key && given.objects.iter().all(arrived_since)
                // Once it was said that nothing more comes, what came later needs the page anew.
                && !(given.settled && (!settled || given.objects.len() < arrived.len()))
        });
        if let Some(given) = shown {
            for (url, exchange) in &arrived {
                if given.objects.insert(url.clone()) {
                    view.arrived(url.clone(), octets(exchange, &record.ledger));
                }
            }
            if settled && !given.settled {
                given.settled = true;
                view.settle();
            }
            return;
        }
        view.show(content(page, &arrived, settled, visit.scroll, &record.ledger));
        let objects = arrived.into_iter().map(|(url, _)| url).collect();
        self.given = Some(FeedState { page: key, objects, settled });
    }

    /// The run whose page is shown.
    pub(super) fn job(&self) -> Option<RunId> {
        self.given.as_ref().map(|given| given.page.job())
    }

    /// Has the page got everything it will get?
    #[cfg(test)]
    pub(super) fn is_settled(&self) -> bool {
        self.given.as_ref().is_some_and(|given| given.settled)
    }

    /// Looks again even if nothing changed.
    pub(super) fn look_again(&mut self) {
        self.seen = None;
    }
}

/// The run that brought the page of a visit, its record, and up to when it is shown: an earlier one where the answer was that nothing has
/// changed since (304, RFC 9110 §15.4.5).
pub(super) fn source<'a>(
    visit: &VisitedPage,
    runs: &'a Runs,
    moment: Option<Duration>,
) -> Option<(RunId, &'a RunRecord, Option<Duration>)> {
    let record = runs.get(visit.job)?;
    let page = Exchanges::of(record).page();
    let page = page.filter(|page| moment.is_none_or(|moment| ended(&page.timing.phases) <= moment));
    let is_unchanged = page.is_some_and(|page| page.timing.status == Some(304));
    let earlier = visit.base.filter(|_| is_unchanged).and_then(|base| Some((base, runs.get(base)?, None)));
    earlier.or(Some((visit.job, record, moment)))
}

/// What an object brought; nothing where it is not what was asked for, as with a 404.
fn octets(exchange: &Exchange, ledger: &Ledger) -> Bytes {
    let found = exchange.timing.status.is_some_and(|status| (200..300).contains(&status));
    if found { kept(exchange, ledger) } else { Bytes::new() }
}

/// What an exchange brought, from the record where it comes from a file.
pub(super) fn kept(exchange: &Exchange, ledger: &Ledger) -> Bytes {
    if exchange.content.is_empty() && exchange.timing.content_octets > 0 {
        let transferred = content_of(ledger, exchange).unwrap_or_default();
        return match &exchange.coding {
            Some(coding) => coding::undo(&coding.codings, &transferred, MAX_CONTENT_KEPT).bytes.into(),
            None => transferred,
        };
    }
    exchange.readable().clone()
}

/// Why there is nothing to show of it.
fn why_none(page: &Exchange) -> String {
    let came = page.timing.content_octets;
    match page.timing.status {
        _ if came > 0 => {
            format!("{} of content came, and the record did not keep them.", crate::wire::units::count_octets(came))
        }
        _ if page.method == "HEAD" => "The response has no content: an answer to HEAD never has.".to_owned(),
        Some(status @ (204 | 304)) => format!("The response has no content: {status} never has."),
        _ => "The response has no content.".to_owned(),
    }
}

fn content(
    page: &Exchange,
    arrived: &[(Url, &Exchange)],
    settled: bool,
    scroll: (f32, f32),
    ledger: &Ledger,
) -> PageContent {
    let content_type = page.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    PageContent {
        url: page.timing.url.clone(),
        content_type: content_type.map(|(_, value)| value.clone()),
        octets: kept(page, ledger),
        omitted: page.content_omitted,
        why_none: why_none(page),
        resources: arrived.iter().map(|(url, exchange)| (url.clone(), octets(exchange, ledger))).collect(),
        settled,
        scroll,
    }
}
