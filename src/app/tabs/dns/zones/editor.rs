//! The zone file: its text with line numbers, ready-made lines, and what is wrong in it.

use std::{collections::BTreeMap, sync::Arc};

use egui::{
    Align2, CornerRadius, Galley, Label, RichText, ScrollArea, Sense, TextEdit, TextFormat, Ui, text::LayoutJob, vec2,
};

use super::book::{Row, ZoneDraft, ZoneFindings};
use crate::{
    app::{
        theme::{Theme, mono, mono_small},
        widgets,
    },
    proto::dns::zone::{MAX_OCTETS, Remark, Severity, with_line, with_serial},
};

/// What the editor remembers.
#[derive(Debug, Default)]
pub(super) struct ZoneEditor {
    /// A line to bring into view.
    to_line: Option<u32>,
}

/// What is edited.
#[derive(Debug)]
pub(super) struct ZonePage<'a> {
    pub(super) origin: &'a str,
    pub(super) text: &'a str,
    /// As it is served.
    pub(super) row: Option<&'a Row>,
    pub(super) draft: Option<&'a ZoneDraft>,
    pub(super) findings: &'a ZoneFindings,
}

impl ZonePage<'_> {
    /// Serial number, size, who serves it.
    fn about(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.findings.serial.map(|serial| format!("serial {serial}")));
        parts.extend(self.findings.records.map(|records| format!("{records} records")));
        let to_be =
            || self.draft.and_then(|draft| draft.server.as_ref()).map(|server| format!("to be served by {server}"));
        let by = |row: &Row| match row.servers.as_slice() {
            [] => None,
            [one] => Some(format!("served by {one}")),
            [first, rest @ ..] => Some(format!("served by {first} and {} more", rest.len())),
        };
        parts.extend(self.row.and_then(by).or_else(to_be));
        parts.join(" · ")
    }
}

impl ZoneEditor {
    pub(super) fn show_top(&mut self) {
        self.to_line = Some(1);
    }

    /// Paints it; returns the text when it was changed.
    pub(super) fn ui(&mut self, ui: &mut Ui, page: &ZonePage<'_>) -> Option<String> {
        ui.horizontal(|ui| {
            let title = if page.origin == "." { "root (.)" } else { page.origin.trim_end_matches('.') };
            widgets::heading(ui, title);
            ui.add(Label::new(RichText::new(page.about()).small().color(Theme::of(ui).muted)).truncate());
        });
        let mut written = lines_ui(ui, page);
        ui.add_space(2.0);
        let below = remarks_height(page.findings).min(ui.available_height() * 0.45);
        let high = ui.available_height() - below - 6.0;
        let typed = ui.allocate_ui(vec2(ui.available_width(), high), |ui| self.text_ui(ui, page, high)).inner;
        written = written.or(typed);
        ui.add_space(4.0);
        ScrollArea::vertical().id_salt("remarks").auto_shrink(false).show(ui, |ui| {
            if page.findings.remarks.is_empty() {
                ui.label(RichText::new("No problems found.").small().color(Theme::of(ui).good));
            }
            for remark in page.findings.remarks.iter().take(MOST_REMARKS) {
                if remark_ui(ui, remark) {
                    self.to_line = remark.line;
                }
            }
            if let Some(more) = page.findings.remarks.len().checked_sub(MOST_REMARKS).filter(|more| *more > 0) {
                widgets::muted(ui, format!("and {more} more"));
            }
        });
        written
    }

    fn text_ui(&mut self, ui: &mut Ui, page: &ZonePage<'_>, high: f32) -> Option<String> {
        let theme = Theme::of(ui);
        let mut text = page.text.to_owned();
        let mut layouter = |ui: &Ui, text: &dyn egui::TextBuffer, _wrap: f32| {
            let job = coloured(theme, text.as_str());
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        let mut changed = false;
        let frame =
            egui::Frame::new().fill(theme.code_ground).stroke(theme.border()).corner_radius(CornerRadius::same(5));
        frame.show(ui, |ui| {
            let scroll = ScrollArea::both().id_salt(("zone", page.origin)).auto_shrink(false).max_height(high - 2.0);
            scroll.show(ui, |ui| {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    let (gutter, _) = ui.allocate_exact_size(vec2(GUTTER, 1.0), Sense::hover());
                    let field = TextEdit::multiline(&mut text)
                        .id_salt(("zone-text", page.origin))
                        .frame(egui::Frame::NONE)
                        .margin(egui::Margin::symmetric(6, 6))
                        .desired_width(ui.available_width())
                        .min_size(vec2(0.0, high - 4.0))
                        .char_limit(MAX_OCTETS)
                        .lock_focus(true)
                        .layouter(&mut layouter)
                        .show(ui);
                    changed = field.response.response.changed();
                    widgets::named(ui, field.response.response.clone(), &format!("Zone file of {}", page.origin));
                    let lines = lines_of(&field.galley, text.as_str()).into_iter();
                    let y = field.galley_pos.y;
                    let lines = lines.map(|(line, top, bottom)| {
                        (line, egui::Rect::from_x_y_ranges(gutter.x_range(), y + top..=y + bottom))
                    });
                    let wanted = gutter_ui(ui, lines, &page.findings.lines, self.to_line);
                    if let Some(row) = wanted {
                        ui.scroll_to_rect(row, Some(egui::Align::Center));
                    }
                    self.to_line = None;
                });
            });
        });
        changed.then_some(text)
    }
}

/// The lines' numbers, marked where there is something to be said; returns where the line `wanted` is.
fn gutter_ui(
    ui: &Ui,
    lines: impl Iterator<Item = (u32, egui::Rect)>,
    marks: &BTreeMap<u32, Severity>,
    wanted: Option<u32>,
) -> Option<egui::Rect> {
    let theme = Theme::of(ui);
    let mut found = None;
    for (line, row) in lines {
        found = found.or((wanted == Some(line)).then_some(row));
        if !ui.clip_rect().intersects(row) {
            continue;
        }
        let mark = marks.get(&line).map(|severity| mark(theme, *severity));
        if let Some((sign, colour)) = mark {
            let place = row.left_center() + vec2(4.0, 0.0);
            ui.painter().text(place, Align2::LEFT_CENTER, sign, mono_small(), colour);
        }
        let colour = mark.map_or(theme.muted, |(_, colour)| colour);
        let place = row.right_center() - vec2(4.0, 0.0);
        ui.painter().text(place, Align2::RIGHT_CENTER, line, mono_small(), colour);
    }
    found
}

/// How a fault is marked, beside its line and before its words.
fn mark(theme: &Theme, severity: Severity) -> (&'static str, egui::Color32) {
    match severity {
        Severity::Error => ("×", theme.bad),
        Severity::Warning => ("!", theme.accent),
    }
}

/// Ready-made lines, to be added at the end.
fn lines_ui(ui: &mut Ui, page: &ZonePage<'_>) -> Option<String> {
    let mut written = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 3.0);
        widgets::muted(ui, "Add");
        for (kind, line, says) in LINES {
            let response = widgets::chip(ui, kind, false);
            let response = widgets::named(ui, response, &format!("Add a line: {line}"));
            if response.on_hover_text(format!("{says}\n{line}")).clicked() {
                written = Some(with_line(page.text, line));
            }
        }
        if let Some((serial, next)) = page.findings.stale_serial {
            let response = widgets::chip(ui, &format!("serial → {next}"), true);
            if response
                .on_hover_text("Secondary servers fetch a zone again when its serial number has moved on.")
                .clicked()
            {
                written = with_serial(page.text, serial, next);
            }
        }
    });
    written
}

/// One remark. `true` when its line is to be shown.
fn remark_ui(ui: &mut Ui, remark: &Remark) -> bool {
    let theme = Theme::of(ui);
    let (word, colour) = mark(theme, remark.severity);
    let place = remark.line.map_or_else(String::new, |line| format!("line {line}: "));
    let mut job = LayoutJob::default();
    let font = egui::TextStyle::Small.resolve(ui.style());
    job.append(&format!("{word} "), 0.0, TextFormat::simple(font.clone(), colour));
    job.append(&format!("{place}{}", remark.text), 0.0, TextFormat::simple(font.clone(), theme.text));
    job.append(&format!("  {}", remark.clause), 0.0, TextFormat::simple(font, theme.muted));
    let response = ui.add(Label::new(job).wrap().sense(Sense::click()));
    let response = if remark.record.is_empty() { response } else { response.on_hover_text(&remark.record) };
    response.clicked() && remark.line.is_some()
}

fn remarks_height(findings: &ZoneFindings) -> f32 {
    22.0 + 19.0 * findings.remarks.len().max(1) as f32
}

/// Where each line of the text is: its number, its top and its bottom.
fn lines_of(galley: &Arc<Galley>, text: &str) -> Vec<(u32, f32, f32)> {
    let lines = u32::try_from(text.split('\n').count()).unwrap_or(u32::MAX);
    (1..=lines).zip(&galley.rows).map(|(line, row)| (line, row.rect().top(), row.rect().bottom())).collect()
}

/// Comments stand back, directives stand out.
fn coloured(theme: &Theme, text: &str) -> LayoutJob {
    let mut job = LayoutJob::default();
    job.wrap.max_width = f32::INFINITY;
    for line in text.split_inclusive('\n') {
        let comment = line.find(';').unwrap_or(line.len());
        let (said, comment) = line.split_at(comment);
        let tone = if said.starts_with('$') { theme.accent } else { theme.text };
        job.append(said, 0.0, TextFormat::simple(mono(), tone));
        job.append(comment, 0.0, TextFormat::simple(mono(), theme.muted));
    }
    job
}

/// Lines offered: type, line, what it is for.
const LINES: &[(&str, &str, &str)] = &[
    ("A", "new A 192.0.2.80", "The IPv4 address of a host."),
    ("AAAA", "new AAAA 2001:db8::80", "The IPv6 address of a host."),
    ("CNAME", "alias CNAME www", "Another name for a host, whose own name is on the right."),
    ("MX", "@ MX 10 mail", "Who takes the zone's mail; the lowest number is tried first."),
    ("NS", "part NS dns.part", "Another zone begins here; its name server's address (glue) has to be beside it."),
    ("TXT", "@ TXT \"some words\"", "Words for whoever asks."),
];
/// More remarks than these are counted.
const MOST_REMARKS: usize = 60;
/// Room for a line's number and its mark.
const GUTTER: f32 = 40.0;
