//! One folder a tab. A tab reads the runs, pushes actions, and changes only its own widgets' state.

pub mod browse;
pub mod dns;
mod one_run;
pub mod page_load;
pub mod rest;

use std::time::Duration;

use egui::Ui;
use url::Url;

use super::{
    actions::{Action, Experiment, Pick},
    runs::{RunRecord, Runs},
};
use crate::{
    engine::{
        bridge::{JobId, PublishedService},
        setting::Setting,
        timing::ObjectTiming,
    },
    wire::FlowId,
};

/// Which tab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TabId {
    /// A page and the octets that brought it.
    Browse,
    /// One page, many strategies.
    #[default]
    PageLoad,
    /// A name, and everybody who was asked for it.
    Dns,
}

/// One tab.
pub trait Tab {
    /// Which.
    fn id(&self) -> TabId;

    /// Its name in the tab bar.
    fn title(&self) -> &'static str;

    /// Called between frames, before painting, whether the tab is shown or not: start what a fresh window shows, take in what ended.
    /// Must be cheap when nothing changed.
    fn logic(&mut self, cx: &mut TabContext<'_>) {
        let _ = cx;
    }

    /// Paints everything between the top bar and the drawer, and pushes what the student asked for.
    fn ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>);

    /// What the drawer below shows of this tab.
    fn subject(&self) -> Option<Subject> {
        None
    }

    /// The objects of [`Tab::subject`], for the drawer's waterfall.
    fn objects<'a>(&self, runs: &'a Runs) -> Vec<&'a ObjectTiming> {
        let _: &Runs = runs;
        Vec::new()
    }

    /// Does what a key asked for.
    fn command(&mut self, command: Command, cx: &mut TabContext<'_>) {
        drop((command, cx));
    }

    /// Takes in a record read from a file, if it is one of this tab's kind. The tab shows `job` from now on.
    fn adopt(&mut self, job: JobId, record: &RunRecord) -> bool {
        let _ = (job, record);
        false
    }

    /// What is to be there again after a restart.
    fn save(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    /// Restores what [`Tab::save`] gave; what cannot be read keeps its default.
    ///
    /// # Errors
    /// When `saved` is not this tab's: the caller tells the student and goes on.
    fn restore(&mut self, saved: serde_json::Value) -> Result<(), serde_json::Error> {
        drop(saved);
        Ok(())
    }
}

/// Part of a record: what the drawer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Which run.
    pub job: JobId,
    /// This flow and what serves it (one strategy of a race); `None` is the whole record.
    pub root: Option<FlowId>,
}

/// All tabs, in the order of the tab bar.
pub fn all() -> Vec<Box<dyn Tab>> {
    vec![Box::<browse::BrowseTab>::default(), Box::<page_load::PageLoadTab>::default(), Box::<dns::DnsTab>::default()]
}

/// What the shell asks of a tab: keys, and what other tabs send over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Ctrl+L: put the cursor in the address.
    Address,
    /// Enter outside a text field: the primary button.
    Run,
    /// Alt+Left, Alt+Right: back or forward.
    Step {
        /// Forward.
        forward: bool,
    },
    /// Another tab sends the student to this page (the Browse tab's).
    Visit(Url),
}

/// What a tab may look at and ask for.
#[derive(Debug)]
pub struct TabContext<'a> {
    /// The runs and their records.
    pub runs: &'a mut Runs,
    /// World and path as chosen in the top bar. A tab may copy it into what it starts, and ask for another.
    pub setting: &'a Setting,
    /// What of the lab other programs reach on this machine now.
    pub gateway: &'a [PublishedService],
    /// Where the playhead of this tab's [`Tab::subject`] stands, since its run began. Pictures draw what happened before it;
    /// `None` while there is nothing to play: draw everything.
    pub moment: Option<Duration>,
    /// What is picked.
    pub pick: Option<Pick>,
    /// Where wishes go.
    pub actions: &'a mut Vec<Action>,
}

impl TabContext<'_> {
    /// Asks for a run and says its number. Its record is there at once, empty.
    pub fn start(&mut self, experiment: Experiment) -> JobId {
        let job = self.runs.next_job();
        self.runs.insert(job, RunRecord::new(Some(experiment.clone())));
        self.actions.push(Action::Start(job, Box::new(experiment)));
        job
    }

    /// Asks for something.
    pub fn ask(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// One run.
    pub fn run(&self, job: JobId) -> Option<&RunRecord> {
        self.runs.get(job)
    }
}
