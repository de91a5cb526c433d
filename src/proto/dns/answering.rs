//! What the response of any name server begins with, whether it is authoritative or recursive.

use super::{Edns, Message, OpCode, RecordType, ResponseCode, limits};

/// Our OPT record, as an answer to theirs: DO is copied (RFC 3225 §3).
pub(super) fn edns(asked: &Edns) -> Edns {
    let mut edns = Edns::new();
    edns.set_max_payload(limits::EDNS_OCTETS);
    edns.set_dnssec_ok(asked.flags().dnssec_ok);
    edns
}

/// The response code to a question for a type that no record can have: 0 and OPT (RFC 6891 §6.1.1) cannot be asked for, what only messages
/// and transactions have is not answered; `None` where records may have it, or it is ANY (RFC 6895 §3.1).
pub(super) fn unaskable(kind: RecordType) -> Option<ResponseCode> {
    match u16::from(kind) {
        0 | 41 => Some(ResponseCode::FormErr),
        128..255 => Some(ResponseCode::NotImp),
        _ => None,
    }
}

/// The parts of a query's header that decide before the rest is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueryHeader {
    pub(super) id: u16,
    pub(super) op_code: OpCode,
    pub(super) recursion_desired: bool,
    pub(super) questions: u16,
}

impl QueryHeader {
    /// Reads it; what gets no answer is refused with the reason (RFC 1035 §4.1.1).
    pub(super) fn read(query: &[u8]) -> Result<Self, String> {
        let Some(([id, other_id, flags, _, questions, more_questions, ..], _)) = query.split_first_chunk::<12>() else {
            return Err(format!("{} octets are no message: its header alone has 12", query.len()));
        };
        if flags & 0x80 != 0 {
            return Err("a response is not answered: two servers would never stop".to_owned());
        }
        Ok(Self {
            id: u16::from_be_bytes([*id, *other_id]),
            op_code: OpCode::from_u8(flags >> 3 & 0x0f),
            recursion_desired: flags & 1 != 0,
            questions: u16::from_be_bytes([*questions, *more_questions]),
        })
    }

    /// The header of a response.
    pub(super) fn response(self) -> Message {
        let mut message = Message::response(self.id, self.op_code);
        message.metadata.recursion_desired = self.recursion_desired;
        message
    }

    /// A response of a header alone.
    pub(super) fn bare(self, code: ResponseCode) -> Option<Vec<u8>> {
        let mut message = self.response();
        message.metadata.response_code = code;
        message.to_vec().ok()
    }
}
