//! What tabs and parts ask of the shell. They push; the shell carries out between two frames.

use std::{path::PathBuf, time::Duration};

use bytes::Bytes;
use url::Url;

use super::{
    notices::Notice,
    subject::{RecordSelection, TabId},
};
use crate::engine::{
    bridge::{RunId, StoreRequest},
    experiments::AnyConfig,
    setting::{Setting, WorldChoice},
};
use crate::{lab::PortChoice, proto::http::cookies::JarRules};

/// Something that is to be done outside the tab that asks for it. What concerns one tab alone is not here: a tab changes its own state itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Start an experiment. Tabs push this through [`super::tab::TabContext::start`], which hands out the number.
    Start(RunId, AnyConfig),
    /// Stop a run.
    Stop(RunId),
    /// Nobody looks at this run any more: stop it if it runs, and drop its record.
    Forget(RunId),
    /// Change the world or the path.
    Set(Setting),
    /// Publish the lab on loopback, or withdraw it.
    Gateway(bool),
    /// Show what the gateway publishes.
    Published,
    /// Give a service of the lab a certain port of this machine.
    PublishAt(PortChoice),
    /// Look at what lasts in the lab, skip its calendar ahead, or reset it.
    Store(StoreRequest),
    /// The browser decides about cookies by these rules from now on.
    DecideBy(JarRules),
    /// Ask for a file with cookies, and put them into the jar of a world.
    ImportCookies(WorldChoice),
    /// Show a record by itself in the drawer, as the gateway's, or no longer.
    Watch(Option<RunId>),
    /// Show a tab.
    Show(TabId),
    /// Fetch this in the Browse tab and show it.
    Browse(Url),
    /// Pick an event or a flow: every picture and the drawer show it as picked.
    Pick(RecordSelection),
    /// Move the playhead of the shown run.
    Seek(Duration),
    /// Tell the student something that has no place of its own on screen.
    Tell(Notice),
    /// Write a run's record to a file.
    Save(RunId, PathBuf),
    /// Read a record from a file and show it.
    Open(PathBuf),
    /// Ask where to, and write content a page brought to a file.
    SaveContent {
        /// What the file might be called.
        name: String,
        /// What is in it.
        octets: Bytes,
    },
}
