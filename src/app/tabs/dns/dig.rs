//! What a command for dig has to say of a server.

use std::net::SocketAddr;

use crate::{
    engine::{bridge::PublishedService, copy_as::shell},
    proto::dns::trace::QueryTransport,
};

/// A server that dig is to ask.
#[derive(Clone, Copy, Debug)]
pub(super) struct DigServer<'a> {
    /// Its name, or its address.
    pub(super) server: &'a str,
    /// Where it is, where that is known.
    pub(super) ip_port: Option<SocketAddr>,
    pub(super) port: u16,
    pub(super) over: QueryTransport,
    /// Is it a server of the lab?
    pub(super) lab: bool,
}

/// Whom dig is to ask, in its own words.
///
/// # Errors
/// A server of the lab that the gateway does not publish: at its address another host would answer, out in the Internet.
pub(super) fn dig_at(asked: DigServer<'_>, gateway: &[PublishedService]) -> Result<String, String> {
    let DigServer { server, ip_port, port, over, lab } = asked;
    let server = server.trim().trim_end_matches('.');
    let (at, port) = if lab {
        let is_it = |published: &&PublishedService| {
            published.speaks() == "dns"
                && published.host.eq_ignore_ascii_case(server)
                && published.port == port
                && (published.datagrams || over == QueryTransport::Tcp)
        };
        let published = gateway.iter().find(is_it).ok_or_else(|| unpublished(server, gateway))?;
        (published.ip_port.ip().to_string(), published.ip_port.port())
    } else {
        (ip_port.map_or_else(|| server.to_owned(), |ip_port| ip_port.ip().to_string()), port)
    };
    let port = if port == DNS_PORT { String::new() } else { format!(" -p {port}") };
    Ok(format!("{}{port}", shell(&format!("@{at}"))))
}

fn unpublished(server: &str, gateway: &[PublishedService]) -> String {
    if gateway.is_empty() {
        "dig cannot reach into the lab: turn the gateway on, in the bar below.".to_owned()
    } else {
        format!("The gateway publishes no name server {server} on this port.")
    }
}

/// How dig is told to go over this and nothing else: by itself it asks for ANY over TCP, and again over TCP for what was cut off.
pub(super) fn transport(over: QueryTransport) -> &'static str {
    if over == QueryTransport::Tcp { "+tcp" } else { "+notcp +ignore" }
}

/// The question, each part one word of the shell.
pub(super) fn question(name: &str, kind: &str) -> String {
    let name = if name.is_empty() { "." } else { name };
    // As it stands, not as the DNS writes what is not ASCII.
    let as_it_is = if name.is_ascii() { "" } else { "+noidnin " };
    format!("{as_it_is}-q {} -t {}", shell(name), shell(kind))
}

/// Where dig asks unless it is told otherwise.
const DNS_PORT: u16 = 53;

#[cfg(test)]
mod whom_dig_asks {
    use super::*;

    #[test]
    fn in_the_lab_is_whom_the_gateway_publishes() {
        let published = PublishedService {
            host: "dns.umass.edu".to_owned(),
            service: "dns".to_owned(),
            port: 53,
            ip_port: ([127, 0, 0, 1], 5_301).into(),
            connections: true,
            datagrams: true,
        };
        let asked = DigServer {
            server: "dns.umass.edu.",
            ip_port: Some(([128, 119, 240, 1], 53).into()),
            port: 53,
            over: QueryTransport::Udp,
            lab: true,
        };
        assert_eq!(dig_at(asked, std::slice::from_ref(&published)).unwrap(), "@127.0.0.1 -p 5301");
        assert!(dig_at(asked, &[]).unwrap_err().contains("turn the gateway on"));
        let other = DigServer { server: "dns.poly.edu", ..asked };
        assert!(dig_at(other, &[published]).unwrap_err().contains("no name server dns.poly.edu"));
    }

    #[test]
    fn on_the_internet_is_told_by_address_or_name_with_the_port() {
        let asked =
            DigServer { server: "ns.example", ip_port: None, port: 5_353, over: QueryTransport::Udp, lab: false };
        assert_eq!(dig_at(asked, &[]).unwrap(), "@ns.example -p 5353");
        let by_address = DigServer { ip_port: Some(([192, 0, 2, 1], 53).into()), port: 53, ..asked };
        assert_eq!(dig_at(by_address, &[]).unwrap(), "@192.0.2.1");
        let wild = DigServer { server: "x; rm -rf ~", ..asked };
        assert_eq!(dig_at(wild, &[]).unwrap(), "'@x; rm -rf ~' -p 5353");
    }
}
