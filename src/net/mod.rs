//! WHERE OCTETS GO. One [`Network`], two worlds: this machine's Internet and the Lab Internet.
//!
//! All protocol code dials through [`Network::connect`] and waits on [`Clock`]; whatever it sends or receives crosses the tap
//! of its [`Connection`], so nothing can be sent unseen. tokio lives from this room down.

mod carrier;
mod certificate;
mod clock;
mod connection;
mod datagrams;
mod drive;
mod error;
mod internet;
mod lab_net;
mod names;
#[cfg(test)]
mod over_lab;
#[cfg(test)]
mod over_loopback;
mod path;
mod pipe;
mod resolving;
mod server_connection;
mod tap;
mod tls;

pub use carrier::Carrier;
pub use clock::{Clock, Elapsed, Stalled, run_virtual};
pub use connection::{ConnectPhases, Connection, TimeSpan};
pub use datagrams::{Datagrams, ReceivedDatagram};
pub use drive::{DriveError, Driver, Patience, TIMES_REMEMBERED};
pub use error::{CertificateProblem, NetError, Stage};
pub use lab_net::{
    ACCESS_LINK, ConnectError, DATAGRAM_BUFFER, DATAGRAM_HEADER_OCTETS, DATAGRAM_KEEPING_OCTETS, Datagram,
    DatagramError, DatagramRecord, HEADER_OCTETS, HostSpec, INTERCEPTED_KEPT, Intercept, InterceptedDatagram,
    LabDatagrams, LabListener, LabNet, LabSocket, LinkSpec, MAX_DATAGRAM, MSS, PORT_UNREACHABLE_OCTETS, PathObserver,
    RECEIVE_WINDOW, SEND_BUFFER, STUDENT_HOST, STUDENT_IP, SocketRow, TEXTBOOK_WINDOW, TIMESTAMP_OCTETS, TcpState,
    Topology, TopologyError, greatest_segment, header_octets,
};
pub use path::{BadPath, MAX_JITTER, MAX_LOSS, MAX_RTT, NoTcpModel, Path, Preset, QUEUES, RATES, Rate, TcpModel};
pub use resolving::{Resolver, ResolverResult, StepObserver};
pub use server_connection::ServerConnection;
pub use tap::SecretScanner;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use rustls::pki_types::CertificateDer;

use crate::wire::{End, Ends, FlowHandle, FlowKind, Layer, NoteKind, units};
use names::{FoundAddresses, NameLookup};
use pipe::Pipe;
use tap::{Tap, TappedPipe};
use tls::{TlsClient, TrustStore};

/// What carries octets. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Network {
    clock: Clock,
    world: World,
    trust: Arc<TrustStore>,
    /// How names are looked up in the lab; without it they are known.
    names: Option<Arc<NameLookup>>,
}

#[derive(Clone, Debug)]
enum World {
    Internet,
    Lab(LabHost),
}

/// A host of the lab, and how the record names it.
#[derive(Clone, Debug)]
struct LabHost {
    net: LabNet,
    ip: IpAddr,
    name: Arc<str>,
}

/// Whom to connect to and how.
#[derive(Clone, Debug)]
pub struct ConnectTarget {
    /// Host name or literal address, as in a URL (IPv6 without brackets).
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// TLS above TCP, with these ALPN names in order of preference; `None` for plain TCP.
    pub tls: Option<TlsOptions>,
}

/// How TLS is to be spoken.
#[derive(Clone, Debug, Default)]
pub struct TlsOptions {
    /// ALPN protocol names (RFC 7301), `h2` or `http/1.1`.
    pub alpn: Vec<Vec<u8>>,
    /// Accept any certificate. Only for the lab and for a student who asked; always noted on the flow.
    pub accept_any_certificate: bool,
}

/// How long each stage may take; every one its own error. They run on the world's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the name is looked up, and again until TCP is established.
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
    /// This machine's Internet: system name lookup, kernel TCP, the system's certificate authorities.
    pub fn internet(clock: Clock) -> Self {
        Self { clock, world: World::Internet, trust: Arc::new(TrustStore::system()), names: None }
    }

    /// The lab, seen from the student's host. No certificate authority is trusted before [`Network::trusting`] names one.
    pub fn lab(lab: LabNet) -> Self {
        let clock = lab.clock().clone();
        let seat = LabHost { net: lab, ip: STUDENT_IP, name: STUDENT_HOST.into() };
        Self { clock, world: World::Lab(seat), trust: Arc::default(), names: None }
    }

    /// The lab as another of its hosts sees it: all it connects and sends comes from `ip`, and the record calls it `name`. The
    /// machine's Internet is seen from this machine, whatever is said here.
    #[must_use]
    pub fn as_host(&self, ip: IpAddr, name: &str) -> Self {
        let world = match &self.world {
            World::Internet => World::Internet,
            World::Lab(seat) => World::Lab(LabHost { net: seat.net.clone(), ip, name: name.into() }),
        };
        Self { world, ..self.clone() }
    }

    /// The same network, whose names are looked up by `resolver` from now on: the lab's names are known otherwise, as if every host
    /// had a table of all others.
    #[must_use]
    pub fn asking(mut self, resolver: Resolver) -> Self {
        self.names = Some(Arc::new(NameLookup::new(resolver)));
        self
    }

    /// The same network, which also trusts what the authority with this certificate signs (the lab's own authority).
    #[must_use]
    pub fn trusting(mut self, authority: CertificateDer<'static>) -> Self {
        self.trust = Arc::new(self.trust.and(authority));
        self
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
        if let Ok(ip) = host.parse() {
            return Ok(vec![ip]);
        }
        match &self.world {
            World::Internet => internet::lookup(host).await,
            World::Lab(seat) => match seat.net.lookup(host) {
                none if none.is_empty() => Err(NetError::NoSuchHost { host: host.to_owned() }),
                found => Ok(found),
            },
        }
    }

    /// Looks up, connects, and speaks TLS if asked. Opens a [`FlowKind::Connection`] flow under `parent`, which records the
    /// handshakes, everything written and read, and how it ended; a failure is recorded there too. Dropping the future before
    /// its end stops the flow.
    ///
    /// # Errors
    /// No such host, refused, unreachable, time-out of one stage, TLS refused.
    pub async fn connect(
        &self,
        to: &ConnectTarget,
        timeouts: &Timeouts,
        parent: &FlowHandle,
    ) -> Result<Connection, NetError> {
        let tls = if to.tls.is_some() { ", TLS" } else { "" };
        let title = format!("connection to {}{tls}", units::host_port(&to.host, to.port));
        self.connect_titled(to, timeouts, parent, title).await
    }

    /// As [`Self::connect`], with a title of the caller's own for the flow.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn connect_titled(
        &self,
        to: &ConnectTarget,
        timeouts: &Timeouts,
        parent: &FlowHandle,
        title: String,
    ) -> Result<Connection, NetError> {
        let opening = ConnectionAttempt::begin(self, to, parent, title);
        let result = self.open(to, timeouts, &opening.flow, parent).await;
        if let Err(error) = &result {
            opening.flow.fail(self.clock.now(), error.failure());
        }
        opening.done();
        result
    }

    async fn open(
        &self,
        to: &ConnectTarget,
        timeouts: &Timeouts,
        flow: &FlowHandle,
        parent: &FlowHandle,
    ) -> Result<Connection, NetError> {
        let addresses = self.clock.timeout(timeouts.connect, self.find(&to.host, flow, parent)).await;
        let limit = timeouts.connect;
        let FoundAddresses { ips, took: dns } =
            addresses.map_err(|Elapsed| NetError::TimedOut { stage: Stage::Lookup, limit })??;
        let addresses: Vec<_> = ips.into_iter().map(|ip| SocketAddr::new(ip, to.port)).collect();
        let asked = self.now();
        let pipe = self.dial(to, &addresses, limit, flow).await?;
        let connect = TimeSpan { from: asked, to: self.now() };
        flow.ends(Ends {
            client: self.client_end(pipe.local()),
            server: End { name: to.host.clone(), ip_port: pipe.peer() },
        });
        let phases = ConnectPhases { dns, connect, tls: None };
        let client = TlsClient { host: to.host.clone(), trust: Arc::clone(&self.trust), limit: timeouts.tls };
        let layer = if to.tls.is_some() { Layer::Tls } else { Layer::Stream };
        let tapped = TappedPipe::new(pipe, self.clock.clone(), Tap::new(flow.clone(), layer));
        match &to.tls {
            Some(wish) => Connection::sealed(tapped, phases, client, wish).await,
            None => Ok(Connection::bare(tapped, phases, client)),
        }
    }

    /// The addresses of `host`; what was asked for them is told in the record.
    async fn find(&self, host: &str, flow: &FlowHandle, parent: &FlowHandle) -> Result<FoundAddresses, NetError> {
        let is_name = host.parse::<IpAddr>().is_err();
        if let Some(names) = self.names.as_ref().filter(|_| is_name && self.is_lab()) {
            return names.look_up(self, host, parent, flow).await;
        }
        let begun = self.now();
        let ips = self.lookup(host).await?;
        let took = (!self.is_lab() && is_name).then(|| TimeSpan { from: begun, to: self.now() });
        if let Some(span) = took {
            flow.note(span.to, NoteKind::Dns, internet::lookup_note(host, &ips, span.duration()), None);
        }
        Ok(FoundAddresses { ips, took })
    }

    /// Connects to the first of `addresses` that can be reached, trying them in order.
    async fn dial(
        &self,
        to: &ConnectTarget,
        addresses: &[SocketAddr],
        limit: Duration,
        flow: &FlowHandle,
    ) -> Result<Pipe, NetError> {
        let deadline = self.clock.now().saturating_add(limit);
        let mut failure = NetError::NoSuchHost { host: to.host.clone() };
        for (tried, ip_port) in addresses.iter().enumerate() {
            if tried > 0 {
                let text = format!("{failure}. The name has more than one address: {ip_port} is tried next.");
                flow.note(self.clock.now(), NoteKind::Why, text, Some("RFC 8305 §5"));
            }
            // Every address gets its share of what is left of the limit.
            let left = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
            let share = deadline.saturating_sub(self.clock.now()) / left;
            failure = match self.clock.timeout(share, self.attempt(*ip_port, flow)).await {
                Ok(Ok(pipe)) => return Ok(pipe),
                Ok(Err(error)) => NetError::from_connect(error, &to.host, *ip_port),
                Err(Elapsed) => NetError::TimedOut { stage: Stage::Connect, limit: share },
            };
        }
        Err(failure)
    }

    async fn attempt(&self, ip_port: SocketAddr, flow: &FlowHandle) -> io::Result<Pipe> {
        Ok(match &self.world {
            World::Internet => Pipe::Kernel(internet::connect(ip_port, &self.clock, flow).await?),
            World::Lab(seat) => Pipe::Lab(seat.net.connect_from(seat.ip, ip_port, Some(flow)).await?),
        })
    }

    /// This end, as the record names it.
    fn client_end(&self, ip_port: Option<SocketAddr>) -> End {
        let name = match &self.world {
            World::Internet => STUDENT_HOST.to_owned(),
            World::Lab(seat) => seat.name.as_ref().to_owned(),
        };
        End { name, ip_port }
    }

    /// What time it is for what this task does now: in the lab its lateness does not count.
    pub(crate) fn now(&self) -> Duration {
        if self.is_lab() { self.clock.nominal_now() } else { self.clock.now() }
    }
}

/// A connection that is being opened. Dropping it before its end stops its flow.
struct ConnectionAttempt {
    flow: FlowHandle,
    clock: Clock,
    done: bool,
}

impl ConnectionAttempt {
    fn begin(network: &Network, to: &ConnectTarget, parent: &FlowHandle, title: String) -> Self {
        let ends = Ends { client: network.client_end(None), server: End { name: to.host.clone(), ip_port: None } };
        let flow = parent.child(FlowKind::Connection, title, ends, network.clock.now());
        Self { flow, clock: network.clock.clone(), done: false }
    }

    fn done(mut self) {
        self.done = true;
    }
}

impl Drop for ConnectionAttempt {
    fn drop(&mut self) {
        if !self.done {
            self.flow.stop(self.clock.now());
        }
    }
}
