//! Hosts and links as the lab's files describe them, and the way from one host to another.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::{IpAddr, Ipv4Addr},
    task::Waker,
    time::Duration,
};

use super::{Path, Rate, link::Link, slots::SlotKey};

/// The student's host name.
pub const STUDENT_HOST: &str = "you";
/// The student's address.
pub const STUDENT_IP: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
/// The name of the link that [`Path`] describes. A host that lists it among its links stands on the student's side of it, as a
/// proxy of the student's institution would.
pub const ACCESS_LINK: &str = "access";

/// Hosts and links, as the lab's files describe them.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
pub struct Topology {
    /// All links.
    pub links: Vec<LinkSpec>,
    /// All hosts.
    pub hosts: Vec<HostSpec>,
}

/// A host and the links between it and the core.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
pub struct HostSpec {
    /// Its names; the first is the one shown.
    pub names: Vec<String>,
    /// Its address.
    pub ip: IpAddr,
    /// Names of the links from the host to the core, in order.
    pub links: Vec<String>,
}

/// A link. Both directions have a queue of their own.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
pub struct LinkSpec {
    /// Its name.
    pub name: String,
    /// One-way propagation delay.
    pub delay: Duration,
    /// Rate, each direction.
    pub rate: Rate,
    /// FIFO queue limit in octets.
    pub queue_octets: u64,
    /// Loss probability, 0 ≤ loss ≤ 1.
    pub loss: f64,
    /// Greatest extra delay.
    pub jitter: Duration,
}

/// What is wrong with a topology.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopologyError {
    /// A host names a link that is not described.
    #[error("host {host} lists a link named {link}, which is not described")]
    NoSuchLink {
        /// The host's first name.
        host: String,
        /// The link's name.
        link: String,
    },
    /// Two hosts have one address.
    #[error("two hosts have the address {ip}")]
    AddressTaken {
        /// The address.
        ip: IpAddr,
    },
    /// Two links have one name, or one has the access link's.
    #[error("two links are named {link}")]
    LinkNameTaken {
        /// The name.
        link: String,
    },
}

impl Topology {
    /// Is every link that a host names described, every address and every link name used once?
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), TopologyError> {
        let mut links = BTreeSet::from([ACCESS_LINK]);
        if let Some(twice) = self.links.iter().find(|link| !links.insert(&link.name)) {
            return Err(TopologyError::LinkNameTaken { link: twice.name.clone() });
        }
        let mut addresses = BTreeSet::from([STUDENT_IP]);
        for host in &self.hosts {
            if !addresses.insert(host.ip) {
                return Err(TopologyError::AddressTaken { ip: host.ip });
            }
            if let Some(link) = host.links.iter().find(|link| !links.contains(link.as_str())) {
                let host = host.names.first().cloned().unwrap_or_default();
                return Err(TopologyError::NoSuchLink { host, link: link.clone() });
            }
        }
        Ok(())
    }

    /// The links, the access link first.
    pub(super) fn build_links(&self, path: &Path) -> Vec<Link> {
        let mut links = vec![Link::access(path)];
        links.extend(self.links.iter().zip(1..).map(|(spec, number)| Link::new(spec, path.seed, number)));
        links
    }

    /// The hosts, the student's first. Links that are not described count for nothing.
    pub(super) fn build_hosts(&self) -> Vec<NetHost> {
        let number = |name: &String| {
            let position = self.links.iter().position(|link| link.name == *name).map(|at| at + 1);
            if name == ACCESS_LINK { Some(0) } else { position }
        };
        let mut hosts = vec![NetHost::new(vec![STUDENT_HOST.to_owned()], STUDENT_IP, vec![0])];
        hosts.extend(
            self.hosts
                .iter()
                .map(|host| NetHost::new(host.names.clone(), host.ip, host.links.iter().filter_map(number).collect())),
        );
        hosts
    }
}

/// A host as the network knows it.
#[derive(Debug)]
pub(super) struct NetHost {
    pub(super) names: Vec<String>,
    pub(super) ip: IpAddr,
    /// From the host to the core.
    pub(super) links: Vec<usize>,
    pub(super) is_up: bool,
    /// The ports that are served.
    pub(super) ports: BTreeMap<u16, ServedPort>,
    ephemeral_in_use: BTreeSet<u16>,
    next_ephemeral: u16,
}

/// A served port: connections that are established and not yet accepted.
#[derive(Debug, Default)]
pub(super) struct ServedPort {
    pub(super) established: VecDeque<SlotKey>,
    pub(super) waker: Option<Waker>,
}

impl NetHost {
    fn new(names: Vec<String>, ip: IpAddr, links: Vec<usize>) -> Self {
        Self {
            names,
            ip,
            links,
            is_up: true,
            ports: BTreeMap::new(),
            ephemeral_in_use: BTreeSet::new(),
            next_ephemeral: FIRST_EPHEMERAL,
        }
    }

    /// Takes a free port of the dynamic range (RFC 6335 §6), 49152 to 65535; `None` when all are in use.
    pub(super) fn take_ephemeral(&mut self) -> Option<u16> {
        for _ in FIRST_EPHEMERAL..=u16::MAX {
            let port = self.next_ephemeral;
            self.next_ephemeral = port.checked_add(1).unwrap_or(FIRST_EPHEMERAL);
            if !self.ports.contains_key(&port) && self.ephemeral_in_use.insert(port) {
                return Some(port);
            }
        }
        None
    }

    pub(super) fn free_ephemeral(&mut self, port: u16) {
        self.ephemeral_in_use.remove(&port);
    }
}

const FIRST_EPHEMERAL: u16 = 49_152;

/// One link to cross, in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hop {
    pub(super) link: usize,
    /// Toward the host whose link it is, not toward the core.
    pub(super) toward_host: bool,
}

/// The way from a host to another: the sender's links up, the receiver's links down. Links next to the core that both have are
/// not crossed: the two stand on the same side of them.
pub(super) fn route(sender: &[usize], receiver: &[usize]) -> Vec<Hop> {
    let shared = sender.iter().rev().zip(receiver.iter().rev()).take_while(|(one, other)| one == other).count();
    let up = sender.iter().take(sender.len() - shared).map(|link| Hop { link: *link, toward_host: false });
    let down = receiver.iter().take(receiver.len() - shared).rev().map(|link| Hop { link: *link, toward_host: true });
    up.chain(down).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links_of(route: &[Hop]) -> Vec<(usize, bool)> {
        route.iter().map(|hop| (hop.link, hop.toward_host)).collect()
    }

    #[test]
    fn a_route_goes_up_the_senders_links_and_down_the_receivers() {
        assert_eq!(links_of(&route(&[0], &[])), [(0, false)]);
        assert_eq!(links_of(&route(&[1, 2], &[4, 3])), [(1, false), (2, false), (3, true), (4, true)]);
    }

    #[test]
    fn links_both_hosts_stand_behind_are_not_crossed() {
        assert_eq!(links_of(&route(&[1, 0], &[2, 0])), [(1, false), (2, true)]);
        assert_eq!(links_of(&route(&[0], &[0])), []);
    }

    #[test]
    fn a_link_nobody_described_is_found() {
        let host =
            HostSpec { names: vec!["a.test".into()], ip: IpAddr::from([10, 1, 0, 1]), links: vec!["lan".into()] };
        let topology = Topology { links: vec![], hosts: vec![host] };
        let wrong = TopologyError::NoSuchLink { host: "a.test".into(), link: "lan".into() };
        assert_eq!(topology.check(), Err(wrong));
    }

    #[test]
    fn ephemeral_ports_begin_at_49152_and_are_not_given_twice() {
        let mut host = NetHost::new(vec![], STUDENT_IP, vec![]);
        assert_eq!(host.take_ephemeral(), Some(49_152));
        assert_eq!(host.take_ephemeral(), Some(49_153));
        host.free_ephemeral(49_152);
        for _ in 49_154..=65_535u16 {
            host.take_ephemeral().unwrap();
        }
        assert_eq!(host.take_ephemeral(), Some(49_152));
        assert_eq!(host.take_ephemeral(), None);
    }
}
