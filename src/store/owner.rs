//! Owners: who keeps tables in the store (the browser's jar, a shop's server, the local name server's memory), declared as values.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Error, names::Namespace};

/// Somebody who keeps tables: its name, its title for people, and how its tables came to be, step by step.
///
/// Tables of different owners never meet: each owner has names of its own. A program only ever adds migrations; those that were once
/// released stay as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Unique in a store; 1 to [`MAX_NAME`] lower-case letters, digits, dots, hyphens and underscores: `www.amazon.com`, `jar`.
    pub name: Cow<'static, str>,
    /// For people: `The shop's database`.
    pub title: Cow<'static, str>,
    /// Applied in this order, each once. The owner's version is the number of those that were applied.
    pub migrations: &'static [Migration],
}

/// One step of an owner's tables from one version to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// What it does, a sentence for the history: `The customers' table begins.`
    pub why: &'static str,
    /// Plain SQL, several statements allowed: `CREATE`, `ALTER` and `DROP` of tables and indexes, and changes of their rows.
    ///
    /// Tables must be `STRICT` and have a `PRIMARY KEY`, and no column may have the name of one of the owner's tables or indexes.
    pub sql: &'static str,
}

/// Longest name of an owner, in octets. The longest host name is not longer (RFC 1035 §2.3.4).
pub const MAX_NAME: usize = 255;

/// The name of the owner that is the store itself.
pub(super) const STORE: &str = "store";

impl Owner {
    /// An owner known when the program is built.
    pub const fn new(name: &'static str, title: &'static str, migrations: &'static [Migration]) -> Self {
        Self { name: Cow::Borrowed(name), title: Cow::Borrowed(title), migrations }
    }

    /// An owner whose name is known only while running, such as the server of a site that was read from a file.
    pub fn named(name: String, title: String, migrations: &'static [Migration]) -> Self {
        Self { name: Cow::Owned(name), title: Cow::Owned(title), migrations }
    }

    /// The names of its tables and indexes.
    ///
    /// # Errors
    /// The owner's name or a name in a migration is none that may be.
    pub(super) fn namespace(&self) -> Result<Namespace, Error> {
        let fit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
        if self.name.is_empty() || self.name.len() > MAX_NAME || self.name == STORE || !self.name.chars().all(fit) {
            return Err(Error::OwnerName { name: self.name.chars().take(MAX_NAME).collect() });
        }
        Namespace::new(&self.name, self.migrations.iter().map(|migration| migration.sql))
    }
}

/// An owner as the store knows it, whether the program that is running declares it or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerInfo {
    /// Its name.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// How many migrations were applied.
    pub version: u64,
    /// Its tables by name.
    pub tables: Vec<TableInfo>,
}

/// A table as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableInfo {
    /// Its name as its owner writes it.
    pub name: String,
    /// Its columns in order, computed ones left out.
    pub columns: Vec<String>,
    /// The columns of its primary key, in the key's order.
    pub key: Vec<String>,
}
