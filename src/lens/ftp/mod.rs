//! FTP's control connection: RFC 959 and its extensions. `dialogue` follows commands and replies, `tree` reads them field by field, `glossary`
//! explains the words. The data connections are flows of their own, without any framing.

mod dialogue;
mod glossary;
#[cfg(test)]
mod tests;
mod tree;

use self::dialogue::FtpDialogue;
use super::{
    greetings::{Greeting, greeting_claim},
    lines::LineReader,
    protocol::{FlowOpening, Protocol, ProtocolClaim, ProtocolReader},
};

/// FTP's control connection.
#[derive(Debug)]
pub struct Ftp;

/// Its row in the table.
pub const FTP: &dyn Protocol = &Ftp;

impl Protocol for Ftp {
    fn name(&self) -> &'static str {
        "FTP"
    }

    /// By the ports where FTP servers listen, or by a greeting with 220 that SMTP does not claim as well.
    fn claims(&self, opening: &FlowOpening<'_>) -> ProtocolClaim {
        greeting_claim(opening, &GREETING)
    }

    fn reader(&self, opening: &FlowOpening<'_>) -> Box<dyn ProtocolReader> {
        Box::new(LineReader::new(FtpDialogue::new(opening.resumes)))
    }
}

/// How FTP begins: RFC 959 §5.4.
const GREETING: Greeting = Greeting {
    ports: &[21, 990, 2121],
    begins: &[b"220 ", b"220-"],
    refuses: &[b"120", b"421", b"500", b"530"],
    word: "FTP",
    other_word: "SMTP",
    commands: &[
        "USER", "PASS", "ACCT", "CWD", "CDUP", "PWD", "PORT", "PASV", "EPRT", "EPSV", "TYPE", "STRU", "MODE", "RETR",
        "STOR", "LIST", "NLST", "MLSD", "SYST", "STAT", "FEAT", "OPTS", "AUTH", "HOST", "CLNT", "SITE",
    ],
    common: &[],
};
