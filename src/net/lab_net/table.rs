//! The connection table, as `ss` or `netstat` show it on a real host.

use std::{fmt, net::SocketAddr};

use serde::{Deserialize, Serialize};

/// States of a TCP connection, RFC 9293 §3.3.2. TIME-WAIT is passed through in no time: a closed connection's four-tuple is free
/// at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TcpState {
    /// Waiting for any connection request.
    Listen,
    /// Waiting for a matching connection request after having sent one.
    SynSent,
    /// Waiting for the confirmation of a connection request after having both received and sent one.
    SynReceived,
    /// Open: data can be sent both ways.
    Established,
    /// Waiting for the peer's FIN, or for the acknowledgement of our own.
    FinWait1,
    /// Waiting for the peer's FIN.
    FinWait2,
    /// The peer has closed; waiting for the application here to close.
    CloseWait,
    /// Both have closed; waiting for the acknowledgement of our FIN.
    Closing,
    /// Waiting for the acknowledgement of our FIN, the peer's having come first.
    LastAck,
    /// No connection.
    Closed,
}

impl TcpState {
    /// The state after this end has sent its FIN.
    pub(super) fn after_sending_fin(self) -> Self {
        match self {
            Self::SynReceived | Self::Established => Self::FinWait1,
            Self::CloseWait => Self::LastAck,
            other => other,
        }
    }

    /// The state after the peer's FIN has come.
    pub(super) fn after_receiving_fin(self) -> Self {
        match self {
            Self::SynReceived | Self::Established => Self::CloseWait,
            Self::FinWait1 => Self::Closing,
            Self::FinWait2 => Self::Closed,
            other => other,
        }
    }

    /// The state after this end's FIN has been acknowledged.
    pub(super) fn after_ack_of_fin(self) -> Self {
        match self {
            Self::FinWait1 => Self::FinWait2,
            Self::Closing | Self::LastAck => Self::Closed,
            other => other,
        }
    }
}

impl fmt::Display for TcpState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Listen => "LISTEN",
            Self::SynSent => "SYN-SENT",
            Self::SynReceived => "SYN-RECEIVED",
            Self::Established => "ESTABLISHED",
            Self::FinWait1 => "FIN-WAIT-1",
            Self::FinWait2 => "FIN-WAIT-2",
            Self::CloseWait => "CLOSE-WAIT",
            Self::Closing => "CLOSING",
            Self::LastAck => "LAST-ACK",
            Self::Closed => "CLOSED",
        })
    }
}

/// One connection as a host's connection table shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketRow {
    /// This host's end.
    pub local: SocketAddr,
    /// The other end.
    pub remote: SocketAddr,
    /// Its state.
    pub state: TcpState,
    /// Octets of data received in order.
    pub octets_in: u64,
    /// Octets of data sent, each counted once.
    pub octets_out: u64,
}
