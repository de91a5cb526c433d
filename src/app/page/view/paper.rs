//! The rendered page on its sheet: the picture, moved to where it is scrolled to, and what is to be said below it.

use std::sync::Arc;

use egui::{
    Color32, Pos2, Rect, Response, Role, ScrollArea, Sense, Stroke, StrokeKind, TextStyle, Ui, Vec2, WidgetInfo, pos2,
    scroll_area::ScrollSource, vec2,
};
use url::Url;

use super::{
    super::{
        document::{MAX_SIDE, PageViewport},
        renderer::RenderRequest,
    },
    KeyboardFocus, PageAction, PageSubject, PageView,
};
use crate::{
    app::{
        theme::{Theme, size},
        widgets,
    },
    wire::units,
};

impl PageView {
    /// What is to be said about the page, in a line below it. Returns where that line begins.
    pub(super) fn remarks_ui(&self, ui: &mut Ui, may_fetch: bool, intents: &mut Vec<PageAction>) -> f32 {
        let facts = self.page.facts.as_ref().filter(|_| matches!(self.subject, PageSubject::Rendered { .. }));
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
                    intents.push(PageAction::Fetch(wanted.to_vec()));
                }
            }
            if let Some(first) = remarks.first() {
                widgets::muted(ui, *first).on_hover_text(remarks.join("\n"));
            }
        });
        line.top()
    }

    pub(super) fn paper_ui(&mut self, ui: &mut Ui, room: Rect) {
        self.measure(ui, room);
        ui.painter().rect_filled(room, 0.0, Theme::of(ui).page);
        // A page has colours of its own: no shade of the window's at its edges.
        ui.spacing_mut().scroll.fade.strength = 0.0;
        let extent = self.page.facts.as_ref().map_or(Vec2::ZERO, |facts| facts.extent.into());
        // A page that is a fraction of a pixel larger than the room does not scroll.
        let fitted = |wanted: f32, room: f32| if wanted < room + 1.0 { room } else { wanted };
        let size = vec2(fitted(extent.x, room.width()), fitted(extent.y, room.height()));
        // The paper reaches under the bar: a strip beside it would belong to no page.
        ui.spacing_mut().scroll.floating_allocated_width = 0.0;
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
            if response.has_focus() && self.pointer.focus == KeyboardFocus::ByKey {
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
        let view = PageViewport {
            width: pixels(room.width()),
            height: pixels(room.height()),
            scale,
            dark: ui.visuals().dark_mode,
        };
        if self.page.view == Some(view) {
            return;
        }
        self.page.view = Some(view);
        let waiting = self.outbox.iter_mut().find_map(|order| match order {
            RenderRequest::Show(_, before) | RenderRequest::View(before) => Some(before),
            _ => None,
        });
        match waiting {
            Some(before) => *before = view,
            None => self.outbox.push_back(RenderRequest::View(view)),
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
            self.outbox.retain(|order| !matches!(order, RenderRequest::Scroll(_)));
            self.outbox.push_back(RenderRequest::Scroll(at));
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

/// Octets of a page's text told to who cannot see it.
const DESCRIBED: usize = 16 * 1024;

/// Addresses listed on hover.
const LISTED: usize = 12;

/// Letters of a link's address shown.
const LINK_LETTERS: usize = 120;
