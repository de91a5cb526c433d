//! A flood that succeeds: some servers do not answer any more. What clients of a resolver notice of it depends on what it remembers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{
    Config, Flood, FloodPoint, FloodResult, LevelQueries, ServerLevel,
    attacker::AttackScene,
    error::{AttackError, tell},
};
use crate::{
    engine::{
        context::Context,
        name_lab::{LabClient, LabName, Popularity, level_of, names_of_lab, unrecorded, watch_levels, watch_local},
    },
    sim::names::Proportion,
};

/// Tries it with every number of servers, each with empty caches and with full ones.
pub(super) async fn run(
    flood: &Flood,
    config: &Config,
    context: &Context,
    scene: &AttackScene<'_>,
) -> Result<FloodResult, AttackError> {
    let seed = config.setting.path.seed;
    let servers = victims(flood.level, scene, seed);
    let names = names_of_lab(scene.lab, seed);
    let all = u32::try_from(servers.len()).unwrap_or(u32::MAX);
    let mut numbers: Vec<u32> = flood.off.iter().map(|off| (*off).min(all)).collect();
    if numbers.is_empty() {
        numbers = (0..=all).collect();
    }
    numbers.dedup();
    let tally = QueryTally::default();
    tally.watch(scene)?;
    let popular = Popularity::new(names.len(), flood.alpha);
    let range = FloodRange { config, context, scene, client: scene.client()?, names: &names, popular: &popular, tally };
    let mut found = FloodResult {
        servers: servers.clone(),
        names: u32::try_from(names.len()).unwrap_or(u32::MAX),
        cold: Vec::new(),
        warm: Vec::new(),
    };
    let of = u32::try_from(numbers.len() * 2).unwrap_or(u32::MAX);
    for (done, off) in (0..).step_by(2).zip(numbers) {
        let doing = format!("{off} of {all} servers answer nobody");
        tell(context, done, of, &doing);
        let fallen: Vec<&String> = servers.iter().take(off as usize).collect();
        range.start_afresh();
        range.set_up(&fallen, false)?;
        found.cold.push(range.measure(off).await);
        range.set_up(&fallen, true)?;
        tell(context, done + 1, of, &doing);
        range.start_afresh();
        range.fill(flood.age_hours).await;
        range.set_up(&fallen, false)?;
        found.warm.push(range.measure(off).await);
        range.set_up(&fallen, true)?;
    }
    Ok(found)
}

/// The servers of a level that are on, in random order.
fn victims(level: ServerLevel, scene: &AttackScene<'_>, seed: u64) -> Vec<String> {
    let of_level = scene.lab.naming().servers().filter(|(_, server)| level_of(server) == Some(level));
    let mut servers: Vec<String> = of_level.map(|(_, server)| server.name().to_owned()).collect();
    servers.sort();
    let mut draws = StdRng::seed_from_u64(seed);
    for place in (1..servers.len()).rev() {
        servers.swap(place, draws.random_range(0..=place));
    }
    servers
}

/// What reached the servers since it was last taken.
#[derive(Clone, Default)]
struct QueryTally {
    levels: [Arc<AtomicU64>; 3],
    known: Arc<AtomicU64>,
}

impl QueryTally {
    fn watch(&self, scene: &AttackScene<'_>) -> Result<(), AttackError> {
        let levels = self.levels.clone();
        watch_levels(scene.lab, move |_, level, _| {
            let place = ServerLevel::ALL.iter().position(|known| *known == level);
            if let Some(count) = place.and_then(|place| levels.get(place)) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        })?;
        let known = Arc::clone(&self.known);
        watch_local(scene.lab, move |_, knows, _| {
            known.fetch_add(u64::from(knows), Ordering::Relaxed);
        })?;
        Ok(())
    }

    /// What it has counted, and from zero again.
    fn take(&self) -> (Vec<LevelQueries>, u32) {
        let levels = ServerLevel::ALL.iter().zip(&self.levels);
        let reached =
            levels.map(|(level, count)| LevelQueries { level: *level, queries: count.swap(0, Ordering::Relaxed) });
        (reached.collect(), u32::try_from(self.known.swap(0, Ordering::Relaxed)).unwrap_or(u32::MAX))
    }
}

struct FloodRange<'a> {
    config: &'a Config,
    context: &'a Context,
    scene: &'a AttackScene<'a>,
    client: LabClient,
    names: &'a [LabName],
    popular: &'a Popularity,
    tally: QueryTally,
}

impl FloodRange<'_> {
    /// The resolver is started anew, and draws the same as the last time.
    fn start_afresh(&self) {
        self.scene.local.resolver().memory().flush();
    }

    fn set_up(&self, servers: &[&String], up: bool) -> Result<(), AttackError> {
        servers.iter().try_for_each(|server| Ok(self.scene.lab.set_host_up(server, up)?))
    }

    /// Everything is looked up once; then so much time passes.
    async fn fill(&self, hours: f64) {
        for name in self.names {
            self.client.look_up(&name.name, &unrecorded(self.context.clock().now())).await;
        }
        self.context.clock().sleep(Duration::from_secs_f64(hours * 3_600.0)).await;
    }

    /// Clients look names up, one after the other.
    async fn measure(&self, off: u32) -> FloodPoint {
        let clock = self.context.clock();
        let mut draws = StdRng::seed_from_u64(self.config.setting.path.seed);
        self.tally.take();
        let (mut answered, mut times) = (0, Vec::new());
        for _ in 0..self.config.trials {
            let between: f64 = draws.random();
            clock.sleep(MEAN_BETWEEN.mul_f64(-(1.0 - between).ln())).await;
            let Some(name) = self.names.get(self.popular.draw(&mut draws)) else { continue };
            let begun = clock.now();
            let found = self.client.look_up(&name.name, &unrecorded(begun)).await;
            answered += u64::from(!found.is_empty());
            times.push(clock.now().saturating_sub(begun).as_secs_f64());
        }
        // What the resolver still does for a client that has given up is part of it.
        clock.sleep(LAST_TRIES).await;
        let (reached, from_cache) = self.tally.take();
        let of = times.len() as u64;
        let mean_seconds = times.iter().sum::<f64>() / (of.max(1) as f64);
        times.sort_by(f64::total_cmp);
        let p95 = (times.len() * 95).div_ceil(100).saturating_sub(1);
        FloodPoint {
            off,
            answered: Proportion::new(answered, of),
            from_cache,
            mean_seconds,
            p95_seconds: times.get(p95).copied().unwrap_or_default(),
            max_seconds: times.last().copied().unwrap_or_default(),
            reached,
        }
    }
}

/// Mean time between two lookups: an exponential distribution.
const MEAN_BETWEEN: Duration = Duration::from_secs(10);
/// Time for the last queries to time out.
const LAST_TRIES: Duration = Duration::from_mins(2);
