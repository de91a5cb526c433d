//! Messages cut out of a flow's octets as they come: where each begins, whichever protocol is spoken. Of HTTP/2 a message is what
//! one side says until the other does, in whole frames; so it is, in whole events, of octets no lens reads.

use super::{
    Lens,
    dns::{DnsMark, DnsMarker},
    h2::{FrameMark, FrameMarker},
    http::marks::{Mark, MarkKind, Marker},
    spoken::Spoken,
};
use crate::{
    proto::http::framing::Framing,
    wire::{Flow, Octets, Side},
};

/// The messages of one flow, as far as its octets have come.
#[derive(Clone, Debug)]
pub struct Messages {
    spoken: Spoken,
    /// How octets are read that are neither HTTP/1.x nor HTTP/2.
    otherwise: Lens,
    /// The client's first octets, while they may still become HTTP/2's preface.
    held: Vec<u8>,
    client: Half,
    server: Half,
    marks: Vec<Mark>,
}

/// Octets of one event that belong to one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// How many, left out ones included; at least one.
    pub octets: u64,
    /// Whether the message begins with them.
    pub begins: bool,
    /// How the message is to be read, as far as can be told.
    pub lens: Lens,
    /// In HTTP/1.x a request and its responses have the same number, counted from 0.
    pub exchange: u32,
}

#[derive(Clone, Debug)]
struct Half {
    from: Side,
    reader: Reader,
    /// How many octets have come.
    length: u64,
    open: Option<Open>,
    /// The other side has spoken since.
    interrupted: bool,
    /// The message being read is an interim response.
    interim: bool,
    exchange: u32,
}

#[derive(Clone, Debug)]
enum Reader {
    None,
    Http1(Box<Marker>),
    Http2(Box<FrameMarker>),
    DnsOverTcp(Box<DnsMarker>),
}

/// A message that may go on.
#[derive(Clone, Copy, Debug)]
struct Open {
    lens: Lens,
    /// Its start line has been read.
    started: bool,
}

/// One event, being cut.
struct Cut<'a> {
    at: u64,
    end: u64,
    run: Run,
    runs: &'a mut Vec<Run>,
}

impl Messages {
    /// Of a flow of which nothing has been seen.
    pub fn new() -> Self {
        Self::spoken(Spoken::Undecided, Lens::Hex)
    }

    /// Of a flow of which nothing has been cut yet; its ends may tell what is spoken.
    pub fn of(flow: &Flow) -> Self {
        let spoken = Spoken::by_flow(flow);
        let mut messages = Self::spoken(spoken, Lens::Hex);
        messages.client.reader = Reader::of(spoken, Side::Client);
        messages.server.reader = Reader::of(spoken, Side::Server);
        messages
    }

    /// Of octets below TLS, whatever they say.
    pub fn sealed() -> Self {
        Self::spoken(Spoken::Other, Lens::Tls)
    }

    fn spoken(spoken: Spoken, otherwise: Lens) -> Self {
        let (client, server) = (Half::new(Side::Client), Half::new(Side::Server));
        Self { spoken, otherwise, held: Vec::new(), client, server, marks: Vec::new() }
    }

    /// Adds to `runs` what the octets of one event, said by `from`, consist of.
    pub fn cut(&mut self, from: Side, octets: &Octets, runs: &mut Vec<Run>) {
        let length = octets.wire_len();
        if length == 0 {
            return;
        }
        self.decide(from, octets, runs);
        let Self { otherwise, client, server, marks, .. } = self;
        let (own, other) = match from {
            Side::Client => (client, server),
            Side::Server => (server, client),
        };
        other.interrupted = true;
        let mut cut = Cut::new(own.length, length, runs);
        own.length = cut.end;
        match (&mut own.reader, self.spoken) {
            (Reader::Http1(marker), _) => {
                marker.feed(&octets.bytes, marks);
                marker.gap(octets.omitted, marks);
                own.http1(other, marks, &mut cut);
            }
            (Reader::None, Spoken::Undecided) => own.http1(other, marks, &mut cut),
            (Reader::Http2(_), _) => own.frames(octets, *otherwise, &mut cut),
            (Reader::DnsOverTcp(marker), _) => {
                let mut found = Vec::new();
                marker.feed(&octets.bytes, octets.omitted, &mut found);
                own.dns(&found, &mut cut);
            }
            (Reader::None, Spoken::Dns) => own.turn(Lens::Dns, &mut cut),
            (Reader::None, _) => own.turn(*otherwise, &mut cut),
        }
        cut.finish();
        own.interrupted = false;
    }

    /// Decides which protocol is spoken, if that can be told now.
    fn decide(&mut self, from: Side, octets: &Octets, runs: &mut Vec<Run>) {
        if self.spoken != Spoken::Undecided {
            return;
        }
        let before = self.held.len();
        if from == Side::Client {
            self.held.extend_from_slice(&octets.bytes);
            self.spoken = Spoken::by_client(&self.held, octets.omitted > 0);
        } else {
            self.spoken = Spoken::by_server(&octets.bytes);
        }
        if self.spoken == Spoken::Undecided {
            return;
        }
        self.client.reader = Reader::of(self.spoken, Side::Client);
        self.server.reader = Reader::of(self.spoken, Side::Server);
        // What was held has been cut already: it is only read.
        let mut held = std::mem::take(&mut self.held);
        held.truncate(before);
        let Self { client, server, marks, .. } = self;
        match &mut client.reader {
            Reader::Http1(marker) => {
                marker.feed(&held, marks);
                client.http1(server, marks, &mut Cut::new(client.length, 0, runs));
            }
            Reader::Http2(marker) => marker.feed(&held, 0, &mut Vec::new()),
            Reader::DnsOverTcp(marker) => marker.feed(&held, 0, &mut Vec::new()),
            Reader::None => {}
        }
        if let Some(open) = &mut self.client.open {
            match &self.client.reader {
                Reader::Http2(_) => open.lens = Lens::Http2,
                Reader::DnsOverTcp(_) => open.lens = Lens::DnsOverTcp,
                Reader::Http1(_) | Reader::None => {}
            }
        }
    }
}

impl Default for Messages {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    fn of(spoken: Spoken, from: Side) -> Self {
        match spoken {
            Spoken::Http1 => Self::Http1(Box::new(Marker::new(from))),
            Spoken::Http2 => Self::Http2(Box::new(FrameMarker::new(from))),
            Spoken::DnsOverTcp => Self::DnsOverTcp(Box::default()),
            Spoken::Undecided | Spoken::Dns | Spoken::Other => Self::None,
        }
    }
}

impl Half {
    fn new(from: Side) -> Self {
        Self { from, reader: Reader::None, length: 0, open: None, interrupted: false, interim: false, exchange: 0 }
    }

    /// Cuts what the marks say; octets not marked yet are the beginning of a line.
    fn http1(&mut self, other: &mut Self, marks: &mut Vec<Mark>, cut: &mut Cut<'_>) {
        if self.interrupted && self.open.is_some_and(|open| open.lens == Lens::Hex) {
            self.open = None;
        }
        for mark in marks.drain(..) {
            match &mark.kind {
                MarkKind::RequestLine { method, .. } => other.tell(|marker| marker.asked(method.clone())),
                MarkKind::StatusLine { status } => self.interim = (100..200).contains(status) && *status != 101,
                MarkKind::HeadEnd(Framing::Tunnel) if self.from == Side::Server => other.tell(Marker::tunnel),
                _ => {}
            }
            self.mark(&mark, cut);
        }
        if cut.at < cut.end {
            if self.open.is_none() {
                self.begin(Lens::Http1, cut);
            }
            self.reach(cut.end, cut);
        }
    }

    fn mark(&mut self, mark: &Mark, cut: &mut Cut<'_>) {
        let starts = match mark.kind {
            MarkKind::End => {
                self.reach(mark.range.start, cut);
                self.open = None;
                self.exchange += u32::from(!self.interim);
                return;
            }
            MarkKind::RequestLine { .. } | MarkKind::StatusLine { .. } => true,
            _ => false,
        };
        let foreign = matches!(mark.kind, MarkKind::Unreadable | MarkKind::Tunnel | MarkKind::Gap);
        let lens = if foreign { Lens::Hex } else { Lens::Http1 };
        match &mut self.open {
            Some(open) if open.lens == Lens::Http1 && open.started => {}
            Some(open) if open.lens == Lens::Http1 => open.lens = lens,
            Some(_) if foreign => {}
            Some(_) | None => {
                self.reach(mark.range.start, cut);
                self.begin(lens, cut);
            }
        }
        if let Some(open) = &mut self.open {
            open.started |= starts;
        }
        self.reach(mark.range.end, cut);
    }

    fn frames(&mut self, octets: &Octets, otherwise: Lens, cut: &mut Cut<'_>) {
        let Reader::Http2(frames) = &mut self.reader else { return };
        if frames.is_lost() {
            return self.turn(otherwise, cut);
        }
        let mut marks = Vec::new();
        let inside = !frames.is_between();
        frames.feed(&octets.bytes, octets.omitted, &mut marks);
        let first_end = marks.iter().find_map(|mark| match mark {
            FrameMark::FrameEnd(range, _) => Some(range.end),
            FrameMark::Frame(..) | FrameMark::Fields(..) | FrameMark::Lost(_) | FrameMark::Gap(_) => None,
        });
        if self.open.is_none() || self.interrupted && !inside {
            self.begin(Lens::Http2, cut);
        } else if let (true, Some(end)) = (self.interrupted, first_end.filter(|end| *end < cut.end)) {
            self.reach(end, cut);
            self.begin(Lens::Http2, cut);
        }
        self.reach(cut.end, cut);
    }

    fn dns(&mut self, marks: &[DnsMark], cut: &mut Cut<'_>) {
        for mark in marks {
            match mark {
                DnsMark::Begin(at) => {
                    self.reach(*at, cut);
                    self.begin(Lens::DnsOverTcp, cut);
                }
                DnsMark::Message(range, _) => {
                    self.reach(range.end, cut);
                    self.open = None;
                    self.exchange += 1;
                }
                DnsMark::Lost(range) if self.open.is_none_or(|open| open.lens != Lens::Hex) => {
                    self.reach(range.start, cut);
                    self.begin(Lens::Hex, cut);
                }
                DnsMark::Lost(_) => {}
            }
        }
        self.reach(cut.end, cut);
    }

    fn turn(&mut self, lens: Lens, cut: &mut Cut<'_>) {
        if self.interrupted || self.open.is_none_or(|open| open.lens != lens) {
            self.begin(lens, cut);
        }
        self.reach(cut.end, cut);
    }

    fn begin(&mut self, lens: Lens, cut: &mut Cut<'_>) {
        cut.finish();
        self.open = Some(Open { lens, started: false });
        cut.run = Run { octets: 0, begins: true, lens, exchange: self.exchange };
    }

    /// Everything up to `offset` belongs to the open message.
    fn reach(&self, offset: u64, cut: &mut Cut<'_>) {
        let Some(open) = self.open else { return };
        cut.run.octets += offset.saturating_sub(cut.at);
        (cut.run.lens, cut.run.exchange) = (open.lens, self.exchange);
        cut.at = cut.at.max(offset);
    }

    fn tell(&mut self, what: impl FnOnce(&mut Marker)) {
        if let Reader::Http1(marker) = &mut self.reader {
            what(marker);
        }
    }
}

impl<'a> Cut<'a> {
    fn new(at: u64, length: u64, runs: &'a mut Vec<Run>) -> Self {
        let run = Run { octets: 0, begins: false, lens: Lens::Hex, exchange: 0 };
        Self { at, end: at + length, run, runs }
    }

    fn finish(&mut self) {
        if self.run.octets > 0 {
            self.runs.push(self.run);
            self.run = Run { octets: 0, begins: false, ..self.run };
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::proto::http::server::HTTP2_PREFACE;

    fn octets(bytes: &[u8], omitted: u64) -> Octets {
        Octets { bytes: Bytes::copy_from_slice(bytes), masked: None, omitted }
    }

    /// Lengths of the messages found in what `from` says in pieces of `piece` octets.
    fn cut(messages: &mut Messages, from: Side, said: &[u8], piece: usize) -> Vec<usize> {
        let mut lengths = Vec::new();
        for event in said.chunks(piece) {
            let mut runs = Vec::new();
            messages.cut(from, &octets(event, 0), &mut runs);
            assert_eq!(runs.iter().map(|run| run.octets).sum::<u64>(), event.len() as u64);
            for run in runs {
                if run.begins {
                    lengths.push(0);
                }
                *lengths.last_mut().unwrap() += usize::try_from(run.octets).unwrap();
            }
        }
        lengths
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
            let mut messages = Messages::new();
            let asked = cut(&mut messages, Side::Client, REQUESTS.concat().as_bytes(), piece);
            assert_eq!(asked, REQUESTS.map(str::len), "in pieces of {piece}");
            let answered = cut(&mut messages, Side::Server, RESPONSES.concat().as_bytes(), piece);
            assert_eq!(answered, RESPONSES.map(str::len), "in pieces of {piece}");
        }
    }

    #[test]
    fn answering_head_have_no_content() {
        let mut messages = Messages::new();
        let requests = ["HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"];
        assert_eq!(cut(&mut messages, Side::Client, requests.concat().as_bytes(), 7), requests.map(str::len));
        let replies =
            ["HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"];
        assert_eq!(cut(&mut messages, Side::Server, replies.concat().as_bytes(), 9), replies.map(str::len));
    }

    #[test]
    fn a_response_has_the_number_of_its_request_interim_ones_too() {
        let mut messages = Messages::new();
        let mut runs = Vec::new();
        messages.cut(Side::Client, &octets(REQUESTS.concat().as_bytes(), 0), &mut runs);
        let interim = "HTTP/1.1 100 Continue\r\n\r\n";
        let replies = format!("{}{interim}{}", RESPONSES[0], RESPONSES[1]);
        messages.cut(Side::Server, &octets(replies.as_bytes(), 0), &mut runs);
        let numbers: Vec<_> = runs.iter().map(|run| run.exchange).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 0, 1, 1]);
    }

    #[test]
    fn of_other_protocols_are_turns() {
        let mut messages = Messages::new();
        let mut runs = Vec::new();
        for (from, said) in [
            (Side::Server, "220 mail "),
            (Side::Server, "ready\r\n"),
            (Side::Client, "EHLO x\r\n"),
            (Side::Server, "250"),
        ] {
            messages.cut(from, &octets(said.as_bytes(), 0), &mut runs);
        }
        assert_eq!(runs.iter().map(|run| run.begins).collect::<Vec<_>>(), [true, false, true, true]);
        assert!(runs.iter().all(|run| run.lens == Lens::Hex));
    }

    #[test]
    fn of_http2_are_turns_in_whole_frames() {
        let mut messages = Messages::new();
        let mut runs = Vec::new();
        let settings = b"\0\0\0\x04\0\0\0\0\0";
        messages.cut(Side::Client, &octets(HTTP2_PREFACE, 0), &mut runs);
        messages.cut(Side::Client, &octets(settings, 0), &mut runs);
        messages.cut(Side::Server, &octets(&settings[..4], 0), &mut runs);
        messages.cut(Side::Client, &octets(settings, 0), &mut runs);
        messages.cut(Side::Server, &octets(&[&settings[4..], settings].concat(), 0), &mut runs);
        let found: Vec<_> = runs.iter().map(|run| (run.octets, run.begins)).collect();
        assert_eq!(found, [(24, true), (9, false), (4, true), (9, true), (5, false), (9, true)]);
        assert!(runs.iter().all(|run| run.lens == Lens::Http2));
    }

    #[test]
    fn are_found_again_after_omitted_octets() {
        let mut messages = Messages::new();
        let mut runs = Vec::new();
        messages.cut(Side::Client, &octets(REQUESTS.concat().as_bytes(), 0), &mut runs);
        runs.clear();
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
        messages.cut(Side::Server, &octets(head, 1000), &mut runs);
        messages.cut(Side::Server, &octets(b"HTTP/1.1 200 OK\r\n", 0), &mut runs);
        assert_eq!(runs.iter().map(|run| (run.octets, run.begins)).collect::<Vec<_>>(), [(1041, true), (17, true)]);
    }

    #[test]
    fn after_connect_are_not_http_any_more() {
        let mut messages = Messages::new();
        let mut runs = Vec::new();
        messages.cut(Side::Client, &octets(b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 0), &mut runs);
        messages.cut(Side::Server, &octets(b"HTTP/1.1 200 OK\r\n\r\n", 0), &mut runs);
        messages.cut(Side::Client, &octets(b"\x16\x03\x01", 0), &mut runs);
        let lenses: Vec<_> = runs.iter().map(|run| run.lens).collect();
        assert_eq!(lenses, [Lens::Http1, Lens::Http1, Lens::Hex]);
    }

    proptest! {
        #[test]
        fn of_any_octets_never_panic_nor_lose_any(
            said in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..40), 0_u64..3), 0..12),
        ) {
            let mut messages = Messages::new();
            for (client, bytes, omitted) in said {
                let mut runs = Vec::new();
                let octets = octets(&bytes, omitted);
                messages.cut(if client { Side::Client } else { Side::Server }, &octets, &mut runs);
                prop_assert_eq!(runs.iter().map(|run| run.octets).sum::<u64>(), octets.wire_len());
            }
        }
    }
}
