//! What all connections of one page load share: the world, the page's flow, and a count of what is used.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::cookies::{PageJar, secret_scanner};
use crate::{
    engine::{
        ask::Origin,
        context::Context,
        exchange::{ExchangeEnds, MAX_CONTENT, MAX_PAGE_KEPT},
    },
    net::{ConnectPhases, Connection, NetError, Stage, TimeSpan},
    wire::{Failure, FlowHandle, Layer, Side},
};

/// One page being loaded.
pub(in crate::engine) struct LoadContext {
    pub(in crate::engine) context: Context,
    pub(in crate::engine) page: FlowHandle,
    accept_any_certificate: bool,
    max_content: u64,
    /// The jar, where cookies are kept and sent.
    jar: Option<PageJar>,
    tally: Mutex<LoadTally>,
}

#[derive(Default)]
struct LoadTally {
    opened: u32,
    requests: u32,
    open: u32,
    peak: u32,
    connections: Vec<LoadConnection>,
    /// Octets of content kept for showing.
    kept: usize,
}

struct LoadConnection {
    flow: FlowHandle,
    phases: ConnectPhases,
}

impl LoadConnection {
    /// Octets TLS added, both directions: handshakes, record heads, tickets.
    fn tls_octets(&self) -> u64 {
        let both = |layer| self.flow.crossed(Side::Client, layer) + self.flow.crossed(Side::Server, layer);
        both(Layer::Tls).saturating_sub(both(Layer::Plain))
    }
}

/// What a page load used.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::engine) struct Usage {
    /// Connections opened, those that failed to open included.
    pub(in crate::engine) connections: u32,
    /// Most sockets open at once.
    pub(in crate::engine) sockets_at_peak: u32,
    /// Requests sent, those sent again included.
    pub(in crate::engine) requests: u32,
    /// As the application wrote them.
    pub(in crate::engine) octets_sent: u64,
    /// As the application read them.
    pub(in crate::engine) octets_received: u64,
    /// Octets TLS added to them; `None` when no connection spoke TLS.
    pub(in crate::engine) tls_octets: Option<u64>,
    /// How long each TCP handshake took.
    pub(in crate::engine) connects: Vec<Duration>,
    /// How long each name lookup took, where one was made.
    pub(in crate::engine) lookups: Vec<Duration>,
    /// Segments lost, and segments sent again.
    pub(in crate::engine) losses: (u32, u32),
}

/// An open connection's place in the books. Dropping it gives the socket back.
pub(super) struct ConnectionTicket {
    pub(super) load: Arc<LoadContext>,
    pub(super) origin: Origin,
    /// Its number within the page load, from 1.
    pub(super) number: u32,
    pub(super) flow: FlowHandle,
    /// How it was opened, until its first request takes account of that.
    pub(super) opened: Option<ConnectPhases>,
    _socket: SocketCount,
}

/// A connection that could not be opened, and what time that took.
#[derive(Clone, Debug)]
pub(super) struct ConnectFailure {
    /// Why it could not be opened.
    pub(super) failure: Failure,
    /// From asking for it to giving up.
    pub(super) spent: TimeSpan,
    /// Was the name still being looked up?
    pub(super) looking_up: bool,
}

/// One socket in use.
struct SocketCount(Arc<LoadContext>);

impl LoadContext {
    /// A page whose connections serve `page`.
    pub(in crate::engine) fn new(context: Context, page: FlowHandle) -> Self {
        Self {
            context,
            page,
            accept_any_certificate: false,
            max_content: MAX_CONTENT,
            jar: None,
            tally: Mutex::default(),
        }
    }

    /// The same for a student who accepts any certificate, or does not.
    pub(in crate::engine) fn trusting_anybody(self, accept_any_certificate: bool) -> Self {
        Self { accept_any_certificate, ..self }
    }

    /// The same for one who takes all content there is, however much.
    pub(in crate::engine) fn taking_all(self, all: bool) -> Self {
        if all { Self { max_content: u64::MAX, ..self } } else { self }
    }

    /// The same with a jar, or without one.
    pub(in crate::engine) fn with_jar(self, jar: Option<PageJar>) -> Self {
        Self { jar, ..self }
    }

    /// The jar, where cookies are kept and sent.
    pub(super) fn jar(&self) -> Option<&PageJar> {
        self.jar.as_ref()
    }

    /// Octets of content that are taken of one response.
    pub(super) fn max_content(&self) -> u64 {
        self.max_content
    }

    /// What has been used so far.
    pub(in crate::engine) fn usage(&self) -> Usage {
        let tally = self.lock();
        let all = |from| {
            let crossed =
                |made: &LoadConnection| made.flow.crossed(from, Layer::Stream) + made.flow.crossed(from, Layer::Plain);
            tally.connections.iter().map(crossed).sum()
        };
        let sealed = tally.connections.iter().any(|made| made.phases.tls.is_some());
        let losses = tally.connections.iter().map(|made| made.flow.losses());
        Usage {
            connections: tally.opened,
            sockets_at_peak: tally.peak,
            requests: tally.requests,
            octets_sent: all(Side::Client),
            octets_received: all(Side::Server),
            tls_octets: sealed.then(|| tally.connections.iter().map(LoadConnection::tls_octets).sum()),
            connects: tally.connections.iter().map(|made| made.phases.connect.duration()).collect(),
            lookups: tally.connections.iter().filter_map(|made| Some(made.phases.dns?.duration())).collect(),
            losses: losses.fold((0, 0), |(lost, again), (more, more_again)| (lost + more, again + more_again)),
        }
    }

    /// A request was sent.
    pub(in crate::engine) fn count_request(&self) {
        self.lock().requests += 1;
    }

    /// Of `octets` more of content, so many may be kept.
    pub(super) fn keep(&self, octets: usize) -> usize {
        let mut tally = self.lock();
        let kept = octets.min(MAX_PAGE_KEPT.saturating_sub(tally.kept));
        tally.kept += kept;
        kept
    }

    /// Now, on the world's clock.
    pub(super) fn now(&self) -> Duration {
        self.context.clock().now()
    }

    fn lock(&self) -> MutexGuard<'_, LoadTally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConnectionTicket {
    /// Both ends of the connection.
    pub(super) fn ends(&self) -> Option<ExchangeEnds> {
        self.flow.addresses().map(|(client, server)| ExchangeEnds { client, server })
    }

    /// Opens a connection to `origin`, offering `alpn` where TLS is spoken.
    pub(super) async fn open(
        load: &Arc<LoadContext>,
        origin: &Origin,
        alpn: &[u8],
    ) -> Result<(Self, Connection), ConnectFailure> {
        let socket = SocketCount::take(load);
        let number = {
            let mut tally = load.lock();
            tally.opened += 1;
            tally.opened
        };
        let Context { network, timeouts, .. } = &load.context;
        let mut target = origin.target(alpn);
        if let Some(tls) = &mut target.tls {
            tls.accept_any_certificate = load.accept_any_certificate;
        }
        let begun = load.now();
        let opened = network.connect(&target, timeouts, &load.page).await;
        let mut connection =
            opened.map_err(|error| ConnectFailure::new(&error, TimeSpan { from: begun, to: load.now() }))?;
        if !load.context.recorder.shows_secrets() {
            connection.scan_secrets(secret_scanner(alpn));
        }
        let (flow, phases) = (connection.flow().clone(), connection.phases());
        load.lock().connections.push(LoadConnection { flow: flow.clone(), phases });
        let link = Self {
            load: Arc::clone(load),
            origin: origin.clone(),
            number,
            flow,
            opened: Some(phases),
            _socket: socket,
        };
        Ok((link, connection))
    }
}

impl ConnectFailure {
    fn new(error: &NetError, spent: TimeSpan) -> Self {
        let looking_up = match error {
            NetError::NoSuchHost { .. } | NetError::NoNameServer { .. } | NetError::LookupFailed { .. } => true,
            NetError::TimedOut { stage, .. } => *stage == Stage::Lookup,
            _ => false,
        };
        Self { failure: error.failure(), spent, looking_up }
    }
}

impl SocketCount {
    fn take(load: &Arc<LoadContext>) -> Self {
        let mut tally = load.lock();
        tally.open += 1;
        tally.peak = tally.peak.max(tally.open);
        drop(tally);
        Self(Arc::clone(load))
    }
}

impl Drop for SocketCount {
    fn drop(&mut self) {
        self.0.lock().open -= 1;
    }
}
