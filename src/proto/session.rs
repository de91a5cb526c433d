//! The contract of every protocol conversation (sans-IO). `net::drive` is the one loop that runs it over a connection.

use std::{error::Error, ops::Range, time::Duration};

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

/// Octets on their way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The octets.
    pub bytes: Bytes,
    /// Which of them are a secret, to be masked in the record where the world asks for it.
    pub secret: Option<Range<usize>>,
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
