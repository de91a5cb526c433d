//! What a resolver has learned of the servers it asked: their round-trip times, which do not answer, and which are lame for a zone.
//!
//! A server that was never asked counts as near, so that each is tried once; after that the nearest is asked, and the others draw
//! slowly nearer again, so that one that has become good is found out. Source: the round-trip estimator of RFC 6298 §2; lameness
//! RFC 8499 §7.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    time::Duration,
};

use rand::{RngExt as _, rngs::StdRng};

use super::{Name, RecordType};

/// Servers remembered; past it the oldest are forgotten.
pub const CAPACITY: usize = 10_000;
/// How long a server that was never asked may take before another is tried, unless the resolver is told otherwise: as long as unbound
/// waits (`unknown-server-time-limit` in unbound.conf(5)). What comes later is still taken.
pub const FIRST_PATIENCE: Duration = Duration::from_millis(376);
/// Bounds of how long any server may take.
const PATIENCE: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(10)];
/// A server that was never asked counts as nearer than this.
const UNKNOWN_BELOW_MICROS: u64 = 32_000;
/// How long a server is remembered not to serve a zone.
const LAME_FOR: Duration = Duration::from_mins(15);
/// How much nearer the servers not chosen draw each time, of 1,000.
const DECAY: u32 = 980;

/// What is known of one server.
#[derive(Clone, Debug)]
pub struct ServerHistory {
    /// Smoothed round-trip time.
    pub rtt: Duration,
    variation: Duration,
    /// Has it ever answered?
    pub measured: bool,
    /// Queries it did not answer in time, since it last did.
    pub timeouts: u32,
    /// It does not understand EDNS (RFC 6891 §6.2.2).
    pub without_edns: bool,
    lame: Vec<(Name, RecordType, Duration)>,
}

/// What is known of all servers.
#[derive(Clone, Debug, Default)]
pub struct ServerHistories {
    known: HashMap<SocketAddr, ServerHistory>,
    order: VecDeque<SocketAddr>,
}

impl ServerHistory {
    /// How long to wait for it before another is tried (RFC 6298 §2.3, doubled for each time-out).
    pub fn patience(&self, first: Duration) -> Duration {
        let usual = if self.measured { self.rtt + 4 * self.variation } else { first };
        let [least, most] = PATIENCE;
        usual.max(least).saturating_mul(1 << self.timeouts.min(8)).min(most)
    }

    /// What it is chosen by.
    fn distance(&self) -> Duration {
        if self.timeouts > 0 { self.patience(FIRST_PATIENCE).max(self.rtt) } else { self.rtt }
    }
}

impl ServerHistories {
    /// What is known of a server, if it was ever considered.
    pub fn get(&self, ip_port: SocketAddr) -> Option<&ServerHistory> {
        self.known.get(&ip_port)
    }

    /// Is it remembered not to serve `zone`, as far as this type goes? (Some servers know one type of a zone they do not serve.)
    pub fn is_lame(&self, ip_port: SocketAddr, (zone, kind): (&Name, RecordType), now: Duration) -> bool {
        let is_it = |(lame, of, until): &(Name, RecordType, Duration)| lame == zone && *of == kind && *until > now;
        self.get(ip_port).is_some_and(|server| server.lame.iter().any(is_it))
    }

    /// The nearest of `choices`, and how far it is if that was ever measured.
    pub fn nearest(&mut self, choices: &[SocketAddr], draws: &mut StdRng) -> Option<(SocketAddr, Option<Duration>)> {
        for choice in choices {
            self.known(*choice, draws);
        }
        let distance = |ip_port: &&SocketAddr| self.get(**ip_port).map_or(Duration::MAX, ServerHistory::distance);
        let nearest = *choices.iter().min_by_key(distance)?;
        for other in choices.iter().filter(|choice| **choice != nearest) {
            if let Some(server) = self.known.get_mut(other) {
                server.rtt = server.rtt * DECAY / 1_000;
            }
        }
        let server = self.get(nearest)?;
        Some((nearest, server.measured.then_some(server.rtt)))
    }

    /// How long to wait for a server.
    pub fn patience(&self, ip_port: SocketAddr, first: Duration) -> Duration {
        self.get(ip_port).map_or(first, |server| server.patience(first))
    }

    /// It answered after so long.
    pub fn answered(&mut self, ip_port: SocketAddr, rtt: Duration) {
        let Some(server) = self.known.get_mut(&ip_port) else { return };
        if server.measured {
            server.variation = (server.variation * 3 + server.rtt.abs_diff(rtt)) / 4;
            server.rtt = (server.rtt * 7 + rtt) / 8;
        } else {
            (server.rtt, server.variation, server.measured) = (rtt, rtt / 2, true);
        }
        server.timeouts = 0;
    }

    /// It did not answer in time.
    pub fn was_silent(&mut self, ip_port: SocketAddr) {
        if let Some(server) = self.known.get_mut(&ip_port) {
            server.timeouts = server.timeouts.saturating_add(1);
        }
    }

    /// It does not serve `zone`, as was seen when this type was asked for.
    pub fn is_now_lame(&mut self, ip_port: SocketAddr, (zone, kind): (&Name, RecordType), now: Duration) {
        let Some(server) = self.known.get_mut(&ip_port) else { return };
        server.lame.retain(|(lame, of, until)| (lame != zone || *of != kind) && *until > now);
        if server.lame.len() < LAME_ZONES {
            server.lame.push((zone.clone(), kind, now + LAME_FOR));
        }
    }

    /// It does not understand EDNS.
    pub fn does_without_edns(&mut self, ip_port: SocketAddr) {
        if let Some(server) = self.known.get_mut(&ip_port) {
            server.without_edns = true;
        }
    }

    /// Forgets everything.
    pub fn forget_all(&mut self) {
        *self = Self::default();
    }

    fn known(&mut self, ip_port: SocketAddr, draws: &mut StdRng) {
        if self.known.contains_key(&ip_port) {
            return;
        }
        if self.known.len() >= CAPACITY
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        let rtt = Duration::from_micros(draws.random_range(1_000..UNKNOWN_BELOW_MICROS));
        let server = ServerHistory {
            rtt,
            variation: Duration::ZERO,
            measured: false,
            timeouts: 0,
            without_edns: false,
            lame: Vec::new(),
        };
        self.known.insert(ip_port, server);
        self.order.push_back(ip_port);
    }
}

/// Zones a server is remembered not to serve.
const LAME_ZONES: usize = 32;
