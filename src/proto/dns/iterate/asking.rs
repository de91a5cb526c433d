//! Queries out, responses in: which response belongs to which query, what is done with what it says, and what when none comes.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use hickory_proto::rr::rdata::{CNAME, NS};
use rand::RngExt as _;

use super::{
    Memory, Query, Resolution, ResolutionAction, ResolutionAnswer, Token, Unresolved,
    choosing::delegation,
    open::{OutstandingQuery, ServerQuestion},
    reading::{self, QuestionContext, ResponseKind, ResponseReading},
    task::blank,
    words::{self, QueryReason, ReceivedResponse},
};
use crate::proto::dns::{
    DNSClass, Edns, Message, MessageType, Name, OpCode, RData, Record, RecordType, ResponseCode,
    cache::{CacheKey, Credibility, NewEntry},
    limits,
    readable::ReadableMessage,
    rrset::RrSet,
    text::{name_text, rcode_name},
    trace::{IgnoredRecord, QueryTransport, StepOutcome},
};

/// A late answer is waited for so long.
const LATE: Duration = Duration::from_secs(5);
/// A connection may take longer than a datagram: it is opened first.
const TCP_PATIENCE: u32 = 3;
/// Messages that do not fit a query, before it is taken for attacked and asked again over TCP (RFC 5452 §9).
pub const MISFITS_TOLERATED: u32 = 10;

impl Resolution {
    /// Asks a server the task's question.
    pub(super) fn send(
        &mut self,
        task: usize,
        to: SocketAddr,
        rtt: Option<Duration>,
        memory: &mut Memory,
        now: Duration,
    ) {
        let Some(about) = self.tasks.get_mut(task) else { return };
        let (name, kind) = about.question();
        if let Some(zone) = &mut about.zone {
            *zone.tried.entry(to).or_default() += 1;
        }
        let with_edns =
            self.settings.edns.is_some() && !memory.servers.get(to).is_some_and(|server| server.without_edns);
        let zone = about.zone_name();
        let why = self.why_asked(task, to, rtt);
        self.send_as(
            task,
            to,
            ServerQuestion { name, kind, zone, over: self.usual_way(), with_edns },
            why,
            memory,
            now,
        );
    }

    fn usual_way(&self) -> QueryTransport {
        if self.settings.tcp_only { QueryTransport::Tcp } else { QueryTransport::Udp }
    }

    /// Asks the same of the same server again, over TCP.
    fn send_over_tcp(&mut self, open: OutstandingQuery, why: QueryReason, memory: &mut Memory, now: Duration) {
        let asked = ServerQuestion { over: QueryTransport::Tcp, ..open.asked };
        self.send_as(open.task, open.to, asked, why, memory, now);
    }

    #[expect(clippy::too_many_arguments, reason = "a query has so many parts")]
    fn send_as(
        &mut self,
        task: usize,
        to: SocketAddr,
        mut asked: ServerQuestion,
        why: QueryReason,
        memory: &mut Memory,
        now: Duration,
    ) {
        if self.sent >= self.settings.queries {
            let about = self.tasks.first().map(|about| name_text(&about.asked)).unwrap_or_default();
            let failure = Unresolved::TooManyQueries { name: about, most: self.settings.queries };
            self.fail(0, failure, memory, now);
            return;
        }
        self.sent += 1;
        self.tokens += 1;
        let token = Token(self.tokens);
        if self.settings.randomise_case {
            asked.name = in_random_case(&asked.name, memory);
        }
        let id = memory.draws.random::<u16>() & u16::MAX.checked_shr(16 - self.settings.id_bits.min(16)).unwrap_or(0);
        let octets = self.message(id, &asked);
        let over = asked.over;
        let step = self.begin_step(task, to, over, (&asked.name, asked.kind), octets.len(), why, now);
        // How near its server is says nothing of how long that has to ask others: a stub's patience is always the same.
        let first = self.settings.patience;
        let patience = if self.settings.is_stub { first } else { memory.servers.patience(to, first) };
        let patience = patience * if over == QueryTransport::Tcp { TCP_PATIENCE } else { 1 };
        let open = OutstandingQuery {
            token,
            task,
            step,
            to,
            id,
            asked,
            sent_at: now,
            patience_ends: Some(now + patience),
            ends: now + patience + LATE,
            forged: 0,
            lost_case: false,
        };
        self.open.push(open);
        let server = self.server_name(task, to);
        self.out.push_back(ResolutionAction::Send(Query { token, to, server, over, octets, step }));
    }

    fn message(&self, id: u16, asked: &ServerQuestion) -> Vec<u8> {
        let mut message = Message::new(id, MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = self.settings.recursion_desired;
        message.add_query(hickory_proto::op::Query::query(asked.name.clone(), asked.kind));
        if let Some(octets) = self.settings.edns.filter(|_| asked.with_edns) {
            let mut edns = Edns::new();
            edns.set_max_payload(octets).set_version(0);
            message.set_edns(edns);
        }
        // Encoding a name that was decoded, or parsed, cannot fail; an empty message would only be refused.
        message.to_vec().unwrap_or_default()
    }

    /// Something came for a query.
    pub fn receive(&mut self, memory: &mut Memory, token: Token, octets: &[u8], now: Duration) {
        let Some(place) = self.open.iter().position(|open| open.token == token) else { return };
        let Ok(ReadableMessage { mut message, unreadable }) = ReadableMessage::read(octets) else {
            self.unreadable(place, octets, memory, now);
            return;
        };
        if let Some(rule) = self.open.get(place).and_then(|open| mismatch(open, &message, self.settings.randomise_case))
        {
            self.not_an_answer(place, octets.len(), rule, memory, now);
            return;
        }
        if self.settings.randomise_case {
            write_small(&mut message);
        }
        let open = self.open.swap_remove(place);
        self.out.push_back(ResolutionAction::Forget(open.token));
        memory.servers.answered(open.to, now.saturating_sub(open.sent_at));
        let mut reading = self.read(&open, &message);
        let mut ignored = std::mem::take(&mut reading.ignored);
        ignored.extend(unreadable.iter().take(MISFITS_TOLERATED as usize).map(words::unreadable));
        let heard = ReceivedResponse { message: &message, octets: octets.len(), now };
        self.fill_step(&open, &heard, &reading, ignored);
        if message.metadata.truncation && open.is_datagram() {
            let why = words::again_over_tcp(open.step);
            self.send_over_tcp(open, why, memory, now);
            return;
        }
        if message.metadata.truncation {
            let rule = "it is cut off (TC), though it came over TCP";
            self.ignore_message(open.step, octets.len(), rule, "RFC 1035 §4.1.1");
            self.of_no_use(&open, "cut its answer off even over TCP", memory, now);
            return;
        }
        // What cannot be read might have been the answer: there being nothing else says nothing.
        if !unreadable.is_empty() && matches!(reading.verdict, ResponseKind::NoData | ResponseKind::Lame { .. }) {
            self.of_no_use(&open, "sent records that cannot be read", memory, now);
            return;
        }
        let code = message.metadata.response_code;
        if open.asked.with_edns && matches!(code, ResponseCode::FormErr | ResponseCode::NotImp | ResponseCode::BADVERS)
        {
            memory.servers.does_without_edns(open.to);
            let why = words::again_without_edns(open.step, &rcode_name(code));
            self.send_as(open.task, open.to, ServerQuestion { with_edns: false, ..open.asked }, why, memory, now);
            return;
        }
        if self.settings.is_stub {
            self.take_as_it_is(&open, &message, &reading, memory, now);
            return;
        }
        self.consider(&open, reading, code, memory, now);
    }

    /// What a response says, as far as the server that was asked may be believed.
    fn read(&self, open: &OutstandingQuery, message: &Message) -> ResponseReading {
        let ServerQuestion { name, kind, zone, .. } = &open.asked;
        let recursively = self.settings.recursion_desired;
        let root = Name::root();
        // Whoever looks everywhere for us is believed about everything.
        let trusts_all = recursively && message.metadata.recursion_available;
        let zone = if trusts_all { &root } else { zone };
        let takes_servers = self.settings.take_servers;
        reading::read(message, &QuestionContext { name, kind: *kind, zone, recursively, takes_servers })
    }

    /// The network says a server cannot be reached, or its connection broke.
    pub fn unreachable(&mut self, memory: &mut Memory, token: Token, now: Duration) {
        let Some(place) = self.open.iter().position(|open| open.token == token) else { return };
        let open = self.open.swap_remove(place);
        memory.servers.was_silent(open.to);
        self.end_step(open.step, StepOutcome::Unreachable, now);
        // The network's word is final for a datagram; a connection may break for other reasons.
        let zone = self.tasks.get_mut(open.task).and_then(|about| about.zone.as_mut());
        if let Some(zone) = zone.filter(|_| open.is_datagram()) {
            zone.tried.insert(open.to, u32::MAX / 2);
        }
        self.try_next(&open, "could not be reached", memory, now);
    }

    /// A query times out: another server is tried; a late answer is still accepted.
    pub(super) fn give_up_waiting(&mut self, memory: &mut Memory, now: Duration) {
        while let Some(place) = self.open.iter().position(|open| open.deadline() <= now) {
            let Some(open) = self.open.get_mut(place) else { return };
            if open.patience_ends.take().is_none() {
                let open = self.open.swap_remove(place);
                self.out.push_back(ResolutionAction::Forget(open.token));
                self.ready.push(open.task);
                continue;
            }
            let (task, step, to, waited) = (open.task, open.step, open.to, now.saturating_sub(open.sent_at));
            if open.lost_case && open.is_datagram() {
                let asked = ServerQuestion { over: QueryTransport::Tcp, ..open.asked.clone() };
                self.end_step(step, StepOutcome::Bad, now);
                self.send_as(task, to, asked, words::lost_case(step), memory, now);
                continue;
            }
            memory.servers.was_silent(to);
            self.end_step(step, StepOutcome::TimedOut, now);
            let text = format!("did not answer within {}", crate::wire::units::time(waited));
            self.note_last(task, step, &text);
            if let Some(about) = self.tasks.get_mut(task) {
                about.met_silence();
            }
            self.ready.push(task);
        }
    }

    /// A server that will not answer about a part of the name may answer about the whole (RFC 9156 §2.3).
    fn send_whole_name(&mut self, open: &OutstandingQuery) {
        if let Some(about) = self.tasks.get_mut(open.task)
            && about.exposed.is_some()
        {
            about.exposed = None;
            if let Some(zone) = &mut about.zone {
                zone.tried.remove(&open.to);
            }
        }
    }

    pub(super) fn forget_queries_of(&mut self, task: usize) {
        let Self { open, out, .. } = self;
        open.retain(|open| {
            let keep = open.task != task;
            if !keep {
                out.push_back(ResolutionAction::Forget(open.token));
            }
            keep
        });
    }

    /// The question is answered: nothing else matters.
    pub(super) fn abandon_all(&mut self) {
        self.ready.clear();
        for task in &mut self.tasks {
            task.is_done = true;
        }
        for open in std::mem::take(&mut self.open) {
            self.out.push_back(ResolutionAction::Forget(open.token));
        }
    }

    fn unreadable(&mut self, place: usize, octets: &[u8], memory: &mut Memory, now: Duration) {
        let id = octets.first_chunk::<2>().map(|id| u16::from_be_bytes(*id));
        if id.is_none_or(|id| self.open.get(place).is_some_and(|open| open.id != id)) {
            self.not_an_answer(place, octets.len(), "it is no DNS message with this query's id", memory, now);
            return;
        }
        let open = self.open.swap_remove(place);
        self.out.push_back(ResolutionAction::Forget(open.token));
        self.ignore_message(open.step, octets.len(), "it is no DNS message: it cannot be taken apart", "RFC 1035 §4.1");
        self.of_no_use(&open, "sent what is no DNS message", memory, now);
    }

    /// A message that does not answer the query, or a forged one: the query stays outstanding.
    fn not_an_answer(&mut self, place: usize, octets: usize, rule: &str, memory: &mut Memory, now: Duration) {
        let Some(open) = self.open.get_mut(place) else { return };
        open.forged += 1;
        open.lost_case |= rule == LOST_CASE;
        let is_too_many = self.settings.tcp_on_misfits && open.forged >= MISFITS_TOLERATED;
        let (step, is_attacked) = (open.step, is_too_many && open.is_datagram());
        self.ignore_message(step, octets, rule, "RFC 5452 §9.1");
        if is_attacked {
            let open = self.open.swap_remove(place);
            self.out.push_back(ResolutionAction::Forget(open.token));
            self.end_step(step, StepOutcome::Bad, now);
            let why = words::attacked(step);
            self.send_over_tcp(open, why, memory, now);
        }
    }

    fn ignore_message(&mut self, step: u32, octets: usize, rule: &str, clause: &str) {
        let Some(step) = self.step_mut(step) else { return };
        let what = format!("a message of {octets} octets");
        if let Some(known) = step.ignored.iter_mut().find(|known| known.what == what && known.rule == rule) {
            known.times = known.times.saturating_add(1);
        } else if step.ignored.len() < MISFITS_TOLERATED as usize {
            let (rule, clause) = (rule.to_owned(), Some(clause.to_owned()));
            step.ignored.push(IgnoredRecord { what, rule, clause, times: 1 });
        }
    }

    /// What came from a server is no response that could be used.
    fn of_no_use(&mut self, open: &OutstandingQuery, what: &str, memory: &mut Memory, now: Duration) {
        self.end_step(open.step, StepOutcome::Bad, now);
        // It is there, and may have been unlucky once.
        let once_more = self.settings.tries.saturating_sub(1);
        if let Some(zone) = self.tasks.get_mut(open.task).and_then(|about| about.zone.as_mut()) {
            let tried = zone.tried.entry(open.to).or_default();
            *tried = if *tried < once_more { once_more } else { self.settings.tries };
        }
        self.try_next(open, what, memory, now);
    }

    fn try_next(&mut self, open: &OutstandingQuery, what: &str, memory: &mut Memory, now: Duration) {
        let _: (&Memory, Duration) = (memory, now);
        self.note_last(open.task, open.step, what);
        self.send_whole_name(open);
        self.ready.push(open.task);
    }

    fn note_last(&mut self, task: usize, step: u32, what: &str) {
        let server = self.step_mut(step).map(|step| step.server.clone()).unwrap_or_default();
        let about = self.tasks.get_mut(task);
        if let Some(zone) = about.and_then(|about| about.zone.as_mut()) {
            zone.last = Some(format!("{server} {what}"));
        }
    }

    /// A stub looks no further: what its name server says is the answer, whatever it is (RFC 1034 §5.3.1).
    fn take_as_it_is(
        &mut self,
        open: &OutstandingQuery,
        message: &Message,
        reading: &ResponseReading,
        memory: &mut Memory,
        now: Duration,
    ) {
        if reading.verdict == ResponseKind::Endless {
            let name = self.tasks.get(open.task).map(|about| name_text(&about.asked)).unwrap_or_default();
            self.fail(open.task, Unresolved::EndlessAlias { name }, memory, now);
            return;
        }
        let code = message.metadata.response_code;
        if reading.verdict == ResponseKind::Refused && self.has_other_server(open) {
            self.try_next(open, &format!("answered {}", rcode_name(code)), memory, now);
            return;
        }
        if matches!(reading.verdict, ResponseKind::Answer | ResponseKind::NoName | ResponseKind::NoData) {
            self.remember(open.task, reading, memory, now, open.step);
        }
        let answer = ResolutionAnswer {
            code,
            answers: message.answers.clone(),
            authority: message.authorities.clone(),
            additional: message.additionals.clone(),
            failure: None,
        };
        self.finish(open.task, answer, memory, now);
    }

    /// Is there another server that has not been asked, where one has failed or refused?
    fn has_other_server(&self, open: &OutstandingQuery) -> bool {
        let zone = self.tasks.get(open.task).and_then(|about| about.zone.as_ref());
        zone.is_some_and(|zone| {
            let mut ips = zone.servers.iter().flat_map(|server| &server.ips);
            ips.any(|ip| !zone.tried.contains_key(&SocketAddr::new(*ip, open.to.port())))
        })
    }

    /// What a response leads to.
    fn consider(
        &mut self,
        open: &OutstandingQuery,
        reading: ResponseReading,
        code: ResponseCode,
        memory: &mut Memory,
        now: Duration,
    ) {
        let task = open.task;
        let Some(about) = self.tasks.get_mut(task) else { return };
        let ServerQuestion { name, kind, zone, .. } = &open.asked;
        let is_partial = *name != about.target || *kind != about.kind;
        if let Some(now_asked) = about.zone.as_mut().filter(|now_asked| now_asked.name == *zone) {
            // It answered: silence is no longer what it is known for.
            now_asked.tried.insert(open.to, u32::MAX / 2);
        }
        match &reading.verdict {
            ResponseKind::Lame { why } => {
                memory.servers.is_now_lame(open.to, (zone, *kind), now);
                let text = format!("does not serve {}: {why}", name_text(zone));
                self.try_next(open, &text, memory, now);
            }
            ResponseKind::Refused => self.try_next(open, &format!("answered {}", rcode_name(code)), memory, now),
            ResponseKind::Referral { zone: to } => {
                let to = to.clone();
                self.go_down(open, &to, &reading, memory, now);
            }
            _ if reading.is_hearsay => {
                // About a part of the name it is worth nothing: the server is asked about the whole.
                if !is_partial {
                    memory.servers.is_now_lame(open.to, (zone, *kind), now);
                    if let Some(about) = self.tasks.get_mut(task) {
                        about.hearsay.get_or_insert((Box::new(reading), open.step));
                    }
                }
                self.try_next(open, "answered from a cache: it does not serve the zone", memory, now);
            }
            _ if reading.is_bare && !is_partial => {
                if let Some(about) = self.tasks.get_mut(task) {
                    about.hearsay.get_or_insert((Box::new(reading), open.step));
                }
                self.try_next(open, "answered with no record at all, not even the SOA of a denial", memory, now);
            }
            _ if is_partial => self.minimised_answer(open, &reading, memory, now),
            _ => self.take(task, reading, open.step, memory, now),
        }
    }

    /// The answer to a minimised question (RFC 9156 §2.3): the same servers are asked for one label more.
    fn minimised_answer(
        &mut self,
        open: &OutstandingQuery,
        reading: &ResponseReading,
        memory: &mut Memory,
        now: Duration,
    ) {
        // Some servers deny names that have others below them: the whole name settles it, and nothing is remembered.
        let is_denied = reading.verdict == ResponseKind::NoName;
        if !is_denied {
            self.remember(open.task, reading, memory, now, open.step);
        }
        let is_under_way = self.open.iter().any(|other| other.task == open.task);
        let Some(about) = self.tasks.get_mut(open.task) else { return };
        if about.exposed.is_none() || about.zone_name() != open.asked.zone {
            // It comes late: the search has gone on meanwhile.
            if !is_under_way {
                self.ready.push(open.task);
            }
            return;
        }
        about.cause = Some(open.step);
        match reading.verdict {
            ResponseKind::Answer | ResponseKind::NoData => about.expose_more(),
            _ => about.exposed = None,
        }
        if let Some(zone) = &mut about.zone {
            zone.tried.clear();
            zone.last = None;
        }
        let (name, kind) = about.question();
        let why = words::more_of_the_name(open.step);
        let asked = ServerQuestion { name, kind, over: self.usual_way(), ..open.asked.clone() };
        self.send_as(open.task, open.to, asked, why, memory, now);
        if let Some(zone) = self.tasks.get_mut(open.task).and_then(|about| about.zone.as_mut()) {
            zone.tried.insert(open.to, 1);
        }
    }

    fn go_down(
        &mut self,
        open: &OutstandingQuery,
        to: &Name,
        reading: &ResponseReading,
        memory: &mut Memory,
        now: Duration,
    ) {
        self.remember(open.task, reading, memory, now, open.step);
        let from = self.step_mut(open.step).map(|step| step.server.clone()).unwrap_or_default();
        let mut zone = self.referred(to.clone(), reading, &from, memory, now);
        zone.until = memory.cache.get(&delegation(to), now).map_or(Duration::MAX, |entry| entry.until);
        let minimise = self.settings.minimise;
        let Some(about) = self.tasks.get_mut(open.task) else { return };
        about.referrals += 1;
        about.cause = Some(open.step);
        if about.referrals > limits::REFERRALS {
            let failure = Unresolved::TooManyReferrals { name: name_text(&about.target) };
            self.fail(open.task, failure, memory, now);
            return;
        }
        let keeps_minimising =
            minimise && (about.exposed.is_some() || about.zone.as_ref().is_some_and(|_| about.exposures == 0));
        about.enter(zone, keeps_minimising);
        about.below = None;
        self.forget_queries_of(open.task);
        self.ready.push(open.task);
    }

    /// Takes what a server said about the whole question.
    pub(super) fn take(
        &mut self,
        task: usize,
        reading: ResponseReading,
        step: u32,
        memory: &mut Memory,
        now: Duration,
    ) {
        self.remember(task, &reading, memory, now, step);
        let ResponseReading { verdict, chain, end, answers, authority, additional, .. } = reading;
        let records = |sets: &[RrSet]| sets.iter().flat_map(|set| set.records(set.ttl)).collect::<Vec<_>>();
        let final_sets = |set: &&RrSet| {
            set.name == end && !chain.iter().any(|alias| alias.name == set.name && set.kind == alias.record_type())
        };
        match verdict {
            ResponseKind::Alias => {
                if self.follow_alias(task, end, chain, step) {
                    self.ready.push(task);
                }
            }
            ResponseKind::Endless => {
                let name = self.tasks.get(task).map(|about| name_text(&about.asked)).unwrap_or_default();
                self.fail(task, Unresolved::EndlessAlias { name }, memory, now);
            }
            ResponseKind::NoSuchAlias => {
                let answer = ResolutionAnswer { answers: chain, ..blank(ResponseCode::YXDomain) };
                self.finish(task, answer, memory, now);
            }
            verdict => {
                let code = if verdict == ResponseKind::NoName { ResponseCode::NXDomain } else { ResponseCode::NoError };
                let mut all = chain.clone();
                all.extend(answers.iter().filter(final_sets).flat_map(|set| set.records(set.ttl)));
                let is_said = |record: &Record| {
                    all.iter().any(|said: &Record| said.name == record.name && said.data == record.data)
                };
                let additional = records(&additional).into_iter().filter(|record| !is_said(record)).collect();
                let answer =
                    ResolutionAnswer { authority: records(&authority), additional, answers: all, ..blank(code) };
                self.finish(task, answer, memory, now);
            }
        }
    }

    /// Puts what is believed into the cache.
    fn remember(&mut self, task: usize, reading: &ResponseReading, memory: &mut Memory, now: Duration, step: u32) {
        let Some(about) = self.tasks.get(task) else { return };
        let delegation_ends = about.zone.as_ref().map_or(Duration::MAX, |zone| zone.until);
        let Some(step) = self.steps.get((step as usize).saturating_sub(1)) else { return };
        let from: Arc<str> = Arc::from(step.server.as_str());
        let new = |trust, at_most_until| NewEntry { trust, from: &from, now, at_most_until };
        let is_of_zone = step.authoritative && !reading.is_hearsay;
        let is_referral = matches!(reading.verdict, ResponseKind::Referral { .. });
        let trust = if is_of_zone { Credibility::AnswerOfZone } else { Credibility::Answer };
        for set in &reading.answers {
            let most = if set.kind == RecordType::NS { delegation_ends } else { Duration::MAX };
            memory.cache.insert(set, &new(trust, most));
        }
        let in_authority =
            if is_of_zone && !is_referral { Credibility::AuthorityOfZone } else { Credibility::Referral };
        for set in reading.authority.iter().filter(|set| set.kind == RecordType::NS) {
            memory.cache.insert(set, &new(in_authority, delegation_ends));
        }
        for set in &reading.additional {
            memory.cache.insert(set, &new(Credibility::Additional, Duration::MAX));
        }
        let soa = reading.authority.iter().find(|set| set.kind == RecordType::SOA);
        let soa = soa.and_then(|set| set.records(set.ttl).next());
        match reading.verdict {
            ResponseKind::NoName => {
                memory.cache.insert_no_name(&reading.end, soa.as_ref(), &new(trust, Duration::MAX));
            }
            ResponseKind::NoData => {
                let key = CacheKey::new(&reading.end, reading.kind);
                memory.cache.insert_nothing(key, soa.as_ref(), &new(trust, Duration::MAX));
            }
            _ => {}
        }
        let keys = |sets: &[RrSet]| sets.iter().map(|set| CacheKey::new(&set.name, set.kind)).collect::<Vec<_>>();
        let answer = reading.answers.iter().find(|set| set.name == reading.end);
        if let Some(answer) = answer.filter(|_| reading.verdict == ResponseKind::Answer) {
            let key = CacheKey::new(&answer.name, answer.kind);
            memory.cache.came_with(&key, [keys(&reading.authority), keys(&reading.additional)]);
        }
    }
}

/// By which rule a message is no answer to a query; `None`: it is one.
fn mismatch(open: &OutstandingQuery, message: &Message, minds_case: bool) -> Option<&'static str> {
    let header = &message.metadata;
    if header.id != open.id {
        return Some("its id is not this query's");
    }
    if header.message_type != MessageType::Response || header.op_code != OpCode::Query {
        return Some("it is no response to a query");
    }
    let question = match message.queries.as_slice() {
        [question] => question,
        // A server that could not read the question need not repeat it.
        [] if !matches!(header.response_code, ResponseCode::NoError | ResponseCode::NXDomain) => return None,
        // It was cut off before the question was over: all it can make us do is ask over TCP (RFC 2181 §9).
        [] if header.truncation && open.is_datagram() => return None,
        _ => return Some("it repeats no question, or several"),
    };
    let ServerQuestion { name, kind, .. } = &open.asked;
    let is_it = question.name() == name && question.query_type() == *kind && question.query_class() == DNSClass::IN;
    if !is_it {
        return Some("it answers another question");
    }
    // Over TCP nobody else can answer.
    let differs = minds_case && open.is_datagram() && !question.name().eq_case(name);
    differs.then_some(LOST_CASE)
}

const LOST_CASE: &str = "it does not repeat the name's upper and lower case as asked (0x20)";

/// Names that end as the question's does repeat its letters' case, by compression: letter case chosen at random is not a spelling to be kept.
fn write_small(message: &mut Message) {
    let Message { answers, authorities, additionals, .. } = message;
    for record in answers.iter_mut().chain(authorities).chain(additionals) {
        record.name = record.name.to_lowercase();
        match &mut record.data {
            RData::NS(NS(name)) | RData::CNAME(CNAME(name)) => *name = name.to_lowercase(),
            _ => {}
        }
    }
}

fn in_random_case(name: &Name, memory: &mut Memory) -> Name {
    let mut turned = |octet: &u8| {
        if !octet.is_ascii_alphabetic() {
            return *octet;
        }
        if memory.draws.random::<bool>() { octet.to_ascii_uppercase() } else { octet.to_ascii_lowercase() }
    };
    let labels: Vec<Vec<u8>> = name.iter().map(|label| label.iter().map(&mut turned).collect()).collect();
    let mut turned = Name::from_labels(labels.iter().map(Vec::as_slice)).unwrap_or_else(|_too_long| name.clone());
    turned.set_fqdn(true);
    turned
}
