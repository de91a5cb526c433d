//! How a host of the lab finds the addresses behind a name: it asks its local name server, and caches the answers.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Mutex as Turn;

use super::{NetError, Network, Resolver, TimeSpan};
use crate::{
    proto::dns::{
        Name, RecordType, ResponseCode,
        iterate::ResolutionAnswer,
        text::{name_from_text, name_text},
        trace::QueryTransport,
    },
    wire::{End, Ends, FlowHandle, FlowKind, NoteKind},
};

/// A stub, its cache, and what it is asking about now. Clones are the same stub.
#[derive(Clone, Debug)]
pub(super) struct NameLookup {
    resolver: Resolver,
    /// Names being looked up: a second lookup of the same name waits for the first one's answer.
    under_way: Arc<Mutex<HashMap<Name, Arc<Turn<()>>>>>,
}

/// What a lookup found.
pub(super) struct FoundAddresses {
    pub(super) ips: Vec<IpAddr>,
    /// How long it took; `None` where the answer was in the cache.
    pub(super) took: Option<TimeSpan>,
}

impl NameLookup {
    pub(super) fn new(resolver: Resolver) -> Self {
        Self { resolver, under_way: Arc::default() }
    }

    /// The addresses of `host`; what is asked for them is a [`FlowKind::Lookup`] below `parent`, and `flow` is told how they became known.
    pub(super) async fn look_up(
        &self,
        network: &Network,
        host: &str,
        parent: &FlowHandle,
        flow: &FlowHandle,
    ) -> Result<FoundAddresses, NetError> {
        let no_such = || NetError::NoSuchHost { host: host.to_owned() };
        let name = name_from_text(host, &Name::root()).map_err(|_no_name| no_such())?;
        let begun = network.now();
        let turn = {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(under_way.entry(name.clone()).or_default())
        };
        let turn = turn.lock().await;
        let end = |name: &str| End { name: name.to_owned(), ip_port: None };
        let asker = network.client_end(None).name;
        let ends = Ends { client: end(&asker), server: end("the name system") };
        let known = self.resolver.knows(&name, RecordType::A, network.now());
        let lookup = if known {
            flow.clone()
        } else {
            parent.child(FlowKind::Lookup, format!("{asker} looks for {} A", name_text(&name)), ends, begun)
        };
        let resolved = self.resolver.resolve(&name, RecordType::A, &lookup, &mut |_| {}).await;
        let now = network.now();
        if !known {
            lookup.close(now);
        }
        drop(turn);
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
        let ips = addresses(&resolved.answer);
        let took = (now > begun).then_some(TimeSpan { from: begun, to: now });
        let cached =
            resolved.steps.first().filter(|step| step.over == QueryTransport::Cache).map(|step| step.reason.clone());
        let list = ips.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let text = cached.map_or_else(|| format!("{host} is {list}"), |why| format!("{host} is {list}: {why}"));
        if !ips.is_empty() {
            flow.note(now, NoteKind::Dns, text, Some("RFC 1034 §5.3.1"));
            return Ok(FoundAddresses { ips, took });
        }
        match (resolved.answer.failure, resolved.answer.code) {
            (Some(why), _) => Err(NetError::Unresolved { host: host.to_owned(), why }),
            (None, ResponseCode::NoError | ResponseCode::NXDomain) => Err(no_such()),
            (None, code) => {
                let code = crate::proto::dns::text::rcode_name(code);
                Err(NetError::NameServerFailed { host: host.to_owned(), code })
            }
        }
    }
}

fn addresses(answer: &ResolutionAnswer) -> Vec<IpAddr> {
    answer.answers.iter().filter_map(|record| record.data.ip_addr()).collect()
}
