//! What the header fields of a mail message are for.

use crate::lens::glossary::{GlossaryEntry, find, word};

/// The field called `name`, case-insensitive.
pub(super) fn field(name: &str) -> Option<&'static GlossaryEntry> {
    find(FIELDS, name)
}

/// Header fields a student meets, by name.
const FIELDS: &[GlossaryEntry] = &[
    word("ARC-Authentication-Results", "What a server on the way found when it checked the sender.", "RFC 8617 §4.1.1"),
    word(
        "ARC-Message-Signature",
        "A signature over the message as a server on the way passed it on.",
        "RFC 8617 §4.1.2",
    ),
    word("ARC-Seal", "A signature over all earlier ARC fields.", "RFC 8617 §4.1.3"),
    word(
        "Authentication-Results",
        "What the receiving server found when it checked SPF, DKIM and DMARC.",
        "RFC 8601 §2",
    ),
    word("Auto-Submitted", "A program sent it, not a person: it must not be answered by a program.", "RFC 3834 §5"),
    word("Bcc", "Recipients whom the others are not to see; removed before it is sent.", "RFC 5322 §3.6.3"),
    word("Cc", "Who gets a copy.", "RFC 5322 §3.6.3"),
    word("Comments", "Remarks.", "RFC 5322 §3.6.5"),
    word("Content-Description", "What a part is, in words.", "RFC 2045 §8"),
    word(
        "Content-Disposition",
        "Whether to show a part in the text or as an attachment, and its file name.",
        "RFC 2183 §2",
    ),
    word("Content-ID", "A part's own identifier: other parts refer to it.", "RFC 2045 §7"),
    word("Content-Language", "The natural language of the intended reader.", "RFC 3282 §2"),
    word(
        "Content-Transfer-Encoding",
        "How octets were turned into lines of ASCII: 7bit, quoted-printable, base64.",
        "RFC 2045 §6",
    ),
    word("Content-Type", "The media type of the body: text, HTML, several parts.", "RFC 2045 §5"),
    word("Date", "When the author says it was finished.", "RFC 5322 §3.6.1"),
    word("Delivered-To", "Which mailbox a server put it into; not standard in all its uses.", "RFC 9228 §4"),
    word(
        "DKIM-Signature",
        "A signature of the sender's domain over header fields and body; its key is in the DNS.",
        "RFC 6376 §3.5",
    ),
    word("Disposition-Notification-To", "Asks for a note when it has been read.", "RFC 8098 §2.1"),
    word("Errors-To", "Where failures should go; not standard.", "RFC 2076 §3.4"),
    word("From", "Who wrote it, as the author says: nothing in SMTP checks it.", "RFC 5322 §3.6.2"),
    word("Importance", "How important the author finds it.", "RFC 4021 §2.1.50"),
    word("In-Reply-To", "The identifier of the message that this one answers.", "RFC 5322 §3.6.4"),
    word("Keywords", "Words to find it by.", "RFC 5322 §3.6.5"),
    word("List-Archive", "Where the mailing list's older messages are.", "RFC 2369 §3.6"),
    word("List-Help", "Where the mailing list explains itself.", "RFC 2369 §3.1"),
    word("List-Id", "Which mailing list it came over.", "RFC 2919 §2"),
    word("List-Post", "How to write to the mailing list.", "RFC 2369 §3.4"),
    word("List-Subscribe", "How to join the mailing list.", "RFC 2369 §3.3"),
    word("List-Unsubscribe", "How to leave the mailing list.", "RFC 2369 §3.2"),
    word("Message-ID", "The message's own identifier, unique in the world.", "RFC 5322 §3.6.4"),
    word("MIME-Version", "The body is to be read as MIME says.", "RFC 2045 §4"),
    word("Organization", "What the author belongs to.", "RFC 5536 §3.2.9"),
    word("Precedence", "bulk or list: programs should not answer; not standard.", "RFC 2076 §3.9"),
    word(
        "Received",
        "One server's note of when and from whom it took the message; each server on the way adds one on top.",
        "RFC 5321 §4.4",
    ),
    word(
        "Received-SPF",
        "What a server found when it checked whether the sending host may send for the domain.",
        "RFC 7208 §9.1",
    ),
    word("References", "Identifiers of the messages before it in the thread.", "RFC 5322 §3.6.4"),
    word("Reply-To", "Where answers should go, if not to From.", "RFC 5322 §3.6.2"),
    word("Resent-Date", "When it was sent on by a reader.", "RFC 5322 §3.6.6"),
    word("Resent-From", "Who sent it on.", "RFC 5322 §3.6.6"),
    word("Resent-To", "To whom it was sent on.", "RFC 5322 §3.6.6"),
    word(
        "Return-Path",
        "The envelope's sender, noted by the server that delivered it: failures go there.",
        "RFC 5321 §4.4",
    ),
    word("Sender", "Who sent it for the author.", "RFC 5322 §3.6.2"),
    word("Subject", "What it is about.", "RFC 5322 §3.6.5"),
    word("To", "Who it is for, as the author says: the envelope says who gets it.", "RFC 5322 §3.6.3"),
    word("User-Agent", "Which program wrote it.", "RFC 5536 §3.2.13"),
    word("X-Mailer", "Which program wrote it; not standard.", "RFC 2076 §3.4"),
    word("X-Priority", "How urgent the author finds it, from 1 to 5; not standard.", "RFC 4356 §2.1.3.3.1"),
    word("X-Spam-Status", "What a filter thinks of it; not standard.", "SpamAssassin"),
];

#[cfg(test)]
mod header_fields {
    use super::*;

    #[test]
    fn are_unique_and_found_whatever_their_case() {
        let mut names: Vec<_> = FIELDS.iter().map(|word| word.name.to_ascii_lowercase()).collect();
        names.sort();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        assert_eq!(field("message-id").map(|word| word.name), Some("Message-ID"));
    }
}
