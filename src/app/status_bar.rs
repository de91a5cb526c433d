//! The status bar: what runs (and a way to stop it), what the shown record adds up to, what the gateway publishes.

use egui::{Align, Color32, Layout, Sense, TextStyle, Ui, vec2};

use super::{
    actions::Action,
    gateway_sheet,
    runs::{RunRecord, Runs},
    store_popup,
    theme::Theme,
    widgets,
};
use crate::{
    engine::{
        bridge::{PublishedService, RunId},
        experiments::NewsLog,
        store_status::StoreStatus,
    },
    wire::{FlowKind, Side, units},
};

/// What the status bar shows.
pub(super) struct StatusBar<'a> {
    /// The runs.
    pub runs: &'a Runs,
    /// What the shown run adds up to.
    pub totals: Totals,
    /// How the shown run's numbers came about.
    pub provenance: Option<&'a str>,
    /// What the gateway publishes; empty while it is off.
    pub gateway: &'a [PublishedService],
    /// Whether the gateway has been asked for.
    pub gateway_wanted: bool,
    /// What lasts in the lab; `None` while it is not known, and in the Internet.
    pub store: Option<&'a StoreStatus>,
    /// The record by itself that the drawer shows.
    pub watched: Option<RunId>,
}

/// Sums over a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    /// Connections opened.
    pub connections: usize,
    /// Requests answered.
    pub exchanges: usize,
    /// Octets both ways.
    pub octets: u64,
}

impl Totals {
    /// What `record` adds up to.
    pub(super) fn of(record: &RunRecord) -> Self {
        let exchanges = record
            .any_report()
            .map_or_else(|| record.news.as_ref().map_or(0, NewsLog::exchanges), |report| report.summary().exchanges);
        let mut totals = Self { exchanges, ..Self::default() };
        for flow in record.ledger.flows() {
            totals.connections += usize::from(flow.kind == FlowKind::Connection);
            totals.octets += flow.octets(Side::Client) + flow.octets(Side::Server);
        }
        totals
    }
}

/// Paints the bar. What stands at its right end keeps its room; the words before it are shortened.
pub(super) fn status_bar_ui(ui: &mut Ui, bar: &StatusBar<'_>, actions: &mut Vec<Action>) {
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.style_mut().override_text_style = Some(TextStyle::Small);
        ui.spacing_mut().item_spacing.x = SPACING;
        let short = ui.available_width() < NARROW;
        let end_id = ui.scope_id().with("end");
        let end = ui.data(|data| data.get_temp::<f32>(end_id)).unwrap_or(ui.available_width() * 0.5);
        let words = (ui.available_width() - end - SPACING).max(0.0);
        ui.allocate_ui_with_layout(vec2(words, ui.available_height()), Layout::left_to_right(Align::Center), |ui| {
            ui.set_max_width(words);
            jobs_ui(ui, bar.runs, actions);
            words_ui(ui, bar);
        });
        ui.add_space((ui.available_width() - end).max(0.0));
        let left = ui.cursor().left();
        gateway_ui(ui, bar, short, actions);
        if let Some(store) = bar.store {
            store_popup::calendar_button_ui(ui, store, actions);
        }
        // How much room that took is known when it has been painted.
        let taken = ui.min_rect().right() - left;
        if (taken - end).abs() > 0.5 {
            ui.data_mut(|data| data.insert_temp(end_id, taken));
            ui.ctx().request_discard("the right end of the status bar has another width");
        }
    });
}

/// What the shown record adds up to, and how its numbers came about.
fn words_ui(ui: &mut Ui, bar: &StatusBar<'_>) {
    let mut words = Vec::new();
    if bar.totals.connections > 0 {
        let Totals { connections, exchanges, octets } = bar.totals;
        let connections = units::count(connections, "connection", "connections");
        let exchanges = units::count(exchanges, "exchange", "exchanges");
        words.push(format!("{connections} · {exchanges} · {}", units::measured_octets(octets)));
    }
    words.extend(bar.provenance.map(str::to_owned));
    for words in words {
        if ui.available_width() < LEAST_WORDS {
            return;
        }
        let colour = Theme::of(ui).muted;
        ui.add(egui::Label::new(egui::RichText::new(words).color(colour)).truncate());
    }
}

fn jobs_ui(ui: &mut Ui, runs: &Runs, actions: &mut Vec<Action>) {
    let theme = Theme::of(ui);
    let running: Vec<RunId> = runs.running().map(|(job, _)| job).collect();
    dot_ui(ui, if running.is_empty() { theme.muted } else { theme.good });
    if running.is_empty() {
        widgets::muted(ui, "idle");
        return;
    }
    let doing = runs.running().find_map(|(_, record)| record.progress.as_ref());
    let text = doing.map_or_else(
        || format!("{} running", running.len()),
        |progress| format!("{} running · {} ({} of {})", running.len(), progress.doing, progress.done, progress.of),
    );
    widgets::muted(ui, text);
    if widgets::quiet_button(ui, "stop").on_hover_text("Stop everything that runs (Esc)").clicked() {
        actions.extend(running.into_iter().map(Action::Stop));
    }
}

fn dot_ui(ui: &mut Ui, colour: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(8.0, 8.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), 4.0, colour);
}

fn gateway_ui(ui: &mut Ui, bar: &StatusBar<'_>, short: bool, actions: &mut Vec<Action>) {
    let mut wanted = bar.gateway_wanted;
    let words = match (bar.gateway_wanted, bar.gateway.is_empty()) {
        (false, _) => "gateway off".to_owned(),
        (true, true) => "gateway starting".to_owned(),
        (true, false) if short => "gateway on".to_owned(),
        (true, false) => gateway_words(bar.gateway),
    };
    let response = widgets::check(ui, &mut wanted, &words);
    if response.on_hover_text(gateway_sheet::WHAT_IT_DOES).changed() {
        actions.push(Action::Gateway(wanted));
    }
    if !bar.gateway.is_empty() {
        let says = "Every service with its address and a command line that talks to it; give one a fixed port.";
        let button = widgets::quiet_button(ui, if short { "all" } else { "all services" });
        if widgets::named(ui, button, "All services of the gateway").on_hover_text(says).clicked() {
            actions.push(Action::Published);
        }
    }
    let (all, traffic) = if short { ("back", "traffic") } else { ("back to this tab's traffic", "show its traffic") };
    if bar.watched.is_some() {
        let says = "The drawer above shows a record that belongs to no tab.";
        let button = widgets::quiet_button(ui, all);
        if widgets::named(ui, button, "back to this tab's traffic").on_hover_text(says).clicked() {
            actions.push(Action::Watch(None));
        }
    } else if bar.gateway_wanted {
        let says = "What other programs ask the lab through the gateway, in the drawer above.";
        let button = widgets::quiet_button(ui, traffic);
        if widgets::named(ui, button, "show its traffic").on_hover_text(says).clicked() {
            actions.push(Action::Watch(Some(RunId::GATEWAY)));
        }
    }
}

fn gateway_words(gateway: &[PublishedService]) -> String {
    let first = gateway.first().map_or_else(String::new, |first| {
        format!("{} at {}", widgets::shortened(&first.host, HOST_CHARS), first.ip_port)
    });
    let more = gateway.len().saturating_sub(1);
    if more == 0 { format!("gateway: {first}") } else { format!("gateway: {first} and {more} more") }
}

const SPACING: f32 = 12.0;
/// Below this width the bar says less.
const NARROW: f32 = 900.0;
/// Words that have less room than this are left out.
const LEAST_WORDS: f32 = 40.0;
/// How much of a host's name the bar shows.
const HOST_CHARS: usize = 32;
