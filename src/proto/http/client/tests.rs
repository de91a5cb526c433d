//! What a client does, step by step. More of it stands in the dialogues.

use bytes::Bytes;

use super::*;
use crate::{proto::http::limits::CONTINUE_PATIENCE, wire::Blame};

fn get(target: &str) -> Request {
    let mut fields = Fields::default();
    fields.push("Host", "gaia.cs.umass.edu");
    Request {
        method: "GET".to_owned(),
        target: target.to_owned(),
        version: Version::Http11,
        fields,
        content: Bytes::new(),
        raw: None,
    }
}

/// Everything a session does until it needs input or ends, contents of one response joined.
fn run(session: &mut ClientSession) -> (Vec<Step<ClientEvent>>, Option<ClientError>) {
    let mut steps: Vec<Step<ClientEvent>> = Vec::new();
    loop {
        match session.step(Duration::ZERO) {
            Ok(Step::NeedInput) => return (steps, None),
            Ok(Step::Done) => {
                steps.push(Step::Done);
                return (steps, None);
            }
            Ok(step) => steps.push(step),
            Err(error) => return (steps, Some(error)),
        }
    }
}

fn answered(method: &str, response: &[u8]) -> (Vec<Step<ClientEvent>>, Option<ClientError>) {
    let mut session = ClientSession::new();
    session.request(Request { method: method.to_owned(), ..get("/") });
    run(&mut session);
    session.receive(response);
    session.receive_end();
    run(&mut session)
}

fn content(steps: &[Step<ClientEvent>]) -> Vec<u8> {
    let pieces = steps.iter().filter_map(|step| match step {
        Step::Event(ClientEvent::Content { bytes, .. }) => Some(bytes.to_vec()),
        _ => None,
    });
    pieces.flatten().collect()
}

#[test]
fn a_request_leaves_exactly_as_written() {
    let mut session = ClientSession::new();
    let index = session.request(get("/kurose_ross/interactive/index.php"));
    let expected: &[u8] = b"GET /kurose_ross/interactive/index.php HTTP/1.1\r\nHost: gaia.cs.umass.edu\r\n\r\n";
    let (steps, _) = run(&mut session);
    let sent = Outgoing { bytes: Bytes::from_static(expected), secret: None };
    let octets = expected.len() as u64;
    assert_eq!(steps, [Step::Send(sent), Step::Event(ClientEvent::Sent { request: index, octets })]);
}

#[test]
fn pipelined_requests_leave_in_one_write_and_are_answered_in_order() {
    let mut session = ClientSession::new();
    let (first, second) = (session.request(get("/1")), session.request(get("/2")));
    let (steps, _) = run(&mut session);
    assert!(matches!(&steps[..], [Step::Send(_), Step::Event(_), Step::Event(_)]), "{steps:?}");
    session
        .receive(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    let (steps, failed) = run(&mut session);
    assert_eq!(failed, None);
    let heads: Vec<_> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Event(ClientEvent::Head { request, head, .. }) => Some((*request, head.status)),
            _ => None,
        })
        .collect();
    assert_eq!(heads, [(first, 200), (second, 404)]);
    assert_eq!(session.outstanding(), 0);
}

#[test]
fn chunks_are_joined_and_trailers_kept() {
    let response =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nDigest: x\r\n\r\n";
    let (steps, failed) = answered("GET", response);
    assert_eq!((failed, content(&steps)), (None, b"hello world".to_vec()));
    let Some(Step::Event(ClientEvent::Complete { octets, trailers, reusable, .. })) = steps.iter().nth_back(1) else {
        panic!("{steps:?}")
    };
    assert_eq!((*octets, trailers.text("digest"), *reusable), (response.len() as u64, Some("x"), Ok(())));
}

#[test]
fn a_head_response_has_no_content_whatever_it_announces() {
    let (steps, failed) = answered("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
    assert!(failed.is_none() && content(&steps).is_empty());
}

#[test]
fn an_early_close_names_the_missing_octets_and_blames_the_network() {
    let (_, failed) = answered("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nonly");
    let failure = failed.unwrap().failure();
    assert_eq!(failure.summary, "the connection closed 6 octets before the end of the content, after 4 of 10");
    assert_eq!(failure.blame, Blame::Network);
}

#[test]
fn only_what_is_safe_may_be_tried_again() {
    let mut session = ClientSession::new();
    session.request(get("/1"));
    session.request(Request { method: "POST".to_owned(), ..get("/2") });
    session.request(get("/3"));
    run(&mut session);
    let never_left = session.request(Request { method: "POST".to_owned(), ..get("/4") });
    session.receive(b"HTTP/1.1 200");
    session.receive_end();
    assert_eq!(session.retriable(), [RequestIndex(2), never_left]);
}

#[test]
fn credentials_are_marked_secret() {
    let mut session = ClientSession::new();
    let mut request = get("/");
    request.fields.push("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    session.request(request);
    let Ok(Step::Send(Outgoing { bytes, secret: Some(secret) })) = session.step(Duration::ZERO) else { panic!() };
    assert_eq!(&bytes[secret], b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

#[test]
fn a_field_that_would_split_the_request_is_refused() {
    let mut session = ClientSession::new();
    let mut request = get("/");
    request.fields.push("X", "a\r\nHost: evil");
    session.request(request);
    let failed = session.step(Duration::ZERO).unwrap_err();
    assert_eq!(failed.blame(), Blame::Input);
}

#[test]
fn raw_requests_are_counted_so_that_all_their_responses_are_read() {
    let mut session = ClientSession::new();
    let raw = Bytes::from_static(b"GET /a HTTP/1.1\nHost: x\n\nGET /b HTTP/1.1\nHost: x\n\n");
    session.request(Request { raw: Some(raw.clone()), ..get("/a") });
    assert_eq!(session.outstanding(), 2);
    assert_eq!(session.step(Duration::ZERO), Ok(Step::Send(Outgoing { bytes: raw, secret: None })));
}

fn expecting() -> (ClientSession, RequestIndex) {
    let mut request = get("/");
    request.method = "PUT".to_owned();
    request.fields.push("Content-Length", "2");
    request.fields.push("Expect", "100-continue");
    request.content = Bytes::from_static(b"hi");
    let mut session = ClientSession::new();
    let index = session.request(request);
    let Ok(Step::Send(outgoing)) = session.step(Duration::ZERO) else { panic!() };
    assert!(outgoing.bytes.ends_with(b"\r\n\r\n"));
    (session, index)
}

const CONTENT: Outgoing = Outgoing { bytes: Bytes::from_static(b"hi"), secret: None };

#[test]
fn content_leaves_when_100_comes() {
    let (mut session, _) = expecting();
    assert_eq!(session.step(Duration::ZERO), Ok(Step::WakeAt(CONTINUE_PATIENCE)));
    session.receive(b"HTTP/1.1 100 Continue\r\n\r\n");
    assert!(matches!(session.step(Duration::ZERO), Ok(Step::Event(ClientEvent::Informational { .. }))));
    assert_eq!(session.step(Duration::ZERO), Ok(Step::Send(CONTENT)));
    assert!(matches!(session.step(Duration::ZERO), Ok(Step::Event(ClientEvent::Sent { .. }))));
}

#[test]
fn content_leaves_when_100_does_not_come_in_time() {
    let (mut session, _) = expecting();
    let late = Duration::from_millis(5);
    assert_eq!(session.step(late), Ok(Step::WakeAt(late + CONTINUE_PATIENCE)));
    assert_eq!(session.step(late + CONTINUE_PATIENCE), Ok(Step::Send(CONTENT)));
}

#[test]
fn content_stays_when_the_final_answer_comes_first() {
    let (mut session, index) = expecting();
    session.receive(b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
    let (steps, failed) = run(&mut session);
    assert_eq!(failed, None);
    let [Step::Event(sent), Step::Event(head), Step::Event(complete), Step::Done] = &steps[..] else {
        panic!("{steps:?}")
    };
    assert!(matches!(sent, ClientEvent::Sent { request, .. } if *request == index));
    assert!(matches!(head, ClientEvent::Head { head, .. } if head.status == 417));
    assert!(matches!(complete, ClientEvent::Complete { reusable: Err(_), .. }));
}
