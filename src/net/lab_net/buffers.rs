//! What all textbook connections of a network hold together: octets that were sent and that no application has read. A kernel bounds
//! the same for all of its sockets (Linux' `tcp_mem`), since a bound for each of them bounds nothing when there are many.

use super::{SEGMENT_BUFFERS, TEXTBOOK_FLOOR, slots::SlotKey};
use crate::wire::Side;

/// Octets sent and not read, and the senders that wait until there are fewer.
#[derive(Debug, Default)]
pub(super) struct SharedBuffers {
    held: u64,
    waiting: Vec<(SlotKey, Side)>,
}

impl SharedBuffers {
    /// May a sender that has `ahead` octets sent and not read send `len` more?
    pub(super) fn has_room(&self, ahead: u64, len: u64) -> bool {
        self.held + len <= SEGMENT_BUFFERS || ahead + len <= TEXTBOOK_FLOOR
    }

    pub(super) fn sent(&mut self, len: u64) {
        self.held += len;
    }

    /// A sender was refused: it is told when there is room.
    pub(super) fn wait(&mut self, sender: (SlotKey, Side)) {
        if !self.waiting.contains(&sender) {
            self.waiting.push(sender);
        }
    }

    /// Nobody waits.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Does the sender wait for room? It does no longer.
    pub(super) fn calls(&mut self, sender: (SlotKey, Side)) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| *waiting != sender);
        self.waiting.len() < before
    }

    /// So many octets were read, or went with their connection. The senders that may go on: all that wait, once a quarter is free, so
    /// that they do not wake for every segment.
    pub(super) fn freed(&mut self, len: u64) -> Vec<(SlotKey, Side)> {
        self.held = self.held.saturating_sub(len);
        if self.held <= SEGMENT_BUFFERS / 4 * 3 { std::mem::take(&mut self.waiting) } else { Vec::new() }
    }
}

#[cfg(test)]
mod shared_buffers {
    use super::*;
    use crate::net::lab_net::slots::Slots;

    #[test]
    fn refuse_the_greedy_when_they_are_full_and_tell_them_when_a_quarter_is_free() {
        let sender = (Slots::default().insert_with(|_| ()), Side::Server);
        let mut buffers = SharedBuffers::default();
        buffers.sent(SEGMENT_BUFFERS);
        assert!(!buffers.has_room(TEXTBOOK_FLOOR, 1));
        assert!(buffers.has_room(TEXTBOOK_FLOOR - 1, 1), "everyone has a little");
        buffers.wait(sender);
        buffers.wait(sender);
        assert!(buffers.freed(1).is_empty());
        assert_eq!(buffers.freed(SEGMENT_BUFFERS / 4), [sender]);
        assert!(buffers.has_room(SEGMENT_BUFFERS, 1));
        assert!(buffers.freed(SEGMENT_BUFFERS).is_empty());
    }
}
