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
    content::{self, Kind},
    document::{Facts, Hovered, Navigation, Source, View},
    renderer::{Answer, Broken, Order, Renderer, Threads},
    text::{self, Link},
};
use crate::{net::Clock, wire::units};

/// A response's content, to be shown.
#[derive(Clone, Debug)]
pub struct Content {
    /// Where it came from: what it refers to is relative to this.
    pub url: Url,
    /// Its `Content-Type` as written.
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
pub enum Intent {
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
    outbox: VecDeque<Order>,
    /// Answers since the renderer last said how far it is.
    told: Vec<Answer>,
    /// The order that began what is shown: what answers an earlier one is about a page that is gone.
    begun_at: u64,
    /// When the renderer last showed that it is alive, and what it had done by then.
    alive: (Duration, u64),
    subject: Subject,
    url: Option<Url>,
    page: Paper,
    pointer: Pointer,
    patience: Duration,
}

/// What is shown.
#[derive(Default)]
enum Subject {
    #[default]
    Blank,
    /// By the renderer; the text stands ready for when it fails.
    Rendered { html: String },
    /// As lines in the mono font, under a sentence that says why, if there is one.
    Lines { lines: Vec<String>, why: Option<&'static str> },
    /// A sentence and whether there is something to save.
    Note { text: String, savable: bool },
}

/// What the renderer told of the page, and how it is looked at.
#[derive(Default)]
struct Paper {
    view: Option<View>,
    texture: Option<TextureHandle>,
    painted_scroll: (f32, f32),
    has_picture: bool,
    facts: Option<Facts>,
    hovered: Hovered,
    asked_scroll: (f32, f32),
    /// Where the scroll area is to be moved in this frame.
    adopt: Option<(f32, f32)>,
    cut: Option<String>,
}

#[derive(Default)]
struct Pointer {
    at: Option<Pos2>,
    pressed: bool,
    focus: Focus,
}

/// How the page came by the keyboard: one who comes by key is shown where it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Focus {
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
            subject: Subject::Blank,
            url: None,
            page: Paper::default(),
            pointer: Pointer::default(),
            patience: PATIENCE,
        }
    }
}

impl PageView {
    /// Shows this instead of what was shown.
    pub fn show(&mut self, content: Content) {
        self.page = Paper { view: self.page.view, texture: self.page.texture.take(), ..Paper::default() };
        self.outbox.clear();
        self.begun_at = u64::MAX;
        self.url = Some(content.url.clone());
        let content_type = content.content_type.as_deref();
        self.subject = match content::kind(content_type, &content.octets) {
            Kind::Page => {
                let (octets, cut) = capped(&content.octets, content.omitted, MAX_PAGE_OCTETS);
                self.page.cut = cut;
                Subject::Rendered { html: content::letters(content_type, octets) }
            }
            Kind::Picture => Subject::Rendered { html: picture_page(&content.url) },
            Kind::Text => {
                let (octets, cut) = capped(&content.octets, content.omitted, MAX_TEXT_OCTETS);
                self.page.cut = cut;
                Subject::Lines { lines: plain::lines(&content::letters(content_type, octets)), why: None }
            }
            Kind::Nothing => Subject::Note { text: content.why_none, savable: false },
            Kind::Other => {
                let total = content.octets.len() as u64 + content.omitted;
                let what = content_type.unwrap_or("content of an unknown type");
                let text = format!("{what}, {}: not a page, a picture or text.", units::octets(total));
                Subject::Note { text, savable: true }
            }
        };
        let Subject::Rendered { html } = &self.subject else {
            self.outbox.push_back(Order::Clear);
            return;
        };
        let mut resources = content.resources;
        if content::kind(content_type, &content.octets) == Kind::Picture {
            resources.push((content.url.clone(), content.octets.clone()));
        }
        let source = Source {
            base: content.url,
            html: html.clone(),
            resources,
            settled: content.settled,
            scroll: content.scroll,
        };
        self.outbox.push_back(Order::Show(Box::new(source), self.page.view.unwrap_or(VIEW_BEFORE_SHOWN)));
    }

    /// Something the page refers to has been fetched.
    pub fn arrived(&mut self, url: Url, content: Bytes) {
        if matches!(self.subject, Subject::Rendered { .. }) {
            self.outbox.push_back(Order::Arrived(url, content));
        }
    }

    /// Nothing more of what the page refers to will be fetched.
    pub fn settle(&mut self) {
        if matches!(self.subject, Subject::Rendered { .. }) {
            self.outbox.push_back(Order::Settle);
        }
    }

    /// Shows nothing.
    pub fn clear(&mut self) {
        self.subject = Subject::Blank;
        self.url = None;
        self.page = Paper { view: self.page.view, texture: self.page.texture.take(), ..Paper::default() };
        self.outbox.clear();
        self.begun_at = u64::MAX;
        self.outbox.push_back(Order::Clear);
    }

    /// Is nothing shown?
    pub fn is_blank(&self) -> bool {
        matches!(self.subject, Subject::Blank)
    }

    /// The page's title, where it has one.
    pub fn title(&self) -> Option<&str> {
        self.page.facts.as_ref().map(|facts| facts.title.as_str()).filter(|title| !title.is_empty())
    }

    /// The page's words, or the text shown.
    pub fn words(&self) -> String {
        match &self.subject {
            Subject::Rendered { .. } => {
                self.page.facts.as_ref().map(|facts| facts.words.to_string()).unwrap_or_default()
            }
            Subject::Lines { lines, .. } => lines.join("\n"),
            Subject::Blank | Subject::Note { .. } => String::new(),
        }
    }

    /// Where the page leads.
    pub fn links(&self) -> Arc<[Link]> {
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
    pub fn ui(&mut self, ui: &mut Ui, may_fetch: bool) -> Vec<Intent> {
        let mut intents = Vec::new();
        self.hear(ui, &mut intents);
        // What is said below the page moves the cursor below the page.
        let corner = ui.available_rect_before_wrap().min;
        let below = self.remarks_ui(ui, may_fetch, &mut intents);
        let room = Rect::from_min_max(corner, pos2(ui.max_rect().right(), below));
        ui.scope_builder(egui::UiBuilder::new().max_rect(room), |ui| {
            ui.set_clip_rect(room.intersect(ui.clip_rect()));
            match &self.subject {
                Subject::Blank => {}
                Subject::Rendered { .. } => self.paper_ui(ui, room),
                Subject::Lines { lines, why } => plain::lines_ui(ui, lines, *why),
                Subject::Note { text, savable } => {
                    if plain::note_ui(ui, text, *savable) {
                        intents.push(Intent::Save);
                    }
                }
            }
        });
        self.hand_over(ui);
        intents
    }

    /// Takes in what the renderer told.
    fn hear(&mut self, ui: &Ui, intents: &mut Vec<Intent>) {
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
    fn take_in(&mut self, ctx: &egui::Context, answer: Answer, intents: &mut Vec<Intent>) {
        let Answer::Done(number) = answer else { return self.told.push(answer) };
        let told = std::mem::take(&mut self.told);
        if number >= self.begun_at {
            for answer in told {
                self.believe(ctx, answer, intents);
            }
        }
    }

    fn believe(&mut self, ctx: &egui::Context, answer: Answer, intents: &mut Vec<Intent>) {
        match answer {
            Answer::Picture { image, scroll } => {
                match &mut self.page.texture {
                    Some(texture) => texture.set(image, TextureOptions::NEAREST),
                    None => self.page.texture = Some(ctx.load_texture("page", image, TextureOptions::NEAREST)),
                }
                (self.page.painted_scroll, self.page.has_picture) = (scroll, true);
            }
            Answer::Facts(facts) => {
                let first = self.page.facts.as_ref().is_none_or(|before| before.blocked) && !facts.blocked;
                if first {
                    self.page.adopt = Some(facts.scroll);
                }
                self.page.facts = Some(*facts);
            }
            Answer::Hovered(hovered) => self.page.hovered = hovered,
            Answer::Navigate(navigation) => intents.push(Intent::Go(navigation)),
            Answer::Copied(text) => ctx.copy_text(text),
            Answer::Broken(broken) => self.fall_back(match broken {
                Broken::Panicked => "The page renderer failed on this page: here is its text.",
                Broken::TooDeep => "This page is nested too deeply to be laid out: here is its text.",
            }),
            Answer::Done(_) => {}
        }
    }

    /// Shows the page's text instead of the page.
    fn fall_back(&mut self, why: &'static str) {
        if let Subject::Rendered { html } = &self.subject {
            self.subject = Subject::Lines { lines: plain::lines(&text::without_tags(html)), why: Some(why) };
        }
        self.outbox.clear();
    }

    /// Gives the renderer what is waiting, starts one if there is none, and leaves it behind if it does not answer.
    fn hand_over(&mut self, ui: &Ui) {
        if self.renderer.is_none() && self.outbox.iter().all(|order| matches!(order, Order::Clear)) {
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
            let begins = matches!(order, Order::Show(..) | Order::Clear);
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
const VIEW_BEFORE_SHOWN: View = View { width: 800, height: 600, scale: 1.0, dark: false };

/// Octets of a page that are read: the rest is left out, with a word.
const MAX_PAGE_OCTETS: usize = 2 << 20;

/// Octets of a text that are shown.
const MAX_TEXT_OCTETS: usize = 4 << 20;

/// A renderer silent for so long with work to do is left behind. Unoptimised it is some twenty times slower.
const PATIENCE: Duration = if cfg!(debug_assertions) { Duration::from_secs(160) } else { Duration::from_secs(8) };

#[cfg(test)]
mod tests;
