//! What IMAP's commands, responses, codes, items, flags and capabilities are for: one sentence and the section that defines them.

use crate::lens::glossary::{GlossaryEntry, find, word};

/// The command `verb`, case-insensitive.
pub(super) fn command(verb: &str) -> Option<&'static GlossaryEntry> {
    find(COMMANDS, verb)
}

/// The response that is called so.
pub(super) fn response(name: &str) -> Option<&'static GlossaryEntry> {
    find(RESPONSES, name)
}

/// The code in brackets that is called so.
pub(super) fn code(name: &str) -> Option<&'static GlossaryEntry> {
    find(CODES, name)
}

/// The item of FETCH or STATUS that is called so.
pub(super) fn item(name: &str) -> Option<&'static GlossaryEntry> {
    find(ITEMS_KNOWN, name)
}

/// The flag that is called so, or the attribute of a mailbox.
pub(super) fn flag(name: &str) -> Option<&'static GlossaryEntry> {
    find(FLAGS_KNOWN, name)
}

/// The capability that is called so.
pub(super) fn capability(name: &str) -> Option<&'static GlossaryEntry> {
    find(CAPABILITIES, name)
}

const COMMANDS: &[GlossaryEntry] = &[
    word("APPEND", "Puts a message into a mailbox.", "RFC 9051 §6.3.12"),
    word("AUTHENTICATE", "Logs in by a mechanism.", "RFC 9051 §6.2.2"),
    word("CAPABILITY", "Asks what the server can do.", "RFC 9051 §6.1.1"),
    word("CHECK", "Asks the server to put the mailbox in order; obsolete.", "RFC 3501 §6.4.1"),
    word("CLOSE", "Leaves the mailbox, and removes messages marked as deleted.", "RFC 9051 §6.4.1"),
    word("COMPRESS", "Compresses what both sides say.", "RFC 4978 §3"),
    word("COPY", "Copies messages to another mailbox.", "RFC 9051 §6.4.7"),
    word("CREATE", "Makes a mailbox.", "RFC 9051 §6.3.4"),
    word("DELETE", "Removes a mailbox.", "RFC 9051 §6.3.5"),
    word("DONE", "Ends IDLE: the client wants to say something.", "RFC 9051 §6.3.13"),
    word("ENABLE", "Turns on something that the server can do.", "RFC 9051 §6.3.1"),
    word("EXAMINE", "Opens a mailbox to be read only.", "RFC 9051 §6.3.3"),
    word("EXPUNGE", "Removes messages marked as deleted.", "RFC 9051 §6.4.3"),
    word("FETCH", "Asks for messages, or for what is known of them.", "RFC 9051 §6.4.5"),
    word("GETACL", "Asks who may do what with a mailbox.", "RFC 4314 §3.3"),
    word("GETQUOTA", "Asks how much room there is.", "RFC 9208 §4.1.1"),
    word("GETQUOTAROOT", "Asks which limits a mailbox comes under.", "RFC 9208 §4.1.2"),
    word("ID", "Says which program the client is, and asks the same.", "RFC 2971 §3.1"),
    word("IDLE", "Waits: the server tells at once what changes.", "RFC 9051 §6.3.13"),
    word("LIST", "Asks which mailboxes there are.", "RFC 9051 §6.3.9"),
    word("LOGIN", "Logs in with name and password in the clear: whoever reads the octets has them.", "RFC 9051 §6.2.3"),
    word("LOGOUT", "Ends the session.", "RFC 9051 §6.1.3"),
    word("LSUB", "Asks which mailboxes are subscribed; obsolete.", "RFC 3501 §6.3.9"),
    word("MOVE", "Moves messages to another mailbox.", "RFC 9051 §6.4.8"),
    word("NAMESPACE", "Asks how names of mailboxes begin.", "RFC 9051 §6.3.10"),
    word("NOOP", "Does nothing; the server may tell what has changed.", "RFC 9051 §6.1.2"),
    word("RENAME", "Gives a mailbox another name.", "RFC 9051 §6.3.6"),
    word("SEARCH", "Asks which messages fit.", "RFC 9051 §6.4.4"),
    word("SELECT", "Opens a mailbox.", "RFC 9051 §6.3.2"),
    word("SORT", "Asks which messages fit, in an order.", "RFC 5256 §3"),
    word("STARTTLS", "Asks to go on above TLS.", "RFC 9051 §6.2.1"),
    word("STATUS", "Asks how a mailbox stands, without opening it.", "RFC 9051 §6.3.11"),
    word("STORE", "Sets flags of messages.", "RFC 9051 §6.4.6"),
    word("SUBSCRIBE", "Notes a mailbox as one to be shown.", "RFC 9051 §6.3.7"),
    word("THREAD", "Asks which messages belong together.", "RFC 5256 §3"),
    word("UID", "The command after it counts messages by identifiers that do not change.", "RFC 9051 §6.4.9"),
    word("UNSELECT", "Leaves the mailbox as it is.", "RFC 9051 §6.4.2"),
    word("UNSUBSCRIBE", "Takes the note of a mailbox away.", "RFC 9051 §6.3.8"),
];

const RESPONSES: &[GlossaryEntry] = &[
    word("BAD", "The command is not understood, or does not belong here.", "RFC 9051 §7.1.3"),
    word("BYE", "The server ends the session.", "RFC 9051 §7.1.5"),
    word("CAPABILITY", "What the server can do.", "RFC 9051 §7.2.2"),
    word("ENABLED", "What has been turned on.", "RFC 9051 §7.2.1"),
    word("ESEARCH", "Which messages fit, summed up.", "RFC 9051 §7.3.4"),
    word("EXISTS", "So many messages are in the mailbox.", "RFC 9051 §7.4.1"),
    word("EXPUNGE", "The message with this number is gone; those after it move up by one.", "RFC 9051 §7.5.1"),
    word("FETCH", "What is known of the message with this number.", "RFC 9051 §7.5.2"),
    word("FLAGS", "Which flags messages of this mailbox may have.", "RFC 9051 §7.3.5"),
    word("ID", "Which program the server is.", "RFC 2971 §3.2"),
    word("LIST", "A mailbox: its attributes, what separates names, its name.", "RFC 9051 §7.3.1"),
    word("LSUB", "A mailbox that is subscribed.", "RFC 3501 §7.2.3"),
    word("NAMESPACE", "How names of mailboxes begin.", "RFC 9051 §7.3.2"),
    word("NO", "The command could not be done.", "RFC 9051 §7.1.2"),
    word("OK", "The command has been done; untagged: for information.", "RFC 9051 §7.1.1"),
    word("PREAUTH", "As a greeting: the client has logged in already.", "RFC 9051 §7.1.4"),
    word("QUOTA", "How much room there is.", "RFC 9208 §4.2.1"),
    word("QUOTAROOT", "Which limits a mailbox comes under.", "RFC 9208 §4.2.2"),
    word("RECENT", "So many messages are new to this session.", "RFC 3501 §7.3.2"),
    word("SEARCH", "Numbers of the messages that fit.", "RFC 9051 §7.3.6"),
    word("SORT", "Numbers of the messages that fit, in order.", "RFC 5256 §4"),
    word("STATUS", "How a mailbox stands.", "RFC 9051 §7.3.3"),
    word("THREAD", "Messages that belong together.", "RFC 5256 §4"),
    word("VANISHED", "Messages with these identifiers are gone.", "RFC 7162 §3.2.10"),
];

const CODES: &[GlossaryEntry] = &[
    word("ALERT", "A person has to see the text.", "RFC 9051 §7.1"),
    word("ALREADYEXISTS", "There is a mailbox of this name.", "RFC 9051 §7.1"),
    word("APPENDUID", "The identifier that the appended message has got.", "RFC 9051 §7.1"),
    word("AUTHENTICATIONFAILED", "Name or password is wrong.", "RFC 9051 §7.1"),
    word("AUTHORIZATIONFAILED", "The user may not act for this one.", "RFC 9051 §7.1"),
    word("BADCHARSET", "The server does not know these characters.", "RFC 9051 §7.1"),
    word("CANNOT", "It can never be done.", "RFC 9051 §7.1"),
    word("CAPABILITY", "What the server can do.", "RFC 9051 §7.1"),
    word("CLOSED", "The mailbox before is closed; what follows is of the next one.", "RFC 9051 §7.1"),
    word("CONTACTADMIN", "The person has to ask the administrator.", "RFC 9051 §7.1"),
    word("COPYUID", "The identifiers that copied messages have got.", "RFC 9051 §7.1"),
    word("EXPIRED", "The password is too old.", "RFC 9051 §7.1"),
    word("HIGHESTMODSEQ", "The number of the last change in the mailbox.", "RFC 7162 §3.1.2"),
    word("INUSE", "Somebody else has the mailbox.", "RFC 9051 §7.1"),
    word("LIMIT", "It is more than the server allows.", "RFC 9051 §7.1"),
    word("NONEXISTENT", "There is no such mailbox.", "RFC 9051 §7.1"),
    word("NOPERM", "The user may not do this.", "RFC 9051 §7.1"),
    word("OVERQUOTA", "There is no room for it.", "RFC 9051 §7.1"),
    word("PERMANENTFLAGS", "Flags that stay after the session.", "RFC 9051 §7.1"),
    word("PRIVACYREQUIRED", "TLS has to begin first.", "RFC 9051 §7.1"),
    word("READ-ONLY", "The mailbox may only be read.", "RFC 9051 §7.1"),
    word("READ-WRITE", "The mailbox may be changed.", "RFC 9051 §7.1"),
    word("SERVERBUG", "The server has a fault.", "RFC 9051 §7.1"),
    word("TRYCREATE", "The mailbox does not exist; it can be made.", "RFC 9051 §7.1"),
    word("UIDNEXT", "The identifier that the next message will have.", "RFC 9051 §7.1"),
    word("UIDNOTSTICKY", "Identifiers do not stay the same here.", "RFC 9051 §7.1"),
    word("UIDVALIDITY", "As long as this number is the same, identifiers are.", "RFC 9051 §7.1"),
    word("UNAVAILABLE", "A part of the server does not work now.", "RFC 9051 §7.1"),
    word("UNKNOWN-CTE", "The server cannot decode this part.", "RFC 9051 §7.1"),
    word("UNSEEN", "The number of the first message that has not been read.", "RFC 3501 §7.1"),
];

const ITEMS_KNOWN: &[GlossaryEntry] = &[
    word("BINARY", "A part of the message, decoded.", "RFC 9051 §7.5.2"),
    word("BINARY.SIZE", "How many octets a part has when it is decoded.", "RFC 9051 §7.5.2"),
    word("BODY", "The message or a part of it; without brackets: how it is made up.", "RFC 9051 §7.5.2"),
    word("BODYSTRUCTURE", "How the message is made up of parts.", "RFC 9051 §7.5.2"),
    word("DELETED", "How many messages are marked as deleted.", "RFC 9051 §6.3.11"),
    word("ENVELOPE", "The most important header fields, taken apart.", "RFC 9051 §7.5.2"),
    word("FLAGS", "The message's flags.", "RFC 9051 §7.5.2"),
    word("HIGHESTMODSEQ", "The number of the last change in the mailbox.", "RFC 7162 §3.1.7"),
    word("INTERNALDATE", "When the message came into the mailbox.", "RFC 9051 §7.5.2"),
    word("MESSAGES", "How many messages there are.", "RFC 9051 §6.3.11"),
    word("MODSEQ", "The number of the message's last change.", "RFC 7162 §3.1.4.2"),
    word("RECENT", "How many messages are new to this session.", "RFC 3501 §6.3.10"),
    word("RFC822", "The whole message.", "RFC 3501 §7.4.2"),
    word("RFC822.HEADER", "The message's header.", "RFC 3501 §7.4.2"),
    word("RFC822.SIZE", "How many octets the message has.", "RFC 9051 §7.5.2"),
    word("RFC822.TEXT", "The message's body.", "RFC 3501 §7.4.2"),
    word("SIZE", "How many octets all messages have together.", "RFC 9051 §6.3.11"),
    word("UID", "The message's identifier, which does not change.", "RFC 9051 §7.5.2"),
    word("UIDNEXT", "The identifier that the next message will have.", "RFC 9051 §6.3.11"),
    word("UIDVALIDITY", "As long as this number is the same, identifiers are.", "RFC 9051 §6.3.11"),
    word("UNSEEN", "How many messages have not been read.", "RFC 9051 §6.3.11"),
];

const FLAGS_KNOWN: &[GlossaryEntry] = &[
    word("$Forwarded", "It has been sent on.", "RFC 9051 §2.3.2"),
    word("$Junk", "It is unwanted.", "RFC 9051 §2.3.2"),
    word("$MDNSent", "A note that it was read has been sent.", "RFC 9051 §2.3.2"),
    word("$NotJunk", "It is not unwanted.", "RFC 9051 §2.3.2"),
    word("$Phishing", "It may be a fraud.", "RFC 9051 §2.3.2"),
    word("\\*", "Further flags may be made up.", "RFC 9051 §7.1"),
    word("\\All", "All messages.", "RFC 6154 §2"),
    word("\\Answered", "It has been answered.", "RFC 9051 §2.3.2"),
    word("\\Archive", "Messages that are kept.", "RFC 6154 §2"),
    word("\\Deleted", "It will be removed at EXPUNGE.", "RFC 9051 §2.3.2"),
    word("\\Draft", "It is not finished.", "RFC 9051 §2.3.2"),
    word("\\Drafts", "Messages that are not finished.", "RFC 6154 §2"),
    word("\\Flagged", "Somebody marked it.", "RFC 9051 §2.3.2"),
    word("\\HasChildren", "There are mailboxes below it.", "RFC 9051 §7.3.1"),
    word("\\HasNoChildren", "There is no mailbox below it.", "RFC 9051 §7.3.1"),
    word("\\Junk", "Unwanted messages.", "RFC 6154 §2"),
    word("\\Marked", "There may be new messages in it.", "RFC 9051 §7.3.1"),
    word("\\Noinferiors", "No mailbox can be below it.", "RFC 9051 §7.3.1"),
    word("\\NonExistent", "The name stands for no mailbox.", "RFC 9051 §7.3.1"),
    word("\\Noselect", "It cannot be opened.", "RFC 9051 §7.3.1"),
    word("\\Recent", "It is new to this session.", "RFC 3501 §2.3.2"),
    word("\\Seen", "It has been read.", "RFC 9051 §2.3.2"),
    word("\\Sent", "Messages that were sent.", "RFC 6154 §2"),
    word("\\Subscribed", "It is to be shown.", "RFC 9051 §7.3.1"),
    word("\\Trash", "Messages that were thrown away.", "RFC 6154 §2"),
    word("\\Unmarked", "There are no new messages in it.", "RFC 9051 §7.3.1"),
];

const CAPABILITIES: &[GlossaryEntry] = &[
    word("ACL", "The server knows who may do what with a mailbox.", "RFC 4314"),
    word("APPENDLIMIT", "How many octets an appended message may have.", "RFC 7889 §2"),
    word("AUTH", "A mechanism to log in by.", "RFC 9051 §6.2.2"),
    word("BINARY", "The server decodes parts.", "RFC 3516 §1"),
    word("CHILDREN", "The server says whether mailboxes are below one.", "RFC 3348"),
    word("COMPRESS", "What both sides say can be compressed.", "RFC 4978 §1"),
    word("CONDSTORE", "Changes are numbered.", "RFC 7162 §3.1"),
    word("ENABLE", "The server knows ENABLE.", "RFC 5161 §1"),
    word("ESEARCH", "The server sums up what SEARCH finds.", "RFC 4731 §1"),
    word("ID", "The server says which program it is.", "RFC 2971 §3"),
    word("IDLE", "The server tells at once what changes.", "RFC 2177 §3"),
    word("IMAP4", "The server speaks IMAP4 of 1994.", "RFC 1730"),
    word("IMAP4rev1", "The server speaks IMAP as of 2003.", "RFC 3501 §6.1.1"),
    word("IMAP4rev2", "The server speaks IMAP as of 2021.", "RFC 9051 §6.1.1"),
    word("LIST-EXTENDED", "LIST can choose and tell more.", "RFC 5258"),
    word("LIST-STATUS", "LIST can tell how mailboxes stand.", "RFC 5819"),
    word("LITERAL+", "Literals need not wait for the server: {n+}.", "RFC 7888 §5"),
    word("LITERAL-", "Short literals need not wait for the server: {n+}.", "RFC 7888 §5"),
    word("LOGIN-REFERRALS", "The server may send the client to another one.", "RFC 2221"),
    word("LOGINDISABLED", "LOGIN is refused until TLS has begun.", "RFC 9051 §6.2.3"),
    word("MOVE", "The server knows MOVE.", "RFC 6851 §3"),
    word("MULTIAPPEND", "APPEND takes several messages.", "RFC 3502"),
    word("NAMESPACE", "The server knows NAMESPACE.", "RFC 2342"),
    word("QRESYNC", "A client learns quickly what has changed since it was here.", "RFC 7162 §3.2"),
    word("QUOTA", "The server tells how much room there is.", "RFC 9208 §3"),
    word("SASL-IR", "The first response may stand in AUTHENTICATE itself.", "RFC 4959 §3"),
    word("SORT", "The server knows SORT.", "RFC 5256 §3"),
    word("SPECIAL-USE", "The server says which mailbox is for sent messages, drafts and so on.", "RFC 6154 §2"),
    word("STARTTLS", "The session can go on above TLS.", "RFC 9051 §6.2.1"),
    word("THREAD", "The server knows THREAD.", "RFC 5256 §3"),
    word("UIDPLUS", "The server tells which identifiers messages get.", "RFC 4315 §2"),
    word("UNSELECT", "The server knows UNSELECT.", "RFC 3691"),
    word("UTF8", "Names and headers may be in UTF-8.", "RFC 9755 §3"),
    word("WITHIN", "SEARCH knows how old messages are.", "RFC 5032"),
];

/// The fields of an envelope, in order. RFC 9051 §7.5.2.
pub(super) const ENVELOPE: [GlossaryEntry; 10] = [
    word("date", "When the author says it was finished.", "RFC 9051 §7.5.2"),
    word("subject", "What it is about.", "RFC 9051 §7.5.2"),
    word("from", "Who wrote it, as the author says.", "RFC 9051 §7.5.2"),
    word("sender", "Who sent it for the author.", "RFC 9051 §7.5.2"),
    word("reply-to", "Where answers should go.", "RFC 9051 §7.5.2"),
    word("to", "Who it is for.", "RFC 9051 §7.5.2"),
    word("cc", "Who gets a copy.", "RFC 9051 §7.5.2"),
    word("bcc", "Recipients whom the others are not to see.", "RFC 9051 §7.5.2"),
    word("in-reply-to", "The identifier of the message that this one answers.", "RFC 9051 §7.5.2"),
    word("message-id", "The message's own identifier.", "RFC 9051 §7.5.2"),
];

pub(super) const COMMAND_WORD: GlossaryEntry = word("command", "What the client asks for.", "RFC 9051 §2.2.1");
pub(super) const RESPONSE_WORD: GlossaryEntry = word("response", "What the server tells.", "RFC 9051 §2.2.2");
pub(super) const VERB: GlossaryEntry = word("command", "A command this program does not know.", "RFC 9051 §6");
pub(super) const CAPABILITY: GlossaryEntry =
    word("capability", "A capability this program does not know.", "RFC 9051 §7.2.2");
pub(super) const TAG: GlossaryEntry =
    word("tag", "The client's name for a command; the response that completes it has the same.", "RFC 9051 §2.2.1");
pub(super) const UNTAGGED: GlossaryEntry = word("untagged", "The response completes no command.", "RFC 9051 §2.2.2");
pub(super) const CONTINUE: GlossaryEntry =
    word("go on", "The server waits for the rest of the command.", "RFC 9051 §7.6");
pub(super) const ANSWER: GlossaryEntry =
    word("answer", "What one side answers to the other, in base64, which hides nothing.", "RFC 9051 §6.2.2");
pub(super) const KEYWORD: GlossaryEntry = word("response", "A response this program does not know.", "RFC 9051 §7");
pub(super) const CODE: GlossaryEntry = word("response code", "A code this program does not know.", "RFC 9051 §7.1");
pub(super) const TEXT: GlossaryEntry = word("text", "For people.", "RFC 9051 §7.1");
pub(super) const NUMBER: GlossaryEntry = word("number", "Which message, or how many.", "RFC 9051 §2.3.1.2");
pub(super) const SEQUENCE: GlossaryEntry =
    word("sequence set", "Which messages, by number or identifier; * is the last one.", "RFC 9051 §9");
pub(super) const MAILBOX: GlossaryEntry =
    word("mailbox", "Which mailbox; INBOX is where new messages come in.", "RFC 9051 §5.1");
pub(super) const REFERENCE: GlossaryEntry = word("reference name", "Below which name is looked.", "RFC 9051 §6.3.9");
pub(super) const PATTERN: GlossaryEntry =
    word("pattern", "Which names; * stands for anything, % for anything within one level.", "RFC 9051 §6.3.9");
pub(super) const DELIMITER: GlossaryEntry =
    word("hierarchy delimiter", "What separates the levels of a name.", "RFC 9051 §5.1.1");
pub(super) const FLAGS: GlossaryEntry =
    word("flags", "What is noted of a message, or of a mailbox.", "RFC 9051 §2.3.2");
pub(super) const FLAG: GlossaryEntry = word("flag", "A word of the users' own.", "RFC 9051 §2.3.2");
pub(super) const ITEMS: GlossaryEntry = word("items", "What is wanted to be known.", "RFC 9051 §6.4.5");
pub(super) const ITEM: GlossaryEntry =
    word("item", "Something that is known of a message or a mailbox.", "RFC 9051 §6.4.5");
pub(super) const DATE: GlossaryEntry = word("date", "When the message is to be said to have come.", "RFC 9051 §6.3.12");
pub(super) const NAME: GlossaryEntry = word("user name", "Who logs in.", "RFC 9051 §6.2.3");
pub(super) const PASSWORD: GlossaryEntry = word("password", "The password, in the clear.", "RFC 9051 §6.2.3");
pub(super) const IDENTIFIER: GlossaryEntry =
    word("identification", "Names and values that say which program it is.", "RFC 2971 §3.3");
pub(super) const ADDRESS: GlossaryEntry = word("address", "A person's name and mailbox.", "RFC 9051 §7.5.2");
pub(super) const ARGUMENT: GlossaryEntry = word("argument", "What it is about.", "RFC 9051 §4");
pub(super) const LITERAL: GlossaryEntry =
    word("literal", "Octets behind their number: anything may be among them.", "RFC 9051 §4.3");
pub(super) const QUANTITY: GlossaryEntry = word(
    "literal length",
    "How many octets follow; with + the client does not wait to be asked for them.",
    "RFC 9051 §4.3",
);
pub(super) const MESSAGE: GlossaryEntry = word("message", "Header and body, or a part of them.", "RFC 9051 §7.5.2");

#[cfg(test)]
mod words {
    use super::*;

    #[test]
    fn are_unique_and_in_order() {
        for words in [COMMANDS, RESPONSES, CODES, ITEMS_KNOWN, FLAGS_KNOWN, CAPABILITIES] {
            assert!(
                words.is_sorted_by(|a, b| a.name < b.name),
                "{:?}",
                words.iter().map(|word| word.name).collect::<Vec<_>>()
            );
        }
        assert_eq!(command("select").map(|word| word.clause), Some("RFC 9051 §6.3.2"));
        assert_eq!(flag("\\seen").map(|word| word.name), Some("\\Seen"));
        assert_eq!(capability("imap4REV1").map(|word| word.name), Some("IMAP4rev1"));
    }
}
