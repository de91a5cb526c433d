//! The past, exactly.

use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;

use super::*;

/// The owners a random history has.
const OWNERS: [&Owner; 2] = [&SHOP, &NOTES];

/// Tables of every kind of key.
const NOTES: Owner = Owner::new(
    "notes",
    "Notes",
    &[Migration {
        why: "The notes begin.",
        sql: "CREATE TABLE note(
                who TEXT NOT NULL COLLATE NOCASE, at ANY NOT NULL, body ANY, length INTEGER AS (octet_length(body)) STORED, PRIMARY KEY (who, at)
              ) STRICT;
              CREATE TABLE tag(id INTEGER PRIMARY KEY AUTOINCREMENT, word BLOB UNIQUE) STRICT;
              INSERT INTO tag(word) VALUES (x'00');",
    }],
);

/// All tables of an owner, exactly: `quote` tells types apart.
fn snapshot(ask: &dyn Fn(&str) -> Vec<Vec<Value>>, owner: &str) -> Vec<Vec<Value>> {
    let sql = match owner {
        "notes" => [
            "SELECT quote(who), quote(at), quote(body), length FROM note ORDER BY 1, 2",
            "SELECT quote(id), quote(word) FROM tag ORDER BY id",
        ],
        _ => [
            "SELECT id, quote(name), visits, quote(note) FROM customers ORDER BY id",
            "SELECT customer, quote(item), quote(price) FROM orders ORDER BY 1, 2",
        ],
    };
    sql.into_iter().flat_map(ask).collect()
}

fn now(store: &Store, owner: &str) -> Vec<Vec<Value>> {
    snapshot(&|sql| store.query(owner, &SqlQuery::new(sql)).unwrap().rows, owner)
}

fn then(store: &Store, owner: &str, at: PointInTime) -> Result<Vec<Vec<Value>>, Error> {
    let past = store.past(owner, at)?;
    Ok(snapshot(&|sql| past.query(&SqlQuery::new(sql)).map_or_else(|_none| Vec::new(), |answer| answer.rows), owner))
}

/// What somebody does with the store.
#[derive(Clone, Debug)]
enum StoreOperation {
    Statements(Vec<(usize, String)>),
    Reset(usize),
    ResetAll,
    Advance(u64),
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |text, octet| text + &format!("{octet:02x}"))
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("NULL".to_owned()),
        (-3_i64..3).prop_map(|number| number.to_string()),
        (-3_i64..3).prop_map(|number| format!("{number}.5")),
        Just("1.0".to_owned()),
        Just("9e999".to_owned()),
        "[abAB'é\"{]{0,3}".prop_map(|text| format!("'{}'", text.replace('\'', "''"))),
        proptest::collection::vec(any::<u8>(), 0..4).prop_map(|octets| format!("unhex('{}')", hex(&octets))),
        Just("CAST(x'ff00fe' AS TEXT)".to_owned()),
        (1_020..1_030_usize, 0..2_u8)
            .prop_map(|(length, letter)| format!("'{}'", char::from(b'a' + letter).to_string().repeat(length))),
        (1_020..1_030_usize).prop_map(|length| format!("zeroblob({length})")),
    ]
}

fn statement() -> impl Strategy<Value = (usize, String)> {
    let or = prop_oneof![Just(""), Just("OR REPLACE"), Just("OR IGNORE"), Just("OR FAIL"), Just("OR ABORT")];
    (0..11_usize, or, 0..4_i64, 0..4_i64, value(), value(), "[ab]{1,2}").prop_map(|(kind, or, id, other, first, second, name)| {
        let (owner, sql) = match kind {
            0 | 1 => (0, format!("INSERT {or} INTO customers(id, name, note) VALUES ({id}, '{name}', {first}), ({other}, 'b{name}', {second})")),
            2 => (0, format!("INSERT INTO customers(id, name) VALUES ({id}, '{name}') ON CONFLICT DO UPDATE SET note = {first}, visits = visits + 1")),
            3 => (0, format!("UPDATE {or} customers SET id = id + {other}, note = {first} WHERE id >= {id}")),
            4 => (0, format!("INSERT {or} INTO orders VALUES ({id}, '{name}', {other}.25)")),
            5 => (0, format!("DELETE FROM customers WHERE id = {id}")),
            6 | 7 => (1, format!("INSERT {or} INTO note(who, at, body) VALUES ('{name}', {first}, {second})")),
            8 => (1, format!("UPDATE {or} note SET who = upper(who), body = {first} WHERE length > {id} OR body IS NULL")),
            9 => (1, format!("DELETE FROM note WHERE rowid % 2 = {}", id % 2)),
            _ => (1, format!("INSERT {or} INTO tag(word) SELECT body FROM note WHERE typeof(body) = 'blob'")),
        };
        (owner, sql)
    })
}

fn action() -> impl Strategy<Value = StoreOperation> {
    prop_oneof![
        8 => proptest::collection::vec(statement(), 1..4).prop_map(StoreOperation::Statements),
        1 => (0..2_usize).prop_map(StoreOperation::Reset),
        1 => Just(StoreOperation::ResetAll),
        1 => (1..1_000_u64).prop_map(StoreOperation::Advance),
    ]
}

fn carry_out(store: &Store, action: &StoreOperation) {
    let cause = Cause::new("An action of the test.");
    match action {
        StoreOperation::Statements(statements) => {
            // Statements that fail are a part of the story.
            let done = store.change(&cause, |change| {
                for (owner, sql) in statements {
                    change.owner(&OWNERS[*owner].name)?.execute(sql, params![]).ok();
                }
                Ok::<_, Error>(())
            });
            done.unwrap();
        }
        StoreOperation::Reset(owner) => store.reset_owner(&OWNERS[*owner].name, &cause).unwrap(),
        StoreOperation::ResetAll => store.reset_all(&cause).unwrap(),
        StoreOperation::Advance(secs) => drop(store.calendar().advance(Duration::from_secs(*secs), &cause).unwrap()),
    }
}

fn with_owners(store: Store) -> Store {
    for owner in &OWNERS {
        store.owner(owner).unwrap();
    }
    store
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn every_state_can_be_seen_again_as_it_was(actions in proptest::collection::vec(action(), 1..12)) {
        let store = with_owners(Store::in_memory().unwrap());
        let mut states = BTreeMap::new();
        let mut by_date = BTreeMap::new();
        for action in &actions {
            carry_out(&store, action);
            let state = OWNERS.map(|owner| now(&store, &owner.name));
            by_date.insert(store.calendar().date().unwrap(), state.clone());
            states.insert(store.revision().unwrap(), state);
        }
        for (revision, state) in &states {
            for (owner, rows) in OWNERS.iter().zip(state) {
                prop_assert_eq!(&then(&store, &owner.name, PointInTime::Revision(*revision)).unwrap(), rows, "{} at {}", &owner.name, revision);
            }
        }
        for (date, state) in &by_date {
            for (owner, rows) in OWNERS.iter().zip(state) {
                prop_assert_eq!(&then(&store, &owner.name, PointInTime::Date(*date)).unwrap(), rows);
            }
        }
        for owner in OWNERS {
            prop_assert_eq!(store.past(&owner.name, PointInTime::Revision(Revision(0))).unwrap().tables().unwrap(), Vec::<String>::new());
        }
    }

    #[test]
    fn what_is_cut_is_the_oldest_and_what_is_left_is_exact(actions in proptest::collection::vec(action(), 1..16), changes in 1..30_u64, octets in 100..20_000_u64) {
        let limits = HistoryLimits { changes, octets };
        let store = with_owners(Store::in_memory_within(limits).unwrap());
        let mut states = BTreeMap::new();
        for action in &actions {
            carry_out(&store, action);
            states.insert(store.revision().unwrap(), OWNERS.map(|owner| now(&store, &owner.name)));
            let extent = store.extent().unwrap();
            prop_assert!(extent.changes <= changes && extent.octets <= octets, "{:?}", extent);
            prop_assert!(extent.complete_from <= extent.newest);
        }
        let extent = store.extent().unwrap();
        for (revision, state) in &states {
            for (owner, rows) in OWNERS.iter().zip(state) {
                match then(&store, &owner.name, PointInTime::Revision(*revision)) {
                    Ok(seen) => prop_assert_eq!(&seen, rows),
                    Err(Error::Cut { complete_from, .. }) => {
                        prop_assert!(*revision < complete_from);
                        prop_assert_eq!(complete_from, extent.complete_from);
                    }
                    Err(other) => prop_assert!(false, "{:?}", other),
                }
            }
        }
        accounts_agree(&store);
    }

    #[test]
    fn a_trial_equals_its_origin_and_then_goes_its_own_way(
        before in proptest::collection::vec(action(), 1..6), here in proptest::collection::vec(action(), 1..4), there in proptest::collection::vec(action(), 1..4),
    ) {
        let store = with_owners(Store::in_memory().unwrap());
        for action in &before {
carry_out(&store, action);
}
        let (trial, twin) = (store.trial().unwrap(), store.trial().unwrap());
        let all = |store: &Store| {
            let newest = ChangesOf::Revisions(Revision(0)..=Revision(u64::MAX));
            let history: Vec<_> = store.changes(&newest, HistoryPage::default()).unwrap();
            (OWNERS.map(|owner| now(store, &owner.name)), history, store.extent().unwrap())
        };
        prop_assert_eq!(all(&trial), all(&store));
        let began = StoreKind::Trial { revision: store.revision().unwrap(), date: store.calendar().date().unwrap() };
        prop_assert_eq!(trial.kind(), &began);
        for action in &here {
carry_out(&store, action);
}
        prop_assert_eq!(all(&trial), all(&twin));
        let store_now = all(&store);
        for action in &there {
carry_out(&trial, action);
}
        prop_assert_eq!(all(&store), store_now);
        for action in &here {
carry_out(&twin, action);
}
        prop_assert_eq!(all(&twin).0, all(&store).0);
    }
}

/// The store's account of its history is what its tables say.
fn accounts_agree(store: &Store) {
    let (_inside, writer) = store.inner.write().unwrap();
    let connection = writer.database.connection();
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(number("SELECT changes FROM \"store/history\""), number("SELECT count(*) FROM \"store/change\""));
    let large = "(SELECT sum(length(x) - length(replace(x, '{\"sha256\":\"', ''))) / 11 FROM (SELECT coalesce(before, '') || coalesce(after, '') AS x FROM \"store/change\"))";
    assert_eq!(
        number("SELECT coalesce(sum(uses), 0) FROM \"store/value\""),
        number(&format!("SELECT coalesce({large}, 0)"))
    );
    assert_eq!(
        number("SELECT value_octets FROM \"store/history\""),
        number("SELECT coalesce(sum(octet_length(content)), 0) FROM \"store/value\"")
    );
    assert_eq!(number("SELECT count(*) FROM \"store/value\" WHERE uses <= 0"), 0);
    assert_eq!(number("SELECT count(*) FROM \"store/change\" WHERE cause NOT IN (SELECT id FROM \"store/cause\")"), 0);
}

#[test]
fn the_past_has_its_limits() {
    let store = lab();
    let newest = store.revision().unwrap();
    let ahead = store.past("www.amazon.com", PointInTime::Revision(Revision(newest.0 + 1)));
    assert!(matches!(ahead, Err(Error::NotYet { asked, newest: known }) if asked.0 == newest.0 + 1 && known == newest));
    alter(&store, "INSERT INTO customers(id, name) VALUES (2, 'Susan')");
    let past = store.past("www.amazon.com", PointInTime::Revision(newest)).unwrap();
    assert_eq!(past.revision(), newest);
    assert_eq!(past.tables().unwrap(), ["customers", "orders"]);
    let names = past.query(&SqlQuery::new("SELECT name FROM customers")).unwrap();
    assert_eq!(names.rows, [[Value::from("Bob")]]);
    let written = past.query(&SqlQuery::new("DELETE FROM customers"));
    assert!(matches!(written, Err(QueryError::Denied { denied: DeniedAction::Change })), "{written:?}");
}
