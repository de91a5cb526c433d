//! The lab's name servers, watched: which level each belongs to, and what reaches it.

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    engine::name_attack::ServerLevel,
    lab::{DnsRequest, Lab, LabError, NameServer, ReplyFuture, Responder},
    proto::dns::{
        Name,
        cache::{CacheKey, CachedData},
        service::{self, ClientMessage, ClientQuery},
    },
};

/// The level a server belongs to; `None` for one that serves no zone.
pub(in crate::engine) fn level_of(server: &NameServer) -> Option<ServerLevel> {
    let labels = server.zones().iter().map(|zone| zone.origin().iter().len()).min()?;
    Some(match labels {
        0 => ServerLevel::Root,
        1 => ServerLevel::Tld,
        _ => ServerLevel::Authoritative,
    })
}

/// Tells of each query that reaches a server: which one, of which level, and when.
///
/// # Errors
/// Never, in a lab whose servers are its own.
pub(in crate::engine) fn watch_levels(
    lab: &Lab,
    tell: impl Fn(&NameServer, ServerLevel, Duration) + Send + Sync + Clone + 'static,
) -> Result<(), LabError> {
    for (ip_port, server) in lab.naming().servers() {
        let Some(level) = level_of(server) else { continue };
        let tell = tell.clone();
        let note = Box::new(move |server: &NameServer, asked: DnsRequest| {
            tell(server, level, asked.at);
            asked
        });
        lab.answer_with(server.name(), ip_port.port(), Arc::new(ObservedServer { server: Arc::clone(server), note }))?;
    }
    Ok(())
}

/// Reports each question that reaches the local name server: for which name, whether it knows the answer (that it could not be
/// found out a moment ago is none), and when. What it does for it is neither
/// recorded nor written into the journal, so that there may be any number.
///
/// # Errors
/// Never, in a lab whose servers are its own.
pub(in crate::engine) fn watch_local(
    lab: &Lab,
    tell: impl Fn(&Name, bool, Duration) + Send + Sync + 'static,
) -> Result<(), LabError> {
    let Some((ip_port, server)) = lab.naming().local() else { return Ok(()) };
    let note = Box::new(move |server: &NameServer, asked: DnsRequest| {
        if let ClientMessage::Query(wanted) = service::read_message(&asked.message) {
            tell(&wanted.name, knows(server, &wanted, asked.at), asked.at);
        }
        DnsRequest { flow: None, ..asked }
    });
    lab.answer_with(server.name(), ip_port.port(), Arc::new(ObservedServer { server: Arc::clone(server), note }))
}

fn knows(server: &NameServer, wanted: &ClientQuery, now: Duration) -> bool {
    let memory = server.resolver().memory();
    let held = memory.cache.get(&CacheKey::new(&wanted.name, wanted.kind), now).map(|entry| &entry.held);
    held.is_some_and(|held| *held != CachedData::Failed) || memory.cache.no_name(&wanted.name, now).is_some()
}

type RequestObserver = Box<dyn Fn(&NameServer, DnsRequest) -> DnsRequest + Send + Sync>;

struct ObservedServer {
    server: Arc<NameServer>,
    note: RequestObserver,
}

impl Responder for ObservedServer {
    fn respond(&self, asked: DnsRequest) -> ReplyFuture<'_> {
        self.server.respond((self.note)(&self.server, asked))
    }
}

impl fmt::Debug for ObservedServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("server", &self.server.name()).finish_non_exhaustive()
    }
}
