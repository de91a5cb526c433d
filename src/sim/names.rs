//! What theory says of the name system: guessing games, caches that forget by TTL, popularity. Closed forms, and no simulation.
//!
//! Source: RFC 5452 §7 (forged answers); Wilson 1927 (intervals of a proportion); Breslau et al. 1999 (Zipf); Jung, Berger and
//! Balakrishnan 2003 (caches that forget by TTL).

use serde::{Deserialize, Serialize};

/// A number and how it comes about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Formula {
    /// The number.
    pub value: f64,
    /// The formula: `1 − (1 − 1/2^b)^n`.
    pub symbols: String,
    /// The same with the numbers put in: `1 − (1 − 1/2^8)^64 = 0.2216`.
    pub numbers: String,
}

/// So many of so many, and where the probability behind it lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Proportion {
    /// How often it happened.
    pub hits: u64,
    /// Of how many.
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
