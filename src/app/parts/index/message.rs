//! What a flow says, cut into messages and their bursts.

use super::nanos;
use crate::{
    lens::{NO_EXCHANGE, SectionNumber, UNREAD},
    wire::{ConnectionStep, EventContent, EventIndex, Flow, Layer, Octets, Side, WireEvent},
};

/// A message of one side: what its protocol calls one, a turn, a datagram, a step of the connection, a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app::parts) struct Message {
    /// Which of the subject's flows.
    pub slot: u32,
    /// What it is.
    pub content: MessageContent,
    /// Who sent it.
    pub from: Side,
    /// Where it was seen.
    pub layer: Layer,
    /// Its first event, or its place among the notes.
    pub first: u32,
    /// Its last event.
    pub last: u32,
    /// Octets of the first event that belong to the message before.
    pub skip: u32,
    /// When it began, in nanoseconds since the run began.
    pub at: u64,
    /// Octets of it that crossed.
    pub octets: u64,
    /// A request and its responses have the same number, [`NO_EXCHANGE`] what answers nothing and is not answered.
    pub exchange: u32,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app::parts) enum MessageContent {
    /// Octets: in which section of their flow's reading, and of which of its protocol's kinds.
    Octets(SectionNumber, u8),
    /// A step of TCP or TLS.
    Step(ConnectionStep),
    /// A note.
    Note,
    /// The flow's end.
    End,
}

/// Events of one message that follow each other without a pause on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app::parts) struct Burst {
    /// Which message.
    pub message: u32,
    /// First event.
    pub first: u32,
    /// Last event.
    pub last: u32,
    /// How many octets it has.
    pub octets: u64,
}

impl Message {
    pub(super) fn of(slot: u32, content: MessageContent, index: u32, event: &WireEvent) -> Self {
        let (from, layer) = (event.from, event.layer);
        Self { from, layer, last: index, ..Self::bare(slot, content, index, nanos(event.at)) }
    }

    pub(super) fn bare(slot: u32, content: MessageContent, index: u32, at: u64) -> Self {
        Self {
            slot,
            content,
            from: Side::Client,
            layer: Layer::Transport,
            first: index,
            last: index,
            skip: 0,
            at,
            octets: 0,
            exchange: NO_EXCHANGE,
        }
    }

    /// The section of its flow's reading that it is in, and which of its protocol's kinds it is of.
    pub(in crate::app::parts) fn section(&self) -> (SectionNumber, u8) {
        match self.content {
            MessageContent::Octets(section, kind) => (section, kind),
            MessageContent::Step(_) | MessageContent::Note | MessageContent::End => (0, UNREAD),
        }
    }

    /// Its events that carry octets, with the part of each that is its own: the octets and how many were omitted.
    pub(in crate::app::parts) fn pieces<'a>(
        &self,
        flow: &'a Flow,
    ) -> impl Iterator<Item = (EventIndex, &'a WireEvent, &'a Octets)> {
        let Self { from, layer, first, last, .. } = *self;
        let events = flow.events.get(first as usize..=last as usize).unwrap_or_default();
        (first..).zip(events).filter_map(move |(index, event)| match &event.content {
            EventContent::Octets(octets) if event.from == from && event.layer == layer => {
                Some((EventIndex(index), event, octets))
            }
            EventContent::Octets(_) | EventContent::Step(_) => None,
        })
    }
}
