//! What SMTP's commands, replies, parameters and extensions are for: one sentence and the section that defines them.

use crate::lens::{
    glossary::{GlossaryEntry, find, word},
    lines::ReplyWords,
};

/// The command `verb`, case-insensitive.
pub(super) fn command(verb: &str) -> Option<&'static GlossaryEntry> {
    find(COMMANDS, verb)
}

/// The parameter `name` of MAIL or RCPT.
pub(super) fn parameter(name: &str) -> Option<&'static GlossaryEntry> {
    find(PARAMETERS, name)
}

/// The extension that a server offers as `keyword`.
pub(super) fn extension(keyword: &str) -> Option<&'static GlossaryEntry> {
    find(EXTENSIONS, keyword)
}

/// What the second number of an enhanced status code is about: in a word, and in a sentence. RFC 3463 §3.2 and after.
pub(super) fn subject(number: &str) -> (&'static str, &'static str) {
    let subject = number.parse().ok().and_then(|number: usize| SUBJECTS.get(number));
    subject.copied().unwrap_or(("unknown", "A subject this program does not know."))
}

/// What the second and third number of an enhanced status code say together: `1.1`.
pub(super) fn detail(numbers: &str) -> Option<&'static str> {
    DETAILS.iter().find(|(known, _)| *known == numbers).map(|(_, meaning)| *meaning)
}

/// Commands.
const COMMANDS: &[GlossaryEntry] = &[
    word("AUTH", "Logs in by one of the mechanisms that the server offers.", "RFC 4954 §4"),
    word("BDAT", "A part of the message follows, so many octets of it; with LAST it is the last part.", "RFC 3030 §2"),
    word("DATA", "Asks to send the message; it ends with a dot alone on a line.", "RFC 5321 §4.1.1.4"),
    word("EHLO", "The client says who it is and asks which extensions the server has.", "RFC 5321 §4.1.1.1"),
    word("ETRN", "Asks the server to send what it holds for a host.", "RFC 1985 §5"),
    word("EXPN", "Asks who is behind a mailing list.", "RFC 5321 §4.1.1.7"),
    word("HELO", "The client says who it is, without extensions.", "RFC 5321 §4.1.1.1"),
    word("HELP", "Asks for help.", "RFC 5321 §4.1.1.8"),
    word("LHLO", "EHLO of a server that delivers locally: it answers for each recipient.", "RFC 2033 §4.1"),
    word("MAIL", "Begins the envelope: where failures of this message are to be told.", "RFC 5321 §4.1.1.2"),
    word("NOOP", "Does nothing; the server says 250.", "RFC 5321 §4.1.1.9"),
    word("QUIT", "Ends the session.", "RFC 5321 §4.1.1.10"),
    word("RCPT", "One more recipient on the envelope.", "RFC 5321 §4.1.1.3"),
    word("RSET", "Throws the envelope away and begins anew.", "RFC 5321 §4.1.1.5"),
    word("STARTTLS", "Asks to go on above TLS; what was said before is forgotten.", "RFC 3207 §4"),
    word("TURN", "Swaps client and server; obsolete.", "RFC 821 §3.8"),
    word("VRFY", "Asks whether a mailbox exists.", "RFC 5321 §4.1.1.6"),
];

/// Parameters of MAIL and RCPT.
const PARAMETERS: &[GlossaryEntry] = &[
    word("AUTH", "Who submitted the message, as the client vouches.", "RFC 4954 §5"),
    word("BODY", "Whether the message has octets above 127, or no lines at all.", "RFC 6152 §3"),
    word("BY", "Until when the message has to be delivered.", "RFC 2852 §4"),
    word("ENVID", "An identifier that notes about delivery name.", "RFC 3461 §4.4"),
    word("HOLDFOR", "For so many seconds the message is to be held back.", "RFC 4865 §5"),
    word("MT-PRIORITY", "How urgent the message is.", "RFC 6710 §3"),
    word("NOTIFY", "When the sender wants a note about delivery.", "RFC 3461 §4.1"),
    word("ORCPT", "The recipient as the author wrote it.", "RFC 3461 §4.2"),
    word("REQUIRETLS", "The message may only go on above TLS.", "RFC 8689 §2"),
    word("RET", "Whether a note of failure has the whole message or its header only.", "RFC 3461 §4.3"),
    word("SIZE", "How many octets the message will have.", "RFC 1870 §6"),
    word("SMTPUTF8", "Addresses or header have letters beyond ASCII.", "RFC 6531 §3.4"),
];

/// Extensions.
const EXTENSIONS: &[GlossaryEntry] = &[
    word("8BITMIME", "The server takes messages with octets above 127.", "RFC 6152 §2"),
    word("AUTH", "The server lets clients log in by these mechanisms.", "RFC 4954 §3"),
    word("BINARYMIME", "The server takes messages that are not lines, in chunks.", "RFC 3030 §3"),
    word("BURL", "The server fetches parts of a message from an IMAP server.", "RFC 4468 §3"),
    word("CHUNKING", "The server takes messages in chunks (BDAT), without a dot at the end.", "RFC 3030 §2"),
    word("DELIVERBY", "The server takes a time until which a message has to be delivered.", "RFC 2852 §2"),
    word("DSN", "The server sends notes about delivery as the client asks.", "RFC 3461 §3"),
    word("ENHANCEDSTATUSCODES", "Replies have a second code that says more: 5.1.1.", "RFC 2034 §3"),
    word("ETRN", "The server sends on request what it holds for a host.", "RFC 1985 §4"),
    word("EXPN", "The server says who is behind a mailing list.", "RFC 5321 §3.5.1"),
    word("FUTURERELEASE", "The server holds messages back until a time the client names.", "RFC 4865 §4"),
    word("HELP", "The server knows HELP.", "RFC 5321 §4.1.1.8"),
    word("LIMITS", "How many recipients, messages and so on the server takes.", "RFC 9422 §3"),
    word("MT-PRIORITY", "The server delivers urgent messages first.", "RFC 6710 §3"),
    word("NO-SOLICITING", "Which kinds of unasked mail the server does not want.", "RFC 3865 §2"),
    word("PIPELINING", "Commands may be sent together, without waiting for each reply.", "RFC 2920 §3"),
    word("REQUIRETLS", "The server can see to it that a message goes on above TLS only.", "RFC 8689 §2"),
    word("SIZE", "How many octets a message may have at most.", "RFC 1870 §4"),
    word("SMTPUTF8", "The server takes addresses with letters beyond ASCII.", "RFC 6531 §3.1"),
    word("STARTTLS", "The session can go on above TLS.", "RFC 3207 §3"),
    word("VRFY", "The server says whether a mailbox exists.", "RFC 5321 §3.5.1"),
];

/// Replies. RFC 5321 §4.2.3, and those of extensions.
pub(super) const REPLIES: ReplyWords = ReplyWords { codes: CODES, categories: CATEGORIES, clause: "RFC 5321 §4.2.1" };

const CODES: &[(u16, &str, &str)] = &[
    (211, "System status, or help.", "RFC 5321 §4.2.3"),
    (214, "Help: for a person to read.", "RFC 5321 §4.2.3"),
    (220, "The server is ready.", "RFC 5321 §4.2.3"),
    (221, "The server closes the connection.", "RFC 5321 §4.2.3"),
    (235, "The client has logged in.", "RFC 4954 §6"),
    (250, "What the command asked for has been done.", "RFC 5321 §4.2.3"),
    (251, "The recipient is elsewhere; this server will pass the message on.", "RFC 5321 §3.4"),
    (252, "The server cannot tell whether the mailbox exists, but will take messages for it.", "RFC 5321 §3.5.3"),
    (334, "The server's challenge, in base64: the client has to answer it.", "RFC 4954 §4"),
    (354, "Send the message; end it with a dot alone on a line.", "RFC 5321 §4.2.3"),
    (421, "The server has to close the connection; try again later.", "RFC 5321 §4.2.3"),
    (432, "The user needs another password first.", "RFC 4954 §6"),
    (450, "The mailbox cannot be used now, as when it is busy.", "RFC 5321 §4.2.3"),
    (451, "The server failed at it this time.", "RFC 5321 §4.2.3"),
    (452, "The server has no room now.", "RFC 5321 §4.2.3"),
    (454, "TLS, or the check of a password, is not to be had now.", "RFC 3207 §4"),
    (455, "The server cannot do what the parameters ask now.", "RFC 5321 §4.2.3"),
    (500, "The server does not know the command.", "RFC 5321 §4.2.3"),
    (501, "The command's parameters are wrong.", "RFC 5321 §4.2.3"),
    (502, "The server does not have this command.", "RFC 5321 §4.2.3"),
    (503, "The command does not belong here: another one has to come before it.", "RFC 5321 §4.2.3"),
    (504, "The server does not have this parameter of the command.", "RFC 5321 §4.2.3"),
    (521, "This host takes no mail at all.", "RFC 7504 §3"),
    (523, "The message has too many recipients for this server.", "RFC 5321 §4.2.3"),
    (530, "Log in, or begin TLS, first.", "RFC 4954 §6"),
    (534, "The mechanism is too weak.", "RFC 4954 §6"),
    (535, "The user name or the password is wrong.", "RFC 4954 §6"),
    (538, "The mechanism may only be used above TLS.", "RFC 4954 §6"),
    (550, "It was refused: the mailbox does not exist, or the server has a rule against it.", "RFC 5321 §4.2.3"),
    (551, "The recipient is elsewhere; the client has to go there itself.", "RFC 5321 §3.4"),
    (552, "It is more than the mailbox may hold.", "RFC 5321 §4.2.3"),
    (553, "The mailbox's name cannot be right.", "RFC 5321 §4.2.3"),
    (554, "It failed; as a greeting: no mail is taken here.", "RFC 5321 §4.2.3"),
    (555, "The server does not know the parameters of MAIL or RCPT.", "RFC 5321 §4.1.1.11"),
    (556, "The recipient's domain takes no mail.", "RFC 7504 §4"),
];

const CATEGORIES: [(&str, &str); 10] = [
    ("syntax", "About how the command is written."),
    ("information", "Status or help."),
    ("connection", "About the connection."),
    ("unspecified", "No meaning is defined."),
    ("unspecified", "No meaning is defined."),
    ("mail system", "About the mail system and this message."),
    ("undefined", "No meaning is defined."),
    ("undefined", "No meaning is defined."),
    ("undefined", "No meaning is defined."),
    ("undefined", "No meaning is defined."),
];

/// What enhanced status codes are about. RFC 3463 §3.
const SUBJECTS: [(&str, &str); 8] = [
    ("other", "About nothing more exact."),
    ("address", "About the address of sender or recipient."),
    ("mailbox", "About the mailbox."),
    ("mail system", "About the mail system that it goes to."),
    ("network", "About the way there."),
    ("protocol", "About commands and replies."),
    ("content", "About the message's content."),
    ("security", "About rules, rights and checks."),
];

/// The details a student meets. RFC 3463 §3; IANA's registry.
const DETAILS: &[(&str, &str)] = &[
    ("0.0", "nothing more to say"),
    ("1.0", "something about the address"),
    ("1.1", "the recipient's mailbox does not exist"),
    ("1.2", "the recipient's domain does not exist"),
    ("1.3", "the recipient's address is not written correctly"),
    ("1.5", "the recipient's address is valid"),
    ("1.6", "the recipient has moved and left no address"),
    ("1.7", "the sender's address is not written correctly"),
    ("1.8", "the sender's domain does not exist"),
    ("1.10", "the recipient's domain takes no mail"),
    ("2.1", "the mailbox is disabled"),
    ("2.2", "the mailbox is full"),
    ("2.3", "the message is too long for this mailbox"),
    ("3.0", "something about the mail system"),
    ("3.1", "the mail system is full"),
    ("3.2", "the mail system takes no messages now"),
    ("3.4", "the message is too big for this system"),
    ("4.1", "the host does not answer"),
    ("4.2", "the connection failed"),
    ("4.4", "no route to the host is known"),
    ("4.6", "the message goes round in circles"),
    ("4.7", "the message could not be delivered in time"),
    ("5.0", "something about the protocol"),
    ("5.1", "the command does not belong here"),
    ("5.2", "the command is not written correctly"),
    ("5.3", "too many recipients"),
    ("5.4", "the command's arguments are wrong"),
    ("6.0", "something about the content"),
    ("6.3", "the content would have to be converted"),
    ("6.7", "the address has letters beyond ASCII"),
    ("7.0", "something about security"),
    ("7.1", "a rule refuses the message"),
    ("7.8", "user name or password is wrong"),
    ("7.9", "the mechanism is too weak"),
    ("7.11", "the mechanism needs encryption"),
    ("7.23", "SPF says that the host may not send for this domain"),
    ("7.26", "several checks of the sender failed"),
    ("8.0", "something about the account"),
];

pub(super) const COMMAND_WORD: GlossaryEntry =
    word("command", "What the client asks for, in one line.", "RFC 5321 §4.1");
pub(super) const VERB: GlossaryEntry = word("verb", "A command this program does not know.", "RFC 5321 §4.1.1");
pub(super) const REPLY: GlossaryEntry =
    word("reply", "The server's answer: a code for programs, text for people.", "RFC 5321 §4.2");
pub(super) const TEXT: GlossaryEntry = word("text", "For people: programs go by the code.", "RFC 5321 §4.2");
pub(super) const DOMAIN: GlossaryEntry =
    word("domain", "A host's or a domain's name, or an address in brackets.", "RFC 5321 §4.1.2");
pub(super) const PATH: GlossaryEntry = word("path", "A mailbox on the envelope.", "RFC 5321 §4.1.2");
pub(super) const ADDRESS: GlossaryEntry = word("mailbox", "Local part, @, domain.", "RFC 5321 §4.1.2");
pub(super) const LOCAL_PART: GlossaryEntry =
    word("local part", "Only the domain's own servers know what it means.", "RFC 5321 §2.3.11");
pub(super) const PARAMETER: GlossaryEntry = word("parameter", "A parameter of an extension.", "RFC 5321 §4.1.2");
pub(super) const ARGUMENT: GlossaryEntry = word("argument", "What the command is about.", "RFC 5321 §4.1.1");
pub(super) const EXTENSION: GlossaryEntry =
    word("extension", "An extension this program does not know.", "RFC 5321 §2.2");
pub(super) const ENHANCED: GlossaryEntry =
    word("enhanced status code", "What happened, more exactly than the reply code.", "RFC 3463 §2");
pub(super) const CHALLENGE: GlossaryEntry =
    word("challenge", "What the server wants answered, in base64.", "RFC 4954 §4");
pub(super) const RESPONSE: GlossaryEntry =
    word("response", "What the client answers, in base64, which hides nothing.", "RFC 4954 §4");
pub(super) const SIZE: GlossaryEntry =
    word("chunk size", "How many octets of the message follow the line.", "RFC 3030 §2");
pub(super) const CONTENT: GlossaryEntry = word("chunk", "A part of the message.", "RFC 3030 §2");
pub(super) const MESSAGE: GlossaryEntry = word(
    "message",
    "Header and body, as the author's program made them and servers on the way added to.",
    "RFC 5321 §2.3.1",
);
pub(super) const DOT: GlossaryEntry = word("end of the message", "A dot alone on its line.", "RFC 5321 §4.1.1.4");

#[cfg(test)]
mod words {
    use super::*;

    #[test]
    fn are_unique_and_replies_in_order() {
        for words in [COMMANDS, PARAMETERS, EXTENSIONS] {
            assert!(words.is_sorted_by(|a, b| a.name < b.name), "{words:?}");
        }
        assert!(CODES.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(command("ehlo").map(|word| word.clause), Some("RFC 5321 §4.1.1.1"));
        assert_eq!(detail("1.1"), Some("the recipient's mailbox does not exist"));
        assert_eq!(subject("7").0, "security");
        assert_eq!(subject("77").0, "unknown");
    }
}
