//! Why measurement and formula differ: sentences whose every number is taken from the run or computed from its path.

use std::time::Duration;

use super::{Strategy, prediction::Seen};
use crate::{
    engine::timing::ObjectTiming,
    net::{HEADER_OCTETS, MSS, Span, TcpModel},
    sim::{
        slow_start::Transfer,
        theory::{RateModel, Theory, Trust},
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
    /// The sentences say where all of the time went.
    complete: bool,
}

impl Account {
    fn say(&mut self, secs: f64, sentence: String) {
        self.sentences.push(sentence);
        self.accounted += secs;
    }

    /// A cause of what is accounted for already.
    fn note(&mut self, sentence: String) {
        self.sentences.push(sentence);
    }

    fn told(mut self, excess: f64) -> String {
        let rest = excess - self.accounted;
        let way = if excess < 0.0 { "faster" } else { "slower" };
        let head = format!("{} {way} than the formula.", units::seconds(excess.abs()));
        self.sentences.insert(0, head);
        if self.sentences.len() == 1 {
            self.sentences.push("The record does not show why.".to_owned());
        } else if !self.complete && rest.abs() > UNEXPLAINED * excess.abs() {
            self.sentences.push(format!("The record does not show where {} of that went.", units::seconds(rest)));
        }
        self.sentences.join(" ")
    }
}

/// Segments a realistic connection may send at first (RFC 6928).
const INITIAL_WINDOW: u64 = 10;
/// A share of the page time that is not worth a sentence.
const NOT_WORTH_IT: f64 = 0.005;
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

/// First what the record shows of where the time went, then what is known of the causes.
fn slower(seen: &Seen<'_>, account: &mut Account) {
    let (rtt, _) = seen.rtt();
    let chain = chain(seen.objects);
    match seen.strategy {
        Strategy::Serial | Strategy::Persistent => {
            set_up(&chain, rtt, account);
            answers(&chain, rtt, account);
            receiving(seen, chain.iter().filter_map(|object| object.phases.receive).collect(), account);
        }
        Strategy::Pipelined | Strategy::Http2 => {
            let first = seen.objects.iter().skip(1).min_by_key(|object| object.phases.wait.map(|wait| wait.to));
            let alone: Vec<&ObjectTiming> = seen.objects.iter().take(1).chain(first).collect();
            set_up(&alone, rtt, account);
            answers(&alone, rtt, account);
            let base = seen.objects.first().and_then(|base| base.phases.receive);
            let rest = seen.objects.iter().skip(1).filter_map(|object| object.phases.receive);
            let rest = rest.reduce(|all, more| Span { from: all.from.min(more.from), to: all.to.max(more.to) });
            receiving(seen, base.into_iter().chain(rest).collect(), account);
        }
        Strategy::Parallel | Strategy::PersistentParallel => decided(&chain, account),
    }
    if seen.in_lab() && seen.config.setting.path.tcp == TcpModel::Realistic {
        headers(seen, account);
        slow_start(seen, rtt, account);
    }
    let (lost, again) = seen.usage.losses;
    if lost > 0 {
        let window = match seen.config.setting.path.tcp {
            TcpModel::Realistic | TcpModel::Modern if seen.in_lab() => {
                " and shrinks the congestion window, which grows back by about a segment a round trip (RFC 5681 §3.1)"
            }
            TcpModel::Realistic | TcpModel::Modern | TcpModel::Textbook => "",
        };
        // The path loses nothing by itself: then it was a queue.
        let full_queue = seen.in_lab() && seen.config.setting.path.loss <= 0.0;
        let where_to = if full_queue { " because a link's queue was full" } else { "" };
        account.note(format!(
            "{lost} segments were lost{where_to} and {again} sent again; each holds up what came after it for a round trip or \
             a time-out{window}."
        ));
    }
    if lost == 0 && again > 0 {
        account.note(format!(
            "{again} segments were sent again although none was lost: their acknowledgements came later than the retransmission \
             time-out, a second before a round trip has been measured (RFC 6298 §2.1), and the congestion window began again \
             from one segment (RFC 5681 §3.1)."
        ));
    }
    let servers = seen.servers();
    if servers > 1 {
        account.note(format!(
            "The objects come from {servers} servers, each with connections of its own; the formula counts one."
        ));
    }
}

/// Receiving against transmission alone. `spans` are the times in which everything was received, one after the other.
fn receiving(seen: &Seen<'_>, spans: Vec<Span>, account: &mut Account) {
    let took: Duration = spans.into_iter().map(Span::duration).sum();
    let octets: u64 = seen.objects.iter().map(|object| object.response_octets).sum();
    let transmission = match seen.rate() {
        RateModel::Set(rate) | RateModel::Estimated(rate) => octets as f64 * 8.0 / rate as f64,
        RateModel::Unlimited => 0.0,
        RateModel::Unknown => {
            let took = took.as_secs_f64();
            let sentence = format!(
                "Receiving took {}; the rate is not known, so the formula has none of it.",
                units::seconds(took)
            );
            return account.say(took, sentence);
        }
    };
    let more = took.as_secs_f64() - transmission;
    if more > seen.seconds * NOT_WORTH_IT {
        account.say(
            more,
            format!("Receiving took {}, {} more than transmission alone.", units::time(took), units::seconds(more)),
        );
    }
}

/// Where the time of parallel connections went: along the requests that waited for each other.
fn decided(chain: &[&ObjectTiming], account: &mut Account) {
    let all = |phase: fn(&ObjectTiming) -> Option<Span>| -> Duration {
        chain.iter().filter_map(|object| phase(object)).map(Span::duration).sum()
    };
    let opening = all(|object| object.phases.connect) + all(|object| object.phases.tls);
    let sentence = format!(
        "The page's end was decided by {} requests, each waiting for the one before to end. Together they spent {} on opening \
         connections, {} waiting for first octets and {} receiving.",
        chain.len(),
        units::time(opening),
        units::time(all(|object| object.phases.wait)),
        units::time(all(|object| object.phases.receive)),
    );
    account.say(0.0, sentence);
    account.complete = true;
}

/// TCP and IP headers, which the formula's octets leave out.
fn headers(seen: &Seen<'_>, account: &mut Account) {
    let Some(rate) = seen.config.setting.path.rate.0 else { return };
    let segments: u64 = seen.objects.iter().map(|object| object.response_octets.div_ceil(MSS)).sum();
    let secs = (segments * HEADER_OCTETS * 8) as f64 / rate as f64;
    account.note(format!(
        "TCP and IP headers ({HEADER_OCTETS} octets on each of {segments} segments) add {}.",
        units::seconds(secs)
    ));
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
    let mut window = INITIAL_WINDOW;
    let mut found = Vec::new();
    match seen.strategy {
        Strategy::Serial => found.extend(seen.objects.iter().map(|object| transfer(object.response_octets, window))),
        Strategy::Persistent => {
            for object in seen.objects {
                let next = transfer(object.response_octets, window);
                window = next.window_after;
                found.push(next);
            }
        }
        Strategy::Pipelined | Strategy::Http2 => {
            let Some((base, rest)) = seen.objects.split_first() else { return };
            let first = transfer(base.response_octets, window);
            found.push(first);
            found.push(transfer(rest.iter().map(|object| object.response_octets).sum(), first.window_after));
        }
        Strategy::Parallel | Strategy::PersistentParallel => {
            return account.note(format!(
                "Each connection begins with slow start from {INITIAL_WINDOW} segments; what that adds where several share a link \
                 has no formula."
            ));
        }
    }
    let stalls: u32 = found.iter().map(|found| found.stalls).sum();
    let stalled: Duration = found.iter().map(|found| found.stalled).sum();
    if stalls > 0 {
        account.note(format!(
            "Slow start from {INITIAL_WINDOW} segments lets the server wait for acknowledgements {stalls} times, {} in all by \
             Kurose–Ross §3.7.",
            units::time(stalled)
        ));
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
    if let Some(more) = longer_than(rtt, &handshakes) {
        account.say(
            more.as_secs_f64(),
            format!(
                "{} TCP handshakes that had to be waited for took {} in all, {} more than a round trip each.",
                handshakes.len(),
                units::time(handshakes.iter().sum()),
                units::time(more)
            ),
        );
    }
}

/// How much longer than a round trip each they took in all, if that is more than a twentieth.
fn longer_than(rtt: Duration, spans: &[Duration]) -> Option<Duration> {
    let expected = rtt * u32::try_from(spans.len()).unwrap_or(u32::MAX);
    let more = spans.iter().sum::<Duration>().saturating_sub(expected);
    (more > expected / 20).then_some(more)
}

/// First octets that took longer than a round trip.
fn answers(chain: &[&ObjectTiming], rtt: Duration, account: &mut Account) {
    let waits: Vec<Duration> = chain.iter().filter_map(|object| Some(object.phases.wait?.duration())).collect();
    if let Some(more) = longer_than(rtt, &waits) {
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
