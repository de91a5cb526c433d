//! The chosen message: why it was sent, its header bit by bit, its sections as lines, what of it was not believed, its octets.

use std::rc::Rc;

use egui::{Align2, Label, Rect, RichText, Role, ScrollArea, Sense, TextStyle, Ui, WidgetInfo, vec2};

use super::{
    export,
    layout::people::People,
    octets::OctetsPane,
    search::Resolved,
    told::{Part, Told},
    words,
};
use crate::{
    app::{
        theme::{Theme, mono_small, size},
        widgets,
    },
    engine::bridge::Published,
    lens::dns::{self, About, Header, Reading},
    proto::dns::{
        dig::{Received, dig},
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

/// A message's octets, and what they say.
#[derive(Debug)]
struct Message {
    octets: Vec<u8>,
    reading: Reading,
}

/// What is to be shown.
pub(super) struct Shown<'a> {
    pub(super) resolved: &'a Resolved<'a>,
    pub(super) people: &'a People,
    pub(super) one: Told,
    pub(super) step: &'a Step,
    pub(super) gateway: &'a [Published],
}

impl Inspector {
    pub(super) fn ui(&mut self, ui: &mut Ui, shown: &Shown<'_>) {
        let message = self.message(shown);
        let Shown { people, one, step, .. } = *shown;
        let brief = words::brief(people, step, &one);
        let title = one.number.map_or_else(|| brief.clone(), |number| format!("{number} · {brief}"));
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
                    copy_ui(ui, shown, message);
                    widgets::section(ui, "Octets");
                    self.octets.ui(ui, &message.octets, &message.reading.tree);
                }
                None => nothing_ui(ui, &one),
            }
        });
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
        let message = octets.map(|octets| Rc::new(Message { reading: Reading::of(&octets), octets }));
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

fn header_ui(ui: &mut Ui, reading: &Reading) {
    let Some(header) = reading.header else {
        let theme = Theme::of(ui);
        ui.colored_label(theme.bad, "The message is too short for a header (RFC 1035 §4.1.1)");
        return;
    };
    widgets::section(ui, "Header");
    let bits: Vec<(&str, String, bool)> = std::iter::once(("id", format!("{:#06x}", header.id), false))
        .chain(
            header
                .flags()
                .into_iter()
                .filter(|(name, set)| *name != "Z" || *set)
                .map(|(name, set)| (name, u8::from(set).to_string(), set)),
        )
        .collect();
    bits_ui(ui, &bits);
    widgets::rule(ui);
    let opcode = dns::opcode_name(header.opcode());
    let code = if header.is_response() { format!(" · {}", rcode(reading, header)) } else { String::new() };
    let edns = reading.edns.map(|edns| format!(" · EDNS, takes {} octets", edns.payload)).unwrap_or_default();
    widgets::muted(ui, format!("{opcode}{code}{edns}"));
    widgets::muted(ui, note(reading, header));
}

/// Names above values, in columns.
fn bits_ui(ui: &mut Ui, bits: &[(&str, String, bool)]) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 34.0), Sense::hover());
    let column = (rect.width() - ID) / (bits.len().max(2) - 1) as f32;
    for (nth, (name, value, set)) in bits.iter().enumerate() {
        let left = rect.left() + if nth == 0 { 0.0 } else { ID + column * (nth - 1) as f32 };
        let wide = if nth == 0 { ID } else { column };
        let cell = Rect::from_x_y_ranges(left..=left + wide, rect.y_range());
        let response = ui.interact(cell, ui.scope_id().with(("bit", *name)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name} {value}")));
        let (middle, painter) = (cell.center(), ui.painter());
        let small = TextStyle::Small.resolve(ui.style());
        painter.text(middle - vec2(0.0, 8.0), Align2::CENTER_CENTER, *name, small, theme.muted);
        let colour = if *set { theme.accent } else { theme.text };
        painter.text(middle + vec2(0.0, 8.0), Align2::CENTER_CENTER, value, mono_small(), colour);
        response.on_hover_text(bit_meaning(name));
    }
}

/// The response code, with the bits EDNS adds.
fn rcode(reading: &Reading, header: Header) -> String {
    let high = reading.edns.map_or(0, |edns| u16::from(edns.extended_rcode));
    dns::rcode_name(high << 4 | u16::from(header.rcode()))
}

/// What the header says, in one sentence.
fn note(reading: &Reading, header: Header) -> String {
    match () {
        () if !header.is_response() && header.rd() => {
            "RD 1: the asker wants the answer, not a pointer to it (RFC 1034 §4.3.1)".to_owned()
        }
        () if !header.is_response() => "RD 0: the asker walks itself (RFC 1034 §5.3.3)".to_owned(),
        () if header.tc() => "TC 1: it did not fit; ask again over TCP (RFC 7766 §5)".to_owned(),
        () if header.rcode() != 0 => {
            let name = rcode(reading, header);
            let about = dns::about_rcode(&name).map(|About(meaning, clause)| format!(": {meaning} ({clause})"));
            format!("{name}{}", about.unwrap_or_default())
        }
        () if header.aa() => "AA 1: the authority itself says so (RFC 1035 §4.1.1)".to_owned(),
        () if reading.answers.is_empty() && !reading.authority.is_empty() => {
            "AA 0: not an answer, a pointer (RFC 1035 §4.1.1)".to_owned()
        }
        () => "AA 0: a copy, not the authority's own word (RFC 1035 §4.1.1)".to_owned(),
    }
}

fn bit_meaning(name: &str) -> &'static str {
    match name {
        "id" => "Chosen by the asker, repeated by who answers. RFC 1035 §4.1.1",
        "QR" => "1: a response. RFC 1035 §4.1.1",
        "AA" => "1: from an authority for the name. RFC 1035 §4.1.1",
        "TC" => "1: cut off, ask again over TCP. RFC 2181 §9",
        "RD" => "1: the asker wants the server to find the answer. RFC 1034 §4.3.1",
        "RA" => "1: the server finds answers for others. RFC 1034 §4.3.1",
        "AD" => "1: the signatures were checked. RFC 4035 §3.2.3",
        "CD" => "1: the asker checks signatures itself. RFC 4035 §3.2.2",
        _ => "It has to be 0. RFC 1035 §4.1.1",
    }
}

fn sections_ui(ui: &mut Ui, reading: &Reading) {
    let theme = Theme::of(ui);
    let glue = reading.answers.is_empty() && reading.additional.iter().any(|record| matches!(record.kind, 1 | 28));
    let additional = if glue { "Additional (glue)" } else { "Additional" };
    let sections = [
        ("Question", &reading.questions),
        ("Answer", &reading.answers),
        ("Authority", &reading.authority),
        (additional, &reading.additional),
    ];
    for (name, lines) in sections.into_iter().filter(|(_, lines)| !lines.is_empty()) {
        widgets::section(ui, name);
        for line in lines.iter().take(MOST_LINES) {
            line_ui(ui, &line.text, if line.wrong.is_some() { theme.bad } else { theme.text });
            if let Some(wrong) = &line.wrong {
                ui.label(RichText::new(format!("wrong: {wrong}")).text_style(TextStyle::Small).color(theme.bad));
            }
        }
        if lines.len() > MOST_LINES {
            widgets::muted(ui, format!("and {} more, below", lines.len() - MOST_LINES));
        }
    }
    if let Some(wrong) = reading.wrong() {
        ui.label(RichText::new(format!("wrong: {wrong}")).text_style(TextStyle::Small).color(theme.bad));
    }
}

/// A record, as much of it as there is room for.
fn line_ui(ui: &mut Ui, text: &str, colour: egui::Color32) {
    ui.add(Label::new(RichText::new(text).font(mono_small()).color(colour)).truncate()).on_hover_text(text);
}

fn copy_ui(ui: &mut Ui, shown: &Shown<'_>, message: &Message) {
    ui.add_space(6.0);
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
            ui.ctx().copy_text(crate::proto::dns::draft::write_hex(&message.octets));
        }
    });
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

/// Width of the id's column.
const ID: f32 = 58.0;
/// Records of a section that are shown as lines.
const MOST_LINES: usize = 14;
