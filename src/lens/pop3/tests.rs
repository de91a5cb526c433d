//! POP3 sessions.

use crate::lens::transcript::Transcript;

/// RFC 1939 §10, shortened, with a letter.
const SESSION: &str = "
    S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>
    C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
    S: +OK mrose's maildrop has 2 messages (320 octets)
    C: STAT
    S: +OK 2 320
    C: LIST
    S: +OK 2 messages (320 octets)
    S: 1 120
    S: 2 200
    S: .
    C: RETR 1
    S: +OK 120 octets
    S: Subject: ketchup
    S:
    S: ..dotted
    S: .
    C: DELE 7
    S: -ERR no such message
    C: QUIT
    S: +OK dewey POP3 server signing off";

#[test]
fn replies_end_where_their_commands_say() {
    let session = Transcript::of(110, SESSION);
    assert_eq!(session.protocols(), ["POP3"]);
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
    ];
    assert_eq!(session.messages(), expected);
    assert!(session.faults().is_empty(), "{:?}", session.faults());
    let meaning = |line| session.reading.line(&session.flow, line).unwrap().meaning.unwrap_or_default();
    assert_eq!(meaning(17), "-ERR (no): It did not go well; the text says why. RFC 1939 §3");
    assert_eq!(meaning(9), "A dot alone on its line ends the reply. RFC 1939 §3");
    assert_eq!(Transcript::of(80, SESSION).protocols(), ["POP3"], "told by its greeting");
}

#[test]
fn messages_have_fields_as_their_commands_say() {
    let session = Transcript::of(110, SESSION);
    let expected = [
        "reply = +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>",
        "· status = +OK",
        "· text = POP3 server ready <1896.697170952@dbc.mtview.ca.us>",
        "· · timestamp = <1896.697170952@dbc.mtview.ca.us>",
    ];
    assert_eq!(session.fields(0), expected);
    let expected = [
        "command = APOP mrose c4c9334bac560ecc979e58001b3e22fb",
        "· keyword = APOP",
        "· name = mrose",
        "· digest = c4c9334bac560ecc979e58001b3e22fb",
    ];
    assert_eq!(session.fields(1), expected);
    assert_eq!(session.fields(4), ["reply = +OK 2 320", "· status = +OK", "· messages = 2", "· octets = 320"]);
    let expected = [
        "reply = +OK 2 messages (320 octets)",
        "· status = +OK",
        "· text = 2 messages (320 octets)",
        "line = 1 120",
        "· message number = 1",
        "· octets = 120",
        "line = 2 200",
        "· message number = 2",
        "· octets = 200",
        "end of the reply = .",
    ];
    assert_eq!(session.fields(6), expected);
    let letter = session.fields(8);
    assert_eq!(letter[3..5], ["message = 30 octets", "· Subject = ketchup"]);
    assert_eq!(letter.last().map(String::as_str), Some("end of the reply = ."));
}

#[test]
fn capabilities_and_codes_are_explained() {
    let session = Transcript::of(
        110,
        "
        S: +OK ready
        C: CAPA
        S: +OK
        S: SASL PLAIN CRAM-MD5
        S: STLS
        S: .
        C: USER mrose
        S: +OK
        C: PASS hungry dog
        S: -ERR [IN-USE] Do you have another POP session running?",
    );
    let expected =
        ["line = SASL PLAIN CRAM-MD5", "· SASL = PLAIN CRAM-MD5", "line = STLS", "· STLS = ", "end of the reply = ."];
    assert_eq!(session.fields(2)[2..], expected);
    assert_eq!(session.fields(5)[2], "· password = hungry dog");
    let expected = ["· status = -ERR", "· response code = IN-USE", "· text = Do you have another POP session running?"];
    assert_eq!(session.fields(6)[1..], expected);
}

#[test]
fn a_challenge_is_answered() {
    let session = Transcript::of(
        110,
        "
        S: +OK ready
        C: AUTH PLAIN
        S: +
        C: AHRlc3QAdGVzdA==
        S: +OK Maildrop locked and ready
        C: AUTH
        S: +OK
        S: PLAIN
        S: .",
    );
    let expected = ["0 Reply", "1 Command", "1 Reply", "2 Response", "2 Reply", "3 Command", "3 Reply"];
    assert_eq!(session.messages(), expected);
    assert_eq!(session.lines()[3], "C: AHRlc3QAdGVzdA==  = \\0test\\0test");
    assert_eq!(session.fields(6)[2..], ["line = PLAIN", "· mechanism = PLAIN", "end of the reply = ."]);
}

#[test]
fn after_stls_the_session_goes_on_above_tls() {
    let session = Transcript::of(
        110,
        "
        S: +OK ready
        C: STLS
        S: +OK Begin TLS negotiation
        T:
        C: USER bob
        S: +OK",
    );
    assert_eq!(session.protocols(), ["POP3", "POP3"]);
    assert_eq!(session.lines()[3..], ["C: TLS begins: what follows is sealed on the wire", "C: USER bob", "S: +OK"]);
}

#[test]
fn replies_that_are_none_are_flagged() {
    let session = Transcript::of(110, "S: +OK\nC: NOOP\nS: 250 ok");
    assert!(session.lines()[2].ends_with("! a reply begins with +OK or -ERR: RFC 1939 §3"));
    let session = Transcript::of(110, r"S: +OK\n\");
    assert!(session.lines()[0].ends_with("! the line ends with LF alone; RFC 1939 §3 wants CR LF"));
}
