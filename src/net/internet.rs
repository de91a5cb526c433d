//! This machine's Internet: the system's name lookup and the kernel's TCP.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use tokio::net::TcpStream;

use super::{Clock, NetError};
use crate::wire::{ConnectionStep, FlowHandle, Side, units};

/// The addresses of `host`, in the order the system prefers them, each once.
pub(super) async fn lookup(host: &str) -> Result<Vec<IpAddr>, NetError> {
    let found = tokio::net::lookup_host((host, 0)).await.map_err(|error| lookup_failed(error, host))?;
    let mut addresses = Vec::new();
    for ip_port in found {
        if !addresses.contains(&ip_port.ip()) {
            addresses.push(ip_port.ip());
        }
    }
    if addresses.is_empty() { Err(NetError::NoSuchHost { host: host.to_owned() }) } else { Ok(addresses) }
}

/// Connects. The kernel does the handshake, so its SYN, SYN-ACK and ACK are not seen but inferred: the first from the call to
/// connect, the other two from its return.
pub(super) async fn connect(ip_port: SocketAddr, clock: &Clock, flow: &FlowHandle) -> io::Result<TcpStream> {
    flow.step(clock.now(), Side::Client, ConnectionStep::Syn, None);
    let connected = TcpStream::connect(ip_port).await;
    let now = clock.now();
    match &connected {
        Ok(stream) => {
            flow.step(now, Side::Server, ConnectionStep::SynAck, None);
            flow.step(now, Side::Client, ConnectionStep::Ack, None);
            stream.set_nodelay(true)?;
        }
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            flow.step(now, Side::Server, ConnectionStep::Rst, None);
        }
        Err(_) => {}
    }
    connected
}

/// What was found, as a sentence.
pub(super) fn lookup_note(host: &str, addresses: &[IpAddr], took: Duration) -> String {
    let listed: Vec<String> = addresses.iter().take(ADDRESSES_LISTED).map(ToString::to_string).collect();
    let more = match addresses.len().saturating_sub(ADDRESSES_LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("The system's resolver says that {host} is at {}{more} (in {}).", listed.join(", "), units::time(took))
}

/// How many of a name's addresses a note lists.
const ADDRESSES_LISTED: usize = 4;

/// `getaddrinfo` tells its reasons only in words (RFC 3493 §6.1 names them; the words are the C library's) or, on Windows, in
/// numbers.
fn lookup_failed(source: io::Error, host: &str) -> NetError {
    const WSA_HOST_NOT_FOUND: i32 = 11_001;
    const WSA_TRY_AGAIN: i32 = 11_002;
    const WSA_NO_DATA: i32 = 11_004;
    const UNKNOWN: [&str; 4] =
        ["Name or service not known", "No address associated", "nodename nor servname", "Name does not resolve"];
    const SILENT: [&str; 2] = ["Temporary failure in name resolution", "Try again"];
    let host = host.to_owned();
    let words = source.to_string();
    let says = |reasons: &[&str]| reasons.iter().any(|reason| words.contains(reason));
    match source.raw_os_error() {
        Some(WSA_HOST_NOT_FOUND | WSA_NO_DATA) => NetError::NoSuchHost { host },
        Some(WSA_TRY_AGAIN) => NetError::NoNameServer { host, source },
        _ if says(&UNKNOWN) || source.kind() == io::ErrorKind::InvalidInput => NetError::NoSuchHost { host },
        _ if says(&SILENT) => NetError::NoNameServer { host, source },
        _ => NetError::LookupFailed { host, source },
    }
}

#[cfg(test)]
mod a_failed_lookup {
    use super::*;

    fn said(words: &str) -> NetError {
        lookup_failed(io::Error::other(format!("failed to lookup address information: {words}")), "www.example.org")
    }

    #[test]
    fn tells_a_name_that_is_not_from_a_network_that_is_not() {
        for words in ["Name or service not known", "nodename nor servname provided, or not known"] {
            assert!(matches!(said(words), NetError::NoSuchHost { host } if host == "www.example.org"), "{words}");
        }
        let offline = said("Temporary failure in name resolution");
        assert_eq!(offline.to_string(), "no name server answered for www.example.org: is this machine online?");
        assert!(matches!(said("Memory allocation failure"), NetError::LookupFailed { .. }));
        let on_windows = lookup_failed(io::Error::from_raw_os_error(11_001), "www.example.org");
        assert!(matches!(on_windows, NetError::NoSuchHost { .. }));
    }

    #[test]
    fn is_not_what_a_found_name_is_told_as() {
        let addresses: Vec<IpAddr> = (1..=6).map(|n| IpAddr::from([192, 0, 2, n])).collect();
        assert_eq!(
            lookup_note("www.example.org", &addresses, Duration::from_millis(12)),
            "The system's resolver says that www.example.org is at 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4 and 2 more \
             (in 12.0 ms)."
        );
    }
}
