//! The lab's name system at work: authoritative servers answer from their zones, the local name server walks down from the root for
//! its clients, and any server may be told to do the walking for others (recursion).

mod joined;
mod journal;
mod server;
#[cfg(test)]
mod stories;

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

pub use self::{
    journal::{Journal, Page},
    server::NameServer,
};
use crate::proto::dns::{Name, iterate::Hint, text::name_from_text, zone::Zone};

/// All name servers of a lab, and what they did.
#[derive(Clone, Debug, Default)]
pub struct Naming {
    servers: BTreeMap<SocketAddr, Arc<NameServer>>,
    journal: Journal,
}

/// A server of the root, as a resolver knows it beforehand.
pub(super) fn hint(name: &str, ip: IpAddr) -> Hint {
    let server = name_from_text(name, &Name::root()).unwrap_or_default();
    Hint { zone: Name::root(), server, ips: vec![ip] }
}

impl Naming {
    pub(super) fn new(journal: Journal) -> Self {
        Self { servers: BTreeMap::new(), journal }
    }

    pub(super) fn add(&mut self, ip_port: SocketAddr, server: Arc<NameServer>) {
        self.servers.insert(ip_port, server);
    }

    /// What all of them did, as one story.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// All servers, by address.
    pub fn servers(&self) -> impl Iterator<Item = (SocketAddr, &Arc<NameServer>)> {
        self.servers.iter().map(|(ip_port, server)| (*ip_port, server))
    }

    /// The name server hosts of the student's institution ask first.
    pub fn local(&self) -> Option<(SocketAddr, &Arc<NameServer>)> {
        self.servers().find(|(_, server)| server.is_local())
    }

    /// A server by host name or address.
    pub fn server(&self, named: &str) -> Option<(SocketAddr, &Arc<NameServer>)> {
        let ip: Option<IpAddr> = named.parse().ok();
        let named = named.strip_suffix('.').unwrap_or(named);
        self.servers().find(|(ip_port, server)| Some(ip_port.ip()) == ip || server.is_named(named))
    }

    /// Where a resolver of this lab begins: the root's servers.
    pub fn hints(&self) -> Vec<Hint> {
        let root = Name::root();
        let serves_root = self.servers().filter(|(_, server)| server.serves(&root));
        let hint = |(ip_port, server): (SocketAddr, &Arc<NameServer>)| Hint {
            zone: root.clone(),
            server: server.server_name(),
            ips: vec![ip_port.ip()],
        };
        serves_root.map(hint).collect()
    }

    /// Has a zone served as given from now on, by every server that serves the zone of that name, or by the server named. False
    /// where there is no such server.
    pub fn put_zone(&self, zone: &Zone, on: Option<&str>) -> bool {
        let mut found = false;
        match on {
            Some(named) => {
                if let Some((_, server)) = self.server(named) {
                    server.put_zone(zone.clone());
                    found = true;
                }
            }
            None => {
                for (_, server) in self.servers().filter(|(_, server)| server.serves(zone.origin())) {
                    server.put_zone(zone.clone());
                    found = true;
                }
            }
        }
        found
    }
}
