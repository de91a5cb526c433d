//! A message written by hand, sent to one server as it is, and what comes back, bit by bit.
//!
//! In the lab the plain question is sent when the view is first shown, so that there is something to look at; after that, and on the
//! Internet always, nothing leaves before the student says so.

mod by_hand;
mod compare;
mod controls;
mod copy;
mod encoded;
mod examples;
mod form;
mod random_id;
mod reply;
mod servers;

#[cfg(all(test, feature = "pictures"))]
mod pictures;
#[cfg(test)]
mod stories;

use egui::{CentralPanel, Frame, Key, Label, Margin, Modifiers, RichText, ScrollArea, TextStyle, Ui};
use serde::{Deserialize, Serialize};

use self::{
    controls::{MessageAction, MessageControls, SendState, controls_ui, server_fault},
    encoded::EncodedDraft,
    form::MessageForm,
    random_id::RandomId,
    reply::{ReplySubject, ReplyView},
    servers::KnownServers,
};
use super::hand_over::DnsHandOver;
use crate::{
    app::{
        keys::{KeyRow, KeyUse, key},
        kit::{
            run_view::RunView,
            views::{TabView, right_panel},
        },
        parts::octets::compact::CompactOctets,
        runs::{RunRecord, Runs},
        subject::Subject,
        tab::{TabCommand, TabContext},
        theme::{Theme, size},
        widgets,
    },
    engine::{
        bridge::RunId,
        dns_message::{Config, DnsMessage, Report},
        setting::{Setting, WorldChoice},
    },
    lens::dns::Reading,
    proto::dns::{
        draft::{MessageDraft, NoMessage},
        trace::QueryTransport,
    },
    wire::units::count_octets,
};

/// Sends the message, from any of its fields.
pub(super) const SEND_KEY: KeyRow<()> = KeyRow {
    does: "send the message",
    keys: &[key(Modifiers::COMMAND, Key::Enter)],
    commands: &[()],
    when: KeyUse::Anywhere,
};

/// The view.
#[derive(Debug, Default)]
pub(super) struct DnsMessageView {
    kept: SavedMessage,
    run: RunView<DnsMessage>,
    /// The view is not new any more: something was sent, or brought here to be sent.
    begun: bool,
    /// What was sent last.
    sent: Option<Config>,
    random_id: RandomId,
    servers: KnownServers,
    written: EncodedDraft,
    octets: CompactOctets,
    reply: ReplyView,
    to_server: bool,
}

/// What is there again after a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct SavedMessage {
    draft: MessageDraft,
    /// Whom to send it to in the lab.
    server: String,
    /// And in the Internet; empty at first.
    address: String,
    port: u16,
    over: QueryTransport,
    as_dig: bool,
}

impl Default for SavedMessage {
    fn default() -> Self {
        let Config { draft, server, port, over, .. } = Config::default();
        Self { draft, server, address: String::new(), port, over, as_dig: false }
    }
}

impl SavedMessage {
    /// Whom to send it to.
    fn server(&self, lab: bool) -> &str {
        if lab { &self.server } else { &self.address }
    }

    fn server_mut(&mut self, lab: bool) -> &mut String {
        if lab { &mut self.server } else { &mut self.address }
    }

    /// What these settings would send.
    fn config(&self, setting: &Setting) -> Config {
        let server = self.server(is_lab(setting)).to_owned();
        Config { draft: self.draft.clone(), server, port: self.port, over: self.over, setting: setting.clone() }
    }

    /// Is this what these settings would send?
    fn would_send(&self, sent: &Config, setting: &Setting) -> bool {
        // A random number was drawn for what was sent.
        let drawn = self.draft.id.is_none();
        let same = if drawn {
            MessageDraft { id: sent.draft.id, ..self.draft.clone() } == sent.draft
        } else {
            self.draft == sent.draft
        };
        let to = (self.server(is_lab(setting)), self.port, self.over);
        same && to == (sent.server.as_str(), sent.port, sent.over) && sent.setting == *setting
    }

    /// Goes on from a message that was or might have been sent.
    fn take(&mut self, config: Config, lab: bool) {
        *self.server_mut(lab) = config.server;
        (self.draft, self.port, self.over) = (config.draft, config.port, config.over);
    }
}

fn is_lab(setting: &Setting) -> bool {
    setting.world == WorldChoice::Lab
}

impl TabView<DnsHandOver> for DnsMessageView {
    fn logic(&mut self, cx: &mut TabContext<'_>) {
        self.run.take_in(cx);
    }

    fn controls_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<DnsHandOver> {
        let lab = is_lab(cx.setting);
        let sending = match self.write(cx.setting) {
            _ if self.run.is_running() => SendState::Waiting,
            None => SendState::Ready,
            Some(fault) => SendState::Unwritable(fault),
        };
        let mut controls = MessageControls {
            kept: &mut self.kept,
            lab,
            files: cx.lab,
            sending,
            to_server: &mut self.to_server,
            servers: &mut self.servers,
        };
        match controls_ui(ui, &mut controls) {
            Some(MessageAction::Send) => self.send(cx),
            Some(MessageAction::Stop) => self.run.stop(cx),
            None => {}
        }
        None
    }

    fn ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<DnsHandOver> {
        let entered = !SEND_KEY.take(ui.ctx()).is_empty();
        let first = is_lab(cx.setting) && !std::mem::replace(&mut self.begun, true);
        if entered || first {
            self.send(cx);
        }
        let sent = self.reply_panel(ui, cx);
        let frame = Frame::new().inner_margin(Margin { left: 16, right: 6, top: 12, bottom: 8 });
        CentralPanel::default().frame(frame).show(ui, |ui| self.middle_ui(ui, cx));
        sent
    }

    fn subject(&self) -> Option<Subject> {
        self.run.job().map(|job| Subject { job, root: None })
    }

    fn command(&mut self, command: TabCommand, cx: &mut TabContext<'_>) {
        match command {
            TabCommand::Address => self.to_server = true,
            TabCommand::Run => self.send(cx),
            TabCommand::Step { .. } | TabCommand::Visit(_) => {}
        }
    }

    fn adopt(&mut self, job: RunId, record: &RunRecord) -> bool {
        let Some(report) = record.report::<DnsMessage>() else { return false };
        self.run.adopt(job);
        self.begun = true;
        self.kept.take(report.config.clone(), is_lab(&report.config.setting));
        true
    }

    fn take_over(&mut self, sent: DnsHandOver) {
        if let DnsHandOver::Message(config) = sent {
            self.begun = true;
            let lab = is_lab(&config.setting);
            self.kept.take(*config, lab);
        }
    }

    fn save(&self) -> serde_json::Value {
        serde_json::to_value(&self.kept).unwrap_or_default()
    }

    fn restore(&mut self, saved: serde_json::Value) -> Result<(), serde_json::Error> {
        self.kept = serde_json::from_value(saved)?;
        Ok(())
    }
}

impl DnsMessageView {
    /// Sends the message, if it can be written and it is said to whom.
    fn send(&mut self, cx: &mut TabContext<'_>) {
        let lab = is_lab(cx.setting);
        let is_same = |sent: &Config| self.kept.would_send(sent, cx.setting);
        let on_its_way = self.run.is_running() && self.sent.as_ref().is_some_and(is_same);
        if on_its_way || self.write(cx.setting).is_some() || server_fault(self.kept.server(lab), lab).is_some() {
            return;
        }
        let mut config = self.kept.config(cx.setting);
        if config.draft.id.is_none() && config.draft.raw.is_none() {
            let drawn = self.random_id.for_message(cx.setting);
            // The first one in the lab is what a message without a number is sent with.
            config.draft.id = Some(drawn).filter(|drawn| !lab || *drawn != config.random_id());
        }
        self.begun = true;
        self.sent = Some(config.clone());
        self.run.start(config, cx);
    }

    /// Writes the message, if it changed. Returns why it cannot be written.
    fn write(&mut self, setting: &Setting) -> Option<NoMessage> {
        let random_id = self.random_id.number(setting);
        self.written.of(&self.kept.draft, random_id, &mut self.octets)
    }

    /// What was sent last, and what came of it.
    fn report<'a>(&self, runs: &'a Runs) -> Option<(RunId, &'a Report)> {
        let job = self.run.job()?;
        Some((job, runs.get(job)?.report::<DnsMessage>()?))
    }

    fn reply_panel(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<DnsHandOver> {
        let panel = right_panel(ui, "dns-reply", 0.42, 0.6).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            let shown = self.report(cx.runs).map(|(job, report)| ReplySubject {
                job,
                report,
                changed: !self.kept.would_send(&report.config, cx.setting),
                waiting: self.run.is_running(),
                gateway: cx.gateway,
            });
            self.run.trouble_ui(ui, "The last message was stopped.");
            let Some(shown) = shown else {
                self.nothing_yet_ui(ui, cx.setting);
                return None;
            };
            self.reply.ui(ui, &shown, &mut self.kept.as_dig)
        });
        panel.inner
    }

    fn nothing_yet_ui(&self, ui: &mut Ui, setting: &Setting) {
        widgets::heading(ui, "The reply");
        let words = match () {
            () if self.run.is_running() => "The message is on its way.",
            () if is_lab(setting) => "Nothing was sent yet. Press Send.",
            () => "On this machine's Internet nothing is sent before you press Send.",
        };
        widgets::muted(ui, words);
    }

    /// The message that is written.
    fn middle_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        let fault = self.write(cx.setting);
        self.head_ui(ui, cx.setting);
        let (random_id, lab) = (self.random_id.number(cx.setting), is_lab(cx.setting));
        let entered = ScrollArea::vertical().id_salt("message").auto_shrink(false).show(ui, |ui| {
            ui.set_max_width((ui.available_width() - 10.0).min(WIDEST));
            ui.spacing_mut().item_spacing.y = 4.0;
            let reading = self.written.reading();
            let entered = if let Some(raw) = &mut self.kept.draft.raw {
                by_hand::by_hand_ui(ui, raw, fault.as_ref());
                self.octets.light(None);
                false
            } else {
                let mut form =
                    MessageForm { draft: &mut self.kept.draft, random_id, lab, reading, fault: fault.as_ref() };
                let said = form.ui(ui);
                self.octets.light(said.octets);
                said.entered
            };
            self.octets_ui(ui, fault.is_some());
            entered
        });
        if entered.inner {
            self.send(cx);
        }
    }

    /// What the message is about, and how it is written.
    fn head_ui(&mut self, ui: &mut Ui, setting: &Setting) {
        ui.horizontal(|ui| {
            ui.set_height(size::CONTROL);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.add_space(10.0);
                let mut by_hand = self.kept.draft.raw.is_some();
                let ways = [(false, "Fields"), (true, "Octets by hand")];
                if widgets::segmented(ui, "Write", &mut by_hand, &ways).changed() {
                    self.kept.draft = by_hand::switched(&self.kept.draft, self.random_id.number(setting));
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    if ui.available_width() < ROOM_FOR_HEADING {
                        return;
                    }
                    ui.set_min_width(ui.available_width());
                    widgets::heading(ui, "The message");
                    if ui.available_width() < ROOM_FOR_SUMMARY {
                        return;
                    }
                    let says = self.written.reading().map(Reading::summary).unwrap_or_default();
                    let says = RichText::new(says).text_style(TextStyle::Small).color(Theme::of(ui).muted);
                    ui.add(Label::new(says).truncate());
                });
            });
        });
        ui.add_space(4.0);
    }

    /// The octets it consists of.
    fn octets_ui(&mut self, ui: &mut Ui, stale: bool) {
        let Some(message) = self.written.message() else { return };
        let octets = count_octets(message.octets.len() as u64);
        let words = if stale { "Octets, when it could last be written".to_owned() } else { format!("Its {octets}") };
        widgets::section(ui, &words);
        self.octets.ui(ui, &message.octets, &message.reading.tree);
    }
}

/// Width that the heading needs beside how the message is written.
const ROOM_FOR_HEADING: f32 = 96.0;
/// Width beside the head from which on the message is summed up there.
const ROOM_FOR_SUMMARY: f32 = 160.0;
/// Width of the message at most: a bit's box grows no larger.
const WIDEST: f32 = 720.0;
