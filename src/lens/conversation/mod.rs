//! A connection as a conversation: `C:` and `S:` lines, contents summed up. An index that grows with the flow and is painted by rows:
//! making a row's text costs the same wherever it stands.

mod wording;

use std::{collections::BTreeMap, ops::Range, time::Duration};

use self::wording::{MAX_LINE_SHOWN, fields_text, line_text, step_text, summary};
use super::{
    dns::{self, DnsMark, DnsMarker},
    exchanges::{ExchangeFinder, ExchangeView},
    h2::{self, FrameMark, FrameMarker, StreamFinder},
    http::marks::{Mark, MarkKind, Marker},
    spoken::Spoken,
    streams::{Stream, said},
};
use crate::{
    proto::http::{framing::Framing, server::HTTP2_PREFACE},
    wire::{Content, Flow, FlowState, Layer, Octets, Side, Step, WireEvent, units::count_octets},
};

/// The conversation of one flow, as far as it has been followed.
#[derive(Clone, Debug)]
pub struct Conversation {
    spoken: Spoken,
    client: Half,
    server: Half,
    rows: Vec<Row>,
    wrong: BTreeMap<usize, String>,
    /// What rows of HTTP/2 header blocks say, beyond what their frames say.
    fields: BTreeMap<usize, String>,
    exchanges: ExchangeFinder,
    streams: StreamFinder,
    /// Where DNS messages stand in their side's stream, their length over TCP included.
    dns: Vec<Range<u64>>,
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
    /// A DNS message: its header and question.
    Message,
    /// A record of the DNS message before it.
    Record,
    /// Octets that are not read any further: another protocol, or nothing any rule fits.
    Octets,
    /// Octets the record left out.
    Omitted,
    /// A step of TCP or TLS; no octets.
    Step,
}

/// One side, as far as it has been read.
#[derive(Clone, Debug)]
struct Half {
    stream: Stream,
    marker: Marker,
    frames: FrameMarker,
    dns: DnsMarker,
    /// The row that the next mark may lengthen.
    open: Option<usize>,
    ended: bool,
}

/// 32 octets a row: a million of them are cheap.
#[derive(Clone, Copy, Debug)]
struct Row {
    from: u64,
    length: u64,
    /// For [`LineKind::Step`]: which event; for DNS: which message.
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
            fields: BTreeMap::new(),
            exchanges: ExchangeFinder::default(),
            streams: StreamFinder::default(),
            dns: Vec::new(),
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
        self.follow_part(flow, usize::MAX);
    }

    /// Reads at most `most` of the events that `flow` has got since the last call; `true` when none are left. Lets a window take in a long
    /// flow over many frames.
    pub fn follow_part(&mut self, flow: &Flow, most: usize) -> bool {
        let last = self.next_event.checked_sub(1).and_then(|last| flow.events.get(last));
        if last.map(fingerprint) != self.last {
            *self = Self::new();
        }
        let ended = flow.state != FlowState::Live;
        let first_open = self.exchanges.first_open();
        let first_stream = self.streams.first_open();
        self.decide(flow, ended);
        if self.spoken == Spoken::Undecided || self.next_event == flow.events.len() && !ended {
            return true;
        }
        let mut marks = Vec::new();
        for event in flow.events.iter().skip(self.next_event).take(most) {
            let index = u32::try_from(self.next_event).unwrap_or(u32::MAX);
            self.next_event += 1;
            self.last = Some(fingerprint(event));
            match (&event.content, said(event)) {
                (_, Some(octets)) => self.octets(event.from, index, octets, &mut marks),
                (Content::Step(step), None) => self.step(*step, event.from, index, &mut marks),
                (Content::Octets(_), None) => {}
            }
        }
        let caught_up = self.next_event == flow.events.len();
        if ended && caught_up {
            self.end(Side::Client, &mut marks);
            self.end(Side::Server, &mut marks);
        }
        let open =
            self.exchanges.found.iter_mut().skip(first_open).chain(self.streams.found.iter_mut().skip(first_stream));
        for exchange in open {
            exchange.time(flow, &self.client.stream, &self.server.stream);
        }
        caught_up
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
        let (mut text, end) = self.text(flow, *row, &range);
        if let Some(fields) = self.fields.get(&index) {
            text.push_str(fields);
        }
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

    /// The HTTP exchanges found so far, in the order they were asked for.
    pub fn exchanges(&self) -> &[ExchangeView] {
        if self.spoken == Spoken::Http2 { &self.streams.found } else { &self.exchanges.found }
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
        self.spoken = Spoken::by_flow(flow);
        if self.spoken != Spoken::Undecided {
            return;
        }
        let mut begins = Vec::new();
        for event in &flow.events {
            let Some(octets) = said(event) else { continue };
            if event.from == Side::Server {
                if begins.is_empty() {
                    self.spoken = Spoken::by_server(&octets.bytes);
                }
                break;
            }
            begins.extend_from_slice(&octets.bytes);
            if begins.len() >= HTTP2_PREFACE.len() {
                break;
            }
        }
        if self.spoken == Spoken::Undecided {
            self.spoken = Spoken::by_client(&begins, ended);
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
                let mut frames = Vec::new();
                half.frames.feed(&octets.bytes, octets.omitted, &mut frames);
                for frame in frames {
                    self.streams.mark(from, &frame);
                    self.frame(from, frame);
                }
            }
            Spoken::Dns => {
                let range = start..start + octets.wire_len();
                self.dns_message(from, range, 0, &dns::cut_off(&octets.bytes, octets.omitted));
            }
            Spoken::DnsOverTcp => {
                let mut found = Vec::new();
                half.dns.feed(&octets.bytes, octets.omitted, &mut found);
                self.dns(from, found);
            }
            Spoken::Other | Spoken::Undecided => {
                let range = start..start + octets.wire_len();
                self.rows.push(Row::new(from, LineKind::Octets, &range));
            }
        }
    }

    fn dns(&mut self, from: Side, marks: Vec<DnsMark>) {
        for mark in marks {
            match mark {
                DnsMark::Begin(_) => {}
                DnsMark::Message(range, Some(message)) if !message.is_empty() => {
                    self.dns_message(from, range, dns::LENGTH_OCTETS as u64, &dns::Reading::of(&message));
                }
                DnsMark::Message(range, _) | DnsMark::Lost(range) => {
                    self.rows.push(Row::new(from, LineKind::Octets, &range));
                }
            }
        }
    }

    /// A message that stands at `range`, behind `before` octets of length.
    fn dns_message(&mut self, from: Side, range: Range<u64>, before: u64, reading: &dns::Reading) {
        let number = u32::try_from(self.dns.len()).unwrap_or(u32::MAX);
        let mut row = |rows: &mut Vec<Row>, kind, range: Range<u64>, wrong: Option<String>| {
            if let Some(wrong) = wrong {
                self.wrong.insert(rows.len(), wrong);
            }
            rows.push(Row { event: number, ..Row::new(from, kind, &range) });
        };
        let place = |offset: usize| (range.start + before + offset as u64).min(range.end);
        let records = reading.sections().into_iter().flat_map(|(_, lines)| lines);
        let rest = if reading.rest.is_empty() { range.end } else { place(reading.rest.start) };
        let first = records.clone().next().map_or(rest, |line| place(line.range.start));
        row(&mut self.rows, LineKind::Message, range.start..first, reading.wrong());
        let mut at = first;
        for line in records {
            at = place(line.range.end);
            row(&mut self.rows, LineKind::Record, place(line.range.start)..at, line.wrong.clone());
        }
        if at < range.end {
            row(&mut self.rows, LineKind::Octets, at..range.end, None);
        }
        self.dns.push(range);
    }

    fn frame(&mut self, from: Side, mark: FrameMark) {
        let row = match mark {
            FrameMark::Frame(range, _) => Row::new(from, LineKind::Frame, &range),
            FrameMark::Lost(range) => Row::new(from, LineKind::Octets, &range),
            FrameMark::Gap(range) => Row::new(from, LineKind::Omitted, &range),
            FrameMark::FrameEnd(..) => return,
            FrameMark::Fields(_, fields, range) => {
                let begins = |row: &Row| row.side == from && row.kind == LineKind::Frame && row.from == range.start;
                if let Some(at) = self.rows.iter().rposition(begins) {
                    match fields {
                        Some(fields) => drop(self.fields.insert(at, fields_text(&fields))),
                        None => drop(self.wrong.insert(at, "the header block cannot be read".to_owned())),
                    }
                }
                return;
            }
        };
        self.rows.push(row);
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
        let spoken = self.spoken;
        let http1 = spoken == Spoken::Http1;
        let half = self.half(side);
        if http1 && !std::mem::replace(&mut half.ended, true) {
            half.marker.end(marks);
            self.take(side, marks);
        }
        let half = self.half(side);
        if let (Spoken::DnsOverTcp, Some(range), false) = (spoken, half.dns.open(), half.ended) {
            half.ended = true;
            self.wrong.insert(self.rows.len(), "the message is not all here".to_owned());
            self.rows.push(Row::new(side, LineKind::Octets, &range));
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
            LineKind::Omitted => (format!("{} not kept", count_octets(row.length)), LineEnd::None),
            LineKind::Frame => {
                let begins = stream.octets(flow, range.clone(), h2::SHOWN_OF_FRAME);
                (h2::frame_text(&begins.bytes), LineEnd::None)
            }
            LineKind::Message | LineKind::Record => (self.dns_text(flow, row).unwrap_or_default(), LineEnd::None),
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

    fn dns_text(&self, flow: &Flow, row: Row) -> Option<String> {
        let before = if self.spoken == Spoken::DnsOverTcp { dns::LENGTH_OCTETS as u64 } else { 0 };
        let whole = self.dns.get(row.event as usize)?;
        let kept = self.stream(row.side).octets(flow, whole.start + before..whole.end, MAX_MESSAGE);
        if row.kind == LineKind::Message {
            return Some(dns::Reading::of(&kept.bytes).summary());
        }
        let offset = usize::try_from(row.from.checked_sub(whole.start + before)?).ok()?;
        Some(dns::line_at(&kept.bytes, offset)?.text)
    }
}

/// Octets of the longest DNS message (RFC 1035 §4.2.2).
const MAX_MESSAGE: usize = 65_535;

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
            frames: FrameMarker::new(side),
            dns: DnsMarker::default(),
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

#[cfg(test)]
mod tests;
