//! Which protocol a flow speaks, told by what is said first.

use super::dns;
use crate::{
    proto::http::{head::is_tchar, server::HTTP2_PREFACE},
    wire::{Content, End, Flow, FlowKind, Layer},
};

/// What is spoken, as far as can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    Undecided,
    Http1,
    Http2,
    /// A message a datagram.
    Dns,
    DnsOverTcp,
    /// Nothing this room reads.
    Other,
}

impl Spoken {
    /// By the flow's ends, and of datagrams by the first one; undecided where neither tells.
    pub(super) fn by_flow(flow: &Flow) -> Self {
        match flow.kind {
            FlowKind::Datagrams if has_dns_port(flow) => Self::Dns,
            FlowKind::Datagrams => {
                let said = flow.events.iter().find_map(|event| match &event.content {
                    Content::Octets(octets) if event.layer == Layer::Datagram => Some(octets),
                    Content::Octets(_) | Content::Step(_) => None,
                });
                said.map_or(
                    Self::Undecided,
                    |octets| if dns::is_likely(&octets.bytes) { Self::Dns } else { Self::Other },
                )
            }
            FlowKind::Connection if port(&flow.ends.server) == Some(DNS_PORT) => Self::DnsOverTcp,
            FlowKind::Connection | FlowKind::Run | FlowKind::Page | FlowKind::Lookup => Self::Undecided,
        }
    }

    /// By the client's first octets; undecided while they may still become HTTP/2's preface, unless nothing more will come.
    pub(super) fn by_client(begins: &[u8], ended: bool) -> Self {
        let preface = HTTP2_PREFACE.get(..begins.len().min(HTTP2_PREFACE.len())).unwrap_or_default();
        let could_be_preface = begins.starts_with(preface);
        let whole = begins.len() >= HTTP2_PREFACE.len();
        let could_be_request = |octet: &u8| is_tchar(*octet) || b"\r\n".contains(octet);
        match () {
            () if begins.is_empty() && !ended => Self::Undecided,
            () if could_be_preface && whole => Self::Http2,
            () if could_be_preface && !ended => Self::Undecided,
            () if begins.first().is_some_and(could_be_request) => Self::Http1,
            () if is_dns_over_tcp(begins) => Self::DnsOverTcp,
            () => Self::Other,
        }
    }

    /// By what a server says before its client has said enough.
    pub(super) fn by_server(begins: &[u8]) -> Self {
        if begins.starts_with(b"HTTP/") { Self::Http1 } else { Self::Other }
    }
}

/// One whole DNS message behind its length, and nothing else.
fn is_dns_over_tcp(begins: &[u8]) -> bool {
    let Some((length, message)) = begins.split_first_chunk() else { return false };
    usize::from(u16::from_be_bytes(*length)) == message.len() && dns::is_likely(message)
}

/// Is either end where name servers listen?
pub(super) fn has_dns_port(flow: &Flow) -> bool {
    [&flow.ends.client, &flow.ends.server].into_iter().any(|end| port(end) == Some(DNS_PORT))
}

fn port(end: &End) -> Option<u16> {
    end.ip_port.map(|ip_port| ip_port.port())
}

/// Where name servers listen (RFC 1035 §4.2).
const DNS_PORT: u16 = 53;
