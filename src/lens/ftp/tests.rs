//! FTP's control connection.

use crate::lens::transcript::Transcript;

const SESSION: &str = "
    S: 220-Welcome
    S: 220 to the lab (FTP)
    C: USER anonymous
    S: 331 Guest login ok
    C: PASS guest@
    S: 230 Logged in
    C: PASV
    S: 227 Entering Passive Mode (10,0,0,9,195,80).
    C: RETR letter.txt
    S: 150 Opening data connection
    S: 226 Transfer complete
    C: PORT 10,0,0,2,192,5
    S: 200 PORT command successful
    C: SIZE letter.txt
    S: 213 1234
    C: MDTM letter.txt
    S: 213 20261121205500
    C: PWD
    S: 257 \"/pub\" is current directory
    C: QUIT
    S: 221 Goodbye";

#[test]
fn both_replies_of_a_transfer_answer_its_command() {
    let session = Transcript::of(21, SESSION);
    assert_eq!(session.protocols(), ["FTP"]);
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
        "4 Reply",
        "5 Command",
        "5 Reply",
        "6 Command",
        "6 Reply",
        "7 Command",
        "7 Reply",
        "8 Command",
        "8 Reply",
        "9 Command",
        "9 Reply",
    ];
    assert_eq!(session.messages(), expected);
    assert!(session.faults().is_empty(), "{:?}", session.faults());
    assert_eq!(session.lines()[11], "C: PORT 10,0,0,2,192,5  = 10.0.0.2, port 49157");
    let meaning = |line| session.reading.line(&session.flow, line).unwrap().meaning.unwrap();
    assert_eq!(meaning(9), "150 (begun): The file is there; the data connection is being opened. RFC 959 §4.2.2");
}

#[test]
fn what_replies_tell_is_read_in_the_light_of_their_commands() {
    let session = Transcript::of(21, SESSION);
    let deep =
        |number: usize| session.fields(number).into_iter().filter(|field| !field.contains("digit")).collect::<Vec<_>>();
    let expected = [
        "reply = 227 Entering Passive Mode (10,0,0,9,195,80).",
        "· reply code = 227 done",
        "· separator = space",
        "· text = Entering Passive Mode (10,0,0,9,195,80).",
        "· · host and port = 10.0.0.9, port 50000",
        "· · · address = 10.0.0.9",
        "· · · port = 195 × 256 + 80 = 50000",
    ];
    assert_eq!(deep(6), expected);
    assert_eq!(deep(13)[3], "· size = 1,234 octets");
    assert_eq!(deep(15)[4], "· · time = 2026-11-21 20:55:00 UTC");
    assert_eq!(deep(17)[4], "· · path = /pub");
    assert_eq!(session.fields(3), ["command = PASS guest@", "· command code = PASS", "· password = guest@"]);
}

#[test]
fn lines_within_a_reply_may_begin_with_anything() {
    let session = Transcript::of(
        21,
        "
        S: 220 ready (FTP)
        C: FEAT
        S: 211-Extensions supported:
        S:  MDTM
        S:  REST STREAM
        S: 200 looks like a reply
        S: 211 END
        C: TYPE I
        S: 200 Type set to I",
    );
    assert_eq!(session.messages(), ["0 Reply", "1 Command", "1 Reply", "2 Command", "2 Reply"]);
    let features: Vec<_> = session.fields(2).into_iter().filter(|field| field.contains("feature")).collect();
    assert_eq!(features, ["· feature = MDTM", "· feature = REST STREAM", "· feature = 200 looks like a reply"]);
    assert_eq!(session.fields(3)[2], "· argument = I: image");
}

#[test]
fn after_auth_tls_the_session_goes_on_above_tls() {
    let session = Transcript::of(
        21,
        "
        S: 220 ready
        C: AUTH TLS
        S: 234 Proceed with negotiation.
        T:
        C: PBSZ 0
        S: 200 PBSZ=0
        C: PROT P
        S: 200 Protection set to Private",
    );
    assert_eq!(session.protocols(), ["FTP", "FTP"]);
    assert_eq!(session.lines()[3], "C: TLS begins: what follows is sealed on the wire");
    assert_eq!(session.fields(7)[2], "· argument = P: private");
}

#[test]
fn what_is_wrong_is_said_where_it_stands() {
    let session = Transcript::of(
        21,
        r"
        S: 220 ready
        C: PORT 10,0,0,2,192
        S: hello
        C: EPRT |3|x|y|
        S: 500 no",
    );
    assert!(session.lines()[2].ends_with("! a reply begins with three digits and a space or a hyphen: RFC 959 §4.2"));
    let expected = [
        "six numbers from 0 to 255 are wanted: RFC 959 §4.1.2",
        "a reply begins with three digits: RFC 959 §4.2",
        "|protocol|address|port| is wanted: RFC 2428 §2",
    ];
    assert_eq!(session.faults(), expected);
}
