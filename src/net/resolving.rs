//! Runs a resolution over a network: carries its queries as datagrams or over TCP, each in a flow of its own, and tells it what comes.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{ConnectTarget, Connection, Datagrams, NetError, Network, Timeouts};
use crate::{
    proto::dns::{
        Name, RecordType,
        cache::CacheKey,
        iterate::{
            Memory, PORT_BITS, Query, Resolution, ResolutionAction, ResolutionAnswer, Settings, Token, Unresolved,
        },
        limits,
        trace::{QueryTransport, ResolutionStep},
    },
    wire::{End, Ends, FlowHandle, FlowId, NoteKind},
};

/// A resolver at work on a network: its network, its settings, and its memory. Cheap to clone; clones share the memory.
#[derive(Clone, Debug)]
pub struct Resolver {
    network: Network,
    settings: Arc<Settings>,
    memory: Arc<Mutex<Memory>>,
}

/// What came of a question.
#[derive(Clone, Debug)]
pub struct ResolverResult {
    /// The answer, or why there is none.
    pub answer: ResolutionAnswer,
    /// What was done for it.
    pub steps: Vec<ResolutionStep>,
}

/// Is called for each step as it begins and ends.
pub type StepObserver<'a> = &'a mut (dyn FnMut(&ResolutionStep) + Send);

impl Resolver {
    /// A resolver that asks from where `network` is.
    pub fn new(network: Network, settings: Settings, memory: Memory) -> Self {
        Self { network, settings: Arc::new(settings), memory: Arc::new(Mutex::new(memory)) }
    }

    /// The same with other ways, and the same memory.
    #[must_use]
    pub fn with_settings(mut self, settings: Arc<Settings>) -> Self {
        self.settings = settings;
        self
    }

    /// Its ways.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The time where it is, since the run began.
    pub fn now(&self) -> Duration {
        self.network.now()
    }

    /// What it remembers.
    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Is there anything remembered that answers this question?
    pub fn knows(&self, name: &Name, kind: RecordType, now: Duration) -> bool {
        let memory = self.memory();
        memory.cache.get(&CacheKey::new(name, kind), now).is_some() || memory.cache.no_name(name, now).is_some()
    }

    /// Answers a question; each query is a flow below `parent`. Ends in a bounded number of queries and of time-outs.
    pub async fn resolve(
        &self,
        name: &Name,
        kind: RecordType,
        parent: &FlowHandle,
        on_step: StepObserver<'_>,
    ) -> ResolverResult {
        let mut resolution = Resolution::new(Arc::clone(&self.settings), name, kind);
        let mut under_way: Vec<QueryInFlight> = Vec::new();
        let mut told = ReportedSteps::default();
        loop {
            let now = self.network.now();
            let wish = resolution.next(&mut self.memory(), now);
            told.tell(resolution.steps(), on_step);
            match wish {
                ResolutionAction::Done => break,
                ResolutionAction::Forget(token) => under_way.retain(|one| one.token != token),
                ResolutionAction::Send(query) => under_way.push(self.begin(&query, resolution.steps(), parent)),
                ResolutionAction::WaitUntil(until) => {
                    let waits = self.network.clock().timeout(until.saturating_sub(now), first_of(&mut under_way));
                    if let Ok(QueryUpdate { token, came, flow }) = waits.await {
                        let step = under_way.iter().find(|one| one.token == token).map(|one| one.step);
                        if let (Some(flow), Some(step)) = (flow, step) {
                            resolution.set_flow(step, flow);
                        }
                        let mut memory = self.memory();
                        match came {
                            QueryOutcome::Octets(bytes, at) => resolution.receive(&mut memory, token, &bytes, at),
                            QueryOutcome::Nothing => resolution.unreachable(&mut memory, token, self.network.now()),
                        }
                    }
                }
            }
        }
        told.tell(resolution.steps(), on_step);
        let (answer, steps) = resolution.into_parts();
        ResolverResult { answer: answer.unwrap_or_else(|| ResolutionAnswer::failed(Unresolved::Abandoned)), steps }
    }

    fn begin(&self, query: &Query, steps: &[ResolutionStep], parent: &FlowHandle) -> QueryInFlight {
        let step = steps.get((query.step as usize).saturating_sub(1));
        let about = QueryToCarry {
            network: self.network.clone(),
            query: query.clone(),
            title: title(query, step),
            why: step.map(|step| (step.reason.clone(), step.clause.clone())),
            parent: parent.clone(),
            local_port: self.local_port(),
        };
        let next: QueryExchange = match query.over {
            QueryTransport::Tcp => Box::pin(about.over_tcp()),
            QueryTransport::Udp | QueryTransport::Cache => Box::pin(about.over_udp()),
        };
        QueryInFlight { token: query.token, step: query.step, next }
    }

    /// The port a query leaves from, where it is not for the system to draw.
    fn local_port(&self) -> Option<u16> {
        let bits = self.settings.port_bits;
        let fixed = (bits < PORT_BITS).then(|| self.memory().random_bits(bits))?;
        u16::try_from(u32::from(FIRST_PORT) + fixed).ok()
    }
}

/// A query on its way.
struct QueryInFlight {
    token: Token,
    step: u32,
    next: QueryExchange,
}

/// Until something comes: that, its flow, and the socket to go on with.
type QueryExchange = Pin<Box<dyn Future<Output = (QueryOutcome, Option<FlowId>, Option<QueryCarrier>)> + Send>>;

/// What more may come from: the first message may be no answer to the query.
enum QueryCarrier {
    Udp(Box<Datagrams>),
    Tcp(Box<Connection>),
}

/// What came for a query.
enum QueryOutcome {
    Octets(Bytes, Duration),
    /// Nothing, and nothing more will.
    Nothing,
}

struct QueryUpdate {
    token: Token,
    came: QueryOutcome,
    flow: Option<FlowId>,
}

/// Waits for the first of them that has news; one that may have more goes on.
async fn first_of(under_way: &mut [QueryInFlight]) -> QueryUpdate {
    poll_fn(|cx| poll_first(under_way, cx)).await
}

fn poll_first(under_way: &mut [QueryInFlight], cx: &mut Context<'_>) -> Poll<QueryUpdate> {
    for one in under_way.iter_mut() {
        if let Poll::Ready((came, flow, carrier)) = one.next.as_mut().poll(cx) {
            one.next = match carrier {
                Some(QueryCarrier::Udp(socket)) => Box::pin(next_datagram(socket)),
                Some(QueryCarrier::Tcp(connection)) => Box::pin(next_message(connection)),
                None => Box::pin(std::future::pending()),
            };
            return Poll::Ready(QueryUpdate { token: one.token, came, flow });
        }
    }
    Poll::Pending
}

async fn next_datagram(mut socket: Box<Datagrams>) -> (QueryOutcome, Option<FlowId>, Option<QueryCarrier>) {
    let flow = Some(socket.flow().id());
    match socket.recv().await {
        Ok(received) => (QueryOutcome::Octets(received.bytes, received.at), flow, Some(QueryCarrier::Udp(socket))),
        Err(_told_in_the_flow) => (QueryOutcome::Nothing, flow, None),
    }
}

/// A message behind two octets of length (RFC 1035 §4.2.2).
async fn next_message(mut connection: Box<Connection>) -> (QueryOutcome, Option<FlowId>, Option<QueryCarrier>) {
    let flow = Some(connection.flow().id());
    match read_message(&mut connection).await {
        Ok(bytes) => {
            let now = connection.clock().now();
            (QueryOutcome::Octets(bytes, now), flow, Some(QueryCarrier::Tcp(connection)))
        }
        Err(_told_in_the_flow) => (QueryOutcome::Nothing, flow, None),
    }
}

async fn read_message(connection: &mut Connection) -> std::io::Result<Bytes> {
    let octets = usize::from(connection.read_u16().await?).min(limits::TCP_OCTETS);
    let mut message = vec![0; octets];
    connection.read_exact(&mut message).await?;
    Ok(message.into())
}

/// A query that is to be carried, and how.
struct QueryToCarry {
    network: Network,
    query: Query,
    title: String,
    why: Option<(String, Option<String>)>,
    parent: FlowHandle,
    local_port: Option<u16>,
}

impl QueryToCarry {
    async fn over_udp(self) -> (QueryOutcome, Option<FlowId>, Option<QueryCarrier>) {
        let Self { network, query, title, why, parent, local_port } = self;
        let Ok(mut socket) = network.datagrams(query.to, &query.server, title, &parent, local_port).await else {
            return (QueryOutcome::Nothing, None, None);
        };
        note(socket.flow(), network.now(), why);
        let flow = Some(socket.flow().id());
        match socket.send(&query.octets).await {
            Ok(()) => next_datagram(Box::new(socket)).await,
            Err(_told_in_the_flow) => (QueryOutcome::Nothing, flow, None),
        }
    }

    async fn over_tcp(self) -> (QueryOutcome, Option<FlowId>, Option<QueryCarrier>) {
        let mut flow = None;
        match self.send_on_connection(&mut flow).await {
            Ok(connection) => next_message(Box::new(connection)).await,
            Err(_told_in_the_flow) => (QueryOutcome::Nothing, flow, None),
        }
    }

    /// The query over a connection of its own, behind two octets of length (RFC 1035 §4.2.2).
    async fn send_on_connection(self, flow: &mut Option<FlowId>) -> Result<Connection, NetError> {
        let Self { network, query, title, why, parent, .. } = self;
        let target = ConnectTarget { host: query.to.ip().to_string(), port: query.to.port(), tls: None };
        let mut connection = network.connect_titled(&target, &Timeouts::default(), &parent, title).await?;
        *flow = Some(connection.flow().id());
        connection.flow().ends(Ends {
            client: network.client_end(connection.local()),
            server: End { name: query.server.clone(), ip_port: connection.peer() },
        });
        note(connection.flow(), network.now(), why);
        let octets = u16::try_from(query.octets.len()).unwrap_or(u16::MAX);
        let mut framed = octets.to_be_bytes().to_vec();
        framed.extend_from_slice(&query.octets);
        let broken = NetError::from_open;
        connection.write_all(&framed).await.map_err(broken)?;
        connection.flush().await.map_err(broken)?;
        Ok(connection)
    }
}

fn note(flow: &FlowHandle, at: Duration, why: Option<(String, Option<String>)>) {
    if let Some((text, clause)) = why.filter(|(text, _)| !text.is_empty()) {
        flow.note(at, NoteKind::Why, text, clause.as_deref());
    }
}

fn title(query: &Query, step: Option<&ResolutionStep>) -> String {
    let over = if query.over == QueryTransport::Tcp { " over TCP" } else { "" };
    match step {
        Some(step) => format!("{} {} asked of {}{over}", step.question.name, step.question.kind, query.server),
        None => format!("query to {}{over}", query.server),
    }
}

/// Which steps have been told.
#[derive(Default)]
struct ReportedSteps {
    begun: usize,
    waiting: Vec<u32>,
}

impl ReportedSteps {
    /// Reports what is new: steps that began, and steps that ended.
    fn tell(&mut self, steps: &[ResolutionStep], on_step: StepObserver<'_>) {
        let step = |number: u32| steps.get((number as usize).saturating_sub(1));
        self.waiting.retain(|number| match step(*number) {
            Some(step) if step.ended_at.is_some() => {
                on_step(step);
                false
            }
            _ => true,
        });
        for step in steps.iter().skip(self.begun) {
            on_step(step);
            if step.ended_at.is_none() {
                self.waiting.push(step.number);
            }
        }
        self.begun = steps.len();
    }
}

/// The first of the ports that may be drawn (RFC 6335 §6: the dynamic ones).
const FIRST_PORT: u16 = 49_152;
