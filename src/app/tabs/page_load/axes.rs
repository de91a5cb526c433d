//! The inputs a sweep varies: names, units, ranges and values as they are written.

use super::words::short_name;
use crate::{
    app::dials,
    engine::page_load::{
        Strategy,
        sweep::{Axis, SweepPoint},
    },
};

/// A strategy's short name; where k is what varies it has no number.
pub(super) fn label(axis: Axis, strategy: Strategy, k: u32) -> String {
    let name = short_name(strategy, k);
    if axis == Axis::Parallel { name.replace(&format!("×{k}"), "×k") } else { name }
}

/// The strategies of a sweep, in the order of the textbook.
pub(super) fn strategies(points: &[SweepPoint]) -> Vec<Strategy> {
    let has = |strategy: &Strategy| points.iter().any(|point| point.times.iter().any(|(other, ..)| other == strategy));
    Strategy::ALL.into_iter().filter(has).collect()
}

/// How a value on an axis is written.
pub(super) fn value_words(axis: Axis, value: f64) -> String {
    match axis {
        Axis::RttMillis => dials::brief_seconds(value / 1e3),
        Axis::RateMbps => dials::bits_per_sec(value * 1e6),
        Axis::Objects | Axis::Parallel => format!("{value:.0}"),
        Axis::ObjectKilobytes => dials::octets_of(value * 1e3),
    }
}

/// What an axis is called.
pub(super) fn axis_name(axis: Axis) -> &'static str {
    AXES.iter().find(|(other, _)| *other == axis).map_or("", |(_, name)| name)
}

/// Do equal steps multiply on this axis?
pub(super) fn is_logarithmic(axis: Axis) -> bool {
    matches!(axis, Axis::RttMillis | Axis::RateMbps | Axis::ObjectKilobytes)
}

pub(super) fn is_whole(axis: Axis) -> bool {
    matches!(axis, Axis::Objects | Axis::Parallel)
}

pub(super) fn unit(axis: Axis) -> &'static str {
    match axis {
        Axis::RttMillis => " ms",
        Axis::RateMbps => " Mb/s",
        Axis::ObjectKilobytes => " kB",
        Axis::Objects | Axis::Parallel => "",
    }
}

pub(super) fn usual_range(axis: Axis) -> (f64, f64) {
    match axis {
        Axis::RttMillis => (1.0, 500.0),
        Axis::RateMbps => (0.5, 100.0),
        Axis::Objects => (0.0, 44.0),
        Axis::ObjectKilobytes => (1.0, 1000.0),
        Axis::Parallel => (1.0, 12.0),
    }
}

pub(super) fn limits(axis: Axis) -> (f64, f64) {
    match axis {
        Axis::RttMillis => (0.1, 5000.0),
        Axis::RateMbps => (0.01, 10_000.0),
        Axis::Objects => (0.0, 1000.0),
        Axis::ObjectKilobytes => (0.1, 10_000.0),
        Axis::Parallel => (1.0, 32.0),
    }
}

pub(super) fn two_decimals(value: f64) -> String {
    ((value * 100.0).round() / 100.0).to_string()
}

/// All inputs and their names.
pub(super) const AXES: [(Axis, &str); 5] = [
    (Axis::RttMillis, "RTT"),
    (Axis::RateMbps, "rate"),
    (Axis::Objects, "objects"),
    (Axis::ObjectKilobytes, "object size"),
    (Axis::Parallel, "k"),
];
