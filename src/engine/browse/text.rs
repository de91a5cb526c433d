//! A visit as text: every line of every exchange.

use std::{fmt::Write as _, path::Path};

use super::{ContentCoding, Exchange, ExchangeEnds, InterimResponse, Report};
use crate::{
    engine::{jar::CookieNote, text},
    proto::http::charset::Text,
    wire::units,
};

/// The report as text. The page's content stands in it, or where it was kept instead: `kept_in`.
pub fn as_text(report: &Report, kept_in: Option<&Path>) -> String {
    let mut page = text::folded(&format!("{} {}", report.config.method, report.config.url));
    page.push_str(&text::folded(&text::setting_line(&report.config.setting)));
    page.push_str(&text::folded(&report.provenance));
    for (number, hop) in report.hops.iter().enumerate() {
        let is_last = number + 1 == report.hops.len();
        page.push_str(&heads(hop));
        if is_last {
            page.push_str(&content(hop, kept_in));
        }
        page.push_str(&trailers(hop));
    }
    page.push('\n');
    for hop in report.hops.iter().chain(&report.objects).filter(|hop| hop.timing.connection.is_some()) {
        page.push_str(&timing(hop));
    }
    page.push_str(&format!("total {}\n", units::seconds(report.seconds)));
    page
}

fn heads(hop: &Exchange) -> String {
    let mut text = String::from("\n");
    for line in &hop.request_lines {
        text.push_str(&format!("> {}\n", visible(line)));
    }
    text.push_str(">\n");
    if hop.timing.connection.is_none() {
        // Nothing was sent: what would have been is not shown as if it had.
        text.clear();
    }
    for InterimResponse { protocol, status, reason, fields } in &hop.interim {
        text.push_str(&head(protocol, *status, reason, fields));
    }
    if let Some(status) = hop.timing.status {
        text.push_str(&head(&hop.protocol, status, &hop.reason, &hop.fields));
    }
    for line in &hop.refused_head {
        text.push_str(&format!("< {}\n", visible(line)));
    }
    for why in &hop.why {
        text.push_str(&text::hanging("why", why));
    }
    text.push_str(&cookies(hop));
    text
}

/// What became of cookies, a paragraph each.
fn cookies(hop: &Exchange) -> String {
    let paragraph = |note: &CookieNote| {
        let remedy = note.remedy.as_ref().map_or_else(String::new, |remedy| format!(" {remedy}"));
        text::hanging("cookie", &format!("{}{remedy} ({})", note.words(), note.clause))
    };
    hop.cookies.all().map(paragraph).collect()
}

fn head(protocol: &str, status: u16, reason: &str, fields: &[(String, String)]) -> String {
    let status_line = format!("{protocol} {status} {}", visible(reason));
    format!("< {}\n", status_line.trim_end()) + &field_lines(fields) + "<\n"
}

fn field_lines(fields: &[(String, String)]) -> String {
    fields.iter().fold(String::new(), |lines, (name, value)| lines + &format!("< {name}: {}\n", visible(value)))
}

/// The trailer fields and the empty line that ends them.
fn trailers(hop: &Exchange) -> String {
    if hop.trailers.is_empty() { String::new() } else { field_lines(&hop.trailers) + "<\n" }
}

/// A line of a head, its control characters as `\x9b`.
fn visible(line: &str) -> String {
    line.chars().fold(String::with_capacity(line.len()), |mut shown, letter| {
        if letter.is_control() && letter != '\t' {
            // Writing to a string cannot fail.
            write!(shown, "\\x{:02x}", u32::from(letter)).ok();
        } else {
            shown.push(letter);
        }
        shown
    })
}

fn content(hop: &Exchange, kept_in: Option<&Path>) -> String {
    let media_type = hop.timing.media_type.as_deref().unwrap_or("content of no stated type");
    if let Some(file) = kept_in {
        let coded = hop.coding.as_ref().map(|coding| format!(", as transferred ({})", coding.codings.join(", ")));
        let (octets, coded) = (units::octets(hop.timing.content_octets), coded.unwrap_or_default());
        return format!("{octets} of {media_type} in {}{coded}\n", file.display());
    }
    if hop.content.is_empty() && hop.content_omitted == 0 {
        return String::new();
    }
    let mut shown = hop.coding.as_ref().map(|coding| coding_line(hop, coding)).unwrap_or_default();
    let Some(text) = hop.text_if_any() else {
        let size = units::octets(hop.timing.content_octets);
        return shown + &format!("({size} of {media_type}, not text: --output FILE keeps it)\n");
    };
    shown.push_str(&encoding_line(&text));
    shown.push_str(&printable(&text.letters));
    if !text.letters.ends_with('\n') {
        shown.push('\n');
    }
    if hop.content_omitted > 0 {
        let omitted = units::octets(hop.content_omitted);
        shown.push_str(&format!("(another {omitted} not shown: --output FILE keeps all)\n"));
    }
    shown
}

/// How much was transferred, and how much that is decoded.
fn coding_line(hop: &Exchange, coding: &ContentCoding) -> String {
    let (transferred, decoded) = (units::octets(hop.timing.content_octets), units::octets(coding.decoded_octets));
    let codings = coding.codings.join(", ");
    match &coding.problem {
        None => text::folded(&format!("({codings}: {transferred} transferred, {decoded} decoded)")),
        Some(problem) => {
            text::folded(&format!("({codings}: {transferred} transferred, {decoded} could be decoded: {problem})"))
        }
    }
}

/// In which character encoding the text was read, where that makes a difference.
fn encoding_line(text: &Text) -> String {
    let name = text.encoding.name();
    if text.is_lossy {
        text::folded(&format!("(read as {name}, {}; octets that are none are shown as U+FFFD)", text.source))
    } else if name != "UTF-8" && !text.letters.is_ascii() {
        text::folded(&format!("(read as {name}: {})", text.source))
    } else {
        String::new()
    }
}

/// Control characters a server sends must not drive the terminal.
fn printable(content: &str) -> String {
    content.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t' | '\r') { '\u{fffd}' } else { c }).collect()
}

fn timing(exchange: &Exchange) -> String {
    let timing = &exchange.timing;
    let phases = &timing.phases;
    let mut line = format!("connection {}", timing.connection_number);
    if let Some(ExchangeEnds { client, server }) = exchange.ends {
        // Writing to a string cannot fail.
        write!(line, " · {client} → {server}").ok();
    }
    let named = [
        ("queue", phases.queue),
        ("DNS", phases.dns),
        ("connect", phases.connect),
        ("TLS", phases.tls),
        ("send", phases.send),
        ("wait", phases.wait),
        ("receive", phases.receive),
    ];
    for (name, span) in named {
        if let Some(span) = span {
            // Writing to a string cannot fail.
            write!(line, " · {name} {}", units::time(span.duration())).ok();
        }
    }
    let octets = format!(" · {} B out, {} B in", timing.request_octets, timing.response_octets);
    text::folded(timing.url.as_str()) + &text::hanging("", &(line + &octets))
}
