//! Why measurement and formula differ: a sentence for how much, and one for the two causes that cost the most. Every number is taken
//! from the run or computed from its path.

use std::time::Duration;

use super::{Strategy, prediction::MeasuredRun};
use crate::{
    engine::timing::ObjectTiming,
    net::{TcpModel, TimeSpan, greatest_segment, header_octets},
    sim::{
        formula::{Exactness, Formula},
        response_time::RateModel,
        slow_start::Transfer,
    },
    wire::units,
};

/// Difference from the formula, as a share, that asks for a reason.
pub const WORTH_A_REASON: f64 = 0.05;

/// The reason, when the difference is worth one.
pub(super) fn of(seen: &MeasuredRun<'_>, theory: &Formula) -> Option<String> {
    let expected = theory.value();
    let excess = seen.seconds - expected;
    if excess.abs() <= WORTH_A_REASON * expected {
        return None;
    }
    let (way, why) =
        if excess < 0.0 { ("faster", faster(seen, theory)) } else { ("slower", told(slower(seen, excess), excess)) };
    let why = why.unwrap_or_else(|| "The record does not show why".to_owned());
    Some(format!("{} {way} than the formula. {why}.", units::seconds(excess.abs())))
}

/// Something that costs time, and how much; a cause without a time of its own has what the others leave.
struct TimeCost {
    secs: f64,
    sentence: String,
}

impl TimeCost {
    fn new(secs: f64, sentence: String) -> Self {
        Self { secs, sentence }
    }
}

/// Segments a connection may send at first (RFC 6928), but for the textbook's.
const INITIAL_WINDOW: u64 = 10;
/// A share of the difference below which a second cause is not worth naming.
const NOT_WORTH_IT: f64 = 0.1;

/// The cause that costs the most and the one after it, as one sentence.
fn told(mut causes: Vec<TimeCost>, excess: f64) -> Option<String> {
    causes.sort_by(|one, other| other.secs.total_cmp(&one.secs));
    let mut causes = causes.into_iter();
    let first = causes.next()?;
    let second = causes.next().filter(|second| second.secs > NOT_WORTH_IT * excess);
    Some(match second {
        Some(second) => format!("{}, and {}", capitalised(&first.sentence), second.sentence),
        None => capitalised(&first.sentence),
    })
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn faster(seen: &MeasuredRun<'_>, theory: &Formula) -> Option<String> {
    let overlap = overlapped(seen.objects);
    if matches!(seen.strategy, Strategy::Parallel | Strategy::PersistentParallel) && !overlap.is_zero() {
        return Some(format!(
            "The next request starts as soon as a connection is free, so for {} of this run one connection waited while another \
             received; in waves the two agree",
            units::time(overlap)
        ));
    }
    let is_measured = theory.exactness == Exactness::Approximate;
    is_measured.then(|| "RTT and rate are measured in the same run and are no constants here".to_owned())
}

/// What makes a run slower than its formula.
fn slower(seen: &MeasuredRun<'_>, excess: f64) -> Vec<TimeCost> {
    let (rtt, _) = seen.rtt();
    let chain = chain(seen.objects);
    // Requests of one connection that go out together wait together.
    let alone: Vec<&ObjectTiming> = match seen.strategy {
        Strategy::Pipelined | Strategy::Http2 => {
            let first = seen.objects.iter().skip(1).min_by_key(|object| object.phases.wait.map(|wait| wait.to));
            seen.objects.iter().take(1).chain(first).collect()
        }
        Strategy::Serial | Strategy::Persistent | Strategy::Parallel | Strategy::PersistentParallel => chain,
    };
    let mut causes: Vec<TimeCost> = set_up(&alone, rtt).into_iter().chain(answers(&alone, rtt)).collect();
    if seen.in_lab() && seen.config.setting.path.tcp != TcpModel::Textbook {
        causes.extend(headers(seen));
        causes.extend(slow_start(seen, rtt));
    }
    let rest = excess - causes.iter().map(|cause| cause.secs).sum::<f64>();
    let open_ended = [losses(seen), needless(seen), shared(seen), unknown_rate(seen), servers(seen)];
    causes.extend(open_ended.into_iter().flatten().next().map(|sentence| TimeCost::new(rest, sentence)));
    causes
}

// ---- causes with a time of their own

/// Handshakes that took longer than a round trip.
fn set_up(chain: &[&ObjectTiming], rtt: Duration) -> Option<TimeCost> {
    let handshakes: Vec<Duration> = chain.iter().filter_map(|object| Some(object.phases.connect?.duration())).collect();
    let more = longer_than(rtt, &handshakes)?;
    let sentence =
        format!("{} TCP handshakes took {} longer in all than a round trip each", handshakes.len(), units::time(more));
    Some(TimeCost::new(more.as_secs_f64(), sentence))
}

/// First octets that took longer than a round trip.
fn answers(chain: &[&ObjectTiming], rtt: Duration) -> Option<TimeCost> {
    let waits: Vec<Duration> = chain.iter().filter_map(|object| Some(object.phases.wait?.duration())).collect();
    let more = longer_than(rtt, &waits)?;
    let sentence = format!(
        "the first octets of {} answers came {} later in all than a round trip each (the server's own time, queues, or segments sent again)",
        waits.len(),
        units::time(more)
    );
    Some(TimeCost::new(more.as_secs_f64(), sentence))
}

/// How much longer than a round trip each they took in all, if that is more than a twentieth.
fn longer_than(rtt: Duration, spans: &[Duration]) -> Option<Duration> {
    let expected = rtt * u32::try_from(spans.len()).unwrap_or(u32::MAX);
    let more = spans.iter().sum::<Duration>().saturating_sub(expected);
    (more > expected / 20).then_some(more)
}

/// TCP and IP headers, which the formula's octets leave out.
fn headers(seen: &MeasuredRun<'_>) -> Option<TimeCost> {
    let path = &seen.config.setting.path;
    let (rate, header, segment) = (path.rate.0?, header_octets(path.tcp), greatest_segment(path.tcp));
    let segments: u64 = seen.objects.iter().map(|object| object.response_octets.div_ceil(segment)).sum();
    let secs = (segments * header * 8) as f64 / rate as f64;
    let sentence =
        format!("{header} octets of TCP and IP header on each of {segments} segments take {}", units::seconds(secs));
    Some(TimeCost::new(secs, sentence))
}

/// What slow start adds by the formula of Kurose–Ross §3.7 where one transfer follows the other; the window is the
/// connection's, so a kept one starts each object where the last one left off.
fn slow_start(seen: &MeasuredRun<'_>, rtt: Duration) -> Option<TimeCost> {
    let path = &seen.config.setting.path;
    let (header, segment) = (header_octets(path.tcp), greatest_segment(path.tcp));
    let transfer = |octets: u64, initial_window: u64| {
        let octets = octets + octets.div_ceil(segment) * header;
        Transfer { octets, rate: path.rate.0, rtt, segment_octets: segment + header, initial_window }.slow_start()
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
            let (base, rest) = seen.objects.split_first()?;
            let first = transfer(base.response_octets, window);
            found.push(first);
            found.push(transfer(rest.iter().map(|object| object.response_octets).sum(), first.window_after));
        }
        Strategy::Parallel | Strategy::PersistentParallel => return None,
    }
    let stalls: u32 = found.iter().map(|found| found.stalls).sum();
    let stalled: Duration = found.iter().map(|found| found.stalled).sum();
    let sentence = format!(
        "slow start from {INITIAL_WINDOW} segments lets the server wait for acknowledgements {stalls} times, {} in all \
         (Kurose–Ross §3.7)",
        units::time(stalled)
    );
    (stalls > 0).then(|| TimeCost::new(stalled.as_secs_f64(), sentence))
}

// ---- causes that have what the others leave

fn losses(seen: &MeasuredRun<'_>) -> Option<String> {
    let (lost, again) = seen.usage.losses;
    // The path loses nothing by itself: then it was a queue.
    let full_queue = seen.in_lab() && seen.config.setting.path.loss <= 0.0;
    let where_to = if full_queue { "where a link's queue was full " } else { "" };
    (lost > 0).then(|| {
        format!(
            "{lost} segments were lost {where_to}and {again} sent again, each of which holds up what came after it for a round trip \
             or a time-out"
        )
    })
}

fn needless(seen: &MeasuredRun<'_>) -> Option<String> {
    let (_, again) = seen.usage.losses;
    (again > 0).then(|| {
        format!(
            "{again} segments were sent again although none was lost, since their acknowledgements came later than the \
             retransmission time-out (RFC 6298)"
        )
    })
}

/// Connections that share a link.
fn shared(seen: &MeasuredRun<'_>) -> Option<String> {
    let is_parallel = matches!(seen.strategy, Strategy::Parallel | Strategy::PersistentParallel);
    let has_slow_start = seen.in_lab() && seen.config.setting.path.tcp != TcpModel::Textbook;
    (is_parallel && has_slow_start).then(|| {
        format!(
            "each connection begins with slow start from {INITIAL_WINDOW} segments, for which there is no formula where several \
             share a link"
        )
    })
}

fn unknown_rate(seen: &MeasuredRun<'_>) -> Option<String> {
    let took: Duration = seen.objects.iter().filter_map(|object| object.phases.receive).map(TimeSpan::duration).sum();
    let is_unknown = matches!(seen.rate(), RateModel::Unknown) && !took.is_zero();
    is_unknown
        .then(|| format!("the rate is not known, so the formula has none of the {} of receiving", units::time(took)))
}

fn servers(seen: &MeasuredRun<'_>) -> Option<String> {
    let servers = seen.servers();
    (servers > 1).then(|| {
        format!("the objects come from {servers} servers, each with connections of its own, and the formula counts one")
    })
}

// ---- what the record shows

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
fn merged(mut spans: Vec<TimeSpan>) -> Vec<TimeSpan> {
    spans.sort_by_key(|span| span.from);
    let mut merged: Vec<TimeSpan> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => merged.push(span),
        }
    }
    merged
}
