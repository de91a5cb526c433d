//! One message's octets in one piece, with the events they came in.

use std::{ops::Range, time::Duration};

use crate::{
    app::parts::index::Message,
    lens::{Excerpt, FieldNode, FlowReading, MessageSource, Track, UNREAD},
    wire::{EventIndex, Flow, Layer},
};

/// What one side said in one message.
#[derive(Debug)]
pub(super) struct MessageOctets {
    bytes: Vec<u8>,
    pieces: Vec<MessagePiece>,
    /// Where octets were not kept: how many come before, how many are missing.
    gaps: Vec<(usize, u64)>,
    message: Message,
    looked_at: Option<(EventIndex, Range<usize>)>,
}

/// The octets of one event.
#[derive(Clone, Debug)]
struct MessagePiece {
    event: EventIndex,
    at: Duration,
    range: Range<usize>,
    masked: Range<usize>,
}

impl MessageOctets {
    /// Gathers the octets of `message`, which is part of `flow`.
    pub(super) fn of(flow: &Flow, message: &Message) -> Self {
        let mut found =
            Self { bytes: Vec::new(), pieces: Vec::new(), gaps: Vec::new(), message: *message, looked_at: None };
        let mut left = message.octets;
        for (event, seen, octets) in message.pieces(flow) {
            let skip = if event.0 == message.first { message.skip as usize } else { 0 };
            let own = octets.bytes.get(skip..).unwrap_or_default();
            let own = own.get(..usize::try_from(left).unwrap_or(usize::MAX).min(own.len())).unwrap_or_default();
            let begin = found.bytes.len();
            found.bytes.extend_from_slice(own);
            left -= own.len() as u64;
            let omitted = octets.omitted.min(left);
            left -= omitted;
            if omitted > 0 {
                found.gaps.push((found.bytes.len(), omitted));
            }
            let place = |at: u32| (at as usize).saturating_sub(skip).min(own.len()) + begin;
            let masked = octets.masked.as_ref().map_or(begin..begin, |range| place(range.start)..place(range.end));
            found.pieces.push(MessagePiece { event, at: seen.at, range: begin..found.bytes.len(), masked });
            if left == 0 {
                break;
            }
        }
        found
    }

    /// The octets kept.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many were not kept.
    pub(super) fn omitted(&self) -> u64 {
        self.gaps.iter().map(|(_, missing)| missing).sum()
    }

    /// How many crossed.
    pub(super) fn wire_len(&self) -> u64 {
        self.message.octets
    }

    /// The fields they form; `flow` is the one they were gathered from, `reading` its reading, `request` the message answered.
    pub(super) fn fields(&self, flow: &Flow, reading: &FlowReading, request: Option<&Message>) -> Vec<FieldNode> {
        let Message { from: side, first, skip, .. } = self.message;
        let (section, kind) = self.message.section();
        let masked: Vec<_> =
            self.pieces.iter().map(|piece| piece.masked.clone()).filter(|masked| !masked.is_empty()).collect();
        let octets = Excerpt { bytes: &self.bytes, gaps: &self.gaps, masked: &masked };
        let request = request.map(|request| beginning(flow, request));
        let track = if self.message.layer == Layer::Tls { Track::Sealed } else { Track::Application };
        let begin = reading.stream(flow, track, side).range_of(first as usize).map_or(0, |range| range.start);
        let at = begin + u64::from(skip);
        reading.fields(section, &MessageSource { side, kind, at, octets, request: request.as_deref() })
    }

    /// What it is, in a word.
    pub(super) fn noun(&self, reading: &FlowReading) -> &'static str {
        let (section, kind) = self.message.section();
        match self.message.layer {
            Layer::Tls => "Sealed octets",
            Layer::Datagram if kind == UNREAD => "Datagram",
            _ => reading.noun(section, self.message.from, kind),
        }
    }

    /// When the first and the last octet were seen.
    pub(super) fn span(&self) -> (Duration, Duration) {
        let at = |piece: Option<&MessagePiece>| piece.map_or(Duration::ZERO, |piece| piece.at);
        (at(self.pieces.first()), at(self.pieces.last()))
    }

    /// How many of the octets kept had been seen at `until`.
    pub(super) fn arrived(&self, until: Duration) -> usize {
        let seen = self.pieces.partition_point(|piece| piece.at <= until);
        seen.checked_sub(1).and_then(|last| self.pieces.get(last)).map_or(0, |piece| piece.range.end)
    }

    /// Is this octet masked?
    pub(super) fn is_masked(&self, octet: usize) -> bool {
        let after = self.pieces.partition_point(|piece| piece.range.start <= octet);
        let piece = after.checked_sub(1).and_then(|last| self.pieces.get(last));
        piece.is_some_and(|piece| piece.masked.contains(&octet))
    }

    /// Marks the octets of one event. Returns whether that is news.
    pub(super) fn look_at(&mut self, event: Option<EventIndex>) -> bool {
        if self.looked_at.as_ref().map(|(event, _)| *event) == event {
            return false;
        }
        // A message of one event is not marked: all of it would be.
        let one = self.pieces.len() < 2;
        self.looked_at = event.and_then(|event| {
            let piece = self.pieces.iter().find(|piece| piece.event == event)?;
            Some((event, if one { 0..0 } else { piece.range.clone() }))
        });
        true
    }

    /// The octets of the event that was picked.
    pub(super) fn looked_at(&self) -> Option<&Range<usize>> {
        self.looked_at.as_ref().map(|(_, range)| range).filter(|range| !range.is_empty())
    }
}

/// The first octets of a message.
fn beginning(flow: &Flow, message: &Message) -> Vec<u8> {
    let octets = message.pieces(flow).flat_map(|(_, _, octets)| octets.bytes.iter().copied());
    let length = usize::try_from(message.octets).unwrap_or(usize::MAX);
    octets.skip(message.skip as usize).take(length.min(MAX_BEGINNING)).collect()
}

/// Octets of a request that are looked at when what answers it is read.
const MAX_BEGINNING: usize = 4096;
