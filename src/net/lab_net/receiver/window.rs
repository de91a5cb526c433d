//! How far a receiver lets the sender go ahead of the application (RFC 9293 §3.8.6), growing with what the application reads in a round
//! trip: dynamic right-sizing (Fisk and Feng 2001) as Linux does it.

use super::super::{MSS, Nanos, since};

/// Octets a connection's receiver takes at first: 44 segments, as many as fit into half of Linux' first buffer of 128 KiB.
pub(in super::super) const INITIAL_RECEIVE_WINDOW: u64 = 44 * MSS;
/// That half, but for a segment that is held back.
const INITIAL_SPACE: u64 = 64 * 1024 - MSS;
/// Room that a segment is given: half of what Linux reckons that it takes with all that belongs to it.
const SEGMENT_SPACE: u64 = 1_498;
/// The most: half of Linux' greatest buffer of 6 MiB.
pub const RECEIVE_WINDOW: u64 = 3 * 1024 * 1024;
/// Segments of fewer octets say nothing of how much will come.
const LEAST_TO_GROW: u64 = 128;

#[derive(Debug)]
pub(in super::super) struct ReceiveWindow {
    /// What the buffer has room for.
    space: u64,
    /// What is offered of it: grows with what comes, not at once.
    offered: u64,
    /// The sender was told that it may send octets before this position.
    ends: u64,
    /// What the application read in the last round trip that counted; since when and from where the next is counted.
    read: u64,
    read_from: u64,
    read_since: Nanos,
    /// The round-trip time as this end sees it, and what it is measured by where there are no timestamps: a window is filled.
    rtt: Option<Nanos>,
    filled_at: u64,
    filling_since: Option<Nanos>,
    last_echo: Option<Nanos>,
}

impl Default for ReceiveWindow {
    fn default() -> Self {
        Self {
            space: INITIAL_SPACE,
            offered: INITIAL_SPACE,
            ends: INITIAL_RECEIVE_WINDOW,
            read: 10 * MSS,
            read_from: 0,
            read_since: 0,
            rtt: None,
            filled_at: 0,
            filling_since: None,
            last_echo: None,
        }
    }
}

impl ReceiveWindow {
    /// The connection is open.
    pub(in super::super) fn opened(&mut self, now: Nanos) {
        self.read_since = now;
    }

    /// A segment has come in order, and the next octet expected is at `expected`.
    pub(in super::super) fn filled(&mut self, expected: u64, now: Nanos) {
        if let Some(began) = self.filling_since {
            if expected < self.filled_at {
                return;
            }
            let rtt = since(began, now);
            self.rtt = Some(self.rtt.map_or(rtt, |shortest| shortest.min(rtt)));
        }
        self.filled_at = expected + self.offered;
        self.filling_since = Some(now);
    }

    /// A segment has come that answers one sent at `echo` (RFC 7323 §3.2). It tells of the round trip if it `is_full`, and if no
    /// acknowledgement alone has told so before: then the time is the application's.
    pub(in super::super) fn answered(&mut self, echo: Nanos, is_full: bool, now: Nanos) {
        if self.last_echo.replace(echo) != Some(echo) && is_full {
            let rtt = since(echo, now);
            self.rtt = Some(self.rtt.map_or(rtt, |smoothed| (smoothed * 7 + rtt) / 8));
        }
    }

    /// A segment of `len` octets has come, of which and of those before it `unread` wait to be read: more is offered. Says whether
    /// it is.
    pub(in super::super) fn grow(&mut self, len: u64, unread: u64) -> bool {
        let room = self.space.saturating_sub(unread).saturating_sub(self.offered);
        if len < LEAST_TO_GROW || room == 0 {
            return false;
        }
        self.offered += room.min(2 * MSS.max(len));
        true
    }

    /// The application has read up to `position`.
    pub(in super::super) fn read_to(&mut self, position: u64, now: Nanos) {
        if self.rtt.is_none_or(|rtt| since(self.read_since, now) < rtt) {
            return;
        }
        let read = position - self.read_from;
        if read > self.read {
            // Twice what came, for losses, and as much more as it has grown by: a sender in slow start doubles.
            let wanted = 2 * read + 16 * MSS;
            let growth = u128::from(wanted) * u128::from(read - self.read) / u128::from(self.read);
            let wanted = wanted.saturating_add(u64::try_from(2 * growth).unwrap_or(u64::MAX));
            let space = (wanted / MSS).saturating_mul(SEGMENT_SPACE);
            self.space = self.space.max(space.min(RECEIVE_WINDOW));
            self.read = read;
        }
        (self.read_from, self.read_since) = (position, now);
    }

    /// How much is offered now, counted from `expected`, while `unread` octets wait to be read.
    pub(in super::super) fn offer(&mut self, expected: u64, unread: u64) -> u64 {
        self.ends = self.ends.max(expected + self.could_offer(unread));
        self.ends - expected
    }

    fn could_offer(&self, unread: u64) -> u64 {
        let free = self.space.saturating_sub(unread);
        if free < self.space / 16 || free < MSS { 0 } else { free.min(self.offered) }
    }

    /// The application has read, and `unread` octets wait still. How far the sender may go now, if it has to be told: the window
    /// has become twice as large, or large enough again for a segment (RFC 1122 §4.2.3.3).
    pub(in super::super) fn update(&mut self, expected: u64, unread: u64) -> Option<u64> {
        let (before, after) = (self.ends.saturating_sub(expected), self.could_offer(unread));
        let is_twice = 2 * before <= self.space && after >= 2 * before;
        let is_worth_it = after > 0 && after > before && (is_twice || before < MSS);
        is_worth_it.then(|| {
            self.ends = expected + after;
            self.ends
        })
    }
}

#[cfg(test)]
mod the_window {
    use super::*;

    const MILLIS: Nanos = 1_000_000;

    #[test]
    fn is_44_segments_until_the_application_has_read_more_than_ten_in_a_round_trip() {
        let mut window = ReceiveWindow::default();
        window.opened(0);
        assert_eq!(window.offer(0, 0), 64_240);
        window.answered(0, true, 100 * MILLIS);
        window.read_to(14_600, 100 * MILLIS);
        assert!(!window.grow(1_460, 0));
        assert_eq!(window.offer(14_600, 0), INITIAL_SPACE);
        window.read_to(14_600 + 29_200, 200 * MILLIS);
        for _ in 0..20 {
            assert!(window.grow(1_460, 0));
        }
        assert!(window.offer(43_800, 0) > 100_000);
    }

    #[test]
    fn never_goes_back_and_never_beyond_its_greatest() {
        let mut window = ReceiveWindow::default();
        window.answered(0, true, MILLIS);
        let (mut expected, mut ends) = (0, 0);
        for round in 1..400_u64 {
            expected += 100_000 * round;
            window.read_to(expected, round * 2 * MILLIS);
            window.grow(1_460, 0);
            let offered = window.offer(expected, 0);
            assert!(offered <= RECEIVE_WINDOW, "{offered}");
            assert!(expected + offered >= ends);
            ends = expected + offered;
        }
    }

    #[test]
    fn closes_when_nothing_is_read_and_opens_when_it_is() {
        let mut window = ReceiveWindow::default();
        let mut received = 0;
        while window.offer(received, received) > 0 {
            received += window.offer(received, received).min(MSS);
        }
        assert_eq!(received, 44 * MSS);
        assert_eq!(window.update(received, received - 1_000), None, "too little to be worth a segment");
        assert_eq!(window.update(received, received - 30_000), Some(received + 29_836));
        assert_eq!(window.update(received, received - 31_000), None, "the sender has been told of nearly that");
    }
}
