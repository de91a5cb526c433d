//! `hosts.toml`: which hosts and links there are, what each host serves, and where the gateway publishes it.
//! The file's keys are explained in `assets/lab/README.md`; this is where they are read and checked, but for those of the kinds of
//! services, which read their own.

use std::{collections::BTreeSet, net::IpAddr, path::Path, sync::Arc, time::Duration};

use serde::Deserialize;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    file_error::LabFileError,
    service::{
        LabContents, Service,
        description::{Description, LabFileReader, tables},
    },
    services,
};
use crate::net::{ACCESS_LINK, HostSpec, LinkSpec, Rate, STUDENT_IP, Topology};

/// Everything `hosts.toml` says.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) links: Vec<LinkSpec>,
    pub(super) hosts: Vec<HostPlan>,
    /// The folder's hosts stand alone, without the built-in ones.
    pub(super) only: bool,
}

/// One host of the lab.
#[derive(Clone, Debug)]
pub(super) struct HostPlan {
    pub(super) names: Vec<String>,
    pub(super) ip: IpAddr,
    /// More addresses at which the same servers are: a name with several addresses spreads its load over them.
    pub(super) more_ips: Vec<IpAddr>,
    pub(super) links: Vec<String>,
    pub(super) role: String,
    pub(super) up: bool,
    pub(super) services: Vec<ServicePlan>,
}

/// One server process: a port and what is served there.
#[derive(Clone, Debug)]
pub(super) struct ServicePlan {
    pub(super) port: u16,
    pub(super) service: Arc<dyn Service>,
    pub(super) gateway_port: Option<u16>,
}

impl ServicePlan {
    /// What it speaks, as it is shown: `http`, or `http:8080` where the port is not the usual one.
    pub(super) fn name(&self) -> String {
        let kind = self.service.kind();
        if kind.usual_port == Some(self.port) { kind.name.to_owned() } else { format!("{}:{}", kind.name, self.port) }
    }

    /// The service, where it is one of type `S`.
    pub(super) fn as_kind<S: Service>(&self) -> Option<&S> {
        let service: &dyn std::any::Any = &*self.service;
        service.downcast_ref()
    }
}

impl HostPlan {
    /// The name it is known by.
    pub(super) fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// All its addresses.
    pub(super) fn ips(&self) -> impl Iterator<Item = IpAddr> {
        [self.ip].into_iter().chain(self.more_ips.iter().copied())
    }

    /// Is `name` one of its names?
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

impl Plan {
    /// Reads and checks `text`, which came from `file`.
    pub(super) fn read(file: &Path, text: &str) -> Result<Self, LabFileError> {
        let reader = LabFileReader { file, text };
        let mut document = reader.document()?;
        let services = take_services(reader, document.get_mut())?;
        let written: HostsToml = reader.read(document)?;
        reader.check(&written.format, *written.format.get_ref() == FORMAT, "format = 1 (the only one there is)")?;
        if let Some(host) = written.hosts.get(MAX_HOSTS) {
            return Err(reader.wrong(host.ip.span(), "at most 1000 hosts"));
        }
        let hosts = written.hosts.iter().zip(services);
        Ok(Self {
            links: written.links.iter().map(|link| reader.link(link)).collect::<Result<_, _>>()?,
            hosts: hosts.map(|(host, services)| reader.host(host, services)).collect::<Result<_, _>>()?,
            only: written.only,
        })
    }

    /// `self` with the hosts and links of `other` added; those of the same name are replaced.
    pub(super) fn overlaid(mut self, other: Self) -> Self {
        if other.only {
            return other;
        }
        self.links.retain(|link| other.links.iter().all(|newer| newer.name != link.name));
        self.hosts.retain(|host| other.hosts.iter().all(|newer| newer.name() != host.name()));
        self.links.extend(other.links);
        self.hosts.extend(other.hosts);
        self
    }

    /// What holds only of the whole: addresses, names and gateway ports occur once, links, sites and zones exist.
    pub(super) fn checked(self, file: &Path, files: &LabContents<'_>) -> Result<Self, LabFileError> {
        let mut seen = TakenNames::default();
        let wrong = |what: String, expected| LabFileError::Contradiction { file: file.to_owned(), what, expected };
        for link in &self.links {
            if link.name == ACCESS_LINK || !seen.links.insert(&link.name) {
                return Err(wrong(format!("two links are named {:?}", link.name), "a name no other link has"));
            }
        }
        for host in &self.hosts {
            for ip in host.ips() {
                if !seen.ips.insert(ip) {
                    return Err(wrong(format!("{} has the address {ip}", host.name()), "an address no other host has"));
                }
            }
            for name in &host.names {
                if !seen.names.insert(name.to_ascii_lowercase()) {
                    return Err(wrong(format!("two hosts are named {name}"), "a name no other host has"));
                }
            }
            let is_link = |name: &String| name == ACCESS_LINK || self.links.iter().any(|link| link.name == *name);
            if let Some(link) = host.links.iter().find(|name| !is_link(name)) {
                return Err(wrong(format!("{} is behind {link:?}", host.name()), "the name of a [[link]]"));
            }
            for service in &host.services {
                if let Some(port) = service.gateway_port.filter(|port| !seen.gateway_ports.insert(*port)) {
                    let what = format!("{}:{} has gateway_port {port}", host.name(), service.port);
                    return Err(wrong(what, "a port no other service has"));
                }
                if let Some(missing) = service.service.missing(files) {
                    let what = format!("{}:{} {}", host.name(), service.port, missing.what);
                    return Err(wrong(what, missing.expected));
                }
            }
        }
        Ok(self)
    }

    /// What the network needs to know of it.
    pub(super) fn topology(&self) -> Topology {
        let at = |host: &HostPlan, ip| HostSpec { names: host.names.clone(), ip, links: host.links.clone() };
        let hosts = self.hosts.iter().flat_map(|host| host.ips().map(move |ip| at(host, ip)));
        Topology { links: self.links.clone(), hosts: hosts.collect() }
    }
}

/// Takes the services out of each host's table: every kind of service has keys of its own, so they are read one by one.
fn take_services<'a>(
    reader: LabFileReader<'a>,
    document: &mut DeTable<'a>,
) -> Result<Vec<Vec<Spanned<DeTable<'a>>>>, LabFileError> {
    // What is no array of tables is told of when the rest is read.
    let Some(DeValue::Array(hosts)) = document.get_mut("host").map(Spanned::get_mut) else { return Ok(Vec::new()) };
    let services = |host: &mut Spanned<DeValue<'a>>| match host.get_mut() {
        DeValue::Table(host) => tables(reader, host.remove("service")),
        _ => Ok(Vec::new()),
    };
    hosts.iter_mut().map(services).collect()
}

impl<'a> LabFileReader<'a> {
    fn link(self, written: &LinkEntry) -> Result<LinkSpec, LabFileError> {
        let delay = written.delay_millis.get_ref();
        self.check(&written.delay_millis, (0.0..=MAX_DELAY_MILLIS).contains(delay), "0 to 60000 milliseconds one way")?;
        if let Some(rate) = &written.rate_mbps {
            self.check(rate, (1e-3..=1e6).contains(rate.get_ref()), "0.001 to 1000000 Mb/s")?;
        }
        if let Some(loss) = &written.loss {
            self.check(loss, (0.0..1.0).contains(loss.get_ref()), "a probability: at least 0, less than 1")?;
        }
        if let Some(jitter) = &written.jitter_millis {
            self.check(jitter, (0.0..=MAX_DELAY_MILLIS).contains(jitter.get_ref()), "0 to 60000 milliseconds")?;
        }
        Ok(LinkSpec {
            name: written.name.clone(),
            delay: millis(*delay),
            rate: Rate(written.rate_mbps.as_ref().map(|rate| bits_per_second(*rate.get_ref()))),
            queue_octets: written.queue_octets.unwrap_or(DEFAULT_QUEUE_OCTETS),
            loss: written.loss.as_ref().map_or(0.0, |loss| *loss.get_ref()),
            jitter: written.jitter_millis.as_ref().map_or(Duration::ZERO, |jitter| millis(*jitter.get_ref())),
        })
    }

    fn host(self, written: &HostEntry, services: Vec<Spanned<DeTable<'a>>>) -> Result<HostPlan, LabFileError> {
        self.check(&written.names, !written.names.get_ref().is_empty(), "at least one name")?;
        for name in written.names.get_ref() {
            self.check(name, is_host_name(name.get_ref()), "a host name: letters, digits, hyphens and dots")?;
        }
        let ip = self.address(&written.ip)?;
        let more_ips = written.more_ips.iter().map(|ip| self.address(ip)).collect::<Result<_, _>>()?;
        let mut ports = BTreeSet::new();
        let services = services.into_iter().map(|table| self.service(table, &mut ports));
        Ok(HostPlan {
            names: written.names.get_ref().iter().map(|name| name.get_ref().clone()).collect(),
            ip,
            more_ips,
            links: written.links.clone(),
            role: written.role.clone(),
            up: written.up,
            services: services.collect::<Result<_, _>>()?,
        })
    }

    fn address(self, written: &Spanned<String>) -> Result<IpAddr, LabFileError> {
        let Ok(ip) = written.get_ref().parse() else {
            return Err(self.wrong(written.span(), "an IPv4 or IPv6 address"));
        };
        self.check(written, is_usable(ip), "an address a host can have (10.0.0.2 is the student's)")?;
        Ok(ip)
    }

    /// One service; `ports` are those of the same host's services before it.
    fn service(self, mut table: Spanned<DeTable<'a>>, ports: &mut BTreeSet<u16>) -> Result<ServicePlan, LabFileError> {
        let mut common = DeTable::new();
        for key in ["port", "speaks", "gateway_port"] {
            common.extend(table.get_mut().remove_entry(key));
        }
        let ServiceEntry { port, speaks, gateway_port } = self.read(Spanned::new(table.span(), common))?;
        self.check(&port, *port.get_ref() != 0, "a port from 1 to 65535")?;
        self.check(&port, ports.insert(*port.get_ref()), "a port no other service has")?;
        if let Some(port) = &gateway_port {
            self.check(port, *port.get_ref() >= 1024, "a port from 1024 to 65535")?;
        }
        let kind = services::kind(speaks.get_ref()).ok_or_else(|| self.unknown_kind(&speaks))?;
        let kinds = &services::KINDS;
        let service = (kind.read)(Description { reader: self, port: port.span(), kind, kinds, keys: table })?;
        let gateway_port = gateway_port.map(Spanned::into_inner);
        Ok(ServicePlan { port: port.into_inner(), service, gateway_port })
    }

    fn unknown_kind(self, speaks: &Spanned<String>) -> LabFileError {
        let kinds: Vec<String> = services::KINDS.iter().map(|kind| format!("`{}`", kind.name)).collect();
        let message = format!("unknown variant `{}`, expected one of {}", speaks.get_ref(), kinds.join(", "));
        self.unfit(speaks.span(), message)
    }
}

#[derive(Default)]
struct TakenNames<'a> {
    links: BTreeSet<&'a str>,
    ips: BTreeSet<IpAddr>,
    names: BTreeSet<String>,
    gateway_ports: BTreeSet<u16>,
}

fn is_host_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

fn is_usable(ip: IpAddr) -> bool {
    !(ip.is_unspecified() || ip.is_multicast() || ip.is_loopback() || ip == STUDENT_IP)
}

fn millis(millis: f64) -> Duration {
    Duration::from_secs_f64(millis / 1000.0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie within 10³ and 10¹² b/s")]
fn bits_per_second(mbps: f64) -> u64 {
    (mbps * 1e6).round() as u64
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HostsToml {
    format: Spanned<u32>,
    #[serde(default)]
    only: bool,
    #[serde(default, rename = "link")]
    links: Vec<LinkEntry>,
    #[serde(default, rename = "host")]
    hosts: Vec<HostEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkEntry {
    name: String,
    delay_millis: Spanned<f64>,
    rate_mbps: Option<Spanned<f64>>,
    queue_octets: Option<u64>,
    loss: Option<Spanned<f64>>,
    jitter_millis: Option<Spanned<f64>>,
}

/// A host but for its services.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HostEntry {
    names: Spanned<Vec<Spanned<String>>>,
    ip: Spanned<String>,
    #[serde(default)]
    more_ips: Vec<Spanned<String>>,
    #[serde(default)]
    links: Vec<String>,
    #[serde(default)]
    role: String,
    #[serde(default = "yes")]
    up: bool,
}

/// What every kind of service has.
#[derive(Deserialize)]
struct ServiceEntry {
    port: Spanned<u16>,
    speaks: Spanned<String>,
    gateway_port: Option<Spanned<u16>>,
}

fn yes() -> bool {
    true
}

const FORMAT: u32 = 1;
const MAX_HOSTS: usize = 1_000;
const MAX_DELAY_MILLIS: f64 = 60_000.0;
const DEFAULT_QUEUE_OCTETS: u64 = 256 * 1024;
