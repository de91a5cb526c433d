//! What a server has queued to be sent: answers are gathered, so that those to requests that are here already leave in one write, heads
//! and contents together.

use std::{collections::VecDeque, mem};

use bytes::{Bytes, BytesMut};

/// Octets queued to be sent.
#[derive(Debug, Default)]
pub(super) struct OutputQueue {
    /// What is too much for one write, each of these for one: it leaves before the next request is read.
    full: VecDeque<Vec<Bytes>>,
    /// Pieces for one write that has room for more.
    gathered: Vec<Bytes>,
    /// Octets of these.
    octets: usize,
}

impl OutputQueue {
    /// Queues a piece: beside those before it, or by itself where they leave it no room.
    pub(super) fn push(&mut self, piece: Bytes) {
        if piece.is_empty() {
            return;
        }
        if self.octets + piece.len() > WRITE_AT_ONCE {
            let gathered = mem::take(&mut self.gathered);
            self.octets = 0;
            self.full.extend([gathered, vec![piece]].into_iter().filter(|pieces| !pieces.is_empty()));
        } else {
            self.octets += piece.len();
            self.gathered.push(piece);
        }
    }

    /// Is there more than one write takes?
    pub(super) fn is_full(&self) -> bool {
        !self.full.is_empty()
    }

    /// What the next write takes.
    pub(super) fn take(&mut self) -> Option<Bytes> {
        let pieces = self.full.pop_front().unwrap_or_else(|| {
            self.octets = 0;
            mem::take(&mut self.gathered)
        });
        match pieces.as_slice() {
            [] => None,
            [whole] => Some(whole.clone()),
            pieces => {
                let mut all = BytesMut::with_capacity(pieces.iter().map(Bytes::len).sum());
                for piece in pieces {
                    all.extend_from_slice(piece);
                }
                Some(all.freeze())
            }
        }
    }
}

/// Octets gathered for one write. A larger piece is written as it is.
const WRITE_AT_ONCE: usize = 256 * 1024;

#[cfg(test)]
mod a_queue_of_answers {
    use super::*;

    fn taken(pieces: &[usize]) -> Vec<usize> {
        let mut output = OutputQueue::default();
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
        assert_eq!(taken(&blocks), [200_000, 100_000, 200_000]);
    }

    #[test]
    fn is_full_when_it_is_more_than_one_write() {
        let mut output = OutputQueue::default();
        output.push(Bytes::from(vec![7; WRITE_AT_ONCE]));
        assert!(!output.is_full());
        output.push(Bytes::from_static(b"x"));
        assert!(output.is_full());
        output.push(Bytes::from_static(b"y"));
        assert_eq!(output.take().map(|bytes| bytes.len()), Some(WRITE_AT_ONCE));
        assert!(output.is_full());
        assert_eq!(output.take().as_deref(), Some(b"x".as_slice()));
        assert!(!output.is_full());
        assert_eq!(output.take().as_deref(), Some(b"y".as_slice()));
        assert_eq!(output.take(), None);
    }
}
