//! The status bar: what runs (and a way to stop it), what the shown record adds up to, what the gateway publishes.

use egui::{Align, Color32, Layout, Sense, TextStyle, Ui, vec2};

use super::{
    actions::Action,
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

/// Paints the bar.
pub(super) fn status_bar_ui(ui: &mut Ui, bar: &StatusBar<'_>, actions: &mut Vec<Action>) {
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.style_mut().override_text_style = Some(TextStyle::Small);
        ui.spacing_mut().item_spacing.x = 12.0;
        jobs_ui(ui, bar.runs, actions);
        if bar.totals.connections > 0 {
            let Totals { connections, exchanges, octets } = bar.totals;
            let connections = units::count(connections, "connection", "connections");
            let exchanges = units::count(exchanges, "exchange", "exchanges");
            widgets::muted(ui, format!("{connections} · {exchanges} · {}", units::measured_octets(octets)));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(store) = bar.store {
                store_popup::calendar_button_ui(ui, store, actions);
            }
            gateway_ui(ui, bar, actions);
            if let Some(provenance) = bar.provenance {
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let colour = Theme::of(ui).muted;
                    ui.add(egui::Label::new(egui::RichText::new(provenance).color(colour)).truncate());
                });
            }
        });
    });
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

fn gateway_ui(ui: &mut Ui, bar: &StatusBar<'_>, actions: &mut Vec<Action>) {
    let mut wanted = bar.gateway_wanted;
    let words = match (bar.gateway_wanted, bar.gateway.is_empty()) {
        (false, _) => "gateway off".to_owned(),
        (true, true) => "gateway starting".to_owned(),
        (true, false) => gateway_words(bar.gateway),
    };
    let response = widgets::check(ui, &mut wanted, &words);
    let response = response.on_hover_ui(|ui| {
        ui.label("The gateway publishes the lab's hosts on this machine's loopback, so that curl, a browser or your own program can talk to them.");
        for published in bar.gateway {
            let transports = if published.datagrams { format!("{}  ", published.transports()) } else { String::new() };
            let PublishedService { service, ip_port, host, .. } = published;
            widgets::mono_label(ui, format!("{service:<5} {ip_port}  {transports}{host}"));
        }
    });
    if response.changed() {
        actions.push(Action::Gateway(wanted));
    }
    if bar.watched.is_some() {
        let says = "The drawer above shows a record that belongs to no tab.";
        if widgets::quiet_button(ui, "back to this tab's traffic").on_hover_text(says).clicked() {
            actions.push(Action::Watch(None));
        }
    } else if bar.gateway_wanted {
        let says = "What other programs ask the lab through the gateway, in the drawer above.";
        if widgets::quiet_button(ui, "show its traffic").on_hover_text(says).clicked() {
            actions.push(Action::Watch(Some(RunId::GATEWAY)));
        }
    }
}

fn gateway_words(gateway: &[PublishedService]) -> String {
    let first = gateway.first().map_or_else(String::new, |first| format!("{} at {}", first.host, first.ip_port));
    let more = gateway.len().saturating_sub(1);
    if more == 0 { format!("gateway: {first}") } else { format!("gateway: {first} and {more} more") }
}
