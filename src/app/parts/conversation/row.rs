//! One row: when, who, what; words and marks besides the colours.

use std::time::Duration;

use egui::{
    Align2, Color32, CornerRadius, FontId, Painter, Pos2, Rect, Role, Sense, TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use super::{
    super::{RecordIndex, Scene, index::RowItem},
    rows::{RowPlace, end_text, head_text, line_text, note_text, side_word, time_word},
};
use crate::{
    app::{
        subject::RecordSelection,
        theme::{FetchPhase, Theme, mono, size},
        widgets::{self, quiet_button},
    },
    lens::{ConversationLine, LineEnd, TextTone},
    wire::{EventIndex, FlowState, NoteKind, Side, units},
};

/// A row about to be painted.
pub(super) struct Row<'a> {
    place: RowPlace<'a>,
    number: u32,
    line: Option<ConversationLine>,
    /// The events the line came in.
    events: Option<(EventIndex, EventIndex)>,
    at: Duration,
    origin: Duration,
    future: bool,
    /// The one before it, in the same connection, is not in the future.
    first_of_future: bool,
}

/// What was done with a row.
pub(super) struct RowResponse {
    pub clicked: bool,
    pub copied: bool,
}

impl<'a> Row<'a> {
    pub(super) fn of(scene: &Scene<'a>, index: &RecordIndex, row: usize, until: Duration) -> Option<Self> {
        let (place, line, at) = read(scene, index, row)?;
        let events = line.as_ref().map(|line| (line.event, place.last_event(index, line)));
        let future = at > until;
        let before = || row.checked_sub(1).and_then(|row| read(scene, index, row));
        let first_of_future = future && before().is_none_or(|(before, _, at)| before.slot != place.slot || at <= until);
        let number = index.slot(place.slot).map_or(0, |slot| slot.number);
        Some(Self { place, number, line, events, at, origin: scene.origin(), future, first_of_future })
    }

    /// What clicking it picks.
    pub(super) fn pick(&self, scene: &Scene<'_>) -> Option<RecordSelection> {
        let event = self.events.map(|(first, _)| first);
        (!self.future).then_some(RecordSelection { job: scene.subject.job, flow: self.place.flow.id, event })
    }

    pub(super) fn ui(&self, ui: &mut Ui, pick: Option<RecordSelection>, chosen: bool) -> RowResponse {
        let theme = Theme::of(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), super::ROW), Sense::click());
        crate::app::focus::into_view(&response);
        let picked = self.is_picked(pick);
        response.widget_info(|| {
            let words = if self.future { "not yet at this moment".to_owned() } else { self.words() };
            WidgetInfo::selected(Role::Row, true, picked || chosen, words)
        });
        let mut copied = false;
        if self.place.item == RowItem::Head {
            ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.code_ground);
        }
        if picked || chosen {
            ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.selection);
        } else if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.control_hovered);
        }
        if self.future && self.place.item != RowItem::Head {
            if self.first_of_future {
                let at = pos2(rect.left() + TEXT, rect.center().y);
                let font = TextStyle::Small.resolve(ui.style());
                ui.painter().text(
                    at,
                    Align2::LEFT_CENTER,
                    "nothing more has crossed at this moment",
                    font,
                    theme.muted,
                );
            }
            return RowResponse { clicked: response.clicked(), copied };
        }
        let pen = RowPen { painter: ui.painter(), theme, rect, small: TextStyle::Small.resolve(ui.style()) };
        match self.place.item {
            RowItem::Head => {
                self.head(&pen);
                let corner = Rect::from_min_max(pos2(rect.left() + HEAD_COPY, rect.top()), rect.right_bottom());
                let mut corner = ui.new_child(
                    egui::UiBuilder::new()
                        .id_salt(("copy", self.number))
                        .max_rect(corner)
                        .layout(egui::Layout::left_to_right(egui::Align::Center)),
                );
                copied = quiet_button(&mut corner, "copy").on_hover_text("Copy this connection's lines").clicked();
            }
            RowItem::Line(_) => self.line(&pen),
            RowItem::Note(note) => self.note(&pen, note),
            RowItem::End => {
                pen.time(self.at, self.origin);
                let bad = matches!(self.place.flow.state, FlowState::Failed(_));
                pen.text(TEXT, &end_text(self.place.flow), if bad { theme.bad } else { theme.muted });
            }
        }
        let clicked = response.clicked();
        if let Some(words) = self.line.as_ref().and_then(|line| line.meaning.clone()) {
            response.on_hover_text(words);
        }
        RowResponse { clicked, copied }
    }

    fn is_picked(&self, pick: Option<RecordSelection>) -> bool {
        pick.is_some_and(|pick| {
            pick.flow == self.place.flow.id
                && match (pick.event, self.events) {
                    (Some(event), Some((first, last))) => (first..=last).contains(&event),
                    (None, None) => self.place.item == RowItem::Head,
                    (Some(_), None) | (None, Some(_)) => false,
                }
        })
    }

    /// The row for a screen reader.
    fn words(&self) -> String {
        match (&self.place.item, &self.line) {
            (RowItem::Head, _) => format!("connection {} to {}", self.number, head_text(self.place.flow)),
            (_, Some(line)) => format!("{}{}, {}", line_text(line), line.aside, time_word(self.at, self.origin)),
            (RowItem::Note(note), _) => self.place.flow.notes.get(*note).map(note_text).unwrap_or_default(),
            (RowItem::Line(_) | RowItem::End, _) => end_text(self.place.flow),
        }
    }

    fn head(&self, pen: &RowPen<'_>) {
        let theme = pen.theme;
        let flow = self.place.flow;
        pen.time(self.at, self.origin);
        let left = pen.text(SIDE, &format!("#{}", self.number), theme.accent);
        let left = pen.text(left.max(TEXT), &head_text(flow), theme.text);
        let ended = flow.ended_at.map(|at| time_word(at, self.origin));
        let words = match (&flow.state, ended) {
            (FlowState::Live, _) | (_, None) => "open".to_owned(),
            (FlowState::Closed, Some(at)) => format!("closed at {at}"),
            (FlowState::Stopped, Some(at)) => format!("stopped at {at}"),
            (FlowState::Failed(_), Some(at)) => format!("failed at {at}"),
        };
        let words = format!(
            "{words} · {} sent, {} received",
            units::measured_octets(flow.octets(Side::Client)),
            units::measured_octets(flow.octets(Side::Server))
        );
        let words = if self.future { "not opened yet at this moment".to_owned() } else { words };
        pen.small(left.max(HEAD_COPY + 60.0), &words, theme.muted);
    }

    fn note(&self, pen: &RowPen<'_>, note: usize) {
        let Some(note) = self.place.flow.notes.get(note) else { return };
        pen.time(self.at, self.origin);
        let word = match note.kind {
            NoteKind::Why => "why",
            NoteKind::Queueing => "queue",
            NoteKind::Dns => "DNS",
            NoteKind::Tls => "TLS",
            NoteKind::Omitted | NoteKind::Unrecorded => "left out",
        };
        let left = pen.tag(TEXT, word, pen.theme.muted);
        pen.small(left + size::GAP, &note_text(note), pen.theme.muted);
    }

    fn line(&self, pen: &RowPen<'_>) {
        let Some(line) = &self.line else { return };
        let theme = pen.theme;
        pen.time(self.at, self.origin);
        pen.text(SIDE, side_word(line.side), theme.side(line.side));
        let bar = Rect::from_min_size(pos2(pen.rect.left() + BAR, pen.rect.top()), vec2(3.0, pen.rect.height()));
        pen.painter.rect_filled(bar, CornerRadius::ZERO, theme.side(line.side));
        let mut left = TEXT;
        let mut room = MAX_LINE;
        for (words, tone) in line.parts() {
            let shown = clip(words, room);
            room = room.saturating_sub(shown.chars().count());
            left = pen.text(left, shown, colour(tone, line.side, theme));
        }
        left = pen.text(left, &line.aside, theme.muted);
        match line.end {
            LineEnd::CrLf => left = pen.tag(left + size::GAP, "CRLF", theme.muted),
            LineEnd::Lf => left = pen.tag(left + size::GAP, "LF", theme.bad),
            LineEnd::None => {}
        }
        if let Some(wrong) = &line.wrong {
            pen.small(left + size::GAP, &format!("wrong: {wrong}"), theme.bad);
        }
    }
}

fn read<'a>(
    scene: &Scene<'a>,
    index: &RecordIndex,
    row: usize,
) -> Option<(RowPlace<'a>, Option<ConversationLine>, Duration)> {
    let place = RowPlace::of(scene, index, row)?;
    let line = place.line(index);
    let at = place.moment(line.as_ref());
    Some((place, line, at))
}

/// The colour of a part of a line.
fn colour(tone: TextTone, side: Side, theme: &Theme) -> Color32 {
    match tone {
        TextTone::Text => theme.text,
        TextTone::Muted => theme.muted,
        TextTone::Name | TextTone::Further => theme.accent,
        TextTone::Good => theme.good,
        TextTone::Bad => theme.bad,
        TextTone::Side => theme.side(side),
        TextTone::Step => theme.phase_words(FetchPhase::Tls),
    }
}

/// The first characters of a part of a line.
fn clip(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| text.get(..end).unwrap_or_default())
}

/// Writes into a row.
struct RowPen<'a> {
    painter: &'a Painter,
    theme: &'static Theme,
    rect: Rect,
    small: FontId,
}

impl RowPen<'_> {
    fn at(&self, left: f32) -> Pos2 {
        pos2(self.rect.left() + left, self.rect.center().y)
    }

    /// Words in the mono font; returns where they end.
    fn text(&self, left: f32, words: &str, colour: Color32) -> f32 {
        self.painter.text(self.at(left), Align2::LEFT_CENTER, words, mono(), colour).right() - self.rect.left()
    }

    fn small(&self, left: f32, words: &str, colour: Color32) -> f32 {
        self.painter.text(self.at(left), Align2::LEFT_CENTER, words, self.small.clone(), colour).right()
            - self.rect.left()
    }

    fn time(&self, at: Duration, origin: Duration) {
        let cell = Rect::from_x_y_ranges(self.rect.left()..=self.rect.left() + TIME, self.rect.y_range());
        widgets::clipped_by(self.painter, cell, Align2::RIGHT_CENTER, &time_word(at, origin), mono(), self.theme.muted);
    }

    /// A word in a small frame; returns where it ends.
    fn tag(&self, left: f32, word: &str, colour: Color32) -> f32 {
        let font = FontId::new(TAG_TEXT, egui::FontFamily::Proportional);
        let galley = self.painter.layout_no_wrap(word.to_owned(), font, colour);
        let ground = Rect::from_min_size(self.at(left) - vec2(0.0, 6.5), galley.size() + vec2(8.0, 0.0));
        let ground = Rect::from_center_size(pos2(ground.center().x, self.rect.center().y), vec2(ground.width(), 13.0));
        self.painter.rect_stroke(ground, CornerRadius::same(3), self.theme.border(), egui::StrokeKind::Inside);
        self.painter.galley(ground.center() - galley.size() / 2.0, galley, colour);
        ground.right() - self.rect.left()
    }
}

/// Where the times end.
const TIME: f32 = 84.0;
/// Where the side's bar is.
const BAR: f32 = 92.0;
/// Where the side's word begins.
const SIDE: f32 = 102.0;
/// Where the text begins.
const TEXT: f32 = 130.0;
/// Where a connection's button is.
const HEAD_COPY: f32 = 480.0;
/// Characters of a line that are shown.
const MAX_LINE: usize = 400;
/// Size of a tag's word.
const TAG_TEXT: f32 = 9.0;
