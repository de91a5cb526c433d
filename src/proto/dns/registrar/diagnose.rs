//! What is still missing before a new name's web server and mail server can be found, in the order in which it has to be put right.

use std::{collections::BTreeSet, fmt, net::IpAddr};

use super::{Name, RecordType, Zone};
use crate::proto::dns::{
    data,
    text::name_text,
    zone::{ZoneLookup, ZoneRrSet},
};

/// What there is at an address.
#[derive(Clone, Copy, Debug)]
pub enum ServerStatus<'a> {
    /// No server: no host, none that is up, or no name server on it.
    Nobody,
    /// A name server that does not serve the zone.
    NotServing,
    /// A name server, and what it serves as the zone.
    Serving(&'a Zone),
}

/// What there is beside the registry.
pub trait Surroundings {
    /// What there is at `ip`, where a server of `domain` should be.
    fn at(&self, ip: IpAddr, domain: &Name) -> ServerStatus<'_>;

    /// The addresses of a name outside the domain, as a resolver finds them.
    fn addresses(&self, name: &Name) -> Vec<IpAddr>;
}

/// One thing that is still missing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistrationGap {
    /// The registry's zone does not have the name.
    NotRegistered {
        /// The name.
        domain: String,
        /// The registry's zone.
        zone: String,
    },
    /// A server is below the name, and the registry's zone does not have its address.
    Glue {
        /// The server.
        server: String,
    },
    /// A server elsewhere has no address.
    ServerAddress {
        /// The server.
        server: String,
    },
    /// Nobody answers at a server's address.
    Server {
        /// The server.
        server: String,
        /// Its address.
        ip: IpAddr,
    },
    /// A server is up but does not serve the zone: it is lame.
    ZoneAtServer {
        /// The server.
        server: String,
        /// The zone.
        zone: String,
    },
    /// The zone has no SOA record.
    Soa {
        /// The zone.
        zone: String,
    },
    /// The zone does not name a server that the registry names.
    OwnServer {
        /// The zone.
        zone: String,
        /// The server.
        server: String,
    },
    /// The zone does not have the address of its own server.
    OwnAddress {
        /// The server.
        server: String,
    },
    /// The web server has no address.
    WebAddress {
        /// The name.
        name: String,
    },
    /// The name has no mail server.
    MailServer {
        /// The name.
        domain: String,
    },
    /// A mail server has no address.
    MailAddress {
        /// The server.
        server: String,
    },
    /// A mail server is an alias.
    MailAlias {
        /// The server.
        server: String,
    },
}

impl fmt::Display for RegistrationGap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRegistered { domain, zone } => {
                write!(f, "{zone} has no delegation for {domain}")
            }
            Self::Glue { server } => {
                write!(f, "{server} is below the name it serves: the registry has to give its address, and has none")
            }
            Self::ServerAddress { server } => write!(f, "the name server {server} has no address"),
            Self::Server { server, ip } => write!(f, "no name server answers at {ip}, where {server} should be"),
            Self::ZoneAtServer { server, zone } => {
                write!(f, "{server} is up but does not serve {zone} (lame delegation)")
            }
            Self::Soa { zone } => write!(f, "the zone {zone} has no SOA record"),
            Self::OwnServer { zone, server } => {
                write!(f, "the zone {zone} has no NS record for {server}, which the registry names")
            }
            Self::OwnAddress { server } => write!(f, "the zone has no address for its own server {server}"),
            Self::WebAddress { name } => write!(f, "{name} has no address: the web server is not found"),
            Self::MailServer { domain } => write!(f, "{domain} has no MX record: mail for it does not find its server"),
            Self::MailAddress { server } => write!(f, "the mail server {server} has no address"),
            Self::MailAlias { server } => write!(f, "the mail server {server} is an alias, and must not be"),
        }
    }
}

impl RegistrationGap {
    /// Where the rule stands.
    pub fn clause(&self) -> &'static str {
        match self {
            Self::NotRegistered { .. } => "RFC 1034 §4.2.1",
            Self::Glue { .. } => "RFC 9471 §3.1",
            Self::ServerAddress { .. } | Self::Server { .. } | Self::OwnServer { .. } | Self::OwnAddress { .. } => {
                "RFC 1034 §4.2.2"
            }
            Self::ZoneAtServer { .. } => "RFC 1912 §2.8",
            Self::Soa { .. } => "RFC 1035 §5.2",
            Self::WebAddress { .. } => "RFC 1034 §3.6",
            Self::MailServer { .. } | Self::MailAddress { .. } => "RFC 5321 §5.1",
            Self::MailAlias { .. } => "RFC 2181 §10.3",
        }
    }
}

/// What is still missing for `domain`, the first thing to put right first; nothing where its servers, `www` below it and its mail
/// server are found. What cannot be seen yet, because something before it is missing, is not in it.
pub fn diagnose(domain: &Name, registry: &Zone, around: &impl Surroundings) -> Vec<RegistrationGap> {
    let Some(delegation) = registry.set(domain, RecordType::NS).filter(|_| registry.origin() != domain) else {
        return vec![RegistrationGap::NotRegistered { domain: name_text(domain), zone: name_text(registry.origin()) }];
    };
    let mut missing = Vec::new();
    let mut served: Vec<&Zone> = Vec::new();
    let servers: Vec<Name> = delegation.data().filter_map(data::target).collect();
    for server in &servers {
        let named = name_text(server);
        let ips = if domain.zone_of(server) { registry.addresses(server).collect() } else { around.addresses(server) };
        if ips.is_empty() {
            let below = domain.zone_of(server);
            missing.push(if below {
                RegistrationGap::Glue { server: named }
            } else {
                RegistrationGap::ServerAddress { server: named }
            });
            continue;
        }
        for ip in ips {
            match around.at(ip, domain) {
                ServerStatus::Nobody => missing.push(RegistrationGap::Server { server: named.clone(), ip }),
                ServerStatus::NotServing => {
                    missing.push(RegistrationGap::ZoneAtServer { server: named.clone(), zone: name_text(domain) });
                }
                ServerStatus::Serving(zone) if served.contains(&zone) => {}
                ServerStatus::Serving(zone) => served.push(zone),
            }
        }
    }
    for zone in served {
        for found in within(domain, zone, &servers, around) {
            if !missing.contains(&found) {
                missing.push(found);
            }
        }
    }
    missing
}

/// What one server's zone lacks.
fn within(domain: &Name, zone: &Zone, servers: &[Name], around: &impl Surroundings) -> Vec<RegistrationGap> {
    let mut missing = Vec::new();
    let named = name_text(domain);
    if zone.soa().is_none() {
        missing.push(RegistrationGap::Soa { zone: named.clone() });
    }
    let own: BTreeSet<Name> =
        zone.set(domain, RecordType::NS).into_iter().flat_map(ZoneRrSet::data).filter_map(data::target).collect();
    for server in servers {
        if !own.contains(server) {
            missing.push(RegistrationGap::OwnServer { zone: named.clone(), server: name_text(server) });
        }
        if domain.zone_of(server) && zone.addresses(server).next().is_none() {
            missing.push(RegistrationGap::OwnAddress { server: name_text(server) });
        }
    }
    if let Ok(www) = domain.prepend_label("www")
        && !has_address(&www, zone, around)
    {
        missing.push(RegistrationGap::WebAddress { name: name_text(&www) });
    }
    let Some(mail) = zone.set(domain, RecordType::MX) else {
        missing.push(RegistrationGap::MailServer { domain: named });
        return missing;
    };
    for server in mail.data().filter_map(data::target).filter(|server| !server.is_root()) {
        let alias = zone.contains(&server)
            && matches!(
                zone.seen_from(None).find(&server, RecordType::A),
                ZoneLookup::Alias { .. } | ZoneLookup::Dname { .. }
            );
        if alias {
            missing.push(RegistrationGap::MailAlias { server: name_text(&server) });
        } else if !has_address(&server, zone, around) {
            missing.push(RegistrationGap::MailAddress { server: name_text(&server) });
        }
    }
    missing
}

/// Does the zone, or where it leads to, have an address for `name`?
fn has_address(name: &Name, zone: &Zone, around: &impl Surroundings) -> bool {
    if !zone.contains(name) {
        return !around.addresses(name).is_empty();
    }
    let view = zone.seen_from(None);
    [RecordType::A, RecordType::AAAA].into_iter().any(|kind| match view.find(name, kind) {
        ZoneLookup::Sets { .. } => true,
        ZoneLookup::Alias { set, .. } => set.data().find_map(data::target).is_some_and(|target| {
            if zone.contains(&target) {
                matches!(view.find(&target, kind), ZoneLookup::Sets { .. })
            } else {
                !around.addresses(&target).is_empty()
            }
        }),
        ZoneLookup::Referral { .. } => !around.addresses(name).is_empty(),
        ZoneLookup::Dname { .. } | ZoneLookup::NoData { .. } | ZoneLookup::NoName { .. } => false,
    })
}
