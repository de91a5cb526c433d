//! One input of a race varied: every point is a race of its own in a fresh lab.

use std::time::Duration;

use super::{Axis, Config, PageChoice, Report, Sweep, SweepPoint};
use crate::{
    engine::{
        job::Progress,
        jobs::{self, Options},
    },
    net::Rate,
    wire::{Blame, Caps, Failure},
};

/// Values one sweep may have.
pub const MAX_POINTS: usize = 1000;

/// Why a point cannot be run.
#[derive(Debug, thiserror::Error)]
enum SweepError {
    #[error("a sweep varies the lab's path and page; the Internet has its own")]
    InInternet,
    #[error("a sweep has at most {MAX_POINTS} points, not {points}")]
    TooManyPoints { points: usize },
    #[error("{value} is no value for this axis")]
    BadValue { value: f64 },
    #[error("objects can only be varied on a generated page, not on a page at a URL")]
    FixedPage,
}

impl SweepError {
    fn failure(&self) -> Failure {
        Failure::from_error(self, Blame::Input, None)
    }
}

/// Runs the race at every value, in order, in virtual time on this thread; nothing but the points is kept. Ends early when the
/// student says stop.
///
/// # Errors
/// A value is out of its axis' range, the world is the Internet, or a race could not be run at all.
pub fn run(sweep: &Sweep, options: &Options, on_point: &mut dyn FnMut(SweepPoint)) -> Result<(), Failure> {
    if sweep.values.len() > MAX_POINTS {
        return Err(SweepError::TooManyPoints { points: sweep.values.len() }.failure());
    }
    if sweep.base.setting.world == crate::engine::setting::WorldChoice::Internet {
        return Err(SweepError::InInternet.failure());
    }
    let of = u32::try_from(sweep.values.len()).unwrap_or(u32::MAX);
    for (done, value) in (0..).zip(&sweep.values) {
        if options.job.is_stopped() {
            break;
        }
        options.job.tell(Progress { done, of, doing: format!("point {} of {of}", done + 1) });
        let config = at(&sweep.base, sweep.axis, *value).map_err(|error| error.failure())?;
        let report = jobs::unrecorded_page_load(&config, &options.quiet())?;
        if !options.job.is_stopped() {
            on_point(point(*value, &report));
        }
    }
    Ok(())
}

/// The race at one value of the axis.
fn at(base: &Config, axis: Axis, value: f64) -> Result<Config, SweepError> {
    let mut config = base.clone();
    let bad = SweepError::BadValue { value };
    match axis {
        Axis::RttMillis => {
            config.setting.path.rtt = Duration::try_from_secs_f64(value / 1e3).ok().ok_or(bad)?;
        }
        Axis::RateMbps => {
            let rate = whole(value * 1e6).filter(|rate| *rate > 0).ok_or(bad)?;
            config.setting.path.rate = Rate(Some(rate));
        }
        Axis::Parallel => {
            config.parallel = whole(value).and_then(|k| u32::try_from(k).ok()).filter(|k| *k > 0).ok_or(bad)?;
        }
        Axis::Objects | Axis::ObjectKilobytes => {
            let PageChoice::Generated { objects, object_octets } = &mut config.page else {
                return Err(SweepError::FixedPage);
            };
            if axis == Axis::Objects {
                *objects = whole(value).and_then(|n| u32::try_from(n).ok()).ok_or(bad)?;
            } else {
                *object_octets = whole(value * 1e3).ok_or(bad)?;
            }
        }
    }
    Ok(config)
}

/// The nearest whole number, where there is one.
fn whole(value: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
    (value.is_finite() && (0.0..1e15).contains(&value)).then(|| value.round() as u64)
}

fn point(value: f64, report: &Report) -> SweepPoint {
    let times = report
        .runs
        .iter()
        .filter(|run| run.failure.is_none())
        .map(|run| (run.strategy, run.seconds, run.theory_seconds))
        .collect();
    SweepPoint { value, times }
}

/// A record nobody reads.
pub(in crate::engine) const NOTHING_KEPT: Caps =
    Caps { content_per_message: 0, octets_per_flow: 0, octets_in_all: 0, events_in_all: 0 };
