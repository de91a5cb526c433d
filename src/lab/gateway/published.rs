//! What is published on which port of 127.0.0.1, and how it comes by that port.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use tokio::{
    net::{TcpListener, UdpSocket},
    task::JoinSet,
};

use super::{GatewayError, LabAccess, SHARED_PORT, datagrams, relay, shared};
use crate::lab::{
    Lab, Transports,
    plan::{HostPlan, ServicePlan},
};

/// One lab service on loopback.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PublishedService {
    /// Lab host; `*` for the port that tells hosts apart by what the request says.
    pub host: String,
    /// What it speaks, as `http`, `dns`, `echo`; with its port where that is not the usual one: `http:8080`.
    pub service: String,
    /// Its port in the lab.
    pub port: u16,
    /// Where on 127.0.0.1.
    pub ip_port: SocketAddr,
    /// It takes connections there.
    pub connections: bool,
    /// It takes datagrams there.
    pub datagrams: bool,
}

impl PublishedService {
    /// How it is reached: `tcp`, `udp`, `udp+tcp`.
    pub fn transports(&self) -> &'static str {
        match (self.datagrams, self.connections) {
            (true, true) => "udp+tcp",
            (true, false) => "udp",
            (false, _) => "tcp",
        }
    }

    /// What it speaks, without a port.
    pub fn speaks(&self) -> &str {
        self.service.split(':').next().unwrap_or_default()
    }

    /// What it is, for a sentence: `echo.lab echo`.
    pub(super) fn what(&self) -> String {
        what(&self.host, &self.service)
    }
}

impl fmt::Display for PublishedService {
    /// `dns 127.0.0.1:5300 udp+tcp → dns.poly.edu:53`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, ip_port, .. } = self;
        write!(f, "{} {ip_port} {} → {host}:{port}", self.speaks(), self.transports())
    }
}

/// Which ports to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ports {
    /// Any that are free.
    #[default]
    Free,
    /// The same every time: those of `assets/lab/README.md`, and of a teacher's `hosts.toml`. A service without one gets any.
    Fixed,
}

/// A certain port of 127.0.0.1 for a certain service of the lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortChoice {
    /// The lab host, by any of its names.
    pub host: String,
    /// The service's port in the lab.
    pub port: u16,
    /// The port on 127.0.0.1, not 0: for connections and datagrams, whichever the service takes.
    pub local: u16,
}

/// A port that is to be opened.
pub(super) struct PortRequest {
    host: String,
    service: String,
    port: u16,
    takes: Transports,
    /// The port on 127.0.0.1; 0 for any.
    pub(super) local: u16,
}

impl PortRequest {
    /// The shared port, then one for each service in the order of the lab's files.
    pub(super) fn all(lab: &Lab, ports: Ports, choices: &[PortChoice]) -> Result<Vec<Self>, GatewayError> {
        let fixed = |port: Option<u16>| port.filter(|_| ports == Ports::Fixed).unwrap_or(0);
        let takes = Transports::Connections;
        let shared =
            Self { host: "*".into(), service: "http".into(), port: 80, takes, local: fixed(Some(SHARED_PORT)) };
        let services = services(lab).map(|(host, plan)| Self::of(host, plan, fixed(plan.gateway_port)));
        let mut all: Vec<Self> = [shared].into_iter().chain(services).collect();
        for choice in choices {
            let (place, wanted) = Self::chosen(lab, choice)?;
            all.splice(place..=place, [wanted]);
        }
        let certain = |wanted: &&Self| wanted.local != 0;
        for (place, one) in all.iter().enumerate().filter(|(_, wanted)| certain(wanted)) {
            if let Some(other) = all.iter().skip(place + 1).find(|other| other.local == one.local) {
                let (what, other) = (one.what(), other.what());
                return Err(GatewayError::PortTwice { port: one.local, what, other });
            }
        }
        Ok(all)
    }

    /// A service at the port chosen for it, and its place among all that is published.
    pub(super) fn chosen(lab: &Lab, choice: &PortChoice) -> Result<(usize, Self), GatewayError> {
        let PortChoice { host: named, port, local } = choice;
        let found = services(lab).enumerate().find(|(_, (host, plan))| host.is_named(named) && plan.port == *port);
        let missing = || GatewayError::NoSuchService { host: named.clone(), port: *port };
        let (place, (host, plan)) = found.ok_or_else(missing)?;
        Ok((place + 1, Self::of(host, plan, *local)))
    }

    fn of(host: &HostPlan, plan: &ServicePlan, local: u16) -> Self {
        let takes = plan.service.kind().takes;
        Self { host: host.name().to_owned(), service: plan.name(), port: plan.port, takes, local }
    }

    /// What is to be there.
    pub(super) fn what(&self) -> String {
        what(&self.host, &self.service)
    }

    /// Opens the port, for connections and datagrams as the service takes them: one number for both.
    pub(super) async fn open(&self) -> Result<BoundPort, GatewayError> {
        let mut attempts = if self.local == 0 { ATTEMPTS } else { 1 };
        loop {
            attempts -= 1;
            match self.bind().await {
                Ok(opening) => return Ok(opening),
                // A port that is free for connections may be taken for datagrams.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && attempts > 0 => {}
                Err(source) => return Err(self.unopened(source)),
            }
        }
    }

    async fn bind(&self) -> io::Result<BoundPort> {
        let mut ip_port = SocketAddr::from((Ipv4Addr::LOCALHOST, self.local));
        let mut streams = None;
        if self.takes.connections() {
            let listener = TcpListener::bind(ip_port).await?;
            ip_port = listener.local_addr()?;
            streams = Some(listener);
        }
        let mut datagrams = None;
        if self.takes.datagrams() {
            let socket = UdpSocket::bind(ip_port).await?;
            ip_port = socket.local_addr()?;
            datagrams = Some(socket);
        }
        let published = PublishedService {
            host: self.host.clone(),
            service: self.service.clone(),
            port: self.port,
            ip_port,
            connections: self.takes.connections(),
            datagrams: self.takes.datagrams(),
        };
        Ok(BoundPort { published, streams, datagrams })
    }

    fn unopened(&self, source: io::Error) -> GatewayError {
        let what = self.what();
        if self.local != 0 && source.kind() == io::ErrorKind::AddrInUse {
            GatewayError::PortTaken { port: self.local, what, source }
        } else {
            GatewayError::NoPort { what, source }
        }
    }
}

/// An open port of 127.0.0.1 that is not served yet.
pub(super) struct BoundPort {
    pub(super) published: PublishedService,
    streams: Option<TcpListener>,
    datagrams: Option<UdpSocket>,
}

impl BoundPort {
    /// Serves every program that connects to it, until the tasks are dropped.
    pub(super) fn serve(self, access: &LabAccess, index: &Arc<shared::GatewayIndex>) -> JoinSet<()> {
        let Self { published: PublishedService { host, port, .. }, streams, datagrams } = self;
        let host: Arc<str> = host.into();
        let mut tasks = JoinSet::new();
        if let Some(outside) = datagrams {
            tasks.spawn(datagrams::serve(outside, access.clone(), Arc::clone(&host), port));
        }
        match streams {
            Some(streams) if *host == *"*" => {
                let index = Arc::clone(index);
                let serve = move |access, outside| shared::serve(outside, access, Arc::clone(&index));
                tasks.spawn(access.clone().accept_all(streams, serve));
            }
            Some(streams) => {
                let serve = move |access, outside| relay::serve(outside, access, Arc::clone(&host), port);
                tasks.spawn(access.clone().accept_all(streams, serve));
            }
            None => {}
        }
        tasks
    }
}

/// All services, in the order of the lab's files.
fn services(lab: &Lab) -> impl Iterator<Item = (&HostPlan, &ServicePlan)> {
    lab.files.plan.hosts.iter().flat_map(|host| host.services.iter().map(move |plan| (host, plan)))
}

fn what(host: &str, service: &str) -> String {
    if host == "*" { "the port shared by all hosts".to_owned() } else { format!("{host} {service}") }
}

/// Ports tried until one is free for connections and datagrams.
const ATTEMPTS: usize = 32;
