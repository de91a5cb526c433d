//! Changes and what the history says of them.

use std::time::Duration;

use super::*;

/// `before → after` of each entry after `revision`, and why.
fn story(store: &Store, revision: Revision) -> Vec<String> {
    let newest = store.revision().unwrap();
    let entries =
        store.changes(&ChangesOf::Revisions(Revision(revision.0 + 1)..=newest), HistoryPage::default()).unwrap();
    let row = |values: &Option<Vec<Value>>| {
        let short = |value: &Value| match value {
            Value::Null => "-".to_owned(),
            Value::Integer(number) => number.to_string(),
            Value::Real(number) => format!("{number:?}"),
            Value::Text(text) => text.clone(),
            other => format!("{other:?}"),
        };
        values.as_ref().map_or("none".to_owned(), |values| values.iter().map(short).collect::<Vec<_>>().join(" "))
    };
    entries.iter().map(|entry| format!("{}: {} → {}", entry.table, row(&entry.before), row(&entry.after))).collect()
}

#[test]
fn each_row_a_statement_touches_is_in_the_history_whatever_the_statement() {
    let store = lab();
    for (sql, expected) in [
        (
            "INSERT INTO customers(id, name) VALUES (2, 'Susan'), (3, 'Amy')",
            &["customers: none → 2 Susan 0 -", "customers: none → 3 Amy 0 -"][..],
        ),
        (
            "UPDATE customers SET visits = visits + 1 WHERE id > 1",
            &["customers: 2 Susan 0 - → 2 Susan 1 -", "customers: 3 Amy 0 - → 3 Amy 1 -"],
        ),
        // An insertion that becomes an update.
        (
            "INSERT INTO customers(id, name) VALUES (2, 'x') ON CONFLICT(id) DO UPDATE SET note = 1",
            &["customers: 2 Susan 1 - → 2 Susan 1 1"],
        ),
        // In a column for everything, 1.0 is another value than 1.
        ("UPDATE customers SET note = 1.0 WHERE id = 2", &["customers: 2 Susan 1 1 → 2 Susan 1 1.0"]),
        ("INSERT OR IGNORE INTO customers(id, name) VALUES (4, 'Susan')", &[]),
        // A row pushed out by another one's unique name.
        (
            "INSERT OR REPLACE INTO customers(id, name) VALUES (5, 'Amy')",
            &["customers: 3 Amy 1 - → none", "customers: none → 5 Amy 0 -"],
        ),
        (
            "UPDATE OR REPLACE customers SET name = 'Amy' WHERE id = 1",
            &["customers: 5 Amy 0 - → none", "customers: 1 Bob 0 - → 1 Amy 0 -"],
        ),
        // Under another key it is another row.
        ("UPDATE customers SET id = 9 WHERE id = 1", &["customers: 1 Amy 0 - → none", "customers: none → 9 Amy 0 -"]),
        (
            "INSERT INTO orders VALUES (2, 'book', 10.5), (2, 'pen', NULL)",
            &["orders: none → 2 book 10.5", "orders: none → 2 pen -"],
        ),
        // A foreign key takes its rows along.
        (
            "DELETE FROM customers WHERE id = 2",
            &["customers: 2 Susan 1 1.0 → none", "orders: 2 book 10.5 → none", "orders: 2 pen - → none"],
        ),
        ("UPDATE customers SET visits = visits", &[]),
        ("DELETE FROM customers", &["customers: 9 Amy 0 - → none"]),
    ] {
        let before = store.revision().unwrap();
        alter(&store, sql);
        let mut told = story(&store, before);
        if sql.starts_with("DELETE") || sql.contains("REPLACE") {
            told.sort();
        }
        let mut expected: Vec<_> = expected.iter().map(ToString::to_string).collect();
        if sql.starts_with("DELETE") || sql.contains("REPLACE") {
            expected.sort();
        }
        assert_eq!(told, expected, "{sql}");
    }
}

#[test]
fn an_entry_says_when_what_by_whom_and_why() {
    let store = lab();
    let date = Date::LAB_EPOCH.after(Duration::from_nanos(1_234_567)).unwrap();
    let cause = Cause::new("The request GET / came without a cookie.").on(date).in_run(7).by_flow(u64::MAX);
    store
        .change(&cause, |change| {
            assert_eq!((change.date(), change.revision()), (date, Revision(4)));
            shop(change, "INSERT INTO customers(id, name) VALUES (1678, 'Susan')")?;
            change.because("The visit is counted.")?;
            shop(change, "UPDATE customers SET visits = 1 WHERE id = 1678")
        })
        .unwrap();
    let entries =
        store.changes(&ChangesOf::Row("www.amazon.com", "customers", &[1678.into()]), HistoryPage::default()).unwrap();
    let [first, second] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!(first.why, "The request GET / came without a cookie.");
    assert_eq!(second.why, "The visit is counted.");
    assert_eq!((first.revision, first.date, first.run, first.flow), (Revision(4), date, Some(7), Some(u64::MAX)));
    assert_eq!(
        (&*first.owner, &*first.table, &first.key),
        ("www.amazon.com", "customers", &vec![Value::Integer(1678)])
    );
    assert_eq!(*first.columns, ["id", "name", "visits", "note"]);
    assert_eq!(second.before, first.after);
    assert_eq!(store.writer_of("www.amazon.com", "Customers", &[1678.into()]).unwrap().as_ref(), Some(second));
    assert_eq!(store.changes(&ChangesOf::Run(7), HistoryPage::default()).unwrap(), entries);
    assert_eq!(store.changes(&ChangesOf::Flow(Some(7), u64::MAX), HistoryPage::default()).unwrap(), entries);
    assert_eq!(store.changes(&ChangesOf::Flow(None, u64::MAX), HistoryPage::default()).unwrap(), []);
    assert_eq!(
        store.changes(&ChangesOf::Table("www.amazon.com", "customers"), HistoryPage::default()).unwrap().len(),
        3
    );
    assert_eq!(store.changes(&ChangesOf::Owner("ad.doubleclick.net"), HistoryPage::default()).unwrap(), []);
    let rest = store.changes(&ChangesOf::Run(7), HistoryPage { after: first.id, at_most: 1 }).unwrap();
    assert_eq!(rest, std::slice::from_ref(second));
    assert_eq!(store.revision_on(date).unwrap(), Revision(4));
    assert_eq!(store.revision_on(Date::EARLIEST).unwrap(), Revision(0));
    alter(&store, "DELETE FROM customers WHERE id = 1678");
    assert_eq!(store.writer_of("www.amazon.com", "customers", &[1678.into()]).unwrap(), None);
}

#[test]
fn a_sentence_that_is_too_long_is_cut_between_two_characters() {
    let store = lab();
    let cause = Cause::new("é".repeat(MAX_WHY));
    store.change(&cause, |change| shop(change, "DELETE FROM customers")).unwrap();
    let entries = store.changes(&ChangesOf::Owner("www.amazon.com"), HistoryPage::default()).unwrap();
    assert_eq!(entries.last().unwrap().why, "é".repeat(MAX_WHY / 2));
}

#[test]
fn an_error_or_a_panic_undoes_everything() {
    let store = lab();
    let (before, revision) = (contents(&store), store.revision().unwrap());
    let cause = Cause::new("It will not be.");
    let failed = store.change(&cause, |change| -> Result<(), Error> {
        shop(change, "DELETE FROM customers")?;
        shop(change, "INSERT INTO customers(id, name) VALUES (1, 'x'), (1, 'y')")?;
        Ok(())
    });
    assert!(failed.unwrap_err().is_constraint());
    let store_in_panic = store.clone();
    let panicked = std::thread::spawn(move || {
        store_in_panic.change(&cause, |change| -> Result<(), Error> {
            shop(change, "DELETE FROM customers")?;
            panic!("the owner's own fault")
        })
    });
    assert!(panicked.join().is_err());
    assert_eq!((contents(&store), store.revision().unwrap()), (before, revision));
    assert_eq!(alter(&store, "UPDATE customers SET visits = 5"), 1, "the store goes on");
    assert_eq!(story(&store, revision), ["customers: 1 Bob 0 - → 1 Bob 5 -"]);
}

#[test]
fn half_a_statement_that_fails_leaves_no_trace() {
    let store = lab();
    let revision = store.revision().unwrap();
    store
        .change(&Cause::new("A test."), |change| {
            shop(change, "INSERT INTO customers(id, name) VALUES (2, 'Susan')")?;
            shop(change, "INSERT INTO customers(id, name) VALUES (3, 'Amy'), (4, 'Susan')").unwrap_err();
            Ok::<_, Error>(())
        })
        .unwrap();
    assert_eq!(story(&store, revision), ["customers: none → 2 Susan 0 -"]);
}

#[test]
fn what_leaves_every_row_as_it_was_is_no_change() {
    let store = lab();
    let before = store.extent().unwrap();
    alter(&store, "UPDATE customers SET name = name");
    alter(&store, "DELETE FROM orders");
    store.change(&Cause::new("Nothing is done."), |_| Ok::<_, Error>(())).unwrap();
    assert_eq!(store.extent().unwrap(), before);
    // Reasons nothing was done for are no reasons.
    store
        .change(&Cause::new("Nothing is done."), |change| {
            change.because("Something is done.")?;
            shop(change, "UPDATE customers SET visits = 1")
        })
        .unwrap();
    let whys: Vec<_> = store
        .changes(&ChangesOf::Revisions(Revision(before.newest.0 + 1)..=Revision(u64::MAX)), HistoryPage::default())
        .unwrap()
        .into_iter()
        .map(|entry| entry.why)
        .collect();
    assert_eq!(whys, ["Something is done."]);
}

#[test]
fn a_change_inside_a_change_is_refused_instead_of_waiting_for_itself() {
    let store = lab();
    let cause = Cause::new("A test.");
    let inner = store.change(&cause, |_| store.change(&cause, |_| Ok::<_, Error>(())));
    assert!(matches!(inner, Err(Error::Nested)), "{inner:?}");
    let inner = store.read(|_| store.change(&cause, |_| Ok::<_, Error>(())));
    assert!(matches!(inner, Err(Error::Nested)), "{inner:?}");
    let inner = store.change(&cause, |_| store.trial());
    assert!(matches!(inner, Err(Error::Nested)), "{inner:?}");
    // Another store is another matter.
    let trial = store.trial().unwrap();
    store.read(|_| trial.change(&cause, |change| shop(change, "DELETE FROM customers"))).unwrap();
}

#[test]
fn an_owner_can_do_nothing_but_read_and_change_its_rows() {
    let store = lab();
    let before = contents(&store);
    for sql in [
        "DROP TABLE customers",
        "CREATE TABLE more(id INTEGER PRIMARY KEY) STRICT",
        "DELETE FROM \"ad.doubleclick.net/customers\"",
        "DELETE FROM \"store/change\"",
        "DELETE FROM sqlite_schema",
        "PRAGMA recursive_triggers = OFF",
        "PRAGMA writable_schema = ON",
        "COMMIT",
        "SAVEPOINT a",
        "ATTACH ':memory:' AS other",
        "DETACH main",
        "VACUUM",
        "DROP TRIGGER \"store/1 insert\"",
        "SELECT store_cause()",
        "SELECT * FROM sqlite_schema",
        "CREATE TEMP TABLE customers(id INTEGER)",
    ] {
        let done = store.change(&Cause::new("A test."), |change| {
            shop(change, "DELETE FROM customers")?;
            shop(change, sql)
        });
        assert!(done.is_err(), "{sql}");
    }
    for sql in ["DELETE FROM customers", "INSERT INTO customers(id, name) VALUES (5, 'x') RETURNING id"] {
        let read = store.read(|reading| reading.owner("www.amazon.com")?.query(sql, params![], |_| Ok(())));
        assert!(read.is_err(), "{sql}");
    }
    assert!(matches!(store.read(|reading| reading.owner("nobody").map(drop)), Err(Error::UnknownOwner { .. })));
    assert_eq!(contents(&store), before);
}

#[test]
fn owners_read_typed_rows() {
    let store = lab();
    let id: Option<i64> = store
        .change(&Cause::new("A test."), |change| {
            let shop = change.owner("www.amazon.com")?;
            shop.query_one("INSERT INTO customers(name) VALUES (?1) RETURNING id", params!["Susan"], |row| row.get(0))
        })
        .unwrap();
    assert_eq!(id, Some(2));
    let names: Vec<String> = store
        .read(|reading| {
            let shop = reading.owner("www.amazon.com")?;
            shop.query("SELECT name FROM customers WHERE id >= ?1 ORDER BY name", params![1], |row| row.get(0))
        })
        .unwrap();
    assert_eq!(names, ["Bob", "Susan"]);
    let none: Option<i64> = store
        .read(|reading| {
            reading
                .owner("www.amazon.com")?
                .query_one("SELECT id FROM customers WHERE id = 77", params![], |row| row.get(0))
        })
        .unwrap();
    assert_eq!(none, None);
}

#[test]
fn large_values_are_kept_once_and_as_long_as_the_history_names_them() {
    let store = Store::in_memory_within(HistoryLimits { changes: 10, octets: 1_000_000 }).unwrap();
    store.owner(&SHOP).unwrap();
    let letter = "x".repeat(100_000);
    let digest = Digest::of(letter.as_bytes());
    let put = |sql: &str| {
        let cause = Cause::new("A test.");
        store.change(&cause, |change| change.owner("www.amazon.com")?.execute(sql, params![letter])).unwrap();
    };
    put("UPDATE customers SET note = ?1");
    put("UPDATE customers SET visits = 1, note = ?1");
    put("INSERT INTO customers(id, name, note) VALUES (2, 'Susan', ?1), (3, 'Amy', CAST(?1 AS BLOB))");
    let entry = store.writer_of("www.amazon.com", "customers", &[2.into()]).unwrap().unwrap();
    let long = LongValue { octets: 100_000, is_text: true, start: Vec::new(), digest: Some(digest) };
    assert_eq!(entry.after.unwrap()[3], Value::Long(long));
    assert_eq!(store.large_value(&digest).unwrap().as_deref(), Some(letter.as_bytes()));
    let octets = store.extent().unwrap().octets;
    assert!((100_000..110_000).contains(&octets), "kept once: {octets}");
    let uses = |store: &Store| {
        let (_inside, writer) = store.inner.write().unwrap();
        let sql = "SELECT coalesce(sum(uses), 0) FROM \"store/value\"";
        writer.database.connection().query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(uses(&store), 5, "after; before and after; two insertions");
    alter(&store, "DELETE FROM customers WHERE id > 1");
    assert_eq!(uses(&store), 7);
    alter(&store, "UPDATE customers SET note = NULL");
    for visits in 10..30 {
        alter(&store, &format!("UPDATE customers SET visits = {visits}"));
    }
    assert_eq!(store.large_value(&digest).unwrap(), None, "no entry names it any more");
    assert!(store.extent().unwrap().octets < 10_000);
}
