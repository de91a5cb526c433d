//! Readings of small flows, and of any octets.

mod messages;
mod sections;
mod table;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::{
    lens::TextTone,
    proto::http::server::HTTP2_PREFACE,
    wire::{End, Ends, Entry, FlowId, FlowKind, Ledger, Octets},
};

/// When, who, octets kept, octets left out after them.
type Event<'a> = (u64, Side, &'a [u8], u64);

fn ledger(events: &[Event<'_>], ended: bool) -> Ledger {
    let event = |(millis, from, bytes, omitted): &Event<'_>| {
        let octets = Octets { bytes: Bytes::copy_from_slice(bytes), masked: None, omitted: *omitted };
        let (at, content) = (Duration::from_millis(*millis), EventContent::Octets(octets));
        WireEvent { at, from: *from, layer: Layer::Stream, content, transit: None }
    };
    ledger_of(FlowKind::Connection, None, events.iter().map(event), ended)
}

/// A record with one flow, to a server at `port`.
fn ledger_of(kind: FlowKind, port: Option<u16>, events: impl Iterator<Item = WireEvent>, ended: bool) -> Ledger {
    let (id, at) = (FlowId(0), Duration::ZERO);
    let end = |name: &str, port: Option<u16>| End {
        name: name.to_owned(),
        ip_port: port.map(|port| std::net::SocketAddr::from(([127, 0, 0, 1], port))),
    };
    let ends = Ends { client: end("you", None), server: end("www.someschool.edu", port) };
    let mut ledger = Ledger::default();
    ledger.apply(Entry::Opened { id, parent: None, kind, title: String::new(), ends, at });
    events.for_each(|event| ledger.apply(Entry::Event { id, event }));
    if ended {
        ledger.apply(Entry::Ended { id, at, state: FlowState::Closed });
    }
    ledger
}

fn flow(events: &[Event<'_>]) -> Flow {
    ledger(events, true).flow(FlowId(0)).unwrap().clone()
}

fn lines(flow: &Flow) -> Vec<String> {
    let reading = FlowReading::of(flow);
    let line = |index| {
        let line = reading.line(flow, index).unwrap();
        let side = if line.side == Side::Client { 'C' } else { 'S' };
        let wrong = line.wrong.map(|wrong| format!(" ! {wrong}")).unwrap_or_default();
        format!("{} {side}: {}{wrong}", line.at.as_millis(), line.text)
    };
    (0..reading.line_count()).map(line).collect()
}

const C: Side = Side::Client;
const S: Side = Side::Server;

#[test]
fn a_conversation_is_lines_with_contents_summed_up() {
    let flow = flow(&[
        (0, C, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", 0),
        (5, S, b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello ", 0),
        (6, S, b"world", 0),
    ]);
    let expected = [
        "0 C: GET /a HTTP/1.1",
        "0 C: Host: x",
        "0 C: ",
        "5 S: HTTP/1.1 200 OK",
        "5 S: Content-Length: 11",
        "5 S: ",
        "5 S: content, 11 octets: hello world",
    ];
    assert_eq!(lines(&flow), expected);
    let status = FlowReading::of(&flow).line(&flow, 3).unwrap();
    assert!(status.meaning.unwrap().starts_with("200: The request succeeded."));
    assert_eq!(status.tones, [(0, TextTone::Muted), (9, TextTone::Good)]);
}

#[test]
fn chunks_are_lines_with_their_size_in_both_writings() {
    let flow = flow(&[
        (0, C, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 0),
        (1, S, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1", 0),
        (2, S, b"0\r\n0123456789abcdef\r\n0\r\n\r\n", 0),
    ]);
    assert_eq!(lines(&flow)[6..], ["1 S: chunk 10 = 16 octets: 0123456789abcdef", "2 S: 0", "2 S: "]);
}

#[test]
fn gaps_inside_content_do_not_break_later_heads() {
    let flow = flow(&[
        (0, C, b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n", 0),
        (10, S, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nabc", 99_997),
        (20, S, b"", 900_000),
        (30, S, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0),
    ]);
    let exchanges = FlowReading::of(&flow).exchanges(&flow);
    let found: Vec<_> = exchanges.iter().map(|exchange| (exchange.target.as_str(), exchange.status)).collect();
    assert_eq!(found, [("/1", Some(200)), ("/2", Some(404))]);
    let response = exchanges[0].response.as_ref().unwrap();
    assert_eq!((response.content_octets, response.omitted, response.is_exact), (1_000_000, 999_997, true));
    assert_eq!((response.first_at.as_millis(), response.last_at.as_millis()), (10, 20));
    assert!(response.is_complete && exchanges[1].wrong.is_empty());
}

#[test]
fn a_gap_over_chunk_sizes_ends_at_the_next_head() {
    let flow = flow(&[
        (0, C, b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n", 0),
        (1, S, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n4", 5000),
        (2, S, b"cd\r\n0\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n", 0),
    ]);
    let exchanges = FlowReading::of(&flow).exchanges(&flow);
    assert_eq!(exchanges.iter().map(|exchange| exchange.status).collect::<Vec<_>>(), [Some(200), Some(304)]);
    assert!(!exchanges[0].response.as_ref().unwrap().is_exact);
    assert!(exchanges[1].response.as_ref().unwrap().is_exact);
}

#[test]
fn the_method_decides_whether_content_follows() {
    let flow = flow(&[
        (0, C, b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 0),
        (1, S, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 0),
    ]);
    let exchanges = FlowReading::of(&flow).exchanges(&flow);
    let octets: Vec<_> = exchanges.iter().map(|exchange| exchange.response.as_ref().unwrap().content_octets).collect();
    assert_eq!(octets, [0, 5]);
}

#[test]
fn interim_responses_belong_to_the_exchange_they_precede() {
    let flow = flow(&[
        (0, C, b"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", 0),
        (1, S, b"HTTP/1.1 100 Continue\r\n\r\n", 0),
        (2, C, b"hi", 0),
        (3, S, b"HTTP/1.1 204 No Content\r\n\r\n", 0),
    ]);
    let exchanges = FlowReading::of(&flow).exchanges(&flow);
    assert_eq!(exchanges.len(), 1);
    assert_eq!((&exchanges[0].interim[..], exchanges[0].status), (&[100][..], Some(204)));
    assert_eq!(exchanges[0].request.as_ref().unwrap().last_at, Duration::from_millis(2));
}

#[test]
fn what_is_malformed_is_flagged_and_never_lost() {
    let flow = flow(&[
        (0, C, b"GET / HTTP/1.1\nHost : x\r\n\r\n", 0),
        (1, S, b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nonly", 0),
    ]);
    let lines = lines(&flow);
    assert_eq!(lines[0], "0 C: GET / HTTP/1.1 ! the line ends with LF alone; RFC 9112 §2.2 wants CR LF");
    assert!(lines[1].contains("white space between the field name"), "{}", lines[1]);
    assert!(lines[6].ends_with("! 6 octets of the content are missing"), "{}", lines[6]);
}

#[test]
fn http_2_is_told_by_its_preface_and_shown_as_frames() {
    let mut client = HTTP2_PREFACE.to_vec();
    client.extend_from_slice(b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64");
    let flow = flow(&[(0, C, &client[..5], 0), (0, C, &client[5..], 0), (1, S, b"\0\0\0\x04\x01\0\0\0\0", 0)]);
    let expected = [
        "0 C: connection preface: PRI * HTTP/2.0",
        "0 C: SETTINGS, 6 octets, MAX_CONCURRENT_STREAMS = 100",
        "1 S: SETTINGS, 0 octets, ACK",
    ];
    assert_eq!(lines(&flow), expected);
}

#[test]
fn http_2_exchanges_are_streams_with_their_fields_unpacked() {
    let mut client = HTTP2_PREFACE.to_vec();
    client.extend_from_slice(b"\0\0\x03\x01\x05\0\0\0\x01\x82\x86\x84"); // GET http /
    client.extend_from_slice(b"\0\0\x03\x01\x05\0\0\0\x03\x82\x86\x85"); // GET http /index.html
    let flow = flow(&[
        (0, C, &client, 0),
        (5, S, b"\0\0\x01\x01\x04\0\0\0\x03\x8d", 0), // 404 on stream 3
        (6, S, b"\0\0\x01\x01\x04\0\0\0\x01\x88", 0), // 200 on stream 1
        (7, S, b"\0\0\x05\0\x01\0\0\0\x03gone!", 0),
        (8, S, b"\0\x03\xe8\0\x01\0\0\0\x01abc", 997),
    ]);
    let exchanges = FlowReading::of(&flow).exchanges(&flow);
    let found: Vec<_> =
        exchanges.iter().map(|exchange| (exchange.stream, exchange.target.as_str(), exchange.status)).collect();
    assert_eq!(found, [(Some(1), "/", Some(200)), (Some(3), "/index.html", Some(404))]);
    let response = exchanges[0].response.as_ref().unwrap();
    assert_eq!((response.content_octets, response.omitted, response.is_complete), (1000, 997, true));
    assert_eq!((response.first_at.as_millis(), response.last_at.as_millis()), (6, 8));
    assert_eq!(lines(&flow)[2], "0 C: HEADERS stream 3, 3 octets, END_STREAM END_HEADERS: GET http /index.html");
}

#[test]
fn following_a_growing_flow_gives_the_same_as_reading_it_whole() {
    // The last one is told of late: it takes its place in time before others.
    let script: [Event<'_>; 5] = [
        (0, C, b"GET / HTTP/1.1\r\nHo", 0),
        (2, C, b"st: x\r\n\r\n", 0),
        (3, S, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", 0),
        (5, S, b"c\r\n0\r\n\r\n", 0),
        (4, C, b"GET /2 HTTP/1.1\r\nHost: x\r\n\r\n", 0),
    ];
    let mut growing = FlowReading::default();
    for count in 0..=script.len() {
        growing.follow(ledger(&script[..count], false).flow(FlowId(0)).unwrap());
    }
    let whole = flow(&script);
    growing.follow(&whole);
    let all =
        |reading: &FlowReading| (0..reading.line_count()).map(|index| reading.line(&whole, index)).collect::<Vec<_>>();
    assert_eq!(all(&growing), all(&FlowReading::of(&whole)));
    assert_eq!(growing.exchanges(&whole), FlowReading::of(&whole).exchanges(&whole));
    assert_eq!(growing.exchanges(&whole).len(), 2);
}

#[test]
fn what_a_side_sends_in_one_turn_is_one_line_and_its_next_turn_another() {
    let script: [Event<'_>; 8] = [
        (0, C, b"hel", 0),
        (1, C, b"lo", 0),
        (2, S, b"HEL", 0),
        (3, S, b"LO", 0),
        (4, C, b"wor", 0),
        (5, C, b"ld", 0),
        (6, S, b"WOR", 0),
        (7, S, b"LD", 0),
    ];
    let record = ledger(&script, true);
    let events = record.flow(FlowId(0)).unwrap().events.iter().cloned();
    let port = Some(crate::proto::echo::PORT);
    let echo = ledger_of(FlowKind::Connection, port, events, true).flow(FlowId(0)).unwrap().clone();
    assert_eq!(FlowReading::of(&echo).protocol(0).name(), "upper-case echo");
    assert_eq!(lines(&echo), ["0 C: hello", "2 S: HELLO", "4 C: world", "6 S: WORLD"]);
}

#[test]
fn contents_of_two_messages_that_touch_are_two_lines() {
    let mut passages = Passages::default();
    let place = PassageOrigin { side: C, section: 0, kind: 1, event: 0 };
    passages.begin(C);
    passages.block(place, &(0..3), true, None);
    passages.block(place, &(3..5), true, None);
    assert_eq!(passages.lines(), 1, "of one message and kind");
    passages.block(PassageOrigin { side: S, ..place }, &(0..9), true, None);
    passages.block(place, &(5..6), true, None);
    assert_eq!(passages.lines(), 2, "the other side in between does not matter");
    passages.begin(C);
    passages.step(PassageOrigin { event: 1, ..place });
    passages.block(place, &(6..8), true, None);
    passages.block(PassageOrigin { kind: 2, ..place }, &(8..9), true, None);
    assert_eq!(passages.lines(), 5, "a step, another message, another kind");
}

proptest! {
    #[test]
    fn any_octets_become_lines_that_cover_them(
        pieces in proptest::collection::vec((any::<bool>(), prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..60),
            "(GET|HEAD|POST) / HTTP/1.1\r\n(Content-Length: [0-9]{1,2}\r\n|Transfer-Encoding: chunked\r\n){0,2}\r\n".prop_map(String::into_bytes),
            "HTTP/1.[01] [1-5]0[04] X\r\n(Content-Length: [0-9]{1,2}\r\n|Transfer-Encoding: chunked\r\n){0,2}\r\n".prop_map(String::into_bytes),
            "[0-9a-f]\r\n".prop_map(String::into_bytes),
        ], 0..30_u64), 0..12)
    ) {
        let events: Vec<(u64, Side, &[u8], u64)> = pieces
            .iter()
            .map(|(client, bytes, omitted)| (0, if *client { C } else { S }, &bytes[..], omitted.saturating_sub(15)))
            .collect();
        let flow = flow(&events);
        let reading = FlowReading::of(&flow);
        for side in [C, S] {
            let mut at = 0;
            for index in 0..reading.line_count() {
                let line = reading.line(&flow, index).unwrap();
                if line.side == side {
                    prop_assert_eq!(line.range.start, at);
                    at = line.range.end;
                }
            }
            // HTTP/2 frames may announce more than came.
            prop_assert!(at >= reading.length(Track::Application, side));
        }
    }
}
