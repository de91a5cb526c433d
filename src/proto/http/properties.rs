//! What holds for all messages: cuts do not matter, no octets panic, and what one end writes the other reads.

use std::time::Duration;

use bytes::Bytes;
use proptest::{collection::vec, prelude::*, sample::Index};

use super::{
    client::{ClientEvent, ClientSession},
    encode,
    message::{Fields, Request, RequestHead, ResponseHead, Version},
    server::{ServerEvent, ServerSession},
};
use crate::proto::session::{Session, Step};

/// Everything a session makes of `octets` cut at `cuts`, contents joined; and whether it ended in a failure.
fn heard<S: Session>(
    mut session: S,
    octets: &[u8],
    cuts: &[usize],
    describe: impl Fn(S::Event) -> EndEvent,
) -> (Vec<EndEvent>, Option<String>) {
    let mut said: Vec<EndEvent> = Vec::new();
    let mut from = 0;
    for cut in cuts.iter().copied().chain([octets.len()]) {
        session.receive(&octets[from..cut]);
        from = cut;
        if let Some(failed) = run(&mut session, &mut said, &describe) {
            return (said, Some(failed));
        }
    }
    session.receive_end();
    let failed = run(&mut session, &mut said, &describe);
    (said, failed)
}

fn run<S: Session>(
    session: &mut S,
    said: &mut Vec<EndEvent>,
    describe: &impl Fn(S::Event) -> EndEvent,
) -> Option<String> {
    loop {
        match session.step(Duration::ZERO) {
            Ok(Step::Event(event)) => match (describe(event), said.last_mut()) {
                (EndEvent::Content(more), Some(EndEvent::Content(content))) => content.extend(more),
                (event, _) => said.push(event),
            },
            Ok(Step::Send(_)) => {}
            Ok(Step::NeedInput | Step::Done | Step::StartTls { .. } | Step::WakeAt(_)) => return None,
            Err(error) => return Some(error.to_string()),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum EndEvent {
    Content(Vec<u8>),
    Event(String),
}

fn client_said(event: ClientEvent) -> EndEvent {
    match event {
        ClientEvent::Content { bytes, .. } => EndEvent::Content(bytes.to_vec()),
        event => EndEvent::Event(format!("{event:?}")),
    }
}

fn server_said(event: ServerEvent) -> EndEvent {
    match event {
        ServerEvent::Content(bytes) => EndEvent::Content(bytes.to_vec()),
        event => EndEvent::Event(format!("{event:?}")),
    }
}

fn asking(methods: &[&str]) -> ClientSession {
    let mut session = ClientSession::new();
    for method in methods {
        session.request(request(method, "/", Fields::default(), Bytes::new()));
    }
    while matches!(session.step(Duration::ZERO), Ok(Step::Send(_) | Step::Event(_))) {}
    session
}

fn request(method: &str, target: &str, fields: Fields, content: Bytes) -> Request {
    Request {
        method: method.to_owned(),
        target: target.to_owned(),
        version: Version::Http11,
        fields,
        content,
        raw: None,
    }
}

fn sorted(cuts: &[Index], length: usize) -> Vec<usize> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(length + 1)).collect();
    cuts.sort_unstable();
    cuts
}

/// Pieces that responses are made of, right and wrong.
fn response_octets() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "HTTP/1\\.[01] (200|204|304|404|100|101|20) ?[A-Z]{0,3}\r?\n",
        4 => "(Content-Length: ?[0-9]{1,2}|Transfer-Encoding: chunked|Connection: close|[A-Za-z]{1,5}: [ -~]{0,6})\r?\n",
        4 => Just("\r\n".to_owned()),
        2 => "[0-9a-f]{1,2}(;[a-z]{1,3}(=[a-z]{1,3})?)?\r\n",
        1 => "[a-z \t]{0,12}",
        1 => Just("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc".to_owned()),
        1 => Just("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n".to_owned()),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat().into_bytes())
}

fn request_octets() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "(GET|POST|HEAD|X) (/[!-~]{0,5}|\\*|http://a/) HTTP/1\\.[01]\r?\nHost: a\r\n",
        4 => "(Content-Length: ?[0-9]{1,2}|Transfer-Encoding: chunked|Connection: close|[A-Za-z]{1,5}: [ -~]{0,6})\r?\n",
        4 => Just("\r\n".to_owned()),
        2 => "[0-9a-f]{1,2}(;[a-z]{1,3}(=[a-z]{1,3})?)?\r\n",
        1 => "[a-z \t]{0,12}",
        1 => Just("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n".to_owned()),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat().into_bytes())
}

fn fields() -> impl Strategy<Value = Fields> {
    // Framing and Host are the properties' own.
    let field = ("X-[A-Za-z0-9!#$%&'*+.^_`|~-]{1,10}", "([!-~]([ -~\u{e9}]{0,20}[!-~])?)?");
    vec(field, 0..8).prop_map(|list| {
        let mut fields = Fields::default();
        for (name, value) in list {
            fields.push(name, value);
        }
        fields
    })
}

proptest! {
    #[test]
    fn a_client_hears_the_same_however_octets_are_cut(octets in response_octets(), cuts in vec(any::<Index>(), 0..20)) {
        let methods = ["GET", "HEAD", "GET", "GET"];
        let whole = heard(asking(&methods), &octets, &[], client_said);
        let cut = heard(asking(&methods), &octets, &sorted(&cuts, octets.len()), client_said);
        prop_assert_eq!(whole, cut);
    }

    #[test]
    fn a_server_hears_the_same_however_octets_are_cut(octets in request_octets(), cuts in vec(any::<Index>(), 0..20)) {
        let whole = heard(ServerSession::default(), &octets, &[], server_said);
        let cut = heard(ServerSession::default(), &octets, &sorted(&cuts, octets.len()), server_said);
        prop_assert_eq!(whole, cut);
    }

    #[test]
    fn no_octets_make_either_end_panic(octets in vec(any::<u8>(), 0..300), cuts in vec(any::<Index>(), 0..5)) {
        let cuts = sorted(&cuts, octets.len());
        heard(asking(&["GET", "CONNECT"]), &octets, &cuts, client_said);
        heard(ServerSession::default(), &octets, &cuts, server_said);
    }

    #[test]
    fn a_server_reads_what_a_client_wrote(
        method in "[A-Z]{1,8}", target in "/[!-~]{0,30}", mut fields in fields(),
        content in vec(any::<u8>(), 0..200), cuts in vec(any::<Index>(), 0..5),
    ) {
        prop_assume!(method != "CONNECT");
        fields.push("Host", "www.someschool.edu");
        fields.push("Content-Length", content.len().to_string());
        let mut client = ClientSession::new();
        client.request(request(&method, &target, fields.clone(), content.clone().into()));
        let Ok(Step::Send(outgoing)) = client.step(Duration::ZERO) else { panic!("nothing was sent") };
        let (said, failed) = heard(ServerSession::default(), &outgoing.bytes, &sorted(&cuts, outgoing.bytes.len()), |event| match event {
            ServerEvent::Content(bytes) => EndEvent::Content(bytes.to_vec()),
            ServerEvent::Head { head, .. } => EndEvent::Event(format!("{head:?}")),
            ServerEvent::Complete { octets, .. } => EndEvent::Event(octets.to_string()),
            ServerEvent::Http2(octets) => EndEvent::Content(octets.to_vec()),
        });
        let head = RequestHead { method, target, version: (1, 1), fields };
        let mut expected = vec![EndEvent::Event(format!("{head:?}"))];
        expected.extend((!content.is_empty()).then_some(EndEvent::Content(content)));
        expected.push(EndEvent::Event(outgoing.bytes.len().to_string()));
        prop_assert_eq!((said, failed), (expected, None));
    }

    #[test]
    fn a_client_reads_the_chunks_and_trailers_a_server_wrote(
        mut fields in fields(), trailers in fields(), chunks in vec(vec(any::<u8>(), 0..50), 0..8), cuts in vec(any::<Index>(), 0..9),
    ) {
        fields.push("Transfer-Encoding", "chunked");
        let head = ResponseHead { version: Version::Http11, status: 200, reason: "OK".to_owned(), fields };
        let mut octets = encode::response_head(&head).to_vec();
        let head_length = octets.len() as u64;
        for chunk in &chunks {
            octets.extend(encode::chunk(chunk));
        }
        octets.extend(encode::last_chunk(&trailers));
        let (said, failed) = heard(asking(&["GET"]), &octets, &sorted(&cuts, octets.len()), client_said);
        let request = super::client::RequestIndex(0);
        let content = chunks.concat();
        let mut expected = vec![client_said(ClientEvent::Head { request, head, octets: head_length })];
        expected.extend((!content.is_empty()).then_some(EndEvent::Content(content)));
        let complete = ClientEvent::Complete { request, octets: octets.len() as u64, trailers, reusable: Ok(()) };
        expected.push(client_said(complete));
        prop_assert_eq!((said, failed), (expected, None));
    }
}
