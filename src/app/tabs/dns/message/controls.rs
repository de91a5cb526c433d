//! The controls on the left: to whom, over what, and messages worth trying.

use std::net::IpAddr;

use egui::{Align, Grid, Key, Label, Layout, Popup, RichText, Role, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, vec2};

use super::{
    super::message_ui::capitalised,
    SavedMessage,
    examples::{DNS_PORT, ExampleMessage, READY},
    servers::KnownServers,
};
use crate::{
    app::{
        theme::{Theme, mono, size},
        widgets::{self, Quantity},
    },
    lab::LabFiles,
    proto::dns::{draft::NoMessage, trace::QueryTransport},
};

/// What the student asked for besides changing settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MessageAction {
    /// Send the message.
    Send,
    /// Wait no longer.
    Stop,
}

/// Where sending stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SendState {
    /// The message cannot be written, and why.
    Unwritable(NoMessage),
    /// It can be sent.
    Ready,
    /// It was sent, and an answer is waited for.
    Waiting,
}

/// What the controls are about.
pub(super) struct MessageControls<'a> {
    pub(super) kept: &'a mut SavedMessage,
    /// Is this the lab?
    pub(super) lab: bool,
    /// What the lab consists of.
    pub(super) files: &'a LabFiles,
    pub(super) sending: SendState,
    /// Put the cursor into the server now.
    pub(super) to_server: &'a mut bool,
    pub(super) servers: &'a mut KnownServers,
}

/// Paints them.
pub(super) fn controls_ui(ui: &mut Ui, controls: &mut MessageControls<'_>) -> Option<MessageAction> {
    ui.spacing_mut().item_spacing.y = 4.0;
    let inner = ui.available_width() - 10.0;
    let wish = ui
        .scope(|ui| {
            ui.set_max_width(inner);
            let entered = server_ui(ui, controls);
            over_ui(ui, controls.kept);
            ui.add_space(4.0);
            send_ui(ui, controls, entered)
        })
        .inner;
    widgets::section(ui, "Worth trying");
    ScrollArea::vertical().id_salt("ready").auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(inner);
        ui.spacing_mut().item_spacing.y = 0.0;
        for ready in READY {
            if ready_ui(ui, ready, ready.is(controls.kept, controls.lab)) {
                ready.put_into(controls.kept, controls.lab);
            }
        }
    });
    wish
}

/// Whom to send it to. `true` when Enter was pressed there.
fn server_ui(ui: &mut Ui, controls: &mut MessageControls<'_>) -> bool {
    let named = controls.kept.server(controls.lab).trim();
    let fault = server_fault(named, controls.lab).filter(|_| !named.is_empty());
    ui.horizontal(|ui| {
        ui.label("To");
        if let Some(fault) = fault {
            let words = RichText::new(fault).small().color(Theme::of(ui).bad);
            ui.add(Label::new(words).truncate()).on_hover_text(fault);
        }
    });
    let mut entered = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let hint = if controls.lab { "dns.poly.edu" } else { "an IP address" };
        let width = ui.available_width() - size::CONTROL - 4.0;
        let field = TextEdit::singleline(controls.kept.server_mut(controls.lab)).desired_width(width).font(mono());
        let response = ui.add(field.hint_text(hint));
        let response = widgets::named(ui, response, "Name server to send it to");
        if std::mem::take(controls.to_server) {
            response.request_focus();
        }
        entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let menu = ui.add_sized(vec2(size::CONTROL, size::CONTROL), egui::Button::new("▾").frame(true));
        let menu = widgets::named(ui, menu, "Known name servers");
        Popup::menu(&menu).accessible_name("Known name servers").show(|ui| {
            ScrollArea::vertical().max_height(MENU).show(ui, |ui| servers_ui(ui, controls));
        });
    });
    entered
}

/// The servers to choose from, and what they are.
fn servers_ui(ui: &mut Ui, controls: &mut MessageControls<'_>) {
    Grid::new("servers").num_columns(2).spacing([16.0, 0.0]).show(ui, |ui| {
        for known in controls.servers.of(controls.lab, controls.files).iter() {
            let chosen = controls.kept.server(controls.lab).trim() == known.server;
            if ui.selectable_label(chosen, &known.server).clicked() {
                known.server.clone_into(controls.kept.server_mut(controls.lab));
                controls.kept.port = DNS_PORT;
            }
            widgets::muted(ui, &known.role);
            ui.end_row();
        }
    });
}

/// Over what, and to which port.
fn over_ui(ui: &mut Ui, kept: &mut SavedMessage) {
    ui.horizontal(|ui| {
        let choices = [(QueryTransport::Udp, "UDP"), (QueryTransport::Tcp, "TCP")];
        widgets::segmented(ui, "Over", &mut kept.over, &choices).on_hover_text(OVER);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let ports = Quantity::count("", 1.0..=f64::from(u16::MAX));
            widgets::whole_field(ui, "Port", &mut kept.port, &ports);
            ui.label("port");
        });
    });
}

fn send_ui(ui: &mut Ui, controls: &MessageControls<'_>, entered: bool) -> Option<MessageAction> {
    if controls.sending == SendState::Waiting {
        let clicked = widgets::primary_button(ui, "■ Stop", None).on_hover_text("Esc").clicked();
        return clicked.then_some(MessageAction::Stop);
    }
    let fault = match &controls.sending {
        SendState::Unwritable(fault) => Some(format!("The message cannot be written: {fault}.")),
        SendState::Ready | SendState::Waiting => {
            let fault = server_fault(controls.kept.server(controls.lab), controls.lab);
            fault.map(|fault| format!("To whom? {}.", capitalised(fault)))
        }
    };
    let ready = fault.is_none();
    let response = ui.add_enabled_ui(ready, |ui| widgets::primary_button(ui, "▶ Send", None)).inner;
    let response = response.on_hover_text("Enter, Ctrl+Enter").on_disabled_hover_text(fault.unwrap_or_default());
    (response.clicked() || entered && ready).then_some(MessageAction::Send)
}

/// Why nothing can be sent to the server that is named.
pub(super) fn server_fault(named: &str, lab: bool) -> Option<&'static str> {
    let named = named.trim();
    match () {
        () if named.is_empty() => Some("no server is named"),
        () if !lab && named.parse::<IpAddr>().is_err() => Some("an IP address is needed here"),
        () => None,
    }
}

/// One of the messages worth trying. `true` when it was clicked.
fn ready_ui(ui: &mut Ui, ready: &ExampleMessage, chosen: bool) -> bool {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    crate::app::focus::into_view(&response);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, ready.name));
    let ground = match (chosen, response.hovered() || response.has_focus()) {
        (true, _) => theme.selection,
        (false, true) => theme.control_hovered,
        (false, false) => theme.panel,
    };
    ui.painter().rect_filled(rect, 4.0, ground);
    let colour = if chosen { theme.accent } else { theme.text };
    let font = egui::TextStyle::Body.resolve(ui.style());
    widgets::clipped(ui, rect.shrink2(vec2(6.0, 0.0)), egui::Align2::LEFT_CENTER, ready.name, font, colour);
    let clicked = response.clicked();
    response.on_hover_text(ready.about);
    clicked
}

const OVER: &str =
    "UDP: one datagram each way. TCP: a connection first, and two octets of length before each message (RFC 7766 §8).";
/// Height of a row.
const ROW: f32 = 23.0;
/// Height of the menu of servers at most.
const MENU: f32 = 320.0;
