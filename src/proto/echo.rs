//! The textbook's first server: what a client sends comes back in upper case, in a datagram of its own or on the same connection.
//! Source: Kurose and Ross, Computer Networking, §2.7 (`UDPServer.py`, `TCPServer.py`, port 12000). RFC 862 knows a relative that sends
//! back what it got as it is.

use std::{convert::Infallible, mem, time::Duration};

use bytes::{Bytes, BytesMut};

use super::session::{Outgoing, Session, Step};

/// The port the textbook's programs use.
pub const PORT: u16 = 12_000;

/// The text in upper case: the letters a to z of ASCII, whatever other octets stand between them, as they are.
pub fn upper_case(octets: &[u8]) -> Bytes {
    Bytes::from(octets.to_ascii_uppercase())
}

/// The server's end of one connection: what was read at once is told as a [`TextReceived`], and goes back in upper case when its caller
/// says so, until the client ends. Until that is on its way nothing more is read, so that a client that does not read makes the server
/// hold one reading and no more.
#[derive(Debug, Default)]
pub struct EchoServer {
    received: BytesMut,
    /// What was told and not yet answered.
    unanswered: Bytes,
    /// What is to be sent.
    answer: Bytes,
    unsent: bool,
    ended: bool,
}

/// The client's text, as it was read at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextReceived(pub Bytes);

impl EchoServer {
    /// Sends the text of the last event back in upper case.
    pub fn answer(&mut self) {
        self.answer = upper_case(&mem::take(&mut self.unanswered));
    }
}

impl Session for EchoServer {
    type Event = TextReceived;
    type Error = Infallible;

    fn receive(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    fn receive_end(&mut self) {
        self.ended = true;
    }

    fn step(&mut self, _now: Duration) -> Result<Step<TextReceived>, Infallible> {
        if !self.answer.is_empty() {
            self.unsent = true;
            return Ok(Step::Send(Outgoing { bytes: mem::take(&mut self.answer), secret: None }));
        }
        if !self.unanswered.is_empty() {
            return Ok(Step::NeedInput);
        }
        if !self.received.is_empty() {
            self.unanswered = self.received.split().freeze();
            return Ok(Step::Event(TextReceived(self.unanswered.clone())));
        }
        Ok(if self.ended { Step::Done } else { Step::NeedInput })
    }

    fn wants_input(&self) -> bool {
        !self.unsent && self.unanswered.is_empty()
    }

    fn sent(&mut self, _now: Duration) {
        self.unsent = false;
    }
}

#[cfg(test)]
mod an_echo_in_upper_case {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn changes_letters_of_ascii_and_nothing_else() {
        assert_eq!(upper_case(b"Input lowercase sentence: 1+1=2\r\n"), "INPUT LOWERCASE SENTENCE: 1+1=2\r\n");
        assert_eq!(upper_case("grün \u{df} \0".as_bytes()), "GRüN \u{df} \0");
        assert!(upper_case(b"").is_empty());
    }

    #[test]
    fn answers_one_read_after_the_other_and_ends_with_its_client() {
        let mut server = EchoServer::default();
        assert_eq!(server.step(Duration::ZERO), Ok(Step::NeedInput));
        server.receive(b"hello");
        assert_eq!(server.step(Duration::ZERO), Ok(Step::Event(TextReceived(Bytes::from_static(b"hello")))));
        assert_eq!((server.step(Duration::ZERO), server.wants_input()), (Ok(Step::NeedInput), false));
        server.answer();
        let Ok(Step::Send(outgoing)) = server.step(Duration::ZERO) else { panic!("an answer") };
        assert_eq!((outgoing.bytes.as_ref(), server.wants_input()), (b"HELLO".as_slice(), false));
        server.sent(Duration::ZERO);
        assert!(server.wants_input());
        server.receive_end();
        assert_eq!(server.step(Duration::ZERO), Ok(Step::Done));
    }

    proptest! {
        #[test]
        fn has_every_octet_of_any_in_its_place(octets in proptest::collection::vec(any::<u8>(), 0..500), cut in 1..65usize) {
            let mut server = EchoServer::default();
            let mut sent = Vec::new();
            for piece in octets.chunks(cut) {
                server.receive(piece);
                loop {
                    match server.step(Duration::ZERO) {
                        Ok(Step::Send(outgoing)) => sent.extend_from_slice(&outgoing.bytes),
                        Ok(Step::Event(_)) => server.answer(),
                        _ => break,
                    }
                }
            }
            prop_assert_eq!(&sent[..], &upper_case(&octets)[..]);
            prop_assert_eq!(sent.len(), octets.len());
        }
    }
}
