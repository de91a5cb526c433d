//! The segments that are not acknowledged, and what is thought to have become of each: the scoreboard of RFC 6675 §2, with the
//! times that RACK needs (RFC 8985 §5.2).

use std::collections::VecDeque;

use super::super::Nanos;

/// A segment that is not acknowledged.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Segment {
    pub(in super::super) seq: u64,
    pub(in super::super) len: u64,
    pub(in super::super) fin: bool,
    /// When it was last sent.
    pub(super) sent_at: Nanos,
    /// The number of that transmission.
    transmission: u64,
    marks: SegmentMarks,
}

/// What is thought to have become of a segment. None of the marks: it is on its way for the first time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct SegmentMarks(u8);

/// It has arrived, and one before it is missing.
const SACKED: SegmentMarks = SegmentMarks(1);
/// Its last transmission but that of [`RESENT`] is lost.
const LOST: SegmentMarks = SegmentMarks(2);
/// A retransmission of it is on its way.
const RESENT: SegmentMarks = SegmentMarks(4);
/// It has been sent more than once.
const SENT_TWICE: SegmentMarks = SegmentMarks(8);

impl SegmentMarks {
    fn has(self, mark: Self) -> bool {
        self.0 & mark.0 != 0
    }

    fn set(&mut self, mark: Self) {
        self.0 |= mark.0;
    }

    fn clear(&mut self, mark: Self) {
        self.0 &= !mark.0;
    }
}

impl Segment {
    /// The position after it; a FIN counts one.
    pub(in super::super) fn end(&self) -> u64 {
        self.seq + self.len + u64::from(self.fin)
    }

    /// Has it been sent more than once?
    pub(super) fn was_resent(&self) -> bool {
        self.marks.has(SENT_TWICE)
    }
}

/// All of them, in the order of positions.
#[derive(Debug, Default)]
pub(super) struct Scoreboard {
    segments: VecDeque<Segment>,
    /// Transmissions and the positions they were of, in the order of time. Some are out of date: their segments have been
    /// acknowledged or sent again since.
    by_time: VecDeque<(u64, u64)>,
    transmissions: u64,
    sacked: u32,
    lost: u32,
    resent: u32,
    /// How often a transmission was thought lost.
    losses: u64,
    /// No lost segment before this position waits to be sent again.
    resend_from: u64,
}

/// What an acknowledgement says has arrived.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Delivery {
    /// Segments that have arrived, each counted once.
    pub(super) segments: u32,
    /// Of which so many are acknowledged in order,
    pub(super) in_order: u32,
    /// and so many were reported out of order.
    pub(super) sacked: u32,
    /// When the first and the last of those acknowledged in order were sent that were sent once and not reported before.
    pub(super) in_order_sent: Option<(Nanos, Nanos)>,
    /// The same of those reported out of order.
    pub(super) sacked_sent: Option<(Nanos, Nanos)>,
    /// One of those acknowledged in order had been sent twice.
    pub(super) acked_resent: bool,
    /// One that was sent once, and before the position given, has arrived.
    pub(super) acked_original: bool,
}

impl Scoreboard {
    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Segments that are not acknowledged.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.segments.len()).unwrap_or(u32::MAX)
    }

    /// Segments that are thought to be in the network (RFC 6675's pipe).
    pub(super) fn in_flight(&self) -> u32 {
        (self.len() + self.resent).saturating_sub(self.sacked + self.lost)
    }

    /// Segments that have arrived out of order.
    pub(super) fn sacked(&self) -> u32 {
        self.sacked
    }

    /// Segments that are thought to be lost, those that have been sent again included.
    pub(super) fn lost(&self) -> u32 {
        self.lost
    }

    /// How many transmissions have been thought lost so far.
    pub(super) fn losses(&self) -> u64 {
        self.losses
    }

    /// Retransmissions on their way.
    pub(super) fn resent(&self) -> u32 {
        self.resent
    }

    pub(super) fn first(&self) -> Option<&Segment> {
        self.segments.front()
    }

    // ---- sending

    /// A new segment leaves.
    pub(super) fn sent(&mut self, (seq, len, fin): (u64, u64, bool), now: Nanos) {
        let transmission = self.next_transmission(seq);
        self.segments.push_back(Segment { seq, len, fin, sent_at: now, transmission, marks: SegmentMarks::default() });
    }

    /// The first lost segment that has not been sent again leaves again.
    pub(super) fn resend_lost(&mut self, now: Nanos) -> Option<Segment> {
        if self.resent >= self.lost {
            return None;
        }
        let from = self.segments.partition_point(|segment| segment.seq < self.resend_from);
        let waits = |segment: &&Segment| segment.marks.has(LOST) && !segment.marks.has(RESENT);
        let seq = self.segments.range(from..).find(waits)?.seq;
        self.resend_from = seq;
        self.resend(seq, now, true)
    }

    /// The first segment leaves again, whatever is known of it.
    pub(super) fn resend_first(&mut self, now: Nanos) -> Option<Segment> {
        let first = self.segments.front()?;
        let is_to_be_counted = first.marks.has(LOST) && !first.marks.has(RESENT);
        self.resend(first.seq, now, is_to_be_counted)
    }

    /// The last segment leaves again, to find out whether it is lost.
    pub(super) fn probe_last(&mut self, now: Nanos) -> Option<Segment> {
        let seq = self.segments.back()?.seq;
        self.resend(seq, now, false)
    }

    fn resend(&mut self, seq: u64, now: Nanos, counts: bool) -> Option<Segment> {
        let transmission = self.next_transmission(seq);
        let segment = find(&mut self.segments, seq)?;
        (segment.sent_at, segment.transmission) = (now, transmission);
        segment.marks.set(SENT_TWICE);
        if counts {
            segment.marks.set(RESENT);
            self.resent += 1;
        }
        Some(*segment)
    }

    fn next_transmission(&mut self, seq: u64) -> u64 {
        self.transmissions += 1;
        if self.by_time.len() > 2 * self.segments.len() + SPARE_TRANSMISSIONS {
            let segments = &mut self.segments;
            self.by_time.retain(|(transmission, seq)| {
                find(segments, *seq).is_some_and(|segment| segment.transmission == *transmission)
            });
        }
        self.by_time.push_back((self.transmissions, seq));
        self.transmissions
    }

    // ---- what has arrived

    /// Everything before `next` has arrived. `original_before`: see [`Delivery::acked_original`]. `each` is told of every
    /// segment that had not arrived before.
    pub(super) fn acknowledged(
        &mut self,
        next: u64,
        original_before: u64,
        delivery: &mut Delivery,
        mut each: impl FnMut(&Segment),
    ) {
        while let Some(segment) = self.segments.front().copied().filter(|first| first.end() <= next) {
            self.segments.pop_front();
            let marks = segment.marks;
            if marks.has(SENT_TWICE) {
                delivery.acked_resent = true;
            } else if !marks.has(SACKED) {
                let (first, _) = delivery.in_order_sent.unwrap_or((segment.sent_at, 0));
                delivery.in_order_sent = Some((first, segment.sent_at));
                delivery.acked_original |= segment.end() <= original_before;
            }
            if marks.has(SACKED) {
                self.sacked -= 1;
            } else {
                delivery.segments += 1;
                each(&segment);
            }
            self.lost -= u32::from(marks.has(LOST));
            self.resent -= u32::from(marks.has(RESENT));
            delivery.in_order += 1;
        }
        self.forget_old_transmissions();
    }

    /// The octets from `start` to `end` have arrived out of order.
    pub(super) fn sacked_range(
        &mut self,
        (start, end): (u64, u64),
        original_before: u64,
        delivery: &mut Delivery,
        mut each: impl FnMut(&Segment),
    ) {
        let from = self.segments.partition_point(|segment| segment.seq < start);
        for segment in self.segments.range_mut(from..).take_while(|segment| segment.end() <= end) {
            if segment.marks.has(SACKED) {
                continue;
            }
            each(segment);
            if segment.marks.has(LOST) {
                self.lost -= 1;
                segment.marks.clear(LOST);
                if segment.marks.has(RESENT) {
                    self.resent -= 1;
                    segment.marks.clear(RESENT);
                }
            }
            if !segment.was_resent() {
                let (first, _) = delivery.sacked_sent.unwrap_or((segment.sent_at, 0));
                delivery.sacked_sent = Some((first, segment.sent_at));
                delivery.acked_original |= segment.end() <= original_before;
            }
            segment.marks.set(SACKED);
            self.sacked += 1;
            delivery.sacked += 1;
            delivery.segments += 1;
        }
    }

    /// The octets from `start` to `end` arrived twice: no retransmission of them is on its way any more.
    pub(super) fn arrived_twice(&mut self, (start, end): (u64, u64)) {
        let from = self.segments.partition_point(|segment| segment.seq < start);
        for segment in self.segments.range_mut(from..).take_while(|segment| segment.end() <= end) {
            if segment.marks.has(RESENT) {
                segment.marks.clear(RESENT);
                self.resent -= 1;
            }
        }
    }

    // ---- what is lost

    /// Goes through what is on its way in the order of sending, as long as `judge` says what it thinks of it. `resend_from` is
    /// kept right.
    pub(super) fn judge_by_time(&mut self, mut judge: impl FnMut(&Segment) -> Judgement) {
        self.forget_old_transmissions();
        let mut place = 0;
        while let Some((transmission, seq)) = self.by_time.get(place).copied() {
            let segment = find(&mut self.segments, seq);
            let Some(segment) = segment.filter(|segment| is_current(segment, transmission)) else {
                self.by_time.remove(place);
                continue;
            };
            match judge(segment) {
                Judgement::Lost => {
                    self.by_time.remove(place);
                    self.losses += mark_lost(segment, &mut self.lost, &mut self.resent);
                    self.resend_from = self.resend_from.min(seq);
                }
                Judgement::NotYet => place += 1,
                Judgement::Later => return,
            }
        }
    }

    /// The timer has expired: whatever has not arrived is lost, but for what was sent after `recent`.
    pub(super) fn all_lost(&mut self, recent: Option<Nanos>) {
        let mut is_first = true;
        for segment in &mut self.segments {
            let is_recent = recent.is_some_and(|recent| segment.sent_at > recent);
            if !segment.marks.has(SACKED) && (is_first || !is_recent) {
                self.losses += mark_lost(segment, &mut self.lost, &mut self.resent);
            }
            is_first = false;
        }
        self.resend_from = 0;
    }

    /// Nothing is lost after all.
    pub(super) fn none_lost(&mut self) {
        self.segments.iter_mut().for_each(|segment| segment.marks.clear(LOST));
        self.lost = 0;
        self.resend_from = 0;
    }

    /// Do the counts agree with the marks?
    #[cfg(test)]
    pub(super) fn counts_are_right(&self) -> bool {
        let count = |mark| self.segments.iter().filter(|segment| segment.marks.has(mark)).count();
        let counts = [self.sacked, self.lost, self.resent].map(|count| usize::try_from(count).unwrap());
        [count(SACKED), count(LOST), count(RESENT)] == counts
    }

    /// How many transmissions are remembered.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.by_time.len()
    }

    fn forget_old_transmissions(&mut self) {
        while let Some((transmission, seq)) = self.by_time.front().copied() {
            if find(&mut self.segments, seq).is_some_and(|segment| is_current(segment, transmission)) {
                return;
            }
            self.by_time.pop_front();
        }
    }
}

/// What is thought of a segment on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    Lost,
    /// It may still arrive.
    NotYet,
    /// Nothing can be said of it, nor of those sent after it.
    Later,
}

/// Transmissions that may be remembered beyond two for each segment, before the old ones among them are looked for.
const SPARE_TRANSMISSIONS: usize = 64;

fn find(segments: &mut VecDeque<Segment>, seq: u64) -> Option<&mut Segment> {
    let place = segments.partition_point(|segment| segment.seq < seq);
    segments.get_mut(place).filter(|segment| segment.seq == seq)
}

/// Is this the last transmission of the segment, and on its way?
fn is_current(segment: &Segment, transmission: u64) -> bool {
    let waits = segment.marks.has(LOST) && !segment.marks.has(RESENT);
    segment.transmission == transmission && !segment.marks.has(SACKED) && !waits
}

/// Returns how many transmissions have become lost by that.
fn mark_lost(segment: &mut Segment, lost: &mut u32, resent: &mut u32) -> u64 {
    if !segment.marks.has(LOST) {
        segment.marks.set(LOST);
        *lost += 1;
    } else if segment.marks.has(RESENT) {
        segment.marks.clear(RESENT);
        *resent -= 1;
    } else {
        return 0;
    }
    1
}
