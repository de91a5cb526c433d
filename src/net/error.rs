//! What can go wrong on the way.

use std::{net::SocketAddr, time::Duration};

use crate::wire::{Blame, Failure};

/// Why octets could not be carried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetError {
    /// The name has no address.
    #[error("there is no host named {host}")]
    NoSuchHost {
        /// The name asked for.
        host: String,
    },
    /// The host answered that nothing listens there.
    #[error("{host}:{port} refused the connection: the host is up, no process listens on port {port}")]
    Refused {
        /// Host as asked for.
        host: String,
        /// Port.
        port: u16,
        /// The address tried.
        ip_port: Option<SocketAddr>,
    },
    /// A stage took too long.
    #[error("{stage} did not finish within {limit:?}")]
    TimedOut {
        /// Which stage.
        stage: Stage,
        /// The limit that was passed.
        limit: Duration,
    },
    /// The other end reset the connection.
    #[error("the connection was reset by the other end")]
    Reset,
    /// TLS was refused by either end.
    #[error("TLS could not be established")]
    Tls(#[source] rustls::Error),
    /// Anything else the operating system says.
    #[error("the operating system reports an error")]
    Io(#[source] std::io::Error),
}

/// A stage with a limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Name lookup.
    Lookup,
    /// TCP handshake.
    Connect,
    /// TLS handshake.
    Tls,
    /// First octet of a response.
    FirstOctet,
    /// The next octets.
    Idle,
    /// The whole.
    Total,
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Lookup => "looking up the name",
            Self::Connect => "connecting",
            Self::Tls => "the TLS handshake",
            Self::FirstOctet => "waiting for the first octet of the response",
            Self::Idle => "waiting for more octets",
            Self::Total => "the whole exchange",
        })
    }
}

impl NetError {
    /// As a person reads it.
    pub fn failure(&self) -> Failure {
        Failure::from_error(self, Blame::Network, None)
    }
}
