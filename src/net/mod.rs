//! WHERE OCTETS GO. One [`Network`], two worlds: this machine's Internet and the Lab Internet.
//!
//! All protocol code dials through [`Network::connect`] and waits on [`Clock`]; whatever it sends or receives crosses the tap
//! of its [`Connection`], so nothing can be sent unseen. tokio lives from this room down.

mod clock;
mod connection;
mod error;
mod lab_net;
mod path;

pub use clock::{Clock, Elapsed, Stalled, run_virtual};
pub use connection::{ConnectPhases, Connection, Span};
pub use error::NetError;
pub use lab_net::{HostSpec, LabListener, LabNet, LabSocket, LinkSpec, Topology};
pub use path::{Path, Rate, TcpModel};

use std::{net::IpAddr, time::Duration};

use crate::wire::FlowHandle;

/// What carries octets. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Network {
    clock: Clock,
    world: World,
}

#[derive(Clone, Debug)]
enum World {
    Internet,
    Lab(LabNet),
}

/// Whom to connect to and how.
#[derive(Clone, Debug)]
pub struct Target {
    /// Host name or literal address, as in a URL (IPv6 without brackets).
    pub host: String,
    /// Port.
    pub port: u16,
    /// TLS above TCP, with these ALPN names in order of preference; `None` for plain TCP.
    pub tls: Option<TlsWish>,
}

/// How TLS is to be spoken.
#[derive(Clone, Debug, Default)]
pub struct TlsWish {
    /// ALPN protocol names (RFC 7301), `h2` or `http/1.1`.
    pub alpn: Vec<Vec<u8>>,
    /// Accept any certificate. Only for the lab and for a student who asked; always noted on the flow.
    pub accept_any_certificate: bool,
}

/// How long each stage may take; every one its own error. They run on the world's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until TCP is established.
    pub connect: Duration,
    /// Until TLS is established.
    pub tls: Duration,
    /// From a request's last octet to the response's first.
    pub first_octet: Duration,
    /// Between two reads.
    pub idle: Duration,
    /// The whole fetch.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let secs = Duration::from_secs;
        Self { connect: secs(10), tls: secs(10), first_octet: secs(30), idle: secs(30), total: secs(300) }
    }
}

impl Network {
    /// This machine's Internet: system name lookup, kernel TCP.
    pub fn internet(clock: Clock) -> Self {
        Self { clock, world: World::Internet }
    }

    /// The lab, seen from the student's host.
    pub fn lab(lab: LabNet) -> Self {
        Self { clock: lab.clock().clone(), world: World::Lab(lab) }
    }

    /// The clock everything in this world waits on.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Is this the lab?
    pub fn is_lab(&self) -> bool {
        matches!(self.world, World::Lab(_))
    }

    /// The addresses of `host`, literal addresses included.
    ///
    /// # Errors
    /// No such host, no answer, no network.
    pub async fn lookup(&self, host: &str) -> Result<Vec<IpAddr>, NetError> {
        let _ = host;
        todo!()
    }

    /// Looks up, connects, and speaks TLS if asked. Opens a [`crate::wire::FlowKind::Connection`] flow under `parent`, which
    /// records the handshake, everything written and read, and how it ended; a failure is recorded there too.
    ///
    /// # Errors
    /// No such host, refused, time-out of one stage, TLS refused.
    pub async fn connect(&self, to: &Target, timeouts: &Timeouts, parent: &FlowHandle) -> Result<Connection, NetError> {
        let _ = (to, timeouts, parent);
        todo!()
    }
}
