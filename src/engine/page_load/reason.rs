//! Why measurement and formula differ: sentences whose every number is taken from the run or computed from its path.

use std::time::Duration;

use super::{Strategy, prediction::Seen};
use crate::{
    engine::timing::ObjectTiming,
    net::{HEADER_OCTETS, MSS, Span, TcpModel},
    sim::{
        slow_start::{SlowStart, Transfer},
        theory::{Theory, Trust},
    },
    wire::units,
};

/// Difference from the formula, as a share, that asks for a reason.
pub const WORTH_A_REASON: f64 = 0.05;

/// The reason, when the difference is worth one.
pub(super) fn of(seen: &Seen<'_>, theory: &Theory) -> Option<String> {
    let expected = theory.time.as_secs_f64();
    let excess = seen.seconds - expected;
    if excess.abs() <= WORTH_A_REASON * expected {
        return None;
    }
    let mut account = Account::default();
    if excess < 0.0 {
        faster(seen, theory, &mut account);
    } else {
        slower(seen, &mut account);
    }
    Some(account.told(excess))
}

/// Sentences, and the seconds they account for.
#[derive(Default)]
struct Account {
    sentences: Vec<String>,
    accounted: f64,
}

impl Account {
    fn say(&mut self, secs: f64, sentence: String) {
        self.sentences.push(sentence);
        self.accounted += secs;
    }

    fn told(mut self, excess: f64) -> String {
        let rest = excess - self.accounted;
        let way = if excess < 0.0 { "faster" } else { "slower" };
        let head = format!("{} {way} than the formula.", units::seconds(excess.abs()));
        self.sentences.insert(0, head);
        if self.sentences.len() == 1 {
            self.sentences.push("The record does not show why.".to_owned());
        } else if rest.abs() > UNEXPLAINED * excess.abs() {
            self.sentences.push(format!("{} of the difference stay unexplained.", units::seconds(rest)));
        }
        self.sentences.join(" ")
    }
}

/// Segments a realistic connection may send at first (RFC 6928).
const INITIAL_WINDOW: u64 = 10;
/// A share of the difference that may stay without a sentence.
const UNEXPLAINED: f64 = 0.2;

fn faster(seen: &Seen<'_>, theory: &Theory, account: &mut Account) {
    let excess = seen.seconds - theory.time.as_secs_f64();
    let overlap = overlapped(seen.objects);
    if matches!(seen.strategy, Strategy::Parallel | Strategy::PersistentParallel) && !overlap.is_zero() {
        account.say(
            excess,
            format!(
                "The next request starts as soon as a connection is free, so round trips overlap transmission, which the formula \
                 does not count on: for {} of this run one connection waited while another received. In waves the two agree.",
                units::time(overlap)
            ),
        );
    } else if theory.kind == Trust::Approximate {
        account.say(excess, "RTT and rate are measured in the same run and are no constants here.".to_owned());
    }
}

fn slower(seen: &Seen<'_>, account: &mut Account) {
    let (rtt, _) = seen.rtt();
    let path = &seen.config.setting.path;
    if seen.in_lab() && path.tcp == TcpModel::Realistic {
        headers(seen, account);
        slow_start(seen, rtt, account);
    }
    let (lost, again) = seen.usage.losses;
    if lost > 0 {
        account.say(
            0.0,
            format!(
                "{lost} segments were lost and {again} sent again; each costs at least a round trip or a time-out."
            ),
        );
    }
    let servers = seen.servers();
    if servers > 1 {
        account.say(
            0.0,
            format!(
                "The objects come from {servers} servers; each needs connections of its own, the formula counts one."
            ),
        );
    }
    let chain = chain(seen.objects);
    set_up(&chain, rtt, account);
    answers(seen, &chain, rtt, account);
}

/// TCP and IP headers, which the formula's octets leave out.
fn headers(seen: &Seen<'_>, account: &mut Account) {
    let Some(rate) = seen.config.setting.path.rate.0 else { return };
    let segments: u64 = seen.objects.iter().map(|object| object.response_octets.div_ceil(MSS)).sum();
    let secs = (segments * HEADER_OCTETS * 8) as f64 / rate as f64;
    account.say(
        secs,
        format!(
            "TCP and IP headers ({HEADER_OCTETS} octets on each of {segments} segments) add {}.",
            units::seconds(secs)
        ),
    );
}

/// What slow start adds by the formula of Kurose–Ross §3.7 where one transfer follows the other; the window is the
/// connection's, so a kept one starts each object where the last one left off.
fn slow_start(seen: &Seen<'_>, rtt: Duration, account: &mut Account) {
    let rate = seen.config.setting.path.rate.0;
    let transfer = |octets: u64, initial_window: u64| {
        let segment_octets = MSS + HEADER_OCTETS;
        let octets = octets + octets.div_ceil(MSS) * HEADER_OCTETS;
        Transfer { octets, rate, rtt, segment_octets, initial_window }.slow_start()
    };
    let (mut stalls, mut stalled) = (0, Duration::ZERO);
    let mut add = |found: &SlowStart| {
        stalls += found.stalls;
        stalled += found.stalled;
    };
    match seen.strategy {
        Strategy::Serial => {
            seen.objects.iter().for_each(|object| add(&transfer(object.response_octets, INITIAL_WINDOW)));
        }
        Strategy::Persistent => {
            let mut window = INITIAL_WINDOW;
            for object in seen.objects {
                let found = transfer(object.response_octets, window);
                add(&found);
                window = found.window_after;
            }
        }
        Strategy::Pipelined | Strategy::Http2 => {
            let Some((base, rest)) = seen.objects.split_first() else { return };
            let first = transfer(base.response_octets, INITIAL_WINDOW);
            add(&first);
            add(&transfer(rest.iter().map(|object| object.response_octets).sum(), first.window_after));
        }
        Strategy::Parallel | Strategy::PersistentParallel => {
            account.say(
                0.0,
                format!(
                    "Each connection begins with slow start from {INITIAL_WINDOW} segments; while one stalls another may send, so \
                     what that adds in all has no formula."
                ),
            );
            return;
        }
    }
    if stalls > 0 {
        account.say(
            stalled.as_secs_f64(),
            format!(
                "Slow start from {INITIAL_WINDOW} segments makes the server wait for acknowledgements {stalls} times: {} by \
                 Kurose–Ross §3.7.",
                units::time(stalled)
            ),
        );
    }
}

/// The exchanges that made the page take as long as it did: the last one, the one it waited for, and so on.
fn chain(objects: &[ObjectTiming]) -> Vec<&ObjectTiming> {
    let ended = |object: &ObjectTiming| object.phases.receive.map(|receive| receive.to);
    let mut chain = Vec::new();
    let mut next = objects.iter().max_by_key(|object| ended(object));
    while let Some(object) = next {
        chain.push(object);
        let begun = begun(object);
        next = objects.iter().filter(|other| begun.is_some() && ended(other) <= begun).max_by_key(|other| ended(other));
        if chain.len() >= objects.len() {
            break;
        }
    }
    chain.reverse();
    chain
}

/// When an exchange stopped waiting for a connection.
fn begun(object: &ObjectTiming) -> Option<Duration> {
    let phases = &object.phases;
    [phases.dns, phases.connect, phases.tls, phases.send].into_iter().flatten().map(|span| span.from).min()
}

/// Handshakes along the chain that took longer than a round trip.
fn set_up(chain: &[&ObjectTiming], rtt: Duration, account: &mut Account) {
    let handshakes: Vec<Duration> = chain.iter().filter_map(|object| Some(object.phases.connect?.duration())).collect();
    let all: Duration = handshakes.iter().sum();
    let expected = rtt * u32::try_from(handshakes.len()).unwrap_or(u32::MAX);
    let more = all.saturating_sub(expected);
    if more > expected / 20 {
        account.say(
            more.as_secs_f64(),
            format!(
                "{} TCP handshakes that had to be waited for took {} in all, {} more than a round trip each.",
                handshakes.len(),
                units::time(all),
                units::time(more)
            ),
        );
    }
}

/// First octets along the chain that took longer than a round trip: only where nothing else was under way.
fn answers(seen: &Seen<'_>, chain: &[&ObjectTiming], rtt: Duration, account: &mut Account) {
    if !matches!(seen.strategy, Strategy::Serial | Strategy::Persistent) {
        return;
    }
    let waits: Vec<Duration> = chain.iter().filter_map(|object| Some(object.phases.wait?.duration())).collect();
    let all: Duration = waits.iter().sum();
    let expected = rtt * u32::try_from(waits.len()).unwrap_or(u32::MAX);
    let more = all.saturating_sub(expected);
    if more > expected / 20 {
        account.say(
            more.as_secs_f64(),
            format!(
                "The first octets of {} answers took {} longer than a round trip each: the server's own time, queues, or segments \
                 sent again.",
                waits.len(),
                units::time(more)
            ),
        );
    }
}

/// For how long some exchange set up or waited while another received.
fn overlapped(objects: &[ObjectTiming]) -> Duration {
    let waiting = |object: &ObjectTiming| {
        let phases = &object.phases;
        [phases.connect, phases.tls, phases.wait].into_iter().flatten().collect::<Vec<_>>()
    };
    let mut waiting = merged(objects.iter().skip(1).flat_map(waiting).collect());
    let mut receiving = merged(objects.iter().skip(1).filter_map(|object| object.phases.receive).collect());
    let mut both = Duration::ZERO;
    while let (Some(wait), Some(receive)) = (waiting.last().copied(), receiving.last().copied()) {
        both += wait.to.min(receive.to).saturating_sub(wait.from.max(receive.from));
        // The one that begins later has met all it can.
        if wait.from >= receive.from {
            waiting.pop()
        } else {
            receiving.pop()
        };
    }
    both
}

/// The same time in spans that do not overlap, in order.
fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| span.from);
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => merged.push(span),
        }
    }
    merged
}
