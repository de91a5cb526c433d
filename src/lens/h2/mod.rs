//! HTTP/2: RFC 9113. `marks` finds frames in the octets as they come, `tree` reads them field by field, `frame` and `names` say them in a
//! line and in a word, `streams` finds exchanges; [`hpack`] undoes the compression of header fields.

mod frame;
pub mod hpack;
mod interim;
mod marks;
mod names;
mod reader;
mod secrets;
mod streams;
mod tree;
mod words;

use self::reader::Http2Reader;
pub(crate) use self::{
    frame::FrameHeader,
    marks::fragment_of,
    words::{END_HEADERS, END_STREAM, HEADER_LEN},
};
pub use self::{
    interim::{InterimHead, InterimHeads},
    secrets::SecretBlocks,
};
use super::protocol::{FlowOpening, FlowTransport, Protocol, ProtocolClaim, ProtocolReader, begins_with};
use crate::wire::Side;

/// HTTP/2.
#[derive(Debug)]
pub struct Http2Protocol;

/// Its row in the table.
pub const HTTP2: &dyn Protocol = &Http2Protocol;

impl Protocol for Http2Protocol {
    fn name(&self) -> &'static str {
        "HTTP/2"
    }

    /// By the first line of the preface, which no other request may have (RFC 9113 §3.4), by a server's SETTINGS, which are its preface,
    /// or by an upgrade (RFC 7540 §3.2).
    fn claims(&self, opening: &FlowOpening<'_>) -> ProtocolClaim {
        let upgraded = opening.agreed.is_some_and(|agreed| agreed.trim().eq_ignore_ascii_case("h2c"));
        match opening.first {
            _ if opening.transport == FlowTransport::Datagrams => ProtocolClaim::No,
            _ if upgraded => ProtocolClaim::Yes,
            None => ProtocolClaim::Undecided,
            Some(Side::Client) => begins_with(opening.client, PREFACE_LINE),
            Some(Side::Server) => settings(opening.server),
        }
    }

    fn reader(&self, _opening: &FlowOpening<'_>) -> Box<dyn ProtocolReader> {
        Box::new(Http2Reader::new())
    }
}

/// Do `octets` begin with a SETTINGS frame that acknowledges nothing? RFC 9113 §6.5.
fn settings(octets: &[u8]) -> ProtocolClaim {
    match *octets {
        [high, middle, ..] if (high, middle) != (0, 0) => ProtocolClaim::No,
        [high] if high != 0 => ProtocolClaim::No,
        [_, _, low, ref rest @ ..] if low % SETTING == 0 => begins_with(rest, &[SETTINGS, 0, 0, 0, 0, 0]),
        [_, _, _, ..] => ProtocolClaim::No,
        [] | [_] | [_, _] => ProtocolClaim::Undecided,
    }
}

const PREFACE_LINE: &[u8] = b"PRI * HTTP/2.0\r\n";
/// The type of a SETTINGS frame.
const SETTINGS: u8 = 0x4;
/// Octets of one setting.
const SETTING: u8 = 6;
