//! Workers: each fetches one thing at a time, over a connection of its own.

use std::{
    collections::VecDeque,
    panic::resume_unwind,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::mpsc,
    task::{JoinError, JoinSet},
};

use super::{
    ContentSink, FetchRequest, FetchResult,
    http1::{FetchEvent, Http1},
    load::LoadContext,
    no_answer, no_server,
};
use crate::{engine::ask::Origin, net::Clock};

/// Fetches one thing at a time; keeps the connections that can be kept, one to an origin.
pub(super) struct Worker {
    load: Arc<LoadContext>,
    kept: Vec<Http1>,
    /// Responses beyond the one waited for: raw octets may hold several requests.
    more: Vec<FetchResult>,
}

impl Worker {
    pub(super) fn new(load: &Arc<LoadContext>) -> Self {
        Self { load: Arc::clone(load), kept: Vec::new(), more: Vec::new() }
    }

    pub(super) fn load(&self) -> &Arc<LoadContext> {
        &self.load
    }

    /// Fetches it over a kept connection if there is one, else over a new one. What may be asked again after a kept connection
    /// died is.
    pub(super) async fn fetch(&mut self, mut wanted: FetchRequest, mut sink: Option<ContentSink<'_>>) -> FetchResult {
        let Some(origin) = Origin::of(&wanted.ask.url) else {
            let failure = no_server(&wanted.ask.url);
            return wanted.failed(failure);
        };
        loop {
            let mut connection = match self.take(&origin) {
                Some(connection) => connection,
                None => match Http1::open(&self.load, &origin).await {
                    Ok(connection) => connection,
                    Err(unopened) => return wanted.unopened(unopened),
                },
            };
            connection.stream(sink.is_some());
            connection.ask(wanted.clone());
            let mut fetched = VecDeque::new();
            let again = loop {
                match connection.next().await {
                    FetchEvent::Content(status, bytes) => {
                        if let Some(sink) = &mut sink {
                            sink(status, &bytes);
                        }
                    }
                    FetchEvent::Done(done) => fetched.push_back(*done),
                    FetchEvent::Over(again) => break again,
                }
            };
            self.keep(connection);
            if let Some(first) = fetched.pop_front() {
                self.more.extend(fetched);
                return first;
            }
            match again.into_iter().next() {
                Some(again) => wanted = again,
                None => return wanted.failed(no_answer()),
            }
        }
    }

    /// Responses beyond those waited for.
    pub(super) fn take_more(&mut self) -> Vec<FetchResult> {
        std::mem::take(&mut self.more)
    }

    /// The kept connection to `origin`, if there is one that still can take a request.
    pub(super) fn take(&mut self, origin: &Origin) -> Option<Http1> {
        self.kept.retain(Http1::is_reusable);
        let place = self.kept.iter().position(|kept| kept.origin() == origin)?;
        Some(self.kept.swap_remove(place))
    }

    /// Keeps a connection if it can take more requests, closes it if not.
    pub(super) fn keep(&mut self, connection: Http1) {
        if connection.is_reusable() {
            self.kept.push(connection);
        }
    }

    /// Opens a connection before there is a request. A connection that cannot be opened fails its first request.
    async fn open_ahead(&mut self, origin: &Origin) {
        if let Ok(connection) = Http1::open(&self.load, origin).await {
            self.keep(connection);
        }
    }

    /// Fetches from the queue until it is empty.
    async fn work(mut self, queue: Arc<FetchQueue>, tell: mpsc::Sender<FetchResult>) -> Self {
        while let Some(wanted) = queue.take_for(&self.kept) {
            let fetched = self.fetch(wanted, None).await;
            // A worker of a crowd has one socket.
            if self.kept.len() > 1 {
                self.kept.remove(0);
            }
            if tell.send(fetched).await.is_err() {
                break;
            }
        }
        self
    }
}

/// `k` workers, each taking the next thing as soon as it is free, each over a new connection.
pub(super) async fn crowd(
    load: &Arc<LoadContext>,
    k: usize,
    wanted: Vec<FetchRequest>,
    tell: &mpsc::Sender<FetchResult>,
) {
    let queue = FetchQueue::of(wanted);
    let mut crew = JoinSet::new();
    for _ in 0..k.min(queue.len()) {
        crew.spawn(Worker::new(load).work(Arc::clone(&queue), tell.clone()));
    }
    while let Some(done) = crew.join_next().await {
        joined(done);
    }
}

/// The same in waves: all `k` finish before the next `k` start.
pub(super) async fn waves(
    load: &Arc<LoadContext>,
    k: usize,
    wanted: Vec<FetchRequest>,
    tell: &mpsc::Sender<FetchResult>,
) {
    let workers = (0..k).map(|_| Worker::new(load)).collect();
    wave_by_wave(workers, wanted, tell).await;
}

/// `k` workers that keep their connections; `first` has the base file's. The others open theirs at once and take something when
/// they are ready, so that nothing waits for a connection that is still being opened while another is free.
pub(super) async fn kept_crowd(
    first: &mut Worker,
    k: usize,
    wanted: Vec<FetchRequest>,
    tell: &mpsc::Sender<FetchResult>,
) {
    let queue = FetchQueue::of(wanted);
    let load = Arc::clone(&first.load);
    let mut crew = JoinSet::new();
    let one = std::mem::replace(first, Worker::new(&load));
    crew.spawn(one.work(Arc::clone(&queue), tell.clone()));
    for place in 1..k.min(queue.len()) {
        let (queue, tell, origin) = (Arc::clone(&queue), tell.clone(), queue.origin(place));
        let mut worker = Worker::new(&load);
        crew.spawn(async move {
            if let Some(origin) = origin {
                worker.open_ahead(&origin).await;
            }
            worker.work(queue, tell).await
        });
    }
    while let Some(done) = crew.join_next().await {
        first.kept.extend(joined(done).kept);
    }
}

/// The same in rounds. While the others open, the base file's connection goes on alone.
pub(super) async fn kept_waves(
    first: &mut Worker,
    k: usize,
    wanted: Vec<FetchRequest>,
    tell: &mpsc::Sender<FetchResult>,
) {
    let queue = FetchQueue::of(wanted);
    let load = Arc::clone(&first.load);
    let mut opening = JoinSet::new();
    for place in 1..k.min(queue.len()) {
        let origin = queue.origin(place);
        let mut worker = Worker::new(&load);
        opening.spawn(async move {
            if let Some(origin) = origin {
                worker.open_ahead(&origin).await;
            }
            worker
        });
    }
    let mut opened = Vec::new();
    while !opening.is_empty() {
        let Some(next) = queue.take_for(&first.kept) else { break };
        tell.send(first.fetch(next, None).await).await.ok();
        let settled = moment_is_over(load.context.clock());
        tokio::pin!(settled);
        while !opening.is_empty() {
            tokio::select! {
                biased;
                Some(done) = opening.join_next() => opened.push(joined(done)),
                () = &mut settled => break,
            }
        }
    }
    while let Some(done) = opening.join_next().await {
        opened.push(joined(done));
    }
    let mut workers = vec![std::mem::replace(first, Worker::new(&load))];
    workers.extend(opened);
    for worker in wave_by_wave(workers, queue.take_all(), tell).await {
        first.kept.extend(worker.kept);
    }
}

/// Waits until everything that happens at this very moment has happened. In virtual time several things end at once, and none of
/// them comes before the others; in real time there is nothing to wait for.
async fn moment_is_over(clock: &Clock) {
    if clock.is_virtual() {
        clock.sleep(Duration::from_nanos(1)).await;
    }
}

/// As many at a time as there are workers; gives the workers back.
async fn wave_by_wave(
    workers: Vec<Worker>,
    wanted: Vec<FetchRequest>,
    tell: &mpsc::Sender<FetchResult>,
) -> Vec<Worker> {
    let mut idle = VecDeque::from(workers);
    let mut wanted = VecDeque::from(wanted);
    while !wanted.is_empty() {
        let mut wave = JoinSet::new();
        while let Some(next) = wanted.pop_front() {
            let Some(mut worker) = idle.pop_front() else {
                wanted.push_front(next);
                break;
            };
            let tell = tell.clone();
            wave.spawn(async move {
                tell.send(worker.fetch(next, None).await).await.ok();
                worker
            });
        }
        if wave.is_empty() {
            break;
        }
        while let Some(done) = wave.join_next().await {
            idle.push_back(joined(done));
        }
    }
    idle.into()
}

/// What is still to be fetched, shared by workers.
struct FetchQueue(Mutex<VecDeque<FetchRequest>>);

impl FetchQueue {
    fn of(wanted: Vec<FetchRequest>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(wanted.into())))
    }

    fn len(&self) -> usize {
        self.lock().len()
    }

    /// The next thing one of these connections leads to, else the next.
    fn take_for(&self, kept: &[Http1]) -> Option<FetchRequest> {
        let mut wanted = self.lock();
        let fits = |wanted: &FetchRequest| {
            Origin::of(&wanted.ask.url).is_some_and(|origin| kept.iter().any(|kept| *kept.origin() == origin))
        };
        let place = wanted.iter().position(fits).unwrap_or(0);
        wanted.remove(place)
    }

    fn take_all(&self) -> Vec<FetchRequest> {
        std::mem::take(&mut *self.lock()).into()
    }

    /// Where the thing at `place` is.
    fn origin(&self, place: usize) -> Option<Origin> {
        self.lock().get(place).and_then(|wanted| Origin::of(&wanted.ask.url))
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<FetchRequest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a task came to. A panic in it is a panic here: the job above turns it into a failure.
pub(super) fn joined<T>(done: Result<T, JoinError>) -> T {
    match done {
        Ok(value) => value,
        Err(error) => resume_unwind(error.into_panic()),
    }
}
