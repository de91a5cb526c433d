//! What theory says of a day's hit ratios, with the numbers put in.

use super::{Config, Theory};
use crate::{
    sim::{
        formula::Formula,
        names::{Levels, shared_hits, ttl_hits},
    },
    wire::units::count,
};

/// A name as theory sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NamePopularity {
    /// Its share of the lookups.
    pub(super) share: f64,
    /// How long it is kept, in seconds.
    pub(super) ttl: u32,
}

/// Lookups of all names a second.
pub(super) fn per_sec(config: &Config) -> f64 {
    f64::from(config.lookups) / (f64::from(config.hours) * 3_600.0)
}

/// The share of one name's lookups nobody outside is asked for.
pub(super) fn of_name(known: NamePopularity, config: &Config) -> f64 {
    // Without a cache in common each host has its own share of the lookups to learn from.
    let sharing = if config.central { f64::from(config.clients.max(1)) } else { 1.0 };
    ttl_hits(known.share * per_sec(config) / sharing, f64::from(known.ttl))
}

/// The hit ratios of all names together.
pub(super) fn of_all(names: &[NamePopularity], config: &Config) -> Theory {
    let (all, clients) = (per_sec(config), config.clients);
    let both: f64 = names.iter().map(|known| known.share * of_name(*known, config)).sum();
    if config.central {
        let symbols = "Σ p · pλ·TTL / (C + pλ·TTL)";
        let numbers = |value: f64| format!("{}: {value:.4}", inputs(names, config));
        let formula = |value: f64, symbols: &str| Formula::of_number(value, symbols, numbers(value));
        return Theory {
            both: formula(both, symbols),
            host: formula(both, symbols),
            local: formula(0.0, "0: there is none"),
        };
    }
    let add = |sum: Levels, known: &NamePopularity| {
        let of = shared_hits(known.share * all, f64::from(known.ttl), clients);
        Levels { host: sum.host + known.share * of.host, common: sum.common + known.share * of.common }
    };
    let levels = names.iter().fold(Levels::default(), add);
    let local = if levels.host < 1.0 { levels.common / (1.0 - levels.host) } else { 0.0 };
    let inputs = inputs(names, config);
    let formula = |value: f64, symbols: &str| Formula::of_number(value, symbols, format!("{inputs}: {value:.4}"));
    Theory {
        both: formula(both, "Σ p · pλ·TTL / (1 + pλ·TTL)"),
        host: formula(levels.host, "h = Σ p · (pλ·TTL − (C−1)·(1 − e^(−pλ·TTL/C))) / (1 + pλ·TTL)"),
        local: formula(local, "Σ p · (C−1)·(1 − e^(−pλ·TTL/C)) / (1 + pλ·TTL) / (1 − h)"),
    }
}

fn inputs(names: &[NamePopularity], config: &Config) -> String {
    let (of_names, hosts) = (count(names.len(), "name", "names"), count(config.clients as usize, "client", "clients"));
    format!("{of_names}, λ = {:.4}/s, {hosts}", per_sec(config))
}

#[cfg(test)]
mod the_ratios {
    use super::*;

    #[test]
    fn add_up() {
        let names = [NamePopularity { share: 0.75, ttl: 60 }, NamePopularity { share: 0.25, ttl: 3_600 }];
        let config = Config { lookups: 8_640, clients: 10, ..Config::default() };
        let theory = of_all(&names, &config);
        let misses = (1.0 - theory.host.value()) * (1.0 - theory.local.value());
        assert!((1.0 - misses - theory.both.value()).abs() < 1e-12);
        assert!((theory.both.value() - (0.75 * 4.5 / 5.5 + 0.25 * 90.0 / 91.0)).abs() < 1e-12);
        assert_eq!(theory.both.numbers, format!("2 names, λ = 0.1000/s, 10 clients: {:.4}", theory.both.value()));
        let one = of_all(&names, &Config { clients: 1, ..config });
        assert_eq!((one.local.value(), one.host.value()), (0.0, one.both.value()));
    }
}
