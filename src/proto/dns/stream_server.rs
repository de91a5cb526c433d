//! A name server's end of a stream: each query is handed out when it is complete, and replies may be given in any order. What is
//! replied is the caller's to decide. Source: RFC 7766 §6.2 (several queries on one connection, idle time-outs), §7 (replies in any
//! order), §8 (length and message in one write).

use std::{collections::VecDeque, mem, time::Duration};

use bytes::Bytes;

use super::framing::{DnsFramingError, Unframer, framed};
use crate::proto::session::{Outgoing, Session, Step};

/// A name server on one connection. A query that was handed out waits until [`Self::reply`]; while as many wait as are worked on at once,
/// nothing more is read.
#[derive(Debug)]
pub struct StreamServer {
    rules: StreamRules,
    unframer: Unframer,
    /// Queries that were told of and have no reply yet.
    waiting: usize,
    replies: VecDeque<Bytes>,
    /// Since when a reply is on its way that the client has not taken.
    unsent_since: Option<Duration>,
    /// Since when nothing has happened.
    quiet_since: Duration,
    /// Something has happened since then, at a time that is not known yet.
    stirred: bool,
    ended: bool,
    failed: Option<StreamError>,
}

/// Limits of a name server on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamRules {
    /// Queries worked on at once.
    pub pipelined: usize,
    /// How long the client may ask for nothing while nothing is worked on, and how long it may take over one reply.
    pub idle: Duration,
}

/// Why a name server ends a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// What came is no message behind its length.
    #[error(transparent)]
    Framing(#[from] DnsFramingError),
    /// The client asked for nothing.
    #[error("nothing was asked for {} s", limit.as_secs())]
    Idle {
        /// How long it was waited for.
        limit: Duration,
    },
    /// The client does not take its replies.
    #[error("a reply was not taken for {} s", limit.as_secs())]
    Unread {
        /// How long it was waited for.
        limit: Duration,
    },
}

impl StreamError {
    /// Where the rule stands.
    pub fn clause(self) -> &'static str {
        match self {
            Self::Framing(error) => error.clause(),
            Self::Idle { .. } | Self::Unread { .. } => "RFC 7766 §6.2.3",
        }
    }
}

impl StreamServer {
    /// A fresh connection's session.
    pub fn new(rules: StreamRules) -> Self {
        Self {
            rules,
            unframer: Unframer::default(),
            waiting: 0,
            replies: VecDeque::new(),
            unsent_since: None,
            quiet_since: Duration::ZERO,
            stirred: true,
            ended: false,
            failed: None,
        }
    }

    /// The reply to one of the queries that were handed out; `None` where it gets none. A reply too long for a stream is none.
    pub fn reply(&mut self, message: Option<&[u8]>) {
        self.waiting = self.waiting.saturating_sub(1);
        self.stirred = true;
        self.replies.extend(message.and_then(|message| framed(message).ok()));
    }

    fn next(&mut self, now: Duration) -> Result<Step<Bytes>, StreamError> {
        let limit = self.rules.idle;
        // One reply after the other, so that each has its own time to be taken.
        if let Some(since) = self.unsent_since {
            let deadline = since.saturating_add(limit);
            return if now < deadline { Ok(Step::WakeAt(deadline)) } else { Err(StreamError::Unread { limit }) };
        }
        if let Some(bytes) = self.replies.pop_front() {
            self.unsent_since = Some(now);
            return Ok(Step::Send(Outgoing { bytes, secret: None }));
        }
        if self.waiting < self.rules.pipelined
            && let Some(query) = self.unframer.next_message()?
        {
            self.waiting += 1;
            return Ok(Step::Event(query));
        }
        if self.waiting > 0 {
            // Somebody else keeps this server waiting, not its client.
            return Ok(Step::NeedInput);
        }
        if self.ended {
            self.unframer.end()?;
            return Ok(Step::Done);
        }
        let deadline = self.quiet_since.saturating_add(limit);
        if now < deadline { Ok(Step::WakeAt(deadline)) } else { Err(StreamError::Idle { limit }) }
    }
}

impl Session for StreamServer {
    /// A query, without its length.
    type Event = Bytes;
    type Error = StreamError;

    fn receive(&mut self, bytes: &[u8]) {
        self.unframer.receive(bytes);
        self.stirred = true;
    }

    fn receive_end(&mut self) {
        self.ended = true;
    }

    fn step(&mut self, now: Duration) -> Result<Step<Bytes>, StreamError> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        if mem::take(&mut self.stirred) {
            self.quiet_since = now;
        }
        let step = self.next(now);
        self.failed = step.as_ref().err().copied();
        step
    }

    fn wants_input(&self) -> bool {
        self.waiting < self.rules.pipelined && self.unsent_since.is_none()
    }

    fn sent(&mut self, now: Duration) {
        self.unsent_since = None;
        self.quiet_since = now;
    }
}

#[cfg(test)]
mod a_stream_of_queries {
    use proptest::prelude::*;

    use super::*;

    const RULES: StreamRules = StreamRules { pipelined: 2, idle: Duration::from_secs(10) };

    fn query(number: u8) -> Bytes {
        framed(&[number; 12]).unwrap()
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn is_answered_in_any_order_and_only_so_much_of_it_at_once() {
        let mut server = StreamServer::new(RULES);
        for number in 1..=3 {
            server.receive(&query(number));
        }
        server.receive_end();
        for number in 1..=2 {
            assert_eq!(server.step(at(1)), Ok(Step::Event(Bytes::from(vec![number; 12]))));
        }
        assert_eq!(server.step(at(1)), Ok(Step::NeedInput));
        assert!(!server.wants_input());
        server.reply(Some(&[22; 12]));
        server.reply(None);
        let Ok(Step::Send(reply)) = server.step(at(2)) else { panic!("a reply") };
        assert_eq!(reply.bytes, framed(&[22; 12]).unwrap());
        assert_eq!(server.step(at(2)), Ok(Step::WakeAt(at(12))), "until it is taken nothing else happens");
        server.sent(at(3));
        assert_eq!(server.step(at(3)), Ok(Step::Event(Bytes::from(vec![3; 12]))));
        server.reply(None);
        assert_eq!(server.step(at(4)), Ok(Step::Done));
    }

    #[test]
    fn ends_when_its_client_asks_nothing_or_takes_nothing() {
        let mut server = StreamServer::new(RULES);
        assert_eq!(server.step(at(0)), Ok(Step::WakeAt(at(10))));
        server.receive(&query(1));
        assert!(matches!(server.step(at(9)), Ok(Step::Event(_))));
        assert_eq!(server.step(at(100)), Ok(Step::NeedInput), "the reply is still to come");
        server.reply(Some(&[1; 12]));
        assert!(matches!(server.step(at(100)), Ok(Step::Send(_))));
        server.sent(at(105));
        assert_eq!(server.step(at(105)), Ok(Step::WakeAt(at(115))));
        assert_eq!(server.step(at(115)), Err(StreamError::Idle { limit: at(10) }));

        let mut server = StreamServer::new(RULES);
        server.receive(&query(1));
        assert!(matches!(server.step(at(0)), Ok(Step::Event(_))));
        server.reply(Some(&[1; 12]));
        assert!(matches!(server.step(at(1)), Ok(Step::Send(_))));
        assert_eq!(server.step(at(11)), Err(StreamError::Unread { limit: at(10) }));
    }

    proptest! {
        #[test]
        fn of_any_octets_never_panics(octets in proptest::collection::vec(any::<u8>(), 0..2_000), piece in 1..65usize) {
            let mut server = StreamServer::new(RULES);
            for octets in octets.chunks(piece) {
                server.receive(octets);
                while let Ok(Step::Event(query)) = server.step(Duration::ZERO) {
                    prop_assert!(query.len() >= 12);
                    server.reply(None);
                }
            }
            server.receive_end();
            server.step(Duration::ZERO).ok();
        }
    }
}
