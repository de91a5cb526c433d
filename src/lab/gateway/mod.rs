//! The gateway: publishes the lab's services on 127.0.0.1, so that curl, a browser or a student's own program can use them.
//!
//! Each outside connection becomes a lab connection of the student's host, over the same links and into the same record. The
//! kernel makes the loopback connection at once; the lab's own handshake comes before the first octet is passed on, so an outside
//! program sees the time of both where it waits for its first octet. TLS is passed through. A name server is published for
//! datagrams and connections on one port number. Real time only: a virtual clock would jump ahead while the outside world is being
//! waited for.

mod datagrams;
mod relay;
mod shared;
#[cfg(test)]
mod stories;

use std::{
    collections::VecDeque,
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream, UdpSocket},
    sync::Semaphore,
    task::JoinSet,
};

use super::{Lab, plan::ServicePlan};
use crate::{
    net::Network,
    wire::{FlowHandle, FlowId},
};

/// The published lab. Dropping it closes its ports and the connections through them.
#[derive(Debug)]
pub struct Gateway {
    published: Vec<Published>,
    guests: Guests,
    tasks: JoinSet<()>,
}

/// Which outside connection became which flow of the record. Cheap to clone; the latest 1,024 are known.
#[derive(Clone, Debug, Default)]
pub struct Guests(Arc<Mutex<VecDeque<(SocketAddr, FlowId)>>>);

impl Guests {
    /// The lab connection of the outside program that spoke from `outside`; the latest, where it had several.
    pub fn flow_of(&self, outside: SocketAddr) -> Option<FlowId> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().rev().find(|(guest, _)| *guest == outside).map(|(_, flow)| *flow)
    }

    fn came(&self, outside: SocketAddr, flow: FlowId) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= GUESTS_REMEMBERED {
            known.pop_front();
        }
        known.push_back((outside, flow));
    }
}

/// One lab service on loopback.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Published {
    /// Lab host; `*` for the port that tells hosts apart by what the request says.
    pub host: String,
    /// `http`, `https`, `dns`, `silence`; with its port where that is not the usual one: `http:8080`.
    pub service: String,
    /// Its port in the lab.
    pub port: u16,
    /// Where on 127.0.0.1.
    pub ip_port: SocketAddr,
    /// It takes datagrams there too, not only connections.
    pub datagrams: bool,
}

impl Published {
    /// How it is reached: `tcp`, `udp+tcp`.
    pub fn transports(&self) -> &'static str {
        if self.datagrams { "udp+tcp" } else { "tcp" }
    }
}

impl fmt::Display for Published {
    /// `dns 127.0.0.1:5300 udp+tcp → dns.poly.edu:53`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, service, port, ip_port, .. } = self;
        let service = service.split(':').next().unwrap_or_default();
        write!(f, "{service} {ip_port} {} → {host}:{port}", self.transports())
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

/// Why the lab could not be published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// A fixed port is in use.
    #[error(
        "port {port} on 127.0.0.1, where {what} belongs, is taken by another program: end that program, or let the gateway \
         choose free ports"
    )]
    PortTaken {
        /// The port.
        port: u16,
        /// What was to be there.
        what: String,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// A port could not be opened for another reason.
    #[error("no port on 127.0.0.1 could be opened for {what}")]
    NoPort {
        /// What was to be there.
        what: String,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// The lab runs in virtual time.
    #[error("a lab in virtual time cannot be published: its clock would run ahead of the outside world")]
    VirtualTime,
}

impl Gateway {
    /// Publishes every service of `lab`, and one port for all hosts' port 80. Connections are recorded as children of `parent`.
    /// Needs a tokio runtime.
    ///
    /// # Errors
    /// A port is taken or cannot be had; the lab runs in virtual time.
    pub async fn open(lab: &Lab, ports: Ports, parent: &FlowHandle) -> Result<Self, GatewayError> {
        if lab.net().clock().is_virtual() {
            return Err(GatewayError::VirtualTime);
        }
        let guests = Guests::default();
        let door = Door {
            network: lab.network(),
            parent: parent.clone(),
            room: Arc::new(Semaphore::new(MAX_OUTSIDE)),
            guests: guests.clone(),
        };
        let mut open = Vec::new();
        for host in &lab.files.plan.hosts {
            for service in &host.services {
                open.push(Way::open(ports, host.name(), service).await?);
            }
        }
        let shared = bind(ports, Some(SHARED_PORT), "the port shared by all hosts").await?;
        let mut published =
            vec![Published { host: "*".into(), service: "http".into(), port: 80, ip_port: shared.1, datagrams: false }];
        published.extend(open.iter().map(|way| way.published.clone()));
        let mut tasks = JoinSet::new();
        let index = Arc::new(shared::Index::new(lab, published.clone()));
        tasks.spawn(door.clone().keep(shared.0, move |door, outside| shared::serve(outside, door, Arc::clone(&index))));
        for Way { published: Published { host, port, .. }, streams, datagrams } in open {
            let host: Arc<str> = host.into();
            if let Some(outside) = datagrams {
                tasks.spawn(datagrams::serve(outside, door.clone(), Arc::clone(&host), port));
            }
            tasks.spawn(
                door.clone().keep(streams, move |door, outside| relay::serve(outside, door, Arc::clone(&host), port)),
            );
        }
        Ok(Self { published, guests, tasks })
    }

    /// Which outside connection became which flow.
    pub fn guests(&self) -> &Guests {
        &self.guests
    }

    /// Closes the ports and the connections through them; they are closed when this is over.
    pub async fn close(mut self) {
        self.tasks.shutdown().await;
    }

    /// What is published where, the shared port first.
    pub fn published(&self) -> &[Published] {
        &self.published
    }
}

/// What every way in has in common.
#[derive(Clone, Debug)]
struct Door {
    network: Network,
    parent: FlowHandle,
    room: Arc<Semaphore>,
    guests: Guests,
}

impl Door {
    /// Accepts for ever; when the house is full, the kernel keeps the next ones waiting.
    async fn keep<F>(self, listener: TcpListener, serve: impl Fn(Self, TcpStream) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut inside = JoinSet::new();
        loop {
            while inside.try_join_next().is_some() {}
            let Ok(place) = Arc::clone(&self.room).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((outside, _)) => {
                    let serving = serve(self.clone(), outside);
                    inside.spawn(async move {
                        serving.await;
                        drop(place);
                    });
                }
                // Out of file descriptors, for instance: it may be better in a moment.
                Err(_) => self.network.clock().sleep(ACCEPT_PAUSE).await,
            }
        }
    }
}

/// One service's way in.
struct Way {
    published: Published,
    streams: TcpListener,
    datagrams: Option<UdpSocket>,
}

impl Way {
    async fn open(ports: Ports, host: &str, service: &ServicePlan) -> Result<Self, GatewayError> {
        let name = service.name();
        let what = format!("{host} {name}");
        let takes_datagrams = service.service.kind().takes.datagrams();
        let mut attempts = if ports == Ports::Free { ATTEMPTS } else { 1 };
        loop {
            attempts -= 1;
            let (streams, ip_port) = bind(ports, service.gateway_port, &what).await?;
            let datagrams = if takes_datagrams { Some(UdpSocket::bind(ip_port).await) } else { None };
            let datagrams = match datagrams.transpose() {
                Ok(datagrams) => datagrams,
                // A port that is free for connections may be taken for datagrams.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && attempts > 0 => continue,
                Err(source) => return Err(unopened(ip_port.port(), &what, source)),
            };
            let published = Published {
                host: host.to_owned(),
                service: name,
                port: service.port,
                ip_port,
                datagrams: takes_datagrams,
            };
            return Ok(Self { published, streams, datagrams });
        }
    }
}

async fn bind(ports: Ports, fixed: Option<u16>, what: &str) -> Result<(TcpListener, SocketAddr), GatewayError> {
    let port = fixed.filter(|_| ports == Ports::Fixed).unwrap_or(0);
    let failed = |source| unopened(port, what, source);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
    let ip_port = listener.local_addr().map_err(failed)?;
    Ok((listener, ip_port))
}

/// Why there is no port; 0 stands for any.
fn unopened(port: u16, what: &str, source: io::Error) -> GatewayError {
    let what = what.to_owned();
    if port != 0 && source.kind() == io::ErrorKind::AddrInUse {
        GatewayError::PortTaken { port, what, source }
    } else {
        GatewayError::NoPort { what, source }
    }
}

/// Where, with fixed ports, all hosts' port 80 is.
pub const SHARED_PORT: u16 = 8080;

/// Outside connections at once; more wait.
const MAX_OUTSIDE: usize = 1_024;

/// Outside connections whose flows are remembered.
const GUESTS_REMEMBERED: usize = 1_024;

/// Ports tried until one is free for connections and datagrams.
const ATTEMPTS: usize = 32;

/// After an accept that failed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
