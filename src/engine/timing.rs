//! When each part of fetching an object took place.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{net::TimeSpan, wire::FlowId};

/// One object of a page, as it was fetched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectTiming {
    /// Its URL.
    pub url: Url,
    /// Status code of the final response; `None` when there was none.
    pub status: Option<u16>,
    /// Media type, without parameters.
    pub media_type: Option<String>,
    /// The connection it came over.
    pub connection: Option<FlowId>,
    /// That connection's number within this page load, from 1.
    pub connection_number: u32,
    /// Request octets on the wire.
    pub request_octets: u64,
    /// Response octets on the wire: head, content and framing.
    pub response_octets: u64,
    /// Of which content.
    pub content_octets: u64,
    /// Its phases.
    pub phases: Phases,
    /// Why it could not be had.
    pub failure: Option<crate::wire::Failure>,
}

/// Phases in order. A reused connection shows no dns, connect and tls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phases {
    /// Known but waiting for a free connection.
    pub queue: Option<TimeSpan>,
    /// Name lookup.
    pub dns: Option<TimeSpan>,
    /// TCP handshake.
    pub connect: Option<TimeSpan>,
    /// TLS handshake.
    pub tls: Option<TimeSpan>,
    /// Request leaves this end.
    pub send: Option<TimeSpan>,
    /// From the request's last octet out to the response's first octet in.
    pub wait: Option<TimeSpan>,
    /// From the response's first octet to its last.
    pub receive: Option<TimeSpan>,
}

impl Phases {
    /// The same without the time it waited for its turn.
    #[must_use]
    pub fn without_queue(&self) -> Self {
        Self { queue: None, ..*self }
    }

    /// From the beginning of the first to the end of the last; `None` where there was none.
    pub fn span(&self) -> Option<TimeSpan> {
        let Self { queue, dns, connect, tls, send, wait, receive } = *self;
        let known = [queue, dns, connect, tls, send, wait, receive].into_iter().flatten();
        known.reduce(|all, one| TimeSpan { from: all.from.min(one.from), to: all.to.max(one.to) })
    }
}
