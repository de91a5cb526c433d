//! One cookie: why it was sent or kept back last, its story, and each attribute as written beside as kept.

use egui::{Align, Label, Layout, RichText, ScrollArea, TextStyle, Ui};

use super::{ShownJar, words};
use crate::{
    app::{
        parts::verdict_mark::verdict_mark,
        theme::{Theme, mono_small},
        widgets,
    },
    engine::jar::{CookieKey, LoggedDecision},
    proto::http::cookies::{Cookie, CookieRules, SameSite, SetCookie, Verdict},
    wire::units,
};

/// What the student asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InspectorAction {
    Edit,
    Expire,
    Delete,
    Close,
}

/// Paints the chosen cookie.
pub(super) fn inspector_ui(ui: &mut Ui, cookie: &Cookie, jar: &ShownJar<'_>, closes: bool) -> Option<InspectorAction> {
    let mut action = None;
    ui.horizontal(|ui| {
        let buttons = |ui: &mut Ui| {
            if closes && widgets::quiet_button(ui, "close").clicked() {
                action = Some(InspectorAction::Close);
            }
            ui.add_enabled_ui(!jar.is_past, |ui| {
                for (words, says, does) in [
                    ("delete", "Delete; Ctrl+Z puts it back", InspectorAction::Delete),
                    ("expire now", "As if its date had passed", InspectorAction::Expire),
                    ("edit", "F2", InspectorAction::Edit),
                ] {
                    if widgets::quiet_button(ui, words).on_hover_text(says).clicked() {
                        action = Some(does);
                    }
                }
            });
        };
        widgets::line_ending_in(ui, buttons, |ui| widgets::heading(ui, &words::pair(cookie)));
    });
    let key = CookieKey::of(cookie);
    let story: Vec<&LoggedDecision> = jar.decisions.iter().filter(|one| one.cookie == key).collect();
    let octets = units::count_octets(cookie.pair().len() as u64);
    widgets::muted(ui, format!("{}, set {}, {octets}", cookie.domain, words::brief_date(cookie.created)));
    ScrollArea::vertical().id_salt("inspector").auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 10.0);
        ui.spacing_mut().interact_size.y = 18.0;
        why_ui(ui, &story);
        story_ui(ui, &story, cookie);
        attributes_ui(ui, cookie, &story);
    });
    action
}

fn why_ui(ui: &mut Ui, story: &[&LoggedDecision]) {
    let asked = |one: &&&LoggedDecision| matches!(one.verdict, Verdict::Sent | Verdict::KeptBack);
    let Some(last) = story.iter().rev().find(asked).or(story.last()) else {
        widgets::muted(ui, "The log does not reach back to how it came.");
        return;
    };
    let at = words::brief_date(last.date);
    let question = match last.verdict {
        Verdict::Sent => format!("Why was it sent with {} on {at}?", words::request(last)),
        Verdict::KeptBack => format!("Why was it kept back from {} on {at}?", words::request(last)),
        _ => format!("Why is it in the jar since {at}?"),
    };
    ui.add_space(4.0);
    widgets::card(ui, &question, |ui| {
        ui.label(&last.why);
        if let Some(remedy) = &last.remedy {
            widgets::muted(ui, "What would change it");
            ui.label(remedy);
        }
        if !last.clause.is_empty() {
            widgets::muted(ui, &last.clause);
        }
    });
}

/// Equal neighbours of a story, joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoryLine<'a> {
    /// The first of them.
    pub(super) first: &'a LoggedDecision,
    /// The last of them.
    pub(super) last: &'a LoggedDecision,
    /// How many they are.
    pub(super) count: usize,
}

/// The story of a cookie with equal neighbours joined.
pub(super) fn joined<'a>(story: &[&'a LoggedDecision]) -> Vec<StoryLine<'a>> {
    let mut lines: Vec<StoryLine<'a>> = Vec::new();
    for one in story {
        match lines.last_mut() {
            Some(line) if words::verdict(line.last) == words::verdict(one) && line.last.why == one.why => {
                line.last = one;
                line.count += 1;
            }
            _ => lines.push(StoryLine { first: one, last: one, count: 1 }),
        }
    }
    lines
}

fn story_ui(ui: &mut Ui, story: &[&LoggedDecision], cookie: &Cookie) {
    let count = |verdict: Verdict| story.iter().filter(|one| one.verdict == verdict).count();
    let times = |number: usize| match number {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        many => format!("{many} times"),
    };
    let (sent, kept_back) = (times(count(Verdict::Sent)), times(count(Verdict::KeptBack)));
    widgets::section(ui, &format!("Story: sent {sent}, kept back {kept_back}"));
    let lines = joined(story);
    let left_out = lines.len().saturating_sub(MOST_LINES);
    if left_out > 0 {
        widgets::muted(ui, format!("{left_out} earlier lines are not shown."));
    }
    for line in lines.iter().skip(left_out) {
        story_line_ui(ui, line);
    }
    if let Some(expires) = cookie.expires {
        let theme = Theme::of(ui);
        line_ui(ui, ("◻", "will expire", theme.muted), "its time is over", &words::brief_date(expires));
    }
}

fn story_line_ui(ui: &mut Ui, line: &StoryLine<'_>) {
    let theme = Theme::of(ui);
    let (mark, colour) = verdict_mark(line.last.verdict, theme);
    let what = match (line.count, &line.last.before) {
        (1, Some(before)) if *before != line.last.value => {
            format!("{}: {before} → {}", words::request(line.last), line.last.value)
        }
        (1, _) => words::request(line.last),
        (count, _) => format!("{count} times, last {}", words::request(line.last)),
    };
    let date = words::exact_date(line.last.date);
    line_ui(ui, (mark, words::verdict(line.last), colour), &what, &date);
    if line.last.verdict == Verdict::KeptBack {
        ui.indent(("why", line.first.number), |ui| {
            widgets::muted(ui, format!("{} {}", line.last.why, line.last.clause))
        });
    }
}

fn line_ui(ui: &mut Ui, (mark, word, colour): (&str, &str, egui::Color32), what: &str, date: &str) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let end = |ui: &mut Ui| ui.label(RichText::new(date).font(mono_small()).color(Theme::of(ui).muted));
        widgets::line_ending_in(ui, end, |ui| {
            ui.label(RichText::new(mark).font(mono_small()).color(colour));
            ui.label(RichText::new(word).color(colour));
            ui.add(Label::new(RichText::new(what)).truncate()).on_hover_text(what);
        });
    });
}

/// Each attribute: its name, as it was written, as it is kept, and where the rule stands.
fn attributes_ui(ui: &mut Ui, cookie: &Cookie, story: &[&LoggedDecision]) {
    let set = story.iter().rev().find(|one| matches!(one.verdict, Verdict::Accepted | Verdict::Replaced));
    let line = set.and_then(|set| set.line.as_ref());
    let read = line.and_then(|line| SetCookie::parse(line.octets(), CookieRules::Rfc6265bis).ok());
    let written = |name: &str| match &read {
        None => "–".to_owned(),
        Some(read) => {
            let mut named = read.attributes.iter().rev();
            let found = named.find(|one| one.name.to_string().eq_ignore_ascii_case(name));
            found.map_or_else(
                || "absent".to_owned(),
                |one| if one.value.is_empty() { "present".to_owned() } else { one.value.to_string() },
            )
        }
    };
    widgets::section(ui, "Attribute by attribute, as written and as kept (RFC 6265bis)");
    let columns = (ui.available_width() - 3.0 * 8.0).max(120.0);
    let widths = [0.23, 0.22, 0.31, 0.24].map(|share| columns * share);
    for (name, kept, clause) in kept(cookie) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            let texts = [name.to_owned(), written(name), kept.clone(), clause.to_owned()];
            for (place, (text, width)) in texts.iter().zip(widths).enumerate() {
                let style = TextStyle::Small;
                let colour = if place == 3 || text == "absent" { Theme::of(ui).muted } else { Theme::of(ui).text };
                ui.allocate_ui_with_layout(egui::vec2(width, 18.0), Layout::left_to_right(Align::Center), |ui| {
                    ui.set_min_width(width);
                    ui.add(Label::new(RichText::new(text).text_style(style).color(colour)).truncate())
                        .on_hover_text(text);
                });
            }
        });
        widgets::rule(ui);
    }
}

fn kept(cookie: &Cookie) -> Vec<(&'static str, String, &'static str)> {
    let yes = |is: bool, yes: &str, no: &str| if is { yes.to_owned() } else { no.to_owned() };
    let expires = cookie.expires.map_or_else(|| "with the session".to_owned(), words::exact_date);
    let same_site = match cookie.same_site {
        SameSite::Default => "Lax by default".to_owned(),
        other => other.name().to_owned(),
    };
    let domain = if cookie.host_only { "host-only".to_owned() } else { format!("{} and below", cookie.domain) };
    vec![
        ("Domain", domain, "§5.7 step 10"),
        ("Path", cookie.path.to_string(), "§5.1.4"),
        ("Max-Age", expires.clone(), "§5.6.2"),
        ("Expires", expires, "§5.6.1"),
        ("SameSite", same_site, "§5.7 step 17"),
        ("Secure", yes(cookie.secure, "https only", "http and https"), "§5.7 step 12"),
        ("HttpOnly", yes(cookie.http_only, "hidden from scripts", "scripts may read"), "§5.7 step 14"),
        ("Partitioned", cookie.partition.clone().unwrap_or_else(|| "not partitioned".to_owned()), "CHIPS"),
    ]
}

/// Lines of a story that are shown.
const MOST_LINES: usize = 100;
