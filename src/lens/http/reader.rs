//! Reads both sides of an HTTP/1.x connection as they come.

use super::{
    exchanges::ExchangeFinder,
    line,
    marks::{HttpMark, HttpMarkKind, HttpMarker},
    tree, words,
};
use crate::{
    lens::{
        ExchangeView, FieldNode,
        protocol::{
            FlowPiece, LadderArrow, LineSource, LineText, MessageSource, ProtocolReader, ReaderFindings, SectionEvent,
            Switch, UNREAD, Words,
        },
    },
    proto::http::framing::Framing,
    wire::Side,
};

/// Both sides of a connection.
#[derive(Debug)]
pub(super) struct Http1Reader {
    client: Http1Side,
    server: Http1Side,
    marks: Vec<HttpMark>,
    /// The port that the last CONNECT asked for.
    tunnel_port: Option<u16>,
}

/// One side.
#[derive(Debug)]
struct Http1Side {
    side: Side,
    marker: HttpMarker,
    open: Option<HttpMessageState>,
    /// The other side has spoken since.
    was_interrupted: bool,
    status: u16,
    exchange: u32,
}

/// A message that may go on.
#[derive(Clone, Copy, Debug)]
struct HttpMessageState {
    /// Where it begins.
    at: u64,
    is_readable: bool,
    /// Its start line has been read.
    is_started: bool,
}

impl Http1Reader {
    pub(super) fn new() -> Self {
        let (client, server) = (Http1Side::new(Side::Client), Http1Side::new(Side::Server));
        Self { client, server, marks: Vec::new(), tunnel_port: None }
    }

    fn take(&mut self, side: Side, found: &mut ReaderFindings) {
        for mark in std::mem::take(&mut self.marks) {
            self.note(side, &mark);
            let (own, other) = match side {
                Side::Client => (&mut self.client, &mut self.server),
                Side::Server => (&mut self.server, &mut self.client),
            };
            own.mark(&mark, found);
            line::found(&mark, found);
            if let (Side::Server, HttpMarkKind::HeadEnd(Framing::Tunnel)) = (side, &mark.kind) {
                other.marker.tunnel();
                let agreed = own.marker.field("Upgrade").filter(|_| own.status == 101).map(str::to_owned);
                let at = mark.range.end;
                found.switch(Switch { at, agreed, port: self.tunnel_port, begins_tls: false });
            }
        }
    }

    /// What one side says that decides how the other one is read.
    fn note(&mut self, side: Side, mark: &HttpMark) {
        match &mark.kind {
            HttpMarkKind::RequestLine { method, target } => {
                self.server.marker.asked(method.clone());
                if method == "CONNECT" {
                    self.tunnel_port = target.rsplit(':').next().and_then(|port| port.parse().ok());
                }
            }
            HttpMarkKind::StatusLine { status } if side == Side::Server => self.server.status = *status,
            _ => {}
        }
    }
}

impl ProtocolReader for Http1Reader {
    fn read(&mut self, piece: FlowPiece<'_>, found: &mut ReaderFindings) {
        let (own, other) = match piece.side {
            Side::Client => (&mut self.client, &mut self.server),
            Side::Server => (&mut self.server, &mut self.client),
        };
        other.was_interrupted = true;
        own.begin_turn();
        own.marker.feed(piece.bytes, &mut self.marks);
        own.marker.gap(piece.omitted, &mut self.marks);
        self.take(piece.side, found);
        match piece.side {
            Side::Client => self.client.begin_line(found),
            Side::Server => self.server.begin_line(found),
        }
    }

    fn end(&mut self, side: Side, found: &mut ReaderFindings) {
        let own = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        own.marker.end(&mut self.marks);
        self.take(side, found);
    }

    fn line(&self, line: &LineSource<'_>) -> LineText {
        line::text(line)
    }

    fn noun(&self, side: Side, kind: u8) -> &'static str {
        match side {
            _ if kind == UNREAD => "Octets",
            Side::Client => "Request",
            Side::Server => "Response",
        }
    }

    fn fields(&self, message: &MessageSource<'_>) -> Vec<FieldNode> {
        let asked = message.request.map(method);
        tree::read(message.octets, message.side, asked.as_deref().as_slice())
    }

    fn words(&self, arrow: &LadderArrow<'_>) -> Option<Words> {
        words::of(arrow)
    }

    fn exchanges(&self, events: &mut dyn Iterator<Item = SectionEvent<'_>>) -> Vec<ExchangeView> {
        let (mut client, mut server) = (HttpMarker::new(Side::Client), HttpMarker::new(Side::Server));
        let mut ended = [false; 2];
        let (mut finder, mut marks) = (ExchangeFinder::default(), Vec::new());
        for event in events {
            let side = match event {
                SectionEvent::Octets(piece) => piece.side,
                SectionEvent::End(side) => side,
            };
            let own = if side == Side::Client { &mut client } else { &mut server };
            match event {
                SectionEvent::Octets(piece) => {
                    own.feed(piece.bytes, &mut marks);
                    own.gap(piece.omitted, &mut marks);
                }
                SectionEvent::End(side) => {
                    let ended = ended.get_mut(side as usize);
                    if ended.is_some_and(|ended| !std::mem::replace(ended, true)) {
                        own.end(&mut marks);
                    }
                }
            }
            for mark in marks.drain(..) {
                match &mark.kind {
                    HttpMarkKind::RequestLine { method, .. } => server.asked(method.clone()),
                    HttpMarkKind::HeadEnd(Framing::Tunnel) => client.tunnel(),
                    _ => {}
                }
                finder.mark(side, &mark, server.field("Content-Type").filter(|_| side == Side::Server));
            }
        }
        finder.found
    }
}

impl Http1Side {
    fn new(side: Side) -> Self {
        Self { side, marker: HttpMarker::new(side), open: None, was_interrupted: false, status: 0, exchange: 0 }
    }

    /// It speaks; what could not be read before the other side spoke does not go on.
    fn begin_turn(&mut self) {
        let interrupted = std::mem::take(&mut self.was_interrupted);
        self.open = self.open.filter(|open| open.is_readable || !interrupted);
    }

    fn begin(&mut self, at: u64, is_readable: bool, found: &mut ReaderFindings) {
        self.open = Some(HttpMessageState { at, is_readable, is_started: false });
        found.begin(at, if is_readable { MESSAGE } else { UNREAD }, Some(self.exchange));
    }

    /// Octets that are not marked yet are the beginning of a line, and of a message where none is read.
    fn begin_line(&mut self, found: &mut ReaderFindings) {
        let Some(pending) = self.marker.pending() else { return };
        let goes_on = |open: HttpMessageState| open.at == pending || open.is_readable && !self.marker.is_lost();
        if !self.open.is_some_and(goes_on) {
            self.begin(pending, true, found);
        }
    }

    /// Where messages begin and end.
    fn mark(&mut self, mark: &HttpMark, found: &mut ReaderFindings) {
        let at = mark.range.start;
        if mark.kind == HttpMarkKind::End {
            return self.end(at, found);
        }
        // A line that was looked at for a start line after the place in a message was lost: it may be one of another message.
        let is_stray = mark.kind == HttpMarkKind::Unreadable && mark.wrong.is_none();
        let is_foreign = matches!(mark.kind, HttpMarkKind::Unreadable | HttpMarkKind::Tunnel | HttpMarkKind::Gap);
        let begins_line = !matches!(mark.kind, HttpMarkKind::Tunnel | HttpMarkKind::Gap);
        match &mut self.open {
            Some(open) if open.is_readable && (open.at == at || !open.is_started && !is_stray) => {
                if is_foreign {
                    open.is_readable = false;
                    found.kind(UNREAD);
                }
            }
            Some(open) if open.is_readable && !is_stray => {}
            Some(open) if is_foreign && !(begins_line && open.at != at) => {}
            Some(_) | None => self.begin(at, !is_foreign, found),
        }
        if let (Some(open), HttpMarkKind::RequestLine { .. } | HttpMarkKind::StatusLine { .. }) =
            (&mut self.open, &mark.kind)
        {
            open.is_started = true;
        }
    }

    /// The message that is read has ended before `at`, where another one may have begun already.
    fn end(&mut self, at: u64, found: &mut ReaderFindings) {
        // A final response has answered the request, an interim one has not: RFC 9110 §15.2.
        let interim = self.side == Side::Server && (100..200).contains(&self.status) && self.status != 101;
        self.exchange += u32::from(!interim);
        if self.open.is_some_and(|open| open.at >= at && !open.is_started) {
            found.exchange(self.exchange);
        } else {
            found.end(at);
            self.open = None;
        }
    }
}

/// A request's method, as far as its first octets tell.
fn method(request: &[u8]) -> String {
    let word = request.iter().copied().skip_while(u8::is_ascii_whitespace).take_while(u8::is_ascii_graphic);
    String::from_utf8_lossy(&word.take(MAX_METHOD).collect::<Vec<_>>()).into_owned()
}

/// The kind of every message that can be read.
const MESSAGE: u8 = 1;
/// Octets of a method that are looked at.
const MAX_METHOD: usize = 32;
