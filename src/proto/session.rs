//! The contract of every protocol conversation (sans-IO). `net::drive` is the one loop that runs it over a connection.

use std::{error::Error, fmt, ops::Range, time::Duration};

use bytes::Bytes;

/// What a session wants next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step<E> {
    /// Write these octets.
    Send(Outgoing),
    /// Nothing to do until more octets arrive (or the other side ends).
    NeedInput,
    /// Speak TLS from here on: both sides have agreed to it in the clear (STARTTLS). What was to be sent before is sent first;
    /// nothing more is read in the clear. [`Session::tls_established`] tells when TLS is there.
    StartTls {
        /// Octets received and of no use so far: they came in the clear, behind the agreement. An honest peer sends none before TLS
        /// is there (RFC 9051 §6.2.1), so the driver gives the conversation up where there are any: an attacker on the path
        /// may have injected them, to be taken for what was said under TLS.
        unread: usize,
    },
    /// Call again at this time, or when octets arrive before it.
    WakeAt(Duration),
    /// Something the caller wants to know.
    Event(E),
    /// The conversation is over.
    Done,
}

/// What a TLS handshake agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsParameters {
    /// The version.
    pub version: TlsVersion,
    /// The cipher suite by its registered name, as `TLS13_AES_256_GCM_SHA384`.
    pub cipher_suite: String,
    /// The protocol above TLS (ALPN, RFC 7301), where one was agreed on.
    pub alpn: Option<Vec<u8>>,
}

/// The versions of TLS spoken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsVersion {
    /// TLS 1.2, RFC 5246.
    Tls12,
    /// TLS 1.3, RFC 8446.
    Tls13,
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        })
    }
}

/// Octets on their way out. Debug output masks the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The octets.
    pub bytes: Bytes,
    /// Which of them are a secret, to be masked in the record where the world asks for it.
    pub secret: Option<Range<usize>>,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.bytes.to_vec();
        let secret = self.secret.clone().unwrap_or_default();
        bytes.iter_mut().take(secret.end).skip(secret.start).for_each(|octet| *octet = b'*');
        f.debug_struct("Outgoing").field("bytes", &Bytes::from(bytes)).field("secret", &self.secret).finish()
    }
}

/// One end of a conversation. Either end may be the first to speak: who speaks first is for the protocol to say.
pub trait Session {
    /// What it tells its caller.
    type Event;
    /// How it fails.
    type Error: Error + Send + Sync + 'static;

    /// Octets arrived, cut anywhere.
    fn receive(&mut self, bytes: &[u8]);

    /// The other side has ended its sending.
    fn receive_end(&mut self);

    /// The next step. Never blocks, never reads a clock.
    ///
    /// # Errors
    /// When the other side broke the protocol or a limit; the session is over then.
    fn step(&mut self, now: Duration) -> Result<Step<Self::Event>, Self::Error>;

    /// How many of the octets that arrive next are known to be message content, and how many of that message came before:
    /// `(ahead, already)`. The record keeps heads whole and caps content.
    fn content_ahead(&self) -> (u64, u64) {
        (0, 0)
    }

    /// Is there room for more octets? While there is not, nothing is read, and the network makes the other side wait: a session
    /// that holds what it has not dealt with says no, so that no peer can make it hold ever more.
    fn wants_input(&self) -> bool {
        true
    }

    /// All it wanted to send so far has been handed to the network, at `now`. Whoever waits for an answer waits from here on.
    fn sent(&mut self, _now: Duration) {}

    /// TLS is spoken from here on: from the connection's beginning, or as [`Step::StartTls`] asked. In the second case a session
    /// forgets everything it received before, since an attacker could have sent it (RFC 3207 §4.2).
    fn tls_established(&mut self, _tls: &TlsParameters) {}
}

#[cfg(test)]
mod debug_output {
    use super::*;

    #[test]
    fn does_not_show_the_secret() {
        let outgoing = Outgoing { bytes: Bytes::from_static(b"PASS hungry\r\n"), secret: Some(5..11) };
        let shown = format!("{:?}", Step::<()>::Send(outgoing));
        assert!(shown.contains("PASS ******"), "{shown}");
        assert!(!shown.contains("hungry"), "{shown}");
    }
}
