//! What is on its way from a session to its stream.

use std::collections::VecDeque;

use crate::proto::session::Outgoing;

/// What the session said and is not yet written.
#[derive(Default)]
pub(super) struct SendBuffer {
    pub(super) queue: VecDeque<Outgoing>,
    /// Octets of the first that are written.
    pub(super) written: usize,
    /// Octets in the queue, those that are written of the first included.
    pub(super) octets: usize,
    /// Something was written since the last flush.
    pub(super) unflushed: bool,
    /// The session has not been told yet that all is written.
    pub(super) untold: bool,
}

impl SendBuffer {
    pub(super) fn push(&mut self, outgoing: Outgoing) {
        self.octets += outgoing.bytes.len();
        self.untold = true;
        self.queue.push_back(outgoing);
    }

    /// Nothing more can be written.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
        (self.octets, self.written) = (0, 0);
    }

    /// The first is written.
    pub(super) fn next(&mut self) {
        let written = self.queue.pop_front().map_or(0, |outgoing| outgoing.bytes.len());
        self.octets -= written.min(self.octets);
        self.written = 0;
    }
}
