//! One port for all hosts: each request names its host, in its target (absolute-form, as for a proxy) or in its `Host` line.
//! RFC 9112 §3.2.2, §3.2.3, §3.3.
//!
//! Octets are passed on as they came. A connection may carry requests for several hosts one after the other: before the next
//! host is dialled, the lab connection to the one before is ended and its last answer passed on.

use std::{
    io,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpStream, tcp::WriteHalf},
};

use super::{
    LabAccess, PublishedService,
    relay::{AT_ONCE, OutsideStream, dial, pass, reset},
};
use crate::{
    lab::{
        Lab,
        origin::http1::whole_response,
        origin::{OriginResponse, refusal},
        stream::gone_within,
    },
    proto::{
        http::{
            message::RequestHead,
            server::{BareLf, HostRule, ServerError, ServerEvent, ServerRules, ServerSession},
        },
        session::{Session as _, Step},
    },
};

/// What the shared port answers itself.
#[derive(Debug)]
pub(super) struct GatewayIndex {
    names: Vec<String>,
    published: Mutex<Vec<PublishedService>>,
}

impl GatewayIndex {
    pub(super) fn new(lab: &Lab, published: Vec<PublishedService>) -> Self {
        let names = lab.files.plan.hosts.iter().flat_map(|host| host.names.iter().cloned()).collect();
        Self { names, published: Mutex::new(published) }
    }

    /// Something has another port now.
    pub(super) fn set_published(&self, published: Vec<PublishedService>) {
        *self.published() = published;
    }

    fn published(&self) -> MutexGuard<'_, Vec<PublishedService>> {
        self.published.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn knows(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        self.names.iter().any(|name| name.eq_ignore_ascii_case(host))
    }

    /// Is this the gateway itself, and not a host of the lab?
    fn is_own(host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        host.eq_ignore_ascii_case("localhost") || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    fn page(&self) -> OriginResponse {
        let row = |published: &PublishedService| {
            let PublishedService { host, service, ip_port, .. } = published;
            let host = if host == "*" { "every host, by the Host line or as a proxy" } else { host };
            let place = match published.speaks() {
                scheme @ ("http" | "https") => format!("<a href=\"{scheme}://{ip_port}/\">{ip_port}</a>"),
                _ => format!("{ip_port}, {}", published.transports()),
            };
            format!("<tr><td>{host}</td><td>{service}</td><td>{place}</td></tr>\n")
        };
        let rows: String = self.published().iter().map(row).collect();
        let body = format!(
            "<h1>The Lab Internet, published</h1>\n<p>Ask this port for a host of the lab: send its name in the Host line, or use \
             this port as your HTTP proxy. Or go straight to a host's own port:</p>\n<table>\n{rows}</table>\n"
        );
        OriginResponse::page(200, crate::lab::origin::document("The Lab Internet", &body))
    }
}

/// Serves one outside connection.
pub(super) async fn serve(mut outside: TcpStream, access: LabAccess, index: Arc<GatewayIndex>) {
    let own_port = outside.local_addr().map_or(0, |local| local.port());
    let mut reader = RequestReader::new(own_port);
    loop {
        let step = {
            let mut from = OutsideStream { stream: &mut outside, clock: access.network.clock() };
            reader.destination(&mut from).await
        };
        let end = match step {
            Ok(Some(whom)) if GatewayIndex::is_own(&whom.host) => Some(index.page()),
            Ok(Some(whom)) if !index.knows(&whom.host) => {
                let sentence = format!("The lab has no host named {}.", whom.host);
                Some(refusal(502, &sentence, Some("RFC 9110 §15.6.3")))
            }
            Ok(Some(whom)) if whom.tunnel => return tunnel(outside, &access, reader, &whom).await,
            Ok(Some(whom)) => match exchange(&mut outside, &access, &mut reader, &whom).await {
                Ok(true) => continue,
                Ok(false) => None,
                Err(_) => return reset(&outside),
            },
            Ok(None) => None,
            Err(Unreadable::Refused(error)) => {
                error.status().map(|status| refusal(status, &format!("{error}."), error.clause()))
            }
            Err(Unreadable::Gone) => return reset(&outside),
        };
        if let Some(response) = end {
            let date = access.network.clock().date();
            outside.write_all(&whole_response(response, reader.asks_head, date)).await.ok();
        }
        outside.shutdown().await.ok();
        gone_within(&mut outside, access.network.clock(), LINGER).await;
        return;
    }
}

/// Passes requests for one host on, and its answers back. `true` when the next request is for another host.
async fn exchange(
    outside: &mut TcpStream,
    access: &LabAccess,
    reader: &mut RequestReader,
    whom: &Destination,
) -> io::Result<bool> {
    let inside = match dial(outside, access, &whom.host, whom.port).await {
        Ok(inside) => inside,
        Err(error) => {
            let response = refusal(502, &format!("{error}."), Some("RFC 9110 §15.6.3"));
            let date = access.network.clock().date();
            outside.write_all(&whole_response(response, reader.asks_head, date)).await?;
            return Ok(false);
        }
    };
    let (mut from_lab, mut to_lab) = tokio::io::split(inside);
    let (from_outside, mut to_outside) = outside.split();
    let mut from_outside = OutsideStream { stream: from_outside, clock: access.network.clock() };
    let mut down = pin!(down(&mut from_lab, &mut to_outside));
    let up = async {
        let next = reader.forward(whom, &mut from_outside, &mut to_lab).await?;
        to_lab.shutdown().await?;
        Ok::<_, io::Error>(next)
    };
    tokio::select! {
        biased;
        ended = &mut down => ended.map(|()| false),
        next = up => {
            let next = next?;
            down.await?;
            Ok(next)
        }
    }
}

/// Everything the lab host sends, until it ends.
async fn down(from: &mut (impl AsyncRead + Unpin), to: &mut WriteHalf<'_>) -> io::Result<()> {
    let mut room = vec![0; AT_ONCE];
    loop {
        match from.read(&mut room).await?.min(room.len()) {
            0 => return Ok(()),
            read => to.write_all(room.get(..read).unwrap_or_default()).await?,
        }
    }
}

/// CONNECT: whatever follows goes to that port as it is (RFC 9110 §9.3.6).
async fn tunnel(mut outside: TcpStream, access: &LabAccess, mut reader: RequestReader, whom: &Destination) {
    let date = access.network.clock().date();
    match dial(&outside, access, &whom.host, whom.port).await {
        Ok(mut inside) => {
            let agreed = outside.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await;
            let early = reader.after_head();
            if agreed.is_ok() && inside.write_all(&early).await.is_ok() {
                pass(&mut outside, inside, access.network.clock()).await;
            }
        }
        Err(error) => {
            let response = refusal(502, &format!("{error}."), Some("RFC 9110 §15.6.3"));
            outside.write_all(&whole_response(response, false, date)).await.ok();
        }
    }
}

/// Whom a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Destination {
    host: String,
    port: u16,
    /// It is a CONNECT.
    tunnel: bool,
}

/// Why it cannot be told for which host a request is.
#[derive(Debug)]
enum Unreadable {
    Refused(ServerError),
    Gone,
}

/// Finds where one request ends and the next begins; the octets themselves stay as they are.
#[derive(Debug)]
struct RequestReader {
    session: ServerSession,
    own_port: u16,
    /// Octets read from outside and not passed on yet.
    held: BytesMut,
    /// The host the request at hand is for: its head was read, its end was not.
    current: Option<Destination>,
    /// Of the request at hand so many octets were passed on.
    passed: u64,
    /// The request at hand is a HEAD.
    asks_head: bool,
}

impl RequestReader {
    fn new(own_port: u16) -> Self {
        // What else a request may look like is for the lab host to judge; its boundaries matter here, and that it says whom it is for:
        // RFC 9112 §3.2 has a request with no Host, or with several, answered with 400.
        let rules = ServerRules { bare_lf: BareLf::Accepted, host: HostRule::Required, ..ServerRules::default() };
        let session = ServerSession::new(rules);
        Self { session, own_port, held: BytesMut::new(), current: None, passed: 0, asks_head: false }
    }

    /// Whom the next request is for; `None` when there is none.
    async fn destination(&mut self, from: &mut (impl AsyncRead + Unpin)) -> Result<Option<Destination>, Unreadable> {
        loop {
            if let Some(current) = &self.current {
                return Ok(Some(current.clone()));
            }
            match self.session.step(Duration::ZERO).map_err(Unreadable::Refused)? {
                Step::Event(ServerEvent::Head { head, .. }) => self.begin(&head),
                Step::Event(_) => {}
                Step::Done => return Ok(None),
                _ => self.read(from).await.map_err(|_gone| Unreadable::Gone)?,
            }
        }
    }

    /// Passes requests on for as long as they are for `whom`. `true` when the next one is for another host, `false` when there are no
    /// more.
    async fn forward(
        &mut self,
        whom: &Destination,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<bool> {
        loop {
            match self.session.step(Duration::ZERO) {
                Ok(Step::Event(ServerEvent::Head { head, .. })) => {
                    self.begin(&head);
                    if self.current.as_ref() != Some(whom) {
                        return Ok(true);
                    }
                }
                Ok(Step::Event(ServerEvent::Complete { octets, .. })) => {
                    let rest = usize::try_from(octets - self.passed).unwrap_or(usize::MAX).min(self.held.len());
                    to.write_all(&self.held.split_to(rest)).await?;
                    (self.current, self.passed) = (None, 0);
                }
                Ok(Step::Event(ServerEvent::Content(_))) => {}
                Ok(Step::Done) => return Ok(false),
                Ok(_) => {
                    if self.current.is_some() {
                        self.passed += self.held.len() as u64;
                        to.write_all(&self.held.split()).await?;
                        to.flush().await?;
                    }
                    self.read(from).await?;
                }
                // Where the next request would begin cannot be told any more: it is all for the lab host to judge.
                Err(_) => {
                    to.write_all(&self.held.split()).await?;
                    tokio::io::copy(from, to).await?;
                    return Ok(false);
                }
            }
        }
    }

    /// What came after the head of the request at hand, a CONNECT.
    fn after_head(&mut self) -> Bytes {
        if let Ok(Step::Event(ServerEvent::Complete { octets, .. })) = self.session.step(Duration::ZERO) {
            let head = usize::try_from(octets).unwrap_or(usize::MAX).min(self.held.len());
            drop(self.held.split_to(head));
        }
        self.held.split().freeze()
    }

    async fn read(&mut self, from: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
        let before = self.held.len();
        self.held.reserve(AT_ONCE);
        match from.read_buf(&mut self.held).await? {
            0 => self.session.receive_end(),
            _ => self.session.receive(self.held.get(before..).unwrap_or_default()),
        }
        Ok(())
    }

    fn begin(&mut self, head: &RequestHead) {
        self.asks_head = head.method == "HEAD";
        self.current = Some(destination(head, self.own_port));
    }
}

/// The host of an absolute-form target stands above the `Host` line (RFC 9112 §3.2.2). Port 80 where none is said, and where the one
/// said in `Host` is the gateway's own: a program that was given the gateway's address names the port it connected to.
fn destination(head: &RequestHead, own_port: u16) -> Destination {
    if head.method == "CONNECT" {
        let (host, port) = host_port(&head.target);
        return Destination { host, port: port.unwrap_or(443), tunnel: true };
    }
    let absolute = head.target.split_once("://").filter(|_| !head.target.starts_with('/'));
    let (host, port) = if let Some((_, rest)) = absolute {
        host_port(rest.split(['/', '?', '#']).next().unwrap_or_default())
    } else {
        let (host, port) = host_port(head.fields.text("Host").unwrap_or("localhost"));
        (host, port.filter(|port| *port != own_port))
    };
    Destination { host, port: port.unwrap_or(80), tunnel: false }
}

fn host_port(text: &str) -> (String, Option<u16>) {
    let text = text.rsplit('@').next().unwrap_or(text);
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']').unwrap_or((rest, ""));
        return (host.to_owned(), port.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match text.rsplit_once(':') {
        Some((host, port)) => (host.to_owned(), port.parse().ok()),
        None => (text.to_owned(), None),
    }
}

/// How long an outside program may take to end its side.
const LINGER: Duration = Duration::from_secs(2);

#[cfg(test)]
mod a_request_says_whom_it_is_for {
    use super::*;
    use crate::proto::http::message::Fields;

    fn of(method: &str, target: &str, host: Option<&str>) -> Destination {
        let mut fields = Fields::default();
        if let Some(host) = host {
            fields.push("Host", host.to_owned());
        }
        let head = RequestHead { method: method.into(), target: target.into(), version: (1, 1), fields };
        destination(&head, 8080)
    }

    #[test]
    fn in_its_target_or_its_host_line() {
        let lab = |host: &str, port| Destination { host: host.into(), port, tunnel: false };
        assert_eq!(of("GET", "/", Some("info.cern.ch")), lab("info.cern.ch", 80));
        assert_eq!(of("GET", "/", Some("info.cern.ch:8080")), lab("info.cern.ch", 80));
        assert_eq!(of("GET", "/", Some("rude.lab:8444")), lab("rude.lab", 8444));
        assert_eq!(of("GET", "http://rude.lab/x", Some("info.cern.ch")), lab("rude.lab", 80));
        assert_eq!(of("GET", "http://me@www.someschool.edu:8080?x", None), lab("www.someschool.edu", 8080));
        assert_eq!(of("GET", "/x?u=http://rude.lab/", Some("a")), lab("a", 80));
        assert_eq!(of("GET", "/", None), lab("localhost", 80));
        assert_eq!(of("GET", "/", Some("[::1]:8080")), lab("::1", 80));
        assert_eq!(of("CONNECT", "rude.lab:443", None), Destination { tunnel: true, ..lab("rude.lab", 443) });
    }
}
