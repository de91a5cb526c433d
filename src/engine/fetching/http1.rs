//! One HTTP/1.x connection in use: requests in, finished exchanges out, in order.

use std::{
    collections::VecDeque,
    future::{Future as _, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use bytes::Bytes;

use super::{
    FetchRequest, FetchResult, HeadFields, PartialExchange, SET_COOKIE, field_lines,
    load::{ConnectFailure, ConnectionTicket, LoadContext},
    send_cookies, too_much_content,
};
use crate::{
    engine::ask::Origin,
    net::{Connection, DriveError, Driver, NetError, Patience, TimeSpan},
    proto::http::{
        charset::latin1,
        client::{ClientError, ClientEvent, ClientSession, RequestIndex},
        coding,
        content::ContentError,
        encode::SecretFields,
        message::ResponseHead,
    },
    wire::{Failure, NoteKind},
};

/// An open connection and what is outstanding on it.
pub(super) struct Http1 {
    driver: Driver<ClientSession, Connection>,
    link: ConnectionTicket,
    asked: VecDeque<(RequestIndex, PartialExchange)>,
    told: VecDeque<FetchEvent>,
    /// Octets of the requests that were reported as sent.
    sent: u64,
    /// Octets of the responses that are complete.
    received: u64,
    answered: u32,
    /// The last thing asked for, if that was raw octets: they may hold several requests.
    raw: Option<FetchRequest>,
    /// Content is told as it comes.
    streams: bool,
    reusable: bool,
}

/// What happens on a connection.
pub(super) enum FetchEvent {
    /// Content of a response with this status, as it comes.
    Content(u16, Bytes),
    /// An exchange is over, well or badly.
    Done(Box<FetchResult>),
    /// Nothing is outstanding any more. These were not answered and may be asked again on another connection.
    Over(Vec<FetchRequest>),
}

impl Http1 {
    /// Opens a connection.
    pub(super) async fn open(load: &Arc<LoadContext>, origin: &Origin) -> Result<Self, ConnectFailure> {
        let (link, connection) = ConnectionTicket::open(load, origin, b"http/1.1").await?;
        // The record of this machine's Internet hides cookies; in the lab they are the lesson, and requests leave in one write.
        let shown = load.context.recorder.shows_secrets();
        let secrets = if shown { SecretFields::Credentials } else { SecretFields::CredentialsAndCookies };
        let session = ClientSession::new().with_max_content(load.max_content()).with_secrets(secrets);
        let clock = load.context.clock().clone();
        let patience = Patience::from(&load.context.timeouts);
        Ok(Self {
            driver: Driver::new(session, connection, clock, patience),
            link,
            asked: VecDeque::new(),
            told: VecDeque::new(),
            sent: 0,
            received: 0,
            answered: 0,
            raw: None,
            streams: false,
            reusable: true,
        })
    }

    /// Where it leads.
    pub(super) fn origin(&self) -> &Origin {
        &self.link.origin
    }

    /// Can it take another request, as far as is known?
    pub(super) fn is_reusable(&self) -> bool {
        self.reusable && self.driver.session().reusable().is_ok()
    }

    /// Reports content as it comes, from now on.
    pub(super) fn stream(&mut self, streams: bool) {
        self.streams = streams;
    }

    /// Asks; several without waiting are pipelined.
    pub(super) fn ask(&mut self, wanted: FetchRequest) {
        let mut pending = PartialExchange::new(wanted, self.link.load.now());
        pending.over((self.link.flow.id(), self.link.number), self.link.opened.take());
        pending.ends = self.link.ends();
        pending.cookies = send_cookies(&mut pending.wanted.ask, &self.link.load, &self.link.flow);
        let index = self.driver.session_mut().request(pending.wanted.ask.message());
        self.raw = pending.wanted.ask.raw.is_some().then(|| pending.wanted.clone());
        self.asked.push_back((index, pending));
    }

    /// What happens next. Nothing is lost when the future is dropped.
    pub(super) async fn next(&mut self) -> FetchEvent {
        loop {
            if self.driver.session().outstanding() == 0 {
                self.look_for_more().await;
            }
            if let Some(told) = self.told.pop_front() {
                return told;
            }
            if self.driver.session().outstanding() == 0 && self.asked.is_empty() {
                return FetchEvent::Over(Vec::new());
            }
            match self.driver.next_event().await {
                Ok(Some(event)) => self.handle(event),
                Ok(None) => {
                    let closed = ClientError::ClosedBeforeResponse { unanswered: self.asked.len() };
                    self.broke(&DriveError::Protocol(closed));
                }
                Err(error) => self.broke(&error),
            }
        }
    }

    /// After the last response: has the server sent octets that answer no request, as far as is known without waiting?
    async fn look_for_more(&mut self) {
        let Some(FetchEvent::Done(last)) = self.told.back_mut() else { return };
        let more = {
            let mut next = pin!(self.driver.next_event());
            poll_fn(|cx| match next.as_mut().poll(cx) {
                Poll::Ready(more) => Poll::Ready(Some(more)),
                Poll::Pending => Poll::Ready(None),
            })
            .await
        };
        if let Some(Err(DriveError::Protocol(error))) = more {
            let failure = error.failure();
            last.exchange.why.push(format!("the answer is whole, but then {}", failure.summary));
            self.link.flow.fail(self.link.load.now(), failure);
            self.reusable = false;
        }
    }

    fn handle(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Sent { request, octets } => {
                let span = self.sent_span(octets);
                self.sent += octets;
                self.link.load.count_request();
                if let Some(pending) = self.pending(request) {
                    pending.sent(span, octets);
                }
            }
            ClientEvent::Informational { request, head } => {
                if let Some(pending) = self.pending(request) {
                    pending.informed(&head);
                }
            }
            ClientEvent::Head { request, head, octets } => self.head(request, head, octets),
            ClientEvent::Content { request, bytes } => {
                let streams = self.streams;
                let load = Arc::clone(&self.link.load);
                let Some(pending) = self.pending(request) else { return };
                pending.content(&bytes, &load);
                let status = pending.head.as_ref().map_or(0, |head| head.status);
                if streams {
                    self.told.push_back(FetchEvent::Content(status, bytes));
                }
            }
            ClientEvent::Complete { request, octets, trailers, reusable } => {
                self.reusable = reusable.is_ok();
                if let Some(pending) = self.pending(request) {
                    pending.trailers = field_lines(&trailers);
                }
                self.complete(octets);
            }
        }
    }

    fn head(&mut self, request: RequestIndex, head: ResponseHead, octets: u64) {
        if self.pending(request).is_none()
            && let Some(mut wanted) = self.raw.clone()
        {
            wanted.why.push("the octets sent held another request, which is answered too".to_owned());
            let mut more = PartialExchange::new(wanted, self.link.load.now());
            more.over((self.link.flow.id(), self.link.number), None);
            more.ends = self.link.ends();
            self.asked.push_back((request, more));
        }
        let first = self.driver.received_at(self.received).map_or_else(|| self.link.load.now(), |span| span.from);
        let (load, flow) = (Arc::clone(&self.link.load), self.link.flow.clone());
        if let Some(pending) = self.pending(request) {
            let lines: Vec<Bytes> = head.fields.values(SET_COOKIE).cloned().collect();
            pending.receive_cookies(&lines, &load, &flow);
            pending.answered(first);
            pending.response_octets += octets;
            pending.head = Some(HeadFields {
                protocol: head.version.text(),
                status: head.status,
                reason: head.reason,
                codings: coding::applied(&head.fields),
                fields: field_lines(&head.fields),
            });
        }
    }

    fn complete(&mut self, octets: u64) {
        let Some((_, pending)) = self.asked.pop_front() else { return };
        self.received += octets;
        let last = self.driver.received_at(self.received.saturating_sub(1));
        let last = last.map_or_else(|| self.link.load.now(), |span| span.to);
        self.answered += 1;
        self.told.push_back(FetchEvent::Done(Box::new(pending.complete(last, octets))));
    }

    /// The connection is no good any more. What may be asked again is: RFC 9110 §9.2.2, RFC 9112 §9.3.1.
    fn broke(&mut self, error: &DriveError<ClientError>) {
        self.reusable = false;
        let patience_ended = matches!(error, DriveError::Net(NetError::TimedOut { .. }));
        let failure = failure(error);
        let refused = self.driver.session().refused_head().map(head_lines).unwrap_or_default();
        if let Some((_, first)) = self.asked.front_mut() {
            first.refused_head = refused;
        }
        let safe = self.driver.session().retriable();
        let again = if patience_ended || !self.has_served(error) { Vec::new() } else { safe };
        let now = self.link.load.now();
        let mut retried = Vec::new();
        for (index, pending) in std::mem::take(&mut self.asked) {
            if again.contains(&index) {
                let mut wanted = pending.wanted;
                wanted.why.push(format!(
                    "asked again on a new connection: connection {} ended before its answer, and repeating {} does no harm \
                     (RFC 9112 §9.3.1)",
                    self.link.number, wanted.ask.method
                ));
                retried.push(wanted);
            } else {
                self.link.flow.fail(now, failure.clone());
                self.told.push_back(FetchEvent::Done(Box::new(pending.failed(failure.clone()))));
            }
        }
        if !retried.is_empty() {
            let text = format!(
                "The connection ended with {} unanswered; repeating them does no harm, so they are asked again on a new one.",
                requests(retried.len())
            );
            self.link.flow.note(now, NoteKind::Why, text, Some("RFC 9112 §9.3.1"));
        }
        self.told.push_back(FetchEvent::Over(retried));
    }

    /// Did this connection get any request done? If not, a new one would hardly fare better: a failed retry is not retried.
    fn has_served(&self, error: &DriveError<ClientError>) -> bool {
        let nothing_came =
            matches!(error, DriveError::Protocol(ClientError::ClosedBeforeResponse { .. }) | DriveError::Net(_));
        self.answered > 0 || !nothing_came
    }

    fn pending(&mut self, request: RequestIndex) -> Option<&mut PartialExchange> {
        self.asked.iter_mut().find(|(index, _)| *index == request).map(|(_, pending)| pending)
    }

    fn sent_span(&self, octets: u64) -> TimeSpan {
        let now = self.link.load.now();
        let from = self.driver.sent_at(self.sent).unwrap_or(now);
        let to = self.driver.sent_at(self.sent + octets.saturating_sub(1)).unwrap_or(now);
        TimeSpan { from, to: to.max(from) }
    }
}

fn failure(error: &DriveError<ClientError>) -> Failure {
    match error {
        DriveError::Net(error) => error.failure(),
        DriveError::Protocol(ClientError::Content(ContentError::TooLarge { announced, limit })) => {
            too_much_content(*announced, *limit)
        }
        DriveError::Protocol(error) => error.failure(),
    }
}

/// The lines of a head that cannot be read, as they came, up to the empty line that would end it.
fn head_lines(head: &[u8]) -> Vec<String> {
    let shown = head.get(..MAX_REFUSED_SHOWN).unwrap_or(head);
    latin1(shown).lines().take_while(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Octets of a head that cannot be read that are shown.
const MAX_REFUSED_SHOWN: usize = 4096;

fn requests(count: usize) -> String {
    if count == 1 { "one request".to_owned() } else { format!("{count} requests") }
}
