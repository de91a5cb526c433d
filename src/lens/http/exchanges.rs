//! The exchanges of an HTTP/1.x connection, found in the marks on its octets.

use super::marks::{HttpMark, HttpMarkKind};
use crate::{
    lens::exchanges::{ExchangeView, MessageFlaw, MessageView},
    wire::Side,
};

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
    pub(super) fn mark(&mut self, from: Side, mark: &HttpMark, media_type: Option<&str>) {
        match &mark.kind {
            HttpMarkKind::RequestLine { method, target } => {
                self.asking = Some(self.found.len());
                self.found.push(ExchangeView {
                    method: method.clone(),
                    target: target.clone(),
                    request: Some(MessageView::at(mark.range.start)),
                    ..ExchangeView::default()
                });
            }
            HttpMarkKind::StatusLine { status } => self.status_line(*status, mark.range.start),
            HttpMarkKind::Field
            | HttpMarkKind::HeadEnd(_)
            | HttpMarkKind::Content
            | HttpMarkKind::ChunkSize(_)
            | HttpMarkKind::ChunkData
            | HttpMarkKind::ChunkEnd
            | HttpMarkKind::LastChunk
            | HttpMarkKind::Trailer
            | HttpMarkKind::TrailersEnd
            | HttpMarkKind::Unreadable
            | HttpMarkKind::Gap
            | HttpMarkKind::End
            | HttpMarkKind::EmptyLine
            | HttpMarkKind::Tunnel => {}
        }
        let Some(exchange) = self.current(from) else { return };
        exchange.wrong.extend(mark.wrong.clone().map(|text| MessageFlaw { side: from, text }));
        if let HttpMarkKind::HeadEnd(_) = mark.kind
            && from == Side::Server
        {
            exchange.media_type = media_type.map(str::to_owned);
        }
        let message = match from {
            Side::Client => &mut exchange.request,
            Side::Server => &mut exchange.response,
        };
        let Some(message) = message else { return };
        extend(message, mark);
        if mark.kind == HttpMarkKind::End {
            self.end(from);
        }
    }

    fn status_line(&mut self, status: u16, at: u64) {
        if self.found.get(self.answering).is_none() {
            // It answers nothing we could read: RFC 9112 §9.2. A refusal is right where the request was so broken, or so late, that it
            // could not be.
            let text = "it answers no request".to_owned();
            let unasked = (!refuses_the_unread(status)).then_some(MessageFlaw { side: Side::Server, text });
            self.found.push(ExchangeView { wrong: unasked.into_iter().collect(), ..ExchangeView::default() });
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

/// May a server answer so what it could not read as a request, or what did not come to its end? RFC 9110 §15.5, §15.6.
fn refuses_the_unread(status: u16) -> bool {
    matches!(status, 400 | 408 | 414 | 431 | 501 | 503 | 505)
}

fn extend(message: &mut MessageView, mark: &HttpMark) {
    let length = mark.range.end - mark.range.start;
    match mark.kind {
        HttpMarkKind::RequestLine { .. } | HttpMarkKind::StatusLine { .. } | HttpMarkKind::Field => {
            message.head.end = mark.range.end;
        }
        HttpMarkKind::HeadEnd(framing) => {
            message.framing = Some(framing);
            message.head.end = mark.range.end;
        }
        HttpMarkKind::Content | HttpMarkKind::ChunkData => message.content_octets += length,
        HttpMarkKind::Unreadable | HttpMarkKind::Gap => message.is_exact = false,
        HttpMarkKind::End => message.is_complete = mark.wrong.is_none(),
        HttpMarkKind::ChunkSize(_)
        | HttpMarkKind::ChunkEnd
        | HttpMarkKind::LastChunk
        | HttpMarkKind::Trailer
        | HttpMarkKind::TrailersEnd
        | HttpMarkKind::EmptyLine
        | HttpMarkKind::Tunnel => {}
    }
    message.content = message.head.end..mark.range.end.max(message.head.end);
}
