//! Which name server serves which zone, the lab's files and the changes to them put together, without a lab that runs.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use super::{
    LabError, LabFiles, Outage, ZoneChange,
    plan::{HostPlan, ServicePlan},
    services::dns::Dns,
};
use crate::proto::dns::{
    Name, RData, Record, RecordType, data,
    registrar::{ServerStatus, Surroundings},
    text::{name_from_text, name_text, record_line},
    zone::{Remark, Severity, Zone, ZoneFileError, ZoneLookup, ZoneRrSet},
};

/// The lab's name servers and what each serves.
#[derive(Clone, Debug, Default)]
pub struct ServedZones {
    servers: Vec<ZoneServer>,
}

/// One name server.
#[derive(Clone, Debug)]
pub struct ZoneServer {
    /// The names of its host; the first is the one shown.
    pub names: Vec<String>,
    /// Its address.
    pub ip: IpAddr,
    /// Does it run?
    pub up: bool,
    /// Does it look up for others? Such a server serves no zone.
    pub recursion: bool,
    zones: BTreeMap<Name, Arc<Zone>>,
}

impl LabFiles {
    /// Who serves what, with `changes` on top of these files and `off` switched off; and the changes that cannot be served.
    pub fn served(&self, changes: &[ZoneChange], off: &[Outage]) -> (ServedZones, Vec<LabError>) {
        let servers = self.name_servers().map(|(host, plan, server)| self.server(host, plan, server, off));
        let mut served = ServedZones { servers: servers.collect() };
        let mut wrong = Vec::new();
        for change in changes {
            match change.zone().map(|zone| served.put(zone, change.server.as_deref())) {
                Ok(true) => {}
                Ok(false) => wrong.push(LabError::ZoneOfNobody { origin: change.origin.clone() }),
                Err(source) => wrong.push(LabError::BadZone { origin: change.origin.clone(), source }),
            }
        }
        (served, wrong)
    }

    /// Every name server: its host, its process and what it answers from.
    pub(super) fn name_servers(&self) -> impl Iterator<Item = (&HostPlan, &ServicePlan, &Dns)> + Clone {
        self.plan.hosts.iter().flat_map(|host| {
            let servers = host.services.iter().filter_map(|plan| Some((plan, plan.as_kind::<Dns>()?)));
            servers.map(move |(plan, server)| (host, plan, server))
        })
    }

    fn server(&self, host: &HostPlan, plan: &ServicePlan, server: &Dns, off: &[Outage]) -> ZoneServer {
        let zones = server.zones.iter().filter_map(|file| self.zones.get(file));
        ZoneServer {
            names: host.names.clone(),
            ip: host.ip,
            up: host.up && !off.iter().any(|off| off.is_host(host) || off.is_service(host, plan)),
            recursion: server.recursion,
            zones: zones.map(|file| (file.zone.origin().clone(), Arc::clone(&file.zone))).collect(),
        }
    }
}

impl ZoneChange {
    /// The zone as it is written.
    ///
    /// # Errors
    /// Where its text is no zone file.
    pub fn zone(&self) -> Result<Zone, ZoneFileError> {
        let origin = name_from_text(&self.origin, &Name::root()).unwrap_or_default();
        Zone::read(&self.text, &origin)
    }
}

impl ZoneServer {
    /// The name it is known by.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// The zones it serves, in canonical order.
    pub fn zones(&self) -> impl Iterator<Item = &Zone> {
        self.zones.values().map(|zone| &**zone)
    }

    fn is(&self, named: &str) -> bool {
        let named = named.trim_end_matches('.');
        self.ip.to_string() == named || self.names.iter().any(|name| name.eq_ignore_ascii_case(named))
    }
}

impl ServedZones {
    /// All name servers, in the order of the lab's files.
    pub fn servers(&self) -> &[ZoneServer] {
        &self.servers
    }

    /// The zone of this name, as the first server has it that serves it; `None` where none does.
    pub fn zone(&self, origin: &Name) -> Option<&Zone> {
        self.servers.iter().find_map(|server| server.zones.get(origin)).map(|zone| &**zone)
    }

    /// All zones, in canonical order, each with its servers.
    pub fn zones(&self) -> BTreeMap<&Name, (&Zone, Vec<&ZoneServer>)> {
        let mut all: BTreeMap<&Name, (&Zone, Vec<&ZoneServer>)> = BTreeMap::new();
        for server in &self.servers {
            for (origin, zone) in &server.zones {
                all.entry(origin).or_insert_with(|| (zone, Vec::new())).1.push(server);
            }
        }
        all
    }

    /// The closest zone to `name`, itself or above it, on any server.
    pub fn closest(&self, name: &Name) -> Option<&Zone> {
        let labels = name.iter().len();
        (0..=labels).rev().find_map(|labels| self.zone(&name.trim_to(labels)))
    }

    /// Lame delegations of `zone`: they lead to no server, or to one that does not serve the delegated zone. RFC 1912 §2.8.
    pub fn lame(&self, zone: &Zone) -> Vec<Remark> {
        let apex = zone.set(zone.origin(), RecordType::NS).map(|set| (zone.origin(), set));
        let mut remarks = Vec::new();
        for (owner, set) in apex.into_iter().chain(zone.cuts()) {
            for entry in set.entries() {
                let Some(server) = data::target(&entry.data) else { continue };
                let mut ips: Vec<IpAddr> = zone.addresses(&server).collect();
                if ips.is_empty() {
                    ips = self.addresses(&server);
                }
                // Addresses of the lab's servers are IPv4 alone.
                let found: Vec<ServerStatus<'_>> =
                    ips.iter().filter(|ip| ip.is_ipv4()).map(|ip| self.at(*ip, owner)).collect();
                let named = (name_text(&server), name_text(owner));
                let text = match found.as_slice() {
                    [ServerStatus::Serving(_), ..] => continue,
                    // One within the zone is for the zone's own checks, one that has IPv6 addresses only is not to be seen from here.
                    [] if zone.contains(&server) || !ips.is_empty() => continue,
                    [] => format!("the name server {} has no address", named.0),
                    [ServerStatus::NotServing, ..] => {
                        format!("{} is up but does not serve {} (lame delegation)", named.0, named.1)
                    }
                    [ServerStatus::Nobody, ..] => format!("no name server answers at {}'s address", named.0),
                };
                let record = record_line(&Record::from_rdata(owner.clone(), entry.ttl, entry.data.clone()));
                let line = (entry.line > 0).then_some(entry.line);
                remarks.push(Remark { severity: Severity::Warning, line, record, text, clause: "RFC 1912 §2.8" });
            }
        }
        remarks
    }

    /// Has a zone served, by the server named or by all that serve one of that name; false where there is none.
    fn put(&mut self, zone: Zone, on: Option<&str>) -> bool {
        let zone = Arc::new(zone);
        let origin = zone.origin();
        let mut found = false;
        for server in &mut self.servers {
            if on.map_or_else(|| server.zones.contains_key(origin), |named| server.is(named)) {
                server.zones.insert(origin.clone(), Arc::clone(&zone));
                found = true;
            }
        }
        found
    }
}

impl Surroundings for ServedZones {
    fn at(&self, ip: IpAddr, domain: &Name) -> ServerStatus<'_> {
        let here = self.servers.iter().find(|server| server.ip == ip && server.up);
        here.map_or(ServerStatus::Nobody, |server| {
            server.zones.get(domain).map_or(ServerStatus::NotServing, |zone| ServerStatus::Serving(zone))
        })
    }

    fn addresses(&self, name: &Name) -> Vec<IpAddr> {
        let mut wanted = name.clone();
        for _ in 0..=MAX_ALIASES {
            let Some(zone) = self.closest(&wanted) else { return Vec::new() };
            let view = zone.seen_from(None);
            let mut alias = None;
            let mut addresses = Vec::new();
            for kind in [RecordType::A, RecordType::AAAA] {
                match view.find(&wanted, kind) {
                    ZoneLookup::Sets { sets, .. } => {
                        let data = sets.iter().flat_map(|(_, set)| ZoneRrSet::data(set));
                        addresses.extend(data.filter_map(RData::ip_addr));
                    }
                    ZoneLookup::Alias { set, .. } => alias = set.data().find_map(data::target),
                    ZoneLookup::Dname { .. }
                    | ZoneLookup::Referral { .. }
                    | ZoneLookup::NoData { .. }
                    | ZoneLookup::NoName { .. } => {}
                }
            }
            match alias {
                Some(target) => wanted = target,
                None => return addresses,
            }
        }
        Vec::new()
    }
}

/// Longest chain of aliases that is followed.
const MAX_ALIASES: u32 = 8;

#[cfg(test)]
mod who_serves_what {
    use super::*;
    use crate::proto::dns::registrar::diagnose;

    fn name(text: &str) -> Name {
        name_from_text(text, &Name::root()).unwrap()
    }

    fn change(origin: &str, text: &str, server: Option<&str>) -> ZoneChange {
        ZoneChange { origin: origin.to_owned(), text: text.into(), server: server.map(str::to_owned) }
    }

    #[test]
    fn is_what_the_files_say_until_a_change_says_otherwise() {
        let files = LabFiles::embedded();
        let (served, wrong) = files.served(&[], &[]);
        assert!(wrong.is_empty());
        let all = served.zones();
        let roots = &all[&Name::root()].1;
        assert_eq!((roots.len(), roots[0].name()), (13, "a.root-servers.net"));
        assert_eq!(name_text(served.closest(&name("www.si.umich.edu.")).unwrap().origin()), "si.umich.edu.");
        let longer = format!("{}\nnew.umass.edu. A 192.0.2.9\n", served.zone(&name("umass.edu.")).unwrap().to_text());
        let changes = [
            change("umass.edu", &longer, None),
            change("nowhere.edu", "@ 1 NS a.b.\n", None),
            change("hamburger.edu", "@ 1 A one\n", None),
        ];
        let (served, wrong) = files.served(&changes, &[]);
        let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        assert!(wrong[0].contains("serves nowhere.edu") && wrong[1].contains("hamburger.edu"), "{wrong:?}");
        assert_eq!(wrong.len(), 2);
        assert!(served.zone(&name("hamburger.edu.")).unwrap().soa().is_some(), "as its file has it");
        assert_eq!(served.addresses(&name("new.umass.edu.")), ["192.0.2.9".parse::<IpAddr>().unwrap()]);
    }

    #[test]
    fn is_what_a_registrar_looks_at() {
        let files = LabFiles::embedded();
        let domain = name("networkutopia.com.");
        let com = files.served(&[], &[]).0.zone(&name("com.")).unwrap().to_text();
        let delegated = format!(
            "{com}\nnetworkutopia.com. 60 NS dns1.networkutopia.com.\ndns1.networkutopia.com. 60 A 212.212.212.1\n"
        );
        let own = "$TTL 60\n@ SOA dns1 host 1 2 3 4 5\n@ NS dns1\n@ MX 10 mail.hamburger.edu.\ndns1 A 212.212.212.1\n\
                   www CNAME www.ibm.com.\n";
        let mut changes = vec![change("com", &delegated, None)];
        let first = |changes: &[ZoneChange], off: &[Outage]| {
            let (served, _) = files.served(changes, off);
            diagnose(&domain, served.zone(&name("com.")).unwrap(), &served).first().map(ToString::to_string)
        };
        assert!(first(&changes, &[]).unwrap().contains("lame delegation"));
        let lame = |changes: &[ZoneChange]| {
            let (served, _) = files.served(changes, &[]);
            served
                .lame(served.zone(&name("com.")).unwrap())
                .iter()
                .map(|remark| remark.text.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(lame(&[]), [""; 0]);
        let nowhere = change("com", &format!("{com}\nfoo.com. 60 NS dns.nowhere.lab.\n"), None);
        assert_eq!(lame(&[nowhere]), ["the name server dns.nowhere.lab. has no address"]);
        assert_eq!(
            lame(&changes),
            ["dns1.networkutopia.com. is up but does not serve networkutopia.com. (lame delegation)"]
        );
        let off = Outage { host: "dns1.networkutopia.com".to_owned(), port: Some(53) };
        assert!(first(&changes, &[off]).unwrap().contains("no name server answers at 212.212.212.1"));
        changes.push(change("networkutopia.com", own, Some("dns1.networkutopia.com.")));
        assert_eq!(first(&changes, &[]), None, "aliases outside lead to an address");
    }
}
