//! IMAP's commands and responses as trees.

use std::ops::Range;

use super::{
    glossary::{
        self, ADDRESS, ANSWER, ARGUMENT, CAPABILITY, CODE, COMMAND_WORD, CONTINUE, DATE, DELIMITER, ENVELOPE, FLAG,
        FLAGS, IDENTIFIER, ITEM, ITEMS, KEYWORD, LITERAL, MAILBOX, MESSAGE, NAME, NUMBER, PASSWORD, PATTERN, QUANTITY,
        REFERENCE, RESPONSE_WORD, SEQUENCE, TAG, TEXT, UNTAGGED, VERB,
    },
    values::{ImapValue, ImapValueKind, literal_of, mailbox_name, values_of},
};
use crate::{
    lens::{
        Excerpt, FieldNode, LineEnd,
        glossary::GlossaryEntry,
        lines::{NodeBuilder, TextLine, lines_of, sasl},
        mail,
    },
    wire::units::count_octets,
};

/// A command, with the literals in it.
pub(super) fn command(octets: Excerpt<'_>) -> Vec<FieldNode> {
    let nodes = NodeBuilder::new(octets, LINE_END);
    let Some(unit) = units_of(octets.bytes).into_iter().next() else { return Vec::new() };
    let values = values_of(octets.bytes, unit.text.clone());
    let mut parts = Vec::new();
    let mut rest = values.iter();
    if let Some(tag) = rest.next() {
        parts.push(nodes.leaf(tag.range.clone(), &TAG));
    }
    let mut verb = String::new();
    for word in rest.by_ref() {
        let name = nodes.text(&word.range);
        parts.push(nodes.explained(word.range.clone(), glossary::command(&name), &VERB));
        verb = name.to_ascii_uppercase();
        if verb != "UID" {
            break;
        }
    }
    let names = arguments_of(&verb);
    for (at, value) in rest.enumerate() {
        let word = names.get(at).or(names.last()).copied().unwrap_or(&ARGUMENT);
        parts.push(match (verb.as_str(), at) {
            ("AUTHENTICATE", 0) => sasl::mechanism_node(&nodes, value.range.clone()),
            ("AUTHENTICATE", _) => sasl::base64_node(&nodes, value.range.clone(), &ANSWER),
            ("APPEND", _) if value.kind == ImapValueKind::Literal => literal(&nodes, value, true),
            _ => argument(&nodes, value, word),
        });
    }
    vec![whole(&nodes, &unit, &COMMAND_WORD, parts)]
}

/// What the client says when it was asked to go on.
pub(super) fn answer(octets: Excerpt<'_>) -> Vec<FieldNode> {
    let nodes = NodeBuilder::new(octets, LINE_END);
    let line = |line: TextLine| match nodes.bytes(&line.text) {
        [] => nodes.line(&line, &ANSWER, Vec::new()),
        done if done.eq_ignore_ascii_case(b"DONE") => {
            let word = glossary::command("DONE").map(|word| nodes.leaf(line.text.clone(), word));
            nodes.line(&line, &COMMAND_WORD, word.into_iter().collect())
        }
        _ => nodes.line(&line, &ANSWER, vec![sasl::base64_node(&nodes, line.text.clone(), &ANSWER)]),
    };
    lines_of(octets.bytes, 0).map(line).collect()
}

/// Responses, one node each.
pub(super) fn responses(octets: Excerpt<'_>) -> Vec<FieldNode> {
    let nodes = NodeBuilder::new(octets, LINE_END);
    let units = units_of(octets.bytes);
    let left = units.get(MAX_RESPONSES).map(|unit| unit.range.start);
    let mut found: Vec<_> = units.iter().take(MAX_RESPONSES).map(|unit| response(&nodes, unit)).collect();
    found.extend(left.map(|left| RESPONSE_WORD.node(left..octets.bytes.len(), "and more responses")));
    found
}

fn response(nodes: &NodeBuilder<'_>, unit: &ImapUnit) -> FieldNode {
    let bytes = nodes.bytes(&(0..unit.text.end));
    let tag_end = bytes.get(unit.text.clone()).unwrap_or_default().iter().position(|octet| *octet == b' ');
    let tag = unit.text.start..tag_end.map_or(unit.text.end, |end| unit.text.start + end);
    let rest = (tag.end + 1).min(unit.text.end)..unit.text.end;
    let word = match nodes.bytes(&tag) {
        b"*" => &UNTAGGED,
        b"+" => &CONTINUE,
        _ => &TAG,
    };
    let mut parts = vec![nodes.leaf(tag.clone(), word)];
    if nodes.bytes(&tag) == b"+" {
        let text = nodes.bytes(&rest);
        let is_base64 = !text.is_empty() && !text.contains(&b' ');
        parts.extend((!text.is_empty()).then(|| {
            if is_base64 { sasl::base64_node(nodes, rest.clone(), &ANSWER) } else { nodes.leaf(rest.clone(), &TEXT) }
        }));
        return whole(nodes, unit, &RESPONSE_WORD, parts);
    }
    let keyword = nodes.text(&(rest.start..word_end(bytes, &rest))).to_ascii_uppercase();
    match keyword.as_str() {
        "OK" | "NO" | "BAD" | "BYE" | "PREAUTH" => parts.extend(status(nodes, &rest)),
        _ => parts.extend(data(nodes, &values_of(bytes, rest))),
    }
    whole(nodes, unit, &RESPONSE_WORD, parts)
}

/// How something went: a word, perhaps a code in brackets, text. RFC 9051 §7.1.
fn status(nodes: &NodeBuilder<'_>, range: &Range<usize>) -> Vec<FieldNode> {
    let bytes = nodes.bytes(&(0..range.end));
    let word = range.start..word_end(bytes, range);
    let mut parts = vec![keyword(nodes, word.clone())];
    let mut rest = (word.end + 1).min(range.end)..range.end;
    if nodes.bytes(&rest).first() == Some(&b'[')
        && let Some(end) = nodes.bytes(&rest).iter().position(|octet| *octet == b']')
    {
        let inside = rest.start + 1..rest.start + end;
        let name = inside.start..word_end(bytes, &inside);
        let known = glossary::code(&nodes.text(&name));
        let mut code = nodes.leaf(rest.start..rest.start + end + 1, &CODE);
        code.value = nodes.text(&inside);
        if let Some(word) = known {
            (code.name, code.meaning, code.clause) = (word.name.to_owned(), word.meaning, word.clause);
        }
        let values = values_of(bytes, (name.end + 1).min(inside.end)..inside.end);
        code.parts = values.iter().map(|value| argument(nodes, value, &ARGUMENT)).collect();
        parts.push(code);
        rest = (rest.start + end + 1).min(range.end)..range.end;
    }
    let spaces = nodes.bytes(&rest).iter().take_while(|octet| **octet == b' ').count();
    let text = rest.start + spaces..rest.end;
    if !text.is_empty() {
        parts.push(nodes.leaf(text, &TEXT));
    }
    parts
}

/// What a response tells, its keyword first or second.
fn data(nodes: &NodeBuilder<'_>, values: &[ImapValue]) -> Vec<FieldNode> {
    let mut parts = Vec::new();
    let mut rest = values;
    if let [number, after @ ..] = rest
        && nodes.bytes(&number.range).iter().all(u8::is_ascii_digit)
    {
        parts.push(nodes.leaf(number.range.clone(), &NUMBER));
        rest = after;
    }
    let [word, rest @ ..] = rest else { return parts };
    let name = nodes.text(&word.range).to_ascii_uppercase();
    parts.push(keyword(nodes, word.range.clone()));
    match (name.as_str(), rest) {
        ("FETCH", [ImapValue { kind: ImapValueKind::List(items), .. }]) => parts.extend(pairs(nodes, items)),
        ("STATUS", [mailbox, ImapValue { kind: ImapValueKind::List(items), .. }]) => {
            parts.push(argument(nodes, mailbox, &MAILBOX));
            parts.extend(pairs(nodes, items));
        }
        ("LIST" | "LSUB", rest) => {
            let names = [&FLAGS, &DELIMITER, &MAILBOX];
            let name = |at: usize| names.get(at).copied().unwrap_or(&ARGUMENT);
            parts.extend(rest.iter().enumerate().map(|(at, value)| argument(nodes, value, name(at))));
        }
        ("FLAGS", rest) => parts.extend(rest.iter().map(|value| argument(nodes, value, &FLAGS))),
        ("CAPABILITY" | "ENABLED", rest) => parts.extend(rest.iter().map(|value| capability(nodes, value))),
        ("SEARCH" | "SORT" | "EXPUNGE", rest) => {
            parts.extend(rest.iter().map(|value| argument(nodes, value, &NUMBER)));
        }
        (_, rest) => parts.extend(rest.iter().map(|value| argument(nodes, value, &ARGUMENT))),
    }
    parts
}

/// Items of FETCH and STATUS, each a name and a value.
fn pairs(nodes: &NodeBuilder<'_>, items: &[ImapValue]) -> Vec<FieldNode> {
    let pair = |pair: &[ImapValue]| {
        let [name, rest @ ..] = pair else { return None };
        let text = nodes.text(&name.range);
        let short = text.split(['[', '<']).next().unwrap_or(&text).to_ascii_uppercase();
        let value = rest.first();
        let end = value.map_or(name.range.end, |value| value.range.end);
        let mut node = nodes.explained(name.range.start..end, glossary::item(&short), &ITEM);
        (node.name, node.value) = (text, value.map(|value| shown(nodes, value)).unwrap_or_default());
        if let Some(value) = value {
            let is_message = matches!(short.as_str(), "BODY" | "RFC822" | "RFC822.HEADER" | "RFC822.TEXT" | "BINARY");
            node.parts = match (&value.kind, short.as_str()) {
                (ImapValueKind::Literal | ImapValueKind::Quoted, _) if is_message => vec![literal(nodes, value, true)],
                (ImapValueKind::List(fields), "ENVELOPE") => envelope(nodes, fields),
                (ImapValueKind::List(flags), "FLAGS") => {
                    flags.iter().map(|flag| argument(nodes, flag, &FLAG)).collect()
                }
                (ImapValueKind::List(values), _) => {
                    values.iter().map(|value| argument(nodes, value, &ARGUMENT)).collect()
                }
                (ImapValueKind::Literal, _) => vec![literal(nodes, value, false)],
                (ImapValueKind::Atom | ImapValueKind::Quoted, _) => Vec::new(),
            };
        }
        Some(node)
    };
    items.chunks(2).filter_map(pair).collect()
}

/// The ten fields of an envelope. RFC 9051 §7.5.2.
fn envelope(nodes: &NodeBuilder<'_>, fields: &[ImapValue]) -> Vec<FieldNode> {
    let field = |(at, value): (usize, &ImapValue)| {
        let word = ENVELOPE.get(at).unwrap_or(&ARGUMENT);
        let mut node = argument(nodes, value, word);
        if let ImapValueKind::List(people) = &value.kind {
            node.parts = people.iter().map(|person| address(nodes, person)).collect();
            node.value = node.parts.iter().map(|person| person.value.clone()).collect::<Vec<_>>().join(", ");
        }
        node
    };
    fields.iter().enumerate().map(field).collect()
}

/// Name, route, mailbox and host of a person: RFC 9051 §7.5.2.
fn address(nodes: &NodeBuilder<'_>, person: &ImapValue) -> FieldNode {
    let mut node = argument(nodes, person, &ADDRESS);
    if let ImapValueKind::List(parts) = &person.kind
        && let [name, _, mailbox, host] = parts.as_slice()
    {
        let text = |value: &ImapValue| {
            if nodes.bytes(&value.range) == b"NIL" { String::new() } else { nodes.text(&value.inner) }
        };
        let mailbox = format!("{}@{}", text(mailbox), text(host));
        let name = text(name);
        node.value = if name.is_empty() { mailbox } else { format!("{name} <{mailbox}>") };
    }
    node
}

fn capability(nodes: &NodeBuilder<'_>, value: &ImapValue) -> FieldNode {
    let name = nodes.text(&value.range);
    let known = glossary::capability(&name).or_else(|| glossary::capability(name.split('=').next().unwrap_or(&name)));
    nodes.explained(value.range.clone(), known, &CAPABILITY)
}

fn keyword(nodes: &NodeBuilder<'_>, range: Range<usize>) -> FieldNode {
    let known = glossary::response(&nodes.text(&range));
    nodes.explained(range, known, &KEYWORD)
}

/// A value by the name of what it is.
fn argument(nodes: &NodeBuilder<'_>, value: &ImapValue, word: &GlossaryEntry) -> FieldNode {
    if value.kind == ImapValueKind::Literal {
        let mut node = literal(nodes, value, false);
        (node.name, node.meaning, node.clause) = (word.name.to_owned(), word.meaning, word.clause);
        return node;
    }
    let mut node = word.node(value.range.clone(), shown(nodes, value));
    if word == &MAILBOX
        && let Some(name) = mailbox_name(&node.value)
    {
        node.value = format!("{} = {name}", node.value);
    }
    if let ImapValueKind::List(values) = &value.kind {
        let each = match word.name {
            "flags" => &FLAG,
            "items" => &ITEM,
            _ => &ARGUMENT,
        };
        node.parts = values.iter().map(|value| argument(nodes, value, each)).collect();
    }
    if word == &FLAG
        && let Some(flag) = glossary::flag(&node.value)
    {
        (node.meaning, node.clause) = (flag.meaning, flag.clause);
    }
    node
}

/// Octets that were announced by their number.
fn literal(nodes: &NodeBuilder<'_>, value: &ImapValue, is_message: bool) -> FieldNode {
    let mut node = LITERAL.node(value.range.clone(), shown(nodes, value));
    if value.inner.start > value.range.start {
        let announcement = value.range.start..value.inner.start;
        let text = nodes.text(&announcement);
        let text = text.trim_end_matches("\\x0a").trim_end_matches("\\x0d").to_owned();
        node.parts.push(QUANTITY.node(announcement, text));
    }
    if is_message {
        let mut message = MESSAGE.node(value.inner.clone(), count_octets(value.inner.len() as u64));
        message.parts = mail::message_nodes(nodes, &value.inner, false);
        node.parts.push(message);
    }
    node
}

fn shown(nodes: &NodeBuilder<'_>, value: &ImapValue) -> String {
    match &value.kind {
        ImapValueKind::Atom | ImapValueKind::Quoted => nodes.text(&value.inner),
        ImapValueKind::Literal if value.inner.len() <= MAX_SHOWN => nodes.text(&value.inner),
        ImapValueKind::Literal => count_octets(value.inner.len() as u64),
        ImapValueKind::List(_) => nodes.text(&value.range),
    }
}

/// What the arguments of a command are, in order; the last one for all that follow.
fn arguments_of(verb: &str) -> &'static [&'static GlossaryEntry] {
    match verb {
        "LOGIN" => &[&NAME, &PASSWORD],
        "SELECT" | "EXAMINE" | "CREATE" | "DELETE" | "SUBSCRIBE" | "UNSUBSCRIBE" | "RENAME" => &[&MAILBOX],
        "LIST" | "LSUB" => &[&REFERENCE, &PATTERN, &ARGUMENT],
        "STATUS" => &[&MAILBOX, &ITEMS],
        "APPEND" => &[&MAILBOX, &FLAGS, &DATE],
        "FETCH" => &[&SEQUENCE, &ITEMS],
        "STORE" => &[&SEQUENCE, &ITEM, &FLAGS],
        "COPY" | "MOVE" => &[&SEQUENCE, &MAILBOX],
        "EXPUNGE" => &[&SEQUENCE],
        "ID" => &[&IDENTIFIER],
        _ => &[&ARGUMENT],
    }
}

/// A command or a response: lines, with the octets between them that they announce.
struct ImapUnit {
    range: Range<usize>,
    /// Without the last line's end.
    text: Range<usize>,
    last: TextLine,
}

fn units_of(bytes: &[u8]) -> Vec<ImapUnit> {
    let mut units = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(line) = lines_of(bytes, at).next() {
        let announced = literal_of(bytes.get(line.text.clone()).unwrap_or_default());
        at = line.range.end;
        if let Some(octets) = announced.filter(|_| line.end != LineEnd::None) {
            at = at.saturating_add(usize::try_from(octets).unwrap_or(usize::MAX)).min(bytes.len());
            if at < bytes.len() {
                continue;
            }
        }
        let text = from..if at > line.range.end { at } else { line.text.end };
        units.push(ImapUnit { range: from..at, text, last: line });
        from = at;
    }
    units
}

/// The node of a command or response, its line end the last of its parts.
fn whole(nodes: &NodeBuilder<'_>, unit: &ImapUnit, word: &GlossaryEntry, mut parts: Vec<FieldNode>) -> FieldNode {
    let first = lines_of(nodes.bytes(&(0..unit.range.end)), unit.range.start).next();
    let value = first.map(|line| nodes.text(&line.text)).unwrap_or_default();
    let ended = unit.last.range.end == unit.range.end;
    parts.extend(nodes.line_end(&unit.last).filter(|_| ended));
    let mut node = word.node(unit.range.clone(), value);
    node.parts = parts;
    if !ended || unit.last.end == LineEnd::None {
        node.wrong = Some("it does not end, or its end is not here yet".to_owned());
    }
    node
}

fn word_end(bytes: &[u8], range: &Range<usize>) -> usize {
    let text = bytes.get(range.clone()).unwrap_or_default();
    text.iter().position(|octet| matches!(octet, b' ' | b'\r' | b'\n')).map_or(range.end, |end| range.start + end)
}

const LINE_END: &str = "RFC 9051 §2.2";
/// Responses that have nodes of their own.
const MAX_RESPONSES: usize = 1000;
/// Octets of a literal that are shown as its value.
const MAX_SHOWN: usize = 80;
