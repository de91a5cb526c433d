//! Follows an SMTP session: which reply answers which command, when the message begins and where it ends. RFC 5321 §3, §4.

use super::{
    glossary::{self, REPLIES},
    tree,
};
use crate::{
    lens::{
        FieldNode, LineEnd,
        lines::{
            CompletedLine, Dialect, LineRole, LiteralPart, MessageEnd, PendingCommands, ReplyCode, code_fault,
            reply_words, sasl, shown_command,
        },
        mail::{self, MessagePart},
        protocol::{LadderArrow, LineText, MessageSource, TextTone, Words},
        text::shortened,
    },
    wire::{Side, units::measured_octets},
};

/// One session.
#[derive(Debug)]
pub(super) struct SmtpDialogue {
    awaits: ClientState,
    asked: PendingCommands<SmtpVerb>,
    /// The reply that is coming goes on from a line before.
    in_reply: bool,
    /// Octets of the message were left out, perhaps its end among them.
    lost_end: bool,
}

/// What the client says next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClientState {
    Command,
    /// An answer to the server's challenge: RFC 4954 §4.
    Response,
    /// The message, after 354.
    Message(MessagePlace),
    /// So many octets of the message, after BDAT: RFC 3030 §2.
    Chunk,
}

/// Where in a message the next line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct MessagePlace {
    in_header: bool,
    /// The line before ended with CR LF.
    after_crlf: bool,
}

/// Commands whose replies decide what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SmtpVerb {
    Auth,
    Data,
    StartTls,
    Other,
}

impl SmtpDialogue {
    /// A session that begins; one that `resumes` above TLS has been greeted already.
    pub(super) fn new(resumes: bool) -> Self {
        Self { awaits: ClientState::Command, asked: PendingCommands::new(resumes), in_reply: false, lost_end: false }
    }

    fn client_line(&mut self, line: &CompletedLine<'_>) -> LineRole {
        match self.awaits {
            ClientState::Command => self.command(line),
            ClientState::Response => {
                self.awaits = ClientState::Command;
                self.asked.ask(SmtpVerb::Auth);
                LineRole::last(RESPONSE)
            }
            ClientState::Message(place) => self.message_line(line, place),
            ClientState::Chunk => {
                if line.literal == LiteralPart::Some {
                    return LineRole::of(CHUNK);
                }
                self.awaits = ClientState::Command;
                self.asked.ask(SmtpVerb::Other);
                LineRole::last(CHUNK)
            }
        }
    }

    fn command(&mut self, line: &CompletedLine<'_>) -> LineRole {
        let mut words = line.text.split(|octet| *octet == b' ').filter(|word| !word.is_empty());
        let verb = words.next().unwrap_or_default();
        let is = |name: &str| verb.eq_ignore_ascii_case(name.as_bytes());
        if is("BDAT") {
            let octets = words.next().and_then(|size| std::str::from_utf8(size).ok()?.parse().ok()).unwrap_or(0);
            if octets > 0 {
                self.awaits = ClientState::Chunk;
                return LineRole { octets, ..LineRole::of(COMMAND) };
            }
        }
        self.asked.ask(match () {
            () if is("AUTH") => SmtpVerb::Auth,
            () if is("DATA") => SmtpVerb::Data,
            () if is("STARTTLS") => SmtpVerb::StartTls,
            () => SmtpVerb::Other,
        });
        let wrong = (line.length > MAX_COMMAND)
            .then(|| format!("a command has at most {MAX_COMMAND} octets: RFC 5321 §4.5.3.1.4"));
        LineRole { wrong, ..LineRole::last(COMMAND) }
    }

    fn message_line(&mut self, line: &CompletedLine<'_>, place: MessagePlace) -> LineRole {
        let is_dot = line.text == b"." && !line.is_cut;
        if is_dot && place.after_crlf && line.end == LineEnd::CrLf {
            self.awaits = ClientState::Command;
            self.lost_end = false;
            self.asked.ask(SmtpVerb::Other);
            return LineRole::last(DOT);
        }
        let in_header = place.in_header && !line.text.is_empty();
        self.awaits = ClientState::Message(MessagePlace { in_header, after_crlf: line.end == LineEnd::CrLf });
        // A server that takes this for the end may be made to read a letter within a letter.
        let wrong = match () {
            () if is_dot && line.end != LineEnd::None => {
                Some("only CR LF . CR LF ends a message, not LF alone: RFC 5321 §4.1.1.4".to_owned())
            }
            () if line.length > MAX_TEXT => Some(format!("a line has at most {MAX_TEXT} octets: RFC 5321 §4.5.3.1.6")),
            () => None,
        };
        LineRole { wrong, ..LineRole::of(if in_header { HEADER } else { BODY }) }
    }

    fn server_line(&mut self, line: &CompletedLine<'_>) -> LineRole {
        let code = ReplyCode::of(line.text);
        let goes_on = code.map_or(self.in_reply, |code| code.goes_on);
        let wrong = code_fault(line, REPLIES.clause).or_else(|| {
            let too_long = line.length > MAX_REPLY;
            too_long.then(|| format!("a line of a reply has at most {MAX_REPLY} octets: RFC 5321 §4.5.3.1.5"))
        });
        self.in_reply = goes_on;
        if goes_on {
            return LineRole { wrong, ..LineRole::of(REPLY) };
        }
        let number = code.map(|code| code.number);
        // Who speaks before the greeting is not answered by it.
        if self.asked.is_greeting(number.is_some_and(greets)) {
            return LineRole { wrong, exchange: Some(0), ..LineRole::last(REPLY) };
        }
        let mut after = MessageEnd::End;
        match (self.asked.answered(), number) {
            (Some(SmtpVerb::StartTls), Some(220)) => after = MessageEnd::Tls,
            (Some(SmtpVerb::Data), Some(354)) => {
                self.awaits = ClientState::Message(MessagePlace { in_header: true, after_crlf: true });
                after = MessageEnd::EndOfBoth;
            }
            (Some(SmtpVerb::Auth), Some(334)) => self.awaits = ClientState::Response,
            (None, Some(_)) if self.lost_end => {
                // The message has been answered, so its end was among what the record left out.
                self.awaits = ClientState::Command;
                self.asked.skip();
                after = MessageEnd::EndOfBoth;
            }
            _ => {}
        }
        self.lost_end &= after != MessageEnd::EndOfBoth;
        LineRole { after, wrong, ..LineRole::of(REPLY) }
    }
}

impl Dialect for SmtpDialogue {
    fn begins(&self, side: Side) -> (u8, Option<u32>) {
        match (side, self.awaits) {
            (Side::Server, _) => (REPLIES_TO, self.asked.answering()),
            (Side::Client, ClientState::Command | ClientState::Chunk) => (COMMANDS, Some(self.asked.next())),
            (Side::Client, ClientState::Response) => (RESPONSES, Some(self.asked.next())),
            (Side::Client, ClientState::Message(_)) => (MESSAGES, Some(self.asked.next())),
        }
    }

    fn line(&mut self, side: Side, line: &CompletedLine<'_>) -> LineRole {
        match side {
            Side::Client => self.client_line(line),
            Side::Server => self.server_line(line),
        }
    }

    fn gap(&mut self, side: Side, ends_literal: bool) -> bool {
        match (side, self.awaits) {
            (Side::Client, ClientState::Message(_)) => {
                self.lost_end = true;
                self.awaits = ClientState::Message(MessagePlace { in_header: false, after_crlf: false });
                false
            }
            (Side::Client, ClientState::Chunk) if ends_literal => {
                self.awaits = ClientState::Command;
                self.asked.ask(SmtpVerb::Other);
                true
            }
            (Side::Client | Side::Server, _) => false,
        }
    }

    fn show(&self, side: Side, kind: u8, text: &str) -> LineText {
        match (side, kind) {
            (Side::Server, _) => {
                let aside = text.strip_prefix("334 ").map(sasl::aside).unwrap_or_default();
                let shown = REPLIES.show(text).unwrap_or_else(|| LineText::plain(text.to_owned(), TextTone::Text));
                LineText { aside, ..shown }
            }
            (Side::Client, COMMAND) => command_line(text),
            (Side::Client, RESPONSE) => LineText {
                aside: sasl::aside(text),
                meaning: Some(RESPONSE_MEANING.to_owned()),
                ..LineText::plain(text.to_owned(), TextTone::Text)
            },
            (Side::Client, DOT) => {
                LineText { meaning: Some(DOT_MEANING.to_owned()), ..LineText::plain(text.to_owned(), TextTone::Side) }
            }
            (Side::Client, HEADER) => mail::show(text, MessagePart::Header),
            (Side::Client, BODY) => mail::show(text, MessagePart::StuffedBody),
            (Side::Client, _) => mail::show(text, MessagePart::Body),
        }
    }

    fn line_end_clause(&self) -> &'static str {
        "RFC 5321 §2.3.8"
    }

    fn noun(&self, side: Side, kind: u8) -> &'static str {
        match (side, kind) {
            (Side::Server, _) => "Reply",
            (Side::Client, MESSAGES) => "Message",
            (Side::Client, RESPONSES) => "Response",
            (Side::Client, _) => "Command",
        }
    }

    fn fields(&self, message: &MessageSource<'_>) -> Vec<FieldNode> {
        match (message.side, message.kind) {
            (Side::Server, _) => tree::reply(message.octets, message.request),
            (Side::Client, MESSAGES) => tree::message(message.octets),
            (Side::Client, RESPONSES) => tree::response(message.octets),
            (Side::Client, _) => tree::command(message.octets),
        }
    }

    fn words(&self, arrow: &LadderArrow<'_>) -> Option<Words> {
        let size = || measured_octets(arrow.message_octets);
        let variants = match (arrow.side, arrow.kind) {
            (Side::Server, _) => reply_words(arrow.beginning())?,
            (Side::Client, MESSAGES) => vec![format!("message · {}", size()), "message".to_owned(), size()],
            (Side::Client, RESPONSES) => vec!["response".to_owned(), size()],
            (Side::Client, _) => command_words(arrow.beginning())?,
        };
        Some(Words::message(variants))
    }
}

/// A command for the conversation: its verb in the client's colour.
fn command_line(text: &str) -> LineText {
    let end = verb_end(text);
    let (verb, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let word = glossary::command(verb.split([' ', ':']).next().unwrap_or(verb));
    let aside = if verb.eq_ignore_ascii_case("AUTH") { sasl::aside_of(rest) } else { String::new() };
    LineText { aside, ..shown_command(text, end, word) }
}

/// `MAIL alice@crepes.fr`, `EHLO alice.crepes.fr`, and the verb alone.
fn command_words(octets: &[u8]) -> Option<Vec<String>> {
    let line = octets.split(|octet| *octet == b'\n').next()?;
    let text = String::from_utf8_lossy(line.get(..line.len().min(MAX_COMMAND))?.trim_ascii()).into_owned();
    let (verb, rest) = text.split_at_checked(verb_end(&text)).unwrap_or((&text, ""));
    let word = verb.split([' ', ':']).next().unwrap_or(verb).to_ascii_uppercase();
    let argument = rest.trim().split(' ').next().unwrap_or_default().trim_matches(['<', '>']);
    if argument.is_empty() {
        return Some(vec![word]);
    }
    Some(vec![format!("{word} {}", shortened(argument)), word])
}

/// Where a command's verb ends: `MAIL FROM:` and `RCPT TO:` have a colon, the others a space.
fn verb_end(text: &str) -> usize {
    let starts = |verb: &str| text.get(..verb.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(verb));
    let with_colon = ["MAIL FROM:", "RCPT TO:"].into_iter().find(|verb| starts(verb)).map(str::len);
    with_colon.or_else(|| text.find(' ')).unwrap_or(text.len())
}

/// Is this how a server greets, or refuses to? RFC 5321 §3.1, RFC 7504 §3.
fn greets(code: u16) -> bool {
    matches!(code, 220 | 421 | 521 | 554)
}

const RESPONSE_MEANING: &str = "What the client answers to the server's challenge, in base64. RFC 4954 §4";
const DOT_MEANING: &str = "A dot alone on its line ends the message. RFC 5321 §4.1.1.4";

// Kinds of messages.
const COMMANDS: u8 = 1;
const REPLIES_TO: u8 = 2;
const RESPONSES: u8 = 3;
const MESSAGES: u8 = 4;

// Kinds of lines.
const COMMAND: u8 = 1;
const REPLY: u8 = 2;
const RESPONSE: u8 = 3;
const HEADER: u8 = 4;
const BODY: u8 = 5;
const DOT: u8 = 6;
const CHUNK: u8 = 7;

/// Octets of a command, its line end included. RFC 5321 §4.5.3.1.4.
const MAX_COMMAND: usize = 512;
/// Octets of a line of a reply. RFC 5321 §4.5.3.1.5.
const MAX_REPLY: usize = 512;
/// Octets of a line of a message. RFC 5321 §4.5.3.1.6.
const MAX_TEXT: usize = 1000;
