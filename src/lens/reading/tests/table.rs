//! Properties of every protocol in the table: any octets, cut anywhere, are read without panic, none is lost, and reading them in one go is
//! the same as reading them in pieces.

use proptest::sample::Index;

use super::*;
use crate::lens::protocols::PROTOCOLS;

/// What one side says until the other does, and where it is cut.
type Turn = (bool, Vec<u8>, Vec<Index>);

/// Octets that are near to what protocols say.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    let text = |text: &'static str| Just(text.as_bytes().to_vec());
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..30),
        "[ -~]{0,12}(\r\n|\n|\r)?".prop_map(String::into_bytes),
        // HTTP.
        "(GET|HEAD|POST|CONNECT) /? HTTP/1.1\r\n(Host: x\r\n|Content-Length: [0-9]\r\n|Transfer-Encoding: chunked\r\n){0,2}\r\n".prop_map(String::into_bytes),
        "HTTP/1.[01] (100|101|200|204|404) X\r\n(Content-Length: [0-9]\r\n|Transfer-Encoding: chunked\r\n|Upgrade: h2c\r\n){0,2}\r\n".prop_map(String::into_bytes),
        "[0-9a-f]\r\n".prop_map(String::into_bytes),
        // HTTP/2, with header blocks in one frame and in two.
        Just(HTTP2_PREFACE.to_vec()),
        Just(b"\0\0\x03\x01\x05\0\0\0\x01\x82\x86\x84".to_vec()),
        Just(b"\0\0\x01\x01\0\0\0\0\x01\x88\0\0\x02\x09\x04\0\0\0\x01\x82\x86".to_vec()),
        (0_u8..12, 0_u8..10, any::<u8>()).prop_map(|(length, kind, flags)| {
            [&[0, 0, length, kind, flags, 0, 0, 0, 1][..], &vec![7; usize::from(length)]].concat()
        }),
        // TLS.
        (20_u8..25, 0_u8..9).prop_map(|(kind, length)| [&[kind, 3, 3, 0, length][..], &vec![1; usize::from(length)]].concat()),
        // DNS over TCP: a query, and what is none.
        Just(b"\0\x17\x7c\x1e\x01\0\0\x01\0\0\0\0\0\0\x01a\x03edu\0\0\x01\0\x01".to_vec()),
        (0_u8..20).prop_map(|length| [&[0, length][..], &vec![0; usize::from(length)]].concat()),
        // SMTP, FTP, POP3, IMAP.
        prop_oneof![
            text("EHLO a.lab\r\n"), text("DATA\r\n"), text("AUTH PLAIN\r\n"), text("BDAT 5 LAST\r\nabcde"), text(".\r\n"), text("..x\r\n"),
            text("MAIL FROM:<a@b> SIZE=3\r\n"), text("STARTTLS\r\n"), text("Subject: x\r\n\r\n"), text("USER bob\r\n"), text("RETR 1\r\n"),
            text("LIST\r\n"), text("CAPA\n"), text("PASV\r\n"), text("PORT 10,0,0,1,4,1\r\n"), text("EPRT |2|::1|99|\r\n"),
        ],
        prop_oneof![
            text("220 x ESMTP\r\n"), text("220-x FTP\r\n220 y\r\n"), text("250-a\r\n250 5.1.1 b\r\n"), text("354 go\r\n"), text("334 VXNlcm5hbWU6\r\n"),
            text("+OK <1@a>\r\n"), text("-ERR [IN-USE] no\r\n"), text("+ \r\n"), text("227 (10,0,0,1,4,1)\r\n"), text("229 (|||99|)\r\n"), text("150 x\r\n226 y\r\n"),
        ],
        prop_oneof![
            text("a1 LOGIN {3}\r\n"), text("a2 APPEND x {9+}\r\nA: b\r\n\r\nc\r\n"), text("a3 AUTHENTICATE PLAIN\r\n"), text("a4 IDLE\r\n"), text("DONE\r\n"),
            text("* OK ready\r\n"), text("* 1 FETCH (BODY[] {4}\r\na\r\nb UID 3)\r\n"), text("a1 OK done\r\n"), text("a4 NO [ALERT] x\r\n"), text("* 2 EXISTS\r\n"),
        ],
    ]
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let octets = proptest::collection::vec(fragment(), 1..4).prop_map(|parts| parts.concat());
    proptest::collection::vec((any::<bool>(), octets, proptest::collection::vec(any::<Index>(), 0..4)), 1..9)
}

/// The turns as events: each in one piece, or cut.
fn events(turns: &[Turn], cut: bool) -> Vec<(Side, Vec<u8>)> {
    let mut events = Vec::new();
    for (client, bytes, cuts) in turns {
        let side = if *client { C } else { S };
        let mut places: Vec<usize> =
            cuts.iter().filter(|_| cut && !bytes.is_empty()).map(|at| at.index(bytes.len())).collect();
        places.sort_unstable();
        let mut from = 0;
        for to in places.into_iter().chain([bytes.len()]) {
            events.push((side, bytes[from..to].to_vec()));
            from = to;
        }
    }
    events
}

fn flow_of(kind: FlowKind, events: &[(Side, Vec<u8>)], omitted: u64) -> Flow {
    let layer = if kind == FlowKind::Datagrams { Layer::Datagram } else { Layer::Stream };
    let event = |(number, (from, bytes)): (usize, &(Side, Vec<u8>))| {
        let omitted = if number % 3 == 2 { omitted } else { 0 };
        let content = EventContent::Octets(Octets { bytes: bytes.clone().into(), masked: None, omitted });
        WireEvent { at: Duration::from_millis(number as u64), from: *from, layer, content, transit: None }
    };
    let ledger = ledger_of(kind, None, events.iter().enumerate().map(event), true);
    ledger.flow(FlowId(0)).unwrap().clone()
}

/// Reads all of a flow; no octet may be lost on the way.
fn read(mut reading: FlowReading, flow: &Flow) -> Result<(FlowReading, Vec<FlowMessage>), TestCaseError> {
    let mut messages = reading.messages(flow);
    messages.sort_by_key(|message| (message.side as usize, message.range.start));
    for side in [C, S] {
        let mut at = 0;
        for message in messages.iter().filter(|message| message.side == side) {
            prop_assert_eq!(message.range.start, at);
            at = message.range.end;
        }
        prop_assert_eq!(at, reading.length(Track::Application, side));
    }
    Ok((reading, messages))
}

/// The lines of each side, which stand one behind the other and leave nothing out; those of octets that no protocol claims as one.
fn lines_of(reading: &FlowReading, flow: &Flow) -> Result<Vec<Vec<String>>, TestCaseError> {
    let mut sides = Vec::new();
    for side in [C, S] {
        let (mut at, mut lines) = (0, Vec::new());
        for number in 0..reading.line_count() {
            let line = reading.line(flow, number).unwrap();
            let parts: String = line.parts().map(|(text, _)| text).collect();
            prop_assert_eq!(&parts, &line.text);
            if line.side == side && !line.range.is_empty() {
                prop_assert_eq!(line.range.start, at, "{:?}", &line.text);
                at = line.range.end;
                prop_assert!(reading.last_event(flow, &line) >= line.event);
                lines
                    .push(format!("{} {:?} {:?} {:?} {}", line.range.end, line.text, line.end, line.wrong, line.aside));
            }
        }
        // Frames and records may announce more than came.
        prop_assert!(at >= reading.length(Track::Application, side), "{at} of {side:?}");
        sides.push(lines);
    }
    Ok(sides)
}

/// Trees of messages stand within them.
fn look_at_messages(reading: &FlowReading, flow: &Flow, messages: &[FlowMessage]) -> Result<(), TestCaseError> {
    for message in messages {
        let octets = reading.octets(flow, message);
        let mut at = 0;
        for node in reading.fields_of(flow, message, messages) {
            prop_assert_eq!(node.range.start, at, "{:?}", &node);
            at = node.range.end;
            within(&node, octets.bytes.len())?;
        }
        prop_assert!(at == 0 || at == octets.bytes.len(), "{at} of {}", octets.bytes.len());
        let FlowMessage { side, section, kind, ref range, .. } = *message;
        let arrow = LadderArrow {
            side,
            kind,
            begins: true,
            in_handshake: false,
            pieces: vec![(&octets.bytes, 0)],
            octets: range.end - range.start,
            message_octets: range.end - range.start,
            together: 1,
        };
        if let Some(words) = reading.words(section, &arrow) {
            prop_assert!(!words.variants.is_empty());
        }
        prop_assert!(!reading.noun(section, side, kind).is_empty());
    }
    Ok(())
}

fn within(node: &FieldNode, length: usize) -> Result<(), TestCaseError> {
    prop_assert!(node.range.start <= node.range.end && node.range.end <= length, "{:?}", node);
    for part in &node.parts {
        prop_assert!(
            node.range.start <= part.range.start && part.range.end <= node.range.end,
            "{:?} in {:?}",
            part,
            node.range
        );
        within(part, length)?;
    }
    Ok(())
}

/// Both readings of the same turns, in one go and in pieces, are the same.
fn alike(turns: &[Turn], fresh: &dyn Fn() -> FlowReading) -> Result<(), TestCaseError> {
    let (whole, cut) = (
        flow_of(FlowKind::Connection, &events(turns, false), 0),
        flow_of(FlowKind::Connection, &events(turns, true), 0),
    );
    let (in_one, messages) = read(fresh(), &whole)?;
    let (in_pieces, pieces) = read(fresh(), &cut)?;
    let names = |reading: &FlowReading| reading.protocols().map(Protocol::name).collect::<Vec<_>>();
    prop_assert_eq!(names(&in_one), names(&in_pieces));
    prop_assert_eq!(&messages, &pieces);
    let (lines, cut_lines) = (lines_of(&in_one, &whole)?, lines_of(&in_pieces, &cut)?);
    // Octets that no protocol claims are a line an event.
    if !names(&in_one).contains(&"octets") {
        prop_assert_eq!(lines, cut_lines);
    }
    prop_assert_eq!(in_one.exchanges(&whole).len(), in_pieces.exchanges(&cut).len());
    look_at_messages(&in_one, &whole, &messages)?;
    look_at_messages(&in_pieces, &cut, &pieces)
}

#[test]
fn a_turn_that_was_cut_is_read_as_one_by_every_protocol() {
    let turns = [
        (false, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), 7),
        (true, b"more".to_vec(), 2),
        (false, b"and more".to_vec(), 3),
    ];
    let events = |cut: bool| -> Vec<(Side, Vec<u8>)> {
        let pieces = turns.iter().flat_map(|(client, bytes, at)| {
            let side = if *client { C } else { S };
            let (first, rest) = bytes.split_at(if cut { *at } else { 0 });
            [first, rest]
                .into_iter()
                .filter(|piece| !piece.is_empty())
                .map(move |piece| (side, piece.to_vec()))
                .collect::<Vec<_>>()
        });
        pieces.collect()
    };
    let flows = [false, true].map(|cut| flow_of(FlowKind::Connection, &events(cut), 0));
    for protocol in PROTOCOLS[1..].iter().filter(|protocol| protocol.name() != "octets") {
        let [whole, cut] = [0, 1].map(|at| {
            let (reading, messages) = read(FlowReading::speaking(*protocol), &flows[at]).unwrap();
            (messages, lines_of(&reading, &flows[at]).unwrap())
        });
        assert_eq!(whole, cut, "{}", protocol.name());
    }
}

proptest! {
    #[test]
    fn reading_in_one_go_is_reading_in_pieces(turns in turns(), at in any::<Index>()) {
        // A datagram is never cut.
        let protocol = *at.get(&PROTOCOLS[1..]);
        alike(&turns, &|| FlowReading::speaking(protocol))?;
    }

    #[test]
    fn which_protocol_is_spoken_does_not_depend_on_the_pieces(turns in turns()) {
        alike(&turns, &FlowReading::default)?;
    }

    #[test]
    fn octets_left_out_are_counted_and_lose_no_others(turns in turns(), at in any::<Index>(), omitted in 1_u64..40, datagrams in any::<bool>()) {
        let kind = if datagrams { FlowKind::Datagrams } else { FlowKind::Connection };
        let flow = flow_of(kind, &events(&turns, true), omitted);
        for reading in [FlowReading::speaking(*at.get(PROTOCOLS)), FlowReading::default()] {
            let (reading, messages) = read(reading, &flow)?;
            lines_of(&reading, &flow)?;
            look_at_messages(&reading, &flow, &messages)?;
            reading.exchanges(&flow);
        }
    }
}
