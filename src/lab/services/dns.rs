//! A name server, by datagram and by stream.

use std::sync::Arc;

use serde::Deserialize;

use crate::{
    lab::{
        LabError,
        accept::accept_all,
        conversation::Conversation,
        name_server,
        service::{
            HostContext, LabContents, MissingReference, Process, Service, ServiceKind, Transports, description::keys_of,
        },
    },
    net::LabSocket,
    proto::dns::authority::{AnyPolicy, Policy},
};

pub(super) static KIND: ServiceKind = ServiceKind {
    name: "dns",
    usual_port: Some(53),
    takes: Transports::Both,
    keys: keys_of::<Dns>,
    read: |mut description| Ok(Arc::new(description.read::<Dns>()?)),
};

/// What a name server answers from, and how.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::lab) struct Dns {
    /// Files of `zones/`, without `.zone`.
    #[serde(default)]
    pub(in crate::lab) zones: Vec<String>,
    /// What it says to ANY.
    #[serde(default)]
    any: AnyPolicy,
    /// It rotates the addresses of a name from response to response.
    #[serde(default = "yes")]
    rotate: bool,
    /// It asks others for its clients.
    #[serde(default)]
    pub(in crate::lab) recursion: bool,
}

impl Dns {
    /// How it answers from its zones.
    pub(in crate::lab) fn policy(&self) -> Policy {
        Policy { any: self.any, rotate: self.rotate, ..Policy::default() }
    }
}

impl Service for Dns {
    fn kind(&self) -> &'static ServiceKind {
        &KIND
    }

    fn status(&self) -> String {
        match (self.recursion, self.zones.as_slice()) {
            (true, []) => "looks names up for its clients".to_owned(),
            (false, []) => "no zones: it refuses every question".to_owned(),
            (true, zones) => format!("zones: {}; it looks other names up for its clients", zones.join(", ")),
            (false, zones) => format!("zones: {}", zones.join(", ")),
        }
    }

    fn missing(&self, files: &LabContents<'_>) -> Option<MissingReference> {
        let zone = self.zones.iter().find(|zone| !(files.is_zone)(zone))?;
        Some(MissingReference {
            what: format!("serves {zone:?}"),
            expected: "the name of a file in zones/, without .zone",
        })
    }

    fn start(&self, host: &HostContext<'_>) -> Result<Process, LabError> {
        let (listener, datagrams, clock) = (host.listen()?, host.bind_datagrams()?, host.clock());
        let responder = host.responder();
        let by_datagram = name_server::serve_datagrams(datagrams, Arc::clone(&responder));
        let by_stream = accept_all(listener, move |socket: LabSocket| {
            let (responder, about) = (Arc::clone(&responder), Conversation::of(&socket, &clock));
            Box::pin(async move { name_server::serve_stream(socket, &responder, &about).await })
        });
        Ok(Box::pin(async move {
            tokio::join!(by_datagram, by_stream);
        }))
    }
}

fn yes() -> bool {
    true
}
