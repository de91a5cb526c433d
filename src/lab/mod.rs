//! THE LAB INTERNET. Hosts and services described in plain files under `assets/lab`, each served by a real server.
//!
//! [`LabFiles`] are the files, read and checked; [`Lab::open`] builds the network they describe and starts its servers.

mod certificates;
mod embedded;
mod file_error;
mod files;
mod gateway;
mod media_type;
mod name_server;
mod naming;
mod origin;
mod plan;
mod served;
mod service;
mod site_file;
#[cfg(test)]
mod stories;
mod stream;
mod zones;

use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};
use tokio::task::AbortHandle;

pub use certificates::CertificateError;
pub use file_error::LabFileError;
pub use files::{FOLDER_VARIABLE, LabFiles, MAX_DEPTH, MAX_FILES, MAX_OCTETS};
pub use gateway::{Gateway, GatewayError, Guests, Ports, Published, SHARED_PORT};
pub use name_server::{Answering, Asked, Responder, Transport};
pub use naming::{Journal, NameServer, Naming, Page};
pub use served::{Served, ZoneServer};

use name_server::Desk;
use origin::{Origin, Site};
use plan::{Host, Service, Speaks};
use service::{Ears, Server, Speech};

use crate::{
    net::{Clock, LabNet, LinkSpec, Network, Path, Resolver},
    proto::dns::{
        authority::Authority,
        cache::Cache,
        iterate::{Hint, Memory, Settings},
        servers::FIRST_PATIENCE,
        zone::ZoneFileError,
    },
};

/// The Lab Internet, running. Dropping it stops its servers.
#[derive(Debug)]
pub struct Lab {
    net: LabNet,
    files: LabFiles,
    sites: BTreeMap<String, Arc<Site>>,
    /// Who answers for each name server.
    desks: BTreeMap<SocketAddr, Arc<Desk>>,
    naming: Naming,
    running: Mutex<Running>,
}

/// Why a lab could not be opened, or something in it not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// No TLS.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A server could not listen.
    #[error("{host} cannot listen on port {port}")]
    Listen {
        /// Which host.
        host: String,
        /// Which port.
        port: u16,
        /// What the network says.
        #[source]
        source: io::Error,
    },
    /// There is no such host.
    #[error("the lab has no host named {host}")]
    NoSuchHost {
        /// The name asked for.
        host: String,
    },
    /// A zone that cannot be served.
    #[error("the zone {origin} cannot be served as it was written")]
    BadZone {
        /// Its name.
        origin: String,
        /// Where it is wrong.
        #[source]
        source: ZoneFileError,
    },
    /// A zone that nobody serves.
    #[error("no name server of the lab serves {origin}: say which one is to")]
    ZoneOfNobody {
        /// Its name.
        origin: String,
    },
    /// There is no such service.
    #[error("{host} has no server for port {port}")]
    NoSuchService {
        /// The host.
        host: String,
        /// The port asked for.
        port: u16,
    },
}

/// One host, as a map of the lab shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostStatus {
    /// Its names; the first is the one shown.
    pub names: Vec<String>,
    /// Its address.
    pub ip: IpAddr,
    /// What it is there for, in a sentence.
    pub role: String,
    /// Names of the links between it and the core, nearest the host first.
    pub links: Vec<String>,
    /// Round-trip time of those links, which adds to the path's.
    pub rtt: Duration,
    /// Is it switched on? Packets to a host that is down vanish.
    pub up: bool,
    /// The server processes it has, by port.
    pub services: Vec<ServiceStatus>,
}

/// One server process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceStatus {
    /// Its port.
    pub port: u16,
    /// `http`, `https`, `dns`, `silence`.
    pub speaks: &'static str,
    /// The sites it serves.
    pub sites: Vec<String>,
    /// Is it running? A connection to a stopped one is refused.
    pub running: bool,
}

/// Something of the lab that is switched off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Off {
    /// The host, by any of its names.
    pub host: String,
    /// One of its servers (connections are then refused), or the host as a whole (packets to it vanish).
    pub port: Option<u16>,
}

/// A zone that is served as written here, not as the lab's files have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneChange {
    /// The zone's name: `com`, `networkutopia.com`, `.`.
    pub origin: String,
    /// The zone file.
    pub text: Arc<str>,
    /// The server that serves it, by name or address; `None`: all that serve a zone of that name already.
    pub server: Option<String>,
}

impl Off {
    fn is_host(&self, host: &Host) -> bool {
        self.port.is_none() && host.is_named(&self.host)
    }

    fn is_service(&self, host: &Host, service: &Service) -> bool {
        self.port == Some(service.port) && host.is_named(&self.host)
    }
}

impl HostStatus {
    /// As the lab's files have it, every server running.
    fn planned(host: &Host, links: &[LinkSpec]) -> Self {
        let its_own = |link: &&LinkSpec| host.links.contains(&link.name);
        let service = |service: &Service| ServiceStatus {
            port: service.port,
            speaks: service.speaks.name(),
            sites: service.sites.clone(),
            running: true,
        };
        Self {
            names: host.names.clone(),
            ip: host.ip,
            role: host.role.clone(),
            links: host.links.clone(),
            rtt: links.iter().filter(its_own).map(|link| link.delay * 2).sum(),
            up: host.up,
            services: host.services.iter().map(service).collect(),
        }
    }
}

impl LabFiles {
    /// Every host these files describe and what runs on it when nothing has been switched off.
    pub fn hosts(&self) -> Vec<HostStatus> {
        self.plan.hosts.iter().map(|host| HostStatus::planned(host, &self.plan.links)).collect()
    }

    /// Is there a host of this name?
    pub fn knows(&self, name: &str) -> bool {
        self.plan.hosts.iter().any(|host| host.names.iter().any(|known| known == name))
    }
}

#[derive(Debug, Default)]
struct Running {
    services: BTreeMap<SocketAddr, AbortHandle>,
    down: Vec<IpAddr>,
    zones: Vec<ZoneChange>,
}

impl Lab {
    /// Builds the network `files` describe, the student behind `path`, and starts its servers on the current tokio runtime.
    ///
    /// # Errors
    /// No certificate could be made, or a server could not listen.
    pub fn open(clock: &Clock, files: &LabFiles, path: &Path) -> Result<Self, LabError> {
        let sites =
            files.sites.iter().map(|(name, site)| (name.clone(), Arc::new(Site::new(Arc::clone(site))))).collect();
        let net = LabNet::new(clock.clone(), &files.plan.topology(), path);
        let name_servers = files.plan.hosts.iter().flat_map(|host| {
            let speaks_dns = host.services.iter().filter(|service| service.speaks == Speaks::Dns);
            speaks_dns.map(|service| SocketAddr::new(host.ip, service.port))
        });
        let desks = name_servers.map(|ip_port| (ip_port, Arc::default())).collect();
        let naming = Naming::default();
        let mut lab = Self { net, files: files.clone(), sites, desks, naming, running: Mutex::default() };
        lab.naming = lab.staff_name_servers(path)?;
        for host in &files.plan.hosts {
            for service in &host.services {
                lab.start(host, service)?;
            }
            if !host.up {
                lab.set_up(host, false);
            }
        }
        Ok(lab)
    }

    /// Its name servers.
    pub fn naming(&self) -> &Naming {
        &self.naming
    }

    /// Gives every name server its zones and somebody to answer from them.
    fn staff_name_servers(&self, path: &Path) -> Result<Naming, LabError> {
        let mut naming = Naming::new(Journal::default());
        let hosts = &self.files.plan.hosts;
        let services = hosts.iter().flat_map(|host| host.services.iter().map(move |service| (host, service)));
        let services = || services.clone().filter(|(_, service)| service.speaks == Speaks::Dns);
        let root_servers =
            services().filter(|(_, service)| self.files.zones_of(service).any(|zone| zone.origin().is_root()));
        let hints: Vec<Hint> = root_servers.map(|(host, _)| naming::hint(host.name(), host.ip)).collect();
        for (host, service) in services() {
            let authority = Authority::new(self.files.zones_of(service).cloned(), service.policy());
            let settings = Settings {
                asker: host.name().to_owned(),
                hints: hints.clone(),
                take_servers: true,
                patience: FIRST_PATIENCE + path.rtt,
                ..Settings::default()
            };
            let network = self.network().as_host(host.ip, host.name());
            let memory = Memory::new(Cache::default(), naming::seed(path.seed, host.ip));
            let resolver = Resolver::new(network, settings, memory);
            let names = host.names.clone();
            let is_local = service.recursion;
            let server = Arc::new(NameServer::new(names, authority, resolver, is_local, naming.journal().clone()));
            self.answer_with(host.name(), service.port, Arc::clone(&server) as Arc<dyn Responder>)?;
            naming.add(SocketAddr::new(host.ip, service.port), server);
        }
        Ok(naming)
    }

    /// The files it was opened from.
    pub fn files(&self) -> &LabFiles {
        &self.files
    }

    /// The network.
    pub fn net(&self) -> &LabNet {
        &self.net
    }

    /// The lab as the student's programs see it; its certificate authority is trusted.
    pub fn network(&self) -> Network {
        let network = Network::lab(self.net.clone());
        match self.ca_certificate() {
            Ok(authority) => network.trusting(authority),
            Err(_) => network,
        }
    }

    /// The certificate of the lab's authority, which signs those of its servers.
    ///
    /// # Errors
    /// It could not be made.
    pub fn ca_certificate(&self) -> Result<CertificateDer<'static>, CertificateError> {
        Ok(self.files.authority()?.certificate().clone())
    }

    /// The same as text (PEM), for a browser or `curl --cacert`.
    ///
    /// # Errors
    /// It could not be made.
    pub fn ca_pem(&self) -> Result<String, CertificateError> {
        Ok(self.files.authority()?.pem().to_owned())
    }

    /// Every host and what runs on it, in the order of the lab's files.
    pub fn hosts(&self) -> Vec<HostStatus> {
        let running = self.running();
        let service = |host: &Host, service: &Service| ServiceStatus {
            port: service.port,
            speaks: service.speaks.name(),
            sites: service.sites.clone(),
            running: running.services.contains_key(&SocketAddr::new(host.ip, service.port)),
        };
        let status = |host: &Host| HostStatus {
            up: !running.down.contains(&host.ip),
            services: host.services.iter().map(|each| service(host, each)).collect(),
            ..HostStatus::planned(host, &self.files.plan.links)
        };
        self.files.plan.hosts.iter().map(status).collect()
    }

    /// The files of a site as they are now: path and octets. `None` where there is no such site.
    pub fn site_files(&self, site: &str) -> Option<Vec<(String, u64)>> {
        self.sites.get(site).map(|site| site.files())
    }

    /// Stops a server: its connections end, new ones are refused. Stopping a stopped one changes nothing.
    ///
    /// # Errors
    /// No such host or service.
    pub fn stop_service(&self, host: &str, port: u16) -> Result<(), LabError> {
        let (host, service) = self.service(host, port)?;
        if let Some(task) = self.running().services.remove(&SocketAddr::new(host.ip, service.port)) {
            task.abort();
        }
        Ok(())
    }

    /// Starts a stopped server; its sites are as they were. Starting a running one changes nothing.
    ///
    /// # Errors
    /// No such host or service, or the port is not free yet.
    pub fn start_service(&self, host: &str, port: u16) -> Result<(), LabError> {
        let (host, service) = self.service(host, port)?;
        let runs = self.running().services.contains_key(&SocketAddr::new(host.ip, service.port));
        if runs { Ok(()) } else { self.start(host, service) }
    }

    /// Has `responder` answer whatever a name server is asked from now on. Before, it refuses every question.
    ///
    /// # Errors
    /// No such host, or no name server at that port.
    pub fn answer_with(&self, host: &str, port: u16, responder: Arc<dyn Responder>) -> Result<(), LabError> {
        let (host, service) = self.service(host, port)?;
        let desk = self.desks.get(&SocketAddr::new(host.ip, service.port));
        let desk = desk.ok_or_else(|| LabError::NoSuchService { host: host.name().to_owned(), port })?;
        desk.staff(responder);
        Ok(())
    }

    /// Switches a host off (packets to it vanish, connecting times out) or on.
    ///
    /// # Errors
    /// No such host.
    pub fn set_host_up(&self, host: &str, up: bool) -> Result<(), LabError> {
        self.set_up(self.host(host)?, up);
        Ok(())
    }

    /// Switches off what `off` names, and on everything else that the lab's files do not leave off.
    ///
    /// # Errors
    /// A name that is no host or no service of the lab; nothing is switched then. A port that is not free yet.
    pub fn set_off(&self, off: &[Off]) -> Result<(), LabError> {
        for Off { host, port } in off {
            match port {
                Some(port) => drop(self.service(host, *port)?),
                None => drop(self.host(host)?),
            }
        }
        for host in &self.files.plan.hosts {
            self.set_up(host, host.up && !off.iter().any(|off| off.is_host(host)));
            for service in &host.services {
                if off.iter().any(|off| off.is_service(host, service)) {
                    self.stop_service(host.name(), service.port)?;
                } else {
                    self.start_service(host.name(), service.port)?;
                }
            }
        }
        Ok(())
    }

    /// Serves zones as written, and all others as the lab's files have them.
    ///
    /// # Errors
    /// A zone that cannot be read, or has nobody to serve it; the others are served all the same.
    pub fn set_zones(&self, changes: &[ZoneChange]) -> Result<(), LabError> {
        if self.running().zones == changes {
            return Ok(());
        }
        self.running().zones = changes.to_vec();
        let (served, wrong) = self.files.served(changes, &[]);
        for planned in served.servers() {
            if let Some((_, server)) = self.naming.server(planned.name()) {
                server.serve_only(planned.zones().cloned());
            }
        }
        wrong.into_iter().next().map_or(Ok(()), Err)
    }

    fn set_up(&self, host: &Host, up: bool) {
        self.net.set_host_up(host.ip, up);
        let mut running = self.running();
        running.down.retain(|ip| *ip != host.ip);
        if !up {
            running.down.push(host.ip);
        }
    }

    fn start(&self, host: &Host, service: &Service) -> Result<(), LabError> {
        let ip_port = SocketAddr::new(host.ip, service.port);
        let listen = |source| LabError::Listen { host: host.name().to_owned(), port: service.port, source };
        let datagrams = (service.speaks == Speaks::Dns).then(|| self.net.bind_datagrams(ip_port)).transpose();
        let ears = Ears {
            streams: self.net.listen(ip_port).map_err(listen)?,
            datagrams: datagrams.map_err(|error| listen(error.into()))?,
        };
        let clock = self.net.clock().clone();
        let server = Server { speaks: self.speech(host, service)?, keep_alive: service.keep_alive, clock };
        let task = tokio::spawn(server.run(ears)).abort_handle();
        self.running().services.insert(ip_port, task);
        Ok(())
    }

    fn speech(&self, host: &Host, service: &Service) -> Result<Speech, LabError> {
        let site = |name: &String| Some((name.clone(), Arc::clone(self.sites.get(name)?)));
        let origin = || Origin::new(service.sites.iter().filter_map(site).collect());
        Ok(match service.speaks {
            Speaks::Http => Speech::Http(origin()),
            Speaks::Https => Speech::Https(origin(), self.files.authority()?.server(host, service.certificate)?),
            Speaks::Dns => {
                let desk = self.desks.get(&SocketAddr::new(host.ip, service.port));
                Speech::Dns(desk.map(Arc::clone).unwrap_or_default())
            }
            Speaks::Silence => Speech::Silence,
        })
    }

    fn host(&self, name: &str) -> Result<&Host, LabError> {
        self.files
            .plan
            .hosts
            .iter()
            .find(|host| host.is_named(name))
            .ok_or_else(|| LabError::NoSuchHost { host: name.to_owned() })
    }

    fn service(&self, host: &str, port: u16) -> Result<(&Host, &Service), LabError> {
        let host = self.host(host)?;
        let service = host.services.iter().find(|service| service.port == port);
        let missing = || LabError::NoSuchService { host: host.name().to_owned(), port };
        Ok((host, service.ok_or_else(missing)?))
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for task in self.running().services.values() {
            task.abort();
        }
    }
}
