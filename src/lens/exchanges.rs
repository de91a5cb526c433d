//! The HTTP exchanges of a connection: which request and which response stand where in its octets, and when they crossed.

use std::{ops::Range, time::Duration};

use super::streams::OctetStream;
use crate::{proto::http::framing::Framing, wire::Side};

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
    pub wrong: Vec<MessageFlaw>,
}

/// Something wrong with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageFlaw {
    /// Whose message: the client's is the request.
    pub side: Side,
    /// What is wrong with it, as a clause: `the head does not end`.
    pub text: String,
}

/// Where a message stands in its side's [`OctetStream`].
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

impl ExchangeView {
    /// Moves its messages to where they stand in the flow's streams, which is so much after where its reader found them, and fills in when
    /// they crossed and what was left out of them.
    pub(super) fn locate(&mut self, begins: [u64; 2], streams: [OctetStream<'_>; 2]) {
        let messages = [&mut self.request, &mut self.response];
        for ((message, base), stream) in messages.into_iter().zip(begins).zip(streams) {
            let Some(message) = message else { continue };
            for range in [&mut message.head, &mut message.content] {
                *range = range.start.saturating_add(base)..range.end.saturating_add(base);
            }
            let end = message.content.end.max(message.head.end);
            let first = stream.first_at(message.head.start);
            let last = end.checked_sub(1).and_then(|last| stream.last_at(last));
            message.first_at = first.unwrap_or(message.first_at);
            message.last_at = last.unwrap_or(message.last_at);
            message.omitted = stream.omitted(&(message.head.start..end));
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
}
