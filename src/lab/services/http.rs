//! A web server: HTTP/1.0, HTTP/1.1, and HTTP/2 by prior knowledge.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::{
    lab::{
        LabError,
        accept::accept_all,
        conversation::Conversation,
        file_error::LabFileError,
        origin::{KeepAlive, OriginServer, http1},
        service::{
            HostContext, LabContents, MissingReference, Process, Service, ServiceKind, Transports,
            description::{Description, keys_of},
        },
    },
    net::LabSocket,
};

pub(super) static KIND: ServiceKind = ServiceKind {
    name: "http",
    usual_port: Some(80),
    takes: Transports::Connections,
    keys: keys_of::<HttpDescription>,
    read: |mut description| {
        let HttpDescription { sites, keep_alive } = description.read()?;
        Ok(Arc::new(Http(WebSites::checked(&description, sites, keep_alive.as_ref())?)))
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpDescription {
    #[serde(default)]
    sites: Vec<String>,
    keep_alive: Option<Spanned<KeepAlive>>,
}

#[derive(Debug)]
struct Http(WebSites);

impl Service for Http {
    fn kind(&self) -> &'static ServiceKind {
        &KIND
    }

    fn status(&self) -> String {
        self.0.status()
    }

    fn missing(&self, files: &LabContents<'_>) -> Option<MissingReference> {
        self.0.missing(files)
    }

    fn start(&self, host: &HostContext<'_>) -> Result<Process, LabError> {
        let (listener, clock, origin) = (host.listen()?, host.clock(), self.0.origin(host));
        Ok(Box::pin(accept_all(listener, move |socket: LabSocket| {
            let (origin, about) = (origin.clone(), Conversation::of(&socket, &clock));
            Box::pin(async move { http1::serve(socket, &origin, &about).await })
        })))
    }
}

/// The web sites a server has, and how long it keeps its connections.
#[derive(Debug)]
pub(super) struct WebSites {
    /// Told apart by the `Host` line; the first is served to all other names.
    sites: Vec<String>,
    keep_alive: KeepAlive,
}

impl WebSites {
    /// As a description has them.
    pub(super) fn checked(
        description: &Description<'_>,
        sites: Vec<String>,
        keep_alive: Option<&Spanned<KeepAlive>>,
    ) -> Result<Self, LabFileError> {
        description.check(!sites.is_empty(), "sites = [\"…\"], at least one")?;
        if let Some(keep) = keep_alive {
            let KeepAlive { seconds, requests } = *keep.get_ref();
            description.reader.check(keep, seconds > 0 && requests > 0, "at least 1 second and 1 request")?;
        }
        Ok(Self { sites, keep_alive: keep_alive.map(|keep| *keep.get_ref()).unwrap_or_default() })
    }

    pub(super) fn status(&self) -> String {
        format!("web sites: {}", self.sites.join(", "))
    }

    pub(super) fn missing(&self, files: &LabContents<'_>) -> Option<MissingReference> {
        let site = self.sites.iter().find(|site| !(files.is_site)(site))?;
        Some(MissingReference { what: format!("serves {site:?}"), expected: "the name of a folder in sites/" })
    }

    /// What answers for them.
    pub(super) fn origin(&self, host: &HostContext<'_>) -> OriginServer {
        let sites = self.sites.iter().filter_map(|name| Some((name.clone(), host.site(name)?)));
        OriginServer::new(sites.collect(), self.keep_alive)
    }
}
