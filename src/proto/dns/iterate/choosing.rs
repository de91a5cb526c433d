//! Which server to ask: one of the closest zone whose servers are known, and of those the nearest that has not been tried. Where a server's address
//! is not known, it is a question of its own.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use super::{
    Memory, Resolution, Unresolved,
    task::{AddressSource, CandidateServer, KnownBy, Task, ZoneServers},
    words::in_words,
};
use crate::proto::dns::{
    Name, RData, RecordType,
    cache::{CacheKey, CachedData, Credibility},
    limits,
    rrset::{is_below, labels, upwards},
    text::name_text,
    trace::Purpose,
};

/// Addresses of one zone that may all have timed out before none of them is asked again.
const ASKED_AGAIN: usize = 8;

impl Resolution {
    /// Finds the closest zone with servers that can be asked. False when that ended the task, or it has to wait.
    pub(super) fn find_servers(&mut self, task: usize, memory: &mut Memory, now: Duration) -> bool {
        let Some(about) = self.tasks.get(task) else { return false };
        let Some((zone, hint_wins)) = self.closest(about, memory, now) else {
            let failure = Unresolved::NoHints { zone: name_text(&about.target) };
            self.fail(task, failure, memory, now);
            return false;
        };
        let wants_priming = self.settings.prime && hint_wins && zone.name.is_root() && !self.primed;
        if wants_priming && about.purpose != Purpose::Priming {
            self.primed = true;
            self.ask_aside(task, Name::root(), RecordType::NS, Purpose::Priming, false);
            return false;
        }
        let minimise = self.settings.minimise && about.purpose != Purpose::Priming;
        if let Some(about) = self.tasks.get_mut(task) {
            about.enter(zone, minimise);
        }
        true
    }

    /// The closest zone whose servers are known, and whether by the hints.
    fn closest(&self, about: &Task, memory: &Memory, now: Duration) -> Option<(ZoneServers, bool)> {
        // A stub asks its name server, whatever other servers it knows.
        let only_hints = self.settings.hints_stay && self.settings.recursion_desired;
        let from_cache = if only_hints { None } else { self.closest_in_cache(about, memory, now) };
        let from_hints = self.closest_hint(about);
        let hint_wins = match (&from_cache, &from_hints) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(cached), Some(hint)) => {
                let (cached, hint) = (labels(&cached.name), labels(&hint.name));
                hint > cached || (hint == cached && self.settings.hints_stay)
            }
        };
        Some((if hint_wins { from_hints } else { from_cache }?, hint_wins))
    }

    fn closest_in_cache(&self, about: &Task, memory: &Memory, now: Duration) -> Option<ZoneServers> {
        upwards(&about.target)
            .skip(usize::from(is_parents(about.kind) && !about.target.is_root()))
            .filter(|name| about.below.as_ref().is_none_or(|below| is_below(below, name)))
            .find_map(|name| {
                let (data, entry) = memory.cache.set(&name, RecordType::NS, Credibility::Hint, now)?;
                let servers = self.servers_named(data, memory, now);
                let can_be_found =
                    |server: &CandidateServer| !server.ips.is_empty() || self.may_look_up(about, &server.name, &name);
                if !servers.iter().any(can_be_found) {
                    return None;
                }
                let known_by = KnownBy::Cache { from: entry.from.to_string(), left: entry.left(now) };
                Some(ZoneServers { until: entry.until, ..zone(name, servers, known_by) })
            })
    }

    fn closest_hint(&self, about: &Task) -> Option<ZoneServers> {
        let may_be = |zone: &&Name| {
            zone.zone_of(&about.target) && about.below.as_ref().is_none_or(|below| is_below(below, zone))
        };
        let zones = self.settings.hints.iter().map(|hint| &hint.zone).filter(may_be);
        let closest = zones.max_by_key(|zone| labels(zone))?;
        let server = |hint: &super::Hint| self.candidate(hint.server.clone(), &hint.ips);
        let servers = self.settings.hints.iter().filter(|hint| hint.zone == *closest).map(server).collect();
        Some(zone(closest.clone(), servers, KnownBy::Hints))
    }

    /// The servers a referral names: those of its own, and those of the zone itself where it is remembered what it says.
    pub(super) fn referred(
        &self,
        name: Name,
        about: &super::reading::ResponseReading,
        from: &str,
        memory: &Memory,
        now: Duration,
    ) -> ZoneServers {
        let set = about.authority.iter().find(|set| set.kind == RecordType::NS && set.name == name);
        let mut servers = self.servers_named(set.map(|set| set.data.as_slice()).unwrap_or_default(), memory, now);
        for server in &mut servers {
            let glue = about.additional.iter().filter(|set| set.name == server.name).flat_map(|set| &set.data);
            let all: Vec<IpAddr> = glue.filter_map(RData::ip_addr).collect();
            let glue = self.usable(&all);
            server.is_out_of_reach |= glue.len() < all.len();
            if !glue.is_empty() {
                server.ips.retain(|ip| !glue.contains(ip));
                server.ips.splice(0..0, glue);
                server.found = AddressSource::Glue;
            }
        }
        if let Some((data, _)) = memory.cache.set(&name, RecordType::NS, Credibility::AuthorityOfZone, now) {
            for known in self.servers_named(data, memory, now) {
                if !servers.iter().any(|server| server.name == known.name) {
                    servers.push(known);
                }
            }
        }
        zone(name, servers, KnownBy::Referral { from: from.to_owned() })
    }

    fn servers_named(&self, data: &[RData], memory: &Memory, now: Duration) -> Vec<CandidateServer> {
        let name = |data: &RData| match data {
            RData::NS(name) => Some(name.0.clone()),
            _ => None,
        };
        let server = |name: Name| {
            let ips = self.remembered_ips(&name, memory, now);
            self.candidate(name, &ips)
        };
        data.iter().filter_map(name).take(limits::SERVERS).map(server).collect()
    }

    fn remembered_ips(&self, name: &Name, memory: &Memory, now: Duration) -> Vec<IpAddr> {
        let of = |kind| memory.cache.set(name, kind, Credibility::Hint, now).map(|(data, _)| data).unwrap_or_default();
        let ips: Vec<IpAddr> =
            of(RecordType::A).iter().chain(of(RecordType::AAAA)).filter_map(RData::ip_addr).collect();
        if !ips.is_empty() {
            return ips;
        }
        // A priming response need not hold the servers' addresses: those of the hints are good until others are known (RFC 9609 §4.2).
        let hints = self.settings.hints.iter().filter(|hint| hint.server == *name);
        hints.flat_map(|hint| hint.ips.iter().copied()).collect()
    }

    /// A server of which these addresses are known.
    fn candidate(&self, name: Name, all: &[IpAddr]) -> CandidateServer {
        let ips = self.usable(all);
        let is_out_of_reach = ips.len() < all.len();
        CandidateServer { name, ips, found: AddressSource::Cache, looked: false, is_out_of_reach }
    }

    /// Those addresses whose IP version is in use here.
    pub(super) fn usable(&self, ips: &[IpAddr]) -> Vec<IpAddr> {
        let can_be_reached = |ip: &&IpAddr| match ip {
            IpAddr::V4(_) => self.settings.ipv4,
            IpAddr::V6(_) => self.settings.ipv6,
        };
        ips.iter().filter(can_be_reached).copied().collect()
    }

    /// May this server's address be looked up, or would that go round in a circle?
    fn may_look_up(&self, about: &Task, server: &Name, zone: &Name) -> bool {
        // A server inside its own zone can only be found through glue: looking it up would begin by asking itself.
        if zone.zone_of(server) && !zone.is_root() {
            return false;
        }
        if about.depth >= limits::DEPTH || about.target == *server {
            return false;
        }
        let mut above = about.parent;
        while let Some(waiting) = above.and_then(|above| self.tasks.get(above)) {
            if waiting.target == *server {
                return false;
            }
            above = waiting.parent;
        }
        true
    }

    /// Asks the nearest server that has not been tried, looks for an address, or gives the zone up.
    pub(super) fn ask_someone(&mut self, task: usize, memory: &mut Memory, now: Duration) {
        let port = self.settings.port;
        let Some(about) = self.tasks.get(task) else { return };
        let Some(zone) = &about.zone else { return };
        let (_, kind) = about.question();
        let tries = if zone.tried.len() > ASKED_AGAIN { 1 } else { self.settings.tries };
        let untried = |ip_port: &SocketAddr| zone.tried.get(ip_port).copied().unwrap_or_default() < tries;
        let fresh = |ip_port: &SocketAddr| !zone.tried.contains_key(ip_port);
        let all = zone.servers.iter().flat_map(|server| &server.ips).map(|ip| SocketAddr::new(*ip, port));
        let choices: Vec<SocketAddr> =
            all.filter(untried).filter(|ip_port| !memory.servers.is_lame(*ip_port, (&zone.name, kind), now)).collect();
        let fresh: Vec<SocketAddr> = choices.iter().filter(|ip_port| fresh(ip_port)).copied().collect();
        if let Some((ip_port, rtt)) = memory.servers.nearest(&fresh, &mut memory.draws) {
            self.send(task, ip_port, rtt, memory, now);
            return;
        }
        if self.look_for_address(task) {
            return;
        }
        if let Some((ip_port, rtt)) = memory.servers.nearest(&choices, &mut memory.draws) {
            self.send(task, ip_port, rtt, memory, now);
            return;
        }
        if self.open.iter().any(|open| open.task == task) {
            // An answer may still come, late.
            return;
        }
        self.give_zone_up(task, memory, now);
    }

    /// Makes the address of a name server a question of its own. False when there is none left to look for.
    fn look_for_address(&mut self, task: usize) -> bool {
        let Some(about) = self.tasks.get(task) else { return false };
        let Some(zone) = &about.zone else { return false };
        if zone.looked_up >= limits::GLUELESS {
            return false;
        }
        // When nothing else is left, what is remembered of a server's address is looked up again.
        let is_last_try = about.climbed.iter().any(|(climbed, _)| *climbed == zone.name);
        let is_wanted =
            |server: &CandidateServer| server.ips.is_empty() || (is_last_try && server.found == AddressSource::Cache);
        let can = |server: &&CandidateServer| {
            is_wanted(server) && !server.looked && self.may_look_up(about, &server.name, &zone.name)
        };
        let Some(name) = zone.servers.iter().find(can).map(|server| server.name.clone()) else { return false };
        if let Some(zone) = self.tasks.get_mut(task).and_then(|about| about.zone.as_mut()) {
            zone.looked_up += 1;
            zone.servers.iter_mut().filter(|server| server.name == name).for_each(|server| server.looked = true);
        }
        let purpose = || Purpose::ServerAddress { server: name_text(&name) };
        if self.settings.ipv6 {
            self.ask_aside(task, name.clone(), RecordType::AAAA, purpose(), is_last_try);
        }
        if self.settings.ipv4 {
            self.ask_aside(task, name.clone(), RecordType::A, purpose(), is_last_try);
        }
        true
    }

    fn ask_aside(&mut self, task: usize, name: Name, kind: RecordType, purpose: Purpose, afresh: bool) {
        let Some(about) = self.tasks.get_mut(task) else { return };
        about.waits_for += 1;
        let side = Task {
            purpose,
            afresh,
            parent: Some(task),
            depth: about.depth + 1,
            cause: about.cause,
            ..Task::main(name, kind)
        };
        self.tasks.push(side);
        self.ready.push(self.tasks.len() - 1);
    }

    /// Where no server has an address of the IP version in use here, and one is known to have no such address, that one is looked for
    /// among the addresses of the other version: the reason for the failure is then known. False when there is nothing to look for.
    fn look_for_reason(&mut self, task: usize, memory: &Memory, now: Duration) -> bool {
        let (usual, other) = match (self.settings.ipv4, self.settings.ipv6) {
            (true, false) => (RecordType::A, RecordType::AAAA),
            (false, true) => (RecordType::AAAA, RecordType::A),
            (true, true) | (false, false) => return false,
        };
        let Some(zone) = self.tasks.get(task).and_then(|about| about.zone.as_ref()) else { return false };
        if zone.looked_for_reason || zone.servers.iter().any(|server| !server.ips.is_empty() || server.is_out_of_reach)
        {
            return false;
        }
        let has_none = |server: &&CandidateServer| {
            let entry = memory.cache.get(&CacheKey::new(&server.name, usual), now);
            server.looked && entry.is_some_and(|entry| matches!(entry.held, CachedData::Nothing(_)))
        };
        let Some(name) = zone.servers.iter().find(has_none).map(|server| server.name.clone()) else { return false };
        if let Some(zone) = self.tasks.get_mut(task).and_then(|about| about.zone.as_mut()) {
            zone.looked_for_reason = true;
        }
        self.ask_aside(task, name.clone(), other, Purpose::ServerAddress { server: name_text(&name) }, false);
        true
    }

    /// No server of the zone is of use: the zone above may know others, else an answer from a cache has to do.
    fn give_zone_up(&mut self, task: usize, memory: &mut Memory, now: Duration) {
        if self.look_for_reason(task, memory, now) {
            return;
        }
        let Some(about) = self.tasks.get(task) else { return };
        let Some(zone) = &about.zone else { return };
        let (name, tried, target) = (zone.name.clone(), zone.tried.len(), name_text(&about.target));
        let last = zone.last.clone();
        let are_out_of_reach = zone.servers.iter().all(|server| server.ips.is_empty())
            && zone.servers.iter().any(|server| server.is_out_of_reach);
        // What the zone above has just said of them it would say again.
        let is_fresh = are_out_of_reach && matches!(zone.known_by, KnownBy::Referral { .. });
        let may_climb = !is_fresh && !name.is_root() && !about.climbed.iter().any(|(climbed, _)| *climbed == name);
        if may_climb && self.is_known_above(task, &name, memory, now) {
            let Some(about) = self.tasks.get_mut(task) else { return };
            let tried = about.zone.take().map(|zone| zone.tried).unwrap_or_default();
            about.climbed.push((name.clone(), tried));
            about.below = Some(name);
            if self.find_servers(task, memory, now) {
                self.ask_someone(task, memory, now);
            }
            return;
        }
        let hearsay = self.tasks.get_mut(task).and_then(|about| about.hearsay.take());
        if let Some((reading, step)) = hearsay {
            self.take(task, *reading, step, memory, now);
            return;
        }
        let failure = if are_out_of_reach {
            let version = if self.settings.ipv6 { "IPv4" } else { "IPv6" };
            Unresolved::OtherVersion { zone: in_words(&name), version, asker: self.settings.asker.clone() }
        } else if tried == 0 {
            Unresolved::NoAddress { zone: in_words(&name) }
        } else {
            Unresolved::NoServerLeft { zone: in_words(&name), name: target, tried, last }
        };
        self.fail(task, failure, memory, now);
    }

    /// Are servers known of a zone above this one? Who has hints for one zone only need not know the root.
    fn is_known_above(&mut self, task: usize, zone: &Name, memory: &Memory, now: Duration) -> bool {
        let Some(about) = self.tasks.get_mut(task) else { return false };
        let before = about.below.replace(zone.clone());
        let is_known = self.tasks.get(task).is_some_and(|about| self.closest(about, memory, now).is_some());
        if let Some(about) = self.tasks.get_mut(task) {
            about.below = before;
        }
        is_known
    }

    /// The server's name and how its address was found.
    pub(super) fn server_at(&self, task: usize, ip: IpAddr) -> Option<&CandidateServer> {
        self.tasks.get(task)?.zone.as_ref()?.servers.iter().find(|server| server.ips.contains(&ip))
    }
}

fn zone(name: Name, servers: Vec<CandidateServer>, known_by: KnownBy) -> ZoneServers {
    ZoneServers {
        name,
        servers,
        known_by,
        until: Duration::MAX,
        tried: HashMap::new(),
        last: None,
        looked_up: 0,
        looked_for_reason: false,
    }
}

/// Records of this type belong to the zone above (RFC 4035 §3.1.4.1).
fn is_parents(kind: RecordType) -> bool {
    kind == RecordType::DS
}

/// The key of a zone's delegation.
pub(super) fn delegation(zone: &Name) -> CacheKey {
    CacheKey::new(zone, RecordType::NS)
}
