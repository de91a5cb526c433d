//! One message's octets in one piece, with the events they came in.

use std::{ops::Range, time::Duration};

use crate::{
    app::parts::index::{Message, What},
    lens::{self, Before, Excerpt, FieldNode, Lens},
    wire::{Content, EventIndex, Flow, Layer, Side},
};

/// What one side said in one message.
#[derive(Debug)]
pub(super) struct Said {
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
    /// Where octets were not kept: how many come before, how many are missing.
    gaps: Vec<(usize, u64)>,
    message: Message,
    looked_at: Option<(EventIndex, Range<usize>)>,
}

/// The octets of one event.
#[derive(Clone, Debug)]
struct Piece {
    event: EventIndex,
    at: Duration,
    range: Range<usize>,
    masked: Range<usize>,
}

impl Said {
    /// Gathers the octets of `message`, which is part of `flow`.
    pub(super) fn of(flow: &Flow, message: &Message) -> Self {
        let mut said =
            Self { bytes: Vec::new(), pieces: Vec::new(), gaps: Vec::new(), message: *message, looked_at: None };
        let mut left = message.octets;
        for (event, seen, octets) in message.pieces(flow) {
            let skip = if event.0 == message.first { message.skip as usize } else { 0 };
            let own = octets.bytes.get(skip..).unwrap_or_default();
            let own = own.get(..usize::try_from(left).unwrap_or(usize::MAX).min(own.len())).unwrap_or_default();
            let begin = said.bytes.len();
            said.bytes.extend_from_slice(own);
            left -= own.len() as u64;
            let omitted = octets.omitted.min(left);
            left -= omitted;
            if omitted > 0 {
                said.gaps.push((said.bytes.len(), omitted));
            }
            let place = |at: u32| (at as usize).saturating_sub(skip).min(own.len()) + begin;
            let masked = octets.masked.as_ref().map_or(begin..begin, |range| place(range.start)..place(range.end));
            said.pieces.push(Piece { event, at: seen.at, range: begin..said.bytes.len(), masked });
            if left == 0 {
                break;
            }
        }
        said
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

    /// The fields they form; `flow` is the one they were gathered from, `request` the message answered.
    pub(super) fn fields(&self, flow: &Flow, request: Option<&Message>) -> Vec<FieldNode> {
        let What::Said(lens) = self.message.what else { return Vec::new() };
        let method = request.map(|request| method(flow, request));
        let said = if lens == Lens::Http2 { self.before(flow) } else { Vec::new() };
        let before = Before { asked: method.as_deref(), said };
        lens::read(lens, Excerpt { bytes: &self.bytes, gaps: &self.gaps }, self.message.from, &before)
    }

    /// What the same side said before.
    fn before<'a>(&self, flow: &'a Flow) -> Vec<(&'a [u8], u64)> {
        let Message { from, layer, first, skip, .. } = self.message;
        let octets = flow.events.iter().take(first as usize + 1).enumerate().filter_map(|(at, event)| {
            let Content::Octets(octets) = &event.content else { return None };
            let before = if at == first as usize { octets.bytes.get(..skip as usize)? } else { &octets.bytes };
            let omitted = if at == first as usize { 0 } else { octets.omitted };
            (event.from == from && event.layer == layer).then_some((before, omitted))
        });
        octets.collect()
    }

    /// What it is, in a word.
    pub(super) fn kind(&self) -> &'static str {
        match (self.message.what, self.message.layer, self.message.from) {
            (What::Said(Lens::Http1), _, Side::Client) => "Request",
            (What::Said(Lens::Http1), _, Side::Server) => "Response",
            (What::Said(Lens::Http2), ..) => "HTTP/2 frames",
            (What::Said(Lens::Dns | Lens::DnsOverTcp), ..) => "DNS message",
            (_, Layer::Tls, _) => "Sealed octets",
            (_, Layer::Datagram, _) => "Datagram",
            (_, _, _) => "Octets",
        }
    }

    /// When the first and the last octet were seen.
    pub(super) fn span(&self) -> (Duration, Duration) {
        let at = |piece: Option<&Piece>| piece.map_or(Duration::ZERO, |piece| piece.at);
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

/// A request's method, as far as its first octets tell.
fn method(flow: &Flow, request: &Message) -> String {
    let mut octets = request.pieces(flow).flat_map(|(_, _, octets)| octets.bytes.iter().copied());
    let own = octets.by_ref().skip(request.skip as usize).skip_while(u8::is_ascii_whitespace);
    let word: Vec<u8> = own.take_while(u8::is_ascii_graphic).take(MAX_METHOD).collect();
    String::from_utf8_lossy(&word).into_owned()
}

/// Octets of a method that are looked at.
const MAX_METHOD: usize = 32;
