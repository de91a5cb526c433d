//! Follows an IMAP session: commands with their tags, the responses to them, the octets that `{n}` announces, and when the client is asked to
//! go on. RFC 9051 §2.2, §4.3.

use std::collections::VecDeque;

use super::{glossary, tree, values::literal_of};
use crate::{
    lens::{
        FieldNode, LineEnd,
        glossary::GlossaryEntry,
        lines::{CompletedLine, Dialect, LineRole, LiteralPart, MessageEnd, sasl},
        mail::{self, MessagePart},
        protocol::{LadderArrow, LineText, MessageSource, TextTone, Words},
        text::shortened,
    },
    wire::{Side, units},
};

/// One session.
#[derive(Debug)]
pub(super) struct ImapDialogue {
    /// The command that is coming, while it does.
    coming: Option<TaggedCommand>,
    /// Commands whose completion has not come yet.
    asked: VecDeque<TaggedCommand>,
    /// The exchange of the client's next command; 0 as long as the server has not greeted.
    next: u32,
    /// The client was asked to go on, and not with a literal: to log in, or in IDLE.
    goes_on: bool,
    /// A response is coming that a literal has interrupted.
    in_response: bool,
    /// What each side's literal is read as, while it comes.
    literals: [LiteralContent; 2],
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
struct TaggedCommand {
    tag: Vec<u8>,
    verb: ImapVerb,
    exchange: u32,
}

/// Commands that decide how others are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ImapVerb {
    Authenticate,
    Idle,
    Append,
    StartTls,
    Other,
}

/// What a literal is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LiteralContent {
    /// A string.
    #[default]
    Text,
    /// A mail message, or a part of one; in its header or not.
    Message { in_header: bool },
}

impl ImapDialogue {
    /// A session that begins; one that `resumes` above TLS has been greeted already.
    pub(super) fn new(resumes: bool) -> Self {
        Self {
            coming: None,
            asked: VecDeque::new(),
            next: u32::from(resumes),
            goes_on: false,
            in_response: false,
            literals: [LiteralContent::Text; 2],
        }
    }

    fn client_line(&mut self, line: &CompletedLine<'_>) -> LineRole {
        let mut kind = COMMAND_REST;
        if self.coming.is_none() {
            if std::mem::take(&mut self.goes_on) {
                return LineRole::last(RESPONSE);
            }
            let mut words = line.text.split(|octet| *octet == b' ');
            let tag = words.next().unwrap_or_default();
            let verb = words.next().unwrap_or_default().to_ascii_uppercase();
            let verb = match verb.as_slice() {
                b"AUTHENTICATE" => ImapVerb::Authenticate,
                b"IDLE" => ImapVerb::Idle,
                b"APPEND" => ImapVerb::Append,
                b"STARTTLS" => ImapVerb::StartTls,
                _ => ImapVerb::Other,
            };
            let tag = tag.get(..tag.len().min(MAX_TAG)).unwrap_or_default().to_vec();
            self.coming = Some(TaggedCommand { tag, verb, exchange: self.next.max(1) });
            self.next = self.next.max(1).saturating_add(1);
            kind = COMMAND;
        }
        if let Some(octets) = announced(line) {
            let is_message = self.coming.as_ref().is_some_and(|command| command.verb == ImapVerb::Append);
            self.literal(Side::Client, is_message);
            return LineRole { octets, ..LineRole::of(kind) };
        }
        if let Some(command) = self.coming.take().filter(|_| self.asked.len() < MAX_UNANSWERED) {
            self.asked.push_back(command);
        }
        LineRole::last(kind)
    }

    fn server_line(&mut self, line: &CompletedLine<'_>) -> LineRole {
        let goes_on = std::mem::take(&mut self.in_response);
        // Text for people may end with anything.
        let is_data = goes_on || line.text.starts_with(b"* ") && !is_status(line.text);
        if let Some(octets) = announced(line).filter(|_| is_data) {
            let upper = line.text.to_ascii_uppercase();
            let is_message = [&b"BODY["[..], b"RFC822", b"BINARY["].iter().any(|item| contains(&upper, item));
            self.literal(Side::Server, is_message);
            self.in_response = true;
            return LineRole { octets, ..LineRole::of(if goes_on { RESPONSE_REST } else { UNTAGGED }) };
        }
        let greets = self.next == 0;
        self.next = self.next.max(1);
        match line.text {
            _ if goes_on => self.untagged(RESPONSE_REST),
            [b'*', b' ', ..] if greets => LineRole { exchange: Some(0), ..LineRole::last(UNTAGGED) },
            [b'*', b' ', ..] => self.untagged(UNTAGGED),
            [b'+'] | [b'+', b' ', ..] => {
                self.goes_on = self.coming.is_none();
                LineRole { exchange: self.current(), ..LineRole::last(CONTINUE) }
            }
            _ => self.tagged(line),
        }
    }

    /// A response that completes no command ends its message only where no command waits for one.
    fn untagged(&self, kind: u8) -> LineRole {
        let waits = self.asked.iter().any(|command| command.verb != ImapVerb::Idle);
        if waits { LineRole::of(kind) } else { LineRole::last(kind) }
    }

    fn tagged(&mut self, line: &CompletedLine<'_>) -> LineRole {
        let tag = line.text.split(|octet| *octet == b' ').next().unwrap_or_default();
        let tag = tag.get(..tag.len().min(MAX_TAG)).unwrap_or_default();
        if let Some(at) = self.asked.iter().position(|command| command.tag == tag) {
            self.goes_on = false;
            let command = self.asked.remove(at);
            let is_ok = line.text.get(tag.len() + 1..).is_some_and(|rest| rest.starts_with(b"OK"));
            let begins_tls = is_ok && command.as_ref().is_some_and(|command| command.verb == ImapVerb::StartTls);
            let after = if begins_tls { MessageEnd::Tls } else { MessageEnd::End };
            return LineRole { after, exchange: command.map(|command| command.exchange), ..LineRole::of(TAGGED) };
        }
        // A command may be refused before all of it has come: RFC 9051 §4.3.
        if let Some(command) = self.coming.take_if(|command| command.tag == tag) {
            return LineRole { after: MessageEnd::EndOfBoth, exchange: Some(command.exchange), ..LineRole::of(TAGGED) };
        }
        let wrong = (!line.is_cut).then(|| "no command has this tag: RFC 9051 §2.2.2".to_owned());
        LineRole { wrong, ..LineRole::last(TAGGED) }
    }

    fn literal(&mut self, side: Side, is_message: bool) {
        if let Some(literal) = self.literals.get_mut(side as usize) {
            *literal = if is_message { LiteralContent::Message { in_header: true } } else { LiteralContent::Text };
        }
    }

    fn literal_line(&mut self, side: Side, line: &CompletedLine<'_>) -> LineRole {
        let Some(literal) = self.literals.get_mut(side as usize) else { return LineRole::of(LITERAL) };
        let LiteralContent::Message { in_header } = literal else { return LineRole::of(LITERAL) };
        *in_header &= !line.text.is_empty();
        LineRole::of(if *in_header { HEADER } else { BODY })
    }

    /// The exchange of the command that the server answers.
    fn current(&self) -> Option<u32> {
        self.coming.as_ref().or(self.asked.front()).map(|command| command.exchange)
    }
}

/// How many octets a line announces at its end, if it does.
fn announced(line: &CompletedLine<'_>) -> Option<u64> {
    if line.end == LineEnd::None { None } else { literal_of(line.text) }
}

/// Does an untagged response say how something went?
fn is_status(line: &[u8]) -> bool {
    let word = line.split(|octet| *octet == b' ').nth(1).unwrap_or_default().to_ascii_uppercase();
    matches!(word.as_slice(), b"OK" | b"NO" | b"BAD" | b"BYE" | b"PREAUTH")
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|some| some == word)
}

impl Dialect for ImapDialogue {
    fn begins(&self, side: Side) -> (u8, Option<u32>) {
        match side {
            Side::Client if self.goes_on => (RESPONSES, self.asked.front().map(|command| command.exchange)),
            Side::Client => (COMMANDS, Some(self.next.max(1))),
            Side::Server => (ANSWERS, self.current().or(if self.next == 0 { Some(0) } else { None })),
        }
    }

    fn line(&mut self, side: Side, line: &CompletedLine<'_>) -> LineRole {
        match side {
            _ if line.literal != LiteralPart::None => self.literal_line(side, line),
            Side::Client => self.client_line(line),
            Side::Server => self.server_line(line),
        }
    }

    fn gap(&mut self, _side: Side, _ends_literal: bool) -> bool {
        false
    }

    fn show(&self, side: Side, kind: u8, text: &str) -> LineText {
        match kind {
            COMMAND => command_line(text),
            UNTAGGED | TAGGED => response_line(text),
            CONTINUE => {
                let aside = text.strip_prefix("+ ").map(sasl::aside).unwrap_or_default();
                LineText {
                    aside,
                    meaning: Some("+ (go on): The server waits for the rest. RFC 9051 §7.5".to_owned()),
                    ..LineText::plain(text.to_owned(), TextTone::Further)
                }
            }
            RESPONSE => LineText { aside: sasl::aside(text), ..LineText::plain(text.to_owned(), TextTone::Good) },
            HEADER => mail::show(text, MessagePart::Header),
            BODY => mail::show(text, MessagePart::Body),
            _ if side == Side::Client || kind == RESPONSE_REST => LineText::plain(text.to_owned(), TextTone::Text),
            _ => LineText::plain(text.to_owned(), TextTone::Muted),
        }
    }

    fn line_end_clause(&self) -> &'static str {
        "RFC 9051 §2.2"
    }

    fn noun(&self, side: Side, kind: u8) -> &'static str {
        match (side, kind) {
            (Side::Server, _) => "Response",
            (Side::Client, RESPONSES) => "Answer",
            (Side::Client, _) => "Command",
        }
    }

    fn fields(&self, message: &MessageSource<'_>) -> Vec<FieldNode> {
        match (message.side, message.kind) {
            (Side::Server, _) => tree::responses(message.octets),
            (Side::Client, RESPONSES) => tree::answer(message.octets),
            (Side::Client, _) => tree::command(message.octets),
        }
    }

    fn words(&self, arrow: &LadderArrow<'_>) -> Option<Words> {
        let line = |octets: &[u8]| {
            let octets = octets.get(..octets.len().min(MAX_WORDS)).unwrap_or_default();
            String::from_utf8_lossy(octets.trim_ascii()).into_owned()
        };
        let octets = arrow.beginning();
        let first = line(octets.split(|octet| *octet == b'\n').next()?);
        let variants = match (arrow.side, arrow.kind) {
            (Side::Client, RESPONSES) => vec![if first == "DONE" { first } else { "answer".to_owned() }],
            (Side::Client, _) => command_words(&first),
            (Side::Server, _) => {
                let mut lines = octets.trim_ascii_end().split(|octet| *octet == b'\n');
                let count = lines.clone().count();
                let last = line(lines.next_back()?);
                let whole = arrow.octets == arrow.message_octets && octets.len() as u64 == arrow.octets;
                if whole && count > 1 && !last.starts_with(['*', '+']) {
                    let word = last.split(' ').take(2).collect::<Vec<_>>().join(" ");
                    vec![format!("{word} · {}", units::count(count, "line", "lines")), word]
                } else {
                    let short = first.strip_prefix("* ").unwrap_or(&first);
                    let word = short.split(' ').next().unwrap_or(short).to_owned();
                    vec![shortened(short), word]
                }
            }
        };
        Some(Words::message(variants))
    }
}

/// `SELECT INBOX`, and the verb alone; what a password is is no label.
fn command_words(line: &str) -> Vec<String> {
    let (tag, rest) = line.split_once(' ').unwrap_or(("", line));
    let (verb, argument) = rest.split_once(' ').unwrap_or((rest, ""));
    let verb = verb.to_ascii_uppercase();
    match verb.as_str() {
        "LOGIN" | "AUTHENTICATE" => vec![format!("{tag} {verb}"), verb],
        _ if argument.is_empty() => vec![format!("{tag} {verb}"), verb],
        _ => vec![format!("{tag} {verb} {}", shortened(argument)), format!("{tag} {verb}"), verb],
    }
}

/// A command: its tag, its verb in the client's colour, the rest.
fn command_line(text: &str) -> LineText {
    let after_tag = text.find(' ').map_or(text.len(), |space| space + 1);
    let (tag, rest) = text.split_at_checked(after_tag).unwrap_or((text, ""));
    let mut end = rest.find(' ').unwrap_or(rest.len());
    if rest.get(..end).is_some_and(|verb| verb.eq_ignore_ascii_case("UID")) {
        end = rest.get(end + 1..).and_then(|rest| rest.find(' ')).map_or(rest.len(), |more| end + 1 + more);
    }
    let (verb, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let meaning = glossary::command(verb.split(' ').next_back().unwrap_or(verb)).map(GlossaryEntry::sentence);
    let aside = if verb.eq_ignore_ascii_case("AUTHENTICATE") { sasl::aside_of(rest) } else { String::new() };
    LineText {
        aside,
        meaning,
        ..LineText::of_parts(&[(tag, TextTone::Muted), (verb, TextTone::Good), (rest, TextTone::Text)])
    }
}

/// A response: `*` or its tag, its keyword coloured by how it went, the rest.
fn response_line(text: &str) -> LineText {
    let after_tag = text.find(' ').map_or(text.len(), |space| space + 1);
    let (tag, rest) = text.split_at_checked(after_tag).unwrap_or((text, ""));
    let word = rest.split(' ').next().unwrap_or(rest);
    // A number stands before what it counts.
    let (number, rest) = match word.parse::<u32>() {
        Ok(_) => rest.split_at_checked((word.len() + 1).min(rest.len())).unwrap_or((rest, "")),
        Err(_) => ("", rest),
    };
    let (word, rest) = rest.split_at_checked(rest.find(' ').unwrap_or(rest.len())).unwrap_or((rest, ""));
    let tone = match word.to_ascii_uppercase().as_str() {
        "OK" | "PREAUTH" => TextTone::Good,
        "NO" | "BAD" | "BYE" => TextTone::Bad,
        _ => TextTone::Name,
    };
    let meaning = glossary::response(word).map(GlossaryEntry::sentence);
    let parts = [(tag, TextTone::Muted), (number, TextTone::Text), (word, tone), (rest, TextTone::Text)];
    LineText { meaning, ..LineText::of_parts(&parts) }
}

// Kinds of messages.
const COMMANDS: u8 = 1;
const ANSWERS: u8 = 2;
const RESPONSES: u8 = 3;

// Kinds of lines.
const COMMAND: u8 = 1;
const COMMAND_REST: u8 = 2;
const UNTAGGED: u8 = 3;
const TAGGED: u8 = 4;
const CONTINUE: u8 = 5;
const RESPONSE: u8 = 6;
const RESPONSE_REST: u8 = 7;
const LITERAL: u8 = 8;
const HEADER: u8 = 9;
const BODY: u8 = 10;

/// Octets of a tag that are remembered.
const MAX_TAG: usize = 64;
/// Commands that are remembered until they are answered.
const MAX_UNANSWERED: usize = 10_000;
/// Octets of a line that are read for an arrow.
const MAX_WORDS: usize = 400;
