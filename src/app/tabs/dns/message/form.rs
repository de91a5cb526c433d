//! The message as a form that is the message: the header as RFC 1035 §4.1.1 draws it, sixteen bits a row, then the question and EDNS.

use std::ops::Range;

use egui::{
    Align2, Button, CornerRadius, Key, Label, Popup, Rect, Response, RichText, Role, Sense, StrokeKind, TextEdit,
    TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use crate::{
    app::{
        dials,
        theme::{Theme, mono, mono_small},
        widgets::{self, Quantity},
    },
    lens::{
        FieldNode,
        dns::{Reading, opcode_name, rcode_name},
    },
    proto::dns::draft::{EdnsDraft, Flags, MessageDraft, NoMessage},
};

/// What the form is about.
pub(super) struct MessageForm<'a> {
    pub(super) draft: &'a mut MessageDraft,
    /// The number the message gets where it has none of its own.
    pub(super) random_id: u16,
    /// Is that number the lab's, the same for the same seed?
    pub(super) lab: bool,
    /// The message, read, as it stands or when it could last be written.
    pub(super) reading: Option<&'a Reading>,
    /// Why it cannot be written.
    pub(super) fault: Option<&'a NoMessage>,
}

/// What came of a frame.
#[derive(Debug, Default)]
pub(super) struct FormResponse {
    /// Enter was pressed in a field.
    pub(super) entered: bool,
    /// The octets of the field that is pointed at.
    pub(super) octets: Option<Range<usize>>,
}

impl MessageForm<'_> {
    /// Paints it.
    pub(super) fn ui(&mut self, ui: &mut Ui) -> FormResponse {
        let mut said = FormResponse::default();
        self.code_fault_ui(ui);
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            scale_ui(ui);
            self.id_ui(ui, &mut said);
            self.bits_ui(ui, &mut said);
            self.counts_ui(ui, &mut said);
        });
        self.question_head_ui(ui);
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            self.name_ui(ui, &mut said);
            self.type_ui(ui, &mut said);
        });
        self.edns_ui(ui, &mut said);
        said
    }

    fn id_ui(&mut self, ui: &mut Ui, said: &mut FormResponse) {
        let row = Row::new(ui, FIELD);
        let cell = row.cell(0..BITS);
        let hovered = frame_ui(ui, cell, false);
        caption(ui, cell, "ID");
        let draft = &mut *self.draft;
        let mut id = draft.id.unwrap_or(self.random_id);
        let middle = cell.center();
        let field = Rect::from_center_size(middle, vec2(FIELD_WIDE, cell.height() - 4.0));
        let quantity = Quantity {
            write: &|id| format!("{:#06x}", dials::whole(id)),
            read: &|typed| read_number(typed).map(f64::from),
            ..Quantity::count("", 0.0..=f64::from(u16::MAX))
        };
        let response = ui.put(field, |ui: &mut Ui| widgets::whole_field(ui, "ID", &mut id, &quantity));
        let response = response.on_hover_text("Type it as 0x7c1e or 31774.");
        if response.changed() {
            draft.id = Some(id);
        }
        let chip = Rect::from_min_max(pos2(field.right() + 8.0, cell.top() + 2.0), cell.max - vec2(2.0, 3.0));
        let at_random = ui.scope_builder(egui::UiBuilder::new().max_rect(chip), |ui| {
            ui.horizontal_centered(|ui| widgets::chip(ui, "random", draft.id.is_none())).inner
        });
        if at_random.inner.on_hover_text(if self.lab { RANDOM_IN_LAB } else { RANDOM }).clicked() {
            draft.id = if draft.id.is_none() { Some(self.random_id) } else { None };
        }
        if hovered || response.hovered() {
            said.octets = Some(0..2);
        }
    }

    /// QR to RCODE.
    fn bits_ui(&mut self, ui: &mut Ui, said: &mut FormResponse) {
        let row = Row::new(ui, TWO_LINES);
        let reading = self.reading;
        let Flags { qr, aa, tc, rd, ra, z, ad, cd } = &mut self.draft.flags;
        let flags = [
            ("QR", 0, qr),
            ("AA", 5, aa),
            ("TC", 6, tc),
            ("RD", 7, rd),
            ("RA", 8, ra),
            ("Z", 9, z),
            ("AD", 10, ad),
            ("CD", 11, cd),
        ];
        let mut hovered = None;
        for (name, bit, on) in flags {
            let response = flag_ui(ui, row.cell(bit..bit + 1), name, on, true);
            hovered = if response.hovered() { Some(usize::from(bit / 8)) } else { hovered };
            about_bit(response, reading, bit);
        }
        let rcode: fn(u8) -> String = |code| rcode_name(u16::from(code));
        let codes = [("Opcode", 1, &mut self.draft.opcode), ("RCODE", 12, &mut self.draft.rcode)];
        for ((name, bit, code), word) in codes.into_iter().zip([opcode_name, rcode]) {
            let response = code_ui(ui, row.cell(bit..bit + 4), name, code, word);
            hovered = if response.hovered() { Some(usize::from(bit / 8)) } else { hovered };
            about_bit(response, reading, bit);
        }
        said.octets = hovered.map(|octet| octet + 2..octet + 3).or(said.octets.take());
    }

    /// The four counts, which follow from the rest.
    fn counts_ui(&self, ui: &mut Ui, said: &mut FormResponse) {
        let counts = [
            ("QDCOUNT", 1, "question"),
            ("ANCOUNT", 0, "answers"),
            ("NSCOUNT", 0, "authority records"),
            ("ARCOUNT", u8::from(self.draft.edns.is_some()), "additional records"),
        ];
        for (nth, (name, count, of)) in counts.into_iter().enumerate() {
            let of = if name == "ARCOUNT" && count == 1 { "additional record: EDNS" } else { of };
            let cell = Row::new(ui, COUNT).cell(0..BITS);
            let response = ui.interact(cell, ui.scope_id().with(("count", name)), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name}: {count} {of}")));
            if frame_ui(ui, cell, false) {
                said.octets = Some(4 + nth * 2..6 + nth * 2);
            }
            caption(ui, cell, name);
            let theme = Theme::of(ui);
            let painter = ui.painter();
            painter.text(cell.center(), Align2::CENTER_CENTER, count, mono(), theme.text);
            let small = TextStyle::Small.resolve(ui.style());
            painter.text(cell.center() + vec2(14.0, 0.0), Align2::LEFT_CENTER, of, small, theme.muted);
        }
    }

    fn name_ui(&mut self, ui: &mut Ui, said: &mut FormResponse) {
        let cell = Row::new(ui, FIELD).cell(0..BITS);
        let hovered = frame_ui(ui, cell, self.is_at(FormPart::Name));
        caption(ui, cell, "QNAME");
        let field = Rect::from_min_max(pos2(cell.left() + CAPTION, cell.top() + 1.0), cell.max - vec2(2.0, 1.0));
        let response = text_ui(ui, field, &mut self.draft.name, "Name that is asked about");
        said.entered |= entered(ui, &response);
        if hovered || response.hovered() {
            said.octets = self.octets_of("QNAME");
        }
    }

    fn type_ui(&mut self, ui: &mut Ui, said: &mut FormResponse) {
        let row = Row::new(ui, FIELD);
        let halves = [
            ("QTYPE", 0..BITS / 2, FormPart::Type, "Type that is asked for", TYPES),
            ("QCLASS", BITS / 2..BITS, FormPart::Class, "Class", CLASSES),
        ];
        for (name, bits, part, says, choices) in halves {
            let cell = row.cell(bits);
            let hovered = frame_ui(ui, cell, self.is_at(part));
            caption(ui, cell, name);
            let text = if part == FormPart::Type { &mut self.draft.kind } else { &mut self.draft.class };
            let field = Rect::from_min_max(
                pos2(cell.left() + CAPTION, cell.top() + 1.0),
                cell.max - vec2(MENU_WIDE + 4.0, 1.0),
            );
            let response = text_ui(ui, field, text, says);
            said.entered |= entered(ui, &response);
            menu_ui(ui, cell, says, text, choices);
            if hovered || response.hovered() {
                said.octets = self.octets_of(name);
            }
        }
    }

    fn edns_ui(&mut self, ui: &mut Ui, said: &mut FormResponse) {
        ui.add_space(6.0);
        let mut on = self.draft.edns.is_some();
        if widgets::check(ui, &mut on, "EDNS: an OPT record among the additional ones").on_hover_text(EDNS).changed() {
            self.draft.edns = on.then(EdnsDraft::default);
        }
        let mut edns = self.draft.edns.unwrap_or_default();
        ui.add_enabled_ui(on, |ui| {
            let row = Row::new(ui, FIELD);
            let (payload, version) = (row.cell(0..8), row.cell(8..14));
            let hovered = [frame_ui(ui, payload, false), frame_ui(ui, version, false)].contains(&true);
            caption(ui, payload, "takes");
            let field = Rect::from_center_size(payload.center(), vec2(64.0, payload.height() - 4.0));
            let sizes = Quantity::count("", 0.0..=f64::from(u16::MAX));
            let name = "EDNS payload size in octets";
            let response = ui.put(field, |ui: &mut Ui| widgets::whole_field(ui, name, &mut edns.payload, &sizes));
            response.on_hover_text(PAYLOAD);
            let small = TextStyle::Small.resolve(ui.style());
            let (after, muted) = (pos2(field.right() + 6.0, field.center().y), Theme::of(ui).muted);
            ui.painter().text(after, Align2::LEFT_CENTER, "octets", small, muted);
            caption(ui, version, "version");
            let field = Rect::from_center_size(version.center() + vec2(10.0, 0.0), vec2(44.0, version.height() - 4.0));
            let versions = Quantity::count("", 0.0..=f64::from(u8::MAX));
            let name = "EDNS version";
            let response = ui.put(field, |ui: &mut Ui| widgets::whole_field(ui, name, &mut edns.version, &versions));
            response.on_hover_text("There is only 0. RFC 6891 §6.1.3");
            let response = flag_ui(ui, row.cell(14..BITS), "DO", &mut edns.dnssec, false);
            let wants =
                response.on_hover_text("DNSSEC OK: send signatures along with the records. RFC 3225 §3").hovered();
            if hovered || wants {
                said.octets = self.octets_of("OPT");
            }
        });
        if on {
            self.draft.edns = Some(edns);
        }
    }

    /// The question's head, and beside it why that cannot be written.
    fn question_head_ui(&self, ui: &mut Ui) {
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            widgets::muted(ui, "Question");
            if let Some(fault) = self.fault.filter(|fault| part_of(fault) != FormPart::Header) {
                fault_ui(ui, fault);
            }
        });
    }

    /// Why opcode or RCODE cannot be written: what was read from a file may say anything.
    fn code_fault_ui(&self, ui: &mut Ui) {
        if let Some(fault) = self.fault.filter(|fault| part_of(fault) == FormPart::Header) {
            fault_ui(ui, fault);
        }
    }

    /// Is it this part that cannot be written?
    fn is_at(&self, part: FormPart) -> bool {
        self.fault.is_some_and(|fault| part_of(fault) == part)
    }

    /// The octets of the field called so.
    fn octets_of(&self, name: &str) -> Option<Range<usize>> {
        fn find<'a>(node: &'a FieldNode, name: &str) -> Option<&'a FieldNode> {
            if node.name == name { Some(node) } else { node.parts.iter().find_map(|part| find(part, name)) }
        }
        find(&self.reading?.tree, name).map(|node| node.range.clone())
    }
}

fn fault_ui(ui: &mut Ui, fault: &NoMessage) {
    let fault = fault.to_string();
    let words = RichText::new(&fault).small().color(Theme::of(ui).bad);
    ui.add(Label::new(words).truncate()).on_hover_text(fault);
}

/// A part of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FormPart {
    Header,
    Name,
    Type,
    Class,
}

/// Which part is at fault.
fn part_of(fault: &NoMessage) -> FormPart {
    match fault {
        NoMessage::EmptyLabel(_) | NoMessage::LongLabel(_) | NoMessage::LongName(_) | NoMessage::BadEscape(_) => {
            FormPart::Name
        }
        NoMessage::NoType(_) => FormPart::Type,
        NoMessage::NoClass(_) => FormPart::Class,
        // Octets by hand have no parts.
        NoMessage::TooLarge { .. } | NoMessage::NoHex(_) | NoMessage::HalfOctet | NoMessage::TooLong(_) => {
            FormPart::Header
        }
    }
}

/// A row of sixteen bits.
struct Row(Rect);

impl Row {
    fn new(ui: &mut Ui, height: f32) -> Self {
        Self(ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover()).0)
    }

    /// The box of some of its bits; boxes beside each other share a border.
    fn cell(&self, bits: Range<u16>) -> Rect {
        let column = self.0.width() / f32::from(BITS);
        let at = |bit: u16| (self.0.left() + column * f32::from(bit)).round();
        Rect::from_x_y_ranges(at(bits.start)..=at(bits.end) + 1.0, self.0.top()..=self.0.bottom() + 1.0)
    }
}

/// The bits' numbers above the picture.
fn scale_ui(ui: &mut Ui) {
    let row = Row::new(ui, SCALE);
    for bit in 0..BITS {
        let cell = row.cell(bit..bit + 1);
        ui.painter().text(cell.center(), Align2::CENTER_CENTER, bit, mono_small(), Theme::of(ui).muted);
    }
}

/// A box. Returns whether it is pointed at.
fn frame_ui(ui: &Ui, cell: Rect, wrong: bool) -> bool {
    let theme = Theme::of(ui);
    ui.painter().rect(cell, CornerRadius::ZERO, theme.panel, theme.border(), StrokeKind::Inside);
    if wrong {
        let stroke = egui::Stroke::new(1.0, theme.bad);
        ui.painter().rect_stroke(cell.shrink(1.0), CornerRadius::ZERO, stroke, StrokeKind::Inside);
    }
    ui.rect_contains_pointer(cell)
}

/// A box' name at its left.
fn caption(ui: &Ui, cell: Rect, words: &str) {
    let small = TextStyle::Small.resolve(ui.style());
    let at = cell.left_center() + vec2(8.0, 0.0);
    ui.painter().text(at, Align2::LEFT_CENTER, words, small, Theme::of(ui).muted);
}

/// A bit that a click turns over; its name is above its value where `tall`.
fn flag_ui(ui: &Ui, cell: Rect, name: &str, on: &mut bool, tall: bool) -> Response {
    let mut response = ui.interact(cell, ui.scope_id().with(("bit", name)), Sense::click());
    crate::app::focus::into_view(&response);
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    let (enabled, set) = (ui.is_enabled(), *on);
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, enabled, set, format!("{name} bit")));
    box_ui(ui, cell, &response, set);
    let theme = Theme::of(ui);
    let strength = if enabled { 1.0 } else { 0.5 };
    let (small, painter) = (TextStyle::Small.resolve(ui.style()), ui.painter());
    let colour = if set { theme.accent } else { theme.text }.gamma_multiply(strength);
    let away = if tall { vec2(0.0, 8.0) } else { vec2(10.0, 0.0) };
    painter.text(cell.center() - away, Align2::CENTER_CENTER, name, small, theme.muted);
    painter.text(cell.center() + away, Align2::CENTER_CENTER, u8::from(set), mono(), colour);
    response
}

/// Four bits whose value a menu offers.
fn code_ui(ui: &Ui, cell: Rect, name: &str, code: &mut u8, word: fn(u8) -> String) -> Response {
    let response = ui.interact(cell, ui.scope_id().with(("code", name)), Sense::click());
    crate::app::focus::into_view(&response);
    let spoken = format!("{name}: {code} {}", word(*code));
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, ui.is_enabled(), &spoken));
    box_ui(ui, cell, &response, *code != 0);
    let theme = Theme::of(ui);
    let small = TextStyle::Small.resolve(ui.style());
    ui.painter().text(cell.center() - vec2(0.0, 8.0), Align2::CENTER_CENTER, name, small, theme.muted);
    let colour = if *code != 0 { theme.accent } else { theme.text };
    let value = Rect::from_min_max(pos2(cell.left() + 4.0, cell.center().y), cell.max - vec2(4.0, 0.0));
    widgets::clipped(ui, value, Align2::CENTER_CENTER, &format!("{code} {}", word(*code)), mono_small(), colour);
    Popup::menu(&response).accessible_name(name.to_owned()).show(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for choice in 0..16 {
            if ui.selectable_label(*code == choice, format!("{choice} {}", word(choice))).clicked() {
                *code = choice;
            }
        }
    });
    response
}

/// A box that can be clicked.
fn box_ui(ui: &Ui, cell: Rect, response: &Response, set: bool) {
    let theme = Theme::of(ui);
    let ground = match (set, response.hovered() && ui.is_enabled() || response.has_focus()) {
        (true, _) => theme.selection,
        (false, true) => theme.control_hovered,
        (false, false) => theme.panel,
    };
    ui.painter().rect(cell, CornerRadius::ZERO, ground, theme.border(), StrokeKind::Inside);
    if response.has_focus() {
        let stroke = egui::Stroke::new(1.0, theme.accent);
        ui.painter().rect_stroke(cell.shrink(1.0), CornerRadius::ZERO, stroke, StrokeKind::Inside);
    }
}

/// What a bit of the header says as it stands, and what it is for.
fn about_bit(response: Response, reading: Option<&Reading>, bit: u16) {
    let flags = reading.and_then(|reading| reading.tree.parts.first()?.parts.get(1));
    let stands = |node: &&FieldNode| {
        let octet = usize::from(bit / 8) + 2;
        node.range.start == octet && node.bits.as_ref().is_some_and(|bits| u16::from(bits.start) == bit % 8)
    };
    if let Some(node) = flags.and_then(|flags| flags.parts.iter().find(stands)) {
        response.on_hover_ui(|ui| {
            ui.label(RichText::new(&node.name).strong());
            ui.label(&node.value);
            ui.label(node.meaning);
            widgets::muted(ui, node.clause);
        });
    }
}

/// A field in a box, without a frame of its own.
fn text_ui(ui: &mut Ui, at: Rect, text: &mut String, says: &str) -> Response {
    let field =
        TextEdit::singleline(text).font(mono()).frame(egui::Frame::NONE.inner_margin(egui::Margin::symmetric(4, 0)));
    let field = field.align(Align2::LEFT_CENTER).min_size(at.size());
    let response = ui.put(at, field.desired_width(at.width()));
    widgets::named(ui, response, says)
}

fn entered(ui: &Ui, response: &Response) -> bool {
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

/// What a field usually says, to choose from.
fn menu_ui(ui: &mut Ui, cell: Rect, says: &str, text: &mut String, choices: &[&str]) {
    let at = Rect::from_min_max(pos2(cell.right() - MENU_WIDE - 2.0, cell.top() + 2.0), cell.max - vec2(3.0, 3.0));
    let response = ui.put(at, Button::new("▾").frame(false));
    let response = widgets::named(ui, response, &format!("{says}: choose"));
    Popup::menu(&response).accessible_name(format!("{says}: choose")).show(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for choice in choices {
            if ui.selectable_label(text.eq_ignore_ascii_case(choice), *choice).clicked() {
                (*choice).clone_into(text);
            }
        }
    });
}

/// A number of sixteen bits, decimal or hexadecimal.
fn read_number(typed: &str) -> Option<u16> {
    let typed = typed.trim();
    let hexadecimal = typed.strip_prefix("0x").or_else(|| typed.strip_prefix("0X"));
    hexadecimal.map_or_else(|| typed.parse().ok(), |digits| u16::from_str_radix(digits, 16).ok())
}

/// Bits in a row.
const BITS: u16 = 16;
/// Heights: the bits' numbers, a field, a name above a value, a count.
const SCALE: f32 = 16.0;
const FIELD: f32 = 28.0;
const TWO_LINES: f32 = 38.0;
const COUNT: f32 = 20.0;
/// Widths: a box' name before its field, the field of the id, the sign of a menu.
const CAPTION: f32 = 62.0;
const FIELD_WIDE: f32 = 76.0;
const MENU_WIDE: f32 = 20.0;

const TYPES: &[&str] =
    &["A", "AAAA", "NS", "CNAME", "SOA", "PTR", "MX", "TXT", "LOC", "SRV", "CAA", "DS", "AXFR", "ANY", "TYPE65400"];
const CLASSES: &[&str] = &["IN", "CH", "HS", "NONE", "ANY", "CLASS77"];
const RANDOM: &str =
    "A new number, drawn at random whenever the message is sent, so that nobody can guess it. RFC 5452 §9.2";
const RANDOM_IN_LAB: &str = "In the lab the same seed of the path draws the same number, so that a run can be repeated. On the Internet it is drawn \
 at random for every message, so that nobody can guess it. RFC 5452 §9.2";
const EDNS: &str =
    "Extension mechanisms: the asker says how long a datagram it takes, in a record that is none. RFC 6891 §6.1.1";
const PAYLOAD: &str = "The longest datagram the asker takes; without EDNS it is 512 octets. RFC 6891 §6.2.3";

#[cfg(test)]
mod a_number {
    use super::read_number;

    #[test]
    fn is_decimal_or_hexadecimal() {
        assert_eq!(read_number(" 0x7C1e"), Some(0x7c1e));
        assert_eq!(read_number("31774"), Some(0x7c1e));
        assert_eq!((read_number("65536"), read_number("0x"), read_number("7c1e")), (None, None, None));
    }
}
