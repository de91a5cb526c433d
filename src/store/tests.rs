//! Stories of the store: what its users can rely on.

mod by_hand;
mod changes;
mod lasting;
mod migrations;
mod opening;
mod past;

use super::{sql::params, *};

/// A shop's server, as the lab has it.
const SHOP: Owner = Owner::new(
    "www.amazon.com",
    "The shop's database",
    &[Migration {
        why: "The shop opens.",
        sql: "CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, visits INTEGER NOT NULL DEFAULT 0, note ANY) STRICT;
              CREATE TABLE orders(
                customer INTEGER NOT NULL REFERENCES customers(id) ON DELETE CASCADE, item TEXT NOT NULL, price REAL,
                PRIMARY KEY (customer, item)
              ) STRICT, WITHOUT ROWID;
              CREATE INDEX by_item ON orders(item);
              INSERT INTO customers(id, name) VALUES (1, 'Bob');",
    }],
);

/// An advertising network, whose table has the name of one of the shop's.
const ADS: Owner = Owner::new(
    "ad.doubleclick.net",
    "The network's log",
    &[Migration { why: "The log begins.", sql: "CREATE TABLE customers(id INTEGER PRIMARY KEY, seen TEXT) STRICT;" }],
);

/// A store in memory with both.
fn lab() -> Store {
    let store = Store::in_memory().unwrap();
    store.owner(&SHOP).unwrap();
    store.owner(&ADS).unwrap();
    store
}

fn shop(change: &WriteTransaction<'_>, sql: &str) -> Result<usize, Error> {
    change.owner("www.amazon.com")?.execute(sql, params![])
}

/// Executes one statement on the shop's tables, as a change of its own.
fn alter(store: &Store, sql: &str) -> usize {
    store.change(&Cause::new("A test alters the shop's tables."), |change| shop(change, sql)).unwrap()
}

/// The shop's customers and orders as text, a line a row.
fn contents(store: &Store) -> Vec<String> {
    let dump = |table, columns: &str| {
        let sql = format!("SELECT '{table} ' || concat_ws('|', {columns}) FROM {table} ORDER BY 1");
        store.query("www.amazon.com", &SqlQuery::new(&sql)).unwrap().rows
    };
    let rows =
        dump("customers", "id, name, visits, quote(note)").into_iter().chain(dump("orders", "customer, item, price"));
    rows.map(|row| text(&row[0])).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => format!("{other:?}"),
    }
}

/// A folder that is gone when the test is.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("roundtrip-store-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn place(&self) -> DatabasePlace {
        DatabasePlace::new(&self.0, "lab")
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}
