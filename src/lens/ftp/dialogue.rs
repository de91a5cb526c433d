//! Follows an FTP control connection: which replies answer which command, and where each reply ends. RFC 959 §4.2, §5.4.

use super::{
    glossary::{self, REPLIES},
    tree,
};
use crate::{
    lens::{
        FieldNode,
        lines::{
            CompletedLine, Dialect, LineRole, MessageEnd, PendingCommands, ReplyClass, ReplyCode, code_fault,
            reply_words, shown_command,
        },
        protocol::{LadderArrow, LineText, MessageSource, TextTone, Words},
        text::shortened,
    },
    wire::Side,
};

/// One control connection.
#[derive(Debug)]
pub(super) struct FtpDialogue {
    /// Commands, and whether each asks for TLS to begin.
    asked: PendingCommands<bool>,
    /// The code of the reply that is coming, while more lines of it do.
    in_reply: Option<u16>,
}

impl FtpDialogue {
    /// A connection that begins; one that `resumes` above TLS has been greeted already.
    pub(super) fn new(resumes: bool) -> Self {
        Self { asked: PendingCommands::new(resumes), in_reply: None }
    }

    fn reply_line(&mut self, line: &CompletedLine<'_>) -> LineRole {
        let code = ReplyCode::of(line.text);
        match (self.in_reply, code) {
            // Only its own code and a space end a reply of several lines: RFC 959 §4.2.
            (Some(number), Some(code)) if code.number == number && !code.goes_on => self.answered(Some(code)),
            (Some(_), _) => LineRole::of(REPLY),
            (None, Some(code)) if code.goes_on => {
                self.in_reply = Some(code.number);
                LineRole::of(REPLY)
            }
            (None, code) => LineRole { wrong: code_fault(line, REPLIES.clause), ..self.answered(code) },
        }
    }

    /// A reply has come to its end.
    fn answered(&mut self, code: Option<ReplyCode>) -> LineRole {
        self.in_reply = None;
        // A reply that begins with 1 is not the last one to its command: RFC 959 §4.2.1.
        let is_last = code.is_none_or(|code| code.class() != ReplyClass::Begun);
        if self.asked.is_greeting(code.is_none_or(|code| [220, 421, 500, 530].contains(&code.number))) {
            if !is_last {
                self.asked.expect_greeting();
            }
            return LineRole { exchange: Some(0), ..LineRole::last(REPLY) };
        }
        let asked_tls = is_last && self.asked.answered() == Some(true);
        let begins_tls = asked_tls && code.is_some_and(|code| code.number == 234);
        LineRole { after: if begins_tls { MessageEnd::Tls } else { MessageEnd::End }, ..LineRole::of(REPLY) }
    }
}

impl Dialect for FtpDialogue {
    fn begins(&self, side: Side) -> (u8, Option<u32>) {
        match side {
            Side::Client => (COMMANDS, Some(self.asked.next())),
            Side::Server => (REPLIES_TO, self.asked.answering()),
        }
    }

    fn line(&mut self, side: Side, line: &CompletedLine<'_>) -> LineRole {
        match side {
            Side::Client => {
                self.asked.ask(line.text.get(..4).is_some_and(|verb| verb.eq_ignore_ascii_case(b"AUTH")));
                LineRole::last(COMMAND)
            }
            Side::Server => self.reply_line(line),
        }
    }

    fn gap(&mut self, side: Side, _ends_literal: bool) -> bool {
        if side == Side::Server {
            self.in_reply = None;
        }
        false
    }

    fn show(&self, side: Side, _kind: u8, text: &str) -> LineText {
        if side == Side::Server {
            return REPLIES.show(text).unwrap_or_else(|| LineText::plain(text.to_owned(), TextTone::Text));
        }
        let end = text.find(' ').unwrap_or(text.len());
        let (verb, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        let aside = tree::told_address(verb, rest.trim()).map_or_else(String::new, |told| format!("  = {told}"));
        LineText { aside, ..shown_command(text, end, glossary::command(verb)) }
    }

    fn line_end_clause(&self) -> &'static str {
        "RFC 959 §5.3"
    }

    fn noun(&self, side: Side, _kind: u8) -> &'static str {
        match side {
            Side::Client => "Command",
            Side::Server => "Reply",
        }
    }

    fn fields(&self, message: &MessageSource<'_>) -> Vec<FieldNode> {
        match message.side {
            Side::Client => tree::command(message.octets),
            Side::Server => tree::reply(message.octets, message.request),
        }
    }

    fn words(&self, arrow: &LadderArrow<'_>) -> Option<Words> {
        if arrow.side == Side::Server {
            return reply_words(arrow.beginning()).map(Words::message);
        }
        let line = arrow.beginning().split(|octet| *octet == b'\n').next()?;
        let line = String::from_utf8_lossy(line.get(..line.len().min(MAX_WORDS))?.trim_ascii()).into_owned();
        let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let verb = verb.to_ascii_uppercase();
        // What a password is is no label.
        let variants = if rest.is_empty() || verb == "PASS" {
            vec![verb]
        } else {
            vec![format!("{verb} {}", shortened(rest)), verb]
        };
        Some(Words::message(variants))
    }
}

// Kinds of messages.
const COMMANDS: u8 = 1;
const REPLIES_TO: u8 = 2;

// Kinds of lines.
const COMMAND: u8 = 1;
const REPLY: u8 = 2;

/// Octets of a command that are read for an arrow.
const MAX_WORDS: usize = 400;
