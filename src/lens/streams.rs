//! The octets of a flow as streams, one for each side and each [`Track`]: where each octet stands, when it crossed, and which ones the
//! record left out. An index that holds no octets itself and next to nothing for each event: what stands between two checkpoints is
//! counted again when it is asked for.

use std::{ops::Range, time::Duration};

use super::ExcerptBuf;
use crate::wire::{EventContent, Flow, Layer, Octets, Side, WireEvent};

/// Where in the stack octets were seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Track {
    /// What the application wrote: octets in the clear, those above TLS, datagrams.
    Application,
    /// What TLS made of it.
    Sealed,
}

/// An index over the octets of a flow, as far as its events have been taken.
#[derive(Clone, Debug, Default)]
pub(super) struct StreamIndex {
    taken: u32,
    /// What the events before each [`STRIDE`]th one came to.
    checkpoints: Vec<StreamTotals>,
    now: StreamTotals,
}

/// For each stream, what some events came to.
type StreamTotals = [StreamTotal; STREAMS];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct StreamTotal {
    /// Octets that crossed, kept or not.
    crossed: u64,
    /// Of those, the ones the record left out.
    omitted: u64,
}

/// One side's octets of one track, in the flow they were counted in.
#[derive(Clone, Copy, Debug)]
pub struct OctetStream<'a> {
    streams: &'a StreamIndex,
    flow: &'a Flow,
    number: usize,
}

/// An event's octets in their stream.
struct EventOctets<'a> {
    event: usize,
    octets: &'a Octets,
    /// What came before them.
    before: StreamTotal,
}

impl StreamIndex {
    /// How many of the flow's events have been counted.
    pub(super) fn taken(&self) -> usize {
        self.taken as usize
    }

    /// Counts the next event.
    pub(super) fn take(&mut self, event: &WireEvent) {
        if self.taken > 0 && self.taken().is_multiple_of(STRIDE) {
            self.checkpoints.push(self.now);
        }
        self.taken += 1;
        add(&mut self.now, event);
    }

    /// How many octets of a stream have been counted.
    pub(super) fn length(&self, track: Track, side: Side) -> u64 {
        self.now.get(number(track, side)).map_or(0, |sum| sum.crossed)
    }

    /// How many octets of a stream the flow's first `events` events carried, kept or not.
    pub(super) fn length_until(&self, flow: &Flow, events: usize, track: Track, side: Side) -> u64 {
        let sums = self.before(flow, events.min(self.taken()));
        sums.get(number(track, side)).map_or(0, |sum| sum.crossed)
    }

    pub(super) fn stream<'a>(&'a self, flow: &'a Flow, track: Track, side: Side) -> OctetStream<'a> {
        OctetStream { streams: self, flow, number: number(track, side) }
    }

    /// What the events before `event` came to.
    fn before(&self, flow: &Flow, event: usize) -> StreamTotals {
        if event + 1 == self.taken()
            && let Some((number, octets)) = flow.events.get(event).and_then(carried)
        {
            // The last one that was counted is asked for most.
            let mut totals = self.now;
            if let Some(total) = totals.get_mut(number) {
                total.crossed = total.crossed.saturating_sub(octets.wire_len());
                total.omitted = total.omitted.saturating_sub(octets.omitted);
            }
            return totals;
        }
        let known = (event / STRIDE).min(self.checkpoints.len());
        let mut sums = known.checked_sub(1).and_then(|last| self.checkpoints.get(last)).copied().unwrap_or_default();
        let since = known * STRIDE..event.min(self.taken());
        flow.events.get(since).unwrap_or_default().iter().for_each(|event| add(&mut sums, event));
        sums
    }
}

impl<'a> OctetStream<'a> {
    /// Octets that crossed, kept or not.
    pub fn length(&self) -> u64 {
        self.streams.now.get(self.number).map_or(0, |sum| sum.crossed)
    }

    /// Which event of the flow carried the octet at `offset`.
    pub fn event_at(&self, offset: u64) -> Option<usize> {
        self.place_at(offset).map(|place| place.event)
    }

    /// Where the octets that the flow's event `event` carried stand in the stream, left out ones included; `None` when it carried none of it.
    pub fn range_of(&self, event: usize) -> Option<Range<u64>> {
        let (own, octets) = self.flow.events.get(event).filter(|_| event < self.streams.taken()).and_then(carried)?;
        let from = self.streams.before(self.flow, event).get(self.number)?.crossed;
        (own == self.number && octets.wire_len() > 0).then(|| from..from + octets.wire_len())
    }

    /// When the octet at `offset` was seen.
    pub fn seen_at(&self, offset: u64) -> Option<Duration> {
        self.flow.events.get(self.event_at(offset)?).map(|event| event.at)
    }

    /// When the octet at `offset` began to reach the client's side (for the server's octets) or began to leave it.
    pub fn first_at(&self, offset: u64) -> Option<Duration> {
        let event = self.flow.events.get(self.event_at(offset)?)?;
        Some(match (event.from, event.transit) {
            (Side::Server, Some(transit)) => transit.first_in,
            _ => event.at,
        })
    }

    /// When the octet at `offset` had reached the client's side (for the server's octets) or had left it.
    pub fn last_at(&self, offset: u64) -> Option<Duration> {
        let event = self.flow.events.get(self.event_at(offset)?)?;
        Some(match (event.from, event.transit) {
            (Side::Server, Some(transit)) => transit.last_in,
            (Side::Client, Some(transit)) => transit.last_out,
            (_, None) => event.at,
        })
    }

    /// Octets `range`, at most `most` of them.
    pub fn octets(&self, range: Range<u64>, most: usize) -> ExcerptBuf {
        self.gather(range, most, usize::MAX)
    }

    /// The first octets of `range`, at most `most` of them and none beyond what the record left out first.
    pub fn beginning(&self, range: Range<u64>, most: usize) -> ExcerptBuf {
        self.gather(range, most, 1)
    }

    /// How many octets of `range` the record left out. Takes time logarithmic in the number of events.
    pub fn omitted(&self, range: &Range<u64>) -> u64 {
        self.omitted_until(range.end).saturating_sub(self.omitted_until(range.start))
    }

    fn gather(&self, range: Range<u64>, most: usize, most_gaps: usize) -> ExcerptBuf {
        let mut found = ExcerptBuf::default();
        for place in self.places(range.start) {
            if place.before.crossed >= range.end || found.bytes.len() >= most || found.gaps.len() >= most_gaps {
                break;
            }
            found.add(place.octets, place.before.crossed, &range, most);
        }
        found
    }

    fn omitted_until(&self, offset: u64) -> u64 {
        let Some(place) = self.place_at(offset) else {
            return if offset == 0 { 0 } else { self.streams.now.get(self.number).map_or(0, |sum| sum.omitted) };
        };
        let kept = place.octets.bytes.len() as u64;
        place.before.omitted + offset.saturating_sub(place.before.crossed + kept)
    }

    fn place_at(&self, offset: u64) -> Option<EventOctets<'a>> {
        let covers = |place: &EventOctets<'_>| offset < place.before.crossed + place.octets.wire_len();
        if offset >= self.length() { None } else { self.places(offset).find(covers) }
    }

    /// The events that carried this stream's octets, from just before the one that carried the octet at `offset`.
    fn places(&self, offset: u64) -> impl Iterator<Item = EventOctets<'a>> + use<'a> {
        let Self { streams, flow, number } = *self;
        let crossed = |sums: &StreamTotals| sums.get(number).map_or(0, |sum| sum.crossed);
        let known = streams.checkpoints.partition_point(|sums| crossed(sums) <= offset);
        let sums = known.checked_sub(1).and_then(|last| streams.checkpoints.get(last));
        let mut before = sums.and_then(|sums| sums.get(number)).copied().unwrap_or_default();
        let events = flow.events.get(known * STRIDE..streams.taken()).unwrap_or_default();
        (known * STRIDE..).zip(events).filter_map(move |(event, content)| {
            let (_, octets) = carried(content).filter(|(own, octets)| *own == number && octets.wire_len() > 0)?;
            let place = EventOctets { event, octets, before };
            before.crossed += octets.wire_len();
            before.omitted += octets.omitted;
            (offset < before.crossed).then_some(place)
        })
    }
}

/// The track that an event's octets belong to, and the octets.
pub(super) fn octets_of(event: &WireEvent) -> Option<(Track, &Octets)> {
    match (&event.content, event.layer) {
        (EventContent::Octets(octets), Layer::Stream | Layer::Plain | Layer::Datagram) => {
            Some((Track::Application, octets))
        }
        (EventContent::Octets(octets), Layer::Tls) => Some((Track::Sealed, octets)),
        (EventContent::Octets(_), Layer::Transport) | (EventContent::Step(_), _) => None,
    }
}

/// The number of the stream that an event's octets belong to, and the octets.
fn carried(event: &WireEvent) -> Option<(usize, &Octets)> {
    octets_of(event).map(|(track, octets)| (number(track, event.from), octets))
}

fn add(sums: &mut StreamTotals, event: &WireEvent) {
    let Some((number, octets)) = carried(event) else { return };
    if let Some(sum) = sums.get_mut(number) {
        sum.crossed += octets.wire_len();
        sum.omitted += octets.omitted;
    }
}

fn number(track: Track, side: Side) -> usize {
    2 * track as usize + side as usize
}

/// Two sides, two tracks.
const STREAMS: usize = 4;
/// Sums are kept at every so many events of a flow.
const STRIDE: usize = 64;

#[cfg(test)]
mod a_stream {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::wire::{End, Ends, Entry, FlowId, FlowKind, Ledger};

    fn flow(events: &[(Side, Layer, usize, u64)]) -> Flow {
        let (id, at) = (FlowId(0), Duration::ZERO);
        let end = || End { name: String::new(), ip_port: None };
        let ends = Ends { client: end(), server: end() };
        let mut ledger = Ledger::default();
        ledger.apply(Entry::Opened { id, parent: None, kind: FlowKind::Connection, title: String::new(), ends, at });
        for (number, (from, layer, length, omitted)) in events.iter().enumerate() {
            let bytes = Bytes::from(vec![u8::try_from(number % 251).unwrap(); *length]);
            let content = EventContent::Octets(Octets { bytes, masked: None, omitted: *omitted });
            let at = Duration::from_millis(number as u64);
            let event = WireEvent { at, from: *from, layer: *layer, content, transit: None };
            ledger.apply(Entry::Event { id, event });
        }
        ledger.flow(id).unwrap().clone()
    }

    proptest! {
        #[test]
        fn finds_every_octet_where_counting_from_the_beginning_finds_it(
            events in proptest::collection::vec((any::<bool>(), 0_u8..3, 0_usize..5, 0_u64..3), 0..300),
            range in (0_u64..400, 0_u64..60),
        ) {
            let layers = [Layer::Stream, Layer::Plain, Layer::Tls];
            let events: Vec<_> = events
                .into_iter()
                .map(|(client, layer, length, omitted)| {
                    let side = if client { Side::Client } else { Side::Server };
                    (side, layers[usize::from(layer)], length, omitted)
                })
                .collect();
            let flow = flow(&events);
            let mut streams = StreamIndex::default();
            flow.events.iter().for_each(|event| streams.take(event));
            for (track, side) in [(Track::Application, Side::Client), (Track::Sealed, Side::Server)] {
                // Every octet that crossed: which event carried it, and whether it was kept.
                let mut all = Vec::new();
                for (number, event) in flow.events.iter().enumerate() {
                    if let Some((_, octets)) = octets_of(event).filter(|(own, _)| *own == track && event.from == side) {
                        prop_assert_eq!(
                            streams.stream(&flow, track, side).range_of(number),
                            (octets.wire_len() > 0).then(|| all.len() as u64..all.len() as u64 + octets.wire_len())
                        );
                        all.extend((0..octets.wire_len()).map(|at| (number, at < octets.bytes.len() as u64)));
                    }
                    prop_assert_eq!(streams.length_until(&flow, number + 1, track, side), all.len() as u64);
                }
                let stream = streams.stream(&flow, track, side);
                prop_assert_eq!(stream.length(), all.len() as u64);
                let range = range.0..range.0 + range.1;
                for offset in range.clone() {
                    prop_assert_eq!(stream.event_at(offset), all.get(usize::try_from(offset).unwrap()).map(|(event, _)| *event));
                }
                let within = usize::try_from(range.start).unwrap().min(all.len())..usize::try_from(range.end).unwrap().min(all.len());
                let kept: Vec<u8> = all[within.clone()]
                    .iter()
                    .filter(|(_, kept)| *kept)
                    .map(|(event, _)| u8::try_from(event % 251).unwrap())
                    .collect();
                let missing = (all[within.clone()].len() - kept.len()) as u64;
                let found = stream.octets(range.clone(), usize::MAX);
                prop_assert_eq!(&found.bytes, &kept);
                prop_assert_eq!(found.gaps.iter().map(|(_, missing)| missing).sum::<u64>(), missing);
                prop_assert_eq!(stream.omitted(&range), missing);
            }
        }
    }
}
