//! TLS as it crosses the wire: records, and which part of the handshake a flight is. RFC 8446. What is sealed stays sealed; what the
//! application said above TLS is read by its own protocol.

mod flights;
mod reader;
mod records;

use self::reader::TlsReader;
pub use self::records::read;
use super::protocol::{FlowOpening, FlowTransport, Protocol, ProtocolClaim, ProtocolReader, begins_with};
use crate::wire::Side;

/// TLS records.
#[derive(Debug)]
pub struct Tls;

/// Its row in the table.
pub const TLS: &dyn Protocol = &Tls;

impl Protocol for Tls {
    fn name(&self) -> &'static str {
        "TLS"
    }

    /// By the record that a `ClientHello` is in. RFC 8446 §5.1.
    fn claims(&self, opening: &FlowOpening<'_>) -> ProtocolClaim {
        match opening.first {
            _ if opening.transport == FlowTransport::Datagrams => ProtocolClaim::No,
            None => ProtocolClaim::Undecided,
            Some(Side::Client) => begins_with(opening.client, &[HANDSHAKE, MAJOR_VERSION]),
            Some(Side::Server) => ProtocolClaim::No,
        }
    }

    fn reader(&self, _opening: &FlowOpening<'_>) -> Box<dyn ProtocolReader> {
        Box::new(TlsReader::default())
    }
}

/// The content type of handshake records.
const HANDSHAKE: u8 = 22;
/// The first octet of every record's version.
const MAJOR_VERSION: u8 = 3;
