//! Flows in which another protocol begins, or TLS.

use super::*;

fn names(flow: &Flow) -> Vec<&'static str> {
    FlowReading::of(flow).protocols().map(Protocol::name).collect()
}

#[test]
fn what_is_said_in_a_tunnel_is_claimed_anew() {
    let request = b"CONNECT mail.lab:443 HTTP/1.1\r\nHost: mail.lab:443\r\n\r\n";
    let hello = b"\x16\x03\x01\0\x04\x01\0\0\0";
    let reply = [&b"HTTP/1.1 200 Connection Established\r\n\r\n"[..], b"\x16\x03\x03\0\x02\x02x"].concat();
    let flow = flow(&[
        (0, C, request, 0),
        (1, S, b"HTTP/1.1 200 Connection Established\r\n\r\n", 0),
        (2, C, hello, 0),
        (3, S, &reply[39..], 0),
    ]);
    assert_eq!(names(&flow), ["HTTP/1.x", "TLS"]);
    assert_eq!(
        lines(&flow)[5..],
        ["2 C: TLS handshake: ClientHello, 4 octets", "3 S: TLS handshake: ServerHello, 2 octets"]
    );
    let exchanges = FlowReading::of(&flow).exchanges(&flow);
    assert_eq!((exchanges.len(), exchanges[0].status), (1, Some(200)));
}

#[test]
fn a_tunnel_may_begin_in_the_middle_of_an_event() {
    let request = b"CONNECT web.lab:80 HTTP/1.1\r\nHost: web.lab:80\r\n\r\n";
    let reply = b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";
    let flow = flow(&[(0, C, request, 0), (1, S, reply, 0)]);
    assert_eq!(names(&flow), ["HTTP/1.x", "HTTP/1.x"]);
    let lines = lines(&flow);
    assert_eq!(
        lines[3..7],
        ["1 S: HTTP/1.1 200 OK", "1 S: ", "1 S: HTTP/1.1 408 Request Timeout", "1 S: Content-Length: 0"]
    );
    let exchanges = FlowReading::of(&flow).exchanges(&flow);
    assert_eq!(exchanges.iter().map(|exchange| exchange.status).collect::<Vec<_>>(), [Some(200), Some(408)]);
    assert_eq!(exchanges[1].response.as_ref().unwrap().head, 19..70);
}

#[test]
fn after_an_upgrade_the_new_protocol_is_read() {
    let request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\n\r\n";
    let reply = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    let settings = b"\0\0\0\x04\0\0\0\0\0";
    let answer = b"\0\0\x01\x01\x05\0\0\0\x01\x88";
    let flow = flow(&[
        (0, C, request, 0),
        (1, S, &[&reply[..], settings].concat(), 0),
        (2, C, HTTP2_PREFACE, 0),
        (3, S, answer, 0),
    ]);
    assert_eq!(names(&flow), ["HTTP/1.x", "HTTP/2"]);
    let expected = [
        "1 S: SETTINGS, 0 octets",
        "2 C: connection preface: PRI * HTTP/2.0",
        "3 S: HEADERS stream 1, 1 octet, END_STREAM END_HEADERS: 200",
    ];
    assert_eq!(lines(&flow)[10..], expected);
    let statuses: Vec<_> = FlowReading::of(&flow).exchanges(&flow).iter().map(|exchange| exchange.status).collect();
    assert_eq!(statuses, [Some(101), Some(200)]);
}

#[test]
fn protocols_in_one_flow_are_bounded() {
    let request = b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n";
    let reply = b"HTTP/1.1 200 OK\r\n\r\n";
    let events: Vec<Event<'_>> =
        (0..400).map(|at| if at % 2 == 0 { (at, C, &request[..], 0) } else { (at, S, &reply[..], 0) }).collect();
    let flow = flow(&events);
    let reading = FlowReading::of(&flow);
    assert_eq!(reading.protocols().count(), MAX_SECTIONS);
    let covered: u64 = (0..reading.line_count())
        .map(|line| reading.line(&flow, line).unwrap().range)
        .map(|range| range.end - range.start)
        .sum();
    assert_eq!(covered, 200 * (request.len() + reply.len()) as u64);
}
