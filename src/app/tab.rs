//! What a tab is: it reads the runs, pushes actions, and changes only its own widgets' state.

use std::time::Duration;

use egui::Ui;
use url::Url;

use super::{
    actions::Action,
    keys::KeyHelp,
    parts::drawer::DrawerView,
    runs::{RunRecord, Runs},
    subject::{RecordSelection, Subject, TabId},
};
use crate::engine::{
    bridge::{PublishedService, RunId},
    experiments::{AnyConfig, ListedExperiment},
    jar::{JarSnapshot, PastJar},
    setting::Setting,
    store_status::StoreStatus,
    timing::ObjectTiming,
};
use crate::{lab::LabFiles, proto::http::cookies::JarRules};

/// One tab's row in the list of tabs: all that is known of it before it is opened.
#[derive(Clone, Copy, Debug)]
pub struct TabRow {
    /// Which: as the window's state names it.
    pub id: TabId,
    /// Its name in the tab bar.
    pub title: &'static str,
    /// What its drawer shows at first.
    pub first_view: DrawerView,
    /// What it is for, in one sentence.
    pub help: &'static str,
    /// Keys of its own, and what they do.
    pub keys: &'static [KeyHelp],
    /// Opens it.
    pub open: fn() -> Box<dyn Tab>,
}

/// One tab.
pub trait Tab {
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
    fn command(&mut self, command: TabCommand, cx: &mut TabContext<'_>) {
        drop((command, cx));
    }

    /// Takes in a record read from a file, if it is one of this tab's kind. The tab shows `job` from now on.
    fn adopt(&mut self, job: RunId, record: &RunRecord) -> bool {
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

/// What the shell asks of a tab: keys, and what other tabs send over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TabCommand {
    /// Ctrl+L: put the cursor in the address.
    Address,
    /// Enter outside a text field: the primary button.
    Run,
    /// Alt+Left, Alt+Right: back or forward.
    Step {
        /// To the next one, not to the one before.
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
    /// What the lab consists of.
    pub lab: &'a LabFiles,
    /// What of the lab other programs reach on this machine now.
    pub gateway: &'a [PublishedService],
    /// What lasts in the lab; `None` until it is known.
    pub store: Option<&'a StoreStatus>,
    /// The browser's cookies, as far as they were asked for.
    pub cookies: CookieContext<'a>,
    /// Where the playhead of this tab's [`Tab::subject`] stands, since its run began. Pictures draw what happened before it;
    /// `None` while there is nothing to play: draw everything.
    pub moment: Option<Duration>,
    /// What is picked.
    pub pick: Option<RecordSelection>,
    /// Where actions are put.
    pub actions: &'a mut Vec<Action>,
}

/// What the window knows of the browser's cookies.
#[derive(Clone, Copy, Debug, Default)]
pub struct CookieContext<'a> {
    /// By what the browser decides.
    pub by: JarRules,
    /// The jar as it was told last; `None` until somebody has asked for it.
    pub jar: Option<&'a JarSnapshot>,
    /// The jar at an earlier moment, where one was asked for.
    pub past: Option<&'a PastJar>,
}

impl TabContext<'_> {
    /// Asks for a run and says its number. Its record is there at once, empty.
    pub fn start<E: ListedExperiment>(&mut self, config: E::Config) -> RunId {
        let job = self.runs.next_job();
        let config = AnyConfig::new::<E>(config);
        self.runs.insert(job, RunRecord::new(Some(config.clone())));
        self.actions.push(Action::Start(job, config));
        job
    }

    /// Asks for something.
    pub fn ask(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// One run.
    pub fn run(&self, job: RunId) -> Option<&RunRecord> {
        self.runs.get(job)
    }
}
