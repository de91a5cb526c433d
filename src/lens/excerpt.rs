//! Octets as they were kept, and where the record left some out.

use std::ops::Range;

use crate::wire::Octets;

/// A stretch of what a side said. Offsets count octets kept; *crossed* ones count all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excerpt<'a> {
    /// The octets kept.
    pub bytes: &'a [u8],
    /// Where octets were left out, in order: `(how many of bytes came before, how many are missing there)`.
    pub gaps: &'a [(usize, u64)],
    /// Which of `bytes` are masked, in order: the record holds `*` in their place.
    pub masked: &'a [Range<usize>],
}

impl<'a> Excerpt<'a> {
    /// Octets of which none were left out.
    pub fn whole(bytes: &'a [u8]) -> Self {
        Self { bytes, gaps: &[], masked: &[] }
    }

    /// Is any octet of `range` masked?
    pub fn is_masked(self, range: &Range<usize>) -> bool {
        self.masked.iter().any(|masked| masked.start < range.end && range.start < masked.end)
    }

    /// How many of the octets kept stand among the first `crossed` ones.
    pub fn kept(self, crossed: u64) -> usize {
        let mut missing = 0;
        for (before, left_out) in self.gaps {
            let gap = *before as u64 + missing;
            if crossed <= gap {
                break;
            }
            if crossed < gap + left_out {
                return *before;
            }
            missing += left_out;
        }
        usize::try_from(crossed - missing).unwrap_or(usize::MAX).min(self.bytes.len())
    }

    /// How many octets crossed before the one kept at `offset`.
    pub fn crossed(self, offset: usize) -> u64 {
        let missing: u64 = self.gaps.iter().filter(|(before, _)| *before <= offset).map(|(_, left_out)| left_out).sum();
        offset as u64 + missing
    }

    /// Octets kept, each with how many were left out after them.
    pub(super) fn pieces(self) -> impl Iterator<Item = (&'a [u8], u64)> {
        let last = (self.bytes.len(), 0);
        let mut from = 0;
        self.gaps.iter().copied().chain([last]).map(move |(before, left_out)| {
            let piece = self.bytes.get(from..before).unwrap_or_default();
            from = before;
            (piece, left_out)
        })
    }
}

/// The same, with its octets, and which of them the record hides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExcerptBuf {
    /// The octets kept, joined.
    pub bytes: Vec<u8>,
    /// Where octets were left out, in order: `(how many of bytes came before, how many are missing there)`.
    pub gaps: Vec<(usize, u64)>,
    /// Which of `bytes` are masked.
    pub masked: Vec<Range<usize>>,
}

impl ExcerptBuf {
    /// To be read.
    pub fn as_excerpt(&self) -> Excerpt<'_> {
        Excerpt { bytes: &self.bytes, gaps: &self.gaps, masked: &self.masked }
    }

    /// Adds what stands in `range` of an event's octets, the first of which is at `at`, until `most` octets are there.
    pub(super) fn add(&mut self, octets: &Octets, at: u64, range: &Range<u64>, most: usize) {
        let within =
            |offset: u64| usize::try_from(offset.saturating_sub(at)).unwrap_or(usize::MAX).min(octets.bytes.len());
        let (from, whole) = (within(range.start), within(range.end));
        let to = whole.min(from.saturating_add(most.saturating_sub(self.bytes.len())));
        let before = self.bytes.len();
        self.bytes.extend_from_slice(octets.bytes.get(from..to).unwrap_or_default());
        if let Some(masked) = &octets.masked {
            let masked = (masked.start as usize).max(from)..(masked.end as usize).min(to);
            if masked.start < masked.end {
                self.masked.push(before + masked.start - from..before + masked.end - from);
            }
        }
        let end = at + octets.bytes.len() as u64;
        let missing = (end + octets.omitted).min(range.end).saturating_sub(end.max(range.start));
        if missing > 0 && to == whole {
            self.gaps.push((self.bytes.len(), missing));
        }
    }
}

#[cfg(test)]
mod an_excerpt {
    use super::*;

    #[test]
    fn counts_what_was_left_out() {
        let excerpt = Excerpt { bytes: b"abcdef", gaps: &[(2, 10), (4, 5)], masked: &[] };
        // ab, 10 left out, cd, 5 left out, ef.
        for (crossed, kept) in [(0, 0), (2, 2), (7, 2), (12, 2), (13, 3), (14, 4), (16, 4), (19, 4), (20, 5), (99, 6)] {
            assert_eq!(excerpt.kept(crossed), kept, "{crossed}");
        }
        for (offset, crossed) in [(0, 0), (1, 1), (2, 12), (3, 13), (4, 19), (5, 20)] {
            assert_eq!(excerpt.crossed(offset), crossed, "{offset}");
        }
        let pieces: Vec<_> = excerpt.pieces().collect();
        assert_eq!(pieces, [(&b"ab"[..], 10), (&b"cd"[..], 5), (&b"ef"[..], 0)]);
    }
}
