//! A page's connections under a strategy.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{
    ContentSink, Discipline, FetchRequest, FetchResult, Strategy, at_once,
    http2::Http2,
    load::LoadContext,
    no_server,
    workers::{self, Worker},
};
use crate::engine::ask::Origin;

/// How a page's objects are fetched.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct FetchMethod {
    pub(in crate::engine) strategy: Strategy,
    /// k, at least 1.
    pub(in crate::engine) parallel: u32,
    pub(in crate::engine) discipline: Discipline,
}

/// Fetches a page: the base file first, then its objects.
pub(in crate::engine) struct Fetcher {
    load: Arc<LoadContext>,
    how: FetchMethod,
    one: Worker,
    http2: Vec<Http2>,
}

impl FetchMethod {
    /// Are connections kept for more than one request?
    pub(in crate::engine) fn keeps(self) -> bool {
        !matches!(self.strategy, Strategy::Serial | Strategy::Parallel)
    }
}

impl Fetcher {
    /// For the page `load`, with no connection open.
    pub(in crate::engine) fn new(load: Arc<LoadContext>, how: FetchMethod) -> Self {
        Self { one: Worker::new(&load), load, how, http2: Vec::new() }
    }

    /// Fetches one thing on its own: a base file, a redirect. Its connection is kept if the strategy keeps any.
    pub(in crate::engine) async fn first(
        &mut self,
        wanted: FetchRequest,
        sink: Option<ContentSink<'_>>,
    ) -> FetchResult {
        if self.how.strategy != Strategy::Http2 {
            return self.one.fetch(wanted, sink).await;
        }
        match self.http2_to(&wanted).await {
            Ok(connection) => {
                let exchanging = connection.ask(wanted);
                match sink {
                    Some(sink) => exchanging.finish(sink).await,
                    None => exchanging.finish(|_, _| {}).await,
                }
            }
            Err(fetched) => *fetched,
        }
    }

    /// Fetches all of them under the strategy. `done` is called for each as it is over.
    pub(in crate::engine) async fn rest(
        &mut self,
        wanted: Vec<FetchRequest>,
        done: &mut (dyn FnMut(FetchResult) + Send),
    ) {
        let (tell, mut hear) = mpsc::channel(FETCHED_WAITING);
        let listen = async {
            while let Some(fetched) = hear.recv().await {
                done(fetched);
            }
        };
        tokio::join!(self.all(wanted, tell), listen);
    }

    /// Responses beyond the one waited for: raw octets may hold several requests.
    pub(in crate::engine) fn take_more(&mut self) -> Vec<FetchResult> {
        self.one.take_more()
    }

    /// Closes what is open.
    pub(in crate::engine) async fn close(self) {
        drop(self.one);
        for connection in self.http2 {
            connection.close().await;
        }
    }

    async fn all(&mut self, wanted: Vec<FetchRequest>, tell: mpsc::Sender<FetchResult>) {
        let Self { load, how, one, http2 } = self;
        let k = how.parallel.max(1) as usize;
        match (how.strategy, how.discipline) {
            (Strategy::Serial | Strategy::Persistent, _) => {
                for wanted in wanted {
                    tell.send(one.fetch(wanted, None).await).await.ok();
                }
            }
            (Strategy::Parallel, Discipline::WorkConserving) => workers::crowd(load, k, wanted, &tell).await,
            (Strategy::Parallel, Discipline::Waves) => workers::waves(load, k, wanted, &tell).await,
            (Strategy::PersistentParallel, Discipline::WorkConserving) => {
                workers::kept_crowd(one, k, wanted, &tell).await;
            }
            (Strategy::PersistentParallel, Discipline::Waves) => workers::kept_waves(one, k, wanted, &tell).await,
            (Strategy::Pipelined, _) => at_once::pipelined(one, wanted, &tell).await,
            (Strategy::Http2, _) => at_once::multiplexed(load, http2, wanted, &tell).await,
        }
    }

    async fn http2_to(&mut self, wanted: &FetchRequest) -> Result<&mut Http2, Box<FetchResult>> {
        let no_server = || Box::new(wanted.clone().failed(no_server(&wanted.ask.url)));
        let Some(origin) = Origin::of(&wanted.ask.url) else { return Err(no_server()) };
        self.http2.retain(Http2::is_reusable);
        let known = self.http2.iter().position(|known| *known.origin() == origin);
        let place = if let Some(place) = known {
            place
        } else {
            let opened = Http2::open(&self.load, &origin).await;
            self.http2.push(opened.map_err(|unopened| Box::new(wanted.clone().unopened(unopened)))?);
            self.http2.len() - 1
        };
        self.http2.get_mut(place).ok_or_else(no_server)
    }
}

/// Exchanges that are over and not yet reported; past this number connections wait.
const FETCHED_WAITING: usize = 64;
