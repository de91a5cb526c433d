//! The race: each strategy loads the page on its own, one after the other.

use std::{pin::pin, sync::Arc, time::Duration};

use url::Url;

use super::{
    Config, PageChoice, PageLoad, Report, Strategy, StrategyRun,
    prediction::{self, MeasuredRun},
    reason,
};
use crate::{
    engine::{
        ask::{self, Ask, HttpChoice, Origin},
        context::{Context, EarlyEnd, group_ends},
        control::Progress,
        exchange::{Exchange, MAX_CONTENT_KEPT},
        experiment::Experiment as _,
        fetching::{FetchMethod, FetchRequest, FetchResult, Fetcher, LoadContext, Usage},
        objects,
        setting::WorldChoice,
        timing::ObjectTiming,
    },
    sim::formula::Formula,
    wire::{Blame, Failure, FlowHandle, FlowKind, NoteKind},
};

/// The page the lab makes: `objects` and `size` are its query.
const GENERATED: &str = "http://www.someschool.edu/page";
/// Redirects followed to find the page that is raced.
const MAX_REDIRECTS: u32 = 10;

/// Why a page could not be raced.
#[derive(Debug, thiserror::Error)]
enum RaceError {
    #[error("generated pages are the lab's; in the Internet name a page by its URL")]
    GeneratedInInternet,
    #[error("the page refers to {} objects; this program loads the first {loaded}", loaded + beyond)]
    TooManyObjects { loaded: u64, beyond: u64 },
    #[error("more than {limit} redirects before a page came")]
    TooManyRedirects { limit: u32 },
}

impl RaceError {
    fn failure(&self) -> Failure {
        let (blame, clause) = match self {
            Self::GeneratedInInternet => (Blame::Input, None),
            Self::TooManyObjects { .. } => (Blame::Limit, None),
            Self::TooManyRedirects { .. } => (Blame::Limit, Some("RFC 9110 §15.4")),
        };
        Failure::from_error(self, blame, clause)
    }
}

/// Races the strategies over the page. A strategy that fails says so in its run and the others go on; stopping ends the race with
/// the runs made so far.
pub(super) async fn run(config: &Config, context: &Context) -> Report {
    let clock = context.clock();
    let title = format!("page load: {} strategies", config.strategies.len());
    let url = page_url(config);
    let server = url.as_ref().ok().and_then(Url::host_str).unwrap_or_default();
    let whole = context.recorder.open(None, FlowKind::Run, title, group_ends(server), clock.now());
    let (mut runs, mut redirects) = (Vec::new(), Vec::new());
    let mut page = url;
    for (place, strategy) in config.strategies.iter().enumerate() {
        let context = &context.with_names_resolved(config.resolve_names);
        if config.resolve_names {
            // Each strategy begins with a name that is in no cache.
            context.flush_local_cache();
        }
        let lane = StrategyTurn { config, context, strategy: *strategy, whole: &whole, place };
        let run = match &page {
            Ok(url) => lane.run(url, &mut redirects).await,
            Err(error) => lane.failed(error.failure()),
        };
        // The others start where this one was led to.
        if let (Ok(page), Some(base)) = (&mut page, run.objects.first()) {
            *page = with_userinfo_of(page, &base.url);
        }
        runs.push(run);
        if context.control.is_stopped() {
            break;
        }
    }
    if context.control.is_stopped() {
        whole.stop(clock.now());
    } else {
        whole.close(clock.now());
    }
    Report {
        experiment: PageLoad::NAME.to_owned(),
        config: if context.recorder.shows_secrets() { config.clone() } else { without_secrets(config) },
        provenance: context.provenance.clone(),
        redirects,
        runs,
    }
}

fn without_secrets(config: &Config) -> Config {
    match &config.page {
        PageChoice::At(url) => Config { page: PageChoice::At(ask::without_password(url)), ..config.clone() },
        PageChoice::Generated { .. } => config.clone(),
    }
}

/// `to` with user name and password of `from`, where both are on one server: the others are not to have them.
fn with_userinfo_of(from: &Url, to: &Url) -> Url {
    let mut url = to.clone();
    if Origin::of(from) == Origin::of(to) {
        // A URL that cannot have them has none.
        url.set_username(from.username()).ok();
        url.set_password(from.password()).ok();
    }
    url
}

fn page_url(config: &Config) -> Result<Url, RaceError> {
    match &config.page {
        PageChoice::At(url) => Ok(url.clone()),
        PageChoice::Generated { .. } if config.setting.world == WorldChoice::Internet => {
            Err(RaceError::GeneratedInInternet)
        }
        PageChoice::Generated { objects, object_octets } => {
            let url = format!("{GENERATED}?objects={objects}&size={object_octets}");
            Url::parse(&url).ok().ok_or(RaceError::GeneratedInInternet)
        }
    }
}

/// The run of one strategy.
struct StrategyTurn<'a> {
    config: &'a Config,
    context: &'a Context,
    strategy: Strategy,
    whole: &'a FlowHandle,
    place: usize,
}

/// What a strategy's run has loaded so far; it survives when the run is stopped.
#[derive(Default)]
struct LoadedPage {
    base: Option<Exchange>,
    objects: Vec<Option<Exchange>>,
    failure: Option<Failure>,
}

impl StrategyTurn<'_> {
    /// Runs it; what redirects there are before the page are added to `redirects`.
    async fn run(&self, url: &Url, redirects: &mut Vec<ObjectTiming>) -> StrategyRun {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let (run, redirect) = self.load(&url).await;
            match redirect {
                Some(next) if run.failure.is_none() => {
                    redirects.extend(run.objects.into_iter().next());
                    url = with_userinfo_of(&url, &next);
                }
                _ => return run,
            }
        }
        self.failed(RaceError::TooManyRedirects { limit: MAX_REDIRECTS }.failure())
    }

    /// Loads the page once; also where it redirects to, if it does.
    async fn load(&self, url: &Url) -> (StrategyRun, Option<Url>) {
        let Self { context, strategy, .. } = *self;
        self.settle().await;
        let clock = context.clock();
        // As the first SYN's.
        let start = context.network.now();
        let server = url.host_str().unwrap_or_default();
        let page = self.whole.child(FlowKind::Page, strategy.title().to_owned(), group_ends(server), start);
        let load = Arc::new(LoadContext::new(context.clone(), page.clone()));
        let mut haul = LoadedPage::default();
        let early = {
            let work = pin!(self.fetch(&load, url, &mut haul));
            context.bounded(work).await.err()
        };
        let now = clock.now();
        match early {
            Some(EarlyEnd::Stopped) => page.stop(now),
            Some(EarlyEnd::TooLong(failure)) => {
                page.fail(now, failure.clone());
                haul.failure = Some(failure);
            }
            None => match haul.first_failure() {
                Some(failure) => page.fail(now, failure),
                None => page.close(now),
            },
        }
        let redirect = haul.base.as_ref().and_then(|base| base.redirect_to.clone());
        if let Some(next) = &redirect {
            page.note(
                now,
                NoteKind::Why,
                format!("Redirected to {next}: the page there is measured."),
                Some("RFC 9110 §15.4"),
            );
        }
        (self.told(&page, start, haul, &load.usage()), redirect)
    }

    /// Each strategy meets an empty network and the same luck, whoever ran before it.
    async fn settle(&self) {
        let Some(lab) = &self.context.lab else { return };
        let path = &self.config.setting.path;
        for _ in 0..SETTLING {
            if lab.net().sockets().is_empty() {
                break;
            }
            self.context.clock().sleep(path.rtt.max(Duration::from_millis(1))).await;
        }
        lab.net().draw_afresh(path.seed);
    }

    async fn fetch(&self, load: &Arc<LoadContext>, url: &Url, haul: &mut LoadedPage) {
        let Config { parallel, discipline, .. } = *self.config;
        let how = FetchMethod { strategy: self.strategy, parallel, discipline };
        let mut fetcher = Fetcher::new(Arc::clone(load), how);
        let ask = self.ask(url.clone(), how);
        self.tell(0, 1);
        let first = FetchRequest {
            place: 0,
            ask: ask.clone(),
            known_at: self.context.clock().now(),
            why: Vec::new(),
            keep: MAX_CONTENT_KEPT,
            shows_secrets: self.context.recorder.shows_secrets(),
        };
        let FetchResult { exchange: base, .. } = fetcher.first(first, None).await;
        let wanted = self.objects_of(&base, &ask, haul);
        haul.base = Some(base);
        haul.objects.resize_with(wanted.len(), || None);
        let of = wanted.len() + 1;
        let mut done = 1;
        self.tell(done, of);
        fetcher
            .rest(wanted, &mut |FetchResult { place, exchange }| {
                if let Some(slot) = haul.objects.get_mut(place - 1) {
                    *slot = Some(exchange);
                }
                done += 1;
                self.tell(done, of);
            })
            .await;
        fetcher.close().await;
    }

    fn ask(&self, url: Url, how: FetchMethod) -> Ask {
        let http = if self.strategy == Strategy::Http2 { HttpChoice::Http2 } else { HttpChoice::Http11 };
        let mut ask = Ask { http, keep: how.keeps(), ..Ask::get(url) };
        ask.take_userinfo();
        ask
    }

    fn objects_of(&self, base: &Exchange, ask: &Ask, haul: &mut LoadedPage) -> Vec<FetchRequest> {
        if base.timing.failure.is_some() || base.redirect_to.is_some() {
            return Vec::new();
        }
        let Some(found) = objects::of(base) else { return Vec::new() };
        if found.beyond > 0 {
            let error = RaceError::TooManyObjects { loaded: found.urls.len() as u64, beyond: found.beyond };
            haul.failure = Some(error.failure());
        }
        let known_at = self.context.clock().now();
        let referer = Some(base.timing.url.clone());
        let here = Origin::of(&ask.url);
        let shows_secrets = self.context.recorder.shows_secrets();
        let wanted = |(place, url): (usize, Url)| {
            // The only field of its own is the credentials for its server.
            let fields = if Origin::of(&url) == here { ask.fields.clone() } else { Vec::new() };
            FetchRequest {
                place,
                ask: Ask { url, fields, referer: referer.clone(), ..ask.clone() },
                known_at,
                why: Vec::new(),
                // Only what crossed the wire counts here.
                keep: 0,
                shows_secrets,
            }
        };
        (1..).zip(found.urls).map(wanted).collect()
    }

    /// Progress over the whole race: every strategy counts the same.
    fn tell(&self, done: usize, of: usize) {
        let share = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let of_each = PROGRESS_A_STRATEGY;
        let within = (u64::from(of_each) * done as u64 / (of as u64).max(1)).min(u64::from(of_each));
        self.context.control.progress(Progress {
            done: share(self.place) * of_each + u32::try_from(within).unwrap_or(of_each),
            of: share(self.config.strategies.len()) * of_each,
            doing: match done {
                0 => format!("{}: base file", self.strategy.name()),
                _ => format!("{}: {} of {} objects", self.strategy.name(), done - 1, of - 1),
            },
        });
    }

    fn told(&self, page: &FlowHandle, start: Duration, haul: LoadedPage, usage: &Usage) -> StrategyRun {
        let failure = haul.first_failure();
        let timings: Vec<ObjectTiming> =
            haul.base.into_iter().chain(haul.objects.into_iter().flatten()).map(|exchange| exchange.timing).collect();
        let last = timings.iter().filter_map(|object| object.phases.receive).map(|receive| receive.to).max();
        let seconds = last.map_or(0.0, |last| last.saturating_sub(start).as_secs_f64());
        let seen = MeasuredRun { config: self.config, strategy: self.strategy, objects: &timings, usage, seconds };
        let theory = failure.is_none().then(|| prediction::theory(&seen)).flatten();
        let theory_seconds = theory.as_ref().map(Formula::value);
        let difference = theory_seconds.filter(|theory| *theory > 0.0).map(|theory| (seconds - theory) / theory);
        let reason = theory.as_ref().and_then(|theory| reason::of(&seen, theory));
        StrategyRun {
            strategy: self.strategy,
            flow: page.id(),
            seconds,
            theory_seconds,
            theory,
            difference,
            reason,
            connections: usage.connections,
            sockets_at_peak: usage.sockets_at_peak,
            requests: usage.requests,
            octets_sent: usage.octets_sent,
            octets_received: usage.octets_received,
            objects: timings,
            failure,
        }
    }

    /// A run that never began.
    fn failed(&self, failure: Failure) -> StrategyRun {
        let now = self.context.clock().now();
        let ends = group_ends("");
        let page = self.whole.child(FlowKind::Page, self.strategy.title().to_owned(), ends, now);
        page.fail(now, failure.clone());
        let haul = LoadedPage { failure: Some(failure), ..LoadedPage::default() };
        self.told(&page, now, haul, &Usage::default())
    }
}

impl LoadedPage {
    /// Why the page is not complete.
    fn first_failure(&self) -> Option<Failure> {
        let mut exchanges = self.base.iter().chain(self.objects.iter().flatten());
        self.failure.clone().or_else(|| exchanges.find_map(|exchange| exchange.timing.failure.clone()))
    }
}

/// Round trips in which the connections of the last strategy finish closing.
const SETTLING: u32 = 100;
/// Steps of progress a strategy counts.
const PROGRESS_A_STRATEGY: u32 = 1000;
