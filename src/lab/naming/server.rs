//! One name server of the lab: zones that it serves, and a resolver for recursive queries.

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Notify, oneshot};

use super::{
    Journal,
    joined::{JoinedResolutions, ResolutionRole},
};
use crate::{
    lab::name_server::{DnsRequest, DnsTransport, ReplyFuture, Responder},
    net::Resolver,
    proto::dns::{
        Message, MessageType, Name, OpCode, Query, RData, Record, RecordType, ResponseCode,
        authority::{self, Authority},
        cache::{CacheKey, Credibility},
        data::points_at,
        iterate::{Hint, ResolutionAnswer, Settings, Unresolved},
        joining::{self, JoinKey},
        limits,
        rrset::upwards,
        service::{self, ClientMessage, ClientQuery},
        text::{name_from_text, name_text},
        trace::ResolutionStep,
        zone::Zone,
    },
    wire::{End, Ends, FlowHandle, FlowKind, NoteKind},
};

/// A name server.
#[derive(Debug)]
pub struct NameServer {
    names: Vec<String>,
    authority: Mutex<Authority>,
    resolver: Resolver,
    /// Its ways, should they differ from the resolver's own.
    settings: Mutex<Arc<Settings>>,
    /// It offers recursion: it resolves iteratively for its clients, from the root.
    is_local: bool,
    /// It resolves recursively for its clients where its zones would refer them elsewhere.
    recurses: AtomicBool,
    /// What it looks for on behalf of clients.
    searches: JoinedResolutions,
    /// Told whenever such a search is over: its cache has changed.
    search_ended: Arc<Notify>,
    journal: Journal,
}

impl NameServer {
    pub(in crate::lab) fn new(
        names: Vec<String>,
        authority: Authority,
        resolver: Resolver,
        is_local: bool,
        journal: Journal,
        search_ended: Arc<Notify>,
    ) -> Self {
        let settings = Mutex::new(Arc::new(resolver.settings().clone()));
        let recurses = AtomicBool::new(false);
        let (authority, searches) = (Mutex::new(authority), JoinedResolutions::default());
        Self { names, authority, resolver, settings, is_local, recurses, searches, search_ended, journal }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// Is this one of its names?
    pub fn is_named(&self, name: &str) -> bool {
        self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Its name as the name system writes it.
    pub fn server_name(&self) -> Name {
        name_from_text(self.name(), &Name::root()).unwrap_or_default()
    }

    /// Does it offer recursion to its clients?
    pub fn is_local(&self) -> bool {
        self.is_local
    }

    /// Does it serve this zone?
    pub fn serves(&self, origin: &Name) -> bool {
        self.authority().zone(origin).is_some()
    }

    /// The zones it serves.
    pub fn zones(&self) -> Vec<Zone> {
        self.authority().zones().cloned().collect()
    }

    /// Its resolver and its cache.
    pub fn resolver(&self) -> &Resolver {
        &self.resolver
    }

    /// The resolver's settings.
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes that from now on.
    pub fn set_settings(&self, settings: Settings) {
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }

    /// Switches recursion on or off for clients that ask for it (RD); without it they get referrals.
    pub fn set_recursion(&self, on: bool) {
        self.recurses.store(on, Ordering::Relaxed);
    }

    /// Does it?
    pub fn recurses(&self) -> bool {
        self.recurses.load(Ordering::Relaxed)
    }

    /// Serves a zone as given from now on.
    pub fn put_zone(&self, zone: Zone) {
        self.authority().insert(zone);
    }

    /// Serves these zones and no others.
    pub fn serve_only(&self, zones: impl Iterator<Item = Zone>) {
        let mut authority = self.authority();
        let policy = authority.policy().clone();
        *authority = Authority::new(zones, policy);
    }

    /// Serves a zone no longer.
    pub fn drop_zone(&self, origin: &Name) {
        self.authority().remove(origin);
    }

    /// How it answers.
    pub fn policy(&self) -> authority::Policy {
        self.authority().policy().clone()
    }

    /// Changes that from now on.
    pub fn set_policy(&self, policy: authority::Policy) {
        *self.authority().policy_mut() = policy;
    }

    fn authority(&self) -> MutexGuard<'_, Authority> {
        self.authority.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, asked: DnsRequest) -> Option<Vec<u8>> {
        let over_tcp = asked.transport == DnsTransport::Tcp;
        if self.is_local {
            return match service::read_message(&asked.message) {
                ClientMessage::Nothing => None,
                ClientMessage::Refused(octets) => Some(octets),
                ClientMessage::Query(wanted) => Some(self.recurse(&wanted, &asked, over_tcp).await),
            };
        }
        let over = if over_tcp { authority::Transport::Tcp } else { authority::Transport::Udp };
        let answered = self.authority().answer(&asked.message, asked.client.ip(), over);
        let wanted = match service::read_message(&asked.message) {
            ClientMessage::Query(wanted) if self.recurses() && wanted.recursion => Some(wanted),
            _ => None,
        };
        if let (Some(wanted), Some(octets)) = (wanted, &answered.octets) {
            return Some(match referral(octets) {
                Some(hints) => {
                    let hints = self.with_addresses(hints, &asked).await;
                    wanted.response(&self.ask_for((&wanted.name, wanted.kind), hints, &asked).await, over_tcp)
                }
                None => with_recursion_available(octets),
            });
        }
        if let Some(flow) = &asked.flow {
            for why in &answered.why {
                flow.note(asked.at, NoteKind::Why, format!("{}: {}", self.name(), why.text), why.clause);
            }
        }
        answered.octets
    }

    /// Walks down from the root for a client, or answers from memory where that is all it wants.
    async fn recurse(&self, wanted: &ClientQuery, asked: &DnsRequest, over_tcp: bool) -> Vec<u8> {
        if !wanted.recursion && !self.resolver.knows(&wanted.name, wanted.kind, asked.at) {
            return wanted.response(&self.closest_known(wanted, asked.at), over_tcp);
        }
        let resolver = self.resolver.clone().with_settings(self.settings());
        let question = JoinKey::new(&wanted.name, wanted.kind);
        let answer = self.once(question, &resolver, (&wanted.name, wanted.kind), asked).await;
        wanted.response(&answer, over_tcp)
    }

    /// Looks for it, or waits for the answer that another client's question will have in a moment.
    async fn once(
        &self,
        question: JoinKey,
        resolver: &Resolver,
        wanted: (&Name, RecordType),
        asked: &DnsRequest,
    ) -> ResolutionAnswer {
        loop {
            match self.searches.enter(&question) {
                ResolutionRole::First(search) => {
                    let answer = self.resolve(resolver, wanted, asked).await;
                    search.found(&answer);
                    self.search_ended.notify_one();
                    return answer;
                }
                ResolutionRole::Behind(coming) => {
                    if let Some(answer) = self.wait(coming, wanted, asked).await {
                        return answer;
                    }
                }
            }
        }
    }

    /// Waits with a client for what another's question leads to; `None` when that one was given up.
    async fn wait(
        &self,
        coming: oneshot::Receiver<ResolutionAnswer>,
        (name, kind): (&Name, RecordType),
        asked: &DnsRequest,
    ) -> Option<ResolutionAnswer> {
        let mut step = joining::step(self.name(), name, kind, self.resolver.now());
        let page = asked.flow.as_ref().map(|flow| {
            let why = format!("{}: {}", self.name(), step.reason);
            flow.note(asked.at, NoteKind::Why, why, step.clause.as_deref());
            self.journal.begin(Some(flow.id()))
        });
        let write = |step: &ResolutionStep| page.iter().for_each(|page| page.write(step));
        write(&step);
        let answer = coming.await.ok();
        joining::end_step(&mut step, answer.as_ref(), self.resolver.now());
        write(&step);
        answer
    }

    /// Who is remembered to serve the closest zone: all a client gets that wants no search (RFC 1034 §4.3.1).
    fn closest_known(&self, wanted: &ClientQuery, now: Duration) -> ResolutionAnswer {
        let mut answer = ResolutionAnswer {
            code: ResponseCode::NoError,
            answers: Vec::new(),
            authority: Vec::new(),
            additional: Vec::new(),
            failure: None,
        };
        let memory = self.resolver.memory();
        let known = upwards(&wanted.name).find_map(|zone| {
            let (_, entry) = memory.cache.set(&zone, RecordType::NS, Credibility::Hint, now)?;
            Some(entry.records(&CacheKey::new(&zone, RecordType::NS), now))
        });
        answer.authority = known.unwrap_or_default();
        for server in answer.authority.iter().filter_map(|record| points_at(&record.data)) {
            let key = CacheKey::new(server, RecordType::A);
            let addresses = memory.cache.get(&key, now).map(|entry| entry.records(&key, now));
            answer.additional.extend(addresses.unwrap_or_default());
        }
        answer
    }

    /// Asks the servers its zones refer to on behalf of a client; they are asked to do the same.
    async fn ask_for(&self, wanted: (&Name, RecordType), hints: Vec<Hint>, asked: &DnsRequest) -> ResolutionAnswer {
        if hints.iter().all(|hint| hint.ips.is_empty()) {
            let zone = hints.first().map(|hint| name_text(&hint.zone)).unwrap_or_default();
            return ResolutionAnswer::failed(Unresolved::NoAddress { zone });
        }
        let settings = Settings {
            hints,
            hints_stay: true,
            recursion_desired: true,
            minimise: false,
            ..(*self.settings()).clone()
        };
        let (name, kind) = wanted;
        let question = JoinKey::new(name, kind).from_servers(&settings.hints);
        let resolver = self.resolver.clone().with_settings(Arc::new(settings));
        self.once(question, &resolver, wanted, asked).await
    }

    /// The servers a zone refers to, with addresses: where it has none for any of them (glue is only for servers below the cut), they
    /// are looked up first, as RFC 1034 §5.3.3 has it.
    async fn with_addresses(&self, mut hints: Vec<Hint>, asked: &DnsRequest) -> Vec<Hint> {
        if hints.iter().all(|hint| hint.ips.is_empty()) {
            for hint in hints.iter_mut().take(limits::GLUELESS) {
                hint.ips = self.addresses(&hint.server, asked).await;
                if !hint.ips.is_empty() {
                    break;
                }
            }
        }
        hints
    }

    /// Where another server is: its own zones know, or whom they refer to, or else the root.
    async fn addresses(&self, server: &Name, asked: &DnsRequest) -> Vec<IpAddr> {
        let own = self.authority().answer(&address_query(server), asked.server.ip(), authority::Transport::Tcp).octets;
        let own = own.unwrap_or_default();
        let known = Message::from_vec(&own).map(|message| ips(&message.answers)).unwrap_or_default();
        if !known.is_empty() {
            return known;
        }
        let below = referral(&own).filter(|hints| hints.iter().any(|hint| !hint.ips.is_empty()));
        let hints = below.unwrap_or_else(|| self.resolver.settings().hints.clone());
        ips(&self.ask_for((server, RecordType::A), hints, asked).await.answers)
    }

    async fn resolve(&self, resolver: &Resolver, wanted: (&Name, RecordType), asked: &DnsRequest) -> ResolutionAnswer {
        let (name, kind) = wanted;
        let Some(flow) = &asked.flow else {
            // Nobody keeps a record of what this client does.
            let record = crate::wire::Recorder::new(crate::wire::Caps::NOTHING, crate::wire::Secrets::Shown, None);
            let parent =
                self.lookup(wanted, asked.at, |kind, title, ends, at| record.open(None, kind, title, ends, at));
            return resolver.resolve(name, kind, &parent, &mut |_| {}).await.answer;
        };
        let parent = self.lookup(wanted, asked.at, |kind, title, ends, at| flow.child(kind, title, ends, at));
        let page = self.journal.begin(Some(flow.id()));
        let told = resolver.resolve(name, kind, &parent, &mut |step| page.write(step)).await;
        let ended = told.steps.iter().filter_map(|step| step.ended_at).max().unwrap_or(asked.at);
        if let Some(failure) = &told.answer.failure {
            parent.note(ended, NoteKind::Why, failure.to_string(), None);
        }
        parent.close(ended);
        told.answer
    }

    fn lookup(
        &self,
        (name, kind): (&Name, RecordType),
        at: Duration,
        open: impl FnOnce(FlowKind, String, Ends, Duration) -> FlowHandle,
    ) -> FlowHandle {
        let end = |name: &str| End { name: name.to_owned(), ip_port: None };
        let title = format!("{} looks for {name} {kind}", self.name());
        open(FlowKind::Lookup, title, Ends { client: end(self.name()), server: end("the name system") }, at)
    }
}

impl Responder for NameServer {
    fn respond(&self, asked: DnsRequest) -> ReplyFuture<'_> {
        Box::pin(self.answer(asked))
    }
}

/// The same response with RA: this server does recurse, though it did not have to.
fn with_recursion_available(response: &[u8]) -> Vec<u8> {
    const RA: u8 = 0x80;
    let mut response = response.to_vec();
    if let Some(flags) = response.get_mut(3) {
        *flags |= RA;
    }
    response
}

/// Whom a response refers to: the servers it names, with the addresses that come along.
fn referral(response: &[u8]) -> Option<Vec<Hint>> {
    let response = Message::from_vec(response).ok()?;
    if response.metadata.authoritative || !response.answers.is_empty() {
        return None;
    }
    let hint = |record: &Record| {
        let RData::NS(server) = &record.data else { return None };
        let glue = response.additionals.iter().filter(|glue| glue.name == server.0);
        let ips = glue.filter_map(|glue| match &glue.data {
            RData::A(a) => Some(a.0.into()),
            _ => None,
        });
        Some(Hint { zone: record.name.clone(), server: server.0.clone(), ips: ips.collect() })
    };
    let hints: Vec<Hint> = response.authorities.iter().filter_map(hint).collect();
    Some(hints).filter(|hints| !hints.is_empty())
}

/// A query for where a server is.
fn address_query(server: &Name) -> Vec<u8> {
    let mut query = Message::new(0, MessageType::Query, OpCode::Query);
    query.add_query(Query::query(server.clone(), RecordType::A));
    // Encoding a name that was read cannot fail; an empty message would have no answer.
    query.to_vec().unwrap_or_default()
}

fn ips(records: &[Record]) -> Vec<IpAddr> {
    records.iter().filter_map(|record| record.data.ip_addr()).collect()
}
