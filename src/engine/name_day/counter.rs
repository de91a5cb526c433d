//! What is counted during the day, from several places at once.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::Counts;
use crate::engine::name_attack::ServerLevel;

/// All counts. Cheap to clone; clones count together.
#[derive(Clone, Debug)]
pub(super) struct DayCounter {
    begun: Duration,
    kept: Arc<Mutex<DayTotals>>,
}

/// What was counted.
#[derive(Debug, Default)]
pub(super) struct DayTotals {
    pub(super) hours: Vec<Counts>,
    pub(super) names: Vec<NameLookups>,
    /// Answers about the name whose address changes, after it has.
    pub(super) told: Vec<TimedAnswer>,
    /// Queries that reached each server of a zone.
    pub(super) servers: BTreeMap<String, u64>,
    /// What all lookups took together.
    pub(super) waited: Duration,
}

/// Lookups of one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct NameLookups {
    pub(super) lookups: u64,
    pub(super) host_hits: u64,
    pub(super) local_hits: u64,
}

/// An answer a client got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TimedAnswer {
    pub(super) client: usize,
    pub(super) at: Duration,
    pub(super) addresses: Vec<IpAddr>,
}

/// Where a lookup was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnsweredBy {
    /// By the host's own cache.
    Host,
    /// By the local name server, from its cache.
    Local,
    /// By the local name server, which has to ask others.
    Others,
}

impl DayCounter {
    pub(super) fn new(begun: Duration, hours: u32, names: usize) -> Self {
        let kept = DayTotals {
            hours: vec![Counts::default(); hours as usize],
            names: vec![NameLookups::default(); names],
            ..DayTotals::default()
        };
        Self { begun, kept: Arc::new(Mutex::new(kept)) }
    }

    /// Takes out everything.
    pub(super) fn take(&self) -> DayTotals {
        std::mem::take(&mut self.lock())
    }

    pub(super) fn lookup(&self, name: usize, at: Duration) {
        self.in_hour(at, |hour| hour.lookups += 1);
        self.of_name(name, |of| of.lookups += 1);
    }

    pub(super) fn answered(&self, name: Option<usize>, by: AnsweredBy, at: Duration) {
        self.in_hour(at, |hour| match by {
            AnsweredBy::Host => hour.host_hits += 1,
            AnsweredBy::Local => hour.local_hits += 1,
            AnsweredBy::Others => hour.misses += 1,
        });
        let Some(name) = name else { return };
        self.of_name(name, |of| match by {
            AnsweredBy::Host => of.host_hits += 1,
            AnsweredBy::Local => of.local_hits += 1,
            AnsweredBy::Others => {}
        });
    }

    pub(super) fn failed(&self, at: Duration) {
        self.in_hour(at, |hour| hour.failed += 1);
    }

    pub(super) fn waited(&self, so_long: Duration) {
        self.lock().waited += so_long;
    }

    pub(super) fn reached(&self, server: &str, level: ServerLevel, at: Duration) {
        *self.lock().servers.entry(server.to_owned()).or_default() += 1;
        self.in_hour(at, |hour| match level {
            ServerLevel::Root => hour.root += 1,
            ServerLevel::Tld => hour.tld += 1,
            ServerLevel::Authoritative => hour.authoritative += 1,
        });
    }

    pub(super) fn told(&self, told: TimedAnswer) {
        self.lock().told.push(told);
    }

    fn in_hour(&self, at: Duration, count: impl FnOnce(&mut Counts)) {
        let hour = at.saturating_sub(self.begun).as_secs() / 3_600;
        let mut kept = self.lock();
        // An answer may come a moment after the last hour.
        let last = kept.hours.len().saturating_sub(1);
        let hour = usize::try_from(hour).unwrap_or(last).min(last);
        if let Some(hour) = kept.hours.get_mut(hour) {
            count(hour);
        }
    }

    fn of_name(&self, name: usize, count: impl FnOnce(&mut NameLookups)) {
        if let Some(of_name) = self.lock().names.get_mut(name) {
            count(of_name);
        }
    }

    fn lock(&self) -> MutexGuard<'_, DayTotals> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DayTotals {
    /// In all.
    pub(super) fn whole(&self) -> Counts {
        self.hours.iter().fold(Counts::default(), |sum, hour| Counts {
            lookups: sum.lookups + hour.lookups,
            host_hits: sum.host_hits + hour.host_hits,
            local_hits: sum.local_hits + hour.local_hits,
            misses: sum.misses + hour.misses,
            failed: sum.failed + hour.failed,
            root: sum.root + hour.root,
            tld: sum.tld + hour.tld,
            authoritative: sum.authoritative + hour.authoritative,
        })
    }
}
