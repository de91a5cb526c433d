//! The cookies of one exchange: which went along with the request and which were kept back, which the response set and which it could not
//! set, each with the rule and what would change it.

use egui::{Color32, Label, RichText, ScrollArea, TextStyle, Ui};

use crate::{
    app::{
        parts::verdict_mark::verdict_mark,
        theme::{Theme, mono_small},
        widgets,
    },
    engine::{browse::Exchange, jar::CookieNote},
    proto::http::cookies::Verdict,
    wire::units,
};

/// Paints them.
pub(super) fn cookies_ui(ui: &mut Ui, exchange: &Exchange) {
    let cookies = &exchange.cookies;
    ScrollArea::vertical().id_salt("cookies").auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - SCROLL_BAR);
        ui.spacing_mut().item_spacing.y = 2.0;
        let request: Vec<&CookieNote> = cookies.sent.iter().chain(&cookies.kept_back).collect();
        list_ui(ui, "With this request", &request, "No cookie in the jar is of this site.");
        let response: Vec<&CookieNote> = cookies.set.iter().chain(&cookies.refused).collect();
        list_ui(ui, "By this response", &response, "The response has no Set-Cookie line.");
        let gone: Vec<&CookieNote> = cookies.gone.iter().collect();
        if !gone.is_empty() {
            list_ui(ui, "Meanwhile", &gone, "");
        }
        if cookies.not_listed > 0 {
            let words = format!("{} more are not listed.", units::grouped(cookies.not_listed));
            widgets::muted(ui, words);
        }
    });
}

/// A head with counts, and a row for each cookie; `none` where there is none.
fn list_ui(ui: &mut Ui, about: &str, notes: &[&CookieNote], none: &str) {
    let counts: Vec<String> = VERDICTS
        .iter()
        .map(|verdict| (verdict, notes.iter().filter(|note| note.verdict == *verdict).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| format!("{count} {}", verdict.name()))
        .collect();
    let head = if counts.is_empty() { about.to_owned() } else { format!("{about}: {}", counts.join(", ")) };
    widgets::section(ui, &head);
    if notes.is_empty() {
        widgets::muted(ui, none);
    }
    for note in notes {
        ui.add_space(4.0);
        note_ui(ui, note);
    }
    ui.add_space(8.0);
}

fn note_ui(ui: &mut Ui, note: &CookieNote) {
    let theme = Theme::of(ui);
    let (mark, colour) = verdict_mark(note.verdict, theme);
    let name = if note.name.is_empty() { note.value.to_string() } else { format!("{}={}", note.name, note.value) };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let clause = |ui: &mut Ui| widgets::muted(ui, note.clause.clone());
        widgets::line_ending_in(ui, clause, |ui| {
            ui.label(RichText::new(mark).font(mono_small()).color(colour));
            ui.label(RichText::new(note.verdict.name()).color(colour));
            ui.add(Label::new(RichText::new(&name).font(mono_small())).truncate()).on_hover_text(&name);
        });
    });
    let sentence = |ui: &mut Ui, words: String, colour: Color32| {
        ui.horizontal_top(|ui| {
            ui.add_space(INDENT);
            let words = RichText::new(words).text_style(TextStyle::Small).color(colour);
            ui.add(Label::new(words).wrap());
        });
    };
    sentence(ui, note.why.clone(), theme.text);
    if let Some(remedy) = &note.remedy {
        sentence(ui, format!("What would change it: {remedy}"), theme.muted);
    }
}

/// In the order in which they are counted.
const VERDICTS: [Verdict; 8] = [
    Verdict::Sent,
    Verdict::KeptBack,
    Verdict::Accepted,
    Verdict::Replaced,
    Verdict::Deleted,
    Verdict::Refused,
    Verdict::Expired,
    Verdict::Evicted,
];

const INDENT: f32 = 18.0;
const SCROLL_BAR: f32 = 10.0;
