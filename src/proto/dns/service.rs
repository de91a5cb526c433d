//! Recursive service: how a local name server reads its clients' queries and writes the responses (RFC 1034 §4.3.1, §5.3.1).

use super::{
    DNSClass, Edns, Message, MessageType, Name, OpCode, Record, RecordType, ResponseCode,
    answering::{QueryHeader, edns, unaskable},
    iterate::ResolutionAnswer,
    limits,
};

/// A client's query, as far as it is one.
#[derive(Clone, Debug)]
pub struct ClientQuery {
    /// The name asked for, in the letter case it was asked.
    pub name: Name,
    /// The type.
    pub kind: RecordType,
    /// RD: the client wants the whole answer, not only what is remembered.
    pub recursion: bool,
    query: Message,
}

/// What a message from a client is.
#[derive(Clone, Debug)]
pub enum ClientMessage {
    /// A query to be answered.
    Query(Box<ClientQuery>),
    /// Something else; this is the answer to it.
    Refused(Vec<u8>),
    /// A message that is never answered: a response, or less than a header.
    Nothing,
}

/// Reads a client's message.
pub fn read_message(octets: &[u8]) -> ClientMessage {
    let Ok(query) = Message::from_vec(octets) else {
        let Ok(header) = QueryHeader::read(octets) else { return ClientMessage::Nothing };
        return ClientMessage::Refused(refusal(header.response(), ResponseCode::FormErr));
    };
    if query.metadata.message_type == MessageType::Response {
        return ClientMessage::Nothing;
    }
    let refuse = |code| ClientMessage::Refused(refusal(start(&query), code));
    if query.metadata.op_code != OpCode::Query {
        return refuse(ResponseCode::NotImp);
    }
    if query.version() > 0 {
        return refuse(ResponseCode::BADVERS);
    }
    let [question] = query.queries.as_slice() else { return refuse(ResponseCode::FormErr) };
    if question.query_class() != DNSClass::IN {
        return refuse(ResponseCode::Refused);
    }
    if let Some(code) = unaskable(question.query_type()) {
        return refuse(code);
    }
    ClientMessage::Query(Box::new(ClientQuery {
        name: question.name().clone(),
        kind: question.query_type(),
        recursion: query.metadata.recursion_desired,
        query,
    }))
}

impl ClientQuery {
    /// The response that carries `answer`; over UDP it is cut to what the client takes (TC).
    pub fn response(&self, answer: &ResolutionAnswer, over_tcp: bool) -> Vec<u8> {
        let mut message = self.message(answer);
        let room = self.room(over_tcp);
        let whole = message.to_vec().unwrap_or_default();
        if whole.len() <= room {
            return whole;
        }
        // What is only helpful goes first; what was asked for is never sent in part.
        message.additionals.clear();
        let shorter = message.to_vec().unwrap_or_default();
        if shorter.len() <= room {
            return shorter;
        }
        message.metadata.truncation = true;
        message.answers.clear();
        message.authorities.clear();
        message.to_vec().unwrap_or_default()
    }

    /// The same, not yet as octets.
    pub fn message(&self, answer: &ResolutionAnswer) -> Message {
        let mut message = start(&self.query);
        message.metadata.response_code = answer.code;
        // An answer's first name is written as it was asked: the client may mind the letters' case.
        let as_asked = |record: &Record| {
            let name = if record.name == self.name { self.name.clone() } else { record.name.clone() };
            Record::from_rdata(name, record.ttl, record.data.clone())
        };
        message.answers = answer.answers.iter().map(as_asked).collect();
        message.authorities.clone_from(&answer.authority);
        message.additionals.clone_from(&answer.additional);
        message
    }

    fn room(&self, over_tcp: bool) -> usize {
        if over_tcp {
            return limits::TCP_OCTETS;
        }
        let offered = self.query.edns.as_ref().map_or(0, Edns::max_payload).min(limits::EDNS_OCTETS);
        usize::from(offered).max(limits::UDP_OCTETS)
    }
}

/// The header of a response, its question and, where the client speaks EDNS, ours.
fn start(query: &Message) -> Message {
    let mut message = Message::response(query.metadata.id, query.metadata.op_code);
    message.metadata.recursion_desired = query.metadata.recursion_desired;
    message.metadata.checking_disabled = query.metadata.checking_disabled;
    message.metadata.recursion_available = true;
    message.add_queries(query.queries.iter().cloned());
    if let Some(asked) = &query.edns {
        message.set_edns(edns(asked));
    }
    message
}

fn refusal(mut message: Message, code: ResponseCode) -> Vec<u8> {
    message.metadata.response_code = code;
    message.metadata.recursion_available = true;
    message.to_vec().unwrap_or_default()
}
