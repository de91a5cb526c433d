//! Questions by a student's own hand.

use std::{thread, time::Duration};

use super::*;

fn ask(store: &Store, sql: &str) -> Result<ResultTable, QueryError> {
    store.query("www.amazon.com", &SqlQuery::new(sql))
}

/// In memory and in a file: the ways to a connection differ.
fn both(check: impl Fn(&Store)) {
    check(&lab());
    let folder = Folder::new();
    let (store, _) = Store::open(&folder.place(), Date::LAB_EPOCH).unwrap();
    store.owner(&SHOP).unwrap();
    store.owner(&ADS).unwrap();
    check(&store);
}

#[test]
fn read_as_one_would_write_them() {
    both(|store| {
        alter(store, "INSERT INTO customers(id, name, visits, note) VALUES (1678, 'Susan', 3, x'00ff')");
        let answer = ask(store, "SELECT * FROM customers WHERE id > 1; -- only Susan").unwrap();
        assert_eq!(answer.columns, ["id", "name", "visits", "note"]);
        assert_eq!(answer.rows, [[Value::Integer(1678), "Susan".into(), Value::Integer(3), Value::Blob(vec![0, 255])]]);
        assert_eq!(answer.cut, None);
        for sql in [
            "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n",
            "SELECT c.name, count(o.item) FROM customers c LEFT JOIN orders o ON o.customer = c.id GROUP BY c.id",
            "SELECT value FROM json_each('[1, 2]')",
            "EXPLAIN QUERY PLAN SELECT * FROM orders WHERE item = 'book'",
            "VALUES (1, 'a')",
        ] {
            assert!(!ask(store, sql).unwrap().rows.is_empty(), "{sql}");
        }
        let plan = ask(store, "EXPLAIN QUERY PLAN SELECT * FROM orders WHERE item = 'book'").unwrap();
        assert!(format!("{plan:?}").contains("by_item"), "indexes are used: {plan:?}");
    });
}

#[test]
fn can_change_nothing_and_read_nobody_elses_tables() {
    both(|store| {
        let (before, extent) = (contents(store), store.extent().unwrap());
        for sql in [
            "DELETE FROM customers",
            "INSERT INTO customers(name) VALUES ('x')",
            "UPDATE customers SET visits = 9",
            "DELETE FROM \"www.amazon.com/customers\"",
            "INSERT INTO \"www.amazon.com/customers\"(name) VALUES ('x') RETURNING id",
            "DROP TABLE \"www.amazon.com/customers\"",
            "DROP VIEW customers",
            "CREATE TABLE mine(x)",
            "CREATE TEMP TABLE mine(x)",
            "CREATE TEMP VIEW mine AS SELECT * FROM \"ad.doubleclick.net/customers\"",
            "SELECT * FROM \"ad.doubleclick.net/customers\"",
            "SELECT * FROM main.\"ad.doubleclick.net/customers\"",
            "SELECT count(*) FROM \"ad.doubleclick.net/customers\"",
            "SELECT (SELECT seen FROM \"ad.doubleclick.net/customers\") FROM customers",
            "SELECT * FROM customers WHERE id IN (SELECT id FROM \"ad.doubleclick.net/customers\")",
            "SELECT * FROM customers WHERE id IN \"ad.doubleclick.net/customers\"",
            "WITH c AS (SELECT * FROM \"ad.doubleclick.net/customers\") SELECT * FROM c",
            "SELECT * FROM \"store/change\"",
            "SELECT * FROM \"calendar/calendar\"",
            "SELECT sql FROM sqlite_schema",
            "SELECT sql FROM sqlite_temp_schema",
            "SELECT * FROM dbstat",
            "SELECT * FROM pragma_table_list",
            "SELECT * FROM pragma_database_list",
            "PRAGMA database_list",
            "PRAGMA query_only = OFF",
            "PRAGMA writable_schema = ON",
            "ATTACH ':memory:' AS other",
            "VACUUM INTO '/tmp/stolen'",
            "VACUUM",
            "BEGIN",
            "SAVEPOINT a",
            "REINDEX",
            "ANALYZE",
            "SELECT 1; DELETE FROM customers",
            "SELECT load_extension('x')",
            "SELECT store_digest('x')",
            "SELECT store_cause()",
            "CREATE VIRTUAL TABLE t USING fts5(x)",
        ] {
            let answer = ask(store, sql);
            assert!(matches!(answer, Err(QueryError::Denied { .. })), "{sql}: {answer:?}");
        }
        for sql in ["", "  -- nothing", "SELECT 1; SELECT 2"] {
            assert!(matches!(ask(store, sql), Err(QueryError::NotOneStatement)), "{sql}: {:?}", ask(store, sql));
        }
        assert_eq!((contents(store), store.extent().unwrap()), (before, extent));
    });
}

#[test]
fn that_are_wrong_are_told_where() {
    let store = lab();
    let Err(QueryError::Sql { message, offset }) = ask(&store, "SELECT * FROM custmers") else { panic!("no error") };
    assert_eq!((&*message, offset), ("no such table: custmers", None));
    let Err(QueryError::Sql { message, offset }) = ask(&store, "SELECT nme FROM customers") else { panic!("no error") };
    assert_eq!((&*message, offset), ("no such column: nme", Some(7)));
    let Err(QueryError::Sql { message, .. }) = ask(&store, "SELECT abs(-9223372036854775808)") else {
        panic!("no error")
    };
    assert_eq!(message, "integer overflow");
    assert!(matches!(ask(&store, "SELECT '\0'"), Err(QueryError::Sql { .. })));
    let denied = ask(&store, "SELECT * FROM \"store/change\"").unwrap_err();
    assert_eq!(
        denied.to_string(),
        "only this owner's tables can be read here, and nothing can be changed: reading store/change is not allowed"
    );
}

#[test]
fn end_at_their_limits() {
    let store = lab();
    let many = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT";
    let rows = ask(&store, &format!("{many} i FROM n")).unwrap();
    assert_eq!((rows.rows.len(), rows.cut), (MAX_ROWS, Some(ResultLimit::Rows)));
    let octets = ask(&store, &format!("{many} hex(zeroblob(1000)) FROM n")).unwrap();
    assert_eq!((octets.rows.len(), octets.cut), (MAX_ANSWER / 2_000, Some(ResultLimit::Octets)));
    let value = ask(&store, "SELECT hex(zeroblob(5000))").unwrap();
    let Value::Long(long) = &value.rows[0][0] else { panic!("{value:?}") };
    assert_eq!((long.octets, long.start.len(), long.is_text), (10_000, MAX_VALUE, true));
    let work = ask(&store, &format!("{many} count(*) FROM n"));
    assert!(matches!(work, Err(QueryError::TooMuchWork)), "{work:?}");
    for sql in [&format!("SELECT zeroblob({})", MAX_COMPUTED + 1), &format!("SELECT '{}'", "x".repeat(MAX_SQL))] {
        let long = ask(&store, sql);
        assert!(matches!(long, Err(QueryError::TooLong)), "{long:?}");
    }
    let pattern = ask(&store, &format!("SELECT 'a' LIKE '{}'", "%a".repeat(MAX_PATTERN)));
    assert!(matches!(pattern, Err(QueryError::Sql { .. })), "{pattern:?}");
}

#[test]
fn can_be_stopped() {
    let store = lab();
    let stop = StopSignal::default();
    let stopper = stop.clone();
    let waits = thread::spawn(move || {
        thread::park_timeout(Duration::from_millis(20));
        stopper.stop();
    });
    let sql =
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(randomblob(100000)) FROM n";
    let answer = store.query("www.amazon.com", &SqlQuery { sql, stop });
    assert!(matches!(answer, Err(QueryError::Stopped)), "{answer:?}");
    waits.join().unwrap();
}
