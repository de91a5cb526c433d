//! The inspector on the right: one exchange, three ways, and what can be done with it.

use bytes::Bytes;
use egui::{Popup, Ui};
use url::Url;

use super::{
    cookies_pane::cookies_ui,
    exchange_pane::{ExchangePane, ExchangeSubject},
    message::HttpMessage,
    source_pane::SourcePane,
    timing_pane::timing_ui,
};
use crate::{
    app::{
        runs::RunRecord,
        widgets::{self, segmented},
    },
    engine::{
        ask::{Ask, without_userinfo},
        bridge::PublishedService,
        browse::{Browse, Config, Exchange, HttpChoice, RequestContent},
        copy_as::{self, GatewayAddress},
        setting::WorldChoice,
    },
};

/// One way to look at an exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Pane {
    /// Request and response.
    #[default]
    Exchange,
    /// What became of cookies.
    Cookies,
    /// The phases of the exchange.
    Timing,
    /// The response's content.
    Source,
}

/// What the inspector remembers.
#[derive(Debug, Default)]
pub(super) struct ExchangeInspector {
    exchange: ExchangePane,
    source: SourcePane,
}

/// What the student asked for in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InspectorAction {
    /// Look at another exchange.
    Look(usize),
    /// Put this request into the editor.
    EditAndResend,
    /// Publish the lab on this machine.
    Publish,
}

impl ExchangeInspector {
    /// Paints it; `gateway` is what of the lab other programs reach.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        pane: &mut Pane,
        looked: &ExchangeSubject<'_>,
        gateway: &[PublishedService],
    ) -> Option<InspectorAction> {
        let exchange = *looked.exchanges.all.get(looked.at)?;
        let mut wish = None;
        let panes = [
            (Pane::Exchange, "Exchange"),
            (Pane::Cookies, "Cookies"),
            (Pane::Timing, "Timing"),
            (Pane::Source, "Source"),
        ];
        let in_one_line = ui.available_width() >= ROOM_FOR_ACTIONS;
        if !in_one_line {
            ui.horizontal(|ui| segmented(ui, "Inspector", pane, &panes));
            ui.add_space(4.0);
        }
        ui.horizontal(|ui| {
            if in_one_line {
                segmented(ui, "Inspector", pane, &panes);
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                if widgets::quiet_button(ui, "edit").on_hover_text("Edit this request and send it again").clicked() {
                    wish = Some(InspectorAction::EditAndResend);
                }
                let copy = widgets::quiet_button(ui, "copy as…");
                if Popup::menu(&copy)
                    .show(|ui| self.copy_ui(ui, exchange, looked.asked, gateway))
                    .is_some_and(|menu| menu.inner)
                {
                    wish = Some(InspectorAction::Publish);
                }
            });
        });
        ui.add_space(6.0);
        match pane {
            Pane::Exchange => wish = self.exchange.ui(ui, looked).map(InspectorAction::Look).or(wish),
            Pane::Cookies => cookies_ui(ui, exchange),
            Pane::Timing => timing_ui(ui, looked.exchanges, looked.at, looked.origin),
            Pane::Source => self.source.ui(ui, looked.job, exchange, looked.ledger),
        }
        wish
    }

    /// What can be copied. Returns whether the lab is to be published first.
    fn copy_ui(&self, ui: &mut Ui, exchange: &Exchange, asked: Option<&Config>, gateway: &[PublishedService]) -> bool {
        let messages = self.exchange.messages();
        let head = |message: Option<&HttpMessage>| {
            message.map(|message| message.lines.iter().map(|line| line.text.clone() + "\r\n").collect::<String>())
        };
        let in_lab = asked.is_none_or(|config| config.setting.world == WorldChoice::Lab);
        let through = published(&exchange.timing.url, gateway);
        let reachable = !in_lab || through.is_some();
        let ask = ask_again(exchange, asked);
        let program =
            |write: fn(&Ask, GatewayAddress) -> String| reachable.then(|| write(&ask, through.filter(|_| in_lab)));
        let choices = [
            ("curl command", program(copy_as::curl)),
            ("Python program, http.client", program(copy_as::python_http)),
            ("Python program, bare socket", program(copy_as::python_socket)),
            ("URL", Some(exchange.timing.url.to_string())),
            ("request head", head(messages.and_then(|messages| messages.request.as_ref()))),
            ("response head", head(messages.and_then(|messages| messages.response.as_ref()))),
        ];
        for (name, text) in choices {
            if let Some(text) = text
                && ui.button(name).clicked()
            {
                ui.ctx().copy_text(text);
                ui.close();
            }
        }
        if reachable {
            return false;
        }
        ui.separator();
        widgets::muted(ui, "As curl or Python: the lab has to be published on this machine.");
        let publish = ui.button("publish the lab, so that other programs reach it").clicked();
        if publish {
            ui.close();
        }
        publish
    }
}

/// Width from which on the choice of the pane and what can be done with the exchange stand in one line.
const ROOM_FOR_ACTIONS: f32 = 400.0;

/// The lines of a request as sent, and its content, to be edited.
pub(super) fn request_again(exchange: &Exchange, asked: Option<&Config>) -> (Vec<(String, String)>, Option<String>) {
    let content = asked.filter(|config| config.method == exchange.method).and_then(|config| config.content.as_ref());
    (sent_lines(exchange), content.map(RequestContent::text))
}

/// What was asked for in a run.
pub(super) fn asked_of(record: &RunRecord) -> Option<&Config> {
    record.report::<Browse>().map(|report| &report.config).or_else(|| record.config::<Browse>())
}

/// The field lines of a request as sent.
fn sent_lines(exchange: &Exchange) -> Vec<(String, String)> {
    let lines = exchange.request_lines.iter().skip(1).filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_owned(), value.trim().to_owned()))
    });
    lines.filter(|(name, _)| !name.is_empty()).collect()
}

/// The request of an exchange as one that can be sent from elsewhere: the same lines, no more and no fewer.
fn ask_again(exchange: &Exchange, asked: Option<&Config>) -> Ask {
    let first = exchange.request_lines.first().map_or("", String::as_str);
    let http = match first.rsplit(' ').next() {
        Some("HTTP/1.0") => HttpChoice::Http10,
        Some("HTTP/2") => HttpChoice::Http2,
        _ if exchange.protocol.starts_with("HTTP/2") => HttpChoice::Http2,
        _ => HttpChoice::Http11,
    };
    let same =
        asked.filter(|config| without_userinfo(&config.url) == exchange.timing.url && config.method == exchange.method);
    let content = same.and_then(|config| config.content.as_ref()).map(|content| content.0.clone());
    let raw = same.and_then(|config| config.raw.clone()).map(Bytes::from);
    let plain = Ask { method: exchange.method.clone(), http, content, raw, ..Ask::get(exchange.timing.url.clone()) };
    let sent = sent_lines(exchange);
    let unsent = plain.field_lines().into_iter().map(|(name, _)| name);
    let unsent = unsent.filter(|name| !sent.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)));
    let left_out: Vec<_> = unsent.map(|name| (name, String::new())).collect();
    Ask { fields: sent.into_iter().chain(left_out).collect(), ..plain }
}

/// Where other programs reach the service behind a URL of the lab.
fn published(url: &Url, gateway: &[PublishedService]) -> GatewayAddress {
    let service = match url.port() {
        Some(port) => format!("{}:{port}", url.scheme()),
        None => url.scheme().to_owned(),
    };
    let host = url.host_str()?;
    gateway.iter().find(|known| known.host == host && known.service == service).map(|known| known.ip_port)
}
