//! Time travel: the moments at which something was decided, and the jar as it was at one of them.

use egui::{Slider, Stroke, Ui};

use super::words;
use crate::{
    app::{theme::Theme, widgets},
    engine::jar::LoggedDecision,
    proto::http::cookies::UnixMicros,
    store::Revision,
};

/// A moment: a state of the store, and its date.
pub(super) type Moment = (Revision, UnixMicros);

/// Every moment at which something was decided, the earliest first.
pub(super) fn moments(decisions: &[LoggedDecision]) -> Vec<Moment> {
    let mut moments: Vec<Moment> = decisions.iter().map(|one| (one.revision, one.date)).collect();
    moments.dedup_by_key(|(revision, _)| *revision);
    moments
}

/// Paints the slider; `at` is a place in `moments`, `None` is now. Returns whether it was moved.
pub(super) fn moments_ui(ui: &mut Ui, moments: &[Moment], at: &mut Option<usize>) -> bool {
    let latest = moments.len();
    let before = *at;
    let mut place = at.unwrap_or(latest).min(latest);
    ui.horizontal(|ui| {
        let end = |ui: &mut Ui| {
            let is_past = place < latest;
            if ui.add_enabled_ui(is_past, |ui| widgets::quiet_button(ui, "back to now")).inner.clicked() {
                place = latest;
            }
            let words = moments.get(place).map_or_else(|| "now".to_owned(), |(_, date)| words::long_date(*date));
            widgets::muted(ui, words);
            place
        };
        let (place, ()) = widgets::line_ending_in(ui, end, |ui| {
            widgets::muted(ui, "Moment");
            let mut moved = place_of(*at, latest);
            ui.spacing_mut().slider_width = (ui.available_width() - 12.0).max(40.0);
            let theme = Theme::of(ui);
            ui.visuals_mut().widgets.inactive.bg_fill = theme.handle;
            ui.visuals_mut().widgets.inactive.fg_stroke = Stroke::new(1.5, theme.accent);
            ui.visuals_mut().selection.bg_fill = theme.accent;
            ui.spacing_mut().interact_size.y = 15.0;
            let response = ui.add(Slider::new(&mut moved, 0..=latest).show_value(false).trailing_fill(true));
            let response = widgets::named(ui, response, "Moment: the jar as it was");
            if response.changed() {
                *at = (moved < latest).then_some(moved);
            }
        });
        if place == latest && before.is_some() && *at == before {
            *at = None;
        }
    });
    *at != before
}

fn place_of(at: Option<usize>, latest: usize) -> usize {
    at.unwrap_or(latest).min(latest)
}
