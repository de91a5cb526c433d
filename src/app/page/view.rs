//! A page in the window: a picture that scrolls, takes the pointer and keys, and says where the student wants to go. Everything that
//! may take long is the renderer's; this only hands over and shows what came back.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use blitz_traits::net::Bytes;
use egui::{
    Color32, CursorIcon, EventFilter, FontId, Key, PointerButton, Pos2, Rect, Response, RichText, Role, ScrollArea,
    Sense, Stroke, StrokeKind, TextStyle, TextureHandle, TextureOptions, Ui, Vec2, WidgetInfo, pos2,
    scroll_area::ScrollSource, vec2,
};
use url::Url;

use super::{
    content::{self, Kind},
    document::{Facts, Hovered, MAX_SIDE, Navigation, Source, View},
    input::Input,
    renderer::{Answer, Broken, Order, Renderer, Threads},
    text::{self, Link},
};
use crate::{
    app::{
        theme::{Theme, size},
        units, widgets,
    },
    net::Clock,
};

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
                Subject::Lines { lines: lines(&content::letters(content_type, octets)), why: None }
            }
            Kind::Nothing => Subject::Note { text: "The response has no content.".to_owned(), savable: false },
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
        self.outbox.push_back(Order::Clear);
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
        let below = self.remarks_ui(ui, may_fetch, &mut intents);
        let room = Rect::from_min_max(ui.available_rect_before_wrap().min, pos2(ui.max_rect().right(), below));
        ui.scope_builder(egui::UiBuilder::new().max_rect(room), |ui| {
            ui.set_clip_rect(room.intersect(ui.clip_rect()));
            match &self.subject {
                Subject::Blank => {}
                Subject::Rendered { .. } => self.paper_ui(ui, room),
                Subject::Lines { lines, why } => lines_ui(ui, lines, *why),
                Subject::Note { text, savable } => {
                    if note_ui(ui, text, *savable) {
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

    fn take_in(&mut self, ctx: &egui::Context, answer: Answer, intents: &mut Vec<Intent>) {
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
            self.subject = Subject::Lines { lines: lines(&text::without_tags(html)), why: Some(why) };
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
                Ok(renderer) => self.renderer = Some(renderer),
                Err(_) => return self.fall_back("Pages cannot be laid out just now: here is the text of this one."),
            }
            self.alive = (self.clock.now(), 0);
        }
        let Some(renderer) = &mut self.renderer else { return };
        let was_idle = !renderer.is_busy();
        while let Some(order) = self.outbox.pop_front() {
            if let Err(order) = renderer.order(order) {
                self.outbox.push_front(order);
                break;
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

    /// What is to be said about the page, in a line below it. Returns where that line begins.
    fn remarks_ui(&self, ui: &mut Ui, may_fetch: bool, intents: &mut Vec<Intent>) -> f32 {
        let facts = self.page.facts.as_ref().filter(|_| matches!(self.subject, Subject::Rendered { .. }));
        let remarks: Vec<&str> = self
            .page
            .cut
            .as_deref()
            .into_iter()
            .chain(facts.into_iter().flat_map(|facts| facts.left_out.iter().map(String::as_str)))
            .collect();
        let wanted = facts.map(|facts| facts.wanted.as_slice()).unwrap_or_default();
        let room = ui.available_rect_before_wrap();
        if remarks.is_empty() && wanted.is_empty() {
            return room.bottom();
        }
        let line = Rect::from_min_max(pos2(room.left(), room.bottom() - size::ROW - 4.0), room.max);
        let theme = Theme::of(ui);
        ui.painter().rect_filled(line, 0.0, theme.panel);
        ui.painter().hline(line.x_range(), line.top(), theme.border());
        let inside = egui::UiBuilder::new()
            .max_rect(line.shrink2(vec2(12.0, 2.0)))
            .layout(egui::Layout::left_to_right(egui::Align::Center));
        ui.scope_builder(inside, |ui| {
            if !wanted.is_empty() {
                let what =
                    units::count(wanted.len(), "object the page refers to was", "objects the page refers to were");
                let list: Vec<&str> = wanted.iter().take(LISTED).map(Url::as_str).collect();
                widgets::muted(ui, format!("{what} not fetched")).on_hover_text(list.join("\n"));
                let words = if wanted.len() == 1 { "fetch it" } else { "fetch them" };
                if may_fetch && widgets::quiet_button(ui, words).clicked() {
                    intents.push(Intent::Fetch(wanted.to_vec()));
                }
            }
            if let Some(first) = remarks.first() {
                widgets::muted(ui, *first).on_hover_text(remarks.join("\n"));
            }
        });
        line.top()
    }

    fn paper_ui(&mut self, ui: &mut Ui, room: Rect) {
        self.measure(ui, room);
        ui.painter().rect_filled(room, 0.0, Theme::of(ui).page);
        // A page has colours of its own: no shade of the window's at its edges.
        ui.spacing_mut().scroll.fade.strength = 0.0;
        let extent = self.page.facts.as_ref().map_or(Vec2::ZERO, |facts| facts.extent.into());
        // A page that is a fraction of a pixel larger than the room does not scroll.
        let fitted = |wanted: f32, room: f32| if wanted < room + 1.0 { room } else { wanted };
        let size = vec2(fitted(extent.x, room.width()), fitted(extent.y, room.height()));
        let mut area = ScrollArea::both().id_salt("page").auto_shrink(false).scroll_source(ScrollSource {
            drag: egui::containers::scroll_area::DragScroll::Never,
            ..ScrollSource::ALL
        });
        if let Some((x, y)) = self.page.adopt.take() {
            area = area.scroll_offset(vec2(x, y));
            self.page.asked_scroll = (x, y);
        }
        area.show_viewport(ui, |ui, viewport| {
            let (_, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
            self.describe(ui, &response);
            self.follow_scroll(viewport.min);
            self.picture_ui(ui, room, viewport.min);
            self.pointer(ui, room, &response);
            self.keys(ui, &response, room, viewport.min);
            self.menu(&response);
            if response.has_focus() && self.pointer.focus == Focus::ByKey {
                let stroke = Stroke::new(2.0, Theme::of(ui).accent);
                ui.painter().rect_stroke(room, 0.0, stroke, StrokeKind::Inside);
            }
        });
        self.link_ui(ui, room);
    }

    /// Tells the renderer when the room for the page has changed.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what a picture may measure"
    )]
    fn measure(&mut self, ui: &Ui, room: Rect) {
        let scale = ui.ctx().pixels_per_point();
        let pixels = |points: f32| (points * scale).round().clamp(1.0, MAX_SIDE as f32) as u32;
        let view =
            View { width: pixels(room.width()), height: pixels(room.height()), scale, dark: ui.visuals().dark_mode };
        if self.page.view == Some(view) {
            return;
        }
        self.page.view = Some(view);
        let waiting = self.outbox.iter_mut().find_map(|order| match order {
            Order::Show(_, before) | Order::View(before) => Some(before),
            _ => None,
        });
        match waiting {
            Some(before) => *before = view,
            None => self.outbox.push_back(Order::View(view)),
        }
    }

    fn describe(&self, ui: &Ui, response: &Response) {
        let title = self.title().unwrap_or("without a title").to_owned();
        response.widget_info(|| WidgetInfo::labeled(Role::Document, true, format!("Page: {title}")));
        let words = self.page.facts.as_ref().map(|facts| Arc::clone(&facts.words)).unwrap_or_default();
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_value(words.get(..words.floor_char_boundary(DESCRIBED)).unwrap_or_default());
        });
    }

    fn follow_scroll(&mut self, offset: Pos2) {
        let Some(facts) = self.page.facts.as_ref().filter(|facts| !facts.blocked) else { return };
        let far = |one: (f32, f32), other: (f32, f32)| (one.0 - other.0).abs() > 1.0 || (one.1 - other.1).abs() > 1.0;
        let at = (offset.x, offset.y);
        if far(at, self.page.asked_scroll) {
            self.page.asked_scroll = at;
            self.outbox.retain(|order| !matches!(order, Order::Scroll(_)));
            self.outbox.push_back(Order::Scroll(at));
        } else if far(facts.scroll, at) && self.is_settled() {
            // The page scrolled itself, to a fragment.
            self.page.adopt = Some(facts.scroll);
        }
    }

    fn picture_ui(&self, ui: &Ui, room: Rect, offset: Pos2) {
        let Some(texture) = self.page.texture.as_ref().filter(|_| self.page.has_picture) else {
            return;
        };
        let scale = ui.ctx().pixels_per_point();
        let [width, height] = texture.size();
        let (x, y) = self.page.painted_scroll;
        let shift = vec2(x - offset.x, y - offset.y);
        let shift = (shift * scale).round() / scale;
        let place = Rect::from_min_size(room.min + shift, vec2(width as f32, height as f32) / scale);
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter().with_clip_rect(room).image(texture.id(), place, whole, Color32::WHITE);
    }

    fn pointer(&mut self, ui: &Ui, room: Rect, response: &Response) {
        let over = response.contains_pointer();
        let at = |place: Pos2| (place.x - room.left(), place.y - room.top());
        let events = ui.input(|input| input.events.clone());
        for event in events {
            match event {
                egui::Event::PointerButton { pos, button: PointerButton::Primary, pressed: true, modifiers }
                    if over =>
                {
                    response.request_focus();
                    self.pointer.pressed = true;
                    if !response.has_focus() {
                        self.pointer.focus = Focus::AskedByPointer;
                    }
                    self.outbox.push_back(Order::Input(Input::Moved { at: at(pos), pressed: false }));
                    self.outbox.push_back(Order::Input(Input::Pressed { at: at(pos), extend: modifiers.shift }));
                    self.pointer.at = Some(pos);
                }
                egui::Event::PointerButton { pos, button: PointerButton::Primary, pressed: false, .. }
                    if self.pointer.pressed =>
                {
                    self.pointer.pressed = false;
                    self.outbox.push_back(Order::Input(Input::Released { at: at(pos) }));
                }
                _ => {}
            }
        }
        let now = response.ctx.pointer_latest_pos().filter(|_| over || self.pointer.pressed);
        if now != self.pointer.at {
            self.pointer.at = now;
            let told = now.map_or(Input::Left, |pos| Input::Moved { at: at(pos), pressed: self.pointer.pressed });
            if matches!(self.outbox.back(), Some(Order::Input(Input::Moved { .. }))) {
                self.outbox.pop_back();
            }
            self.outbox.push_back(Order::Input(told));
        }
        if over {
            ui.ctx().set_cursor_icon(cursor(self.page.hovered.cursor));
        }
    }

    fn keys(&mut self, ui: &Ui, response: &Response, room: Rect, offset: Pos2) {
        if response.gained_focus() {
            let by_pointer = self.pointer.focus == Focus::AskedByPointer;
            self.pointer.focus = if by_pointer { Focus::ByPointer } else { Focus::ByKey };
        }
        if !response.has_focus() {
            return;
        }
        let editing = self.page.facts.as_ref().is_some_and(|facts| facts.editing);
        let filter = EventFilter { tab: false, escape: false, horizontal_arrows: true, vertical_arrows: true };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let events = ui.input(|input| input.events.clone());
        let mut to = offset.y;
        for event in events {
            match (editing, Input::from_key_event(&event)) {
                (true, Some(input)) | (false, Some(input @ Input::Copy)) => self.outbox.push_back(Order::Input(input)),
                (true, None) => {}
                (false, _) => to = scrolled(&event, to, room.height()).unwrap_or(to),
            }
        }
        if (to - offset.y).abs() > 0.5 {
            let extent = self.page.facts.as_ref().map_or(0.0, |facts| facts.extent.1);
            let to = to.clamp(0.0, (extent - room.height()).max(0.0));
            self.page.adopt = Some((offset.x, to));
            self.outbox.push_back(Order::Scroll((offset.x, to)));
            ui.ctx().request_repaint();
        }
    }

    fn menu(&mut self, response: &Response) {
        let link = self.page.hovered.link.clone();
        response.context_menu(|ui| {
            if ui.button("Copy selection").clicked() {
                self.outbox.push_back(Order::Input(Input::Copy));
                ui.close();
            }
            if ui.button("Copy page text").clicked() {
                ui.ctx().copy_text(self.words());
                ui.close();
            }
            if let Some(link) = link
                && ui.button("Copy link address").clicked()
            {
                ui.ctx().copy_text(link.into());
                ui.close();
            }
        });
    }

    /// Where a click would lead, in the corner.
    fn link_ui(&self, ui: &Ui, room: Rect) {
        let Some(link) = self.page.hovered.link.as_ref().filter(|_| self.pointer.at.is_some()) else {
            return;
        };
        let theme = Theme::of(ui);
        let font = TextStyle::Small.resolve(ui.style());
        let short: String = link.as_str().chars().take(LINK_LETTERS).collect();
        let words = ui.painter().layout_no_wrap(short, font, theme.text);
        let ground =
            Rect::from_min_size(room.left_bottom() - vec2(0.0, words.size().y + 8.0), words.size() + vec2(16.0, 8.0));
        ui.painter().rect(ground, 0.0, theme.panel, theme.border(), StrokeKind::Inside);
        ui.painter().galley(ground.min + vec2(8.0, 4.0), words, theme.text);
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

fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.get(..line.floor_char_boundary(MAX_LINE)).unwrap_or(line).replace('\t', "    "))
        .collect()
}

fn lines_ui(ui: &mut Ui, lines: &[String], why: Option<&str>) {
    let theme = Theme::of(ui);
    ui.painter().rect_filled(ui.max_rect(), 0.0, theme.code_ground);
    if let Some(why) = why {
        ui.horizontal(|ui| {
            ui.add_space(12.0);
            ui.label(RichText::new(why).color(theme.bad));
        });
        ui.add_space(4.0);
    }
    let font: FontId = TextStyle::Monospace.resolve(ui.style());
    let height = ui.fonts_mut(|fonts| fonts.row_height(&font));
    ui.spacing_mut().item_spacing.y = 2.0;
    ScrollArea::both().id_salt("lines").auto_shrink(false).show_rows(ui, height, lines.len(), |ui, rows| {
        ui.spacing_mut().interact_size.y = height;
        for line in lines.get(rows).unwrap_or_default() {
            ui.horizontal(|ui| {
                ui.add_space(12.0);
                ui.add(egui::Label::new(RichText::new(line).font(font.clone())).extend());
            });
        }
    });
}

fn note_ui(ui: &mut Ui, text: &str, savable: bool) -> bool {
    let theme = Theme::of(ui);
    ui.painter().rect_filled(ui.max_rect(), 0.0, theme.window);
    let mut save = false;
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.35);
        ui.label(RichText::new(text).color(theme.muted));
        if savable {
            ui.add_space(8.0);
            save = widgets::quiet_button(ui, "save to a file").clicked();
        }
    });
    save
}

/// Where a key scrolls to that is not typed into a field.
fn scrolled(event: &egui::Event, from: f32, height: f32) -> Option<f32> {
    let egui::Event::Key { key, pressed: true, modifiers, .. } = event else { return None };
    Some(match key {
        Key::ArrowDown => from + LINE_STEP,
        Key::ArrowUp => from - LINE_STEP,
        Key::Space if modifiers.shift => from - height * PAGE_STEP,
        Key::Space | Key::PageDown => from + height * PAGE_STEP,
        Key::PageUp => from - height * PAGE_STEP,
        Key::Home => 0.0,
        Key::End => f32::MAX,
        _ => return None,
    })
}

fn cursor(name: &str) -> CursorIcon {
    match name {
        "pointer" => CursorIcon::PointingHand,
        "text" => CursorIcon::Text,
        "vertical-text" => CursorIcon::VerticalText,
        "wait" => CursorIcon::Wait,
        "progress" => CursorIcon::Progress,
        "help" => CursorIcon::Help,
        "crosshair" => CursorIcon::Crosshair,
        "move" => CursorIcon::Move,
        "not-allowed" => CursorIcon::NotAllowed,
        "grab" => CursorIcon::Grab,
        _ => CursorIcon::Default,
    }
}

/// What a page is laid out for before it is first shown.
const VIEW_BEFORE_SHOWN: View = View { width: 800, height: 600, scale: 1.0, dark: false };

/// Octets of a page that are read: the rest is left out, with a word.
const MAX_PAGE_OCTETS: usize = 2 << 20;

/// Octets of a text that are shown.
const MAX_TEXT_OCTETS: usize = 4 << 20;

/// Octets of one of its lines that are shown.
const MAX_LINE: usize = 4096;

/// A renderer silent for so long with work to do is left behind. Unoptimised it is some twenty times slower.
const PATIENCE: Duration = if cfg!(debug_assertions) { Duration::from_secs(160) } else { Duration::from_secs(8) };

/// Octets of a page's text told to who cannot see it.
const DESCRIBED: usize = 16 * 1024;

/// Addresses listed on hover.
const LISTED: usize = 12;

/// Letters of a link's address shown.
const LINK_LETTERS: usize = 120;

/// Points an arrow key scrolls.
const LINE_STEP: f32 = 40.0;

/// Share of the view a page key scrolls.
const PAGE_STEP: f32 = 0.9;

#[cfg(test)]
mod tests;
