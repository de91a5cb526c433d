//! `hosts.toml`: which hosts and links there are, what each host serves, and where the gateway publishes it.
//! The file's keys are explained in `assets/lab/README.md`; this is where they are read and checked.

use std::{collections::BTreeSet, net::IpAddr, ops::Range, path::Path, time::Duration};

use serde::Deserialize;
use toml::Spanned;

use super::file_error::LabFileError;
use crate::net::{ACCESS_LINK, HostSpec, LinkSpec, Rate, STUDENT_IP, Topology};
use crate::proto::dns::authority::AnyPolicy;

/// Everything `hosts.toml` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Plan {
    pub(super) links: Vec<LinkSpec>,
    pub(super) hosts: Vec<Host>,
    /// The folder's hosts stand alone, without the built-in ones.
    pub(super) only: bool,
}

/// One host of the lab.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Host {
    pub(super) names: Vec<String>,
    pub(super) ip: IpAddr,
    pub(super) links: Vec<String>,
    pub(super) role: String,
    pub(super) up: bool,
    pub(super) services: Vec<Service>,
}

/// One server process: a port and what is spoken there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Service {
    pub(super) port: u16,
    pub(super) speaks: Speaks,
    pub(super) certificate: Certificate,
    /// Sites told apart by the `Host` line; the first is served to all other names.
    pub(super) sites: Vec<String>,
    /// Zones a name server answers from.
    pub(super) zones: Vec<String>,
    /// What a name server says to ANY.
    pub(super) any: AnyPolicy,
    /// A name server tells several addresses in another order each time.
    pub(super) rotate: bool,
    /// A name server asks others for its clients.
    pub(super) recursion: bool,
    pub(super) keep_alive: KeepAlive,
    pub(super) gateway_port: Option<u16>,
}

/// What a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Speaks {
    /// HTTP/1.0, HTTP/1.1, and HTTP/2 by prior knowledge.
    Http,
    /// The same inside TLS, HTTP/2 by ALPN.
    Https,
    /// DNS, by datagram and by stream.
    Dns,
    /// Accepts, reads, and never says a word.
    Silence,
}

/// Which certificate a TLS server shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Certificate {
    /// For the host's own names, signed by the lab's authority.
    #[default]
    Proper,
    /// For another name.
    OtherName,
    /// No longer valid.
    Expired,
    /// Signed by nobody but itself.
    SelfSigned,
}

/// How long a connection may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeepAlive {
    /// Seconds a connection may be idle between requests.
    pub(super) seconds: u32,
    /// Requests one connection may carry.
    pub(super) requests: u32,
}

impl Default for KeepAlive {
    /// The values an everyday server announces: `timeout=10, max=100`.
    fn default() -> Self {
        Self { seconds: 10, requests: 100 }
    }
}

impl Speaks {
    /// As the file has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Dns => "dns",
            Self::Silence => "silence",
        }
    }
}

impl Host {
    /// The name it is known by.
    pub(super) fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// Is `name` one of its names?
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

impl Plan {
    /// Reads and checks `text`, which came from `file`.
    pub(super) fn read(file: &Path, text: &str) -> Result<Self, LabFileError> {
        let written: Written = toml::from_str(text).map_err(|error| LabFileError::toml(file, text, &error))?;
        let reader = Reader { file, text };
        reader.check(&written.format, *written.format.get_ref() == FORMAT, "format = 1 (the only one there is)")?;
        let plan = Self {
            links: written.links.iter().map(|link| reader.link(link)).collect::<Result<_, _>>()?,
            hosts: written.hosts.iter().map(|host| reader.host(host)).collect::<Result<_, _>>()?,
            only: written.only,
        };
        reader.unique(&written)?;
        Ok(plan)
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
    pub(super) fn checked(
        self,
        file: &Path,
        is_site: impl Fn(&str) -> bool,
        is_zone: impl Fn(&str) -> bool,
    ) -> Result<Self, LabFileError> {
        let mut seen = Seen::default();
        let wrong = |what: String, expected| LabFileError::Contradiction { file: file.to_owned(), what, expected };
        for link in &self.links {
            if link.name == ACCESS_LINK || !seen.links.insert(&link.name) {
                return Err(wrong(format!("two links are named {:?}", link.name), "a name no other link has"));
            }
        }
        for host in &self.hosts {
            if !seen.ips.insert(host.ip) {
                return Err(wrong(
                    format!("{} has the address {}", host.name(), host.ip),
                    "an address no other host has",
                ));
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
                if let Some(site) = service.sites.iter().find(|site| !is_site(site)) {
                    let what = format!("{}:{} serves {site:?}", host.name(), service.port);
                    return Err(wrong(what, "the name of a folder in sites/"));
                }
                if let Some(zone) = service.zones.iter().find(|zone| !is_zone(zone)) {
                    let what = format!("{}:{} serves {zone:?}", host.name(), service.port);
                    return Err(wrong(what, "the name of a file in zones/, without .zone"));
                }
            }
        }
        Ok(self)
    }

    /// What the network needs to know of it.
    pub(super) fn topology(&self) -> Topology {
        let host = |host: &Host| HostSpec { names: host.names.clone(), ip: host.ip, links: host.links.clone() };
        Topology { links: self.links.clone(), hosts: self.hosts.iter().map(host).collect() }
    }
}

/// Names a value's place in its file when it is not what it should be.
struct Reader<'a> {
    file: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn link(&self, written: &WrittenLink) -> Result<LinkSpec, LabFileError> {
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

    fn host(&self, written: &WrittenHost) -> Result<Host, LabFileError> {
        self.check(&written.names, !written.names.get_ref().is_empty(), "at least one name")?;
        for name in written.names.get_ref() {
            self.check(name, is_host_name(name.get_ref()), "a host name: letters, digits, hyphens and dots")?;
        }
        let ip = written.ip.get_ref().parse::<IpAddr>();
        let Ok(ip) = ip else { return Err(self.wrong(written.ip.span(), "an IPv4 or IPv6 address")) };
        self.check(&written.ip, is_usable(ip), "an address a host can have (10.0.0.2 is the student's)")?;
        Ok(Host {
            names: written.names.get_ref().iter().map(|name| name.get_ref().clone()).collect(),
            ip,
            links: written.links.clone(),
            role: written.role.clone(),
            up: written.up,
            services: written.services.iter().map(|service| self.service(service)).collect::<Result<_, _>>()?,
        })
    }

    fn service(&self, written: &WrittenService) -> Result<Service, LabFileError> {
        self.check(&written.port, *written.port.get_ref() != 0, "a port from 1 to 65535")?;
        let serves = matches!(written.speaks, Speaks::Http | Speaks::Https);
        self.check(&written.port, !serves || !written.sites.is_empty(), "sites = [\"…\"], at least one")?;
        let of_dns = written.zones.is_some() || written.any.is_some() || written.rotate.is_some() || written.recursion;
        let fits = written.speaks == Speaks::Dns || !of_dns;
        self.check(&written.port, fits, "speaks = \"dns\" where zones, any, rotate or recursion is said")?;
        if let Some(port) = &written.gateway_port {
            self.check(port, *port.get_ref() >= 1024, "a port from 1024 to 65535")?;
        }
        if let Some(keep) = &written.keep_alive {
            let KeepAlive { seconds, requests } = *keep.get_ref();
            self.check(keep, seconds > 0 && requests > 0, "at least 1 second and 1 request")?;
        }
        Ok(Service {
            port: *written.port.get_ref(),
            speaks: written.speaks,
            certificate: written.certificate,
            sites: written.sites.clone(),
            zones: written.zones.clone().unwrap_or_default(),
            any: written.any.unwrap_or_default(),
            rotate: written.rotate.unwrap_or(true),
            recursion: written.recursion,
            keep_alive: written.keep_alive.as_ref().map(|keep| *keep.get_ref()).unwrap_or_default(),
            gateway_port: written.gateway_port.as_ref().map(|port| *port.get_ref()),
        })
    }

    /// Each host's ports occur once, and there are not too many of anything.
    fn unique(&self, written: &Written) -> Result<(), LabFileError> {
        for host in &written.hosts {
            let mut ports = BTreeSet::new();
            for service in &host.services {
                self.check(&service.port, ports.insert(*service.port.get_ref()), "a port no other service has")?;
            }
        }
        match written.hosts.get(MAX_HOSTS) {
            Some(host) => Err(self.wrong(host.ip.span(), "at most 1000 hosts")),
            None => Ok(()),
        }
    }

    fn check<T>(&self, value: &Spanned<T>, holds: bool, expected: &'static str) -> Result<(), LabFileError> {
        if holds { Ok(()) } else { Err(self.wrong(value.span(), expected)) }
    }

    fn wrong(&self, span: Range<usize>, expected: &'static str) -> LabFileError {
        LabFileError::value(self.file, self.text, span, expected)
    }
}

#[derive(Default)]
struct Seen<'a> {
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
struct Written {
    format: Spanned<u32>,
    #[serde(default)]
    only: bool,
    #[serde(default, rename = "link")]
    links: Vec<WrittenLink>,
    #[serde(default, rename = "host")]
    hosts: Vec<WrittenHost>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLink {
    name: String,
    delay_millis: Spanned<f64>,
    rate_mbps: Option<Spanned<f64>>,
    queue_octets: Option<u64>,
    loss: Option<Spanned<f64>>,
    jitter_millis: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenHost {
    names: Spanned<Vec<Spanned<String>>>,
    ip: Spanned<String>,
    #[serde(default)]
    links: Vec<String>,
    #[serde(default)]
    role: String,
    #[serde(default = "yes")]
    up: bool,
    #[serde(default, rename = "service")]
    services: Vec<WrittenService>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenService {
    port: Spanned<u16>,
    speaks: Speaks,
    #[serde(default)]
    certificate: Certificate,
    #[serde(default)]
    sites: Vec<String>,
    zones: Option<Vec<String>>,
    any: Option<AnyPolicy>,
    rotate: Option<bool>,
    #[serde(default)]
    recursion: bool,
    keep_alive: Option<Spanned<KeepAlive>>,
    gateway_port: Option<Spanned<u16>>,
}

fn yes() -> bool {
    true
}

const FORMAT: u32 = 1;
const MAX_HOSTS: usize = 1_000;
const MAX_DELAY_MILLIS: f64 = 60_000.0;
const DEFAULT_QUEUE_OCTETS: u64 = 256 * 1024;
