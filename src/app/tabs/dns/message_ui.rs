//! A message as a person reads it: header bit by bit, sections as lines.

use egui::{Align2, Label, Rect, RichText, Role, Sense, TextStyle, Ui, WidgetInfo, vec2};

use crate::{
    app::{
        theme::{Theme, mono_small},
        widgets,
    },
    lens::dns::{self, About, Header, Reading},
    proto::dns::draft::write_hex,
};

/// A message's octets, and what they say.
#[derive(Debug)]
pub(super) struct DecodedMessage {
    pub(super) octets: Vec<u8>,
    pub(super) reading: Reading,
}

impl DecodedMessage {
    /// Reads them.
    pub(super) fn of(octets: Vec<u8>) -> Self {
        Self { reading: Reading::of(&octets), octets }
    }
}

/// The header's bits, what they say together, and the note that matters most.
pub(super) fn header_ui(ui: &mut Ui, reading: &Reading) {
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
        () if !header.is_response() => "RD 0: the client resolves iteratively by itself (RFC 1034 §5.3.3)".to_owned(),
        () if header.tc() => "TC 1: it did not fit; ask again over TCP (RFC 7766 §5)".to_owned(),
        () if rcode(reading, header) != dns::rcode_name(0) => {
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

/// Question, answer, authority and additional section, a record a line, and what is wrong with them.
pub(super) fn sections_ui(ui: &mut Ui, reading: &Reading) {
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
pub(super) fn line_ui(ui: &mut Ui, text: &str, colour: egui::Color32) {
    ui.add(Label::new(RichText::new(text).font(mono_small()).color(colour)).truncate()).on_hover_text(text);
}

/// What of a message can be taken along.
pub(super) struct CopyMenu<'a> {
    /// As a command for dig, or why there is none.
    pub(super) command: Option<Result<String, String>>,
    /// As dig prints it.
    pub(super) printed: Option<&'a str>,
    pub(super) octets: Option<&'a [u8]>,
}

/// A row of small buttons that copy; `more` adds others.
pub(super) fn copy_ui(ui: &mut Ui, copies: &CopyMenu<'_>, more: impl FnOnce(&mut Ui)) {
    ui.add_space(6.0);
    ui.spacing_mut().interact_size.y = SMALL_ROW;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        if let Some(Err(why)) = &copies.command {
            let response = ui.add_enabled_ui(false, |ui| widgets::quiet_button(ui, "copy as dig")).inner;
            response.on_disabled_hover_text(why);
        }
        if let Some(Ok(command)) = &copies.command
            && widgets::quiet_button(ui, "copy as dig").on_hover_text(command).clicked()
        {
            ui.ctx().copy_text(command.clone());
        }
        if let Some(printed) = copies.printed
            && widgets::quiet_button(ui, "copy as dig prints it").clicked()
        {
            ui.ctx().copy_text(printed.to_owned());
        }
        if let Some(octets) = copies.octets
            && widgets::quiet_button(ui, "copy hex").clicked()
        {
            ui.ctx().copy_text(write_hex(octets));
        }
        more(ui);
    });
}

/// The words as a sentence.
pub(super) fn sentence(words: &str) -> String {
    let words = capitalised(words);
    if words.is_empty() || words.ends_with(['.', '?', '!', ':']) { words } else { words + "." }
}

/// The words with a capital first; a host's name stays as it is.
pub(super) fn capitalised(words: &str) -> String {
    let mut signs = words.chars();
    match signs.next() {
        Some(first) if !words.split(' ').next().is_some_and(|word| word.contains('.')) => {
            first.to_uppercase().chain(signs).collect()
        }
        _ => words.to_owned(),
    }
}

/// Height of a row of small buttons.
const SMALL_ROW: f32 = 20.0;
/// Width of the id's column.
const ID: f32 = 58.0;
/// Records of a section that are shown as lines.
const MOST_LINES: usize = 14;
