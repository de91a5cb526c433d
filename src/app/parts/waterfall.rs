//! The waterfall: a row for each object or each connection, its phases to scale. The columns beside the bars are the same in
//! numbers and words, for who does not see the picture.

mod account;
mod details;
mod hidden;
mod names;
mod scale;
mod table;

use std::{borrow::Borrow, collections::BTreeMap, time::Duration};

use egui::{
    Align2, Color32, CornerRadius, FontId, Painter, Rangef, Rect, Response, Role, Sense, Stroke, TextStyle, Ui,
    WidgetInfo, pos2, vec2,
};

pub use self::{account::Account, names::short_name, table::ObjectsTable};
use self::{details::details_ui, hidden::rows_ui, names::row_name, scale::PhaseScale};
use super::legend;
use crate::{
    app::{
        hand_in::{Figure, HandIn, PaintedFigure},
        theme::{FetchPhase, Theme, mono, size},
        widgets::{self, segmented},
    },
    engine::timing::ObjectTiming,
    net::TimeSpan,
    wire::units,
};

/// What the waterfall remembers between frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waterfall {
    rows: Rows,
}

/// Which objects are shown, and how.
#[derive(Clone, Copy)]
pub(in crate::app) struct ShownObjects<'a, T> {
    pub(in crate::app) objects: &'a [T],
    /// Of those objects.
    pub(in crate::app) account: &'a Account,
    /// When the run began.
    pub(in crate::app) origin: Duration,
    /// Up to when they are drawn.
    pub(in crate::app) until: Duration,
    pub(in crate::app) selected: Option<usize>,
}

/// What a row stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Rows {
    #[default]
    Objects,
    Connections,
}

impl Waterfall {
    /// Table and bars of a run that began at `origin`, drawn up to `until`; `account` is that of `objects`. Returns the place of the
    /// object that was clicked.
    pub fn ui<T: Borrow<ObjectTiming>>(
        &mut self,
        ui: &mut Ui,
        objects: &[T],
        account: &Account,
        (origin, until): (Duration, Duration),
        selected: Option<usize>,
    ) -> Option<usize> {
        if objects.is_empty() {
            legend::nothing_ui(ui, "No object has been asked for yet.");
            return None;
        }
        let shown = ShownObjects { objects, account, origin, until, selected };
        self.rows_ui(ui, &shown, true)
    }

    /// All of it to hand in, `width` wide.
    pub(in crate::app) fn figure<T: Borrow<ObjectTiming>>(
        &self,
        figure: Figure,
        shown: &ShownObjects<'_, T>,
    ) -> PaintedFigure {
        let count = match self.rows {
            Rows::Objects => shown.objects.len(),
            Rows::Connections => connections(shown.objects).len(),
        };
        let height = HEADER + AXIS + count as f32 * size::ROW;
        let mut same = self.clone();
        let figure = Figure { room: vec2(figure.room.x, height), ..figure };
        figure.draw(|ui| {
            same.rows_ui(ui, shown, false);
        })
    }

    /// `controls`: with what can be clicked in the head.
    fn rows_ui<T: Borrow<ObjectTiming>>(
        &mut self,
        ui: &mut Ui,
        shown: &ShownObjects<'_, T>,
        controls: bool,
    ) -> Option<usize> {
        let ShownObjects { objects, account, origin, until, selected } = *shown;
        let columns = WaterfallColumns::fitting(ui.available_width());
        let left = ui.cursor().left();
        let bars = Rangef::new(left + columns.bars + size::GAP, ui.max_rect().right() - SCROLL_BAR);
        let span = account.span().unwrap_or((origin, origin));
        let scale = PhaseScale::folding(origin, span, until, bars);
        ui.spacing_mut().item_spacing.y = 0.0;
        self.header_ui(ui, &columns, &scale, account.occurring(), controls.then_some(shown));
        let lanes = match self.rows {
            Rows::Objects => Vec::new(),
            Rows::Connections => connections(objects),
        };
        let count = if self.rows == Rows::Objects { objects.len() } else { lanes.len() };
        let mut clicked = None;
        let room = ui.available_height();
        rows_ui(ui, size::ROW, count, room, |ui, shown| {
            for row in shown {
                clicked = match (lanes.get(row), objects.get(row).map(Borrow::borrow)) {
                    (Some(lane), _) => lane_ui(ui, objects, lane, &columns, &scale, selected),
                    (None, Some(object)) => {
                        let name = name(ui, objects, row, columns.name_room(), &mono());
                        let shown_row = Row { object, name, selected: selected == Some(row) };
                        object_ui(ui, &shown_row, &columns, &scale).clicked().then_some(row)
                    }
                    (None, None) => None,
                }
                .or(clicked);
            }
        });
        clicked
    }

    fn header_ui<T: Borrow<ObjectTiming>>(
        &mut self,
        ui: &mut Ui,
        columns: &WaterfallColumns,
        scale: &PhaseScale,
        phases: &[FetchPhase],
        handed: Option<&ShownObjects<'_, T>>,
    ) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEADER), Sense::hover());
        let theme = Theme::of(ui);
        let font = TextStyle::Small.resolve(ui.style());
        let words = match self.rows {
            Rows::Objects => ["name", "status", "type", "size", "connection", "time"],
            Rows::Connections => ["connection", "", "objects", "received", "", "in use"],
        };
        for (column, word) in columns.cells.iter().zip(words) {
            column.paint(ui.painter(), rect, word, font.clone(), theme.muted);
        }
        let across = |from: f32, to: f32| {
            egui::UiBuilder::new()
                .max_rect(Rect::from_x_y_ranges(from..=to, rect.y_range()))
                .layout(egui::Layout::left_to_right(egui::Align::Center))
        };
        let split = rect.right() - if handed.is_some() { CHOICE + HAND_IN } else { 0.0 };
        let mut keys = ui.new_child(across(rect.left() + columns.bars + size::GAP, split));
        keys.shrink_clip_rect(keys.max_rect());
        legend::phases_ui(&mut keys, phases);
        if let Some(shown) = handed {
            let width = ui.max_rect().width().max(LEAST_FIGURE);
            let figure = Figure::in_ui(ui, "Waterfall", vec2(width, 0.0));
            let table = || {
                let mut table = ObjectsTable::new("Objects", &[]);
                table.add(shown.objects, shown.origin, &[]);
                table.done()
            };
            let mut place = ui.new_child(across(split, split + HAND_IN));
            HandIn::of("waterfall").picture(|| self.figure(figure, shown)).table(table).ui(&mut place);
            let choices = [(Rows::Objects, "objects"), (Rows::Connections, "connections")];
            let mut place = ui.new_child(across(rect.right() - CHOICE, rect.right()));
            segmented(&mut place, "A row for each of the", &mut self.rows, &choices);
        }
        let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), AXIS), Sense::hover());
        scale.axis(ui.painter(), theme, row);
        ui.painter().hline(row.x_range(), row.bottom() - 0.5, theme.border());
    }
}

/// Bars, names and a time axis only, for panels beside each other, of a run that began at `origin`. `whole` is the time the panel's width stands for, so that panels
/// can be compared. It scrolls where the panel is lower than a [`COMPACT_ROW`] for each object and the [`COMPACT_AXIS`]. Returns the
/// place of the object that was clicked.
pub fn compact_ui<T: Borrow<ObjectTiming>>(
    ui: &mut Ui,
    objects: &[T],
    (origin, until): (Duration, Duration),
    whole: Duration,
    selected: Option<usize>,
) -> Option<usize> {
    ui.spacing_mut().item_spacing.y = 0.0;
    let room = (ui.available_width() / 3.0).min(COMPACT_NAME);
    let left = ui.cursor().left();
    let bars = Rangef::new(left + room + size::GAP, left + ui.available_width() - SCROLL_BAR);
    let scale = PhaseScale::of(origin, origin + whole, until, bars);
    let mut clicked = None;
    let height = (objects.len() as f32 * COMPACT_ROW).min(ui.available_height() - COMPACT_AXIS).max(COMPACT_ROW);
    rows_ui(ui, COMPACT_ROW, objects.len(), height, |ui, shown| {
        for row in shown {
            let Some(object) = objects.get(row).map(Borrow::borrow) else { continue };
            let theme = Theme::of(ui);
            let (rect, response) = row_ui(ui, COMPACT_ROW, selected == Some(row), &describe(object));
            let names = Rect::from_min_max(rect.min, pos2(rect.left() + room, rect.bottom()));
            let colour = if object.failure.is_some() { theme.bad } else { theme.muted };
            let font = TextStyle::Small.resolve(ui.style());
            let words = name(ui, objects, row, room, &font);
            widgets::clipped_by(ui.painter(), names, Align2::LEFT_CENTER, &words, font, colour);
            scale.grid(ui.painter(), theme, rect.y_range());
            scale.bars(ui.painter(), theme, rect.y_range().shrink(2.5), &object.phases);
            if response.on_hover_ui(|ui| details_ui(ui, object, origin)).clicked() {
                clicked = Some(row);
            }
        }
    });
    let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), COMPACT_AXIS), Sense::hover());
    scale.axis_below(ui.painter(), Theme::of(ui), row);
    clicked
}

/// The name of an object's row in so much room.
fn name<T: Borrow<ObjectTiming>>(ui: &Ui, objects: &[T], row: usize, room: f32, font: &FontId) -> String {
    row_name(objects, row, room, &|sign| ui.ctx().fonts_mut(|fonts| fonts.glyph_width(font, sign)))
}

struct WaterfallColumn {
    left: f32,
    right: f32,
    align: Align2,
}

impl WaterfallColumn {
    fn paint(&self, painter: &Painter, row: Rect, words: &str, font: FontId, colour: Color32) {
        let cell = Rect::from_x_y_ranges(row.left() + self.left..=row.left() + self.right, row.y_range());
        widgets::clipped_by(painter, cell, self.align, words, font, colour);
    }
}

/// Where columns stand, from a row's left.
struct WaterfallColumns {
    cells: [WaterfallColumn; 6],
    bars: f32,
}

impl WaterfallColumns {
    fn fitting(width: f32) -> Self {
        let share = ((width - NARROW) / (WIDE - NARROW)).clamp(0.0, 1.0);
        let widths = WIDTHS.map(|(least, most)| egui::lerp(least..=most, share));
        let mut left = size::GAP;
        let cells = [0, 1, 2, 3, 4, 5].map(|at| {
            let right = left + widths.get(at).copied().unwrap_or_default();
            let numbers = matches!(at, 1 | 3 | 4 | 5);
            let align = if numbers { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
            let column = WaterfallColumn { left, right, align };
            left = right + 2.0 * size::GAP;
            column
        });
        Self { cells, bars: left }
    }

    fn name_room(&self) -> f32 {
        let [name, ..] = &self.cells;
        name.right - name.left
    }
}

/// A row's ground, and its label for who cannot see it.
fn row_ui(ui: &mut Ui, height: f32, selected: bool, words: &str) -> (Rect, Response) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    crate::app::focus::into_view(&response);
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Row, enabled, selected, words));
    if selected {
        ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.selection);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.control_hovered);
    }
    (rect, response)
}

/// An object's row, about to be painted.
struct Row<'a> {
    object: &'a ObjectTiming,
    /// Cut to its column.
    name: String,
    selected: bool,
}

fn object_ui(ui: &mut Ui, row: &Row<'_>, columns: &WaterfallColumns, scale: &PhaseScale) -> Response {
    let theme = Theme::of(ui);
    let object = row.object;
    let (rect, response) = row_ui(ui, size::ROW, row.selected, &describe(object));
    let painter = ui.painter();
    painter.hline(rect.x_range(), rect.bottom() - 0.5, theme.border());
    let [name, status, kind, octets, connection, time] = &columns.cells;
    let known = object.phases.span();
    let begun = known.is_some_and(|span| span.from <= scale.until);
    let progress = ObjectProgress::of(object, scale.until);
    let colour = if begun { theme.text } else { theme.muted };
    name.paint(painter, rect, &row.name, mono(), colour);
    let (word, tone) = status_word(object, theme, progress);
    status.paint(painter, rect, &word, mono(), tone);
    if progress >= ObjectProgress::Answered {
        kind.paint(painter, rect, subtype(object), TextStyle::Body.resolve(ui.style()), theme.text);
    }
    if progress == ObjectProgress::Done {
        octets.paint(painter, rect, &units::measured_octets(object.response_octets), mono(), theme.text);
    }
    if begun && object.connection_number > 0 {
        connection.paint(painter, rect, &format!("#{}", object.connection_number), mono(), theme.text);
    }
    if let Some(span) = known.filter(|_| begun) {
        time.paint(painter, rect, &units::time(span.to.min(scale.until).saturating_sub(span.from)), mono(), theme.text);
    }
    scale.grid(painter, theme, rect.y_range());
    scale.bars(painter, theme, rect.y_range().shrink(BAR_INSET), &object.phases);
    scale.playhead(painter, theme, rect.y_range());
    response.on_hover_ui(|ui| details_ui(ui, object, scale.origin))
}

/// How far an object has come at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ObjectProgress {
    /// Nothing of its response has arrived.
    Awaited,
    /// The response has begun.
    Answered,
    /// Nothing more will come.
    Done,
}

impl ObjectProgress {
    fn of(object: &ObjectTiming, until: Duration) -> Self {
        if object.phases.span().is_none_or(|span| span.to <= until) {
            Self::Done
        } else if object.phases.receive.is_some_and(|span| span.from <= until) {
            Self::Answered
        } else {
            Self::Awaited
        }
    }
}

fn status_word(object: &ObjectTiming, theme: &Theme, progress: ObjectProgress) -> (String, Color32) {
    match object.status {
        Some(status) if progress >= ObjectProgress::Answered => {
            (status.to_string(), if status >= 400 { theme.bad } else { theme.text })
        }
        Some(_) | None if progress < ObjectProgress::Done => ("…".to_owned(), theme.muted),
        Some(_) | None if object.failure.is_some() => ("failed".to_owned(), theme.bad),
        Some(_) | None => ("—".to_owned(), theme.muted),
    }
}

fn subtype(object: &ObjectTiming) -> &str {
    let media = object.media_type.as_deref().unwrap_or_default();
    media.split_once('/').map_or(media, |(_, subtype)| subtype)
}

/// One connection and the objects that came over it.
struct WaterfallLane {
    number: u32,
    host: String,
    objects: Vec<usize>,
    received: u64,
}

fn connections<T: Borrow<ObjectTiming>>(objects: &[T]) -> Vec<WaterfallLane> {
    let mut lanes: BTreeMap<u32, WaterfallLane> = BTreeMap::new();
    for (at, object) in objects.iter().map(Borrow::borrow).enumerate() {
        let number = object.connection_number;
        let host = || object.url.host_str().unwrap_or_default().to_owned();
        let lane = lanes.entry(number).or_insert_with(|| WaterfallLane {
            number,
            host: host(),
            objects: Vec::new(),
            received: 0,
        });
        lane.objects.push(at);
        lane.received += object.response_octets;
    }
    lanes.into_values().collect()
}

/// A connection's row. Returns the object whose bars were clicked.
fn lane_ui<T: Borrow<ObjectTiming>>(
    ui: &mut Ui,
    objects: &[T],
    lane: &WaterfallLane,
    columns: &WaterfallColumns,
    scale: &PhaseScale,
    selected: Option<usize>,
) -> Option<usize> {
    let theme = Theme::of(ui);
    let title = if lane.number == 0 { "no connection".to_owned() } else { format!("#{} {}", lane.number, lane.host) };
    let own = || lane.objects.iter().filter_map(|at| objects.get(*at).map(|object| (*at, object.borrow())));
    let in_use: Duration = own()
        .filter_map(|(_, object)| object.phases.without_queue().span())
        .map(|span| span.to.min(scale.until).saturating_sub(span.from))
        .sum();
    let count = units::count(lane.objects.len(), "object", "objects");
    let words =
        format!("{title}, {count}, {}, in use for {}", units::measured_octets(lane.received), units::time(in_use));
    let chosen = selected.is_some_and(|at| lane.objects.contains(&at));
    let (rect, response) = row_ui(ui, size::ROW, chosen, &words);
    let painter = ui.painter();
    painter.hline(rect.x_range(), rect.bottom() - 0.5, theme.border());
    let [name, status, number, octets, _, time] = &columns.cells;
    let wide = WaterfallColumn { left: name.left, right: status.right, align: Align2::LEFT_CENTER };
    wide.paint(painter, rect, &title, mono(), theme.text);
    number.paint(painter, rect, &lane.objects.len().to_string(), mono(), theme.text);
    octets.paint(painter, rect, &units::measured_octets(lane.received), mono(), theme.text);
    time.paint(painter, rect, &units::time(in_use), mono(), theme.text);
    let bars = rect.y_range().shrink(BAR_INSET);
    scale.grid(painter, theme, rect.y_range());
    for (_, object) in own() {
        scale.bars(painter, theme, bars, &object.phases.without_queue());
    }
    for (_, object) in own() {
        // A hairline where the next object begins.
        if let Some(span) = object.phases.without_queue().span().filter(|span| span.from < scale.until) {
            painter.vline(scale.x(span.from), bars, Stroke::new(1.0, theme.panel));
        }
    }
    scale.playhead(painter, theme, rect.y_range());
    let under = response.hover_pos().or(response.interact_pointer_pos()).and_then(|at| {
        own().find(|(_, object)| {
            let span = object.phases.without_queue().span();
            span.is_some_and(|span| (scale.x(span.from)..=scale.x(span.to)).contains(&at.x))
        })
    });
    let clicked = response.clicked().then(|| under.map(|(at, _)| at).or_else(|| lane.objects.first().copied()));
    response.on_hover_ui(|ui| match under {
        Some((_, object)) => details_ui(ui, object, scale.origin),
        None => {
            ui.label(words.as_str());
        }
    });
    clicked.flatten()
}

/// The row in words.
fn describe(object: &ObjectTiming) -> String {
    let status = match (object.status, &object.failure) {
        (_, Some(failure)) => failure.to_string(),
        (Some(status), None) => status.to_string(),
        (None, None) if object.response_octets > 0 => "answered".to_owned(),
        (None, None) => "no response".to_owned(),
    };
    let took = object.phases.span().map_or(Duration::ZERO, TimeSpan::duration);
    format!(
        "{}, {status}, {}, {}, connection {}, {}",
        short_name(&object.url),
        subtype(object),
        units::measured_octets(object.response_octets),
        object.connection_number,
        units::time(took),
    )
}

/// Room for the choice of rows.
const CHOICE: f32 = 160.0;
/// Room for the control for handing in.
const HAND_IN: f32 = 88.0;
/// Width of a waterfall that is handed in, at least.
const LEAST_FIGURE: f32 = 1_000.0;
/// Height of the head of the table.
const HEADER: f32 = 30.0;
/// Height of the time axis below it.
const AXIS: f32 = 16.0;
/// What a row leaves free above and below its bars.
const BAR_INSET: f32 = 7.0;
/// Width kept free at the right for the scroll bar.
const SCROLL_BAR: f32 = 12.0;
/// Least and most widths of the columns.
const WIDTHS: [(f32, f32); 6] = [(96.0, 190.0), (44.0, 56.0), (48.0, 76.0), (60.0, 76.0), (64.0, 76.0), (64.0, 84.0)];
/// At this width the columns have their least width.
const NARROW: f32 = 900.0;
/// At this width they have the most.
const WIDE: f32 = 1500.0;
/// Height of a row of [`compact_ui`].
pub const COMPACT_ROW: f32 = 17.0;
/// Height of its time axis.
pub const COMPACT_AXIS: f32 = 16.0;
/// Width of the names there.
const COMPACT_NAME: f32 = 76.0;
