//! What theory says of the name system: guessing games, caches that forget by TTL, popularity. Closed forms, and no simulation.
//!
//! Source: RFC 5452 §7 (forged answers); Wilson 1927 (intervals of a proportion); Breslau et al. 1999 (Zipf); Jung, Berger and
//! Balakrishnan 2003 (caches that forget by TTL).

use serde::{Deserialize, Serialize};

/// So many of so many, and where the probability behind it lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Proportion {
    /// How often it happened.
    pub hits: u64,
    /// The number of trials.
    pub of: u64,
    /// The one by the other; 0 of nothing.
    pub share: f64,
    /// With 95 % certainty the probability is not less.
    pub low: f64,
    /// Nor more.
    pub high: f64,
}

impl Proportion {
    /// `hits` of `of`; more hits than that count as all. The interval is Wilson's: it never leaves 0..=1, and 0 of n is no certainty.
    pub fn new(hits: u64, of: u64) -> Self {
        let hits = hits.min(of);
        if of == 0 {
            return Self { high: 1.0, ..Self::default() };
        }
        let (n, share) = (of as f64, hits as f64 / of as f64);
        let z2 = NORMAL_95 * NORMAL_95;
        let middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = NORMAL_95 / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
        Self { hits, of, share, low: (middle - half).max(0.0), high: (middle + half).min(1.0) }
    }

    /// Does the interval contain it?
    pub fn fits(&self, probability: f64) -> bool {
        (self.low..=self.high).contains(&probability)
    }
}

/// 97.5 of 100 draws from the standard normal distribution are less.
const NORMAL_95: f64 = 1.959_963_985;

/// How popular the names are, the first the most: the i-th in proportion to 1/i^α. They add up to 1; none of none.
pub fn zipf(names: usize, alpha: f64) -> Vec<f64> {
    let weights: Vec<f64> = (1..=names).map(|rank| (rank as f64).powf(-alpha)).collect();
    let all: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / all).collect()
}

/// The probability that one of `tries` guesses at `bits` random bits is right, each drawn anew: 1 − (1 − 1/2^bits)^tries
/// (RFC 5452 §7.2, with one query and one server). `tries` may be a mean.
pub fn guessed(bits: u32, tries: f64) -> f64 {
    -(tries * (-one_of(bits)).ln_1p()).exp_m1()
}

/// The same of an attacker who is ignored after `misfits` wrong guesses that reached the port: guesses at the wrong port do not
/// count. `port_bits` of the bits are the port's, `rest_bits` the others.
pub fn guessed_before(port_bits: u32, rest_bits: u32, tries: u64, misfits: u32) -> f64 {
    let hits_port = one_of(port_bits);
    let right = hits_port * one_of(rest_bits);
    let wrong = hits_port - right;
    let mut heard = vec![0.0; misfits as usize];
    if let Some(none) = heard.first_mut() {
        *none = 1.0;
    }
    let mut guessed = 0.0;
    for _ in 0..tries {
        let listening: f64 = heard.iter().sum();
        guessed += listening * right;
        if listening < NEGLIGIBLE {
            break;
        }
        let mut moved = 0.0;
        for state in &mut heard {
            let (stays, goes) = (*state * (1.0 - hits_port), *state * wrong);
            *state = stays + moved;
            moved = goes;
        }
    }
    guessed
}

/// One of 2^bits.
fn one_of(bits: u32) -> f64 {
    (-f64::from(bits)).exp2()
}

/// Below this a probability is taken for none.
const NEGLIGIBLE: f64 = 1e-12;

/// The share of lookups a cache answers that forgets a name `ttl` seconds after it was fetched, when the name is asked for at random
/// moments `per_sec` times a second: λ·TTL/(1 + λ·TTL).
pub fn ttl_hits(per_sec: f64, ttl: f64) -> f64 {
    let expected = per_sec * ttl;
    expected / (1.0 + expected)
}

/// Where the lookups of one name are answered that `clients` hosts with caches of their own ask a common cache for, in shares of all
/// its lookups.
///
/// A name is fetched and then lives TTL seconds everywhere: the common cache hands out what is left of it. In that time λ·TTL lookups
/// come; of each host but the one it was fetched for the first of them (if there is one) goes to the common cache, the rest does not:
/// (C − 1)·(1 − e^(−λ·TTL/C)) go there.
pub fn shared_hits(per_sec: f64, ttl: f64, clients: u32) -> Levels {
    let expected = per_sec * ttl;
    let clients = f64::from(clients.max(1));
    let first = (clients - 1.0) * -(-expected / clients).exp_m1();
    Levels { host: (expected - first) / (1.0 + expected), common: first / (1.0 + expected) }
}

/// Shares of all lookups.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Levels {
    /// Answered by the asking host's own cache.
    pub host: f64,
    /// Answered by the common cache.
    pub common: f64,
}

#[cfg(test)]
mod known_answers {
    use super::*;

    fn about(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9 * b.abs().max(1.0)
    }

    #[test]
    fn of_guessing() {
        assert!(about(guessed(4, 8.0), 1.0 - (15.0_f64 / 16.0).powi(8)));
        assert!(about(guessed(0, 1.0), 1.0));
        // A small probability does not get lost in rounding.
        assert!((guessed(41, 1.0) * 2.0_f64.powi(41) - 1.0).abs() < 1e-9);
        // Nobody hangs up before the last try.
        assert!(about(guessed_before(0, 8, 64, 64), guessed(8, 64.0)));
        assert!(about(guessed_before(0, 4, 100, 10), guessed(4, 10.0)));
        assert!(about(guessed_before(3, 4, 9, 9), guessed(7, 9.0)));
        let heard_out = guessed_before(3, 4, 1_000_000, 10);
        assert!(about(heard_out, guessed(4, 10.0)), "{heard_out}");
    }

    #[test]
    fn of_popularity() {
        let shares = zipf(3, 1.0);
        assert!(about(shares[0], 6.0 / 11.0) && about(shares[2], 2.0 / 11.0));
        assert_eq!(zipf(4, 0.0), [0.25; 4]);
        assert_eq!(zipf(0, 1.0), [0.0; 0]);
    }

    #[test]
    fn of_caches() {
        assert!(about(ttl_hits(0.1, 10.0), 0.5));
        let levels = shared_hits(0.1, 10.0, 5);
        assert!(about(levels.host + levels.common, 0.5));
        assert!(about(levels.common, 4.0 * (1.0 - (-0.2_f64).exp()) / 2.0));
        assert!(about(shared_hits(0.1, 10.0, 1).common, 0.0));
        assert_eq!(shared_hits(0.0, 10.0, 3), Levels::default());
    }

    #[test]
    fn of_proportions() {
        let none = Proportion::new(0, 100);
        assert!(none.low.abs() < 1e-12 && (none.high - 0.036_995).abs() < 1e-5, "{none:?}");
        let half = Proportion::new(50, 100);
        assert!((half.low - 0.403_832).abs() < 1e-5 && (half.high - 0.596_168).abs() < 1e-5, "{half:?}");
        assert!(half.fits(0.5) && !half.fits(0.7));
        assert_eq!((Proportion::new(5, 3).share, Proportion::new(0, 0).high), (1.0, 1.0));
    }
}
