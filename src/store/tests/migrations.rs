//! Owners' tables from version to version, resets, the calendar.

use std::time::Duration;

use super::*;

const FIRST: Migration = Migration {
    why: "The guest book begins.",
    sql: "CREATE TABLE guest(id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT; CREATE INDEX by_name ON guest(name);",
};
const SECOND: Migration = Migration {
    why: "Guests have a town.",
    sql: "ALTER TABLE guest ADD COLUMN town TEXT NOT NULL DEFAULT 'Athens'; ALTER TABLE guest RENAME TO visitor;
          CREATE TABLE place(name TEXT PRIMARY KEY) STRICT; INSERT INTO place SELECT DISTINCT town FROM visitor;",
};
const BROKEN: Migration = Migration { why: "This fails.", sql: "DELETE FROM visitor; INSERT INTO nowhere VALUES (1);" };

const OLD: Owner = Owner::new("book", "The guest book", &[FIRST]);
const NEW: Owner = Owner::new("book", "The guest book", &[FIRST, SECOND]);
const FAILING: Owner = Owner::new("book", "The guest book", &[FIRST, SECOND, BROKEN]);

fn names(store: &Store, sql: &str) -> Vec<String> {
    store.query("book", &SqlQuery::new(sql)).unwrap().rows.iter().map(|row| text(&row[0])).collect()
}

fn book() -> Store {
    let store = Store::in_memory().unwrap();
    store.owner(&OLD).unwrap();
    let write = |change: &WriteTransaction<'_>| {
        change.owner("book")?.execute("INSERT INTO guest(name) VALUES ('Amy'), ('Bob')", params![])
    };
    store.change(&Cause::new("They came."), write).unwrap();
    store
}

#[test]
fn tables_become_todays_and_the_past_keeps_yesterdays() {
    let store = book();
    let before = store.revision().unwrap();
    store.owner(&NEW).unwrap();
    assert_eq!(names(&store, "SELECT name || ' of ' || town FROM visitor"), ["Amy of Athens", "Bob of Athens"]);
    assert_eq!(names(&store, "SELECT name FROM place"), ["Athens"]);
    let past = store.past("book", PointInTime::Revision(before)).unwrap();
    assert_eq!(past.tables().unwrap(), ["guest"]);
    let rows = past.query(&SqlQuery::new("SELECT * FROM guest")).unwrap();
    assert_eq!((rows.columns, rows.rows.len()), (vec!["id".to_owned(), "name".to_owned()], 2));
    let entries = store.changes(&ChangesOf::Row("book", "guest", &[1.into()]), HistoryPage::default()).unwrap();
    let whys: Vec<_> = entries.iter().map(|entry| (&*entry.why, entry.after.is_some())).collect();
    assert_eq!(whys, [("They came.", true), ("The tables of book become those of version 2.", false)]);
    let info = &store.owners().unwrap()[0];
    assert_eq!((&*info.name, info.version, info.tables.len()), ("book", 2, 2));
    assert_eq!(
        (&*info.tables[1].name, &info.tables[1].columns[..], &info.tables[1].key[..]),
        ("visitor", &["id".to_owned(), "name".to_owned(), "town".to_owned()][..], &["id".to_owned()][..],)
    );
    let revision = store.revision().unwrap();
    store.owner(&NEW).unwrap();
    assert_eq!(store.revision().unwrap(), revision, "declared again, nothing happens");
}

#[test]
fn a_failing_migration_leaves_the_old_state() {
    let store = book();
    store.owner(&NEW).unwrap();
    let (before, extent) = (names(&store, "SELECT name FROM visitor"), store.extent().unwrap());
    let failed = store.owner(&FAILING);
    assert!(matches!(&failed, Err(Error::Migration { owner, version: 3, .. }) if owner == "book"), "{failed:?}");
    assert_eq!((names(&store, "SELECT name FROM visitor"), store.extent().unwrap()), (before, extent));
    let write = |change: &WriteTransaction<'_>| change.owner("book")?.execute("DELETE FROM visitor", params![]);
    assert_eq!(store.change(&Cause::new("A test."), write).unwrap(), 2, "changes go on and are captured");
    assert_eq!(store.changes(&ChangesOf::Table("book", "visitor"), HistoryPage::default()).unwrap().len(), 4);
}

#[test]
fn tables_of_a_newer_version_are_refused_and_left_alone() {
    let store = book();
    store.owner(&NEW).unwrap();
    let refused = store.owner(&OLD);
    assert!(matches!(refused, Err(Error::OwnerNewer { found: 2, known: 1, .. })), "{refused:?}");
    assert_eq!(names(&store, "SELECT name FROM visitor").len(), 2);
}

/// Whether an error is the right one.
type Expected<'a> = &'a dyn Fn(&Error) -> bool;

#[test]
fn tables_that_cannot_be_kept_are_refused() {
    let cases: [(&'static [Migration], Expected<'_>); 9] = [
        (&[Migration { why: "", sql: "CREATE TABLE a(id INTEGER PRIMARY KEY)" }], &|error| {
            matches!(error, Error::Table { flaw: TableFlaw::NotStrict, .. })
        }),
        (&[Migration { why: "", sql: "CREATE TABLE a(id INTEGER) STRICT" }], &|error| {
            matches!(error, Error::Table { flaw: TableFlaw::NoKey, .. })
        }),
        (&[Migration { why: "", sql: "CREATE TABLE a(id INTEGER PRIMARY KEY, b TEXT) STRICT; CREATE INDEX b ON a(id)" }], &|error| {
            matches!(error, Error::Table { flaw: TableFlaw::ColumnNamedAsTable, .. } | Error::Migration { .. })
        }),
        (
            &[Migration {
                why: "",
                sql: "CREATE TABLE a(id INTEGER PRIMARY KEY) STRICT; CREATE TABLE b(id INTEGER PRIMARY KEY REFERENCES a(id)) STRICT;
                      INSERT INTO b VALUES (1);",
            }],
            &|error| matches!(error, Error::Table { flaw: TableFlaw::ForeignKey, .. }),
        ),
        (&[Migration { why: "", sql: "CREATE TEMP TABLE a(id INTEGER PRIMARY KEY) STRICT" }], &|error| {
            matches!(error, Error::Migration { .. })
        }),
        (&[Migration { why: "", sql: "CREATE VIEW a AS SELECT 1" }], &|error| matches!(error, Error::Migration { .. })),
        (&[Migration { why: "", sql: "CREATE TABLE a(id INTEGER PRIMARY KEY) STRICT; COMMIT;" }], &|error| {
            matches!(error, Error::Migration { .. })
        }),
        (&[Migration { why: "", sql: "PRAGMA user_version = 99" }], &|error| matches!(error, Error::Migration { .. })),
        (&[Migration { why: "", sql: "DROP TABLE \"book/guest\"" }], &|error| {
            matches!(error, Error::Migration { source, .. } if matches!(**source, Error::ForeignName { .. }))
        }),
    ];
    for (migrations, expected) in cases {
        let store = book();
        let before = store.extent().unwrap();
        let error = store.owner(&Owner::new("other", "Another", migrations)).unwrap_err();
        assert!(expected(&error), "{migrations:?}: {error:?}");
        assert_eq!((store.extent().unwrap(), store.owners().unwrap().len()), (before, 2), "{migrations:?}");
        assert_eq!(names(&store, "SELECT name FROM guest").len(), 2);
    }
    for name in ["", "store", "a/b", "Shop", "a b", "ä"] {
        let refused = Store::in_memory().unwrap().owner(&Owner::new(name, "", &[]));
        assert!(matches!(refused, Err(Error::OwnerName { .. })), "{name}");
    }
}

#[test]
fn a_reset_makes_tables_new_and_is_a_change_like_any_other() {
    let store = lab();
    let fresh = contents(&store);
    alter(&store, "INSERT INTO customers(id, name) VALUES (2, 'Susan')");
    alter(&store, "INSERT INTO orders VALUES (2, 'book', 1.5)");
    let full = contents(&store);
    let before = store.revision().unwrap();
    store.reset_owner("www.amazon.com", &Cause::new("The student resets the shop.")).unwrap();
    assert_eq!(contents(&store), fresh);
    let entries =
        store.changes(&ChangesOf::Row("www.amazon.com", "customers", &[2.into()]), HistoryPage::default()).unwrap();
    assert_eq!(
        entries.last().map(|entry| (&*entry.why, entry.after.is_none())),
        Some(("The student resets the shop.", true))
    );
    let past = store.past("www.amazon.com", PointInTime::Revision(before)).unwrap();
    assert_eq!(past.query(&SqlQuery::new("SELECT * FROM orders")).unwrap().rows.len(), 1);
    assert_ne!(full, fresh);
    assert_eq!(
        alter(&store, "INSERT INTO orders VALUES (1, 'pen', 2.5)"),
        1,
        "foreign keys and triggers are there again"
    );
    assert!(
        store.change(&Cause::new("A test."), |change| shop(change, "INSERT INTO orders VALUES (7, 'pen', 1)")).is_err()
    );
    let unknown = store.reset_owner("nobody", &Cause::new("A test."));
    assert!(matches!(unknown, Err(Error::UnknownOwner { .. })));
}

#[test]
fn a_reset_of_everything_lets_the_calendar_go_on_and_starting_over_does_not() {
    let store = lab();
    let cause = Cause::new("The student resets the lab.");
    let fresh = contents(&store);
    alter(&store, "INSERT INTO customers(id, name, note) VALUES (2, 'Susan', zeroblob(2000))");
    let date = store.calendar().skip(Skip::Week, &cause).unwrap();
    store.reset_all(&cause).unwrap();
    assert_eq!(contents(&store), fresh);
    assert_eq!(store.calendar().date().unwrap(), date);
    alter(&store, "INSERT INTO customers(id, name, note) VALUES (2, 'Susan', zeroblob(2000))");
    let before = store.extent().unwrap();
    store.start_over(&cause).unwrap();
    let after = store.extent().unwrap();
    assert_eq!(contents(&store), fresh);
    assert_eq!(store.calendar().date().unwrap(), Date::LAB_EPOCH);
    assert_eq!((after.changes, after.octets, after.complete_from), (0, 0, after.newest));
    assert!(after.newest > before.newest, "revisions go on");
    let past = store.past("www.amazon.com", PointInTime::Revision(before.newest));
    assert!(matches!(past, Err(Error::Cut { .. })), "{past:?}");
    assert_eq!(store.past("www.amazon.com", PointInTime::Revision(after.newest)).unwrap().tables().unwrap().len(), 2);
    alter(&store, "DELETE FROM customers");
    assert_eq!(store.extent().unwrap().changes, 1);
}

#[test]
fn the_calendar_goes_on_and_never_beyond_its_end() {
    let store = Store::in_memory().unwrap();
    let calendar = store.calendar();
    assert_eq!(calendar.date().unwrap(), Date::LAB_EPOCH);
    let cause = Cause::new("A page was loaded.").in_run(3);
    let date = calendar.advance(Duration::from_nanos(1_500_000_001), &cause).unwrap();
    assert_eq!(date.since(Date::LAB_EPOCH), Duration::from_nanos(1_500_000_001));
    let skipped = Cause::new("The student skips a year.").on(Date::EARLIEST);
    let later = calendar.skip(Skip::Year, &skipped).unwrap();
    assert_eq!(later.since(date), Skip::Year.duration());
    let entries = store.changes(&ChangesOf::Owner("calendar"), HistoryPage::default()).unwrap();
    let told: Vec<_> = entries.iter().map(|entry| (&*entry.why, entry.date, entry.run)).collect();
    assert_eq!(
        told,
        [
            ("The lab's calendar begins on Monday, 7 September 2026, at 9:00 UTC.", Date::LAB_EPOCH, None),
            ("A page was loaded.", date, Some(3)),
            ("The student skips a year.", later, None),
        ]
    );
    assert_eq!(calendar.advance(Duration::ZERO, &cause).unwrap(), later);
    for beyond in [Duration::MAX, Skip::Year.duration() * 200] {
        assert!(matches!(calendar.advance(beyond, &cause), Err(Error::Date(_))));
    }
    assert_eq!(calendar.date().unwrap(), later);
    assert!(matches!(store.reset_owner("calendar", &cause), Err(Error::CalendarReset)));
    let set_back =
        store.change(&cause, |change| change.owner("calendar")?.execute("UPDATE calendar SET date = 0", params![]));
    assert!(matches!(set_back, Err(Error::UnknownOwner { .. })));
    // A cause without a date has the calendar's.
    store.owner(&SHOP).unwrap();
    alter(&store, "DELETE FROM customers");
    assert_eq!(
        store.changes(&ChangesOf::Table("www.amazon.com", "customers"), HistoryPage::default()).unwrap()[1].date,
        later
    );
    assert_eq!(Skip::ALL.map(|skip| skip.duration().as_secs() / 86_400), [1, 7, 365]);
}
