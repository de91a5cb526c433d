//! The octets of one direction of a connection, kept once: written at one end, read at the other. Packets carry only positions.

use std::collections::VecDeque;

use tokio::io::ReadBuf;

use super::{Nanos, transit};
use crate::wire::{EventIndex, Transit};

/// Octets written and not yet read, by their position in the stream.
#[derive(Debug, Default)]
pub(super) struct StreamOctets {
    chunks: VecDeque<Vec<u8>>,
    /// How many octets of the first chunk have been read.
    read_of_first: usize,
    read: u64,
    written: u64,
}

impl StreamOctets {
    /// How many octets have been written in all.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// How many octets have been read in all.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    pub(super) fn write(&mut self, octets: &[u8]) {
        self.written += octets.len() as u64;
        let last = self.chunks.back_mut();
        let room = last.as_ref().map_or(0, |last| last.capacity() - last.len()).min(octets.len());
        let (fits, rest) = octets.split_at(room);
        if let Some(last) = last {
            last.extend_from_slice(fits);
        }
        if !rest.is_empty() {
            let mut chunk = Vec::with_capacity(rest.len().max(LEAST_CHUNK));
            chunk.extend_from_slice(rest);
            self.chunks.push_back(chunk);
        }
    }

    /// Reads octets before position `until` into `into`.
    pub(super) fn read_into(&mut self, into: &mut ReadBuf<'_>, until: u64) {
        while into.remaining() > 0 && self.read < until {
            let Some(chunk) = self.chunks.front() else { return };
            let unread = chunk.get(self.read_of_first..).unwrap_or_default();
            let wanted = into.remaining().min(usize::try_from(until - self.read).unwrap_or(usize::MAX));
            let part = unread.get(..wanted).unwrap_or(unread);
            into.put_slice(part);
            self.read += part.len() as u64;
            self.read_of_first += part.len();
            if part.len() == unread.len() {
                self.chunks.pop_front();
                self.read_of_first = 0;
            }
        }
    }
}

const LEAST_CHUNK: usize = 1_024;

/// The way a segment took, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TransitNanos {
    pub(super) first_out: Nanos,
    pub(super) last_out: Nanos,
    pub(super) first_in: Nanos,
    pub(super) last_in: Nanos,
}

impl TransitNanos {
    /// From the first octet of this to the last of `last`.
    pub(super) fn to(self, last: Self) -> Self {
        Self { last_out: last.last_out, last_in: last.last_in, ..self }
    }

    pub(super) fn transit(self) -> Transit {
        transit(self)
    }
}

/// Segments that can be read, in order.
#[derive(Debug, Default)]
pub(super) struct DeliveredSegments {
    segments: VecDeque<(u64, TransitNanos)>,
    pub(super) last: Option<TransitNanos>,
}

impl DeliveredSegments {
    /// The octets before `end` (and after the segment before) took this way.
    pub(super) fn push(&mut self, end: u64, way: TransitNanos) {
        self.segments.push_back((end, way));
        self.last = Some(way);
    }

    /// The reader has read up to `read`: the way of what it read since it was last asked.
    pub(super) fn read_to(&mut self, read: u64) -> Option<TransitNanos> {
        let mut whole: Option<TransitNanos> = None;
        while let Some((end, way)) = self.segments.front().copied() {
            whole = Some(whole.map_or(way, |first| first.to(way)));
            if end > read {
                break;
            }
            self.segments.pop_front();
            if end == read {
                break;
            }
        }
        whole
    }
}

/// Writes whose arrival is to be recorded.
#[derive(Debug, Default)]
pub(super) struct ArrivalWatches {
    pending: VecDeque<ArrivalWatch>,
    watched_to: u64,
}

#[derive(Debug)]
struct ArrivalWatch {
    index: EventIndex,
    from: u64,
    end: u64,
    first: Option<TransitNanos>,
}

impl ArrivalWatches {
    /// Watches what was written since the last time, up to `end`.
    pub(super) fn add(&mut self, index: EventIndex, end: u64) {
        self.pending.push_back(ArrivalWatch { index, from: self.watched_to, end, first: None });
        self.watched_to = end;
    }

    /// A segment has been delivered up to `end`: which watched write is now complete, if one is. To be asked until it says `None`.
    pub(super) fn delivered(&mut self, end: u64, way: TransitNanos) -> Option<(EventIndex, Transit)> {
        let watch = self.pending.front_mut()?;
        if end > watch.from {
            watch.first.get_or_insert(way);
        }
        if end < watch.end {
            return None;
        }
        let watch = self.pending.pop_front()?;
        Some((watch.index, watch.first.map_or(way, |first| first.to(way)).transit()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn way(n: Nanos) -> TransitNanos {
        TransitNanos { first_out: n, last_out: n + 1, first_in: n + 10, last_in: n + 11 }
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_written(
            steps in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..3_000), 1..2_500usize), 1..20),
        ) {
            let (mut octets, mut written, mut read) = (StreamOctets::default(), Vec::new(), Vec::new());
            for (write, size) in steps {
                octets.write(&write);
                written.extend_from_slice(&write);
                let mut space = vec![0; size];
                let mut into = ReadBuf::new(&mut space);
                octets.read_into(&mut into, octets.written());
                read.extend_from_slice(into.filled());
                prop_assert_eq!(octets.read(), read.len() as u64);
            }
            let mut space = vec![0; written.len()];
            let mut into = ReadBuf::new(&mut space);
            octets.read_into(&mut into, octets.written());
            read.extend_from_slice(into.filled());
            prop_assert_eq!(read, written);
        }
    }

    #[test]
    fn a_read_tells_the_way_of_its_first_and_last_octet() {
        let mut delivered = DeliveredSegments::default();
        delivered.push(100, way(0));
        delivered.push(200, way(50));
        delivered.push(300, way(90));
        assert_eq!(delivered.read_to(50), Some(way(0)));
        assert_eq!(delivered.read_to(200), Some(way(0).to(way(50))));
        assert_eq!(delivered.read_to(300), Some(way(90)));
        assert_eq!(delivered.read_to(300), None);
    }

    #[test]
    fn a_watched_write_is_complete_when_its_last_octet_is_delivered() {
        let mut watches = ArrivalWatches::default();
        watches.add(EventIndex(3), 100);
        watches.add(EventIndex(4), 250);
        assert_eq!(watches.delivered(50, way(0)), None);
        assert_eq!(watches.delivered(200, way(50)), Some((EventIndex(3), way(0).to(way(50)).transit())));
        assert_eq!(watches.delivered(200, way(50)), None);
        assert_eq!(watches.delivered(250, way(60)), Some((EventIndex(4), way(50).to(way(60)).transit())));
        assert_eq!(watches.delivered(250, way(60)), None);
    }
}
