//! IMAP sessions.

use crate::lens::transcript::Transcript;

/// RFC 9051 §8, shortened.
const SESSION: &str = "
    S: * OK [CAPABILITY STARTTLS AUTH=SCRAM-SHA-256 LOGINDISABLED IMAP4rev2] IMAP4rev2 Service Ready
    C: a000 login mrc secret
    S: a000 OK LOGIN completed
    C: a002 select inbox
    S: * 18 EXISTS
    S: * FLAGS (\\Answered \\Flagged \\Seen)
    S: * OK [UIDVALIDITY 3857529045] UIDs valid
    S: a002 OK [READ-WRITE] SELECT completed
    C: a003 fetch 12 full
    S: * 12 FETCH (FLAGS (\\Seen) RFC822.SIZE 4286 ENVELOPE (\"Wed, 17 Jul 1996 02:23:25 -0700\" \"IMAP4rev2 WG mtg\" ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) NIL NIL NIL NIL NIL NIL \"<B27397@cac.washington.edu>\"))
    S: a003 OK FETCH completed
    C: a004 fetch 12 body[header]
    S: * 12 FETCH (BODY[HEADER] {33}
    S: Subject: IMAP4rev2 WG
    S: To: me
    S:
    S: )
    S: a004 OK FETCH completed
    C: a005 store 12 +flags \\deleted
    S: * 12 FETCH (FLAGS (\\Seen \\Deleted))
    S: a005 OK +FLAGS completed
    C: a006 logout
    S: * BYE server terminating connection
    S: a006 OK LOGOUT completed";

#[test]
fn responses_belong_to_the_command_that_they_complete() {
    let session = Transcript::of(143, SESSION);
    assert_eq!(session.protocols(), ["IMAP"]);
    let expected = [
        "0 Response",
        "1 Command",
        "1 Response",
        "2 Command",
        "2 Response",
        "3 Command",
        "3 Response",
        "4 Command",
        "4 Response",
        "5 Command",
        "5 Response",
        "6 Command",
        "6 Response",
    ];
    assert_eq!(session.messages(), expected);
    assert!(session.faults().is_empty(), "{:?}", session.faults());
    let meaning = |line| session.reading.line(&session.flow, line).unwrap().meaning.unwrap_or_default();
    assert_eq!(meaning(4), "EXISTS: So many messages are in the mailbox. RFC 9051 §7.4.1");
    assert_eq!(meaning(13), "Subject: What it is about. RFC 5322 §3.6.5", "within the literal");
    assert_eq!(meaning(3), "SELECT: Opens a mailbox. RFC 9051 §6.3.2");
}

#[test]
fn commands_and_responses_are_taken_apart() {
    let session = Transcript::of(143, SESSION);
    let expected = [
        "command = a000 login mrc secret",
        "· tag = a000",
        "· command = login",
        "· user name = mrc",
        "· password = secret",
    ];
    assert_eq!(session.fields(1), expected);
    let expected = [
        "response = * 18 EXISTS",
        "· untagged = *",
        "· number = 18",
        "· response = EXISTS",
        "response = * FLAGS (\\Answered \\Flagged \\Seen)",
        "· untagged = *",
        "· response = FLAGS",
        "· flags = (\\Answered \\Flagged \\Seen)",
        "· · flag = \\Answered",
        "· · flag = \\Flagged",
        "· · flag = \\Seen",
        "response = * OK [UIDVALIDITY 3857529045] UIDs valid",
        "· untagged = *",
        "· response = OK",
        "· UIDVALIDITY = UIDVALIDITY 3857529045",
        "· · argument = 3857529045",
        "· text = UIDs valid",
    ];
    assert_eq!(session.fields(4)[..17], expected);
    let envelope = session.fields(6);
    assert!(envelope.contains(&"· · subject = IMAP4rev2 WG mtg".to_owned()), "{envelope:?}");
    assert!(envelope.contains(&"· · from = Terry Gray <gray@cac.washington.edu>".to_owned()), "{envelope:?}");
    assert!(envelope.contains(&"· RFC822.SIZE = 4286".to_owned()));
}

#[test]
fn octets_behind_their_number_are_a_part_of_the_response() {
    let session = Transcript::of(143, SESSION);
    let nodes = session.nodes(8);
    assert_eq!(nodes.len(), 2);
    let fields = session.fields(8);
    for field in [
        "· · · literal length = {33}",
        "· · · message = 33 octets",
        "· · · · Subject = IMAP4rev2 WG",
        "· · · · To = me",
    ] {
        assert!(fields.contains(&field.to_owned()), "{field} in {fields:?}");
    }
}

#[test]
fn a_literal_of_the_client_waits_to_be_asked_for_or_does_not() {
    let session = Transcript::of(
        143,
        "
        S: * OK ready
        C: A001 LOGIN {11}
        S: + Ready for additional command text
        C: FRED FOOBAR {7+}
        C: fat man
        S: A001 OK LOGIN completed
        C: A002 NOOP
        S: A002 OK done",
    );
    let expected = ["0 Response", "1 Command", "1 Response", "1 Response", "2 Command", "2 Response"];
    assert_eq!(session.messages(), expected);
    assert_eq!(
        session.fields(1)[3..],
        ["· user name = FRED FOOBAR", "· · literal length = {11}", "· password = fat man", "· · literal length = {7+}",]
    );
    let refused = Transcript::of(
        143,
        "S: * OK ready\nC: A1 APPEND x {999999}\nS: A1 NO [LIMIT] too large\nC: A2 NOOP\nS: A2 OK done",
    );
    assert_eq!(refused.messages(), ["0 Response", "1 Command", "1 Response", "2 Command", "2 Response"]);
}

#[test]
fn a_letter_that_is_put_into_a_mailbox_is_read() {
    let session = Transcript::of(
        143,
        "
        S: * OK ready
        C: A003 APPEND saved-messages (\\Seen) {15+}
        C: Subject: x
        C:
        C: hi\\
        C:
        S: A003 OK APPEND completed",
    );
    assert_eq!(session.messages(), ["0 Response", "1 Command", "1 Response"]);
    let fields = session.fields(1);
    assert!(fields.contains(&"· · · Subject = x".to_owned()), "{fields:?}");
    assert_eq!(session.lines()[2..4], ["C: Subject: x", "C: "]);
}

#[test]
fn while_the_client_waits_each_response_is_a_message() {
    let session = Transcript::of(
        143,
        "
        S: * OK ready
        C: A2 IDLE
        S: + idling
        S: * 2 EXPUNGE
        S: * 3 EXISTS
        C: DONE
        S: A2 OK IDLE terminated",
    );
    let expected = ["0 Response", "1 Command", "1 Response", "1 Response", "1 Response", "1 Answer", "1 Response"];
    assert_eq!(session.messages(), expected);
}

#[test]
fn what_is_said_to_log_in_is_decoded() {
    let session = Transcript::of(
        143,
        "
        S: * OK ready
        C: a AUTHENTICATE PLAIN
        S: +
        C: AGJvYgBodW5ncnk=
        S: a OK done",
    );
    assert_eq!(session.lines()[3], "C: AGJvYgBodW5ncnk=  = \\0bob\\0hungry");
    assert_eq!(session.messages(), ["0 Response", "1 Command", "1 Response", "1 Answer", "1 Response"]);
}

#[test]
fn after_starttls_the_session_goes_on_above_tls() {
    let session = Transcript::of(
        143,
        "
        S: * OK ready
        C: a1 STARTTLS
        S: a1 OK Begin TLS negotiation now
        T:
        C: a2 CAPABILITY
        S: * CAPABILITY IMAP4rev1
        S: a2 OK done",
    );
    assert_eq!(session.protocols(), ["IMAP", "IMAP"]);
    assert_eq!(
        session.messages(),
        ["0 Response", "1 Command", "1 Response", "- Sealed octets", "- Sealed octets", "1 Command", "1 Response",]
    );
}

#[test]
fn tags_that_nobody_gave_are_flagged() {
    let session = Transcript::of(143, "S: * OK ready\nC: a NOOP\nS: b OK done");
    assert!(session.lines()[2].ends_with("! no command has this tag: RFC 9051 §2.2.2"));
}
