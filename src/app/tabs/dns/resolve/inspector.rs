//! The chosen message: why it was sent, its header bit by bit, its sections as lines, what of it was not believed, its octets.

use std::rc::Rc;

use egui::{ScrollArea, Ui};

use super::{
    super::{
        hand_over::DnsHandOver,
        message_ui::{CopyMenu, DecodedMessage, capitalised, copy_ui, header_ui, line_ui, sections_ui, sentence},
    },
    export,
    layout::participants::Participants,
    messages::{TraceMessage, TracePart},
    runs::ResolutionTrace,
    words,
};
use crate::{
    app::{
        parts::octets::compact::CompactOctets,
        theme::{Theme, size},
        widgets,
    },
    engine::{
        bridge::PublishedService,
        dns_message,
        setting::{Setting, WorldChoice},
    },
    proto::dns::{
        dig::{ResponseArrival, asked_as, dig},
        draft::MessageDraft,
        trace::{QueryTransport, ResolutionStep},
    },
    wire::{EventContent, Flow, Layer, Side},
};

/// What the inspector remembers between frames.
#[derive(Debug, Default)]
pub(super) struct MessageInspector {
    /// What is shown, and the message it was made from.
    shown: Option<(InspectorKey, Option<Rc<InspectedMessage>>)>,
    octets: CompactOctets,
}

/// A message, read once.
#[derive(Debug)]
struct InspectedMessage {
    message: DecodedMessage,
    /// A response as dig prints it.
    printed: Option<String>,
}

type InspectorKey = (crate::engine::bridge::RunId, u64, usize, TracePart);

/// What is to be shown.
pub(super) struct InspectorSubject<'a> {
    pub(super) resolved: &'a ResolutionTrace<'a>,
    pub(super) people: &'a Participants,
    pub(super) one: TraceMessage,
    pub(super) step: &'a ResolutionStep,
    pub(super) gateway: &'a [PublishedService],
    pub(super) setting: &'a Setting,
}

impl MessageInspector {
    /// Paints it; returns what is to be edited and sent, if that was asked for.
    pub(super) fn ui(&mut self, ui: &mut Ui, shown: &InspectorSubject<'_>) -> Option<DnsHandOver> {
        let read = self.read(shown);
        let InspectorSubject { people, one, step, .. } = *shown;
        let brief = words::brief(people, step, &one);
        let title = one.number.map_or_else(|| brief.clone(), |number| format!("{number} · {brief}"));
        let mut sent = None;
        ScrollArea::vertical().id_salt("inspector").auto_shrink(false).show(ui, |ui| {
            ui.set_max_width(ui.available_width() - 10.0);
            ui.spacing_mut().item_spacing.y = 3.0;
            widgets::heading(ui, &title).on_hover_text(words::sentence(step, &one));
            let at = super::since(shown.resolved, one.at);
            let over = match step.over {
                QueryTransport::Udp => "one datagram each way",
                QueryTransport::Tcp => "over TCP",
                QueryTransport::Cache => "nothing crossed",
            };
            widgets::muted(ui, format!("at {at} · {over}"));
            ui.add_space(4.0);
            why_ui(ui, step);
            // Not before it came.
            if one.part != TracePart::Query {
                ignored_ui(ui, step);
            }
            match &read {
                Some(read) => {
                    let message = &read.message;
                    header_ui(ui, &message.reading);
                    sections_ui(ui, &message.reading);
                    sent = taken_ui(ui, shown, read);
                    widgets::section(ui, "Octets");
                    self.octets.ui(ui, &message.octets, &message.reading.tree);
                }
                None => nothing_ui(ui, &one),
            }
        });
        sent
    }

    /// The message, read once.
    fn read(&mut self, shown: &InspectorSubject<'_>) -> Option<Rc<InspectedMessage>> {
        let (job, revision) = shown.resolved.key;
        let key = (job, revision, shown.one.step, shown.one.part);
        if let Some((known, read)) = &self.shown
            && *known == key
        {
            return read.clone();
        }
        let flow = shown.step.flow.and_then(|flow| shown.resolved.ledger.flow(flow));
        let octets = flow.and_then(|flow| octets_of(flow, shown.step, shown.one.part));
        let read = octets.map(|octets| {
            let printed = (shown.one.part == TracePart::Reply).then(|| as_dig_prints(shown.step, &octets)).flatten();
            Rc::new(InspectedMessage { message: DecodedMessage::of(octets), printed })
        });
        self.octets = CompactOctets::default();
        self.shown = Some((key, read.clone()));
        read
    }
}

/// The octets of a step's query or response, without a length before them.
fn octets_of(flow: &Flow, step: &ResolutionStep, part: TracePart) -> Option<Vec<u8>> {
    let side = match part {
        TracePart::Query => Side::Client,
        TracePart::Reply => Side::Server,
        TracePart::Silence | TracePart::Known => return None,
    };
    let said = flow.events.iter().filter(|event| event.from == side);
    let said = said.filter_map(|event| match &event.content {
        EventContent::Octets(octets) => Some((event, octets)),
        EventContent::Step(_) => None,
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

fn why_ui(ui: &mut Ui, step: &ResolutionStep) {
    let question =
        if step.over == QueryTransport::Cache { "Why was nobody asked?" } else { "Why was this server asked?" };
    widgets::card(ui, question, |ui| {
        let purpose = words::purpose(step).map(|purpose| format!("{}. ", capitalised(&purpose))).unwrap_or_default();
        ui.label(format!("{purpose}{}", sentence(&step.reason)));
        if let Some(clause) = &step.clause {
            widgets::muted(ui, clause);
        }
    });
}

/// What of the response was not believed.
fn ignored_ui(ui: &mut Ui, step: &ResolutionStep) {
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
fn taken_ui(ui: &mut Ui, shown: &InspectorSubject<'_>, read: &InspectedMessage) -> Option<DnsHandOver> {
    let in_lab = setting_of(shown).world == WorldChoice::Lab;
    let copies = CopyMenu {
        command: Some(export::dig(shown.step, in_lab, shown.gateway)),
        printed: read.printed.as_deref(),
        octets: Some(&read.message.octets),
    };
    let mut sent = None;
    copy_ui(ui, &copies, |ui| {
        if widgets::quiet_button(ui, "edit and send").on_hover_text(EDIT).clicked() {
            sent = query_of(shown);
        }
        let zone = &shown.step.zone;
        if in_lab && !zone.is_empty() {
            let says = format!("The file {zone} is served from, at the Zones desk");
            if widgets::quiet_button(ui, "edit the zone").on_hover_text(says).clicked() {
                sent = Some(DnsHandOver::Zone(zone.clone()));
            }
        }
    });
    sent
}

/// Where it was resolved; while that still goes on, where it would be now.
fn setting_of<'a>(shown: &InspectorSubject<'a>) -> &'a Setting {
    shown.resolved.report.map_or(shown.setting, |report| &report.config.setting)
}

/// The query that was sent, to be edited; a response's, where a response is shown.
fn query_of(shown: &InspectorSubject<'_>) -> Option<DnsHandOver> {
    let step = shown.step;
    let octets = octets_of(shown.resolved.ledger.flow(step.flow?)?, step, TracePart::Query)?;
    let setting = setting_of(shown).clone();
    let server = match (setting.world, step.ip_port) {
        (WorldChoice::Internet, Some(ip_port)) => ip_port.ip().to_string(),
        (WorldChoice::Internet | WorldChoice::Lab, _) => step.server.trim_end_matches('.').to_owned(),
    };
    let port = step.ip_port.map_or(dns_message::Config::default().port, |ip_port| ip_port.port());
    let config =
        dns_message::Config { draft: MessageDraft::of_octets(&octets), server, port, over: step.over, setting };
    Some(DnsHandOver::Message(Box::new(config)))
}

fn as_dig_prints(step: &ResolutionStep, octets: &[u8]) -> Option<String> {
    let parsed = crate::proto::dns::Message::from_vec(octets).ok()?;
    let from = step.ip_port?;
    let received = ResponseArrival {
        from,
        name: asked_as(&step.server, from.ip()),
        over: step.over,
        rtt: step.ended_at?.saturating_sub(step.sent_at),
        octets: octets.len(),
    };
    Some(dig(&parsed, Some(&received)))
}

fn nothing_ui(ui: &mut Ui, one: &TraceMessage) {
    let words = match one.part {
        TracePart::Known => "What is known is not asked: no message crossed.",
        TracePart::Silence => "No message came.",
        TracePart::Query | TracePart::Reply => "The record did not keep its octets.",
    };
    ui.add_space(size::GAP);
    widgets::muted(ui, words);
}

const EDIT: &str = "Change this query bit by bit and send it again.";
