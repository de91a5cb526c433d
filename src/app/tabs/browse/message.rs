//! The two messages of an exchange as they crossed the wire: their heads octet by octet where the record has them, in words where they
//! are not text (HTTP/2) or were not kept.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::{
    engine::browse::{Exchange, MAX_CONTENT_KEPT},
    lens::{ExchangeView, FlowReading, MessageFlaw, MessageView, OctetStream, Track},
    proto::http::{
        charset::latin1,
        content::{ContentReader, Portion},
    },
    wire::{Ledger, Side},
};

/// Both messages of an exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HttpMessages {
    /// The request.
    pub(super) request: Option<HttpMessage>,
    /// The response.
    pub(super) response: Option<HttpMessage>,
    /// What is wrong with either.
    pub(super) wrong: Vec<MessageFlaw>,
}

/// One message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HttpMessage {
    /// Its head, line by line.
    pub(super) lines: Vec<HeadLine>,
    /// Octets of the whole message on the wire.
    pub(super) octets: u64,
    /// Octets of it that are content.
    pub(super) content_octets: u64,
    /// When its first octet left, or arrived, and its last, since the run began.
    pub(super) span: Option<(Duration, Duration)>,
}

/// A line of a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeadLine {
    /// Its text, without what ends it; octets outside ASCII are ISO 8859-1, a character an octet.
    pub(super) text: String,
    /// What the line is.
    pub(super) kind: LineKind,
    /// What ends it on the wire: `CRLF`, `LF`; nothing at the end of a head cut short or told in words.
    pub(super) end: Option<&'static str>,
}

/// What a line of a head is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    /// Request line.
    Request,
    /// Status line.
    Status,
    /// A field line, and how many octets of it are the name.
    Field(usize),
    /// The empty line that ends the head.
    Empty,
    /// Something else.
    Other,
}

impl HttpMessages {
    /// Those of `exchange`, read from the record; `origin` is when the run began.
    pub(super) fn of(ledger: &Ledger, exchange: &Exchange, origin: Duration) -> Self {
        let flow = exchange.timing.connection.and_then(|id| ledger.flow(id));
        let found = flow.filter(|_| !exchange.protocol.starts_with("HTTP/2")).and_then(|flow| {
            let reading = FlowReading::of(flow);
            let exchanges = reading.exchanges(flow);
            let streams = [Side::Client, Side::Server].map(|side| reading.stream(flow, Track::Application, side));
            Some(Self::as_written(nearest(&exchanges, exchange)?, streams))
        });
        let mut messages = found.unwrap_or_default();
        let told = Self::in_words(exchange);
        messages.request = messages.request.or(told.request);
        messages.response = messages.response.or(told.response);
        if let Some(response) = &mut messages.response {
            response.lines.extend(exchange.trailers.iter().map(|(name, value)| HeadLine {
                text: format!("{name}: {value}"),
                kind: LineKind::Field(name.len()),
                end: None,
            }));
        }
        for message in [&mut messages.request, &mut messages.response].into_iter().flatten() {
            message.span = message.span.map(|(from, to)| (from.saturating_sub(origin), to.saturating_sub(origin)));
        }
        messages
    }

    fn as_written(view: &ExchangeView, [client, server]: [OctetStream<'_>; 2]) -> Self {
        let message = |view: &MessageView, stream: OctetStream<'_>, side: Side| {
            let head = stream.octets(view.head.clone(), MAX_HEAD);
            HttpMessage {
                lines: head_lines(&head.bytes, side),
                octets: view.content.end.max(view.head.end) - view.head.start,
                content_octets: view.content_octets,
                span: Some((view.first_at, view.last_at)),
            }
        };
        Self {
            request: view.request.as_ref().map(|view| message(view, client, Side::Client)),
            response: view.response.as_ref().map(|view| message(view, server, Side::Server)),
            wrong: view.wrong.clone(),
        }
    }

    /// As the engine tells them, without octets.
    fn in_words(exchange: &Exchange) -> Self {
        let timing = &exchange.timing;
        let span = |from: Option<Duration>, to: Option<Duration>| from.zip(to);
        let send = timing.phases.send;
        let request = (!exchange.request_lines.is_empty()).then(|| HttpMessage {
            lines: told_lines(exchange.request_lines.iter().cloned(), LineKind::Request),
            octets: timing.request_octets,
            content_octets: 0,
            span: span(send.map(|send| send.from), send.map(|send| send.to)),
        });
        let receive = timing.phases.receive;
        let response = timing.status.map(|status| {
            let interim = exchange.interim.iter().flat_map(|interim| {
                let head = head_text(&interim.protocol, interim.status, &interim.reason, &interim.fields);
                let empty = HeadLine { text: String::new(), kind: LineKind::Empty, end: None };
                told_lines(head, LineKind::Status).into_iter().chain([empty])
            });
            let head = head_text(&exchange.protocol, status, &exchange.reason, &exchange.fields);
            HttpMessage {
                lines: interim.chain(told_lines(head, LineKind::Status)).collect(),
                octets: timing.response_octets,
                content_octets: timing.content_octets,
                span: span(receive.map(|receive| receive.from), receive.map(|receive| receive.to)),
            }
        });
        let refused = (!exchange.refused_head.is_empty()).then(|| HttpMessage {
            lines: told_lines(exchange.refused_head.iter().cloned(), LineKind::Status),
            ..HttpMessage::default()
        });
        Self { request, response: response.or(refused), wrong: Vec::new() }
    }
}

/// The lines of a head: status line and fields.
fn head_text<'a>(
    protocol: &str,
    status: u16,
    reason: &str,
    fields: &'a [(String, String)],
) -> impl Iterator<Item = String> + 'a {
    let first = format!("{protocol} {status} {reason}").trim_end().to_owned();
    std::iter::once(first).chain(fields.iter().map(|(name, value)| format!("{name}: {value}")))
}

/// What a response brought, read from the record: for a visit read from a file, which has the octets but not the contents. Nothing where
/// octets were left out of the record.
pub(super) fn content_of(ledger: &Ledger, exchange: &Exchange) -> Option<Bytes> {
    let flow = ledger.flow(exchange.timing.connection?)?;
    let reading = FlowReading::of(flow);
    let exchanges = reading.exchanges(flow);
    let view = nearest(&exchanges, exchange)?;
    let response = view.response.as_ref()?;
    let most = usize::try_from(response.content.end - response.content.start).ok()?;
    let kept = reading.stream(flow, Track::Application, Side::Server).octets(response.content.clone(), most);
    if !kept.gaps.is_empty() {
        return None;
    }
    if let Some(stream) = view.stream {
        let content = data_of(&kept.bytes, stream);
        return (!content.is_empty()).then(|| content.freeze());
    }
    let mut input = BytesMut::from(kept.bytes.as_slice());
    let mut reader = ContentReader::new(response.framing?, MAX_CONTENT_KEPT as u64).ok()?;
    let mut content = BytesMut::new();
    while let Ok(Portion::Content(piece)) = reader.step(&mut input, true) {
        content.extend_from_slice(&piece);
    }
    (!content.is_empty()).then(|| content.freeze())
}

/// What the DATA frames of `stream` carry, without padding: RFC 9113 §6.1. `octets` begin with a frame.
fn data_of(mut octets: &[u8], stream: u32) -> BytesMut {
    const DATA: u8 = 0;
    const PADDED: u8 = 0x8;
    let mut data = BytesMut::new();
    while let [a, b, c, kind, flags, s0, s1, s2, s3, rest @ ..] = octets {
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        let Some((payload, next)) = rest.split_at_checked(length) else { break };
        let of = u32::from_be_bytes([s0 & 0x7f, *s1, *s2, *s3]);
        if *kind == DATA && of == stream {
            let padded = if flags & PADDED == 0 {
                Some((0, payload))
            } else {
                payload.split_first().map(|(n, p)| (usize::from(*n), p))
            };
            let told = padded.and_then(|(padding, payload)| payload.get(..payload.len().checked_sub(padding)?));
            data.extend_from_slice(told.unwrap_or_default());
        }
        octets = next;
    }
    data
}

/// The exchange found in a connection's octets that was sent when `exchange` was.
fn nearest<'a>(found: &'a [ExchangeView], exchange: &Exchange) -> Option<&'a ExchangeView> {
    let sent = exchange.timing.phases.send?.from;
    let away =
        |view: &&ExchangeView| view.request.as_ref().map_or(Duration::MAX, |request| request.first_at.abs_diff(sent));
    let target = exchange.request_lines.first().and_then(|line| line.split(' ').nth(1));
    let same = |view: &&ExchangeView| target.is_none_or(|target| view.target == target);
    // Pipelined requests leave in one write: the target tells them apart.
    found.iter().filter(same).min_by_key(away).or_else(|| found.iter().min_by_key(away))
}

/// The lines of a head as written.
pub(super) fn head_lines(head: &[u8], side: Side) -> Vec<HeadLine> {
    let mut lines = Vec::new();
    for piece in head.split_inclusive(|&octet| octet == b'\n') {
        let (text, end) = match piece {
            [text @ .., b'\r', b'\n'] => (text, Some("CRLF")),
            [text @ .., b'\n'] => (text, Some("LF")),
            text => (text, None),
        };
        let text = latin1(text);
        let first = lines.is_empty();
        lines.push(HeadLine { kind: kind(&text, first, side), text, end });
    }
    lines
}

fn told_lines(lines: impl Iterator<Item = String>, first: LineKind) -> Vec<HeadLine> {
    lines
        .enumerate()
        .map(|(at, text)| {
            let field = text.find(": ").map_or(LineKind::Other, LineKind::Field);
            HeadLine { kind: if at == 0 { first } else { field }, text, end: None }
        })
        .collect()
}

fn kind(text: &str, first: bool, side: Side) -> LineKind {
    match (text, first, side) {
        ("", ..) => LineKind::Empty,
        (_, true, Side::Client) => LineKind::Request,
        (_, _, Side::Server) if text.starts_with("HTTP/") => LineKind::Status,
        _ => match text.find(':') {
            Some(name) if name > 0 => LineKind::Field(name),
            _ => LineKind::Other,
        },
    }
}

/// Octets of a head that are shown.
const MAX_HEAD: usize = 64 * 1024;

#[cfg(test)]
mod a_head_is_shown_as_it_was_written {
    use super::*;

    #[test]
    fn line_by_line_with_what_ends_each() {
        let lines = head_lines(b"GET / HTTP/1.1\r\nHost: a.lab\n\r\n", Side::Client);
        let told: Vec<_> = lines.iter().map(|line| (line.text.as_str(), line.kind, line.end)).collect();
        assert_eq!(
            told,
            [
                ("GET / HTTP/1.1", LineKind::Request, Some("CRLF")),
                ("Host: a.lab", LineKind::Field(4), Some("LF")),
                ("", LineKind::Empty, Some("CRLF")),
            ]
        );
    }

    #[test]
    fn cut_short_or_odd() {
        let lines = head_lines(b"HTTP/1.1 200 OK\r\n: no name\r\nDate", Side::Server);
        let kinds: Vec<_> = lines.iter().map(|line| line.kind).collect();
        assert_eq!(kinds, [LineKind::Status, LineKind::Other, LineKind::Other]);
        assert_eq!(lines.last().unwrap().end, None);
    }
}

#[cfg(test)]
mod content_in_frames {
    use super::data_of;

    #[test]
    fn is_joined_without_padding_and_without_what_other_streams_say() {
        let mut octets = Vec::new();
        let mut frame = |kind: u8, flags: u8, stream: u8, payload: &[u8]| {
            octets.extend([0, 0, u8::try_from(payload.len()).unwrap(), kind, flags, 0, 0, 0, stream]);
            octets.extend_from_slice(payload);
        };
        frame(0, 0, 1, b"one ");
        frame(0, 0, 3, b"other");
        frame(4, 0, 0, b"settings");
        frame(0, 8, 1, b"\x02two..");
        frame(0, 8, 1, b"\x09no");
        assert_eq!(data_of(&octets, 1), b"one two"[..]);
        assert_eq!(data_of(octets.get(..8).unwrap(), 1), b""[..]);
    }
}
