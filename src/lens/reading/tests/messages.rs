//! Where messages begin and end.

use super::*;

/// A flow that grows, and its reading.
struct Session {
    ledger: Ledger,
    reading: FlowReading,
    runs: Vec<MessageRun>,
}

impl Default for Session {
    fn default() -> Self {
        Self { ledger: ledger(&[], false), reading: FlowReading::default(), runs: Vec::new() }
    }
}

impl Session {
    /// One more event; adds its runs to all of them.
    fn says(&mut self, from: Side, bytes: &[u8], omitted: u64) {
        let content = EventContent::Octets(Octets { bytes: Bytes::copy_from_slice(bytes), masked: None, omitted });
        let event = WireEvent { at: Duration::ZERO, from, layer: Layer::Stream, content, transit: None };
        self.ledger.apply(Entry::Event { id: FlowId(0), event });
        let mut runs = EventRuns::default();
        assert!(self.reading.take(self.ledger.flow(FlowId(0)).unwrap(), &mut runs));
        let length = runs.list().iter().map(|run| run.octets).sum::<u64>();
        assert_eq!(length, bytes.len() as u64 + omitted);
        self.runs.extend(runs.list());
    }

    /// Lengths of the messages found in what `from` says in pieces of `piece` octets.
    fn lengths(&mut self, from: Side, octets: &[u8], piece: usize) -> Vec<usize> {
        let before = self.runs.len();
        octets.chunks(piece).for_each(|event| self.says(from, event, 0));
        let mut lengths = Vec::new();
        for run in &self.runs[before..] {
            if run.begins {
                lengths.push(0);
            }
            *lengths.last_mut().unwrap() += usize::try_from(run.octets).unwrap();
        }
        lengths
    }

    fn name(&self, run: usize) -> &'static str {
        let run = self.runs[run];
        if run.kind == UNREAD { "octets" } else { self.reading.protocol(run.section).name() }
    }
}

const REQUESTS: [&str; 4] = [
    "GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
    "\r\nPOST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    "GET /c HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /d HTTP/1.1\r\nHost: x\r\n\r\n",
];
const RESPONSES: [&str; 4] = [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 900\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n",
    "HTTP/1.0 200 OK\r\n\r\nuntil the end",
];

#[test]
fn of_a_pipelined_burst_are_told_apart_however_they_arrive() {
    for piece in 1..=RESPONSES.concat().len() {
        let mut session = Session::default();
        let asked = session.lengths(Side::Client, REQUESTS.concat().as_bytes(), piece);
        assert_eq!(asked, REQUESTS.map(str::len), "in pieces of {piece}");
        let answered = session.lengths(Side::Server, RESPONSES.concat().as_bytes(), piece);
        assert_eq!(answered, RESPONSES.map(str::len), "in pieces of {piece}");
    }
}

#[test]
fn answering_head_have_no_content() {
    let mut session = Session::default();
    let requests = ["HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"];
    assert_eq!(session.lengths(Side::Client, requests.concat().as_bytes(), 7), requests.map(str::len));
    let replies =
        ["HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"];
    assert_eq!(session.lengths(Side::Server, replies.concat().as_bytes(), 9), replies.map(str::len));
}

#[test]
fn a_response_has_the_number_of_its_request_interim_ones_too() {
    let mut session = Session::default();
    session.says(Side::Client, REQUESTS.concat().as_bytes(), 0);
    let interim = "HTTP/1.1 100 Continue\r\n\r\n";
    let replies = format!("{}{interim}{}", RESPONSES[0], RESPONSES[1]);
    session.says(Side::Server, replies.as_bytes(), 0);
    let numbers: Vec<_> = session.runs.iter().map(|run| run.exchange).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 0, 1, 1]);
}

#[test]
fn of_other_protocols_are_turns() {
    let mut session = Session::default();
    for (from, octets) in
        [(Side::Server, "hello "), (Side::Server, "there\r\n"), (Side::Client, "\u{1}x\r\n"), (Side::Server, "25")]
    {
        session.says(from, octets.as_bytes(), 0);
    }
    assert_eq!(session.runs.iter().map(|run| run.begins).collect::<Vec<_>>(), [true, false, true, true]);
    assert!((0..4).all(|run| session.name(run) == "octets"));
}

#[test]
fn of_http2_are_turns_in_whole_frames() {
    let mut session = Session::default();
    let settings = b"\0\0\0\x04\0\0\0\0\0";
    session.says(Side::Client, HTTP2_PREFACE, 0);
    session.says(Side::Client, settings, 0);
    session.says(Side::Server, &settings[..4], 0);
    session.says(Side::Client, settings, 0);
    session.says(Side::Server, &[&settings[4..], settings].concat(), 0);
    let found: Vec<_> = session.runs.iter().map(|run| (run.octets, run.begins)).collect();
    assert_eq!(found, [(24, true), (9, false), (4, true), (9, true), (5, false), (9, true)]);
    assert!((0..session.runs.len()).all(|run| session.name(run) == "HTTP/2"));
}

#[test]
fn are_found_again_after_omitted_octets() {
    let mut session = Session::default();
    session.says(Side::Client, REQUESTS.concat().as_bytes(), 0);
    session.runs.clear();
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    session.says(Side::Server, head, 1000);
    session.says(Side::Server, b"HTTP/1.1 200 OK\r\n", 0);
    assert_eq!(session.runs.iter().map(|run| (run.octets, run.begins)).collect::<Vec<_>>(), [(1041, true), (17, true)]);
}

#[test]
fn after_connect_are_not_http_any_more() {
    let mut session = Session::default();
    session.says(Side::Client, b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 0);
    session.says(Side::Server, b"HTTP/1.1 200 OK\r\n\r\n", 0);
    session.says(Side::Client, b"\x01\x03\x01", 0);
    assert_eq!([0, 1, 2].map(|run| session.name(run)), ["HTTP/1.x", "HTTP/1.x", "octets"]);
}
