//! Opening the lab as a setting has it, for the engine, the gateway and the command line alike.

use std::sync::Arc;

use super::setting::{Setting, WorldChoice};
use crate::{
    lab::{Lab, LabError, LabFiles, LabStore},
    net::Clock,
    store::Revision,
    wire::{Blame, Failure},
};

/// Opens the lab as `setting` has it: the student's path, what is switched off, zones as they were edited. What its servers keep is
/// in `store`.
///
/// # Errors
/// A server cannot listen, something that is to be switched off does not exist, a zone cannot be read, or the store cannot be.
pub fn open_lab(clock: &Clock, files: &LabFiles, setting: &Setting, store: LabStore) -> Result<Arc<Lab>, LabError> {
    let lab = Lab::open(clock, files, &setting.path, store)?;
    lab.set_off(&setting.off)?;
    lab.set_zones(&setting.zones)?;
    Ok(Arc::new(lab))
}

/// How numbers come about that are measured in this world, and from which state of what lasts in it.
pub(super) fn provenance(setting: &Setting, virtual_time: bool, from: Option<Revision>) -> String {
    let time = if virtual_time { "virtual time" } else { "real time" };
    let how = match (setting.world, setting.path.tcp) {
        (WorldChoice::Lab, tcp) => format!("measured in the lab, {tcp} TCP, {time}"),
        (WorldChoice::Internet, _) => format!("measured in this machine's Internet, its kernel's TCP, {time}"),
    };
    match from {
        Some(Revision(revision)) => format!("{how}, from revision {revision} of the lab's store"),
        None => how,
    }
}

/// The lab could not be opened: not the student's fault, nor any network's.
pub(super) fn lab_failure(error: &LabError) -> Failure {
    Failure::from_error(error, Blame::Input, None)
}
