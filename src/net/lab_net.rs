//! The emulated network: hosts, links, packets. It knows nothing of what its hosts serve (that is `lab`).

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Clock, Path, Rate};
use crate::wire::FlowHandle;

/// The emulated network. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LabNet {}

/// Hosts and links, as the lab's files describe them.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
pub struct Topology {
    /// All links.
    pub links: Vec<LinkSpec>,
    /// All hosts.
    pub hosts: Vec<HostSpec>,
}

/// A host and the links between it and the core.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
pub struct HostSpec {
    /// Its names; the first is the one shown.
    pub names: Vec<String>,
    /// Its address.
    pub ip: IpAddr,
    /// Names of the links from the host to the core, in order.
    pub links: Vec<String>,
}

/// A link. Both directions have a queue of their own.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
pub struct LinkSpec {
    /// Its name.
    pub name: String,
    /// One-way propagation delay.
    pub delay: Duration,
    /// Rate, each direction.
    pub rate: Rate,
    /// FIFO queue limit in octets.
    pub queue_octets: u64,
    /// Loss probability.
    pub loss: f64,
    /// Greatest extra delay.
    pub jitter: Duration,
}

impl LabNet {
    /// A network of these hosts, the student's host (`you`) behind a link that makes `path` true.
    pub fn new(clock: Clock, topology: &Topology, path: &Path) -> Self {
        let _ = (clock, topology, path);
        todo!()
    }
    /// Its clock.
    pub fn clock(&self) -> &Clock {
        todo!()
    }
    /// Addresses of a host name.
    pub fn lookup(&self, host: &str) -> Vec<IpAddr> {
        let _ = host;
        todo!()
    }
    /// Serves a port of a host; dropping the listener closes the port (connections are then refused).
    ///
    /// # Errors
    /// No such host, or the port is taken.
    pub fn listen(&self, ip_port: SocketAddr) -> io::Result<LabListener> {
        let _ = ip_port;
        todo!()
    }
    /// Takes a host down (packets to it vanish: connects time out) or up.
    pub fn set_host_up(&self, ip: IpAddr, up: bool) {
        let _ = (ip, up);
    }
    /// Changes the student's path from now on (new segments use it).
    pub fn set_path(&self, path: &Path) {
        let _ = path;
    }
}

/// A welcoming socket in the lab.
#[derive(Debug)]
pub struct LabListener {}

impl LabListener {
    /// The next connection.
    pub async fn accept(&mut self) -> LabSocket {
        todo!()
    }
}

/// The server's end of a lab connection (untapped: the record is the client's).
#[derive(Debug)]
pub struct LabSocket {}

impl LabSocket {
    /// The client's address.
    pub fn peer(&self) -> SocketAddr {
        todo!()
    }
    /// The client's flow, so that a server can note why it did what it did.
    pub fn flow(&self) -> Option<&FlowHandle> {
        todo!()
    }
    /// Tears the connection down (RST).
    pub fn reset(self) {}
}

impl AsyncRead for LabSocket {
    fn poll_read(self: Pin<&mut Self>, _cx: &mut Context<'_>, _buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        todo!()
    }
}

impl AsyncWrite for LabSocket {
    fn poll_write(self: Pin<&mut Self>, _cx: &mut Context<'_>, _buf: &[u8]) -> Poll<io::Result<usize>> {
        todo!()
    }
    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        todo!()
    }
    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        todo!()
    }
}
