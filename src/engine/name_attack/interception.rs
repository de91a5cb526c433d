//! Interception: an attacker at the resolver's own link sees each query and answers first. Nothing has to be guessed then.
//!
//! What helps is what it cannot forge: an answer over a connection it is not part of, or a second opinion over a path it does not sit
//! on. (Who can stop and answer the packets of a connection as well is stopped by signatures alone: RFC 4033.)

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    ClientAnswer, Config, InterceptionAttack, InterceptionResult,
    attacker::{ATTACKER, AttackScene, Forgery, name},
    error::{AttackError, tell},
};
use crate::{
    engine::{
        context::{Context, group_ends},
        name_lab::{LabClient, UnrecordedLookups, addresses, watch_levels},
    },
    net::{DatagramRecord, Intercept, PathObserver as Post, Resolver, STUDENT_HOST},
    proto::dns::{
        Message, Name,
        cache::Cache,
        iterate::{Memory, Settings},
    },
    sim::names::Proportion,
    wire::{End, Ends, FlowHandle, FlowKind, Layer, Side, Sighting},
};

/// What the victim looks for.
const SITE: &str = "www.somesite.com.";

/// Tries it.
pub(super) async fn run(
    interception: &InterceptionAttack,
    config: &Config,
    context: &Context,
    scene: &AttackScene<'_>,
    whole: &FlowHandle,
) -> Result<InterceptionResult, AttackError> {
    scene.local.set_settings(Settings {
        id_bits: interception.id_bits,
        port_bits: interception.port_bits,
        randomise_case: interception.randomise_case,
        tcp_only: interception.over_tcp,
        ..(*scene.local.settings()).clone()
    });
    let victim = Victim { client: scene.client()?, second: interception.second_opinion.then(|| second_opinion(scene)) };
    let clock = context.clock();
    let mut post = scene.lab.net().intercept(scene.local_at.ip(), Intercept::Copy)?;
    let forgery = Forgery::new(&name(SITE), scene.attacker, None);
    let site = name(SITE);
    let (mut sums, mut spent) = (InterceptionSums::default(), Duration::ZERO);
    let reached = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&reached);
    watch_levels(scene.lab, move |_, _, _| {
        count.fetch_add(1, Ordering::Relaxed);
    })?;
    let mut unrecorded = UnrecordedLookups::of(whole);
    for trial in 0..config.trials {
        tell(context, trial, config.trials, "answering first");
        scene.local.resolver().memory().flush();
        let flow = if trial == 0 {
            whole.child(FlowKind::Run, "the first lookup".to_owned(), group_ends(scene.local.name()), clock.now())
        } else {
            unrecorded.one_more(clock.now())
        };
        let asked_at = clock.now();
        let forged = (trial == 0).then(|| forged_answers(scene, &flow, asked_at));
        let spy = Spy { context, scene, forgery: &forgery, forged: forged.as_ref() };
        let told = tokio::select! {
            biased;
            error = spy.answer(&mut post, &mut sums) => return Err(error),
            told = victim.look_up(&site, &flow) => told,
        };
        forged.inspect(|forged| forged.close(clock.now()));
        spent += clock.now().saturating_sub(asked_at);
        flow.close(clock.now());
        sums.take(told, scene);
        scene.lab.naming().journal().clear();
        clock.sleep(SETTLE).await;
    }
    let trials = f64::from(config.trials);
    let queries = reached.load(Ordering::Relaxed) as f64 / trials;
    let bits = interception.id_bits + interception.port_bits;
    let letters = if interception.randomise_case { forgery.letters() } else { 0 };
    Ok(InterceptionResult {
        measured: Proportion::new(sums.believed, config.trials.into()),
        bits_seen: bits + letters,
        queries_seen: sums.seen,
        forged_sent: sums.forged,
        attacker_octets: sums.forged * forgery.len() as u64,
        disagreements: interception.second_opinion.then_some(sums.disagreements),
        seconds: spent.as_secs_f64() / trials,
        queries_per_lookup: queries,
        name: SITE.to_owned(),
        told: sums.told.into_iter().map(|((address, forged), times)| ClientAnswer { address, times, forged }).collect(),
    })
}

/// A resolver of the student's own host, which resolves iteratively from the root: its queries do not pass the local name server's link.
fn second_opinion(scene: &AttackScene<'_>) -> Resolver {
    let settings = Settings {
        asker: STUDENT_HOST.to_owned(),
        hints: scene.lab.naming().hints(),
        take_servers: true,
        ..Settings::default()
    };
    Resolver::new(scene.lab.network(), settings, Memory::new(Cache::default(), 2))
}

/// The flow of the answers that the attacker sends during one lookup.
fn forged_answers(scene: &AttackScene<'_>, lookup: &FlowHandle, now: Duration) -> FlowHandle {
    let ends = Ends {
        client: End { name: format!("{ATTACKER} in the name of the server asked"), ip_port: None },
        server: End { name: scene.local.name().to_owned(), ip_port: None },
    };
    lookup.child(FlowKind::Datagrams, "forged answers".to_owned(), ends, now)
}

/// The attacker, who sees every query that leaves the resolver's host.
struct Spy<'a> {
    context: &'a Context,
    scene: &'a AttackScene<'a>,
    forgery: &'a Forgery,
    /// Where its answers are recorded, if they are.
    forged: Option<&'a FlowHandle>,
}

impl Spy<'_> {
    /// Answers those for the victim's name.
    async fn answer(&self, post: &mut Post, sums: &mut InterceptionSums) -> AttackError {
        let Self { scene, forgery, .. } = self;
        loop {
            let seen = post.recv().await;
            if !seen.leaves || seen.to.port() != 53 {
                continue;
            }
            sums.seen += 1;
            let Ok(query) = Message::from_vec(&seen.bytes) else { continue };
            if query.queries.iter().all(|question| *question.name() != name(SITE)) {
                continue;
            }
            sums.forged += 1;
            let answer = forgery.fit(&seen.bytes);
            let recorded = self.forged.map(|flow| self.recorded(flow, &answer));
            if let Err(error) = scene.lab.net().send_forged(seen.to, seen.from, scene.local_at.ip(), answer, recorded) {
                return error.into();
            }
        }
    }

    fn recorded(&self, flow: &FlowHandle, answer: &[u8]) -> DatagramRecord {
        let seen = Sighting {
            at: self.context.clock().now(),
            from: Side::Client,
            layer: Layer::Datagram,
            transit: None,
            wire_len: answer.len() as u64,
        };
        let event = flow.octets(seen, answer, None, answer.len());
        DatagramRecord { flow: flow.clone(), from: Side::Client, event }
    }
}

struct Victim {
    client: LabClient,
    second: Option<Resolver>,
}

/// The answers the victim got, and what it concluded.
struct VictimAnswers {
    told: Vec<IpAddr>,
    second: Option<Vec<IpAddr>>,
}

impl Victim {
    async fn look_up(&self, name: &Name, flow: &FlowHandle) -> VictimAnswers {
        let told = self.client.look_up(name, flow).await;
        let second = match &self.second {
            Some(resolver) => {
                resolver.memory().flush();
                Some(addresses(resolver, name, flow).await)
            }
            None => None,
        };
        VictimAnswers { told, second }
    }
}

#[derive(Default)]
struct InterceptionSums {
    seen: u64,
    forged: u64,
    believed: u64,
    disagreements: u32,
    told: BTreeMap<(String, bool), u32>,
}

impl InterceptionSums {
    fn take(&mut self, VictimAnswers { told, second }: VictimAnswers, scene: &AttackScene<'_>) {
        let disagree = second.is_some_and(|second| second != told);
        self.disagreements += u32::from(disagree);
        let believed = if disagree { None } else { told.first().copied() };
        let is_forged = believed == Some(scene.attacker.into());
        self.believed += u64::from(is_forged);
        let text = believed.map(|ip| ip.to_string()).unwrap_or_default();
        *self.told.entry((text, is_forged)).or_default() += 1;
    }
}

/// Time between two lookups.
const SETTLE: Duration = Duration::from_secs(1);
