//! What a server process of the lab is: the contract between the hosts and the protocols they serve.
//!
//! # A server for one more protocol
//! One file in `services`, and its line in [`super::services::KINDS`]. The file has
//! 1. a [`ServiceKind`]: the word after `speaks` in `hosts.toml`, the usual port, and whether connections, datagrams or both are taken;
//! 2. the kind's own part of the description, a serde struct with `deny_unknown_fields`, and its checks: an error names its place in
//!    the file ([`Description::read`], [`Description::check`]);
//! 3. a [`Service`], which says what is there in a line and starts the process. It takes its sockets from its [`HostContext`], usually
//!    [`accept_all`](super::accept::accept_all) with a [`Driver`](crate::net::Driver) for each connection, over a
//!    [`ServerConnection`](crate::net::ServerConnection) where TLS is spoken.
//!
//! Everything else follows from these: switching on and off, the list of hosts, the gateway's ports.
//!
//! # A process outside the lab
//! A program of the student's own that listens on loopback can be a host's server too. Its kind would have the outside port as its
//! description; its process would accept the lab's connections, open one to 127.0.0.1 for each, and pass octets on both ways until both
//! have ended, as the gateway does in the other direction ([`super::gateway`]). Such a kind refuses to start on a virtual clock, which
//! must not meet a real socket. Nothing in this contract is in its way: a process is a future that holds sockets.

pub(super) mod description;

use std::{any::Any, collections::BTreeMap, fmt, net::SocketAddr, pin::Pin, sync::Arc};

use rustls::ServerConfig;
use serde::Serialize;

use self::description::Description;
use super::{
    LabError, LabFiles, Naming,
    certificates::Certificate,
    file_error::LabFileError,
    name_server::ReplaceableResponder,
    origin::Site,
    tables::{LabStore, ServerTables},
};
use crate::{
    net::{Clock, LabDatagrams, LabListener, LabNet, Network},
    store::{Migration, Owner},
};

/// A protocol that the lab's hosts can serve.
pub(super) struct ServiceKind {
    /// As `hosts.toml` has it after `speaks`, and as it is shown.
    pub(super) name: &'static str,
    /// The port it is expected at, if there is one.
    pub(super) usual_port: Option<u16>,
    pub(super) takes: Transports,
    /// The keys of its part of the description.
    pub(super) keys: fn() -> &'static [&'static str],
    /// Reads and checks that part.
    pub(super) read: fn(Description<'_>) -> Result<Arc<dyn Service>, LabFileError>,
}

impl fmt::Debug for ServiceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Which transports a server takes its clients' octets from, on one port number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transports {
    /// Connections (TCP).
    Connections,
    /// Datagrams (UDP).
    Datagrams,
    /// Connections and datagrams, on the same port number.
    Both,
}

impl Transports {
    /// Does it accept connections?
    pub fn connections(self) -> bool {
        matches!(self, Self::Connections | Self::Both)
    }

    /// Does it receive datagrams?
    pub fn datagrams(self) -> bool {
        matches!(self, Self::Datagrams | Self::Both)
    }
}

/// A server process of a host, as the lab's files describe it.
pub(super) trait Service: Any + fmt::Debug + Send + Sync {
    /// Which kind of server it is.
    fn kind(&self) -> &'static ServiceKind;

    /// What is to be had there, in a line.
    fn status(&self) -> String;

    /// Something it needs that is not among the lab's files.
    fn missing(&self, _files: &LabContents<'_>) -> Option<MissingReference> {
        None
    }

    /// Starts the process on a host: opens its sockets, and gives what is to be run until the process is stopped. Dropping that closes
    /// the sockets and all connections.
    ///
    /// # Errors
    /// A port is taken, or no certificate could be made.
    fn start(&self, host: &HostContext<'_>) -> Result<Process, LabError>;
}

/// A running server process; it never ends by itself.
pub(super) type Process = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What the lab's files hold.
pub(super) struct LabContents<'a> {
    pub(super) is_site: &'a dyn Fn(&str) -> bool,
    pub(super) is_zone: &'a dyn Fn(&str) -> bool,
}

/// What a service's description refers to and the lab's files do not have.
pub(super) struct MissingReference {
    /// What the description says: `serves "mine"`.
    pub(super) what: String,
    /// What belongs there.
    pub(super) expected: &'static str,
}

/// What a host gives a server process that starts on it. Nothing else of the lab reaches a process. The record needs no field: each
/// connection and each datagram brings its client's flow along.
pub(super) struct HostContext<'a> {
    /// The host's names; it is known by the first.
    pub(super) names: &'a [String],
    /// Where the process listens.
    pub(super) ip_port: SocketAddr,
    /// The lab's name servers.
    pub(super) naming: &'a Naming,
    pub(super) net: &'a LabNet,
    /// The lab as a student's program sees it.
    pub(super) network: Network,
    pub(super) files: &'a LabFiles,
    pub(super) sites: &'a BTreeMap<String, Arc<Site>>,
    /// What outlasts the lab.
    pub(super) store: &'a LabStore,
}

impl HostContext<'_> {
    /// The name the host is known by.
    fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// The welcoming socket at the process's port.
    pub(super) fn listen(&self) -> Result<LabListener, LabError> {
        self.net.listen(self.ip_port).map_err(|source| self.cannot_listen(source))
    }

    /// The datagram socket at the process's port.
    pub(super) fn bind_datagrams(&self) -> Result<LabDatagrams, LabError> {
        self.net.bind_datagrams(self.ip_port).map_err(|error| self.cannot_listen(error.into()))
    }

    /// The lab's clock.
    pub(super) fn clock(&self) -> Clock {
        self.net.clock().clone()
    }

    /// The lab as this host sees it, for a server that is a client of others.
    pub(super) fn network(&self) -> Network {
        self.network.as_host(self.ip_port.ip(), self.name())
    }

    /// How this host introduces itself in TLS, with these protocols above it (ALPN).
    pub(super) fn tls(&self, certificate: Certificate, alpn: &[&[u8]]) -> Result<Arc<ServerConfig>, LabError> {
        Ok(self.files.authority()?.server(self.names, self.ip_port.ip(), certificate, alpn)?)
    }

    /// The tables of this host's servers; the host's name is their owner's.
    pub(super) fn tables(&self, title: &str, migrations: &'static [Migration]) -> ServerTables {
        let name = self.name().to_ascii_lowercase();
        self.store.tables(Owner::named(name, title.to_owned(), migrations), self.net.clock())
    }

    /// A web site of the lab's files, as it is now.
    pub(super) fn site(&self, name: &str) -> Option<Arc<Site>> {
        self.sites.get(name).map(Arc::clone)
    }

    /// Who answers what the name server at this port is asked.
    pub(super) fn responder(&self) -> Arc<ReplaceableResponder> {
        self.naming.responder(self.ip_port).map(Arc::clone).unwrap_or_default()
    }

    fn cannot_listen(&self, source: std::io::Error) -> LabError {
        LabError::Listen { host: self.name().to_owned(), port: self.ip_port.port(), source }
    }
}
