//! A visit as text: every line of every exchange.

use std::{fmt::Write as _, path::Path};

use super::{Exchange, Report};
use crate::{engine::text, wire::units};

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
        text.push_str(&format!("> {line}\n"));
    }
    text.push_str(">\n");
    if hop.timing.connection.is_none() {
        // Nothing was sent: what would have been is not shown as if it had.
        text.clear();
    }
    if let Some(status) = hop.timing.status {
        let status_line = format!("{} {status} {}", hop.protocol, hop.reason);
        text.push_str(&format!("< {}\n", status_line.trim_end()));
        for (name, value) in &hop.fields {
            text.push_str(&format!("< {name}: {value}\n"));
        }
        text.push_str("<\n");
    }
    for why in &hop.why {
        text.push_str(&text::hanging("why", why));
    }
    text
}

fn content(hop: &Exchange, kept_in: Option<&Path>) -> String {
    let media_type = hop.timing.media_type.as_deref().unwrap_or("content of no stated type");
    if let Some(file) = kept_in {
        return format!("{} of {media_type} in {}\n", units::octets(hop.timing.content_octets), file.display());
    }
    if hop.content.is_empty() && hop.content_omitted == 0 {
        return String::new();
    }
    let Ok(content) = std::str::from_utf8(&hop.content) else {
        let size = units::octets(hop.timing.content_octets);
        return format!("({size} of {media_type}, not text: --output FILE keeps it)\n");
    };
    let mut shown = printable(content);
    if !content.ends_with('\n') {
        shown.push('\n');
    }
    if hop.content_omitted > 0 {
        let omitted = units::octets(hop.content_omitted);
        shown.push_str(&format!("(another {omitted} not shown: --output FILE keeps all)\n"));
    }
    shown
}

/// Control characters a server sends must not drive the terminal.
fn printable(content: &str) -> String {
    content.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t' | '\r') { '\u{fffd}' } else { c }).collect()
}

fn timing(exchange: &Exchange) -> String {
    let timing = &exchange.timing;
    let phases = &timing.phases;
    let mut line = format!("connection {}", timing.connection_number);
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
