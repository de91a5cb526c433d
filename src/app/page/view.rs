//! A page in the window: a picture that scrolls, takes the pointer and keys, and says where the student wants to go. Everything that
//! may take long is the renderer's; this only hands over and shows what came back.

mod hands;
mod paper;
mod plain;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use blitz_traits::net::Bytes;
use egui::{Pos2, Rect, TextureHandle, TextureOptions, Ui, pos2};
use url::Url;

use super::{
    content::{self, ContentKind},
    document::{HoverTarget, Navigation, PageFacts, PageSource, PageViewport},
    renderer::{RenderFailure, RenderRequest, RenderUpdate, Renderer, Threads},
    text::{self, PageLink},
};
use crate::{net::Clock, wire::units};

/// A response's content, to be shown.
#[derive(Clone, Debug)]
pub struct PageContent {
    /// Where it came from: what it refers to is relative to this.
    pub url: Url,
    /// Its `PageContent-Type` as written.
    pub content_type: Option<String>,
    /// As much of it as was kept.
    pub octets: Bytes,
    /// Octets beyond those.
    pub omitted: u64,
    /// What is said where there is nothing to show.
    pub why_none: String,
    /// What it refers to, as far as that has been fetched.
    pub resources: Vec<(Url, Bytes)>,
    /// Nothing more of that will be fetched.
    pub settled: bool,
    /// How far it was scrolled when it was last seen, in points.
    pub scroll: (f32, f32),
}

/// What the student asked of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageAction {
    /// A link was clicked, a form sent.
    Go(Navigation),
    /// Fetch what the page refers to and has not been fetched.
    Fetch(Vec<Url>),
    /// Write the content to a file.
    Save,
}

/// A page in the window. Its thread is started when the first page is shown.
pub struct PageView {
    clock: Clock,
    threads: Threads,
    renderer: Option<Renderer>,
    outbox: VecDeque<RenderRequest>,
    /// Answers since the renderer last said how far it is.
    told: Vec<RenderUpdate>,
    /// The order that began what is shown: what answers an earlier one is about a page that is gone.
    begun_at: u64,
    /// When the renderer last showed that it is alive, and what it had done by then.
    alive: (Duration, u64),
    subject: PageSubject,
    url: Option<Url>,
    page: PagePicture,
    pointer: Pointer,
    patience: Duration,
}

/// What is shown.
#[derive(Default)]
enum PageSubject {
    #[default]
    Blank,
    /// By the renderer; the text is shown where it fails.
    Rendered { html: String },
    /// As lines in the mono font, under a sentence that says why, if there is one.
    Lines { lines: Vec<String>, why: Option<&'static str> },
    /// A sentence and whether there is something to save.
    Note { text: String, savable: bool },
}

/// What the renderer told of the page, and how it is looked at.
#[derive(Default)]
struct PagePicture {
    view: Option<PageViewport>,
    texture: Option<TextureHandle>,
    painted_scroll: (f32, f32),
    has_picture: bool,
    facts: Option<PageFacts>,
    hovered: HoverTarget,
    asked_scroll: (f32, f32),
    /// Where the scroll area is to be moved in this frame.
    adopt: Option<(f32, f32)>,
    cut: Option<String>,
}

#[derive(Default)]
struct Pointer {
    at: Option<Pos2>,
    pressed: bool,
    focus: KeyboardFocus,
}

/// How the page came by the keyboard: one who comes by key is shown where it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum KeyboardFocus {
    #[default]
    ByKey,
    /// A press asked for it and it has not been given yet.
    AskedByPointer,
    ByPointer,
}

impl Default for PageView {
    fn default() -> Self {
        Self {
            clock: Clock::real(),
            threads: Threads::default(),
            renderer: None,
            outbox: VecDeque::new(),
            told: Vec::new(),
            begun_at: 0,
            alive: (Duration::ZERO, 0),
            subject: PageSubject::Blank,
            url: None,
            page: PagePicture::default(),
            pointer: Pointer::default(),
            patience: PATIENCE,
        }
    }
}

impl PageView {
    /// Shows this instead of what was shown.
    pub fn show(&mut self, content: PageContent) {
        self.page = PagePicture { view: self.page.view, texture: self.page.texture.take(), ..PagePicture::default() };
        self.outbox.clear();
        self.begun_at = u64::MAX;
        self.url = Some(content.url.clone());
        let content_type = content.content_type.as_deref();
        self.subject = match content::kind(content_type, &content.octets) {
            ContentKind::Page => {
                let (octets, cut) = capped(&content.octets, content.omitted, MAX_PAGE_OCTETS);
                self.page.cut = cut;
                PageSubject::Rendered { html: content::letters(content_type, octets) }
            }
            ContentKind::Picture => PageSubject::Rendered { html: picture_page(&content.url) },
            ContentKind::Text => {
                let (octets, cut) = capped(&content.octets, content.omitted, MAX_TEXT_OCTETS);
                self.page.cut = cut;
                PageSubject::Lines { lines: plain::lines(&content::letters(content_type, octets)), why: None }
            }
            ContentKind::Nothing => PageSubject::Note { text: content.why_none, savable: false },
            ContentKind::Other => {
                let total = content.octets.len() as u64 + content.omitted;
                let what = content_type.unwrap_or("content of an unknown type");
                let text = format!("{what}, {}: not a page, a picture or text.", units::octets(total));
                PageSubject::Note { text, savable: true }
            }
        };
        let PageSubject::Rendered { html } = &self.subject else {
            self.outbox.push_back(RenderRequest::Clear);
            return;
        };
        let mut resources = content.resources;
        if content::kind(content_type, &content.octets) == ContentKind::Picture {
            resources.push((content.url.clone(), content.octets.clone()));
        }
        let source = PageSource {
            base: content.url,
            html: html.clone(),
            resources,
            settled: content.settled,
            scroll: content.scroll,
        };
        self.outbox.push_back(RenderRequest::Show(Box::new(source), self.page.view.unwrap_or(VIEW_BEFORE_SHOWN)));
    }

    /// Something the page refers to has been fetched.
    pub fn arrived(&mut self, url: Url, content: Bytes) {
        if matches!(self.subject, PageSubject::Rendered { .. }) {
            self.outbox.push_back(RenderRequest::Arrived(url, content));
        }
    }

    /// Nothing more of what the page refers to will be fetched.
    pub fn settle(&mut self) {
        if matches!(self.subject, PageSubject::Rendered { .. }) {
            self.outbox.push_back(RenderRequest::Settle);
        }
    }

    /// Shows nothing.
    pub fn clear(&mut self) {
        self.subject = PageSubject::Blank;
        self.url = None;
        self.page = PagePicture { view: self.page.view, texture: self.page.texture.take(), ..PagePicture::default() };
        self.outbox.clear();
        self.begun_at = u64::MAX;
        self.outbox.push_back(RenderRequest::Clear);
    }

    /// Is nothing shown?
    pub fn is_blank(&self) -> bool {
        matches!(self.subject, PageSubject::Blank)
    }

    /// The page's title, where it has one.
    pub fn title(&self) -> Option<&str> {
        self.page.facts.as_ref().map(|facts| facts.title.as_str()).filter(|title| !title.is_empty())
    }

    /// The page's words, or the text shown.
    pub fn words(&self) -> String {
        match &self.subject {
            PageSubject::Rendered { .. } => {
                self.page.facts.as_ref().map(|facts| facts.words.to_string()).unwrap_or_default()
            }
            PageSubject::Lines { lines, .. } => lines.join("\n"),
            PageSubject::Blank | PageSubject::Note { .. } => String::new(),
        }
    }

    /// Where the page leads.
    pub fn links(&self) -> Arc<[PageLink]> {
        self.page.facts.as_ref().map(|facts| Arc::clone(&facts.links)).unwrap_or_default()
    }

    /// Where the page came from.
    pub fn url(&self) -> Option<&Url> {
        self.url.as_ref()
    }

    /// How far it is scrolled, in points.
    pub fn scroll(&self) -> (f32, f32) {
        self.page.asked_scroll
    }

    /// Is everything done that was asked of the renderer?
    pub fn is_settled(&self) -> bool {
        self.outbox.is_empty() && !self.renderer.as_ref().is_some_and(Renderer::is_busy)
    }

    /// Paints it into all the room there is. With `may_fetch`, what was not fetched can be asked for.
    pub fn ui(&mut self, ui: &mut Ui, may_fetch: bool) -> Vec<PageAction> {
        let mut intents = Vec::new();
        self.handle_input(ui, &mut intents);
        // What is said below the page moves the cursor below the page.
        let corner = ui.available_rect_before_wrap().min;
        let below = self.remarks_ui(ui, may_fetch, &mut intents);
        let room = Rect::from_min_max(corner, pos2(ui.max_rect().right(), below));
        ui.scope_builder(egui::UiBuilder::new().max_rect(room), |ui| {
            ui.set_clip_rect(room.intersect(ui.clip_rect()));
            match &self.subject {
                PageSubject::Blank => {}
                PageSubject::Rendered { .. } => self.paper_ui(ui, room),
                PageSubject::Lines { lines, why } => plain::lines_ui(ui, lines, *why),
                PageSubject::Note { text, savable } => {
                    if plain::note_ui(ui, text, *savable) {
                        intents.push(PageAction::Save);
                    }
                }
            }
        });
        self.hand_over(ui);
        intents
    }

    /// Takes in what the renderer told.
    fn handle_input(&mut self, ui: &Ui, intents: &mut Vec<PageAction>) {
        let mut answers = Vec::new();
        if let Some(renderer) = &mut self.renderer {
            while let Some(answer) = renderer.answer() {
                answers.push(answer);
            }
        }
        for answer in answers {
            self.take_in(ui.ctx(), answer, intents);
        }
    }

    /// An answer counts when it is known which order it was the last to follow.
    fn take_in(&mut self, ctx: &egui::Context, answer: RenderUpdate, intents: &mut Vec<PageAction>) {
        let RenderUpdate::Done(number) = answer else { return self.told.push(answer) };
        let told = std::mem::take(&mut self.told);
        if number >= self.begun_at {
            for answer in told {
                self.believe(ctx, answer, intents);
            }
        }
    }

    fn believe(&mut self, ctx: &egui::Context, answer: RenderUpdate, intents: &mut Vec<PageAction>) {
        match answer {
            RenderUpdate::Picture { image, scroll } => {
                match &mut self.page.texture {
                    Some(texture) => texture.set(image, TextureOptions::NEAREST),
                    None => self.page.texture = Some(ctx.load_texture("page", image, TextureOptions::NEAREST)),
                }
                (self.page.painted_scroll, self.page.has_picture) = (scroll, true);
            }
            RenderUpdate::Facts(facts) => {
                let first = self.page.facts.as_ref().is_none_or(|before| before.blocked) && !facts.blocked;
                if first {
                    self.page.adopt = Some(facts.scroll);
                }
                self.page.facts = Some(*facts);
            }
            RenderUpdate::Hovered(hovered) => self.page.hovered = hovered,
            RenderUpdate::Navigate(navigation) => intents.push(PageAction::Go(navigation)),
            RenderUpdate::Copied(text) => ctx.copy_text(text),
            RenderUpdate::Broken(broken) => self.fall_back(match broken {
                RenderFailure::Panicked => "The page renderer failed on this page: here is its text.",
                RenderFailure::TooDeep => "This page is nested too deeply to be laid out: here is its text.",
            }),
            RenderUpdate::Done(_) => {}
        }
    }

    /// Shows the page's text instead of the page.
    fn fall_back(&mut self, why: &'static str) {
        if let PageSubject::Rendered { html } = &self.subject {
            self.subject = PageSubject::Lines { lines: plain::lines(&text::without_tags(html)), why: Some(why) };
        }
        self.outbox.clear();
    }

    /// Gives the renderer what is waiting, starts one if there is none, and leaves it behind if it does not answer.
    fn hand_over(&mut self, ui: &Ui) {
        if self.renderer.is_none() && self.outbox.iter().all(|order| matches!(order, RenderRequest::Clear)) {
            self.outbox.clear();
            return;
        }
        if self.renderer.is_none() {
            let ctx = ui.ctx().clone();
            match Renderer::start(&self.threads, move || ctx.request_repaint()) {
                Ok(renderer) => {
                    self.renderer = Some(renderer);
                    self.told.clear();
                }
                Err(_) => return self.fall_back("Pages cannot be laid out just now: here is the text of this one."),
            }
            self.alive = (self.clock.now(), 0);
        }
        let Some(renderer) = &mut self.renderer else { return };
        let was_idle = !renderer.is_busy();
        while let Some(order) = self.outbox.pop_front() {
            let begins = matches!(order, RenderRequest::Show(..) | RenderRequest::Clear);
            if let Err(order) = renderer.order(order) {
                self.outbox.push_front(order);
                break;
            }
            if begins {
                self.begun_at = renderer.ordered();
            }
        }
        let now = self.clock.now();
        if was_idle || self.alive.1 != renderer.done() {
            self.alive = (now, renderer.done());
        }
        if !renderer.is_busy() {
            return;
        }
        let silent = now.saturating_sub(self.alive.0);
        match self.patience.checked_sub(silent) {
            Some(left) if !left.is_zero() => ui.ctx().request_repaint_after(left),
            _ => {
                self.renderer = None;
                self.fall_back("Laying out this page takes too long: here is its text.");
            }
        }
    }
}

fn capped(octets: &Bytes, omitted: u64, most: usize) -> (&[u8], Option<String>) {
    let kept = octets.get(..most).unwrap_or(octets);
    let left_out = omitted + (octets.len() - kept.len()) as u64;
    let cut = (left_out > 0).then(|| format!("The last {} are not shown.", units::octets(left_out)));
    (kept, cut)
}

fn picture_page(url: &Url) -> String {
    let address = url.as_str().replace('&', "&amp;").replace('"', "&quot;");
    format!(
        "<body style=\"margin:0;background:#e9ecf0\"><img src=\"{address}\" style=\"display:block;max-width:100%\">"
    )
}

/// What a page is laid out for before it is first shown.
const VIEW_BEFORE_SHOWN: PageViewport = PageViewport { width: 800, height: 600, scale: 1.0, dark: false };

/// Octets of a page that are read: the rest is left out, and the page says so.
const MAX_PAGE_OCTETS: usize = 2 << 20;

/// Octets of a text that are shown.
const MAX_TEXT_OCTETS: usize = 4 << 20;

/// A renderer silent for so long with work to do is left behind. Unoptimised it is some twenty times slower.
const PATIENCE: Duration = if cfg!(debug_assertions) { Duration::from_secs(160) } else { Duration::from_secs(8) };

#[cfg(test)]
mod tests;
