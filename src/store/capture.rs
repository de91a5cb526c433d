//! Capture: triggers write down every change of a row, whatever statement made it.
//!
//! They are generated from a table's columns. Inside the database they take part in everything a statement does: what is rolled back,
//! a whole change or the half of a statement that failed, is rolled back with its history; rows that `ON CONFLICT`, `REPLACE` or a
//! foreign key's `CASCADE` changes are caught as well. (SQLite's preupdate hook takes two thirds of their time, but tells of rows
//! whose statement then fails, and needs a C header generator to build.)

use rusqlite::{Connection, params};

use super::{
    Error, Revision, TableFlaw,
    names::{Namespace, quoted},
    value::LARGE_VALUE,
};

/// The most columns a table may have.
pub const MAX_COLUMNS: usize = 100;

/// A table as it is over a stretch of revisions: from the migration or reset that made it so to the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TableShape {
    pub(super) id: i64,
    pub(super) owner: String,
    pub(super) name: String,
    /// How SQLite has written down its creation.
    pub(super) sql: String,
    pub(super) columns: Vec<String>,
    /// The columns of its primary key.
    pub(super) key: Vec<String>,
    /// The revision that made it.
    pub(super) since: Revision,
    /// The revision that ended it; `None` while it is the table as it is now.
    pub(super) until: Option<Revision>,
}

/// Whether rows are written down as come or as gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowEvent {
    Come,
    Gone,
}

/// The shapes of an owner that hold now, by name.
pub(super) fn current_shapes(connection: &Connection, owner: &str) -> Result<Vec<TableShape>, Error> {
    select_shapes(connection, "owner = ?1 AND until IS NULL", params![owner])
}

/// The shapes that fulfil a condition, by name.
pub(super) fn select_shapes(
    connection: &Connection,
    condition: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<TableShape>, Error> {
    let sql = format!(
        "SELECT id, owner, name, sql, columns, key, since, until FROM \"store/shape\" WHERE {condition} ORDER BY owner, name, id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let shapes = statement.query_and_then(parameters, |row| -> Result<TableShape, Error> {
        Ok(TableShape {
            id: row.get(0)?,
            owner: row.get(1)?,
            name: row.get(2)?,
            sql: row.get(3)?,
            columns: names_from(&row.get::<_, String>(4)?)?,
            key: names_from(&row.get::<_, String>(5)?)?,
            since: Revision(row.get::<_, i64>(6)?.cast_unsigned()),
            until: row.get::<_, Option<i64>>(7)?.map(|revision| Revision(revision.cast_unsigned())),
        })
    })?;
    shapes.collect()
}

fn names_from(json: &str) -> Result<Vec<String>, Error> {
    serde_json::from_str(json).map_err(|_unreadable: serde_json::Error| Error::HistoryEntry)
}

/// The tables an owner has now get shapes and triggers, and each row they have is written down as come.
pub(super) fn begin_shapes(connection: &Connection, names: &Namespace, revision: Revision) -> Result<(), Error> {
    for (physical, sql) in owners_tables(connection, names.owner())? {
        let table = TrackedTable::read(connection, names, &physical)?;
        let name = physical.split_once('/').map_or("", |(_, name)| name);
        let columns: Vec<&str> = table.columns.iter().map(|column| &*column.name).collect();
        connection.execute(
            "INSERT INTO \"store/shape\"(owner, name, sql, columns, key, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                names.owner(),
                name,
                sql,
                serde_json::json!(columns).to_string(),
                serde_json::json!(table.key).to_string(),
                revision.0.cast_signed()
            ],
        )?;
        let shape = connection.last_insert_rowid();
        connection.execute_batch(&table.triggers(shape))?;
        connection.execute_batch(&table.passage(shape, RowEvent::Come))?;
    }
    Ok(())
}

/// The tables an owner has now lose their shapes and triggers, and each row they have is written down as gone.
pub(super) fn end_shapes(connection: &Connection, owner: &str, revision: Revision) -> Result<(), Error> {
    for shape in current_shapes(connection, owner)? {
        let table = TrackedTable::of(connection, &shape)?;
        connection.execute_batch(&table.passage(shape.id, RowEvent::Gone))?;
        for event in TRIGGERS {
            connection.execute_batch(&format!("DROP TRIGGER IF EXISTS {}", trigger(shape.id, event)))?;
        }
        let until = params![shape.id, revision.0.cast_signed()];
        connection.execute("UPDATE \"store/shape\" SET until = ?2 WHERE id = ?1", until)?;
    }
    Ok(())
}

/// The owner's tables as the database has them, with the statements that would create them.
pub(super) fn owners_tables(connection: &Connection, owner: &str) -> Result<Vec<(String, String)>, Error> {
    let mut statement = connection.prepare(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, length(?1) + 1) = ?1 || '/' ORDER BY name",
    )?;
    let tables = statement.query_map(params![owner], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(tables.collect::<Result<_, _>>()?)
}

/// A table's columns, as its triggers need them.
struct TrackedTable {
    /// Quoted.
    physical: String,
    columns: Vec<TrackedColumn>,
    key: Vec<String>,
}

struct TrackedColumn {
    name: String,
    kind: String,
}

impl TrackedTable {
    /// Reads the columns of a table that is to be kept.
    fn read(connection: &Connection, names: &Namespace, physical: &str) -> Result<Self, Error> {
        let refused = |flaw| {
            let table = physical.split_once('/').map_or(physical, |(_, name)| name).to_owned();
            Error::Table { owner: names.owner().to_owned(), table, flaw }
        };
        let strict: bool = connection.query_row(
            "SELECT strict FROM pragma_table_list WHERE schema = 'main' AND name = ?1",
            params![physical],
            |row| row.get(0),
        )?;
        if !strict {
            return Err(refused(TableFlaw::NotStrict));
        }
        let table = Self::columns_of(connection, physical)?;
        if table.key.is_empty() {
            return Err(refused(TableFlaw::NoKey));
        }
        if table.columns.len() > MAX_COLUMNS {
            return Err(refused(TableFlaw::TooManyColumns));
        }
        if table.columns.iter().any(|column| names.has(&column.name) || column.name.contains('/')) {
            return Err(refused(TableFlaw::ColumnNamedAsTable));
        }
        Ok(table)
    }

    /// The table of a shape that holds now.
    fn of(connection: &Connection, shape: &TableShape) -> Result<Self, Error> {
        Self::columns_of(connection, &format!("{}/{}", shape.owner, shape.name))
    }

    fn columns_of(connection: &Connection, physical: &str) -> Result<Self, Error> {
        // What is computed from other columns (hidden 2 and 3) needs no keeping.
        let mut statement = connection.prepare("SELECT name, type, pk FROM pragma_table_xinfo(?1) WHERE hidden = 0")?;
        let rows = statement.query_map(params![physical], |row| {
            Ok((TrackedColumn { name: row.get(0)?, kind: row.get(1)? }, row.get::<_, i64>(2)?))
        })?;
        let rows: Vec<(TrackedColumn, i64)> = rows.collect::<Result<_, _>>()?;
        let mut key: Vec<(i64, String)> =
            rows.iter().filter(|(_, at)| *at > 0).map(|(column, at)| (*at, column.name.clone())).collect();
        key.sort();
        let key = key.into_iter().map(|(_, name)| name).collect();
        let columns = rows.into_iter().map(|(column, _)| column).collect();
        Ok(Self { physical: quoted(physical), columns, key })
    }

    /// The triggers that write down each change of a row.
    fn triggers(&self, shape: i64) -> String {
        let Self { physical, .. } = self;
        let same_key = self.same(|column| self.key.contains(&column.name));
        let same_row = self.same(|_| true);
        let entry = |key: &str, before: &str, after: &str| {
            format!(
                "INSERT INTO \"store/change\"(cause, shape, key, before, after) \
                 VALUES (store_cause(), {shape}, {}, {before}, {after});",
                self.key_of(key)
            )
        };
        let (old, new) = (self.row_of("OLD."), self.row_of("NEW."));
        let mut sql = String::new();
        let mut on = |event: &str, verb: &str, condition: &str, body: &str| {
            let name = trigger(shape, event);
            sql.push_str(&format!("CREATE TRIGGER {name} AFTER {verb} ON {physical} {condition} BEGIN {body} END;\n"));
        };
        on("insert", "INSERT", "", &entry("NEW.", "NULL", &new));
        on("update", "UPDATE", &format!("WHEN {same_key} AND NOT ({same_row})"), &entry("NEW.", &old, &new));
        // Under another key it is another row.
        let moved = entry("OLD.", &old, "NULL") + &entry("NEW.", "NULL", &new);
        on("move", "UPDATE", &format!("WHEN NOT ({same_key})"), &moved);
        on("delete", "DELETE", "", &entry("OLD.", &old, "NULL"));
        if let (Some(old), Some(new)) = (self.has_large("OLD."), self.has_large("NEW.")) {
            let keep_old = self.keep_large("OLD.", "");
            let keep_new = self.keep_large("NEW.", "");
            on("insert large", "INSERT", &format!("WHEN {new}"), &keep_new);
            on(
                "update large",
                "UPDATE",
                &format!("WHEN ({old} OR {new}) AND NOT ({same_row})"),
                &(keep_old.clone() + &keep_new),
            );
            on("delete large", "DELETE", &format!("WHEN {old}"), &keep_old);
        }
        sql
    }

    /// Statements that write down every row as come or as gone.
    fn passage(&self, shape: i64, passage: RowEvent) -> String {
        let Self { physical, .. } = self;
        let (key, row) = (self.key_of(""), self.row_of(""));
        let (before, after) = match passage {
            RowEvent::Come => ("NULL", &*row),
            RowEvent::Gone => (&*row, "NULL"),
        };
        let large = if self.has_large("").is_some() {
            self.keep_large("", &format!("FROM {physical} "))
        } else {
            String::new()
        };
        format!(
            "INSERT INTO \"store/change\"(cause, shape, key, before, after) \
             SELECT store_cause(), {shape}, {key}, {before}, {after} FROM {physical};\n{large}"
        )
    }

    /// SQL: whether the columns that `fit` are the same in the old row and the new one, to the octet.
    fn same(&self, fit: impl Fn(&TrackedColumn) -> bool) -> String {
        let mut terms = Vec::new();
        for column in self.columns.iter().filter(|column| fit(column)) {
            let name = quoted(&column.name);
            terms.push(format!("OLD.{name} COLLATE BINARY IS NEW.{name}"));
            // In a column for everything, 1 and 1.0 are equal and yet not the same.
            if column.kind.eq_ignore_ascii_case("ANY") {
                terms.push(format!("typeof(OLD.{name}) IS typeof(NEW.{name})"));
            }
        }
        terms.join(" AND ")
    }

    fn key_of(&self, prefix: &str) -> String {
        let names: Vec<_> = self.key.iter().map(|name| format!("{prefix}{}", quoted(name))).collect();
        format!("store_row({})", names.join(","))
    }

    fn row_of(&self, prefix: &str) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| format!("{prefix}{}", quoted(&column.name))).collect();
        format!("store_row({})", names.join(","))
    }

    /// The columns that may have large values, as SQL names them.
    fn may_be_large(&self, prefix: &str) -> Vec<String> {
        let small = |kind: &str| ["INT", "INTEGER", "REAL"].iter().any(|number| kind.eq_ignore_ascii_case(number));
        let columns = self.columns.iter().filter(|column| !small(&column.kind));
        columns.map(|column| format!("{prefix}{}", quoted(&column.name))).collect()
    }

    /// SQL: whether a row has a large value; `None` when its table's columns are all numbers.
    fn has_large(&self, prefix: &str) -> Option<String> {
        let columns = self.may_be_large(prefix);
        let terms: Vec<_> = columns.iter().map(|name| is_large(name)).collect();
        (!terms.is_empty()).then(|| format!("({})", terms.join(" OR ")))
    }

    /// Statements that keep the large values of a row, or of all rows `from` somewhere, once each.
    fn keep_large(&self, prefix: &str, from: &str) -> String {
        let keep = |name: String| {
            format!(
                "INSERT INTO \"store/value\"(digest, uses, octets, content) \
                 SELECT store_digest({name}), 1, octet_length({name}), CAST({name} AS BLOB) {from}WHERE {} \
                 ON CONFLICT(digest) DO UPDATE SET uses = uses + 1;\n",
                is_large(&name)
            )
        };
        self.may_be_large(prefix).into_iter().map(keep).collect()
    }
}

/// SQL: whether a value is large. Numbers in a column for everything are not.
fn is_large(name: &str) -> String {
    format!("octet_length({name}) > {LARGE_VALUE}")
}

/// What each of a shape's triggers is for.
const TRIGGERS: [&str; 7] = ["insert", "update", "move", "delete", "insert large", "update large", "delete large"];

fn trigger(shape: i64, event: &str) -> String {
    quoted(&format!("store/{shape} {event}"))
}
