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
    /// Speak TLS from here on (a STARTTLS was agreed).
    StartTls,
    /// Call again at this time, or when octets arrive before it.
    WakeAt(Duration),
    /// Something the caller wants to know.
    Event(E),
    /// The conversation is over.
    Done,
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

/// One end of a conversation.
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
