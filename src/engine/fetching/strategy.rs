//! How a page's objects are fetched: over how many connections, which are kept or not, and what waits for what.

use serde::{Deserialize, Serialize};

/// How a page's objects are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Non-persistent, one after the other.
    Serial,
    /// Non-persistent, k at once.
    Parallel,
    /// One persistent connection, one request at a time.
    Persistent,
    /// k persistent connections.
    PersistentParallel,
    /// One persistent connection, all requests at once.
    Pipelined,
    /// HTTP/2, one connection.
    Http2,
}

/// When a parallel strategy opens its next connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Discipline {
    /// As soon as one is free, as browsers do: the formula is an upper bound.
    #[default]
    WorkConserving,
    /// All k finish before the next k start, as the formula assumes.
    Waves,
}

impl Strategy {
    /// All, in the order of the textbook.
    pub const ALL: [Self; 6] =
        [Self::Serial, Self::Parallel, Self::Persistent, Self::PersistentParallel, Self::Pipelined, Self::Http2];

    /// As reports and the command line write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Serial => "serial",
            Self::Parallel => "parallel",
            Self::Persistent => "persistent",
            Self::PersistentParallel => "persistent-parallel",
            Self::Pipelined => "pipelined",
            Self::Http2 => "http2",
        }
    }

    /// As a textbook says it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Serial => "non-persistent, one after the other",
            Self::Parallel => "non-persistent, several at once",
            Self::Persistent => "persistent, one request at a time",
            Self::PersistentParallel => "persistent, several connections",
            Self::Pipelined => "persistent, pipelined",
            Self::Http2 => "HTTP/2",
        }
    }
}
