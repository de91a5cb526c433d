//! A server process of the lab: accepts on its port, and finds out which HTTP is spoken there. A name server takes datagrams too.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use rustls::ServerConfig;
use tokio::{io::AsyncReadExt as _, task::JoinSet};
use tokio_rustls::TlsAcceptor;

use super::{
    name_server::{self, Desk},
    origin::{Origin, http1, http2},
    plan::KeepAlive,
    stream::{Conversation, Reread, ServerStream, gone_within},
};
use crate::{
    net::{Clock, LabDatagrams, LabListener, LabSocket},
    proto::http::server::HTTP2_PREFACE,
};

/// What a server process does with its connections.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) speaks: Speech,
    pub(super) keep_alive: KeepAlive,
    pub(super) clock: Clock,
}

/// What it speaks.
#[derive(Clone)]
pub(super) enum Speech {
    Http(Origin),
    Https(Origin, Arc<ServerConfig>),
    Dns(Arc<Desk>),
    Silence,
}

/// Where a server process listens.
pub(super) struct Ears {
    pub(super) streams: LabListener,
    /// Where it speaks with datagrams as well.
    pub(super) datagrams: Option<LabDatagrams>,
}

impl Server {
    /// Serves for ever; dropping the future closes the port and all its connections.
    pub(super) async fn run(self, ears: Ears) {
        let Ears { streams, datagrams } = ears;
        match (datagrams, &self.speaks) {
            (Some(datagrams), Speech::Dns(responder)) => {
                let answering = name_server::serve_datagrams(datagrams, Arc::clone(responder));
                tokio::join!(answering, self.accept_all(streams));
            }
            _ => self.accept_all(streams).await,
        }
    }

    async fn accept_all(&self, mut listener: LabListener) {
        let mut conversations = JoinSet::new();
        loop {
            let room = conversations.len() < MAX_CONVERSATIONS;
            tokio::select! {
                biased;
                Some(_) = conversations.join_next(), if !conversations.is_empty() => {}
                socket = listener.accept(), if room => {
                    let server = self.clone();
                    conversations.spawn(async move { server.serve(socket).await });
                }
            }
        }
    }

    async fn serve(self, mut socket: LabSocket) {
        let about = Conversation {
            clock: self.clock.clone(),
            flow: socket.flow().cloned(),
            client: Some(socket.peer()),
            secure: matches!(self.speaks, Speech::Https(..)),
            keep_alive: self.keep_alive,
        };
        match &self.speaks {
            Speech::Http(origin) => Box::pin(serve_http(socket, origin, &about)).await,
            Speech::Https(origin, config) => Box::pin(serve_https(socket, origin, Arc::clone(config), &about)).await,
            Speech::Dns(responder) => Box::pin(name_server::serve_stream(socket, responder, &about)).await,
            Speech::Silence => {
                about.why("this server accepts connections and never says a word", None);
                gone_within(&mut socket, &about.clock, SILENCE).await;
            }
        }
    }
}

/// HTTP/1.x, or HTTP/2 where the client begins with its preface (RFC 9113 §3.3).
pub(super) async fn serve_http<S: ServerStream + 'static>(mut stream: S, origin: &Origin, about: &Conversation) {
    match first_octets(&mut stream, about).await {
        First::Nothing => {}
        First::Http1(first) => http1::serve(stream, first, origin, about).await,
        First::Http2(first) => http2::serve(Reread::new(first, stream), origin, about).await,
    }
}

async fn serve_https(socket: LabSocket, origin: &Origin, config: Arc<ServerConfig>, about: &Conversation) {
    let handshake = TlsAcceptor::from(config).accept(socket);
    let stream = match about.clock.timeout(HANDSHAKE_PATIENCE, handshake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            about.why(format!("the server gave up the TLS handshake: {error}"), Some("RFC 8446 §6.2"));
            return;
        }
        Err(_) => {
            about.why("the server gave up the TLS handshake: it took too long", None);
            return;
        }
    };
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        http2::serve(stream, origin, about).await;
    } else {
        serve_http(stream, origin, about).await;
    }
}

enum First {
    /// The client went away, or never said anything.
    Nothing,
    Http1(Bytes),
    Http2(Bytes),
}

/// Reads until it is clear whether the client begins as HTTP/2 clients do.
async fn first_octets<S: ServerStream>(stream: &mut S, about: &Conversation) -> First {
    let mut first = BytesMut::with_capacity(4096);
    while HTTP2_PREFACE.starts_with(&first) && first.len() < HTTP2_PREFACE.len() {
        match about.clock.timeout(about.idle_limit(), stream.read_buf(&mut first)).await {
            Ok(Ok(1..)) => {}
            Ok(_) if first.is_empty() => return First::Nothing,
            Err(_) if first.is_empty() => {
                let seconds = about.keep_alive.seconds;
                about.why(format!("closing: nothing was said for {seconds} s"), Some("RFC 9112 §9.5"));
                return First::Nothing;
            }
            Ok(_) | Err(_) => break,
        }
    }
    if first.starts_with(HTTP2_PREFACE) { First::Http2(first.freeze()) } else { First::Http1(first.freeze()) }
}

/// Connections one server serves at once; more wait to be accepted.
const MAX_CONVERSATIONS: usize = 10_000;

/// How long a TLS handshake may take.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(30);

/// How long silence lasts.
const SILENCE: Duration = Duration::from_hours(1);
