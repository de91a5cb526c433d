//! Octets as they were kept, and where the record left some out.

/// A stretch of what a side said. Offsets count octets kept; *crossed* ones count all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excerpt<'a> {
    /// The octets kept.
    pub bytes: &'a [u8],
    /// Where octets were left out, in order: `(how many of bytes came before, how many are missing there)`.
    pub gaps: &'a [(usize, u64)],
}

impl<'a> Excerpt<'a> {
    /// Octets of which none were left out.
    pub fn whole(bytes: &'a [u8]) -> Self {
        Self { bytes, gaps: &[] }
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

#[cfg(test)]
mod an_excerpt {
    use super::*;

    #[test]
    fn counts_what_was_left_out() {
        let excerpt = Excerpt { bytes: b"abcdef", gaps: &[(2, 10), (4, 5)] };
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
