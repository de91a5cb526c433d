//! How a run is watched and limited.

use std::sync::Arc;

use super::{control::Control, jar::BrowserJar, setting::WorldChoice, stores::Stores};
use crate::{
    lab::LabFiles,
    net::Timeouts,
    wire::{Caps, Recorder, Secrets},
};

/// How a run is watched and limited.
#[derive(Clone)]
pub struct Options {
    /// Progress and stop.
    pub control: Control,
    /// How long each stage may take; `None`: what suits the world and the experiment.
    pub timeouts: Option<Timeouts>,
    /// How much is recorded.
    pub caps: Caps,
    /// Secrets are shown in the record of an Internet run too: the student asked. The lab always shows them.
    pub reveal_secrets: bool,
    /// The lab runs in real time, as an outside program sees it through the gateway. The everyday client always does.
    pub real_time: bool,
    /// What the lab consists of; `None`: what is built in.
    pub lab_files: Option<Arc<LabFiles>>,
    /// What lasts from run to run.
    pub stores: Stores,
    /// The jar a run's browser uses; `None`: that of the world's store, where a run shares or copies one.
    pub jar: Option<BrowserJar>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            control: Control::none(),
            timeouts: None,
            caps: Caps::default(),
            reveal_secrets: false,
            real_time: false,
            lab_files: None,
            stores: Stores::default(),
            jar: None,
        }
    }
}

impl Options {
    /// The lab's files; the built-in ones are read when they are first asked for.
    pub fn lab_files(&self) -> LabFiles {
        self.lab_files.as_deref().map_or_else(LabFiles::embedded, LabFiles::clone)
    }

    /// The recorder of a run in this world.
    pub fn recorder(&self, world: WorldChoice, waker: Option<std::task::Waker>) -> Recorder {
        let shown = world == WorldChoice::Lab || self.reveal_secrets;
        Recorder::new(self.caps, if shown { Secrets::Shown } else { Secrets::Masked }, waker)
    }
}
