//! DNS messages on a stream: each behind its length in two octets, the greater one first. Framing only: what the octets of a
//! message mean is not asked here.
//!
//! Source: RFC 1035 §4.2.2; RFC 7766 §6.2.1 (several messages on one connection) and §8 (length and message in one write).

use bytes::{Buf as _, Bytes, BytesMut};

use super::limits::TCP_OCTETS;

/// Octets of a message's header, the least there is of any message (RFC 1035 §4.1.1).
pub const HEADER_OCTETS: usize = 12;

/// What cannot be framed, or is no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DnsFramingError {
    /// The length says that less than a header follows. Where the next message begins cannot be trusted any more.
    #[error("a message of {octets} octets was announced, and its header alone has {HEADER_OCTETS}")]
    TooShort {
        /// The length as announced.
        octets: usize,
    },
    /// Its length does not fit two octets.
    #[error("a message of {octets} octets does not fit: at most {TCP_OCTETS} can be announced")]
    TooLong {
        /// Its octets.
        octets: usize,
    },
    /// The stream ended within a message.
    #[error("the stream ended {missing} octets before the end of a message")]
    Cut {
        /// What is missing; where the length itself was cut, of that.
        missing: usize,
    },
}

impl DnsFramingError {
    /// Where the rule stands.
    pub fn clause(self) -> &'static str {
        match self {
            Self::TooShort { .. } => "RFC 1035 §4.1.1",
            Self::TooLong { .. } | Self::Cut { .. } => "RFC 1035 §4.2.2",
        }
    }
}

/// `message` behind its length, to be written at once.
///
/// # Errors
/// [`DnsFramingError::TooLong`].
pub fn framed(message: &[u8]) -> Result<Bytes, DnsFramingError> {
    let octets = message.len();
    let length = u16::try_from(octets).map_err(|_too_long| DnsFramingError::TooLong { octets })?;
    let mut frame = BytesMut::with_capacity(LENGTH_OCTETS + octets);
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(message);
    Ok(frame.freeze())
}

/// Takes a stream apart into messages, in whatever pieces it comes. It holds what was received and not taken, so that a caller that takes
/// every message before receiving more never holds more than one and a piece.
#[derive(Debug, Default)]
pub struct Unframer {
    held: BytesMut,
}

impl Unframer {
    /// Octets have come.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// The next whole message, without its length; `None` until there is one.
    ///
    /// # Errors
    /// [`DnsFramingError::TooShort`], again and again: the stream is of no further use.
    pub fn next_message(&mut self) -> Result<Option<Bytes>, DnsFramingError> {
        let Some(octets) = self.announced() else { return Ok(None) };
        if octets < HEADER_OCTETS {
            return Err(DnsFramingError::TooShort { octets });
        }
        if self.held.len() < LENGTH_OCTETS + octets {
            return Ok(None);
        }
        self.held.advance(LENGTH_OCTETS);
        Ok(Some(self.held.split_to(octets).freeze()))
    }

    /// The stream has ended.
    ///
    /// # Errors
    /// [`DnsFramingError::Cut`] when that was within a message.
    pub fn end(&self) -> Result<(), DnsFramingError> {
        let whole = LENGTH_OCTETS + self.announced().unwrap_or(0);
        match self.held.len() {
            0 => Ok(()),
            held if held >= whole => Ok(()),
            held => Err(DnsFramingError::Cut { missing: whole - held }),
        }
    }

    fn announced(&self) -> Option<usize> {
        self.held.first_chunk::<LENGTH_OCTETS>().map(|length| usize::from(u16::from_be_bytes(*length)))
    }
}

const LENGTH_OCTETS: usize = 2;

#[cfg(test)]
mod a_stream_of_messages {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn is_taken_apart_into_what_was_put_together(
            messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 12..700), 0..8),
            piece in 1..65usize,
        ) {
            let stream: Vec<u8> = messages.iter().flat_map(|message| framed(message).unwrap()).collect();
            let (mut unframer, mut taken) = (Unframer::default(), Vec::new());
            for octets in stream.chunks(piece) {
                unframer.receive(octets);
                while let Some(message) = unframer.next_message().unwrap() {
                    taken.push(message);
                }
            }
            prop_assert_eq!(taken, messages);
            prop_assert_eq!(unframer.end(), Ok(()));
        }

        #[test]
        fn of_any_octets_never_panics(octets in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            let mut unframer = Unframer::default();
            unframer.receive(&octets);
            while let Ok(Some(_)) = unframer.next_message() {}
            unframer.end().ok();
        }
    }

    #[test]
    fn has_the_greater_octet_of_a_length_first() {
        let frame = framed(&[7; 300]).unwrap();
        assert_eq!((&frame[..3], frame.len()), (&[1, 44, 7][..], 302));
        assert_eq!(framed(&vec![0; 65_535]).unwrap().len(), 65_537);
        assert_eq!(framed(&vec![0; 65_536]), Err(DnsFramingError::TooLong { octets: 65_536 }));
    }

    #[test]
    fn is_no_further_use_after_a_length_that_cannot_be() {
        let mut unframer = Unframer::default();
        unframer.receive(&[0, 11, 1]);
        for _ in 0..2 {
            assert_eq!(unframer.next_message(), Err(DnsFramingError::TooShort { octets: 11 }));
        }
    }

    #[test]
    fn may_be_cut_within_a_length_and_within_a_message() {
        for (octets, end) in [
            (&[][..], Ok(())),
            (&[0], Err(DnsFramingError::Cut { missing: 1 })),
            (&[0, 12], Err(DnsFramingError::Cut { missing: 12 })),
            (&[0, 12, 1, 2], Err(DnsFramingError::Cut { missing: 10 })),
        ] {
            let mut unframer = Unframer::default();
            unframer.receive(octets);
            assert_eq!((unframer.next_message(), unframer.end()), (Ok(None), end));
        }
    }
}
