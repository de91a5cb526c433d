//! The table of all experiments: one row each. The order to the engine, its news and its end, saving, opening, the status bar's
//! sums and the command line's names all come from these rows.

use std::marker::PhantomData;

use serde_json::Value;

use super::{
    experiment::{Experiment, RunObserver, RunPlace, Summary},
    runner::{self, Options, saved_run},
};
use crate::wire::{Failure, Ledger, Recorder, save::SavedRun};

table! {
    browse::Browse,
    page_load::PageLoad,
    page_load::Sweep,
    resolve::Resolve,
    dns_message::DnsMessage,
    name_day::NameDay,
    name_attack::NameAttack,
    echo::Echo,
}

/// An experiment that stands in the table.
pub trait ListedExperiment: Experiment {
    /// A config of it as one of any experiment.
    fn any_config(config: Self::Config) -> AnyConfig;
    /// The config, where it is of this experiment.
    fn config_of(any: &AnyConfig) -> Option<&Self::Config>;
    /// A report of it as one of any experiment.
    fn any_report(report: Self::Report) -> AnyReport;
    /// The report, where it is of this experiment.
    fn report_of(any: &AnyReport) -> Option<&Self::Report>;
    /// News of it as news of any experiment.
    fn any_news(news: Self::News) -> AnyNews;
    /// The news, where they are of this experiment.
    fn news_of(log: &NewsLog) -> &[Self::News];
}

/// How a saved record is named that no experiment made: what outside programs did with the lab's servers.
pub const LAB_RECORD: &str = "lab";

/// Why JSON is no config or report of an experiment.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The table has no such row.
    #[error("there is no experiment named {name}; there are {}", AnyConfig::names().join(", "))]
    NoSuchExperiment {
        /// The name asked for.
        name: String,
    },
    /// A config that cannot be read.
    #[error("this is no config of the experiment {name}")]
    BadConfig {
        /// Which experiment.
        name: &'static str,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A member that no config of this experiment has.
    #[error("a config of the experiment {name} has no member {member}")]
    UnknownMember {
        /// Which experiment.
        name: &'static str,
        /// The member, with those it stands in: `setting.path.rate`.
        member: String,
    },
    /// A report that cannot be read.
    #[error("this is no report of the experiment {name}")]
    BadReport {
        /// Which experiment.
        name: &'static str,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

impl AnyConfig {
    /// The config of an experiment.
    pub fn new<E: ListedExperiment>(config: E::Config) -> Self {
        E::any_config(config)
    }

    /// The config, where it is of the experiment `E`.
    pub fn of<E: ListedExperiment>(&self) -> Option<&E::Config> {
        E::config_of(self)
    }

    /// Reads a config of the experiment `name`; members that are left out have their default.
    ///
    /// # Errors
    /// There is no such experiment, a member has a wrong value, or is none of this experiment's.
    pub fn read(name: &str, json: &Value) -> Result<Self, TableError> {
        let config = Self::from_json(name, json)?;
        match unknown_member(json, &config.json(), "") {
            Some(member) => Err(TableError::UnknownMember { name: config.name(), member }),
            None => Ok(config),
        }
    }
}

impl AnyReport {
    /// The report of an experiment.
    pub fn new<E: ListedExperiment>(report: E::Report) -> Self {
        E::any_report(report)
    }

    /// The report, where it is of the experiment `E`.
    pub fn of<E: ListedExperiment>(&self) -> Option<&E::Report> {
        E::report_of(self)
    }

    /// The run as it is saved.
    ///
    /// # Errors
    /// Never, for the reports there are.
    pub fn saved(&self, ledger: Ledger) -> Result<SavedRun, serde_json::Error> {
        Ok(saved_run(self.json()?, ledger))
    }

    /// The report of a run that was saved.
    ///
    /// # Errors
    /// There is no such experiment, or its report cannot be read.
    pub fn of_saved(run: &SavedRun) -> Result<Self, TableError> {
        Self::from_json(&run.experiment, run.report.clone())
    }
}

impl AnyNews {
    /// News of an experiment.
    pub fn new<E: ListedExperiment>(news: E::News) -> Self {
        E::any_news(news)
    }
}

impl NewsLog {
    /// The news, where they are of the experiment `E`; none otherwise.
    pub fn of<E: ListedExperiment>(&self) -> &[E::News] {
        E::news_of(self)
    }
}

/// Hands the news of one experiment on as news of any.
struct NewsForwarder<'a, E> {
    watch: &'a mut dyn RunObserver<AnyNews>,
    of: PhantomData<fn() -> E>,
}

impl<E: ListedExperiment> RunObserver<E::News> for NewsForwarder<'_, E> {
    fn news(&mut self, news: E::News) {
        self.watch.news(E::any_news(news));
    }

    fn content(&mut self, bytes: &[u8]) {
        self.watch.content(bytes);
    }
}

/// The first member of `given` that `read` does not have. What was read may leave out what is empty.
fn unknown_member(given: &Value, read: &Value, within: &str) -> Option<String> {
    let (Value::Object(given), Value::Object(read)) = (given, read) else { return None };
    given.iter().find_map(|(name, value)| {
        let path = if within.is_empty() { name.clone() } else { format!("{within}.{name}") };
        match read.get(name) {
            Some(known) => unknown_member(value, known, &path),
            None => (!is_empty(value)).then_some(path),
        }
    })
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// Makes, of one row for each experiment, the enums that hold what belongs to any of them. A row is the module and the type below it.
macro_rules! table {
    ($($module:ident::$Name:ident),+ $(,)?) => {
        /// A config of any experiment: an order to run it.
        #[derive(Clone, Debug, PartialEq)]
        pub enum AnyConfig {
            $(#[doc = concat!("Of [`super::", stringify!($module), "::", stringify!($Name), "`].")]
            $Name(Box<<super::$module::$Name as Experiment>::Config>),)+
        }

        /// A report of any experiment.
        #[derive(Clone, Debug, PartialEq)]
        pub enum AnyReport {
            $(#[doc = concat!("Of [`super::", stringify!($module), "::", stringify!($Name), "`].")]
            $Name(Box<<super::$module::$Name as Experiment>::Report>),)+
        }

        /// A piece of news of any experiment.
        #[derive(Clone, Debug)]
        pub enum AnyNews {
            $(#[doc = concat!("Of [`super::", stringify!($module), "::", stringify!($Name), "`].")]
            $Name(Box<<super::$module::$Name as Experiment>::News>),)+
        }

        /// All news of one run.
        #[derive(Clone, Debug)]
        pub enum NewsLog {
            $(#[doc = concat!("Of [`super::", stringify!($module), "::", stringify!($Name), "`].")]
            $Name(Vec<<super::$module::$Name as Experiment>::News>),)+
        }

        impl AnyConfig {
            /// The default config of every experiment, in the order of the table.
            pub fn all() -> Vec<Self> {
                vec![$(Self::$Name(Box::default()),)+]
            }

            /// The names of all experiments, in the order of the table.
            pub fn names() -> Vec<&'static str> {
                vec![$(<super::$module::$Name as Experiment>::NAME,)+]
            }

            /// Its experiment's name.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$Name(_) => <super::$module::$Name as Experiment>::NAME,)+ }
            }

            /// What its experiment shows, in one sentence.
            pub fn purpose(&self) -> &'static str {
                match self { $(Self::$Name(_) => <super::$module::$Name as Experiment>::PURPOSE,)+ }
            }

            /// As JSON.
            pub fn json(&self) -> Value {
                match self { $(Self::$Name(config) => serde_json::to_value(config).unwrap_or_default(),)+ }
            }

            /// Where it runs.
            pub fn place(&self) -> RunPlace {
                match self { $(Self::$Name(config) => super::$module::$Name::place(config),)+ }
            }

            /// An empty log for its news.
            pub fn news_log(&self) -> NewsLog {
                match self { $(Self::$Name(_) => NewsLog::$Name(Vec::new()),)+ }
            }

            /// Runs it, recorded and watched as it goes.
            ///
            /// # Errors
            /// As [`runner::run_into()`].
            pub fn run_into(
                &self,
                options: &Options,
                recorder: &Recorder,
                watch: &mut dyn RunObserver<AnyNews>,
            ) -> Result<AnyReport, Failure> {
                match self {
                    $(Self::$Name(config) => {
                        let mut watch = NewsForwarder::<super::$module::$Name> { watch, of: PhantomData };
                        let report = runner::run_into::<super::$module::$Name>(config, options, recorder, &mut watch)?;
                        Ok(AnyReport::$Name(Box::new(report)))
                    })+
                }
            }

            fn from_json(name: &str, json: &Value) -> Result<Self, TableError> {
                match name {
                    $(<super::$module::$Name as Experiment>::NAME => {
                        let config = serde_json::from_value(json.clone());
                        config.map(Self::$Name).map_err(|source| TableError::BadConfig {
                            name: <super::$module::$Name as Experiment>::NAME,
                            source,
                        })
                    })+
                    _ => Err(TableError::NoSuchExperiment { name: name.to_owned() }),
                }
            }
        }

        impl AnyReport {
            /// Its experiment's name.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$Name(_) => <super::$module::$Name as Experiment>::NAME,)+ }
            }

            /// As JSON.
            ///
            /// # Errors
            /// Never, for the reports there are.
            pub fn json(&self) -> Result<Value, serde_json::Error> {
                match self { $(Self::$Name(report) => serde_json::to_value(report),)+ }
            }

            /// What every report says.
            pub fn summary(&self) -> Summary<'_> {
                match self { $(Self::$Name(report) => super::$module::$Name::summary(report),)+ }
            }

            /// As text of at most 80 columns.
            pub fn text(&self) -> String {
                match self { $(Self::$Name(report) => super::$module::$Name::text(report),)+ }
            }

            fn from_json(name: &str, json: Value) -> Result<Self, TableError> {
                match name {
                    $(<super::$module::$Name as Experiment>::NAME => {
                        let report = serde_json::from_value(json);
                        report.map(Self::$Name).map_err(|source| TableError::BadReport {
                            name: <super::$module::$Name as Experiment>::NAME,
                            source,
                        })
                    })+
                    _ => Err(TableError::NoSuchExperiment { name: name.to_owned() }),
                }
            }
        }

        impl NewsLog {
            /// Takes a piece of news in; what is of another experiment is not taken.
            pub fn add(&mut self, news: AnyNews) {
                match (self, news) {
                    $((Self::$Name(log), AnyNews::$Name(news)) => super::$module::$Name::add_news(log, *news),)+
                    _ => {}
                }
            }

            /// Requests answered so far.
            pub fn exchanges(&self) -> usize {
                match self { $(Self::$Name(log) => super::$module::$Name::exchanges_so_far(log),)+ }
            }
        }

        $(impl ListedExperiment for super::$module::$Name {
            fn any_config(config: Self::Config) -> AnyConfig {
                AnyConfig::$Name(Box::new(config))
            }

            fn config_of(any: &AnyConfig) -> Option<&Self::Config> {
                if let AnyConfig::$Name(config) = any { Some(config) } else { None }
            }

            fn any_report(report: Self::Report) -> AnyReport {
                AnyReport::$Name(Box::new(report))
            }

            fn report_of(any: &AnyReport) -> Option<&Self::Report> {
                if let AnyReport::$Name(report) = any { Some(report) } else { None }
            }

            fn any_news(news: Self::News) -> AnyNews {
                AnyNews::$Name(Box::new(news))
            }

            fn news_of(log: &NewsLog) -> &[Self::News] {
                if let NewsLog::$Name(log) = log { log } else { &[] }
            }
        })+
    };
}
use table;
