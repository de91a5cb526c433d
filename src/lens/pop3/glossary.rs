//! What POP3's commands, capabilities and response codes are for: one sentence and the section that defines them.

use crate::lens::glossary::{GlossaryEntry, find, word};

/// The command `verb`, case-insensitive.
pub(super) fn command(verb: &str) -> Option<&'static GlossaryEntry> {
    find(COMMANDS, verb)
}

/// What a server says by `name` in its answer to CAPA.
pub(super) fn capability(name: &str) -> Option<&'static GlossaryEntry> {
    find(CAPABILITIES, name)
}

/// The response code `name`: what stands in brackets.
pub(super) fn response_code(name: &str) -> Option<&'static GlossaryEntry> {
    find(CODES, name)
}

const COMMANDS: &[GlossaryEntry] = &[
    word(
        "APOP",
        "Logs in with a digest of the greeting's timestamp and the password: the password does not cross.",
        "RFC 1939 §7",
    ),
    word("AUTH", "Logs in by a mechanism, or asks which there are.", "RFC 5034 §4"),
    word("CAPA", "Asks what the server can do beyond the basics.", "RFC 2449 §5"),
    word("DELE", "Marks a message as deleted; it is removed at QUIT.", "RFC 1939 §5"),
    word("LANG", "Asks for the server's texts in another language.", "RFC 6856 §3"),
    word("LIST", "Asks how many octets a message has, or all of them.", "RFC 1939 §5"),
    word("NOOP", "Does nothing; the server says +OK.", "RFC 1939 §5"),
    word("PASS", "The password, in the clear: whoever reads the octets has it.", "RFC 1939 §7"),
    word("QUIT", "Ends the session; messages marked as deleted are removed now.", "RFC 1939 §6"),
    word("RETR", "Asks for a message.", "RFC 1939 §5"),
    word("RSET", "Takes all marks of deletion back.", "RFC 1939 §5"),
    word("STAT", "Asks how many messages there are, and how many octets they have together.", "RFC 1939 §5"),
    word("STLS", "Asks to go on above TLS.", "RFC 2595 §4"),
    word("TOP", "Asks for a message's header and the first lines of its body.", "RFC 1939 §7"),
    word("UIDL", "Asks for identifiers of messages that stay the same from session to session.", "RFC 1939 §7"),
    word("USER", "The name of the mailbox.", "RFC 1939 §7"),
    word("UTF8", "Asks for letters beyond ASCII in headers.", "RFC 6856 §2"),
];

const CAPABILITIES: &[GlossaryEntry] = &[
    word("AUTH-RESP-CODE", "The server says by a code when it was the password that was wrong.", "RFC 3206 §6"),
    word("EXPIRE", "For how many days the server keeps messages.", "RFC 2449 §6.7"),
    word("IMPLEMENTATION", "Which program the server is.", "RFC 2449 §6.9"),
    word("LANG", "The server has its texts in other languages.", "RFC 6856 §3"),
    word("LOGIN-DELAY", "For so many seconds after a session another one is refused.", "RFC 2449 §6.5"),
    word("PIPELINING", "Commands may be sent together, without waiting for each reply.", "RFC 2449 §6.6"),
    word("RESP-CODES", "Text in brackets at the beginning of a reply is a code.", "RFC 2449 §6.4"),
    word("SASL", "The mechanisms that AUTH knows.", "RFC 5034 §3"),
    word("STLS", "The session can go on above TLS.", "RFC 2595 §4"),
    word("TOP", "The server knows TOP.", "RFC 2449 §6.1"),
    word("UIDL", "The server knows UIDL.", "RFC 2449 §6.8"),
    word("USER", "The server knows USER and PASS.", "RFC 2449 §6.2"),
    word("UTF8", "The server knows letters beyond ASCII.", "RFC 6856 §2"),
];

const CODES: &[GlossaryEntry] = &[
    word("AUTH", "The user name or the password is wrong.", "RFC 3206 §4"),
    word("IN-USE", "Another session has the mailbox.", "RFC 2449 §8.1.2"),
    word("LOGIN-DELAY", "The last session is too short a time ago.", "RFC 2449 §8.1.1"),
    word("SYS/PERM", "The server's system failed, and will again.", "RFC 3206 §5"),
    word("SYS/TEMP", "The server's system failed this time.", "RFC 3206 §5"),
    word("UTF8", "The mailbox has letters beyond ASCII: ask with UTF8 first.", "RFC 6856 §5"),
];

pub(super) const COMMAND_WORD: GlossaryEntry = word("command", "What the client asks for, in one line.", "RFC 1939 §3");
pub(super) const KEYWORD: GlossaryEntry = word("keyword", "A command this program does not know.", "RFC 1939 §3");
pub(super) const CAPABILITY: GlossaryEntry =
    word("capability", "A capability this program does not know.", "RFC 2449 §6");
pub(super) const RESPONSE_CODE: GlossaryEntry =
    word("response code", "A response code this program does not know.", "RFC 2449 §8");
pub(super) const REPLY: GlossaryEntry = word("reply", "How it went, and text for people.", "RFC 1939 §3");
pub(super) const STATUS_OK: GlossaryEntry = word("status", "It went well.", "RFC 1939 §3");
pub(super) const STATUS_ERR: GlossaryEntry = word("status", "It did not go well.", "RFC 1939 §3");
pub(super) const CHALLENGE: GlossaryEntry =
    word("challenge", "What the server wants answered, in base64.", "RFC 5034 §4");
pub(super) const RESPONSE: GlossaryEntry =
    word("response", "What the client answers, in base64, which hides nothing.", "RFC 5034 §4");
pub(super) const TEXT: GlossaryEntry = word("text", "For people: programs go by the status.", "RFC 1939 §3");
pub(super) const TIMESTAMP: GlossaryEntry = word("timestamp", "What APOP makes its digest of.", "RFC 1939 §7");
pub(super) const MAILBOX: GlossaryEntry = word("name", "The name of the mailbox.", "RFC 1939 §7");
pub(super) const PASSWORD: GlossaryEntry = word("password", "The password, in the clear.", "RFC 1939 §7");
pub(super) const DIGEST: GlossaryEntry =
    word("digest", "MD5 of the greeting's timestamp and the password.", "RFC 1939 §7");
pub(super) const NUMBER: GlossaryEntry =
    word("message number", "Messages are counted from 1 in each session.", "RFC 1939 §5");
pub(super) const COUNT: GlossaryEntry = word("messages", "How many there are.", "RFC 1939 §5");
pub(super) const OCTETS: GlossaryEntry = word("octets", "How many octets, lines ending with CR LF.", "RFC 1939 §11");
pub(super) const UNIQUE_ID: GlossaryEntry = word("unique-id", "Stays the same from session to session.", "RFC 1939 §7");
pub(super) const LINES: GlossaryEntry = word("lines", "How many lines of the body.", "RFC 1939 §7");
pub(super) const ARGUMENT: GlossaryEntry = word("argument", "What the command is about.", "RFC 1939 §3");
pub(super) const ENTRY: GlossaryEntry = word("line", "One line of what was asked for.", "RFC 1939 §3");
pub(super) const MESSAGE: GlossaryEntry = word("message", "Header and body, as the server has them.", "RFC 1939 §5");
pub(super) const DOT: GlossaryEntry = word("end of the reply", "A dot alone on its line.", "RFC 1939 §3");

#[cfg(test)]
mod words {
    use super::*;

    #[test]
    fn are_unique_and_in_order() {
        for words in [COMMANDS, CAPABILITIES, CODES] {
            assert!(words.is_sorted_by(|a, b| a.name < b.name), "{words:?}");
        }
        assert_eq!(command("retr").map(|word| word.clause), Some("RFC 1939 §5"));
    }
}
