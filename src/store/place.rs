//! The place of a world's database, who holds it, and why it cannot be opened.

use std::{io, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{Date, Error};

/// Where the database of a world is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabasePlace {
    /// The folder, which is made when it is not there.
    pub folder: PathBuf,
    /// What its files' names begin with: `lab`, `internet`.
    pub world: String,
}

impl DatabasePlace {
    /// The place of `world` in `folder`.
    pub fn new(folder: impl Into<PathBuf>, world: &str) -> Self {
        Self { folder: folder.into(), world: world.to_owned() }
    }

    /// The database's file. SQLite has two more beside it, whose names end in `-wal` and `-shm`.
    pub fn database(&self) -> PathBuf {
        self.file("sqlite")
    }

    pub(super) fn file(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.world))
    }
}

/// The process that holds a database's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockHolder {
    /// The process's number in the operating system.
    pub pid: u32,
    /// When it opened the file.
    pub since: Date,
}

/// Why a world's database could not be opened. The file is as it was, unless the error says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made or written to.
    #[error("the folder {} cannot be written", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Another process holds the database.
    #[error("another program has it open{}", holder.map(|holder| format!(" (process {})", holder.pid)).unwrap_or_default())]
    Held {
        /// Which, if that could be read.
        holder: Option<LockHolder>,
    },
    /// A damaged file could not be set aside.
    #[error("the damaged file {} cannot be renamed", file.display())]
    SetAside {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The database cannot be used.
    #[error("the database cannot be used")]
    Store(#[from] Error),
}
