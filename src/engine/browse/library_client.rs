//! The everyday client: reqwest, as a programmer would use it. It speaks HTTP/1.1 or HTTP/2 as it sees fit, removes content
//! codings, minds the system's proxy and pools connections, and does not show its octets: its exchanges have only the times a
//! caller can measure. In the lab it comes in through the gateway, where its connections are recorded.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use hyper_util::client::legacy::connect::HttpInfo;
use reqwest::{
    Client, Method, RequestBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use tokio::task::JoinSet;
use url::Url;

use super::Config;
use crate::{
    engine::{
        ask::{Ask, Origin},
        fetching::{
            ContentSink, FetchRequest, FetchResult, HeadFields, LoadContext, PartialExchange, send_cookies,
            set_cookie_lines,
        },
        jar::ExchangeCookies,
    },
    lab::{Gateway, GatewayError, OutsideFlows, Ports, PublishedService},
    net::TimeSpan,
    proto::http::charset::latin1,
    wire::{Blame, Failure, FlowId},
};

/// The library's clients, one for each origin, as the gateway has a port for each.
pub(super) struct LibraryClient {
    load: Arc<LoadContext>,
    accept_any_certificate: bool,
    clients: HashMap<Origin, Client>,
    /// The way into the lab, opened with the first request.
    gateway: Option<Gateway>,
    connections: GatewayConnections,
}

/// The connections the library made through the gateway, in the order they were seen.
#[derive(Clone, Default)]
struct GatewayConnections(Arc<Mutex<Vec<FlowId>>>);

impl GatewayConnections {
    /// The one `response` came over, and its number from 1. Outside the lab that is not known.
    fn of(&self, response: &reqwest::Response, outside: Option<&OutsideFlows>) -> Option<(FlowId, u32)> {
        let info = response.extensions().get::<HttpInfo>()?;
        let flow = outside?.flow_of(info.local_addr())?;
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = seen.iter().position(|other| *other == flow).unwrap_or_else(|| {
            seen.push(flow);
            seen.len() - 1
        });
        Some((flow, u32::try_from(place + 1).unwrap_or(u32::MAX)))
    }
}

/// Why it did not work out.
#[derive(Debug, thiserror::Error)]
enum LibraryClientError {
    #[error("the everyday client sends no raw octets: use ours")]
    Raw,
    #[error("the everyday client uses real sockets, which virtual time cannot meet")]
    VirtualTime,
    #[error("the lab does not publish {host}:{port} on this machine")]
    NotPublished { host: String, port: u16 },
    #[error("the lab could not be published on this machine")]
    NoGateway(#[source] GatewayError),
    #[error("{url} names no HTTP server: its scheme is neither http nor https, or it has no host")]
    NoServer { url: Url },
    #[error("{method} is no method the everyday client can send")]
    BadMethod { method: String },
    #[error("the everyday client failed")]
    Failed(#[source] reqwest::Error),
}

impl LibraryClientError {
    fn failure(&self) -> Failure {
        let blame = match self {
            Self::Raw
            | Self::VirtualTime
            | Self::NotPublished { .. }
            | Self::NoServer { .. }
            | Self::NoGateway(_)
            | Self::BadMethod { .. } => Blame::Input,
            Self::Failed(error) if error.is_builder() => Blame::Input,
            Self::Failed(error) if error.is_timeout() => Blame::TimeOut,
            Self::Failed(error) if error.is_connect() => Blame::Network,
            Self::Failed(_) => Blame::Peer,
        };
        Failure::from_error(self, blame, None)
    }
}

impl LibraryClient {
    pub(super) fn new(load: &Arc<LoadContext>, config: &Config) -> Self {
        Self {
            load: Arc::clone(load),
            accept_any_certificate: config.accept_any_certificate,
            clients: HashMap::new(),
            gateway: None,
            connections: GatewayConnections::default(),
        }
    }

    /// Fetches one thing.
    pub(super) async fn fetch(&mut self, mut wanted: FetchRequest, sink: ContentSink<'_>) -> FetchResult {
        let here = self.client_side(&mut wanted);
        match self.request(&wanted.ask).await {
            Ok(request) => exchange(self.with_gateway(here), request, wanted, sink).await,
            Err(error) => wanted.failed(error.failure()),
        }
    }

    /// Fetches them all, at most `at_once` at a time.
    pub(super) async fn rest(
        &mut self,
        wanted: Vec<FetchRequest>,
        at_once: u32,
        done: &mut (dyn FnMut(FetchResult) + Send),
    ) {
        let mut crew = JoinSet::new();
        for mut wanted in wanted {
            if crew.len() >= at_once.max(1) as usize
                && let Some(Ok(fetched)) = crew.join_next().await
            {
                done(fetched);
            }
            let here = self.client_side(&mut wanted);
            match self.request(&wanted.ask).await {
                Ok(request) => {
                    let here = self.with_gateway(here);
                    crew.spawn(async move { exchange(here, request, wanted, &mut |_, _| {}).await });
                }
                Err(error) => done(wanted.failed(error.failure())),
            }
        }
        while let Some(fetched) = crew.join_next().await {
            if let Ok(fetched) = fetched {
                done(fetched);
            }
        }
    }

    /// The client's side of an exchange, which gets the cookies it carries.
    fn client_side(&self, wanted: &mut FetchRequest) -> ExchangeContext {
        let cookies = send_cookies(&mut wanted.ask, &self.load, &self.load.page);
        ExchangeContext { load: Arc::clone(&self.load), connections: self.connections.clone(), outside: None, cookies }
    }

    /// The same, once the way into the lab is open.
    fn with_gateway(&self, here: ExchangeContext) -> ExchangeContext {
        ExchangeContext { outside: self.gateway.as_ref().map(|gateway| gateway.flows().clone()), ..here }
    }

    async fn request(&mut self, ask: &Ask) -> Result<RequestBuilder, LibraryClientError> {
        if ask.raw.is_some() {
            return Err(LibraryClientError::Raw);
        }
        let context = self.load.context.clone();
        if context.clock().is_virtual() {
            return Err(LibraryClientError::VirtualTime);
        }
        let method = Method::from_bytes(ask.method.as_bytes())
            .map_err(|_not_a_token| LibraryClientError::BadMethod { method: ask.method.clone() })?;
        let Some(origin) = Origin::of(&ask.url) else {
            return Err(LibraryClientError::NoServer { url: ask.url.clone() });
        };
        let mut url = ask.url.clone();
        let door = if context.network.is_lab() { Some(self.door(&origin).await?) } else { None };
        if let Some(door) = door
            && url.port().is_some()
        {
            // A port in the URL beats a resolver's.
            url.set_port(Some(door.port())).ok();
        }
        let client = if let Some(client) = self.clients.get(&origin) {
            client.clone()
        } else {
            let client = self.client(door)?;
            self.clients.insert(origin, client.clone());
            client
        };
        let mut request = client.request(method, url);
        for (name, value) in ask.field_octets() {
            let leaves = LEFT_TO_IT.iter().any(|left| name.eq_ignore_ascii_case(left));
            // The port in the URL may be the gateway's.
            if !leaves || (name == "Host" && ask.url.port().is_some()) {
                request = request.header(name, &*value);
            }
        }
        if let Some(content) = &ask.content {
            request = request.body(content.clone());
        }
        Ok(request)
    }

    /// Where on this machine the lab's server is. What goes through that port is recorded under the page.
    async fn door(&mut self, origin: &Origin) -> Result<SocketAddr, LibraryClientError> {
        let missing = || LibraryClientError::NotPublished { host: origin.host.clone(), port: origin.port };
        let lab = self.load.context.lab.clone().ok_or_else(missing)?;
        let gateway = match self.gateway.take() {
            Some(gateway) => gateway,
            None => Gateway::open(&lab, Ports::Free, &self.load.page).await.map_err(LibraryClientError::NoGateway)?,
        };
        let published = self.gateway.insert(gateway).published();
        let hosts = lab.hosts();
        let named = hosts.iter().find(|host| host.names.contains(&origin.host)).and_then(|host| host.names.first());
        let service = |published: &&PublishedService| {
            Some(&published.host) == named && port_of(&published.service) == Some(origin.port)
        };
        published.iter().find(service).map(|published| published.ip_port).ok_or_else(missing)
    }

    fn authority(&self) -> Result<Option<reqwest::Certificate>, LibraryClientError> {
        let Some(pem) = self.load.context.lab.as_ref().and_then(|lab| lab.ca_pem().ok()) else { return Ok(None) };
        reqwest::Certificate::from_pem(pem.as_bytes()).map(Some).map_err(LibraryClientError::Failed)
    }

    fn client(&self, door: Option<SocketAddr>) -> Result<Client, LibraryClientError> {
        // reqwest takes the process's provider; the first one asked for stays.
        rustls::crypto::ring::default_provider().install_default().ok();
        let timeouts = &self.load.context.timeouts;
        let mut builder = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.idle)
            .tls_danger_accept_invalid_certs(self.accept_any_certificate);
        if let Some(door) = door {
            builder = builder.no_proxy().dns_resolver(Arc::new(GatewayResolver(door)));
            builder = builder.tls_certs_merge(self.authority()?);
        }
        builder.build().map_err(LibraryClientError::Failed)
    }
}

/// The port a published service has in the lab: `http`, `https`, `http:8080`.
fn port_of(service: &str) -> Option<u16> {
    match service.split_once(':') {
        Some((_, port)) => port.parse().ok(),
        None if service == "http" => Some(80),
        None if service == "https" => Some(443),
        None => None,
    }
}

/// Field lines the library writes itself.
const LEFT_TO_IT: [&str; 4] = ["Host", "Connection", "Content-Length", "Transfer-Encoding"];

/// Resolves every name to the gateway's address.
struct GatewayResolver(SocketAddr);

impl Resolve for GatewayResolver {
    fn resolve(&self, _name: Name) -> Resolving {
        let addresses: Addrs = Box::new([self.0].into_iter());
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

/// What an exchange needs of the client.
struct ExchangeContext {
    load: Arc<LoadContext>,
    connections: GatewayConnections,
    outside: Option<OutsideFlows>,
    cookies: ExchangeCookies,
}

async fn exchange(
    here: ExchangeContext,
    request: RequestBuilder,
    mut wanted: FetchRequest,
    sink: ContentSink<'_>,
) -> FetchResult {
    let ExchangeContext { load, connections, outside, cookies } = here;
    let clock = load.context.clock().clone();
    wanted.why.push(
        if outside.is_some() {
            "the everyday client writes its own header lines; what it sends is seen where it comes into the lab, its times are \
             those of the client, and content codings it asked for are undone"
        } else {
            "the everyday client keeps its connections to itself: names, handshakes and octets do not show, and content \
             codings it asked for are undone"
        }
        .to_owned(),
    );
    let begun = clock.now();
    let mut pending = PartialExchange::new(wanted, begun);
    pending.cookies = cookies;
    load.count_request();
    pending.sent(TimeSpan { from: begun, to: begun }, 0);
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(error) => return pending.failed(LibraryClientError::Failed(error).failure()),
    };
    pending.answered(clock.now());
    if let Some(connection) = connections.of(&response, outside.as_ref()) {
        pending.over(connection, None);
    }
    let status = response.status();
    pending.receive_cookies(&set_cookie_lines(response.headers()), &load, &load.page);
    let fields = response.headers().iter();
    let fields = fields.map(|(name, value)| (name.as_str().to_owned(), latin1(value.as_bytes()))).collect();
    pending.head = Some(HeadFields {
        protocol: match response.version() {
            reqwest::Version::HTTP_2 => "HTTP/2",
            reqwest::Version::HTTP_10 => "HTTP/1.0",
            _ => "HTTP/1.1",
        },
        status: status.as_u16(),
        reason: status.canonical_reason().unwrap_or_default().to_owned(),
        fields,
        // The library has undone what it knows.
        codings: Vec::new(),
    });
    loop {
        match response.chunk().await {
            Ok(Some(bytes)) => {
                pending.content(&bytes, &load);
                sink(status.as_u16(), &bytes);
            }
            Ok(None) => {
                let octets = pending.content_octets;
                return pending.complete(clock.now(), octets);
            }
            Err(error) => return pending.failed(LibraryClientError::Failed(error).failure()),
        }
    }
}
