//! What FTP's commands, replies and features are for: one sentence and the section that defines them.

use crate::lens::{
    glossary::{GlossaryEntry, find, word},
    lines::ReplyWords,
};

/// The command `verb`, case-insensitive.
pub(super) fn command(verb: &str) -> Option<&'static GlossaryEntry> {
    find(COMMANDS, verb)
}

/// What a server says by `name` in its answer to FEAT: mostly the name of a command.
pub(super) fn feature(name: &str) -> Option<&'static GlossaryEntry> {
    find(FEATURES, name).or_else(|| command(name))
}

/// What a letter means as the argument of TYPE, MODE, STRU or PROT.
pub(super) fn code(verb: &str, letter: &str) -> Option<&'static GlossaryEntry> {
    let own =
        |(command, known, _): &&(&str, &str, GlossaryEntry)| *command == verb && known.eq_ignore_ascii_case(letter);
    CODES_OF.iter().find(own).map(|(.., word)| word)
}

const COMMANDS: &[GlossaryEntry] = &[
    word("ABOR", "Breaks off the transfer that is under way.", "RFC 959 §4.1.3"),
    word("ACCT", "The account to charge.", "RFC 959 §4.1.1"),
    word("ALLO", "How much room the file will need.", "RFC 959 §4.1.3"),
    word("APPE", "Sends a file, to be added to the end of one that is there.", "RFC 959 §4.1.3"),
    word("AUTH", "Asks to go on above TLS.", "RFC 4217 §4"),
    word("CCC", "Goes back to commands in the clear.", "RFC 4217 §6"),
    word("CDUP", "Goes up one directory.", "RFC 959 §4.1.1"),
    word("CLNT", "Which program the client is; not standard.", ""),
    word("CWD", "Goes to another directory.", "RFC 959 §4.1.1"),
    word("DELE", "Deletes a file.", "RFC 959 §4.1.3"),
    word("EPRT", "Active mode: the client listens here for the data connection; for IPv6 too.", "RFC 2428 §2"),
    word("EPSV", "Passive mode: asks the server to listen for the data connection; for IPv6 too.", "RFC 2428 §3"),
    word("FEAT", "Asks what the server can do beyond the basics.", "RFC 2389 §3"),
    word("HELP", "Asks for help.", "RFC 959 §4.1.3"),
    word("HOST", "Which of this server's names is meant.", "RFC 7151 §3"),
    word("LANG", "Asks for the server's texts in another language.", "RFC 2640 §4"),
    word("LIST", "Asks for a directory's listing over the data connection, for people to read.", "RFC 959 §4.1.3"),
    word("MDTM", "Asks when a file was last changed.", "RFC 3659 §3"),
    word("MFMT", "Sets when a file was last changed.", "draft-somers-ftp-mfxx"),
    word("MKD", "Makes a directory.", "RFC 959 §4.1.3"),
    word("MLSD", "Asks for a directory's listing over the data connection, for programs to read.", "RFC 3659 §7"),
    word("MLST", "Asks for what is known of a file, over the control connection.", "RFC 3659 §7"),
    word("MODE", "How the octets of a file are sent: as a stream, in blocks, compressed.", "RFC 959 §4.1.2"),
    word("NLST", "Asks for the names in a directory over the data connection.", "RFC 959 §4.1.3"),
    word("NOOP", "Does nothing; the server says 200.", "RFC 959 §4.1.3"),
    word("OPTS", "Sets an option of another command.", "RFC 2389 §4"),
    word("PASS", "The password, in the clear: whoever reads the octets has it.", "RFC 959 §4.1.1"),
    word("PASV", "Passive mode: asks the server to listen for the data connection.", "RFC 959 §4.1.2"),
    word("PBSZ", "Size of protected blocks: always 0 above TLS.", "RFC 4217 §8"),
    word("PORT", "Active mode: the client listens here for the data connection.", "RFC 959 §4.1.2"),
    word("PROT", "Whether data connections are protected as well.", "RFC 4217 §9"),
    word("PWD", "Asks which directory this is.", "RFC 959 §4.1.3"),
    word("QUIT", "Ends the session.", "RFC 959 §4.1.1"),
    word("REIN", "Logs out without ending the session.", "RFC 959 §4.1.1"),
    word("REST", "The next transfer begins so many octets into the file.", "RFC 3659 §5"),
    word("RETR", "Asks for a file over the data connection.", "RFC 959 §4.1.3"),
    word("RMD", "Removes a directory.", "RFC 959 §4.1.3"),
    word("RNFR", "Which file is to be renamed.", "RFC 959 §4.1.3"),
    word("RNTO", "What it is to be called.", "RFC 959 §4.1.3"),
    word("SITE", "A command of this server's own.", "RFC 959 §4.1.3"),
    word("SIZE", "Asks how many octets a file has as it would be sent.", "RFC 3659 §4"),
    word("SMNT", "Mounts another file system.", "RFC 959 §4.1.1"),
    word("STAT", "Asks how the transfer stands, or what the server knows of a file.", "RFC 959 §4.1.3"),
    word("STOR", "Sends a file over the data connection.", "RFC 959 §4.1.3"),
    word("STOU", "Sends a file, to be kept under a name that is not taken.", "RFC 959 §4.1.3"),
    word("STRU", "How the file is made up: of octets, records or pages.", "RFC 959 §4.1.2"),
    word("SYST", "Asks what system the server is.", "RFC 959 §4.1.3"),
    word("TYPE", "How octets are to be understood: as text or as they are.", "RFC 959 §4.1.2"),
    word("USER", "The user's name; anonymous for everyone.", "RFC 959 §4.1.1"),
    word("XCUP", "CDUP as it was called before.", "RFC 775"),
    word("XCWD", "CWD as it was called before.", "RFC 775"),
    word("XMKD", "MKD as it was called before.", "RFC 775"),
    word("XPWD", "PWD as it was called before.", "RFC 775"),
    word("XRMD", "RMD as it was called before.", "RFC 775"),
];

/// Features that are not called as a command is.
const FEATURES: &[GlossaryEntry] = &[
    word("TVFS", "Paths are written with slashes.", "RFC 3659 §6"),
    word("UTF8", "Names of files are in UTF-8.", "RFC 2640 §2"),
];

/// Letters that TYPE, MODE, STRU and PROT take.
const CODES_OF: &[(&str, &str, GlossaryEntry)] = &[
    ("AUTH", "SSL", word("TLS", "As TLS was called before.", "RFC 4217 §17")),
    ("AUTH", "TLS", word("TLS", "Commands and replies go on above TLS.", "RFC 4217 §4")),
    ("AUTH", "TLS-C", word("TLS", "The same as TLS.", "RFC 4217 §17")),
    ("MODE", "B", word("block", "In blocks with headers.", "RFC 959 §3.4.2")),
    ("MODE", "C", word("compressed", "With runs of octets shortened.", "RFC 959 §3.4.3")),
    (
        "MODE",
        "S",
        word("stream", "One after the other; the end of the connection is the end of the file.", "RFC 959 §3.4.1"),
    ),
    ("PROT", "C", word("clear", "Data connections are in the clear.", "RFC 4217 §9")),
    ("PROT", "P", word("private", "Data connections are above TLS.", "RFC 4217 §9")),
    ("STRU", "F", word("file", "A file is nothing but octets.", "RFC 959 §3.1.2.1")),
    ("STRU", "P", word("page", "A file is made of pages.", "RFC 959 §3.1.2.3")),
    ("STRU", "R", word("record", "A file is made of records.", "RFC 959 §3.1.2.2")),
    ("TYPE", "A", word("ASCII", "Text: lines end with CR LF on the way.", "RFC 959 §3.1.1.1")),
    ("TYPE", "E", word("EBCDIC", "Text of IBM's mainframes.", "RFC 959 §3.1.1.2")),
    ("TYPE", "I", word("image", "Octets as they are.", "RFC 959 §3.1.1.3")),
    ("TYPE", "L", word("local", "Bytes of another size.", "RFC 959 §3.1.1.4")),
];

/// Replies. RFC 959 §4.2.2, and those of extensions.
pub(super) const REPLIES: ReplyWords = ReplyWords { codes: CODES, categories: CATEGORIES, clause: "RFC 959 §4.2" };

const CODES: &[(u16, &str, &str)] = &[
    (110, "A marker of where the transfer is.", "RFC 959 §4.2.2"),
    (120, "The server will be ready in so many minutes.", "RFC 959 §4.2.2"),
    (125, "The data connection is open already; the transfer begins.", "RFC 959 §4.2.2"),
    (150, "The file is there; the data connection is being opened.", "RFC 959 §4.2.2"),
    (200, "What the command asked for has been done.", "RFC 959 §4.2.2"),
    (202, "The command is not needed here.", "RFC 959 §4.2.2"),
    (211, "System status, or what the server can do.", "RFC 959 §4.2.2"),
    (212, "How a directory stands.", "RFC 959 §4.2.2"),
    (213, "How a file stands: its size, or when it was changed.", "RFC 959 §4.2.2"),
    (214, "Help: for a person to read.", "RFC 959 §4.2.2"),
    (215, "What system the server is.", "RFC 959 §4.2.2"),
    (220, "The server is ready.", "RFC 959 §4.2.2"),
    (221, "The server closes the control connection.", "RFC 959 §4.2.2"),
    (225, "The data connection is open; nothing is being transferred.", "RFC 959 §4.2.2"),
    (226, "The transfer is complete; the data connection closes.", "RFC 959 §4.2.2"),
    (227, "The server listens here for the data connection: four numbers of address, two of port.", "RFC 959 §4.2.2"),
    (229, "The server listens at this port for the data connection.", "RFC 2428 §3"),
    (230, "The user has logged in.", "RFC 959 §4.2.2"),
    (232, "The user has logged in by a certificate.", "RFC 2228 §5.1"),
    (234, "TLS begins now.", "RFC 4217 §4"),
    (250, "What the command asked of a file has been done.", "RFC 959 §4.2.2"),
    (257, "The path of a directory, in quotation marks.", "RFC 959 §4.2.2"),
    (331, "The user's name is all right; the password is wanted.", "RFC 959 §4.2.2"),
    (332, "An account is wanted to log in.", "RFC 959 §4.2.2"),
    (334, "The server wants to be told more for security's sake.", "RFC 2228 §5.1"),
    (350, "The first half is done; the second command is wanted.", "RFC 959 §4.2.2"),
    (421, "The server has to close the control connection.", "RFC 959 §4.2.2"),
    (425, "The data connection cannot be opened.", "RFC 959 §4.2.2"),
    (426, "The data connection broke; the transfer was broken off.", "RFC 959 §4.2.2"),
    (430, "The user name or the password is wrong; not standard.", "RFC 4217 §4"),
    (431, "Something that security needs is not to be had now.", "RFC 2228 §5.1"),
    (450, "The file cannot be used now, as when it is busy.", "RFC 959 §4.2.2"),
    (451, "The server failed at it this time.", "RFC 959 §4.2.2"),
    (452, "The server has no room now.", "RFC 959 §4.2.2"),
    (500, "The server does not know the command.", "RFC 959 §4.2.2"),
    (501, "The command's arguments are wrong.", "RFC 959 §4.2.2"),
    (502, "The server does not have this command.", "RFC 959 §4.2.2"),
    (503, "The command does not belong here: another one has to come before it.", "RFC 959 §4.2.2"),
    (504, "The server does not have this argument of the command.", "RFC 959 §4.2.2"),
    (522, "The server does not know this network protocol.", "RFC 2428 §2"),
    (530, "Nobody has logged in.", "RFC 959 §4.2.2"),
    (532, "An account is wanted to keep files.", "RFC 959 §4.2.2"),
    (533, "A rule forbids the command as it is protected.", "RFC 2228 §5.1"),
    (534, "A rule refuses this protection.", "RFC 2228 §5.1"),
    (535, "The check of what the client said for security's sake failed.", "RFC 2228 §5.1"),
    (536, "The server does not have this level of protection.", "RFC 2228 §5.1"),
    (550, "The file cannot be used: it does not exist, or the user may not.", "RFC 959 §4.2.2"),
    (551, "The server does not know this type of page.", "RFC 959 §4.2.2"),
    (552, "It is more than the user may keep.", "RFC 959 §4.2.2"),
    (553, "The file may not have this name.", "RFC 959 §4.2.2"),
];

const CATEGORIES: [(&str, &str); 10] = [
    ("syntax", "About how the command is written."),
    ("information", "Status or help."),
    ("connections", "About the control connection and the data connections."),
    ("authentication", "About logging in and accounts."),
    ("unspecified", "No meaning is defined."),
    ("file system", "About the server's files."),
    ("undefined", "No meaning is defined."),
    ("undefined", "No meaning is defined."),
    ("undefined", "No meaning is defined."),
    ("undefined", "No meaning is defined."),
];

pub(super) const COMMAND_WORD: GlossaryEntry =
    word("command", "What the client asks for, in one line.", "RFC 959 §4.1");
pub(super) const UNKNOWN: GlossaryEntry =
    word("command code", "A command this program does not know.", "RFC 959 §5.3.1");
pub(super) const REPLY: GlossaryEntry =
    word("reply", "The server's answer: a code for programs, text for people.", "RFC 959 §4.2");
pub(super) const TEXT: GlossaryEntry = word("text", "For people: programs go by the code.", "RFC 959 §4.2");
pub(super) const ARGUMENT: GlossaryEntry = word("argument", "What the command is about.", "RFC 959 §5.3.2");
pub(super) const USER: GlossaryEntry = word("user name", "Who logs in.", "RFC 959 §4.1.1");
pub(super) const PASSWORD: GlossaryEntry = word("password", "The password, in the clear.", "RFC 959 §4.1.1");
pub(super) const PATH: GlossaryEntry = word("path", "Which file or directory.", "RFC 959 §5.3.2");
pub(super) const HOST: GlossaryEntry = word("address", "The host to connect to.", "RFC 959 §4.1.2");
pub(super) const PORT: GlossaryEntry = word("port", "The port to connect to.", "RFC 959 §4.1.2");
pub(super) const SIZE: GlossaryEntry = word("size", "How many octets.", "RFC 3659 §4");
pub(super) const TIME: GlossaryEntry = word("time", "When the file was last changed.", "RFC 3659 §2.3");
pub(super) const FEATURE: GlossaryEntry = word("feature", "A feature this program does not know.", "RFC 2389 §3.2");

#[cfg(test)]
mod words {
    use super::*;

    #[test]
    fn are_unique_and_in_order() {
        assert!(COMMANDS.is_sorted_by(|a, b| a.name < b.name));
        assert!(CODES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(CODES_OF.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)));
        assert_eq!(command("retr").map(|word| word.clause), Some("RFC 959 §4.1.3"));
        assert_eq!(code("TYPE", "i").map(|word| word.name), Some("image"));
        assert_eq!(feature("MDTM").map(|word| word.name), Some("MDTM"));
    }
}
