//! Range requests over octets. RFC 9110 §14.

use bytes::Bytes;

use super::exchange::Rope;

/// What a Range field comes to for a representation of a certain length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// The field is to be ignored: the whole representation is the answer.
    Whole { why: &'static str },
    /// 416: none of the ranges has an octet in common with it.
    Unsatisfiable,
    /// 206: these stretches, first and last octet included, in the order asked for.
    Parts(Vec<(u64, u64)>),
}

/// Reads a Range field's value for a representation of `length` octets. RFC 9110 §14.1.1:
/// ```text
/// bytes-range = first-pos "-" [ last-pos ] | "-" suffix-length
/// ```
pub(crate) fn select(value: &str, length: u64) -> Selection {
    let Some((unit, set)) = value.split_once('=') else {
        return Selection::Whole { why: "the Range field has no range unit" };
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Selection::Whole { why: "this server knows no range unit but bytes" };
    }
    let asked: Vec<&str> = set.split(',').map(str::trim).filter(|spec| !spec.is_empty()).collect();
    if asked.is_empty() || asked.len() > MAX_RANGES {
        return Selection::Whole { why: "the Range field asks for no range at all, or for more than 16" };
    }
    let mut parts = Vec::new();
    for spec in asked {
        match RangeSpec::read(spec) {
            Some(spec) => parts.extend(spec.within(length)),
            None => return Selection::Whole { why: "the Range field is malformed" },
        }
    }
    let total: u64 = parts.iter().map(|(first, last)| last - first + 1).sum();
    match parts.len() {
        0 => Selection::Unsatisfiable,
        1 => Selection::Parts(parts),
        _ if total > length => Selection::Whole { why: "the ranges overlap: together they are more than the whole" },
        _ => Selection::Parts(parts),
    }
}

enum RangeSpec {
    From(u64),
    Between(u64, u64),
    Suffix(u64),
}

impl RangeSpec {
    fn read(spec: &str) -> Option<Self> {
        let (first, last) = spec.split_once('-')?;
        match (first, last) {
            ("", suffix) => number(suffix).map(Self::Suffix),
            (first, "") => number(first).map(Self::From),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::Between(first, last))
            }
        }
    }

    fn within(&self, length: u64) -> Option<(u64, u64)> {
        let end = length.checked_sub(1)?;
        match *self {
            Self::From(first) => (first <= end).then_some((first, end)),
            Self::Between(first, last) => (first <= end).then_some((first, last.min(end))),
            Self::Suffix(0) => None,
            Self::Suffix(suffix) => Some((length.saturating_sub(suffix), end)),
        }
    }
}

/// Digits only; a number too great to count to is as good as the greatest.
fn number(digits: &str) -> Option<u64> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    all_digits.then(|| digits.parse().unwrap_or(u64::MAX))
}

/// `Content-Range` of a part. RFC 9110 §14.4.
pub(crate) fn content_range((first, last): (u64, u64), length: u64) -> String {
    format!("bytes {first}-{last}/{length}")
}

/// Several parts as one `multipart/byteranges`. RFC 9110 §14.6.
pub(crate) fn multipart(content: &Rope, parts: &[(u64, u64)], media_type: &str, boundary: &str) -> Rope {
    let mut body = Rope::default();
    for part in parts {
        let range = content_range(*part, content.len());
        let head = format!("\r\n--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: {range}\r\n\r\n");
        body.push(Bytes::from(head));
        body.append(content.slice(part.0, part.1));
    }
    body.push(Bytes::from(format!("\r\n--{boundary}--\r\n")));
    body
}

/// Ranges answered in one response; a client that asks for more gets the whole (RFC 9110 §14.2 allows it).
pub(crate) const MAX_RANGES: usize = 16;

#[cfg(test)]
mod ranges_select_octets {
    use proptest::prelude::*;

    use super::*;

    /// RFC 9110 §14.1.2: "a representation of length 10000".
    #[test]
    fn examples_of_the_rfc() {
        for (value, expected) in [
            ("bytes=0-499", vec![(0, 499)]),
            ("bytes=500-999", vec![(500, 999)]),
            ("bytes=-500", vec![(9500, 9999)]),
            ("bytes=9500-", vec![(9500, 9999)]),
            ("bytes=0-0,-1", vec![(0, 0), (9999, 9999)]),
            ("bytes= 0-0, -1", vec![(0, 0), (9999, 9999)]),
            ("bytes= 0-999, 4500-5499, -1000", vec![(0, 999), (4500, 5499), (9000, 9999)]),
            ("bytes=500-600,601-999", vec![(500, 600), (601, 999)]),
            ("bytes=9000-20000", vec![(9000, 9999)]),
            ("bytes=-20000", vec![(0, 9999)]),
            ("bytes=0-99999999999999999999999999", vec![(0, 9999)]),
        ] {
            assert_eq!(select(value, 10_000), Selection::Parts(expected), "{value}");
        }
    }

    #[test]
    fn what_cannot_be_satisfied_and_what_is_ignored() {
        for value in ["bytes=10000-", "bytes=10000-10001", "bytes=-0", "bytes=12000-13000,-0"] {
            assert_eq!(select(value, 10_000), Selection::Unsatisfiable, "{value}");
        }
        assert_eq!(select("bytes=0-", 0), Selection::Unsatisfiable);
        for value in ["bytes", "bytes=", "bytes=a-b", "bytes=5-4", "bytes=1", "bytes=--1", "lines=0-4", "bytes=0-5,x"] {
            assert!(matches!(select(value, 10_000), Selection::Whole { .. }), "{value}");
        }
        assert!(matches!(select("bytes=0-9999,0-9999", 10_000), Selection::Whole { .. }));
        let many = format!("bytes={}", (0..17).map(|i| format!("{i}-{i}")).collect::<Vec<_>>().join(","));
        assert!(matches!(select(&many, 10_000), Selection::Whole { .. }));
    }

    proptest! {
        #[test]
        fn every_part_lies_within(value in "bytes=[0-9,-]{0,30}|\\PC{0,20}", length in 0_u64..50) {
            if let Selection::Parts(parts) = select(&value, length) {
                prop_assert!(!parts.is_empty());
                for (first, last) in parts {
                    prop_assert!(first <= last && last < length);
                }
            }
        }

        #[test]
        fn a_slice_of_a_rope_is_the_slice_of_its_octets(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..9), first in 0_u64..40, span in 0_u64..40) {
            let mut rope = Rope::default();
            for piece in &pieces {
                rope.push(piece.clone().into());
            }
            let whole = pieces.concat();
            let place = |at: u64| usize::try_from(at).unwrap().min(whole.len());
            let (from, to) = (place(first), place(first + span + 1));
            let cut = rope.slice(first, first + span);
            prop_assert_eq!(cut.to_vec(), whole[from..to].to_vec());
            prop_assert_eq!(cut.len(), (to - from) as u64);
        }
    }
}
