//! SMTP sessions: which message is what, what fields they have, what the conversation shows.

use crate::{
    lens::{Track, transcript::Transcript},
    wire::Side,
};

/// RFC 5321 appendix D.1, with a login and a line that begins with a dot.
const LETTER: &str = "
    S: 220 hamburger.edu Simple Mail Transfer Service Ready
    C: EHLO crepes.fr
    S: 250-hamburger.edu greets crepes.fr
    S: 250-AUTH PLAIN LOGIN
    S: 250-SIZE 1000000
    S: 250 HELP
    C: AUTH PLAIN AGFsaWNlAGh1bmdyeQ==
    S: 235 2.7.0 Authentication successful
    C: MAIL FROM:<alice@crepes.fr> SIZE=120
    S: 250 OK
    C: RCPT TO:<nobody@hamburger.edu>
    S: 550 5.1.1 No such user here
    C: RCPT TO:<bob@hamburger.edu>
    S: 250 OK
    C: DATA
    S: 354 Start mail input; end with <CRLF>.<CRLF>
    C: From: alice@crepes.fr
    C: Subject: ketchup
    C:
    C: Do you like ketchup?
    C: ..and dots?
    C: .
    S: 250 OK
    C: QUIT
    S: 221 hamburger.edu Service closing transmission channel";

#[test]
fn every_message_of_a_session_has_its_name_and_its_exchange() {
    let session = Transcript::of(25, LETTER);
    assert_eq!(session.protocols(), ["SMTP"]);
    let expected = [
        "0 Reply",
        "1 Command",
        "1 Reply",
        "2 Command",
        "2 Reply",
        "3 Command",
        "3 Reply",
        "4 Command",
        "4 Reply",
        "5 Command",
        "5 Reply",
        "6 Command",
        "6 Reply",
        "7 Message",
        "7 Reply",
        "8 Command",
        "8 Reply",
    ];
    assert_eq!(session.messages(), expected);
    assert!(session.faults().is_empty(), "{:?}", session.faults());
    let lines = session.lines();
    assert_eq!(lines.len(), 25);
    assert_eq!(lines[6], "C: AUTH PLAIN AGFsaWNlAGh1bmdyeQ==  = \\0alice\\0hungry");
    assert_eq!(lines[20], "C: ..and dots?");
    let meaning = |line| session.reading.line(&session.flow, line).unwrap().meaning.unwrap();
    assert_eq!(
        meaning(11),
        "550 (no): It was refused: the mailbox does not exist, or the server has a rule against it. RFC 5321 §4.2.3"
    );
    assert_eq!(meaning(17), "Subject: What it is about. RFC 5322 §3.6.5");
    assert!(meaning(20).starts_with("The sender put a dot before a line"));
}

#[test]
fn commands_and_replies_have_fields_with_meanings() {
    let session = Transcript::of(25, LETTER);
    let expected = [
        "command = MAIL FROM:<alice@crepes.fr> SIZE=120",
        "· verb = MAIL FROM:",
        "· path = <alice@crepes.fr>",
        "· · mailbox = alice@crepes.fr",
        "· · · local part = alice",
        "· · · domain = crepes.fr",
        "· SIZE = 120",
    ];
    assert_eq!(session.fields(5), expected);
    let expected = [
        "reply = 550 5.1.1 No such user here",
        "· reply code = 550 no",
        "· · first digit = 5: no",
        "· · second digit = 5: mail system",
        "· · third digit = 0",
        "· separator = space",
        "· enhanced status code = 5.1.1 the recipient's mailbox does not exist",
        "· · class = 5",
        "· · subject = 1: address",
        "· · detail = 1",
        "· text = No such user here",
    ];
    assert_eq!(session.fields(8), expected);
    let offers: Vec<_> = session
        .fields(2)
        .into_iter()
        .filter(|field| {
            field.starts_with("· ")
                && !field.contains("code")
                && !field.contains("digit")
                && !field.contains("separator")
        })
        .collect();
    assert_eq!(
        offers,
        ["· text = hamburger.edu greets crepes.fr", "· AUTH = PLAIN LOGIN", "· SIZE = 1000000", "· HELP = "]
    );
    let login = session.nodes(3);
    let response = login[0].parts.iter().find(|part| part.name == "response").unwrap();
    let parts: Vec<_> = response.parts.iter().map(|part| (part.name.as_str(), part.value.as_str())).collect();
    assert_eq!(parts, [("authorization identity", ""), ("authentication identity", "alice"), ("password", "hungry")]);
}

#[test]
fn the_message_is_header_body_and_the_dot_that_ends_it() {
    let session = Transcript::of(25, LETTER);
    let expected = [
        "message = 78 octets",
        "· From = alice@crepes.fr",
        "· · name = From",
        "· · body = alice@crepes.fr",
        "· Subject = ketchup",
        "· · name = Subject",
        "· · body = ketchup",
        "· end of the header = ",
        "· body = 2 lines, 35 octets",
        "· · added dot = .",
        "end of the message = .",
    ];
    assert_eq!(session.fields(13), expected);
}

#[test]
fn pipelined_commands_are_told_apart_and_answered_in_order() {
    let session = Transcript::of(
        25,
        "
        S: 220 a ESMTP
        C: MAIL FROM:<a@a>\\
        C:
        C: RCPT TO:<b@b>
        C: DATA
        S: 250 ok
        S: 550 no
        S: 503 no recipients
        C: RSET",
    );
    assert_eq!(
        session.messages(),
        ["0 Reply", "1 Command", "2 Command", "3 Command", "1 Reply", "2 Reply", "3 Reply", "4 Command"]
    );
}

#[test]
fn lf_alone_ends_no_message() {
    let session = Transcript::of(
        25,
        r"
        S: 220 a ESMTP
        C: DATA
        S: 354 go
        C: Subject: smuggled\n\n.\nMAIL FROM:<admin@a>
        C: .
        S: 250 ok",
    );
    assert_eq!(session.messages(), ["0 Reply", "1 Command", "1 Reply", "2 Message", "2 Reply"]);
    let lines = session.lines();
    assert_eq!(lines[3], "C: Subject: smuggled ! the line ends with LF alone; RFC 5321 §2.3.8 wants CR LF");
    assert_eq!(lines[5], "C: . ! only CR LF . CR LF ends a message, not LF alone: RFC 5321 §4.1.1.4");
    assert_eq!(lines[6], "C: MAIL FROM:<admin@a>", "which a careless server takes for a command");
    assert!(session.faults().iter().any(|fault| fault.contains("with LF alone")), "{:?}", session.faults());
}

#[test]
fn what_is_said_to_log_in_is_decoded() {
    let session = Transcript::of(
        587,
        "
        S: 220 a ESMTP
        C: AUTH LOGIN
        S: 334 VXNlcm5hbWU6
        C: Ym9i
        S: 334 UGFzc3dvcmQ6
        C: *
        S: 501 5.7.0 Authentication aborted
        C: QUIT",
    );
    let expected = ["0 Reply", "1 Command", "1 Reply", "2 Response", "2 Reply", "3 Response", "3 Reply", "4 Command"];
    assert_eq!(session.messages(), expected);
    assert_eq!(
        session.lines()[2..5],
        ["S: 334 VXNlcm5hbWU6  = Username:", "C: Ym9i  = bob", "S: 334 UGFzc3dvcmQ6  = Password:"]
    );
    assert_eq!(session.fields(3), ["response = Ym9i", "· response = Ym9i = bob"]);
}

#[test]
fn after_starttls_the_session_goes_on_above_tls() {
    let session = Transcript::of(
        25,
        "
        S: 220 hamburger.edu ESMTP
        C: EHLO crepes.fr
        S: 250-hamburger.edu
        S: 250 STARTTLS
        C: STARTTLS
        S: 220 2.0.0 Ready to start TLS
        T:
        C: EHLO crepes.fr
        S: 250 hamburger.edu
        C: QUIT
        S: 221 bye",
    );
    assert_eq!(session.protocols(), ["SMTP", "SMTP"]);
    let expected = [
        "S: 220 hamburger.edu ESMTP",
        "C: EHLO crepes.fr",
        "S: 250-hamburger.edu",
        "S: 250 STARTTLS",
        "C: STARTTLS",
        "S: 220 2.0.0 Ready to start TLS",
        "C: TLS begins: what follows is sealed on the wire",
        "C: EHLO crepes.fr",
        "S: 250 hamburger.edu",
        "C: QUIT",
        "S: 221 bye",
    ];
    assert_eq!(session.lines(), expected);
    assert_eq!(session.length(Track::Sealed, Side::Client), 6);
    let expected = [
        "0 Reply",
        "1 Command",
        "1 Reply",
        "2 Command",
        "2 Reply",
        "- Sealed octets",
        "- Sealed octets",
        "1 Command",
        "1 Reply",
        "2 Command",
        "2 Reply",
    ];
    assert_eq!(session.messages(), expected);
}

#[test]
fn where_the_port_does_not_tell_the_greeting_or_the_first_command_does() {
    let protocols = |script: &str| Transcript::of(80, script).protocols();
    assert_eq!(protocols("S: 220 mail.lab ESMTP Postfix\nC: EHLO x"), ["SMTP"]);
    assert_eq!(protocols("S: 220 (vsFTPd 3.0.3)\nC: USER bob"), ["FTP"]);
    assert_eq!(protocols("S: 220 ready\nC: EHLO x"), ["SMTP"]);
    assert_eq!(protocols("S: 220 ready\nC: USER bob"), ["FTP"]);
    assert_eq!(protocols("S: 220 ready\nC: QUIT"), ["SMTP"], "both have QUIT");
    assert_eq!(protocols("S: 220 ready\nC: HOLA"), ["octets"]);
    assert_eq!(protocols("S: 220 ready"), ["octets"]);
    assert_eq!(protocols("C: EHLO x\nS: 220 ready"), ["HTTP/1.x"], "nobody greets so");
    assert_eq!(Transcript::of(25, "C: EHLO x\nS: 220 ready").protocols(), ["SMTP"], "where mail servers listen");
    assert_eq!(Transcript::of(21, "S: 220 ready").protocols(), ["FTP"]);
    assert_eq!(Transcript::of(25, "S: HTTP/1.1 400 Bad Request").protocols(), ["HTTP/1.x"]);
    let late = Transcript::of(80, "S: 220 ready\nC: EHLO x\nS: 250 ok");
    assert_eq!(late.messages(), ["0 Reply", "1 Command", "1 Reply"], "the greeting is known afterwards");
}

#[test]
fn chunks_of_a_message_follow_their_line() {
    let session = Transcript::of(
        25,
        "
        S: 220 a ESMTP
        C: BDAT 12 LAST
        C: Subject: x\\
        C: \\
        C: QUIT",
    );
    assert_eq!(session.messages()[..2], ["0 Reply", "1 Command"]);
    let session = Transcript::of(25, "S: 220 a ESMTP\nC: BDAT 7\nC: hello\nC: QUIT\nS: 250 ok\nS: 221 bye");
    assert_eq!(session.messages(), ["0 Reply", "1 Command", "2 Command", "1 Reply", "2 Reply"]);
    assert_eq!(session.fields(1), ["command = BDAT 7", "· verb = BDAT", "· chunk size = 7", "chunk = 7 octets"]);
}

#[test]
fn lines_that_are_too_long_and_replies_without_a_code_are_flagged() {
    let long = format!("S: 220 a ESMTP\nC: NOOP {}\nS: hello", "x".repeat(600));
    let lines = Transcript::of(25, &long).lines();
    assert!(lines[1].ends_with("! a command has at most 512 octets: RFC 5321 §4.5.3.1.4"), "{}", lines[1]);
    assert!(lines[2].contains("three digits"), "{}", lines[2]);
}
