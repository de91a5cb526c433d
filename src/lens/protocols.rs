//! The table of all protocols that can be read: one row each.

use super::{
    dns, h2, http, plain,
    protocol::{Claim, Opening, Protocol},
    tls,
};

/// Every protocol, in the order in which they may claim a flow: the first one that says yes has it, once all before it have said no.
/// What is told by fewer octets, or by a port, comes before what fits more.
pub static PROTOCOLS: [&dyn Protocol; 6] =
    [dns::DATAGRAMS, dns::OVER_TCP, tls::TLS, h2::HTTP2, http::HTTP1, plain::PLAIN];

/// Which protocol a flow that begins like this speaks; `None` while that cannot be told.
pub fn choose(opening: &Opening<'_>) -> Option<&'static dyn Protocol> {
    for protocol in PROTOCOLS {
        match protocol.claims(opening) {
            Claim::Yes => return Some(protocol),
            Claim::Undecided if !opening.is_final => return None,
            Claim::Undecided | Claim::No => {}
        }
    }
    Some(plain::PLAIN)
}
