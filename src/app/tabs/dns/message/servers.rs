//! Name servers worth talking to: the lab's, or the root's in the Internet.

use std::rc::Rc;

use crate::{engine::resolve, lab::LabFiles};

/// A server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownServer {
    /// How it is named: a host name in the lab, an address in the Internet.
    pub(super) server: String,
    /// What the server is there for.
    pub(super) role: String,
}

/// The servers of both worlds, collected when they are first asked for.
#[derive(Debug, Default)]
pub(super) struct KnownServers {
    lab: Option<Rc<[KnownServer]>>,
    internet: Option<Rc<[KnownServer]>>,
}

impl KnownServers {
    pub(super) fn of(&mut self, in_lab: bool, lab: &LabFiles) -> Rc<[KnownServer]> {
        let known = if in_lab { &mut self.lab } else { &mut self.internet };
        Rc::clone(known.get_or_insert_with(|| if in_lab { of_lab(lab) } else { of_root() }))
    }
}

/// One server of each kind: who differs only in who runs it says the same. The local one comes first.
fn of_lab(lab: &LabFiles) -> Rc<[KnownServer]> {
    let mut servers: Vec<KnownServer> = Vec::new();
    for host in lab.hosts() {
        let Some(server) = host.names.first() else { continue };
        let role = host.role.split([',', ':']).next().unwrap_or_default().to_owned();
        let new = servers.iter().all(|known| known.role != role);
        if new && host.up && host.services.iter().any(|service| service.speaks == "dns") {
            servers.push(KnownServer { server: server.clone(), role });
        }
    }
    servers.sort_by_key(|known| !known.role.contains("local"));
    servers.into()
}

fn of_root() -> Rc<[KnownServer]> {
    let hints = resolve::built_in_hints();
    let known = |(name, ip): (String, std::net::IpAddr)| {
        ip.is_ipv4().then(|| KnownServer { server: ip.to_string(), role: name.trim_end_matches('.').to_owned() })
    };
    hints.into_iter().filter_map(known).collect()
}

#[cfg(test)]
mod known_servers {
    use super::{KnownServers, LabFiles};

    #[test]
    fn of_the_lab_are_named_and_those_of_the_internet_have_addresses() {
        let mut servers = KnownServers::default();
        let lab = servers.of(true, &LabFiles::embedded());
        assert_eq!(lab.first().map(|known| known.server.as_str()), Some("dns.poly.edu"));
        for name in ["a.root-servers.net", "dns.umass.edu", "dns1.uvic.ca", "ns.nic.lab"] {
            assert!(lab.iter().any(|known| known.server == name), "{name}");
        }
        assert!(lab.iter().all(|known| known.server != "b.root-servers.net"), "one of the root will do");
        let internet = servers.of(false, &LabFiles::embedded());
        assert!(internet.len() == 13 && internet[0].server == "198.41.0.4", "{internet:?}");
    }
}
