//! The name servers this system is configured with: those every program on this machine leaves the search to.

use std::net::SocketAddr;

use hickory_resolver::{net::NetError, system_conf::read_system_conf};

/// Why it is not known whom this system asks.
#[derive(Debug, thiserror::Error)]
pub(super) enum SystemError {
    /// There is no configuration, or it cannot be read.
    #[error("this system's resolver configuration cannot be read")]
    NoConfiguration(#[source] NetError),
    /// It names nobody.
    #[error("this system is configured with no name server")]
    NoServer,
}

/// The configured name servers, in the order they are asked. All listen on the port of the first.
pub(super) fn name_servers() -> Result<Vec<SocketAddr>, SystemError> {
    let (config, _options) = read_system_conf().map_err(SystemError::NoConfiguration)?;
    let ip_ports = config.name_servers().iter().map(|server| {
        let port = server.connections.first().map_or(PORT, |connection| connection.port);
        SocketAddr::new(server.ip, port)
    });
    let mut servers: Vec<SocketAddr> = ip_ports.collect();
    let port = servers.first().map(SocketAddr::port);
    servers.retain(|server| Some(server.port()) == port);
    if servers.is_empty() { Err(SystemError::NoServer) } else { Ok(servers) }
}

/// Where name servers listen (RFC 1035 §4.2).
const PORT: u16 = 53;
