//! What an arrow says: a label short enough for the picture, and all of it for the pointer.

use std::time::Duration;

use super::super::{
    Index, Scene,
    index::{Burst, Message, Slot, What},
    text,
};
use crate::{
    lens::Lens,
    wire::{Content, EventIndex, Flow, Layer, Octets, Side, Step, WireEvent, units},
};

/// A label, from long to short; and how much it matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Label {
    pub variants: Vec<String>,
    /// Lower ones are placed first.
    pub rank: u8,
}

/// Everything known about one burst when it is drawn.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub flow: &'a Flow,
    pub slot: &'a Slot,
    pub message: &'a Message,
    pub burst: &'a Burst,
    pub number: u32,
    pub first: &'a WireEvent,
    pub last: &'a WireEvent,
}

impl<'a> Seen<'a> {
    pub(super) fn of(scene: &Scene<'a>, index: &'a Index, number: u32) -> Option<Self> {
        let burst = index.burst(number)?;
        let message = index.message(burst.message)?;
        let slot = index.slot(message.slot)?;
        let flow = slot.flow(scene.ledger)?;
        let first = flow.events.get(burst.first as usize)?;
        let last = flow.events.get(burst.last as usize)?;
        Some(Self { flow, slot, message, burst, number, first, last })
    }

    /// Is this the burst its message begins with?
    pub(super) fn begins(&self) -> bool {
        self.burst.first == self.message.first
    }

    pub(super) fn pick_event(&self) -> EventIndex {
        EventIndex(self.burst.first)
    }

    /// Sealed octets of a handshake, not of what is said after it.
    pub(super) fn is_handshake(&self) -> bool {
        let secured = self.slot.steps.iter().find(|milestone| milestone.step == Step::TlsEstablished);
        self.message.layer == Layer::Tls && secured.is_none_or(|secured| self.burst.first < secured.event)
    }

    /// Does something else leave this end at the same moment?
    fn goes_along(&self, index: &Index) -> bool {
        let own = self.slot.bursts.binary_search(&self.number).ok();
        let next = own.and_then(|own| self.slot.bursts.get(own + 1)).and_then(|next| index.burst(*next));
        let next = next.and_then(|next| self.flow.events.get(next.first as usize));
        next.is_some_and(|next| next.from == self.message.from && next.at == self.first.at)
    }

    /// What was said under the seal: the message above TLS that crossed with this burst.
    fn said(&self, index: &'a Index) -> Option<&'a Message> {
        let own = self.slot.bursts.binary_search(&self.number).ok()?;
        let near = self.slot.bursts.get(own.saturating_sub(NEAR)..(own + NEAR).min(self.slot.bursts.len()))?;
        let messages = near.iter().filter_map(|burst| index.burst(*burst)).filter_map(|burst| {
            index.message(burst.message).filter(|message| message.layer == Layer::Plain).map(|message| (burst, message))
        });
        let times = self.first.at..=self.last.at;
        let mut same = messages.filter(|(burst, message)| {
            message.from == self.message.from
                && burst.first == message.first
                && self.flow.events.get(burst.first as usize).is_some_and(|event| times.contains(&event.at))
        });
        same.next().map(|(_, message)| message)
    }

    /// The label in the picture.
    pub(super) fn label(&self, index: &Index) -> Label {
        let label = |variants: Vec<String>, rank| Label { variants, rank };
        match self.message.what {
            What::Step(Step::Ack) if self.goes_along(index) => Label::default(),
            What::Step(step) => label(vec![step_word(step).to_owned()], step_rank(step)),
            What::Said(Lens::Http1) if self.begins() => {
                label(http_words(self.flow, self.message, self.together(index)), 0)
            }
            What::Said(Lens::Tls) if !self.is_handshake() => {
                let said = self.said(index).filter(|said| said.what == What::Said(Lens::Http1));
                let words = said.map(|said| http_words(self.flow, said, 1));
                words.map_or_else(
                    || label(vec![format!("sealed · {}", units::octets(self.burst.octets))], 3),
                    |words| label(words, 0),
                )
            }
            What::Said(Lens::Tls) => label(vec![tls_word(self.first)], 1),
            What::Said(_) if self.begins() => label(octets_words(self.flow, self.message), 1),
            What::Said(_) => label(vec![units::octets(self.burst.octets)], 4),
            What::Note | What::End => Label::default(),
        }
    }

    /// How many messages of this side begin in the same event.
    fn together(&self, index: &Index) -> usize {
        let later = index.messages().get(self.burst.message as usize..).unwrap_or_default().iter();
        let same = |other: &&Message| {
            other.slot == self.message.slot && other.first == self.message.first && other.from == self.message.from
        };
        later.take(MANY).take_while(same).count()
    }

    /// Does it begin in the same event as the message before it, which has the label for both?
    pub(super) fn is_spoken_for(&self, index: &Index) -> bool {
        let before = self.burst.message.checked_sub(1).and_then(|before| index.message(before));
        self.message.from == Side::Client
            && self.begins()
            && self.message.skip > 0
            && before.is_some_and(|before| before.slot == self.message.slot && before.first == self.message.first)
    }

    /// Everything, a line each.
    pub(super) fn details(&self, scene: &Scene<'_>, index: &Index) -> Vec<String> {
        let origin = scene.origin();
        let at = |at: Duration| text::precise(at.saturating_sub(origin));
        let mut lines = match self.message.what {
            What::Step(step) => vec![step_word(step).to_owned(), step_meaning(step).to_owned()],
            What::Said(_) | What::Note | What::End => self.label(index).variants.into_iter().take(1).collect(),
        };
        if self.burst.octets > 0 {
            let count = units::grouped(self.burst.octets);
            let events = (self.burst.last - self.burst.first) as usize + 1;
            let all = if self.message.octets > self.burst.octets {
                format!(", part of {}", units::grouped(self.message.octets))
            } else {
                String::new()
            };
            lines.push(format!("{count} octets{all}, in {}", units::count(events, "piece", "pieces")));
        }
        match (self.first.transit, self.last.transit) {
            (Some(first), Some(last)) => {
                lines.push(format!("left from {} to {}", at(first.first_out), at(last.last_out)));
                lines.push(format!("arrived from {} to {}", at(first.first_in), at(last.last_in)));
            }
            (_, _) if self.message.what == What::Step(Step::TlsEstablished) => {
                lines.push(format!("at {}", at(self.first.at)));
            }
            (_, _) if self.message.what == What::Step(Step::Lost) => {
                lines.push(format!("lost at {}", at(self.first.at)));
            }
            (_, _) => {
                let (here, there) = match self.message.from {
                    Side::Client => ("left", "when it arrived is unknown: this computer sees only its own end"),
                    Side::Server => ("arrived", "when it left is unknown: this computer sees only its own end"),
                };
                lines.push(format!("{here} at {}", at(self.first.at)));
                lines.push(there.to_owned());
            }
        }
        lines.push(format!(
            "connection #{} between {} and {}",
            self.slot.number, self.flow.ends.client.name, self.flow.ends.server.name
        ));
        lines
    }
}

fn octets_of(event: &WireEvent) -> Option<&Octets> {
    match &event.content {
        Content::Octets(octets) => Some(octets),
        Content::Step(_) => None,
    }
}

/// `GET img01.jpg`, `200 · 100 kB`; with fewer words where there is less room.
fn http_words(flow: &Flow, message: &Message, together: usize) -> Vec<String> {
    let event = flow.events.get(message.first as usize);
    let bytes =
        event.and_then(octets_of).and_then(|octets| octets.bytes.get(message.skip as usize..)).unwrap_or_default();
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.get(..line.len().min(MAX_START_LINE)).unwrap_or_default();
    let words: Vec<String> =
        line.split(|byte| *byte == b' ').map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    match (message.from, words.as_slice()) {
        (Side::Client, [method, target, ..]) => {
            let path = target.split('?').next().unwrap_or_default();
            let name = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or("/");
            let more = if together > 1 { format!(" +{}", together - 1) } else { String::new() };
            vec![format!("{method} {}{more}", shorten(name)), format!("{}{more}", shorten(name)), method.clone()]
        }
        (Side::Server, [_, status, ..]) => {
            let status: String = status.trim().chars().take(3).collect();
            vec![format!("{status} · {}", units::octets(message.octets)), status]
        }
        (_, _) => vec![units::octets(message.octets)],
    }
}

/// The first line of what was said, where it is text; otherwise how much.
fn octets_words(flow: &Flow, message: &Message) -> Vec<String> {
    let event = flow.events.get(message.first as usize);
    let bytes =
        event.and_then(octets_of).and_then(|octets| octets.bytes.get(message.skip as usize..)).unwrap_or_default();
    let line = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let count = units::octets(message.octets);
    if line.len() < 3 || line.len() > MAX_LINE || !line.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') {
        return vec![count];
    }
    vec![shorten(&String::from_utf8_lossy(line)), count]
}

/// What kind of TLS record a flight begins with. RFC 8446 §4, §5.1.
fn tls_word(event: &WireEvent) -> String {
    let bytes = octets_of(event).map(|octets| octets.bytes.as_ref()).unwrap_or_default();
    match (bytes.first(), bytes.get(5)) {
        (Some(22), Some(1)) => "ClientHello".to_owned(),
        (Some(22), Some(2)) => "ServerHello…".to_owned(),
        (Some(20 | 22 | 23), _) => "TLS Finished".to_owned(),
        (Some(21), _) => "TLS alert".to_owned(),
        (_, _) => "TLS".to_owned(),
    }
}

fn shorten(name: &str) -> String {
    match name.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or_default()),
        None => name.to_owned(),
    }
}

/// A step of the connection in a word.
pub(super) fn step_word(step: Step) -> &'static str {
    match step {
        Step::Syn => "SYN",
        Step::SynAck => "SYN-ACK",
        Step::Ack => "ACK",
        Step::Fin => "FIN",
        Step::Rst => "RST",
        Step::Lost => "lost",
        Step::Retransmit => "sent again",
        Step::TlsEstablished => "TLS ready",
    }
}

fn step_rank(step: Step) -> u8 {
    match step {
        Step::Lost | Step::Rst => 0,
        Step::Syn | Step::SynAck | Step::Retransmit => 2,
        Step::Fin | Step::TlsEstablished => 3,
        Step::Ack => 5,
    }
}

/// What it is for, with its clause.
pub(super) fn step_meaning(step: Step) -> &'static str {
    match step {
        Step::Syn => "The client asks to connect. RFC 9293 §3.5",
        Step::SynAck => "The server agrees. RFC 9293 §3.5",
        Step::Ack => "The handshake is complete: the server may send too. RFC 9293 §3.5",
        Step::Fin => "This end has nothing more to send. RFC 9293 §3.6",
        Step::Rst => "This end tore the connection down. RFC 9293 §3.5.2",
        Step::Lost => "A segment was lost on a link of the path; where on its way is not recorded.",
        Step::Retransmit => "A lost segment was sent again. RFC 6298",
        Step::TlsEstablished => "The TLS handshake is complete at the client. RFC 8446 §2",
    }
}

/// How many bursts around a sealed one are looked through for what it sealed.
const NEAR: usize = 12;
/// Messages in one event that are counted.
const MANY: usize = 10_000;
/// Octets of a start line that are read for a label.
const MAX_START_LINE: usize = 400;
/// Longest line shown as it is.
const MAX_LINE: usize = 60;
/// Characters of a name in a label.
const MAX_NAME: usize = 18;
