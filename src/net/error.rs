//! What can go wrong on the way, and whose move it is then.

use std::{fmt, io, net::SocketAddr, time::Duration};

use crate::{
    proto::dns::iterate::Unresolved,
    wire::{Blame, Failure, Side, units},
};

/// Why octets could not be carried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetError {
    /// The name has no address.
    #[error("there is no host named {host}: check the spelling")]
    NoSuchHost {
        /// The name asked for.
        host: String,
    },
    /// Nobody answered for the name.
    #[error("no name server answered for {host}: is this machine online?")]
    NoNameServer {
        /// The name asked for.
        host: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The system's lookup failed for another reason.
    #[error("the name {host} could not be looked up")]
    LookupFailed {
        /// The name asked for.
        host: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The name system was asked, and could not say.
    #[error("the addresses of {host} could not be found out")]
    Unresolved {
        /// The name asked for.
        host: String,
        /// What went wrong.
        #[source]
        why: Unresolved,
    },
    /// The local name server could not say.
    #[error("the local name server answered {code} when it was asked for {host}")]
    NameServerFailed {
        /// The name asked for.
        host: String,
        /// Its response code.
        code: String,
    },
    /// The host answered that nothing listens there.
    #[error("{} refused the connection: the host is up, no process listens on port {port}", units::host_port(host, *port))]
    Refused {
        /// Host as asked for.
        host: String,
        /// The port.
        port: u16,
        /// The address tried.
        ip_port: Option<SocketAddr>,
    },
    /// The host answered that no process receives datagrams there.
    #[error(
        "{} is unreachable: the host is up, and said that no process receives datagrams on port {port}",
        units::host_port(host, *port)
    )]
    PortUnreachable {
        /// Host as asked for.
        host: String,
        /// The port.
        port: u16,
    },
    /// More than a datagram may carry.
    #[error("a datagram of {octets} octets is too long: UDP carries at most {}", super::MAX_DATAGRAM)]
    DatagramTooLong {
        /// What was to be sent.
        octets: usize,
    },
    /// The port that was to be sent from is another socket's.
    #[error("port {port} of this host is taken by another socket")]
    LocalPortTaken {
        /// The port.
        port: u16,
    },
    /// A router, or this machine itself, found no way to the host.
    #[error(
        "no route to {ip_port}: the network it is in is known, the host is not answering there or a firewall says no"
    )]
    HostUnreachable {
        /// The address tried.
        ip_port: SocketAddr,
    },
    /// Nobody answered.
    #[error("{ip_port} did not answer: the host is down, or something on the way drops its packets")]
    NoAnswer {
        /// The address tried.
        ip_port: SocketAddr,
    },
    /// No way to the whole network the address is in.
    #[error("no route to the network of {ip_port}: this machine has no connection that leads there")]
    NetworkUnreachable {
        /// The address tried.
        ip_port: SocketAddr,
    },
    /// The machine's own network is switched off.
    #[error("this machine's network is down: switch it on, or use the lab, which needs none")]
    NetworkDown,
    /// This machine forbids it.
    #[error("this machine does not permit a connection to {ip_port}: a local firewall or policy says no")]
    Forbidden {
        /// The address tried.
        ip_port: SocketAddr,
    },
    /// A stage took too long.
    #[error("{stage} did not finish within {}", units::time(*.limit))]
    TimedOut {
        /// Which stage.
        stage: Stage,
        /// The limit that was passed.
        limit: Duration,
    },
    /// The other end reset the connection.
    #[error("the connection was reset by the other end")]
    Reset,
    /// The other end had closed the connection while this one was still sending.
    #[error("the other end closed the connection before it had received everything")]
    Closed,
    /// The other end stopped in the middle of the TLS handshake.
    #[error("the {} closed the connection during the TLS handshake", side(*.by))]
    ClosedInTls {
        /// Which end stopped.
        by: Side,
    },
    /// TLS was agreed on in the clear, and more came in the clear behind the agreement.
    #[error(
        "{} came in the clear behind the agreement to speak TLS: somebody on the way may have put there what was to be taken for \
         something said under TLS",
        units::count_octets(*.octets as u64)
    )]
    OctetsBeforeTls {
        /// How many octets.
        octets: usize,
    },
    /// The session asked for TLS in the middle of the conversation, and nothing was prepared for that.
    #[error("TLS cannot be begun in the middle of this conversation")]
    NoStartTls,
    /// What listens there speaks something else.
    #[error("{host} does not speak TLS on this port: its answer is no TLS record")]
    NotTls {
        /// Host as asked for.
        host: String,
        /// What was wrong with its answer.
        #[source]
        source: rustls::Error,
    },
    /// A server was to speak TLS, and its client says something else.
    #[error("the client does not speak TLS: what it sent is no TLS record")]
    NoClientHello {
        /// What was wrong with it.
        #[source]
        source: rustls::Error,
    },
    /// Both ends speak TLS and nothing in common above it.
    #[error("{host} speaks none of the protocols it was offered above TLS (ALPN)")]
    NoCommonProtocol {
        /// Host as asked for.
        host: String,
    },
    /// TLS needs a name or address it can compare with a certificate.
    #[error("{host} is neither a host name nor an address that a certificate could be for")]
    NameUnfitForTls {
        /// Host as asked for.
        host: String,
        /// What is wrong with it.
        #[source]
        source: rustls::pki_types::InvalidDnsNameError,
    },
    /// The certificate is not accepted.
    #[error("the certificate of {host} is not accepted")]
    Certificate {
        /// Host as asked for.
        host: String,
        /// What is wrong with it.
        #[source]
        problem: CertificateProblem,
    },
    /// This machine has no certificates of authorities to check others by.
    #[error("this machine trusts no certificate authority: none is installed (on Debian: package ca-certificates)")]
    NoAuthorities(#[source] rustls::Error),
    /// TLS was refused by either end.
    #[error("TLS could not be established")]
    Tls(#[source] rustls::Error),
    /// Anything else the operating system says.
    #[error("the operating system reports an error")]
    Io(#[source] io::Error),
}

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateProblem {
    /// Past its end.
    #[error("it was valid until {until} and has expired")]
    Expired {
        /// Its last day, `2026-01-31`.
        until: String,
    },
    /// Before its beginning.
    #[error("it is valid from {from} on, which is still to come (or this machine's clock is wrong)")]
    NotYetValid {
        /// Its first day.
        from: String,
    },
    /// It names another host.
    #[error("it is for {}, not for {wanted}", listed(.names))]
    WrongName {
        /// The name asked for.
        wanted: String,
        /// The names it is for.
        names: Vec<String>,
    },
    /// Its issuer is not among the authorities that are trusted here.
    #[error("it was issued by {issuer}, which is no authority trusted here")]
    UnknownIssuer {
        /// Who signed it.
        issuer: String,
    },
    /// Its signature was not made with the key of the issuer it names.
    #[error("it says that {issuer} issued it, and its signature shows that this is not so")]
    Forged {
        /// Who it says signed it.
        issuer: String,
    },
    /// Taken back by its issuer.
    #[error("its issuer has revoked it")]
    Revoked,
    /// Another fault that rustls found.
    #[error("{0}")]
    Other(rustls::CertificateError),
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

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
        Failure::from_error(self, self.blame(), self.clause())
    }

    /// Whose move it is.
    pub fn blame(&self) -> Blame {
        match self {
            Self::DatagramTooLong { .. }
            | Self::LocalPortTaken { .. }
            | Self::Forbidden { .. }
            | Self::NameUnfitForTls { .. }
            | Self::NoStartTls
            | Self::NoAuthorities(_) => Blame::Input,
            Self::ClosedInTls { .. }
            | Self::OctetsBeforeTls { .. }
            | Self::NotTls { .. }
            | Self::NoClientHello { .. }
            | Self::Certificate { .. }
            | Self::Tls(_) => Blame::Peer,
            Self::NoCommonProtocol { .. } => Blame::NotOffered,
            Self::TimedOut { .. } => Blame::TimeOut,
            Self::NoSuchHost { .. }
            | Self::Unresolved { .. }
            | Self::NameServerFailed { .. }
            | Self::NoNameServer { .. }
            | Self::LookupFailed { .. }
            | Self::Refused { .. }
            | Self::PortUnreachable { .. }
            | Self::HostUnreachable { .. }
            | Self::NoAnswer { .. }
            | Self::NetworkUnreachable { .. }
            | Self::NetworkDown
            | Self::Reset
            | Self::Closed
            | Self::Io(_) => Blame::Network,
        }
    }

    /// Where the rule behind it stands.
    pub fn clause(&self) -> Option<&'static str> {
        match self {
            Self::NoSuchHost { .. } | Self::NameServerFailed { .. } => Some("RFC 1035 §4.1.1"),
            Self::Unresolved { .. } => Some("RFC 1034 §5.3.3"),
            Self::Refused { .. } | Self::Reset => Some("RFC 9293 §3.5.2"),
            Self::PortUnreachable { .. } => Some("RFC 1122 §3.2.2.1"),
            Self::DatagramTooLong { .. } => Some("RFC 768"),
            Self::HostUnreachable { .. } | Self::NetworkUnreachable { .. } => Some("RFC 792"),
            Self::NoAnswer { .. } | Self::TimedOut { stage: Stage::Connect, .. } => Some("RFC 9293 §3.8.3"),
            Self::Closed => Some("RFC 9293 §3.6.1"),
            Self::ClosedInTls { .. } => Some("RFC 8446 §6.1"),
            Self::OctetsBeforeTls { .. } => Some("RFC 9051 §6.2.1"),
            Self::NotTls { .. } | Self::NoClientHello { .. } => Some("RFC 8446 §5.1"),
            Self::NoCommonProtocol { .. } => Some("RFC 7301 §3.2"),
            Self::Tls(_) => Some("RFC 8446 §6.2"),
            Self::Certificate { problem, .. } => Some(problem.clause()),
            Self::NameUnfitForTls { .. } => Some("RFC 9525 §6.1"),
            Self::NoNameServer { .. }
            | Self::LookupFailed { .. }
            | Self::NetworkDown
            | Self::LocalPortTaken { .. }
            | Self::Forbidden { .. }
            | Self::TimedOut { .. }
            | Self::NoStartTls
            | Self::NoAuthorities(_)
            | Self::Io(_) => None,
        }
    }

    /// What the operating system (or the lab, in its words) says about an open connection.
    pub fn from_open(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => Self::Reset,
            io::ErrorKind::BrokenPipe => Self::Closed,
            io::ErrorKind::NetworkDown => Self::NetworkDown,
            _ => match error.downcast::<rustls::Error>() {
                Ok(tls) => Self::Tls(tls),
                Err(error) => Self::Io(error),
            },
        }
    }

    /// What it says when datagrams cannot be sent to `ip_port`, an address of `host`, or none can be received from there any more.
    pub(super) fn from_datagrams(error: io::Error, host: &str, ip_port: SocketAddr) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => {
                Self::PortUnreachable { host: host.to_owned(), port: ip_port.port() }
            }
            _ => Self::from_connect(error, host, ip_port),
        }
    }

    /// What it says when a connection to `ip_port`, an address of `host`, cannot be opened.
    pub(super) fn from_connect(error: io::Error, host: &str, ip_port: SocketAddr) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => {
                Self::Refused { host: host.to_owned(), port: ip_port.port(), ip_port: Some(ip_port) }
            }
            io::ErrorKind::HostUnreachable => Self::HostUnreachable { ip_port },
            io::ErrorKind::NetworkUnreachable => Self::NetworkUnreachable { ip_port },
            io::ErrorKind::TimedOut => Self::NoAnswer { ip_port },
            io::ErrorKind::PermissionDenied => Self::Forbidden { ip_port },
            _ => Self::from_open(error),
        }
    }
}

impl CertificateProblem {
    /// Where the rule stands.
    pub fn clause(&self) -> &'static str {
        match self {
            Self::Expired { .. } | Self::NotYetValid { .. } => "RFC 5280 §4.1.2.5",
            Self::WrongName { .. } => "RFC 9525 §6",
            Self::UnknownIssuer { .. } | Self::Forged { .. } => "RFC 5280 §6.1",
            Self::Revoked => "RFC 5280 §6.3",
            Self::Other(_) => "RFC 5280",
        }
    }
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Client => "client",
        Side::Server => "server",
    }
}

/// How many of a certificate's names a sentence lists.
const NAMES_LISTED: usize = 4;

fn listed(names: &[String]) -> String {
    match names.len() {
        0 => "no name at all".to_owned(),
        1..=NAMES_LISTED => names.join(", "),
        more => format!(
            "{} and {} more",
            names.iter().take(NAMES_LISTED).cloned().collect::<Vec<_>>().join(", "),
            more - NAMES_LISTED
        ),
    }
}
