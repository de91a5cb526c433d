//! POP3's messages as trees: commands, and replies with what they list.

use std::ops::Range;

use super::{
    glossary::{
        self, ARGUMENT, CAPABILITY, CHALLENGE, COMMAND_WORD, COUNT, DIGEST, DOT, ENTRY, KEYWORD, LINES, MAILBOX,
        MESSAGE, NUMBER, OCTETS, PASSWORD, REPLY, RESPONSE, RESPONSE_CODE, STATUS_ERR, STATUS_OK, TEXT, TIMESTAMP,
        UNIQUE_ID,
    },
    listing::{Listing, listing_of},
};
use crate::{
    lens::{
        Excerpt, FieldNode,
        glossary::GlossaryEntry,
        lines::{NodeBuilder, TextLine, lines_of, rest_of, sasl, words_of},
        mail,
    },
    wire::units::count_octets,
};

/// A command.
pub(super) fn command(octets: Excerpt<'_>) -> Vec<FieldNode> {
    let nodes = NodeBuilder::new(octets, LINE_END);
    let Some(line) = lines_of(octets.bytes, 0).next() else { return Vec::new() };
    let words = words_of(octets.bytes, &line.text);
    let mut parts = Vec::new();
    if let Some((verb, arguments)) = words.split_first() {
        let name = nodes.text(verb);
        parts.push(nodes.explained(verb.clone(), glossary::command(&name), &KEYWORD));
        let rest = rest_of(octets.bytes, &line.text, verb.end);
        match (name.to_ascii_uppercase().as_str(), arguments) {
            // Names and passwords may have spaces: RFC 1939 §7.
            ("USER", [_, ..]) => parts.push(nodes.leaf(rest, &MAILBOX)),
            ("PASS", [_, ..]) => parts.push(nodes.leaf(rest, &PASSWORD)),
            ("AUTH", [mechanism, responses @ ..]) => {
                parts.push(sasl::mechanism_node(&nodes, mechanism.clone()));
                parts.extend(responses.iter().map(|range| sasl::base64_node(&nodes, range.clone(), &RESPONSE)));
            }
            (verb, _) => {
                let names: &[&GlossaryEntry] = match verb {
                    "APOP" => &[&MAILBOX, &DIGEST],
                    "LIST" | "RETR" | "DELE" | "UIDL" => &[&NUMBER],
                    "TOP" => &[&NUMBER, &LINES],
                    _ => &[],
                };
                parts.extend(named(&nodes, arguments, names));
            }
        }
    }
    vec![nodes.line(&line, &COMMAND_WORD, parts)]
}

/// A reply, with what it lists.
pub(super) fn reply(octets: Excerpt<'_>, request: Option<&[u8]>) -> Vec<FieldNode> {
    let nodes = NodeBuilder::new(octets, LINE_END);
    let lines: Vec<TextLine> = lines_of(octets.bytes, 0).collect();
    let Some((first, rest)) = lines.split_first() else { return Vec::new() };
    let asked = request.unwrap_or_default().trim_ascii();
    let mut found = vec![nodes.line(first, &REPLY, status(&nodes, first, asked))];
    let dot = rest.last().filter(|line| nodes.bytes(&line.text) == b".");
    let listed = rest.get(..rest.len() - usize::from(dot.is_some())).unwrap_or_default();
    let range = listed.first().zip(listed.last()).map(|(first, last)| first.range.start..last.range.end);
    match (listing_of(asked), range) {
        (Some(Listing::Message { .. }), Some(range)) => {
            let mut node = MESSAGE.node(range.clone(), count_octets(range.len() as u64));
            node.parts = mail::message_nodes(&nodes, &range, true);
            found.push(node);
        }
        (_, Some(_)) => found.extend(listed.iter().take(MAX_ENTRIES).map(|line| entry(&nodes, line, asked))),
        (_, None) => {}
    }
    if let (true, Some(left)) = (listed.len() > MAX_ENTRIES, listed.get(MAX_ENTRIES..).and_then(<[_]>::first)) {
        let end = listed.last().map_or(left.range.end, |line| line.range.end);
        found.push(ENTRY.node(left.range.start..end, "and more lines"));
    }
    found.extend(dot.map(|line| FieldNode {
        parts: nodes.line_end(line).into_iter().collect(),
        ..DOT.node(line.range.clone(), ".")
    }));
    found
}

/// What the client says to log in.
pub(super) fn response(octets: Excerpt<'_>) -> Vec<FieldNode> {
    sasl::response_nodes(&NodeBuilder::new(octets, LINE_END), octets.bytes, &RESPONSE)
}

/// The parts of a reply's first line.
fn status(nodes: &NodeBuilder<'_>, line: &TextLine, asked: &[u8]) -> Vec<FieldNode> {
    let bytes = nodes.bytes(&(0..line.text.end));
    let words = words_of(bytes, &line.text);
    let Some((indicator, others)) = words.split_first() else { return Vec::new() };
    let text = nodes.bytes(indicator).to_ascii_uppercase();
    let mut rest = rest_of(bytes, &line.text, indicator.end);
    if text == b"+" {
        let mut parts = vec![nodes.leaf(indicator.clone(), &CHALLENGE)];
        parts.extend((!rest.is_empty()).then(|| sasl::base64_node(nodes, rest, &CHALLENGE)));
        return parts;
    }
    let word = if text.starts_with(b"+") { &STATUS_OK } else { &STATUS_ERR };
    let mut parts = vec![nodes.leaf(indicator.clone(), word)];
    // An extended response code: RFC 2449 §8.
    if nodes.bytes(&rest).starts_with(b"[")
        && let Some(end) = nodes.bytes(&rest).iter().position(|octet| *octet == b']')
    {
        let code = rest.start..rest.start + end + 1;
        let name = nodes.text(&(code.start + 1..code.end - 1));
        let node = nodes.explained(code.clone(), glossary::response_code(&name), &RESPONSE_CODE);
        parts.push(FieldNode { value: name, ..node });
        rest = rest_of(bytes, &line.text, code.end);
    }
    let verb = asked.split(u8::is_ascii_whitespace).next().unwrap_or_default().to_ascii_uppercase();
    let is_number = |range: &&Range<usize>| nodes.bytes(range).iter().all(u8::is_ascii_digit);
    let numbers = others.iter().take_while(is_number).count();
    match (verb.as_slice(), others) {
        (b"STAT", [count, octets, ..]) if numbers >= 2 => {
            parts.extend([nodes.leaf(count.clone(), &COUNT), nodes.leaf(octets.clone(), &OCTETS)]);
            rest = rest_of(bytes, &line.text, octets.end);
        }
        (b"LIST", [number, octets, ..]) if numbers >= 2 => {
            parts.extend([nodes.leaf(number.clone(), &NUMBER), nodes.leaf(octets.clone(), &OCTETS)]);
            rest = rest_of(bytes, &line.text, octets.end);
        }
        (b"UIDL", [number, id, ..]) if numbers >= 1 => {
            parts.extend([nodes.leaf(number.clone(), &NUMBER), nodes.leaf(id.clone(), &UNIQUE_ID)]);
            rest = rest_of(bytes, &line.text, id.end);
        }
        _ => {}
    }
    if !rest.is_empty() {
        let mut text = nodes.leaf(rest.clone(), &TEXT);
        let stamp = nodes
            .bytes(&rest)
            .iter()
            .position(|octet| *octet == b'<')
            .zip(nodes.bytes(&rest).iter().rposition(|octet| *octet == b'>'));
        if let Some((from, to)) = stamp.filter(|(from, to)| asked.is_empty() && from < to) {
            text.parts = vec![nodes.leaf(rest.start + from..rest.start + to + 1, &TIMESTAMP)];
        }
        parts.push(text);
    }
    parts
}

/// A line of a listing.
fn entry(nodes: &NodeBuilder<'_>, line: &TextLine, asked: &[u8]) -> FieldNode {
    let verb = asked.split(u8::is_ascii_whitespace).next().unwrap_or_default().to_ascii_uppercase();
    let words = words_of(nodes.bytes(&(0..line.text.end)), &line.text);
    let parts = match verb.as_slice() {
        b"LIST" => named(nodes, &words, &[&NUMBER, &OCTETS]),
        b"UIDL" => named(nodes, &words, &[&NUMBER, &UNIQUE_ID]),
        b"AUTH" => words.first().map(|name| sasl::mechanism_node(nodes, name.clone())).into_iter().collect(),
        b"CAPA" => {
            let capability = words.first().map(|name| {
                let text = nodes.text(name);
                let value = nodes.text(&rest_of(nodes.bytes(&(0..line.text.end)), &line.text, name.end));
                let node = nodes.explained(line.text.clone(), glossary::capability(&text), &CAPABILITY);
                FieldNode { name: text, value, ..node }
            });
            capability.into_iter().collect()
        }
        _ => named(nodes, &words, &[]),
    };
    nodes.line(line, &ENTRY, parts)
}

/// Words, each by its name in turn.
fn named(nodes: &NodeBuilder<'_>, words: &[Range<usize>], names: &[&GlossaryEntry]) -> Vec<FieldNode> {
    let name = |at: usize| names.get(at).copied().unwrap_or(&ARGUMENT);
    words.iter().enumerate().map(|(at, range)| nodes.leaf(range.clone(), name(at))).collect()
}

const LINE_END: &str = "RFC 1939 §3";
/// Lines of a listing that have nodes of their own.
const MAX_ENTRIES: usize = 2000;
