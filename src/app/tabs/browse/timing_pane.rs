//! The times of one exchange, phase by phase, and of the whole visit.

use std::time::Duration;

use egui::{RichText, ScrollArea, Sense, Ui, pos2, vec2};

use super::exchanges::{Exchanges, began, ended};
use crate::{
    app::{
        theme::{FetchPhase, Theme},
        widgets,
    },
    engine::browse::Exchange,
    wire::units,
};

/// Paints them. Times count from `origin`.
pub(super) fn timing_ui(ui: &mut Ui, exchanges: &Exchanges<'_>, at: usize, origin: Duration) {
    let Some(exchange) = exchanges.all.get(at) else { return };
    ScrollArea::vertical().id_salt("timing").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        let name = crate::app::parts::waterfall::short_name(&exchange.timing.url);
        widgets::mono_label(ui, super::names::cut_in_the_middle(&name, NAME_LETTERS))
            .on_hover_text(exchange.timing.url.as_str());
        ui.add_space(4.0);
        phases_ui(ui, exchange);
        ui.add_space(8.0);
        widgets::rule(ui);
        let phases = &exchange.timing.phases;
        let from = began(phases);
        widgets::number_row(ui, "from", &units::time(from.saturating_sub(origin)));
        widgets::number_row(ui, "to", &units::time(ended(phases).saturating_sub(origin)));
        widgets::number_row(ui, "together", &units::time(ended(phases).saturating_sub(from)));
        widgets::number_row(ui, "connection", &connection(exchange));
        widgets::number_row(ui, "sent", &units::count_octets(exchange.timing.request_octets));
        widgets::number_row(ui, "received", &units::count_octets(exchange.timing.response_octets));
        widgets::number_row(ui, "of which content", &units::count_octets(exchange.timing.content_octets));
        whole_ui(ui, exchanges);
    });
}

fn connection(exchange: &Exchange) -> String {
    let reused = exchange.timing.phases.connect.is_none();
    match exchange.timing.connection_number {
        0 => "none".to_owned(),
        number => format!("#{number}, {}", if reused { "kept from before" } else { "new" }),
    }
}

fn phases_ui(ui: &mut Ui, exchange: &Exchange) {
    let theme = Theme::of(ui);
    let phases = &exchange.timing.phases;
    let (from, to) = (began(phases), ended(phases));
    let whole = to.saturating_sub(from).as_secs_f32().max(1e-9);
    for phase in FetchPhase::ALL {
        let span = phase.span(phases);
        let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::hover());
        let words = if span.is_some() { theme.text } else { theme.muted };
        let painter = ui.painter();
        let middle = row.center().y;
        let square = egui::Rect::from_center_size(pos2(row.left() + 5.0, middle), vec2(9.0, 9.0));
        painter.rect_filled(square, 2.0, theme.phase(phase));
        let body = egui::TextStyle::Body.resolve(ui.style());
        painter.text(pos2(row.left() + 18.0, middle), egui::Align2::LEFT_CENTER, phase.word(), body, words);
        let told = span.map_or_else(|| "–".to_owned(), |span| units::time(span.to.saturating_sub(span.from)));
        let mono = crate::app::theme::mono();
        painter.text(pos2(row.right(), middle), egui::Align2::RIGHT_CENTER, &told, mono, words);
        let track = egui::Rect::from_min_max(
            pos2(row.left() + BAR_FROM, middle - 5.0),
            pos2(row.right() - BAR_TO, middle + 5.0),
        );
        painter.rect_filled(track, 2.0, theme.code_ground);
        if let Some(span) = span {
            let place = |at: Duration| track.left() + track.width() * (at.saturating_sub(from).as_secs_f32() / whole);
            let bar = track.with_min_x(place(span.from)).with_max_x(place(span.to).max(place(span.from) + 1.0));
            painter.rect_filled(bar, 1.0, theme.phase(phase));
        }
        let enabled = ui.is_enabled();
        response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, enabled, format!("{}: {told}", phase.word())));
        response.on_hover_text(phase.meaning());
    }
}

fn whole_ui(ui: &mut Ui, exchanges: &Exchanges<'_>) {
    let timings = exchanges.timings();
    let from = timings.iter().map(|timing| began(&timing.phases)).min().unwrap_or_default();
    let to = timings.iter().map(|timing| ended(&timing.phases)).max().unwrap_or_default();
    let connections = timings.iter().filter(|timing| timing.phases.connect.is_some()).count();
    let received: u64 = timings.iter().map(|timing| timing.response_octets).sum();
    let failed = timings.iter().filter(|timing| timing.failure.is_some()).count();
    widgets::section(ui, "The whole page");
    widgets::number_row(ui, "time", &units::time(to.saturating_sub(from)));
    widgets::number_row(ui, "requests", &timings.len().to_string());
    widgets::number_row(ui, "connections opened", &connections.to_string());
    widgets::number_row(ui, "received", &units::measured_octets(received));
    if failed > 0 {
        let words = units::count(failed, "exchange failed", "exchanges failed");
        ui.label(RichText::new(words).color(Theme::of(ui).bad));
    }
}

/// Letters of a name shown.
const NAME_LETTERS: usize = 44;

/// Where the bars begin, from the left …
const BAR_FROM: f32 = 84.0;

/// … and end, from the right.
const BAR_TO: f32 = 72.0;
