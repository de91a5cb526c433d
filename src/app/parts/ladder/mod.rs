//! The ladder: the textbook's space–time diagram, drawn to scale from measured events. Where the network does not tell when
//! something arrived at the other end, it is drawn at the client's line alone.

mod labels;
mod lanes;
mod layout;
mod picture;
mod side;
#[cfg(test)]
mod stories;
mod table;
mod words;

use std::{ops::Range, time::Duration};

use egui::{Align2, Rect, Response, RichText, Role, Sense, TextStyle, Ui, WidgetInfo, pos2, vec2};

use self::{
    labels::Hit,
    lanes::{Ground, Hosts, Lane, Strip},
    layout::{DrawingInput, LadderDrawing},
    picture::{Picture, PictureInk, distance, inside},
    side::Notes,
    words::BurstView,
};
use super::{RecordIndex, Scene, drawer_request::DrawerRequest, idle::TimeAxis, index::nanos, legend, text};
use crate::{
    app::{
        hand_in::{Figure, HandIn, PaintedFigure},
        subject::RecordSelection,
        theme::{Theme, mono_small, size},
    },
    wire::{FlowState, units},
};

/// What the ladder remembers between frames.
#[derive(Debug)]
pub struct Ladder {
    /// A strip for each connection; `None` leaves it to whether several were open at once.
    apart: Option<bool>,
    upright: bool,
    fold: bool,
    /// Points of a unit of the time axis; `None` fits everything in.
    zoom: Option<f64>,
    offset: f64,
    scroll: f32,
    hosts: Hosts,
    axis: Option<(u64, bool, TimeAxis)>,
    hovered: Option<u32>,
    followed: Option<LadderFocus>,
}

impl Default for Ladder {
    fn default() -> Self {
        Self {
            apart: None,
            upright: false,
            fold: true,
            zoom: None,
            offset: 0.0,
            scroll: 0.0,
            hosts: Hosts::default(),
            axis: None,
            hovered: None,
            followed: None,
        }
    }
}

/// What is looked at: everything up to a moment, and one thing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LadderFocus {
    until: Duration,
    pick: Option<RecordSelection>,
}

/// How the canvas is divided.
struct Canvas {
    whole: Rect,
    ground: Ground,
    /// Strips in view, in place.
    strips: Vec<Strip>,
    /// Which of the connections' strips those are, and how many there are; `None` where all are in view.
    shown: Option<(Range<usize>, usize)>,
    /// How far it can be scrolled across time.
    overflow: f32,
    /// Height of a strip, across time.
    strip: f32,
}

impl Ladder {
    /// The diagram up to `until`. Returns what was clicked.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        index: &RecordIndex,
        until: Duration,
        pick: Option<RecordSelection>,
    ) -> Vec<DrawerRequest> {
        self.hosts.follow(scene, index);
        if index.burst(0).is_none() {
            legend::nothing_ui(ui, &silence(scene, index));
            return Vec::new();
        }
        let whole = ui.available_rect_before_wrap();
        let (canvas, buttons) = whole.split_left_right_at_x(whole.right() - BUTTONS);
        let axis = self.axis(scene, index);
        self.follow(scene, index, canvas, &axis, LadderFocus { until, pick });
        let response = ui.allocate_rect(canvas, Sense::click_and_drag());
        self.steer(ui, &response, canvas, &axis, index);
        let divided = self.divide(scene, index, canvas, &axis);
        let glyph = ui.ctx().fonts_mut(|fonts| fonts.glyph_width(&mono_small(), '0'));
        let Self { hosts, hovered, .. } = self;
        let ground = divided.ground;
        let source = DrawingInput { scene: *scene, index, axis: &axis, hosts, ground, pick, hovered: *hovered, glyph };
        let (names, drawing) = draw(&divided, source);
        let theme = Theme::of(ui);
        let now = axis.place(nanos(until));
        let painter = ui.painter_at(canvas);
        names.paint(&painter, theme);
        drawing.picture.paint(&painter.with_clip_rect(past(&divided, now).intersect(canvas)), theme);
        paint_playhead(&painter, theme, &divided, now);
        let notes = Notes {
            one_sided: drawing.one_sided,
            crowded: drawing.crowded,
            unlabelled: drawing.unlabelled,
            strips: divided.shown.clone(),
        };
        let hit = response.hover_pos().and_then(|pointer| nearest(&drawing.hits, pointer));
        if self.hovered != hit {
            self.hovered = hit;
            ui.ctx().request_repaint();
        }
        let mut wishes = Vec::new();
        if let Some(view) = hit.and_then(|burst| BurstView::of(scene, index, burst)) {
            ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
            if response.clicked() {
                let pick =
                    RecordSelection { job: scene.subject.job, flow: view.flow.id, event: Some(view.pick_event()) };
                wishes.push(DrawerRequest::Pick(pick));
            }
            let lines = view.details(scene, index);
            response.clone().on_hover_ui_at_pointer(|ui| details_ui(ui, &lines));
        }
        self.describe(&response, index, scene);
        if let Some((shown, all)) = &divided.shown {
            self.scroll_bar_ui(ui, &divided, shown.clone(), *all);
        }
        let offered = Figure::in_ui(ui, "Space–time diagram", canvas.size());
        self.side_ui(ui, (buttons, &response), &axis, &notes, |ladder, ui| {
            HandIn::of("ladder")
                .picture(|| ladder.drawing(offered, scene, index, until))
                .table(|| table::table(scene, index, until))
                .ui(ui);
        });
        wishes
    }

    /// Where the strips in view stand among all, to be dragged or clicked.
    fn scroll_bar_ui(&mut self, ui: &Ui, divided: &Canvas, shown: Range<usize>, all: usize) {
        let ground = divided.ground.rect;
        let bar = if self.upright {
            Rect::from_min_max(pos2(ground.left(), ground.bottom() - BAR), ground.max)
        } else {
            Rect::from_min_max(pos2(ground.right() - BAR, ground.top()), ground.max)
        };
        let (range, place): (_, fn(Rect, f32, f32) -> Rect) = if self.upright {
            (bar.x_range(), |bar, from, to| Rect::from_x_y_ranges(from..=to, bar.y_range()))
        } else {
            (bar.y_range(), |bar, from, to| Rect::from_x_y_ranges(bar.x_range(), from..=to))
        };
        let response = ui.interact(bar, ui.scope_id().with("ladder scroll bar"), Sense::click_and_drag());
        response.widget_info(|| {
            let words = format!("Connections {} to {} of {all}", shown.start + 1, shown.end);
            WidgetInfo::labeled(Role::ScrollBar, true, words)
        });
        if let Some(pointer) = response.interact_pointer_pos() {
            let along = if self.upright { pointer.x } else { pointer.y };
            let first = (along - range.min) / range.span().max(1.0) * all as f32 - shown.len() as f32 / 2.0;
            self.scroll = first.max(0.0).round() * divided.strip;
        }
        let share = |strip: usize| range.min + range.span() * strip as f32 / all as f32;
        let theme = Theme::of(ui);
        ui.painter().rect_filled(bar, BAR / 2.0, theme.line.gamma_multiply(0.6));
        let ink = if response.hovered() || response.dragged() { theme.accent } else { theme.muted };
        ui.painter().rect_filled(place(bar, share(shown.start), share(shown.end)).shrink(1.0), BAR / 2.0, ink);
    }

    /// Lets time run downwards instead of to the right.
    pub fn stand(&mut self, upright: bool) {
        self.upright = upright;
        (self.zoom, self.offset, self.scroll) = (None, 0.0, 0.0);
    }

    /// The whole diagram to hand in: all of its time, and all of its strips.
    pub(in crate::app) fn drawing(
        &mut self,
        figure: Figure,
        scene: &Scene<'_>,
        index: &RecordIndex,
        until: Duration,
    ) -> PaintedFigure {
        self.hosts.follow(scene, index);
        let axis = self.axis(scene, index);
        let view = (self.zoom.take(), std::mem::take(&mut self.offset), std::mem::take(&mut self.scroll));
        let mut canvas = Rect::from_min_size(egui::Pos2::ZERO, figure.room);
        let overflow = self.divide(scene, index, canvas, &axis).overflow.min(MAX_OVERFLOW);
        canvas.max += if self.upright { vec2(overflow, 0.0) } else { vec2(0.0, overflow) };
        let figure = Figure { room: canvas.size(), ..figure };
        let drawing = figure.draw(|ui| {
            let (canvas, _) = ui.allocate_exact_size(canvas.size(), Sense::hover());
            let divided = self.divide(scene, index, canvas, &axis);
            let glyph = ui.ctx().fonts_mut(|fonts| fonts.glyph_width(&mono_small(), '0'));
            let (hosts, ground) = (&self.hosts, divided.ground);
            let source =
                DrawingInput { scene: *scene, index, axis: &axis, hosts, ground, pick: None, hovered: None, glyph };
            let (names, drawing) = draw(&divided, source);
            let theme = Theme::of(ui);
            names.paint(ui.painter(), theme);
            let past = past(&divided, axis.place(nanos(until)));
            drawing.picture.paint(&ui.painter_at(canvas).with_clip_rect(past.intersect(canvas)), theme);
        });
        (self.zoom, self.offset, self.scroll) = view;
        drawing
    }

    fn axis(&mut self, scene: &Scene<'_>, index: &RecordIndex) -> TimeAxis {
        let key = (index.generation(), self.fold);
        if let Some((generation, fold, axis)) = &self.axis
            && (*generation, *fold) == key
        {
            return axis.clone();
        }
        let origin = nanos(scene.origin());
        let (from, to) = index.span().unwrap_or((origin, origin));
        let axis = index.idle().axis(self.fold, (from.min(origin), to));
        self.axis = Some((key.0, key.1, axis.clone()));
        axis
    }

    fn is_apart(&self) -> bool {
        self.apart.unwrap_or_else(|| self.hosts.at_once())
    }

    /// Points of a unit of time.
    fn scale(&self, canvas: Rect, axis: &TimeAxis) -> f64 {
        let ground = ground_rect(canvas, self.upright);
        let length = if self.upright { ground.height() } else { ground.width() };
        self.zoom.unwrap_or_else(|| f64::from(length.max(1.0)) / (axis.length() * (1.0 + ROOM_AFTER)))
    }

    /// Where everything stands.
    fn divide(&mut self, scene: &Scene<'_>, index: &RecordIndex, canvas: Rect, axis: &TimeAxis) -> Canvas {
        let rect = ground_rect(canvas, self.upright);
        let ground = Ground { rect, upright: self.upright, scale: self.scale(canvas, axis), offset: self.offset };
        let across = ground.across();
        let apart = self.is_apart();
        let lanes = if apart { 2 } else { self.hosts.names().len().max(2) };
        let most = if self.upright { MOST_ACROSS_UPRIGHT } else { f32::INFINITY };
        let strips = if apart { index.connections().len() } else { 1 };
        let (before, after) = if self.upright { STRIP_AROUND_UPRIGHT } else { STRIP_AROUND };
        let between = before + after;
        let fit = self.fit(across.span(), strips, lanes);
        let room = (across.span() / fit as f32 - between) / (lanes as f32 - 1.0);
        let step = room.clamp(self.least_across(), most.max(self.least_across()));
        let strip = step * (lanes as f32 - 1.0) + between;
        let overflow = (strip * strips as f32 - across.span()).max(0.0);
        self.scroll = self.scroll.clamp(0.0, strip * (strips - fit) as f32);
        // Whole strips only: half a connection is none.
        let first = (self.scroll / strip).round() as usize;
        let mut placed = Vec::new();
        for number in first..(first + fit).min(strips) {
            let begin = across.min + before + strip * (number - first) as f32;
            let slot = if apart { index.connections().get(number).copied() } else { None };
            let lanes = self.lanes(scene, index, slot, begin, step);
            placed.push(Strip { slot, lanes });
        }
        let shown = (fit < strips).then(|| (first..first + placed.len(), strips));
        Canvas { whole: canvas, ground, strips: placed, shown, overflow, strip }
    }

    fn least_across(&self) -> f32 {
        if self.upright { LEAST_ACROSS_UPRIGHT } else { LEAST_ACROSS }
    }

    /// How many of so many strips are seen at once.
    fn fit(&self, across: f32, strips: usize, lanes: usize) -> usize {
        let (before, after) = if self.upright { STRIP_AROUND_UPRIGHT } else { STRIP_AROUND };
        let least = self.least_across() * (lanes as f32 - 1.0) + before + after;
        ((across / least) as usize).clamp(1, strips.max(1))
    }

    fn lanes(&self, scene: &Scene<'_>, index: &RecordIndex, slot: Option<u32>, begin: f32, step: f32) -> Vec<Lane> {
        let names: Vec<String> = match slot.and_then(|slot| index.slot(slot)) {
            Some(slot) => {
                let ends = slot.flow(scene.ledger).map(|flow| &flow.ends);
                let name =
                    |server: bool| ends.map_or("", |ends| if server { &ends.server.name } else { &ends.client.name });
                vec![name(false).to_owned(), format!("#{} {}", slot.number, name(true))]
            }
            None => self.hosts.names().to_vec(),
        };
        names.into_iter().enumerate().map(|(at, name)| Lane { name, at: begin + step * at as f32 }).collect()
    }

    /// Keeps the playhead and a fresh pick in view when only a part is.
    fn follow(&mut self, scene: &Scene<'_>, index: &RecordIndex, canvas: Rect, axis: &TimeAxis, look: LadderFocus) {
        let before = self.followed.replace(look);
        let LadderFocus { until, pick } = look;
        let ground = ground_rect(canvas, self.upright);
        let visible = f64::from(if self.upright { ground.height() } else { ground.width() }) / self.scale(canvas, axis);
        if pick != before.and_then(|before| before.pick)
            && let Some(pick) = pick.filter(|pick| pick.job == scene.subject.job)
            && let Some(slot) = index.slot_of(scene.ledger, pick.flow)
        {
            let event = pick.event.and_then(|event| scene.ledger.flow(pick.flow)?.events.get(event.0 as usize));
            if let Some(place) = event.map(|event| axis.place(nanos(event.at))) {
                self.bring_into_view(place, visible);
            }
            if self.is_apart() {
                self.reveal(index, slot, canvas);
            }
        }
        if self.zoom.is_some() && before.is_some_and(|before| before.until != until) {
            self.bring_into_view(axis.place(nanos(until)), visible);
        }
    }

    fn bring_into_view(&mut self, place: f64, visible: f64) {
        if self.zoom.is_some() && !(self.offset..self.offset + visible).contains(&place) {
            self.offset = place - visible * 0.5;
        }
    }

    /// Scrolls to a connection's strip.
    fn reveal(&mut self, index: &RecordIndex, slot: u32, canvas: Rect) {
        let Ok(number) = index.connections().binary_search(&slot) else { return };
        let across = ground_rect(canvas, self.upright);
        let across = if self.upright { across.x_range() } else { across.y_range() };
        let strips = index.connections().len();
        let fit = self.fit(across.span(), strips, 2);
        let strip = across.span() / fit as f32;
        let first = (self.scroll / strip).round() as usize;
        if !(first..first + fit).contains(&number) {
            self.scroll = strip * number.min(strips - fit) as f32;
        }
    }

    /// Wheel and drag.
    fn steer(&mut self, ui: &Ui, response: &Response, canvas: Rect, axis: &TimeAxis, index: &RecordIndex) {
        let ground = Ground {
            rect: ground_rect(canvas, self.upright),
            upright: self.upright,
            scale: self.scale(canvas, axis),
            offset: self.offset,
        };
        if let Some(pointer) = response.hover_pos() {
            let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta()));
            let factor = f64::from((wheel.y * WHEEL).exp() * pinch);
            if (factor - 1.0).abs() > 1e-4 {
                self.zoom_at(ground.place(pointer), factor, &ground, axis);
            }
            self.offset -= f64::from(wheel.x) / ground.scale;
        }
        if response.double_clicked() {
            (self.zoom, self.offset) = (None, 0.0);
        }
        let moved = response.drag_delta();
        let (along, across) = if self.upright { (moved.y, moved.x) } else { (moved.x, moved.y) };
        if self.zoom.is_some() {
            self.offset -= f64::from(along) / ground.scale;
        }
        if index.connections().len() > 1 {
            self.scroll -= across;
        }
        let visible = f64::from(ground.length()) / self.scale(canvas, axis);
        self.offset = self.offset.clamp(0.0, (axis.length() * (1.0 + ROOM_AFTER) - visible).max(0.0));
    }

    fn zoom_at(&mut self, place: f64, factor: f64, ground: &Ground, axis: &TimeAxis) {
        let fit = f64::from(ground.length().max(1.0)) / (axis.length() * (1.0 + ROOM_AFTER));
        let scale = (ground.scale * factor).clamp(fit, NARROWEST_NANOSECOND);
        self.offset = place - (place - self.offset) * ground.scale / scale;
        self.zoom = (scale > fit * 1.001).then_some(scale);
        if self.zoom.is_none() {
            self.offset = 0.0;
        }
    }

    fn describe(&self, response: &Response, index: &RecordIndex, scene: &Scene<'_>) {
        response.widget_info(|| {
            let span = index.span().map_or(0, |(from, to)| to - from);
            let words = format!(
                "Space–time diagram of {} between {} over {}. The conversation and the table of flows say the same in words.",
                units::count(index.connections().len(), "connection", "connections"),
                self.hosts.names().join(" and "),
                units::time(Duration::from_nanos(span).saturating_sub(scene.origin().min(Duration::ZERO))),
            );
            WidgetInfo::labeled(Role::Canvas, true, words)
        });
    }
}

/// Why there is nothing to draw.
fn silence(scene: &Scene<'_>, index: &RecordIndex) -> String {
    let failed = index.slots().iter().filter_map(|slot| slot.flow(scene.ledger)).find_map(|flow| match &flow.state {
        FlowState::Failed(failure) => Some(&failure.summary),
        FlowState::Live | FlowState::Closed | FlowState::Stopped => None,
    });
    let ended =
        !scene.ledger.flows().is_empty() && scene.ledger.flows().iter().all(|flow| flow.state != FlowState::Live);
    match failed {
        Some(why) => format!("Nothing crossed the network: {why}"),
        None if ended => "This run's messages were counted, not recorded.".to_owned(),
        None => "Nothing has crossed the network yet.".to_owned(),
    }
}

/// What is drawn on whatever the canvas, and what only up to the playhead.
fn draw<'a>(divided: &Canvas, source: DrawingInput<'a>) -> (Picture, LadderDrawing<'a>) {
    let mut names = Picture::default();
    let ground = divided.ground;
    for lane in divided.strips.iter().flat_map(|strip| &strip.lanes) {
        if !ground.across().contains(lane.at) {
            continue;
        }
        let glyph = source.glyph;
        if ground.upright {
            let name = fitting(&lane.name, NAME_UPRIGHT, glyph);
            let half = name.chars().count() as f32 * glyph / 2.0;
            let at = pos2(lane.at.min(divided.whole.right() - half), ground.rect.top() - 4.0);
            names.words(at, Align2::CENTER_BOTTOM, name, PictureInk::Muted);
        } else {
            let at = pos2(divided.whole.left() + size::GAP, lane.at);
            names.words(at, Align2::LEFT_CENTER, fitting(&lane.name, GUTTER - size::GAP, glyph), PictureInk::Muted);
        }
    }
    let mut axis = LadderDrawing::new(source);
    let mut drawing = LadderDrawing::new(source);
    for strip in &divided.strips {
        drawing.strip(strip);
    }
    axis.time(&divided.strips);
    drawing.place_labels(axis.taken());
    let (ticks, folds): (Vec<_>, Vec<_>) = axis.picture.items.into_iter().partition(|item| is_outside(item, ground));
    names.items.extend(ticks);
    // Folds cover the lines, labels cover folds.
    let labels = drawing.picture.items.iter().position(|item| matches!(item, picture::PictureItem::Label { .. }));
    let at = labels.unwrap_or(drawing.picture.items.len());
    drawing.picture.items.splice(at..at, folds);
    (names, drawing)
}

fn is_outside(item: &picture::PictureItem, ground: Ground) -> bool {
    let outside = |at: egui::Pos2| if ground.upright { at.x < ground.rect.left() } else { at.y > ground.rect.bottom() };
    match item {
        picture::PictureItem::Line { from, to, .. } => outside(*from) || outside(*to),
        picture::PictureItem::Words { at, .. } => outside(*at),
        picture::PictureItem::Dashes { .. }
        | picture::PictureItem::Area { .. }
        | picture::PictureItem::Ring { .. }
        | picture::PictureItem::Label { .. } => false,
    }
}

fn fitting(name: &str, room: f32, glyph: f32) -> String {
    let most = (room / glyph) as usize;
    if name.chars().count() <= most {
        return name.to_owned();
    }
    name.chars().take(most.saturating_sub(1)).chain(std::iter::once('…')).collect()
}

/// What the arrows are drawn on: without names, without the time's numbers.
fn ground_rect(canvas: Rect, upright: bool) -> Rect {
    let (left, top, bottom) = if upright { (UPRIGHT_GUTTER, HEAD, 6.0) } else { (GUTTER, 0.0, BELOW) };
    Rect::from_min_max(
        canvas.min + vec2(left, top),
        (canvas.max - vec2(4.0, bottom)).max(canvas.min + vec2(left + 1.0, top + 1.0)),
    )
}

/// What is before the playhead, with a little room around the lines' ends.
fn past(divided: &Canvas, now: f64) -> Rect {
    let past = divided.ground.before(now);
    // Marks above the first line belong to the past too.
    if divided.ground.upright {
        past.expand2(vec2(UPRIGHT_GUTTER, 1.0))
    } else {
        past.with_min_y(divided.whole.top()).with_min_x(past.left() - 4.0)
    }
}

fn paint_playhead(painter: &egui::Painter, theme: &Theme, divided: &Canvas, now: f64) {
    let ground = divided.ground;
    let along = ground.along(now);
    if ground.upright {
        let ends = [pos2(ground.rect.left(), along), pos2(ground.rect.right(), along)];
        painter.extend(egui::Shape::dashed_line(&ends, egui::Stroke::new(1.0, theme.accent), 4.0, 3.0));
    } else if (ground.rect.left()..=ground.rect.right() + 1.0).contains(&along) {
        text::dashed_vline(painter, along, divided.whole.y_range(), theme.accent);
    }
}

/// What the pointer means: what it is inside of, or else what it is near.
fn nearest(hits: &[Hit], pointer: egui::Pos2) -> Option<u32> {
    let far = |hit: &Hit| {
        let [a, b, c, d] = hit.corners;
        let edge = distance(pointer, a, d).min(distance(pointer, b, c));
        if inside(pointer, &hit.corners) { edge.min(1.0) } else { edge }
    };
    let best = hits.iter().map(|hit| (far(hit), hit.burst)).min_by(|(a, _), (b, _)| a.total_cmp(b));
    best.filter(|(far, _)| *far <= REACH).map(|(_, burst)| burst)
}

fn details_ui(ui: &mut Ui, lines: &[String]) {
    let theme = Theme::of(ui);
    for (at, line) in lines.iter().enumerate() {
        if at == 0 {
            ui.label(RichText::new(line).font(crate::app::theme::mono()));
        } else {
            ui.label(RichText::new(line).text_style(TextStyle::Small).color(theme.muted));
        }
    }
}

/// Width of the bar that scrolls through connections.
const BAR: f32 = 8.0;
/// Width of the hosts' names.
const GUTTER: f32 = 150.0;
/// Width of the time's numbers when time runs downwards.
const UPRIGHT_GUTTER: f32 = 62.0;
/// Width of a host's name then.
const NAME_UPRIGHT: f32 = 168.0;
/// Width of the column of buttons.
const BUTTONS: f32 = 160.0;
/// Room below the last line, for the time.
const BELOW: f32 = 20.0;
/// Height of the hosts' names when time runs downwards.
const HEAD: f32 = 22.0;
/// Room before a strip, for brackets, and after it.
const STRIP_AROUND: (f32, f32) = (22.0, 4.0);
/// The same when time runs downwards.
const STRIP_AROUND_UPRIGHT: (f32, f32) = (76.0, 24.0);
/// Least distance of two lines.
const LEAST_ACROSS: f32 = 40.0;
/// The same when time runs downwards.
const LEAST_ACROSS_UPRIGHT: f32 = 160.0;
/// Greatest distance of two lines then.
const MOST_ACROSS_UPRIGHT: f32 = 420.0;
/// Share of the whole time that is left free after its end.
const ROOM_AFTER: f64 = 0.01;
/// How far the pointer may be from what it means.
const REACH: f32 = 6.0;
/// How much a turn of the wheel zooms.
const WHEEL: f32 = 0.006;
/// Points a nanosecond takes at most.
const NARROWEST_NANOSECOND: f64 = 1.0;
/// Points a handed-in diagram is larger than the view at most.
const MAX_OVERFLOW: f32 = 20_000.0;
