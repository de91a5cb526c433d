//! Holding a database's file: one process at a time, known to the others, and what its end was like known to the next.
//!
//! The lock is the operating system's on a file of its own (`lab.lock`) and ends with the process, however it ends. Beside it, `lab.open` says who
//! holds it. It is taken away at a good end, so finding it means that the last end was none.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use serde::{Deserialize, Serialize};

use super::{DatabasePlace, Date, LockHolder, OpenError};

/// What `lab.open` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct OpenMark {
    #[serde(flatten)]
    holder: LockHolder,
    /// The file was found damaged.
    damaged: bool,
}

/// How the last process that held the file ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PreviousEnd {
    /// The store was closed.
    Good,
    /// It was killed, or the machine went down.
    Sudden,
    /// It had found the file damaged.
    Damaged,
}

/// The file is held until this is dropped.
#[derive(Debug)]
pub(super) struct DatabaseLock {
    _lock: File,
    mark: PathBuf,
    holder: LockHolder,
    damaged: AtomicBool,
    /// The file is still to be checked after a sudden end.
    check_due: AtomicBool,
}

impl DatabaseLock {
    /// Holds the file at `place`, or says who does.
    pub(super) fn take(place: &DatabasePlace, now: Date) -> Result<(Self, PreviousEnd), OpenError> {
        let refused = |source| OpenError::Folder { folder: place.folder.clone(), source };
        fs::create_dir_all(&place.folder).map_err(refused)?;
        let lock =
            File::options().create(true).truncate(false).write(true).open(place.file("lock")).map_err(refused)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::Held { holder: holder(place) }),
            Err(TryLockError::Error(source)) => return Err(refused(source)),
        }
        let mark = place.file("open");
        let last_end = match fs::read(&mark) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => PreviousEnd::Good,
            Ok(text) if serde_json::from_slice(&text).is_ok_and(|mark: OpenMark| mark.damaged) => PreviousEnd::Damaged,
            _ => PreviousEnd::Sudden,
        };
        let holder = LockHolder { pid: std::process::id(), since: now };
        // Until the file has been looked at, a second sudden end must not hide the first.
        let damaged = last_end == PreviousEnd::Damaged;
        write(&mark, OpenMark { holder, damaged }).map_err(refused)?;
        let hold = Self {
            _lock: lock,
            mark,
            holder,
            damaged: AtomicBool::new(damaged),
            check_due: AtomicBool::new(last_end == PreviousEnd::Sudden),
        };
        Ok((hold, last_end))
    }

    /// The next start will look at the file.
    pub(super) fn mark_damaged(&self) {
        if !self.damaged.swap(true, Ordering::Relaxed) {
            // Where it cannot be written, the mark of a sudden end is still there.
            write(&self.mark, OpenMark { holder: self.holder, damaged: true }).ok();
        }
    }

    /// The file was looked at and is whole.
    pub(super) fn mark_whole(&self) {
        self.check_due.store(false, Ordering::Relaxed);
        if self.damaged.swap(false, Ordering::Relaxed) {
            // Where it cannot be written, the file is looked at once more than it needs.
            write(&self.mark, OpenMark { holder: self.holder, damaged: false }).ok();
        }
    }

    /// Whether the file is still to be looked at after a sudden end.
    pub(super) fn check_due(&self) -> bool {
        self.check_due.load(Ordering::Relaxed)
    }
}

impl Drop for DatabaseLock {
    fn drop(&mut self) {
        if !self.damaged.load(Ordering::Relaxed) && !self.check_due() {
            // Where it cannot be taken away, the next start looks at the file.
            fs::remove_file(&self.mark).ok();
        }
    }
}

/// Who holds the file at `place`, as far as it can be read.
fn holder(place: &DatabasePlace) -> Option<LockHolder> {
    let text = fs::read(place.file("open")).ok()?;
    serde_json::from_slice(&text).ok().map(|mark: OpenMark| mark.holder)
}

fn write(file: &Path, mark: OpenMark) -> io::Result<()> {
    fs::write(file, serde_json::to_vec(&mark)?)
}
