//! The exchanges of an HTTP/2 connection, one a stream: RFC 9113 §8.1.

use std::collections::BTreeMap;

use super::{frame::FrameHeader, hpack::HeaderField, marks::FrameMark, words::END_STREAM};
use crate::{
    lens::{
        exchanges::{ExchangeView, MessageFlaw, MessageView},
        text::visible,
    },
    wire::Side,
};

/// Builds exchanges out of frames.
#[derive(Clone, Debug, Default)]
pub(super) struct StreamFinder {
    pub(super) found: Vec<ExchangeView>,
    streams: BTreeMap<u32, usize>,
}

impl StreamFinder {
    /// One more mark of what `from` sent.
    pub(super) fn mark(&mut self, from: Side, mark: &FrameMark) {
        match mark {
            FrameMark::Fields(stream, fields, range) => {
                let Some(exchange) = self.exchange(*stream) else { return };
                let message = message(exchange, from);
                if message.head.is_empty() {
                    *message = MessageView::at(range.start);
                }
                // A second block on a stream is interim or trailers: either way the message goes on to its end.
                if message.content_octets == 0 {
                    message.head.end = range.end;
                }
                message.content = message.head.end..range.end;
                match fields {
                    Some(fields) => take_fields(exchange, from, fields),
                    None => exchange.wrong.push(flaw(from, "its header block could not be read")),
                }
            }
            FrameMark::FrameEnd(range, frame) if frame.stream > 0 => self.frame_end(from, range.end, *frame),
            FrameMark::Frame(..)
            | FrameMark::PrefaceEnd(_)
            | FrameMark::FrameEnd(..)
            | FrameMark::Lost(_)
            | FrameMark::Gap(_) => {}
        }
    }

    fn frame_end(&mut self, from: Side, end: u64, frame: FrameHeader) {
        if !matches!(frame.kind, DATA | HEADERS | RST_STREAM) {
            return;
        }
        let Some(exchange) = self.exchange(frame.stream) else { return };
        if frame.kind == RST_STREAM {
            exchange.wrong.push(flaw(from, "its sender reset the stream"));
            return;
        }
        let message = message(exchange, from);
        if frame.kind == DATA {
            message.content_octets += u64::from(frame.length);
            message.content.end = end;
        }
        message.is_complete |= frame.has(END_STREAM);
    }

    fn exchange(&mut self, stream: u32) -> Option<&mut ExchangeView> {
        let index = *self.streams.entry(stream).or_insert_with(|| {
            self.found.push(ExchangeView { stream: Some(stream), ..ExchangeView::default() });
            self.found.len() - 1
        });
        self.found.get_mut(index)
    }
}

fn flaw(side: Side, text: &str) -> MessageFlaw {
    MessageFlaw { side, text: text.to_owned() }
}

fn message(exchange: &mut ExchangeView, from: Side) -> &mut MessageView {
    let message = match from {
        Side::Client => &mut exchange.request,
        Side::Server => &mut exchange.response,
    };
    message.get_or_insert_with(|| MessageView::at(0))
}

fn take_fields(exchange: &mut ExchangeView, from: Side, fields: &[HeaderField]) {
    let value =
        |name: &str| fields.iter().find(|field| field.name == name.as_bytes()).map(|field| visible(&field.value));
    match from {
        Side::Client => {
            if let Some(method) = value(":method") {
                exchange.method = method;
                exchange.target = value(":path").or_else(|| value(":authority")).unwrap_or_default();
            }
        }
        Side::Server => match value(":status").and_then(|status| status.parse().ok()) {
            Some(status @ 100..=199) => exchange.interim.push(status),
            Some(status) => {
                exchange.status = Some(status);
                exchange.media_type = value("content-type");
            }
            None => {}
        },
    }
}

const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const RST_STREAM: u8 = 0x3;
