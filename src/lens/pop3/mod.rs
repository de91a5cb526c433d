//! POP3: RFC 1939, with the extensions of RFC 2449. `dialogue` follows commands and replies, `tree` reads them field by field, `glossary`
//! explains the words.

mod dialogue;
mod glossary;
mod listing;
#[cfg(test)]
mod tests;
mod tree;

use self::dialogue::Pop3Dialogue;
use super::{
    greetings::{Greeting, greeting_claim},
    lines::LineReader,
    protocol::{FlowOpening, Protocol, ProtocolClaim, ProtocolReader},
};

/// POP3.
#[derive(Debug)]
pub struct Pop3;

/// Its row in the table.
pub const POP3: &dyn Protocol = &Pop3;

impl Protocol for Pop3 {
    fn name(&self) -> &'static str {
        "POP3"
    }

    /// By a greeting with `+OK`; one with `-ERR` only where such servers listen.
    fn claims(&self, opening: &FlowOpening<'_>) -> ProtocolClaim {
        greeting_claim(opening, &GREETING)
    }

    fn reader(&self, opening: &FlowOpening<'_>) -> Box<dyn ProtocolReader> {
        Box::new(LineReader::new(Pop3Dialogue::new(opening.resumes)))
    }
}

/// How POP3 begins: RFC 1939 §4.
const GREETING: Greeting = Greeting {
    ports: &[110, 995, 1110],
    begins: &[b"+OK"],
    refuses: &[b"-ERR"],
    word: "",
    other_word: "",
    commands: &["USER", "APOP", "CAPA", "STLS", "AUTH"],
    common: &["QUIT"],
};
