//! When octets crossed, as far back as is remembered.

use std::collections::VecDeque;

use crate::net::TimeSpan;

/// When each octet of one direction crossed.
#[derive(Debug, Default)]
pub(super) struct Times {
    pub(super) total: u64,
    /// Of octets before this one nothing is remembered.
    forgotten: u64,
    /// Ends of stretches of octets, with the time of each.
    pub(super) spans: VecDeque<(u64, TimeSpan)>,
}

impl Times {
    pub(super) fn push(&mut self, octets: usize, span: TimeSpan) {
        self.total += octets as u64;
        if self.spans.len() == REMEMBERED {
            self.forgotten = self.spans.pop_front().map_or(self.forgotten, |(end, _)| end);
        }
        self.spans.push_back((self.total, span));
    }

    pub(super) fn of(&self, offset: u64) -> Option<TimeSpan> {
        let at = self.spans.partition_point(|(end, _)| *end <= offset);
        self.spans.get(at).filter(|_| offset >= self.forgotten).map(|(_, span)| *span)
    }
}

/// Reads or writes of one direction whose times are remembered.
pub(super) const REMEMBERED: usize = 1024;
