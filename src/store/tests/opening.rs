//! Opening a database that is held, damaged, of another version, or not to be had.

use std::fs;

use super::*;

const NOW: Date = Date::LAB_EPOCH;

fn filled(folder: &Folder) {
    let (store, _) = Store::open(&folder.place(), NOW).unwrap();
    store.owner(&SHOP).unwrap();
    for visits in 1..200 {
        alter(
            &store,
            &format!("INSERT INTO customers(name, visits, note) VALUES ('c{visits}', {visits}, zeroblob(300))"),
        );
    }
}

/// Leaves the folder as a killed process does.
fn end_suddenly(folder: &Folder, damaged: bool) {
    let mark = format!(r#"{{"pid":1,"since":{},"damaged":{damaged}}}"#, i64::from(NOW));
    fs::write(folder.0.join("lab.open"), mark).unwrap();
}

fn overwrite(folder: &Folder, at: usize, octets: &[u8]) {
    let file = folder.place().database();
    let mut content = fs::read(&file).unwrap();
    content[at..at + octets.len()].copy_from_slice(octets);
    fs::write(file, content).unwrap();
}

/// Opens a damaged database: the file is set aside, and the new one is empty and usable.
fn set_aside(folder: &Folder) -> DamagedFile {
    let (store, found) = Store::open(&folder.place(), NOW).unwrap();
    assert!(!found.check_due);
    store.owner(&SHOP).unwrap();
    assert_eq!(contents(&store), ["customers 1|Bob|0|NULL"]);
    let set_aside = found.set_aside.expect("a damaged file");
    assert!(set_aside.file.exists());
    assert!(!set_aside.why.is_empty());
    set_aside
}

#[test]
fn a_second_opener_is_told_who_holds_it_and_gets_a_copy() {
    let folder = Folder::new();
    let (store, _) = Store::open(&folder.place(), NOW).unwrap();
    store.owner(&SHOP).unwrap();
    let refused = Store::open(&folder.place(), NOW);
    let Err(OpenError::Held { holder: Some(holder) }) = refused else { panic!("{refused:?}") };
    assert_eq!(holder, LockHolder { pid: std::process::id(), since: NOW });
    // While a change is in progress, the copy is of the state before it.
    store
        .change(&Cause::new("A test."), |change| {
            shop(change, "UPDATE customers SET visits = 7")?;
            let WorldStore::Copy { store: copy, holder: Some(_) } = WorldStore::open(&folder.place(), NOW)? else {
                panic!("no copy")
            };
            copy.owner(&SHOP)?;
            assert_eq!(contents(&copy), ["customers 1|Bob|0|NULL"]);
            assert_eq!(copy.kind(), &StoreKind::Copy);
            alter(&copy, "DELETE FROM customers");
            Ok::<_, Error>(())
        })
        .unwrap();
    assert_eq!(contents(&store), ["customers 1|Bob|7|NULL"]);
    drop(store);
    let opened = WorldStore::open(&folder.place(), NOW).unwrap();
    assert!(matches!(&opened, WorldStore::Lasting { found, .. } if *found == OpeningReport::default()), "{opened:?}");
    opened.store().owner(&SHOP).unwrap();
    assert_eq!(contents(opened.store()), ["customers 1|Bob|7|NULL"]);
}

#[test]
fn a_file_that_is_no_database_is_set_aside() {
    let folder = Folder::new();
    fs::write(folder.place().database(), "Dear diary, ".repeat(1_000)).unwrap();
    let first = set_aside(&folder);
    assert_eq!(first.file, folder.0.join("lab.damaged-2026-09-07-090000.sqlite"));
    assert_eq!(fs::read(&first.file).unwrap(), "Dear diary, ".repeat(1_000).as_bytes(), "nothing of it is lost");
    fs::write(folder.place().database(), "again").unwrap();
    assert_eq!(set_aside(&folder).file, folder.0.join("lab.damaged-2026-09-07-090000-2.sqlite"));
}

#[test]
fn a_database_of_another_program_is_set_aside() {
    let folder = Folder::new();
    let other = rusqlite::Connection::open(folder.place().database()).unwrap();
    other.execute_batch("CREATE TABLE bookmarks(url TEXT)").unwrap();
    drop(other);
    assert_eq!(set_aside(&folder).why, ["the file is a database of another program"]);
}

#[test]
fn a_database_of_a_newer_version_is_left_as_it_is() {
    let folder = Folder::new();
    filled(&folder);
    let newer = rusqlite::Connection::open(folder.place().database()).unwrap();
    newer.pragma_update(None, "user_version", 2).unwrap();
    newer.close().unwrap();
    let before = fs::read(folder.place().database()).unwrap();
    let refused = Store::open(&folder.place(), NOW);
    assert!(matches!(refused, Err(OpenError::Store(Error::Newer { found: 2, known: 1 }))), "{refused:?}");
    let WorldStore::Memory { store, why } = WorldStore::open(&folder.place(), NOW).unwrap() else { panic!("opened") };
    assert!(matches!(why, OpenError::Store(Error::Newer { .. })));
    assert_eq!(store.kind(), &StoreKind::Memory);
    assert_eq!(fs::read(folder.place().database()).unwrap(), before);
}

#[test]
fn damage_is_found_at_the_first_start_after_a_sudden_end() {
    let folder = Folder::new();
    filled(&folder);
    // Pages of tables, not of the schema.
    overwrite(&folder, 40 * 4_096, &[0xA5; 8_192]);
    let (store, found) = Store::open(&folder.place(), NOW).unwrap();
    assert_eq!(found, OpeningReport::default(), "after a good end nobody looks");
    drop(store);
    end_suddenly(&folder, false);
    let aside = set_aside(&folder);
    assert!(aside.why[0].contains("damaged") || aside.why[0].contains("contradicts"), "{aside:?}");
    assert!(!folder.0.join("lab.open").exists());
}

#[test]
fn damage_met_later_is_an_error_that_says_what_to_do_and_the_next_start_sets_the_file_aside() {
    let folder = Folder::new();
    filled(&folder);
    overwrite(&folder, 40 * 4_096, &vec![0xA5; 20 * 4_096]);
    let (store, _) = Store::open(&folder.place(), NOW).unwrap();
    store.owner(&SHOP).unwrap();
    let met = store.read(|reading| {
        reading.owner("www.amazon.com")?.query("SELECT name, note, visits FROM customers", params![], |_| Ok(()))
    });
    let error = met.unwrap_err();
    assert!(error.is_damage(), "{error:?}");
    assert!(error.to_string().contains("start the program again"), "{error}");
    drop(store);
    set_aside(&folder);
}

#[test]
fn a_look_through_the_file_finds_damage_nobody_has_met() {
    let folder = Folder::new();
    filled(&folder);
    overwrite(&folder, 40 * 4_096, &[0xA5; 8_192]);
    let (store, _) = Store::open(&folder.place(), NOW).unwrap();
    let found = store.check();
    assert!(found.as_ref().is_err_and(Error::is_damage), "{found:?}");
    drop(store);
    set_aside(&folder);
}

#[test]
fn after_a_sudden_end_a_whole_file_is_opened_as_ever() {
    let folder = Folder::new();
    filled(&folder);
    for damaged in [false, true] {
        end_suddenly(&folder, damaged);
        let (store, found) = Store::open(&folder.place(), NOW).unwrap();
        assert_eq!(found, OpeningReport::default());
        store.owner(&SHOP).unwrap();
        assert_eq!(contents(&store).len(), 200);
        drop(store);
        assert_eq!(folder.names(), ["lab.lock", "lab.sqlite"]);
    }
    fs::write(folder.0.join("lab.open"), "").unwrap();
    let (_store, found) = Store::open(&folder.place(), NOW).unwrap();
    assert_eq!(found, OpeningReport::default(), "a mark that cannot be read is one of a sudden end");
}

#[test]
fn a_large_file_is_looked_at_when_somebody_has_the_time() {
    let folder = Folder::new();
    filled(&folder);
    let (store, _) = Store::open(&folder.place(), NOW).unwrap();
    store.owner(&SHOP).unwrap();
    alter(&store, "INSERT INTO customers(name, note) VALUES ('large', zeroblob(40000000))");
    drop(store);
    assert!(fs::metadata(folder.place().database()).unwrap().len() > MAX_CHECKED_AT_ONCE);
    end_suddenly(&folder, false);
    for _ in 0..2 {
        // Until it was looked at, it stays due.
        let (_store, found) = Store::open(&folder.place(), NOW).unwrap();
        assert_eq!(found, OpeningReport { set_aside: None, check_due: true });
    }
    let (store, _) = Store::open(&folder.place(), NOW).unwrap();
    store.check().unwrap();
    drop(store);
    let (_store, found) = Store::open(&folder.place(), NOW).unwrap();
    assert_eq!(found, OpeningReport::default());
}

#[test]
fn without_a_folder_the_store_is_in_memory_and_says_why() {
    let folder = Folder::new();
    let file = folder.0.join("file");
    fs::write(&file, "").unwrap();
    for place in [DatabasePlace::new(file.join("below"), "lab"), DatabasePlace::new("/proc/nowhere", "lab")] {
        let WorldStore::Memory { store, why } = WorldStore::open(&place, NOW).unwrap() else { panic!("opened") };
        assert!(matches!(&why, OpenError::Folder { folder, .. } if *folder == place.folder), "{why:?}");
        store.owner(&SHOP).unwrap();
        assert_eq!(alter(&store, "UPDATE customers SET visits = 1"), 1);
    }
}
