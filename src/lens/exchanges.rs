//! The HTTP exchanges of a connection, found in its octets: which request and which response stand where, and when they crossed.

use std::{ops::Range, time::Duration};

use super::{
    http::marks::{Mark, MarkKind},
    streams::Stream,
};
use crate::{
    proto::http::framing::Framing,
    wire::{Flow, Side},
};

/// One request and its response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExchangeView {
    /// Method; empty when the response answers no request that could be read.
    pub method: String,
    /// Request target as written.
    pub target: String,
    /// Status code of the final response.
    pub status: Option<u16>,
    /// The stream it was made on, in HTTP/2.
    pub stream: Option<u32>,
    /// Media type of the response's content as written, parameters included.
    pub media_type: Option<String>,
    /// Status codes of interim (1xx) responses.
    pub interim: Vec<u16>,
    /// Where the request stands, in the client's stream.
    pub request: Option<MessageView>,
    /// Where the final response stands, in the server's stream; interim responses before it included.
    pub response: Option<MessageView>,
    /// What is wrong with either, in the order it was met.
    pub wrong: Vec<String>,
}

/// Where a message stands in its side's [`Stream`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageView {
    /// Start line, fields, empty line.
    pub head: Range<u64>,
    /// What follows the head, up to the end of the message: content, chunk framing, trailers. In HTTP/2 frames of other streams may stand in
    /// between.
    pub content: Range<u64>,
    /// Octets of content alone, chunk framing removed (HTTP/2: payloads of DATA, padding included). Too small when the record left out octets of a chunked message
    /// ([`Self::is_exact`]).
    pub content_octets: u64,
    /// How its content is delimited; `None` in HTTP/2, and while the head is not complete.
    pub framing: Option<Framing>,
    /// Octets of the message that the record left out.
    pub omitted: u64,
    /// False when the record left out so much that the message's end had to be guessed.
    pub is_exact: bool,
    /// Whether its end was seen.
    pub is_complete: bool,
    /// When its first octet left the client, or began to reach it.
    pub first_at: Duration,
    /// When its last octet (so far) had left the client, or had reached it.
    pub last_at: Duration,
}

/// Builds exchanges out of marks.
#[derive(Clone, Debug, Default)]
pub(super) struct ExchangeFinder {
    pub(super) found: Vec<ExchangeView>,
    /// Index of the exchange whose request is being read.
    asking: Option<usize>,
    /// Index of the exchange whose response is being read, or comes next.
    answering: usize,
    answer_open: bool,
    interim: bool,
}

impl ExchangeFinder {
    /// One more mark of the octets `from` sent; `stream` is that side's, `media_type` the current response's Content-Type.
    pub(super) fn mark(&mut self, from: Side, mark: &Mark, media_type: Option<&str>) {
        match &mark.kind {
            MarkKind::RequestLine { method, target } => {
                self.asking = Some(self.found.len());
                self.found.push(ExchangeView {
                    method: method.clone(),
                    target: target.clone(),
                    request: Some(MessageView::at(mark.range.start)),
                    ..ExchangeView::default()
                });
            }
            MarkKind::StatusLine { status } => self.status_line(*status, mark.range.start),
            MarkKind::Field
            | MarkKind::HeadEnd(_)
            | MarkKind::Content
            | MarkKind::ChunkSize(_)
            | MarkKind::ChunkData
            | MarkKind::ChunkEnd
            | MarkKind::LastChunk
            | MarkKind::Trailer
            | MarkKind::TrailersEnd
            | MarkKind::Unreadable
            | MarkKind::Gap
            | MarkKind::End
            | MarkKind::EmptyLine
            | MarkKind::Tunnel => {}
        }
        let Some(exchange) = self.current(from) else { return };
        exchange.wrong.extend(mark.wrong.clone());
        if let MarkKind::HeadEnd(_) = mark.kind
            && from == Side::Server
        {
            exchange.media_type = media_type.map(str::to_owned);
        }
        let message = match from {
            Side::Client => &mut exchange.request,
            Side::Server => &mut exchange.response,
        };
        let Some(message) = message else { return };
        message.extend(mark);
        if mark.kind == MarkKind::End {
            self.end(from);
        }
    }

    /// The first exchange that may still change.
    pub(super) fn first_open(&self) -> usize {
        self.answering.min(self.asking.unwrap_or(usize::MAX))
    }

    fn status_line(&mut self, status: u16, at: u64) {
        if self.found.get(self.answering).is_none() {
            // It answers nothing we could read: RFC 9112 §9.2.
            self.found
                .push(ExchangeView { wrong: vec!["it answers no request".to_owned()], ..ExchangeView::default() });
            self.answering = self.found.len() - 1;
        }
        self.answer_open = true;
        self.interim = (100..200).contains(&status) && status != 101;
        let Some(exchange) = self.found.get_mut(self.answering) else { return };
        if self.interim {
            exchange.interim.push(status);
        } else {
            exchange.status = Some(status);
        }
        let message = exchange.response.get_or_insert_with(|| MessageView::at(at));
        message.is_complete = false;
    }

    fn current(&mut self, from: Side) -> Option<&mut ExchangeView> {
        let index = match from {
            Side::Client => self.asking?,
            Side::Server if self.answer_open => self.answering,
            Side::Server => return None,
        };
        self.found.get_mut(index)
    }

    fn end(&mut self, from: Side) {
        match from {
            Side::Client => self.asking = None,
            Side::Server => {
                self.answer_open = false;
                if !self.interim {
                    self.answering += 1;
                }
            }
        }
    }
}

impl ExchangeView {
    /// Fills in when its messages crossed and what was left out of them.
    pub(super) fn time(&mut self, flow: &Flow, client: &Stream, server: &Stream) {
        for (message, stream) in [(&mut self.request, client), (&mut self.response, server)] {
            let Some(message) = message else { continue };
            let end = message.content.end.max(message.head.end);
            let first = stream.first_at(flow, message.head.start);
            let last = end.checked_sub(1).and_then(|last| stream.last_at(flow, last));
            message.first_at = first.unwrap_or(message.first_at);
            message.last_at = last.unwrap_or(message.last_at);
            message.omitted = stream.omitted(flow, &(message.head.start..end));
        }
    }
}

impl MessageView {
    pub(super) fn at(start: u64) -> Self {
        Self {
            head: start..start,
            content: start..start,
            content_octets: 0,
            framing: None,
            omitted: 0,
            is_exact: true,
            is_complete: false,
            first_at: Duration::ZERO,
            last_at: Duration::ZERO,
        }
    }

    fn extend(&mut self, mark: &Mark) {
        let length = mark.range.end - mark.range.start;
        match mark.kind {
            MarkKind::RequestLine { .. } | MarkKind::StatusLine { .. } | MarkKind::Field => {
                self.head.end = mark.range.end;
            }
            MarkKind::HeadEnd(framing) => {
                self.framing = Some(framing);
                self.head.end = mark.range.end;
            }
            MarkKind::Content | MarkKind::ChunkData => self.content_octets += length,
            MarkKind::Unreadable | MarkKind::Gap => self.is_exact = false,
            MarkKind::End => self.is_complete = mark.wrong.is_none(),
            MarkKind::ChunkSize(_)
            | MarkKind::ChunkEnd
            | MarkKind::LastChunk
            | MarkKind::Trailer
            | MarkKind::TrailersEnd
            | MarkKind::EmptyLine
            | MarkKind::Tunnel => {}
        }
        self.content = self.head.end..mark.range.end.max(self.head.end);
    }
}
