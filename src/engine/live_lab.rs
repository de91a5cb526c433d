//! The lab in real time, as the gateway of the window and of the command line publish it: it shares what lasts with all live runs.

use std::{sync::Arc, time::Duration};

use super::{
    opening::open_lab,
    setting::{Setting, WorldChoice},
    stores::{RealTimeUse, SharedStore, Stores},
};
use crate::{
    lab::{Lab, LabError, LabFiles, LabStore},
    net::Clock,
};

/// A lab that runs in real time until it is closed.
#[derive(Debug)]
pub struct LiveLab {
    lab: Arc<Lab>,
    shared: Option<(SharedStore, RealTimeUse)>,
}

/// How long what a name server learned may stay unwritten.
const WRITTEN_WITHIN: Duration = Duration::from_secs(1);

impl LiveLab {
    /// Opens it by `clock`, whose date becomes the calendar's where a store lasts.
    ///
    /// # Errors
    /// As [`open_lab`]; the store cannot be read or written.
    pub fn open(clock: &Clock, files: &LabFiles, setting: &Setting, stores: &Stores) -> Result<Self, LabError> {
        let Some(shared) = stores.of(WorldChoice::Lab)? else {
            return Ok(Self { lab: open_lab(clock, files, setting, LabStore::fresh())?, shared: None });
        };
        let running = shared.in_real_time(clock)?;
        let run = shared.begin_run("lab", None)?;
        let lab = open_lab(clock, files, setting, LabStore::live(shared.store().clone(), Some(run)))?;
        Ok(Self { lab, shared: Some((shared, running)) })
    }

    /// The lab.
    pub fn lab(&self) -> &Arc<Lab> {
        &self.lab
    }

    /// Stores what its name servers learn, and gives them what others have learned, for as long as it is awaited.
    pub async fn keep(&self) {
        let Some((shared, _)) = &self.shared else { return std::future::pending().await };
        let mut revisions = shared.revisions();
        // This may have been awaited before, and given up just when there was something to do.
        let mut done = self.lab.write_down().and_then(|()| self.lab.recall());
        loop {
            if let Err(error) = done {
                shared.note_failure(&error);
            }
            done = tokio::select! {
                () = self.lab.cache_changed() => {
                    self.lab.net().clock().sleep(WRITTEN_WITHIN).await;
                    self.lab.write_down()
                }
                changed = revisions.changed() => match changed {
                    Ok(()) => self.lab.recall(),
                    // Only when the store is gone, which this keeps.
                    Err(_) => return std::future::pending().await,
                },
            };
        }
    }

    /// Closes it; what was to be written down is.
    pub fn close(self) {
        let Some((shared, running)) = self.shared else { return };
        let written = self.lab.write_down();
        drop(running);
        let written = written.and_then(|()| shared.end_run().map_err(LabError::from));
        if let Err(error) = written {
            shared.note_failure(&error);
        }
    }
}
