//! What came back: is it the reply, what does it say, bit by bit or as dig prints it; or why nothing came.

use std::rc::Rc;

use egui::{Align, Label, Layout, RichText, ScrollArea, TextStyle, Ui};

use super::{
    super::{
        hand_over::DnsHandOver,
        message_ui::{CopyMenu, DecodedMessage, copy_ui, header_ui, sections_ui, sentence},
    },
    compare::{ComparisonResult, ComparisonRow, compared},
    copy,
};
use crate::{
    app::{
        parts::octets::compact::CompactOctets,
        theme::{Theme, mono_small},
        widgets,
    },
    engine::{
        bridge::{PublishedService, RunId},
        dns_message::{PATIENCE, Report},
    },
    lens::dns::{HEADER_OCTETS, Header},
    proto::dns::{draft::MessageDraft, trace::QueryTransport},
    wire::{Blame, units},
};

/// What the view remembers between frames.
#[derive(Debug, Default)]
pub(super) struct ReplyView {
    read: Option<DecodedReply>,
    octets: CompactOctets,
}

/// A reply, read once.
#[derive(Clone, Debug)]
struct DecodedReply {
    job: RunId,
    reply: Option<Rc<DecodedMessage>>,
    compared: Rc<[ComparisonRow]>,
}

/// What is to be shown.
pub(super) struct ReplySubject<'a> {
    pub(super) job: RunId,
    pub(super) report: &'a Report,
    /// The message was changed since.
    pub(super) changed: bool,
    /// Another one is on its way.
    pub(super) waiting: bool,
    pub(super) gateway: &'a [PublishedService],
}

impl ReplyView {
    /// Paints it.
    pub(super) fn ui(&mut self, ui: &mut Ui, shown: &ReplySubject<'_>, as_dig: &mut bool) -> Option<DnsHandOver> {
        let DecodedReply { reply, compared, .. } = self.read(shown);
        head_ui(ui, shown, reply.as_deref());
        let panel = ScrollArea::vertical().id_salt("reply").auto_shrink(false).show(ui, |ui| {
            ui.set_max_width(ui.available_width() - 10.0);
            ui.spacing_mut().item_spacing.y = 3.0;
            if let Some(failure) = &shown.report.failure {
                widgets::card(ui, "What happened?", |ui| {
                    ui.colored_label(Theme::of(ui).bad, sentence(&failure.summary));
                    failure.causes.iter().for_each(|cause| drop(widgets::muted(ui, cause)));
                    widgets::muted(ui, why_nothing(shown.report, failure.blame));
                });
            }
            let Some(reply) = reply else {
                return taken_ui(ui, shown, None);
            };
            compared_ui(ui, &compared);
            ui.add_space(4.0);
            let ways = [(false, "Bit by bit"), (true, "As dig prints it")];
            widgets::segmented(ui, "Reply", as_dig, &ways);
            match &shown.report.dig {
                Some(dig) if *as_dig => dig_ui(ui, dig),
                None if *as_dig => drop(widgets::muted(ui, "dig could not read it.")),
                _ => {
                    header_ui(ui, &reply.reading);
                    sections_ui(ui, &reply.reading);
                }
            }
            let sent = taken_ui(ui, shown, Some(&reply));
            if !*as_dig {
                widgets::section(ui, "Octets");
                self.octets.ui(ui, &reply.octets, &reply.reading.tree);
            }
            sent
        });
        panel.inner
    }

    fn read(&mut self, shown: &ReplySubject<'_>) -> DecodedReply {
        if let Some(read) = self.read.as_ref().filter(|read| read.job == shown.job) {
            return read.clone();
        }
        let reply = shown.report.received.clone().map(|octets| Rc::new(DecodedMessage::of(octets)));
        let sent = DecodedMessage::of(shown.report.sent.clone());
        let compared = reply.as_ref().map(|reply| compared(&sent.reading, &reply.reading)).unwrap_or_default();
        self.octets = CompactOctets::default();
        if let Some(reply) = &reply {
            self.octets.open_what_is_wrong(&reply.reading.tree);
        }
        let read = DecodedReply { job: shown.job, reply, compared: compared.into() };
        self.read = Some(read.clone());
        read
    }
}

/// What came, in a few words, and whether it belongs to the message as it stands.
fn head_ui(ui: &mut Ui, shown: &ReplySubject<'_>, reply: Option<&DecodedMessage>) {
    let title = reply.map_or_else(|| "No reply".to_owned(), |reply| format!("Reply: {}", reply.reading.gist()));
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(10.0);
            if shown.waiting {
                widgets::pill(ui, "waiting …", Theme::of(ui).accent);
            } else if shown.changed {
                widgets::pill(ui, "changed since", Theme::of(ui).accent).on_hover_text(CHANGED);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_width(ui.available_width());
                widgets::heading(ui, &title).on_hover_text(&title);
            });
        });
    });
    let about = about(shown.report);
    let words = RichText::new(&about).text_style(TextStyle::Small).color(Theme::of(ui).muted);
    ui.add(Label::new(words).truncate()).on_hover_text(about);
    ui.add_space(4.0);
}

/// `dns.poly.edu over UDP · 62.0 ms · 35 → 119 octets`.
fn about(report: &Report) -> String {
    let over = if report.config.over == QueryTransport::Tcp { "TCP" } else { "UDP" };
    let server = report.config.server.trim();
    let sent = units::grouped(report.sent.len() as u64);
    match &report.received {
        Some(received) => {
            let came = units::count_octets(received.len() as u64);
            let took = units::seconds(report.seconds);
            format!("{server} over {over} · {took} · {sent} → {came}")
        }
        None if report.sent.is_empty() => format!("{server} · nothing was sent"),
        None => format!("{server} over {over} · {sent} octets sent"),
    }
}

/// What may be behind it that nothing came, as far as it can be known from here.
fn why_nothing(report: &Report, blame: Blame) -> String {
    let header = Header::read(&report.sent);
    match blame {
        Blame::Input => "Nothing was sent.".to_owned(),
        Blame::Peer => "The server broke the protocol.".to_owned(),
        Blame::Limit => "This program has a limit here; the server broke no rule.".to_owned(),
        Blame::Network | Blame::TimeOut | Blame::NoAnswer | Blame::NotOffered if report.sent.len() < HEADER_OCTETS => {
            "The message is shorter than a header, so it has nothing that could be answered: servers say nothing (RFC 1035 §4.1.1)."
                .to_owned()
        }
        Blame::Network | Blame::TimeOut | Blame::NoAnswer | Blame::NotOffered if header.is_some_and(Header::is_response) => {
            "The message says that it is a reply itself (QR = 1). Servers do not answer replies: two of them would never stop."
                .to_owned()
        }
        Blame::Network | Blame::TimeOut | Blame::NoAnswer | Blame::NotOffered if report.config.over == QueryTransport::Tcp => {
            "Over TCP the connection itself says whether somebody is there.".to_owned()
        }
        Blame::Network | Blame::TimeOut | Blame::NoAnswer | Blame::NotOffered => format!(
            "A datagram was lost, or nobody is there, or the server chose to say nothing: over UDP nobody says which, unless a host \
             refuses the port. A resolver asks again long before {} s have passed.",
            PATIENCE.as_secs()
        ),
    }
}

/// Whether it is the reply to what was sent.
fn compared_ui(ui: &mut Ui, all: &[ComparisonRow]) {
    let theme = Theme::of(ui);
    widgets::card(ui, "Is it the reply to this message?", |ui| {
        ui.spacing_mut().interact_size.y = LINE;
        for ComparisonRow { verdict, words } in all {
            let (mark, colour) = match verdict {
                ComparisonResult::Same => ("=", theme.good),
                ComparisonResult::Noted => ("~", theme.text),
                ComparisonResult::Differs => ("≠", theme.bad),
            };
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                ui.label(RichText::new(mark).font(mono_small()).color(colour));
                ui.label(RichText::new(words).color(if *verdict == ComparisonResult::Differs {
                    colour
                } else {
                    theme.text
                }));
            });
        }
    });
}

/// In dig's columns where they fit, otherwise closer together.
fn dig_ui(ui: &mut Ui, dig: &str) {
    ui.add_space(4.0);
    let glyph = ui.ctx().fonts_mut(|fonts| fonts.glyph_width(&mono_small(), '0'));
    let widest = dig.lines().map(|line| spaced(line).chars().count()).max().unwrap_or_default();
    let fits = widest as f32 * glyph <= ui.available_width();
    ui.spacing_mut().item_spacing.y = 0.0;
    for line in dig.lines() {
        let line = if fits {
            spaced(line)
        } else {
            line.split('\t').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
        };
        ui.label(RichText::new(line).font(mono_small()));
    }
}

/// Tabs as spaces, up to the next multiple of eight.
fn spaced(line: &str) -> String {
    let mut out = String::new();
    let mut at = 0;
    for sign in line.chars() {
        let wide = if sign == '\t' { TAB - at % TAB } else { 1 };
        at += wide;
        out.extend(std::iter::repeat_n(if sign == '\t' { ' ' } else { sign }, wide));
    }
    out
}

/// What is done with it: taken along, or resolved.
fn taken_ui(ui: &mut Ui, shown: &ReplySubject<'_>, reply: Option<&DecodedMessage>) -> Option<DnsHandOver> {
    let report = shown.report;
    let copies = CopyMenu {
        command: copy::dig(&report.config, shown.gateway),
        printed: report.dig.as_deref(),
        octets: reply.map(|reply| reply.octets.as_slice()),
    };
    let mut sent = None;
    copy_ui(ui, &copies, |ui| {
        let MessageDraft { name, kind, raw, .. } = &report.config.draft;
        if raw.is_none() && widgets::quiet_button(ui, "resolve this name").on_hover_text(RESOLVE).clicked() {
            sent = Some(DnsHandOver::Resolve { name: name.clone(), kind: kind.clone() });
        }
    });
    sent
}

const CHANGED: &str = "You have changed the message since: send it to see what that changes.";
const RESOLVE: &str = "Ask the name system for it, and see every server that is asked on the way.";
/// Height of a line of the comparison.
const LINE: f32 = 17.0;
/// Columns between tabs.
const TAB: usize = 8;
