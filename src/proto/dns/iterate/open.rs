//! Outstanding queries: which server was asked what, and how long its answer is waited for.

use std::{net::SocketAddr, time::Duration};

use super::Token;
use crate::proto::dns::{Name, RecordType, trace::QueryTransport};

/// A query that may still be answered.
#[derive(Debug)]
pub(super) struct OutstandingQuery {
    pub(super) token: Token,
    pub(super) task: usize,
    pub(super) step: u32,
    pub(super) to: SocketAddr,
    pub(super) id: u16,
    pub(super) asked: ServerQuestion,
    pub(super) sent_at: Duration,
    /// When another server is tried; `None` once that was done, and the answer may only come late.
    pub(super) patience_ends: Option<Duration>,
    /// When even a late answer is no longer waited for.
    pub(super) ends: Duration,
    /// Messages that were no answer to it.
    pub(super) forged: u32,
    /// One of them would have been an answer, had it repeated the letters' case (0x20).
    pub(super) lost_case: bool,
}

/// What is put to a server, and how.
#[derive(Clone, Debug)]
pub(super) struct ServerQuestion {
    pub(super) name: Name,
    pub(super) kind: RecordType,
    /// The zone as whose server it is asked, and within which it is believed.
    pub(super) zone: Name,
    pub(super) over: QueryTransport,
    pub(super) with_edns: bool,
}

impl OutstandingQuery {
    pub(super) fn deadline(&self) -> Duration {
        self.patience_ends.unwrap_or(self.ends)
    }

    pub(super) fn is_datagram(&self) -> bool {
        self.asked.over == QueryTransport::Udp
    }
}
