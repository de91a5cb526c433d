//! What strategies are called, and why one is faster than another: sentences made from the numbers of the run at hand.

use crate::{
    engine::page_load::{Strategy, StrategyRun},
    wire::units,
};

/// A strategy's name with k put in.
pub(super) fn strategy_name(strategy: Strategy, k: u32) -> String {
    match strategy {
        Strategy::Serial => "Non-persistent, serial".to_owned(),
        Strategy::Parallel => format!("Non-persistent, {k} parallel"),
        Strategy::Persistent => "Persistent".to_owned(),
        Strategy::PersistentParallel => format!("Persistent, {k} connections"),
        Strategy::Pipelined => "Persistent, pipelined".to_owned(),
        Strategy::Http2 => "HTTP/2".to_owned(),
    }
}

/// A word or two, for legends, tables and where there is little room.
pub(super) fn short_name(strategy: Strategy, k: u32) -> String {
    match strategy {
        Strategy::Serial => "serial".to_owned(),
        Strategy::Parallel => format!("parallel ×{k}"),
        Strategy::Persistent => "persistent".to_owned(),
        Strategy::PersistentParallel => format!("persistent ×{k}"),
        Strategy::Pipelined => "pipelined".to_owned(),
        Strategy::Http2 => "HTTP/2".to_owned(),
    }
}

/// With a capital at the beginning.
pub(super) fn capitalised(mut words: String) -> String {
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// What a strategy does, in one sentence.
pub(super) fn meaning(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Serial => {
            "Non-persistent: a new TCP connection for every object, one after the other. Kurose–Ross §2.2.2."
        }
        Strategy::Parallel => {
            "Non-persistent, k connections at once: they wait for their round trips at the same time, but share the link."
        }
        Strategy::Persistent => {
            "One connection that stays open; each request waits for the answer before it. RFC 9112 §9.3."
        }
        Strategy::PersistentParallel => {
            "k connections that stay open, as browsers do with HTTP/1.1. RFC 9112 §9.4 speaks of restraint."
        }
        Strategy::Pipelined => "One connection; all requests leave at once and are answered in order. RFC 9112 §9.3.2.",
        Strategy::Http2 => "One connection; all exchanges at once, their frames mixed. RFC 9113.",
    }
}

/// Why `run` takes longer or shorter than `serial`, both measured under the same settings.
pub(super) fn why_not_serial(run: &StrategyRun, serial: &StrategyRun, rtt_secs: f64) -> Vec<String> {
    let mut why = Vec::new();
    let saved = serial.seconds - run.seconds;
    let objects = run.objects.len().saturating_sub(1);
    let handshakes = serial.connections.saturating_sub(run.connections);
    if is_slower(run, serial) {
        let share = -saved / serial.seconds.max(f64::MIN_POSITIVE);
        let cost = format!("It took {} longer, {}.", units::seconds(-saved), units::share(share));
        return vec![cost, what_can_cost(run.strategy).to_owned()];
    }
    if handshakes > 0 {
        let cost = f64::from(handshakes) * rtt_secs;
        let (gone, is) = if handshakes == 1 { ("One handshake is", "it cost") } else { ("handshakes are", "together") };
        let number = if handshakes == 1 { String::new() } else { format!("{handshakes} ") };
        why.push(format!("{number}{gone} gone: {is} {}.", units::seconds(cost)));
    }
    match run.strategy {
        Strategy::Serial => {
            why.push(
                "Every object pays two round trips, one to connect and one to ask. The others are held against this."
                    .to_owned(),
            );
        }
        Strategy::Parallel => {
            why.push(format!("Up to {} connections wait for their round trips at the same time.", run.sockets_at_peak));
        }
        Strategy::Persistent => why.push("Each object still waits one round trip for its own answer.".to_owned()),
        Strategy::PersistentParallel => {
            why.push(format!("{} connections ask at the same time.", run.connections));
        }
        Strategy::Pipelined => {
            why.push(format!("All {objects} requests leave together and share one round trip."));
        }
        Strategy::Http2 => {
            why.push(format!("All {objects} requests share one round trip; frames cost a few octets more."));
        }
    }
    if run.strategy != Strategy::Serial {
        why.push("The link is the same, so transmission takes as long as before.".to_owned());
        let share = if serial.seconds > 0.0 { saved / serial.seconds } else { 0.0 };
        let word = if saved >= 0.0 { "less" } else { "more" };
        why.push(format!("In all {} {word}, {}.", units::seconds(saved.abs()), units::share(share.abs())));
    }
    why
}

/// Worth saying that it is slower?
pub(super) fn is_slower(run: &StrategyRun, serial: &StrategyRun) -> bool {
    run.seconds > serial.seconds * (1.0 + WORTH_SAYING)
}

/// What makes a strategy lose against one fresh connection after the other.
fn what_can_cost(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Serial => "It is measured against itself.",
        Strategy::Persistent | Strategy::Pipelined | Strategy::Http2 => {
            "One connection carries everything: a loss halves its only congestion window and holds up all that comes after it, \
             while a fresh connection begins anew."
        }
        Strategy::Parallel | Strategy::PersistentParallel => {
            "The connections compete for one link: together they fill its queue, and what does not fit is lost and sent again."
        }
    }
}

/// A share of serial's time that makes a strategy slower, not as fast.
const WORTH_SAYING: f64 = 0.000_5;

#[cfg(test)]
mod the_explanation {
    use super::{Strategy, strategy_name, why_not_serial};
    use crate::app::tabs::page_load::fixtures;

    #[test]
    fn is_made_from_the_numbers_at_hand() {
        let report = fixtures::report();
        let serial = fixtures::run(&report, Strategy::Serial);
        let persistent = fixtures::run(&report, Strategy::Persistent);
        let why = why_not_serial(persistent, serial, 0.1);
        assert_eq!(why[0], "10 handshakes are gone: together 1.000 s.");
        assert!(why.iter().any(|line| line.starts_with("In all 1.000 s less")), "{why:?}");
    }

    #[test]
    fn of_a_slower_strategy_names_no_gain() {
        let report = fixtures::report();
        let serial = fixtures::run(&report, Strategy::Serial);
        let mut persistent = fixtures::run(&report, Strategy::Persistent).clone();
        persistent.seconds = serial.seconds * 1.5;
        let why = why_not_serial(&persistent, serial, 0.1);
        assert!(why[0].starts_with("It took") && why[0].contains("longer, 50"), "{why:?}");
        assert!(why.iter().all(|line| !line.contains("gone")), "{why:?}");
    }

    #[test]
    fn names_carry_k() {
        assert_eq!(strategy_name(Strategy::Parallel, 7), "Non-persistent, 7 parallel");
    }
}
