//! The hours themselves: lookups at random moments, by hosts with caches of their own, through the local name server.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::task::JoinSet;

use super::{
    Config,
    counter::{AnsweredBy, DayCounter, DayTotals, TimedAnswer},
    error::DayError,
    stale,
};
use crate::{
    engine::{
        context::Context,
        control::Progress,
        name_lab::{LabName, Popularity, addresses, unrecorded, watch_levels, watch_local},
    },
    lab::{Lab, NameServer},
    net::{Resolver, STUDENT_HOST},
    proto::dns::{
        Name, RData, RecordType,
        cache::{Cache, Credibility},
        iterate::{Memory, Settings},
    },
};

/// A day that is to be simulated.
pub(super) struct Day<'a> {
    pub(super) config: &'a Config,
    pub(super) context: &'a Context,
    pub(super) lab: &'a Lab,
    pub(super) names: &'a [LabName],
    pub(super) popular: &'a Popularity,
    pub(super) change: Option<&'a stale::PlannedChange>,
}

/// What was counted during the day.
pub(super) struct DayCounts {
    pub(super) kept: DayTotals,
    /// When it began, since the run did.
    pub(super) begun: Duration,
}

/// One lookup that is to come.
struct LookupArrival {
    /// Since the day began.
    at: Duration,
    client: usize,
    name: usize,
}

impl Day<'_> {
    /// Lives through it. Two lookups of one name at the same time are two questions; the local name server looks for the answer once,
    /// and both count as asked of others.
    pub(super) async fn live(self) -> Result<DayCounts, DayError> {
        let Self { config, context, lab, names, change, .. } = &self;
        let clock = context.clock();
        let begun = clock.now();
        let sums = DayCounter::new(begun, config.hours, names.len());
        self.watch(&sums)?;
        let clients = self.clients()?;
        let mut under_way = JoinSet::new();
        let mut change = *change;
        let mut hour = u64::MAX;
        for arrival in self.arrivals() {
            if let Some(planned) = change.filter(|planned| planned.at <= arrival.at) {
                clock.sleep_until(begun + planned.at).await;
                planned.carry_out(lab)?;
                change = None;
            }
            clock.sleep_until(begun + arrival.at).await;
            while under_way.try_join_next().is_some() {}
            let now = clock.now();
            if hour != arrival.at.as_secs() / 3_600 {
                hour = arrival.at.as_secs() / 3_600;
                self.tell(hour);
            }
            let (Some(resolver), Some(name)) = (clients.get(arrival.client), names.get(arrival.name)) else { continue };
            sums.lookup(arrival.name, now);
            let watched = self.change.filter(|planned| planned.name == name.name);
            let tell = watched.map(|planned| (arrival.client, begun + planned.at));
            if let Some(known) = from_cache(resolver, &name.name, now) {
                sums.answered(Some(arrival.name), AnsweredBy::Host, now);
                note(&sums, tell, now, known);
                continue;
            }
            if config.central {
                sums.answered(Some(arrival.name), AnsweredBy::Others, now);
            }
            let (resolver, name, sums, clock) = (resolver.clone(), name.name.clone(), sums.clone(), clock.clone());
            under_way.spawn(async move {
                let begun = now;
                let found = addresses(&resolver, &name, &unrecorded(now)).await;
                let now = clock.now();
                sums.waited(now.saturating_sub(begun));
                if found.is_empty() {
                    sums.failed(now);
                } else {
                    note(&sums, tell, now, found);
                }
            });
        }
        if let Some(planned) = change {
            // Nobody asks after it.
            clock.sleep_until(begun + planned.at).await;
            planned.carry_out(lab)?;
        }
        while under_way.join_next().await.is_some() {}
        Ok(DayCounts { kept: sums.take(), begun })
    }

    /// Counts what reaches each level.
    fn watch(&self, sums: &DayCounter) -> Result<(), DayError> {
        let count = sums.clone();
        watch_levels(self.lab, move |server, level, at| count.reached(server.name(), level, at))?;
        let count = sums.clone();
        let numbers: HashMap<Name, usize> =
            self.names.iter().enumerate().map(|(number, name)| (name.name.clone(), number)).collect();
        watch_local(self.lab, move |name, knows, at| {
            let by = if knows { AnsweredBy::Local } else { AnsweredBy::Others };
            count.answered(numbers.get(name).copied(), by, at);
        })?;
        Ok(())
    }

    /// Hosts of the student's network.
    fn clients(&self) -> Result<Vec<Resolver>, DayError> {
        let server = if self.config.central { central(self.lab) } else { self.lab.naming().local() };
        let (at, server) = server.ok_or(DayError::NoLocalServer)?;
        let settings = Settings::stub(STUDENT_HOST, server.server_name(), at);
        let network = self.lab.network();
        let client = |number: u32| {
            let memory = Memory::new(Cache::default(), self.config.setting.path.seed.wrapping_add(number.into()));
            Resolver::new(network.clone(), settings.clone(), memory)
        };
        Ok((0..self.config.clients).map(client).collect())
    }

    /// A Poisson process of which so many arrivals are seen: each falls anywhere in the day.
    fn arrivals(&self) -> Vec<LookupArrival> {
        let Config { lookups, hours, clients, .. } = self.config;
        let mut draws = StdRng::seed_from_u64(self.config.setting.path.seed);
        let seconds = f64::from(*hours) * 3_600.0;
        let mut arrivals: Vec<LookupArrival> = (0..*lookups)
            .map(|_| LookupArrival {
                at: Duration::from_secs_f64(draws.random::<f64>() * seconds),
                client: draws.random_range(0..(*clients).max(1)) as usize,
                name: self.popular.draw(&mut draws),
            })
            .collect();
        arrivals.sort_by_key(|arrival| arrival.at);
        arrivals
    }

    fn tell(&self, hour: u64) {
        let done = u32::try_from(hour).unwrap_or(u32::MAX);
        let doing = format!("hour {} of {}", hour + 1, self.config.hours);
        self.context.control.progress(Progress { done, of: self.config.hours, doing });
    }
}

/// The server that holds every zone where there is but one: the root's first.
pub(super) fn central(lab: &Lab) -> Option<(SocketAddr, &Arc<NameServer>)> {
    lab.naming().servers().find(|(_, server)| server.serves(&Name::root()))
}

/// The addresses a host remembers.
fn from_cache(resolver: &Resolver, name: &Name, now: Duration) -> Option<Vec<IpAddr>> {
    let memory = resolver.memory();
    let (data, _) = memory.cache.set(name, RecordType::A, Credibility::Answer, now)?;
    Some(data.iter().filter_map(RData::ip_addr).collect())
}

/// Keeps an answer about the name whose address changes, if it came after that.
fn note(sums: &DayCounter, of_changed: Option<(usize, Duration)>, at: Duration, addresses: Vec<IpAddr>) {
    if let Some((client, changed_at)) = of_changed
        && at >= changed_at
    {
        sums.told(TimedAnswer { client, at, addresses });
    }
}
