//! What an experiment is: a config, run in a world with a recorder, gives a report. The table of all of them is
//! [`super::experiments`].

use std::{fmt::Debug, future::Future, time::Duration};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    context::Context,
    setting::{LabSetting, Setting, WorldChoice},
};
use crate::{net::Timeouts, wire::Failure};

/// An experiment. Its values are its configs; the type itself only gives it a name.
pub trait Experiment: Sized + 'static {
    /// As files, reports and the command line write it: `page-load`.
    const NAME: &'static str;

    /// What it shows, in one sentence.
    const PURPOSE: &'static str;

    /// What is asked for. The default is the textbook's or the lecture notes' own example.
    type Config: Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// What comes out.
    type Report: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// What is told while it runs.
    type News: Clone + Debug + Send + 'static;

    /// Where and how long it runs.
    fn place(config: &Self::Config) -> RunPlace;

    /// Runs it. Whatever goes wrong is in the report, with all that came before it.
    fn run(
        config: &Self::Config,
        context: &Context,
        watch: &mut dyn RunObserver<Self::News>,
    ) -> impl Future<Output = Self::Report>;

    /// Takes one more piece of news in beside those that came before.
    fn add_news(news: &mut Vec<Self::News>, next: Self::News) {
        news.push(next);
    }

    /// What every report says.
    fn summary(report: &Self::Report) -> Summary<'_>;

    /// Requests answered so far, by the news of a run that goes on.
    fn exchanges_so_far(news: &[Self::News]) -> usize {
        let _ = news;
        0
    }

    /// The report as text of at most 80 columns, its last line ended.
    fn text(report: &Self::Report) -> String;
}

/// Follows a run as it goes on.
pub trait RunObserver<N>: Send {
    /// Something was found out.
    fn news(&mut self, news: N) {
        drop(news);
    }

    /// More of the content that is being fetched has come, however much of it there is in all.
    fn content(&mut self, bytes: &[u8]) {
        let _ = bytes;
    }

    /// Is all of the content taken that comes, however much there is and however long it takes? Then neither has a limit.
    fn takes_all_content(&self) -> bool {
        false
    }
}

/// Follows nothing.
impl<N> RunObserver<N> for () {}

/// Where an experiment runs, and how long each of its stages may take.
#[derive(Clone, Debug, PartialEq)]
pub struct RunPlace {
    /// World and path.
    pub setting: Setting,
    /// Real sockets are used, so the lab has to run in real time.
    pub real_time: bool,
    /// It shares the store of its world with what came before and what comes after. A trial has a copy and leaves nothing.
    pub live: bool,
    /// How long each stage may take by default.
    pub timeouts: Timeouts,
}

impl RunPlace {
    /// A trial in `setting`, with the usual time limits.
    pub fn of(setting: &Setting) -> Self {
        Self { setting: setting.clone(), real_time: false, live: false, timeouts: Timeouts::default() }
    }

    /// In `setting`, with all the time in the world where that is the lab: a slow path makes everything long and nothing is wrong with
    /// that; virtual time costs nothing.
    pub fn patient(setting: &Setting) -> Self {
        let (hour, day) = (Duration::from_hours(1), Duration::from_hours(24));
        let timeouts = match setting.world {
            WorldChoice::Lab => Timeouts { connect: hour, tls: hour, first_octet: hour, idle: hour, total: day },
            WorldChoice::Internet => Timeouts::default(),
        };
        Self { timeouts, ..Self::of(setting) }
    }

    /// In the lab and nowhere else, where days may pass: virtual time costs nothing.
    pub fn in_lab(setting: &LabSetting) -> Self {
        let place = Self::of(&setting.in_lab());
        Self { timeouts: Timeouts { total: Duration::from_hours(10_000), ..place.timeouts }, ..place }
    }

    /// The same, live.
    #[must_use]
    pub fn live(self) -> Self {
        Self { live: true, ..self }
    }

    /// Which world.
    pub fn world(&self) -> WorldChoice {
        self.setting.world
    }
}

/// What every report says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary<'a> {
    /// How the numbers came about: `measured in the lab, textbook TCP, virtual time`.
    pub provenance: &'a str,
    /// Why the run did not finish; `None` where it did.
    pub failure: Option<&'a Failure>,
    /// Requests that were answered.
    pub exchanges: usize,
}
