//! The chosen message: why it was sent, its header bit by bit, its sections as lines, what of it was not believed, its octets.

use std::rc::Rc;

use egui::{ScrollArea, Ui};

use super::{
    super::{
        desk::HandOver,
        message_ui::{Message, header_ui, line_ui, sections_ui},
        octets::OctetsPane,
    },
    export,
    layout::people::People,
    search::Resolved,
    told::{Part, Told},
    words,
};
use crate::{
    app::{
        theme::{Theme, size},
        widgets,
    },
    engine::{
        bridge::Published,
        dns_message,
        setting::{Setting, WorldChoice},
    },
    proto::dns::{
        dig::{Received, dig},
        draft::{Draft, write_hex},
        trace::{Over, Step},
    },
    wire::{Content, Flow, Layer, Side},
};

/// What the inspector remembers between frames.
#[derive(Debug, Default)]
pub(super) struct Inspector {
    /// What is shown, and the message it was made from.
    shown: Option<(Key, Option<Rc<Message>>)>,
    octets: OctetsPane,
}

type Key = (crate::engine::bridge::JobId, u64, usize, Part);

/// What is to be shown.
pub(super) struct Shown<'a> {
    pub(super) resolved: &'a Resolved<'a>,
    pub(super) people: &'a People,
    pub(super) one: Told,
    pub(super) step: &'a Step,
    pub(super) gateway: &'a [Published],
    pub(super) setting: &'a Setting,
}

impl Inspector {
    /// Paints it; returns what is to be edited and sent, if that was asked for.
    pub(super) fn ui(&mut self, ui: &mut Ui, shown: &Shown<'_>) -> Option<HandOver> {
        let message = self.message(shown);
        let Shown { people, one, step, .. } = *shown;
        let brief = words::brief(people, step, &one);
        let title = one.number.map_or_else(|| brief.clone(), |number| format!("{number} · {brief}"));
        let mut sent = None;
        ScrollArea::vertical().id_salt("inspector").auto_shrink(false).show(ui, |ui| {
            ui.set_max_width(ui.available_width() - 10.0);
            ui.spacing_mut().item_spacing.y = 3.0;
            widgets::heading(ui, &title).on_hover_text(words::sentence(step, &one));
            let at = super::since(shown.resolved, one.at);
            let over = match step.over {
                Over::Udp => "one datagram each way",
                Over::Tcp => "over TCP",
                Over::Cache => "nothing crossed",
            };
            widgets::muted(ui, format!("at {at} · {over}"));
            ui.add_space(4.0);
            why_ui(ui, step);
            ignored_ui(ui, step);
            match &message {
                Some(message) => {
                    header_ui(ui, &message.reading);
                    sections_ui(ui, &message.reading);
                    sent = copy_ui(ui, shown, message);
                    widgets::section(ui, "Octets");
                    self.octets.ui(ui, &message.octets, &message.reading.tree);
                }
                None => nothing_ui(ui, &one),
            }
        });
        sent
    }

    /// The message, read once.
    fn message(&mut self, shown: &Shown<'_>) -> Option<Rc<Message>> {
        let (job, revision) = shown.resolved.key;
        let key = (job, revision, shown.one.step, shown.one.part);
        if let Some((known, message)) = &self.shown
            && *known == key
        {
            return message.clone();
        }
        let flow = shown.step.flow.and_then(|flow| shown.resolved.ledger.flow(flow));
        let octets = flow.and_then(|flow| octets_of(flow, shown.step, shown.one.part));
        let message = octets.map(|octets| Rc::new(Message::of(octets)));
        self.octets = OctetsPane::default();
        self.shown = Some((key, message.clone()));
        message
    }
}

/// The octets of a step's query or response, without a length before them.
fn octets_of(flow: &Flow, step: &Step, part: Part) -> Option<Vec<u8>> {
    let side = match part {
        Part::Query => Side::Client,
        Part::Reply => Side::Server,
        Part::Silence | Part::Known => return None,
    };
    let said = flow.events.iter().filter(|event| event.from == side);
    let said = said.filter_map(|event| match &event.content {
        Content::Octets(octets) => Some((event, octets)),
        Content::Step(_) => None,
    });
    let datagrams = said.clone().filter(|(event, _)| event.layer == Layer::Datagram);
    let near = datagrams.clone().find(|(event, _)| event.at >= step.sent_at).or_else(|| datagrams.clone().next());
    if let Some((_, octets)) = near {
        return Some(octets.bytes.to_vec());
    }
    let stream: Vec<u8> = said.flat_map(|(_, octets)| octets.bytes.iter().copied()).collect();
    let (length, rest) = stream.split_first_chunk::<2>()?;
    Some(rest.get(..usize::from(u16::from_be_bytes(*length)).min(rest.len()))?.to_vec())
}

fn why_ui(ui: &mut Ui, step: &Step) {
    let question = if step.over == Over::Cache { "Why was nobody asked?" } else { "Why was this server asked?" };
    widgets::card(ui, question, |ui| {
        let purpose = words::purpose(step).map(|purpose| format!("{}. ", capitalised(&purpose))).unwrap_or_default();
        ui.label(format!("{purpose}{}", sentence(&step.reason)));
        if let Some(clause) = &step.clause {
            widgets::muted(ui, clause);
        }
    });
}

/// What of the response was not believed.
fn ignored_ui(ui: &mut Ui, step: &Step) {
    if step.ignored.is_empty() {
        return;
    }
    let theme = Theme::of(ui);
    widgets::section(ui, "Not believed");
    for ignored in &step.ignored {
        let times = if ignored.times > 1 { format!(" (×{})", ignored.times) } else { String::new() };
        line_ui(ui, &format!("{}{times}", ignored.what), theme.bad);
        let clause = ignored.clause.as_ref().map(|clause| format!(" ({clause})")).unwrap_or_default();
        widgets::muted(ui, format!("{}{clause}", sentence(&ignored.rule)));
    }
}

/// What is done with a message: taken along, or edited and sent again.
fn copy_ui(ui: &mut Ui, shown: &Shown<'_>, message: &Message) -> Option<HandOver> {
    ui.add_space(6.0);
    let mut sent = None;
    ui.spacing_mut().interact_size.y = SMALL_ROW;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let command = export::dig(shown.step, shown.gateway);
        if widgets::quiet_button(ui, "copy as dig").on_hover_text(&command).clicked() {
            ui.ctx().copy_text(command);
        }
        let reply = (shown.one.part == Part::Reply).then(|| as_dig_prints(shown.step, message)).flatten();
        if let Some(text) = reply
            && widgets::quiet_button(ui, "copy as dig prints it").clicked()
        {
            ui.ctx().copy_text(text);
        }
        if widgets::quiet_button(ui, "copy hex").clicked() {
            ui.ctx().copy_text(write_hex(&message.octets));
        }
        if widgets::quiet_button(ui, "edit and send").on_hover_text(EDIT).clicked() {
            sent = query_of(shown);
        }
        let zone = &shown.step.zone;
        let in_lab = shown.resolved.report.is_some_and(|report| report.config.setting.world == WorldChoice::Lab);
        if in_lab && !zone.is_empty() {
            let says = format!("The file {zone} is served from, at the Zones desk");
            if widgets::quiet_button(ui, "edit the zone").on_hover_text(says).clicked() {
                sent = Some(HandOver::Zone(zone.clone()));
            }
        }
    });
    sent
}

/// The query that was sent, to be edited; a response's, where a response is shown.
fn query_of(shown: &Shown<'_>) -> Option<HandOver> {
    let step = shown.step;
    let octets = octets_of(shown.resolved.ledger.flow(step.flow?)?, step, Part::Query)?;
    let setting = shown.resolved.report.map_or(shown.setting, |report| &report.config.setting).clone();
    let server = match (setting.world, step.ip_port) {
        (WorldChoice::Internet, Some(ip_port)) => ip_port.ip().to_string(),
        (WorldChoice::Internet | WorldChoice::Lab, _) => step.server.trim_end_matches('.').to_owned(),
    };
    let port = step.ip_port.map_or(dns_message::Config::default().port, |ip_port| ip_port.port());
    let config = dns_message::Config { draft: Draft::of_octets(&octets), server, port, over: step.over, setting };
    Some(HandOver::Message(Box::new(config)))
}

fn as_dig_prints(step: &Step, message: &Message) -> Option<String> {
    let parsed = crate::proto::dns::Message::from_vec(&message.octets).ok()?;
    let received = Received {
        from: step.ip_port?,
        name: Some(step.server.clone()),
        over: step.over,
        rtt: step.ended_at?.saturating_sub(step.sent_at),
        octets: message.octets.len(),
    };
    Some(dig(&parsed, Some(&received)))
}

fn nothing_ui(ui: &mut Ui, one: &Told) {
    let words = match one.part {
        Part::Known => "What is known is not asked: no message crossed.",
        Part::Silence => "No message came.",
        Part::Query | Part::Reply => "The record did not keep its octets.",
    };
    ui.add_space(size::GAP);
    widgets::muted(ui, words);
}

fn sentence(words: &str) -> String {
    let words = capitalised(words);
    if words.is_empty() || words.ends_with(['.', '?', '!', ':']) { words } else { words + "." }
}

fn capitalised(words: &str) -> String {
    let mut signs = words.chars();
    match signs.next() {
        // A host's name stays as it is.
        Some(first) if !words.split(' ').next().is_some_and(|word| word.contains('.')) => {
            first.to_uppercase().chain(signs).collect()
        }
        _ => words.to_owned(),
    }
}

const EDIT: &str = "Change this query bit by bit and send it again.";
/// Height of a row of small buttons.
const SMALL_ROW: f32 = 20.0;
