//! A datagram on its way out of a host.

use std::net::SocketAddr;

use bytes::Bytes;

use super::{DatagramRecord, stream::TransitNanos};

/// A datagram that is to be sent.
#[derive(Clone, Debug)]
pub(super) struct OutgoingDatagram {
    /// The host it leaves, whatever it says in `from`.
    pub(super) at_host: usize,
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) load: Payload,
    pub(super) recorded: Option<DatagramRecord>,
    /// Who intercepts at this host lets it pass.
    pub(super) passes: Option<usize>,
    /// The way it has behind it, where it was stopped and passed on.
    pub(super) behind: Option<TransitNanos>,
}

/// What a packet carries.
#[derive(Clone, Debug)]
pub(super) enum Payload {
    Octets(Bytes),
    /// ICMP port unreachable: the datagram that this packet answers came to a closed port.
    PortUnreachable,
}
