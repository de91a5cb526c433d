//! The exchange: what was asked and what was answered, line by line, with what each line means. Always in view while browsing.

use std::time::Duration;

use egui::{
    Align2, CornerRadius, FontId, Frame, Label, Margin, Panel, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind,
    TextStyle, Ui, WidgetInfo,
    text::{LayoutJob, TextFormat},
    text_selection::LabelSelectionState,
    vec2,
};

use super::{
    exchanges::{ExchangeKey, Exchanges},
    failure::{FailureCase, failure_ui},
    message::{HeadLine, HttpMessage, HttpMessages, LineKind},
    names::cut_in_the_middle,
};
use crate::{
    app::{
        dials,
        theme::{Theme, mono, size},
        widgets,
    },
    engine::{
        bridge::RunId,
        browse::{Config, Exchange},
    },
    lab::LabFiles,
    lens::{MessageFlaw, http::glossary},
    wire::{Ledger, Side, units},
};

/// What the pane remembers: the messages read from the record, and the word last pointed at.
#[derive(Debug, Default)]
pub(super) struct ExchangePane {
    read: Option<ExchangeText>,
    word: Option<GlossedWord>,
}

#[derive(Debug)]
struct ExchangeText {
    key: ExchangeKey,
    /// Events of the record when it was read.
    events: usize,
    messages: HttpMessages,
}

/// A word and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
struct GlossedWord {
    name: String,
    meaning: String,
    clause: &'static str,
}

/// The word pointed at in this frame, and whether a card tells it.
struct PointedWord {
    word: Option<GlossedWord>,
    has_card: bool,
}

/// What the pane is to show.
pub(super) struct ExchangeSubject<'a> {
    /// The visit.
    pub(super) job: RunId,
    /// All exchanges of the visit.
    pub(super) exchanges: &'a Exchanges<'a>,
    /// The place of the exchange that is shown.
    pub(super) at: usize,
    /// The record.
    pub(super) ledger: &'a Ledger,
    /// What was asked for.
    pub(super) asked: Option<&'a Config>,
    /// What the lab consists of.
    pub(super) lab: &'a LabFiles,
    /// When the run began.
    pub(super) origin: Duration,
    /// Where the playhead stands, since the run began; `None` at the end.
    pub(super) moment: Option<Duration>,
}

impl ExchangePane {
    /// Paints it; returns the exchange the student wants to see instead.
    pub(super) fn ui(&mut self, ui: &mut Ui, looked: &ExchangeSubject<'_>) -> Option<usize> {
        let exchange = *looked.exchanges.all.get(looked.at)?;
        self.read(looked, exchange);
        // In a low window the messages need the room: what a line means is told beside it.
        let has_card = ui.available_height() >= CARD_FROM;
        if has_card {
            Panel::bottom("word").resizable(false).show_separator_line(false).frame(Frame::new()).show(ui, |ui| {
                ui.add_space(6.0);
                widgets::card_frame(Theme::of(ui)).show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    word_ui(ui, self.word.as_ref());
                });
            });
        }
        let mut wanted = None;
        ScrollArea::vertical().id_salt("exchange").auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            wanted = chain_ui(ui, looked);
            if let Some(failure) = &exchange.timing.failure {
                // What went wrong with the page itself is told in its place.
                if looked.exchanges.first_choice() == Some(looked.at) {
                    ui.label(RichText::new(&failure.summary).color(Theme::of(ui).bad));
                } else {
                    let ExchangeSubject { ledger, asked, lab, .. } = *looked;
                    failure_ui(ui, &FailureCase { failure, exchange: Some(exchange), ledger, asked, lab });
                }
            }
            for why in &exchange.why {
                widgets::muted(ui, format!("why: {why}"));
            }
            let Some(read) = &self.read else { return };
            let mut pointed = PointedWord { word: None, has_card };
            for (message, side) in [(&read.messages.request, Side::Client), (&read.messages.response, Side::Server)] {
                match message.as_ref().and_then(|message| still_to_come(message, side, looked.moment)) {
                    Some(words) => drop(widgets::muted(ui, words)),
                    None => message_ui(ui, message.as_ref(), side, exchange, &mut pointed),
                }
            }
            flaws_ui(ui, &read.messages.wrong, exchange.timing.status);
            if let Some(word) = pointed.word {
                self.word = Some(word);
            }
            ui.add_space(4.0);
        });
        wanted
    }

    /// The messages shown, once they have been read.
    pub(super) fn messages(&self) -> Option<&HttpMessages> {
        self.read.as_ref().map(|read| &read.messages)
    }

    fn read(&mut self, looked: &ExchangeSubject<'_>, exchange: &Exchange) {
        let key = ExchangeKey::of(looked.job, exchange);
        let events =
            exchange.timing.connection.and_then(|id| looked.ledger.flow(id)).map_or(0, |flow| flow.events.len());
        if self.read.as_ref().is_some_and(|read| read.key == key && read.events == events) {
            return;
        }
        if self.read.as_ref().is_none_or(|read| read.key != key) {
            // What was pointed at stands in a message that is not shown any more.
            self.word = None;
        }
        let messages = HttpMessages::of(looked.ledger, exchange, looked.origin);
        self.read = Some(ExchangeText { key, events, messages });
    }
}

/// What is wrong with either message; and where the request is, that the server is right to refuse it.
fn flaws_ui(ui: &mut Ui, flaws: &[MessageFlaw], status: Option<u16>) {
    for MessageFlaw { side, text } in flaws {
        let whose = if *side == Side::Client { "request" } else { "response" };
        ui.label(RichText::new(format!("wrong in the {whose}: {text}")).color(Theme::of(ui).bad));
    }
    if let Some(words) = right_refusal(flaws, status) {
        widgets::muted(ui, words);
    }
}

/// Why the status is the right answer to a request that is wrong, or came too late; `None` where it says nothing of that.
fn right_refusal(flaws: &[MessageFlaw], status: Option<u16>) -> Option<String> {
    let status = glossary::status(status?)?;
    let of_request = flaws.iter().any(|flaw| flaw.side == Side::Client);
    match status.code {
        408 => Some(format!(
            "408 is the right answer: the server waited for the rest of the request, it did not come in time, and the server closes the \
             connection. {}",
            status.clause
        )),
        400 | 411 | 413 | 414 | 417 | 431 | 501 | 505 if of_request => Some(format!(
            "{} {} is the right answer to a request that is wrong in this way. {}",
            status.code, status.reason, status.clause
        )),
        _ => None,
    }
}

/// The redirects that led to the page, hop by hop.
fn chain_ui(ui: &mut Ui, looked: &ExchangeSubject<'_>) -> Option<usize> {
    let hops = looked.exchanges.all.get(..looked.exchanges.hops).filter(|hops| hops.len() > 1)?;
    let mut wanted = None;
    widgets::muted(ui, format!("{} to this page", units::count(hops.len(), "exchange led", "exchanges led")));
    for (at, hop) in hops.iter().enumerate() {
        let theme = Theme::of(ui);
        let status = hop.timing.status.map_or_else(|| "failed".to_owned(), |status| status.to_string());
        let place = url_tail(hop);
        let room = ui.available_width() - ui.fonts_mut(|fonts| fonts.glyph_width(&mono(), '0')) * BEFORE_NAME - 16.0;
        let place = cut_in_the_middle(&place, letters_in(ui, room));
        let shown = at == looked.at;
        let mut words = LayoutJob::default();
        let mono = mono();
        let piece = |colour| TextFormat::simple(mono.clone(), colour);
        words.append(&format!("{}  ", at + 1), 0.0, piece(theme.muted));
        words.append(&format!("{status} "), 0.0, piece(status_colour(theme, hop.timing.status)));
        words.append(&place, 0.0, piece(if shown { theme.accent } else { theme.text }));
        words.wrap.max_rows = 1;
        words.wrap.break_anywhere = true;
        let row = ui.add(
            egui::Button::new(words).truncate().frame_when_inactive(shown).min_size(vec2(ui.available_width(), 22.0)),
        );
        if row.on_hover_text(hop.timing.url.as_str()).clicked() {
            wanted = Some(at);
        }
    }
    ui.add_space(4.0);
    wanted
}

/// Letters of the mono font that fit.
fn letters_in(ui: &Ui, room: f32) -> usize {
    let letter = ui.fonts_mut(|fonts| fonts.glyph_width(&mono(), '0')).max(1.0);
    usize::try_from(dials::whole(f64::from(room / letter))).unwrap_or(0)
}

/// Letters that stand before the name in a row of the chain: number and status.
const BEFORE_NAME: f32 = 11.0;

fn url_tail(exchange: &Exchange) -> String {
    let url = &exchange.timing.url;
    format!("{}{}", url.host_str().unwrap_or_default(), crate::proto::http::url::origin_form(url))
}

fn message_ui(ui: &mut Ui, message: Option<&HttpMessage>, side: Side, exchange: &Exchange, pointed: &mut PointedWord) {
    let Some(message) = message else {
        if side == Side::Server && exchange.timing.failure.is_none() {
            widgets::muted(ui, "No response yet");
        }
        return;
    };
    widgets::muted(ui, title(message, side));
    let theme = Theme::of(ui);
    let frame = Frame::new()
        .fill(theme.code_ground)
        .corner_radius(CornerRadius { nw: 3, sw: 3, ne: size::CARD_ROUNDING, se: size::CARD_ROUNDING })
        .inner_margin(Margin { left: 14, right: 6, top: 8, bottom: 8 });
    let shown = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 1.0;
        for line in message.lines.iter().take(MAX_LINES) {
            line_ui(ui, line, pointed);
        }
        if message.lines.len() > MAX_LINES {
            widgets::muted(ui, format!("and {} more lines", units::grouped((message.lines.len() - MAX_LINES) as u64)));
        }
        if message.content_octets > 0 {
            widgets::muted(ui, format!("{} of content", units::count_octets(message.content_octets)));
        }
        if message.octets > 0 && exchange.protocol.starts_with("HTTP/2") {
            widgets::muted(ui, "Told in words: on the wire these are binary frames, see Octets below.");
        }
    });
    let bar = shown.response.rect.with_max_x(shown.response.rect.left() + 3.0);
    ui.painter().rect_filled(bar, CornerRadius { nw: 3, sw: 3, ne: 0, se: 0 }, theme.side(side));
}

/// What is said of a message that the playhead has not reached.
fn still_to_come(message: &HttpMessage, side: Side, moment: Option<Duration>) -> Option<String> {
    let (moment, (from, _)) = moment.zip(message.span)?;
    (moment < from).then(|| match side {
        Side::Client => format!("Request · leaves at {}, after the playhead", units::time(from)),
        Side::Server => format!("Response · begins to arrive at {}, after the playhead", units::time(from)),
    })
}

fn title(message: &HttpMessage, side: Side) -> String {
    let octets = units::count_octets(message.octets);
    match (side, message.span) {
        (Side::Client, None) if message.octets == 0 => "Request · not sent".to_owned(),
        (Side::Client, Some((from, _))) if message.octets == 0 => {
            format!("Request · as asked for, sent at {}; what the library made of it is not seen", units::time(from))
        }
        (Side::Client, Some((from, _))) => format!("Request · {octets} sent at {}", units::time(from)),
        (Side::Server, Some((from, to))) => {
            format!("Response · {octets} from {} to {}", units::time(from), units::time(to))
        }
        (Side::Client, None) => format!("Request · {octets}"),
        (Side::Server, None) => format!("Response · {octets}"),
    }
}

/// One line in its colours with a tag for what ends it. Tells what it means while it is pointed at.
fn line_ui(ui: &mut Ui, line: &HeadLine, pointed: &mut PointedWord) {
    let theme = Theme::of(ui);
    let tag = line.end;
    let room = ui.available_width() - tag.map_or(0.0, |_| TAG_ROOM);
    let mut job = line_job(theme, line);
    job.wrap.max_width = room.max(80.0);
    job.wrap.break_anywhere = true;
    let (at, galley, response) = ui
        .scope(|ui| {
            ui.set_max_width(room.max(80.0));
            Label::new(job).wrap().sense(Sense::hover()).layout_in_ui(ui)
        })
        .inner;
    let told = if line.text.is_empty() { "empty line" } else { &line.text };
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, told));
    let word = word_of(line);
    let lit = response.hovered() && word.is_some();
    if lit {
        let ground = response.rect.expand2(vec2(3.0, 0.5));
        ui.painter().rect_filled(ground, 2.0, theme.selection);
    }
    let end = galley.rows.last().map_or(at, |row| at + row.rect().right_center().to_vec2());
    LabelSelectionState::label_text_selection(ui, &response, at, galley, theme.text, Stroke::NONE);
    if let Some(tag) = tag {
        let gap = if line.text.is_empty() { 0.0 } else { 6.0 };
        tag_ui(ui, end + vec2(gap, 0.0), tag);
    }
    if let Some(word) = word.filter(|_| lit) {
        if !pointed.has_card {
            response.on_hover_ui(|ui| word_ui(ui, Some(&word)));
        }
        pointed.word = Some(word);
    }
}

fn line_job(theme: &Theme, line: &HeadLine) -> LayoutJob {
    let mut job = LayoutJob::default();
    let mut add = |text: &str, colour| job.append(text, 0.0, TextFormat::simple(FontId::monospace(HEAD_TEXT), colour));
    let text = line.text.as_str();
    match line.kind {
        LineKind::Request => {
            let (method, rest) = text.split_once(' ').unwrap_or((text, ""));
            let (target, version) = rest.rsplit_once(' ').unwrap_or((rest, ""));
            add(method, theme.good);
            add(" ", theme.muted);
            add(target, theme.text);
            if !version.is_empty() {
                add(" ", theme.muted);
                add(version, theme.muted);
            }
        }
        LineKind::Status => {
            let (version, rest) = text.split_once(' ').unwrap_or((text, ""));
            let code = rest.get(..3).and_then(|code| code.parse().ok());
            add(version, theme.muted);
            add(" ", theme.muted);
            add(rest, status_colour(theme, code));
        }
        LineKind::Field(name) => {
            add(text.get(..name).unwrap_or(text), theme.accent);
            add(text.get(name..).unwrap_or_default(), theme.text);
        }
        LineKind::Empty | LineKind::Other => add(text, theme.text),
    }
    job
}

/// Good, elsewhere or bad; the number says it too.
pub(super) fn status_colour(theme: &Theme, status: Option<u16>) -> egui::Color32 {
    match status {
        Some(200..=299) => theme.good,
        Some(100..=399) => theme.accent,
        _ => theme.bad,
    }
}

fn tag_ui(ui: &Ui, left: egui::Pos2, tag: &str) {
    let theme = Theme::of(ui);
    let font = FontId::new(8.0, egui::FontFamily::Monospace);
    let galley = ui.painter().layout_no_wrap(tag.to_owned(), font.clone(), theme.muted);
    let rect = Align2::LEFT_CENTER.anchor_size(left, galley.size() + vec2(6.0, 1.0));
    ui.painter().rect_stroke(rect, 3.0, Stroke::new(0.8, theme.line), StrokeKind::Inside);
    ui.painter().galley(rect.min + vec2(3.0, 0.5), galley, theme.muted);
}

fn word_of(line: &HeadLine) -> Option<GlossedWord> {
    match line.kind {
        LineKind::Request => {
            let name = line.text.split(' ').next().unwrap_or_default();
            let word = glossary::method(name)?;
            Some(GlossedWord { name: name.to_owned(), meaning: word.meaning.to_owned(), clause: word.clause })
        }
        LineKind::Status => {
            let code: u16 = line.text.split(' ').nth(1)?.parse().ok()?;
            let class = glossary::class(code);
            Some(match glossary::status(code) {
                Some(status) => GlossedWord {
                    name: format!("{code} {}", status.reason),
                    meaning: status.meaning.to_owned(),
                    clause: status.clause,
                },
                None => GlossedWord { name: code.to_string(), meaning: class.to_owned(), clause: "RFC 9110 §15" },
            })
        }
        LineKind::Field(name) => {
            let name = line.text.get(..name)?;
            Some(match glossary::field(name) {
                Some(word) => {
                    GlossedWord { name: name.to_owned(), meaning: word.meaning.to_owned(), clause: word.clause }
                }
                None => GlossedWord {
                    name: name.to_owned(),
                    meaning: "A field this program has no words for: who does not know it ignores it.".to_owned(),
                    clause: "RFC 9110 §5.1",
                },
            })
        }
        LineKind::Empty => Some(GlossedWord {
            name: "empty line".to_owned(),
            meaning: "Ends the head. Without it the other side goes on waiting for more lines.".to_owned(),
            clause: "RFC 9112 §2.1",
        }),
        LineKind::Other => None,
    }
}

fn word_ui(ui: &mut Ui, word: Option<&GlossedWord>) {
    let theme = Theme::of(ui);
    let Some(word) = word else {
        widgets::muted(ui, "Point at a line to read what it means and where that is written.");
        return;
    };
    ui.set_min_height(2.0 * 17.0);
    let font = TextStyle::Body.resolve(ui.style());
    let piece = |colour| TextFormat::simple(font.clone(), colour);
    let mut job = LayoutJob::default();
    job.append(&word.name, 0.0, piece(theme.accent));
    job.append(&format!(" — {} ", word.meaning), 0.0, piece(theme.text));
    job.append(word.clause, 0.0, piece(theme.muted));
    ui.add(Label::new(job).wrap());
}

/// A pane as high as this has room for the card that tells what a line means.
const CARD_FROM: f32 = 360.0;

/// Lines of a head painted; an endless header has more.
const MAX_LINES: usize = 200;

/// Size of the letters of a head: the usual lines fit into the inspector.
const HEAD_TEXT: f32 = 12.0;

/// Room kept for the tag at the end of a line.
const TAG_ROOM: f32 = 30.0;
