//! A visit: the page, hop by hop, then its objects.

use std::{pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use url::Url;

use super::{
    Browse, Config, Exchange, HttpChoice, MAX_CONTENT_KEPT, Report,
    library_client::LibraryClient,
    redirect::{RedirectChain, fields_for_object},
};
use crate::{
    engine::{
        ask::{AS_BASIC, Ask},
        context::{Context, EarlyEnd, group_ends},
        control::Progress,
        experiment::{Experiment as _, RunObserver},
        fetching::{
            ContentSink, Discipline, FetchMethod, FetchRequest, FetchResult, Fetcher, LoadContext, PageJar, Strategy,
        },
        objects,
    },
    proto::http::cookies::{RequestCause, Site},
    wire::{Blame, Failure, FlowHandle, FlowKind},
};

/// Why a page is not complete although every exchange was.
#[derive(Debug, thiserror::Error)]
enum VisitError {
    #[error("the page refers to {} objects; this program loads the first {loaded}", loaded + beyond)]
    TooManyObjects { loaded: u64, beyond: u64 },
}

/// Visits the page. Whatever goes wrong is in the report, with all that came before it.
pub(super) async fn run(config: &Config, context: &Context, watch: &mut dyn RunObserver<Exchange>) -> Report {
    let context = &context.with_names_resolved(config.resolve_names);
    // What is to be taken as a whole is whole when it is: as long as octets come it goes on.
    let unlimited = watch.takes_all_content().then(|| context.without_a_limit_on_the_whole());
    let context = unlimited.as_ref().unwrap_or(context);
    let clock = context.clock();
    let start = clock.now();
    let server = config.url.host_str().unwrap_or_default();
    let shown = if context.recorder.shows_secrets() { config.clone() } else { config.without_secrets() };
    let title = format!("{} {}", config.method, shown.url);
    let whole = context.recorder.open(None, FlowKind::Run, title, group_ends(server), start);
    let page = whole.child(FlowKind::Page, shown.url.to_string(), group_ends(server), start);
    let mut visit = Visit::new(config, context, &page, watch.takes_all_content());
    let early = {
        let work = pin!(visit.make(watch));
        context.bounded(work).await.err()
    };
    let Visit { hops, objects, mut failure, .. } = visit;
    failure = failure.or_else(|| hops.last().and_then(|hop| hop.timing.failure.clone()));
    let now = clock.now();
    if let Some(EarlyEnd::TooLong(too_long)) = early {
        failure = Some(too_long);
    }
    match &failure {
        Some(failure) => page.fail(now, failure.clone()),
        None => page.close(now),
    }
    whole.close(now);
    let ends = hops.iter().chain(&objects).filter_map(|exchange| exchange.timing.phases.receive);
    let end = ends.map(|receive| receive.to).max().unwrap_or(now);
    Report {
        experiment: Browse::NAME.to_owned(),
        config: shown,
        provenance: context.provenance.clone(),
        flow: page.id(),
        hops,
        objects,
        seconds: end.saturating_sub(start).as_secs_f64(),
        failure,
    }
}

/// What a visit has brought so far; it survives when the visit is cut short.
struct Visit<'a> {
    config: &'a Config,
    context: &'a Context,
    load: Arc<LoadContext>,
    how: FetchMethod,
    hops: Vec<Exchange>,
    objects: Vec<Exchange>,
    failure: Option<Failure>,
}

/// Ours, or the library's.
enum VisitClient {
    Ours(Box<Fetcher>),
    Everyday(LibraryClient),
}

impl<'a> Visit<'a> {
    fn new(config: &'a Config, context: &'a Context, page: &FlowHandle, takes_all: bool) -> Self {
        let load = LoadContext::new(context.clone(), page.clone());
        let jar = config.cookies.on.then(|| PageJar { jar: context.jar.clone(), by: config.cookies.by() });
        let load = load.trusting_anybody(config.accept_any_certificate).taking_all(takes_all).with_jar(jar);
        let load = Arc::new(load);
        let strategy = match (config.http, config.objects) {
            (HttpChoice::Http2, _) => Strategy::Http2,
            // Pipelining came with HTTP/1.1 (RFC 9112 §9.3.2).
            (_, None) | (HttpChoice::Http10, Some(Strategy::Pipelined)) => Strategy::Persistent,
            (_, Some(strategy)) => strategy,
        };
        let how = FetchMethod { strategy, parallel: config.parallel, discipline: Discipline::WorkConserving };
        Self { config, context, load, how, hops: Vec::new(), objects: Vec::new(), failure: None }
    }

    async fn make(&mut self, watch: &mut dyn RunObserver<Exchange>) {
        let mut client = if self.config.everyday {
            VisitClient::Everyday(LibraryClient::new(&self.load, self.config))
        } else {
            VisitClient::Ours(Box::new(Fetcher::new(Arc::clone(&self.load), self.how)))
        };
        if let Some(ask) = self.page(&mut client, watch).await {
            self.page_objects(&mut client, &ask, watch).await;
        }
        if let VisitClient::Ours(fetcher) = client {
            fetcher.close().await;
        }
    }

    /// Fetches the page, redirect by redirect. Returns what the last request was, when there is an answer to it.
    async fn page(&mut self, client: &mut VisitClient, watch: &mut dyn RunObserver<Exchange>) -> Option<Ask> {
        let mut ask = self.first_ask();
        let mut why = Vec::new();
        if ask.take_userinfo() {
            why.push(AS_BASIC.to_owned());
        }
        let mut trail = RedirectChain::new(&ask, self.config.max_redirects);
        let follows = self.config.raw.is_none();
        loop {
            self.tell(self.hops.len(), self.hops.len() + 1, format!("{} {}", ask.method, ask.url));
            let wanted = self.wanted(0, ask.clone(), std::mem::take(&mut why));
            let mut streamed = false;
            let mut sink = |status: u16, bytes: &[u8]| {
                if !(follows && is_redirect(status)) {
                    streamed = true;
                    watch.content(bytes);
                }
            };
            let FetchResult { mut exchange, .. } = client.first(wanted, &mut sink).await;
            if exchange.redirect_to.is_none() && exchange.timing.status.is_some_and(is_redirect) {
                let text = "it redirects, but its Location is missing or no address: there is nothing to follow (RFC 9110 §15.4)";
                exchange.why.push(text.to_owned());
            }
            let next = if follows { trail.follow(&ask, &exchange) } else { Ok(None) };
            if !streamed && !matches!(next, Ok(Some(_))) {
                watch.content(&exchange.content);
            }
            let failed = exchange.timing.failure.is_some();
            self.hop(exchange, watch);
            for more in client.take_more() {
                self.hop(more.exchange, watch);
            }
            match next {
                Ok(Some((next, reasons))) if !failed => (ask, why) = (next, reasons),
                Err(error) if !failed => {
                    self.failure = Some(error.failure());
                    return None;
                }
                _ => return (!failed).then_some(ask),
            }
        }
    }

    fn hop(&mut self, exchange: Exchange, watch: &mut dyn RunObserver<Exchange>) {
        watch.news(exchange.clone());
        self.hops.push(exchange);
    }

    /// Fetches what the page refers to.
    async fn page_objects(&mut self, client: &mut VisitClient, page: &Ask, watch: &mut dyn RunObserver<Exchange>) {
        let Some(base) = self.hops.last().filter(|_| self.config.objects.is_some() && self.config.raw.is_none()) else {
            return;
        };
        let Some(found) = objects::of(base) else { return };
        if found.beyond > 0 {
            let error = VisitError::TooManyObjects { loaded: found.urls.len() as u64, beyond: found.beyond };
            self.failure = Some(Failure::from_error(&error, Blame::Limit, None));
        }
        let wanted: Vec<FetchRequest> = (1..)
            .zip(found.urls)
            .map(|(place, url)| self.wanted(place, self.object_ask(page, url), Vec::new()))
            .collect();
        let of = wanted.len();
        let mut places: Vec<usize> = Vec::new();
        let Self { objects, context, .. } = self;
        client
            .rest(wanted, self.how, &mut |FetchResult { place, exchange }| {
                watch.news(exchange.clone());
                let slot = places.partition_point(|known| *known < place);
                places.insert(slot, place);
                objects.insert(slot, exchange);
                let doing = format!("object {} of {of}", objects.len());
                context.control.progress(Progress { done: steps(objects.len() + 1), of: steps(of + 1), doing });
            })
            .await;
    }

    fn first_ask(&self) -> Ask {
        let Config { url, method, fields, content, raw, .. } = self.config;
        let http = if self.how.strategy == Strategy::Http2 { HttpChoice::Http2 } else { self.config.http };
        let raw = raw.as_ref().map(|raw| Bytes::copy_from_slice(raw));
        let method = raw.as_deref().and_then(method_of).unwrap_or_else(|| method.clone());
        Ask {
            url: url.clone(),
            method,
            http,
            fields: fields.clone(),
            content: content.as_ref().map(|content| content.0.clone()),
            referer: None,
            cookies: self.config.cookies.on.then(|| self.config.cookies.cause()),
            cookie_line: None,
            // A lone request over HTTP/1.0 is answered and the connection closed: that is what 1.0 is.
            keep: self.how.keeps() && (http != HttpChoice::Http10 || self.config.objects.is_some()),
            raw,
        }
    }

    fn object_ask(&self, page: &Ask, url: Url) -> Ask {
        Ask {
            http: page.http,
            fields: fields_for_object(page, &url),
            referer: Some(page.url.clone()),
            cookies: page.cookies.as_ref().and_then(|_| Site::of(&page.url)).map(RequestCause::Embedded),
            keep: self.how.keeps(),
            ..Ask::get(url)
        }
    }

    fn wanted(&self, place: usize, ask: Ask, why: Vec<String>) -> FetchRequest {
        let shows_secrets = self.context.recorder.shows_secrets();
        FetchRequest { place, ask, known_at: self.now(), why, keep: MAX_CONTENT_KEPT, shows_secrets }
    }

    fn now(&self) -> Duration {
        self.context.clock().now()
    }

    fn tell(&self, done: usize, of: usize, doing: String) {
        self.context.control.progress(Progress { done: steps(done), of: steps(of), doing });
    }
}

impl VisitClient {
    async fn first(&mut self, wanted: FetchRequest, sink: ContentSink<'_>) -> FetchResult {
        match self {
            Self::Ours(fetcher) => fetcher.first(wanted, Some(sink)).await,
            Self::Everyday(client) => client.fetch(wanted, sink).await,
        }
    }

    fn take_more(&mut self) -> Vec<FetchResult> {
        match self {
            Self::Ours(fetcher) => fetcher.take_more(),
            Self::Everyday(_) => Vec::new(),
        }
    }

    async fn rest(&mut self, wanted: Vec<FetchRequest>, how: FetchMethod, done: &mut (dyn FnMut(FetchResult) + Send)) {
        match self {
            Self::Ours(fetcher) => fetcher.rest(wanted, done).await,
            Self::Everyday(client) => client.rest(wanted, how.parallel, done).await,
        }
    }
}

fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The first word of raw octets, where it could be a method: it decides how the response is read.
fn method_of(raw: &[u8]) -> Option<String> {
    let word = raw.split(u8::is_ascii_whitespace).next()?;
    let is_method = !word.is_empty() && word.iter().all(u8::is_ascii_uppercase);
    is_method.then(|| String::from_utf8_lossy(word).into_owned())
}

fn steps(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
