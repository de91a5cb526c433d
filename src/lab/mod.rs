//! THE LAB INTERNET. Hosts and services described in plain files under `assets/lab`, each served by a real server.
//!
//! [`LabFiles`] are the files, read and checked; [`Lab::open`] builds the network they describe and starts its servers.

mod accept;
mod application_file;
mod applications;
mod certificates;
mod conversation;
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
mod services;
mod site_file;
#[cfg(test)]
mod stories;
mod stream;
mod tables;
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
pub use file_error::{FilePlace, LabFileError};
pub use files::{FOLDER_VARIABLE, LabFiles, MAX_DEPTH, MAX_FILES, MAX_OCTETS};
pub use gateway::{Gateway, GatewayError, OutsideFlows, PortChoice, Ports, PublishedService, SHARED_PORT};
pub use name_server::{DnsRequest, DnsTransport, ReplyFuture, Responder};
pub use naming::{CACHE_TABLE, Journal, NameServer, Naming, ResolutionPage};
pub use served::{ServedZones, ZoneServer};
pub use service::Transports;
pub use tables::LabStore;

use applications::ApplicationContext;
use naming::RememberedCache;
use origin::Site;
use plan::{HostPlan, ServicePlan};
use service::HostContext;
use services::dns::Dns;
use site_file::SiteFile;

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
    naming: Naming,
    running: Mutex<LabState>,
    store: LabStore,
    /// What the local name servers remember from run to run.
    remembered: Vec<(Arc<NameServer>, RememberedCache)>,
}

/// Why a lab could not be opened, or something in it not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// What lasts could not be read or written.
    #[error("what the lab's servers keep could not be read or written")]
    Store(#[from] crate::store::Error),
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
    /// A zone that no server has.
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
    /// What it speaks: `http`, `https`, `dns` …, as `hosts.toml` says it.
    pub speaks: &'static str,
    /// What is to be had there, in a line: `zones: umass.edu`.
    pub status: String,
    /// Is it running? A connection to a stopped one is refused.
    pub running: bool,
}

/// Something of the lab that is switched off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
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

impl Outage {
    fn is_host(&self, host: &HostPlan) -> bool {
        self.port.is_none() && host.is_named(&self.host)
    }

    fn is_service(&self, host: &HostPlan, service: &ServicePlan) -> bool {
        self.port == Some(service.port) && host.is_named(&self.host)
    }
}

impl HostStatus {
    /// As the lab's files have it, every server running.
    fn planned(host: &HostPlan, links: &[LinkSpec]) -> Self {
        let its_own = |link: &&LinkSpec| host.links.contains(&link.name);
        Self {
            names: host.names.clone(),
            ip: host.ip,
            role: host.role.clone(),
            links: host.links.clone(),
            rtt: links.iter().filter(its_own).map(|link| link.delay * 2).sum(),
            up: host.up,
            services: host.services.iter().map(|plan| ServiceStatus::of(plan, true)).collect(),
        }
    }
}

impl ServiceStatus {
    fn of(plan: &ServicePlan, running: bool) -> Self {
        let speaks = plan.service.kind().name;
        Self { port: plan.port, speaks, status: plan.service.status(), running }
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
struct LabState {
    services: BTreeMap<SocketAddr, AbortHandle>,
    down: Vec<IpAddr>,
    zones: Vec<ZoneChange>,
}

impl Lab {
    /// Builds the network `files` describe, the student behind `path`, and starts its servers on the current tokio runtime. What they keep
    /// is in `store`.
    ///
    /// # Errors
    /// No certificate could be made, or a server could not listen.
    pub fn open(clock: &Clock, files: &LabFiles, path: &Path, store: LabStore) -> Result<Self, LabError> {
        let net = LabNet::new(clock.clone(), &files.plan.topology(), path);
        let sites =
            files.sites.iter().map(|(name, file)| (name.clone(), Arc::new(site(name, file, files, &net, &store))));
        let sites = sites.collect();
        let name_servers = files.name_servers().map(|(host, plan, _)| SocketAddr::new(host.ip, plan.port));
        let naming = Naming::of(name_servers);
        let (running, remembered) = (Mutex::default(), Vec::new());
        let mut lab = Self { net, files: files.clone(), sites, naming, running, store, remembered };
        lab.staff_name_servers(path);
        lab.recall()?;
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

    /// Gives every name server its zones and the responder that answers from them.
    fn staff_name_servers(&mut self, path: &Path) {
        let files = self.files.clone();
        let is_root = |(.., server): &(_, _, &Dns)| files.zones_of(server).any(|zone| zone.origin().is_root());
        let root_servers = files.name_servers().filter(is_root);
        let hints: Vec<Hint> = root_servers.map(|(host, ..)| naming::hint(host.name(), host.ip)).collect();
        for (host, plan, server) in files.name_servers() {
            let authority = Authority::new(files.zones_of(server).cloned(), server.policy());
            let settings = Settings {
                asker: host.name().to_owned(),
                hints: hints.clone(),
                take_servers: true,
                patience: FIRST_PATIENCE + path.rtt,
                ..Settings::default()
            };
            let memory = Memory::new(Cache::default(), naming::seed(path.seed, host.ip));
            let resolver = Resolver::new(self.context(host, host.ip, plan).network(), settings, memory);
            let (names, journal) = (host.names.clone(), self.naming.journal().clone());
            let search_ended = Arc::clone(self.naming.search_ended());
            let server = Arc::new(NameServer::new(names, authority, resolver, server.recursion, journal, search_ended));
            if server.is_local() {
                let cache = RememberedCache::of(&server, &self.store, self.net.clock());
                self.remembered.extend(cache.map(|cache| (Arc::clone(&server), cache)));
            }
            self.naming.add(SocketAddr::new(host.ip, plan.port), server);
        }
    }

    /// What `host` gives the process it runs for `plan` at one of its addresses.
    fn context<'a>(&'a self, host: &'a HostPlan, ip: IpAddr, plan: &ServicePlan) -> HostContext<'a> {
        HostContext {
            names: &host.names,
            ip_port: SocketAddr::new(ip, plan.port),
            naming: &self.naming,
            net: &self.net,
            network: self.network(),
            files: &self.files,
            sites: &self.sites,
            store: &self.store,
        }
    }

    /// Gives the local name servers what the store has of their caches and they have not, and takes from them what is forgotten by its date.
    /// To be called when the store was changed elsewhere, or the clock's date moved.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn recall(&self) -> Result<(), LabError> {
        self.remembered.iter().try_for_each(|(server, cache)| cache.recall(server)).map_err(Into::into)
    }

    /// Writes down what the local name servers are to remember after this lab has closed.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn write_down(&self) -> Result<(), LabError> {
        self.remembered.iter().try_for_each(|(server, cache)| cache.write_down(server)).map_err(Into::into)
    }

    /// Waits until a name server has looked something up for a client: there is something to write down.
    pub async fn cache_changed(&self) {
        self.naming.search_ended().notified().await;
    }

    /// The store its servers keep their tables in.
    pub fn store(&self) -> &LabStore {
        &self.store
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
        let service = |host: &HostPlan, plan: &ServicePlan| {
            ServiceStatus::of(plan, running.services.contains_key(&SocketAddr::new(host.ip, plan.port)))
        };
        let status = |host: &HostPlan| HostStatus {
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
        for ip in host.ips() {
            if let Some(task) = self.running().services.remove(&SocketAddr::new(ip, service.port)) {
                task.abort();
            }
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
        let replaceable = self.naming.responder(SocketAddr::new(host.ip, service.port));
        let missing = || LabError::NoSuchService { host: host.name().to_owned(), port };
        replaceable.ok_or_else(missing)?.replace(responder);
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
    pub fn set_off(&self, off: &[Outage]) -> Result<(), LabError> {
        for Outage { host, port } in off {
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
    /// A zone that cannot be read, or has no server; the others are served all the same.
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

    fn set_up(&self, host: &HostPlan, up: bool) {
        host.ips().for_each(|ip| self.net.set_host_up(ip, up));
        let mut running = self.running();
        running.down.retain(|ip| *ip != host.ip);
        if !up {
            running.down.push(host.ip);
        }
    }

    fn start(&self, host: &HostPlan, plan: &ServicePlan) -> Result<(), LabError> {
        for ip in host.ips() {
            let context = self.context(host, ip, plan);
            let task = tokio::spawn(plan.service.start(&context)?).abort_handle();
            self.running().services.insert(context.ip_port, task);
        }
        Ok(())
    }

    fn host(&self, name: &str) -> Result<&HostPlan, LabError> {
        self.files
            .plan
            .hosts
            .iter()
            .find(|host| host.is_named(name))
            .ok_or_else(|| LabError::NoSuchHost { host: name.to_owned() })
    }

    fn service(&self, host: &str, port: u16) -> Result<(&HostPlan, &ServicePlan), LabError> {
        let host = self.host(host)?;
        let service = host.services.iter().find(|service| service.port == port);
        let missing = || LabError::NoSuchService { host: host.name().to_owned(), port };
        Ok((host, service.ok_or_else(missing)?))
    }

    fn running(&self) -> MutexGuard<'_, LabState> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A site, with the program its file names. Where it is a client of other servers, it is so from the host of its own name.
fn site(name: &str, file: &Arc<SiteFile>, files: &LabFiles, net: &LabNet, store: &LabStore) -> Site {
    let site = Site::new(Arc::clone(file));
    let Some(settings) = &file.application else { return site };
    let host = files.plan.hosts.iter().find(|host| host.is_named(name));
    let network = host.map(|host| Network::lab(net.clone()).as_host(host.ip, host.name()));
    let context = ApplicationContext { site: name, store, clock: net.clock(), files: file, network };
    site.with_application(applications::start(settings, &context))
}

impl Drop for Lab {
    fn drop(&mut self) {
        for task in self.running().services.values() {
            task.abort();
        }
    }
}
