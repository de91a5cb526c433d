//! One input of a race varied: every point is a race of its own in a fresh lab.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Config as Race, PageChoice, Strategy, race};
use crate::{
    engine::{
        context::Context,
        control::Progress,
        experiment::{Experiment, RunObserver, RunPlace, Summary},
        setting::WorldChoice,
        text,
    },
    net::Rate,
    wire::{Blame, Failure},
};

/// The experiment.
#[derive(Clone, Copy, Debug)]
pub struct Sweep;

impl Experiment for Sweep {
    const NAME: &'static str = "sweep";
    const PURPOSE: &'static str =
        "Vary one input of the page-load race: RTT, rate, number of objects, their size, or k.";
    type Config = Config;
    type Report = Report;
    type News = SweepPoint;

    fn place(config: &Config) -> RunPlace {
        RunPlace::patient(&config.base.setting)
    }

    async fn run(config: &Config, context: &Context, watch: &mut dyn RunObserver<SweepPoint>) -> Report {
        Box::pin(run(config, context, watch)).await
    }

    fn summary(report: &Report) -> Summary<'_> {
        Summary { provenance: &report.provenance, failure: report.failure.as_ref(), exchanges: 0 }
    }

    fn text(report: &Report) -> String {
        as_text(report)
    }
}

/// One input of a race varied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// The rest of the race.
    pub base: Race,
    /// Which input.
    pub axis: Axis,
    /// Its values, in the axis' unit, at most [`MAX_POINTS`].
    pub values: Vec<f64>,
}

impl Default for Config {
    /// What does a longer round trip cost each strategy?
    fn default() -> Self {
        Self { base: Race::default(), axis: Axis::default(), values: vec![10.0, 20.0, 50.0, 100.0, 150.0, 200.0] }
    }
}

/// What a sweep varies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    /// RTT in milliseconds.
    #[default]
    RttMillis,
    /// Rate in Mb/s.
    RateMbps,
    /// Number of objects.
    Objects,
    /// Object size in kB (1000 octets).
    ObjectKilobytes,
    /// k: connections at once of a parallel strategy.
    Parallel,
}

/// The result of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// `sweep`.
    pub experiment: String,
    /// What was asked for.
    pub config: Config,
    /// How the numbers came about.
    pub provenance: String,
    /// One a value, in the order of the values.
    pub points: Vec<SweepPoint>,
    /// Why it did not finish.
    pub failure: Option<Failure>,
}

/// One dot: a value and every strategy's measurement and prediction there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// Value on the axis.
    pub value: f64,
    /// `(strategy, measured seconds, formula's seconds)`.
    pub times: Vec<(Strategy, f64, Option<f64>)>,
}

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

impl Axis {
    /// Its unit's name as the head of a column.
    fn head(self) -> &'static str {
        match self {
            Self::RttMillis => "RTT (ms)",
            Self::RateMbps => "rate (Mb/s)",
            Self::Objects => "objects",
            Self::ObjectKilobytes => "size (kB)",
            Self::Parallel => "k",
        }
    }
}

/// Runs the race at every value, in order, and reports each point. Ends early when the student says stop.
async fn run(config: &Config, context: &Context, watch: &mut dyn RunObserver<SweepPoint>) -> Report {
    let mut report = Report {
        experiment: Sweep::NAME.to_owned(),
        config: config.clone(),
        provenance: context.provenance.clone(),
        points: Vec::new(),
        failure: check(config).err().map(|error| error.failure()),
    };
    let of = u32::try_from(config.values.len()).unwrap_or(u32::MAX);
    for (done, value) in (0..).zip(&config.values) {
        if context.control.is_stopped() || report.failure.is_some() {
            break;
        }
        context.control.progress(Progress { done, of, doing: format!("point {} of {of}", done + 1) });
        match point(config, *value, context).await {
            Ok(_) if context.control.is_stopped() => {}
            Ok(point) => {
                watch.news(point.clone());
                report.points.push(point);
            }
            Err(failure) => report.failure = Some(failure),
        }
    }
    report
}

fn check(config: &Config) -> Result<(), SweepError> {
    match config.values.len() {
        points if points > MAX_POINTS => Err(SweepError::TooManyPoints { points }),
        _ if config.base.setting.world == WorldChoice::Internet => Err(SweepError::InInternet),
        _ => Ok(()),
    }
}

/// One race in a lab of its own, of which nothing but the point is kept.
async fn point(config: &Config, value: f64, context: &Context) -> Result<SweepPoint, Failure> {
    let race = at(&config.base, config.axis, value).map_err(|error| error.failure())?;
    let report = race::run(&race, &context.anew(&race.setting)?).await;
    let finished = report.runs.iter().filter(|run| run.failure.is_none());
    let times = finished.map(|run| (run.strategy, run.seconds, run.theory_seconds)).collect();
    Ok(SweepPoint { value, times })
}

/// The race at one value of the axis.
fn at(base: &Race, axis: Axis, value: f64) -> Result<Race, SweepError> {
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

fn as_text(report: &Report) -> String {
    let Config { base, axis, .. } = &report.config;
    let mut page = text::folded("The page-load race with one input varied: measured seconds, and the formula's");
    for line in [text::setting_line(&base.setting), report.provenance.clone()] {
        page.push_str(&text::folded(&line));
    }
    page.push('\n');
    let heads = ["strategy", axis.head(), "measured", "formula"];
    let number = |seconds: f64| format!("{seconds:.3} s");
    let mut rows = Vec::new();
    for strategy in &base.strategies {
        for point in &report.points {
            let times = point.times.iter().find(|(of, ..)| of == strategy);
            let (measured, formula) = times.map_or((None, None), |(_, measured, formula)| (Some(*measured), *formula));
            let [measured, formula] = [measured, formula].map(|time| time.map_or_else(|| "–".to_owned(), number));
            rows.push(vec![strategy.name().to_owned(), point.value.to_string(), measured, formula]);
        }
    }
    page.push_str(&text::table(&heads, &rows));
    if let Some(failure) = &report.failure {
        page.push_str(&text::folded(&failure.to_string()));
    }
    page
}
