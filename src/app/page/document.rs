//! One page: a blitz document with its resources, its pointer and its picture. Everything here runs on the renderer's thread and
//! may take long or panic on a hostile page; the renderer handles both.

use std::{
    mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use anyrender::{ImageRenderer as _, PaintScene as _, Scene, recording::RenderCommand};
use anyrender_vello_cpu::VelloCpuImageRenderer;
use blitz_dom::{BaseDocument, Document as _, DocumentConfig, UserAgentStylesheet};
use blitz_traits::{
    navigation::{NavigationOptions, NavigationProvider},
    net::{Body, Bytes, EntryValue},
    shell::{ClipboardError, ColorScheme, ShellProvider, Viewport},
};
use egui::{Color32, ColorImage};
use url::Url;

use super::{
    fonts::Fonts,
    input::PageInput,
    parse::{self, MAX_DEPTH, ParseLimit},
    resources::{ResourceLimit, Resources},
    text::{self, PageLink},
};

/// Pixels of a picture's side at most, whatever the window's size.
pub(super) const MAX_SIDE: u32 = 4096;

/// What a page is made of.
#[derive(Clone, Debug)]
pub(super) struct PageSource {
    /// What addresses in it are relative to.
    pub(super) base: Url,
    /// The page's HTML.
    pub(super) html: String,
    /// What has been fetched of what it refers to.
    pub(super) resources: Vec<(Url, Bytes)>,
    /// Nothing more will be fetched.
    pub(super) settled: bool,
    /// How far it is scrolled, in CSS pixels.
    pub(super) scroll: (f32, f32),
}

/// The part of the window a page is shown in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PageViewport {
    /// Pixels across.
    pub(super) width: u32,
    /// Pixels down.
    pub(super) height: u32,
    /// Pixels to a CSS pixel.
    pub(super) scale: f32,
    /// Does the window like it dark? Pages that do not care are white.
    pub(super) dark: bool,
}

/// What is known of a page once it is laid out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PageFacts {
    /// Its title.
    pub(super) title: String,
    /// Its words.
    pub(super) words: Arc<str>,
    /// Its links.
    pub(super) links: Arc<[PageLink]>,
    /// CSS pixels across and down.
    pub(super) extent: (f32, f32),
    /// How far it is scrolled.
    pub(super) scroll: (f32, f32),
    /// What was left out of it, as sentences.
    pub(super) left_out: Vec<String>,
    /// What it refers to and was not fetched.
    pub(super) wanted: Vec<Url>,
    /// Is a text field being typed into?
    pub(super) editing: bool,
    /// It waits for a style sheet before it shows anything.
    pub(super) blocked: bool,
}

/// Where the page wants to go: a link clicked, a form sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Navigation {
    /// The URL it leads to.
    pub url: Url,
    /// `GET` or `POST`.
    pub method: String,
    /// `Content-Type` of the content, where there is content.
    pub content_type: Option<String>,
    /// What a form sends along.
    pub content: Option<String>,
}

/// What is under the pointer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HoverTarget {
    /// CSS name of the pointer's shape.
    pub(super) cursor: &'static str,
    /// Where a click would lead.
    pub(super) link: Option<Url>,
}

/// A page being shown.
pub(super) struct PageDocument {
    document: BaseDocument,
    resources: Arc<Resources>,
    outside: Arc<PageRequests>,
    view: PageViewport,
    facts: PageFacts,
    parsed_notes: Vec<String>,
    wanted_scroll: Option<(f32, f32)>,
}

impl PageDocument {
    /// Reads a page. Nothing is laid out yet.
    pub(super) fn new(source: PageSource, view: PageViewport, fonts: &Fonts) -> Self {
        let resources = Arc::new(Resources::default());
        for (url, content) in source.resources {
            resources.arrived(&url, &content);
        }
        let outside = Arc::new(PageRequests::default());
        // There is no picture of it yet.
        outside.redraw.store(true, Ordering::Relaxed);
        let net: Arc<Resources> = Arc::clone(&resources);
        let (navigation, shell) = (Arc::clone(&outside), Arc::clone(&outside));
        let mut document = BaseDocument::new(DocumentConfig {
            viewport: Some(viewport(view)),
            base_url: Some(source.base.to_string()),
            ua_stylesheets: vec![UserAgentStylesheet::default_sheet(), UserAgentStylesheet::parse(OWN_SHEET)],
            net_provider: Some(net),
            navigation_provider: Some(navigation),
            shell_provider: Some(shell),
            font_ctx: Some(fonts.for_text(&source.html)),
            ..DocumentConfig::default()
        });
        let parsed = parse::parse_into(&mut document, &source.html, &source.base);
        let mut notes = Vec::new();
        match parsed.cut {
            Some(ParseLimit::Nodes) => {
                notes.push(format!("The page has more than {} parts: the rest is left out.", parse::MAX_NODES));
            }
            Some(ParseLimit::Steps) => {
                notes.push("The page is written so that reading it never ends: the rest is left out.".to_owned());
            }
            None => {}
        }
        if parsed.flattened {
            notes.push(format!("Parts nested more than {MAX_DEPTH} deep are shown side by side."));
        }
        let words = text::words(&document);
        let links = text::links(&document);
        let facts = PageFacts { words: words.into(), links: links.into(), ..PageFacts::default() };
        let wanted_scroll = Some(source.scroll);
        let mut page = Self { document, resources, outside, view, facts, parsed_notes: notes, wanted_scroll };
        if source.settled {
            page.settle();
        }
        page
    }

    /// Is the tree too deep to be laid out at all?
    pub(super) fn too_deep(&self) -> bool {
        parse::depth(&self.document) > 2 * MAX_DEPTH
    }

    /// Something it refers to has been fetched.
    pub(super) fn arrived(&mut self, url: &Url, content: &Bytes) {
        self.resources.arrived(url, content);
        self.outside.redraw.store(true, Ordering::Relaxed);
    }

    /// Nothing more will be fetched.
    pub(super) fn settle(&mut self) {
        self.resources.settle();
        self.document.handle_messages();
        self.frame_missing_pictures();
        self.outside.redraw.store(true, Ordering::Relaxed);
    }

    /// It is shown in another part of the window.
    pub(super) fn set_view(&mut self, view: PageViewport) {
        if self.view != view {
            self.view = view;
            self.document.set_viewport(viewport(view));
            self.outside.redraw.store(true, Ordering::Relaxed);
        }
    }

    /// Scrolls to a place, as far as there is page.
    pub(super) fn scroll_to(&mut self, scroll: (f32, f32)) {
        self.wanted_scroll = Some(scroll);
        self.outside.redraw.store(true, Ordering::Relaxed);
    }

    /// The student did something.
    pub(super) fn input(&mut self, input: PageInput) {
        if let PageInput::Paste(text) = &input {
            *self.outside.pasted.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.clone());
        }
        let scroll = self.scroll();
        let pressed = matches!(input, PageInput::Pressed { .. } | PageInput::Key(..) | PageInput::Text(_));
        self.document.handle_ui_event(input.into_blitz(scroll));
        if pressed {
            self.outside.redraw.store(true, Ordering::Relaxed);
        }
    }

    /// Has anything changed since the last picture?
    pub(super) fn changed(&self) -> bool {
        self.outside.redraw.load(Ordering::Relaxed)
    }

    /// Styles and layout, for the last picture's `tick`-th successor: time only ever passes for the page when something happens,
    /// so a page with endless animations costs nothing.
    pub(super) fn lay_out(&mut self, tick: u32) {
        self.outside.redraw.store(false, Ordering::Relaxed);
        let time = f64::from(tick) * ANIMATION_STEP_SECS;
        self.document.resolve(time);
        if let Some((x, y)) = self.wanted_scroll.take_if(|_| !self.document.has_pending_critical_resources()) {
            let (width, height) = self.extent();
            let (across, down) = self.css_size();
            let x = f64::from(x.clamp(0.0, (width - across).max(0.0)));
            let y = f64::from(y.clamp(0.0, (height - down).max(0.0)));
            self.document.set_viewport_scroll(blitz_dom::Point { x, y });
        }
        // Style sheets just arrived may want more; what is answered at once is laid out at once.
        self.document.resolve(time);
    }

    /// Does it move by itself just now?
    pub(super) fn is_moving(&self) -> bool {
        self.document.is_animating()
    }

    /// What is known now.
    pub(super) fn facts(&mut self) -> PageFacts {
        let editing = self.document.get_focussed_node_id().is_some_and(|id| {
            let element = self.document.get_node(id).and_then(|node| node.element_data());
            element.is_some_and(|element| element.text_input_data().is_some())
        });
        let refused = self.resources.refused().into_iter().map(|refused| match refused {
            ResourceLimit::Pixels => "Pictures with too many pixels are not shown.".to_owned(),
            ResourceLimit::Length => "Style sheets or drawings that are too long are not used.".to_owned(),
            ResourceLimit::Depth => "Style sheets or drawings nested too deeply are not used.".to_owned(),
        });
        self.facts.left_out = self.parsed_notes.iter().cloned().chain(refused).collect();
        self.facts.title.clone_from(&self.outside.title.lock().unwrap_or_else(PoisonError::into_inner));
        self.facts.extent = self.extent();
        self.facts.scroll = self.scroll();
        self.facts.wanted = self.resources.wanted();
        self.facts.editing = editing;
        self.facts.blocked = self.document.has_pending_critical_resources();
        self.facts.clone()
    }

    /// What is under the pointer.
    pub(super) fn hovered(&self) -> HoverTarget {
        let cursor = self.document.get_cursor().map_or("default", |cursor| cursor.name());
        let mut at = self.document.get_hover_node_id();
        while let Some(node) = at.and_then(|id| self.document.get_node(id)) {
            let href = node.element_data().filter(|element| element.is_link());
            if let Some(href) = href.and_then(|element| element.attr(blitz_dom::local_name!("href"))) {
                return HoverTarget { cursor, link: self.document.base_url().join(href).ok() };
            }
            at = node.parent;
        }
        HoverTarget { cursor, link: None }
    }

    /// Where the page wanted to go since last asked.
    pub(super) fn navigations(&self) -> Vec<Navigation> {
        mem::take(&mut *self.outside.navigations.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What was copied since last asked.
    pub(super) fn copied(&self) -> Option<String> {
        self.outside.copied.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The picture of what is in view, on white.
    pub(super) fn paint(&mut self, brush: &mut Brush) -> ColorImage {
        let PageViewport { width, height, scale, .. } = self.view;
        let octets = brush.paint(&mut self.document, f64::from(scale), (width, height));
        let pixels = octets.as_chunks::<4>().0.iter().map(|&[red, green, blue, alpha]| {
            let white = 255 - alpha;
            Color32::from_rgba_premultiplied(
                red.saturating_add(white),
                green.saturating_add(white),
                blue.saturating_add(white),
                255,
            )
        });
        ColorImage::new([width as usize, height as usize], pixels.collect())
    }

    /// A picture that did not come keeps its place, with a frame around it.
    fn frame_missing_pictures(&mut self) {
        let missing: Vec<_> = self
            .document
            .tree()
            .iter()
            .filter(|(_, node)| node.data.is_element_with_tag_name(&blitz_dom::local_name!("img")))
            .filter(|(_, node)| node.element_data().is_some_and(|picture| picture.image_data().is_none()))
            .map(|(id, _)| id)
            .collect();
        let mut mutator = self.document.mutate();
        for id in missing {
            for (property, value) in MISSING_PICTURE {
                mutator.set_style_property(id, property, value);
            }
        }
    }

    fn extent(&self) -> (f32, f32) {
        self.document.try_root_element().map_or((0.0, 0.0), |root| {
            let layout = root.final_layout();
            let overflow = layout.scrollable_overflow_rect;
            (layout.size.width.max(overflow.right), layout.size.height.max(overflow.bottom))
        })
    }

    fn css_size(&self) -> (f32, f32) {
        (self.view.width as f32 / self.view.scale, self.view.height as f32 / self.view.scale)
    }

    #[expect(clippy::cast_possible_truncation, reason = "pages are at most some million pixels long")]
    fn scroll(&self) -> (f32, f32) {
        let scroll = self.document.viewport_scroll();
        (scroll.x as f32, scroll.y as f32)
    }
}

/// What pictures are painted with, kept from page to page.
pub(super) struct Brush {
    fonts: Fonts,
    renderer: Option<(VelloCpuImageRenderer, (u32, u32))>,
    octets: Vec<u8>,
}

impl Default for Brush {
    fn default() -> Self {
        Self { fonts: Fonts::built_in(), renderer: None, octets: Vec::new() }
    }
}

impl Brush {
    /// The fonts pages are set in.
    pub(super) fn fonts(&self) -> &Fonts {
        &self.fonts
    }

    fn paint(&mut self, document: &mut BaseDocument, scale: f64, size: (u32, u32)) -> &[u8] {
        let (width, height) = size;
        let (renderer, known) = self.renderer.get_or_insert_with(|| (VelloCpuImageRenderer::new(width, height), size));
        if *known == size {
            renderer.reset();
        } else {
            renderer.resize(width, height);
            *known = size;
        }
        let mut scene = Scene::default();
        blitz_paint::paint_scene(&mut scene, document, scale, width, height, 0, 0);
        for command in &mut scene.commands {
            if let RenderCommand::GlyphRun(run) = command {
                // blitz leans letters for painters whose y axis points up; this one's points down.
                if let Some(lean) = &mut run.glyph_transform {
                    *lean = lean.inverse();
                }
                if let Some((across, down)) = self.fonts.thickening(run.font_data.data.id()) {
                    run.embolden.x = across * f64::from(run.font_size);
                    run.embolden.y = down * f64::from(run.font_size);
                }
            }
        }
        #[expect(
            clippy::default_trait_access,
            reason = "the type of the transform that changes nothing is not ours to name"
        )]
        renderer.render_to_vec(|painter| painter.append_scene(scene, Default::default()), &mut self.octets);
        &self.octets
    }
}

/// A page's way out: what blitz tells its surroundings is gathered here.
#[derive(Default)]
struct PageRequests {
    redraw: AtomicBool,
    title: Mutex<String>,
    navigations: Mutex<Vec<Navigation>>,
    copied: Mutex<Option<String>>,
    pasted: Mutex<Option<String>>,
}

impl NavigationProvider for PageRequests {
    fn navigate_to(&self, options: NavigationOptions) {
        let (content, content_type) = match options.document_resource {
            Body::Empty => (None, None),
            Body::Bytes(octets) => (Some(String::from_utf8_lossy(&octets).into_owned()), options.content_type),
            Body::Form(form) => {
                let entries = form.0.iter().map(|entry| {
                    let value = match &entry.value {
                        EntryValue::String(value) => value.as_str(),
                        // Files are not read: the form sends the field empty.
                        EntryValue::File(_) | EntryValue::EmptyFile => "",
                    };
                    (entry.name.as_str(), value)
                });
                let (content, kind) = form_content(entries, options.content_type.as_deref());
                (Some(content), Some(kind))
            }
        };
        let method = options.method.to_string();
        let navigation = Navigation { url: options.url, method, content_type, content };
        let mut waiting = self.navigations.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MAX_NAVIGATIONS {
            waiting.push(navigation);
        }
    }
}

impl ShellProvider for PageRequests {
    fn request_redraw(&self) {
        self.redraw.store(true, Ordering::Relaxed);
    }

    fn set_window_title(&self, title: String) {
        *self.title.lock().unwrap_or_else(PoisonError::into_inner) =
            title.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_TITLE).collect();
    }

    fn get_clipboard_text(&self) -> Result<String, ClipboardError> {
        self.pasted.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(ClipboardError)
    }

    fn set_clipboard_text(&self, text: String) -> Result<(), ClipboardError> {
        *self.copied.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
        Ok(())
    }
}

/// A form's entries as content, and its type: HTML Living Standard §4.10.21.8. A multipart form is sent in the default coding:
/// no file is ever read.
fn form_content<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>, wanted: Option<&str>) -> (String, String) {
    if wanted == Some("text/plain") {
        let lines = entries.fold(String::new(), |lines, (name, value)| lines + name + "=" + value + "\r\n");
        return (lines, "text/plain".to_owned());
    }
    let mut coded = url::form_urlencoded::Serializer::new(String::new());
    coded.extend_pairs(entries);
    (coded.finish(), "application/x-www-form-urlencoded".to_owned())
}

fn viewport(view: PageViewport) -> Viewport {
    let scheme = if view.dark { ColorScheme::Dark } else { ColorScheme::Light };
    Viewport::new(view.width, view.height, view.scale, scheme)
}

/// What a page looks like that says nothing: the window's own fonts.
const OWN_SHEET: &str = "html { font-family: sans-serif } \
    input, button, textarea, select { vertical-align: middle } \
    nav a { display: inline-block } \
    ol > li { padding-inline-start: 5px } \
    table[border]:not([border=\"0\"]) { border: 1px solid #888 } \
    table[border]:not([border=\"0\"]) td, table[border]:not([border=\"0\"]) th { border: 1px solid #888 } \
    input, button, textarea, select { font-size: 0.9em } \
    input:not([type]), input[type=text], input[type=search], input[type=password], textarea { padding: 3px 6px; border-radius: 3px } \
    button, input[type=submit], input[type=reset], input[type=button] { padding: 3px 10px; border-radius: 4px }";

/// What a picture that did not come looks like.
const MISSING_PICTURE: [(&str, &str); 5] = [
    ("display", "inline-block"),
    ("min-width", "16px"),
    ("min-height", "16px"),
    ("outline", "1px dashed #9aa4b2"),
    ("outline-offset", "-1px"),
];

/// Titles are cut here.
const MAX_TITLE: usize = 200;

/// Navigations told at once at most.
const MAX_NAVIGATIONS: usize = 8;

/// A page's clock moves on by this much whenever something happens: animations are seen at their end.
const ANIMATION_STEP_SECS: f64 = 3600.0;
