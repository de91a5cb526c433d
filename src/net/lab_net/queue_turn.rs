//! A connection's turn in the queue of a link, and what the record is told of that queue.

use std::collections::VecDeque;

use super::{
    Nanos,
    fabric::{Event, Fabric},
    slots::SlotKey,
};
use crate::wire::Side;

/// A connection's place in the queue of one link of its way: never more than one segment at a time, so that connections take
/// turns (textbook).
#[derive(Debug, Default)]
pub(super) struct QueueTurn {
    pub(super) free_at: Nanos,
    pub(super) waiting: VecDeque<SlotKey>,
    pub(super) release_is_set: bool,
    noted: QueueNotes,
}

/// What the record has been told of this burst of queueing.
#[derive(Debug, Default)]
struct QueueNotes {
    wait: bool,
    drop: bool,
}

/// Something to tell of a queue.
#[derive(Clone, Copy)]
pub(super) enum QueueCondition {
    Long { waits: Nanos },
    Full,
}

impl QueueTurn {
    /// A packet waits behind its own connection's packets. One without octets does not wait for the link, only for those.
    pub(super) fn must_wait(&self, octets: u64, now: Nanos) -> bool {
        !self.waiting.is_empty() || (octets > 0 && self.free_at > now)
    }

    /// What is worth telling of a packet that waits so long, or is dropped, here. Once until the queue has become short again.
    pub(super) fn condition_to_note(&mut self, waits: Nanos, is_dropped: bool) -> Option<QueueCondition> {
        if waits < SHORT_QUEUE {
            self.noted = QueueNotes::default();
        }
        let (noted, condition) = match (is_dropped, waits >= LONG_QUEUE) {
            (true, _) => (&mut self.noted.drop, QueueCondition::Full),
            (false, true) => (&mut self.noted.wait, QueueCondition::Long { waits }),
            (false, false) => return None,
        };
        (!std::mem::replace(noted, true)).then_some(condition)
    }

    pub(super) fn set_release(&mut self, fabric: &mut Fabric, connection: SlotKey, from: Side, hop: usize, now: Nanos) {
        if !self.release_is_set {
            self.release_is_set = true;
            let hop = u8::try_from(hop).unwrap_or(u8::MAX);
            fabric.schedule(self.free_at.max(now), Event::LaneFree { connection, from, hop });
        }
    }
}

/// A wait in a queue from which on the record is told of it, once until the queue is short again.
pub(super) const LONG_QUEUE: Nanos = 50_000_000;
const SHORT_QUEUE: Nanos = 10_000_000;
