//! The messages as a list: number, who to whom, when.

use std::time::Duration;

use egui::{
    Align2, CornerRadius, Key, Rect, Role, ScrollArea, Sense, StrokeKind, TextStyle, Ui, WidgetInfo, pos2,
    text::LayoutJob, vec2,
};

use super::{
    layout::participants::Participants,
    messages::{TraceMessage, TracePart},
    words,
};
use crate::{
    app::{
        theme::{Theme, mono_small},
        widgets,
    },
    proto::dns::trace::ResolutionStep,
    wire::units,
};

/// What the list shows.
pub(super) struct List<'a> {
    pub(super) steps: &'a [ResolutionStep],
    pub(super) told: &'a [TraceMessage],
    pub(super) people: &'a Participants,
    /// The place of the message that is chosen.
    pub(super) chosen: Option<usize>,
    /// Where the playhead stands; `None` at the end.
    pub(super) moment: Option<Duration>,
}

/// Paints it; returns the place of what was clicked.
pub(super) fn list_ui(ui: &mut Ui, list: &List<'_>) -> Option<usize> {
    let List { steps, told, people, chosen, moment } = list;
    if told.is_empty() {
        return None;
    }
    widgets::section(ui, "Messages");
    let origin = steps.first().map_or(Duration::ZERO, |step| step.sent_at);
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut clicked = None;
    ScrollArea::vertical().id_salt("messages").auto_shrink(false).show_rows(ui, ROW, told.len(), |ui, shown| {
        for place in shown {
            let Some((one, step)) = told.get(place).and_then(|one| Some((one, steps.get(one.step)?))) else { continue };
            let brief = words::brief(people, step, one);
            let time = units::time(one.at.saturating_sub(origin));
            let row = Row { one, step, brief, time, chosen: *chosen == Some(place), future: !one.is_past(*moment) };
            if row.ui(ui) {
                clicked = Some(place);
            }
        }
    });
    clicked
}

struct Row<'a> {
    one: &'a TraceMessage,
    step: &'a ResolutionStep,
    brief: String,
    time: String,
    chosen: bool,
    future: bool,
}

impl Row<'_> {
    fn ui(&self, ui: &mut Ui) -> bool {
        let theme = Theme::of(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width() - 4.0, ROW), Sense::click());
        crate::app::focus::into_view(&response);
        let number = self.one.number.map_or_else(String::new, |number| number.to_string());
        let words = match self.one.number {
            Some(number) => format!("Message {number}: {}, {}", self.brief, self.time),
            None => format!("{}, {}", self.brief, self.time),
        };
        response.widget_info(|| WidgetInfo::selected(Role::Row, true, self.chosen, &words));
        let strength = if self.future { 0.4 } else { 1.0 };
        if self.chosen {
            ui.painter().rect_filled(rect, CornerRadius::same(4), theme.selection);
        } else if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(rect, CornerRadius::same(4), theme.control_hovered);
        }
        let pill = Rect::from_center_size(pos2(rect.left() + 18.0, rect.center().y), vec2(26.0, 16.0));
        let painter = ui.painter();
        match self.one.part {
            TracePart::Query | TracePart::Reply => {
                painter.rect_stroke(pill, CornerRadius::same(8), theme.border(), StrokeKind::Inside);
                let font = TextStyle::Small.resolve(ui.style());
                painter.text(pill.center(), Align2::CENTER_CENTER, number, font, theme.muted.gamma_multiply(strength));
            }
            TracePart::Silence => {
                painter.text(pill.center(), Align2::CENTER_CENTER, "×", mono_small(), theme.bad);
            }
            TracePart::Known => {
                painter.circle_filled(pill.center(), 4.0, theme.accent.gamma_multiply(strength));
            }
        }
        let time = painter.text(
            rect.right_center() - vec2(6.0, 0.0),
            Align2::RIGHT_CENTER,
            &self.time,
            mono_small(),
            theme.text.gamma_multiply(strength),
        );
        let font = TextStyle::Body.resolve(ui.style());
        let tone = if self.one.part == TracePart::Silence { theme.bad } else { theme.text };
        let mut job = LayoutJob::simple_singleline(self.brief.clone(), font, tone.gamma_multiply(strength));
        job.wrap = egui::text::TextWrapping::truncate_at_width(time.left() - pill.right() - 12.0);
        let galley = painter.layout_job(job);
        painter.galley(pos2(pill.right() + 6.0, rect.center().y - galley.size().y / 2.0), galley, tone);
        let pressed = response.clicked() || response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        response.on_hover_text(words::sentence(self.step, self.one));
        pressed
    }
}

/// Height of a row.
const ROW: f32 = 23.0;
