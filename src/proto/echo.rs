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

/// The server's end of one connection: each read's octets go back in upper case, until the client ends. While they are on their way
/// nothing more is read, so that a client that does not read makes nobody hold more than one read.
#[derive(Debug, Default)]
pub struct EchoServer {
    held: BytesMut,
    unsent: bool,
    ended: bool,
}

impl Session for EchoServer {
    type Event = Infallible;
    type Error = Infallible;

    fn receive(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    fn receive_end(&mut self) {
        self.ended = true;
    }

    fn step(&mut self, _now: Duration) -> Result<Step<Infallible>, Infallible> {
        if !self.held.is_empty() {
            self.unsent = true;
            let bytes = upper_case(&mem::take(&mut self.held));
            return Ok(Step::Send(Outgoing { bytes, secret: None }));
        }
        Ok(if self.ended { Step::Done } else { Step::NeedInput })
    }

    fn wants_input(&self) -> bool {
        !self.unsent
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
                while let Ok(Step::Send(outgoing)) = server.step(Duration::ZERO) {
                    sent.extend_from_slice(&outgoing.bytes);
                }
            }
            prop_assert_eq!(&sent[..], &upper_case(&octets)[..]);
            prop_assert_eq!(sent.len(), octets.len());
        }
    }
}
