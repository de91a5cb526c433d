//! SMTP: RFC 5321. `dialogue` follows commands, replies and the message between them, `tree` reads them field by field, `glossary` explains
//! the words.

mod dialogue;
mod glossary;
#[cfg(test)]
mod tests;
mod tree;

use self::dialogue::SmtpDialogue;
use super::{
    greetings::{Greeting, greeting_claim},
    lines::LineReader,
    protocol::{FlowOpening, Protocol, ProtocolClaim, ProtocolReader},
};

/// SMTP.
#[derive(Debug)]
pub struct Smtp;

/// Its row in the table.
pub const SMTP: &dyn Protocol = &Smtp;

impl Protocol for Smtp {
    fn name(&self) -> &'static str {
        "SMTP"
    }

    /// By the ports where mail servers listen, or by a greeting with 220 that FTP does not claim as well.
    fn claims(&self, opening: &FlowOpening<'_>) -> ProtocolClaim {
        greeting_claim(opening, &GREETING)
    }

    fn reader(&self, opening: &FlowOpening<'_>) -> Box<dyn ProtocolReader> {
        Box::new(LineReader::new(SmtpDialogue::new(opening.resumes)))
    }
}

/// How SMTP begins: RFC 5321 §3.1, §4.1.
const GREETING: Greeting = Greeting {
    ports: &[25, 465, 587, 2525],
    begins: &[b"220 ", b"220-"],
    refuses: &[b"421", b"521", b"554"],
    word: "SMTP",
    other_word: "FTP",
    commands: &["EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA", "BDAT", "VRFY", "EXPN", "STARTTLS", "ETRN"],
    // What both protocols have is SMTP's: it has no other way to begin.
    common: &["NOOP", "QUIT", "HELP", "RSET"],
};
