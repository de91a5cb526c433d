//! Header blocks with a secret in them, for a record that hides them: credentials and cookies. RFC 9113 §8.2, RFC 7541.

use std::ops::Range;

use super::marks::{FrameMark, FrameMarker};
use crate::{proto::http::encode::SecretFields, wire::Side};

/// Finds header blocks that have a secret, in both directions, as the octets cross.
///
/// Compressed fields cannot be hidden one by one: a block is hidden as a whole, and so is a block that is not yet complete.
#[derive(Debug)]
pub struct SecretBlocks {
    client: MarkedSide,
    server: MarkedSide,
}

#[derive(Debug)]
struct MarkedSide {
    marker: FrameMarker,
    marks: Vec<FrameMark>,
    crossed: u64,
    /// Where the header block begins that is not yet complete.
    open: Option<u64>,
}

impl Default for SecretBlocks {
    fn default() -> Self {
        Self { client: MarkedSide::new(Side::Client), server: MarkedSide::new(Side::Server) }
    }
}

impl SecretBlocks {
    /// Of these octets, the next that cross from that side: from the first of the first such block to the last of the last one.
    pub fn scan(&mut self, from: Side, octets: &[u8]) -> Option<Range<usize>> {
        match from {
            Side::Client => self.client.scan(octets),
            Side::Server => self.server.scan(octets),
        }
    }
}

impl MarkedSide {
    fn new(side: Side) -> Self {
        Self { marker: FrameMarker::new(side), marks: Vec::new(), crossed: 0, open: None }
    }

    fn scan(&mut self, octets: &[u8]) -> Option<Range<usize>> {
        let (from, to) = (self.crossed, self.crossed + octets.len() as u64);
        self.crossed = to;
        self.marks.clear();
        self.marker.feed(octets, 0, &mut self.marks);
        let mut found: Option<Range<u64>> = None;
        let mut cover = |range: Range<u64>| {
            found = Some(
                found.take().map_or(range.clone(), |before| before.start.min(range.start)..before.end.max(range.end)),
            );
        };
        for mark in self.marks.drain(..) {
            match mark {
                FrameMark::Frame(place, Some(header)) if header.has_block() => {
                    self.open.get_or_insert(place.start);
                }
                FrameMark::Fields(_, fields, place) => {
                    self.open = None;
                    let hides = |name: &[u8]| {
                        SecretFields::CredentialsAndCookies.hides(name) || name.eq_ignore_ascii_case(b"set-cookie")
                    };
                    // What cannot be read may be a secret.
                    if fields.is_none_or(|fields| fields.iter().any(|field| hides(&field.name))) {
                        cover(place);
                    }
                }
                _ => {}
            }
        }
        if let Some(open) = self.open {
            cover(open..to);
        }
        let found = found?;
        let within = |place: u64| usize::try_from(place.clamp(from, to) - from).unwrap_or(octets.len());
        Some(within(found.start)..within(found.end))
    }
}

#[cfg(test)]
mod blocks {
    use proptest::prelude::*;

    use super::*;

    /// SETTINGS; HEADERS without a secret; HEADERS with `set-cookie: id=geheim` as a literal; DATA.
    const ANSWER: &[u8] = b"\0\0\0\x04\0\0\0\0\0\
        \0\0\x01\x01\x04\0\0\0\x01\x88\
        \0\0\x17\x01\x04\0\0\0\x03\x88\0\x0aset-cookie\x09id=geheim\
        \0\0\x02\0\x01\0\0\0\x03ok";

    proptest! {
        #[test]
        fn with_a_cookie_are_hidden_however_the_octets_are_cut(size in 1_usize..90) {
            let mut blocks = SecretBlocks::default();
            let mut all = Vec::new();
            for piece in ANSWER.chunks(size) {
                let mut piece = piece.to_vec();
                if let Some(range) = blocks.scan(Side::Server, &piece) {
                    piece[range].fill(b'*');
                }
                all.extend(piece);
            }
            let text = String::from_utf8_lossy(&all);
            prop_assert!(!text.contains("eheim") && text.ends_with("ok"), "{}", text);
        }

        #[test]
        fn of_any_octets_do_no_harm(octets in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut blocks = SecretBlocks::default();
            for piece in octets.chunks(7) {
                if let Some(range) = blocks.scan(Side::Client, piece) {
                    prop_assert!(range.start <= range.end && range.end <= piece.len());
                }
            }
        }
    }

    #[test]
    fn without_a_secret_stay() {
        let mut blocks = SecretBlocks::default();
        assert_eq!(blocks.scan(Side::Server, ANSWER.get(..19).unwrap()), None);
    }
}
