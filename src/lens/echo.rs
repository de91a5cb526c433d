//! The textbook's upper-case echo, over UDP and TCP: text one way, the same text in upper case the other way. Kurose and Ross, Computer
//! Networking, §2.7.

use super::{
    FieldNode,
    passages::MAX_LINE_SHOWN,
    plain::octets_words,
    protocol::{
        FlowOpening, FlowPiece, FlowTransport, LadderArrow, LineSource, LineText, MessageSource, Protocol,
        ProtocolClaim, ProtocolReader, ReaderFindings, TextTone, Words,
    },
    text::visible,
};
use crate::{
    proto::echo::{PORT, upper_case},
    wire::Side,
};

/// Whatever is said to the echo's port.
#[derive(Debug)]
struct UpperCaseEcho;

/// Its row.
pub const ECHO: &dyn Protocol = &UpperCaseEcho;

impl Protocol for UpperCaseEcho {
    fn name(&self) -> &'static str {
        "upper-case echo"
    }

    fn claims(&self, opening: &FlowOpening<'_>) -> ProtocolClaim {
        // No octet tells it: the port does, and that the client speaks first.
        match opening.first {
            Some(Side::Client) if opening.serves(&[PORT]) => ProtocolClaim::Yes,
            Some(_) => ProtocolClaim::No,
            None => ProtocolClaim::Undecided,
        }
    }

    fn reader(&self, opening: &FlowOpening<'_>) -> Box<dyn ProtocolReader> {
        Box::new(EchoReader { transport: opening.transport, speaking: None })
    }
}

#[derive(Debug)]
struct EchoReader {
    transport: FlowTransport,
    speaking: Option<Side>,
}

/// Every message is text.
const TEXT: u8 = 1;

impl ProtocolReader for EchoReader {
    fn read(&mut self, piece: FlowPiece<'_>, found: &mut ReaderFindings) {
        match self.transport {
            FlowTransport::Datagrams => {
                found.begin(piece.at, TEXT, None);
                found.block(piece.range(), TEXT, None);
            }
            // A stream has no message boundaries: what one side sends until the other does is taken for one.
            FlowTransport::Stream => {
                if self.speaking.replace(piece.side) != Some(piece.side) {
                    found.begin(piece.at, TEXT, None);
                }
                found.more(piece.range(), TEXT, None);
            }
        }
    }

    fn end(&mut self, _side: Side, _found: &mut ReaderFindings) {}

    fn line(&self, line: &LineSource<'_>) -> LineText {
        let tone = if line.side() == Side::Client { TextTone::Text } else { TextTone::Good };
        LineText::plain(visible(&line.octets(MAX_LINE_SHOWN).bytes), tone)
    }

    fn noun(&self, side: Side, _kind: u8) -> &'static str {
        if side == Side::Client { "Text" } else { "Echo" }
    }

    fn fields(&self, message: &MessageSource<'_>) -> Vec<FieldNode> {
        let octets = message.octets.bytes;
        let (name, meaning) = match message.side {
            Side::Client => ("text", "What the client wants to have in upper case."),
            Side::Server => ("echo", "The client's text, its ASCII letters in upper case."),
        };
        let mut node = FieldNode::leaf(0..octets.len(), name, visible(octets), meaning, SOURCE);
        if message.side == Side::Server && upper_case(octets) != octets {
            node.wrong = Some("It has letters in lower case.".to_owned());
        }
        vec![node]
    }

    fn words(&self, arrow: &LadderArrow<'_>) -> Option<Words> {
        octets_words(arrow)
    }
}

const SOURCE: &str = "Kurose and Ross §2.7";

#[cfg(test)]
mod an_echo {
    use super::*;
    use crate::lens::{Excerpt, protocols::choose};

    fn opening(port: u16, first: Side) -> FlowOpening<'static> {
        FlowOpening { server_port: Some(port), first: Some(first), client: b"hello", ..FlowOpening::default() }
    }

    #[test]
    fn is_told_by_its_port_alone() {
        assert_eq!(choose(&opening(PORT, Side::Client)).unwrap().name(), ECHO.name());
        let is_echo = |opening| choose(&opening).is_some_and(|protocol| protocol.name() == ECHO.name());
        assert!(!is_echo(opening(7, Side::Client)) && !is_echo(opening(PORT, Side::Server)));
    }

    #[test]
    fn that_left_letters_small_is_flagged() {
        let reader = ECHO.reader(&opening(PORT, Side::Client));
        let said = |side, bytes: &'static [u8]| {
            let message = MessageSource { side, kind: TEXT, at: 0, octets: Excerpt::whole(bytes), request: None };
            let node = reader.fields(&message).remove(0);
            (node.name, node.value, node.wrong.is_some())
        };
        assert_eq!(said(Side::Client, b"Hello\x00"), ("text".into(), "Hello\\x00".into(), false));
        assert_eq!(said(Side::Server, b"HELLO \xfc"), ("echo".into(), "HELLO \\xfc".into(), false));
        assert_eq!(said(Side::Server, b"HELLo"), ("echo".into(), "HELLo".into(), true));
    }
}
