//! Requests on their way out, and what has to be known of them to read their responses.

use std::{collections::VecDeque, ops::Range, time::Duration};

use bytes::{Bytes, BytesMut};

use super::{ClientEvent, RequestIndex};
use crate::proto::{
    http::{
        encode::{self, EncodedHead, InvalidRequest, SecretFields},
        framing::Persistence,
        limits::CONTINUE_PATIENCE,
        message::{Fields, Request, RequestHead, Version},
        server,
    },
    session::Outgoing,
};

/// Requests that have not left, in the order they will.
#[derive(Default)]
pub(super) struct RequestQueue {
    next: u32,
    unsent: VecDeque<UnsentRequest>,
    tail: Option<Bytes>,
    held: Option<WithheldContent>,
    pub(super) secrets: SecretFields,
}

/// Octets that leave now, what they ask, and what the caller is told once they have left.
#[derive(Default)]
pub(super) struct Departure {
    pub(super) parts: Vec<Bytes>,
    pub(super) secret: Option<Range<usize>>,
    pub(super) asks: Vec<OutstandingRequest>,
    pub(super) sent: Vec<ClientEvent>,
}

/// A request that has not left yet, and what it asks: several things where it is raw and holds several requests.
struct UnsentRequest {
    request: Request,
    asks: Vec<OutstandingRequest>,
}

/// Content that waits for 100 (RFC 9110 §10.1.1).
struct WithheldContent {
    request: RequestIndex,
    head_octets: usize,
    content: Bytes,
    /// When it leaves all the same; `None` until the head has left.
    until: Option<Duration>,
}

impl RequestQueue {
    pub(super) fn push(&mut self, request: Request) -> RequestIndex {
        let first = RequestIndex(self.next);
        let asks = match &request.raw {
            None => vec![OutstandingRequest::of(first, &request.method, Some((request.version, &request.fields)))],
            Some(raw) => raw_asks(self.next, &request.method, raw),
        };
        self.next = asks.last().map_or(self.next, |last| last.request.0) + 1;
        self.unsent.push_back(UnsentRequest { request, asks });
        first
    }

    /// What has not left, in order.
    pub(super) fn waiting(&self) -> impl Iterator<Item = RequestIndex> {
        self.unsent.iter().flat_map(|unsent| &unsent.asks).map(|asked| asked.request)
    }

    /// When content leaves that waits for 100.
    pub(super) fn waits_until(&self) -> Option<Duration> {
        self.held.as_ref().and_then(|held| held.until)
    }

    /// 100 came: the content of `request` may leave.
    pub(super) fn release(&mut self, request: RequestIndex) {
        if let Some(held) = self.held.as_mut().filter(|held| held.request == request) {
            held.until = Some(Duration::ZERO);
        }
    }

    /// The final answer to `request` came: content that waited for 100 stays here. Octets that left of it, if it had waited.
    pub(super) fn withhold(&mut self, request: RequestIndex) -> Option<usize> {
        self.held.take_if(|held| held.request == request).map(|held| held.head_octets)
    }

    /// What leaves next: all that is queued, up to a second secret, large content, or content that waits for 100.
    pub(super) fn depart(&mut self, now: Duration) -> Result<Option<Departure>, InvalidRequest> {
        if let Some(content) = self.tail.take() {
            return Ok(Some(Departure { parts: vec![content], ..Departure::default() }));
        }
        if let Some(held) = &mut self.held {
            let until = *held.until.get_or_insert(now.saturating_add(CONTINUE_PATIENCE));
            let due = self.held.take_if(|_| until <= now);
            return Ok(due.map(|WithheldContent { request, head_octets, content, .. }| {
                let sent = vec![sent(request, head_octets + content.len())];
                Departure { parts: vec![content], sent, ..Departure::default() }
            }));
        }
        let (mut departure, mut length) = (Departure::default(), 0);
        while let Some(UnsentRequest { request, .. }) = self.unsent.front() {
            let head = match encoded(request, self.secrets) {
                Ok(head) => head,
                // What was queued before it leaves first.
                Err(_) if length > 0 => break,
                Err(invalid) => return Err(invalid),
            };
            if departure.secret.is_some() && head.secret.is_some() {
                break;
            }
            let Some(UnsentRequest { request, asks }) = self.unsent.pop_front() else { break };
            departure.secret = departure.secret.or(head.secret.map(|range| range.start + length..range.end + length));
            length += head.bytes.len();
            let content = self.content(&request, &asks, head.bytes.len(), &mut departure.sent);
            departure.parts.push(head.bytes);
            departure.asks.extend(asks);
            let Some(content) = content else { break };
            length += content.len();
            departure.parts.push(content);
        }
        Ok((length > 0).then_some(departure))
    }

    /// The content that leaves together with the head, `None` when it leaves later.
    fn content(
        &mut self,
        request: &Request,
        asks: &[OutstandingRequest],
        head_octets: usize,
        told: &mut Vec<ClientEvent>,
    ) -> Option<Bytes> {
        let content = if request.raw.is_some() { Bytes::new() } else { request.content.clone() };
        let first = asks.first().map_or(RequestIndex(self.next), |asked| asked.request);
        let expects = request.version == Version::Http11 && request.fields.has_member("Expect", "100-continue");
        if expects && !content.is_empty() {
            self.held = Some(WithheldContent { request: first, head_octets, content, until: None });
            return None;
        }
        told.push(sent(first, head_octets + content.len()));
        if content.len() > MAX_JOINED_CONTENT {
            self.tail = Some(content);
            return None;
        }
        Some(content)
    }
}

impl Departure {
    pub(super) fn outgoing(&mut self) -> Outgoing {
        let parts = std::mem::take(&mut self.parts);
        Outgoing { bytes: joined(parts), secret: self.secret.take() }
    }
}

fn sent(request: RequestIndex, octets: usize) -> ClientEvent {
    ClientEvent::Sent { request, octets: octets as u64 }
}

/// What has been asked and not been answered yet.
pub(super) struct OutstandingRequest {
    pub(super) request: RequestIndex,
    pub(super) method: String,
    pub(super) idempotent: bool,
    /// What it says about the connection; `None` where it cannot be read.
    pub(super) wish: Option<Persistence>,
    pub(super) upgrades: bool,
}

impl OutstandingRequest {
    fn of(request: RequestIndex, method: &str, told: Option<(Version, &Fields)>) -> Self {
        Self {
            request,
            method: method.to_owned(),
            idempotent: IDEMPOTENT.contains(&method),
            wish: told.map(|(version, fields)| Persistence::of(version, fields)),
            upgrades: told.is_none_or(|(_, fields)| fields.has("Upgrade")),
        }
    }
}

/// What raw octets ask: the first as the caller says, whatever can be read after it as it says itself.
fn raw_asks(first: u32, method: &str, raw: &Bytes) -> Vec<OutstandingRequest> {
    let heads = server::requests_in(raw);
    let told = |head: &RequestHead| Version::of(head.version).map(|version| (version, head.fields.clone()));
    let mut asks = Vec::new();
    for (index, head) in (first..).zip(&heads) {
        let method = if asks.is_empty() { method } else { &head.method };
        let told = told(head);
        let told = told.as_ref().map(|(version, fields)| (*version, fields));
        asks.push(OutstandingRequest::of(RequestIndex(index), method, told));
    }
    if asks.is_empty() {
        asks.push(OutstandingRequest::of(RequestIndex(first), method, None));
    }
    asks
}

fn encoded(request: &Request, secrets: SecretFields) -> Result<EncodedHead, InvalidRequest> {
    match &request.raw {
        Some(raw) => Ok(EncodedHead { bytes: raw.clone(), secret: encode::secrets_in(raw, secrets) }),
        None => encode::request_head(request, secrets),
    }
}

fn joined(mut parts: Vec<Bytes>) -> Bytes {
    parts.retain(|part| !part.is_empty());
    if let [one] = parts.as_slice() {
        return one.clone();
    }
    let mut all = BytesMut::with_capacity(parts.iter().map(Bytes::len).sum());
    for part in &parts {
        all.extend_from_slice(part);
    }
    all.freeze()
}

/// Methods that may be sent again without harm: RFC 9110 §9.2.2.
const IDEMPOTENT: [&str; 6] = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"];

/// Octets of request content that still go into one write with the head; larger content is a write of its own, uncopied.
const MAX_JOINED_CONTENT: usize = 64 * 1024;
