//! A store in a file: readers beside the writer, and what is there when it is opened again.

use std::{
    sync::{Barrier, mpsc},
    thread,
};

use super::*;

fn open(folder: &Folder) -> Store {
    let (store, found) = Store::open(&folder.place(), Date::LAB_EPOCH).unwrap();
    assert_eq!(found, OpeningReport::default());
    store.owner(&SHOP).unwrap();
    store
}

#[test]
fn is_there_again_with_its_history_and_its_calendar() {
    let folder = Folder::new();
    let store = open(&folder);
    alter(&store, "INSERT INTO customers(id, name) VALUES (2, 'Susan')");
    store.calendar().skip(Skip::Day, &Cause::new("The student skips a day.")).unwrap();
    let before = (contents(&store), store.extent().unwrap(), store.calendar().date().unwrap());
    drop(store);
    assert_eq!(folder.names(), ["lab.lock", "lab.sqlite"], "a good end leaves nothing else");
    let store = open(&folder);
    assert_eq!((contents(&store), store.extent().unwrap(), store.calendar().date().unwrap()), before);
    assert_eq!(store.kind(), &StoreKind::Lasting { file: folder.place().database() });
    assert_eq!(store.past("www.amazon.com", PointInTime::Revision(Revision(2))).unwrap().tables().unwrap().len(), 2);
}

#[test]
fn is_read_while_a_change_is_in_progress() {
    let folder = Folder::new();
    let store = open(&folder);
    let (begun, done) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        let writer = store.clone();
        scope.spawn({
            let (begun, done) = (&begun, &done);
            move || {
                let change = writer.change(&Cause::new("A long change."), |change| {
                    let changed = shop(change, "UPDATE customers SET visits = 100");
                    begun.wait();
                    done.wait();
                    changed
                });
                change.unwrap();
            }
        });
        begun.wait();
        let visits = |store: &Store| {
            let read = |reading: &ReadTransaction<'_>| {
                reading
                    .owner("www.amazon.com")?
                    .query_one("SELECT visits FROM customers", params![], |row| row.get::<_, i64>(0))
            };
            store.read(read).unwrap()
        };
        assert_eq!(visits(&store), Some(0));
        assert_eq!(contents(&store), ["customers 1|Bob|0|NULL"]);
        assert_eq!(store.trial().unwrap().revision().unwrap(), store.revision().unwrap());
        store.check().unwrap();
        done.wait();
    });
    assert_eq!(contents(&store), ["customers 1|Bob|100|NULL"]);
}

fn visit(store: &Store, flow: u64) -> Revision {
    let revision = store.change(&Cause::new("A visit.").by_flow(flow), |change| {
        shop(change, "UPDATE customers SET visits = visits + 1")?;
        Ok::<_, Error>(change.revision())
    });
    assert!(store.revision().unwrap() >= revision.clone().unwrap());
    revision.unwrap()
}

#[test]
fn takes_changes_from_many_threads_one_after_the_other() {
    let folder = Folder::new();
    for store in [open(&folder), lab()] {
        let (sender, receiver) = mpsc::sync_channel(1_000);
        thread::scope(|scope| {
            for number in 0..4 {
                let (store, sender) = (store.clone(), sender.clone());
                scope.spawn(move || (0..50).for_each(|_| sender.send(visit(&store, number)).unwrap()));
            }
        });
        drop(sender);
        let mut revisions: Vec<_> = receiver.iter().collect();
        revisions.sort();
        revisions.dedup();
        assert_eq!(revisions.len(), 200, "each has a revision of its own");
        assert_eq!(contents(&store), ["customers 1|Bob|200|NULL"]);
        assert_eq!(store.changes(&ChangesOf::Flow(None, 3), HistoryPage::default()).unwrap().len(), 50);
    }
}

#[test]
fn says_which_revision_is_on_the_disk() {
    let folder = Folder::new();
    let store = open(&folder);
    alter(&store, "UPDATE customers SET visits = 1");
    assert_eq!(store.sync().unwrap(), store.revision().unwrap());
    assert_eq!(store.sync().unwrap(), store.revision().unwrap(), "nothing to wait for");
    store
        .change(&Cause::new("A letter is accepted.").durable(), |change| {
            shop(change, "UPDATE customers SET visits = 2")
        })
        .unwrap();
    alter(&store, "UPDATE customers SET visits = 3");
    assert_eq!(store.sync().unwrap(), store.revision().unwrap());
    assert_eq!(lab().sync().unwrap(), Revision(3));
}

#[test]
fn that_is_full_undoes_the_change_and_goes_on() {
    let folder = Folder::new();
    let (store, _) = Store::open_within(&folder.place(), Date::LAB_EPOCH, HistoryLimits::default(), 400_000).unwrap();
    store.owner(&SHOP).unwrap();
    let before = contents(&store);
    let filled = store.change(&Cause::new("A test."), |change| {
        shop(change, "UPDATE customers SET visits = 1")?;
        shop(change, "INSERT INTO customers(name, note) VALUES ('x', zeroblob(1000000))")
    });
    assert!(matches!(filled, Err(Error::Full(_))), "{filled:?}");
    assert_eq!(contents(&store), before);
    assert_eq!(alter(&store, "UPDATE customers SET visits = 2"), 1);
}

#[test]
fn forgets_nothing_into_the_file_when_it_starts_over() {
    let folder = Folder::new();
    let store = open(&folder);
    alter(&store, "INSERT INTO customers(id, name) VALUES (2, 'Rumpelstiltskin')");
    store.sync().unwrap();
    store.start_over(&Cause::new("The student starts over.")).unwrap();
    assert_eq!(contents(&store), ["customers 1|Bob|0|NULL"]);
    drop(store);
    let octets = std::fs::read(folder.place().database()).unwrap();
    assert!(!octets.windows(15).any(|window| window == b"Rumpelstiltskin"));
}
