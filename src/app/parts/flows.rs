//! The table of connections: their ends, how each stands at the playhead, what crossed, who was at fault.

use std::{net::SocketAddr, time::Duration};

use egui::{
    Align, Align2, CornerRadius, Layout, Rect, Role, ScrollArea, Sense, TextStyle, Ui, UiBuilder, WidgetInfo, vec2,
};

use super::{
    RecordIndex, Scene,
    index::{FlowSlot, Milestone, OctetSums, nanos},
    legend,
};
use crate::{
    app::{
        hand_in::{HandIn, Table, Value},
        subject::RecordSelection,
        theme::{Theme, mono, size},
        widgets,
    },
    wire::{ConnectionStep, End, Flow, FlowKind, FlowState, Side, units},
};

/// How a connection stands at a moment. RFC 9293 §3.3.2, seen from the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Its name is being looked up, or it has not begun.
    Opening,
    /// SYN sent, no answer yet.
    Connecting,
    /// Both ends may send.
    Established,
    /// One end has said that it has no more to send.
    HalfClosed(Side),
    /// Both have.
    Closing,
    /// Over, as its protocol says.
    Closed,
    /// Over, because the student said stop.
    Stopped,
    /// Over, because something went wrong.
    Failed,
}

impl ConnectionState {
    /// How `flow` stands at `at`, told from its steps.
    pub(super) fn at(flow: &Flow, slot: &FlowSlot, at: Duration) -> Self {
        if flow.ended_at.is_some_and(|ended| ended <= at) {
            return match &flow.state {
                FlowState::Live | FlowState::Closed => Self::Closed,
                FlowState::Stopped => Self::Stopped,
                FlowState::Failed(_) => Self::Failed,
            };
        }
        let mut state = if flow.kind == FlowKind::Datagrams { Self::Established } else { Self::Opening };
        for Milestone { at: when, from, step, .. } in &slot.steps {
            if *when > nanos(at) {
                break;
            }
            state = match (step, state) {
                (ConnectionStep::Syn, _) => Self::Connecting,
                (
                    ConnectionStep::SynAck | ConnectionStep::Ack | ConnectionStep::TlsEstablished,
                    Self::Opening | Self::Connecting,
                ) => Self::Established,
                (ConnectionStep::Fin, Self::HalfClosed(first)) if first != *from => Self::Closing,
                (ConnectionStep::Fin, Self::Opening | Self::Connecting | Self::Established) => Self::HalfClosed(*from),
                (ConnectionStep::Rst, _) => Self::Closed,
                (_, state) => state,
            };
        }
        let spoke = || flow.events.first().is_some_and(|event| event.at <= at);
        if state == Self::Opening && slot.steps.is_empty() && spoke() { Self::Established } else { state }
    }

    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Connecting => "connecting",
            Self::Established => "established",
            Self::HalfClosed(_) | Self::Closing => "closing",
            Self::Closed => "closed",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// In one sentence, with TCP's own name for it.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Opening => "Nothing has been sent yet (CLOSED, RFC 9293 §3.3.2): the name may still be looked up.",
            Self::Connecting => "SYN sent, no answer yet (SYN-SENT, RFC 9293 §3.3.2).",
            Self::Established => "Both ends may send (ESTABLISHED, RFC 9293 §3.3.2).",
            Self::HalfClosed(Side::Client) => {
                "This end has said FIN, the other may still send (FIN-WAIT, RFC 9293 §3.6)."
            }
            Self::HalfClosed(Side::Server) => {
                "The other end has said FIN, this one may still send (CLOSE-WAIT, RFC 9293 §3.6)."
            }
            Self::Closing => "Both ends have said FIN; the last acknowledgement is on its way (RFC 9293 §3.6).",
            Self::Closed => "The connection is over and its 4-tuple is free (CLOSED, RFC 9293 §3.6).",
            Self::Stopped => "You stopped it.",
            Self::Failed => "It ended by a failure.",
        }
    }
}

/// The table, up to `until`. Returns the connection that was clicked.
pub fn flows_ui(
    ui: &mut Ui,
    scene: &Scene<'_>,
    index: &RecordIndex,
    until: Duration,
    pick: Option<RecordSelection>,
) -> Option<RecordSelection> {
    let opened = index.connections().partition_point(|&slot| {
        index.slot(slot).and_then(|slot| slot.flow(scene.ledger)).is_some_and(|flow| flow.opened_at <= until)
    });
    if opened == 0 {
        legend::nothing_ui(ui, "No connection has been opened yet.");
        return None;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let columns = columns(ui.available_width());
    let head = header_ui(ui, &columns);
    let mut corner = ui.new_child(
        UiBuilder::new().max_rect(head.shrink2(vec2(4.0, 0.0))).layout(Layout::right_to_left(Align::Center)),
    );
    HandIn::of("flows").table(|| table(scene, index, until)).ui(&mut corner);
    let mut clicked = None;
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, size::ROW, opened, |ui, shown| {
        for row in shown {
            let slot = index.connections().get(row).and_then(|slot| index.slot(*slot));
            let Some((slot, flow)) = slot.and_then(|slot| slot.flow(scene.ledger).map(|flow| (slot, flow))) else {
                continue;
            };
            let own = RecordSelection { job: scene.subject.job, flow: flow.id, event: None };
            let selected = pick.is_some_and(|pick| pick.job == own.job && pick.flow == own.flow);
            if row_ui(ui, &columns, &Row::of(scene, flow, slot, until), selected) {
                clicked = Some(own);
            }
        }
    });
    clicked
}

/// Every connection that had been opened by `until`, to hand in.
fn table(scene: &Scene<'_>, index: &RecordIndex, until: Duration) -> Table {
    let heads = [
        "number",
        "local",
        "remote",
        "state",
        "sent (octets)",
        "received (octets)",
        "sealed by TLS (octets)",
        "opened (s)",
        "ended (s)",
        "failure",
    ];
    let mut table = Table::new("Flows", heads);
    let origin = scene.origin();
    let slots = index.connections().iter().filter_map(|slot| index.slot(*slot));
    let flows = slots.filter_map(|slot| slot.flow(scene.ledger).map(|flow| (slot, flow)));
    for (slot, flow) in flows.filter(|(_, flow)| flow.opened_at <= until) {
        let row = Row::of(scene, flow, slot, until);
        let ended = flow.ended_at.filter(|ended| *ended <= until);
        let [_, local, remote, ..] = &row.cells;
        table.rows.push(vec![
            Value::Count(slot.number.into()),
            Value::words(local),
            Value::words(remote),
            Value::words(row.state.word()),
            Value::Count(row.sums.sent),
            Value::Count(row.sums.received),
            Value::Count(row.sums.sealed),
            Value::time(flow.opened_at.saturating_sub(origin)),
            Value::maybe_time(ended.map(|ended| ended.saturating_sub(origin))),
            row.failure().map_or(Value::Nothing, |failure| Value::words(failure.to_string())),
        ]);
    }
    table
}

/// What a row says.
struct Row<'a> {
    flow: &'a Flow,
    state: ConnectionState,
    cells: [String; 8],
    sums: OctetSums,
}

impl<'a> Row<'a> {
    fn of(scene: &Scene<'_>, flow: &'a Flow, slot: &FlowSlot, until: Duration) -> Self {
        let state = ConnectionState::at(flow, slot, until);
        let whole = flow.events.last().is_none_or(|last| last.at <= until);
        let mut sums = slot.sums_at(flow, until);
        if whole {
            // Those no event tells of are known only in all.
            (sums.sent, sums.received) = (flow.octets(Side::Client), flow.octets(Side::Server));
        }
        let origin = scene.origin();
        let ended = flow.ended_at.filter(|ended| *ended <= until);
        let cells = [
            format!("#{}", slot.number),
            end_words(&flow.ends.client),
            end_words(&flow.ends.server),
            state.word().to_owned(),
            units::measured_octets(sums.sent),
            units::measured_octets(sums.received),
            units::time(flow.opened_at.saturating_sub(origin)),
            ended.map_or_else(|| "—".to_owned(), |ended| units::time(ended.saturating_sub(origin))),
        ];
        Self { flow, state, cells, sums }
    }

    fn failure(&self) -> Option<&crate::wire::Failure> {
        match &self.flow.state {
            FlowState::Failed(failure) if self.state == ConnectionState::Failed => Some(failure),
            FlowState::Failed(_) | FlowState::Live | FlowState::Closed | FlowState::Stopped => None,
        }
    }
}

impl Scene<'_> {
    /// When its time begins: when the subject's own flow was opened.
    pub fn origin(&self) -> Duration {
        let root = self.subject.root.and_then(|root| self.ledger.flow(root));
        root.map_or(Duration::ZERO, |root| root.opened_at)
    }
}

fn end_words(end: &End) -> String {
    match end.ip_port {
        Some(ip_port @ SocketAddr::V4(_)) if !end.name.is_empty() && end.name != ip_port.ip().to_string() => {
            format!("{ip_port}  {}", end.name)
        }
        Some(ip_port) => ip_port.to_string(),
        None => end.name.clone(),
    }
}

fn header_ui(ui: &mut Ui, columns: &[(f32, f32, Align2)]) -> Rect {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::hover());
    let font = TextStyle::Small.resolve(ui.style());
    for ((left, right, align), word) in columns.iter().zip(HEADS) {
        let cell = Rect::from_x_y_ranges(rect.left() + left..=rect.left() + right, rect.y_range());
        widgets::clipped_by(ui.painter(), cell, *align, word, font.clone(), theme.muted);
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.border());
    rect
}

fn row_ui(ui: &mut Ui, columns: &[(f32, f32, Align2)], row: &Row<'_>, selected: bool) -> bool {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::click());
    crate::app::focus::into_view(&response);
    let failure = row.failure();
    let words = || {
        let [number, client, server, state, out, back, opened, ended] = &row.cells;
        let fault = failure.map(|failure| format!(", {failure}")).unwrap_or_default();
        format!(
            "connection {number}, {client} to {server}, {state}{fault}, {out} out, {back} in, opened {opened}, ended {ended}"
        )
    };
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Row, enabled, selected, words()));
    if selected {
        ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.selection);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.control_hovered);
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.border());
    let last = columns.last().map_or(0.0, |(_, right, _)| *right);
    for ((at, cell), (left, right, align)) in row.cells.iter().enumerate().zip(columns) {
        let place = Rect::from_x_y_ranges(rect.left() + left..=rect.left() + right, rect.y_range());
        let (font, colour) = match (at, row.state) {
            (STATE, ConnectionState::Failed) => (TextStyle::Body.resolve(ui.style()), theme.bad),
            (STATE, ConnectionState::Established) => (TextStyle::Body.resolve(ui.style()), theme.good),
            (STATE, _) => (TextStyle::Body.resolve(ui.style()), theme.text),
            (_, _) => (mono(), theme.text),
        };
        widgets::clipped_by(ui.painter(), place, *align, cell, font, colour);
    }
    if let Some(failure) = failure {
        let place =
            Rect::from_x_y_ranges(rect.left() + last + 2.0 * size::GAP..=rect.right() - size::GAP, rect.y_range());
        let font = TextStyle::Body.resolve(ui.style());
        widgets::clipped_by(ui.painter(), place, Align2::LEFT_CENTER, &failure.to_string(), font, theme.bad);
    }
    response.on_hover_ui(|ui| details_ui(ui, row)).clicked()
}

fn details_ui(ui: &mut Ui, row: &Row<'_>) {
    let theme = Theme::of(ui);
    ui.label(&row.flow.title);
    ui.label(row.state.meaning());
    if row.sums.sealed > 0 {
        ui.label(format!("{} sealed by TLS crossed, both ways together.", units::measured_octets(row.sums.sealed)));
    }
    if let Some(failure) = row.failure() {
        ui.colored_label(theme.bad, failure.to_string());
        for cause in &failure.causes {
            ui.label(format!("because {cause}"));
        }
    }
}

/// Where columns stand, from a row's left.
fn columns(width: f32) -> Vec<(f32, f32, Align2)> {
    let share = ((width - NARROW) / (WIDE - NARROW)).clamp(0.0, 1.0);
    let mut left = size::GAP;
    let place = |(at, (least, most)): (usize, &(f32, f32))| {
        let right = left + egui::lerp(*least..=*most, share);
        let align = if at > STATE { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
        let column = (left, right, align);
        left = right + 2.0 * size::GAP;
        column
    };
    WIDTHS.iter().enumerate().map(place).collect()
}

/// Heads of the columns. Octets are counted as the application wrote them, above TLS.
const HEADS: [&str; 8] = ["no.", "local", "remote", "state", "octets out", "octets in", "opened", "ended"];
/// Which column says how the connection stands.
const STATE: usize = 3;
/// Least and most widths of the columns.
const WIDTHS: [(f32, f32); 8] = [
    (32.0, 40.0),
    (136.0, 190.0),
    (170.0, 320.0),
    (72.0, 84.0),
    (60.0, 72.0),
    (60.0, 72.0),
    (64.0, 72.0),
    (64.0, 72.0),
];
/// At this width the columns have their least width.
const NARROW: f32 = 900.0;
/// At this width they have the most.
const WIDE: f32 = 1400.0;
