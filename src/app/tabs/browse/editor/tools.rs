//! The URL taken apart, and percent-encoding both ways, live.

use egui::{Grid, RichText, TextEdit, Ui};

use super::super::url_text::{part_colour, part_name};
use crate::{
    app::{
        theme::{Theme, mono},
        widgets::{self, segmented},
    },
    proto::http::url::{EncodeFor, dissect, percent_decode, percent_encode},
};

/// What the tools remember.
#[derive(Debug)]
pub(in super::super) struct Tools {
    plain: String,
    encoded: String,
    target: EncodeFor,
}

impl Default for Tools {
    fn default() -> Self {
        let plain = "http://www.si.umich.edu".to_owned();
        Self { encoded: percent_encode(&plain, EncodeFor::Component), plain, target: EncodeFor::Component }
    }
}

/// The parts of a URL as typed, what each is for, and the query's pairs.
pub(super) fn url_ui(ui: &mut Ui, typed: &str) {
    let theme = Theme::of(ui);
    let dissected = match dissect(typed) {
        Ok(dissected) => dissected,
        Err(error) => {
            ui.label(RichText::new(error.to_string()).color(theme.bad));
            return;
        }
    };
    Grid::new("url-parts").num_columns(4).spacing([16.0, 3.0]).show(ui, |ui| {
        for part in &dissected.parts {
            ui.label(RichText::new(part_name(part.kind)).color(theme.muted));
            ui.label(RichText::new(&part.raw).font(mono()).color(part_colour(theme, part.kind)));
            let decoded = if part.decoded == part.raw { String::new() } else { format!("= {}", part.decoded) };
            ui.label(RichText::new(decoded).font(mono()));
            widgets::muted(ui, format!("{} {}", part.kind.meaning(), part.kind.clause()));
            ui.end_row();
        }
        for pair in &dissected.query {
            widgets::muted(ui, "· pair");
            let value = pair.raw_value.as_ref().map(|value| format!("={value}")).unwrap_or_default();
            widgets::mono_label(ui, format!("{}{value}", pair.raw_name));
            widgets::mono_label(ui, format!("{} = {}", pair.name, pair.value));
            widgets::muted(ui, "");
            ui.end_row();
        }
    });
    ui.add_space(4.0);
    let port = dissected.port.map(|port| port.to_string()).unwrap_or_default();
    let mut notes = Vec::new();
    if dissected.scheme_assumed {
        notes.push("no scheme was typed: http is assumed".to_owned());
    }
    if dissected.port_is_default && !port.is_empty() {
        notes.push(format!("no port was typed: {port} is the scheme's own"));
    }
    notes.push(format!("a browser makes of it: {}", dissected.url));
    widgets::muted(ui, notes.join(" · "));
}

impl Tools {
    /// Text on one side, the same encoded on the other: change either.
    pub(super) fn encoding_ui(&mut self, ui: &mut Ui) {
        let targets = [
            (EncodeFor::Component, "a value or a path segment"),
            (EncodeFor::Path, "a whole path"),
            (EncodeFor::Form, "a form field"),
        ];
        if segmented(ui, "Encode for", &mut self.target, &targets).changed() {
            self.encoded = percent_encode(&self.plain, self.target);
        }
        ui.add_space(4.0);
        ui.columns(2, |columns| {
            let [left, right] = columns else { return };
            widgets::muted(left, "Plain text");
            let field = TextEdit::multiline(&mut self.plain).desired_rows(2).desired_width(f32::INFINITY).font(mono());
            let plain = left.add(field);
            if widgets::named(left, plain, "Plain text").changed() {
                self.encoded = percent_encode(&self.plain, self.target);
            }
            widgets::muted(right, "Percent-encoded");
            let field =
                TextEdit::multiline(&mut self.encoded).desired_rows(2).desired_width(f32::INFINITY).font(mono());
            let encoded = right.add(field);
            if widgets::named(right, encoded, "Percent-encoded").changed() {
                self.plain = percent_decode(&self.encoded, self.target).text;
            }
        });
        let decoded = percent_decode(&self.encoded, self.target);
        let theme = Theme::of(ui);
        if let Some(at) = decoded.stray_percents.first() {
            let words = format!("The % at octet {at} is not followed by two hexadecimal digits: it stays as it is.");
            ui.label(RichText::new(words).small().color(theme.bad));
        } else if !decoded.is_utf8 {
            let words = "The octets are not UTF-8: some are shown as \u{FFFD}.";
            ui.label(RichText::new(words).small().color(theme.bad));
        } else {
            widgets::muted(
                ui,
                "Each octet of the text's UTF-8 that may not stand for itself becomes % and two digits. RFC 3986 §2.1",
            );
        }
    }
}
