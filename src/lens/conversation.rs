//! A connection as a conversation: `C:` and `S:` lines, contents summed up. An index that grows with the flow and is painted by rows:
//! making a row's text costs the same wherever it stands.

use std::{collections::BTreeMap, ops::Range, time::Duration};

use super::{
    exchanges::{ExchangeFinder, ExchangeView},
    h2,
    http::marks::{Mark, MarkKind, Marker},
    stream::{Stream, said},
};
use crate::{
    proto::http::{content::chunk_size, framing::Framing, head::is_tchar, server::HTTP2_PREFACE},
    wire::{Content, Flow, FlowState, Layer, Octets, Side, Step, WireEvent},
};

/// The conversation of one flow, as far as it has been followed.
#[derive(Clone, Debug)]
pub struct Conversation {
    spoken: Spoken,
    client: Half,
    server: Half,
    rows: Vec<Row>,
    wrong: BTreeMap<usize, String>,
    exchanges: ExchangeFinder,
    next_event: usize,
    last: Option<Fingerprint>,
}

/// Tells one event of a flow from another: late events take their place in time among those that were followed already.
type Fingerprint = (Duration, Side, Layer, u64);

/// One line of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who said it.
    pub side: Side,
    /// When it crossed: its first octet, as the client's side saw it.
    pub at: Duration,
    /// What it says, without its line end. Control octets are shown as `\x..`, contents are summed up.
    pub text: String,
    /// How it ended.
    pub end: LineEnd,
    /// What kind of line it is.
    pub kind: LineKind,
    /// Of a status line: the status code.
    pub status: Option<u16>,
    /// Its octets in the side's [`Stream`].
    pub range: Range<u64>,
    /// What is wrong with it.
    pub wrong: Option<String>,
}

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineEnd {
    /// CR LF.
    CrLf,
    /// LF alone.
    Lf,
    /// Not at all: it is not a line of text, or is cut.
    None,
}

/// What kind of line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LineKind {
    /// A request line or status line.
    StartLine,
    /// A field line, trailers included.
    Field,
    /// An empty line.
    BlankLine,
    /// Content, summed up.
    Content,
    /// A chunk: its size line and content, summed up.
    Chunk,
    /// The last chunk's size line.
    LastChunk,
    /// An HTTP/2 frame.
    Frame,
    /// Octets that are not read any further: another protocol, or nothing any rule fits.
    Octets,
    /// Octets the record left out.
    Omitted,
    /// A step of TCP or TLS; no octets.
    Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spoken {
    Undecided,
    Http1,
    Http2,
    Other,
}

/// One side, as far as it has been read.
#[derive(Clone, Debug)]
struct Half {
    stream: Stream,
    marker: Marker,
    frames: h2::FrameMarker,
    /// The row that the next mark may lengthen.
    open: Option<usize>,
    ended: bool,
}

/// 32 octets a row: a million of them are cheap.
#[derive(Clone, Copy, Debug)]
struct Row {
    from: u64,
    length: u64,
    /// For [`LineKind::Step`]: which event.
    event: u32,
    kind: LineKind,
    side: Side,
}

impl Conversation {
    /// Nothing followed yet.
    pub fn new() -> Self {
        Self {
            spoken: Spoken::Undecided,
            client: Half::new(Side::Client),
            server: Half::new(Side::Server),
            rows: Vec::new(),
            wrong: BTreeMap::new(),
            exchanges: ExchangeFinder::default(),
            next_event: 0,
            last: None,
        }
    }

    /// The whole of a flow.
    pub fn of(flow: &Flow) -> Self {
        let mut conversation = Self::new();
        conversation.follow(flow);
        conversation
    }

    /// Reads what `flow` has got since the last call. Always call it with the same flow.
    pub fn follow(&mut self, flow: &Flow) {
        let last = self.next_event.checked_sub(1).and_then(|last| flow.events.get(last));
        if last.map(fingerprint) != self.last {
            *self = Self::new();
        }
        let ended = flow.state != FlowState::Live;
        let first_open = self.exchanges.first_open();
        self.decide(flow, ended);
        if self.spoken == Spoken::Undecided {
            return;
        }
        let mut marks = Vec::new();
        while let Some(event) = flow.events.get(self.next_event) {
            let index = u32::try_from(self.next_event).unwrap_or(u32::MAX);
            self.next_event += 1;
            self.last = Some(fingerprint(event));
            match (&event.content, said(event)) {
                (_, Some(octets)) => self.octets(event.from, index, octets, &mut marks),
                (Content::Step(step), None) => self.step(*step, event.from, index, &mut marks),
                (Content::Octets(_), None) => {}
            }
        }
        if ended {
            self.end(Side::Client, &mut marks);
            self.end(Side::Server, &mut marks);
        }
        for index in first_open..self.exchanges.found.len() {
            self.exchanges.time(index, flow, &self.client.stream, &self.server.stream);
        }
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Line `index`, of the same flow.
    pub fn line(&self, flow: &Flow, index: usize) -> Option<Line> {
        let row = self.rows.get(index)?;
        let stream = self.stream(row.side);
        let range = row.from..row.from + row.length;
        let event = match row.kind {
            LineKind::Step => Some(row.event as usize),
            _ => stream.event_at(row.from),
        };
        let (text, end) = self.text(flow, *row, &range);
        Some(Line {
            side: row.side,
            at: event.and_then(|event| flow.events.get(event)).map(|event| event.at).unwrap_or_default(),
            status: match (row.kind, row.side) {
                (LineKind::StartLine, Side::Server) => {
                    text.split_ascii_whitespace().nth(1).and_then(|code| code.parse().ok())
                }
                _ => None,
            },
            text,
            end,
            kind: row.kind,
            range,
            wrong: self.wrong.get(&index).cloned(),
        })
    }

    /// The line that shows the octet at `offset` of `side`'s stream.
    pub fn line_at(&self, side: Side, offset: u64) -> Option<usize> {
        let covers = |row: &Row| row.side == side && row.kind != LineKind::Step && row.from + row.length > offset;
        self.rows.iter().position(covers)
    }

    /// The HTTP/1.x exchanges found so far.
    pub fn exchanges(&self) -> &[ExchangeView] {
        &self.exchanges.found
    }

    /// One side's stream.
    pub fn stream(&self, side: Side) -> &Stream {
        match side {
            Side::Client => &self.client.stream,
            Side::Server => &self.server.stream,
        }
    }

    fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// Decides which protocol is spoken by what is said first; waits until that can be told.
    fn decide(&mut self, flow: &Flow, ended: bool) {
        if self.spoken != Spoken::Undecided {
            return;
        }
        let mut begins = Vec::new();
        for event in &flow.events {
            let Some(octets) = said(event) else { continue };
            if event.from == Side::Server {
                if begins.is_empty() {
                    self.spoken = if octets.bytes.starts_with(b"HTTP/") { Spoken::Http1 } else { Spoken::Other };
                }
                break;
            }
            begins.extend_from_slice(&octets.bytes);
            if begins.len() >= HTTP2_PREFACE.len() {
                break;
            }
        }
        if self.spoken == Spoken::Undecided {
            self.spoken = spoken(&begins, ended);
        }
    }

    fn octets(&mut self, from: Side, event: u32, octets: &Octets, marks: &mut Vec<Mark>) {
        let spoken = self.spoken;
        let half = self.half(from);
        let start = half.stream.length();
        half.stream.push(event, octets);
        match spoken {
            Spoken::Http1 => {
                half.marker.feed(&octets.bytes, marks);
                half.marker.gap(octets.omitted, marks);
                self.take(from, marks);
            }
            Spoken::Http2 => {
                let frames = half.frames.feed(&octets.bytes, octets.omitted);
                self.rows.extend(frames.into_iter().map(|(range, kind)| Row::new(from, kind, &range)));
            }
            Spoken::Other | Spoken::Undecided => {
                let range = start..start + octets.wire_len();
                self.rows.push(Row::new(from, LineKind::Octets, &range));
            }
        }
    }

    fn step(&mut self, step: Step, from: Side, event: u32, marks: &mut Vec<Mark>) {
        match step {
            Step::Fin => self.end(from, marks),
            Step::Rst => {
                self.end(Side::Client, marks);
                self.end(Side::Server, marks);
            }
            Step::TlsEstablished => {}
            Step::Syn | Step::SynAck | Step::Ack | Step::Lost | Step::Retransmit => return,
        }
        self.rows.push(Row { from: 0, length: 0, event, kind: LineKind::Step, side: from });
    }

    fn end(&mut self, side: Side, marks: &mut Vec<Mark>) {
        let http1 = self.spoken == Spoken::Http1;
        let half = self.half(side);
        if http1 && !std::mem::replace(&mut half.ended, true) {
            half.marker.end(marks);
            self.take(side, marks);
        }
    }

    fn take(&mut self, from: Side, marks: &mut Vec<Mark>) {
        for mark in marks.drain(..) {
            match &mark.kind {
                MarkKind::RequestLine { method, .. } => self.server.marker.asked(method.clone()),
                MarkKind::HeadEnd(Framing::Tunnel) => self.client.marker.tunnel(),
                _ => {}
            }
            let media_type = if from == Side::Server { self.server.marker.field("Content-Type") } else { None };
            self.exchanges.mark(from, &mark, media_type);
            self.row(from, mark);
        }
    }

    fn row(&mut self, from: Side, mark: Mark) {
        let (kind, joins) = match mark.kind {
            MarkKind::End => {
                let at = self.rows.len().saturating_sub(1);
                if let (Some(wrong), false) = (mark.wrong, self.rows.is_empty()) {
                    self.wrong.entry(at).or_insert(wrong);
                }
                self.half(from).open = None;
                return;
            }
            MarkKind::RequestLine { .. } | MarkKind::StatusLine { .. } => (LineKind::StartLine, false),
            MarkKind::Field | MarkKind::Trailer => (LineKind::Field, false),
            MarkKind::EmptyLine | MarkKind::HeadEnd(_) | MarkKind::TrailersEnd => (LineKind::BlankLine, false),
            MarkKind::Content => (LineKind::Content, true),
            MarkKind::ChunkSize(_) => (LineKind::Chunk, false),
            MarkKind::ChunkData | MarkKind::ChunkEnd => (LineKind::Chunk, true),
            MarkKind::LastChunk => (LineKind::LastChunk, false),
            MarkKind::Tunnel | MarkKind::Unreadable => (LineKind::Octets, true),
            MarkKind::Gap => (LineKind::Omitted, true),
        };
        let open = self.half(from).open.and_then(|at| self.rows.get_mut(at).map(|row| (at, row)));
        let at = match open {
            Some((at, row)) if joins && row.kind == kind && row.from + row.length == mark.range.start => {
                row.length = mark.range.end - row.from;
                at
            }
            _ => {
                self.rows.push(Row::new(from, kind, &mark.range));
                self.rows.len() - 1
            }
        };
        self.half(from).open = Some(at);
        if let Some(wrong) = mark.wrong {
            self.wrong.entry(at).or_insert(wrong);
        }
    }

    fn text(&self, flow: &Flow, row: Row, range: &Range<u64>) -> (String, LineEnd) {
        let stream = self.stream(row.side);
        match row.kind {
            LineKind::Step => (step_text(flow, row), LineEnd::None),
            LineKind::Omitted => (format!("{} not kept", octets_text(row.length)), LineEnd::None),
            LineKind::Frame => {
                let begins = stream.octets(flow, range.clone(), h2::SHOWN_OF_FRAME);
                (h2::frame_text(&begins.bytes), LineEnd::None)
            }
            LineKind::StartLine | LineKind::Field | LineKind::BlankLine | LineKind::LastChunk => {
                let shown = stream.octets(flow, range.clone(), MAX_LINE_SHOWN);
                line_text(&shown.bytes, shown.bytes.len() as u64 == row.length)
            }
            LineKind::Content | LineKind::Octets | LineKind::Chunk => {
                let begins = stream.octets(flow, range.clone(), MAX_LINE_SHOWN);
                let omitted = stream.omitted(flow, range);
                (summary(row, &begins.bytes, omitted), LineEnd::None)
            }
        }
    }
}

impl Default for Conversation {
    fn default() -> Self {
        Self::new()
    }
}

impl Half {
    fn new(side: Side) -> Self {
        Self {
            stream: Stream::default(),
            marker: Marker::new(side),
            frames: h2::FrameMarker::new(side),
            open: None,
            ended: false,
        }
    }
}

impl Row {
    fn new(side: Side, kind: LineKind, range: &Range<u64>) -> Self {
        Self { from: range.start, length: range.end - range.start, event: 0, kind, side }
    }
}

fn fingerprint(event: &WireEvent) -> Fingerprint {
    let length = match &event.content {
        Content::Octets(octets) => octets.wire_len(),
        Content::Step(_) => 0,
    };
    (event.at, event.from, event.layer, length)
}

fn spoken(begins: &[u8], ended: bool) -> Spoken {
    let preface = HTTP2_PREFACE.get(..begins.len().min(HTTP2_PREFACE.len())).unwrap_or_default();
    let could_be_preface = begins.starts_with(preface);
    let whole = begins.len() >= HTTP2_PREFACE.len();
    match () {
        () if begins.is_empty() && !ended => Spoken::Undecided,
        () if could_be_preface && whole => Spoken::Http2,
        () if could_be_preface && !ended => Spoken::Undecided,
        () if begins.first().is_some_and(|octet| {
            is_tchar(*octet)
                || b"
"
                .contains(octet)
        }) =>
        {
            Spoken::Http1
        }
        () => Spoken::Other,
    }
}

fn step_text(flow: &Flow, row: Row) -> String {
    let step = flow.events.get(row.event as usize).map(|event| &event.content);
    match step {
        Some(Content::Step(Step::Fin)) => "has nothing more to send (FIN)",
        Some(Content::Step(Step::Rst)) => "tore the connection down (RST)",
        Some(Content::Step(Step::TlsEstablished)) => "TLS is established: what follows is sealed on the wire",
        _ => "",
    }
    .to_owned()
}

fn line_text(bytes: &[u8], whole: bool) -> (String, LineEnd) {
    match bytes {
        [text @ .., b'\r', b'\n'] if whole => (visible(text), LineEnd::CrLf),
        [text @ .., b'\n'] if whole => (visible(text), LineEnd::Lf),
        text if whole => (visible(text), LineEnd::None),
        text => (visible(text) + "…", LineEnd::None),
    }
}

fn summary(row: Row, begins: &[u8], omitted: u64) -> String {
    let (length, begins) = match row.kind {
        LineKind::Chunk => {
            let line = begins.iter().position(|octet| *octet == b'\n').map_or(begins.len(), |end| end + 1);
            let (size, rest) = begins.split_at_checked(line).unwrap_or((begins, b""));
            let size = size.trim_ascii();
            let octets = chunk_size(size, true).unwrap_or(0);
            let rest = rest.get(..usize::try_from(octets).unwrap_or(usize::MAX).min(rest.len())).unwrap_or_default();
            (format!("chunk {} = {}", visible(size), octets_text(octets)), rest)
        }
        LineKind::Octets => (octets_text(row.length), begins),
        _ => (format!("content, {}", octets_text(row.length)), begins),
    };
    let mut text = length;
    if omitted > 0 {
        text.push_str(&format!(", {} of them not kept", octets_text(omitted)));
    }
    let preview = preview(begins);
    if !preview.is_empty() {
        text.push_str(": ");
        text.push_str(&preview);
    }
    text
}

/// The first words of text, nothing of anything else.
fn preview(bytes: &[u8]) -> String {
    let start = bytes.get(..bytes.len().min(PREVIEW)).unwrap_or_default();
    // A character may have been cut at the end.
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(start.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
        Err(_) => return String::new(),
    };
    if text.chars().any(|char| char.is_control() && !char.is_whitespace()) {
        return String::new();
    }
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if start.len() < bytes.len() {
        words.push('…');
    }
    words
}

/// Text with every octet shown: control octets and what is not UTF-8 as `\x..`.
pub(super) fn visible(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '\t' => text.push('\t'),
                char if char.is_control() => text.push_str(&format!("\\x{:02x}", u32::from(char))),
                char => text.push(char),
            }
        }
        for octet in chunk.invalid() {
            text.push_str(&format!("\\x{octet:02x}"));
        }
    }
    text
}

/// `1 octet`, `1,234 octets`.
pub(super) fn octets_text(count: u64) -> String {
    if count == 1 {
        return "1 octet".to_owned();
    }
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 7);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + " octets"
}

/// Octets of a line that are shown.
const MAX_LINE_SHOWN: usize = 4096;

/// Octets of content that are shown in its line.
const PREVIEW: usize = 160;

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::wire::{End, Ends, Entry, FlowId, FlowKind, Ledger};

    type Said<'a> = (u64, Side, &'a [u8], u64);

    fn ledger(events: &[Said<'_>], ended: bool) -> Ledger {
        let (id, at) = (FlowId(0), Duration::ZERO);
        let end = |name: &str| End { name: name.to_owned(), ip_port: None };
        let ends = Ends { client: end("you"), server: end("www.someschool.edu") };
        let mut ledger = Ledger::default();
        ledger.apply(Entry::Opened { id, parent: None, kind: FlowKind::Connection, title: String::new(), ends, at });
        for (millis, from, bytes, omitted) in events {
            let octets = Octets { bytes: Bytes::copy_from_slice(bytes), masked: None, omitted: *omitted };
            let (at, content) = (Duration::from_millis(*millis), Content::Octets(octets));
            ledger.apply(Entry::Event {
                id,
                event: WireEvent { at, from: *from, layer: Layer::Stream, content, transit: None },
            });
        }
        if ended {
            ledger.apply(Entry::Ended { id, at, state: FlowState::Closed });
        }
        ledger
    }

    fn flow(events: &[Said<'_>]) -> Flow {
        ledger(events, true).flow(FlowId(0)).unwrap().clone()
    }

    fn lines(flow: &Flow) -> Vec<String> {
        let conversation = Conversation::of(flow);
        let line = |index| {
            let line = conversation.line(flow, index).unwrap();
            let side = if line.side == Side::Client { 'C' } else { 'S' };
            let wrong = line.wrong.map(|wrong| format!(" ! {wrong}")).unwrap_or_default();
            format!("{} {side}: {}{wrong}", line.at.as_millis(), line.text)
        };
        (0..conversation.len()).map(line).collect()
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
        assert_eq!(Conversation::of(&flow).line(&flow, 3).unwrap().status, Some(200));
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
        let exchanges = super::super::http::exchanges(&flow);
        let seen: Vec<_> = exchanges.iter().map(|exchange| (exchange.target.as_str(), exchange.status)).collect();
        assert_eq!(seen, [("/1", Some(200)), ("/2", Some(404))]);
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
        let exchanges = super::super::http::exchanges(&flow);
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
        let exchanges = super::super::http::exchanges(&flow);
        let octets: Vec<_> =
            exchanges.iter().map(|exchange| exchange.response.as_ref().unwrap().content_octets).collect();
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
        let exchanges = super::super::http::exchanges(&flow);
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
    fn following_a_growing_flow_gives_the_same_as_reading_it_whole() {
        // The last one is told of late: it takes its place in time before others.
        let said: [Said<'_>; 5] = [
            (0, C, b"GET / HTTP/1.1\r\nHo", 0),
            (2, C, b"st: x\r\n\r\n", 0),
            (3, S, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", 0),
            (5, S, b"c\r\n0\r\n\r\n", 0),
            (4, C, b"GET /2 HTTP/1.1\r\nHost: x\r\n\r\n", 0),
        ];
        let mut growing = Conversation::new();
        for count in 0..=said.len() {
            growing.follow(ledger(&said[..count], false).flow(FlowId(0)).unwrap());
        }
        let whole = flow(&said);
        growing.follow(&whole);
        let all = |conversation: &Conversation| {
            (0..conversation.len()).map(|index| conversation.line(&whole, index)).collect::<Vec<_>>()
        };
        assert_eq!(all(&growing), all(&Conversation::of(&whole)));
        assert_eq!(growing.exchanges(), Conversation::of(&whole).exchanges());
        assert_eq!(growing.exchanges().len(), 2);
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
            let conversation = Conversation::of(&flow);
            for side in [C, S] {
                let mut at = 0;
                for index in 0..conversation.len() {
                    let line = conversation.line(&flow, index).unwrap();
                    if line.side == side {
                        prop_assert_eq!(line.range.start, at);
                        at = line.range.end;
                    }
                }
                // HTTP/2 frames may announce more than came.
                prop_assert!(at >= conversation.stream(side).length());
            }
        }
    }
}
