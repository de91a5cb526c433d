//! A closed form as a student reads it: in symbols, with the numbers put in, and its result.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a formula gives, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Formula {
    /// The formula in symbols: `2·RTT + L₀/R + n·(RTT + L/R) + Q/R`.
    #[serde(alias = "formula")]
    pub symbols: String,
    /// The same with the numbers put in: `2·100 ms + 10.2 ms + 10·(100 ms + 80.2 ms) + 1.06 ms`.
    #[serde(alias = "substituted")]
    pub numbers: String,
    /// Inputs, where it is worth a line of its own.
    #[serde(default)]
    pub inputs: Vec<FormulaInput>,
    /// What comes out: a member `time` or a member `value`.
    #[serde(flatten)]
    pub result: FormulaResult,
    /// How near the measurement has to come.
    #[serde(default, alias = "kind")]
    pub exactness: Exactness,
    /// Where it stands: `Kurose–Ross §2.2.2`. Empty where the card that shows it says so.
    #[serde(default)]
    pub source: String,
}

impl Formula {
    /// A formula whose result is a number without a unit: a probability, a share, a ratio.
    pub fn of_number(value: f64, symbols: impl Into<String>, numbers: impl Into<String>) -> Self {
        Self {
            symbols: symbols.into(),
            numbers: numbers.into(),
            inputs: Vec::new(),
            result: FormulaResult::Value(value),
            exactness: Exactness::Exact,
            source: String::new(),
        }
    }

    /// The result as a number; of a time, its seconds.
    pub fn value(&self) -> f64 {
        match self.result {
            FormulaResult::Value(value) => value,
            FormulaResult::Time(time) => time.as_secs_f64(),
        }
    }

    /// The result as a time, where it is one.
    pub fn time(&self) -> Option<Duration> {
        match self.result {
            FormulaResult::Time(time) => Some(time),
            FormulaResult::Value(_) => None,
        }
    }
}

/// What comes out of a formula.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FormulaResult {
    /// A time.
    Time(Duration),
    /// A number without a unit.
    Value(f64),
}

/// One number put into a formula.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormulaInput {
    /// Symbol: `RTT`, `R`, `L₀`, `n`.
    pub symbol: String,
    /// Its value, in the unit given.
    pub value: f64,
    /// `s`, `bit/s`, `octets`, or empty for a count.
    pub unit: String,
    /// What it is, in words, and whether it was set, measured or computed.
    pub meaning: String,
}

/// How near a measurement has to come to what a formula gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exactness {
    /// Exact in the textbook's model.
    #[default]
    Exact,
    /// The measurement can only be less (work-conserving parallel connections overlap set-up and transmission).
    UpperBound,
    /// The measurement can only be more (the formula leaves something out).
    LowerBound,
    /// An approximation.
    Approximate,
}

impl Exactness {
    /// What it means for a time, as the end of a sentence that begins with “The formula is”.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Exact => "exact in the textbook model",
            Self::UpperBound => "an upper bound: the measurement can only be faster",
            Self::LowerBound => "a lower bound: the measurement can only be slower",
            Self::Approximate => "an approximation",
        }
    }
}

#[cfg(test)]
mod a_formula {
    use super::*;

    #[test]
    fn is_read_as_earlier_records_wrote_it() {
        let time = r#"{"formula":"RTT","substituted":"100 ms","inputs":[],"time":{"secs":0,"nanos":100000000},"kind":"upper-bound","source":"§2.2.2"}"#;
        let time: Formula = serde_json::from_str(time).unwrap();
        assert_eq!((time.time(), time.exactness), (Some(Duration::from_millis(100)), Exactness::UpperBound));
        let number = r#"{"value":0.25,"symbols":"1/n","numbers":"1/4"}"#;
        let number: Formula = serde_json::from_str(number).unwrap();
        assert_eq!(number, Formula::of_number(0.25, "1/n", "1/4"));
        assert_eq!((number.value(), number.time()), (0.25, None));
    }
}
