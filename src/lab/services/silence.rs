//! A server that accepts connections, reads, and never sends anything.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;

use crate::{
    lab::{
        LabError,
        accept::accept_all,
        conversation::Conversation,
        service::{HostContext, Process, Service, ServiceKind, Transports, description::keys_of},
        stream::gone_within,
    },
    net::LabSocket,
};

pub(super) static KIND: ServiceKind = ServiceKind {
    name: "silence",
    usual_port: None,
    takes: Transports::Connections,
    keys: keys_of::<SilenceDescription>,
    read: |mut description| {
        let SilenceDescription {} = description.read()?;
        Ok(Arc::new(Silence))
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SilenceDescription {}

#[derive(Debug)]
struct Silence;

impl Service for Silence {
    fn kind(&self) -> &'static ServiceKind {
        &KIND
    }

    fn status(&self) -> String {
        "accepts connections and never says a word".to_owned()
    }

    fn start(&self, host: &HostContext<'_>) -> Result<Process, LabError> {
        let (listener, clock) = (host.listen()?, host.clock());
        Ok(Box::pin(accept_all(listener, move |mut socket: LabSocket| {
            let about = Conversation::of(&socket, &clock);
            async move {
                about.why("this server accepts connections and never says a word", None);
                gone_within(&mut socket, &about.clock, SILENCE).await;
            }
        })))
    }
}

/// How long silence lasts.
const SILENCE: Duration = Duration::from_hours(1);
