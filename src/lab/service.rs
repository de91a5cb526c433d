//! A server process of the lab: accepts on its port, and finds out which HTTP is spoken there. A name server takes datagrams too.

use std::{sync::Arc, time::Duration};

use rustls::ServerConfig;
use tokio::task::JoinSet;

use super::{
    name_server::{self, Desk},
    origin::{Origin, http1, http2},
    plan::KeepAlive,
    stream::{Conversation, gone_within},
};
use crate::net::{Clock, LabDatagrams, LabListener, LabSocket, ServerConnection};

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
            Speech::Http(origin) => Box::pin(http1::serve(socket, origin, &about)).await,
            Speech::Https(origin, config) => Box::pin(serve_https(socket, origin, Arc::clone(config), &about)).await,
            Speech::Dns(responder) => Box::pin(name_server::serve_stream(socket, responder, &about)).await,
            Speech::Silence => {
                about.why("this server accepts connections and never says a word", None);
                gone_within(&mut socket, &about.clock, SILENCE).await;
            }
        }
    }
}

async fn serve_https(socket: LabSocket, origin: &Origin, config: Arc<ServerConfig>, about: &Conversation) {
    let connection = ServerConnection::new(socket, about.clock.clone());
    let mut connection = connection.with_start_tls(config, HANDSHAKE_PATIENCE);
    match connection.start_tls().await {
        Ok(tls) if tls.alpn.as_deref() == Some(b"h2") => http2::serve(connection, origin, about).await,
        Ok(_) => http1::serve(connection, origin, about).await,
        Err(error) => about.gave_up_tls(&error),
    }
}

/// Connections one server serves at once; more wait to be accepted.
const MAX_CONVERSATIONS: usize = 10_000;

/// How long a TLS handshake may take.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(30);

/// How long silence lasts.
const SILENCE: Duration = Duration::from_hours(1);
