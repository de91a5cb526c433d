//! What was measured, put into the formulas.

use std::{collections::HashSet, time::Duration};

use super::{Config, Discipline, Strategy};
use crate::{
    engine::{ask::Origin, fetching::Usage, setting::WorldChoice, timing::ObjectTiming},
    net::{MSS, TcpModel},
    sim::{
        formula::{Exactness, Formula},
        response_time::{self, Message, Origin as From, Overlap, PageModel, RateModel},
    },
};

/// A strategy's run as it was seen.
pub(super) struct MeasuredRun<'a> {
    pub(super) config: &'a Config,
    pub(super) strategy: Strategy,
    /// The base file first. All complete.
    pub(super) objects: &'a [ObjectTiming],
    pub(super) usage: &'a Usage,
    pub(super) seconds: f64,
}

impl MeasuredRun<'_> {
    /// Is this the model the formulas are exact in?
    pub(super) fn is_textbook(&self) -> bool {
        let path = &self.config.setting.path;
        self.in_lab() && path.tcp == TcpModel::Textbook && path.loss <= 0.0 && path.jitter.is_zero()
    }

    pub(super) fn in_lab(&self) -> bool {
        self.config.setting.world == WorldChoice::Lab
    }

    /// Several servers mean set-ups the formulas do not count.
    pub(super) fn servers(&self) -> usize {
        self.objects.iter().filter_map(|object| Origin::of(&object.url)).collect::<HashSet<_>>().len()
    }

    /// Round-trip time, and where it is known from. In the lab it is the path's; where the first handshakes took clearly longer the
    /// server is further away than the path alone.
    pub(super) fn rtt(&self) -> (Duration, From) {
        let mut connects = self.usage.connects.clone();
        connects.sort_unstable();
        let set = self.config.setting.path.rtt;
        let measured = if self.in_lab() { connects.first() } else { connects.get(connects.len() / 2) };
        match measured {
            Some(measured) if !self.in_lab() || *measured > set + set / 20 + HANDSHAKE_SLACK => {
                (*measured, From::Measured)
            }
            _ => (set, From::Set),
        }
    }

    pub(super) fn rate(&self) -> RateModel {
        if self.in_lab() {
            return self.config.setting.path.rate.0.map_or(RateModel::Unlimited, RateModel::Set);
        }
        let estimate = |object: &ObjectTiming| {
            let took = object.phases.receive?.duration();
            let worth_it = object.content_octets >= ESTIMATE_FROM && took >= ESTIMATE_OVER;
            worth_it.then(|| object.response_octets as f64 * 8.0 / took.as_secs_f64())
        };
        let best = self.objects.iter().filter_map(estimate).fold(0.0, f64::max);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive rate, saturating")]
        if best > 0.0 { RateModel::Estimated(best as u64) } else { RateModel::Unknown }
    }

    /// A name lookup before a connection, the median of those made.
    fn lookup(&self) -> Duration {
        let mut lookups = self.usage.lookups.clone();
        lookups.sort_unstable();
        lookups.get(lookups.len() / 2).copied().unwrap_or_default()
    }
}

/// Handshakes in the lab may take this much longer than the RTT before the server counts as further away: headers, a queue.
const HANDSHAKE_SLACK: Duration = Duration::from_micros(500);
/// A rate is estimated from objects at least this large …
const ESTIMATE_FROM: u64 = 100_000;
/// … that took at least this long.
const ESTIMATE_OVER: Duration = Duration::from_millis(5);

/// The formula of the strategy, its inputs and its prediction; `None` without a base file.
pub(super) fn theory(seen: &MeasuredRun<'_>) -> Option<Formula> {
    let page = model(seen)?;
    let k = seen.config.parallel;
    let overlap = match seen.config.discipline {
        Discipline::WorkConserving => Overlap::WorkConserving,
        Discipline::Waves => Overlap::Waves,
    };
    let mut theory = match seen.strategy {
        Strategy::Serial => response_time::serial(&page),
        Strategy::Parallel => response_time::parallel(&page, k, overlap),
        Strategy::Persistent => response_time::persistent(&page),
        Strategy::PersistentParallel => response_time::persistent_parallel(&page, k, overlap),
        Strategy::Pipelined => response_time::pipelined(&page, MSS),
        Strategy::Http2 => response_time::http2(&page, MSS),
    };
    theory.exactness = exactness(seen, theory.exactness);
    Some(theory)
}

/// The textbook's formulas outside the textbook's model.
fn exactness(seen: &MeasuredRun<'_>, in_textbook: Exactness) -> Exactness {
    if !seen.in_lab() || seen.servers() > 1 {
        return Exactness::Approximate;
    }
    match (seen.is_textbook(), in_textbook) {
        (true, exactness) => exactness,
        // Slow start, headers, loss and jitter only ever add time.
        (false, Exactness::Exact | Exactness::LowerBound) => Exactness::LowerBound,
        (false, Exactness::UpperBound | Exactness::Approximate) => Exactness::Approximate,
    }
}

fn model(seen: &MeasuredRun<'_>) -> Option<PageModel> {
    let (base, objects) = seen.objects.split_first()?;
    let (rtt, rtt_origin) = seen.rtt();
    let mut base = message(base);
    let objects: Vec<Message> = objects.iter().map(message).collect();
    let all = || objects.iter().chain([&base]);
    // What belongs to no object (HTTP/2's preface and SETTINGS) is said once, with the base file.
    let said = seen.usage.octets_sent.saturating_sub(all().map(|message| message.request_octets).sum());
    let heard: u64 = all().map(|message| message.head_octets + message.content_octets).sum();
    let heard = seen.usage.octets_received.saturating_sub(heard);
    base.request_octets += said;
    base.head_octets += heard;
    Some(PageModel {
        rtt,
        rtt_origin,
        rate: seen.rate(),
        base,
        objects,
        tls_octets: seen.usage.tls_octets,
        lookup: seen.lookup(),
        lookup_is_remembered: seen.in_lab(),
    })
}

fn message(object: &ObjectTiming) -> Message {
    Message {
        request_octets: object.request_octets,
        head_octets: object.response_octets.saturating_sub(object.content_octets),
        content_octets: object.content_octets,
    }
}
