//! RACK: a segment is lost when one sent after it has arrived and a round trip has passed since it was sent (RFC 8985 §6.2).
//!
//! The links of the lab do not reorder. So the reordering window stays at a quarter of the shortest round trip, and is not waited
//! for once three segments have arrived out of order or a loss is being repaired.

use super::{
    super::{Nanos, round_trip::RoundTrip, since},
    scoreboard::{Judgement, Scoreboard, Segment},
};

/// Segments that arrived out of order after which no reordering is thought of any more (RFC 8985 §6.2, RFC 6675 §2).
const DUP_THRESHOLD: u32 = 3;

/// The latest of the segments that have arrived, by the time they were sent.
#[derive(Debug, Default)]
pub(super) struct Rack {
    sent_at: Nanos,
    end: u64,
    /// How long its way there and that of its acknowledgement took.
    rtt: Option<Nanos>,
    /// It is another one since losses were last looked for.
    advanced: bool,
}

impl Rack {
    /// A segment has arrived (RFC 8985 §6.2, step 2).
    pub(super) fn arrived(&mut self, segment: &Segment, minimum: Option<Nanos>, now: Nanos) {
        let rtt = since(segment.sent_at, now);
        if segment.was_resent() && minimum.is_some_and(|minimum| rtt < minimum) {
            // Its first transmission has been answered, not its last.
            return;
        }
        self.advanced = true;
        self.rtt = Some(rtt);
        if (segment.sent_at, segment.end()) > (self.sent_at, self.end) {
            (self.sent_at, self.end) = (segment.sent_at, segment.end());
        }
    }

    /// Losses are to be looked for at the next occasion, whatever arrives.
    pub(super) fn look_again(&mut self) {
        self.advanced = true;
    }

    /// Whether losses have to be looked for.
    pub(super) fn take_advanced(&mut self) -> bool {
        std::mem::take(&mut self.advanced)
    }

    /// What was sent after this cannot be lost yet: its acknowledgement could not have come.
    pub(super) fn recent(&self, now: Nanos) -> Option<Nanos> {
        self.rtt.map(|rtt| now.saturating_sub(rtt))
    }

    /// Marks what is lost by now (RFC 8985 §6.2, step 5). Returns how long at most the rest may take to arrive.
    pub(super) fn find_lost(
        &self,
        board: &mut Scoreboard,
        trip: &RoundTrip,
        is_recovering: bool,
        now: Nanos,
    ) -> Option<Nanos> {
        let rtt = self.rtt?;
        let window = if is_recovering || board.sacked() >= DUP_THRESHOLD {
            0
        } else {
            let smoothed = trip.smoothed().unwrap_or(0);
            (trip.minimum().unwrap_or(0) / 4).min(smoothed)
        };
        let mut longest = None;
        board.judge_by_time(|segment| {
            if (self.sent_at, self.end) <= (segment.sent_at, segment.end()) {
                return Judgement::Later;
            }
            let Some(remaining) =
                (rtt + window).checked_sub(since(segment.sent_at, now)).filter(|remaining| *remaining > 0)
            else {
                return Judgement::Lost;
            };
            longest = longest.max(Some(remaining));
            Judgement::NotYet
        });
        longest
    }
}
