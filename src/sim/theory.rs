//! Closed forms of HTTP response time. Kurose–Ross §2.2; slow start §3.7.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a formula predicts, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Theory {
    /// The formula in symbols: `2·RTT + L₀/R + n·(RTT + L/R)`.
    pub formula: String,
    /// The same with the numbers put in: `2·0.100 s + 0.010 s + 10·(0.100 s + 0.080 s)`.
    pub substituted: String,
    /// What was put in.
    pub inputs: Vec<Input>,
    /// The prediction.
    pub time: Duration,
    /// How far the formula can be trusted.
    pub kind: Trust,
    /// Where it stands: `Kurose–Ross §2.2.2`.
    pub source: String,
}

/// One number put into a formula.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Symbol: `RTT`, `R`, `L₀`, `n`.
    pub symbol: String,
    /// Its value, in the unit given.
    pub value: f64,
    /// `s`, `bit/s`, `octets`, or empty for a count.
    pub unit: String,
    /// What it is, in words, and whether it was set, measured or computed.
    pub meaning: String,
}

/// How far a formula can be trusted here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// Exact in the textbook model.
    Exact,
    /// The measurement can only be faster (work-conserving parallel connections overlap set-up and transmission).
    UpperBound,
    /// The measurement can only be slower (the formula leaves something out).
    LowerBound,
    /// An approximation.
    Approximate,
}
