//! A web server inside TLS: HTTP/1.0, HTTP/1.1, and HTTP/2 by ALPN.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;
use toml::Spanned;

use super::http::WebSites;
use crate::{
    lab::{
        LabError,
        accept::accept_all,
        certificates::Certificate,
        conversation::Conversation,
        origin::{KeepAlive, http1, http2},
        service::{
            HostContext, LabContents, MissingReference, Process, Service, ServiceKind, Transports, description::keys_of,
        },
    },
    net::{LabSocket, ServerConnection},
};

pub(super) static KIND: ServiceKind = ServiceKind {
    name: "https",
    usual_port: Some(443),
    takes: Transports::Connections,
    keys: keys_of::<HttpsDescription>,
    read: |mut description| {
        let HttpsDescription { sites, keep_alive, certificate } = description.read()?;
        let sites = WebSites::checked(&description, sites, keep_alive.as_ref())?;
        Ok(Arc::new(Https { sites, certificate }))
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpsDescription {
    #[serde(default)]
    sites: Vec<String>,
    keep_alive: Option<Spanned<KeepAlive>>,
    #[serde(default)]
    certificate: Certificate,
}

#[derive(Debug)]
struct Https {
    sites: WebSites,
    certificate: Certificate,
}

impl Service for Https {
    fn kind(&self) -> &'static ServiceKind {
        &KIND
    }

    fn status(&self) -> String {
        match self.certificate.flaw() {
            None => self.sites.status(),
            Some(flaw) => format!("{}; its certificate {flaw}", self.sites.status()),
        }
    }

    fn missing(&self, files: &LabContents<'_>) -> Option<MissingReference> {
        self.sites.missing(files)
    }

    fn start(&self, host: &HostContext<'_>) -> Result<Process, LabError> {
        let config = host.tls(self.certificate, &[b"h2", b"http/1.1"])?;
        let (listener, clock, origin) = (host.listen()?, host.clock(), self.sites.origin(host).inside_tls());
        Ok(Box::pin(accept_all(listener, move |socket: LabSocket| {
            let (origin, about) = (origin.clone(), Conversation::of(&socket, &clock));
            let connection = ServerConnection::new(socket, clock.clone());
            let mut connection = connection.with_start_tls(Arc::clone(&config), HANDSHAKE_PATIENCE);
            Box::pin(async move {
                match connection.start_tls().await {
                    Ok(tls) if tls.alpn.as_deref() == Some(b"h2") => http2::serve(connection, &origin, &about).await,
                    Ok(_) => http1::serve(connection, &origin, &about).await,
                    Err(error) => about.gave_up_tls(&error),
                }
            })
        })))
    }
}

/// How long a TLS handshake may take.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(30);
