//! The table of all protocols that can be read: one row each.

use super::{
    dns, echo, ftp, h2, http, imap, plain, pop3,
    protocol::{FlowOpening, Protocol, ProtocolClaim},
    smtp, tls,
};

/// Every protocol, in the order in which they may claim a flow: the first one that says yes has it, once all before it have said no.
/// What is told by fewer octets, or by a port, comes before what fits more.
pub static PROTOCOLS: &[&dyn Protocol] = &[
    dns::DATAGRAMS,
    echo::ECHO,
    dns::OVER_TCP,
    tls::TLS,
    smtp::SMTP,
    pop3::POP3,
    imap::IMAP,
    ftp::FTP,
    h2::HTTP2,
    http::HTTP1,
    plain::PLAIN,
];

/// Which protocol a flow that begins like this speaks; `None` while that cannot be told.
pub fn choose(opening: &FlowOpening<'_>) -> Option<&'static dyn Protocol> {
    for protocol in PROTOCOLS {
        match protocol.claims(opening) {
            ProtocolClaim::Yes => return Some(*protocol),
            ProtocolClaim::Undecided if !opening.is_final => return None,
            ProtocolClaim::Undecided | ProtocolClaim::No => {}
        }
    }
    Some(plain::PLAIN)
}
