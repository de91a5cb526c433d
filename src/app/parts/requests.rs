//! The requests of a record that no experiment has summed up, as the gateway's: each with its response, and with the phases that the
//! moments of its connection show. HTTP/1.x and DNS; what else is said has no rows.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use url::Url;

use super::{
    RecordIndex, Scene,
    index::{FlowSlot, Message, MessageContent},
};
use crate::{
    engine::timing::{ObjectTiming, Phases},
    lens::{LadderArrow, NO_EXCHANGE},
    net::TimeSpan,
    proto::http::{
        charset::latin1,
        head::{StartLine, field_line, request_line, status_line},
    },
    wire::{ConnectionStep, Flow, Layer, Side, WireEvent, units},
};

/// The requests found so far.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// State of the index they were found in.
    of: Option<IndexState>,
    /// That of the index when it was last looked at.
    seen: Option<IndexState>,
    found: Vec<ObjectTiming>,
    /// How many there are, those that are not shown included.
    asked: usize,
}

impl Requests {
    /// Looks again where there is anything new. All of the record is looked through, so of a long one that grows only now and then: when
    /// there is much that is new, or when nothing more has come since the last time. Returns whether nothing was put off.
    pub(super) fn follow(&mut self, scene: &Scene<'_>, index: &RecordIndex) -> bool {
        let now = (index.generation(), index.taken());
        let before = self.seen.replace(now);
        if self.of == Some(now) || !(index.is_complete() || self.of.is_none()) {
            return true;
        }
        let is_due = is_due(self.of, before, now);
        if is_due {
            let (found, asked) = found(scene, index);
            *self = Self { of: Some(now), seen: Some(now), found, asked };
        }
        is_due
    }

    /// That only the first ones are shown, where that is so, and where the others are.
    pub(super) fn cut(&self) -> Option<String> {
        let (shown, all) = (self.found.len() as u64, self.asked as u64);
        let [first, all_words] = [shown, all].map(units::grouped);
        (shown < all).then(|| {
            format!("The first {first} of {all_words} requests are shown. The conversation has all of them, and Flows every connection.")
        })
    }

    /// All of them, in the order in which they were sent.
    pub(super) fn all(&self) -> &[ObjectTiming] {
        &self.found
    }
}

/// An index's generation, and how many events it had taken in.
type IndexState = (u64, usize);

/// Is a record to be looked through now that was looked through when its index was at `of`, and whose index was at `seen` a frame ago?
fn is_due(of: Option<IndexState>, seen: Option<IndexState>, now: IndexState) -> bool {
    of.is_none_or(|(generation, taken)| {
        let much = taken.saturating_add(taken / SHARE_OF_NEWS);
        generation != now.0 || seen == Some(now) || now.1 <= SHORT || now.1 > much
    })
}

/// The first requests, and how many there are.
fn found(scene: &Scene<'_>, index: &RecordIndex) -> (Vec<ObjectTiming>, usize) {
    let mut found: Vec<ObjectTiming> = Vec::new();
    let mut asked: HashMap<(u32, u32, u8), usize> = HashMap::new();
    let (mut begun, mut more) = (HashSet::new(), 0);
    for message in index.messages() {
        let MessageContent::Octets(section, _) = message.content else { continue };
        let Some((slot, flow)) = index.slot(message.slot).and_then(|slot| Some((slot, slot.flow(scene.ledger)?)))
        else {
            continue;
        };
        if message.layer == Layer::Tls || message.exchange == NO_EXCHANGE {
            continue;
        }
        let key = (message.slot, message.exchange, section);
        match message.from {
            Side::Client if found.len() < MOST && !asked.contains_key(&key) => {
                let first = !begun.contains(&message.slot);
                if let Some(request) = request(slot, flow, message, first) {
                    begun.insert(message.slot);
                    asked.insert(key, found.len());
                    found.push(request);
                }
            }
            Side::Client if found.len() < MOST => {}
            Side::Client => more += usize::from(!asked.contains_key(&key)),
            Side::Server => {
                if let Some(object) = asked.get(&key).and_then(|place| found.get_mut(*place)) {
                    respond(object, flow, message);
                }
            }
        }
    }
    let all = found.len() + more;
    (found, all)
}

/// What was asked for, with the phases until it had been sent. `first`: it is the connection's first request.
fn request(slot: &FlowSlot, flow: &Flow, message: &Message, first: bool) -> Option<ObjectTiming> {
    let begin = beginning(flow, message);
    let url = http_url(slot, flow, begin).or_else(|| dns_url(slot, flow, message, begin))?;
    let sent = span(flow, message, |event| event.transit.map_or(event.at, |way| way.last_out))?;
    let at = |step: ConnectionStep| {
        let found = slot.steps.iter().find(|milestone| milestone.step == step);
        found.filter(|_| first).map(|milestone| Duration::from_nanos(milestone.at))
    };
    let between = |from: Option<Duration>, to: Option<Duration>| {
        from.zip(to).filter(|(from, to)| from <= to).map(|(from, to)| TimeSpan { from, to })
    };
    let connected = at(ConnectionStep::SynAck);
    let phases = Phases {
        queue: None,
        dns: None,
        connect: between(at(ConnectionStep::Syn), connected),
        tls: between(connected, at(ConnectionStep::TlsEstablished)),
        send: Some(sent),
        wait: None,
        receive: None,
    };
    Some(ObjectTiming {
        url,
        status: None,
        media_type: None,
        connection: Some(flow.id),
        connection_number: slot.number,
        request_octets: message.octets,
        response_octets: 0,
        content_octets: 0,
        phases,
        failure: None,
    })
}

/// Its response has come, or a part of it; of several the last one is final (RFC 9110 §15.2).
fn respond(object: &mut ObjectTiming, flow: &Flow, message: &Message) {
    let arrived = span(flow, message, |event| event.transit.map_or(event.at, |way| way.last_in));
    let asked = object.phases.send.map_or(Duration::ZERO, |send| send.to);
    if let Some(TimeSpan { from, to }) = arrived {
        let from = from.max(asked);
        object.phases.wait = Some(TimeSpan { from: asked, to: from });
        object.phases.receive = Some(TimeSpan { from, to: to.max(from) });
    }
    object.response_octets += message.octets;
    let begin = beginning(flow, message);
    let head = begin.windows(4).position(|end| end == b"\r\n\r\n").map_or(begin.len(), |end| end + 4);
    let mut lines = begin.get(..head).unwrap_or_default().split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii_end);
    object.status = match lines.next().map(status_line) {
        Some(Ok(StartLine::Status { status, .. })) => Some(status),
        Some(Ok(StartLine::Request { .. }) | Err(_)) | None => None,
    };
    if object.status.is_some() {
        object.content_octets = message.octets.saturating_sub(head as u64);
    }
    let kind = lines.find_map(|line| {
        let (name, value) = field_line(line, 0).ok()?;
        line.get(name)?.eq_ignore_ascii_case(b"content-type").then(|| latin1(line.get(value).unwrap_or_default()))
    });
    object.media_type = kind.map(|value| value.split(';').next().unwrap_or_default().trim().to_owned());
}

/// When a message's first octet was on its way, and its last one done with as `end` says.
fn span(flow: &Flow, message: &Message, end: impl Fn(&WireEvent) -> Duration) -> Option<TimeSpan> {
    let mut events = message.pieces(flow).map(|(_, event, _)| event);
    let first = events.next()?;
    let last = events.last().unwrap_or(first);
    let from = match message.from {
        Side::Client => first.transit.map_or(first.at, |way| way.first_out),
        Side::Server => first.transit.map_or(first.at, |way| way.first_in),
    };
    Some(TimeSpan { from, to: end(last).max(from) })
}

/// The first octets that are its own.
fn beginning<'a>(flow: &'a Flow, message: &Message) -> &'a [u8] {
    let first = message.pieces(flow).next().map(|(.., octets)| octets.bytes.as_ref());
    let own = first.and_then(|bytes| bytes.get(message.skip as usize..)).unwrap_or_default();
    own.get(..own.len().min(MAX_HEAD)).unwrap_or_default()
}

/// What an HTTP/1.x request asks for (RFC 9112 §3.2).
fn http_url(slot: &FlowSlot, flow: &Flow, begin: &[u8]) -> Option<Url> {
    let line = begin.split(|octet| *octet == b'\r').next()?;
    let Ok(StartLine::Request { target, .. }) = request_line(line) else { return None };
    if let Ok(absolute) = Url::parse(&target) {
        return Some(absolute);
    }
    let scheme = if slot.is_sealed() { "https" } else { "http" };
    Url::parse(&format!("{scheme}://{}", flow.ends.server.name)).ok()?.join(&target).ok()
}

/// What a DNS query asks for, in the words of the ladder, as a URL of the kind RFC 4501 describes.
fn dns_url(slot: &FlowSlot, flow: &Flow, message: &Message, begin: &[u8]) -> Option<Url> {
    if flow.ends.server.ip_port.is_none_or(|ip_port| ip_port.port() != DNS_PORT) {
        return None;
    }
    let (section, kind) = message.section();
    let arrow = LadderArrow {
        side: message.from,
        kind,
        begins: true,
        in_handshake: false,
        pieces: vec![(begin, 0)],
        octets: message.octets,
        message_octets: message.octets,
        together: 1,
    };
    let words = slot.reading.words(section, &arrow)?.variants.into_iter().next()?;
    Url::parse(&format!("dns:{}", words.replace(['?', '#'], ""))).ok()
}

/// So many events are looked through in every frame that brings some.
const SHORT: usize = 10_000;
/// A longer record is looked through again when this part of it is new.
const SHARE_OF_NEWS: usize = 8;
/// Requests that are shown at most.
const MOST: usize = 2_000;
/// Octets of a message that are looked through for its head.
const MAX_HEAD: usize = 8_192;
/// Where name servers listen (RFC 1035 §4.2).
const DNS_PORT: u16 = 53;

#[cfg(test)]
mod a_record_by_itself {
    use super::*;
    use crate::app::parts::samples::Sample;

    #[test]
    fn has_the_requests_an_experiment_would_have_summed_up() {
        for sample in [Sample::over(3, 10, 100_000, true), Sample::persistent(4, 20_000)] {
            let mut index = RecordIndex::default();
            assert!(index.sync(&sample.scene(), usize::MAX));
            let mut requests = Requests::default();
            requests.follow(&sample.scene(), &index);
            assert_eq!(requests.all().len(), sample.objects.len());
            for told in &sample.objects {
                let found = requests.all().iter().find(|found| found.url == told.url).unwrap();
                assert_eq!((&found.url, found.status), (&told.url, told.status));
                assert_eq!((&found.media_type, found.connection), (&told.media_type, told.connection));
                assert_eq!(found.response_octets, told.response_octets);
                assert_eq!(found.phases.wait, told.phases.wait);
                assert_eq!(found.phases.connect.is_some(), told.phases.connect.is_some());
                assert_eq!(found.phases.receive, told.phases.receive);
            }
        }
    }

    #[test]
    fn that_is_long_is_looked_through_when_much_is_new_or_nothing_more_comes() {
        let (of, long) = (Some((1, 80_000)), 80_001);
        assert!(!is_due(of, Some((1, 80_000)), (1, long)), "one more event");
        assert!(is_due(of, Some((1, long)), (1, long)), "no more since the frame before");
        assert!(is_due(of, Some((1, 90_000)), (1, 90_001)), "an eighth more");
        assert!(is_due(of, Some((1, 80_000)), (2, long)), "another record");
        assert!(is_due(Some((1, 10)), Some((1, 10)), (1, 11)), "a short one");
        assert!(is_due(None, None, (1, long)));
    }

    #[test]
    fn of_mail_has_none() {
        let sample = Sample::starttls(true);
        let mut index = RecordIndex::default();
        assert!(index.sync(&sample.scene(), usize::MAX));
        let mut requests = Requests::default();
        requests.follow(&sample.scene(), &index);
        assert!(requests.all().is_empty());
    }
}
