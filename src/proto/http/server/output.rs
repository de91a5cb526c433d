//! What a server has queued to be sent: answers are gathered, so that those to requests that are here already leave in one write, heads
//! and contents together.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

/// Octets queued to be sent, in the pieces they came in.
#[derive(Debug, Default)]
pub(super) struct Output {
    pieces: VecDeque<Bytes>,
    octets: usize,
}

impl Output {
    pub(super) fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.octets += piece.len();
            self.pieces.push_back(piece);
        }
    }

    /// Is there more than one write takes? Then it leaves before the next request is read.
    pub(super) fn is_full(&self) -> bool {
        self.octets > WRITE_AT_ONCE
    }

    /// What the next write takes: as many pieces as fit, and at least one.
    pub(super) fn take(&mut self) -> Option<Bytes> {
        let first = self.pieces.pop_front()?;
        let mut octets = first.len();
        let more = self.pieces.iter().take_while(|piece| {
            octets += piece.len();
            octets <= WRITE_AT_ONCE
        });
        let more = more.count();
        let taken = if more == 0 {
            first
        } else {
            let mut gathered = BytesMut::with_capacity(self.octets.min(WRITE_AT_ONCE));
            gathered.extend_from_slice(&first);
            self.pieces.drain(..more).for_each(|piece| gathered.extend_from_slice(&piece));
            gathered.freeze()
        };
        self.octets -= taken.len();
        Some(taken)
    }
}

/// Octets gathered for one write. A larger piece is written as it is.
const WRITE_AT_ONCE: usize = 256 * 1024;

#[cfg(test)]
mod a_queue_of_answers {
    use super::*;

    fn taken(pieces: &[usize]) -> Vec<usize> {
        let mut output = Output::default();
        for octets in pieces {
            output.push(Bytes::from(vec![7; *octets]));
        }
        std::iter::from_fn(|| output.take()).map(|bytes| bytes.len()).collect()
    }

    #[test]
    fn leaves_in_one_write_as_far_as_that_goes() {
        assert!(taken(&[]).is_empty());
        assert_eq!(taken(&[100, 0, 20, 3]), [123]);
        assert_eq!(taken(&[WRITE_AT_ONCE, 1]), [WRITE_AT_ONCE, 1]);
        assert_eq!(taken(&[1, WRITE_AT_ONCE + 1, 2]), [1, WRITE_AT_ONCE + 1, 2]);
        let blocks = [100_000; 5];
        assert_eq!(taken(&blocks), [200_000, 200_000, 100_000]);
    }

    #[test]
    fn is_full_when_it_is_more_than_one_write() {
        let mut output = Output::default();
        output.push(Bytes::from(vec![7; WRITE_AT_ONCE]));
        assert!(!output.is_full());
        output.push(Bytes::from_static(b"x"));
        assert!(output.is_full());
        output.take();
        assert!(!output.is_full());
        output.take();
        assert_eq!(output.take(), None);
    }
}
