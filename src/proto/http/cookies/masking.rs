//! Where the values of cookies stand in what a server sends over HTTP/1, for a record that is to hide them. RFC 9112 §5.
//!
//! It looks at lines, not at messages: a line of content that looks like `Set-Cookie` is hidden too, so that none of a head can be missed.

use std::ops::Range;

/// Finds the values of `Set-Cookie` lines in octets that come in pieces.
#[derive(Clone, Copy, Debug, Default)]
pub struct SetCookieScanner {
    place: LinePlace,
}

/// Where in a line the next octet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinePlace {
    /// In the field's name, of which so many octets are those of `Set-Cookie:`; `true`: the line before was one, and may go on.
    Name(usize, bool),
    /// In name and value, before the first semicolon; `true`: behind the equals sign.
    Pair(bool),
    /// Behind what is hidden, in a line that may be folded.
    Attributes,
    /// In another line.
    Other,
}

impl Default for LinePlace {
    fn default() -> Self {
        Self::Name(0, false)
    }
}

const FIELD: &[u8] = b"set-cookie:";

impl SetCookieScanner {
    /// From the first octet of the first value in `octets` to the last of the last one.
    pub fn scan(&mut self, octets: &[u8]) -> Option<Range<usize>> {
        let mut found: Option<Range<usize>> = None;
        let mut begin = 0;
        let mut cover = |range: Range<usize>| {
            if !range.is_empty() {
                found = Some(found.take().map_or(range.clone(), |before| before.start..range.end));
            }
        };
        for (at, octet) in octets.iter().enumerate() {
            let next = self.place.after(*octet);
            match (self.place, next) {
                (LinePlace::Pair(_), LinePlace::Pair(_)) if self.place == next => {}
                (LinePlace::Pair(true), _) => cover(begin..at),
                (LinePlace::Pair(false), LinePlace::Pair(true)) | (_, LinePlace::Pair(_)) => begin = at + 1,
                (LinePlace::Pair(false), _) => cover(begin..at),
                _ => {}
            }
            self.place = next;
        }
        if matches!(self.place, LinePlace::Pair(_)) {
            cover(begin..octets.len());
        }
        found
    }
}

impl LinePlace {
    fn after(self, octet: u8) -> Self {
        match (self, octet) {
            (Self::Name(_, _) | Self::Other, b'\n') => Self::Name(0, false),
            (Self::Pair(_) | Self::Attributes, b'\n') => Self::Name(0, true),
            (Self::Name(0, true), b' ' | b'\t') => Self::Pair(false),
            (Self::Name(matched, _), _) if FIELD.get(matched).is_some_and(|due| due.eq_ignore_ascii_case(&octet)) => {
                if matched + 1 == FIELD.len() {
                    Self::Pair(false)
                } else {
                    Self::Name(matched + 1, false)
                }
            }
            (Self::Name(_, _) | Self::Other, _) => Self::Other,
            (Self::Pair(_), b';') => Self::Attributes,
            (Self::Pair(false), b'=') => Self::Pair(true),
            (same @ (Self::Pair(_) | Self::Attributes), _) => same,
        }
    }
}

#[cfg(test)]
mod values {
    use proptest::prelude::*;

    use super::*;

    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nServer: x\r\nset-cookie: sid=secret-one; Path=/\r\nSet-Cookie:secret-two\r\n folded-secret\r\nX-Set-Cookie: a=b\r\n\r\nbody";

    fn masked(size: usize) -> Vec<u8> {
        let mut scanner = SetCookieScanner::default();
        let mut all = Vec::new();
        for piece in HEAD.chunks(size) {
            let mut piece = piece.to_vec();
            if let Some(range) = scanner.scan(&piece) {
                piece[range].fill(b'*');
            }
            all.extend(piece);
        }
        all
    }

    #[test]
    fn are_hidden_and_the_rest_stays() {
        let whole = String::from_utf8(masked(HEAD.len())).unwrap();
        assert!(whole.starts_with("HTTP/1.1 200 OK\r\nServer: x\r\nset-cookie: sid=*****"), "{whole}");
        assert!(whole.ends_with("\r\nX-Set-Cookie: a=b\r\n\r\nbody"), "{whole}");
    }

    proptest! {
        #[test]
        fn are_hidden_however_the_octets_are_cut(size in 1_usize..80) {
            let text = String::from_utf8(masked(size)).unwrap();
            prop_assert!(!text.contains("secret") && text.contains("Server: x") && text.contains("X-Set-Cookie: a=b"), "{}", text);
            // Even a piece of one octet is no secret's.
            let rest: String = text.chars().filter(|letter| *letter != '*').collect();
            prop_assert!(!rest.contains("ecr") && !rest.contains("one") && !rest.contains("folded"), "{}", rest);
        }
    }
}
