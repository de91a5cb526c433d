//! IMAP: RFC 9051, and RFC 3501 before it. `dialogue` follows commands and responses, with the literals in them, `values` takes lists, strings
//! and literals apart, `tree` reads messages field by field, `glossary` explains the words.

mod dialogue;
mod glossary;
#[cfg(test)]
mod tests;
mod tree;
mod values;

use self::dialogue::ImapDialogue;
use super::{
    greetings::{Greeting, greeting_claim},
    lines::LineReader,
    protocol::{FlowOpening, Protocol, ProtocolClaim, ProtocolReader},
};

/// IMAP.
#[derive(Debug)]
pub struct Imap;

/// Its row in the table.
pub const IMAP: &dyn Protocol = &Imap;

impl Protocol for Imap {
    fn name(&self) -> &'static str {
        "IMAP"
    }

    /// By a greeting that no other protocol has.
    fn claims(&self, opening: &FlowOpening<'_>) -> ProtocolClaim {
        greeting_claim(opening, &GREETING)
    }

    fn reader(&self, opening: &FlowOpening<'_>) -> Box<dyn ProtocolReader> {
        Box::new(LineReader::new(ImapDialogue::new(opening.resumes)))
    }
}

/// How IMAP begins: RFC 9051 §7.1.
const GREETING: Greeting = Greeting {
    ports: &[143, 993, 1143],
    begins: &[b"* OK", b"* PREAUTH", b"* BYE"],
    refuses: &[],
    word: "",
    other_word: "",
    commands: &[],
    common: &[],
};
