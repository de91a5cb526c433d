//! What the octets of an HTTP/2 connection belong to: counts and times by stream, read from the frames as they cross. RFC 9113 §4.1.
//!
//! Not an HTTP/2 implementation (that is hyper's): it reads frame heads, and of header blocks those of interim responses, which hyper
//! keeps to itself.

use std::time::Duration;

use crate::{
    engine::exchange::InterimResponse,
    lens::h2::{InterimHead, InterimHeads},
    net::TimeSpan,
};

/// What crossed a connection, by stream.
#[derive(Debug, Default)]
pub(super) struct FrameCounter {
    sent: FrameScanner,
    received: FrameScanner,
    streams: Vec<StreamUsage>,
    heads: InterimHeads,
    /// Interim responses, by stream.
    interim: Vec<InterimHead>,
}

/// One stream: a request and its response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct StreamUsage {
    /// Octets of its frames sent.
    pub(super) request_octets: u64,
    /// Octets of its frames received.
    pub(super) response_octets: u64,
    /// When its frames were sent, first to last.
    pub(super) sent: Option<TimeSpan>,
    /// When its frames arrived, first to last.
    pub(super) received: Option<TimeSpan>,
}

/// What a client says first (RFC 9113 §3.4): `PRI * HTTP/2.0`, two line ends, `SM`, two more.
const PREFACE: usize = 24;
const FRAME_HEAD: usize = 9;
/// RFC 9113 §6.5.
const SETTINGS: u8 = 4;

impl FrameCounter {
    /// For a client that has sent nothing yet.
    pub(super) fn new() -> Self {
        Self { sent: FrameScanner { skip: PREFACE, ..FrameScanner::default() }, ..Self::default() }
    }

    /// A request will be made on the next stream: 1, 3, 5 … (RFC 9113 §5.1.1). Returns its number.
    pub(super) fn expect(&mut self) -> u32 {
        self.streams.push(StreamUsage::default());
        u32::try_from(self.streams.len()).unwrap_or(u32::MAX).saturating_mul(2) - 1
    }

    /// What is known of stream `id`.
    pub(super) fn stream(&self, id: u32) -> StreamUsage {
        self.streams.get(place(id)).copied().unwrap_or_default()
    }

    /// The interim responses that came on stream `id`.
    pub(super) fn interim(&self, id: u32) -> Vec<InterimResponse> {
        let own = self.interim.iter().filter(|head| head.stream == id);
        own.map(|InterimHead { status, fields, .. }| InterimResponse {
            protocol: "HTTP/2".to_owned(),
            status: *status,
            // There is none in HTTP/2: RFC 9113 §8.3.2.
            reason: String::new(),
            fields: fields.clone(),
        })
        .collect()
    }

    /// Was the first frame received the SETTINGS frame that every HTTP/2 server begins with (RFC 9113 §3.4)? `None` before there
    /// is one.
    pub(super) fn speaks_http2(&self) -> Option<bool> {
        self.received.first_kind.map(|kind| kind == SETTINGS)
    }

    pub(super) fn sent(&mut self, bytes: &[u8], at: Duration) {
        let streams = &mut self.streams;
        self.sent.read(bytes, |id, octets| {
            if let Some(stream) = streams.get_mut(place(id)) {
                stream.request_octets += octets;
                stream.sent = Some(joined(stream.sent, TimeSpan { from: at, to: at }));
            }
        });
    }

    pub(super) fn received(&mut self, bytes: &[u8], at: TimeSpan) {
        let interim = &mut self.interim;
        self.heads.read(bytes, |head| interim.push(head));
        let streams = &mut self.streams;
        self.received.read(bytes, |id, octets| {
            if let Some(stream) = streams.get_mut(place(id)) {
                stream.response_octets += octets;
                stream.received = Some(joined(stream.received, at));
            }
        });
    }
}

/// Place of a client's stream among those expected; out of range for stream 0 and a server's streams.
fn place(id: u32) -> usize {
    if id % 2 == 1 { (id / 2) as usize } else { usize::MAX }
}

fn joined(before: Option<TimeSpan>, more: TimeSpan) -> TimeSpan {
    before.map_or(more, |before| TimeSpan { from: before.from.min(more.from), to: before.to.max(more.to) })
}

/// Reads frame heads from octets cut anywhere.
#[derive(Debug, Default)]
struct FrameScanner {
    /// Octets to pass over: the preface, then each frame's payload.
    skip: usize,
    head: [u8; FRAME_HEAD],
    have: usize,
    /// Whose payload is passed over.
    stream: u32,
    first_kind: Option<u8>,
}

impl FrameScanner {
    /// Tells `count` how many octets belong to which stream.
    fn read(&mut self, mut bytes: &[u8], mut count: impl FnMut(u32, u64)) {
        while !bytes.is_empty() {
            let skipped = self.skip.min(bytes.len());
            if skipped > 0 {
                self.skip -= skipped;
                bytes = bytes.get(skipped..).unwrap_or_default();
                count(self.stream, skipped as u64);
                continue;
            }
            let (first, rest) = bytes.split_at(1);
            if let (Some(place), [octet]) = (self.head.get_mut(self.have), first) {
                *place = *octet;
            }
            bytes = rest;
            self.have += 1;
            if self.have == FRAME_HEAD {
                self.begin_frame();
                count(self.stream, FRAME_HEAD as u64);
            }
        }
    }

    fn begin_frame(&mut self) {
        let [l1, l2, l3, kind, _flags, s1, s2, s3, s4] = self.head;
        self.skip = u32::from_be_bytes([0, l1, l2, l3]) as usize;
        self.stream = u32::from_be_bytes([s1, s2, s3, s4]) & 0x7fff_ffff;
        self.first_kind.get_or_insert(kind);
        self.have = 0;
    }
}

#[cfg(test)]
mod octets {
    use proptest::prelude::*;

    use super::*;

    fn frame(kind: u8, stream: u32, payload: usize) -> Vec<u8> {
        let length = u32::try_from(payload).unwrap().to_be_bytes();
        let mut octets = vec![length[1], length[2], length[3], kind, 0];
        octets.extend(stream.to_be_bytes());
        octets.resize(FRAME_HEAD + payload, 0x41);
        octets
    }

    fn at(millis: u64) -> TimeSpan {
        TimeSpan { from: Duration::from_millis(millis), to: Duration::from_millis(millis + 1) }
    }

    proptest! {
        #[test]
        fn belong_to_their_stream_however_they_are_cut(size in 1usize..40) {
            let mut frames = FrameCounter::new();
            prop_assert_eq!((frames.expect(), frames.expect()), (1, 3));
            let sent = [vec![0; PREFACE], frame(SETTINGS, 0, 12), frame(1, 1, 30), frame(1, 3, 20)].concat();
            sent.chunks(size).for_each(|chunk| frames.sent(chunk, Duration::ZERO));
            prop_assert_eq!((frames.stream(1).request_octets, frames.stream(3).request_octets), (39, 29));
            prop_assert_eq!(frames.speaks_http2(), None);
            let received = [frame(SETTINGS, 0, 6), frame(1, 1, 10), frame(0, 3, 100), frame(0, 1, 50), frame(0, 99, 5)];
            received.concat().chunks(size).for_each(|chunk| frames.received(chunk, at(7)));
            prop_assert_eq!((frames.stream(1).response_octets, frames.stream(3).response_octets), (78, 109));
            prop_assert_eq!(frames.speaks_http2(), Some(true));
        }

        #[test]
        fn of_any_kind_are_counted_without_harm(octets in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut frames = FrameCounter::new();
            frames.expect();
            frames.received(&octets, at(0));
            prop_assert!(frames.stream(1).response_octets <= octets.len() as u64);
        }
    }

    #[test]
    fn have_times() {
        let mut frames = FrameCounter::new();
        frames.expect();
        frames.received(&frame(1, 1, 3), at(5));
        frames.received(&frame(0, 1, 3), at(9));
        let (from, to) = (Duration::from_millis(5), Duration::from_millis(10));
        assert_eq!(frames.stream(1).received, Some(TimeSpan { from, to }));
    }

    #[test]
    fn of_http1_are_told_apart() {
        let mut frames = FrameCounter::new();
        frames.received(b"HTTP/1.1 400 Bad Request\r\n", at(0));
        assert_eq!(frames.speaks_http2(), Some(false));
    }
}
