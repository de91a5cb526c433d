//! What the store of the lab holds, in a few lines: for the window's status bar and the command line.

use serde::Serialize;

use super::stores::SharedStore;
use crate::{
    store::{Date, QueryError, Revision, SqlQuery, StoreKind, Value, WorldStore},
    wire::Failure,
};

/// What a store holds, and whether it lasts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoreStatus {
    /// Where it is.
    pub place: StorePlace,
    /// The date of the lab's calendar.
    pub date: Date,
    /// The newest revision.
    pub revision: Revision,
    /// Who keeps tables in it, by name.
    pub owners: Vec<OwnerRows>,
    /// A damaged file that was set aside for a new one, and what was wrong with it.
    pub set_aside: Option<String>,
    /// What could not be written since the last time.
    pub failure: Option<Failure>,
}

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StorePlace {
    /// In this file: it lasts.
    File(String),
    /// In memory as a copy, for another process has the file open: it ends with the program.
    Copy {
        /// Which process, by its number in the operating system.
        held_by: Option<u32>,
    },
    /// In memory: it ends with the program.
    Memory {
        /// Why not in a file, where a file was wanted.
        why: Option<String>,
    },
}

/// An owner of tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnerRows {
    /// Its name: `www.amazon.com`.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// Its tables, and how many rows each has now.
    pub tables: Vec<(String, u64)>,
}

impl OwnerRows {
    /// Rows in all its tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|(_, rows)| rows).sum()
    }
}

impl StoreStatus {
    /// Of the store as it is now.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn of(shared: &SharedStore) -> Result<Self, QueryError> {
        let store = shared.store();
        let mut owners = Vec::new();
        for owner in store.owners()? {
            let mut tables = Vec::new();
            for table in owner.tables {
                let sql = format!("SELECT count(*) FROM \"{}\"", table.name);
                let counted = store.query(&owner.name, &SqlQuery::new(&sql))?;
                let rows = match counted.rows.first().and_then(|row| row.first()) {
                    Some(Value::Integer(rows)) => u64::try_from(*rows).unwrap_or_default(),
                    _ => 0,
                };
                tables.push((table.name, rows));
            }
            owners.push(OwnerRows { name: owner.name, title: owner.title, tables });
        }
        Ok(Self {
            place: place(shared),
            date: shared.date()?,
            revision: store.revision()?,
            owners,
            set_aside: set_aside(shared),
            failure: shared.take_failure(),
        })
    }
}

/// What is to be said of how the store was opened: that it is a copy, that it is in memory although a file was asked for, that a damaged file was set
/// aside. `None` where all is well.
pub fn opening_words(shared: &SharedStore) -> Option<String> {
    match place(shared) {
        StorePlace::Copy { held_by } => {
            let who = held_by.map_or_else(String::new, |pid| format!(" (process {pid})"));
            Some(format!(
                "another Roundtrip{who} has the store open: this is a copy of it, and what changes in it is not kept"
            ))
        }
        StorePlace::Memory { why: Some(why) } => {
            Some(format!("nothing is kept, for the store cannot be opened: {why}"))
        }
        StorePlace::File(_) | StorePlace::Memory { why: None } => set_aside(shared),
    }
}

fn place(shared: &SharedStore) -> StorePlace {
    match shared.opened() {
        Some(WorldStore::Lasting { store, .. }) => match store.kind() {
            StoreKind::Lasting { file } => StorePlace::File(file.display().to_string()),
            StoreKind::Memory | StoreKind::Copy | StoreKind::Trial { .. } => StorePlace::Memory { why: None },
        },
        Some(WorldStore::Copy { holder, .. }) => StorePlace::Copy { held_by: holder.map(|holder| holder.pid) },
        Some(WorldStore::Memory { why, .. }) => StorePlace::Memory { why: Some(reasons(why)) },
        None => StorePlace::Memory { why: None },
    }
}

fn set_aside(shared: &SharedStore) -> Option<String> {
    let Some(WorldStore::Lasting { found, .. }) = shared.opened() else { return None };
    let damaged = found.set_aside.as_ref()?;
    Some(format!("The file was damaged ({}) and is now {}.", damaged.why.join(": "), damaged.file.display()))
}

fn reasons(error: &(dyn std::error::Error + 'static)) -> String {
    let mut reasons = Vec::new();
    let mut reason = Some(error);
    while let Some(error) = reason {
        reasons.push(error.to_string());
        reason = error.source();
    }
    reasons.join(": ")
}
