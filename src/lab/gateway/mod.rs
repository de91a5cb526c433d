//! The gateway: publishes the lab's services on 127.0.0.1, so that curl, a browser or a student's own program can use them.
//!
//! Each outside connection becomes a lab connection of the student's host, over the same links and into the same record; so do the
//! datagrams of each outside program. The kernel makes the loopback connection at once; the lab's own handshake comes before the first
//! octet is passed on, so an outside program sees the time of both where it waits for its first octet. TLS is passed through. A service
//! that takes connections and datagrams is published for both on one port number. Real time only: a virtual clock would jump ahead while
//! the outside world is being waited for.

#[cfg(test)]
mod cookie_stories;
mod datagrams;
#[cfg(test)]
mod port_stories;
mod published;
mod relay;
mod shared;
#[cfg(test)]
mod stories;

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};

use self::published::{BoundPort, PortRequest};
use super::Lab;
use crate::{
    net::Network,
    wire::{FlowHandle, FlowId},
};

pub use published::{PortChoice, Ports, PublishedService};

/// The published lab. Dropping it closes its ports and the connections through them.
#[derive(Debug)]
pub struct Gateway {
    access: Box<LabAccess>,
    /// The shared port first, then the services in the order of the lab's files.
    published: Vec<PublishedService>,
    /// What serves each of them.
    tasks: Vec<JoinSet<()>>,
    index: Arc<shared::GatewayIndex>,
}

/// Which outside connection became which flow of the record. Cheap to clone; the latest 1,024 are known.
#[derive(Clone, Debug, Default)]
pub struct OutsideFlows(Arc<Mutex<VecDeque<(SocketAddr, FlowId)>>>);

impl OutsideFlows {
    /// The lab connection of the outside program that spoke from `outside`; the latest, where it had several.
    pub fn flow_of(&self, outside: SocketAddr) -> Option<FlowId> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().rev().find(|(program, _)| *program == outside).map(|(_, flow)| *flow)
    }

    fn add(&self, outside: SocketAddr, flow: FlowId) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= FLOWS_REMEMBERED {
            known.pop_front();
        }
        known.push_back((outside, flow));
    }
}

/// Why the lab could not be published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// A port that was asked for, or is fixed, is in use.
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
    /// Two services cannot have one port.
    #[error("port {port} on 127.0.0.1 cannot be both {what}'s and {other}'s: choose another for one of them")]
    PortTwice {
        /// The port.
        port: u16,
        /// One service.
        what: String,
        /// The other.
        other: String,
    },
    /// A port was asked for, for something that the lab does not have.
    #[error("a port was asked for {host}:{port}, and the lab has no server there")]
    NoSuchService {
        /// The host.
        host: String,
        /// The port in the lab.
        port: u16,
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
        Self::open_with(lab, ports, &[], parent).await
    }

    /// The same with certain ports for certain services. Of several choices for one service the last counts.
    ///
    /// # Errors
    /// As [`Self::open`]; a choice for a service that is not there; one port for two services.
    pub async fn open_with(
        lab: &Lab,
        ports: Ports,
        choices: &[PortChoice],
        parent: &FlowHandle,
    ) -> Result<Self, GatewayError> {
        if lab.net().clock().is_virtual() {
            return Err(GatewayError::VirtualTime);
        }
        let wanted = PortRequest::all(lab, ports, choices)?;
        let mut openings: BTreeMap<usize, BoundPort> = BTreeMap::new();
        // Ports that are wanted come first: a free one might be one of them.
        let (certain, free): (Vec<_>, Vec<_>) = wanted.iter().enumerate().partition(|(_, wanted)| wanted.local != 0);
        for (place, wanted) in certain.into_iter().chain(free) {
            openings.insert(place, wanted.open().await?);
        }
        let published: Vec<PublishedService> = openings.values().map(|opening| opening.published.clone()).collect();
        let index = Arc::new(shared::GatewayIndex::new(lab, published.clone()));
        let access = LabAccess {
            network: lab.network(),
            parent: parent.clone(),
            room: Arc::new(Semaphore::new(MAX_OUTSIDE)),
            flows: OutsideFlows::default(),
        };
        let tasks = openings.into_values().map(|opening| opening.serve(&access, &index)).collect();
        Ok(Self { access: Box::new(access), published, tasks, index })
    }

    /// Gives one service another port from now on. Connections through the one before end.
    ///
    /// # Errors
    /// The service is not there, or the port cannot be had; then nothing has changed.
    pub async fn publish_at(&mut self, lab: &Lab, choice: &PortChoice) -> Result<(), GatewayError> {
        let (place, wanted) = PortRequest::chosen(lab, choice)?;
        let is_there = |published: &PublishedService| published.ip_port.port() == choice.local;
        match self.published.iter().position(is_there) {
            Some(there) if there == place => return Ok(()),
            Some(there) => {
                let other = self.published.get(there).map_or_else(String::new, PublishedService::what);
                return Err(GatewayError::PortTwice { port: choice.local, what: wanted.what(), other });
            }
            None => {}
        }
        let opening = wanted.open().await?;
        let published = opening.published.clone();
        let tasks = opening.serve(&self.access, &self.index);
        if let (Some(before), Some(serving)) = (self.published.get_mut(place), self.tasks.get_mut(place)) {
            (*before, *serving) = (published, tasks);
        }
        self.index.set_published(self.published.clone());
        Ok(())
    }

    /// Which outside connection became which flow.
    pub fn flows(&self) -> &OutsideFlows {
        &self.access.flows
    }

    /// Closes the ports and the connections through them; they are closed when this is over.
    pub async fn close(mut self) {
        for tasks in &mut self.tasks {
            tasks.shutdown().await;
        }
    }

    /// What is published where, the shared port first.
    pub fn published(&self) -> &[PublishedService] {
        &self.published
    }
}

/// The way into the lab that all published ports have in common.
#[derive(Clone, Debug)]
struct LabAccess {
    network: Network,
    parent: FlowHandle,
    /// Outside connections at once.
    room: Arc<Semaphore>,
    flows: OutsideFlows,
}

impl LabAccess {
    /// Accepts for ever; when there is no more room, the kernel keeps the next ones waiting.
    async fn accept_all<F>(self, listener: TcpListener, serve: impl Fn(Self, TcpStream) -> F)
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

/// Where, with fixed ports, all hosts' port 80 is.
pub const SHARED_PORT: u16 = 8080;

/// Outside connections at once; more wait.
const MAX_OUTSIDE: usize = 1_024;

/// Outside connections whose flows are remembered.
const FLOWS_REMEMBERED: usize = 1_024;

/// After an accept that failed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
