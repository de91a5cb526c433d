//! The thread pages are rendered on, and the window's end of it. Orders go in, numbered; answers come out, and for each batch of
//! orders the number of the last one carried out, by which the window sees that the thread is alive. A panic ends the page, not
//! the thread; a thread that does not answer cannot be ended, only left behind, so their number is bounded.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel},
    },
    thread,
    time::Duration,
};

use blitz_traits::net::Bytes;
use egui::ColorImage;
use url::Url;

use super::{
    document::{Brush, HoverTarget, Navigation, PageDocument, PageFacts, PageSource, PageViewport},
    input::PageInput,
};

/// What the window asks of the renderer.
#[derive(Debug)]
pub(super) enum RenderRequest {
    /// Show this page instead.
    Show(Box<PageSource>, PageViewport),
    /// Something it refers to has been fetched.
    Arrived(Url, Bytes),
    /// Nothing more will be fetched.
    Settle,
    /// It is shown in another part of the window.
    View(PageViewport),
    /// Scroll to here, in CSS pixels.
    Scroll((f32, f32)),
    /// The student did something with it.
    Input(PageInput),
    /// Show nothing, keep nothing.
    Clear,
}

/// What the renderer tells.
#[derive(Debug)]
pub(super) enum RenderUpdate {
    /// How the page looks now; `scroll` is how far it was scrolled when this was painted.
    Picture {
        /// As large as the view.
        image: ColorImage,
        /// CSS pixels.
        scroll: (f32, f32),
    },
    /// What is known of it now.
    Facts(Box<PageFacts>),
    /// What is under the pointer now.
    Hovered(HoverTarget),
    /// A link was clicked, a form sent.
    Navigate(Navigation),
    /// This was copied from it.
    Copied(String),
    /// It cannot be shown, for this reason.
    Broken(RenderFailure),
    /// All orders up to this number are carried out.
    Done(u64),
}

/// Why a page cannot be shown as a page. Its text and its octets still can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RenderFailure {
    /// The page renderer failed on it.
    Panicked,
    /// Its parts are nested too deeply to be laid out.
    TooDeep,
}

/// The window's end of a renderer.
#[derive(Debug)]
pub(super) struct Renderer {
    orders: SyncSender<(u64, RenderRequest)>,
    answers: Receiver<RenderUpdate>,
    sent: u64,
    done: u64,
}

/// Renderer threads alive, those left behind included.
#[derive(Clone, Debug, Default)]
pub(super) struct Threads(Arc<AtomicUsize>);

/// No renderer can be had: the system gives no thread, or too many were left behind.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoRenderer {
    /// [`MAX_THREADS`] threads are busy with pages they cannot finish.
    #[error("{MAX_THREADS} pages are being laid out without end")]
    TooMany,
    /// The operating system gives no thread.
    #[error("the system gives no thread")]
    NoThread(#[source] std::io::Error),
}

impl Renderer {
    /// Starts a thread. `wake` is called when there are answers.
    ///
    /// # Errors
    /// When no thread can be had.
    pub(super) fn start(threads: &Threads, wake: impl Fn() + Send + 'static) -> Result<Self, NoRenderer> {
        if threads.0.load(Ordering::Acquire) >= MAX_THREADS {
            return Err(NoRenderer::TooMany);
        }
        let (orders, incoming) = sync_channel(ORDERS);
        let (outgoing, answers) = sync_channel(ANSWERS);
        let alive = ThreadGuard::new(threads);
        thread::Builder::new()
            .name("page".to_owned())
            .stack_size(STACK_OCTETS)
            .spawn(move || {
                let _alive = alive;
                run(&incoming, &outgoing, &wake);
            })
            .map_err(NoRenderer::NoThread)?;
        Ok(Self { orders, answers, sent: 0, done: 0 })
    }

    /// Hands over an order; gives it back when there is no room just now.
    pub(super) fn order(&mut self, order: RenderRequest) -> Result<(), RenderRequest> {
        match self.orders.try_send((self.sent + 1, order)) {
            Ok(()) => {
                self.sent += 1;
                Ok(())
            }
            Err(TrySendError::Full((_, order)) | TrySendError::Disconnected((_, order))) => Err(order),
        }
    }

    /// The next answer, if there is one.
    pub(super) fn answer(&mut self) -> Option<RenderUpdate> {
        let answer = self.answers.try_recv().ok()?;
        self.note(&answer);
        Some(answer)
    }

    /// Waits for the next answer: tests only, the window never waits.
    #[cfg(test)]
    pub(super) fn wait(&mut self, limit: Duration) -> Option<RenderUpdate> {
        let answer = self.answers.recv_timeout(limit).ok()?;
        self.note(&answer);
        Some(answer)
    }

    /// Are there orders not carried out?
    pub(super) fn is_busy(&self) -> bool {
        self.done < self.sent
    }

    /// The number of the last order handed over.
    pub(super) fn ordered(&self) -> u64 {
        self.sent
    }

    /// The number of the last order carried out: it grows while the thread is alive and has something to do.
    pub(super) fn done(&self) -> u64 {
        self.done
    }

    fn note(&mut self, answer: &RenderUpdate) {
        if let RenderUpdate::Done(number) = answer {
            self.done = *number;
        }
    }
}

struct ThreadGuard(Arc<AtomicUsize>);

impl ThreadGuard {
    fn new(threads: &Threads) -> Self {
        threads.0.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(&threads.0))
    }
}

impl Drop for ThreadGuard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn run(orders: &Receiver<(u64, RenderRequest)>, answers: &SyncSender<RenderUpdate>, wake: &dyn Fn()) {
    let mut stage = RenderState::default();
    let mut done = 0;
    loop {
        let first = if stage.ticks_left > 0 {
            match orders.recv_timeout(TICK) {
                Ok(order) => Some(order),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        } else {
            match orders.recv() {
                Ok(order) => Some(order),
                Err(_) => return,
            }
        };
        let mut number = None;
        let mut batch = Vec::new();
        let mut next = first;
        while let Some((at, order)) = next {
            number = Some(at);
            batch.push(order);
            next = match orders.try_recv() {
                Ok(order) if batch.len() < ORDERS => Some(order),
                Ok(order) => {
                    number = Some(order.0);
                    batch.push(order.1);
                    None
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => None,
            };
        }
        let told = stage.carry_out(batch);
        done = number.unwrap_or(done);
        let mut told = told.into_iter().chain([RenderUpdate::Done(done)]);
        // Nobody listens when the window has gone away or left this thread behind.
        if !told.all(|answer| answers.send(answer).is_ok()) {
            return;
        }
        wake();
    }
}

/// What the thread holds between orders.
#[derive(Default)]
struct RenderState {
    page: Option<PageDocument>,
    brush: Brush,
    tick: u32,
    ticks_left: u32,
    facts: Option<PageFacts>,
    hovered: Option<HoverTarget>,
    image: Option<ColorImage>,
}

impl RenderState {
    fn carry_out(&mut self, batch: Vec<RenderRequest>) -> Vec<RenderUpdate> {
        let mut answers = Vec::new();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.attempt(batch, &mut answers))) {
            forget(panic);
            let page = self.page.take();
            let rest = std::mem::take(self);
            // What a panic left half done may panic again when it is dropped.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop((page, rest)))) {
                forget(panic);
            }
            answers.push(RenderUpdate::Broken(RenderFailure::Panicked));
        }
        answers
    }

    fn attempt(&mut self, batch: Vec<RenderRequest>, answers: &mut Vec<RenderUpdate>) {
        let ticking = batch.is_empty();
        for order in batch {
            match (order, &mut self.page) {
                (RenderRequest::Show(source, view), page) => {
                    *page = None;
                    let shown = PageDocument::new(*source, view, self.brush.fonts());
                    (self.facts, self.hovered, self.image) = (None, None, None);
                    if shown.too_deep() {
                        answers.push(RenderUpdate::Broken(RenderFailure::TooDeep));
                    } else {
                        *page = Some(shown);
                    }
                }
                (RenderRequest::Clear, page) => {
                    *page = None;
                    (self.facts, self.hovered, self.image) = (None, None, None);
                }
                (RenderRequest::Arrived(url, content), Some(page)) => page.arrived(&url, &content),
                (RenderRequest::Settle, Some(page)) => page.settle(),
                (RenderRequest::View(view), Some(page)) => page.set_view(view),
                (RenderRequest::Scroll(to), Some(page)) => page.scroll_to(to),
                (RenderRequest::Input(input), Some(page)) => page.input(input),
                (
                    RenderRequest::Arrived(..)
                    | RenderRequest::Settle
                    | RenderRequest::View(_)
                    | RenderRequest::Scroll(_)
                    | RenderRequest::Input(_),
                    None,
                ) => {}
            }
        }
        self.update(ticking, answers);
    }

    /// Lays the page out and paints it where it has changed, and reports what is new.
    fn update(&mut self, ticking: bool, answers: &mut Vec<RenderUpdate>) {
        let Some(page) = &mut self.page else {
            self.ticks_left = 0;
            return;
        };
        if ticking || page.changed() {
            self.tick += 1;
            page.lay_out(self.tick);
            self.ticks_left = match (page.is_moving(), ticking) {
                (false, _) => 0,
                (true, true) => self.ticks_left.saturating_sub(1),
                (true, false) => TICKS,
            };
            let facts = page.facts();
            if !facts.blocked {
                let image = page.paint(&mut self.brush);
                if self.image.as_ref() != Some(&image) {
                    self.image = Some(image.clone());
                    answers.push(RenderUpdate::Picture { image, scroll: facts.scroll });
                }
            }
            if self.facts.as_ref() != Some(&facts) {
                answers.push(RenderUpdate::Facts(Box::new(facts.clone())));
                self.facts = Some(facts);
            }
        }
        let hovered = page.hovered();
        if self.hovered.as_ref() != Some(&hovered) {
            self.hovered = Some(hovered.clone());
            answers.push(RenderUpdate::Hovered(hovered));
        }
        answers.extend(page.navigations().into_iter().map(RenderUpdate::Navigate));
        answers.extend(page.copied().map(RenderUpdate::Copied));
    }
}

/// What a panic carried may itself panic when dropped: it is leaked.
fn forget(panic: Box<dyn Any + Send>) {
    std::mem::forget(panic);
}

/// Renderer threads at most, those left behind included.
pub(super) const MAX_THREADS: usize = 4;

/// Orders waiting at most, and carried out before the next picture at most.
const ORDERS: usize = 64;

/// Answers waiting at most: a window that does not look makes the renderer wait, not the memory grow.
const ANSWERS: usize = 16;

/// Layout descends one call per level of nesting; this is address space, used only as far as it is needed.
const STACK_OCTETS: usize = 64 << 20;

/// A moving page is painted this often …
const TICK: Duration = Duration::from_millis(16);

/// … and at most this many times after something happened.
const TICKS: u32 = 30;

#[cfg(test)]
mod tests;
