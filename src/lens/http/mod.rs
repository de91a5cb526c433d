//! HTTP/1.x: RFC 9110, RFC 9112. `marks` finds messages and lines in the octets as they come, `tree` reads a message field by field, `line`
//! and `words` say it in the conversation and on an arrow, `exchanges` pairs requests and responses, `glossary` explains the words.

mod exchanges;
pub mod glossary;
mod line;
pub mod marks;
mod reader;
mod tree;
mod words;

use self::reader::Http1Reader;
pub use self::tree::{MAX_CHUNK_NODES, read};
use super::protocol::{FlowOpening, FlowTransport, Protocol, ProtocolClaim, ProtocolReader, begins_with};
use crate::{proto::http::head::is_tchar, wire::Side};

/// HTTP/1.x.
#[derive(Debug)]
pub struct Http1Protocol;

/// Its row in the table.
pub const HTTP1: &dyn Protocol = &Http1Protocol;

impl Protocol for Http1Protocol {
    fn name(&self) -> &'static str {
        "HTTP/1.x"
    }

    /// By a request, or a response that nobody has asked for. RFC 9112 §3, §4.
    fn claims(&self, opening: &FlowOpening<'_>) -> ProtocolClaim {
        let could_begin_request = |octet: &u8| is_tchar(*octet) || b"\r\n".contains(octet);
        match opening.first {
            _ if opening.transport == FlowTransport::Datagrams => ProtocolClaim::No,
            None => ProtocolClaim::Undecided,
            Some(Side::Server) => begins_with(opening.server, b"HTTP/"),
            Some(Side::Client) => match opening.client.first() {
                Some(octet) if could_begin_request(octet) => ProtocolClaim::Yes,
                Some(_) => ProtocolClaim::No,
                None => ProtocolClaim::Undecided,
            },
        }
    }

    fn reader(&self, _opening: &FlowOpening<'_>) -> Box<dyn ProtocolReader> {
        Box::new(Http1Reader::new())
    }
}
