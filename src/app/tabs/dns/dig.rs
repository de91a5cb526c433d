//! What a command for dig has to say of a server.

use std::net::SocketAddr;

use crate::engine::bridge::Published;

/// Whom dig is to ask, in its own words; in the lab by way of the gateway, where that publishes the server.
pub(super) fn dig_at(server: &str, ip_port: Option<SocketAddr>, gateway: &[Published]) -> String {
    let own = gateway.iter().find(|published| {
        published.service.starts_with("dns") && published.host.eq_ignore_ascii_case(server.trim_end_matches('.'))
    });
    match (own, ip_port) {
        (Some(published), _) => format!("@{} -p {}", published.ip_port.ip(), published.ip_port.port()),
        (None, Some(ip_port)) if ip_port.port() == 53 => format!("@{}", ip_port.ip()),
        (None, Some(ip_port)) => format!("@{} -p {}", ip_port.ip(), ip_port.port()),
        (None, None) => format!("@{server}"),
    }
}
