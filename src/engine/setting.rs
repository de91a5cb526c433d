//! Where an experiment takes place: what the window's top bar and the command line's common options choose.

use serde::{Deserialize, Serialize};

pub use crate::lab::{Outage, ZoneChange};
use crate::net::Path;

/// World and path.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Which world.
    pub world: WorldChoice,
    /// The student's path (the lab only).
    pub path: Path,
    /// What of the lab is switched off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<Outage>,
    /// Zones of the lab that are served as written here, not as its files have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<ZoneChange>,
}

/// Which world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorldChoice {
    /// The embedded Lab Internet.
    #[default]
    Lab,
    /// This machine's Internet.
    Internet,
}

/// The lab alone, for experiments that take place nowhere else: there is no world to choose.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LabSetting {
    /// The student's path.
    pub path: Path,
    /// What of the lab is switched off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<Outage>,
    /// Zones that are served as written here, not as the lab's files have them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<ZoneChange>,
}

impl LabSetting {
    /// The same as a setting with a world, which is the lab.
    pub(super) fn in_lab(&self) -> Setting {
        let Self { path, off, zones } = self.clone();
        Setting { world: WorldChoice::Lab, path, off, zones }
    }
}

impl From<&Setting> for LabSetting {
    /// The lab of a setting, whatever its world.
    fn from(setting: &Setting) -> Self {
        let Setting { path, off, zones, .. } = setting.clone();
        Self { path, off, zones }
    }
}
