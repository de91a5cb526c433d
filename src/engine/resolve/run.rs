//! The resolution itself: who resolves iteratively, in which world, and what is reported of it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{
    CacheTable, Config, Event, LevelLoad, Report, ResolutionMode, Resolve, caches,
    failure::{ResolveError, is_answer},
    hints, system,
};
use crate::{
    engine::{
        context::{Context, EarlyEnd, group_ends},
        control::Progress,
        experiment::{Experiment as _, RunObserver},
        setting::WorldChoice,
    },
    lab::{Journal, Lab, NameServer, ResolutionPage},
    net::Resolver,
    proto::dns::{
        Name, RecordType,
        cache::{Cache, CacheKey},
        iterate::{Hint, Memory, ResolutionAnswer, STUDENT, Settings, Unresolved},
        text::{name_from_text, name_text, rcode_name, record_line, reverse_name, type_from_text, type_name},
        trace::{DnsQuestion, QueryTransport, ResolutionStep, StepOutcome},
        zone::Zone,
    },
    wire::{FlowHandle, FlowKind, NoteKind},
};

/// Resolves. A name that does not exist is an answer; what could not be found out, or asked, is the report's failure.
pub(super) async fn run(
    config: &Config,
    context: &Context,
    watch: &mut dyn RunObserver<Vec<ResolutionStep>>,
) -> Report {
    let clock = context.clock();
    let kinds = config.kinds.join(" ");
    let title = format!("resolve {} {kinds}", config.name);
    let whole = context.recorder.open(None, FlowKind::Run, title, group_ends("the name system"), clock.now());
    let journal = context.lab.as_ref().map(|lab| lab.naming().journal().clone()).unwrap_or_default();
    let (watch, begun) = (Mutex::new(watch), clock.now());
    let mut report = blank(config, context, &whole);
    let result = {
        let is_told = AtomicBool::new(false);
        let run = ResolveRun { config, context, whole: &whole, journal: &journal, watch: &watch, is_told: &is_told };
        let work = pin!(run.carry_out());
        context.bounded(work).await
    };
    let now = clock.now();
    match result {
        Ok(Ok(done)) => done.into_report(&mut report, &journal.steps()),
        Ok(Err(error)) => {
            report.failure = Some(error.failure());
            report.seconds = now.saturating_sub(begun).as_secs_f64();
        }
        Err(EarlyEnd::Stopped) => {}
        Err(EarlyEnd::TooLong(failure)) => report.failure = Some(failure),
    }
    report.steps = journal.steps();
    if config.mode == ResolutionMode::Stub {
        report.steps.retain(|step| step.asker == STUDENT);
    }
    tell_messages(&mut report);
    context.end(&whole, report.failure.as_ref());
    report
}

fn blank(config: &Config, context: &Context, whole: &FlowHandle) -> Report {
    Report {
        experiment: Resolve::NAME.to_owned(),
        config: config.clone(),
        question: DnsQuestion { name: config.name.clone(), kind: config.kinds.first().cloned().unwrap_or_default() },
        mode: config.mode,
        provenance: context.provenance.clone(),
        flow: whole.id(),
        rcode: String::new(),
        answers: Vec::new(),
        authority: Vec::new(),
        seconds: 0.0,
        steps: Vec::new(),
        messages: 0,
        load: Vec::new(),
        caches: Vec::new(),
        warnings: Vec::new(),
        failure: None,
    }
}

struct ResolveRun<'a, 'w> {
    config: &'a Config,
    context: &'a Context,
    whole: &'a FlowHandle,
    journal: &'a Journal,
    watch: &'a Mutex<&'w mut dyn RunObserver<Vec<ResolutionStep>>>,
    /// What was asked beforehand is over: from here on the steps are news.
    is_told: &'a AtomicBool,
}

/// What came out of the last question.
struct FinalAnswer {
    question: DnsQuestion,
    answer: ResolutionAnswer,
    seconds: f64,
    caches: Vec<CacheTable>,
    warnings: Vec<String>,
}

impl FinalAnswer {
    fn into_report(self, report: &mut Report, steps: &[ResolutionStep]) {
        let Self { question, answer, seconds, caches, warnings } = self;
        report.question = question;
        report.failure = ResolveError::of(&answer, steps, STUDENT).map(|error| error.failure());
        report.rcode = rcode_name(answer.code);
        report.answers = answer.answers.iter().map(record_line).collect();
        report.authority = answer.authority.iter().map(record_line).collect();
        (report.seconds, report.caches, report.warnings) = (seconds, caches, warnings);
    }
}

impl ResolveRun<'_, '_> {
    async fn carry_out(&self) -> Result<FinalAnswer, ResolveError> {
        let name = name_of(&self.config.name)?;
        let kinds = self.config.kinds.iter().map(|kind| kind_of(kind)).collect::<Result<Vec<_>, _>>()?;
        // Of an address, the name is wanted.
        let is_address = self.config.name.trim().parse::<IpAddr>().is_ok();
        let kinds = match kinds.as_slice() {
            [] | [RecordType::A] if is_address => vec![RecordType::PTR],
            [] => vec![RecordType::A],
            _ => kinds,
        };
        match &self.context.lab {
            Some(lab) => self.in_lab(lab, &name, &kinds).await,
            None => self.in_internet(&name, &kinds).await,
        }
    }

    // ---- the lab

    async fn in_lab(&self, lab: &Arc<Lab>, name: &Name, kinds: &[RecordType]) -> Result<FinalAnswer, ResolveError> {
        let naming = lab.naming();
        let (local_at, local) = naming.local().ok_or(ResolveError::NoLocalServer)?;
        for (_, server) in naming.servers() {
            let is_among = |names: &[String]| names.iter().any(|name| server.is_named(name.trim_end_matches('.')));
            let recursive = self.config.mode == ResolutionMode::Recursive && !server.is_local();
            let walks = recursive && !is_among(&self.config.referring);
            server.set_recursion(walks || is_among(&self.config.recursion));
        }
        let settings = Settings {
            recursion_desired: self.config.mode == ResolutionMode::Recursive,
            minimise: self.config.minimise,
            randomise_case: self.config.randomise_case,
            ..(*local.settings()).clone()
        };
        local.set_settings(settings);
        let asked = match &self.config.server {
            Some(named) => {
                let server = naming.server(named);
                Some(server.ok_or_else(|| ResolveError::NoServer { server: named.clone() })?)
            }
            None => None,
        };
        let resolver = match asked {
            // A host that resolves iteratively begins at the server that was named.
            Some((at, server)) if self.config.mode == ResolutionMode::Iterated && !server.is_local() => {
                let zone = server.zones().iter().map(|zone| zone.origin().clone()).find(|zone| zone.zone_of(name));
                let hint = Hint { zone: zone.unwrap_or_default(), server: server.server_name(), ips: vec![at.ip()] };
                let mut hints = naming.hints();
                hints.push(hint);
                let settings = Settings { asker: STUDENT.to_owned(), hints, ..(*local.settings()).clone() };
                Resolver::new(self.context.network.clone(), settings, self.memory())
            }
            Some((at, server)) => self.stub(at, server.server_name()),
            None => self.stub(local_at, local.server_name()),
        };
        for event in &self.config.before {
            self.happens(event, lab, &resolver, local).await?;
        }
        self.begin_telling();
        let (answer, seconds) = self.question(&resolver, name, kinds).await;
        let now = self.context.clock().now();
        let tables = vec![
            caches::table(STUDENT, &resolver.memory().cache, now),
            caches::table(local.name(), &local.resolver().memory().cache, now),
        ];
        Ok(FinalAnswer { question: asked_of(name, kinds), answer, seconds, caches: tables, warnings: Vec::new() })
    }

    /// A stub resolver: it asks one recursive name server (RFC 1034 §5.3.1).
    fn stub(&self, at: SocketAddr, server: Name) -> Resolver {
        let settings = Settings::stub(STUDENT, server, at);
        Resolver::new(self.context.network.clone(), settings, self.memory())
    }

    fn memory(&self) -> Memory {
        Memory::new(Cache::default(), self.config.setting.path.seed)
    }

    async fn happens(
        &self,
        event: &Event,
        lab: &Arc<Lab>,
        resolver: &Resolver,
        local: &Arc<NameServer>,
    ) -> Result<(), ResolveError> {
        match event {
            Event::Ask { name, kind } => {
                self.question(resolver, &name_of(name)?, &[kind_of(kind)?]).await;
            }
            Event::Wait { seconds } => self.context.clock().sleep(Duration::from_secs(*seconds)).await,
            Event::Flush { owner, name } => {
                let of = if owner == STUDENT { resolver } else { local.resolver() };
                match name {
                    None => of.memory().flush(),
                    Some(name) => {
                        let name = name_of(name)?;
                        let keys: Vec<CacheKey> = {
                            let memory = of.memory();
                            let named = memory.cache.iter(Duration::ZERO).map(|(key, _)| key);
                            named.filter(|key| key.name == name).cloned().collect()
                        };
                        for key in keys {
                            of.memory().cache.forget(&key);
                        }
                    }
                }
            }
            Event::Zone { origin, text, server } => {
                let zone =
                    Zone::read(text, &name_of(origin)?).map_err(|error| ResolveError::BadZone(Box::new(error)))?;
                if !lab.naming().put_zone(&zone, server.as_deref()) {
                    return Err(ResolveError::ZoneOfNobody { zone: name_text(zone.origin()) });
                }
            }
        }
        Ok(())
    }

    // ---- the Internet

    async fn in_internet(&self, name: &Name, kinds: &[RecordType]) -> Result<FinalAnswer, ResolveError> {
        let server = self.config.server.as_deref().map(|text| address_of(text, self.config.port)).transpose()?;
        let is_stub = self.config.mode != ResolutionMode::Iterated;
        let asked: Vec<SocketAddr> = match server {
            None if is_stub => system::name_servers().map_err(ResolveError::System)?,
            server => server.into_iter().collect(),
        };
        let resolver = match asked.as_slice() {
            [first, others @ ..] if is_stub => {
                let mut settings = Settings::stub(STUDENT, Name::root(), *first);
                for hint in &mut settings.hints {
                    hint.ips.extend(others.iter().map(SocketAddr::ip));
                }
                // In real time nobody waits half a minute: as resolv.conf(5) has it.
                settings.tries = 2;
                settings.ipv4 = asked.iter().any(SocketAddr::is_ipv4);
                settings.ipv6 = asked.iter().any(SocketAddr::is_ipv6);
                Resolver::new(self.context.network.clone(), settings, Memory::new(Cache::default(), rand::random()))
            }
            _ => {
                let known = match server {
                    Some(at) => vec![Hint { zone: Name::root(), server: Name::root(), ips: vec![at.ip()] }],
                    None => hints::hints(&self.config.hints),
                };
                let settings = Settings {
                    asker: STUDENT.to_owned(),
                    port: server.map_or(self.config.port, |at| at.port()),
                    minimise: self.config.minimise,
                    randomise_case: self.config.randomise_case,
                    ipv4: leads_out(IpVersion::V4, &known) || !leads_out(IpVersion::V6, &known),
                    ipv6: leads_out(IpVersion::V6, &known),
                    prime: self.config.prime && server.is_none(),
                    // In real time a server that is not there costs seconds.
                    tries: 3,
                    hints: known,
                    ..Settings::default()
                };
                Resolver::new(self.context.network.clone(), settings, Memory::new(Cache::default(), rand::random()))
            }
        };
        if !self.config.cold {
            let (before, _) = self.question(&resolver, name, kinds).await;
            self.heard_anything(&before, &asked)?;
        }
        self.begin_telling();
        let (answer, seconds) = self.question(&resolver, name, kinds).await;
        self.heard_anything(&answer, &asked)?;
        let steps = self.journal.steps();
        let warnings = match server {
            Some(_) => no_walk(&steps),
            None => warnings(&steps, self.config.hints.is_empty()),
        };
        if let (Some(failure), false) = (&answer.failure, warnings.is_empty()) {
            self.whole.note(self.context.clock().now(), NoteKind::Dns, failure.to_string(), None);
        }
        let table = caches::table(STUDENT, &resolver.memory().cache, self.context.clock().now());
        Ok(FinalAnswer { question: asked_of(name, kinds), answer, seconds, caches: vec![table], warnings })
    }

    /// No answer because nothing at all came back is a failure of its own: of the first server of `asked`, or of the network.
    fn heard_anything(&self, answer: &ResolutionAnswer, asked: &[SocketAddr]) -> Result<(), ResolveError> {
        let steps = self.journal.steps();
        if answer.failure.is_none() || steps.is_empty() || !steps.iter().all(nothing_came) {
            return Ok(());
        }
        Err(asked.first().map_or(ResolveError::NoNetwork, |server| ResolveError::Silent { server: *server }))
    }

    // ---- either

    /// Puts the question, for each type; the answers come together.
    async fn question(&self, resolver: &Resolver, name: &Name, kinds: &[RecordType]) -> (ResolutionAnswer, f64) {
        let begun = self.context.clock().now();
        let mut together: Option<ResolutionAnswer> = None;
        for kind in kinds {
            let at = self.context.clock().now();
            let title = format!("{STUDENT} look for {} {}", name_text(name), type_name(*kind));
            let lookup = self.whole.child(FlowKind::Lookup, title, group_ends("the name system"), at);
            let page = self.journal.begin(None);
            let found = {
                let mut on_step = |step: &ResolutionStep| self.write(&page, step);
                self.unless_silent(resolver.resolve(name, *kind, &lookup, &mut on_step)).await
            };
            lookup.close(self.context.clock().now());
            let is_silent = found.is_none();
            let answer = found.map_or_else(|| ResolutionAnswer::failed(Unresolved::Abandoned), |found| found.answer);
            together = Some(joined(together, answer));
            // Whoever says nothing of one type says nothing of the next.
            if is_silent {
                break;
            }
        }
        let seconds = self.context.clock().now().saturating_sub(begun).as_secs_f64();
        (together.unwrap_or_else(|| ResolutionAnswer::failed(Unresolved::Abandoned)), seconds)
    }

    /// Sees a resolution to its end, unless no server at all has answered for a while in real time: `None` then.
    async fn unless_silent<T>(&self, resolution: impl Future<Output = T>) -> Option<T> {
        let mut resolution = pin!(resolution);
        if self.config.setting.world == WorldChoice::Lab {
            return Some(resolution.await);
        }
        for second in 1..=SILENT_SECONDS {
            if let Ok(found) = self.context.clock().timeout(SECOND, resolution.as_mut()).await {
                return Some(found);
            }
            let steps = self.journal.steps();
            if !steps.iter().all(nothing_came) {
                return Some(resolution.await);
            }
            let asked = crate::wire::units::count(steps.len(), "query has", "queries have");
            let doing = format!("{asked} left and no name server has answered");
            self.context.control.progress(Progress { done: second, of: SILENT_SECONDS, doing });
        }
        None
    }

    /// Only what happens from here on is reported.
    fn begin_telling(&self) {
        self.journal.clear();
        self.is_told.store(true, Ordering::Relaxed);
    }

    fn write(&self, page: &ResolutionPage, step: &ResolutionStep) {
        page.write(step);
        // In virtual time a resolution takes no time in which it could be watched: its report tells everything.
        if !self.is_told.load(Ordering::Relaxed) || self.context.clock().is_virtual() {
            return;
        }
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        watch.news(self.journal.steps());
    }
}

/// What the answers to one name's questions are together.
fn joined(before: Option<ResolutionAnswer>, after: ResolutionAnswer) -> ResolutionAnswer {
    let Some(mut before) = before else { return after };
    before
        .answers
        .extend(after.answers.into_iter().filter(|record| !before.answers.contains(record)).collect::<Vec<_>>());
    before.failure = before.failure.or(after.failure);
    if is_answer(before.code) && !is_answer(after.code) {
        before.code = after.code;
    }
    before
}

/// Nothing at all, not even a message that could not be believed.
fn nothing_came(step: &ResolutionStep) -> bool {
    let is_silent = matches!(step.outcome, StepOutcome::Waiting | StepOutcome::TimedOut | StepOutcome::Unreachable);
    is_silent && step.ignored.is_empty()
}

/// The server that was named is not a zone's name server but a resolver: iterative resolution does not begin there.
fn no_walk(steps: &[ResolutionStep]) -> Vec<String> {
    let is_a_resolvers =
        |step: &&ResolutionStep| !step.recursion_desired && step.recursion_available && !step.authoritative;
    let told = steps.iter().find(is_a_resolvers).map(|step| {
        format!(
            "{} is a resolver: asked to answer from what it has (step {}), it tells what is in its cache. The recursive mode leaves \
             the search to it.",
            step.server, step.number
        )
    });
    told.into_iter().collect()
}

/// Signs that a middlebox answers in the name servers' place. The true root's servers never recurse, never refuse, and of names
/// below a top-level domain know only their own.
fn warnings(steps: &[ResolutionStep], is_true_root: bool) -> Vec<String> {
    let is_of_root = |step: &&ResolutionStep| step.zone == "." && step.over == QueryTransport::Udp;
    let is_roots_own = |name: &str| {
        let labels: Vec<String> = name.trim_end_matches('.').split('.').rev().map(str::to_ascii_lowercase).collect();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        matches!(labels.as_slice(), [_] | ["arpa", ..] | ["net", "root-servers", ..])
    };
    let odd = |step: &ResolutionStep| match step.outcome {
        StepOutcome::Refused
            if step.rcode.as_deref() == Some("REFUSED") && (is_true_root || step.recursion_available) =>
        {
            Some((
                "refused to answer",
                "Whatever is between answers recursively or not at all: the stub mode asks for that.",
            ))
        }
        _ if step.recursion_available => Some(("answered as a resolver would", ANOTHERS)),
        StepOutcome::Answer if !step.authoritative => Some(("answered as a resolver would", ANOTHERS)),
        StepOutcome::Answer if is_true_root && !is_roots_own(&step.question.name) => {
            Some(("answered about what is not the root's", ANOTHERS))
        }
        _ => None,
    };
    let odd = steps.iter().filter(is_of_root).find_map(|step| Some((step, odd(step)?)));
    odd.map(|(step, (what, so))| {
        format!(
            "port 53 seems to be intercepted: {} {what} (step {}), which no root server does. {so} The Lab Internet cannot be \
             intercepted.",
            step.server, step.number
        )
    })
    .into_iter()
    .collect()
}

/// After so many seconds without a sign of any name server there is none to be reached: a network with a satellite in it takes less.
const SILENT_SECONDS: u32 = 6;
const SECOND: Duration = Duration::from_secs(1);
/// What an answer in the root's place means.
const ANOTHERS: &str = "What is shown is somebody else's answer.";

/// Counts messages, and the queries that each level of servers had to answer.
fn tell_messages(report: &mut Report) {
    let crossed = report.steps.iter().filter(|step| step.over != QueryTransport::Cache);
    let responses = crossed.clone().filter(|step| step.rcode.is_some()).count();
    report.messages = u32::try_from(crossed.clone().count() + responses).unwrap_or(u32::MAX);
    let level = |step: &ResolutionStep| match step.zone.trim_end_matches('.') {
        "" if step.zone.is_empty() => "local",
        "" => "root",
        zone if !zone.contains('.') => "TLD",
        _ => "authoritative",
    };
    for name in ["local", "root", "TLD", "authoritative"] {
        let queries = crossed.clone().filter(|step| level(step) == name).count();
        if queries > 0 {
            let queries = u32::try_from(queries).unwrap_or(u32::MAX);
            report.load.push(LevelLoad { level: name.to_owned(), queries });
        }
    }
}

fn name_of(text: &str) -> Result<Name, ResolveError> {
    let text = text.trim();
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(reverse_name(ip));
    }
    let bad = |why: String| ResolveError::NoName { name: text.to_owned(), why };
    if text.is_empty() {
        return Err(bad("nothing was given".to_owned()));
    }
    // What people write in their own script is asked for in the form the name system knows (RFC 5891).
    let ascii = if text.is_ascii() {
        text.to_owned()
    } else {
        url::Host::parse(text.trim_end_matches('.')).map_err(|error| bad(error.to_string()))?.to_string()
    };
    name_from_text(&ascii, &Name::root()).map_err(|error| bad(error.to_string()))
}

fn kind_of(text: &str) -> Result<RecordType, ResolveError> {
    type_from_text(text.trim()).ok_or_else(|| ResolveError::NoType { kind: text.to_owned() })
}

fn asked_of(name: &Name, kinds: &[RecordType]) -> DnsQuestion {
    let kind = kinds.first().copied().unwrap_or(RecordType::A);
    DnsQuestion::of(name, kind)
}

fn address_of(text: &str, port: u16) -> Result<SocketAddr, ResolveError> {
    let bare = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, port));
    let bad = |_| ResolveError::NoAddress { server: text.to_owned() };
    bare.or_else(|_| text.parse::<SocketAddr>()).map_err(bad)
}

/// A version of the Internet Protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IpVersion {
    V4,
    V6,
}

/// Is there a way out over this version, to the true root or to where the search begins? A connected datagram socket sends nothing, and
/// finds out.
fn leads_out(version: IpVersion, hints: &[Hint]) -> bool {
    let (any, root): (IpAddr, IpAddr) = match version {
        IpVersion::V4 => (Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::new(192, 5, 5, 241).into()),
        IpVersion::V6 => (Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::new(0x2001, 0x500, 0x2f, 0, 0, 0, 0, 0xf).into()),
    };
    let hinted = hints.iter().flat_map(|hint| &hint.ips).filter(|ip| ip.is_ipv4() == any.is_ipv4()).copied();
    let leads_to = |ip: IpAddr| {
        let socket = std::net::UdpSocket::bind(SocketAddr::new(any, 0));
        socket.and_then(|socket| socket.connect(SocketAddr::new(ip, 53))).is_ok()
    };
    hinted.chain([root]).any(leads_to)
}
