//! What an arrow says of sealed octets: which part of the handshake a flight is, told by its first records. Their types are in the clear,
//! and in TLS 1.3 what is in them is not, so the order the protocol asks for says the rest. RFC 8446 §2, §5; RFC 5246 §7.3.

use crate::{
    lens::protocol::{LadderArrow, Weight, Words},
    wire::Side,
};

/// The flight's name before TLS is established, and of a handshake that nobody else follows; `None` for what is sealed.
pub(super) fn words(arrow: &LadderArrow<'_>) -> Option<Words> {
    let mut flights = arrow.pieces.iter().map(|(bytes, _)| HandshakeFlight::of(arrow.side, bytes));
    let is_handshake = arrow.in_handshake
        || arrow.pieces.first().and_then(|(bytes, _)| bytes.first()).is_some_and(|kind| (20..=22).contains(kind));
    is_handshake.then(|| Words { variants: vec![name(&mut flights).to_owned()], weight: Weight::Framing })
}

/// What a handshake message is called, where it is in the clear. RFC 8446 §4; RFC 5246 §7.4.
pub(super) fn message_name(message: u8) -> Option<&'static str> {
    Some(match message {
        0 => "HelloRequest",
        1 => "ClientHello",
        2 => "ServerHello",
        4 => "NewSessionTicket",
        8 => "EncryptedExtensions",
        11 => "Certificate",
        12 => "ServerKeyExchange",
        13 => "CertificateRequest",
        14 => "ServerHelloDone",
        15 => "CertificateVerify",
        16 => "ClientKeyExchange",
        20 => "Finished",
        _ => return None,
    })
}

fn name(flights: &mut dyn Iterator<Item = HandshakeFlight>) -> &'static str {
    let Some(first) = flights.next() else { return "TLS" };
    let alone = first.is_change_alone();
    let Some(flight) = (if alone { flights.next() } else { Some(first) }) else { return "ChangeCipherSpec" };
    match (flight.side, flight.record, flight.message) {
        (_, 22, 1) => "ClientHello",
        (_, 22, 2) => "ServerHello…",
        (_, 22, 4) => "NewSessionTicket",
        (_, 22, 11) => "Certificate…",
        (_, 22, 16) => "ClientKeyExchange…",
        (Side::Server, 23, _) => "Certificate…Finished",
        (_, 20 | 22 | 23, _) => "Finished",
        (_, 21, _) => "TLS alert",
        _ => "TLS",
    }
}

/// The first octets of a sealed event, as far as a flight is told by them.
#[derive(Clone, Copy, Debug)]
struct HandshakeFlight {
    side: Side,
    /// Content type of the record that counts: what follows a `ChangeCipherSpec`, where something does.
    record: u8,
    /// The first octet in it: the handshake message's type, where it is in the clear.
    message: u8,
    is_change: bool,
    len: usize,
}

impl HandshakeFlight {
    fn of(side: Side, bytes: &[u8]) -> Self {
        let at = |place: usize| bytes.get(place).copied().unwrap_or_default();
        let is_change = at(0) == 20;
        let begin = if is_change && bytes.len() > CHANGE_CIPHER_SPEC { CHANGE_CIPHER_SPEC } else { 0 };
        let (record, message) = (at(begin), at(begin + RECORD_HEADER));
        Self { side, record, message, is_change, len: bytes.len() }
    }

    fn is_change_alone(self) -> bool {
        self.is_change && self.len <= CHANGE_CIPHER_SPEC
    }
}

/// Length of a TLS record's header.
const RECORD_HEADER: usize = super::records::HEADER;
/// Length of a whole `ChangeCipherSpec` record.
const CHANGE_CIPHER_SPEC: usize = 6;

#[cfg(test)]
mod words_for_flights {
    use super::*;

    #[test]
    fn tell_the_flights_of_a_handshake_apart() {
        let word =
            |side: Side, events: &[&[u8]]| name(&mut events.iter().map(|bytes| HandshakeFlight::of(side, bytes)));
        let change: &[u8] = &[20, 3, 3, 0, 1, 1];
        let sealed: &[u8] = &[23, 3, 3, 0, 40, 99, 1, 2];
        let both = [change, sealed].concat();
        assert_eq!(word(Side::Client, &[&[22, 3, 1, 0, 250, 1]]), "ClientHello");
        assert_eq!(word(Side::Server, &[&[22, 3, 3, 0, 122, 2]]), "ServerHello…");
        assert_eq!(word(Side::Server, &[&both]), "Certificate…Finished");
        assert_eq!(word(Side::Client, &[change]), "ChangeCipherSpec");
        assert_eq!(word(Side::Client, &[change, sealed]), "Finished");
        assert_eq!(word(Side::Client, &[&both]), "Finished");
        assert_eq!(word(Side::Client, &[&[22, 3, 3, 0, 70, 16]]), "ClientKeyExchange…");
    }
}
