//! One side of a flow as one stream of octets: where each stands, when it crossed, and which ones the record left out.

use std::{ops::Range, time::Duration};

use crate::wire::{Content, Flow, Layer, Octets, Side, WireEvent};

/// An index over one side's octets. Holds no octets itself: it points into the flow it was made from, which may have grown since.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    pieces: Vec<Piece>,
    length: u64,
    omitted: u64,
}

/// One event's place in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    from: u64,
    event: u32,
    /// Octets left out of the stream before this piece.
    omitted_before: u64,
}

/// Octets of a stretch of a stream, as far as they were kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The octets kept, joined.
    pub bytes: Vec<u8>,
    /// Where octets were left out: `(how many of bytes came before, how many are missing there)`.
    pub gaps: Vec<(usize, u64)>,
    /// Which of `bytes` are masked.
    pub masked: Vec<Range<usize>>,
}

impl Stream {
    /// The octets `from` sent in `flow`: what the application said, above TLS where there is TLS.
    pub fn of(flow: &Flow, from: Side) -> Self {
        let mut stream = Self::default();
        for (index, event) in (0..).zip(&flow.events) {
            if event.from == from
                && let Some(octets) = said(event)
            {
                stream.push(index, octets);
            }
        }
        stream
    }

    /// Adds the event at `index` of the flow.
    pub(super) fn push(&mut self, index: u32, octets: &Octets) {
        if octets.wire_len() > 0 {
            self.pieces.push(Piece { from: self.length, event: index, omitted_before: self.omitted });
            self.length += octets.wire_len();
            self.omitted += octets.omitted;
        }
    }

    /// Octets that crossed, kept or not.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Which event of the flow carried the octet at `offset`.
    pub fn event_at(&self, offset: u64) -> Option<usize> {
        self.piece_at(offset).map(|at| at.event as usize)
    }

    /// Where the octets that the flow's event `event` carried stand in the stream, left out ones included.
    pub fn range_of(&self, flow: &Flow, event: usize) -> Option<Range<u64>> {
        let event = u32::try_from(event).ok()?;
        let piece = self.pieces.get(self.pieces.binary_search_by_key(&event, |piece| piece.event).ok()?)?;
        let octets = said(flow.events.get(event as usize)?)?;
        Some(piece.from..piece.from + octets.wire_len())
    }

    /// When the octet at `offset` was seen.
    pub fn seen_at(&self, flow: &Flow, offset: u64) -> Option<Duration> {
        flow.events.get(self.event_at(offset)?).map(|event| event.at)
    }

    /// When the octet at `offset` began to reach the client's side (for the server's octets) or began to leave it.
    pub fn first_at(&self, flow: &Flow, offset: u64) -> Option<Duration> {
        let event = flow.events.get(self.event_at(offset)?)?;
        Some(match (event.from, event.transit) {
            (Side::Server, Some(transit)) => transit.first_in,
            _ => event.at,
        })
    }

    /// When the octet at `offset` had reached the client's side (for the server's octets) or had left it.
    pub fn last_at(&self, flow: &Flow, offset: u64) -> Option<Duration> {
        let event = flow.events.get(self.event_at(offset)?)?;
        Some(match (event.from, event.transit) {
            (Side::Server, Some(transit)) => transit.last_in,
            (Side::Client, Some(transit)) => transit.last_out,
            (_, None) => event.at,
        })
    }

    /// Octets `range`, at most `most` of them.
    pub fn octets(&self, flow: &Flow, range: Range<u64>, most: usize) -> Kept {
        let mut kept = Kept::default();
        let first = self.pieces.partition_point(|piece| piece.from <= range.start).saturating_sub(1);
        for piece in self.pieces.get(first..).unwrap_or_default() {
            if piece.from >= range.end || kept.bytes.len() >= most {
                break;
            }
            let Some(octets) = flow.events.get(piece.event as usize).and_then(said) else { continue };
            kept.add(octets, piece.from, &range, most);
        }
        kept
    }

    /// How many octets of `range` the record left out. Takes time logarithmic in the number of events.
    pub fn omitted(&self, flow: &Flow, range: &Range<u64>) -> u64 {
        self.omitted_until(flow, range.end).saturating_sub(self.omitted_until(flow, range.start))
    }

    fn omitted_until(&self, flow: &Flow, offset: u64) -> u64 {
        let Some(piece) = self.piece_at(offset) else { return if offset == 0 { 0 } else { self.omitted } };
        let octets = flow.events.get(piece.event as usize).and_then(said);
        let kept = octets.map_or(0, |octets| octets.bytes.len() as u64);
        piece.omitted_before + offset.saturating_sub(piece.from + kept)
    }

    fn piece_at(&self, offset: u64) -> Option<&Piece> {
        if offset >= self.length {
            return None;
        }
        self.pieces.get(self.pieces.partition_point(|piece| piece.from <= offset).checked_sub(1)?)
    }
}

impl Kept {
    fn add(&mut self, octets: &Octets, at: u64, range: &Range<u64>, most: usize) {
        let within =
            |offset: u64| usize::try_from(offset.saturating_sub(at)).unwrap_or(usize::MAX).min(octets.bytes.len());
        let (from, to) = (within(range.start), within(range.end));
        let to = to.min(from + most.saturating_sub(self.bytes.len()));
        let before = self.bytes.len();
        self.bytes.extend_from_slice(octets.bytes.get(from..to).unwrap_or_default());
        if let Some(masked) = &octets.masked {
            let masked = (masked.start as usize).max(from)..(masked.end as usize).min(to);
            if masked.start < masked.end {
                self.masked.push(before + masked.start - from..before + masked.end - from);
            }
        }
        let end = at + octets.bytes.len() as u64;
        let missing = (end + octets.omitted).min(range.end).saturating_sub(end.max(range.start));
        if missing > 0 {
            self.gaps.push((self.bytes.len(), missing));
        }
    }
}

/// The octets of an event that the application said: not the sealed ones below TLS.
pub(super) fn said(event: &WireEvent) -> Option<&Octets> {
    match (&event.content, event.layer) {
        (Content::Octets(octets), Layer::Stream | Layer::Plain | Layer::Datagram) => Some(octets),
        (Content::Octets(_), Layer::Tls | Layer::Transport) | (Content::Step(_), _) => None,
    }
}
