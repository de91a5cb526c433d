//! What an arrow says: a label short enough for the picture, and all of it for the pointer.

use std::time::Duration;

use super::super::{
    RecordIndex, Scene,
    index::{Burst, FlowSlot, Message, MessageContent},
    text,
};
use crate::{
    lens::{LadderArrow, Weight},
    net::MSS,
    wire::{ConnectionStep, EventContent, EventIndex, Flow, Layer, Octets, Side, WireEvent, units},
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
pub(super) struct BurstView<'a> {
    pub flow: &'a Flow,
    pub slot: &'a FlowSlot,
    pub message: &'a Message,
    pub burst: Burst,
    pub number: u32,
    pub first: &'a WireEvent,
    pub last: &'a WireEvent,
}

impl<'a> BurstView<'a> {
    pub(super) fn of(scene: &Scene<'a>, index: &'a RecordIndex, number: u32) -> Option<Self> {
        let burst = *index.burst(number)?;
        let message = index.message(burst.message)?;
        let slot = index.slot(message.slot)?;
        let flow = slot.flow(scene.ledger)?;
        let first = flow.events.get(burst.first as usize)?;
        let last = flow.events.get(burst.last as usize)?;
        Some(Self { flow, slot, message, burst, number, first, last })
    }

    /// This burst and the next one of its message as one.
    pub(super) fn coupled(&self, next: &Self) -> Self {
        let octets = self.burst.octets + next.burst.octets;
        Self { burst: Burst { last: next.burst.last, octets, ..self.burst }, last: next.last, ..*self }
    }

    /// Is this the burst its message begins with?
    pub(super) fn begins(&self) -> bool {
        self.burst.first == self.message.first
    }

    pub(super) fn pick_event(&self) -> EventIndex {
        EventIndex(self.burst.first)
    }

    /// Sealed octets of a handshake, and nothing that is said after it.
    pub(super) fn is_handshake(&self) -> bool {
        let secured = self.slot.steps.iter().find(|milestone| milestone.step == ConnectionStep::TlsEstablished);
        self.message.layer == Layer::Tls && secured.is_none_or(|secured| self.burst.last < secured.event)
    }

    /// Is this where TLS begins, after both ends spoke in the clear?
    pub(super) fn begins_tls_late(&self) -> bool {
        let established = self.message.content == MessageContent::Step(ConnectionStep::TlsEstablished);
        established && self.slot.reading.was_clear_before(self.burst.first as usize)
    }

    /// Does something else leave this end at the same moment?
    fn goes_along(&self, index: &RecordIndex) -> bool {
        let own = self.slot.bursts.binary_search(&self.number).ok();
        let next = own.and_then(|own| self.slot.bursts.get(own + 1)).and_then(|next| index.burst(*next));
        let next = next.and_then(|next| self.flow.events.get(next.first as usize));
        next.is_some_and(|next| next.from == self.message.from && next.at == self.first.at)
    }

    /// Does the network tell when octets of this flow leave and arrive? `None` where nothing has shown it yet.
    pub(super) fn network_tells(&self) -> Option<bool> {
        let tells = |event: &WireEvent| match event.content {
            // What was lost is known to a network that is made up.
            EventContent::Step(ConnectionStep::Lost | ConnectionStep::Retransmit) => Some(true),
            EventContent::Step(_) | EventContent::Octets(_) if event.transit.is_some() => Some(true),
            // An arrival of which it is not known when it left.
            EventContent::Step(ConnectionStep::SynAck | ConnectionStep::Fin | ConnectionStep::Rst)
            | EventContent::Octets(_)
                if event.from == Side::Server =>
            {
                Some(false)
            }
            EventContent::Step(_) | EventContent::Octets(_) => None,
        };
        self.flow.events.iter().take(FIRST_FEW).find_map(tells)
    }

    /// How long the first octet of something takes to the other end, where that is known.
    pub(super) fn way(&self) -> Option<Duration> {
        let transits = self.flow.events.iter().take(FIRST_FEW).filter_map(|event| event.transit);
        transits.map(|way| way.first_in.saturating_sub(way.first_out)).next()
    }

    /// What was said under the seal of this burst.
    fn under_seal(&self) -> impl Iterator<Item = (EventIndex, &'a WireEvent)> {
        let (from, first, after) = (self.message.from, self.burst.first, self.burst.last.saturating_add(1));
        let events = self.flow.events.get(first as usize..).unwrap_or_default();
        let events = (first..=after).zip(events).take(NEAR);
        let own = events.filter(move |(_, event)| event.layer == Layer::Plain && event.from == from);
        own.map(|(index, event)| (EventIndex(index), event))
    }

    /// The label in the picture.
    pub(super) fn label(&self, index: &RecordIndex) -> Label {
        let mut label = self.own_label(index);
        // The acknowledgement of the handshake leaves with it, on the same line.
        if let Some(longest) = label.variants.first().filter(|_| self.brings_ack(index)) {
            label.variants.insert(0, format!("ACK, {longest}"));
        }
        label
    }

    /// Does the client's acknowledgement of the handshake leave just before it?
    fn brings_ack(&self, index: &RecordIndex) -> bool {
        let own = self.slot.bursts.binary_search(&self.number).ok();
        let before = own.and_then(|own| self.slot.bursts.get(own.checked_sub(1)?));
        let before = before.and_then(|before| index.burst(*before));
        let ack = before.and_then(|before| self.flow.events.get(before.first as usize));
        ack.is_some_and(|ack| {
            ack.content == EventContent::Step(ConnectionStep::Ack)
                && ack.from == self.message.from
                && ack.at == self.first.at
        })
    }

    fn own_label(&self, index: &RecordIndex) -> Label {
        let label = |variants: Vec<String>, rank| Label { variants, rank };
        match self.message.content {
            MessageContent::Step(ConnectionStep::Ack) if self.goes_along(index) => Label::default(),
            MessageContent::Step(step) => {
                let late = self.begins_tls_late().then(|| "sealed from here on".to_owned());
                label(late.into_iter().chain([step_word(step).to_owned()]).collect(), step_rank(step))
            }
            MessageContent::Octets(..) if self.message.layer == Layer::Tls => self.sealed_label(index),
            MessageContent::Octets(section, _) => match self.slot.reading.words(section, &self.arrow(index)) {
                Some(words) if words.weight == Weight::Message => label(words.variants, 0),
                Some(words) => label(words.variants, 1),
                None => label(self.train_words(), 4),
            },
            MessageContent::Note | MessageContent::End => Label::default(),
        }
    }

    /// Some octets in the middle of a message: `14 segments, 20.4 kB`.
    fn train_words(&self) -> Vec<String> {
        let size = units::measured_octets(self.burst.octets);
        let segments = self.burst.octets.div_ceil(MSS);
        if self.network_tells() != Some(true) || segments < 2 {
            return vec![size];
        }
        vec![format!("{} segments, {size}", units::grouped(segments)), size]
    }

    /// This burst, for the reader of its protocol.
    fn arrow(&self, index: &RecordIndex) -> LadderArrow<'a> {
        let (first, last) = (self.burst.first as usize, self.burst.last as usize);
        let events = self.flow.events.get(first..=last).unwrap_or_default().iter().take(NEAR);
        let own = events.filter(|event| event.from == self.message.from && event.layer == self.message.layer);
        let skip = if self.begins() { self.message.skip as usize } else { 0 };
        let own = own.filter_map(octets_of).enumerate();
        let piece = |(at, octets): (usize, &'a Octets)| {
            (octets.bytes.get(if at == 0 { skip } else { 0 }..).unwrap_or_default(), octets.omitted)
        };
        LadderArrow {
            side: self.message.from,
            kind: self.message.section().1,
            begins: self.begins(),
            in_handshake: self.message.layer == Layer::Tls && self.begins_in_handshake(),
            pieces: own.map(piece).collect(),
            octets: self.burst.octets,
            message_octets: self.message.octets,
            together: self.together(index),
        }
    }

    /// Did it begin before TLS was established?
    fn begins_in_handshake(&self) -> bool {
        let secured = self.slot.steps.iter().find(|milestone| milestone.step == ConnectionStep::TlsEstablished);
        secured.is_none_or(|secured| self.burst.first < secured.event)
    }

    /// The label of something sealed: which part of the handshake it is, and what was said under the seal.
    fn sealed_label(&self, index: &RecordIndex) -> Label {
        let words = || self.slot.reading.words(self.message.section().0, &self.arrow(index));
        let flight = if self.begins_in_handshake() { words() } else { None };
        let flight = flight.and_then(|words| words.variants.into_iter().next());
        let words = if self.is_handshake() { None } else { self.words_under_seal(index) };
        match (flight, words) {
            (Some(flight), Some(words)) => {
                let both = words.iter().map(|words| format!("{flight}, {words}"));
                Label { variants: both.chain(words.iter().cloned()).collect(), rank: 0 }
            }
            (None, Some(words)) => Label { variants: words, rank: 0 },
            (Some(flight), None) => Label { variants: vec![flight], rank: 1 },
            (None, None) => {
                let size = units::measured_octets(self.burst.octets);
                Label { variants: vec![format!("sealed · {size}"), size], rank: 3 }
            }
        }
    }

    /// What was said under this burst's seal, where it begins something that has a name.
    fn words_under_seal(&self, index: &RecordIndex) -> Option<Vec<String>> {
        let (first, _) = self.under_seal().next()?;
        let message = index.message_at(self.message.slot, first).and_then(|number| index.message(number));
        let message = message.filter(|message| message.first == first.0)?;
        let skip = message.skip as usize;
        let pieces = self.under_seal().filter_map(|(_, event)| octets_of(event)).enumerate();
        let piece = |(at, octets): (usize, &'a Octets)| {
            (octets.bytes.get(if at == 0 { skip } else { 0 }..).unwrap_or_default(), octets.omitted)
        };
        let (section, kind) = message.section();
        let arrow = LadderArrow {
            side: message.from,
            kind,
            begins: true,
            in_handshake: false,
            pieces: pieces.map(piece).collect(),
            // Sealed octets are a few more than those they seal.
            octets: self.burst.octets,
            message_octets: message.octets,
            together: 1,
        };
        let words = self.slot.reading.words(section, &arrow)?;
        (words.weight != Weight::Octets).then_some(words.variants)
    }

    /// How many messages of this side begin in the same event.
    fn together(&self, index: &RecordIndex) -> usize {
        let later = index.messages().get(self.burst.message as usize..).unwrap_or_default().iter();
        let same = |other: &&Message| {
            other.slot == self.message.slot && other.first == self.message.first && other.from == self.message.from
        };
        later.take(MANY).take_while(same).count()
    }

    /// Does it begin in the same event as the message before it, which has the label for both?
    pub(super) fn is_spoken_for(&self, index: &RecordIndex) -> bool {
        let before = self.burst.message.checked_sub(1).and_then(|before| index.message(before));
        self.message.from == Side::Client
            && self.begins()
            && self.message.skip > 0
            && before.is_some_and(|before| before.slot == self.message.slot && before.first == self.message.first)
    }

    /// Everything, a line each.
    pub(super) fn details(&self, scene: &Scene<'_>, index: &RecordIndex) -> Vec<String> {
        let origin = scene.origin();
        let at = |at: Duration| text::precise(at.saturating_sub(origin));
        let mut lines = match self.message.content {
            MessageContent::Step(step) => vec![step_word(step).to_owned(), step_meaning(step).to_owned()],
            MessageContent::Octets(..) | MessageContent::Note | MessageContent::End => {
                self.label(index).variants.into_iter().take(1).collect()
            }
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
            (_, _) if self.message.content == MessageContent::Step(ConnectionStep::TlsEstablished) => {
                lines.push(format!("at {}", at(self.first.at)));
            }
            (_, _) if self.message.content == MessageContent::Step(ConnectionStep::Lost) => {
                lines.push(format!("lost at {}", at(self.first.at)));
            }
            (_, _) if self.network_tells() != Some(false) => {
                lines.push(format!("left at {}", at(self.first.at)));
                lines.push("it had not reached the other end when the record ended".to_owned());
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
        EventContent::Octets(octets) => Some(octets),
        EventContent::Step(_) => None,
    }
}

/// A step of the connection in a word.
pub(super) fn step_word(step: ConnectionStep) -> &'static str {
    match step {
        ConnectionStep::Syn => "SYN",
        ConnectionStep::SynAck => "SYN-ACK",
        ConnectionStep::Ack => "ACK",
        ConnectionStep::Fin => "FIN",
        ConnectionStep::Rst => "RST",
        ConnectionStep::Lost => "lost",
        ConnectionStep::Retransmit => "sent again",
        ConnectionStep::TlsEstablished => "TLS ready",
    }
}

fn step_rank(step: ConnectionStep) -> u8 {
    match step {
        ConnectionStep::Lost | ConnectionStep::Rst => 0,
        ConnectionStep::Syn | ConnectionStep::SynAck | ConnectionStep::Retransmit => 2,
        ConnectionStep::Fin | ConnectionStep::TlsEstablished => 3,
        ConnectionStep::Ack => 5,
    }
}

/// What it is for, with its clause.
pub(super) fn step_meaning(step: ConnectionStep) -> &'static str {
    match step {
        ConnectionStep::Syn => "The client asks to connect. RFC 9293 §3.5",
        ConnectionStep::SynAck => "The server agrees. RFC 9293 §3.5",
        ConnectionStep::Ack => "The handshake is complete: the server may send too. RFC 9293 §3.5",
        ConnectionStep::Fin => "This end has nothing more to send. RFC 9293 §3.6",
        ConnectionStep::Rst => "This end tore the connection down. RFC 9293 §3.5.2",
        ConnectionStep::Lost => "A segment was lost on a link of the path; where on its way is not recorded.",
        ConnectionStep::Retransmit => "A lost segment was sent again. RFC 6298",
        ConnectionStep::TlsEstablished => "The TLS handshake is complete at the client. RFC 8446 §2",
    }
}

/// Events of a sealed burst that are looked through for what it sealed.
const NEAR: usize = 48;
/// Events of a flow that are looked through for what its network tells.
const FIRST_FEW: usize = 8;
/// Messages in one event that are counted.
const MANY: usize = 10_000;
