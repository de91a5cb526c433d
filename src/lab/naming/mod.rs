//! The lab's name system at work: authoritative servers answer from their zones, the local name server resolves iteratively from the root for
//! its clients, and any server may be told to offer recursion.

mod cache_table;
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

use tokio::sync::Notify;

pub use self::cache_table::CACHE_TABLE;
pub(super) use self::cache_table::RememberedCache;
pub use self::{
    journal::{Journal, ResolutionPage},
    server::NameServer,
};
use super::name_server::{ReplaceableResponder, Responder};
use crate::proto::dns::{Name, iterate::Hint, text::name_from_text, zone::Zone};

/// All name servers of a lab, and what they did.
#[derive(Clone, Debug, Default)]
pub struct Naming {
    servers: BTreeMap<SocketAddr, Arc<NameServer>>,
    /// Who answers what comes to each.
    responders: BTreeMap<SocketAddr, Arc<ReplaceableResponder>>,
    journal: Journal,
    search_ended: Arc<Notify>,
}

/// A root server, as the root hints have it.
pub(super) fn hint(name: &str, ip: IpAddr) -> Hint {
    let server = name_from_text(name, &Name::root()).unwrap_or_default();
    Hint { zone: Name::root(), server, ips: vec![ip] }
}

/// What a name server draws from: each for itself, so that what one is asked does not change what another does, and by its address,
/// so that another host in the lab does not change the random numbers of the others.
pub(super) fn seed(of_the_run: u64, ip: IpAddr) -> u64 {
    let bits = match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
        IpAddr::V6(ip) => ip.to_bits(),
    };
    let octets = bits.to_be_bytes();
    let (high, low) = octets.split_at(size_of::<u64>());
    let half = |octets: &[u8]| octets.iter().fold(0, |number, octet| number << 8 | u64::from(*octet));
    [half(high), half(low)].into_iter().fold(stirred(of_the_run), |mixed, half| stirred(mixed ^ half))
}

/// A number that depends on every bit of the given one, another for each: the last step of `SplitMix64` (Steele, Lea and Flood, 2014).
fn stirred(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

impl Naming {
    /// Name servers at these addresses that refuse every question.
    pub(super) fn of(ip_ports: impl Iterator<Item = SocketAddr>) -> Self {
        Self { responders: ip_ports.map(|ip_port| (ip_port, Arc::default())).collect(), ..Self::default() }
    }

    /// From now on `server` answers there.
    pub(super) fn add(&mut self, ip_port: SocketAddr, server: Arc<NameServer>) {
        if let Some(responder) = self.responder(ip_port) {
            responder.replace(Arc::clone(&server) as Arc<dyn Responder>);
        }
        self.servers.insert(ip_port, server);
    }

    /// The responder of the name server at this address.
    pub(super) fn responder(&self, ip_port: SocketAddr) -> Option<&Arc<ReplaceableResponder>> {
        self.responders.get(&ip_port)
    }

    /// What all of them did, as one story.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Told whenever a server has looked something up for a client: its cache has changed.
    pub(super) fn search_ended(&self) -> &Arc<Notify> {
        &self.search_ended
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

#[cfg(test)]
mod a_seed {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn is_another_for_each_run_and_address_and_the_same_every_time() {
        let ips: Vec<IpAddr> =
            ["198.41.0.4", "198.41.0.5", "128.238.29.12", "::ffff:0:1", "2001:db8::1", "2001:db8:0:0:1::"]
                .map(|ip| ip.parse().unwrap())
                .into();
        let seeds: BTreeSet<u64> = (0..100).flat_map(|run| ips.iter().map(move |ip| seed(run, *ip))).collect();
        assert_eq!(seeds.len(), 100 * ips.len());
        // A number that changed would change what every recorded run shows.
        assert_eq!(seed(1, ips[0]), SEED_OF_A_ROOT);
    }

    const SEED_OF_A_ROOT: u64 = 16_234_706_611_996_881_548;
}
