//! Interim (1xx) responses among what an HTTP/2 server sends: RFC 9110 §15.2, RFC 9113 §8.1.

use super::marks::{FrameMark, FrameMarker};
use crate::{
    proto::http::{charset::latin1, limits::MAX_INTERIM_RESPONSES},
    wire::Side,
};

/// The head of an interim response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterimHead {
    /// The stream it came on.
    pub stream: u32,
    /// Its status code, 100 to 199.
    pub status: u16,
    /// Its fields without `:status`; octets outside ASCII are ISO 8859-1, a character an octet.
    pub fields: Vec<(String, String)>,
}

/// Finds them in a server's octets as they come.
#[derive(Debug)]
pub struct InterimHeads {
    marker: FrameMarker,
    marks: Vec<FrameMark>,
    /// How many were found.
    found: u32,
}

impl Default for InterimHeads {
    fn default() -> Self {
        Self { marker: FrameMarker::new(Side::Server), marks: Vec::new(), found: 0 }
    }
}

impl InterimHeads {
    /// More octets; tells `found` each interim head they complete. After [`MAX_INTERIM_RESPONSES`] on a connection no more are told.
    pub fn read(&mut self, bytes: &[u8], mut found: impl FnMut(InterimHead)) {
        if self.found >= MAX_INTERIM_RESPONSES {
            return;
        }
        self.marks.clear();
        self.marker.feed(bytes, 0, &mut self.marks);
        for mark in self.marks.drain(..) {
            let FrameMark::Fields(stream, Some(fields), _) = mark else { continue };
            let status = fields.iter().find(|field| field.name == b":status");
            let status = status.and_then(|status| latin1(&status.value).parse().ok());
            let Some(status) = status.filter(|status| (100..200).contains(status)) else { continue };
            self.found += 1;
            let fields = fields.iter().filter(|field| !field.name.starts_with(b":"));
            let fields = fields.map(|field| (latin1(&field.name), latin1(&field.value))).collect();
            found(InterimHead { stream, status, fields });
        }
    }
}

#[cfg(test)]
mod heads {
    use proptest::prelude::*;

    use super::*;

    /// SETTINGS, then on stream 1: 103 with a Link, 200, and content.
    const ANSWER: &[u8] = b"\0\0\0\x04\0\0\0\0\0\
        \0\0\x12\x01\x04\0\0\0\x01\x08\x03103\0\x04link\x06</s.c>\
        \0\0\x01\x01\x04\0\0\0\x01\x88\
        \0\0\x02\0\x01\0\0\0\x01ok";

    proptest! {
        #[test]
        fn are_found_however_the_octets_are_cut(size in 1_usize..60) {
            let (mut heads, mut found) = (InterimHeads::default(), Vec::new());
            ANSWER.chunks(size).for_each(|piece| heads.read(piece, |head| found.push(head)));
            let fields = vec![("link".to_owned(), "</s.c>".to_owned())];
            prop_assert_eq!(found, [InterimHead { stream: 1, status: 103, fields }]);
        }

        #[test]
        fn of_any_octets_do_no_harm(octets in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut heads = InterimHeads::default();
            octets.chunks(7).for_each(|piece| heads.read(piece, drop));
        }
    }

    #[test]
    fn without_end_are_told_up_to_a_limit() {
        let (mut heads, mut found) = (InterimHeads::default(), 0);
        for _ in 0..1_000 {
            heads.read(b"\0\0\x05\x01\x04\0\0\0\x01\x08\x03103", |_| found += 1);
        }
        assert_eq!(found, MAX_INTERIM_RESPONSES);
    }
}
