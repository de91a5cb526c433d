//! SMTP's messages as trees: commands, replies, what is said to log in, and the message itself.

use std::ops::Range;

use super::glossary::{
    self, ADDRESS, ARGUMENT, CHALLENGE, COMMAND_WORD, CONTENT, DOMAIN, DOT, ENHANCED, EXTENSION, LOCAL_PART, MESSAGE,
    PARAMETER, PATH, REPLIES, REPLY, RESPONSE, SIZE, TEXT, VERB,
};
use crate::lens::{
    Excerpt, FieldNode,
    lines::{DIGITS, NodeBuilder, ReplyCode, TextLine, lines_of, rest_of, sasl, text_of, words_of},
    mail,
};

/// Commands: mostly one line.
pub(super) fn command(octets: Excerpt<'_>) -> Vec<FieldNode> {
    let nodes = NodeBuilder::new(octets, LINE_END);
    let mut lines = lines_of(octets.bytes, 0);
    let Some(line) = lines.next() else { return Vec::new() };
    let verb = verb_of(&nodes, &line);
    let name = nodes.text(&verb);
    let known = glossary::command(name.split([' ', ':']).next().unwrap_or(&name));
    let mut parts = vec![nodes.explained(verb.clone(), known, &VERB)];
    parts.extend(arguments(&nodes, &name.to_ascii_uppercase(), &rest_of(octets.bytes, &line.text, verb.end)));
    let mut found = vec![nodes.line(&line, &COMMAND_WORD, parts)];
    let rest = line.range.end..octets.bytes.len();
    if !rest.is_empty() {
        // After BDAT.
        let value = crate::wire::units::count_octets(rest.len() as u64);
        found.push(CONTENT.node(rest, value));
    }
    found
}

fn arguments(nodes: &NodeBuilder<'_>, verb: &str, rest: &Range<usize>) -> Vec<FieldNode> {
    let bytes = nodes.bytes(&(0..rest.end));
    let words = words_of(bytes, rest);
    let Some((first, others)) = words.split_first() else { return Vec::new() };
    let mut parts = Vec::new();
    match verb {
        "EHLO" | "HELO" | "LHLO" => parts.push(nodes.leaf(first.clone(), &DOMAIN)),
        "MAIL FROM:" | "RCPT TO:" => {
            parts.push(path(nodes, first.clone()));
            parts.extend(others.iter().map(|range| parameter(nodes, range)));
            return parts;
        }
        "AUTH" => {
            parts.push(sasl::mechanism_node(nodes, first.clone()));
            parts.extend(others.iter().map(|range| sasl::base64_node(nodes, range.clone(), &RESPONSE)));
            return parts;
        }
        "BDAT" => parts.push(nodes.leaf(first.clone(), &SIZE)),
        _ => return vec![nodes.leaf(rest.clone(), &ARGUMENT)],
    }
    parts.extend(others.iter().map(|range| nodes.leaf(range.clone(), &ARGUMENT)));
    parts
}

/// `<alice@crepes.fr>`: RFC 5321 §4.1.2.
fn path(nodes: &NodeBuilder<'_>, range: Range<usize>) -> FieldNode {
    let mut node = nodes.leaf(range.clone(), &PATH);
    let octets = nodes.bytes(&range);
    let inner = if let [b'<', .., b'>'] = octets {
        range.start + 1..range.end - 1
    } else {
        node.wrong = Some("a path stands in angle brackets: RFC 5321 §4.1.2".to_owned());
        range.clone()
    };
    match nodes.bytes(&inner) {
        [] => "<> (nobody: failures of this message are not to be told)".clone_into(&mut node.value),
        inside => {
            let mut mailbox = nodes.leaf(inner.clone(), &ADDRESS);
            if let Some(at) = inside.iter().rposition(|octet| *octet == b'@') {
                let at = inner.start + at;
                mailbox.parts = vec![nodes.leaf(inner.start..at, &LOCAL_PART), nodes.leaf(at + 1..inner.end, &DOMAIN)];
            }
            node.parts = vec![mailbox];
        }
    }
    node
}

/// `SIZE=2000`: RFC 5321 §4.1.2, esmtp-param.
fn parameter(nodes: &NodeBuilder<'_>, range: &Range<usize>) -> FieldNode {
    let text = nodes.text(range);
    let (name, value) = text.split_once('=').unwrap_or((&text, ""));
    let node = nodes.explained(range.clone(), glossary::parameter(name), &PARAMETER);
    FieldNode { name: name.to_owned(), value: value.to_owned(), ..node }
}

/// A reply, of one line or several.
pub(super) fn reply(octets: Excerpt<'_>, request: Option<&[u8]>) -> Vec<FieldNode> {
    let nodes = NodeBuilder::new(octets, LINE_END);
    let asked = request.unwrap_or_default().trim_ascii_start();
    let greets =
        asked.get(..4).is_some_and(|verb| verb.eq_ignore_ascii_case(b"EHLO") || verb.eq_ignore_ascii_case(b"LHLO"));
    let lines: Vec<TextLine> = lines_of(octets.bytes, 0).collect();
    let line = |(number, line): (usize, &TextLine)| {
        let mut parts = REPLIES.nodes(&nodes, line);
        let code = ReplyCode::of(nodes.bytes(&line.text));
        if code.is_some() {
            parts.extend(reply_text(&nodes, line, (number, greets, code.map(|code| code.number))));
        }
        let mut node = nodes.line(line, &REPLY, parts);
        if code.is_none() {
            node.wrong = node.wrong.or_else(|| Some(format!("a reply begins with three digits: {}", REPLIES.clause)));
        }
        node
    };
    lines.iter().enumerate().map(line).collect()
}

fn reply_text(
    nodes: &NodeBuilder<'_>,
    line: &TextLine,
    (number, greets, code): (usize, bool, Option<u16>),
) -> Vec<FieldNode> {
    let text = text_of(line);
    let words = words_of(nodes.bytes(&(0..text.end)), &text);
    let Some(first) = words.first() else { return Vec::new() };
    match code {
        Some(250) if greets && number > 0 => {
            let keyword = nodes.text(first);
            let known = glossary::extension(keyword.split('=').next().unwrap_or(&keyword));
            let value = nodes.text(&(first.end.min(text.end)..text.end)).trim().to_owned();
            return vec![FieldNode { name: keyword, value, ..nodes.explained(text, known, &EXTENSION) }];
        }
        Some(334) => return vec![sasl::base64_node(nodes, text, &CHALLENGE)],
        _ => {}
    }
    let mut parts = Vec::new();
    let mut rest = text.clone();
    if let Some(status) = enhanced(nodes, first, code) {
        rest = rest_of(nodes.bytes(&(0..text.end)), &text, first.end);
        parts.push(status);
    }
    if !rest.is_empty() {
        parts.push(nodes.leaf(rest, &TEXT));
    }
    parts
}

/// An enhanced status code: `5.1.1`. RFC 3463 §2; RFC 2034 §4: only where the reply's class is the same.
fn enhanced(nodes: &NodeBuilder<'_>, range: &Range<usize>, code: Option<u16>) -> Option<FieldNode> {
    let text = nodes.text(range);
    let numbers: Vec<&str> = text.split('.').collect();
    let [class, subject, detail] = *numbers else { return None };
    let is_number =
        |text: &&str| (1..=DIGITS).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit());
    let same_class = code.is_some_and(|code| Some(code / 100) == class.parse().ok());
    if !same_class || !["2", "4", "5"].contains(&class) || ![subject, detail].iter().all(is_number) {
        return None;
    }
    let (subject_word, subject_about) = glossary::subject(subject);
    let known = glossary::detail(&format!("{subject}.{detail}"));
    let mut node = nodes.leaf(range.clone(), &ENHANCED);
    if let Some(meaning) = known {
        node.value = format!("{text} {meaning}");
    }
    let at = range.start;
    let part = |from: usize, text: &str, name: &str, value: String, meaning, clause| {
        FieldNode::leaf(at + from..at + from + text.len(), name, value, meaning, clause)
    };
    let class_meaning = match class {
        "2" => "It succeeded.",
        "4" => "It failed this time, and may be tried again.",
        _ => "It failed for good.",
    };
    node.parts = vec![
        part(0, class, "class", class.to_owned(), class_meaning, "RFC 3463 §3.1"),
        part(class.len() + 1, subject, "subject", format!("{subject}: {subject_word}"), subject_about, "RFC 3463 §3.2"),
        part(
            class.len() + subject.len() + 2,
            detail,
            "detail",
            detail.to_owned(),
            known.unwrap_or("What exactly."),
            "RFC 3463 §3",
        ),
    ];
    Some(node)
}

/// What the client says to log in.
pub(super) fn response(octets: Excerpt<'_>) -> Vec<FieldNode> {
    sasl::response_nodes(&NodeBuilder::new(octets, LINE_END), octets.bytes, &RESPONSE)
}

/// The message, and the dot that ends it.
pub(super) fn message(octets: Excerpt<'_>) -> Vec<FieldNode> {
    let nodes = NodeBuilder::new(octets, LINE_END);
    let last = lines_of(octets.bytes, 0).last().filter(|line| nodes.bytes(&line.text) == b".");
    let end = last.as_ref().map_or(octets.bytes.len(), |line| line.range.start);
    let value = crate::wire::units::count_octets(end as u64);
    let mut node = MESSAGE.node(0..end, value);
    node.parts = mail::message_nodes(&nodes, &(0..end), true);
    let mut found = if end > 0 { vec![node] } else { Vec::new() };
    found.extend(last.map(|line| {
        let parts = nodes.line_end(&line).into_iter().collect();
        FieldNode { parts, ..DOT.node(line.range.clone(), ".") }
    }));
    found
}

/// Where a command's verb stands, with `FROM:` and `TO:`.
fn verb_of(nodes: &NodeBuilder<'_>, line: &TextLine) -> Range<usize> {
    let text = nodes.bytes(&line.text);
    let with_colon = [&b"MAIL FROM:"[..], b"RCPT TO:"]
        .into_iter()
        .find(|verb| text.get(..verb.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(verb)));
    let space = || text.iter().position(|octet| *octet == b' ').unwrap_or(text.len());
    let end = with_colon.map_or_else(space, <[u8]>::len);
    line.text.start..line.text.start + end
}

const LINE_END: &str = "RFC 5321 §2.3.8";
