//! Opening the lab as a setting has it, for the engine, the gateway and the command line alike.

use std::sync::Arc;

use super::setting::{Setting, WorldChoice};
use crate::{
    lab::{Lab, LabError, LabFiles},
    net::{Clock, TcpModel},
    wire::{Blame, Failure},
};

/// Opens the lab as `setting` has it: the student's path, what is switched off, zones as they were edited.
///
/// # Errors
/// A server cannot listen, something that is to be switched off does not exist, or a zone cannot be read.
pub fn open_lab(clock: &Clock, files: &LabFiles, setting: &Setting) -> Result<Arc<Lab>, LabError> {
    let lab = Lab::open(clock, files, &setting.path)?;
    lab.set_off(&setting.off)?;
    lab.set_zones(&setting.zones)?;
    Ok(Arc::new(lab))
}

/// How numbers come about that are measured in this world.
pub(super) fn provenance(setting: &Setting, clock: &Clock) -> String {
    let time = if clock.is_virtual() { "virtual time" } else { "real time" };
    match (setting.world, setting.path.tcp) {
        (WorldChoice::Lab, TcpModel::Textbook) => format!("measured in the lab, textbook TCP, {time}"),
        (WorldChoice::Lab, TcpModel::Realistic) => format!("measured in the lab, realistic TCP, {time}"),
        (WorldChoice::Internet, _) => format!("measured in this machine's Internet, its kernel's TCP, {time}"),
    }
}

/// The lab could not be opened: not the student's fault, nor any network's.
pub(super) fn lab_failure(error: &LabError) -> Failure {
    Failure::from_error(error, Blame::Input, None)
}
