//! Follows a POP3 session: which reply answers which command, and which replies go on until a dot. RFC 1939 §3.

use super::{
    glossary,
    listing::{Listing, listing_of},
    tree,
};
use crate::{
    lens::{
        FieldNode,
        glossary::GlossaryEntry,
        lines::{CompletedLine, Dialect, LineRole, MessageEnd, PendingCommands, sasl, shown_command},
        mail::{self, MessagePart},
        protocol::{LadderArrow, LineText, MessageSource, TextTone, Words},
        text::shortened,
    },
    wire::{Side, units::measured_octets},
};

/// One session.
#[derive(Debug)]
pub(super) struct Pop3Dialogue {
    /// The client's next line answers a challenge.
    awaits_response: bool,
    /// What follows the reply's first line, while it does.
    in_lines: Option<Listing>,
    /// Octets of that were left out, perhaps its end among them.
    lost_end: bool,
    asked: PendingCommands<ExpectedReply>,
}

/// What a command asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExpectedReply {
    /// A reply of one line.
    Line,
    /// A reply of one line, and when it went well, lines until a dot.
    Lines(Listing),
    /// To log in, perhaps by challenge and response.
    Login,
    /// To begin TLS.
    Tls,
}

impl Pop3Dialogue {
    /// A session that begins; one that `resumes` above TLS has been greeted already.
    pub(super) fn new(resumes: bool) -> Self {
        Self { awaits_response: false, in_lines: None, lost_end: false, asked: PendingCommands::new(resumes) }
    }

    fn client_line(&mut self, line: &CompletedLine<'_>) -> LineRole {
        let response = std::mem::take(&mut self.awaits_response);
        let is = |verb: &[u8]| line.text.get(..4).is_some_and(|text| text.eq_ignore_ascii_case(verb));
        self.asked.ask(match listing_of(line.text).filter(|_| !response) {
            Some(listing) => ExpectedReply::Lines(listing),
            None if response || is(b"AUTH") => ExpectedReply::Login,
            None if is(b"STLS") => ExpectedReply::Tls,
            None => ExpectedReply::Line,
        });
        // Where the end of a listing was left out, it was before the next command.
        let lost_end = std::mem::take(&mut self.lost_end);
        self.in_lines = self.in_lines.filter(|_| !lost_end);
        let too_long = line.length > MAX_COMMAND && !response;
        let wrong = too_long.then(|| format!("a command has at most {MAX_COMMAND} octets: RFC 2449 §4"));
        let after = if lost_end { MessageEnd::EndOfBoth } else { MessageEnd::End };
        LineRole { after, wrong, ..LineRole::of(if response { RESPONSE } else { COMMAND }) }
    }

    fn status_line(&mut self, line: &CompletedLine<'_>) -> LineRole {
        let begins =
            |status: &[u8]| line.text.get(..status.len()).is_some_and(|text| text.eq_ignore_ascii_case(status));
        let (is_ok, is_err, is_challenge) = (begins(b"+OK"), begins(b"-ERR"), line.text == b"+" || begins(b"+ "));
        let wrong = (!is_ok && !is_err && !is_challenge && !line.is_cut)
            .then(|| "a reply begins with +OK or -ERR: RFC 1939 §3".to_owned());
        let asked = if self.asked.is_greeting(false) { None } else { self.asked.answered() };
        match asked {
            Some(ExpectedReply::Lines(listing)) if is_ok => {
                self.in_lines = Some(listing);
                LineRole { wrong, ..LineRole::of(STATUS) }
            }
            Some(ExpectedReply::Login) if is_challenge => {
                self.awaits_response = true;
                LineRole { wrong, ..LineRole::last(CHALLENGE) }
            }
            Some(ExpectedReply::Tls) if is_ok => LineRole { after: MessageEnd::Tls, wrong, ..LineRole::of(STATUS) },
            _ => LineRole { wrong, ..LineRole::last(STATUS) },
        }
    }

    fn listed_line(&mut self, line: &CompletedLine<'_>, listing: Listing) -> LineRole {
        if line.text == b"." && !line.is_cut {
            self.in_lines = None;
            self.lost_end = false;
            return LineRole::last(DOT);
        }
        let Listing::Message { in_header } = listing else { return LineRole::of(TABLE) };
        let in_header = in_header && !line.text.is_empty();
        self.in_lines = Some(Listing::Message { in_header });
        LineRole::of(if in_header { HEADER } else { BODY })
    }
}

impl Dialect for Pop3Dialogue {
    fn begins(&self, side: Side) -> (u8, Option<u32>) {
        match side {
            Side::Server => (REPLIES, self.asked.answering()),
            Side::Client if self.awaits_response => (RESPONSES, Some(self.asked.next())),
            Side::Client => (COMMANDS, Some(self.asked.next())),
        }
    }

    fn line(&mut self, side: Side, line: &CompletedLine<'_>) -> LineRole {
        match (side, self.in_lines) {
            (Side::Client, _) => self.client_line(line),
            (Side::Server, None) => self.status_line(line),
            (Side::Server, Some(listing)) => self.listed_line(line, listing),
        }
    }

    fn gap(&mut self, side: Side, _ends_literal: bool) -> bool {
        if let (Side::Server, Some(listing)) = (side, self.in_lines) {
            self.lost_end = true;
            self.in_lines = Some(match listing {
                Listing::Message { .. } => Listing::Message { in_header: false },
                Listing::Table => Listing::Table,
            });
        }
        false
    }

    fn show(&self, _side: Side, kind: u8, text: &str) -> LineText {
        match kind {
            COMMAND => command_line(text),
            STATUS => status_line(text),
            RESPONSE => LineText { aside: sasl::aside(text), ..LineText::plain(text.to_owned(), TextTone::Text) },
            CHALLENGE => {
                let aside = text.strip_prefix("+ ").map(sasl::aside).unwrap_or_default();
                LineText { aside, ..LineText::plain(text.to_owned(), TextTone::Further) }
            }
            HEADER => mail::show(text, MessagePart::Header),
            BODY => mail::show(text, MessagePart::StuffedBody),
            DOT => {
                LineText { meaning: Some(DOT_MEANING.to_owned()), ..LineText::plain(text.to_owned(), TextTone::Side) }
            }
            _ => {
                let word = glossary::capability(text.split(' ').next().unwrap_or(text));
                LineText {
                    meaning: word.map(GlossaryEntry::sentence),
                    ..LineText::plain(text.to_owned(), TextTone::Text)
                }
            }
        }
    }

    fn line_end_clause(&self) -> &'static str {
        "RFC 1939 §3"
    }

    fn noun(&self, side: Side, kind: u8) -> &'static str {
        match (side, kind) {
            (Side::Server, _) => "Reply",
            (Side::Client, RESPONSES) => "Response",
            (Side::Client, _) => "Command",
        }
    }

    fn fields(&self, message: &MessageSource<'_>) -> Vec<FieldNode> {
        match (message.side, message.kind) {
            (Side::Server, _) => tree::reply(message.octets, message.request),
            (Side::Client, RESPONSES) => tree::response(message.octets),
            (Side::Client, _) => tree::command(message.octets),
        }
    }

    fn words(&self, arrow: &LadderArrow<'_>) -> Option<Words> {
        let line = arrow.beginning().split(|octet| *octet == b'\n').next()?;
        let line = String::from_utf8_lossy(line.get(..line.len().min(MAX_COMMAND))?.trim_ascii()).into_owned();
        let (first, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let verb = first.to_ascii_uppercase();
        let variants = match (arrow.side, verb.as_str()) {
            (Side::Client, _) if arrow.kind == RESPONSES => vec!["response".to_owned()],
            // What a password is is no label.
            (Side::Client, "PASS" | "APOP") => vec![verb],
            (Side::Client, _) if rest.is_empty() => vec![verb],
            (Side::Client, _) => vec![format!("{verb} {}", shortened(rest)), verb],
            (Side::Server, _) if arrow.message_octets > line.len() as u64 + 2 => {
                vec![format!("{first} · {}", measured_octets(arrow.message_octets)), first.to_owned()]
            }
            (Side::Server, _) if rest.is_empty() => vec![first.to_owned()],
            (Side::Server, _) => vec![format!("{first} {}", shortened(rest)), first.to_owned()],
        };
        Some(Words::message(variants))
    }
}

fn command_line(text: &str) -> LineText {
    let end = text.find(' ').unwrap_or(text.len());
    let (verb, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let aside = if verb.eq_ignore_ascii_case("AUTH") { sasl::aside_of(rest) } else { String::new() };
    LineText { aside, ..shown_command(text, end, glossary::command(verb)) }
}

fn status_line(text: &str) -> LineText {
    let (status, rest) = text.split_at_checked(text.find(' ').unwrap_or(text.len())).unwrap_or((text, ""));
    let (tone, meaning) = match status.to_ascii_uppercase().as_str() {
        "+OK" => (TextTone::Good, Some("+OK (done): It went well. RFC 1939 §3".to_owned())),
        "-ERR" => (TextTone::Bad, Some("-ERR (no): It did not go well; the text says why. RFC 1939 §3".to_owned())),
        _ => (TextTone::Text, None),
    };
    LineText { meaning, ..LineText::of_parts(&[(status, tone), (rest, TextTone::Text)]) }
}

const DOT_MEANING: &str = "A dot alone on its line ends the reply. RFC 1939 §3";

// Kinds of messages.
const COMMANDS: u8 = 1;
const REPLIES: u8 = 2;
const RESPONSES: u8 = 3;

// Kinds of lines.
const COMMAND: u8 = 1;
const STATUS: u8 = 2;
const RESPONSE: u8 = 3;
const CHALLENGE: u8 = 4;
const TABLE: u8 = 5;
const HEADER: u8 = 6;
const BODY: u8 = 7;
const DOT: u8 = 8;

/// Octets of a command, its line end included. RFC 2449 §4.
const MAX_COMMAND: usize = 255;
