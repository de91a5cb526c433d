//! What is there again after a restart: one JSON file in the data folder. A file that cannot be read is set aside, never fatal.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{notices::Notice, parts::drawer::DrawerView, tabs};
use crate::{engine::setting::Setting, proto::http::cookies::JarRules};

/// The window as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedWindow {
    /// Of this file's shape.
    pub version: u32,
    /// The tab shown.
    #[serde(default)]
    pub shown: String,
    /// Light, dark, or as the system has it.
    #[serde(default = "as_the_system")]
    pub theme: egui::ThemePreference,
    /// Scale of everything.
    #[serde(default = "unscaled")]
    pub zoom: f32,
    /// World and path.
    #[serde(default)]
    pub setting: Setting,
    /// Size of the window in points at scale 1, and whether it filled the screen.
    #[serde(default)]
    pub window: Option<WindowSize>,
    /// Height of the drawer.
    #[serde(default)]
    pub drawer_height: Option<f32>,
    /// What each tab's drawer shows.
    #[serde(default)]
    pub views: BTreeMap<String, DrawerView>,
    /// Was the lab published on loopback?
    #[serde(default)]
    pub gateway: bool,
    /// By what the browser decides about cookies.
    #[serde(default)]
    pub cookies: JarRules,
    /// What each tab keeps.
    #[serde(default)]
    pub tabs: BTreeMap<String, serde_json::Value>,
}

/// Size of the window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowSize {
    /// Width in points.
    pub width: f32,
    /// Height in points.
    pub height: f32,
    /// Filled the screen.
    pub maximized: bool,
}

impl Default for SavedWindow {
    fn default() -> Self {
        Self {
            version: VERSION,
            shown: tabs::FIRST.0.to_owned(),
            theme: as_the_system(),
            zoom: unscaled(),
            setting: Setting::default(),
            window: None,
            drawer_height: None,
            views: BTreeMap::new(),
            gateway: false,
            cookies: JarRules::default(),
            tabs: BTreeMap::new(),
        }
    }
}

/// Why a state file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Not there to be read, or not allowed.
    #[error("the window's state could not be read")]
    Read(#[source] io::Error),
    /// Not what this program writes.
    #[error("the window's state is damaged")]
    Damaged(#[source] serde_json::Error),
    /// Written by another version of this program.
    #[error("the window's state has version {found}, this program knows {VERSION}")]
    Version {
        /// The file's.
        found: u32,
    },
}

/// Reads `file`. What cannot be used is renamed and told of; the window then starts as on the first day.
pub fn load(file: &Path) -> (SavedWindow, Option<Notice>) {
    match read(file) {
        Ok(saved) => (saved.unwrap_or_default(), None),
        Err(error) => {
            let aside = file.with_extension("broken.json");
            let notice = Notice::problem(format!("{error}; the window starts afresh"));
            let notice = match fs::rename(file, &aside) {
                Ok(()) => notice.advising(format!("The file was set aside as {}", aside.display())),
                Err(_) => notice.advising(format!("It could not be set aside: {}", file.display())),
            };
            (SavedWindow::default(), Some(notice))
        }
    }
}

/// Writes `saved` to `file` in one go: a crash in the middle leaves the old file.
///
/// # Errors
/// When the folder cannot be made or the file not be written.
pub fn store(file: &Path, saved: &SavedWindow) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let fresh = file.with_extension("new.json");
    fs::write(&fresh, serde_json::to_vec_pretty(saved)?)?;
    fs::rename(&fresh, file)
}

/// Where the state lives on this machine, if it has a place for such things.
pub fn usual_file() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "roundtrip").map(|dirs| dirs.data_dir().join("window.json"))
}

fn read(file: &Path) -> Result<Option<SavedWindow>, StateError> {
    let octets = match fs::read(file) {
        Ok(octets) => octets,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StateError::Read(error)),
    };
    let saved: SavedWindow = serde_json::from_slice(&octets).map_err(StateError::Damaged)?;
    if saved.version != VERSION {
        return Err(StateError::Version { found: saved.version });
    }
    Ok(Some(saved))
}

fn as_the_system() -> egui::ThemePreference {
    egui::ThemePreference::System
}

fn unscaled() -> f32 {
    1.0
}

const VERSION: u32 = 1;

#[cfg(test)]
mod the_state_file {
    use std::{fs, path::PathBuf};

    use super::{SavedWindow, load, store};

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("roundtrip-state-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn gives_back_what_was_stored() {
        let folder = folder("back");
        let file = folder.join("deeper").join("window.json");
        let saved = SavedWindow { shown: "browse".to_owned(), zoom: 1.3, ..SavedWindow::default() };
        store(&file, &saved).unwrap();
        assert_eq!(load(&file), (saved, None));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn may_be_missing() {
        let folder = folder("missing");
        assert_eq!(load(&folder.join("window.json")), (SavedWindow::default(), None));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn is_set_aside_when_damaged_or_from_another_version() {
        let folder = folder("broken");
        let file = folder.join("window.json");
        for text in ["", "{", "[]", "{\"version\":1,\"zoom\":\"big\"}", "{\"version\":999}"] {
            fs::write(&file, text).unwrap();
            let (saved, notice) = load(&file);
            assert_eq!(saved, SavedWindow::default());
            assert!(
                notice.is_some_and(|notice| notice.advice.is_some_and(|advice| advice.contains("broken"))),
                "{text}"
            );
            assert!(!file.exists());
            assert_eq!(fs::read_to_string(file.with_extension("broken.json")).unwrap(), text);
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
